/* Reads of the committed state, where there are epochs (hs_ledger_has_epochs): who is registered,
 * with which stake and keys, and which epochs are fixed. For those who ask a node; execution reads
 * the records themselves.
 *
 * How a validator stands says what becomes of it, its place in the set what it does now: one that was
 * jailed or has left still votes in the epochs whose sets were fixed before (P4, P7, P8).
 *
 * On the thread that executes blocks, as all reads of a ledger; none while a block is executed.
 */
#ifndef HS_LEDGER_VALIDATOR_READS_H
#define HS_LEDGER_VALIDATOR_READS_H

#include "ledger/epoch_records.h"
#include "ledger/ledger.h"
#include "ledger/validator_records.h"

/* The first that is true. */
enum hs_validator_standing {
    HS_VALIDATOR_JAILED,
    HS_VALIDATOR_LEAVING, /* without stake; it goes when all is paid out */
    HS_VALIDATOR_ACTIVE,  /* a member of the epoch's set */
    HS_VALIDATOR_WAITING,
};

struct hs_registered_validator {
    struct hs_address operator_address;
    enum hs_validator_standing standing;
    uint32_t index; /* in the set of the epoch; HS_VALIDATORS_MAX: no member */
    struct hs_staker staker;
    struct hs_address fee_recipient;
    struct hs_dial_address address;                    /* "": nowhere */
    struct hs_staker_keys keys[HS_VALIDATOR_KEYS_MAX]; /* of staker.key_count, oldest first */
    struct hs_unbonding unbondings[HS_UNBONDINGS_MAX]; /* of staker.unbonding_count, by epoch */
};

/* The epoch that the next block is of. */
uint64_t hs_ledger_epoch_number(const struct hs_ledger *ledger);

/* Epoch `number` and who operates its members. HS_NOT_FOUND: it is not fixed yet, or is over. */
HS_MUST_CHECK enum hs_status hs_ledger_fixed_epoch(const struct hs_ledger *ledger,
                                                   struct hs_fixed_epoch *fixed, uint64_t number);

/* Who operates a member of an epoch that is still known; false: it is not, or has no such member. */
bool hs_ledger_member_operator(const struct hs_ledger *ledger, struct hs_address *operator_address,
                               uint64_t number, uint32_t index);

void hs_ledger_staking_totals(const struct hs_ledger *ledger, struct hs_staking_totals *totals);

/* HS_NOT_FOUND: the account operates no validator. */
HS_MUST_CHECK enum hs_status hs_ledger_validator(const struct hs_ledger *ledger,
                                                 struct hs_registered_validator *validator,
                                                 const struct hs_address *operator_address);

/* At most `max` of the registered ones, in order of registration, from place `first` on. Places are
 * below the count of hs_ledger_staking_totals, and the same throughout an epoch but for new ones at the
 * end. Returns how many. */
size_t hs_ledger_validators(const struct hs_ledger *ledger,
                            struct hs_registered_validator validators[], size_t max,
                            uint32_t first);

/* P8: would an evidence whose signatures hold be punished now? HS_OK, or as hs_evidence_check. */
HS_MUST_CHECK enum hs_status hs_ledger_check_evidence(const struct hs_ledger *ledger,
                                                      const struct hs_double_vote *evidence);

#endif
