/* hs_tcp_mesh: which connections there are. The inside of hs_tcp_network.
 *
 * Of each pair the lower key dials, so there is one connection, not two that must be chosen from.
 * The listener can't know that a connection died as soon as the dialer knows; so a new
 * one of the same peer takes the place of the old, once it has proved the key. Connections that
 * have proved nothing are kept in a list of HS_NETWORK_PENDING_MAX, where the oldest gives
 * way: whoever holds sockets open without speaking keeps nobody out.
 */
#ifndef HS_NETWORK_TCP_MESH_H
#define HS_NETWORK_TCP_MESH_H

#include "network/peer_table.h"
#include "network/tcp_address.h"
#include "network/tcp_connection.h"
#include "network/tcp_inbox.h"
#include "network/tcp_network.h"

/* Lines of the log about one peer. */
enum hs_tcp_log_line {
    HS_TCP_LOG_CONNECTED,
    HS_TCP_LOG_DISCONNECTED,
    HS_TCP_LOG_WRONG_CHAIN,
    HS_TCP_LOG_WRONG_KEY,
    HS_TCP_LOG_ADDRESS,
};
#define HS_TCP_LOG_LINES 5u

/* What there is of the peer with a number; nothing while nobody has it. */
struct hs_tcp_peer {
    struct hs_tcp_network *network;
    bool is_dialed; /* by this side: the own key is the lower one */
    bool has_address;
    struct hs_tcp_address address;
    struct hs_tcp_connection *connection; /* READY; NULL when there is none */
    struct hs_tcp_connection *dialing;    /* on its way to READY */
    uv_timer_t dial_timer;
    uint64_t back_off_ms;
    uint64_t kept_out_until_ms;
    uint64_t log_next_ms[HS_TCP_LOG_LINES];
    bool has_queued; /* since the last flush */
    struct hs_tcp_peer_counters counters;
};

struct hs_tcp_network {
    struct hs_tcp_connection_owner owner; /* first: what connections hand back */
    struct hs_consensus_network transport;
    const struct hs_log *log;
    void (*notify)(void *context);
    void *notify_context;
    struct hs_tls_identity *identities[HS_NODE_KEYS_MAX]; /* in the order of own_keys */
    struct hs_ed25519_public_key own_keys[HS_NODE_KEYS_MAX];
    uint32_t own_key_count;
    uint32_t shown_key; /* its place; owner.identity is its certificate */
    struct hs_peer_table table;
    struct hs_tcp_peer *peers; /* [HS_PEERS_MAX], by number */
    struct hs_tcp_connection *pending_newest;
    struct hs_tcp_connection *pending_oldest;
    uint32_t pending_count;
    struct hs_tcp_inbox inbox;
    bool has_news;
    bool has_queued;
    struct hs_tcp_counters counters;
    uint64_t tick_count;
    uv_tcp_t listener;
    uv_timer_t tick;
    uv_prepare_t before_wait;
    uv_check_t after_wait;
    uint32_t open_handles; /* the network's own, connections not counted */
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

/* Sets the owner's callbacks. The peers' timers are the caller's to init. */
void hs_tcp_mesh_init(struct hs_tcp_network *network);

/* The transport's call. */
HS_MUST_CHECK enum hs_status hs_tcp_mesh_set_peers(struct hs_tcp_network *network,
                                                   const struct hs_peer peers[], size_t count);

/* The same. */
HS_MUST_CHECK enum hs_status hs_tcp_mesh_use_identity(struct hs_tcp_network *network,
                                                      const struct hs_ed25519_public_key *key);

/* Takes what a listener has to accept. */
void hs_tcp_mesh_accept(struct hs_tcp_network *network, uv_stream_t *listener);

/* Closes what is dead or has proved nothing in time; gives the others a sign of life if `ping`. */
void hs_tcp_mesh_check(struct hs_tcp_network *network, bool ping);

/* Ends every connection; nothing is dialed again. */
void hs_tcp_mesh_close(struct hs_tcp_network *network);

#endif
