/* hs_randomness_*: each epoch's randomness, out of what the blocks of an earlier one proved (P3).
 *
 *     mix(e, 0)         = H("hotstuff/randomness/begin", e || randomness(e))
 *     mix(e, i)         = H("hotstuff/randomness/add", mix(e, i - 1) || output of the i-th block)
 *     randomness(e + 2) = H("hotstuff/randomness/end", e + 2 || mix(e, blocks of e))
 *
 * The state keeps 32 bytes, the mix. Each output is random to everybody but its maker until its
 * block is shown, and its maker has one choice: to show the block or to let its turn go by. Whoever
 * makes the last k blocks of an epoch one after the other thus chooses among at most 2^k
 * results. Fewer, in truth: where it does not end the epoch itself, somebody else adds an output
 * that it cannot foresee. docs/protocol.md says what the choice is worth.
 *
 * Tail blocks (P4) are not of the chain and add nothing.
 */
#ifndef HS_CONSENSUS_RANDOMNESS_H
#define HS_CONSENSUS_RANDOMNESS_H

#include <hotstuff/types.h>

struct hs_randomness_mix {
    uint8_t bytes[HS_HASH_BYTES];
};

/* Of the first two epochs, which no block came before: epoch 0 has what genesis says, epoch 1 a
 * hash of it, or the two would have the same leaders. */
void hs_randomness_of_genesis(uint8_t randomness[HS_HASH_BYTES],
                              const uint8_t genesis_randomness[HS_HASH_BYTES], uint64_t epoch);

/* At the begin of `epoch`, whose own randomness is given. */
void hs_randomness_begin(struct hs_randomness_mix *mix, const uint8_t randomness[HS_HASH_BYTES],
                         uint64_t epoch);
/* With each block of the epoch, in order. */
void hs_randomness_add(struct hs_randomness_mix *mix, const struct hs_vrf_output *output);
/* With the block that ends the epoch, after adding its output: the randomness of epoch + 2. */
void hs_randomness_end(uint8_t randomness[HS_HASH_BYTES], const struct hs_randomness_mix *mix,
                       uint64_t epoch);

#endif
