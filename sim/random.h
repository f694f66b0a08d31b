/* hs_random: the one generator of the simulator. Each part that draws has its own, seeded from the
 * run's seed, so that what one part draws never shifts what another gets. Integers only.
 */
#ifndef HS_SIM_RANDOM_H
#define HS_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct hs_random {
    uint64_t state;
};

/* The generator of one part: `part` tells it from the other parts of the same run. */
static inline struct hs_random hs_random_of(uint64_t seed, uint64_t part)
{
    return (struct hs_random){seed * UINT64_C(0xd6e8feb86659fd93) + part};
}

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators). */
static inline uint64_t hs_random_next(struct hs_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A number below `bound` (at least 1; far below 2^64, so that the remainder's bias is nothing). */
static inline uint64_t hs_random_below(struct hs_random *random, uint64_t bound)
{
    return hs_random_next(random) % bound;
}

/* A number in [least, most]. */
static inline uint64_t hs_random_between(struct hs_random *random, uint64_t least, uint64_t most)
{
    return least + hs_random_below(random, most - least + 1);
}

static inline bool hs_random_per_mille(struct hs_random *random, uint32_t per_mille)
{
    return hs_random_below(random, 1000) < per_mille;
}

#endif
