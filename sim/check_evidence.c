/* See check_evidence.h. */
#include "sim/check_evidence.h"

#include <inttypes.h>

#include "base/bitmap.h"

#define NAME "evidence"

void hs_check_accused(struct hs_check *check, uint32_t process, const struct hs_bitmap *accused)
{
    for (uint32_t i = hs_bitmap_next(accused, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(accused, i + 1)) {
        if (hs_check_is_correct(check, i)) {
            hs_check_fail(check, NAME,
                          "S8: node %" PRIu32 " has evidence against validator %" PRIu32
                          ", which is correct",
                          process, i);
            return;
        }
    }
}
