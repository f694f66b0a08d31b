/* The machine's clocks. Both calls are answered in user space, without a system call. */
#include "runtime/real_clock.h"

#include <stddef.h>
#include <time.h>

#include "base/assert.h"

static struct timespec read_clock(clockid_t clock)
{
    struct timespec time;
    HS_ASSERT(clock_gettime(clock, &time) == 0);
    return time;
}

static uint64_t now_ns(void *context)
{
    (void)context;
    struct timespec time = read_clock(CLOCK_MONOTONIC);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t unix_ms(void *context)
{
    (void)context;
    struct timespec time = read_clock(CLOCK_REALTIME);
    /* A machine whose battery died may believe in a year before 1970. */
    if (time.tv_sec < 0) {
        return 0;
    }
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

struct hs_clock hs_real_clock(void)
{
    return (struct hs_clock){.context = NULL, .now_ns = now_ns, .unix_ms = unix_ms};
}
