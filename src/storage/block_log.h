/* hs_block_log: every block held, and every commit, in the order they came.
 *
 * The log is the database: accounts, the block tree and all indexes follow from it. Two
 * kinds of records: a BLOCK (encoded header and payload, opaque here), and a COMMIT, which
 * says that a block is committed and holds the certificate that proves it.
 *
 * Records are appended in memory to the current batch. A batch is taken on the loop
 * thread, written and synced on the disk lane, and handed back on the loop thread:
 *
 *      append ── append ── take_batch            the loop thread
 *                              └── write_batch   the disk lane, in the order taken
 *                                      └── batch_done   the loop thread, same order
 *
 * A record is durable when the write_batch that holds it has returned HS_OK (D2, D7);
 * it can be read from the moment it is appended. The bytes are in block_log_format.h, the
 * recovery in block_log_recovery.c.
 */
#ifndef HS_STORAGE_BLOCK_LOG_H
#define HS_STORAGE_BLOCK_LOG_H

#include "base/id_map.h"
#include "storage/disk.h"

/* Where a record is. Segments are named by the number of their first record. Offset 0
 * is no record's: a position of zeros is the beginning of the log. */
struct hs_log_position {
    uint64_t segment;
    uint32_t offset;
};

/* A BLOCK record. The bytes of header and payload are somebody else's. */
struct hs_log_block {
    struct hs_block_id id;
    struct hs_block_id parent_id;
    uint64_t epoch;
    uint64_t view;
    uint64_t height;
    struct hs_bytes header;  /* 1 .. HS_LOG_HEADER_BYTES_MAX */
    struct hs_bytes payload; /* 0 .. HS_PAYLOAD_BYTES_MAX */
};

/* A COMMIT record. */
struct hs_log_commit {
    struct hs_block_id block_id;
    uint64_t height;
    struct hs_log_position block_position; /* filled in by the log */
    struct hs_bytes certificate;           /* 0 .. HS_LOG_CERTIFICATE_BYTES_MAX: empty when a later
                                    commit's certificate proves it */
};

enum hs_log_record_type {
    HS_LOG_BLOCK = 1,
    HS_LOG_COMMIT = 2,
};

struct hs_log_record {
    enum hs_log_record_type type;
    struct hs_log_position position;
    union {
        struct hs_log_block block;
        struct hs_log_commit commit;
    };
};

/* Sees one record; its bytes are valid during the call. What it returns other than
 * HS_OK ends the recovery and is returned from it. */
typedef enum hs_status hs_log_visit(void *context, const struct hs_log_record *record);

struct hs_block_log_config {
    const struct hs_disk *disk; /* not owned; outlives the log */
    /* Secret and random, drawn at each start: the key of the id map, and the mark by
     * which a batch is told from bytes that a peer put into a block. */
    uint8_t seed[HS_ID_MAP_SEED_BYTES];
    uint64_t segment_bytes; /* a batch that would begin beyond this opens a new segment:
                               HS_LOG_SEGMENT_BYTES, less in tests, more than a sector */
    uint32_t
        recent_blocks_max; /* found by id before they commit; 0: HS_LOG_RECENT_BLOCKS, the most */
    /* Where recovery begins: zeros for the whole log. With a snapshot of the state after
     * block B these are the position of B's record and B's height: B was appended before
     * any block that descends from it and before its own COMMIT, so all that the snapshot
     * lacks lies behind that position. Records already in it are visited too. A snapshot
     * is finished only after the COMMIT of its block is durable. */
    struct hs_log_position start;
    uint64_t start_height;
    hs_log_visit *visit; /* every valid record from `start` on, in order */
    void *visit_context;
};

/* What is wrong with a log that could not be opened. */
struct hs_log_damage {
    struct hs_log_position position;
    const char *what; /* a sentence part; static */
};

struct hs_block_log;
struct hs_log_batch;

/* Opens the log, an empty one when there is none and `start` is zeros, and recovers it. A
 * batch torn by a crash is cut off; nothing that was durable can be lost by that. All that
 * was visited is durable when HS_OK comes back.
 * HS_CORRUPT (and *damage says where and what) when bytes that were durable are damaged
 * or missing: nothing is changed then, the records before were visited. HS_IO,
 * HS_OUT_OF_MEMORY, or what `visit` returned. Blocks; before the node starts. */
HS_MUST_CHECK enum hs_status hs_block_log_open(struct hs_block_log **log,
                                               const struct hs_block_log_config *config,
                                               struct hs_log_damage *damage);
/* Closes files and frees memory. Batches not written are lost; none may be at the disk lane. */
void hs_block_log_close(struct hs_block_log *log);

/* -- appending: loop thread ------------------------------------------------------- */

/* Adds a block to the current batch, copying its bytes, and says where it will be.
 * HS_DUPLICATE when the block is held already (*position says where). HS_FULL when the
 * batch has no room or every batch is in flight: take_batch, or wait for batch_done.
 * HS_INVALID_ARGUMENT when header or payload are out of range. HS_IO after a failure (D3). */
HS_MUST_CHECK enum hs_status hs_block_log_append_block(struct hs_block_log *log,
                                                       const struct hs_log_block *block,
                                                       struct hs_log_position *position);
/* Adds a commit of a block appended before; `block_position` is not read. Heights are
 * committed one by one: HS_INVALID_ARGUMENT unless the height is the last committed one + 1
 * (any above 0 in a log without commits). HS_NOT_FOUND when the block is not among the last
 * recent_blocks_max appended. HS_FULL, HS_IO as above. */
HS_MUST_CHECK enum hs_status hs_block_log_append_commit(struct hs_block_log *log,
                                                        const struct hs_log_commit *commit);
/* The current batch, to be written; NULL when nothing was appended. The next append
 * begins another. */
struct hs_log_batch *hs_block_log_take_batch(struct hs_block_log *log);
/* Disk lane: makes a batch durable. After one failure every later one fails (D3). */
HS_MUST_CHECK enum hs_status hs_block_log_write_batch(struct hs_log_batch *batch);
/* Loop thread: takes the batch back, with what write_batch returned, in the order taken. */
void hs_block_log_batch_done(struct hs_block_log *log, struct hs_log_batch *batch,
                             enum hs_status written);

/* -- reading: loop thread ----------------------------------------------------------- */

/* The owner no longer holds this block: should it be appended again, it is written again, so that a
 * replay that had no room for it either meets it once more. */
void hs_block_log_forget(struct hs_block_log *log, const struct hs_block_id *id);

/* Where a block is, by id: one of the last recent_blocks_max appended, or
 * HS_NOT_FOUND. Older ones are found by height. */
HS_MUST_CHECK enum hs_status hs_block_log_find_block(const struct hs_block_log *log,
                                                     const struct hs_block_id *id,
                                                     struct hs_log_position *position);
/* Reads a block by its position, durable or not yet. The bytes are the log's, until the
 * next call of it. HS_NOT_FOUND beyond the log's end, HS_CORRUPT when there is no whole
 * block at that place. */
HS_MUST_CHECK enum hs_status hs_block_log_read_block(struct hs_block_log *log,
                                                     struct hs_log_position position,
                                                     struct hs_log_block *block);
/* The same without the payload, whose size is filled in and whose data is NULL: a few kilobytes are read
 * of a block of megabytes. The checksum is over all of the record, so here nothing is checked but the
 * form: the caller knows the id that the header must hash to, or does not rely on it. */
HS_MUST_CHECK enum hs_status hs_block_log_read_header(struct hs_block_log *log,
                                                      struct hs_log_position position,
                                                      struct hs_log_block *block);
/* Reads the commit of a height. The bytes as above. HS_NOT_FOUND when that height is not
 * committed here; HS_NOT_READY when the index of heights was damaged while it was in use:
 * the next start rebuilds it. */
HS_MUST_CHECK enum hs_status hs_block_log_read_commit(struct hs_block_log *log, uint64_t height,
                                                      struct hs_log_commit *commit);
/* The first and the last committed height in the log, durable or not yet; both 0 when
 * there is none. */
void hs_block_log_heights(const struct hs_block_log *log, uint64_t *first, uint64_t *last);

#endif
