/* Threads, a queue for each kind, and the way back.
 *
 * Each lane has a `station`: a mutex, a condition, its jobs and its threads. Bulk threads run at a
 * lower priority than all others: on a machine that is too busy, transactions wait and votes do
 * not. The mutex is held to push or pop one job, never while a job runs. Finished jobs go into one
 * list under a mutex of its own; whoever finds it empty wakes the loop, so the loop is woken once
 * however many follow before it looks. A bulk job alone wakes nobody at once: its thread gathers a
 * few first, unless it runs out of work.
 *
 * The loop is woken by a byte in a pipe, and not by uv_async_send: a loop that wakes while the sender
 * has not come back from its write, as on a busy core, spins until it has (libuv 1.44), which cost
 * some 20 us of each wake-up.
 *
 * Memory that a job touches needs no other order than these mutexes give: submit happens before
 * run, run before done.
 */
#include "runtime/worker_pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <hotstuff/limits.h>

#include "base/assert.h"

/* Finished bulk jobs that a thread gathers before it wakes the loop for them. */
#define GATHERED_JOBS_MAX 16u
/* What bulk threads are put behind the rest of the process by (nice). */
#define BULK_NICENESS 10

struct job_list {
    struct hs_job *first;
    struct hs_job **end; /* where the next one is linked; NULL while the list is unused */
};

struct station {
    pthread_mutex_t mutex;
    pthread_cond_t work;
    struct job_list jobs;
    enum hs_lane lane;
    uint32_t sleeper_count;
    bool stopping;
    struct hs_worker_pool *pool;
};

struct hs_worker_pool {
    struct hs_workers workers;
    struct station stations[HS_LANES]; /* by lane */
    pthread_mutex_t finished_mutex;
    pthread_cond_t finished_some; /* for a loop that closes and waits */
    struct job_list finished;
    uint64_t unfinished_count; /* submitted and not yet done; the loop thread's */
    uv_poll_t wake_up;
    uv_file pipe[2]; /* read end, write end */
    uint32_t thread_count;
    pthread_t threads[2u * HS_CPU_THREADS_MAX + 1u];
};

/* -- lists ----------------------------------------------------------------- */

static void list_clear(struct job_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

static void list_push(struct job_list *list, struct hs_job *job)
{
    job->next = NULL;
    *list->end = job;
    list->end = &job->next;
}

static struct hs_job *list_pop(struct job_list *list)
{
    struct hs_job *job = list->first;
    if (job != NULL) {
        list->first = job->next;
        if (list->first == NULL) {
            list->end = &list->first;
        }
    }
    return job;
}

/* Moves all of `source` behind `target`. */
static void list_append(struct job_list *target, struct job_list *source)
{
    if (source->first != NULL) {
        *target->end = source->first;
        target->end = source->end;
        list_clear(source);
    }
}

/* -- waking the loop --------------------------------------------------------- */

/* Whoever finds the list empty; so the pipe holds one byte, or two while the loop reads one. */
static void wake_loop(const struct hs_worker_pool *pool)
{
    const uint8_t byte = 0;
    ssize_t written;
    do {
        written = write(pool->pipe[1], &byte, sizeof byte);
    } while (written < 0 && errno == EINTR);
    HS_ASSERT(written == sizeof byte);
}

static void empty_pipe(const struct hs_worker_pool *pool)
{
    uint8_t bytes[16];
    ssize_t read_bytes = read(pool->pipe[0], bytes, sizeof bytes);
    (void)read_bytes; /* a spurious wake-up finds nothing */
}

/* -- worker threads -------------------------------------------------------- */

static void station_init(struct station *station, struct hs_worker_pool *pool, enum hs_lane lane)
{
    HS_ASSERT(pthread_mutex_init(&station->mutex, NULL) == 0);
    HS_ASSERT(pthread_cond_init(&station->work, NULL) == 0);
    station->lane = lane;
    station->pool = pool;
    list_clear(&station->jobs);
}

static void station_destroy(struct station *station)
{
    HS_ASSERT(pthread_cond_destroy(&station->work) == 0);
    HS_ASSERT(pthread_mutex_destroy(&station->mutex) == 0);
}

static void publish(struct hs_worker_pool *pool, struct job_list *gathered)
{
    if (gathered->first == NULL) {
        return;
    }
    pthread_mutex_lock(&pool->finished_mutex);
    bool was_empty = pool->finished.first == NULL;
    list_append(&pool->finished, gathered);
    pthread_cond_signal(&pool->finished_some);
    pthread_mutex_unlock(&pool->finished_mutex);
    if (was_empty) {
        wake_loop(pool);
    }
}

/* Lowers the priority of the calling thread; on Linux it is a thread's own. Where that is refused
 * the thread runs like the others. */
static void step_back(void)
{
#if defined(__linux__)
    int refused = setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), BULK_NICENESS);
    (void)refused;
#endif
}

static void *station_thread(void *argument)
{
    struct station *station = argument;
    struct job_list gathered;
    list_clear(&gathered);
    uint32_t gathered_count = 0;
    if (station->lane == HS_LANE_BULK) {
        step_back();
    }
    pthread_mutex_lock(&station->mutex);
    for (;;) {
        struct hs_job *job = list_pop(&station->jobs);
        if (job == NULL && gathered_count == 0) {
            if (station->stopping) {
                break;
            }
            station->sleeper_count++;
            pthread_cond_wait(&station->work, &station->mutex);
            station->sleeper_count--;
            continue;
        }
        pthread_mutex_unlock(&station->mutex);
        if (job != NULL) {
            job->run(job);
            list_push(&gathered, job);
            gathered_count++;
        }
        bool can_wait = job != NULL && station->lane == HS_LANE_BULK;
        if (!can_wait || gathered_count == GATHERED_JOBS_MAX) {
            publish(station->pool, &gathered);
            gathered_count = 0;
        }
        pthread_mutex_lock(&station->mutex);
    }
    pthread_mutex_unlock(&station->mutex);
    return NULL;
}

/* -- the loop's side ------------------------------------------------------- */

static void submit(void *context, enum hs_lane lane, struct hs_job *job)
{
    struct hs_worker_pool *pool = context;
    struct station *station = &pool->stations[lane];
    pool->unfinished_count++;
    pthread_mutex_lock(&station->mutex);
    HS_ASSERT(!station->stopping);
    list_push(&station->jobs, job);
    bool someone_sleeps = station->sleeper_count > 0;
    pthread_mutex_unlock(&station->mutex);
    if (someone_sleeps) {
        pthread_cond_signal(&station->work);
    }
}

static void finish(struct hs_worker_pool *pool, struct job_list *jobs)
{
    for (struct hs_job *job = list_pop(jobs); job != NULL; job = list_pop(jobs)) {
        pool->unfinished_count--;
        job->done(job);
    }
}

static void take_finished(struct hs_worker_pool *pool, bool wait)
{
    struct job_list jobs;
    list_clear(&jobs);
    pthread_mutex_lock(&pool->finished_mutex);
    while (wait && pool->finished.first == NULL) {
        pthread_cond_wait(&pool->finished_some, &pool->finished_mutex);
    }
    list_append(&jobs, &pool->finished);
    pthread_mutex_unlock(&pool->finished_mutex);
    finish(pool, &jobs);
}

static void on_wake_up(uv_poll_t *poll, int status, int events)
{
    struct hs_worker_pool *pool = poll->data;
    (void)status;
    (void)events;
    empty_pipe(pool); /* before the list is taken: what comes after that writes another byte */
    take_finished(pool, false);
}

static bool open_wake_up(struct hs_worker_pool *pool, uv_loop_t *loop)
{
    if (uv_pipe(pool->pipe, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) != 0) {
        return false;
    }
    if (uv_poll_init(loop, &pool->wake_up, pool->pipe[0]) != 0) {
        close(pool->pipe[0]);
        close(pool->pipe[1]);
        return false;
    }
    pool->wake_up.data = pool;
    HS_ASSERT(uv_poll_start(&pool->wake_up, UV_READABLE, on_wake_up) == 0);
    return true;
}

/* Threads inherit a mask with every signal blocked: signals are the loop's. */
static enum hs_status start_threads(struct hs_worker_pool *pool, uint32_t cpu_thread_count)
{
    sigset_t all, before;
    sigfillset(&all);
    HS_ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    enum hs_status status = HS_OK;
    for (uint32_t i = 0; i < 2 * cpu_thread_count + 1 && status == HS_OK; i++) {
        enum hs_lane cpu_lane = i % 2 == 0 ? HS_LANE_BULK : HS_LANE_URGENT;
        enum hs_lane lane = i == 0 ? HS_LANE_DISK : cpu_lane;
        struct station *station = &pool->stations[lane];
        if (pthread_create(&pool->threads[i], NULL, station_thread, station) == 0) {
            pool->thread_count++;
        } else {
            status = HS_OUT_OF_MEMORY;
        }
    }
    HS_ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return status;
}

static void station_stop(struct station *station)
{
    pthread_mutex_lock(&station->mutex);
    station->stopping = true;
    pthread_cond_broadcast(&station->work);
    pthread_mutex_unlock(&station->mutex);
}

static void on_closed(uv_handle_t *handle)
{
    struct hs_worker_pool *pool = handle->data;
    close(pool->pipe[0]);
    close(pool->pipe[1]);
    for (uint32_t lane = 0; lane < HS_LANES; lane++) {
        station_destroy(&pool->stations[lane]);
    }
    HS_ASSERT(pthread_cond_destroy(&pool->finished_some) == 0);
    HS_ASSERT(pthread_mutex_destroy(&pool->finished_mutex) == 0);
    free(pool);
}

enum hs_status hs_worker_pool_new(struct hs_worker_pool **out, uv_loop_t *loop,
                                  uint32_t cpu_thread_count)
{
    if (cpu_thread_count == 0 || cpu_thread_count > HS_CPU_THREADS_MAX) {
        return HS_INVALID_ARGUMENT;
    }
    struct hs_worker_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    if (!open_wake_up(pool, loop)) {
        free(pool);
        return HS_OUT_OF_MEMORY;
    }
    pool->workers = (struct hs_workers){.context = pool, .submit = submit};
    for (uint32_t lane = 0; lane < HS_LANES; lane++) {
        station_init(&pool->stations[lane], pool, (enum hs_lane)lane);
    }
    HS_ASSERT(pthread_mutex_init(&pool->finished_mutex, NULL) == 0);
    HS_ASSERT(pthread_cond_init(&pool->finished_some, NULL) == 0);
    list_clear(&pool->finished);
    enum hs_status status = start_threads(pool, cpu_thread_count);
    if (status != HS_OK) {
        hs_worker_pool_close(pool);
        return status;
    }
    *out = pool;
    return HS_OK;
}

const struct hs_workers *hs_worker_pool_workers(struct hs_worker_pool *pool)
{
    return &pool->workers;
}

void hs_worker_pool_close(struct hs_worker_pool *pool)
{
    while (pool->unfinished_count > 0) {
        take_finished(pool, true);
    }
    for (uint32_t lane = 0; lane < HS_LANES; lane++) {
        station_stop(&pool->stations[lane]);
    }
    for (uint32_t i = 0; i < pool->thread_count; i++) {
        HS_ASSERT(pthread_join(pool->threads[i], NULL) == 0);
    }
    uv_close((uv_handle_t *)&pool->wake_up, on_closed);
}
