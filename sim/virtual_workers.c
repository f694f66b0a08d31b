/* One heap of jobs under way, by (time, number of the submission), and what paused
 * processes have under way beside it. See virtual_workers.h. */
#include "sim/virtual_workers.h"

#include <stdlib.h>

#include "base/assert.h"
#include "sim/random.h"

struct task {
    uint64_t due_ns;
    uint64_t number;
    uint32_t node;
    enum hs_lane lane;
    struct hs_job *job;
};

struct desk {
    struct hs_workers interface;
    struct hs_virtual_workers *workers;
    uint32_t node;
    uint64_t disk_free_ns; /* when the disk lane is through with what it has */
    struct hs_virtual_latency disk_extra;
    bool paused;
};

struct hs_virtual_workers {
    uint32_t node_count;
    struct hs_random random;
    struct hs_virtual_latency lanes[HS_LANES];
    uint64_t now_ns;
    uint64_t next_number;
    struct task *heap;
    size_t heap_count;
    size_t heap_capacity;
    struct task *held; /* of paused processes, in no order */
    size_t held_count;
    size_t held_capacity;
    struct desk *desks;
};

static bool before(const struct task *a, const struct task *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->number < b->number;
}

static void sift_up(struct task heap[], size_t hole)
{
    struct task moving = heap[hole];
    while (hole > 0 && before(&moving, &heap[(hole - 1) / 2])) {
        heap[hole] = heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap[hole] = moving;
}

static void sift_down(struct task heap[], size_t count, size_t hole)
{
    struct task moving = heap[hole];
    for (size_t child = 2 * hole + 1; child < count; child = 2 * hole + 1) {
        if (child + 1 < count && before(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!before(&heap[child], &moving)) {
            break;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = moving;
}

/* Room for one more. Simulations have nothing to go on with when there is no memory. */
static struct task *with_room(struct task *tasks, size_t count, size_t *capacity)
{
    if (count == *capacity) {
        *capacity = *capacity > 0 ? 2 * *capacity : 64;
        tasks = realloc(tasks, *capacity * sizeof(tasks[0]));
        HS_ASSERT(tasks != NULL);
    }
    return tasks;
}

static void push(struct hs_virtual_workers *workers, const struct task *task)
{
    workers->heap = with_room(workers->heap, workers->heap_count, &workers->heap_capacity);
    workers->heap[workers->heap_count] = *task;
    sift_up(workers->heap, workers->heap_count);
    workers->heap_count++;
}

static struct task pop(struct hs_virtual_workers *workers)
{
    struct task first = workers->heap[0];
    workers->heap_count--;
    if (workers->heap_count > 0) {
        workers->heap[0] = workers->heap[workers->heap_count];
        sift_down(workers->heap, workers->heap_count, 0);
    }
    return first;
}

static void submit(void *context, enum hs_lane lane, struct hs_job *job)
{
    struct desk *desk = context;
    struct hs_virtual_workers *workers = desk->workers;
    struct hs_virtual_latency latency = workers->lanes[lane];
    uint64_t begin_ns = workers->now_ns;
    if (lane == HS_LANE_DISK) {
        latency.min_ns += desk->disk_extra.min_ns;
        latency.max_ns += desk->disk_extra.max_ns;
        begin_ns = desk->disk_free_ns > begin_ns ? desk->disk_free_ns : begin_ns;
    }
    uint64_t due_ns =
        begin_ns + hs_random_between(&workers->random, latency.min_ns, latency.max_ns);
    if (lane == HS_LANE_DISK) {
        desk->disk_free_ns = due_ns;
    }
    push(workers, &(struct task){.due_ns = due_ns,
                                 .number = workers->next_number++,
                                 .node = desk->node,
                                 .lane = lane,
                                 .job = job});
}

struct hs_virtual_workers *hs_virtual_workers_new(uint32_t node_count, uint64_t seed,
                                                  const struct hs_virtual_latency lanes[HS_LANES])
{
    struct hs_virtual_workers *workers = calloc(1, sizeof(*workers));
    if (workers == NULL) {
        return NULL;
    }
    workers->desks = calloc(node_count, sizeof(workers->desks[0]));
    if (workers->desks == NULL) {
        free(workers);
        return NULL;
    }
    workers->node_count = node_count;
    workers->random = (struct hs_random){seed};
    for (uint32_t i = 0; i < HS_LANES; i++) {
        workers->lanes[i] = lanes[i];
    }
    for (uint32_t i = 0; i < node_count; i++) {
        struct desk *desk = &workers->desks[i];
        *desk = (struct desk){
            .interface = {.context = desk, .submit = submit}, .workers = workers, .node = i};
    }
    return workers;
}

void hs_virtual_workers_free(struct hs_virtual_workers *workers)
{
    if (workers != NULL) {
        free(workers->heap);
        free(workers->held);
        free(workers->desks);
        free(workers);
    }
}

const struct hs_workers *hs_virtual_workers_of(struct hs_virtual_workers *workers, uint32_t index)
{
    HS_ASSERT(index < workers->node_count);
    return &workers->desks[index].interface;
}

void hs_virtual_workers_set_now(struct hs_virtual_workers *workers, uint64_t now_ns)
{
    HS_ASSERT(now_ns >= workers->now_ns);
    workers->now_ns = now_ns;
}

uint64_t hs_virtual_workers_next_ns(const struct hs_virtual_workers *workers)
{
    return workers->heap_count > 0 ? workers->heap[0].due_ns : UINT64_MAX;
}

bool hs_virtual_workers_take(struct hs_virtual_workers *workers, uint32_t *node,
                             struct hs_job **job)
{
    if (workers->heap_count == 0 || workers->heap[0].due_ns > workers->now_ns) {
        return false;
    }
    struct task task = pop(workers);
    *node = task.node;
    *job = task.job;
    return true;
}

void hs_virtual_workers_slow_disk(struct hs_virtual_workers *workers, uint32_t node,
                                  struct hs_virtual_latency extra)
{
    workers->desks[node].disk_extra = extra;
}

uint64_t hs_virtual_workers_disks_free_ns(const struct hs_virtual_workers *workers)
{
    uint64_t free_ns = workers->now_ns;
    for (uint32_t i = 0; i < workers->node_count; i++) {
        uint64_t own_ns = workers->desks[i].disk_free_ns;
        free_ns = own_ns > free_ns ? own_ns : free_ns;
    }
    return free_ns;
}

/* Takes the tasks of one node out of the heap, to be held. */
static void hold(struct hs_virtual_workers *workers, uint32_t node)
{
    size_t kept_count = 0;
    for (size_t i = 0; i < workers->heap_count; i++) {
        if (workers->heap[i].node == node) {
            workers->held = with_room(workers->held, workers->held_count, &workers->held_capacity);
            workers->held[workers->held_count++] = workers->heap[i];
        } else {
            workers->heap[kept_count++] = workers->heap[i];
        }
    }
    workers->heap_count = kept_count;
    for (size_t i = kept_count / 2; i > 0; i--) {
        sift_down(workers->heap, kept_count, i - 1);
    }
}

/* Gives back the tasks of one node. Due times of the past stay: they keep the order. */
static void let_go(struct hs_virtual_workers *workers, uint32_t node)
{
    size_t kept_count = 0;
    for (size_t i = 0; i < workers->held_count; i++) {
        if (workers->held[i].node == node) {
            push(workers, &workers->held[i]);
        } else {
            workers->held[kept_count++] = workers->held[i];
        }
    }
    workers->held_count = kept_count;
}

void hs_virtual_workers_pause(struct hs_virtual_workers *workers, uint32_t node, bool paused)
{
    if (workers->desks[node].paused == paused) {
        return;
    }
    workers->desks[node].paused = paused;
    if (paused) {
        hold(workers, node);
    } else {
        let_go(workers, node);
    }
}

static int compare_tasks(const void *a, const void *b)
{
    return before(a, b) ? -1 : 1;
}

void hs_virtual_workers_crash(struct hs_virtual_workers *workers, uint32_t node, size_t disk_runs)
{
    hs_virtual_workers_pause(workers, node, false);
    size_t others_count = workers->held_count;
    hold(workers, node);
    size_t ended_count = workers->held_count - others_count;
    struct task *ended = ended_count > 0 ? workers->held + others_count : NULL;
    if (ended_count > 1) {
        qsort(ended, ended_count, sizeof(ended[0]), compare_tasks);
    }
    for (size_t i = 0; i < ended_count && disk_runs > 0; i++) {
        if (ended[i].lane == HS_LANE_DISK) {
            ended[i].job->run(ended[i].job);
            disk_runs--;
        }
    }
    workers->held_count = others_count;
    workers->desks[node].disk_free_ns = 0;
}
