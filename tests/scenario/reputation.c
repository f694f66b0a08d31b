/* Leaders by reputation (P6) against leaders by stake (P2) and in turn (P1), where some validators
 * are down: the same nodes, network, load and seed, with epochs whose sets the ledger makes from stakes.
 *
 * A turn of who is down costs a timeout, and nothing else differs. The load is more than any of the
 * three commits, so what is committed says how fast the chain goes. */
#include "tests/scenario/scenario.h"

#define NODES              10u
#define DOWN               3u /* the last ones; the others are just a quorum */
#define EPOCH_BLOCKS       20u
#define TRANSFERS_A_SECOND 800u
#define CRASH_NS           (5 * SECOND_NS)
#define WITHOUT_NS         (30 * SECOND_NS)
#define SEEDS              2u

struct run {
    struct hs_world *world;
    struct hs_load load;
};

static void begin(struct run *run, enum hs_leader_election election, uint64_t seed)
{
    struct hs_world_config config;
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    hs_world_config_default(&config, NODES, seed);
    config.cluster.election = election;
    config.cluster.randomness = seed;
    config.cluster.account_count = 32;
    if (election != HS_LEADER_ROUND_ROBIN) {
        config.cluster.epoch_blocks = EPOCH_BLOCKS;
        config.cluster.staked = true;
        config.cluster.staking = parameters.staking;
        config.cluster.staking.epoch_blocks = EPOCH_BLOCKS;
    }
    config.block_transactions_max = 10;
    run->world = hs_world_new(&config);
    hs_load_init(&run->load, TRANSFERS_A_SECOND, seed);
    hs_world_start_all(run->world);
}

static void go_on(struct run *run, uint64_t duration_ns)
{
    hs_load_run_until(&run->load, run->world, hs_world_now_ns(run->world) + duration_ns);
    assert_holds(run->world);
}

static uint64_t committed(const struct run *run)
{
    return counters_of(run->world, 0).transactions_committed;
}

/* What is committed while the last ones are down. */
static uint64_t committed_without(struct run *run)
{
    go_on(run, CRASH_NS);
    for (uint32_t i = NODES - DOWN; i < NODES; i++) {
        hs_world_crash(run->world, i, false);
    }
    uint64_t before = committed(run);
    go_on(run, WITHOUT_NS);
    return committed(run) - before;
}

static uint64_t committed_by(enum hs_leader_election election, uint64_t seed)
{
    struct run run;
    begin(&run, election, seed);
    uint64_t count = committed_without(&run);
    hs_world_free(run.world);
    return count;
}

/* P6: with three of ten down, twice as much and more. */
static void reputation_commits_twice_as_much_with_three_of_ten_down(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t in_turn = committed_by(HS_LEADER_ROUND_ROBIN, seed);
        uint64_t by_stake = committed_by(HS_LEADER_WEIGHTED, seed);
        uint64_t by_reputation = committed_by(HS_LEADER_REPUTATION, seed);
        print_message("seed %" PRIu64 ": in turn %" PRIu64 ", by stake %" PRIu64
                      ", by reputation %" PRIu64 "\n",
                      seed, in_turn, by_stake, by_reputation);
        assert_true(by_stake > 0);
        assert_true(by_reputation >= 2 * by_stake);
        assert_true(by_reputation >= 2 * in_turn);
    }
}

/* Of all leader weights of the epoch that the nodes are in, those of the last ones, per mille. */
static uint64_t share_of_last(struct run *run)
{
    const struct hs_cluster *cluster = hs_world_cluster(run->world);
    uint64_t number = hs_world_epoch(run->world);
    const struct hs_epoch *epoch = hs_cluster_epoch(cluster, number);
    assert_non_null(epoch);
    uint64_t total = 0, last = 0;
    for (uint32_t i = 0; i < epoch->validators.count; i++) {
        total += epoch->leader_weights[i];
        bool is_last = hs_cluster_node_of(cluster, number, i) >= NODES - DOWN;
        last += is_last ? epoch->leader_weights[i] : 0;
    }
    return 1000 * last / total;
}

/* P6: drawn less while they are down, and as often as the others once they are back: the epoch after
 * the next follows what they do, and who had no turn in it is tried again, twice as often each time. */
static void who_comes_back_is_drawn_in_full_again(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct run run;
        begin(&run, HS_LEADER_REPUTATION, seed);
        assert_int_equal(share_of_last(&run), 300);
        (void)committed_without(&run);
        uint64_t down = share_of_last(&run);
        assert_true(down < 150);
        for (uint32_t i = NODES - DOWN; i < NODES; i++) {
            assert_int_equal(hs_world_start(run.world, i), HS_OK);
        }
        uint64_t epoch = hs_world_epoch(run.world);
        while (share_of_last(&run) < 300) {
            go_on(&run, 50 * MILLISECOND_NS);
            assert_true(hs_world_epoch(run.world) <= epoch + 12);
        }
        print_message("seed %" PRIu64 ": %" PRIu64 " per mille, in full after %" PRIu64 " epochs\n",
                      seed, down, hs_world_epoch(run.world) - epoch);
        hs_world_free(run.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reputation_commits_twice_as_much_with_three_of_ten_down),
        cmocka_unit_test(who_comes_back_is_drawn_in_full_again),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
