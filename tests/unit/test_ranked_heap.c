/* hs_ranked_heap against a model: a table of items that is searched for the lowest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mempool/ranked_heap.h"

#define ITEMS 40u

static struct hs_ranked ranked[ITEMS];
static uint32_t positions[ITEMS];
static struct hs_ranked model[ITEMS];
static bool in_model[ITEMS];

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state % limit);
}

static uint32_t lowest_in_model(void)
{
    uint32_t lowest = ITEMS;
    for (uint32_t i = 0; i < ITEMS; i++) {
        if (in_model[i] &&
            (lowest == ITEMS || model[i].rank < model[lowest].rank ||
             (model[i].rank == model[lowest].rank && model[i].order < model[lowest].order))) {
            lowest = i;
        }
    }
    return lowest;
}

static void the_lowest_comes_first_whatever_was_moved_or_taken_out(void **state)
{
    (void)state;
    struct hs_ranked_heap heap = {.ranked = ranked, .positions = positions};
    uint32_t count = 0;
    for (unsigned round = 0; round < 100000; round++) {
        uint32_t item = random_below(ITEMS);
        if (random_below(3) > 0) {
            struct hs_ranked one = {random_below(50), round, item, round};
            hs_ranked_heap_set(&heap, one);
            count += !in_model[item];
            model[item] = one;
            in_model[item] = true;
        } else if (random_below(4) > 0) {
            hs_ranked_heap_remove(&heap, item);
            count -= in_model[item];
            in_model[item] = false;
        } else if (count > 0) {
            struct hs_ranked first = hs_ranked_heap_pop(&heap);
            assert_int_equal(first.item, lowest_in_model());
            assert_int_equal(first.tag, model[first.item].tag);
            in_model[first.item] = false;
            count--;
        }
        assert_int_equal(heap.count, count);
        for (uint32_t i = 1; i < count; i++) {
            assert_true(ranked[(i - 1) / 2].rank <= ranked[i].rank);
        }
        assert_true(count == 0 || ranked[0].item == lowest_in_model());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_comes_first_whatever_was_moved_or_taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
