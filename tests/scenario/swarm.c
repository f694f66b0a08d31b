/* Runs as a whole: the same seed is the same run, work is done once, and whatever goes wrong, what
 * must hold does. */
#include "tests/scenario/scenario.h"

#include "sim/run.h"

#define SWARM_SEEDS 60u

static struct hs_sim_config run_of(uint32_t node_count, uint64_t seed, uint64_t blocks,
                                   uint32_t faults)
{
    return (struct hs_sim_config){
        .node_count = node_count,
        .seed = seed,
        .blocks = blocks,
        .duration_ns = 30 * SECOND_NS,
        .faults = faults,
        .transfers_per_second = 20,
    };
}

static void same_seed_same_trace(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct hs_sim_config config = run_of(4, seed, 60, HS_FAULTS_ALL);
        struct hs_sim_result first;
        struct hs_sim_result second;
        hs_sim_run(&config, &first);
        hs_sim_run(&config, &second);
        assert_true(first.ok);
        assert_int_equal(first.trace_hash, second.trace_hash);
        assert_int_equal(first.virtual_ns, second.virtual_ns);
        assert_int_equal(first.committed, second.committed);
        config.seed = seed + 1000;
        hs_sim_run(&config, &second);
        assert_int_not_equal(first.trace_hash, second.trace_hash);
    }
}

/* However a transaction comes to a node, by a client, a peer or a block, and in whatever order: its
 * signature is checked there once. */
static void transactions_are_checked_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct hs_world *world = new_world(4, seed);
        hs_world_start_all(world);
        for (uint32_t i = 0; i < 1000; i++) {
            uint32_t account = i % 8; /* each by one node, which knows its next nonce */
            run_for(world, 5 * MILLISECOND_NS);
            assert_int_equal(hs_world_submit(world, account % 4, account, (account + 1) % 8, 1),
                             HS_OK);
        }
        run_for(world, SECOND_NS);
        for (uint32_t i = 0; i < 4; i++) {
            assert_int_equal(counters_of(world, i).transactions_committed, 1000);
            assert_int_equal(counters_of(world, i).signatures_checked, 1000);
        }
        hs_world_free(world);
    }
}

static void check(const struct hs_sim_config *config, const char *faults,
                  struct hs_sim_result *result)
{
    hs_sim_run(config, result);
    if (!result->ok) {
        fail_msg("hotstuff-sim sim --nodes %" PRIu32 " --seed %" PRIu64 " --blocks %" PRIu64
                 " --faults %s: %s",
                 config->node_count, config->seed, config->blocks, faults, result->reason);
    }
}

/* Every third run has a network without faults of its own, so that crashes strike at full speed. */
static void swarm_of_seeds(void **state)
{
    (void)state;
    static const uint32_t node_counts[] = {4, 4, 7, 1, 5, 4, 10, 2};
    static const char crashes[] = "crash,power-cut,disk-fail,torn";
    uint32_t crash_mask;
    assert_true(hs_faults_parse(&crash_mask, crashes));
    uint64_t strikes = 0;
    uint64_t committed = 0;
    for (uint64_t seed = 1; seed <= SWARM_SEEDS; seed++) {
        bool fast = seed % 3 == 0;
        uint32_t node_count = node_counts[seed % (sizeof(node_counts) / sizeof(node_counts[0]))];
        struct hs_sim_config config =
            run_of(node_count, seed, 100, fast ? crash_mask : HS_FAULTS_ALL);
        struct hs_sim_result result;
        check(&config, fast ? crashes : "all", &result);
        strikes += result.strikes;
        committed += result.committed;
    }
    print_message("%u runs: %" PRIu64 " blocks committed under %" PRIu64 " faults\n", SWARM_SEEDS,
                  committed, strikes);
    assert_true(strikes > 10 * SWARM_SEEDS);
}

/* A run with one kind only shows what the others would hide. */
static void each_kind_of_fault_alone(void **state)
{
    (void)state;
    static const char *const names[] = {
#define FAULT_NAME(name, text) text,
        HS_FAULT_TABLE(FAULT_NAME)
#undef FAULT_NAME
    };
    static const uint32_t node_counts[] = {1, 3, 4, 7};
    for (uint32_t kind = 0; kind < HS_FAULT_COUNT; kind++) {
        uint32_t mask;
        assert_true(hs_faults_parse(&mask, names[kind]));
        assert_int_equal(mask, 1u << kind);
        for (uint64_t seed = 1; seed <= 8; seed++) {
            struct hs_sim_config config = run_of(node_counts[seed % 4], seed, 60, mask);
            struct hs_sim_result result;
            check(&config, names[kind], &result);
        }
    }
}

/* The rest of the run is the same: how strong a kind is does not depend on which others there are. */
static void strengths_follow_from_the_seed_alone(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct hs_world_config all;
        struct hs_world_config loss;
        hs_world_config_default(&all, 4, seed);
        hs_world_config_default(&loss, 4, seed);
        hs_faults_configure(&all, HS_FAULTS_ALL, seed);
        hs_faults_configure(&loss, HS_FAULT_LOSS, seed);
        assert_int_equal(all.network.loss_per_mille, loss.network.loss_per_mille);
        assert_true(all.network.delay_mean_ns >= 30 * MILLISECOND_NS);
        assert_true(loss.network.delay_mean_ns < 30 * MILLISECOND_NS);
        assert_int_equal(loss.network.replay_per_mille, 0);
        assert_int_equal(loss.clock_drift_per_mille, 0);
    }
}

static void weighted_swarm(void **state)
{
    (void)state;
    static const uint64_t weights[] = {40, 1, 25, 7, 30, 3, 19};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct hs_sim_config config = run_of(7, seed, 100, HS_FAULTS_ALL);
        memcpy(config.weights, weights, sizeof(weights));
        config.election = HS_LEADER_WEIGHTED;
        struct hs_sim_result result;
        hs_sim_run(&config, &result);
        if (!result.ok) {
            fail_msg("seed %" PRIu64 ": %s", seed, result.reason);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_trace),
        cmocka_unit_test(transactions_are_checked_once),
        cmocka_unit_test(swarm_of_seeds),
        cmocka_unit_test(each_kind_of_fault_alone),
        cmocka_unit_test(strengths_follow_from_the_seed_alone),
        cmocka_unit_test(weighted_swarm),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
