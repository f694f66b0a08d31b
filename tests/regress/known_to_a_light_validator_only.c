/* What a client had sent was told to the other validators once. Where that message was lost, only the
 * one that had taken it in could propose it, and with little weight its turn came hours later. */
#include "tests/scenario/scenario.h"

static bool lose_transactions(void *context, uint32_t from, uint32_t to,
                              const struct hs_message *message)
{
    (void)context;
    (void)from;
    (void)to;
    return message->type != HS_MESSAGE_TRANSACTIONS;
}

static void it_is_told_again(void **state)
{
    (void)state;
    static const uint64_t weights[] = {1, 1000, 1000, 1000};
    struct hs_world_config config;
    hs_world_config_default(&config, 4, 1);
    config.cluster.weights = weights;
    config.cluster.election = HS_LEADER_WEIGHTED;
    struct hs_world *world = hs_world_new(&config);
    hs_world_start_all(world);
    run_to_height(world, 3, 60 * SECOND_NS);
    hs_world_set_filter(world, lose_transactions, NULL);
    assert_int_equal(hs_world_submit(world, 0, 1, 2, 5), HS_OK);
    run_for(world, SECOND_NS);
    hs_world_set_filter(world, NULL, NULL);
    assert_int_equal(counters_of(world, 1).transactions_committed, 0);
    run_for(world, 10 * SECOND_NS);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(counters_of(world, i).transactions_committed, 1);
        assert_int_equal(counters_of(world, i).signatures_checked, 1);
    }
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_again),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
