/* core_world: a few hs_cores, a queue between them and a script.
 *
 * The smallest driver that keeps the core's contract (hotstuff/core.h): no node, no network, no
 * disk. Time is a number that only core_world_advance moves. Whatever a core asks for and
 * whatever validators say to each other is an item of one queue; delivering an item is one
 * step of one core, so a script can stop between any two steps, hold items back, lose them, or
 * crash a core between a request and its answer.
 *
 * A validator is either driven (a real core) or a puppet, for which the script signs whatever
 * it wants. Certificates hold real votes only: of a driven validator those that its core sent.
 *
 * A world may have epochs (P4), each with a set of its own among the nodes. The world does what a
 * node does at an epoch's end: once a core has ended, an item of the queue puts the next epoch's core
 * in its place; a message of an earlier epoch is answered with the certificate that ended that one,
 * and one of a later epoch by saying where this node stands (P5). Nodes are known by their number;
 * which validator a node is changes with the epoch.
 *
 * After every step the invariants of the protocol's section 9 that a core can show are checked;
 * the first that breaks is written to `violation`. Memory that cannot be had aborts.
 */
#ifndef TESTS_SUPPORT_CORE_WORLD_H
#define TESTS_SUPPORT_CORE_WORLD_H

#include <hotstuff/core.h>

#include "consensus/verify.h"
#include "crypto/bls.h"

#define WORLD_VALIDATORS_MAX 16u
#define WORLD_OUTBOUND_TYPES 5u
#define WORLD_ACTION_TYPES   13u
#define WORLD_MILLISECOND_NS UINT64_C(1000000)
#define WORLD_TREE_BLOCKS    64u

/* One bit for a type of enum hs_action_type or enum hs_outbound_type. */
#define WORLD_BIT(type)    (1u << (unsigned)(type))
#define WORLD_ALL_MESSAGES ((1u << WORLD_OUTBOUND_TYPES) - 1u)

struct world_message {
    enum hs_outbound_type type;
    struct hs_block block; /* PROPOSAL */
    struct hs_bls_signature leader_vote;
    struct hs_vote vote;
    struct hs_qc qc; /* QC; the high_qc of STATUS */
    struct hs_view_change view_change;
    bool has_tc; /* PROPOSAL, VIEW_CHANGE, STATUS */
    struct hs_tc tc;
};

/* A message under way, or the answer to a request of `to`. */
struct world_item {
    struct world_item *next;
    uint32_t from; /* == to: an answer */
    uint32_t to;
    uint32_t incarnation;        /* answers die with the core that asked */
    bool next_epoch;             /* no answer: the core has ended, the next one takes its place */
    enum hs_action_type request; /* of an answer */
    bool held;                   /* a message that waits for core_world_release */
    union {
        struct world_message message;
        struct hs_safety_record record;
        struct hs_statement statement;
        struct hs_aggregate_request check;
        struct hs_block block;
        struct hs_block_id block_id;
    };
};

struct world_node {
    bool puppet;
    bool running;
    uint32_t incarnation;
    void *memory;
    struct hs_core *core;
    uint64_t epoch; /* the core's */
    struct hs_verifier verifier;

    /* What the script sets. */
    bool stays;          /* after an epoch's end the ended core stays */
    bool commits_lag;    /* a commit is on disk only before the next record is (D7) */
    uint32_t hold;       /* WORLD_BIT(request): its answers wait in the queue */
    bool writes_fail;    /* PERSIST is answered by DURABLE_WRITE_FAILED */
    bool builds_fail;    /* BUILD is answered by no block */
    bool executions_bad; /* every block but an own one executes to another root */
    uint32_t transactions_per_block;

    /* What it has on disk. */
    bool has_record;
    struct hs_safety_record durable;
    struct hs_block disk_root;
    struct hs_qc disk_commit_qc; /* of view 0: nothing was committed yet */

    struct hs_block root;   /* the last committed block */
    struct hs_qc commit_qc; /* D7: what proves that root is committed */

    /* What was seen of it. */
    uint64_t wake_ns;  /* UINT64_MAX: none */
    uint64_t timer_ns; /* when it last had a TIMER, and how many at that moment */
    uint32_t timers_at_once;
    uint32_t asked[WORLD_ACTION_TYPES];  /* actions by type */
    uint32_t said[WORLD_OUTBOUND_TYPES]; /* messages by type, a broadcast once */
    uint32_t said_to[WORLD_OUTBOUND_TYPES][WORLD_VALIDATORS_MAX];
    struct world_message last[WORLD_OUTBOUND_TYPES];
    struct hs_vote evidence_first, evidence_second;
    struct hs_bitmap blamed;
    struct hs_block_id fetch_id;
    uint32_t fetch_peer;
    struct hs_bitmap fetch_signers;
    bool fetch_waits;       /* nobody has served the block yet */
    uint32_t request_count; /* signers in the last CHECK_AGGREGATE */
    uint64_t build_view;
    size_t step_actions; /* of the last step */
    uint64_t refused;    /* messages that verification or the core refused as a violation */
    struct hs_safety_record persisted; /* as last asked for */

    uint64_t
        answer_ns[WORLD_VALIDATORS_MAX]; /* when each node may be told of another epoch again */

    /* What it signed, for the invariants; of the last epoch in which it did. */
    uint64_t signed_epoch;
    struct hs_statement voted;
    uint64_t changed_view;
    uint64_t changed_high_qc_view;
};

struct world_block {
    uint32_t holders; /* bit i: validator i has it in its log */
    struct hs_block block;
};

/* One epoch: the same for all nodes, but for the block that it begins on. */
struct world_epoch {
    struct hs_validator_set set;
    uint32_t members[WORLD_VALIDATORS_MAX]; /* the node that is validator i */
    struct hs_bls_point points[WORLD_VALIDATORS_MAX];
    struct hs_verifier verifier; /* each node has its own certificate of view 0 in it */
    uint8_t randomness[HS_HASH_BYTES];
    uint64_t last_height;
    /* The block certified in each view, by view. */
    struct hs_block_id *certified;
    bool *is_certified;
    size_t certified_capacity;
    struct hs_qc ends[WORLD_VALIDATORS_MAX]; /* what ended it for each node; of view 0: nothing */
};

struct core_world_config {
    uint32_t count;          /* of nodes */
    const uint64_t *weights; /* of each node; NULL: all 1 */
    enum hs_leader_election election;
    const uint32_t *leaders; /* under WEIGHTED: the nodes that must lead views 1, 2, ... of every
                              * epoch; or NULL */
    uint32_t leaders_count;
    uint64_t epoch_blocks; /* of each epoch; 0: one epoch for ever */
    const uint32_t
        *sets; /* bit i: node i validates in epoch 0, 1, ...; the last one stays. NULL: all
                            * always do */
    uint32_t sets_count;
    uint32_t puppets;                            /* bit i: validator i is a puppet */
    uint32_t tree_blocks_max;                    /* 0: WORLD_TREE_BLOCKS */
    const struct hs_pacemaker_config *pacemaker; /* NULL: the default */
};

struct core_world {
    struct hs_chain_id chain_id;
    uint32_t count; /* of nodes */
    struct hs_bls_secret_key secret_keys[WORLD_VALIDATORS_MAX];
    struct hs_validator validators[WORLD_VALIDATORS_MAX]; /* each node as a set has it */
    struct core_world_config plan;
    struct hs_core_config config; /* of epoch 0, but for self and root */
    struct hs_block genesis;
    struct hs_qc genesis_qc;
    struct world_epoch **epochs; /* those that anybody was in */
    size_t epoch_count, epoch_capacity;

    uint64_t now_ns;
    struct world_node nodes[WORLD_VALIDATORS_MAX];
    struct world_item *first, *last; /* the queue */
    size_t item_count;
    /* WORLD_BIT(outbound type) by from and to: lost on the way, or held in the queue. */
    uint32_t lost[WORLD_VALIDATORS_MAX][WORLD_VALIDATORS_MAX];
    uint32_t held[WORLD_VALIDATORS_MAX][WORLD_VALIDATORS_MAX];

    /* All blocks that any validator ever had, parents first. */
    struct world_block *blocks;
    size_t block_count, block_capacity;
    /* Every vote and view change that a driven core sent to anybody. */
    struct hs_vote *votes;
    size_t vote_count, vote_capacity;
    struct hs_view_change *view_changes;
    size_t view_change_count, view_change_capacity;
    struct hs_block_id *chain; /* the chain committed, by height */
    size_t chain_count, chain_capacity;

    uint64_t salt;   /* makes every block built another one */
    uint64_t random; /* the state of core_world_random */
    uint64_t digest; /* over all digests of all cores after each step */
    uint64_t steps;
    bool conflict;       /* two blocks were committed at one height */
    char violation[160]; /* the first; "" while all holds */
};

/* -- life ------------------------------------------------------------------- */

/* A world in which nobody runs yet, with safety records as `testnet` writes them. */
struct core_world *core_world_new(const struct core_world_config *config);
void core_world_free(struct core_world *world);

/* Starts a driven core on what it has on disk: its log read back, then START. */
void core_world_start(struct core_world *world, uint32_t node);
void core_world_start_all(struct core_world *world);
/* Builds the core without reading the log back or starting it. */
void core_world_boot(struct core_world *world, uint32_t node);
/* The process ends: what it had asked for and not on disk is gone. */
void core_world_crash(struct core_world *world, uint32_t node);
/* Its log loses all blocks above the last committed one. */
void core_world_lose_log(struct core_world *world, uint32_t node);

/* -- steps ------------------------------------------------------------------- */

/* One event of a script's own; now_ns is filled in. The actions go to the queue. */
enum hs_status core_world_step(struct core_world *world, uint32_t node, struct hs_event *event);
/* Delivers the oldest item that is not held back; false when there is none. */
bool core_world_deliver(struct core_world *world);
/* Delivers until the queue holds only what is held back. No time passes. */
void core_world_run(struct core_world *world);
/* Moves time on by `duration_ns`: timers fire in order, everything is delivered at once. */
void core_world_advance(struct core_world *world, uint64_t duration_ns);
/* Time moves on to the next timer of all, which fires; nothing is delivered. */
void core_world_wake_next(struct core_world *world);
/* Advances in steps of one millisecond until all driven cores committed `height`; false when
 * `limit_ns` passed before. */
bool core_world_run_to_height(struct core_world *world, uint64_t height, uint64_t limit_ns);
/* Delivers a random item (held ones too), loses or repeats it by percent. False: none left. */
bool core_world_deliver_random(struct core_world *world, uint32_t loss_percent,
                               uint32_t repeat_percent);
/* A number below `bound`, by the world's own sequence. */
uint64_t core_world_random(struct core_world *world, uint64_t bound);

/* What every link of `from` to `to` does with messages of `types` from now on. */
void core_world_lose(struct core_world *world, uint32_t from, uint32_t to, uint32_t types);
void core_world_lose_all(struct core_world *world, uint32_t types);
void core_world_hold(struct core_world *world, uint32_t from, uint32_t to, uint32_t types);
/* Held messages of these types go on, and no more are held. */
void core_world_release(struct core_world *world, uint32_t types);
/* Forgets all messages under way. */
void core_world_drop_messages(struct core_world *world);

/* Gives `node` a message of `from`: verified, then one step or two. What the core said. */
enum hs_status core_world_give(struct core_world *world, uint32_t node, uint32_t from,
                               const struct world_message *message);

struct hs_core_status core_world_status(const struct core_world *world, uint32_t node);

/* -- epochs --------------------------------------------------------------------- */

/* An epoch, made when it is first asked for. */
struct world_epoch *core_world_epoch(struct core_world *world, uint64_t number);
/* Which validator of an epoch a node is; HS_VALIDATORS_MAX: none. */
uint32_t core_world_index(const struct core_world *world, uint64_t epoch, uint32_t node);
/* A block as its epoch's verifier seals it. */
void core_world_recover(struct core_world *world, struct hs_verified_block *out,
                        const struct hs_block *block);

/* -- what a script makes ------------------------------------------------------- */

/* A block of node `proposer` for `view` on `parent`, in the epoch of `justify`; each call makes another
 * one. Above the epoch's last height it is a tail block (P4). */
struct hs_block core_world_block(struct core_world *world, uint32_t proposer, uint64_t view,
                                 const struct hs_block *parent, const struct hs_qc *justify);
struct hs_vote core_world_vote(const struct core_world *world, uint32_t voter,
                               const struct hs_block *block);
/* A view change of a puppet, of its high_qc's epoch. */
struct hs_view_change core_world_view_change(const struct core_world *world, uint32_t author,
                                             uint64_t view, const struct hs_qc *high_qc);

/* Certificates of the validators in `signers` (bit i): puppets sign, driven ones must have sent
 * their vote or view change. False when one of them did not, or the weight is no quorum. */
bool core_world_qc(struct core_world *world, struct hs_qc *qc, const struct hs_block *block,
                   uint32_t signers);
/* Puppets sign with `high_qc`, whose epoch it is; NULL: of epoch 0, and no puppet signs. */
bool core_world_tc(struct core_world *world, struct hs_tc *tc, uint64_t view, uint32_t signers,
                   const struct hs_qc *high_qc);

/* Messages. */
struct world_message core_world_proposal(const struct core_world *world,
                                         const struct hs_block *block, const struct hs_tc *tc);
struct world_message core_world_vote_message(const struct hs_vote *vote);
struct world_message core_world_qc_message(const struct hs_qc *qc);
struct world_message core_world_view_change_message(const struct hs_view_change *view_change,
                                                    const struct hs_tc *tc);

/* -- used between the files ------------------------------------------------------ */

void core_world_fail(struct core_world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void core_world_check_statement(struct core_world *world, uint32_t node,
                                const struct hs_statement *statement);
void core_world_check_certified(struct core_world *world, const struct hs_qc *qc);
void core_world_check_commit(struct core_world *world, uint32_t node,
                             const struct hs_action *action);
void core_world_check_actions(struct core_world *world, uint32_t node, bool had_ended,
                              const struct hs_actions *actions);
void core_world_check_core(struct core_world *world, uint32_t node);
struct world_block *core_world_find(const struct core_world *world, const struct hs_block_id *id);
void core_world_hold_block(struct core_world *world, uint32_t node, const struct hs_block *block);
void core_world_post(struct core_world *world, uint32_t from, uint32_t to,
                     const struct world_message *message);
struct world_item *core_world_enqueue(struct core_world *world, uint32_t from, uint32_t to);
/* Of what a message is. */
uint64_t core_world_epoch_of(const struct world_message *message);
/* What a node does with a message of another epoch than its core's (P5): to an earlier one's sender
 * it shows what ended that epoch (L13), to a later one's where it stands, which the other answers in
 * the same way. */
void core_world_answer_epoch(struct core_world *world, uint32_t node, uint32_t from,
                             const struct world_message *message);
/* Shows a node that is no validator of this epoch where this one stands (L13). */
void core_world_answer_follower(struct core_world *world, uint32_t node, uint32_t to);
/* The configuration of a core that goes on from what a node has committed; sets its epoch. */
void core_world_place(struct core_world *world, uint32_t node, struct hs_core_config *config);
/* Puts the next epoch's core in the place of one that has ended. */
void core_world_enter_next_epoch(struct core_world *world, uint32_t node);
void core_world_free_epochs(struct core_world *world);
/* Gives an item to its core, and frees it. */
void core_world_give_item(struct core_world *world, struct world_item *item);
/* The answer to a FETCH, if anybody running has the block. */
void core_world_give_fetched(struct core_world *world, uint32_t node, const struct hs_block_id *id);
/* `array` with room for one more than `count`. */
void *core_world_grow(void *array, size_t count, size_t *capacity, size_t size);

#endif
