/* hs_ranked_heap: items in the order of their rank, the lowest first, by order among equals.
 *
 * A binary heap whose keys lie in the heap itself, so that comparing touches nothing else. With a
 * table of positions an item can be moved or taken out by its number. The memory is the
 * owner's, who sees to it that the heap never holds more than there is room for.
 *
 * A change costs O(log n). When a good part of the items changes it is cheaper to let the order go:
 * in a loose heap each change costs O(1), and to have it in order again O(n).
 */
#ifndef HS_MEMPOOL_RANKED_HEAP_H
#define HS_MEMPOOL_RANKED_HEAP_H

#include "mempool/offer.h"

struct hs_ranked {
    struct hs_price rank;
    uint64_t order;
    uint32_t item;
    uint32_t tag; /* the owner's */
};

struct hs_ranked_heap {
    struct hs_ranked *ranked;
    uint32_t *positions; /* by item: index in `ranked` + 1, 0 when not in; NULL: not kept */
    uint32_t count;
    bool loose; /* in no order: nothing may be popped */
};

void hs_ranked_heap_loosen(struct hs_ranked_heap *heap);
void hs_ranked_heap_order(struct hs_ranked_heap *heap);

void hs_ranked_heap_push(struct hs_ranked_heap *heap, struct hs_ranked ranked);
/* The first one, which is taken out; the heap is not empty. */
struct hs_ranked hs_ranked_heap_pop(struct hs_ranked_heap *heap);

/* For a heap with positions: puts the item in, or moves it to where it now belongs. */
void hs_ranked_heap_set(struct hs_ranked_heap *heap, struct hs_ranked ranked);
/* The same: takes the item out, if it is in. */
void hs_ranked_heap_remove(struct hs_ranked_heap *heap, uint32_t item);

#endif
