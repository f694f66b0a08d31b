/* What the parts of a running validator share: the validator itself, and what its loop does.
 *
 *     validator.c        the loop, queries, what is asked on the loop thread
 *     validator_open.c   from a home to a validator that can run, and back
 */
#ifndef HS_RUNTIME_VALIDATOR_PARTS_H
#define HS_RUNTIME_VALIDATOR_PARTS_H

#include <pthread.h>
#include <signal.h>

#include "network/tcp_network.h"
#include "runtime/home.h"
#include "runtime/real_clock.h"
#include "runtime/real_disk.h"
#include "runtime/reporter.h"
#include "runtime/validator.h"
#include "runtime/worker_pool.h"

#define HS_ADVICE_CHARACTERS 1024u

struct hs_running_validator {
    char *path;
    struct hs_home home;
    struct hs_log log;
    struct hs_clock clock;
    struct hs_real_disk *disk;

    uv_loop_t loop;
    bool has_loop;
    bool has_handles;
    uv_timer_t timer;
    uv_check_t turn_end;
    uv_async_t wake_up;
    uint64_t timer_set_for_ns;

    struct hs_worker_pool *pool;
    struct hs_workers workers; /* in front of the pool's */
    bool draining;
    struct hs_application application;
    struct hs_ledger *ledger;
    void *ledger_memory;
    size_t ledger_memory_size;
    bool supply_known; /* what the state of that root holds, as it was asked for last */
    struct hs_state_root supply_root;
    struct hs_amount supply;
    struct hs_node *node;
    struct hs_reporter *reporter;             /* NULL: nobody reports */
    const char *addresses[HS_VALIDATORS_MAX]; /* of validators; in home */
    struct hs_tcp_network *network;
    bool network_closed;

    enum hs_node_health health; /* as last seen */
    char advice[HS_ADVICE_CHARACTERS];
    volatile sig_atomic_t stop_wanted;

    pthread_mutex_t queries_mutex;
    bool queries_open;
    uint32_t query_count;
    struct hs_query *queries_first;
    struct hs_query *queries_last;
};

/* Sets the text and returns `status`. */
HS_MUST_CHECK enum hs_status hs_validator_fail(struct hs_validator_error *error,
                                               enum hs_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A write to a closed connection, or beyond a limit on file sizes, is an error of that write. */
void hs_validator_block_signals(void);
/* Looks whether the node can go on, and ends the loop when not. */
void hs_validator_take_health(struct hs_running_validator *validator);

/* What libuv, the network and the node call. */
void hs_validator_end_turn(uv_check_t *check);
void hs_validator_wake_up(uv_async_t *async);
void hs_validator_on_network(void *validator);
void hs_validator_submit_job(void *validator, enum hs_lane lane, struct hs_job *job);

/* The end of all jobs: see "Stopping" in validator.c. */
void hs_validator_drain(struct hs_running_validator *validator);

#endif
