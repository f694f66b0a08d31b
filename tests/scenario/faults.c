/* What a node does when its process is stopped, its clocks jump or a bit of its files flips. */
#include "tests/scenario/scenario.h"

#define HOUR_MS   INT64_C(3600000)
#define FLIP_STEP 11u

/* -- pauses ------------------------------------------------------------------------------- */

static void paused_process_catches_up_and_signs_on(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct hs_world *world = new_world(4, seed);
        hs_world_start_all(world);
        run_to_height(world, 5, 30 * SECOND_NS);
        hs_world_pause(world, 1);
        uint64_t height = hs_world_height(world, 1);
        run_for(world, 5 * SECOND_NS);
        assert_true(hs_world_is_paused(world, 1));
        assert_int_equal(hs_world_height(world, 1), height);
        assert_int_equal(hs_world_submit(world, 1, 0, 1, 1), HS_NOT_READY);
        uint64_t others = hs_world_height(world, 0);
        assert_true(others > height + 5);
        hs_world_resume(world, 1);
        run_to_height(world, others + 10, 30 * SECOND_NS);
        assert_int_equal(status_of(world, 1).health, HS_NODE_HEALTHY);
        assert_true(status_of(world, 1).core.last_voted_view + 10 > hs_world_view(world));
        assert_same_chain(world);
        hs_world_free(world);
    }
}

static void all_paused_at_once_go_on_as_before(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 11);
    hs_world_start_all(world);
    run_to_height(world, 5, 30 * SECOND_NS);
    for (uint32_t i = 0; i < 4; i++) {
        hs_world_pause(world, i);
    }
    run_for(world, 60 * SECOND_NS);
    uint64_t height = hs_world_common_height(world);
    for (uint32_t i = 0; i < 4; i++) {
        hs_world_resume(world, i);
    }
    run_to_height(world, height + 10, 30 * SECOND_NS);
    hs_world_free(world);
}

static void process_killed_while_paused_starts_again(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 12);
    hs_world_start_all(world);
    run_to_height(world, 5, 30 * SECOND_NS);
    hs_world_pause(world, 2);
    run_for(world, SECOND_NS);
    hs_world_crash(world, 2, true);
    assert_false(hs_world_is_paused(world, 2));
    assert_int_equal(hs_world_start(world, 2), HS_OK);
    run_to_height(world, hs_world_height(world, 0) + 5, 30 * SECOND_NS);
    hs_world_free(world);
}

/* -- clocks ---------------------------------------------------------------------------------- */

static void chain_goes_on_over_jumps_of_clocks(void **state)
{
    (void)state;
    static const int64_t wall_jumps_ms[] = {HOUR_MS, -HOUR_MS, -HOUR_MS, 1, HOUR_MS};
    struct hs_world *world = new_world(4, 13);
    hs_world_start_all(world);
    for (uint32_t i = 0; i < 5; i++) {
        hs_world_jump_wall_clock(world, i % 4, wall_jumps_ms[i]);
        run_to_height(world, hs_world_common_height(world) + 8, 30 * SECOND_NS);
        hs_world_jump_clocks(world, (i + 1) % 4, (uint64_t)HOUR_MS * MILLISECOND_NS);
        run_to_height(world, hs_world_common_height(world) + 8, 30 * SECOND_NS);
    }
    uint64_t last_ms = 0;
    for (uint64_t height = 1; height <= hs_world_common_height(world); height++) {
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), height, &block), HS_OK);
        assert_true(block.block.header.timestamp_ms > last_ms);
        last_ms = block.block.header.timestamp_ms;
    }
    hs_world_free(world);
}

/* -- bit rot --------------------------------------------------------------------------------- */

struct outcomes {
    uint32_t unnoticed;
    uint32_t followed;
    uint32_t refused;
};

/* Node 2 of four, down, with a small log of many segments and two snapshots. */
static struct hs_world *world_with_files(void)
{
    struct hs_world_config config;
    hs_world_config_default(&config, 4, 14);
    config.segment_bytes = 4096;
    config.snapshot_interval_blocks = 5;
    struct hs_world *world = hs_world_new(&config);
    hs_world_start_all(world);
    run_to_height(world, 12, 30 * SECOND_NS);
    hs_world_crash(world, 2, false);
    return world;
}

/* The first byte at or after *offset that is not zero; false: there is none. */
static bool next_written(const struct hs_virtual_disk *disk, const char *name, uint64_t *offset)
{
    uint8_t byte;
    while (hs_virtual_disk_read_durable(disk, name, *offset, &byte, 1) == 1) {
        if (byte != 0) {
            return true;
        }
        (*offset)++;
    }
    return false;
}

/* The node starts on a file with one bit flipped, and its owner sees to what it says. Whatever that
 * is: it signs nothing that contradicts what it signed (the checkers hold it to that), and is back
 * with the others in the end. */
static void start_rotten(struct hs_world *world, const char *name, uint64_t offset,
                         struct outcomes *outcomes)
{
    assert_int_equal(hs_world_rot(world, 2, name, offset, (uint32_t)(offset % 8)), HS_OK);
    run_for(world, SECOND_NS);
    enum hs_status status = hs_world_start(world, 2);
    bool refused = status != HS_OK;
    bool follows = !refused && status_of(world, 2).health == HS_NODE_FOLLOWING;
    assert_true(status == HS_OK || status == HS_CORRUPT);
    bool is_log = strncmp(name, "blocks-", 7) == 0;
    assert_true(!refused || is_log);
    assert_true(!follows || strstr(name, ".slots") != NULL);
    if (refused || follows) {
        assert_int_equal(hs_world_recover(world, 2, refused), HS_OK);
        assert_int_equal(hs_world_start(world, 2), HS_OK);
    }
    run_to_height(world, hs_world_height(world, 0) + 3, 60 * SECOND_NS);
    assert_int_equal(status_of(world, 2).health, HS_NODE_HEALTHY);
    assert_true(status_of(world, 2).core.signing);
    outcomes->refused += refused ? 1 : 0;
    outcomes->followed += follows ? 1 : 0;
    outcomes->unnoticed += refused || follows ? 0 : 1;
}

static void node_outlives_a_flipped_bit_wherever_it_is(void **state)
{
    (void)state;
    struct outcomes outcomes = {0};
    bool more_files = true;
    for (size_t file = 0; more_files; file++) {
        for (uint64_t offset = file;; offset += FLIP_STEP) {
            struct hs_world *world = world_with_files();
            const struct hs_virtual_disk *disk = hs_world_disk(world, 2);
            const struct hs_disk *interface = hs_virtual_disk_interface(disk);
            char name[HS_FILE_NAME_BYTES_MAX];
            more_files = interface->list(interface->context, file, name) == HS_OK;
            bool more_bytes = more_files && next_written(disk, name, &offset);
            if (more_bytes) {
                start_rotten(world, name, offset, &outcomes);
            }
            hs_world_free(world);
            if (!more_bytes) {
                break;
            }
        }
    }
    print_message("a flipped bit: %" PRIu32 " times without consequence, %" PRIu32
                  " times followed, %" PRIu32 " times refused to start\n",
                  outcomes.unnoticed, outcomes.followed, outcomes.refused);
    assert_true(outcomes.unnoticed > 0 && outcomes.followed > 0 && outcomes.refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paused_process_catches_up_and_signs_on),
        cmocka_unit_test(all_paused_at_once_go_on_as_before),
        cmocka_unit_test(process_killed_while_paused_starts_again),
        cmocka_unit_test(chain_goes_on_over_jumps_of_clocks),
        cmocka_unit_test(node_outlives_a_flipped_bit_wherever_it_is),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
