/* small_node: one whole node whose disk, clock and network are the fuzz target's. Its workers do
 * each job at once after the call that submitted it, its peers are silent but for what the target
 * says in their place. With the limits of small_limits.h a run takes a fraction of a millisecond.
 */
#ifndef HS_FUZZ_SMALL_NODE_H
#define HS_FUZZ_SMALL_NODE_H

#include "sim/cluster.h"
#include "sim/virtual_disk.h"

#include "node/node.h"

#define SMALL_NODE_PEERS_MAX 4u

struct small_node;

/* Validator 0 of 1 or of 4, on an empty disk but for its first records (D5). The keys are those of
 * hs_cluster_make for so many nodes and 8 accounts. */
struct small_node *small_node_new(uint32_t validator_count);
void small_node_free(struct small_node *small);
struct hs_virtual_disk *small_node_disk(struct small_node *small);
const struct hs_cluster *small_node_cluster(const struct small_node *small);

/* Opens and starts the node on what the disk holds; its peers connect. False when it is refused. */
bool small_node_start(struct small_node *small);
/* The process ends; what it had not written is lost. */
void small_node_stop(struct small_node *small);
/* False once it has ended itself: a durable write failed, or it diverged (D3, X1). */
bool small_node_is_up(const struct small_node *small);

/* A message from a peer, whatever its bytes. */
void small_node_give(struct small_node *small, uint32_t peer, struct hs_bytes bytes);
/* Some turns of its timers, and then so much time has passed. */
void small_node_run(struct small_node *small, uint64_t duration_ns);

void small_node_status(const struct small_node *small, struct hs_node_status *status);

#endif
