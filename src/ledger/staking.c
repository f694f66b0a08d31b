#include "ledger/staking.h"

#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "ledger/evidence.h"

bool hs_staking_executes(enum hs_transaction_type type)
{
    switch (type) {
    case HS_TRANSACTION_REGISTER:
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
    case HS_TRANSACTION_ROTATE:
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
    case HS_TRANSACTION_EVIDENCE:
        return true;
    case HS_TRANSACTION_TRANSFER:
    case HS_TRANSACTION_COMMIT:
    case HS_TRANSACTION_REVEAL:
        return false;
    }
    return false;
}

struct hs_amount hs_staking_locks(const struct hs_transaction *transaction)
{
    if (HS_MUTANT_STAKE_FROM_NOTHING) {
        return (struct hs_amount){0};
    }
    if (transaction->type == HS_TRANSACTION_REGISTER) {
        return transaction->registration.stake;
    }
    return transaction->type == HS_TRANSACTION_STAKE ? transaction->stake : (struct hs_amount){0};
}

/* -- checks ------------------------------------------------------------------------- */

/* Nobody holds one of the places for validators with less than the least stake. */
static bool is_no_stake(const struct hs_staking *staking, uint64_t units)
{
    return units > 0 && units < staking->parameters->stake_min.units;
}

/* Stakes are weights, whose sum is bounded. */
static enum hs_status check_sum(const struct hs_staking *staking, struct hs_amount more)
{
    struct hs_staking_totals totals;
    hs_staking_totals_get(staking->registry, &totals);
    return more.units <= HS_WEIGHT_TOTAL_MAX - totals.staked.units ? HS_OK : HS_OVERFLOW;
}

static enum hs_status check_staking(const struct hs_staking *staking,
                                    const struct hs_staker *staker, struct hs_amount more)
{
    if (check_sum(staking, more) != HS_OK) {
        return HS_OVERFLOW;
    }
    return more.units > 0 && !is_no_stake(staking, staker->stake.units + more.units)
               ? HS_OK
               : HS_INVALID_ARGUMENT;
}

static enum hs_status check_registration(const struct hs_staking *staking,
                                         const struct hs_address *sender,
                                         const struct hs_registration *registration)
{
    struct hs_staker staker;
    struct hs_staking_totals totals;
    struct hs_address owner;
    const struct hs_validator_keys *keys = &registration->keys;
    if (hs_staker_get(staking->registry, &staker, sender) ||
        hs_bls_owner_get(staking->registry, &owner, &keys->bls_public_key) ||
        hs_network_owner_get(staking->registry, &owner, &keys->network_key)) {
        return HS_KEY_IN_USE;
    }
    if (registration->stake.units < staking->parameters->stake_min.units) {
        return HS_INVALID_ARGUMENT;
    }
    hs_staking_totals_get(staking->registry, &totals);
    return totals.registered < HS_REGISTERED_VALIDATORS_MAX
               ? check_sum(staking, registration->stake)
               : HS_FULL;
}

/* The end of the last epoch in which what is taken out now can be shown to have signed twice. */
static uint64_t epoch_of_payment(const struct hs_staking *staking)
{
    return staking->epoch + 1 + staking->parameters->unbonding_epochs - HS_MUTANT_UNBONDING_EARLY;
}

static bool unbonds_now(const struct hs_staking *staking, const struct hs_address *operator_address,
                        const struct hs_staker *staker)
{
    struct hs_unbonding last;
    if (staker->unbonding_count == 0) {
        return false;
    }
    hs_unbonding_get(staking->registry, &last, operator_address, staker->unbonding_count - 1u);
    return last.epoch == epoch_of_payment(staking);
}

static enum hs_status check_unstaking(const struct hs_staking *staking,
                                      const struct hs_address *sender,
                                      const struct hs_staker *staker, struct hs_amount amount)
{
    if (amount.units == 0 || amount.units > staker->stake.units ||
        is_no_stake(staking, staker->stake.units - amount.units)) {
        return HS_INVALID_ARGUMENT;
    }
    return staker->unbonding_count < HS_UNBONDINGS_MAX || unbonds_now(staking, sender, staker)
               ? HS_OK
               : HS_FULL;
}

/* Another's, or one that this validator had before: a key is used once, so that what it signed is
 * answered for by one. */
static bool is_taken(const struct hs_staking *staking, const struct hs_staker_keys *current,
                     const struct hs_validator_keys *keys)
{
    struct hs_address owner;
    bool bls_stays =
        memcmp(&current->bls_public_key, &keys->bls_public_key, sizeof keys->bls_public_key) == 0;
    bool network_stays =
        memcmp(&current->network_key, &keys->network_key, sizeof keys->network_key) == 0;
    return (!bls_stays && hs_bls_owner_get(staking->registry, &owner, &keys->bls_public_key)) ||
           (!network_stays && hs_network_owner_get(staking->registry, &owner, &keys->network_key));
}

static bool keys_equal(const struct hs_staker_keys *current, const struct hs_validator_keys *keys)
{
    return memcmp(&current->bls_public_key, &keys->bls_public_key, sizeof keys->bls_public_key) ==
               0 &&
           memcmp(&current->network_key, &keys->network_key, sizeof keys->network_key) == 0;
}

/* In no set, and in none that is fixed. */
static bool never_used(const struct hs_staking *staking, const struct hs_staker_keys *current)
{
    return current->first_epoch > staking->epoch + 1;
}

static enum hs_status check_rotation(const struct hs_staking *staking,
                                     const struct hs_address *sender,
                                     const struct hs_staker *staker,
                                     const struct hs_validator_keys *keys)
{
    struct hs_staker_keys current;
    hs_staker_keys_get(staking->registry, &current, sender, staker->key_count - 1u);
    if (is_taken(staking, &current, keys)) {
        return HS_KEY_IN_USE;
    }
    return keys_equal(&current, keys) || never_used(staking, &current) ||
                   staker->key_count < HS_VALIDATOR_KEYS_MAX
               ? HS_OK
               : HS_FULL;
}

/* Those that only the operator of a validator sends. */
static enum hs_status check_own(const struct hs_staking *staking, const struct hs_address *sender,
                                const struct hs_transaction *transaction)
{
    struct hs_staker staker;
    if (!hs_staker_get(staking->registry, &staker, sender)) {
        return HS_NOT_A_VALIDATOR;
    }
    if (transaction->type == HS_TRANSACTION_STAKE) {
        return check_staking(staking, &staker, transaction->stake);
    }
    if (transaction->type == HS_TRANSACTION_UNSTAKE) {
        return check_unstaking(staking, sender, &staker, transaction->stake);
    }
    if (transaction->type == HS_TRANSACTION_LEAVE) {
        return check_unstaking(staking, sender, &staker, staker.stake);
    }
    if (transaction->type == HS_TRANSACTION_ROTATE) {
        return check_rotation(staking, sender, &staker, &transaction->rotation);
    }
    HS_ASSERT(transaction->type == HS_TRANSACTION_UNJAIL);
    return staker.jailed_until > 0 && (staking->epoch >= staker.jailed_until || HS_MUTANT_JAIL_OPEN)
               ? HS_OK
               : HS_JAILED;
}

enum hs_status hs_staking_check(const struct hs_staking *staking, const struct hs_address *sender,
                                const struct hs_transaction *transaction)
{
    HS_ASSERT(hs_staking_executes(transaction->type));
    if (!hs_registry_has_room(staking->registry, HS_STAKING_CHANGES_MAX)) {
        return HS_FULL;
    }
    if (transaction->type == HS_TRANSACTION_EVIDENCE) {
        return hs_evidence_check(staking, &transaction->evidence);
    }
    if (transaction->type == HS_TRANSACTION_REGISTER) {
        return check_registration(staking, sender, &transaction->registration);
    }
    return check_own(staking, sender, transaction);
}

/* -- effects ------------------------------------------------------------------------- */

static void add_stake(struct hs_registry *registry, uint32_t registered, struct hs_amount more)
{
    struct hs_staking_totals totals;
    hs_staking_totals_get(registry, &totals);
    totals.registered += registered;
    totals.staked.units += more.units;
    hs_staking_totals_put(registry, &totals);
}

void hs_staking_register(struct hs_registry *registry, const struct hs_address *operator_address,
                         const struct hs_validator_keys *keys, struct hs_amount stake,
                         uint64_t first_epoch)
{
    struct hs_staker staker = {.stake = stake};
    struct hs_staking_totals totals;
    const struct hs_staker_keys own = {
        .bls_public_key = keys->bls_public_key,
        .network_key = keys->network_key,
        .first_epoch = first_epoch,
        .last_epoch = UINT64_MAX,
    };
    hs_staking_totals_get(registry, &totals);
    hs_roster_put(registry, operator_address, totals.registered);
    hs_staker_keys_add(registry, &staker, operator_address, &own);
    hs_staker_contact_put(registry, &keys->fee_recipient, &keys->address, operator_address);
    hs_staker_put(registry, &staker, operator_address);
    add_stake(registry, 1, stake);
}

static void unstake(const struct hs_staking *staking, const struct hs_address *operator_address,
                    struct hs_staker *staker, struct hs_amount amount)
{
    struct hs_unbonding unbonding = {.epoch = epoch_of_payment(staking)};
    if (unbonds_now(staking, operator_address, staker)) {
        staker->unbonding_count--;
        hs_unbonding_get(staking->registry, &unbonding, operator_address, staker->unbonding_count);
    }
    unbonding.amount.units += amount.units;
    hs_unbonding_put(staking->registry, &unbonding, operator_address, staker->unbonding_count);
    staker->unbonding_count++;
    staker->stake.units -= amount.units;
    struct hs_staking_totals totals;
    hs_staking_totals_get(staking->registry, &totals);
    totals.staked.units -= amount.units;
    hs_staking_totals_put(staking->registry, &totals);
}

/* P7: both the old keys and the new ones are answered for, each in its epochs. */
static void rotate(const struct hs_staking *staking, const struct hs_address *operator_address,
                   struct hs_staker *staker, const struct hs_validator_keys *keys)
{
    struct hs_staker_keys current;
    uint32_t last = staker->key_count - 1u;
    hs_staker_contact_put(staking->registry, &keys->fee_recipient, &keys->address,
                          operator_address);
    hs_staker_keys_get(staking->registry, &current, operator_address, last);
    if (keys_equal(&current, keys)) {
        return;
    }
    if (never_used(staking, &current)) {
        hs_staker_keys_remove(staking->registry, staker, operator_address, last);
    } else {
        current.last_epoch = staking->epoch + 1;
        hs_staker_keys_put(staking->registry, &current, operator_address, last);
    }
    const struct hs_staker_keys next = {
        .bls_public_key = keys->bls_public_key,
        .network_key = keys->network_key,
        .first_epoch = staking->epoch + 2,
        .last_epoch = UINT64_MAX,
    };
    hs_staker_keys_add(staking->registry, staker, operator_address, &next);
}

static void apply_own(const struct hs_staking *staking, const struct hs_address *sender,
                      const struct hs_transaction *transaction)
{
    struct hs_staker staker;
    bool found = hs_staker_get(staking->registry, &staker, sender);
    HS_ASSERT(found);
    if (transaction->type == HS_TRANSACTION_STAKE) {
        staker.stake.units += transaction->stake.units;
        add_stake(staking->registry, 0, transaction->stake);
    } else if (transaction->type == HS_TRANSACTION_UNSTAKE) {
        unstake(staking, sender, &staker, transaction->stake);
    } else if (transaction->type == HS_TRANSACTION_LEAVE) {
        unstake(staking, sender, &staker, staker.stake);
    } else if (transaction->type == HS_TRANSACTION_ROTATE) {
        rotate(staking, sender, &staker, &transaction->rotation);
    } else {
        staker.jailed_until = 0;
    }
    hs_staker_put(staking->registry, &staker, sender);
}

struct hs_amount hs_staking_apply(const struct hs_staking *staking, const struct hs_address *sender,
                                  const struct hs_transaction *transaction)
{
    if (transaction->type == HS_TRANSACTION_EVIDENCE) {
        return hs_evidence_apply(staking, &transaction->evidence);
    }
    if (transaction->type == HS_TRANSACTION_REGISTER) {
        const struct hs_registration *registration = &transaction->registration;
        hs_staking_register(staking->registry, sender, &registration->keys, registration->stake,
                            staking->epoch + 2);
    } else {
        apply_own(staking, sender, transaction);
    }
    return (struct hs_amount){0};
}
