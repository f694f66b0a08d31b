/* node/record_recovery.h for a home: what `hotstuff recover` does (D5).
 */
#ifndef HS_RUNTIME_RECOVER_H
#define HS_RUNTIME_RECOVER_H

#include "node/record_recovery.h"
#include "runtime/home.h"

/* The highest epoch and view that the validator may have voted in. */
struct hs_recovered_view {
    bool epoch_given; /* else it is the one that the block log ends in */
    uint64_t epoch;
    uint64_t view;
};

/* HS_IN_USE while the validator runs; HS_INVALID_ARGUMENT for a view that leaves none to vote in;
 * else as hs_home_load and the disk have it. */
HS_MUST_CHECK enum hs_status hs_home_recover(struct hs_recovery *recovery, const char *path,
                                             const struct hs_recovered_view *last_voted,
                                             struct hs_home_error *error);

#endif
