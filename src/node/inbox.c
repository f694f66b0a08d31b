/* Messages in, events of the core out.
 *
 *     decoded -> no pairing needed: straight to the core, or to who asked
 *             -> a parcel, checked on a worker (parcels.c) -> its event
 *
 * Views that are over cost no pairing: their sender hears where this node stands (L13).
 */
#include "node/node_internal.h"

void hs_node_blame_peer(struct hs_node *node, uint32_t peer, enum hs_status why)
{
    switch (hs_status_reaction(why)) {
    case HS_CONTINUE:
        return;
    case HS_IGNORE:
    case HS_REFUSE:
    case HS_STOP:
        node->counters.messages_ignored++;
        return;
    case HS_DROP_PEER:
        node->counters.messages_refused++;
        if (node->network != NULL && hs_peer_is_known(node, peer)) {
            node->network->drop_peer(node->network->context, peer, why);
        }
        return;
    }
}
/* -- delivery -------------------------------------------------------------------------- */

static void deliver_tc(struct hs_node *node, const struct hs_parcel *parcel)
{
    if (parcel->tc_needed != NULL) {
        struct hs_event event = {.type = HS_EVENT_TC};
        event.tc.tc = &parcel->tc;
        event.tc.peer = parcel->member;
        enum hs_status status;
        hs_node_feed(node, &event, &status);
    }
}

static void handle_qc(struct hs_node *node, const struct hs_parcel *parcel)
{
    struct hs_event event = {.type = HS_EVENT_QC};
    event.qc.qc = &parcel->qc;
    event.qc.peer = parcel->member;
    enum hs_status status;
    hs_node_feed(node, &event, &status);
    deliver_tc(node, parcel);
}

static void handle_view_change(struct hs_node *node, const struct hs_parcel *parcel)
{
    deliver_tc(node, parcel); /* L6: its proof of entry goes first */
    struct hs_admitted_view_change admitted;
    enum hs_status status =
        hs_admit_view_change(&node->epoch->verifier, &admitted,
                             &parcel->message.view_change.view_change, parcel->member, &parcel->qc);
    if (status == HS_OK) {
        struct hs_event event = {.type = HS_EVENT_VIEW_CHANGE, .view_change = &admitted};
        hs_node_feed(node, &event, &status);
    }
    hs_node_blame_peer(node, parcel->peer, status);
}

static void handle_proposal(struct hs_node *node, struct hs_parcel *parcel)
{
    const struct hs_block *block = hs_verified_block_get(&parcel->block);
    struct hs_transaction_summary *transactions = parcel->transactions;
    parcel->transactions = NULL;
    enum hs_status held =
        hs_chain_hold(node, block, parcel->buffer, parcel->message.proposal.payload, transactions);
    if (held == HS_FULL) {
        hs_node_blame_peer(node, parcel->peer, held);
        return;
    }
    struct hs_event event = {.type = HS_EVENT_PROPOSAL};
    event.proposal.block = &parcel->block;
    event.proposal.leader_vote = &parcel->leader_vote;
    event.proposal.tc = parcel->tc_needed != NULL ? &parcel->tc : NULL;
    event.proposal.peer = parcel->member;
    enum hs_status status;
    hs_node_feed(node, &event, &status);
    if (held == HS_OK && status != HS_OK) {
        hs_chain_drop_refused(node, &block->id);
    }
    hs_chain_drop_unheld(node);
    hs_node_blame_peer(node, parcel->peer, status);
}

void hs_inbox_deliver(struct hs_node *node, struct hs_parcel *parcel)
{
    switch (parcel->message.type) {
    case HS_MESSAGE_PROPOSAL:
        handle_proposal(node, parcel);
        return;
    case HS_MESSAGE_QC:
    case HS_MESSAGE_STATUS:
        handle_qc(node, parcel);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        handle_view_change(node, parcel);
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        if (parcel->ends_epoch) {
            hs_epoch_sync_take(node, parcel);
        } else {
            hs_sync_take_range(node, parcel);
        }
        return;
    case HS_MESSAGE_VOTE:
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_BLOCK_RESPONSE:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_TRANSACTIONS:
        return; /* these need no parcel */
    }
}

/* -- arrival ------------------------------------------------------------------------------ */

static void start_parcel(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                         const struct hs_qc *qc, const struct hs_tc *tc)
{
    hs_parcel_start(node, peer, buffer, qc, tc, false);
}

static void peer_behind(struct hs_node *node, uint32_t peer)
{
    node->counters.messages_ignored++;
    uint32_t member = hs_member_of_peer(node, peer);
    struct hs_event event = {.type = HS_EVENT_PEER_BEHIND, .peer = member};
    enum hs_status status;
    hs_node_feed(node, &event, &status);
}

static void handle_vote(struct hs_node *node, uint32_t peer)
{
    struct hs_admitted_vote admitted;
    enum hs_status status =
        hs_admit_vote(&node->epoch->verifier, &admitted, &node->inbox.scratch.vote,
                      hs_member_of_peer(node, peer)); /* L9 */
    if (status != HS_OK) {
        hs_node_blame_peer(node, peer, status);
        return;
    }
    struct hs_event event = {.type = HS_EVENT_VOTE, .vote = &admitted};
    hs_node_feed(node, &event, &status);
    /* A second vote of a view is evidence (S8), and what shows it is worth hearing. */
    if (status != HS_PROTOCOL_VIOLATION) {
        hs_node_blame_peer(node, peer, status);
    }
}

static void receive_proposal(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                             const struct hs_core_status *core)
{
    const struct hs_message *message = &node->inbox.scratch;
    if (message->proposal.header.view < core->view) {
        peer_behind(node, peer); /* L13 */
        return;
    }
    start_parcel(node, peer, buffer, &message->proposal.header.justify,
                 message->proposal.has_tc ? &message->proposal.tc : NULL);
}

static void receive_view_change(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                                const struct hs_core_status *core)
{
    const struct hs_message *message = &node->inbox.scratch;
    if (message->view_change.view_change.view < core->view) {
        peer_behind(node, peer); /* L13 */
        return;
    }
    bool entry_unproved =
        message->view_change.has_tc && message->view_change.tc.view >= core->view; /* L6 */
    start_parcel(node, peer, buffer, &message->view_change.view_change.high_qc,
                 entry_unproved ? &message->view_change.tc : NULL);
}

static void receive_status(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                           const struct hs_core_status *core)
{
    const struct hs_message *message = &node->inbox.scratch;
    const struct hs_qc *high_qc = &message->status.high_qc;
    uint64_t tc_view = message->status.has_tc ? message->status.tc.view : 0;
    uint64_t last_view = high_qc->view > tc_view ? high_qc->view : tc_view;
    if (last_view + 1 < core->view) {
        peer_behind(node, peer); /* L13 */
    }
    bool newer_tc = message->status.has_tc && tc_view >= core->view;
    if (high_qc->view > core->high_qc_view || newer_tc) {
        start_parcel(node, peer, buffer, high_qc, newer_tc ? &message->status.tc : NULL);
    }
}

static void receive_qc(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                       const struct hs_core_status *core)
{
    if (node->inbox.scratch.qc.view <= core->high_qc_view) {
        node->counters.messages_ignored++;
        return;
    }
    start_parcel(node, peer, buffer, &node->inbox.scratch.qc, NULL);
}

static void receive_range(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer)
{
    const struct hs_message *message = &node->inbox.scratch;
    bool ends_epoch = hs_epoch_sync_expects(node, peer, message);
    if (ends_epoch || hs_sync_expects_range(node, peer, message)) {
        hs_parcel_start(node, peer, buffer,
                        message->range_response.has_qc ? &message->range_response.qc : NULL, NULL,
                        ends_epoch);
    }
}

/* P5. An answer is to a question of this epoch, or comes too late. */
static bool of_another_epoch(struct hs_node *node, uint32_t peer, struct hs_bytes bytes)
{
    uint64_t epoch;
    bool endless = node->epoch->fixed.last_height == UINT64_MAX; /* then there is no other one */
    if (endless || !hs_message_epoch(bytes, &epoch)) {
        return false;
    }
    bool is_answer =
        bytes.data[0] == HS_MESSAGE_BLOCK_RESPONSE || bytes.data[0] == HS_MESSAGE_RANGE_RESPONSE;
    if (is_answer && epoch != hs_node_epoch_number(node)) {
        node->counters.messages_ignored++;
        return true;
    }
    if (!is_answer && epoch < hs_node_epoch_number(node)) {
        hs_evidence_watch_late(node, peer, bytes, epoch); /* S8 */
    }
    return !is_answer && !hs_peer_shows_epoch(node, peer, epoch);
}

void hs_inbox_receive(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer)
{
    struct hs_message *message = &node->inbox.scratch;
    struct hs_bytes bytes = {buffer->data, buffer->size};
    if (hs_peer_is_known(node, peer)) {
        node->peers[peer].silent = false;
    }
    if (of_another_epoch(node, peer, bytes)) {
        return; /* P5 */
    }
    enum hs_status status = hs_message_decode(message, bytes, node->epoch->fixed.validators.count);
    if (status != HS_OK) {
        hs_node_blame_peer(node, peer, status);
        return;
    }
    hs_evidence_watch(node, peer, message); /* S8 */
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        receive_proposal(node, peer, buffer, &core);
        return;
    case HS_MESSAGE_VOTE:
        handle_vote(node, peer);
        return;
    case HS_MESSAGE_QC:
        receive_qc(node, peer, buffer, &core);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        receive_view_change(node, peer, buffer, &core);
        return;
    case HS_MESSAGE_STATUS:
        receive_status(node, peer, buffer, &core);
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
        hs_answers_ask_block(node, peer, &message->block_request);
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        hs_sync_take_block(node, peer, buffer, message);
        return;
    case HS_MESSAGE_RANGE_REQUEST:
        hs_answers_ask_range(node, peer, message->range_request.epoch,
                             message->range_request.from_height);
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        receive_range(node, peer, buffer);
        return;
    case HS_MESSAGE_TRANSACTIONS:
        hs_admission_take_peer_batch(node, peer, buffer, message);
        return;
    }
}
