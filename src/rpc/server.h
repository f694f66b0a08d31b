/* hs_rpc_server: the door for clients, over HTTP.
 *
 *     POST /                            JSON-RPC 2.0 (rpc/json_rpc.h)
 *     GET  /v1/status
 *          /v1/blocks/{height|latest}
 *          /v1/blocks/{height}/transactions   ids, 32 bytes each; ?wait=MS
 *          /v1/accounts/{address}
 *          /v1/transactions/{id}              ?wait=MS: until it is committed
 *          /v1/epoch /v1/fees /v1/commits[/{address}]
 *          /v1/validators[/{epoch}]
 *          /v1/registered[/{place}]           from a place of the roster on
 *          /v1/operators/{address}
 *          /v1/evidence
 *          /v1/headers, /v1/proofs/...        rpc/proofs.h
 *     POST /v1/transactions             a binary batch (wire/payload.h): size u32 || bytes, each
 *     GET  /livez /readyz /metrics
 *
 * It runs one thread of its own, which reads and writes sockets and makes and parses JSON. What
 * needs the node becomes a query that the loop answers between two steps, in plain values;
 * meanwhile the connection is suspended, and neither thread waits for the other. Every kind of
 * memory that a client can make it use has its limit in limits.h.
 */
#ifndef HS_RPC_SERVER_H
#define HS_RPC_SERVER_H

#include <hotstuff/validator.h>

struct hs_rpc_server;

/* What happened, to which address, what to do. */
struct hs_rpc_error {
    char text[512];
};

/* Listens where the validator's configuration says; *server is NULL when it says "off". After
 * hs_validator_open and before hs_validator_run: it takes the validator's committed callback.
 * HS_INVALID_ARGUMENT (an address that is none), HS_IN_USE, HS_OUT_OF_MEMORY. */
HS_MUST_CHECK enum hs_status hs_rpc_server_start(struct hs_rpc_server **server,
                                                 struct hs_running_validator *validator,
                                                 struct hs_rpc_error *error);

/* The port it listens on. */
uint16_t hs_rpc_server_port(const struct hs_rpc_server *server);

/* Answers what is open, closes all and frees the server. After hs_validator_run has returned,
 * before hs_validator_close. NULL is fine. */
void hs_rpc_server_stop(struct hs_rpc_server *server);

#endif
