#include "ledger/fees.h"

#include "base/assert.h"
#include "base/mutants.h"

#define BYTES_PER_GAS 200u
#define STEP_DIVISOR  8u
/* A record of the registry; the pairing that checks a proof of possession; those of two votes. */
#define RECORD_GAS     1u
#define POSSESSION_GAS 30u
#define EVIDENCE_GAS   60u

_Static_assert(HS_BASE_FEE_MAX <= UINT64_MAX / HS_BLOCK_GAS_MAX, "what a block burns fits 64 bits");
_Static_assert(HS_TRANSACTION_GAS_MAX <= HS_BLOCK_GAS_MAX, "a transaction fits a block");
_Static_assert(HS_BASE_FEE_MIN / STEP_DIVISOR >= 1, "the lowest base fee can rise");

/* What a type costs beyond its bytes: an Ed25519 check is in them. */
static uint32_t extra_gas(enum hs_transaction_type type)
{
    switch (type) {
    case HS_TRANSACTION_TRANSFER:
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        return 0;
    case HS_TRANSACTION_COMMIT:
    case HS_TRANSACTION_REVEAL:
        return RECORD_GAS;
    case HS_TRANSACTION_REGISTER:
    case HS_TRANSACTION_ROTATE:
        return POSSESSION_GAS;
    case HS_TRANSACTION_EVIDENCE:
        return EVIDENCE_GAS;
    }
    return 0;
}

uint32_t hs_fees_gas(enum hs_transaction_type type, size_t transaction_bytes)
{
    HS_ASSERT(transaction_bytes <= HS_TRANSACTION_BYTES_MAX);
    uint32_t bytes = (uint32_t)transaction_bytes;
    return (bytes + BYTES_PER_GAS - 1) / BYTES_PER_GAS + extra_gas(type);
}

/* What a distance from the target comes to. */
static uint64_t step(uint64_t base_fee, uint64_t distance, uint64_t target)
{
    uint64_t product = base_fee * distance;
    if (HS_MUTANT_FEE_OVERFLOW) {
        product = (uint32_t)product;
    }
    return product / target / STEP_DIVISOR;
}

/* F1 */
struct hs_amount hs_fees_next(const struct hs_fee_parameters *parameters, struct hs_amount base_fee,
                              uint64_t gas_used)
{
    HS_ASSERT(gas_used <= parameters->gas_limit && base_fee.units <= HS_BASE_FEE_MAX);
    uint64_t target = parameters->gas_limit / 2;
    if (gas_used >= target) {
        uint64_t rise = step(base_fee.units, gas_used - target, target);
        bool fits = rise <= HS_BASE_FEE_MAX - base_fee.units;
        return (struct hs_amount){fits ? base_fee.units + rise : HS_BASE_FEE_MAX};
    }
    uint64_t next = base_fee.units - step(base_fee.units, target - gas_used, target);
    uint64_t least = parameters->base_fee_min.units;
    return (struct hs_amount){next > least || HS_MUTANT_FEE_FLOORLESS ? next : least};
}

/* F4 */
enum hs_status hs_fees_split(struct hs_fee *fee, uint32_t gas, struct hs_amount max_fee,
                             struct hs_amount max_tip, struct hs_amount base_fee)
{
    fee->burned.units = gas * base_fee.units;
    if (max_fee.units < fee->burned.units) {
        fee->tip.units = 0;
        return HS_MUTANT_FEE_UNCOVERED ? HS_OK : HS_FEE_TOO_LOW;
    }
    uint64_t room = max_fee.units - fee->burned.units;
    fee->tip.units = max_tip.units < room ? max_tip.units : room;
    return HS_OK;
}
