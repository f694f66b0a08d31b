/* hs_workers: work away from the loop thread.
 *
 * A job is a struct that its owner embeds in one of its own. `run` is called on
 * another thread (in the simulator: at another virtual time) and touches nothing
 * but the job's own memory; `done` is called later on the loop thread. The owner
 * keeps the job alive until then. Submitting never fails: owners bound how many
 * jobs they have.
 *
 * The disk lane is one thread and keeps the order of submission: a job there sees
 * what the jobs before it wrote. The others keep no order.
 */
#ifndef HS_BASE_WORKERS_H
#define HS_BASE_WORKERS_H

enum hs_lane {
    HS_LANE_URGENT, /* what a view waits for: certificates, aggregates */
    HS_LANE_BULK,   /* transaction signatures */
    HS_LANE_DISK,   /* every durable write, the signer included */
};
#define HS_LANES 3u

struct hs_job {
    void (*run)(struct hs_job *job);
    void (*done)(struct hs_job *job);
    struct hs_job *next; /* the queue's */
};

struct hs_workers {
    void *context;
    void (*submit)(void *context, enum hs_lane lane, struct hs_job *job);
};

#endif
