/* hs_delivery_heap: what is under way in the simulated network, the first to arrive on top.
 *
 * The order is by (arrival, number of the send), a total order, so nothing of a run depends on how
 * the heap is laid out. An arrival of UINT64_MAX is never: what a clogged link holds back.
 */
#ifndef HS_NETWORK_DELIVERY_HEAP_H
#define HS_NETWORK_DELIVERY_HEAP_H

#include <hotstuff/consensus_network.h>

#include <stdbool.h>

/* One message under way; without a message: the moment a dropped connection is dialed again. */
struct hs_delivery {
    uint64_t arrival_ns;
    uint64_t number; /* given by push */
    uint32_t from;
    uint32_t to;
    bool is_replay; /* belongs to no connection, and survives its end */
    uint32_t
        shown_key; /* of a replay: the key of its sender that it was sent under, by its place */
    struct hs_buffer *message;
};

struct hs_delivery_heap {
    struct hs_delivery *items;
    size_t capacity;
    size_t count;
    size_t redial_count; /* items without a message */
    uint64_t next_number;
};

/* When the first one arrives; UINT64_MAX: never. */
uint64_t hs_delivery_heap_next_ns(const struct hs_delivery_heap *heap);
/* Takes over the delivery's reference. False, and nothing taken, when there is no memory. */
bool hs_delivery_heap_push(struct hs_delivery_heap *heap, struct hs_delivery delivery);
/* The first one; the heap is not empty. */
struct hs_delivery hs_delivery_heap_pop(struct hs_delivery_heap *heap);
/* Whether it is under way on the connection from one node to another, which replays are not. */
bool hs_delivery_is_on_link(const struct hs_delivery *delivery, uint32_t from, uint32_t to);
/* Drops what is under way on the connection from one node to another, and returns how many messages
 * that were. */
size_t hs_delivery_heap_drop_link(struct hs_delivery_heap *heap, uint32_t from, uint32_t to);
/* What is under way on the connection arrives at that time, in the order of the sends. */
void hs_delivery_heap_put_off(struct hs_delivery_heap *heap, uint32_t from, uint32_t to,
                              uint64_t arrival_ns);
/* Releases all messages and the memory. */
void hs_delivery_heap_free(struct hs_delivery_heap *heap);

#endif
