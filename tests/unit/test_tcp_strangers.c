/* Who may not come in over TCP, and what ends a connection.
 *
 * Whoever breaks the rules is played in two ways: as a network made with keys or a genesis of its
 * own, or as a `stranger`, a socket with or without TLS that sends what it is told. */
#include "tests/unit/tcp_nodes.h"

/* -- keys and chains ---------------------------------------------------------------- */

/* Plays validator 0 towards node 1 with a key, and waits until node 1 has refused it twice: it
 * dials again. */
static void refuse_as_zero(struct fixture *fixture, const struct hs_ed25519_secret_key *key)
{
    start(fixture, 1);
    struct hs_validator_set forged = fixture->validators;
    forged.count = 2;
    hs_ed25519_public_key_of(&forged.validators[0].network_key, key);
    start_as(fixture, 4, 0, key, &forged, fixture->chain_id);
    WAIT_FOR(fixture, counters_of(&fixture->nodes[1]).refused_keys >= 2);
    assert_int_equal(fixture->nodes[1].connect_count, 0);
    assert_int_equal(fixture->nodes[4].connect_count, 0);
}

static void an_unknown_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    refuse_as_zero(fixture, &fixture->keys[7]);
}

static void a_nodes_own_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    refuse_as_zero(fixture, &fixture->keys[1]);
}

static void a_key_that_should_be_dialed_may_not_dial(void **state)
{
    struct fixture *fixture = *state;
    refuse_as_zero(fixture, &fixture->keys[2]);
}

static void an_address_that_answers_with_another_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 2);
    start(fixture, 0);
    WAIT_FOR(fixture, are_connected(fixture, 0, 2));
    char address[32];
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", fixture->nodes[2].port);
    assert_int_equal(hs_tcp_network_set_address(fixture->nodes[0].network, 1, address), HS_OK);
    WAIT_FOR(fixture, counters_of(&fixture->nodes[0]).refused_keys >= 2);
    assert_false(fixture->nodes[0].connected[1]);
    assert_true(are_connected(fixture, 0, 2));
    assert_int_equal(fixture->nodes[2].connect_count, 1);
}

static void another_chain_is_refused_by_both_sides(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 1);
    struct hs_chain_id other = fixture->chain_id;
    other.bytes[31] ^= 1;
    start_as(fixture, 0, 0, &fixture->keys[0], &fixture->validators, other);
    WAIT_FOR(fixture, counters_of(&fixture->nodes[1]).refused_chains >= 2);
    WAIT_FOR(fixture, counters_of(&fixture->nodes[0]).refused_chains >= 1);
    assert_int_equal(fixture->nodes[0].connect_count, 0);
    assert_int_equal(fixture->nodes[1].connect_count, 0);
}

static enum hs_status try_new(struct fixture *fixture, uint32_t key, const char *listen_address,
                              const char *peer_address, struct hs_tcp_error *error)
{
    const char *addresses[NODES] = {NULL, peer_address, NULL, NULL};
    struct hs_tcp_network_config config = {
        .loop = &fixture->loop,
        .self = 0,
        .validators = &fixture->validators,
        .addresses = addresses,
        .listen_address = listen_address,
        .network_secret_key = &fixture->keys[key],
        .chain_id = fixture->chain_id,
        .clock = hs_real_clock(),
        .notify = on_notify,
        .notify_context = &fixture->nodes[0],
    };
    struct hs_tcp_network *network = NULL;
    error->text[0] = '\0';
    enum hs_status status = hs_tcp_network_new(&network, &config, error);
    assert_null(network);
    assert_true(strlen(error->text) > 20);
    return status;
}

static void what_can_not_start_says_why(void **state)
{
    struct fixture *fixture = *state;
    struct hs_tcp_error error;
    start(fixture, 1);
    char taken_address[32];
    (void)snprintf(taken_address, sizeof taken_address, "127.0.0.1:%u", fixture->nodes[1].port);
    assert_int_equal(try_new(fixture, 0, taken_address, NULL, &error), HS_IN_USE);
    assert_non_null(strstr(error.text, taken_address));
    assert_int_equal(try_new(fixture, 5, "127.0.0.1:0", NULL, &error), HS_INVALID_ARGUMENT);
    assert_int_equal(try_new(fixture, 0, "localhost:0", NULL, &error), HS_INVALID_ARGUMENT);
    assert_int_equal(try_new(fixture, 0, "127.0.0.1", NULL, &error), HS_INVALID_ARGUMENT);
    assert_int_equal(try_new(fixture, 0, "192.0.2.1:9", NULL, &error), HS_INVALID_ARGUMENT);
    assert_int_equal(try_new(fixture, 0, "127.0.0.1:0", "nonsense", &error), HS_INVALID_ARGUMENT);
    assert_non_null(strstr(error.text, "nonsense"));
}

/* -- strangers ---------------------------------------------------------------------- */

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

static void stranger_written(uv_write_t *request, int status)
{
    (void)status;
    struct stranger_write *write = (struct stranger_write *)request;
    write->stranger->write_count--;
    free(write);
}

static void stranger_write_raw(struct stranger *stranger, const uint8_t *data, size_t size)
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
    assert_int_equal(uv_write(&write->request, (uv_stream_t *)&stranger->socket, &bytes, 1,
                              stranger_written),
                     0);
}

static void stranger_flush(struct stranger *stranger)
{
    struct hs_tls_output output = {NULL, 0, 0};
    hs_tls_session_take_output(stranger->session, &output);
    stranger_write_raw(stranger, output.data, output.size);
    free(output.data);
}

static void stranger_write(struct stranger *stranger, const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t piece = size < HS_TLS_RECORD_BYTES_MAX ? size : HS_TLS_RECORD_BYTES_MAX;
        assert_int_equal(hs_tls_session_write(stranger->session, data, piece), HS_OK);
        data += piece;
        size -= piece;
    }
    stranger_flush(stranger);
}

static void stranger_take(struct stranger *stranger, const uint8_t *data, size_t size)
{
    hs_tls_session_feed(stranger->session, data, size);
    if (!stranger->handshake_done) {
        stranger->handshake_done = hs_tls_session_handshake(stranger->session) == HS_OK;
        stranger_flush(stranger);
    }
    uint8_t plaintext[4096];
    size_t plaintext_size;
    while (stranger->handshake_done && hs_tls_session_read(stranger->session, plaintext,
                                                           sizeof plaintext,
                                                           &plaintext_size) == HS_OK) {
        stranger->received_bytes += plaintext_size;
    }
}

static void stranger_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct stranger *stranger = handle->data;
    *buffer = uv_buf_init((char *)stranger->buffer, sizeof stranger->buffer);
}

static void stranger_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct stranger *stranger = stream->data;
    if (size < 0) {
        stranger->hung_up = true;
        uv_read_stop(stream);
    } else if (stranger->session != NULL) {
        stranger_take(stranger, (const uint8_t *)buffer->base, (size_t)size);
    }
}

static void stranger_connected(uv_connect_t *request, int status)
{
    struct stranger *stranger = request->handle->data;
    assert_int_equal(status, 0);
    stranger->connected = true;
    uv_read_start((uv_stream_t *)&stranger->socket, stranger_allocate, stranger_read);
    if (stranger->session != NULL) {
        stranger_take(stranger, NULL, 0);
    }
}

static bool accept_any_key(void *context, const struct hs_ed25519_public_key *key)
{
    (void)context;
    (void)key;
    return true;
}

/* Connects to a node; by TLS when there is a key. */
static struct stranger *stranger_new(struct fixture *fixture, uint32_t node,
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

static void stranger_closed(uv_handle_t *handle)
{
    struct stranger *stranger = handle->data;
    stranger->closed = true;
}

static void stranger_free(struct stranger *stranger)
{
    uv_close((uv_handle_t *)&stranger->socket, stranger_closed);
    WAIT_FOR(stranger->fixture, stranger->closed && stranger->write_count == 0);
    hs_tls_session_free(stranger->session);
    hs_tls_identity_free(stranger->identity);
    free(stranger);
}

static void stranger_write_frame(struct stranger *stranger, uint8_t frame_class,
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

static void stranger_write_hello(struct stranger *stranger)
{
    uint8_t hello[HS_TCP_HELLO_BYTES] = {HS_TCP_PROTOCOL_VERSION};
    memcpy(hello + 4, &stranger->fixture->chain_id, HS_HASH_BYTES);
    stranger_write_frame(stranger, HS_FRAME_HELLO, sizeof hello, hello, sizeof hello);
}

/* A stranger with validator 0's key that node 1 takes for validator 0. */
static struct stranger *stranger_as_zero(struct fixture *fixture)
{
    uint32_t connect_count = fixture->nodes[1].connect_count;
    struct stranger *stranger = stranger_new(fixture, 1, &fixture->keys[0]);
    WAIT_FOR(fixture, stranger->handshake_done);
    stranger_write_hello(stranger);
    WAIT_FOR(fixture, fixture->nodes[1].connect_count == connect_count + 1);
    return stranger;
}

static void a_megabyte_of_garbage_is_cut_off_and_costs_nothing(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    uint8_t *garbage = malloc(1 << 20);
    assert_non_null(garbage);
    for (size_t i = 0; i < 1 << 20; i++) {
        garbage[i] = (uint8_t)(i * 131 + i / 7);
    }
    struct stranger *stranger = stranger_new(fixture, 1, NULL);
    stranger_write_raw(stranger, garbage, 1 << 20);
    WAIT_FOR(fixture, stranger->hung_up);
    assert_int_equal(counters_of(&fixture->nodes[1]).refused_bytes, 1);
    stranger_free(stranger);
    free(garbage);
    assert_true(is_mesh(fixture));
    assert_int_equal(fixture->nodes[1].disconnect_count, 0);
}

static void a_handshake_that_drags_on_is_cut_off(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 1);
    /* A handshake record that announces 16,384 bytes, then as many as never complete it. */
    struct stranger *stranger = stranger_new(fixture, 1, NULL);
    const uint8_t record[9] = {22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xf0};
    uint8_t filler[1000] = {0};
    stranger_write_raw(stranger, record, sizeof record);
    for (uint32_t sent = 0; sent < 20 && !stranger->hung_up; sent++) {
        stranger_write_raw(stranger, filler, sizeof filler);
        WAIT_FOR(fixture, stranger->write_count == 0);
        turn(fixture);
    }
    WAIT_FOR(fixture, stranger->hung_up);
    assert_int_equal(counters_of(&fixture->nodes[1]).refused_bytes, 1);
    stranger_free(stranger);
}

static void idle_connections_keep_nobody_out(void **state)
{
    struct fixture *fixture = *state;
    const uint32_t idle_count = HS_NETWORK_PENDING_MAX + 40;
    struct stranger *idle[HS_NETWORK_PENDING_MAX + 40];
    start(fixture, 1);
    for (uint32_t i = 0; i < idle_count; i++) {
        idle[i] = stranger_new(fixture, 1, NULL);
    }
    /* The oldest gave way. */
    for (uint32_t i = 0; i < 40; i++) {
        WAIT_FOR(fixture, idle[i]->hung_up);
    }
    start(fixture, 0);
    WAIT_FOR(fixture, are_connected(fixture, 0, 1));
    /* The others go when their time is up. */
    for (uint32_t i = 40; i < idle_count; i++) {
        WAIT_FOR(fixture, idle[i]->hung_up);
    }
    assert_int_equal(counters_of(&fixture->nodes[1]).refused_pending, idle_count);
    assert_true(are_connected(fixture, 0, 1));
    for (uint32_t i = 0; i < idle_count; i++) {
        stranger_free(idle[i]);
    }
}

static void nothing_is_said_to_a_key_that_is_refused(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 1);
    struct stranger *stranger = stranger_new(fixture, 1, &fixture->keys[7]);
    WAIT_FOR(fixture, stranger->hung_up);
    assert_int_equal(stranger->received_bytes, 0);
    assert_int_equal(counters_of(&fixture->nodes[1]).refused_keys, 1);
    stranger_free(stranger);
}

/* What validator 0 may send instead of, or after, its hello, that ends the connection. */
static const struct {
    const char *what;
    bool hello_first;
    uint8_t frame_class;
    uint32_t announced;
    size_t size;
} violations[] = {
    {"a message before the hello", false, HS_CLASS_CONSENSUS, 10, 10},
    {"a ping before the hello", false, HS_FRAME_PING, 1, 1},
    {"a hello too short", false, HS_FRAME_HELLO, HS_TCP_HELLO_BYTES - 1, HS_TCP_HELLO_BYTES - 1},
    {"a hello too long", false, HS_FRAME_HELLO, HS_TCP_HELLO_BYTES + 1, HS_TCP_HELLO_BYTES + 1},
    {"a giant hello", false, HS_FRAME_HELLO, HS_FRAME_CONTROL_BYTES_MAX + 1, 0},
    {"a hello of another version", false, HS_FRAME_HELLO, HS_TCP_HELLO_BYTES, HS_TCP_HELLO_BYTES},
    {"a second hello", true, HS_FRAME_HELLO, HS_TCP_HELLO_BYTES, HS_TCP_HELLO_BYTES},
    {"an unknown class", true, HS_MESSAGE_CLASSES, 10, 10},
    {"an empty message", true, HS_CLASS_CONSENSUS, 0, 0},
    {"a message one byte too long", true, HS_CLASS_SYNC, HS_MESSAGE_BYTES_MAX + 1, 0},
    {"a giant message", true, HS_CLASS_SYNC, UINT32_MAX, 0},
    {"a giant ping", true, HS_FRAME_PING, HS_FRAME_CONTROL_BYTES_MAX + 1, 0},
};

static void frames_that_no_peer_writes_end_the_connection(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 1);
    const uint8_t body[256] = {99};
    for (size_t i = 0; i < sizeof violations / sizeof violations[0]; i++) {
        print_message("%s\n", violations[i].what);
        struct stranger *stranger = violations[i].hello_first
                                        ? stranger_as_zero(fixture)
                                        : stranger_new(fixture, 1, &fixture->keys[0]);
        WAIT_FOR(fixture, stranger->handshake_done);
        stranger_write_frame(stranger, violations[i].frame_class, violations[i].announced, body,
                             violations[i].size);
        WAIT_FOR(fixture, stranger->hung_up);
        WAIT_FOR(fixture, !fixture->nodes[1].connected[0]);
        stranger_free(stranger);
    }
    assert_int_equal(fixture->nodes[1].taken_count, 0);
}

static void garbage_instead_of_a_record_ends_the_connection(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 1);
    struct stranger *stranger = stranger_as_zero(fixture);
    uint8_t garbage[1000];
    memset(garbage, 0x5a, sizeof garbage);
    stranger_write_raw(stranger, garbage, sizeof garbage);
    WAIT_FOR(fixture, stranger->hung_up);
    WAIT_FOR(fixture, !fixture->nodes[1].connected[0]);
    stranger_free(stranger);
}

static void a_new_connection_takes_over_once_it_has_proved_its_key(void **state)
{
    struct fixture *fixture = *state;
    struct node *node = &fixture->nodes[1];
    start(fixture, 1);
    struct stranger *first = stranger_as_zero(fixture);
    struct stranger *unproved = stranger_new(fixture, 1, NULL);
    struct stranger *foreign = stranger_new(fixture, 1, &fixture->keys[7]);
    WAIT_FOR(fixture, foreign->hung_up);
    assert_false(first->hung_up);
    assert_true(node->connected[0]);

    struct stranger *second = stranger_as_zero(fixture);
    WAIT_FOR(fixture, first->hung_up);
    assert_true(node->connected[0]);
    assert_int_equal(node->disconnect_count, 1);
    size_t received_bytes = second->received_bytes;
    assert_int_equal(send_patterned(node, 0, HS_CLASS_CONSENSUS, 1, 100), HS_OK);
    WAIT_FOR(fixture, second->received_bytes >= received_bytes + HS_FRAME_HEADER_BYTES + 100);
    stranger_free(first);
    stranger_free(unproved);
    stranger_free(foreign);
    stranger_free(second);
}

static void a_message_in_single_bytes_arrives(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 1);
    struct stranger *stranger = stranger_as_zero(fixture);
    struct hs_buffer *message = patterned(HS_CLASS_SYNC, 9, 40);
    uint8_t header[HS_FRAME_HEADER_BYTES];
    hs_frame_header_write(header, HS_CLASS_SYNC, 40);
    for (size_t i = 0; i < HS_FRAME_HEADER_BYTES + 40; i++) {
        const uint8_t *byte =
            i < HS_FRAME_HEADER_BYTES ? &header[i] : &message->data[i - HS_FRAME_HEADER_BYTES];
        stranger_write(stranger, byte, 1);
        turn(fixture);
    }
    WAIT_FOR(fixture, fixture->nodes[1].taken_count == 1);
    check_patterned(fixture->nodes[1].taken[0].message, 9, 40);
    hs_buffer_release(message);
    stranger_free(stranger);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(an_unknown_key_is_refused),
        WITH(a_nodes_own_key_is_refused),
        WITH(a_key_that_should_be_dialed_may_not_dial),
        WITH(an_address_that_answers_with_another_key_is_refused),
        WITH(another_chain_is_refused_by_both_sides),
        WITH(what_can_not_start_says_why),
        WITH(a_megabyte_of_garbage_is_cut_off_and_costs_nothing),
        WITH(a_handshake_that_drags_on_is_cut_off),
        WITH(idle_connections_keep_nobody_out),
        WITH(nothing_is_said_to_a_key_that_is_refused),
        WITH(frames_that_no_peer_writes_end_the_connection),
        WITH(garbage_instead_of_a_record_ends_the_connection),
        WITH(a_new_connection_takes_over_once_it_has_proved_its_key),
        WITH(a_message_in_single_bytes_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
