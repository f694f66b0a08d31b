/* The core's liveness rules L1 to L14, one by one. */
#include "base/bitmap.h"
#include "tests/unit/core_script.h"

static uint64_t view_of(const struct core_world *world)
{
    return core_world_status(world, 0).view;
}

/* Brings validator 0 to view 3, from which it makes the QC that leads to its own view 4. */
static struct link to_view_three(struct core_world *world)
{
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct link two = next_link(world, &one, 2);
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    assert_int_equal(propose(world, 0, &two.block, NULL), HS_OK);
    assert_int_equal(show_qc(world, 0, 3, &two.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(view_of(world), 3);
    return two;
}

/* -- the timer ------------------------------------------------------------------ */

/* L1 */
static void the_timer_never_moves_the_view(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    core_world_advance(world, 100000 * MS);
    assert_int_equal(view_of(world), 1);
    assert_true(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE] > 100);
    end_world(world);
}

/* L1: over any gap. */
static void a_certificate_moves_the_view_over_any_gap(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link far = next_link(world, &root, 900);
    struct hs_tc tc;
    assert_int_equal(show_qc(world, 0, 1, &far.qc), HS_OK);
    assert_int_equal(view_of(world), 901);
    assert_true(core_world_tc(world, &tc, 5000, PUPPETS_OF_FOUR, &far.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    assert_int_equal(view_of(world), 5001);

    struct hs_tc low;
    assert_true(core_world_tc(world, &low, 4000, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &low), HS_OK);
    assert_int_equal(view_of(world), 5001);
    end_world(world);
}

/* L2: a view that a committing certificate began has the base timer. */
static void a_commit_that_begins_a_view_shortens_its_timer(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    (void)to_view_three(world); /* the QC of view 2 committed view 1: k = 0 */
    core_world_advance(world, 250 * MS - 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 0);
    core_world_advance(world, 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 1);
    end_world(world);
}

/* L3 */
static void a_view_change_is_repeated_at_each_timer(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    core_world_advance(world, 250 * MS - 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 0);
    core_world_advance(world, 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 1);
    core_world_advance(world, 750 * MS);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 4);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 1);
    end_world(world);
}

/* L3 */
static void a_long_timer_repeats_once_a_second(void **state)
{
    (void)state;
    struct hs_pacemaker_config pacemaker;
    hs_pacemaker_config_default(&pacemaker);
    pacemaker.base_ns = 4000 * MS;
    struct core_world *world = core_world_new(&(struct core_world_config){
        .count = 4, .puppets = PUPPETS_OF_FOUR, .pacemaker = &pacemaker});
    core_world_start(world, 0);
    core_world_advance(world, 4000 * MS);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 1);
    core_world_advance(world, 3000 * MS);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 4);
    end_world(world);
}

/* -- view changes ------------------------------------------------------------------ */

/* L4: one of four may be a liar, two are not both. */
static void a_validator_joins_when_an_honest_one_must_be_among_them(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    assert_int_equal(change_view(world, 0, 1, 1, &root.qc, NULL), HS_OK);
    assert_int_equal(change_view(world, 0, 1, 1, &root.qc, NULL), HS_DUPLICATE);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 0);
    assert_int_equal(change_view(world, 0, 2, 1, &root.qc, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 1);
    assert_int_equal(view_of(world), 2); /* with its own they are three: L5 */
    end_world(world);
}

/* Gives a view change of view 1 that carries its author's vote for `block`. */
static void change_view_with_vote(struct core_world *world, uint32_t author,
                                  const struct hs_block *block)
{
    struct hs_view_change view_change =
        core_world_view_change(world, author, 1, &world->genesis_qc);
    view_change.has_last_vote = true;
    view_change.last_vote = core_world_vote(world, author, block);
    struct world_message message = core_world_view_change_message(&view_change, NULL);
    assert_int_equal(core_world_give(world, 0, author, &message), HS_OK);
}

/* L5: the same messages make a QC and a TC; the QC wins. */
static void a_qc_made_of_view_changes_wins(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 1, 1, &root.block, &root.qc);
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_PERSIST) | WORLD_BIT(HS_ACTION_CHECK_AGGREGATE);
    for (uint32_t author = 1; author < 4; author++) {
        change_view_with_vote(world, author, &block);
    }
    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_int_equal(view_of(world), 2);
    assert_int_equal(core_world_status(world, 0).high_qc_view, 1);
    assert_null(hs_core_entry_tc(world->nodes[0].core));
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_QC], 1);
    end_world(world);
}

/* L5: also when the message that makes this validator join is the one that completes both. */
static void a_qc_wins_over_the_tc_that_one_heavy_message_completes(void **state)
{
    (void)state;
    const uint64_t weights[] = {1, 4, 1, 1};
    const uint32_t leaders[] = {1, 2};
    struct core_world *world = core_world_new(&(struct core_world_config){
        .count = 4,
        .weights = weights,
        .election = HS_LEADER_WEIGHTED,
        .leaders = leaders,
        .leaders_count = 2,
        .puppets = PUPPETS_OF_FOUR,
    });
    core_world_start(world, 0);
    struct hs_block block = core_world_block(world, 1, 1, &world->genesis, &world->genesis_qc);
    change_view_with_vote(world, 2, &block);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_CHECK_AGGREGATE], 0);
    change_view_with_vote(world, 1, &block);
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).high_qc_view, 1);
    assert_null(hs_core_entry_tc(world->nodes[0].core));
    end_world(world);
}

/* L6 */
static void a_view_change_without_proof_of_entry_is_refused(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_tc tc;
    for (uint32_t author = 1; author < 4; author++) {
        assert_int_equal(change_view(world, 0, author, 7, &root.qc, NULL), HS_PROTOCOL_VIOLATION);
    }
    assert_int_equal(view_of(world), 1);
    assert_true(core_world_tc(world, &tc, 6, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(change_view(world, 0, 1, 7, &root.qc, &tc), HS_OK);
    assert_int_equal(view_of(world), 7);
    end_world(world);
}

/* L6: a laggard catches up in one message; its own carries the proof on. */
static void a_view_change_shows_how_its_view_was_entered(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_tc tc;
    assert_true(core_world_tc(world, &tc, 6, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    core_world_advance(world, 8000 * MS);
    const struct world_message *said = &world->nodes[0].last[HS_OUTBOUND_VIEW_CHANGE];
    assert_int_equal(said->view_change.view, 7);
    assert_true(said->has_tc);
    assert_int_equal(said->tc.view, 6);
    end_world(world);
}

/* -- votes --------------------------------------------------------------------------- */

/* L7 */
static void a_vote_goes_to_this_leader_and_the_next(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 1, 1, &root.block, &root.qc);
    assert_int_equal(propose(world, 0, &block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_VOTE][1], 1);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_VOTE][2], 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VOTE], 2);
    end_world(world);
}

/* L7: who leads both gets one. */
static void a_leader_of_two_views_gets_one_vote(void **state)
{
    (void)state;
    const uint32_t leaders[] = {2, 2};
    struct core_world *world = core_world_new(&(struct core_world_config){
        .count = 4,
        .election = HS_LEADER_WEIGHTED,
        .leaders = leaders,
        .leaders_count = 2,
        .puppets = PUPPETS_OF_FOUR,
    });
    core_world_start(world, 0);
    struct hs_block block = core_world_block(world, 2, 1, &world->genesis, &world->genesis_qc);
    assert_int_equal(propose(world, 0, &block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VOTE], 1);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_VOTE][2], 1);
    end_world(world);
}

/* L7: the next leader makes the QC, shows it to all, then proposes on it. */
static void the_next_leader_makes_the_qc_at_once(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link two = to_view_three(world);
    struct hs_block three = core_world_block(world, 3, 3, &two.block, &two.qc);
    tell_work(world, 0, 1, true);
    assert_int_equal(propose(world, 0, &three, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(vote(world, 0, 1, &three), HS_OK); /* with the leader's and its own: three */
    core_world_run(world);
    assert_int_equal(view_of(world), 4);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_QC], 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1);
    assert_true(
        same_block(&world->nodes[0].last[HS_OUTBOUND_PROPOSAL].block.header.parent_id, &three.id));
    end_world(world);
}

/* Validator 0 in its own view 4, its proposal voted for by two of the others. */
static struct core_world *leader_with_a_quorum(struct hs_block *own)
{
    struct core_world *world = one_of_four();
    struct hs_tc tc;
    assert_true(core_world_tc(world, &tc, 3, PUPPETS_OF_FOUR, &world->genesis_qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1); /* L8: at once on a TC */
    *own = world->nodes[0].last[HS_OUTBOUND_PROPOSAL].block;
    assert_int_equal(vote(world, 0, 2, own), HS_OK);
    assert_int_equal(vote(world, 0, 3, own), HS_OK);
    core_world_run(world);
    return world;
}

/* L7 */
static void the_leader_makes_the_qc_as_a_backup_after_the_delay(void **state)
{
    (void)state;
    struct hs_block own;
    struct core_world *world = leader_with_a_quorum(&own);
    core_world_advance(world, 50 * MS - 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_QC], 0);
    core_world_advance(world, 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_QC], 1);
    assert_int_equal(view_of(world), 5);
    end_world(world);
}

/* L7 */
static void the_backup_rests_when_the_next_view_was_heard_of(void **state)
{
    (void)state;
    struct hs_block own;
    struct core_world *world = leader_with_a_quorum(&own);
    struct hs_qc qc;
    assert_true(core_world_qc(world, &qc, &own, 15));
    assert_int_equal(show_qc(world, 0, 1, &qc), HS_OK);
    core_world_advance(world, 100 * MS);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_QC], 0);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_CHECK_AGGREGATE], 0);
    end_world(world);
}

/* L7: a voter that takes its vote out of the quorum by a later one does not leave a wake-up
 * behind that is due for ever. */
static void a_vote_that_goes_leaves_no_wake_behind(void **state)
{
    (void)state;
    struct hs_block own;
    struct core_world *world = leader_with_a_quorum(&own);
    struct hs_block later = core_world_block(world, 1, 9, &own, &world->genesis_qc);
    assert_int_equal(vote(world, 0, 3, &later), HS_OK);
    core_world_advance(world, 60 * MS);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_QC], 0);
    assert_true(world->nodes[0].wake_ns > world->now_ns);
    end_world(world);
}

/* -- proposing -------------------------------------------------------------------------- */

/* Validator 0 enters its own view 4 by the QC of view 3. */
static struct core_world *leader_by_qc(uint32_t transactions, bool full_block)
{
    struct core_world *world = one_of_four();
    struct link two = to_view_three(world);
    struct link three = next_link(world, &two, 3);
    tell_work(world, 0, transactions, full_block);
    assert_int_equal(propose(world, 0, &three.block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(show_qc(world, 0, 1, &three.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(view_of(world), 4);
    return world;
}

/* Is the first proposal made exactly after this time? */
static void proposes_after(struct core_world *world, uint64_t delay_ns)
{
    if (delay_ns > 0) {
        core_world_advance(world, delay_ns - 1);
        assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 0);
        core_world_advance(world, 1);
    }
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 1);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1);
    end_world(world);
}

/* L8 */
static void an_idle_leader_waits_the_idle_interval(void **state)
{
    (void)state;
    proposes_after(leader_by_qc(0, false), 100 * MS);
}

static void a_leader_with_work_proposes_at_once(void **state)
{
    (void)state;
    proposes_after(leader_by_qc(31, false), 0);
}

static void a_leader_under_load_waits_for_a_fuller_block(void **state)
{
    (void)state;
    proposes_after(leader_by_qc(32, false), 40 * MS);
}

static void a_leader_with_a_full_block_proposes_at_once(void **state)
{
    (void)state;
    proposes_after(leader_by_qc(1000, true), 0);
}

/* L8: work that comes while an idle leader waits. */
static void work_ends_the_idle_wait(void **state)
{
    (void)state;
    struct core_world *world = leader_by_qc(0, false);
    core_world_advance(world, 30 * MS);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 0);
    tell_work(world, 0, 1, false);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1);
    end_world(world);
}

/* L8: a block with transactions that is not yet committed is work, too. */
static void a_block_to_commit_ends_the_idle_wait(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link two = to_view_three(world);
    world->nodes[3].transactions_per_block = 5;
    struct link three = next_link(world, &two, 3);
    assert_int_equal(propose(world, 0, &three.block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(show_qc(world, 0, 1, &three.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1);
    end_world(world);
}

/* L8: a build that fails is tried again, and not at the same moment for ever. */
static void a_failed_build_is_tried_again_later(void **state)
{
    (void)state;
    struct core_world *world = leader_by_qc(0, false);
    world->nodes[0].builds_fail = true;
    core_world_advance(world, 100 * MS);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 1);
    world->nodes[0].builds_fail = false;
    core_world_advance(world, 10 * MS);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 2);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1);
    end_world(world);
}

/* -- bad signatures ------------------------------------------------------------------------ */

/* L9 */
static void a_bad_vote_is_blamed_and_the_rest_make_the_qc(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link two = to_view_three(world);
    struct hs_block three = core_world_block(world, 3, 3, &two.block, &two.qc);
    assert_int_equal(propose(world, 0, &three, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(bad_vote(world, 0, 1, &three), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BLAME], 1);
    assert_true(hs_bitmap_get(&world->nodes[0].blamed, 1));
    assert_int_equal(hs_bitmap_count(&world->nodes[0].blamed), 1);
    assert_int_equal(view_of(world), 3);

    assert_int_equal(vote(world, 0, 2, &three), HS_OK);
    core_world_run(world);
    assert_int_equal(view_of(world), 4);
    assert_int_equal(core_world_status(world, 0).high_qc_view, 3);
    end_world(world);
}

/* L9: a voter whose vote was bad once is checked apart from the others afterwards. */
static void a_suspect_is_checked_apart(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link two = to_view_three(world);
    struct hs_block three = core_world_block(world, 3, 3, &two.block, &two.qc);
    assert_int_equal(propose(world, 0, &three, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(bad_vote(world, 0, 1, &three), HS_OK);
    core_world_run(world);

    assert_int_equal(vote(world, 0, 1, &three), HS_OK); /* a good one: needed, so checked alone */
    assert_int_equal(world->nodes[0].request_count, 1);
    core_world_run(world);
    assert_int_equal(world->nodes[0].request_count, 3);
    assert_int_equal(view_of(world), 4);
    end_world(world);
}

/* L9: the same for view changes. */
static void a_bad_view_change_is_blamed_and_the_rest_make_the_tc(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_view_change bad = core_world_view_change(world, 1, 1, &root.qc);
    bad.signature = core_world_view_change(world, 1, 2, &root.qc).signature;
    struct world_message message = core_world_view_change_message(&bad, NULL);
    core_world_advance(world, 250 * MS);
    assert_int_equal(core_world_give(world, 0, 1, &message), HS_OK);
    assert_int_equal(change_view(world, 0, 2, 1, &root.qc, NULL), HS_OK);
    core_world_run(world);
    assert_true(hs_bitmap_get(&world->nodes[0].blamed, 1));
    assert_int_equal(view_of(world), 1);
    assert_int_equal(change_view(world, 0, 3, 1, &root.qc, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(view_of(world), 2);
    end_world(world);
}

/* L9: the leader's own vote is aggregated with the rest; a bad one stops nobody. */
static void a_leader_with_a_bad_vote_still_has_its_block_certified(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link two = to_view_three(world);
    struct hs_block three = core_world_block(world, 3, 3, &two.block, &two.qc);
    struct world_message message = core_world_proposal(world, &three, NULL);
    message.leader_vote = core_world_vote(world, 3, &world->genesis).signature;
    assert_int_equal(core_world_give(world, 0, 3, &message), HS_OK);
    core_world_run(world);
    assert_int_equal(vote(world, 0, 1, &three), HS_OK);
    assert_int_equal(vote(world, 0, 2, &three), HS_OK);
    core_world_run(world);
    assert_true(hs_bitmap_get(&world->nodes[0].blamed, 3));
    assert_int_equal(view_of(world), 4);
    end_world(world);
}

/* -- blocks that are not held ------------------------------------------------------------------ */

/* L10 */
static void a_qc_for_a_block_not_held_moves_the_view_and_fetches(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct link two = next_link(world, &one, 2);
    assert_int_equal(show_qc(world, 0, 3, &two.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(view_of(world), 3);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_FETCH], 1);
    assert_true(same_block(&world->nodes[0].fetch_id, &two.block.id));
    assert_int_equal(world->nodes[0].fetch_peer, 3);
    assert_true(hs_bitmap_equal(&world->nodes[0].fetch_signers, &two.qc.signers));
    assert_true(hs_core_wants(world->nodes[0].core, &two.block.id));

    /* A proposal on it waits, then gets its vote; the fetched pair commits. */
    struct hs_block three = core_world_block(world, 3, 3, &two.block, &two.qc);
    assert_int_equal(propose(world, 0, &three, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    struct hs_verified_block fetched;
    core_world_recover(world, &fetched, &two.block);
    struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &fetched};
    assert_int_equal(core_world_step(world, 0, &event), HS_UNKNOWN_PARENT);
    core_world_hold_block(world, 0, &one.block);
    core_world_hold_block(world, 0, &two.block);
    core_world_advance(world, MS);
    assert_int_equal(world->nodes[0].voted.view, 3);
    assert_int_equal(core_world_status(world, 0).committed_height, 1);
    assert_false(hs_core_wants(world->nodes[0].core, &two.block.id));
    end_world(world);
}

/* L10: a proposal that its own QC overtook is what the fetch asks for. */
static void a_proposal_that_comes_after_its_qc_is_held(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    assert_int_equal(show_qc(world, 0, 2, &one.qc), HS_OK);
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    core_world_run(world);
    assert_true(hs_core_holds(world->nodes[0].core, &one.block.id));
    assert_int_equal(world->nodes[0].asked[HS_ACTION_EXECUTE], 1);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    end_world(world);
}

/* L10: a leader without its parent waits for it, and proposes once it is held. */
static void a_leader_whose_parent_is_missing_proposes_once_it_is_held(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link three = next_link(world, &root, 3);
    tell_work(world, 0, 1, false);
    assert_int_equal(show_qc(world, 0, 1, &three.qc), HS_OK);
    core_world_advance(world, 100 * MS);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 0);
    core_world_hold_block(world, 0, &three.block);
    core_world_advance(world, MS);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1);
    end_world(world);
}

/* -- alone --------------------------------------------------------------------------------- */

/* L11 */
static void a_chain_of_one_runs_through_the_same_queue(void **state)
{
    (void)state;
    struct core_world *world = core_world_new(&(struct core_world_config){.count = 1});
    core_world_start(world, 0);
    world->nodes[0].transactions_per_block = 1;
    tell_work(world, 0, 1, true);
    while (world->nodes[0].root.header.height < 10000) {
        assert_true(core_world_deliver(world));
    }
    assert_int_equal(world->now_ns, 0);
    assert_true(core_world_status(world, 0).tree_blocks <= 3);
    end_world(world);
}

/* -- connections ------------------------------------------------------------------------------ */

/* L12 */
static void a_new_connection_hears_status_and_what_was_last_said(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 1, 1, &root.block, &root.qc);
    struct world_node *node = &world->nodes[0];
    assert_int_equal(connect_peer(world, 0, 3), HS_OK);
    assert_int_equal(node->said_to[HS_OUTBOUND_STATUS][3], 1);
    assert_int_equal(node->step_actions, 1);

    assert_int_equal(propose(world, 0, &block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(connect_peer(world, 0, 2), HS_OK); /* the next leader gets the vote again */
    assert_int_equal(node->said_to[HS_OUTBOUND_VOTE][2], 2);
    assert_int_equal(connect_peer(world, 0, 3), HS_OK);
    assert_int_equal(node->said_to[HS_OUTBOUND_VOTE][3], 0);

    core_world_advance(world, 250 * MS);
    assert_int_equal(connect_peer(world, 0, 3), HS_OK);
    assert_int_equal(node->said_to[HS_OUTBOUND_VIEW_CHANGE][3], 2);
    assert_true(node->last[HS_OUTBOUND_VIEW_CHANGE].view_change.has_last_vote);
    end_world(world);
}

/* L12 */
static void a_new_connection_hears_the_leaders_proposal(void **state)
{
    (void)state;
    struct hs_block own;
    struct core_world *world = leader_with_a_quorum(&own);
    assert_int_equal(connect_peer(world, 0, 1), HS_OK);
    const struct world_message *said = &world->nodes[0].last[HS_OUTBOUND_PROPOSAL];
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 2);
    assert_true(same_block(&said->block.id, &own.id));
    assert_true(said->has_tc);
    end_world(world);
}

/* L13 */
static void whoever_is_behind_is_answered_once_per_timer(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_tc tc;
    struct world_node *node = &world->nodes[0];
    core_world_advance(world, MS);
    assert_true(core_world_tc(world, &tc, 6, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(change_view(world, 0, 2, 1, &root.qc, NULL), HS_STALE);
    }
    assert_int_equal(node->said_to[HS_OUTBOUND_STATUS][2], 1);
    assert_int_equal(node->last[HS_OUTBOUND_STATUS].tc.view, 6);
    assert_int_equal(change_view(world, 0, 3, 1, &root.qc, NULL), HS_STALE);
    assert_int_equal(node->said_to[HS_OUTBOUND_STATUS][3], 1);

    /* The timer of view 7 with nothing committed: 250 ms * (3/2)^5, rounded up to whole ns. */
    core_world_advance(world, 1898 * MS);
    assert_int_equal(change_view(world, 0, 2, 1, &root.qc, NULL), HS_STALE);
    assert_int_equal(node->said_to[HS_OUTBOUND_STATUS][2], 1);
    core_world_advance(world, 1 * MS);
    assert_int_equal(change_view(world, 0, 2, 1, &root.qc, NULL), HS_STALE);
    assert_int_equal(node->said_to[HS_OUTBOUND_STATUS][2], 2);

    struct hs_block old = core_world_block(world, 1, 1, &root.block, &root.qc);
    core_world_advance(world, 2000 * MS);
    assert_int_equal(vote(world, 0, 1, &old), HS_STALE);
    assert_int_equal(node->said_to[HS_OUTBOUND_STATUS][1], 1);
    struct hs_event behind = {.type = HS_EVENT_PEER_BEHIND, .peer = 3};
    assert_int_equal(core_world_step(world, 0, &behind), HS_OK);
    assert_int_equal(node->said_to[HS_OUTBOUND_STATUS][3], 2);
    end_world(world);
}

/* L13: a vote of the view just left, and a last vote of a view that is over, are no sign that
 * their author lags. */
static void late_votes_alone_are_no_sign_of_lagging(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_block old = core_world_block(world, 1, 1, &root.block, &root.qc);
    struct hs_tc one;
    struct hs_tc three;
    core_world_advance(world, MS);
    assert_true(core_world_tc(world, &one, 1, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &one), HS_OK);
    assert_int_equal(vote(world, 0, 3, &old), HS_STALE);

    assert_true(core_world_tc(world, &three, 3, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &three), HS_OK);
    struct hs_view_change level = core_world_view_change(world, 3, 4, &root.qc);
    level.has_last_vote = true;
    level.last_vote = core_world_vote(world, 3, &old);
    struct world_message message = core_world_view_change_message(&level, &three);
    assert_int_equal(core_world_give(world, 0, 3, &message), HS_OK);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_STATUS][3], 0);
    end_world(world);
}

/* -- the limit -------------------------------------------------------------------------------- */

/* L14: a full tree takes no more, says so, and goes on once something commits. */
static void a_full_tree_extends_no_deeper_and_breaks_nothing(void **state)
{
    (void)state;
    struct core_world *world = core_world_new(
        &(struct core_world_config){.count = 4, .puppets = PUPPETS_OF_FOUR, .tree_blocks_max = 4});
    core_world_start(world, 0);
    struct link tip = first_link(world);
    struct link kept[3];
    struct hs_tc tc;
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_EXECUTE); /* so that nothing commits */
    for (uint64_t view = 1; view <= 3; view++) {
        tip = next_link(world, &tip, view);
        kept[view - 1] = tip;
        assert_int_equal(propose(world, 0, &tip.block, NULL), HS_OK);
    }
    assert_int_equal(core_world_status(world, 0).tree_blocks, 4);
    assert_true(core_world_tc(world, &tc, 4, PUPPETS_OF_FOUR, &tip.qc));
    struct link five = next_link(world, &tip, 5);
    struct hs_verified_block block;
    core_world_recover(world, &block, &five.block);
    struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
    assert_int_equal(core_world_step(world, 0, &event), HS_FULL);
    assert_int_equal(propose(world, 0, &five.block, &tc), HS_OK); /* it waits */
    assert_false(hs_core_holds(world->nodes[0].core, &five.block.id));
    assert_true(hs_core_holds(world->nodes[0].core, &kept[2].block.id));

    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).committed_height, 2);
    assert_true(hs_core_holds(world->nodes[0].core, &five.block.id));
    assert_int_equal(world->nodes[0].voted.view, 5);
    end_world(world);
}

/* L14: a leader whose tree is full does not build without end. */
static void a_leader_with_a_full_tree_comes_to_rest(void **state)
{
    (void)state;
    struct core_world *world = core_world_new(
        &(struct core_world_config){.count = 4, .puppets = PUPPETS_OF_FOUR, .tree_blocks_max = 2});
    core_world_start(world, 0);
    struct link root = first_link(world);
    struct hs_block one = core_world_block(world, 1, 1, &root.block, &root.qc);
    struct hs_tc tc;
    assert_int_equal(propose(world, 0, &one, NULL), HS_OK);
    core_world_run(world);
    assert_true(core_world_tc(world, &tc, 3, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 1);
    core_world_advance(world, 100 * MS);
    assert_true(world->nodes[0].asked[HS_ACTION_BUILD] <= 11);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 0);
    end_world(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timer_never_moves_the_view),
        cmocka_unit_test(a_certificate_moves_the_view_over_any_gap),
        cmocka_unit_test(a_commit_that_begins_a_view_shortens_its_timer),
        cmocka_unit_test(a_view_change_is_repeated_at_each_timer),
        cmocka_unit_test(a_long_timer_repeats_once_a_second),
        cmocka_unit_test(a_validator_joins_when_an_honest_one_must_be_among_them),
        cmocka_unit_test(a_qc_made_of_view_changes_wins),
        cmocka_unit_test(a_qc_wins_over_the_tc_that_one_heavy_message_completes),
        cmocka_unit_test(a_view_change_without_proof_of_entry_is_refused),
        cmocka_unit_test(a_view_change_shows_how_its_view_was_entered),
        cmocka_unit_test(a_vote_goes_to_this_leader_and_the_next),
        cmocka_unit_test(a_leader_of_two_views_gets_one_vote),
        cmocka_unit_test(the_next_leader_makes_the_qc_at_once),
        cmocka_unit_test(the_leader_makes_the_qc_as_a_backup_after_the_delay),
        cmocka_unit_test(the_backup_rests_when_the_next_view_was_heard_of),
        cmocka_unit_test(a_vote_that_goes_leaves_no_wake_behind),
        cmocka_unit_test(an_idle_leader_waits_the_idle_interval),
        cmocka_unit_test(a_leader_with_work_proposes_at_once),
        cmocka_unit_test(a_leader_under_load_waits_for_a_fuller_block),
        cmocka_unit_test(a_leader_with_a_full_block_proposes_at_once),
        cmocka_unit_test(work_ends_the_idle_wait),
        cmocka_unit_test(a_block_to_commit_ends_the_idle_wait),
        cmocka_unit_test(a_failed_build_is_tried_again_later),
        cmocka_unit_test(a_bad_vote_is_blamed_and_the_rest_make_the_qc),
        cmocka_unit_test(a_suspect_is_checked_apart),
        cmocka_unit_test(a_bad_view_change_is_blamed_and_the_rest_make_the_tc),
        cmocka_unit_test(a_leader_with_a_bad_vote_still_has_its_block_certified),
        cmocka_unit_test(a_qc_for_a_block_not_held_moves_the_view_and_fetches),
        cmocka_unit_test(a_proposal_that_comes_after_its_qc_is_held),
        cmocka_unit_test(a_leader_whose_parent_is_missing_proposes_once_it_is_held),
        cmocka_unit_test(a_chain_of_one_runs_through_the_same_queue),
        cmocka_unit_test(a_new_connection_hears_status_and_what_was_last_said),
        cmocka_unit_test(a_new_connection_hears_the_leaders_proposal),
        cmocka_unit_test(whoever_is_behind_is_answered_once_per_timer),
        cmocka_unit_test(late_votes_alone_are_no_sign_of_lagging),
        cmocka_unit_test(a_full_tree_extends_no_deeper_and_breaks_nothing),
        cmocka_unit_test(a_leader_with_a_full_tree_comes_to_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
