/* hs_tcp_network: hs_consensus_network over TCP and TLS 1.3, on a libuv loop.
 *
 * A mesh of all that set_peers lists, nobody at first: of each pair the lower network key dials the
 * higher one's address. Both sides show a self-signed certificate made at start from their network
 * key; the key in it must be that of the peer which the dialer meant, or of one that the listener
 * has in its list. Each side then says which chain it is on, and only when it has heard the same
 * from the other it reports the peer as connected. A lost connection is dialed again, from 20 ms
 * doubling up to 2 s; where a peer only claims to be, up to 2 minutes (dial_plan.h). A node that
 * changes its key (use_identity) shows its other certificate from then on, on connections of its
 * own making or not, all of which begin anew. Everything runs on the loop's thread, and all that is
 * sent in one turn of the loop to one peer leaves in one write.
 */
#ifndef HS_NETWORK_TCP_NETWORK_H
#define HS_NETWORK_TCP_NETWORK_H

#include <uv.h>

#include <hotstuff/consensus_network.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/ed25519.h"

struct hs_tcp_network;

struct hs_tcp_network_config {
    uv_loop_t *loop;
    const char *listen_address; /* numeric; port 0 lets the system choose */
    const struct hs_ed25519_secret_key *network_secret_keys; /* not kept */
    uint32_t
        network_key_count; /* 1 to HS_NODE_KEYS_MAX, no two alike; the first is shown at first */
    struct hs_chain_id chain_id;
    struct hs_clock clock;
    const struct hs_log *log; /* outlives the network; NULL is silent */
    /* There is something to receive. On the loop's thread, once in a turn of the loop. */
    void (*notify)(void *context);
    void *notify_context;
};

/* An error that a person reads: what happened, to which address, what to do. */
struct hs_tcp_error {
    char text[256];
};

struct hs_tcp_peer_counters {
    uint64_t messages_in[HS_MESSAGE_CLASSES];
    uint64_t bytes_in[HS_MESSAGE_CLASSES];
    uint64_t messages_out[HS_MESSAGE_CLASSES];
    uint64_t bytes_out[HS_MESSAGE_CLASSES];
    uint64_t dropped[HS_MESSAGE_CLASSES]; /* the queue was full */
    uint64_t connects;
    uint64_t disconnects;
    bool connected;
};

struct hs_tcp_counters {
    uint64_t refused_keys;    /* no certificate, or a key that may not be here */
    uint64_t refused_chains;  /* another chain or protocol version */
    uint64_t refused_bytes;   /* what is neither TLS nor our frames */
    uint64_t refused_pending; /* gave way to newer ones, or proved nothing in time */
};

/* Listens. HS_OK; HS_IN_USE when the port is taken; HS_INVALID_ARGUMENT for an address that can't
 * be read or listened on; HS_OUT_OF_MEMORY. When not HS_OK, `error` says why, and the loop must run
 * once more to let go of its handles. */
HS_MUST_CHECK enum hs_status hs_tcp_network_new(struct hs_tcp_network **network,
                                                const struct hs_tcp_network_config *config,
                                                struct hs_tcp_error *error);

/* The interface to hand to the node; owned by the network. */
const struct hs_consensus_network *hs_tcp_network_transport(struct hs_tcp_network *network);

/* The port it listens on. */
uint16_t hs_tcp_network_port(const struct hs_tcp_network *network);

/* Of the peer with this number (below HS_PEERS_MAX), since it has it. */
void hs_tcp_network_peer_counters(const struct hs_tcp_network *network, uint32_t peer,
                                  struct hs_tcp_peer_counters *counters);
void hs_tcp_network_counters(const struct hs_tcp_network *network,
                             struct hs_tcp_counters *counters);

/* Closes every connection and frees the network when the loop has let go of them; `closed`
 * (may be NULL) is called then. What was received and not taken is released. Until then
 * the transport may still be called, and reaches nobody. */
void hs_tcp_network_close(struct hs_tcp_network *network, void (*closed)(void *context),
                          void *context);

#endif
