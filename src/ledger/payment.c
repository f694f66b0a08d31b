/* What every transaction does, whatever its type: it uses up a nonce and gas, moves units and pays its
 * fee.
 */
#include "base/assert.h"
#include "base/mutants.h"
#include "ledger/execution.h"

enum hs_status hs_ledger_cover(struct hs_amount *left, const struct hs_payment *payment,
                               const struct hs_fee *fee, struct hs_amount balance)
{
    uint64_t units = balance.units + payment->released.units; /* parts of the supply */
    const uint64_t costs[] = {
        fee->burned.units + fee->tip.units, /* at most max_fee */
        payment->amount.units,
        payment->locked.units,
    };
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        if (costs[i] > units) {
            return HS_INSUFFICIENT_FUNDS;
        }
        units -= costs[i];
    }
    left->units = units;
    return HS_OK;
}

/* How many of these accounts, which may be one and the same, have no leaf yet. */
static uint32_t count_unmade(const struct hs_touched_account *const accounts[3])
{
    uint32_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        bool seen = false;
        for (size_t j = 0; j < i; j++) {
            seen = seen || accounts[j] == accounts[i];
        }
        count += !seen && !accounts[i]->made;
    }
    return count;
}

/* Nothing given makes no account. */
static uint32_t count_made(const struct hs_execution *execution,
                           const struct hs_prepared_transaction *prepared,
                           const struct hs_payment *payment, const struct hs_fee *fee)
{
    const struct hs_touched_account *accounts = execution->ledger->touched->accounts;
    const struct hs_touched_account *sender = &accounts[prepared->sender];
    const struct hs_touched_account *const given[3] = {
        sender,
        payment->amount.units > 0 ? &accounts[prepared->recipient] : sender,
        fee->tip.units > 0 ? &accounts[execution->fee_recipient] : sender,
    };
    return count_unmade(given);
}

enum hs_status hs_payment_check(const struct hs_execution *execution, struct hs_payment_plan *plan,
                                const struct hs_prepared_transaction *prepared,
                                const struct hs_payment *payment)
{
    const struct hs_ledger *ledger = execution->ledger;
    const struct hs_account *sender = &ledger->touched->accounts[prepared->sender].account;
    if (prepared->nonce < sender->nonce && !HS_MUTANT_REPLAY) {
        return HS_NONCE_TOO_LOW;
    }
    if (prepared->nonce > sender->nonce || prepared->nonce == UINT64_MAX) {
        return HS_NONCE_TOO_HIGH;
    }
    if (prepared->gas > ledger->parameters.fees.gas_limit - execution->gas_used &&
        !HS_MUTANT_GAS_UNLIMITED) { /* F2 */
        return HS_FULL;
    }
    enum hs_status status = hs_fees_split(&plan->fee, prepared->gas, prepared->max_fee,
                                          prepared->max_tip, execution->block->base_fee);
    if (status == HS_OK) {
        status = hs_ledger_cover(&plan->left, payment, &plan->fee, sender->balance);
    }
    if (status != HS_OK) {
        return status;
    }
    plan->accounts_made = count_made(execution, prepared, payment, &plan->fee);
    return plan->accounts_made <= ledger->accounts_max - execution->account_count ? HS_OK : HS_FULL;
}

/* All that the state holds sums up to the supply, which fits 64 bits: so does each sum. */
static void credit(struct hs_touched_account *account, struct hs_amount amount)
{
    HS_ASSERT(amount.units <= UINT64_MAX - account->account.balance.units);
    if (amount.units > 0) {
        account->account.balance.units += amount.units;
        account->made = true;
        account->changed = true;
    }
}

void hs_payment_make(struct hs_execution *execution, const struct hs_payment_plan *plan,
                     const struct hs_prepared_transaction *prepared,
                     const struct hs_payment *payment)
{
    struct hs_touched_accounts *touched = execution->ledger->touched;
    struct hs_touched_account *sender = &touched->accounts[prepared->sender];
    struct hs_touched_account *fee_recipient = &touched->accounts[execution->fee_recipient];
    execution->account_count += plan->accounts_made;
    execution->gas_used += prepared->gas;
    sender->account.balance = plan->left;
    sender->account.nonce++;
    sender->made = true;
    sender->changed = true;
    credit(&touched->accounts[prepared->recipient], payment->amount);
    credit(fee_recipient, plan->fee.tip); /* F4 */
    if (HS_MUTANT_TIP_TWICE) {
        credit(fee_recipient, plan->fee.tip);
    }
    touched->burned.number += plan->fee.burned.units; /* F4 */
}
