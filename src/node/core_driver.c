/* Steps of the core, and its actions carried out in their order (hotstuff/core.h).
 *
 * What the node itself can answer at once (a block executed, a block built) is deferred: it is
 * fed after the step that asked, from a queue, so that a chain of one validator needs no more
 * stack than a chain of a hundred (L11).
 */
#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "node/node_internal.h"

uint64_t hs_node_now_ns(const struct hs_node *node)
{
    return node->config.clock.now_ns(node->config.clock.context);
}

void hs_node_submit_job(struct hs_node *node, enum hs_lane lane, struct hs_job *job)
{
    node->jobs_under_way++;
    node->config.workers->submit(node->config.workers->context, lane, job);
}

void hs_node_job_came_back(struct hs_node *node)
{
    HS_ASSERT(node->jobs_under_way > 0);
    node->jobs_under_way--;
}

/* D3: nothing is signed any more; the owner ends the process. */
void hs_node_fail_writes(struct hs_node *node, const char *what)
{
    if (node->health == HS_NODE_WRITE_FAILED) {
        return;
    }
    hs_log_event(node->config.log, HS_LOG_ERROR, HS_LOG_STORAGE, "durable_write_failed",
                 "what=\"%s\" action=\"free space or replace the disk, then start again\"", what);
    node->health = HS_NODE_WRITE_FAILED;
    node->durability.failed = true;
    struct hs_event event = {.type = HS_EVENT_DURABLE_WRITE_FAILED};
    enum hs_status status;
    hs_node_feed(node, &event, &status);
}

/* -- sending ------------------------------------------------------------------------ */

/* Finds the payload of a block to be proposed: in its message, else in the log. */
static bool find_payload(struct hs_node *node, const struct hs_block *block,
                         struct hs_bytes *payload)
{
    const struct hs_held_block *held = hs_chain_find(node, &block->id);
    if (held != NULL && held->buffer != NULL) {
        *payload = held->payload;
        return true;
    }
    struct hs_log_position position;
    struct hs_log_block record;
    if (hs_block_log_find_block(node->durability.log, &block->id, &position) != HS_OK ||
        hs_block_log_read_block(node->durability.log, position, &record) != HS_OK) {
        return false;
    }
    *payload = record.payload;
    return true;
}

static bool fill_message(struct hs_node *node, const struct hs_outbound *outbound,
                         struct hs_message *message)
{
    switch (outbound->type) {
    case HS_OUTBOUND_PROPOSAL:
        message->type = HS_MESSAGE_PROPOSAL;
        message->proposal.header = outbound->proposal.block->header;
        message->proposal.leader_vote = *outbound->proposal.leader_vote;
        message->proposal.has_tc = outbound->proposal.tc != NULL;
        if (outbound->proposal.tc != NULL) {
            message->proposal.tc = *outbound->proposal.tc;
        }
        return find_payload(node, outbound->proposal.block, &message->proposal.payload);
    case HS_OUTBOUND_VOTE:
        message->type = HS_MESSAGE_VOTE;
        message->vote = *outbound->vote;
        return true;
    case HS_OUTBOUND_QC:
        message->type = HS_MESSAGE_QC;
        message->qc = *outbound->qc;
        hs_own_proofs_show(node, message);
        return true;
    case HS_OUTBOUND_VIEW_CHANGE:
        message->type = HS_MESSAGE_VIEW_CHANGE;
        message->view_change.view_change = *outbound->view_change.view_change;
        message->view_change.has_tc = outbound->view_change.tc != NULL;
        if (outbound->view_change.tc != NULL) {
            message->view_change.tc = *outbound->view_change.tc;
        }
        return true;
    case HS_OUTBOUND_STATUS:
        message->type = HS_MESSAGE_STATUS;
        message->status.high_qc = *outbound->status.high_qc;
        message->status.has_tc = outbound->status.tc != NULL;
        if (outbound->status.tc != NULL) {
            message->status.tc = *outbound->status.tc;
        }
        return true;
    }
    return false;
}

static struct hs_buffer *encode(const struct hs_message *message, uint32_t validator_count)
{
    size_t size = hs_message_encoded_size(message, validator_count);
    struct hs_buffer *buffer = size <= HS_MESSAGE_BYTES_MAX ? hs_buffer_new(size) : NULL;
    if (buffer == NULL) {
        return NULL;
    }
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, validator_count);
    HS_ASSERT(!writer.failed && writer.offset == size);
    return buffer;
}

void hs_node_send_message_of(struct hs_node *node, uint32_t to, enum hs_message_class message_class,
                             const struct hs_message *message, uint32_t validator_count)
{
    struct hs_buffer *buffer = node->network != NULL ? encode(message, validator_count) : NULL;
    if (buffer == NULL) {
        return;
    }
    /* A peer that can't be reached hears it when it is back (L12, L13). */
    enum hs_status status = node->network->send(node->network->context, to, message_class, buffer);
    (void)status;
    hs_buffer_release(buffer);
}

void hs_node_send_message(struct hs_node *node, uint32_t to, enum hs_message_class message_class,
                          const struct hs_message *message)
{
    hs_node_send_message_of(node, to, message_class, message, node->epoch->fixed.validators.count);
}

void hs_node_broadcast_message(struct hs_node *node, enum hs_audience audience,
                               enum hs_message_class message_class,
                               const struct hs_message *message)
{
    struct hs_buffer *buffer = encode(message, node->epoch->fixed.validators.count);
    if (buffer != NULL) {
        hs_peers_broadcast(node, audience, message_class, buffer);
        hs_buffer_release(buffer);
    }
}

void hs_node_send_status(struct hs_node *node, uint32_t peer)
{
    struct hs_message *message = &node->outgoing;
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    const struct hs_tc *tc = core.ended ? NULL : hs_core_entry_tc(node->epoch->core);
    message->type = HS_MESSAGE_STATUS;
    message->status.high_qc = core.ended ? *hs_core_commit_certificate(node->epoch->core)
                                         : *hs_core_high_qc(node->epoch->core);
    message->status.has_tc = tc != NULL;
    if (tc != NULL) {
        message->status.tc = *tc;
    }
    hs_node_send_message(node, peer, HS_CLASS_CONSENSUS, message);
}

/* A QC is all that a follower needs: it asks for the block (L10). */
static enum hs_audience audience_of(enum hs_outbound_type type)
{
    switch (type) {
    case HS_OUTBOUND_PROPOSAL:
    case HS_OUTBOUND_VOTE:
    case HS_OUTBOUND_VIEW_CHANGE:
        return HS_TO_VOTERS;
    case HS_OUTBOUND_QC:
    case HS_OUTBOUND_STATUS:
        return HS_TO_ALL;
    }
    return HS_TO_ALL;
}

static void send_outbound(struct hs_node *node, bool broadcast, uint32_t to,
                          const struct hs_outbound *outbound)
{
    struct hs_message *message = &node->outgoing;
    if (node->network == NULL || !fill_message(node, outbound, message)) {
        return;
    }
    if (broadcast) {
        hs_node_broadcast_message(node, audience_of(outbound->type), HS_CLASS_CONSENSUS, message);
    } else {
        hs_node_send_message(node, hs_peer_of_member(node, to), HS_CLASS_CONSENSUS, message);
    }
}

/* -- aggregates ------------------------------------------------------------------------ */

static void run_aggregate(struct hs_job *job)
{
    struct hs_aggregate_job *aggregate = (struct hs_aggregate_job *)job;
    hs_check_aggregate(&aggregate->epoch->verifier, &aggregate->result, &aggregate->request,
                       &aggregate->vote_hash);
}

static void take_aggregate(struct hs_node *node, const struct hs_aggregate_result *result)
{
    if (result->has_certificate) {
        node->counters.certificates_verified++;
        if (result->type == HS_STATEMENT_VOTE) {
            hs_certificate_cache_add_qc(&node->epoch->certificates, &result->qc);
        } else {
            hs_certificate_cache_add_tc(&node->epoch->certificates, &result->tc);
        }
    }
    struct hs_event event = {.type = HS_EVENT_AGGREGATE_CHECKED, .aggregate = result};
    enum hs_status status;
    hs_node_feed(node, &event, &status);
}

/* One of an epoch that is over moves nothing (P5). */
static void done_aggregate(struct hs_job *job)
{
    struct hs_aggregate_job *aggregate = (struct hs_aggregate_job *)job;
    struct hs_node *node = aggregate->node;
    hs_node_job_came_back(node);
    aggregate->busy = false;
    if (aggregate->epoch == node->epoch) {
        take_aggregate(node, &aggregate->result);
    }
    hs_node_epoch_release(node, aggregate->epoch);
}

/* The core has one check of votes and one of view changes under way at a time. */
static void check_aggregate(struct hs_node *node, const struct hs_aggregate_request *request)
{
    for (uint32_t i = 0; i < HS_AGGREGATE_JOBS; i++) {
        struct hs_aggregate_job *aggregate = &node->epoch->aggregate_jobs[i];
        if (!aggregate->busy) {
            aggregate->job.run = run_aggregate;
            aggregate->job.done = done_aggregate;
            aggregate->node = node;
            aggregate->epoch = hs_node_epoch_retain(node->epoch);
            aggregate->busy = true;
            aggregate->request = *request;
            aggregate->vote_hash = node->signing.vote_hash;
            hs_node_submit_job(node, HS_LANE_URGENT, &aggregate->job);
            return;
        }
    }
    HS_ASSERT(false);
}

/* -- actions ------------------------------------------------------------------------------- */

static void blame(struct hs_node *node, const struct hs_bitmap *signers)
{
    for (uint32_t i = hs_bitmap_next(signers, 0); i < node->epoch->fixed.validators.count;
         i = hs_bitmap_next(signers, i + 1)) {
        hs_node_blame_peer(node, hs_peer_of_member(node, i), HS_BAD_SIGNATURE);
    }
}

static void diverged(struct hs_node *node, const struct hs_block_id *id)
{
    node->health = HS_NODE_DIVERGED;
    hs_log_event(node->config.log, HS_LOG_ERROR, HS_LOG_LEDGER, "state_diverged",
                 "block=0x%02x%02x%02x%02x action=\"stop and report: this replica computes another "
                 "state than the certified one\"",
                 id->bytes[0], id->bytes[1], id->bytes[2], id->bytes[3]);
}

/* The core knows members only; who spoke of the block may have left the set. */
static void fetch(struct hs_node *node, const struct hs_block_id *id, uint32_t member,
                  const struct hs_bitmap *signers)
{
    uint32_t peer = hs_peer_of_member(node, member);
    hs_sync_want(node, id, peer != HS_NO_PEER ? peer : node->speaker, signers);
}

static void carry_out(struct hs_node *node, const struct hs_action *action)
{
    switch (action->type) {
    case HS_ACTION_PERSIST:
        hs_durability_persist(node, action->persist);
        return;
    case HS_ACTION_SIGN:
        hs_signing_ask(node, &action->sign);
        return;
    case HS_ACTION_SEND:
        send_outbound(node, false, action->send.to, &action->send.message);
        return;
    case HS_ACTION_BROADCAST:
        send_outbound(node, true, 0, &action->send.message);
        return;
    case HS_ACTION_CHECK_AGGREGATE:
        check_aggregate(node, action->check);
        return;
    case HS_ACTION_BUILD:
        hs_chain_build(node, action->build.view, action->build.parent, action->build.justify);
        return;
    case HS_ACTION_EXECUTE:
        hs_chain_execute(node, action->execute.block);
        return;
    case HS_ACTION_COMMIT:
        hs_chain_commit(node, &action->commit.block->id, action->commit.certificate);
        return;
    case HS_ACTION_FETCH:
        fetch(node, &action->fetch.block_id, action->fetch.peer, &action->fetch.signers);
        return;
    case HS_ACTION_EVIDENCE:
        hs_evidence_check_votes(node, &action->evidence.first, &action->evidence.second);
        return;
    case HS_ACTION_BLAME:
        blame(node, &action->blame);
        return;
    case HS_ACTION_DIVERGED:
        diverged(node, &action->diverged);
        return;
    case HS_ACTION_WAKE:
        node->wake_ns = action->wake_ns;
        return;
    }
}

static void count_view(struct hs_node *node)
{
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    if (core.view != node->view) {
        node->view = core.view;
        hs_own_proofs_look_ahead(node);
        if (hs_core_entry_tc(node->epoch->core) != NULL) {
            node->counters.views_by_timeout++;
            hs_chain_shrink_own_blocks(node);
        }
    }
}

static void step(struct hs_node *node, struct hs_event *event, enum hs_status *status)
{
    HS_ASSERT(!node->stepping);
    node->stepping = true;
    event->now_ns = hs_node_now_ns(node);
    *status = hs_core_step(node->epoch->core, event, &node->actions);
    count_view(node);
    for (size_t i = 0; i < node->actions.count; i++) {
        carry_out(node, &node->actions.list[i]);
    }
    node->stepping = false;
}

void hs_node_defer(struct hs_node *node, const struct hs_deferred *deferred)
{
    HS_ASSERT(node->deferred_count < HS_DEFERRED_MAX);
    uint32_t slot = (node->deferred_head + node->deferred_count) % HS_DEFERRED_MAX;
    node->deferred[slot] = *deferred;
    node->deferred_count++;
}

static void feed_executed(struct hs_node *node, const struct hs_deferred *deferred)
{
    struct hs_event event = {.type = HS_EVENT_BLOCK_EXECUTED};
    event.executed.block_id = deferred->block_id;
    event.executed.valid = deferred->valid;
    enum hs_status status;
    step(node, &event, &status);
}

/* A block that the core no longer has a use for is forgotten, its transactions wait again. */
static void feed_built(struct hs_node *node, const struct hs_deferred *deferred)
{
    struct hs_held_block *held =
        deferred->has_block ? hs_chain_find(node, &deferred->block_id) : NULL;
    struct hs_event event = {.type = HS_EVENT_BLOCK_BUILT};
    event.built.block = held != NULL ? &held->block : NULL;
    event.built.view = deferred->view;
    enum hs_status status;
    step(node, &event, &status);
    if (status != HS_OK && held != NULL) {
        hs_chain_drop(node, held);
    }
}

static void answer_deferred(struct hs_node *node, const struct hs_deferred *deferred)
{
    switch (deferred->type) {
    case HS_DEFERRED_EXECUTED:
        feed_executed(node, deferred);
        return;
    case HS_DEFERRED_BUILT:
        feed_built(node, deferred);
        return;
    }
}

void hs_node_run_deferred(struct hs_node *node)
{
    while (!node->stepping && node->deferred_count > 0) {
        struct hs_deferred deferred = node->deferred[node->deferred_head];
        node->deferred_head = (node->deferred_head + 1) % HS_DEFERRED_MAX;
        node->deferred_count--;
        answer_deferred(node, &deferred);
    }
    if (!node->stepping && node->write_failure_waiting) {
        node->write_failure_waiting = false;
        struct hs_event failure = {.type = HS_EVENT_DURABLE_WRITE_FAILED};
        enum hs_status status;
        step(node, &failure, &status);
    }
}

/* A failure that an action meets while a step is carried out is fed after it. */
void hs_node_feed(struct hs_node *node, struct hs_event *event, enum hs_status *status)
{
    if (node->epoch->core == NULL) {
        *status = HS_NOT_READY;
        return;
    }
    if (node->stepping) {
        HS_ASSERT(event->type == HS_EVENT_DURABLE_WRITE_FAILED);
        node->write_failure_waiting = true;
        *status = HS_OK;
        return;
    }
    step(node, event, status);
    hs_node_run_deferred(node);
}
