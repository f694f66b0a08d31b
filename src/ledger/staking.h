/* hs_staking: registering as a validator, staking, changing keys, leaving (P7), and being let out of
 * jail (P8).
 *
 *     REGISTER   the sender becomes the operator of a validator, with at least stake_min
 *     STAKE      more of the sender's balance becomes stake
 *     UNSTAKE    stake becomes unbonding
 *     ROTATE     other keys, fee recipient and address, from the epoch after the next on
 *     LEAVE      all stake becomes unbonding
 *     UNJAIL     a jail time that is over ends
 *
 * Whatever is done in epoch e counts from e + 2 on, since the sets of e and e + 1 are fixed (P4).
 * So stake taken out in e is weight until e + 1 is over, and can be slashed for as long as what it
 * did then can be shown: it is paid out with the last block of e + 1 + unbonding_epochs, and
 * evidence_epochs is no more than that.
 *
 * A validator has no stake or stake_min at least, whatever it adds or takes out: there are
 * HS_REGISTERED_VALIDATORS_MAX places, and each costs as much for as long as it is held.
 *
 * A check changes nothing; after it the transaction can't fail.
 */
#ifndef HS_LEDGER_STAKING_H
#define HS_LEDGER_STAKING_H

#include "ledger/parameters.h"
#include "ledger/validator_records.h"
#include "wire/transaction.h"

/* What a transaction sees: the registry, and the epoch of its block. */
struct hs_staking {
    const struct hs_staking_parameters *parameters;
    struct hs_registry *registry;
    uint64_t epoch;
};

/* Is the type one of those above, or EVIDENCE (evidence.h)? */
bool hs_staking_executes(enum hs_transaction_type type);

/* What the transaction takes from its sender's balance into stake. */
struct hs_amount hs_staking_locks(const struct hs_transaction *transaction);

/* X2: HS_OK; HS_NOT_A_VALIDATOR, HS_KEY_IN_USE (an account or a key is a validator's already),
 * HS_INVALID_ARGUMENT (an amount), HS_JAILED, HS_OVERFLOW (the stakes together), HS_FULL (a limit:
 * validators, keys or unbondings of one, records of one block), or of EVIDENCE what
 * hs_evidence_check says. The transaction is of a type that this executes. */
HS_MUST_CHECK enum hs_status hs_staking_check(const struct hs_staking *staking,
                                              const struct hs_address *sender,
                                              const struct hs_transaction *transaction);
/* Does what was checked. Returns what is burned. */
struct hs_amount hs_staking_apply(const struct hs_staking *staking, const struct hs_address *sender,
                                  const struct hs_transaction *transaction);

/* Makes a validator of an account that is none, with keys and stake that were checked: a
 * registration, or genesis. */
void hs_staking_register(struct hs_registry *registry, const struct hs_address *operator_address,
                         const struct hs_validator_keys *keys, struct hs_amount stake,
                         uint64_t first_epoch);

#endif
