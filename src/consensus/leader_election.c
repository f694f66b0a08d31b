/* Leader election. See leader_election.h. */
#include "consensus/leader_election.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mutants.h"
#include "crypto/hash.h"

/* P1 */
uint32_t hs_simple_leader_election(uint64_t view, uint32_t validator_count)
{
    return (uint32_t)(view % validator_count);
}

static uint64_t leader_weight(const struct hs_leader_rule *rule, uint32_t index)
{
    return rule->leader_weights != NULL ? rule->leader_weights[index]
                                        : rule->validators->validators[index].weight;
}

static uint64_t leader_weight_total(const struct hs_leader_rule *rule)
{
    if (rule->leader_weights == NULL) {
        return rule->validators->weight_total;
    }
    uint64_t total = 0;
    for (uint32_t i = 0; i < rule->validators->count; i++) {
        total += rule->leader_weights[i];
    }
    return total;
}

static bool leader_weights_are_right(const struct hs_leader_rule *rule)
{
    uint64_t total = 0;
    for (uint32_t i = 0; rule->leader_weights != NULL && i < rule->validators->count; i++) {
        uint64_t weight = rule->leader_weights[i];
        if (weight == 0 || weight > HS_WEIGHT_TOTAL_MAX - total) {
            return false;
        }
        total += weight;
    }
    return true;
}

enum hs_status hs_leader_rule_check(const struct hs_leader_rule *rule)
{
    const struct hs_validator_set *set = rule->validators;
    if (!leader_weights_are_right(rule)) {
        return HS_INVALID_ARGUMENT;
    }
    if (rule->election == HS_LEADER_WEIGHTED || HS_MUTANT_LIGHT_TURNS) {
        return HS_OK;
    }
    for (uint32_t i = 1; i < set->count; i++) {
        if (set->validators[i].weight != set->validators[0].weight) {
            return HS_INVALID_ARGUMENT; /* P1 */
        }
    }
    return HS_OK;
}

/* 64 bits of H(randomness || view || attempt). */
static uint64_t draw(const uint8_t randomness[HS_HASH_BYTES], uint64_t view, uint64_t attempt)
{
    uint8_t input[HS_HASH_BYTES + 16];
    struct hs_writer writer = hs_writer_over(input, sizeof(input));
    hs_write_bytes(&writer, randomness, HS_HASH_BYTES);
    hs_write_u64(&writer, view);
    hs_write_u64(&writer, attempt);

    uint8_t hash[HS_HASH_BYTES];
    hs_hash(hash, "hotstuff/leader", input, sizeof(input));
    struct hs_reader reader = hs_reader_over(hash, sizeof(hash));
    return hs_read_u64(&reader);
}

/* P2: a number below the total weight, without bias: draws in the last, incomplete run of the
 * total are drawn again. At most every second draw is, so 64 attempts are never used up. */
static uint64_t draw_below(const uint8_t randomness[HS_HASH_BYTES], uint64_t view, uint64_t total)
{
    uint64_t incomplete = (UINT64_MAX % total + 1) % total; /* 2^64 mod total */
    for (uint64_t attempt = 0;; attempt++) {
        uint64_t number = draw(randomness, view, attempt);
        if (number <= UINT64_MAX - incomplete) {
            return number % total;
        }
        HS_ASSERT(attempt < 1024);
    }
}

uint32_t hs_leader_of(const struct hs_leader_rule *rule, uint64_t view)
{
    const struct hs_validator_set *set = rule->validators;
    if (rule->election == HS_LEADER_ROUND_ROBIN) {
        return hs_simple_leader_election(view, set->count);
    }
    uint64_t left = draw_below(rule->randomness, view, leader_weight_total(rule)); /* P2 */
    uint32_t index = 0;
    while (left >= leader_weight(rule, index)) {
        left -= leader_weight(rule, index);
        index++;
        HS_ASSERT(index < set->count);
    }
    return index;
}
