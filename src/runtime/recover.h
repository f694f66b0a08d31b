/* The way back for a validator whose safety record is lost or older than what it signed (D5).
 *
 * Nobody but the owner can know what was signed. They name the highest view the validator may
 * have voted in, and both records are written anew so that nothing is signed again up to there.
 * What the old records still say is kept, and nothing in them is ever lowered.
 */
#ifndef HS_RUNTIME_RECOVER_H
#define HS_RUNTIME_RECOVER_H

#include "runtime/home.h"

struct hs_recovery {
    bool safety_record_read; /* the old one could be */
    bool signer_record_read;
    uint64_t last_voted_view; /* as written: at least what was asked for */
    uint64_t locked_view;
};

/* HS_IN_USE while the validator runs; HS_INVALID_ARGUMENT for a view that leaves none to vote in;
 * else as hs_home_load and the disk have it. */
HS_MUST_CHECK enum hs_status hs_home_recover(struct hs_recovery *recovery, const char *path,
                                             uint64_t last_voted_view, struct hs_home_error *error);

#endif
