#include "ledger/staking_run.h"

#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "crypto/bls.h"
#include "ledger/evidence.h"
#include "ledger/state_proof_codec.h"

bool hs_ledger_has_epochs(const struct hs_ledger *ledger)
{
    return ledger->parameters.staking.epoch_blocks > 0;
}

static struct hs_epoch_rules rules_of(const struct hs_ledger *ledger)
{
    return (struct hs_epoch_rules){&ledger->parameters.staking, ledger->election};
}

static struct hs_staking staking_of(const struct hs_ledger *ledger, uint64_t epoch)
{
    return (struct hs_staking){&ledger->parameters.staking, ledger->registry, epoch};
}

void hs_ledger_read_records(const struct hs_ledger *ledger, struct hs_state state)
{
    const struct hs_ledger_slot *slot = &ledger->slots[state.slot];
    HS_ASSERT(slot->in_use);
    hs_registry_begin(ledger->registry, ledger->trees.of[HS_TREE_REGISTRY],
                      &slot->version.of[HS_TREE_REGISTRY]);
}

/* -- genesis ------------------------------------------------------------------------ */

static enum hs_status check_genesis(const struct hs_ledger_config *config)
{
    bool right = config->validator_count >= 1 &&
                 config->validator_count <= config->parameters.staking.validators_max &&
                 config->election != HS_LEADER_ROUND_ROBIN; /* P1: stakes do not stay equal */
    return right ? HS_OK : HS_INVALID_ARGUMENT;
}

static enum hs_status register_first(struct hs_ledger *ledger,
                                     const struct hs_genesis_validator *validator)
{
    struct hs_staker staker;
    struct hs_address owner;
    struct hs_staking_totals totals;
    const struct hs_validator_keys *keys = &validator->keys;
    hs_staking_totals_get(ledger->registry, &totals);
    if (validator->stake.units < ledger->parameters.staking.stake_min.units) {
        return HS_INVALID_ARGUMENT;
    }
    if (hs_staker_get(ledger->registry, &staker, &validator->operator_address) ||
        hs_bls_owner_get(ledger->registry, &owner, &keys->bls_public_key) ||
        hs_network_owner_get(ledger->registry, &owner, &keys->network_key)) {
        return HS_DUPLICATE;
    }
    if (validator->stake.units > HS_WEIGHT_TOTAL_MAX - totals.staked.units ||
        validator->stake.units > UINT64_MAX - ledger->genesis_supply.units) {
        return HS_OVERFLOW;
    }
    ledger->genesis_supply.units += validator->stake.units;
    hs_staking_register(ledger->registry, &validator->operator_address, keys, validator->stake, 0);
    return HS_OK;
}

enum hs_status hs_ledger_make_validators(struct hs_ledger *ledger,
                                         const struct hs_ledger_config *config)
{
    if (!hs_ledger_has_epochs(ledger)) {
        return HS_OK;
    }
    struct hs_state_tree *tree = ledger->trees.of[HS_TREE_REGISTRY];
    struct hs_ledger_slot *slot = &ledger->slots[ledger->committed];
    struct hs_state_version *version = &slot->version.of[HS_TREE_REGISTRY];
    struct hs_state_version child;
    int64_t added = 0;
    hs_ledger_read_records(ledger, (struct hs_state){ledger->committed});
    enum hs_status status = check_genesis(config);
    for (size_t i = 0; i < config->validator_count && status == HS_OK; i++) {
        status = register_first(ledger, &config->validators[i]);
    }
    if (status == HS_OK) {
        struct hs_epoch_rules rules = rules_of(ledger);
        hs_epoch_begin_chain(ledger->registry, ledger->epoch_scratch, &rules, config->randomness);
        status = hs_registry_write(ledger->registry, tree, &child, &added);
    }
    if (status == HS_OK) {
        hs_state_tree_commit(tree, version, &child);
        *version = child;
        slot->record_count = (uint32_t)added;
    }
    return status;
}

/* -- blocks ---------------------------------------------------------------------------- */

static bool ends_epoch(const struct hs_execution *execution)
{
    return execution->block->height % execution->ledger->parameters.staking.epoch_blocks == 0;
}

enum hs_status hs_block_epoch_begin(struct hs_execution *execution)
{
    struct hs_ledger *ledger = execution->ledger;
    const struct hs_block_context *block = execution->block;
    if (!hs_ledger_has_epochs(ledger)) {
        return HS_OK;
    }
    struct hs_randomness_mix mix;
    uint64_t epoch;
    hs_mix_get(ledger->registry, &mix, &epoch);
    if (block->epoch != epoch || block->height == 0 ||
        (block->height - 1) / ledger->parameters.staking.epoch_blocks != epoch) {
        return HS_BAD_BLOCK; /* P4 */
    }
    struct hs_epoch_scratch *scratch = ledger->epoch_scratch;
    scratch->payout_count = 0;
    if (ends_epoch(execution)) {
        hs_epoch_list_payouts(ledger->registry, scratch, block->epoch);
    }
    for (uint32_t i = 0; i < scratch->payout_count; i++) {
        struct hs_payout *payout = &scratch->payouts[i];
        payout->account = hs_touched_name(ledger->touched, &payout->operator_address);
    }
    return HS_OK;
}

/* Who has taken out stake has sent a transaction, so the account is made. */
static void credit_payouts(struct hs_ledger *ledger)
{
    const struct hs_epoch_scratch *scratch = ledger->epoch_scratch;
    for (uint32_t i = 0; i < scratch->payout_count; i++) {
        struct hs_touched_account *account =
            &ledger->touched->accounts[scratch->payouts[i].account];
        uint64_t units = scratch->payouts[i].amount.units;
        HS_ASSERT(account->made && units <= UINT64_MAX - account->account.balance.units);
        account->account.balance.units += units;
        account->changed = true;
    }
}

enum hs_status hs_block_epoch_end(struct hs_execution *execution)
{
    struct hs_ledger *ledger = execution->ledger;
    const struct hs_block_context *block = execution->block;
    if (!hs_ledger_has_epochs(ledger)) {
        return HS_OK;
    }
    const struct hs_epoch_rules rules = rules_of(ledger);
    const struct hs_epoch_block shown = {
        .epoch = block->epoch,
        .view = block->view,
        .parent_view = block->parent_view,
        .proposer = block->proposer,
        .vrf_output = block->vrf_output,
    };
    enum hs_status status =
        hs_epoch_count_block(ledger->registry, ledger->epoch_scratch, &rules, &shown);
    if (status == HS_OK && ends_epoch(execution)) {
        hs_epoch_end(ledger->registry, ledger->epoch_scratch, &rules, block->epoch);
        credit_payouts(ledger);
    }
    return status;
}

/* -- transactions ------------------------------------------------------------------------ */

enum hs_status hs_staking_run(struct hs_execution *execution,
                              const struct hs_prepared_transaction *prepared,
                              const struct hs_transaction *transaction)
{
    struct hs_ledger *ledger = execution->ledger;
    const struct hs_staking staking = staking_of(ledger, execution->block->epoch);
    const struct hs_payment payment = {.locked = hs_staking_locks(transaction)};
    struct hs_payment_plan plan;
    struct hs_address sender;
    hs_address_of(&sender, &transaction->sender);
    enum hs_status status = hs_payment_check(execution, &plan, prepared, &payment);
    if (status == HS_OK) {
        status = hs_staking_check(&staking, &sender, transaction);
    }
    if (status == HS_OK) {
        hs_payment_make(execution, &plan, prepared, &payment);
        ledger->touched->burned.number +=
            hs_staking_apply(&staking, &sender, transaction).units; /* P8 */
    }
    return status;
}

enum hs_status hs_staking_admit(const struct hs_ledger *ledger, const struct hs_address *sender,
                                const struct hs_transaction *transaction)
{
    hs_ledger_read_records(ledger, (struct hs_state){ledger->committed});
    struct hs_randomness_mix mix;
    uint64_t epoch;
    hs_mix_get(ledger->registry, &mix, &epoch);
    const struct hs_staking staking = staking_of(ledger, epoch);
    return hs_staking_check(&staking, sender, transaction);
}

bool hs_staking_verify(const struct hs_ledger *ledger, const struct hs_transaction *transaction)
{
    const struct hs_validator_keys *keys;
    if (transaction->type == HS_TRANSACTION_EVIDENCE) {
        return HS_MUTANT_EVIDENCE_UNCHECKED ||
               hs_evidence_verify(&transaction->evidence, &ledger->chain_id);
    }
    if (transaction->type == HS_TRANSACTION_REGISTER) {
        keys = &transaction->registration.keys;
    } else if (transaction->type == HS_TRANSACTION_ROTATE) {
        keys = &transaction->rotation;
    } else {
        return true;
    }
    return HS_MUTANT_POSSESSION_UNCHECKED ||
           hs_bls_check_possession(&keys->bls_public_key, &keys->possession) == HS_OK;
}

/* -- the application's call ----------------------------------------------------------------- */

enum hs_status hs_ledger_epoch(const void *context, struct hs_state state, uint64_t number,
                               struct hs_epoch *epoch)
{
    const struct hs_ledger *ledger = context;
    hs_ledger_read_records(ledger, state);
    struct hs_fixed_epoch *fixed = &ledger->epoch_scratch->previous;
    enum hs_status status = hs_fixed_epoch_get(ledger->registry, fixed, number,
                                               ledger->parameters.staking.epoch_blocks);
    if (status == HS_OK) {
        *epoch = fixed->epoch;
    }
    return status;
}

enum hs_status hs_ledger_prove_epoch(const void *context, struct hs_state state, uint64_t number,
                                     uint8_t proof[], size_t *size, size_t capacity)
{
    const struct hs_ledger *ledger = context;
    hs_ledger_read_records(ledger, state);
    if (hs_epoch_count_get(ledger->registry, number) == 0) {
        return HS_NOT_FOUND;
    }
    const struct hs_hash any = {{0}};
    struct hs_state_path path;
    struct hs_state_value value;
    struct hs_ledger_proof way;
    uint8_t bytes[HS_STATE_PROOF_BYTES_MAX];
    hs_epoch_leaf(&path, &value, number, &any);
    hs_ledger_trees_prove(&ledger->trees, &ledger->slots[state.slot].version, &way,
                          HS_TREE_REGISTRY, &path);
    *size = hs_state_proof_encode(bytes, &way);
    if (*size > capacity) {
        return HS_FULL;
    }
    memcpy(proof, bytes, *size);
    return HS_OK;
}
