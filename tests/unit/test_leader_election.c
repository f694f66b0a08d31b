/* Who leads: round-robin for equal weights, drawn by weight for any. */
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

/* P2: over 100,000 views each leads by its weight, within five standard deviations: for a share
 * p, 5 * sqrt(100000 * p * (1 - p)) <= 791. */
static void a_weighted_draw_follows_the_weights(void **state)
{
    (void)state;
    const uint64_t weights[] = {50, 30, 15, 5};
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, weights, 4);
    uint64_t turns[4] = {0};
    for (uint64_t view = 1; view <= 100000; view++) {
        turns[hs_leader_of(&rule, view)]++;
    }
    for (uint32_t i = 0; i < 4; i++) {
        assert_in_range(turns[i], weights[i] * 1000 - 791, weights[i] * 1000 + 791);
    }
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

/* P2: who leads how often may differ from who weighs how much. */
static void a_draw_by_leader_weights_follows_those(void **state)
{
    (void)state;
    const uint64_t weights[] = {25, 25, 25, 25};
    const uint64_t leader_weights[] = {50, 30, 15, 5};
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, weights, 4);
    rule.leader_weights = leader_weights;
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
    struct hs_leader_rule by_weight = rule_of(HS_LEADER_WEIGHTED, leader_weights, 4);
    uint64_t turns[4] = {0};
    for (uint64_t view = 1; view <= 10000; view++) {
        turns[hs_leader_of(&rule, view)]++;
        assert_int_equal(hs_leader_of(&rule, view), hs_leader_of(&by_weight, view));
    }
    assert_true(turns[0] > turns[1] && turns[1] > turns[2] && turns[2] > turns[3]);
}

static void leader_weights_out_of_range_are_refused(void **state)
{
    (void)state;
    const uint64_t weights[] = {1, 1};
    struct hs_leader_rule rule = rule_of(HS_LEADER_WEIGHTED, weights, 2);
    const uint64_t none[] = {1, 0};
    const uint64_t most[] = {HS_WEIGHT_TOTAL_MAX - 1, 1};
    const uint64_t above[] = {HS_WEIGHT_TOTAL_MAX, 1};
    const uint64_t wraps[] = {UINT64_MAX, 2};
    rule.leader_weights = most;
    assert_int_equal(hs_leader_rule_check(&rule), HS_OK);
    rule.leader_weights = none;
    assert_int_equal(hs_leader_rule_check(&rule), HS_INVALID_ARGUMENT);
    rule.leader_weights = above;
    assert_int_equal(hs_leader_rule_check(&rule), HS_INVALID_ARGUMENT);
    rule.leader_weights = wraps;
    assert_int_equal(hs_leader_rule_check(&rule), HS_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_goes_round),
        cmocka_unit_test(round_robin_is_refused_for_unequal_weights),
        cmocka_unit_test(a_weighted_draw_follows_the_weights),
        cmocka_unit_test(a_weighted_draw_is_the_same_for_everyone),
        cmocka_unit_test(a_weighted_draw_reaches_all_and_only_members),
        cmocka_unit_test(a_draw_by_leader_weights_follows_those),
        cmocka_unit_test(leader_weights_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
