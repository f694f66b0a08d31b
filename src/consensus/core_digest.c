/* hs_core_digest: every field that decides what the core does next. Signature bytes are left
 * out, so that runs with another signature scheme compare equal. */
#include "consensus/core_internal.h"
#include "consensus/digest.h"

static void add_qc(struct hs_digest *digest, const struct hs_qc *qc)
{
    hs_digest_u64(digest, qc->epoch);
    hs_digest_u64(digest, qc->view);
    hs_digest_bytes(digest, qc->block_id.bytes, sizeof(qc->block_id.bytes));
    hs_digest_bytes(digest, qc->signers.bytes, sizeof(qc->signers.bytes));
}

static void add_tc(struct hs_digest *digest, const struct hs_tc *tc)
{
    hs_digest_u64(digest, tc->view);
    add_qc(digest, &tc->high_qc);
    for (uint32_t i = 0; i < tc->group_count; i++) {
        hs_digest_u64(digest, tc->groups[i].high_qc_view);
        hs_digest_bytes(digest, tc->groups[i].signers.bytes, sizeof(tc->groups[i].signers.bytes));
    }
}

static void add_statement(struct hs_digest *digest, const struct hs_signing *signing)
{
    hs_digest_u64(digest, signing->stage);
    hs_digest_u64(digest, signing->record_sequence);
    hs_digest_u64(digest, signing->statement.view);
    hs_digest_u64(digest, signing->statement.high_qc_view);
    hs_digest_bytes(digest, signing->statement.block_id.bytes,
                    sizeof(signing->statement.block_id.bytes));
}

static void add_tree(struct hs_digest *digest, const struct hs_block_tree *tree)
{
    hs_digest_u64(digest, tree->count);
    hs_digest_u64(digest, tree->root);
    for (uint32_t i = 0; i < tree->slots_used; i++) {
        const struct hs_tree_node *node = &tree->nodes[i];
        if (node->used) {
            hs_digest_u64(digest, i);
            hs_digest_u64(digest, node->certified);
            hs_digest_u64(digest, node->execution);
            hs_digest_bytes(digest, node->block.id.bytes, sizeof(node->block.id.bytes));
        }
    }
}

static void add_collectors(struct hs_digest *digest, const struct hs_core *core)
{
    for (uint32_t i = 0; i < core->validators.count; i++) {
        const struct hs_vote_entry *vote = &core->votes.entries[i];
        hs_digest_u64(digest, vote->present ? 1u + vote->checked : 0u);
        if (vote->present) {
            hs_digest_u64(digest, vote->vote.view);
            hs_digest_bytes(digest, vote->vote.block_id.bytes, sizeof(vote->vote.block_id.bytes));
        }
        const struct hs_view_change_entry *change = &core->view_changes.entries[i];
        hs_digest_u64(digest, change->present ? 1u + change->checked : 0u);
        if (change->present) {
            hs_digest_u64(digest, change->view);
            add_qc(digest, &change->high_qc);
        }
        hs_digest_u64(digest, core->answered_ns[i]);
    }
    hs_digest_bytes(digest, core->votes.suspects.bytes, sizeof(core->votes.suspects.bytes));
    hs_digest_bytes(digest, core->view_changes.suspects.bytes,
                    sizeof(core->view_changes.suspects.bytes));
}

static void add_pacemaker(struct hs_digest *digest, const struct hs_pacemaker *pacemaker)
{
    hs_digest_u64(digest, pacemaker->timeout_ns);
    hs_digest_u64(digest, pacemaker->entered_ns);
    hs_digest_u64(digest, pacemaker->deadline_ns);
    hs_digest_u64(digest, pacemaker->repeat_ns);
    hs_digest_u64(digest, pacemaker->backup_ns);
    hs_digest_u64(digest, pacemaker->propose_ns);
    hs_digest_u64(digest, pacemaker->timed_out);
}

static void add_candidate(struct hs_digest *digest, const struct hs_commit_candidate *candidate)
{
    hs_digest_u64(digest, candidate->present);
    if (candidate->present) {
        hs_digest_u64(digest, candidate->slot);
        add_qc(digest, &candidate->certificate);
    }
}

static void add_pending(struct hs_digest *digest, bool pending, const struct hs_block_id *id)
{
    hs_digest_u64(digest, pending);
    if (pending) {
        hs_digest_bytes(digest, id->bytes, sizeof(id->bytes));
    }
}

uint64_t hs_core_digest(const struct hs_core *core)
{
    struct hs_digest digest = {0};
    hs_digest_u64(&digest, core->self);
    hs_digest_u64(&digest, core->signing);
    hs_digest_u64(&digest, core->started);
    hs_digest_u64(&digest, core->ended);
    hs_digest_u64(&digest, core->record.sequence);
    hs_digest_u64(&digest, core->record.last_voted_view);
    hs_digest_u64(&digest, core->record.locked_view);
    hs_digest_u64(&digest, core->record.view_change_view);
    hs_digest_u64(&digest, core->record.view_change_high_qc_view);
    hs_digest_u64(&digest, core->view);
    hs_digest_u64(&digest, core->committed_view);
    add_qc(&digest, &core->high_qc);
    hs_digest_u64(&digest, core->has_tc);
    if (core->has_tc) {
        add_tc(&digest, &core->tc);
    }
    hs_digest_u64(&digest, core->has_end_qc);
    if (core->has_end_qc) {
        add_qc(&digest, &core->end_qc);
        hs_digest_u64(&digest, core->end_qc_peer);
    }
    add_pacemaker(&digest, &core->pacemaker);
    add_tree(&digest, &core->tree);
    hs_digest_u64(&digest, core->proposal.present);
    hs_digest_u64(&digest, core->proposal.inserted);
    hs_digest_u64(&digest, core->proposal.voted);
    hs_digest_bytes(&digest, core->proposal.block.id.bytes, sizeof(core->proposal.block.id.bytes));
    hs_digest_u64(&digest, core->proposal.refused);
    hs_digest_u64(&digest, core->proposal.proof.has_tc);
    add_candidate(&digest, &core->candidate);
    add_candidate(&digest, &core->next_candidate);
    add_pending(&digest, core->executing, &core->executing_id);
    add_pending(&digest, core->fetching, &core->fetching_id);
    hs_digest_u64(&digest, core->high_qc_peer);
    hs_digest_u64(&digest, core->build_after_ns);
    hs_digest_u64(&digest, core->wake_ns);
    hs_digest_u64(&digest, core->building);
    hs_digest_u64(&digest, core->diverged);
    hs_digest_u64(&digest, core->votes_checking);
    hs_digest_u64(&digest, core->view_changes_checking);
    hs_digest_u64(&digest, core->next_ticket);
    add_collectors(&digest, core);
    add_statement(&digest, &core->vote_signing);
    add_statement(&digest, &core->view_change_signing);
    hs_digest_u64(&digest, core->work_transactions);
    hs_digest_u64(&digest, core->work_full_block);
    return digest.state;
}
