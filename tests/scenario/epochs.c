/* Cores over many epochs (P4, P5): joins and leaves, crashes around every switch, and ten thousand
 * random schedules. What must hold after every step is checked by core_world. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/core_world.h"

#define MS       WORLD_MILLISECOND_NS
#define QUIET_NS (120000 * MS)

static void end_world(struct core_world *world)
{
    assert_string_equal(world->violation, "");
    core_world_free(world);
}

static uint64_t highest(const struct core_world *world)
{
    uint64_t height = 0;
    for (uint32_t i = 0; i < world->count; i++) {
        uint64_t of_node = world->nodes[i].root.header.height;
        height = of_node > height ? of_node : height;
    }
    return height;
}

static void step(struct core_world *world)
{
    if (!core_world_deliver(world)) {
        core_world_wake_next(world);
    }
}

/* -- around the switch ------------------------------------------------------------------- */

/* P4, D4: one node dies after each step of a run through several epochs, with its last commits on
 * disk or not, and starts again. */
static void a_crash_at_any_step_around_a_switch_is_survived(void **state)
{
    (void)state;
    const uint32_t sets[] = {0x0f, 0x17, 0x1e, 0x0f};
    for (uint32_t crash_after = 1; crash_after < 400; crash_after++) {
        bool alone = crash_after % 3 == 0;
        struct core_world *world = core_world_new(&(struct core_world_config){
            .count = alone ? 1 : 5,
            .epoch_blocks = 1 + crash_after % 2,
            .sets = alone ? NULL : sets,
            .sets_count = 4,
        });
        uint32_t victim = crash_after % world->count;
        world->nodes[victim].commits_lag = crash_after / 5 % 2 == 0;
        core_world_start_all(world);
        while (world->steps < crash_after) {
            step(world);
        }
        core_world_crash(world, victim);
        core_world_start(world, victim);
        assert_true(core_world_run_to_height(world, highest(world) + 4, QUIET_NS));
        end_world(world);
    }
}

/* P4, D4: the whole cluster loses power at once. */
static void a_power_cut_around_a_switch_is_survived(void **state)
{
    (void)state;
    for (uint32_t crash_after = 20; crash_after < 300; crash_after++) {
        struct core_world *world = core_world_new(
            &(struct core_world_config){.count = 4, .epoch_blocks = 1 + crash_after % 3});
        for (uint32_t i = 0; i < 4; i++) {
            world->nodes[i].commits_lag = crash_after % 2 == 0;
        }
        core_world_start_all(world);
        while (world->steps < crash_after) {
            step(world);
        }
        for (uint32_t i = 0; i < 4; i++) {
            core_world_crash(world, i);
        }
        core_world_start_all(world);
        assert_true(core_world_run_to_height(world, highest(world) + 4, QUIET_NS));
        end_world(world);
    }
}

/* -- many --------------------------------------------------------------------------------- */

/* One random run: sets, leaders and lengths of epochs, losses, repeats, any order, crashes with and
 * without the last commits; then a quiet end. */
static uint64_t random_run(uint64_t seed, uint32_t steps)
{
    uint32_t sets[8];
    struct core_world_config config = {
        .count = 1 + (uint32_t)(seed % 6),
        .election = seed / 6 % 2 == 0 ? HS_LEADER_ROUND_ROBIN : HS_LEADER_WEIGHTED,
        .epoch_blocks = 1 + seed / 12 % 5,
        .sets = sets,
        .sets_count = 8,
    };
    struct core_world draws = {.random = seed};
    for (uint32_t i = 0; i < 8; i++) {
        sets[i] = 1 + (uint32_t)core_world_random(&draws, (1u << config.count) - 1);
    }
    struct core_world *world = core_world_new(&config);
    world->random = seed;
    for (uint32_t i = 0; i < world->count; i++) {
        world->nodes[i].commits_lag = core_world_random(world, 2) == 0;
    }
    core_world_start_all(world);
    for (uint32_t step = 0; step < steps; step++) {
        uint64_t choice = core_world_random(world, 100);
        uint32_t node = (uint32_t)core_world_random(world, world->count);
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
    if (!core_world_run_to_height(world, highest(world) + 2, QUIET_NS)) {
        core_world_fail(world, "seed %" PRIu64 " stands still", seed);
    }
    uint64_t digest = world->digest;
    end_world(world);
    return digest;
}

/* S1 to S8, D1, D4, L1 to L13, P4, P5: no schedule breaks an invariant, and all go on afterwards. */
static void random_schedules_over_epochs_keep_every_invariant(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10000; seed++) {
        (void)random_run(seed, 600);
    }
}

static void equal_runs_over_epochs_have_equal_digests(void **state)
{
    (void)state;
    assert_int_equal(random_run(9, 600), random_run(9, 600));
    assert_int_not_equal(random_run(9, 600), random_run(10, 600));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_at_any_step_around_a_switch_is_survived),
        cmocka_unit_test(a_power_cut_around_a_switch_is_survived),
        cmocka_unit_test(random_schedules_over_epochs_keep_every_invariant),
        cmocka_unit_test(equal_runs_over_epochs_have_equal_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
