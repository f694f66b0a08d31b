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
    if (!world->nodes[node].has_record) {
        core_world_fail(world, "D5: %" PRIu32 " signs without a record", node);
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
    while (qc->view >= world->certified_capacity) {
        size_t had = world->certified_capacity;
        size_t capacity = had;
        world->certified =
            core_world_grow(world->certified, had, &capacity, sizeof(*world->certified));
        capacity = had;
        world->is_certified =
            core_world_grow(world->is_certified, had, &capacity, sizeof(*world->is_certified));
        world->certified_capacity = capacity;
    }
    if (world->is_certified[qc->view] && !same_id(&world->certified[qc->view], &qc->block_id)) {
        core_world_fail(world, "two blocks certified in view %" PRIu64, qc->view);
    }
    world->is_certified[qc->view] = true;
    world->certified[qc->view] = qc->block_id;
}

/* Each height once, in order, and one chain for all. */
void core_world_check_commit(struct core_world *world, uint32_t index, const struct hs_block *block)
{
    struct world_node *node = &world->nodes[index];
    const struct hs_block *at = block;
    while (at->header.height > node->root.header.height) {
        uint64_t height = at->header.height;
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
