/* hs_block_tree: the headers above the last committed block.
 *
 * A rooted tree of at most `capacity` blocks (L14). The root is the last committed block.
 * Inserting needs the parent; committing a block makes it the root and drops every branch
 * that does not descend from it. Nothing is allocated: the tree lives in the memory it was
 * given. Bodies are elsewhere.
 *
 *        root -- b1 -- b2 -- b4     commit(b2)      b2 -- b4
 *                 `--- b3           --------->
 *
 * A run without faults holds three blocks, so lookups scan. A slot's number stays a block's
 * own until the block leaves the tree.
 */
#ifndef HS_CONSENSUS_BLOCK_TREE_H
#define HS_CONSENSUS_BLOCK_TREE_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#define HS_TREE_NONE UINT32_MAX

enum hs_execution {
    HS_EXECUTION_WAITING,
    HS_EXECUTION_RUNNING,
    HS_EXECUTION_VALID,
    HS_EXECUTION_INVALID,
};

struct hs_tree_node {
    bool used;
    bool certified; /* a QC for it is known */
    enum hs_execution execution;
    uint32_t parent; /* slot; HS_TREE_NONE for the root */
    uint32_t child_count;
    struct hs_block block;
};

struct hs_block_tree {
    uint32_t capacity;
    uint32_t count;
    uint32_t slots_used; /* no slot at or above it is used */
    uint32_t root;
    struct hs_tree_node *nodes;
};

size_t hs_block_tree_footprint(uint32_t capacity);
/* `memory`: hs_block_tree_footprint(capacity) bytes; capacity >= 2. */
void hs_block_tree_init(struct hs_block_tree *tree, void *memory, uint32_t capacity,
                        const struct hs_block *root);

/* The slot of a block, or HS_TREE_NONE. */
uint32_t hs_block_tree_find(const struct hs_block_tree *tree, const struct hs_block_id *id);

/* Adds `block` under its parent.
 * HS_OK, its slot in *slot; HS_UNKNOWN_PARENT when the parent is not in the tree (fetch it);
 * HS_DUPLICATE when the block is (not an error; *slot is set); HS_FULL at the limit. */
HS_MUST_CHECK enum hs_status hs_block_tree_insert(struct hs_block_tree *tree,
                                                  const struct hs_block *block, uint32_t *slot);

/* Drops a block that has no children and is not the root. */
void hs_block_tree_drop_leaf(struct hs_block_tree *tree, uint32_t slot);

/* Makes the block in `slot` the root and drops what does not descend from it. */
void hs_block_tree_commit(struct hs_block_tree *tree, uint32_t slot);

#endif
