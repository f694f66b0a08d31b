/* One heap of jobs under way, by (time, number of the submission). See virtual_workers.h. */
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

/* Simulations have nothing to go on with when there is no memory. */
static void push(struct hs_virtual_workers *workers, const struct task *task)
{
    if (workers->heap_count == workers->heap_capacity) {
        workers->heap_capacity = workers->heap_capacity > 0 ? 2 * workers->heap_capacity : 64;
        workers->heap = realloc(workers->heap, workers->heap_capacity * sizeof(workers->heap[0]));
        HS_ASSERT(workers->heap != NULL);
    }
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
    const struct hs_virtual_latency *latency = &workers->lanes[lane];
    uint64_t begin_ns = workers->now_ns;
    if (lane == HS_LANE_DISK && desk->disk_free_ns > begin_ns) {
        begin_ns = desk->disk_free_ns;
    }
    uint64_t due_ns =
        begin_ns + hs_random_between(&workers->random, latency->min_ns, latency->max_ns);
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

void hs_virtual_workers_crash(struct hs_virtual_workers *workers, uint32_t node, size_t disk_runs)
{
    struct task *kept = NULL;
    size_t kept_count = 0;
    if (workers->heap_count > 0) {
        kept = calloc(workers->heap_count, sizeof(kept[0]));
        HS_ASSERT(kept != NULL);
    }
    while (workers->heap_count > 0) {
        struct task task = pop(workers);
        if (task.node != node) {
            kept[kept_count++] = task;
        } else if (task.lane == HS_LANE_DISK && disk_runs > 0) {
            task.job->run(task.job);
            disk_runs--;
        }
    }
    for (size_t i = 0; i < kept_count; i++) {
        push(workers, &kept[i]);
    }
    free(kept);
    workers->desks[node].disk_free_ns = 0;
}
