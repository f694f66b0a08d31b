/* A stranger: a socket, with or without TLS, that sends a node what it is told. */
#ifndef HS_TESTS_TCP_STRANGER_H
#define HS_TESTS_TCP_STRANGER_H

#include "tests/unit/tcp_nodes.h"

/* A socket that speaks TLS with a key, if it has one, and sends what it is told. */
struct stranger {
    struct fixture *fixture;
    uv_tcp_t socket;
    uv_connect_t connect_request;
    struct hs_tls_identity *identity;
    struct hs_tls_session *session;
    bool connected;
    bool handshake_done;
    bool hung_up; /* by the other side */
    bool closed;
    uint32_t write_count; /* under way */
    size_t received_bytes;
    uint8_t buffer[65536];
};

struct stranger_write {
    uv_write_t request;
    struct stranger *stranger;
    uint8_t bytes[];
};

static inline void stranger_written(uv_write_t *request, int status)
{
    (void)status;
    struct stranger_write *write = (struct stranger_write *)request;
    write->stranger->write_count--;
    free(write);
}

static inline void stranger_write_raw(struct stranger *stranger, const uint8_t *data, size_t size)
{
    if (stranger->hung_up || size == 0) {
        return;
    }
    struct stranger_write *write = malloc(sizeof *write + size);
    assert_non_null(write);
    write->stranger = stranger;
    memcpy(write->bytes, data, size);
    uv_buf_t bytes = uv_buf_init((char *)write->bytes, (unsigned)size);
    stranger->write_count++;
    assert_int_equal(
        uv_write(&write->request, (uv_stream_t *)&stranger->socket, &bytes, 1, stranger_written),
        0);
}

static inline void stranger_flush(struct stranger *stranger)
{
    struct hs_tls_output output = {NULL, 0, 0};
    hs_tls_session_take_output(stranger->session, &output);
    stranger_write_raw(stranger, output.data, output.size);
    free(output.data);
}

static inline void stranger_write(struct stranger *stranger, const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t piece = size < HS_TLS_RECORD_BYTES_MAX ? size : HS_TLS_RECORD_BYTES_MAX;
        assert_int_equal(hs_tls_session_write(stranger->session, data, piece), HS_OK);
        data += piece;
        size -= piece;
    }
    stranger_flush(stranger);
}

static inline void stranger_take(struct stranger *stranger, const uint8_t *data, size_t size)
{
    hs_tls_session_feed(stranger->session, data, size);
    if (!stranger->handshake_done) {
        stranger->handshake_done = hs_tls_session_handshake(stranger->session) == HS_OK;
        stranger_flush(stranger);
    }
    uint8_t plaintext[4096];
    size_t plaintext_size;
    while (stranger->handshake_done &&
           hs_tls_session_read(stranger->session, plaintext, sizeof plaintext, &plaintext_size) ==
               HS_OK) {
        stranger->received_bytes += plaintext_size;
    }
}

static inline void stranger_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct stranger *stranger = handle->data;
    *buffer = uv_buf_init((char *)stranger->buffer, sizeof stranger->buffer);
}

static inline void stranger_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct stranger *stranger = stream->data;
    if (size < 0) {
        stranger->hung_up = true;
        uv_read_stop(stream);
    } else if (stranger->session != NULL) {
        stranger_take(stranger, (const uint8_t *)buffer->base, (size_t)size);
    }
}

static inline void stranger_connected(uv_connect_t *request, int status)
{
    struct stranger *stranger = request->handle->data;
    assert_int_equal(status, 0);
    stranger->connected = true;
    uv_read_start((uv_stream_t *)&stranger->socket, stranger_allocate, stranger_read);
    if (stranger->session != NULL) {
        stranger_take(stranger, NULL, 0);
    }
}

static inline bool accept_any_key(void *context, const struct hs_ed25519_public_key *key)
{
    (void)context;
    (void)key;
    return true;
}

/* Connects to a node; by TLS when there is a key. */
static inline struct stranger *stranger_new(struct fixture *fixture, uint32_t node,
                                            const struct hs_ed25519_secret_key *key)
{
    struct stranger *stranger = calloc(1, sizeof *stranger);
    assert_non_null(stranger);
    stranger->fixture = fixture;
    if (key != NULL) {
        stranger->identity = hs_tls_identity_new(key);
        assert_non_null(stranger->identity);
        stranger->session = hs_tls_session_new(stranger->identity, true, accept_any_key, NULL);
        assert_non_null(stranger->session);
    }
    assert_int_equal(uv_tcp_init(&fixture->loop, &stranger->socket), 0);
    stranger->socket.data = stranger;
    struct sockaddr_in address;
    assert_int_equal(uv_ip4_addr("127.0.0.1", fixture->nodes[node].port, &address), 0);
    assert_int_equal(uv_tcp_connect(&stranger->connect_request, &stranger->socket,
                                    (const struct sockaddr *)&address, stranger_connected),
                     0);
    WAIT_FOR(fixture, stranger->connected);
    return stranger;
}

static inline void stranger_closed(uv_handle_t *handle)
{
    struct stranger *stranger = handle->data;
    stranger->closed = true;
}

static inline void stranger_free(struct stranger *stranger)
{
    uv_close((uv_handle_t *)&stranger->socket, stranger_closed);
    WAIT_FOR(stranger->fixture, stranger->closed && stranger->write_count == 0);
    hs_tls_session_free(stranger->session);
    hs_tls_identity_free(stranger->identity);
    free(stranger);
}

static inline void stranger_write_frame(struct stranger *stranger, uint8_t frame_class,
                                        uint32_t announced, const uint8_t *body, size_t size)
{
    uint8_t bytes[HS_FRAME_HEADER_BYTES + 256];
    assert_true(size <= 256);
    hs_frame_header_write(bytes, frame_class, announced);
    if (size > 0) {
        memcpy(bytes + HS_FRAME_HEADER_BYTES, body, size);
    }
    stranger_write(stranger, bytes, HS_FRAME_HEADER_BYTES + size);
}

static inline void stranger_write_hello(struct stranger *stranger)
{
    uint8_t hello[HS_TCP_HELLO_BYTES] = {HS_TCP_PROTOCOL_VERSION};
    memcpy(hello + 4, &stranger->fixture->chain_id, HS_HASH_BYTES);
    stranger_write_frame(stranger, HS_FRAME_HELLO, sizeof hello, hello, sizeof hello);
}

/* A stranger with validator 0's key that node 1 takes for validator 0. */
static inline struct stranger *stranger_as_zero(struct fixture *fixture)
{
    uint32_t connect_count = fixture->nodes[1].connect_count;
    struct stranger *stranger = stranger_new(fixture, 1, &fixture->keys[0]);
    WAIT_FOR(fixture, stranger->handshake_done);
    stranger_write_hello(stranger);
    WAIT_FOR(fixture, fixture->nodes[1].connect_count == connect_count + 1);
    return stranger;
}

#endif
