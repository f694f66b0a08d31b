/* Who leads a view. Pure functions of the view and of what the epoch fixed, so that every
 * validator knows the next leader and can send its vote there (P2 says why a secret draw would
 * not do).
 *
 * A draw lays the leader weights end to end and takes the validator that the view's random point
 * lies in, as a fraction of the whole:
 *
 *     |   validator 0   |  1  |      validator 2      | 3 |
 *     0 ------------------------^ u * total --------------- total
 *
 * The fraction u does not depend on the weights. So a unit of stake more or less moves the
 * borders by as little, and nobody can shuffle the turns of a whole epoch anew by paying in a
 * unit after the randomness is known; with a remainder (u mod total) one could.
 */
#ifndef HS_CONSENSUS_LEADER_ELECTION_H
#define HS_CONSENSUS_LEADER_ELECTION_H

#include <hotstuff/core.h>

struct hs_leader_rule {
    enum hs_leader_election election;
    uint8_t randomness[HS_HASH_BYTES];
    const struct hs_validator_set *validators; /* outlives the rule */
    /* P6: how often each one is drawn, where that is not by its voting weight: validators->count
     * of them, which outlive the rule, each above 0. NULL: by voting weight. */
    const uint64_t *leader_weights;
};

/* P1: round-robin over `validator_count` validators of equal weight. */
uint32_t hs_simple_leader_election(uint64_t view, uint32_t validator_count);

/* HS_INVALID_ARGUMENT for round-robin over unequal weights (P1): two light validators that
 * are silent could then keep two live leaders from ever being adjacent. And for a leader weight
 * of 0, or leader weights that sum to more than HS_WEIGHT_TOTAL_MAX. */
HS_MUST_CHECK enum hs_status hs_leader_rule_check(const struct hs_leader_rule *rule);

/* The index of the leader of `view`. The rule passes its check. */
uint32_t hs_leader_of(const struct hs_leader_rule *rule, uint64_t view);

#endif
