/* hs_snapshot: the committed state, written out now and then.
 *
 * Rebuilding the state means loading the newest snapshot and replaying the block log
 * from the position that the snapshot names. A snapshot is written to a file of another
 * name, synced and renamed, so that a file named as a snapshot was once whole; its
 * checksums show whether it still is. The newest HS_SNAPSHOTS_KEPT are kept, so that the
 * older one serves when the newest is damaged. The byte format is in snapshot.c.
 *
 * All calls block: before the node starts, or on the disk lane.
 */
#ifndef HS_STORAGE_SNAPSHOT_H
#define HS_STORAGE_SNAPSHOT_H

#include <hotstuff/application.h>

#include "storage/block_log.h"
#include "storage/disk.h"

/* Which state it is: the one after this block. */
struct hs_snapshot_info {
    struct hs_block_id block_id;
    uint64_t height;
    struct hs_state_root state_root;
    struct hs_log_position log_position; /* the block's, where the log's recovery begins */
};

struct hs_snapshot_writer;
struct hs_snapshot_reader;

/* Begins a snapshot; one at a time. What an unfinished one left is written over. */
HS_MUST_CHECK enum hs_status hs_snapshot_begin(struct hs_snapshot_writer **writer,
                                               const struct hs_disk *disk,
                                               const struct hs_snapshot_info *info);
/* Where the application writes to; valid until finish or abandon. */
struct hs_sink hs_snapshot_sink(struct hs_snapshot_writer *writer);
/* Makes the snapshot durable under its name and removes those that are too old. Frees the
 * writer, whatever comes back. HS_IO also when a write to the sink failed before. */
HS_MUST_CHECK enum hs_status hs_snapshot_finish(struct hs_snapshot_writer *writer);
/* Drops an unfinished snapshot and frees the writer. */
void hs_snapshot_abandon(struct hs_snapshot_writer *writer);

/* Opens the newest snapshot whose checksums all hold (the whole file is read) and says
 * what it is. HS_NOT_FOUND when there is none at all; HS_CORRUPT when there are some, none
 * of them whole. */
HS_MUST_CHECK enum hs_status hs_snapshot_open(struct hs_snapshot_reader **reader,
                                              const struct hs_disk *disk,
                                              struct hs_snapshot_info *info);
/* The state's bytes, from the beginning; valid until close. */
struct hs_source hs_snapshot_source(struct hs_snapshot_reader *reader);
/* How many bytes of the state are left to be read. */
uint64_t hs_snapshot_left(const struct hs_snapshot_reader *reader);
void hs_snapshot_close(struct hs_snapshot_reader *reader);

#endif
