/* JSON-RPC 2.0 (www.jsonrpc.org/specification): bodies into calls, and calls into the answer.
 *
 *     method               params
 *     status, epoch        none
 *     fees, evidence       none
 *     validators           none, or {"epoch": N}
 *     registered           none, or {"place": N}
 *     operator             {"address": "0x.."}
 *     commits              none, or {"address": "0x.."}
 *     block                {"height": N | "latest"}
 *     account              {"address": "0x.."}
 *     transaction          {"tx_id": "0x.."}
 *     submit_transaction   {"transaction": "0x.."}
 *
 * A parameter may also be the only element of an array. Members of params that are unknown, and
 * members that stand twice anywhere, are refused. A call without an id is carried out and
 * not answered. An error says what to do in its `message`; a refused transaction also has
 * `data.reason`.
 */
#ifndef HS_RPC_JSON_RPC_H
#define HS_RPC_JSON_RPC_H

#include <jansson.h>

#include "node/genesis.h"
#include "rpc/call.h"

enum hs_json_rpc_code {
    HS_JSON_RPC_OK = 0,
    HS_JSON_RPC_PARSE_ERROR = -32700,
    HS_JSON_RPC_INVALID_REQUEST = -32600,
    HS_JSON_RPC_METHOD_NOT_FOUND = -32601,
    HS_JSON_RPC_INVALID_PARAMS = -32602,
    HS_JSON_RPC_INTERNAL = -32603,
    HS_JSON_RPC_REJECTED = -32001, /* the transaction; data.reason says why */
    HS_JSON_RPC_NOT_FOUND = -32002,
    HS_JSON_RPC_BUSY = -32003, /* a limit is reached: try again later */
};

/* One request of a body. */
struct hs_json_rpc_entry {
    json_t *id; /* owned; NULL: a notification */
    enum hs_json_rpc_code code;
    const char *message; /* static; when code is not OK */
    struct hs_rpc_call call;
};

struct hs_json_rpc_request {
    bool is_batch;
    size_t count;
    struct hs_json_rpc_entry *entries; /* owned */
};

/* Reads a body of at most HS_RPC_JSON_BYTES_MAX bytes. What is wrong with it is in the entries,
 * each with its code: a body that is no JSON is one entry. HS_OUT_OF_MEMORY otherwise. */
HS_MUST_CHECK enum hs_status hs_json_rpc_parse(struct hs_json_rpc_request *request,
                                               struct hs_bytes body);

/* The text of the response, for free(); NULL without memory. "" when there is nothing to say
 * (notifications only). The calls with code OK were answered. */
char *hs_json_rpc_write(const struct hs_json_rpc_request *request,
                        const struct hs_genesis *genesis);

void hs_json_rpc_release(struct hs_json_rpc_request *request);

/* Reads one value as the argument of a call: what REST has in a path. False when it is none. */
bool hs_rpc_read_height(struct hs_rpc_call *call, const char *text);

#endif
