/* L2: how long a view may take, to the nanosecond; and when something is due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "consensus/pacemaker.h"

#define MS UINT64_C(1000000)

static struct hs_pacemaker_config config_of(enum hs_timeout_strategy strategy, uint64_t base_ns,
                                            uint64_t max_ns)
{
    struct hs_pacemaker_config config;
    hs_pacemaker_config_default(&config);
    config.strategy = strategy;
    config.base_ns = base_ns;
    config.max_ns = max_ns;
    return config;
}

/* L2 */
static void the_timer_grows_by_half_with_each_view_that_commits_nothing(void **state)
{
    (void)state;
    struct hs_pacemaker_config config;
    hs_pacemaker_config_default(&config);
    const uint64_t expected_ns[] = {
        250000000,  375000000,  562500000,  843750000,  1265625000,
        1898437500, 2847656250, 4271484375, 6407226563, 8000000000,
    };
    for (uint64_t k = 0; k < 10; k++) {
        assert_int_equal(hs_pacemaker_timeout_ns(&config, 100 + 2 + k, 100), expected_ns[k]);
    }
    assert_int_equal(hs_pacemaker_timeout_ns(&config, UINT64_MAX, 0), 8000 * MS);
}

/* L2: k is the views since the last committed block's, less 2, and never below 0. */
static void two_views_after_a_commit_are_no_delay(void **state)
{
    (void)state;
    struct hs_pacemaker_config config;
    hs_pacemaker_config_default(&config);
    assert_int_equal(hs_pacemaker_timeout_ns(&config, 1, 0), 250 * MS);
    assert_int_equal(hs_pacemaker_timeout_ns(&config, 2, 0), 250 * MS);
    assert_int_equal(hs_pacemaker_timeout_ns(&config, 3, 0), 375 * MS);
    assert_int_equal(hs_pacemaker_timeout_ns(&config, 9, 9), 250 * MS);
    assert_int_equal(hs_pacemaker_timeout_ns(&config, 5, 9), 250 * MS);
}

/* L2: saturating, also where the integers are smallest and largest. */
static void the_timer_saturates(void **state)
{
    (void)state;
    struct hs_pacemaker_config tiny = config_of(HS_TIMEOUT_EXPONENTIAL, 1, 10);
    const uint64_t expected_ns[] = {1, 2, 3, 5, 8, 10, 10};
    for (uint64_t k = 0; k < 7; k++) {
        assert_int_equal(hs_pacemaker_timeout_ns(&tiny, 2 + k, 0), expected_ns[k]);
    }
    struct hs_pacemaker_config huge = config_of(HS_TIMEOUT_EXPONENTIAL, UINT64_MAX / 2, UINT64_MAX);
    assert_true(hs_pacemaker_timeout_ns(&huge, 3, 0) > UINT64_MAX / 2);
    assert_int_equal(hs_pacemaker_timeout_ns(&huge, 1000, 0), UINT64_MAX);
    struct hs_pacemaker_config one = config_of(HS_TIMEOUT_EXPONENTIAL, 5, 5);
    assert_int_equal(hs_pacemaker_timeout_ns(&one, 50, 0), 5);
}

/* L2: the other strategies. */
static void a_linear_timer_grows_by_its_base(void **state)
{
    (void)state;
    struct hs_pacemaker_config config = config_of(HS_TIMEOUT_LINEAR, 3, 10);
    const uint64_t expected_ns[] = {3, 6, 9, 10, 10};
    for (uint64_t k = 0; k < 5; k++) {
        assert_int_equal(hs_pacemaker_timeout_ns(&config, 2 + k, 0), expected_ns[k]);
    }
    assert_int_equal(hs_pacemaker_timeout_ns(&config, UINT64_MAX, 0), 10);
    config = config_of(HS_TIMEOUT_LINEAR, 2, UINT64_MAX);
    assert_int_equal(hs_pacemaker_timeout_ns(&config, UINT64_MAX, 0), UINT64_MAX);
}

static void a_fixed_timer_never_changes(void **state)
{
    (void)state;
    struct hs_pacemaker_config config = config_of(HS_TIMEOUT_FIXED, 7, 10);
    assert_int_equal(hs_pacemaker_timeout_ns(&config, 1, 0), 7);
    assert_int_equal(hs_pacemaker_timeout_ns(&config, UINT64_MAX, 0), 7);
}

/* L8: an idle chain waits at most base / 2. */
static void a_configuration_out_of_its_bounds_is_refused(void **state)
{
    (void)state;
    struct hs_pacemaker_config config;
    hs_pacemaker_config_default(&config);
    assert_int_equal(hs_pacemaker_check(&config), HS_OK);
    config.idle_interval_ns = config.base_ns / 2;
    assert_int_equal(hs_pacemaker_check(&config), HS_OK);
    config.idle_interval_ns++;
    assert_int_equal(hs_pacemaker_check(&config), HS_INVALID_ARGUMENT);
    hs_pacemaker_config_default(&config);
    config.batch_delay_ns = config.base_ns / 2 + 1;
    assert_int_equal(hs_pacemaker_check(&config), HS_INVALID_ARGUMENT);
    hs_pacemaker_config_default(&config);
    config.max_ns = config.base_ns - 1;
    assert_int_equal(hs_pacemaker_check(&config), HS_INVALID_ARGUMENT);
    config = config_of(HS_TIMEOUT_FIXED, 0, 0);
    config.idle_interval_ns = 0;
    config.batch_delay_ns = 0;
    assert_int_equal(hs_pacemaker_check(&config), HS_INVALID_ARGUMENT);
}

/* L3 */
static void a_repeat_comes_after_the_timer_or_a_second(void **state)
{
    (void)state;
    struct hs_pacemaker pacemaker = {.timeout_ns = 999 * MS};
    assert_int_equal(hs_pacemaker_repeat_interval_ns(&pacemaker), 999 * MS);
    pacemaker.timeout_ns = 8000 * MS;
    assert_int_equal(hs_pacemaker_repeat_interval_ns(&pacemaker), 1000 * MS);
}

static void the_earliest_moment_is_next(void **state)
{
    (void)state;
    struct hs_pacemaker pacemaker;
    hs_pacemaker_config_default(&pacemaker.config);
    hs_pacemaker_enter(&pacemaker, 1000, 1, 0);
    assert_int_equal(pacemaker.entered_ns, 1000);
    assert_int_equal(hs_pacemaker_next_ns(&pacemaker), 1000 + 250 * MS);
    pacemaker.backup_ns = 9000;
    assert_int_equal(hs_pacemaker_next_ns(&pacemaker), 9000);
    pacemaker.propose_ns = 8000;
    assert_int_equal(hs_pacemaker_next_ns(&pacemaker), 8000);
    pacemaker.timed_out = true; /* the timer is over; its repeats are not */
    pacemaker.propose_ns = HS_NEVER_NS;
    pacemaker.backup_ns = HS_NEVER_NS;
    assert_int_equal(hs_pacemaker_next_ns(&pacemaker), HS_NEVER_NS);
    pacemaker.repeat_ns = 7000;
    assert_int_equal(hs_pacemaker_next_ns(&pacemaker), 7000);

    hs_pacemaker_enter(&pacemaker, 5, 3, 0);
    assert_false(pacemaker.timed_out);
    assert_int_equal(hs_pacemaker_next_ns(&pacemaker), 5 + 375 * MS);
    hs_pacemaker_enter_committed(&pacemaker, 3, 1);
    assert_int_equal(hs_pacemaker_next_ns(&pacemaker), 5 + 250 * MS);
}

static void times_saturate(void **state)
{
    (void)state;
    assert_int_equal(hs_time_after(1, 2), 3);
    assert_int_equal(hs_time_after(UINT64_MAX - 1, 1), HS_NEVER_NS);
    assert_int_equal(hs_time_after(UINT64_MAX, 1), HS_NEVER_NS);
    assert_int_equal(hs_time_after(5, UINT64_MAX), HS_NEVER_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timer_grows_by_half_with_each_view_that_commits_nothing),
        cmocka_unit_test(two_views_after_a_commit_are_no_delay),
        cmocka_unit_test(the_timer_saturates),
        cmocka_unit_test(a_linear_timer_grows_by_its_base),
        cmocka_unit_test(a_fixed_timer_never_changes),
        cmocka_unit_test(a_configuration_out_of_its_bounds_is_refused),
        cmocka_unit_test(a_repeat_comes_after_the_timer_or_a_second),
        cmocka_unit_test(the_earliest_moment_is_next),
        cmocka_unit_test(times_saturate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
