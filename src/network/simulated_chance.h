/* hs_chance: the simulated network's generator, and what is drawn from it.
 *
 * Integers only: the same state gives the same draws on every machine.
 */
#ifndef HS_NETWORK_SIMULATED_CHANCE_H
#define HS_NETWORK_SIMULATED_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct hs_chance {
    uint64_t state; /* the seed, at first */
};

/* True so many times in a thousand; one draw. */
bool hs_chance_per_mille(struct hs_chance *chance, uint32_t per_mille);
/* Exponentially distributed around that mean; one draw. */
uint64_t hs_chance_exponential_ns(struct hs_chance *chance, uint64_t mean_ns);

/* The sum, or UINT64_MAX where that does not fit. */
uint64_t hs_add_saturating(uint64_t a, uint64_t b);

#endif
