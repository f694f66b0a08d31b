/* What the verifier answers when the core asks it to check an aggregate. */
#ifndef TESTS_UNIT_VERIFY_AGGREGATES_H
#define TESTS_UNIT_VERIFY_AGGREGATES_H

#include "tests/unit/verify_certificates.h"

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
    hs_check_aggregate(&verifier, &result, &request, NULL);
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

#endif
