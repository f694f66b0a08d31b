/* The simulated network: deterministic by seed, faults as configured, every buffer given back.
 *
 * Each test holds on to the buffers it sends and checks at its end, when the network is freed,
 * that its own reference is the only one left. */
#include "tests/unit/simulated_nodes.h"

/* -- a message's way -------------------------------------------------------- */

static void a_message_arrives_whole_at_its_time_and_not_before(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    assert_int_equal(hs_simulated_network_next_ns(network), UINT64_MAX);
    assert_int_equal(send_number(network, 2, 0, 42), HS_OK);
    uint64_t arrival = hs_simulated_network_next_ns(network);
    assert_true(arrival >= calm.delay_min_ns);

    struct hs_bitmap receivers;
    assert_int_equal(hs_simulated_network_advance(network, arrival - 1, &receivers), 0);
    assert_int_equal(receivers.bytes[0], 0);
    receive_nothing(network, 0);
    assert_int_equal(hs_simulated_network_advance(network, arrival, &receivers), 1);
    assert_int_equal(receivers.bytes[0], 1u << 0);
    receive_number(network, 0, 2, 42);
    receive_nothing(network, 0);
    hs_simulated_network_advance(network, arrival, &receivers);
    assert_int_equal(receivers.bytes[0], 0);
    hs_simulated_network_free(network);
}

static void a_broadcast_reaches_all_others_in_one_buffer(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    struct hs_buffer *message = numbered(3, 9);
    const struct hs_consensus_network *transport = hs_simulated_network_transport(network, 1);
    const uint32_t all[] = {0, 1, 2, 3};
    transport->broadcast(transport->context, all, 4, HS_CLASS_SYNC, message);
    assert_int_equal(message->references, 4);
    assert_int_equal(run_out(network), 3);
    receive_nothing(network, 1);
    for (uint32_t index = 0; index < 4; index++) {
        if (index != 1) {
            receive_number(network, index, 1, 9);
        }
    }
    assert_int_equal(message->references, 1);
    hs_buffer_release(message);
    hs_simulated_network_free(network);
}

static void a_chain_of_one_has_nobody_to_send_to(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.node_count = 1;
    struct hs_simulated_network *network = make(&config);
    struct hs_buffer *message = numbered(1, 1);
    const struct hs_consensus_network *transport = hs_simulated_network_transport(network, 0);
    const uint32_t self = 0;
    transport->broadcast(transport->context, &self, 1, HS_CLASS_CONSENSUS, message);
    assert_int_equal(send_buffer(network, 0, 0, message), HS_INVALID_ARGUMENT);
    assert_int_equal(send_buffer(network, 0, 1, message), HS_INVALID_ARGUMENT);
    assert_int_equal(hs_simulated_network_next_ns(network), UINT64_MAX);
    hs_simulated_network_set_link(network, 0, 0, false, true);
    receive_nothing(network, 0);
    assert_int_equal(message->references, 1);
    hs_buffer_release(message);
    hs_simulated_network_free(network);
}

static void an_empty_message_is_refused(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    struct hs_buffer *message = hs_buffer_new(0);
    assert_int_equal(send_buffer(network, 0, 1, message), HS_INVALID_ARGUMENT);
    hs_buffer_release(message);
    hs_simulated_network_free(network);
}

/* -- chance ------------------------------------------------------------------ */

#define TRACE_SENDS 2000u

/* Sends on all links while time goes on; hashes who received what and when (FNV-1a). */
static uint64_t trace_of(const struct hs_simulated_network_config *config)
{
    struct hs_simulated_network *network = make(config);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t number = 0; number < TRACE_SENDS; number++) {
        uint32_t to = (number + 1 + number / 4 % 3) % 4;
        assert_int_equal(send_number(network, number % 4, to, number), HS_OK);
        uint64_t now = number * (MS / 2);
        hs_simulated_network_advance(network, now, NULL);
        for (uint32_t index = 0; index < 4; index++) {
            struct hs_received received;
            while (receive(network, index, &received) == HS_OK) {
                uint64_t words[] = {now, index, received.peer, number_of(received.message)};
                hs_buffer_release(received.message);
                for (size_t i = 0; i < 4; i++) {
                    hash = (hash ^ words[i]) * UINT64_C(0x100000001b3);
                }
            }
        }
    }
    hs_simulated_network_free(network);
    return hash;
}

static void the_same_seed_gives_the_same_run_and_another_seed_another(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.loss_per_mille = 100;
    config.replay_per_mille = 100;
    config.reorder_per_mille = 100;
    uint64_t first = trace_of(&config);
    assert_int_equal(trace_of(&config), first);
    config.seed++;
    assert_int_not_equal(trace_of(&config), first);
}

static void delays_average_to_the_mean(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.reorder_per_mille = 0;
    uint64_t total = 0;
    const uint32_t draws = 20000;
    struct hs_simulated_network *network = make(&config);
    uint64_t sent_at = 0;
    for (uint32_t i = 0; i < draws; i++) {
        assert_int_equal(send_number(network, 0, 1, i), HS_OK);
        uint64_t arrival = hs_simulated_network_next_ns(network);
        assert_true(arrival - sent_at >= config.delay_min_ns);
        total += arrival - sent_at;
        sent_at = arrival;
        hs_simulated_network_advance(network, arrival, NULL);
        receive_number(network, 1, 0, i);
    }
    /* Five standard errors of an exponential's mean: 5 * 4 ms / sqrt(20000) = 0.14 ms. */
    uint64_t mean = total / draws;
    assert_in_range(mean, config.delay_mean_ns - 140000, config.delay_mean_ns + 140000);
    hs_simulated_network_free(network);
}

static void a_mean_below_the_minimum_is_a_constant_delay(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.delay_mean_ns = 0;
    struct hs_simulated_network *network = make(&config);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(send_number(network, 0, 1, i), HS_OK);
    }
    assert_int_equal(hs_simulated_network_advance(network, config.delay_min_ns - 1, NULL), 0);
    assert_int_equal(hs_simulated_network_advance(network, config.delay_min_ns, NULL), 100);
    for (uint32_t i = 0; i < 100; i++) {
        receive_number(network, 1, 0, i);
    }
    hs_simulated_network_free(network);
}

static void absurd_delays_saturate(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.delay_min_ns = UINT64_MAX - 1;
    config.delay_mean_ns = UINT64_MAX;
    struct hs_simulated_network *network = make(&config);
    hs_simulated_network_advance(network, 10, NULL);
    assert_int_equal(send_number(network, 0, 1, 1), HS_OK);
    assert_true(hs_simulated_network_next_ns(network) >= UINT64_MAX - 1);
    hs_simulated_network_free(network);
}

static size_t arrivals_with(uint32_t loss_per_mille, uint32_t replay_per_mille)
{
    struct hs_simulated_network_config config = calm;
    config.loss_per_mille = loss_per_mille;
    config.replay_per_mille = replay_per_mille;
    struct hs_simulated_network *network = make(&config);
    for (uint32_t i = 0; i < 10000; i++) {
        assert_int_equal(send_number(network, 0, 1, i), HS_OK);
    }
    size_t arrived_count = run_out(network);
    struct hs_simulated_network_counts counts = counts_of(network);
    assert_int_equal(counts.delivered, arrived_count);
    assert_int_equal(counts.sent[7], 10000);
    hs_simulated_network_free(network);
    return arrived_count;
}

static void loss_follows_its_rate(void **state)
{
    (void)state;
    assert_int_equal(arrivals_with(0, 0), 10000);
    assert_int_equal(arrivals_with(1000, 0), 0);
    assert_in_range(arrivals_with(300, 0), 6750, 7250);
}

static void replay_follows_its_rate(void **state)
{
    (void)state;
    assert_int_equal(arrivals_with(0, 1000), 20000);
    assert_in_range(arrivals_with(0, 300), 12750, 13250);
    assert_int_equal(arrivals_with(1000, 1000), 0);
}

/* Long after the first, and on another connection than it was sent on; but not where there is
 * none. */
static void a_replay_comes_later_on_whatever_connection_there_is(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.replay_per_mille = 1000;
    config.replay_mean_ns = 10000 * MS;
    struct hs_simulated_network *network = make(&config);
    const uint32_t count = 500;
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(send_number(network, 0, 1, i), HS_OK);
        assert_int_equal(send_number(network, 0, 2, i), HS_OK);
    }
    hs_simulated_network_set_link(network, 0, 1, false, true);
    hs_simulated_network_set_link(network, 0, 1, true, true);
    hs_simulated_network_set_link(network, 0, 2, false, true);
    assert_int_equal(counts_of(network).lost, 2 * count);
    uint64_t total_ns = 0;
    size_t arrived_count = 0;
    for (uint64_t next; (next = hs_simulated_network_next_ns(network)) != UINT64_MAX;) {
        size_t arrived = hs_simulated_network_advance(network, next, NULL);
        total_ns += arrived * next;
        arrived_count += arrived;
    }
    assert_int_equal(arrived_count, count);
    /* Five standard errors: 5 * 10 s / sqrt(500) = 2.2 s. */
    assert_in_range(total_ns / count, 7700 * MS, 12300 * MS);
    receive_notice(network, 1, HS_RECEIVED_DISCONNECTED, 0);
    receive_notice(network, 1, HS_RECEIVED_CONNECTED, 0);
    receive_notice(network, 2, HS_RECEIVED_DISCONNECTED, 0);
    receive_nothing(network, 2);
    hs_simulated_network_free(network);
}

static void a_clogged_link_holds_back_and_then_delivers_in_order(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.reorder_per_mille = 0;
    struct hs_simulated_network *network = make(&config);
    assert_int_equal(send_number(network, 0, 1, 0), HS_OK);
    hs_simulated_network_clog_link(network, 0, 1, true);
    for (uint32_t i = 1; i < 50; i++) {
        hs_simulated_network_advance(network, i * MS, NULL);
        assert_int_equal(send_number(network, 0, 1, i), HS_OK);
        assert_int_equal(send_number(network, 1, 0, i), HS_OK);
    }
    run_out(network);
    assert_int_equal(counts_of(network).delivered, 49); /* the other direction's */
    hs_simulated_network_advance(network, 5000 * MS, NULL);
    receive_nothing(network, 1);
    hs_simulated_network_clog_link(network, 0, 1, false);
    assert_int_equal(send_number(network, 0, 1, 50), HS_OK);
    assert_int_equal(hs_simulated_network_advance(network, 5000 * MS, NULL), 50);
    assert_int_equal(run_out(network), 1);
    for (uint32_t i = 0; i <= 50; i++) {
        receive_number(network, 1, 0, i);
    }
    hs_simulated_network_free(network);
}

static void what_a_clogged_link_holds_is_lost_with_its_connection(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    hs_simulated_network_clog_link(network, 0, 1, true);
    assert_int_equal(send_number(network, 0, 1, 1), HS_OK);
    hs_simulated_network_stop_node(network, 0);
    hs_simulated_network_clog_link(network, 0, 1, false);
    assert_int_equal(run_out(network), 0);
    assert_int_equal(counts_of(network).lost, 1);
    hs_simulated_network_free(network);
}

static void loss_of_one_type_spares_the_others(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    hs_simulated_network_lose_type(network, 7, 1000);
    struct hs_buffer *other = numbered(8, 5);
    assert_int_equal(send_number(network, 0, 1, 1), HS_OK);
    assert_int_equal(send_buffer(network, 0, 1, other), HS_OK);
    hs_buffer_release(other);
    assert_int_equal(run_out(network), 1);
    receive_number(network, 1, 0, 5);
    hs_simulated_network_lose_type(network, 7, 0);
    assert_int_equal(send_number(network, 0, 1, 2), HS_OK);
    assert_int_equal(run_out(network), 1);
    hs_simulated_network_free(network);
}

/* How many of 1,000 messages over one link arrive behind one sent after them. */
static uint32_t overtaken_with(uint32_t reorder_per_mille)
{
    struct hs_simulated_network_config config = calm;
    config.reorder_per_mille = reorder_per_mille;
    struct hs_simulated_network *network = make(&config);
    for (uint32_t i = 0; i < 1000; i++) {
        hs_simulated_network_advance(network, i * (MS / 10), NULL);
        assert_int_equal(send_number(network, 0, 1, i), HS_OK);
    }
    run_out(network);
    uint32_t overtaken_count = 0;
    uint32_t highest = 0;
    struct hs_received received;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(receive(network, 1, &received), HS_OK);
        uint32_t number = number_of(received.message);
        hs_buffer_release(received.message);
        overtaken_count += number < highest ? 1 : 0;
        highest = number > highest ? number : highest;
    }
    receive_nothing(network, 1);
    hs_simulated_network_free(network);
    return overtaken_count;
}

static void a_link_is_fifo_unless_reordering_is_drawn(void **state)
{
    (void)state;
    assert_int_equal(overtaken_with(0), 0);
    assert_in_range(overtaken_with(200), 20, 200);
    assert_in_range(overtaken_with(1000), 300, 1000);
}

/* -- links and nodes ----------------------------------------------------------- */

static void a_silent_cut_loses_one_direction_only(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    assert_int_equal(send_number(network, 0, 1, 1), HS_OK);
    hs_simulated_network_set_link(network, 0, 1, false, false);
    assert_int_equal(counts_of(network).lost, 1);
    assert_int_equal(send_number(network, 0, 1, 2), HS_OK);
    assert_int_equal(send_number(network, 1, 0, 3), HS_OK);
    assert_int_equal(send_number(network, 0, 2, 4), HS_OK);
    assert_int_equal(run_out(network), 2);
    receive_nothing(network, 1);
    receive_number(network, 0, 1, 3);
    receive_nothing(network, 0);
    receive_number(network, 2, 0, 4);
    hs_simulated_network_set_link(network, 0, 1, true, false);
    assert_int_equal(send_number(network, 0, 1, 5), HS_OK);
    run_out(network);
    receive_number(network, 1, 0, 5);
    receive_nothing(network, 1);
    assert_int_equal(counts_of(network).lost, 2);
    hs_simulated_network_free(network);
}

static void an_announced_cut_is_told_once_to_both_ends(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    assert_int_equal(send_number(network, 1, 0, 1), HS_OK);
    hs_simulated_network_set_link(network, 0, 1, false, true);
    hs_simulated_network_set_link(network, 1, 0, false, true);
    struct hs_bitmap receivers;
    hs_simulated_network_advance(network, 0, &receivers);
    assert_int_equal(receivers.bytes[0], 3);
    receive_notice(network, 0, HS_RECEIVED_DISCONNECTED, 1);
    receive_notice(network, 1, HS_RECEIVED_DISCONNECTED, 0);
    assert_int_equal(send_number(network, 0, 1, 2), HS_UNREACHABLE);
    assert_int_equal(send_number(network, 1, 0, 3), HS_UNREACHABLE);
    assert_int_equal(run_out(network), 0);

    hs_simulated_network_set_link(network, 0, 1, true, true);
    receive_nothing(network, 0);
    hs_simulated_network_set_link(network, 1, 0, true, true);
    hs_simulated_network_set_link(network, 1, 0, true, true);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 1);
    receive_notice(network, 1, HS_RECEIVED_CONNECTED, 0);
    receive_nothing(network, 0);
    receive_nothing(network, 1);
    assert_int_equal(send_number(network, 0, 1, 4), HS_OK);
    assert_int_equal(run_out(network), 1);
    receive_number(network, 1, 0, 4);
    hs_simulated_network_free(network);
}

static void a_mended_silent_cut_can_be_announced_as_a_new_connection(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    hs_simulated_network_set_link(network, 0, 1, false, false);
    receive_nothing(network, 1);
    hs_simulated_network_set_link(network, 0, 1, true, true);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 1);
    receive_notice(network, 1, HS_RECEIVED_CONNECTED, 0);
    hs_simulated_network_free(network);
}

static void a_stopped_node_loses_what_was_on_its_way(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    assert_int_equal(send_number(network, 0, 2, 1), HS_OK);
    run_out(network);
    assert_int_equal(send_number(network, 0, 2, 2), HS_OK);
    assert_int_equal(send_number(network, 2, 1, 3), HS_OK);
    assert_int_equal(send_number(network, 0, 1, 4), HS_OK);
    hs_simulated_network_stop_node(network, 2);
    hs_simulated_network_stop_node(network, 2);
    assert_int_equal(counts_of(network).lost, 3);
    assert_int_equal(run_out(network), 1);
    receive_nothing(network, 2);
    assert_int_equal(send_number(network, 0, 2, 5), HS_UNREACHABLE);
    assert_int_equal(send_number(network, 2, 0, 6), HS_UNREACHABLE);
    receive_notice(network, 0, HS_RECEIVED_DISCONNECTED, 2);
    receive_notice(network, 1, HS_RECEIVED_DISCONNECTED, 2);
    receive_number(network, 1, 0, 4);
    receive_notice(network, 3, HS_RECEIVED_DISCONNECTED, 2);
    for (uint32_t index = 0; index < 4; index++) {
        receive_nothing(network, index);
    }
    hs_simulated_network_free(network);
}

static void a_started_node_is_connected_to_those_it_can_reach(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    hs_simulated_network_set_link(network, 2, 3, false, false);
    hs_simulated_network_stop_node(network, 0);
    hs_simulated_network_stop_node(network, 2);
    receive_notice(network, 1, HS_RECEIVED_DISCONNECTED, 0);
    receive_notice(network, 1, HS_RECEIVED_DISCONNECTED, 2);
    hs_simulated_network_start_node(network, 2);
    hs_simulated_network_start_node(network, 2);
    receive_notice(network, 2, HS_RECEIVED_CONNECTED, 1);
    receive_nothing(network, 2);
    receive_notice(network, 1, HS_RECEIVED_CONNECTED, 2);
    receive_nothing(network, 1);
    receive_nothing(network, 0);
    hs_simulated_network_set_link(network, 2, 3, true, true);
    receive_notice(network, 2, HS_RECEIVED_CONNECTED, 3);
    hs_simulated_network_free(network);
}

static void a_dropped_peer_is_gone_for_a_while_and_dials_again(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    assert_int_equal(send_number(network, 1, 0, 1), HS_OK);
    const struct hs_consensus_network *transport = hs_simulated_network_transport(network, 0);
    transport->drop_peer(transport->context, 1, HS_MALFORMED);
    transport->drop_peer(transport->context, 1, HS_MALFORMED);
    transport->drop_peer(transport->context, 0, HS_MALFORMED);
    transport->drop_peer(transport->context, 4, HS_MALFORMED);
    assert_int_equal(send_number(network, 0, 1, 2), HS_UNREACHABLE);
    assert_int_equal(send_number(network, 1, 0, 3), HS_UNREACHABLE);
    receive_notice(network, 0, HS_RECEIVED_DISCONNECTED, 1);
    receive_notice(network, 1, HS_RECEIVED_DISCONNECTED, 0);
    assert_int_equal(run_out(network), 0);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 1);
    receive_notice(network, 1, HS_RECEIVED_CONNECTED, 0);
    receive_nothing(network, 0);
    assert_int_equal(send_number(network, 1, 0, 4), HS_OK);
    assert_int_equal(run_out(network), 1);
    receive_number(network, 0, 1, 4);
    hs_simulated_network_free(network);
}

/* -- filter, bounds, memory ------------------------------------------------------ */

struct seen {
    uint32_t count;
    uint64_t last_now_ns;
    uint32_t refuse_to;
};

static bool note_and_refuse(void *context, uint64_t now_ns, uint32_t from, uint32_t to,
                            const struct hs_buffer *message)
{
    struct seen *seen = context;
    seen->count++;
    seen->last_now_ns = now_ns;
    assert_int_equal(from, 0);
    assert_int_equal(message->data[0], 7);
    return to != seen->refuse_to;
}

static void a_filter_sees_every_message_before_loss_and_can_lose_it(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    struct seen seen = {.refuse_to = 2};
    hs_simulated_network_set_filter(network, note_and_refuse, &seen);
    hs_simulated_network_advance(network, 77, NULL);
    for (uint32_t to = 1; to < 4; to++) {
        assert_int_equal(send_number(network, 0, to, to), HS_OK);
    }
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.last_now_ns, 77);
    assert_int_equal(run_out(network), 2);
    receive_nothing(network, 2);

    struct hs_simulated_network_config faults = calm;
    faults.loss_per_mille = 1000;
    hs_simulated_network_set_faults(network, &faults);
    assert_int_equal(send_number(network, 0, 1, 1), HS_OK);
    assert_int_equal(seen.count, 4);
    assert_int_equal(run_out(network), 0);
    hs_simulated_network_set_filter(network, NULL, NULL);
    assert_int_equal(send_number(network, 0, 1, 1), HS_OK);
    assert_int_equal(seen.count, 4);
    hs_simulated_network_free(network);
}

static void what_exceeds_the_bound_is_lost(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.in_flight_max = 3;
    struct hs_simulated_network *network = make(&config);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(send_number(network, 0, 1, i), HS_OK);
    }
    assert_int_equal(counts_of(network).lost, 1);
    assert_int_equal(hs_simulated_network_in_flight(network), 3);
    assert_int_equal(run_out(network), 3);
    assert_int_equal(hs_simulated_network_in_flight(network), 0);
    /* A node that does not read loses its own messages and nobody else's. */
    assert_int_equal(send_number(network, 0, 1, 4), HS_OK);
    assert_int_equal(send_number(network, 0, 2, 5), HS_OK);
    assert_int_equal(run_out(network), 1);
    assert_int_equal(counts_of(network).lost, 2);
    for (uint32_t i = 0; i < 3; i++) {
        receive_number(network, 1, 0, i);
    }
    receive_nothing(network, 1);
    receive_number(network, 2, 0, 5);
    hs_simulated_network_free(network);
}

static void a_node_that_does_not_read_does_not_hoard_notices(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    for (uint32_t i = 0; i < 1000; i++) {
        hs_simulated_network_set_link(network, 0, 1, false, true);
        hs_simulated_network_set_link(network, 0, 1, true, true);
    }
    uint32_t notice_count = 0;
    struct hs_received received;
    while (receive(network, 1, &received) == HS_OK) {
        notice_count++;
    }
    assert_in_range(notice_count, 2, 16);
    hs_simulated_network_set_link(network, 0, 1, false, true);
    receive_notice(network, 1, HS_RECEIVED_DISCONNECTED, 0);
    hs_simulated_network_free(network);
}

static void every_buffer_is_given_back(void **state)
{
    (void)state;
    struct hs_simulated_network_config config = calm;
    config.loss_per_mille = 200;
    config.replay_per_mille = 200;
    config.reorder_per_mille = 200;
    config.in_flight_max = 150;
    struct hs_simulated_network *network = make(&config);
    struct hs_buffer *messages[500];
    for (uint32_t i = 0; i < 500; i++) {
        messages[i] = numbered(7, i);
        enum hs_status status = send_buffer(network, i % 4, (i + 1) % 4, messages[i]);
        assert_true(status == HS_OK || status == HS_UNREACHABLE);
        if (i % 60 == 20) {
            hs_simulated_network_clog_link(network, 2, 3, i % 120 == 20);
        }
        if (i % 50 == 49) {
            hs_simulated_network_set_link(network, 0, 1, i % 100 == 99, i % 200 < 100);
        }
        if (i == 250) {
            hs_simulated_network_stop_node(network, 3);
        }
        if (i == 300) {
            hs_simulated_network_start_node(network, 3);
        }
        if (i % 7 == 0) {
            hs_simulated_network_advance(network, i * MS / 4, NULL);
        }
        struct hs_received received;
        if (receive(network, (i + 2) % 4, &received) == HS_OK) {
            hs_buffer_release(received.message);
        }
    }
    hs_simulated_network_free(network);
    for (uint32_t i = 0; i < 500; i++) {
        assert_int_equal(messages[i]->references, 1);
        hs_buffer_release(messages[i]);
    }
}

static void counts_tell_messages_apart_by_type(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    struct hs_buffer *message = numbered(200, 1);
    assert_int_equal(send_buffer(network, 0, 1, message), HS_OK);
    assert_int_equal(send_number(network, 0, 1, 2), HS_OK);
    assert_int_equal(send_number(network, 0, 1, 3), HS_OK);
    struct hs_simulated_network_counts counts = counts_of(network);
    assert_int_equal(counts.sent[200], 1);
    assert_int_equal(counts.sent[7], 2);
    assert_int_equal(counts.sent_bytes, 15);
    assert_int_equal(counts.delivered, 0);
    hs_simulated_network_free(network);
    hs_buffer_release(message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_arrives_whole_at_its_time_and_not_before),
        cmocka_unit_test(a_broadcast_reaches_all_others_in_one_buffer),
        cmocka_unit_test(a_chain_of_one_has_nobody_to_send_to),
        cmocka_unit_test(an_empty_message_is_refused),
        cmocka_unit_test(the_same_seed_gives_the_same_run_and_another_seed_another),
        cmocka_unit_test(delays_average_to_the_mean),
        cmocka_unit_test(a_mean_below_the_minimum_is_a_constant_delay),
        cmocka_unit_test(absurd_delays_saturate),
        cmocka_unit_test(loss_follows_its_rate),
        cmocka_unit_test(replay_follows_its_rate),
        cmocka_unit_test(a_replay_comes_later_on_whatever_connection_there_is),
        cmocka_unit_test(a_clogged_link_holds_back_and_then_delivers_in_order),
        cmocka_unit_test(what_a_clogged_link_holds_is_lost_with_its_connection),
        cmocka_unit_test(loss_of_one_type_spares_the_others),
        cmocka_unit_test(a_link_is_fifo_unless_reordering_is_drawn),
        cmocka_unit_test(a_silent_cut_loses_one_direction_only),
        cmocka_unit_test(an_announced_cut_is_told_once_to_both_ends),
        cmocka_unit_test(a_mended_silent_cut_can_be_announced_as_a_new_connection),
        cmocka_unit_test(a_stopped_node_loses_what_was_on_its_way),
        cmocka_unit_test(a_started_node_is_connected_to_those_it_can_reach),
        cmocka_unit_test(a_dropped_peer_is_gone_for_a_while_and_dials_again),
        cmocka_unit_test(a_filter_sees_every_message_before_loss_and_can_lose_it),
        cmocka_unit_test(what_exceeds_the_bound_is_lost),
        cmocka_unit_test(a_node_that_does_not_read_does_not_hoard_notices),
        cmocka_unit_test(every_buffer_is_given_back),
        cmocka_unit_test(counts_tell_messages_apart_by_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
