/* hs_tcp_connection: one socket, from its first byte to its last.
 *
 *    CONNECTING ──► HANDSHAKE ──► HELLO ──► READY
 *     (dialer)       (TLS 1.3)   (each says    messages both ways
 *                                 its chain)
 *         any of them ──► CLOSED ──(libuv lets go)──► freed
 *
 * A connection knows its socket, its TLS session and its frames, and nothing of other
 * connections: who may come in and what becomes of messages its owner decides, by the calls in
 * `hs_tcp_connection_owner`. Before READY a peer is only worth a few KiB of reading and a deadline;
 * a TLS session is made when its first bytes come.
 */
#ifndef HS_NETWORK_TCP_CONNECTION_H
#define HS_NETWORK_TCP_CONNECTION_H

#include <uv.h>

#include "network/frame.h"
#include "network/outbound_queue.h"
#include "network/tcp_address.h"
#include "network/tcp_network.h"
#include "network/tls_session.h"

#define HS_TCP_NO_PEER UINT32_MAX
/* The bytes of a hello: protocol version (u32), chain id. */
#define HS_TCP_HELLO_BYTES      (4u + HS_HASH_BYTES)
#define HS_TCP_PROTOCOL_VERSION 1u
#define HS_TCP_READ_BYTES       (64u * 1024u)

enum hs_tcp_state {
    HS_TCP_CONNECTING,
    HS_TCP_HANDSHAKE,
    HS_TCP_HELLO,
    HS_TCP_READY,
    HS_TCP_CLOSED,
};

struct hs_tcp_connection;

/* What connections share, and their way up. One for a network. */
struct hs_tcp_connection_owner {
    uv_loop_t *loop;
    struct hs_clock clock;
    struct hs_tls_identity *identity;
    struct hs_chain_id chain_id;
    uint8_t *read_buffer;      /* HS_TCP_READ_BYTES, used within one read only */
    uint32_t connection_count; /* those that libuv has not let go of */
    /* Whether a peer with this key may come in by this connection; sets connection->peer. Closes
     * nothing. */
    bool (*admit)(struct hs_tcp_connection *connection, const struct hs_ed25519_public_key *key);
    /* Both sides have proved their keys and named the same chain. Sets connection->counters. */
    void (*ready)(struct hs_tcp_connection *connection);
    /* Takes the message over. */
    void (*message)(struct hs_tcp_connection *connection, enum hs_message_class message_class,
                    struct hs_buffer *message);
    /* It is over, and why; by whomever. Once, in state CLOSED. */
    void (*closed)(struct hs_tcp_connection *connection, enum hs_status why);
    /* libuv let go; nothing of it may be touched afterwards. */
    void (*freed)(struct hs_tcp_connection_owner *owner);
};

struct hs_tcp_connection {
    struct hs_tcp_connection_owner *owner;
    uv_tcp_t socket;
    uv_connect_t connect_request;
    uv_getaddrinfo_t resolve_request;
    uv_write_t write_request;
    enum hs_tcp_state state;
    bool is_dialer;
    bool resolving;
    bool socket_closed; /* libuv let go of the socket */
    bool writing;       /* write_request is under way, from `in_socket` */
    bool reading;
    bool ping_due;
    uint32_t peer; /* HS_TCP_NO_PEER until it is known */
    uint64_t began_ms;
    uint64_t last_heard_ms;
    size_t unproved_bytes; /* received before READY */
    struct hs_tls_session *session;
    struct hs_frame_reader frames;
    struct hs_outbound_queue outbound;
    struct hs_tls_output in_socket;
    struct hs_tcp_peer_counters *counters; /* the peer's, once it is known */
    /* The owner's list of those that are not READY. */
    struct hs_tcp_connection *previous;
    struct hs_tcp_connection *next;
};

/* The time since an unknown start. */
uint64_t hs_tcp_now_ms(const struct hs_tcp_connection_owner *owner);

/* Accepts from a listener. NULL when there is no memory, or nothing to accept. */
struct hs_tcp_connection *hs_tcp_connection_accept(struct hs_tcp_connection_owner *owner,
                                                   uv_stream_t *listener);

/* Dials `peer`. NULL when there is no memory or no way there; what fails later is `closed`. */
struct hs_tcp_connection *hs_tcp_connection_dial(struct hs_tcp_connection_owner *owner,
                                                 uint32_t peer,
                                                 const struct hs_tcp_address *address);

/* Writes what is queued as far as the socket takes it now; the rest follows by itself. May
 * close the connection. */
void hs_tcp_connection_flush(struct hs_tcp_connection *connection);

/* Stops and starts reading, for back-pressure. */
void hs_tcp_connection_pause(struct hs_tcp_connection *connection);
void hs_tcp_connection_resume(struct hs_tcp_connection *connection);

/* Ends it; a second call does nothing. `closed` is called from here, `freed` later. */
void hs_tcp_connection_close(struct hs_tcp_connection *connection, enum hs_status why);

#endif
