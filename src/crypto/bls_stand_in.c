/* The interface of bls.h without BLS. IT PROTECTS NOTHING: a public key is all one needs
 * to sign for it. It is for the simulator, where nobody forges what the world did not tell
 * him to, and where real pairings would take nearly all the time.
 *
 * What consensus relies on holds as with BLS, by the same algebra in a group without
 * secrets: four lanes of integers modulo 2^64. A key k is four numbers, a statement hashes
 * to four odd numbers h, and a signature is k * h lane by lane. So a sum of signatures of
 * one statement verifies under the sum of their keys, in any order and counting repeats,
 * and a wrong key, statement or bit does not. All is deterministic.
 *
 *   public key   80 | 15 times 5a | k, four little-endian u64
 *   signature    80 | 63 times 5a | k * h, the same way
 *
 * The first byte is the form a decoder can check; the filler plays the curve, so that a
 * signature can be canonical and yet no point, and lanes that are all zero are infinity.
 */
#include "crypto/bls.h"

#include <string.h>

#include <sodium.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"

#define LANES       4u
#define LANES_BYTES (LANES * 8u)
#define FORM        0x80u
#define FILLER      0x5au

struct element {
    uint64_t lanes[LANES];
};

/* The order of the groups of BLS12-381, big-endian: key files look the same in both. */
static const uint8_t group_order[HS_BLS_SECRET_KEY_BYTES] = {
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
};

static bool is_infinity(const struct element *element)
{
    return (element->lanes[0] | element->lanes[1] | element->lanes[2] | element->lanes[3]) == 0;
}

static struct element add(struct element a, const struct element *b)
{
    for (size_t i = 0; i < LANES; i++) {
        a.lanes[i] += b->lanes[i];
    }
    return a;
}

static struct element multiply(struct element a, const struct element *b)
{
    for (size_t i = 0; i < LANES; i++) {
        a.lanes[i] *= b->lanes[i];
    }
    return a;
}

static struct element element_of_bytes(const uint8_t bytes[LANES_BYTES])
{
    struct hs_reader reader = hs_reader_over(bytes, LANES_BYTES);
    struct element element;
    for (size_t i = 0; i < LANES; i++) {
        element.lanes[i] = hs_read_u64(&reader);
    }
    return element;
}

static struct element hash_to_element(const char *tag, const void *data, size_t size)
{
    uint8_t hash[HS_HASH_BYTES];
    hs_hash(hash, tag, data, size);
    struct element element = element_of_bytes(hash);
    for (size_t i = 0; i < LANES; i++) {
        element.lanes[i] |= 1;
    }
    return element;
}

static struct element hash_of_statement(const struct hs_bls_statement *statement)
{
    HS_ASSERT(statement->size <= sizeof statement->bytes);
    return hash_to_element("stand-in/statement", statement->bytes, statement->size);
}

static struct element key_of(const struct hs_bls_secret_key *secret_key)
{
    return hash_to_element("stand-in/key", secret_key->bytes, sizeof secret_key->bytes);
}

static void encode(uint8_t out[], size_t size, const struct element *element)
{
    memset(out, FILLER, size);
    out[0] = FORM;
    struct hs_writer writer = hs_writer_over(out + size - LANES_BYTES, LANES_BYTES);
    for (size_t i = 0; i < LANES; i++) {
        hs_write_u64(&writer, element->lanes[i]);
    }
}

/* False for what is no point; infinity is none here. */
static bool decode(struct element *element, const uint8_t in[], size_t size)
{
    for (size_t i = 1; i < size - LANES_BYTES; i++) {
        if (in[i] != FILLER) {
            return false;
        }
    }
    *element = element_of_bytes(in + size - LANES_BYTES);
    return in[0] == FORM && !is_infinity(element);
}

static bool is_secret_key(const struct hs_bls_secret_key *secret_key)
{
    return !sodium_is_zero(secret_key->bytes, sizeof secret_key->bytes) &&
           memcmp(secret_key->bytes, group_order, sizeof group_order) < 0;
}

enum hs_status hs_bls_secret_key_derive(struct hs_bls_secret_key *secret_key, const uint8_t *seed,
                                        size_t seed_size)
{
    if (seed_size < HS_BLS_SECRET_KEY_BYTES) {
        return HS_INVALID_ARGUMENT;
    }
    hs_hash(secret_key->bytes, "stand-in/derive", seed, seed_size);
    secret_key->bytes[0] &= 0x3f; /* below the order ... */
    secret_key->bytes[31] |= 1;   /* ... and not zero */
    return HS_OK;
}

enum hs_status hs_bls_public_key_of(struct hs_bls_public_key *public_key,
                                    const struct hs_bls_secret_key *secret_key)
{
    if (!is_secret_key(secret_key)) {
        return HS_INVALID_ARGUMENT;
    }
    struct element key = key_of(secret_key);
    encode(public_key->bytes, sizeof public_key->bytes, &key);
    return HS_OK;
}

void hs_bls_sign(struct hs_bls_signature *signature, const struct hs_bls_secret_key *secret_key,
                 const struct hs_bls_statement *statement)
{
    struct element hash = hash_of_statement(statement);
    struct element product = multiply(key_of(secret_key), &hash);
    encode(signature->bytes, sizeof signature->bytes, &product);
}

/* The statement says it all. */
void hs_bls_hash_of(struct hs_bls_hash *hash, const struct hs_bls_statement *statement)
{
    *hash = (struct hs_bls_hash){.statement = *statement};
}

void hs_bls_sign_hash(struct hs_bls_signature *signature,
                      const struct hs_bls_secret_key *secret_key, const struct hs_bls_hash *hash)
{
    hs_bls_sign(signature, secret_key, &hash->statement);
}

static struct element hash_for_possession(const struct hs_bls_public_key *public_key)
{
    return hash_to_element("stand-in/possession", public_key->bytes, sizeof public_key->bytes);
}

void hs_bls_prove_possession(struct hs_bls_signature *proof,
                             const struct hs_bls_secret_key *secret_key,
                             const struct hs_bls_public_key *public_key)
{
    struct element hash = hash_for_possession(public_key);
    struct element product = multiply(key_of(secret_key), &hash);
    encode(proof->bytes, sizeof proof->bytes, &product);
}

static enum hs_status check(const struct hs_bls_signature *signature, struct element key_sum,
                            const struct element *hash)
{
    struct element claimed;
    struct element expected = multiply(key_sum, hash);
    bool good = decode(&claimed, signature->bytes, sizeof signature->bytes) &&
                memcmp(&claimed, &expected, sizeof claimed) == 0;
    return good ? HS_OK : HS_BAD_SIGNATURE;
}

enum hs_status hs_bls_check_possession(const struct hs_bls_public_key *public_key,
                                       const struct hs_bls_signature *proof)
{
    struct element key;
    if (!decode(&key, public_key->bytes, sizeof public_key->bytes)) {
        return HS_MALFORMED;
    }
    struct element hash = hash_for_possession(public_key);
    return check(proof, key, &hash);
}

enum hs_status hs_bls_point_of(struct hs_bls_point *point,
                               const struct hs_bls_public_key *public_key)
{
    struct element key;
    if (!decode(&key, public_key->bytes, sizeof public_key->bytes)) {
        return HS_MALFORMED;
    }
    memset(point, 0, sizeof *point);
    memcpy(point->limbs, key.lanes, sizeof key.lanes);
    return HS_OK;
}

bool hs_bls_signature_is_canonical(const struct hs_bls_signature *signature)
{
    struct element element =
        element_of_bytes(signature->bytes + sizeof signature->bytes - LANES_BYTES);
    return signature->bytes[0] == FORM && !is_infinity(&element);
}

enum hs_status hs_bls_aggregate(struct hs_bls_signature *aggregate, size_t *bad_index,
                                const struct hs_bls_signature *const signatures[], size_t count)
{
    struct element sum = {{0}};
    for (size_t i = 0; i < count; i++) {
        struct element one;
        if (!decode(&one, signatures[i]->bytes, sizeof signatures[i]->bytes)) {
            *bad_index = i;
            return HS_MALFORMED;
        }
        sum = add(sum, &one);
    }
    if (is_infinity(&sum)) {
        *bad_index = count;
        return HS_MALFORMED;
    }
    encode(aggregate->bytes, sizeof aggregate->bytes, &sum);
    return HS_OK;
}

enum hs_status hs_bls_verify(const struct hs_bls_signature *signature,
                             const struct hs_bls_statement *statement,
                             const struct hs_bls_point *const keys[], size_t count)
{
    struct element sum = {{0}};
    for (size_t i = 0; i < count; i++) {
        struct element key;
        memcpy(key.lanes, keys[i]->limbs, sizeof key.lanes);
        sum = add(sum, &key);
    }
    struct element hash = hash_of_statement(statement);
    return check(signature, sum, &hash);
}

enum hs_status hs_bls_verify_many(const struct hs_bls_check checks[], size_t count)
{
    enum hs_status status = HS_BAD_SIGNATURE;
    for (size_t i = 0; i < count; i++) {
        status = hs_bls_verify(checks[i].signature, checks[i].statement, checks[i].keys,
                               checks[i].key_count);
        if (status != HS_OK) {
            return status;
        }
    }
    return status;
}

enum hs_status hs_bls_verify_tagged(const struct hs_bls_public_key *public_key,
                                    const struct hs_bls_signature *signature,
                                    struct hs_bytes message, struct hs_bytes tag)
{
    (void)public_key;
    (void)signature;
    (void)message;
    (void)tag;
    return HS_NOT_FOUND;
}

enum hs_status hs_bls_verify_aggregate_tagged(const struct hs_bls_signature *signature,
                                              const struct hs_bls_public_key public_keys[],
                                              const struct hs_bytes messages[], size_t count,
                                              struct hs_bytes tag)
{
    (void)signature;
    (void)public_keys;
    (void)messages;
    (void)count;
    (void)tag;
    return HS_NOT_FOUND;
}

enum hs_status hs_bls_hash_to_g2(struct hs_bls_signature *point, struct hs_bytes message,
                                 struct hs_bytes tag)
{
    (void)point;
    (void)message;
    (void)tag;
    return HS_NOT_FOUND;
}
