#include "rpc/recent_gas.h"

#include "base/bytes.h"
#include "ledger/fees.h"

/* The gas that a payload uses. */
static uint64_t gas_of(struct hs_bytes payload)
{
    uint64_t gas = 0;
    struct hs_reader reader = hs_reader_over(payload.data, payload.size);
    while (hs_reader_left(&reader) > 0) {
        const uint32_t size = hs_read_u32(&reader);
        const struct hs_bytes transaction = {.data = hs_read_span(&reader, size), .size = size};
        if (transaction.data == NULL || size < HS_TRANSACTION_HEAD_BYTES) {
            break; /* not a payload that the ledger executes */
        }
        gas += hs_fees_gas(hs_transaction_type_of(transaction), size);
    }
    return gas;
}

static bool read_gas(struct hs_rpc_block_gas *gas, struct hs_node *node, uint64_t height)
{
    struct hs_node_block block;
    if (hs_node_read_block(node, height, &block) != HS_OK) {
        return false;
    }
    *gas = (struct hs_rpc_block_gas){
        .height = height,
        .gas_used = gas_of(block.payload),
        .transaction_count = block.block.header.transaction_count,
        .base_fee = block.block.header.base_fee,
    };
    return true;
}

uint32_t hs_rpc_recent_gas_read(struct hs_rpc_recent_gas *recent,
                                struct hs_rpc_block_gas blocks[HS_RPC_FEE_BLOCKS],
                                struct hs_node *node)
{
    struct hs_node_status status;
    uint32_t count = 0;
    hs_node_status(node, &status);
    for (uint64_t height = status.height; height > 0 && count < HS_RPC_FEE_BLOCKS; height--) {
        struct hs_rpc_block_gas *gas = &recent->blocks[height % HS_RPC_FEE_BLOCKS];
        if (gas->height != height && !read_gas(gas, node, height)) {
            break; /* below the first one that is held */
        }
        blocks[count++] = *gas;
    }
    return count;
}
