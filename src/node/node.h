/* hs_node: one validator, or one follower, on interfaces for clock, disk, network and workers.
 *
 * The glue around hs_core: it decodes and verifies what peers send, carries out the core's
 * actions, keeps blocks, executes and commits them, and takes in transactions. It owns no
 * thread and no socket, so the simulator drives this very code. All calls come from one
 * thread, the loop's; what takes long is a job for hs_workers that comes back as a call.
 *
 *     network -> inbox (decode, verify) -> core -> actions -> disk, signer, network
 *     client  -> admission (verify)     -> mempool -> gossip, payloads
 *
 * A turn of the owner's loop: hs_node_process_consensus_messages when the network has
 * something, hs_node_check_pacemaker_timeout when hs_node_next_wake_ns has come, and after
 * whatever happened (a job's `done` too) hs_node_end_turn.
 */
#ifndef HS_NODE_NODE_H
#define HS_NODE_NODE_H

#include <hotstuff/application.h>
#include <hotstuff/consensus_network.h>
#include <hotstuff/core.h>

#include "base/clock.h"
#include "base/id_map.h"
#include "base/log.h"
#include "base/workers.h"
#include "node/signer.h"
#include "storage/disk.h"
#include "wire/transaction_body.h"

/* What the owner must do about something that can't be mended from inside. */
enum hs_node_health {
    HS_NODE_HEALTHY,
    HS_NODE_FOLLOWING,    /* no usable safety record: follows, does not sign (D5) */
    HS_NODE_WRITE_FAILED, /* D3: exit with the exit code for it */
    HS_NODE_DIVERGED,     /* X1: exit as an internal error */
};

struct hs_node_config {
    struct hs_chain_id chain_id;
    const struct hs_validator_set *validators; /* possession of every key checked; copied */
    /* [validators->count] "host:port", NULL where it is not known; NULL: nowhere. Read by
     * hs_node_open, and not later. */
    const char *const *addresses;
    /* Peers of the owner's choice, who may be here and are dialed in every epoch, validators or not.
     * Read by hs_node_open, and not later. */
    const struct hs_contact *known;
    uint32_t known_count; /* at most HS_KNOWN_PEERS_MAX */
    enum hs_leader_election election;
    uint8_t randomness[HS_HASH_BYTES];
    struct hs_pacemaker_config pacemaker;
    struct hs_block genesis;  /* height 0; its state root is the application's at start */
    uint32_t tree_blocks_max; /* at most HS_TREE_BLOCKS_MAX */
    uint32_t mempool_transactions_max;
    uint32_t recent_transactions_max;       /* committed ones known by id; at most
                                         HS_RECENT_TRANSACTIONS_MAX */
    uint32_t payload_bytes_max;             /* of own blocks; at most HS_PAYLOAD_BYTES_MAX */
    uint32_t block_transactions_max;        /* of own blocks; at most HS_BLOCK_TRANSACTIONS_MAX */
    uint64_t segment_bytes;                 /* of the block log */
    uint64_t snapshot_interval_blocks;      /* 0: none */
    uint8_t map_seed[HS_ID_MAP_SEED_BYTES]; /* secret and random; any value in the simulator */

    struct hs_application application;
    /* By which it finds itself in the sets: in each epoch it signs with the one that is a member's, with
     * the last one if there are several. Its secrets go to the signer, which copies them. At most
     * HS_NODE_KEYS_MAX, no two alike; none: follow only. */
    const struct hs_validator_key *keys;
    uint32_t key_count;
    struct hs_clock clock;
    const struct hs_disk *disk; /* not owned; outlives the node, as do the next two */
    const struct hs_workers *workers;
    const struct hs_log *log; /* may be NULL */
};

/* What a person reads when a node can't be opened. */
struct hs_node_error {
    char text[512];
};

struct hs_node;

/* Opens what the disk holds (snapshot, block log, safety records), rebuilds the state and the
 * tree, and is then ready for hs_node_start. Blocks. On failure *node is NULL and `error` says
 * what happened and what to do. A missing or old safety record is no failure: the node
 * follows (D5). */
HS_MUST_CHECK enum hs_status hs_node_open(struct hs_node **node,
                                          const struct hs_node_config *config,
                                          struct hs_node_error *error);
/* Frees everything. No job may be under way, unless its workers have forgotten it for good. */
void hs_node_close(struct hs_node *node);
/* Jobs that workers have of this node. */
uint32_t hs_node_jobs_under_way(const struct hs_node *node);

/* Connects the node to its transport, and tells that who its peers are, now and in each epoch.
 * Once, before hs_node_start. Not owned. */
void hs_node_set_consensus_network(struct hs_node *node,
                                   const struct hs_consensus_network *network);
/* Recovery is over: timers run, what was signed is sent again (D4). */
void hs_node_start(struct hs_node *node);

/* Takes in all that the network has received. */
void hs_node_process_consensus_messages(struct hs_node *node);
/* Drives the pacemaker and block sync when their time has come. */
void hs_node_check_pacemaker_timeout(struct hs_node *node);
/* When the next one is due; UINT64_MAX: never. */
uint64_t hs_node_next_wake_ns(const struct hs_node *node);
/* Sends what was gathered in this turn, tells the core of new work. */
void hs_node_end_turn(struct hs_node *node);

/* -- transactions ---------------------------------------------------------------- */

/* What came of each transaction of a batch: HS_OK when it waits in the mempool (or is known
 * already: HS_DUPLICATE), else why not. Called once, on the loop thread, maybe before
 * hs_node_submit returns. */
typedef void hs_node_submitted(void *context, const enum hs_status outcomes[],
                               const struct hs_transaction_id ids[], size_t count);

/* Takes in `count` transactions of a client (at most HS_TRANSACTIONS_BATCH_MAX), copying them.
 * HS_FULL when the queue of unchecked transactions is; then `submitted` is not called. */
HS_MUST_CHECK enum hs_status hs_node_submit(struct hs_node *node,
                                            const struct hs_bytes transactions[], size_t count,
                                            hs_node_submitted *submitted, void *context);
/* Decides with HS_NOT_READY all that was taken in and is not decided, for those who wait for it may
 * end before the node does. No job may be under way, and none may run afterwards. */
void hs_node_refuse_submissions(struct hs_node *node);

enum hs_transaction_state {
    HS_TRANSACTION_UNKNOWN,
    HS_TRANSACTION_PENDING,
    HS_TRANSACTION_COMMITTED, /* in a block whose commit is durable here (D7) */
};
/* Knows the last `recent_transactions_max` committed. *height: of the block, when committed. */
enum hs_transaction_state hs_node_transaction(const struct hs_node *node,
                                              const struct hs_transaction_id *id, uint64_t *height);
/* The nonce a client should use next: after the sender's pending ones. */
uint64_t hs_node_next_nonce(const struct hs_node *node, const struct hs_address *sender);

/* -- reading ----------------------------------------------------------------------- */

struct hs_node_status {
    struct hs_chain_id chain_id;
    uint32_t self;
    uint32_t validator_count;
    struct hs_core_status core;
    enum hs_node_health health;
    uint64_t height; /* the last committed, durably (D7) */
    struct hs_block_id block_id;
    struct hs_state_root state_root;
    uint64_t
        commit_latency_ms; /* of the last block: from its timestamp to its durable commit here */
    uint32_t peers_connected;
    bool reaches_quorum; /* of this epoch: by itself and the members that are connected */
    uint32_t mempool_transactions;
    uint64_t mempool_bytes;
};
void hs_node_status(const struct hs_node *node, struct hs_node_status *status);

/* Counters since start, for metrics. */
struct hs_node_counters {
    uint64_t blocks_committed;
    uint64_t transactions_committed;
    uint64_t views_by_timeout;
    uint64_t proposals_made;
    uint64_t votes_signed;
    uint64_t certificates_verified;
    uint64_t certificates_known; /* seen again, not verified again */
    uint64_t signatures_checked; /* of transactions */
    uint64_t messages_refused;
    uint64_t messages_ignored;
    uint64_t blocks_fetched;
    uint64_t records_written;
    uint64_t evidence_found;
    uint64_t signatures_given_up; /* of views that were over before they were made */
};
void hs_node_counters(const struct hs_node *node, struct hs_node_counters *counters);

/* A committed block, as reported (D7). The payload is good until the next call of the node.
 * HS_NOT_FOUND above the last or below the first one held. `certificate` is a QC over the block;
 * has_certificate is false only for genesis. */
struct hs_node_block {
    struct hs_block block;
    struct hs_bytes payload;
    bool has_certificate;
    struct hs_qc certificate;
};
HS_MUST_CHECK enum hs_status hs_node_read_block(struct hs_node *node, uint64_t height,
                                                struct hs_node_block *block);

/* The double votes found since start (S8), in all epochs, as bodies of EVIDENCE transactions: both
 * signatures hold, and there is one for each key and epoch. At most `max`, the latest ones, in order of
 * finding; returns how many. The node keeps HS_NODE_EVIDENCE_MAX. Whether they are punished already, the
 * application knows. */
uint32_t hs_node_evidence(const struct hs_node *node, struct hs_double_vote evidence[],
                          uint32_t max);

/* Is told of each committed block once its commit is durable, in ascending order. */
typedef void hs_node_committed(void *context, const struct hs_block *block,
                               const struct hs_transaction_id ids[], size_t count);
void hs_node_set_committed_callback(struct hs_node *node, hs_node_committed *committed,
                                    void *context);

/* -- for the simulator's checkers ---------------------------------------------------- */

const struct hs_core *hs_node_core(const struct hs_node *node);

/* The epoch that the node is in, as it took it from the state. Good until its next turn. */
const struct hs_epoch *hs_node_fixed_epoch(const struct hs_node *node);

/* The bounded parts of a node: what is counted in each. */
#define HS_NODE_USAGE_TABLE(X)                                                                     \
    X(HS_USAGE_TREE_BLOCKS, "blocks in the tree")                                                  \
    X(HS_USAGE_VOTES, "votes")                                                                     \
    X(HS_USAGE_VIEW_CHANGES, "view changes")                                                       \
    X(HS_USAGE_HELD_BLOCKS, "blocks held")                                                         \
    X(HS_USAGE_COMMITS, "commits that are not durable yet")                                        \
    X(HS_USAGE_ANSWERS, "answers for the core")                                                    \
    X(HS_USAGE_MESSAGES, "messages being checked")                                                 \
    X(HS_USAGE_MESSAGES_OF_PEER, "messages of one peer being checked")                             \
    X(HS_USAGE_QCS, "QCs remembered")                                                              \
    X(HS_USAGE_TCS, "TCs remembered")                                                              \
    X(HS_USAGE_ORPHANS, "blocks without parents")                                                  \
    X(HS_USAGE_ORPHANS_BYTES, "bytes of blocks without parents")                                   \
    X(HS_USAGE_FETCHES, "questions for blocks")                                                    \
    X(HS_USAGE_POOL, "transactions in the pool")                                                   \
    X(HS_USAGE_POOL_BYTES, "bytes of transactions in the pool")                                    \
    X(HS_USAGE_POOL_SENDERS, "senders in the pool")                                                \
    X(HS_USAGE_UNCHECKED, "unchecked transactions")                                                \
    X(HS_USAGE_UNDECIDED, "undecided transactions")                                                \
    X(HS_USAGE_GOSSIP, "transactions of one gossip")                                               \
    X(HS_USAGE_GOSSIP_BYTES, "bytes of one gossip")                                                \
    X(HS_USAGE_JOBS, "jobs under way")

enum hs_node_usage_part {
#define HS_USAGE_PART(part, text) part,
    HS_NODE_USAGE_TABLE(HS_USAGE_PART)
#undef HS_USAGE_PART
        HS_NODE_USAGE_PARTS
};

/* How full a part is, beside its limit. */
struct hs_node_usage {
    const char *name;
    uint64_t used;
    uint64_t limit;
};
void hs_node_usage(const struct hs_node *node, struct hs_node_usage usage[HS_NODE_USAGE_PARTS]);

#endif
