#include "ledger/evidence.h"

#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "crypto/bls.h"
#include "wire/statement.h"

#define PUNISHED_EPOCHS (8u * sizeof((struct hs_punishments *)0)->bits)

_Static_assert(HS_EVIDENCE_EPOCHS_MAX < 256u, "each epoch that can still be punished has a bit");

bool hs_evidence_verify(const struct hs_double_vote *evidence, const struct hs_chain_id *chain_id)
{
    struct hs_bls_point key;
    if (hs_bls_point_of(&key, &evidence->bls_public_key) != HS_OK) {
        return false;
    }
    const struct hs_bls_point *const keys[] = {&key};
    bool signed_twice = true;
    for (size_t i = 0; i < 2 && signed_twice; i++) {
        const struct hs_vote vote = {
            .epoch = evidence->epoch,
            .view = evidence->view,
            .block_id = evidence->votes[i].block_id,
        };
        const struct hs_statement said = hs_statement_of_vote(&vote);
        struct hs_bls_statement statement;
        hs_statement_encode(&statement, chain_id, &said);
        signed_twice = hs_bls_verify(&evidence->votes[i].signature, &statement, keys, 1) == HS_OK;
    }
    return signed_twice;
}

/* Whose the key was in the epoch of the evidence. */
static bool find_liar(const struct hs_staking *staking, struct hs_address *operator_address,
                      const struct hs_double_vote *evidence)
{
    struct hs_staker staker;
    if (!hs_bls_owner_get(staking->registry, operator_address, &evidence->bls_public_key) ||
        !hs_staker_get(staking->registry, &staker, operator_address)) {
        return false;
    }
    for (uint32_t i = 0; i < staker.key_count; i++) {
        struct hs_staker_keys keys;
        hs_staker_keys_get(staking->registry, &keys, operator_address, i);
        if (memcmp(&keys.bls_public_key, &evidence->bls_public_key, sizeof keys.bls_public_key) ==
                0 &&
            keys.first_epoch <= evidence->epoch && evidence->epoch <= keys.last_epoch) {
            return true;
        }
    }
    return false;
}

static bool was_punished(const struct hs_punishments *punishments, uint64_t epoch)
{
    return epoch <= punishments->latest && punishments->latest - epoch < PUNISHED_EPOCHS &&
           (punishments->bits[epoch % PUNISHED_EPOCHS / 8] >> epoch % 8 & 1u) != 0;
}

static void note_punishment(struct hs_punishments *punishments, uint64_t epoch)
{
    for (uint64_t i = 1; punishments->latest < epoch && i <= PUNISHED_EPOCHS; i++) {
        uint64_t passed = punishments->latest + i;
        if (passed <= epoch) {
            punishments->bits[passed % PUNISHED_EPOCHS / 8] &= (uint8_t) ~(1u << passed % 8);
        }
    }
    if (punishments->latest < epoch) {
        punishments->latest = epoch;
    }
    punishments->bits[epoch % PUNISHED_EPOCHS / 8] |= (uint8_t)(1u << epoch % 8);
}

/* P8 */
enum hs_status hs_evidence_check(const struct hs_staking *staking,
                                 const struct hs_double_vote *evidence)
{
    struct hs_address liar;
    struct hs_punishments punishments;
    if (evidence->epoch > staking->epoch) {
        return HS_INVALID_ARGUMENT;
    }
    if (staking->epoch - evidence->epoch > staking->parameters->evidence_epochs &&
        !HS_MUTANT_EVIDENCE_STALE) {
        return HS_STALE;
    }
    if (!find_liar(staking, &liar, evidence)) {
        return HS_NOT_A_VALIDATOR;
    }
    hs_punishments_get(staking->registry, &punishments, &liar);
    return was_punished(&punishments, evidence->epoch) && !HS_MUTANT_PUNISHED_AGAIN ? HS_PUNISHED
                                                                                    : HS_OK;
}

/* The part of an amount that is burned, rounded up. */
static uint64_t slashed(uint64_t units, uint32_t per_mille)
{
    uint64_t kept_per_mille = 1000u - per_mille;
    return units - (units / 1000u * kept_per_mille + units % 1000u * kept_per_mille / 1000u);
}

/* Takes the part out of an amount; returns it. */
static uint64_t slash(struct hs_amount *amount, uint32_t per_mille)
{
    uint64_t units = HS_MUTANT_SLASH_FORGOTTEN ? 0 : slashed(amount->units, per_mille);
    amount->units -= units;
    return units;
}

static uint64_t slash_unbonding(const struct hs_staking *staking,
                                const struct hs_address *operator_address, uint32_t count)
{
    uint64_t burned = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct hs_unbonding unbonding;
        hs_unbonding_get(staking->registry, &unbonding, operator_address, i);
        burned += slash(&unbonding.amount, staking->parameters->slash_per_mille);
        hs_unbonding_put(staking->registry, &unbonding, operator_address, i);
    }
    return burned;
}

/* P8 */
struct hs_amount hs_evidence_apply(const struct hs_staking *staking,
                                   const struct hs_double_vote *evidence)
{
    struct hs_address liar;
    struct hs_staker staker;
    struct hs_staking_totals totals;
    struct hs_punishments punishments;
    bool found = find_liar(staking, &liar, evidence);
    HS_ASSERT(found);
    found = hs_staker_get(staking->registry, &staker, &liar);
    HS_ASSERT(found);
    uint64_t burned = slash(&staker.stake, staking->parameters->slash_per_mille);
    hs_staking_totals_get(staking->registry, &totals);
    totals.staked.units -= burned;
    hs_staking_totals_put(staking->registry, &totals);
    burned +=
        slash_unbonding(staking, &liar, HS_MUTANT_UNBONDING_SPARED ? 0 : staker.unbonding_count);
    uint64_t until = staking->epoch + staking->parameters->jail_epochs;
    staker.jailed_until = staker.jailed_until > until ? staker.jailed_until : until;
    hs_staker_put(staking->registry, &staker, &liar);
    hs_punishments_get(staking->registry, &punishments, &liar);
    note_punishment(&punishments, evidence->epoch);
    hs_punishments_put(staking->registry, &punishments, &liar);
    return (struct hs_amount){burned};
}
