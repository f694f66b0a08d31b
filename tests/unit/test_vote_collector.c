/* Votes on their way to a certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/bitmap.h"
#include "consensus/vote_collector.h"

static struct hs_validator_set set;
static struct hs_vote_entry entries[HS_VALIDATORS_MAX];
static struct hs_vote_collector collector;
static struct hs_aggregate_request request;
static struct hs_aggregate_result result;

/* Validators with these weights, and nothing collected. */
static void begin(const uint64_t weights[], uint32_t count)
{
    set = (struct hs_validator_set){.epoch = 3, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        set.validators[i].weight = weights[i];
        set.weight_total += weights[i];
    }
    hs_vote_collector_init(&collector, entries, &set);
}

static const uint64_t equal_weights[] = {1, 1, 1, 1};

static enum hs_status add(uint32_t voter, uint64_t view, uint8_t block)
{
    struct hs_vote first;
    struct hs_vote vote = {.epoch = 3,
                           .view = view,
                           .block_id = {.bytes = {block}},
                           .voter = voter,
                           .signature = {.bytes = {(uint8_t)(voter + 1)}}};
    return hs_vote_collector_add(&collector, &vote, &first);
}

static bool quorum(uint64_t view, uint8_t block)
{
    uint64_t found_view = 0;
    struct hs_block_id found;
    return hs_vote_collector_best_quorum(&collector, &found_view, &found) && found_view == view &&
           found.bytes[0] == block;
}

static bool any_quorum(void)
{
    uint64_t view;
    struct hs_block_id block_id;
    return hs_vote_collector_best_quorum(&collector, &view, &block_id);
}

/* Asks for the quorum at hand and answers: these signers are bad. */
static void check(uint64_t view, uint8_t block, uint32_t bad)
{
    struct hs_block_id block_id = {.bytes = {block}};
    hs_vote_collector_request(&collector, view, &block_id, &request);
    result = (struct hs_aggregate_result){.good = true};
    for (uint32_t i = 0; i < request.count; i++) {
        if ((bad & (1u << request.items[i].signer)) != 0) {
            hs_bitmap_set(&result.bad, request.items[i].signer);
            result.good = false;
        }
    }
    hs_vote_collector_answer(&collector, &request, &result);
}

/* S7: floor(2W/3) + 1, by weight and not by heads. */
static void a_quorum_is_counted_by_weight(void **state)
{
    (void)state;
    begin(equal_weights, 4);
    assert_false(any_quorum());
    assert_int_equal(add(0, 5, 1), HS_OK);
    assert_int_equal(add(1, 5, 1), HS_OK);
    assert_false(any_quorum());
    assert_int_equal(add(2, 5, 1), HS_OK);
    assert_true(quorum(5, 1));

    const uint64_t uneven[] = {5, 1, 5, 1};
    begin(uneven, 4);
    assert_int_equal(add(0, 5, 1), HS_OK);
    assert_int_equal(add(1, 5, 1), HS_OK);
    assert_int_equal(add(3, 5, 1), HS_OK);
    assert_false(any_quorum());
    assert_int_equal(add(2, 5, 1), HS_OK);
    assert_true(quorum(5, 1));

    const uint64_t one[] = {7};
    begin(one, 1);
    assert_int_equal(add(0, 1, 1), HS_OK);
    assert_true(quorum(1, 1));
}

/* S7: votes of another view or block are never summed. */
static void only_votes_for_one_block_in_one_view_sum(void **state)
{
    (void)state;
    begin(equal_weights, 4);
    assert_int_equal(add(0, 5, 1), HS_OK);
    assert_int_equal(add(1, 5, 1), HS_OK);
    assert_int_equal(add(2, 5, 2), HS_OK);
    assert_int_equal(add(3, 6, 1), HS_OK);
    assert_false(any_quorum());
}

static void the_highest_view_with_a_quorum_is_best(void **state)
{
    (void)state;
    const uint64_t heavy[] = {1, 1, 1, 1, 12, 1, 1};
    begin(heavy, 7); /* W = 18, a quorum is 13: the heavy one and any other */
    assert_int_equal(add(0, 5, 1), HS_OK);
    assert_int_equal(add(1, 9, 2), HS_OK);
    assert_false(any_quorum());
    assert_int_equal(add(4, 5, 1), HS_OK);
    assert_true(quorum(5, 1));
    assert_int_equal(add(4, 9, 2), HS_OK);
    assert_true(quorum(9, 2));
}

/* S8: one vote per validator and view; the latest view is kept. */
static void each_validator_counts_once(void **state)
{
    (void)state;
    struct hs_vote first;
    struct hs_vote other = {.view = 5, .block_id = {.bytes = {2}}, .voter = 0};
    begin(equal_weights, 4);
    assert_int_equal(add(0, 5, 1), HS_OK);
    assert_int_equal(add(0, 5, 1), HS_DUPLICATE);
    assert_int_equal(hs_vote_collector_add(&collector, &other, &first), HS_PROTOCOL_VIOLATION);
    assert_int_equal(first.block_id.bytes[0], 1);
    assert_int_equal(add(1, 5, 1), HS_OK);
    assert_int_equal(add(2, 5, 1), HS_OK);
    assert_true(quorum(5, 1)); /* the first one still counts */
    assert_int_equal(add(0, 4, 1), HS_STALE);
    assert_int_equal(add(0, 6, 1), HS_OK);
    assert_false(any_quorum());
}

static void votes_of_views_that_are_over_are_forgotten(void **state)
{
    (void)state;
    begin(equal_weights, 4);
    for (uint32_t voter = 0; voter < 3; voter++) {
        assert_int_equal(add(voter, 5, 1), HS_OK);
    }
    hs_vote_collector_drop_below(&collector, 5);
    assert_true(quorum(5, 1));
    hs_vote_collector_drop_below(&collector, 6);
    assert_false(any_quorum());
    assert_int_equal(add(0, 7, 1), HS_OK);
}

/* L9 */
static void a_bad_vote_goes_and_the_rest_stay(void **state)
{
    (void)state;
    begin(equal_weights, 4);
    for (uint32_t voter = 0; voter < 3; voter++) {
        assert_int_equal(add(voter, 5, 1), HS_OK);
    }
    check(5, 1, 1u << 1);
    assert_int_equal(request.count, 3);
    assert_int_equal(request.statement.type, HS_STATEMENT_VOTE);
    assert_int_equal(request.statement.epoch, 3);
    assert_int_equal(request.statement.view, 5);
    assert_int_equal(request.items[2].signer, 2);
    assert_int_equal(request.items[2].signature.bytes[0], 3);
    assert_false(any_quorum());
    assert_int_equal(add(3, 5, 1), HS_OK);
    assert_true(quorum(5, 1));
    check(5, 1, 0);
    assert_int_equal(request.count, 3); /* 0, 2 and 3 */
}

/* L9: for the rest of the epoch a suspect's votes are checked without the others'. */
static void a_suspect_stays_out_while_it_is_not_needed(void **state)
{
    (void)state;
    begin(equal_weights, 4);
    for (uint32_t voter = 0; voter < 3; voter++) {
        assert_int_equal(add(voter, 5, 1), HS_OK);
    }
    check(5, 1, 1u << 1);
    for (uint32_t voter = 0; voter < 4; voter++) {
        assert_int_equal(add(voter, 9, 1), HS_OK);
    }
    check(9, 1, 0);
    assert_int_equal(request.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_not_equal(request.items[i].signer, 1);
    }
}

/* L9 */
static void a_suspect_that_is_needed_is_checked_first_and_alone(void **state)
{
    (void)state;
    begin(equal_weights, 4);
    for (uint32_t voter = 0; voter < 3; voter++) {
        assert_int_equal(add(voter, 5, 1), HS_OK);
    }
    check(5, 1, 1u << 1);
    for (uint32_t voter = 0; voter < 3; voter++) {
        assert_int_equal(add(voter, 9, 1), HS_OK);
    }
    check(9, 1, 0);
    assert_int_equal(request.count, 1);
    assert_int_equal(request.items[0].signer, 1);
    check(9, 1, 0); /* found good: now all together */
    assert_int_equal(request.count, 3);
    assert_true(quorum(9, 1));
}

/* An answer that comes after its voter has voted on does not touch the later vote. */
static void an_answer_leaves_a_later_vote_alone(void **state)
{
    (void)state;
    struct hs_block_id block_id = {.bytes = {1}};
    begin(equal_weights, 4);
    for (uint32_t voter = 0; voter < 3; voter++) {
        assert_int_equal(add(voter, 5, 1), HS_OK);
    }
    hs_vote_collector_request(&collector, 5, &block_id, &request);
    assert_int_equal(add(1, 6, 1), HS_OK);
    result = (struct hs_aggregate_result){.good = false};
    hs_bitmap_set(&result.bad, 1);
    hs_vote_collector_answer(&collector, &request, &result);
    assert_true(entries[1].present);
    assert_int_equal(entries[1].vote.view, 6);
    assert_false(entries[1].checked);
    assert_true(entries[0].checked);
    assert_true(hs_bitmap_get(&collector.suspects, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quorum_is_counted_by_weight),
        cmocka_unit_test(only_votes_for_one_block_in_one_view_sum),
        cmocka_unit_test(the_highest_view_with_a_quorum_is_best),
        cmocka_unit_test(each_validator_counts_once),
        cmocka_unit_test(votes_of_views_that_are_over_are_forgotten),
        cmocka_unit_test(a_bad_vote_goes_and_the_rest_stay),
        cmocka_unit_test(a_suspect_stays_out_while_it_is_not_needed),
        cmocka_unit_test(a_suspect_that_is_needed_is_checked_first_and_alone),
        cmocka_unit_test(an_answer_leaves_a_later_vote_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
