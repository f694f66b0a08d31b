/* The core's state, shared by the files that make it up.
 *
 *   core.c               one step: an event in, the settled actions out
 *   core_epoch.c         where the epoch begins and ends (P4), and what is of another one (P5)
 *   core_certificates.c  QC, TC and the view: what moves them (L1), what they commit (S5)
 *   core_blocks.c        proposals, the tree, execution, votes
 *   core_votes.c         gathering votes and view changes into certificates
 *   core_signing.c       record durable, then signed, then sent (D1)
 *
 * Handlers of events only change the state. What the new state makes due is found
 * afterwards by `settle` (core.c), in one fixed order, and each action is emitted in one
 * place. So it does not matter in which order a block, its certificate and its execution
 * arrive.
 */
#ifndef HS_CONSENSUS_CORE_INTERNAL_H
#define HS_CONSENSUS_CORE_INTERNAL_H

#include <hotstuff/core.h>

#include "consensus/block_tree.h"
#include "consensus/leader_election.h"
#include "consensus/pacemaker.h"
#include "consensus/safety_rules.h"
#include "consensus/view_change_collector.h"
#include "consensus/vote_collector.h"

/* One statement on its way from decision to signature. */
enum hs_signing_stage {
    HS_SIGNING_NONE,
    HS_SIGNING_UNRECORDED, /* decided; its record is emitted at the end of this step */
    HS_SIGNING_RECORDING,  /* waits for RECORD_DURABLE */
    HS_SIGNING_DURABLE,    /* SIGN is due */
    HS_SIGNING_ASKED,      /* waits for SIGNATURE_DONE */
    HS_SIGNING_DONE,
};

struct hs_signing {
    enum hs_signing_stage stage;
    uint64_t record_sequence;
    struct hs_statement statement;
    struct hs_bls_signature signature;
};

/* The one proposal of the current view, from its leader (maybe this validator). */
struct hs_proposal {
    bool present;
    bool inserted; /* in the tree */
    bool refused;
    bool voted;
    struct hs_entry_proof proof;
    struct hs_block block;
};

/* A block to commit and the certificate over its child. */
struct hs_commit_candidate {
    bool present;
    uint32_t slot;
    struct hs_qc certificate;
};

struct hs_core {
    /* Fixed at start. */
    struct hs_chain_id chain_id;
    struct hs_validator_set validators;
    uint32_t self;
    uint64_t last_height; /* of the epoch */
    struct hs_leader_rule leaders;
    uint64_t leader_weights[HS_VALIDATORS_MAX]; /* the rule's, where it has any */

    /* Safety: changed by safety_rules.c only, but for `sequence`, `high_qc` and `tc`, which
     * are filled in when the record is emitted. */
    struct hs_safety_record record;
    bool signing; /* false: follow without signing (D3, D5, X1) */
    bool started;
    bool ended; /* the block at last_height is committed (P4) */

    /* Views. */
    uint64_t view;
    uint32_t view_leader; /* of that view: it is asked for at every turn */
    struct hs_qc high_qc;
    uint32_t high_qc_peer; /* who showed it first; HS_VALIDATORS_MAX: nobody else */
    bool has_tc;
    struct hs_tc tc; /* the highest seen */
    bool has_end_qc;
    struct hs_qc end_qc; /* P4: below high_qc, of a block not held, which may end the epoch */
    uint32_t end_qc_peer;
    uint64_t committed_view;
    struct hs_pacemaker pacemaker;

    /* Blocks. */
    struct hs_block_tree tree;
    struct hs_proposal proposal;
    struct hs_commit_candidate candidate;
    struct hs_commit_candidate next_candidate; /* the highest known above it */
    bool executing;
    struct hs_block_id executing_id;
    bool fetching;
    struct hs_block_id fetching_id;
    bool building;           /* a BUILD for the current view was emitted */
    uint64_t build_after_ns; /* after one that failed */
    bool diverged;

    /* Votes and view changes. */
    struct hs_vote_collector votes;
    struct hs_view_change_collector view_changes;
    bool votes_checking;
    struct hs_aggregate_request votes_request;
    bool view_changes_checking;
    struct hs_aggregate_request view_changes_request;
    uint64_t next_ticket;

    /* Signing. */
    struct hs_signing vote_signing;
    struct hs_signing view_change_signing;
    struct hs_vote own_vote;
    struct hs_view_change own_view_change;

    /* Work that waits, as last told. */
    uint32_t work_transactions;
    bool work_full_block;

    uint64_t answered_ns[HS_VALIDATORS_MAX]; /* L13: when each peer was last answered; 0: never */
    uint64_t wake_ns;                        /* the last WAKE emitted; HS_NEVER_NS: none stands */

    /* Of the step under way. */
    uint64_t now_ns;
    struct hs_actions *actions;
    struct hs_qc formed_qc; /* a QC made in this step, for its broadcast */
    struct hs_qc commit_certificate;
};

/* core.c */
struct hs_action *hs_core_emit(struct hs_core *core, enum hs_action_type type);
void hs_core_emit_to(struct hs_core *core, uint32_t to, const struct hs_outbound *message);
bool hs_core_is_leader(const struct hs_core *core, uint64_t view);

/* core_epoch.c */
HS_MUST_CHECK bool hs_core_root_fits(const struct hs_core_config *config);
void hs_core_begin_epoch(struct hs_core *core, const struct hs_core_config *config,
                         const struct hs_safety_record *record);
HS_MUST_CHECK enum hs_status hs_core_check_epoch(const struct hs_core *core, uint64_t epoch);
bool hs_core_in_tail(const struct hs_core *core, uint32_t slot);
uint32_t hs_core_commits_slot(const struct hs_core *core, uint32_t slot);
void hs_core_keep_end_qc(struct hs_core *core, const struct hs_qc *qc, uint32_t peer);
void hs_core_end_epoch(struct hs_core *core);
HS_MUST_CHECK enum hs_status hs_core_on_event_after_end(struct hs_core *core,
                                                        const struct hs_event *event);

/* core_certificates.c */
void hs_core_take_qc(struct hs_core *core, const struct hs_qc *qc, uint32_t peer);
void hs_core_take_tc(struct hs_core *core, const struct hs_tc *tc, uint32_t peer);
void hs_core_certified(struct hs_core *core, uint32_t slot, const struct hs_qc *qc);
void hs_core_settle_commit(struct hs_core *core);
void hs_core_settle_fetch(struct hs_core *core);
const struct hs_tc *hs_core_tc_of_entry(const struct hs_core *core);
void hs_core_answer_peer_behind(struct hs_core *core, uint32_t peer);

/* core_blocks.c */
HS_MUST_CHECK enum hs_status hs_core_on_proposal(struct hs_core *core,
                                                 const struct hs_event *event);
HS_MUST_CHECK enum hs_status hs_core_on_fetched(struct hs_core *core, const struct hs_block *block);
HS_MUST_CHECK enum hs_status hs_core_on_executed(struct hs_core *core, const struct hs_block_id *id,
                                                 bool valid);
HS_MUST_CHECK enum hs_status hs_core_on_built(struct hs_core *core, const struct hs_block *block,
                                              uint64_t view);
void hs_core_settle_proposal(struct hs_core *core);
void hs_core_settle_execution(struct hs_core *core);
void hs_core_settle_vote(struct hs_core *core);
void hs_core_settle_build(struct hs_core *core);

/* core_votes.c */
HS_MUST_CHECK enum hs_status hs_core_take_vote(struct hs_core *core, const struct hs_vote *vote);
HS_MUST_CHECK enum hs_status hs_core_on_view_change(struct hs_core *core,
                                                    const struct hs_view_change *view_change);
HS_MUST_CHECK enum hs_status hs_core_on_aggregate(struct hs_core *core,
                                                  const struct hs_aggregate_result *result);
void hs_core_settle_join(struct hs_core *core);
void hs_core_settle_votes(struct hs_core *core);
void hs_core_settle_view_changes(struct hs_core *core);

/* core_signing.c */
void hs_core_sign_vote(struct hs_core *core, const struct hs_block *block);
void hs_core_resume_signatures(struct hs_core *core);
void hs_core_drop_signatures(struct hs_core *core);
void hs_core_stop_signing(struct hs_core *core);
void hs_core_settle_own_view_change(struct hs_core *core);
void hs_core_settle_signing(struct hs_core *core);
void hs_core_settle_record(struct hs_core *core);
HS_MUST_CHECK enum hs_status hs_core_on_durable(struct hs_core *core, uint64_t sequence);
HS_MUST_CHECK enum hs_status hs_core_on_signature(struct hs_core *core,
                                                  const struct hs_statement *statement,
                                                  const struct hs_bls_signature *signature);
void hs_core_greet(struct hs_core *core, uint32_t peer);

#endif
