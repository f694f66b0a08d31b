/* The frame reader over arbitrary bytes, cut in arbitrary pieces.
 *
 * The first byte is the size of the pieces. What comes out must be whole, of a known class and
 * within its limits, the first frame a hello and no later one; and the reader never holds more
 * than a step beyond twice what has arrived. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "network/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_frame(const struct hs_frame *frame, bool is_first)
{
    bool is_message = frame->frame_class < HS_MESSAGE_CLASSES;
    bool is_hello = frame->frame_class == HS_FRAME_HELLO;
    check(is_message || is_hello || frame->frame_class == HS_FRAME_PING);
    check(is_hello == is_first);
    check(frame->body->size >= 1);
    check(frame->body->size <= (is_message ? HS_MESSAGE_BYTES_MAX : HS_FRAME_CONTROL_BYTES_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    if (data_size == 0) {
        return 0;
    }
    size_t piece_max = (size_t)data[0] + 1;
    struct hs_frame_reader reader;
    hs_frame_reader_init(&reader);
    bool is_first = true;
    enum hs_status status = HS_NOT_READY;
    for (size_t offset = 1; offset < data_size && status != HS_MALFORMED;) {
        size_t capacity = 0;
        uint8_t *space = hs_frame_reader_space(&reader, &capacity);
        check(space != NULL && capacity > 0 && capacity <= HS_FRAME_STEP_BYTES + reader.body_count);
        size_t piece = capacity < piece_max ? capacity : piece_max;
        piece = piece < data_size - offset ? piece : data_size - offset;
        memcpy(space, data + offset, piece);
        offset += piece;
        struct hs_frame frame;
        status = hs_frame_reader_advance(&reader, piece, &frame);
        if (status == HS_OK) {
            check_frame(&frame, is_first);
            hs_buffer_release(frame.body);
            is_first = false;
        }
    }
    hs_frame_reader_release(&reader);
    return 0;
}
