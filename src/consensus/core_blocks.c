/* Blocks: proposals, execution, votes and own proposals. */
#include <string.h>

#include "base/mutants.h"
#include "consensus/core_internal.h"

/* How long a leader whose block could not be built waits before it tries again. */
#define BUILD_RETRY_NS UINT64_C(10000000)

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* L14: at the limit, the oldest leaf goes whose view is over, for which no certificate is known and
 * which this validator did not vote for last. Should one come up after all, the block is fetched
 * again (L10): its voters have it in their logs (D2). HS_TREE_NONE: there is none but `kept`. */
static uint32_t leaf_to_drop(const struct hs_core *core, uint32_t kept)
{
    const struct hs_block_tree *tree = &core->tree;
    uint32_t oldest = HS_TREE_NONE;
    for (uint32_t i = 0; i < tree->slots_used; i++) {
        const struct hs_tree_node *node = &tree->nodes[i];
        bool may_go = node->used && i != tree->root && i != kept && node->child_count == 0 &&
                      !node->certified && node->execution != HS_EXECUTION_RUNNING &&
                      node->block.header.view < core->view &&
                      !same_id(&node->block.id, &core->record.vote_block_id);
        if (may_go && (oldest == HS_TREE_NONE ||
                       node->block.header.view < tree->nodes[oldest].block.header.view)) {
            oldest = i;
        }
    }
    return oldest;
}

bool hs_core_has_room(const struct hs_core *core)
{
    return core->tree.count < core->tree.capacity ||
           leaf_to_drop(core, HS_TREE_NONE) != HS_TREE_NONE;
}

/* Puts a checked block into the tree. Its justify is a certificate for its parent. */
static enum hs_status insert(struct hs_core *core, const struct hs_block *block, uint32_t *slot)
{
    uint32_t parent = hs_block_tree_find(&core->tree, &block->header.parent_id);
    if (parent == HS_TREE_NONE) {
        return HS_UNKNOWN_PARENT;
    }
    enum hs_status status =
        hs_safety_well_formed(block, &core->tree.nodes[parent].block,
                              hs_core_leader(core, block->header.view), core->last_height); /* S1 */
    if (status != HS_OK) {
        return status;
    }
    status = hs_block_tree_insert(&core->tree, block, slot);
    uint32_t leaf = status == HS_FULL ? leaf_to_drop(core, parent) : HS_TREE_NONE;
    if (leaf != HS_TREE_NONE) {
        hs_block_tree_drop_leaf(&core->tree, leaf);
        status = hs_block_tree_insert(&core->tree, block, slot);
    }
    if (status != HS_OK) {
        return status;
    }
    hs_core_certified(core, parent, &block->header.justify);
    if (same_id(&core->high_qc.block_id, &block->id)) {
        hs_core_certified(core, *slot, &core->high_qc);
    }
    if (core->has_end_qc && same_id(&core->end_qc.block_id, &block->id)) {
        core->has_end_qc = false;
        hs_core_certified(core, *slot, &core->end_qc);
    }
    return HS_OK;
}

enum hs_status hs_core_on_proposal(struct hs_core *core, const struct hs_event *event)
{
    const struct hs_block *block = hs_verified_block_get(event->proposal.block);
    const struct hs_block_header *header = &block->header;
    uint32_t peer = event->proposal.peer;
    const struct hs_tc *tc =
        event->proposal.tc != NULL ? hs_verified_tc_get(event->proposal.tc) : NULL;

    enum hs_status status = hs_core_check_epoch(core, header->epoch);
    if (status != HS_OK) {
        return status; /* P5 */
    }
    if (tc != NULL && tc->epoch != header->epoch) {
        return HS_PROTOCOL_VIOLATION; /* P5: it proves entry to no view of this epoch */
    }
    /* S2: the message's own certificates are taken in first. */
    hs_core_take_qc(core, &header->justify, peer);
    if (tc != NULL) {
        hs_core_take_tc(core, tc, peer);
    }
    if (header->view < core->view) {
        hs_core_answer_peer_behind(core, peer);
        /* L10: the QC was faster than the block, which is now being fetched. */
        return hs_core_wants(core, &block->id) ? hs_core_on_fetched(core, block) : HS_STALE;
    }
    if (header->view > core->view || header->proposer != hs_core_leader(core, header->view)) {
        return HS_PROTOCOL_VIOLATION; /* ahead of every certificate it shows (S3); S1 */
    }
    /* S3. A refusal leaves no mark on block or leader: a relay may have swapped the TC. */
    struct hs_entry_proof proof = hs_entry_proof_of(tc);
    status = hs_safety_extends(&core->record, block, &proof);
    if (status != HS_OK) {
        return status;
    }
    /* L9: the leader's vote is one of those aggregated. A second block of its view shows here
     * as a second vote (S8). */
    status = hs_core_take_vote(core, hs_admitted_vote_get(event->proposal.leader_vote));
    if (status == HS_PROTOCOL_VIOLATION) {
        return status;
    }
    if (core->proposal.present) {
        return HS_DUPLICATE;
    }
    core->proposal = (struct hs_proposal){.present = true, .proof = proof, .block = *block};
    return HS_OK;
}

/* A proposal waits here until its parent is held. */
void hs_core_settle_proposal(struct hs_core *core)
{
    struct hs_proposal *proposal = &core->proposal;
    if (!proposal->present || proposal->inserted || proposal->refused) {
        return;
    }
    uint32_t slot;
    enum hs_status status = insert(core, &proposal->block, &slot);
    proposal->inserted = status == HS_OK || status == HS_DUPLICATE;
    proposal->refused = status == HS_PROTOCOL_VIOLATION;
}

enum hs_status hs_core_on_fetched(struct hs_core *core, const struct hs_block *block)
{
    enum hs_status status = hs_core_check_epoch(core, block->header.epoch);
    if (status != HS_OK) {
        return status; /* P5 */
    }
    if (block->header.height <= core->tree.nodes[core->tree.root].block.header.height) {
        return HS_STALE;
    }
    uint32_t slot;
    status = insert(core, block, &slot);
    if (status == HS_OK) {
        hs_core_take_qc(core, &block->header.justify, HS_VALIDATORS_MAX);
    }
    return status;
}

/* X1: a block is executed once its parent is; one at a time, lower ones first. */
void hs_core_settle_execution(struct hs_core *core)
{
    if (core->executing || core->diverged) {
        return;
    }
    struct hs_tree_node *next = NULL;
    for (uint32_t i = 0; i < core->tree.slots_used; i++) {
        struct hs_tree_node *node = &core->tree.nodes[i];
        bool ready = node->used && node->execution == HS_EXECUTION_WAITING &&
                     core->tree.nodes[node->parent].execution == HS_EXECUTION_VALID;
        if (ready && (next == NULL || node->block.header.height < next->block.header.height)) {
            next = node;
        }
    }
    if (next == NULL) {
        return;
    }
    next->execution = HS_EXECUTION_RUNNING;
    core->executing = true;
    core->executing_id = next->block.id;
    struct hs_action *action = hs_core_emit(core, HS_ACTION_EXECUTE);
    action->execute.block = &next->block;
    action->execute.tail = next->block.header.height > core->last_height;
}

enum hs_status hs_core_on_executed(struct hs_core *core, const struct hs_block_id *id, bool valid)
{
    if (!core->executing || !same_id(&core->executing_id, id)) {
        return HS_INVALID_ARGUMENT;
    }
    core->executing = false;
    uint32_t slot = hs_block_tree_find(&core->tree, id);
    if (slot == HS_TREE_NONE) {
        return HS_STALE; /* its branch lost meanwhile */
    }
    struct hs_tree_node *node = &core->tree.nodes[slot];
    node->execution = valid ? HS_EXECUTION_VALID : HS_EXECUTION_INVALID;
    return valid ? HS_OK : HS_BAD_BLOCK;
}

/* X1: quorum certified a root that this replica does not compute. Going on would fork. */
static void check_divergence(struct hs_core *core)
{
    for (uint32_t i = 0; i < core->tree.slots_used && !core->diverged; i++) {
        const struct hs_tree_node *node = &core->tree.nodes[i];
        if (node->used && node->certified && node->execution == HS_EXECUTION_INVALID) {
            core->diverged = true;
            core->signing = false;
            hs_core_emit(core, HS_ACTION_DIVERGED)->diverged = node->block.id;
        }
    }
}

void hs_core_settle_vote(struct hs_core *core)
{
    check_divergence(core);
    struct hs_proposal *proposal = &core->proposal;
    if (!core->started || !core->signing || !proposal->present || !proposal->inserted ||
        proposal->voted) {
        return;
    }
    uint32_t slot = hs_block_tree_find(&core->tree, &proposal->block.id);
    if (slot == HS_TREE_NONE ||
        (core->tree.nodes[slot].execution != HS_EXECUTION_VALID && !HS_MUTANT_VOTE_UNEXECUTED)) {
        return; /* X1 */
    }
    if (hs_safety_may_vote(&core->record, core->view, proposal->block.header.view) != HS_OK) {
        return; /* S2 */
    }
    proposal->voted = true;
    hs_core_sign_vote(core, &core->tree.nodes[slot].block);
}

/* L8: is there something to commit? */
static bool has_work(const struct hs_core *core, uint32_t head)
{
    if (core->work_transactions > 0 || hs_core_in_tail(core, head)) {
        return true;
    }
    for (uint32_t slot = head; slot != core->tree.root; slot = core->tree.nodes[slot].parent) {
        if (core->tree.nodes[slot].block.header.transaction_count > 0) {
            return true;
        }
    }
    return false;
}

/* L8: the moment at which the leader of the current view proposes. */
static uint64_t propose_at_ns(const struct hs_core *core, uint32_t head)
{
    const struct hs_pacemaker *pacemaker = &core->pacemaker;
    if (core->now_ns < core->build_after_ns) {
        return core->build_after_ns;
    }
    if (hs_core_tc_of_entry(core) != NULL) {
        return core->now_ns;
    }
    if (!has_work(core, head)) {
        return hs_time_after(pacemaker->entered_ns, pacemaker->config.idle_interval_ns);
    }
    if (core->work_transactions >= pacemaker->config.batch_low && !core->work_full_block &&
        !hs_core_in_tail(core, head)) {
        return hs_time_after(pacemaker->entered_ns, pacemaker->config.batch_delay_ns);
    }
    return core->now_ns;
}

/* Asks for a block when this validator leads the view and holds what it extends (L10). */
void hs_core_settle_build(struct hs_core *core)
{
    core->pacemaker.propose_ns = HS_NEVER_NS;
    bool leads = core->started && core->signing && hs_core_is_leader(core, core->view);
    if (!leads || core->building || core->proposal.present ||
        hs_safety_may_vote(&core->record, core->view, core->view) != HS_OK) {
        return;
    }
    uint32_t head = hs_block_tree_find(&core->tree, &core->high_qc.block_id);
    if (head == HS_TREE_NONE || core->tree.nodes[head].execution != HS_EXECUTION_VALID) {
        return;
    }
    uint64_t at_ns = propose_at_ns(core, head);
    if (core->now_ns < at_ns) {
        core->pacemaker.propose_ns = at_ns;
        return;
    }
    core->building = true;
    struct hs_action *action = hs_core_emit(core, HS_ACTION_BUILD);
    action->build.view = core->view;
    action->build.parent = &core->tree.nodes[head].block;
    action->build.justify = &core->high_qc;
    action->build.tail = hs_core_in_tail(core, head);
}

/* The own block was executed while it was built, and is proposed once its vote is signed. */
enum hs_status hs_core_on_built(struct hs_core *core, const struct hs_block *block, uint64_t view)
{
    if (view != core->view || !core->building ||
        (block != NULL && hs_core_check_epoch(core, block->header.epoch) != HS_OK)) { /* P5 */
        return HS_STALE;
    }
    core->building = false;
    if (block == NULL || block->header.view != view) {
        core->build_after_ns = hs_time_after(core->now_ns, BUILD_RETRY_NS);
        return HS_NOT_READY;
    }
    if (core->proposal.present) {
        return HS_STALE;
    }
    struct hs_entry_proof proof = hs_entry_proof_of(hs_core_tc_of_entry(core));
    uint32_t slot;
    enum hs_status status = hs_safety_extends(&core->record, block, &proof); /* S3 */
    if (status == HS_OK) {
        status = insert(core, block, &slot);
    }
    if (status == HS_OK) {
        core->tree.nodes[slot].execution = HS_EXECUTION_VALID;
        core->proposal = (struct hs_proposal){
            .present = true, .inserted = true, .proof = proof, .block = *block};
        return HS_OK;
    }
    if (block->header.justify.view < core->high_qc.view) {
        return HS_STALE; /* high_qc rose while it was built: another is built at once */
    }
    core->build_after_ns = hs_time_after(core->now_ns, BUILD_RETRY_NS); /* L14 */
    return status;
}
