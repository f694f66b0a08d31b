/* See check_log.h. */
#include "sim/check_log.h"

#include <stdlib.h>

#include "base/assert.h"

void hs_check_log_begin(struct hs_check_log *log, const struct hs_virtual_disk *disk)
{
    *log = (struct hs_check_log){
        .disk = disk,
        .memory = log->memory,
        .memory_bytes = log->memory_bytes,
    };
}

void hs_check_log_release(struct hs_check_log *log)
{
    free(log->memory);
}

static bool read_all(struct hs_check_log *log, uint32_t offset, void *data, size_t size)
{
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, log->segment);
    return hs_virtual_disk_read_durable(log->disk, name, offset, data, size) == size;
}

/* The segment whose first record comes next, when there is one that is not read already. */
static bool enter_segment(struct hs_check_log *log)
{
    if (log->in_segment && log->segment == log->next_record) {
        return false;
    }
    uint64_t before = log->segment;
    log->segment = log->next_record;
    uint8_t sector[HS_LOG_SECTOR_BYTES];
    struct hs_log_segment_header header;
    if (!read_all(log, 0, sector, sizeof(sector)) ||
        hs_log_segment_header_decode(sector, &header) != HS_OK ||
        header.first_record != log->next_record) {
        log->segment = before;
        return false;
    }
    log->in_segment = true;
    log->mark = header.mark;
    log->offset = HS_LOG_SECTOR_BYTES;
    return true;
}

static bool is_whole(const uint8_t *records, const struct hs_log_batch_header *batch)
{
    uint32_t offset = 0;
    for (uint32_t i = 0; i < batch->record_count; i++) {
        if (batch->records_bytes - offset < HS_LOG_RECORD_HEADER_BYTES) {
            return false;
        }
        struct hs_log_record_header header = hs_log_record_header_decode(records + offset);
        uint32_t left = batch->records_bytes - offset - HS_LOG_RECORD_HEADER_BYTES;
        if (header.body_bytes > left ||
            !hs_log_record_is_whole(records + offset, header.body_bytes) ||
            header.record_number != batch->first_record + i) {
            return false;
        }
        offset += HS_LOG_RECORD_HEADER_BYTES + header.body_bytes;
    }
    return offset == batch->records_bytes;
}

static void show(const struct hs_check_log *log, const struct hs_log_batch_header *batch,
                 hs_check_log_visit *visit, void *context)
{
    const uint8_t *records = log->memory;
    for (uint32_t i = 0; i < batch->record_count; i++) {
        struct hs_log_record_header header = hs_log_record_header_decode(records);
        struct hs_log_record record;
        enum hs_status status =
            hs_log_record_decode(&record, &header, records + HS_LOG_RECORD_HEADER_BYTES);
        if (status == HS_OK) {
            visit(context, &record);
        }
        records += HS_LOG_RECORD_HEADER_BYTES + header.body_bytes;
    }
}

static bool read_batch(struct hs_check_log *log, hs_check_log_visit *visit, void *context)
{
    uint8_t bytes[HS_LOG_BATCH_HEADER_BYTES];
    struct hs_log_batch_header batch;
    if (!log->in_segment || !read_all(log, log->offset, bytes, sizeof(bytes)) ||
        !hs_log_batch_header_decode(bytes, log->mark, log->offset, &batch) ||
        batch.first_record != log->next_record) {
        return false;
    }
    if (batch.records_bytes > log->memory_bytes) {
        free(log->memory);
        log->memory_bytes = 2 * (size_t)batch.records_bytes;
        log->memory = malloc(log->memory_bytes);
        HS_ASSERT(log->memory != NULL);
    }
    if (!read_all(log, log->offset + HS_LOG_BATCH_HEADER_BYTES, log->memory, batch.records_bytes) ||
        !is_whole(log->memory, &batch)) {
        return false;
    }
    show(log, &batch, visit, context);
    log->offset += hs_log_sectors(HS_LOG_BATCH_HEADER_BYTES + batch.records_bytes);
    log->next_record += batch.record_count;
    return true;
}

void hs_check_log_read(struct hs_check_log *log, hs_check_log_visit *visit, void *context)
{
    while (read_batch(log, visit, context) || enter_segment(log)) {
    }
}
