/* The transport over the mesh: what is handed to the node and what leaves it, and when.
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
#include "network/tcp_mesh.h"

#define LISTEN_BACKLOG 128
#define TICK_MS        500u
#define PING_TICKS     4u
/* How long a peer stays out that the node has dropped. */
#define DROPPED_MS 2000u

/* -- the turn and the tick ------------------------------------------------- */

static void flush_queued(struct hs_tcp_network *network)
{
    network->has_queued = false;
    for (uint32_t i = 0; i < network->table.end; i++) {
        struct hs_tcp_peer *peer = &network->peers[i];
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

static void on_tick(uv_timer_t *timer)
{
    struct hs_tcp_network *network = timer->data;
    network->tick_count++;
    hs_tcp_mesh_check(network, network->tick_count % PING_TICKS == 0);
}

/* -- the transport --------------------------------------------------------- */

static enum hs_status transport_set_peers(void *context, const struct hs_peer peers[], size_t count)
{
    struct hs_tcp_network *network = context;
    return network->closing ? HS_OK : hs_tcp_mesh_set_peers(network, peers, count);
}

static enum hs_status transport_send(void *context, uint32_t to,
                                     enum hs_message_class message_class, struct hs_buffer *message)
{
    struct hs_tcp_network *network = context;
    if (to >= network->table.end || !network->table.entries[to].used || message->size == 0 ||
        message->size > HS_MESSAGE_BYTES_MAX) {
        return HS_INVALID_ARGUMENT;
    }
    struct hs_tcp_peer *peer = &network->peers[to];
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

static void transport_broadcast(void *context, const uint32_t to[], size_t count,
                                enum hs_message_class message_class, struct hs_buffer *message)
{
    for (size_t i = 0; i < count; i++) {
        /* A peer that can't be reached, or whose queue is full, is no concern of the others. */
        enum hs_status status = transport_send(context, to[i], message_class, message);
        (void)status;
    }
}

static enum hs_status transport_receive(void *context, struct hs_received *received)
{
    struct hs_tcp_network *network = context;
    enum hs_status status = hs_tcp_inbox_pop(&network->inbox, received);
    if (status == HS_OK) {
        struct hs_tcp_connection *connection = network->peers[received->peer].connection;
        if (connection != NULL && !connection->reading &&
            hs_tcp_inbox_has_room_for(&network->inbox, received->peer)) {
            hs_tcp_connection_resume(connection);
        }
    }
    return status;
}

static void transport_drop_peer(void *context, uint32_t number, enum hs_status why)
{
    struct hs_tcp_network *network = context;
    if (number >= network->table.end || network->peers[number].connection == NULL) {
        return;
    }
    network->peers[number].kept_out_until_ms = hs_tcp_now_ms(&network->owner) + DROPPED_MS;
    hs_tcp_connection_close(network->peers[number].connection, why);
}

static enum hs_status transport_use_identity(void *context, const struct hs_ed25519_public_key *key)
{
    struct hs_tcp_network *network = context;
    return network->closing ? HS_OK : hs_tcp_mesh_use_identity(network, key);
}

/* -- the end --------------------------------------------------------------- */

static void free_parts(struct hs_tcp_network *network)
{
    for (uint32_t i = 0; i < HS_NODE_KEYS_MAX; i++) {
        hs_tls_identity_free(network->identities[i]);
    }
    free(network->owner.read_buffer);
    free(network->peers);
    free(network);
}

static void free_when_closed(struct hs_tcp_network *network)
{
    if (!network->closing || network->open_handles > 0 || network->owner.connection_count > 0) {
        return;
    }
    void (*closed)(void *context) = network->closed;
    void *closed_context = network->closed_context;
    free_parts(network);
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
    const struct hs_tcp_peer *peer = handle->data;
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
    hs_tcp_mesh_close(network);
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        uv_close((uv_handle_t *)&network->peers[i].dial_timer, on_dial_timer_closed);
    }
    hs_tcp_inbox_release(&network->inbox);
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

static void on_inbound(uv_stream_t *listener, int status)
{
    /* A failure, such as too few descriptors, leaves the caller in the backlog or turned away. */
    if (status == 0) {
        hs_tcp_mesh_accept(listener->data, listener);
    }
}

static enum hs_status listen_on(struct hs_tcp_network *network, const char *text,
                                struct hs_tcp_error *error)
{
    struct hs_tcp_address address;
    struct sockaddr_storage socket_address;
    if (hs_tcp_address_parse(&address, text) != HS_OK ||
        hs_tcp_address_numeric(&socket_address, &address) != HS_OK) {
        return fail(error, HS_INVALID_ARGUMENT,
                    "cannot listen on \"%s\": give a numeric address and a port, as in "
                    "127.0.0.1:7000 or [::]:7000",
                    text);
    }
    network->on_loopback = hs_tcp_address_is_loopback(&socket_address);
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
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        struct hs_tcp_peer *peer = &network->peers[i];
        HS_ASSERT(uv_timer_init(loop, &peer->dial_timer) == 0);
        peer->dial_timer.data = peer;
        network->open_handles++;
    }
}

static void set_up(struct hs_tcp_network *network, const struct hs_tcp_network_config *config)
{
    network->owner.loop = config->loop;
    network->owner.clock = config->clock;
    network->owner.chain_id = config->chain_id;
    network->owner.freed = on_connection_freed;
    network->transport = (struct hs_consensus_network){
        .context = network,
        .set_peers = transport_set_peers,
        .send = transport_send,
        .broadcast = transport_broadcast,
        .receive = transport_receive,
        .drop_peer = transport_drop_peer,
        .use_identity = transport_use_identity,
    };
    network->log = config->log;
    network->notify = config->notify;
    network->notify_context = config->notify_context;
    hs_tcp_mesh_init(network);
}

static struct hs_tcp_network *network_new(const struct hs_tcp_network_config *config)
{
    struct hs_tcp_network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        return NULL;
    }
    network->peers = calloc(HS_PEERS_MAX, sizeof *network->peers);
    network->owner.read_buffer = malloc(HS_TCP_READ_BYTES);
    bool has_all = network->peers != NULL && network->owner.read_buffer != NULL;
    network->own_key_count = config->network_key_count;
    for (uint32_t i = 0; i < config->network_key_count; i++) {
        hs_ed25519_public_key_of(&network->own_keys[i], &config->network_secret_keys[i]);
        network->identities[i] = hs_tls_identity_new(&config->network_secret_keys[i]);
        has_all = has_all && network->identities[i] != NULL;
    }
    if (!has_all) {
        free_parts(network);
        return NULL;
    }
    network->owner.identity = network->identities[0];
    return network;
}

enum hs_status hs_tcp_network_new(struct hs_tcp_network **out,
                                  const struct hs_tcp_network_config *config,
                                  struct hs_tcp_error *error)
{
    HS_ASSERT(config->network_key_count > 0 && config->network_key_count <= HS_NODE_KEYS_MAX);
    struct hs_tcp_network *network = network_new(config);
    if (network == NULL) {
        return fail(error, HS_OUT_OF_MEMORY, "no memory for the network");
    }
    ignore_broken_pipes();
    set_up(network, config);
    start_handles(network);
    enum hs_status status = listen_on(network, config->listen_address, error);
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
    HS_ASSERT(peer < HS_PEERS_MAX);
    *counters = network->peers[peer].counters;
    counters->connected = network->peers[peer].connection != NULL;
}

void hs_tcp_network_counters(const struct hs_tcp_network *network, struct hs_tcp_counters *counters)
{
    *counters = network->counters;
}
