/* What processes have cost so far, by /proc (Linux; proc(5)).
 */
#ifndef HS_BENCH_PROCESS_COST_H
#define HS_BENCH_PROCESS_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct hs_process_cost {
    uint64_t cpu_us;   /* user and system, of all threads, also those that ended */
    uint64_t wake_ups; /* voluntary context switches of the threads that are */
};

/* Adds those of one process; false when it is gone. */
bool hs_process_cost_add(struct hs_process_cost *cost, pid_t pid);

#endif
