/* Epochs: where this core's begins and ends (P4), and what is of another one (P5).
 *
 * A core serves one epoch. It begins on the block that ended the epoch before, with views from 1, or
 * anywhere within, after a restart. Blocks above `last_height` are its tail: they are voted for like
 * others, so that the block at `last_height` gets a certified child of the next view (S5) whatever
 * the views do, and never committed. What commits one of them commits the block at `last_height`, and
 * that is the end: from then on this core signs nothing, since the next epoch's validators go on from
 * that block, and whoever still signed here could certify a rival to what they build.
 */
#include <string.h>

#include "base/mutants.h"
#include "consensus/core_internal.h"

/* -- the beginning ------------------------------------------------------------------------- */

static bool begins_epoch(const struct hs_core_config *config)
{
    const struct hs_block_header *root = &config->root.header;
    return root->height == 0 || root->epoch != config->validators->epoch;
}

bool hs_core_root_fits(const struct hs_core_config *config)
{
    const struct hs_block_header *root = &config->root.header;
    uint64_t epoch = config->validators->epoch;
    bool of_epoch = root->epoch == epoch;
    bool of_the_one_before = epoch > 0 && root->epoch == epoch - 1;
    return (of_epoch || of_the_one_before) && root->height < config->last_height;
}

/* A record of an earlier epoch tells only its number; D1 has the first of this epoch on disk before
 * the first signature, as any other. One of a later epoch: there this validator may have signed in a
 * chain that it does not hold any more (D5). */
static void take_record(struct hs_core *core, const struct hs_safety_record *record)
{
    core->signing = record != NULL && record->epoch <= core->record.epoch &&
                    core->self != HS_VALIDATORS_MAX; /* D5 */
    if (record == NULL || record->epoch != core->record.epoch) {
        core->record.sequence = record != NULL ? record->sequence : 0;
        return;
    }
    core->record = *record;
    if (HS_MUTANT_LOST_LOCK) {
        core->record.locked_view = 0;
        return;
    }
    if (record->high_qc.view > core->high_qc.view) {
        core->high_qc = record->high_qc;
    }
    core->has_tc = record->has_tc && !HS_MUTANT_TC_FORGOTTEN;
    if (core->has_tc) {
        core->tc = record->tc;
    }
}

void hs_core_begin_epoch(struct hs_core *core, const struct hs_core_config *config,
                         const struct hs_safety_record *record)
{
    core->last_height = config->last_height;
    core->record.epoch = config->validators->epoch;
    core->committed_view = config->root.header.view;
    core->high_qc = config->root.header.justify;
    if (begins_epoch(config)) {
        /* The certificate of view 0 names the block that the epoch begins on (section 1). */
        core->committed_view = 0;
        core->high_qc =
            (struct hs_qc){.epoch = config->validators->epoch, .block_id = config->root.id};
    }
    take_record(core, record);
}

/* P5: what is of another epoch moves nothing here. */
enum hs_status hs_core_check_epoch(const struct hs_core *core, uint64_t epoch)
{
    if (epoch == core->record.epoch) {
        return HS_OK;
    }
    return epoch < core->record.epoch ? HS_STALE : HS_NOT_READY;
}

/* -- the tail ------------------------------------------------------------------------------- */

/* Is a child of this block a tail block? */
bool hs_core_in_tail(const struct hs_core *core, uint32_t slot)
{
    return core->tree.nodes[slot].block.header.height >= core->last_height;
}

/* P4: what commits a tail block commits the block at last_height, its ancestor. */
uint32_t hs_core_commits_slot(const struct hs_core *core, uint32_t slot)
{
    while (core->tree.nodes[slot].block.header.height > core->last_height) {
        slot = core->tree.nodes[slot].parent;
    }
    return slot;
}

/* The certificate that ended the epoch for others may be lower than high_qc here, and of a block that
 * never arrived: in the tail a block can be certified and shown to few, and the rest time out and
 * certify another. Below high_qc nothing else is worth fetching (L10). */
void hs_core_keep_end_qc(struct hs_core *core, const struct hs_qc *qc, uint32_t peer)
{
    if (hs_core_check_epoch(core, qc->epoch) != HS_OK || qc->view >= core->high_qc.view ||
        qc->view <= core->committed_view || hs_core_holds(core, &qc->block_id)) {
        return;
    }
    uint32_t head = hs_block_tree_find(&core->tree, &core->high_qc.block_id);
    bool in_tail =
        head != HS_TREE_NONE && core->tree.nodes[head].block.header.height > core->last_height;
    if (in_tail && (!core->has_end_qc || qc->view > core->end_qc.view)) {
        core->has_end_qc = true;
        core->end_qc = *qc;
        core->end_qc_peer = peer;
    }
}

/* -- the end ---------------------------------------------------------------------------------- */

/* P4: what is under way is not sent any more. */
void hs_core_end_epoch(struct hs_core *core)
{
    core->ended = true;
    core->has_end_qc = false;
    core->vote_signing.stage = HS_SIGNING_NONE;
    core->view_change_signing.stage = HS_SIGNING_NONE;
}

/* L13: whoever still speaks in this epoch is behind. */
static enum hs_status answer_with_the_end(struct hs_core *core, uint32_t peer)
{
    hs_core_answer_peer_behind(core, peer);
    return HS_STALE;
}

/* A certificate above the one that ended the epoch here shows no end either; the same one does. */
static enum hs_status on_qc_after_end(struct hs_core *core, const struct hs_qc *qc, uint32_t peer)
{
    bool shows_the_end =
        qc->epoch == core->record.epoch && qc->view == core->commit_certificate.view;
    return shows_the_end ? HS_STALE : answer_with_the_end(core, peer);
}

enum hs_status hs_core_on_event_after_end(struct hs_core *core, const struct hs_event *event)
{
    switch (event->type) {
    case HS_EVENT_PROPOSAL:
        return answer_with_the_end(core, event->proposal.peer);
    case HS_EVENT_QC:
        return on_qc_after_end(core, hs_verified_qc_get(event->qc.qc), event->qc.peer);
    case HS_EVENT_TC:
        return answer_with_the_end(core, event->tc.peer);
    case HS_EVENT_VOTE:
        return answer_with_the_end(core, hs_admitted_vote_get(event->vote)->voter);
    case HS_EVENT_VIEW_CHANGE:
        return answer_with_the_end(core, hs_admitted_view_change_get(event->view_change)->author);
    case HS_EVENT_PEER_CONNECTED:
    case HS_EVENT_PEER_BEHIND:
        return answer_with_the_end(core, event->peer);
    case HS_EVENT_START:
    case HS_EVENT_TIMER:
    case HS_EVENT_BLOCK_FETCHED:
    case HS_EVENT_BLOCK_EXECUTED:
    case HS_EVENT_BLOCK_BUILT:
    case HS_EVENT_AGGREGATE_CHECKED:
    case HS_EVENT_RECORD_DURABLE:
    case HS_EVENT_DURABLE_WRITE_FAILED:
    case HS_EVENT_SIGNATURE_DONE:
    case HS_EVENT_WORK_AVAILABLE:
        return HS_STALE;
    }
    return HS_INVALID_ARGUMENT;
}
