/* Log lines as they come out of the descriptor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include <hotstuff/limits.h>

#include "base/log.h"

static uint64_t fixed_unix_ms(void *context)
{
    (void)context;
    return UINT64_C(1700000000007);
}

static int read_end;

static struct hs_log open_log(bool json)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    read_end = ends[0];
    struct hs_log log = {.descriptor = ends[1], .json = json};
    log.clock.unix_ms = fixed_unix_ms;
    for (size_t i = 0; i < HS_LOG_ROOMS; i++) {
        log.levels[i] = HS_LOG_INFO;
    }
    return log;
}

/* All that was written, as a string; closes both ends. */
static const char *take_output(struct hs_log *log)
{
    static char output[16384];
    close(log->descriptor);
    ssize_t size = read(read_end, output, sizeof output - 1);
    assert_true(size >= 0);
    output[size] = '\0';
    close(read_end);
    return output;
}

static void an_event_is_one_line(void **state)
{
    (void)state;
    struct hs_log log = open_log(false);
    hs_log_event(&log, HS_LOG_WARN, HS_LOG_NETWORK, "peer_dropped", "peer=%u why=%s", 3u,
                 "HS_MALFORMED");
    hs_log_event(&log, HS_LOG_INFO, HS_LOG_NODE, "started", "%s", "");
    assert_string_equal(
        take_output(&log),
        "2023-11-14T22:13:20.007Z warn network peer_dropped peer=3 why=HS_MALFORMED\n"
        "2023-11-14T22:13:20.007Z info node started\n");
}

static void a_null_log_is_silent(void **state)
{
    (void)state;
    hs_log_event(NULL, HS_LOG_ERROR, HS_LOG_NODE, "event", "%s", "");
}

static void levels_filter_by_room(void **state)
{
    (void)state;
    struct hs_log log = open_log(false);
    log.levels[HS_LOG_NETWORK] = HS_LOG_DEBUG;
    log.levels[HS_LOG_RPC] = HS_LOG_ERROR;
    hs_log_event(&log, HS_LOG_DEBUG, HS_LOG_NETWORK, "seen", "%s", "");
    hs_log_event(&log, HS_LOG_DEBUG, HS_LOG_NODE, "hidden", "%s", "");
    hs_log_event(&log, HS_LOG_WARN, HS_LOG_RPC, "hidden", "%s", "");
    hs_log_event(&log, HS_LOG_ERROR, HS_LOG_RPC, "seen", "%s", "");
    assert_string_equal(take_output(&log), "2023-11-14T22:13:20.007Z debug network seen\n"
                                           "2023-11-14T22:13:20.007Z error rpc seen\n");
}

static void no_argument_can_forge_a_line(void **state)
{
    (void)state;
    struct hs_log log = open_log(false);
    hs_log_event(&log, HS_LOG_INFO, HS_LOG_NODE, "event", "name=%s",
                 "a\n2023 error node fake\r\x1b[2J\xff\x7f");
    assert_string_equal(take_output(&log), "2023-11-14T22:13:20.007Z info node event "
                                           "name=a?2023 error node fake??[2J??\n");
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    (void)state;
    char value[3 * HS_LOG_LINE_BYTES_MAX];
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    struct hs_log log = open_log(false);
    hs_log_event(&log, HS_LOG_INFO, HS_LOG_NODE, "event", "v=%s", value);
    hs_log_event(&log, HS_LOG_INFO, HS_LOG_NODE, "next", "%s", "");
    const char *output = take_output(&log);
    const char *end = strchr(output, '\n');
    assert_non_null(end);
    assert_true((size_t)(end - output) < HS_LOG_LINE_BYTES_MAX + 100);
    assert_string_equal(end + 1, "2023-11-14T22:13:20.007Z info node next\n");
}

static void json_lines_have_the_pairs_as_members(void **state)
{
    (void)state;
    struct hs_log log = open_log(true);
    hs_log_event(&log, HS_LOG_INFO, HS_LOG_CONSENSUS, "committed",
                 "height=%u id=%s text=\"%s\" code=007 path=%s empty= bare", 12u, "0xab",
                 "two words", "C:\\x");
    assert_string_equal(take_output(&log),
                        "{\"time\":\"2023-11-14T22:13:20.007Z\",\"level\":\"info\","
                        "\"room\":\"consensus\",\"event\":\"committed\",\"height\":12,"
                        "\"id\":\"0xab\",\"text\":\"two words\",\"code\":\"007\","
                        "\"path\":\"C:\\\\x\",\"empty\":\"\",\"bare\":\"\"}\n");
}

/* Whatever the arguments are, one line of JSON comes out. */
static void json_lines_stay_json(void **state)
{
    (void)state;
    char quotes[2 * HS_LOG_LINE_BYTES_MAX];
    for (size_t i = 0; i < sizeof quotes - 1; i++) {
        quotes[i] = i % 2 == 0 ? '"' : ' ';
    }
    quotes[sizeof quotes - 1] = '\0';
    char pairs[2 * HS_LOG_LINE_BYTES_MAX];
    memset(pairs, '\\', sizeof pairs - 1);
    pairs[sizeof pairs - 1] = '\0';
    const char *const texts[] = {"", "a=\"open", "=", "\"", "a=\"b\"c", "\n=\x01", quotes, pairs};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct hs_log log = open_log(true);
        hs_log_event(&log, HS_LOG_INFO, HS_LOG_NODE, "event", "%s", texts[i]);
        const char *output = take_output(&log);
        size_t size = strlen(output);
        assert_ptr_equal(strchr(output, '\n'), output + size - 1);
        json_t *object = json_loadb(output, size, 0, NULL);
        assert_non_null(object);
        assert_string_equal(json_string_value(json_object_get(object, "event")), "event");
        json_decref(object);
    }
}

static void levels_are_read_from_words(void **state)
{
    (void)state;
    struct hs_log log = {0};
    assert_true(hs_log_parse_levels(&log, "debug"));
    for (size_t i = 0; i < HS_LOG_ROOMS; i++) {
        assert_int_equal(log.levels[i], HS_LOG_DEBUG);
    }
    assert_true(hs_log_parse_levels(&log, "info,network=debug,rpc=error"));
    assert_int_equal(log.levels[HS_LOG_CONSENSUS], HS_LOG_INFO);
    assert_int_equal(log.levels[HS_LOG_NETWORK], HS_LOG_DEBUG);
    assert_int_equal(log.levels[HS_LOG_RPC], HS_LOG_ERROR);
    assert_true(hs_log_parse_levels(&log, "ledger=warn"));
    assert_int_equal(log.levels[HS_LOG_LEDGER], HS_LOG_WARN);
    assert_int_equal(log.levels[HS_LOG_CONSENSUS], HS_LOG_INFO);
}

static void an_unknown_word_changes_no_level(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        "loud",  "debug,", ",debug",       "debug,kitchen=info",
        "network", "node=", "=info",  "debug node=x", "info,node=loud",
        "INFO",    "inf",   "infos",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hs_log log = {0};
        assert_false(hs_log_parse_levels(&log, bad[i]));
        for (size_t room = 0; room < HS_LOG_ROOMS; room++) {
            assert_int_equal(log.levels[room], HS_LOG_ERROR);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_one_line),
        cmocka_unit_test(a_null_log_is_silent),
        cmocka_unit_test(levels_filter_by_room),
        cmocka_unit_test(no_argument_can_forge_a_line),
        cmocka_unit_test(a_long_line_is_cut_and_still_ends),
        cmocka_unit_test(json_lines_have_the_pairs_as_members),
        cmocka_unit_test(json_lines_stay_json),
        cmocka_unit_test(levels_are_read_from_words),
        cmocka_unit_test(an_unknown_word_changes_no_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
