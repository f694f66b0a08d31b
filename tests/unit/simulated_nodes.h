/* Nodes on a simulated network, and what the tests of it do with them. */
#ifndef HS_TESTS_SIMULATED_NODES_H
#define HS_TESTS_SIMULATED_NODES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hotstuff/simulated_network.h>

#define MS UINT64_C(1000000)

static const struct hs_simulated_network_config calm = {
    .node_count = 4,
    .seed = 1,
    .delay_min_ns = 1 * MS,
    .delay_mean_ns = 5 * MS,
    .in_flight_max = 100000,
};

static inline struct hs_simulated_network *make(const struct hs_simulated_network_config *config)
{
    struct hs_simulated_network *network = hs_create_simulated_network(config);
    assert_non_null(network);
    return network;
}

/* A message {type, number}. */
static inline struct hs_buffer *numbered(uint8_t type, uint32_t number)
{
    struct hs_buffer *message = hs_buffer_new(1 + sizeof number);
    assert_non_null(message);
    message->data[0] = type;
    memcpy(message->data + 1, &number, sizeof number);
    return message;
}

static inline uint32_t number_of(const struct hs_buffer *message)
{
    uint32_t number;
    assert_int_equal(message->size, 1 + sizeof number);
    memcpy(&number, message->data + 1, sizeof number);
    return number;
}

static inline enum hs_status send_buffer(struct hs_simulated_network *network, uint32_t from,
                                         uint32_t to, struct hs_buffer *message)
{
    const struct hs_consensus_network *transport = hs_simulated_network_transport(network, from);
    return transport->send(transport->context, to, HS_CLASS_CONSENSUS, message);
}

static inline enum hs_status send_number(struct hs_simulated_network *network, uint32_t from,
                                         uint32_t to, uint32_t number)
{
    struct hs_buffer *message = numbered(7, number);
    enum hs_status status = send_buffer(network, from, to, message);
    hs_buffer_release(message);
    return status;
}

static inline enum hs_status receive(struct hs_simulated_network *network, uint32_t index,
                                     struct hs_received *received)
{
    const struct hs_consensus_network *transport = hs_simulated_network_transport(network, index);
    return transport->receive(transport->context, received);
}

static inline void receive_number(struct hs_simulated_network *network, uint32_t index,
                                  uint32_t from, uint32_t number)
{
    struct hs_received received;
    assert_int_equal(receive(network, index, &received), HS_OK);
    assert_int_equal(received.type, HS_RECEIVED_MESSAGE);
    assert_int_equal(received.peer, from);
    assert_int_equal(number_of(received.message), number);
    hs_buffer_release(received.message);
}

static inline void receive_notice(struct hs_simulated_network *network, uint32_t index,
                                  enum hs_received_type type, uint32_t peer)
{
    struct hs_received received;
    assert_int_equal(receive(network, index, &received), HS_OK);
    assert_int_equal(received.type, type);
    assert_int_equal(received.peer, peer);
    assert_null(received.message);
}

static inline void receive_nothing(struct hs_simulated_network *network, uint32_t index)
{
    struct hs_received received;
    assert_int_equal(receive(network, index, &received), HS_NOT_FOUND);
}

/* Runs until nothing is under way. */
static inline size_t run_out(struct hs_simulated_network *network)
{
    size_t arrived_count = 0;
    for (uint64_t next; (next = hs_simulated_network_next_ns(network)) != UINT64_MAX;) {
        arrived_count += hs_simulated_network_advance(network, next, NULL);
    }
    return arrived_count;
}

static inline struct hs_simulated_network_counts counts_of(
    const struct hs_simulated_network *network)
{
    struct hs_simulated_network_counts counts;
    hs_simulated_network_counts(network, &counts);
    return counts;
}

#endif
