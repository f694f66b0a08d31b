/* hs_real_disk: hs_disk over one home folder of a POSIX file system.
 *
 * The home is locked: a second process that opens it is refused, for two validators with
 * one key would vote twice. Files are made readable for their owner only. Calls are safe
 * from any thread; `list` is for one thread at a time, and its listing is taken at index 0.
 *
 * Once a sync has failed every later one fails too: the kernel may have dropped what it
 * could not write, and a sync that succeeds afterwards would say nothing about it (D3).
 */
#ifndef HS_RUNTIME_REAL_DISK_H
#define HS_RUNTIME_REAL_DISK_H

#include "storage/disk.h"

#define HS_DISK_ERROR_BYTES 512u

struct hs_real_disk;

/* Opens and locks the folder `home`, which is there. On failure `error` says what
 * happened, to which thing and what to do: HS_NOT_FOUND (no such folder), HS_IN_USE
 * (another process has it), HS_IO, HS_OUT_OF_MEMORY. */
HS_MUST_CHECK enum hs_status hs_real_disk_open(struct hs_real_disk **disk, const char *home,
                                               char error[HS_DISK_ERROR_BYTES]);
/* Closes every file and gives the home up. */
void hs_real_disk_close(struct hs_real_disk *disk);

/* The disk as the rest of the house sees it; lives as long as `disk`. */
const struct hs_disk *hs_real_disk_interface(const struct hs_real_disk *disk);

/* Copies what the first failed call was about ("write to safety.slots: No space left on
 * device") to `error`; an empty string when none failed. */
void hs_real_disk_first_error(struct hs_real_disk *disk, char error[HS_DISK_ERROR_BYTES]);

#endif
