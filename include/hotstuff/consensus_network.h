/* hs_consensus_network: the transport between validators, as the node sees it.
 *
 * It carries whole messages between members of one validator set, by their index,
 * and says who they came from: the transport has authenticated its peers. It may
 * lose, delay, repeat and reorder; it never changes a message. Three classes keep
 * what consensus waits for ahead of what can wait. All calls come from the
 * node's thread and none blocks.
 */
#ifndef HOTSTUFF_CONSENSUS_NETWORK_H
#define HOTSTUFF_CONSENSUS_NETWORK_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

/* The urgent ones first. Queues are bounded for each peer and class; what does
 * not fit is dropped, and counted. */
enum hs_message_class {
    HS_CLASS_CONSENSUS,
    HS_CLASS_SYNC,
    HS_CLASS_TRANSACTIONS,
};
#define HS_MESSAGE_CLASSES 3u

/* Bytes shared by several owners in one thread at a time: the last release frees
 * them. A message is encoded once and queued for every peer without a copy. */
struct hs_buffer {
    uint32_t references;
    uint32_t size;
    uint8_t data[];
};

/* A buffer of `size` bytes (at most HS_MESSAGE_BYTES_MAX) with one reference;
 * NULL when there is no memory. */
HS_PUBLIC struct hs_buffer *hs_buffer_new(size_t size);
HS_PUBLIC struct hs_buffer *hs_buffer_retain(struct hs_buffer *buffer);
HS_PUBLIC void hs_buffer_release(struct hs_buffer *buffer);

enum hs_received_type {
    HS_RECEIVED_MESSAGE,
    HS_RECEIVED_CONNECTED, /* the peer has proved its key: from now on it hears us */
    HS_RECEIVED_DISCONNECTED,
};

struct hs_received {
    enum hs_received_type type;
    uint32_t peer;
    struct hs_buffer *message; /* the receiver's to release; NULL unless a message */
};

struct hs_consensus_network {
    void *context;
    /* Queues a message for one peer; the network takes a reference of its own.
     * HS_UNREACHABLE when there is no connection, HS_FULL when the queue is. */
    enum hs_status (*send)(void *context, uint32_t to, enum hs_message_class message_class,
                           struct hs_buffer *message);
    /* Queues a message for every connected peer. */
    void (*broadcast)(void *context, enum hs_message_class message_class,
                      struct hs_buffer *message);
    /* The next thing received; HS_NOT_FOUND when there is nothing. */
    enum hs_status (*receive)(void *context, struct hs_received *received);
    /* Closes the connection of a peer that broke the protocol; it may dial again
     * after a while. */
    void (*drop_peer)(void *context, uint32_t peer, enum hs_status why);
};

#endif
