/* Leaders by reputation. See reputation.h. */
#include "consensus/reputation.h"

#include "base/mutants.h"

static void add(uint32_t *count)
{
    if (*count < HS_REPUTATION_TURNS_MAX) {
        (*count)++;
    }
}

void hs_turns_add_made(struct hs_turns *turns)
{
    add(&turns->made);
}

void hs_turns_add_missed(struct hs_turns *turns)
{
    add(&turns->missed);
}

/* P6 */
uint32_t hs_reputation_missed(uint32_t missed[HS_REPUTATION_GAP_MAX],
                              const struct hs_leader_rule *rule, uint64_t parent_view,
                              uint64_t view)
{
    uint64_t gap = view > parent_view ? view - parent_view - 1 : 0;
    uint32_t count = gap < HS_REPUTATION_GAP_MAX ? (uint32_t)gap : HS_REPUTATION_GAP_MAX;
    if (HS_MUTANT_TURNS_FORGOTTEN) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        missed[i] = hs_leader_of(rule, parent_view + 1 + i);
    }
    return count;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* floor(stake * made / had). Both parts fit: made <= had < 2^32, so the first is at most the stake
 * and the second below 2^64. */
static uint64_t share(uint64_t stake, uint64_t made, uint64_t had)
{
    return stake / had * made + stake % had * made / had;
}

/* Rounded up: above 0, and whole again after as many doublings as the divisor has. */
static uint64_t least(uint64_t stake)
{
    return stake / HS_REPUTATION_FLOOR_DIVISOR + (stake % HS_REPUTATION_FLOOR_DIVISOR != 0);
}

/* P6 */
uint64_t hs_reputation_weight(uint64_t stake, uint64_t weight_before, const struct hs_turns *turns)
{
    uint64_t made = smaller(turns->made, HS_REPUTATION_TURNS_MAX);
    uint64_t had = made + smaller(turns->missed, HS_REPUTATION_TURNS_MAX);
    uint64_t weight = stake;
    if (had > 0) {
        weight = larger(share(stake, made, had), least(stake));
    } else if (weight_before > 0 && weight_before <= stake / 2) {
        weight = HS_MUTANT_TURNS_UNFORGIVEN ? weight_before : 2 * weight_before;
    }
    return weight;
}
