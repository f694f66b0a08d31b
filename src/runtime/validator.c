/* The assembly of a validator, and its loop. See <hotstuff/validator.h>.
 *
 *     loop thread    node, network, timer, queries, the application's calls
 *     cpu threads    what takes long: signatures, certificates
 *     disk thread    every durable write, the signer
 *     other threads  hs_validator_post, hs_validator_stop
 *
 * A turn of the loop: libuv's timers, then whatever arrived (frames, finished jobs, queries), then
 * hs_validator_end_turn, which lets the node send what it gathered, looks whether it can go on, and sets
 * the one timer to the moment the node named.
 *
 * Stopping. First the loop ends and no query is taken any more. Then jobs are run to their end,
 * but only those of the disk lane are still accepted: what was decided gets durable, while a
 * chain that could go on for ever (one validator alone) finds no certificate checked and comes
 * to rest; transactions whose signatures are left unchecked so are refused. Only then do network,
 * node and disk close.
 */
#include "runtime/validator_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

#define MILLISECOND_NS         UINT64_C(1000000)
#define TIMER_MILLISECONDS_MAX UINT64_C(60000)

enum hs_status hs_validator_fail(struct hs_validator_error *error, enum hs_status status,
                                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

/* -- health -------------------------------------------------------------------------- */

/* D5: loud at the start, and for whoever asks for the status. */
static void say_following(struct hs_running_validator *validator)
{
    snprintf(validator->advice, sizeof validator->advice,
             "this validator follows the chain without signing: its safety record is missing or "
             "older than what it has signed. If you know the highest view V it may have voted in "
             "(the highest view that any validator of the chain shows, plus 1, is high enough), "
             "stop it, run `hotstuff recover --home "
             "%.400s --last-voted-view V`, and start it again",
             validator->path);
    hs_log_event(&validator->log, HS_LOG_ERROR, HS_LOG_RUNTIME, "following", "advice=\"%s\"",
                 validator->advice);
}

void hs_validator_take_health(struct hs_running_validator *validator)
{
    struct hs_node_status status;
    hs_node_status(validator->node, &status);
    if (status.health == validator->health) {
        return;
    }
    validator->health = status.health;
    switch (status.health) {
    case HS_NODE_HEALTHY:
        validator->advice[0] = '\0';
        return;
    case HS_NODE_FOLLOWING:
        say_following(validator);
        return;
    case HS_NODE_WRITE_FAILED:
    case HS_NODE_DIVERGED:
        uv_stop(&validator->loop);
        return;
    }
}

static enum hs_status final_status(struct hs_running_validator *validator,
                                   struct hs_validator_error *error)
{
    char what[HS_DISK_ERROR_BYTES];
    switch (validator->health) {
    case HS_NODE_HEALTHY:
    case HS_NODE_FOLLOWING:
        return HS_OK;
    case HS_NODE_WRITE_FAILED:
        hs_real_disk_first_error(validator->disk, what);
        return hs_validator_fail(
            error, HS_IO,
            "a durable write failed in %.150s (%.150s), so the validator has stopped "
            "signing and ends; free space on that disk or replace it, then start the "
            "validator again",
            validator->path, what[0] != '\0' ? what : "no details");
    case HS_NODE_DIVERGED:
        return hs_validator_fail(
            error, HS_DIVERGED,
            "the state in %.150s differs from the one the validators certified, so the "
            "validator ends; keep the folder for an examination, and start again from a "
            "backup or an empty home",
            validator->path);
    }
    return HS_OK;
}

/* A write to a closed connection, or beyond a limit on file sizes, is an error of that write. */
void hs_validator_block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGXFSZ);
    HS_ASSERT(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
}

/* -- the loop ------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

static void set_timer(struct hs_running_validator *validator)
{
    uint64_t wake_ns = hs_node_next_wake_ns(validator->node);
    if (wake_ns == validator->timer_set_for_ns) {
        return;
    }
    validator->timer_set_for_ns = wake_ns;
    if (wake_ns == UINT64_MAX) {
        uv_timer_stop(&validator->timer);
        return;
    }
    uint64_t now_ns = validator->clock.now_ns(validator->clock.context);
    uint64_t delay_ms =
        wake_ns > now_ns ? (wake_ns - now_ns + MILLISECOND_NS - 1) / MILLISECOND_NS : 0;
    if (delay_ms > TIMER_MILLISECONDS_MAX) {
        delay_ms = TIMER_MILLISECONDS_MAX;
    }
    /* libuv counts from its own idea of now, which is that of the turn's beginning. */
    uv_update_time(&validator->loop);
    HS_ASSERT(uv_timer_start(&validator->timer, on_timer, delay_ms, 0) == 0);
}

/* libuv runs timers before it waits, and waits before the turn's end: the next moment must be set
 * here, or the wait would have none. */
static void on_timer(uv_timer_t *timer)
{
    struct hs_running_validator *validator = timer->data;
    validator->timer_set_for_ns = UINT64_MAX;
    hs_node_check_pacemaker_timeout(validator->node);
    set_timer(validator);
}

void hs_validator_end_turn(uv_check_t *check)
{
    struct hs_running_validator *validator = check->data;
    hs_node_end_turn(validator->node);
    if (validator->reporter != NULL && !validator->draining) {
        hs_reporter_look(validator->reporter, validator->node, &validator->application,
                         validator->clock.now_ns(validator->clock.context));
    }
    hs_validator_take_health(validator);
    set_timer(validator);
}

void hs_validator_on_network(void *context)
{
    struct hs_running_validator *validator = context;
    if (validator->node != NULL && !validator->draining) {
        hs_node_process_consensus_messages(validator->node);
    }
}

static void run_queries(struct hs_running_validator *validator)
{
    pthread_mutex_lock(&validator->queries_mutex);
    struct hs_query *query = validator->queries_first;
    validator->queries_first = NULL;
    validator->queries_last = NULL;
    validator->query_count = 0;
    pthread_mutex_unlock(&validator->queries_mutex);
    while (query != NULL) {
        struct hs_query *next = query->next;
        query->run(query, validator);
        query = next;
    }
}

void hs_validator_wake_up(uv_async_t *async)
{
    struct hs_running_validator *validator = async->data;
    run_queries(validator);
    if (validator->stop_wanted) {
        uv_stop(&validator->loop);
    }
}

/* In front of the pool: see "Stopping" above. */
void hs_validator_submit_job(void *context, enum hs_lane lane, struct hs_job *job)
{
    struct hs_running_validator *validator = context;
    if (!validator->draining || lane == HS_LANE_DISK) {
        const struct hs_workers *workers = hs_worker_pool_workers(validator->pool);
        workers->submit(workers->context, lane, job);
    }
}

void hs_validator_drain(struct hs_running_validator *validator)
{
    pthread_mutex_lock(&validator->queries_mutex);
    validator->queries_open = false;
    pthread_mutex_unlock(&validator->queries_mutex);
    run_queries(validator);
    validator->draining = true;
    hs_worker_pool_close(validator->pool);
    validator->pool = NULL;
    if (validator->node != NULL) {
        hs_node_refuse_submissions(validator->node);
    }
}

enum hs_status hs_validator_run(struct hs_running_validator *validator,
                                struct hs_validator_error *error)
{
    error->text[0] = '\0';
    hs_validator_block_signals();
    hs_node_start(validator->node);
    hs_validator_take_health(validator);
    set_timer(validator);
    if (validator->health == HS_NODE_HEALTHY || validator->health == HS_NODE_FOLLOWING) {
        uv_run(&validator->loop, UV_RUN_DEFAULT);
    }
    hs_validator_drain(validator);
    hs_validator_take_health(validator); /* a write of the drain may have failed */
    return final_status(validator, error);
}

void hs_validator_stop(struct hs_running_validator *validator)
{
    validator->stop_wanted = 1;
    uv_async_send(&validator->wake_up);
}

enum hs_status hs_validator_post(struct hs_running_validator *validator, struct hs_query *query)
{
    enum hs_status status = HS_OK;
    query->next = NULL;
    pthread_mutex_lock(&validator->queries_mutex);
    if (!validator->queries_open) {
        status = HS_NOT_READY;
    } else if (validator->query_count == HS_VALIDATOR_QUERIES_MAX) {
        status = HS_FULL;
    } else {
        if (validator->queries_last != NULL) {
            validator->queries_last->next = query;
        } else {
            validator->queries_first = query;
        }
        validator->queries_last = query;
        validator->query_count++;
    }
    bool wake = status == HS_OK && validator->query_count == 1;
    pthread_mutex_unlock(&validator->queries_mutex);
    if (wake) {
        uv_async_send(&validator->wake_up);
    }
    return status;
}

/* -- on the loop thread --------------------------------------------------------------------- */

enum hs_status hs_validator_submit(struct hs_running_validator *validator,
                                   const struct hs_bytes transactions[], size_t count,
                                   hs_validator_submitted *submitted, void *context)
{
    return hs_node_submit(validator->node, transactions, count, submitted, context);
}

void hs_validator_on_committed(struct hs_running_validator *validator,
                               hs_validator_committed *committed, void *context)
{
    hs_node_set_committed_callback(validator->node, committed, context);
}

void hs_validator_status(const struct hs_running_validator *validator,
                         struct hs_validator_status *status)
{
    struct hs_node_status node_status;
    hs_node_status(validator->node, &node_status);
    *status = (struct hs_validator_status){
        .view = node_status.core.view,
        .height = node_status.height,
        .state_root = node_status.state_root,
        .peers_connected = node_status.peers_connected,
        .validator_count = node_status.validator_count,
        .signing = node_status.health == HS_NODE_HEALTHY && node_status.core.signing,
    };
}

const char *hs_validator_advice(const struct hs_running_validator *validator)
{
    return validator->advice;
}

struct hs_node *hs_validator_node(struct hs_running_validator *validator)
{
    return validator->node;
}

const struct hs_ledger *hs_validator_ledger(const struct hs_running_validator *validator)
{
    return validator->ledger;
}

struct hs_amount hs_validator_base_fee(const struct hs_running_validator *validator)
{
    const struct hs_application *application = &validator->application;
    struct hs_state_root root;
    struct hs_state state = application->committed(application->context, &root);
    return application->base_fee(application->context, state);
}

enum hs_status hs_validator_supply(struct hs_running_validator *validator, struct hs_amount *supply)
{
    const struct hs_application *application = &validator->application;
    const struct hs_ledger *ledger = validator->ledger;
    struct hs_state_root root;
    if (ledger == NULL) {
        return HS_NOT_FOUND;
    }
    struct hs_state state = application->committed(application->context, &root);
    if (validator->supply_known && memcmp(&root, &validator->supply_root, sizeof root) == 0) {
        *supply = validator->supply;
        return HS_OK;
    }
    if (hs_ledger_account_count(ledger) > HS_RPC_SUPPLY_LEAVES_MAX ||
        hs_ledger_commits_waiting(ledger) > HS_RPC_SUPPLY_LEAVES_MAX) {
        return HS_FULL;
    }
    enum hs_status status = hs_ledger_supply(ledger, supply, state);
    validator->supply_known = status == HS_OK;
    validator->supply_root = root;
    validator->supply = *supply;
    return status;
}

const struct hs_config *hs_validator_config(const struct hs_running_validator *validator)
{
    return &validator->home.config;
}

const struct hs_genesis *hs_validator_genesis(const struct hs_running_validator *validator)
{
    return &validator->home.genesis;
}

const struct hs_log *hs_validator_log(const struct hs_running_validator *validator)
{
    return &validator->log;
}

uint16_t hs_validator_port(const struct hs_running_validator *validator)
{
    return hs_tcp_network_port(validator->network);
}
