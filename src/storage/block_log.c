/* The loop thread's half of the block log: appending, and reading by place, id and height. */
#include "storage/block_log_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

/* A place in a segment, the last batch's end included, fits 32 bits. */
#define SEGMENT_BYTES_MAX (UINT64_C(1) << 30)

/* -- opening and closing ------------------------------------------------------------ */

static enum hs_status allocate(struct hs_block_log *log, const uint8_t seed[HS_ID_MAP_SEED_BYTES])
{
    log->recent_map_memory = calloc(1, hs_id_map_footprint(log->recent_blocks_max));
    log->recent_blocks = malloc(log->recent_blocks_max * sizeof(log->recent_blocks[0]));
    log->height_positions = malloc(HS_LOG_RECENT_HEIGHTS * sizeof(log->height_positions[0]));
    log->read_memory = malloc(HS_LOG_RECORD_BYTES_MAX);
    if (log->recent_map_memory == NULL || log->recent_blocks == NULL ||
        log->height_positions == NULL || log->read_memory == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    log->recent_map = hs_id_map_new(log->recent_map_memory, log->recent_blocks_max, seed);
    for (uint32_t i = 0; i < HS_LOG_BATCHES; i++) {
        log->batches[i].memory = malloc(HS_LOG_BATCH_BYTES_MAX);
        if (log->batches[i].memory == NULL) {
            return HS_OUT_OF_MEMORY;
        }
        log->batches[i].writer = &log->writer;
    }
    return HS_OK;
}

static void release(struct hs_block_log *log)
{
    for (uint32_t i = 0; i < HS_LOG_BATCHES; i++) {
        free(log->batches[i].memory);
    }
    free(log->recent_map_memory);
    free(log->recent_blocks);
    free(log->height_positions);
    free(log->read_memory);
    free(log);
}

static void set_up_writer(struct hs_block_log *log, const struct hs_block_log_config *config)
{
    struct hs_reader seed = hs_reader_over(config->seed, sizeof config->seed);
    log->writer = (struct hs_log_writer){
        .disk = config->disk,
        .heights = &log->heights,
        .mark_next = hs_read_u64(&seed),
        .reserve_step_bytes = config->segment_bytes < HS_LOG_RESERVE_BYTES ? config->segment_bytes
                                                                           : HS_LOG_RESERVE_BYTES,
    };
}

static bool config_is_valid(const struct hs_block_log_config *config)
{
    bool from_snapshot = config->start.offset != 0;
    return config->segment_bytes > HS_LOG_SECTOR_BYTES &&
           config->segment_bytes <= SEGMENT_BYTES_MAX &&
           config->recent_blocks_max <= HS_LOG_RECENT_BLOCKS &&
           from_snapshot == (config->start_height > 0) &&
           (from_snapshot || config->start.segment == 0);
}

enum hs_status hs_block_log_open(struct hs_block_log **log,
                                 const struct hs_block_log_config *config,
                                 struct hs_log_damage *damage)
{
    *log = NULL;
    if (!config_is_valid(config)) {
        return HS_INVALID_ARGUMENT;
    }
    struct hs_block_log *opened = calloc(1, sizeof *opened);
    if (opened == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    opened->disk = config->disk;
    opened->segment_bytes = config->segment_bytes;
    opened->recent_blocks_max =
        config->recent_blocks_max > 0 ? config->recent_blocks_max : HS_LOG_RECENT_BLOCKS;
    set_up_writer(opened, config);
    enum hs_status status = allocate(opened, config->seed);
    if (status == HS_OK) {
        status = hs_height_index_open(&opened->heights, config->disk);
    }
    if (status != HS_OK) {
        release(opened);
        return status;
    }
    status = hs_log_recover(opened, config, damage);
    if (status != HS_OK) {
        hs_block_log_close(opened);
        return status;
    }
    *log = opened;
    return HS_OK;
}

void hs_block_log_close(struct hs_block_log *log)
{
    for (uint32_t i = 0; i < HS_LOG_OPEN_SEGMENTS; i++) {
        if (log->readers[i].is_open) {
            log->disk->close(log->disk->context, log->readers[i].file);
        }
    }
    hs_log_writer_close(&log->writer);
    hs_height_index_close(&log->heights);
    release(log);
}

/* -- what is remembered ---------------------------------------------------------------- */

void hs_log_remember_block(struct hs_block_log *log, const struct hs_block_id *id,
                           struct hs_log_position position)
{
    uint32_t slot = (uint32_t)(log->recent_count % log->recent_blocks_max);
    struct hs_log_recent_block *recent = &log->recent_blocks[slot];
    if (log->recent_count >= log->recent_blocks_max) {
        uint32_t removed;
        enum hs_status status = hs_id_map_find(log->recent_map, &removed, recent->id.bytes);
        /* A block that was appended twice is in the map once, for its later place. */
        if (status == HS_OK && removed == slot) {
            status = hs_id_map_remove(log->recent_map, &removed, recent->id.bytes);
            HS_ASSERT(status == HS_OK);
        }
    }
    uint32_t earlier;
    if (hs_id_map_remove(log->recent_map, &earlier, id->bytes) == HS_OK) {
        HS_ASSERT(earlier < log->recent_blocks_max);
    }
    enum hs_status status = hs_id_map_insert(log->recent_map, id->bytes, slot);
    HS_ASSERT(status == HS_OK);
    *recent = (struct hs_log_recent_block){*id, position};
    log->recent_count++;
}

void hs_block_log_forget(struct hs_block_log *log, const struct hs_block_id *id)
{
    uint32_t slot;
    enum hs_status status = hs_id_map_remove(log->recent_map, &slot, id->bytes);
    (void)status; /* one that is not among the recent ones is forgotten already */
}

void hs_log_remember_commit(struct hs_block_log *log, uint64_t height,
                            struct hs_log_position position)
{
    HS_ASSERT(log->memory_first_height == 0 || height == log->last_height + 1);
    if (log->first_height == 0) {
        log->first_height = height;
    }
    if (log->memory_first_height == 0) {
        log->memory_first_height = height;
    } else if (height - log->memory_first_height >= HS_LOG_RECENT_HEIGHTS) {
        log->memory_first_height = height - HS_LOG_RECENT_HEIGHTS + 1;
    }
    log->last_height = height;
    log->height_positions[height % HS_LOG_RECENT_HEIGHTS] = position;
}

/* -- appending ------------------------------------------------------------------------ */

static void begin_batch(struct hs_block_log *log, struct hs_log_batch *batch)
{
    batch->opens_segment = log->end.offset >= log->segment_bytes;
    if (batch->opens_segment) {
        log->end = (struct hs_log_position){log->next_record, HS_LOG_SECTOR_BYTES};
    }
    batch->bytes = HS_LOG_BATCH_HEADER_BYTES;
    batch->position = log->end;
    batch->first_record = log->next_record;
    batch->record_count = 0;
    batch->begins_heights = false;
    batch->commit_count = 0;
}

/* Room for a record in the current batch, which begins here if it has to. */
static enum hs_status make_room(struct hs_block_log *log, uint32_t record_bytes,
                                struct hs_log_batch **filled)
{
    if (log->failed) {
        return HS_IO; /* D3 */
    }
    if (record_bytes == 0) {
        return HS_INVALID_ARGUMENT;
    }
    if (log->in_flight_count == HS_LOG_BATCHES) {
        return HS_FULL;
    }
    struct hs_log_batch *batch = &log->batches[log->filling_index];
    if (batch->bytes == 0) {
        begin_batch(log, batch);
    }
    if (record_bytes > HS_LOG_BATCH_BYTES_MAX - batch->bytes) {
        return HS_FULL;
    }
    *filled = batch;
    return HS_OK;
}

/* The place of the record that was encoded behind the batch's others. */
static struct hs_log_position close_record(struct hs_block_log *log, struct hs_log_batch *batch,
                                           uint32_t record_bytes)
{
    struct hs_log_position position = {batch->position.segment,
                                       batch->position.offset + batch->bytes};
    batch->bytes += record_bytes;
    batch->record_count++;
    log->next_record++;
    return position;
}

enum hs_status hs_block_log_append_block(struct hs_block_log *log, const struct hs_log_block *block,
                                         struct hs_log_position *position)
{
    if (hs_block_log_find_block(log, &block->id, position) == HS_OK) {
        return HS_DUPLICATE;
    }
    uint32_t record_bytes = hs_log_block_record_bytes(block);
    struct hs_log_batch *batch;
    enum hs_status status = make_room(log, record_bytes, &batch);
    if (status != HS_OK) {
        return status;
    }
    hs_log_block_encode(batch->memory + batch->bytes, log->next_record, block);
    *position = close_record(log, batch, record_bytes);
    hs_log_remember_block(log, &block->id, *position);
    return HS_OK;
}

enum hs_status hs_block_log_append_commit(struct hs_block_log *log,
                                          const struct hs_log_commit *commit)
{
    if (log->last_height != 0 && commit->height != log->last_height + 1) {
        return HS_INVALID_ARGUMENT;
    }
    struct hs_log_commit stored = *commit;
    enum hs_status status = hs_block_log_find_block(log, &commit->block_id, &stored.block_position);
    if (status != HS_OK) {
        return status;
    }
    uint32_t record_bytes = hs_log_commit_record_bytes(&stored);
    struct hs_log_batch *batch;
    status = make_room(log, record_bytes, &batch);
    if (status != HS_OK) {
        return status;
    }
    if (batch->commit_count == HS_LOG_BATCH_COMMITS_MAX) {
        return HS_FULL;
    }
    hs_log_commit_encode(batch->memory + batch->bytes, log->next_record, &stored);
    struct hs_log_position position = close_record(log, batch, record_bytes);
    if (batch->commit_count == 0) {
        batch->begins_heights = log->first_height == 0;
        batch->commit_height = commit->height;
    }
    batch->commits[batch->commit_count] = position;
    batch->commit_count++;
    hs_log_remember_commit(log, commit->height, position);
    batch->first_height = log->first_height;
    return HS_OK;
}

struct hs_log_batch *hs_block_log_take_batch(struct hs_block_log *log)
{
    struct hs_log_batch *batch = &log->batches[log->filling_index];
    if (log->in_flight_count == HS_LOG_BATCHES || batch->record_count == 0) {
        return NULL;
    }
    log->end.offset += hs_log_sectors(batch->bytes);
    log->filling_index = (log->filling_index + 1) % HS_LOG_BATCHES;
    log->in_flight_count++;
    return batch;
}

void hs_block_log_batch_done(struct hs_block_log *log, struct hs_log_batch *batch,
                             enum hs_status written)
{
    HS_ASSERT(log->in_flight_count > 0);
    uint32_t oldest_index =
        (log->filling_index + HS_LOG_BATCHES - log->in_flight_count) % HS_LOG_BATCHES;
    HS_ASSERT(batch == &log->batches[oldest_index]);
    log->in_flight_count--;
    batch->bytes = 0;
    batch->record_count = 0;
    if (written != HS_OK) {
        log->failed = true; /* D3 */
    }
}

/* -- reading ------------------------------------------------------------------------- */

enum hs_status hs_block_log_find_block(const struct hs_block_log *log, const struct hs_block_id *id,
                                       struct hs_log_position *position)
{
    uint32_t slot;
    enum hs_status status = hs_id_map_find(log->recent_map, &slot, id->bytes);
    if (status == HS_OK) {
        *position = log->recent_blocks[slot].position;
    }
    return status;
}

static bool batch_holds(const struct hs_log_batch *batch, struct hs_log_position position)
{
    return batch->bytes > 0 && batch->position.segment == position.segment &&
           position.offset >= batch->position.offset + HS_LOG_BATCH_HEADER_BYTES &&
           position.offset < batch->position.offset + batch->bytes;
}

/* Reads a record out of a batch that is not on disk yet. */
static enum hs_status read_from_batch(const struct hs_log_batch *batch,
                                      struct hs_log_position position, struct hs_log_record *record)
{
    uint32_t offset = position.offset - batch->position.offset;
    if (batch->bytes - offset < HS_LOG_RECORD_HEADER_BYTES) {
        return HS_CORRUPT;
    }
    struct hs_log_record_header header = hs_log_record_header_decode(batch->memory + offset);
    if (header.body_bytes > batch->bytes - offset - HS_LOG_RECORD_HEADER_BYTES) {
        return HS_CORRUPT;
    }
    return hs_log_record_decode(record, &header,
                                batch->memory + offset + HS_LOG_RECORD_HEADER_BYTES);
}

/* The segment's file, open for reading. */
static enum hs_status open_reader(struct hs_block_log *log, uint64_t segment, struct hs_file *file)
{
    struct hs_log_reader *oldest = &log->readers[0];
    log->read_count++;
    for (uint32_t i = 0; i < HS_LOG_OPEN_SEGMENTS; i++) {
        struct hs_log_reader *reader = &log->readers[i];
        if (reader->is_open && reader->segment == segment) {
            reader->used_at = log->read_count;
            *file = reader->file;
            return HS_OK;
        }
        if (reader->used_at < oldest->used_at) {
            oldest = reader;
        }
    }
    if (oldest->is_open) {
        log->disk->close(log->disk->context, oldest->file);
        *oldest = (struct hs_log_reader){0};
    }
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, segment);
    enum hs_status status = log->disk->open(log->disk->context, name, HS_OPEN_EXISTING, file);
    if (status == HS_OK) {
        *oldest = (struct hs_log_reader){true, segment, *file, log->read_count};
    }
    return status;
}

static enum hs_status read_exactly(const struct hs_block_log *log, struct hs_file file,
                                   uint64_t offset, uint8_t *data, size_t size)
{
    size_t read_bytes = 0;
    enum hs_status status =
        log->disk->read(log->disk->context, file, offset, data, size, &read_bytes);
    if (status != HS_OK) {
        return status;
    }
    return read_bytes == size ? HS_OK : HS_CORRUPT;
}

/* The record's header and the first `most` bytes of its body, into the log's memory. */
static enum hs_status read_start(struct hs_block_log *log, struct hs_log_position position,
                                 struct hs_log_record_header *header, uint32_t most)
{
    struct hs_file file;
    enum hs_status status = open_reader(log, position.segment, &file);
    if (status != HS_OK) {
        return status;
    }
    uint8_t *memory = log->read_memory;
    status = read_exactly(log, file, position.offset, memory, HS_LOG_RECORD_HEADER_BYTES);
    if (status != HS_OK) {
        return status;
    }
    *header = hs_log_record_header_decode(memory);
    if (header->body_bytes > HS_LOG_RECORD_BYTES_MAX - HS_LOG_RECORD_HEADER_BYTES) {
        return HS_CORRUPT;
    }
    return read_exactly(log, file, (uint64_t)position.offset + HS_LOG_RECORD_HEADER_BYTES,
                        memory + HS_LOG_RECORD_HEADER_BYTES,
                        header->body_bytes < most ? header->body_bytes : most);
}

static enum hs_status read_from_file(struct hs_block_log *log, struct hs_log_position position,
                                     struct hs_log_record *record)
{
    struct hs_log_record_header header;
    enum hs_status status = read_start(log, position, &header, HS_LOG_RECORD_BYTES_MAX);
    if (status != HS_OK) {
        return status;
    }
    if (!hs_log_record_is_whole(log->read_memory, header.body_bytes)) {
        return HS_CORRUPT;
    }
    return hs_log_record_decode(record, &header, log->read_memory + HS_LOG_RECORD_HEADER_BYTES);
}

static bool in_memory(const struct hs_block_log *log, struct hs_log_position position)
{
    bool found = false;
    for (uint32_t i = 0; i < HS_LOG_BATCHES && !found; i++) {
        found = batch_holds(&log->batches[i], position);
    }
    return found;
}

static bool beyond_end(const struct hs_block_log *log, struct hs_log_position position)
{
    return position.segment > log->end.segment ||
           (position.segment == log->end.segment && position.offset >= log->end.offset);
}

static enum hs_status read_record(struct hs_block_log *log, struct hs_log_position position,
                                  enum hs_log_record_type type, struct hs_log_record *record)
{
    enum hs_status status = HS_NOT_FOUND;
    bool found = false;
    for (uint32_t i = 0; i < HS_LOG_BATCHES && !found; i++) {
        if (batch_holds(&log->batches[i], position)) {
            found = true;
            status = read_from_batch(&log->batches[i], position, record);
        }
    }
    if (!found && !beyond_end(log, position)) {
        status = read_from_file(log, position, record);
    }
    if (status != HS_OK) {
        return status;
    }
    record->position = position;
    return record->type == type ? HS_OK : HS_CORRUPT;
}

enum hs_status hs_block_log_read_block(struct hs_block_log *log, struct hs_log_position position,
                                       struct hs_log_block *block)
{
    struct hs_log_record record;
    enum hs_status status = read_record(log, position, HS_LOG_BLOCK, &record);
    if (status == HS_OK) {
        *block = record.block;
    }
    return status;
}

enum hs_status hs_block_log_read_header(struct hs_block_log *log, struct hs_log_position position,
                                        struct hs_log_block *block)
{
    const uint32_t most = HS_LOG_BLOCK_FIELDS_BYTES + HS_LOG_HEADER_BYTES_MAX;
    if (in_memory(log, position) || beyond_end(log, position)) {
        enum hs_status status = hs_block_log_read_block(log, position, block);
        if (status == HS_OK) {
            block->payload.data = NULL;
        }
        return status;
    }
    struct hs_log_record_header header;
    enum hs_status status = read_start(log, position, &header, most);
    if (status != HS_OK) {
        return status;
    }
    return hs_log_block_head_decode(block, &header, log->read_memory + HS_LOG_RECORD_HEADER_BYTES,
                                    header.body_bytes < most ? header.body_bytes : most);
}

static enum hs_status find_commit(const struct hs_block_log *log, uint64_t height,
                                  struct hs_log_position *position)
{
    if (log->last_height == 0 || height < log->first_height || height > log->last_height) {
        return HS_NOT_FOUND;
    }
    if (height >= log->memory_first_height) {
        *position = log->height_positions[height % HS_LOG_RECENT_HEIGHTS];
        return HS_OK;
    }
    enum hs_status status =
        hs_height_index_read(&log->heights, log->first_height, height, position);
    return status == HS_NOT_FOUND ? HS_NOT_READY : status;
}

enum hs_status hs_block_log_read_commit(struct hs_block_log *log, uint64_t height,
                                        struct hs_log_commit *commit)
{
    struct hs_log_position position;
    enum hs_status status = find_commit(log, height, &position);
    if (status != HS_OK) {
        return status;
    }
    struct hs_log_record record;
    status = read_record(log, position, HS_LOG_COMMIT, &record);
    if (status != HS_OK) {
        return status;
    }
    if (record.commit.height != height) {
        return HS_CORRUPT;
    }
    *commit = record.commit;
    return HS_OK;
}

void hs_block_log_heights(const struct hs_block_log *log, uint64_t *first, uint64_t *last)
{
    *first = log->first_height;
    *last = log->last_height;
}
