/* hs_core: HotStuff as a pure state machine. One event in, one bundle of actions out.
 *
 * The core holds no clock, socket, thread, file or key, and allocates nothing after
 * hs_core_new. Whoever drives it (the node, the simulator, a test, an embedder with
 * I/O of their own) owes it four duties, and nothing else:
 *
 *   1. Carry out the actions of a step in their order, before the next step.
 *   2. Answer each request with its event, sooner or later, at most once:
 *        PERSIST n         ->  RECORD_DURABLE n, or DURABLE_WRITE_FAILED
 *        SIGN              ->  SIGNATURE_DONE
 *        CHECK_AGGREGATE   ->  AGGREGATE_CHECKED
 *        BUILD             ->  BLOCK_BUILT
 *        EXECUTE           ->  BLOCK_EXECUTED
 *        FETCH             ->  BLOCK_FETCHED, if anybody has it
 *        WAKE              ->  TIMER at that time or later; a WAKE replaces the one before
 *   3. Make the block voted for, and its ancestors, durable before the record that
 *      PERSIST carries (D2).
 *   4. Feed what peers sent only as one of the checked types below, whose constructors
 *      are in src/consensus/verify.h.
 *
 * A core serves one epoch (P4). Once it has committed the block at `last_height` it has ended
 * (hs_core_status): it signs and asks for nothing more, and only shows peers that are behind what
 * ended the epoch. Its driver then makes the core of the next epoch, with that block as its root. An
 * answer belongs to the core that asked, and is not given to the next one.
 *
 * The order "durable, then signed, then sent" lives in here and not in the driver: SIGN
 * is emitted only after RECORD_DURABLE for the record that covers it (D1).
 *
 * Pointers in actions point into the core and are good until the next step.
 */
#ifndef HOTSTUFF_CORE_H
#define HOTSTUFF_CORE_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

/* -- checked types --------------------------------------------------------
 * The member's name is the seal: a lint lets only this header and verify.c write it. */

/* A certificate whose form, weight and signatures hold in its epoch (S7). */
struct hs_verified_qc {
    struct hs_qc sealed_qc;
};
struct hs_verified_tc {
    struct hs_tc sealed_tc;
};
/* A VRF proof that its leader made for its view and the epoch's randomness (P3). */
struct hs_verified_proof {
    struct hs_leader_proof sealed_proof;
};
/* A block that is known to come from its view's leader, with a verified justify; or that
 * a verified certificate, or the parent link of a verified block, names. */
struct hs_verified_block {
    struct hs_block sealed_block;
};
/* A member's, by its own connection or by a signature verified alone (L9). */
struct hs_admitted_vote {
    struct hs_vote sealed_vote;
};
/* The same, and its high_qc is verified. */
struct hs_admitted_view_change {
    struct hs_view_change sealed_view_change;
};

static inline const struct hs_qc *hs_verified_qc_get(const struct hs_verified_qc *qc)
{
    return &qc->sealed_qc;
}
static inline const struct hs_tc *hs_verified_tc_get(const struct hs_verified_tc *tc)
{
    return &tc->sealed_tc;
}
static inline const struct hs_leader_proof *hs_verified_proof_get(
    const struct hs_verified_proof *proof)
{
    return &proof->sealed_proof;
}
static inline const struct hs_block *hs_verified_block_get(const struct hs_verified_block *block)
{
    return &block->sealed_block;
}
static inline const struct hs_vote *hs_admitted_vote_get(const struct hs_admitted_vote *vote)
{
    return &vote->sealed_vote;
}
static inline const struct hs_view_change *hs_admitted_view_change_get(
    const struct hs_admitted_view_change *view_change)
{
    return &view_change->sealed_view_change;
}

/* -- what is signed and aggregated ---------------------------------------- */

enum hs_statement_type {
    HS_STATEMENT_VOTE,        /* view, block_id */
    HS_STATEMENT_VIEW_CHANGE, /* view, high_qc_view */
};

struct hs_statement {
    enum hs_statement_type type;
    uint64_t epoch;
    uint64_t view;
    struct hs_block_id block_id;
    uint64_t high_qc_view;
};

/* "Check this aggregate": signatures over one vote statement, or over the view changes of
 * one view (then high_qc_view may differ from one to the next). */
struct hs_aggregate_item {
    uint32_t signer;
    uint64_t high_qc_view;
    struct hs_bls_signature signature;
};

struct hs_aggregate_request {
    uint64_t ticket;
    struct hs_statement statement; /* high_qc_view unused: each item has its own */
    struct hs_qc high_qc;          /* for view changes: the highest that one of them carried */
    uint32_t count;
    struct hs_aggregate_item items[HS_VALIDATORS_MAX];
};

/* Good: all verified, and when their weight is a quorum the certificate they make.
 * Otherwise the signers whose signatures are bad; the rest are good. */
struct hs_aggregate_result {
    uint64_t ticket;
    enum hs_statement_type type;
    bool good;
    bool has_certificate;
    struct hs_bitmap bad;
    struct hs_verified_qc qc;
    struct hs_verified_tc tc;
};

/* -- events ---------------------------------------------------------------- */

enum hs_event_type {
    HS_EVENT_START, /* recovery is over: send again what was signed (D4), run timers */
    HS_EVENT_PROPOSAL,
    HS_EVENT_QC,
    HS_EVENT_TC,
    HS_EVENT_VOTE,
    HS_EVENT_VIEW_CHANGE,
    HS_EVENT_PEER_CONNECTED, /* L12 */
    HS_EVENT_PEER_BEHIND, /* a message of a lower (epoch, view) came from it (L13); one that is no
                              * validator of this epoch is the driver's to answer */
    HS_EVENT_TIMER,
    HS_EVENT_BLOCK_FETCHED, /* also: read back from the own log, before START */
    HS_EVENT_BLOCK_EXECUTED,
    HS_EVENT_BLOCK_BUILT,
    HS_EVENT_AGGREGATE_CHECKED,
    HS_EVENT_RECORD_DURABLE,
    HS_EVENT_DURABLE_WRITE_FAILED, /* of a record or a block, or a signer that refuses */
    HS_EVENT_SIGNATURE_DONE,
    HS_EVENT_WORK_AVAILABLE,
};

struct hs_event {
    enum hs_event_type type;
    uint64_t now_ns;
    union {
        struct {
            const struct hs_verified_block *block;
            const struct hs_admitted_vote *leader_vote;
            const struct hs_verified_tc *tc; /* NULL: none attached */
            uint32_t peer;                   /* whose connection it came by */
        } proposal;
        struct {
            const struct hs_verified_qc *qc;
            uint32_t peer;
        } qc;
        struct {
            const struct hs_verified_tc *tc;
            uint32_t peer;
        } tc;
        const struct hs_admitted_vote *vote;
        const struct hs_admitted_view_change *view_change;
        uint32_t peer;                         /* PEER_CONNECTED, PEER_BEHIND */
        const struct hs_verified_block *block; /* BLOCK_FETCHED */
        struct {
            struct hs_block_id block_id;
            bool valid; /* X1, X2: every transaction, and the header's root */
        } executed;
        struct {
            const struct hs_block *block; /* NULL: it could not be built */
            uint64_t view;
        } built;
        const struct hs_aggregate_result *aggregate;
        uint64_t record_sequence; /* RECORD_DURABLE: this one and all before it */
        struct {
            struct hs_statement statement;
            struct hs_bls_signature signature;
        } signed_statement;
        struct {
            uint32_t transactions; /* that wait in the mempool */
            bool full_block;       /* they fill a block */
        } work;
    };
};

/* -- actions --------------------------------------------------------------- */

enum hs_outbound_type {
    HS_OUTBOUND_PROPOSAL, /* the driver adds the block's payload */
    HS_OUTBOUND_VOTE,
    HS_OUTBOUND_QC,
    HS_OUTBOUND_VIEW_CHANGE,
    HS_OUTBOUND_STATUS,
};

struct hs_outbound {
    enum hs_outbound_type type;
    union {
        struct {
            const struct hs_block *block;
            const struct hs_bls_signature *leader_vote;
            const struct hs_tc *tc; /* or NULL */
        } proposal;
        const struct hs_vote *vote;
        const struct hs_qc *qc;
        struct {
            const struct hs_view_change *view_change;
            const struct hs_tc *tc; /* or NULL */
        } view_change;
        struct {
            const struct hs_qc *high_qc;
            const struct hs_tc *tc; /* or NULL */
        } status;
    };
};

enum hs_action_type {
    HS_ACTION_PERSIST,
    HS_ACTION_SIGN,
    HS_ACTION_SEND,
    HS_ACTION_BROADCAST, /* to every other validator */
    HS_ACTION_CHECK_AGGREGATE,
    HS_ACTION_BUILD,
    HS_ACTION_EXECUTE,
    HS_ACTION_COMMIT,
    HS_ACTION_FETCH,
    HS_ACTION_EVIDENCE,
    HS_ACTION_BLAME,    /* these sent bad signatures over their own connections */
    HS_ACTION_DIVERGED, /* a certified block does not execute here: stop (X1) */
    HS_ACTION_WAKE,
};

struct hs_action {
    enum hs_action_type type;
    union {
        const struct hs_safety_record *persist; /* its number: ->sequence */
        struct hs_statement sign;
        struct {
            uint32_t to; /* SEND only */
            struct hs_outbound message;
        } send;
        const struct hs_aggregate_request *check;
        struct {
            uint64_t view;
            const struct hs_block *parent; /* held and executed */
            const struct hs_qc *justify;
            bool tail; /* P4: without transactions, and with its parent's state root */
        } build;
        struct {
            const struct hs_block *block; /* its parent is executed */
            bool tail; /* P4: it runs nothing, its state is its parent's (S1 was checked) */
        } execute;
        struct {
            const struct hs_block *block; /* and every ancestor not yet committed */
            /* What proves it (S5): a certificate over `certified`, the block's child; or, where the
             * epoch ends (P4), over a tail block higher up. From there parents lead down to the
             * block, and hs_core_block finds each. */
            const struct hs_qc *certificate;
            const struct hs_block *certified;
        } commit;
        struct {
            struct hs_block_id block_id;
            uint32_t peer;            /* who spoke of it; HS_VALIDATORS_MAX: nobody */
            struct hs_bitmap signers; /* who certified it, to ask in turn (L10) */
        } fetch;
        struct {
            struct hs_vote first;
            struct hs_vote second;
        } evidence; /* signatures not yet checked (S8) */
        struct hs_bitmap blame;
        struct hs_block_id diverged;
        uint64_t wake_ns;
    };
};

struct hs_actions {
    size_t count;
    struct hs_action list[HS_ACTIONS_MAX];
};

/* -- the core --------------------------------------------------------------- */

enum hs_leader_election {
    HS_LEADER_ROUND_ROBIN, /* P1: equal weights only */
    HS_LEADER_WEIGHTED,    /* P2: drawn by weight from H(randomness || view) */
    HS_LEADER_REPUTATION,  /* P6: the same, and who missed its turns is drawn less later */
};

enum hs_timeout_strategy {
    HS_TIMEOUT_EXPONENTIAL, /* L2: min(base * (3/2)^k, max) */
    HS_TIMEOUT_LINEAR,      /* min(base * (k + 1), max) */
    HS_TIMEOUT_FIXED,       /* base */
};

struct hs_pacemaker_config {
    enum hs_timeout_strategy strategy;
    uint64_t base_ns;
    uint64_t max_ns;
    uint64_t backup_delay_ns;
    uint64_t idle_interval_ns; /* at most base / 2 */
    uint64_t batch_delay_ns;   /* how long a leader under load waits for a fuller block */
    uint32_t batch_low;        /* with fewer transactions than this it does not wait */
};

/* 250 ms, 8 s, 50 ms, 100 ms, 40 ms, 32 transactions. */
HS_PUBLIC void hs_pacemaker_config_default(struct hs_pacemaker_config *config);

struct hs_core_config {
    struct hs_chain_id chain_id;
    const struct hs_validator_set *validators; /* copied */
    uint32_t self; /* index, or HS_VALIDATORS_MAX for a node that only follows */
    enum hs_leader_election election;
    uint8_t randomness[HS_HASH_BYTES];
    /* How often each one leads: validators->count, copied; each above 0, their sum at most
     * HS_WEIGHT_TOTAL_MAX. NULL: by voting weight. */
    const uint64_t *leader_weights;
    struct hs_pacemaker_config pacemaker;
    uint32_t tree_blocks_max; /* at most HS_TREE_BLOCKS_MAX */
    uint64_t last_height;     /* of the epoch's blocks (P4); UINT64_MAX: it has no end */
    /* The last committed block, below last_height: of this epoch, or the one that ended the epoch
     * before, on which this one begins. */
    struct hs_block root;
};

struct hs_core;

/* Bytes that hs_core_new needs, aligned as malloc aligns; 0 when the configuration is out
 * of its limits. */
HS_PUBLIC size_t hs_core_footprint(const struct hs_core_config *config);

/* Builds a core in `memory`. `record` is this validator's durable safety record. One of an earlier
 * epoch says nothing about this one, which begins with views 0 (P4), but for its number: at an epoch's
 * end it is the last one that was to be persisted. Without a record (NULL), or with one of a later
 * epoch, the core follows and never signs (D5). NULL when the configuration is invalid. */
HS_PUBLIC struct hs_core *hs_core_new(void *memory, const struct hs_core_config *config,
                                      const struct hs_safety_record *record);

/* One event. The status says what became of it (see the table of hs_status); actions
 * are valid whatever it is. HS_UNKNOWN_PARENT: a fetched block whose parent is not held;
 * give it again after its parent. */
HS_PUBLIC HS_MUST_CHECK enum hs_status hs_core_step(struct hs_core *core,
                                                    const struct hs_event *event,
                                                    struct hs_actions *actions);

/* A digest of the whole state: equal states, equal digests. */
HS_PUBLIC uint64_t hs_core_digest(const struct hs_core *core);

struct hs_core_status {
    uint64_t epoch;
    uint64_t view;
    uint32_t leader;
    uint64_t committed_height;
    uint64_t committed_view;
    uint64_t high_qc_view;
    uint64_t locked_view;
    uint64_t last_voted_view;
    bool signing;
    bool ended; /* its epoch is over: the last block is committed (P4) */
    uint32_t tree_blocks;
};
HS_PUBLIC void hs_core_status(const struct hs_core *core, struct hs_core_status *status);

/* How many votes and view changes it keeps: of each validator one at most (L4). */
HS_PUBLIC void hs_core_kept(const struct hs_core *core, uint32_t *votes, uint32_t *view_changes);

/* Is the block the last committed one or above it in the tree? */
HS_PUBLIC bool hs_core_holds(const struct hs_core *core, const struct hs_block_id *block_id);
/* A block that is held, until the next step; NULL when it is not. */
HS_PUBLIC const struct hs_block *hs_core_block(const struct hs_core *core,
                                               const struct hs_block_id *block_id);
/* Would another block find room in the tree (L14)? */
HS_PUBLIC bool hs_core_has_room(const struct hs_core *core);
/* Does the core still wait for this block? */
HS_PUBLIC bool hs_core_wants(const struct hs_core *core, const struct hs_block_id *block_id);
/* The leader of a view in the current epoch. */
HS_PUBLIC uint32_t hs_core_leader(const struct hs_core *core, uint64_t view);
/* The certificates it would show a peer: high_qc, and the TC by which it entered its view
 * (NULL when a QC led there). */
HS_PUBLIC const struct hs_qc *hs_core_high_qc(const struct hs_core *core);
HS_PUBLIC const struct hs_tc *hs_core_entry_tc(const struct hs_core *core);
/* The certificate that made it commit last (S5): it may be an old one that nobody was shown. Of view
 * 0 before the first. */
HS_PUBLIC const struct hs_qc *hs_core_commit_certificate(const struct hs_core *core);

#endif
