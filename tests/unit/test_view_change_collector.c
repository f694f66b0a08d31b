/* View changes on their way to a timeout certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/bitmap.h"
#include "consensus/view_change_collector.h"

static struct hs_validator_set set;
static struct hs_view_change_entry entries[HS_VALIDATORS_MAX];
static struct hs_view_change_collector collector;
static struct hs_aggregate_request request;
static struct hs_aggregate_result result;

/* Weights 1, 2, 3, 4: W = 10, a quorum is 7. */
static void begin(void)
{
    set = (struct hs_validator_set){.epoch = 3, .count = 4, .weight_total = 10};
    for (uint32_t i = 0; i < 4; i++) {
        set.validators[i].weight = i + 1;
    }
    hs_view_change_collector_init(&collector, entries, &set);
}

static enum hs_status add(uint32_t author, uint64_t view, uint64_t high_qc_view)
{
    struct hs_view_change view_change = {
        .epoch = 3,
        .view = view,
        .high_qc = {.epoch = 3,
                    .view = high_qc_view,
                    .block_id = {.bytes = {(uint8_t)high_qc_view}}},
        .author = author,
        .signature = {.bytes = {(uint8_t)(author + 1)}},
    };
    return hs_view_change_collector_add(&collector, &view_change);
}

static void answer(uint32_t bad)
{
    result = (struct hs_aggregate_result){.good = bad == 0};
    for (uint32_t i = 0; i < 4; i++) {
        if ((bad & (1u << i)) != 0) {
            hs_bitmap_set(&result.bad, i);
        }
    }
    hs_view_change_collector_answer(&collector, &request, &result);
}

/* L4: the highest by (view, high_qc.view) is kept, and counts once. */
static void the_highest_of_each_author_is_kept(void **state)
{
    (void)state;
    begin();
    assert_int_equal(add(0, 5, 3), HS_OK);
    assert_int_equal(add(0, 5, 3), HS_DUPLICATE);
    assert_int_equal(add(0, 5, 2), HS_STALE);
    assert_int_equal(add(0, 4, 3), HS_STALE);
    assert_int_equal(add(0, 5, 4), HS_OK); /* S6: signed anew with a higher QC */
    assert_int_equal(hs_view_change_collector_weight_at(&collector, 5), 1);
    assert_int_equal(add(0, 6, 0), HS_OK);
    assert_int_equal(hs_view_change_collector_weight_at(&collector, 5), 0);
    assert_int_equal(hs_view_change_collector_weight_at(&collector, 6), 1);
}

/* L4 */
static void weights_are_summed_from_a_view_and_at_a_view(void **state)
{
    (void)state;
    begin();
    assert_int_equal(hs_view_change_collector_weight_from(&collector, 0), 0);
    assert_int_equal(add(0, 5, 3), HS_OK);
    assert_int_equal(add(1, 6, 3), HS_OK);
    assert_int_equal(add(3, 7, 3), HS_OK);
    assert_int_equal(hs_view_change_collector_weight_from(&collector, 5), 7);
    assert_int_equal(hs_view_change_collector_weight_from(&collector, 6), 6);
    assert_int_equal(hs_view_change_collector_weight_from(&collector, 8), 0);
    assert_int_equal(hs_view_change_collector_weight_at(&collector, 6), 2);
    hs_view_change_collector_drop_below(&collector, 6);
    assert_int_equal(hs_view_change_collector_weight_from(&collector, 0), 6);
}

/* S7: the request shows the highest QC of those that are in it, of that view alone. */
static void a_request_shows_the_highest_qc_in_it(void **state)
{
    (void)state;
    begin();
    assert_int_equal(add(0, 5, 2), HS_OK);
    assert_int_equal(add(1, 6, 4), HS_OK);
    assert_int_equal(add(2, 5, 3), HS_OK);
    assert_int_equal(add(3, 5, 0), HS_OK);
    hs_view_change_collector_request(&collector, 5, &request);
    assert_int_equal(request.statement.type, HS_STATEMENT_VIEW_CHANGE);
    assert_int_equal(request.statement.epoch, 3);
    assert_int_equal(request.statement.view, 5);
    assert_int_equal(request.count, 3);
    assert_int_equal(request.high_qc.view, 3);
    assert_int_equal(request.items[0].high_qc_view, 2);
    assert_int_equal(request.items[2].signer, 3);
    assert_int_equal(request.items[2].high_qc_view, 0);
    assert_int_equal(request.items[2].signature.bytes[0], 4);
}

/* L9 */
static void a_bad_one_goes_and_its_author_is_checked_apart(void **state)
{
    (void)state;
    begin();
    for (uint32_t author = 0; author < 4; author++) {
        assert_int_equal(add(author, 5, author), HS_OK);
    }
    hs_view_change_collector_request(&collector, 5, &request);
    answer(1u << 3);
    assert_int_equal(hs_view_change_collector_weight_at(&collector, 5), 6);

    /* Again by its author: 6 of the others are no quorum, so it is asked for alone. */
    assert_int_equal(add(3, 5, 3), HS_OK);
    hs_view_change_collector_request(&collector, 5, &request);
    assert_int_equal(request.count, 1);
    assert_int_equal(request.items[0].signer, 3);
    assert_int_equal(request.high_qc.view, 3);
    answer(0);
    hs_view_change_collector_request(&collector, 5, &request);
    assert_int_equal(request.count, 4);
}

/* L9 */
static void a_suspect_that_is_not_needed_stays_out(void **state)
{
    (void)state;
    begin();
    for (uint32_t author = 0; author < 4; author++) {
        assert_int_equal(add(author, 5, author), HS_OK);
    }
    hs_view_change_collector_request(&collector, 5, &request);
    answer(1u << 0);
    assert_int_equal(add(0, 5, 4), HS_OK);
    hs_view_change_collector_request(&collector, 5, &request);
    assert_int_equal(request.count, 3);
    assert_int_equal(request.high_qc.view, 3); /* an unchecked claim is not shown */
}

static void an_answer_leaves_a_later_one_alone(void **state)
{
    (void)state;
    begin();
    for (uint32_t author = 0; author < 4; author++) {
        assert_int_equal(add(author, 5, 1), HS_OK);
    }
    hs_view_change_collector_request(&collector, 5, &request);
    assert_int_equal(add(2, 5, 4), HS_OK);
    answer(1u << 2);
    assert_true(entries[2].present);
    assert_int_equal(entries[2].high_qc.view, 4);
    assert_false(entries[2].checked);
    assert_true(entries[1].checked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_of_each_author_is_kept),
        cmocka_unit_test(weights_are_summed_from_a_view_and_at_a_view),
        cmocka_unit_test(a_request_shows_the_highest_qc_in_it),
        cmocka_unit_test(a_bad_one_goes_and_its_author_is_checked_apart),
        cmocka_unit_test(a_suspect_that_is_not_needed_stays_out),
        cmocka_unit_test(an_answer_leaves_a_later_one_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
