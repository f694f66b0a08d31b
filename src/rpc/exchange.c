#include "rpc/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/json_values.h"
#include "wire/payload.h"
#include "wire/transaction.h"

#define TEXT_JSON    "application/json"
#define TEXT_PLAIN   "text/plain; charset=utf-8"
#define TEXT_METRICS "text/plain; version=0.0.4; charset=utf-8"
#define BINARY       "application/octet-stream"

#define BODY_CAPACITY_FIRST 1024u

/* -- bodies ------------------------------------------------------------------ */

size_t hs_rpc_body_bytes_max(enum hs_rpc_route route)
{
    switch (route) {
    case HS_ROUTE_JSON_RPC:
        return HS_RPC_JSON_BYTES_MAX;
    case HS_ROUTE_BATCH:
        return HS_RPC_BATCH_BYTES_MAX;
    case HS_ROUTE_NONE:
    case HS_ROUTE_BAD_METHOD:
    case HS_ROUTE_BAD_ARGUMENT:
    case HS_ROUTE_CALL:
    case HS_ROUTE_BLOCK_TRANSACTIONS:
    case HS_ROUTE_PROOF:
    case HS_ROUTE_LIVE:
    case HS_ROUTE_READY:
    case HS_ROUTE_METRICS:
        break;
    }
    return 0;
}

enum hs_status hs_rpc_exchange_feed(struct hs_rpc_exchange *exchange, const char *data, size_t size)
{
    if (exchange->body_too_large || size > exchange->body_bytes_max - exchange->body_size) {
        exchange->body_too_large = true;
        exchange->body_dropped_bytes += size;
        return exchange->body_dropped_bytes > HS_RPC_DROPPED_BYTES_MAX ? HS_FULL : HS_OK;
    }
    if (size > exchange->body_capacity - exchange->body_size) {
        size_t capacity =
            exchange->body_capacity > 0 ? exchange->body_capacity : BODY_CAPACITY_FIRST;
        while (capacity < exchange->body_size + size) {
            capacity *= 2;
        }
        uint8_t *body = realloc(exchange->body, capacity);
        if (body == NULL) {
            return HS_OUT_OF_MEMORY;
        }
        exchange->body = body;
        exchange->body_capacity = capacity;
    }
    if (size > 0) {
        memcpy(exchange->body + exchange->body_size, data, size);
        exchange->body_size += size;
    }
    return HS_OK;
}

/* -- reading ----------------------------------------------------------------- */

static bool make_transactions(struct hs_rpc_exchange *exchange, size_t capacity)
{
    exchange->transactions = calloc(capacity, sizeof exchange->transactions[0]);
    exchange->submitted = calloc(capacity, sizeof exchange->submitted[0]);
    if (exchange->transactions == NULL || exchange->submitted == NULL) {
        exchange->outcome = HS_OUT_OF_MEMORY;
        return false;
    }
    return true;
}

static bool read_json_rpc(struct hs_rpc_exchange *exchange)
{
    struct hs_json_rpc_request *request = &exchange->request;
    exchange->outcome = hs_json_rpc_parse(
        request, (struct hs_bytes){.data = exchange->body, .size = exchange->body_size});
    if (exchange->outcome != HS_OK || !make_transactions(exchange, request->count)) {
        return false;
    }
    bool ask = false;
    for (size_t i = 0; i < request->count; i++) {
        struct hs_json_rpc_entry *entry = &request->entries[i];
        ask = ask || entry->code == HS_JSON_RPC_OK;
        if (entry->code == HS_JSON_RPC_OK && entry->call.method == HS_RPC_SUBMIT) {
            exchange->transactions[exchange->transaction_count++] =
                (struct hs_bytes){.data = entry->call.argument.transaction.bytes,
                                  .size = entry->call.argument.transaction.size};
        }
    }
    return ask;
}

static bool read_batch(struct hs_rpc_exchange *exchange)
{
    if (!make_transactions(exchange, HS_TRANSACTIONS_BATCH_MAX)) {
        return false;
    }
    exchange->outcome = hs_payload_split(
        exchange->transactions, &exchange->transaction_count, HS_TRANSACTIONS_BATCH_MAX,
        (struct hs_bytes){.data = exchange->body, .size = exchange->body_size});
    return exchange->outcome == HS_OK && exchange->transaction_count > 0;
}

bool hs_rpc_exchange_read(struct hs_rpc_exchange *exchange)
{
    if (exchange->body_too_large) {
        return false;
    }
    switch (exchange->route) {
    case HS_ROUTE_JSON_RPC:
        return read_json_rpc(exchange);
    case HS_ROUTE_BATCH:
        return read_batch(exchange);
    case HS_ROUTE_CALL:
    case HS_ROUTE_BLOCK_TRANSACTIONS:
    case HS_ROUTE_PROOF:
    case HS_ROUTE_LIVE:
    case HS_ROUTE_READY:
    case HS_ROUTE_METRICS:
        return true;
    case HS_ROUTE_NONE:
    case HS_ROUTE_BAD_METHOD:
    case HS_ROUTE_BAD_ARGUMENT:
        break;
    }
    return false;
}

/* -- responding -------------------------------------------------------------- */

static void respond_json(struct hs_rpc_response *response, unsigned http_status, json_t *json)
{
    response->http_status = http_status;
    response->content_type = TEXT_JSON;
    response->text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    response->size = response->text != NULL ? strlen(response->text) : 0;
    json_decref(json);
}

static void respond_text(struct hs_rpc_response *response, unsigned http_status, const char *text)
{
    response->http_status = http_status;
    response->content_type = TEXT_PLAIN;
    response->text = strdup(text);
    response->size = strlen(text);
}

static void respond_error(struct hs_rpc_response *response, unsigned http_status,
                          const char *reason, const char *message)
{
    respond_json(response, http_status,
                 json_pack("{s:{s:s, s:s}}", "error", "reason", reason, "message", message));
}

static void respond_status(struct hs_rpc_response *response, enum hs_status status)
{
    char reason[HS_RPC_REASON_CHARACTERS];
    hs_rpc_reason(reason, status);
    unsigned http_status = 500;
    if (status == HS_NOT_FOUND) {
        http_status = 404;
    } else if (status == HS_MALFORMED || status == HS_INVALID_ARGUMENT) {
        http_status = 400;
    } else if (status == HS_FULL || status == HS_NOT_READY) {
        http_status = 503;
    }
    respond_error(response, http_status, reason, hs_status_text(status));
}

static void respond_json_rpc(struct hs_rpc_response *response,
                             const struct hs_rpc_exchange *exchange,
                             const struct hs_genesis *genesis)
{
    response->text = hs_json_rpc_write(&exchange->request, genesis);
    response->size = response->text != NULL ? strlen(response->text) : 0;
    response->http_status = response->size > 0 ? 200 : 204;
    response->content_type = TEXT_JSON;
}

static void respond_batch(struct hs_rpc_response *response, const struct hs_rpc_exchange *exchange)
{
    size_t accepted = 0;
    json_t *rejected = json_array();
    for (size_t i = 0; i < exchange->transaction_count; i++) {
        enum hs_status status = exchange->submitted[i];
        if (status == HS_OK || status == HS_DUPLICATE) {
            accepted++;
            continue;
        }
        char reason[HS_RPC_REASON_CHARACTERS];
        hs_rpc_reason(reason, status);
        json_array_append_new(rejected, json_pack("{s:i, s:s}", "index", (int)i, "reason", reason));
    }
    respond_json(response, 200,
                 json_pack("{s:i, s:o}", "accepted", (int)accepted, "rejected", rejected));
}

/* Ids of a payload that was read from the log. */
static void respond_ids_of_payload(struct hs_rpc_response *response,
                                   const struct hs_rpc_exchange *exchange)
{
    struct hs_bytes *transactions = calloc(HS_BLOCK_TRANSACTIONS_MAX, sizeof transactions[0]);
    size_t count = 0;
    if (transactions == NULL ||
        hs_payload_split(
            transactions, &count, HS_BLOCK_TRANSACTIONS_MAX,
            (struct hs_bytes){.data = exchange->bytes, .size = exchange->bytes_size}) != HS_OK) {
        free(transactions);
        respond_status(response, transactions == NULL ? HS_OUT_OF_MEMORY : HS_CORRUPT);
        return;
    }
    struct hs_transaction_id *ids = calloc(count + 1, sizeof ids[0]);
    for (size_t i = 0; ids != NULL && i < count; i++) {
        hs_transaction_id_of(&ids[i], transactions[i]);
    }
    free(transactions);
    response->text = (char *)ids;
    response->size = ids != NULL ? count * sizeof ids[0] : 0;
}

static void respond_bytes(struct hs_rpc_response *response, const struct hs_rpc_exchange *exchange)
{
    response->http_status = 200;
    response->content_type = BINARY;
    if (exchange->bytes_are_payload) {
        respond_ids_of_payload(response, exchange);
        return;
    }
    response->text = malloc(exchange->bytes_size + 1);
    if (response->text != NULL && exchange->bytes_size > 0) {
        memcpy(response->text, exchange->bytes, exchange->bytes_size);
    }
    response->size = exchange->bytes_size;
}

static void respond_too_large(struct hs_rpc_response *response,
                              const struct hs_rpc_exchange *exchange)
{
    char message[96];
    snprintf(message, sizeof message, "the body may have %zu bytes at most",
             exchange->body_bytes_max);
    respond_error(response, 413, "too_large", message);
}

static void respond_answered(struct hs_rpc_response *response,
                             const struct hs_rpc_exchange *exchange,
                             const struct hs_genesis *genesis, const struct hs_rpc_counters *rpc)
{
    switch (exchange->route) {
    case HS_ROUTE_NONE:
        respond_error(response, 404, "no_such_path",
                      "there are POST / and, below /v1: status, blocks, accounts, transactions, "
                      "epoch, validators, registered, operators, evidence, fees, supply, commits, "
                      "headers, proofs; also /livez, /readyz, /metrics");
        break;
    case HS_ROUTE_BAD_METHOD:
        respond_error(response, 405, "bad_method", "this path takes another method");
        break;
    case HS_ROUTE_BAD_ARGUMENT:
        respond_error(response, 400, "bad_argument",
                      "heights, epochs and counts are decimal numbers within their limits, ids and "
                      "addresses 0x and 64 lowercase hex digits");
        break;
    case HS_ROUTE_JSON_RPC:
        respond_json_rpc(response, exchange, genesis);
        break;
    case HS_ROUTE_CALL:
        respond_json(response, 200, hs_rpc_json_answer(&exchange->call, genesis));
        break;
    case HS_ROUTE_BATCH:
        respond_batch(response, exchange);
        break;
    case HS_ROUTE_BLOCK_TRANSACTIONS:
    case HS_ROUTE_PROOF:
        respond_bytes(response, exchange);
        break;
    case HS_ROUTE_LIVE:
        respond_text(response, 200, "ok\n");
        break;
    case HS_ROUTE_READY:
        respond_text(response, exchange->ready ? 200 : 503,
                     exchange->ready ? "ok\n" : "not connected to a quorum\n");
        break;
    case HS_ROUTE_METRICS:
        response->http_status = 200;
        response->content_type = TEXT_METRICS;
        response->text = hs_rpc_metrics_write(&exchange->call, rpc);
        response->size = response->text != NULL ? strlen(response->text) : 0;
        break;
    }
}

void hs_rpc_exchange_respond(struct hs_rpc_response *response,
                             const struct hs_rpc_exchange *exchange,
                             const struct hs_genesis *genesis, const struct hs_rpc_counters *rpc)
{
    *response = (struct hs_rpc_response){0};
    if (exchange->body_too_large) {
        respond_too_large(response, exchange);
    } else if (exchange->outcome != HS_OK) {
        respond_status(response, exchange->outcome);
    } else {
        respond_answered(response, exchange, genesis, rpc);
    }
}

void hs_rpc_exchange_release(struct hs_rpc_exchange *exchange)
{
    hs_json_rpc_release(&exchange->request);
    hs_rpc_call_release(&exchange->call);
    free(exchange->transactions);
    free(exchange->submitted);
    free(exchange->bytes);
    free(exchange->body);
}
