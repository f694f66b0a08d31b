/* Opening a validator from its home, part by part, and closing it. See validator_parts.h. */
#include "runtime/validator_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/assert.h"
#include "runtime/reserve.h"

/* Of blocks this validator makes; it accepts up to HS_BLOCK_TRANSACTIONS_MAX of others. As many as
 * voters that have seen none of them before still check within the base timeout. */
#define OWN_BLOCK_TRANSACTIONS_MAX 4000u

#define TREE_BLOCKS_MAX         1024u
#define OVERLAY_ACCOUNTS_MAX    (1u << 20)
#define OVERLAY_RECORDS_MAX     (4u * HS_REGISTRY_CHANGES_MAX)
#define RECENT_TRANSACTIONS_MAX (1u << 20)

static enum hs_status open_home(struct hs_running_validator *validator,
                                struct hs_validator_error *error)
{
    struct hs_home_error home_error;
    char disk_error[HS_DISK_ERROR_BYTES];
    if (hs_crypto_start() != HS_OK) {
        return hs_validator_fail(error, HS_IO,
                                 "the system gives no randomness; check getrandom(2)");
    }
    enum hs_status status = hs_home_load(&validator->home, validator->path, &home_error);
    if (status != HS_OK) {
        return hs_validator_fail(error, status, "%s", home_error.text);
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
    return status == HS_OK ? HS_OK : hs_validator_fail(error, status, "%s", disk_error);
}

static enum hs_status open_loop(struct hs_running_validator *validator,
                                struct hs_validator_error *error)
{
    if (uv_loop_init(&validator->loop) != 0) {
        return hs_validator_fail(error, HS_OUT_OF_MEMORY,
                                 "the event loop could not be made; check the limits "
                                 "on memory and open files (ulimit -a)");
    }
    validator->has_loop = true;
    if (uv_async_init(&validator->loop, &validator->wake_up, hs_validator_wake_up) != 0) {
        return hs_validator_fail(error, HS_OUT_OF_MEMORY,
                                 "no descriptor is free; raise the limit on open files "
                                 "(ulimit -n)");
    }
    HS_ASSERT(uv_timer_init(&validator->loop, &validator->timer) == 0);
    HS_ASSERT(uv_check_init(&validator->loop, &validator->turn_end) == 0);
    HS_ASSERT(uv_check_start(&validator->turn_end, hs_validator_end_turn) == 0);
    validator->wake_up.data = validator;
    validator->timer.data = validator;
    validator->turn_end.data = validator;
    validator->has_handles = true;
    validator->timer_set_for_ns = UINT64_MAX;
    validator->workers =
        (struct hs_workers){.context = validator, .submit = hs_validator_submit_job};
    enum hs_status status =
        hs_worker_pool_new(&validator->pool, &validator->loop, validator->home.config.cpu_threads);
    return status == HS_OK
               ? HS_OK
               : hs_validator_fail(error, status,
                                   "the worker threads could not be started; check the limits on "
                                   "processes and memory (ulimit -a)");
}

static enum hs_status open_ledger(struct hs_running_validator *validator,
                                  struct hs_validator_error *error)
{
    const struct hs_genesis *genesis = &validator->home.genesis;
    struct hs_genesis_validator validators[HS_VALIDATORS_MAX];
    struct hs_ledger_config config;
    hs_genesis_ledger_config(&config, validators, genesis);
    config.accounts_max = validator->home.config.accounts_max;
    config.states_max = TREE_BLOCKS_MAX + 2;
    config.overlay_accounts_max = OVERLAY_ACCOUNTS_MAX;
    config.overlay_records_max = OVERLAY_RECORDS_MAX;
    if (getrandom(config.map_seed, sizeof config.map_seed, 0) != sizeof config.map_seed) {
        return hs_validator_fail(error, HS_IO,
                                 "the system gives no randomness; check getrandom(2)");
    }
    validator->ledger_memory_size = hs_ledger_footprint(&config);
    if (validator->ledger_memory_size > 0) {
        validator->ledger_memory = hs_reserve_memory(validator->ledger_memory_size);
    }
    if (validator->ledger_memory == NULL) {
        return hs_validator_fail(
            error, HS_OUT_OF_MEMORY,
            "the system gives no %zu bytes of address space for the ledger; lower "
            "ledger.accounts_max in hotstuff.conf",
            validator->ledger_memory_size);
    }
    enum hs_status status = hs_ledger_new(&validator->ledger, validator->ledger_memory, &config);
    if (status != HS_OK) {
        return hs_validator_fail(
            error, status,
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
    return status == HS_OK
               ? HS_OK
               : hs_validator_fail(error, status, "the application could not be made: %s",
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
        return hs_validator_fail(error, HS_IO,
                                 "the system gives no randomness; check getrandom(2)");
    }
    validator->application.committed(validator->application.context, &root);
    hs_genesis_block(&node_config.genesis, genesis, &root);
    enum hs_status status = hs_node_open(&validator->node, &node_config, &node_error);
    if (status == HS_IO) {
        char what[HS_DISK_ERROR_BYTES];
        hs_real_disk_first_error(validator->disk, what);
        return hs_validator_fail(
            error, status,
            "%.150s could not be opened, for its disk refused a read or a write (%.150s); "
            "free space on that disk or replace it, then start again",
            validator->path, what[0] != '\0' ? what : "no details");
    }
    return status == HS_OK ? HS_OK
                           : hs_validator_fail(error, status, "%.150s: %.330s", validator->path,
                                               node_error.text[0] != '\0' ? node_error.text
                                                                          : hs_status_text(status));
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
        .notify = hs_validator_on_network,
        .notify_context = validator,
    };
    enum hs_status status = hs_tcp_network_new(&validator->network, &network_config, &tcp_error);
    hs_wipe(secret_keys, sizeof secret_keys);
    if (status != HS_OK) {
        validator->network = NULL;
        return hs_validator_fail(error, status, "%s", tcp_error.text);
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
               : hs_validator_fail(error, HS_OUT_OF_MEMORY, "there is not enough memory");
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
    hs_validator_block_signals();
    struct hs_running_validator *opened = calloc(1, sizeof *opened);
    char *path = strdup(options->home);
    if (opened == NULL || path == NULL) {
        free(opened);
        free(path);
        return hs_validator_fail(error, HS_OUT_OF_MEMORY, "there is not enough memory");
    }
    opened->path = path;
    opened->queries_open = true;
    HS_ASSERT(pthread_mutex_init(&opened->queries_mutex, NULL) == 0);
    enum hs_status status = open_parts(opened, options, error);
    if (status != HS_OK) {
        hs_validator_close(opened);
        return status;
    }
    hs_validator_take_health(opened);
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
        hs_validator_drain(validator);
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
