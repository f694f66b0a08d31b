#include "fuzz/small_node.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "storage/slot_store.h"
#include "wire/certificate.h"
#include "wire/safety_record.h"

#define ACCOUNTS          8u
#define TREE_BLOCKS_MAX   12u
#define SEGMENT_BYTES     4096u
#define SNAPSHOT_INTERVAL 3u
#define TURNS_MAX         64u

/* What a peer is heard with, until the node receives it. */
struct heard {
    struct hs_received received;
    struct heard *next;
};

struct small_node {
    struct hs_cluster *cluster;
    struct hs_virtual_disk *disk;
    uint64_t now_ns;
    struct hs_workers workers;
    struct hs_job *jobs_first;
    struct hs_job *jobs_last;
    struct hs_consensus_network network;
    struct heard *heard_first;
    struct heard *heard_last;
    void *ledger_memory;
    struct hs_node *node;
};

/* -- what the node stands on -------------------------------------------------------------- */

static void submit(void *context, enum hs_lane lane, struct hs_job *job)
{
    struct small_node *small = context;
    (void)lane; /* one queue keeps the order of each lane */
    job->next = NULL;
    if (small->jobs_first == NULL) {
        small->jobs_first = job;
    } else {
        small->jobs_last->next = job;
    }
    small->jobs_last = job;
}

static uint64_t now_ns(void *context)
{
    const struct small_node *small = context;
    return small->now_ns;
}

static uint64_t unix_ms(void *context)
{
    const struct small_node *small = context;
    return small->cluster->genesis.header.timestamp_ms + small->now_ns / UINT64_C(1000000);
}

static enum hs_status send_nowhere(void *context, uint32_t to, enum hs_message_class message_class,
                                   struct hs_buffer *message)
{
    (void)context;
    (void)to;
    (void)message_class;
    (void)message;
    return HS_OK;
}

static enum hs_status know_anybody(void *context, const struct hs_peer peers[], size_t count)
{
    (void)context;
    (void)peers;
    (void)count;
    return HS_OK;
}

static void broadcast_nowhere(void *context, const uint32_t to[], size_t count,
                              enum hs_message_class message_class, struct hs_buffer *message)
{
    (void)context;
    (void)to;
    (void)count;
    (void)message_class;
    (void)message;
}

static void hear(struct small_node *small, struct hs_received received)
{
    struct heard *heard = malloc(sizeof *heard);
    if (heard == NULL) {
        abort();
    }
    *heard = (struct heard){.received = received};
    if (small->heard_first == NULL) {
        small->heard_first = heard;
    } else {
        small->heard_last->next = heard;
    }
    small->heard_last = heard;
}

static enum hs_status receive(void *context, struct hs_received *received)
{
    struct small_node *small = context;
    struct heard *heard = small->heard_first;
    if (heard == NULL) {
        return HS_NOT_FOUND;
    }
    *received = heard->received;
    small->heard_first = heard->next;
    free(heard);
    return HS_OK;
}

/* As after a while it would have dialled again. */
static void drop_peer(void *context, uint32_t peer, enum hs_status why)
{
    (void)why;
    hear(context, (struct hs_received){.type = HS_RECEIVED_DISCONNECTED, .peer = peer});
    hear(context, (struct hs_received){.type = HS_RECEIVED_CONNECTED, .peer = peer});
}

static void forget_heard(struct small_node *small)
{
    struct hs_received received;
    while (receive(small, &received) == HS_OK) {
        if (received.message != NULL) {
            hs_buffer_release(received.message);
        }
    }
}

/* -- making one ------------------------------------------------------------------------------- */

static struct hs_cluster *cluster_of(uint32_t validator_count)
{
    static struct hs_cluster clusters[2];
    struct hs_cluster *cluster = &clusters[validator_count == 1 ? 0 : 1];
    if (cluster->validators.count == 0) {
        if (hs_crypto_start() != HS_OK) {
            abort();
        }
        hs_cluster_make(cluster, &(struct hs_cluster_config){
                                     .node_count = validator_count,
                                     .election = HS_LEADER_ROUND_ROBIN,
                                     .account_count = ACCOUNTS,
                                 });
    }
    return cluster;
}

static void write_first_records(const struct small_node *small)
{
    static struct hs_safety_record record;
    static uint8_t bytes[HS_SAFETY_RECORD_BYTES_MAX];
    const struct hs_disk *disk = hs_virtual_disk_interface(small->disk);
    hs_qc_of_view_zero(&record.high_qc, 0, &small->cluster->genesis.id);
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_safety_record_encode(&writer, &record, small->cluster->validators.count);
    enum hs_status status = hs_slot_store_create(
        disk, HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX, bytes, (uint32_t)writer.offset);
    HS_ASSERT(status == HS_OK);
    status = hs_signer_create(disk, &(struct hs_signer_record){0});
    HS_ASSERT(status == HS_OK);
}

struct small_node *small_node_new(uint32_t validator_count)
{
    HS_ASSERT(validator_count >= 1 && validator_count <= SMALL_NODE_PEERS_MAX);
    struct small_node *small = calloc(1, sizeof *small);
    if (small == NULL) {
        abort();
    }
    small->cluster = cluster_of(validator_count);
    small->disk = hs_virtual_disk_new(1);
    HS_ASSERT(small->disk != NULL);
    small->now_ns = UINT64_C(1000000000);
    small->workers = (struct hs_workers){.context = small, .submit = submit};
    small->network = (struct hs_consensus_network){
        .context = small,
        .set_peers = know_anybody,
        .send = send_nowhere,
        .broadcast = broadcast_nowhere,
        .receive = receive,
        .drop_peer = drop_peer,
    };
    write_first_records(small);
    return small;
}

void small_node_free(struct small_node *small)
{
    small_node_stop(small);
    hs_virtual_disk_free(small->disk);
    free(small);
}

struct hs_virtual_disk *small_node_disk(struct small_node *small)
{
    return small->disk;
}

const struct hs_cluster *small_node_cluster(const struct small_node *small)
{
    return small->cluster;
}

/* -- turns ------------------------------------------------------------------------------------- */

bool small_node_is_up(const struct small_node *small)
{
    return small->node != NULL;
}

void small_node_stop(struct small_node *small)
{
    small->jobs_first = NULL; /* forgotten for good */
    forget_heard(small);
    if (small->node != NULL) {
        hs_node_close(small->node);
        small->node = NULL;
        free(small->ledger_memory);
        small->ledger_memory = NULL;
        hs_virtual_disk_restart(small->disk);
    }
}

static void end_turn(struct small_node *small)
{
    hs_node_end_turn(small->node);
    struct hs_node_status status;
    hs_node_status(small->node, &status);
    if (status.health == HS_NODE_WRITE_FAILED || status.health == HS_NODE_DIVERGED) {
        small_node_stop(small);
    }
}

/* Until nothing is left to be done at this time. */
static void settle(struct small_node *small)
{
    end_turn(small);
    while (small->node != NULL && (small->jobs_first != NULL || small->heard_first != NULL)) {
        struct hs_job *job = small->jobs_first;
        if (job != NULL) {
            small->jobs_first = job->next;
            job->run(job);
            job->done(job);
        } else {
            hs_node_process_consensus_messages(small->node);
        }
        end_turn(small);
    }
}

static struct hs_ledger *new_ledger(struct small_node *small)
{
    struct hs_ledger_config config = {
        .chain_id = small->cluster->chain_id,
        .parameters = small->cluster->parameters,
        .accounts = small->cluster->accounts,
        .account_count = small->cluster->account_count,
        .accounts_max = 2 * ACCOUNTS,
        .states_max = TREE_BLOCKS_MAX + 2,
        .overlay_accounts_max = 64,
        .overlay_records_max = 64,
    };
    struct hs_ledger *ledger;
    small->ledger_memory = calloc(1, hs_ledger_footprint(&config));
    if (small->ledger_memory == NULL ||
        hs_ledger_new(&ledger, small->ledger_memory, &config) != HS_OK) {
        abort();
    }
    return ledger;
}

static enum hs_status open_node(struct small_node *small)
{
    struct hs_node_config config = {
        .chain_id = small->cluster->chain_id,
        .validators = &small->cluster->validators,
        .election = small->cluster->election,
        .genesis = small->cluster->genesis,
        .tree_blocks_max = TREE_BLOCKS_MAX,
        .mempool_transactions_max = 8,
        .recent_transactions_max = 8,
        .payload_bytes_max = HS_PAYLOAD_BYTES_MAX,
        .block_transactions_max = HS_BLOCK_TRANSACTIONS_MAX,
        .segment_bytes = SEGMENT_BYTES,
        .snapshot_interval_blocks = SNAPSHOT_INTERVAL,
        .keys = &small->cluster->validator_keys[0],
        .key_count = 1,
        .clock = {.context = small, .now_ns = now_ns, .unix_ms = unix_ms},
        .disk = hs_virtual_disk_interface(small->disk),
        .workers = &small->workers,
    };
    memcpy(config.randomness, small->cluster->randomness, sizeof config.randomness);
    hs_pacemaker_config_default(&config.pacemaker);
    hs_ledger_application(new_ledger(small), &config.application);
    struct hs_node_error error = {""};
    enum hs_status status = hs_node_open(&small->node, &config, &error);
    HS_ASSERT(status == HS_OK || error.text[0] != '\0');
    return status;
}

bool small_node_start(struct small_node *small)
{
    HS_ASSERT(small->node == NULL);
    if (open_node(small) != HS_OK) {
        HS_ASSERT(small->node == NULL && small->jobs_first == NULL);
        free(small->ledger_memory);
        small->ledger_memory = NULL;
        hs_virtual_disk_restart(small->disk);
        return false;
    }
    hs_node_set_consensus_network(small->node, &small->network);
    hs_node_start(small->node);
    for (uint32_t peer = 1; peer < small->cluster->validators.count; peer++) {
        hear(small, (struct hs_received){.type = HS_RECEIVED_CONNECTED, .peer = peer});
    }
    settle(small);
    return small_node_is_up(small);
}

void small_node_give(struct small_node *small, uint32_t peer, struct hs_bytes bytes)
{
    if (small->node == NULL || bytes.size == 0) {
        return;
    }
    struct hs_buffer *buffer = hs_buffer_new(bytes.size);
    if (buffer == NULL) {
        abort();
    }
    memcpy(buffer->data, bytes.data, bytes.size);
    hear(small, (struct hs_received){.type = HS_RECEIVED_MESSAGE, .peer = peer, .message = buffer});
    settle(small);
}

void small_node_run(struct small_node *small, uint64_t duration_ns)
{
    uint64_t end_ns = small->now_ns + duration_ns;
    for (unsigned turns = 0; turns < TURNS_MAX && small->node != NULL; turns++) {
        uint64_t wake_ns = hs_node_next_wake_ns(small->node);
        if (wake_ns > end_ns) {
            break;
        }
        small->now_ns = wake_ns > small->now_ns ? wake_ns : small->now_ns;
        hs_node_check_pacemaker_timeout(small->node);
        settle(small);
    }
    small->now_ns = end_ns;
}

void small_node_status(const struct small_node *small, struct hs_node_status *status)
{
    hs_node_status(small->node, status);
}
