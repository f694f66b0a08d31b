/* The block log from inside: what its files share with each other and nobody else.
 *
 * struct hs_block_log belongs to the loop thread, struct hs_log_writer to the disk lane.
 * A batch belongs to the loop thread until it is taken and from batch_done on; in between
 * the disk lane fills in checksums and the batch header, which the loop thread, reading
 * blocks out of the same memory, does not look at.
 */
#ifndef HS_STORAGE_BLOCK_LOG_PARTS_H
#define HS_STORAGE_BLOCK_LOG_PARTS_H

#include "storage/block_log_format.h"
#include "storage/height_index.h"

/* The end of the log on disk. */
struct hs_log_writer {
    const struct hs_disk *disk;
    struct hs_height_index *heights;
    bool has_file;
    struct hs_file file; /* of the last segment */
    uint64_t mark;       /* of the last segment */
    uint64_t mark_next;  /* of segments this process opens */
    uint64_t reserved_bytes;
    uint64_t reserve_step_bytes;
    bool failed; /* D3: never taken back */
};

struct hs_log_batch {
    struct hs_log_writer *writer;
    uint8_t *memory; /* HS_LOG_BATCH_BYTES_MAX, laid out as it will be in the segment */
    uint32_t bytes;  /* used; 0: free */
    struct hs_log_position position;
    bool opens_segment;
    uint64_t first_record;
    uint32_t record_count;
    uint64_t first_height;  /* that the height index begins with */
    bool begins_heights;    /* the first commit of the log is in this batch */
    uint64_t commit_height; /* of commits[0] */
    uint32_t commit_count;
    struct hs_log_position commits[HS_LOG_BATCH_COMMITS_MAX];
};

/* A segment open for reading. */
struct hs_log_reader {
    bool is_open;
    uint64_t segment;
    struct hs_file file;
    uint64_t used_at; /* counts reads: the reader used longest ago makes room */
};

struct hs_log_recent_block {
    struct hs_block_id id;
    struct hs_log_position position;
};

struct hs_block_log {
    const struct hs_disk *disk;
    uint64_t segment_bytes;
    struct hs_height_index heights;
    struct hs_log_writer writer;
    bool failed;

    /* Where the next batch begins, and the number of the next record. */
    struct hs_log_position end;
    uint64_t next_record;

    /* A ring: batches[filling_index] is filled, the in_flight_count before it are taken. */
    struct hs_log_batch batches[HS_LOG_BATCHES];
    uint32_t filling_index;
    uint32_t in_flight_count;

    /* The last recent_blocks_max appended: a ring, and a map from id to its slots. */
    struct hs_id_map *recent_map;
    void *recent_map_memory;
    uint32_t recent_blocks_max;
    uint64_t recent_count; /* ever put in */
    struct hs_log_recent_block *recent_blocks;

    /* Committed heights, 0: none; the place of height h, for those since
     * height_memory_first, is at h modulo the ring's size. */
    uint64_t first_height;
    uint64_t last_height;
    uint64_t memory_first_height;
    struct hs_log_position *height_positions; /* HS_LOG_RECENT_HEIGHTS */

    struct hs_log_reader readers[HS_LOG_OPEN_SEGMENTS];
    uint64_t read_count;
    uint8_t *read_memory; /* HS_LOG_RECORD_BYTES_MAX */
};

_Static_assert(HS_LOG_RECENT_HEIGHTS > HS_LOG_BATCHES * HS_LOG_BATCH_COMMITS_MAX,
               "a height is in memory until the disk lane has put it into the index");

/* Puts a block into the ring of recent ones. */
void hs_log_remember_block(struct hs_block_log *log, const struct hs_block_id *id,
                           struct hs_log_position position);
/* Puts a commit into the ring of recent heights; the heights follow each other. */
void hs_log_remember_commit(struct hs_block_log *log, uint64_t height,
                            struct hs_log_position position);

/* Creates the segment, durable and empty, and makes it the writer's. */
HS_MUST_CHECK enum hs_status hs_log_writer_open_segment(struct hs_log_writer *writer,
                                                        uint64_t first_record);
void hs_log_writer_close(struct hs_log_writer *writer);

/* Reads the whole log from config->start on, mends its end and sets up `log` and its
 * writer to go on there. As hs_block_log_open. */
HS_MUST_CHECK enum hs_status hs_log_recover(struct hs_block_log *log,
                                            const struct hs_block_log_config *config,
                                            struct hs_log_damage *damage);

#endif
