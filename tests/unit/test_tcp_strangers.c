/* Who may not come in over TCP, and what ends a connection.
 *
 * Whoever breaks the rules is played in two ways: as a network made with keys or a chain of its
 * own, or as a stranger. */
#include "tests/unit/tcp_stranger.h"

/* -- keys and chains ---------------------------------------------------------------- */

/* Comes to node 1 with a key, and is told nothing. */
static void refuse(struct fixture *fixture, const struct hs_ed25519_secret_key *key)
{
    start(fixture, 1);
    struct stranger *stranger = stranger_new(fixture, 1, key);
    WAIT_FOR(fixture, stranger->hung_up);
    assert_int_equal(stranger->received_bytes, 0);
    assert_int_equal(counters_of(&fixture->nodes[1]).refused_keys, 1);
    assert_int_equal(fixture->nodes[1].connect_count, 0);
    stranger_free(stranger);
}

static void an_unknown_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, &fixture->keys[7]);
}

static void a_nodes_own_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, &fixture->keys[1]);
}

static void a_key_that_should_be_dialed_may_not_dial(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, &fixture->keys[2]);
}

static void an_address_that_answers_with_another_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 2);
    start(fixture, 0);
    WAIT_FOR(fixture, are_connected(fixture, 0, 2));
    struct peer_list misled = {.count = 0};
    add_node(&misled, fixture, 2);
    add_peer(&misled, fixture, 1, &fixture->public_keys[1], 2);
    know(&fixture->nodes[0], &misled);
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
    start_as(fixture, 0, &fixture->keys[0], other);
    know_all(fixture, 0);
    WAIT_FOR(fixture, counters_of(&fixture->nodes[1]).refused_chains >= 2);
    WAIT_FOR(fixture, counters_of(&fixture->nodes[0]).refused_chains >= 1);
    assert_int_equal(fixture->nodes[0].connect_count, 0);
    assert_int_equal(fixture->nodes[1].connect_count, 0);
}

static enum hs_status try_new(struct fixture *fixture, const char *listen_address,
                              struct hs_tcp_error *error)
{
    struct hs_tcp_network_config config = {
        .loop = &fixture->loop,
        .listen_address = listen_address,
        .network_secret_keys = &fixture->keys[0],
        .network_key_count = 1,
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
    assert_int_equal(try_new(fixture, taken_address, &error), HS_IN_USE);
    assert_non_null(strstr(error.text, taken_address));
    assert_int_equal(try_new(fixture, "localhost:0", &error), HS_INVALID_ARGUMENT);
    assert_int_equal(try_new(fixture, "127.0.0.1", &error), HS_INVALID_ARGUMENT);
    assert_int_equal(try_new(fixture, "192.0.2.1:9", &error), HS_INVALID_ARGUMENT);
    assert_non_null(strstr(error.text, "192.0.2.1:9"));
}

/* -- strangers ---------------------------------------------------------------------- */

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
        WITH(frames_that_no_peer_writes_end_the_connection),
        WITH(garbage_instead_of_a_record_ends_the_connection),
        WITH(a_new_connection_takes_over_once_it_has_proved_its_key),
        WITH(a_message_in_single_bytes_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
