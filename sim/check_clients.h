/* hs_check_clients: what clients were told, against what the chain holds.
 *
 *   - a transaction reported as committed at a height is there on every node, and a node that reports
 *     it says so when asked
 *   - nothing is committed twice, and the nonces of each sender follow each other from 0 (X2)
 *   - what a correct node has taken in is committed, sooner or later: when the faults have stopped
 *     and the load has ended, no transaction that is its sender's next one goes on waiting. It may be
 *     gone where its node was started anew, its nonce was used by another, or the pool was so full
 *     that it may have been pushed out.
 */
#ifndef HS_SIM_CHECK_CLIENTS_H
#define HS_SIM_CHECK_CLIENTS_H

#include "node/node.h"
#include "sim/check.h"

struct hs_check_clients;

struct hs_check_clients *hs_check_clients_new(void);
void hs_check_clients_free(struct hs_check_clients *clients);

/* Reads the transactions of a block into `block`, when the payload is the one its header names. */
void hs_check_clients_block(struct hs_check_clients *clients, struct hs_check *check,
                            struct hs_check_block *block, struct hs_bytes payload);
/* A process reports a block with these transactions as committed. */
void hs_check_clients_reported(struct hs_check_clients *clients, struct hs_check *check,
                               uint32_t process, const struct hs_block *block,
                               const struct hs_transaction_id ids[], size_t count);
/* A process is back and holds a block as committed, which maybe nobody has reported. */
void hs_check_clients_held(struct hs_check_clients *clients, struct hs_check *check,
                           const struct hs_block *block);

/* A transaction that `process` has reported last, for the node to be asked about; NULL: none, or it
 * was asked already. */
const struct hs_transaction_id *hs_check_clients_question(struct hs_check_clients *clients,
                                                          uint32_t process);
/* What the node says about it. */
void hs_check_clients_answer(struct hs_check_clients *clients, struct hs_check *check,
                             uint32_t process, const struct hs_transaction_id *id,
                             enum hs_transaction_state state, uint64_t height);

/* -- what was taken in ------------------------------------------------------------------- */

/* A client is told HS_OK: the transaction waits in the pool of the process. */
void hs_check_clients_accepted(struct hs_check_clients *clients, uint32_t process,
                               const struct hs_transaction_id *id, uint32_t sender, uint64_t nonce);
/* The process begins anew: it may have lost what it had taken in. */
void hs_check_clients_restarted(struct hs_check_clients *clients, uint32_t process);
/* Its pool may have pushed something out just now. */
void hs_check_clients_pool_full(struct hs_check_clients *clients, uint32_t process);

/* A transaction that should be committed by now, because a process that is `up` (correct and signing)
 * took it in, and it is its sender's next one; NULL: none. */
const struct hs_transaction_id *hs_check_clients_owed(const struct hs_check_clients *clients,
                                                      const struct hs_bitmap *up);
/* There was time enough: nothing may be owed by these. */
void hs_check_clients_end(const struct hs_check_clients *clients, struct hs_check *check,
                          const struct hs_bitmap *up);

#endif
