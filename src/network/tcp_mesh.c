/* Connections come up from two sides, `accept` and `dial`, meet in `on_ready`, and end in
 * `on_connection_closed`, whoever ended them; from there the dialer of the pair tries again.
 */
#include "network/tcp_mesh.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"

#define DEAD_AFTER_MS 10000u
#define HANDSHAKE_MS  5000u

static uint64_t now_ms(const struct hs_tcp_network *network)
{
    return hs_tcp_now_ms(&network->owner);
}

/* -- the log --------------------------------------------------------------- */

static const struct {
    enum hs_log_level level;
    const char *event;
    uint64_t every_ms;
} log_lines[HS_TCP_LOG_LINES] = {
    [HS_TCP_LOG_CONNECTED] = {HS_LOG_INFO, "connected", 1000},
    [HS_TCP_LOG_DISCONNECTED] = {HS_LOG_WARN, "disconnected", 1000},
    [HS_TCP_LOG_WRONG_CHAIN] = {HS_LOG_WARN, "refused", 60000},
    [HS_TCP_LOG_WRONG_KEY] = {HS_LOG_WARN, "refused", 60000},
    [HS_TCP_LOG_ADDRESS] = {HS_LOG_WARN, "address", 60000},
};

void hs_tcp_mesh_log(struct hs_tcp_network *network, uint32_t number, enum hs_tcp_log_line line,
                     const char *why)
{
    const uint8_t *key = network->table.entries[number].key.bytes;
    uint64_t *next_ms = &network->peers[number].log_next_ms[line];
    if (now_ms(network) >= *next_ms) {
        *next_ms = now_ms(network) + log_lines[line].every_ms;
        hs_log_event(network->log, log_lines[line].level, HS_LOG_NETWORK, log_lines[line].event,
                     "peer=%" PRIu32 " key=%02x%02x%02x%02x why=\"%s\"", number, key[0], key[1],
                     key[2], key[3], why);
    }
}

/* -- news ------------------------------------------------------------------ */

static void push_notice(struct hs_tcp_network *network, uint32_t peer, enum hs_received_type type)
{
    struct hs_received received = {.type = type, .peer = peer};
    /* Without memory for a notice the node hears of the peer by its messages, or not at all. */
    if (hs_tcp_inbox_push(&network->inbox, HS_CLASS_CONSENSUS, received) == HS_OK) {
        network->has_news = true;
    }
}

/* -- connections that have proved nothing yet ------------------------------ */

static void pending_add(struct hs_tcp_network *network, struct hs_tcp_connection *connection)
{
    connection->next = network->pending_newest;
    if (network->pending_newest != NULL) {
        network->pending_newest->previous = connection;
    } else {
        network->pending_oldest = connection;
    }
    network->pending_newest = connection;
    network->pending_count++;
}

static bool is_pending(const struct hs_tcp_network *network,
                       const struct hs_tcp_connection *connection)
{
    return connection->previous != NULL || network->pending_newest == connection;
}

static void pending_remove(struct hs_tcp_network *network, struct hs_tcp_connection *connection)
{
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        network->pending_newest = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    } else {
        network->pending_oldest = connection->previous;
    }
    connection->previous = NULL;
    connection->next = NULL;
    network->pending_count--;
}

void hs_tcp_mesh_accept(struct hs_tcp_network *network, uv_stream_t *listener)
{
    struct hs_tcp_connection *connection = hs_tcp_connection_accept(&network->owner, listener);
    if (connection == NULL) {
        return;
    }
    pending_add(network, connection);
    if (network->pending_count > HS_NETWORK_PENDING_MAX) {
        hs_tcp_connection_close(network->pending_oldest, HS_STALE);
    }
}

/* -- what connections report ----------------------------------------------- */

static bool admit(struct hs_tcp_connection *connection, const struct hs_ed25519_public_key *key)
{
    struct hs_tcp_network *network = (struct hs_tcp_network *)connection->owner;
    if (connection->is_dialer) {
        return hs_peer_table_holds(&network->table, connection->peer, key);
    }
    /* Only lower keys dial this one; the own one is not in the table. */
    uint32_t number = hs_peer_table_find(&network->table, key);
    if (number == HS_PEERS_MAX || network->peers[number].is_dialed) {
        return false;
    }
    connection->peer = number;
    return now_ms(network) >= network->peers[number].kept_out_until_ms;
}

static void on_ready(struct hs_tcp_connection *connection)
{
    struct hs_tcp_network *network = (struct hs_tcp_network *)connection->owner;
    struct hs_tcp_peer *peer = &network->peers[connection->peer];
    if (hs_tcp_inbox_is_full_of(&network->inbox, connection->peer)) {
        hs_tcp_connection_close(connection, HS_FULL);
        return;
    }
    if (is_pending(network, connection)) {
        pending_remove(network, connection);
    } else {
        peer->dialing = NULL;
    }
    if (peer->connection != NULL) {
        hs_tcp_connection_close(peer->connection, HS_DUPLICATE);
    }
    peer->connection = connection;
    if (connection->is_dialer) {
        hs_dial_plan_reached(&peer->plan);
    }
    peer->counters.connects++;
    connection->counters = &peer->counters;
    push_notice(network, connection->peer, HS_RECEIVED_CONNECTED);
    hs_tcp_mesh_log(network, connection->peer, HS_TCP_LOG_CONNECTED, "its key is proved");
}

static void on_message(struct hs_tcp_connection *connection, enum hs_message_class message_class,
                       struct hs_buffer *message)
{
    struct hs_tcp_network *network = (struct hs_tcp_network *)connection->owner;
    struct hs_received received = {
        .type = HS_RECEIVED_MESSAGE,
        .peer = connection->peer,
        .message = message,
    };
    connection->counters->messages_in[message_class]++;
    connection->counters->bytes_in[message_class] += message->size;
    enum hs_status status = hs_tcp_inbox_push(&network->inbox, message_class, received);
    if (status != HS_OK) {
        hs_buffer_release(message);
        hs_tcp_connection_close(connection, status);
        return;
    }
    network->has_news = true;
    if (hs_tcp_inbox_is_full_of(&network->inbox, connection->peer)) {
        hs_tcp_connection_pause(connection);
    }
}

static void count_refused(struct hs_tcp_network *network,
                          const struct hs_tcp_connection *connection, enum hs_status why)
{
    if (why == HS_NOT_A_VALIDATOR) {
        network->counters.refused_keys++;
    } else if (why == HS_WRONG_CHAIN) {
        network->counters.refused_chains++;
    } else if (why == HS_STALE) {
        network->counters.refused_pending++;
    } else if (why == HS_MALFORMED) {
        network->counters.refused_bytes++;
    }
    /* A chain is read after the key is proved, so by then the peer is known. */
    if (why == HS_WRONG_CHAIN) {
        hs_tcp_mesh_log(
            network, connection->peer, HS_TCP_LOG_WRONG_CHAIN,
            "it is on another chain or speaks another protocol version: compare the genesis "
            "files");
    } else if (why == HS_NOT_A_VALIDATOR && connection->is_dialer &&
               network->peers[connection->peer].plan.current == HS_DIAL_OWNERS) {
        hs_tcp_mesh_log(
            network, connection->peer, HS_TCP_LOG_WRONG_KEY,
            "its address answers with another key: check the address in the configuration");
    }
}

/* How the connection of a peer ended. */
static void on_lost(struct hs_tcp_network *network, uint32_t number, enum hs_status why)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    peer->connection = NULL;
    peer->counters.disconnects++;
    push_notice(network, number, HS_RECEIVED_DISCONNECTED);
    hs_tcp_mesh_log(network, number, HS_TCP_LOG_DISCONNECTED, hs_status_text(why));
    hs_tcp_dial_others_there(network, number);
}

static void on_connection_closed(struct hs_tcp_connection *connection, enum hs_status why)
{
    struct hs_tcp_network *network = (struct hs_tcp_network *)connection->owner;
    if (is_pending(network, connection)) {
        pending_remove(network, connection);
        count_refused(network, connection, why);
        return;
    }
    if (connection->peer == HS_TCP_NO_PEER || network->closing) {
        return;
    }
    struct hs_tcp_peer *peer = &network->peers[connection->peer];
    bool was_connected = peer->connection == connection;
    if (was_connected) {
        on_lost(network, connection->peer, why);
    } else if (peer->dialing == connection) {
        peer->dialing = NULL;
        count_refused(network, connection, why);
    }
    if (connection->is_dialer) {
        hs_dial_plan_ended(&peer->plan, was_connected, now_ms(network));
        hs_tcp_dial_schedule(network, connection->peer);
    }
}

/* -- deadlines, beginning and end ------------------------------------------ */

static void check_pending(struct hs_tcp_network *network, uint64_t now)
{
    while (network->pending_oldest != NULL &&
           now - network->pending_oldest->began_ms > HANDSHAKE_MS) {
        hs_tcp_connection_close(network->pending_oldest, HS_STALE);
    }
}

static void check_peer(struct hs_tcp_peer *peer, uint64_t now, bool ping)
{
    if (peer->dialing != NULL && now - peer->dialing->began_ms > HANDSHAKE_MS) {
        hs_tcp_connection_close(peer->dialing, HS_STALE);
    }
    struct hs_tcp_connection *connection = peer->connection;
    if (connection == NULL) {
        return;
    }
    if (connection->reading && now - connection->last_heard_ms > DEAD_AFTER_MS) {
        hs_tcp_connection_close(connection, HS_UNREACHABLE);
    } else if (ping) {
        connection->ping_due = true;
        hs_tcp_connection_flush(connection);
    }
}

void hs_tcp_mesh_check(struct hs_tcp_network *network, bool ping)
{
    uint64_t now = now_ms(network);
    check_pending(network, now);
    for (uint32_t i = 0; i < network->table.end; i++) {
        check_peer(&network->peers[i], now, ping);
    }
}

void hs_tcp_mesh_init(struct hs_tcp_network *network)
{
    network->owner.admit = admit;
    network->owner.ready = on_ready;
    network->owner.message = on_message;
    network->owner.closed = on_connection_closed;
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        network->peers[i].network = network;
    }
}

void hs_tcp_mesh_close(struct hs_tcp_network *network)
{
    while (network->pending_oldest != NULL) {
        hs_tcp_connection_close(network->pending_oldest, HS_STALE);
    }
    for (uint32_t i = 0; i < network->table.end; i++) {
        struct hs_tcp_peer *peer = &network->peers[i];
        if (peer->connection != NULL) {
            hs_tcp_connection_close(peer->connection, HS_UNREACHABLE);
            peer->connection = NULL;
        }
        if (peer->dialing != NULL) {
            hs_tcp_connection_close(peer->dialing, HS_UNREACHABLE);
            peer->dialing = NULL;
        }
    }
}
