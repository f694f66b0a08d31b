/* hs_check_stakes: what staked chains do to validators (P4, P7, P8), against the model of it
 * (stake_model.h), which is fed what is committed.
 *
 *   - no block holds an operation that the rules forbid: a key without proof of possession, evidence
 *     that the accused has not signed, one let out of jail too early, ...
 *   - no correct validator is punished, ever
 *   - the set and the randomness of each epoch are what the stakes and the proofs of the epoch before the
 *     last make of them
 *   - leaders, their proofs and their weights are right (check_leaders.h)
 *   - each node's ledger has the same stakes, unbondings and jail times for all validators, and the same
 *     balances for their operators: nothing is paid early, twice or not at all, and a punishment burns
 *     what it must, to the unit
 */
#ifndef HS_SIM_CHECK_STAKES_H
#define HS_SIM_CHECK_STAKES_H

#include "sim/check.h"
#include "sim/stake_model.h"

struct hs_check_stakes;

/* NULL where the cluster is not staked; then nothing of the rest is called. */
struct hs_check_stakes *hs_check_stakes_new(const struct hs_cluster *cluster);
void hs_check_stakes_free(struct hs_check_stakes *stakes);

/* A process has this block as committed. Its header and payload were seen. */
void hs_check_stakes_block(struct hs_check_stakes *stakes, struct hs_check *check,
                           const struct hs_block *block);
/* The committed state of a process after the block of this height. */
void hs_check_stakes_ledger(struct hs_check_stakes *stakes, struct hs_check *check,
                            uint32_t process, uint64_t height, const struct hs_ledger *ledger);

const struct hs_stake_model *hs_check_stakes_model(const struct hs_check_stakes *stakes);

#endif
