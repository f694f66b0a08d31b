/* What a crash, a power cut or a bad disk may take away, and what not (D1 to D7). */
#include "tests/scenario/scenario.h"

#include "sim/random.h"
#include "storage/slot_store.h"

/* -- D5 ---------------------------------------------------------------------------------- */

static bool count_signed(void *context, uint32_t from, uint32_t to,
                         const struct hs_message *message)
{
    (void)to;
    uint64_t *signed_by = context;
    bool is_signed = message->type == HS_MESSAGE_PROPOSAL || message->type == HS_MESSAGE_VOTE ||
                     message->type == HS_MESSAGE_VIEW_CHANGE;
    signed_by[from] += is_signed ? 1 : 0;
    return true;
}

static void remove_file(struct hs_world *world, uint32_t index, const char *name)
{
    const struct hs_disk *disk = hs_virtual_disk_interface(hs_world_disk(world, index));
    assert_int_equal(disk->remove(disk->context, name), HS_OK);
    assert_int_equal(disk->sync_names(disk->context), HS_OK);
}

static void follow_without(const char *record_name)
{
    struct hs_world *world = new_world(4, 21);
    uint64_t signed_by[HS_VALIDATORS_MAX] = {0};
    hs_world_set_filter(world, count_signed, signed_by);
    hs_world_start_all(world);
    run_to_height(world, 10, 30 * SECOND_NS);
    hs_world_crash(world, 2, false);
    remove_file(world, 2, record_name);
    run_for(world, SECOND_NS);
    signed_by[2] = 0;
    assert_int_equal(hs_world_start(world, 2), HS_OK);
    run_to_height(world, 40, 60 * SECOND_NS);
    struct hs_node_status status = status_of(world, 2);
    assert_int_equal(status.health, HS_NODE_FOLLOWING);
    assert_false(status.core.signing);
    assert_true(status.height >= 40);
    assert_int_equal(signed_by[2], 0);
    assert_same_chain(world);
    hs_world_free(world);
}

static void node_without_safety_record_follows_and_does_not_sign(void **state)
{
    (void)state;
    follow_without(HS_SAFETY_SLOTS_NAME);
    follow_without(HS_SIGNER_SLOTS_NAME);
}

/* An old home copied back: the record is whole, but the signer's is not as old. */
static void node_with_an_older_safety_record_does_not_sign(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 22);
    uint64_t signed_by[HS_VALIDATORS_MAX] = {0};
    hs_world_set_filter(world, count_signed, signed_by);
    hs_world_start_all(world);
    run_to_height(world, 10, 30 * SECOND_NS);
    hs_world_crash(world, 1, false);
    const struct hs_disk *disk = hs_virtual_disk_interface(hs_world_disk(world, 1));
    struct hs_file file;
    static uint8_t old_record[1u << 20];
    size_t size = 0;
    assert_int_equal(disk->open(disk->context, HS_SAFETY_SLOTS_NAME, HS_OPEN_EXISTING, &file),
                     HS_OK);
    assert_int_equal(disk->read(disk->context, file, 0, old_record, sizeof(old_record), &size),
                     HS_OK);
    assert_true(size < sizeof(old_record));
    disk->close(disk->context, file);
    assert_int_equal(hs_world_start(world, 1), HS_OK);
    run_to_height(world, 20, 30 * SECOND_NS);
    hs_world_crash(world, 1, false);
    assert_int_equal(
        hs_virtual_disk_put(hs_world_disk(world, 1), HS_SAFETY_SLOTS_NAME, old_record, size),
        HS_OK);
    signed_by[1] = 0;
    assert_int_equal(hs_world_start(world, 1), HS_OK);
    run_to_height(world, 40, 60 * SECOND_NS);
    assert_int_equal(status_of(world, 1).health, HS_NODE_FOLLOWING);
    assert_int_equal(signed_by[1], 0);
    hs_world_free(world);
}

/* -- D3 ------------------------------------------------------------------------------------ */

/* The node is kept alive after its disk has failed, to see that nothing signed leaves it. */
static void stay_silent_after_failure(uint64_t seed)
{
    struct hs_world *world = new_world(4, seed);
    struct hs_random random = hs_random_of(seed, 1);
    uint64_t signed_by[HS_VALIDATORS_MAX] = {0};
    hs_world_set_filter(world, count_signed, signed_by);
    hs_world_keep_failed(world);
    hs_world_start_all(world);
    run_for(world, hs_random_below(&random, 2 * SECOND_NS));
    struct hs_virtual_disk *disk = hs_world_disk(world, 3);
    hs_virtual_disk_fail_at(disk, hs_virtual_disk_calls(disk) + hs_random_between(&random, 1, 30));
    for (uint32_t step = 0; !hs_world_gave_up(world, 3); step++) {
        assert_true(step < 1000000);
        assert_true(hs_world_step(world));
        assert_holds(world);
    }
    assert_int_equal(status_of(world, 3).health, HS_NODE_WRITE_FAILED);
    signed_by[3] = 0;
    uint64_t height = hs_world_height(world, 0);
    run_for(world, 10 * SECOND_NS);
    assert_int_equal(signed_by[3], 0);
    assert_true(hs_world_height(world, 0) > height + 5);

    /* On a mended disk it takes part again. */
    hs_world_crash(world, 3, false);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    run_to_height(world, hs_world_height(world, 0) + 10, 60 * SECOND_NS);
    assert_int_equal(status_of(world, 3).health, HS_NODE_HEALTHY);
    assert_true(signed_by[3] > 0);
    hs_world_free(world);
}

static void durable_write_failure_stops_signing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 25; seed++) {
        stay_silent_after_failure(seed);
    }
}

/* The log reserves space ahead, so a full disk is felt only when that is used up: its segments are
 * made small. */
static void full_disk_stops_signing(void **state)
{
    (void)state;
    struct hs_world_config config;
    hs_world_config_default(&config, 4, 30);
    config.segment_bytes = 4096;
    struct hs_world *world = hs_world_new(&config);
    uint64_t signed_by[HS_VALIDATORS_MAX] = {0};
    hs_world_set_filter(world, count_signed, signed_by);
    hs_world_keep_failed(world);
    hs_world_start_all(world);
    run_to_height(world, 5, 30 * SECOND_NS);
    hs_virtual_disk_set_capacity(hs_world_disk(world, 3), 0);
    for (uint32_t step = 0; !hs_world_gave_up(world, 3); step++) {
        assert_true(step < 1000000);
        assert_true(hs_world_step(world));
        assert_holds(world);
    }
    signed_by[3] = 0;
    run_for(world, 10 * SECOND_NS);
    assert_int_equal(signed_by[3], 0);
    hs_world_crash(world, 3, false);
    hs_virtual_disk_set_capacity(hs_world_disk(world, 3), UINT64_MAX);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    run_to_height(world, hs_world_height(world, 0) + 10, 60 * SECOND_NS);
    assert_true(signed_by[3] > 0);
    hs_world_free(world);
}

/* -- crashes ---------------------------------------------------------------------------------- */

/* Node 0 loses its power within the disk call with number `call`, then starts again, as often as
 * it takes (the same call may come while it recovers). False: the run ended before that call. */
static bool crash_at_call(uint32_t node_count, uint64_t call, uint64_t seed)
{
    struct hs_world_config config;
    hs_world_config_default(&config, node_count, seed);
    config.segment_bytes = 16384;
    config.snapshot_interval_blocks = 5;
    struct hs_world *world = hs_world_new(&config);
    struct hs_virtual_disk *disk = hs_world_disk(world, 0);
    struct hs_load load;
    hs_load_init(&load, 40, seed);
    hs_virtual_disk_crash_at(disk, hs_virtual_disk_calls(disk) + call);
    bool struck = false;
    for (uint32_t i = 0; i < node_count; i++) {
        struck = hs_world_start(world, i) != HS_OK || struck;
    }
    while (hs_world_now_ns(world) < SECOND_NS && !struck) {
        hs_load_run_until(&load, world, hs_world_now_ns(world) + 10 * MILLISECOND_NS);
        assert_holds(world);
        struck = !hs_world_is_up(world, 0);
    }
    hs_virtual_disk_crash_at(disk, 0);
    uint64_t height = hs_checkers_height(hs_world_checkers(world));
    if (struck) {
        assert_int_equal(hs_world_start(world, 0), HS_OK);
        assert_int_equal(status_of(world, 0).health, HS_NODE_HEALTHY);
    }
    run_to_height(world, height + 3, 60 * SECOND_NS);
    assert_same_chain(world);
    hs_world_free(world);
    return struck;
}

static void crash_at_every_disk_call(void **state)
{
    (void)state;
    uint64_t calls = 0;
    while (crash_at_call(1, calls + 1, 41)) {
        calls++;
    }
    assert_true(calls > 100);
    uint64_t calls_of_four = 0;
    while (crash_at_call(4, calls_of_four + 1, 42)) {
        calls_of_four += calls_of_four < 60 ? 1 : 3;
    }
    print_message("crashed at each of %" PRIu64 " disk calls of one node, and among %" PRIu64
                  " of one of four\n",
                  calls, calls_of_four);
}

/* A node that fails to start because its disk failed meanwhile says so, and starts the next time. */
static void recovery_is_begun_again(bool power_goes)
{
    struct hs_world_config config;
    hs_world_config_default(&config, 1, 43);
    config.segment_bytes = 16384;
    config.snapshot_interval_blocks = 5;
    struct hs_world *world = hs_world_new(&config);
    struct hs_virtual_disk *disk = hs_world_disk(world, 0);
    hs_world_start_all(world);
    run_to_height(world, 33, 60 * SECOND_NS);
    hs_world_crash(world, 0, true);
    uint64_t calls = 0;
    for (;;) {
        uint64_t call = hs_virtual_disk_calls(disk) + calls + 1;
        if (power_goes) {
            hs_virtual_disk_crash_at(disk, call);
        } else {
            hs_virtual_disk_fail_at(disk, call);
        }
        enum hs_status status = hs_world_start(world, 0);
        assert_holds(world); /* nothing but HS_IO is allowed to keep it from starting */
        if (status == HS_OK && hs_virtual_disk_calls(disk) < call) {
            break; /* the whole recovery takes fewer calls */
        }
        if (status == HS_OK) {
            hs_world_crash(world, 0, true); /* it could do without what failed */
        }
        calls++;
    }
    assert_true(calls > 10);
    hs_virtual_disk_crash_at(disk, 0);
    hs_virtual_disk_fail_at(disk, 0);
    run_to_height(world, hs_world_height(world, 0) + 5, 60 * SECOND_NS);
    assert_int_equal(status_of(world, 0).health, HS_NODE_HEALTHY);
    hs_world_free(world);
}

static void recovery_survives_a_crash_at_every_disk_call(void **state)
{
    (void)state;
    recovery_is_begun_again(true);
    recovery_is_begun_again(false);
}

static void all_crash_at_once_loses_nothing_acknowledged(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct hs_world *world = new_world(4, seed);
        struct hs_random random = hs_random_of(seed, 2);
        struct hs_load load;
        hs_load_init(&load, 50, seed);
        hs_world_start_all(world);
        for (uint32_t round = 0; round < 5; round++) {
            uint64_t while_ns = hs_random_below(&random, 2 * SECOND_NS);
            hs_load_run_until(&load, world, hs_world_now_ns(world) + while_ns);
            assert_holds(world);
            for (uint32_t i = 0; i < 4; i++) {
                hs_world_crash(world, i, true);
            }
            hs_world_start_all(world); /* the checkers hold each against what it had reported */
            assert_holds(world);
        }
        run_to_height(world, hs_checkers_height(hs_world_checkers(world)) + 3, 60 * SECOND_NS);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* -- L12, D4 --------------------------------------------------------------------------------- */

struct proposals {
    uint32_t leader;
    bool losing; /* what the leader proposes gets lost */
    uint64_t view;
    bool seen_again;
    struct hs_block_id first;
    struct hs_block_id again;
};

static bool watch_proposals(void *context, uint32_t from, uint32_t to,
                            const struct hs_message *message)
{
    (void)to;
    struct proposals *proposals = context;
    if (message->type != HS_MESSAGE_PROPOSAL || from != proposals->leader) {
        return true;
    }
    struct hs_block_id id;
    hs_block_id_of(&id, &message->proposal.header, 4);
    if (proposals->losing) {
        proposals->view = message->proposal.header.view;
        proposals->first = id;
        return false;
    }
    if (message->proposal.header.view == proposals->view) {
        proposals->again = id;
        proposals->seen_again = true;
    }
    return true;
}

/* A leader that crashes after it signed its proposal, before anybody heard it, proposes the same
 * block when it is back: no view is lost, and it does not sign twice. */
static void restarted_leader_proposes_its_own_block_again(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 51);
    struct proposals proposals = {.leader = 1};
    hs_world_set_filter(world, watch_proposals, &proposals);
    hs_world_start_all(world);
    run_to_height(world, 10, 30 * SECOND_NS);
    proposals.losing = true;
    while (proposals.view == 0) {
        assert_true(hs_world_step(world));
    }
    hs_world_crash(world, 1, true);
    proposals.losing = false;
    assert_int_equal(hs_world_start(world, 1), HS_OK);
    run_for(world, SECOND_NS);
    assert_true(proposals.seen_again);
    assert_memory_equal(&proposals.first, &proposals.again, sizeof(proposals.first));
    uint64_t height = hs_world_common_height(world);
    bool committed = false;
    for (uint64_t h = 1; h <= height; h++) {
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), h, &block), HS_OK);
        committed =
            committed || memcmp(&block.block.id, &proposals.first, sizeof(proposals.first)) == 0;
    }
    assert_true(committed);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(node_without_safety_record_follows_and_does_not_sign),
        cmocka_unit_test(node_with_an_older_safety_record_does_not_sign),
        cmocka_unit_test(durable_write_failure_stops_signing),
        cmocka_unit_test(full_disk_stops_signing),
        cmocka_unit_test(crash_at_every_disk_call),
        cmocka_unit_test(recovery_survives_a_crash_at_every_disk_call),
        cmocka_unit_test(all_crash_at_once_loses_nothing_acknowledged),
        cmocka_unit_test(restarted_leader_proposes_its_own_block_again),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
