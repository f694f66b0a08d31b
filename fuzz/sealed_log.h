/* Checksums of a segment of the block log, set right: almost no change of a segment gets past them
 * otherwise.
 */
#ifndef HS_FUZZ_SEALED_LOG_H
#define HS_FUZZ_SEALED_LOG_H

#include "storage/block_log_format.h"
#include "storage/crc32c.h"

static inline void put_u32(uint8_t *bytes, uint32_t value)
{
    for (size_t i = 0; i < sizeof value; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline void seal_records(uint8_t *records, uint32_t left, uint32_t count)
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
static inline void seal_segment(uint8_t *bytes, size_t size)
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

#endif
