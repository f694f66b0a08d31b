#include "rpc/json_rpc.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rpc/json_values.h"

/* -- parameters -------------------------------------------------------------- */

bool hs_rpc_read_height(struct hs_rpc_call *call, const char *text)
{
    call->argument.block.latest = strcmp(text, "latest") == 0;
    return call->argument.block.latest || hs_decimal_read(&call->argument.block.height, text);
}

static bool read_number(uint64_t *number, const json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *number = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_block(struct hs_rpc_call *call, const json_t *value)
{
    if (read_number(&call->argument.block.height, value)) {
        call->argument.block.latest = false;
        return true;
    }
    return json_is_string(value) && strcmp(json_string_value(value), "latest") == 0 &&
           hs_rpc_read_height(call, json_string_value(value));
}

static bool read_address(struct hs_rpc_call *call, const json_t *value)
{
    return json_is_string(value) &&
           hs_hex_read(call->argument.address.bytes, HS_ADDRESS_BYTES, json_string_value(value));
}

static bool read_sender(struct hs_rpc_call *call, const json_t *value)
{
    call->argument.commits.of_sender = true;
    return json_is_string(value) && hs_hex_read(call->argument.commits.sender.bytes,
                                                HS_ADDRESS_BYTES, json_string_value(value));
}

static bool read_epoch(struct hs_rpc_call *call, const json_t *value)
{
    call->argument.epoch.of_number = true;
    return read_number(&call->argument.epoch.number, value);
}

static bool read_place(struct hs_rpc_call *call, const json_t *value)
{
    return read_number(&call->argument.place, value);
}

static bool read_transaction_id(struct hs_rpc_call *call, const json_t *value)
{
    return json_is_string(value) && hs_hex_read(call->argument.transaction_id.bytes, HS_HASH_BYTES,
                                                json_string_value(value));
}

static bool read_transaction(struct hs_rpc_call *call, const json_t *value)
{
    size_t characters = json_string_length(value);
    if (characters < 4 || characters % 2 != 0) {
        return false;
    }
    size_t size = (characters - 2) / 2;
    if (size > HS_TRANSACTION_BYTES_MAX) {
        return false;
    }
    call->argument.transaction.size = (uint32_t)size;
    return hs_hex_read(call->argument.transaction.bytes, size, json_string_value(value));
}

/* -- methods ----------------------------------------------------------------- */

struct method {
    const char *name;
    enum hs_rpc_method method;
    const char *parameter; /* NULL: none */
    bool (*read)(struct hs_rpc_call *call, const json_t *value);
    bool optional; /* it may be left out */
    const char *wrong;
};

static const struct method METHODS[] = {
    {"status", HS_RPC_STATUS, NULL, NULL, false, "status takes no parameters"},
    {"epoch", HS_RPC_EPOCH, NULL, NULL, false, "epoch takes no parameters"},
    {"validators", HS_RPC_VALIDATORS, "epoch", read_epoch, true,
     "validators takes nothing, or {\"epoch\": N}"},
    {"registered", HS_RPC_REGISTERED, "place", read_place, true,
     "registered takes nothing, or {\"place\": N}, where the part before ended"},
    {"evidence", HS_RPC_EVIDENCE, NULL, NULL, false, "evidence takes no parameters"},
    {"operator", HS_RPC_OPERATOR, "address", read_address, false,
     "operator takes {\"address\": \"0x..\"}, 64 lowercase hex digits"},
    {"fees", HS_RPC_FEES, NULL, NULL, false, "fees takes no parameters"},
    {"supply", HS_RPC_SUPPLY, NULL, NULL, false, "supply takes no parameters"},
    {"commits", HS_RPC_COMMITS, "address", read_sender, true,
     "commits takes nothing, or {\"address\": \"0x..\"}, 64 lowercase hex digits"},
    {"block", HS_RPC_BLOCK, "height", read_block, false,
     "block takes {\"height\": N}, a number or \"latest\""},
    {"account", HS_RPC_ACCOUNT, "address", read_address, false,
     "account takes {\"address\": \"0x..\"}, 64 lowercase hex digits"},
    {"transaction", HS_RPC_TRANSACTION, "tx_id", read_transaction_id, false,
     "transaction takes {\"tx_id\": \"0x..\"}, 64 lowercase hex digits"},
    {"submit_transaction", HS_RPC_SUBMIT, "transaction", read_transaction, false,
     "submit_transaction takes {\"transaction\": \"0x..\"}, lowercase hex of 1 to 1024 bytes"},
};
#define METHOD_COUNT (sizeof METHODS / sizeof METHODS[0])

static const struct method *find_method(const char *name)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (strcmp(METHODS[i].name, name) == 0) {
            return &METHODS[i];
        }
    }
    return NULL;
}

/* The only parameter, by name or by place; NULL when it is not exactly that. */
static const json_t *only_parameter(const struct method *method, const json_t *params)
{
    if (json_is_object(params) && json_object_size(params) == 1) {
        return json_object_get(params, method->parameter);
    }
    return json_is_array(params) && json_array_size(params) == 1 ? json_array_get(params, 0) : NULL;
}

static bool read_params(struct hs_rpc_call *call, const struct method *method, const json_t *params)
{
    bool given = params != NULL && (json_object_size(params) > 0 || json_array_size(params) > 0);
    if (!given || method->parameter == NULL) {
        return !given && (method->parameter == NULL || method->optional);
    }
    const json_t *value = only_parameter(method, params);
    return value != NULL && method->read(call, value);
}

/* -- requests ---------------------------------------------------------------- */

static void refuse(struct hs_json_rpc_entry *entry, enum hs_json_rpc_code code, const char *message)
{
    entry->code = code;
    entry->message = message;
    if (entry->id == NULL &&
        (code == HS_JSON_RPC_PARSE_ERROR || code == HS_JSON_RPC_INVALID_REQUEST)) {
        entry->id = json_null();
    }
}

static bool is_id(const json_t *id)
{
    return json_is_string(id) || json_is_number(id) || json_is_null(id);
}

static void read_entry(struct hs_json_rpc_entry *entry, const json_t *value)
{
    json_t *id = json_object_get(value, "id");
    if (!json_is_object(value) || (id != NULL && !is_id(id))) {
        refuse(entry, HS_JSON_RPC_INVALID_REQUEST,
               "a request is an object whose id is a string, a number or null");
        return;
    }
    entry->id = json_incref(id);
    const json_t *version = json_object_get(value, "jsonrpc");
    const json_t *name = json_object_get(value, "method");
    const json_t *params = json_object_get(value, "params");
    if (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0 ||
        !json_is_string(name)) {
        refuse(entry, HS_JSON_RPC_INVALID_REQUEST,
               "a request has \"jsonrpc\": \"2.0\" and a \"method\"");
        return;
    }
    if (params != NULL && !json_is_object(params) && !json_is_array(params)) {
        refuse(entry, HS_JSON_RPC_INVALID_REQUEST, "params is an object or an array");
        return;
    }
    const struct method *method = find_method(json_string_value(name));
    if (method == NULL) {
        refuse(entry, HS_JSON_RPC_METHOD_NOT_FOUND,
               "no such method; there are status, block, account, transaction, "
               "submit_transaction, epoch, validators, registered, operator, evidence, fees, "
               "supply and commits");
        return;
    }
    entry->call.method = method->method;
    if (!read_params(&entry->call, method, params)) {
        refuse(entry, HS_JSON_RPC_INVALID_PARAMS, method->wrong);
    }
}

/* A request that consists of one error, or NULL entries when there is no memory. */
static enum hs_status one_error(struct hs_json_rpc_request *request, enum hs_json_rpc_code code,
                                const char *message)
{
    request->count = 1;
    request->entries = calloc(1, sizeof request->entries[0]);
    if (request->entries == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    refuse(&request->entries[0], code, message);
    return HS_OK;
}

/* Counts the calls with large answers, and refuses those above the limit. */
static void bound_large(struct hs_json_rpc_entry *entry, uint32_t *count)
{
    if (entry->code != HS_JSON_RPC_OK || !hs_rpc_method_is_large(entry->call.method)) {
        return;
    }
    if (*count >= HS_RPC_LARGE_CALLS_MAX) {
        refuse(entry, HS_JSON_RPC_BUSY,
               "a batch asks at most 4 times for epoch, validators, registered, operator or "
               "evidence; send more than one");
        return;
    }
    *count += 1;
}

static enum hs_status read_batch(struct hs_json_rpc_request *request, const json_t *root)
{
    size_t count = json_array_size(root);
    if (count == 0) {
        return one_error(request, HS_JSON_RPC_INVALID_REQUEST, "a batch holds a request at least");
    }
    if (count > HS_RPC_CALLS_MAX) {
        return one_error(request, HS_JSON_RPC_INVALID_REQUEST,
                         "a batch holds at most 64 requests; send more than one");
    }
    request->entries = calloc(count, sizeof request->entries[0]);
    if (request->entries == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    request->is_batch = true;
    request->count = count;
    uint32_t large = 0;
    for (size_t i = 0; i < count; i++) {
        read_entry(&request->entries[i], json_array_get(root, i));
        bound_large(&request->entries[i], &large);
    }
    return HS_OK;
}

enum hs_status hs_json_rpc_parse(struct hs_json_rpc_request *request, struct hs_bytes body)
{
    *request = (struct hs_json_rpc_request){0};
    json_t *root = NULL;
    if (body.size > 0 && body.size <= HS_RPC_JSON_BYTES_MAX) {
        root = json_loadb((const char *)body.data, body.size,
                          JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    }
    if (root == NULL) {
        return one_error(request, HS_JSON_RPC_PARSE_ERROR,
                         "the body is no JSON, or has a member twice");
    }
    enum hs_status status;
    if (json_is_array(root)) {
        status = read_batch(request, root);
    } else {
        request->entries = calloc(1, sizeof request->entries[0]);
        request->count = 1;
        status = request->entries != NULL ? HS_OK : HS_OUT_OF_MEMORY;
        if (status == HS_OK) {
            read_entry(&request->entries[0], root);
        }
    }
    json_decref(root);
    return status;
}

void hs_json_rpc_release(struct hs_json_rpc_request *request)
{
    for (size_t i = 0; request->entries != NULL && i < request->count; i++) {
        json_decref(request->entries[i].id);
        hs_rpc_call_release(&request->entries[i].call);
    }
    free(request->entries);
    *request = (struct hs_json_rpc_request){0};
}

/* -- responses --------------------------------------------------------------- */

static json_t *error_json(enum hs_json_rpc_code code, const char *message)
{
    return json_pack("{s:i, s:s}", "code", (int)code, "message", message);
}

static json_t *outcome_error_json(const struct hs_rpc_call *call)
{
    char reason[HS_RPC_REASON_CHARACTERS];
    hs_rpc_reason(reason, call->outcome);
    enum hs_json_rpc_code code = HS_JSON_RPC_INTERNAL;
    if (call->outcome == HS_NOT_FOUND) {
        code = HS_JSON_RPC_NOT_FOUND;
    } else if (call->outcome == HS_NOT_READY || call->outcome == HS_FULL) {
        code = HS_JSON_RPC_BUSY;
    } else if (call->method == HS_RPC_SUBMIT) {
        code = HS_JSON_RPC_REJECTED;
    }
    return json_pack("{s:i, s:s, s:{s:s}}", "code", (int)code, "message",
                     hs_status_text(call->outcome), "data", "reason", reason);
}

static json_t *response_json(const struct hs_json_rpc_entry *entry,
                             const struct hs_genesis *genesis)
{
    if (entry->code != HS_JSON_RPC_OK) {
        return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", entry->id, "error",
                         error_json(entry->code, entry->message));
    }
    if (entry->call.outcome != HS_OK && entry->call.outcome != HS_DUPLICATE) {
        return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", entry->id, "error",
                         outcome_error_json(&entry->call));
    }
    return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", entry->id, "result",
                     hs_rpc_json_answer(&entry->call, genesis));
}

char *hs_json_rpc_write(const struct hs_json_rpc_request *request, const struct hs_genesis *genesis)
{
    json_t *list = json_array();
    for (size_t i = 0; i < request->count; i++) {
        const struct hs_json_rpc_entry *entry = &request->entries[i];
        if (entry->id != NULL && json_array_append_new(list, response_json(entry, genesis)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    char *text;
    if (json_array_size(list) == 0) {
        text = calloc(1, 1);
    } else {
        text = json_dumps(request->is_batch ? list : json_array_get(list, 0), JSON_COMPACT);
    }
    json_decref(list);
    return text;
}
