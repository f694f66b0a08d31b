/* hs_check_leaders: who leads in staked chains, computed once more (P2, P3, P6).
 *
 *   - each committed block is by the leader that randomness and leader weights draw for its view
 *   - its VRF proof is that leader's, for this view and this epoch's randomness
 *   - the leader weights of an epoch are the stakes; by reputation, what the turns made and missed in
 *     the epoch before the last leave of them
 *
 * From docs/protocol.md and the headers of what is committed alone. The sets and their randomness are
 * the stake model's.
 */
#ifndef HS_SIM_CHECK_LEADERS_H
#define HS_SIM_CHECK_LEADERS_H

#include "sim/check.h"
#include "sim/stake_model.h"

/* The leader weights of an epoch, by member. */
struct hs_leader_weights {
    uint64_t number;
    uint64_t weights[HS_VALIDATORS_MAX];
};

struct hs_check_leaders {
    uint64_t view; /* of the last block of the epoch; 0: it has none yet */
    struct {
        uint64_t made;
        uint64_t missed;
    } turns[HS_VALIDATORS_MAX];                     /* in the epoch, by member */
    struct hs_leader_weights epochs[HS_STAKE_SETS]; /* the last ones, by number */
};

/* At genesis. */
void hs_check_leaders_init(struct hs_check_leaders *leaders, const struct hs_stake_model *model);

/* The block of the next height, which the model has just taken. */
void hs_check_leaders_block(struct hs_check_leaders *leaders, struct hs_check *check,
                            const struct hs_stake_model *model, const struct hs_block *block);

/* Has a fixed epoch the leader weights that it must have? True of one that is none of the last ones. */
bool hs_check_leaders_agree(const struct hs_check_leaders *leaders, const struct hs_epoch *fixed);

#endif
