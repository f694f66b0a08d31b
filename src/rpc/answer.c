#include "rpc/answer.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/validator.h"

/* -- what is told only when it is durable -------------------------------------- */

static uint64_t height_of_call(const struct hs_rpc_call *call)
{
    if (call->outcome != HS_OK) {
        return 0;
    }
    switch (call->method) {
    case HS_RPC_ACCOUNT:
        return call->answer.account.height;
    case HS_RPC_FEES:
        return call->answer.fees.height;
    case HS_RPC_COMMITS:
        return call->answer.commits.height;
    case HS_RPC_SUPPLY:
        return call->answer.supply.height;
    case HS_RPC_EPOCH:
        return call->answer.epoch.height;
    case HS_RPC_VALIDATORS:
        return call->answer.set->height;
    case HS_RPC_OPERATOR:
    case HS_RPC_REGISTERED:
        return call->answer.registered->height;
    case HS_RPC_EVIDENCE:
        return call->answer.evidence->height;
    case HS_RPC_STATUS:
    case HS_RPC_BLOCK:
    case HS_RPC_TRANSACTION:
    case HS_RPC_SUBMIT:
        break;
    }
    return 0;
}

/* The highest block that the answer shows effects of: accounts, fees, commitments and validators
 * are those of the last commit, which the disk may still be writing. */
static uint64_t height_shown(const struct hs_rpc_exchange *exchange)
{
    uint64_t height = 0;
    if (exchange->route == HS_ROUTE_CALL) {
        height = height_of_call(&exchange->call);
    } else if (exchange->route == HS_ROUTE_PROOF) {
        height = exchange->bytes_height;
    } else if (exchange->route == HS_ROUTE_JSON_RPC) {
        for (size_t i = 0; i < exchange->request.count; i++) {
            const struct hs_json_rpc_entry *entry = &exchange->request.entries[i];
            uint64_t one = entry->code == HS_JSON_RPC_OK ? height_of_call(&entry->call) : 0;
            height = one > height ? one : height;
        }
    }
    return height;
}

/* Answers, as far as it may be told while commits up to `durable_height` are on disk. */
static void tell(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange,
                 uint64_t durable_height)
{
    if (exchange->outcome != HS_OK || height_shown(exchange) <= durable_height) {
        desk->answered(exchange);
    } else {
        exchange->wait_next = desk->not_durable; /* D7 */
        desk->not_durable = exchange;
    }
}

static void tell_durable(struct hs_rpc_desk *desk, uint64_t durable_height)
{
    struct hs_rpc_exchange *exchange = desk->not_durable;
    desk->not_durable = NULL;
    while (exchange != NULL) {
        struct hs_rpc_exchange *next = exchange->wait_next;
        tell(desk, exchange, durable_height);
        exchange = next;
    }
}

static void finish(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange,
                   enum hs_status outcome)
{
    struct hs_node_status status;
    hs_node_status(hs_validator_node(desk->validator), &status);
    exchange->outcome = outcome;
    tell(desk, exchange, status.height);
}

/* -- transactions ------------------------------------------------------------ */

/* Gives what came of the submitted ones back to their calls, in the same order, and answers
 * the others. */
static void finish_json_rpc(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange,
                            const struct hs_transaction_id ids[])
{
    size_t submitted = 0;
    for (size_t i = 0; i < exchange->request.count; i++) {
        struct hs_json_rpc_entry *entry = &exchange->request.entries[i];
        if (entry->code != HS_JSON_RPC_OK) {
            continue;
        }
        if (entry->call.method != HS_RPC_SUBMIT) {
            hs_rpc_call_answer(&entry->call, desk->validator, &desk->recent_gas);
            continue;
        }
        entry->call.outcome = exchange->submitted[submitted];
        if (ids != NULL) {
            entry->call.answer.submitted = ids[submitted];
        }
        submitted++;
    }
    finish(desk, exchange, HS_OK);
}

static void transactions_checked(void *context, const enum hs_status outcomes[],
                                 const struct hs_transaction_id ids[], size_t count)
{
    struct hs_rpc_exchange *exchange = context;
    struct hs_rpc_desk *desk = exchange->desk;
    memcpy(exchange->submitted, outcomes, count * sizeof outcomes[0]);
    if (exchange->route == HS_ROUTE_JSON_RPC) {
        finish_json_rpc(desk, exchange, ids);
    } else {
        finish(desk, exchange, HS_OK);
    }
}

static void submit(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange)
{
    enum hs_status status =
        hs_validator_submit(desk->validator, exchange->transactions, exchange->transaction_count,
                            transactions_checked, exchange);
    if (status == HS_OK) {
        return;
    }
    if (exchange->route != HS_ROUTE_JSON_RPC) {
        finish(desk, exchange, status);
        return;
    }
    for (size_t i = 0; i < exchange->transaction_count; i++) {
        exchange->submitted[i] = status;
    }
    finish_json_rpc(desk, exchange, NULL);
}

/* -- health ------------------------------------------------------------------ */

/* Nothing is broken, and with those it is connected to this validator makes a quorum. */
static bool is_ready(const struct hs_node_status *status)
{
    return (status->health == HS_NODE_HEALTHY || status->health == HS_NODE_FOLLOWING) &&
           status->reaches_quorum;
}

static void answer_status(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange)
{
    exchange->call.method = HS_RPC_STATUS;
    hs_rpc_call_answer(&exchange->call, desk->validator, &desk->recent_gas);
    exchange->ready =
        exchange->route == HS_ROUTE_READY && is_ready(&exchange->call.answer.status.node);
    finish(desk, exchange, exchange->call.outcome);
}

/* -- waiting for commits ------------------------------------------------------- */

static void wait_for_commit(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange)
{
    exchange->wait_next = desk->waits;
    desk->waits = exchange;
}

static bool may_wait(const struct hs_rpc_exchange *exchange)
{
    return exchange->wait_ms > 0 && !atomic_load(&exchange->expired);
}

static bool waits_for_transaction(const struct hs_rpc_exchange *exchange)
{
    return exchange->call.method == HS_RPC_TRANSACTION && may_wait(exchange) &&
           exchange->call.answer.transaction.state != HS_TRANSACTION_COMMITTED;
}

static void answer_call(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange)
{
    hs_rpc_call_answer(&exchange->call, desk->validator, &desk->recent_gas);
    if (waits_for_transaction(exchange)) {
        wait_for_commit(desk, exchange);
    } else {
        finish(desk, exchange, exchange->call.outcome);
    }
}

/* Hashing a large payload is left to the HTTP thread. */
static void answer_ids(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange)
{
    struct hs_node *node = hs_validator_node(desk->validator);
    struct hs_node_status status;
    hs_node_status(node, &status);
    uint64_t height = exchange->call.argument.block.height;
    if (height > status.height && may_wait(exchange)) {
        wait_for_commit(desk, exchange);
        return;
    }
    struct hs_node_block block;
    enum hs_status outcome = hs_node_read_block(node, height, &block);
    if (outcome == HS_OK) {
        exchange->bytes = malloc(block.payload.size + 1);
        outcome = exchange->bytes != NULL ? HS_OK : HS_OUT_OF_MEMORY;
    }
    if (outcome == HS_OK && block.payload.size > 0) {
        memcpy(exchange->bytes, block.payload.data, block.payload.size);
    }
    exchange->bytes_size = outcome == HS_OK ? block.payload.size : 0;
    exchange->bytes_are_payload = true;
    finish(desk, exchange, outcome);
}

static void answer_proof(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange)
{
    const struct hs_rpc_proof_question *question = &exchange->call.argument.proof;
    struct hs_node_status status;
    hs_node_status(hs_validator_node(desk->validator), &status);
    if (question->kind == HS_RPC_PROOF_HEADERS && question->from > status.height &&
        may_wait(exchange)) {
        wait_for_commit(desk, exchange);
        return;
    }
    finish(desk, exchange,
           hs_rpc_proof_answer(question, desk->validator, &exchange->bytes, &exchange->bytes_size,
                               &exchange->bytes_height));
}

static void finish_with_ids(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange,
                            const struct hs_transaction_id ids[], size_t count)
{
    exchange->bytes_size = count * sizeof ids[0];
    exchange->bytes = malloc(exchange->bytes_size + 1);
    if (exchange->bytes != NULL && count > 0) {
        memcpy(exchange->bytes, ids, exchange->bytes_size);
    }
    finish(desk, exchange, exchange->bytes != NULL ? HS_OK : HS_OUT_OF_MEMORY);
}

void hs_rpc_desk_committed(struct hs_rpc_desk *desk, const struct hs_block *block,
                           const struct hs_transaction_id ids[], size_t count)
{
    tell_durable(desk, block->header.height);
    struct hs_rpc_exchange *exchange = desk->waits;
    desk->waits = NULL;
    while (exchange != NULL) {
        struct hs_rpc_exchange *next = exchange->wait_next;
        if (exchange->route == HS_ROUTE_CALL) {
            answer_call(desk, exchange);
        } else if (exchange->route == HS_ROUTE_PROOF) {
            answer_proof(desk, exchange);
        } else if (exchange->call.argument.block.height == block->header.height) {
            finish_with_ids(desk, exchange, ids, count);
        } else {
            wait_for_commit(desk, exchange);
        }
        exchange = next;
    }
}

void hs_rpc_desk_expire(struct hs_rpc_desk *desk, bool all)
{
    struct hs_rpc_exchange *exchange = desk->waits;
    desk->waits = NULL;
    while (exchange != NULL) {
        struct hs_rpc_exchange *next = exchange->wait_next;
        if (all) {
            atomic_store(&exchange->expired, true);
        }
        if (!may_wait(exchange)) {
            hs_rpc_desk_take(desk, exchange);
        } else {
            wait_for_commit(desk, exchange);
        }
        exchange = next;
    }
}

/* -- all ------------------------------------------------------------------------- */

void hs_rpc_desk_take(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange)
{
    switch (exchange->route) {
    case HS_ROUTE_JSON_RPC:
        if (exchange->transaction_count > 0) {
            submit(desk, exchange);
        } else {
            finish_json_rpc(desk, exchange, NULL);
        }
        break;
    case HS_ROUTE_BATCH:
        submit(desk, exchange);
        break;
    case HS_ROUTE_CALL:
        answer_call(desk, exchange);
        break;
    case HS_ROUTE_BLOCK_TRANSACTIONS:
        answer_ids(desk, exchange);
        break;
    case HS_ROUTE_PROOF:
        answer_proof(desk, exchange);
        break;
    case HS_ROUTE_LIVE:
    case HS_ROUTE_READY:
    case HS_ROUTE_METRICS:
        answer_status(desk, exchange);
        break;
    case HS_ROUTE_NONE:
    case HS_ROUTE_BAD_METHOD:
    case HS_ROUTE_BAD_ARGUMENT:
        finish(desk, exchange, HS_OK);
        break;
    }
}
