/* The way back for a validator whose safety record is lost or older than what it signed (D5).
 *
 * Nobody but the owner can know what was signed. They name the highest epoch and view the validator
 * may have voted in, and both records are written anew so that nothing is signed again up to there.
 * What the old records still forbid is kept, and nothing in them is ever lowered; what they say was
 * signed last is not said again.
 */
#ifndef HS_NODE_RECORD_RECOVERY_H
#define HS_NODE_RECORD_RECOVERY_H

#include "storage/disk.h"

struct hs_recovery_request {
    const struct hs_disk *disk; /* of the validator, which does not run */
    uint64_t epoch;           /* of the view; the log's, unless it is lost (hs_log_epoch) */
    uint64_t last_voted_view; /* far below 2^64: there must be views left */
};

struct hs_recovery {
    bool safety_record_read; /* the old one could be */
    bool signer_record_read;
    uint64_t epoch; /* as written: at least what was asked for */
    uint64_t last_voted_view;
    uint64_t locked_view;
};

/* Writes both records. HS_IO: maybe only one of them, which the next start notices. */
HS_MUST_CHECK enum hs_status hs_records_recover(struct hs_recovery *recovery,
                                                const struct hs_recovery_request *request);

#endif
