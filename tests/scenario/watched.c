/* A run that is watched is the same run, and the recording says what happened in it. */
#include "tests/scenario/scenario.h"

#include "sim/recorder.h"
#include "sim/run.h"

static struct hs_sim_config run_of(uint32_t node_count, uint64_t seed, uint32_t faults)
{
    return (struct hs_sim_config){
        .node_count = node_count,
        .seed = seed,
        .blocks = 40,
        .faults = faults,
        .transfers_per_second = 20,
    };
}

static void watching_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct hs_sim_config config = run_of(seed == 1 ? 1 : 4, seed, HS_FAULTS_ALL);
        struct hs_sim_result alone;
        struct hs_sim_result watched;
        hs_sim_run(&config, &alone);
        struct hs_recorder *recorder = hs_recorder_new(HS_RECORDER_EVENTS_MAX);
        struct hs_observer observer;
        hs_recorder_observe(recorder, &observer);
        config.observer = &observer;
        hs_sim_run(&config, &watched);
        assert_int_equal(alone.trace_hash, watched.trace_hash);
        assert_int_equal(alone.virtual_ns, watched.virtual_ns);
        assert_true(hs_recorder_count(recorder) > 100);
        hs_recorder_free(recorder);
    }
}

struct counts {
    size_t of_type[HS_RECORDED_VIOLATED + 1];
    size_t under_way;
    uint64_t height_of[HS_VALIDATORS_MAX];
};

static void count(struct counts *counts, const struct hs_recorder *recorder)
{
    *counts = (struct counts){0};
    uint64_t before_ns = 0;
    for (size_t i = 0; i < hs_recorder_count(recorder); i++) {
        const struct hs_recorded *event = hs_recorder_at(recorder, i);
        assert_true(event->at_ns >= before_ns);
        before_ns = event->at_ns;
        counts->of_type[event->type]++;
        if (event->type == HS_RECORDED_SENT) {
            counts->under_way += event->sent.fate == HS_RECORDED_UNDER_WAY ? 1 : 0;
            assert_true(event->sent.end_ns >= event->at_ns);
        } else if (event->type == HS_RECORDED_COMMITTED) {
            assert_true(event->committed.height > counts->height_of[event->process]);
            counts->height_of[event->process] = event->committed.height;
        }
    }
}

static struct hs_world *watched_world(struct hs_recorder *recorder, uint64_t seed)
{
    struct hs_world *world = new_world(4, seed);
    struct hs_observer observer;
    hs_recorder_observe(recorder, &observer);
    hs_world_set_observer(world, &observer);
    hs_world_start_all(world);
    return world;
}

static void every_commit_and_view_is_recorded(void **state)
{
    (void)state;
    struct hs_recorder *recorder = hs_recorder_new(HS_RECORDER_EVENTS_MAX);
    struct hs_world *world = watched_world(recorder, 3);
    run_to_height(world, 20, 60 * SECOND_NS);
    struct counts counts;
    count(&counts, recorder);
    uint64_t heights = 0;
    uint64_t reported = 0;
    uint64_t view[4] = {0};
    for (size_t i = 0; i < hs_recorder_count(recorder); i++) {
        const struct hs_recorded *event = hs_recorder_at(recorder, i);
        if (event->type == HS_RECORDED_STATE) {
            view[event->process] = event->state.view;
        }
    }
    for (uint32_t i = 0; i < 4; i++) {
        heights += counts.height_of[i];
        reported += hs_world_height(world, i);
        assert_int_equal(view[i], status_of(world, i).core.view);
    }
    assert_int_equal(heights, reported);
    assert_int_equal(counts.of_type[HS_RECORDED_COMMITTED], reported);
    assert_int_equal(counts.of_type[HS_RECORDED_HAPPENED], 4);
    assert_true(counts.under_way < counts.of_type[HS_RECORDED_SENT] / 10);
    hs_world_free(world);
    hs_recorder_free(recorder);
}

/* Also, the end of the world is no crash of its nodes. */
static void crashes_and_returns_are_recorded(void **state)
{
    (void)state;
    struct hs_recorder *recorder = hs_recorder_new(HS_RECORDER_EVENTS_MAX);
    struct hs_world *world = watched_world(recorder, 4);
    run_for(world, SECOND_NS);
    hs_world_crash(world, 1, false);
    hs_world_crash(world, 2, true);
    run_for(world, SECOND_NS);
    assert_int_equal(hs_world_start(world, 1), HS_OK);
    hs_world_say_fault(world, "%s", "in words");
    hs_world_free(world);
    enum hs_process_event seen[8];
    size_t seen_count = 0;
    struct counts counts;
    count(&counts, recorder);
    for (size_t i = 0; i < hs_recorder_count(recorder); i++) {
        const struct hs_recorded *event = hs_recorder_at(recorder, i);
        if (event->type == HS_RECORDED_HAPPENED) {
            assert_true(seen_count < 8);
            seen[seen_count++] = event->happened.event;
        }
    }
    assert_int_equal(seen_count, 7);
    assert_int_equal(seen[4], HS_PROCESS_CRASHED);
    assert_int_equal(seen[5], HS_PROCESS_POWER_CUT);
    assert_int_equal(seen[6], HS_PROCESS_STARTED);
    assert_int_equal(counts.of_type[HS_RECORDED_FAULT], 1);
    hs_recorder_free(recorder);
}

static void a_violation_is_recorded_once_at_its_moment(void **state)
{
    (void)state;
    struct hs_recorder *recorder = hs_recorder_new(128);
    struct hs_world *world = watched_world(recorder, 5);
    run_for(world, SECOND_NS);
    hs_checkers_diverged(hs_world_checkers(world), 2);
    uint64_t now_ns = hs_world_now_ns(world);
    for (uint32_t step = 0; step < 20; step++) {
        assert_true(hs_world_step(world));
    }
    struct counts counts;
    count(&counts, recorder);
    assert_int_equal(counts.of_type[HS_RECORDED_VIOLATED], 1);
    for (size_t i = 0; i < hs_recorder_count(recorder); i++) {
        const struct hs_recorded *event = hs_recorder_at(recorder, i);
        if (event->type == HS_RECORDED_VIOLATED) {
            assert_string_equal(event->text, hs_checkers_violation(hs_world_checkers(world)));
            assert_true(event->at_ns >= now_ns);
        }
    }
    hs_world_free(world);
    hs_recorder_free(recorder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watching_changes_nothing),
        cmocka_unit_test(every_commit_and_view_is_recorded),
        cmocka_unit_test(crashes_and_returns_are_recorded),
        cmocka_unit_test(a_violation_is_recorded_once_at_its_moment),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
