/* node/record_recovery.h for a home: what `hotstuff recover` does (D5).
 */
#ifndef HS_RUNTIME_RECOVER_H
#define HS_RUNTIME_RECOVER_H

#include "node/record_recovery.h"
#include "runtime/home.h"

/* HS_IN_USE while the validator runs; HS_INVALID_ARGUMENT for a view that leaves none to vote in;
 * else as hs_home_load and the disk have it. */
HS_MUST_CHECK enum hs_status hs_home_recover(struct hs_recovery *recovery, const char *path,
                                             uint64_t last_voted_view, struct hs_home_error *error);

#endif
