/* Byte cursors and shared buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <hotstuff/consensus_network.h>

#include "base/bytes.h"

static void integers_are_little_endian(void **state)
{
    (void)state;
    uint8_t data[15];
    struct hs_writer writer = hs_writer_over(data, sizeof data);
    hs_write_u8(&writer, 0x01);
    hs_write_u16(&writer, 0x0302);
    hs_write_u32(&writer, 0x07060504);
    hs_write_u64(&writer, UINT64_C(0x8f0e0d0c0b0a0908));
    assert_false(writer.failed);
    assert_int_equal(writer.offset, sizeof data);
    static const uint8_t expected[15] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0x8f};
    assert_memory_equal(data, expected, sizeof expected);

    struct hs_reader reader = hs_reader_over(data, sizeof data);
    assert_int_equal(hs_read_u8(&reader), 0x01);
    assert_int_equal(hs_read_u16(&reader), 0x0302);
    assert_int_equal(hs_read_u32(&reader), 0x07060504);
    assert_true(hs_read_u64(&reader) == UINT64_C(0x8f0e0d0c0b0a0908));
    assert_int_equal(hs_reader_left(&reader), 0);
    assert_int_equal(hs_reader_end(&reader), HS_OK);
}

static void extreme_integers_survive(void **state)
{
    (void)state;
    uint8_t data[15];
    struct hs_writer writer = hs_writer_over(data, sizeof data);
    hs_write_u8(&writer, UINT8_MAX);
    hs_write_u16(&writer, UINT16_MAX);
    hs_write_u32(&writer, UINT32_MAX);
    hs_write_u64(&writer, UINT64_MAX);
    struct hs_reader reader = hs_reader_over(data, sizeof data);
    assert_int_equal(hs_read_u8(&reader), UINT8_MAX);
    assert_int_equal(hs_read_u16(&reader), UINT16_MAX);
    assert_true(hs_read_u32(&reader) == UINT32_MAX);
    assert_true(hs_read_u64(&reader) == UINT64_MAX);
}

static void bytes_left_over_are_malformed(void **state)
{
    (void)state;
    uint8_t data[3] = {1, 2, 3};
    struct hs_reader reader = hs_reader_over(data, sizeof data);
    assert_int_equal(hs_read_u16(&reader), 0x0201);
    assert_int_equal(hs_reader_left(&reader), 1);
    assert_int_equal(hs_reader_end(&reader), HS_MALFORMED);
    assert_int_equal(hs_read_u8(&reader), 3);
    assert_int_equal(hs_reader_end(&reader), HS_OK);
}

static void a_reader_gives_zeros_after_its_first_failure(void **state)
{
    (void)state;
    uint8_t data[7] = {9, 9, 9, 9, 9, 9, 9};
    struct hs_reader reader = hs_reader_over(data, sizeof data);
    assert_true(hs_read_u64(&reader) == 0);
    assert_true(reader.failed);
    /* There would be bytes enough for each of these. */
    assert_int_equal(hs_read_u8(&reader), 0);
    assert_int_equal(hs_read_u16(&reader), 0);
    assert_int_equal(hs_read_u32(&reader), 0);
    uint8_t out[4] = {7, 7, 7, 7};
    hs_read_bytes(&reader, out, sizeof out);
    static const uint8_t zeros[4];
    assert_memory_equal(out, zeros, sizeof zeros);
    assert_null(hs_read_span(&reader, 0));
    assert_int_equal(hs_reader_left(&reader), 0);
    assert_int_equal(hs_reader_end(&reader), HS_MALFORMED);
}

static void a_reader_can_be_failed_by_its_decoder(void **state)
{
    (void)state;
    struct hs_reader reader = hs_reader_over(NULL, 0);
    assert_int_equal(hs_reader_end(&reader), HS_OK);
    hs_reader_fail(&reader);
    assert_int_equal(hs_reader_end(&reader), HS_MALFORMED);
}

static void a_span_is_exact_and_in_place(void **state)
{
    (void)state;
    uint8_t data[4] = {1, 2, 3, 4};
    struct hs_reader reader = hs_reader_over(data, sizeof data);
    assert_ptr_equal(hs_read_span(&reader, 4), data);
    assert_non_null(hs_read_span(&reader, 0));
    assert_null(hs_read_span(&reader, 1));
    assert_true(reader.failed);
}

static void a_huge_size_does_not_wrap_around(void **state)
{
    (void)state;
    uint8_t data[4] = {1, 2, 3, 4};
    struct hs_reader reader = hs_reader_over(data, sizeof data);
    (void)hs_read_u8(&reader);
    assert_null(hs_read_span(&reader, SIZE_MAX));
    struct hs_writer writer = hs_writer_over(data, sizeof data);
    hs_write_u8(&writer, 5);
    hs_write_bytes(&writer, data, SIZE_MAX);
    assert_true(writer.failed);
    assert_int_equal(writer.offset, 1);
}

static void a_writer_never_writes_past_its_end(void **state)
{
    (void)state;
    uint8_t data[5] = {0, 0, 0, 0, 0xee};
    struct hs_writer writer = hs_writer_over(data, 4);
    hs_write_u16(&writer, 0x0101);
    hs_write_u32(&writer, UINT32_MAX);
    assert_true(writer.failed);
    /* Two bytes are free, yet nothing follows a failure. */
    hs_write_u8(&writer, 0xff);
    hs_write_bytes(&writer, "ab", 2);
    static const uint8_t expected[5] = {1, 1, 0, 0, 0xee};
    assert_memory_equal(data, expected, sizeof expected);
    assert_int_equal(writer.offset, 2);
}

static void a_writer_over_nothing_takes_nothing(void **state)
{
    (void)state;
    struct hs_writer writer = hs_writer_over(NULL, 8);
    hs_write_bytes(&writer, NULL, 0);
    assert_false(writer.failed);
    hs_write_u8(&writer, 1);
    assert_true(writer.failed);
}

static void a_buffer_lives_until_its_last_release(void **state)
{
    (void)state;
    struct hs_buffer *buffer = hs_buffer_new(3);
    assert_non_null(buffer);
    assert_int_equal(buffer->size, 3);
    assert_int_equal(buffer->references, 1);
    memcpy(buffer->data, "abc", 3);
    assert_ptr_equal(hs_buffer_retain(buffer), buffer);
    hs_buffer_release(buffer);
    assert_int_equal(buffer->references, 1);
    assert_memory_equal(buffer->data, "abc", 3);
    hs_buffer_release(buffer);
    hs_buffer_release(NULL);
}

static void buffers_go_from_empty_to_the_limit(void **state)
{
    (void)state;
    struct hs_buffer *empty = hs_buffer_new(0);
    struct hs_buffer *largest = hs_buffer_new(HS_MESSAGE_BYTES_MAX);
    assert_int_equal(empty->size, 0);
    assert_int_equal(largest->size, HS_MESSAGE_BYTES_MAX);
    largest->data[HS_MESSAGE_BYTES_MAX - 1] = 1;
    hs_buffer_release(empty);
    hs_buffer_release(largest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(extreme_integers_survive),
        cmocka_unit_test(bytes_left_over_are_malformed),
        cmocka_unit_test(a_reader_gives_zeros_after_its_first_failure),
        cmocka_unit_test(a_reader_can_be_failed_by_its_decoder),
        cmocka_unit_test(a_span_is_exact_and_in_place),
        cmocka_unit_test(a_huge_size_does_not_wrap_around),
        cmocka_unit_test(a_writer_never_writes_past_its_end),
        cmocka_unit_test(a_writer_over_nothing_takes_nothing),
        cmocka_unit_test(a_buffer_lives_until_its_last_release),
        cmocka_unit_test(buffers_go_from_empty_to_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
