/* hs_stream: the load on one node. See load.h; of use to load.c only. */
#ifndef HS_BENCH_STREAM_H
#define HS_BENCH_STREAM_H

#include "base/id_map.h"
#include "bench/load.h"
#include "wire/payload.h"
#include "wire/transaction.h"

/* A transfer as it stands in the body of a batch. */
#define HS_STREAM_ENTRY_BYTES (HS_PAYLOAD_ENTRY_BYTES + HS_TRANSACTION_TRANSFER_BYTES)

/* Transfers are counted from 0 on; number k stands in slot k mod capacity. */
struct hs_stream {
    const struct hs_bench_load_config *config; /* not owned */
    uint32_t node;
    uint32_t account_count;
    uint32_t account_next; /* whose turn it is */
    uint64_t *nonces;      /* [account_count] */
    uint8_t *entries;      /* [capacity * HS_STREAM_ENTRY_BYTES] */
    struct hs_transaction_id *ids;
    uint64_t *due_ns; /* from when latency counts; 0: settled */
    void *map_memory;
    struct hs_id_map *in_flight; /* id to slot */
    uint64_t signed_count;
    uint64_t sent_count;
    uint64_t settled_count; /* all before are settled */

    struct hs_http_client submit;
    uint64_t batch_first; /* handed in, not yet answered */
    uint32_t batch_count; /* 0: none */
    uint32_t batch_tries;
    struct hs_http_client blocks;
    uint64_t height; /* of the block it waits for */
    uint64_t pause_submit_until_ns;
    uint64_t pause_blocks_until_ns;
    bool needs_nonces;
    struct hs_bench_load_figures figures;
};

bool hs_stream_open(struct hs_stream *stream, const struct hs_bench_load_config *config,
                    uint32_t node);
void hs_stream_close(struct hs_stream *stream);

/* Signs transfers until `count` are ready or there is no room. */
void hs_stream_sign(struct hs_stream *stream, uint64_t count);

/* Goes on with both connections; hands in what is due by `due_count` transfers in all. */
void hs_stream_step(struct hs_stream *stream, uint64_t now_ns, uint64_t start_ns);

uint32_t hs_stream_in_flight(const struct hs_stream *stream);
/* When number `k` of a paced stream is due. */
uint64_t hs_stream_due_ns(const struct hs_bench_load_config *config, uint64_t start_ns, uint64_t k);

#endif
