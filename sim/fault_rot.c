/* Bits that flip in files at rest, and the owner who sees to what comes of it.
 *
 * A node notices a rotten file when it reads it, which for most is its next start: so a bit flips
 * and the process is then ended and started. What it must do is said by D5 and the storage files:
 *
 *   a snapshot, the index of heights    does without, and loses nothing: any node may be struck
 *   a record's slot                     goes on by the other slot, or follows and does not sign
 *   the block log                       drops what may be a batch that never was durable; else
 *                                       refuses to start, and says so
 *
 * The last two take knowledge from a validator for good, so for a while it counts as faulty: those
 * struck and the Byzantine ones together leave the rest a quorum. The owner, who comes after a
 * while, reads what the node says and does that: they empty the home of one that refuses, and write
 * the records anew of one that does not sign. What a node does not notice, in old blocks that its
 * snapshot spares it, the owner's own check of the disk finds. It is sound again when it signs, votes
 * and view changes alike, and has come to a height that nobody had reached when it was started.
 */
#include <string.h>

#include "base/bitmap.h"
#include "sim/faults_internal.h"

#define OWNER_MS_MIN  100u
#define OWNER_MS_MAX  2000u
#define CHECK_MS_MAX  10000u
#define RETRY_MS_MAX  500u
#define LATENT_MS_MAX 2000u
#define PROBES_MAX    64u
#define RECORD_BYTES  512u /* of a slot, where its record is */
#define STARTS_MAX    32u

/* -- who may be struck ------------------------------------------------------------------------ */

static bool is_sound(struct hs_world *world, uint32_t index)
{
    struct hs_node_status status;
    if (!hs_world_is_up(world, index)) {
        return false;
    }
    hs_node_status(hs_world_node(world, index), &status);
    return status.health == HS_NODE_HEALTHY && status.core.signing &&
           status.core.high_qc_view >= status.core.locked_view;
}

static void find_sound(struct hs_faults *faults, struct hs_world *world)
{
    for (uint32_t i = hs_bitmap_next(&faults->rotten, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(&faults->rotten, i + 1)) {
        if (!hs_bitmap_get(&faults->rotten_logs, i) && is_sound(world, i) &&
            hs_world_height(world, i) > faults->sound_height[i]) {
            hs_bitmap_clear(&faults->rotten, i);
        }
    }
}

static bool may_lose_knowledge(struct hs_faults *faults, struct hs_world *world, uint32_t index)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    find_sound(faults, world);
    if (index >= cluster->validators.count || hs_world_is_byzantine(world, index) ||
        hs_bitmap_get(&faults->rotten, index)) {
        return false;
    }
    struct hs_bitmap faulty = faults->rotten;
    hs_bitmap_set(&faulty, index);
    for (uint32_t i = 0; i < cluster->validators.count; i++) {
        if (hs_world_is_byzantine(world, i)) {
            hs_bitmap_set(&faulty, i);
        }
    }
    return hs_world_does_without(world, &faulty);
}

/* -- what is struck ------------------------------------------------------------------------------ */

enum file_kind { FILE_HARMLESS, FILE_RECORD, FILE_LOG };

static enum file_kind kind_of(const char *name)
{
    if (strstr(name, ".slots") != NULL) {
        return FILE_RECORD;
    }
    return strncmp(name, "blocks-", 7) == 0 ? FILE_LOG : FILE_HARMLESS;
}

/* Draws a file; false when its disk does not answer, or it has none. */
static bool draw_file(struct hs_faults *faults, const struct hs_disk *disk,
                      char name[HS_FILE_NAME_BYTES_MAX])
{
    size_t count = 0;
    while (disk->list(disk->context, count, name) == HS_OK) {
        count++;
    }
    return count > 0 &&
           disk->list(disk->context, hs_random_below(&faults->random, count), name) == HS_OK;
}

/* A place where something is written: most of a file is room for what is to come. */
static bool draw_offset(struct hs_faults *faults, const struct hs_virtual_disk *disk,
                        const char *name, uint64_t *offset)
{
    uint8_t byte;
    uint64_t size = 1;
    while (hs_virtual_disk_read_durable(disk, name, size, &byte, 1) == 1) {
        size *= 2;
    }
    for (uint32_t i = 0; i < PROBES_MAX; i++) {
        *offset = hs_random_below(&faults->random, size);
        if (kind_of(name) == FILE_RECORD) {
            *offset = *offset % RECORD_BYTES + (i % 2 == 1 ? size / 2 : 0);
        }
        if (hs_virtual_disk_read_durable(disk, name, *offset, &byte, 1) == 1 && byte != 0) {
            return true;
        }
    }
    return false;
}

void hs_faults_rot(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = hs_faults_any_process(faults, world);
    struct hs_virtual_disk *disk = hs_world_disk(world, index);
    char name[HS_FILE_NAME_BYTES_MAX];
    uint64_t offset;
    if (!draw_file(faults, hs_virtual_disk_interface(disk), name) ||
        !draw_offset(faults, disk, name, &offset)) {
        return;
    }
    bool harmless = kind_of(name) == FILE_HARMLESS;
    if (!harmless && !may_lose_knowledge(faults, world, index)) {
        return;
    }
    bool latent = hs_random_per_mille(&faults->random, 500) && hs_world_is_up(world, index);
    if (!latent) {
        hs_world_crash(world, index, false);
    }
    uint32_t bit = (uint32_t)hs_random_below(&faults->random, 8);
    if (hs_world_rot(world, index, name, offset, bit) == HS_OK && !harmless) {
        hs_bitmap_set(&faults->rotten, index);
        faults->sound_height[index] = UINT64_MAX;
        if (kind_of(name) == FILE_LOG) {
            hs_bitmap_set(&faults->rotten_logs, index);
        }
    }
    hs_faults_later(faults, world, latent ? HS_SEQUEL_CRASH : HS_SEQUEL_START, index, 1,
                    LATENT_MS_MAX);
}

/* -- the owner ----------------------------------------------------------------------------------- */

static bool follows(struct hs_world *world, uint32_t index)
{
    struct hs_node_status status;
    if (!hs_world_is_up(world, index)) {
        return false;
    }
    hs_node_status(hs_world_node(world, index), &status);
    return status.health == HS_NODE_FOLLOWING;
}

void hs_faults_look_after(struct hs_faults *faults, struct hs_world *world, uint32_t index,
                          enum hs_status started)
{
    if (started == HS_OK) {
        faults->sound_height[index] = hs_checkers_height(hs_world_checkers(world));
        if (follows(world, index)) {
            hs_faults_later(faults, world, HS_SEQUEL_OWNER, index, OWNER_MS_MIN, OWNER_MS_MAX);
        } else if (hs_bitmap_get(&faults->rotten_logs, index) &&
                   !hs_faults_waits(faults, HS_SEQUEL_OWNER, index)) {
            hs_faults_later(faults, world, HS_SEQUEL_OWNER, index, OWNER_MS_MAX, CHECK_MS_MAX);
        }
    } else if (started == HS_IO) {
        hs_faults_later(faults, world, HS_SEQUEL_START, index, 1, RETRY_MS_MAX);
    } else {
        hs_bitmap_set(&faults->down_for_owner, index);
        hs_faults_later(faults, world, HS_SEQUEL_OWNER, index, OWNER_MS_MIN, OWNER_MS_MAX);
    }
}

void hs_faults_send_owner(struct hs_faults *faults, struct hs_world *world, uint32_t index)
{
    bool wipe =
        hs_bitmap_get(&faults->rotten_logs, index) || hs_bitmap_get(&faults->down_for_owner, index);
    if (!wipe && !follows(world, index)) {
        return; /* crashed meanwhile, and is looked after at its next start */
    }
    if (wipe && hs_world_cluster(world)->staked) {
        hs_world_name_peers(world);
    }
    enum hs_status status = hs_world_recover(world, index, wipe);
    if (status == HS_OK) {
        hs_bitmap_clear(&faults->down_for_owner, index);
        hs_bitmap_clear(&faults->rotten_logs, index);
        status = hs_world_start(world, index);
        hs_faults_look_after(faults, world, index, status);
        return;
    }
    enum hs_fault_sequel again = wipe ? HS_SEQUEL_OWNER : HS_SEQUEL_START;
    hs_faults_later(faults, world, again, index, 1, RETRY_MS_MAX);
}

/* A record may turn out to be old only when a certificate is seen (D5). */
void hs_faults_watch_rotten(struct hs_faults *faults, struct hs_world *world)
{
    for (uint32_t i = hs_bitmap_next(&faults->rotten, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(&faults->rotten, i + 1)) {
        if (follows(world, i) && !hs_faults_waits(faults, HS_SEQUEL_OWNER, i)) {
            hs_faults_later(faults, world, HS_SEQUEL_OWNER, i, OWNER_MS_MIN, OWNER_MS_MAX);
        }
    }
}

void hs_faults_settle(struct hs_faults *faults, struct hs_world *world)
{
    find_sound(faults, world);
    for (uint32_t i = hs_bitmap_next(&faults->rotten, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(&faults->rotten, i + 1)) {
        if (!is_sound(world, i) || faults->sound_height[i] == UINT64_MAX) {
            hs_world_crash(world, i, false);
        }
    }
    for (uint32_t i = 0; i < hs_world_process_count(world); i++) {
        if (hs_world_names_peers(world) && hs_world_is_up(world, i)) {
            hs_world_crash(world, i, false); /* its owner looks whom it is connected to */
        }
        for (uint32_t start = 0; start < STARTS_MAX && !hs_world_is_up(world, i); start++) {
            hs_faults_start(faults, world, i, 0);
            hs_faults_send_owner(faults, world, i);
        }
        if (follows(world, i)) {
            hs_faults_send_owner(faults, world, i);
        }
    }
}
