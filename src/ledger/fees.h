/* Fees: what a transaction uses, and what that costs (EIP-1559).
 *
 * A unit of gas is what a plain transfer costs. A block's header carries the base fee, in units per
 * gas: it is burned, and it follows demand. Blocks that use more than half of the gas limit make it
 * rise, by an eighth at most, blocks that use less make it fall, so that in the long run they are
 * half full and what is above goes to who bids more. What a transaction pays on top, its tip, is the
 * proposer's.
 *
 *     F1   target = gas_limit / 2
 *          next   = base_fee + base_fee * (used - target) / target / 8     when used > target
 *                   base_fee - base_fee * (target - used) / target / 8     when used < target
 *          rounded down, and kept within base_fee_min .. HS_BASE_FEE_MAX
 *
 * Pure functions of integers. By the limits of the parameters no product exceeds 64 bits.
 */
#ifndef HS_LEDGER_FEES_H
#define HS_LEDGER_FEES_H

#include <hotstuff/status.h>

#include "ledger/parameters.h"
#include "wire/transaction.h"

/* The gas of a transaction of this type and size: 1 for each 200 bytes begun, and what its type
 * costs more than its bytes. At most HS_TRANSACTION_GAS_MAX. */
uint32_t hs_fees_gas(enum hs_transaction_type type, size_t transaction_bytes);

/* F1: the base fee of the block after one with this base fee that used so much gas (at most the
 * gas limit). The parameters hold, and the base fee is within their limits. */
struct hs_amount hs_fees_next(const struct hs_fee_parameters *parameters, struct hs_amount base_fee,
                              uint64_t gas_used);

/* F4: what a transaction burns, and what it gives to the proposer. */
struct hs_fee {
    struct hs_amount burned;
    struct hs_amount tip;
};

/* HS_OK, or HS_FEE_TOO_LOW: max_fee does not cover the base fee for this gas. The sum of both parts
 * is at most max_fee. */
HS_MUST_CHECK enum hs_status hs_fees_split(struct hs_fee *fee, uint32_t gas,
                                           struct hs_amount max_fee, struct hs_amount max_tip,
                                           struct hs_amount base_fee);

#endif
