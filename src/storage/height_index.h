/* hs_height_index: from a committed height to the place of its COMMIT record.
 *
 * A sidecar of the block log, never the truth: it is written after the log was synced, not
 * synced itself except when a segment ends, checked when the log is opened, and rebuilt
 * from the log when it is missing, short or wrong. File `heights.index`, integers
 * little-endian:
 *
 *      0   first_height u64 | magic u32 | crc u32
 *     16   segment u64 | offset u32 | crc u32     of first_height
 *     32   ...                                    of first_height + 1
 *
 * Each crc covers the twelve bytes before it and, after those, the height (8 bytes).
 */
#ifndef HS_STORAGE_HEIGHT_INDEX_H
#define HS_STORAGE_HEIGHT_INDEX_H

#include "storage/block_log.h"

#define HS_HEIGHT_INDEX_NAME "heights.index"

/* Does not change once open: both the loop thread and the disk lane use it. */
struct hs_height_index {
    const struct hs_disk *disk;
    struct hs_file file;
};

HS_MUST_CHECK enum hs_status hs_height_index_open(struct hs_height_index *index,
                                                  const struct hs_disk *disk);
void hs_height_index_close(struct hs_height_index *index);

/* The height of the first entry; HS_NOT_FOUND when the file is empty or does not begin
 * as it must. */
HS_MUST_CHECK enum hs_status hs_height_index_first(const struct hs_height_index *index,
                                                   uint64_t *first_height);
/* Empties the index. */
HS_MUST_CHECK enum hs_status hs_height_index_clear(const struct hs_height_index *index);
/* Says which height the entries begin with. */
HS_MUST_CHECK enum hs_status hs_height_index_begin(const struct hs_height_index *index,
                                                   uint64_t first_height);
/* Sets the entries of `height` and the heights after it. */
HS_MUST_CHECK enum hs_status hs_height_index_write(const struct hs_height_index *index,
                                                   uint64_t first_height, uint64_t height,
                                                   const struct hs_log_position positions[],
                                                   size_t count);
/* HS_NOT_FOUND when there is no entry, or a damaged one. */
HS_MUST_CHECK enum hs_status hs_height_index_read(const struct hs_height_index *index,
                                                  uint64_t first_height, uint64_t height,
                                                  struct hs_log_position *position);
/* HS_OK when all entries below `end_height` are there and whole, HS_NOT_FOUND if not. */
HS_MUST_CHECK enum hs_status hs_height_index_check(const struct hs_height_index *index,
                                                   uint64_t first_height, uint64_t end_height);
/* Drops the entries from `end_height` on, and syncs the rest. */
HS_MUST_CHECK enum hs_status hs_height_index_end(const struct hs_height_index *index,
                                                 uint64_t first_height, uint64_t end_height);
HS_MUST_CHECK enum hs_status hs_height_index_sync(const struct hs_height_index *index);

#endif
