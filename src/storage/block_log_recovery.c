/* Recovery of the block log.
 *
 * What a crash can leave. The disk lane syncs each batch before it writes the next one, and
 * syncs a new segment's header before it writes a batch into it. So at most one thing was
 * under way: a batch at the very end of the last segment, or the creation of the last
 * segment. Any of its sectors may be there and any may be missing. No caller was told that
 * it is durable, nothing was signed for it, and it is cut off. Everything before it was
 * durable, and what is wrong there is damage: it is reported with its place, and never
 * dropped, for a block voted for must survive (D2).
 *
 * The scan. From the segment of the start position on, segment by segment, batch by batch:
 * a batch is whole when its header holds the segment's mark, its own place and the number of
 * the record expected next, and the checksums of header and all records hold. A batch is
 * checked as a whole before any record of it is visited. Where no whole batch follows:
 *
 *   - in a segment that is not the last: right if the next segment is named by the very
 *     record that is expected next; otherwise records are missing: damage;
 *   - in the last segment: if a batch header with a later record number stands in any sector
 *     behind, something written and synced after the damaged place is there: damage.
 *     Otherwise it is the batch that was under way: the segment is cut here.
 *   - a last segment without a whole header is a creation under way if nothing but zeros
 *     follows the first sector, and is removed; otherwise it is damage.
 *
 * A rotten last batch can't be told from a torn one by the log alone: there is nothing
 * behind it. The safety record can tell, for it names the block voted for (D5).
 *
 * A crash of the process after a sync that failed is the last trap: the kernel's cache may
 * show a batch that is not on the disk, and takes it for clean. So the last batch and the
 * header of its segment are written once more and synced before recovery ends.
 *
 * The height index is brought up to date on the way. Its entries were synced when a segment
 * ended, and those of the scanned segments are written anew, so only the entries before the
 * first commit scanned must be checked; if one is wrong, a second scan of the whole log
 * rebuilds all.
 */
#include "storage/block_log_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define SCAN_CHUNK_BYTES  (HS_LOG_BATCH_BYTES_MAX / 16u) /* it is read to where batches are */
#define PENDING_HEIGHTS   1024u
#define SEGMENT_BYTES_END (UINT64_C(1) << 31)

_Static_assert(SCAN_CHUNK_BYTES % HS_LOG_SECTOR_BYTES == 0, "a chunk is whole sectors");

struct recovery {
    struct hs_block_log *log;
    const struct hs_block_log_config *config;
    struct hs_log_damage *damage;
    const struct hs_disk *disk;
    uint8_t *memory; /* HS_LOG_BATCH_BYTES_MAX, a batch's that is not in use yet */

    uint64_t *segments; /* by first record, ascending */
    size_t segment_count;
    size_t first_index; /* the scan's first segment */

    bool visiting; /* first scan; the second one is for the index alone */
    bool start_found;
    uint64_t expected_record;

    /* The last segment with a header, as far as it is scanned. */
    bool has_end;
    struct hs_log_position end;
    uint32_t last_batch_offset; /* 0: none in this segment */
    uint32_t last_batch_bytes;
    uint64_t mark;
    bool tail_is_torn;     /* something other than zeros behind the end */
    bool creation_is_torn; /* the last segment is to be removed */

    uint64_t last_height; /* of the scan; 0: no commit yet */
    bool index_is_wrong;
    uint64_t index_first;
    struct hs_log_position pending[PENDING_HEIGHTS]; /* entries to be written */
    size_t pending_count;
};

static enum hs_status damaged(struct recovery *recovery, uint64_t segment, uint32_t offset,
                              const char *what)
{
    recovery->damage->position = (struct hs_log_position){segment, offset};
    recovery->damage->what = what;
    return HS_CORRUPT;
}

/* -- the segments ---------------------------------------------------------------------- */

static enum hs_status list_segments(struct recovery *recovery)
{
    size_t capacity = 0;
    char name[HS_FILE_NAME_BYTES_MAX];
    for (size_t i = 0;; i++) {
        enum hs_status status = recovery->disk->list(recovery->disk->context, i, name);
        if (status != HS_OK) {
            return status == HS_NOT_FOUND ? HS_OK : status;
        }
        uint64_t first_record;
        if (!hs_log_segment_parse_name(name, &first_record)) {
            continue;
        }
        if (recovery->segment_count == HS_LOG_SEGMENTS_MAX) {
            return HS_FULL;
        }
        if (recovery->segment_count == capacity) {
            capacity = capacity == 0 ? 64 : 2 * capacity;
            uint64_t *grown = realloc(recovery->segments, capacity * sizeof *grown);
            if (grown == NULL) {
                return HS_OUT_OF_MEMORY;
            }
            recovery->segments = grown;
        }
        recovery->segments[recovery->segment_count] = first_record;
        recovery->segment_count++;
    }
}

static enum hs_status find_start(struct recovery *recovery)
{
    uint64_t start = recovery->config->start.segment;
    for (size_t i = 0; i < recovery->segment_count; i++) {
        if (recovery->segments[i] == start) {
            recovery->first_index = i;
            return HS_OK;
        }
    }
    return damaged(recovery, start, 0, "the segment to begin with is missing");
}

static enum hs_status open_segment(const struct recovery *recovery, uint64_t segment,
                                   struct hs_file *file, uint64_t *file_bytes)
{
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, segment);
    enum hs_status status =
        recovery->disk->open(recovery->disk->context, name, HS_OPEN_EXISTING, file);
    if (status != HS_OK) {
        return status;
    }
    status = recovery->disk->size(recovery->disk->context, *file, file_bytes);
    if (status != HS_OK) {
        recovery->disk->close(recovery->disk->context, *file);
    }
    return status;
}

/* HS_NOT_FOUND when the file ends before. */
static enum hs_status read_exactly(const struct recovery *recovery, struct hs_file file,
                                   uint64_t offset, uint8_t *data, size_t size)
{
    size_t read_bytes = 0;
    enum hs_status status =
        recovery->disk->read(recovery->disk->context, file, offset, data, size, &read_bytes);
    if (status != HS_OK) {
        return status;
    }
    return read_bytes == size ? HS_OK : HS_NOT_FOUND;
}

/* -- the height index ------------------------------------------------------------------- */

static enum hs_status flush_heights(struct recovery *recovery)
{
    if (recovery->pending_count == 0) {
        return HS_OK;
    }
    uint64_t height = recovery->last_height - recovery->pending_count + 1;
    enum hs_status status =
        hs_height_index_write(&recovery->log->heights, recovery->index_first, height,
                              recovery->pending, recovery->pending_count);
    recovery->pending_count = 0;
    return status;
}

/* The first commit of a scan: is the index good for all heights below? */
static enum hs_status begin_heights(struct recovery *recovery, uint64_t height)
{
    const struct hs_height_index *heights = &recovery->log->heights;
    if (recovery->first_index == 0) {
        recovery->index_first = height;
        enum hs_status status = hs_height_index_clear(heights);
        return status == HS_OK ? hs_height_index_begin(heights, height) : status;
    }
    enum hs_status status = hs_height_index_first(heights, &recovery->index_first);
    if (status == HS_OK && recovery->index_first > height) {
        status = HS_NOT_FOUND;
    }
    if (status == HS_OK) {
        status = hs_height_index_check(heights, recovery->index_first, height);
    }
    if (status == HS_NOT_FOUND) {
        recovery->index_is_wrong = true;
        return HS_OK;
    }
    return status;
}

static enum hs_status add_height(struct recovery *recovery, uint64_t height,
                                 struct hs_log_position position)
{
    if (recovery->last_height == 0) {
        enum hs_status status = begin_heights(recovery, height);
        if (status != HS_OK) {
            return status;
        }
    }
    recovery->last_height = height;
    if (recovery->index_is_wrong) {
        return HS_OK;
    }
    recovery->pending[recovery->pending_count] = position;
    recovery->pending_count++;
    return recovery->pending_count == PENDING_HEIGHTS ? flush_heights(recovery) : HS_OK;
}

/* -- batches and their records ------------------------------------------------------------ */

static bool is_from_start_on(const struct recovery *recovery, struct hs_log_position position)
{
    struct hs_log_position start = recovery->config->start;
    return position.segment > start.segment ||
           (position.segment == start.segment && position.offset >= start.offset);
}

static enum hs_status take_commit(struct recovery *recovery, const struct hs_log_record *record)
{
    uint64_t height = record->commit.height;
    if (recovery->last_height != 0 && height != recovery->last_height + 1) {
        return damaged(recovery, record->position.segment, record->position.offset,
                       "a commit is not of the height after the one before");
    }
    if (recovery->visiting) {
        hs_log_remember_commit(recovery->log, height, record->position);
    }
    return add_height(recovery, height, record->position);
}

static enum hs_status take_record(struct recovery *recovery, const struct hs_log_record *record)
{
    if (record->type == HS_LOG_COMMIT) {
        enum hs_status status = take_commit(recovery, record);
        if (status != HS_OK) {
            return status;
        }
    } else if (recovery->visiting) {
        hs_log_remember_block(recovery->log, &record->block.id, record->position);
    }
    if (!recovery->visiting || !is_from_start_on(recovery, record->position)) {
        return HS_OK;
    }
    struct hs_log_position start = recovery->config->start;
    if (record->position.segment == start.segment && record->position.offset == start.offset) {
        recovery->start_found = true;
    }
    return recovery->config->visit(recovery->config->visit_context, record);
}

/* Visits the records of a batch in memory, all of them whole. */
static enum hs_status take_batch(struct recovery *recovery, uint64_t segment,
                                 const struct hs_log_batch_header *batch)
{
    uint32_t offset = HS_LOG_BATCH_HEADER_BYTES;
    for (uint32_t i = 0; i < batch->record_count; i++) {
        const uint8_t *bytes = recovery->memory + offset;
        struct hs_log_record_header header = hs_log_record_header_decode(bytes);
        struct hs_log_record record = {.position = {segment, batch->offset + offset}};
        if (hs_log_record_decode(&record, &header, bytes + HS_LOG_RECORD_HEADER_BYTES) != HS_OK) {
            return damaged(recovery, segment, batch->offset + offset,
                           "a record is not of a kind that this version writes");
        }
        enum hs_status status = take_record(recovery, &record);
        if (status != HS_OK) {
            return status;
        }
        offset += HS_LOG_RECORD_HEADER_BYTES + header.body_bytes;
    }
    return HS_OK;
}

/* HS_NOT_FOUND when a checksum fails, HS_CORRUPT when all hold and the batch makes no sense. */
static enum hs_status check_records(const struct recovery *recovery,
                                    const struct hs_log_batch_header *batch)
{
    const uint8_t *records = recovery->memory + HS_LOG_BATCH_HEADER_BYTES;
    uint32_t left = batch->records_bytes;
    for (uint32_t i = 0; i < batch->record_count; i++) {
        if (left < HS_LOG_RECORD_HEADER_BYTES) {
            return HS_NOT_FOUND;
        }
        struct hs_log_record_header header = hs_log_record_header_decode(records);
        left -= HS_LOG_RECORD_HEADER_BYTES;
        if (header.body_bytes > left || !hs_log_record_is_whole(records, header.body_bytes)) {
            return HS_NOT_FOUND;
        }
        if (header.record_number != batch->first_record + i) {
            return HS_CORRUPT;
        }
        left -= header.body_bytes;
        records += HS_LOG_RECORD_HEADER_BYTES + header.body_bytes;
    }
    return left == 0 ? HS_OK : HS_CORRUPT;
}

/* Reads and checks the batch at `offset`. HS_NOT_FOUND when there is no whole one. */
static enum hs_status load_batch(const struct recovery *recovery, struct hs_file file,
                                 uint32_t offset, struct hs_log_batch_header *batch)
{
    enum hs_status status =
        read_exactly(recovery, file, offset, recovery->memory, HS_LOG_BATCH_HEADER_BYTES);
    if (status != HS_OK) {
        return status;
    }
    if (!hs_log_batch_header_decode(recovery->memory, recovery->mark, offset, batch)) {
        return HS_NOT_FOUND;
    }
    if (batch->first_record != recovery->expected_record) {
        return HS_CORRUPT;
    }
    status = read_exactly(recovery, file, (uint64_t)offset + HS_LOG_BATCH_HEADER_BYTES,
                          recovery->memory + HS_LOG_BATCH_HEADER_BYTES, batch->records_bytes);
    return status == HS_OK ? check_records(recovery, batch) : status;
}

/* -- segments --------------------------------------------------------------------------- */

struct tail {
    bool has_later_batch; /* a header of a batch that was written after this place */
    bool is_zero;
};

/* Looks at every sector from `offset` to the end of the file. */
static enum hs_status inspect_tail(const struct recovery *recovery, struct hs_file file,
                                   uint64_t offset, uint64_t file_bytes, struct tail *tail)
{
    *tail = (struct tail){.is_zero = true};
    while (offset < file_bytes) {
        uint64_t left = file_bytes - offset;
        size_t chunk = left < SCAN_CHUNK_BYTES ? (size_t)left : SCAN_CHUNK_BYTES;
        enum hs_status status = read_exactly(recovery, file, offset, recovery->memory, chunk);
        if (status != HS_OK) {
            return status == HS_NOT_FOUND ? HS_IO : status;
        }
        for (size_t i = 0; i < chunk; i++) {
            tail->is_zero = tail->is_zero && recovery->memory[i] == 0;
        }
        for (size_t i = 0; i + HS_LOG_BATCH_HEADER_BYTES <= chunk; i += HS_LOG_SECTOR_BYTES) {
            struct hs_log_batch_header later;
            if (hs_log_batch_header_decode(recovery->memory + i, recovery->mark,
                                           (uint32_t)(offset + i), &later) &&
                later.first_record > recovery->expected_record) {
                tail->has_later_batch = true;
            }
        }
        offset += chunk;
    }
    return HS_OK;
}

static enum hs_status scan_batches(struct recovery *recovery, struct hs_file file)
{
    for (;;) {
        uint64_t segment = recovery->end.segment;
        uint32_t offset = recovery->end.offset;
        struct hs_log_batch_header batch;
        enum hs_status status = load_batch(recovery, file, offset, &batch);
        if (status == HS_NOT_FOUND) {
            return HS_OK;
        }
        if (status == HS_CORRUPT) {
            return damaged(recovery, segment, offset, "a batch contradicts the ones before");
        }
        if (status == HS_OK) {
            status = take_batch(recovery, segment, &batch);
        }
        if (status != HS_OK) {
            return status;
        }
        recovery->last_batch_offset = offset;
        recovery->last_batch_bytes =
            hs_log_sectors(HS_LOG_BATCH_HEADER_BYTES + batch.records_bytes);
        recovery->end.offset += recovery->last_batch_bytes;
        recovery->expected_record += batch.record_count;
    }
}

/* A segment that does not begin with a header. */
static enum hs_status judge_headless(struct recovery *recovery, uint64_t segment, bool is_last,
                                     struct hs_file file, uint64_t file_bytes)
{
    struct tail tail;
    enum hs_status status = inspect_tail(recovery, file, HS_LOG_SECTOR_BYTES, file_bytes, &tail);
    if (status != HS_OK) {
        return status;
    }
    if (!is_last || !tail.is_zero) {
        return damaged(recovery, segment, 0, "the header of a segment is damaged");
    }
    recovery->creation_is_torn = true;
    return HS_OK;
}

static enum hs_status scan_open_segment(struct recovery *recovery, uint64_t segment, bool is_last,
                                        struct hs_file file, uint64_t file_bytes)
{
    if (file_bytes >= SEGMENT_BYTES_END) {
        return damaged(recovery, segment, 0, "a segment is longer than any can be");
    }
    uint8_t sector[HS_LOG_SECTOR_BYTES];
    struct hs_log_segment_header header;
    enum hs_status status = read_exactly(recovery, file, 0, sector, sizeof sector);
    if (status == HS_OK) {
        status = hs_log_segment_header_decode(sector, &header);
    }
    if (status == HS_NOT_FOUND) {
        return judge_headless(recovery, segment, is_last, file, file_bytes);
    }
    if (status == HS_CORRUPT) {
        return damaged(recovery, segment, 0, "a segment was written by another version");
    }
    if (status != HS_OK) {
        return status;
    }
    if (header.first_record != segment) {
        return damaged(recovery, segment, 0, "a segment is not the one its name says");
    }
    recovery->has_end = true;
    recovery->end = (struct hs_log_position){segment, HS_LOG_SECTOR_BYTES};
    recovery->last_batch_offset = 0;
    recovery->mark = header.mark;
    status = scan_batches(recovery, file);
    if (status != HS_OK || !is_last) {
        return status;
    }
    struct tail tail;
    status = inspect_tail(recovery, file, recovery->end.offset, file_bytes, &tail);
    if (status == HS_OK && tail.has_later_batch) {
        return damaged(recovery, segment, recovery->end.offset,
                       "a batch is damaged and later ones follow it");
    }
    recovery->tail_is_torn = !tail.is_zero;
    return status;
}

static enum hs_status scan_segment(struct recovery *recovery, size_t index)
{
    uint64_t segment = recovery->segments[index];
    if (segment != recovery->expected_record) {
        return damaged(recovery, recovery->end.segment, recovery->end.offset,
                       "records are missing or damaged before the next segment");
    }
    struct hs_file file;
    uint64_t file_bytes;
    enum hs_status status = open_segment(recovery, segment, &file, &file_bytes);
    if (status != HS_OK) {
        return status;
    }
    bool is_last = index + 1 == recovery->segment_count;
    status = scan_open_segment(recovery, segment, is_last, file, file_bytes);
    recovery->disk->close(recovery->disk->context, file);
    return status;
}

static enum hs_status scan(struct recovery *recovery)
{
    recovery->expected_record = recovery->segments[recovery->first_index];
    recovery->last_height = 0;
    for (size_t i = recovery->first_index; i < recovery->segment_count; i++) {
        enum hs_status status = scan_segment(recovery, i);
        if (status != HS_OK) {
            return status;
        }
    }
    return flush_heights(recovery);
}

/* -- the end ------------------------------------------------------------------------------ */

/* Writes bytes once more where they are: see above, the last trap. */
static enum hs_status write_again(const struct recovery *recovery, struct hs_file file,
                                  uint32_t offset, uint32_t size)
{
    size_t read_bytes = 0;
    enum hs_status status = recovery->disk->read(recovery->disk->context, file, offset,
                                                 recovery->memory, size, &read_bytes);
    return status == HS_OK ? recovery->disk->write(recovery->disk->context, file, offset,
                                                   recovery->memory, read_bytes)
                           : status;
}

static enum hs_status mend_segment(struct recovery *recovery, struct hs_file file,
                                   uint64_t *file_bytes)
{
    enum hs_status status = HS_OK;
    if (recovery->tail_is_torn) {
        status = recovery->disk->truncate(recovery->disk->context, file, recovery->end.offset);
        *file_bytes = recovery->end.offset;
    }
    if (status == HS_OK) {
        status = write_again(recovery, file, 0, HS_LOG_SECTOR_BYTES);
    }
    if (status == HS_OK && recovery->last_batch_offset != 0) {
        status =
            write_again(recovery, file, recovery->last_batch_offset, recovery->last_batch_bytes);
    }
    return status == HS_OK ? recovery->disk->sync(recovery->disk->context, file) : status;
}

static enum hs_status mend(struct recovery *recovery)
{
    struct hs_log_writer *writer = &recovery->log->writer;
    if (recovery->creation_is_torn) {
        char name[HS_FILE_NAME_BYTES_MAX];
        hs_log_segment_name(name, recovery->segments[recovery->segment_count - 1]);
        enum hs_status status = recovery->disk->remove(recovery->disk->context, name);
        if (status != HS_OK) {
            return status;
        }
    }
    if (!recovery->has_end) {
        recovery->end = (struct hs_log_position){recovery->expected_record, HS_LOG_SECTOR_BYTES};
        return hs_log_writer_open_segment(writer, recovery->expected_record);
    }
    uint64_t file_bytes;
    enum hs_status status =
        open_segment(recovery, recovery->end.segment, &writer->file, &file_bytes);
    if (status != HS_OK) {
        return status;
    }
    writer->has_file = true;
    status = mend_segment(recovery, writer->file, &file_bytes);
    writer->mark = recovery->mark;
    writer->reserved_bytes = file_bytes;
    return status == HS_OK ? recovery->disk->sync_names(recovery->disk->context) : status;
}

static enum hs_status finish_heights(struct recovery *recovery)
{
    recovery->log->first_height = recovery->index_first;
    if (recovery->last_height == 0) {
        return hs_height_index_clear(&recovery->log->heights);
    }
    return hs_height_index_end(&recovery->log->heights, recovery->index_first,
                               recovery->last_height + 1);
}

static enum hs_status scan_for_index(struct recovery *recovery)
{
    recovery->visiting = false;
    recovery->index_is_wrong = false;
    recovery->first_index = 0;
    return scan(recovery);
}

static enum hs_status recover_segments(struct recovery *recovery)
{
    enum hs_status status = find_start(recovery);
    if (status == HS_OK) {
        status = scan(recovery);
    }
    if (status != HS_OK) {
        return status;
    }
    struct hs_log_position start = recovery->config->start;
    if (start.offset != 0 && !recovery->start_found) {
        return damaged(recovery, start.segment, start.offset,
                       "there is no record where the snapshot was taken");
    }
    if (recovery->last_height < recovery->config->start_height) {
        return damaged(recovery, recovery->end.segment, recovery->end.offset,
                       "the log ends before the commit of the snapshot's block");
    }
    return recovery->index_is_wrong ? scan_for_index(recovery) : HS_OK;
}

static enum hs_status recover(struct recovery *recovery)
{
    enum hs_status status = list_segments(recovery);
    if (status != HS_OK) {
        return status;
    }
    if (recovery->segment_count > 0) {
        status = recover_segments(recovery);
    } else if (recovery->config->start.offset != 0) {
        status = damaged(recovery, recovery->config->start.segment, 0, "the log is missing");
    }
    if (status == HS_OK) {
        status = mend(recovery);
    }
    return status == HS_OK ? finish_heights(recovery) : status;
}

enum hs_status hs_log_recover(struct hs_block_log *log, const struct hs_block_log_config *config,
                              struct hs_log_damage *damage)
{
    struct recovery *recovery = calloc(1, sizeof *recovery);
    if (recovery == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    recovery->log = log;
    recovery->config = config;
    recovery->damage = damage;
    recovery->disk = log->disk;
    recovery->memory = log->batches[0].memory;
    recovery->visiting = true;
    enum hs_status status = recover(recovery);
    log->end = recovery->end;
    log->next_record = recovery->expected_record;
    free(recovery->segments);
    free(recovery);
    return status;
}
