/* What a devnet shows: how each validator is, asked once a second, and the figures of the whole.
 */
#ifndef HS_CLI_DEVNET_VIEW_H
#define HS_CLI_DEVNET_VIEW_H

#include "bench/latencies.h"
#include "cli/client.h"
#include "cli/local_cluster.h"

enum hs_devnet_state {
    HS_DEVNET_STARTING, /* runs and has not answered yet */
    HS_DEVNET_UP,
    HS_DEVNET_SILENT, /* runs and does not answer any more */
    HS_DEVNET_DOWN,
};

struct hs_devnet_seen {
    enum hs_devnet_state state;
    bool answered_before;
    bool signing;
    bool member; /* of the epoch's set */
    uint64_t height;
    uint64_t epoch;
    uint64_t view;
    uint64_t transactions; /* that it committed since it runs */
    uint64_t peers;
    uint64_t mempool;
    uint64_t latency_ms; /* from a block's timestamp to its commit there */
    double transactions_per_second;
};

struct hs_devnet_view {
    struct hs_local_cluster *cluster;
    struct hs_client clients[HS_VALIDATORS_MAX];
    struct hs_devnet_seen seen[HS_VALIDATORS_MAX];
    uint64_t polled_ns;
    uint64_t height; /* the highest */
    uint64_t epoch;  /* the highest, and the highest view of it */
    uint64_t view;
    uint32_t up_count;
    double blocks_per_second;
    double transactions_per_second;
    double latency_p50_ms; /* of the load, in the last second; 0: none */
    double latency_p99_ms;
    bool terminal; /* the table is redrawn in place */
    uint32_t lines_drawn;
    uint64_t down_shown; /* of validators 0 .. 63: the restart command stands above */
};

bool hs_devnet_view_open(struct hs_devnet_view *view, struct hs_local_cluster *cluster);
void hs_devnet_view_close(struct hs_devnet_view *view);

/* Asks every validator. True when a pid changed. */
bool hs_devnet_view_poll(struct hs_devnet_view *view, uint64_t now_ns);
/* Of the load since the last call. */
void hs_devnet_view_take_latencies(struct hs_devnet_view *view, struct hs_latencies *latencies);

/* One line, or the table, or one line of JSON. False when nobody reads it any more. */
bool hs_devnet_view_print(struct hs_devnet_view *view, uint64_t seconds, bool json);

#endif
