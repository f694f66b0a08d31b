/* See check_liveness.h. */
#include "sim/check_liveness.h"

#include <inttypes.h>

#define NAME "liveness"
/* After the second of the two views. */
#define VIEWS_MORE 2u
/* From the view of a block to the one in which it commits. */
#define VIEWS_TO_COMMIT 2u
/* Where no two leaders in a row are correct for so long (P1), none will be. */
#define VIEWS_SEARCHED 10000u

/* P1: weights are equal. */
static uint64_t faulty_max(const struct hs_check *check, uint64_t epoch)
{
    return (hs_cluster_member_count(check->cluster, epoch) - 1) / 3;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool leader_is_correct(struct hs_check *check, uint64_t epoch, uint64_t view)
{
    uint32_t leader = hs_check_leader(check, epoch, view);
    return hs_check_is_correct(check, hs_cluster_node_of(check->cluster, epoch, leader));
}

/* The second of the first two consecutive views after `view` whose leaders are correct. */
static uint64_t second_correct(struct hs_check *check, uint64_t epoch, uint64_t view)
{
    uint64_t second = view + 2;
    while (second < view + VIEWS_SEARCHED && (!leader_is_correct(check, epoch, second - 1) ||
                                              !leader_is_correct(check, epoch, second))) {
        second++;
    }
    return second;
}

/* The view in which a new block is proposed, at the latest, when all is well from `view` on. */
static uint64_t deadline_after(struct hs_check *check, uint64_t epoch, uint64_t view)
{
    uint64_t commit_view = second_correct(check, epoch, view) + VIEWS_MORE;
    if (check->cluster->election == HS_LEADER_ROUND_ROBIN) {
        uint64_t bound = 2 * (faulty_max(check, epoch) + 1) + 2;
        commit_view = earlier(commit_view, view + bound);
    }
    return commit_view - VIEWS_TO_COMMIT;
}

void hs_check_liveness_begin(struct hs_check_liveness *liveness, struct hs_check *check,
                             const struct hs_core *core, uint64_t view, uint64_t height)
{
    struct hs_core_status status;
    hs_core_status(core, &status);
    *liveness = (struct hs_check_liveness){
        .stopped = true,
        .epoch = status.epoch,
        .view = view,
        .target = height + 1,
        .deadline_view = deadline_after(check, status.epoch, view),
    };
}

/* In a later epoch views begin anew (P4). */
void hs_check_liveness_reached(const struct hs_check_liveness *liveness, struct hs_check *check,
                               uint64_t block_epoch, uint64_t block_view)
{
    uint64_t deadline_view = block_epoch > liveness->epoch ? deadline_after(check, block_epoch, 0)
                                                           : liveness->deadline_view;
    if (block_view > deadline_view) {
        hs_check_fail(check, NAME,
                      "a new block took too many views since the faults stopped in view %" PRIu64
                      ": it is of epoch %" PRIu64 ", view %" PRIu64 ", not of view %" PRIu64
                      " or before",
                      liveness->view, block_epoch, block_view, deadline_view);
    }
}

void hs_check_liveness_late(const struct hs_check_liveness *liveness, struct hs_check *check,
                            uint32_t process, uint64_t height)
{
    hs_check_fail(check, NAME,
                  "node %" PRIu32 " is at height %" PRIu64 " and has not committed height %" PRIu64
                  " since the faults stopped in view %" PRIu64,
                  process, height, liveness->target, liveness->view);
}

void hs_check_liveness_health(struct hs_check *check, uint32_t process, enum hs_node_health health,
                              bool signing)
{
    if (health != HS_NODE_HEALTHY || !signing) {
        hs_check_fail(check, NAME,
                      "D5: node %" PRIu32 " does not sign, though it lost nothing: health %d",
                      process, (int)health);
    }
}

void hs_check_liveness_down(struct hs_check *check, uint32_t process)
{
    hs_check_fail(check, NAME, "node %" PRIu32 " is down, though the faults have stopped", process);
}
