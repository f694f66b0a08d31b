#include "storage/block_log_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "storage/crc32c.h"

#define SEGMENT_VERSION       1u
#define SEGMENT_CHECKED_BYTES 32u
#define BATCH_CHECKED_BYTES   28u
#define CRC_BYTES             4u
#define NAME_PREFIX           "blocks-"
#define NAME_DIGITS           16u
#define NAME_SUFFIX           ".log"

static const uint8_t segment_magic[8] = {'H', 'S', 'B', 'L', 'O', 'C', 'K', 'S'};

uint32_t hs_log_sectors(uint32_t bytes)
{
    return (bytes + HS_LOG_SECTOR_BYTES - 1) / HS_LOG_SECTOR_BYTES * HS_LOG_SECTOR_BYTES;
}

void hs_log_segment_name(char name[HS_FILE_NAME_BYTES_MAX], uint64_t first_record)
{
    (void)snprintf(name, HS_FILE_NAME_BYTES_MAX, NAME_PREFIX "%016" PRIx64 NAME_SUFFIX,
                   first_record);
}

bool hs_log_segment_parse_name(const char *name, uint64_t *first_record)
{
    const size_t prefix_size = sizeof NAME_PREFIX - 1;
    if (strncmp(name, NAME_PREFIX, prefix_size) != 0) {
        return false;
    }
    const char *digits = name + prefix_size;
    *first_record = 0;
    for (size_t i = 0; i < NAME_DIGITS; i++) {
        static const char hex[] = "0123456789abcdef";
        const char *digit = digits[i] != '\0' ? strchr(hex, digits[i]) : NULL;
        if (digit == NULL) {
            return false;
        }
        *first_record = *first_record << 4 | (uint64_t)(digit - hex);
    }
    return strcmp(digits + NAME_DIGITS, NAME_SUFFIX) == 0;
}

void hs_log_segment_header_encode(uint8_t sector[HS_LOG_SECTOR_BYTES],
                                  const struct hs_log_segment_header *header)
{
    memset(sector, 0, HS_LOG_SECTOR_BYTES);
    struct hs_writer writer = hs_writer_over(sector, HS_LOG_SECTOR_BYTES);
    hs_write_bytes(&writer, segment_magic, sizeof segment_magic);
    hs_write_u32(&writer, SEGMENT_VERSION);
    hs_write_u32(&writer, 0);
    hs_write_u64(&writer, header->first_record);
    hs_write_u64(&writer, header->mark);
    hs_write_u32(&writer, hs_crc32c(0, sector, SEGMENT_CHECKED_BYTES));
}

enum hs_status hs_log_segment_header_decode(const uint8_t sector[HS_LOG_SECTOR_BYTES],
                                            struct hs_log_segment_header *header)
{
    struct hs_reader reader = hs_reader_over(sector, HS_LOG_SECTOR_BYTES);
    uint8_t magic[sizeof segment_magic];
    hs_read_bytes(&reader, magic, sizeof magic);
    uint32_t version = hs_read_u32(&reader);
    (void)hs_read_u32(&reader);
    header->first_record = hs_read_u64(&reader);
    header->mark = hs_read_u64(&reader);
    if (memcmp(magic, segment_magic, sizeof magic) != 0 ||
        hs_read_u32(&reader) != hs_crc32c(0, sector, SEGMENT_CHECKED_BYTES)) {
        return HS_NOT_FOUND;
    }
    return version == SEGMENT_VERSION ? HS_OK : HS_CORRUPT;
}

void hs_log_batch_header_encode(uint8_t bytes[HS_LOG_BATCH_HEADER_BYTES], uint64_t mark,
                                const struct hs_log_batch_header *header)
{
    struct hs_writer writer = hs_writer_over(bytes, HS_LOG_BATCH_HEADER_BYTES);
    hs_write_u64(&writer, mark);
    hs_write_u64(&writer, header->first_record);
    hs_write_u32(&writer, header->offset);
    hs_write_u32(&writer, header->records_bytes);
    hs_write_u32(&writer, header->record_count);
    hs_write_u32(&writer, hs_crc32c(0, bytes, BATCH_CHECKED_BYTES));
}

bool hs_log_batch_header_decode(const uint8_t bytes[HS_LOG_BATCH_HEADER_BYTES], uint64_t mark,
                                uint32_t offset, struct hs_log_batch_header *header)
{
    struct hs_reader reader = hs_reader_over(bytes, HS_LOG_BATCH_HEADER_BYTES);
    bool own_mark = hs_read_u64(&reader) == mark;
    header->first_record = hs_read_u64(&reader);
    header->offset = hs_read_u32(&reader);
    header->records_bytes = hs_read_u32(&reader);
    header->record_count = hs_read_u32(&reader);
    return own_mark && hs_read_u32(&reader) == hs_crc32c(0, bytes, BATCH_CHECKED_BYTES) &&
           header->offset == offset && header->record_count > 0 &&
           header->records_bytes <= HS_LOG_BATCH_BYTES_MAX - HS_LOG_BATCH_HEADER_BYTES;
}

uint32_t hs_log_block_record_bytes(const struct hs_log_block *block)
{
    if (block->header.size == 0 || block->header.size > HS_LOG_HEADER_BYTES_MAX ||
        block->payload.size > HS_PAYLOAD_BYTES_MAX || block->height >= HS_LOG_HEIGHT_END) {
        return 0;
    }
    return (uint32_t)(HS_LOG_RECORD_HEADER_BYTES + HS_LOG_BLOCK_FIELDS_BYTES + block->header.size +
                      block->payload.size);
}

uint32_t hs_log_commit_record_bytes(const struct hs_log_commit *commit)
{
    if (commit->certificate.size > HS_LOG_CERTIFICATE_BYTES_MAX || commit->height == 0 ||
        commit->height >= HS_LOG_HEIGHT_END) {
        return 0;
    }
    return (uint32_t)(HS_LOG_RECORD_HEADER_BYTES + HS_LOG_COMMIT_FIELDS_BYTES +
                      commit->certificate.size);
}

static struct hs_writer begin_record(uint8_t *record, uint32_t record_bytes,
                                     enum hs_log_record_type type, uint64_t record_number)
{
    struct hs_writer writer = hs_writer_over(record, record_bytes);
    hs_write_u32(&writer, 0);
    hs_write_u32(&writer, (uint32_t)type);
    hs_write_u64(&writer, record_number);
    hs_write_u32(&writer, record_bytes - HS_LOG_RECORD_HEADER_BYTES);
    return writer;
}

void hs_log_block_encode(uint8_t *record, uint64_t record_number, const struct hs_log_block *block)
{
    struct hs_writer writer =
        begin_record(record, hs_log_block_record_bytes(block), HS_LOG_BLOCK, record_number);
    hs_write_bytes(&writer, block->id.bytes, sizeof block->id.bytes);
    hs_write_bytes(&writer, block->parent_id.bytes, sizeof block->parent_id.bytes);
    hs_write_u64(&writer, block->epoch);
    hs_write_u64(&writer, block->view);
    hs_write_u64(&writer, block->height);
    hs_write_u32(&writer, (uint32_t)block->header.size);
    hs_write_bytes(&writer, block->header.data, block->header.size);
    hs_write_bytes(&writer, block->payload.data, block->payload.size);
}

void hs_log_commit_encode(uint8_t *record, uint64_t record_number,
                          const struct hs_log_commit *commit)
{
    struct hs_writer writer =
        begin_record(record, hs_log_commit_record_bytes(commit), HS_LOG_COMMIT, record_number);
    hs_write_bytes(&writer, commit->block_id.bytes, sizeof commit->block_id.bytes);
    hs_write_u64(&writer, commit->height);
    hs_write_u64(&writer, commit->block_position.segment);
    hs_write_u32(&writer, commit->block_position.offset);
    hs_write_bytes(&writer, commit->certificate.data, commit->certificate.size);
}

struct hs_log_record_header hs_log_record_header_decode(
    const uint8_t bytes[HS_LOG_RECORD_HEADER_BYTES])
{
    struct hs_reader reader = hs_reader_over(bytes, HS_LOG_RECORD_HEADER_BYTES);
    struct hs_log_record_header header;
    (void)hs_read_span(&reader, CRC_BYTES);
    header.type = hs_read_u8(&reader);
    (void)hs_read_span(&reader, 3);
    header.record_number = hs_read_u64(&reader);
    header.body_bytes = hs_read_u32(&reader);
    return header;
}

static uint32_t record_crc(const uint8_t *record, uint32_t body_bytes)
{
    return hs_crc32c(0, record + CRC_BYTES, HS_LOG_RECORD_HEADER_BYTES - CRC_BYTES + body_bytes);
}

void hs_log_record_seal(uint8_t *record, uint32_t body_bytes)
{
    struct hs_writer writer = hs_writer_over(record, CRC_BYTES);
    hs_write_u32(&writer, record_crc(record, body_bytes));
}

bool hs_log_record_is_whole(const uint8_t *record, uint32_t body_bytes)
{
    struct hs_reader reader = hs_reader_over(record, CRC_BYTES);
    return hs_read_u32(&reader) == record_crc(record, body_bytes);
}

static void decode_head(struct hs_log_block *block, struct hs_reader *reader)
{
    hs_read_bytes(reader, block->id.bytes, sizeof block->id.bytes);
    hs_read_bytes(reader, block->parent_id.bytes, sizeof block->parent_id.bytes);
    block->epoch = hs_read_u64(reader);
    block->view = hs_read_u64(reader);
    block->height = hs_read_u64(reader);
    block->header.size = hs_read_u32(reader);
    block->header.data = hs_read_span(reader, block->header.size);
}

enum hs_status hs_log_block_head_decode(struct hs_log_block *block,
                                        const struct hs_log_record_header *header,
                                        const uint8_t *body, size_t size)
{
    struct hs_reader reader = hs_reader_over(body, size);
    decode_head(block, &reader);
    if (header->type != HS_LOG_BLOCK || reader.failed || header->body_bytes < reader.offset) {
        return HS_CORRUPT;
    }
    block->payload = (struct hs_bytes){.data = NULL, .size = header->body_bytes - reader.offset};
    return hs_log_block_record_bytes(block) != 0 ? HS_OK : HS_CORRUPT;
}

static enum hs_status decode_block(struct hs_log_block *block, struct hs_reader *reader)
{
    decode_head(block, reader);
    block->payload.size = hs_reader_left(reader);
    block->payload.data = hs_read_span(reader, block->payload.size);
    return hs_reader_end(reader) == HS_OK && hs_log_block_record_bytes(block) != 0 ? HS_OK
                                                                                   : HS_CORRUPT;
}

static enum hs_status decode_commit(struct hs_log_commit *commit, struct hs_reader *reader)
{
    hs_read_bytes(reader, commit->block_id.bytes, sizeof commit->block_id.bytes);
    commit->height = hs_read_u64(reader);
    commit->block_position.segment = hs_read_u64(reader);
    commit->block_position.offset = hs_read_u32(reader);
    commit->certificate.size = hs_reader_left(reader);
    commit->certificate.data = hs_read_span(reader, commit->certificate.size);
    return hs_reader_end(reader) == HS_OK && hs_log_commit_record_bytes(commit) != 0 ? HS_OK
                                                                                     : HS_CORRUPT;
}

enum hs_status hs_log_record_decode(struct hs_log_record *record,
                                    const struct hs_log_record_header *header, const uint8_t *body)
{
    struct hs_reader reader = hs_reader_over(body, header->body_bytes);
    if (header->type == HS_LOG_BLOCK) {
        record->type = HS_LOG_BLOCK;
        return decode_block(&record->block, &reader);
    }
    if (header->type == HS_LOG_COMMIT) {
        record->type = HS_LOG_COMMIT;
        return decode_commit(&record->commit, &reader);
    }
    return HS_CORRUPT;
}
