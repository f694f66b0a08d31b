/* The core's votes and commits: what it signs, for whom, and what that commits. */
#include "tests/unit/core_script.h"

/* -- votes ------------------------------------------------------------------- */

/* S2, S8: the second block of a view is evidence, and no second vote. */
static void votes_once_per_view(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block first = core_world_block(world, 1, 1, &root.block, &root.qc);
    struct hs_block second = core_world_block(world, 1, 1, &root.block, &root.qc);

    assert_int_equal(propose(world, 0, &first, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(propose(world, 0, &second, NULL), HS_PROTOCOL_VIOLATION);
    core_world_run(world);

    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 1);
    assert_true(same_block(&world->nodes[0].voted.block_id, &first.id));
    assert_int_equal(world->nodes[0].asked[HS_ACTION_EVIDENCE], 1);
    assert_true(same_block(&world->nodes[0].evidence_first.block_id, &first.id));
    assert_true(same_block(&world->nodes[0].evidence_second.block_id, &second.id));
    end_world(world);
}

/* S2 */
static void a_repeated_proposal_changes_nothing(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 1, 1, &root.block, &root.qc);
    assert_int_equal(propose(world, 0, &block, NULL), HS_OK);
    core_world_run(world);
    uint64_t digest = hs_core_digest(world->nodes[0].core);

    assert_int_equal(propose(world, 0, &block, NULL), HS_DUPLICATE);
    assert_int_equal(world->nodes[0].step_actions, 0);
    assert_int_equal(hs_core_digest(world->nodes[0].core), digest);
    end_world(world);
}

/* S2: the message's own justify is taken in before its view is compared. */
static void a_proposal_brings_its_own_entry_to_the_view(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct hs_block two = core_world_block(world, 2, 2, &one.block, &one.qc);
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    core_world_run(world);

    assert_int_equal(propose(world, 0, &two, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].voted.view, 2);
    assert_int_equal(core_world_status(world, 0).locked_view, 1); /* S4 */
    end_world(world);
}

/* S1: the leader of another view can't propose in this one. */
static void only_the_leader_proposes(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 2, 1, &root.block, &root.qc);
    assert_int_not_equal(propose(world, 0, &block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    end_world(world);
}

/* S1: height and timestamp follow the parent's; such a block gets no vote. */
static void a_block_out_of_order_gets_no_vote(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block parent = root.block;
    parent.header.height = 4;
    struct hs_block high = core_world_block(world, 1, 1, &parent, &root.qc);
    assert_int_equal(propose(world, 0, &high, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_EXECUTE], 0);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    assert_false(hs_core_holds(world->nodes[0].core, &high.id));
    end_world(world);
}

/* S3: over a gap the TC is needed; a proposal refused for its TC leaves no mark. */
static void a_swapped_tc_leaves_no_mark(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_tc right;
    struct hs_tc older;
    assert_true(core_world_tc(world, &older, 1, PUPPETS_OF_FOUR, &root.qc));
    assert_true(core_world_tc(world, &right, 2, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &right), HS_OK);
    struct hs_block block = core_world_block(world, 3, 3, &root.block, &root.qc);

    assert_int_equal(propose(world, 0, &block, NULL), HS_PROTOCOL_VIOLATION);
    assert_int_equal(propose(world, 0, &block, &older), HS_PROTOCOL_VIOLATION);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);

    assert_int_equal(propose(world, 0, &block, &right), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].voted.view, 3);
    end_world(world);
}

/* S3: below the highest view that the TC names nothing gets a vote. */
static void a_justify_below_the_tc_gets_no_vote(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct hs_tc tc;
    assert_true(core_world_tc(world, &tc, 2, PUPPETS_OF_FOUR, &one.qc));
    struct hs_block low = core_world_block(world, 3, 3, &root.block, &root.qc);
    assert_int_equal(propose(world, 0, &low, &tc), HS_PROTOCOL_VIOLATION);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    assert_int_equal(core_world_status(world, 0).view, 3);
    end_world(world);
}

/* S6: no vote in a view follows a view change in it. */
static void no_vote_follows_a_view_change(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 1, 1, &root.block, &root.qc);
    core_world_advance(world, 250 * MS);
    assert_int_equal(world->nodes[0].changed_view, 1);

    assert_int_equal(propose(world, 0, &block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VOTE], 0);
    assert_int_equal(world->nodes[0].voted.view, 0);
    end_world(world);
}

/* S6: when high_qc rises within the view, the repeat names it. */
static void a_repeated_view_change_is_signed_anew_with_a_higher_qc(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct link two = next_link(world, &one, 2);
    struct hs_tc tc;
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    assert_true(core_world_tc(world, &tc, 3, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK); /* view 4, high_qc 0 */
    world->nodes[0].builds_fail = true;
    core_world_advance(world, 563 * MS);
    assert_int_equal(world->nodes[0].changed_view, 4);
    assert_int_equal(world->nodes[0].changed_high_qc_view, 0);
    assert_true(world->nodes[0].last[HS_OUTBOUND_VIEW_CHANGE].has_tc); /* L6 */

    assert_int_equal(show_qc(world, 0, 2, &two.qc), HS_OK);
    core_world_advance(world, 1000 * MS);
    assert_int_equal(core_world_status(world, 0).view, 4);
    assert_int_equal(world->nodes[0].changed_high_qc_view, 2);
    assert_int_equal(world->nodes[0].last[HS_OUTBOUND_VIEW_CHANGE].view_change.high_qc.view, 2);
    end_world(world);
}

/* S8: two votes of one voter in one view. */
static void two_votes_of_one_voter_are_evidence(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block a = core_world_block(world, 1, 1, &root.block, &root.qc);
    struct hs_block b = core_world_block(world, 1, 1, &root.block, &root.qc);
    assert_int_equal(vote(world, 0, 3, &a), HS_OK);
    assert_int_equal(vote(world, 0, 3, &a), HS_DUPLICATE);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_EVIDENCE], 0);
    assert_int_equal(vote(world, 0, 3, &b), HS_PROTOCOL_VIOLATION);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_EVIDENCE], 1);
    assert_int_equal(world->nodes[0].evidence_first.voter, 3);
    assert_int_equal(world->nodes[0].evidence_second.voter, 3);
    end_world(world);
}

/* -- commits -------------------------------------------------------------------- */

/* S5 */
static void two_consecutive_views_commit(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct link two = next_link(world, &one, 2);
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(propose(world, 0, &two.block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).committed_height, 0);

    assert_int_equal(show_qc(world, 0, 3, &two.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).committed_height, 1);
    assert_int_equal(core_world_status(world, 0).committed_view, 1);
    assert_int_equal(world->nodes[0].commit_qc.view, 2);
    end_world(world);
}

/* S5: over a gap nothing commits; the next pair commits all ancestors. */
static void a_gap_commits_nothing_until_the_next_pair(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct hs_tc tc;
    assert_true(core_world_tc(world, &tc, 2, PUPPETS_OF_FOUR, &one.qc));
    struct link three = next_link(world, &one, 3);
    struct link five = {0};
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    assert_int_equal(propose(world, 0, &three.block, &tc), HS_OK);
    core_world_run(world);
    world->nodes[0].builds_fail = true;
    assert_int_equal(show_qc(world, 0, 1, &three.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).committed_height, 0);

    struct hs_tc tc_four;
    assert_true(core_world_tc(world, &tc_four, 4, PUPPETS_OF_FOUR, &three.qc));
    five = next_link(world, &three, 5);
    assert_int_equal(propose(world, 0, &five.block, &tc_four), HS_OK);
    core_world_run(world);
    struct link six = next_link(world, &five, 6);
    assert_int_equal(propose(world, 0, &six.block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).committed_height, 0);
    assert_int_equal(show_qc(world, 0, 1, &six.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).committed_height, 3);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_COMMIT], 1);
    end_world(world);
}

/* X1 */
static void a_block_is_voted_for_and_committed_only_once_executed(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct link two = next_link(world, &one, 2);
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_EXECUTE);
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    assert_int_equal(propose(world, 0, &two.block, NULL), HS_OK);
    assert_int_equal(show_qc(world, 0, 3, &two.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_EXECUTE], 1);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    assert_int_equal(core_world_status(world, 0).committed_height, 0);

    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).committed_height, 1);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0); /* S2: both views are over */
    end_world(world);
}

/* X1, S5: certificates that arrive faster than blocks execute do not starve the commits. */
static void a_slow_replica_commits_while_certificates_go_on(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link tip = first_link(world);
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_EXECUTE);
    world->nodes[0].builds_fail = true;
    for (uint64_t view = 1; view <= 40; view++) {
        tip = next_link(world, &tip, view);
        if (view % 4 != 0) {
            (void)propose(world, 0, &tip.block, NULL);
        } else {
            struct hs_verified_block block;
            core_world_recover(world, &block, &tip.block);
            struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
            core_world_hold_block(world, 0, &tip.block);
            assert_int_equal(core_world_step(world, 0, &event), HS_OK);
        }
        (void)show_qc(world, 0, 1, &tip.qc);
        if (view % 2 == 0) { /* one execution for two blocks */
            world->nodes[0].hold = 0;
            assert_true(core_world_deliver(world));
            world->nodes[0].hold = WORLD_BIT(HS_ACTION_EXECUTE);
        }
    }
    assert_true(core_world_status(world, 0).committed_height >= 10);
    assert_true(core_world_status(world, 0).committed_height <= 20);
    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).committed_height, 39);
    end_world(world);
}

/* X1: a certified block that does not execute here stops the signing; nothing commits. */
static void a_certified_block_that_does_not_execute_stops_the_validator(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct link two = next_link(world, &one, 2);
    world->nodes[0].executions_bad = true;
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_DIVERGED], 0); /* nobody certified it yet */

    assert_int_equal(propose(world, 0, &two.block, NULL), HS_OK);
    assert_int_equal(show_qc(world, 0, 1, &two.qc), HS_OK);
    core_world_advance(world, 5000 * MS);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_DIVERGED], 1);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    assert_int_equal(core_world_status(world, 0).committed_height, 0);
    assert_false(core_world_status(world, 0).signing);
    end_world(world);
}

/* -- answers that come late, twice or never asked for --------------------------------- */

static void answers_nobody_waits_for_change_nothing(void **state)
{
    (void)state;
    static struct hs_aggregate_result result;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 1, 1, &root.block, &root.qc);
    assert_int_equal(propose(world, 0, &block, NULL), HS_OK);
    core_world_run(world);
    uint64_t digest = hs_core_digest(world->nodes[0].core);
    result.ticket = 99;
    struct hs_event events[] = {
        {.type = HS_EVENT_BLOCK_EXECUTED, .executed = {block.id, false}},
        {.type = HS_EVENT_BLOCK_BUILT, .built = {&block, 1}},
        {.type = HS_EVENT_BLOCK_BUILT, .built = {NULL, 7}},
        {.type = HS_EVENT_RECORD_DURABLE, .record_sequence = 99},
        {.type = HS_EVENT_RECORD_DURABLE, .record_sequence = 1},
        {.type = HS_EVENT_AGGREGATE_CHECKED, .aggregate = &result},
        {.type = HS_EVENT_SIGNATURE_DONE, .signed_statement = {.statement = {.view = 1}}},
        {.type = HS_EVENT_START},
        {.type = HS_EVENT_PEER_CONNECTED, .peer = 0},
        {.type = HS_EVENT_PEER_CONNECTED, .peer = 4},
        {.type = HS_EVENT_PEER_BEHIND, .peer = HS_VALIDATORS_MAX},
    };
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        (void)core_world_step(world, 0, &events[i]);
        assert_int_equal(world->nodes[0].step_actions, 0);
        assert_int_equal(hs_core_digest(world->nodes[0].core), digest);
    }
    end_world(world);
}

/* A block that was executed after its view ended is held, and gets no vote. */
static void an_execution_that_ends_after_the_view_brings_no_vote(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 1, 1, &root.block, &root.qc);
    struct hs_tc tc;
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_EXECUTE);
    assert_int_equal(propose(world, 0, &block, NULL), HS_OK);
    assert_true(core_world_tc(world, &tc, 1, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    assert_true(hs_core_holds(world->nodes[0].core, &block.id));
    end_world(world);
}

/* A block built for a view that is over is not proposed, nor in the next one. */
static void a_block_built_too_late_is_not_proposed(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_tc three;
    struct hs_tc four;
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_BUILD);
    assert_true(core_world_tc(world, &three, 3, PUPPETS_OF_FOUR, &root.qc));
    assert_true(core_world_tc(world, &four, 4, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &three), HS_OK);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 1);
    assert_int_equal(world->nodes[0].build_view, 4);
    assert_int_equal(show_tc(world, 0, 1, &four), HS_OK);
    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 0);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    end_world(world);
}

/* S3: a QC that comes while a block is built makes the leader build on it instead. */
static void a_qc_that_overtakes_a_build_is_built_upon(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct link two = next_link(world, &one, 2);
    struct link three = next_link(world, &two, 3);
    struct hs_tc tc;
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    assert_int_equal(propose(world, 0, &two.block, NULL), HS_OK);
    assert_int_equal(propose(world, 0, &three.block, NULL), HS_OK);
    core_world_run(world);
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_BUILD);
    assert_true(core_world_tc(world, &tc, 3, PUPPETS_OF_FOUR, &two.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 1);
    assert_int_equal(show_qc(world, 0, 1, &three.qc), HS_OK); /* late: view 4 stands */
    assert_int_equal(core_world_status(world, 0).view, 4);
    world->nodes[0].hold = 0;
    tell_work(world, 0, 1, true);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 2);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1);
    assert_int_equal(world->nodes[0].last[HS_OUTBOUND_PROPOSAL].block.header.justify.view, 3);
    assert_false(world->nodes[0].last[HS_OUTBOUND_PROPOSAL].has_tc);
    end_world(world);
}

/* -- many ------------------------------------------------------------------------------ */

/* One random run: losses, repeats, any order, crashes; then a quiet end. */
static uint64_t random_run(uint64_t seed, uint32_t count)
{
    struct core_world *world = core_world_new(&(struct core_world_config){.count = count});
    world->random = seed;
    core_world_start_all(world);
    for (uint32_t step = 0; step < 1500; step++) {
        uint64_t choice = core_world_random(world, 100);
        uint32_t node = (uint32_t)core_world_random(world, count);
        if (choice < 80 && core_world_deliver_random(world, 10, 5)) {
            continue;
        }
        if (choice < 97) {
            core_world_wake_next(world);
        } else if (world->nodes[node].running) {
            core_world_crash(world, node);
        } else {
            core_world_start(world, node);
        }
    }
    core_world_start_all(world);
    uint64_t height = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t of_node = world->nodes[i].root.header.height;
        height = of_node > height ? of_node : height;
    }
    assert_true(core_world_run_to_height(world, height + 2, 60000 * MS));
    uint64_t digest = world->digest;
    end_world(world);
    return digest;
}

/* S1 to S8, D1, D4, L1 to L13: no schedule breaks an invariant, and all go on afterwards. */
static void random_schedules_keep_every_invariant(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        (void)random_run(seed, 1 + (uint32_t)(seed % 5));
    }
}

static void equal_runs_have_equal_digests(void **state)
{
    (void)state;
    assert_int_equal(random_run(7, 4), random_run(7, 4));
    assert_int_not_equal(random_run(7, 4), random_run(8, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(votes_once_per_view),
        cmocka_unit_test(a_repeated_proposal_changes_nothing),
        cmocka_unit_test(a_proposal_brings_its_own_entry_to_the_view),
        cmocka_unit_test(only_the_leader_proposes),
        cmocka_unit_test(a_block_out_of_order_gets_no_vote),
        cmocka_unit_test(a_swapped_tc_leaves_no_mark),
        cmocka_unit_test(a_justify_below_the_tc_gets_no_vote),
        cmocka_unit_test(no_vote_follows_a_view_change),
        cmocka_unit_test(a_repeated_view_change_is_signed_anew_with_a_higher_qc),
        cmocka_unit_test(two_votes_of_one_voter_are_evidence),
        cmocka_unit_test(two_consecutive_views_commit),
        cmocka_unit_test(a_gap_commits_nothing_until_the_next_pair),
        cmocka_unit_test(a_block_is_voted_for_and_committed_only_once_executed),
        cmocka_unit_test(a_slow_replica_commits_while_certificates_go_on),
        cmocka_unit_test(a_certified_block_that_does_not_execute_stops_the_validator),
        cmocka_unit_test(answers_nobody_waits_for_change_nothing),
        cmocka_unit_test(an_execution_that_ends_after_the_view_brings_no_vote),
        cmocka_unit_test(a_block_built_too_late_is_not_proposed),
        cmocka_unit_test(a_qc_that_overtakes_a_build_is_built_upon),
        cmocka_unit_test(random_schedules_keep_every_invariant),
        cmocka_unit_test(equal_runs_have_equal_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
