/* hs_checkers: what must hold after every step of a simulated run (protocol section 9).
 *
 * They see what a person outside could see: every message as it is sent, every block that a node
 * reports as committed, what is durable on its disk, and the state of a node between its turns. They
 * outlive the nodes, so a promise made before a crash is held against the node that comes back.
 * They change nothing of a run.
 *
 * Each family has a file of its own, which opens with what it holds against whom:
 *
 *     statements    what correct validators sign             check_statements.h
 *     certificates  what is certified, verified anew         check_certificates.h
 *     chain         what is committed, and why               check_chain.h
 *     state         roots and supply                         check_state.h
 *     fees          gas and base fees                        check_fees.h
 *     order         commitments, reveals, what is burned     check_order.h
 *     durability    what survives a power cut                check_durability.h
 *     epochs        sets, randomness and ends              check_epochs.h
 *     memory        limits                                   check_memory.h
 *     clients       what clients were told                   check_clients.h
 *     evidence      who is accused                           check_evidence.h
 *     light         what clients without a node are shown    check_light.h
 *     liveness      what comes after the faults              check_liveness.h
 */
#ifndef HS_SIM_CHECKERS_H
#define HS_SIM_CHECKERS_H

#include "node/node.h"
#include "sim/check_order.h"
#include "sim/cluster.h"
#include "sim/virtual_disk.h"
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
                           const struct hs_block *block, const struct hs_transaction_id ids[],
                           size_t count);
/* A process has executed a block. */
struct hs_check_fees_block;
void hs_checkers_executed(struct hs_checkers *checkers, uint32_t index,
                          const struct hs_check_fees_block *block);
/* A node is back on this disk, before it is started. */
void hs_checkers_restarted(struct hs_checkers *checkers, uint32_t index, struct hs_node *node,
                           const struct hs_virtual_disk *disk);
/* A bit of its block log has rotted, or its disk was wiped: what it reported before and whether it
 * can be opened is not held against it, until the log is mended. */
void hs_checkers_log_damaged(struct hs_checkers *checkers, uint32_t index);
void hs_checkers_log_mended(struct hs_checkers *checkers, uint32_t index);
/* A bit of one of its safety records has rotted: they are not asked for until it starts again, and it
 * may rightly follow without signing from then on. */
void hs_checkers_record_damaged(struct hs_checkers *checkers, uint32_t index);
/* A node could not be opened on what its disk holds, though no fault was met meanwhile. */
void hs_checkers_could_not_start(struct hs_checkers *checkers, uint32_t index, const char *why);
/* A node says that its state is another than the certified one: no node here is that wrong. */
void hs_checkers_diverged(struct hs_checkers *checkers, uint32_t index);
/* A node's turn is over, and this is its status. */
void hs_checkers_turn_over(struct hs_checkers *checkers, uint32_t index, const struct hs_node *node,
                           const struct hs_node_status *status, const struct hs_ledger *ledger);
/* So many messages are on their way in the network. */
void hs_checkers_in_flight(struct hs_checkers *checkers, uint64_t in_flight,
                           uint64_t in_flight_max);
/* A client of a node hears that its transfer was taken in. */
void hs_checkers_accepted(struct hs_checkers *checkers, uint32_t index,
                          const struct hs_transaction_id *id, uint32_t sender, uint64_t nonce);

/* -- after the faults ------------------------------------------------------------------- */

/* No fault strikes any more, and no attacker has the network. `core` is any node's, `view` the
 * highest that a correct node is in. */
void hs_checkers_faults_stopped(struct hs_checkers *checkers, const struct hs_core *core,
                                uint64_t view);
/* Whether every correct node that is up, and is a member around the epoch of that height (P5), has
 * reported a height that is new since. `nodes` by process,
 * NULL where one is down, as in the calls below. */
bool hs_checkers_progressed(const struct hs_checkers *checkers, struct hs_node *const nodes[]);
/* There was time enough for that. */
void hs_checkers_check_progress(struct hs_checkers *checkers, struct hs_node *const nodes[]);
/* Whether correct nodes still owe clients what they took in, though there is no more load. */
bool hs_checkers_owes(const struct hs_checkers *checkers, struct hs_node *const nodes[]);
/* There was time enough for that. */
void hs_checkers_check_owed(struct hs_checkers *checkers, struct hs_node *const nodes[]);
/* What correct nodes, between two turns, show to a client that begins at genesis. */
void hs_checkers_check_light(struct hs_checkers *checkers, struct hs_node *const nodes[]);

/* -- reading ---------------------------------------------------------------------------- */

/* What the committed blocks make of validators; NULL where the cluster is not staked. */
const struct hs_stake_model *hs_checkers_stakes(const struct hs_checkers *checkers);
/* What broke first, one sentence; NULL while all holds. And which family found it. */
const char *hs_checkers_violation(const struct hs_checkers *checkers);
const char *hs_checkers_violated(const struct hs_checkers *checkers);

/* Where the commitment waits that a client's account made with this nonce, as the chain has it so far.
 * False: it does not. */
bool hs_checkers_commit_place(const struct hs_checkers *checkers, struct hs_commit_place *place,
                              uint32_t account, uint64_t nonce);

/* How many commitments were made, revealed and lost, in the chain so far. */
struct hs_check_order_counts hs_checkers_order_counts(const struct hs_checkers *checkers);

/* The highest height that any node has reported, and epoch and view of a reported block. */
uint64_t hs_checkers_height(const struct hs_checkers *checkers);
uint64_t hs_checkers_epoch_of_height(const struct hs_checkers *checkers, uint64_t height);
uint64_t hs_checkers_view_of_height(const struct hs_checkers *checkers, uint64_t height);

#endif
