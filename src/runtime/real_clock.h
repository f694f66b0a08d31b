/* hs_real_clock: the machine's own time.
 */
#ifndef HS_RUNTIME_REAL_CLOCK_H
#define HS_RUNTIME_REAL_CLOCK_H

#include "base/clock.h"

/* Nanoseconds from CLOCK_MONOTONIC, which nobody sets; Unix time from CLOCK_REALTIME. Safe
 * from any thread; nothing to release. */
struct hs_clock hs_real_clock(void);

#endif
