/* hs_checkers: what must hold after every step of a simulated run (protocol section 9).
 *
 * They see what a person outside could see: every message as it is sent, every block that a node
 * reports as committed, and the state of a node between its turns. They outlive the nodes, so a
 * promise made before a crash is held against the node that comes back.
 *
 *   - one vote per key and view; vote views strictly increase; no vote at v after a view change
 *     at v; the high_qc_view that a key signs never falls and is not below its lock; all of this
 *     across restarts (S2, S4, S6)
 *   - one certified block per view
 *   - committed chains are prefixes of each other, each height once and in order (S5)
 *   - equal state roots at equal heights, and the supply is what genesis gave out (X1)
 *   - what was reported as committed stays so (D7)
 */
#ifndef HS_SIM_CHECKERS_H
#define HS_SIM_CHECKERS_H

#include "node/node.h"
#include "sim/cluster.h"
#include "wire/message.h"

struct hs_checkers;

/* The cluster outlives them. Process i has the key of validator i; those above are twins. NULL when
 * there is no memory. */
struct hs_checkers *hs_checkers_new(const struct hs_cluster *cluster, uint32_t process_count);
void hs_checkers_free(struct hs_checkers *checkers);

/* A validator whose key an attacker holds: nothing is asked of what it says and signs. */
void hs_checkers_exempt(struct hs_checkers *checkers, uint32_t signer);

/* A process sends a well-formed message. Once for a broadcast is enough. */
void hs_checkers_message(struct hs_checkers *checkers, uint32_t process,
                         const struct hs_message *message);
/* A node reports a block as committed. */
void hs_checkers_committed(struct hs_checkers *checkers, uint32_t index,
                           const struct hs_block *block);
/* A node is back, before it is started. */
void hs_checkers_restarted(struct hs_checkers *checkers, uint32_t index, struct hs_node *node);
/* A bit of its block log has rotted, or its disk was wiped: what it reported before and whether it
 * can be opened is not held against it, until the log is mended. */
void hs_checkers_log_damaged(struct hs_checkers *checkers, uint32_t index);
void hs_checkers_log_mended(struct hs_checkers *checkers, uint32_t index);
/* A node could not be opened on what its disk holds, though no fault was met meanwhile. */
void hs_checkers_could_not_start(struct hs_checkers *checkers, uint32_t index, const char *why);
/* A node says that its state is another than the certified one: no node here is that wrong. */
void hs_checkers_diverged(struct hs_checkers *checkers, uint32_t index);
/* A node's turn is over. */
void hs_checkers_turn_over(struct hs_checkers *checkers, uint32_t index, const struct hs_node *node,
                           const struct hs_ledger *ledger);

/* What broke first, one sentence; NULL while all holds. */
const char *hs_checkers_violation(const struct hs_checkers *checkers);

/* The highest height that any node has reported, and the view of a reported block. */
uint64_t hs_checkers_height(const struct hs_checkers *checkers);
uint64_t hs_checkers_view_of_height(const struct hs_checkers *checkers, uint64_t height);

#endif
