/* Reassembly. The body lives in a buffer that doubles from HS_FRAME_STEP_BYTES up to the announced
 * size, each time it is full: at most twice of what has arrived is held, and a message no
 * longer than one step is never copied. */
#include "network/frame.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void hs_frame_header_write(uint8_t header[HS_FRAME_HEADER_BYTES], uint8_t frame_class,
                           uint32_t body_bytes)
{
    struct hs_writer writer = hs_writer_over(header, HS_FRAME_HEADER_BYTES);
    hs_write_u32(&writer, body_bytes);
    hs_write_u8(&writer, frame_class);
}

void hs_frame_reader_init(struct hs_frame_reader *reader)
{
    *reader = (struct hs_frame_reader){.hello_done = false};
}

void hs_frame_reader_release(struct hs_frame_reader *reader)
{
    hs_buffer_release(reader->body);
    reader->body = NULL;
}

static bool grow(struct hs_frame_reader *reader)
{
    size_t capacity = reader->body == NULL ? HS_FRAME_STEP_BYTES : 2u * (size_t)reader->body->size;
    if (capacity > reader->body_bytes) {
        capacity = reader->body_bytes;
    }
    struct hs_buffer *body = hs_buffer_new(capacity);
    if (body == NULL) {
        return false;
    }
    if (reader->body != NULL) {
        memcpy(body->data, reader->body->data, reader->body_count);
        hs_buffer_release(reader->body);
    }
    reader->body = body;
    return true;
}

uint8_t *hs_frame_reader_space(struct hs_frame_reader *reader, size_t *capacity)
{
    if (reader->header_count < HS_FRAME_HEADER_BYTES) {
        *capacity = HS_FRAME_HEADER_BYTES - reader->header_count;
        return reader->header + reader->header_count;
    }
    if ((reader->body == NULL || reader->body_count == reader->body->size) && !grow(reader)) {
        return NULL;
    }
    *capacity = reader->body->size - reader->body_count;
    return reader->body->data + reader->body_count;
}

/* The header is whole: takes the size from it, if this frame may come now. */
static enum hs_status begin_body(struct hs_frame_reader *reader)
{
    struct hs_reader header = hs_reader_over(reader->header, HS_FRAME_HEADER_BYTES);
    uint32_t body_bytes = hs_read_u32(&header);
    uint8_t frame_class = hs_read_u8(&header);
    bool is_hello = frame_class == HS_FRAME_HELLO;
    bool is_message = frame_class < HS_MESSAGE_CLASSES;
    if (!is_hello && !is_message && frame_class != HS_FRAME_PING) {
        return HS_MALFORMED;
    }
    uint32_t bytes_max = is_message ? HS_MESSAGE_BYTES_MAX : HS_FRAME_CONTROL_BYTES_MAX;
    if (body_bytes == 0 || body_bytes > bytes_max || is_hello == reader->hello_done) {
        return HS_MALFORMED;
    }
    reader->body_bytes = body_bytes;
    reader->body_count = 0;
    return HS_NOT_READY;
}

enum hs_status hs_frame_reader_advance(struct hs_frame_reader *reader, size_t byte_count,
                                       struct hs_frame *frame)
{
    if (reader->header_count < HS_FRAME_HEADER_BYTES) {
        HS_ASSERT(byte_count <= HS_FRAME_HEADER_BYTES - reader->header_count);
        reader->header_count += (uint32_t)byte_count;
        return reader->header_count == HS_FRAME_HEADER_BYTES ? begin_body(reader) : HS_NOT_READY;
    }
    HS_ASSERT(reader->body != NULL && byte_count <= reader->body->size - reader->body_count);
    reader->body_count += (uint32_t)byte_count;
    if (reader->body_count < reader->body_bytes) {
        return HS_NOT_READY;
    }
    frame->frame_class = reader->header[HS_FRAME_HEADER_BYTES - 1];
    frame->body = reader->body;
    reader->body = NULL;
    reader->header_count = 0;
    reader->hello_done = true;
    return HS_OK;
}
