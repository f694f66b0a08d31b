/* hs_check_fees: what blocks pay for, computed once more.
 *
 *   - the gas of an executed block is within the chain's limit (F2)
 *   - the base fee of a block on it is the one that its own base fee and its gas fix (F1, F3)
 *
 * From the bytes of the transactions and in 128 bits: nothing of the ledger's own arithmetic is used.
 */
#ifndef HS_SIM_CHECK_FEES_H
#define HS_SIM_CHECK_FEES_H

#include "sim/check.h"

/* The gas of a transaction that is well-formed. */
uint64_t hs_check_fees_gas(struct hs_bytes transaction);
/* F1: the base fee, in units per gas, behind a block of this base fee and gas. */
uint64_t hs_check_fees_next(const struct hs_fee_parameters *fees, uint64_t base_fee,
                            uint64_t gas_used);

/* What a process executed of a block, and the base fee that its ledger has for the next one. */
struct hs_check_fees_block {
    uint64_t height;
    struct hs_amount base_fee;
    const struct hs_bytes *transactions;
    size_t count;
    const bool *included; /* NULL: all */
    struct hs_amount next_base_fee;
};
void hs_check_fees_executed(struct hs_check *check, uint32_t process,
                            const struct hs_check_fees_block *block);

#endif
