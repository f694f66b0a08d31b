/* The nodes of a state tree, for the files that make and read them.
 *
 * A node number names a node of either kind: bit 31 tells leaves from branches, the rest is
 * the index in the pool of that kind; 0 is no node. A branch keeps the hashes of its
 * children, so a change rehashes along its path without a look at any sibling; a node does
 * not keep its own. What descent reads of a branch is in its first 16 bytes, and a branch lies
 * in two cache lines.
 *
 * A node never changes until it is freed: which list it is in, free or other, stands in the
 * links of its pool, so a walker on another thread meets no writer. Lists change without a
 * look at the nodes, which by then have long left the cache.
 */
#ifndef HS_LEDGER_STATE_NODES_H
#define HS_LEDGER_STATE_NODES_H

#include <stdalign.h>

#include "ledger/state_tree.h"

#define HS_STATE_NO_NODE   0u
#define HS_STATE_LEAF_FLAG (1u << 31)

struct hs_state_branch {
    alignas(16) uint32_t children[2];
    uint32_t bit; /* where the paths below part; below its children's */
    uint8_t hashes[2][HS_HASH_BYTES];
};

struct hs_state_leaf {
    struct hs_state_path path;
    uint8_t value_size;
    uint8_t value[]; /* value_bytes_max of the tree */
};

/* The nodes of one kind. */
struct hs_state_pool {
    uint32_t *links; /* by index: the next one in the list that the node is in */
    uint32_t capacity;
    uint32_t reached; /* indexes above it were never handed out */
    uint32_t used;
    uint32_t free_first;
    uint32_t fresh_first;    /* made by the update under way */
    uint32_t deferred_first; /* to be freed at unpin */
    uint32_t deferred_last;
    uint32_t deferred_count;
};

struct hs_state_tree {
    struct hs_state_pool branch_pool;
    struct hs_state_pool leaf_pool;
    uint32_t pinned; /* the pinned version's node */
    bool is_pinned;
    uint32_t value_bytes_max;
    size_t leaf_bytes;
    struct hs_state_branch *branches;
    uint8_t *leaves;
};

static inline bool hs_state_is_leaf(uint32_t node)
{
    return (node & HS_STATE_LEAF_FLAG) != 0;
}

static inline bool hs_state_is_branch(uint32_t node)
{
    return node != HS_STATE_NO_NODE && !hs_state_is_leaf(node);
}

static inline struct hs_state_branch *hs_state_branch_at(const struct hs_state_tree *tree,
                                                         uint32_t node)
{
    return &tree->branches[node];
}

static inline struct hs_state_leaf *hs_state_leaf_at(const struct hs_state_tree *tree,
                                                     uint32_t node)
{
    return (struct hs_state_leaf *)(void *)(tree->leaves +
                                            (node & ~HS_STATE_LEAF_FLAG) * tree->leaf_bytes);
}

static inline unsigned hs_state_bit_of(const struct hs_state_path *path, uint32_t bit)
{
    return (unsigned)path->bytes[bit / 8] >> (7 - bit % 8) & 1u;
}

/* The leaf where a path is, if it is in the version at all; HS_STATE_NO_NODE in an empty
 * one. */
uint32_t hs_state_descend(const struct hs_state_tree *tree, uint32_t node,
                          const struct hs_state_path *path);

void hs_state_value_of_leaf(struct hs_state_value *value, const struct hs_state_leaf *leaf);

/* The formulas of state_tree.h. */
void hs_state_hash_leaf(uint8_t hash[HS_HASH_BYTES], const struct hs_state_path *path,
                        const void *value, size_t value_bytes);
void hs_state_hash_branch(uint8_t hash[HS_HASH_BYTES], uint32_t bit,
                          const uint8_t left[HS_HASH_BYTES], const uint8_t right[HS_HASH_BYTES]);

#endif
