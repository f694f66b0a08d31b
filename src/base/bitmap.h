/* hs_bitmap_*: sets of validators by index.
 *
 * A bitmap in memory always has HS_BITMAP_BYTES_MAX bytes; on the wire it has exactly as
 * many as the set needs. Indexes at or above HS_VALIDATORS_MAX are in no set: asking for
 * one answers false, adding one is our own bug.
 */
#ifndef HS_BASE_BITMAP_H
#define HS_BASE_BITMAP_H

#include <hotstuff/types.h>

bool hs_bitmap_get(const struct hs_bitmap *bitmap, uint32_t index);
void hs_bitmap_set(struct hs_bitmap *bitmap, uint32_t index);
void hs_bitmap_clear(struct hs_bitmap *bitmap, uint32_t index);

/* How many indexes are in the set. */
uint32_t hs_bitmap_count(const struct hs_bitmap *bitmap);
bool hs_bitmap_is_empty(const struct hs_bitmap *bitmap);
bool hs_bitmap_equal(const struct hs_bitmap *a, const struct hs_bitmap *b);
/* Is any index in both? */
bool hs_bitmap_overlap(const struct hs_bitmap *a, const struct hs_bitmap *b);
/* Is every index below `validator_count`? */
bool hs_bitmap_fits(const struct hs_bitmap *bitmap, uint32_t validator_count);
/* Adds all of `other`. */
void hs_bitmap_add(struct hs_bitmap *bitmap, const struct hs_bitmap *other);

/* The lowest index at or above `from`; HS_VALIDATORS_MAX when there is none. For loops:
 *     for (i = hs_bitmap_next(b, 0); i < HS_VALIDATORS_MAX; i = hs_bitmap_next(b, i + 1)) */
uint32_t hs_bitmap_next(const struct hs_bitmap *bitmap, uint32_t from);

/* Bytes of a bitmap on the wire: ceil(validator_count / 8). */
static inline uint32_t hs_bitmap_bytes(uint32_t validator_count)
{
    return (validator_count + 7u) / 8u;
}

#endif
