/* See run.h. */
#include "sim/run.h"

#include <stdio.h>

#include "sim/load.h"
#include "sim/operators.h"
#include "sim/stake_model.h"

#define SECOND_NS UINT64_C(1000000000)
/* A run without progress for ever has an end: so much for each block, and at least that much. */
#define SAFETY_NS_PER_BLOCK (2 * SECOND_NS)
#define SAFETY_NS_MIN       (60 * SECOND_NS)
#define LIVENESS_NS         (180 * SECOND_NS)
#define DRAIN_NS            (60 * SECOND_NS)
#define RANDOM_LIMITS       48u
#define SPARE_ACCOUNTS      8u

struct run {
    const struct hs_sim_config *config;
    struct hs_sim_result *result;
    struct hs_world *world;
    struct hs_load load;
    struct hs_faults faults;
    struct hs_operators operators;
};

static bool violated(const struct run *run)
{
    return hs_checkers_violation(hs_world_checkers(run->world)) != NULL;
}

static uint64_t height(const struct run *run)
{
    return hs_checkers_height(hs_world_checkers(run->world));
}

/* Until the next transfer, fault or `until_ns`. */
static void advance(struct run *run, uint64_t until_ns)
{
    uint64_t next_ns =
        run->load.next_ns < run->faults.next_ns ? run->load.next_ns : run->faults.next_ns;
    next_ns = run->operators.next_ns < next_ns ? run->operators.next_ns : next_ns;
    hs_world_run_until(run->world, next_ns < until_ns ? next_ns : until_ns);
    uint64_t now_ns = hs_world_now_ns(run->world);
    if (run->faults.next_ns <= now_ns) {
        hs_faults_act(&run->faults, run->world);
    }
    if (run->operators.next_ns <= now_ns) {
        hs_operators_act(&run->operators, run->world, &run->faults.rotten);
    }
    if (run->load.next_ns <= now_ns) {
        hs_load_act(&run->load, run->world);
    }
}

static void safety_phase(struct run *run)
{
    uint64_t blocks = run->config->blocks;
    uint64_t end_ns = run->config->duration_ns;
    if (end_ns == 0) {
        end_ns = blocks * SAFETY_NS_PER_BLOCK;
        end_ns = end_ns > SAFETY_NS_MIN ? end_ns : SAFETY_NS_MIN;
    }
    uint64_t step_ns = SECOND_NS / 10;
    while (!violated(run) && height(run) < blocks && hs_world_now_ns(run->world) < end_ns) {
        advance(run, hs_world_now_ns(run->world) + step_ns);
    }
}

static void find_nodes(const struct run *run, struct hs_node *nodes[HS_VALIDATORS_MAX])
{
    for (uint32_t i = 0; i < hs_world_process_count(run->world); i++) {
        nodes[i] = hs_world_node(run->world, i);
    }
}

/* The node of a correct validator that is in the highest epoch; NULL: none is up. */
static const struct hs_node *furthest_correct_node(const struct run *run)
{
    const struct hs_node *furthest = NULL;
    uint64_t epoch = 0;
    for (uint32_t i = 0; i < run->config->node_count; i++) {
        struct hs_node *node = hs_world_node(run->world, i);
        if (node == NULL || hs_world_is_byzantine(run->world, i)) {
            continue;
        }
        struct hs_core_status status;
        hs_core_status(hs_node_core(node), &status);
        if (furthest == NULL || status.epoch > epoch) {
            furthest = node;
            epoch = status.epoch;
        }
    }
    return furthest;
}

/* A disk that was slow is at work for a while on what it was given before. */
static void finish_slow_writes(struct run *run)
{
    uint64_t free_ns = hs_world_disks_free_ns(run->world);
    while (!violated(run) && hs_world_now_ns(run->world) < free_ns) {
        advance(run, free_ns);
    }
}

/* Until a new block is committed everywhere. */
static void liveness_phase(struct run *run)
{
    struct hs_checkers *checkers = hs_world_checkers(run->world);
    struct hs_node *nodes[HS_VALIDATORS_MAX];
    hs_faults_stop(&run->faults, run->world);
    run->operators.next_ns = UINT64_MAX;
    hs_world_stop_faults(run->world);
    finish_slow_writes(run);
    const struct hs_node *node = furthest_correct_node(run);
    if (violated(run) || node == NULL) {
        return; /* that none is up was found out when they were started */
    }
    hs_checkers_faults_stopped(checkers, hs_node_core(node), hs_world_view(run->world));
    uint64_t end_ns = hs_world_now_ns(run->world) + LIVENESS_NS;
    find_nodes(run, nodes);
    while (!violated(run) && !hs_checkers_progressed(checkers, nodes) &&
           hs_world_now_ns(run->world) < end_ns) {
        advance(run, hs_world_now_ns(run->world) + SECOND_NS / 100);
        find_nodes(run, nodes);
    }
    hs_checkers_check_progress(checkers, nodes);
}

/* Until what correct nodes took in is committed, with no more load. */
static void drain_phase(struct run *run)
{
    struct hs_checkers *checkers = hs_world_checkers(run->world);
    struct hs_node *nodes[HS_VALIDATORS_MAX];
    run->load.next_ns = UINT64_MAX;
    uint64_t end_ns = hs_world_now_ns(run->world) + DRAIN_NS;
    find_nodes(run, nodes);
    while (!violated(run) && hs_checkers_owes(checkers, nodes) &&
           hs_world_now_ns(run->world) < end_ns) {
        advance(run, hs_world_now_ns(run->world) + SECOND_NS / 100);
        find_nodes(run, nodes);
    }
    hs_checkers_check_owed(checkers, nodes);
}

static void light_phase(struct run *run)
{
    struct hs_node *nodes[HS_VALIDATORS_MAX];
    find_nodes(run, nodes);
    hs_checkers_check_light(hs_world_checkers(run->world), nodes);
}

static void report(struct run *run)
{
    struct hs_sim_result *result = run->result;
    const struct hs_checkers *checkers = hs_world_checkers(run->world);
    if (hs_checkers_violation(checkers) != NULL) {
        result->ok = false;
        snprintf(result->checker, sizeof(result->checker), "%s", hs_checkers_violated(checkers));
        snprintf(result->reason, sizeof(result->reason), "%s", hs_checkers_violation(checkers));
    }
    const struct hs_trace *trace = hs_world_trace(run->world);
    result->committed = height(run);
    result->views = hs_world_view(run->world);
    result->trace_hash = trace->hash;
    result->virtual_ns = hs_world_now_ns(run->world);
    result->consensus_messages = hs_trace_consensus_messages(trace);
    result->transfers = run->load.accepted;
    result->order = hs_checkers_order_counts(checkers);
    result->strikes = run->faults.strikes;
    const struct hs_stake_model *model = hs_checkers_stakes(checkers);
    if (model != NULL) {
        result->staking = (struct hs_sim_staking_counts){
            .epochs = model->epoch,
            .operations = run->operators.committed,
            .punishments = model->punishment_count,
        };
    }
}

/* Limits are where code goes wrong: runs with faults draw theirs. */
static void draw_limits(struct hs_world_config *config, uint64_t seed)
{
    static const uint32_t mempool_transactions[] = {16, 128, 1024};
    static const uint64_t segment_bytes[] = {4096, 65536, 1u << 20};
    static const uint64_t snapshot_intervals[] = {1, 7, 50, 0};
    static const uint32_t tree_blocks[] = {1024, 1024, 64, 32};
    struct hs_random random = hs_random_of(seed, RANDOM_LIMITS);
    config->mempool_transactions_max = mempool_transactions[hs_random_below(&random, 3)];
    config->segment_bytes = segment_bytes[hs_random_below(&random, 3)];
    config->snapshot_interval_blocks = snapshot_intervals[hs_random_below(&random, 4)];
    config->tree_blocks_max = tree_blocks[hs_random_below(&random, 4)];
}

static void make_world(struct run *run)
{
    const struct hs_sim_config *config = run->config;
    struct hs_world_config world_config;
    hs_world_config_default(&world_config, config->node_count, config->seed);
    world_config.cluster.weights = config->weights[0] != 0 ? config->weights : NULL;
    world_config.cluster.election = config->election;
    world_config.cluster.fees = config->fees;
    world_config.cluster.commits = config->commits;
    world_config.cluster.spare_count = SPARE_ACCOUNTS;
    world_config.cluster.randomness = config->seed;
    world_config.cluster.epoch_blocks = config->epoch_blocks;
    world_config.cluster.script = config->script;
    world_config.cluster.staked = config->staked;
    world_config.cluster.staking = config->staking;
    world_config.cluster.joiner_count = config->joiner_count;
    world_config.log = config->log;
    if (config->faults != 0) {
        draw_limits(&world_config, config->seed);
    }
    hs_faults_configure(&world_config, config->faults, config->seed);
    for (uint32_t i = 0; i < config->byzantine_count; i++) {
        if (config->byzantine[i].twin) {
            world_config.twin_of[world_config.twin_count++] = config->byzantine[i].validator;
        }
    }
    run->world = hs_world_new(&world_config);
    for (uint32_t i = 0; i < config->byzantine_count; i++) {
        if (config->byzantine[i].attack != NULL) {
            hs_world_attack(run->world, config->byzantine[i].validator,
                            config->byzantine[i].attack);
        }
    }
    if (config->observer != NULL) {
        hs_world_set_observer(run->world, config->observer);
    }
}

void hs_sim_run(const struct hs_sim_config *config, struct hs_sim_result *result)
{
    struct run run = {.config = config, .result = result};
    *result = (struct hs_sim_result){.ok = true};
    make_world(&run);
    hs_load_init(&run.load, config->transfers_per_second, config->seed);
    run.load.private_per_mille = config->private_per_mille;
    hs_faults_init(&run.faults, config->faults, config->seed);
    hs_operators_init(&run.operators, config->staked ? config->operations_per_minute : 0,
                      config->byzantine_count == 0, config->seed);
    hs_world_start_all(run.world);
    safety_phase(&run);
    if (!violated(&run)) {
        liveness_phase(&run);
    }
    if (!violated(&run)) {
        drain_phase(&run);
    }
    if (!violated(&run)) {
        light_phase(&run);
    }
    report(&run);
    hs_world_free(run.world);
}
