/* hs_faults: what goes wrong in a simulated run, drawn from its seed.
 *
 * Some kinds last the whole run (a lossy, slow, reordering network; clocks that run fast and slow);
 * the others strike at drawn moments and are mended after a drawn while. All kinds are switched
 * by one bit each, and how strong each of them is follows from the seed alone: a run without one of
 * them has the others as they were.
 *
 *   faults.c       names, what lasts, when something strikes and is mended
 *   fault_links.c  partitions, one-way links, clogged links, lost types of messages
 *   fault_nodes.c  processes, clocks and disks
 *   fault_rot.c    bits that flip, and the owner who sees to a node that stays down or does not sign
 */
#ifndef HS_SIM_FAULTS_H
#define HS_SIM_FAULTS_H

#include "sim/random.h"
#include "sim/world.h"

#define HS_FAULT_TABLE(X)                                                                          \
    X(HS_FAULT_DELAY, "delay")           /* messages take long, and very unequally */              \
    X(HS_FAULT_LOSS, "loss")             /* some never arrive; for a while, none of one type */    \
    X(HS_FAULT_REPLAY, "replay")         /* some arrive again, maybe much later */                 \
    X(HS_FAULT_REORDER, "reorder")       /* some overtake others */                                \
    X(HS_FAULT_CLOG, "clog")             /* links hold all back, and then deliver it at once */    \
    X(HS_FAULT_PARTITION, "partition")   /* groups that don't hear each other */                   \
    X(HS_FAULT_ONE_WAY, "one-way")       /* a node that hears and isn't heard, or a link so */     \
    X(HS_FAULT_CRASH, "crash")           /* a process dies, its disk lives; maybe in a loop */     \
    X(HS_FAULT_PAUSE, "pause")           /* a process has no turn for a while */                   \
    X(HS_FAULT_POWER_CUT, "power-cut")   /* what is not durable is lost; maybe of all at once */   \
    X(HS_FAULT_DISK_SLOW, "disk-slow")   /* each write takes up to a second for a while */         \
    X(HS_FAULT_DISK_FAIL, "disk-fail")   /* a call of the disk fails (D3) */                       \
    X(HS_FAULT_TORN, "torn")             /* power goes within a call; most under way is kept */    \
    X(HS_FAULT_BIT_ROT, "bit-rot")       /* a bit flips in a file at rest (D5) */                  \
    X(HS_FAULT_DISK_FULL, "disk-full")   /* no room for a while (D3) */                            \
    X(HS_FAULT_DRIFT, "drift")           /* clocks run at unequal speed */                         \
    X(HS_FAULT_CLOCK_JUMP, "clock-jump") /* a clock is ahead at once, a wall clock back, too */

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

/* Directions between processes that do not pass, or hold back, at present. */
struct hs_fault_links {
    bool used;
    bool clogged;  /* else cut */
    bool both;     /* the other way, too */
    bool announce; /* the nodes hear of it, as of a connection that is reset */
    struct hs_bitmap from;
    struct hs_bitmap to;
};
#define HS_FAULT_LINKS_MAX 6u

/* What is to happen later: a mending, or the next crash of a loop. */
enum hs_fault_sequel {
    HS_SEQUEL_LINKS,
    HS_SEQUEL_LOSS,
    HS_SEQUEL_START,
    HS_SEQUEL_CRASH,
    HS_SEQUEL_RESUME,
    HS_SEQUEL_DISK_SPEED,
    HS_SEQUEL_DISK_ROOM,
    HS_SEQUEL_OWNER,
};
struct hs_fault_mending {
    uint64_t due_ns;
    enum hs_fault_sequel sequel;
    uint32_t index; /* of the process, the links or the type of message */
    uint32_t count; /* crashes still to come */
};
#define HS_FAULT_MENDINGS_MAX 1024u

struct hs_faults {
    uint32_t mask;
    struct hs_random random;
    uint64_t next_ns; /* of the next strike or mending */
    uint64_t strike_ns;
    uint64_t strike_interval_ms_max;
    struct hs_fault_links links[HS_FAULT_LINKS_MAX];
    struct hs_fault_mending mendings[HS_FAULT_MENDINGS_MAX];
    uint32_t mending_count;
    struct hs_bitmap rotten;      /* processes that may have lost what they knew */
    struct hs_bitmap rotten_logs; /* of them: whose block log must go */
    struct hs_bitmap down_for_owner;
    uint64_t sound_height[HS_VALIDATORS_MAX]; /* a rotten process that gets there is sound again */
    uint32_t strikes;
};

/* What lasts the whole run, into the world's configuration. */
void hs_faults_configure(struct hs_world_config *config, uint32_t mask, uint64_t seed);
void hs_faults_init(struct hs_faults *faults, uint32_t mask, uint64_t seed);
/* Strikes and mends what is due. */
void hs_faults_act(struct hs_faults *faults, struct hs_world *world);
/* Mends everything: good links, good disks, all nodes up, and those that sign that did before. Clocks
 * stay where they are. */
void hs_faults_stop(struct hs_faults *faults, struct hs_world *world);

#endif
