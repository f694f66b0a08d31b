/* See run.h. */
#include "sim/run.h"

#include <inttypes.h>
#include <stdio.h>

#include "consensus/validator_set.h"
#include "sim/load.h"

#define SECOND_NS UINT64_C(1000000000)
/* A run without progress for ever has an end: so much for each block, and at least that much. */
#define SAFETY_NS_PER_BLOCK (2 * SECOND_NS)
#define SAFETY_NS_MIN       (60 * SECOND_NS)
#define LIVENESS_NS         (180 * SECOND_NS)
#define RANDOM_LIMITS       48u

struct run {
    const struct hs_sim_config *config;
    struct hs_sim_result *result;
    struct hs_world *world;
    struct hs_load load;
    struct hs_faults faults;
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
    hs_world_run_until(run->world, next_ns < until_ns ? next_ns : until_ns);
    uint64_t now_ns = hs_world_now_ns(run->world);
    if (run->faults.next_ns <= now_ns) {
        hs_faults_act(&run->faults, run->world);
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

static void fail(struct run *run, const char *what, uint64_t from, uint64_t to)
{
    run->result->ok = false;
    snprintf(run->result->checker, sizeof(run->result->checker), "liveness");
    snprintf(run->result->reason, sizeof(run->result->reason), "%s (%" PRIu64 ", %" PRIu64 ")",
             what, from, to);
}

/* The number of equal validators that may be faulty; with weights, an upper bound in the same
 * spirit: how many of the lightest fit below the honest weight. */
static uint64_t faulty_max(const struct hs_validator_set *set)
{
    uint64_t weight_max = set->weight_total - hs_validator_set_quorum(set);
    uint64_t average = set->weight_total / set->count;
    return weight_max / (average > 0 ? average : 1);
}

static void liveness_phase(struct run *run)
{
    hs_world_say_fault(run->world, "the faults stop: all must commit a new block");
    hs_faults_stop(&run->faults, run->world);
    hs_world_stop_faults(run->world);
    uint64_t view = hs_world_view(run->world);
    uint64_t target = height(run) + 1;
    uint64_t bound = 2 * (faulty_max(&hs_world_cluster(run->world)->validators) + 1) + 2;
    uint64_t end_ns = hs_world_now_ns(run->world) + LIVENESS_NS;
    while (!violated(run) && hs_world_common_height(run->world) < target &&
           hs_world_now_ns(run->world) < end_ns) {
        advance(run, hs_world_now_ns(run->world) + SECOND_NS / 100);
    }
    if (violated(run)) {
        return;
    }
    uint64_t committed_view = hs_checkers_view_of_height(hs_world_checkers(run->world), target);
    if (hs_world_common_height(run->world) < target) {
        fail(run, "not every node has committed since the faults stopped: common height, target",
             hs_world_common_height(run->world), target);
    } else if (committed_view > view + bound) {
        fail(run, "a new block took too many views since the faults stopped: from, to", view,
             committed_view);
    }
}

/* D5: whatever crashed, no node may believe that its safety record was lost. */
static void check_health(struct run *run)
{
    for (uint32_t i = 0; i < run->config->node_count; i++) {
        if (hs_world_is_byzantine(run->world, i)) {
            continue;
        }
        struct hs_node_status status;
        hs_node_status(hs_world_node(run->world, i), &status);
        if (status.health != HS_NODE_HEALTHY || !status.core.signing) {
            fail(run, "D5: a node does not sign, though it lost nothing: index, height", i,
                 status.height);
        }
    }
}

static void report(struct run *run)
{
    struct hs_sim_result *result = run->result;
    const char *violation = hs_checkers_violation(hs_world_checkers(run->world));
    if (violation != NULL) {
        result->ok = false;
        snprintf(result->checker, sizeof(result->checker), "safety");
        snprintf(result->reason, sizeof(result->reason), "%s", violation);
    }
    const struct hs_trace *trace = hs_world_trace(run->world);
    result->committed = height(run);
    result->views = hs_world_view(run->world);
    result->trace_hash = trace->hash;
    result->virtual_ns = hs_world_now_ns(run->world);
    result->consensus_messages = hs_trace_consensus_messages(trace);
    result->transfers = run->load.accepted;
    result->strikes = run->faults.strikes;
}

/* Limits are where code goes wrong: runs with faults draw theirs. The tree's stays far above what a
 * run reaches, as it must (L14). */
static void draw_limits(struct hs_world_config *config, uint64_t seed)
{
    static const uint32_t mempool_transactions[] = {16, 128, 1024};
    static const uint64_t segment_bytes[] = {4096, 65536, 1u << 20};
    static const uint64_t snapshot_intervals[] = {1, 7, 50, 0};
    struct hs_random random = hs_random_of(seed, RANDOM_LIMITS);
    config->mempool_transactions_max = mempool_transactions[hs_random_below(&random, 3)];
    config->segment_bytes = segment_bytes[hs_random_below(&random, 3)];
    config->snapshot_interval_blocks = snapshot_intervals[hs_random_below(&random, 4)];
}

static void make_world(struct run *run)
{
    const struct hs_sim_config *config = run->config;
    struct hs_world_config world_config;
    hs_world_config_default(&world_config, config->node_count, config->seed);
    world_config.cluster.weights = config->weights[0] != 0 ? config->weights : NULL;
    world_config.cluster.election = config->election;
    world_config.cluster.randomness = config->seed;
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
    hs_faults_init(&run.faults, config->faults, config->seed);
    hs_world_start_all(run.world);
    safety_phase(&run);
    if (!violated(&run)) {
        liveness_phase(&run);
    }
    if (run.result->ok && !violated(&run)) {
        check_health(&run);
    }
    report(&run);
    hs_world_free(run.world);
}
