/* hs_mempool: order, limits, replacement, eviction and marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mempool_fixture.h"

static size_t select_bytes(struct hs_mempool *pool, struct hs_bytes transactions[2],
                           size_t payload_bytes)
{
    return hs_mempool_select(pool, transactions, NULL,
                             (struct hs_mempool_room){2, payload_bytes, UINT64_MAX});
}

/* -- order ------------------------------------------------------------------------- */

static void an_empty_pool_selects_nothing(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(1, 1);
    assert_selected(pool, SELECT_MAX, "");
    struct hs_transaction_id id = {{9}};
    hs_mempool_mark(pool, &id, 1);
    hs_mempool_unmark(pool, &id, 1);
    hs_mempool_remove(pool, &id);
    advance(pool, 'A', 5);
    struct hs_bytes bytes;
    assert_int_equal(hs_mempool_find(pool, &bytes, &id), HS_NOT_FOUND);
    assert_int_equal(counts_of(pool).transactions, 0);
    free(pool);
}

static void higher_tips_come_first_and_earlier_ones_among_equals(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5");
    add(pool, "B0:9");
    add(pool, "C0:5");
    add(pool, "D0:7");
    assert_selected(pool, SELECT_MAX, "B0:9 D0:7 A0:5 C0:5");
    assert_selected(pool, 2, "B0:9 D0:7");
    assert_selected(pool, 0, "");
    free(pool);
}

static void a_senders_transactions_keep_their_order(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A2:90");
    add(pool, "A0:1");
    add(pool, "A1:50");
    add(pool, "B0:40");
    assert_selected(pool, SELECT_MAX, "B0:40 A0:1 A1:50 A2:90");
    free(pool);
}

static void what_follows_a_gap_is_held_until_the_gap_is_filled(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:1");
    add(pool, "A2:9");
    add(pool, "B1:9");
    assert_selected(pool, SELECT_MAX, "A0:1");
    assert_int_equal(counts_of(pool).ready, 1);
    add(pool, "A1:1");
    assert_selected(pool, SELECT_MAX, "A0:1 A1:1 A2:9");
    advance(pool, 'B', 1);
    assert_selected(pool, SELECT_MAX, "B1:9 A0:1 A1:1 A2:9");
    assert_int_equal(counts_of(pool).ready, 4);
    free(pool);
}

static void a_selection_ends_where_the_payload_is_full(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5");
    add(pool, "B0:4");
    struct hs_bytes transactions[2];
    assert_int_equal(select_bytes(pool, transactions, 7), 0);
    assert_int_equal(select_bytes(pool, transactions, 8), 1);
    assert_int_equal(select_bytes(pool, transactions, 15), 1);
    assert_int_equal(select_bytes(pool, transactions, 16), 2);
    assert_int_equal(counts_of(pool).ready_bytes, 16);
    assert_int_equal(counts_of(pool).bytes, 8);
    free(pool);
}

static void selecting_changes_nothing(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5");
    add(pool, "A1:3");
    add(pool, "B0:4");
    for (unsigned i = 0; i < 3; i++) {
        assert_selected(pool, SELECT_MAX, "A0:5 B0:4 A1:3");
    }
    free(pool);
}

/* -- limits -------------------------------------------------------------------------- */

static void what_is_held_already_is_a_duplicate(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(4, 4);
    add(pool, "A0:5");
    assert_int_equal(add_at(pool, "A0:5", 0), HS_DUPLICATE);
    assert_int_equal(counts_of(pool).transactions, 1);
    free(pool);
}

static void sizes_of_none_and_of_too_many_bytes_are_refused(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(4, 4);
    struct hs_transaction_summary summary = summary_of("A0:5");
    static const uint8_t data[BYTES_MAX + 1];
    assert_int_equal(hs_mempool_add(pool, &summary, (struct hs_bytes){data, 0}, 0),
                     HS_INVALID_ARGUMENT);
    assert_int_equal(hs_mempool_add(pool, &summary, (struct hs_bytes){data, BYTES_MAX + 1}, 0),
                     HS_INVALID_ARGUMENT);
    assert_int_equal(hs_mempool_add(pool, &summary, (struct hs_bytes){data, BYTES_MAX}, 0), HS_OK);
    struct hs_bytes bytes;
    assert_int_equal(hs_mempool_find(pool, &bytes, &summary.id), HS_OK);
    assert_int_equal(bytes.size, BYTES_MAX);
    free(pool);
}

static void nonces_are_taken_from_the_next_one_up_to_the_limit_of_a_sender(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 3);
    assert_int_equal(add_at(pool, "A4:1", 5), HS_NONCE_TOO_LOW);
    assert_int_equal(add_at(pool, "A8:1", 5), HS_NONCE_TOO_HIGH);
    assert_int_equal(add_at(pool, "A7:1", 5), HS_OK);
    assert_int_equal(add_at(pool, "A5:1", 5), HS_OK);
    assert_int_equal(add_at(pool, "A6:1", 5), HS_OK);
    assert_int_equal(add_at(pool, "A8:1", 5), HS_NONCE_TOO_HIGH);
    assert_int_equal(add_at(pool, "A8:1", 6), HS_OK);
    assert_false(holds(pool, "A5:1"));
    assert_int_equal(add_at(pool, "B18446744073709551615:1", UINT64_MAX), HS_NONCE_TOO_HIGH);
    free(pool);
}

static void configurations_beyond_the_limits_have_no_footprint(void **state)
{
    (void)state;
    const struct hs_mempool_config good = {
        .transactions_max = 1,
        .transaction_bytes_max = 1,
        .per_sender_max = 1,
        .gas_max = 1,
    };
    struct hs_mempool_config config = good;
    assert_true(hs_mempool_footprint(&config) > 0);
    config.transactions_max = 0;
    assert_int_equal(hs_mempool_footprint(&config), 0);
    config.transactions_max = HS_MEMPOOL_TRANSACTIONS_MAX + 1;
    assert_int_equal(hs_mempool_footprint(&config), 0);
    config = good;
    config.transaction_bytes_max = HS_TRANSACTION_BYTES_MAX + 1;
    assert_int_equal(hs_mempool_footprint(&config), 0);
    config = good;
    config.per_sender_max = HS_MEMPOOL_PER_SENDER_MAX + 1;
    assert_int_equal(hs_mempool_footprint(&config), 0);
    config = good;
    config.gas_max = 0;
    assert_int_equal(hs_mempool_footprint(&config), 0);
}

/* -- replacement ------------------------------------------------------------------------ */

/* F5 */
static void a_replacement_bids_a_tenth_and_one_unit_more(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(4, 4);
    add(pool, "A0:0");
    assert_int_equal(add_at(pool, "A0:1", 0), HS_OK);
    assert_int_equal(add_at(pool, "A0:2", 0), HS_OK);
    assert_int_equal(add_at(pool, "A0:100", 0), HS_OK);
    assert_int_equal(add_at(pool, "A0:109", 0), HS_FEE_TOO_LOW);
    assert_int_equal(add_at(pool, "A0:99", 0), HS_FEE_TOO_LOW);
    assert_int_equal(add_at(pool, "A0:110", 0), HS_OK);
    assert_int_equal(add_at(pool, "A0:121", 0), HS_OK);
    assert_int_equal(add_at(pool, "A0:133", 0), HS_FEE_TOO_LOW);
    assert_int_equal(add_at(pool, "A0:134", 0), HS_OK);
    assert_false(holds(pool, "A0:121"));
    assert_selected(pool, SELECT_MAX, "A0:134");
    assert_int_equal(counts_of(pool).bytes, 6);
    free(pool);
}

/* F5 */
static void a_replacement_raises_fee_and_tip_alike(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(4, 4);
    add(pool, "A0:10/200");
    assert_int_equal(add_at(pool, "A0:11/219", 0), HS_FEE_TOO_LOW);
    assert_int_equal(add_at(pool, "A0:10/220", 0), HS_FEE_TOO_LOW);
    assert_int_equal(add_at(pool, "A0:99/200", 0), HS_FEE_TOO_LOW);
    assert_int_equal(add_at(pool, "A0:10/999", 0), HS_FEE_TOO_LOW);
    assert_int_equal(add_at(pool, "A0:11/220", 0), HS_OK);
    assert_selected(pool, SELECT_MAX, "A0:11/220");
    free(pool);
}

static void the_highest_tip_can_not_be_replaced(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(4, 4);
    add(pool, "A0:18446744073709551614");
    assert_int_equal(add_at(pool, "A0:18446744073709551615", 0), HS_FEE_TOO_LOW);
    assert_selected(pool, SELECT_MAX, "A0:18446744073709551614");
    free(pool);
}

static void a_full_pool_still_replaces(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(2, 4);
    add(pool, "A0:10");
    add(pool, "B0:10");
    assert_int_equal(add_at(pool, "A0:11", 0), HS_OK);
    assert_selected(pool, SELECT_MAX, "A0:11 B0:10");
    free(pool);
}

static void what_is_in_a_block_is_not_replaced(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(4, 4);
    add(pool, "A0:10");
    mark(pool, "A0:10");
    assert_int_equal(add_at(pool, "A0:99", 0), HS_NOT_READY);
    unmark(pool, "A0:10");
    assert_int_equal(add_at(pool, "A0:99", 0), HS_OK);
    free(pool);
}

/* -- eviction ---------------------------------------------------------------------------- */

static void a_full_pool_gives_the_lowest_bid_away_to_a_higher_one_only(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(3, 4);
    add(pool, "A0:5");
    add(pool, "B0:3");
    add(pool, "C0:9");
    assert_int_equal(add_at(pool, "D0:2", 0), HS_FULL);
    assert_int_equal(add_at(pool, "D0:3", 0), HS_FULL);
    assert_int_equal(add_at(pool, "D0:4", 0), HS_OK);
    assert_false(holds(pool, "B0:3"));
    assert_selected(pool, SELECT_MAX, "C0:9 A0:5 D0:4");
    free(pool);
}

static void among_equal_bids_the_latest_goes(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(3, 4);
    add(pool, "A0:3");
    add(pool, "B0:3");
    add(pool, "C0:3");
    add(pool, "D0:4");
    assert_selected(pool, SELECT_MAX, "D0:4 A0:3 B0:3");
    free(pool);
}

static void an_eviction_takes_the_end_of_a_chain(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(3, 4);
    add(pool, "A0:1");
    add(pool, "A1:50");
    add(pool, "B0:9");
    add(pool, "C0:2");
    assert_false(holds(pool, "A1:50"));
    assert_selected(pool, SELECT_MAX, "B0:9 C0:2 A0:1");
    free(pool);
}

static void a_chain_bids_no_more_than_its_lowest_tip(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(2, 4);
    add(pool, "A0:1");
    add(pool, "B0:5");
    assert_int_equal(add_at(pool, "A1:100", 0), HS_FULL);
    assert_int_equal(add_at(pool, "B1:100", 0), HS_OK);
    assert_false(holds(pool, "A0:1"));
    free(pool);
}

static void what_waits_behind_a_gap_bids_nothing(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(2, 4);
    add(pool, "A0:5");
    add(pool, "B1:1000");
    assert_int_equal(add_at(pool, "C1:1000", 0), HS_FULL);
    assert_int_equal(add_at(pool, "A2:1000", 0), HS_FULL);
    assert_int_equal(add_at(pool, "C0:0", 0), HS_FULL);
    assert_int_equal(add_at(pool, "C0:1", 0), HS_OK);
    assert_false(holds(pool, "B1:1000"));
    free(pool);
}

static void a_sender_can_trade_what_is_held_for_what_is_missing(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(2, 4);
    add(pool, "B0:5");
    add(pool, "A3:9");
    assert_int_equal(add_at(pool, "A0:2", 0), HS_OK);
    assert_false(holds(pool, "A3:9"));
    assert_selected(pool, SELECT_MAX, "B0:5 A0:2");
    free(pool);
}

static void what_is_in_a_block_is_not_evicted(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(2, 4);
    add(pool, "A0:1");
    add(pool, "B0:2");
    mark(pool, "A0:1");
    assert_int_equal(add_at(pool, "C0:50", 0), HS_OK);
    assert_true(holds(pool, "A0:1"));
    assert_false(holds(pool, "B0:2"));
    mark(pool, "C0:50");
    assert_int_equal(add_at(pool, "D0:1000", 0), HS_FULL);
    unmark(pool, "A0:1");
    assert_int_equal(add_at(pool, "D0:1000", 0), HS_OK);
    free(pool);
}

/* -- blocks --------------------------------------------------------------------------------- */

static void marked_ones_are_passed_over_and_the_next_ones_follow(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5");
    add(pool, "A1:6");
    add(pool, "B0:1");
    mark(pool, "A0:5");
    assert_selected(pool, SELECT_MAX, "A1:6 B0:1");
    assert_int_equal(counts_of(pool).marked, 1);
    assert_int_equal(counts_of(pool).ready, 2);
    mark(pool, "A1:6");
    assert_selected(pool, SELECT_MAX, "B0:1");
    unmark(pool, "A1:6");
    unmark(pool, "A0:5");
    assert_selected(pool, SELECT_MAX, "A0:5 A1:6 B0:1");
    assert_int_equal(counts_of(pool).marked, 0);
    free(pool);
}

static void a_mark_stands_until_every_block_that_made_it_is_gone(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5");
    mark(pool, "A0:5");
    mark(pool, "A0:5");
    unmark(pool, "A0:5");
    assert_selected(pool, SELECT_MAX, "");
    unmark(pool, "A0:5");
    assert_selected(pool, SELECT_MAX, "A0:5");
    unmark(pool, "A0:5");
    assert_selected(pool, SELECT_MAX, "A0:5");
    free(pool);
}

/* Another transaction with the same nonce is in the block, or it would not hold the next. */
static void what_comes_before_a_marked_one_is_passed_over_too(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5");
    add(pool, "A1:5");
    add(pool, "A2:5");
    mark(pool, "A1:5");
    assert_selected(pool, SELECT_MAX, "A2:5");
    free(pool);
}

static void a_commit_drops_what_the_nonce_has_passed(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5");
    add(pool, "A1:5");
    add(pool, "A2:5");
    mark(pool, "A0:5");
    advance(pool, 'A', 2);
    assert_false(holds(pool, "A0:5"));
    assert_false(holds(pool, "A1:5"));
    assert_selected(pool, SELECT_MAX, "A2:5");
    assert_int_equal(counts_of(pool).marked, 0);
    advance(pool, 'A', 1);
    assert_selected(pool, SELECT_MAX, "A2:5");
    advance(pool, 'A', 9);
    assert_int_equal(counts_of(pool).transactions, 0);
    assert_int_equal(counts_of(pool).senders, 0);
    assert_int_equal(counts_of(pool).bytes, 0);
    free(pool);
}

static void a_commit_past_a_gap_makes_the_rest_ready(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A3:5");
    assert_selected(pool, SELECT_MAX, "");
    advance(pool, 'A', 3);
    assert_selected(pool, SELECT_MAX, "A3:5");
    free(pool);
}

static void a_removed_one_leaves_a_gap(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    add(pool, "A0:5");
    add(pool, "A1:5");
    add(pool, "A2:5");
    struct hs_transaction_id id = id_of("A1:5");
    hs_mempool_remove(pool, &id);
    assert_selected(pool, SELECT_MAX, "A0:5");
    add(pool, "A1:5");
    assert_selected(pool, SELECT_MAX, "A0:5 A1:5 A2:5");
    free(pool);
}

static void the_next_nonce_follows_what_waits_without_a_gap(void **state)
{
    (void)state;
    struct hs_mempool *pool = new_pool(16, 8);
    struct hs_address address = sender_of('A');
    assert_int_equal(hs_mempool_next_nonce(pool, &address, 3), 3);
    assert_int_equal(add_at(pool, "A3:1", 3), HS_OK);
    assert_int_equal(add_at(pool, "A4:1", 3), HS_OK);
    assert_int_equal(add_at(pool, "A6:1", 3), HS_OK);
    mark(pool, "A3:1");
    assert_int_equal(hs_mempool_next_nonce(pool, &address, 3), 5);
    assert_int_equal(add_at(pool, "A5:1", 3), HS_OK);
    assert_int_equal(hs_mempool_next_nonce(pool, &address, 3), 7);
    free(pool);
}

/* -- at random -------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state % limit);
}

#define SENDERS 7u
#define NONCES  24u

struct world {
    struct hs_mempool *pool;
    uint64_t next_nonce[SENDERS];
};

static void random_step(struct world *world)
{
    uint32_t who = random_below(SENDERS);
    char text[BYTES_MAX];
    snprintf(text, sizeof text, "%c%u:%u", (char)('A' + who), random_below(NONCES),
             random_below(30));
    switch (random_below(6)) {
    case 0:
        mark(world->pool, text);
        break;
    case 1:
        unmark(world->pool, text);
        break;
    case 2:
        if (random_below(40) == 0) {
            world->next_nonce[who] += random_below(3);
            advance(world->pool, (char)('A' + who), world->next_nonce[who]);
        }
        break;
    default:
        (void)add_at(world->pool, text, world->next_nonce[who]);
        break;
    }
}

/* What is selected is in the pool, each sender's nonces ascend by one, and the counts say how
 * many there are. */
static void assert_selection_is_sound(struct world *world)
{
    struct hs_bytes transactions[SELECT_MAX];
    size_t count = hs_mempool_select(world->pool, transactions, NULL, ALL);
    uint64_t expected[SENDERS] = {0};
    for (size_t i = 0; i < count; i++) {
        char text[BYTES_MAX] = "";
        strncat(text, (const char *)transactions[i].data, transactions[i].size);
        struct hs_transaction_summary summary = summary_of(text);
        uint32_t who = (uint32_t)(text[0] - 'A');
        assert_true(holds(world->pool, text));
        assert_true(summary.nonce >= world->next_nonce[who]);
        assert_true(expected[who] == 0 || summary.nonce == expected[who]);
        expected[who] = summary.nonce + 1;
    }
    struct hs_mempool_counts counts = counts_of(world->pool);
    assert_int_equal(count, counts.ready);
    assert_true(counts.transactions <= 32 && counts.marked <= counts.transactions);
    assert_true(counts.senders <= SENDERS);
}

static void the_same_calls_give_the_same_selection_whatever_the_seed(void **state)
{
    (void)state;
    struct world worlds[2];
    for (uint8_t i = 0; i < 2; i++) {
        const struct hs_mempool_config config = {
            .transactions_max = 32,
            .transaction_bytes_max = BYTES_MAX,
            .per_sender_max = 12,
            .gas_max = GAS_MAX,
            .map_seed = {i},
        };
        worlds[i] = (struct world){
            .pool = hs_mempool_new(calloc(1, hs_mempool_footprint(&config)), &config),
        };
    }
    for (uint64_t round = 1; round < 20000; round++) {
        for (unsigned i = 0; i < 2; i++) {
            random_state = round * 0x9e3779b97f4a7c15u;
            random_step(&worlds[i]);
        }
        assert_selection_is_sound(&worlds[0]);
        struct hs_bytes first[SELECT_MAX], second[SELECT_MAX];
        size_t count = hs_mempool_select(worlds[0].pool, first, NULL, ALL);
        assert_int_equal(hs_mempool_select(worlds[1].pool, second, NULL, ALL), count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(first[i].size, second[i].size);
            assert_memory_equal(first[i].data, second[i].data, first[i].size);
        }
    }
    free(worlds[0].pool);
    free(worlds[1].pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_pool_selects_nothing),
        cmocka_unit_test(higher_tips_come_first_and_earlier_ones_among_equals),
        cmocka_unit_test(a_senders_transactions_keep_their_order),
        cmocka_unit_test(what_follows_a_gap_is_held_until_the_gap_is_filled),
        cmocka_unit_test(a_selection_ends_where_the_payload_is_full),
        cmocka_unit_test(selecting_changes_nothing),
        cmocka_unit_test(what_is_held_already_is_a_duplicate),
        cmocka_unit_test(sizes_of_none_and_of_too_many_bytes_are_refused),
        cmocka_unit_test(nonces_are_taken_from_the_next_one_up_to_the_limit_of_a_sender),
        cmocka_unit_test(configurations_beyond_the_limits_have_no_footprint),
        cmocka_unit_test(a_replacement_bids_a_tenth_and_one_unit_more),
        cmocka_unit_test(a_replacement_raises_fee_and_tip_alike),
        cmocka_unit_test(the_highest_tip_can_not_be_replaced),
        cmocka_unit_test(a_full_pool_still_replaces),
        cmocka_unit_test(what_is_in_a_block_is_not_replaced),
        cmocka_unit_test(a_full_pool_gives_the_lowest_bid_away_to_a_higher_one_only),
        cmocka_unit_test(among_equal_bids_the_latest_goes),
        cmocka_unit_test(an_eviction_takes_the_end_of_a_chain),
        cmocka_unit_test(a_chain_bids_no_more_than_its_lowest_tip),
        cmocka_unit_test(what_waits_behind_a_gap_bids_nothing),
        cmocka_unit_test(a_sender_can_trade_what_is_held_for_what_is_missing),
        cmocka_unit_test(what_is_in_a_block_is_not_evicted),
        cmocka_unit_test(marked_ones_are_passed_over_and_the_next_ones_follow),
        cmocka_unit_test(a_mark_stands_until_every_block_that_made_it_is_gone),
        cmocka_unit_test(what_comes_before_a_marked_one_is_passed_over_too),
        cmocka_unit_test(a_commit_drops_what_the_nonce_has_passed),
        cmocka_unit_test(a_commit_past_a_gap_makes_the_rest_ready),
        cmocka_unit_test(a_removed_one_leaves_a_gap),
        cmocka_unit_test(the_next_nonce_follows_what_waits_without_a_gap),
        cmocka_unit_test(the_same_calls_give_the_same_selection_whatever_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
