/* hs_clock: the time, as a parameter.
 *
 * Only src/runtime/ and the simulator make one. Nothing that consensus or the
 * ledger decides reads it, except the pacemaker through the `now_ns` of events.
 */
#ifndef HS_BASE_CLOCK_H
#define HS_BASE_CLOCK_H

#include <stdint.h>

struct hs_clock {
    void *context;
    /* Nanoseconds that only ever grow, from an unknown start: for timers. */
    uint64_t (*now_ns)(void *context);
    /* Milliseconds of Unix time, as the machine believes: for a block's timestamp. */
    uint64_t (*unix_ms)(void *context);
};

#endif
