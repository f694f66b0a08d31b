/* hotstuff.conf: what is written reads back, and nobody runs with half of what they wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/config.h"

#define LEAST          "[node]\nindex = 2\n[network]\nlisten = 127.0.0.1:27000\n"
#define MILLISECOND_NS UINT64_C(1000000)

static struct hs_config config;
static struct hs_config_error error;

static enum hs_status parse(const char *text)
{
    error.text[0] = '\0';
    return hs_config_parse(&config, "a.conf", text, strlen(text), &error);
}

static void accepts(const char *text)
{
    enum hs_status status = parse(text);
    if (status != HS_OK) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(status, HS_OK);
}

/* The error names the file, and what is in `named`. */
static void refuses(const char *text, enum hs_status expected, const char *named)
{
    enum hs_status status = parse(text);
    if (status != expected || strstr(error.text, named) == NULL) {
        print_error("%s: \"%s\", expected \"%s\" in it\n", hs_status_name(status), error.text,
                    named);
    }
    assert_int_equal(status, expected);
    assert_non_null(strstr(error.text, named));
    assert_int_equal(strncmp(error.text, "a.conf", 6), 0);
}

static void all_but_index_and_address_have_defaults(void **state)
{
    (void)state;
    struct hs_config expected;
    accepts(LEAST);
    hs_config_default(&expected);
    expected.index = 2;
    memcpy(expected.listen, "127.0.0.1:27000", sizeof "127.0.0.1:27000");
    assert_memory_equal(&config, &expected, sizeof config);
    assert_string_equal(config.key_file, "validator.key");
    assert_string_equal(config.rpc_listen, "");
    assert_int_equal(config.pacemaker.base_ns, 250 * MILLISECOND_NS);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct hs_config before;
    static char text[HS_CONFIG_BYTES_MAX];
    hs_config_default(&before);
    before.index = 127;
    before.cpu_threads = 3;
    before.log_json = true;
    before.mempool_transactions = 17;
    before.accounts_max = 18;
    before.snapshot_interval_blocks = 0;
    before.pacemaker.strategy = HS_TIMEOUT_LINEAR;
    before.pacemaker.base_ns = 100 * MILLISECOND_NS;
    before.pacemaker.max_ns = 200 * MILLISECOND_NS;
    before.pacemaker.idle_interval_ns = 0;
    before.pacemaker.batch_delay_ns = 3 * MILLISECOND_NS;
    before.pacemaker.backup_delay_ns = 4 * MILLISECOND_NS;
    before.pacemaker.batch_low = 5;
    snprintf(before.key_file, sizeof before.key_file, "/keys/v.key");
    snprintf(before.reporter_file, sizeof before.reporter_file, "/keys/a.key");
    snprintf(before.listen, sizeof before.listen, "[::1]:1");
    snprintf(before.rpc_listen, sizeof before.rpc_listen, "127.0.0.1:65535");
    snprintf(before.log_levels, sizeof before.log_levels, "warn,network=debug");
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        snprintf(before.peers[i], sizeof before.peers[i], "host-%u.example.org:%u", i, 1000 + i);
    }
    for (uint32_t i = 0; i < HS_KNOWN_PEERS_MAX; i++) {
        struct hs_contact *known = &before.known[i];
        known->key.bytes[0] = (uint8_t)i;
        snprintf(known->address.text, sizeof known->address.text, "[::%u]:65535", i);
    }
    size_t size = hs_config_write(text, sizeof text, &before);
    assert_int_equal(size, strlen(text));
    accepts(text);
    assert_memory_equal(&config, &before, sizeof config);
    before.index = HS_VALIDATORS_MAX;
    assert_true(hs_config_write(text, sizeof text, &before) > 0);
    accepts(text);
    assert_memory_equal(&config, &before, sizeof config);
}

static void writing_needs_room(void **state)
{
    (void)state;
    static char text[HS_CONFIG_BYTES_MAX];
    accepts(LEAST);
    size_t size = hs_config_write(text, sizeof text, &config);
    assert_true(size > 0);
    assert_int_equal(hs_config_write(text, size, &config), 0);
    assert_int_equal(hs_config_write(text, size + 1, &config), size);
}

static void refuses_unknown_keys_and_sections(void **state)
{
    (void)state;
    refuses(LEAST "[node]\nspeed = 3\n", HS_MALFORMED, "line 6");
    refuses(LEAST "[nodes]\nindex = 3\n", HS_MALFORMED, "[nodes]");
    refuses("index = 3\n" LEAST, HS_MALFORMED, "line 1");
    refuses(LEAST "[network]\npeer.x = 127.0.0.1:1\n", HS_INVALID_ARGUMENT, "peer.x");
    refuses(LEAST "[network]\npeer.128 = 127.0.0.1:1\n", HS_INVALID_ARGUMENT, "peer.128");
}

static void refuses_keys_that_stand_twice(void **state)
{
    (void)state;
    refuses(LEAST "[node]\nindex = 2\n", HS_MALFORMED, "node.index stands twice");
    refuses(LEAST "peer.1 = 127.0.0.1:1\npeer.1 = 127.0.0.1:1\n", HS_MALFORMED,
            "peer.1 stands twice");
}

static void refuses_what_is_missing(void **state)
{
    (void)state;
    refuses("", HS_MALFORMED, "network.listen");
    refuses("[node]\nindex = 1\n", HS_MALFORMED, "network.listen");
    accepts("[network]\nlisten = a:1\n");
    assert_int_equal(config.index, HS_VALIDATORS_MAX);
}

#define KEY "0x1111111111111111111111111111111111111111111111111111111111111111"

static void known_peers_have_a_key_and_an_address(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"127.0.0.1:1", KEY,        KEY "@",    KEY "@a",
                                        KEY "0@a:1",   "0x11@a:1", "@a:1",     KEY ":a:1",
                                        KEY "@a b:1",  KEY "@:1",  KEY "@a:x", "x" KEY "@a:1"};
    accepts(LEAST "[network]\nknown.15 = " KEY "@a.example:27000\n");
    assert_string_equal(config.known[15].address.text, "a.example:27000");
    assert_int_equal(config.known[15].key.bytes[31], 0x11);
    assert_string_equal(config.known[0].address.text, "");
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, LEAST "[network]\nknown.1 = %s\n", WRONG[i]);
        refuses(text, HS_INVALID_ARGUMENT, "known.1");
    }
    refuses(LEAST "[network]\nknown.16 = " KEY "@a:1\n", HS_INVALID_ARGUMENT, "known.16");
    refuses(LEAST "[network]\nknown.x = " KEY "@a:1\n", HS_INVALID_ARGUMENT, "known.x");
    refuses(LEAST "[network]\nknown.1 = " KEY "@a:1\nknown.1 = " KEY "@a:1\n", HS_MALFORMED,
            "known.1 stands twice");
    refuses(LEAST "[network]\nknown.1 = " KEY "@a:1\nknown.2 = " KEY "@b:1\n", HS_MALFORMED,
            "known.2 has the key of known.1");
}

static void refuses_lines_that_would_be_cut(void **state)
{
    (void)state;
    char text[1024];
    char path[HS_CONFIG_LINE_CHARACTERS_MAX];
    size_t size = HS_CONFIG_LINE_CHARACTERS_MAX - strlen("key = ");
    memset(path, 'k', sizeof path);
    path[size] = '\0';
    snprintf(text, sizeof text, "%s[node]\nkey = %s\n", LEAST, path);
    accepts(text);
    assert_string_equal(config.key_file, path);
    snprintf(text, sizeof text, "%s[node]\nkey = %sk\n", LEAST, path);
    refuses(text, HS_MALFORMED, "line 6");
}

/* libinih would take the line for one more value of the key before. */
static void refuses_indented_lines(void **state)
{
    (void)state;
    refuses("[node]\nindex = 1\n 2\n", HS_MALFORMED, "line 3");
    refuses("[node]\n\tindex = 1\n", HS_MALFORMED, "line 2");
}

static void refuses_names_that_would_be_cut(void **state)
{
    (void)state;
    refuses("[node]\nindexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx = 1\n",
            HS_MALFORMED, "line 2");
    refuses("[nodeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee]\nindex = 1\n",
            HS_MALFORMED, "line 1");
}

static void refuses_what_is_no_line_of_its_kind(void **state)
{
    (void)state;
    static const char ZERO[] = "[node]\nindex\0 = 1\n";
    refuses(LEAST "hello\n", HS_MALFORMED, "line 5");
    refuses(LEAST "[rpc\n", HS_MALFORMED, "line 5");
    assert_int_equal(hs_config_parse(&config, "a.conf", ZERO, sizeof ZERO - 1, &error),
                     HS_MALFORMED);
}

static void comments_and_blank_lines_say_nothing(void **state)
{
    (void)state;
    accepts("# a comment\n\n; another, longer than any name may be, and with = signs in it\r\n"
            "   \n" LEAST);
    assert_int_equal(config.index, 2);
    accepts("[node]\r\nindex = 4\r\n[network]\r\nlisten = 127.0.0.1:1");
    assert_int_equal(config.index, 4);
    assert_string_equal(config.listen, "127.0.0.1:1");
}

static void numbers_have_limits(void **state)
{
    (void)state;
    accepts("[node]\nindex = 127\n[network]\nlisten = a:0\n");
    refuses("[node]\nindex = 128\n", HS_INVALID_ARGUMENT, "0 to 127");
    refuses("[node]\nindex = -1\n", HS_INVALID_ARGUMENT, "line 2");
    refuses("[node]\nindex = 1x\n", HS_INVALID_ARGUMENT, "line 2");
    refuses("[node]\nindex =\n", HS_INVALID_ARGUMENT, "line 2");
    refuses("[node]\nthreads = 0\n", HS_INVALID_ARGUMENT, "node.threads");
    refuses("[mempool]\ntransactions = 99999999999999999999\n", HS_INVALID_ARGUMENT,
            "mempool.transactions");
}

static void addresses_have_a_host_and_a_port(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"127.0.0.1", ":27000",  "127.0.0.1:",  "127.0.0.1:65536",
                                        "::1:80",    "[::1:80", "127.0.0.1:2a"};
    char text[256];
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        snprintf(text, sizeof text, "[network]\nlisten = %s\n", WRONG[i]);
        refuses(text, HS_INVALID_ARGUMENT, "line 2");
        snprintf(text, sizeof text, "[network]\npeer.0 = %s\n", WRONG[i]);
        refuses(text, HS_INVALID_ARGUMENT, "line 2");
    }
    accepts(LEAST "[rpc]\nlisten = off\n");
    assert_string_equal(config.rpc_listen, "");
    refuses("[network]\nlisten = off\n", HS_INVALID_ARGUMENT, "line 2");
}

static void words_are_those_known(void **state)
{
    (void)state;
    accepts(LEAST "[log]\nlevels = info,network=debug\nformat = json\n[pacemaker]\n"
                  "strategy = fixed\n");
    assert_true(config.log_json);
    assert_int_equal(config.pacemaker.strategy, HS_TIMEOUT_FIXED);
    refuses(LEAST "[log]\nlevels = loud\n", HS_INVALID_ARGUMENT, "log.levels");
    refuses(LEAST "[log]\nformat = xml\n", HS_INVALID_ARGUMENT, "log.format");
    refuses(LEAST "[pacemaker]\nstrategy = none\n", HS_INVALID_ARGUMENT, "pacemaker.strategy");
}

/* L8 */
static void idle_interval_is_at_most_half_the_timeout(void **state)
{
    (void)state;
    accepts(LEAST "[pacemaker]\nbase_ms = 200\nidle_interval_ms = 100\n");
    refuses(LEAST "[pacemaker]\nbase_ms = 199\nidle_interval_ms = 100\n", HS_INVALID_ARGUMENT,
            "idle_interval_ms");
    refuses(LEAST "[pacemaker]\nbase_ms = 200\nbatch_delay_ms = 101\n", HS_INVALID_ARGUMENT,
            "batch_delay_ms");
    refuses(LEAST "[pacemaker]\nbase_ms = 300\nmax_ms = 299\n", HS_INVALID_ARGUMENT, "max_ms");
}

static void refuses_a_file_that_is_too_long(void **state)
{
    (void)state;
    static char text[HS_CONFIG_BYTES_MAX + 2];
    memset(text, '\n', sizeof text - 1);
    memcpy(text, LEAST, sizeof LEAST - 1);
    text[HS_CONFIG_BYTES_MAX] = '\0';
    accepts(text);
    text[HS_CONFIG_BYTES_MAX] = '\n';
    refuses(text, HS_MALFORMED, "bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_but_index_and_address_have_defaults),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(writing_needs_room),
        cmocka_unit_test(refuses_unknown_keys_and_sections),
        cmocka_unit_test(refuses_keys_that_stand_twice),
        cmocka_unit_test(refuses_what_is_missing),
        cmocka_unit_test(known_peers_have_a_key_and_an_address),
        cmocka_unit_test(refuses_lines_that_would_be_cut),
        cmocka_unit_test(refuses_indented_lines),
        cmocka_unit_test(refuses_names_that_would_be_cut),
        cmocka_unit_test(refuses_what_is_no_line_of_its_kind),
        cmocka_unit_test(comments_and_blank_lines_say_nothing),
        cmocka_unit_test(numbers_have_limits),
        cmocka_unit_test(addresses_have_a_host_and_a_port),
        cmocka_unit_test(words_are_those_known),
        cmocka_unit_test(idle_interval_is_at_most_half_the_timeout),
        cmocka_unit_test(refuses_a_file_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
