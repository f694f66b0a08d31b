/* The processes of a world: what is on their disks at first, how they start, crash and give up. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "node/signer.h"
#include "sim/world_internal.h"
#include "storage/slot_store.h"
#include "wire/safety_record.h"
#include "wire/transaction.h"

/* Disk jobs that may still run when their process dies. */
#define DISK_RUNS_MAX 2u

/* What happens to a node, in the trace. */
enum node_event { EVENT_START = 1, EVENT_CRASH, EVENT_POWER_CUT };

/* The first records, as `hotstuff testnet` writes them (D5). */
void hs_world_format_disk(struct hs_world *world, uint32_t index)
{
    const struct hs_disk *disk = hs_virtual_disk_interface(world->processes[index].disk);
    uint32_t count = hs_cluster_member_count(&world->cluster, 0);
    struct hs_safety_record *record = calloc(1, sizeof(*record));
    uint8_t *bytes = malloc(HS_SAFETY_RECORD_BYTES_MAX);
    HS_ASSERT(record != NULL && bytes != NULL);
    hs_qc_of_view_zero(&record->high_qc, 0, &world->cluster.genesis.id);
    struct hs_writer writer = hs_writer_over(bytes, HS_SAFETY_RECORD_BYTES_MAX);
    hs_safety_record_encode(&writer, record, count);
    HS_ASSERT(!writer.failed);
    enum hs_status status = hs_slot_store_create(
        disk, HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX, bytes, (uint32_t)writer.offset);
    HS_ASSERT(status == HS_OK);
    status = hs_signer_create(disk, &(struct hs_signer_record){0});
    HS_ASSERT(status == HS_OK);
    free(bytes);
    free(record);
}

/* -- starting -------------------------------------------------------------------------------- */

static void on_committed(void *context, const struct hs_block *block,
                         const struct hs_transaction_id ids[], size_t count)
{
    struct hs_world_process *process = context;
    struct hs_world *world = process->world;
    process->height = block->header.height;
    hs_checkers_committed(world->checkers, process->index, block, ids, count);
    hs_trace_committed(&world->trace, world->now_ns, process->index, block);
    if (world->observed) {
        world->observer.committed(world->observer.context, world->now_ns, process->index, block);
    }
}

static struct hs_node_config node_config_of(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    struct hs_node_config config = {
        .chain_id = world->cluster.chain_id,
        .validators = &world->cluster.validators,
        .election = world->cluster.election,
        .pacemaker = world->config.pacemaker,
        .genesis = world->cluster.genesis,
        .tree_blocks_max = world->config.tree_blocks_max,
        .mempool_transactions_max = world->config.mempool_transactions_max,
        .recent_transactions_max = world->config.recent_transactions_max,
        .payload_bytes_max = HS_PAYLOAD_BYTES_MAX,
        .block_transactions_max = world->config.block_transactions_max,
        .segment_bytes = world->config.segment_bytes,
        .snapshot_interval_blocks = world->config.snapshot_interval_blocks,
        .keys = process->keys,
        .key_count = process->key_count,
        .clock = hs_world_clock_of(process),
        .disk = hs_virtual_disk_interface(process->disk),
        .workers = hs_virtual_workers_of(world->workers, index),
        .log = world->config.log,
    };
    if (world->cluster.staked) { /* as genesis has them */
        config.validators = &hs_cluster_epoch(&world->cluster, 0)->validators;
    }
    memcpy(config.randomness, world->cluster.randomness, sizeof(config.randomness));
    hs_world_application(process, &config.application);
    return config;
}

static void take_first_key(struct hs_world_process *process)
{
    if (process->key_count == 0) {
        process->keys[0] = process->world->cluster.validator_keys[process->validator];
        process->key_count = 1;
    }
}

const struct hs_validator_key *hs_world_give_key(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    HS_ASSERT(process->node == NULL && process->validator == index);
    const struct hs_validator_key *key = hs_cluster_rotate(&world->cluster, index);
    take_first_key(process);
    if (key == NULL) {
        return NULL;
    }
    if (process->key_count == HS_NODE_KEYS_MAX) {
        process->keys[0] = process->keys[1];
        process->key_count--;
    }
    process->keys[process->key_count++] = *key;
    struct hs_ed25519_public_key network_keys[HS_NODE_KEYS_MAX];
    for (uint32_t i = 0; i < process->key_count; i++) {
        network_keys[i] = process->keys[i].network_public_key;
    }
    hs_simulated_network_stop_node(world->network, index);
    hs_simulated_network_set_keys(world->network, index, network_keys, process->key_count);
    return key;
}

/* By all keys that it has; returns how many. */
static uint32_t list_known(struct hs_world *world, struct hs_contact known[HS_KNOWN_PEERS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->config.known_count; i++) {
        struct hs_world_process *process = &world->processes[world->config.known[i]];
        take_first_key(process);
        for (uint32_t key = 0; key < process->key_count && count < HS_KNOWN_PEERS_MAX; key++) {
            known[count++] = (struct hs_contact){.key = process->keys[key].network_public_key};
        }
    }
    return count;
}

static uint32_t ledger_states(const struct hs_world *world)
{
    return world->config.tree_blocks_max + 2;
}

static void free_ledger(struct hs_world_process *process)
{
    const struct hs_world *world = process->world;
    hs_cluster_ledger_free(process->ledger, &world->cluster, ledger_states(world));
    process->ledger = NULL;
}

static enum hs_status open_node(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    process->ledger = hs_cluster_ledger_new(&world->cluster, ledger_states(world));
    take_first_key(process);
    struct hs_node_config config = node_config_of(world, index);
    struct hs_contact known[HS_KNOWN_PEERS_MAX];
    config.known = known;
    config.known_count = list_known(world, known);
    struct hs_node_error error;
    enum hs_status status = hs_node_open(&process->node, &config, &error);
    if (status == HS_OK) {
        return HS_OK;
    }
    free_ledger(process);
    if (status != HS_IO) {
        hs_checkers_could_not_start(world->checkers, index, error.text);
    }
    hs_world_observe_happened(world, index, HS_PROCESS_START_FAILED, error.text);
    hs_world_observe_violation(world);
    hs_virtual_disk_restart(process->disk); /* HS_IO: the power went, or a call failed */
    return status;
}

/* The network's own where nodes and validators are one, and all are correct. */
static const struct hs_consensus_network *transport_of(struct hs_world_process *process)
{
    const struct hs_world *world = process->world;
    if (world->attacker_count == 0 && world->config.twin_count == 0) {
        return process->endpoint.network;
    }
    return &process->endpoint.transport;
}

enum hs_status hs_world_start(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    HS_ASSERT(process->node == NULL && !process->puppet);
    hs_trace_event(&world->trace, world->now_ns, index, EVENT_START);
    process->gave_up = false;
    enum hs_status status = open_node(world, index);
    if (status != HS_OK) {
        return status;
    }
    hs_node_set_committed_callback(process->node, on_committed, process);
    hs_world_observe_happened(world, index, HS_PROCESS_STARTED, NULL);
    hs_checkers_restarted(world->checkers, index, process->node, process->disk);
    if (process->wiped) {
        process->wiped = false;
        hs_checkers_log_mended(world->checkers, index);
    }
    struct hs_node_status node_status;
    hs_node_status(process->node, &node_status);
    process->height = node_status.height;
    hs_node_set_consensus_network(process->node, transport_of(process));
    hs_simulated_network_start_node(world->network, index);
    hs_node_start(process->node);
    hs_world_turn_over(world, index);
    if (process->node != NULL) {
        hs_node_process_consensus_messages(process->node); /* who is connected */
        hs_world_turn_over(world, index);
    }
    return HS_OK;
}

void hs_world_start_all(struct hs_world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (world->processes[i].node == NULL && !world->processes[i].puppet) {
            enum hs_status status = hs_world_start(world, i);
            HS_ASSERT(status == HS_OK);
        }
    }
}

/* -- ending ---------------------------------------------------------------------------------- */

static void end_process(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    hs_simulated_network_stop_node(world->network, index);
    hs_endpoint_reset(&process->endpoint);
    hs_node_close(process->node);
    process->node = NULL;
    process->paused = false;
    process->wake_ns = UINT64_MAX;
    free_ledger(process);
}

static void observe_end(struct hs_world *world, uint32_t index, bool power_cut)
{
    const struct hs_world_process *process = &world->processes[index];
    if (power_cut) {
        hs_world_observe_happened(world, index, HS_PROCESS_POWER_CUT, NULL);
    } else if (hs_virtual_disk_is_down(process->disk)) {
        hs_world_observe_happened(world, index, HS_PROCESS_POWER_CUT, "within a call of the disk");
    } else if (process->gave_up) {
        hs_world_observe_happened(world, index, HS_PROCESS_GAVE_UP,
                                  "a durable write failed, or it diverged (D3, X1)");
    } else {
        hs_world_observe_happened(world, index, HS_PROCESS_CRASHED, NULL);
    }
}

void hs_world_crash(struct hs_world *world, uint32_t index, bool power_cut)
{
    struct hs_world_process *process = &world->processes[index];
    if (process->node != NULL) {
        hs_trace_event(&world->trace, world->now_ns, index,
                       power_cut ? EVENT_POWER_CUT : EVENT_CRASH);
        observe_end(world, index, power_cut);
        /* A process that dies may have written more than it had heard of. */
        size_t disk_runs = hs_random_below(&world->random, DISK_RUNS_MAX + 1);
        hs_virtual_workers_crash(world->workers, index, disk_runs);
        if (power_cut) {
            hs_virtual_disk_power_cut(process->disk); /* before its end can tidy up */
        }
        end_process(world, index);
    }
    hs_virtual_disk_restart(process->disk);
}

void hs_world_make_puppet(struct hs_world *world, uint32_t index)
{
    hs_world_crash(world, index, false);
    world->processes[index].puppet = true;
    hs_world_make_byzantine(world, index);
    hs_simulated_network_start_node(world->network, index);
}

void hs_world_keep_failed(struct hs_world *world)
{
    world->keep_failed = true;
}

void hs_world_turn_over(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    if (hs_virtual_disk_is_down(process->disk)) {
        hs_world_crash(world, index, false);
        return;
    }
    struct hs_node_status status;
    hs_node_status(process->node, &status);
    hs_checkers_turn_over(world->checkers, index, process->node, &status, process->ledger);
    if (status.health == HS_NODE_DIVERGED) {
        hs_checkers_diverged(world->checkers, index);
    }
    hs_world_observe_turn(world, index);
    hs_world_observe_violation(world);
    bool failed = status.health == HS_NODE_WRITE_FAILED || status.health == HS_NODE_DIVERGED;
    process->gave_up = failed;
    if (failed && !world->keep_failed) {
        hs_world_crash(world, index, false);
        return;
    }
    if (status.core.epoch > process->epoch_max) {
        process->epoch_max = status.core.epoch;
        process->view_max = 0;
    }
    if (status.core.epoch == process->epoch_max && status.core.view > process->view_max) {
        process->view_max = status.core.view;
    }
    process->wake_ns = hs_world_time_of(process, hs_node_next_wake_ns(process->node));
}

/* -- reading ----------------------------------------------------------------------------------- */

bool hs_world_is_up(const struct hs_world *world, uint32_t index)
{
    return world->processes[index].node != NULL;
}

bool hs_world_gave_up(const struct hs_world *world, uint32_t index)
{
    return world->processes[index].gave_up;
}

struct hs_node *hs_world_node(struct hs_world *world, uint32_t index)
{
    return world->processes[index].node;
}

struct hs_ledger *hs_world_ledger(struct hs_world *world, uint32_t index)
{
    return world->processes[index].ledger;
}

struct hs_virtual_disk *hs_world_disk(struct hs_world *world, uint32_t index)
{
    return world->processes[index].disk;
}

uint64_t hs_world_height(const struct hs_world *world, uint32_t index)
{
    return world->processes[index].height;
}

/* Up, and nobody's but its own. */
static bool is_correct(const struct hs_world_process *process)
{
    return process->node != NULL && !hs_world_is_byzantine(process->world, process->validator);
}

uint64_t hs_world_common_height(const struct hs_world *world)
{
    uint64_t height = UINT64_MAX;
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct hs_world_process *process = &world->processes[i];
        if (is_correct(process) && process->height < height) {
            height = process->height;
        }
    }
    return height != UINT64_MAX ? height : 0;
}

static void find_furthest(const struct hs_world *world, uint64_t *furthest_epoch,
                          uint64_t *furthest_view)
{
    uint64_t epoch = 0;
    uint64_t view = 0;
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (is_correct(&world->processes[i])) {
            struct hs_core_status status;
            hs_core_status(hs_node_core(world->processes[i].node), &status);
            if (status.epoch > epoch || (status.epoch == epoch && status.view > view)) {
                epoch = status.epoch;
                view = status.view;
            }
        }
    }
    *furthest_epoch = epoch;
    *furthest_view = view;
}

uint64_t hs_world_view(const struct hs_world *world)
{
    uint64_t epoch;
    uint64_t view;
    find_furthest(world, &epoch, &view);
    return view;
}

uint64_t hs_world_epoch(const struct hs_world *world)
{
    uint64_t epoch;
    uint64_t view;
    find_furthest(world, &epoch, &view);
    return epoch;
}

/* A transfer on its way into a pool. */
struct submission {
    struct hs_world_process *process;
    uint32_t from;
    uint64_t nonce;
};

static void on_submitted(void *context, const enum hs_status outcomes[],
                         const struct hs_transaction_id ids[], size_t count)
{
    struct submission *submission = context;
    struct hs_world_process *process = submission->process;
    if (count == 1 && outcomes[0] == HS_OK) {
        hs_checkers_accepted(process->world->checkers, process->index, &ids[0], submission->from,
                             submission->nonce);
    }
    free(submission);
}

enum hs_status hs_world_submit_transfer(struct hs_world *world, uint32_t index,
                                        const struct hs_cluster_transfer *transfer)
{
    struct hs_node *node = world->processes[index].node;
    if (node == NULL || world->processes[index].paused) {
        return HS_NOT_READY;
    }
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    hs_cluster_transfer_encode(bytes, &world->cluster, transfer);
    struct hs_bytes transaction = {bytes, sizeof(bytes)};
    struct submission *submission = malloc(sizeof(*submission));
    HS_ASSERT(submission != NULL);
    *submission = (struct submission){&world->processes[index], transfer->from, transfer->nonce};
    enum hs_status status = hs_node_submit(node, &transaction, 1, on_submitted, submission);
    if (status != HS_OK) {
        free(submission); /* on_submitted is not called */
    }
    hs_node_end_turn(node);
    hs_world_turn_over(world, index);
    return status;
}

static void forget_outcome(void *context, const enum hs_status outcomes[],
                           const struct hs_transaction_id ids[], size_t count)
{
    (void)context;
    (void)outcomes;
    (void)ids;
    (void)count;
}

enum hs_status hs_world_submit_bytes(struct hs_world *world, uint32_t index,
                                     struct hs_bytes transaction)
{
    struct hs_node *node = world->processes[index].node;
    if (node == NULL || world->processes[index].paused) {
        return HS_NOT_READY;
    }
    enum hs_status status = hs_node_submit(node, &transaction, 1, forget_outcome, NULL);
    hs_node_end_turn(node);
    hs_world_turn_over(world, index);
    return status;
}

enum hs_status hs_world_submit(struct hs_world *world, uint32_t index, uint32_t from, uint32_t to,
                               uint64_t amount)
{
    struct hs_node *node = world->processes[index].node;
    if (node == NULL) {
        return HS_NOT_READY;
    }
    struct hs_cluster_transfer transfer = {
        .from = from,
        .to = to,
        .nonce = hs_node_next_nonce(node, &world->cluster.accounts[from].address),
        .amount = amount,
        .tip = 1,
    };
    return hs_world_submit_transfer(world, index, &transfer);
}
