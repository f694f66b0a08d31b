/* hs_tcp_mesh: which connections there are. The inside of hs_tcp_network.
 *
 *     tcp_mesh.c      how connections come up and end
 *     tcp_dialing.c   whom this side dials, and when
 *     tcp_peers.c     who may be here, and which key this side shows
 *
 * Of each pair the lower key dials, so there is one connection, not two that must be chosen from.
 * The listener can't know that a connection died as soon as the dialer knows; so a new
 * one of the same peer takes the place of the old, once it has proved the key. Connections that
 * have proved nothing are kept in a list of HS_NETWORK_PENDING_MAX, where the oldest gives
 * way: whoever holds sockets open without speaking keeps nobody out.
 */
#ifndef HS_NETWORK_TCP_MESH_H
#define HS_NETWORK_TCP_MESH_H

#include "network/dial_plan.h"
#include "network/peer_table.h"
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
    bool is_awaited;
    struct hs_dial_plan plan;
    struct hs_tcp_connection *connection; /* READY; NULL when there is none */
    struct hs_tcp_connection *dialing;    /* on its way to READY */
    uv_timer_t dial_timer;
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
    bool on_loopback; /* it listens there: all are on one machine */
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

/* A line about a peer, unless its last of this kind is too fresh: what a peer does must not fill
 * disks. The counters have it all. */
void hs_tcp_mesh_log(struct hs_tcp_network *network, uint32_t number, enum hs_tcp_log_line line,
                     const char *why);

/* -- tcp_dialing.c --------------------------------------------------------- */

/* Sees to it that a peer is dialed when its plan says so, if it is for this side to dial. */
void hs_tcp_dial_schedule(struct hs_tcp_network *network, uint32_t number);
/* Where a peer is dialed from now on; NULL or "": not known. */
void hs_tcp_dial_set_place(struct hs_tcp_network *network, uint32_t number,
                           enum hs_dial_place_name name, const char *text);
/* At once, wherever it is. */
void hs_tcp_dial_hurry(struct hs_tcp_network *network, uint32_t number);
/* The connection of this peer is lost: those that are said to be where it was are dialed soon. */
void hs_tcp_dial_others_there(struct hs_tcp_network *network, uint32_t number);
/* Ends a connection (or NULL) without a word to the node, and for good. */
void hs_tcp_dial_cut_off(struct hs_tcp_connection *connection);

/* -- tcp_peers.c ----------------------------------------------------------- */

/* The transport's call. */
HS_MUST_CHECK enum hs_status hs_tcp_mesh_set_peers(struct hs_tcp_network *network,
                                                   const struct hs_peer peers[], size_t count);

/* The same. */
HS_MUST_CHECK enum hs_status hs_tcp_mesh_use_identity(struct hs_tcp_network *network,
                                                      const struct hs_ed25519_public_key *key);

/* -- tcp_mesh.c ------------------------------------------------------------ */

/* Takes what a listener has to accept. */
void hs_tcp_mesh_accept(struct hs_tcp_network *network, uv_stream_t *listener);

/* Closes what is dead or has proved nothing in time; gives the others a sign of life if `ping`. */
void hs_tcp_mesh_check(struct hs_tcp_network *network, bool ping);

/* Ends every connection; nothing is dialed again. */
void hs_tcp_mesh_close(struct hs_tcp_network *network);

#endif
