/* The parameters of a chain's economics: each limit, from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/parameters.h"

static void defaults_hold(void **state)
{
    (void)state;
    struct hs_ledger_parameters parameters;
    struct hs_parameter_fault fault;
    hs_ledger_parameters_default(&parameters);
    assert_true(hs_ledger_parameters_hold(&parameters, &fault));
    assert_true(parameters.fees.gas_limit == HS_BLOCK_TRANSACTIONS_MAX);
}

/* One parameter: where it is, of how many bytes, and what it may be beside the others' defaults. */
struct member {
    const char *name;
    size_t at;
    size_t size;
    uint64_t least;
    uint64_t most;
};

#define MEMBER(part, member, least, most)                                                          \
    {                                                                                              \
#part "." #member, offsetof(struct hs_ledger_parameters, part.member),                     \
            sizeof((struct hs_ledger_parameters *)NULL)->part.member, least, most                  \
    }

static bool holds_with(const struct member *member, uint64_t value,
                       struct hs_parameter_fault *fault)
{
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    uint32_t small = (uint32_t)value;
    if (member->size == sizeof small) {
        memcpy((uint8_t *)&parameters + member->at, &small, sizeof small);
    } else {
        memcpy((uint8_t *)&parameters + member->at, &value, sizeof value);
    }
    return hs_ledger_parameters_hold(&parameters, fault);
}

static void assert_fault(const struct member *member, uint64_t value)
{
    struct hs_parameter_fault fault;
    assert_false(holds_with(member, value, &fault));
    assert_string_equal(fault.member, member->name);
    assert_true(fault.value == value && fault.at_least == member->least);
    assert_true(fault.at_most == member->most && fault.why[0] != '\0');
}

static void each_parameter_is_held_to_its_limits_and_named(void **state)
{
    (void)state;
    static const struct member MEMBERS[] = {
        MEMBER(fees, base_fee, 10, HS_BASE_FEE_MAX),
        MEMBER(fees, gas_limit, HS_TRANSACTION_GAS_MAX, HS_BLOCK_GAS_MAX),
        MEMBER(commits, deposit, 1, UINT64_MAX),
        MEMBER(commits, window_blocks, 1, HS_COMMIT_WINDOW_BLOCKS_MAX),
        MEMBER(commits, per_sender_max, 1, HS_COMMITS_MAX),
        MEMBER(staking, epoch_blocks, 0, HS_EPOCH_BLOCKS_MAX),
        MEMBER(staking, stake_min, 1, HS_WEIGHT_TOTAL_MAX),
        MEMBER(staking, validators_max, 1, HS_VALIDATORS_MAX),
        MEMBER(staking, slash_per_mille, 1, 1000),
        MEMBER(staking, jail_epochs, 1, HS_JAIL_EPOCHS_MAX),
        MEMBER(staking, evidence_epochs, 1, 4),
    };
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
        struct hs_parameter_fault fault;
        assert_true(holds_with(&MEMBERS[i], MEMBERS[i].least, &fault));
        assert_true(holds_with(&MEMBERS[i], MEMBERS[i].most, &fault));
        if (MEMBERS[i].least > 0) {
            assert_fault(&MEMBERS[i], MEMBERS[i].least - 1);
        }
        if (MEMBERS[i].most < UINT64_MAX) {
            assert_fault(&MEMBERS[i], MEMBERS[i].most + 1);
        }
    }
}

static void parameters_that_bound_each_other_are_held_together(void **state)
{
    (void)state;
    struct hs_ledger_parameters parameters;
    struct hs_parameter_fault fault;
    hs_ledger_parameters_default(&parameters);
    parameters.fees.base_fee_min.units = 11;
    assert_false(hs_ledger_parameters_hold(&parameters, &fault));
    assert_string_equal(fault.member, "fees.base_fee");
    assert_true(fault.value == 10 && fault.at_least == 11);
    parameters.fees.base_fee.units = 11;
    assert_true(hs_ledger_parameters_hold(&parameters, &fault));
    parameters.fees.base_fee_min.units = HS_BASE_FEE_MIN - 1;
    assert_false(hs_ledger_parameters_hold(&parameters, &fault));
    assert_string_equal(fault.member, "fees.base_fee_min");
    parameters.fees.base_fee_min.units = HS_BASE_FEE_MAX + 1;
    assert_false(hs_ledger_parameters_hold(&parameters, &fault));
    hs_ledger_parameters_default(&parameters);
    parameters.commits.total_max = 5;
    assert_false(hs_ledger_parameters_hold(&parameters, &fault));
    assert_string_equal(fault.member, "commits.per_sender_max");
    hs_ledger_parameters_default(&parameters);
    parameters.commits.total_max = 0;
    assert_false(hs_ledger_parameters_hold(&parameters, &fault));
    assert_string_equal(fault.member, "commits.total_max");
    hs_ledger_parameters_default(&parameters);
    parameters.staking.unbonding_epochs = HS_UNBONDING_EPOCHS_MAX + 1;
    assert_false(hs_ledger_parameters_hold(&parameters, &fault));
    assert_string_equal(fault.member, "staking.unbonding_epochs");
}

/* F1: half the limit is the target; of an odd one a full block would be above an eighth's step. */
static void an_odd_gas_limit_is_refused(void **state)
{
    (void)state;
    struct hs_ledger_parameters parameters;
    struct hs_parameter_fault fault;
    hs_ledger_parameters_default(&parameters);
    parameters.fees.gas_limit++;
    assert_false(hs_ledger_parameters_hold(&parameters, &fault));
    assert_string_equal(fault.member, "fees.gas_limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold),
        cmocka_unit_test(each_parameter_is_held_to_its_limits_and_named),
        cmocka_unit_test(parameters_that_bound_each_other_are_held_together),
        cmocka_unit_test(an_odd_gas_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
