/* What the tests of the core share: validator 0 is driven, 1 to 3 are puppets, and the leader of
 * view v is v mod 4. */
#ifndef TESTS_UNIT_CORE_SCRIPT_H
#define TESTS_UNIT_CORE_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/core_world.h"

#define PUPPETS_OF_FOUR 14u
#define MS              WORLD_MILLISECOND_NS

/* A block and the certificate over it. */
struct link {
    struct hs_block block;
    struct hs_qc qc;
};

static inline void end_world(struct core_world *world)
{
    assert_string_equal(world->violation, "");
    core_world_free(world);
}

/* Validator 0, booted and started, among three puppets. */
static inline struct core_world *one_of_four(void)
{
    struct core_world *world =
        core_world_new(&(struct core_world_config){.count = 4, .puppets = PUPPETS_OF_FOUR});
    core_world_start(world, 0);
    return world;
}

static inline struct link first_link(const struct core_world *world)
{
    return (struct link){.block = world->genesis, .qc = world->genesis_qc};
}

/* A child of `parent` by the leader of `view`, certified by the puppets. */
static inline struct link next_link(struct core_world *world, const struct link *parent,
                                    uint64_t view)
{
    struct link link;
    link.block =
        core_world_block(world, (uint32_t)(view % world->count), view, &parent->block, &parent->qc);
    assert_true(core_world_qc(world, &link.qc, &link.block, PUPPETS_OF_FOUR));
    return link;
}

/* A proposal over its leader's own connection. */
static inline enum hs_status propose(struct core_world *world, uint32_t node,
                                     const struct hs_block *block, const struct hs_tc *tc)
{
    struct world_message message = core_world_proposal(world, block, tc);
    return core_world_give(world, node, block->header.proposer, &message);
}

static inline enum hs_status vote(struct core_world *world, uint32_t node, uint32_t voter,
                                  const struct hs_block *block)
{
    struct hs_vote cast = core_world_vote(world, voter, block);
    struct world_message message = core_world_vote_message(&cast);
    return core_world_give(world, node, voter, &message);
}

/* A vote with a signature of another statement. */
static inline enum hs_status bad_vote(struct core_world *world, uint32_t node, uint32_t voter,
                                      const struct hs_block *block)
{
    struct hs_vote cast = core_world_vote(world, voter, block);
    cast.signature = core_world_vote(world, voter, &world->genesis).signature;
    struct world_message message = core_world_vote_message(&cast);
    return core_world_give(world, node, voter, &message);
}

static inline enum hs_status show_qc(struct core_world *world, uint32_t node, uint32_t from,
                                     const struct hs_qc *qc)
{
    struct world_message message = core_world_qc_message(qc);
    return core_world_give(world, node, from, &message);
}

static inline enum hs_status change_view(struct core_world *world, uint32_t node, uint32_t author,
                                         uint64_t view, const struct hs_qc *high_qc,
                                         const struct hs_tc *tc)
{
    struct hs_view_change view_change = core_world_view_change(world, author, view, high_qc);
    struct world_message message = core_world_view_change_message(&view_change, tc);
    return core_world_give(world, node, author, &message);
}

static inline enum hs_status show_tc(struct core_world *world, uint32_t node, uint32_t from,
                                     const struct hs_tc *tc)
{
    struct world_message message = {.type = HS_OUTBOUND_STATUS, .qc = tc->high_qc, .has_tc = true};
    message.tc = *tc;
    return core_world_give(world, node, from, &message);
}

static inline void tell_work(struct core_world *world, uint32_t node, uint32_t transactions,
                             bool full_block)
{
    struct hs_event event = {.type = HS_EVENT_WORK_AVAILABLE,
                             .work = {.transactions = transactions, .full_block = full_block}};
    assert_int_equal(core_world_step(world, node, &event), HS_OK);
}

static inline enum hs_status connect_peer(struct core_world *world, uint32_t node, uint32_t peer)
{
    struct hs_event event = {.type = HS_EVENT_PEER_CONNECTED, .peer = peer};
    return core_world_step(world, node, &event);
}

static inline bool same_block(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

#endif
