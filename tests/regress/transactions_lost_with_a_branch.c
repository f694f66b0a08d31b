/* A leader built a block on a branch that lacked the block its pool's first transaction stood in. The
 * second one was not valid there, and so it was dropped from the pool for good, although it was valid
 * as soon as the branches were decided: a client's transaction that had been taken in was lost. */
#include "tests/scenario/scenario.h"

#define LEADER 1u /* of view 1, 5, ... */

struct schedule {
    uint64_t lost_views_end; /* proposals of views below are lost */
};

static bool lose_proposals(void *context, uint32_t from, uint32_t to,
                           const struct hs_message *message)
{
    const struct schedule *schedule = context;
    (void)from;
    (void)to;
    return message->type != HS_MESSAGE_TRANSACTIONS &&
           (message->type != HS_MESSAGE_PROPOSAL ||
            message->proposal.header.view >= schedule->lost_views_end);
}

static void run_to_view(struct hs_world *world, uint64_t view)
{
    while (status_of(world, LEADER).core.view < view) {
        assert_true(hs_world_now_ns(world) < 60 * SECOND_NS);
        assert_true(hs_world_step(world));
        assert_holds(world);
    }
}

static void both_transactions_commit(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 1);
    struct schedule schedule = {.lost_views_end = 5};
    hs_world_set_filter(world, lose_proposals, &schedule);
    hs_world_start_all(world);
    assert_int_equal(status_of(world, LEADER).core.leader, LEADER);
    assert_int_equal(hs_world_submit(world, LEADER, 0, 1, 10), HS_OK);
    run_to_view(world, 2);
    assert_int_equal(counters_of(world, LEADER).proposals_made, 1);
    assert_int_equal(hs_world_submit(world, LEADER, 0, 1, 20), HS_OK);
    run_to_view(world, 6);
    assert_true(counters_of(world, LEADER).proposals_made > 1);
    run_for(world, 10 * SECOND_NS);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(counters_of(world, i).transactions_committed, 2);
    }
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_transactions_commit)};
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
