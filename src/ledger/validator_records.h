/* The records of registered validators, each by its operator's account (leaf_kinds.h).
 *
 * A validator is whoever operates it: the account that registered it. Its keys change, its account
 * does not, so stake, jail and punishments follow the account, and every key that it may still have to
 * answer for leads to it:
 *
 *     operator ──► stake, jail, how many keys and unbondings
 *         │ 0 .. HS_VALIDATOR_KEYS_MAX - 1      its keys, oldest first, with the epochs each is valid in
 *         │ 0 .. HS_UNBONDINGS_MAX - 1          what is to be paid out, by epoch
 *         └──► fee recipient, address, epochs that were punished
 *     key ──► operator            no key is of two validators, or of one twice
 *     place ──► operator          the roster: all that are registered, in order of registration
 *
 * All functions read and write through a block's registry. Those that write have been given room.
 */
#ifndef HS_LEDGER_VALIDATOR_RECORDS_H
#define HS_LEDGER_VALIDATOR_RECORDS_H

#include <hotstuff/status.h>

#include "ledger/registry.h"
#include "wire/transaction_body.h"

/* Changes that registering a validator, or any other of its transactions, makes at most. */
#define HS_STAKING_CHANGES_MAX 32u

struct hs_staker {
    struct hs_amount stake;
    uint64_t jailed_until; /* the first epoch that it can be let out in; 0: not jailed */
    uint8_t key_count;     /* the last one is the current one */
    uint8_t unbonding_count;
};

/* The keys of a validator, and in which epochs a set may hold them. */
struct hs_staker_keys {
    struct hs_bls_public_key bls_public_key;
    struct hs_ed25519_public_key network_key;
    uint64_t first_epoch;
    uint64_t last_epoch; /* UINT64_MAX: the current ones */
};

struct hs_unbonding {
    uint64_t epoch; /* paid out at its end */
    struct hs_amount amount;
};

/* Of all together. */
struct hs_staking_totals {
    uint32_t registered;
    struct hs_amount staked; /* without what is unbonding */
};

/* Which of the last 256 epochs were punished. */
struct hs_punishments {
    uint64_t latest;
    uint8_t bits[32];
};

void hs_staking_totals_get(const struct hs_registry *registry, struct hs_staking_totals *totals);
void hs_staking_totals_put(struct hs_registry *registry, const struct hs_staking_totals *totals);

/* The operator at a place of the roster, below totals.registered. */
void hs_roster_get(const struct hs_registry *registry, struct hs_address *operator_address,
                   uint32_t place);
void hs_roster_put(struct hs_registry *registry, const struct hs_address *operator_address,
                   uint32_t place);
void hs_roster_remove(struct hs_registry *registry, uint32_t place);

/* False when the account operates no validator. */
bool hs_staker_get(const struct hs_registry *registry, struct hs_staker *staker,
                   const struct hs_address *operator_address);
void hs_staker_put(struct hs_registry *registry, const struct hs_staker *staker,
                   const struct hs_address *operator_address);
/* Takes out the validator, its fee recipient, address and punishments; it has no keys or unbondings
 * any more. */
void hs_staker_remove(struct hs_registry *registry, const struct hs_address *operator_address);

void hs_staker_keys_get(const struct hs_registry *registry, struct hs_staker_keys *keys,
                        const struct hs_address *operator_address, uint32_t index);
void hs_staker_keys_put(struct hs_registry *registry, const struct hs_staker_keys *keys,
                        const struct hs_address *operator_address, uint32_t index);
/* Takes out the keys at `index`, those behind moving up. A key that is not in another of the validator's
 * places is nobody's then. The caller puts *staker. */
void hs_staker_keys_remove(struct hs_registry *registry, struct hs_staker *staker,
                           const struct hs_address *operator_address, uint32_t index);
/* Appends; each key leads to the operator from now on. The caller puts *staker. */
void hs_staker_keys_add(struct hs_registry *registry, struct hs_staker *staker,
                        const struct hs_address *operator_address,
                        const struct hs_staker_keys *keys);

/* Whose key it is; false: nobody's. */
bool hs_bls_owner_get(const struct hs_registry *registry, struct hs_address *operator_address,
                      const struct hs_bls_public_key *key);
bool hs_network_owner_get(const struct hs_registry *registry, struct hs_address *operator_address,
                          const struct hs_ed25519_public_key *key);

/* Where its fees go and where it is dialed; empty: nowhere. */
void hs_staker_contact_get(const struct hs_registry *registry, struct hs_address *fee_recipient,
                           struct hs_dial_address *address,
                           const struct hs_address *operator_address);
void hs_staker_contact_put(struct hs_registry *registry, const struct hs_address *fee_recipient,
                           const struct hs_dial_address *address,
                           const struct hs_address *operator_address);

void hs_unbonding_get(const struct hs_registry *registry, struct hs_unbonding *unbonding,
                      const struct hs_address *operator_address, uint32_t index);
void hs_unbonding_put(struct hs_registry *registry, const struct hs_unbonding *unbonding,
                      const struct hs_address *operator_address, uint32_t index);
void hs_unbonding_remove(struct hs_registry *registry, const struct hs_address *operator_address,
                         uint32_t index);

/* None: latest is 0 and no bit is set. */
void hs_punishments_get(const struct hs_registry *registry, struct hs_punishments *punishments,
                        const struct hs_address *operator_address);
void hs_punishments_put(struct hs_registry *registry, const struct hs_punishments *punishments,
                        const struct hs_address *operator_address);

#endif
