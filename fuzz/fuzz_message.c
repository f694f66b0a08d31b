/* A message that decodes is the encoding of what it decoded to, and all it holds can be walked.
 * The first byte of an input is the number of validators, less one. */
#include <stdlib.h>
#include <string.h>

#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void walk_blocks(const struct hs_message *message, uint32_t validator_count)
{
    struct hs_bytes blocks = message->range_response.blocks;
    struct hs_reader reader = hs_reader_over(blocks.data, blocks.size);
    struct hs_block_header header;
    struct hs_bytes payload;
    for (uint32_t i = 0; i < message->range_response.block_count; i++) {
        check(hs_message_block_next(&reader, &header, &payload, validator_count) == HS_OK);
    }
    check(hs_message_block_next(&reader, &header, &payload, validator_count) == HS_NOT_FOUND);
}

static void walk_transactions(const struct hs_message *message)
{
    struct hs_bytes transactions = message->transactions.transactions;
    struct hs_reader reader = hs_reader_over(transactions.data, transactions.size);
    struct hs_bytes transaction;
    for (uint32_t i = 0; i < message->transactions.count; i++) {
        check(hs_message_transaction_next(&reader, &transaction) == HS_OK);
    }
    check(hs_message_transaction_next(&reader, &transaction) == HS_NOT_FOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hs_message message;
    if (size == 0) {
        return 0;
    }
    uint32_t validator_count = data[0] % HS_VALIDATORS_MAX + 1;
    struct hs_bytes bytes = {.data = data + 1, .size = size - 1};
    if (hs_message_decode(&message, bytes, validator_count) != HS_OK) {
        return 0;
    }
    check(hs_message_encoded_size(&message, validator_count) == bytes.size);
    uint8_t *again = malloc(bytes.size);
    check(again != NULL);
    struct hs_writer writer = hs_writer_over(again, bytes.size);
    hs_message_encode(&writer, &message, validator_count);
    check(!writer.failed && memcmp(again, bytes.data, bytes.size) == 0);
    free(again);
    if (message.type == HS_MESSAGE_RANGE_RESPONSE) {
        walk_blocks(&message, validator_count);
    } else if (message.type == HS_MESSAGE_TRANSACTIONS) {
        walk_transactions(&message);
    }
    return 0;
}
