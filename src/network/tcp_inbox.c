/* Rings that grow by doubling. Their bound is the sum of the shares: a reader that pauses at its
 * share goes over it by what one read of the socket holds, no more. */
#include "network/tcp_inbox.h"

#include <stdlib.h>

#define RING_CAPACITY_MIN 64u

static bool ring_grow(struct hs_tcp_inbox_ring *ring)
{
    size_t capacity = ring->capacity > 0 ? 2 * ring->capacity : RING_CAPACITY_MIN;
    struct hs_received *items = calloc(capacity, sizeof *items);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < ring->count; i++) {
        items[i] = ring->items[(ring->head + i) % ring->capacity];
    }
    free(ring->items);
    ring->items = items;
    ring->capacity = capacity;
    ring->head = 0;
    return true;
}

void hs_tcp_inbox_release(struct hs_tcp_inbox *inbox)
{
    struct hs_received received;
    while (hs_tcp_inbox_pop(inbox, &received) == HS_OK) {
        hs_buffer_release(received.message);
    }
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        free(inbox->rings[i].items);
        inbox->rings[i] = (struct hs_tcp_inbox_ring){.items = NULL};
    }
}

enum hs_status hs_tcp_inbox_push(struct hs_tcp_inbox *inbox, enum hs_message_class message_class,
                             struct hs_received received)
{
    struct hs_tcp_inbox_ring *ring = &inbox->rings[message_class];
    if (ring->count == ring->capacity && !ring_grow(ring)) {
        return HS_OUT_OF_MEMORY;
    }
    ring->items[(ring->head + ring->count) % ring->capacity] = received;
    ring->count++;
    inbox->shares[received.peer].count++;
    inbox->shares[received.peer].bytes += received.message != NULL ? received.message->size : 0;
    return HS_OK;
}

enum hs_status hs_tcp_inbox_pop(struct hs_tcp_inbox *inbox, struct hs_received *received)
{
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        struct hs_tcp_inbox_ring *ring = &inbox->rings[i];
        if (ring->count > 0) {
            *received = ring->items[ring->head];
            ring->head = (ring->head + 1) % ring->capacity;
            ring->count--;
            struct hs_tcp_inbox_share *share = &inbox->shares[received->peer];
            share->count--;
            share->bytes -= received->message != NULL ? received->message->size : 0;
            return HS_OK;
        }
    }
    return HS_NOT_FOUND;
}

bool hs_tcp_inbox_is_empty(const struct hs_tcp_inbox *inbox)
{
    bool is_empty = true;
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        is_empty = is_empty && inbox->rings[i].count == 0;
    }
    return is_empty;
}

bool hs_tcp_inbox_is_full_of(const struct hs_tcp_inbox *inbox, uint32_t peer)
{
    return inbox->shares[peer].count >= HS_NETWORK_INBOX_MAX ||
           inbox->shares[peer].bytes >= HS_NETWORK_INBOX_BYTES_MAX;
}

bool hs_tcp_inbox_has_room_for(const struct hs_tcp_inbox *inbox, uint32_t peer)
{
    return inbox->shares[peer].count <= HS_NETWORK_INBOX_MAX / 2 &&
           inbox->shares[peer].bytes <= HS_NETWORK_INBOX_BYTES_MAX / 2;
}
