/* hs_simulated_network: transports between n nodes in one process, over virtual
 * time, deterministic by seed.
 *
 * Nothing happens by itself: messages are handed over when the owner advances the
 * clock. Delay, loss, replay and reordering are drawn from one generator, in
 * the order of the sends, so the same calls with the same seed give the same run.
 * A link between two nodes can be cut or clogged in one direction or both.
 *
 * Nodes have an index here, and know each other by the numbers they gave by set_peers. At first
 * everybody knows everybody, a node's number being its index. Two nodes are connected when each has
 * the other in its list; else a message is refused as where there is no connection.
 */
#ifndef HOTSTUFF_SIMULATED_NETWORK_H
#define HOTSTUFF_SIMULATED_NETWORK_H

#include <hotstuff/consensus_network.h>

struct hs_simulated_network_config {
    uint32_t node_count;
    uint64_t seed;
    uint64_t delay_min_ns;  /* every message takes at least this ... */
    uint64_t delay_mean_ns; /* ... and this on average, exponentially (integers only) */
    uint32_t loss_per_mille;
    uint32_t replay_per_mille;  /* messages that arrive again, past the order of their link ... */
    uint64_t replay_mean_ns;    /* ... so much later on average, on a later connection too */
    uint32_t reorder_per_mille; /* messages that others may overtake; else links are FIFO */
    uint32_t in_flight_max;     /* messages under way at once; what exceeds it is lost */
    /* [node_count], no two alike, copied; NULL: made from the indexes. */
    const struct hs_ed25519_public_key *keys;
};

struct hs_simulated_network;

/* Messages sent so far, by the first byte (the type) of each, and their bytes. */
struct hs_simulated_network_counts {
    uint64_t sent[256];
    uint64_t sent_bytes;
    uint64_t lost;
    uint64_t delivered;
};

/* Sees every message as it is sent (before loss); may change where it goes:
 * returning false loses it. For attackers, scripted schedules and traces. */
typedef bool hs_simulated_filter(void *context, uint64_t now_ns, uint32_t from, uint32_t to,
                                 const struct hs_buffer *message);

/* Is told what becomes of messages and links, as it happens; it changes nothing. For traces. */
struct hs_simulated_observer {
    void *context;
    /* A copy goes under way. Each has a number, the later one the higher. */
    void (*sent)(void *context, uint64_t number, uint32_t from, uint32_t to,
                 const struct hs_buffer *message);
    /* It never went under way: it was lost as it was sent. */
    void (*refused)(void *context, uint32_t from, uint32_t to, const struct hs_buffer *message);
    /* The copy with this number has arrived, or was lost under way. */
    void (*arrived)(void *context, uint64_t number);
    void (*lost)(void *context, uint64_t number);
    /* Messages from one node to another pass from now on, or do not: the link was cut, clogged or
     * mended, the connection was dropped or dialed again, or one of the two began or ceased to know
     * the other. Told again, it may be the same. */
    void (*link)(void *context, uint32_t from, uint32_t to, bool passes);
};

/* All links start connected. At most HS_VALIDATORS_MAX nodes. NULL when there is no memory. */
HS_PUBLIC struct hs_simulated_network *hs_create_simulated_network(
    const struct hs_simulated_network_config *config);
HS_PUBLIC void hs_simulated_network_free(struct hs_simulated_network *network);

/* The transport of node `index`, to hand to hs_node_set_consensus_network. Owned by
 * the network. */
HS_PUBLIC const struct hs_consensus_network *hs_simulated_network_transport(
    struct hs_simulated_network *network, uint32_t index);

/* The key by which others know node `index`: the one that it shows. */
HS_PUBLIC struct hs_ed25519_public_key hs_simulated_network_key(
    const struct hs_simulated_network *network, uint32_t index);
/* The node has these keys, which no other node has, and shows the first until use_identity says
 * otherwise: who knows it by another one only, knows it no more. It is stopped; 1 to
 * HS_NODE_KEYS_MAX. */
HS_PUBLIC void hs_simulated_network_set_keys(struct hs_simulated_network *network, uint32_t index,
                                             const struct hs_ed25519_public_key keys[],
                                             uint32_t key_count);

/* The time at which the next message arrives; UINT64_MAX when none is under way. */
HS_PUBLIC uint64_t hs_simulated_network_next_ns(const struct hs_simulated_network *network);
/* Moves to now_ns: what has arrived by then can be received. Returns how many
 * messages arrived; `receivers` gets a bit set for each node that has something. */
HS_PUBLIC size_t hs_simulated_network_advance(struct hs_simulated_network *network, uint64_t now_ns,
                                              struct hs_bitmap *receivers);

/* Has the node something to receive: a message, or word of a connection that came or went? The latter
 * comes at once, whenever the other end or the network makes it so. */
HS_PUBLIC bool hs_simulated_network_has_received(const struct hs_simulated_network *network,
                                                 uint32_t index);

/* Cuts or mends the link from one node to another, that direction only. What is
 * under way on it is lost when it is cut. Both ends hear of it as a connection
 * that goes down or comes up when `announce` is set, and of a mending also when they were
 * told that it was down. */
HS_PUBLIC void hs_simulated_network_set_link(struct hs_simulated_network *network, uint32_t from,
                                             uint32_t to, bool up, bool announce);
/* A clogged link, that direction only, holds back what is under way and what is sent,
 * and delivers it all at once, in order, when it is no longer. */
HS_PUBLIC void hs_simulated_network_clog_link(struct hs_simulated_network *network, uint32_t from,
                                              uint32_t to, bool clogged);
/* Loses so many of the messages of one type (their first byte), beside the configured loss. */
HS_PUBLIC void hs_simulated_network_lose_type(struct hs_simulated_network *network, uint8_t type,
                                              uint32_t per_mille);
/* A node that stops: its inbox and what is under way to and from it are lost, its
 * peers hear it disconnect. Started again, connections come up at both ends. */
HS_PUBLIC void hs_simulated_network_stop_node(struct hs_simulated_network *network, uint32_t index);
HS_PUBLIC void hs_simulated_network_start_node(struct hs_simulated_network *network,
                                               uint32_t index);
HS_PUBLIC void hs_simulated_network_set_filter(struct hs_simulated_network *network,
                                               hs_simulated_filter *filter, void *context);
/* Copied; all of its calls are there. NULL: none. */
HS_PUBLIC void hs_simulated_network_set_observer(struct hs_simulated_network *network,
                                                 const struct hs_simulated_observer *observer);
/* Changes delay, loss, replay and reordering from now on. */
HS_PUBLIC void hs_simulated_network_set_faults(struct hs_simulated_network *network,
                                               const struct hs_simulated_network_config *config);
/* Messages under way at present. */
HS_PUBLIC size_t hs_simulated_network_in_flight(const struct hs_simulated_network *network);
HS_PUBLIC void hs_simulated_network_counts(const struct hs_simulated_network *network,
                                           struct hs_simulated_network_counts *counts);

#endif
