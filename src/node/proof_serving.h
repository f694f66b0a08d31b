/* What a client without a node is shown (light/light.h), made of the block log.
 *
 * Everything is of blocks whose commit is durable here (D7). The bytes are proofs: who gets them
 * need not trust this node. On the loop thread.
 */
#ifndef HS_NODE_PROOF_SERVING_H
#define HS_NODE_PROOF_SERVING_H

#include "node/node.h"

/* The commit proof (light/light.h) whose lowest header is of height `from` and which commits
 * `count` blocks from there, 1 .. HS_PROVED_BLOCKS_MAX; or fewer: no more than are durable, than
 * the epoch has, than fit; or more, where the views above them have gaps. HS_NOT_FOUND: no such
 * height; HS_NOT_READY: what commits it is not held here; HS_FULL: not even one block fits;
 * HS_CORRUPT, HS_IO of the log; HS_OUT_OF_MEMORY. Reads as many blocks. */
HS_MUST_CHECK enum hs_status hs_node_prove_blocks(struct hs_node *node, uint64_t from,
                                                  uint32_t count, uint8_t bytes[], size_t *size,
                                                  size_t capacity);

/* The step into epoch `number` (light/light.h), which has begun here. Of the epoch that the node is
 * in it gives the set alone, without proofs, when it holds none: there are none of the first.
 * HS_NOT_FOUND: an epoch that has not begun, or whose beginning the log does not prove; else as
 * above. */
HS_MUST_CHECK enum hs_status hs_node_prove_epoch(struct hs_node *node, uint64_t number,
                                                 uint8_t bytes[], size_t *size, size_t capacity);

#endif
