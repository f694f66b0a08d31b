/* hs_check_evidence: whom a node accuses of having voted twice (S8). No correct validator, ever: what
 * it signs by its own rules accuses nobody, and evidence can't be made up without its key.
 *
 * That evidence is found where a Byzantine validator's two votes reach the node that counts them is
 * tests/unit/test_checkers.c's to show: whether both reached it in time can't be seen from outside.
 */
#ifndef HS_SIM_CHECK_EVIDENCE_H
#define HS_SIM_CHECK_EVIDENCE_H

#include "node/node.h"
#include "sim/check.h"

/* The validators of the cluster against whom a node has verified evidence. */
void hs_check_find_accused(const struct hs_cluster *cluster, const struct hs_node *node,
                           struct hs_bitmap *accused);
/* Those are what the node of `process` says. */
void hs_check_accused(struct hs_check *check, uint32_t process, const struct hs_bitmap *accused);

#endif
