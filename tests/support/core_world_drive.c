/* One core driven: what its actions ask for, and what it is given. See core_world.h. */
#include "tests/support/core_world.h"

#include <stdlib.h>

#include "base/bitmap.h"
#include "consensus/digest.h"

static struct world_item *answer(struct core_world *world, uint32_t node,
                                 enum hs_action_type request)
{
    struct world_item *item = core_world_enqueue(world, node, node);
    item->request = request;
    return item;
}

/* -- actions ---------------------------------------------------------------------- */

static struct world_message copy_of(const struct hs_outbound *outbound)
{
    struct world_message message = {.type = outbound->type};
    const struct hs_tc *tc = NULL;
    switch (outbound->type) {
    case HS_OUTBOUND_PROPOSAL:
        message.block = *outbound->proposal.block;
        message.leader_vote = *outbound->proposal.leader_vote;
        tc = outbound->proposal.tc;
        break;
    case HS_OUTBOUND_VOTE:
        message.vote = *outbound->vote;
        break;
    case HS_OUTBOUND_QC:
        message.qc = *outbound->qc;
        break;
    case HS_OUTBOUND_VIEW_CHANGE:
        message.view_change = *outbound->view_change.view_change;
        tc = outbound->view_change.tc;
        break;
    case HS_OUTBOUND_STATUS:
        message.qc = *outbound->status.high_qc;
        tc = outbound->status.tc;
        break;
    }
    message.has_tc = tc != NULL;
    if (tc != NULL) {
        message.tc = *tc;
    }
    return message;
}

static void keep_vote(struct core_world *world, const struct hs_vote *vote)
{
    world->votes = core_world_grow(world->votes, world->vote_count, &world->vote_capacity,
                                   sizeof(*world->votes));
    world->votes[world->vote_count++] = *vote;
}

/* What left the process can be in anybody's hands. */
static void keep_said(struct core_world *world, uint32_t index, const struct world_message *message)
{
    struct world_node *node = &world->nodes[index];
    node->said[message->type]++;
    node->last[message->type] = *message;
    if (message->type == HS_OUTBOUND_VOTE) {
        keep_vote(world, &message->vote);
    } else if (message->type == HS_OUTBOUND_PROPOSAL) {
        struct hs_vote vote = {
            .epoch = message->block.header.epoch,
            .view = message->block.header.view,
            .block_id = message->block.id,
            .voter = message->block.header.proposer,
            .signature = message->leader_vote,
        };
        keep_vote(world, &vote);
    } else if (message->type == HS_OUTBOUND_VIEW_CHANGE) {
        if (message->view_change.has_last_vote) {
            keep_vote(world, &message->view_change.last_vote);
        }
        world->view_changes =
            core_world_grow(world->view_changes, world->view_change_count,
                            &world->view_change_capacity, sizeof(*world->view_changes));
        world->view_changes[world->view_change_count++] = message->view_change;
    }
}

static void act_send(struct core_world *world, uint32_t index, const struct hs_action *action)
{
    struct world_node *node = &world->nodes[index];
    struct world_message message = copy_of(&action->send.message);
    keep_said(world, index, &message);
    for (uint32_t to = 0; to < world->count; to++) {
        bool addressed = action->type == HS_ACTION_BROADCAST ||
                         action->send.to == core_world_index(world, node->epoch, to);
        if (addressed && to != index) {
            node->said_to[message.type][to]++;
            core_world_post(world, index, to, &message);
        }
    }
}

static void act_commit(struct core_world *world, uint32_t index, const struct hs_action *action)
{
    struct world_node *node = &world->nodes[index];
    core_world_check_commit(world, index, action);
    node->root = *action->commit.block;
    node->commit_qc = *action->commit.certificate;
    if (!node->commits_lag) {
        node->disk_root = node->root;
        node->disk_commit_qc = node->commit_qc;
    }
    struct world_epoch *epoch = core_world_epoch(world, node->epoch);
    if (node->root.header.height == epoch->last_height) {
        epoch->ends[index] = node->commit_qc;
        core_world_enqueue(world, index, index)->next_epoch = true;
    }
}

static void act(struct core_world *world, uint32_t index, const struct hs_action *action)
{
    struct world_node *node = &world->nodes[index];
    node->asked[action->type]++;
    switch (action->type) {
    case HS_ACTION_PERSIST:
        node->persisted = *action->persist;
        answer(world, index, action->type)->record = *action->persist;
        break;
    case HS_ACTION_SIGN:
        core_world_check_statement(world, index, &action->sign);
        answer(world, index, action->type)->statement = action->sign;
        break;
    case HS_ACTION_SEND:
    case HS_ACTION_BROADCAST:
        act_send(world, index, action);
        break;
    case HS_ACTION_CHECK_AGGREGATE:
        node->request_count = action->check->count;
        answer(world, index, action->type)->check = *action->check;
        break;
    case HS_ACTION_BUILD: {
        struct hs_block block = core_world_block(world, index, action->build.view,
                                                 action->build.parent, action->build.justify);
        node->build_view = action->build.view;
        answer(world, index, action->type)->block = block;
        break;
    }
    case HS_ACTION_EXECUTE:
        answer(world, index, action->type)->block = *action->execute.block;
        break;
    case HS_ACTION_COMMIT:
        act_commit(world, index, action);
        break;
    case HS_ACTION_FETCH:
        node->fetch_id = action->fetch.block_id;
        node->fetch_peer = action->fetch.peer;
        node->fetch_signers = action->fetch.signers;
        answer(world, index, action->type)->block_id = action->fetch.block_id;
        break;
    case HS_ACTION_EVIDENCE:
        node->evidence_first = action->evidence.first;
        node->evidence_second = action->evidence.second;
        break;
    case HS_ACTION_BLAME:
        hs_bitmap_add(&node->blamed, &action->blame);
        break;
    case HS_ACTION_DIVERGED:
        break;
    case HS_ACTION_WAKE:
        node->wake_ns = action->wake_ns;
        break;
    }
}

enum hs_status core_world_step(struct core_world *world, uint32_t index, struct hs_event *event)
{
    static struct hs_actions actions;
    struct world_node *node = &world->nodes[index];
    bool had_ended = core_world_status(world, index).ended;
    event->now_ns = world->now_ns;
    enum hs_status status = hs_core_step(node->core, event, &actions);
    node->step_actions = actions.count;
    world->steps++;

    struct hs_digest digest = {.state = world->digest};
    hs_digest_u64(&digest, hs_core_digest(node->core));
    world->digest = digest.state;

    core_world_check_actions(world, index, had_ended, &actions);
    for (size_t i = 0; i < actions.count; i++) {
        act(world, index, &actions.list[i]);
    }
    core_world_check_core(world, index);
    return status;
}

/* -- delivery --------------------------------------------------------------------- */

/* Which validator of its epoch a node takes another for. */
static uint32_t peer_of(const struct core_world *world, uint32_t index, uint32_t from)
{
    return core_world_index(world, world->nodes[index].epoch, from);
}

static enum hs_status give_qc(struct core_world *world, uint32_t index, uint32_t from,
                              const struct hs_qc *qc, struct hs_verified_qc *verified)
{
    enum hs_status status = hs_verify_qc(&world->nodes[index].verifier, verified, qc);
    if (status != HS_OK) {
        return status;
    }
    struct hs_event event = {.type = HS_EVENT_QC, .qc = {verified, peer_of(world, index, from)}};
    return core_world_step(world, index, &event);
}

static enum hs_status verify_tc(struct core_world *world, uint32_t index, const struct hs_tc *tc,
                                struct hs_verified_tc *verified)
{
    struct hs_verified_qc high_qc;
    enum hs_status status = hs_verify_qc(&world->nodes[index].verifier, &high_qc, &tc->high_qc);
    return status == HS_OK ? hs_verify_tc(&world->nodes[index].verifier, verified, tc, &high_qc)
                           : status;
}

static enum hs_status give_tc(struct core_world *world, uint32_t index, uint32_t from,
                              const struct hs_tc *tc)
{
    static struct hs_verified_tc verified;
    enum hs_status status = verify_tc(world, index, tc, &verified);
    if (status != HS_OK) {
        return status;
    }
    struct hs_event event = {.type = HS_EVENT_TC, .tc = {&verified, peer_of(world, index, from)}};
    return core_world_step(world, index, &event);
}

static enum hs_status give_proposal(struct core_world *world, uint32_t index, uint32_t from,
                                    const struct world_message *message)
{
    static struct hs_verified_tc tc;
    const struct hs_block_header *header = &message->block.header;
    struct hs_verified_qc justify;
    struct hs_verified_block block;
    struct hs_admitted_vote leader_vote;
    enum hs_status status = hs_verify_qc(&world->nodes[index].verifier, &justify, &header->justify);
    if (status == HS_OK) {
        status = hs_verify_proposal(&world->nodes[index].verifier, &block, &leader_vote, header,
                                    &justify, NULL,
                                    hs_core_leader(world->nodes[index].core, header->view),
                                    peer_of(world, index, from), &message->leader_vote);
    }
    if (status == HS_OK && message->has_tc) {
        status = verify_tc(world, index, &message->tc, &tc);
    }
    if (status != HS_OK) {
        return status;
    }
    struct hs_event event = {
        .type = HS_EVENT_PROPOSAL,
        .proposal = {&block, &leader_vote, message->has_tc ? &tc : NULL,
                     peer_of(world, index, from)},
    };
    /* Before the step: what it makes the core ask for may rest on the block. */
    core_world_hold_block(world, index, hs_verified_block_get(&block));
    return core_world_step(world, index, &event);
}

static enum hs_status give_view_change(struct core_world *world, uint32_t index, uint32_t from,
                                       const struct world_message *message)
{
    struct hs_verified_qc high_qc;
    struct hs_admitted_view_change admitted;
    enum hs_status status =
        hs_verify_qc(&world->nodes[index].verifier, &high_qc, &message->view_change.high_qc);
    if (status == HS_OK) {
        status = hs_admit_view_change(&world->nodes[index].verifier, &admitted,
                                      &message->view_change, peer_of(world, index, from), &high_qc);
    }
    if (status == HS_OK && message->has_tc) {
        status = give_tc(world, index, from, &message->tc);
    }
    if (status != HS_OK) {
        return status;
    }
    struct hs_event event = {.type = HS_EVENT_VIEW_CHANGE, .view_change = &admitted};
    return core_world_step(world, index, &event);
}

static enum hs_status give_status(struct core_world *world, uint32_t index, uint32_t from,
                                  const struct world_message *message)
{
    struct hs_verified_qc verified;
    uint64_t view = message->qc.view + 1;
    enum hs_status status = give_qc(world, index, from, &message->qc, &verified);
    if (status == HS_OK && message->has_tc) {
        status = give_tc(world, index, from, &message->tc);
        view = message->tc.view + 1;
    }
    bool behind = status == HS_OK && view < core_world_status(world, index).view;
    if (behind && peer_of(world, index, from) == HS_VALIDATORS_MAX) {
        core_world_answer_follower(world, index, from);
    } else if (behind) {
        struct hs_event event = {.type = HS_EVENT_PEER_BEHIND, .peer = peer_of(world, index, from)};
        status = core_world_step(world, index, &event);
    }
    return status;
}

enum hs_status core_world_give(struct core_world *world, uint32_t index, uint32_t from,
                               const struct world_message *message)
{
    enum hs_status status = HS_OK;
    switch (message->type) {
    case HS_OUTBOUND_PROPOSAL:
        status = give_proposal(world, index, from, message);
        break;
    case HS_OUTBOUND_VOTE: {
        struct hs_admitted_vote admitted;
        status = hs_admit_vote(&world->nodes[index].verifier, &admitted, &message->vote,
                               peer_of(world, index, from));
        if (status == HS_OK) {
            struct hs_event event = {.type = HS_EVENT_VOTE, .vote = &admitted};
            status = core_world_step(world, index, &event);
        }
        break;
    }
    case HS_OUTBOUND_QC: {
        struct hs_verified_qc verified;
        status = give_qc(world, index, from, &message->qc, &verified);
        break;
    }
    case HS_OUTBOUND_VIEW_CHANGE:
        status = give_view_change(world, index, from, message);
        break;
    case HS_OUTBOUND_STATUS:
        status = give_status(world, index, from, message);
        break;
    }
    if (hs_status_reaction(status) == HS_DROP_PEER) {
        world->nodes[index].refused++;
    }
    if (core_world_epoch_of(message) != world->nodes[index].epoch) {
        core_world_answer_epoch(world, index, from, message);
    }
    return status;
}

static bool served(const struct core_world *world, uint32_t index, const struct world_block *stored)
{
    for (uint32_t i = 0; i < world->count; i++) {
        bool serves = world->nodes[i].running || i == index;
        if (serves && (stored->holders & (1u << i)) != 0) {
            return true;
        }
    }
    return false;
}

/* The block wanted, and those between it and what the core holds, lowest first. */
void core_world_give_fetched(struct core_world *world, uint32_t index, const struct hs_block_id *id)
{
    struct world_node *node = &world->nodes[index];
    size_t path[WORLD_TREE_BLOCKS];
    size_t path_count = 0;
    struct hs_block_id wanted = *id;

    if (!hs_core_wants(node->core, id)) {
        return; /* another may be waited for since */
    }
    node->fetch_waits = false;
    while (!hs_core_holds(node->core, &wanted)) {
        const struct world_block *stored = core_world_find(world, &wanted);
        if (stored == NULL || path_count == WORLD_TREE_BLOCKS || !served(world, index, stored)) {
            node->fetch_waits = true;
            return;
        }
        path[path_count++] = (size_t)(stored - world->blocks);
        wanted = stored->block.header.parent_id;
    }
    while (path_count > 0) {
        struct hs_block copy = world->blocks[path[--path_count]].block;
        struct hs_verified_block block;
        core_world_recover(world, &block, &copy);
        core_world_hold_block(world, index, &copy);
        struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
        (void)core_world_step(world, index, &event);
    }
}

static void give_record(struct core_world *world, uint32_t index,
                        const struct hs_safety_record *record)
{
    struct world_node *node = &world->nodes[index];
    struct hs_event event = {.type = HS_EVENT_DURABLE_WRITE_FAILED};
    if (!node->writes_fail) {
        if (record->sequence > node->durable.sequence) {
            node->durable = *record;
        }
        node->disk_root = node->root; /* D2: the log is written before the record */
        node->disk_commit_qc = node->commit_qc;
        event =
            (struct hs_event){.type = HS_EVENT_RECORD_DURABLE, .record_sequence = record->sequence};
    }
    (void)core_world_step(world, index, &event);
}

static void give_signature(struct core_world *world, uint32_t index,
                           const struct hs_statement *statement)
{
    struct hs_event event = {.type = HS_EVENT_SIGNATURE_DONE,
                             .signed_statement = {.statement = *statement}};
    struct hs_block block = {.id = statement->block_id,
                             .header = {.epoch = statement->epoch, .view = statement->view}};
    struct hs_qc high_qc = {.epoch = statement->epoch, .view = statement->high_qc_view};
    event.signed_statement.signature =
        statement->type == HS_STATEMENT_VOTE
            ? core_world_vote(world, index, &block).signature
            : core_world_view_change(world, index, statement->view, &high_qc).signature;
    (void)core_world_step(world, index, &event);
}

static void give_checked(struct core_world *world, uint32_t index,
                         const struct hs_aggregate_request *request)
{
    static struct hs_aggregate_result result;
    hs_check_aggregate(&world->nodes[index].verifier, &result, request, NULL);
    if (result.has_certificate && request->statement.type == HS_STATEMENT_VOTE) {
        core_world_check_certified(world, hs_verified_qc_get(&result.qc));
    }
    struct hs_event event = {.type = HS_EVENT_AGGREGATE_CHECKED, .aggregate = &result};
    (void)core_world_step(world, index, &event);
}

static void give_answer(struct core_world *world, const struct world_item *item)
{
    uint32_t index = item->to;
    struct world_node *node = &world->nodes[index];
    struct hs_event event = {0};
    switch (item->request) {
    case HS_ACTION_PERSIST:
        give_record(world, index, &item->record);
        return;
    case HS_ACTION_SIGN:
        give_signature(world, index, &item->statement);
        return;
    case HS_ACTION_CHECK_AGGREGATE:
        give_checked(world, index, &item->check);
        return;
    case HS_ACTION_BUILD:
        if (!node->builds_fail) {
            core_world_hold_block(world, index, &item->block);
        }
        event.type = HS_EVENT_BLOCK_BUILT;
        event.built.block = node->builds_fail ? NULL : &item->block;
        event.built.view = item->block.header.view;
        break;
    case HS_ACTION_EXECUTE:
        event.type = HS_EVENT_BLOCK_EXECUTED;
        event.executed.block_id = item->block.id;
        event.executed.valid = !node->executions_bad;
        break;
    case HS_ACTION_FETCH:
        core_world_give_fetched(world, index, &item->block_id);
        return;
    case HS_ACTION_SEND:
    case HS_ACTION_BROADCAST:
    case HS_ACTION_COMMIT:
    case HS_ACTION_EVIDENCE:
    case HS_ACTION_BLAME:
    case HS_ACTION_DIVERGED:
    case HS_ACTION_WAKE:
        return;
    }
    (void)core_world_step(world, index, &event);
}

void core_world_give_item(struct core_world *world, struct world_item *item)
{
    const struct world_node *node = &world->nodes[item->to];
    bool is_answer = item->from == item->to;
    if (node->running && (!is_answer || item->incarnation == node->incarnation)) {
        if (item->next_epoch) {
            core_world_enter_next_epoch(world, item->to);
        } else if (is_answer) {
            give_answer(world, item);
        } else {
            (void)core_world_give(world, item->to, item->from, &item->message);
        }
    }
    free(item);
}
