/* CRC-32C against published values, and its two ways against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "storage/crc32c.h"

/* RFC 3720 appendix B.4, and the check value of the catalogue of CRC algorithms. */
static void published_values_come_out(void **state)
{
    (void)state;
    uint8_t bytes[32];
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(hs_crc32c_table(0, bytes, sizeof bytes), 0x8a9136aau);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(hs_crc32c_table(0, bytes, sizeof bytes), 0x62a8ab43u);
    for (uint8_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = i;
    }
    assert_int_equal(hs_crc32c_table(0, bytes, sizeof bytes), 0x46dd794eu);
    assert_int_equal(hs_crc32c(0, "123456789", 9), 0xe3069283u);
    assert_int_equal(hs_crc32c(0, NULL, 0), 0);
}

static void the_instruction_computes_what_the_table_does(void **state)
{
    (void)state;
    if (!hs_crc32c_has_instruction()) {
        skip();
    }
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 167 + 13);
    }
    for (size_t begin = 0; begin < 9; begin++) {
        for (size_t size = 0; size + begin <= sizeof bytes; size++) {
            uint32_t before = (uint32_t)(size * 2654435761u);
            assert_int_equal(hs_crc32c_instruction(before, bytes + begin, size),
                             hs_crc32c_table(before, bytes + begin, size));
        }
    }
}

static void a_checksum_goes_on_where_another_ended(void **state)
{
    (void)state;
    const char *text = "a batch torn in two";
    size_t size = strlen(text);
    uint32_t whole = hs_crc32c(0, text, size);
    for (size_t split = 0; split <= size; split++) {
        assert_int_equal(hs_crc32c(hs_crc32c(0, text, split), text + split, size - split), whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values_come_out),
        cmocka_unit_test(the_instruction_computes_what_the_table_does),
        cmocka_unit_test(a_checksum_goes_on_where_another_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
