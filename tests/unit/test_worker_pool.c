/* The worker pool: every job runs once and comes back once, on the loop's thread, in the order
 * that its lane promises. The runtime's small pieces, clock and reservation, are tested here too.
 * Clean under a thread sanitizer: the jobs themselves share plain memory with the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <uv.h>

#include <hotstuff/limits.h>

#include "runtime/real_clock.h"
#include "runtime/reserve.h"
#include "runtime/worker_pool.h"

#define JOBS 1000u

struct fixture {
    uv_loop_t loop;
    struct hs_worker_pool *pool;
    const struct hs_workers *workers;
    uint32_t done_count;
};

static int set_up_with(void **state, uint32_t cpu_thread_count)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(hs_worker_pool_new(&fixture->pool, &fixture->loop, cpu_thread_count), HS_OK);
    fixture->workers = hs_worker_pool_workers(fixture->pool);
    *state = fixture;
    return 0;
}

static int set_up_one(void **state)
{
    return set_up_with(state, 1);
}

static int set_up_two(void **state)
{
    return set_up_with(state, 2);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->pool != NULL) {
        hs_worker_pool_close(fixture->pool);
    }
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture);
    return 0;
}

static void close_pool(struct fixture *fixture)
{
    hs_worker_pool_close(fixture->pool);
    fixture->pool = NULL;
}

static void submit(struct fixture *fixture, enum hs_lane lane, struct hs_job *job)
{
    fixture->workers->submit(fixture->workers->context, lane, job);
}

static void run_until_done(struct fixture *fixture, uint32_t count)
{
    while (fixture->done_count < count) {
        uv_run(&fixture->loop, UV_RUN_ONCE);
    }
}

/* A job that notes where and when it ran. */
struct noted {
    struct hs_job job;
    struct fixture *fixture;
    pthread_t submitter;
    uint32_t input;
    uint32_t output; /* plain memory: the pool orders it */
    uint32_t run_count;
    uint32_t done_count;
    uint32_t done_position;
    bool ran_elsewhere;
    bool done_on_loop;
};

static void noted_run(struct hs_job *job)
{
    struct noted *noted = (struct noted *)job;
    noted->run_count++;
    noted->output = noted->input * 3;
    noted->ran_elsewhere = !pthread_equal(pthread_self(), noted->submitter);
}

static void noted_done(struct hs_job *job)
{
    struct noted *noted = (struct noted *)job;
    noted->done_count++;
    noted->done_position = noted->fixture->done_count++;
    noted->done_on_loop = pthread_equal(pthread_self(), noted->submitter);
}

static struct noted *make_noted(struct fixture *fixture, uint32_t count)
{
    struct noted *jobs = calloc(count, sizeof *jobs);
    assert_non_null(jobs);
    for (uint32_t i = 0; i < count; i++) {
        jobs[i] = (struct noted){
            .job = {.run = noted_run, .done = noted_done},
            .fixture = fixture,
            .submitter = pthread_self(),
            .input = i,
        };
    }
    return jobs;
}

static void check_noted(const struct noted *jobs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(jobs[i].run_count, 1);
        assert_int_equal(jobs[i].done_count, 1);
        assert_int_equal(jobs[i].output, i * 3);
        assert_true(jobs[i].ran_elsewhere);
        assert_true(jobs[i].done_on_loop);
    }
}

static void every_job_runs_once_and_comes_back_once_on_the_loop(void **state)
{
    struct fixture *fixture = *state;
    struct noted *jobs = make_noted(fixture, JOBS);
    for (uint32_t i = 0; i < JOBS; i++) {
        submit(fixture, (enum hs_lane)(i % HS_LANES), &jobs[i].job);
        if (i % 100 == 0) {
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        }
    }
    run_until_done(fixture, JOBS);
    check_noted(jobs, JOBS);
    free(jobs);
}

static void the_disk_lane_keeps_the_order_of_submission(void **state)
{
    struct fixture *fixture = *state;
    struct noted *jobs = make_noted(fixture, JOBS);
    for (uint32_t i = 0; i < JOBS; i++) {
        submit(fixture, HS_LANE_DISK, &jobs[i].job);
    }
    run_until_done(fixture, JOBS);
    check_noted(jobs, JOBS);
    for (uint32_t i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].done_position, i);
    }
    free(jobs);
}

static void a_lone_bulk_job_comes_back_without_company(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t round = 1; round <= 3; round++) {
        struct noted *job = make_noted(fixture, 1);
        submit(fixture, HS_LANE_BULK, &job->job);
        run_until_done(fixture, round);
        check_noted(job, 1);
        free(job);
    }
}

/* Holds its thread until it is let go. */
struct gate {
    struct hs_job job;
    struct fixture *fixture;
    atomic_bool entered;
    atomic_bool open;
};

static void gate_run(struct hs_job *job)
{
    struct gate *gate = (struct gate *)job;
    atomic_store(&gate->entered, true);
    while (!atomic_load(&gate->open)) {
        sched_yield();
    }
}

static void gate_done(struct hs_job *job)
{
    ((struct gate *)job)->fixture->done_count++;
}

static void gate_submit(struct fixture *fixture, struct gate *gate, enum hs_lane lane)
{
    *gate = (struct gate){.job = {.run = gate_run, .done = gate_done}, .fixture = fixture};
    submit(fixture, lane, &gate->job);
    while (!atomic_load(&gate->entered)) {
        sched_yield();
    }
}

static void urgent_jobs_do_not_wait_for_bulk_jobs_that_came_first(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate;
    gate_submit(fixture, &gate, HS_LANE_BULK);
    struct noted *jobs = make_noted(fixture, 20);
    for (uint32_t i = 0; i < 10; i++) {
        submit(fixture, HS_LANE_BULK, &jobs[i].job);
    }
    for (uint32_t i = 10; i < 20; i++) {
        submit(fixture, HS_LANE_URGENT, &jobs[i].job);
    }
    run_until_done(fixture, 10); /* the bulk thread is still held up */
    for (uint32_t i = 10; i < 20; i++) {
        assert_int_equal(jobs[i].done_position, i - 10);
    }
    atomic_store(&gate.open, true);
    run_until_done(fixture, 21);
    check_noted(jobs, 20);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(jobs[i].done_position, 11 + i);
    }
    free(jobs);
}

static void a_busy_disk_holds_nobody_else_up(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate;
    gate_submit(fixture, &gate, HS_LANE_DISK);
    struct noted *jobs = make_noted(fixture, 2);
    submit(fixture, HS_LANE_URGENT, &jobs[0].job);
    submit(fixture, HS_LANE_BULK, &jobs[1].job);
    run_until_done(fixture, 2);
    check_noted(jobs, 2);
    atomic_store(&gate.open, true);
    run_until_done(fixture, 3);
    free(jobs);
}

static void two_threads_run_two_jobs_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct gate first, second;
    gate_submit(fixture, &first, HS_LANE_URGENT);
    gate_submit(fixture, &second, HS_LANE_URGENT);
    atomic_store(&second.open, true);
    run_until_done(fixture, 1);
    atomic_store(&first.open, true);
    run_until_done(fixture, 2);
}

/* Submits itself again from `done` until it has run `rounds` times. */
struct repeated {
    struct hs_job job;
    struct fixture *fixture;
    uint32_t rounds;
};

static void repeated_run(struct hs_job *job)
{
    ((struct repeated *)job)->rounds--;
}

static void repeated_done(struct hs_job *job)
{
    struct repeated *repeated = (struct repeated *)job;
    repeated->fixture->done_count++;
    if (repeated->rounds > 0) {
        submit(repeated->fixture, (enum hs_lane)(repeated->rounds % HS_LANES), job);
    }
}

static void a_job_may_submit_again_from_done(void **state)
{
    struct fixture *fixture = *state;
    struct repeated repeated = {
        .job = {.run = repeated_run, .done = repeated_done},
        .fixture = fixture,
        .rounds = 50,
    };
    submit(fixture, HS_LANE_BULK, &repeated.job);
    run_until_done(fixture, 50);
    assert_int_equal(repeated.rounds, 0);
}

static void closing_runs_everything_to_its_end_first(void **state)
{
    struct fixture *fixture = *state;
    struct noted *jobs = make_noted(fixture, JOBS);
    struct repeated repeated = {
        .job = {.run = repeated_run, .done = repeated_done},
        .fixture = fixture,
        .rounds = 50,
    };
    submit(fixture, HS_LANE_DISK, &repeated.job);
    for (uint32_t i = 0; i < JOBS; i++) {
        submit(fixture, (enum hs_lane)(i % HS_LANES), &jobs[i].job);
    }
    close_pool(fixture);
    assert_int_equal(fixture->done_count, JOBS + 50);
    check_noted(jobs, JOBS);
    assert_int_equal(repeated.rounds, 0);
    free(jobs);
}

static void closing_an_idle_pool_ends_the_loop(void **state)
{
    struct fixture *fixture = *state;
    close_pool(fixture);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
}

/* Notes whether its thread would take a signal. */
struct masked {
    struct hs_job job;
    struct fixture *fixture;
    bool blocks_interrupt;
};

static void masked_run(struct hs_job *job)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ((struct masked *)job)->blocks_interrupt = sigismember(&mask, SIGINT) == 1;
}

static void masked_done(struct hs_job *job)
{
    ((struct masked *)job)->fixture->done_count++;
}

static void signals_are_left_to_the_loop_thread(void **state)
{
    struct fixture *fixture = *state;
    struct masked masked = {.job = {.run = masked_run, .done = masked_done}, .fixture = fixture};
    submit(fixture, HS_LANE_URGENT, &masked.job);
    run_until_done(fixture, 1);
    assert_true(masked.blocks_interrupt);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGINT), 0);
}

static void a_thread_count_out_of_range_is_refused(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct hs_worker_pool *pool = NULL;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(hs_worker_pool_new(&pool, &loop, 0), HS_INVALID_ARGUMENT);
    assert_int_equal(hs_worker_pool_new(&pool, &loop, HS_CPU_THREADS_MAX + 1), HS_INVALID_ARGUMENT);
    assert_null(pool);
    assert_int_equal(hs_worker_pool_new(&pool, &loop, HS_CPU_THREADS_MAX), HS_OK);
    hs_worker_pool_close(pool);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* -- clock and reservation -------------------------------------------------------- */

static void the_clock_never_runs_backwards(void **state)
{
    (void)state;
    struct hs_clock clock = hs_real_clock();
    uint64_t before_ns = clock.now_ns(clock.context);
    for (uint32_t i = 0; i < 10000; i++) {
        uint64_t now_ns = clock.now_ns(clock.context);
        assert_true(now_ns >= before_ns);
        before_ns = now_ns;
    }
    assert_true(before_ns > 0);
    /* Written in 2025: an earlier time would be seconds or micros, not milliseconds. */
    assert_true(clock.unix_ms(clock.context) > UINT64_C(1700000000000));
    assert_true(clock.unix_ms(clock.context) < UINT64_C(10000000000000));
}

static void a_footprint_of_many_gigabytes_is_granted_zeroed(void **state)
{
    (void)state;
    const size_t bytes = (size_t)64 << 30;
    uint8_t *memory = hs_reserve_memory(bytes);
    assert_non_null(memory);
    assert_int_equal(memory[0], 0);
    assert_int_equal(memory[bytes - 1], 0);
    memory[bytes / 2] = 1;
    assert_int_equal(memory[bytes / 2], 1);
    hs_release_memory(memory, bytes);
    hs_release_memory(NULL, bytes);
}

static void what_no_machine_has_is_refused(void **state)
{
    (void)state;
    assert_null(hs_reserve_memory(SIZE_MAX / 2));
    assert_null(hs_reserve_memory(0));
}

int main(void)
{
#define WITH(threads, test) cmocka_unit_test_setup_teardown(test, set_up_##threads, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(one, every_job_runs_once_and_comes_back_once_on_the_loop),
        WITH(two, every_job_runs_once_and_comes_back_once_on_the_loop),
        WITH(two, the_disk_lane_keeps_the_order_of_submission),
        WITH(one, a_lone_bulk_job_comes_back_without_company),
        WITH(one, urgent_jobs_do_not_wait_for_bulk_jobs_that_came_first),
        WITH(one, a_busy_disk_holds_nobody_else_up),
        WITH(two, two_threads_run_two_jobs_at_once),
        WITH(one, a_job_may_submit_again_from_done),
        WITH(two, closing_runs_everything_to_its_end_first),
        WITH(one, closing_an_idle_pool_ends_the_loop),
        WITH(one, signals_are_left_to_the_loop_thread),
        cmocka_unit_test(a_thread_count_out_of_range_is_refused),
        cmocka_unit_test(the_clock_never_runs_backwards),
        cmocka_unit_test(a_footprint_of_many_gigabytes_is_granted_zeroed),
        cmocka_unit_test(what_no_machine_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
