/* The loop's side: exchanges asked, answered and waiting. All on the loop thread.
 */
#ifndef HS_RPC_ANSWER_H
#define HS_RPC_ANSWER_H

#include "rpc/exchange.h"

/* Is called for an exchange that has its answer; then it is the HTTP thread's again. */
typedef void hs_rpc_answered(struct hs_rpc_exchange *exchange);

struct hs_rpc_desk {
    struct hs_running_validator *validator;
    hs_rpc_answered *answered;
    struct hs_rpc_exchange *waits;       /* for a commit */
    struct hs_rpc_exchange *not_durable; /* answered, but with what is not durable yet */
    struct hs_rpc_recent_gas recent_gas; /* all zero at first */
};

/* Answers at once, or later: when transactions were checked, a commit came, or what the answer
 * says is durable (D7). */
void hs_rpc_desk_take(struct hs_rpc_desk *desk, struct hs_rpc_exchange *exchange);

/* A block was committed. */
void hs_rpc_desk_committed(struct hs_rpc_desk *desk, const struct hs_block *block,
                           const struct hs_transaction_id ids[], size_t count);

/* Answers those that wait and are marked as expired with what is so now; all of them when
 * `all`. */
void hs_rpc_desk_expire(struct hs_rpc_desk *desk, bool all);

#endif
