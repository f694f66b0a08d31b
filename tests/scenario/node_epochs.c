/* Epochs in whole nodes (P4, P5, L13): sets that change by a script (sim/cluster_epochs.c), and
 * everything that may happen to a node while one epoch ends and the next begins. The checkers hold
 * throughout: no statement in an epoch that was left, one beginning of each epoch, each height
 * certified by the set of its own epoch. */
#include "tests/scenario/scenario.h"

#define EPOCH_BLOCKS 5u

/* Four of the nodes, one place on from epoch to epoch: one joins, one leaves. */
static uint64_t four_in_turn(uint64_t epoch, uint32_t node_count)
{
    uint64_t members = 0;
    for (uint32_t i = 0; i < 4; i++) {
        members |= UINT64_C(1) << ((epoch + i) % node_count);
    }
    return members;
}

/* Nobody stays: the even ones, then the odd ones. */
static uint64_t every_other(uint64_t epoch, uint32_t node_count)
{
    uint64_t members = 0;
    for (uint32_t i = (uint32_t)(epoch % 2); i < node_count; i += 2) {
        members |= UINT64_C(1) << i;
    }
    return members;
}

static void config_of(struct hs_world_config *config, uint32_t node_count, uint64_t epoch_blocks,
                      hs_cluster_members *members, uint64_t seed)
{
    hs_world_config_default(config, node_count, seed);
    config->cluster.epoch_blocks = epoch_blocks;
    config->cluster.members = members;
    config->snapshot_interval_blocks = 7;
    config->segment_bytes = 16384;
}

static struct hs_world *world_of(uint32_t node_count, uint64_t epoch_blocks,
                                 hs_cluster_members *members, uint64_t seed)
{
    struct hs_world_config config;
    config_of(&config, node_count, epoch_blocks, members, seed);
    return hs_world_new(&config);
}

static uint64_t epoch_of_height(uint64_t height, uint64_t epoch_blocks)
{
    return (height - 1) / epoch_blocks;
}

static void assert_epochs(struct hs_world *world, uint64_t epoch_blocks)
{
    uint64_t height = hs_world_common_height(world);
    for (uint64_t h = 1; h <= height; h++) {
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), h, &block), HS_OK);
        assert_int_equal(block.block.header.epoch, epoch_of_height(h, epoch_blocks));
        if (h < height) {
            assert_true(block.has_certificate);
            assert_memory_equal(&block.certificate.block_id, &block.block.id,
                                sizeof(block.block.id));
            assert_int_equal(block.certificate.epoch, block.block.header.epoch);
        }
    }
}

/* P4 */
static void one_set_goes_from_epoch_to_epoch(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct hs_world *world = world_of(4, EPOCH_BLOCKS, NULL, seed);
        struct hs_load load;
        hs_load_init(&load, 50, seed);
        hs_world_start_all(world);
        while (hs_world_common_height(world) < 20 * EPOCH_BLOCKS) {
            assert_true(hs_world_now_ns(world) < 60 * SECOND_NS);
            hs_load_run_until(&load, world, hs_world_now_ns(world) + 100 * MILLISECOND_NS);
            assert_holds(world);
        }
        assert_epochs(world, EPOCH_BLOCKS);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* P4, P5 */
static void sets_change_with_each_epoch(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct hs_world *world = seed % 2 == 0 ? world_of(6, EPOCH_BLOCKS, four_in_turn, seed)
                                               : world_of(8, EPOCH_BLOCKS, every_other, seed);
        struct hs_load load;
        hs_load_init(&load, 50, seed);
        hs_world_start_all(world);
        while (hs_world_common_height(world) < 20 * EPOCH_BLOCKS) {
            assert_true(hs_world_now_ns(world) < 60 * SECOND_NS);
            hs_load_run_until(&load, world, hs_world_now_ns(world) + 100 * MILLISECOND_NS);
            assert_holds(world);
        }
        assert_epochs(world, EPOCH_BLOCKS);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* L11 */
static void one_node_has_epochs_of_one_block(void **state)
{
    (void)state;
    for (uint64_t blocks = 1; blocks <= 3; blocks++) {
        struct hs_world *world = world_of(1, blocks, NULL, 7);
        hs_world_start_all(world);
        run_to_height(world, 50, 60 * SECOND_NS);
        assert_epochs(world, blocks);
        hs_world_crash(world, 0, true);
        assert_int_equal(hs_world_start(world, 0), HS_OK);
        run_to_height(world, 60, 60 * SECOND_NS);
        assert_epochs(world, blocks);
        hs_world_free(world);
    }
}

/* P5: asleep for ten epochs, then back, epoch after epoch. */
static void node_that_slept_for_ten_epochs_comes_back(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 14; seed++) {
        struct hs_world *world =
            world_of(5, EPOCH_BLOCKS, seed % 2 == 0 ? four_in_turn : NULL, seed);
        struct hs_load load;
        hs_load_init(&load, 30, seed);
        hs_world_start_all(world);
        run_to_height(world, 8, 30 * SECOND_NS);
        hs_world_crash(world, 3, seed < 13);
        uint64_t end_ns = hs_world_now_ns(world) + 300 * SECOND_NS;
        while (hs_world_common_height(world) < 8 + 10 * EPOCH_BLOCKS) {
            assert_true(hs_world_now_ns(world) < end_ns);
            hs_load_run_until(&load, world, hs_world_now_ns(world) + 100 * MILLISECOND_NS);
            assert_holds(world);
        }
        uint64_t height = hs_world_height(world, 0);
        assert_int_equal(hs_world_start(world, 3), HS_OK);
        run_to_height(world, height + 2 * EPOCH_BLOCKS, 60 * SECOND_NS);
        assert_int_equal(status_of(world, 3).health, HS_NODE_HEALTHY);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* D2, D7, P4 */
static void cluster_that_loses_power_at_a_switch_goes_on(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct hs_world *world = world_of(4, 2, NULL, seed);
        struct hs_random random = hs_random_of(seed, 2);
        hs_world_start_all(world);
        for (uint32_t round = 0; round < 6; round++) {
            hs_world_run_until(world, hs_world_now_ns(world) +
                                          hs_random_below(&random, 400 * MILLISECOND_NS));
            assert_holds(world);
            for (uint32_t i = 0; i < 4; i++) {
                hs_world_crash(world, i, true);
            }
            hs_world_start_all(world);
            assert_holds(world);
        }
        run_to_height(world, hs_checkers_height(hs_world_checkers(world)) + 5, 60 * SECOND_NS);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* Node 0 loses its power within the disk call with number `call`. False: the run ended before. */
static bool crash_at_call(uint32_t node_count, uint64_t call, uint64_t seed)
{
    struct hs_world_config config;
    config_of(&config, node_count, 2, NULL, seed);
    struct hs_world *world = hs_world_new(&config);
    struct hs_virtual_disk *disk = hs_world_disk(world, 0);
    hs_virtual_disk_crash_at(disk, hs_virtual_disk_calls(disk) + call);
    bool struck = false;
    for (uint32_t i = 0; i < node_count; i++) {
        struck = hs_world_start(world, i) != HS_OK || struck;
    }
    while (hs_checkers_height(hs_world_checkers(world)) < 9 && !struck) {
        assert_true(hs_world_step(world));
        assert_holds(world);
        struck = !hs_world_is_up(world, 0);
    }
    hs_virtual_disk_crash_at(disk, 0);
    uint64_t height = hs_checkers_height(hs_world_checkers(world));
    if (struck) {
        assert_int_equal(hs_world_start(world, 0), HS_OK);
        assert_int_equal(status_of(world, 0).health, HS_NODE_HEALTHY);
    }
    run_to_height(world, height + 4, 60 * SECOND_NS);
    assert_same_chain(world);
    hs_world_free(world);
    return struck;
}

/* D1, D7, P4: over four switches. */
static void crash_at_every_disk_call_around_switches(void **state)
{
    (void)state;
    uint64_t calls = 0;
    while (crash_at_call(1, calls + 1, 41)) {
        calls++;
    }
    assert_true(calls > 50);
    uint64_t calls_of_four = 0;
    while (crash_at_call(4, calls_of_four + 1, 42)) {
        calls_of_four++;
    }
    print_message("crashed at each of %" PRIu64 " disk calls of one node, and of %" PRIu64
                  " of one of four\n",
                  calls, calls_of_four);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_set_goes_from_epoch_to_epoch),
        cmocka_unit_test(sets_change_with_each_epoch),
        cmocka_unit_test(one_node_has_epochs_of_one_block),
        cmocka_unit_test(node_that_slept_for_ten_epochs_comes_back),
        cmocka_unit_test(cluster_that_loses_power_at_a_switch_goes_on),
        cmocka_unit_test(crash_at_every_disk_call_around_switches),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
