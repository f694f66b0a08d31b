/* The assembly of a validator, and its loop. See <hotstuff/validator.h>.
 *
 *     loop thread    node, network, timer, queries, the application's calls
 *     cpu threads    what takes long: signatures, certificates
 *     disk thread    every durable write, the signer
 *     other threads  hs_validator_post, hs_validator_stop
 *
 * A turn of the loop: libuv's timers, then whatever arrived (frames, finished jobs, queries), then
 * on_turn_end, which lets the node send what it gathered, looks whether it can go on, and sets
 * the one timer to the moment the node named.
 *
 * Stopping. First the loop ends and no query is taken any more. Then jobs are run to their end,
 * but only those of the disk lane are still accepted: what was decided gets durable, while a
 * chain that could go on for ever (one validator alone) finds no certificate checked and comes
 * to rest; transactions whose signatures are left unchecked so are refused. Only then do network,
 * node and disk close.
 */
#include "runtime/validator.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/assert.h"
#include "network/tcp_network.h"
#include "runtime/home.h"
#include "runtime/real_clock.h"
#include "runtime/real_disk.h"
#include "runtime/reporter.h"
#include "runtime/reserve.h"
#include "runtime/worker_pool.h"

/* Of blocks this validator makes; it accepts up to HS_BLOCK_TRANSACTIONS_MAX of others. As many as
 * voters that have seen none of them before still check within the base timeout. */
#define OWN_BLOCK_TRANSACTIONS_MAX 4000u

#define TREE_BLOCKS_MAX         1024u
#define OVERLAY_ACCOUNTS_MAX    (1u << 20)
#define OVERLAY_RECORDS_MAX     (4u * HS_REGISTRY_CHANGES_MAX)
#define RECENT_TRANSACTIONS_MAX (1u << 20)
#define MILLISECOND_NS          UINT64_C(1000000)
#define TIMER_MILLISECONDS_MAX  UINT64_C(60000)
#define ADVICE_CHARACTERS       1024u

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
    char advice[ADVICE_CHARACTERS];
    volatile sig_atomic_t stop_wanted;

    pthread_mutex_t queries_mutex;
    bool queries_open;
    uint32_t query_count;
    struct hs_query *queries_first;
    struct hs_query *queries_last;
};

static enum hs_status fail(struct hs_validator_error *error, enum hs_status status,
                           const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum hs_status fail(struct hs_validator_error *error, enum hs_status status,
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

static void take_health(struct hs_running_validator *validator)
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
        return fail(error, HS_IO,
                    "a durable write failed in %.150s (%.150s), so the validator has stopped "
                    "signing and ends; free space on that disk or replace it, then start the "
                    "validator again",
                    validator->path, what[0] != '\0' ? what : "no details");
    case HS_NODE_DIVERGED:
        return fail(error, HS_DIVERGED,
                    "the state in %.150s differs from the one the validators certified, so the "
                    "validator ends; keep the folder for an examination, and start again from a "
                    "backup or an empty home",
                    validator->path);
    }
    return HS_OK;
}

/* A write to a closed connection, or beyond a limit on file sizes, is an error of that write. */
static void block_write_signals(void)
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

static void on_turn_end(uv_check_t *check)
{
    struct hs_running_validator *validator = check->data;
    hs_node_end_turn(validator->node);
    if (validator->reporter != NULL && !validator->draining) {
        hs_reporter_look(validator->reporter, validator->node, &validator->application,
                         validator->clock.now_ns(validator->clock.context));
    }
    take_health(validator);
    set_timer(validator);
}

static void on_network(void *context)
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

static void on_wake_up(uv_async_t *async)
{
    struct hs_running_validator *validator = async->data;
    run_queries(validator);
    if (validator->stop_wanted) {
        uv_stop(&validator->loop);
    }
}

/* In front of the pool: see "Stopping" above. */
static void submit_job(void *context, enum hs_lane lane, struct hs_job *job)
{
    struct hs_running_validator *validator = context;
    if (!validator->draining || lane == HS_LANE_DISK) {
        const struct hs_workers *workers = hs_worker_pool_workers(validator->pool);
        workers->submit(workers->context, lane, job);
    }
}

static void drain(struct hs_running_validator *validator)
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
    block_write_signals();
    hs_node_start(validator->node);
    take_health(validator);
    set_timer(validator);
    if (validator->health == HS_NODE_HEALTHY || validator->health == HS_NODE_FOLLOWING) {
        uv_run(&validator->loop, UV_RUN_DEFAULT);
    }
    drain(validator);
    take_health(validator); /* a write of the drain may have failed */
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

/* -- opening ----------------------------------------------------------------------------- */

static enum hs_status open_home(struct hs_running_validator *validator,
                                struct hs_validator_error *error)
{
    struct hs_home_error home_error;
    char disk_error[HS_DISK_ERROR_BYTES];
    if (hs_crypto_start() != HS_OK) {
        return fail(error, HS_IO, "the system gives no randomness; check getrandom(2)");
    }
    enum hs_status status = hs_home_load(&validator->home, validator->path, &home_error);
    if (status != HS_OK) {
        return fail(error, status, "%s", home_error.text);
    }
    const struct hs_config *config = &validator->home.config;
    validator->clock = hs_real_clock();
    validator->log = (struct hs_log){
        .descriptor = STDERR_FILENO,
        .json = config->log_json,
        .clock = validator->clock,
    };
    HS_ASSERT(hs_log_parse_levels(&validator->log, config->log_levels));
    status = hs_real_disk_open(&validator->disk, validator->path, disk_error);
    return status == HS_OK ? HS_OK : fail(error, status, "%s", disk_error);
}

static enum hs_status open_loop(struct hs_running_validator *validator,
                                struct hs_validator_error *error)
{
    if (uv_loop_init(&validator->loop) != 0) {
        return fail(error, HS_OUT_OF_MEMORY,
                    "the event loop could not be made; check the limits "
                    "on memory and open files (ulimit -a)");
    }
    validator->has_loop = true;
    if (uv_async_init(&validator->loop, &validator->wake_up, on_wake_up) != 0) {
        return fail(error, HS_OUT_OF_MEMORY,
                    "no descriptor is free; raise the limit on open files "
                    "(ulimit -n)");
    }
    HS_ASSERT(uv_timer_init(&validator->loop, &validator->timer) == 0);
    HS_ASSERT(uv_check_init(&validator->loop, &validator->turn_end) == 0);
    HS_ASSERT(uv_check_start(&validator->turn_end, on_turn_end) == 0);
    validator->wake_up.data = validator;
    validator->timer.data = validator;
    validator->turn_end.data = validator;
    validator->has_handles = true;
    validator->timer_set_for_ns = UINT64_MAX;
    validator->workers = (struct hs_workers){.context = validator, .submit = submit_job};
    enum hs_status status =
        hs_worker_pool_new(&validator->pool, &validator->loop, validator->home.config.cpu_threads);
    return status == HS_OK ? HS_OK
                           : fail(error, status,
                                  "the worker threads could not be started; check the limits on "
                                  "processes and memory (ulimit -a)");
}

static enum hs_status open_ledger(struct hs_running_validator *validator,
                                  struct hs_validator_error *error)
{
    const struct hs_genesis *genesis = &validator->home.genesis;
    struct hs_genesis_validator validators[HS_VALIDATORS_MAX];
    hs_genesis_stakes(genesis, validators);
    struct hs_ledger_config config = {
        .chain_id = genesis->chain_id,
        .parameters = genesis->parameters,
        .accounts = genesis->accounts,
        .account_count = genesis->account_count,
        .validators = validators,
        .validator_count = genesis->validators.count,
        .election = genesis->election,
        .accounts_max = validator->home.config.accounts_max,
        .states_max = TREE_BLOCKS_MAX + 2,
        .overlay_accounts_max = OVERLAY_ACCOUNTS_MAX,
        .overlay_records_max = OVERLAY_RECORDS_MAX,
    };
    memcpy(config.randomness, genesis->randomness, sizeof config.randomness);
    if (getrandom(config.map_seed, sizeof config.map_seed, 0) != sizeof config.map_seed) {
        return fail(error, HS_IO, "the system gives no randomness; check getrandom(2)");
    }
    validator->ledger_memory_size = hs_ledger_footprint(&config);
    if (validator->ledger_memory_size > 0) {
        validator->ledger_memory = hs_reserve_memory(validator->ledger_memory_size);
    }
    if (validator->ledger_memory == NULL) {
        return fail(error, HS_OUT_OF_MEMORY,
                    "the system gives no %zu bytes of address space for the ledger; lower "
                    "ledger.accounts_max in hotstuff.conf",
                    validator->ledger_memory_size);
    }
    enum hs_status status = hs_ledger_new(&validator->ledger, validator->ledger_memory, &config);
    if (status != HS_OK) {
        return fail(error, status,
                    "the genesis state could not be made: %s; is ledger.accounts_max in "
                    "hotstuff.conf above the %zu accounts of genesis.json?",
                    hs_status_text(status), genesis->account_count);
    }
    hs_ledger_application(validator->ledger, &validator->application);
    return HS_OK;
}

static enum hs_status open_application(struct hs_running_validator *validator,
                                       const struct hs_validator_options *options,
                                       struct hs_validator_error *error)
{
    if (options->make_application == NULL) {
        return open_ledger(validator, error);
    }
    const struct hs_application_setup setup = {
        .chain_id = validator->home.genesis.chain_id,
        .base_fee = validator->home.genesis.parameters.fees.base_fee,
        .states_max = TREE_BLOCKS_MAX + 2,
    };
    enum hs_status status =
        options->make_application(options->application_context, &validator->application, &setup);
    return status == HS_OK ? HS_OK
                           : fail(error, status, "the application could not be made: %s",
                                  hs_status_text(status));
}

/* Those that the configuration names, without gaps. Returns how many. */
static uint32_t list_known(struct hs_contact known[HS_KNOWN_PEERS_MAX],
                           const struct hs_config *config)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < HS_KNOWN_PEERS_MAX; i++) {
        if (config->known[i].address.text[0] != '\0') {
            known[count++] = config->known[i];
        }
    }
    return count;
}

static enum hs_status open_node(struct hs_running_validator *validator,
                                struct hs_validator_error *error)
{
    const struct hs_config *config = &validator->home.config;
    const struct hs_genesis *genesis = &validator->home.genesis;
    struct hs_node_error node_error = {.text = ""};
    struct hs_state_root root;
    struct hs_contact known[HS_KNOWN_PEERS_MAX];
    for (uint32_t i = 0; i < genesis->validators.count; i++) {
        const char *of_genesis = genesis->addresses[i].text;
        const char *address = config->peers[i][0] != '\0' ? config->peers[i] : of_genesis;
        validator->addresses[i] = address[0] != '\0' ? address : NULL;
    }
    struct hs_node_config node_config = {
        .chain_id = genesis->chain_id,
        .validators = &genesis->validators,
        .addresses = validator->addresses,
        .known = known,
        .known_count = list_known(known, config),
        .election = genesis->election,
        .pacemaker = config->pacemaker,
        .tree_blocks_max = TREE_BLOCKS_MAX,
        .mempool_transactions_max = config->mempool_transactions,
        .recent_transactions_max = RECENT_TRANSACTIONS_MAX,
        .payload_bytes_max = HS_PAYLOAD_BYTES_MAX,
        .block_transactions_max = OWN_BLOCK_TRANSACTIONS_MAX,
        .segment_bytes = HS_LOG_SEGMENT_BYTES,
        .snapshot_interval_blocks = config->snapshot_interval_blocks,
        .application = validator->application,
        .keys = validator->home.keys,
        .key_count = validator->home.key_count,
        .clock = validator->clock,
        .disk = hs_real_disk_interface(validator->disk),
        .workers = &validator->workers,
        .log = &validator->log,
    };
    memcpy(node_config.randomness, genesis->randomness, sizeof node_config.randomness);
    if (getrandom(node_config.map_seed, sizeof node_config.map_seed, 0) !=
        sizeof node_config.map_seed) {
        return fail(error, HS_IO, "the system gives no randomness; check getrandom(2)");
    }
    validator->application.committed(validator->application.context, &root);
    hs_genesis_block(&node_config.genesis, genesis, &root);
    enum hs_status status = hs_node_open(&validator->node, &node_config, &node_error);
    if (status == HS_IO) {
        char what[HS_DISK_ERROR_BYTES];
        hs_real_disk_first_error(validator->disk, what);
        return fail(error, status,
                    "%.150s could not be opened, for its disk refused a read or a write (%.150s); "
                    "free space on that disk or replace it, then start again",
                    validator->path, what[0] != '\0' ? what : "no details");
    }
    return status == HS_OK
               ? HS_OK
               : fail(error, status, "%.150s: %.330s", validator->path,
                      node_error.text[0] != '\0' ? node_error.text : hs_status_text(status));
}

static enum hs_status open_network(struct hs_running_validator *validator,
                                   struct hs_validator_error *error)
{
    struct hs_tcp_error tcp_error;
    struct hs_ed25519_secret_key secret_keys[HS_NODE_KEYS_MAX];
    for (uint32_t i = 0; i < validator->home.key_count; i++) {
        secret_keys[i] = validator->home.keys[i].network_secret_key;
    }
    const struct hs_tcp_network_config network_config = {
        .loop = &validator->loop,
        .listen_address = validator->home.config.listen,
        .network_secret_keys = secret_keys,
        .network_key_count = validator->home.key_count,
        .clock = validator->clock,
        .chain_id = validator->home.genesis.chain_id,
        .log = &validator->log,
        .notify = on_network,
        .notify_context = validator,
    };
    enum hs_status status = hs_tcp_network_new(&validator->network, &network_config, &tcp_error);
    hs_wipe(secret_keys, sizeof secret_keys);
    if (status != HS_OK) {
        validator->network = NULL;
        return fail(error, status, "%s", tcp_error.text);
    }
    hs_node_set_consensus_network(validator->node, hs_tcp_network_transport(validator->network));
    return HS_OK;
}

/* Where the ledger has stakes there is something to be punished. */
static enum hs_status open_reporter(struct hs_running_validator *validator,
                                    struct hs_validator_error *error)
{
    const struct hs_home *home = &validator->home;
    if (!home->has_reporter || validator->ledger == NULL ||
        home->genesis.parameters.staking.epoch_blocks == 0) {
        return HS_OK;
    }
    validator->reporter = hs_reporter_new(&home->reporter, &home->genesis.chain_id,
                                          validator->ledger, &validator->log);
    return validator->reporter != NULL
               ? HS_OK
               : fail(error, HS_OUT_OF_MEMORY, "there is not enough memory");
}

static enum hs_status open_parts(struct hs_running_validator *validator,
                                 const struct hs_validator_options *options,
                                 struct hs_validator_error *error)
{
    enum hs_status status = open_home(validator, error);
    if (status == HS_OK) {
        status = open_loop(validator, error);
    }
    if (status == HS_OK) {
        status = open_application(validator, options, error);
    }
    if (status == HS_OK) {
        status = open_node(validator, error);
    }
    for (uint32_t i = 0; i < HS_NODE_KEYS_MAX; i++) {
        hs_wipe(&validator->home.keys[i].bls_secret_key, sizeof(struct hs_bls_secret_key));
    }
    if (status == HS_OK) {
        status = open_network(validator, error);
    }
    if (status == HS_OK) {
        status = open_reporter(validator, error);
    }
    hs_wipe(validator->home.keys, sizeof validator->home.keys);
    hs_wipe(&validator->home.reporter, sizeof validator->home.reporter);
    return status;
}

enum hs_status hs_validator_open(struct hs_running_validator **validator,
                                 const struct hs_validator_options *options,
                                 struct hs_validator_error *error)
{
    *validator = NULL;
    error->text[0] = '\0';
    block_write_signals();
    struct hs_running_validator *opened = calloc(1, sizeof *opened);
    char *path = strdup(options->home);
    if (opened == NULL || path == NULL) {
        free(opened);
        free(path);
        return fail(error, HS_OUT_OF_MEMORY, "there is not enough memory");
    }
    opened->path = path;
    opened->queries_open = true;
    HS_ASSERT(pthread_mutex_init(&opened->queries_mutex, NULL) == 0);
    enum hs_status status = open_parts(opened, options, error);
    if (status != HS_OK) {
        hs_validator_close(opened);
        return status;
    }
    take_health(opened);
    *validator = opened;
    return HS_OK;
}

/* -- closing ----------------------------------------------------------------------------- */

static void on_network_closed(void *context)
{
    struct hs_running_validator *validator = context;
    validator->network_closed = true;
}

static void close_loop(struct hs_running_validator *validator)
{
    if (validator->pool != NULL) {
        drain(validator);
    }
    if (validator->network != NULL) {
        hs_tcp_network_close(validator->network, on_network_closed, validator);
    }
    if (validator->has_handles) {
        uv_close((uv_handle_t *)&validator->timer, NULL);
        uv_close((uv_handle_t *)&validator->turn_end, NULL);
        uv_close((uv_handle_t *)&validator->wake_up, NULL);
    }
    uv_run(&validator->loop, UV_RUN_DEFAULT);
    HS_ASSERT(validator->network == NULL || validator->network_closed);
    HS_ASSERT(uv_loop_close(&validator->loop) == 0);
}

void hs_validator_close(struct hs_running_validator *validator)
{
    if (validator == NULL) {
        return;
    }
    if (validator->has_loop) {
        close_loop(validator);
    }
    hs_node_close(validator->node);
    hs_reporter_free(validator->reporter);
    if (validator->disk != NULL) {
        hs_real_disk_close(validator->disk);
    }
    hs_release_memory(validator->ledger_memory, validator->ledger_memory_size);
    hs_home_release(&validator->home);
    HS_ASSERT(pthread_mutex_destroy(&validator->queries_mutex) == 0);
    free(validator->path);
    free(validator);
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
