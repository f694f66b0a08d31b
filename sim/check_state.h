/* hs_check_state: what the chain has computed, on every node.
 *
 *   - equal state roots at equal heights, in the headers that nodes report as committed and in what
 *     their own ledgers hold (X1)
 *   - the supply is what genesis gave out
 *   - no node finds that its state is another than the certified one (X1)
 */
#ifndef HS_SIM_CHECK_STATE_H
#define HS_SIM_CHECK_STATE_H

#include "sim/check.h"

struct hs_check_state;

struct hs_check_state *hs_check_state_new(void);
void hs_check_state_free(struct hs_check_state *state);

/* The root that a process has at a height. Heights are asked for in order, or were before. */
void hs_check_state_root(struct hs_check_state *state, struct hs_check *check, uint32_t process,
                         uint64_t height, const struct hs_state_root *root);
void hs_check_state_supply(struct hs_check *check, uint32_t process, uint64_t height,
                           struct hs_amount supply, struct hs_amount genesis_supply);
void hs_check_state_diverged(struct hs_check *check, uint32_t process);

#endif
