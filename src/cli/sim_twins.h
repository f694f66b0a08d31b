/* `hotstuff sim --twins`: the scenarios of sim/twins.h, all, some or random ones. */
#ifndef HS_CLI_SIM_TWINS_H
#define HS_CLI_SIM_TWINS_H

#include <stdbool.h>
#include <stdint.h>

struct hs_sim_twins_request {
    uint64_t views;
    uint64_t first;        /* number of a scenario, or the seed of a random one */
    uint64_t count;        /* 0: all from `first` on */
    uint64_t epoch_blocks; /* 0: one epoch for ever */
    bool random;
    bool json;
};

/* The exit code. */
int hs_sim_twins(const struct hs_sim_twins_request *request);

#endif
