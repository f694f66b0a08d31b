/* Sockets, TLS and frames put together.
 *
 * Every callback of libuv may find the connection closed by what an earlier one did, and every
 * call up to the owner may close it: `state` is looked at again after each. Memory goes when
 * libuv has let go of the socket and of a name that was being resolved.
 *
 * Writing: plaintext is taken from the queue, encrypted a record at a time up to WRITE_BYTES, and
 * offered to the socket at once; only what it does not take is left to libuv, and
 * nothing more is encrypted until that has gone. So what is urgent waits behind one such piece and
 * what the kernel has not sent yet, which is bounded too.
 */
#include "network/tcp_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"

#define WRITE_BYTES       (64u * 1024u)
#define KEEPALIVE_SECONDS 10u

uint64_t hs_tcp_now_ms(const struct hs_tcp_connection_owner *owner)
{
    return owner->clock.now_ns(owner->clock.context) / 1000000u;
}

/* -- the end --------------------------------------------------------------- */

static void free_when_done(struct hs_tcp_connection *connection)
{
    if (connection->socket_closed && !connection->resolving) {
        struct hs_tcp_connection_owner *owner = connection->owner;
        free(connection->in_socket.data);
        free(connection);
        owner->connection_count--;
        owner->freed(owner);
    }
}

static void on_socket_closed(uv_handle_t *handle)
{
    struct hs_tcp_connection *connection = handle->data;
    connection->socket_closed = true;
    free_when_done(connection);
}

void hs_tcp_connection_close(struct hs_tcp_connection *connection, enum hs_status why)
{
    if (connection->state == HS_TCP_CLOSED) {
        return;
    }
    connection->state = HS_TCP_CLOSED;
    connection->owner->closed(connection, why);
    hs_tls_session_free(connection->session);
    connection->session = NULL;
    hs_frame_reader_release(&connection->frames);
    hs_outbound_queue_release(&connection->outbound);
    if (connection->resolving) {
        (void)uv_cancel((uv_req_t *)&connection->resolve_request);
    }
    uv_close((uv_handle_t *)&connection->socket, on_socket_closed);
}

/* -- writing --------------------------------------------------------------- */

/* A ping is one frame of one byte. */
static enum hs_status write_ping(struct hs_tcp_connection *connection)
{
    uint8_t ping[HS_FRAME_HEADER_BYTES + 1] = {0};
    hs_frame_header_write(ping, HS_FRAME_PING, 1);
    return hs_tls_session_write(connection->session, ping, sizeof ping);
}

static enum hs_status write_hello(struct hs_tcp_connection *connection)
{
    uint8_t hello[HS_FRAME_HEADER_BYTES + HS_TCP_HELLO_BYTES];
    hs_frame_header_write(hello, HS_FRAME_HELLO, HS_TCP_HELLO_BYTES);
    struct hs_writer writer = hs_writer_over(hello + HS_FRAME_HEADER_BYTES, HS_TCP_HELLO_BYTES);
    hs_write_u32(&writer, HS_TCP_PROTOCOL_VERSION);
    hs_write_bytes(&writer, connection->owner->chain_id.bytes, HS_HASH_BYTES);
    return hs_tls_session_write(connection->session, hello, sizeof hello);
}

/* Encrypts one record of what is queued. HS_NOT_FOUND when nothing is. */
static enum hs_status encrypt_next(struct hs_tcp_connection *connection)
{
    if (connection->state != HS_TCP_READY) {
        return HS_NOT_FOUND;
    }
    /* Between two frames only. */
    if (connection->ping_due && connection->outbound.current == NULL) {
        connection->ping_due = false;
        return write_ping(connection);
    }
    uint8_t plaintext[HS_TLS_RECORD_BYTES_MAX];
    size_t size =
        hs_outbound_queue_take(&connection->outbound, plaintext, sizeof plaintext,
                               connection->counters->messages_out, connection->counters->bytes_out);
    return size == 0 ? HS_NOT_FOUND : hs_tls_session_write(connection->session, plaintext, size);
}

static void on_written(uv_write_t *request, int status)
{
    struct hs_tcp_connection *connection = request->handle->data;
    connection->writing = false;
    if (status < 0) {
        hs_tcp_connection_close(connection, HS_UNREACHABLE);
    } else {
        hs_tcp_connection_flush(connection);
    }
}

/* Offers `in_socket` to the socket. HS_OK when all of it was taken, HS_NOT_READY when libuv writes
 * the rest, HS_UNREACHABLE. */
static enum hs_status write_in_socket(struct hs_tcp_connection *connection)
{
    uv_stream_t *stream = (uv_stream_t *)&connection->socket;
    uv_buf_t bytes =
        uv_buf_init((char *)connection->in_socket.data, (unsigned)connection->in_socket.size);
    int written = uv_try_write(stream, &bytes, 1);
    if (written < 0 && written != UV_EAGAIN) {
        return HS_UNREACHABLE;
    }
    size_t taken = written > 0 ? (size_t)written : 0;
    if (taken == connection->in_socket.size) {
        return HS_OK;
    }
    uv_buf_t rest = uv_buf_init(bytes.base + taken, (unsigned)(connection->in_socket.size - taken));
    if (uv_write(&connection->write_request, stream, &rest, 1, on_written) != 0) {
        return HS_UNREACHABLE;
    }
    connection->writing = true;
    return HS_NOT_READY;
}

void hs_tcp_connection_flush(struct hs_tcp_connection *connection)
{
    enum hs_status status = HS_OK;
    while (status == HS_OK && connection->session != NULL && !connection->writing) {
        enum hs_status encrypted = HS_OK;
        while (encrypted == HS_OK &&
               hs_tls_session_output_bytes(connection->session) < WRITE_BYTES) {
            encrypted = encrypt_next(connection);
        }
        if (encrypted != HS_OK && encrypted != HS_NOT_FOUND) {
            hs_tcp_connection_close(connection, encrypted);
            return;
        }
        if (hs_tls_session_output_bytes(connection->session) == 0) {
            return;
        }
        hs_tls_session_take_output(connection->session, &connection->in_socket);
        status = write_in_socket(connection);
    }
    if (status == HS_UNREACHABLE) {
        hs_tcp_connection_close(connection, status);
    }
}

/* -- reading --------------------------------------------------------------- */

static enum hs_status take_hello(struct hs_tcp_connection *connection, const struct hs_buffer *body)
{
    struct hs_reader reader = hs_reader_over(body->data, body->size);
    struct hs_chain_id chain_id;
    uint32_t version = hs_read_u32(&reader);
    hs_read_bytes(&reader, chain_id.bytes, sizeof chain_id.bytes);
    enum hs_status status = hs_reader_end(&reader);
    if (status != HS_OK) {
        return status;
    }
    if (version != HS_TCP_PROTOCOL_VERSION ||
        memcmp(&chain_id, &connection->owner->chain_id, sizeof chain_id) != 0) {
        return HS_WRONG_CHAIN;
    }
    connection->state = HS_TCP_READY;
    connection->owner->ready(connection);
    return HS_OK;
}

/* Takes the frame over. */
static enum hs_status take_frame(struct hs_tcp_connection *connection, struct hs_frame frame)
{
    enum hs_status status = HS_OK;
    if (frame.frame_class < HS_MESSAGE_CLASSES) {
        connection->owner->message(connection, (enum hs_message_class)frame.frame_class,
                                   frame.body);
        return HS_OK;
    }
    if (frame.frame_class == HS_FRAME_HELLO) {
        status = take_hello(connection, frame.body);
    }
    hs_buffer_release(frame.body);
    return status;
}

/* One decryption and what it completes. HS_NOT_READY when all that was fed is used up. */
static enum hs_status read_next(struct hs_tcp_connection *connection)
{
    size_t capacity;
    uint8_t *space = hs_frame_reader_space(&connection->frames, &capacity);
    if (space == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    size_t size;
    enum hs_status status = hs_tls_session_read(connection->session, space, capacity, &size);
    if (status != HS_OK) {
        return status;
    }
    struct hs_frame frame;
    status = hs_frame_reader_advance(&connection->frames, size, &frame);
    if (status == HS_OK) {
        return take_frame(connection, frame);
    }
    return status == HS_NOT_READY ? HS_OK : status;
}

static enum hs_status continue_handshake(struct hs_tcp_connection *connection)
{
    enum hs_status status = hs_tls_session_handshake(connection->session);
    if (status == HS_OK) {
        connection->state = HS_TCP_HELLO;
        status = write_hello(connection);
    }
    return status;
}

static bool admit_key(void *context, const struct hs_ed25519_public_key *key)
{
    struct hs_tcp_connection *connection = context;
    return connection->owner->admit(connection, key);
}

static enum hs_status begin_session(struct hs_tcp_connection *connection)
{
    connection->session = hs_tls_session_new(connection->owner->identity, connection->is_dialer,
                                             admit_key, connection);
    return connection->session == NULL ? HS_OUT_OF_MEMORY : HS_OK;
}

static enum hs_status take_bytes(struct hs_tcp_connection *connection, const uint8_t *data,
                                 size_t size)
{
    enum hs_status status = connection->session == NULL ? begin_session(connection) : HS_OK;
    if (status != HS_OK) {
        return status;
    }
    hs_tls_session_feed(connection->session, data, size);
    while (status == HS_OK && connection->state != HS_TCP_CLOSED) {
        status = connection->state == HS_TCP_HANDSHAKE ? continue_handshake(connection)
                                                       : read_next(connection);
    }
    return status == HS_NOT_READY ? HS_OK : status;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct hs_tcp_connection *connection = stream->data;
    if (size == 0 || connection->state == HS_TCP_CLOSED) {
        return;
    }
    if (size < 0) {
        hs_tcp_connection_close(connection, HS_UNREACHABLE);
        return;
    }
    connection->last_heard_ms = hs_tcp_now_ms(connection->owner);
    enum hs_status status = take_bytes(connection, (const uint8_t *)buffer->base, (size_t)size);
    if (connection->state == HS_TCP_CLOSED) {
        return;
    }
    if (status == HS_OK && connection->state != HS_TCP_READY) {
        connection->unproved_bytes += (size_t)size;
        if (connection->unproved_bytes > HS_NETWORK_HANDSHAKE_BYTES_MAX) {
            status = HS_MALFORMED;
        }
    }
    /* Also when it ends: an alert or our hello tells the peer why. */
    hs_tcp_connection_flush(connection);
    if (status != HS_OK) {
        hs_tcp_connection_close(connection, status);
    }
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    const struct hs_tcp_connection *connection = handle->data;
    *buffer = uv_buf_init((char *)connection->owner->read_buffer, HS_TCP_READ_BYTES);
}

void hs_tcp_connection_pause(struct hs_tcp_connection *connection)
{
    if (connection->reading) {
        connection->reading = false;
        (void)uv_read_stop((uv_stream_t *)&connection->socket);
    }
}

void hs_tcp_connection_resume(struct hs_tcp_connection *connection)
{
    if (!connection->reading && connection->state != HS_TCP_CLOSED) {
        /* Silence while nobody listened was not the peer's. */
        connection->last_heard_ms = hs_tcp_now_ms(connection->owner);
        connection->reading = true;
        if (uv_read_start((uv_stream_t *)&connection->socket, on_allocate, on_read) != 0) {
            hs_tcp_connection_close(connection, HS_UNREACHABLE);
        }
    }
}

/* -- the beginning --------------------------------------------------------- */

static struct hs_tcp_connection *connection_new(struct hs_tcp_connection_owner *owner)
{
    struct hs_tcp_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    if (uv_tcp_init(owner->loop, &connection->socket) != 0) {
        free(connection);
        return NULL;
    }
    owner->connection_count++;
    connection->owner = owner;
    connection->socket.data = connection;
    connection->peer = HS_TCP_NO_PEER;
    connection->state = HS_TCP_CONNECTING;
    connection->began_ms = hs_tcp_now_ms(owner);
    connection->last_heard_ms = connection->began_ms;
    hs_frame_reader_init(&connection->frames);
    hs_outbound_queue_init(&connection->outbound);
    return connection;
}

/* Failures leave the system's own settings, with which it works as well. */
static void tune_socket(struct hs_tcp_connection *connection)
{
    (void)uv_tcp_nodelay(&connection->socket, 1);
    (void)uv_tcp_keepalive(&connection->socket, 1, KEEPALIVE_SECONDS);
#ifdef TCP_NOTSENT_LOWAT
    int descriptor;
    if (uv_fileno((const uv_handle_t *)&connection->socket, &descriptor) == 0) {
        int unsent_bytes_max = (int)HS_NETWORK_IN_SOCKET_BYTES_MAX;
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes_max,
                         sizeof unsent_bytes_max);
    }
#endif
}

struct hs_tcp_connection *hs_tcp_connection_accept(struct hs_tcp_connection_owner *owner,
                                                   uv_stream_t *listener)
{
    struct hs_tcp_connection *connection = connection_new(owner);
    if (connection == NULL) {
        return NULL;
    }
    connection->state = HS_TCP_HANDSHAKE;
    if (uv_accept(listener, (uv_stream_t *)&connection->socket) != 0) {
        hs_tcp_connection_close(connection, HS_UNREACHABLE);
        return NULL;
    }
    tune_socket(connection);
    hs_tcp_connection_resume(connection);
    return connection->state == HS_TCP_CLOSED ? NULL : connection;
}

static void on_connected(uv_connect_t *request, int status)
{
    struct hs_tcp_connection *connection = request->handle->data;
    if (connection->state == HS_TCP_CLOSED) {
        return;
    }
    if (status < 0) {
        hs_tcp_connection_close(connection, HS_UNREACHABLE);
        return;
    }
    tune_socket(connection);
    connection->state = HS_TCP_HANDSHAKE;
    hs_tcp_connection_resume(connection);
    if (connection->state == HS_TCP_CLOSED) {
        return;
    }
    enum hs_status begun = take_bytes(connection, NULL, 0);
    if (begun != HS_OK) {
        hs_tcp_connection_close(connection, begun);
        return;
    }
    hs_tcp_connection_flush(connection);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct hs_tcp_connection *connection = request->data;
    connection->resolving = false;
    if (connection->state == HS_TCP_CLOSED) {
        free_when_done(connection);
    } else if (status < 0 || uv_tcp_connect(&connection->connect_request, &connection->socket,
                                            addresses->ai_addr, on_connected) != 0) {
        hs_tcp_connection_close(connection, HS_UNREACHABLE);
    }
    uv_freeaddrinfo(addresses);
}

static int resolve(struct hs_tcp_connection *connection, const struct hs_tcp_address *address)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    connection->resolve_request.data = connection;
    int result = uv_getaddrinfo(connection->owner->loop, &connection->resolve_request, on_resolved,
                                address->host, address->port, &hints);
    connection->resolving = result == 0;
    return result;
}

struct hs_tcp_connection *hs_tcp_connection_dial(struct hs_tcp_connection_owner *owner,
                                                 uint32_t peer,
                                                 const struct hs_tcp_address *address)
{
    struct hs_tcp_connection *connection = connection_new(owner);
    if (connection == NULL) {
        return NULL;
    }
    connection->is_dialer = true;
    connection->peer = peer;
    struct sockaddr_storage numeric;
    int result;
    /* A number needs no thread to be looked up. */
    if (hs_tcp_address_numeric(&numeric, address) == HS_OK) {
        result = uv_tcp_connect(&connection->connect_request, &connection->socket,
                                (const struct sockaddr *)&numeric, on_connected);
    } else {
        result = resolve(connection, address);
    }
    if (result != 0) {
        hs_tcp_connection_close(connection, HS_UNREACHABLE);
        return NULL;
    }
    return connection;
}
