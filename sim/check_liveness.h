/* hs_check_liveness: once the faults have stopped, against all correct nodes together (section 6).
 *
 *   - a new block commits at most two views after the first two consecutive views with correct
 *     leaders, by the schedule of leaders that the nodes themselves go by; under P1 within
 *     2(f + 1) + 2 views
 *   - every correct node gets there that is a member around the epoch of that block (P5)
 *   - no correct node is left following or not signing, though it lost nothing (D5)
 *
 * Views are counted from the highest in which a correct node was at that moment: of what was said in
 * the later ones nothing was lost. A block of view v commits in view v + 2, when the QC of v + 1 leads
 * there; so the views of blocks say when they can have committed.
 */
#ifndef HS_SIM_CHECK_LIVENESS_H
#define HS_SIM_CHECK_LIVENESS_H

#include "node/node.h"
#include "sim/check.h"

struct hs_check_liveness {
    bool stopped;
    uint64_t epoch;         /* in which the faults stopped */
    uint64_t view;          /* where the first was when the faults stopped */
    uint64_t target;        /* the height that is new */
    uint64_t deadline_view; /* of the block of that height, at the latest */
};

/* The faults have stopped; `height` was reported, `core` is the furthest, in `view`. */
void hs_check_liveness_begin(struct hs_check_liveness *liveness, struct hs_check *check,
                             const struct hs_core *core, uint64_t view, uint64_t height);
/* All correct nodes have the target; its block is of this epoch and view. */
void hs_check_liveness_reached(const struct hs_check_liveness *liveness, struct hs_check *check,
                               uint64_t block_epoch, uint64_t block_view);
/* There was time enough, and this node is still here. */
void hs_check_liveness_late(const struct hs_check_liveness *liveness, struct hs_check *check,
                            uint32_t process, uint64_t height);
/* D5: of a correct node, at the end. */
void hs_check_liveness_health(struct hs_check *check, uint32_t process, enum hs_node_health health,
                              bool signing);
/* The process of a correct validator does not run at the end. */
void hs_check_liveness_down(struct hs_check *check, uint32_t process);

#endif
