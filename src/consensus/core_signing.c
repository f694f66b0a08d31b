/* Signatures: decided, recorded, durable, signed, sent; in this order and no other (D1). */
#include <string.h>

#include "base/mutants.h"
#include "consensus/core_internal.h"

static bool same_statement(const struct hs_statement *a, const struct hs_statement *b)
{
    return a->type == b->type && a->epoch == b->epoch && a->view == b->view &&
           a->high_qc_view == b->high_qc_view &&
           memcmp(&a->block_id, &b->block_id, sizeof(a->block_id)) == 0;
}

/* The QC and TC that an own view change shows are those of the moment it was decided. */
static void fill_own_view_change(struct hs_core *core, const struct hs_qc *high_qc)
{
    core->own_view_change = (struct hs_view_change){
        .epoch = core->record.epoch,
        .view = core->view,
        .high_qc = *high_qc,
        .author = core->self,
    };
}

void hs_core_sign_vote(struct hs_core *core, const struct hs_block *block)
{
    hs_safety_sign_vote(&core->record, block); /* S4 */
    core->vote_signing = (struct hs_signing){
        .stage = HS_SIGNING_UNRECORDED,
        .statement =
            {
                .type = HS_STATEMENT_VOTE,
                .epoch = core->record.epoch,
                .view = block->header.view,
                .block_id = block->id,
            },
    };
}

static void sign_view_change(struct hs_core *core)
{
    hs_safety_sign_view_change(&core->record, core->view, core->high_qc.view); /* S6 */
    fill_own_view_change(core, &core->high_qc);
    core->view_change_signing = (struct hs_signing){
        .stage = HS_SIGNING_UNRECORDED,
        .statement =
            {
                .type = HS_STATEMENT_VIEW_CHANGE,
                .epoch = core->record.epoch,
                .view = core->view,
                .high_qc_view = core->high_qc.view,
            },
    };
}

/* The TC that goes with a block of the current view: by S3 none when its justify leads there, also
 * when a higher QC came since. */
static const struct hs_tc *tc_beside(const struct hs_core *core, const struct hs_block *block)
{
    return block->header.justify.view + 1 < block->header.view ? &core->tc : NULL;
}

/* D4: after a restart what was signed in this view is signed, to the same bytes, and sent again.
 * An own block is proposed again (L12). */
void hs_core_resume_signatures(struct hs_core *core)
{
    const struct hs_safety_record *record = &core->record;
    if (!core->signing) {
        return;
    }
    if (record->vote_view == core->view) {
        core->vote_signing = (struct hs_signing){
            .stage = HS_SIGNING_DURABLE,
            .statement =
                {
                    .type = HS_STATEMENT_VOTE,
                    .epoch = record->epoch,
                    .view = record->vote_view,
                    .block_id = record->vote_block_id,
                },
        };
        uint32_t slot = hs_block_tree_find(&core->tree, &record->vote_block_id);
        if (slot != HS_TREE_NONE && hs_core_is_leader(core, core->view)) {
            core->proposal = (struct hs_proposal){
                .present = true,
                .inserted = true,
                .voted = true,
                .proof = hs_entry_proof_of(tc_beside(core, &core->tree.nodes[slot].block)),
                .block = core->tree.nodes[slot].block,
            };
        }
    }
    if (record->view_change_view == core->view &&
        record->view_change_high_qc_view == record->high_qc.view) {
        fill_own_view_change(core, &record->high_qc);
        core->view_change_signing = (struct hs_signing){
            .stage = HS_SIGNING_DURABLE,
            .statement =
                {
                    .type = HS_STATEMENT_VIEW_CHANGE,
                    .epoch = record->epoch,
                    .view = core->view,
                    .high_qc_view = record->high_qc.view,
                },
        };
        core->pacemaker.timed_out = true;
        core->pacemaker.repeat_ns = core->now_ns;
    }
}

/* What was decided in a view that is over and not yet asked for is of no use to anybody, and a
 * signer that has signed in a later view refuses it (D6). */
void hs_core_drop_signatures(struct hs_core *core)
{
    struct hs_signing *signings[] = {&core->vote_signing, &core->view_change_signing};
    for (size_t i = 0; i < 2; i++) {
        if (signings[i]->stage < HS_SIGNING_ASKED) {
            signings[i]->stage = HS_SIGNING_NONE;
        }
    }
}

/* For good; what is under way is not sent any more. */
void hs_core_stop_signing(struct hs_core *core)
{
    core->signing = false;
    core->vote_signing.stage = HS_SIGNING_NONE;
    core->view_change_signing.stage = HS_SIGNING_NONE;
}

/* The one record of a step covers all that was decided in it. */
void hs_core_settle_record(struct hs_core *core)
{
    struct hs_signing *signings[] = {&core->vote_signing, &core->view_change_signing};
    bool decided = false;
    for (size_t i = 0; i < 2; i++) {
        decided = decided || signings[i]->stage == HS_SIGNING_UNRECORDED ||
                  (HS_MUTANT_SIGN_FIRST && signings[i]->stage == HS_SIGNING_ASKED);
    }
    if (!decided) {
        return;
    }
    core->record.sequence++;
    core->record.high_qc = core->high_qc;
    core->record.has_tc = core->has_tc;
    if (core->has_tc) {
        core->record.tc = core->tc;
    }
    for (size_t i = 0; i < 2; i++) {
        if (signings[i]->stage == HS_SIGNING_UNRECORDED) {
            signings[i]->stage = HS_SIGNING_RECORDING;
            signings[i]->record_sequence = core->record.sequence;
        }
    }
    hs_core_emit(core, HS_ACTION_PERSIST)->persist = &core->record; /* D1 */
}

enum hs_status hs_core_on_durable(struct hs_core *core, uint64_t sequence)
{
    if (sequence > core->record.sequence) {
        return HS_INVALID_ARGUMENT;
    }
    struct hs_signing *signings[] = {&core->vote_signing, &core->view_change_signing};
    for (size_t i = 0; i < 2; i++) {
        if (signings[i]->stage == HS_SIGNING_RECORDING &&
            signings[i]->record_sequence <= sequence) {
            signings[i]->stage = HS_SIGNING_DURABLE;
        }
    }
    return HS_OK;
}

void hs_core_settle_signing(struct hs_core *core)
{
    struct hs_signing *signings[] = {&core->vote_signing, &core->view_change_signing};
    for (size_t i = 0; i < 2; i++) {
        bool due = signings[i]->stage == HS_SIGNING_DURABLE ||
                   (HS_MUTANT_SIGN_FIRST && signings[i]->stage == HS_SIGNING_UNRECORDED);
        if (core->signing && due) {
            signings[i]->stage = HS_SIGNING_ASKED;
            hs_core_emit(core, HS_ACTION_SIGN)->sign = signings[i]->statement; /* D1 */
        }
    }
}

/* Is the signed vote the own proposal's? Then the proposal carries it. */
static bool voted_for_own(const struct hs_core *core)
{
    return core->proposal.present && core->proposal.block.header.proposer == core->self &&
           memcmp(&core->proposal.block.id, &core->own_vote.block_id,
                  sizeof(core->own_vote.block_id)) == 0;
}

static struct hs_outbound own_proposal(const struct hs_core *core)
{
    return (struct hs_outbound){
        .type = HS_OUTBOUND_PROPOSAL,
        .proposal = {&core->proposal.block, &core->own_vote.signature,
                     core->proposal.proof.has_tc ? &core->tc : NULL},
    };
}

static struct hs_outbound own_view_change(const struct hs_core *core)
{
    bool with_tc = core->own_view_change.high_qc.view + 1 < core->own_view_change.view && /* L6 */
                   !HS_MUTANT_LAGGARDS_LEFT;
    return (struct hs_outbound){
        .type = HS_OUTBOUND_VIEW_CHANGE,
        .view_change = {&core->own_view_change, with_tc ? &core->tc : NULL},
    };
}

/* L7: to the next leader, and to this one as a backup. */
static void send_vote(struct hs_core *core)
{
    if (voted_for_own(core)) {
        hs_core_emit(core, HS_ACTION_BROADCAST)->send.message = own_proposal(core);
        return;
    }
    struct hs_outbound message = {.type = HS_OUTBOUND_VOTE, .vote = &core->own_vote};
    uint32_t next = hs_core_leader(core, core->own_vote.view + 1);
    uint32_t current = hs_core_leader(core, core->own_vote.view);
    hs_core_emit_to(core, next, &message);
    if (current != next) {
        hs_core_emit_to(core, current, &message);
    }
}

static enum hs_status on_vote_signed(struct hs_core *core, const struct hs_bls_signature *signature)
{
    core->vote_signing.stage = HS_SIGNING_DONE;
    core->own_vote = (struct hs_vote){
        .epoch = core->vote_signing.statement.epoch,
        .view = core->vote_signing.statement.view,
        .block_id = core->vote_signing.statement.block_id,
        .voter = core->self,
        .signature = *signature,
    };
    if (core->own_vote.view != core->view) {
        return HS_STALE; /* a certificate ended the view meanwhile */
    }
    send_vote(core);
    return hs_core_take_vote(core, &core->own_vote);
}

static void broadcast_view_change(struct hs_core *core)
{
    struct hs_view_change *own = &core->own_view_change;
    own->has_last_vote = core->vote_signing.stage == HS_SIGNING_DONE &&
                         core->own_vote.view > own->high_qc.view; /* L5 */
    own->last_vote = own->has_last_vote ? core->own_vote : (struct hs_vote){0};
    hs_core_emit(core, HS_ACTION_BROADCAST)->send.message = own_view_change(core);
    core->pacemaker.repeat_ns =
        hs_time_after(core->now_ns, hs_pacemaker_repeat_interval_ns(&core->pacemaker)); /* L3 */
}

static enum hs_status on_view_change_signed(struct hs_core *core,
                                            const struct hs_bls_signature *signature)
{
    core->view_change_signing.stage = HS_SIGNING_DONE;
    if (core->view_change_signing.statement.view != core->view) {
        return HS_STALE;
    }
    core->own_view_change.signature = *signature;
    broadcast_view_change(core);
    return hs_view_change_collector_add(&core->view_changes, &core->own_view_change);
}

enum hs_status hs_core_on_signature(struct hs_core *core, const struct hs_statement *statement,
                                    const struct hs_bls_signature *signature)
{
    if (core->vote_signing.stage == HS_SIGNING_ASKED &&
        same_statement(&core->vote_signing.statement, statement)) {
        return on_vote_signed(core, signature);
    }
    if (core->view_change_signing.stage == HS_SIGNING_ASKED &&
        same_statement(&core->view_change_signing.statement, statement)) {
        return on_view_change_signed(core, signature);
    }
    return HS_STALE; /* decided anew since */
}

/* L3, P4: who signs nothing shows where it stands instead. Those who could tell it of the epoch's end
 * may all have left the set, and then nobody else speaks. */
static void show_standing(struct hs_core *core)
{
    struct hs_pacemaker *pacemaker = &core->pacemaker;
    if (core->last_height == UINT64_MAX) {
        pacemaker->repeat_ns = HS_NEVER_NS;
        return;
    }
    if (!pacemaker->timed_out || core->now_ns < pacemaker->repeat_ns) {
        return;
    }
    hs_core_emit(core, HS_ACTION_BROADCAST)->send.message = (struct hs_outbound){
        .type = HS_OUTBOUND_STATUS,
        .status = {&core->high_qc, hs_core_tc_of_entry(core)},
    };
    pacemaker->repeat_ns = hs_time_after(core->now_ns, hs_pacemaker_repeat_interval_ns(pacemaker));
}

/* L3: once the timer ran out, a view change goes out, and again until the view changes. */
void hs_core_settle_own_view_change(struct hs_core *core)
{
    struct hs_pacemaker *pacemaker = &core->pacemaker;
    if (!core->started) {
        return;
    }
    if (!pacemaker->timed_out && core->now_ns >= pacemaker->deadline_ns) {
        pacemaker->timed_out = true;
        pacemaker->repeat_ns = core->now_ns;
        core->view += HS_MUTANT_TIMER_MOVES_VIEW; /* L1: not at all */
    }
    if (!core->signing) {
        show_standing(core);
        return;
    }
    if (!pacemaker->timed_out || core->now_ns < pacemaker->repeat_ns) {
        return;
    }
    const struct hs_signing *signing = &core->view_change_signing;
    bool of_this_view = signing->stage != HS_SIGNING_NONE && signing->statement.view == core->view;
    pacemaker->repeat_ns = hs_time_after(core->now_ns, hs_pacemaker_repeat_interval_ns(pacemaker));
    if (of_this_view && signing->stage != HS_SIGNING_DONE) {
        return; /* on its way */
    }
    if (of_this_view && signing->statement.high_qc_view == core->high_qc.view) {
        if (!HS_MUTANT_SAID_ONCE) {
            broadcast_view_change(core);
        }
        return;
    }
    /* The first of this view, or high_qc rose within it: signed anew (S6). */
    uint64_t tc_view = core->has_tc ? core->tc.view : 0;
    if (hs_safety_may_change_view(&core->record, core->view, core->high_qc.view, tc_view) ==
        HS_OK) {
        sign_view_change(core);
    }
}

/* L12: a new connection hears where this validator stands and what it last said in this view. */
void hs_core_greet(struct hs_core *core, uint32_t peer)
{
    if (peer >= core->validators.count || peer == core->self || HS_MUTANT_LAGGARDS_LEFT) {
        return;
    }
    hs_core_emit_to(core, peer,
                    &(struct hs_outbound){
                        .type = HS_OUTBOUND_STATUS,
                        .status = {&core->high_qc, hs_core_tc_of_entry(core)},
                    });
    if (core->vote_signing.stage == HS_SIGNING_DONE && core->own_vote.view == core->view) {
        if (voted_for_own(core)) {
            struct hs_outbound message = own_proposal(core);
            hs_core_emit_to(core, peer, &message);
        } else if (peer == hs_core_leader(core, core->view) ||
                   peer == hs_core_leader(core, core->view + 1)) {
            hs_core_emit_to(
                core, peer,
                &(struct hs_outbound){.type = HS_OUTBOUND_VOTE, .vote = &core->own_vote});
        }
    }
    if (core->view_change_signing.stage == HS_SIGNING_DONE &&
        core->own_view_change.view == core->view) {
        struct hs_outbound message = own_view_change(core);
        hs_core_emit_to(core, peer, &message);
    }
}
