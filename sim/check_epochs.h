/* hs_check_epochs: which epochs correct and other nodes are in (P4).
 *
 *   - a committed block that proves its leader's turn does so by that leader's signature (P3)
 *   - all nodes have the same validators, weights, leader weights and randomness for an epoch, and
 *     end it at the same height: those that the chain fixed
 */
#ifndef HS_SIM_CHECK_EPOCHS_H
#define HS_SIM_CHECK_EPOCHS_H

#include "sim/check.h"

/* P3: the proof in a committed block is its leader's, over its view and its epoch's randomness. */
void hs_check_epoch_proof(struct hs_check *check, uint32_t process, const struct hs_block *block);
/* A node has begun this epoch, or was started in it. */
void hs_check_epoch_begun(struct hs_check *check, uint32_t process, const struct hs_epoch *begun);

#endif
