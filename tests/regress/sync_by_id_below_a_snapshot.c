/* A few missing blocks were asked for by id for ever, from peers that had started from a snapshot and
 * find only later ones by id. Where no quorum was left without the one that asked, the chain stood
 * still. Rounds of questions by id and by height now take turns. */
#include "tests/scenario/scenario.h"

static bool lose_all(void *context, uint32_t from, uint32_t to, const struct hs_message *message)
{
    (void)context;
    (void)from;
    (void)to;
    (void)message;
    return false;
}

static void a_short_gap_is_crossed(void **state)
{
    (void)state;
    struct hs_world_config config;
    hs_world_config_default(&config, 4, 3);
    config.snapshot_interval_blocks = 1;
    config.segment_bytes = 2048;
    struct hs_world *world = hs_world_new(&config);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(hs_world_start(world, i), HS_OK);
    }
    run_to_height(world, 3, 60 * SECOND_NS);
    hs_world_set_filter(world, lose_all, NULL);
    run_for(world, SECOND_NS); /* no further block, and time for a snapshot of the last one */
    hs_world_set_filter(world, NULL, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        hs_world_crash(world, i, false);
    }
    /* Two that have the blocks, and one that has none: each is needed. */
    assert_int_equal(hs_world_start(world, 0), HS_OK);
    assert_int_equal(hs_world_start(world, 1), HS_OK);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    run_to_height(world, 8, 120 * SECOND_NS);
    assert_same_chain(world);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_gap_is_crossed),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
