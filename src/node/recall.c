/* The ids of the transactions that were committed last, read back from the log at a start: a client
 * that asks for its transfer gets the answer that it got before (D7), however far the snapshot
 * reaches. Oldest first, so that the ring forgets in the same order as if it had gone on. */
#include <stdlib.h>

#include "node/node_internal.h"
#include "wire/header.h"

/* The block at a committed height, and the part of it that the log keeps beside the header. */
static enum hs_status read_block(struct hs_node *node, uint64_t height,
                                 struct hs_block_header *header, struct hs_bytes *payload)
{
    struct hs_log_commit commit;
    enum hs_status status = hs_block_log_read_commit(node->durability.log, height, &commit);
    if (status != HS_OK) {
        return status;
    }
    struct hs_log_block record;
    status = hs_block_log_read_block(node->durability.log, commit.block_position, &record);
    if (status != HS_OK) {
        return status;
    }
    *payload = record.payload;
    return hs_header_decode(header, record.header, hs_header_validator_bits(record.header));
}

/* The lowest height whose transactions, with all above it, have room. */
static uint64_t first_height(struct hs_node *node)
{
    uint64_t durable = node->chain.durable.header.height;
    uint64_t lowest = durable > HS_RECALLED_BLOCKS_MAX ? durable - HS_RECALLED_BLOCKS_MAX + 1 : 1;
    uint64_t height = durable + 1;
    uint64_t room = node->config.recent_transactions_max;
    while (height > lowest) {
        struct hs_block_header header;
        struct hs_bytes payload;
        if (read_block(node, height - 1, &header, &payload) != HS_OK ||
            header.transaction_count > room) {
            break;
        }
        room -= header.transaction_count;
        height--;
    }
    return height;
}

void hs_recall_transactions(struct hs_node *node)
{
    for (uint64_t height = first_height(node); height <= node->chain.durable.header.height;
         height++) {
        struct hs_block_header header;
        struct hs_bytes payload;
        struct hs_transaction_summary *transactions = NULL;
        if (read_block(node, height, &header, &payload) != HS_OK ||
            hs_chain_check_payload(&node->application, &header, payload, &transactions) != HS_OK) {
            continue;
        }
        for (uint32_t i = 0; i < header.transaction_count; i++) {
            hs_recent_transactions_add(node->recent, &transactions[i].id, height);
        }
        free(transactions);
    }
}
