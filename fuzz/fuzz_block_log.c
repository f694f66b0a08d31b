/* Recovery of a block log whose only segment holds any bytes. It opens or is refused; what
 * opens can be read, takes another block, and shows all of it once more.
 *
 * The first byte of the input says whether the checksums are set right first (odd): almost no
 * change gets past them otherwise. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/virtual_disk.h"
#include "storage/block_log.h"
#include "storage/block_log_format.h"
#include "storage/crc32c.h"

#define SEGMENT_BYTES_MAX (256u * 1024u)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

struct seen {
    size_t record_count;
    uint32_t checksum; /* over all bytes handed out: reads them, too */
};

static void put_u32(uint8_t *bytes, uint32_t value)
{
    for (size_t i = 0; i < sizeof value; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

static void seal_records(uint8_t *records, uint32_t left, uint32_t count)
{
    for (uint32_t i = 0; i < count && left >= HS_LOG_RECORD_HEADER_BYTES; i++) {
        uint32_t body_bytes = hs_log_record_header_decode(records).body_bytes;
        left -= HS_LOG_RECORD_HEADER_BYTES;
        if (body_bytes > left) {
            return;
        }
        hs_log_record_seal(records, body_bytes);
        records += HS_LOG_RECORD_HEADER_BYTES + body_bytes;
        left -= body_bytes;
    }
}

/* Sets every checksum that can be found; headers keep what the input made of them. */
static void seal(uint8_t *bytes, size_t size)
{
    if (size < HS_LOG_SECTOR_BYTES) {
        return;
    }
    put_u32(bytes + 32, hs_crc32c(0, bytes, 32));
    struct hs_log_segment_header segment;
    if (hs_log_segment_header_decode(bytes, &segment) != HS_OK) {
        return;
    }
    size_t offset = HS_LOG_SECTOR_BYTES;
    while (offset + HS_LOG_BATCH_HEADER_BYTES <= size) {
        uint8_t *header = bytes + offset;
        put_u32(header + 28, hs_crc32c(0, header, 28));
        struct hs_log_batch_header batch;
        if (!hs_log_batch_header_decode(header, segment.mark, (uint32_t)offset, &batch) ||
            batch.records_bytes > size - offset - HS_LOG_BATCH_HEADER_BYTES) {
            return;
        }
        seal_records(header + HS_LOG_BATCH_HEADER_BYTES, batch.records_bytes, batch.record_count);
        offset += hs_log_sectors(HS_LOG_BATCH_HEADER_BYTES + batch.records_bytes);
    }
}

static enum hs_status visit(void *context, const struct hs_log_record *record)
{
    struct seen *seen = context;
    seen->record_count++;
    if (record->type == HS_LOG_BLOCK) {
        const struct hs_log_block *block = &record->block;
        seen->checksum = hs_crc32c(seen->checksum, block->header.data, block->header.size);
        seen->checksum = hs_crc32c(seen->checksum, block->payload.data, block->payload.size);
    } else {
        const struct hs_bytes certificate = record->commit.certificate;
        seen->checksum = hs_crc32c(seen->checksum, certificate.data, certificate.size);
    }
    return HS_OK;
}

static enum hs_status open_log(struct hs_block_log **log, const struct hs_disk *disk,
                               struct seen *seen)
{
    *seen = (struct seen){0};
    struct hs_block_log_config config = {
        .disk = disk, .segment_bytes = SEGMENT_BYTES_MAX, .visit = visit, .visit_context = seen};
    struct hs_log_damage damage = {.what = NULL};
    enum hs_status status = hs_block_log_open(log, &config, &damage);
    HS_ASSERT(status == HS_OK || (status == HS_CORRUPT && damage.what != NULL));
    return status;
}

static void append_one(struct hs_block_log *log)
{
    static const uint8_t bytes[4] = "more";
    struct hs_log_block block = {
        .height = 1, .header = {bytes, sizeof bytes}, .payload = {bytes, sizeof bytes}};
    memset(&block.id, 0xf0, sizeof block.id);
    struct hs_log_position position;
    enum hs_status status = hs_block_log_append_block(log, &block, &position);
    HS_ASSERT(status == HS_OK || status == HS_DUPLICATE);
    struct hs_log_batch *batch = hs_block_log_take_batch(log);
    if (batch != NULL) {
        status = hs_block_log_write_batch(batch);
        HS_ASSERT(status == HS_OK);
        hs_block_log_batch_done(log, batch, status);
    }
    status = hs_block_log_read_block(log, position, &block);
    HS_ASSERT(status == HS_OK);
}

static void read_heights(struct hs_block_log *log)
{
    uint64_t first;
    uint64_t last;
    hs_block_log_heights(log, &first, &last);
    for (uint64_t height = first; height <= last && last > 0; height++) {
        struct hs_log_commit commit;
        enum hs_status status = hs_block_log_read_commit(log, height, &commit);
        HS_ASSERT(status == HS_OK && commit.height == height);
        /* Where the block is comes from the input, and may be nowhere. */
        struct hs_log_block block;
        status = hs_block_log_read_block(log, commit.block_position, &block);
        HS_ASSERT(status == HS_OK || status == HS_NOT_FOUND || status == HS_CORRUPT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    if (data_size == 0 || data_size > SEGMENT_BYTES_MAX) {
        return 0;
    }
    size_t size = data_size - 1;
    uint8_t *bytes = malloc(size + 1);
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    if (bytes == NULL || virtual_disk == NULL) {
        abort();
    }
    memcpy(bytes, data + 1, size);
    if (data[0] % 2 == 1) {
        seal(bytes, size);
    }
    char name[HS_FILE_NAME_BYTES_MAX];
    hs_log_segment_name(name, 0);
    enum hs_status status = hs_virtual_disk_put(virtual_disk, name, bytes, size);
    HS_ASSERT(status == HS_OK);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    struct hs_block_log *log;
    struct seen first;
    if (open_log(&log, disk, &first) == HS_OK) {
        read_heights(log);
        append_one(log);
        hs_block_log_close(log);
        struct seen second;
        status = open_log(&log, disk, &second);
        HS_ASSERT(status == HS_OK && second.record_count >= first.record_count);
        hs_block_log_close(log);
    }
    hs_virtual_disk_free(virtual_disk);
    free(bytes);
    return 0;
}
