/* See check_fees.h. */
#include "sim/check_fees.h"

#include <inttypes.h>

#define NAME          "fees"
#define BYTES_PER_GAS 200u

__extension__ typedef unsigned __int128 wide;

uint64_t hs_check_fees_gas(struct hs_bytes transaction)
{
    /* By the type of a transaction, its second byte, what it costs beyond its bytes. */
    static const uint64_t extra[] = {[2] = 1, [3] = 1, [4] = 30, [7] = 30, [10] = 60};
    uint64_t gas = (transaction.size + BYTES_PER_GAS - 1) / BYTES_PER_GAS;
    uint8_t type = transaction.size > 1 ? transaction.data[1] : 0;
    return gas + (type < sizeof extra / sizeof extra[0] ? extra[type] : 0);
}

uint64_t hs_check_fees_next(const struct hs_fee_parameters *fees, uint64_t base_fee,
                            uint64_t gas_used)
{
    wide now = base_fee;
    wide target = fees->gas_limit / 2;
    wide used = gas_used;
    wide next = used > target ? now + now * (used - target) / (target * 8)
                              : now - now * (target - used) / (target * 8);
    next = next < fees->base_fee_min.units ? fees->base_fee_min.units : next;
    return next > HS_BASE_FEE_MAX ? HS_BASE_FEE_MAX : (uint64_t)next;
}

void hs_check_fees_executed(struct hs_check *check, uint32_t process,
                            const struct hs_check_fees_block *block)
{
    const struct hs_fee_parameters *fees = &check->cluster->parameters.fees;
    uint64_t gas_used = 0;
    for (size_t i = 0; i < block->count; i++) {
        gas_used += block->included == NULL || block->included[i]
                        ? hs_check_fees_gas(block->transactions[i])
                        : 0;
    }
    if (gas_used > fees->gas_limit) {
        hs_check_fail(check, NAME,
                      "F2: node %" PRIu32 " executed a block of %" PRIu64 " gas at height %" PRIu64
                      ", the limit is %" PRIu64,
                      process, gas_used, block->height, fees->gas_limit);
    }
    uint64_t next = hs_check_fees_next(fees, block->base_fee.units, gas_used);
    if (block->next_base_fee.units != next) {
        hs_check_fail(check, NAME,
                      "F1: on node %" PRIu32 " the base fee after height %" PRIu64 " is %" PRIu64
                      "; after %" PRIu64 " with %" PRIu64 " gas it must be %" PRIu64,
                      process, block->height, block->next_base_fee.units, block->base_fee.units,
                      gas_used, next);
    }
}
