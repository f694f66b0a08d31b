/* hs_tcp_inbox: what was received and not yet taken by the node.
 *
 * One ring for each class: what is urgent is handed over first. That a peer came or went
 * travels in the urgent ring, so nothing of a connection is handed over before the news of it; what
 * a peer sent in other classes may follow the news that it went. Each peer's share
 * is counted: whoever is over its share is not read from until the node has caught up, and holds
 * up no other.
 */
#ifndef HS_NETWORK_TCP_INBOX_H
#define HS_NETWORK_TCP_INBOX_H

#include "network/received_ring.h"

struct hs_tcp_inbox_share {
    uint32_t count;
    uint64_t bytes;
};

struct hs_tcp_inbox {
    struct hs_received_ring rings[HS_MESSAGE_CLASSES];
    struct hs_tcp_inbox_share shares[HS_PEERS_MAX];
};

/* An inbox is all zero at first. */
void hs_tcp_inbox_release(struct hs_tcp_inbox *inbox);

/* Takes the reference of a message over. HS_OUT_OF_MEMORY leaves it with the caller. */
HS_MUST_CHECK enum hs_status hs_tcp_inbox_push(struct hs_tcp_inbox *inbox,
                                               enum hs_message_class message_class,
                                               struct hs_received received);

/* HS_NOT_FOUND when there is nothing. */
HS_MUST_CHECK enum hs_status hs_tcp_inbox_pop(struct hs_tcp_inbox *inbox,
                                              struct hs_received *received);

/* Drops all that is of one peer. */
void hs_tcp_inbox_forget(struct hs_tcp_inbox *inbox, uint32_t peer);

bool hs_tcp_inbox_is_empty(const struct hs_tcp_inbox *inbox);

/* Whether a peer has used up its share, and whether half of it is free again. */
bool hs_tcp_inbox_is_full_of(const struct hs_tcp_inbox *inbox, uint32_t peer);
bool hs_tcp_inbox_has_room_for(const struct hs_tcp_inbox *inbox, uint32_t peer);

#endif
