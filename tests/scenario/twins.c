/* A Byzantine validator in two places at once (sim/twins.h): all scenarios of two views, one in each
 * 64 of three, and random ones of eleven. scripts/campaign runs all of three. */
#include "tests/scenario/scenario.h"

#include "sim/twins.h"

static void run_scenario(const struct hs_twins *twins, const struct hs_twins_scenario *scenario,
                         uint64_t number, uint64_t *committing)
{
    struct hs_twins_result result;
    hs_twins_run(twins, scenario, &result);
    if (!result.ok) {
        char text[HS_TWINS_TEXT_CHARACTERS];
        hs_twins_describe(text, scenario);
        fail_msg("scenario %" PRIu64 " (%s): %s", number, text, result.reason);
    }
    *committing += result.committed > 0 ? 1 : 0;
}

/* Some scenarios commit while the network is parted and some cannot: a script that parted nothing,
 * or everything, would show nothing. */
static void assert_telling(uint64_t committing, uint64_t scenarios)
{
    assert_true(committing > 0);
    assert_true(committing < scenarios);
}

static void run_numbered(uint32_t views, uint64_t stride)
{
    struct hs_twins *twins = hs_twins_new(views);
    uint64_t committing = 0;
    uint64_t scenarios = 0;
    for (uint64_t i = 0; i < hs_twins_scenario_count(twins); i += stride) {
        struct hs_twins_scenario scenario;
        hs_twins_scenario_at(twins, &scenario, i);
        run_scenario(twins, &scenario, i, &committing);
        scenarios++;
    }
    assert_telling(committing, scenarios);
    hs_twins_free(twins);
}

static void all_of_two_views(void **state)
{
    (void)state;
    run_numbered(2, 1);
}

static void some_of_three_views(void **state)
{
    (void)state;
    run_numbered(3, 63); /* no divisor of 64: every choice of every view comes up */
}

static void random_ones_of_eleven_views(void **state)
{
    (void)state;
    struct hs_twins *twins = hs_twins_new(1);
    uint64_t committing = 0;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct hs_twins_scenario scenario;
        hs_twins_scenario_random(twins, &scenario, HS_TWINS_VIEWS_MAX, seed);
        run_scenario(twins, &scenario, seed, &committing);
    }
    assert_telling(committing, 2000);
    hs_twins_free(twins);
}

static void numbers_name_every_scenario_once(void **state)
{
    (void)state;
    struct hs_twins *twins = hs_twins_new(2);
    uint64_t count = hs_twins_scenario_count(twins);
    assert_int_equal(count, 4096);
    bool seen[4][16][4][16] = {{{{false}}}};
    for (uint64_t i = 0; i < count; i++) {
        struct hs_twins_scenario scenario;
        hs_twins_scenario_at(twins, &scenario, i);
        bool *here = &seen[scenario.leaders[0]][scenario.sides[0]][scenario.leaders[1]]
                          [scenario.sides[1]];
        assert_false(*here);
        *here = true;
    }
    hs_twins_free(twins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_name_every_scenario_once),
        cmocka_unit_test(all_of_two_views),
        cmocka_unit_test(some_of_three_views),
        cmocka_unit_test(random_ones_of_eleven_views),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
