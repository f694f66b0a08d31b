/* One value, one encoding: of messages, headers, certificates and safety records. Vectors made
 * by other code are in test_wire_vectors.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/equal_messages.h"
#include "tests/unit/random_messages.h"
#include "wire/statement.h"

#define ROUNDS            12u
#define ENCODED_BYTES_MAX 32768u

static const uint32_t set_sizes[] = {1, 7, 8, 9, 128};
#define SET_SIZES (sizeof set_sizes / sizeof set_sizes[0])

/* -- helpers -------------------------------------------------------------------- */

static struct hs_message message;
static struct hs_message decoded;
static struct random_memory memory;
static uint8_t encoded[ENCODED_BYTES_MAX];

static size_t encode(const struct hs_message *of, uint32_t validator_count)
{
    size_t size = hs_message_encoded_size(of, validator_count);
    assert_in_range(size, 1, sizeof encoded);
    struct hs_writer writer = hs_writer_over(encoded, size);
    hs_message_encode(&writer, of, validator_count);
    assert_false(writer.failed);
    assert_int_equal(writer.offset, size);
    return size;
}

/* From a block of exactly that size, so that a sanitizer sees a read behind its end. */
static enum hs_status decode(size_t size, uint32_t validator_count)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, encoded, size);
    enum hs_status status =
        hs_message_decode(&decoded, (struct hs_bytes){copy, size}, validator_count);
    free(copy);
    return status;
}

static enum hs_status decode_in_place(size_t size, uint32_t validator_count)
{
    return hs_message_decode(&decoded, (struct hs_bytes){encoded, size}, validator_count);
}

static void assert_encodes_to(const uint8_t *bytes, size_t size, uint32_t validator_count)
{
    static uint8_t again[ENCODED_BYTES_MAX];
    assert_int_equal(hs_message_encoded_size(&decoded, validator_count), size);
    struct hs_writer writer = hs_writer_over(again, size);
    hs_message_encode(&writer, &decoded, validator_count);
    assert_false(writer.failed);
    assert_memory_equal(again, bytes, size);
}

typedef void each_message(size_t size, uint32_t validator_count);

/* Random messages of every type and size of set, encoded. */
static void for_each_message(each_message *check, uint32_t rounds)
{
    for (size_t s = 0; s < SET_SIZES; s++) {
        for (int type = HS_MESSAGE_PROPOSAL; type <= HS_MESSAGE_TRANSACTIONS; type++) {
            for (uint32_t round = 0; round < rounds; round++) {
                random_message(&message, &memory, (enum hs_message_type)type, set_sizes[s]);
                check(encode(&message, set_sizes[s]), set_sizes[s]);
            }
        }
    }
}

/* -- messages ---------------------------------------------------------------------- */

static void check_roundtrip(size_t size, uint32_t validator_count)
{
    assert_int_equal(decode_in_place(size, validator_count), HS_OK);
    assert_true(messages_equal(&message, &decoded));
    assert_encodes_to(encoded, size, validator_count);
}

static void every_message_comes_back(void **state)
{
    (void)state;
    for_each_message(check_roundtrip, 20 * ROUNDS);
}

static void check_truncations(size_t size, uint32_t validator_count)
{
    /* Every length of short messages, and of long ones some. */
    for (size_t cut = 0; cut < size; cut += size < 1024 ? 1 : 1 + random_below(97)) {
        assert_int_equal(decode(cut, validator_count), HS_MALFORMED);
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for_each_message(check_truncations, ROUNDS);
}

static void check_trailing_byte(size_t size, uint32_t validator_count)
{
    encoded[size] = (uint8_t)random_below(2);
    assert_int_equal(decode(size + 1, validator_count), HS_MALFORMED);
}

static void a_trailing_byte_is_refused(void **state)
{
    (void)state;
    for_each_message(check_trailing_byte, ROUNDS);
}

static void check_changes(size_t size, uint32_t validator_count)
{
    for (size_t i = 0; i < size; i += size < 1024 ? 1 : 1 + random_below(61)) {
        uint8_t original = encoded[i];
        const uint8_t changes[] = {(uint8_t)(original ^ 1u << random_below(8)),
                                   (uint8_t)(original + 1), (uint8_t)(original - 1), 0, 0xff};
        for (size_t c = 0; c < sizeof changes; c++) {
            encoded[i] = changes[c];
            if (decode_in_place(size, validator_count) == HS_OK) {
                assert_encodes_to(encoded, size, validator_count);
            }
        }
        encoded[i] = original;
    }
}

static void a_changed_byte_is_refused_or_means_itself(void **state)
{
    (void)state;
    for_each_message(check_changes, 2);
}

static void check_short_buffer(size_t size, uint32_t validator_count)
{
    struct hs_writer writer = hs_writer_over(encoded, size - 1);
    hs_message_encode(&writer, &message, validator_count);
    assert_true(writer.failed);
}

static void a_buffer_too_small_fails_the_writer(void **state)
{
    (void)state;
    for_each_message(check_short_buffer, 2);
}

static void an_unknown_type_is_refused(void **state)
{
    (void)state;
    assert_int_equal(decode(0, 4), HS_MALFORMED);
    static const uint8_t types[] = {0, 11, 12, 0x80, 0xff};
    for (size_t i = 0; i < sizeof types; i++) {
        memset(encoded, 0, sizeof encoded);
        encoded[0] = types[i];
        for (size_t size = 1; size < 300; size++) {
            assert_int_equal(decode(size, 4), HS_MALFORMED);
        }
    }
}

static void a_message_above_the_limit_is_refused(void **state)
{
    (void)state;
    /* Three blocks of 1.5 MiB are well formed and too much. */
    size_t payload_size = 1536 * 1024;
    size_t capacity = 3 * (HS_HEADER_BYTES_MAX + payload_size) + 6;
    uint8_t *bytes = calloc(1, capacity);
    assert_non_null(bytes);
    struct hs_block_header header;
    random_header(&header, 4);
    header.payload_bytes = (uint32_t)payload_size;
    for (uint32_t count = 2; count <= 3; count++) {
        struct hs_writer writer = hs_writer_over(bytes, capacity);
        hs_write_u8(&writer, HS_MESSAGE_RANGE_RESPONSE);
        hs_write_u32(&writer, count);
        for (uint32_t i = 0; i < count; i++) {
            hs_header_write(&writer, &header, 4);
            writer.offset += payload_size;
        }
        hs_write_u8(&writer, 0);
        assert_false(writer.failed);
        enum hs_status expected = writer.offset <= HS_MESSAGE_BYTES_MAX ? HS_OK : HS_MALFORMED;
        assert_int_equal(expected, count == 2 ? HS_OK : HS_MALFORMED);
        assert_int_equal(hs_message_decode(&decoded, (struct hs_bytes){bytes, writer.offset}, 4),
                         expected);
    }
    free(bytes);
}

static void payloads_are_not_copied(void **state)
{
    (void)state;
    random_message(&message, &memory, HS_MESSAGE_PROPOSAL, 4);
    size_t size = encode(&message, 4);
    assert_int_equal(decode_in_place(size, 4), HS_OK);
    assert_ptr_equal(decoded.proposal.payload.data,
                     encoded + 1 + hs_header_encoded_size(&message.proposal.header, 4));
}

/* -- the form of votes and view changes ------------------------------------------------ */

static void votes_of_view_zero_are_refused(void **state)
{
    (void)state;
    random_message(&message, &memory, HS_MESSAGE_VOTE, 4);
    message.vote.view = 0;
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
}

static void voters_beyond_the_set_are_refused(void **state)
{
    (void)state;
    random_message(&message, &memory, HS_MESSAGE_VOTE, 4);
    message.vote.voter = 3;
    assert_int_equal(decode(encode(&message, 4), 4), HS_OK);
    message.vote.voter = 4;
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
    random_message(&message, &memory, HS_MESSAGE_PROPOSAL, 4);
    message.proposal.header.proposer = 4;
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
    random_message(&message, &memory, HS_MESSAGE_VIEW_CHANGE, 4);
    message.view_change.view_change.author = 4;
    message.view_change.view_change.last_vote.voter = 4;
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
}

/* A view change of view `view` on a high_qc of `high_qc_view`. */
static void make_view_change(uint64_t view, uint64_t high_qc_view, bool has_tc)
{
    random_message(&message, &memory, HS_MESSAGE_VIEW_CHANGE, 4);
    struct hs_view_change *view_change = &message.view_change.view_change;
    view_change->view = view;
    view_change->has_last_vote = false;
    random_qc(&view_change->high_qc, view_change->epoch, high_qc_view, 4);
    message.view_change.has_tc = has_tc;
    if (has_tc) {
        random_tc(&message.view_change.tc, view_change->epoch, view - 1, 4);
    }
}

/* L6 */
static void a_view_change_proves_entry_to_its_view(void **state)
{
    (void)state;
    make_view_change(5, 4, false);
    assert_int_equal(decode(encode(&message, 4), 4), HS_OK);
    make_view_change(5, 4, true);
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
    make_view_change(5, 3, true);
    assert_int_equal(decode(encode(&message, 4), 4), HS_OK);
    make_view_change(5, 3, false);
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
    make_view_change(5, 5, false);
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
    make_view_change(1, 0, false);
    assert_int_equal(decode(encode(&message, 4), 4), HS_OK);
    make_view_change(0, UINT64_MAX, false);
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
    make_view_change(0, 0, false);
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);

    make_view_change(9, 3, true);
    random_tc(&message.view_change.tc, message.view_change.view_change.epoch, 7, 4);
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
    make_view_change(9, 3, true);
    random_tc(&message.view_change.tc, message.view_change.view_change.epoch + 1, 8, 4);
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
    make_view_change(9, 8, false);
    message.view_change.view_change.high_qc.epoch++;
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
}

static void a_last_vote_is_not_of_a_later_view(void **state)
{
    (void)state;
    for (uint64_t vote_view = 0; vote_view <= 6; vote_view++) {
        make_view_change(5, 4, false);
        struct hs_view_change *view_change = &message.view_change.view_change;
        view_change->has_last_vote = true;
        view_change->last_vote.epoch = view_change->epoch;
        view_change->last_vote.voter = view_change->author;
        view_change->last_vote.view = vote_view;
        random_signature(&view_change->last_vote.signature);
        bool right = vote_view >= 1 && vote_view <= 5;
        assert_int_equal(decode(encode(&message, 4), 4), right ? HS_OK : HS_MALFORMED);
    }
}

/* -- the form of certificates -------------------------------------------------------------- */

static enum hs_status decode_qc(const struct hs_qc *qc, uint32_t validator_count)
{
    memset(&message, 0, sizeof message);
    message.type = HS_MESSAGE_QC;
    message.qc = *qc;
    return decode(encode(&message, validator_count), validator_count);
}

static void a_certificate_of_view_zero_is_bare(void **state)
{
    (void)state;
    struct hs_qc qc;
    random_qc(&qc, 3, 0, 9);
    assert_int_equal(decode_qc(&qc, 9), HS_OK);
    hs_bitmap_set(&qc.signers, 8);
    assert_int_equal(decode_qc(&qc, 9), HS_MALFORMED);
    random_qc(&qc, 3, 0, 9);
    qc.aggregate.bytes[95] = 1;
    assert_int_equal(decode_qc(&qc, 9), HS_MALFORMED);
    random_qc(&qc, 3, 0, 9);
    random_signature(&qc.aggregate);
    assert_int_equal(decode_qc(&qc, 9), HS_MALFORMED);
}

static void a_later_certificate_is_signed(void **state)
{
    (void)state;
    struct hs_qc qc;
    random_qc(&qc, 3, 1, 9);
    assert_int_equal(decode_qc(&qc, 9), HS_OK);
    qc.signers = (struct hs_bitmap){{0}};
    assert_int_equal(decode_qc(&qc, 9), HS_MALFORMED);
    random_qc(&qc, 3, 1, 9);
    qc.aggregate = (struct hs_bls_signature){{0}};
    assert_int_equal(decode_qc(&qc, 9), HS_MALFORMED);
}

static void no_bit_beyond_the_set_is_accepted(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= HS_VALIDATORS_MAX; n++) {
        struct hs_qc qc;
        random_qc(&qc, 3, 1, n);
        assert_int_equal(decode_qc(&qc, n), HS_OK);
        assert_int_equal(hs_qc_encoded_size(n), 144 + (n + 7) / 8);
        for (uint32_t i = n; i < (n + 7) / 8 * 8; i++) {
            struct hs_qc wrong = qc;
            hs_bitmap_set(&wrong.signers, i);
            assert_int_equal(decode_qc(&wrong, n), HS_MALFORMED);
        }
    }
}

static struct hs_tc tc;

/* A right TC of view 9 over 9 validators, in three groups of three. */
static void make_tc(void)
{
    memset(&tc, 0, sizeof tc);
    tc.epoch = 2;
    tc.view = 9;
    random_qc(&tc.high_qc, 2, 7, 9);
    tc.group_count = 3;
    for (uint32_t i = 0; i < 3; i++) {
        tc.groups[i].high_qc_view = 7 - 2 * i;
        random_signature(&tc.groups[i].aggregate);
        for (uint32_t j = 3 * i; j < 3 * i + 3; j++) {
            hs_bitmap_set(&tc.groups[i].signers, j);
        }
    }
}

static enum hs_status decode_tc(void)
{
    uint8_t bytes[HS_TC_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_tc_write(&writer, &tc, 9);
    assert_int_equal(writer.offset, hs_tc_encoded_size(&tc, 9));
    struct hs_reader reader = hs_reader_over(bytes, writer.offset);
    static struct hs_tc out;
    hs_tc_read(&reader, &out, 9);
    return hs_reader_end(&reader);
}

/* S7 */
static void groups_descend_and_share_nobody(void **state)
{
    (void)state;
    make_tc();
    assert_int_equal(decode_tc(), HS_OK);

    make_tc();
    tc.groups[2].high_qc_view = tc.groups[1].high_qc_view;
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.groups[2].high_qc_view = tc.groups[1].high_qc_view + 1;
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.groups[1].signers = (struct hs_bitmap){{0}};
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    hs_bitmap_set(&tc.groups[2].signers, 0);
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    hs_bitmap_set(&tc.groups[2].signers, 9);
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.groups[1].aggregate = (struct hs_bls_signature){{0}};
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.group_count = 0;
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.group_count = 10;
    assert_int_equal(decode_tc(), HS_MALFORMED);
}

/* S7 */
static void a_tc_embeds_its_highest_certificate(void **state)
{
    (void)state;
    make_tc();
    tc.high_qc.view = 6;
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.high_qc.signers = (struct hs_bitmap){{0}};
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.high_qc.view = 8;
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.high_qc.epoch = 1;
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.high_qc.view = tc.groups[0].high_qc_view = 9;
    assert_int_equal(decode_tc(), HS_MALFORMED);
    make_tc();
    tc.view = 0;
    assert_int_equal(decode_tc(), HS_MALFORMED);
}

static void a_huge_group_count_is_refused_before_it_is_used(void **state)
{
    (void)state;
    uint8_t bytes[HS_TC_BYTES_MAX] = {0};
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    make_tc();
    tc.group_count = 0;
    hs_tc_write(&writer, &tc, 9);
    writer.offset -= 4;
    hs_write_u32(&writer, UINT32_MAX);
    struct hs_reader reader = hs_reader_over(bytes, sizeof bytes);
    static struct hs_tc out;
    hs_tc_read(&reader, &out, 9);
    assert_true(reader.failed);
}

/* -- headers and blocks --------------------------------------------------------------------- */

static enum hs_status decode_header(const struct hs_block_header *header)
{
    uint8_t bytes[HS_HEADER_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_header_write(&writer, header, 4);
    assert_false(writer.failed);
    struct hs_block_header out;
    return hs_header_decode(&out, (struct hs_bytes){bytes, writer.offset}, 4);
}

static void headers_keep_their_limits(void **state)
{
    (void)state;
    struct hs_block_header header;
    random_header(&header, 4);
    assert_int_equal(decode_header(&header), HS_OK);
    header.version = 2;
    assert_int_equal(decode_header(&header), HS_MALFORMED);
    header.version = 0;
    assert_int_equal(decode_header(&header), HS_MALFORMED);

    random_header(&header, 4);
    header.payload_bytes = HS_PAYLOAD_BYTES_MAX;
    header.transaction_count = HS_BLOCK_TRANSACTIONS_MAX;
    assert_int_equal(decode_header(&header), HS_OK);
    header.payload_bytes++;
    assert_int_equal(decode_header(&header), HS_MALFORMED);
    header.payload_bytes--;
    header.transaction_count++;
    assert_int_equal(decode_header(&header), HS_MALFORMED);

    random_header(&header, 4);
    for (uint32_t size = 1; size < HS_VRF_PROOF_BYTES_MAX; size++) {
        header.vrf_proof_bytes = size;
        assert_int_equal(decode_header(&header), HS_MALFORMED);
    }
    header.vrf_proof_bytes = HS_VRF_PROOF_BYTES_MAX;
    memset(header.vrf_proof, 0, sizeof header.vrf_proof);
    assert_int_equal(decode_header(&header), HS_MALFORMED);
}

static void the_largest_header_fits_its_limit(void **state)
{
    (void)state;
    struct hs_block_header header;
    random_header(&header, HS_VALIDATORS_MAX);
    header.vrf_proof_bytes = HS_VRF_PROOF_BYTES_MAX;
    uint8_t bytes[HS_HEADER_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_header_write(&writer, &header, HS_VALIDATORS_MAX);
    assert_false(writer.failed);
    assert_int_equal(writer.offset, HS_HEADER_BYTES_MAX);
    assert_true(HS_HEADER_BYTES_MAX <= HS_LOG_HEADER_BYTES_MAX);
}

/* Each field, changed alone. */
static void the_block_id_depends_on_every_byte(void **state)
{
    (void)state;
    struct hs_block_header header;
    random_header(&header, 9);
    uint8_t bytes[HS_HEADER_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_header_write(&writer, &header, 9);
    struct hs_block_id id;
    hs_block_id_of(&id, &header, 9);
    uint32_t accepted_count = 0;
    for (size_t i = 0; i < writer.offset; i++) {
        bytes[i] ^= 1;
        struct hs_block_header other;
        if (hs_header_decode(&other, (struct hs_bytes){bytes, writer.offset}, 9) == HS_OK) {
            struct hs_block_id other_id;
            hs_block_id_of(&other_id, &other, 9);
            assert_memory_not_equal(&other_id, &id, sizeof id);
            accepted_count++;
        }
        bytes[i] ^= 1;
    }
    assert_true(accepted_count > 150);
}

static void a_range_gives_back_its_blocks(void **state)
{
    (void)state;
    static struct hs_block_header headers[3];
    static uint8_t payloads[3][RANDOM_PAYLOAD_BYTES_MAX];
    static uint8_t blocks[4096];
    struct hs_writer writer = hs_writer_over(blocks, sizeof blocks);
    for (size_t i = 0; i < 3; i++) {
        random_header(&headers[i], 4);
        random_bytes(payloads[i], sizeof payloads[i]);
        hs_block_write(&writer, &headers[i],
                       (struct hs_bytes){payloads[i], headers[i].payload_bytes}, 4);
    }
    assert_false(writer.failed);
    struct hs_reader reader = hs_reader_over(blocks, writer.offset);
    struct hs_block_header header;
    struct hs_bytes payload;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(hs_message_block_next(&reader, &header, &payload, 4), HS_OK);
        assert_true(headers_equal(&header, &headers[i]));
        assert_int_equal(payload.size, headers[i].payload_bytes);
        assert_memory_equal(payload.data, payloads[i], payload.size);
    }
    assert_int_equal(hs_message_block_next(&reader, &header, &payload, 4), HS_NOT_FOUND);
    reader = hs_reader_over(blocks, writer.offset - 1);
    assert_int_equal(hs_message_block_next(&reader, &header, &payload, 4), HS_OK);
    assert_int_equal(hs_message_block_next(&reader, &header, &payload, 4), HS_OK);
    assert_int_equal(hs_message_block_next(&reader, &header, &payload, 4), HS_MALFORMED);
    assert_int_equal(hs_message_block_next(&reader, &header, &payload, 4), HS_MALFORMED);
}

static void a_range_has_at_most_its_limit_of_blocks(void **state)
{
    (void)state;
    struct hs_block_header header;
    random_header(&header, 1);
    header.payload_bytes = 0;
    header.vrf_proof_bytes = 0;
    size_t capacity = (HS_RANGE_BLOCKS_MAX + 1) * HS_HEADER_BYTES_MAX + 6;
    uint8_t *bytes = malloc(capacity);
    assert_non_null(bytes);
    for (uint32_t count = HS_RANGE_BLOCKS_MAX; count <= HS_RANGE_BLOCKS_MAX + 1; count++) {
        struct hs_writer writer = hs_writer_over(bytes, capacity);
        hs_write_u8(&writer, HS_MESSAGE_RANGE_RESPONSE);
        hs_write_u32(&writer, count);
        for (uint32_t i = 0; i < count; i++) {
            hs_header_write(&writer, &header, 1);
        }
        hs_write_u8(&writer, 0);
        assert_int_equal(hs_message_decode(&decoded, (struct hs_bytes){bytes, writer.offset}, 1),
                         count <= HS_RANGE_BLOCKS_MAX ? HS_OK : HS_MALFORMED);
    }
    free(bytes);
}

static void a_range_without_blocks_has_no_certificate(void **state)
{
    (void)state;
    memset(&message, 0, sizeof message);
    message.type = HS_MESSAGE_RANGE_RESPONSE;
    assert_int_equal(decode(encode(&message, 4), 4), HS_OK);
    message.range_response.has_qc = true;
    random_qc(&message.range_response.qc, 1, 1, 4);
    assert_int_equal(decode(encode(&message, 4), 4), HS_MALFORMED);
}

/* -- transactions ------------------------------------------------------------------------------ */

/* A batch of `count` transactions of `size` bytes each, decoded. */
static enum hs_status decode_batch(uint32_t count, uint32_t size)
{
    size_t capacity = 5 + (size_t)count * (4 + size);
    uint8_t *bytes = calloc(1, capacity);
    assert_non_null(bytes);
    struct hs_writer writer = hs_writer_over(bytes, capacity);
    hs_write_u8(&writer, HS_MESSAGE_TRANSACTIONS);
    hs_write_u32(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        hs_write_u32(&writer, size);
        writer.offset += size;
    }
    enum hs_status status = hs_message_decode(&decoded, (struct hs_bytes){bytes, writer.offset}, 4);
    free(bytes);
    return status;
}

static void batches_keep_their_limits(void **state)
{
    (void)state;
    assert_int_equal(decode_batch(1, 1), HS_OK);
    assert_int_equal(decode_batch(0, 1), HS_MALFORMED);
    assert_int_equal(decode_batch(1, 0), HS_MALFORMED);
    assert_int_equal(decode_batch(1, HS_TRANSACTION_BYTES_MAX), HS_OK);
    assert_int_equal(decode_batch(1, HS_TRANSACTION_BYTES_MAX + 1), HS_MALFORMED);
    assert_int_equal(decode_batch(HS_TRANSACTIONS_BATCH_MAX, 4), HS_OK);
    assert_int_equal(decode_batch(HS_TRANSACTIONS_BATCH_MAX + 1, 4), HS_MALFORMED);
    /* 256 entries of 1024 bytes are just the limit. */
    assert_int_equal(decode_batch(256, 1020), HS_OK);
    assert_int_equal(decode_batch(256, 1021), HS_MALFORMED);
}

static void a_batch_gives_back_its_transactions(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_message_transaction_write(&writer, (struct hs_bytes){(const uint8_t *)"one", 3});
    hs_message_transaction_write(&writer, (struct hs_bytes){(const uint8_t *)"three", 5});
    struct hs_reader reader = hs_reader_over(bytes, writer.offset);
    struct hs_bytes transaction;
    assert_int_equal(hs_message_transaction_next(&reader, &transaction), HS_OK);
    assert_int_equal(transaction.size, 3);
    assert_memory_equal(transaction.data, "one", 3);
    assert_int_equal(hs_message_transaction_next(&reader, &transaction), HS_OK);
    assert_int_equal(transaction.size, 5);
    assert_memory_equal(transaction.data, "three", 5);
    assert_int_equal(hs_message_transaction_next(&reader, &transaction), HS_NOT_FOUND);
    reader = hs_reader_over(bytes, writer.offset - 1);
    assert_int_equal(hs_message_transaction_next(&reader, &transaction), HS_OK);
    assert_int_equal(hs_message_transaction_next(&reader, &transaction), HS_MALFORMED);
}

/* -- safety record -------------------------------------------------------------------------------- */

static bool records_equal(const struct hs_safety_record *a, const struct hs_safety_record *b)
{
    return a->sequence == b->sequence && a->epoch == b->epoch &&
           a->last_voted_view == b->last_voted_view && a->locked_view == b->locked_view &&
           a->vote_view == b->vote_view &&
           memcmp(&a->vote_block_id, &b->vote_block_id, sizeof a->vote_block_id) == 0 &&
           a->view_change_view == b->view_change_view &&
           a->view_change_high_qc_view == b->view_change_high_qc_view &&
           hs_qc_equal(&a->high_qc, &b->high_qc) &&
           optional_tcs_equal(a->has_tc, &a->tc, b->has_tc, &b->tc);
}

/* D1 */
static void a_safety_record_comes_back(void **state)
{
    (void)state;
    static struct hs_safety_record record;
    static struct hs_safety_record out;
    for (uint32_t round = 0; round < 50 * SET_SIZES; round++) {
        uint32_t n = set_sizes[round % SET_SIZES];
        random_safety_record(&record, n);
        size_t size = hs_safety_record_encoded_size(&record, n);
        struct hs_writer writer = hs_writer_over(encoded, sizeof encoded);
        hs_safety_record_encode(&writer, &record, n);
        assert_false(writer.failed);
        assert_int_equal(writer.offset, size);
        assert_int_equal(hs_safety_record_decode(&out, (struct hs_bytes){encoded, size}, n), HS_OK);
        assert_true(records_equal(&record, &out));
        for (size_t cut = 0; cut < size; cut += 1 + random_below(23)) {
            assert_int_equal(hs_safety_record_decode(&out, (struct hs_bytes){encoded, cut}, n),
                             HS_MALFORMED);
        }
        assert_int_equal(hs_safety_record_decode(&out, (struct hs_bytes){encoded, size + 1}, n),
                         HS_MALFORMED);
        encoded[0] = 2;
        assert_int_equal(hs_safety_record_decode(&out, (struct hs_bytes){encoded, size}, n),
                         HS_MALFORMED);
    }
}

static void the_largest_safety_record_fits_its_limit(void **state)
{
    (void)state;
    static struct hs_safety_record record;
    random_safety_record(&record, HS_VALIDATORS_MAX);
    record.has_tc = true;
    record.tc.group_count = HS_VALIDATORS_MAX;
    struct hs_writer writer = hs_writer_over(encoded, sizeof encoded);
    hs_safety_record_encode(&writer, &record, HS_VALIDATORS_MAX);
    assert_int_equal(writer.offset, HS_SAFETY_RECORD_BYTES_MAX);
    assert_true(HS_SAFETY_RECORD_BYTES_MAX <= HS_SLOT_RECORD_BYTES_MAX);
    assert_true(HS_QC_BYTES_MAX <= HS_LOG_CERTIFICATE_BYTES_MAX);
}

/* -- statements --------------------------------------------------------------------------------- */

static bool statements_equal(const struct hs_bls_statement *a, const struct hs_bls_statement *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* Each field of each statement, changed alone, changes what is signed. */
static void no_two_statements_sign_the_same_bytes(void **state)
{
    (void)state;
    struct hs_chain_id chains[2] = {{{1}}, {{2}}};
    struct hs_bls_statement all[16];
    size_t count = 0;
    const struct hs_statement base = {.type = HS_STATEMENT_VOTE, .epoch = 1, .view = 2};
    struct hs_statement variants[6];
    for (size_t i = 0; i < 6; i++) {
        variants[i] = base;
    }
    variants[1].epoch = 2;
    variants[2].view = 1;
    variants[3].block_id.bytes[31] = 1;
    variants[4].type = HS_STATEMENT_VIEW_CHANGE;
    variants[5].type = HS_STATEMENT_VIEW_CHANGE;
    variants[5].high_qc_view = 1;
    for (size_t chain = 0; chain < 2; chain++) {
        for (size_t i = 0; i < 6; i++) {
            hs_statement_encode(&all[count++], &chains[chain], &variants[i]);
        }
    }
    uint8_t randomness[HS_HASH_BYTES] = {0};
    hs_statement_encode_vrf(&all[count++], &chains[0], 1, 2, randomness);
    hs_statement_encode_vrf(&all[count++], &chains[0], 1, 3, randomness);
    hs_statement_encode_vrf(&all[count++], &chains[0], 2, 2, randomness);
    randomness[0] = 1;
    hs_statement_encode_vrf(&all[count++], &chains[0], 1, 2, randomness);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(statements_equal(&all[i], &all[j]));
        }
    }
}

static void a_statement_says_what_was_signed(void **state)
{
    (void)state;
    struct hs_vote vote;
    random_vote(&vote, 4);
    struct hs_statement statement = hs_statement_of_vote(&vote);
    assert_true(statement.type == HS_STATEMENT_VOTE && statement.epoch == vote.epoch &&
                statement.view == vote.view && statement.high_qc_view == 0);
    assert_memory_equal(&statement.block_id, &vote.block_id, sizeof vote.block_id);

    make_view_change(5, 3, true);
    struct hs_view_change *view_change = &message.view_change.view_change;
    struct hs_statement given_up = hs_statement_of_view_change(view_change);
    static const struct hs_block_id no_block;
    assert_true(given_up.type == HS_STATEMENT_VIEW_CHANGE && given_up.epoch == view_change->epoch &&
                given_up.view == 5 && given_up.high_qc_view == 3);
    assert_memory_equal(&given_up.block_id, &no_block, sizeof no_block);
    assert_false(hs_statement_equal(&statement, &given_up));
    assert_true(hs_statement_equal(&given_up, &given_up));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_comes_back),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_trailing_byte_is_refused),
        cmocka_unit_test(a_changed_byte_is_refused_or_means_itself),
        cmocka_unit_test(a_buffer_too_small_fails_the_writer),
        cmocka_unit_test(an_unknown_type_is_refused),
        cmocka_unit_test(a_message_above_the_limit_is_refused),
        cmocka_unit_test(payloads_are_not_copied),
        cmocka_unit_test(votes_of_view_zero_are_refused),
        cmocka_unit_test(voters_beyond_the_set_are_refused),
        cmocka_unit_test(a_view_change_proves_entry_to_its_view),
        cmocka_unit_test(a_last_vote_is_not_of_a_later_view),
        cmocka_unit_test(a_certificate_of_view_zero_is_bare),
        cmocka_unit_test(a_later_certificate_is_signed),
        cmocka_unit_test(no_bit_beyond_the_set_is_accepted),
        cmocka_unit_test(groups_descend_and_share_nobody),
        cmocka_unit_test(a_tc_embeds_its_highest_certificate),
        cmocka_unit_test(a_huge_group_count_is_refused_before_it_is_used),
        cmocka_unit_test(headers_keep_their_limits),
        cmocka_unit_test(the_largest_header_fits_its_limit),
        cmocka_unit_test(the_block_id_depends_on_every_byte),
        cmocka_unit_test(a_range_gives_back_its_blocks),
        cmocka_unit_test(a_range_has_at_most_its_limit_of_blocks),
        cmocka_unit_test(a_range_without_blocks_has_no_certificate),
        cmocka_unit_test(batches_keep_their_limits),
        cmocka_unit_test(a_batch_gives_back_its_transactions),
        cmocka_unit_test(a_safety_record_comes_back),
        cmocka_unit_test(the_largest_safety_record_fits_its_limit),
        cmocka_unit_test(no_two_statements_sign_the_same_bytes),
        cmocka_unit_test(a_statement_says_what_was_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
