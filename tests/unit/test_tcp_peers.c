/* Who is whose peer over TCP, while that changes: keys come, go and rotate, numbers and addresses
 * change hands. */
#include "tests/unit/tcp_stranger.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAR_AWAY_TURNS 100u

/* Long enough for what must not happen: some dials, and what they would lead to. */
static void let_time_pass(struct fixture *fixture)
{
    uint64_t until_ms = uv_now(&fixture->loop) + 300;
    WAIT_FOR(fixture, uv_now(&fixture->loop) >= until_ms);
}

/* The fixture's first ones but one. */
static void know_all_but(struct fixture *fixture, uint32_t slot, uint32_t absent)
{
    struct peer_list others = {.count = 0};
    for (uint32_t i = 0; i < fixture->count; i++) {
        if (i != absent) {
            add_node(&others, fixture, i);
        }
    }
    know(&fixture->nodes[slot], &others);
}

/* -- coming and going ------------------------------------------------------------- */

static void a_peer_added_while_running_is_connected(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    /* One that is dialed and one that dials, each known to the other side first. */
    for (uint32_t added = NODES; added < NODES + 2; added++) {
        bool others_first = added == NODES;
        fixture->count = added + 1;
        start_as(fixture, added, &fixture->keys[added], fixture->chain_id);
        for (uint32_t round = 0; round < 2; round++) {
            for (uint32_t i = 0; i < added && (round == 0) == others_first; i++) {
                know_all(fixture, i);
            }
            if ((round == 0) != others_first) {
                know_all(fixture, added);
            }
            if (round == 0) {
                let_time_pass(fixture);
                assert_int_equal(fixture->nodes[added].connect_count, 0);
            }
        }
        WAIT_FOR(fixture, is_mesh(fixture));
    }
    for (uint32_t i = 0; i < NODES; i++) {
        assert_int_equal(fixture->nodes[i].disconnect_count, 0);
        assert_int_equal(peer_counters_of(&fixture->nodes[i], (i + 1) % NODES).connects, 1);
    }
}

static void a_removed_peer_is_closed_and_not_dialed_again(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    struct node *removed = &fixture->nodes[3];
    for (uint32_t i = 0; i < 3; i++) {
        know_all_but(fixture, i, 3);
        assert_int_equal(send_patterned(&fixture->nodes[i], 3, HS_CLASS_SYNC, 1, 10),
                         HS_INVALID_ARGUMENT);
    }
    WAIT_FOR(fixture, removed->disconnect_count == 3);
    let_time_pass(fixture);
    /* It hears that they went; they hear nothing of it. */
    assert_int_equal(removed->connect_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(fixture->nodes[i].disconnect_count, 0);
        assert_int_equal(peer_counters_of(&fixture->nodes[i], 3).connects, 0);
        assert_false(peer_counters_of(&fixture->nodes[i], 3).connected);
    }
    for (uint32_t i = 0; i < 3; i++) {
        know_all(fixture, i);
    }
    WAIT_FOR(fixture, is_mesh(fixture));
}

static void a_removed_peer_that_dials_is_refused_until_it_is_back(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    know_all_but(fixture, 3, 0);
    WAIT_FOR(fixture, !fixture->nodes[0].connected[3]);
    WAIT_FOR(fixture, counters_of(&fixture->nodes[3]).refused_keys >= 3);
    assert_false(fixture->nodes[3].connected[0]);
    assert_true(are_connected(fixture, 1, 3));
    know_all(fixture, 3);
    WAIT_FOR(fixture, is_mesh(fixture));
}

static void a_stranger_with_the_key_of_a_removed_peer_is_refused(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, 1);
    struct stranger *connected = stranger_as_zero(fixture);
    struct stranger *silent = stranger_new(fixture, 1, &fixture->keys[0]);
    WAIT_FOR(fixture, silent->received_bytes > 0); /* the node's hello */
    assert_false(connected->hung_up);
    know_all_but(fixture, 1, 0);
    /* Also the one that was let in and had not said hello. */
    WAIT_FOR(fixture, connected->hung_up && silent->hung_up);
    assert_int_equal(counters_of(&fixture->nodes[1]).refused_pending, 0);
    struct stranger *late = stranger_new(fixture, 1, &fixture->keys[0]);
    WAIT_FOR(fixture, late->hung_up);
    assert_int_equal(late->received_bytes, 0);
    assert_int_equal(fixture->nodes[1].connect_count, 1);
    stranger_free(connected);
    stranger_free(silent);
    stranger_free(late);
}

/* -- numbers ------------------------------------------------------------------------ */

static void any_number_below_the_limit_will_do(void **state)
{
    struct fixture *fixture = *state;
    struct node *low = &fixture->nodes[0];
    struct node *high = &fixture->nodes[1];
    start_as(fixture, 1, &fixture->keys[1], fixture->chain_id);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    struct peer_list of_low = {.count = 0};
    struct peer_list of_high = {.count = 0};
    add_peer(&of_low, fixture, HS_PEERS_MAX - 1, &fixture->public_keys[1], 1);
    add_peer(&of_high, fixture, 17, &fixture->public_keys[0], 0);
    know(low, &of_low);
    know(high, &of_high);
    WAIT_FOR(fixture, low->connected[HS_PEERS_MAX - 1] && high->connected[17]);
    assert_int_equal(send_patterned(low, HS_PEERS_MAX - 1, HS_CLASS_SYNC, 1, 10), HS_OK);
    WAIT_FOR(fixture, high->taken_count == 1);
    assert_int_equal(high->taken[0].peer, 17);
    assert_int_equal(send_patterned(high, 16, HS_CLASS_SYNC, 1, 10), HS_INVALID_ARGUMENT);
    assert_int_equal(send_patterned(high, HS_PEERS_MAX, HS_CLASS_SYNC, 1, 10), HS_INVALID_ARGUMENT);
    high->transport->drop_peer(high->transport->context, HS_PEERS_MAX, HS_MALFORMED);
    assert_true(peer_counters_of(high, 17).connected);
}

/* Node 1 holds back what it got of peer 0, whose number then goes to node 2. */
static void what_a_peer_sent_never_counts_for_the_next_with_its_number(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    struct node *receiver = &fixture->nodes[1];
    receiver->holds_back = true;
    for (uint32_t i = 0; i < HS_MESSAGE_CLASSES; i++) {
        assert_int_equal(send_patterned(&fixture->nodes[0], 1, (enum hs_message_class)i, 1, 500),
                         HS_OK);
        assert_int_equal(send_patterned(&fixture->nodes[3], 1, (enum hs_message_class)i, 3, 500),
                         HS_OK);
    }
    WAIT_FOR(fixture, peer_counters_of(receiver, 0).messages_in[HS_CLASS_TRANSACTIONS] == 1 &&
                          peer_counters_of(receiver, 3).messages_in[HS_CLASS_TRANSACTIONS] == 1);
    struct peer_list swapped = {.count = 0};
    add_peer(&swapped, fixture, 0, &fixture->public_keys[2], 2);
    add_node(&swapped, fixture, 3);
    know(receiver, &swapped);
    assert_int_equal(peer_counters_of(receiver, 0).messages_in[HS_CLASS_TRANSACTIONS], 0);
    WAIT_FOR(fixture, peer_counters_of(receiver, 0).connected);
    assert_int_equal(send_patterned(&fixture->nodes[2], 1, HS_CLASS_SYNC, 2, 500), HS_OK);
    WAIT_FOR(fixture, peer_counters_of(receiver, 0).messages_in[HS_CLASS_SYNC] == 1);
    receiver->holds_back = false;
    receive_all(receiver);
    assert_true(receiver->connected[0]);
    assert_int_equal(receiver->taken_count, HS_MESSAGE_CLASSES + 1);
    for (size_t i = 0; i < receiver->taken_count; i++) {
        uint32_t sender = receiver->taken[i].peer == 0 ? 2 : 3;
        assert_int_equal(number_of(receiver->taken[i].message), sender);
    }
}

static void a_broadcast_goes_to_those_who_are_named(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    stop(&fixture->nodes[3]);
    WAIT_FOR(fixture, !fixture->nodes[1].connected[3]);
    struct hs_buffer *message = patterned(HS_CLASS_CONSENSUS, 1, 100);
    const uint32_t to[] = {2, 3, 200, HS_PEERS_MAX, 1};
    struct node *sender = &fixture->nodes[1];
    sender->transport->broadcast(sender->transport->context, to, 5, HS_CLASS_CONSENSUS, message);
    assert_int_equal(message->references, 2);
    WAIT_FOR(fixture, fixture->nodes[2].taken_count == 1);
    assert_int_equal(fixture->nodes[0].taken_count, 0);
    hs_buffer_release(message);
}

/* -- the list's limits ---------------------------------------------------------------- */

static void a_list_out_of_its_limits_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    const struct hs_consensus_network *transport = fixture->nodes[1].transport;
    static struct hs_peer full[HS_PEERS_MAX + 1];
    for (uint32_t i = 0; i <= HS_PEERS_MAX; i++) {
        full[i] = (struct hs_peer){.number = i, .key = {.bytes = {(uint8_t)i, (uint8_t)(i / 256)}}};
    }
    assert_int_equal(transport->set_peers(transport->context, full, HS_PEERS_MAX + 1), HS_FULL);
    const struct hs_peer bad[][2] = {
        {{.number = HS_PEERS_MAX, .key = {{1}}}, {.number = 1, .key = {{2}}}},
        {{.number = 1, .key = {{1}}}, {.number = 1, .key = {{2}}}},
        {{.number = 1, .key = {{1}}}, {.number = 2, .key = {{1}}}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(transport->set_peers(transport->context, bad[i], 2), HS_INVALID_ARGUMENT);
    }
    assert_true(is_mesh(fixture));
    assert_int_equal(send_patterned(&fixture->nodes[1], 3, HS_CLASS_SYNC, 1, 10), HS_OK);
    WAIT_FOR(fixture, fixture->nodes[3].taken_count == 1);

    /* A full one is taken, with a peer at its very end. */
    full[HS_PEERS_MAX - 1].key = fixture->public_keys[0];
    fixture->nodes[1].knows[HS_PEERS_MAX - 1] = true;
    assert_int_equal(transport->set_peers(transport->context, full, HS_PEERS_MAX), HS_OK);
    WAIT_FOR(fixture, peer_counters_of(&fixture->nodes[1], HS_PEERS_MAX - 1).connected);
    assert_false(peer_counters_of(&fixture->nodes[1], 3).connected);
}

static void nobody_may_be_here(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    struct peer_list nobody = {.count = 0};
    for (uint32_t i = 0; i < NODES; i++) {
        know(&fixture->nodes[i], &nobody);
    }
    let_time_pass(fixture);
    for (uint32_t i = 0; i < NODES; i++) {
        assert_int_equal(fixture->nodes[i].connect_count, NODES - 1);
        know_all(fixture, i);
    }
    WAIT_FOR(fixture, is_mesh(fixture));
}

/* -- keys and addresses that change ----------------------------------------------------- */

static void a_peer_with_a_new_key_takes_the_place_of_the_old_one(void **state)
{
    struct fixture *fixture = *state;
    start_mesh(fixture);
    /* Slot 5 is node 2 after the rotation; the old one goes on for a while. */
    start_as(fixture, 5, &fixture->keys[5], fixture->chain_id);
    struct peer_list rotated = {.count = 0};
    add_node(&rotated, fixture, 0);
    add_node(&rotated, fixture, 1);
    add_peer(&rotated, fixture, 2, &fixture->public_keys[5], 5);
    add_node(&rotated, fixture, 3);
    know(&fixture->nodes[5], &rotated);
    for (uint32_t i = 0; i < NODES; i++) {
        if (i != 2) {
            know(&fixture->nodes[i], &rotated);
        }
    }
    struct node *node = &fixture->nodes[5];
    WAIT_FOR(fixture, node->connect_count == 3 && fixture->nodes[0].connected[2]);
    WAIT_FOR(fixture, fixture->nodes[2].disconnect_count == 3);
    assert_int_equal(send_patterned(&fixture->nodes[0], 2, HS_CLASS_SYNC, 1, 10), HS_OK);
    WAIT_FOR(fixture, node->taken_count == 1);
    /* Where the old key is the one that dials. */
    WAIT_FOR(fixture, counters_of(&fixture->nodes[3]).refused_keys >= 1);
    assert_int_equal(fixture->nodes[2].taken_count, 0);
    assert_int_equal(fixture->nodes[2].connect_count, 3);
}

/* Slot 2 has the keys 2 and 5, and shows the first. Everybody knows it by both, as between ROTATE
 * and the epoch that it is for; so it does itself. */
static void start_mesh_with_two_keys_of_one(struct fixture *fixture)
{
    const struct hs_ed25519_secret_key keys[] = {fixture->keys[2], fixture->keys[5]};
    start(fixture, 3);
    start_with(fixture, 2, keys, 2, fixture->chain_id);
    start(fixture, 1);
    start(fixture, 0);
    struct peer_list all = {.count = 0};
    for (uint32_t i = 0; i < NODES; i++) {
        add_node(&all, fixture, i);
    }
    add_peer(&all, fixture, 5, &fixture->public_keys[5], 2);
    for (uint32_t i = 0; i < NODES; i++) {
        know(&fixture->nodes[i], &all);
    }
    WAIT_FOR(fixture, is_mesh(fixture));
}

static enum hs_status show(struct fixture *fixture, uint32_t slot, uint32_t key)
{
    const struct hs_consensus_network *transport = fixture->nodes[slot].transport;
    return transport->use_identity(transport->context, &fixture->public_keys[key]);
}

static bool is_known_by(const struct fixture *fixture, uint32_t number, uint32_t other_number)
{
    bool all = true;
    for (uint32_t i = 0; i < NODES; i++) {
        const struct node *node = &fixture->nodes[i];
        all = all && (i == 2 || (node->connected[number] && !node->connected[other_number] &&
                                 fixture->nodes[2].connected[i]));
    }
    return all;
}

/* Towards node 3 it is the one that dials by its old key, and is dialed by its new one. */
static void a_node_shows_its_other_key_and_is_connected_again_by_that(void **state)
{
    struct fixture *fixture = *state;
    start_mesh_with_two_keys_of_one(fixture);
    uint64_t began_ns = uv_hrtime();
    for (uint32_t round = 1; round <= 4; round++) {
        uint32_t shown = round % 2 == 1 ? 5 : 2;
        assert_int_equal(show(fixture, 2, shown), HS_OK);
        WAIT_FOR(fixture, is_known_by(fixture, shown, 7 - shown));
        for (uint32_t i = 0; i < NODES; i++) {
            struct node *node = &fixture->nodes[i];
            if (i != 2) {
                assert_int_equal(send_patterned(node, shown, HS_CLASS_SYNC, round, 10), HS_OK);
                assert_int_equal(send_patterned(node, 7 - shown, HS_CLASS_SYNC, round, 10),
                                 HS_UNREACHABLE);
                WAIT_FOR(fixture,
                         fixture->nodes[2].taken_count == 3 * (round - 1) + (i < 2 ? i + 1 : 3));
                assert_int_equal(send_patterned(&fixture->nodes[2], i, HS_CLASS_SYNC, round, 10),
                                 HS_OK);
                WAIT_FOR(fixture, node->taken_count == round);
                assert_int_equal(node->taken[round - 1].peer, shown);
            }
        }
        assert_int_equal(fixture->nodes[2].connect_count, 3 * (round + 1));
        assert_int_equal(fixture->nodes[2].disconnect_count, 3 * round);
    }
    /* A peer that failed to reach it by the new key did not wait out its longest back-off. */
    assert_true(uv_hrtime() - began_ns < DEADLINE_NS / 5);
}

static void a_key_that_is_shown_already_or_none_of_its_own_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    start_mesh_with_two_keys_of_one(fixture);
    assert_int_equal(show(fixture, 2, 2), HS_OK);
    assert_int_equal(show(fixture, 2, 4), HS_NOT_FOUND);
    assert_int_equal(show(fixture, 1, 5), HS_NOT_FOUND);
    let_time_pass(fixture);
    for (uint32_t i = 0; i < NODES; i++) {
        assert_int_equal(fixture->nodes[i].connect_count, NODES - 1);
        assert_int_equal(fixture->nodes[i].disconnect_count, 0);
    }
}

/* Connections that are only being made, by either side, end too. */
static void a_key_may_change_while_connections_are_being_made(void **state)
{
    struct fixture *fixture = *state;
    start_mesh_with_two_keys_of_one(fixture);
    for (uint32_t round = 0; round < 60; round++) {
        assert_int_equal(show(fixture, 2, round % 2 == 0 ? 5 : 2), HS_OK);
        for (uint32_t i = 0; i < round % 7; i++) {
            turn(fixture);
        }
    }
    WAIT_FOR(fixture, is_known_by(fixture, 2, 5));
}

/* Node 0 knows node 1 by a name, then at another place, where it comes up only later. */
static void a_new_address_is_dialed_once_the_old_connection_is_lost(void **state)
{
    struct fixture *fixture = *state;
    struct node *dialer = &fixture->nodes[0];
    fixture->count = 2;
    start(fixture, 1);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    struct peer_list moved = {.count = 0};
    add_node(&moved, fixture, 1);
    (void)snprintf(moved.addresses[0], ADDRESS_CHARACTERS, "localhost:%u", fixture->nodes[1].port);
    know(dialer, &moved);
    WAIT_FOR(fixture, are_connected(fixture, 0, 1));

    start_as(fixture, 4, &fixture->keys[1], fixture->chain_id);
    know_all(fixture, 4);
    (void)snprintf(moved.addresses[0], ADDRESS_CHARACTERS, "localhost:%u", fixture->nodes[4].port);
    know(dialer, &moved);
    let_time_pass(fixture);
    assert_int_equal(dialer->connect_count, 1);
    stop(&fixture->nodes[1]);
    WAIT_FOR(fixture, fixture->nodes[4].connected[0] && dialer->connect_count == 2);
    assert_int_equal(dialer->disconnect_count, 1);
}

static void a_new_address_is_dialed_at_once_where_there_is_no_connection(void **state)
{
    struct fixture *fixture = *state;
    struct node *dialer = &fixture->nodes[0];
    fixture->count = 2;
    start(fixture, 1);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    struct peer_list moving = {.count = 0};
    add_node(&moving, fixture, 1);
    /* None, what can't be read, and one where nobody ever answers (RFC 5737). */
    const char *const addresses[] = {NULL, "nowhere", "\xff:1", "", "192.0.2.1:9"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        moving.peers[0].address = addresses[i];
        know(dialer, &moving);
        for (uint32_t turns = 0; turns < FAR_AWAY_TURNS; turns++) {
            turn(fixture);
        }
        assert_int_equal(dialer->connect_count, 0);
    }
    moving.peers[0].address = moving.addresses[0];
    know(dialer, &moving);
    WAIT_FOR(fixture, are_connected(fixture, 0, 1));
    /* Forgetting where it is does not disconnect it. */
    moving.peers[0].address = NULL;
    know(dialer, &moving);
    let_time_pass(fixture);
    assert_true(are_connected(fixture, 0, 1));
}

/* A socket that lets everybody wait. */
static int silent_listener(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

static bool has_hung_up(int socket)
{
    uint8_t bytes[4096];
    ssize_t size;
    do {
        size = recv(socket, bytes, sizeof bytes, MSG_DONTWAIT);
    } while (size > 0);
    return size == 0;
}

static void a_new_address_ends_the_dialing_of_the_old_one(void **state)
{
    struct fixture *fixture = *state;
    uint16_t silent_port;
    int listener = silent_listener(&silent_port);
    fixture->count = 2;
    start(fixture, 1);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    struct peer_list moved = {.count = 0};
    char silent_address[ADDRESS_CHARACTERS];
    (void)snprintf(silent_address, sizeof silent_address, "127.0.0.1:%u", silent_port);
    add_node(&moved, fixture, 1);
    moved.peers[0].address = silent_address;
    know(&fixture->nodes[0], &moved);
    let_time_pass(fixture);
    int dialed = accept(listener, NULL, NULL);
    assert_true(dialed >= 0);
    assert_false(has_hung_up(dialed));
    know_all(fixture, 0);
    WAIT_FOR(fixture, are_connected(fixture, 0, 1));
    assert_true(has_hung_up(dialed));
    close(dialed);
    close(listener);
}

/* Of a handshake under way, too, nothing is left when its peer goes. */
static void a_peer_that_is_being_dialed_can_be_removed(void **state)
{
    struct fixture *fixture = *state;
    uint16_t silent_port;
    int listener = silent_listener(&silent_port);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    struct peer_list silent = {.count = 0};
    struct peer_list nobody = {.count = 0};
    char silent_address[ADDRESS_CHARACTERS];
    (void)snprintf(silent_address, sizeof silent_address, "127.0.0.1:%u", silent_port);
    add_node(&silent, fixture, 1);
    silent.peers[0].address = silent_address;
    know(&fixture->nodes[0], &silent);
    let_time_pass(fixture);
    int dialed = accept(listener, NULL, NULL);
    assert_true(dialed >= 0);
    know(&fixture->nodes[0], &nobody);
    let_time_pass(fixture);
    assert_true(has_hung_up(dialed));
    close(dialed);
    close(listener);
}

static void a_peer_without_an_address_may_dial(void **state)
{
    struct fixture *fixture = *state;
    fixture->count = 2;
    start_as(fixture, 1, &fixture->keys[1], fixture->chain_id);
    start(fixture, 0);
    struct peer_list unknown_place = {.count = 0};
    add_node(&unknown_place, fixture, 0);
    unknown_place.peers[0].address = NULL;
    know(&fixture->nodes[1], &unknown_place);
    WAIT_FOR(fixture, are_connected(fixture, 0, 1));
}

/* -- addresses that peers claim ------------------------------------------------------------ */

/* Node 0 knows node 1 by what that claims alone. */
static void know_by_claim(struct fixture *fixture, struct peer_list *list, const char *address)
{
    *list = (struct peer_list){.count = 0};
    add_node(list, fixture, 1);
    list->peers[0].claimed_address = list->peers[0].address;
    list->peers[0].address = address;
}

static void a_peer_is_found_where_it_claims_to_be(void **state)
{
    struct fixture *fixture = *state;
    struct peer_list claimed;
    fixture->count = 2;
    start(fixture, 1);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    know_by_claim(fixture, &claimed, NULL);
    know(&fixture->nodes[0], &claimed);
    WAIT_FOR(fixture, are_connected(fixture, 0, 1));
}

static void where_the_owner_is_wrong_the_claim_is_tried(void **state)
{
    struct fixture *fixture = *state;
    struct peer_list claimed;
    fixture->count = 2;
    start(fixture, 1);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    know_by_claim(fixture, &claimed, "127.0.0.1:1");
    know(&fixture->nodes[0], &claimed);
    WAIT_FOR(fixture, are_connected(fixture, 0, 1));
}

static uint32_t accept_all(int listener)
{
    uint32_t count = 0;
    struct pollfd poll_of = {.fd = listener, .events = POLLIN};
    while (poll(&poll_of, 1, 0) == 1) {
        int dialed = accept(listener, NULL, NULL);
        assert_true(dialed >= 0);
        close(dialed);
        count++;
    }
    return count;
}

/* Turns the loop for so long, hanging up on all who dial. Returns how many did. */
static uint32_t hang_up_on_all(struct fixture *fixture, int listener, uint64_t duration_ms)
{
    uint32_t count = 0;
    uint64_t until_ms = uv_now(&fixture->loop) + duration_ms;
    while (uv_now(&fixture->loop) < until_ms) {
        turn(fixture);
        count += accept_all(listener);
    }
    return count;
}

/* Whoever registers somebody else's address brings nobody to hammer it, by changing it back and forth
 * neither; when its epoch comes it is looked for once more. */
static void a_victim_of_a_claim_is_hardly_dialed(void **state)
{
    struct fixture *fixture = *state;
    struct peer_list claimed = {.count = 0};
    char victim[ADDRESS_CHARACTERS];
    uint16_t port;
    int listener = silent_listener(&port);
    (void)snprintf(victim, sizeof victim, "127.0.0.1:%u", port);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    add_node(&claimed, fixture, 1);
    claimed.peers[0].claimed_address = victim;
    know(&fixture->nodes[0], &claimed);
    assert_in_range(hang_up_on_all(fixture, listener, 2500), 1, 2);
    for (uint32_t i = 0; i < 10; i++) {
        claimed.peers[0].claimed_address = i % 2 == 0 ? "127.0.0.1:1" : victim;
        know(&fixture->nodes[0], &claimed);
        (void)hang_up_on_all(fixture, listener, 10);
    }
    assert_in_range(hang_up_on_all(fixture, listener, 300), 0, 1);
    claimed.peers[0].is_awaited = true;
    know(&fixture->nodes[0], &claimed);
    assert_int_equal(hang_up_on_all(fixture, listener, 300), 1);
    know(&fixture->nodes[0], &claimed);
    assert_int_equal(hang_up_on_all(fixture, listener, 300), 0);
    /* The owner's word is another matter. */
    claimed.peers[0].address = victim;
    know(&fixture->nodes[0], &claimed);
    assert_in_range(hang_up_on_all(fixture, listener, 1000), 3, 8);
    close(listener);
}

static void no_name_that_a_peer_claims_is_looked_up(void **state)
{
    struct fixture *fixture = *state;
    struct peer_list claimed = {.count = 0};
    char name[ADDRESS_CHARACTERS];
    uint16_t port;
    int listener = silent_listener(&port);
    (void)snprintf(name, sizeof name, "localhost:%u", port);
    start_as(fixture, 0, &fixture->keys[0], fixture->chain_id);
    add_node(&claimed, fixture, 1);
    claimed.peers[0].claimed_address = name;
    know(&fixture->nodes[0], &claimed);
    assert_int_equal(hang_up_on_all(fixture, listener, 500), 0);
    claimed.peers[0].address = name;
    know(&fixture->nodes[0], &claimed);
    assert_true(hang_up_on_all(fixture, listener, 500) > 0);
    close(listener);
}

/* -- many changes ------------------------------------------------------------------------ */

/* Each change gives one node a random part of the others, under numbers that move; all send on. */
static void a_hundred_changes_under_traffic_leave_nothing_behind(void **state)
{
    struct fixture *fixture = *state;
    uint32_t random = 1;
    start_mesh(fixture);
    struct hs_buffer *message = patterned(HS_CLASS_SYNC, 1, 50000);
    for (uint32_t change = 0; change < 100; change++) {
        struct peer_list some = {.count = 0};
        random = random * 1103515245u + 12345u;
        for (uint32_t i = 0; i < NODES; i++) {
            if ((random >> (16 + i) & 1) != 0) {
                uint32_t number = (i + (random >> 24)) % NODES;
                add_peer(&some, fixture, number, &fixture->public_keys[i], i);
            }
        }
        know(&fixture->nodes[change % NODES], &some);
        for (uint32_t i = 0; i < NODES; i++) {
            broadcast(&fixture->nodes[i], NODES, HS_CLASS_SYNC, message);
            fixture->nodes[i].holds_back = (random >> (20 + i) & 1) != 0;
        }
        for (uint32_t turns = random >> 27; turns > 0; turns--) {
            turn(fixture);
        }
    }
    size_t heard_count = 0;
    for (uint32_t i = 0; i < NODES; i++) {
        fixture->nodes[i].holds_back = false;
        receive_all(&fixture->nodes[i]);
        heard_count += fixture->nodes[i].taken_count;
        know_all(fixture, i);
    }
    assert_true(heard_count > 20);
    WAIT_FOR(fixture, is_mesh(fixture));
    WAIT_FOR(fixture, message->references == 1);
    for (uint32_t i = 0; i < NODES; i++) {
        for (uint32_t k = 0; k < NODES; k++) {
            if (k != i) {
                assert_true(peer_counters_of(&fixture->nodes[i], k).connected);
                assert_int_equal(send_patterned(&fixture->nodes[i], k, HS_CLASS_CONSENSUS, i, 20),
                                 HS_OK);
            }
        }
    }
    hs_buffer_release(message);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(a_peer_added_while_running_is_connected),
        WITH(a_removed_peer_is_closed_and_not_dialed_again),
        WITH(a_removed_peer_that_dials_is_refused_until_it_is_back),
        WITH(a_stranger_with_the_key_of_a_removed_peer_is_refused),
        WITH(any_number_below_the_limit_will_do),
        WITH(what_a_peer_sent_never_counts_for_the_next_with_its_number),
        WITH(a_broadcast_goes_to_those_who_are_named),
        WITH(a_list_out_of_its_limits_changes_nothing),
        WITH(nobody_may_be_here),
        WITH(a_node_shows_its_other_key_and_is_connected_again_by_that),
        WITH(a_key_that_is_shown_already_or_none_of_its_own_changes_nothing),
        WITH(a_key_may_change_while_connections_are_being_made),
        WITH(a_peer_with_a_new_key_takes_the_place_of_the_old_one),
        WITH(a_new_address_is_dialed_once_the_old_connection_is_lost),
        WITH(a_new_address_is_dialed_at_once_where_there_is_no_connection),
        WITH(a_new_address_ends_the_dialing_of_the_old_one),
        WITH(a_peer_that_is_being_dialed_can_be_removed),
        WITH(a_peer_without_an_address_may_dial),
        WITH(a_peer_is_found_where_it_claims_to_be),
        WITH(where_the_owner_is_wrong_the_claim_is_tried),
        WITH(a_victim_of_a_claim_is_hardly_dialed),
        WITH(no_name_that_a_peer_claims_is_looked_up),
        WITH(a_hundred_changes_under_traffic_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
