/* hs_latencies: many durations, of which the middle and the worst are asked.
 */
#ifndef HS_BENCH_LATENCIES_H
#define HS_BENCH_LATENCIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hs_latencies {
    uint32_t *microseconds; /* owned */
    size_t count;
    size_t capacity;
};

/* False without memory. */
bool hs_latencies_open(struct hs_latencies *latencies, size_t capacity);
void hs_latencies_close(struct hs_latencies *latencies);
/* What is above the capacity is not kept. */
void hs_latencies_add(struct hs_latencies *latencies, uint64_t duration_ns);
/* The smallest one that `percent` of 100 are not above, in milliseconds; 0 when there is none.
 * Sorts. */
double hs_latencies_percentile_ms(struct hs_latencies *latencies, unsigned percent);

#endif
