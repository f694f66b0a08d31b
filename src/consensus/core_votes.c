/* Votes and view changes, gathered into certificates (S7, L5, L7, L9). */
#include <string.h>

#include "base/bitmap.h"
#include "consensus/core_internal.h"
#include "consensus/validator_set.h"

enum hs_status hs_core_take_vote(struct hs_core *core, const struct hs_vote *vote)
{
    enum hs_status status = hs_core_check_epoch(core, vote->epoch);
    if (status != HS_OK) {
        return status; /* P5 */
    }
    if (vote->view < core->view) {
        /* L13. A vote of the view just left is no sign of lagging: its voter gets the QC that
         * ended the view by the next leader's broadcast, and again in the next justify. */
        if (vote->view + 1 < core->view) {
            hs_core_answer_peer_behind(core, vote->voter);
        }
        return HS_STALE;
    }
    struct hs_vote first;
    status = hs_vote_collector_add(&core->votes, vote, &first);
    if (status == HS_PROTOCOL_VIOLATION) { /* S8 */
        struct hs_action *action = hs_core_emit(core, HS_ACTION_EVIDENCE);
        action->evidence.first = first;
        action->evidence.second = *vote;
    }
    return status;
}

enum hs_status hs_core_on_view_change(struct hs_core *core,
                                      const struct hs_view_change *view_change)
{
    enum hs_status status = hs_core_check_epoch(core, view_change->epoch);
    if (status != HS_OK) {
        return status; /* P5 */
    }
    hs_core_take_qc(core, &view_change->high_qc, view_change->author);
    /* A last vote of a view that is over is no sign of lagging (L13): its author may well stand
     * where this validator does. */
    if (view_change->has_last_vote && view_change->last_vote.view >= core->view) {
        status = hs_core_take_vote(core, &view_change->last_vote); /* L5 */
        if (status == HS_PROTOCOL_VIOLATION) {
            return status;
        }
    }
    if (view_change->view < core->view) {
        hs_core_answer_peer_behind(core, view_change->author);
        return HS_STALE;
    }
    if (view_change->view > core->view) {
        return HS_PROTOCOL_VIOLATION; /* L6: it shows no certificate that leads there */
    }
    return hs_view_change_collector_add(&core->view_changes, view_change);
}

/* L7: when it is this validator's task to make the QC of `view`; HS_NEVER_NS: it is not. */
static uint64_t aggregate_at_ns(const struct hs_core *core, uint64_t view)
{
    const struct hs_pacemaker *pacemaker = &core->pacemaker;
    if (hs_core_is_leader(core, view + 1)) {
        return core->now_ns;
    }
    if (view != core->view) {
        return HS_NEVER_NS;
    }
    if (pacemaker->timed_out) {
        return core->now_ns; /* L5: the view changes brought the votes here */
    }
    if (!hs_core_is_leader(core, view)) {
        return HS_NEVER_NS;
    }
    return pacemaker->backup_ns != HS_NEVER_NS
               ? pacemaker->backup_ns
               : hs_time_after(core->now_ns, pacemaker->config.backup_delay_ns);
}

void hs_core_settle_votes(struct hs_core *core)
{
    uint64_t view;
    struct hs_block_id block_id;
    uint64_t at_ns = HS_NEVER_NS;
    if (!core->votes_checking && hs_vote_collector_best_quorum(&core->votes, &view, &block_id)) {
        at_ns = aggregate_at_ns(core, view);
    }
    /* A backup that is no longer due must not stay behind: it would wake for ever. */
    core->pacemaker.backup_ns = core->now_ns < at_ns ? at_ns : HS_NEVER_NS;
    if (core->now_ns < at_ns) {
        return;
    }
    core->votes_checking = true;
    core->votes_request.ticket = core->next_ticket++;
    hs_vote_collector_request(&core->votes, view, &block_id, &core->votes_request);
    hs_core_emit(core, HS_ACTION_CHECK_AGGREGATE)->check = &core->votes_request;
}

/* L4: others' view changes make this validator join before its own timer ran out. */
void hs_core_settle_join(struct hs_core *core)
{
    if (core->started && !core->pacemaker.timed_out &&
        hs_view_change_collector_weight_from(&core->view_changes, core->view) >=
            hs_validator_set_honest(&core->validators)) {
        core->pacemaker.timed_out = true;
        core->pacemaker.repeat_ns = core->now_ns;
    }
}

void hs_core_settle_view_changes(struct hs_core *core)
{
    if (!core->started) {
        return;
    }
    /* L5: everyone builds the TC, but a QC that is being made of the same messages wins. */
    if (core->view_changes_checking || core->votes_checking ||
        hs_view_change_collector_weight_at(&core->view_changes, core->view) <
            hs_validator_set_quorum(&core->validators)) {
        return;
    }
    core->view_changes_checking = true;
    core->view_changes_request.ticket = core->next_ticket++;
    hs_view_change_collector_request(&core->view_changes, core->view, &core->view_changes_request);
    hs_core_emit(core, HS_ACTION_CHECK_AGGREGATE)->check = &core->view_changes_request;
}

static void blame(struct hs_core *core, const struct hs_bitmap *bad)
{
    if (hs_bitmap_count(bad) > 0) {
        hs_core_emit(core, HS_ACTION_BLAME)->blame = *bad; /* L9 */
    }
}

static void on_votes_checked(struct hs_core *core, const struct hs_aggregate_result *result)
{
    core->votes_checking = false;
    hs_vote_collector_answer(&core->votes, &core->votes_request, result);
    if (!result->has_certificate) {
        return;
    }
    core->formed_qc = *hs_verified_qc_get(&result->qc);
    if (core->formed_qc.view >= core->view) {
        /* L7: broadcast first, then persist, sign and propose. It also answers everyone who
         * may lag by this view (L13). */
        hs_core_emit(core, HS_ACTION_BROADCAST)->send.message =
            (struct hs_outbound){.type = HS_OUTBOUND_QC, .qc = &core->formed_qc};
        for (uint32_t i = 0; i < core->validators.count; i++) {
            core->answered_ns[i] = core->now_ns;
        }
    }
    hs_core_take_qc(core, &core->formed_qc, HS_VALIDATORS_MAX);
}

static void on_view_changes_checked(struct hs_core *core, const struct hs_aggregate_result *result)
{
    core->view_changes_checking = false;
    hs_view_change_collector_answer(&core->view_changes, &core->view_changes_request, result);
    if (result->has_certificate) {
        hs_core_take_tc(core, hs_verified_tc_get(&result->tc), HS_VALIDATORS_MAX);
    }
}

enum hs_status hs_core_on_aggregate(struct hs_core *core, const struct hs_aggregate_result *result)
{
    if (core->votes_checking && result->ticket == core->votes_request.ticket) {
        blame(core, &result->bad);
        on_votes_checked(core, result);
        return HS_OK;
    }
    if (core->view_changes_checking && result->ticket == core->view_changes_request.ticket) {
        blame(core, &result->bad);
        on_view_changes_checked(core, result);
        return HS_OK;
    }
    return HS_INVALID_ARGUMENT;
}

void hs_core_kept(const struct hs_core *core, uint32_t *votes, uint32_t *view_changes)
{
    *votes = 0;
    *view_changes = 0;
    for (uint32_t i = 0; i < core->validators.count; i++) {
        *votes += core->votes.entries[i].present ? 1 : 0;
        *view_changes += core->view_changes.entries[i].present ? 1 : 0;
    }
}
