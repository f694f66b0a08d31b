/* REST: which request a method and a path mean.
 */
#ifndef HS_RPC_REST_H
#define HS_RPC_REST_H

#include "rpc/call.h"

enum hs_rpc_route {
    HS_ROUTE_NONE,               /* no such path: 404 */
    HS_ROUTE_BAD_METHOD,         /* the path is there, the method is not: 405 */
    HS_ROUTE_BAD_ARGUMENT,       /* 400 */
    HS_ROUTE_JSON_RPC,           /* POST / */
    HS_ROUTE_CALL,               /* a read: *call says which */
    HS_ROUTE_BATCH,              /* POST /v1/transactions */
    HS_ROUTE_BLOCK_TRANSACTIONS, /* *call has the height */
    HS_ROUTE_PROOF,              /* *call has the question; its parameters are in the query */
    HS_ROUTE_LIVE,
    HS_ROUTE_READY,
    HS_ROUTE_METRICS,
};

/* `call` is written for HS_ROUTE_CALL, HS_ROUTE_BLOCK_TRANSACTIONS and HS_ROUTE_PROOF. */
enum hs_rpc_route hs_rpc_route_find(struct hs_rpc_call *call, const char *method, const char *path);

#endif
