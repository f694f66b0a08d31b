#include "ledger/state_tree.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/state_nodes.h"

#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) ((void)(address))
#endif

/* Descents that are under way at once: while one waits for memory the others go on. */
#define LOCATE_LANES 16u

/* -- memory ------------------------------------------------------------------ */

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

/* Offsets of the parts in the memory of a tree. Index 0 is no node, so each pool has one place
 * more than nodes. */
struct layout {
    size_t branch_links;
    size_t leaf_links;
    size_t branches;
    size_t leaves;
    size_t end;
};

static size_t leaf_bytes_of(const struct hs_state_tree_config *config)
{
    return offsetof(struct hs_state_leaf, value) + config->value_bytes_max;
}

static struct layout layout_of(const struct hs_state_tree_config *config)
{
    size_t branch_places = (size_t)config->branches_max + 1;
    size_t leaf_places = (size_t)config->leaves_max + 1;
    struct layout layout;
    layout.branch_links = round_up(sizeof(struct hs_state_tree), sizeof(uint32_t));
    layout.leaf_links = layout.branch_links + branch_places * sizeof(uint32_t);
    layout.branches = round_up(layout.leaf_links + leaf_places * sizeof(uint32_t),
                               alignof(struct hs_state_branch));
    layout.leaves = layout.branches + branch_places * sizeof(struct hs_state_branch);
    layout.end = layout.leaves + leaf_places * leaf_bytes_of(config);
    return layout;
}

size_t hs_state_tree_footprint(const struct hs_state_tree_config *config)
{
    if (config->leaves_max == 0 || config->leaves_max > HS_STATE_NODES_MAX ||
        config->branches_max == 0 || config->branches_max > HS_STATE_NODES_MAX ||
        config->value_bytes_max == 0 || config->value_bytes_max > HS_STATE_VALUE_BYTES_MAX) {
        return 0;
    }
    return layout_of(config).end;
}

struct hs_state_tree *hs_state_tree_new(void *memory, const struct hs_state_tree_config *config)
{
    HS_ASSERT(hs_state_tree_footprint(config) != 0);
    struct layout layout = layout_of(config);
    uint8_t *base = memory;
    struct hs_state_tree *tree = memory;
    *tree = (struct hs_state_tree){
        .branch_pool = {.links = (uint32_t *)(void *)(base + layout.branch_links),
                        .capacity = config->branches_max},
        .leaf_pool = {.links = (uint32_t *)(void *)(base + layout.leaf_links),
                      .capacity = config->leaves_max},
        .value_bytes_max = config->value_bytes_max,
        .leaf_bytes = leaf_bytes_of(config),
        .branches = (struct hs_state_branch *)(void *)(base + layout.branches),
        .leaves = base + layout.leaves,
    };
    return tree;
}

struct hs_state_version hs_state_tree_empty(void)
{
    return (struct hs_state_version){.node = HS_STATE_NO_NODE};
}

static struct hs_state_pool *pool_of(struct hs_state_tree *tree, uint32_t node)
{
    return hs_state_is_leaf(node) ? &tree->leaf_pool : &tree->branch_pool;
}

static uint32_t *next_of(struct hs_state_tree *tree, uint32_t node)
{
    return &pool_of(tree, node)->links[node & ~HS_STATE_LEAF_FLAG];
}

/* A node may lie across two cache lines. */
static void prefetch_node(const struct hs_state_tree *tree, uint32_t node)
{
    if (hs_state_is_leaf(node)) {
        const struct hs_state_leaf *leaf = hs_state_leaf_at(tree, node);
        PREFETCH(leaf);
        PREFETCH(&leaf->value_size);
    } else {
        const struct hs_state_branch *branch = hs_state_branch_at(tree, node);
        PREFETCH(branch);
        PREFETCH(branch->hashes[1]);
    }
}

/* HS_STATE_NO_NODE when the pool is used up. `kind` is HS_STATE_LEAF_FLAG or 0. */
static uint32_t take_node(struct hs_state_tree *tree, uint32_t kind)
{
    struct hs_state_pool *pool = kind != 0 ? &tree->leaf_pool : &tree->branch_pool;
    uint32_t node = pool->free_first;
    if (node != HS_STATE_NO_NODE) {
        pool->free_first = *next_of(tree, node);
        prefetch_node(tree, pool->free_first);
    } else if (pool->reached < pool->capacity) {
        pool->reached++;
        node = pool->reached | kind;
    } else {
        return HS_STATE_NO_NODE;
    }
    pool->used++;
    *next_of(tree, node) = pool->fresh_first;
    pool->fresh_first = node;
    return node;
}

static void free_node(struct hs_state_tree *tree, uint32_t node)
{
    struct hs_state_pool *pool = pool_of(tree, node);
    *next_of(tree, node) = pool->free_first;
    pool->free_first = node;
    pool->used--;
}

/* The node is not needed but once the pinned version is not either. */
static void defer_node(struct hs_state_tree *tree, uint32_t node)
{
    struct hs_state_pool *pool = pool_of(tree, node);
    *next_of(tree, node) = pool->deferred_first;
    if (pool->deferred_first == HS_STATE_NO_NODE) {
        pool->deferred_last = node;
    }
    pool->deferred_first = node;
    pool->deferred_count++;
}

static void free_deferred(struct hs_state_tree *tree, struct hs_state_pool *pool)
{
    if (pool->deferred_first != HS_STATE_NO_NODE) {
        *next_of(tree, pool->deferred_last) = pool->free_first;
        pool->free_first = pool->deferred_first;
    }
    pool->used -= pool->deferred_count;
    pool->deferred_first = HS_STATE_NO_NODE;
    pool->deferred_count = 0;
}

static void free_fresh(struct hs_state_tree *tree, struct hs_state_pool *pool)
{
    for (uint32_t node = pool->fresh_first; node != HS_STATE_NO_NODE;) {
        uint32_t next = *next_of(tree, node);
        free_node(tree, node);
        node = next;
    }
}

/* -- reading ------------------------------------------------------------------ */

static uint32_t child_towards(const struct hs_state_tree *tree, uint32_t node,
                              const struct hs_state_path *path)
{
    const struct hs_state_branch *branch = hs_state_branch_at(tree, node);
    return branch->children[hs_state_bit_of(path, branch->bit)];
}

uint32_t hs_state_descend(const struct hs_state_tree *tree, uint32_t node,
                          const struct hs_state_path *path)
{
    while (hs_state_is_branch(node)) {
        node = child_towards(tree, node, path);
    }
    return node;
}

/* The first bit in which two paths differ; HS_STATE_PATH_BITS when they are the same. */
static uint32_t first_difference(const struct hs_state_path *a, const struct hs_state_path *b)
{
    for (uint32_t i = 0; i < HS_HASH_BYTES; i++) {
        unsigned difference = a->bytes[i] ^ b->bytes[i];
        if (difference != 0) {
            uint32_t bit = i * 8;
            while ((difference & 0x80u) == 0) {
                difference <<= 1;
                bit++;
            }
            return bit;
        }
    }
    return HS_STATE_PATH_BITS;
}

void hs_state_value_of_leaf(struct hs_state_value *value, const struct hs_state_leaf *leaf)
{
    value->size = leaf->value_size;
    memcpy(value->bytes, leaf->value, leaf->value_size);
}

void hs_state_tree_find(const struct hs_state_tree *tree, const struct hs_state_version *version,
                        struct hs_state_value *value, const struct hs_state_path *path)
{
    value->size = 0;
    uint32_t node = hs_state_descend(tree, version->node, path);
    if (node != HS_STATE_NO_NODE) {
        const struct hs_state_leaf *leaf = hs_state_leaf_at(tree, node);
        if (memcmp(leaf->path.bytes, path->bytes, HS_HASH_BYTES) == 0) {
            hs_state_value_of_leaf(value, leaf);
        }
    }
}

static void place(const struct hs_state_tree *tree, struct hs_state_entry *entry, uint32_t leaf)
{
    entry->split_bit = 0;
    if (leaf != HS_STATE_NO_NODE) {
        entry->split_bit =
            (uint16_t)first_difference(&entry->path, &hs_state_leaf_at(tree, leaf)->path);
    }
}

static void read_value(const struct hs_state_tree *tree, struct hs_state_entry *entry,
                       uint32_t leaf)
{
    entry->value.size = 0;
    if (leaf != HS_STATE_NO_NODE && entry->split_bit == HS_STATE_PATH_BITS) {
        hs_state_value_of_leaf(&entry->value, hs_state_leaf_at(tree, leaf));
    }
}

/* At most LOCATE_LANES descents side by side, each to the leaf it ends at. */
static void descend_together(const struct hs_state_tree *tree, uint32_t nodes[LOCATE_LANES],
                             uint32_t root, struct hs_state_entry *const entries[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        nodes[i] = root;
    }
    for (bool moving = true; moving;) {
        moving = false;
        for (size_t i = 0; i < count; i++) {
            if (hs_state_is_branch(nodes[i])) {
                nodes[i] = child_towards(tree, nodes[i], &entries[i]->path);
                prefetch_node(tree, nodes[i]);
                moving = true;
            }
        }
    }
}

static void place_all(const struct hs_state_tree *tree, const struct hs_state_version *version,
                      struct hs_state_entry *const entries[], size_t count, bool with_values)
{
    for (size_t first = 0; first < count; first += LOCATE_LANES) {
        size_t lanes = count - first < LOCATE_LANES ? count - first : LOCATE_LANES;
        uint32_t leaves[LOCATE_LANES];
        descend_together(tree, leaves, version->node, entries + first, lanes);
        for (size_t i = 0; i < lanes; i++) {
            place(tree, entries[first + i], leaves[i]);
            if (with_values) {
                read_value(tree, entries[first + i], leaves[i]);
            }
        }
    }
}

void hs_state_tree_place(const struct hs_state_tree *tree, const struct hs_state_version *version,
                         struct hs_state_entry *const entries[], size_t count)
{
    place_all(tree, version, entries, count, false);
}

void hs_state_tree_locate(const struct hs_state_tree *tree, const struct hs_state_version *version,
                          struct hs_state_entry *const entries[], size_t count)
{
    place_all(tree, version, entries, count, true);
}

static enum hs_status walk(const struct hs_state_tree *tree, uint32_t node,
                           enum hs_status (*visit)(void *context, const struct hs_state_path *path,
                                                   const struct hs_state_value *value),
                           void *context)
{
    if (hs_state_is_branch(node)) {
        const struct hs_state_branch *branch = hs_state_branch_at(tree, node);
        enum hs_status status = walk(tree, branch->children[0], visit, context);
        return status == HS_OK ? walk(tree, branch->children[1], visit, context) : status;
    }
    if (node == HS_STATE_NO_NODE) {
        return HS_OK;
    }
    const struct hs_state_leaf *leaf = hs_state_leaf_at(tree, node);
    struct hs_state_value value;
    hs_state_value_of_leaf(&value, leaf);
    return visit(context, &leaf->path, &value);
}

enum hs_status hs_state_tree_walk(const struct hs_state_tree *tree,
                                  const struct hs_state_version *version,
                                  enum hs_status (*visit)(void *context,
                                                          const struct hs_state_path *path,
                                                          const struct hs_state_value *value),
                                  void *context)
{
    return walk(tree, version->node, visit, context);
}

uint32_t hs_state_tree_leaf_count(const struct hs_state_tree *tree)
{
    return tree->leaf_pool.used;
}

uint32_t hs_state_tree_branch_count(const struct hs_state_tree *tree)
{
    return tree->branch_pool.used;
}

/* -- updating ------------------------------------------------------------------ */

struct update {
    struct hs_state_tree *tree;
    bool full; /* nodes ran out: what is made is thrown away, so nothing more is */
};

/* The subtree is empty or the leaf of the entry's path; afterwards it holds its value. */
static void put_leaf(struct update *update, struct hs_state_version *subtree,
                     const struct hs_state_entry *entry)
{
    struct hs_state_tree *tree = update->tree;
    const struct hs_state_value *value = &entry->value;
    if (value->size == 0) {
        *subtree = hs_state_tree_empty();
        return;
    }
    if (subtree->node != HS_STATE_NO_NODE) {
        const struct hs_state_leaf *old = hs_state_leaf_at(tree, subtree->node);
        if (old->value_size == value->size && memcmp(old->value, value->bytes, value->size) == 0) {
            return;
        }
    }
    uint32_t node = take_node(tree, HS_STATE_LEAF_FLAG);
    if (node == HS_STATE_NO_NODE) {
        update->full = true;
        return;
    }
    struct hs_state_leaf *leaf = hs_state_leaf_at(tree, node);
    leaf->path = entry->path;
    leaf->value_size = value->size;
    memcpy(leaf->value, value->bytes, value->size);
    subtree->node = node;
    hs_state_hash_leaf(subtree->root.bytes, &entry->path, value->bytes, value->size);
}

/* Makes of two halves that part at `bit` the subtree that holds both. */
static void join(struct update *update, struct hs_state_version *subtree,
                 const struct hs_state_version halves[2], uint32_t bit)
{
    if (halves[0].node == HS_STATE_NO_NODE || halves[1].node == HS_STATE_NO_NODE) {
        *subtree = halves[0].node == HS_STATE_NO_NODE ? halves[1] : halves[0];
        return;
    }
    struct hs_state_tree *tree = update->tree;
    if (hs_state_is_branch(subtree->node)) {
        const struct hs_state_branch *old = hs_state_branch_at(tree, subtree->node);
        if (old->children[0] == halves[0].node && old->children[1] == halves[1].node) {
            return;
        }
    }
    uint32_t node = take_node(tree, 0);
    if (node == HS_STATE_NO_NODE) {
        update->full = true;
        return;
    }
    struct hs_state_branch *branch = hs_state_branch_at(tree, node);
    branch->bit = bit;
    for (unsigned side = 0; side < 2; side++) {
        branch->children[side] = halves[side].node;
        memcpy(branch->hashes[side], halves[side].root.bytes, HS_HASH_BYTES);
    }
    subtree->node = node;
    hs_state_hash_branch(subtree->root.bytes, bit, branch->hashes[0], branch->hashes[1]);
}

/* Where the paths of a subtree and of entries that belong under it part first, and on which
 * side of that bit the subtree stays, if it does not part there itself.
 * HS_STATE_PATH_BITS: there is but one path. */
static uint32_t first_parting(const struct hs_state_tree *tree, unsigned *side, uint32_t node,
                              struct hs_state_entry *const entries[], size_t count)
{
    uint32_t first = HS_STATE_PATH_BITS;
    if (node == HS_STATE_NO_NODE) {
        for (size_t i = 1; i < count; i++) {
            uint32_t bit = first_difference(&entries[0]->path, &entries[i]->path);
            first = bit < first ? bit : first;
        }
        return first;
    }
    if (hs_state_is_branch(node)) {
        first = hs_state_branch_at(tree, node)->bit;
    }
    for (size_t i = 0; i < count; i++) {
        if (entries[i]->split_bit < first) {
            first = entries[i]->split_bit;
            *side = 1u - hs_state_bit_of(&entries[i]->path, first);
        }
    }
    return first;
}

/* Moves the entries with a zero in `bit` to the front; returns how many. */
static size_t partition(struct hs_state_entry *entries[], size_t count, uint32_t bit)
{
    size_t zeros = 0;
    for (size_t i = 0; i < count; i++) {
        if (hs_state_bit_of(&entries[i]->path, bit) == 0) {
            struct hs_state_entry *entry = entries[i];
            entries[i] = entries[zeros];
            entries[zeros] = entry;
            zeros++;
        }
    }
    return zeros;
}

/* Puts the entries, all of which belong under `subtree`, into it: one descent for all, each
 * branch on the way made and hashed once. As deep as the tree, so at most HS_STATE_PATH_BITS. */
static void update_subtree(struct update *update, struct hs_state_version *subtree,
                           struct hs_state_entry *entries[], size_t count)
{
    if (count == 0 || update->full) {
        return;
    }
    unsigned side = 0;
    uint32_t bit = first_parting(update->tree, &side, subtree->node, entries, count);
    if (bit == HS_STATE_PATH_BITS) {
        HS_ASSERT(count == 1);
        put_leaf(update, subtree, entries[0]);
        return;
    }
    struct hs_state_version halves[2] = {hs_state_tree_empty(), hs_state_tree_empty()};
    const struct hs_state_branch *branch =
        hs_state_is_branch(subtree->node) ? hs_state_branch_at(update->tree, subtree->node) : NULL;
    if (branch != NULL && branch->bit == bit) {
        for (unsigned i = 0; i < 2; i++) {
            halves[i].node = branch->children[i];
            memcpy(halves[i].root.bytes, branch->hashes[i], HS_HASH_BYTES);
        }
    } else {
        halves[side] = *subtree;
    }
    size_t zeros = partition(entries, count, bit);
    update_subtree(update, &halves[0], entries, zeros);
    update_subtree(update, &halves[1], entries + zeros, count - zeros);
    if (!update->full) {
        join(update, subtree, halves, bit);
    }
}

enum hs_status hs_state_tree_update(struct hs_state_tree *tree, struct hs_state_version *child,
                                    const struct hs_state_version *parent,
                                    struct hs_state_entry *entries[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        HS_ASSERT(entries[i]->value.size <= tree->value_bytes_max);
    }
    struct update update = {.tree = tree};
    struct hs_state_version version = *parent;
    tree->branch_pool.fresh_first = HS_STATE_NO_NODE;
    tree->leaf_pool.fresh_first = HS_STATE_NO_NODE;
    update_subtree(&update, &version, entries, count);
    if (update.full) {
        free_fresh(tree, &tree->branch_pool);
        free_fresh(tree, &tree->leaf_pool);
        return HS_FULL;
    }
    *child = version;
    return HS_OK;
}

/* -- giving back ---------------------------------------------------------------- */

static uint32_t parting_bit(const struct hs_state_tree *tree, uint32_t node)
{
    return hs_state_is_branch(node) ? hs_state_branch_at(tree, node)->bit : HS_STATE_PATH_BITS;
}

/* The subtree of `node` that holds every node which both `node` and `target` hold: leads
 * down from `node`, along the paths below `target`, past the branches that part above it. */
static uint32_t narrow(const struct hs_state_tree *tree, uint32_t node, uint32_t target)
{
    uint32_t target_bit = parting_bit(tree, target);
    if (parting_bit(tree, node) >= target_bit) {
        return node;
    }
    uint32_t leaf = target;
    while (hs_state_is_branch(leaf)) {
        leaf = hs_state_branch_at(tree, leaf)->children[0];
    }
    const struct hs_state_path *path = &hs_state_leaf_at(tree, leaf)->path;
    while (parting_bit(tree, node) < target_bit) {
        node = child_towards(tree, node, path);
    }
    return node;
}

/* The side of `node` that goes with that side of a branch at `bit`. */
static uint32_t half_at(const struct hs_state_tree *tree, uint32_t node, uint32_t bit,
                        unsigned side)
{
    return parting_bit(tree, node) == bit ? hs_state_branch_at(tree, node)->children[side] : node;
}

/* Frees each node of `node` that `kept` does not hold; one that `pinned` holds later. Both
 * are followed down beside it, each as the subtree that can share nodes with it, so a shared
 * node is met as itself and the walk ends there: it costs what was changed. */
static void free_unshared(struct hs_state_tree *tree, uint32_t node, uint32_t kept, uint32_t pinned)
{
    if (node != kept) {
        kept = narrow(tree, kept, node);
    }
    if (node == kept) {
        return;
    }
    pinned = narrow(tree, pinned, node);
    if (hs_state_is_branch(node)) {
        const struct hs_state_branch *branch = hs_state_branch_at(tree, node);
        prefetch_node(tree, branch->children[1]);
        for (unsigned side = 0; side < 2; side++) {
            free_unshared(tree, branch->children[side], half_at(tree, kept, branch->bit, side),
                          half_at(tree, pinned, branch->bit, side));
        }
    }
    if (node == pinned) {
        defer_node(tree, node);
    } else {
        free_node(tree, node);
    }
}

void hs_state_tree_commit(struct hs_state_tree *tree, const struct hs_state_version *parent,
                          const struct hs_state_version *child)
{
    if (parent->node != HS_STATE_NO_NODE) {
        free_unshared(tree, parent->node, child->node,
                      tree->is_pinned ? tree->pinned : HS_STATE_NO_NODE);
    }
}

/* What a child alone has was made for it, after or beside the pinned version. */
void hs_state_tree_drop(struct hs_state_tree *tree, const struct hs_state_version *parent,
                        const struct hs_state_version *child)
{
    if (child->node != HS_STATE_NO_NODE) {
        free_unshared(tree, child->node, parent->node, HS_STATE_NO_NODE);
    }
}

void hs_state_tree_pin(struct hs_state_tree *tree, const struct hs_state_version *version)
{
    HS_ASSERT(!tree->is_pinned);
    tree->is_pinned = true;
    tree->pinned = version->node;
}

void hs_state_tree_unpin(struct hs_state_tree *tree)
{
    HS_ASSERT(tree->is_pinned);
    tree->is_pinned = false;
    free_deferred(tree, &tree->branch_pool);
    free_deferred(tree, &tree->leaf_pool);
}
