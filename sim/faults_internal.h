/* What the files of hs_faults share. See faults.h. */
#ifndef HS_SIM_FAULTS_INTERNAL_H
#define HS_SIM_FAULTS_INTERNAL_H

#include "sim/faults.h"

#define HS_FAULT_MILLISECOND_NS UINT64_C(1000000)

/* faults.c */
void hs_faults_later(struct hs_faults *faults, const struct hs_world *world,
                     enum hs_fault_sequel sequel, uint32_t index, uint64_t least_ms,
                     uint64_t most_ms);
void hs_faults_later_again(struct hs_faults *faults, const struct hs_world *world,
                           enum hs_fault_sequel sequel, uint32_t index, uint32_t count,
                           uint64_t most_ms);
bool hs_faults_waits(const struct hs_faults *faults, enum hs_fault_sequel sequel, uint32_t index);
uint32_t hs_faults_any_process(struct hs_faults *faults, const struct hs_world *world);

/* fault_links.c */
void hs_faults_partition(struct hs_faults *faults, struct hs_world *world);
void hs_faults_cut_one_way(struct hs_faults *faults, struct hs_world *world);
void hs_faults_clog(struct hs_faults *faults, struct hs_world *world);
void hs_faults_lose_type(struct hs_faults *faults, struct hs_world *world);
void hs_faults_mend_links(struct hs_faults *faults, struct hs_world *world, uint32_t index);
void hs_faults_mend_all_links(struct hs_faults *faults, struct hs_world *world);

/* fault_nodes.c */
void hs_faults_crash(struct hs_faults *faults, struct hs_world *world);
void hs_faults_pause(struct hs_faults *faults, struct hs_world *world);
void hs_faults_cut_power(struct hs_faults *faults, struct hs_world *world);
void hs_faults_tear(struct hs_faults *faults, struct hs_world *world);
void hs_faults_fail_disk(struct hs_faults *faults, struct hs_world *world);
void hs_faults_slow_disk(struct hs_faults *faults, struct hs_world *world);
void hs_faults_fill_disk(struct hs_faults *faults, struct hs_world *world);
void hs_faults_jump_clock(struct hs_faults *faults, struct hs_world *world);
/* A crash, and as many more as soon as the process is up again. */
void hs_faults_crash_again(struct hs_faults *faults, struct hs_world *world, uint32_t index,
                           uint32_t count);
void hs_faults_start(struct hs_faults *faults, struct hs_world *world, uint32_t index,
                     uint32_t crashes);
void hs_faults_mend_disk(struct hs_world *world, uint32_t index);

/* fault_rot.c */
void hs_faults_rot(struct hs_faults *faults, struct hs_world *world);
/* Has a look at what the process has become after a start, and sends for the owner. */
void hs_faults_look_after(struct hs_faults *faults, struct hs_world *world, uint32_t index,
                          enum hs_status started);
/* The owner empties the home of a node that cannot be opened, or writes the records anew of one that
 * does not sign, and starts it. */
void hs_faults_send_owner(struct hs_faults *faults, struct hs_world *world, uint32_t index);
void hs_faults_watch_rotten(struct hs_faults *faults, struct hs_world *world);
/* All are up; whatever has rotted is found now, and seen to. */
void hs_faults_settle(struct hs_faults *faults, struct hs_world *world);

#endif
