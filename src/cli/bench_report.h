/* What `hotstuff bench` found, and how it is printed.
 */
#ifndef HS_CLI_BENCH_REPORT_H
#define HS_CLI_BENCH_REPORT_H

#include "bench/latencies.h"
#include "bench/load.h"
#include "bench/machine.h"

struct hs_bench_settings {
    uint64_t validators;
    uint64_t duration_seconds;
    uint64_t warm_up_seconds;
    uint64_t rate; /* 0: as fast as it goes */
    uint64_t in_flight;
    uint64_t accounts;
    uint64_t epoch_blocks; /* 0: one epoch for ever */
    bool empty;
};

struct hs_bench_report {
    struct hs_bench_settings settings;
    struct hs_machine machine;
    double window_seconds;
    uint64_t committed; /* transactions, in the window, by node 0 */
    uint64_t blocks;
    uint64_t views;
    uint64_t cpu_us;   /* of the nodes */
    uint64_t wake_ups; /* of the nodes' threads */
    uint64_t pairings; /* certificates and aggregates verified, by all nodes */
    double latency_p50_ms;
    double latency_p99_ms;
    struct hs_bench_load_figures load; /* of the whole run */
};

/* Returns the exit code. */
int hs_bench_report_print(const struct hs_bench_report *report, bool json);

#endif
