/* hs_reader, hs_writer: bounded byte cursors, little-endian integers.
 *
 * Both remember the first failure and do nothing more after it, so that a decoder
 * or encoder is a straight list of fields with one check at the end. A reader
 * never hands out more bytes than there are; a writer never writes past its end.
 */
#ifndef HS_BASE_BYTES_H
#define HS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hotstuff/status.h>

struct hs_reader {
    const uint8_t *data;
    size_t size;
    size_t offset;
    bool failed;
};

struct hs_writer {
    uint8_t *data;
    size_t capacity;
    size_t offset;
    bool failed;
};

struct hs_reader hs_reader_over(const void *data, size_t size);
/* After a failure integers are 0 and byte fields all zero. */
uint8_t hs_read_u8(struct hs_reader *reader);
uint16_t hs_read_u16(struct hs_reader *reader);
uint32_t hs_read_u32(struct hs_reader *reader);
uint64_t hs_read_u64(struct hs_reader *reader);
void hs_read_bytes(struct hs_reader *reader, void *out, size_t size);
/* `size` bytes in place; NULL (and failed) when there are fewer. */
const uint8_t *hs_read_span(struct hs_reader *reader, size_t size);
size_t hs_reader_left(const struct hs_reader *reader);
void hs_reader_fail(struct hs_reader *reader);
/* HS_OK when all was read and nothing failed or is left over; else HS_MALFORMED. */
HS_MUST_CHECK enum hs_status hs_reader_end(const struct hs_reader *reader);

struct hs_writer hs_writer_over(void *data, size_t capacity);
void hs_write_u8(struct hs_writer *writer, uint8_t value);
void hs_write_u16(struct hs_writer *writer, uint16_t value);
void hs_write_u32(struct hs_writer *writer, uint32_t value);
void hs_write_u64(struct hs_writer *writer, uint64_t value);
void hs_write_bytes(struct hs_writer *writer, const void *data, size_t size);

#endif
