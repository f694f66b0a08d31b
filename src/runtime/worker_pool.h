/* hs_worker_pool: hs_workers over threads.
 *
 * One thread serves the disk lane, in the order of submission. The urgent and the bulk lane have as
 * many threads each as wanted; those of the bulk lane run at a lower priority, so that on a busy
 * machine what a view waits for goes first. What is finished comes back to the
 * loop in one list, and `done` runs there. A wake-up across cores costs 80 to 300 us, so
 * a thread goes on until its lanes are empty, is signalled only when it sleeps, and the loop is
 * woken once for all that finished before it looked.
 *
 *    loop thread          their threads                  loop thread
 *    submit ──► urgent ──► run ──┐
 *    submit ──► bulk   ──► run ──┤
 *    submit ──► disk   ──► run ──┴──► finished ──(async)──► done
 */
#ifndef HS_RUNTIME_WORKER_POOL_H
#define HS_RUNTIME_WORKER_POOL_H

#include <stdint.h>
#include <uv.h>

#include <hotstuff/status.h>

#include "base/workers.h"

struct hs_worker_pool;

/* Starts `cpu_thread_count` threads (1 .. HS_CPU_THREADS_MAX) for each of the urgent and the bulk
 * lane, and the disk thread. HS_OK;
 * HS_INVALID_ARGUMENT for a count out of range; HS_OUT_OF_MEMORY when the system gives no
 * memory, thread or descriptor. */
HS_MUST_CHECK enum hs_status hs_worker_pool_new(struct hs_worker_pool **pool, uv_loop_t *loop,
                                                uint32_t cpu_thread_count);

/* The interface to hand to others; owned by the pool. Submit from the loop thread only. */
const struct hs_workers *hs_worker_pool_workers(struct hs_worker_pool *pool);

/* Runs all that was submitted, and what its `done` calls submit, to the end; joins the
 * threads; then frees the pool once the loop has closed its handle. Blocks until the jobs are
 * done. Nothing may be submitted afterwards. */
void hs_worker_pool_close(struct hs_worker_pool *pool);

#endif
