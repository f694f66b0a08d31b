/* `hotstuff recover` kept what the old record said was signed last. A validator that came up in the
 * view of its last view change said that again, which its signer, raised to a later view, refused:
 * so it stopped signing, and asked for the very recovery it had just had (D4, D5, D6). */
#include "tests/scenario/scenario.h"

static void cut_off(struct hs_world *world, uint32_t index, bool cut)
{
    for (uint32_t peer = 0; peer < node_count_of(world); peer++) {
        if (peer != index) {
            hs_simulated_network_set_link(hs_world_network(world), index, peer, !cut, true);
            hs_simulated_network_set_link(hs_world_network(world), peer, index, !cut, true);
        }
    }
}

static void recovered_in_the_view_of_its_last_view_change_it_signs(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 61);
    hs_world_start_all(world);
    run_to_height(world, 10, 30 * SECOND_NS);
    cut_off(world, 3, true);
    run_for(world, 5 * SECOND_NS); /* it gives up its view, the others go on */
    struct hs_node_status alone = status_of(world, 3);
    assert_true(hs_world_view(world) > alone.core.view);
    assert_int_equal(alone.core.last_voted_view, alone.core.view);
    assert_int_equal(hs_world_recover(world, 3, false), HS_OK);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    run_for(world, 5 * SECOND_NS);
    assert_int_equal(status_of(world, 3).health, HS_NODE_HEALTHY);
    assert_true(status_of(world, 3).core.signing);
    cut_off(world, 3, false);
    hs_world_crash(world, 0, false); /* now its vote is needed */
    run_to_height(world, hs_world_height(world, 1) + 20, 60 * SECOND_NS);
    assert_true(status_of(world, 3).core.signing);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recovered_in_the_view_of_its_last_view_change_it_signs),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
