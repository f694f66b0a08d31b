/* A leader's block with another proof of its turn than is its own (P3): all the rest of it is
 * right, the state root that such a proof would come to included. Who takes it lets its proposer
 * choose what is mixed into the randomness of a later epoch.
 */
#ifndef HS_SIM_ATTACK_PROOFS_H
#define HS_SIM_ATTACK_PROOFS_H

#include "sim/attack_block.h"

/* Makes one of the node's own, where leaders prove their turns. */
void hs_attack_prove_falsely(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                             const struct hs_message *own);

#endif
