/* BLS12-381 signatures, public keys in G1, signatures in G2, ciphersuite
 * BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_ (draft-irtf-cfrg-bls-signature).
 *
 * A signature stays bytes until used: hs_bls_signature_is_canonical checks the form
 * when a message is decoded, and the subgroup is checked once, on the point that
 * enters a pairing. Public keys are checked (subgroup, not infinity, proof of
 * possession) once, when a validator set is made, and then kept as points.
 *
 * Two implementations have this interface: bls.c over blst, the only file that sees
 * blst.h, and bls_stand_in.c, a keyed hash with which the simulator runs hundreds of
 * times faster; it aggregates and verifies alike and protects nothing.
 */
#ifndef HS_CRYPTO_BLS_H
#define HS_CRYPTO_BLS_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#define HS_BLS_SECRET_KEY_BYTES 32u

struct hs_bls_secret_key {
    uint8_t bytes[HS_BLS_SECRET_KEY_BYTES];
};

/* A public key as an affine point, ready to be summed and paired. */
struct hs_bls_point {
    uint64_t limbs[12];
};

/* What is signed: a short message. */
struct hs_bls_statement {
    uint8_t bytes[128];
    size_t size;
};

/* A statement's point of the curve: half of what signing costs, and a sixth of verifying. Who has
 * signed a statement, and then verifies what others signed of it, need not find it twice. */
struct hs_bls_hash {
    struct hs_bls_statement statement;
    uint64_t limbs[24];
};

/* Derives a key from at least 32 secret bytes (KeyGen of the draft). */
HS_MUST_CHECK enum hs_status hs_bls_secret_key_derive(struct hs_bls_secret_key *secret_key,
                                                      const uint8_t *seed, size_t seed_size);
/* HS_INVALID_ARGUMENT when the scalar is zero or not below the group's order. */
HS_MUST_CHECK enum hs_status hs_bls_public_key_of(struct hs_bls_public_key *public_key,
                                                  const struct hs_bls_secret_key *secret_key);
void hs_bls_sign(struct hs_bls_signature *signature, const struct hs_bls_secret_key *secret_key,
                 const struct hs_bls_statement *statement);

void hs_bls_hash_of(struct hs_bls_hash *hash, const struct hs_bls_statement *statement);
/* Signs the statement of a hash that hs_bls_hash_of made: the same bytes as above. */
void hs_bls_sign_hash(struct hs_bls_signature *signature,
                      const struct hs_bls_secret_key *secret_key, const struct hs_bls_hash *hash);

/* Proof of possession: the public key signed under its own tag. */
void hs_bls_prove_possession(struct hs_bls_signature *proof,
                             const struct hs_bls_secret_key *secret_key,
                             const struct hs_bls_public_key *public_key);
HS_MUST_CHECK enum hs_status hs_bls_check_possession(const struct hs_bls_public_key *public_key,
                                                     const struct hs_bls_signature *proof);

/* Decompresses and checks the subgroup; HS_MALFORMED otherwise. */
HS_MUST_CHECK enum hs_status hs_bls_point_of(struct hs_bls_point *point,
                                             const struct hs_bls_public_key *public_key);

/* The compressed form a correct encoder writes: flags, coordinates below the modulus, not
 * infinity. No square root, no subgroup check. */
bool hs_bls_signature_is_canonical(const struct hs_bls_signature *signature);

/* Sums signatures; HS_MALFORMED when one of them is no point of the curve (index in
 * *bad_index), or the sum is infinity (bad_index = count). */
HS_MUST_CHECK enum hs_status hs_bls_aggregate(struct hs_bls_signature *aggregate, size_t *bad_index,
                                              const struct hs_bls_signature *const signatures[],
                                              size_t count);

/* Does `signature` verify for one statement under the sum of `keys`?
 * HS_OK or HS_BAD_SIGNATURE. One pairing product. */
HS_MUST_CHECK enum hs_status hs_bls_verify(const struct hs_bls_signature *signature,
                                           const struct hs_bls_statement *statement,
                                           const struct hs_bls_point *const keys[], size_t count);

/* One of several (statement, keys, signature) checked together with fresh random factors
 * of 64 bits: HS_OK only when each holds alone (but for 2^-64). Nothing to check is
 * HS_BAD_SIGNATURE: what was not signed is not verified. */
struct hs_bls_check {
    const struct hs_bls_signature *signature;
    const struct hs_bls_statement *statement;
    const struct hs_bls_point *const *keys;
    size_t key_count;
    /* That of the statement, where it is known; NULL: it is not. One of another statement is not
     * used. */
    const struct hs_bls_hash *hash;
};
HS_MUST_CHECK enum hs_status hs_bls_verify_many(const struct hs_bls_check checks[], size_t count);

/* For outside test vectors; the stand-in returns HS_NOT_FOUND. The draft's Verify and
 * AggregateVerify (messages[i] under public_keys[i]) with any ciphersuite tag, and hash to
 * G2, compressed. HS_MALFORMED for a key or signature of the wrong form or group. */
HS_MUST_CHECK enum hs_status hs_bls_verify_tagged(const struct hs_bls_public_key *public_key,
                                                  const struct hs_bls_signature *signature,
                                                  struct hs_bytes message, struct hs_bytes tag);
HS_MUST_CHECK enum hs_status hs_bls_verify_aggregate_tagged(
    const struct hs_bls_signature *signature, const struct hs_bls_public_key public_keys[],
    const struct hs_bytes messages[], size_t count, struct hs_bytes tag);
HS_MUST_CHECK enum hs_status hs_bls_hash_to_g2(struct hs_bls_signature *point,
                                               struct hs_bytes message, struct hs_bytes tag);

#endif
