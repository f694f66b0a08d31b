#include "rpc/json_values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "rpc/epoch_json.h"

json_t *hs_rpc_json_hex(const uint8_t bytes[], size_t size)
{
    char *text = malloc(HS_HEX_CHARACTERS(size));
    if (text == NULL) {
        return NULL;
    }
    hs_hex_write(text, bytes, size);
    json_t *value = json_string(text);
    free(text);
    return value;
}

json_t *hs_rpc_json_decimal(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

json_t *hs_rpc_json_number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *hash_json(const uint8_t bytes[HS_HASH_BYTES])
{
    return hs_rpc_json_hex(bytes, HS_HASH_BYTES);
}

static const char *health_text(enum hs_node_health health)
{
    switch (health) {
    case HS_NODE_HEALTHY:
        return "healthy";
    case HS_NODE_FOLLOWING:
        return "following";
    case HS_NODE_WRITE_FAILED:
        return "write_failed";
    case HS_NODE_DIVERGED:
        return "diverged";
    }
    return "unknown";
}

static json_t *status_json(const struct hs_rpc_call *call, const struct hs_genesis *genesis)
{
    const struct hs_node_status *node = &call->answer.status.node;
    const struct hs_core_status *core = &node->core;
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:i, s:i, s:i, s:b, s:s, "
        "s:o, s:o, s:o, s:i, s:o, s:s}",
        "chain_id", hash_json(node->chain_id.bytes), "chain_name", genesis->chain_name, "epoch",
        hs_rpc_json_number(core->epoch), "view", hs_rpc_json_number(core->view), "height",
        hs_rpc_json_number(node->height), "block_id", hash_json(node->block_id.bytes), "state_root",
        hash_json(node->state_root.bytes), "high_qc_view", hs_rpc_json_number(core->high_qc_view),
        "locked_view", hs_rpc_json_number(core->locked_view), "last_voted_view",
        hs_rpc_json_number(core->last_voted_view), "leader", (int)core->leader, "index",
        node->self < HS_VALIDATORS_MAX ? hs_rpc_json_number(node->self) : json_null(), "validators",
        (int)node->validator_count, "peers", (int)node->peers_connected, "mempool",
        (int)node->mempool_transactions, "signing", core->signing ? 1 : 0, "health",
        health_text(node->health), "transactions",
        hs_rpc_json_number(call->answer.status.counters.transactions_committed),
        "certificates_verified",
        hs_rpc_json_number(call->answer.status.counters.certificates_verified), "base_fee",
        hs_rpc_json_decimal(call->answer.status.base_fee.units), "pid", (int)getpid(), "latency_ms",
        hs_rpc_json_number(node->commit_latency_ms), "advice", call->answer.status.advice);
}

/* Bits beyond the set of the block's epoch are zero. */
static json_t *signers_json(const struct hs_bitmap *signers)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        if ((signers->bytes[i / 8] >> (i % 8) & 1) != 0) {
            json_array_append_new(list, json_integer((json_int_t)i));
        }
    }
    return list;
}

static json_t *block_json(const struct hs_rpc_call *call)
{
    static const struct hs_bitmap nobody;
    const struct hs_block *block = &call->answer.block.block;
    const struct hs_block_header *header = &block->header;
    const struct hs_bitmap *signers =
        call->answer.block.has_certificate ? &call->answer.block.certificate.signers : &nobody;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "height",
        hs_rpc_json_number(header->height), "epoch", hs_rpc_json_number(header->epoch), "view",
        hs_rpc_json_number(header->view), "id", hash_json(block->id.bytes), "parent",
        hash_json(header->parent_id.bytes), "proposer", (int)header->proposer, "proposer_operator",
        call->answer.block.has_operator ? hash_json(call->answer.block.proposer_operator.bytes)
                                        : json_null(),
        "tx_count", (int)header->transaction_count, "payload_bytes", (int)header->payload_bytes,
        "payload_root", hash_json(header->payload_root.bytes), "state_root",
        hash_json(header->state_root.bytes), "timestamp_ms",
        hs_rpc_json_number(header->timestamp_ms), "base_fee",
        hs_rpc_json_decimal(header->base_fee.units), "signers", signers_json(signers));
}

static json_t *account_json(const struct hs_rpc_call *call)
{
    const struct hs_account *account = &call->answer.account.account;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o}", "address", hash_json(call->argument.address.bytes), "balance",
        hs_rpc_json_decimal(account->balance.units), "nonce", hs_rpc_json_number(account->nonce),
        "next_nonce", hs_rpc_json_number(call->answer.account.next_nonce), "height",
        hs_rpc_json_number(call->answer.account.height));
}

static json_t *transaction_json(const struct hs_rpc_call *call)
{
    const char *state = "unknown";
    json_t *height = NULL;
    switch (call->answer.transaction.state) {
    case HS_TRANSACTION_UNKNOWN:
        break;
    case HS_TRANSACTION_PENDING:
        state = "pending";
        break;
    case HS_TRANSACTION_COMMITTED:
        state = "committed";
        height = hs_rpc_json_number(call->answer.transaction.height);
        break;
    }
    return json_pack("{s:o, s:s, s:o}", "tx_id", hash_json(call->argument.transaction_id.bytes),
                     "status", state, "height", height != NULL ? height : json_null());
}

static json_t *fees_json(const struct hs_rpc_call *call, const struct hs_genesis *genesis)
{
    const struct hs_fee_parameters *fees = &genesis->parameters.fees;
    json_t *blocks = json_array();
    for (uint32_t i = 0; i < call->answer.fees.block_count; i++) {
        const struct hs_rpc_block_gas *block = &call->answer.fees.blocks[i];
        json_array_append_new(blocks, json_pack("{s:o, s:o, s:i, s:o}", "height",
                                                hs_rpc_json_number(block->height), "gas_used",
                                                hs_rpc_json_number(block->gas_used), "tx_count",
                                                (int)block->transaction_count, "base_fee",
                                                hs_rpc_json_decimal(block->base_fee.units)));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "base_fee",
                     hs_rpc_json_decimal(call->answer.fees.base_fee.units), "base_fee_min",
                     hs_rpc_json_decimal(fees->base_fee_min.units), "gas_limit",
                     hs_rpc_json_number(fees->gas_limit), "gas_target",
                     hs_rpc_json_number(fees->gas_limit / 2), "height",
                     hs_rpc_json_number(call->answer.fees.height), "blocks", blocks);
}

static json_t *commits_json(const struct hs_rpc_call *call, const struct hs_genesis *genesis)
{
    const struct hs_commit_parameters *commits = &genesis->parameters.commits;
    json_t *answer = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "waiting",
                               hs_rpc_json_number(call->answer.commits.waiting), "total_max",
                               hs_rpc_json_number(commits->total_max), "per_sender_max",
                               hs_rpc_json_number(commits->per_sender_max), "deposit",
                               hs_rpc_json_decimal(commits->deposit.units), "window_blocks",
                               hs_rpc_json_number(commits->window_blocks), "height",
                               hs_rpc_json_number(call->answer.commits.height));
    if (call->argument.commits.of_sender) {
        json_object_set_new(answer, "address", hash_json(call->argument.commits.sender.bytes));
        json_object_set_new(answer, "waiting_of_sender",
                            hs_rpc_json_number(call->answer.commits.waiting_of_sender));
    }
    return answer;
}

static json_t *supply_json(const struct hs_rpc_call *call)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "supply",
                     hs_rpc_json_decimal(call->answer.supply.supply.units), "genesis",
                     hs_rpc_json_decimal(call->answer.supply.genesis.units), "burned",
                     hs_rpc_json_decimal(call->answer.supply.burned.units), "height",
                     hs_rpc_json_number(call->answer.supply.height));
}

json_t *hs_rpc_json_answer(const struct hs_rpc_call *call, const struct hs_genesis *genesis)
{
    switch (call->method) {
    case HS_RPC_STATUS:
        return status_json(call, genesis);
    case HS_RPC_BLOCK:
        return block_json(call);
    case HS_RPC_ACCOUNT:
        return account_json(call);
    case HS_RPC_TRANSACTION:
        return transaction_json(call);
    case HS_RPC_SUBMIT:
        return json_pack("{s:o, s:s}", "tx_id", hash_json(call->answer.submitted.bytes), "status",
                         "pending");
    case HS_RPC_VALIDATORS:
        return hs_rpc_json_validators(call);
    case HS_RPC_EPOCH:
        return hs_rpc_json_epoch(call, genesis);
    case HS_RPC_OPERATOR:
        return hs_rpc_json_operator(call);
    case HS_RPC_REGISTERED:
        return hs_rpc_json_registered(call);
    case HS_RPC_EVIDENCE:
        return hs_rpc_json_evidence(call);
    case HS_RPC_FEES:
        return fees_json(call, genesis);
    case HS_RPC_COMMITS:
        return commits_json(call, genesis);
    case HS_RPC_SUPPLY:
        return supply_json(call);
    }
    return NULL;
}
