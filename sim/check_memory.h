/* hs_check_memory: every queue, map and buffer of a correct node, and what is under way in the
 * network, stays within its limit (hs_node_usage).
 */
#ifndef HS_SIM_CHECK_MEMORY_H
#define HS_SIM_CHECK_MEMORY_H

#include "node/node.h"
#include "sim/check.h"

void hs_check_memory_node(struct hs_check *check, uint32_t process,
                          const struct hs_node_usage usage[], size_t count);
void hs_check_memory_network(struct hs_check *check, uint64_t in_flight, uint64_t in_flight_max);

#endif
