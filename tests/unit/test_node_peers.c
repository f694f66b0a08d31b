/* Whom a node is connected to, and who hears what it says (P5). */
#include "tests/unit/lone_node.h"

/* P5: the members of the epoch before, of this one and of the next; nobody else who is not
 * registered. */
static void members_around_an_epoch_are_peers(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(2);
    lone->member_heights[3] = 2; /* of epochs 0 and 1 */
    struct hs_node_config config = lone_config(lone);
    lone_start(lone, &config);
    lone_run_to_epoch(lone, 2);
    assert_int_equal(lone->peer_count, 4);
    assert_non_null(lone_peer(lone, 3));
    assert_false(lone_peer(lone, 3)->peer.is_awaited);
    assert_true(lone_peer(lone, 2)->peer.is_awaited);
    uint32_t number = lone_peer(lone, 2)->peer.number;
    lone_run_to_epoch(lone, 3);
    assert_int_equal(lone->peer_count, 3);
    assert_null(lone_peer(lone, 3));
    assert_int_equal(lone_peer(lone, 2)->peer.number, number);
    lone_free(lone);
}

/* Within an epoch, so that it knows the chain before its own one begins. */
static void who_registers_is_a_peer_within_seconds(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(2);
    struct hs_node_config config = lone_config(lone);
    lone_start(lone, &config);
    lone_run_to_epoch(lone, 1);
    assert_null(lone_peer(lone, 9));
    uint32_t number = lone_peer(lone, 2)->peer.number;
    lone_register(lone, lone_key(lone, 9), "192.0.2.9:7000");
    lone_run(lone, 3 * SECOND_NS);
    assert_non_null(lone_peer(lone, 9));
    assert_string_equal(lone_peer(lone, 9)->claimed, "192.0.2.9:7000");
    assert_string_equal(lone_peer(lone, 9)->address, "");
    assert_int_equal(lone_peer(lone, 2)->peer.number, number);
    /* It moves, and is told of; then it is paid out. */
    number = lone_peer(lone, 9)->peer.number;
    lone->registered_count = 0;
    lone_register(lone, lone_key(lone, 9), "192.0.2.99:7000");
    lone_run(lone, 3 * SECOND_NS);
    assert_string_equal(lone_peer(lone, 9)->claimed, "192.0.2.99:7000");
    assert_int_equal(lone_peer(lone, 9)->peer.number, number);
    lone->registered_count = 0;
    lone_run(lone, 3 * SECOND_NS);
    assert_null(lone_peer(lone, 9));
    lone_free(lone);
}

/* Whoever registers anew with every block makes nobody dial with every block. */
static void registrations_change_the_peers_every_two_seconds_at_most(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(2);
    struct hs_node_config config = lone_config(lone);
    config.pacemaker.idle_interval_ns = SECOND_NS / 1000;
    lone_start(lone, &config);
    lone_run_to_epoch(lone, 1);
    uint64_t epoch = lone_status(lone).core.epoch;
    uint32_t told = lone->told;
    uint64_t until_ns = lone->now_ns + 10 * SECOND_NS;
    for (uint32_t i = 0; lone->now_ns < until_ns; i++) {
        struct hs_ed25519_public_key key = {.bytes = {(uint8_t)i, (uint8_t)(i >> 8), 1}};
        lone->registered_count = 0;
        lone_register(lone, &key, "192.0.2.9:7000");
        lone_wake(lone);
    }
    uint64_t epochs = lone_status(lone).core.epoch - epoch;
    assert_true(epochs > 5);
    assert_true(lone->told - told <= 6 + epochs);
    lone_free(lone);
}

static void nothing_is_told_where_nothing_changed(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(2);
    struct hs_node_config config = lone_config(lone);
    lone_register(lone, lone_key(lone, 1), "192.0.2.1:7000");
    lone_register(lone, lone_key(lone, 9), "192.0.2.9:7000");
    lone_start(lone, &config);
    lone_run_to_epoch(lone, 1);
    uint64_t epoch = lone_status(lone).core.epoch;
    uint32_t told = lone->told;
    lone_run(lone, 10 * SECOND_NS);
    assert_int_equal(lone->told - told, lone_status(lone).core.epoch - epoch);
    lone_free(lone);
}

/* -- the owner's word ---------------------------------------------------------------- */

static void who_the_owner_named_is_a_peer_in_every_epoch(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(1);
    struct hs_contact known[2] = {
        {.key = {.bytes = {9, 9}}, .address = {.text = "friend.example:7000"}},
        {.key = *lone_key(lone, 2), .address = {.text = "198.51.100.2:7000"}},
    };
    struct hs_node_config config = lone_config(lone);
    config.known = known;
    config.known_count = 2;
    lone_start(lone, &config);
    memset(known, 0, sizeof known); /* read by hs_node_open */
    for (uint64_t epoch = 0; epoch < 5; epoch++) {
        lone_run_to_epoch(lone, epoch);
        const struct hs_ed25519_public_key friend_key = {.bytes = {9, 9}};
        assert_non_null(lone_peer_with(lone, &friend_key));
        assert_string_equal(lone_peer_with(lone, &friend_key)->address, "friend.example:7000");
        assert_non_null(lone_peer(lone, 2));
        assert_string_equal(lone_peer(lone, 2)->address, "198.51.100.2:7000");
    }
    lone_free(lone);
}

static void more_known_peers_than_the_limit_are_refused(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(1);
    static struct hs_contact known[HS_KNOWN_PEERS_MAX + 1];
    struct hs_node_error error;
    struct hs_node_config config = lone_config(lone);
    config.known = known;
    config.known_count = HS_KNOWN_PEERS_MAX + 1;
    assert_int_equal(hs_node_open(&lone->node, &config, &error), HS_INVALID_ARGUMENT);
    lone_free(lone);
}

/* The owner knows where its neighbours are; what they say of themselves is told beside it. */
static void the_owners_address_outlives_epochs_without_its_validator(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(2);
    const char *addresses[LONE_VALIDATORS] = {NULL, "10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"};
    lone->member_heights[3] = 1;
    struct hs_node_config config = lone_config(lone);
    config.addresses = addresses;
    lone_start(lone, &config);
    assert_string_equal(lone_peer(lone, 3)->address, "10.0.0.3:1");
    lone_run_to_epoch(lone, 3);
    assert_null(lone_peer(lone, 3));
    lone_register(lone, lone_key(lone, 3), "192.0.2.3:7000");
    lone_run(lone, 3 * SECOND_NS);
    assert_string_equal(lone_peer(lone, 3)->address, "10.0.0.3:1");
    assert_string_equal(lone_peer(lone, 3)->claimed, "192.0.2.3:7000");
    lone_free(lone);
}

/* -- room ---------------------------------------------------------------------------- */

static struct hs_ed25519_public_key stranger(uint32_t number)
{
    struct hs_ed25519_public_key key = {.bytes = {0xee}};
    memcpy(&key.bytes[1], &number, sizeof number);
    return key;
}

/* Any number of strangers that registered keep out nobody who votes, and nobody that the owner named. */
static void in_a_full_table_voters_and_those_who_were_named_come_first(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(5);
    const struct hs_contact known = {.key = {.bytes = {9, 9}}};
    struct hs_node_config config = lone_config(lone);
    config.known = &known;
    config.known_count = 1;
    for (uint32_t i = 0; i < LONE_REGISTERED_MAX; i++) {
        struct hs_ed25519_public_key key = stranger(i);
        lone_register(lone, &key, "192.0.2.9:7000");
    }
    lone_start(lone, &config);
    for (uint32_t epoch = 1; epoch < 6; epoch++) {
        lone->member_heights[5 + epoch] = UINT64_MAX; /* one more joins */
        lone_run_to_epoch(lone, epoch);
        assert_int_equal(lone->peer_count, HS_PEERS_MAX);
        for (uint32_t i = 0; i <= 5 + epoch; i++) {
            assert_non_null(lone_peer(lone, i));
        }
        assert_non_null(lone_peer_with(lone, &known.key));
        struct hs_ed25519_public_key first = stranger(0);
        assert_non_null(lone_peer_with(lone, &first));
    }
    lone_free(lone);
}

/* -- far behind ---------------------------------------------------------------------- */

static void show_epoch(struct lone_node *lone, uint32_t peer, uint64_t epoch)
{
    struct hs_message *message = calloc(1, sizeof *message);
    assert_non_null(message);
    message->type = HS_MESSAGE_STATUS;
    hs_qc_of_view_zero(&message->status.high_qc, epoch, &lone->cluster.genesis.id);
    uint32_t validator_count = lone_status(lone).validator_count;
    size_t size = hs_message_encoded_size(message, validator_count);
    struct hs_buffer *buffer = hs_buffer_new(size);
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, size);
    hs_message_encode(&writer, message, validator_count);
    lone_hear(lone, (struct hs_received){HS_RECEIVED_MESSAGE, peer, buffer});
    free(message);
}

/* Of the members around an old epoch nobody may run any more. */
static void who_shows_a_later_epoch_stays_a_peer(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(2);
    lone->member_heights[3] = 1;
    lone->member_heights[4] = 1;
    struct hs_node_config config = lone_config(lone);
    lone_start(lone, &config);
    uint32_t ahead = lone_peer(lone, 3)->peer.number;
    uint32_t number = lone_peer(lone, 4)->peer.number;
    lone_hear(lone, (struct hs_received){.type = HS_RECEIVED_CONNECTED, .peer = ahead});
    lone_hear(lone, (struct hs_received){.type = HS_RECEIVED_CONNECTED, .peer = number});
    lone_run_to_epoch(lone, 1);
    show_epoch(lone, ahead, 9);
    show_epoch(lone, number, 1);
    while (lone_status(lone).core.epoch < 3) {
        lone_wake(lone);
        if (lone_peer(lone, 3) != NULL) {
            show_epoch(lone, ahead, 9);
        }
    }
    assert_non_null(lone_peer(lone, 3));
    assert_int_equal(lone_peer(lone, 3)->peer.number, ahead);
    assert_null(lone_peer(lone, 4));
    /* It went: nothing speaks for it any more. */
    lone_hear(lone, (struct hs_received){.type = HS_RECEIVED_DISCONNECTED, .peer = ahead});
    lone_run_to_epoch(lone, 4);
    assert_null(lone_peer(lone, 3));
    lone_free(lone);
}

/* -- who hears what ------------------------------------------------------------------ */

/* Blocks go to those who vote on them, now or soon; others are told of each certificate, by which they
 * ask for what they miss (L10). */
static void blocks_go_to_voters_and_certificates_to_all(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(2);
    struct hs_node_config config = lone_config(lone);
    lone_start(lone, &config);
    lone_register(lone, lone_key(lone, 9), "192.0.2.9:7000");
    lone_run(lone, 3 * SECOND_NS);
    uint32_t follower = lone_peer(lone, 9)->peer.number;
    uint32_t voter = lone_peer(lone, 2)->peer.number;
    memset(lone->sent, 0, sizeof lone->sent);
    lone_run(lone, 3 * SECOND_NS);
    assert_true(lone->sent[voter][HS_MESSAGE_PROPOSAL] > 4);
    assert_true(lone->sent[voter][HS_MESSAGE_QC] > 4);
    assert_int_equal(lone->sent[follower][HS_MESSAGE_PROPOSAL], 0);
    assert_int_equal(lone->sent[follower][HS_MESSAGE_VIEW_CHANGE], 0);
    assert_int_equal(lone->sent[follower][HS_MESSAGE_QC], lone->sent[voter][HS_MESSAGE_QC]);
    /* A member of the next epoch has to be at the end of this one. */
    uint64_t epoch = lone_status(lone).core.epoch;
    lone->member_heights[9] = UINT64_MAX;
    lone_run_to_epoch(lone, epoch + 1);
    memset(lone->sent, 0, sizeof lone->sent);
    lone_run(lone, SECOND_NS);
    assert_true(lone->sent[follower][HS_MESSAGE_PROPOSAL] > 0);
    lone_free(lone);
}

static void ask_for_range(struct lone_node *lone, uint32_t peer)
{
    struct hs_message *message = calloc(1, sizeof *message);
    assert_non_null(message);
    message->type = HS_MESSAGE_RANGE_REQUEST;
    message->range_request.epoch = 0;
    message->range_request.from_height = 1;
    size_t size = hs_message_encoded_size(message, 1);
    struct hs_buffer *buffer = hs_buffer_new(size);
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, size);
    hs_message_encode(&writer, message, 1);
    lone->heard[lone->heard_count++] = (struct hs_received){HS_RECEIVED_MESSAGE, peer, buffer};
    free(message);
}

/* A question is small and its answer large. Who asks without end is answered now and then, and nobody
 * waits for that who votes. */
static void who_asks_without_end_keeps_nobody_waiting(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(2);
    struct hs_node_config config = lone_config(lone);
    lone_start(lone, &config);
    lone_register(lone, lone_key(lone, 9), "192.0.2.9:7000");
    lone_register(lone, lone_key(lone, 10), "192.0.2.10:7000");
    lone_run(lone, 3 * SECOND_NS);
    uint32_t asker = lone_peer(lone, 9)->peer.number;
    uint32_t other = lone_peer(lone, 10)->peer.number;
    uint32_t voter = lone_peer(lone, 2)->peer.number;
    memset(lone->sent, 0, sizeof lone->sent);
    for (uint32_t i = 0; i < 50; i++) {
        ask_for_range(lone, asker);
    }
    ask_for_range(lone, other);
    ask_for_range(lone, voter);
    lone_settle(lone);
    assert_int_equal(lone->sent[voter][HS_MESSAGE_RANGE_RESPONSE], 1);
    assert_int_equal(lone->sent[asker][HS_MESSAGE_RANGE_RESPONSE] +
                         lone->sent[other][HS_MESSAGE_RANGE_RESPONSE],
                     1);
    lone_run(lone, SECOND_NS / 10);
    assert_int_equal(lone->sent[asker][HS_MESSAGE_RANGE_RESPONSE], 1);
    assert_int_equal(lone->sent[other][HS_MESSAGE_RANGE_RESPONSE], 1);
    /* Who waits for its answers is given them all. */
    for (uint32_t i = 0; i < 10; i++) {
        ask_for_range(lone, other);
        lone_settle(lone);
        lone_run(lone, SECOND_NS / 100);
    }
    assert_int_equal(lone->sent[other][HS_MESSAGE_RANGE_RESPONSE], 11);
    lone_free(lone);
}

/* In a full table the number of who went is the next one's. */
static void nobody_is_blamed_for_what_another_sent_under_its_number(void **state)
{
    (void)state;
    struct lone_node *lone = lone_new(0);
    struct hs_node_config config = lone_config(lone);
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        struct hs_ed25519_public_key key = stranger(i);
        lone_register(lone, &key, "192.0.2.9:7000");
    }
    lone_start(lone, &config);
    lone_run(lone, 3 * SECOND_NS);
    assert_int_equal(lone->peer_count, HS_PEERS_MAX);
    const struct hs_ed25519_public_key gone = stranger(5);
    uint32_t number = lone_peer_with(lone, &gone)->peer.number;
    struct hs_message *message = calloc(1, sizeof *message);
    assert_non_null(message);
    message->type = HS_MESSAGE_QC;
    message->qc.epoch = lone_status(lone).core.epoch;
    message->qc.view = lone_status(lone).core.view + 9;
    message->qc.signers.bytes[0] = 1;
    message->qc.aggregate.bytes[0] = 0x80; /* in form, and wrong */
    message->qc.aggregate.bytes[95] = 1;
    size_t size = hs_message_encoded_size(message, 1);
    struct hs_buffer *buffer = hs_buffer_new(size);
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, size);
    hs_message_encode(&writer, message, 1);
    free(message);
    lone->heard[lone->heard_count++] = (struct hs_received){HS_RECEIVED_MESSAGE, number, buffer};
    hs_node_process_consensus_messages(lone->node);
    assert_non_null(lone->jobs_first); /* the certificate is being checked */
    const struct hs_ed25519_public_key next = stranger(5000);
    lone->registered[5].key = next;
    lone->now_ns += 3 * SECOND_NS;
    hs_node_end_turn(lone->node);
    assert_null(lone_peer_with(lone, &gone));
    assert_int_equal(lone_peer_with(lone, &next)->peer.number, number);
    lone_settle(lone); /* nobody is dropped: lone_drop_peer */
    lone_free(lone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_around_an_epoch_are_peers),
        cmocka_unit_test(who_registers_is_a_peer_within_seconds),
        cmocka_unit_test(registrations_change_the_peers_every_two_seconds_at_most),
        cmocka_unit_test(nothing_is_told_where_nothing_changed),
        cmocka_unit_test(who_the_owner_named_is_a_peer_in_every_epoch),
        cmocka_unit_test(more_known_peers_than_the_limit_are_refused),
        cmocka_unit_test(the_owners_address_outlives_epochs_without_its_validator),
        cmocka_unit_test(in_a_full_table_voters_and_those_who_were_named_come_first),
        cmocka_unit_test(who_shows_a_later_epoch_stays_a_peer),
        cmocka_unit_test(blocks_go_to_voters_and_certificates_to_all),
        cmocka_unit_test(who_asks_without_end_keeps_nobody_waiting),
        cmocka_unit_test(nobody_is_blamed_for_what_another_sent_under_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
