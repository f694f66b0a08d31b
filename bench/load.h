/* hs_bench_load: transfers for a cluster, and when each was committed.
 *
 * Each node has a stream: its own accounts (so that an account's nonces reach one node, in
 * order), its transfers side by side in memory as the bodies of binary batches, one connection
 * that hands them in and one that waits for each block and brings the ids in it. A transfer's
 * latency ends when the node it was handed to says that its commit is durable.
 *
 *     transfers   [settled][in flight ........][signed .......]
 *                           waits for blocks    waits for its turn
 *
 * One thread, which waits in poll(2) only.
 */
#ifndef HS_BENCH_LOAD_H
#define HS_BENCH_LOAD_H

#include "bench/http_client.h"
#include "crypto/keys.h"

struct hs_bench_load;

/* Of each transfer of this load that a node reported as committed. */
typedef void hs_bench_load_committed(void *context, uint64_t now_ns, uint64_t latency_ns);
/* Of each block that node 0 reported. */
typedef void hs_bench_load_block(void *context, uint64_t now_ns, uint64_t height,
                                 uint32_t transactions);

struct hs_bench_load_config {
    uint32_t node_count;
    uint16_t rpc_ports[HS_VALIDATORS_MAX];
    struct hs_chain_id chain_id;
    uint64_t fee_units;
    uint64_t height;                       /* blocks above it are asked for */
    const struct hs_account_key *accounts; /* not owned; account i sends through node i mod n */
    const uint64_t *nonces;                /* [account_count], read once: the next ones */
    uint32_t account_count;
    uint64_t transfers_per_second; /* 0: as fast as in_flight_max allows */
    uint32_t in_flight_max;        /* over all nodes */
    /* Transfers that each stream has room for. Without `sign_ahead` they are signed just before
     * they go, and the room is used again and again. */
    uint32_t stream_capacity;
    bool sign_ahead;
    uint32_t threads; /* that sign ahead */
    hs_bench_load_committed *committed;
    hs_bench_load_block *block;
    void *context;
};

/* NULL without memory. Signs everything when `sign_ahead`. */
struct hs_bench_load *hs_bench_load_new(const struct hs_bench_load_config *config);
void hs_bench_load_free(struct hs_bench_load *load);

/* Runs until that time; nanoseconds of CLOCK_MONOTONIC. Before the first call nothing is sent. */
void hs_bench_load_run_until(struct hs_bench_load *load, uint64_t until_ns);

struct hs_bench_load_figures {
    uint64_t submitted;
    uint64_t committed;
    uint64_t rejected; /* refused again and again, and given up */
    uint64_t lost;     /* in flight at a node that went away */
    bool exhausted;    /* a stream had nothing left to send */
};
void hs_bench_load_figures(const struct hs_bench_load *load, struct hs_bench_load_figures *figures);

/* Accounts whose nonces are no longer known, since a node went away or refused: those of stream
 * `node`. True until hs_bench_load_set_nonces gives them. */
bool hs_bench_load_needs_nonces(const struct hs_bench_load *load, uint32_t node);
void hs_bench_load_set_nonces(struct hs_bench_load *load, uint32_t node, const uint64_t nonces[]);

uint64_t hs_bench_load_now_ns(void);

#endif
