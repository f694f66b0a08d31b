/* Who leads: round-robin for equal weights, drawn by weight for any, and by leader weights of their
 * own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "consensus/leader_election.h"

static struct hs_validator_set set;

static struct hs_leader_rule rule_of(enum hs_leader_election election, const uint64_t weights[],
                                     uint32_t count)
{
    set = (struct hs_validator_set){.count = count};
    for (uint32_t i = 0; i < count; i++) {
        set.validators[i].weight = weights[i];
        set.weight_total += weights[i];
    }
    return (struct hs_leader_rule){.election = election, .randomness = {42}, .validators = &set};
}

/* P1 */
static void round_robin_goes_round(void **state)
{
    (void)state;
    const uint64_t weights[] = {9, 9, 9};
    struct hs_leader_rule rule = rule_of(HS_LEADER_ROUND_ROBIN, weights, 3);
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
    for (uint64_t view = 1; view < 20; view++) {
        assert_int_equal(hs_leader_of(&rule, view), view % 3);
        assert_int_equal(hs_simple_leader_election(view, 3), view % 3);
    }
    assert_int_equal(hs_leader_of(&rule, UINT64_MAX), UINT64_MAX % 3);
    assert_int_equal(hs_simple_leader_election(77, 1), 0);
}

/* P1 */
static void round_robin_is_refused_for_unequal_weights(void **state)
{
    (void)state;
    const uint64_t weights[] = {5, 1, 5, 1};
    struct hs_leader_rule rule = rule_of(HS_LEADER_ROUND_ROBIN, weights, 4);
    assert_int_equal(hs_leader_rule_check(&rule), HS_INVALID_ARGUMENT);
    const uint64_t last_differs[] = {5, 5, 5, 6};
    rule = rule_of(HS_LEADER_ROUND_ROBIN, last_differs, 4);
    assert_int_equal(hs_leader_rule_check(&rule), HS_INVALID_ARGUMENT);
    rule.election = HS_LEADER_WEIGHTED;
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
    const uint64_t one[] = {8};
    rule = rule_of(HS_LEADER_ROUND_ROBIN, one, 1);
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
}

/* -- the draw against the stakes ------------------------------------------------------------ */

#define DRAWS UINT64_C(100000)

/* Pearson's statistic, sum of (drawn - expected)^2 / expected, in thousandths. Cells whose weights
 * add up to `total` share `draws`. */
static uint64_t chi_square(const uint64_t drawn[], const uint64_t weights[], uint32_t count,
                           uint64_t draws, uint64_t total)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t expected = draws * weights[i];
        uint64_t off =
            drawn[i] * total > expected ? drawn[i] * total - expected : expected - drawn[i] * total;
        assert_true(off < UINT64_C(1) << 32);
        sum += off * off / total * 1000 / expected;
    }
    return sum;
}

/* The statistic of that many cells, less one, lies between the two in 998 of 1000 honest draws
 * (quantiles of the chi-square distribution at 0.001 and 0.999, in thousandths). Below the lower
 * one it would be a rota and no draw. */
struct chi_square_bounds {
    uint64_t low;
    uint64_t high;
};
static const struct chi_square_bounds of_3 = {24, 16266};
static const struct chi_square_bounds of_15 = {3482, 37698};
static const struct chi_square_bounds of_127 = {83381, 181994};

static void expect_drawn_by(const uint64_t weights[], uint32_t count,
                            struct chi_square_bounds bounds)
{
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, weights, count);
    for (uint8_t seed = 0; seed < 3; seed++) {
        uint64_t turns[HS_VALIDATORS_MAX] = {0};
        rule.randomness[0] = seed;
        for (uint64_t view = 1; view <= DRAWS; view++) {
            turns[hs_leader_of(&rule, view)]++;
        }
        assert_in_range(chi_square(turns, weights, count, DRAWS, set.weight_total), bounds.low,
                        bounds.high);
    }
}

/* P2 */
static void the_draw_matches_equal_stakes(void **state)
{
    (void)state;
    const uint64_t four[] = {1, 1, 1, 1};
    expect_drawn_by(four, 4, of_3);
    uint64_t all[HS_VALIDATORS_MAX];
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        all[i] = 3;
    }
    expect_drawn_by(all, HS_VALIDATORS_MAX, of_127);
}

/* P2 */
static void the_draw_matches_skewed_stakes(void **state)
{
    (void)state;
    const uint64_t steep[] = {50, 30, 15, 5};
    expect_drawn_by(steep, 4, of_3);
    const uint64_t one_rules[] = {1, 997, 1, 1};
    expect_drawn_by(one_rules, 4, of_3);
    uint64_t ladder[HS_VALIDATORS_MAX];
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        ladder[i] = 1 + i % 16;
    }
    expect_drawn_by(ladder, HS_VALIDATORS_MAX, of_127);
}

/* P2: a statistic that accepts everything would prove nothing. */
static void the_statistic_tells_stakes_apart(void **state)
{
    (void)state;
    const uint64_t weights[] = {50, 30, 15, 5};
    const uint64_t close[] = {51, 29, 15, 5};
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, close, 4);
    uint64_t turns[4] = {0};
    for (uint64_t view = 1; view <= DRAWS; view++) {
        turns[hs_leader_of(&rule, view)]++;
    }
    assert_true(chi_square(turns, weights, 4, DRAWS, 100) > of_3.high);
    const uint64_t rota[] = {50000, 30000, 15000, 5000};
    assert_true(chi_square(rota, weights, 4, DRAWS, 100) < of_3.low);
}

/* P2: S5 needs two live leaders in a row, so who leads next must not hang on who leads now. */
static void the_next_leader_does_not_hang_on_this_one(void **state)
{
    (void)state;
    const uint64_t weights[] = {4, 3, 2, 1};
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, weights, 4);
    uint64_t pairs[16] = {0};
    uint64_t pair_weights[16];
    for (uint32_t i = 0; i < 16; i++) {
        pair_weights[i] = weights[i / 4] * weights[i % 4];
    }
    for (uint64_t view = 0; view < 2 * DRAWS; view += 2) {
        pairs[4 * hs_leader_of(&rule, view) + hs_leader_of(&rule, view + 1)]++;
    }
    assert_in_range(chi_square(pairs, pair_weights, 16, DRAWS, 100), of_15.low, of_15.high);
}

/* How many of 10,000 views have another leader when each of ten equal stakes is as given. */
static uint32_t turns_moved(uint64_t before, uint64_t first_after)
{
    uint64_t weights[10];
    for (uint32_t i = 0; i < 10; i++) {
        weights[i] = before;
    }
    static uint32_t leaders[10000];
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, weights, 10);
    for (uint32_t view = 0; view < 10000; view++) {
        leaders[view] = hs_leader_of(&rule, view);
    }
    weights[0] = first_after;
    rule = rule_of(HS_LEADER_WEIGHTED, weights, 10);
    uint32_t moved = 0;
    for (uint32_t view = 0; view < 10000; view++) {
        moved += hs_leader_of(&rule, view) != leaders[view];
    }
    return moved;
}

/* P2: who knows the randomness already must not be able to draw all turns anew with a unit. A
 * hundredth more of one of ten stakes moves the nine borders by 45 in 10,000 together. */
static void a_little_stake_moves_few_turns(void **state)
{
    (void)state;
    assert_int_equal(turns_moved(1000000, 1000001), 0);
    assert_in_range(turns_moved(1000000, 1010000), 20, 80);
}

/* P2 */
static void a_weighted_draw_is_the_same_for_everyone(void **state)
{
    (void)state;
    const uint64_t weights[] = {3, 1, 4, 1, 5};
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, weights, 5);
    struct hs_leader_rule other = rule;
    other.randomness[31] = 1;
    uint32_t differences = 0;
    for (uint64_t view = 1; view <= 200; view++) {
        assert_int_equal(hs_leader_of(&rule, view), hs_leader_of(&rule, view));
        differences += hs_leader_of(&rule, view) != hs_leader_of(&other, view);
    }
    assert_true(differences > 50); /* the randomness decides */
}

/* P2: at the ends of what a set may weigh. */
static void a_weighted_draw_reaches_all_and_only_members(void **state)
{
    (void)state;
    const uint64_t one[] = {1};
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, one, 1);
    assert_int_equal(hs_leader_of(&rule, 5), 0);

    const uint64_t heavy[] = {HS_WEIGHT_TOTAL_MAX - 1, 1};
    rule = rule_of(HS_LEADER_WEIGHTED, heavy, 2);
    for (uint64_t view = 1; view <= 1000; view++) {
        assert_int_equal(hs_leader_of(&rule, view), 0);
    }

    uint64_t many[HS_VALIDATORS_MAX];
    bool seen[HS_VALIDATORS_MAX] = {0};
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        many[i] = 1;
    }
    rule = rule_of(HS_LEADER_WEIGHTED, many, HS_VALIDATORS_MAX);
    for (uint64_t view = 1; view <= 5000; view++) {
        seen[hs_leader_of(&rule, view)] = true;
    }
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        assert_true(seen[i]);
    }
}

/* -- leader weights ------------------------------------------------------------------------- */

/* P6 */
static void leader_weights_decide_turns_and_stakes_do_not(void **state)
{
    (void)state;
    const uint64_t stakes[] = {10, 10, 10, 70};
    const uint64_t leader_weights[] = {10, 1, 5, 4};
    struct hs_leader_rule rule = rule_of(HS_LEADER_REPUTATION, stakes, 4);
    rule.leader_weights = leader_weights;
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
    uint64_t turns[4] = {0};
    for (uint64_t view = 1; view <= DRAWS; view++) {
        turns[hs_leader_of(&rule, view)]++;
    }
    assert_in_range(chi_square(turns, leader_weights, 4, DRAWS, 20), of_3.low, of_3.high);
}

/* P6: as in the first epochs, of which nothing is known yet. */
static void without_leader_weights_reputation_draws_by_stake(void **state)
{
    (void)state;
    const uint64_t stakes[] = {3, 1, 4, 1, 5};
    struct hs_leader_rule rule = rule_of(HS_LEADER_REPUTATION, stakes, 5);
    struct hs_leader_rule weighted = rule;
    weighted.election = HS_LEADER_WEIGHTED;
    struct hs_leader_rule same = rule;
    same.leader_weights = stakes;
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
    for (uint64_t view = 1; view <= 1000; view++) {
        assert_int_equal(hs_leader_of(&rule, view), hs_leader_of(&weighted, view));
        assert_int_equal(hs_leader_of(&rule, view), hs_leader_of(&same, view));
    }
}

/* P6 */
static void leader_weights_that_are_none_are_refused(void **state)
{
    (void)state;
    const uint64_t stakes[] = {1, 1, 1};
    uint64_t leader_weights[] = {HS_WEIGHT_TOTAL_MAX - 2, 1, 1};
    struct hs_leader_rule rule = rule_of(HS_LEADER_REPUTATION, stakes, 3);
    rule.leader_weights = leader_weights;
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
    leader_weights[1] = 2;
    assert_int_equal(hs_leader_rule_check(&rule), HS_INVALID_ARGUMENT);
    leader_weights[0] = UINT64_MAX;
    assert_int_equal(hs_leader_rule_check(&rule), HS_INVALID_ARGUMENT);
    leader_weights[0] = 0;
    assert_int_equal(hs_leader_rule_check(&rule), HS_INVALID_ARGUMENT);
    leader_weights[0] = 1;
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_goes_round),
        cmocka_unit_test(round_robin_is_refused_for_unequal_weights),
        cmocka_unit_test(the_draw_matches_equal_stakes),
        cmocka_unit_test(the_draw_matches_skewed_stakes),
        cmocka_unit_test(the_statistic_tells_stakes_apart),
        cmocka_unit_test(the_next_leader_does_not_hang_on_this_one),
        cmocka_unit_test(a_little_stake_moves_few_turns),
        cmocka_unit_test(a_weighted_draw_is_the_same_for_everyone),
        cmocka_unit_test(a_weighted_draw_reaches_all_and_only_members),
        cmocka_unit_test(leader_weights_decide_turns_and_stakes_do_not),
        cmocka_unit_test(without_leader_weights_reputation_draws_by_stake),
        cmocka_unit_test(leader_weights_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
