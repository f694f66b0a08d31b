#include "ledger/validator_reads.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/evidence.h"
#include "ledger/ledger_parts.h"
#include "ledger/staking_run.h"

/* The records of the committed state. */
static const struct hs_registry *committed_registry(const struct hs_ledger *ledger)
{
    HS_ASSERT(hs_ledger_has_epochs(ledger));
    hs_ledger_read_records(ledger, (struct hs_state){ledger->committed});
    return ledger->registry;
}

uint64_t hs_ledger_epoch_number(const struct hs_ledger *ledger)
{
    struct hs_randomness_mix mix;
    uint64_t epoch;
    hs_mix_get(committed_registry(ledger), &mix, &epoch);
    return epoch;
}

enum hs_status hs_ledger_fixed_epoch(const struct hs_ledger *ledger, struct hs_fixed_epoch *fixed,
                                     uint64_t number)
{
    return hs_fixed_epoch_get(committed_registry(ledger), fixed, number,
                              ledger->parameters.staking.epoch_blocks);
}

bool hs_ledger_member_operator(const struct hs_ledger *ledger, struct hs_address *operator_address,
                               uint64_t number, uint32_t index)
{
    return hs_member_operator_get(committed_registry(ledger), operator_address, number, index);
}

void hs_ledger_staking_totals(const struct hs_ledger *ledger, struct hs_staking_totals *totals)
{
    hs_staking_totals_get(committed_registry(ledger), totals);
}

/* -- validators --------------------------------------------------------------------- */

/* Who operates the members of the epoch that the next block is of. */
struct operators {
    uint32_t count;
    struct hs_address addresses[HS_VALIDATORS_MAX];
};

static void read_operators(const struct hs_ledger *ledger, struct operators *operators)
{
    const uint64_t number = hs_ledger_epoch_number(ledger);
    operators->count = hs_epoch_count_get(ledger->registry, number);
    for (uint32_t i = 0; i < operators->count; i++) {
        bool found = hs_member_operator_get(ledger->registry, &operators->addresses[i], number, i);
        HS_ASSERT(found);
    }
}

static uint32_t index_in(const struct operators *operators,
                         const struct hs_address *operator_address)
{
    for (uint32_t i = 0; i < operators->count; i++) {
        if (memcmp(&operators->addresses[i], operator_address, HS_ADDRESS_BYTES) == 0) {
            return i;
        }
    }
    return HS_VALIDATORS_MAX;
}

static enum hs_validator_standing standing_of(const struct hs_registered_validator *validator)
{
    if (validator->staker.jailed_until > 0) {
        return HS_VALIDATOR_JAILED;
    }
    if (validator->staker.stake.units == 0) {
        return HS_VALIDATOR_LEAVING;
    }
    return validator->index < HS_VALIDATORS_MAX ? HS_VALIDATOR_ACTIVE : HS_VALIDATOR_WAITING;
}

/* Reads one from `registry`, but for its place in the set and how it stands. */
static bool read_records(const struct hs_registry *registry,
                         struct hs_registered_validator *validator,
                         const struct hs_address *operator_address)
{
    memset(validator, 0, sizeof *validator);
    if (!hs_staker_get(registry, &validator->staker, operator_address)) {
        return false;
    }
    validator->operator_address = *operator_address;
    hs_staker_contact_get(registry, &validator->fee_recipient, &validator->address,
                          operator_address);
    for (uint32_t i = 0; i < validator->staker.key_count; i++) {
        hs_staker_keys_get(registry, &validator->keys[i], operator_address, i);
    }
    for (uint32_t i = 0; i < validator->staker.unbonding_count; i++) {
        hs_unbonding_get(registry, &validator->unbondings[i], operator_address, i);
    }
    return true;
}

static void place(struct hs_registered_validator *validator, const struct operators *operators)
{
    validator->index = index_in(operators, &validator->operator_address);
    validator->standing = standing_of(validator);
}

enum hs_status hs_ledger_validator(const struct hs_ledger *ledger,
                                   struct hs_registered_validator *validator,
                                   const struct hs_address *operator_address)
{
    struct operators operators;
    read_operators(ledger, &operators);
    if (!read_records(ledger->registry, validator, operator_address)) {
        return HS_NOT_FOUND;
    }
    place(validator, &operators);
    return HS_OK;
}

size_t hs_ledger_validators(const struct hs_ledger *ledger,
                            struct hs_registered_validator validators[], size_t max, uint32_t first)
{
    struct operators operators;
    read_operators(ledger, &operators);
    struct hs_staking_totals totals;
    size_t count = 0;
    hs_staking_totals_get(ledger->registry, &totals);
    for (uint32_t at = first; at < totals.registered && count < max; at++) {
        struct hs_address operator_address;
        hs_roster_get(ledger->registry, &operator_address, at);
        bool found = read_records(ledger->registry, &validators[count], &operator_address);
        HS_ASSERT(found);
        place(&validators[count], &operators);
        count++;
    }
    return count;
}

/* -- evidence ----------------------------------------------------------------------- */

enum hs_status hs_ledger_check_evidence(const struct hs_ledger *ledger,
                                        const struct hs_double_vote *evidence)
{
    const struct hs_staking staking = {
        .parameters = &ledger->parameters.staking,
        .epoch = hs_ledger_epoch_number(ledger),
        .registry = ledger->registry,
    };
    return hs_evidence_check(&staking, evidence);
}
