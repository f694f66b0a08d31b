/* One whole node whose application and network are the test's: what it commits, it commits alone.
 *
 * The node has the key of the cluster's validator 0, which weighs more than all others together and is
 * a member of every epoch. The application says who else is, and who is registered; its blocks do
 * nothing. The network keeps the list of peers that it was told last, and what went to whom.
 */
#ifndef HS_TESTS_LONE_NODE_H
#define HS_TESTS_LONE_NODE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keys.h"
#include "node/node.h"
#include "sim/cluster.h"
#include "sim/virtual_disk.h"
#include "storage/slot_store.h"
#include "wire/certificate.h"
#include "wire/message.h"
#include "wire/safety_record.h"

#define LONE_VALIDATORS     16u
#define LONE_EPOCH_BLOCKS   4u
#define LONE_WEIGHT         1000u
#define LONE_REGISTERED_MAX 600u
#define LONE_STATES         64u
#define SECOND_NS           UINT64_C(1000000000)

struct lone_peer {
    struct hs_peer peer;
    char address[HS_NETWORK_HOST_BYTES_MAX];
    char claimed[HS_NETWORK_HOST_BYTES_MAX];
};

struct lone_node {
    struct hs_cluster cluster;
    struct hs_virtual_disk *disk;
    uint64_t now_ns;
    struct hs_job *jobs_first;
    struct hs_job *jobs_last;
    struct hs_workers workers;
    struct hs_consensus_network network;
    struct hs_received heard[64];
    uint32_t heard_count;
    struct hs_node *node;

    /* The list that the network was told last, and how often it was told one. */
    struct lone_peer peers[HS_PEERS_MAX];
    size_t peer_count;
    uint32_t told;
    struct hs_ed25519_public_key shown; /* as use_identity said last, and how often it did */
    uint32_t shown_count;
    uint32_t sent[HS_PEERS_MAX][HS_MESSAGE_TRANSACTIONS + 1]; /* to whom, of which type */

    /* The application. */
    uint32_t state_next;
    uint64_t height; /* committed */
    uint64_t height_of[LONE_STATES];
    uint64_t member_heights[LONE_VALIDATORS]; /* a member of epochs below this one */
    uint64_t rotates_at; /* the first epoch in which the node is a member by `rotated`; 0: never */
    struct hs_validator rotated;
    uint64_t absent_until; /* it is no member of epochs below this one */
    struct hs_contact registered[LONE_REGISTERED_MAX];
    size_t registered_count;
};

/* -- the application ----------------------------------------------------------------- */

static inline enum hs_status lone_inspect(const void *context, struct hs_bytes transaction,
                                          struct hs_transaction_summary *summary)
{
    (void)context;
    (void)transaction;
    (void)summary;
    return HS_MALFORMED;
}

static inline void lone_verify(const void *context, bool ok[], const struct hs_bytes transactions[],
                               size_t count)
{
    (void)context;
    (void)ok;
    (void)transactions;
    assert_int_equal(count, 0);
}

static inline enum hs_status lone_admit(const void *context, struct hs_bytes transaction)
{
    (void)context;
    (void)transaction;
    return HS_MALFORMED;
}

static inline uint64_t lone_next_nonce(const void *context, const struct hs_address *sender)
{
    (void)context;
    (void)sender;
    return 0;
}

static inline struct hs_state lone_committed(const void *context, struct hs_state_root *root)
{
    (void)context;
    memset(root, 0, sizeof *root);
    return (struct hs_state){.slot = 0};
}

static inline struct hs_amount lone_base_fee(const void *context, struct hs_state parent)
{
    (void)context;
    (void)parent;
    return (struct hs_amount){HS_BASE_FEE_MIN};
}

static inline enum hs_status lone_execute(void *context, struct hs_state parent,
                                          const struct hs_block_context *block,
                                          const struct hs_bytes transactions[], size_t count,
                                          bool included[], struct hs_state *state,
                                          struct hs_state_root *root)
{
    struct lone_node *lone = context;
    (void)parent;
    (void)transactions;
    (void)included;
    assert_int_equal(count, 0);
    lone->state_next = (lone->state_next + 1) % LONE_STATES;
    lone->height_of[lone->state_next] = block->height;
    state->slot = lone->state_next;
    memset(root, 0, sizeof *root);
    return HS_OK;
}

static inline void lone_commit(void *context, struct hs_state state)
{
    struct lone_node *lone = context;
    lone->height = lone->height_of[state.slot];
}

static inline void lone_release(void *context, struct hs_state state)
{
    (void)context;
    (void)state;
}

/* Everybody in its place, whose time is not over; the node itself outweighs them. */
static inline enum hs_status lone_epoch(const void *context, struct hs_state state, uint64_t number,
                                        struct hs_epoch *epoch)
{
    const struct lone_node *lone = context;
    (void)state;
    memset(epoch, 0, sizeof *epoch);
    epoch->first_height = number * LONE_EPOCH_BLOCKS + 1;
    epoch->last_height = (number + 1) * LONE_EPOCH_BLOCKS;
    epoch->validators.epoch = number;
    uint64_t last_epoch = lone->height / LONE_EPOCH_BLOCKS + 1;
    if (number > last_epoch) {
        return HS_NOT_FOUND;
    }
    for (uint32_t i = 0; i < LONE_VALIDATORS; i++) {
        if (i == 0 ? number >= lone->absent_until : number < lone->member_heights[i]) {
            struct hs_validator *member = &epoch->validators.validators[epoch->validators.count];
            bool rotated = i == 0 && lone->rotates_at > 0 && number >= lone->rotates_at;
            *member = rotated ? lone->rotated : lone->cluster.validators.validators[i];
            member->weight = i == 0 ? LONE_WEIGHT : 1;
            epoch->leader_weights[epoch->validators.count] = member->weight;
            epoch->validators.weight_total += member->weight;
            epoch->validators.count++;
        }
    }
    return HS_OK;
}

static inline size_t lone_registered(const void *context, struct hs_contact contacts[], size_t max)
{
    const struct lone_node *lone = context;
    size_t count = lone->registered_count < max ? lone->registered_count : max;
    memcpy(contacts, lone->registered, count * sizeof contacts[0]);
    return count;
}

/* -- the network --------------------------------------------------------------------- */

static inline enum hs_status lone_set_peers(void *context, const struct hs_peer peers[],
                                            size_t count)
{
    struct lone_node *lone = context;
    assert_true(count <= HS_PEERS_MAX);
    lone->peer_count = count;
    lone->told++;
    for (size_t i = 0; i < count; i++) {
        struct lone_peer *peer = &lone->peers[i];
        memset(peer, 0, sizeof *peer);
        peer->peer = peers[i];
        if (peers[i].address != NULL) {
            (void)strncpy(peer->address, peers[i].address, sizeof peer->address - 1);
        }
        if (peers[i].claimed_address != NULL) {
            (void)strncpy(peer->claimed, peers[i].claimed_address, sizeof peer->claimed - 1);
        }
    }
    return HS_OK;
}

static inline enum hs_status lone_send(void *context, uint32_t to,
                                       enum hs_message_class message_class,
                                       struct hs_buffer *message)
{
    struct lone_node *lone = context;
    (void)message_class;
    if (to < HS_PEERS_MAX) {
        lone->sent[to][message->data[0]]++;
    }
    return HS_OK;
}

static inline void lone_broadcast(void *context, const uint32_t to[], size_t count,
                                  enum hs_message_class message_class, struct hs_buffer *message)
{
    for (size_t i = 0; i < count; i++) {
        (void)lone_send(context, to[i], message_class, message);
    }
}

static inline enum hs_status lone_receive(void *context, struct hs_received *received)
{
    struct lone_node *lone = context;
    if (lone->heard_count == 0) {
        return HS_NOT_FOUND;
    }
    *received = lone->heard[0];
    lone->heard_count--;
    memmove(&lone->heard[0], &lone->heard[1], lone->heard_count * sizeof lone->heard[0]);
    return HS_OK;
}

static inline enum hs_status lone_use_identity(void *context,
                                               const struct hs_ed25519_public_key *key)
{
    struct lone_node *lone = context;
    lone->shown = *key;
    lone->shown_count++;
    return HS_OK;
}

static inline void lone_drop_peer(void *context, uint32_t peer, enum hs_status why)
{
    (void)context;
    (void)peer;
    (void)why;
    fail();
}

/* -- what it stands on --------------------------------------------------------------- */

static inline void lone_submit(void *context, enum hs_lane lane, struct hs_job *job)
{
    struct lone_node *lone = context;
    (void)lane; /* one queue keeps the order of each lane */
    job->next = NULL;
    if (lone->jobs_first == NULL) {
        lone->jobs_first = job;
    } else {
        lone->jobs_last->next = job;
    }
    lone->jobs_last = job;
}

static inline uint64_t lone_now_ns(void *context)
{
    const struct lone_node *lone = context;
    return lone->now_ns;
}

static inline uint64_t lone_unix_ms(void *context)
{
    const struct lone_node *lone = context;
    return lone->cluster.genesis.header.timestamp_ms + lone->now_ns / UINT64_C(1000000);
}

static inline void lone_write_records(const struct lone_node *lone)
{
    struct hs_safety_record *record = calloc(1, sizeof *record);
    uint8_t *bytes = malloc(HS_SAFETY_RECORD_BYTES_MAX);
    assert_true(record != NULL && bytes != NULL);
    const struct hs_disk *disk = hs_virtual_disk_interface(lone->disk);
    hs_qc_of_view_zero(&record->high_qc, 0, &lone->cluster.genesis.id);
    struct hs_writer writer = hs_writer_over(bytes, HS_SAFETY_RECORD_BYTES_MAX);
    hs_safety_record_encode(&writer, record, LONE_VALIDATORS);
    assert_int_equal(hs_slot_store_create(disk, HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX,
                                          bytes, (uint32_t)writer.offset),
                     HS_OK);
    assert_int_equal(hs_signer_create(disk, &(struct hs_signer_record){0}), HS_OK);
    free(bytes);
    free(record);
}

/* Until nothing is left to be done at this time. */
static inline void lone_settle(struct lone_node *lone)
{
    hs_node_end_turn(lone->node);
    while (lone->jobs_first != NULL || lone->heard_count > 0) {
        struct hs_job *job = lone->jobs_first;
        if (job != NULL) {
            lone->jobs_first = job->next;
            job->run(job);
            job->done(job);
        } else {
            hs_node_process_consensus_messages(lone->node);
        }
        hs_node_end_turn(lone->node);
    }
}

static inline void lone_hear(struct lone_node *lone, struct hs_received received)
{
    lone->heard[lone->heard_count++] = received;
    lone_settle(lone);
}

/* -- its life ------------------------------------------------------------------------ */

/* Not started; validators 1 to `members` are members of all epochs. */
static inline struct lone_node *lone_new(uint32_t members)
{
    struct lone_node *lone = calloc(1, sizeof *lone);
    assert_non_null(lone);
    assert_int_equal(hs_crypto_start(), HS_OK);
    hs_cluster_make(&lone->cluster, &(struct hs_cluster_config){
                                        .node_count = LONE_VALIDATORS,
                                        .election = HS_LEADER_WEIGHTED,
                                        .account_count = 2,
                                    });
    lone->disk = hs_virtual_disk_new(1);
    assert_non_null(lone->disk);
    lone->now_ns = SECOND_NS;
    for (uint32_t i = 1; i <= members; i++) {
        lone->member_heights[i] = UINT64_MAX;
    }
    memset(&lone->cluster.genesis.header.state_root, 0, sizeof(struct hs_state_root));
    hs_block_id_of(&lone->cluster.genesis.id, &lone->cluster.genesis.header, LONE_VALIDATORS);
    lone_write_records(lone);
    return lone;
}

static inline struct hs_node_config lone_config(struct lone_node *lone)
{
    lone->workers = (struct hs_workers){.context = lone, .submit = lone_submit};
    lone->network = (struct hs_consensus_network){
        .context = lone,
        .set_peers = lone_set_peers,
        .send = lone_send,
        .broadcast = lone_broadcast,
        .receive = lone_receive,
        .drop_peer = lone_drop_peer,
        .use_identity = lone_use_identity,
    };
    struct hs_node_config config = {
        .chain_id = lone->cluster.chain_id,
        .validators = &lone->cluster.validators,
        .election = HS_LEADER_WEIGHTED,
        .genesis = lone->cluster.genesis,
        .tree_blocks_max = LONE_STATES / 2,
        .mempool_transactions_max = 8,
        .recent_transactions_max = 8,
        .payload_bytes_max = HS_PAYLOAD_BYTES_MAX,
        .block_transactions_max = HS_BLOCK_TRANSACTIONS_MAX,
        .segment_bytes = 1u << 20,
        .keys = &lone->cluster.validator_keys[0],
        .key_count = 1,
        .clock = {.context = lone, .now_ns = lone_now_ns, .unix_ms = lone_unix_ms},
        .disk = hs_virtual_disk_interface(lone->disk),
        .workers = &lone->workers,
        .application =
            {
                .context = lone,
                .gas_limit = UINT64_MAX,
                .inspect = lone_inspect,
                .verify = lone_verify,
                .admit = lone_admit,
                .next_nonce = lone_next_nonce,
                .committed = lone_committed,
                .base_fee = lone_base_fee,
                .epoch = lone_epoch,
                .registered = lone_registered,
                .execute = lone_execute,
                .commit = lone_commit,
                .release = lone_release,
            },
    };
    hs_pacemaker_config_default(&config.pacemaker);
    return config;
}

static inline void lone_start(struct lone_node *lone, const struct hs_node_config *config)
{
    struct hs_node_error error = {""};
    enum hs_status status = hs_node_open(&lone->node, config, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(status, HS_OK);
    hs_node_set_consensus_network(lone->node, &lone->network);
    hs_node_start(lone->node);
    lone_settle(lone);
}

static inline void lone_free(struct lone_node *lone)
{
    hs_node_close(lone->node);
    hs_virtual_disk_free(lone->disk);
    hs_cluster_release(&lone->cluster);
    free(lone);
}

static inline void lone_wake(struct lone_node *lone)
{
    uint64_t wake_ns = hs_node_next_wake_ns(lone->node);
    assert_true(wake_ns < UINT64_MAX);
    lone->now_ns = wake_ns > lone->now_ns ? wake_ns : lone->now_ns;
    hs_node_check_pacemaker_timeout(lone->node);
    lone_settle(lone);
}

static inline struct hs_node_status lone_status(const struct lone_node *lone)
{
    struct hs_node_status status;
    hs_node_status(lone->node, &status);
    return status;
}

static inline void lone_run(struct lone_node *lone, uint64_t duration_ns)
{
    uint64_t until_ns = lone->now_ns + duration_ns;
    while (lone->now_ns < until_ns) {
        lone_wake(lone);
    }
}

static inline void lone_run_to_epoch(struct lone_node *lone, uint64_t epoch)
{
    uint64_t deadline_ns = lone->now_ns + 1000 * SECOND_NS;
    while (lone_status(lone).core.epoch < epoch) {
        assert_true(lone->now_ns < deadline_ns);
        lone_wake(lone);
    }
    assert_int_equal(lone_status(lone).core.epoch, epoch);
}

/* -- who its peers are --------------------------------------------------------------- */

static inline const struct hs_ed25519_public_key *lone_key(const struct lone_node *lone,
                                                           uint32_t validator)
{
    return &lone->cluster.validators.validators[validator].network_key;
}

/* NULL: it is none. */
static inline const struct lone_peer *lone_peer_with(const struct lone_node *lone,
                                                     const struct hs_ed25519_public_key *key)
{
    for (size_t i = 0; i < lone->peer_count; i++) {
        if (memcmp(&lone->peers[i].peer.key, key, sizeof *key) == 0) {
            return &lone->peers[i];
        }
    }
    return NULL;
}

static inline const struct lone_peer *lone_peer(const struct lone_node *lone, uint32_t validator)
{
    return lone_peer_with(lone, lone_key(lone, validator));
}

static inline void lone_register(struct lone_node *lone, const struct hs_ed25519_public_key *key,
                                 const char *address)
{
    struct hs_contact *contact = &lone->registered[lone->registered_count++];
    memset(contact, 0, sizeof *contact);
    contact->key = *key;
    (void)strncpy(contact->address.text, address, HS_DIAL_ADDRESS_BYTES_MAX);
}

#endif
