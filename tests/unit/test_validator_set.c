/* Bitmaps, quorums and what a validator set may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/bitmap.h"
#include "consensus/validator_set.h"

static struct hs_validator_set set;

/* A right set of `count` validators of weight 1. */
static void make_set(uint32_t count)
{
    memset(&set, 0, sizeof set);
    set.count = count;
    set.weight_total = count;
    for (uint32_t i = 0; i < count; i++) {
        set.validators[i].bls_public_key.bytes[0] = (uint8_t)(i + 1);
        set.validators[i].network_key.bytes[31] = (uint8_t)(i + 1);
        set.validators[i].weight = 1;
    }
}

static void a_right_set_passes(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= HS_VALIDATORS_MAX; count++) {
        make_set(count);
        assert_int_equal(hs_validator_set_check(&set), HS_OK);
    }
}

static void an_empty_or_too_large_set_is_refused(void **state)
{
    (void)state;
    make_set(1);
    set.count = 0;
    set.weight_total = 0;
    assert_int_equal(hs_validator_set_check(&set), HS_INVALID_ARGUMENT);
    make_set(HS_VALIDATORS_MAX);
    set.count = HS_VALIDATORS_MAX + 1;
    assert_int_equal(hs_validator_set_check(&set), HS_INVALID_ARGUMENT);
}

static void a_validator_without_weight_is_refused(void **state)
{
    (void)state;
    make_set(4);
    set.validators[3].weight = 0;
    set.weight_total = 3;
    assert_int_equal(hs_validator_set_check(&set), HS_INVALID_ARGUMENT);
}

static void the_total_is_the_sum_and_limited(void **state)
{
    (void)state;
    make_set(4);
    set.weight_total = 5;
    assert_int_equal(hs_validator_set_check(&set), HS_INVALID_ARGUMENT);

    make_set(2);
    set.validators[0].weight = HS_WEIGHT_TOTAL_MAX - 1;
    set.weight_total = HS_WEIGHT_TOTAL_MAX;
    assert_int_equal(hs_validator_set_check(&set), HS_OK);
    set.validators[0].weight = HS_WEIGHT_TOTAL_MAX;
    set.weight_total = HS_WEIGHT_TOTAL_MAX + 1;
    assert_int_equal(hs_validator_set_check(&set), HS_INVALID_ARGUMENT);

    /* A sum that wraps to a small total. */
    make_set(5);
    for (uint32_t i = 0; i < 4; i++) {
        set.validators[i].weight = UINT64_C(1) << 62;
    }
    set.weight_total = 1;
    assert_int_equal(hs_validator_set_check(&set), HS_INVALID_ARGUMENT);
}

static void a_key_belongs_to_one_validator(void **state)
{
    (void)state;
    make_set(HS_VALIDATORS_MAX);
    set.validators[127].bls_public_key = set.validators[0].bls_public_key;
    assert_int_equal(hs_validator_set_check(&set), HS_INVALID_ARGUMENT);
    make_set(HS_VALIDATORS_MAX);
    set.validators[126].network_key = set.validators[125].network_key;
    assert_int_equal(hs_validator_set_check(&set), HS_INVALID_ARGUMENT);
}

/* The quorum is the least weight with which the sum of two quorums exceeds W by more than
 * W/3: found here by trying, over all totals and not by the formula. */
static void quorum_is_the_least_above_two_thirds(void **state)
{
    (void)state;
    make_set(1);
    for (uint64_t total = 1; total <= 3000; total++) {
        uint64_t least = 1;
        while (3 * least <= 2 * total) {
            least++;
        }
        set.weight_total = total;
        assert_true(hs_validator_set_quorum(&set) == least);
        assert_true(least <= total);
    }
}

/* All sets of up to 5 validators with weights of 1 .. 4, all pairs of quorums and all sets of
 * Byzantine validators that the rule allows. */
static void two_quorums_share_an_honest_validator(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 5; count++) {
        uint32_t combinations = 1u << 2 * count;
        for (uint32_t combination = 0; combination < combinations; combination++) {
            make_set(count);
            set.weight_total = 0;
            for (uint32_t i = 0; i < count; i++) {
                set.validators[i].weight = 1 + (combination >> 2 * i & 3);
                set.weight_total += set.validators[i].weight;
            }
            uint64_t weights[32];
            for (uint32_t subset = 0; subset < 1u << count; subset++) {
                struct hs_bitmap signers = {{(uint8_t)subset}};
                weights[subset] = hs_validator_set_weight_of(&set, &signers);
            }
            uint64_t quorum = hs_validator_set_quorum(&set);
            uint64_t byzantine_max = set.weight_total - quorum;
            assert_true(hs_validator_set_honest(&set) == byzantine_max + 1);
            for (uint32_t a = 0; a < 1u << count; a++) {
                for (uint32_t b = 0; b <= a; b++) {
                    if (weights[a] >= quorum && weights[b] >= quorum) {
                        assert_true(weights[a & b] > byzantine_max);
                    }
                }
            }
        }
    }
}

static void three_equal_validators_need_all_three(void **state)
{
    (void)state;
    make_set(3);
    assert_true(hs_validator_set_quorum(&set) == 3);
    assert_true(hs_validator_set_honest(&set) == 1);
    make_set(1);
    assert_true(hs_validator_set_quorum(&set) == 1);
    make_set(4);
    assert_true(hs_validator_set_quorum(&set) == 3);
    assert_true(hs_validator_set_honest(&set) == 2);
}

static void the_largest_total_has_a_quorum(void **state)
{
    (void)state;
    make_set(1);
    set.weight_total = HS_WEIGHT_TOTAL_MAX;
    /* 2^62 - 1 is divisible by 3. */
    assert_true(hs_validator_set_quorum(&set) == HS_WEIGHT_TOTAL_MAX / 3 * 2 + 1);
}

static void weight_counts_members_only(void **state)
{
    (void)state;
    make_set(7);
    set.validators[6].weight = 10;
    set.weight_total = 16;
    struct hs_bitmap signers;
    memset(&signers, 0xff, sizeof signers);
    assert_true(hs_validator_set_weight_of(&set, &signers) == 16);
    hs_bitmap_clear(&signers, 6);
    assert_true(hs_validator_set_weight_of(&set, &signers) == 6);
    assert_true(hs_validator_set_weight(&set, 6) == 10);
    assert_true(hs_validator_set_weight(&set, 7) == 0);
    assert_true(hs_validator_set_weight(&set, UINT32_MAX) == 0);
}

static void a_bitmap_holds_what_was_set(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        struct hs_bitmap bitmap = {{0}};
        assert_true(hs_bitmap_is_empty(&bitmap));
        hs_bitmap_set(&bitmap, i);
        assert_false(hs_bitmap_is_empty(&bitmap));
        assert_int_equal(bitmap.bytes[i / 8], 1 << i % 8);
        for (uint32_t j = 0; j < HS_VALIDATORS_MAX; j++) {
            assert_int_equal(hs_bitmap_get(&bitmap, j), i == j);
        }
        assert_int_equal(hs_bitmap_count(&bitmap), 1);
        assert_int_equal(hs_bitmap_next(&bitmap, 0), i);
        assert_int_equal(hs_bitmap_next(&bitmap, i), i);
        assert_int_equal(hs_bitmap_next(&bitmap, i + 1), HS_VALIDATORS_MAX);
        assert_true(hs_bitmap_fits(&bitmap, i + 1));
        assert_false(hs_bitmap_fits(&bitmap, i));
        hs_bitmap_clear(&bitmap, i);
        assert_true(hs_bitmap_is_empty(&bitmap));
    }
}

static void no_index_beyond_the_limit_is_in_a_bitmap(void **state)
{
    (void)state;
    struct hs_bitmap bitmap;
    memset(&bitmap, 0xff, sizeof bitmap);
    assert_false(hs_bitmap_get(&bitmap, HS_VALIDATORS_MAX));
    assert_false(hs_bitmap_get(&bitmap, UINT32_MAX));
    assert_int_equal(hs_bitmap_next(&bitmap, UINT32_MAX), HS_VALIDATORS_MAX);
    assert_int_equal(hs_bitmap_count(&bitmap), HS_VALIDATORS_MAX);
    assert_true(hs_bitmap_fits(&bitmap, HS_VALIDATORS_MAX));
}

static void sets_meet_and_join(void **state)
{
    (void)state;
    struct hs_bitmap odd = {{0}};
    struct hs_bitmap even = {{0}};
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        hs_bitmap_set(i % 2 != 0 ? &odd : &even, i);
    }
    assert_false(hs_bitmap_overlap(&odd, &even));
    assert_false(hs_bitmap_equal(&odd, &even));
    hs_bitmap_set(&odd, 126);
    assert_true(hs_bitmap_overlap(&odd, &even));
    hs_bitmap_add(&odd, &even);
    assert_int_equal(hs_bitmap_count(&odd), HS_VALIDATORS_MAX);
    assert_int_equal(hs_bitmap_count(&even), HS_VALIDATORS_MAX / 2);
    hs_bitmap_add(&even, &odd);
    assert_true(hs_bitmap_equal(&odd, &even));
}

static void a_bitmap_on_the_wire_has_no_spare_byte(void **state)
{
    (void)state;
    assert_int_equal(hs_bitmap_bytes(1), 1);
    assert_int_equal(hs_bitmap_bytes(8), 1);
    assert_int_equal(hs_bitmap_bytes(9), 2);
    assert_int_equal(hs_bitmap_bytes(HS_VALIDATORS_MAX), HS_BITMAP_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_set_passes),
        cmocka_unit_test(an_empty_or_too_large_set_is_refused),
        cmocka_unit_test(a_validator_without_weight_is_refused),
        cmocka_unit_test(the_total_is_the_sum_and_limited),
        cmocka_unit_test(a_key_belongs_to_one_validator),
        cmocka_unit_test(quorum_is_the_least_above_two_thirds),
        cmocka_unit_test(two_quorums_share_an_honest_validator),
        cmocka_unit_test(three_equal_validators_need_all_three),
        cmocka_unit_test(the_largest_total_has_a_quorum),
        cmocka_unit_test(weight_counts_members_only),
        cmocka_unit_test(a_bitmap_holds_what_was_set),
        cmocka_unit_test(no_index_beyond_the_limit_is_in_a_bitmap),
        cmocka_unit_test(sets_meet_and_join),
        cmocka_unit_test(a_bitmap_on_the_wire_has_no_spare_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
