/* hs_mempool under a base fee: what bids what, what waits, what a block has room for. */
#include "mempool_fixture.h"

/* F4: the tip is what the fee leaves, at most max_tip, and is compared for each unit of gas. */
static void a_bid_is_what_the_base_fee_leaves_for_a_unit_of_gas(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:50/60");    /* 50 up to a base fee of 10, less above */
    add(pool, "B0:20/90");    /* 20 up to 70 */
    add(pool, "C0:90/300*3"); /* 30 up to 70, for each of three */
    assert_selected(pool, SELECT_MAX, "A0:50/60 C0:90/300*3 B0:20/90");
    set_base_fee(pool, 29);
    assert_selected(pool, SELECT_MAX, "A0:50/60 C0:90/300*3 B0:20/90");
    set_base_fee(pool, 31);
    assert_selected(pool, SELECT_MAX, "C0:90/300*3 A0:50/60 B0:20/90");
    set_base_fee(pool, 41);
    assert_selected(pool, SELECT_MAX, "C0:90/300*3 B0:20/90 A0:50/60");
    set_base_fee(pool, 85);
    assert_selected(pool, SELECT_MAX, "C0:90/300*3 B0:20/90");
    set_base_fee(pool, 10);
    assert_selected(pool, SELECT_MAX, "A0:50/60 C0:90/300*3 B0:20/90");
    free(pool);
}

static void bids_that_are_nearly_equal_are_told_apart(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(4, 8);
    add(pool, "A0:9007199254740992");
    add(pool, "B0:9007199254740993");
    assert_selected(pool, SELECT_MAX, "B0:9007199254740993 A0:9007199254740992");
    add(pool, "C0:100/100*3");
    add(pool, "D0:167/167*5");
    assert_selected(pool, 3, "B0:9007199254740993 A0:9007199254740992 D0:167/167*5");
    free(pool);
}

static void what_the_base_fee_exceeds_waits_until_it_falls(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5/20");
    add(pool, "B0:1/40*2");
    set_base_fee(pool, 20);
    assert_selected(pool, SELECT_MAX, "A0:5/20 B0:1/40*2");
    set_base_fee(pool, 21);
    assert_selected(pool, SELECT_MAX, "");
    assert_int_equal(counts_of(pool).ready, 0);
    assert_int_equal(counts_of(pool).ready_bytes, 0);
    assert_int_equal(counts_of(pool).ready_gas, 0);
    assert_int_equal(counts_of(pool).transactions, 2);
    set_base_fee(pool, 20);
    assert_selected(pool, SELECT_MAX, "A0:5/20 B0:1/40*2");
    assert_int_equal(counts_of(pool).ready, 2);
    assert_int_equal(counts_of(pool).ready_gas, 3);
    set_base_fee(pool, UINT64_MAX);
    assert_selected(pool, SELECT_MAX, "");
    set_base_fee(pool, 0);
    assert_selected(pool, SELECT_MAX, "A0:5/20 B0:1/40*2");
    free(pool);
}

static void one_that_comes_while_the_base_fee_is_above_it_waits(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    set_base_fee(pool, 50);
    add(pool, "A0:5/20");
    assert_selected(pool, SELECT_MAX, "");
    set_base_fee(pool, 19);
    assert_selected(pool, SELECT_MAX, "A0:5/20");
    free(pool);
}

static void what_follows_one_that_waits_for_the_base_fee_waits_with_it(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5/90");
    add(pool, "A1:5/20");
    add(pool, "A2:5/90");
    set_base_fee(pool, 30);
    assert_selected(pool, SELECT_MAX, "A0:5/90");
    assert_int_equal(counts_of(pool).ready, 1);
    mark(pool, "A0:5/90");
    assert_selected(pool, SELECT_MAX, "");
    assert_int_equal(add_at(pool, "A1:6/40", 0), HS_OK); /* F5 */
    assert_selected(pool, SELECT_MAX, "A1:6/40 A2:5/90");
    set_base_fee(pool, 45);
    assert_selected(pool, SELECT_MAX, "");
    mark(pool, "A1:6/40"); /* in a block after all, of another branch */
    assert_selected(pool, SELECT_MAX, "A2:5/90");
    free(pool);
}

static void the_base_fee_stays_where_it_is_when_blocks_come_and_go(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    set_base_fee(pool, 10);
    add(pool, "A0:50/30");
    add(pool, "B0:15/99");
    mark(pool, "A0:50/30");
    unmark(pool, "A0:50/30");
    assert_selected(pool, SELECT_MAX, "A0:50/30 B0:15/99");
    advance(pool, 'A', 1);
    add(pool, "C0:60/26");
    assert_selected(pool, SELECT_MAX, "C0:60/26 B0:15/99");
    free(pool);
}

/* -- gas ------------------------------------------------------------------------------- */

/* F2 */
static void a_selection_ends_where_the_gas_is_used(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:90/90*3");
    add(pool, "B0:50/50*2");
    add(pool, "C0:10/10*1");
    static const size_t expected[] = {0, 0, 0, 1, 1, 2, 3, 3};
    for (uint64_t gas = 0; gas < sizeof expected / sizeof expected[0]; gas++) {
        struct hs_bytes transactions[SELECT_MAX];
        struct hs_mempool_room room = {SELECT_MAX, SIZE_MAX, gas};
        assert_int_equal(hs_mempool_select(pool, transactions, NULL, room), expected[gas]);
    }
    assert_int_equal(counts_of(pool).ready_gas, 6);
    free(pool);
}

static void no_gas_and_more_than_a_block_takes_are_refused(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    assert_int_equal(add_at(pool, "A0:5/5*0", 0), HS_INVALID_ARGUMENT);
    assert_int_equal(add_at(pool, "A0:5/5*1001", 0), HS_INVALID_ARGUMENT);
    assert_int_equal(add_at(pool, "A0:5/5*1000", 0), HS_OK);
    assert_int_equal(counts_of(pool).transactions, 1);
    free(pool);
}

/* -- eviction --------------------------------------------------------------------------- */

static void eviction_goes_by_the_bid_under_the_base_fee(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(3, 8);
    add(pool, "A0:50/60");
    add(pool, "B0:10/99");
    add(pool, "C0:20/99");
    set_base_fee(pool, 55); /* leaves A 5 */
    assert_int_equal(add_at(pool, "D0:5/99", 0), HS_FULL);
    assert_int_equal(add_at(pool, "D0:99/60", 0), HS_FULL);
    assert_int_equal(add_at(pool, "D0:99/61", 0), HS_OK);
    assert_false(holds(pool, "A0:50/60"));
    set_base_fee(pool, 0);
    assert_int_equal(add_at(pool, "E0:11/99", 0), HS_OK);
    assert_false(holds(pool, "B0:10/99"));
    free(pool);
}

static void what_waits_for_the_base_fee_goes_first(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(3, 8);
    add(pool, "A0:50/60");
    add(pool, "A1:50/99");
    add(pool, "B0:1/99");
    set_base_fee(pool, 61);
    assert_int_equal(add_at(pool, "C0:50/60", 0), HS_FULL);
    assert_int_equal(add_at(pool, "A2:50/99", 0), HS_FULL);
    assert_int_equal(add_at(pool, "C0:1/99", 0), HS_OK);
    assert_false(holds(pool, "A1:50/99"));
    assert_int_equal(add_at(pool, "D0:1/99", 0), HS_OK);
    assert_false(holds(pool, "A0:50/60"));
    assert_int_equal(add_at(pool, "E0:1/99", 0), HS_FULL);
    free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bid_is_what_the_base_fee_leaves_for_a_unit_of_gas),
        cmocka_unit_test(bids_that_are_nearly_equal_are_told_apart),
        cmocka_unit_test(what_the_base_fee_exceeds_waits_until_it_falls),
        cmocka_unit_test(one_that_comes_while_the_base_fee_is_above_it_waits),
        cmocka_unit_test(what_follows_one_that_waits_for_the_base_fee_waits_with_it),
        cmocka_unit_test(the_base_fee_stays_where_it_is_when_blocks_come_and_go),
        cmocka_unit_test(a_selection_ends_where_the_gas_is_used),
        cmocka_unit_test(no_gas_and_more_than_a_block_takes_are_refused),
        cmocka_unit_test(eviction_goes_by_the_bid_under_the_base_fee),
        cmocka_unit_test(what_waits_for_the_base_fee_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
