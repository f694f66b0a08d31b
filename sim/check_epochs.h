/* hs_check_epochs: which epochs correct and other nodes are in (P4).
 *
 *   - all nodes have the same validators, weights, leader weights and randomness for an epoch, and
 *     end it at the same height: those that the chain fixed
 */
#ifndef HS_SIM_CHECK_EPOCHS_H
#define HS_SIM_CHECK_EPOCHS_H

#include "sim/check.h"

/* A node has begun this epoch, or was started in it. */
void hs_check_epoch_begun(struct hs_check *check, uint32_t process, const struct hs_epoch *begun);

#endif
