/* The invariants that a core can show (protocol section 9). */
#include "tests/support/core_world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

void core_world_fail(struct core_world *world, const char *format, ...)
{
    if (world->violation[0] != '\0') {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(world->violation, sizeof(world->violation), format, arguments);
    va_end(arguments);
}

static void check_vote(struct core_world *world, uint32_t index,
                       const struct hs_statement *statement)
{
    struct world_node *node = &world->nodes[index];
    const struct hs_safety_record *durable = &node->durable;
    if (durable->vote_view != statement->view ||
        !same_id(&durable->vote_block_id, &statement->block_id) ||
        durable->last_voted_view < statement->view) {
        core_world_fail(world, "D1: %" PRIu32 " signs a vote of %" PRIu64 " without its record",
                        index, statement->view);
    }
    bool again =
        statement->view == node->voted.view && same_id(&statement->block_id, &node->voted.block_id);
    if (!again && (statement->view <= node->voted.view || statement->view <= node->changed_view)) {
        core_world_fail(world,
                        "S2: %" PRIu32 " votes in %" PRIu64 " after %" PRIu64 " and %" PRIu64,
                        index, statement->view, node->voted.view, node->changed_view);
    }
    node->voted = *statement;
}

static void check_view_change(struct core_world *world, uint32_t index,
                              const struct hs_statement *statement)
{
    struct world_node *node = &world->nodes[index];
    const struct hs_safety_record *durable = &node->durable;
    if (durable->view_change_view != statement->view ||
        durable->view_change_high_qc_view != statement->high_qc_view ||
        durable->high_qc.view < statement->high_qc_view) {
        core_world_fail(world, "D1: %" PRIu32 " signs a view change of %" PRIu64 " without record",
                        index, statement->view);
    }
    if (statement->view < node->changed_view || statement->view < node->voted.view) {
        core_world_fail(world, "S6: %" PRIu32 " changes view %" PRIu64 " and goes back", index,
                        statement->view);
    }
    if (statement->high_qc_view < node->changed_high_qc_view ||
        statement->high_qc_view < durable->locked_view) {
        core_world_fail(world, "S6: the high_qc of %" PRIu32 " falls to %" PRIu64, index,
                        statement->high_qc_view);
    }
    node->changed_view = statement->view;
    node->changed_high_qc_view = statement->high_qc_view;
}

void core_world_check_statement(struct core_world *world, uint32_t node,
                                const struct hs_statement *statement)
{
    struct world_node *signer = &world->nodes[node];
    if (!signer->has_record) {
        core_world_fail(world, "D5: %" PRIu32 " signs without a record", node);
    }
    if (signer->durable.epoch != statement->epoch) {
        core_world_fail(world, "D1: %" PRIu32 " signs in epoch %" PRIu64 " without a record of it",
                        node, statement->epoch);
    }
    if (statement->epoch < signer->signed_epoch) {
        core_world_fail(world, "P4: %" PRIu32 " signs in epoch %" PRIu64 " after %" PRIu64, node,
                        statement->epoch, signer->signed_epoch);
    } else if (statement->epoch > signer->signed_epoch) { /* P4: views begin anew */
        signer->signed_epoch = statement->epoch;
        signer->voted = (struct hs_statement){0};
        signer->changed_view = 0;
        signer->changed_high_qc_view = 0;
    }
    switch (statement->type) {
    case HS_STATEMENT_VOTE:
        check_vote(world, node, statement);
        break;
    case HS_STATEMENT_VIEW_CHANGE:
        check_view_change(world, node, statement);
        break;
    }
}

void core_world_check_certified(struct core_world *world, const struct hs_qc *qc)
{
    if (qc->view == 0) {
        return; /* of each epoch's own, which verify.c compares */
    }
    struct world_epoch *epoch = core_world_epoch(world, qc->epoch);
    while (qc->view >= epoch->certified_capacity) {
        size_t had = epoch->certified_capacity;
        size_t capacity = had;
        epoch->certified =
            core_world_grow(epoch->certified, had, &capacity, sizeof(*epoch->certified));
        capacity = had;
        epoch->is_certified =
            core_world_grow(epoch->is_certified, had, &capacity, sizeof(*epoch->is_certified));
        epoch->certified_capacity = capacity;
    }
    if (epoch->is_certified[qc->view] && !same_id(&epoch->certified[qc->view], &qc->block_id)) {
        core_world_fail(world, "two blocks certified in view %" PRIu64 " of epoch %" PRIu64,
                        qc->view, qc->epoch);
    }
    epoch->is_certified[qc->view] = true;
    epoch->certified[qc->view] = qc->block_id;
}

/* S5: the certificate is over a block whose parent is of the view before, and parents lead from
 * there down to the block; further than one step only at an epoch's end (P4). */
static void check_proof(struct core_world *world, uint32_t index, const struct hs_action *action)
{
    const struct hs_core *core = world->nodes[index].core;
    const struct hs_block *block = action->commit.block;
    const struct hs_block *at = action->commit.certified;
    const struct hs_block *parent = hs_core_block(core, &at->header.parent_id);
    bool right = same_id(&action->commit.certificate->block_id, &at->id) && parent != NULL &&
                 at->header.view == parent->header.view + 1;
    uint32_t steps = 0;
    for (; right && at != NULL && at->header.height > block->header.height; steps++) {
        at = hs_core_block(core, &at->header.parent_id);
    }
    uint64_t last_height = core_world_epoch(world, world->nodes[index].epoch)->last_height;
    if (!right || at == NULL || !same_id(&at->id, &block->id) ||
        (steps != 1 && block->header.height != last_height)) {
        core_world_fail(world, "S5: %" PRIu32 " commits height %" PRIu64 " without proof", index,
                        block->header.height);
    }
}

/* P4: an epoch's blocks end at its last height. */
static void check_place(struct core_world *world, uint32_t index, const struct hs_block *block)
{
    uint64_t epoch = block->header.epoch;
    uint64_t first = epoch * world->plan.epoch_blocks + 1;
    if (block->header.height > core_world_epoch(world, epoch)->last_height ||
        block->header.height < first) {
        core_world_fail(world, "P4: %" PRIu32 " commits height %" PRIu64 " of epoch %" PRIu64,
                        index, block->header.height, epoch);
    }
}

/* Each height once, in order, and one chain for all. */
void core_world_check_commit(struct core_world *world, uint32_t index,
                             const struct hs_action *action)
{
    struct world_node *node = &world->nodes[index];
    const struct hs_block *block = action->commit.block;
    const struct hs_block *at = block;
    check_proof(world, index, action);
    while (at->header.height > node->root.header.height) {
        uint64_t height = at->header.height;
        check_place(world, index, at);
        while (height >= world->chain_count) {
            world->chain = core_world_grow(world->chain, world->chain_count, &world->chain_capacity,
                                           sizeof(*world->chain));
            memset(&world->chain[world->chain_count++], 0, sizeof(*world->chain));
        }
        static const struct hs_block_id none;
        if (same_id(&world->chain[height], &none)) {
            world->chain[height] = at->id;
        } else if (!same_id(&world->chain[height], &at->id)) {
            world->conflict = true;
            core_world_fail(world, "S5: %" PRIu32 " commits another block at height %" PRIu64,
                            index, height);
        }
        const struct world_block *parent = core_world_find(world, &at->header.parent_id);
        if (parent == NULL) {
            core_world_fail(world, "%" PRIu32 " commits without an ancestor", index);
            return;
        }
        at = &parent->block;
    }
    if (!same_id(&at->id, &node->root.id) || block->header.height <= node->root.header.height) {
        core_world_fail(world, "%" PRIu32 " commits what its chain does not lead to", index);
    }
}

/* P4: a core that has ended only shows others the end, and its last commit is the last action of its
 * step. A tail block is built and executed as one. */
void core_world_check_actions(struct core_world *world, uint32_t index, bool had_ended,
                              const struct hs_actions *actions)
{
    uint64_t last_height = core_world_epoch(world, world->nodes[index].epoch)->last_height;
    bool ended = had_ended;
    for (size_t i = 0; i < actions->count; i++) {
        const struct hs_action *action = &actions->list[i];
        bool shows_the_end = action->type == HS_ACTION_SEND &&
                             action->send.message.type == HS_OUTBOUND_STATUS &&
                             action->send.message.status.tc == NULL;
        if (ended && !shows_the_end) {
            core_world_fail(world, "P4: %" PRIu32 " has ended and asks for more", index);
        }
        if (action->type == HS_ACTION_COMMIT) {
            ended = action->commit.block->header.height == last_height;
        }
        bool tail_unsaid =
            (action->type == HS_ACTION_BUILD &&
             action->build.tail != (action->build.parent->header.height >= last_height)) ||
            (action->type == HS_ACTION_EXECUTE &&
             action->execute.tail != (action->execute.block->header.height > last_height));
        if (tail_unsaid) {
            core_world_fail(world, "P4: %" PRIu32 " is not told of the tail", index);
        }
    }
    if (ended != core_world_status(world, index).ended) {
        core_world_fail(world, "P4: %" PRIu32 " ends elsewhere than at its last height", index);
    }
}

/* What core.c promises after every step. */
void core_world_check_core(struct core_world *world, uint32_t index)
{
    const struct hs_core *core = world->nodes[index].core;
    const struct hs_tc *tc = hs_core_entry_tc(core);
    const struct hs_qc *high_qc = hs_core_high_qc(core);
    struct hs_core_status status;
    hs_core_status(core, &status);
    core_world_check_certified(world, high_qc);
    if (status.locked_view > status.high_qc_view) {
        core_world_fail(world, "S4: the lock of %" PRIu32 " is above its high_qc", index);
    }
    bool by_qc = status.view == high_qc->view + 1;
    bool by_tc = tc != NULL && status.view == tc->view + 1;
    if (!by_qc && !by_tc) {
        core_world_fail(world, "L1: %" PRIu32 " is in view %" PRIu64 " without a certificate",
                        index, status.view);
    }
}
