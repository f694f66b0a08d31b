/* hs_state_tree against a naive model: for each version an array of values by key, whose root is
 * worked out from nothing but the definition in state_tree.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "ledger/state_tree.h"

#define KEYS     96u
#define VERSIONS 12u

/* -- the model -------------------------------------------------------------------- */

struct model {
    struct hs_state_value values[KEYS];
};

/* Paths that part at every kind of place: hashes, runs of long common prefixes, first bits and
 * last bits. */
static struct hs_state_path path_of_key(uint32_t key)
{
    struct hs_state_path path = {{0}};
    if (key % 3 == 0) {
        hs_state_path_of(&path, 1, &key, sizeof key);
    } else if (key % 3 == 1) {
        path.bytes[0] = (uint8_t)(key << 3 & 0x80);
        path.bytes[HS_HASH_BYTES - 1] = (uint8_t)key;
    } else {
        memset(path.bytes, 0xff, key / 3 % HS_HASH_BYTES);
        path.bytes[HS_HASH_BYTES - 1] ^= (uint8_t)(key >> 5);
    }
    return path;
}

static int by_path(const void *a, const void *b)
{
    return memcmp(path_of_key(*(const uint32_t *)a).bytes, path_of_key(*(const uint32_t *)b).bytes,
                  HS_HASH_BYTES);
}

static unsigned bit_of(uint32_t key, unsigned bit)
{
    return (unsigned)path_of_key(key).bytes[bit / 8] >> (7 - bit % 8) & 1u;
}

/* The root over keys[0 .. count), which are in order of their paths and alike in all bits
 * below `bit`. */
static void naive_root(uint8_t root[HS_HASH_BYTES], const struct model *model,
                       const uint32_t keys[], size_t count, unsigned bit)
{
    if (count == 0) {
        memset(root, 0, HS_HASH_BYTES);
        return;
    }
    uint8_t data[HS_HASH_BYTES + HS_STATE_VALUE_BYTES_MAX + 1];
    if (count == 1) {
        const struct hs_state_value *value = &model->values[keys[0]];
        struct hs_state_path path = path_of_key(keys[0]);
        memcpy(data, path.bytes, HS_HASH_BYTES);
        memcpy(data + HS_HASH_BYTES, value->bytes, value->size);
        hs_hash(root, "hotstuff/state/leaf", data, HS_HASH_BYTES + value->size);
        return;
    }
    size_t zeros = 0;
    while (zeros < count && bit_of(keys[zeros], bit) == 0) {
        zeros++;
    }
    if (zeros == 0 || zeros == count) {
        naive_root(root, model, keys, count, bit + 1);
        return;
    }
    data[0] = (uint8_t)bit;
    naive_root(data + 1, model, keys, zeros, bit + 1);
    naive_root(data + 1 + HS_HASH_BYTES, model, keys + zeros, count - zeros, bit + 1);
    hs_hash(root, "hotstuff/state/branch", data, 1 + 2 * HS_HASH_BYTES);
}

/* The keys that have a value, in order of their paths. */
static size_t keys_of(uint32_t keys[KEYS], const struct model *model)
{
    size_t count = 0;
    for (uint32_t key = 0; key < KEYS; key++) {
        if (model->values[key].size > 0) {
            keys[count++] = key;
        }
    }
    qsort(keys, count, sizeof keys[0], by_path);
    return count;
}

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state % limit);
}

/* -- helpers ---------------------------------------------------------------------- */

static struct hs_state_tree *new_tree(uint32_t leaves_max, uint32_t branches_max)
{
    const struct hs_state_tree_config config = {
        .leaves_max = leaves_max,
        .branches_max = branches_max,
        .value_bytes_max = HS_STATE_VALUE_BYTES_MAX,
    };
    void *memory = calloc(1, hs_state_tree_footprint(&config));
    assert_non_null(memory);
    return hs_state_tree_new(memory, &config);
}

static struct hs_state_value value_of(const char *text)
{
    struct hs_state_value value = {.size = (uint8_t)strlen(text)};
    memcpy(value.bytes, text, value.size);
    return value;
}

/* One entry a time, for tests that are not about batches. */
static enum hs_status put(struct hs_state_tree *tree, struct hs_state_version *child,
                          const struct hs_state_version *parent, uint32_t key, const char *text)
{
    struct hs_state_entry entry = {.path = path_of_key(key)};
    struct hs_state_entry *entries[1] = {&entry};
    hs_state_tree_locate(tree, parent, entries, 1);
    entry.value = value_of(text);
    return hs_state_tree_update(tree, child, parent, entries, 1);
}

static struct hs_state_version committed(struct hs_state_tree *tree,
                                         const struct hs_state_version *parent, uint32_t key,
                                         const char *text)
{
    struct hs_state_version child;
    assert_int_equal(put(tree, &child, parent, key, text), HS_OK);
    hs_state_tree_commit(tree, parent, &child);
    return child;
}

static void assert_value(const struct hs_state_value *found, const struct hs_state_value *expected)
{
    assert_int_equal(found->size, expected->size);
    assert_memory_equal(found->bytes, expected->bytes, expected->size);
}

static void assert_version_is(const struct hs_state_tree *tree,
                              const struct hs_state_version *version, const struct model *model)
{
    uint32_t keys[KEYS];
    uint8_t root[HS_HASH_BYTES];
    naive_root(root, model, keys, keys_of(keys, model), 0);
    assert_memory_equal(version->root.bytes, root, HS_HASH_BYTES);
    for (uint32_t key = 0; key < KEYS; key++) {
        struct hs_state_path path = path_of_key(key);
        struct hs_state_value value;
        hs_state_tree_find(tree, version, &value, &path);
        assert_value(&value, &model->values[key]);
    }
}

/* Changes some random keys: sets, replaces, takes out, also what is not in. */
static enum hs_status random_update(struct hs_state_tree *tree, struct hs_state_version *child,
                                    struct model *child_model,
                                    const struct hs_state_version *parent)
{
    struct hs_state_entry storage[KEYS];
    struct hs_state_entry *entries[KEYS];
    size_t count = 0;
    uint32_t density = 1 + random_below(8);
    bool mostly_out = random_below(3) == 0;
    for (uint32_t key = 0; key < KEYS; key++) {
        if (random_below(density) == 0) {
            storage[count].path = path_of_key(key);
            entries[count] = &storage[count];
            count++;
        }
    }
    hs_state_tree_locate(tree, parent, entries, count);
    size_t i = 0;
    for (uint32_t key = 0; key < KEYS && i < count; key++) {
        struct hs_state_path path = path_of_key(key);
        if (memcmp(storage[i].path.bytes, path.bytes, HS_HASH_BYTES) != 0) {
            continue;
        }
        struct hs_state_value *value = &storage[i].value;
        assert_value(value, &child_model->values[key]);
        bool out = random_below(4) < (mostly_out ? 3u : 1u);
        value->size = out ? 0 : (uint8_t)(1 + random_below(HS_STATE_VALUE_BYTES_MAX));
        memset(value->bytes, (int)random_below(3), sizeof value->bytes);
        child_model->values[key] = *value;
        i++;
    }
    return hs_state_tree_update(tree, child, parent, entries, count);
}

/* -- tests ------------------------------------------------------------------------- */

static void an_empty_tree_has_a_zero_root(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(1, 1);
    struct hs_state_version empty = hs_state_tree_empty();
    static const struct model nothing;
    assert_version_is(tree, &empty, &nothing);
    struct hs_state_version child;
    assert_int_equal(put(tree, &child, &empty, 5, ""), HS_OK);
    assert_version_is(tree, &child, &nothing);
    assert_int_equal(hs_state_tree_leaf_count(tree), 0);
    free(tree);
}

static void keys_of_two_kinds_never_meet(void **state)
{
    (void)state;
    struct hs_state_path first, second, third;
    hs_state_path_of(&first, 1, "ab", 2);
    hs_state_path_of(&second, 2, "ab", 2);
    hs_state_path_of(&third, 1, "ab", 1);
    assert_memory_not_equal(first.bytes, second.bytes, HS_HASH_BYTES);
    assert_memory_not_equal(first.bytes, third.bytes, HS_HASH_BYTES);
}

static void the_root_follows_from_the_contents_alone(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(2 * KEYS, 2 * KEYS);
    struct hs_state_version forward = hs_state_tree_empty();
    struct hs_state_version backward = hs_state_tree_empty();
    for (uint32_t i = 0; i < KEYS / 2; i++) {
        forward = committed(tree, &forward, i, "value");
    }
    for (uint32_t i = KEYS / 2; i > 0; i--) {
        backward = committed(tree, &backward, i - 1, "other");
        backward = committed(tree, &backward, i - 1, "value");
    }
    assert_memory_equal(forward.root.bytes, backward.root.bytes, HS_HASH_BYTES);
    free(tree);
}

static void an_update_that_changes_nothing_makes_no_node(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(8, 8);
    struct hs_state_version version = hs_state_tree_empty();
    for (uint32_t i = 0; i < 3; i++) {
        version = committed(tree, &version, i, "same");
    }
    struct hs_state_version child;
    assert_int_equal(put(tree, &child, &version, 1, "same"), HS_OK);
    assert_int_equal(child.node, version.node);
    assert_int_equal(put(tree, &child, &version, 50, ""), HS_OK);
    assert_int_equal(child.node, version.node);
    free(tree);
}

struct chain_of_versions {
    bool live;
    uint32_t parent; /* VERSIONS: it is the committed one */
    uint32_t child_count;
    struct hs_state_version version;
    struct model model;
};

static struct chain_of_versions versions[VERSIONS];

static uint32_t random_version(bool live)
{
    uint32_t start = random_below(VERSIONS);
    for (uint32_t i = 0; i < VERSIONS; i++) {
        uint32_t index = (start + i) % VERSIONS;
        if (versions[index].live == live) {
            return index;
        }
    }
    return VERSIONS;
}

static void drop(struct hs_state_tree *tree, uint32_t index)
{
    struct chain_of_versions *dropped = &versions[index];
    struct chain_of_versions *parent = &versions[dropped->parent];
    hs_state_tree_drop(tree, &parent->version, &dropped->version);
    parent->child_count--;
    dropped->live = false;
}

static void drop_below(struct hs_state_tree *tree, uint32_t parent, uint32_t spared)
{
    for (uint32_t i = 0; i < VERSIONS; i++) {
        if (versions[i].live && versions[i].parent == parent && i != spared) {
            drop_below(tree, i, VERSIONS);
            drop(tree, i);
        }
    }
}

static void grow(struct hs_state_tree *tree)
{
    uint32_t parent = random_version(true);
    uint32_t index = random_version(false);
    if (index == VERSIONS) {
        return;
    }
    struct chain_of_versions *child = &versions[index];
    child->model = versions[parent].model;
    assert_int_equal(random_update(tree, &child->version, &child->model, &versions[parent].version),
                     HS_OK);
    child->live = true;
    child->parent = parent;
    child->child_count = 0;
    versions[parent].child_count++;
}

/* Commits a child of the committed version and drops what does not descend from it. */
static void commit(struct hs_state_tree *tree, uint32_t index)
{
    uint32_t old = versions[index].parent;
    drop_below(tree, old, index);
    hs_state_tree_commit(tree, &versions[old].version, &versions[index].version);
    versions[old].live = false;
    versions[index].parent = VERSIONS;
}

static void assert_only_one_is_left(const struct hs_state_tree *tree, const struct model *model)
{
    uint32_t keys[KEYS];
    uint32_t count = (uint32_t)keys_of(keys, model);
    assert_int_equal(hs_state_tree_leaf_count(tree), count);
    assert_int_equal(hs_state_tree_branch_count(tree), count == 0 ? 0 : count - 1);
}

static void versions_keep_their_contents_whatever_becomes_of_others(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(VERSIONS * KEYS, VERSIONS * KEYS);
    memset(versions, 0, sizeof versions);
    versions[0].live = true;
    versions[0].parent = VERSIONS;
    versions[0].version = hs_state_tree_empty();
    for (random_state = 88172645463325252u; random_below(2000) != 0;) {
        uint32_t index = random_version(true);
        bool is_committed = versions[index].parent == VERSIONS;
        switch (random_below(4)) {
        case 0:
            if (!is_committed && versions[versions[index].parent].parent == VERSIONS) {
                commit(tree, index);
            }
            break;
        case 1:
            if (!is_committed && versions[index].child_count == 0) {
                drop(tree, index);
            }
            break;
        default:
            grow(tree);
            break;
        }
        uint32_t seen = random_version(true);
        assert_version_is(tree, &versions[seen].version, &versions[seen].model);
    }
    for (uint32_t i = 0; i < VERSIONS; i++) {
        if (versions[i].live) {
            assert_version_is(tree, &versions[i].version, &versions[i].model);
        }
        if (versions[i].live && versions[i].parent == VERSIONS) {
            drop_below(tree, i, VERSIONS);
            assert_only_one_is_left(tree, &versions[i].model);
        }
    }
    free(tree);
}

struct walked {
    size_t count;
    size_t stop_at;
    struct hs_state_path last;
    const struct model *model;
    const uint32_t *keys;
};

static enum hs_status check_leaf(void *context, const struct hs_state_path *path,
                                 const struct hs_state_value *value)
{
    struct walked *walked = context;
    if (walked->count == walked->stop_at) {
        return HS_IO;
    }
    uint32_t key = walked->keys[walked->count];
    struct hs_state_path expected = path_of_key(key);
    assert_memory_equal(path->bytes, expected.bytes, HS_HASH_BYTES);
    assert_value(value, &walked->model->values[key]);
    walked->count++;
    return HS_OK;
}

static void assert_walk_gives(const struct hs_state_tree *tree,
                              const struct hs_state_version *version, const struct model *model)
{
    uint32_t keys[KEYS];
    size_t count = keys_of(keys, model);
    struct walked walked = {.stop_at = SIZE_MAX, .model = model, .keys = keys};
    assert_int_equal(hs_state_tree_walk(tree, version, check_leaf, &walked), HS_OK);
    assert_int_equal(walked.count, count);
    if (count > 0) {
        walked = (struct walked){.stop_at = count - 1, .model = model, .keys = keys};
        assert_int_equal(hs_state_tree_walk(tree, version, check_leaf, &walked), HS_IO);
        assert_int_equal(walked.count, count - 1);
    }
}

static void a_pinned_version_stands_while_others_commit(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(4 * KEYS, 4 * KEYS);
    random_state = 4101842887655102017u;
    struct hs_state_version version = hs_state_tree_empty();
    static struct model model, pinned_model;
    memset(&model, 0, sizeof model);
    for (unsigned round = 0; round < 60; round++) {
        struct hs_state_version pinned = version;
        pinned_model = model;
        hs_state_tree_pin(tree, &version);
        for (unsigned i = random_below(6); i > 0; i--) {
            struct hs_state_version child, other;
            struct model other_model = model;
            assert_int_equal(random_update(tree, &other, &other_model, &version), HS_OK);
            assert_int_equal(random_update(tree, &child, &model, &version), HS_OK);
            hs_state_tree_drop(tree, &version, &other);
            hs_state_tree_commit(tree, &version, &child);
            version = child;
            assert_version_is(tree, &version, &model);
            assert_version_is(tree, &pinned, &pinned_model);
            assert_walk_gives(tree, &pinned, &pinned_model);
        }
        hs_state_tree_unpin(tree);
        assert_version_is(tree, &version, &model);
        assert_only_one_is_left(tree, &model);
    }
    free(tree);
}

/* A pinned version costs no more than its own nodes, however many blocks commit meanwhile. */
static void a_long_pin_holds_no_more_than_the_pinned_version(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(3 * KEYS, 3 * KEYS);
    random_state = 1181783497276652981u;
    struct hs_state_version version = hs_state_tree_empty();
    static struct model model;
    memset(&model, 0, sizeof model);
    hs_state_tree_pin(tree, &version);
    hs_state_tree_unpin(tree);
    for (unsigned i = 0; i < 400; i++) {
        if (i == 20) {
            hs_state_tree_pin(tree, &version);
        }
        struct hs_state_version child;
        assert_int_equal(random_update(tree, &child, &model, &version), HS_OK);
        hs_state_tree_commit(tree, &version, &child);
        version = child;
        assert_true(hs_state_tree_leaf_count(tree) <= 2 * KEYS);
        assert_true(hs_state_tree_branch_count(tree) <= 2 * KEYS);
    }
    hs_state_tree_unpin(tree);
    assert_only_one_is_left(tree, &model);
    free(tree);
}

static void a_tree_that_is_full_loses_nothing(void **state)
{
    (void)state;
    const uint32_t limits[][2] = {{KEYS, 4 * KEYS}, {4 * KEYS, KEYS}};
    for (size_t i = 0; i < 2; i++) {
        struct hs_state_tree *tree = new_tree(limits[i][0], limits[i][1]);
        random_state = 2862933555777941757u;
        struct hs_state_version version = hs_state_tree_empty();
        struct model model;
        memset(&model, 0, sizeof model);
        unsigned full_count = 0;
        for (unsigned round = 0; round < 300; round++) {
            uint32_t leaf_count = hs_state_tree_leaf_count(tree);
            uint32_t branch_count = hs_state_tree_branch_count(tree);
            struct hs_state_version child;
            struct model child_model = model;
            if (random_update(tree, &child, &child_model, &version) == HS_OK) {
                hs_state_tree_commit(tree, &version, &child);
                version = child;
                model = child_model;
            } else {
                full_count++;
                assert_int_equal(hs_state_tree_leaf_count(tree), leaf_count);
                assert_int_equal(hs_state_tree_branch_count(tree), branch_count);
            }
            assert_version_is(tree, &version, &model);
        }
        assert_in_range(full_count, 5, 200);
        assert_only_one_is_left(tree, &model);
        free(tree);
    }
}

static void n_leaves_fit_a_pool_of_n_leaves_and_n_less_one_branches(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(KEYS, KEYS - 1);
    struct hs_state_entry storage[KEYS + 1];
    struct hs_state_entry *entries[KEYS + 1];
    for (uint32_t key = 0; key <= KEYS; key++) {
        storage[key].path = path_of_key(key);
        entries[key] = &storage[key];
    }
    struct hs_state_version empty = hs_state_tree_empty();
    struct hs_state_version version;
    hs_state_tree_locate(tree, &empty, entries, KEYS + 1);
    for (uint32_t key = 0; key <= KEYS; key++) {
        storage[key].value = value_of("v");
    }
    assert_int_equal(hs_state_tree_update(tree, &version, &empty, entries, KEYS + 1), HS_FULL);
    assert_int_equal(hs_state_tree_update(tree, &version, &empty, entries, KEYS), HS_OK);
    assert_int_equal(hs_state_tree_branch_count(tree), KEYS - 1);
    hs_state_tree_drop(tree, &empty, &version);
    assert_int_equal(hs_state_tree_branch_count(tree), 0);
    free(tree);
}

static void configurations_beyond_the_limits_have_no_footprint(void **state)
{
    (void)state;
    struct hs_state_tree_config config = {1, 1, HS_STATE_VALUE_BYTES_MAX};
    assert_true(hs_state_tree_footprint(&config) > 0);
    config.value_bytes_max++;
    assert_int_equal(hs_state_tree_footprint(&config), 0);
    config = (struct hs_state_tree_config){0, 1, 1};
    assert_int_equal(hs_state_tree_footprint(&config), 0);
    config = (struct hs_state_tree_config){1, HS_STATE_NODES_MAX + 1, 1};
    assert_int_equal(hs_state_tree_footprint(&config), 0);
}

/* -- proofs ------------------------------------------------------------------------ */

/* Half of the keys are in. */
static struct hs_state_version half_full(struct hs_state_tree *tree, struct model *model)
{
    memset(model, 0, sizeof *model);
    struct hs_state_version version = hs_state_tree_empty();
    for (uint32_t key = 0; key < KEYS; key += 2) {
        char text[8] = {(char)('a' + key % 26), (char)('a' + key / 26), 0};
        version = committed(tree, &version, key, text);
        model->values[key] = value_of(text);
    }
    return version;
}

static void a_proof_shows_what_is_in_and_what_is_not(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(2 * KEYS, 2 * KEYS);
    struct model model;
    struct hs_state_version version = half_full(tree, &model);
    const struct hs_state_value nothing = {.size = 0};
    const struct hs_state_value wrong = value_of("wrong");
    for (uint32_t key = 0; key < KEYS; key++) {
        struct hs_state_path path = path_of_key(key);
        struct hs_state_proof proof;
        hs_state_tree_prove(tree, &version, &proof, &path);
        const struct hs_state_value *value = &model.values[key];
        assert_true(hs_state_proof_holds(&proof, &version.root, &path, value));
        assert_false(hs_state_proof_holds(&proof, &version.root, &path, &wrong));
        if (value->size > 0) {
            assert_false(hs_state_proof_holds(&proof, &version.root, &path, &nothing));
        }
        struct hs_state_root other_root = version.root;
        other_root.bytes[31] ^= 1;
        assert_false(hs_state_proof_holds(&proof, &other_root, &path, value));
    }
    free(tree);
}

static void a_proof_that_was_tampered_with_does_not_hold(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(2 * KEYS, 2 * KEYS);
    struct model model;
    struct hs_state_version version = half_full(tree, &model);
    for (uint32_t key = 0; key < 12; key++) {
        struct hs_state_path path = path_of_key(key);
        struct hs_state_proof proof;
        hs_state_tree_prove(tree, &version, &proof, &path);
        const struct hs_state_value *value = &model.values[key];
        for (uint32_t i = 0; i < proof.branch_count; i++) {
            proof.branches[i].sibling[i % 32] ^= 1;
            assert_false(hs_state_proof_holds(&proof, &version.root, &path, value));
            proof.branches[i].sibling[i % 32] ^= 1;
            proof.branches[i].bit ^= 1;
            assert_false(hs_state_proof_holds(&proof, &version.root, &path, value));
            proof.branches[i].bit ^= 1;
        }
        proof.leaf_value.bytes[0] ^= 1;
        assert_false(hs_state_proof_holds(&proof, &version.root, &path, value));
        proof.leaf_value.bytes[0] ^= 1;
        proof.leaf_path.bytes[31] ^= 1;
        assert_false(hs_state_proof_holds(&proof, &version.root, &path, value));
        proof.leaf_path.bytes[31] ^= 1;
        proof.branch_count--;
        assert_false(hs_state_proof_holds(&proof, &version.root, &path, value));
        proof.branch_count = HS_STATE_PATH_BITS + 1;
        assert_false(hs_state_proof_holds(&proof, &version.root, &path, value));
    }
    free(tree);
}

/* The way to some other leaf does not show that a path is absent. */
static void absence_is_not_proved_by_another_way_down(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(2 * KEYS, 2 * KEYS);
    struct model model;
    struct hs_state_version version = half_full(tree, &model);
    const struct hs_state_value nothing = {.size = 0};
    struct hs_state_path present = path_of_key(0);
    for (uint32_t key = 1; key < KEYS; key++) {
        struct hs_state_path path = path_of_key(key);
        struct hs_state_proof proof;
        hs_state_tree_prove(tree, &version, &proof, &path);
        assert_false(hs_state_proof_holds(&proof, &version.root, &present, &nothing));
        proof.has_leaf = false;
        assert_false(hs_state_proof_holds(&proof, &version.root, &present, &nothing));
    }
    free(tree);
}

static void proofs_hold_in_trees_of_no_and_of_one_leaf(void **state)
{
    (void)state;
    struct hs_state_tree *tree = new_tree(2, 1);
    struct hs_state_version empty = hs_state_tree_empty();
    struct hs_state_path path = path_of_key(3);
    struct hs_state_path absent = path_of_key(4);
    const struct hs_state_value nothing = {.size = 0};
    const struct hs_state_value value = value_of("v");
    struct hs_state_proof proof;
    hs_state_tree_prove(tree, &empty, &proof, &path);
    assert_true(hs_state_proof_holds(&proof, &empty.root, &path, &nothing));
    assert_false(hs_state_proof_holds(&proof, &empty.root, &path, &value));
    struct hs_state_version one = committed(tree, &empty, 3, "v");
    assert_false(hs_state_proof_holds(&proof, &one.root, &absent, &nothing));
    hs_state_tree_prove(tree, &one, &proof, &path);
    assert_true(hs_state_proof_holds(&proof, &one.root, &path, &value));
    assert_true(hs_state_proof_holds(&proof, &one.root, &absent, &nothing));
    assert_false(hs_state_proof_holds(&proof, &empty.root, &absent, &nothing));
    free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_tree_has_a_zero_root),
        cmocka_unit_test(keys_of_two_kinds_never_meet),
        cmocka_unit_test(the_root_follows_from_the_contents_alone),
        cmocka_unit_test(an_update_that_changes_nothing_makes_no_node),
        cmocka_unit_test(versions_keep_their_contents_whatever_becomes_of_others),
        cmocka_unit_test(a_pinned_version_stands_while_others_commit),
        cmocka_unit_test(a_long_pin_holds_no_more_than_the_pinned_version),
        cmocka_unit_test(a_tree_that_is_full_loses_nothing),
        cmocka_unit_test(n_leaves_fit_a_pool_of_n_leaves_and_n_less_one_branches),
        cmocka_unit_test(configurations_beyond_the_limits_have_no_footprint),
        cmocka_unit_test(a_proof_shows_what_is_in_and_what_is_not),
        cmocka_unit_test(a_proof_that_was_tampered_with_does_not_hold),
        cmocka_unit_test(absence_is_not_proved_by_another_way_down),
        cmocka_unit_test(proofs_hold_in_trees_of_no_and_of_one_leaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
