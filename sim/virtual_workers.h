/* hs_virtual_workers: the worker threads of every simulated node, over virtual time.
 *
 * A job is done a drawn while after it was submitted. The disk lane of a node keeps its order, as
 * one thread would; the other lanes are parallel without bound. A job's `run` is called when its
 * time has come, right before `done`: a node that crashes until then has never begun it, unless
 * hs_virtual_workers_crash lets some of its disk jobs still run, as a thread may that had written
 * before the process died. Of a process that is paused nothing is done until it goes on.
 *
 * One thread. The same seed and calls give the same run.
 */
#ifndef HS_SIM_VIRTUAL_WORKERS_H
#define HS_SIM_VIRTUAL_WORKERS_H

#include <hotstuff/status.h>

#include "base/workers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long a job of a lane takes: drawn evenly from [min, max]. */
struct hs_virtual_latency {
    uint64_t min_ns;
    uint64_t max_ns;
};

struct hs_virtual_workers;

/* NULL when there is no memory. */
struct hs_virtual_workers *hs_virtual_workers_new(uint32_t node_count, uint64_t seed,
                                                  const struct hs_virtual_latency lanes[HS_LANES]);
void hs_virtual_workers_free(struct hs_virtual_workers *workers);
/* What node `index` submits to. Owned by the workers. */
const struct hs_workers *hs_virtual_workers_of(struct hs_virtual_workers *workers, uint32_t index);

/* The time from which on jobs are submitted. Never goes back. */
void hs_virtual_workers_set_now(struct hs_virtual_workers *workers, uint64_t now_ns);
/* When the next job is done; UINT64_MAX: there is none. */
uint64_t hs_virtual_workers_next_ns(const struct hs_virtual_workers *workers);
/* Takes the next job that is due by now, without calling it. False: none is. */
bool hs_virtual_workers_take(struct hs_virtual_workers *workers, uint32_t *node,
                             struct hs_job **job);

/* How long each disk job of a node takes on top, from now on; 0, 0: as at first. */
void hs_virtual_workers_slow_disk(struct hs_virtual_workers *workers, uint32_t node,
                                  struct hs_virtual_latency extra);
/* When the disks of all nodes are done with what was submitted until now; now at the earliest. */
uint64_t hs_virtual_workers_disks_free_ns(const struct hs_virtual_workers *workers);
/* A process that is paused submits nothing, and what it has under way waits. What was due meanwhile
 * is due when it goes on, in the order in which it was. */
void hs_virtual_workers_pause(struct hs_virtual_workers *workers, uint32_t node, bool paused);

/* The process of a node ends: its jobs vanish, but for the first `disk_runs` of its disk lane,
 * whose `run` is called and whose `done` is not. */
void hs_virtual_workers_crash(struct hs_virtual_workers *workers, uint32_t node, size_t disk_runs);

#endif
