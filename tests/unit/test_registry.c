/* hs_registry: records that a block changes, against an array of values by key; and the two trees
 * of a ledger under one root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/ledger_trees.h"
#include "ledger/registry.h"

#define KEYS    40u
#define NODES   4000u
#define KIND    200u /* of no leaf of ours */
#define NOTHING ((struct hs_state_value){.size = 0})

struct world {
    struct hs_ledger_trees trees;
    struct hs_registry *registry;
    void *map_memory;
};

static struct hs_state_tree *new_tree(uint32_t value_bytes_max)
{
    const struct hs_state_tree_config config = {NODES, 16 * NODES, value_bytes_max};
    return hs_state_tree_new(calloc(1, hs_state_tree_footprint(&config)), &config);
}

static struct world start(void)
{
    static const uint8_t seed[HS_ID_MAP_SEED_BYTES] = {7};
    struct world world = {
        .trees = {{new_tree(17), new_tree(HS_STATE_VALUE_BYTES_MAX)}},
        .registry = calloc(1, sizeof *world.registry),
        .map_memory = calloc(1, hs_id_map_footprint(HS_REGISTRY_CHANGES_MAX)),
    };
    assert_non_null(world.registry);
    assert_non_null(world.map_memory);
    hs_registry_init(world.registry,
                     hs_id_map_new(world.map_memory, HS_REGISTRY_CHANGES_MAX, seed));
    return world;
}

static void finish(struct world *world)
{
    free(world->trees.of[HS_TREE_ACCOUNTS]);
    free(world->trees.of[HS_TREE_REGISTRY]);
    free(world->registry);
    free(world->map_memory);
}

static struct hs_state_tree *tree_of(const struct world *world)
{
    return world->trees.of[HS_TREE_REGISTRY];
}

static struct hs_state_path path_of(uint32_t key)
{
    struct hs_state_path path;
    hs_state_path_of(&path, KIND, &key, sizeof key);
    return path;
}

static struct hs_state_value value_of(uint8_t size, uint8_t byte)
{
    struct hs_state_value value = {.size = size};
    memset(value.bytes, byte, size);
    return value;
}

static bool values_equal(const struct hs_state_value *a, const struct hs_state_value *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static void put(struct world *world, uint32_t key, struct hs_state_value value)
{
    struct hs_state_path path = path_of(key);
    hs_registry_put(world->registry, &path, &value);
}

static void assert_record(const struct world *world, uint32_t key,
                          const struct hs_state_value *expected)
{
    struct hs_state_path path = path_of(key);
    struct hs_state_value found;
    hs_registry_get(world->registry, &found, &path);
    assert_true(values_equal(&found, expected));
}

static void a_block_sees_what_it_changed_and_else_its_parent(void **state)
{
    (void)state;
    struct world world = start();
    struct hs_state_version empty = hs_state_tree_empty(), first, second;
    const struct hs_state_value one = value_of(1, 1), longest = value_of(64, 2), none = NOTHING;
    int64_t added;
    hs_registry_begin(world.registry, tree_of(&world), &empty);
    assert_record(&world, 1, &none);
    put(&world, 1, one);
    put(&world, 2, one);
    assert_record(&world, 1, &one);
    assert_int_equal(hs_registry_write(world.registry, tree_of(&world), &first, &added), HS_OK);
    assert_int_equal(added, 2);

    hs_registry_begin(world.registry, tree_of(&world), &first);
    assert_record(&world, 1, &one);
    put(&world, 1, longest);
    put(&world, 2, none);
    put(&world, 3, none);
    assert_record(&world, 1, &longest);
    assert_record(&world, 2, &none);
    assert_int_equal(hs_registry_write(world.registry, tree_of(&world), &second, &added), HS_OK);
    assert_int_equal(added, -1);
    hs_registry_begin(world.registry, tree_of(&world), &second);
    assert_record(&world, 1, &longest);
    assert_record(&world, 2, &none);
    hs_registry_begin(world.registry, tree_of(&world), &first);
    assert_record(&world, 1, &one);
    assert_record(&world, 2, &one);
    finish(&world);
}

static void a_block_that_changes_nothing_keeps_the_version(void **state)
{
    (void)state;
    struct world world = start();
    struct hs_state_version empty = hs_state_tree_empty(), first, second;
    int64_t added;
    hs_registry_begin(world.registry, tree_of(&world), &empty);
    put(&world, 1, value_of(3, 9));
    assert_int_equal(hs_registry_write(world.registry, tree_of(&world), &first, &added), HS_OK);
    hs_registry_begin(world.registry, tree_of(&world), &first);
    assert_int_equal(hs_registry_write(world.registry, tree_of(&world), &second, &added), HS_OK);
    assert_int_equal(second.node, first.node);
    assert_int_equal(added, 0);
    put(&world, 1, NOTHING);
    put(&world, 1, value_of(3, 9)); /* as it was */
    assert_int_equal(hs_registry_write(world.registry, tree_of(&world), &second, &added), HS_OK);
    assert_int_equal(second.node, first.node);
    assert_int_equal(added, 0);
    finish(&world);
}

static void it_is_full_after_as_many_records_as_it_says(void **state)
{
    (void)state;
    struct world world = start();
    struct hs_state_version empty = hs_state_tree_empty(), child;
    int64_t added;
    hs_registry_begin(world.registry, tree_of(&world), &empty);
    const uint32_t for_transactions = HS_REGISTRY_CHANGES_MAX - HS_REGISTRY_RESERVED;
    assert_true(hs_registry_has_room(world.registry, for_transactions));
    assert_false(hs_registry_has_room(world.registry, for_transactions + 1));
    for (uint32_t key = 0; key < HS_REGISTRY_CHANGES_MAX; key++) {
        put(&world, key, value_of(1, 1));
        assert_true(hs_registry_has_room(world.registry, 1) == (key + 1 < for_transactions));
    }
    put(&world, 5, value_of(1, 2)); /* changed before: needs none */
    assert_int_equal(hs_registry_write(world.registry, tree_of(&world), &child, &added), HS_FULL);
    assert_int_equal(hs_state_tree_leaf_count(tree_of(&world)), 0);
    hs_registry_begin(world.registry, tree_of(&world), &empty);
    assert_true(hs_registry_has_room(world.registry, for_transactions));
    assert_record(&world, 5, &NOTHING);
    finish(&world);
}

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state % limit);
}

static void at_random_it_is_the_array(void **state)
{
    (void)state;
    struct world world = start();
    struct hs_state_version version = hs_state_tree_empty();
    struct hs_state_value model[KEYS] = {NOTHING};
    for (unsigned block = 0; block < 500; block++) {
        hs_registry_begin(world.registry, tree_of(&world), &version);
        int64_t added, expected = 0;
        for (uint32_t i = random_below(20); i > 0; i--) {
            uint32_t key = random_below(KEYS);
            struct hs_state_value value =
                value_of((uint8_t)(random_below(3) * random_below(33)), (uint8_t)random_below(4));
            put(&world, key, value);
            expected += (value.size > 0) - (model[key].size > 0);
            model[key] = value;
            assert_record(&world, key, &model[key]);
        }
        struct hs_state_version child;
        assert_int_equal(hs_registry_write(world.registry, tree_of(&world), &child, &added), HS_OK);
        assert_true(added == expected);
        hs_state_tree_commit(tree_of(&world), &version, &child);
        version = child;
        for (uint32_t key = 0; key < KEYS; key++) {
            struct hs_state_path path = path_of(key);
            struct hs_state_value found;
            hs_state_tree_find(tree_of(&world), &version, &found, &path);
            assert_true(values_equal(&found, &model[key]));
        }
    }
    finish(&world);
}

/* -- two trees, one root ------------------------------------------------------------------ */

/* Puts one value into one of the trees of the empty state. */
static struct hs_ledger_version state_with(struct world *world, enum hs_ledger_tree tree,
                                           uint32_t key, struct hs_state_value value)
{
    struct hs_ledger_version version = hs_ledger_version_empty();
    struct hs_state_version parent = hs_state_tree_empty();
    struct hs_state_entry entry = {.path = path_of(key)};
    struct hs_state_entry *entries[1] = {&entry};
    hs_state_tree_locate(world->trees.of[tree], &parent, entries, 1);
    entry.value = value;
    assert_int_equal(
        hs_state_tree_update(world->trees.of[tree], &version.of[tree], &parent, entries, 1), HS_OK);
    return version;
}

static void the_root_says_which_tree_holds_what(void **state)
{
    (void)state;
    struct world world = start();
    struct hs_ledger_version in_accounts = state_with(&world, HS_TREE_ACCOUNTS, 1, value_of(9, 1));
    struct hs_ledger_version in_registry = state_with(&world, HS_TREE_REGISTRY, 1, value_of(9, 1));
    struct hs_ledger_version nothing = hs_ledger_version_empty();
    struct hs_state_root a, b, c, zero = {{0}};
    hs_ledger_root_of(&a, &in_accounts);
    hs_ledger_root_of(&b, &in_registry);
    hs_ledger_root_of(&c, &nothing);
    assert_memory_not_equal(a.bytes, b.bytes, HS_HASH_BYTES);
    assert_memory_not_equal(a.bytes, c.bytes, HS_HASH_BYTES);
    assert_memory_not_equal(b.bytes, c.bytes, HS_HASH_BYTES);
    assert_memory_not_equal(c.bytes, zero.bytes, HS_HASH_BYTES);
    finish(&world);
}

static void a_proof_holds_for_its_own_tree_only(void **state)
{
    (void)state;
    struct world world = start();
    const struct hs_state_value value = value_of(9, 1), none = NOTHING;
    const struct hs_state_path path = path_of(1), absent = path_of(2);
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        enum hs_ledger_tree tree = (enum hs_ledger_tree)i;
        enum hs_ledger_tree other = tree == HS_TREE_ACCOUNTS ? HS_TREE_REGISTRY : HS_TREE_ACCOUNTS;
        struct hs_ledger_version version = state_with(&world, tree, 1, value);
        struct hs_state_root root;
        struct hs_ledger_proof proof, forged;
        hs_ledger_root_of(&root, &version);
        hs_ledger_trees_prove(&world.trees, &version, &proof, tree, &path);
        assert_true(hs_ledger_proof_holds(&proof, &root, tree, &path, &value));
        assert_false(hs_ledger_proof_holds(&proof, &root, tree, &path, &none));
        assert_false(hs_ledger_proof_holds(&proof, &root, other, &path, &value));
        forged = proof;
        forged.tree = other;
        assert_false(hs_ledger_proof_holds(&forged, &root, other, &path, &value));
        forged = proof;
        forged.other_root.bytes[5] ^= 1;
        assert_false(hs_ledger_proof_holds(&forged, &root, tree, &path, &value));
        root.bytes[0] ^= 1;
        assert_false(hs_ledger_proof_holds(&proof, &root, tree, &path, &value));
        root.bytes[0] ^= 1;
        hs_ledger_trees_prove(&world.trees, &version, &proof, tree, &absent);
        assert_true(hs_ledger_proof_holds(&proof, &root, tree, &absent, &none));
        hs_ledger_trees_prove(&world.trees, &version, &proof, other, &path);
        assert_true(hs_ledger_proof_holds(&proof, &root, other, &path, &none));
        assert_false(hs_ledger_proof_holds(&proof, &root, tree, &path, &none));
    }
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_sees_what_it_changed_and_else_its_parent),
        cmocka_unit_test(a_block_that_changes_nothing_keeps_the_version),
        cmocka_unit_test(it_is_full_after_as_many_records_as_it_says),
        cmocka_unit_test(at_random_it_is_the_array),
        cmocka_unit_test(the_root_says_which_tree_holds_what),
        cmocka_unit_test(a_proof_holds_for_its_own_tree_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
