/* Randomness of epochs. See randomness.h. */
#include "consensus/randomness.h"

#include <string.h>

#include "base/bytes.h"
#include "base/mutants.h"
#include "crypto/hash.h"

/* H(tag, epoch || bytes) */
static void hash_with_epoch(uint8_t hash[HS_HASH_BYTES], const char *tag, uint64_t epoch,
                            const uint8_t bytes[HS_HASH_BYTES])
{
    uint8_t input[8 + HS_HASH_BYTES];
    struct hs_writer writer = hs_writer_over(input, sizeof(input));
    hs_write_u64(&writer, epoch);
    hs_write_bytes(&writer, bytes, HS_HASH_BYTES);
    hs_hash(hash, tag, input, sizeof(input));
}

void hs_randomness_of_genesis(uint8_t randomness[HS_HASH_BYTES],
                              const uint8_t genesis_randomness[HS_HASH_BYTES], uint64_t epoch)
{
    if (epoch == 0) {
        memcpy(randomness, genesis_randomness, HS_HASH_BYTES);
        return;
    }
    hash_with_epoch(randomness, "hotstuff/randomness/genesis", epoch, genesis_randomness);
}

void hs_randomness_begin(struct hs_randomness_mix *mix, const uint8_t randomness[HS_HASH_BYTES],
                         uint64_t epoch)
{
    hash_with_epoch(mix->bytes, "hotstuff/randomness/begin", epoch, randomness);
}

/* P3 */
void hs_randomness_add(struct hs_randomness_mix *mix, const struct hs_vrf_output *output)
{
    if (HS_MUTANT_PROOFS_UNMIXED) {
        return;
    }
    uint8_t input[2 * HS_HASH_BYTES];
    memcpy(input, mix->bytes, HS_HASH_BYTES);
    memcpy(input + HS_HASH_BYTES, output->bytes, HS_HASH_BYTES);
    hs_hash(mix->bytes, "hotstuff/randomness/add", input, sizeof(input));
}

void hs_randomness_end(uint8_t randomness[HS_HASH_BYTES], const struct hs_randomness_mix *mix,
                       uint64_t epoch)
{
    hash_with_epoch(randomness, "hotstuff/randomness/end", epoch + 2, mix->bytes);
}
