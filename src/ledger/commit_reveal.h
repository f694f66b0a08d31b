/* COMMIT and REVEAL: what they demand, and what they do.
 *
 *     M1  a COMMIT locks the deposit and leaves a record
 *     M2  a REVEAL is valid while the record waits, from the block after the commitment's on to the
 *         last of its window (M4 takes it out then), when salt and inner transfer hash to the
 *         commitment for its sender; the deposit is the sender's again before anything is paid,
 *         then the inner transfer runs, and a reveal whose inner transfer is not valid is not either
 *
 * What a transaction demands of the records is asked in two places: when it comes in, of the committed
 * state, and when it runs.
 */
#ifndef HS_LEDGER_COMMIT_REVEAL_H
#define HS_LEDGER_COMMIT_REVEAL_H

#include "ledger/commits.h"
#include "ledger/execution.h"

/* M1: HS_OK and what a COMMIT locks, or HS_FULL. */
HS_MUST_CHECK enum hs_status hs_commit_demand(const struct hs_ledger *ledger,
                                              const struct hs_records *records,
                                              struct hs_payment *payment,
                                              const struct hs_address *sender);

/* M2: HS_OK, what a REVEAL sets free and pays, and the commitment that it opens; HS_NO_COMMITMENT when
 * none waits at the place it names, or another one. */
HS_MUST_CHECK enum hs_status hs_reveal_demand(const struct hs_records *records,
                                              struct hs_payment *payment, struct hs_commit *commit,
                                              const struct hs_transaction *transaction);

/* Run one as the next transaction of its block, or say why it is not valid, nothing being changed
 * then. */
HS_MUST_CHECK enum hs_status hs_commit_run(struct hs_execution *execution,
                                           const struct hs_prepared_transaction *prepared,
                                           const struct hs_transaction *transaction);
HS_MUST_CHECK enum hs_status hs_reveal_run(struct hs_execution *execution,
                                           const struct hs_prepared_transaction *prepared,
                                           const struct hs_transaction *transaction);

#endif
