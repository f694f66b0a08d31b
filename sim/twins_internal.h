/* What the files of hs_twins share. See twins.h. */
#ifndef HS_SIM_TWINS_INTERNAL_H
#define HS_SIM_TWINS_INTERNAL_H

#include "sim/twins.h"

struct hs_twins {
    uint32_t view_count;
    uint64_t epoch_blocks;     /* 0: one epoch for ever */
    struct hs_cluster cluster; /* all but its randomness */
    uint64_t *randomness;      /* by the leaders as digits: 4 to the power of view_count */
};

/* Bit `process` of a side; process 0 is on side 0. */
bool hs_twins_other_side(const struct hs_twins_scenario *scenario, uint32_t view_index,
                         uint32_t process);

#endif
