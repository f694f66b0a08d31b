/* A running 64-bit digest over fields, for comparing states of two runs. Not for anything an
 * attacker may choose.
 */
#ifndef HS_CONSENSUS_DIGEST_H
#define HS_CONSENSUS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct hs_digest {
    uint64_t state;
};

/* One round of splitmix64's finaliser (Steele, Lea, Flood 2014) over state and value. */
static inline void hs_digest_u64(struct hs_digest *digest, uint64_t value)
{
    uint64_t mixed = digest->state + UINT64_C(0x9e3779b97f4a7c15) + value;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    digest->state = mixed ^ (mixed >> 31);
}

static inline void hs_digest_bytes(struct hs_digest *digest, const uint8_t *data, size_t size)
{
    hs_digest_u64(digest, size);
    for (size_t i = 0; i < size; i++) {
        hs_digest_u64(digest, data[i]);
    }
}

#endif
