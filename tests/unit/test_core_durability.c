/* The core's order of durable, signed, sent (D1), and what a restart at any point makes of it. */
#include <stdlib.h>

#include "tests/unit/core_script.h"

/* Validator 0 with a proposal of view 1 that it is about to vote for. */
static struct hs_block proposed(struct core_world *world)
{
    struct link root = first_link(world);
    struct hs_block block = core_world_block(world, 1, 1, &root.block, &root.qc);
    assert_int_equal(propose(world, 0, &block, NULL), HS_OK);
    return block;
}

/* D1 */
static void nothing_is_signed_before_its_record_is_durable(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_PERSIST);
    struct hs_block block = proposed(world);
    core_world_advance(world, 2000 * MS); /* the timer runs out, too */
    assert_int_equal(world->nodes[0].asked[HS_ACTION_PERSIST], 2);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);

    /* The first record covers the vote and not the view change. */
    struct hs_event durable = {.type = HS_EVENT_RECORD_DURABLE, .record_sequence = 1};
    world->nodes[0].durable.vote_view = 1;
    world->nodes[0].durable.vote_block_id = block.id;
    world->nodes[0].durable.last_voted_view = 1;
    assert_int_equal(core_world_step(world, 0, &durable), HS_OK);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 1);
    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 2);
    end_world(world);
}

/* D1: what the record of a vote holds. */
static void the_record_of_a_vote_holds_all_that_it_rests_on(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct hs_tc tc;
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    core_world_run(world);
    assert_true(core_world_tc(world, &tc, 2, PUPPETS_OF_FOUR, &one.qc));
    struct link three = next_link(world, &one, 3);
    assert_int_equal(propose(world, 0, &three.block, &tc), HS_OK);
    core_world_run(world);

    const struct hs_safety_record *record = &world->nodes[0].persisted;
    assert_int_equal(record->sequence, 2);
    assert_int_equal(record->last_voted_view, 3);
    assert_int_equal(record->locked_view, 1);
    assert_int_equal(record->vote_view, 3);
    assert_true(same_block(&record->vote_block_id, &three.block.id));
    assert_int_equal(record->view_change_view, 0);
    assert_int_equal(record->high_qc.view, 1);
    assert_true(record->has_tc);
    assert_int_equal(record->tc.view, 2);
    end_world(world);
}

/* D1: what the record of a view change holds. */
static void the_record_of_a_view_change_holds_all_that_it_rests_on(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    assert_int_equal(show_qc(world, 0, 1, &one.qc), HS_OK);
    core_world_advance(world, 250 * MS);
    const struct hs_safety_record *record = &world->nodes[0].persisted;
    assert_int_equal(record->last_voted_view, 2);
    assert_int_equal(record->view_change_view, 2);
    assert_int_equal(record->view_change_high_qc_view, 1);
    assert_int_equal(record->high_qc.view, 1);
    assert_int_equal(record->vote_view, 0);
    end_world(world);
}

/* D1: START given twice must not let an undurable statement through. */
static void a_second_start_signs_nothing(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_PERSIST);
    (void)proposed(world);
    core_world_run(world);
    struct hs_event start = {.type = HS_EVENT_START};
    assert_int_equal(core_world_step(world, 0, &start), HS_DUPLICATE);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    end_world(world);
}

/* D3 */
static void after_a_failed_write_nothing_is_ever_signed(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    world->nodes[0].writes_fail = true;
    (void)proposed(world);
    core_world_run(world);
    world->nodes[0].writes_fail = false;
    struct hs_event late = {.type = HS_EVENT_RECORD_DURABLE, .record_sequence = 1};
    assert_int_equal(core_world_step(world, 0, &late), HS_OK);
    core_world_advance(world, 10000 * MS);
    struct link one = next_link(world, &root, 1);
    assert_int_equal(show_qc(world, 0, 1, &one.qc), HS_OK);
    struct hs_block two = core_world_block(world, 2, 2, &one.block, &one.qc);
    core_world_hold_block(world, 0, &one.block);
    assert_int_equal(propose(world, 0, &two, NULL), HS_OK);
    core_world_advance(world, 10000 * MS);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VOTE], 0);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 0);
    assert_false(core_world_status(world, 0).signing);
    assert_int_equal(core_world_status(world, 0).view, 2); /* it follows all the same */
    end_world(world);
}

/* D3: a signature under way when the write failed is not sent. */
static void a_signature_that_comes_after_a_failed_write_is_not_sent(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_SIGN);
    (void)proposed(world);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 1);
    struct hs_event failed = {.type = HS_EVENT_DURABLE_WRITE_FAILED};
    assert_int_equal(core_world_step(world, 0, &failed), HS_OK);
    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VOTE], 0);
    end_world(world);
}

/* D6: a statement of a view that is over is not signed after one of a later view. */
static void what_was_decided_in_a_view_that_is_over_is_not_signed(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_tc tc;
    world->nodes[0].hold = WORLD_BIT(HS_ACTION_PERSIST);
    core_world_advance(world, 250 * MS); /* a view change of view 1 */
    assert_true(core_world_tc(world, &tc, 1, PUPPETS_OF_FOUR, &root.qc));
    struct hs_block two = core_world_block(world, 2, 2, &root.block, &root.qc);
    assert_int_equal(propose(world, 0, &two, &tc), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_PERSIST], 2);
    world->nodes[0].durable = world->nodes[0].persisted;
    struct hs_event both = {.type = HS_EVENT_RECORD_DURABLE, .record_sequence = 2};
    assert_int_equal(core_world_step(world, 0, &both), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 1);
    assert_int_equal(world->nodes[0].voted.view, 2);
    assert_int_equal(world->nodes[0].changed_view, 0);
    end_world(world);
}

/* -- restarts -------------------------------------------------------------------------- */

/* D4 */
static void a_vote_is_sent_again_after_a_restart(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct hs_block block = proposed(world);
    core_world_run(world);
    struct hs_vote before = world->nodes[0].last[HS_OUTBOUND_VOTE].vote;
    core_world_crash(world, 0);
    core_world_start(world, 0);
    core_world_run(world);
    struct hs_vote after = world->nodes[0].last[HS_OUTBOUND_VOTE].vote;
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_VOTE][2], 2);
    assert_true(same_block(&after.block_id, &block.id));
    assert_memory_equal(&before.signature, &after.signature, sizeof(before.signature));
    assert_int_equal(core_world_status(world, 0).view, 1);

    /* S2: and no other block gets one. */
    struct hs_block other = core_world_block(world, 1, 1, &world->genesis, &world->genesis_qc);
    assert_int_equal(propose(world, 0, &other, NULL), HS_OK);
    core_world_run(world);
    assert_true(same_block(&world->nodes[0].voted.block_id, &block.id));
    end_world(world);
}

/* D4 */
static void a_view_change_is_sent_again_after_a_restart(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct hs_tc tc;
    assert_true(core_world_tc(world, &tc, 4, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    core_world_advance(world, 8000 * MS);
    struct world_message before = world->nodes[0].last[HS_OUTBOUND_VIEW_CHANGE];
    core_world_crash(world, 0);
    core_world_start(world, 0);
    core_world_run(world);
    const struct world_message *after = &world->nodes[0].last[HS_OUTBOUND_VIEW_CHANGE];
    assert_int_equal(core_world_status(world, 0).view, 5);
    assert_int_equal(after->view_change.view, 5);
    assert_memory_equal(&before.view_change.signature, &after->view_change.signature,
                        sizeof(before.view_change.signature));
    assert_true(after->has_tc);
    uint32_t said = world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE];
    core_world_advance(world, 1000 * MS); /* L3 goes on */
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], said + 1);
    end_world(world);
}

/* Validator 0 leads view 4, which a TC began, and has sent its proposal. */
static struct core_world *leader_by_tc(void)
{
    struct core_world *world = one_of_four();
    struct hs_tc tc;
    assert_true(core_world_tc(world, &tc, 3, PUPPETS_OF_FOUR, &world->genesis_qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1);
    return world;
}

/* D4, L12 */
static void a_leader_proposes_its_own_durable_block_again(void **state)
{
    (void)state;
    struct core_world *world = leader_by_tc();
    struct world_message before = world->nodes[0].last[HS_OUTBOUND_PROPOSAL];
    core_world_crash(world, 0);
    core_world_start(world, 0);
    core_world_run(world);
    const struct world_message *after = &world->nodes[0].last[HS_OUTBOUND_PROPOSAL];
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 2);
    assert_true(same_block(&before.block.id, &after->block.id));
    assert_memory_equal(&before.leader_vote, &after->leader_vote, sizeof(before.leader_vote));
    assert_true(after->has_tc);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_BUILD], 1);
    end_world(world);
}

/* D4, S3: a QC of the view before that came later does not take the TC off the proposal. */
static void a_proposal_keeps_its_tc_over_a_restart_with_a_higher_qc(void **state)
{
    (void)state;
    struct core_world *world = leader_by_tc();
    struct link root = first_link(world);
    struct link three = next_link(world, &root, 3);
    assert_int_equal(show_qc(world, 0, 3, &three.qc), HS_OK);
    core_world_advance(world, 8000 * MS); /* a view change makes the higher QC durable */
    assert_int_equal(world->nodes[0].durable.high_qc.view, 3);
    core_world_crash(world, 0);
    core_world_start(world, 0);
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).view, 4);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 2);
    const struct world_message *after = &world->nodes[0].last[HS_OUTBOUND_PROPOSAL];
    assert_int_equal(after->block.header.justify.view, 0);
    assert_true(after->has_tc);
    assert_int_equal(after->tc.view, 3);
    end_world(world);
}

/* D4: the view is the highest certificate's on disk, and the lock is what it was. */
static void a_restart_forgets_neither_lock_nor_certificates(void **state)
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
    core_world_crash(world, 0);
    core_world_lose_log(world, 0);
    core_world_start(world, 0);
    struct hs_core_status status = core_world_status(world, 0);
    assert_int_equal(status.view, 2);
    assert_int_equal(status.high_qc_view, 1);
    assert_int_equal(status.locked_view, 1);
    assert_int_equal(status.last_voted_view, 2);
    end_world(world);
}

/* D4: one after the other, every request of a run of four is the last one that a validator
 * hears the answer of before it dies. All go on, no invariant breaks. */
static void a_crash_at_any_step_is_survived(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 4; count += 3) {
        for (uint32_t crash_after = 1; crash_after < 120; crash_after++) {
            struct core_world *world = core_world_new(&(struct core_world_config){.count = count});
            uint32_t victim = crash_after % count;
            core_world_start_all(world);
            while (world->steps < crash_after + 10) {
                if (!core_world_deliver(world)) {
                    core_world_wake_next(world);
                }
            }
            core_world_crash(world, victim);
            core_world_start(world, victim);
            assert_true(core_world_run_to_height(world, 12, 20000 * MS));
            end_world(world);
        }
    }
}

/* D4: a cluster that loses power as one goes on from what was durable. */
static void a_power_cut_of_all_is_survived(void **state)
{
    (void)state;
    for (uint32_t crash_after = 20; crash_after < 140; crash_after++) {
        struct core_world *world = core_world_new(&(struct core_world_config){.count = 4});
        core_world_start_all(world);
        while (world->steps < crash_after) {
            if (!core_world_deliver(world)) {
                core_world_wake_next(world);
            }
        }
        for (uint32_t i = 0; i < 4; i++) {
            core_world_crash(world, i);
        }
        core_world_start_all(world);
        assert_true(core_world_run_to_height(world, 10, 20000 * MS));
        end_world(world);
    }
}

/* D5 */
static void without_a_record_a_validator_follows_and_never_signs(void **state)
{
    (void)state;
    struct core_world *world = core_world_new(&(struct core_world_config){.count = 4});
    world->nodes[2].has_record = false;
    core_world_start_all(world);
    assert_true(core_world_run_to_height(world, 8, 60000 * MS));
    assert_int_equal(world->nodes[2].asked[HS_ACTION_SIGN], 0);
    assert_int_equal(world->nodes[2].asked[HS_ACTION_PERSIST], 0);
    assert_int_equal(world->nodes[2].asked[HS_ACTION_BUILD], 0);
    assert_true(world->nodes[2].root.header.height >= 8);
    assert_false(core_world_status(world, 2).signing);
    end_world(world);
}

/* D5: an old record is found out by a certificate with this validator's own signature. */
static void a_certificate_above_the_record_ends_signing(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct hs_safety_record old_record = world->nodes[0].durable;
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    core_world_run(world);
    struct hs_qc with_own_vote;
    assert_true(core_world_qc(world, &with_own_vote, &one.block, 7u));
    core_world_crash(world, 0);
    world->nodes[0].durable = old_record;
    core_world_start(world, 0);
    assert_true(core_world_status(world, 0).signing);
    uint64_t asked_before = world->nodes[0].asked[HS_ACTION_SIGN];
    assert_int_equal(show_qc(world, 0, 3, &with_own_vote), HS_OK);
    assert_false(core_world_status(world, 0).signing);
    assert_int_equal(core_world_status(world, 0).view, 2);
    core_world_advance(world, 2000 * MS); /* past the timer: no view change either */
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], asked_before);
    core_world_free(world);
}

/* D5: without the own signature in it a certificate above the record is what lagging looks like. */
static void a_certificate_of_others_does_not_end_signing(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    assert_int_equal(show_qc(world, 0, 3, &one.qc), HS_OK);
    assert_true(core_world_status(world, 0).signing);
    end_world(world);
}

/* D5, L13: it still answers those who are behind. */
static void without_a_record_a_validator_still_answers(void **state)
{
    (void)state;
    struct core_world *world =
        core_world_new(&(struct core_world_config){.count = 4, .puppets = PUPPETS_OF_FOUR});
    struct link root = first_link(world);
    struct hs_tc tc;
    world->nodes[0].has_record = false;
    core_world_start(world, 0);
    assert_true(core_world_tc(world, &tc, 6, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_OK);
    assert_int_equal(change_view(world, 0, 2, 1, &root.qc, NULL), HS_STALE);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_STATUS][2], 1);
    assert_int_equal(connect_peer(world, 0, 3), HS_OK);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_STATUS][3], 1);
    end_world(world);
}

/* What is read back from the log asks nobody for blocks before START. */
static void nothing_is_fetched_while_the_log_is_read_back(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct link root = first_link(world);
    struct link one = next_link(world, &root, 1);
    struct link two = next_link(world, &one, 2);
    assert_int_equal(propose(world, 0, &one.block, NULL), HS_OK);
    assert_int_equal(propose(world, 0, &two.block, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(show_qc(world, 0, 3, &two.qc), HS_OK);
    core_world_advance(world, 250 * MS);
    assert_int_equal(world->nodes[0].durable.high_qc.view, 2);
    core_world_crash(world, 0);
    world->nodes[0].root = world->genesis;
    world->nodes[0].commit_qc = (struct hs_qc){0};
    core_world_start(world, 0);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_FETCH], 0);
    core_world_free(world);
}

/* A root that the epoch can't go on from, or none of the sizes, is refused. */
static void what_does_not_fit_the_configuration_is_refused(void **state)
{
    (void)state;
    struct core_world *world = one_of_four();
    struct hs_core_config config = world->config;
    config.root = world->genesis;
    struct hs_safety_record record = world->nodes[0].durable;
    size_t footprint = hs_core_footprint(&config);
    assert_true(footprint > 0);
    void *memory = malloc(footprint);
    assert_non_null(memory);
    assert_non_null(hs_core_new(memory, &config, &record));
    assert_null(hs_core_new(NULL, &config, NULL));
    config.last_height = 0; /* the root is the epoch's last block: another epoch's core goes on */
    assert_int_equal(hs_core_footprint(&config), 0);
    assert_null(hs_core_new(memory, &config, &record));
    config.last_height = 1;
    assert_int_not_equal(hs_core_footprint(&config), 0);
    config.root.header.epoch = 1; /* P4: neither of this epoch nor of the one before */
    assert_int_equal(hs_core_footprint(&config), 0);
    config.root.header.epoch = 0;
    config.self = 4;
    assert_int_equal(hs_core_footprint(&config), 0);
    config.self = HS_VALIDATORS_MAX;
    assert_int_not_equal(hs_core_footprint(&config), 0);
    config.tree_blocks_max = 1;
    assert_int_equal(hs_core_footprint(&config), 0);
    config.tree_blocks_max = HS_TREE_BLOCKS_MAX + 1;
    assert_int_equal(hs_core_footprint(&config), 0);
    free(memory);
    end_world(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_signed_before_its_record_is_durable),
        cmocka_unit_test(the_record_of_a_vote_holds_all_that_it_rests_on),
        cmocka_unit_test(the_record_of_a_view_change_holds_all_that_it_rests_on),
        cmocka_unit_test(a_second_start_signs_nothing),
        cmocka_unit_test(after_a_failed_write_nothing_is_ever_signed),
        cmocka_unit_test(a_signature_that_comes_after_a_failed_write_is_not_sent),
        cmocka_unit_test(what_was_decided_in_a_view_that_is_over_is_not_signed),
        cmocka_unit_test(a_vote_is_sent_again_after_a_restart),
        cmocka_unit_test(a_view_change_is_sent_again_after_a_restart),
        cmocka_unit_test(a_leader_proposes_its_own_durable_block_again),
        cmocka_unit_test(a_proposal_keeps_its_tc_over_a_restart_with_a_higher_qc),
        cmocka_unit_test(a_restart_forgets_neither_lock_nor_certificates),
        cmocka_unit_test(a_crash_at_any_step_is_survived),
        cmocka_unit_test(a_power_cut_of_all_is_survived),
        cmocka_unit_test(without_a_record_a_validator_follows_and_never_signs),
        cmocka_unit_test(a_certificate_above_the_record_ends_signing),
        cmocka_unit_test(a_certificate_of_others_does_not_end_signing),
        cmocka_unit_test(without_a_record_a_validator_still_answers),
        cmocka_unit_test(nothing_is_fetched_while_the_log_is_read_back),
        cmocka_unit_test(what_does_not_fit_the_configuration_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
