/* A Byzantine validator in two places at once (sim/twins.h): all scenarios of two views, one in each
 * 64 of three, and random ones of eleven; fewer with epochs. scripts/campaign runs more. */
#include "tests/scenario/scenario.h"

#include "sim/twins.h"

/* Of many scenarios. */
struct tally {
    uint64_t scenarios;
    uint64_t committing;
    uint64_t ending; /* an epoch, while the network was parted */
    uint64_t punished;
};

static void run_scenario(const struct hs_twins *twins, const struct hs_twins_scenario *scenario,
                         uint64_t number, struct tally *tally)
{
    struct hs_twins_result result;
    hs_twins_run(twins, scenario, &result);
    if (!result.ok) {
        char text[HS_TWINS_TEXT_CHARACTERS];
        hs_twins_describe(text, scenario, &result);
        fail_msg("scenario %" PRIu64 " (%s): %s", number, text, result.reason);
    }
    tally->scenarios++;
    tally->committing += result.committed > 0 ? 1 : 0;
    tally->ending += result.epochs > 0 ? 1 : 0;
    tally->punished += result.punishments > 0 ? 1 : 0;
}

/* Some scenarios commit while the network is parted and some cannot: a script that parted nothing,
 * or everything, would show nothing. */
static void assert_telling(const struct tally *tally)
{
    assert_true(tally->committing > 0);
    assert_true(tally->committing < tally->scenarios);
}

/* In some an epoch ends on the way, in some it can't; the pair votes twice before the eyes of a correct
 * node in some, and in some is not seen. */
static void assert_epochs_telling(const struct tally *tally)
{
    assert_telling(tally);
    assert_true(tally->ending > 0);
    assert_true(tally->ending < tally->scenarios);
    assert_true(tally->punished > 0);
    assert_true(tally->punished < tally->scenarios);
}

static struct tally run_numbered(uint32_t views, uint64_t epoch_blocks, uint64_t stride)
{
    struct hs_twins *twins = hs_twins_new(views, epoch_blocks);
    struct tally tally = {0};
    for (uint64_t i = 0; i < hs_twins_scenario_count(twins); i += stride) {
        struct hs_twins_scenario scenario;
        hs_twins_scenario_at(twins, &scenario, i);
        run_scenario(twins, &scenario, i, &tally);
    }
    hs_twins_free(twins);
    return tally;
}

static struct tally run_random(uint64_t epoch_blocks, uint64_t count)
{
    struct hs_twins *twins = hs_twins_new(1, epoch_blocks);
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= count; seed++) {
        struct hs_twins_scenario scenario;
        hs_twins_scenario_random(twins, &scenario, HS_TWINS_VIEWS_MAX, seed);
        run_scenario(twins, &scenario, seed, &tally);
    }
    hs_twins_free(twins);
    return tally;
}

static void all_of_two_views(void **state)
{
    (void)state;
    struct tally tally = run_numbered(2, 0, 1);
    assert_telling(&tally);
}

static void some_of_three_views(void **state)
{
    (void)state;
    struct tally tally = run_numbered(3, 0, 63); /* no divisor of 64: all choices of all views */
    assert_telling(&tally);
}

static void random_ones_of_eleven_views(void **state)
{
    (void)state;
    struct tally tally = run_random(0, 2000);
    assert_telling(&tally);
}

static void epochs_of_one_block_end_within_three_views(void **state)
{
    (void)state;
    struct tally tally = run_numbered(3, 1, 1021);
    assert_epochs_telling(&tally);
}

static void epochs_of_two_blocks_end_within_eleven_views(void **state)
{
    (void)state;
    struct tally tally = run_random(2, 150);
    assert_epochs_telling(&tally);
}

static void epochs_of_five_blocks_end_within_eleven_views(void **state)
{
    (void)state;
    struct tally tally = run_random(5, 150);
    assert_epochs_telling(&tally);
}

/* Two ways to be parted that differ in the epoch of a view only have different names. */
static void a_scenario_is_told_by_the_views_that_were_parted(void **state)
{
    (void)state;
    struct hs_twins *twins = hs_twins_new(4, 1);
    struct hs_twins_scenario scenario = {.view_count = 0};
    struct hs_twins_result result;
    char text[HS_TWINS_TEXT_CHARACTERS];
    hs_twins_scenario_at(twins, &scenario, 0); /* 0 leads, and nobody is parted from anybody */
    hs_twins_run(twins, &scenario, &result);
    hs_twins_describe(text, &scenario, &result);
    assert_string_equal(text, "epoch 0, view 1: 0 leads, 0 1 2 3 3' |; "
                              "epoch 0, view 2: 0 leads, 0 1 2 3 3' |; "
                              "epoch 0, view 3: 0 leads, 0 1 2 3 3' |; "
                              "epoch 1, view 1: 0 leads, 0 1 2 3 3' |");
    hs_twins_free(twins);
}

static void numbers_name_every_scenario_once(void **state)
{
    (void)state;
    struct hs_twins *twins = hs_twins_new(2, 0);
    uint64_t count = hs_twins_scenario_count(twins);
    assert_int_equal(count, 4096);
    bool seen[4][16][4][16] = {{{{false}}}};
    for (uint64_t i = 0; i < count; i++) {
        struct hs_twins_scenario scenario;
        hs_twins_scenario_at(twins, &scenario, i);
        bool *here =
            &seen[scenario.leaders[0]][scenario.sides[0]][scenario.leaders[1]][scenario.sides[1]];
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
        cmocka_unit_test(a_scenario_is_told_by_the_views_that_were_parted),
        cmocka_unit_test(epochs_of_one_block_end_within_three_views),
        cmocka_unit_test(epochs_of_two_blocks_end_within_eleven_views),
        cmocka_unit_test(epochs_of_five_blocks_end_within_eleven_views),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
