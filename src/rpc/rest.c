#include "rpc/rest.h"

#include <string.h>

#include "base/text.h"
#include "rpc/json_rpc.h"

struct fixed_path {
    const char *path;
    const char *method;
    enum hs_rpc_route route;
    enum hs_rpc_method call; /* of HS_ROUTE_CALL */
};

static const struct fixed_path FIXED[] = {
    {"/", "POST", HS_ROUTE_JSON_RPC, 0},
    {"/v1/status", "GET", HS_ROUTE_CALL, HS_RPC_STATUS},
    {"/v1/epoch", "GET", HS_ROUTE_CALL, HS_RPC_EPOCH},
    {"/v1/validators", "GET", HS_ROUTE_CALL, HS_RPC_VALIDATORS},
    {"/v1/evidence", "GET", HS_ROUTE_CALL, HS_RPC_EVIDENCE},
    {"/v1/registered", "GET", HS_ROUTE_CALL, HS_RPC_REGISTERED},
    {"/v1/commits", "GET", HS_ROUTE_CALL, HS_RPC_COMMITS},
    {"/v1/fees", "GET", HS_ROUTE_CALL, HS_RPC_FEES},
    {"/v1/supply", "GET", HS_ROUTE_CALL, HS_RPC_SUPPLY},
    {"/v1/transactions", "POST", HS_ROUTE_BATCH, 0},
    {"/v1/headers", "GET", HS_ROUTE_PROOF, 0},
    {"/livez", "GET", HS_ROUTE_LIVE, 0},
    {"/readyz", "GET", HS_ROUTE_READY, 0},
    {"/metrics", "GET", HS_ROUTE_METRICS, 0},
};

#define HEIGHT_CHARACTERS 21u /* 64 bits in decimal, and the closing zero */

/* "{height|latest}" or "{height}/transactions". */
static enum hs_rpc_route find_block(struct hs_rpc_call *call, const char *rest)
{
    static const char IDS[] = "/transactions";
    char height[HEIGHT_CHARACTERS];
    size_t height_length = strcspn(rest, "/");
    bool ids = strcmp(rest + height_length, IDS) == 0;
    if (rest[height_length] == '/' && !ids) {
        return HS_ROUTE_NONE;
    }
    if (height_length >= sizeof height) {
        return HS_ROUTE_BAD_ARGUMENT;
    }
    memcpy(height, rest, height_length);
    height[height_length] = '\0';
    call->method = HS_RPC_BLOCK;
    if (!hs_rpc_read_height(call, height) || (ids && call->argument.block.latest)) {
        return HS_ROUTE_BAD_ARGUMENT;
    }
    return ids ? HS_ROUTE_BLOCK_TRANSACTIONS : HS_ROUTE_CALL;
}

static enum hs_rpc_route find_account(struct hs_rpc_call *call, const char *rest)
{
    call->method = HS_RPC_ACCOUNT;
    return hs_hex_read(call->argument.address.bytes, HS_ADDRESS_BYTES, rest)
               ? HS_ROUTE_CALL
               : HS_ROUTE_BAD_ARGUMENT;
}

static enum hs_rpc_route find_commits(struct hs_rpc_call *call, const char *rest)
{
    call->method = HS_RPC_COMMITS;
    call->argument.commits.of_sender = true;
    return hs_hex_read(call->argument.commits.sender.bytes, HS_ADDRESS_BYTES, rest)
               ? HS_ROUTE_CALL
               : HS_ROUTE_BAD_ARGUMENT;
}

static enum hs_rpc_route find_transaction(struct hs_rpc_call *call, const char *rest)
{
    call->method = HS_RPC_TRANSACTION;
    return hs_hex_read(call->argument.transaction_id.bytes, HS_HASH_BYTES, rest)
               ? HS_ROUTE_CALL
               : HS_ROUTE_BAD_ARGUMENT;
}

static enum hs_rpc_route find_validators(struct hs_rpc_call *call, const char *rest)
{
    call->method = HS_RPC_VALIDATORS;
    call->argument.epoch.of_number = true;
    return hs_decimal_read(&call->argument.epoch.number, rest) ? HS_ROUTE_CALL
                                                               : HS_ROUTE_BAD_ARGUMENT;
}

static enum hs_rpc_route find_registered(struct hs_rpc_call *call, const char *rest)
{
    call->method = HS_RPC_REGISTERED;
    return hs_decimal_read(&call->argument.place, rest) ? HS_ROUTE_CALL : HS_ROUTE_BAD_ARGUMENT;
}

static enum hs_rpc_route find_operator(struct hs_rpc_call *call, const char *rest)
{
    call->method = HS_RPC_OPERATOR;
    return hs_hex_read(call->argument.address.bytes, HS_ADDRESS_BYTES, rest)
               ? HS_ROUTE_CALL
               : HS_ROUTE_BAD_ARGUMENT;
}

static enum hs_rpc_route find_proof(struct hs_rpc_call *call, const char *rest)
{
    return hs_rpc_proof_find(&call->argument.proof, rest) ? HS_ROUTE_PROOF : HS_ROUTE_BAD_ARGUMENT;
}

struct prefix {
    const char *path;
    enum hs_rpc_route (*find)(struct hs_rpc_call *call, const char *rest);
};

static const struct prefix PREFIXES[] = {
    {"/v1/blocks/", find_block},
    {"/v1/accounts/", find_account},
    {"/v1/commits/", find_commits},
    {"/v1/validators/", find_validators},
    {"/v1/registered/", find_registered},
    {"/v1/operators/", find_operator},
    {"/v1/transactions/", find_transaction},
    {"/v1/proofs/", find_proof},
};

enum hs_rpc_route hs_rpc_route_find(struct hs_rpc_call *call, const char *method, const char *path)
{
    *call = (struct hs_rpc_call){0};
    for (size_t i = 0; i < sizeof FIXED / sizeof FIXED[0]; i++) {
        if (strcmp(path, FIXED[i].path) == 0) {
            call->method = FIXED[i].call;
            if (FIXED[i].route == HS_ROUTE_PROOF) {
                call->argument.proof =
                    (struct hs_rpc_proof_question){.kind = HS_RPC_PROOF_HEADERS, .count = 1};
            }
            return strcmp(method, FIXED[i].method) == 0 ? FIXED[i].route : HS_ROUTE_BAD_METHOD;
        }
    }
    for (size_t i = 0; i < sizeof PREFIXES / sizeof PREFIXES[0]; i++) {
        size_t length = strlen(PREFIXES[i].path);
        if (strncmp(path, PREFIXES[i].path, length) == 0) {
            return strcmp(method, "GET") == 0 ? PREFIXES[i].find(call, path + length)
                                              : HS_ROUTE_BAD_METHOD;
        }
    }
    return HS_ROUTE_NONE;
}
