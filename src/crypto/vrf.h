/* hs_vrf_*: a function that only the holder of a key can compute, and everybody can check.
 *
 *     proof  = the BLS signature over the input
 *     output = H("hotstuff/vrf-output", proof), 32 bytes
 *
 * For one key and one input there is one proof. A signature is sk * H(input), one point of the
 * group of prime order; a proof outside that group is refused, and so is any second way to write
 * the point down (a compressed coordinate at or above the modulus, a flag too many). So who makes
 * the proof has nothing to choose, and the output is as random as the hash is to whoever does not
 * know it. (RFC 9381 says what a VRF is to give: uniqueness, and pseudorandomness to all who have
 * not seen the proof. BLS signatures as such a function: Boneh, Lynn and Shacham; the output is
 * hashed since points do not look like random bytes.)
 *
 * The input is a statement of its own kind (wire/statement.h), whose tag no vote or view change
 * begins with: a proof is never good for anything else, and nothing else is good as a proof. It
 * binds its maker to nothing either: made twice, at any time, before or after a crash, it is the
 * same bytes. So a signer needs no record of the proofs it made.
 */
#ifndef HS_CRYPTO_VRF_H
#define HS_CRYPTO_VRF_H

#include "crypto/bls.h"

/* 96 bytes, the form of a signature. */
struct hs_vrf_proof {
    struct hs_bls_signature signature;
};

void hs_vrf_prove(struct hs_vrf_proof *proof, const struct hs_bls_secret_key *secret_key,
                  const struct hs_bls_statement *input);

/* HS_OK or HS_BAD_SIGNATURE. `key` was made by hs_bls_point_of. One pairing check. */
HS_MUST_CHECK enum hs_status hs_vrf_verify(const struct hs_vrf_proof *proof,
                                           const struct hs_bls_statement *input,
                                           const struct hs_bls_point *key);

/* The same as one of several checks for hs_bls_verify_many, which is cheaper than each alone.
 * All four are only pointed to. */
struct hs_bls_check hs_vrf_check(const struct hs_vrf_proof *proof,
                                 const struct hs_bls_statement *input,
                                 const struct hs_bls_point *const *key);

/* Of a proof that verified; of another it means nothing. */
void hs_vrf_output_of(struct hs_vrf_output *output, const struct hs_vrf_proof *proof);

#endif
