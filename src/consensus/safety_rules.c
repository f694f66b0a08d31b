/* The safety rules. See safety_rules.h. */
#include "consensus/safety_rules.h"

#include <string.h>

#include "base/mutants.h"

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

struct hs_entry_proof hs_entry_proof_of(const struct hs_tc *tc_or_null)
{
    struct hs_entry_proof proof = {0};
    if (tc_or_null != NULL) {
        proof.has_tc = true;
        proof.tc_view = tc_or_null->view;
        /* S7: the embedded QC's view is the maximum over the groups. */
        proof.tc_high_qc_view = tc_or_null->high_qc.view;
    }
    return proof;
}

/* P4: a block above the last height of its epoch serves only to commit the block there. */
static bool is_right_tail(const struct hs_block_header *header, const struct hs_block *parent,
                          uint64_t last_height)
{
    if (header->height <= last_height) {
        return true;
    }
    if (HS_MUTANT_EPOCH_GAP && header->height - last_height > 1) {
        return false;
    }
    return header->transaction_count == 0 && header->payload_bytes == 0 &&
           memcmp(&header->state_root, &parent->header.state_root, sizeof(header->state_root)) == 0;
}

/* S1 */
enum hs_status hs_safety_well_formed(const struct hs_block *block, const struct hs_block *parent,
                                     uint32_t leader, uint64_t last_height)
{
    const struct hs_block_header *header = &block->header;
    const struct hs_qc *justify = &header->justify;
    /* P4: views begin anew in each epoch, on a certificate of view 0. */
    bool begins_epoch = header->epoch > 0 && parent->header.epoch == header->epoch - 1;
    uint64_t parent_view = begins_epoch ? 0 : parent->header.view;

    bool from_leader = header->proposer == leader;
    bool names_parent = memcmp(&header->parent_id, &parent->id, sizeof(parent->id)) == 0 &&
                        (memcmp(&justify->block_id, &parent->id, sizeof(parent->id)) == 0 ||
                         HS_MUTANT_PARENT_UNCHECKED);
    /* S7: a QC's view and epoch are the block's own. The view-0 certificate names the
     * genesis block, whose view is 0, or the block that ended the epoch before. */
    bool justify_is_parents =
        (justify->view == parent_view || HS_MUTANT_PARENT_UNCHECKED || HS_MUTANT_QC_VIEW_UNBOUND) &&
        justify->epoch == header->epoch;
    bool in_order = (header->epoch == parent->header.epoch || begins_epoch) &&
                    (header->height == parent->header.height + 1 || HS_MUTANT_HEIGHT_UNCHECKED) &&
                    header->view > justify->view;
    /* Without the bound one block at the end of time would be the last: none could follow it. */
    bool in_time =
        header->timestamp_ms > parent->header.timestamp_ms &&
        (header->timestamp_ms - parent->header.timestamp_ms <= HS_BLOCK_TIME_STEP_MAX_MS ||
         HS_MUTANT_TIME_UNBOUNDED);

    return from_leader && names_parent && justify_is_parents && in_order && in_time &&
                   is_right_tail(header, parent, last_height)
               ? HS_OK
               : HS_PROTOCOL_VIOLATION;
}

/* S3 */
enum hs_status hs_safety_extends(const struct hs_safety_record *record,
                                 const struct hs_block *block, const struct hs_entry_proof *proof)
{
    uint64_t view = block->header.view;
    uint64_t justify_view = block->header.justify.view;

    if (HS_MUTANT_HIDDEN_LOCK) {
        return justify_view >= record->locked_view ? HS_OK : HS_PROTOCOL_VIOLATION;
    }
    if (!proof->has_tc) {
        return view == justify_view + 1 ? HS_OK : HS_PROTOCOL_VIOLATION;
    }
    bool enters_view = proof->tc_view + 1 == view;
    bool covers_tc = justify_view >= proof->tc_high_qc_view || HS_MUTANT_LOW_JUSTIFY;
    return enters_view && covers_tc ? HS_OK : HS_PROTOCOL_VIOLATION;
}

/* S2 */
enum hs_status hs_safety_may_vote(const struct hs_safety_record *record, uint64_t current_view,
                                  uint64_t block_view)
{
    bool in_current_view = block_view == current_view;
    bool first_in_view = block_view > record->last_voted_view || HS_MUTANT_VOTE_TWICE;
    return in_current_view && first_in_view ? HS_OK : HS_UNSAFE;
}

/* S4 */
void hs_safety_sign_vote(struct hs_safety_record *record, const struct hs_block *block)
{
    record->last_voted_view = max_u64(record->last_voted_view, block->header.view);
    record->locked_view = max_u64(record->locked_view, block->header.justify.view);
    record->vote_view = block->header.view;
    record->vote_block_id = block->id;
}

/* S5 */
bool hs_safety_commits(const struct hs_block *parent, const struct hs_block *child)
{
    bool is_child = memcmp(&child->header.parent_id, &parent->id, sizeof(parent->id)) == 0;
    bool consecutive = child->header.epoch == parent->header.epoch &&
                       child->header.view == parent->header.view + 1;
    return is_child && (consecutive || HS_MUTANT_GAP_COMMIT);
}

/* S6 */
enum hs_status hs_safety_may_change_view(const struct hs_safety_record *record,
                                         uint64_t current_view, uint64_t high_qc_view,
                                         uint64_t tc_view)
{
    bool below_view = high_qc_view < current_view;
    bool entry_proved =
        current_view == high_qc_view + 1 || (tc_view > 0 && current_view == tc_view + 1);
    bool covers_lock = high_qc_view >= record->locked_view;
    bool not_back = current_view >= record->last_voted_view;
    return below_view && entry_proved && covers_lock && not_back ? HS_OK : HS_UNSAFE;
}

/* S6 */
void hs_safety_sign_view_change(struct hs_safety_record *record, uint64_t view,
                                uint64_t high_qc_view)
{
    if (!HS_MUTANT_VOTE_AFTER_TIMEOUT) {
        record->last_voted_view = max_u64(record->last_voted_view, view);
    }
    record->view_change_view = view;
    record->view_change_high_qc_view = high_qc_view;
}
