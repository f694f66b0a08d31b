/* The workers of the simulator: when jobs are done, what a pause holds back, what a crash leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/virtual_workers.h"

#define JOBS_MAX 64u

struct counted_job {
    struct hs_job job; /* the first member */
    uint32_t number;
};

static uint32_t runs[JOBS_MAX];
static uint32_t run_count;
static uint64_t now_ns;

static void run(struct hs_job *job)
{
    runs[run_count++] = ((struct counted_job *)job)->number;
}

static void done(struct hs_job *job)
{
    (void)job;
}

static struct hs_virtual_workers *make(uint32_t node_count)
{
    static const struct hs_virtual_latency lanes[HS_LANES] = {
        [HS_LANE_URGENT] = {100, 200}, [HS_LANE_BULK] = {100, 200}, [HS_LANE_DISK] = {10, 20}};
    run_count = 0;
    now_ns = 0;
    struct hs_virtual_workers *workers = hs_virtual_workers_new(node_count, 1, lanes);
    assert_non_null(workers);
    return workers;
}

static void submit(struct hs_virtual_workers *workers, uint32_t node, enum hs_lane lane,
                   struct counted_job jobs[], uint32_t first, uint32_t count)
{
    const struct hs_workers *desk = hs_virtual_workers_of(workers, node);
    for (uint32_t i = first; i < first + count; i++) {
        jobs[i] = (struct counted_job){.job = {.run = run, .done = done}, .number = i};
        desk->submit(desk->context, lane, &jobs[i].job);
    }
}

/* Runs what is due until `until_ns`, and returns when the last one was. */
static uint64_t run_until(struct hs_virtual_workers *workers, uint64_t until_ns)
{
    uint64_t last_ns = 0;
    while (hs_virtual_workers_next_ns(workers) <= until_ns) {
        uint64_t next_ns = hs_virtual_workers_next_ns(workers);
        now_ns = next_ns > now_ns ? next_ns : now_ns;
        last_ns = now_ns;
        hs_virtual_workers_set_now(workers, now_ns);
        uint32_t node;
        struct hs_job *job;
        assert_true(hs_virtual_workers_take(workers, &node, &job));
        job->run(job);
    }
    now_ns = until_ns;
    hs_virtual_workers_set_now(workers, now_ns);
    return last_ns;
}

static void the_disk_lane_keeps_its_order_and_adds_up(void **state)
{
    (void)state;
    struct hs_virtual_workers *workers = make(1);
    struct counted_job jobs[50];
    submit(workers, 0, HS_LANE_DISK, jobs, 0, 50);
    uint64_t last_ns = run_until(workers, 10000);
    assert_in_range(last_ns, 50 * 10, 50 * 20);
    assert_int_equal(run_count, 50);
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(runs[i], i);
    }
    hs_virtual_workers_free(workers);
}

static void a_slow_disk_is_one_nodes_and_gets_well(void **state)
{
    (void)state;
    struct hs_virtual_workers *workers = make(2);
    struct counted_job jobs[30];
    hs_virtual_workers_slow_disk(workers, 1, (struct hs_virtual_latency){1000, 2000});
    submit(workers, 0, HS_LANE_DISK, jobs, 0, 10);
    assert_true(run_until(workers, 5000) <= 200);
    submit(workers, 1, HS_LANE_URGENT, jobs, 10, 5);
    assert_true(run_until(workers, 6000) <= 5200);
    submit(workers, 1, HS_LANE_DISK, jobs, 15, 5);
    assert_in_range(run_until(workers, 20000), 6000 + 5 * 1010, 6000 + 5 * 2020);
    hs_virtual_workers_slow_disk(workers, 1, (struct hs_virtual_latency){0, 0});
    submit(workers, 1, HS_LANE_DISK, jobs, 20, 10);
    assert_true(run_until(workers, 30000) <= 20200);
    assert_int_equal(run_count, 30);
    hs_virtual_workers_free(workers);
}

static void a_paused_process_finds_all_done_at_once_in_order(void **state)
{
    (void)state;
    struct hs_virtual_workers *workers = make(2);
    struct counted_job jobs[40];
    submit(workers, 0, HS_LANE_DISK, jobs, 0, 10);
    submit(workers, 1, HS_LANE_DISK, jobs, 10, 10);
    hs_virtual_workers_pause(workers, 0, true);
    hs_virtual_workers_pause(workers, 0, true);
    run_until(workers, 1000);
    assert_int_equal(run_count, 10);
    assert_int_equal(hs_virtual_workers_next_ns(workers), UINT64_MAX);
    hs_virtual_workers_pause(workers, 0, false);
    run_until(workers, 1000);
    assert_int_equal(run_count, 20);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(runs[i], 10 + i);
        assert_int_equal(runs[10 + i], i);
    }
    hs_virtual_workers_free(workers);
}

static void a_crash_runs_at_most_the_first_disk_jobs_of_its_own_node(void **state)
{
    (void)state;
    for (uint32_t paused = 0; paused < 2; paused++) {
        struct hs_virtual_workers *workers = make(3);
        struct counted_job jobs[40];
        submit(workers, 0, HS_LANE_BULK, jobs, 0, 5);
        submit(workers, 0, HS_LANE_DISK, jobs, 5, 5);
        submit(workers, 1, HS_LANE_DISK, jobs, 10, 5);
        submit(workers, 2, HS_LANE_DISK, jobs, 15, 5);
        hs_virtual_workers_pause(workers, 2, true);
        hs_virtual_workers_pause(workers, 0, paused == 1);
        hs_virtual_workers_crash(workers, 0, 2);
        assert_int_equal(run_count, 2);
        assert_int_equal(runs[0], 5);
        assert_int_equal(runs[1], 6);
        submit(workers, 0, HS_LANE_DISK, jobs, 20,
               1); /* of the next process, which is not paused */
        run_until(workers, 1000);
        assert_int_equal(run_count, 2 + 5 + 1);
        hs_virtual_workers_pause(workers, 2, false);
        run_until(workers, 1000);
        assert_int_equal(run_count, 2 + 5 + 1 + 5);
        hs_virtual_workers_free(workers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_disk_lane_keeps_its_order_and_adds_up),
        cmocka_unit_test(a_slow_disk_is_one_nodes_and_gets_well),
        cmocka_unit_test(a_paused_process_finds_all_done_at_once_in_order),
        cmocka_unit_test(a_crash_runs_at_most_the_first_disk_jobs_of_its_own_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
