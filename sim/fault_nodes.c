/* What happens to processes, their clocks and their disks. See faults.h. */
#include <inttypes.h>

#include "base/bitmap.h"
#include "sim/faults_internal.h"

#define DOWN_MS_MAX          3000u
#define LOOP_CRASHES_MAX     10u
#define LOOP_MS_MAX          150u
#define PAUSE_MS_MAX         5000u
#define SUSPEND_MS_MAX       UINT64_C(3600000)
#define DISK_CALLS_AHEAD_MAX 40u
#define DISK_JOB_MS_MAX      1000u
#define DISK_WHILE_MS_MAX    4000u
#define DISK_ROOM_BYTES_MAX  32768u
#define TORN_KEPT_MIN        800u

/* -- processes ------------------------------------------------------------------------------- */

static void crash(struct hs_faults *faults, struct hs_world *world, uint32_t index, bool power_cut)
{
    hs_world_crash(world, index, power_cut);
    hs_faults_later(faults, world, HS_SEQUEL_START, index, 1, DOWN_MS_MAX);
}

void hs_faults_crash_again(struct hs_faults *faults, struct hs_world *world, uint32_t index,
                           uint32_t count)
{
    hs_world_crash(world, index, false);
    hs_faults_later_again(faults, world, HS_SEQUEL_START, index, count, LOOP_MS_MAX);
}

/* Now and then it comes up only to crash again, a few times. */
void hs_faults_crash(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = hs_faults_any_process(faults, world);
    if (hs_random_per_mille(&faults->random, 250)) {
        uint32_t count = (uint32_t)hs_random_between(&faults->random, 1, LOOP_CRASHES_MAX);
        hs_faults_crash_again(faults, world, index, count);
    } else {
        crash(faults, world, index, false);
    }
}

void hs_faults_start(struct hs_faults *faults, struct hs_world *world, uint32_t index,
                     uint32_t crashes)
{
    if (hs_world_is_up(world, index) || hs_bitmap_get(&faults->down_for_owner, index)) {
        return;
    }
    enum hs_status status = hs_world_start(world, index);
    hs_faults_look_after(faults, world, index, status);
    if (crashes > 0 && hs_world_is_up(world, index)) {
        hs_faults_later_again(faults, world, HS_SEQUEL_CRASH, index, crashes - 1, LOOP_MS_MAX);
    }
}

void hs_faults_pause(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = hs_faults_any_process(faults, world);
    if (hs_world_is_up(world, index) && !hs_world_is_paused(world, index)) {
        hs_world_pause(world, index);
        hs_faults_later(faults, world, HS_SEQUEL_RESUME, index, 10, PAUSE_MS_MAX);
    }
}

/* One node's, or now and then that of all of them at once. Nothing, half or any part is kept of what
 * was under way to the disk. */
void hs_faults_cut_power(struct hs_faults *faults, struct hs_world *world)
{
    static const uint32_t kept_per_mille[] = {0, 500, 500, 100};
    uint32_t first = hs_faults_any_process(faults, world);
    uint32_t count = hs_random_per_mille(&faults->random, 200) ? hs_world_process_count(world) : 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = (first + i) % hs_world_process_count(world);
        hs_virtual_disk_set_kept(hs_world_disk(world, index),
                                 kept_per_mille[hs_random_below(&faults->random, 4)]);
        crash(faults, world, index, true);
    }
}

/* -- disks ------------------------------------------------------------------------------------ */

static uint64_t call_ahead(struct hs_faults *faults, const struct hs_virtual_disk *disk)
{
    return hs_virtual_disk_calls(disk) +
           hs_random_between(&faults->random, 1, DISK_CALLS_AHEAD_MAX);
}

/* The power goes within a call of the disk that is soon to come, and nearly all arrives. */
void hs_faults_tear(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = hs_faults_any_process(faults, world);
    struct hs_virtual_disk *disk = hs_world_disk(world, index);
    hs_world_say_fault(world, "power of %" PRIu32 " is about to go, in a call of its disk", index);
    hs_virtual_disk_set_kept(disk,
                             (uint32_t)hs_random_between(&faults->random, TORN_KEPT_MIN, 1000));
    hs_virtual_disk_crash_at(disk, call_ahead(faults, disk));
}

void hs_faults_fail_disk(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = hs_faults_any_process(faults, world);
    struct hs_virtual_disk *disk = hs_world_disk(world, index);
    hs_world_say_fault(world, "disk of %" PRIu32 " is about to fail a call", index);
    hs_virtual_disk_fail_at(disk, call_ahead(faults, disk));
}

void hs_faults_slow_disk(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = hs_faults_any_process(faults, world);
    uint64_t most_ns =
        hs_random_between(&faults->random, 10, DISK_JOB_MS_MAX) * HS_FAULT_MILLISECOND_NS;
    hs_world_slow_disk(world, index, (struct hs_virtual_latency){most_ns / 10, most_ns});
    hs_faults_later(faults, world, HS_SEQUEL_DISK_SPEED, index, 100, DISK_WHILE_MS_MAX);
}

void hs_faults_fill_disk(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = hs_faults_any_process(faults, world);
    struct hs_virtual_disk *disk = hs_world_disk(world, index);
    uint64_t room = hs_random_below(&faults->random, DISK_ROOM_BYTES_MAX);
    hs_virtual_disk_set_capacity(disk, hs_virtual_disk_used_bytes(disk) + room);
    hs_world_say_fault(world, "disk of %" PRIu32 " has room for %" PRIu64 " bytes", index, room);
    hs_faults_later(faults, world, HS_SEQUEL_DISK_ROOM, index, 500, DISK_WHILE_MS_MAX);
}

void hs_faults_mend_disk(struct hs_world *world, uint32_t index)
{
    struct hs_virtual_disk *disk = hs_world_disk(world, index);
    hs_virtual_disk_fail_at(disk, 0);
    hs_virtual_disk_crash_at(disk, 0);
    hs_virtual_disk_set_capacity(disk, UINT64_MAX);
    hs_world_slow_disk(world, index, (struct hs_virtual_latency){0, 0});
}

/* -- clocks ------------------------------------------------------------------------------------ */

void hs_faults_jump_clock(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = hs_faults_any_process(faults, world);
    uint64_t size_ms = hs_random_between(&faults->random, 1, SUSPEND_MS_MAX) >>
                       hs_random_below(&faults->random, 12);
    switch (hs_random_below(&faults->random, 3)) {
    case 0:
        hs_world_jump_clocks(world, index, size_ms * HS_FAULT_MILLISECOND_NS);
        break;
    case 1:
        hs_world_jump_wall_clock(world, index, (int64_t)size_ms);
        break;
    default:
        hs_world_jump_wall_clock(world, index, -(int64_t)size_ms);
        break;
    }
}
