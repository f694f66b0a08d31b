/* The bound of the rings is the sum of the shares: a reader that pauses at its share goes over it by
 * what one read of the socket holds, no more. */
#include "network/tcp_inbox.h"

#include <string.h>

static uint64_t bytes_of(const struct hs_received *received)
{
    return received->message != NULL ? received->message->size : 0;
}

void hs_tcp_inbox_release(struct hs_tcp_inbox *inbox)
{
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        hs_received_ring_release(&inbox->rings[i]);
    }
    memset(inbox->shares, 0, sizeof inbox->shares);
}

enum hs_status hs_tcp_inbox_push(struct hs_tcp_inbox *inbox, enum hs_message_class message_class,
                                 struct hs_received received)
{
    enum hs_status status = hs_received_ring_push(&inbox->rings[message_class], received);
    if (status == HS_OK) {
        inbox->shares[received.peer].count++;
        inbox->shares[received.peer].bytes += bytes_of(&received);
    }
    return status;
}

enum hs_status hs_tcp_inbox_pop(struct hs_tcp_inbox *inbox, struct hs_received *received)
{
    enum hs_status status = HS_NOT_FOUND;
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES && status != HS_OK; i++) {
        status = hs_received_ring_pop(&inbox->rings[i], received);
    }
    if (status == HS_OK) {
        inbox->shares[received->peer].count--;
        inbox->shares[received->peer].bytes -= bytes_of(received);
    }
    return status;
}

void hs_tcp_inbox_forget(struct hs_tcp_inbox *inbox, uint32_t peer)
{
    size_t notice_count;
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        hs_received_ring_forget(&inbox->rings[i], peer, &notice_count);
    }
    inbox->shares[peer] = (struct hs_tcp_inbox_share){0};
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
