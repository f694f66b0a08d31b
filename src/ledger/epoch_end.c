#include "ledger/epoch_end.h"

#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "consensus/leader_election.h"

/* -- each block --------------------------------------------------------------------- */

static void add_turn(struct hs_registry *registry, uint64_t epoch, uint32_t index, bool made)
{
    struct hs_turns turns;
    hs_member_turns_get(registry, &turns, epoch, index);
    if (made) {
        hs_turns_add_made(&turns);
    } else {
        hs_turns_add_missed(&turns);
    }
    hs_member_turns_put(registry, &turns, epoch, index);
}

/* P6: the set is read only where a view was passed over. */
static void count_turns(struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                        const struct hs_epoch_rules *rules, const struct hs_epoch_block *block)
{
    add_turn(registry, block->epoch, block->proposer, true);
    if (block->view <= block->parent_view || block->view - block->parent_view == 1) {
        return;
    }
    enum hs_status status = hs_fixed_epoch_get(registry, &scratch->previous, block->epoch,
                                               rules->parameters->epoch_blocks);
    HS_ASSERT(status == HS_OK);
    const struct hs_epoch *epoch = &scratch->previous.epoch;
    struct hs_leader_rule rule = {
        .election = rules->election,
        .validators = &epoch->validators,
        .leader_weights = epoch->leader_weights,
    };
    memcpy(rule.randomness, epoch->randomness, sizeof rule.randomness);
    uint32_t missed[HS_REPUTATION_GAP_MAX];
    uint32_t count = hs_reputation_missed(missed, &rule, block->parent_view, block->view);
    for (uint32_t i = 0; i < count; i++) {
        add_turn(registry, block->epoch, missed[i], false);
    }
}

enum hs_status hs_epoch_count_block(struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                                    const struct hs_epoch_rules *rules,
                                    const struct hs_epoch_block *block)
{
    if (block->proposer >= hs_epoch_count_get(registry, block->epoch)) {
        return HS_BAD_BLOCK;
    }
    struct hs_randomness_mix mix;
    uint64_t mixed;
    hs_mix_get(registry, &mix, &mixed);
    hs_randomness_add(&mix, &block->vrf_output); /* P3 */
    hs_mix_put(registry, &mix, mixed);
    if (rules->election == HS_LEADER_REPUTATION) {
        count_turns(registry, scratch, rules, block);
    }
    return HS_OK;
}

/* -- payouts ------------------------------------------------------------------------- */

/* Unbondings stand in the order of their epochs. */
static bool has_matured(const struct hs_registry *registry,
                        const struct hs_address *operator_address, uint32_t index, uint64_t epoch)
{
    struct hs_unbonding unbonding;
    hs_unbonding_get(registry, &unbonding, operator_address, index);
    return unbonding.epoch <= epoch;
}

void hs_epoch_list_payouts(const struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                           uint64_t epoch)
{
    struct hs_staking_totals totals;
    hs_staking_totals_get(registry, &totals);
    scratch->payout_count = 0;
    for (uint32_t place = 0; place < totals.registered; place++) {
        struct hs_address operator_address;
        struct hs_staker staker;
        hs_roster_get(registry, &operator_address, place);
        bool found = hs_staker_get(registry, &staker, &operator_address);
        HS_ASSERT(found);
        if (staker.unbonding_count > 0 && has_matured(registry, &operator_address, 0, epoch)) {
            scratch->payouts[scratch->payout_count++] =
                (struct hs_payout){.operator_address = operator_address};
        }
    }
}

static void pay_out(struct hs_registry *registry, struct hs_payout *payout, uint64_t epoch)
{
    const struct hs_address *operator_address = &payout->operator_address;
    struct hs_staker staker;
    struct hs_unbonding unbonding;
    bool found = hs_staker_get(registry, &staker, operator_address);
    HS_ASSERT(found);
    uint32_t matured = 0;
    while (matured < staker.unbonding_count &&
           has_matured(registry, operator_address, matured, epoch)) {
        hs_unbonding_get(registry, &unbonding, operator_address, matured);
        payout->amount.units += unbonding.amount.units;
        matured++;
    }
    for (uint32_t i = matured; i < staker.unbonding_count; i++) {
        hs_unbonding_get(registry, &unbonding, operator_address, i);
        hs_unbonding_put(registry, &unbonding, operator_address, i - matured);
    }
    for (uint32_t i = staker.unbonding_count - matured; i < staker.unbonding_count; i++) {
        hs_unbonding_remove(registry, operator_address, i);
    }
    staker.unbonding_count = (uint8_t)(staker.unbonding_count - matured);
    hs_staker_put(registry, &staker, operator_address);
}

/* -- the next set ---------------------------------------------------------------------- */

static uint32_t list_candidates(const struct hs_registry *registry,
                                struct hs_epoch_scratch *scratch,
                                const struct hs_staking_parameters *parameters)
{
    struct hs_staking_totals totals;
    uint32_t count = 0;
    hs_staking_totals_get(registry, &totals);
    for (uint32_t place = 0; place < totals.registered; place++) {
        struct hs_candidate *candidate = &scratch->candidates[count];
        struct hs_staker staker;
        hs_roster_get(registry, &candidate->operator_address, place);
        bool found = hs_staker_get(registry, &staker, &candidate->operator_address);
        HS_ASSERT(found);
        candidate->stake = staker.stake.units;
        count += (staker.jailed_until == 0 || HS_MUTANT_JAILED_SERVES) &&
                 (candidate->stake >= parameters->stake_min.units || HS_MUTANT_STAKE_TOO_SMALL);
    }
    return count;
}

/* Notes in `chosen` the `max` candidates of most stake, in order of registration. Returns how many. */
static uint32_t choose(struct hs_epoch_scratch *scratch, uint32_t candidate_count, uint32_t max)
{
    uint32_t *chosen = scratch->chosen;
    uint32_t count = 0;
    for (uint32_t i = 0; i < candidate_count; i++) {
        /* By stake, the most first: a later one stands behind those of equal stake. */
        uint32_t place = count;
        while (place > 0 &&
               scratch->candidates[chosen[place - 1]].stake < scratch->candidates[i].stake) {
            place--;
        }
        if (place < max) {
            uint32_t kept = count < max ? count : max - 1;
            memmove(&chosen[place + 1], &chosen[place], (kept - place) * sizeof chosen[0]);
            chosen[place] = i;
            count = kept + 1;
        }
    }
    for (uint32_t i = 1; i < count; i++) {
        uint32_t moved = chosen[i];
        uint32_t place = i;
        for (; place > 0 && chosen[place - 1] > moved; place--) {
            chosen[place] = chosen[place - 1];
        }
        chosen[place] = moved;
    }
    return count;
}

static void add_member(const struct hs_registry *registry, struct hs_fixed_epoch *fixed,
                       const struct hs_candidate *candidate)
{
    struct hs_validator_set *set = &fixed->epoch.validators;
    struct hs_validator *member = &set->validators[set->count];
    struct hs_staker staker;
    struct hs_staker_keys keys;
    bool found = hs_staker_get(registry, &staker, &candidate->operator_address);
    HS_ASSERT(found && staker.key_count > 0);
    hs_staker_keys_get(registry, &keys, &candidate->operator_address, staker.key_count - 1u);
    member->bls_public_key = keys.bls_public_key;
    member->network_key = keys.network_key;
    member->weight = candidate->stake;
    hs_staker_contact_get(registry, &member->fee_recipient, &fixed->epoch.addresses[set->count],
                          &candidate->operator_address);
    fixed->operators[set->count] = candidate->operator_address;
    fixed->epoch.leader_weights[set->count] = candidate->stake;
    set->weight_total += candidate->stake;
    set->count++;
}

/* P6: by what the set that ends now has done. */
static void weigh_leaders(const struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                          uint64_t ending)
{
    struct hs_fixed_epoch *fixed = &scratch->fixed;
    const struct hs_fixed_epoch *previous = &scratch->previous;
    for (uint32_t i = 0; i < fixed->epoch.validators.count; i++) {
        struct hs_turns turns = {.made = 0};
        uint64_t weight_before = 0;
        for (uint32_t j = 0; j < previous->epoch.validators.count; j++) {
            if (memcmp(&previous->operators[j], &fixed->operators[i], HS_ADDRESS_BYTES) == 0) {
                weight_before = previous->epoch.leader_weights[j];
                hs_member_turns_get(registry, &turns, ending, j);
            }
        }
        fixed->epoch.leader_weights[i] = hs_reputation_weight(
            fixed->epoch.validators.validators[i].weight, weight_before, &turns);
    }
}

/* The members of a set that is taken again answer for the keys that they are in it with. */
static void keep_keys(struct hs_registry *registry, const struct hs_fixed_epoch *fixed,
                      uint64_t number)
{
    for (uint32_t i = 0; i < fixed->epoch.validators.count; i++) {
        const struct hs_validator *member = &fixed->epoch.validators.validators[i];
        struct hs_staker staker;
        if (!hs_staker_get(registry, &staker, &fixed->operators[i])) {
            continue;
        }
        for (uint32_t j = 0; j < staker.key_count; j++) {
            struct hs_staker_keys keys;
            hs_staker_keys_get(registry, &keys, &fixed->operators[i], j);
            if (keys.last_epoch < number && memcmp(&keys.bls_public_key, &member->bls_public_key,
                                                   sizeof keys.bls_public_key) == 0) {
                keys.last_epoch = number;
                hs_staker_keys_put(registry, &keys, &fixed->operators[i], j);
            }
        }
    }
}

/* P4: the set of epoch `ending` + 2, with its leader weights. */
static void choose_set(struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                       const struct hs_epoch_rules *rules, uint64_t ending)
{
    uint64_t epoch_blocks = rules->parameters->epoch_blocks;
    uint32_t candidate_count = list_candidates(registry, scratch, rules->parameters);
    uint32_t count = choose(scratch, candidate_count, rules->parameters->validators_max);
    struct hs_fixed_epoch *fixed = &scratch->fixed;
    enum hs_status status;
    if (count == 0 || HS_MUTANT_SET_KEPT) {
        status = hs_fixed_epoch_get(registry, fixed, ending + 1, epoch_blocks);
        HS_ASSERT(status == HS_OK);
        keep_keys(registry, fixed, ending + 2);
        return;
    }
    memset(fixed, 0, sizeof *fixed);
    for (uint32_t i = 0; i < count; i++) {
        add_member(registry, fixed, &scratch->candidates[scratch->chosen[i]]);
    }
    if (rules->election == HS_LEADER_REPUTATION) {
        status = hs_fixed_epoch_get(registry, &scratch->previous, ending, epoch_blocks);
        HS_ASSERT(status == HS_OK);
        weigh_leaders(registry, scratch, ending);
    }
}

/* -- what nothing asks for any more ------------------------------------------------------ */

/* The last epoch of a validator's keys, or of its stake as weight, for which evidence still counts in
 * the epochs after `ending`. */
static bool answers_for(const struct hs_epoch_rules *rules, const struct hs_staker_keys *keys,
                        uint64_t ending)
{
    return keys->last_epoch == UINT64_MAX ||
           keys->last_epoch + rules->parameters->evidence_epochs > ending;
}

static void forget_keys(struct hs_registry *registry, const struct hs_epoch_rules *rules,
                        struct hs_staker *staker, const struct hs_address *operator_address,
                        uint64_t ending)
{
    bool changed = false;
    for (uint32_t i = staker->key_count; i > 0; i--) {
        struct hs_staker_keys keys;
        hs_staker_keys_get(registry, &keys, operator_address, i - 1);
        if (!answers_for(rules, &keys, ending)) {
            hs_staker_keys_remove(registry, staker, operator_address, i - 1);
            changed = true;
        }
    }
    if (changed) {
        hs_staker_put(registry, staker, operator_address);
    }
}

/* Without stake, and with nothing to be paid out: what was weight last was paid out only when no
 * evidence against it counts any more. */
static bool is_gone(const struct hs_staker *staker)
{
    return staker->stake.units == 0 && staker->unbonding_count == 0;
}

static void forget_validator(struct hs_registry *registry, struct hs_staker *staker,
                             const struct hs_address *operator_address)
{
    while (staker->key_count > 0) {
        hs_staker_keys_remove(registry, staker, operator_address, staker->key_count - 1u);
    }
    hs_staker_remove(registry, operator_address);
}

/* Goes once over the roster, closing the gaps. */
static void forget(struct hs_registry *registry, const struct hs_epoch_rules *rules,
                   uint64_t ending)
{
    struct hs_staking_totals totals;
    uint32_t kept = 0;
    hs_staking_totals_get(registry, &totals);
    for (uint32_t place = 0; place < totals.registered; place++) {
        struct hs_address operator_address;
        struct hs_staker staker;
        hs_roster_get(registry, &operator_address, place);
        bool found = hs_staker_get(registry, &staker, &operator_address);
        HS_ASSERT(found);
        if (is_gone(&staker)) {
            forget_validator(registry, &staker, &operator_address);
            continue;
        }
        forget_keys(registry, rules, &staker, &operator_address, ending);
        if (kept < place) {
            hs_roster_put(registry, &operator_address, kept);
        }
        kept++;
    }
    for (uint32_t place = kept; place < totals.registered; place++) {
        hs_roster_remove(registry, place);
    }
    if (kept < totals.registered) {
        totals.registered = kept;
        hs_staking_totals_put(registry, &totals);
    }
}

/* -- the end ------------------------------------------------------------------------------ */

static void fix(struct hs_registry *registry, struct hs_fixed_epoch *fixed,
                const struct hs_epoch_rules *rules, uint64_t number,
                const uint8_t randomness[HS_HASH_BYTES])
{
    enum hs_status status =
        hs_epoch_heights(&fixed->epoch, number, rules->parameters->epoch_blocks);
    HS_ASSERT(status == HS_OK); /* the chain's heights reached the epoch before the last */
    fixed->epoch.validators.epoch = number;
    memcpy(fixed->epoch.randomness, randomness, HS_HASH_BYTES);
    hs_fixed_epoch_put(registry, fixed, rules->election);
}

void hs_epoch_end(struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                  const struct hs_epoch_rules *rules, uint64_t epoch)
{
    struct hs_randomness_mix mix;
    uint8_t randomness[HS_HASH_BYTES];
    uint64_t mixed;
    for (uint32_t i = 0; i < scratch->payout_count; i++) {
        pay_out(registry, &scratch->payouts[i], epoch);
    }
    hs_mix_get(registry, &mix, &mixed);
    HS_ASSERT(mixed == epoch);
    hs_randomness_end(randomness, &mix, epoch);
    choose_set(registry, scratch, rules, epoch);
    if (HS_MUTANT_RANDOMNESS_UNBOUND) {
        memcpy(randomness, mix.bytes, sizeof randomness);
    }
    fix(registry, &scratch->fixed, rules, epoch + 2, randomness);
    if (epoch > 0) {
        hs_fixed_epoch_remove(registry, epoch - 1);
    }
    forget(registry, rules, epoch);
    enum hs_status status = hs_fixed_epoch_get(registry, &scratch->previous, epoch + 1,
                                               rules->parameters->epoch_blocks);
    HS_ASSERT(status == HS_OK);
    hs_randomness_begin(&mix, scratch->previous.epoch.randomness, epoch + 1);
    hs_mix_put(registry, &mix, epoch + 1);
}

void hs_epoch_begin_chain(struct hs_registry *registry, struct hs_epoch_scratch *scratch,
                          const struct hs_epoch_rules *rules,
                          const uint8_t randomness[HS_HASH_BYTES])
{
    struct hs_fixed_epoch *fixed = &scratch->fixed;
    struct hs_randomness_mix mix;
    uint8_t of_epoch[HS_HASH_BYTES];
    uint32_t count = list_candidates(registry, scratch, rules->parameters);
    HS_ASSERT(count > 0 && count <= rules->parameters->validators_max);
    memset(fixed, 0, sizeof *fixed);
    for (uint32_t i = 0; i < count; i++) {
        add_member(registry, fixed, &scratch->candidates[i]);
    }
    for (uint64_t number = 0; number < 2; number++) {
        hs_randomness_of_genesis(of_epoch, randomness, number);
        fix(registry, fixed, rules, number, of_epoch);
    }
    hs_randomness_begin(&mix, randomness, 0);
    hs_mix_put(registry, &mix, 0);
}
