/* An epoch that decodes is the encoding of what it decodes to. */
#include <stdlib.h>
#include <string.h>

#include "wire/epoch_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hs_epoch epoch;
    static uint8_t again[HS_EPOCH_BYTES_MAX];
    enum hs_leader_election election;
    const struct hs_bytes bytes = {.data = data, .size = size};
    if (hs_epoch_decode(&epoch, &election, bytes) == HS_OK) {
        if (hs_epoch_encode(again, &epoch, election) != size || memcmp(again, data, size) != 0) {
            abort();
        }
    }
    return 0;
}
