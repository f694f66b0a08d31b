/* What the files that make up the chain share, and nobody else needs:
 *
 *     chain.c             blocks held, losing branches
 *     block_payload.c     payloads against their headers
 *     block_execution.c   execution on the parent's state
 *     block_building.c    own blocks
 *     commits.c           commits, until they are reported
 */
#ifndef HS_NODE_CHAIN_PARTS_H
#define HS_NODE_CHAIN_PARTS_H

#include "node/node_internal.h"

/* -- chain.c ---------------------------------------------------------------------- */

/* Frees a place; the block's state and marks are the caller's matter. */
void hs_chain_forget(struct hs_node *node, struct hs_held_block *held);
/* Blocks that the core took in and dropped for want of room (L14). False: there is none. */
bool hs_chain_drop_evicted(struct hs_node *node);
/* All that do not descend from a block that is committed, children first. */
void hs_chain_drop_losers(struct hs_node *node, const struct hs_block_id *winner);

/* -- block_execution.c ------------------------------------------------------------ */

/* The ids of its transactions, in its order. */
void hs_chain_collect_ids(const struct hs_held_block *held, struct hs_transaction_id ids[]);
/* False: the parent is not held, or was not executed with success. */
bool hs_chain_parent_state(struct hs_node *node, const struct hs_block_id *parent_id,
                           struct hs_state *state);
/* P4: it serves only to commit the last block of the epoch. */
bool hs_chain_is_tail(const struct hs_node *node, const struct hs_block_header *header);
struct hs_block_context hs_chain_context_of(const struct hs_node *node,
                                            const struct hs_block_header *header);
/* The application's execute, of the `count` transactions in node->split. */
HS_MUST_CHECK enum hs_status hs_chain_run(struct hs_node *node, struct hs_state parent,
                                          const struct hs_block_context *context, size_t count,
                                          bool included[], struct hs_state *state,
                                          struct hs_state_root *root);

/* -- block_building.c ------------------------------------------------------------- */

/* One of them was committed. */
void hs_chain_grow_own_blocks(struct hs_node *node);

#endif
