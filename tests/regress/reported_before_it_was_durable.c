/* A write that came back was free before all of it was done, and what followed from its record could
 * take it for the next write. Then the heights of that one, still under way, were reported as
 * committed, and a power cut took them back (D7). */
#include "tests/scenario/scenario.h"

static void heights_are_reported_once_durable(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct hs_world *world = new_world(1, seed);
        hs_world_start_all(world);
        hs_world_slow_disk(world, 0, (struct hs_virtual_latency){0, 400 * MILLISECOND_NS});
        for (uint32_t i = 0; i < 100; i++) {
            enum hs_status status = hs_world_submit(world, 0, i % 8, (i + 1) % 8, 1);
            assert_true(status == HS_OK || status == HS_FULL);
            run_for(world, 300 * MILLISECOND_NS); /* the checkers look at what is durable */
            if (i % 4 == 3) {
                hs_world_pause(world, 0);
                run_for(world, SECOND_NS);
                hs_world_resume(world, 0);
            }
        }
        assert_true(hs_world_height(world, 0) > 10);
        hs_world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heights_are_reported_once_durable),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
