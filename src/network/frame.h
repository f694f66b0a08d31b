/* hs_frame_reader: whole messages out of a stream of bytes.
 *
 * A frame is its size (u32, little-endian: of the bytes after the class), its class (u8)
 * and that many bytes, 1 .. HS_MESSAGE_BYTES_MAX. Memory for a frame grows as its bytes
 * arrive: what a peer announces costs at most HS_FRAME_STEP_BYTES. Bytes are read straight
 * into the buffer that is handed over:
 *
 *     space = hs_frame_reader_space(reader, &capacity);
 *     ... put up to `capacity` bytes there ...
 *     status = hs_frame_reader_advance(reader, byte_count, &frame);
 */
#ifndef HS_NETWORK_FRAME_H
#define HS_NETWORK_FRAME_H

#include <hotstuff/consensus_network.h>

#define HS_FRAME_HEADER_BYTES 5u
#define HS_FRAME_STEP_BYTES   (128u * 1024u)
/* What is no message: the first frame of each side, and a sign of life. */
#define HS_FRAME_HELLO             254u
#define HS_FRAME_PING              255u
#define HS_FRAME_CONTROL_BYTES_MAX 64u

struct hs_frame {
    uint8_t frame_class;    /* an enum hs_message_class, HS_FRAME_HELLO or HS_FRAME_PING */
    struct hs_buffer *body; /* the receiver's to release */
};

struct hs_frame_reader {
    uint8_t header[HS_FRAME_HEADER_BYTES];
    uint32_t header_count; /* bytes of the header that are there */
    bool hello_done;
    uint32_t body_bytes; /* announced */
    uint32_t body_count; /* arrived */
    struct hs_buffer *body;
};

/* A reader that takes nothing but a hello first. */
void hs_frame_reader_init(struct hs_frame_reader *reader);
void hs_frame_reader_release(struct hs_frame_reader *reader);

/* Where the next bytes go, and how many at most (never 0); NULL when there is no memory. */
uint8_t *hs_frame_reader_space(struct hs_frame_reader *reader, size_t *capacity);

/* `byte_count` bytes have been put there. HS_OK with a whole frame; HS_NOT_READY when more is
 * needed; HS_MALFORMED for a size or class that no peer of ours writes, or a frame out of
 * place. */
HS_MUST_CHECK enum hs_status hs_frame_reader_advance(struct hs_frame_reader *reader,
                                                     size_t byte_count, struct hs_frame *frame);

void hs_frame_header_write(uint8_t header[HS_FRAME_HEADER_BYTES], uint8_t frame_class,
                           uint32_t body_bytes);

#endif
