/* hs_certificate_cache: the certificates and VRF proofs verified lately, so that none is paired twice.
 *
 * The same QC arrives as a message, as the justify of the next block and inside view changes; a
 * leader's proof (P3) as part of one, and of its block. A verified certificate is remembered by its
 * bytes; the oldest is overwritten. What a peer sends enters only after it was verified, so nobody
 * can push good ones out for free.
 */
#ifndef HS_NODE_CERTIFICATE_CACHE_H
#define HS_NODE_CERTIFICATE_CACHE_H

#include <hotstuff/core.h>

#define HS_CACHE_QCS    64u
#define HS_CACHE_TCS    8u
#define HS_CACHE_PROOFS 8u

struct hs_certificate_cache {
    uint32_t qc_count;
    uint32_t qc_next;
    struct hs_verified_qc qcs[HS_CACHE_QCS];
    uint32_t tc_count;
    uint32_t tc_next;
    struct hs_verified_tc tcs[HS_CACHE_TCS];
    uint32_t proof_count;
    uint32_t proof_next;
    struct hs_verified_proof proofs[HS_CACHE_PROOFS];
};

/* NULL when it is not there; good until the next add. */
const struct hs_verified_qc *hs_certificate_cache_find_qc(const struct hs_certificate_cache *cache,
                                                          const struct hs_qc *qc);
const struct hs_verified_qc *hs_certificate_cache_find_qc_for(
    const struct hs_certificate_cache *cache, const struct hs_block_id *block_id);
const struct hs_verified_tc *hs_certificate_cache_find_tc(const struct hs_certificate_cache *cache,
                                                          const struct hs_tc *tc);
const struct hs_verified_proof *hs_certificate_cache_find_proof(
    const struct hs_certificate_cache *cache, const struct hs_leader_proof *proof);
void hs_certificate_cache_add_qc(struct hs_certificate_cache *cache,
                                 const struct hs_verified_qc *qc);
void hs_certificate_cache_add_tc(struct hs_certificate_cache *cache,
                                 const struct hs_verified_tc *tc);
void hs_certificate_cache_add_proof(struct hs_certificate_cache *cache,
                                    const struct hs_verified_proof *proof);

#endif
