#include "mempool/ranked_heap.h"

#include <stddef.h>

#include "base/assert.h"

static bool before(const struct hs_ranked *a, const struct hs_ranked *b)
{
    if (a->rank.whole != b->rank.whole) {
        return a->rank.whole < b->rank.whole;
    }
    if (a->rank.fraction != b->rank.fraction) {
        return a->rank.fraction < b->rank.fraction;
    }
    return a->order < b->order;
}

static void put(struct hs_ranked_heap *heap, uint32_t index, struct hs_ranked ranked)
{
    heap->ranked[index] = ranked;
    if (heap->positions != NULL) {
        heap->positions[ranked.item] = index + 1;
    }
}

/* Puts `ranked` at the hole `index` or above it. */
static void rise(struct hs_ranked_heap *heap, uint32_t index, struct hs_ranked ranked)
{
    while (index > 0 && before(&ranked, &heap->ranked[(index - 1) / 2])) {
        put(heap, index, heap->ranked[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    put(heap, index, ranked);
}

/* Puts `ranked` at the hole `index` or below it. */
static void sink(struct hs_ranked_heap *heap, uint32_t index, struct hs_ranked ranked)
{
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child + 1 < heap->count && before(&heap->ranked[child + 1], &heap->ranked[child])) {
            child++;
        }
        if (child >= heap->count || !before(&heap->ranked[child], &ranked)) {
            put(heap, index, ranked);
            return;
        }
        put(heap, index, heap->ranked[child]);
        index = child;
    }
}

static void settle(struct hs_ranked_heap *heap, uint32_t index, struct hs_ranked ranked)
{
    if (heap->loose) {
        put(heap, index, ranked);
    } else if (index > 0 && before(&ranked, &heap->ranked[(index - 1) / 2])) {
        rise(heap, index, ranked);
    } else {
        sink(heap, index, ranked);
    }
}

void hs_ranked_heap_push(struct hs_ranked_heap *heap, struct hs_ranked ranked)
{
    heap->count++;
    if (heap->loose) {
        put(heap, heap->count - 1, ranked);
    } else {
        rise(heap, heap->count - 1, ranked);
    }
}

static void take_out(struct hs_ranked_heap *heap, uint32_t index)
{
    heap->count--;
    if (heap->positions != NULL) {
        heap->positions[heap->ranked[index].item] = 0;
    }
    if (index < heap->count) {
        settle(heap, index, heap->ranked[heap->count]);
    }
}

struct hs_ranked hs_ranked_heap_pop(struct hs_ranked_heap *heap)
{
    HS_ASSERT(heap->count > 0 && !heap->loose);
    struct hs_ranked first = heap->ranked[0];
    take_out(heap, 0);
    return first;
}

void hs_ranked_heap_set(struct hs_ranked_heap *heap, struct hs_ranked ranked)
{
    uint32_t position = heap->positions[ranked.item];
    if (position == 0) {
        hs_ranked_heap_push(heap, ranked);
    } else {
        settle(heap, position - 1, ranked);
    }
}

void hs_ranked_heap_remove(struct hs_ranked_heap *heap, uint32_t item)
{
    if (heap->positions[item] != 0) {
        take_out(heap, heap->positions[item] - 1);
    }
}

void hs_ranked_heap_loosen(struct hs_ranked_heap *heap)
{
    heap->loose = true;
}

/* From the last one that has anything below it up: what is below is in order already. */
void hs_ranked_heap_order(struct hs_ranked_heap *heap)
{
    heap->loose = false;
    for (uint32_t i = heap->count / 2; i > 0; i--) {
        sink(heap, i - 1, heap->ranked[i - 1]);
    }
}
