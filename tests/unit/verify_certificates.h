/* Which QCs and TCs the verifier accepts. */
#ifndef TESTS_UNIT_VERIFY_CERTIFICATES_H
#define TESTS_UNIT_VERIFY_CERTIFICATES_H

#include "tests/unit/verify_world.h"

/* -- the verifier ---------------------------------------------------------------------------- */

static void a_verifier_refuses_a_set_that_is_none(void **state)
{
    (void)state;
    static struct hs_validator_set set;
    struct hs_bls_point keys[MEMBERS];
    struct hs_verifier other;
    set = members;
    set.validators[15].weight = 0;
    assert_int_equal(hs_verifier_init(&other, &chain, &set, &genesis_id, keys),
                     HS_INVALID_ARGUMENT);
    set = members;
    memset(set.validators[15].bls_public_key.bytes, 0xff, HS_BLS_PUBLIC_KEY_BYTES);
    assert_int_equal(hs_verifier_init(&other, &chain, &set, &genesis_id, keys), HS_MALFORMED);
}

/* -- QCs -------------------------------------------------------------------------------------- */

static enum hs_status qc_status(const struct hs_qc *qc)
{
    struct hs_verified_qc out;
    enum hs_status status = hs_verify_qc(&verifier, &out, qc);
    if (status == HS_OK) {
        assert_true(hs_qc_equal(hs_verified_qc_get(&out), qc));
    }
    return status;
}

static void a_quorum_makes_a_certificate(void **state)
{
    (void)state;
    /* 16 equal members: a quorum is 11. */
    struct hs_qc qc = make_qc(1, range_of(0, 11));
    assert_int_equal(qc_status(&qc), HS_OK);
    qc = make_qc(UINT64_MAX, range_of(0, 16));
    assert_int_equal(qc_status(&qc), HS_OK);
    qc = make_qc(1, range_of(5, 16));
    assert_int_equal(qc_status(&qc), HS_OK);
}

static void one_signer_too_few_is_refused(void **state)
{
    (void)state;
    struct hs_qc qc = make_qc(1, range_of(0, 10));
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc.signers = (struct hs_bitmap){{0}};
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
}

static void weights_count_and_not_heads(void **state)
{
    (void)state;
    /* Weights 5, 1, 1, 1: a quorum is 6. */
    struct hs_verified_qc out;
    struct hs_qc qc = make_qc(1, range_of(0, 2));
    assert_int_equal(hs_verify_qc(&four, &out, &qc), HS_OK);
    qc = make_qc(1, range_of(0, 1));
    assert_int_equal(hs_verify_qc(&four, &out, &qc), HS_BAD_CERTIFICATE);
    qc = make_qc(1, range_of(1, 4));
    assert_int_equal(hs_verify_qc(&four, &out, &qc), HS_BAD_CERTIFICATE);
}

static void a_signer_beyond_the_set_is_refused(void **state)
{
    (void)state;
    struct hs_qc qc = make_qc(1, range_of(0, 16));
    hs_bitmap_set(&qc.signers, 16);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc = make_qc(1, range_of(0, 16));
    hs_bitmap_set(&qc.signers, HS_VALIDATORS_MAX - 1);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
}

static void a_claimed_signer_must_have_signed(void **state)
{
    (void)state;
    struct hs_qc qc = make_qc(1, range_of(0, 11));
    hs_bitmap_set(&qc.signers, 11);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc = make_qc(1, range_of(0, 12));
    hs_bitmap_clear(&qc.signers, 11);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
}

/* S7 */
static void a_certificate_holds_for_its_own_view_block_and_epoch(void **state)
{
    (void)state;
    const struct hs_qc right = make_qc(7, range_of(0, 11));
    struct hs_qc qc = right;
    qc.view = 8;
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc = right;
    qc.block_id.bytes[31] ^= 1;
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    /* P5 */
    qc = right;
    qc.epoch = EPOCH - 1;
    assert_int_equal(qc_status(&qc), HS_STALE);
    qc.epoch = EPOCH + 1;
    assert_int_equal(qc_status(&qc), HS_NOT_READY);
    /* Signed in another epoch, and shown as this one's. */
    struct hs_statement statement = vote_statement(7, &block_b);
    statement.epoch = EPOCH + 1;
    qc = right;
    qc.aggregate = aggregate(&qc.signers, &statement);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
}

static void a_certificate_does_not_cross_chains_or_types(void **state)
{
    (void)state;
    const struct hs_qc right = make_qc(7, range_of(0, 11));
    struct hs_verifier other = verifier;
    other.chain_id.bytes[0] ^= 1;
    struct hs_verified_qc out;
    assert_int_equal(hs_verify_qc(&other, &out, &right), HS_BAD_CERTIFICATE);
    struct hs_qc qc = right;
    struct hs_statement statement = view_change_statement(7, 6);
    qc.aggregate = aggregate(&qc.signers, &statement);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
}

static void no_aggregate_but_a_point_is_accepted(void **state)
{
    (void)state;
    const struct hs_qc right = make_qc(7, range_of(0, 11));
    struct hs_qc qc = right;
    qc.aggregate = infinity();
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc.aggregate = (struct hs_bls_signature){{0}};
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc.aggregate = off_subgroup(&right.aggregate);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc.aggregate = off_curve(&right.aggregate);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
}

static void view_zero_has_one_certificate(void **state)
{
    (void)state;
    struct hs_qc right;
    hs_qc_of_view_zero(&right, EPOCH, &genesis_id);
    assert_int_equal(qc_status(&right), HS_OK);
    struct hs_qc qc = right;
    qc.block_id = block_b;
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc = right;
    hs_bitmap_set(&qc.signers, 0);
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc = right;
    qc.aggregate.bytes[0] = 0xc0;
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    qc = right;
    qc.epoch = EPOCH + 1;
    assert_int_equal(qc_status(&qc), HS_NOT_READY);
    qc = right;
    qc.view = 1;
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
    /* Signed by everybody, and still not the one. */
    qc = make_qc(0, range_of(0, 16));
    assert_int_equal(qc_status(&qc), HS_BAD_CERTIFICATE);
}

/* P4: who came into an epoch by a snapshot and does not hold its beginning blames nobody for it. */
static void view_zero_is_over_where_the_beginning_is_not_held(void **state)
{
    (void)state;
    static struct hs_bls_point keys[HS_VALIDATORS_MAX];
    struct hs_verifier within;
    struct hs_verified_qc out;
    struct hs_qc zero;
    assert_int_equal(hs_verifier_init(&within, &verifier.chain_id, verifier.set, NULL, keys),
                     HS_OK);
    hs_qc_of_view_zero(&zero, EPOCH, &genesis_id);
    assert_int_equal(hs_verify_qc(&within, &out, &zero), HS_STALE);
    struct hs_qc signed_qc = make_qc(1, range_of(0, 16));
    assert_int_equal(hs_verify_qc(&within, &out, &signed_qc), HS_OK);
}

/* -- TCs ---------------------------------------------------------------------------------------- */

static struct hs_tc tc;
static struct hs_verified_qc tc_high_qc;

static void set_group(uint32_t index, uint64_t high_qc_view, struct hs_bitmap signers)
{
    struct hs_statement statement = view_change_statement(tc.view, high_qc_view);
    tc.groups[index] = (struct hs_tc_group){
        .high_qc_view = high_qc_view,
        .signers = signers,
        .aggregate = aggregate(&signers, &statement),
    };
}

/* Of view 9, by 11 members: 5 with a high_qc of view 7, 4 of view 4, 2 of view 0. */
static void make_tc(void)
{
    memset(&tc, 0, sizeof tc);
    tc.epoch = EPOCH;
    tc.view = 9;
    tc.high_qc = make_qc(7, range_of(0, 11));
    tc_high_qc = verified(&tc.high_qc);
    tc.group_count = 3;
    set_group(0, 7, range_of(0, 5));
    set_group(1, 4, range_of(5, 9));
    set_group(2, 0, range_of(9, 11));
}

static enum hs_status tc_status(void)
{
    static struct hs_verified_tc out;
    enum hs_status status = hs_verify_tc(&verifier, &out, &tc, &tc_high_qc);
    if (status == HS_OK) {
        assert_memory_equal(hs_verified_tc_get(&out), &tc, sizeof tc);
    }
    return status;
}

static void a_quorum_of_view_changes_makes_a_tc(void **state)
{
    (void)state;
    make_tc();
    assert_int_equal(tc_status(), HS_OK);
    /* All on one high_qc. */
    tc.group_count = 1;
    set_group(0, 7, range_of(0, 11));
    assert_int_equal(tc_status(), HS_OK);
    /* One group each, as many as members. */
    make_tc();
    tc.view = 20;
    tc.group_count = MEMBERS;
    tc.high_qc = make_qc(16, range_of(0, 11));
    tc_high_qc = verified(&tc.high_qc);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        set_group(i, 16 - i, range_of(i, i + 1));
    }
    assert_int_equal(tc_status(), HS_OK);
}

/* On nothing but the view-0 certificate. */
static void the_first_view_can_be_given_up(void **state)
{
    (void)state;
    memset(&tc, 0, sizeof tc);
    tc.epoch = EPOCH;
    tc.view = 1;
    hs_qc_of_view_zero(&tc.high_qc, EPOCH, &genesis_id);
    tc_high_qc = verified(&tc.high_qc);
    tc.group_count = 1;
    set_group(0, 0, range_of(0, 11));
    assert_int_equal(tc_status(), HS_OK);
    tc.view = 0;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
}

static void a_tc_short_of_a_quorum_is_refused(void **state)
{
    (void)state;
    make_tc();
    set_group(2, 0, range_of(9, 10));
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    tc.group_count = 0;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
}

/* Each group verifies alone, and yet: member 0 twice would make ten members a quorum. */
static void nobody_counts_in_two_groups(void **state)
{
    (void)state;
    make_tc();
    struct hs_bitmap signers = range_of(9, 10);
    hs_bitmap_set(&signers, 0);
    set_group(2, 0, signers);
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    set_group(2, 0, range_of(4, 16));
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
}

static void groups_out_of_order_are_refused(void **state)
{
    (void)state;
    make_tc();
    struct hs_tc_group group = tc.groups[1];
    tc.groups[1] = tc.groups[2];
    tc.groups[2] = group;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    make_tc();
    set_group(2, 4, range_of(9, 11));
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    make_tc();
    tc.group_count = 4;
    set_group(3, 0, range_of(11, 12));
    tc.groups[3].high_qc_view = 0;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
}

static void view_changes_of_two_views_make_no_tc(void **state)
{
    (void)state;
    make_tc();
    tc.view = 8;
    set_group(1, 4, range_of(5, 9));
    tc.view = 9;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    make_tc();
    tc.view = 10;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
}

/* What was signed with 4 does not pass as 3 or 5: S3 stands on it. */
static void a_signer_keeps_the_high_qc_view_it_signed(void **state)
{
    (void)state;
    make_tc();
    tc.groups[1].high_qc_view = 5;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    tc.groups[1].high_qc_view = 3;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    /* Two errors that cancel in the sum of all: each group is checked for itself. */
    make_tc();
    struct hs_bls_signature first = tc.groups[1].aggregate;
    tc.groups[1].aggregate = tc.groups[2].aggregate;
    tc.groups[2].aggregate = first;
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
}

/* S7 */
static void a_tc_needs_its_own_verified_certificate(void **state)
{
    (void)state;
    make_tc();
    struct hs_qc other = make_qc(7, range_of(0, 12));
    tc_high_qc = verified(&other);
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    make_tc();
    tc.high_qc = make_qc(6, range_of(0, 11));
    tc_high_qc = verified(&tc.high_qc);
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    make_tc();
    tc.high_qc = make_qc(8, range_of(0, 11));
    tc_high_qc = verified(&tc.high_qc);
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    /* high_qc.view == tc.view */
    make_tc();
    tc.high_qc = make_qc(9, range_of(0, 11));
    tc_high_qc = verified(&tc.high_qc);
    set_group(0, 9, range_of(0, 5));
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
}

static void a_tc_of_another_epoch_is_not_judged(void **state)
{
    (void)state;
    make_tc();
    tc.epoch = EPOCH - 1;
    assert_int_equal(tc_status(), HS_STALE);
    tc.epoch = EPOCH + 1;
    assert_int_equal(tc_status(), HS_NOT_READY);
}

static void a_group_without_a_point_is_refused(void **state)
{
    (void)state;
    make_tc();
    tc.groups[1].aggregate = infinity();
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    make_tc();
    tc.groups[2].aggregate = off_curve(&tc.groups[2].aggregate);
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
    make_tc();
    hs_bitmap_set(&tc.groups[2].signers, 16);
    assert_int_equal(tc_status(), HS_BAD_CERTIFICATE);
}

#endif
