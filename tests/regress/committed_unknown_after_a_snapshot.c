/* A node that started from a snapshot knew none of the transactions below it: a client that had been
 * told "committed" was told "unknown" after a restart (D7). */
#include "tests/scenario/scenario.h"

#include "wire/transaction.h"

#define TRANSFERS 60u

static void what_was_committed_stays_known(void **state)
{
    (void)state;
    struct hs_world_config config;
    hs_world_config_default(&config, 1, 1);
    config.snapshot_interval_blocks = 5;
    struct hs_world *world = hs_world_new(&config);
    hs_world_start_all(world);
    struct hs_transaction_id ids[TRANSFERS];
    uint64_t heights[TRANSFERS];
    for (uint32_t i = 0; i < TRANSFERS; i++) {
        struct hs_cluster_transfer transfer = {
            .from = 0, .to = 1, .nonce = i, .amount = 1, .tip = 1};
        uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
        hs_cluster_transfer_encode(bytes, hs_world_cluster(world), &transfer);
        hs_transaction_id_of(&ids[i], (struct hs_bytes){bytes, sizeof(bytes)});
        assert_int_equal(hs_world_submit(world, 0, 0, 1, 1), HS_OK);
        run_for(world, 200 * MILLISECOND_NS);
        assert_int_equal(hs_node_transaction(hs_world_node(world, 0), &ids[i], &heights[i]),
                         HS_TRANSACTION_COMMITTED);
    }
    hs_world_crash(world, 0, false);
    assert_int_equal(hs_world_start(world, 0), HS_OK);
    for (uint32_t i = 0; i < TRANSFERS; i++) {
        uint64_t height = 0;
        assert_int_equal(hs_node_transaction(hs_world_node(world, 0), &ids[i], &height),
                         HS_TRANSACTION_COMMITTED);
        assert_int_equal(height, heights[i]);
    }
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_committed_stays_known),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
