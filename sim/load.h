/* hs_load: clients of a simulated chain. At a steady rate one of the clients' accounts sends a few units
 * to another through a node that is up; some of them in private.
 *
 * A private transfer is a COMMIT, and a REVEAL when the commitment is in the chain. Clients differ: most
 * reveal soon, some in the last block that they may, some later, some never, and some have committed to
 * more than they have.
 */
#ifndef HS_SIM_LOAD_H
#define HS_SIM_LOAD_H

#include "sim/private_transfer.h"
#include "sim/random.h"
#include "sim/world.h"

#define HS_LOAD_PRIVATE_MAX 32u

/* A private transfer on its way. */
struct hs_load_private {
    bool used;
    bool waited; /* its commitment was seen in the chain, at `place` */
    struct hs_private_transfer transfer;
    struct hs_commit_place place;
    uint32_t reveal_after; /* heights above its place; UINT32_MAX: never */
    uint64_t reveal_ns;    /* not before: what was revealed takes its time */
    uint64_t forget_ns;    /* given up, whatever became of it */
};

struct hs_load {
    uint64_t interval_ns; /* UINT64_MAX: no load */
    uint64_t next_ns;
    struct hs_random random;
    uint64_t accepted;          /* taken in by a node; it may still lose them in a crash */
    uint32_t private_per_mille; /* of what is due; 0 at first */
    struct hs_load_private privates[HS_LOAD_PRIVATE_MAX];
};

/* `transfers_per_second` may be 0. */
void hs_load_init(struct hs_load *load, uint32_t transfers_per_second, uint64_t seed);
/* Submits what is due. */
void hs_load_act(struct hs_load *load, struct hs_world *world);

/* Steps the world until `until_ns` with the load on it; stops early at a violation. */
void hs_load_run_until(struct hs_load *load, struct hs_world *world, uint64_t until_ns);

#endif
