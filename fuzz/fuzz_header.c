/* A header that decodes is the encoding of what it decoded to.
 * The first byte of an input is the number of validators, less one. */
#include <stdlib.h>
#include <string.h>

#include "wire/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hs_block_header header;
    if (size == 0) {
        return 0;
    }
    uint32_t validator_count = data[0] % HS_VALIDATORS_MAX + 1;
    struct hs_bytes bytes = {.data = data + 1, .size = size - 1};
    if (hs_header_decode(&header, bytes, validator_count) == HS_OK) {
        uint8_t again[HS_HEADER_BYTES_MAX];
        struct hs_writer writer = hs_writer_over(again, sizeof again);
        hs_header_write(&writer, &header, validator_count);
        if (writer.failed || writer.offset != bytes.size ||
            memcmp(again, bytes.data, bytes.size) != 0) {
            abort();
        }
    }
    return 0;
}
