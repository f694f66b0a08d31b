/* Certificates: what moves high_qc and the view, and what they commit. */
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "base/mutants.h"
#include "consensus/core_internal.h"

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* L1: only the two callers below, each holding a certificate, move the view. */
static void enter_view(struct hs_core *core, uint64_t view)
{
    core->view = view;
    core->view_leader = hs_leader_of(&core->leaders, view);
    core->proposal = (struct hs_proposal){0};
    core->building = false;
    hs_core_drop_signatures(core);
    hs_vote_collector_drop_below(&core->votes, view);
    hs_view_change_collector_drop_below(&core->view_changes, view);
    hs_pacemaker_enter(&core->pacemaker, core->now_ns, view, core->committed_view);
}

/* The TC by which the current view was entered; NULL when a QC leads there. */
const struct hs_tc *hs_core_tc_of_entry(const struct hs_core *core)
{
    bool by_qc = core->high_qc.view + 1 == core->view;
    bool by_tc = core->has_tc && core->tc.view + 1 == core->view;
    return by_tc && !by_qc ? &core->tc : NULL;
}

static uint64_t height_of(const struct hs_core *core, uint32_t slot)
{
    return core->tree.nodes[slot].block.header.height;
}

/* A QC for the block in `slot` is known: its parent may commit. */
void hs_core_certified(struct hs_core *core, uint32_t slot, const struct hs_qc *qc)
{
    struct hs_tree_node *child = &core->tree.nodes[slot];
    child->certified = true;
    bool at_once = HS_MUTANT_ONE_CHAIN ||
                   (HS_MUTANT_EPOCH_OVERLAP && height_of(core, slot) == core->last_height);
    if (at_once && slot != core->tree.root && !core->candidate.present) {
        core->candidate =
            (struct hs_commit_candidate){.present = true, .slot = slot, .certificate = *qc};
        return;
    }
    if (child->parent == HS_TREE_NONE || child->parent == core->tree.root) {
        return; /* what it would commit is committed */
    }
    if (!hs_safety_commits(&core->tree.nodes[child->parent].block, &child->block)) { /* S5 */
        return;
    }
    uint32_t committed = hs_core_commits_slot(core, child->parent); /* P4 */
    /* One that waits for its execution stays: else a replica that executes more slowly than
     * certificates arrive would commit nothing until they stop. */
    struct hs_commit_candidate *candidate =
        core->candidate.present ? &core->next_candidate : &core->candidate;
    uint64_t above = core->candidate.present ? height_of(core, core->candidate.slot) : 0;
    if (candidate->present && height_of(core, candidate->slot) > above) {
        above = height_of(core, candidate->slot);
    }
    if (height_of(core, committed) > above) {
        *candidate =
            (struct hs_commit_candidate){.present = true, .slot = committed, .certificate = *qc};
    }
}

/* D5: `signers` have signed in `view`. A validator that is one of them and does not remember has
 * got an old record back, and may have signed more than it knows. */
static void compare_record(struct hs_core *core, uint64_t view, const struct hs_bitmap *signers)
{
    if (core->signing && view > core->record.last_voted_view &&
        hs_bitmap_get(signers, core->self)) {
        hs_core_stop_signing(core);
    }
}

/* `peer` showed it; HS_VALIDATORS_MAX when it was made here. The certificate is verified. */
void hs_core_take_qc(struct hs_core *core, const struct hs_qc *qc, uint32_t peer)
{
    if (hs_core_check_epoch(core, qc->epoch) != HS_OK) {
        return; /* P5 */
    }
    compare_record(core, qc->view, &qc->signers);
    uint32_t slot = hs_block_tree_find(&core->tree, &qc->block_id);
    bool counts = slot != HS_TREE_NONE || !HS_MUTANT_UNHELD_QC;
    if (qc->view > core->high_qc.view && counts) { /* L10: held or not */
        core->high_qc = *qc;
        core->high_qc_peer = peer;
    }
    if (slot != HS_TREE_NONE) {
        hs_core_certified(core, slot, qc);
    }
    if (qc->view >= core->view) {
        enter_view(core, qc->view + 1); /* L1 */
    }
}

void hs_core_take_tc(struct hs_core *core, const struct hs_tc *tc, uint32_t peer)
{
    if (hs_core_check_epoch(core, tc->epoch) != HS_OK) {
        return; /* P5 */
    }
    for (uint32_t i = 0; i < tc->group_count; i++) {
        compare_record(core, tc->view, &tc->groups[i].signers);
    }
    hs_core_take_qc(core, &tc->high_qc, peer);
    if (!core->has_tc || tc->view > core->tc.view) {
        core->has_tc = true;
        core->tc = *tc;
    }
    if (tc->view >= core->view) {
        enter_view(core, tc->view + 1); /* L1 */
    }
}

static bool candidate_is_executed(const struct hs_core *core)
{
    const struct hs_commit_candidate *candidate = &core->candidate;
    return candidate->present && core->tree.nodes[candidate->slot].execution == HS_EXECUTION_VALID;
}

/* Commits the candidate once it is executed; its ancestors were before it. */
void hs_core_settle_commit(struct hs_core *core)
{
    if (!candidate_is_executed(core)) {
        return;
    }
    struct hs_commit_candidate candidate = core->candidate;
    core->candidate = core->next_candidate;
    core->next_candidate.present = false;
    if (candidate_is_executed(core)) { /* it covers the lower one */
        candidate = core->candidate;
        core->candidate.present = false;
    }
    hs_block_tree_commit(&core->tree, candidate.slot);
    if (!core->tree.nodes[core->candidate.slot].used) {
        core->candidate.present = false;
    }
    core->commit_certificate = candidate.certificate;
    const struct hs_block *block = &core->tree.nodes[candidate.slot].block;
    core->committed_view = block->header.view;
    if (core->pacemaker.entered_ns == core->now_ns) {
        /* L2: mostly the certificate that led to a view also commits a block. */
        hs_pacemaker_enter_committed(&core->pacemaker, core->view, core->committed_view);
    }

    struct hs_action *action = hs_core_emit(core, HS_ACTION_COMMIT); /* S5 */
    action->commit.block = block;
    action->commit.certificate = &core->commit_certificate;
    action->commit.certified = hs_core_block(core, &core->commit_certificate.block_id);
    HS_ASSERT(action->commit.certified != NULL); /* of certified blocks only losing branches go */
    if (block->header.height == core->last_height) {
        hs_core_end_epoch(core); /* P4 */
    }
}

/* L10: the block that high_qc names is fetched when it is not held, else the parent of the proposal
 * that waits, else what may end the epoch (P4). One at a time; the driver repeats until it is held
 * or not wanted. */
static const struct hs_qc *missing(const struct hs_core *core)
{
    const struct hs_qc *high_qc = &core->high_qc;
    if (core->ended) {
        return NULL;
    }
    if (high_qc->view > core->committed_view &&
        hs_block_tree_find(&core->tree, &high_qc->block_id) == HS_TREE_NONE) {
        return high_qc;
    }
    const struct hs_qc *justify = &core->proposal.block.header.justify;
    if (core->proposal.present && !core->proposal.inserted && !core->proposal.refused &&
        justify->view > core->committed_view &&
        hs_block_tree_find(&core->tree, &justify->block_id) == HS_TREE_NONE) {
        return justify;
    }
    return core->has_end_qc ? &core->end_qc : NULL;
}

/* Who spoke of it first. */
static uint32_t shown_by(const struct hs_core *core, const struct hs_qc *wanted)
{
    if (wanted == &core->high_qc) {
        return core->high_qc_peer;
    }
    return wanted == &core->end_qc ? core->end_qc_peer : HS_VALIDATORS_MAX;
}

bool hs_core_wants(const struct hs_core *core, const struct hs_block_id *block_id)
{
    const struct hs_qc *wanted = missing(core);
    return wanted != NULL && same_id(&wanted->block_id, block_id);
}

void hs_core_settle_fetch(struct hs_core *core)
{
    /* Before START the own log is still being read back. */
    const struct hs_qc *wanted = core->started ? missing(core) : NULL;
    if (wanted == NULL) {
        core->fetching = false;
        return;
    }
    if (core->fetching && same_id(&core->fetching_id, &wanted->block_id)) {
        return;
    }
    core->fetching = true;
    core->fetching_id = wanted->block_id;
    struct hs_action *action = hs_core_emit(core, HS_ACTION_FETCH);
    action->fetch.block_id = wanted->block_id;
    action->fetch.peer = shown_by(core, wanted);
    action->fetch.signers = wanted->signers;
}

/* L13: the certificate by which the current view was entered, or that of the epoch's end (P4), once
 * per peer and timer. A node that does not sign answers too. */
void hs_core_answer_peer_behind(struct hs_core *core, uint32_t peer)
{
    if (peer >= core->validators.count || peer == core->self || HS_MUTANT_LAGGARDS_LEFT) {
        return;
    }
    uint64_t last_ns = core->answered_ns[peer];
    if (last_ns != 0 && core->now_ns < hs_time_after(last_ns, core->pacemaker.timeout_ns)) {
        return;
    }
    core->answered_ns[peer] = core->now_ns;
    struct hs_outbound answer = {.type = HS_OUTBOUND_STATUS};
    answer.status.high_qc = core->ended ? &core->commit_certificate : &core->high_qc;
    answer.status.tc = core->ended ? NULL : hs_core_tc_of_entry(core);
    hs_core_emit_to(core, peer, &answer);
}
