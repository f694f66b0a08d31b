/* The VRF over BLS signatures. See vrf.h. */
#include "crypto/vrf.h"

#include "crypto/hash.h"

void hs_vrf_prove(struct hs_vrf_proof *proof, const struct hs_bls_secret_key *secret_key,
                  const struct hs_bls_statement *input)
{
    hs_bls_sign(&proof->signature, secret_key, input);
}

enum hs_status hs_vrf_verify(const struct hs_vrf_proof *proof, const struct hs_bls_statement *input,
                             const struct hs_bls_point *key)
{
    return hs_bls_verify(&proof->signature, input, &key, 1);
}

struct hs_bls_check hs_vrf_check(const struct hs_vrf_proof *proof,
                                 const struct hs_bls_statement *input,
                                 const struct hs_bls_point *const *key)
{
    return (struct hs_bls_check){
        .signature = &proof->signature, .statement = input, .keys = key, .key_count = 1};
}

void hs_vrf_output_of(struct hs_vrf_output *output, const struct hs_vrf_proof *proof)
{
    hs_hash(output->bytes, "hotstuff/vrf-output", proof->signature.bytes,
            sizeof proof->signature.bytes);
}
