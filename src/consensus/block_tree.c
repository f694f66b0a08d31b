/* The tree of uncommitted headers. See block_tree.h. */
#include "consensus/block_tree.h"

#include <string.h>

#include "base/assert.h"

size_t hs_block_tree_footprint(uint32_t capacity)
{
    return (size_t)capacity * sizeof(struct hs_tree_node);
}

void hs_block_tree_init(struct hs_block_tree *tree, void *memory, uint32_t capacity,
                        const struct hs_block *root)
{
    HS_ASSERT(capacity >= 2);
    tree->capacity = capacity;
    tree->count = 1;
    tree->slots_used = 1;
    tree->root = 0;
    tree->nodes = memory;
    tree->nodes[0] = (struct hs_tree_node){
        .used = true,
        .certified = true,
        .execution = HS_EXECUTION_VALID,
        .parent = HS_TREE_NONE,
        .block = *root,
    };
}

uint32_t hs_block_tree_find(const struct hs_block_tree *tree, const struct hs_block_id *id)
{
    for (uint32_t i = 0; i < tree->slots_used; i++) {
        const struct hs_tree_node *node = &tree->nodes[i];
        if (node->used && memcmp(&node->block.id, id, sizeof(*id)) == 0) {
            return i;
        }
    }
    return HS_TREE_NONE;
}

static uint32_t free_slot(const struct hs_block_tree *tree)
{
    for (uint32_t i = 0; i < tree->slots_used; i++) {
        if (!tree->nodes[i].used) {
            return i;
        }
    }
    return tree->slots_used;
}

enum hs_status hs_block_tree_insert(struct hs_block_tree *tree, const struct hs_block *block,
                                    uint32_t *slot)
{
    *slot = hs_block_tree_find(tree, &block->id);
    if (*slot != HS_TREE_NONE) {
        return HS_DUPLICATE;
    }
    uint32_t parent = hs_block_tree_find(tree, &block->header.parent_id);
    if (parent == HS_TREE_NONE) {
        return HS_UNKNOWN_PARENT;
    }
    if (tree->count == tree->capacity) {
        return HS_FULL; /* L14 */
    }
    uint32_t free = free_slot(tree);
    if (free == tree->slots_used) {
        tree->slots_used++;
    }
    tree->count++;
    tree->nodes[parent].child_count++;
    tree->nodes[free] = (struct hs_tree_node){
        .used = true,
        .execution = HS_EXECUTION_WAITING,
        .parent = parent,
        .block = *block,
    };
    *slot = free;
    return HS_OK;
}

static void drop(struct hs_block_tree *tree, uint32_t slot)
{
    struct hs_tree_node *node = &tree->nodes[slot];
    if (node->parent != HS_TREE_NONE) {
        tree->nodes[node->parent].child_count--; /* of a slot that may be free by now */
    }
    node->used = false;
    tree->count--;
}

static void shrink(struct hs_block_tree *tree)
{
    while (!tree->nodes[tree->slots_used - 1].used) {
        tree->slots_used--;
    }
}

void hs_block_tree_drop_leaf(struct hs_block_tree *tree, uint32_t slot)
{
    HS_ASSERT(slot < tree->slots_used && slot != tree->root && tree->nodes[slot].used &&
              tree->nodes[slot].child_count == 0);
    drop(tree, slot);
    shrink(tree);
}

void hs_block_tree_commit(struct hs_block_tree *tree, uint32_t slot)
{
    HS_ASSERT(slot < tree->slots_used && tree->nodes[slot].used);
    uint64_t root_height = tree->nodes[slot].block.header.height;

    /* Only the new root of all blocks up to its height stays ... */
    for (uint32_t i = 0; i < tree->slots_used; i++) {
        if (tree->nodes[i].used && i != slot && tree->nodes[i].block.header.height <= root_height) {
            drop(tree, i);
        }
    }
    tree->root = slot;
    tree->nodes[slot].parent = HS_TREE_NONE;

    /* ... and, a generation at a time, the blocks above it whose parent stayed. */
    bool dropped_some = true;
    while (dropped_some) {
        dropped_some = false;
        for (uint32_t i = 0; i < tree->slots_used; i++) {
            const struct hs_tree_node *node = &tree->nodes[i];
            if (node->used && i != slot && !tree->nodes[node->parent].used) {
                drop(tree, i);
                dropped_some = true;
            }
        }
    }
    shrink(tree);
}
