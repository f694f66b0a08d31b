/* The mesh over TCP: it comes up, carries whole messages in order, mends itself, and keeps to its
 * limits. */
#include "tests/unit/tcp_nodes.h"

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
        know_all(fixture, i);
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
    broadcast(sender, NODES, HS_CLASS_CONSENSUS, message);
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
    fixture->count = 1;
    start(fixture, 0);
    struct node *node = &fixture->nodes[0];
    struct hs_buffer *message = patterned(HS_CLASS_CONSENSUS, 1, 10);
    broadcast(node, 1, HS_CLASS_CONSENSUS, message);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
