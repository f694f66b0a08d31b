/* A safety record that decodes is the encoding of what it decoded to.
 * The first byte of an input is the number of validators, less one. */
#include <stdlib.h>
#include <string.h>

#include "wire/safety_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hs_safety_record record;
    if (size == 0) {
        return 0;
    }
    uint32_t validator_count = data[0] % HS_VALIDATORS_MAX + 1;
    struct hs_bytes bytes = {.data = data + 1, .size = size - 1};
    if (hs_safety_record_decode(&record, bytes, validator_count) == HS_OK) {
        static uint8_t again[HS_SAFETY_RECORD_BYTES_MAX];
        struct hs_writer writer = hs_writer_over(again, sizeof again);
        hs_safety_record_encode(&writer, &record, validator_count);
        if (writer.failed || writer.offset != bytes.size ||
            memcmp(again, bytes.data, bytes.size) != 0) {
            abort();
        }
    }
    return 0;
}
