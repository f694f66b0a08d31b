/* hs_execution: the running of one block, as the transactions of every type share it.
 *
 * executor.c reads all accounts that a block names in one batch, runs its transactions one after the
 * other, and writes what changed. How a type of transaction runs is in a file of its own, in two
 * steps: all that can refuse it is checked while nothing is changed, then it is paid and takes
 * effect, and nothing can refuse it any more.
 *
 *     hs_payment_check ──► may it be paid?        the type's own checks        hs_payment_make
 */
#ifndef HS_LEDGER_EXECUTION_H
#define HS_LEDGER_EXECUTION_H

#include "ledger/block_order.h"
#include "ledger/ledger_parts.h"

struct hs_execution {
    struct hs_ledger *ledger;
    const struct hs_block_context *block;
    uint64_t gas_used;
    uint32_t fee_recipient; /* index of a touched account */
    uint32_t account_count;
    uint32_t transaction_count; /* that are in the block so far */
    struct hs_block_order order;
};

/* What a transaction takes from its sender and gives to it, besides the fee. */
struct hs_payment {
    struct hs_amount amount; /* to the recipient */
    struct hs_amount locked; /* from now on held by the registry */
    struct hs_amount
        released; /* held by the registry until now: the sender's again, first of all */
};

/* What hs_payment_check found out, for hs_payment_make. */
struct hs_payment_plan {
    struct hs_amount left; /* the sender's balance after it, if it is paid nothing itself */
    struct hs_fee fee;
    uint32_t accounts_made;
};

/* X2, F2, F4: may this transaction be paid, with its nonce, on the accounts as they are now? HS_OK
 * and *plan, or why not. */
HS_MUST_CHECK enum hs_status hs_payment_check(const struct hs_execution *execution,
                                              struct hs_payment_plan *plan,
                                              const struct hs_prepared_transaction *prepared,
                                              const struct hs_payment *payment);

/* Does what was checked, with nothing changed in between. */
void hs_payment_make(struct hs_execution *execution, const struct hs_payment_plan *plan,
                     const struct hs_prepared_transaction *prepared,
                     const struct hs_payment *payment);

#endif
