/* What the TCP transport is made of: frames out of bytes, the queue of what goes out, the inbox of
 * what came in, addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "network/frame.h"
#include "network/tcp_inbox.h"
#include "network/outbound_queue.h"
#include "network/tcp_address.h"

/* -- frames -------------------------------------------------------------------- */

/* Gives bytes to a reader, at most `step` at a time, until a frame is whole or refused. Returns how
 * many it took. */
static size_t feed(struct hs_frame_reader *reader, const uint8_t *data, size_t size, size_t step,
                   struct hs_frame *frame, enum hs_status *status)
{
    size_t taken = 0;
    *status = HS_NOT_READY;
    while (taken < size && *status == HS_NOT_READY) {
        size_t capacity = 0;
        uint8_t *space = hs_frame_reader_space(reader, &capacity);
        assert_non_null(space);
        assert_true(capacity > 0);
        size_t piece = size - taken < capacity ? size - taken : capacity;
        piece = piece < step ? piece : step;
        memcpy(space, data + taken, piece);
        taken += piece;
        *status = hs_frame_reader_advance(reader, piece, frame);
    }
    return taken;
}

static void a_hello_comes_first_and_only_first(void **state)
{
    (void)state;
    const struct {
        uint8_t first;
        enum hs_status status;
    } cases[] = {
        {HS_FRAME_HELLO, HS_OK},        {HS_FRAME_PING, HS_MALFORMED},
        {HS_CLASS_CONSENSUS, HS_MALFORMED}, {HS_CLASS_TRANSACTIONS, HS_MALFORMED},
        {HS_MESSAGE_CLASSES, HS_MALFORMED}, {200, HS_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hs_frame_reader reader;
        struct hs_frame frame;
        enum hs_status status;
        uint8_t bytes[HS_FRAME_HEADER_BYTES + 1] = {0};
        hs_frame_reader_init(&reader);
        hs_frame_header_write(bytes, cases[i].first, 1);
        feed(&reader, bytes, sizeof bytes, 100, &frame, &status);
        assert_int_equal(status, cases[i].status);
        if (status == HS_OK) {
            hs_buffer_release(frame.body);
            feed(&reader, bytes, sizeof bytes, 100, &frame, &status);
            assert_int_equal(status, HS_MALFORMED);
        }
        hs_frame_reader_release(&reader);
    }
}

static void frames_come_out_whole_however_they_are_cut(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 2, 1000, HS_FRAME_STEP_BYTES - 1, HS_FRAME_STEP_BYTES,
                            HS_FRAME_STEP_BYTES + 1, 5 * HS_FRAME_STEP_BYTES + 3,
                            HS_MESSAGE_BYTES_MAX};
    const size_t steps[] = {1000, 16384, HS_MESSAGE_BYTES_MAX + 100};
    uint8_t *bytes = malloc(HS_FRAME_HEADER_BYTES + HS_MESSAGE_BYTES_MAX);
    assert_non_null(bytes);
    for (size_t i = 0; i < HS_MESSAGE_BYTES_MAX; i++) {
        bytes[HS_FRAME_HEADER_BYTES + i] = (uint8_t)(i * 13 + i / 256);
    }
    for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
        struct hs_frame_reader reader;
        hs_frame_reader_init(&reader);
        reader.hello_done = true;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct hs_frame frame;
            enum hs_status status;
            size_t size = HS_FRAME_HEADER_BYTES + sizes[i];
            hs_frame_header_write(bytes, HS_CLASS_SYNC, (uint32_t)sizes[i]);
            assert_int_equal(feed(&reader, bytes, size - 1, steps[k], &frame, &status), size - 1);
            assert_int_equal(status, HS_NOT_READY);
            feed(&reader, bytes + size - 1, 1, 1, &frame, &status);
            assert_int_equal(status, HS_OK);
            assert_int_equal(frame.frame_class, HS_CLASS_SYNC);
            assert_int_equal(frame.body->size, sizes[i]);
            assert_memory_equal(frame.body->data, bytes + HS_FRAME_HEADER_BYTES, sizes[i]);
            hs_buffer_release(frame.body);
        }
        hs_frame_reader_release(&reader);
    }
    free(bytes);
}

static void an_announced_size_costs_no_more_than_a_step(void **state)
{
    (void)state;
    struct hs_frame_reader reader;
    struct hs_frame frame;
    enum hs_status status;
    uint8_t header[HS_FRAME_HEADER_BYTES];
    uint8_t *zeros = calloc(1, HS_FRAME_STEP_BYTES);
    assert_non_null(zeros);
    hs_frame_reader_init(&reader);
    reader.hello_done = true;
    hs_frame_header_write(header, HS_CLASS_SYNC, HS_MESSAGE_BYTES_MAX);
    feed(&reader, header, sizeof header, 100, &frame, &status);
    assert_int_equal(status, HS_NOT_READY);
    assert_null(reader.body);
    size_t capacity;
    assert_non_null(hs_frame_reader_space(&reader, &capacity));
    assert_int_equal(capacity, HS_FRAME_STEP_BYTES);
    feed(&reader, zeros, HS_FRAME_STEP_BYTES, HS_FRAME_STEP_BYTES, &frame, &status);
    assert_non_null(hs_frame_reader_space(&reader, &capacity));
    assert_int_equal(capacity, HS_FRAME_STEP_BYTES);
    hs_frame_reader_release(&reader);
    free(zeros);
}

static void sizes_out_of_range_are_refused_from_the_header_alone(void **state)
{
    (void)state;
    const struct {
        uint8_t frame_class;
        uint32_t size;
        enum hs_status status;
    } cases[] = {
        {HS_CLASS_CONSENSUS, 0, HS_MALFORMED},
        {HS_CLASS_CONSENSUS, 1, HS_NOT_READY},
        {HS_CLASS_TRANSACTIONS, HS_MESSAGE_BYTES_MAX, HS_NOT_READY},
        {HS_CLASS_TRANSACTIONS, HS_MESSAGE_BYTES_MAX + 1, HS_MALFORMED},
        {HS_CLASS_SYNC, UINT32_MAX, HS_MALFORMED},
        {HS_FRAME_PING, 0, HS_MALFORMED},
        {HS_FRAME_PING, HS_FRAME_CONTROL_BYTES_MAX, HS_NOT_READY},
        {HS_FRAME_PING, HS_FRAME_CONTROL_BYTES_MAX + 1, HS_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hs_frame_reader reader;
        struct hs_frame frame;
        enum hs_status status;
        uint8_t header[HS_FRAME_HEADER_BYTES];
        hs_frame_reader_init(&reader);
        reader.hello_done = true;
        hs_frame_header_write(header, cases[i].frame_class, cases[i].size);
        feed(&reader, header, sizeof header, 2, &frame, &status);
        assert_int_equal(status, cases[i].status);
        hs_frame_reader_release(&reader);
    }
}

/* -- the outbound queue ---------------------------------------------------------- */

static struct hs_buffer *sized(size_t size, uint8_t fill)
{
    struct hs_buffer *message = hs_buffer_new(size);
    assert_non_null(message);
    memset(message->data, fill, size);
    return message;
}

static enum hs_status push(struct hs_outbound_queue *queue, enum hs_message_class message_class,
                           size_t size, uint8_t fill)
{
    struct hs_buffer *message = sized(size, fill);
    enum hs_status status = hs_outbound_queue_push(queue, message_class, message);
    hs_buffer_release(message);
    return status;
}

static void the_next_frame_is_of_the_most_urgent_class(void **state)
{
    (void)state;
    struct hs_outbound_queue queue;
    uint64_t messages_out[HS_MESSAGE_CLASSES] = {0};
    uint64_t bytes_out[HS_MESSAGE_CLASSES] = {0};
    hs_outbound_queue_init(&queue);
    assert_true(hs_outbound_queue_is_empty(&queue));
    assert_int_equal(push(&queue, HS_CLASS_TRANSACTIONS, 10, 0xa), HS_OK);
    assert_int_equal(push(&queue, HS_CLASS_TRANSACTIONS, 10, 0xb), HS_OK);
    uint8_t stream[200];
    size_t size = hs_outbound_queue_take(&queue, stream, 7, messages_out, bytes_out);
    assert_int_equal(size, 7);
    assert_int_equal(push(&queue, HS_CLASS_SYNC, 10, 0xc), HS_OK);
    assert_int_equal(push(&queue, HS_CLASS_CONSENSUS, 10, 0xd), HS_OK);
    assert_int_equal(push(&queue, HS_CLASS_CONSENSUS, 10, 0xe), HS_OK);
    /* Three bytes at a time, so that headers and messages are cut everywhere. */
    for (size_t taken = 1; taken > 0; size += taken) {
        taken = hs_outbound_queue_take(&queue, stream + size, 3, messages_out, bytes_out);
    }
    const uint8_t fills[] = {0xa, 0xd, 0xe, 0xc, 0xb};
    const uint8_t classes[] = {HS_CLASS_TRANSACTIONS, HS_CLASS_CONSENSUS, HS_CLASS_CONSENSUS,
                               HS_CLASS_SYNC, HS_CLASS_TRANSACTIONS};
    assert_int_equal(size, 5 * (HS_FRAME_HEADER_BYTES + 10));
    for (size_t i = 0; i < 5; i++) {
        const uint8_t *frame = stream + i * (HS_FRAME_HEADER_BYTES + 10);
        const uint8_t header[HS_FRAME_HEADER_BYTES] = {10, 0, 0, 0, classes[i]};
        assert_memory_equal(frame, header, sizeof header);
        assert_int_equal(frame[HS_FRAME_HEADER_BYTES], fills[i]);
        assert_int_equal(frame[HS_FRAME_HEADER_BYTES + 9], fills[i]);
    }
    assert_int_equal(messages_out[HS_CLASS_CONSENSUS], 2);
    assert_int_equal(bytes_out[HS_CLASS_TRANSACTIONS], 20);
    assert_true(hs_outbound_queue_is_empty(&queue));
    hs_outbound_queue_release(&queue);
}

static void each_class_has_limits_of_its_own(void **state)
{
    (void)state;
    struct hs_outbound_queue queue;
    hs_outbound_queue_init(&queue);
    for (uint32_t i = 0; i < HS_NETWORK_SYNC_QUEUE_MAX; i++) {
        assert_int_equal(push(&queue, HS_CLASS_SYNC, 1, 0), HS_OK);
    }
    assert_int_equal(push(&queue, HS_CLASS_SYNC, 1, 0), HS_FULL);
    struct hs_buffer *batch = sized(HS_TRANSACTIONS_BATCH_BYTES_MAX, 0);
    for (uint32_t bytes = 0; bytes < HS_NETWORK_TRANSACTIONS_QUEUE_BYTES_MAX;
         bytes += HS_TRANSACTIONS_BATCH_BYTES_MAX) {
        assert_int_equal(hs_outbound_queue_push(&queue, HS_CLASS_TRANSACTIONS, batch), HS_OK);
    }
    assert_int_equal(push(&queue, HS_CLASS_TRANSACTIONS, 1, 0), HS_FULL);
    assert_int_equal(push(&queue, HS_CLASS_CONSENSUS, 1, 0), HS_OK);
    hs_outbound_queue_release(&queue);
    assert_int_equal(batch->references, 1);
    hs_buffer_release(batch);
}

static void a_ring_keeps_its_order_while_it_grows_and_wraps(void **state)
{
    (void)state;
    struct hs_outbound_queue queue;
    uint64_t counts[HS_MESSAGE_CLASSES] = {0};
    uint8_t next = 0;
    uint8_t expected = 0;
    uint8_t frame[HS_FRAME_HEADER_BYTES + 1];
    hs_outbound_queue_init(&queue);
    for (uint32_t round = 0; round < 40; round++) {
        for (uint32_t i = 0; i < 5; i++) {
            assert_int_equal(push(&queue, HS_CLASS_CONSENSUS, 1, next++), HS_OK);
        }
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(hs_outbound_queue_take(&queue, frame, sizeof frame, counts, counts),
                             sizeof frame);
            assert_int_equal(frame[HS_FRAME_HEADER_BYTES], expected++);
        }
    }
    while (hs_outbound_queue_take(&queue, frame, sizeof frame, counts, counts) > 0) {
        assert_int_equal(frame[HS_FRAME_HEADER_BYTES], expected++);
    }
    assert_int_equal(expected, next);
    hs_outbound_queue_release(&queue);
}

/* -- the inbox --------------------------------------------------------------------- */

static void put(struct hs_tcp_inbox *inbox, enum hs_message_class message_class, uint32_t peer,
                struct hs_buffer *message)
{
    struct hs_received received = {
        .type = message == NULL ? HS_RECEIVED_CONNECTED : HS_RECEIVED_MESSAGE,
        .peer = peer,
        .message = message,
    };
    assert_int_equal(hs_tcp_inbox_push(inbox, message_class, received), HS_OK);
}

static void the_inbox_hands_over_urgent_things_first_and_in_order(void **state)
{
    (void)state;
    struct hs_tcp_inbox *inbox = calloc(1, sizeof *inbox);
    assert_non_null(inbox);
    struct hs_received received;
    assert_true(hs_tcp_inbox_is_empty(inbox));
    assert_int_equal(hs_tcp_inbox_pop(inbox, &received), HS_NOT_FOUND);
    put(inbox, HS_CLASS_CONSENSUS, 1, NULL);
    put(inbox, HS_CLASS_TRANSACTIONS, 1, sized(1, 3));
    put(inbox, HS_CLASS_SYNC, 2, sized(1, 2));
    for (uint8_t i = 0; i < 100; i++) {
        put(inbox, HS_CLASS_CONSENSUS, 1, sized(1, i));
    }
    assert_int_equal(hs_tcp_inbox_pop(inbox, &received), HS_OK);
    assert_int_equal(received.type, HS_RECEIVED_CONNECTED);
    for (uint8_t i = 0; i < 102; i++) {
        assert_int_equal(hs_tcp_inbox_pop(inbox, &received), HS_OK);
        assert_int_equal(received.message->data[0], i < 100 ? i : i == 100 ? 2 : 3);
        hs_buffer_release(received.message);
    }
    assert_true(hs_tcp_inbox_is_empty(inbox));
    hs_tcp_inbox_release(inbox);
    free(inbox);
}

static void forgetting_a_peer_keeps_the_order_of_the_others(void **state)
{
    (void)state;
    struct hs_tcp_inbox *inbox = calloc(1, sizeof *inbox);
    assert_non_null(inbox);
    struct hs_received received;
    hs_tcp_inbox_forget(inbox, 1);
    /* So that the ring's content goes over its end. */
    for (uint8_t i = 0; i < 40; i++) {
        put(inbox, HS_CLASS_SYNC, 2, sized(1, 0));
        assert_int_equal(hs_tcp_inbox_pop(inbox, &received), HS_OK);
        hs_buffer_release(received.message);
    }
    struct hs_buffer *shared = sized(100, 0);
    for (uint8_t i = 0; i < 20; i++) {
        put(inbox, HS_CLASS_SYNC, 2, sized(1, i));
        put(inbox, HS_CLASS_SYNC, 1, hs_buffer_retain(shared));
        put(inbox, HS_CLASS_CONSENSUS, 1, NULL);
    }
    hs_tcp_inbox_forget(inbox, 1);
    assert_int_equal(shared->references, 1);
    assert_int_equal(inbox->shares[1].count, 0);
    assert_int_equal(inbox->shares[1].bytes, 0);
    assert_int_equal(inbox->shares[2].count, 20);
    for (uint8_t i = 0; i < 20; i++) {
        assert_int_equal(hs_tcp_inbox_pop(inbox, &received), HS_OK);
        assert_int_equal(received.peer, 2);
        assert_int_equal(received.message->data[0], i);
        hs_buffer_release(received.message);
    }
    assert_true(hs_tcp_inbox_is_empty(inbox));
    hs_buffer_release(shared);
    hs_tcp_inbox_release(inbox);
    free(inbox);
}

static void a_peers_share_is_counted_in_messages_and_in_bytes(void **state)
{
    (void)state;
    struct hs_tcp_inbox *inbox = calloc(1, sizeof *inbox);
    assert_non_null(inbox);
    struct hs_buffer *large = sized(HS_MESSAGE_BYTES_MAX, 0);
    uint32_t fitting = HS_NETWORK_INBOX_BYTES_MAX / HS_MESSAGE_BYTES_MAX;
    for (uint32_t i = 0; i < fitting; i++) {
        assert_false(hs_tcp_inbox_is_full_of(inbox, 5));
        put(inbox, HS_CLASS_SYNC, 5, hs_buffer_retain(large));
    }
    assert_true(hs_tcp_inbox_is_full_of(inbox, 5));
    assert_false(hs_tcp_inbox_is_full_of(inbox, 6));
    for (uint32_t i = 0; i < HS_NETWORK_INBOX_MAX; i++) {
        assert_false(hs_tcp_inbox_is_full_of(inbox, 6));
        put(inbox, HS_CLASS_CONSENSUS, 6, sized(1, 0));
    }
    assert_true(hs_tcp_inbox_is_full_of(inbox, 6));
    for (uint32_t i = 0; i < HS_NETWORK_INBOX_MAX / 2; i++) {
        assert_false(hs_tcp_inbox_has_room_for(inbox, 6));
        struct hs_received received;
        assert_int_equal(hs_tcp_inbox_pop(inbox, &received), HS_OK);
        assert_int_equal(received.peer, 6);
        hs_buffer_release(received.message);
    }
    assert_true(hs_tcp_inbox_has_room_for(inbox, 6));
    hs_tcp_inbox_release(inbox);
    assert_int_equal(large->references, 1);
    assert_false(hs_tcp_inbox_is_full_of(inbox, 5));
    hs_buffer_release(large);
    free(inbox);
}

/* -- addresses ------------------------------------------------------------------------ */

static void addresses_have_one_reading(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *host;
        const char *port;
    } good[] = {
        {"127.0.0.1:7000", "127.0.0.1", "7000"},
        {"[::1]:0", "::1", "0"},
        {"validator-3.example:65535", "validator-3.example", "65535"},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct hs_tcp_address address;
        assert_int_equal(hs_tcp_address_parse(&address, good[i].text), HS_OK);
        assert_string_equal(address.host, good[i].host);
        assert_string_equal(address.port, good[i].port);
    }
    const char *const bad[] = {"",         "host",     ":7000",   "host:",     "host:65536",
                               "host:-1",  "host:7 ",  "::1:700", "[]:7000",   "host:070000",
                               "[::1]7000", "host:0x1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hs_tcp_address address;
        assert_int_equal(hs_tcp_address_parse(&address, bad[i]), HS_INVALID_ARGUMENT);
    }
    char long_host[HS_NETWORK_HOST_BYTES_MAX + 8];
    memset(long_host, 'a', sizeof long_host);
    struct hs_tcp_address address;
    (void)snprintf(long_host + HS_NETWORK_HOST_BYTES_MAX - 1, 4, ":80");
    assert_int_equal(hs_tcp_address_parse(&address, long_host), HS_OK);
    (void)snprintf(long_host + HS_NETWORK_HOST_BYTES_MAX - 1, 5, "a:80");
    assert_int_equal(hs_tcp_address_parse(&address, long_host), HS_INVALID_ARGUMENT);
}

static void numbers_are_told_from_names(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum hs_status status;
    } cases[] = {
        {"127.0.0.1:1", HS_OK},
        {"[fe80::1]:1", HS_OK},
        {"localhost:1", HS_INVALID_ARGUMENT},
        {"1.2.3:1", HS_INVALID_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hs_tcp_address address;
        struct sockaddr_storage socket_address;
        assert_int_equal(hs_tcp_address_parse(&address, cases[i].text), HS_OK);
        assert_int_equal(hs_tcp_address_numeric(&socket_address, &address), cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_comes_first_and_only_first),
        cmocka_unit_test(frames_come_out_whole_however_they_are_cut),
        cmocka_unit_test(an_announced_size_costs_no_more_than_a_step),
        cmocka_unit_test(sizes_out_of_range_are_refused_from_the_header_alone),
        cmocka_unit_test(the_next_frame_is_of_the_most_urgent_class),
        cmocka_unit_test(each_class_has_limits_of_its_own),
        cmocka_unit_test(a_ring_keeps_its_order_while_it_grows_and_wraps),
        cmocka_unit_test(the_inbox_hands_over_urgent_things_first_and_in_order),
        cmocka_unit_test(forgetting_a_peer_keeps_the_order_of_the_others),
        cmocka_unit_test(a_peers_share_is_counted_in_messages_and_in_bytes),
        cmocka_unit_test(addresses_have_one_reading),
        cmocka_unit_test(numbers_are_told_from_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
