/* Time and steps. See world.h.
 *
 * What is due next is the earliest of four: the network's heap, the workers' heap, the attackers, the
 * nodes' own timers. At equal times messages go first, then jobs, then attackers, then timers by
 * node: any order would do, as long as it is one.
 */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "sim/world_internal.h"

#define MICROSECOND_NS UINT64_C(1000)
#define MILLISECOND_NS UINT64_C(1000000)

void hs_world_config_default(struct hs_world_config *config, uint32_t node_count, uint64_t seed)
{
    *config = (struct hs_world_config){
        .cluster = {.node_count = node_count,
                    .election = HS_LEADER_ROUND_ROBIN,
                    .account_count = 8},
        .seed = seed,
        .network = {.delay_min_ns = 500 * MICROSECOND_NS,
                    .delay_mean_ns = 1 * MILLISECOND_NS,
                    .in_flight_max = 1u << 20},
        .lanes = {[HS_LANE_URGENT] = {300 * MICROSECOND_NS, 1500 * MICROSECOND_NS},
                  [HS_LANE_BULK] = {50 * MICROSECOND_NS, 3000 * MICROSECOND_NS},
                  [HS_LANE_DISK] = {150 * MICROSECOND_NS, 900 * MICROSECOND_NS}},
        .tree_blocks_max = 1024,
        .mempool_transactions_max = 1024,
        .recent_transactions_max = 4096,
        .block_transactions_max = 1000,
        .segment_bytes = 1u << 20,
        .snapshot_interval_blocks = 100,
    };
    hs_pacemaker_config_default(&config->pacemaker);
}

/* -- messages on their way ---------------------------------------------------------------- */

/* A broadcast sends one buffer n - 1 times: it is decoded and checked once. */
bool hs_world_look_at(struct hs_world *world, uint32_t from, const struct hs_buffer *buffer)
{
    if (world->seen == buffer && world->seen_from == from) {
        return world->seen_well_formed;
    }
    if (world->seen != NULL) {
        hs_buffer_release(world->seen);
    }
    world->seen = hs_buffer_retain((struct hs_buffer *)(uintptr_t)buffer);
    world->seen_from = from;
    world->seen_number++;
    struct hs_bytes bytes = {buffer->data, buffer->size};
    uint64_t epoch = 0;
    (void)hs_message_epoch(bytes, &epoch);
    uint32_t count = hs_cluster_member_count(&world->cluster, epoch);
    world->seen_well_formed = hs_message_decode(&world->message, bytes, count) == HS_OK;
    if (world->seen_well_formed) {
        hs_checkers_message(world->checkers, from, &world->message);
        hs_world_observe_violation(world);
    }
    return world->seen_well_formed;
}

static bool on_send(void *context, uint64_t now_ns, uint32_t from, uint32_t to,
                    const struct hs_buffer *buffer)
{
    struct hs_world *world = context;
    if (!hs_world_look_at(world, from, buffer)) {
        return true; /* a puppet's garbage: the nodes have to cope with it */
    }
    hs_trace_message(&world->trace, now_ns, from, to, &world->message);
    return hs_world_attackers_let_pass(world, from, to) &&
           (world->filter == NULL ||
            world->filter(world->filter_context, from, to, &world->message));
}

void hs_world_set_filter(struct hs_world *world, hs_world_filter *filter, void *context)
{
    world->filter = filter;
    world->filter_context = context;
}

/* -- the world ----------------------------------------------------------------------------- */

/* A process shows its validator's network key; a twin one of its own, since both are there. */
static void key_processes(const struct hs_world *world, struct hs_ed25519_public_key keys[])
{
    const struct hs_validator_set *validators = &world->cluster.validators;
    for (uint32_t i = 0; i < world->process_count; i++) {
        keys[i] = i < validators->count ? validators->validators[i].network_key
                                        : (struct hs_ed25519_public_key){.bytes = {(uint8_t)i}};
    }
}

static void make_parts(struct hs_world *world)
{
    struct hs_world_config *config = &world->config;
    struct hs_ed25519_public_key keys[HS_VALIDATORS_MAX];
    uint32_t count = world->process_count;
    key_processes(world, keys);
    struct hs_random seeds = hs_random_of(config->seed, PART_NETWORK);
    config->network.node_count = count;
    config->network.seed = hs_random_next(&seeds);
    config->network.keys = keys;
    world->network = hs_create_simulated_network(&config->network);
    config->network.keys = NULL; /* copied */
    seeds = hs_random_of(config->seed, PART_WORKERS);
    world->workers = hs_virtual_workers_new(count, hs_random_next(&seeds), config->lanes);
    world->checkers = hs_checkers_new(&world->cluster, count);
    HS_ASSERT(world->network != NULL && world->workers != NULL && world->checkers != NULL);
    world->judged = hs_world_judged_new();
    hs_simulated_network_set_filter(world->network, on_send, world);
    hs_trace_init(&world->trace);
}

static void make_process(struct hs_world *world, uint32_t index, uint64_t disk_seed)
{
    struct hs_world_process *process = &world->processes[index];
    uint64_t drift = world->config.clock_drift_per_mille;
    process->world = world;
    process->index = index;
    process->validator = index;
    if (index >= world->cluster.validators.count) {
        process->validator = world->config.twin_of[index - world->cluster.validators.count];
        hs_world_make_byzantine(world, process->validator);
    }
    hs_endpoint_init(&process->endpoint, world, index);
    process->wake_ns = UINT64_MAX;
    process->clock_rate_per_mille = hs_random_between(&world->random, 1000 - drift, 1000 + drift);
    process->disk = hs_virtual_disk_new(disk_seed);
    HS_ASSERT(process->disk != NULL);
    hs_world_format_disk(world, index);
    /* Connections come up as nodes start: they hear of it then. */
    hs_simulated_network_stop_node(world->network, index);
}

struct hs_world *hs_world_new(const struct hs_world_config *config)
{
    struct hs_world *world = calloc(1, sizeof(*world));
    HS_ASSERT(world != NULL && config->clock_drift_per_mille < 1000);
    world->config = *config;
    world->random = hs_random_of(config->seed, PART_WORLD);
    HS_ASSERT(config->twin_count <= HS_WORLD_TWINS_MAX);
    if (config->made != NULL) {
        hs_cluster_copy(&world->cluster, config->made, config->cluster.randomness);
        world->cluster.epoch_blocks = config->cluster.epoch_blocks;
        world->cluster.script = config->cluster.script;
    } else {
        hs_cluster_make(&world->cluster, &config->cluster);
    }
    world->process_count = config->cluster.node_count + config->twin_count;
    make_parts(world);
    struct hs_random disks = hs_random_of(config->seed, PART_DISKS);
    for (uint32_t i = 0; i < world->process_count; i++) {
        make_process(world, i, hs_random_next(&disks));
    }
    return world;
}

void hs_world_free(struct hs_world *world)
{
    if (world == NULL) {
        return;
    }
    hs_world_stop_observing(world);
    for (uint32_t i = 0; i < world->process_count; i++) {
        hs_world_crash(world, i, false);
        hs_virtual_disk_free(world->processes[i].disk);
    }
    hs_world_free_attackers(world);
    if (world->seen != NULL) {
        hs_buffer_release(world->seen);
    }
    hs_simulated_network_free(world->network);
    hs_virtual_workers_free(world->workers);
    hs_world_judged_free(world->judged);
    hs_checkers_free(world->checkers);
    hs_cluster_release(&world->cluster);
    hs_trace_release(&world->trace);
    free(world);
}

/* -- steps ----------------------------------------------------------------------------------- */

/* The node whose timer is first; HS_VALIDATORS_MAX: none has one. */
static uint32_t next_to_wake(const struct hs_world *world)
{
    uint32_t next = HS_VALIDATORS_MAX;
    uint64_t next_ns = UINT64_MAX;
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (world->processes[i].wake_ns < next_ns) {
            next = i;
            next_ns = world->processes[i].wake_ns;
        }
    }
    return next;
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Can anybody receive something now? */
static bool has_received(const struct hs_world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct hs_world_process *process = &world->processes[i];
        if (process->node != NULL && !process->paused &&
            hs_simulated_network_has_received(world->network, i)) {
            return true;
        }
    }
    return false;
}

/* When the next message arrives, or a node hears of a connection. */
static uint64_t network_next_ns(const struct hs_world *world)
{
    return has_received(world) ? world->now_ns : hs_simulated_network_next_ns(world->network);
}

uint64_t hs_world_next_ns(const struct hs_world *world)
{
    uint32_t node = next_to_wake(world);
    uint64_t timer_ns = node < HS_VALIDATORS_MAX ? world->processes[node].wake_ns : UINT64_MAX;
    uint64_t moving_ns =
        earlier(network_next_ns(world), hs_virtual_workers_next_ns(world->workers));
    uint64_t acting_ns = hs_world_next_attack_ns(world);
    uint64_t next_ns = earlier(acting_ns, earlier(timer_ns, moving_ns));
    return next_ns > world->now_ns ? next_ns : world->now_ns;
}

static void set_now(struct hs_world *world, uint64_t now_ns)
{
    world->now_ns = now_ns;
    hs_virtual_workers_set_now(world->workers, now_ns);
}

static void receive_all(struct hs_world *world)
{
    struct hs_bitmap receivers;
    hs_simulated_network_advance(world->network, world->now_ns, &receivers);
    for (uint32_t i = hs_bitmap_next(&receivers, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(&receivers, i + 1)) {
        if (world->processes[i].node != NULL && !world->processes[i].paused) {
            hs_node_process_consensus_messages(world->processes[i].node);
            hs_world_turn_over(world, i);
        }
    }
}

static bool finish_job(struct hs_world *world)
{
    uint32_t index;
    struct hs_job *job;
    if (!hs_virtual_workers_take(world->workers, &index, &job)) {
        return false;
    }
    struct hs_world_process *process = &world->processes[index];
    job->run(job);
    if (hs_virtual_disk_is_down(process->disk)) {
        hs_world_crash(world, index, false); /* the power was cut within the job */
        return true;
    }
    job->done(job);
    hs_node_end_turn(process->node);
    hs_world_turn_over(world, index);
    return true;
}

bool hs_world_step(struct hs_world *world)
{
    uint64_t next_ns = hs_world_next_ns(world);
    if (next_ns == UINT64_MAX) {
        return false;
    }
    set_now(world, next_ns);
    hs_checkers_in_flight(world->checkers, hs_simulated_network_in_flight(world->network),
                          world->config.network.in_flight_max);
    if (network_next_ns(world) <= next_ns) {
        receive_all(world);
        return true;
    }
    hs_simulated_network_advance(world->network, next_ns, NULL);
    if (finish_job(world) || hs_world_act_attacker(world)) {
        return true;
    }
    uint32_t index = next_to_wake(world);
    hs_node_check_pacemaker_timeout(world->processes[index].node);
    hs_world_turn_over(world, index);
    return true;
}

void hs_world_run_until(struct hs_world *world, uint64_t until_ns)
{
    while (hs_checkers_violation(world->checkers) == NULL && hs_world_next_ns(world) < until_ns &&
           hs_world_step(world)) {
    }
    if (until_ns > world->now_ns) {
        set_now(world, until_ns);
        hs_simulated_network_advance(world->network, until_ns, NULL);
    }
}

/* -- reading ---------------------------------------------------------------------------------- */

uint64_t hs_world_now_ns(const struct hs_world *world)
{
    return world->now_ns;
}

struct hs_simulated_network *hs_world_network(struct hs_world *world)
{
    return world->network;
}

const struct hs_cluster *hs_world_cluster(const struct hs_world *world)
{
    return &world->cluster;
}

struct hs_checkers *hs_world_checkers(struct hs_world *world)
{
    return world->checkers;
}

uint32_t hs_world_process_count(const struct hs_world *world)
{
    return world->process_count;
}

const struct hs_trace *hs_world_trace(const struct hs_world *world)
{
    return &world->trace;
}
