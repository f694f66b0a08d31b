/* See check_epochs.h. */
#include "sim/check_epochs.h"

#include <inttypes.h>
#include <string.h>

#define NAME "epochs"

static bool same_validator(const struct hs_validator *a, const struct hs_validator *b)
{
    return a->weight == b->weight &&
           memcmp(&a->bls_public_key, &b->bls_public_key, sizeof(a->bls_public_key)) == 0 &&
           memcmp(&a->network_key, &b->network_key, sizeof(a->network_key)) == 0;
}

static bool same_set(const struct hs_validator_set *a, const struct hs_validator_set *b)
{
    bool same = a->epoch == b->epoch && a->count == b->count && a->weight_total == b->weight_total;
    for (uint32_t i = 0; same && i < a->count; i++) {
        same = same_validator(&a->validators[i], &b->validators[i]);
    }
    return same;
}

void hs_check_epoch_begun(struct hs_check *check, uint32_t process, const struct hs_epoch *begun)
{
    uint64_t number = begun->validators.epoch;
    const struct hs_epoch *fixed = hs_cluster_epoch(check->cluster, number);
    if (fixed == NULL || begun->last_height != fixed->last_height) {
        hs_check_fail(check, NAME,
                      "P4: node %" PRIu32 " is in epoch %" PRIu64 " up to height %" PRIu64
                      ", and the chain is not",
                      process, number, begun->last_height);
        return;
    }
    if (!same_set(&begun->validators, &fixed->validators)) {
        hs_check_fail(check, NAME, "P4: node %" PRIu32 " has another set for epoch %" PRIu64,
                      process, number);
    }
    size_t leader_bytes = fixed->validators.count * sizeof(fixed->leader_weights[0]);
    bool drawn_alike =
        memcmp(begun->randomness, fixed->randomness, sizeof(fixed->randomness)) == 0 &&
        (check->cluster->epoch_blocks == 0 ||
         memcmp(begun->leader_weights, fixed->leader_weights, leader_bytes) == 0);
    if (!drawn_alike) {
        hs_check_fail(check, NAME,
                      "P2: node %" PRIu32 " draws the leaders of epoch %" PRIu64 " otherwise",
                      process, number);
    }
}

void hs_check_epoch_proof(struct hs_check *check, uint32_t process, const struct hs_block *block)
{
    const struct hs_block_header *header = &block->header;
    const struct hs_epoch *epoch = hs_cluster_epoch(check->cluster, header->epoch);
    if (epoch == NULL || header->vrf_proof_bytes != HS_BLS_SIGNATURE_BYTES ||
        header->proposer >= epoch->validators.count) {
        return; /* check_chain.h says whether it may be so */
    }
    const struct hs_validator *leader = &epoch->validators.validators[header->proposer];
    if (!hs_check_is_proved(check, header, &leader->bls_public_key, epoch->randomness)) {
        hs_check_fail(check, NAME,
                      "P3: node %" PRIu32 " committed a block of height %" PRIu64
                      " whose proof is not its leader's",
                      process, header->height);
    }
}
