/* Validators and epochs as a ledger's blocks run them: staking.h, evidence.h and epoch_end.h with the
 * accounts and the states around them.
 *
 *     hs_block_epoch_begin     is the block where its epoch says? who is paid at its end?
 *     hs_staking_run           each transaction
 *     hs_block_epoch_end       counts the block; the last one of an epoch ends it
 *
 * Without epochs (epoch_blocks 0) both ends do nothing, and no such transaction is executed.
 */
#ifndef HS_LEDGER_STAKING_RUN_H
#define HS_LEDGER_STAKING_RUN_H

#include "ledger/execution.h"

/* From here on the ledger's registry reads the records of a state, and changes are its child's. */
void hs_ledger_read_records(const struct hs_ledger *ledger, struct hs_state state);

/* Registers the validators of genesis, fixes epochs 0 and 1, and adds the stakes to the supply of
 * genesis; on the committed state, the only one. Nothing without epochs.
 * HS_INVALID_ARGUMENT, HS_DUPLICATE, HS_OVERFLOW, HS_FULL as of hs_ledger_new. */
HS_MUST_CHECK enum hs_status hs_ledger_make_validators(struct hs_ledger *ledger,
                                                       const struct hs_ledger_config *config);

/* After hs_registry_begin, before the accounts are read: names those that are paid when the block
 * ends its epoch. HS_BAD_BLOCK: epoch and height do not belong together. */
HS_MUST_CHECK enum hs_status hs_block_epoch_begin(struct hs_execution *execution);

/* After the transactions. HS_BAD_BLOCK: the proposer is none of its epoch. */
HS_MUST_CHECK enum hs_status hs_block_epoch_end(struct hs_execution *execution);

/* X2: runs one, or says why it is not valid, nothing being changed then. */
HS_MUST_CHECK enum hs_status hs_staking_run(struct hs_execution *execution,
                                            const struct hs_prepared_transaction *prepared,
                                            const struct hs_transaction *transaction);

/* Would the transaction be valid in the epoch of the committed state? */
HS_MUST_CHECK enum hs_status hs_staking_admit(const struct hs_ledger *ledger,
                                              const struct hs_address *sender,
                                              const struct hs_transaction *transaction);

/* What a transaction proves besides its sender's signature: possession of the key that it registers,
 * or both votes of an evidence. True for those that prove nothing. Any thread. */
bool hs_staking_verify(const struct hs_ledger *ledger, const struct hs_transaction *transaction);

/* The application's `epoch`. */
HS_MUST_CHECK enum hs_status hs_ledger_epoch(const void *context, struct hs_state state,
                                             uint64_t number, struct hs_epoch *epoch);

/* The application's `prove_epoch`: the way to the leaf of the epoch's digest, as
 * state_proof_codec.h writes it. */
HS_MUST_CHECK enum hs_status hs_ledger_prove_epoch(const void *context, struct hs_state state,
                                                   uint64_t number, uint8_t proof[], size_t *size,
                                                   size_t capacity);

#endif
