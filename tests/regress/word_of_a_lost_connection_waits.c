/* A simulated node heard that a connection came or went only when the next message arrived
 * anywhere. Where all connections were gone none did: a node went on as if it were connected, and
 * showed its peers a key that they had forgotten, for ever. */
#include "tests/scenario/scenario.h"

static void a_node_hears_at_once_that_its_peers_are_gone(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 1);
    hs_world_start_all(world);
    run_to_height(world, 2, 60 * SECOND_NS);
    assert_int_equal(status_of(world, 0).peers_connected, 3);
    for (uint32_t i = 1; i < 4; i++) {
        hs_world_crash(world, i, false);
    }
    uint64_t now_ns = hs_world_now_ns(world);
    assert_int_equal(hs_world_next_ns(world), now_ns);
    while (hs_world_next_ns(world) == now_ns) {
        assert_true(hs_world_step(world));
    }
    assert_int_equal(status_of(world, 0).peers_connected, 0);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_hears_at_once_that_its_peers_are_gone)};
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
