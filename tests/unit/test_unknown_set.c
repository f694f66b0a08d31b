/* What can be read without knowing the set of validators: the epoch of a message, and headers and
 * safety records of any epoch by their own size (P4, P5, D5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random_messages.h"

#define ENCODED_BYTES_MAX 32768u

static const uint32_t set_sizes[] = {1, 7, 8, 9, 128};
#define SET_SIZES (sizeof set_sizes / sizeof set_sizes[0])

static uint8_t encoded[ENCODED_BYTES_MAX];
static struct hs_message message;
static struct random_memory memory;

/* P5: before it can be decoded; of any bytes, without reading beyond them. */
static bool is_of(uint64_t epoch)
{
    switch (message.type) {
    case HS_MESSAGE_PROPOSAL:
        return message.proposal.header.epoch == epoch;
    case HS_MESSAGE_VOTE:
        return message.vote.epoch == epoch;
    case HS_MESSAGE_QC:
        return message.qc.epoch == epoch;
    case HS_MESSAGE_VIEW_CHANGE:
        return message.view_change.view_change.epoch == epoch;
    case HS_MESSAGE_STATUS:
        return message.status.high_qc.epoch == epoch;
    case HS_MESSAGE_BLOCK_RESPONSE:
        return message.block_response.has_block && message.block_response.header.epoch == epoch;
    case HS_MESSAGE_RANGE_RESPONSE:
        return message.range_response.block_count > 0;
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_TRANSACTIONS:
        return false;
    }
    return false;
}

static void check_epoch(size_t size)
{
    uint64_t epoch = 0;
    bool shows = hs_message_epoch((struct hs_bytes){encoded, size}, &epoch);
    assert_true(shows == is_of(epoch));
    for (size_t cut = 0; cut < 80 && cut < size; cut++) {
        uint8_t *exact = malloc(cut + 1);
        assert_non_null(exact);
        memcpy(exact + 1, encoded, cut);
        (void)hs_message_epoch((struct hs_bytes){exact + 1, cut}, &epoch);
        free(exact);
    }
}

static void a_message_shows_its_epoch(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 12 * SET_SIZES; round++) {
        uint32_t n = set_sizes[round % SET_SIZES];
        for (int type = HS_MESSAGE_PROPOSAL; type <= HS_MESSAGE_TRANSACTIONS; type++) {
            random_message(&message, &memory, (enum hs_message_type)type, n);
            struct hs_writer writer = hs_writer_over(encoded, sizeof encoded);
            hs_message_encode(&writer, &message, n);
            assert_false(writer.failed);
            check_epoch(writer.offset);
        }
    }
}

/* P4: a header from the log of an epoch whose set nobody knows any more. */
static void a_header_is_read_by_its_own_size(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 40 * SET_SIZES; round++) {
        uint32_t n = set_sizes[round % SET_SIZES];
        struct hs_block_header header;
        struct hs_block_header out;
        struct hs_block_id id;
        struct hs_block_id again;
        random_header(&header, n);
        struct hs_writer writer = hs_writer_over(encoded, sizeof encoded);
        hs_header_write(&writer, &header, n);
        struct hs_bytes bytes = {encoded, writer.offset};
        uint32_t bits = hs_header_validator_bits(bytes);
        assert_int_equal(bits, (n + 7) / 8 * 8);
        assert_int_equal(hs_header_decode(&out, bytes, bits), HS_OK);
        hs_block_id_of(&id, &header, n);
        hs_block_id_of(&again, &out, bits);
        assert_memory_equal(&id, &again, sizeof id);
    }
    assert_int_equal(hs_header_validator_bits((struct hs_bytes){encoded, 0}), 0);
    assert_int_equal(hs_header_validator_bits((struct hs_bytes){encoded, HS_HEADER_BYTES_MAX + 1}),
                     0);
}

/* D5 */
static void a_safety_record_is_read_by_its_own_size(void **state)
{
    (void)state;
    static struct hs_safety_record record;
    static struct hs_safety_record out;
    for (uint32_t round = 0; round < 20 * SET_SIZES; round++) {
        uint32_t n = set_sizes[round % SET_SIZES];
        random_safety_record(&record, n);
        struct hs_writer writer = hs_writer_over(encoded, sizeof encoded);
        hs_safety_record_encode(&writer, &record, n);
        struct hs_bytes bytes = {encoded, writer.offset};
        assert_int_equal(hs_safety_record_validator_bits(&out, bytes), (n + 7) / 8 * 8);
        assert_int_equal(out.epoch, record.epoch);
        assert_true(hs_qc_equal(&out.high_qc, &record.high_qc));
    }
    assert_int_equal(hs_safety_record_validator_bits(&out, (struct hs_bytes){encoded, 40}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_shows_its_epoch),
        cmocka_unit_test(a_header_is_read_by_its_own_size),
        cmocka_unit_test(a_safety_record_is_read_by_its_own_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
