/* Where and how often a peer is dialed; a claim in place of an address must hurt nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "network/dial_plan.h"

#define MINUTE_MS UINT64_C(60000)

static struct hs_tcp_address at(const char *text)
{
    struct hs_tcp_address address;
    assert_int_equal(hs_tcp_address_parse(&address, text), HS_OK);
    return address;
}

static bool set(struct hs_dial_plan *plan, enum hs_dial_place_name name, const char *text,
                uint64_t now_ms)
{
    const struct hs_tcp_address address = at(text);
    return hs_dial_plan_set(plan, name, &address, now_ms);
}

/* Dials in vain from `*now_ms` on, as often as the plan says, until `until_ms`. Returns how often at
 * `host`. */
static uint32_t dials(struct hs_dial_plan *plan, uint64_t *now_ms, uint64_t until_ms,
                      const char *host)
{
    uint32_t count = 0;
    while (hs_dial_plan_next_ms(plan) < until_ms) {
        uint64_t next_ms = hs_dial_plan_next_ms(plan);
        *now_ms = next_ms > *now_ms ? next_ms : *now_ms;
        const struct hs_tcp_address *address = hs_dial_plan_begin(plan, *now_ms);
        assert_non_null(address);
        count += strcmp(address->host, host) == 0 ? 1 : 0;
        hs_dial_plan_ended(plan, false, *now_ms);
    }
    *now_ms = until_ms;
    return count;
}

static void nowhere_is_never_dialed(void **state)
{
    (void)state;
    struct hs_dial_plan plan = {.current = HS_DIAL_OWNERS};
    assert_true(hs_dial_plan_next_ms(&plan) == UINT64_MAX);
    assert_null(hs_dial_plan_begin(&plan, 1000));
    hs_dial_plan_hurry(&plan, 1000);
    assert_null(hs_dial_plan_begin(&plan, 1000));
    assert_false(hs_dial_plan_set(&plan, HS_DIAL_CLAIMED, NULL, 1000));
    assert_true(set(&plan, HS_DIAL_OWNERS, "a:1", 1000));
    assert_false(set(&plan, HS_DIAL_OWNERS, "a:1", 1000));
    assert_true(hs_dial_plan_set(&plan, HS_DIAL_OWNERS, NULL, 1000));
    assert_true(hs_dial_plan_next_ms(&plan) == UINT64_MAX);
}

static void the_owners_place_is_dialed_every_two_seconds(void **state)
{
    (void)state;
    struct hs_dial_plan plan = {.current = HS_DIAL_OWNERS};
    uint64_t now_ms = 5;
    assert_true(set(&plan, HS_DIAL_OWNERS, "a:1", now_ms));
    assert_true(hs_dial_plan_next_ms(&plan) == 5);
    assert_true(dials(&plan, &now_ms, 2000, "a") >= 5);
    uint32_t count = dials(&plan, &now_ms, 10 * MINUTE_MS, "a");
    assert_in_range(count, 298, 301);
}

static void a_mere_claim_is_dialed_less_and_less(void **state)
{
    (void)state;
    struct hs_dial_plan plan = {.current = HS_DIAL_OWNERS};
    uint64_t now_ms = 0;
    assert_true(set(&plan, HS_DIAL_CLAIMED, "192.0.2.1:1", now_ms));
    assert_true(hs_dial_plan_next_ms(&plan) == 0);
    assert_in_range(dials(&plan, &now_ms, 10 * MINUTE_MS, "192.0.2.1"), 5, 13);
    assert_in_range(dials(&plan, &now_ms, 20 * MINUTE_MS, "192.0.2.1"), 4, 6);
}

/* Whoever keeps changing its claim, back and forth or over all ports, has it dialed no more often. */
static void a_new_claim_wins_no_dial(void **state)
{
    (void)state;
    struct hs_dial_plan plan = {.current = HS_DIAL_OWNERS};
    uint64_t now_ms = 0;
    uint32_t count = 0;
    for (uint32_t second = 1; second <= 20 * 60; second++) {
        (void)set(&plan, HS_DIAL_CLAIMED, second % 2 == 0 ? "192.0.2.1:1" : "192.0.2.1:2", now_ms);
        count += dials(&plan, &now_ms, 1000 * second, "192.0.2.1");
        if (second % 60 == 0) {
            (void)hs_dial_plan_set(&plan, HS_DIAL_CLAIMED, NULL, now_ms);
        }
    }
    assert_in_range(count, 5, 18);
}

static void where_the_key_was_found_it_is_looked_for_again(void **state)
{
    (void)state;
    struct hs_dial_plan plan = {.current = HS_DIAL_OWNERS};
    uint64_t now_ms = 0;
    assert_true(set(&plan, HS_DIAL_CLAIMED, "192.0.2.1:1", now_ms));
    assert_non_null(hs_dial_plan_begin(&plan, now_ms));
    hs_dial_plan_reached(&plan);
    now_ms = 50 * MINUTE_MS;
    hs_dial_plan_ended(&plan, true, now_ms);
    assert_true(hs_dial_plan_next_ms(&plan) == now_ms + 20);
    assert_in_range(dials(&plan, &now_ms, 60 * MINUTE_MS, "192.0.2.1"), 298, 310);
    /* At another place it has to be found again, and at once is looked there. */
    assert_true(set(&plan, HS_DIAL_CLAIMED, "192.0.2.2:1", now_ms));
    assert_true(hs_dial_plan_next_ms(&plan) == now_ms);
    assert_in_range(dials(&plan, &now_ms, 70 * MINUTE_MS, "192.0.2.2"), 5, 13);
}

static void both_places_are_dialed_each_in_its_time(void **state)
{
    (void)state;
    struct hs_dial_plan plan = {.current = HS_DIAL_OWNERS};
    uint64_t now_ms = 0;
    assert_true(set(&plan, HS_DIAL_CLAIMED, "192.0.2.1:1", now_ms));
    assert_true(set(&plan, HS_DIAL_OWNERS, "10.0.0.1:1", now_ms));
    assert_string_equal(hs_dial_plan_begin(&plan, now_ms)->host, "10.0.0.1");
    hs_dial_plan_ended(&plan, false, now_ms);
    assert_string_equal(hs_dial_plan_begin(&plan, now_ms)->host, "192.0.2.1");
    hs_dial_plan_ended(&plan, false, now_ms);
    assert_null(hs_dial_plan_begin(&plan, now_ms));
    struct hs_dial_plan same = plan;
    uint64_t then_ms = now_ms;
    assert_in_range(dials(&plan, &now_ms, 10 * MINUTE_MS, "10.0.0.1"), 298, 310);
    assert_in_range(dials(&same, &then_ms, 10 * MINUTE_MS, "192.0.2.1"), 5, 13);
    /* It is found at the second one: there it is looked for first from then on. */
    while (strcmp(hs_dial_plan_begin(&plan, hs_dial_plan_next_ms(&plan))->host, "192.0.2.1") != 0) {
        hs_dial_plan_ended(&plan, false, hs_dial_plan_next_ms(&plan));
    }
    hs_dial_plan_reached(&plan);
    now_ms = 90 * MINUTE_MS;
    hs_dial_plan_ended(&plan, true, now_ms);
    assert_string_equal(hs_dial_plan_begin(&plan, now_ms + 20)->host, "192.0.2.1");
}

static void who_is_awaited_anew_is_dialed_at_once(void **state)
{
    (void)state;
    struct hs_dial_plan plan = {.current = HS_DIAL_OWNERS};
    uint64_t now_ms = 0;
    assert_true(set(&plan, HS_DIAL_CLAIMED, "192.0.2.1:1", now_ms));
    (void)dials(&plan, &now_ms, 30 * MINUTE_MS, "192.0.2.1");
    assert_true(hs_dial_plan_next_ms(&plan) >= now_ms);
    hs_dial_plan_hurry(&plan, now_ms);
    assert_true(hs_dial_plan_next_ms(&plan) == now_ms);
    assert_in_range(dials(&plan, &now_ms, 40 * MINUTE_MS, "192.0.2.1"), 5, 13);
}

/* -- what may be claimed ------------------------------------------------------------- */

static void assert_claims(const char *const texts[], size_t count, bool on_loopback, bool good)
{
    for (size_t i = 0; i < count; i++) {
        const struct hs_tcp_address address = at(texts[i]);
        assert_int_equal(hs_tcp_address_may_be_claimed(&address, on_loopback), good);
    }
}

/* No name to be looked up, nothing on the dialer's own machine or link, nobody who is many. */
static void only_places_that_can_be_another_machines_may_be_claimed(void **state)
{
    (void)state;
    static const char *const good[] = {"192.0.2.1:7000", "10.1.2.3:1", "[2001:db8::1]:7000",
                                       "[fd00::1]:65535", "[::ffff:192.0.2.1]:7000"};
    static const char *const bad[] = {
        "example.org:7000",
        "localhost:7000",
        "0.0.0.0:7000",
        "0.1.2.3:7000",
        "224.0.0.1:7000",
        "239.1.1.1:7000",
        "255.255.255.255:7000",
        "240.0.0.1:7000",
        "169.254.169.254:80",
        "[::]:7000",
        "[ff02::1]:7000",
        "[fe80::1]:7000",
        "[::ffff:169.254.169.254]:80",
        "192.0.2.1:0",
        "[::ffff:0.0.0.0]:7000",
        "192.0.2:7000",
    };
    static const char *const own[] = {"127.0.0.1:7000", "127.9.9.9:80", "[::1]:7000",
                                      "[::ffff:127.0.0.1]:7000"};
    assert_claims(good, sizeof good / sizeof good[0], false, true);
    assert_claims(good, sizeof good / sizeof good[0], true, true);
    assert_claims(bad, sizeof bad / sizeof bad[0], false, false);
    assert_claims(bad, sizeof bad / sizeof bad[0], true, false);
    assert_claims(own, sizeof own / sizeof own[0], false, false);
    assert_claims(own, sizeof own / sizeof own[0], true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nowhere_is_never_dialed),
        cmocka_unit_test(the_owners_place_is_dialed_every_two_seconds),
        cmocka_unit_test(a_mere_claim_is_dialed_less_and_less),
        cmocka_unit_test(a_new_claim_wins_no_dial),
        cmocka_unit_test(where_the_key_was_found_it_is_looked_for_again),
        cmocka_unit_test(both_places_are_dialed_each_in_its_time),
        cmocka_unit_test(who_is_awaited_anew_is_dialed_at_once),
        cmocka_unit_test(only_places_that_can_be_another_machines_may_be_claimed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
