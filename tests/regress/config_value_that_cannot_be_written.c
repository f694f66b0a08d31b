/* `listen=;:1` was read as the address `;:1`, but is written as `listen = ;:1`, where the rest of
 * the line is a comment: the file written of such a configuration could not be read. The same went
 * for a value that fits its line only without the spaces around `=`. Both are refused now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/config.h"

#define REST "[network]\nlisten = 127.0.0.1:1\n"

static enum hs_status status_of(const char *text)
{
    struct hs_config config;
    struct hs_config_error error;
    return hs_config_parse(&config, "hotstuff.conf", text, strlen(text), &error);
}

static void value_that_would_begin_a_comment_is_refused(void **state)
{
    (void)state;
    assert_int_equal(status_of("[node]\nindex = 0\n[network]\nlisten=;:1\n"), HS_MALFORMED);
    assert_int_equal(status_of("[node]\nindex = 0\nkey=;\n" REST), HS_MALFORMED);
    assert_int_equal(status_of("[network]\nlisten = 127.0.0.1:1\npeer.0=;:1\n[node]\nindex = 0\n"),
                     HS_MALFORMED);
    assert_int_equal(status_of("[node]\nindex = 0\nkey = a;b\n" REST), HS_OK);
}

/* `key=` and as many characters as the line has, with and without spaces. */
static void value_that_fits_no_line_when_written_is_refused(void **state)
{
    (void)state;
    for (size_t length = HS_CONFIG_LINE_CHARACTERS_MAX - 8; length <= HS_CONFIG_LINE_CHARACTERS_MAX;
         length++) {
        char value[HS_CONFIG_LINE_CHARACTERS_MAX + 1];
        char text[512];
        char written[HS_CONFIG_BYTES_MAX];
        memset(value, 'k', length);
        value[length] = '\0';
        snprintf(text, sizeof text, "[node]\nindex = 0\nkey=%s\n" REST, value);
        struct hs_config config;
        struct hs_config_error error;
        bool fits = length + strlen("key = ") <= HS_CONFIG_LINE_CHARACTERS_MAX;
        assert_int_equal(hs_config_parse(&config, "hotstuff.conf", text, strlen(text), &error),
                         fits ? HS_OK : HS_MALFORMED);
        if (fits) {
            assert_true(hs_config_write(written, sizeof written, &config) > 0);
            assert_int_equal(status_of(written), HS_OK);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_that_would_begin_a_comment_is_refused),
        cmocka_unit_test(value_that_fits_no_line_when_written_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
