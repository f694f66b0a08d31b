#include "ledger/parameters.h"

void hs_ledger_parameters_default(struct hs_ledger_parameters *parameters)
{
    *parameters = (struct hs_ledger_parameters){
        .fees =
            {
                .base_fee = {10},
                .base_fee_min = {10}, /* an idle chain's state rests */
                .gas_limit = HS_BLOCK_GAS_DEFAULT,
            },
        .commits =
            {
                .deposit = {1000},
                .window_blocks = 100,
                .per_sender_max = 16,
                .total_max = HS_COMMITS_MAX,
            },
        .staking =
            {
                .epoch_blocks = 0,
                .stake_min = {1},
                .validators_max = HS_VALIDATORS_MAX,
                .unbonding_epochs = 4,
                .slash_per_mille = 50,
                .jail_epochs = 4,
                .evidence_epochs = 2,
            },
    };
}

static bool within(struct hs_parameter_fault *fault, const char *member, uint64_t value,
                   uint64_t at_least, uint64_t at_most, const char *why)
{
    if (value >= at_least && value <= at_most) {
        return true;
    }
    *fault = (struct hs_parameter_fault){member, value, at_least, at_most, why};
    return false;
}

static bool fees_hold(const struct hs_fee_parameters *fees, struct hs_parameter_fault *fault)
{
    const char *why = ", and even: half of it is the target, and any one transaction must fit";
    if (!within(fault, "fees.base_fee_min", fees->base_fee_min.units, HS_BASE_FEE_MIN,
                HS_BASE_FEE_MAX, ": an eighth of it is a unit at least") ||
        !within(fault, "fees.base_fee", fees->base_fee.units, fees->base_fee_min.units,
                HS_BASE_FEE_MAX, ": from fees.base_fee_min on") ||
        !within(fault, "fees.gas_limit", fees->gas_limit, HS_TRANSACTION_GAS_MAX, HS_BLOCK_GAS_MAX,
                why)) {
        return false;
    }
    if (fees->gas_limit % 2 != 0) {
        *fault = (struct hs_parameter_fault){"fees.gas_limit", fees->gas_limit,
                                             HS_TRANSACTION_GAS_MAX, HS_BLOCK_GAS_MAX, why};
        return false;
    }
    return true;
}

static bool commits_hold(const struct hs_commit_parameters *commits,
                         struct hs_parameter_fault *fault)
{
    return within(fault, "commits.deposit", commits->deposit.units, 1, UINT64_MAX,
                  ": commitments that cost nothing to forget would fill the state") &&
           within(fault, "commits.window_blocks", commits->window_blocks, 1,
                  HS_COMMIT_WINDOW_BLOCKS_MAX, ": each one waits in the state") &&
           within(fault, "commits.total_max", commits->total_max, 1, HS_COMMITS_MAX,
                  ": each one waits in the state") &&
           within(fault, "commits.per_sender_max", commits->per_sender_max, 1, commits->total_max,
                  ": up to commits.total_max");
}

static bool staking_holds(const struct hs_staking_parameters *staking,
                          struct hs_parameter_fault *fault)
{
    return within(fault, "staking.epoch_blocks", staking->epoch_blocks, 0, HS_EPOCH_BLOCKS_MAX,
                  ": 0 is one epoch for ever") &&
           within(fault, "staking.stake_min", staking->stake_min.units, 1, HS_WEIGHT_TOTAL_MAX,
                  ": stakes are weights") &&
           within(fault, "staking.validators_max", staking->validators_max, 1, HS_VALIDATORS_MAX,
                  ": one bitmap holds a set") &&
           within(fault, "staking.unbonding_epochs", staking->unbonding_epochs, 1,
                  HS_UNBONDING_EPOCHS_MAX, ": each one waits in the state") &&
           within(fault, "staking.slash_per_mille", staking->slash_per_mille, 1, 1000,
                  ": of a thousand") &&
           within(fault, "staking.jail_epochs", staking->jail_epochs, 1, HS_JAIL_EPOCHS_MAX,
                  ": longer is for ever") &&
           within(fault, "staking.evidence_epochs", staking->evidence_epochs, 1,
                  staking->unbonding_epochs < HS_EVIDENCE_EPOCHS_MAX ? staking->unbonding_epochs
                                                                     : HS_EVIDENCE_EPOCHS_MAX,
                  ": up to staking.unbonding_epochs, or a liar is paid out before it is caught");
}

bool hs_ledger_parameters_hold(const struct hs_ledger_parameters *parameters,
                               struct hs_parameter_fault *fault)
{
    return fees_hold(&parameters->fees, fault) && commits_hold(&parameters->commits, fault) &&
           staking_holds(&parameters->staking, fault);
}
