/* Connections come up from two sides, `accept` and `dial`, meet in `on_ready`, and end in
 * `on_connection_closed`, whoever ended them; from there the dialer of the pair tries again.
 *
 * Connections name their peer by its number, and a number can go to another key. So a peer that
 * leaves the table takes all that names it along: its connections, those that have not said
 * hello yet too, its timer, and what waits in the inbox.
 */
#include "network/tcp_mesh.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"

#define DEAD_AFTER_MS 10000u
#define HANDSHAKE_MS  5000u
/* The wait before a peer is dialed again, at first and at most; it doubles with each failure. */
#define BACK_OFF_MIN_MS 20u
#define BACK_OFF_MAX_MS 2000u

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

/* A line about a peer, unless its last of this kind is too fresh: what a peer does must not fill
 * disks. The counters have it all. */
static void log_peer(struct hs_tcp_network *network, uint32_t number, enum hs_tcp_log_line line,
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

/* -- dialing --------------------------------------------------------------- */

static void on_dial(uv_timer_t *timer);

/* Dials a peer after a while, unless it is for the peer to dial, or connected by then. */
static void dial_later(struct hs_tcp_network *network, uint32_t number, uint64_t delay_ms)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    uint64_t now = now_ms(network);
    if (now + delay_ms < peer->kept_out_until_ms) {
        delay_ms = peer->kept_out_until_ms - now;
    }
    if (!network->closing && peer->is_dialed && peer->has_address) {
        HS_ASSERT(uv_timer_start(&peer->dial_timer, on_dial, delay_ms, 0) == 0);
    }
}

static void on_dial(uv_timer_t *timer)
{
    struct hs_tcp_peer *peer = timer->data;
    struct hs_tcp_network *network = peer->network;
    uint32_t number = (uint32_t)(peer - network->peers);
    if (peer->connection != NULL || peer->dialing != NULL || !peer->has_address) {
        return;
    }
    peer->back_off_ms *= 2;
    if (peer->back_off_ms > BACK_OFF_MAX_MS) {
        peer->back_off_ms = BACK_OFF_MAX_MS;
    }
    peer->dialing = hs_tcp_connection_dial(&network->owner, number, &peer->address);
    if (peer->dialing == NULL) {
        dial_later(network, number, peer->back_off_ms);
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
    peer->back_off_ms = BACK_OFF_MIN_MS;
    peer->counters.connects++;
    connection->counters = &peer->counters;
    push_notice(network, connection->peer, HS_RECEIVED_CONNECTED);
    log_peer(network, connection->peer, HS_TCP_LOG_CONNECTED, "its key is proved");
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
        log_peer(network, connection->peer, HS_TCP_LOG_WRONG_CHAIN,
                 "it is on another chain or speaks another protocol version: compare the genesis "
                 "files");
    } else if (why == HS_NOT_A_VALIDATOR && connection->is_dialer) {
        log_peer(network, connection->peer, HS_TCP_LOG_WRONG_KEY,
                 "its address answers with another key: check the address in the configuration");
    }
}

static bool is_same_address(const struct hs_tcp_address *a, const struct hs_tcp_address *b)
{
    return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

/* Two keys at one address are one validator's that rotates: it shows one after the other. While it
 * shows the old one, dialing it by the new one fails again and again; when that connection ends, it may
 * well be because it now shows the new one. */
static void dial_others_there(struct hs_tcp_network *network, uint32_t number)
{
    const struct hs_tcp_peer *lost = &network->peers[number];
    for (uint32_t i = 0; i < network->table.end && lost->has_address; i++) {
        struct hs_tcp_peer *peer = &network->peers[i];
        if (i != number && peer->has_address && peer->connection == NULL && peer->dialing == NULL &&
            is_same_address(&peer->address, &lost->address)) {
            peer->back_off_ms = BACK_OFF_MIN_MS;
            dial_later(network, i, BACK_OFF_MIN_MS);
        }
    }
}

/* How the connection of a peer ended. */
static void on_lost(struct hs_tcp_network *network, uint32_t number, enum hs_status why)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    peer->connection = NULL;
    peer->counters.disconnects++;
    push_notice(network, number, HS_RECEIVED_DISCONNECTED);
    log_peer(network, number, HS_TCP_LOG_DISCONNECTED, hs_status_text(why));
    dial_others_there(network, number);
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
    if (peer->connection == connection) {
        on_lost(network, connection->peer, why);
    } else if (peer->dialing == connection) {
        peer->dialing = NULL;
        count_refused(network, connection, why);
    }
    if (connection->is_dialer) {
        dial_later(network, connection->peer, peer->back_off_ms);
    }
}

/* -- who may be here --------------------------------------------------------- */

/* Without a word to the node, and for good. */
static void cut_off(struct hs_tcp_connection *connection)
{
    if (connection != NULL) {
        connection->peer = HS_TCP_NO_PEER;
        hs_tcp_connection_close(connection, HS_NOT_A_VALIDATOR);
    }
}

static void cut_off_pending(struct hs_tcp_network *network, uint32_t number)
{
    struct hs_tcp_connection *older;
    for (struct hs_tcp_connection *connection = network->pending_newest; connection != NULL;
         connection = older) {
        older = connection->next;
        if (connection->peer == number) {
            cut_off(connection);
        }
    }
}

static void remove_peer(struct hs_tcp_network *network, uint32_t number)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    if (peer->connection != NULL) {
        log_peer(network, number, HS_TCP_LOG_DISCONNECTED, "it is no longer in the list of peers");
    }
    cut_off_pending(network, number);
    cut_off(peer->connection);
    cut_off(peer->dialing);
    HS_ASSERT(uv_timer_stop(&peer->dial_timer) == 0);
    hs_tcp_inbox_forget(&network->inbox, number);
    peer->connection = NULL;
    peer->dialing = NULL;
    peer->is_dialed = false;
    peer->has_address = false;
    peer->kept_out_until_ms = 0;
    peer->counters = (struct hs_tcp_peer_counters){0};
    memset(peer->log_next_ms, 0, sizeof peer->log_next_ms);
}

static void set_address(struct hs_tcp_network *network, uint32_t number, const char *text)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    struct hs_tcp_address address;
    bool has_address = text != NULL && hs_tcp_address_parse(&address, text) == HS_OK;
    if (text != NULL && text[0] != '\0' && !has_address) {
        log_peer(network, number, HS_TCP_LOG_ADDRESS,
                 "its address cannot be read as host:port or [v6]:port: it is not dialed");
    }
    if (has_address && peer->has_address && is_same_address(&address, &peer->address)) {
        return;
    }
    if (peer->dialing != NULL) {
        cut_off(peer->dialing); /* at its old address */
        peer->dialing = NULL;
    }
    peer->has_address = has_address;
    if (has_address) {
        peer->address = address;
        peer->back_off_ms = BACK_OFF_MIN_MS;
        dial_later(network, number, 0);
    }
}

/* Of each pair the lower key dials. */
static bool is_dialed(const struct hs_tcp_network *network, uint32_t number)
{
    const struct hs_ed25519_public_key *own = &network->own_keys[network->shown_key];
    return memcmp(own, &network->table.entries[number].key, sizeof *own) < 0;
}

enum hs_status hs_tcp_mesh_set_peers(struct hs_tcp_network *network, const struct hs_peer peers[],
                                     size_t count)
{
    struct hs_peer_table table;
    enum hs_status status =
        hs_peer_table_make(&table, network->own_keys, network->own_key_count, peers, count);
    if (status != HS_OK) {
        return status;
    }
    for (uint32_t i = 0; i < network->table.end; i++) {
        const struct hs_peer_entry *entry = &network->table.entries[i];
        if (entry->used && !hs_peer_table_holds(&table, i, &entry->key)) {
            remove_peer(network, i);
        }
    }
    network->table = table;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = peers[i].number;
        if (table.entries[number].used) {
            network->peers[number].is_dialed = is_dialed(network, number);
            bool has_own = peers[i].address != NULL && peers[i].address[0] != '\0';
            set_address(network, number, has_own ? peers[i].address : peers[i].claimed_address);
        }
    }
    return HS_OK;
}

/* -- another key ------------------------------------------------------------- */

/* The other side knew this one by the key that is not shown any more. */
static void begin_anew(struct hs_tcp_network *network, uint32_t number)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    peer->is_dialed = is_dialed(network, number);
    if (peer->dialing != NULL) {
        cut_off(peer->dialing);
        peer->dialing = NULL;
    }
    if (peer->connection != NULL) {
        hs_tcp_connection_close(peer->connection, HS_STALE);
    }
    HS_ASSERT(uv_timer_stop(&peer->dial_timer) == 0);
    peer->back_off_ms = BACK_OFF_MIN_MS;
    dial_later(network, number, 0);
}

enum hs_status hs_tcp_mesh_use_identity(struct hs_tcp_network *network,
                                        const struct hs_ed25519_public_key *key)
{
    uint32_t place = hs_own_key_find(network->own_keys, network->own_key_count, key);
    if (place == network->own_key_count) {
        return HS_NOT_FOUND;
    }
    if (place == network->shown_key) {
        return HS_OK;
    }
    network->shown_key = place;
    network->owner.identity = network->identities[place];
    hs_log_event(network->log, HS_LOG_INFO, HS_LOG_NETWORK, "identity",
                 "key=%02x%02x%02x%02x why=\"the epoch's set knows this validator by it\"",
                 key->bytes[0], key->bytes[1], key->bytes[2], key->bytes[3]);
    while (network->pending_oldest != NULL) {
        hs_tcp_connection_close(network->pending_oldest, HS_UNREACHABLE);
    }
    for (uint32_t i = 0; i < network->table.end; i++) {
        if (network->table.entries[i].used) {
            begin_anew(network, i);
        }
    }
    return HS_OK;
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
