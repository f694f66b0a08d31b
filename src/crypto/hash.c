/* SHA-256 by OpenSSL's low-level calls.
 *
 * OpenSSL 3 calls SHA256_* deprecated and EVP the way to go. Both run the same assembly
 * (SHA-NI where there is one). Measured on a Zen 4 core, 64 bytes cost 0.084 us here and
 * 0.103 us with an EVP context that is reused, 1 KiB 0.56 and 0.58. What decides is not
 * that: an EVP context must be allocated and freed, and a state in the middle of a hash
 * can't live in a plain struct. The rooms that hash most may not allocate at all.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/hash.h"

#include <stdalign.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/assert.h"

#define TAG_BYTES_MAX 255u
#define LEAF_TAG      "hotstuff/merkle-leaf"
#define NODE_TAG      "hotstuff/merkle-node"

_Static_assert(sizeof(struct hs_hasher) == sizeof(SHA256_CTX), "a hasher is a SHA256_CTX");
_Static_assert(alignof(struct hs_hasher) == alignof(SHA256_CTX), "a hasher is a SHA256_CTX");

static SHA256_CTX *context_of(struct hs_hasher *hasher)
{
    return (SHA256_CTX *)hasher->state;
}

void hs_hasher_begin(struct hs_hasher *hasher, const char *tag)
{
    size_t tag_size = strlen(tag);
    HS_ASSERT(tag_size <= TAG_BYTES_MAX);
    uint8_t prefix[1 + TAG_BYTES_MAX];
    prefix[0] = (uint8_t)tag_size;
    memcpy(prefix + 1, tag, tag_size);
    SHA256_Init(context_of(hasher));
    SHA256_Update(context_of(hasher), prefix, 1 + tag_size);
}

void hs_hasher_add(struct hs_hasher *hasher, const void *data, size_t size)
{
    if (size > 0) {
        SHA256_Update(context_of(hasher), data, size);
    }
}

void hs_hasher_end(struct hs_hasher *hasher, uint8_t hash[HS_HASH_BYTES])
{
    SHA256_Final(hash, context_of(hasher));
}

void hs_hash(uint8_t hash[HS_HASH_BYTES], const char *tag, const void *data, size_t size)
{
    struct hs_hasher hasher;
    hs_hasher_begin(&hasher, tag);
    hs_hasher_add(&hasher, data, size);
    hs_hasher_end(&hasher, hash);
}

void hs_sha256(uint8_t hash[HS_HASH_BYTES], const void *data, size_t size)
{
    SHA256(data, size, hash);
}

/* The recursion is as deep as the tree: log2(count) levels. */
void hs_merkle_root(uint8_t root[HS_HASH_BYTES], const struct hs_hash leaves[], size_t count)
{
    if (count <= 1) {
        hs_hash(root, LEAF_TAG, leaves, count * sizeof leaves[0]);
        return;
    }
    size_t left_count = 1;
    while (left_count < count - left_count) {
        left_count *= 2;
    }
    struct hs_hash children[2];
    hs_merkle_root(children[0].bytes, leaves, left_count);
    hs_merkle_root(children[1].bytes, leaves + left_count, count - left_count);
    hs_hash(root, NODE_TAG, children, sizeof children);
}
