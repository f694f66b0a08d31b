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
        uint8_t again[HS_TRANSACTION_TRANSFER_BYTES];
        hs_transaction_encode(again, &transaction);
        if (size != sizeof again || memcmp(again, data, size) != 0) {
            abort();
        }
    }
    return 0;
}
