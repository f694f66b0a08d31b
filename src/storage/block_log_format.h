/* The bytes of the block log.
 *
 * Files `blocks-<16 hex digits>.log`, called segments, named by the number of their first
 * record; records are numbered from 0 through all segments. Integers are little-endian. A
 * segment is a sequence of pieces, each beginning at a multiple of 512 bytes, the sector: a
 * write never touches a sector that an earlier sync made durable.
 *
 *      segment header | batch | batch | ... | zeros (space reserved ahead)
 *
 *  segment header, 36 bytes, alone in its sector:
 *      0  magic "HSBLOCKS" | 8  version u32 | 12  zero u32 | 16  first record u64
 *     24  mark u64         | 32 crc u32 of bytes 0 .. 31
 *
 *  batch, what was written by one write and one sync; header 32 bytes, then its records
 *  without gaps, then zeros up to the next sector:
 *      0  mark u64          | 8  first record u64 | 16  own offset u32
 *     20  bytes of records u32 | 24  records u32  | 28  crc u32 of bytes 0 .. 27
 *
 *  record, header 20 bytes, then its body:
 *      0  crc u32 of bytes 4 .. 19 and the body | 4  type u8 | 5  zeros (3)
 *      8  record number u64 | 16  body bytes u32
 *
 *  body of a BLOCK (type 1), 92 bytes and two byte strings:
 *      0  id (32) | 32  parent id (32) | 64  epoch u64 | 72  view u64 | 80  height u64
 *     88  header bytes u32 | 92  header | payload, up to the body's end
 *
 *  body of a COMMIT (type 2), 52 bytes and a byte string:
 *      0  block id (32) | 32  height u64 | 40  segment u64 and 48  offset u32 of the block's
 *     record | 52  certificate, up to the body's end
 *
 * The checksum is CRC-32C. The mark is random and secret: recovery looks for batch headers
 * behind a damaged place, and what it finds must not be bytes that a peer had put into a
 * payload. Each record has a checksum of its own, since it is also read alone.
 */
#ifndef HS_STORAGE_BLOCK_LOG_FORMAT_H
#define HS_STORAGE_BLOCK_LOG_FORMAT_H

#include "storage/block_log.h"

#define HS_LOG_SECTOR_BYTES        512u
#define HS_LOG_BATCH_HEADER_BYTES  32u
#define HS_LOG_RECORD_HEADER_BYTES 20u
#define HS_LOG_BLOCK_FIELDS_BYTES  92u
#define HS_LOG_COMMIT_FIELDS_BYTES 52u
#define HS_LOG_RECORD_BYTES_MAX                                                                    \
    (HS_LOG_RECORD_HEADER_BYTES + HS_LOG_BLOCK_FIELDS_BYTES + HS_LOG_HEADER_BYTES_MAX +            \
     HS_PAYLOAD_BYTES_MAX)
/* Heights stay below this, so that no sum over them overflows. */
#define HS_LOG_HEIGHT_END (UINT64_C(1) << 56)

_Static_assert(HS_LOG_BATCH_HEADER_BYTES + HS_LOG_RECORD_BYTES_MAX <= HS_LOG_BATCH_BYTES_MAX,
               "the largest record fits an empty batch");
_Static_assert(HS_LOG_CERTIFICATE_BYTES_MAX <= HS_PAYLOAD_BYTES_MAX,
               "a BLOCK is the largest record");

struct hs_log_segment_header {
    uint64_t first_record;
    uint64_t mark;
};

struct hs_log_batch_header {
    uint64_t first_record;
    uint32_t offset;
    uint32_t records_bytes;
    uint32_t record_count;
};

struct hs_log_record_header {
    uint8_t type;
    uint64_t record_number;
    uint32_t body_bytes;
};

/* Up to the next multiple of a sector. */
uint32_t hs_log_sectors(uint32_t bytes);

void hs_log_segment_name(char name[HS_FILE_NAME_BYTES_MAX], uint64_t first_record);
/* False when the name is no segment's. */
bool hs_log_segment_parse_name(const char *name, uint64_t *first_record);

/* Fills a whole sector. */
void hs_log_segment_header_encode(uint8_t sector[HS_LOG_SECTOR_BYTES],
                                  const struct hs_log_segment_header *header);
/* HS_OK; HS_NOT_FOUND when this is no segment header; HS_CORRUPT when it is one of a
 * version that this program does not read. */
HS_MUST_CHECK enum hs_status hs_log_segment_header_decode(const uint8_t sector[HS_LOG_SECTOR_BYTES],
                                                          struct hs_log_segment_header *header);

void hs_log_batch_header_encode(uint8_t bytes[HS_LOG_BATCH_HEADER_BYTES], uint64_t mark,
                                const struct hs_log_batch_header *header);
/* False when these are not the bytes of a header that was written at `offset` of the
 * segment with this mark. */
bool hs_log_batch_header_decode(const uint8_t bytes[HS_LOG_BATCH_HEADER_BYTES], uint64_t mark,
                                uint32_t offset, struct hs_log_batch_header *header);

/* The bytes that a block or commit takes as a record, headers included; 0 when a field is
 * out of range. */
uint32_t hs_log_block_record_bytes(const struct hs_log_block *block);
uint32_t hs_log_commit_record_bytes(const struct hs_log_commit *commit);
/* Write the record, its checksum left out, to memory of that many bytes. */
void hs_log_block_encode(uint8_t *record, uint64_t record_number, const struct hs_log_block *block);
void hs_log_commit_encode(uint8_t *record, uint64_t record_number,
                          const struct hs_log_commit *commit);

/* Leaves the checksum unread: another thread may be setting it. */
struct hs_log_record_header hs_log_record_header_decode(
    const uint8_t bytes[HS_LOG_RECORD_HEADER_BYTES]);
/* Sets and checks the checksum of a whole record in memory. */
void hs_log_record_seal(uint8_t *record, uint32_t body_bytes);
bool hs_log_record_is_whole(const uint8_t *record, uint32_t body_bytes);

/* Reads the body of a record whose header is known; the byte strings point into `body`.
 * `position` is left alone. HS_CORRUPT when no program of this version wrote it. */
/* A BLOCK without its payload, from the first `size` bytes of its body. */
HS_MUST_CHECK enum hs_status hs_log_block_head_decode(struct hs_log_block *block,
                                                      const struct hs_log_record_header *header,
                                                      const uint8_t *body, size_t size);
HS_MUST_CHECK enum hs_status hs_log_record_decode(struct hs_log_record *record,
                                                  const struct hs_log_record_header *header,
                                                  const uint8_t *body);

#endif
