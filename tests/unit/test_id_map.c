/* hs_id_map against a model: an array that is searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/id_map.h"

static const uint8_t seed[HS_ID_MAP_SEED_BYTES] = "sixteen bytes ok";

static struct hs_id_map *new_map(uint32_t capacity)
{
    void *memory = calloc(1, hs_id_map_footprint(capacity));
    assert_non_null(memory);
    return hs_id_map_new(memory, capacity, seed);
}

static void make_id(uint8_t id[HS_ID_BYTES], uint32_t number)
{
    memset(id, 0, HS_ID_BYTES);
    memcpy(id + HS_ID_BYTES - sizeof number, &number, sizeof number);
}

static void an_empty_map_holds_nothing(void **state)
{
    (void)state;
    struct hs_id_map *map = new_map(1);
    uint8_t id[HS_ID_BYTES] = {0};
    uint32_t index = 77;
    assert_int_equal(hs_id_map_count(map), 0);
    assert_int_equal(hs_id_map_find(map, &index, id), HS_NOT_FOUND);
    assert_int_equal(hs_id_map_remove(map, &index, id), HS_NOT_FOUND);
    assert_int_equal(index, 77);
    free(map);
}

static void all_zero_is_an_id_like_any_other(void **state)
{
    (void)state;
    struct hs_id_map *map = new_map(1);
    uint8_t id[HS_ID_BYTES] = {0};
    uint32_t index = 77;
    assert_int_equal(hs_id_map_insert(map, id, 0), HS_OK);
    assert_int_equal(hs_id_map_find(map, &index, id), HS_OK);
    assert_int_equal(index, 0);
    free(map);
}

static void a_repeated_id_keeps_its_first_index(void **state)
{
    (void)state;
    struct hs_id_map *map = new_map(2);
    uint8_t id[HS_ID_BYTES];
    uint32_t index;
    make_id(id, 5);
    assert_int_equal(hs_id_map_insert(map, id, 10), HS_OK);
    assert_int_equal(hs_id_map_insert(map, id, 11), HS_DUPLICATE);
    assert_int_equal(hs_id_map_find(map, &index, id), HS_OK);
    assert_int_equal(index, 10);
    assert_int_equal(hs_id_map_count(map), 1);
    free(map);
}

/* Every capacity around the places where the number of slots doubles. */
static void takes_exactly_its_capacity(void **state)
{
    (void)state;
    for (uint32_t capacity = 1; capacity <= 50; capacity++) {
        struct hs_id_map *map = new_map(capacity);
        uint8_t id[HS_ID_BYTES];
        uint32_t index;
        for (uint32_t i = 0; i < capacity; i++) {
            make_id(id, i);
            assert_int_equal(hs_id_map_insert(map, id, i), HS_OK);
        }
        make_id(id, capacity);
        assert_int_equal(hs_id_map_insert(map, id, 1), HS_FULL);
        assert_int_equal(hs_id_map_find(map, &index, id), HS_NOT_FOUND);
        make_id(id, 0);
        assert_int_equal(hs_id_map_insert(map, id, 1), HS_DUPLICATE);
        assert_int_equal(hs_id_map_remove(map, &index, id), HS_OK);
        make_id(id, capacity);
        assert_int_equal(hs_id_map_insert(map, id, 9), HS_OK);
        assert_int_equal(hs_id_map_count(map), capacity);
        free(map);
    }
}

static void clearing_forgets_all(void **state)
{
    (void)state;
    struct hs_id_map *map = new_map(8);
    uint8_t id[HS_ID_BYTES];
    uint32_t index;
    for (uint32_t i = 0; i < 8; i++) {
        make_id(id, i);
        assert_int_equal(hs_id_map_insert(map, id, i), HS_OK);
    }
    hs_id_map_clear(map);
    assert_int_equal(hs_id_map_count(map), 0);
    for (uint32_t i = 0; i < 8; i++) {
        make_id(id, i);
        assert_int_equal(hs_id_map_find(map, &index, id), HS_NOT_FOUND);
        assert_int_equal(hs_id_map_insert(map, id, i + 1), HS_OK);
    }
    free(map);
}

#define IDS      200u
#define CAPACITY 96u

struct model {
    bool held[IDS];
    uint32_t index_of[IDS];
    uint32_t count;
};

static void compare_all(const struct hs_id_map *map, const struct model *model)
{
    uint8_t id[HS_ID_BYTES];
    assert_int_equal(hs_id_map_count(map), model->count);
    for (uint32_t i = 0; i < IDS; i++) {
        uint32_t index = 0;
        make_id(id, i);
        enum hs_status expected = model->held[i] ? HS_OK : HS_NOT_FOUND;
        assert_int_equal(hs_id_map_find(map, &index, id), expected);
        assert_int_equal(index, model->held[i] ? model->index_of[i] : 0);
    }
}

static void insert_both(struct hs_id_map *map, struct model *model, uint32_t number, uint32_t index)
{
    uint8_t id[HS_ID_BYTES];
    make_id(id, number);
    enum hs_status status = hs_id_map_insert(map, id, index);
    if (model->held[number]) {
        assert_int_equal(status, HS_DUPLICATE);
    } else if (model->count == CAPACITY) {
        assert_int_equal(status, HS_FULL);
    } else {
        assert_int_equal(status, HS_OK);
        model->held[number] = true;
        model->index_of[number] = index;
        model->count++;
    }
}

static void remove_both(struct hs_id_map *map, struct model *model, uint32_t number)
{
    uint8_t id[HS_ID_BYTES];
    uint32_t index = 0;
    make_id(id, number);
    enum hs_status status = hs_id_map_remove(map, &index, id);
    assert_int_equal(status, model->held[number] ? HS_OK : HS_NOT_FOUND);
    if (model->held[number]) {
        assert_int_equal(index, model->index_of[number]);
        model->held[number] = false;
        model->count--;
    }
}

/* 96 of 128 slots: runs are long, wrap around the end, and removals shift within them. */
static void agrees_with_a_model_under_random_work(void **state)
{
    (void)state;
    for (uint8_t round = 0; round < 20; round++) {
        uint8_t round_seed[HS_ID_MAP_SEED_BYTES] = {round};
        struct hs_id_map *map =
            hs_id_map_new(calloc(1, hs_id_map_footprint(CAPACITY)), CAPACITY, round_seed);
        struct model model = {0};
        uint64_t random = round + 1;
        for (uint32_t step = 0; step < 3000; step++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            uint32_t number = (uint32_t)(random >> 33) % IDS;
            if ((random >> 60) < 9) {
                insert_both(map, &model, number, step);
            } else {
                remove_both(map, &model, number);
            }
            if (step % 64 == 0) {
                compare_all(map, &model);
            }
        }
        compare_all(map, &model);
        free(map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_holds_nothing),
        cmocka_unit_test(all_zero_is_an_id_like_any_other),
        cmocka_unit_test(a_repeated_id_keeps_its_first_index),
        cmocka_unit_test(takes_exactly_its_capacity),
        cmocka_unit_test(clearing_forgets_all),
        cmocka_unit_test(agrees_with_a_model_under_random_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
