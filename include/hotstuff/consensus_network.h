/* hs_consensus_network: the transport between validators, as the node sees it.
 *
 * It carries whole messages between peers and says who they came from: the transport has
 * authenticated them by their network keys. Which keys may be here, and the number of each, the node
 * says: a validator's index is its place in the set of one epoch, while a peer keeps its number from
 * epoch to epoch. Messages may be lost, delayed, repeated and reordered; they are never changed. Three
 * classes keep what consensus waits for ahead of what can wait. All calls come from the node's
 * thread and none blocks.
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

struct hs_peer {
    uint32_t number; /* below HS_PEERS_MAX; the node's choice, nobody else's in the same list */
    struct hs_ed25519_public_key key; /* nobody else's in the same list */
    /* Where it is dialed, "host:port" or "[v6]:port", copied. NULL, "" or what can't be read: not
     * known; without either this side never dials. The one is the word of this node's owner. The
     * other is that of whoever holds the key, and may name a victim: it is dialed with care. */
    const char *address;
    const char *claimed_address;
    /* When it comes to be true it is dialed at once, however long it was not reached before. */
    bool is_awaited;
};

enum hs_received_type {
    HS_RECEIVED_MESSAGE,
    HS_RECEIVED_CONNECTED, /* the peer has proved its key: from now on it hears us */
    HS_RECEIVED_DISCONNECTED,
};

struct hs_received {
    enum hs_received_type type;
    uint32_t peer;             /* its number */
    struct hs_buffer *message; /* the receiver's to release; NULL unless a message */
};

struct hs_consensus_network {
    void *context;
    /* Replaces the list of those that may be here.
     *
     * Who keeps number and key keeps the connection; a new address is dialed when that is lost, or
     * at once when there is none (a claimed one when it is its turn). Who is new is dialed, or let
     * in when it dials: of two peers the one with the lower key (bytewise) dials. Who is no longer
     * in the list is disconnected at once: what was queued for it or received from it is dropped,
     * nothing more is received of it (not even that it went), and its number is free. The own keys
     * may be listed and are passed over.
     *
     * HS_OK; HS_FULL for more than HS_PEERS_MAX peers and HS_INVALID_ARGUMENT for a number that is
     * too high, or two with one number or one key: then nothing has changed. */
    enum hs_status (*set_peers)(void *context, const struct hs_peer peers[], size_t count);
    /* Queues a message for one peer; the network takes a reference of its own.
     * HS_UNREACHABLE when there is no connection, HS_FULL when the queue is, HS_INVALID_ARGUMENT
     * when nobody has that number or the message's size is out of range. */
    enum hs_status (*send)(void *context, uint32_t to, enum hs_message_class message_class,
                           struct hs_buffer *message);
    /* Queues one message, without a copy, for all of these that are connected. */
    void (*broadcast)(void *context, const uint32_t to[], size_t count,
                      enum hs_message_class message_class, struct hs_buffer *message);
    /* The next thing received; HS_NOT_FOUND when there is nothing. */
    enum hs_status (*receive)(void *context, struct hs_received *received);
    /* Closes the connection of a peer that broke the protocol; it may dial again
     * after a while. */
    void (*drop_peer)(void *context, uint32_t peer, enum hs_status why);
    /* From now on this side shows `key`, one of those that the transport was made with; at first it
     * is the first of them. Connections that were made under another one are closed, which the node
     * is told as of any other, and made anew. None of these keys is ever a peer, whichever is
     * shown. HS_NOT_FOUND for a key that it was not made with: then nothing has changed. A node
     * with one key never calls it. */
    enum hs_status (*use_identity)(void *context, const struct hs_ed25519_public_key *key);
};

#endif
