/* The core: one event in, the settled actions out. See hotstuff/core.h for its contract and
 * core_internal.h for its parts.
 *
 * What must hold after every step: view = max(high_qc.view, tc.view) + 1 (L1, D4);
 * locked_view <= high_qc.view (S4, L10); the tree's root is the last committed block; a
 * signature was asked for only under a durable record (D1).
 */
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "base/mutants.h"
#include "consensus/core_internal.h"
#include "consensus/validator_set.h"

/* -- construction ------------------------------------------------------------ */

static size_t aligned(size_t size)
{
    size_t unit = _Alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

static bool config_valid(const struct hs_core_config *config)
{
    const struct hs_validator_set *set = config->validators;
    struct hs_leader_rule rule = {
        .election = config->election,
        .validators = set,
        .leader_weights = config->leader_weights,
    };
    bool member_or_follower = config->self < set->count || config->self == HS_VALIDATORS_MAX;
    return hs_validator_set_check(set) == HS_OK && member_or_follower &&
           hs_leader_rule_check(&rule) == HS_OK &&
           hs_pacemaker_check(&config->pacemaker) == HS_OK && hs_core_root_fits(config) &&
           config->tree_blocks_max >= 2 && config->tree_blocks_max <= HS_TREE_BLOCKS_MAX;
}

size_t hs_core_footprint(const struct hs_core_config *config)
{
    if (!config_valid(config)) {
        return 0;
    }
    return aligned(sizeof(struct hs_core)) +
           aligned(hs_block_tree_footprint(config->tree_blocks_max)) +
           aligned(hs_vote_collector_footprint(config->validators)) +
           aligned(hs_view_change_collector_footprint(config->validators));
}

/* D4: the view is max(high_qc.view, tc.view) + 1. */
static uint64_t view_after(const struct hs_core *core)
{
    uint64_t view = core->high_qc.view;
    if (core->has_tc && core->tc.view > view) {
        view = core->tc.view;
    }
    return view + 1;
}

struct hs_core *hs_core_new(void *memory, const struct hs_core_config *config,
                            const struct hs_safety_record *record)
{
    if (memory == NULL || !config_valid(config)) {
        return NULL;
    }
    uint8_t *free_memory = memory;
    struct hs_core *core = memory;
    memset(core, 0, sizeof(*core));
    free_memory += aligned(sizeof(*core));

    core->chain_id = config->chain_id;
    core->validators = *config->validators;
    core->self = config->self;
    core->leaders = (struct hs_leader_rule){
        .election = config->election,
        .validators = &core->validators,
    };
    memcpy(core->leaders.randomness, config->randomness, sizeof(config->randomness));
    if (config->leader_weights != NULL) {
        memcpy(core->leader_weights, config->leader_weights,
               config->validators->count * sizeof(core->leader_weights[0]));
        core->leaders.leader_weights = core->leader_weights;
    }

    hs_block_tree_init(&core->tree, free_memory, config->tree_blocks_max, &config->root);
    free_memory += aligned(hs_block_tree_footprint(config->tree_blocks_max));
    hs_vote_collector_init(&core->votes, free_memory, &core->validators);
    free_memory += aligned(hs_vote_collector_footprint(&core->validators));
    hs_view_change_collector_init(&core->view_changes, free_memory, &core->validators);

    core->high_qc_peer = HS_VALIDATORS_MAX;
    core->wake_ns = HS_NEVER_NS;
    core->next_ticket = 1;
    hs_core_begin_epoch(core, config, record);
    core->view = view_after(core);
    core->view_leader = hs_leader_of(&core->leaders, core->view);
    core->pacemaker.config = config->pacemaker;
    hs_pacemaker_enter(&core->pacemaker, 0, core->view, core->committed_view);
    return core;
}

/* -- emitting ----------------------------------------------------------------- */

/* A step emits at most one of each kind, but for what it sends; HS_ACTIONS_MAX is far above. */
struct hs_action *hs_core_emit(struct hs_core *core, enum hs_action_type type)
{
    HS_ASSERT(core->actions->count < HS_ACTIONS_MAX);
    struct hs_action *action = &core->actions->list[core->actions->count++];
    action->type = type;
    return action;
}

/* What goes to this validator itself was taken in already (L11). */
void hs_core_emit_to(struct hs_core *core, uint32_t to, const struct hs_outbound *message)
{
    if (to == core->self) {
        return;
    }
    struct hs_action *action = hs_core_emit(core, HS_ACTION_SEND);
    action->send.to = to;
    action->send.message = *message;
}

/* -- a step ------------------------------------------------------------------- */

static enum hs_status on_start(struct hs_core *core)
{
    if (core->started) {
        return HS_DUPLICATE; /* D1: what was decided since is not durable yet */
    }
    core->started = true;
    hs_pacemaker_enter(&core->pacemaker, core->now_ns, core->view, core->committed_view);
    hs_core_resume_signatures(core);
    return HS_OK;
}

static enum hs_status on_write_failed(struct hs_core *core)
{
    hs_core_stop_signing(core); /* D3 */
    return HS_OK;
}

static enum hs_status on_qc(struct hs_core *core, const struct hs_qc *qc, uint32_t peer)
{
    hs_core_take_qc(core, qc, peer);
    hs_core_keep_end_qc(core, qc, peer);
    return hs_core_check_epoch(core, qc->epoch);
}

static enum hs_status on_tc(struct hs_core *core, const struct hs_tc *tc, uint32_t peer)
{
    hs_core_take_tc(core, tc, peer);
    return hs_core_check_epoch(core, tc->epoch);
}

static enum hs_status handle(struct hs_core *core, const struct hs_event *event)
{
    if (core->ended) {
        return hs_core_on_event_after_end(core, event);
    }
    switch (event->type) {
    case HS_EVENT_START:
        return on_start(core);
    case HS_EVENT_PROPOSAL:
        return hs_core_on_proposal(core, event);
    case HS_EVENT_QC:
        return on_qc(core, hs_verified_qc_get(event->qc.qc), event->qc.peer);
    case HS_EVENT_TC:
        return on_tc(core, hs_verified_tc_get(event->tc.tc), event->tc.peer);
    case HS_EVENT_VOTE:
        return hs_core_take_vote(core, hs_admitted_vote_get(event->vote));
    case HS_EVENT_VIEW_CHANGE:
        return hs_core_on_view_change(core, hs_admitted_view_change_get(event->view_change));
    case HS_EVENT_PEER_CONNECTED:
        hs_core_greet(core, event->peer);
        return HS_OK;
    case HS_EVENT_PEER_BEHIND:
        hs_core_answer_peer_behind(core, event->peer);
        return HS_OK;
    case HS_EVENT_TIMER:
        core->wake_ns = HS_NEVER_NS;
        return HS_OK;
    case HS_EVENT_BLOCK_FETCHED:
        return hs_core_on_fetched(core, hs_verified_block_get(event->block));
    case HS_EVENT_BLOCK_EXECUTED:
        return hs_core_on_executed(core, &event->executed.block_id, event->executed.valid);
    case HS_EVENT_BLOCK_BUILT:
        return hs_core_on_built(core, event->built.block, event->built.view);
    case HS_EVENT_AGGREGATE_CHECKED:
        return hs_core_on_aggregate(core, event->aggregate);
    case HS_EVENT_RECORD_DURABLE:
        return hs_core_on_durable(core, event->record_sequence);
    case HS_EVENT_DURABLE_WRITE_FAILED:
        return on_write_failed(core);
    case HS_EVENT_SIGNATURE_DONE:
        return hs_core_on_signature(core, &event->signed_statement.statement,
                                    &event->signed_statement.signature);
    case HS_EVENT_WORK_AVAILABLE:
        core->work_transactions = event->work.transactions;
        core->work_full_block = event->work.full_block;
        return HS_OK;
    }
    return HS_INVALID_ARGUMENT;
}

static void settle_wake(struct hs_core *core)
{
    uint64_t next_ns = core->started ? hs_pacemaker_next_ns(&core->pacemaker) : HS_NEVER_NS;
    if (next_ns != core->wake_ns && next_ns != HS_NEVER_NS) {
        core->wake_ns = next_ns;
        hs_core_emit(core, HS_ACTION_WAKE)->wake_ns = next_ns;
    }
}

/* What the state makes due, in the order in which one thing makes the next due. */
static void settle(struct hs_core *core)
{
    hs_core_settle_proposal(core);
    hs_core_settle_execution(core);
    hs_core_settle_commit(core);
    if (core->ended) {
        return; /* P4 */
    }
    hs_core_settle_vote(core);
    hs_core_settle_join(core);
    hs_core_settle_votes(core);
    hs_core_settle_view_changes(core);
    hs_core_settle_own_view_change(core);
    hs_core_settle_build(core);
    hs_core_settle_fetch(core);
    hs_core_settle_signing(core);
    hs_core_settle_record(core);
    settle_wake(core);
}

enum hs_status hs_core_step(struct hs_core *core, const struct hs_event *event,
                            struct hs_actions *actions)
{
    actions->count = 0;
    core->actions = actions;
    core->now_ns = event->now_ns;
    enum hs_status status = handle(core, event);
    if (!core->ended) {
        settle(core);
    }
    core->actions = NULL;
    return status;
}

/* -- reading ------------------------------------------------------------------ */

bool hs_core_is_leader(const struct hs_core *core, uint64_t view)
{
    return hs_core_leader(core, view) == core->self;
}

uint32_t hs_core_leader(const struct hs_core *core, uint64_t view)
{
    return view == core->view ? core->view_leader : hs_leader_of(&core->leaders, view);
}

bool hs_core_holds(const struct hs_core *core, const struct hs_block_id *block_id)
{
    return hs_block_tree_find(&core->tree, block_id) != HS_TREE_NONE;
}

const struct hs_block *hs_core_block(const struct hs_core *core, const struct hs_block_id *block_id)
{
    uint32_t slot = hs_block_tree_find(&core->tree, block_id);
    return slot != HS_TREE_NONE ? &core->tree.nodes[slot].block : NULL;
}

const struct hs_qc *hs_core_high_qc(const struct hs_core *core)
{
    return &core->high_qc;
}

const struct hs_qc *hs_core_commit_certificate(const struct hs_core *core)
{
    return &core->commit_certificate;
}

const struct hs_tc *hs_core_entry_tc(const struct hs_core *core)
{
    return hs_core_tc_of_entry(core);
}

void hs_core_status(const struct hs_core *core, struct hs_core_status *status)
{
    const struct hs_block *root = &core->tree.nodes[core->tree.root].block;
    *status = (struct hs_core_status){
        .epoch = core->record.epoch,
        .view = core->view,
        .leader = hs_core_leader(core, core->view),
        .committed_height = root->header.height,
        .committed_view = core->committed_view,
        .high_qc_view = core->high_qc.view,
        .locked_view = core->record.locked_view,
        .last_voted_view = core->record.last_voted_view,
        .signing = core->signing,
        .ended = core->ended,
        .tree_blocks = core->tree.count,
    };
}
