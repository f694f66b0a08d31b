/* Who knows whom on the simulated network: lists of peers that change, their numbers and keys. */
#include "tests/unit/simulated_nodes.h"

static enum hs_status know(struct hs_simulated_network *network, uint32_t index,
                           const struct hs_peer peers[], size_t count)
{
    const struct hs_consensus_network *transport = hs_simulated_network_transport(network, index);
    return transport->set_peers(transport->context, peers, count);
}

/* Node `index` under a number. */
static struct hs_peer peer(const struct hs_simulated_network *network, uint32_t index,
                           uint32_t number)
{
    return (struct hs_peer){.number = number, .key = hs_simulated_network_key(network, index)};
}

static void all_that_know_each_other_by_index_are_as_at_first(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    struct hs_peer all[4];
    for (uint32_t i = 0; i < 4; i++) {
        all[i] = peer(network, i, i);
    }
    assert_int_equal(send_number(network, 0, 1, 5), HS_OK);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(know(network, i, all, 4), HS_OK);
        receive_nothing(network, i);
    }
    assert_int_equal(run_out(network), 1);
    receive_number(network, 1, 0, 5);
    hs_simulated_network_free(network);
}

static void a_message_to_who_does_not_know_the_sender_is_refused(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    const struct hs_peer others[] = {peer(network, 2, 2), peer(network, 3, 3)};
    assert_int_equal(send_number(network, 0, 1, 5), HS_OK);
    assert_int_equal(send_number(network, 1, 0, 6), HS_OK);
    assert_int_equal(know(network, 1, others, 2), HS_OK);
    /* What was under way is lost; who was removed hears of it, who removed it knows. */
    assert_int_equal(run_out(network), 0);
    assert_int_equal(counts_of(network).lost, 2);
    receive_notice(network, 0, HS_RECEIVED_DISCONNECTED, 1);
    receive_nothing(network, 0);
    receive_nothing(network, 1);
    assert_int_equal(send_number(network, 0, 1, 5), HS_UNREACHABLE);
    assert_int_equal(send_number(network, 1, 0, 5), HS_INVALID_ARGUMENT);
    assert_int_equal(send_number(network, 1, 2, 5), HS_OK);
    /* Mending a link or starting again does not connect them, */
    hs_simulated_network_set_link(network, 0, 1, false, true);
    hs_simulated_network_set_link(network, 0, 1, true, true);
    hs_simulated_network_stop_node(network, 0);
    hs_simulated_network_start_node(network, 0);
    assert_int_equal(send_number(network, 0, 1, 5), HS_UNREACHABLE);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 2);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 3);
    receive_nothing(network, 0);
    receive_nothing(network, 1);
    /* only knowing each other again does. */
    const struct hs_peer with_it[] = {peer(network, 0, 9), peer(network, 2, 2)};
    assert_int_equal(know(network, 1, with_it, 2), HS_OK);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 1);
    receive_notice(network, 1, HS_RECEIVED_CONNECTED, 9);
    assert_int_equal(send_number(network, 1, 9, 7), HS_OK);
    assert_int_equal(send_number(network, 0, 1, 8), HS_OK);
    run_out(network);
    receive_number(network, 0, 1, 7);
    receive_number(network, 1, 9, 8);
    hs_simulated_network_free(network);
}

static void a_number_that_changes_hands_brings_nothing_of_the_old_peer(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    assert_int_equal(send_number(network, 0, 1, 5), HS_OK);
    assert_int_equal(send_number(network, 2, 1, 6), HS_OK);
    run_out(network);
    const struct hs_peer swapped[] = {peer(network, 2, 0), peer(network, 3, 2)};
    assert_int_equal(know(network, 1, swapped, 2), HS_OK);
    receive_notice(network, 1, HS_RECEIVED_CONNECTED, 0);
    receive_notice(network, 1, HS_RECEIVED_CONNECTED, 2);
    receive_nothing(network, 1);
    assert_int_equal(counts_of(network).lost, 2);
    struct hs_bitmap receivers;
    hs_simulated_network_advance(network, 0, &receivers);
    assert_int_equal(receivers.bytes[0] & 1u << 1, 0);
    assert_int_equal(send_number(network, 2, 1, 7), HS_OK);
    assert_int_equal(send_number(network, 3, 1, 8), HS_OK);
    run_out(network);
    uint32_t first = 0;
    struct hs_received received;
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(receive(network, 1, &received), HS_OK);
        first += received.peer == 0 ? 1 : 0;
        assert_true(received.peer == 0 || received.peer == 2);
        hs_buffer_release(received.message);
    }
    assert_int_equal(first, 1);
    hs_simulated_network_free(network);
}

static void a_list_out_of_its_limits_changes_nothing(void **state)
{
    (void)state;
    struct hs_simulated_network *network = make(&calm);
    static struct hs_peer many[HS_PEERS_MAX + 1];
    assert_int_equal(know(network, 1, many, HS_PEERS_MAX + 1), HS_FULL);
    const struct hs_peer same_key[] = {peer(network, 0, 0), peer(network, 0, 5)};
    const struct hs_peer same_number[] = {peer(network, 0, 0), peer(network, 2, 0)};
    const struct hs_peer too_high = peer(network, 0, HS_PEERS_MAX);
    assert_int_equal(know(network, 1, same_key, 2), HS_INVALID_ARGUMENT);
    assert_int_equal(know(network, 1, same_number, 2), HS_INVALID_ARGUMENT);
    assert_int_equal(know(network, 1, &too_high, 1), HS_INVALID_ARGUMENT);
    for (uint32_t i = 0; i < 4; i++) {
        receive_nothing(network, i);
    }
    assert_int_equal(send_number(network, 1, 3, 5), HS_OK);
    hs_simulated_network_free(network);
}

static void a_node_with_a_new_key_is_a_stranger_until_that_is_known(void **state)
{
    (void)state;
    const struct hs_ed25519_public_key keys[4] = {{{1}}, {{2}}, {{3}}, {{4}}};
    const struct hs_ed25519_public_key rotated = {{5}};
    struct hs_simulated_network_config config = calm;
    config.keys = keys;
    struct hs_simulated_network *network = make(&config);
    assert_int_equal(hs_simulated_network_key(network, 2).bytes[0], 3);
    hs_simulated_network_stop_node(network, 2);
    hs_simulated_network_set_keys(network, 2, &rotated, 1);
    hs_simulated_network_start_node(network, 2);
    receive_notice(network, 0, HS_RECEIVED_DISCONNECTED, 2);
    receive_nothing(network, 0);
    receive_nothing(network, 2);
    assert_int_equal(send_number(network, 2, 0, 5), HS_UNREACHABLE);
    const struct hs_peer renewed[] = {peer(network, 1, 1), peer(network, 2, 2)};
    assert_int_equal(know(network, 0, renewed, 2), HS_OK);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 2);
    receive_notice(network, 2, HS_RECEIVED_CONNECTED, 0);
    assert_int_equal(send_number(network, 2, 0, 5), HS_OK);
    hs_simulated_network_free(network);
}

static enum hs_status show(struct hs_simulated_network *network, uint32_t index,
                           const struct hs_ed25519_public_key *key)
{
    const struct hs_consensus_network *transport = hs_simulated_network_transport(network, index);
    return transport->use_identity(transport->context, key);
}

static void a_node_that_shows_its_other_key_is_known_by_that(void **state)
{
    (void)state;
    const struct hs_ed25519_public_key keys[4] = {{{1}}, {{2}}, {{3}}, {{4}}};
    const struct hs_ed25519_public_key rotated = {{5}};
    struct hs_simulated_network_config config = calm;
    config.keys = keys;
    config.replay_per_mille = 1000;
    config.replay_mean_ns = 1000 * MS;
    struct hs_simulated_network *network = make(&config);
    const struct hs_ed25519_public_key own[] = {keys[2], rotated};
    hs_simulated_network_stop_node(network, 2);
    hs_simulated_network_set_keys(network, 2, own, 2);
    hs_simulated_network_start_node(network, 2);
    const struct hs_peer both[] = {
        peer(network, 1, 1), peer(network, 2, 2), {.number = 7, .key = rotated}};
    assert_int_equal(know(network, 0, both, 3), HS_OK);
    assert_int_equal(know(network, 2, both, 3), HS_OK); /* itself, by either key, is passed over */
    assert_int_equal(send_number(network, 2, 7, 4), HS_INVALID_ARGUMENT);
    for (uint32_t i = 0; i < 4; i++) {
        struct hs_received received;
        while (receive(network, i, &received) == HS_OK) {
            assert_null(received.message);
        }
    }
    const struct hs_peer with_0[] = {peer(network, 0, 0), peer(network, 1, 1)};
    assert_int_equal(know(network, 2, with_0, 2), HS_OK);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 2);
    receive_notice(network, 2, HS_RECEIVED_CONNECTED, 0);
    assert_int_equal(send_number(network, 2, 0, 5), HS_OK);
    assert_int_equal(send_number(network, 0, 2, 6), HS_OK);
    assert_int_equal(show(network, 2, &keys[3]), HS_NOT_FOUND);
    assert_int_equal(show(network, 2, &keys[2]), HS_OK);
    receive_nothing(network, 0);

    assert_int_equal(show(network, 2, &rotated), HS_OK);
    receive_notice(network, 0, HS_RECEIVED_DISCONNECTED, 2);
    receive_notice(network, 0, HS_RECEIVED_CONNECTED, 7);
    receive_notice(network, 1, HS_RECEIVED_DISCONNECTED, 2);
    receive_notice(network, 2, HS_RECEIVED_DISCONNECTED, 0);
    receive_notice(network, 2, HS_RECEIVED_DISCONNECTED, 1);
    receive_notice(network, 2, HS_RECEIVED_CONNECTED, 0);
    run_out(network); /* what was under way is lost, and what of it comes again by the old key */
    receive_nothing(network, 0);
    receive_nothing(network, 1);
    assert_int_equal(send_number(network, 1, 2, 6), HS_UNREACHABLE);
    assert_int_equal(send_number(network, 0, 2, 6), HS_UNREACHABLE);
    assert_int_equal(send_number(network, 0, 7, 6), HS_OK);
    assert_int_equal(send_number(network, 2, 0, 7), HS_OK);
    run_out(network);
    receive_number(network, 0, 7, 7);
    hs_simulated_network_free(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_know_each_other_by_index_are_as_at_first),
        cmocka_unit_test(a_message_to_who_does_not_know_the_sender_is_refused),
        cmocka_unit_test(a_number_that_changes_hands_brings_nothing_of_the_old_peer),
        cmocka_unit_test(a_list_out_of_its_limits_changes_nothing),
        cmocka_unit_test(a_node_with_a_new_key_is_a_stranger_until_that_is_known),
        cmocka_unit_test(a_node_that_shows_its_other_key_is_known_by_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
