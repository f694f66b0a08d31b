#include "rpc/epoch_calls.h"

#include <stdlib.h>
#include <string.h>

#include "consensus/validator_set.h"
#include "runtime/validator.h"

/* The ledger, where validators register; else NULL. */
static const struct hs_ledger *staking_ledger(const struct hs_running_validator *validator)
{
    const struct hs_ledger *ledger = hs_validator_ledger(validator);
    return ledger != NULL && hs_ledger_has_epochs(ledger) ? ledger : NULL;
}

static uint64_t committed_height(struct hs_running_validator *validator)
{
    struct hs_node_status status;
    hs_node_status(hs_validator_node(validator), &status);
    return status.core.committed_height;
}

/* -- sets ------------------------------------------------------------------------------ */

/* Epoch `number`, or the one that the next block is of. */
static enum hs_status read_set(struct hs_rpc_set *set, struct hs_running_validator *validator,
                               const uint64_t *number)
{
    const struct hs_ledger *ledger = staking_ledger(validator);
    set->height = committed_height(validator);
    set->has_operators = ledger != NULL;
    if (ledger != NULL) {
        return hs_ledger_fixed_epoch(ledger, &set->fixed,
                                     number != NULL ? *number : hs_ledger_epoch_number(ledger));
    }
    set->fixed.epoch = *hs_node_fixed_epoch(hs_validator_node(validator));
    return number == NULL || *number == set->fixed.epoch.validators.epoch ? HS_OK : HS_NOT_FOUND;
}

void hs_rpc_answer_validators(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    const uint64_t *number = call->argument.epoch.of_number ? &call->argument.epoch.number : NULL;
    call->outcome = read_set(call->answer.set, validator, number);
}

static struct hs_rpc_epoch summary_of(const struct hs_epoch *epoch)
{
    struct hs_rpc_epoch summary = {
        .number = epoch->validators.epoch,
        .first_height = epoch->first_height,
        .last_height = epoch->last_height,
        .validator_count = epoch->validators.count,
        .weight_total = epoch->validators.weight_total,
        .quorum = hs_validator_set_quorum(&epoch->validators),
    };
    memcpy(summary.randomness, epoch->randomness, sizeof summary.randomness);
    return summary;
}

void hs_rpc_answer_epoch(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    const struct hs_ledger *ledger = staking_ledger(validator);
    struct hs_rpc_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        call->outcome = HS_OUT_OF_MEMORY;
        return;
    }
    call->outcome = read_set(set, validator, NULL);
    if (call->outcome == HS_OK) {
        call->answer.epoch.present = summary_of(&set->fixed.epoch);
        call->answer.epoch.height = set->height;
        const uint64_t next = call->answer.epoch.present.number + 1;
        call->answer.epoch.has_next = read_set(set, validator, &next) == HS_OK;
        call->answer.epoch.next = summary_of(&set->fixed.epoch);
        call->answer.epoch.has_staking = ledger != NULL;
    }
    if (ledger != NULL) {
        hs_ledger_staking_totals(ledger, &call->answer.epoch.totals);
    }
    free(set);
}

/* -- registered ones ---------------------------------------------------------------------- */

void hs_rpc_answer_registered(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    const struct hs_ledger *ledger = staking_ledger(validator);
    struct hs_rpc_registered *registered = call->answer.registered;
    if (ledger == NULL) {
        call->outcome = HS_NOT_FOUND;
        return;
    }
    registered->epoch = hs_ledger_epoch_number(ledger);
    registered->height = committed_height(validator);
    hs_ledger_staking_totals(ledger, &registered->totals);
    if (call->method == HS_RPC_OPERATOR) {
        call->outcome =
            hs_ledger_validator(ledger, &registered->validators[0], &call->argument.address);
        registered->count = 1;
        return;
    }
    registered->first = call->argument.place < HS_REGISTERED_VALIDATORS_MAX
                            ? (uint32_t)call->argument.place
                            : HS_REGISTERED_VALIDATORS_MAX;
    registered->count = hs_ledger_validators(ledger, registered->validators, HS_RPC_REGISTERED_MAX,
                                             registered->first);
}

/* -- evidence ------------------------------------------------------------------------------- */

void hs_rpc_answer_evidence(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    const struct hs_ledger *ledger = staking_ledger(validator);
    struct hs_rpc_evidence *evidence = call->answer.evidence;
    evidence->height = committed_height(validator);
    evidence->count =
        hs_node_evidence(hs_validator_node(validator), evidence->votes, HS_NODE_EVIDENCE_MAX);
    for (uint32_t i = 0; i < evidence->count; i++) {
        evidence->verdicts[i] =
            ledger != NULL ? hs_ledger_check_evidence(ledger, &evidence->votes[i]) : HS_UNSUPPORTED;
    }
}
