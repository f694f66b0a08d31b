/* A payload that splits is the encoding of what it was split into. */
#include <stdlib.h>
#include <string.h>

#include "wire/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hs_bytes transactions[HS_BLOCK_TRANSACTIONS_MAX];
    struct hs_bytes payload = {.data = data, .size = size};
    size_t count;
    if (hs_payload_split(transactions, &count, HS_BLOCK_TRANSACTIONS_MAX, payload) == HS_OK) {
        uint8_t *again = malloc(size + 1);
        size_t again_size = 0;
        if (again == NULL || hs_payload_size(transactions, count) != size ||
            hs_payload_encode(again, &again_size, size, transactions, count) != HS_OK ||
            again_size != size || (size > 0 && memcmp(again, data, size) != 0)) {
            abort();
        }
        free(again);
    }
    return 0;
}
