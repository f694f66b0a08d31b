/* hs_rpc_exchange: one HTTP request, from its first line to its response.
 *
 *     READING ── all of the body ──► ASKED ── the loop answers ──► ANSWERED ── text
 *        └───────────── refused, or the node need not be asked ───────►┘
 *
 * While it is ASKED the loop thread alone touches it, but for `stage` and `expired`; before and
 * after, the HTTP thread alone. `stage` carries it over.
 */
#ifndef HS_RPC_EXCHANGE_H
#define HS_RPC_EXCHANGE_H

#include <stdatomic.h>

#include <hotstuff/validator.h>

#include "rpc/json_rpc.h"
#include "rpc/metrics.h"
#include "rpc/rest.h"

enum hs_rpc_stage { HS_RPC_READING, HS_RPC_ASKED, HS_RPC_ANSWERED };

struct hs_rpc_desk;
struct hs_rpc_server;

struct hs_rpc_exchange {
    enum hs_rpc_route route;
    _Atomic(enum hs_rpc_stage) stage;

    /* The body. */
    uint8_t *body;
    size_t body_size;
    size_t body_capacity;
    size_t body_bytes_max;
    bool body_too_large;
    size_t body_dropped_bytes;

    /* What the node is asked. */
    struct hs_query query;
    struct hs_json_rpc_request request; /* HS_ROUTE_JSON_RPC */
    struct hs_rpc_call call;            /* HS_ROUTE_CALL, proofs, status for metrics and health */
    struct hs_bytes *transactions;      /* to submit: views into the body or the calls */
    size_t transaction_count;

    /* What came of it. */
    enum hs_status outcome;    /* of the exchange as a whole */
    bool ready;                /* HS_ROUTE_READY */
    enum hs_status *submitted; /* [transaction_count] */
    uint8_t *bytes; /* a proof, or of HS_ROUTE_BLOCK_TRANSACTIONS: ids, a payload to hash */
    size_t bytes_size;
    bool bytes_are_payload;
    uint64_t bytes_height; /* of a proof's state */

    /* Waiting for a commit: the list is the loop's. */
    uint64_t wait_ms;
    uint64_t deadline_ns;
    _Atomic(bool) expired;
    struct hs_rpc_exchange *wait_next;

    /* Whose it is: the desk that answers it, the server and its connection. */
    struct hs_rpc_desk *desk;
    struct hs_rpc_server *server;
    void *connection;
    bool asked; /* counts among those that the loop has, until the HTTP thread has it back */
    struct hs_rpc_exchange *previous;
    struct hs_rpc_exchange *next;
};

/* A response as it goes out. */
struct hs_rpc_response {
    unsigned http_status;
    const char *content_type;
    char *text; /* for free(); NULL without memory */
    size_t size;
};

/* What the body must be for the route; 0 when it must have none. */
size_t hs_rpc_body_bytes_max(enum hs_rpc_route route);

/* Takes `size` bytes of the body, or drops them when there are too many. HS_OUT_OF_MEMORY, or
 * HS_FULL when so much was dropped that the connection should be closed. */
HS_MUST_CHECK enum hs_status hs_rpc_exchange_feed(struct hs_rpc_exchange *exchange,
                                                  const char *data, size_t size);

/* The request is complete: reads it. True when the loop is to be asked, false when the response
 * can be made. */
bool hs_rpc_exchange_read(struct hs_rpc_exchange *exchange);

/* Makes the response of an answered exchange. */
void hs_rpc_exchange_respond(struct hs_rpc_response *response,
                             const struct hs_rpc_exchange *exchange,
                             const struct hs_genesis *genesis, const struct hs_rpc_counters *rpc);

void hs_rpc_exchange_release(struct hs_rpc_exchange *exchange);

#endif
