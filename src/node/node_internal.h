/* The node's state, shared by the files that make it up.
 *
 *   node.c           opening, turns, reading
 *   recovery.c       what the disk holds, made into state, tree and core
 *   recall.c         the ids of what was committed last, read back from the log
 *   epoch.c          what belongs to one epoch: set, verifier, core
 *   epoch_switch.c   from one epoch to the next (P4)
 *   epoch_sync.c     the end of an epoch, fetched from who is past it (P5)
 *   identity.c       which of its keys a node has in which epoch
 *   own_proofs.c     VRF proofs of own turns, made ahead
 *   peer_table.c     who may be connected
 *   peers.c          which of them is which member, where each stands
 *   core_driver.c    steps of the core and its actions
 *   evidence.c       double votes: found, checked, kept
 *   inbox.c          messages: decoded, made into events
 *   parcels.c        and verified between
 *   chain.c          blocks held (chain_parts.h: payloads, execution, own blocks, commits)
 *   durability.c     block log and safety record, written on the disk lane
 *   signing.c        the signer's jobs
 *   admission.c      transactions of clients and peers: verified, pooled, gossiped
 *   block_sync.c     blocks that are missing here
 *   patience.c       how long an answer may take
 *   block_serving.c  and those that peers miss
 *   answers.c        who of those that ask is answered when
 *   tail.c           what proves that an epoch ended, and the next one
 *   proof_serving.c  proofs for clients without a node
 *   state_snapshot.c the state, written out now and then
 *   usage.c          how full each bounded part is
 *
 * Everything runs on the loop thread but the `run` of jobs, which see only their own memory
 * and what never changes (verifier, application's pure calls, disk).
 */
#ifndef HS_NODE_NODE_INTERNAL_H
#define HS_NODE_NODE_INTERNAL_H

#include "consensus/verify.h"
#include "mempool/mempool.h"
#include "node/config.h"
#include "node/epoch.h"
#include "node/node.h"
#include "node/patience.h"
#include "node/recent_transactions.h"
#include "storage/block_log.h"
#include "storage/slot_store.h"
#include "storage/snapshot.h"
#include "wire/message.h"
#include "wire/safety_record.h"

/* -- chain.c: blocks above the last committed one ------------------------------- */

/* A block known here: offered to the core, maybe executed. */
struct hs_held_block {
    bool used;
    bool executed;
    bool valid;
    struct hs_block block;
    struct hs_state state;    /* when executed and valid */
    struct hs_buffer *buffer; /* holds the payload until it is in the log; else NULL */
    struct hs_bytes payload;  /* in `buffer` */
    struct hs_transaction_summary *transactions; /* block.header.transaction_count of them */
};

/* A committed block whose commit is not yet durable. */
struct hs_commit_entry {
    struct hs_commit_entry *next;
    struct hs_block block;
    bool has_certificate; /* the last of those that one certificate committed */
    struct hs_qc certificate;
    struct hs_transaction_summary *transactions;
};

struct hs_chain {
    struct hs_held_block *held; /* capacity of the core's tree and some more */
    uint32_t held_capacity;
    uint32_t held_end;         /* none at or behind this index is used */
    struct hs_block committed; /* as the application has it */
    struct hs_state committed_state;
    struct hs_block durable;               /* as it was reported (D7) */
    uint64_t commit_latency_ms;            /* of that one */
    struct hs_commit_entry *commits_first; /* not yet durable, ascending */
    struct hs_commit_entry *commits_last;
    struct hs_commit_entry *unlogged; /* the first of them that is not in the log */
    uint32_t commits_count;
    uint32_t own_transactions_max; /* of the next own block, by what commits in time */
    bool execute_waiting;          /* the log has no room, or too many commits wait */
    struct hs_block_id execute_waiting_id;
};

/* -- durability.c ------------------------------------------------------------------ */

#define HS_WRITE_JOBS 2u

struct hs_write_job {
    struct hs_job job;
    struct hs_node *node;
    bool busy;
    struct hs_log_batch *batch; /* or NULL */
    bool has_record;
    uint64_t record_epoch;
    uint64_t record_sequence;
    uint32_t record_bytes;
    uint8_t *record;
    bool has_commits;
    uint64_t commit_height; /* the last that `batch` or one before it holds */
    enum hs_status status;
};

struct hs_durability {
    struct hs_block_log *log;
    bool has_records;
    struct hs_slot_store records;
    struct hs_write_job jobs[HS_WRITE_JOBS];
    bool record_waiting; /* the newest record not yet handed to a job */
    uint64_t record_epoch;
    uint64_t record_sequence;
    uint32_t record_bytes;
    uint8_t *record;
    bool flush_wanted;
    bool failed;
    bool lane_failed; /* the disk lane's own: nothing is written after a failure (D3) */
};

/* -- signing.c ----------------------------------------------------------------------- */

#define HS_SIGN_JOBS 2u

struct hs_sign_job {
    struct hs_job job;
    struct hs_node *node;
    bool busy;
    uint32_t key; /* which of the node's */
    struct hs_statement statement;
    struct hs_bls_signature signature;
    struct hs_bls_hash hash;
    enum hs_status status;
};

struct hs_signing_desk {
    struct hs_signer *signer; /* NULL: follows only */
    struct hs_sign_job jobs[HS_SIGN_JOBS];
    bool waiting[2]; /* the newest statement of each type that found no free job */
    struct hs_statement waiting_statements[2];
    /* Of the last vote: a certificate of that block is checked with it. No size: there is none. */
    struct hs_bls_hash vote_hash;
};

/* How many transaction signatures one job checks. */
#define HS_ADMISSION_CHUNK 64u

/* -- parcels.c ------------------------------------------------------------------------ */

enum hs_parcel_stage {
    HS_PARCEL_FREE,
    HS_PARCEL_WAITING,  /* for a certificate that another parcel checks */
    HS_PARCEL_WAKING,   /* to be looked at again */
    HS_PARCEL_CHECKING, /* its job is under way */
};

/* A message from its arrival to its event. Large, so there is a fixed number of them, and each peer
 * may have HS_PARCELS_PER_PEER. */
struct hs_parcel {
    struct hs_job job;
    struct hs_node *node;
    enum hs_parcel_stage stage;
    uint64_t arrival; /* order among parcels */
    uint32_t peer;
    uint32_t member;             /* the same peer's; HS_VALIDATORS_MAX: none */
    bool ends_epoch;             /* an answer to epoch_sync.c */
    struct hs_node_epoch *epoch; /* in which it arrived; NULL when free */
    uint32_t leader;             /* of a proposal's view, or the one behind a certificate's */
    struct hs_buffer *buffer;

    /* Certificates the message rests on: found in the cache, or checked by the job. */
    const struct hs_qc *qc_needed; /* in `message`; NULL: none */
    const struct hs_tc *tc_needed;
    bool check_qc;
    bool check_tc_qc; /* the TC's own high_qc */
    bool check_tc;
    /* P3: the leader's of a proposal, or of the view behind a certificate: known, or checked, too. */
    bool has_proof;
    bool check_proof;
    struct hs_leader_proof proof_needed;

    /* What the job makes of it. */
    bool judged; /* the job has run */
    enum hs_status status;
    struct hs_transaction_summary *transactions;

    /* Transactions of a proposal whose signatures nobody checked yet. */
    bool signatures_judged;
    bool signatures_wait; /* some are being checked by others */
    struct hs_bytes *unknown;
    struct hs_transaction_id *unknown_ids;
    size_t unknown_count;

    /* The large parts, from here on, hold nothing until something is written there. */
    struct hs_message message;
    struct hs_verified_qc qc;
    struct hs_verified_qc tc_qc;
    struct hs_verified_tc tc;
    struct hs_verified_block block;
    struct hs_verified_proof proof; /* P3 */
    struct hs_bls_hash vote_hash;   /* of this node's last vote when the job began */
    struct hs_admitted_vote leader_vote;
};

#define HS_PARCELS_PER_PEER 6u

/* How long a node shows a key without any success (identity.c). */
#define HS_IDENTITY_PATIENCE_NS UINT64_C(3000000000)

/* Which of its keys its peers see. */
struct hs_identity {
    uint32_t shown;
    uint32_t right;  /* the member's, or the one that a member will have */
    uint64_t height; /* that was committed when it began to show it */
    uint64_t due_ns; /* when it looks at that again */
};

struct hs_inbox {
    struct hs_parcel *parcels;
    uint32_t capacity;
    uint32_t end; /* none at or behind it is used */
    uint64_t arrivals;
    struct hs_message scratch; /* what is being decoded */
};

/* -- evidence.c ---------------------------------------------------------------------- */

#define HS_EVIDENCE_JOBS 4u

struct hs_evidence_job {
    struct hs_job job;
    struct hs_node *node;
    struct hs_node_epoch *epoch;
    bool busy;
    struct hs_vote first;
    struct hs_vote second;
    enum hs_status status;        /* HS_OK: they are evidence */
    enum hs_status second_status; /* when one is badly signed: HS_OK when it is not the second */
};

/* What the node answers to the core by itself, in order, after the step that asked. */
enum hs_deferred_type { HS_DEFERRED_EXECUTED, HS_DEFERRED_BUILT };

struct hs_deferred {
    enum hs_deferred_type type;
    struct hs_block_id block_id;
    bool valid;
    bool has_block;
    uint64_t view;
};

#define HS_DEFERRED_MAX 8u

/* -- admission.c -------------------------------------------------------------------------- */

/* Transactions that came together, from a client or a peer. */
struct hs_admission_batch {
    uint32_t waiting; /* of them, not yet decided */
    uint32_t count;
    uint32_t peer;                /* HS_NO_PEER: a client's */
    struct hs_buffer *buffer;     /* holds their bytes */
    hs_node_submitted *submitted; /* NULL for a peer's */
    void *context;
    enum hs_status *outcomes;
    struct hs_transaction_id *ids;
};

struct hs_admission_entry {
    struct hs_admission_batch *batch;
    uint32_t index_in_batch;
    bool claimed;                /* a proposal's job checks its signature */
    bool signature_known;        /* checked meanwhile, in a block */
    struct hs_bytes transaction; /* in the batch's buffer */
    struct hs_transaction_summary summary;
};

#define HS_ADMISSION_JOBS 2u

struct hs_admission_job {
    struct hs_job job;
    struct hs_node *node;
    bool busy;
    uint32_t count;
    struct hs_admission_entry entries[HS_ADMISSION_CHUNK];
    bool ok[HS_ADMISSION_CHUNK];
};

/* What waited when last looked at: what still does is told again. */
struct hs_gossip_again {
    uint64_t next_ns;
    uint32_t count;
    struct hs_transaction_id ids[HS_GOSSIP_AGAIN_MAX];
};

struct hs_admission {
    struct hs_admission_entry *queue; /* a ring of those not yet checked */
    uint32_t capacity;
    uint32_t head;
    uint32_t count;
    struct hs_id_map *undecided; /* id -> ring slot, or who checks its signature */
    void *undecided_memory;
    struct hs_recent_transactions *checked; /* signatures found good in proposals */
    struct hs_admission_job jobs[HS_ADMISSION_JOBS];
    uint8_t *gossip; /* what this turn's gossip will say; HS_TRANSACTIONS_BATCH_BYTES_MAX */
    size_t gossip_bytes;
    uint32_t gossip_count;
    struct hs_gossip_again again;
    uint32_t told_transactions; /* what the core knows of waiting work */
    bool told_full;
};

/* -- block_sync.c --------------------------------------------------------------------------- */

#define HS_SYNC_ORPHANS 64u

/* A verified block whose parent is not held. */
struct hs_orphan {
    bool used;
    struct hs_verified_block block;
    struct hs_buffer *buffer;
    struct hs_bytes payload;
};

struct hs_wanted_block {
    struct hs_block_id id;
    struct hs_bitmap signers; /* certified it, so they hold it (D2) */
    uint32_t peer;            /* who spoke of it first; HS_NO_PEER: nobody */
};

struct hs_block_sync {
    bool wanted;
    struct hs_wanted_block current; /* being brought in */
    struct hs_wanted_block latest;  /* what the core asked for last */
    uint32_t asks;                  /* since something useful came */
    bool asked;
    bool asked_range;
    uint32_t asked_peer;
    struct hs_patience patience;
    uint64_t deadline_ns;  /* of the question under way */
    uint32_t empty_ranges; /* answers in a row: as many as signers, and none has committed it */
    uint64_t range_height; /* the highest height taken in by range */
    struct hs_orphan orphans[HS_SYNC_ORPHANS];
    uint64_t orphan_bytes;
};

/* -- state_snapshot.c ---------------------------------------------------------------------- */

enum hs_snapshot_stage {
    HS_SNAPSHOT_IDLE,
    HS_SNAPSHOT_WRITING,
    HS_SNAPSHOT_WRITTEN, /* until the commit of its block is durable */
    HS_SNAPSHOT_FINISHING,
};

struct hs_state_snapshot {
    struct hs_job job;
    struct hs_node *node;
    enum hs_snapshot_stage stage;
    struct hs_snapshot_info info;
    struct hs_snapshot_writer *writer;
    enum hs_status status;
};

/* -- identity.c --------------------------------------------------------------------------- */

/* What is public of a key of this node's. */
struct hs_own_key {
    struct hs_bls_public_key bls_public_key;
    struct hs_ed25519_public_key network_key;
};

/* -- own_proofs.c -------------------------------------------------------------------------- */

/* A block that is asked for before its VRF proof is there. */
struct hs_waiting_build {
    bool waits;
    uint64_t view;
    struct hs_block parent;
    struct hs_qc justify;
};

/* -- peers.c ------------------------------------------------------------------------------- */

/* In place of a peer's number: nobody, or a client; and one that left the table, whose number may be
 * another's by now. */
#define HS_NO_PEER   UINT32_MAX
#define HS_GONE_PEER HS_PEERS_MAX

/* Whom the owner of this node named, and where it is. */
struct hs_named_peer {
    struct hs_ed25519_public_key key;
    char address[HS_ENDPOINT_CHARACTERS]; /* "": not known */
    bool always;                          /* in the table, validator or not */
};

struct hs_node_peer {
    bool used;
    struct hs_ed25519_public_key key;
    struct hs_dial_address claimed; /* by the state of the chain; "": not known */
    bool connected;
    bool silent;     /* since it was asked for a block */
    bool votes;      /* a member of this epoch or the next */
    bool named;      /* by the owner of this node, or genesis */
    uint32_t member; /* its index in this epoch; HS_VALIDATORS_MAX: it is no member */
    uint64_t epoch;  /* that it showed last, unproved */
    uint64_t answer_after_ns;
    uint64_t end_asked_ns; /* when it was asked for the end of this epoch; 0: nothing is expected */

    /* What it asks for and was not answered yet (answers.c). */
    bool asks_block;
    bool asks_range;
    struct hs_block_id asked_id;
    uint64_t asked_epoch;
    uint64_t asked_height;
};

/* -- answers.c ------------------------------------------------------------------------------- */

struct hs_answers {
    uint32_t last[2]; /* answered: of others, of voters */
    uint64_t others_after_ns;
};

/* -- epoch_sync.c ---------------------------------------------------------------------------- */

struct hs_epoch_sync {
    bool wanted; /* a peer shows a later epoch */
    bool asked;
    uint32_t peer; /* asked last */
    struct hs_patience patience;
    uint64_t deadline_ns;
    uint64_t height; /* the highest taken in */
};

/* -- the node ---------------------------------------------------------------------------------- */

struct hs_node {
    struct hs_node_config config;
    struct hs_application application;
    const struct hs_consensus_network *network;
    struct hs_node_epoch *epoch; /* the one it lives in */
    struct hs_node_epoch
        *last_epoch;              /* the one before, for evidence; NULL: it did not live in it */
    struct hs_node_epoch *epochs; /* these and those which jobs still read */
    bool has_record;
    struct hs_safety_record *record; /* of the start; epoch and sequence are those written last */
    struct hs_own_key own_keys[HS_NODE_KEYS_MAX];
    uint32_t own_key_count;
    struct hs_node_peer peers[HS_PEERS_MAX]; /* by number */
    uint32_t peer_end;                       /* no number at or behind it is used */
    uint32_t peer_count;
    uint32_t peer_next; /* numbers are given in turn */
    uint64_t
        peers_due_ns; /* when the table is made anew; UINT64_MAX: not before something changes */
    uint64_t peers_fresh_ns; /* when it was made */
    struct hs_named_peer *named;
    uint32_t named_count;
    uint32_t speaker; /* whose message is being delivered; HS_NO_PEER: nobody's */
    struct hs_answers answers;
    struct hs_epoch_sync epoch_sync;
    struct hs_waiting_build waiting_build;
    struct hs_mempool *mempool;
    void *mempool_memory;

    struct hs_chain chain;
    struct hs_durability durability;
    struct hs_signing_desk signing;
    struct hs_identity identity;
    struct hs_inbox inbox;
    struct hs_admission admission;
    struct hs_block_sync sync;
    struct hs_state_snapshot snapshot;
    struct hs_recent_transactions *recent;
    struct hs_evidence_job evidence_jobs[HS_EVIDENCE_JOBS];

    struct hs_deferred deferred[HS_DEFERRED_MAX]; /* a ring */
    uint32_t deferred_head;
    uint32_t deferred_count;
    struct hs_message outgoing; /* scratch of what is being sent */
    bool stepping;
    bool write_failure_waiting; /* met while a step's actions were carried out */
    struct hs_actions actions;
    uint64_t wake_ns; /* the core's */
    uint64_t view;    /* the core's, after its last step */
    bool started;

    enum hs_node_health health;
    uint32_t jobs_under_way;
    struct hs_node_counters counters;
    struct hs_double_vote evidence[HS_NODE_EVIDENCE_MAX]; /* S8: in order of finding */
    uint32_t evidence_count;
    hs_node_committed *committed_callback;
    void *committed_context;
    /* Scratch of the loop thread, room for one block. */
    struct hs_bytes *split;
    struct hs_transaction_id *ids;
    bool *included;
    uint32_t *order;
};

/* admission.c: ids in `undecided` at most, of a queue with that capacity */
uint32_t hs_admission_undecided_max(const struct hs_node *node);

static inline uint64_t hs_node_epoch_number(const struct hs_node *node)
{
    return node->epoch->fixed.validators.epoch;
}

/* core_driver.c */
void hs_node_feed(struct hs_node *node, struct hs_event *event, enum hs_status *status);
void hs_node_defer(struct hs_node *node, const struct hs_deferred *deferred);
void hs_node_run_deferred(struct hs_node *node);
void hs_node_submit_job(struct hs_node *node, enum hs_lane lane, struct hs_job *job);
void hs_node_job_came_back(struct hs_node *node);
uint64_t hs_node_now_ns(const struct hs_node *node);
void hs_node_fail_writes(struct hs_node *node, const char *what);

/* evidence.c */
/* Looks at what a peer says before anything is refused or passed over (S8). */
void hs_evidence_watch(struct hs_node *node, uint32_t peer, const struct hs_message *message);
/* The same for bytes of the epoch before. */
void hs_evidence_watch_late(struct hs_node *node, uint32_t peer, struct hs_bytes bytes,
                            uint64_t message_epoch);
/* Two votes of one member of this epoch that differ: are they evidence? */
void hs_evidence_check_votes(struct hs_node *node, const struct hs_vote *first,
                             const struct hs_vote *second);

/* identity.c */
/* Takes the public parts of the configured keys. HS_INVALID_ARGUMENT: too many, two alike, or none of a
 * key. */
HS_MUST_CHECK enum hs_status hs_identity_init(struct hs_node *node);
/* The index of the node in a set, and which of its keys that member has; HS_VALIDATORS_MAX and 0
 * where it is no member. */
uint32_t hs_identity_find(const struct hs_node *node, const struct hs_validator_set *set,
                          uint32_t *key);
/* An epoch begins: the network shows the key that its members know. */
void hs_identity_enter_epoch(struct hs_node *node);
/* Shows another key for a while where nobody seems to know this one. */
void hs_identity_check_time(struct hs_node *node);
uint64_t hs_identity_next_wake_ns(const struct hs_node *node);

/* own_proofs.c */
/* A view has begun: proofs of the own turns from it on. */
void hs_own_proofs_look_ahead(struct hs_node *node);
/* The proof of an own turn; NULL: it is not there yet. */
const struct hs_vrf_proof *hs_own_proof_find(const struct hs_node *node, uint64_t view);
/* Adds to a certificate what proves the own turn in the next view, where that is here. */
void hs_own_proofs_show(const struct hs_node *node, struct hs_message *message);
/* Builds the block once it is. */
void hs_own_proofs_await(struct hs_node *node, uint64_t view, const struct hs_block *parent,
                         const struct hs_qc *justify);

/* peer_table.c */
HS_MUST_CHECK enum hs_status hs_peers_init(struct hs_node *node);
/* Who goes, who comes. True: somebody did, or is to be dialed elsewhere. */
bool hs_peers_change(struct hs_node *node);
/* Who may be here, under which numbers, and where they are dialed. */
void hs_peers_tell_network(const struct hs_node *node);

/* peers.c */
/* To whom of those that are connected: what votes rest on goes to the members of this epoch and of the
 * next; what tells where the chain stands to everybody. */
enum hs_audience { HS_TO_VOTERS, HS_TO_ALL };
void hs_peers_broadcast(const struct hs_node *node, enum hs_audience audience,
                        enum hs_message_class message_class, struct hs_buffer *message);
/* A block was committed: somebody may have registered. */
void hs_peers_note_commit(struct hs_node *node);
void hs_peers_check_time(struct hs_node *node);
/* Changes the table, once there is a network, and finds the members of the epoch in it. */
void hs_peers_enter_epoch(struct hs_node *node);
bool hs_peer_is_known(const struct hs_node *node, uint32_t peer);
uint32_t hs_peer_of_member(const struct hs_node *node, uint32_t member); /* or HS_NO_PEER */
uint32_t hs_member_of_peer(const struct hs_node *node, uint32_t peer);   /* or HS_VALIDATORS_MAX */
bool hs_peer_is_connected(const struct hs_node *node, uint32_t peer);
uint32_t hs_peers_connected(const struct hs_node *node);
/* Whether this node and the members that are connected make a quorum of the epoch. */
bool hs_peers_reach_quorum(const struct hs_node *node);
void hs_peer_came(struct hs_node *node, uint32_t peer);
void hs_peer_went(struct hs_node *node, uint32_t peer);
void hs_peers_greet_all(struct hs_node *node);
/* A message of `epoch` came from the peer: true when it is of this node's own. */
bool hs_peer_shows_epoch(struct hs_node *node, uint32_t peer, uint64_t epoch);

/* epoch_switch.c */
/* The epoch that the committed state is in (P4): made without verifier and core, for a replay. */
HS_MUST_CHECK enum hs_status hs_epoch_locate(struct hs_node *node, uint64_t number);
/* Verifier and core of the epoch that was located. */
HS_MUST_CHECK enum hs_status hs_epoch_open(struct hs_node *node,
                                           const struct hs_safety_record *record);
/* The committed block ended its epoch. */
bool hs_epoch_is_over(const struct hs_node *node);
/* After a commit became durable: goes on to the next epoch when this one is over. */
void hs_epoch_advance(struct hs_node *node);

/* epoch_sync.c */
/* `peer` shows a later epoch. */
void hs_epoch_sync_begin(struct hs_node *node, uint32_t peer);
/* Its connection is gone, and with it what it was asked. */
void hs_epoch_sync_peer_went(struct hs_node *node, uint32_t peer);
void hs_epoch_sync_check_time(struct hs_node *node);
uint64_t hs_epoch_sync_next_wake_ns(const struct hs_node *node);
/* Somebody who is connected speaks of a later epoch. */
bool hs_epoch_sync_is_behind(const struct hs_node *node);
/* A new epoch: who is past it, too? */
void hs_epoch_sync_enter(struct hs_node *node);
/* Is this answer one to a question here? */
bool hs_epoch_sync_expects(struct hs_node *node, uint32_t peer, const struct hs_message *message);
void hs_epoch_sync_take(struct hs_node *node, struct hs_parcel *parcel);

/* inbox.c */
void hs_inbox_receive(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer);
/* What was checked of it holds: its event. */
void hs_inbox_deliver(struct hs_node *node, struct hs_parcel *parcel);
/* Counts it; closes the connection where no correct peer does such a thing. */
void hs_node_blame_peer(struct hs_node *node, uint32_t peer, enum hs_status why);

/* parcels.c */
HS_MUST_CHECK enum hs_status hs_parcels_init(struct hs_node *node);
void hs_parcels_free(struct hs_node *node);
/* Sends a message on its way that rests on `qc` and `tc` of the scratch message (or NULL). */
void hs_parcel_start(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                     const struct hs_qc *qc, const struct hs_tc *tc, bool ends_epoch);
/* A peer left the table: nobody is blamed any more for what it sent. */
void hs_parcels_forget_peer(struct hs_node *node, uint32_t peer);
/* Drops the messages that no job has. */
void hs_parcels_forget_waiting(struct hs_node *node);
/* Looks again at the messages that wait for a check that was under way. */
void hs_parcels_wake_waiting(struct hs_node *node);

/* core_driver.c: what this node says */
void hs_node_broadcast_message(struct hs_node *node, enum hs_audience audience,
                               enum hs_message_class message_class,
                               const struct hs_message *message);
void hs_node_send_message(struct hs_node *node, uint32_t to, enum hs_message_class message_class,
                          const struct hs_message *message);
/* One whose bitmaps are those of another epoch. */
void hs_node_send_message_of(struct hs_node *node, uint32_t to, enum hs_message_class message_class,
                             const struct hs_message *message, uint32_t validator_count);
/* Tells one peer where this node stands (L12, L13). */
void hs_node_send_status(struct hs_node *node, uint32_t peer);

/* chain.c, block_payload.c, block_execution.c, block_building.c, commits.c */
HS_MUST_CHECK enum hs_status hs_chain_init(struct hs_node *node);
void hs_chain_free(struct hs_node *node);
struct hs_held_block *hs_chain_find(struct hs_node *node, const struct hs_block_id *id);
/* Keeps a block whose payload is checked against its header; takes over `transactions`, and a
 * reference to `buffer` of its own. HS_DUPLICATE, HS_FULL. */
HS_MUST_CHECK enum hs_status hs_chain_hold(struct hs_node *node, const struct hs_block *block,
                                           struct hs_buffer *buffer, struct hs_bytes payload,
                                           struct hs_transaction_summary *transactions);
/* Reads the transactions of a payload and checks it against its header (X2's outer part):
 * size, count, root, form, chain. On HS_OK *transactions is the caller's to free. Any thread. */
HS_MUST_CHECK enum hs_status hs_chain_check_payload(const struct hs_application *application,
                                                    const struct hs_block_header *header,
                                                    struct hs_bytes payload,
                                                    struct hs_transaction_summary **transactions);
void hs_chain_execute(struct hs_node *node, const struct hs_block *block);
void hs_chain_retry_execute(struct hs_node *node);
/* The mempool ranks from now on for a child of `state`. */
void hs_chain_follow_base_fee(struct hs_node *node, struct hs_state state);
/* arrangement.c: puts what was selected into `split` and `ids` into the application's order. */
void hs_chain_arrange(struct hs_node *node, size_t count);
HS_MUST_CHECK enum hs_status hs_chain_execute_held(struct hs_node *node, struct hs_held_block *held,
                                                   struct hs_bytes payload);
void hs_chain_build(struct hs_node *node, uint64_t view, const struct hs_block *parent,
                    const struct hs_qc *justify);
void hs_chain_commit(struct hs_node *node, const struct hs_block_id *id,
                     const struct hs_qc *certificate);
/* Makes `id` the application's committed state, with its ancestors before it. With `report` they are
 * queued for the log. HS_CORRUPT when one of them was not executed. */
HS_MUST_CHECK enum hs_status hs_chain_apply_commit(struct hs_node *node,
                                                   const struct hs_block_id *id, bool report,
                                                   const struct hs_qc *certificate);
void hs_chain_drop(struct hs_node *node, struct hs_held_block *held);
/* All that is held: none of it is committed, or will be. */
void hs_chain_drop_all(struct hs_node *node);
void hs_chain_shrink_own_blocks(struct hs_node *node);
void hs_chain_log_commits(struct hs_node *node);
void hs_chain_commits_durable(struct hs_node *node, uint64_t height);
void hs_chain_drop_unheld(struct hs_node *node);
void hs_chain_make_room(struct hs_node *node);
void hs_chain_drop_refused(struct hs_node *node, const struct hs_block_id *id);
bool hs_chain_commit_waits(const struct hs_node *node, const struct hs_transaction_id *id);

/* durability.c */
HS_MUST_CHECK enum hs_status hs_durability_init(struct hs_node *node);
void hs_durability_free(struct hs_node *node);
void hs_durability_persist(struct hs_node *node, const struct hs_safety_record *record);
void hs_durability_flush(struct hs_node *node);
HS_MUST_CHECK enum hs_status hs_durability_append_block(struct hs_node *node,
                                                        const struct hs_block *block,
                                                        struct hs_bytes payload);

/* signing.c */
/* What waits to be signed will not be. */
void hs_signing_forget(struct hs_node *node);
void hs_signing_ask(struct hs_node *node, const struct hs_statement *statement);

/* admission.c */
HS_MUST_CHECK enum hs_status hs_admission_init(struct hs_node *node);
void hs_admission_free(struct hs_node *node);
/* The same of its transactions. */
void hs_admission_forget_peer(struct hs_node *node, uint32_t peer);
void hs_admission_take_peer_batch(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                                  const struct hs_message *message);
/* Whether somebody has checked a signature, or is about to tell. */
enum hs_signature_knowledge { HS_SIGNATURE_UNKNOWN, HS_SIGNATURE_IN_CHECK, HS_SIGNATURE_KNOWN };
enum hs_signature_knowledge hs_admission_signature(const struct hs_node *node,
                                                   const struct hs_transaction_id *id);
/* A proposal's job checks this one: until it is over nobody else does. */
void hs_admission_claim(struct hs_node *node, const struct hs_transaction_id *id);
void hs_admission_claim_over(struct hs_node *node, const struct hs_transaction_id *id, bool good);
void hs_admission_end_turn(struct hs_node *node);

/* block_sync.c */
/* Its connection is gone, and with it what it was asked. */
void hs_sync_peer_went(struct hs_node *node, uint32_t peer);
void hs_sync_want(struct hs_node *node, const struct hs_block_id *id, uint32_t peer,
                  const struct hs_bitmap *signers);
void hs_sync_check_time(struct hs_node *node);
uint64_t hs_sync_next_wake_ns(const struct hs_node *node);
/* answers.c */
void hs_answers_ask_block(struct hs_node *node, uint32_t peer, const struct hs_block_id *id);
void hs_answers_ask_range(struct hs_node *node, uint32_t peer, uint64_t epoch,
                          uint64_t from_height);
/* At the end of a turn: one answer to a voter, one to another. */
void hs_answers_give(struct hs_node *node);
uint64_t hs_answers_next_wake_ns(const struct hs_node *node);

/* block_serving.c */
void hs_sync_serve_block(struct hs_node *node, uint32_t peer, const struct hs_block_id *id);
void hs_sync_serve_range(struct hs_node *node, uint32_t peer, uint64_t epoch, uint64_t from_height);
void hs_sync_take_block(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                        const struct hs_message *message);
bool hs_sync_expects_range(struct hs_node *node, uint32_t peer, const struct hs_message *message);
void hs_sync_take_range(struct hs_node *node, struct hs_parcel *parcel);
/* Gives the core the blocks of a range and the certificate over the last, of height *height. */
HS_MUST_CHECK enum hs_status hs_sync_take_blocks(struct hs_node *node, struct hs_parcel *parcel,
                                                 uint64_t *height);
void hs_sync_free(struct hs_node *node);
/* Nothing is wanted any more. */
void hs_sync_forget(struct hs_node *node);
/* A QC over the committed block of that height and id. */
bool hs_sync_certificate_of(struct hs_node *node, uint64_t height, const struct hs_block_id *id,
                            struct hs_qc *certificate);
/* The last committed height of the epoch, or of one before: found by halves. */
uint64_t hs_sync_last_height_of(struct hs_node *node, uint64_t epoch);

/* state_snapshot.c */
void hs_state_snapshot_maybe_begin(struct hs_node *node);
void hs_state_snapshot_advance(struct hs_node *node);

/* recovery.c */
/* recall.c: after the log was opened. What can't be read is not known, as what is too old. */
void hs_recall_transactions(struct hs_node *node);

HS_MUST_CHECK enum hs_status hs_recovery_run(struct hs_node *node, struct hs_node_error *error);
/* D5: the core stops signing on its own when a certificate shows that its record is old; then the
 * node follows. */
void hs_recovery_check_record(struct hs_node *node);

#endif
