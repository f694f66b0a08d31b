/* hs_received_ring: what can be received, in the order in which it came.
 *
 * A ring that grows by doubling; its owner bounds what it puts in. What is of one peer can be taken out
 * of the middle, for peers whose numbers go to others.
 */
#ifndef HS_NETWORK_RECEIVED_RING_H
#define HS_NETWORK_RECEIVED_RING_H

#include <hotstuff/consensus_network.h>

/* All zero at first. */
struct hs_received_ring {
    struct hs_received *items;
    size_t capacity;
    size_t head;
    size_t count;
};

/* Releases the messages and the memory; the ring can be used again. */
void hs_received_ring_release(struct hs_received_ring *ring);

/* Takes the reference of a message over. HS_OUT_OF_MEMORY leaves it with the caller. */
HS_MUST_CHECK enum hs_status hs_received_ring_push(struct hs_received_ring *ring,
                                                   struct hs_received received);

/* HS_NOT_FOUND when there is nothing. */
HS_MUST_CHECK enum hs_status hs_received_ring_pop(struct hs_received_ring *ring,
                                                  struct hs_received *received);

/* Drops all that is of one peer; the rest stays in order. Returns how many messages that were, and
 * in *notice_count how many notices. */
size_t hs_received_ring_forget(struct hs_received_ring *ring, uint32_t peer, size_t *notice_count);

#endif
