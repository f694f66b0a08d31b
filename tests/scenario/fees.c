/* A base fee that moves under whole nodes: their pools follow it, and nothing that waits is lost. */
#include "tests/scenario/scenario.h"

#define ROUNDS    14u
#define TRANSFERS (ROUNDS * HS_CLUSTER_ACCOUNTS_MAX)

static bool lose_proposals(void *context, uint32_t from, uint32_t to,
                           const struct hs_message *message)
{
    (void)context;
    (void)from;
    (void)to;
    return message->type != HS_MESSAGE_PROPOSAL;
}

/* A chain whose every pool holds `ROUNDS` transfers of each account, before any block is made. Each pays
 * its tip and twice the first base fee at most. */
static struct hs_world *start(uint64_t tip_of_first, uint64_t tip_of_others)
{
    struct hs_world_config config;
    hs_world_config_default(&config, 4, 1);
    config.cluster.fees = HS_CLUSTER_FEES_MOVING;
    config.cluster.account_count = HS_CLUSTER_ACCOUNTS_MAX;
    struct hs_world *world = hs_world_new(&config);
    hs_world_set_filter(world, lose_proposals, NULL);
    hs_world_start_all(world);
    for (uint32_t i = 0; i < TRANSFERS; i++) {
        struct hs_cluster_transfer transfer = {
            .from = i % HS_CLUSTER_ACCOUNTS_MAX,
            .to = (i + 1) % HS_CLUSTER_ACCOUNTS_MAX,
            .nonce = i / HS_CLUSTER_ACCOUNTS_MAX,
            .amount = 1,
        };
        transfer.tip = transfer.from == 0 ? tip_of_first : tip_of_others;
        assert_int_equal(hs_world_submit_transfer(world, i % 4, &transfer), HS_OK);
    }
    run_for(world, 200 * MILLISECOND_NS);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(status_of(world, i).mempool_transactions, TRANSFERS);
        assert_int_equal(hs_world_height(world, i), 0);
    }
    hs_world_set_filter(world, NULL, NULL);
    return world;
}

static void run_to_transactions(struct hs_world *world, uint64_t count)
{
    while (counters_of(world, 0).transactions_committed < count) {
        assert_true(hs_world_now_ns(world) < 60 * SECOND_NS);
        assert_true(hs_world_step(world));
        assert_holds(world);
    }
}

static uint64_t base_fee_of(struct hs_world *world)
{
    return hs_ledger_base_fee(hs_world_ledger(world, 0)).units;
}

/* F1, F2: demand above the target drives the base fee over what is offered, blocks without
 * transactions bring it down again, and so on until all are through. */
static void what_waits_commits_whenever_the_base_fee_falls(void **state)
{
    (void)state;
    struct hs_world *world = start(1, 1);
    uint64_t max_fee = hs_world_cluster(world)->max_fee.units + 1;
    uint32_t waits = 0;
    bool waited = false;
    for (uint64_t count = 1; count <= TRANSFERS; count++) {
        run_to_transactions(world, count);
        bool waits_now = base_fee_of(world) > max_fee;
        waits += waits_now && !waited;
        waited = waits_now;
    }
    assert_true(waits >= 1);
    run_for(world, 2 * SECOND_NS);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(counters_of(world, i).transactions_committed, TRANSFERS);
        assert_int_equal(status_of(world, i).mempool_transactions, 0);
    }
    hs_world_free(world);
}

/* L8: what the base fee is too high for is no reason to propose at once. The first account offers
 * next to nothing, and while all others pay the base fee climbs far above it. */
static void nobody_hurries_for_what_can_not_be_taken(void **state)
{
    (void)state;
    struct hs_world *world = start(1, 1000000);
    uint64_t max_fee = hs_world_cluster(world)->max_fee.units + 1;
    run_to_transactions(world, TRANSFERS - ROUNDS);
    assert_int_equal(counters_of(world, 0).transactions_committed, TRANSFERS - ROUNDS);
    assert_true(base_fee_of(world) > max_fee + max_fee / 2);
    uint64_t height = hs_world_height(world, 0);
    uint64_t since_ns = hs_world_now_ns(world);
    run_to_transactions(world, TRANSFERS);
    uint64_t blocks = hs_world_height(world, 0) - height;
    uint64_t took_ns = hs_world_now_ns(world) - since_ns;
    struct hs_pacemaker_config pacemaker;
    hs_pacemaker_config_default(&pacemaker);
    assert_true(blocks > 6);
    assert_true(took_ns >= (blocks - 4) * pacemaker.idle_interval_ns);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_commits_whenever_the_base_fee_falls),
        cmocka_unit_test(nobody_hurries_for_what_can_not_be_taken),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
