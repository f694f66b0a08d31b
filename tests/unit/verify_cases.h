/* What the verifier must refuse and accept, for real BLS and for the stand-in alike: included by
 * test_verify.c and test_verify_stand_in.c, which say how many random rounds they can afford.
 */
#ifndef TESTS_UNIT_VERIFY_CASES_H
#define TESTS_UNIT_VERIFY_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bitmap.h"
#include "consensus/validator_set.h"
#include "consensus/verify.h"
#include "wire/header.h"
#include "wire/statement.h"

#define MEMBERS 16u
#define EPOCH   3u

static const struct hs_chain_id chain = {{0xc4, 0x01}};
static const struct hs_block_id genesis_id = {{0x6e, 0x02}};
static const struct hs_block_id block_b = {{0xb1, 0x03}};

static struct hs_bls_secret_key secrets[MEMBERS];
static struct hs_validator_set members;      /* all of them, equal weights */
static struct hs_validator_set four_members; /* the first four, weights 5, 1, 1, 1 */
static struct hs_bls_point points[MEMBERS];
static struct hs_bls_point four_points[4];
static struct hs_verifier verifier;
static struct hs_verifier four;

static int make_verifiers(void **state)
{
    (void)state;
    members.epoch = EPOCH;
    members.count = MEMBERS;
    members.weight_total = MEMBERS;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        uint8_t seed[32] = {(uint8_t)(i + 1), 0x77};
        struct hs_validator *validator = &members.validators[i];
        if (hs_bls_secret_key_derive(&secrets[i], seed, sizeof seed) != HS_OK ||
            hs_bls_public_key_of(&validator->bls_public_key, &secrets[i]) != HS_OK) {
            return -1;
        }
        validator->network_key.bytes[0] = (uint8_t)(i + 1);
        validator->weight = 1;
    }
    four_members = members;
    four_members.count = 4;
    four_members.validators[0].weight = 5;
    four_members.weight_total = 8;
    return hs_verifier_init(&verifier, &chain, &members, &genesis_id, points) == HS_OK &&
                   hs_verifier_init(&four, &chain, &four_members, &genesis_id, four_points) == HS_OK
               ? 0
               : -1;
}

/* -- making what is right ----------------------------------------------------------------- */

static struct hs_bls_signature sign(uint32_t signer, const struct hs_statement *statement)
{
    struct hs_bls_statement bytes;
    struct hs_bls_signature signature;
    hs_statement_encode(&bytes, &chain, statement);
    hs_bls_sign(&signature, &secrets[signer], &bytes);
    return signature;
}

static struct hs_statement vote_statement(uint64_t view, const struct hs_block_id *block_id)
{
    return (struct hs_statement){
        .type = HS_STATEMENT_VOTE, .epoch = EPOCH, .view = view, .block_id = *block_id};
}

static struct hs_statement view_change_statement(uint64_t view, uint64_t high_qc_view)
{
    return (struct hs_statement){.type = HS_STATEMENT_VIEW_CHANGE,
                                 .epoch = EPOCH,
                                 .view = view,
                                 .high_qc_view = high_qc_view};
}

/* The sum of what the members of `signers` sign. */
static struct hs_bls_signature aggregate(const struct hs_bitmap *signers,
                                         const struct hs_statement *statement)
{
    struct hs_bls_signature signatures[MEMBERS];
    const struct hs_bls_signature *pointers[MEMBERS];
    size_t count = 0;
    for (uint32_t i = hs_bitmap_next(signers, 0); i < MEMBERS; i = hs_bitmap_next(signers, i + 1)) {
        signatures[count] = sign(i, statement);
        pointers[count] = &signatures[count];
        count++;
    }
    struct hs_bls_signature sum;
    size_t bad_index;
    assert_int_equal(hs_bls_aggregate(&sum, &bad_index, pointers, count), HS_OK);
    return sum;
}

static struct hs_bitmap range_of(uint32_t from, uint32_t to)
{
    struct hs_bitmap bitmap = {{0}};
    for (uint32_t i = from; i < to; i++) {
        hs_bitmap_set(&bitmap, i);
    }
    return bitmap;
}

/* A certificate over block_b signed by `signers`. */
static struct hs_qc make_qc(uint64_t view, struct hs_bitmap signers)
{
    struct hs_statement statement = vote_statement(view, &block_b);
    return (struct hs_qc){
        .epoch = EPOCH,
        .view = view,
        .block_id = block_b,
        .signers = signers,
        .aggregate = aggregate(&signers, &statement),
    };
}

static struct hs_verified_qc verified(const struct hs_qc *qc)
{
    struct hs_verified_qc out;
    assert_int_equal(hs_verify_qc(&verifier, &out, qc), HS_OK);
    return out;
}

static struct hs_vote make_vote(uint32_t voter, uint64_t view, const struct hs_block_id *block_id)
{
    struct hs_statement statement = vote_statement(view, block_id);
    return (struct hs_vote){
        .epoch = EPOCH,
        .view = view,
        .block_id = *block_id,
        .voter = voter,
        .signature = sign(voter, &statement),
    };
}

/* In the right form, and no point of the curve. */
static struct hs_bls_signature off_curve(const struct hs_bls_signature *from)
{
    struct hs_bls_signature signature = *from;
    for (uint32_t i = 0; i < 256; i++) {
        signature.bytes[40] = (uint8_t)i;
        size_t bad_index;
        struct hs_bls_signature sum;
        const struct hs_bls_signature *pointer = &signature;
        if (hs_bls_signature_is_canonical(&signature) &&
            hs_bls_aggregate(&sum, &bad_index, &pointer, 1) != HS_OK) {
            return signature;
        }
    }
    fail_msg("every coordinate tried is on the curve");
    return signature;
}

/* A point of the curve, but (in BLS) of no subgroup that signatures are in. */
static struct hs_bls_signature off_subgroup(const struct hs_bls_signature *from)
{
    struct hs_bls_signature signature = *from;
    for (uint32_t i = 0; i < 256; i++) {
        signature.bytes[90] = (uint8_t)(from->bytes[90] + i);
        size_t bad_index;
        struct hs_bls_signature sum;
        const struct hs_bls_signature *pointer = &signature;
        if (i > 0 && hs_bls_aggregate(&sum, &bad_index, &pointer, 1) == HS_OK) {
            return signature;
        }
    }
    fail_msg("no coordinate tried is on the curve");
    return signature;
}

static struct hs_bls_signature infinity(void)
{
    struct hs_bls_signature signature = {{0xc0}};
    return signature;
}

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

/* -- proposals ------------------------------------------------------------------------------------ */

#define LEADER 5u

static struct hs_block_header header;
static struct hs_verified_qc justify;
static struct hs_bls_signature leader_vote;

/* Of view 8 on block_b of view 7. */
static void make_proposal(void)
{
    memset(&header, 0, sizeof header);
    struct hs_qc qc = make_qc(7, range_of(0, 11));
    justify = verified(&qc);
    header.version = 1;
    header.chain_id = chain;
    header.epoch = EPOCH;
    header.view = 8;
    header.height = 4;
    header.parent_id = block_b;
    header.justify = qc;
    header.proposer = LEADER;
}

static void sign_proposal(uint32_t signer)
{
    struct hs_block_id id;
    hs_block_id_of(&id, &header, MEMBERS);
    struct hs_statement statement = vote_statement(header.view, &id);
    leader_vote = sign(signer, &statement);
}

static enum hs_status proposal_status(uint32_t peer)
{
    struct hs_verified_block block;
    struct hs_admitted_vote vote;
    enum hs_status status =
        hs_verify_proposal(&verifier, &block, &vote, &header, &justify, LEADER, peer, &leader_vote);
    if (status == HS_OK) {
        const struct hs_vote *admitted = hs_admitted_vote_get(&vote);
        struct hs_block_id id;
        hs_block_id_of(&id, &header, MEMBERS);
        assert_memory_equal(&hs_verified_block_get(&block)->id, &id, sizeof id);
        assert_memory_equal(&hs_verified_block_get(&block)->header, &header, sizeof header);
        assert_memory_equal(&admitted->block_id, &id, sizeof id);
        assert_int_equal(admitted->voter, LEADER);
        assert_true(admitted->view == header.view && admitted->epoch == EPOCH);
        assert_memory_equal(&admitted->signature, &leader_vote, sizeof leader_vote);
    }
    return status;
}

/* L9 */
static void a_proposal_passes_directly_and_relayed(void **state)
{
    (void)state;
    make_proposal();
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_OK);
    assert_int_equal(proposal_status(2), HS_OK);
}

/* L9 */
static void only_a_relayed_proposal_has_its_vote_checked(void **state)
{
    (void)state;
    make_proposal();
    sign_proposal(6);
    assert_int_equal(proposal_status(LEADER), HS_OK);
    assert_int_equal(proposal_status(2), HS_BAD_SIGNATURE);
    sign_proposal(LEADER);
    header.timestamp_ms++;
    assert_int_equal(proposal_status(2), HS_BAD_SIGNATURE);
    leader_vote = off_curve(&leader_vote);
    assert_int_equal(proposal_status(2), HS_BAD_SIGNATURE);
}

/* S1 */
static void a_proposal_stands_on_its_justify(void **state)
{
    (void)state;
    make_proposal();
    header.parent_id.bytes[0] ^= 1;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    make_proposal();
    header.view = 7;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    make_proposal();
    header.height = 0;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    make_proposal();
    struct hs_qc other = make_qc(7, range_of(0, 12));
    justify = verified(&other);
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    /* A certificate that holds in the next epoch. */
    make_proposal();
    static struct hs_validator_set next_members;
    next_members = members;
    next_members.epoch = EPOCH + 1;
    struct hs_verifier next = verifier;
    next.set = &next_members;
    struct hs_statement statement = vote_statement(7, &block_b);
    statement.epoch = header.justify.epoch = EPOCH + 1;
    header.justify.aggregate = aggregate(&header.justify.signers, &statement);
    assert_int_equal(hs_verify_qc(&next, &justify, &header.justify), HS_OK);
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
}

/* S1 */
static void a_proposal_is_its_leaders(void **state)
{
    (void)state;
    make_proposal();
    header.proposer = LEADER + 1;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    sign_proposal(LEADER + 1);
    assert_int_equal(proposal_status(LEADER + 1), HS_PROTOCOL_VIOLATION);
}

static void a_proposal_of_another_chain_epoch_or_version_is_refused(void **state)
{
    (void)state;
    make_proposal();
    header.chain_id.bytes[5] ^= 1;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_WRONG_CHAIN);
    make_proposal();
    header.epoch = EPOCH - 1;
    assert_int_equal(proposal_status(LEADER), HS_STALE);
    header.epoch = EPOCH + 1;
    assert_int_equal(proposal_status(LEADER), HS_NOT_READY);
    make_proposal();
    header.version = 2;
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
}

static void a_certificate_or_a_child_vouches_for_a_block(void **state)
{
    (void)state;
    make_proposal();
    sign_proposal(LEADER);
    struct hs_verified_block child;
    struct hs_admitted_vote vote;
    assert_int_equal(hs_verify_proposal(&verifier, &child, &vote, &header, &justify, LEADER, LEADER,
                                        &leader_vote),
                     HS_OK);

    struct hs_block_header parent = header;
    parent.view = 6;
    struct hs_verified_block block;
    assert_int_equal(hs_verify_block_by_child(&verifier, &block, &parent, &child),
                     HS_PROTOCOL_VIOLATION);
    assert_int_equal(hs_verify_block_by_qc(&verifier, &block, &parent, &justify),
                     HS_PROTOCOL_VIOLATION);

    /* A header that the child's parent link and a certificate do name. */
    hs_block_id_of(&header.parent_id, &parent, MEMBERS);
    header.justify.view = parent.view;
    header.justify.block_id = header.parent_id;
    struct hs_statement statement = vote_statement(parent.view, &header.parent_id);
    header.justify.aggregate = aggregate(&header.justify.signers, &statement);
    justify = verified(&header.justify);
    sign_proposal(LEADER);
    assert_int_equal(
        hs_verify_proposal(&verifier, &child, &vote, &header, &justify, LEADER, 2, &leader_vote),
        HS_OK);
    assert_int_equal(hs_verify_block_by_child(&verifier, &block, &parent, &child), HS_OK);
    assert_memory_equal(&hs_verified_block_get(&block)->id, &header.parent_id,
                        sizeof header.parent_id);
    assert_memory_equal(&hs_verified_block_get(&block)->header, &parent, sizeof parent);
    assert_int_equal(hs_verify_block_by_qc(&verifier, &block, &parent, &justify), HS_OK);
    parent.base_fee.units++;
    assert_int_equal(hs_verify_block_by_child(&verifier, &block, &parent, &child),
                     HS_PROTOCOL_VIOLATION);
    assert_int_equal(hs_verify_block_by_qc(&verifier, &block, &parent, &justify),
                     HS_PROTOCOL_VIOLATION);
}

static void what_was_recovered_is_what_was_stored(void **state)
{
    (void)state;
    make_proposal();
    struct hs_verified_block block;
    hs_recover_block(&verifier, &block, &header);
    struct hs_block_id id;
    hs_block_id_of(&id, &header, MEMBERS);
    assert_memory_equal(&hs_verified_block_get(&block)->id, &id, sizeof id);
    assert_memory_equal(&hs_verified_block_get(&block)->header, &header, sizeof header);
    struct hs_verified_qc qc;
    hs_recover_qc(&qc, &header.justify);
    assert_true(hs_qc_equal(hs_verified_qc_get(&qc), &header.justify));
}

/* -- votes and view changes ------------------------------------------------------------------------ */

/* L9 */
static void a_vote_counts_from_its_own_connection(void **state)
{
    (void)state;
    struct hs_admitted_vote out;
    struct hs_vote vote = make_vote(3, 5, &block_b);
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_OK);
    assert_memory_equal(hs_admitted_vote_get(&out), &vote, sizeof vote);
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 4), HS_PROTOCOL_VIOLATION);
    vote.signature = sign(4, &(struct hs_statement){.type = HS_STATEMENT_VOTE});
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_OK);
}

/* L9 */
static void a_relayed_vote_is_verified_alone(void **state)
{
    (void)state;
    struct hs_admitted_vote out;
    const struct hs_vote right = make_vote(3, 5, &block_b);
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &right), HS_OK);
    struct hs_vote vote = right;
    vote.voter = 4;
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_BAD_SIGNATURE);
    vote = right;
    vote.view = 6;
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_BAD_SIGNATURE);
    vote = right;
    vote.block_id = genesis_id;
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_BAD_SIGNATURE);
    vote = right;
    vote.signature = infinity();
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_BAD_SIGNATURE);
}

static void a_vote_has_a_member_a_view_and_this_epoch(void **state)
{
    (void)state;
    struct hs_admitted_vote out;
    const struct hs_vote right = make_vote(3, 5, &block_b);
    struct hs_vote vote = right;
    vote.voter = MEMBERS;
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, MEMBERS), HS_PROTOCOL_VIOLATION);
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_PROTOCOL_VIOLATION);
    vote = right;
    vote.view = 0;
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_PROTOCOL_VIOLATION);
    vote = right;
    vote.epoch = EPOCH - 1;
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_STALE);
    vote.epoch = EPOCH + 1;
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_NOT_READY);
}

static struct hs_view_change view_change;
static struct hs_verified_qc high_qc;

/* Of view 8 by member 3, on a high_qc of view 7. */
static void make_view_change(void)
{
    struct hs_statement statement = view_change_statement(8, 7);
    memset(&view_change, 0, sizeof view_change);
    view_change.epoch = EPOCH;
    view_change.view = 8;
    view_change.high_qc = make_qc(7, range_of(0, 11));
    high_qc = verified(&view_change.high_qc);
    view_change.author = 3;
    view_change.signature = sign(3, &statement);
    view_change.has_last_vote = true;
    view_change.last_vote = make_vote(3, 8, &block_b);
}

static enum hs_status view_change_status(uint32_t peer)
{
    struct hs_admitted_view_change out;
    enum hs_status status = hs_admit_view_change(&verifier, &out, &view_change, peer, &high_qc);
    if (status == HS_OK) {
        assert_memory_equal(hs_admitted_view_change_get(&out), &view_change, sizeof view_change);
    }
    return status;
}

static void a_view_change_counts_from_its_own_connection(void **state)
{
    (void)state;
    make_view_change();
    assert_int_equal(view_change_status(3), HS_OK);
    assert_int_equal(view_change_status(4), HS_PROTOCOL_VIOLATION);
    view_change.has_last_vote = false;
    memset(&view_change.last_vote, 0, sizeof view_change.last_vote);
    assert_int_equal(view_change_status(3), HS_OK);
    view_change.author = MEMBERS;
    assert_int_equal(view_change_status(MEMBERS), HS_PROTOCOL_VIOLATION);
}

static void a_view_change_stands_on_an_earlier_verified_certificate(void **state)
{
    (void)state;
    make_view_change();
    view_change.view = 7;
    view_change.last_vote = make_vote(3, 7, &block_b);
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.high_qc = make_qc(7, range_of(0, 12));
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.epoch = EPOCH + 1;
    assert_int_equal(view_change_status(3), HS_NOT_READY);
    view_change.epoch = EPOCH - 1;
    assert_int_equal(view_change_status(3), HS_STALE);
}

static void a_last_vote_is_its_authors(void **state)
{
    (void)state;
    make_view_change();
    view_change.last_vote = make_vote(4, 8, &block_b);
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.last_vote.epoch = EPOCH - 1;
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.last_vote.view = 0;
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.last_vote = make_vote(3, 9, &block_b);
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
}

/* -- aggregates ---------------------------------------------------------------------------------------- */

static struct hs_aggregate_request request;
static struct hs_aggregate_result result;

static void make_votes_request(struct hs_bitmap signers)
{
    memset(&request, 0, sizeof request);
    request.ticket = 77;
    request.statement = vote_statement(5, &block_b);
    for (uint32_t i = hs_bitmap_next(&signers, 0); i < MEMBERS;
         i = hs_bitmap_next(&signers, i + 1)) {
        request.items[request.count++] = (struct hs_aggregate_item){
            .signer = i,
            .signature = sign(i, &request.statement),
        };
    }
}

/* Of view 9; members in turn on a high_qc of view 7, 3 and 0, the highest not first. */
static void make_view_changes_request(struct hs_bitmap signers)
{
    static const uint64_t views[] = {3, 7, 0};
    memset(&request, 0, sizeof request);
    request.ticket = 78;
    request.statement = view_change_statement(9, 0);
    request.high_qc = make_qc(7, range_of(0, 11));
    for (uint32_t i = hs_bitmap_next(&signers, 0); i < MEMBERS;
         i = hs_bitmap_next(&signers, i + 1)) {
        struct hs_statement statement = view_change_statement(9, views[i % 3]);
        request.items[request.count++] = (struct hs_aggregate_item){
            .signer = i,
            .high_qc_view = views[i % 3],
            .signature = sign(i, &statement),
        };
    }
}

static void check_request(void)
{
    memset(&result, 0xee, sizeof result);
    hs_check_aggregate(&verifier, &result, &request);
    assert_true(result.ticket == request.ticket);
    assert_true(result.type == request.statement.type);
}

static void good_votes_make_a_certificate(void **state)
{
    (void)state;
    make_votes_request(range_of(3, 14));
    check_request();
    assert_true(result.good);
    assert_true(result.has_certificate);
    assert_true(hs_bitmap_is_empty(&result.bad));
    const struct hs_qc *qc = hs_verified_qc_get(&result.qc);
    struct hs_qc expected = make_qc(5, range_of(3, 14));
    assert_true(hs_qc_equal(qc, &expected));
    assert_int_equal(qc_status(qc), HS_OK);
}

static void good_votes_short_of_a_quorum_make_none(void **state)
{
    (void)state;
    make_votes_request(range_of(0, 10));
    check_request();
    assert_true(result.good);
    assert_false(result.has_certificate);
    make_votes_request(range_of(15, 16));
    check_request();
    assert_true(result.good);
    assert_false(result.has_certificate);
}

static void good_view_changes_make_a_certificate(void **state)
{
    (void)state;
    make_view_changes_request(range_of(2, 13));
    check_request();
    assert_true(result.good);
    assert_true(result.has_certificate);
    tc = *hs_verified_tc_get(&result.tc);
    tc_high_qc = verified(&request.high_qc);
    assert_true(tc.view == 9 && tc.epoch == EPOCH);
    assert_int_equal(tc.group_count, 3);
    assert_true(tc.groups[0].high_qc_view == 7 && tc.groups[1].high_qc_view == 3 &&
                tc.groups[2].high_qc_view == 0);
    assert_int_equal(hs_bitmap_count(&tc.groups[0].signers), 3);
    assert_int_equal(hs_bitmap_count(&tc.groups[1].signers), 4);
    assert_int_equal(hs_bitmap_count(&tc.groups[2].signers), 4);
    assert_true(hs_bitmap_get(&tc.groups[0].signers, 4));
    assert_int_equal(tc_status(), HS_OK);

    make_view_changes_request(range_of(2, 12));
    check_request();
    assert_true(result.good);
    assert_false(result.has_certificate);
}

static void one_bad_signature_is_found_alone(void **state)
{
    (void)state;
    make_votes_request(range_of(7, 8));
    request.items[0].signature = sign(6, &request.statement);
    check_request();
    assert_false(result.good);
    assert_false(result.has_certificate);
    struct hs_bitmap expected = range_of(7, 8);
    assert_true(hs_bitmap_equal(&result.bad, &expected));
}

/* One of the ways to sign badly. */
static struct hs_bls_signature bad_signature(uint32_t way, uint32_t signer)
{
    struct hs_statement statement = request.statement;
    struct hs_bls_signature right = sign(signer, &statement);
    switch (way) {
    case 0: /* another view */
        statement.view++;
        return sign(signer, &statement);
    case 1: /* somebody else's */
        return sign((signer + 1) % MEMBERS, &statement);
    case 2:
        return off_curve(&right);
    case 3:
        return off_subgroup(&right);
    default:
        return infinity();
    }
}

/* Any subset of n = 16, with signatures that are bad in any way: exactly those are named. */
static void check_random_subset(uint32_t bad_mask, bool of_view_changes)
{
    if (of_view_changes) {
        make_view_changes_request(range_of(0, MEMBERS));
    } else {
        make_votes_request(range_of(0, MEMBERS));
    }
    struct hs_bitmap expected = {{0}};
    for (uint32_t i = 0; i < MEMBERS; i++) {
        if ((bad_mask >> i & 1) != 0) {
            request.items[i].signature = bad_signature((bad_mask + i) % 5, i);
            hs_bitmap_set(&expected, i);
        }
    }
    check_request();
    assert_int_equal(result.good, bad_mask == 0);
    assert_int_equal(result.has_certificate, bad_mask == 0);
    assert_true(hs_bitmap_equal(&result.bad, &expected));
}

static void bisection_finds_exactly_the_bad_ones(uint32_t rounds)
{
    check_random_subset(0, false);
    check_random_subset(0, true);
    check_random_subset(0xffff, false);
    check_random_subset(0xffff, true);
    uint32_t mask = 0x2b;
    for (uint32_t round = 0; round < rounds; round++) {
        mask = mask * 1103515245u + 12345u;
        /* Few bad ones half of the time. */
        uint32_t subset = mask >> 16 & (round % 2 == 0 ? 0xffffu : mask >> 8 & mask >> 12);
        check_random_subset(subset, round % 4 >= 2);
    }
}

/* Two that are bad by what cancels in the sum: together they are as good as right, and the
 * certificate holds. */
static void errors_that_cancel_harm_nobody(void **state)
{
    (void)state;
    make_votes_request(range_of(0, 12));
    struct hs_bls_signature signature = request.items[2].signature;
    request.items[2].signature = request.items[9].signature;
    request.items[9].signature = signature;
    check_request();
    assert_true(result.good);
    assert_true(result.has_certificate);
    assert_int_equal(qc_status(hs_verified_qc_get(&result.qc)), HS_OK);
    /* With a third that is bad they may be named too; nobody else is. */
    request.items[5].signature = infinity();
    check_request();
    assert_false(result.good);
    assert_true(hs_bitmap_get(&result.bad, 5));
    hs_bitmap_clear(&result.bad, 5);
    hs_bitmap_clear(&result.bad, 2);
    hs_bitmap_clear(&result.bad, 9);
    assert_true(hs_bitmap_is_empty(&result.bad));
}

/* -- evidence ----------------------------------------------------------------------------------------- */

/* S8 */
static void two_votes_of_one_view_are_evidence(void **state)
{
    (void)state;
    struct hs_vote first = make_vote(3, 5, &block_b);
    struct hs_vote second = make_vote(3, 5, &genesis_id);
    assert_int_equal(hs_check_evidence(&verifier, &first, &second), HS_OK);
    assert_int_equal(hs_check_evidence(&verifier, &second, &first), HS_OK);
    assert_int_equal(hs_check_evidence(&verifier, &first, &first), HS_PROTOCOL_VIOLATION);
    struct hs_vote other = make_vote(3, 6, &genesis_id);
    assert_int_equal(hs_check_evidence(&verifier, &first, &other), HS_PROTOCOL_VIOLATION);
    other = make_vote(4, 5, &genesis_id);
    assert_int_equal(hs_check_evidence(&verifier, &first, &other), HS_PROTOCOL_VIOLATION);
    other = second;
    other.epoch = EPOCH + 1;
    assert_int_equal(hs_check_evidence(&verifier, &first, &other), HS_PROTOCOL_VIOLATION);
    first.epoch = EPOCH + 1;
    assert_int_equal(hs_check_evidence(&verifier, &first, &other), HS_NOT_READY);
}

/* S8 */
static void nobody_is_accused_by_a_forged_vote(void **state)
{
    (void)state;
    struct hs_vote first = make_vote(3, 5, &block_b);
    struct hs_vote second = make_vote(4, 5, &genesis_id);
    second.voter = 3;
    assert_int_equal(hs_check_evidence(&verifier, &first, &second), HS_BAD_SIGNATURE);
    assert_int_equal(hs_check_evidence(&verifier, &second, &first), HS_BAD_SIGNATURE);
    first.voter = second.voter = MEMBERS;
    assert_int_equal(hs_check_evidence(&verifier, &first, &second), HS_PROTOCOL_VIOLATION);
}

#define VERIFY_TESTS                                                                               \
    cmocka_unit_test(a_verifier_refuses_a_set_that_is_none),                                       \
        cmocka_unit_test(a_quorum_makes_a_certificate),                                            \
        cmocka_unit_test(one_signer_too_few_is_refused),                                           \
        cmocka_unit_test(weights_count_and_not_heads),                                             \
        cmocka_unit_test(a_signer_beyond_the_set_is_refused),                                      \
        cmocka_unit_test(a_claimed_signer_must_have_signed),                                       \
        cmocka_unit_test(a_certificate_holds_for_its_own_view_block_and_epoch),                    \
        cmocka_unit_test(a_certificate_does_not_cross_chains_or_types),                            \
        cmocka_unit_test(no_aggregate_but_a_point_is_accepted),                                    \
        cmocka_unit_test(view_zero_has_one_certificate),                                           \
        cmocka_unit_test(a_quorum_of_view_changes_makes_a_tc),                                     \
        cmocka_unit_test(the_first_view_can_be_given_up),                                          \
        cmocka_unit_test(a_tc_short_of_a_quorum_is_refused),                                       \
        cmocka_unit_test(nobody_counts_in_two_groups),                                             \
        cmocka_unit_test(groups_out_of_order_are_refused),                                         \
        cmocka_unit_test(view_changes_of_two_views_make_no_tc),                                    \
        cmocka_unit_test(a_signer_keeps_the_high_qc_view_it_signed),                               \
        cmocka_unit_test(a_tc_needs_its_own_verified_certificate),                                 \
        cmocka_unit_test(a_tc_of_another_epoch_is_not_judged),                                     \
        cmocka_unit_test(a_group_without_a_point_is_refused),                                      \
        cmocka_unit_test(a_proposal_passes_directly_and_relayed),                                  \
        cmocka_unit_test(only_a_relayed_proposal_has_its_vote_checked),                            \
        cmocka_unit_test(a_proposal_stands_on_its_justify),                                        \
        cmocka_unit_test(a_proposal_is_its_leaders),                                               \
        cmocka_unit_test(a_proposal_of_another_chain_epoch_or_version_is_refused),                 \
        cmocka_unit_test(a_certificate_or_a_child_vouches_for_a_block),                            \
        cmocka_unit_test(what_was_recovered_is_what_was_stored),                                   \
        cmocka_unit_test(a_vote_counts_from_its_own_connection),                                   \
        cmocka_unit_test(a_relayed_vote_is_verified_alone),                                        \
        cmocka_unit_test(a_vote_has_a_member_a_view_and_this_epoch),                               \
        cmocka_unit_test(a_view_change_counts_from_its_own_connection),                            \
        cmocka_unit_test(a_view_change_stands_on_an_earlier_verified_certificate),                 \
        cmocka_unit_test(a_last_vote_is_its_authors),                                              \
        cmocka_unit_test(good_votes_make_a_certificate),                                           \
        cmocka_unit_test(good_votes_short_of_a_quorum_make_none),                                  \
        cmocka_unit_test(good_view_changes_make_a_certificate),                                    \
        cmocka_unit_test(one_bad_signature_is_found_alone), cmocka_unit_test(bad_ones_are_found),  \
        cmocka_unit_test(errors_that_cancel_harm_nobody),                                          \
        cmocka_unit_test(two_votes_of_one_view_are_evidence),                                      \
        cmocka_unit_test(nobody_is_accused_by_a_forged_vote)

#endif
