/* Tagged SHA-256: H(tag, data) = SHA-256(tag_size as one byte || tag || data).
 *
 * A tag names what is hashed ("hotstuff/block", ...; at most 255 characters), so that no two
 * kinds of things share a hash. hs_hasher streams; hs_hash is the one-shot for short inputs.
 */
#ifndef HS_CRYPTO_HASH_H
#define HS_CRYPTO_HASH_H

#include <hotstuff/types.h>

struct hs_hash {
    uint8_t bytes[HS_HASH_BYTES];
};

/* The state of one SHA-256: a value, which can be copied and needs no release. It is the
 * SHA256_CTX of OpenSSL, whose headers stay in hash.c. */
struct hs_hasher {
    uint32_t state[28];
};

void hs_hasher_begin(struct hs_hasher *hasher, const char *tag);
void hs_hasher_add(struct hs_hasher *hasher, const void *data, size_t size);
void hs_hasher_end(struct hs_hasher *hasher, uint8_t hash[HS_HASH_BYTES]);

void hs_hash(uint8_t hash[HS_HASH_BYTES], const char *tag, const void *data, size_t size);

/* SHA-256 without a tag, for what people check with sha256sum. */
void hs_sha256(uint8_t hash[HS_HASH_BYTES], const void *data, size_t size);

/* The binary Merkle root over `count` hashes (RFC 9162's shape: split at the largest
 * power of two below count; leaves and nodes under different tags). Zero hashes give
 * the hash of nothing under the leaf tag. Scratch-free: O(log count) stack. */
void hs_merkle_root(uint8_t root[HS_HASH_BYTES], const struct hs_hash leaves[], size_t count);

#endif
