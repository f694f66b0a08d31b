/* Three rings that grow by doubling up to their limits, and a cursor in one frame. */
#include "network/outbound_queue.h"

#include <stdlib.h>
#include <string.h>

#define RING_CAPACITY_MIN 16u

static const struct {
    uint32_t count_max;
    uint64_t bytes_max;
} limits[HS_MESSAGE_CLASSES] = {
    [HS_CLASS_CONSENSUS] = {HS_NETWORK_CONSENSUS_QUEUE_MAX, HS_NETWORK_CONSENSUS_QUEUE_BYTES_MAX},
    [HS_CLASS_SYNC] = {HS_NETWORK_SYNC_QUEUE_MAX, HS_NETWORK_SYNC_QUEUE_BYTES_MAX},
    [HS_CLASS_TRANSACTIONS] = {HS_NETWORK_TRANSACTIONS_QUEUE_MAX,
                               HS_NETWORK_TRANSACTIONS_QUEUE_BYTES_MAX},
};

static bool ring_grow(struct hs_outbound_ring *ring)
{
    uint32_t capacity = ring->capacity > 0 ? 2 * ring->capacity : RING_CAPACITY_MIN;
    struct hs_buffer **messages = calloc(capacity, sizeof(struct hs_buffer *));
    if (messages == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < ring->count; i++) {
        messages[i] = ring->messages[(ring->head + i) % ring->capacity];
    }
    free(ring->messages);
    ring->messages = messages;
    ring->capacity = capacity;
    ring->head = 0;
    return true;
}

static struct hs_buffer *ring_pop(struct hs_outbound_ring *ring)
{
    struct hs_buffer *message = ring->messages[ring->head];
    ring->head = (ring->head + 1) % ring->capacity;
    ring->count--;
    ring->bytes -= message->size;
    return message;
}

void hs_outbound_queue_init(struct hs_outbound_queue *queue)
{
    *queue = (struct hs_outbound_queue){.current = NULL};
}

void hs_outbound_queue_release(struct hs_outbound_queue *queue)
{
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        struct hs_outbound_ring *ring = &queue->rings[i];
        while (ring->count > 0) {
            hs_buffer_release(ring_pop(ring));
        }
        free(ring->messages);
    }
    hs_buffer_release(queue->current);
    hs_outbound_queue_init(queue);
}

enum hs_status hs_outbound_queue_push(struct hs_outbound_queue *queue,
                                      enum hs_message_class message_class,
                                      struct hs_buffer *message)
{
    struct hs_outbound_ring *ring = &queue->rings[message_class];
    if (ring->count >= limits[message_class].count_max ||
        ring->bytes + message->size > limits[message_class].bytes_max) {
        return HS_FULL;
    }
    if (ring->count == ring->capacity && !ring_grow(ring)) {
        return HS_FULL;
    }
    ring->messages[(ring->head + ring->count) % ring->capacity] = hs_buffer_retain(message);
    ring->count++;
    ring->bytes += message->size;
    return HS_OK;
}

bool hs_outbound_queue_is_empty(const struct hs_outbound_queue *queue)
{
    bool is_empty = queue->current == NULL;
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        is_empty = is_empty && queue->rings[i].count == 0;
    }
    return is_empty;
}

/* Begins the next frame. False when nothing waits. */
static bool begin_frame(struct hs_outbound_queue *queue)
{
    for (uint8_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        if (queue->rings[i].count > 0) {
            queue->current = ring_pop(&queue->rings[i]);
            queue->current_class = i;
            queue->current_taken = 0;
            hs_frame_header_write(queue->header, i, queue->current->size);
            return true;
        }
    }
    return false;
}

/* Takes from the current frame what fits, up to the end of its header or message. */
static size_t take_current(struct hs_outbound_queue *queue, uint8_t *out, size_t capacity)
{
    const uint8_t *source = queue->header + queue->current_taken;
    size_t left = HS_FRAME_HEADER_BYTES - queue->current_taken;
    if (queue->current_taken >= HS_FRAME_HEADER_BYTES) {
        size_t offset = queue->current_taken - HS_FRAME_HEADER_BYTES;
        source = queue->current->data + offset;
        left = queue->current->size - offset;
    }
    size_t taken = left < capacity ? left : capacity;
    memcpy(out, source, taken);
    queue->current_taken += (uint32_t)taken;
    return taken;
}

size_t hs_outbound_queue_take(struct hs_outbound_queue *queue, uint8_t *out, size_t capacity,
                              uint64_t messages_out[HS_MESSAGE_CLASSES],
                              uint64_t bytes_out[HS_MESSAGE_CLASSES])
{
    size_t taken = 0;
    while (taken < capacity && (queue->current != NULL || begin_frame(queue))) {
        taken += take_current(queue, out + taken, capacity - taken);
        if (queue->current_taken == HS_FRAME_HEADER_BYTES + queue->current->size) {
            messages_out[queue->current_class]++;
            bytes_out[queue->current_class] += queue->current->size;
            hs_buffer_release(queue->current);
            queue->current = NULL;
        }
    }
    return taken;
}
