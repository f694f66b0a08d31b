/* See delivery_heap.h. */
#include "network/delivery_heap.h"

#include <stdlib.h>

static bool arrives_before(const struct hs_delivery *a, const struct hs_delivery *b)
{
    return a->arrival_ns != b->arrival_ns ? a->arrival_ns < b->arrival_ns : a->number < b->number;
}

static void sift_down(struct hs_delivery items[], size_t count, size_t hole)
{
    struct hs_delivery moving = items[hole];
    for (;;) {
        size_t child = 2 * hole + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && arrives_before(&items[child + 1], &items[child])) {
            child++;
        }
        if (!arrives_before(&items[child], &moving)) {
            break;
        }
        items[hole] = items[child];
        hole = child;
    }
    items[hole] = moving;
}

static void order_all(struct hs_delivery_heap *heap)
{
    for (size_t i = heap->count / 2; i > 0; i--) {
        sift_down(heap->items, heap->count, i - 1);
    }
}

uint64_t hs_delivery_heap_next_ns(const struct hs_delivery_heap *heap)
{
    return heap->count > 0 ? heap->items[0].arrival_ns : UINT64_MAX;
}

bool hs_delivery_heap_push(struct hs_delivery_heap *heap, struct hs_delivery delivery)
{
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity > 0 ? 2 * heap->capacity : 256;
        struct hs_delivery *items = realloc(heap->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        heap->items = items;
        heap->capacity = capacity;
    }
    delivery.number = heap->next_number++;
    heap->redial_count += delivery.message == NULL ? 1 : 0;
    size_t hole = heap->count++;
    while (hole > 0) {
        size_t parent = (hole - 1) / 2;
        if (!arrives_before(&delivery, &heap->items[parent])) {
            break;
        }
        heap->items[hole] = heap->items[parent];
        hole = parent;
    }
    heap->items[hole] = delivery;
    return true;
}

struct hs_delivery hs_delivery_heap_pop(struct hs_delivery_heap *heap)
{
    struct hs_delivery first = heap->items[0];
    heap->redial_count -= first.message == NULL ? 1 : 0;
    heap->items[0] = heap->items[--heap->count];
    if (heap->count > 0) {
        sift_down(heap->items, heap->count, 0);
    }
    return first;
}

bool hs_delivery_is_on_link(const struct hs_delivery *delivery, uint32_t from, uint32_t to)
{
    return delivery->message != NULL && !delivery->is_replay && delivery->from == from &&
           delivery->to == to;
}

size_t hs_delivery_heap_drop_link(struct hs_delivery_heap *heap, uint32_t from, uint32_t to)
{
    size_t kept_count = 0;
    for (size_t i = 0; i < heap->count; i++) {
        struct hs_delivery delivery = heap->items[i];
        if (hs_delivery_is_on_link(&delivery, from, to)) {
            hs_buffer_release(delivery.message);
        } else {
            heap->items[kept_count++] = delivery;
        }
    }
    size_t dropped_count = heap->count - kept_count;
    if (dropped_count > 0) {
        heap->count = kept_count;
        order_all(heap);
    }
    return dropped_count;
}

void hs_delivery_heap_put_off(struct hs_delivery_heap *heap, uint32_t from, uint32_t to,
                              uint64_t arrival_ns)
{
    bool changed = false;
    for (size_t i = 0; i < heap->count; i++) {
        if (hs_delivery_is_on_link(&heap->items[i], from, to)) {
            heap->items[i].arrival_ns = arrival_ns;
            changed = true;
        }
    }
    if (changed) {
        order_all(heap);
    }
}

void hs_delivery_heap_free(struct hs_delivery_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        hs_buffer_release(heap->items[i].message);
    }
    free(heap->items);
    *heap = (struct hs_delivery_heap){0};
}
