/* The mesh: who dials, who is let in, what is handed to the node and when.
 *
 * Of each pair the lower index dials, so there is one connection, not two that must be chosen from.
 * The listener can't know that a connection died as soon as the dialer knows; so a new
 * one of the same peer takes the place of the old, once it has proved the key. Connections that
 * have proved nothing are kept in a list of HS_NETWORK_PENDING_MAX, where the oldest gives
 * way: whoever holds sockets open without speaking keeps nobody out.
 *
 * A turn of the loop ends in `on_turn`, before and after libuv waits: first the node is told
 * once of all that was received, then what it has sent to each peer leaves in one write.
 */
#include "network/tcp_network.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "network/inbox.h"
#include "network/tcp_address.h"
#include "network/tcp_connection.h"

#define LISTEN_BACKLOG 128
#define TICK_MS 500u
#define PING_TICKS 4u
#define DEAD_AFTER_MS 10000u
#define HANDSHAKE_MS 5000u
#define BACK_OFF_MIN_MS 20u
#define BACK_OFF_MAX_MS 2000u
/* How long a peer stays out that the node has dropped. */
#define DROPPED_MS 2000u
/* How often one kind of line about one peer is logged at most. */
#define LOG_EVERY_MS 60000u

struct peer {
    struct hs_tcp_network *network;
    struct hs_ed25519_public_key key;
    bool has_address;
    struct hs_tcp_address address;
    struct hs_tcp_connection *connection; /* READY; NULL when there is none */
    struct hs_tcp_connection *dialing;    /* on its way to READY */
    uv_timer_t dial_timer;
    uint64_t back_off_ms;
    uint64_t kept_out_until_ms;
    uint64_t log_next_ms[HS_LOG_DEBUG + 1];
    bool has_queued; /* since the last flush */
    struct hs_tcp_peer_counters counters;
};

struct hs_tcp_network {
    struct hs_tcp_connection_owner owner; /* first: what connections hand back */
    struct hs_consensus_network transport;
    const struct hs_log *log;
    void (*notify)(void *context);
    void *notify_context;
    uint32_t self;
    uint32_t peer_count; /* self included */
    struct peer *peers;
    struct hs_tcp_connection *pending_newest;
    struct hs_tcp_connection *pending_oldest;
    uint32_t pending_count;
    struct hs_inbox inbox;
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

static void dial_later(struct hs_tcp_network *network, uint32_t index, uint64_t delay_ms);

static uint64_t now_ms(const struct hs_tcp_network *network)
{
    return uv_now(network->owner.loop);
}

/* -- the log --------------------------------------------------------------- */

/* A line about a peer, each level at most once a minute for each: what a peer does must not fill
 * disks. The counters have it all. */
static void log_peer(struct hs_tcp_network *network, uint32_t index, enum hs_log_level level,
                     const char *event, const char *why)
{
    uint64_t *next_ms = &network->peers[index].log_next_ms[level];
    if (now_ms(network) >= *next_ms) {
        *next_ms = now_ms(network) + LOG_EVERY_MS;
        hs_log_event(network->log, level, HS_LOG_NETWORK, event, "peer=%" PRIu32 " why=\"%s\"",
                     index, why);
    }
}

/* -- news ------------------------------------------------------------------ */

static void push_notice(struct hs_tcp_network *network, uint32_t peer, enum hs_received_type type)
{
    struct hs_received received = {.type = type, .peer = peer};
    /* Without memory for a notice the node hears of the peer by its messages, or not at all. */
    if (hs_inbox_push(&network->inbox, HS_CLASS_CONSENSUS, received) == HS_OK) {
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

static void on_inbound(uv_stream_t *listener, int status)
{
    struct hs_tcp_network *network = listener->data;
    if (status < 0) {
        return;
    }
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
        return memcmp(key, &network->peers[connection->peer].key, sizeof *key) == 0;
    }
    /* Only lower indexes dial this one: own and unknown keys find no place here. */
    for (uint32_t i = 0; i < network->self; i++) {
        const struct peer *peer = &network->peers[i];
        if (memcmp(key, &peer->key, sizeof *key) == 0) {
            connection->peer = i;
            return now_ms(network) >= peer->kept_out_until_ms;
        }
    }
    return false;
}

static void on_ready(struct hs_tcp_connection *connection)
{
    struct hs_tcp_network *network = (struct hs_tcp_network *)connection->owner;
    struct peer *peer = &network->peers[connection->peer];
    if (hs_inbox_is_full_of(&network->inbox, connection->peer)) {
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
    log_peer(network, connection->peer, HS_LOG_INFO, "connected", "key and chain proved");
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
    enum hs_status status = hs_inbox_push(&network->inbox, message_class, received);
    if (status != HS_OK) {
        hs_buffer_release(message);
        hs_tcp_connection_close(connection, status);
        return;
    }
    network->has_news = true;
    if (hs_inbox_is_full_of(&network->inbox, connection->peer)) {
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
    /* An inbound connection has a peer once its certificate named one; the name is proved
     * before a chain is read. */
    bool is_known = connection->is_dialer || why == HS_WRONG_CHAIN;
    if (is_known && why == HS_WRONG_CHAIN) {
        log_peer(network, connection->peer, HS_LOG_WARN, "refused",
                 "the peer is on another chain or speaks another protocol version: compare the "
                 "genesis files");
    } else if (is_known && why == HS_NOT_A_VALIDATOR) {
        log_peer(network, connection->peer, HS_LOG_WARN, "refused",
                 "its address answers with another key: check the address in the configuration");
    }
}

/* How the connection of a peer ended. */
static void on_lost(struct hs_tcp_network *network, uint32_t index, enum hs_status why)
{
    struct peer *peer = &network->peers[index];
    peer->connection = NULL;
    peer->counters.disconnects++;
    push_notice(network, index, HS_RECEIVED_DISCONNECTED);
    log_peer(network, index, HS_LOG_WARN, "disconnected", hs_status_text(why));
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
    struct peer *peer = &network->peers[connection->peer];
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

/* -- dialing --------------------------------------------------------------- */

static void on_dial(uv_timer_t *timer)
{
    struct peer *peer = timer->data;
    struct hs_tcp_network *network = peer->network;
    uint32_t index = (uint32_t)(peer - network->peers);
    if (peer->connection != NULL || peer->dialing != NULL || !peer->has_address) {
        return;
    }
    peer->back_off_ms *= 2;
    if (peer->back_off_ms > BACK_OFF_MAX_MS) {
        peer->back_off_ms = BACK_OFF_MAX_MS;
    }
    peer->dialing =
        hs_tcp_connection_dial(&network->owner, index, peer->address.host, peer->address.port);
    if (peer->dialing == NULL) {
        dial_later(network, index, peer->back_off_ms);
    }
}

static void dial_later(struct hs_tcp_network *network, uint32_t index, uint64_t delay_ms)
{
    struct peer *peer = &network->peers[index];
    uint64_t now = now_ms(network);
    if (now + delay_ms < peer->kept_out_until_ms) {
        delay_ms = peer->kept_out_until_ms - now;
    }
    if (!network->closing && index > network->self) {
        HS_ASSERT(uv_timer_start(&peer->dial_timer, on_dial, delay_ms, 0) == 0);
    }
}

/* -- the turn and the tick ------------------------------------------------- */

static void flush_queued(struct hs_tcp_network *network)
{
    network->has_queued = false;
    for (uint32_t i = 0; i < network->peer_count; i++) {
        struct peer *peer = &network->peers[i];
        if (peer->has_queued) {
            peer->has_queued = false;
            if (peer->connection != NULL) {
                hs_tcp_connection_flush(peer->connection);
            }
        }
    }
}

/* A flush can lose a connection, which is news: nothing may be left over when libuv waits. */
static void on_turn(struct hs_tcp_network *network)
{
    while ((network->has_news || network->has_queued) && !network->closing) {
        if (network->has_news) {
            network->has_news = false;
            network->notify(network->notify_context);
        }
        if (network->has_queued && !network->closing) {
            flush_queued(network);
        }
    }
}

static void on_before_wait(uv_prepare_t *prepare)
{
    on_turn(prepare->data);
}

static void on_after_wait(uv_check_t *check)
{
    on_turn(check->data);
}

static void check_pending(struct hs_tcp_network *network, uint64_t now)
{
    while (network->pending_oldest != NULL &&
           now - network->pending_oldest->began_ms > HANDSHAKE_MS) {
        hs_tcp_connection_close(network->pending_oldest, HS_STALE);
    }
}

static void check_peer(struct hs_tcp_network *network, struct peer *peer, uint64_t now)
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
    } else if (network->tick_count % PING_TICKS == 0) {
        connection->ping_due = true;
        hs_tcp_connection_flush(connection);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct hs_tcp_network *network = timer->data;
    uint64_t now = now_ms(network);
    network->tick_count++;
    check_pending(network, now);
    for (uint32_t i = 0; i < network->peer_count; i++) {
        check_peer(network, &network->peers[i], now);
    }
}

/* -- the transport --------------------------------------------------------- */

static enum hs_status transport_send(void *context, uint32_t to,
                                     enum hs_message_class message_class,
                                     struct hs_buffer *message)
{
    struct hs_tcp_network *network = context;
    if (to >= network->peer_count || to == network->self || message->size == 0 ||
        message->size > HS_MESSAGE_BYTES_MAX) {
        return HS_INVALID_ARGUMENT;
    }
    struct peer *peer = &network->peers[to];
    if (peer->connection == NULL) {
        return HS_UNREACHABLE;
    }
    enum hs_status status =
        hs_outbound_queue_push(&peer->connection->outbound, message_class, message);
    if (status != HS_OK) {
        peer->counters.dropped[message_class]++;
        return status;
    }
    peer->has_queued = true;
    network->has_queued = true;
    return HS_OK;
}

static void transport_broadcast(void *context, enum hs_message_class message_class,
                                struct hs_buffer *message)
{
    const struct hs_tcp_network *network = context;
    for (uint32_t i = 0; i < network->peer_count; i++) {
        if (network->peers[i].connection != NULL) {
            /* A full queue is counted, and no concern of the other peers. */
            enum hs_status status = transport_send(context, i, message_class, message);
            (void)status;
        }
    }
}

static enum hs_status transport_receive(void *context, struct hs_received *received)
{
    struct hs_tcp_network *network = context;
    enum hs_status status = hs_inbox_pop(&network->inbox, received);
    if (status == HS_OK) {
        struct hs_tcp_connection *connection = network->peers[received->peer].connection;
        if (connection != NULL && !connection->reading &&
            hs_inbox_has_room_for(&network->inbox, received->peer)) {
            hs_tcp_connection_resume(connection);
        }
    }
    return status;
}

static void transport_drop_peer(void *context, uint32_t index, enum hs_status why)
{
    struct hs_tcp_network *network = context;
    if (index >= network->peer_count || network->peers[index].connection == NULL) {
        return;
    }
    network->peers[index].kept_out_until_ms = now_ms(network) + DROPPED_MS;
    hs_tcp_connection_close(network->peers[index].connection, why);
}

/* -- the end --------------------------------------------------------------- */

static void free_when_closed(struct hs_tcp_network *network)
{
    if (!network->closing || network->open_handles > 0 || network->owner.connection_count > 0) {
        return;
    }
    void (*closed)(void *context) = network->closed;
    void *closed_context = network->closed_context;
    hs_tls_identity_free(network->owner.identity);
    free(network->owner.read_buffer);
    free(network->peers);
    free(network);
    if (closed != NULL) {
        closed(closed_context);
    }
}

static void on_connection_freed(struct hs_tcp_connection_owner *owner)
{
    free_when_closed((struct hs_tcp_network *)owner);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct hs_tcp_network *network = handle->data;
    network->open_handles--;
    free_when_closed(network);
}

static void on_dial_timer_closed(uv_handle_t *handle)
{
    const struct peer *peer = handle->data;
    peer->network->open_handles--;
    free_when_closed(peer->network);
}

void hs_tcp_network_close(struct hs_tcp_network *network, void (*closed)(void *context),
                          void *context)
{
    HS_ASSERT(!network->closing);
    network->closing = true;
    network->closed = closed;
    network->closed_context = context;
    while (network->pending_oldest != NULL) {
        hs_tcp_connection_close(network->pending_oldest, HS_STALE);
    }
    for (uint32_t i = 0; i < network->peer_count; i++) {
        struct peer *peer = &network->peers[i];
        if (peer->connection != NULL) {
            hs_tcp_connection_close(peer->connection, HS_UNREACHABLE);
            peer->connection = NULL;
        }
        if (peer->dialing != NULL) {
            hs_tcp_connection_close(peer->dialing, HS_UNREACHABLE);
            peer->dialing = NULL;
        }
        uv_close((uv_handle_t *)&peer->dial_timer, on_dial_timer_closed);
    }
    hs_inbox_release(&network->inbox);
    uv_close((uv_handle_t *)&network->tick, on_handle_closed);
    uv_close((uv_handle_t *)&network->before_wait, on_handle_closed);
    uv_close((uv_handle_t *)&network->after_wait, on_handle_closed);
    uv_close((uv_handle_t *)&network->listener, on_handle_closed);
}

/* -- the beginning --------------------------------------------------------- */

static enum hs_status __attribute__((format(printf, 3, 4)))
fail(struct hs_tcp_error *error, enum hs_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

static bool parse_numeric(struct sockaddr_storage *socket_address, const char *text)
{
    struct hs_tcp_address address;
    if (hs_tcp_address_parse(&address, text) != HS_OK) {
        return false;
    }
    int port = atoi(address.port);
    return uv_ip4_addr(address.host, port, (struct sockaddr_in *)socket_address) == 0 ||
           uv_ip6_addr(address.host, port, (struct sockaddr_in6 *)socket_address) == 0;
}

static enum hs_status listen_on(struct hs_tcp_network *network, const char *text,
                                struct hs_tcp_error *error)
{
    struct sockaddr_storage socket_address;
    if (!parse_numeric(&socket_address, text)) {
        return fail(error, HS_INVALID_ARGUMENT,
                    "cannot listen on \"%s\": give a numeric address and a port, as in "
                    "127.0.0.1:7000 or [::]:7000",
                    text);
    }
    int result = uv_tcp_bind(&network->listener, (const struct sockaddr *)&socket_address, 0);
    if (result == 0) {
        result = uv_listen((uv_stream_t *)&network->listener, LISTEN_BACKLOG, on_inbound);
    }
    if (result == UV_EADDRINUSE) {
        return fail(error, HS_IN_USE,
                    "cannot listen on %s: the port is in use by another process; stop that one or "
                    "configure another port",
                    text);
    }
    if (result != 0) {
        return fail(error, HS_INVALID_ARGUMENT, "cannot listen on %s: %s", text,
                    uv_strerror(result));
    }
    return HS_OK;
}

enum hs_status hs_tcp_network_set_address(struct hs_tcp_network *network, uint32_t index,
                                          const char *address)
{
    if (index >= network->peer_count) {
        return HS_INVALID_ARGUMENT;
    }
    struct peer *peer = &network->peers[index];
    struct hs_tcp_address parsed;
    enum hs_status status = hs_tcp_address_parse(&parsed, address);
    if (status == HS_OK) {
        peer->address = parsed;
        peer->has_address = true;
        peer->back_off_ms = BACK_OFF_MIN_MS;
        dial_later(network, index, 0);
    }
    return status;
}

static enum hs_status set_addresses(struct hs_tcp_network *network, const char *const addresses[],
                                    struct hs_tcp_error *error)
{
    for (uint32_t i = network->self + 1; i < network->peer_count; i++) {
        if (addresses[i] != NULL &&
            hs_tcp_network_set_address(network, i, addresses[i]) != HS_OK) {
            return fail(error, HS_INVALID_ARGUMENT,
                        "the address \"%s\" of validator %" PRIu32 " cannot be read: give "
                        "host:port or [v6]:port",
                        addresses[i], i);
        }
    }
    return HS_OK;
}

/* libuv writes with plain write(): a peer that goes away would end the process where nobody said
 * otherwise. Whoever handles the signal keeps doing so. */
static void ignore_broken_pipes(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        (void)sigaction(SIGPIPE, &action, NULL);
    }
}

static void start_handles(struct hs_tcp_network *network)
{
    uv_loop_t *loop = network->owner.loop;
    HS_ASSERT(uv_tcp_init(loop, &network->listener) == 0);
    HS_ASSERT(uv_timer_init(loop, &network->tick) == 0);
    HS_ASSERT(uv_prepare_init(loop, &network->before_wait) == 0);
    HS_ASSERT(uv_check_init(loop, &network->after_wait) == 0);
    network->listener.data = network;
    network->tick.data = network;
    network->before_wait.data = network;
    network->after_wait.data = network;
    HS_ASSERT(uv_timer_start(&network->tick, on_tick, TICK_MS, TICK_MS) == 0);
    HS_ASSERT(uv_prepare_start(&network->before_wait, on_before_wait) == 0);
    HS_ASSERT(uv_check_start(&network->after_wait, on_after_wait) == 0);
    network->open_handles = 4;
    for (uint32_t i = 0; i < network->peer_count; i++) {
        struct peer *peer = &network->peers[i];
        HS_ASSERT(uv_timer_init(loop, &peer->dial_timer) == 0);
        peer->dial_timer.data = peer;
        network->open_handles++;
    }
}

static void set_up(struct hs_tcp_network *network, const struct hs_tcp_network_config *config)
{
    network->owner.loop = config->loop;
    network->owner.chain_id = config->chain_id;
    network->owner.admit = admit;
    network->owner.ready = on_ready;
    network->owner.message = on_message;
    network->owner.closed = on_connection_closed;
    network->owner.freed = on_connection_freed;
    network->transport = (struct hs_consensus_network){
        .context = network,
        .send = transport_send,
        .broadcast = transport_broadcast,
        .receive = transport_receive,
        .drop_peer = transport_drop_peer,
    };
    network->log = config->log;
    network->notify = config->notify;
    network->notify_context = config->notify_context;
    network->self = config->self;
    network->peer_count = config->validators->count;
    for (uint32_t i = 0; i < network->peer_count; i++) {
        network->peers[i].network = network;
        network->peers[i].key = config->validators->validators[i].network_key;
        network->peers[i].back_off_ms = BACK_OFF_MIN_MS;
    }
}

static struct hs_tcp_network *network_new(const struct hs_tcp_network_config *config)
{
    struct hs_tcp_network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        return NULL;
    }
    network->peers = calloc(config->validators->count, sizeof *network->peers);
    network->owner.read_buffer = malloc(HS_TCP_READ_BYTES);
    network->owner.identity = hs_tls_identity_new(config->network_secret_key);
    if (network->peers == NULL || network->owner.read_buffer == NULL ||
        network->owner.identity == NULL) {
        hs_tls_identity_free(network->owner.identity);
        free(network->owner.read_buffer);
        free(network->peers);
        free(network);
        return NULL;
    }
    return network;
}

enum hs_status hs_tcp_network_new(struct hs_tcp_network **out,
                                  const struct hs_tcp_network_config *config,
                                  struct hs_tcp_error *error)
{
    const struct hs_validator_set *validators = config->validators;
    HS_ASSERT(config->self < validators->count && validators->count <= HS_VALIDATORS_MAX);
    struct hs_ed25519_public_key own_key;
    hs_ed25519_public_key_of(&own_key, config->network_secret_key);
    if (memcmp(&own_key, &validators->validators[config->self].network_key, sizeof own_key) != 0) {
        return fail(error, HS_INVALID_ARGUMENT,
                    "the network key is not that of validator %" PRIu32 " in the genesis file: use "
                    "the key file that was made with it",
                    config->self);
    }
    struct hs_tcp_network *network = network_new(config);
    if (network == NULL) {
        return fail(error, HS_OUT_OF_MEMORY, "no memory for the network");
    }
    ignore_broken_pipes();
    set_up(network, config);
    start_handles(network);
    enum hs_status status = listen_on(network, config->listen_address, error);
    if (status == HS_OK) {
        status = set_addresses(network, config->addresses, error);
    }
    if (status != HS_OK) {
        hs_tcp_network_close(network, NULL, NULL);
        return status;
    }
    *out = network;
    return HS_OK;
}

/* -- what the owner asks --------------------------------------------------- */

const struct hs_consensus_network *hs_tcp_network_transport(struct hs_tcp_network *network)
{
    return &network->transport;
}

uint16_t hs_tcp_network_port(const struct hs_tcp_network *network)
{
    struct sockaddr_storage address = {0};
    int size = sizeof address;
    if (uv_tcp_getsockname(&network->listener, (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
    return ntohs(address.ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port);
}

void hs_tcp_network_peer_counters(const struct hs_tcp_network *network, uint32_t peer,
                                  struct hs_tcp_peer_counters *counters)
{
    HS_ASSERT(peer < network->peer_count);
    *counters = network->peers[peer].counters;
    counters->connected = network->peers[peer].connection != NULL;
}

void hs_tcp_network_counters(const struct hs_tcp_network *network,
                             struct hs_tcp_counters *counters)
{
    *counters = network->counters;
}
