/* Wrong proposals, view changes and votes, each made of a right one. See forgeries.h. */
#include <string.h>

#include "base/bitmap.h"
#include "sim/forgeries_internal.h"
#include "wire/statement.h"

/* -- proposals --------------------------------------------------------------------------------- */

#define HEADER_LINE(name, change)                                                                  \
    bool name(const struct hs_forger *forger, struct hs_message *message)                          \
    {                                                                                              \
        struct hs_block_header *header = &message->proposal.header;                                \
        change;                                                                                    \
        return hs_forger_sign(forger, message);                                                    \
    }

HEADER_LINE(hs_forge_proposal_version, header->version++)
HEADER_LINE(hs_forge_proposal_chain, header->chain_id.bytes[0] ^= 1)
HEADER_LINE(hs_forge_proposal_epoch, header->epoch++)
HEADER_LINE(hs_forge_proposal_view_above, header->view++)
HEADER_LINE(hs_forge_proposal_height, header->height--)
HEADER_LINE(hs_forge_proposal_height_above, header->height++)
HEADER_LINE(hs_forge_proposal_height_zero, header->height = 0)
HEADER_LINE(hs_forge_proposal_parent, header->parent_id.bytes[0] ^= 1)
HEADER_LINE(hs_forge_proposal_past, header->timestamp_ms = 0)
HEADER_LINE(hs_forge_proposal_end_of_time, header->timestamp_ms = UINT64_MAX)
HEADER_LINE(hs_forge_proposal_payload_root, header->payload_root.bytes[0] ^= 1)
HEADER_LINE(hs_forge_proposal_count, header->transaction_count++)
HEADER_LINE(hs_forge_proposal_state_root, header->state_root.bytes[0] ^= 1)
HEADER_LINE(hs_forge_proposal_base_fee, header->base_fee.units++)
#undef HEADER_LINE

/* Another validator whose key it has puts its name to it. */
bool hs_forge_proposal_proposer(const struct hs_forger *forger, struct hs_message *message)
{
    struct hs_block_header *header = &message->proposal.header;
    uint32_t other = hs_bitmap_next(&forger->keys, header->proposer + 1);
    if (other >= HS_VALIDATORS_MAX) {
        other = hs_bitmap_next(&forger->keys, 0);
    }
    bool is_other = other < HS_VALIDATORS_MAX && other != header->proposer;
    header->proposer = other;
    return is_other && hs_forger_sign(forger, message);
}

bool hs_forge_proposal_beyond_set(const struct hs_forger *forger, struct hs_message *message)
{
    message->proposal.header.proposer = forger->set->count;
    return true;
}

/* Of one transaction, it says, and its bytes are none. */
bool hs_forge_proposal_payload(const struct hs_forger *forger, struct hs_message *message)
{
    static const uint8_t no_transaction[8] = {0xff, 0xff, 0xff, 0xff};
    message->proposal.payload = (struct hs_bytes){no_transaction, sizeof(no_transaction)};
    message->proposal.header.payload_bytes = sizeof(no_transaction);
    message->proposal.header.transaction_count = 1;
    return hs_forger_sign(forger, message);
}

bool hs_forge_proposal_vrf(const struct hs_forger *forger, struct hs_message *message)
{
    message->proposal.header.vrf_proof_bytes = HS_VRF_PROOF_BYTES_MAX / 2;
    memset(message->proposal.header.vrf_proof, 0x80, HS_VRF_PROOF_BYTES_MAX / 2);
    return hs_forger_sign(forger, message);
}

bool hs_forge_proposal_vote_infinity(const struct hs_forger *forger, struct hs_message *message)
{
    (void)forger;
    hs_forge_infinity(&message->proposal.leader_vote);
    return true;
}

/* S3 */
bool hs_forge_proposal_no_tc(const struct hs_forger *forger, struct hs_message *message)
{
    (void)forger;
    bool needs_tc = message->proposal.has_tc &&
                    message->proposal.header.justify.view + 1 < message->proposal.header.view;
    message->proposal.has_tc = false;
    return needs_tc;
}

/* S3 */
bool hs_forge_proposal_low_justify(const struct hs_forger *forger, struct hs_message *message)
{
    struct hs_block_header *header = &message->proposal.header;
    if (!message->proposal.has_tc || forger->other_qc.view >= message->proposal.tc.high_qc.view) {
        return false;
    }
    header->justify = forger->other_qc;
    header->parent_id = forger->other_qc.block_id;
    header->height = forger->other_height + 1;
    return hs_forger_sign(forger, message);
}

/* -- view changes ------------------------------------------------------------------------------ */

/* Its last vote is always its author's, as far as the wire says. */
static bool sign_view_change(const struct hs_forger *forger, struct hs_message *message)
{
    struct hs_view_change *view_change = &message->view_change.view_change;
    view_change->last_vote.epoch = view_change->epoch;
    view_change->last_vote.voter = view_change->author;
    return hs_forger_sign(forger, message);
}

static bool with_last_vote(const struct hs_forger *forger, struct hs_message *message,
                           uint64_t view)
{
    struct hs_view_change *view_change = &message->view_change.view_change;
    struct hs_bitmap author = {{0}};
    view_change->has_last_vote = true;
    view_change->last_vote.view = view;
    view_change->last_vote.block_id = view_change->high_qc.block_id;
    struct hs_statement statement = hs_statement_of_vote(&view_change->last_vote);
    hs_bitmap_set(&author, view_change->author);
    return hs_forger_aggregate(forger, &view_change->last_vote.signature, &author, &statement) &&
           sign_view_change(forger, message);
}

/* Its name is another's, and so is the signature where it has the key. */
bool hs_forge_view_change_author(const struct hs_forger *forger, struct hs_message *message)
{
    struct hs_view_change *view_change = &message->view_change.view_change;
    view_change->author = (view_change->author + 1) % forger->set->count;
    view_change->last_vote.voter = view_change->author;
    bool signed_by_other = sign_view_change(forger, message);
    (void)signed_by_other;
    return true;
}

bool hs_forge_view_change_beyond_set(const struct hs_forger *forger, struct hs_message *message)
{
    message->view_change.view_change.author = forger->set->count;
    message->view_change.view_change.last_vote.voter = forger->set->count;
    return true;
}

bool hs_forge_view_change_epoch(const struct hs_forger *forger, struct hs_message *message)
{
    message->view_change.view_change.epoch++;
    return sign_view_change(forger, message);
}

/* S6 */
bool hs_forge_view_change_low_view(const struct hs_forger *forger, struct hs_message *message)
{
    struct hs_view_change *view_change = &message->view_change.view_change;
    view_change->view = view_change->high_qc.view;
    return sign_view_change(forger, message);
}

/* L6: what it carries leads to the view below. */
bool hs_forge_view_change_view_above(const struct hs_forger *forger, struct hs_message *message)
{
    message->view_change.view_change.view++;
    return sign_view_change(forger, message);
}

/* L6 */
bool hs_forge_view_change_no_tc(const struct hs_forger *forger, struct hs_message *message)
{
    (void)forger;
    bool had_tc = message->view_change.has_tc;
    message->view_change.has_tc = false;
    return had_tc;
}

/* S6: nobody gives up a view below one that it voted in. */
bool hs_forge_view_change_later_vote(const struct hs_forger *forger, struct hs_message *message)
{
    return with_last_vote(forger, message, message->view_change.view_change.view + 1);
}

bool hs_forge_view_change_zero_vote(const struct hs_forger *forger, struct hs_message *message)
{
    return with_last_vote(forger, message, 0);
}

bool hs_forge_view_change_vote_infinity(const struct hs_forger *forger, struct hs_message *message)
{
    bool made = with_last_vote(forger, message, message->view_change.view_change.view);
    hs_forge_infinity(&message->view_change.view_change.last_vote.signature);
    return made;
}

bool hs_forge_view_change_infinity(const struct hs_forger *forger, struct hs_message *message)
{
    (void)forger;
    hs_forge_infinity(&message->view_change.view_change.signature);
    return true;
}

/* -- votes ------------------------------------------------------------------------------------- */

/* L9: whoever sends it. Signed by whom it names, where it has the key. */
bool hs_forge_vote_voter(const struct hs_forger *forger, struct hs_message *message)
{
    message->vote.voter = (message->vote.voter + 1) % forger->set->count;
    bool signed_by_other = hs_forger_sign(forger, message);
    (void)signed_by_other;
    return true;
}

bool hs_forge_vote_beyond_set(const struct hs_forger *forger, struct hs_message *message)
{
    message->vote.voter = forger->set->count;
    return true;
}

bool hs_forge_vote_zero(const struct hs_forger *forger, struct hs_message *message)
{
    message->vote.view = 0;
    return hs_forger_sign(forger, message);
}

bool hs_forge_vote_epoch(const struct hs_forger *forger, struct hs_message *message)
{
    message->vote.epoch++;
    return hs_forger_sign(forger, message);
}

bool hs_forge_vote_infinity(const struct hs_forger *forger, struct hs_message *message)
{
    (void)forger;
    hs_forge_infinity(&message->vote.signature);
    return true;
}

bool hs_forge_vote_not_canonical(const struct hs_forger *forger, struct hs_message *message)
{
    (void)forger;
    message->vote.signature.bytes[0] ^= 0x80;
    return true;
}

bool hs_forge_vote_other_block(const struct hs_forger *forger, struct hs_message *message)
{
    (void)forger;
    message->vote.block_id.bytes[0] ^= 1;
    return true;
}

bool hs_forge_vote_of_view_change(const struct hs_forger *forger, struct hs_message *message)
{
    struct hs_vote *vote = &message->vote;
    struct hs_statement statement = {.type = HS_STATEMENT_VIEW_CHANGE,
                                     .epoch = vote->epoch,
                                     .view = vote->view,
                                     .high_qc_view = vote->view - 1};
    struct hs_bitmap voter = {{0}};
    hs_bitmap_set(&voter, vote->voter);
    return hs_forger_aggregate(forger, &vote->signature, &voter, &statement);
}

bool hs_forge_vote_off_curve(const struct hs_forger *forger, struct hs_message *message)
{
    (void)forger;
    return hs_forge_off_curve(&message->vote.signature);
}
