/* node/signing_history.h for a home: `hotstuff keys history` (D5).
 */
#ifndef HS_RUNTIME_HISTORY_H
#define HS_RUNTIME_HISTORY_H

#include "node/signing_history.h"
#include "runtime/home.h"

/* What the home's records forbid, for each of its keys. HS_IN_USE while the validator runs; else as
 * hs_home_load and the disk have it, HS_NO_SAFETY_RECORD among that: then nobody knows (D5). */
HS_MUST_CHECK enum hs_status hs_home_history_export(struct hs_signing_history *history,
                                                    const char *path, struct hs_home_error *error);

/* Makes the home's records forbid what the history says of its keys, beside what they forbid already;
 * `maxima` is what they then say, and *raised whether that is more than before. The same results, and
 * HS_WRONG_CHAIN; HS_NOT_FOUND: the history says nothing of these keys. */
HS_MUST_CHECK enum hs_status hs_home_history_import(struct hs_signed_maxima *maxima, bool *raised,
                                                    const char *path,
                                                    const struct hs_signing_history *history,
                                                    struct hs_home_error *error);

#endif
