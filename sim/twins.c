/* See twins.h. */
#include "sim/twins.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "consensus/leader_election.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define SECOND_NS      UINT64_C(1000000000)
#define TWIN_OF        3u
#define RANDOM_TWINS   80u
/* After the last scripted view: leaders 3 and one that must wait for it. */
#define LIVENESS_VIEWS 16u
#define LIVENESS_NS    (600 * SECOND_NS)

struct hs_twins {
    uint32_t view_count;
    struct hs_cluster cluster; /* all but its randomness */
    uint64_t *randomness;      /* by the leaders as digits: 4 to the power of view_count */
};

/* One run. */
struct twins_run {
    const struct hs_twins_scenario *scenario;
    struct hs_world *world;
    /* When each process first gave up each view; 0: not yet. */
    uint64_t gave_up_ns[HS_TWINS_PROCESSES][HS_TWINS_VIEWS_MAX + 1];
};

/* -- scenarios ------------------------------------------------------------------------ */

static uint64_t power(uint64_t base, uint32_t exponent)
{
    uint64_t product = 1;
    for (uint32_t i = 0; i < exponent; i++) {
        product *= base;
    }
    return product;
}

static void set_leaders(const struct hs_twins *twins, struct hs_twins_scenario *scenario)
{
    struct hs_leader_rule rule = {.election = HS_LEADER_WEIGHTED,
                                  .validators = &twins->cluster.validators};
    hs_cluster_randomness(rule.randomness, scenario->randomness);
    for (uint32_t i = 0; i < scenario->view_count; i++) {
        scenario->leaders[i] = (uint8_t)hs_leader_of(&rule, i + 1);
    }
}

/* Tries numbers until each way to lead the views has one that brings it about. */
static void search_randomness(struct hs_twins *twins)
{
    uint64_t wanted = power(HS_TWINS_VALIDATORS, twins->view_count);
    twins->randomness = calloc(wanted, sizeof(twins->randomness[0]));
    HS_ASSERT(twins->randomness != NULL);
    for (uint64_t candidate = 1; wanted > 0; candidate++) {
        struct hs_twins_scenario scenario = {.randomness = candidate,
                                             .view_count = twins->view_count};
        set_leaders(twins, &scenario);
        uint64_t digits = 0;
        for (uint32_t i = 0; i < twins->view_count; i++) {
            digits = digits * HS_TWINS_VALIDATORS + scenario.leaders[i];
        }
        if (twins->randomness[digits] == 0) {
            twins->randomness[digits] = candidate;
            wanted--;
        }
    }
}

struct hs_twins *hs_twins_new(uint32_t view_count)
{
    HS_ASSERT(view_count >= 1 && view_count <= HS_TWINS_VIEWS_ALL_MAX);
    struct hs_twins *twins = calloc(1, sizeof(*twins));
    HS_ASSERT(twins != NULL);
    twins->view_count = view_count;
    struct hs_cluster_config config = {
        .node_count = HS_TWINS_VALIDATORS, .election = HS_LEADER_WEIGHTED, .account_count = 2};
    hs_cluster_make(&twins->cluster, &config);
    search_randomness(twins);
    return twins;
}

void hs_twins_free(struct hs_twins *twins)
{
    free(twins->randomness);
    hs_cluster_release(&twins->cluster);
    free(twins);
}

uint64_t hs_twins_scenario_count(const struct hs_twins *twins)
{
    return power(HS_TWINS_CHOICES, twins->view_count);
}

void hs_twins_scenario_at(const struct hs_twins *twins, struct hs_twins_scenario *scenario,
                          uint64_t number)
{
    *scenario = (struct hs_twins_scenario){.view_count = twins->view_count};
    uint64_t digits = 0;
    for (uint32_t i = 0; i < twins->view_count; i++) {
        uint64_t choice = number % HS_TWINS_CHOICES;
        number /= HS_TWINS_CHOICES;
        digits = digits * HS_TWINS_VALIDATORS + choice % HS_TWINS_VALIDATORS;
        scenario->sides[i] = (uint8_t)(choice / HS_TWINS_VALIDATORS);
    }
    scenario->randomness = twins->randomness[digits];
    set_leaders(twins, scenario);
}

void hs_twins_scenario_random(const struct hs_twins *twins, struct hs_twins_scenario *scenario,
                              uint32_t view_count, uint64_t seed)
{
    HS_ASSERT(view_count <= HS_TWINS_VIEWS_MAX);
    struct hs_random random = hs_random_of(seed, RANDOM_TWINS);
    *scenario =
        (struct hs_twins_scenario){.randomness = hs_random_next(&random), .view_count = view_count};
    for (uint32_t i = 0; i < view_count; i++) {
        scenario->sides[i] = (uint8_t)hs_random_below(&random, 1u << (HS_TWINS_PROCESSES - 1));
    }
    set_leaders(twins, scenario);
}

/* -- who hears whom ----------------------------------------------------------------------- */

static bool other_side(const struct hs_twins_scenario *scenario, uint64_t view, uint32_t process)
{
    return process > 0 && (scenario->sides[view - 1] >> (process - 1) & 1u) != 0;
}

static uint64_t view_of(struct hs_world *world, uint32_t process)
{
    struct hs_core_status status;
    hs_core_status(hs_node_core(hs_world_node(world, process)), &status);
    return status.view;
}

static bool part(void *context, uint32_t from, uint32_t to, const struct hs_message *message)
{
    struct twins_run *run = context;
    uint64_t view = view_of(run->world, from);
    if (view > run->scenario->view_count) {
        return true;
    }
    bool same_side = other_side(run->scenario, view, from) == other_side(run->scenario, view, to);
    if (same_side || message->type != HS_MESSAGE_VIEW_CHANGE) {
        return same_side;
    }
    uint64_t *gave_up_ns = &run->gave_up_ns[from][view];
    if (*gave_up_ns == 0) {
        *gave_up_ns = hs_world_now_ns(run->world);
    }
    return hs_world_now_ns(run->world) > *gave_up_ns;
}

/* -- running -------------------------------------------------------------------------------- */

static struct hs_world *make_world(const struct hs_twins *twins,
                                   const struct hs_twins_scenario *scenario)
{
    struct hs_world_config config;
    hs_world_config_default(&config, HS_TWINS_VALIDATORS, scenario->randomness);
    config.made = &twins->cluster;
    config.cluster.randomness = scenario->randomness;
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

/* Until every correct process has left the scripted views. */
static void run_parted(struct twins_run *run, uint64_t end_ns)
{
    while (!violated(run) && hs_world_now_ns(run->world) < end_ns && hs_world_step(run->world)) {
        uint64_t least = UINT64_MAX;
        for (uint32_t i = 0; i < TWIN_OF; i++) {
            uint64_t view = view_of(run->world, i);
            least = view < least ? view : least;
        }
        if (least > run->scenario->view_count) {
            return;
        }
    }
}

static void run_whole(struct twins_run *run, struct hs_twins_result *result, uint64_t end_ns)
{
    struct hs_checkers *checkers = hs_world_checkers(run->world);
    uint64_t view = hs_world_view(run->world);
    uint64_t target = hs_checkers_height(checkers) + 1;
    while (!violated(run) && hs_world_common_height(run->world) < target &&
           hs_world_now_ns(run->world) < end_ns && hs_world_step(run->world)) {
    }
    if (violated(run)) {
        return;
    }
    if (hs_world_common_height(run->world) < target) {
        fail(result, "liveness", "no new block was committed since the network is whole");
    } else if (hs_checkers_view_of_height(checkers, target) > view + LIVENESS_VIEWS) {
        fail(result, "liveness", "a new block took too many views since the network is whole");
    }
}

void hs_twins_run(const struct hs_twins *twins, const struct hs_twins_scenario *scenario,
                  struct hs_twins_result *result)
{
    struct twins_run run = {.scenario = scenario};
    *result = (struct hs_twins_result){.ok = true};
    run.world = make_world(twins, scenario);
    hs_world_set_filter(run.world, part, &run);
    hs_world_start_all(run.world);
    run_parted(&run, LIVENESS_NS);
    result->committed = hs_checkers_height(hs_world_checkers(run.world));
    run_whole(&run, result, 2 * LIVENESS_NS);
    const char *violation = hs_checkers_violation(hs_world_checkers(run.world));
    if (violation != NULL) {
        fail(result, "safety", violation);
    }
    result->trace_hash = hs_world_trace(run.world)->hash;
    hs_world_free(run.world);
}

/* -- in words ---------------------------------------------------------------------------------- */

void hs_twins_describe(char text[HS_TWINS_TEXT_CHARACTERS],
                       const struct hs_twins_scenario *scenario)
{
    static const char *const names[HS_TWINS_PROCESSES] = {"0", "1", "2", "3", "3'"};
    text[0] = '\0';
    for (uint64_t view = 1; view <= scenario->view_count; view++) {
        hs_text_append(text, HS_TWINS_TEXT_CHARACTERS, "%sview %" PRIu64 ": %u leads,",
                       view > 1 ? "; " : "", view, (unsigned)scenario->leaders[view - 1]);
        for (int side = 0; side < 2; side++) {
            hs_text_append(text, HS_TWINS_TEXT_CHARACTERS, side == 1 ? " |" : "");
            for (uint32_t i = 0; i < HS_TWINS_PROCESSES; i++) {
                if (other_side(scenario, view, i) == (side == 1)) {
                    hs_text_append(text, HS_TWINS_TEXT_CHARACTERS, " %s", names[i]);
                }
            }
        }
    }
}
