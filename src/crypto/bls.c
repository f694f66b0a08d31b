/* BLS signatures over blst: the only file that sees blst.h.
 *
 * Verifying asks whether e(-G1, signature) * e(key, H(statement)) is 1. The Miller loops of
 * all pairs run together and share their squarings, and one final exponentiation, the
 * dearer half, serves them all. Several checks become one product: the i-th equation is
 * raised to a random r_i of 64 bits, which costs two short multiplications,
 *
 *     e(-G1, sum r_i * signature_i) * product e(r_i * key_i, H(statement_i)) = 1
 *
 * and a set with a false equation passes for at most one r_i of 2^64. The first needs no factor,
 * its r is 1: when another is false, that one's factor decides, and when it alone is false the
 * product is what it gives alone. The factors come from the system: what is asked for here
 * is true or false whatever they are, so the pure rooms may ask. All of this holds only
 * within the group of prime order: the curve has points of order 13, so every signature's
 * subgroup is checked before its factor is applied; a check of the sum would let them by.
 *
 * blst's loop over many pairs has no case for infinity, so none enters a product: decoding
 * refuses it, and so does whoever sums. Nothing here is shared or kept between calls: a hash
 * that is to be used again is handed out with the statement it is of, and looked at by that.
 */
#include "crypto/bls.h"

#include <string.h>

#include <blst.h>
#include <sodium.h>

#include "base/assert.h"

#define FACTOR_BYTES 8u
#define FACTOR_BITS  64u
/* Pairs per loop; 16 is also blst's own. */
#define PAIRS_MAX 16u

#define SIGNATURE_TAG    "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
#define POSSESSION_TAG   "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
#define COORDINATE_BYTES 48u

_Static_assert(sizeof(struct hs_bls_point) == sizeof(blst_p1_affine), "a key is an affine point");
_Static_assert(sizeof((struct hs_bls_hash *)0)->limbs == sizeof(blst_p2_affine),
               "a hash is an affine point");

/* A product of pairings, taken in PAIRS_MAX at a time. */
struct product {
    blst_p1_affine keys[PAIRS_MAX];
    blst_p2_affine points[PAIRS_MAX];
    size_t count;
    blst_fp12 value;
};

static struct hs_bytes text_bytes(const char *text)
{
    return (struct hs_bytes){.data = (const uint8_t *)text, .size = strlen(text)};
}

static struct hs_bytes statement_bytes(const struct hs_bls_statement *statement)
{
    HS_ASSERT(statement->size <= sizeof statement->bytes);
    return (struct hs_bytes){.data = statement->bytes, .size = statement->size};
}

static void product_begin(struct product *product)
{
    product->count = 0;
    product->value = *blst_fp12_one();
}

static void product_flush(struct product *product)
{
    if (product->count == 0) {
        return;
    }
    /* The terminating NULL says that the rest lies behind the first in memory. */
    const blst_p2_affine *points[] = {product->points, NULL};
    const blst_p1_affine *keys[] = {product->keys, NULL};
    blst_fp12 part;
    blst_miller_loop_n(&part, points, keys, product->count);
    blst_fp12_mul(&product->value, &product->value, &part);
    product->count = 0;
}

static void product_add(struct product *product, const blst_p1_affine *key,
                        const blst_p2_affine *point)
{
    if (product->count == PAIRS_MAX) {
        product_flush(product);
    }
    product->keys[product->count] = *key;
    product->points[product->count] = *point;
    product->count++;
}

static bool product_is_one(struct product *product)
{
    product_flush(product);
    blst_fp12 result;
    blst_final_exp(&result, &product->value);
    return blst_fp12_is_one(&result);
}

static void hash_to_point(blst_p2 *point, struct hs_bytes message, struct hs_bytes tag)
{
    blst_hash_to_g2(point, message.data, message.size, tag.data, tag.size, NULL, 0);
}

static void hash_to_affine(blst_p2_affine *point, struct hs_bytes message, struct hs_bytes tag)
{
    blst_p2 projective;
    hash_to_point(&projective, message, tag);
    blst_p2_to_affine(point, &projective);
}

static bool statements_equal(const struct hs_bls_statement *a, const struct hs_bls_statement *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static void hash_statement(blst_p2_affine *point, const struct hs_bls_statement *statement,
                           const struct hs_bls_hash *known)
{
    if (known != NULL && statements_equal(&known->statement, statement)) {
        memcpy(point, known->limbs, sizeof *point);
    } else {
        hash_to_affine(point, statement_bytes(statement), text_bytes(SIGNATURE_TAG));
    }
}

/* A point of the curve that is not infinity; its subgroup is open. */
static bool decode_signature(blst_p2_affine *point, const struct hs_bls_signature *signature)
{
    return blst_p2_uncompress(point, signature->bytes) == BLST_SUCCESS &&
           !blst_p2_affine_is_inf(point);
}

static bool decode_in_group(blst_p2_affine *point, const struct hs_bls_signature *signature)
{
    return decode_signature(point, signature) && blst_p2_affine_in_g2(point);
}

static bool decode_key(blst_p1_affine *point, const struct hs_bls_public_key *public_key)
{
    return blst_p1_uncompress(point, public_key->bytes) == BLST_SUCCESS &&
           !blst_p1_affine_is_inf(point) && blst_p1_affine_in_g1(point);
}

/* False when there are none, or they cancel out. */
static bool sum_keys(blst_p1 *sum, const struct hs_bls_point *const keys[], size_t count)
{
    memset(sum, 0, sizeof *sum);
    for (size_t i = 0; i < count; i++) {
        blst_p1_affine key;
        memcpy(&key, keys[i], sizeof key);
        blst_p1_add_or_double_affine(sum, sum, &key);
    }
    return !blst_p1_is_inf(sum);
}

static bool verify_point(const blst_p2_affine *signature, const blst_p1_affine *key,
                         const blst_p2_affine *hash)
{
    struct product product;
    product_begin(&product);
    product_add(&product, &BLS12_381_NEG_G1, signature);
    product_add(&product, key, hash);
    return product_is_one(&product);
}

static void sign_point(struct hs_bls_signature *signature,
                       const struct hs_bls_secret_key *secret_key, const blst_p2 *hash)
{
    blst_scalar scalar;
    blst_p2 point;
    blst_scalar_from_bendian(&scalar, secret_key->bytes);
    blst_sign_pk_in_g1(&point, hash, &scalar);
    blst_p2_compress(signature->bytes, &point);
    sodium_memzero(&scalar, sizeof scalar);
}

enum hs_status hs_bls_secret_key_derive(struct hs_bls_secret_key *secret_key, const uint8_t *seed,
                                        size_t seed_size)
{
    if (seed_size < HS_BLS_SECRET_KEY_BYTES) {
        return HS_INVALID_ARGUMENT;
    }
    blst_scalar scalar;
    blst_keygen(&scalar, seed, seed_size, NULL, 0);
    blst_bendian_from_scalar(secret_key->bytes, &scalar);
    sodium_memzero(&scalar, sizeof scalar);
    return HS_OK;
}

enum hs_status hs_bls_public_key_of(struct hs_bls_public_key *public_key,
                                    const struct hs_bls_secret_key *secret_key)
{
    blst_scalar scalar;
    blst_scalar_from_bendian(&scalar, secret_key->bytes);
    bool valid = blst_sk_check(&scalar);
    if (valid) {
        blst_p1 point;
        blst_sk_to_pk_in_g1(&point, &scalar);
        blst_p1_compress(public_key->bytes, &point);
    }
    sodium_memzero(&scalar, sizeof scalar);
    return valid ? HS_OK : HS_INVALID_ARGUMENT;
}

void hs_bls_sign(struct hs_bls_signature *signature, const struct hs_bls_secret_key *secret_key,
                 const struct hs_bls_statement *statement)
{
    blst_p2 hash;
    hash_to_point(&hash, statement_bytes(statement), text_bytes(SIGNATURE_TAG));
    sign_point(signature, secret_key, &hash);
}

void hs_bls_hash_of(struct hs_bls_hash *hash, const struct hs_bls_statement *statement)
{
    blst_p2_affine point;
    hash_statement(&point, statement, NULL);
    hash->statement = *statement;
    memcpy(hash->limbs, &point, sizeof point);
}

void hs_bls_sign_hash(struct hs_bls_signature *signature,
                      const struct hs_bls_secret_key *secret_key, const struct hs_bls_hash *hash)
{
    blst_p2_affine affine;
    blst_p2 point;
    memcpy(&affine, hash->limbs, sizeof affine);
    blst_p2_from_affine(&point, &affine);
    sign_point(signature, secret_key, &point);
}

void hs_bls_prove_possession(struct hs_bls_signature *proof,
                             const struct hs_bls_secret_key *secret_key,
                             const struct hs_bls_public_key *public_key)
{
    struct hs_bytes message = {public_key->bytes, sizeof public_key->bytes};
    blst_p2 hash;
    hash_to_point(&hash, message, text_bytes(POSSESSION_TAG));
    sign_point(proof, secret_key, &hash);
}

enum hs_status hs_bls_check_possession(const struct hs_bls_public_key *public_key,
                                       const struct hs_bls_signature *proof)
{
    struct hs_bytes message = {public_key->bytes, sizeof public_key->bytes};
    blst_p1_affine key;
    blst_p2_affine point;
    blst_p2_affine hash;
    if (!decode_key(&key, public_key)) {
        return HS_MALFORMED;
    }
    hash_to_affine(&hash, message, text_bytes(POSSESSION_TAG));
    bool good = decode_in_group(&point, proof) && verify_point(&point, &key, &hash);
    return good ? HS_OK : HS_BAD_SIGNATURE;
}

enum hs_status hs_bls_point_of(struct hs_bls_point *point,
                               const struct hs_bls_public_key *public_key)
{
    blst_p1_affine key;
    if (!decode_key(&key, public_key)) {
        return HS_MALFORMED;
    }
    memcpy(point, &key, sizeof key);
    return HS_OK;
}

bool hs_bls_signature_is_canonical(const struct hs_bls_signature *signature)
{
    static const uint8_t modulus[COORDINATE_BYTES] = {
        0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6,
        0x43, 0x4b, 0xac, 0xd7, 0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf,
        0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, 0x1e, 0xab, 0xff, 0xfe,
        0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
    };
    uint8_t first[COORDINATE_BYTES];
    memcpy(first, signature->bytes, sizeof first);
    first[0] &= 0x1f;
    bool compressed = (signature->bytes[0] & 0x80) != 0;
    bool infinity = (signature->bytes[0] & 0x40) != 0;
    return compressed && !infinity && memcmp(first, modulus, sizeof modulus) < 0 &&
           memcmp(signature->bytes + COORDINATE_BYTES, modulus, sizeof modulus) < 0;
}

enum hs_status hs_bls_aggregate(struct hs_bls_signature *aggregate, size_t *bad_index,
                                const struct hs_bls_signature *const signatures[], size_t count)
{
    blst_p2 sum;
    memset(&sum, 0, sizeof sum);
    for (size_t i = 0; i < count; i++) {
        blst_p2_affine point;
        if (!decode_signature(&point, signatures[i])) {
            *bad_index = i;
            return HS_MALFORMED;
        }
        blst_p2_add_or_double_affine(&sum, &sum, &point);
    }
    if (blst_p2_is_inf(&sum)) {
        *bad_index = count;
        return HS_MALFORMED;
    }
    blst_p2_compress(aggregate->bytes, &sum);
    return HS_OK;
}

static enum hs_status verify_one(const struct hs_bls_check *check)
{
    blst_p1 sum;
    blst_p1_affine key;
    blst_p2_affine point;
    blst_p2_affine hash;
    if (!decode_in_group(&point, check->signature) ||
        !sum_keys(&sum, check->keys, check->key_count)) {
        return HS_BAD_SIGNATURE;
    }
    blst_p1_to_affine(&key, &sum);
    hash_statement(&hash, check->statement, check->hash);
    return verify_point(&point, &key, &hash) ? HS_OK : HS_BAD_SIGNATURE;
}

enum hs_status hs_bls_verify(const struct hs_bls_signature *signature,
                             const struct hs_bls_statement *statement,
                             const struct hs_bls_point *const keys[], size_t count)
{
    const struct hs_bls_check check = {
        .signature = signature, .statement = statement, .keys = keys, .key_count = count};
    return verify_one(&check);
}

static void raise_to_random(blst_p2 *signature, blst_p1 *key)
{
    uint8_t factor[FACTOR_BYTES];
    do {
        randombytes_buf(factor, sizeof factor);
    } while (sodium_is_zero(factor, sizeof factor));
    blst_p2_mult(signature, signature, factor, FACTOR_BITS);
    blst_p1_mult(key, key, factor, FACTOR_BITS);
}

/* Takes one check into the product; all but the first are raised to a fresh factor. */
static bool add_check(struct product *product, blst_p2 *signature_sum,
                      const struct hs_bls_check *check, bool first)
{
    blst_p2_affine point;
    blst_p1 key_sum;
    if (!decode_in_group(&point, check->signature) ||
        !sum_keys(&key_sum, check->keys, check->key_count)) {
        return false;
    }
    blst_p2 signature;
    blst_p2_from_affine(&signature, &point);
    if (!first) {
        raise_to_random(&signature, &key_sum);
    }
    blst_p2_add_or_double(signature_sum, signature_sum, &signature);

    blst_p1_affine key;
    blst_p2_affine hash;
    blst_p1_to_affine(&key, &key_sum);
    hash_statement(&hash, check->statement, check->hash);
    product_add(product, &key, &hash);
    return true;
}

enum hs_status hs_bls_verify_many(const struct hs_bls_check checks[], size_t count)
{
    if (count == 1) {
        return verify_one(&checks[0]);
    }
    struct product product;
    blst_p2 signature_sum;
    product_begin(&product);
    memset(&signature_sum, 0, sizeof signature_sum);
    for (size_t i = 0; i < count; i++) {
        if (!add_check(&product, &signature_sum, &checks[i], i == 0)) {
            return HS_BAD_SIGNATURE;
        }
    }
    if (blst_p2_is_inf(&signature_sum)) {
        return HS_BAD_SIGNATURE;
    }
    blst_p2_affine point;
    blst_p2_to_affine(&point, &signature_sum);
    product_add(&product, &BLS12_381_NEG_G1, &point);
    return product_is_one(&product) ? HS_OK : HS_BAD_SIGNATURE;
}

enum hs_status hs_bls_verify_tagged(const struct hs_bls_public_key *public_key,
                                    const struct hs_bls_signature *signature,
                                    struct hs_bytes message, struct hs_bytes tag)
{
    return hs_bls_verify_aggregate_tagged(signature, public_key, &message, 1, tag);
}

enum hs_status hs_bls_verify_aggregate_tagged(const struct hs_bls_signature *signature,
                                              const struct hs_bls_public_key public_keys[],
                                              const struct hs_bytes messages[], size_t count,
                                              struct hs_bytes tag)
{
    blst_p2_affine point;
    if (!decode_in_group(&point, signature)) {
        return HS_MALFORMED;
    }
    struct product product;
    product_begin(&product);
    product_add(&product, &BLS12_381_NEG_G1, &point);
    for (size_t i = 0; i < count; i++) {
        blst_p1_affine key;
        blst_p2_affine hash;
        if (!decode_key(&key, &public_keys[i])) {
            return HS_MALFORMED;
        }
        hash_to_affine(&hash, messages[i], tag);
        product_add(&product, &key, &hash);
    }
    return product_is_one(&product) ? HS_OK : HS_BAD_SIGNATURE;
}

enum hs_status hs_bls_hash_to_g2(struct hs_bls_signature *point, struct hs_bytes message,
                                 struct hs_bytes tag)
{
    blst_p2 projective;
    hash_to_point(&projective, message, tag);
    blst_p2_compress(point->bytes, &projective);
    return HS_OK;
}
