/* Validators over real sockets on loopback, all in one loop.
 *
 * Whoever breaks the rules is played in two ways: as a network made with keys or a genesis of its
 * own, or as a `stranger`, a socket with or without TLS that sends what it is told. Nothing
 * here waits for a fixed time: each wait is for a condition, under one generous deadline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "crypto/keys.h"
#include "network/tcp_connection.h"
#include "network/tcp_network.h"

#define NODES 4u
#define NODES_MAX 8u
#define DEADLINE_NS (UINT64_C(50) * 1000000000u)

struct fixture;

/* A message as it came. */
struct taken {
    uint32_t peer;
    struct hs_buffer *message;
};

struct node {
    struct fixture *fixture;
    struct hs_tcp_network *network; /* NULL while it is stopped */
    const struct hs_consensus_network *transport;
    bool connected[NODES_MAX];
    uint32_t connect_count;
    uint32_t disconnect_count;
    uint32_t notify_count;
    bool holds_back; /* receives nothing for the moment */
    struct taken *taken;
    size_t taken_count;
    size_t taken_capacity;
    uint16_t port;
    bool closed;
};

struct fixture {
    uv_loop_t loop;
    uv_timer_t pulse; /* so that no wait for an event is for ever */
    uint64_t deadline_ns;
    struct hs_ed25519_secret_key keys[NODES_MAX];
    struct hs_validator_set validators;
    struct hs_chain_id chain_id;
    struct node nodes[NODES_MAX];
};

static void on_pulse(uv_timer_t *timer)
{
    (void)timer;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(hs_crypto_start(), HS_OK);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(uv_timer_init(&fixture->loop, &fixture->pulse), 0);
    assert_int_equal(uv_timer_start(&fixture->pulse, on_pulse, 5, 5), 0);
    fixture->deadline_ns = uv_hrtime() + DEADLINE_NS;
    fixture->validators.count = NODES;
    for (uint32_t i = 0; i < NODES_MAX; i++) {
        memset(&fixture->keys[i], (int)(i + 1), sizeof fixture->keys[i]);
        hs_ed25519_public_key_of(&fixture->validators.validators[i].network_key,
                                 &fixture->keys[i]);
        fixture->nodes[i].fixture = fixture;
    }
    memset(&fixture->chain_id, 7, sizeof fixture->chain_id);
    *state = fixture;
    return 0;
}

static void turn(struct fixture *fixture)
{
    assert_true(uv_hrtime() < fixture->deadline_ns);
    uv_run(&fixture->loop, UV_RUN_ONCE);
}

/* Turns the loop until the condition holds. */
#define WAIT_FOR(fixture, condition)                                                               \
    do {                                                                                           \
        while (!(condition)) {                                                                     \
            turn(fixture);                                                                         \
        }                                                                                          \
    } while (0)

static void on_closed(void *context)
{
    struct node *node = context;
    node->closed = true;
}

static void stop(struct node *node)
{
    if (node->network != NULL) {
        node->closed = false;
        hs_tcp_network_close(node->network, on_closed, node);
        node->network = NULL;
        WAIT_FOR(node->fixture, node->closed);
        memset(node->connected, 0, sizeof node->connected);
    }
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < NODES_MAX; i++) {
        struct node *node = &fixture->nodes[i];
        stop(node);
        for (size_t k = 0; k < node->taken_count; k++) {
            assert_int_equal(node->taken[k].message->references, 1);
            hs_buffer_release(node->taken[k].message);
        }
        free(node->taken);
    }
    uv_close((uv_handle_t *)&fixture->pulse, NULL);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture);
    return 0;
}

static void take(struct node *node, struct hs_received received)
{
    if (received.type != HS_RECEIVED_MESSAGE) {
        bool connected = received.type == HS_RECEIVED_CONNECTED;
        assert_null(received.message);
        assert_true(node->connected[received.peer] != connected);
        node->connected[received.peer] = connected;
        node->connect_count += connected ? 1 : 0;
        node->disconnect_count += connected ? 0 : 1;
        return;
    }
    if (node->taken_count == node->taken_capacity) {
        node->taken_capacity = node->taken_capacity > 0 ? 2 * node->taken_capacity : 64;
        node->taken = realloc(node->taken, node->taken_capacity * sizeof *node->taken);
        assert_non_null(node->taken);
    }
    node->taken[node->taken_count++] = (struct taken){received.peer, received.message};
}

static void receive_all(struct node *node)
{
    struct hs_received received;
    while (node->transport->receive(node->transport->context, &received) == HS_OK) {
        take(node, received);
    }
}

static void on_notify(void *context)
{
    struct node *node = context;
    node->notify_count++;
    if (!node->holds_back) {
        receive_all(node);
    }
}

/* Starts node `index` with a set and chain of its own choice, on its old port if it had one. It
 * knows the addresses of those that run. */
static void start_as(struct fixture *fixture, uint32_t slot, uint32_t self,
                     const struct hs_ed25519_secret_key *key,
                     const struct hs_validator_set *validators, struct hs_chain_id chain_id)
{
    struct node *node = &fixture->nodes[slot];
    char listen_address[32];
    char texts[NODES_MAX][32];
    const char *addresses[NODES_MAX] = {NULL};
    (void)snprintf(listen_address, sizeof listen_address, "127.0.0.1:%u", node->port);
    for (uint32_t i = 0; i < validators->count; i++) {
        if (fixture->nodes[i].network != NULL) {
            (void)snprintf(texts[i], sizeof texts[i], "127.0.0.1:%u", fixture->nodes[i].port);
            addresses[i] = texts[i];
        }
    }
    struct hs_tcp_network_config config = {
        .loop = &fixture->loop,
        .self = self,
        .validators = validators,
        .addresses = addresses,
        .listen_address = listen_address,
        .network_secret_key = key,
        .chain_id = chain_id,
        .notify = on_notify,
        .notify_context = node,
    };
    struct hs_tcp_error error = {""};
    enum hs_status status = hs_tcp_network_new(&node->network, &config, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(status, HS_OK);
    node->transport = hs_tcp_network_transport(node->network);
    node->port = hs_tcp_network_port(node->network);
    assert_int_not_equal(node->port, 0);
}

static void start(struct fixture *fixture, uint32_t index)
{
    start_as(fixture, index, index, &fixture->keys[index], &fixture->validators,
             fixture->chain_id);
}

static bool are_connected(const struct fixture *fixture, uint32_t a, uint32_t b)
{
    return fixture->nodes[a].connected[b] && fixture->nodes[b].connected[a];
}

static bool is_mesh(const struct fixture *fixture)
{
    bool all = true;
    for (uint32_t a = 0; a < fixture->validators.count; a++) {
        for (uint32_t b = 0; b < a; b++) {
            all = all && are_connected(fixture, a, b);
        }
    }
    return all;
}

/* Starts from the highest index, so that whoever dials knows where to. */
static void start_mesh(struct fixture *fixture)
{
    for (uint32_t i = fixture->validators.count; i > 0; i--) {
        start(fixture, i - 1);
    }
    WAIT_FOR(fixture, is_mesh(fixture));
}

static struct hs_tcp_counters counters_of(const struct node *node)
{
    struct hs_tcp_counters counters;
    hs_tcp_network_counters(node->network, &counters);
    return counters;
}

static struct hs_tcp_peer_counters peer_counters_of(const struct node *node, uint32_t peer)
{
    struct hs_tcp_peer_counters counters;
    hs_tcp_network_peer_counters(node->network, peer, &counters);
    return counters;
}

/* -- messages ------------------------------------------------------------------ */

/* `size` bytes that depend on all of class, number and position. */
static struct hs_buffer *patterned(enum hs_message_class message_class, uint32_t number,
                                   size_t size)
{
    struct hs_buffer *message = hs_buffer_new(size);
    assert_non_null(message);
    for (size_t i = 0; i < size; i++) {
        message->data[i] = (uint8_t)(i * 31 + i / 256 + number * 7);
    }
    message->data[0] = (uint8_t)message_class;
    if (size >= 5) {
        memcpy(message->data + 1, &number, 4);
    }
    return message;
}

static uint32_t number_of(const struct hs_buffer *message)
{
    uint32_t number;
    assert_true(message->size >= 5);
    memcpy(&number, message->data + 1, 4);
    return number;
}

static enum hs_status send_patterned(struct node *node, uint32_t to,
                                     enum hs_message_class message_class, uint32_t number,
                                     size_t size)
{
    struct hs_buffer *message = patterned(message_class, number, size);
    enum hs_status status =
        node->transport->send(node->transport->context, to, message_class, message);
    hs_buffer_release(message);
    return status;
}

static void check_patterned(const struct hs_buffer *message, uint32_t number, size_t size)
{
    struct hs_buffer *expected =
        patterned((enum hs_message_class)message->data[0], number, size);
    assert_int_equal(message->size, size);
    assert_memory_equal(message->data, expected->data, size);
    hs_buffer_release(expected);
}

static void a_mesh_comes_up_and_everybody_hears_of_everybody(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    for (uint32_t i = 0; i < NODES; i++) {
        assert_int_equal(fixture->nodes[i].connect_count, NODES - 1);
        assert_int_equal(fixture->nodes[i].disconnect_count, 0);
        assert_false(peer_counters_of(&fixture->nodes[i], i).connected);
        assert_int_equal(peer_counters_of(&fixture->nodes[i], (i + 1) % NODES).connects, 1);
    }
}

static void a_mesh_comes_up_whoever_starts_first(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < NODES; i++) {
        start(fixture, i);
    }
    for (uint32_t i = 0; i < NODES; i++) {
        for (uint32_t k = i + 1; k < NODES; k++) {
            char address[32];
            (void)snprintf(address, sizeof address, "localhost:%u", fixture->nodes[k].port);
            assert_int_equal(
                hs_tcp_network_set_address(fixture->nodes[i].network, k, address), HS_OK);
        }
    }
    WAIT_FOR(fixture, is_mesh(fixture));
}

static void messages_arrive_whole_and_in_order_in_each_class(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    const uint32_t count = 200;
    for (uint32_t number = 0; number < count; number++) {
        for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
            assert_int_equal(send_patterned(&fixture->nodes[2], 1, (enum hs_message_class)i,
                                            number, 5 + number * number / 2),
                             HS_OK);
        }
    }
    struct node *receiver = &fixture->nodes[1];
    WAIT_FOR(fixture, receiver->taken_count == count * HS_MESSAGE_CLASSES);
    uint32_t next[HS_MESSAGE_CLASSES] = {0};
    for (size_t i = 0; i < receiver->taken_count; i++) {
        const struct hs_buffer *message = receiver->taken[i].message;
        uint32_t number = next[message->data[0]]++;
        assert_int_equal(receiver->taken[i].peer, 2);
        check_patterned(message, number, 5 + number * number / 2);
    }
    struct hs_tcp_peer_counters in = peer_counters_of(receiver, 2);
    struct hs_tcp_peer_counters out = peer_counters_of(&fixture->nodes[2], 1);
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        assert_int_equal(in.messages_in[i], count);
        assert_int_equal(out.messages_out[i], count);
        assert_int_equal(in.bytes_in[i], out.bytes_out[i]);
        assert_int_equal(out.dropped[i], 0);
    }
}

static void a_broadcast_reaches_every_peer_from_one_buffer(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    struct node *sender = &fixture->nodes[1];
    struct hs_buffer *message = patterned(HS_CLASS_CONSENSUS, 3, 300);
    sender->transport->broadcast(sender->transport->context, HS_CLASS_CONSENSUS, message);
    assert_int_equal(message->references, NODES);
    WAIT_FOR(fixture, message->references == 1);
    for (uint32_t i = 0; i < NODES; i++) {
        if (i != 1) {
            WAIT_FOR(fixture, fixture->nodes[i].taken_count == 1);
            check_patterned(fixture->nodes[i].taken[0].message, 3, 300);
        }
    }
    assert_int_equal(sender->taken_count, 0);
    hs_buffer_release(message);
}

static void the_largest_and_the_smallest_message_arrive(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    assert_int_equal(
        send_patterned(&fixture->nodes[0], 3, HS_CLASS_SYNC, 1, HS_MESSAGE_BYTES_MAX), HS_OK);
    assert_int_equal(send_patterned(&fixture->nodes[0], 3, HS_CLASS_SYNC, 2, 1), HS_OK);
    WAIT_FOR(fixture, fixture->nodes[3].taken_count == 2);
    check_patterned(fixture->nodes[3].taken[0].message, 1, HS_MESSAGE_BYTES_MAX);
    check_patterned(fixture->nodes[3].taken[1].message, 2, 1);
}

static void urgent_messages_pass_those_that_wait(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    for (uint32_t number = 0; number < 8; number++) {
        assert_int_equal(send_patterned(&fixture->nodes[0], 1, HS_CLASS_TRANSACTIONS, number,
                                        HS_TRANSACTIONS_BATCH_BYTES_MAX),
                         HS_OK);
    }
    assert_int_equal(send_patterned(&fixture->nodes[0], 1, HS_CLASS_SYNC, 100, 1000), HS_OK);
    assert_int_equal(send_patterned(&fixture->nodes[0], 1, HS_CLASS_CONSENSUS, 200, 300), HS_OK);
    struct node *receiver = &fixture->nodes[1];
    WAIT_FOR(fixture, receiver->taken_count == 10);
    assert_int_equal(number_of(receiver->taken[0].message), 200);
    assert_int_equal(number_of(receiver->taken[1].message), 100);
    assert_int_equal(number_of(receiver->taken[2].message), 0);
}

static void what_can_not_be_sent_is_refused(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    struct node *node = &fixture->nodes[1];
    assert_int_equal(send_patterned(node, 1, HS_CLASS_CONSENSUS, 1, 10), HS_INVALID_ARGUMENT);
    assert_int_equal(send_patterned(node, NODES, HS_CLASS_CONSENSUS, 1, 10), HS_INVALID_ARGUMENT);
    struct hs_buffer *empty = hs_buffer_new(0);
    assert_int_equal(node->transport->send(node->transport->context, 0, HS_CLASS_SYNC, empty),
                     HS_INVALID_ARGUMENT);
    hs_buffer_release(empty);
    stop(&fixture->nodes[3]);
    WAIT_FOR(fixture, !node->connected[3]);
    assert_int_equal(send_patterned(node, 3, HS_CLASS_CONSENSUS, 1, 10), HS_UNREACHABLE);
}

static void a_chain_of_one_needs_nobody(void **state)
{
    struct fixture *fixture = *state;
    fixture->validators.count = 1;
    start(fixture, 0);
    struct node *node = &fixture->nodes[0];
    struct hs_buffer *message = patterned(HS_CLASS_CONSENSUS, 1, 10);
    node->transport->broadcast(node->transport->context, HS_CLASS_CONSENSUS, message);
    turn(fixture);
    assert_int_equal(message->references, 1);
    assert_int_equal(node->notify_count, 0);
    hs_buffer_release(message);
}

static void the_owner_is_told_once_of_what_came_together(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    struct node *receiver = &fixture->nodes[1];
    uint32_t before = receiver->notify_count;
    for (uint32_t number = 0; number < 100; number++) {
        assert_int_equal(send_patterned(&fixture->nodes[0], 1, HS_CLASS_CONSENSUS, number, 100),
                         HS_OK);
    }
    WAIT_FOR(fixture, receiver->taken_count == 100);
    /* A hundred small messages are one record, and one read. */
    assert_int_equal(receiver->notify_count, before + 1);
}

/* -- losing and finding each other --------------------------------------------- */

static void a_restarted_peer_is_connected_again(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    for (uint32_t i = 0; i < NODES; i += NODES - 1) {
        stop(&fixture->nodes[i]);
        WAIT_FOR(fixture, !fixture->nodes[1].connected[i] && !fixture->nodes[2].connected[i]);
        start(fixture, i);
        WAIT_FOR(fixture, is_mesh(fixture));
        assert_int_equal(send_patterned(&fixture->nodes[1], i, HS_CLASS_CONSENSUS, 5, 50), HS_OK);
        size_t taken_count = fixture->nodes[i].taken_count;
        WAIT_FOR(fixture, fixture->nodes[i].taken_count > taken_count);
    }
    assert_int_equal(peer_counters_of(&fixture->nodes[1], 3).connects, 2);
    assert_int_equal(peer_counters_of(&fixture->nodes[1], 3).disconnects, 1);
}

static void a_dropped_peer_may_come_back_later(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    /* Once by the listener of the pair and once by the dialer. */
    const uint32_t pairs[2][2] = {{2, 1}, {0, 3}};
    for (uint32_t i = 0; i < 2; i++) {
        struct node *node = &fixture->nodes[pairs[i][0]];
        uint32_t peer = pairs[i][1];
        uint64_t dropped_ms = uv_now(&fixture->loop);
        node->transport->drop_peer(node->transport->context, peer, HS_MALFORMED);
        node->transport->drop_peer(node->transport->context, peer, HS_MALFORMED);
        assert_int_equal(send_patterned(node, peer, HS_CLASS_SYNC, 1, 9), HS_UNREACHABLE);
        WAIT_FOR(fixture, !node->connected[peer]);
        WAIT_FOR(fixture, is_mesh(fixture));
        assert_true(uv_now(&fixture->loop) - dropped_ms >= 1000);
    }
    fixture->nodes[0].transport->drop_peer(fixture->nodes[0].transport->context, 0, HS_MALFORMED);
    fixture->nodes[0].transport->drop_peer(fixture->nodes[0].transport->context, 99, HS_MALFORMED);
    assert_true(is_mesh(fixture));
}

static void closing_gives_back_what_was_queued_and_not_taken(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    fixture->nodes[1].holds_back = true;
    struct hs_buffer *message = patterned(HS_CLASS_SYNC, 1, 1000000);
    struct node *sender = &fixture->nodes[0];
    for (uint32_t i = 0; i < 12; i++) {
        assert_int_equal(
            sender->transport->send(sender->transport->context, 1, HS_CLASS_SYNC, message), HS_OK);
    }
    WAIT_FOR(fixture, peer_counters_of(&fixture->nodes[1], 0).messages_in[HS_CLASS_SYNC] >= 2);
    stop(&fixture->nodes[1]);
    stop(sender);
    assert_int_equal(message->references, 1);
    hs_buffer_release(message);
}

/* -- limits ---------------------------------------------------------------------- */

static void a_receiver_that_falls_behind_slows_its_sender_and_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    struct node *sender = &fixture->nodes[0];
    struct node *receiver = &fixture->nodes[1];
    receiver->holds_back = true;
    const uint32_t count = 60;
    const size_t size = 1000000;
    uint32_t sent = 0;
    bool was_full = false;
    uint64_t held_bytes = 0;
    for (uint32_t idle_turns = 0; !was_full || idle_turns < 50; idle_turns++) {
        enum hs_status status = sent < count
                                    ? send_patterned(sender, 1, HS_CLASS_SYNC, sent, size)
                                    : HS_FULL;
        sent += status == HS_OK ? 1 : 0;
        was_full = was_full || status == HS_FULL;
        turn(fixture);
        uint64_t bytes = peer_counters_of(receiver, 0).bytes_in[HS_CLASS_SYNC];
        idle_turns = bytes != held_bytes ? 0 : idle_turns;
        held_bytes = bytes;
    }
    assert_true(sent < count);
    assert_true(peer_counters_of(sender, 1).dropped[HS_CLASS_SYNC] > 0);
    /* One read, and the message that crossed the line. */
    assert_true(held_bytes <= HS_NETWORK_INBOX_BYTES_MAX + size + HS_TCP_READ_BYTES);
    /* Others are still heard. */
    uint64_t before = peer_counters_of(receiver, 2).messages_in[HS_CLASS_CONSENSUS];
    assert_int_equal(send_patterned(&fixture->nodes[2], 1, HS_CLASS_CONSENSUS, 1, 100), HS_OK);
    WAIT_FOR(fixture,
             peer_counters_of(receiver, 2).messages_in[HS_CLASS_CONSENSUS] == before + 1);

    receiver->holds_back = false;
    receive_all(receiver);
    while (receiver->taken_count < count + 1) {
        if (sent < count && send_patterned(sender, 1, HS_CLASS_SYNC, sent, size) == HS_OK) {
            sent++;
        }
        turn(fixture);
    }
    uint32_t next = 0;
    for (size_t i = 0; i < receiver->taken_count; i++) {
        if (receiver->taken[i].peer == 0) {
            assert_int_equal(number_of(receiver->taken[i].message), next);
            assert_int_equal(receiver->taken[i].message->size, size);
            next++;
        }
    }
    assert_int_equal(next, count);
}

static void a_queue_is_bounded_in_messages_and_bytes(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    struct node *sender = &fixture->nodes[0];
    /* Nothing leaves before the loop turns. */
    for (uint32_t i = 0; i < HS_NETWORK_CONSENSUS_QUEUE_MAX; i++) {
        assert_int_equal(send_patterned(sender, 1, HS_CLASS_CONSENSUS, i, 8), HS_OK);
    }
    assert_int_equal(send_patterned(sender, 1, HS_CLASS_CONSENSUS, 0, 8), HS_FULL);
    assert_int_equal(send_patterned(sender, 2, HS_CLASS_CONSENSUS, 0, 8), HS_OK);
    uint32_t fitting = HS_NETWORK_SYNC_QUEUE_BYTES_MAX / HS_MESSAGE_BYTES_MAX;
    struct hs_buffer *large = patterned(HS_CLASS_SYNC, 1, HS_MESSAGE_BYTES_MAX);
    for (uint32_t i = 0; i < fitting; i++) {
        assert_int_equal(
            sender->transport->send(sender->transport->context, 1, HS_CLASS_SYNC, large), HS_OK);
    }
    assert_int_equal(sender->transport->send(sender->transport->context, 1, HS_CLASS_SYNC, large),
                     HS_FULL);
    hs_buffer_release(large);
    assert_int_equal(peer_counters_of(sender, 1).dropped[HS_CLASS_CONSENSUS], 1);
    assert_int_equal(peer_counters_of(sender, 1).dropped[HS_CLASS_SYNC], 1);
    WAIT_FOR(fixture, fixture->nodes[1].taken_count == HS_NETWORK_CONSENSUS_QUEUE_MAX + fitting);
    assert_int_equal(send_patterned(sender, 1, HS_CLASS_CONSENSUS, 0, 8), HS_OK);
}

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
        WITH(a_mesh_comes_up_and_everybody_hears_of_everybody),
        WITH(a_mesh_comes_up_whoever_starts_first),
        WITH(messages_arrive_whole_and_in_order_in_each_class),
        WITH(a_broadcast_reaches_every_peer_from_one_buffer),
        WITH(the_largest_and_the_smallest_message_arrive),
        WITH(urgent_messages_pass_those_that_wait),
        WITH(what_can_not_be_sent_is_refused),
        WITH(a_chain_of_one_needs_nobody),
        WITH(the_owner_is_told_once_of_what_came_together),
        WITH(a_restarted_peer_is_connected_again),
        WITH(a_dropped_peer_may_come_back_later),
        WITH(closing_gives_back_what_was_queued_and_not_taken),
        WITH(a_receiver_that_falls_behind_slows_its_sender_and_loses_nothing),
        WITH(a_queue_is_bounded_in_messages_and_bytes),
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
