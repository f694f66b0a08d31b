#include "base/bitmap.h"

#include <string.h>

#include "base/assert.h"

bool hs_bitmap_get(const struct hs_bitmap *bitmap, uint32_t index)
{
    return index < HS_VALIDATORS_MAX && (bitmap->bytes[index / 8] >> index % 8 & 1) != 0;
}

void hs_bitmap_set(struct hs_bitmap *bitmap, uint32_t index)
{
    HS_ASSERT(index < HS_VALIDATORS_MAX);
    bitmap->bytes[index / 8] = (uint8_t)(bitmap->bytes[index / 8] | 1u << index % 8);
}

void hs_bitmap_clear(struct hs_bitmap *bitmap, uint32_t index)
{
    HS_ASSERT(index < HS_VALIDATORS_MAX);
    bitmap->bytes[index / 8] = (uint8_t)(bitmap->bytes[index / 8] & ~(1u << index % 8));
}

uint32_t hs_bitmap_count(const struct hs_bitmap *bitmap)
{
    uint32_t count = 0;
    for (size_t i = 0; i < HS_BITMAP_BYTES_MAX; i++) {
        for (unsigned bits = bitmap->bytes[i]; bits != 0; bits &= bits - 1) {
            count++;
        }
    }
    return count;
}

bool hs_bitmap_is_empty(const struct hs_bitmap *bitmap)
{
    return hs_bitmap_fits(bitmap, 0);
}

bool hs_bitmap_equal(const struct hs_bitmap *a, const struct hs_bitmap *b)
{
    return memcmp(a->bytes, b->bytes, HS_BITMAP_BYTES_MAX) == 0;
}

bool hs_bitmap_overlap(const struct hs_bitmap *a, const struct hs_bitmap *b)
{
    unsigned common = 0;
    for (size_t i = 0; i < HS_BITMAP_BYTES_MAX; i++) {
        common |= (unsigned)a->bytes[i] & b->bytes[i];
    }
    return common != 0;
}

bool hs_bitmap_fits(const struct hs_bitmap *bitmap, uint32_t validator_count)
{
    return hs_bitmap_next(bitmap, validator_count) == HS_VALIDATORS_MAX;
}

void hs_bitmap_add(struct hs_bitmap *bitmap, const struct hs_bitmap *other)
{
    for (size_t i = 0; i < HS_BITMAP_BYTES_MAX; i++) {
        bitmap->bytes[i] |= other->bytes[i];
    }
}

uint32_t hs_bitmap_next(const struct hs_bitmap *bitmap, uint32_t from)
{
    for (uint32_t i = from; i < HS_VALIDATORS_MAX; i++) {
        if (hs_bitmap_get(bitmap, i)) {
            return i;
        }
    }
    return HS_VALIDATORS_MAX;
}
