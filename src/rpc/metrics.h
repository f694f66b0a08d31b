/* Figures for monitoring, in Prometheus' text format 0.0.4
 * (prometheus.io/docs/instrumenting/exposition_formats).
 */
#ifndef HS_RPC_METRICS_H
#define HS_RPC_METRICS_H

#include "rpc/call.h"

/* What the server counts itself. */
struct hs_rpc_counters {
    uint64_t requests;
    uint64_t refused; /* answered with a status of 400 or above */
    uint64_t connections;
};

/* The text of an answered HS_RPC_STATUS, for free(); NULL without memory. */
char *hs_rpc_metrics_write(const struct hs_rpc_call *call, const struct hs_rpc_counters *rpc);

#endif
