/* The fee market's arithmetic, at the edges of the integers and against the formula in 128 bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ledger/fees.h"

__extension__ typedef unsigned __int128 wide;

static const struct hs_fee_parameters SMALL = {
    .base_fee = {80}, .base_fee_min = {8}, .gas_limit = 100};
static const struct hs_fee_parameters LARGEST = {
    .base_fee = {8}, .base_fee_min = {8}, .gas_limit = HS_BLOCK_GAS_MAX};

static uint64_t next(const struct hs_fee_parameters *parameters, uint64_t base_fee, uint64_t used)
{
    return hs_fees_next(parameters, (struct hs_amount){base_fee}, used).units;
}

/* F1 */
static void a_block_at_its_target_keeps_the_base_fee(void **state)
{
    (void)state;
    assert_true(next(&SMALL, 80, 50) == 80);
    assert_true(next(&SMALL, HS_BASE_FEE_MAX, 50) == HS_BASE_FEE_MAX);
    assert_true(next(&LARGEST, HS_BASE_FEE_MAX, HS_BLOCK_GAS_MAX / 2) == HS_BASE_FEE_MAX);
}

/* F1 */
static void a_full_block_raises_it_and_an_empty_one_lowers_it_by_an_eighth(void **state)
{
    (void)state;
    assert_true(next(&SMALL, 80, 100) == 90);
    assert_true(next(&SMALL, 80, 0) == 70);
    assert_true(next(&SMALL, 80, 75) == 85);
    assert_true(next(&SMALL, 80, 25) == 75);
    assert_true(next(&SMALL, 79, 100) == 79 + 9);
    assert_true(next(&SMALL, 79, 0) == 79 - 9);
}

/* F1: fractions of a unit are dropped, up and down. */
static void steps_are_rounded_down(void **state)
{
    (void)state;
    assert_true(next(&SMALL, 80, 54) == 80);
    assert_true(next(&SMALL, 80, 55) == 81);
    assert_true(next(&SMALL, 80, 46) == 80);
    assert_true(next(&SMALL, 80, 45) == 79);
}

/* F1: from the least base fee on the fee can rise. */
static void it_stays_within_its_bounds_and_leaves_them_again(void **state)
{
    (void)state;
    assert_true(next(&SMALL, 8, 0) == 8);
    assert_true(next(&SMALL, 8, 100) == 9);
    assert_true(next(&SMALL, 9, 0) == 8);
    assert_true(next(&SMALL, HS_BASE_FEE_MAX, 100) == HS_BASE_FEE_MAX);
    assert_true(next(&SMALL, HS_BASE_FEE_MAX - 1, 100) == HS_BASE_FEE_MAX);
    assert_true(next(&SMALL, HS_BASE_FEE_MAX, 0) == HS_BASE_FEE_MAX - HS_BASE_FEE_MAX / 8);
    assert_true(next(&LARGEST, HS_BASE_FEE_MAX, HS_BLOCK_GAS_MAX) == HS_BASE_FEE_MAX);
    assert_true(next(&LARGEST, HS_BASE_FEE_MAX, 0) == HS_BASE_FEE_MAX - HS_BASE_FEE_MAX / 8);
}

static uint64_t in_128_bits(const struct hs_fee_parameters *parameters, uint64_t base_fee,
                            uint64_t used)
{
    wide target = parameters->gas_limit / 2;
    wide fee = base_fee;
    wide moved = used > target ? fee + fee * (used - target) / target / 8
                               : fee - fee * (target - used) / target / 8;
    wide least = parameters->base_fee_min.units;
    moved = moved < least ? least : moved;
    return moved > HS_BASE_FEE_MAX ? HS_BASE_FEE_MAX : (uint64_t)moved;
}

static uint64_t random_state = 88172645463325252u;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

/* F1 */
static void it_is_the_formula_in_wider_integers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000000; i++) {
        struct hs_fee_parameters parameters = {
            .base_fee_min = {HS_BASE_FEE_MIN + random_below(100)},
            .gas_limit = HS_TRANSACTION_GAS_MAX +
                         random_below((HS_BLOCK_GAS_MAX - HS_TRANSACTION_GAS_MAX) / 2) * 2,
        };
        uint64_t least = parameters.base_fee_min.units;
        uint64_t span = (HS_BASE_FEE_MAX - least) >> random_below(43);
        uint64_t base_fee = least + random_below(span + 1);
        uint64_t used = random_below(parameters.gas_limit + 1);
        uint64_t found = next(&parameters, base_fee, used);
        assert_true(found == in_128_bits(&parameters, base_fee, used));
        assert_true(found <= base_fee + base_fee / 8 && found >= base_fee - base_fee / 8);
    }
}

static void gas_counts_bytes_begun_in_two_hundreds(void **state)
{
    (void)state;
    assert_int_equal(hs_fees_gas(HS_TRANSACTION_TRANSFER, HS_TRANSACTION_TRANSFER_BYTES), 1);
    assert_int_equal(hs_fees_gas(HS_TRANSACTION_TRANSFER, 200), 1);
    assert_int_equal(hs_fees_gas(HS_TRANSACTION_TRANSFER, 201), 2);
    assert_int_equal(hs_fees_gas(HS_TRANSACTION_TRANSFER, HS_TRANSACTION_BYTES_MAX), 6);
}

static void what_is_dearer_to_check_or_to_keep_has_more_gas(void **state)
{
    (void)state;
    const struct {
        enum hs_transaction_type type;
        uint32_t extra;
    } types[] = {
        {HS_TRANSACTION_TRANSFER, 0},  {HS_TRANSACTION_COMMIT, 1}, {HS_TRANSACTION_REVEAL, 1},
        {HS_TRANSACTION_REGISTER, 30}, {HS_TRANSACTION_STAKE, 0},  {HS_TRANSACTION_UNSTAKE, 0},
        {HS_TRANSACTION_ROTATE, 30},   {HS_TRANSACTION_LEAVE, 0},  {HS_TRANSACTION_UNJAIL, 0},
        {HS_TRANSACTION_EVIDENCE, 60},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_int_equal(hs_fees_gas(types[i].type, 200), 1 + types[i].extra);
        assert_true(hs_fees_gas(types[i].type, HS_TRANSACTION_BYTES_MAX) <= HS_TRANSACTION_GAS_MAX);
    }
}

/* F4 */
static void what_max_fee_leaves_goes_to_the_proposer_up_to_max_tip(void **state)
{
    (void)state;
    struct hs_fee fee;
    assert_int_equal(hs_fees_split(&fee, 3, (struct hs_amount){30}, (struct hs_amount){5},
                                   (struct hs_amount){10}),
                     HS_OK);
    assert_true(fee.burned.units == 30 && fee.tip.units == 0);
    assert_int_equal(hs_fees_split(&fee, 3, (struct hs_amount){34}, (struct hs_amount){5},
                                   (struct hs_amount){10}),
                     HS_OK);
    assert_true(fee.burned.units == 30 && fee.tip.units == 4);
    assert_int_equal(hs_fees_split(&fee, 3, (struct hs_amount){UINT64_MAX}, (struct hs_amount){5},
                                   (struct hs_amount){10}),
                     HS_OK);
    assert_true(fee.burned.units == 30 && fee.tip.units == 5);
    assert_int_equal(hs_fees_split(&fee, 3, (struct hs_amount){29}, (struct hs_amount){5},
                                   (struct hs_amount){10}),
                     HS_FEE_TOO_LOW);
}

/* F4 */
static void the_largest_fee_is_split_without_overflow(void **state)
{
    (void)state;
    struct hs_fee fee;
    const struct hs_amount largest = {UINT64_MAX};
    assert_int_equal(hs_fees_split(&fee, HS_TRANSACTION_GAS_MAX, largest, largest,
                                   (struct hs_amount){HS_BASE_FEE_MAX}),
                     HS_OK);
    assert_true(fee.burned.units == HS_TRANSACTION_GAS_MAX * HS_BASE_FEE_MAX);
    assert_true(fee.burned.units + fee.tip.units == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_at_its_target_keeps_the_base_fee),
        cmocka_unit_test(a_full_block_raises_it_and_an_empty_one_lowers_it_by_an_eighth),
        cmocka_unit_test(steps_are_rounded_down),
        cmocka_unit_test(it_stays_within_its_bounds_and_leaves_them_again),
        cmocka_unit_test(it_is_the_formula_in_wider_integers),
        cmocka_unit_test(gas_counts_bytes_begun_in_two_hundreds),
        cmocka_unit_test(what_is_dearer_to_check_or_to_keep_has_more_gas),
        cmocka_unit_test(what_max_fee_leaves_goes_to_the_proposer_up_to_max_tip),
        cmocka_unit_test(the_largest_fee_is_split_without_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
