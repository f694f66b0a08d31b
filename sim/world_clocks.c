/* The clocks of processes: each runs at a speed of its own from the world's beginning on, and may
 * jump. See world.h. */
#include <inttypes.h>

#include "sim/world_internal.h"

#define MILLISECOND_NS UINT64_C(1000000)

static uint64_t process_time_ns(const struct hs_world_process *process, uint64_t world_ns)
{
    return process->clock_ahead_ns + world_ns / 1000 * process->clock_rate_per_mille +
           world_ns % 1000 * process->clock_rate_per_mille / 1000;
}

uint64_t hs_world_time_of(const struct hs_world_process *process, uint64_t node_ns)
{
    if (node_ns == UINT64_MAX) {
        return UINT64_MAX;
    }
    if (node_ns <= process->clock_ahead_ns) {
        return 0;
    }
    uint64_t since_ns = node_ns - process->clock_ahead_ns;
    uint64_t world_ns =
        since_ns / process->clock_rate_per_mille * 1000 +
        since_ns % process->clock_rate_per_mille * 1000 / process->clock_rate_per_mille;
    while (process_time_ns(process, world_ns) < node_ns) {
        world_ns++;
    }
    return world_ns;
}

static uint64_t now_ns(void *context)
{
    const struct hs_world_process *process = context;
    return process_time_ns(process, process->world->now_ns);
}

/* No two nodes agree on it. */
static uint64_t unix_ms(void *context)
{
    const struct hs_world_process *process = context;
    uint64_t begin_ms = process->world->cluster.genesis.header.timestamp_ms;
    return begin_ms + now_ns(context) / MILLISECOND_NS + process->index +
           (uint64_t)process->wall_clock_ahead_ms;
}

struct hs_clock hs_world_clock_of(struct hs_world_process *process)
{
    return (struct hs_clock){.context = process, .now_ns = now_ns, .unix_ms = unix_ms};
}

void hs_world_jump_clocks(struct hs_world *world, uint32_t index, uint64_t ahead_ns)
{
    struct hs_world_process *process = &world->processes[index];
    process->clock_ahead_ns += ahead_ns;
    hs_world_observe_note(world, index, "its clocks jump ahead by %" PRIu64 " ms",
                          ahead_ns / MILLISECOND_NS);
    if (process->node != NULL && !process->paused) {
        process->wake_ns = hs_world_time_of(process, hs_node_next_wake_ns(process->node));
    }
}

void hs_world_jump_wall_clock(struct hs_world *world, uint32_t index, int64_t ahead_ms)
{
    world->processes[index].wall_clock_ahead_ms += ahead_ms;
    hs_world_observe_note(world, index, "its wall clock jumps by %" PRId64 " ms", ahead_ms);
}
