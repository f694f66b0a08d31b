/* Blocks that nobody certified stayed in the tree until the next commit. When as many views as the
 * tree has places went by without one, no block found room any more, on any node, for ever: the
 * chain stood still though every fault was over. A leaf makes room whose view is over and for which no
 * certificate is known (L14). */
#include "tests/scenario/scenario.h"

#define TREE_BLOCKS 16u

/* One other node hears a proposal: two votes are no quorum of four. */
static bool whisper(void *context, uint32_t from, uint32_t to, const struct hs_message *message)
{
    (void)context;
    return message->type != HS_MESSAGE_PROPOSAL || to == (from + 1) % 4;
}

static struct hs_world *small_world(uint64_t seed)
{
    struct hs_world_config config;
    hs_world_config_default(&config, 4, seed);
    config.tree_blocks_max = TREE_BLOCKS;
    return hs_world_new(&config);
}

static void views_without_a_certificate(struct hs_world *world, uint64_t views)
{
    hs_world_set_filter(world, whisper, NULL);
    uint64_t begin = hs_world_view(world);
    uint64_t end_ns = hs_world_now_ns(world) + 100000 * SECOND_NS;
    while (hs_world_view(world) < begin + views) {
        assert_true(hs_world_now_ns(world) < end_ns);
        assert_true(hs_world_step(world));
        assert_holds(world);
    }
    hs_world_set_filter(world, NULL, NULL);
}

static void the_chain_goes_on(void **state)
{
    (void)state;
    struct hs_world *world = small_world(1);
    hs_world_start_all(world);
    run_to_height(world, 5, 60 * SECOND_NS);
    views_without_a_certificate(world, 5 * TREE_BLOCKS);
    uint64_t height = hs_world_common_height(world);
    run_to_height(world, height + 10, 600 * SECOND_NS);
    assert_same_chain(world);
    hs_world_free(world);
}

/* The log keeps them all; a node that starts on it has no more room than before. */
static void a_restart_finds_room(void **state)
{
    (void)state;
    struct hs_world *world = small_world(2);
    hs_world_start_all(world);
    run_to_height(world, 5, 60 * SECOND_NS);
    views_without_a_certificate(world, 8 * TREE_BLOCKS);
    for (uint32_t i = 0; i < 4; i++) {
        hs_world_crash(world, i, false);
        assert_int_equal(hs_world_start(world, i), HS_OK);
    }
    uint64_t height = hs_world_common_height(world);
    run_to_height(world, height + 10, 600 * SECOND_NS);
    assert_same_chain(world);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chain_goes_on),
        cmocka_unit_test(a_restart_finds_room),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
