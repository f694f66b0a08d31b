#include "consensus/validator_set.h"

#include <string.h>

#include "base/bitmap.h"
#include "base/mutants.h"

static bool share_a_key(const struct hs_validator *a, const struct hs_validator *b)
{
    return memcmp(&a->bls_public_key, &b->bls_public_key, sizeof a->bls_public_key) == 0 ||
           memcmp(&a->network_key, &b->network_key, sizeof a->network_key) == 0;
}

static bool keys_are_distinct(const struct hs_validator_set *set)
{
    for (uint32_t i = 1; i < set->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (share_a_key(&set->validators[i], &set->validators[j])) {
                return false;
            }
        }
    }
    return true;
}

static bool weights_are_right(const struct hs_validator_set *set)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        uint64_t weight = set->validators[i].weight;
        if (weight == 0 || weight > HS_WEIGHT_TOTAL_MAX - total) {
            return false;
        }
        total += weight;
    }
    return total == set->weight_total;
}

enum hs_status hs_validator_set_check(const struct hs_validator_set *set)
{
    bool right = set->count >= 1 && set->count <= HS_VALIDATORS_MAX && weights_are_right(set) &&
                 keys_are_distinct(set);
    return right ? HS_OK : HS_INVALID_ARGUMENT;
}

uint64_t hs_validator_set_quorum(const struct hs_validator_set *set)
{
    uint64_t total = HS_MUTANT_WEIGHTS_IGNORED ? set->count : set->weight_total;
    return 2 * total / 3 + (HS_MUTANT_SHORT_QUORUM && total > 1 ? 0 : 1);
}

uint64_t hs_validator_set_honest(const struct hs_validator_set *set)
{
    return set->weight_total - hs_validator_set_quorum(set) + 1;
}

uint64_t hs_validator_set_weight(const struct hs_validator_set *set, uint32_t index)
{
    return index < set->count ? set->validators[index].weight : 0;
}

uint64_t hs_validator_set_weight_of(const struct hs_validator_set *set,
                                    const struct hs_bitmap *signers)
{
    uint64_t weight = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        if (hs_bitmap_get(signers, i)) {
            weight += set->validators[i].weight;
        }
    }
    return weight;
}
