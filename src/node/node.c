/* The node: opening, turns, reading. See node.h and node_internal.h. */
#include "node/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "node/node_internal.h"
#include "wire/header.h"

/* -- opening ------------------------------------------------------------------------- */

static enum hs_status open_mempool(struct hs_node *node)
{
    struct hs_mempool_config config = {
        .transactions_max = node->config.mempool_transactions_max,
        .transaction_bytes_max = HS_TRANSACTION_BYTES_MAX,
        .per_sender_max = HS_MEMPOOL_PER_SENDER_MAX,
        .gas_max = node->application.gas_limit,
    };
    memcpy(config.map_seed, node->config.map_seed, sizeof(config.map_seed));
    size_t size = hs_mempool_footprint(&config);
    if (size == 0) {
        return HS_INVALID_ARGUMENT;
    }
    node->mempool_memory = calloc(1, size);
    if (node->mempool_memory == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    node->mempool = hs_mempool_new(node->mempool_memory, &config);
    return HS_OK;
}

static enum hs_status take_genesis(struct hs_node *node)
{
    const struct hs_application *application = &node->application;
    struct hs_state_root root;
    node->chain.committed = node->config.genesis;
    node->chain.committed_state = application->committed(application->context, &root);
    hs_chain_follow_base_fee(node, node->chain.committed_state);
    bool same = memcmp(&root, &node->config.genesis.header.state_root, sizeof(root)) == 0;
    return same ? HS_OK : HS_INVALID_ARGUMENT;
}

static enum hs_status allocate(struct hs_node *node)
{
    node->split = malloc(HS_BLOCK_TRANSACTIONS_MAX * sizeof(node->split[0]));
    node->ids = malloc(HS_BLOCK_TRANSACTIONS_MAX * sizeof(node->ids[0]));
    node->included = malloc(HS_BLOCK_TRANSACTIONS_MAX * sizeof(node->included[0]));
    node->order = malloc(HS_BLOCK_TRANSACTIONS_MAX * sizeof(node->order[0]));
    node->recent =
        hs_recent_transactions_new(node->config.recent_transactions_max, node->config.map_seed);
    node->record = calloc(1, sizeof(*node->record));
    if (node->record == NULL || node->split == NULL || node->ids == NULL ||
        node->included == NULL || node->order == NULL || node->recent == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    enum hs_status status = open_mempool(node);
    status = status == HS_OK ? hs_chain_init(node) : status;
    status = status == HS_OK ? hs_durability_init(node) : status;
    status = status == HS_OK ? hs_parcels_init(node) : status;
    return status == HS_OK ? hs_admission_init(node) : status;
}

static bool config_in_limits(const struct hs_node_config *config)
{
    return config->tree_blocks_max >= 2 && config->tree_blocks_max <= HS_TREE_BLOCKS_MAX &&
           config->payload_bytes_max <= HS_PAYLOAD_BYTES_MAX &&
           config->block_transactions_max >= 1 &&
           config->block_transactions_max <= HS_BLOCK_TRANSACTIONS_MAX &&
           config->mempool_transactions_max >= 1 && config->recent_transactions_max >= 1 &&
           config->recent_transactions_max <= HS_RECENT_TRANSACTIONS_MAX &&
           config->known_count <= HS_KNOWN_PEERS_MAX;
}

static enum hs_status open_parts(struct hs_node *node, struct hs_node_error *error)
{
    snprintf(error->text, sizeof(error->text), "the configuration is out of its limits");
    if (!config_in_limits(&node->config)) {
        return HS_INVALID_ARGUMENT;
    }
    snprintf(error->text, sizeof(error->text), "the application's gas limit of a block is 0");
    if (node->application.gas_limit == 0) {
        return HS_INVALID_ARGUMENT;
    }
    snprintf(error->text, sizeof(error->text), "the validator's keys are not valid");
    enum hs_status status = hs_identity_init(node);
    if (status != HS_OK) {
        return status;
    }
    snprintf(error->text, sizeof(error->text),
             "there is not enough memory for the configured limits");
    status = hs_peers_init(node);
    status = status == HS_OK ? allocate(node) : status;
    if (status != HS_OK) {
        return status;
    }
    snprintf(error->text, sizeof(error->text),
             "the application's first state is not the genesis state");
    status = take_genesis(node);
    if (status != HS_OK) {
        return status;
    }
    snprintf(error->text, sizeof(error->text), "the validator set is not valid");
    status = hs_epoch_locate(node, node->config.genesis.header.epoch);
    return status == HS_OK ? hs_recovery_run(node, error) : status;
}

enum hs_status hs_node_open(struct hs_node **node, const struct hs_node_config *config,
                            struct hs_node_error *error)
{
    *node = NULL;
    struct hs_node *opened = calloc(1, sizeof(*opened));
    if (opened == NULL) {
        snprintf(error->text, sizeof(error->text), "there is not enough memory");
        return HS_OUT_OF_MEMORY;
    }
    opened->config = *config;
    opened->application = config->application;
    opened->wake_ns = UINT64_MAX;
    opened->peers_due_ns = UINT64_MAX;
    opened->speaker = HS_NO_PEER;
    opened->sync.asked_peer = config->map_seed[0]; /* not all nodes begin with the same one */
    enum hs_status status = open_parts(opened, error);
    opened->config.keys = NULL;       /* the signer has its own copies */
    opened->config.validators = NULL; /* the epoch has */
    opened->config.addresses = NULL;
    opened->config.known = NULL;
    if (status != HS_OK) {
        hs_node_close(opened);
        return status;
    }
    error->text[0] = '\0';
    *node = opened;
    return HS_OK;
}

void hs_node_close(struct hs_node *node)
{
    if (node == NULL) {
        return;
    }
    if (node->snapshot.writer != NULL) {
        hs_snapshot_abandon(node->snapshot.writer);
    }
    hs_sync_free(node);
    hs_parcels_free(node);
    hs_admission_free(node);
    hs_chain_free(node);
    hs_durability_free(node);
    hs_signer_close(node->signing.signer);
    hs_recent_transactions_free(node->recent);
    free(node->record);
    hs_node_epochs_free(node);
    free(node->named);
    free(node->mempool_memory);
    free(node->split);
    free(node->ids);
    free(node->included);
    free(node->order);
    free(node);
}

uint32_t hs_node_jobs_under_way(const struct hs_node *node)
{
    return node->jobs_under_way;
}

/* -- turns -------------------------------------------------------------------------------- */

void hs_node_set_consensus_network(struct hs_node *node, const struct hs_consensus_network *network)
{
    node->network = network;
    hs_peers_enter_epoch(node);
}

void hs_node_start(struct hs_node *node)
{
    node->started = true;
    struct hs_event event = {.type = HS_EVENT_START};
    enum hs_status status;
    hs_node_feed(node, &event, &status);
    hs_epoch_advance(node); /* the last block may have been committed while recovering */
    hs_node_end_turn(node);
}

static void take_in(struct hs_node *node, const struct hs_received *received)
{
    switch (received->type) {
    case HS_RECEIVED_MESSAGE:
        hs_inbox_receive(node, received->peer, received->message);
        hs_buffer_release(received->message);
        return;
    case HS_RECEIVED_CONNECTED:
        hs_peer_came(node, received->peer);
        return;
    case HS_RECEIVED_DISCONNECTED:
        hs_peer_went(node, received->peer);
        return;
    }
}

void hs_node_process_consensus_messages(struct hs_node *node)
{
    struct hs_received received;
    while (node->network->receive(node->network->context, &received) == HS_OK) {
        take_in(node, &received);
    }
    hs_node_end_turn(node);
}

void hs_node_check_pacemaker_timeout(struct hs_node *node)
{
    if (hs_node_now_ns(node) >= node->wake_ns) {
        node->wake_ns = UINT64_MAX;
        struct hs_event event = {.type = HS_EVENT_TIMER};
        enum hs_status status;
        hs_node_feed(node, &event, &status);
    }
    hs_node_end_turn(node);
}

uint64_t hs_node_next_wake_ns(const struct hs_node *node)
{
    uint64_t sync_ns = hs_sync_next_wake_ns(node);
    uint64_t epoch_sync_ns = hs_epoch_sync_next_wake_ns(node);
    sync_ns = epoch_sync_ns < sync_ns ? epoch_sync_ns : sync_ns;
    sync_ns = node->peers_due_ns < sync_ns ? node->peers_due_ns : sync_ns;
    uint64_t answers_ns = hs_answers_next_wake_ns(node);
    sync_ns = answers_ns < sync_ns ? answers_ns : sync_ns;
    uint64_t identity_ns = hs_identity_next_wake_ns(node);
    sync_ns = identity_ns < sync_ns ? identity_ns : sync_ns;
    return sync_ns < node->wake_ns ? sync_ns : node->wake_ns;
}

void hs_node_end_turn(struct hs_node *node)
{
    if (!node->started) {
        return;
    }
    hs_admission_end_turn(node);
    hs_sync_check_time(node);
    hs_epoch_sync_check_time(node);
    hs_peers_check_time(node);
    hs_answers_give(node);
    hs_identity_check_time(node);
    hs_recovery_check_record(node);
}

/* -- reading -------------------------------------------------------------------------------- */

enum hs_transaction_state hs_node_transaction(const struct hs_node *node,
                                              const struct hs_transaction_id *id, uint64_t *height)
{
    if (hs_recent_transactions_find(node->recent, id, height)) {
        return HS_TRANSACTION_COMMITTED;
    }
    uint32_t slot;
    bool pending = hs_mempool_contains(node->mempool, id) || hs_chain_commit_waits(node, id) ||
                   hs_id_map_find(node->admission.undecided, &slot, id->bytes) == HS_OK;
    return pending ? HS_TRANSACTION_PENDING : HS_TRANSACTION_UNKNOWN;
}

uint64_t hs_node_next_nonce(const struct hs_node *node, const struct hs_address *sender)
{
    const struct hs_application *application = &node->application;
    uint64_t committed = application->next_nonce(application->context, sender);
    return hs_mempool_next_nonce(node->mempool, sender, committed);
}

void hs_node_status(const struct hs_node *node, struct hs_node_status *status)
{
    struct hs_mempool_counts counts;
    hs_mempool_counts(node->mempool, &counts);
    *status = (struct hs_node_status){
        .chain_id = node->config.chain_id,
        .self = node->epoch->self,
        .validator_count = node->epoch->fixed.validators.count,
        .health = node->health,
        .height = node->chain.durable.header.height,
        .block_id = node->chain.durable.id,
        .state_root = node->chain.durable.header.state_root,
        .commit_latency_ms = node->chain.commit_latency_ms,
        .peers_connected = hs_peers_connected(node),
        .reaches_quorum = hs_peers_reach_quorum(node),
        .mempool_transactions = counts.transactions,
        .mempool_bytes = counts.bytes,
    };
    hs_core_status(node->epoch->core, &status->core);
}

void hs_node_counters(const struct hs_node *node, struct hs_node_counters *counters)
{
    *counters = node->counters;
}

enum hs_status hs_node_read_block(struct hs_node *node, uint64_t height,
                                  struct hs_node_block *block)
{
    *block = (struct hs_node_block){0};
    if (height == 0) {
        block->block = node->config.genesis;
        return HS_OK;
    }
    if (height > node->chain.durable.header.height) {
        return HS_NOT_FOUND;
    }
    struct hs_log_commit commit;
    enum hs_status status = hs_block_log_read_commit(node->durability.log, height, &commit);
    if (status != HS_OK) {
        return status;
    }
    struct hs_block_id id = commit.block_id;
    struct hs_log_position position = commit.block_position;
    block->has_certificate = hs_sync_certificate_of(node, height, &id, &block->certificate);
    struct hs_log_block record;
    status = hs_block_log_read_block(node->durability.log, position, &record);
    if (status != HS_OK) {
        return status;
    }
    block->block.id = id;
    block->payload = record.payload;
    return hs_header_decode(&block->block.header, record.header,
                            hs_header_validator_bits(record.header));
}

void hs_node_set_committed_callback(struct hs_node *node, hs_node_committed *committed,
                                    void *context)
{
    node->committed_callback = committed;
    node->committed_context = context;
}

const struct hs_core *hs_node_core(const struct hs_node *node)
{
    return node->epoch->core;
}

const struct hs_epoch *hs_node_fixed_epoch(const struct hs_node *node)
{
    return &node->epoch->fixed;
}
