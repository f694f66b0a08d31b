#include "bench/latencies.h"

#include <stdlib.h>

bool hs_latencies_open(struct hs_latencies *latencies, size_t capacity)
{
    *latencies = (struct hs_latencies){.capacity = capacity};
    latencies->microseconds = calloc(capacity, sizeof latencies->microseconds[0]);
    return latencies->microseconds != NULL;
}

void hs_latencies_close(struct hs_latencies *latencies)
{
    free(latencies->microseconds);
}

void hs_latencies_add(struct hs_latencies *latencies, uint64_t duration_ns)
{
    uint64_t duration_us = duration_ns / 1000u;
    if (latencies->count < latencies->capacity) {
        latencies->microseconds[latencies->count++] =
            duration_us > UINT32_MAX ? UINT32_MAX : (uint32_t)duration_us;
    }
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

double hs_latencies_percentile_ms(struct hs_latencies *latencies, unsigned percent)
{
    if (latencies->count == 0) {
        return 0;
    }
    qsort(latencies->microseconds, latencies->count, sizeof latencies->microseconds[0], compare);
    size_t rank = (latencies->count * percent + 99u) / 100u;
    return (double)latencies->microseconds[rank > 0 ? rank - 1 : 0] / 1000.0;
}
