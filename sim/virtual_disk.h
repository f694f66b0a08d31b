/* hs_virtual_disk: hs_disk in memory, as bad as a real one may be.
 *
 * What the process sees and what would survive a power cut are kept apart. A power cut
 * keeps some of the 512-byte sectors written since the last sync of their file, the
 * file's size before or after, and a prefix of the creations, renames and removals since
 * the last sync of names: all drawn from the seed. A sync that fails makes some sectors
 * durable and leaves the others so that no later sync saves them, unless they are written
 * again: that is what Linux does.
 *
 * One thread. The same seed and calls give the same disk.
 */
#ifndef HS_SIM_VIRTUAL_DISK_H
#define HS_SIM_VIRTUAL_DISK_H

#include "sim/virtual_file.h"
#include "storage/disk.h"

struct hs_virtual_disk;

/* An empty disk; NULL when there is no memory. */
struct hs_virtual_disk *hs_virtual_disk_new(uint64_t seed);
void hs_virtual_disk_free(struct hs_virtual_disk *disk);
/* Lives as long as the disk, across restarts. */
const struct hs_disk *hs_virtual_disk_interface(const struct hs_virtual_disk *disk);

/* -- faults ----------------------------------------------------------------------- */

/* Calls of the interface so far, `close` not counted. */
uint64_t hs_virtual_disk_calls(const struct hs_virtual_disk *disk);
/* The call with this number (the first is 1) fails with HS_IO, its effect partial; 0: none. */
void hs_virtual_disk_fail_at(struct hs_virtual_disk *disk, uint64_t call);
/* The power is cut within the call with this number: it and all later ones return HS_IO
 * until the restart; 0: never. */
void hs_virtual_disk_crash_at(struct hs_virtual_disk *disk, uint64_t call);
bool hs_virtual_disk_is_down(const struct hs_virtual_disk *disk);
/* How many of the sectors that are not durable a power cut keeps; 500 at first. */
void hs_virtual_disk_set_kept(struct hs_virtual_disk *disk, uint32_t per_mille);
uint64_t hs_virtual_disk_used_bytes(const struct hs_virtual_disk *disk);
/* The disk is full at this many bytes, over all files, across restarts; UINT64_MAX: never. */
void hs_virtual_disk_set_capacity(struct hs_virtual_disk *disk, uint64_t capacity_bytes);

/* Cuts the power now: what is not durable is lost or torn. */
void hs_virtual_disk_power_cut(struct hs_virtual_disk *disk);
/* The process begins anew: open files are forgotten, no call fails or crashes. Without a power cut
 * before it nothing is lost, as after a crash of the process alone. */
void hs_virtual_disk_restart(struct hs_virtual_disk *disk);

/* -- files, past the interface ----------------------------------------------------- */

/* Flips one bit of a file, durably. HS_NOT_FOUND when there is no such byte. */
HS_MUST_CHECK enum hs_status hs_virtual_disk_flip_bit(struct hs_virtual_disk *disk,
                                                      const char *name, uint64_t offset,
                                                      uint32_t bit);
/* Reads what a power cut would leave for certain: the file of that name as of its last sync. Returns
 * how many bytes there are, 0 without such a file. No call of the interface: nothing can fail. */
size_t hs_virtual_disk_read_durable(const struct hs_virtual_disk *disk, const char *name,
                                    uint64_t offset, void *data, size_t size);
/* Removes all files, durably, and restarts: a new disk. */
void hs_virtual_disk_wipe(struct hs_virtual_disk *disk);
/* Makes `data` the whole content of a file, durably. */
HS_MUST_CHECK enum hs_status hs_virtual_disk_put(struct hs_virtual_disk *disk, const char *name,
                                                 const void *data, size_t size);

#endif
