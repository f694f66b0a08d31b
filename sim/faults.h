/* hs_faults: what goes wrong in a simulated run, drawn from its seed.
 *
 * Some kinds last the whole run (a lossy, slow, reordering network; clocks that run fast and slow);
 * the others strike at drawn moments and are mended after a drawn while. All kinds are switched
 * by one bit each.
 */
#ifndef HS_SIM_FAULTS_H
#define HS_SIM_FAULTS_H

#include "sim/random.h"
#include "sim/world.h"

#define HS_FAULT_TABLE(X)                                                                          \
    X(HS_FAULT_DELAY, "delay")             /* messages take long, and very unequally */            \
    X(HS_FAULT_LOSS, "loss")               /* some never arrive */                                 \
    X(HS_FAULT_DUPLICATION, "duplication") /* some arrive twice */                                 \
    X(HS_FAULT_REORDER, "reorder")         /* some overtake others */                              \
    X(HS_FAULT_PARTITION, "partition")     /* two groups that don't hear each other */             \
    X(HS_FAULT_ONE_WAY, "one-way")         /* a link that passes in one direction only */          \
    X(HS_FAULT_CRASH, "crash")             /* a process dies, its disk lives */                    \
    X(HS_FAULT_POWER_CUT, "power-cut")     /* what is not durable is lost or torn; maybe all */    \
    X(HS_FAULT_DISK, "disk") /* a call of the disk fails (D3), or power goes in it */              \
    X(HS_FAULT_SKEW, "skew") /* clocks run at unequal speed */

enum hs_fault_index {
#define HS_FAULT_INDEX(name, text) name##_INDEX,
    HS_FAULT_TABLE(HS_FAULT_INDEX)
#undef HS_FAULT_INDEX
        HS_FAULT_COUNT
};
enum hs_fault {
#define HS_FAULT_BIT(name, text) name = 1u << name##_INDEX,
    HS_FAULT_TABLE(HS_FAULT_BIT)
#undef HS_FAULT_BIT
};
#define HS_FAULTS_ALL ((1u << HS_FAULT_COUNT) - 1u)

/* "none", "all", or names with commas between them. False: a name is unknown. */
bool hs_faults_parse(uint32_t *mask, const char *text);

struct hs_faults {
    uint32_t mask;
    struct hs_random random;
    uint64_t next_ns; /* of the next strike or mending */
    uint64_t mend_links_ns;
    uint64_t strike_ns;
    uint64_t mend_node_ns[HS_VALIDATORS_MAX]; /* UINT64_MAX: it is not down */
    uint32_t strikes;
};

/* What lasts the whole run, into the world's configuration. */
void hs_faults_configure(struct hs_world_config *config, uint32_t mask, uint64_t seed);
void hs_faults_init(struct hs_faults *faults, uint32_t mask, uint64_t seed);
/* Strikes and mends what is due. */
void hs_faults_act(struct hs_faults *faults, struct hs_world *world);
/* Mends everything: good links, good disks, all nodes up. */
void hs_faults_stop(struct hs_faults *faults, struct hs_world *world);

#endif
