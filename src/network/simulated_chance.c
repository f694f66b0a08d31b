#include "network/simulated_chance.h"

/* ln 2 and one in the fixed point of `negative_log2`. */
#define LOG_FRACTION_BITS 16u
#define LN2_FIXED         UINT64_C(45426)
/* Two years: its product with the greatest factor fits 64 bits. */
#define EXTRA_MEAN_NS_MAX (UINT64_C(1) << 56)

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators). */
static uint64_t random_next(struct hs_chance *chance)
{
    chance->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = chance->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

bool hs_chance_per_mille(struct hs_chance *chance, uint32_t per_mille)
{
    return (((random_next(chance) >> 32) * 1000u) >> 32) < per_mille;
}

/* -log2((random | 1) / 2^64) in fixed point. The bits of the logarithm's fraction
 * come one by one from squaring the mantissa (Knuth, TAOCP 1, 1.2.2, exercise 25). */
static uint64_t negative_log2(uint64_t random)
{
    random |= 1u;
    uint32_t zero_count = (uint32_t)__builtin_clzll(random);
    uint64_t mantissa = (random << zero_count) >> 32; /* [1, 2) with 31 bits of fraction */
    uint64_t fraction = 0;
    for (uint32_t bit = 0; bit < LOG_FRACTION_BITS; bit++) {
        mantissa = (mantissa * mantissa) >> 31;
        uint64_t is_two_or_more = mantissa >> 32;
        mantissa >>= is_two_or_more;
        fraction = (fraction << 1) | is_two_or_more;
    }
    return ((uint64_t)(zero_count + 1u) << LOG_FRACTION_BITS) - fraction;
}

uint64_t hs_add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* An exponential variable: -ln(u) times the mean. */
uint64_t hs_chance_exponential_ns(struct hs_chance *chance, uint64_t mean_ns)
{
    if (mean_ns > EXTRA_MEAN_NS_MAX) {
        mean_ns = EXTRA_MEAN_NS_MAX;
    }
    uint64_t factor = (negative_log2(random_next(chance)) * LN2_FIXED) >> LOG_FRACTION_BITS;
    const uint64_t fraction_mask = (UINT64_C(1) << LOG_FRACTION_BITS) - 1u;
    uint64_t whole = (mean_ns >> LOG_FRACTION_BITS) * factor;
    uint64_t rest = ((mean_ns & fraction_mask) * factor) >> LOG_FRACTION_BITS;
    return hs_add_saturating(whole, rest);
}
