/* Integers are put together byte by byte: right on every byte order and alignment, and
 * compilers make one load or store of it.
 */
#include "base/bytes.h"

#include <string.h>

/* What a cursor over no memory points to, so that no sum is ever made with NULL. */
static uint8_t nowhere[1];

struct hs_reader hs_reader_over(const void *data, size_t size)
{
    return (struct hs_reader){
        .data = data != NULL ? data : nowhere,
        .size = data != NULL ? size : 0,
    };
}

size_t hs_reader_left(const struct hs_reader *reader)
{
    return reader->failed ? 0 : reader->size - reader->offset;
}

void hs_reader_fail(struct hs_reader *reader)
{
    reader->failed = true;
}

const uint8_t *hs_read_span(struct hs_reader *reader, size_t size)
{
    if (reader->failed || size > reader->size - reader->offset) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *span = reader->data + reader->offset;
    reader->offset += size;
    return span;
}

uint8_t hs_read_u8(struct hs_reader *reader)
{
    const uint8_t *in = hs_read_span(reader, 1);
    return in != NULL ? in[0] : 0;
}

uint16_t hs_read_u16(struct hs_reader *reader)
{
    const uint8_t *in = hs_read_span(reader, 2);
    return in != NULL ? (uint16_t)(in[0] | in[1] << 8) : 0;
}

uint32_t hs_read_u32(struct hs_reader *reader)
{
    const uint8_t *in = hs_read_span(reader, 4);
    if (in == NULL) {
        return 0;
    }
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

uint64_t hs_read_u64(struct hs_reader *reader)
{
    const uint8_t *in = hs_read_span(reader, 8);
    if (in == NULL) {
        return 0;
    }
    return (uint64_t)in[0] | (uint64_t)in[1] << 8 | (uint64_t)in[2] << 16 | (uint64_t)in[3] << 24 |
           (uint64_t)in[4] << 32 | (uint64_t)in[5] << 40 | (uint64_t)in[6] << 48 |
           (uint64_t)in[7] << 56;
}

void hs_read_bytes(struct hs_reader *reader, void *out, size_t size)
{
    const uint8_t *in = hs_read_span(reader, size);
    if (size == 0) {
        return;
    }
    if (in != NULL) {
        memcpy(out, in, size);
    } else {
        memset(out, 0, size);
    }
}

enum hs_status hs_reader_end(const struct hs_reader *reader)
{
    return !reader->failed && reader->offset == reader->size ? HS_OK : HS_MALFORMED;
}

struct hs_writer hs_writer_over(void *data, size_t capacity)
{
    return (struct hs_writer){
        .data = data != NULL ? data : nowhere,
        .capacity = data != NULL ? capacity : 0,
    };
}

/* Where the next `size` bytes go; NULL (and failed) when they do not fit. */
static uint8_t *take(struct hs_writer *writer, size_t size)
{
    if (writer->failed || size > writer->capacity - writer->offset) {
        writer->failed = true;
        return NULL;
    }
    uint8_t *span = writer->data + writer->offset;
    writer->offset += size;
    return span;
}

void hs_write_u8(struct hs_writer *writer, uint8_t value)
{
    uint8_t *out = take(writer, 1);
    if (out != NULL) {
        out[0] = value;
    }
}

void hs_write_u16(struct hs_writer *writer, uint16_t value)
{
    uint8_t *out = take(writer, 2);
    if (out != NULL) {
        out[0] = (uint8_t)value;
        out[1] = (uint8_t)(value >> 8);
    }
}

void hs_write_u32(struct hs_writer *writer, uint32_t value)
{
    uint8_t *out = take(writer, 4);
    if (out != NULL) {
        out[0] = (uint8_t)value;
        out[1] = (uint8_t)(value >> 8);
        out[2] = (uint8_t)(value >> 16);
        out[3] = (uint8_t)(value >> 24);
    }
}

void hs_write_u64(struct hs_writer *writer, uint64_t value)
{
    uint8_t *out = take(writer, 8);
    if (out != NULL) {
        out[0] = (uint8_t)value;
        out[1] = (uint8_t)(value >> 8);
        out[2] = (uint8_t)(value >> 16);
        out[3] = (uint8_t)(value >> 24);
        out[4] = (uint8_t)(value >> 32);
        out[5] = (uint8_t)(value >> 40);
        out[6] = (uint8_t)(value >> 48);
        out[7] = (uint8_t)(value >> 56);
    }
}

void hs_write_bytes(struct hs_writer *writer, const void *data, size_t size)
{
    uint8_t *out = take(writer, size);
    if (out != NULL && size > 0) {
        memcpy(out, data, size);
    }
}
