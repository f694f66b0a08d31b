/* See check_stakes.h. */
#include "sim/check_stakes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "ledger/validator_reads.h"
#include "sim/check_leaders.h"

#define NAME "stakes"

struct hs_check_stakes {
    struct hs_stake_model model;
    struct hs_check_leaders leaders;
    uint32_t punishments_checked;
    uint64_t sets_checked;
};

struct hs_check_stakes *hs_check_stakes_new(const struct hs_cluster *cluster)
{
    if (!cluster->staked) {
        return NULL;
    }
    struct hs_check_stakes *stakes = calloc(1, sizeof(*stakes));
    HS_ASSERT(stakes != NULL);
    hs_stake_model_init(&stakes->model, cluster);
    hs_check_leaders_init(&stakes->leaders, &stakes->model);
    return stakes;
}

void hs_check_stakes_free(struct hs_check_stakes *stakes)
{
    free(stakes);
}

const struct hs_stake_model *hs_check_stakes_model(const struct hs_check_stakes *stakes)
{
    return &stakes->model;
}

/* -- what the chain holds ------------------------------------------------------------------------ */

static void check_punished(struct hs_check_stakes *stakes, struct hs_check *check)
{
    const struct hs_stake_model *model = &stakes->model;
    for (; stakes->punishments_checked < model->punishment_count; stakes->punishments_checked++) {
        const struct hs_stake_punishment *punishment =
            &model->punishments[stakes->punishments_checked];
        if (hs_check_is_correct(check, punishment->node)) {
            hs_check_fail(check, NAME,
                          "P8: height %" PRIu64 " punishes validator %" PRIu32
                          ", which is correct, for epoch %" PRIu64,
                          model->height, punishment->node, punishment->epoch);
        }
    }
}

static bool same_set(const struct hs_cluster *cluster, const struct hs_epoch *fixed,
                     const struct hs_stake_set *set)
{
    const struct hs_validator_set *members = &fixed->validators;
    bool same = members->count == set->count;
    for (uint32_t i = 0; same && i < set->count; i++) {
        const struct hs_validator_key *key = hs_cluster_key(cluster, set->keys[i]);
        const struct hs_validator *member = &members->validators[i];
        same = member->weight == set->stakes[i] &&
               memcmp(&member->bls_public_key, &key->bls_public_key, sizeof(key->bls_public_key)) ==
                   0 &&
               memcmp(&member->network_key, &key->network_public_key,
                      sizeof(key->network_public_key)) == 0;
    }
    return same;
}

/* Those that are known to both: a node shows an epoch when its block is committed, the model when
 * that is reported. */
static void check_sets(struct hs_check_stakes *stakes, struct hs_check *check)
{
    const struct hs_stake_model *model = &stakes->model;
    uint64_t end = hs_cluster_epochs_known(check->cluster);
    for (; stakes->sets_checked < end && stakes->sets_checked < model->epoch + 2;
         stakes->sets_checked++) {
        uint64_t number = stakes->sets_checked;
        const struct hs_stake_set *set = hs_stake_model_set(model, number);
        const struct hs_epoch *fixed = hs_cluster_epoch(check->cluster, number);
        if (set == NULL) {
            continue;
        }
        if (!same_set(check->cluster, fixed, set)) {
            hs_check_fail(check, NAME,
                          "P4: the set of epoch %" PRIu64
                          " is not the one that the stakes at the end of epoch %" PRIu64 " make",
                          number, number > 1 ? number - 2 : 0);
        }
        if (!hs_check_leaders_agree(&stakes->leaders, fixed)) {
            hs_check_fail(check, NAME,
                          "P6: the leader weights of epoch %" PRIu64
                          " are not what the turns of epoch %" PRIu64 " leave of the stakes",
                          number, number > 1 ? number - 2 : 0);
        }
        if (memcmp(fixed->randomness, set->randomness, HS_HASH_BYTES) != 0) {
            hs_check_fail(check, NAME,
                          "P3: the randomness of epoch %" PRIu64
                          " is not what the proofs of epoch %" PRIu64 " come to",
                          number, number > 1 ? number - 2 : 0);
        }
    }
}

void hs_check_stakes_block(struct hs_check_stakes *stakes, struct hs_check *check,
                           const struct hs_block *block)
{
    struct hs_stake_model *model = &stakes->model;
    const struct hs_check_block *known = hs_check_find_block(check, &block->id);
    if (block->header.height == model->height + 1 && known != NULL && known->has_uses) {
        if (!hs_stake_model_take(model, block, known->operations, known->operation_count)) {
            hs_check_fail(check, NAME, "height %" PRIu64 " is committed, and %s", model->height,
                          model->fault);
            return;
        }
        hs_check_leaders_block(&stakes->leaders, check, model, block);
        check_punished(stakes, check);
    }
    check_sets(stakes, check);
}

/* -- what nodes hold ------------------------------------------------------------------------------ */

static bool same_unbondings(const struct hs_registered_validator *held,
                            const struct hs_stake_facts *facts)
{
    bool same = held->staker.unbonding_count == facts->unbonding_count;
    for (uint32_t i = 0; same && i < facts->unbonding_count; i++) {
        same = held->unbondings[i].epoch == facts->unbondings[i].epoch &&
               held->unbondings[i].amount.units == facts->unbondings[i].units;
    }
    return same;
}

static bool same_validator(const struct hs_ledger *ledger,
                           const struct hs_address *operator_address,
                           const struct hs_stake_facts *facts)
{
    struct hs_registered_validator held;
    if (hs_ledger_validator(ledger, &held, operator_address) != HS_OK) {
        return !facts->registered;
    }
    return facts->registered && held.staker.stake.units == facts->stake &&
           held.staker.jailed_until == facts->jailed_until && same_unbondings(&held, facts);
}

void hs_check_stakes_ledger(struct hs_check_stakes *stakes, struct hs_check *check,
                            uint32_t process, uint64_t height, const struct hs_ledger *ledger)
{
    const struct hs_stake_model *model = &stakes->model;
    if (height != model->height) {
        return;
    }
    for (uint32_t i = 0; i < check->cluster->validators.count; i++) {
        const struct hs_stake_facts *facts = &model->validators[i];
        const struct hs_address *operator_address = &check->cluster->operator_keys[i].address;
        struct hs_account account;
        hs_ledger_account(ledger, &account, operator_address);
        if (account.balance.units != facts->balance || account.nonce != facts->nonce) {
            hs_check_fail(check, NAME,
                          "P7: on node %" PRIu32 " the operator of %" PRIu32 " has %" PRIu64
                          " units at height %" PRIu64 " and next nonce %" PRIu64 ", not %" PRIu64
                          " and %" PRIu64,
                          process, i, account.balance.units, height, account.nonce, facts->balance,
                          facts->nonce);
        }
        if (!same_validator(ledger, operator_address, facts)) {
            hs_check_fail(check, NAME,
                          "P7, P8: node %" PRIu32
                          " has another stake, jail time or unbonding of validator %" PRIu32
                          " at height %" PRIu64,
                          process, i, height);
        }
    }
}
