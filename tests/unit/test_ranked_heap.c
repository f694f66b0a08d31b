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

static bool comes_before(const struct hs_ranked *a, const struct hs_ranked *b)
{
    const uint64_t keys_of_a[] = {a->rank.whole, a->rank.fraction, a->order};
    const uint64_t keys_of_b[] = {b->rank.whole, b->rank.fraction, b->order};
    size_t i = 0;
    while (i < 2 && keys_of_a[i] == keys_of_b[i]) {
        i++;
    }
    return keys_of_a[i] < keys_of_b[i];
}

static uint32_t lowest_in_model(void)
{
    uint32_t lowest = ITEMS;
    for (uint32_t i = 0; i < ITEMS; i++) {
        if (in_model[i] && (lowest == ITEMS || comes_before(&model[i], &model[lowest]))) {
            lowest = i;
        }
    }
    return lowest;
}

static struct hs_ranked random_ranked(uint32_t item, uint32_t round)
{
    return (struct hs_ranked){
        .rank = {random_below(8), random_below(8)},
        .order = (uint64_t)round * ITEMS + item,
        .item = item,
        .tag = round,
    };
}

/* Each item once: taken out, put in or moved, or left as it is. Returns how many are in. */
static uint32_t change_loosely(struct hs_ranked_heap *heap, uint32_t count, uint32_t round)
{
    for (uint32_t item = 0; item < ITEMS; item++) {
        uint32_t draw = random_below(3);
        if (draw == 0) {
            hs_ranked_heap_remove(heap, item);
            count -= in_model[item];
            in_model[item] = false;
        } else if (draw == 1) {
            model[item] = random_ranked(item, round);
            hs_ranked_heap_set(heap, model[item]);
            count += !in_model[item];
            in_model[item] = true;
        }
    }
    return count;
}

static void the_lowest_comes_first_whatever_was_moved_or_taken_out(void **state)
{
    (void)state;
    struct hs_ranked_heap heap = {.ranked = ranked, .positions = positions};
    uint32_t count = 0;
    for (unsigned round = 0; round < 100000; round++) {
        uint32_t item = random_below(ITEMS);
        if (random_below(200) == 0) {
            hs_ranked_heap_loosen(&heap);
            count = change_loosely(&heap, count, round);
            hs_ranked_heap_order(&heap);
        }
        if (random_below(3) > 0) {
            struct hs_ranked one = random_ranked(item, round);
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
            assert_false(comes_before(&ranked[i], &ranked[(i - 1) / 2]));
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
