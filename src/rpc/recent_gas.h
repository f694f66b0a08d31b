/* hs_rpc_recent_gas: how full the last blocks were.
 *
 * A header does not say what gas a block used: its payload does, by the types and sizes of its
 * transactions. Each committed block is read once for it, however often it is asked for, so that no
 * batch of questions keeps the loop reading its log. All on the loop thread.
 */
#ifndef HS_RPC_RECENT_GAS_H
#define HS_RPC_RECENT_GAS_H

#include "node/node.h"

struct hs_rpc_block_gas {
    uint64_t height;
    uint64_t gas_used;
    uint32_t transaction_count;
    struct hs_amount base_fee; /* units per gas */
};

/* All zero at first. */
struct hs_rpc_recent_gas {
    struct hs_rpc_block_gas blocks[HS_RPC_FEE_BLOCKS]; /* by height, modulo their number */
};

/* Writes the gas of the last durable blocks to `blocks`, the highest first: HS_RPC_FEE_BLOCKS of
 * them, or as many as there are and the node holds. Returns how many. */
uint32_t hs_rpc_recent_gas_read(struct hs_rpc_recent_gas *recent,
                                struct hs_rpc_block_gas blocks[HS_RPC_FEE_BLOCKS],
                                struct hs_node *node);

#endif
