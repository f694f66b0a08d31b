/* What happens to the processes of a world and to their disks, and what their owners do then. See
 * world.h. */
#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "node/record_recovery.h"
#include "sim/world_internal.h"

void hs_world_pause(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    HS_ASSERT(process->node != NULL);
    process->paused = true;
    hs_world_observe_happened(world, index, HS_PROCESS_PAUSED, NULL);
    process->wake_ns = UINT64_MAX;
    hs_virtual_workers_pause(world->workers, index, true);
}

void hs_world_resume(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    if (!process->paused) {
        return;
    }
    process->paused = false;
    hs_world_observe_happened(world, index, HS_PROCESS_RESUMED, NULL);
    hs_virtual_workers_pause(world->workers, index, false);
    hs_node_process_consensus_messages(process->node);
    hs_world_turn_over(world, index);
}

bool hs_world_is_paused(const struct hs_world *world, uint32_t index)
{
    return world->processes[index].paused;
}

void hs_world_slow_disk(struct hs_world *world, uint32_t index, struct hs_virtual_latency extra)
{
    hs_virtual_workers_slow_disk(world->workers, index, extra);
    hs_world_observe_note(world, index, "its disk takes up to %" PRIu64 " us longer",
                          extra.max_ns / 1000);
}

uint64_t hs_world_disks_free_ns(const struct hs_world *world)
{
    return hs_virtual_workers_disks_free_ns(world->workers);
}

/* -- bit rot ------------------------------------------------------------------------------ */

static bool is_block_log(const char *name)
{
    static const char prefix[] = "blocks-";
    return strncmp(name, prefix, sizeof(prefix) - 1) == 0;
}

enum hs_status hs_world_rot(struct hs_world *world, uint32_t index, const char *name,
                            uint64_t offset, uint32_t bit)
{
    struct hs_virtual_disk *disk = world->processes[index].disk;
    enum hs_status status = hs_virtual_disk_flip_bit(disk, name, offset, bit);
    if (status == HS_OK) {
        hs_world_observe_note(world, index, "bit rot in %s", name);
    }
    if (status == HS_OK && is_block_log(name)) {
        hs_checkers_log_damaged(world->checkers, index);
    } else if (status == HS_OK && strstr(name, ".slots") != NULL) {
        hs_checkers_record_damaged(world->checkers, index);
    }
    return status;
}

/* The highest epoch and its highest view that any correct node was ever in: a validator has signed in
 * none above them. */
static void find_signed_max(const struct hs_world *world, uint64_t *epoch, uint64_t *view)
{
    *epoch = 0;
    *view = 0;
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct hs_world_process *process = &world->processes[i];
        bool later = process->epoch_max > *epoch ||
                     (process->epoch_max == *epoch && process->view_max > *view);
        if (!hs_world_is_byzantine(world, process->validator) && later) {
            *epoch = process->epoch_max;
            *view = process->view_max;
        }
    }
}

bool hs_world_names_peers(const struct hs_world *world)
{
    return world->owners_name_peers;
}

void hs_world_name_peers(struct hs_world *world)
{
    struct hs_world_config *config = &world->config;
    world->owners_name_peers = true;
    for (uint32_t i = 0; i < world->cluster.validators.count; i++) {
        bool is_named = false;
        for (uint32_t j = 0; j < config->known_count; j++) {
            is_named = is_named || config->known[j] == i;
        }
        if (!is_named && config->known_count < HS_KNOWN_PEERS_MAX) {
            config->known[config->known_count++] = i;
        }
    }
}

enum hs_status hs_world_recover(struct hs_world *world, uint32_t index, bool wipe)
{
    struct hs_world_process *process = &world->processes[index];
    hs_world_crash(world, index, false);
    hs_world_observe_note(world, index, "its owner recovers it%s", wipe ? " on a wiped disk" : "");
    if (wipe) {
        hs_virtual_disk_wipe(process->disk);
        hs_checkers_log_damaged(world->checkers, index);
        process->wiped = true;
    }
    struct hs_recovery_request request = {
        .disk = hs_virtual_disk_interface(process->disk),
    };
    find_signed_max(world, &request.epoch, &request.last_voted_view);
    struct hs_recovery recovery;
    return hs_records_recover(&recovery, &request);
}
