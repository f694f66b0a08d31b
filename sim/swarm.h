/* hs_swarm: everything about a run from its seed alone.
 *
 * Swarm testing (Groce and others, ISSTA 2012): a run that has every kind of trouble at once hides
 * what only shows when some are missing, so each kind of fault and of attacker is in a run or
 * not, by chance. The size of the cluster, its weights, its leader rule, its load, its fees and
 * its epochs, with the validator set of each, are drawn, too.
 */
#ifndef HS_SIM_SWARM_H
#define HS_SIM_SWARM_H

#include "sim/run.h"

/* At most 200 blocks or 30 virtual seconds. */
void hs_swarm_draw(struct hs_sim_config *config, uint64_t seed);

/* "7 nodes, weights 3 1 4 ..., weighted leaders, faults ..., validator 2 twin, ..." */
#define HS_SWARM_TEXT_CHARACTERS 640u
void hs_swarm_describe(char text[HS_SWARM_TEXT_CHARACTERS], const struct hs_sim_config *config);

#endif
