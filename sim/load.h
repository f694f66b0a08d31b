/* hs_load: clients of a simulated chain. At a steady rate one of the genesis accounts sends a few
 * units to another through a node that is up.
 */
#ifndef HS_SIM_LOAD_H
#define HS_SIM_LOAD_H

#include "sim/random.h"
#include "sim/world.h"

struct hs_load {
    uint64_t interval_ns; /* UINT64_MAX: no load */
    uint64_t next_ns;
    struct hs_random random;
    uint64_t accepted; /* taken in by a node; it may still lose them in a crash */
};

/* `transfers_per_second` may be 0. */
void hs_load_init(struct hs_load *load, uint32_t transfers_per_second, uint64_t seed);
/* Submits the transfer that is due. */
void hs_load_act(struct hs_load *load, struct hs_world *world);

/* Steps the world until `until_ns` with the load on it; stops early at a violation. */
void hs_load_run_until(struct hs_load *load, struct hs_world *world, uint64_t until_ns);

#endif
