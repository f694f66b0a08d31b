/* Leader election. See leader_election.h. */
#include "consensus/leader_election.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mutants.h"
#include "crypto/hash.h"

__extension__ typedef unsigned __int128 wide;

/* P1 */
uint32_t hs_simple_leader_election(uint64_t view, uint32_t validator_count)
{
    return (uint32_t)(view % validator_count);
}

static bool weights_are_equal(const struct hs_validator_set *set)
{
    for (uint32_t i = 1; i < set->count; i++) {
        if (set->validators[i].weight != set->validators[0].weight) {
            return false;
        }
    }
    return true;
}

/* P6: nobody is left out for good, and the sum fits. */
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
    bool turns_are_right = true;
    switch (rule->election) {
    case HS_LEADER_ROUND_ROBIN: /* P1 */
        turns_are_right = weights_are_equal(rule->validators) || HS_MUTANT_LIGHT_TURNS;
        break;
    case HS_LEADER_WEIGHTED:
    case HS_LEADER_REPUTATION:
        break;
    }
    return turns_are_right && leader_weights_are_right(rule) ? HS_OK : HS_INVALID_ARGUMENT;
}

static uint64_t weight_of(const struct hs_leader_rule *rule, uint32_t index)
{
    if (HS_MUTANT_DRAW_UNWEIGHTED) {
        return 1;
    }
    return rule->leader_weights != NULL ? rule->leader_weights[index]
                                        : rule->validators->validators[index].weight;
}

static uint64_t total_of(const struct hs_leader_rule *rule)
{
    if (HS_MUTANT_DRAW_UNWEIGHTED) {
        return rule->validators->count;
    }
    if (rule->leader_weights == NULL) {
        return rule->validators->weight_total;
    }
    uint64_t total = 0;
    for (uint32_t i = 0; i < rule->validators->count; i++) {
        total += rule->leader_weights[i];
    }
    return total;
}

/* P2: floor(u * total / 2^128), u being 128 bits of H(randomness || view). A place is drawn by at
 * most one u of 2^128 more than another is: with totals below 2^62 that is no bias. */
static uint64_t draw_place(const uint8_t randomness[HS_HASH_BYTES], uint64_t view, uint64_t total)
{
    uint8_t input[HS_HASH_BYTES + 8];
    struct hs_writer writer = hs_writer_over(input, sizeof(input));
    hs_write_bytes(&writer, randomness, HS_HASH_BYTES);
    hs_write_u64(&writer, view);

    uint8_t hash[HS_HASH_BYTES];
    hs_hash(hash, "hotstuff/leader", input, sizeof(input));
    struct hs_reader reader = hs_reader_over(hash, sizeof(hash));
    uint64_t low = hs_read_u64(&reader);
    uint64_t high = hs_read_u64(&reader);
    wide carry = (wide)low * total >> 64;
    return (uint64_t)(((wide)high * total + carry) >> 64);
}

uint32_t hs_leader_of(const struct hs_leader_rule *rule, uint64_t view)
{
    const struct hs_validator_set *set = rule->validators;
    if (rule->election == HS_LEADER_ROUND_ROBIN) {
        return hs_simple_leader_election(view, set->count);
    }
    uint64_t left = draw_place(rule->randomness, view, total_of(rule)); /* P2 */
    uint32_t index = 0;
    while (left >= weight_of(rule, index)) {
        left -= weight_of(rule, index);
        index++;
        HS_ASSERT(index < set->count);
    }
    return index;
}
