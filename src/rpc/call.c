#include "rpc/call.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consensus/validator_set.h"
#include "rpc/epoch_calls.h"
#include "runtime/validator.h"

static void answer_status(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    struct hs_node *node = hs_validator_node(validator);
    const struct hs_validator_set *set = &hs_node_fixed_epoch(node)->validators;
    hs_node_status(node, &call->answer.status.node);
    hs_node_counters(node, &call->answer.status.counters);
    call->answer.status.base_fee = hs_validator_base_fee(validator);
    call->answer.status.weight = hs_validator_set_weight(set, call->answer.status.node.self);
    call->answer.status.weight_total = set->weight_total;
    call->answer.status.quorum = hs_validator_set_quorum(set);
    snprintf(call->answer.status.advice, sizeof call->answer.status.advice, "%s",
             hs_validator_advice(validator));
}

static void answer_block(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    struct hs_node *node = hs_validator_node(validator);
    const struct hs_ledger *ledger = hs_validator_ledger(validator);
    struct hs_node_status status;
    hs_node_status(node, &status);
    uint64_t height = call->argument.block.latest ? status.height : call->argument.block.height;
    struct hs_node_block block;
    call->outcome = hs_node_read_block(node, height, &block);
    if (call->outcome == HS_OK) {
        call->answer.block.block = block.block;
        call->answer.block.has_certificate = block.has_certificate;
        call->answer.block.certificate = block.certificate;
        /* Genesis was nobody's turn. */
        call->answer.block.has_operator =
            height > 0 && ledger != NULL && hs_ledger_has_epochs(ledger) &&
            hs_ledger_member_operator(ledger, &call->answer.block.proposer_operator,
                                      block.block.header.epoch, block.block.header.proposer);
    }
}

static void answer_account(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    const struct hs_ledger *ledger = hs_validator_ledger(validator);
    const struct hs_node *node = hs_validator_node(validator);
    if (ledger == NULL) {
        call->outcome = HS_NOT_FOUND;
        return;
    }
    struct hs_node_status status;
    hs_node_status(node, &status);
    hs_ledger_account(ledger, &call->answer.account.account, &call->argument.address);
    call->answer.account.next_nonce = hs_node_next_nonce(node, &call->argument.address);
    call->answer.account.height = status.core.committed_height;
}

static void answer_fees(struct hs_rpc_call *call, struct hs_running_validator *validator,
                        struct hs_rpc_recent_gas *recent_gas)
{
    struct hs_node *node = hs_validator_node(validator);
    if (hs_validator_ledger(validator) == NULL) {
        call->outcome = HS_NOT_FOUND;
        return;
    }
    struct hs_node_status status;
    hs_node_status(node, &status);
    call->answer.fees.base_fee = hs_validator_base_fee(validator);
    call->answer.fees.height = status.core.committed_height;
    call->answer.fees.block_count =
        hs_rpc_recent_gas_read(recent_gas, call->answer.fees.blocks, node);
}

static void answer_commits(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    const struct hs_ledger *ledger = hs_validator_ledger(validator);
    if (ledger == NULL) {
        call->outcome = HS_NOT_FOUND;
        return;
    }
    struct hs_node_status status;
    hs_node_status(hs_validator_node(validator), &status);
    call->answer.commits.waiting = hs_ledger_commits_waiting(ledger);
    call->answer.commits.waiting_of_sender =
        call->argument.commits.of_sender
            ? hs_ledger_commits_of_sender(ledger, &call->argument.commits.sender)
            : 0;
    call->answer.commits.height = status.core.committed_height;
}

static void answer_supply(struct hs_rpc_call *call, struct hs_running_validator *validator)
{
    const struct hs_ledger *ledger = hs_validator_ledger(validator);
    call->outcome = hs_validator_supply(validator, &call->answer.supply.supply);
    if (call->outcome == HS_OK) {
        struct hs_node_status status;
        hs_node_status(hs_validator_node(validator), &status);
        call->answer.supply.genesis = hs_ledger_genesis_supply(ledger);
        call->answer.supply.burned = hs_ledger_burned(ledger);
        call->answer.supply.height = status.core.committed_height;
    }
}

void hs_rpc_call_answer(struct hs_rpc_call *call, struct hs_running_validator *validator,
                        struct hs_rpc_recent_gas *recent_gas)
{
    struct hs_node *node = hs_validator_node(validator);
    call->outcome = hs_rpc_call_prepare(call);
    if (call->outcome != HS_OK) {
        return;
    }
    switch (call->method) {
    case HS_RPC_STATUS:
        answer_status(call, validator);
        break;
    case HS_RPC_BLOCK:
        answer_block(call, validator);
        break;
    case HS_RPC_ACCOUNT:
        answer_account(call, validator);
        break;
    case HS_RPC_TRANSACTION:
        call->answer.transaction.state = hs_node_transaction(node, &call->argument.transaction_id,
                                                             &call->answer.transaction.height);
        break;
    case HS_RPC_FEES:
        answer_fees(call, validator, recent_gas);
        break;
    case HS_RPC_COMMITS:
        answer_commits(call, validator);
        break;
    case HS_RPC_SUPPLY:
        answer_supply(call, validator);
        break;
    case HS_RPC_EPOCH:
        hs_rpc_answer_epoch(call, validator);
        break;
    case HS_RPC_VALIDATORS:
        hs_rpc_answer_validators(call, validator);
        break;
    case HS_RPC_OPERATOR:
    case HS_RPC_REGISTERED:
        hs_rpc_answer_registered(call, validator);
        break;
    case HS_RPC_EVIDENCE:
        hs_rpc_answer_evidence(call, validator);
        break;
    case HS_RPC_SUBMIT:
        break;
    }
}

bool hs_rpc_method_is_large(enum hs_rpc_method method)
{
    switch (method) {
    case HS_RPC_EPOCH:
    case HS_RPC_VALIDATORS:
    case HS_RPC_OPERATOR:
    case HS_RPC_REGISTERED:
    case HS_RPC_EVIDENCE:
        return true;
    case HS_RPC_STATUS:
    case HS_RPC_BLOCK:
    case HS_RPC_ACCOUNT:
    case HS_RPC_TRANSACTION:
    case HS_RPC_SUBMIT:
    case HS_RPC_FEES:
    case HS_RPC_COMMITS:
    case HS_RPC_SUPPLY:
        return false;
    }
    return false;
}

/* Bytes of what the answer of a method points to. */
static size_t large_size(enum hs_rpc_method method)
{
    switch (method) {
    case HS_RPC_VALIDATORS:
        return sizeof(struct hs_rpc_set);
    case HS_RPC_OPERATOR:
    case HS_RPC_REGISTERED:
        return sizeof(struct hs_rpc_registered);
    case HS_RPC_EVIDENCE:
        return sizeof(struct hs_rpc_evidence);
    case HS_RPC_STATUS:
    case HS_RPC_BLOCK:
    case HS_RPC_ACCOUNT:
    case HS_RPC_TRANSACTION:
    case HS_RPC_SUBMIT:
    case HS_RPC_FEES:
    case HS_RPC_COMMITS:
    case HS_RPC_SUPPLY:
    case HS_RPC_EPOCH:
        break;
    }
    return 0;
}

enum hs_status hs_rpc_call_prepare(struct hs_rpc_call *call)
{
    const size_t size = large_size(call->method);
    hs_rpc_call_release(call);
    if (size == 0) {
        return HS_OK;
    }
    call->large = calloc(1, size);
    if (call->method == HS_RPC_VALIDATORS) {
        call->answer.set = call->large;
    } else if (call->method == HS_RPC_EVIDENCE) {
        call->answer.evidence = call->large;
    } else {
        call->answer.registered = call->large;
    }
    return call->large != NULL ? HS_OK : HS_OUT_OF_MEMORY;
}

void hs_rpc_call_release(struct hs_rpc_call *call)
{
    free(call->large);
    call->large = NULL;
}

void hs_rpc_reason(char reason[HS_RPC_REASON_CHARACTERS], enum hs_status status)
{
    const char *name = hs_status_name(status);
    size_t size = 0;
    for (const char *at = name + strlen("HS_"); *at != '\0' && size + 1 < HS_RPC_REASON_CHARACTERS;
         at++) {
        reason[size++] = (char)tolower((unsigned char)*at);
    }
    reason[size] = '\0';
}
