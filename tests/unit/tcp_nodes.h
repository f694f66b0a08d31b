/* Nodes over real sockets on loopback, all in one loop: what the tests of the transport share.
 *
 * Node i has the i-th of the fixture's keys, which ascend: of two nodes the lower index dials. Mostly
 * its number is i, too.
 *
 * Nothing here waits for a fixed time: each wait is for a condition, under one generous
 * deadline. */
#ifndef HS_TESTS_TCP_NODES_H
#define HS_TESTS_TCP_NODES_H

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
#include "runtime/real_clock.h"

#define NODES       4u
#define NODES_MAX   8u
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
    bool knows[HS_PEERS_MAX]; /* by number: whom, and who is connected, by the notices */
    struct hs_ed25519_public_key known[HS_PEERS_MAX];
    bool connected[HS_PEERS_MAX];
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
    struct hs_ed25519_public_key public_keys[NODES_MAX];
    uint32_t count; /* of those that know each other, the first ones */
    struct hs_chain_id chain_id;
    struct node nodes[NODES_MAX];
};

static inline void on_pulse(uv_timer_t *timer)
{
    (void)timer;
}

static inline int by_public_key(const void *a, const void *b)
{
    struct hs_ed25519_public_key keys[2];
    hs_ed25519_public_key_of(&keys[0], a);
    hs_ed25519_public_key_of(&keys[1], b);
    return memcmp(&keys[0], &keys[1], sizeof keys[0]);
}

static inline void make_keys(struct fixture *fixture)
{
    for (uint32_t i = 0; i < NODES_MAX; i++) {
        memset(&fixture->keys[i], (int)(i + 1), sizeof fixture->keys[i]);
    }
    qsort(fixture->keys, NODES_MAX, sizeof fixture->keys[0], by_public_key);
    for (uint32_t i = 0; i < NODES_MAX; i++) {
        hs_ed25519_public_key_of(&fixture->public_keys[i], &fixture->keys[i]);
    }
}

static inline int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(hs_crypto_start(), HS_OK);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(uv_timer_init(&fixture->loop, &fixture->pulse), 0);
    assert_int_equal(uv_timer_start(&fixture->pulse, on_pulse, 5, 5), 0);
    fixture->deadline_ns = uv_hrtime() + DEADLINE_NS;
    fixture->count = NODES;
    make_keys(fixture);
    for (uint32_t i = 0; i < NODES_MAX; i++) {
        fixture->nodes[i].fixture = fixture;
    }
    memset(&fixture->chain_id, 7, sizeof fixture->chain_id);
    *state = fixture;
    return 0;
}

static inline void turn(struct fixture *fixture)
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

static inline void on_closed(void *context)
{
    struct node *node = context;
    node->closed = true;
}

static inline void stop(struct node *node)
{
    if (node->network != NULL) {
        node->closed = false;
        hs_tcp_network_close(node->network, on_closed, node);
        node->network = NULL;
        WAIT_FOR(node->fixture, node->closed);
        memset(node->connected, 0, sizeof node->connected);
        memset(node->knows, 0, sizeof node->knows);
    }
}

static inline int tear_down(void **state)
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

static inline void take(struct node *node, struct hs_received received)
{
    if (received.type != HS_RECEIVED_MESSAGE) {
        bool connected = received.type == HS_RECEIVED_CONNECTED;
        assert_null(received.message);
        assert_true(node->knows[received.peer]);
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

static inline void receive_all(struct node *node)
{
    struct hs_received received;
    while (node->transport->receive(node->transport->context, &received) == HS_OK) {
        take(node, received);
    }
}

static inline void on_notify(void *context)
{
    struct node *node = context;
    node->notify_count++;
    if (!node->holds_back) {
        receive_all(node);
    }
}

/* Starts the node of a slot with its keys, on its old port if it had one. It knows nobody. */
static inline void start_with(struct fixture *fixture, uint32_t slot,
                              const struct hs_ed25519_secret_key keys[], uint32_t key_count,
                              struct hs_chain_id chain_id)
{
    struct node *node = &fixture->nodes[slot];
    char listen_address[32];
    (void)snprintf(listen_address, sizeof listen_address, "127.0.0.1:%u", node->port);
    struct hs_tcp_network_config config = {
        .loop = &fixture->loop,
        .listen_address = listen_address,
        .network_secret_keys = keys,
        .network_key_count = key_count,
        .chain_id = chain_id,
        .clock = hs_real_clock(),
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

static inline void start_as(struct fixture *fixture, uint32_t slot,
                            const struct hs_ed25519_secret_key *key, struct hs_chain_id chain_id)
{
    start_with(fixture, slot, key, 1, chain_id);
}

/* -- who knows whom ------------------------------------------------------------ */

#define ADDRESS_CHARACTERS 32u

struct peer_list {
    struct hs_peer peers[NODES_MAX];
    char addresses[NODES_MAX][ADDRESS_CHARACTERS];
    size_t count;
};

/* Adds a key under a number, at the address of the node of a slot if that runs. */
static inline void add_peer(struct peer_list *list, const struct fixture *fixture, uint32_t number,
                            const struct hs_ed25519_public_key *key, uint32_t slot)
{
    char *address = list->addresses[list->count];
    (void)snprintf(address, ADDRESS_CHARACTERS, "127.0.0.1:%u", fixture->nodes[slot].port);
    list->peers[list->count++] = (struct hs_peer){
        .number = number,
        .key = *key,
        .address = fixture->nodes[slot].network != NULL ? address : NULL,
    };
}

/* Node `index`, by its own key, under its own number. */
static inline void add_node(struct peer_list *list, const struct fixture *fixture, uint32_t index)
{
    add_peer(list, fixture, index, &fixture->public_keys[index], index);
}

static inline const struct hs_peer *peer_numbered(const struct peer_list *list, uint32_t number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->peers[i].number == number) {
            return &list->peers[i];
        }
    }
    return NULL;
}

/* As a node does, forgets those that left: nothing more is heard of them. */
static inline void know(struct node *node, const struct peer_list *list)
{
    for (uint32_t number = 0; number < HS_PEERS_MAX; number++) {
        const struct hs_peer *peer = peer_numbered(list, number);
        bool stays = peer != NULL && node->knows[number] &&
                     memcmp(&node->known[number], &peer->key, sizeof peer->key) == 0;
        node->connected[number] = node->connected[number] && stays;
        node->knows[number] = peer != NULL;
        if (peer != NULL) {
            node->known[number] = peer->key;
        }
    }
    assert_int_equal(node->transport->set_peers(node->transport->context, list->peers, list->count),
                     HS_OK);
}

/* All of the fixture's, at the addresses of those that run. */
static inline void know_all(struct fixture *fixture, uint32_t slot)
{
    struct peer_list all = {.count = 0};
    for (uint32_t i = 0; i < fixture->count; i++) {
        add_node(&all, fixture, i);
    }
    know(&fixture->nodes[slot], &all);
}

static inline void start(struct fixture *fixture, uint32_t index)
{
    start_as(fixture, index, &fixture->keys[index], fixture->chain_id);
    know_all(fixture, index);
}

static inline bool are_connected(const struct fixture *fixture, uint32_t a, uint32_t b)
{
    return fixture->nodes[a].connected[b] && fixture->nodes[b].connected[a];
}

static inline bool is_mesh(const struct fixture *fixture)
{
    bool all = true;
    for (uint32_t a = 0; a < fixture->count; a++) {
        for (uint32_t b = 0; b < a; b++) {
            all = all && are_connected(fixture, a, b);
        }
    }
    return all;
}

/* Starts from the highest index, so that whoever dials knows where to. */
static inline void start_mesh(struct fixture *fixture)
{
    for (uint32_t i = fixture->count; i > 0; i--) {
        start(fixture, i - 1);
    }
    WAIT_FOR(fixture, is_mesh(fixture));
}

static inline struct hs_tcp_counters counters_of(const struct node *node)
{
    struct hs_tcp_counters counters;
    hs_tcp_network_counters(node->network, &counters);
    return counters;
}

static inline struct hs_tcp_peer_counters peer_counters_of(const struct node *node, uint32_t peer)
{
    struct hs_tcp_peer_counters counters;
    hs_tcp_network_peer_counters(node->network, peer, &counters);
    return counters;
}

/* Queues a message for the first `count` numbers. */
static inline void broadcast(struct node *node, uint32_t count, enum hs_message_class message_class,
                             struct hs_buffer *message)
{
    uint32_t to[HS_PEERS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        to[i] = i;
    }
    node->transport->broadcast(node->transport->context, to, count, message_class, message);
}

/* -- messages ------------------------------------------------------------------ */

/* `size` bytes that depend on all of class, number and position. */
static inline struct hs_buffer *patterned(enum hs_message_class message_class, uint32_t number,
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

static inline uint32_t number_of(const struct hs_buffer *message)
{
    uint32_t number;
    assert_true(message->size >= 5);
    memcpy(&number, message->data + 1, 4);
    return number;
}

static inline enum hs_status send_patterned(struct node *node, uint32_t to,
                                            enum hs_message_class message_class, uint32_t number,
                                            size_t size)
{
    struct hs_buffer *message = patterned(message_class, number, size);
    enum hs_status status =
        node->transport->send(node->transport->context, to, message_class, message);
    hs_buffer_release(message);
    return status;
}

static inline void check_patterned(const struct hs_buffer *message, uint32_t number, size_t size)
{
    struct hs_buffer *expected = patterned((enum hs_message_class)message->data[0], number, size);
    assert_int_equal(message->size, size);
    assert_memory_equal(message->data, expected->data, size);
    hs_buffer_release(expected);
}

#endif
