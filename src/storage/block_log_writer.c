/* The disk lane's half of the block log: batches to bytes that are durable. */
#include "storage/block_log_parts.h"

#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"

static enum hs_status write_segment_header(struct hs_log_writer *writer, uint64_t first_record)
{
    uint8_t sector[HS_LOG_SECTOR_BYTES];
    struct hs_log_segment_header header = {.first_record = first_record, .mark = writer->mark_next};
    hs_log_segment_header_encode(sector, &header);
    return writer->disk->write(writer->disk->context, writer->file, 0, sector, sizeof sector);
}

static enum hs_status reserve(struct hs_log_writer *writer, uint64_t end_bytes)
{
    if (end_bytes <= writer->reserved_bytes) {
        return HS_OK;
    }
    uint64_t steps = (end_bytes + writer->reserve_step_bytes - 1) / writer->reserve_step_bytes;
    uint64_t reserved_bytes = steps * writer->reserve_step_bytes;
    enum hs_status status =
        writer->disk->reserve(writer->disk->context, writer->file, reserved_bytes);
    if (status == HS_OK) {
        writer->reserved_bytes = reserved_bytes;
    }
    return status;
}

void hs_log_writer_close(struct hs_log_writer *writer)
{
    if (writer->has_file) {
        writer->disk->close(writer->disk->context, writer->file);
        writer->has_file = false;
    }
}

/* The header is durable before the first batch is written: recovery may take a segment
 * without one for a creation that a crash cut short only if no batch can be in it. */
enum hs_status hs_log_writer_open_segment(struct hs_log_writer *writer, uint64_t first_record)
{
    const struct hs_disk *disk = writer->disk;
    hs_log_writer_close(writer);
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, first_record);
    enum hs_status status = disk->open(disk->context, name, HS_CREATE_NEW, &writer->file);
    if (status != HS_OK) {
        return status;
    }
    writer->has_file = true;
    writer->mark = writer->mark_next;
    writer->reserved_bytes = 0;
    status = reserve(writer, HS_LOG_SECTOR_BYTES);
    if (status == HS_OK) {
        status = write_segment_header(writer, first_record);
    }
    if (status == HS_OK) {
        status = disk->sync(disk->context, writer->file);
    }
    return status == HS_OK ? disk->sync_names(disk->context) : status;
}

/* Fills in what needs the whole batch, or time: checksums, the header, the zeros behind. */
static void seal(struct hs_log_batch *batch)
{
    uint32_t offset = HS_LOG_BATCH_HEADER_BYTES;
    for (uint32_t i = 0; i < batch->record_count; i++) {
        uint8_t *record = batch->memory + offset;
        uint32_t body_bytes = hs_log_record_header_decode(record).body_bytes;
        hs_log_record_seal(record, body_bytes);
        offset += HS_LOG_RECORD_HEADER_BYTES + body_bytes;
    }
    HS_ASSERT(offset == batch->bytes);
    struct hs_log_batch_header header = {
        .first_record = batch->first_record,
        .offset = batch->position.offset,
        .records_bytes = batch->bytes - HS_LOG_BATCH_HEADER_BYTES,
        .record_count = batch->record_count,
    };
    hs_log_batch_header_encode(batch->memory, batch->writer->mark, &header);
    memset(batch->memory + batch->bytes, 0, hs_log_sectors(batch->bytes) - batch->bytes);
}

static enum hs_status write_durably(struct hs_log_batch *batch)
{
    struct hs_log_writer *writer = batch->writer;
    const struct hs_disk *disk = writer->disk;
    uint32_t written_bytes = hs_log_sectors(batch->bytes);
    enum hs_status status = reserve(writer, (uint64_t)batch->position.offset + written_bytes);
    if (status == HS_OK) {
        status = disk->write(disk->context, writer->file, batch->position.offset, batch->memory,
                             written_bytes);
    }
    return status == HS_OK && !HS_MUTANT_BLOCKS_UNSYNCED ? disk->sync(disk->context, writer->file)
                                                         : status;
}

static enum hs_status write_heights(const struct hs_log_batch *batch)
{
    enum hs_status status = HS_OK;
    if (batch->begins_heights) {
        status = hs_height_index_begin(batch->writer->heights, batch->first_height);
    }
    if (status == HS_OK && batch->commit_count > 0) {
        status = hs_height_index_write(batch->writer->heights, batch->first_height,
                                       batch->commit_height, batch->commits, batch->commit_count);
    }
    return status;
}

static enum hs_status write_batch(struct hs_log_batch *batch)
{
    struct hs_log_writer *writer = batch->writer;
    enum hs_status status = HS_OK;
    if (batch->opens_segment) {
        status = hs_height_index_sync(writer->heights);
        if (status == HS_OK) {
            status = hs_log_writer_open_segment(writer, batch->position.segment);
        }
    }
    if (status == HS_OK) {
        seal(batch);
        status = write_durably(batch);
    }
    return status == HS_OK ? write_heights(batch) : status;
}

enum hs_status hs_block_log_write_batch(struct hs_log_batch *batch)
{
    struct hs_log_writer *writer = batch->writer;
    if (writer->failed) {
        return HS_IO; /* D3 */
    }
    writer->failed = write_batch(batch) != HS_OK;
    return writer->failed ? HS_IO : HS_OK;
}
