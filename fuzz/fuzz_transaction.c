/* A transaction that decodes is the encoding of what it decoded to. */
#include <stdlib.h>
#include <string.h>

#include "wire/transaction.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hs_transaction transaction;
    struct hs_bytes bytes = {.data = data, .size = size};
    if (hs_transaction_decode(&transaction, bytes) == HS_OK) {
        uint8_t again[HS_TRANSACTION_ENCODED_BYTES_MAX];
        size_t again_size = hs_transaction_encode(again, sizeof again, &transaction);
        if (size != again_size || memcmp(again, data, size) != 0 ||
            hs_transaction_size(&transaction) != size) {
            abort();
        }
        uint8_t message[HS_TRANSACTION_MESSAGE_BYTES_MAX];
        if (hs_transaction_message(message, &transaction).size !=
            HS_TRANSACTION_DOMAIN_BYTES + size - HS_ED25519_SIGNATURE_BYTES) {
            abort();
        }
    }
    return 0;
}
