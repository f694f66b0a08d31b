/* Blocks above the last committed one, as they are held here.
 *
 * A block is held from the moment it is offered to the core until it is committed or its branch
 * is dropped. It is appended to the log when it is executed, so a parent stands before its
 * children there, and only blocks that the core took in are written (D2 needs no more).
 */
#include "node/chain_parts.h"

#include <stdlib.h>
#include <string.h>

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

enum hs_status hs_chain_init(struct hs_node *node)
{
    /* Room for the tree, and for blocks offered to the core that it has not taken in. */
    node->chain.own_transactions_max = node->config.block_transactions_max;
    node->chain.held_capacity = node->config.tree_blocks_max + HS_SYNC_ORPHANS;
    node->chain.held = calloc(node->chain.held_capacity, sizeof(node->chain.held[0]));
    return node->chain.held != NULL ? HS_OK : HS_OUT_OF_MEMORY;
}

void hs_chain_forget(struct hs_node *node, struct hs_held_block *held)
{
    if (held->buffer != NULL) {
        hs_buffer_release(held->buffer);
    }
    free(held->transactions);
    *held = (struct hs_held_block){0};
    struct hs_chain *chain = &node->chain;
    while (chain->held_end > 0 && !chain->held[chain->held_end - 1].used) {
        chain->held_end--;
    }
}

void hs_chain_free(struct hs_node *node)
{
    while (node->chain.held_end > 0) {
        hs_chain_forget(node, &node->chain.held[node->chain.held_end - 1]);
    }
    free(node->chain.held);
    while (node->chain.commits_first != NULL) {
        struct hs_commit_entry *entry = node->chain.commits_first;
        node->chain.commits_first = entry->next;
        free(entry->transactions);
        free(entry);
    }
}

struct hs_held_block *hs_chain_find(struct hs_node *node, const struct hs_block_id *id)
{
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        struct hs_held_block *held = &node->chain.held[i];
        if (held->used && same_id(&held->block.id, id)) {
            return held;
        }
    }
    return NULL;
}

static struct hs_held_block *find_place(struct hs_node *node)
{
    for (uint32_t i = 0; i < node->chain.held_capacity; i++) {
        if (!node->chain.held[i].used) {
            node->chain.held_end = i < node->chain.held_end ? node->chain.held_end : i + 1;
            return &node->chain.held[i];
        }
    }
    return NULL;
}

enum hs_status hs_chain_hold(struct hs_node *node, const struct hs_block *block,
                             struct hs_buffer *buffer, struct hs_bytes payload,
                             struct hs_transaction_summary *transactions)
{
    if (hs_chain_find(node, &block->id) != NULL) {
        free(transactions);
        return HS_DUPLICATE;
    }
    struct hs_held_block *held = find_place(node);
    if (held == NULL && hs_chain_drop_evicted(node)) {
        held = find_place(node);
    }
    if (held == NULL) {
        free(transactions);
        return HS_FULL;
    }
    *held = (struct hs_held_block){
        .used = true,
        .block = *block,
        .buffer = buffer != NULL ? hs_buffer_retain(buffer) : NULL,
        .payload = payload,
        .transactions = transactions,
    };
    return HS_OK;
}

/* -- losing branches ------------------------------------------------------------------- */

/* Forgets a block that is not committed and has no executed children. */
void hs_chain_drop(struct hs_node *node, struct hs_held_block *held)
{
    if (held->executed && held->valid && !hs_chain_is_tail(node, &held->block.header)) {
        node->application.release(node->application.context, held->state); /* X4 */
        hs_chain_collect_ids(held, node->ids);
        hs_mempool_unmark(node->mempool, node->ids, held->block.header.transaction_count);
    }
    hs_chain_forget(node, held);
}

void hs_chain_drop_all(struct hs_node *node)
{
    node->chain.execute_waiting = false;
    while (node->chain.held_end > 0) {
        hs_chain_drop(node, &node->chain.held[node->chain.held_end - 1]);
    }
}

static bool descends_from(struct hs_node *node, const struct hs_held_block *held,
                          const struct hs_block_id *ancestor)
{
    while (held != NULL && !same_id(&held->block.id, ancestor)) {
        held = hs_chain_find(node, &held->block.header.parent_id);
    }
    return held != NULL;
}

/* The highest executed block that does not descend from `winner`: no child of it is left. */
static struct hs_held_block *highest_loser(struct hs_node *node, const struct hs_block_id *winner)
{
    struct hs_held_block *highest = NULL;
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        struct hs_held_block *held = &node->chain.held[i];
        if (held->used && held->executed && !descends_from(node, held, winner) &&
            (highest == NULL || held->block.header.height > highest->block.header.height)) {
            highest = held;
        }
    }
    return highest;
}

void hs_chain_drop_losers(struct hs_node *node, const struct hs_block_id *winner)
{
    struct hs_held_block *loser = highest_loser(node, winner);
    while (loser != NULL) {
        hs_chain_drop(node, loser);
        loser = highest_loser(node, winner);
    }
}

/* A block that was offered to the core and not taken in. */
void hs_chain_drop_refused(struct hs_node *node, const struct hs_block_id *id)
{
    struct hs_held_block *held = hs_chain_find(node, id);
    if (held != NULL && !held->executed && !hs_core_holds(node->epoch->core, id)) {
        hs_chain_drop(node, held);
    }
}

/* Blocks that the core never took in and no longer can. */
void hs_chain_drop_unheld(struct hs_node *node)
{
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        struct hs_held_block *held = &node->chain.held[i];
        if (held->used && !held->executed && held->block.header.view < core.view &&
            !hs_core_holds(node->epoch->core, &held->block.id)) {
            hs_chain_drop(node, held);
        }
    }
}

static bool has_child(const struct hs_node *node, const struct hs_held_block *parent)
{
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        const struct hs_held_block *held = &node->chain.held[i];
        if (held->used && same_id(&held->block.header.parent_id, &parent->block.id)) {
            return true;
        }
    }
    return false;
}

/* Blocks that the core took in and dropped for want of room (L14). They are of views that are over;
 * a block that was just built is not yet the core's. False: there is none. */
bool hs_chain_drop_evicted(struct hs_node *node)
{
    if (node->epoch->core == NULL) {
        return false; /* recovering: hs_chain_make_room */
    }
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    bool dropped = false;
    for (uint32_t i = node->chain.held_end; i > 0; i--) {
        struct hs_held_block *held = &node->chain.held[i - 1];
        if (held->used && held->block.header.view < core.view && !has_child(node, held) &&
            !hs_core_holds(node->epoch->core, &held->block.id)) {
            hs_block_log_forget(node->durability.log, &held->block.id);
            hs_chain_drop(node, held);
            dropped = true;
        }
    }
    return dropped;
}

/* While the log is replayed: with as many blocks as the core's tree has room for, the oldest one
 * without a child goes, as it did, or would have, in the tree (L14). */
void hs_chain_make_room(struct hs_node *node)
{
    uint32_t count = 0;
    struct hs_held_block *oldest = NULL;
    for (uint32_t i = 0; i < node->chain.held_end; i++) {
        struct hs_held_block *held = &node->chain.held[i];
        count += held->used ? 1 : 0;
        if (held->used && (oldest == NULL || held->block.header.view < oldest->block.header.view) &&
            !has_child(node, held)) {
            oldest = held;
        }
    }
    if (count + 1 >= node->config.tree_blocks_max && oldest != NULL) {
        hs_chain_drop(node, oldest);
    }
}
