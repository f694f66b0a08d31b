/* One run of a scenario. See twins.h. */
#include "sim/twins.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/leader_election.h"
#include "sim/operators.h"
#include "sim/stake_model.h"
#include "sim/twins_internal.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define SECOND_NS      UINT64_C(1000000000)
#define TWIN_OF        3u
/* After the last scripted view: leaders 3 and one that must wait for it. */
#define LIVENESS_VIEWS 16u
#define LIVENESS_NS    (600 * SECOND_NS)
/* How often the reporter looks for double votes; about as long as a block takes. */
#define REPORT_NS (10 * MILLISECOND_NS)

/* One run. */
struct twins_run {
    const struct hs_twins_scenario *scenario;
    struct hs_twins_result *result;
    struct hs_world *world;
    bool staked;
    struct hs_operators operators; /* where staked: the reporter alone */
    uint64_t report_ns;
    /* When each process first gave up each parted view; 0: not yet. */
    uint64_t gave_up_ns[HS_TWINS_PROCESSES][HS_TWINS_VIEWS_MAX];
};

/* -- who hears whom ----------------------------------------------------------------------- */

static void core_status_of(struct hs_world *world, uint32_t process, struct hs_core_status *status)
{
    hs_core_status(hs_node_core(hs_world_node(world, process)), status);
}

/* The place in the script of the view that a process is in; view_count: none. */
static uint32_t find_view(const struct hs_twins_result *result, const struct hs_core_status *at)
{
    uint32_t i = 0;
    while (i < result->view_count &&
           (result->views[i].epoch != at->epoch || result->views[i].view != at->view)) {
        i++;
    }
    return i;
}

static uint32_t leader_of(const struct hs_cluster *cluster, uint64_t epoch, uint64_t view)
{
    const struct hs_epoch *fixed = hs_cluster_epoch(cluster, epoch);
    HS_ASSERT(fixed != NULL);
    struct hs_leader_rule rule = {
        .election = cluster->election,
        .validators = &fixed->validators,
        .leader_weights = fixed->leader_weights,
    };
    memcpy(rule.randomness, fixed->randomness, sizeof(rule.randomness));
    return hs_cluster_node_of(cluster, epoch, hs_leader_of(&rule, view));
}

/* The same; who is the first to say something in a view takes the next place for it. */
static uint32_t place_view(struct twins_run *run, const struct hs_core_status *at)
{
    struct hs_twins_result *result = run->result;
    uint32_t place = find_view(result, at);
    if (place == result->view_count && place < run->scenario->view_count) {
        result->views[result->view_count++] = (struct hs_twins_view){
            .epoch = at->epoch,
            .view = at->view,
            .leader = leader_of(hs_world_cluster(run->world), at->epoch, at->view),
        };
    }
    return place;
}

/* What reaches everybody, once its sender has given up the view. */
static bool may_cross(const struct twins_run *run, const struct hs_message *message)
{
    switch (message->type) {
    case HS_MESSAGE_VIEW_CHANGE:
        return true;
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_BLOCK_RESPONSE:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_RANGE_RESPONSE:
        return run->staked;
    case HS_MESSAGE_PROPOSAL:
    case HS_MESSAGE_VOTE:
    case HS_MESSAGE_QC:
    case HS_MESSAGE_STATUS:
    case HS_MESSAGE_TRANSACTIONS:
        return false;
    }
    return false;
}

static bool part(void *context, uint32_t from, uint32_t to, const struct hs_message *message)
{
    struct twins_run *run = context;
    struct hs_core_status at;
    core_status_of(run->world, from, &at);
    uint32_t view = place_view(run, &at);
    if (view == run->scenario->view_count || hs_twins_other_side(run->scenario, view, from) ==
                                                 hs_twins_other_side(run->scenario, view, to)) {
        return true;
    }
    uint64_t *gave_up_ns = &run->gave_up_ns[from][view];
    if (message->type == HS_MESSAGE_VIEW_CHANGE && *gave_up_ns == 0) {
        *gave_up_ns = hs_world_now_ns(run->world);
    }
    return *gave_up_ns != 0 && hs_world_now_ns(run->world) > *gave_up_ns && may_cross(run, message);
}

/* -- running -------------------------------------------------------------------------------- */

static struct hs_world *make_world(const struct hs_twins *twins,
                                   const struct hs_twins_scenario *scenario)
{
    struct hs_world_config config;
    hs_world_config_default(&config, HS_TWINS_VALIDATORS, scenario->randomness);
    config.made = &twins->cluster;
    config.cluster.randomness = scenario->randomness;
    config.cluster.epoch_blocks = twins->epoch_blocks;
    config.twin_count = 1;
    config.twin_of[0] = TWIN_OF;
    config.tree_blocks_max = 64;
    config.mempool_transactions_max = 4;
    config.recent_transactions_max = 16;
    config.block_transactions_max = 4;
    config.segment_bytes = 4096;
    config.snapshot_interval_blocks = 0;
    return hs_world_new(&config);
}

/* Nobody joins or leaves; double votes are reported. */
static void hire_reporter(struct twins_run *run)
{
    hs_operators_init(&run->operators, 1, false, run->scenario->randomness);
    run->operators.draw_ns = UINT64_MAX;
    run->operators.reports = true;
    run->report_ns = 0;
}

static bool violated(const struct twins_run *run)
{
    return hs_checkers_violation(hs_world_checkers(run->world)) != NULL;
}

static void fail(struct hs_twins_result *result, const char *checker, const char *reason)
{
    result->ok = false;
    snprintf(result->checker, sizeof(result->checker), "%s", checker);
    snprintf(result->reason, sizeof(result->reason), "%s", reason);
}

/* False: there is nothing left to wait for. */
static bool step(struct twins_run *run, uint64_t end_ns)
{
    static const struct hs_bitmap all_sound = {{0}};
    if (violated(run) || hs_world_now_ns(run->world) >= end_ns || !hs_world_step(run->world)) {
        return false;
    }
    if (run->staked && run->report_ns <= hs_world_now_ns(run->world)) {
        hs_operators_act(&run->operators, run->world, &all_sound);
        run->report_ns = hs_world_now_ns(run->world) + REPORT_NS;
    }
    return true;
}

static bool is_parted(struct twins_run *run, uint32_t process)
{
    struct hs_core_status at;
    core_status_of(run->world, process, &at);
    return find_view(run->result, &at) < run->result->view_count;
}

/* Until every correct process has left the scripted views. */
static void run_parted(struct twins_run *run, uint64_t end_ns)
{
    bool parted = true;
    while (parted && step(run, end_ns)) {
        parted = run->result->view_count < run->scenario->view_count;
        for (uint32_t i = 0; i < TWIN_OF; i++) {
            parted = parted || is_parted(run, i);
        }
    }
}

/* The bound is of views of one epoch: in a later one they begin anew (P4). */
static void run_whole(struct twins_run *run, struct hs_twins_result *result, uint64_t end_ns)
{
    struct hs_checkers *checkers = hs_world_checkers(run->world);
    uint64_t epoch = hs_world_epoch(run->world);
    uint64_t view = hs_world_view(run->world);
    uint64_t target = hs_checkers_height(checkers) + 1;
    while (hs_world_common_height(run->world) < target && step(run, end_ns)) {
    }
    if (violated(run)) {
        return;
    }
    uint64_t first_view = hs_checkers_epoch_of_height(checkers, target) > epoch ? 0 : view;
    if (hs_world_common_height(run->world) < target) {
        fail(result, "liveness", "no new block was committed since the network is whole");
    } else if (hs_checkers_view_of_height(checkers, target) > first_view + LIVENESS_VIEWS) {
        fail(result, "liveness", "a new block took too many views since the network is whole");
    }
}

/* Whether the pair is a member of the epoch of the last block that all correct processes have. */
static bool pair_serves(const struct twins_run *run)
{
    uint64_t height = hs_world_common_height(run->world);
    uint64_t epoch = hs_checkers_epoch_of_height(hs_world_checkers(run->world), height);
    return hs_cluster_member_of(hs_world_cluster(run->world), epoch, TWIN_OF) != HS_VALIDATORS_MAX;
}

/* Where a correct node has found that the pair voted twice: until it is in no set any more (P8). */
static void run_without_pair(struct twins_run *run, struct hs_twins_result *result, uint64_t end_ns)
{
    const struct hs_stake_model *model = hs_checkers_stakes(hs_world_checkers(run->world));
    bool accused = run->operators.reporter.waits || model->punishment_count > 0;
    while (accused && pair_serves(run) && step(run, end_ns)) {
    }
    if (accused && !violated(run) && pair_serves(run)) {
        fail(result, "liveness", "P8: two that vote as one are known, and serve on");
    }
    result->punishments = model->punishment_count;
}

void hs_twins_run(const struct hs_twins *twins, const struct hs_twins_scenario *scenario,
                  struct hs_twins_result *result)
{
    struct twins_run run = {
        .scenario = scenario, .result = result, .staked = twins->epoch_blocks > 0};
    *result = (struct hs_twins_result){.ok = true, .in_epochs = run.staked};
    run.world = make_world(twins, scenario);
    if (run.staked) {
        hire_reporter(&run);
    }
    hs_world_set_filter(run.world, part, &run);
    hs_world_start_all(run.world);
    run_parted(&run, LIVENESS_NS);
    result->committed = hs_checkers_height(hs_world_checkers(run.world));
    result->epochs = hs_world_epoch(run.world);
    run_whole(&run, result, 2 * LIVENESS_NS);
    if (run.staked && result->ok) {
        run_without_pair(&run, result, 3 * LIVENESS_NS);
    }
    const char *violation = hs_checkers_violation(hs_world_checkers(run.world));
    if (violation != NULL) {
        fail(result, "safety", violation);
    }
    result->trace_hash = hs_world_trace(run.world)->hash;
    hs_world_free(run.world);
}
