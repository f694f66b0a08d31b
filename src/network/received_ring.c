#include "network/received_ring.h"

#include <stdlib.h>

#define CAPACITY_MIN 64u

static struct hs_received *item_of(const struct hs_received_ring *ring, size_t index)
{
    return &ring->items[(ring->head + index) % ring->capacity];
}

static bool grow(struct hs_received_ring *ring)
{
    size_t capacity = ring->capacity > 0 ? 2 * ring->capacity : CAPACITY_MIN;
    struct hs_received *items = calloc(capacity, sizeof *items);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < ring->count; i++) {
        items[i] = *item_of(ring, i);
    }
    free(ring->items);
    ring->items = items;
    ring->capacity = capacity;
    ring->head = 0;
    return true;
}

void hs_received_ring_release(struct hs_received_ring *ring)
{
    struct hs_received received;
    while (hs_received_ring_pop(ring, &received) == HS_OK) {
        hs_buffer_release(received.message);
    }
    free(ring->items);
    *ring = (struct hs_received_ring){.items = NULL};
}

enum hs_status hs_received_ring_push(struct hs_received_ring *ring, struct hs_received received)
{
    if (ring->count == ring->capacity && !grow(ring)) {
        return HS_OUT_OF_MEMORY;
    }
    *item_of(ring, ring->count) = received;
    ring->count++;
    return HS_OK;
}

enum hs_status hs_received_ring_pop(struct hs_received_ring *ring, struct hs_received *received)
{
    if (ring->count == 0) {
        return HS_NOT_FOUND;
    }
    *received = *item_of(ring, 0);
    ring->head = (ring->head + 1) % ring->capacity;
    ring->count--;
    return HS_OK;
}

size_t hs_received_ring_forget(struct hs_received_ring *ring, uint32_t peer, size_t *notice_count)
{
    size_t kept_count = 0;
    size_t message_count = 0;
    *notice_count = 0;
    for (size_t i = 0; i < ring->count; i++) {
        struct hs_received received = *item_of(ring, i);
        if (received.peer != peer) {
            *item_of(ring, kept_count++) = received;
        } else if (received.type == HS_RECEIVED_MESSAGE) {
            message_count++;
            hs_buffer_release(received.message);
        } else {
            (*notice_count)++;
        }
    }
    ring->count = kept_count;
    return message_count;
}
