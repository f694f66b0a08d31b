/* hs_simulated_*: the inside of the simulated network.
 *
 *   simulated_chance.c     what is random
 *   simulated_links.c      links, connections and inboxes: who knows whom, and what they are told
 *   simulated_transport.c  what the nodes call, and a message's way up to the heap
 *   simulated_network.c    what the owner calls, and a message's way down from it
 *
 * A link is one direction between two nodes, and decides alone whether messages pass. What two nodes
 * were told about their connection is kept beside it, for both directions alike: it only makes
 * notices and the answer of `send`. Nodes go by their index; `number` of a link is what its
 * sender calls its receiver.
 */
#ifndef HS_NETWORK_SIMULATED_PARTS_H
#define HS_NETWORK_SIMULATED_PARTS_H

#include <hotstuff/simulated_network.h>

#include "network/delivery_heap.h"
#include "network/peer_table.h"
#include "network/received_ring.h"
#include "network/simulated_chance.h"

#define HS_SIMULATED_NEVER_NS UINT64_MAX

struct hs_simulated_link {
    uint32_t number;          /* HS_PEERS_MAX: the one does not know the other */
    uint64_t last_arrival_ns; /* of those that nothing behind them may overtake */
    bool up;
    bool clogged;       /* what is sent arrives never, until it is let go */
    bool cut_announced; /* the sender knows that it is cut */
    /* The same in both directions of a pair: */
    bool told_connected;
    bool dropped; /* by one of the two; dialed again after a while */
};

/* What a node can receive. */
struct hs_simulated_inbox {
    struct hs_received_ring ring;
    size_t notice_count;
};

struct hs_simulated_endpoint {
    struct hs_simulated_network *network;
    uint32_t index;
    bool running;
    struct hs_ed25519_public_key keys[HS_NODE_KEYS_MAX];
    uint32_t key_count;
    uint32_t shown_key;              /* its place: by that one the others know it */
    struct hs_peer_table table;      /* whom it knows */
    uint32_t index_of[HS_PEERS_MAX]; /* by number; HS_VALIDATORS_MAX: no node's */
    struct hs_simulated_inbox inbox;
    struct hs_consensus_network transport;
};

struct hs_simulated_network {
    struct hs_simulated_network_config config;
    uint64_t now_ns;
    struct hs_chance chance;
    struct hs_delivery_heap under_way;
    struct hs_simulated_link *links; /* [from * node_count + to] */
    struct hs_simulated_endpoint *endpoints;
    struct hs_bitmap receivers; /* whose inbox holds something */
    struct hs_simulated_network_counts counts;
    uint32_t loss_of_type_per_mille[256]; /* on top of the configured */
    hs_simulated_filter *filter;
    void *filter_context;
    bool observed;
    struct hs_simulated_observer observer;
};

/* -- simulated_links.c ------------------------------------------------------- */

static inline struct hs_simulated_link *hs_simulated_link_of(
    const struct hs_simulated_network *network, uint32_t from, uint32_t to)
{
    return &network->links[(size_t)from * network->config.node_count + to];
}

/* Counts a message as lost and releases it. */
void hs_simulated_lose(struct hs_simulated_network *network, struct hs_buffer *message);
/* Loses the messages under way on the connection from one node to another. */
void hs_simulated_lose_link(struct hs_simulated_network *network, uint32_t from, uint32_t to);

/* False when the inbox is full: its node does not read, and is not waited for. */
bool hs_simulated_inbox_push(struct hs_simulated_network *network, uint32_t to,
                             struct hs_received received);
HS_MUST_CHECK enum hs_status hs_simulated_inbox_pop(struct hs_simulated_network *network,
                                                    uint32_t index, struct hs_received *received);
void hs_simulated_inbox_clear(struct hs_simulated_network *network, uint32_t index);

/* Whether each has the other in its list. */
bool hs_simulated_know_each_other(const struct hs_simulated_network *network, uint32_t a,
                                  uint32_t b);
/* Whether the two could shake hands: that takes both directions. */
bool hs_simulated_can_connect(const struct hs_simulated_network *network, uint32_t a, uint32_t b);
void hs_simulated_tell_connected(struct hs_simulated_network *network, uint32_t a, uint32_t b);
void hs_simulated_tell_disconnected(struct hs_simulated_network *network, uint32_t a, uint32_t b);
void hs_simulated_set_dropped(struct hs_simulated_network *network, uint32_t a, uint32_t b,
                              bool dropped);
/* Tells the observer, if there is one, whether messages pass. */
void hs_simulated_observe_link(const struct hs_simulated_network *network, uint32_t from,
                               uint32_t to);

/* Connects and disconnects a node as its table now says. */
void hs_simulated_follow_table(struct hs_simulated_network *network, uint32_t self);
static inline const struct hs_ed25519_public_key *hs_simulated_shown_key(
    const struct hs_simulated_network *network, uint32_t index)
{
    const struct hs_simulated_endpoint *endpoint = &network->endpoints[index];
    return &endpoint->keys[endpoint->shown_key];
}
/* A stopped node shows another key: the others know it by that from now on, or no more. */
void hs_simulated_follow_key(struct hs_simulated_network *network, uint32_t index);
/* The same while it may run: its connections end, and are made anew with who knows that key. */
void hs_simulated_show_key(struct hs_simulated_network *network, uint32_t index, uint32_t place);

/* -- simulated_transport.c --------------------------------------------------- */

/* Sets the calls of an endpoint. */
void hs_simulated_transport_init(struct hs_simulated_endpoint *endpoint);

#endif
