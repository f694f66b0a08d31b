/* Randomness of epochs: what it is made of, and what a proposer gains by keeping back a block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "consensus/leader_election.h"
#include "consensus/randomness.h"
#include "crypto/hash.h"

static const uint8_t of_epoch[HS_HASH_BYTES] = {0x11};

/* The output of somebody's proof: as good as random. */
static struct hs_vrf_output output_of(uint64_t number)
{
    struct hs_vrf_output output;
    hs_hash(output.bytes, "test/output", &number, sizeof number);
    return output;
}

/* The randomness of epoch + 2 when its blocks have the outputs of these numbers. */
static void mix_all(uint8_t randomness[HS_HASH_BYTES], uint64_t epoch, const uint64_t numbers[],
                    size_t count)
{
    struct hs_randomness_mix mix;
    hs_randomness_begin(&mix, of_epoch, epoch);
    for (size_t i = 0; i < count; i++) {
        struct hs_vrf_output output = output_of(numbers[i]);
        hs_randomness_add(&mix, &output);
    }
    hs_randomness_end(randomness, &mix, epoch);
}

/* P3 */
static void the_same_blocks_give_the_same_randomness(void **state)
{
    (void)state;
    const uint64_t numbers[] = {1, 2, 3};
    uint8_t one[HS_HASH_BYTES];
    uint8_t again[HS_HASH_BYTES];
    mix_all(one, 4, numbers, 3);
    mix_all(again, 4, numbers, 3);
    assert_memory_equal(one, again, sizeof one);
}

/* P3 */
static void every_output_and_its_place_counts(void **state)
{
    (void)state;
    const uint64_t runs[][3] = {{1, 2, 3}, {9, 2, 3}, {1, 9, 3}, {1, 2, 9}, {2, 1, 3}};
    uint8_t results[7][HS_HASH_BYTES];
    for (size_t i = 0; i < 5; i++) {
        mix_all(results[i], 4, runs[i], 3);
    }
    mix_all(results[5], 4, runs[0], 2);
    mix_all(results[6], 4, runs[0], 0);
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(results[i], results[j], HS_HASH_BYTES);
        }
    }
}

/* P3: blocks or not, no two epochs share their leaders. */
static void every_epoch_has_randomness_of_its_own(void **state)
{
    (void)state;
    uint8_t results[6][HS_HASH_BYTES];
    hs_randomness_of_genesis(results[0], of_epoch, 0);
    hs_randomness_of_genesis(results[1], of_epoch, 1);
    assert_memory_equal(results[0], of_epoch, HS_HASH_BYTES);
    for (uint64_t epoch = 0; epoch < 4; epoch++) {
        struct hs_randomness_mix mix;
        hs_randomness_begin(&mix, results[epoch], epoch);
        hs_randomness_end(results[epoch + 2], &mix, epoch);
    }
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(results[i], results[j], HS_HASH_BYTES);
        }
    }
    mix_all(results[0], 4, NULL, 0);
    mix_all(results[1], 5, NULL, 0);
    assert_memory_not_equal(results[0], results[1], HS_HASH_BYTES);
}

/* -- withholding ------------------------------------------------------------------------------
 *
 * One of n equal validators makes the last k blocks of an epoch. It sees 2^k results, one for each
 * way to show and to keep back, and takes the one that gives it most turns in the first views of
 * the epoch after the next. Were the results draws of their own, it would get the best of 2^k. */

#define MEMBERS         4u
#define VIEWS           8u
#define SEQUENCES       (1u << 16) /* MEMBERS to the power of VIEWS */
#define CHOICES_LOG_MAX 4u

/* Of all sequences of leaders, how many give member 0 so many turns: counted one by one. */
static void count_sequences(uint32_t counts[VIEWS + 1])
{
    memset(counts, 0, (VIEWS + 1) * sizeof counts[0]);
    for (uint32_t sequence = 0; sequence < SEQUENCES; sequence++) {
        uint32_t turns = 0;
        for (uint32_t view = 0; view < VIEWS; view++) {
            turns += (sequence >> 2 * view & 3) == 0;
        }
        counts[turns]++;
    }
}

/* The mean of the best of 2^k draws, in thousandths: the sum over t of P(best > t), where
 * P(best <= t) is P(one <= t) to the power of 2^k. */
static uint64_t expected_best(uint32_t k)
{
    uint32_t counts[VIEWS + 1];
    count_sequences(counts);
    uint64_t below = 0;
    uint64_t sum = 0;
    for (uint32_t turns = 0; turns < VIEWS; turns++) {
        below += counts[turns];
        uint64_t all_below = below << 16; /* of 2^32 */
        for (uint32_t i = 0; i < k; i++) {
            all_below = (all_below >> 1) * (all_below >> 1) >> 30;
        }
        sum += (UINT64_C(1) << 32) - all_below;
    }
    return sum * 1000 >> 32;
}

/* Turns of member 0, drawn by the rule itself. */
static uint32_t turns_drawn(const uint8_t randomness[HS_HASH_BYTES])
{
    static struct hs_validator_set set;
    set.count = MEMBERS;
    set.weight_total = MEMBERS;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        set.validators[i].weight = 1;
    }
    struct hs_leader_rule rule = {.election = HS_LEADER_WEIGHTED, .validators = &set};
    memcpy(rule.randomness, randomness, HS_HASH_BYTES);
    uint32_t turns = 0;
    for (uint64_t view = 1; view <= VIEWS; view++) {
        turns += hs_leader_of(&rule, view) == 0;
    }
    return turns;
}

/* The best that member 0 can do at the end of one epoch. */
static uint32_t best_of_choices(uint64_t epoch, uint32_t k)
{
    uint32_t best = 0;
    for (uint32_t shown = 0; shown < 1u << k; shown++) {
        uint64_t numbers[1 + CHOICES_LOG_MAX] = {1000 * epoch};
        size_t count = 1;
        for (uint32_t i = 0; i < k; i++) {
            if ((shown >> i & 1) != 0) {
                numbers[count++] = 1000 * epoch + 1 + i;
            }
        }
        uint8_t randomness[HS_HASH_BYTES];
        mix_all(randomness, epoch, numbers, count);
        uint32_t turns = turns_drawn(randomness);
        best = turns > best ? turns : best;
    }
    return best;
}

/* P3: over 10,000 epochs the mean lies within six standard deviations of the mean of the best of
 * 2^k draws (the deviation of one is at most 1.23). */
static void who_keeps_blocks_back_gets_the_best_of_as_many_draws(void **state)
{
    (void)state;
    /* As docs/protocol.md has them. */
    static const uint64_t expected[] = {2000, 2673, 3276, 3809, 4283};
    for (uint32_t k = 0; k <= CHOICES_LOG_MAX; k++) {
        assert_in_range(expected_best(k), expected[k] - 1, expected[k] + 1);
        uint64_t sum = 0;
        for (uint64_t epoch = 0; epoch < 10000; epoch++) {
            sum += best_of_choices(epoch, k);
        }
        assert_in_range(sum, 10 * expected[k] - 740, 10 * expected[k] + 740);
    }
}

/* P3: weighed by the chance that exactly the last k are its own, a quarter of the weight, which is
 * all that may be Byzantine, gains an eighth more turns at most. */
static void keeping_back_gains_a_quarter_of_the_weight_an_eighth(void **state)
{
    (void)state;
    uint64_t fair = expected_best(0);
    uint64_t gain = 0; /* in thousandths of a turn, times 4^5 */
    for (uint32_t k = 1; k <= CHOICES_LOG_MAX; k++) {
        uint64_t chance = 3u << 2 * (CHOICES_LOG_MAX - k); /* (1/4)^k * 3/4, times 4^5 */
        gain += chance * (expected_best(k) - fair);
    }
    gain += VIEWS * 1000; /* longer runs, which come once in 4^5 epochs: say, every turn there is */
    assert_true(8 * gain < 1024 * fair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_blocks_give_the_same_randomness),
        cmocka_unit_test(every_output_and_its_place_counts),
        cmocka_unit_test(every_epoch_has_randomness_of_its_own),
        cmocka_unit_test(who_keeps_blocks_back_gets_the_best_of_as_many_draws),
        cmocka_unit_test(keeping_back_gains_a_quarter_of_the_weight_an_eighth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
