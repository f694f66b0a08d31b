/* Texts of bytes and numbers: one text for each value, and no other is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void hex_is_written_and_read_back(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x00, 0x9a, 0xff};
    char text[HS_HEX_CHARACTERS(sizeof bytes)];
    hs_hex_write(text, bytes, sizeof bytes);
    assert_string_equal(text, "0x009aff");
    uint8_t back[sizeof bytes];
    assert_true(hs_hex_read(back, sizeof back, text));
    assert_memory_equal(back, bytes, sizeof bytes);
}

static void no_other_hex_is_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",         "009aff",     "0x009af",  "0x009aff0",
                                        "0x009aFF", "0X009aff",   "0x009agf", " 0x009aff",
                                        "0x009a f", "0x009aff\n", "0x"};
    uint8_t bytes[3];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(hs_hex_read(bytes, sizeof bytes, wrong[i]));
    }
}

static void decimals_are_read_to_the_last_one(void **state)
{
    (void)state;
    uint64_t value = 0;
    assert_true(hs_decimal_read(&value, "18446744073709551615"));
    assert_true(value == UINT64_MAX);
    assert_true(hs_decimal_read(&value, "0"));
    assert_int_equal(value, 0);
}

static void no_other_decimal_is_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "-1", "+1", "01", "1 ", " 1", "1.0", "0x1", "18446744073709551616"};
    uint64_t value = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(hs_decimal_read(&value, wrong[i]));
        assert_int_equal(value, 7);
    }
}

static void an_address_to_dial_is_host_and_port(void **state)
{
    (void)state;
    static const char LONGEST[] =
        "h---------------------------------------------------------:27000";
    struct hs_dial_address address;
    assert_true(hs_is_endpoint("a:0"));
    assert_true(hs_is_endpoint("[::1]:65535"));
    assert_false(hs_is_endpoint("a"));
    assert_false(hs_is_endpoint(":1"));
    assert_false(hs_is_endpoint("a:65536"));
    assert_false(hs_is_endpoint("::1:1"));
    assert_false(hs_is_endpoint("a\x7f:1"));
    assert_int_equal(strlen(LONGEST), HS_DIAL_ADDRESS_BYTES_MAX + 1u);
    assert_true(hs_dial_address_read(&address, LONGEST + 1));
    assert_string_equal(address.text, LONGEST + 1);
    assert_true(hs_is_endpoint(LONGEST));
    assert_false(hs_dial_address_read(&address, LONGEST));
    assert_string_equal(address.text, LONGEST + 1);
}

static void what_is_too_long_is_cut_off(void **state)
{
    (void)state;
    char text[8] = "";
    hs_text_append(text, sizeof text, "%d", 123);
    hs_text_append(text, sizeof text, ", %s", "five");
    assert_string_equal(text, "123, fi");
    hs_text_append(text, sizeof text, "more");
    assert_string_equal(text, "123, fi");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_written_and_read_back),
        cmocka_unit_test(no_other_hex_is_read),
        cmocka_unit_test(decimals_are_read_to_the_last_one),
        cmocka_unit_test(no_other_decimal_is_read),
        cmocka_unit_test(an_address_to_dial_is_host_and_port),
        cmocka_unit_test(what_is_too_long_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
