/* Verified certificates by their bytes. See certificate_cache.h. */
#include "node/certificate_cache.h"

#include <string.h>

#include "wire/certificate.h"

static bool tc_equal(const struct hs_tc *a, const struct hs_tc *b)
{
    if (a->epoch != b->epoch || a->view != b->view || a->group_count != b->group_count ||
        !hs_qc_equal(&a->high_qc, &b->high_qc)) {
        return false;
    }
    return memcmp(a->groups, b->groups, a->group_count * sizeof(a->groups[0])) == 0;
}

const struct hs_verified_qc *hs_certificate_cache_find_qc(const struct hs_certificate_cache *cache,
                                                          const struct hs_qc *qc)
{
    for (uint32_t i = 0; i < cache->qc_count; i++) {
        if (hs_qc_equal(hs_verified_qc_get(&cache->qcs[i]), qc)) {
            return &cache->qcs[i];
        }
    }
    return NULL;
}

const struct hs_verified_qc *hs_certificate_cache_find_qc_for(
    const struct hs_certificate_cache *cache, const struct hs_block_id *block_id)
{
    for (uint32_t i = 0; i < cache->qc_count; i++) {
        const struct hs_qc *qc = hs_verified_qc_get(&cache->qcs[i]);
        if (memcmp(&qc->block_id, block_id, sizeof(*block_id)) == 0) {
            return &cache->qcs[i];
        }
    }
    return NULL;
}

const struct hs_verified_tc *hs_certificate_cache_find_tc(const struct hs_certificate_cache *cache,
                                                          const struct hs_tc *tc)
{
    for (uint32_t i = 0; i < cache->tc_count; i++) {
        if (tc_equal(hs_verified_tc_get(&cache->tcs[i]), tc)) {
            return &cache->tcs[i];
        }
    }
    return NULL;
}

static bool proof_equal(const struct hs_leader_proof *a, const struct hs_leader_proof *b)
{
    return a->epoch == b->epoch && a->view == b->view && a->leader == b->leader &&
           memcmp(&a->signature, &b->signature, sizeof(a->signature)) == 0;
}

const struct hs_verified_proof *hs_certificate_cache_find_proof(
    const struct hs_certificate_cache *cache, const struct hs_leader_proof *proof)
{
    for (uint32_t i = 0; i < cache->proof_count; i++) {
        if (proof_equal(hs_verified_proof_get(&cache->proofs[i]), proof)) {
            return &cache->proofs[i];
        }
    }
    return NULL;
}

void hs_certificate_cache_add_qc(struct hs_certificate_cache *cache,
                                 const struct hs_verified_qc *qc)
{
    if (hs_certificate_cache_find_qc(cache, hs_verified_qc_get(qc)) != NULL) {
        return;
    }
    cache->qcs[cache->qc_next] = *qc;
    cache->qc_next = (cache->qc_next + 1) % HS_CACHE_QCS;
    cache->qc_count += cache->qc_count < HS_CACHE_QCS ? 1 : 0;
}

void hs_certificate_cache_add_tc(struct hs_certificate_cache *cache,
                                 const struct hs_verified_tc *tc)
{
    if (hs_certificate_cache_find_tc(cache, hs_verified_tc_get(tc)) != NULL) {
        return;
    }
    cache->tcs[cache->tc_next] = *tc;
    cache->tc_next = (cache->tc_next + 1) % HS_CACHE_TCS;
    cache->tc_count += cache->tc_count < HS_CACHE_TCS ? 1 : 0;
}

void hs_certificate_cache_add_proof(struct hs_certificate_cache *cache,
                                    const struct hs_verified_proof *proof)
{
    if (hs_certificate_cache_find_proof(cache, hs_verified_proof_get(proof)) != NULL) {
        return;
    }
    cache->proofs[cache->proof_next] = *proof;
    cache->proof_next = (cache->proof_next + 1) % HS_CACHE_PROOFS;
    cache->proof_count += cache->proof_count < HS_CACHE_PROOFS ? 1 : 0;
}
