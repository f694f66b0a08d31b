/* hs_reputation_*: who missed its turns in an epoch is drawn less in the epoch after the next (P6).
 *
 * The chain itself says who did. A block of view v on a parent of view p shows that its leader made
 * its turn, and that the leaders of the views p + 1 .. v - 1 did not: of none of those views had the
 * quorum that gave up on the last a certificate, or the block could not pass it over (S3). Both
 * the leader itself and the next one show a certificate (L7). So nobody loses a turn by what one other
 * does; a leader that is silent costs itself.
 *
 *     weight to lead in e + 2 = stake * turns made / turns had in e, at least stake / 16, rounded up
 *
 * Who had no turn in e, as one who is drawn little often has none, gets twice its weight of e: it is
 * tried again, more and more, and one turn made brings it back whole. To forget at once would
 * draw those who are down for good in full every other time. The votes are not touched: their
 * weight is the stake, whatever this says.
 *
 * The figures are of one epoch only; the state keeps them beside each validator.
 */
#ifndef HS_CONSENSUS_REPUTATION_H
#define HS_CONSENSUS_REPUTATION_H

#include "consensus/leader_election.h"

/* The least that anybody leads: this part of its stake. With three of ten down, a thirtieth of the
 * views is theirs, instead of three tenths. */
#define HS_REPUTATION_FLOOR_DIVISOR 16u

/* Of one validator in one epoch; no more than HS_REPUTATION_TURNS_MAX of each are told apart. */
struct hs_turns {
    uint32_t made;
    uint32_t missed;
};

void hs_turns_add_made(struct hs_turns *turns);
void hs_turns_add_missed(struct hs_turns *turns);

/* The leaders that missed their turns between a block's view and its parent's, in the order of the
 * views; the same one may be there more than once. Returns how many, at most
 * HS_REPUTATION_GAP_MAX: of a longer gap, the first. That many leaders in a row are not at fault one
 * by one. The block itself is a turn made by rule's leader of `view`. `parent_view` is 0 for the first
 * block of an epoch, whose parent has a view of another. `rule` is that of the block's epoch. */
uint32_t hs_reputation_missed(uint32_t missed[HS_REPUTATION_GAP_MAX],
                              const struct hs_leader_rule *rule, uint64_t parent_view,
                              uint64_t view);

/* How often a validator is drawn in epoch e + 2: at least 1, at most its stake, which is above 0.
 * `stake` is that of e + 2. `weight_before` is what this said for e, or the stake of e where it said
 * nothing; 0 when the validator was not in the set of e. `turns` are those of e. */
uint64_t hs_reputation_weight(uint64_t stake, uint64_t weight_before, const struct hs_turns *turns);

#endif
