/* A call of the disk that failed while a node opened was taken for a lost safety record: the node
 * followed without signing, though nothing was lost (D5), until somebody recovered it. A weight
 * without which there is no quorum then stood still for ever. */
#include "tests/scenario/scenario.h"

static void a_failed_read_is_no_lost_record(void **state)
{
    (void)state;
    struct hs_world *world = new_world(1, 1);
    hs_world_start_all(world);
    run_to_height(world, 3, 60 * SECOND_NS);
    hs_world_crash(world, 0, false);
    uint32_t failed = 0;
    for (uint64_t call = 1; call <= 60; call++) {
        struct hs_virtual_disk *disk = hs_world_disk(world, 0);
        hs_virtual_disk_fail_at(disk, hs_virtual_disk_calls(disk) + call);
        enum hs_status status = hs_world_start(world, 0);
        if (status == HS_OK && hs_world_is_up(world, 0)) {
            assert_int_equal(status_of(world, 0).health, HS_NODE_HEALTHY);
        } else {
            failed++;
        }
        hs_virtual_disk_fail_at(disk, 0);
        hs_world_crash(world, 0, false);
        assert_holds(world);
    }
    assert_true(failed > 0);
    assert_int_equal(hs_world_start(world, 0), HS_OK);
    run_to_height(world, 6, 60 * SECOND_NS);
    assert_true(status_of(world, 0).core.signing);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_read_is_no_lost_record),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
