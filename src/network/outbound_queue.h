/* hs_outbound_queue: what waits to go to one peer, as a stream of frames.
 *
 * One bounded ring for each class. A frame that has begun is finished; then the next one
 * comes from the most urgent class that has any. Messages are not copied until their bytes
 * are taken for encryption.
 */
#ifndef HS_NETWORK_OUTBOUND_QUEUE_H
#define HS_NETWORK_OUTBOUND_QUEUE_H

#include <hotstuff/consensus_network.h>

#include "network/frame.h"

struct hs_outbound_ring {
    struct hs_buffer **messages;
    uint32_t capacity;
    uint32_t head;
    uint32_t count;
    uint64_t bytes;
};

struct hs_outbound_queue {
    struct hs_outbound_ring rings[HS_MESSAGE_CLASSES];
    /* The frame that has begun; NULL between two. */
    struct hs_buffer *current;
    uint8_t current_class;
    uint8_t header[HS_FRAME_HEADER_BYTES];
    uint32_t current_taken; /* bytes of header and message */
};

void hs_outbound_queue_init(struct hs_outbound_queue *queue);
void hs_outbound_queue_release(struct hs_outbound_queue *queue);

/* Takes a reference. HS_FULL at the limits of the class, or when there is no memory. */
HS_MUST_CHECK enum hs_status hs_outbound_queue_push(struct hs_outbound_queue *queue,
                                                    enum hs_message_class message_class,
                                                    struct hs_buffer *message);

bool hs_outbound_queue_is_empty(const struct hs_outbound_queue *queue);

/* Takes the next bytes of the stream, at most `capacity`. Returns how many; adds the messages and
 * bytes of which the last byte was taken to messages_out[] and bytes_out[], by class. */
size_t hs_outbound_queue_take(struct hs_outbound_queue *queue, uint8_t *out, size_t capacity,
                              uint64_t messages_out[HS_MESSAGE_CLASSES],
                              uint64_t bytes_out[HS_MESSAGE_CLASSES]);

#endif
