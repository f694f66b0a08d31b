/* The way back for a validator whose safety record is lost or older than what it signed (D5), and what
 * goes along with one that moves.
 *
 * Nobody but the owner can know what was signed. They name the highest epoch and view the validator
 * may have voted in, and both records are written anew so that nothing is signed again up to there.
 * What the old records still forbid is kept, and nothing in them is ever lowered; what they say was
 * signed last is not said again. Where the owner has that from the records of another home, the lock is
 * known, too.
 */
#ifndef HS_NODE_RECORD_RECOVERY_H
#define HS_NODE_RECORD_RECOVERY_H

#include "storage/disk.h"

/* Views and epochs are counted up by one for ever; above this there might be none left. */
#define HS_RECOVERED_VIEW_MAX (UINT64_MAX >> 2)

struct hs_recovery_request {
    const struct hs_disk *disk; /* of the validator, which does not run */
    uint64_t epoch;             /* of the view; the log's, unless it is lost (hs_log_epoch) */
    uint64_t last_voted_view;   /* at most HS_RECOVERED_VIEW_MAX, as the epoch */
    bool lock_known;            /* else it is taken to be as high as it can be */
    uint64_t locked_view;
};

/* What the records of a home forbid, in one epoch; in those before it they forbid everything. */
struct hs_signed_maxima {
    uint64_t epoch;
    uint64_t last_voted_view; /* or given up */
    uint64_t locked_view;
};

/* From both records. HS_NO_SAFETY_RECORD when one is missing; HS_MALFORMED or HS_CORRUPT; HS_IO. */
HS_MUST_CHECK enum hs_status hs_records_read(struct hs_signed_maxima *maxima,
                                             const struct hs_disk *disk);

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
