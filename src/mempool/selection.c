/* The best transactions for a block, without changing anything: a race in which each ranked heap
 * enters its top. Whoever wins lets in those that may come right after it: the next of its chain,
 * and, as a heap has each sender before the two below it, those two. */
#include "mempool/mempool_parts.h"
#include "wire/payload.h"

#define NONE HS_MEMPOOL_NONE

/* Lets an entry into the race. `tag` says where its sender stands in the ready heaps: the index in
 * its heap, times their number, plus its form. NONE: it follows another of its chain. */
static void race(struct hs_mempool *pool, uint32_t index, uint32_t tag)
{
    const struct hs_mempool_entry *entry = &pool->entries[index];
    hs_ranked_heap_push(&pool->frontier,
                        (struct hs_ranked){
                            .rank = hs_price_reversed(hs_offer_bid(entry->offer, pool->base_fee)),
                            .order = entry->arrival,
                            .item = index,
                            .tag = tag,
                        });
}

static void race_ready(struct hs_mempool *pool, uint32_t form, uint32_t index)
{
    const struct hs_ranked_heap *heap = &pool->ready_by_form[form];
    if (index < heap->count) {
        race(pool, heap->ranked[index].tag, index * HS_OFFER_RANKED_FORMS + form);
    }
}

static void race_successors(struct hs_mempool *pool, struct hs_ranked taken)
{
    const struct hs_mempool_entry *entry = &pool->entries[taken.item];
    if (entry->next != NONE) {
        const struct hs_mempool_entry *next = &pool->entries[entry->next];
        if (next->summary.nonce == entry->summary.nonce + 1 &&
            next->offer.fee.whole >= pool->base_fee.units) {
            race(pool, entry->next, NONE);
        }
    }
    if (taken.tag != NONE) {
        uint32_t form = taken.tag % HS_OFFER_RANKED_FORMS;
        uint32_t index = taken.tag / HS_OFFER_RANKED_FORMS;
        race_ready(pool, form, 2 * index + 1);
        race_ready(pool, form, 2 * index + 2);
    }
}

/* F2: ends with the first that does not fit, as the rest bids less. */
size_t hs_mempool_select(struct hs_mempool *pool, struct hs_bytes transactions[],
                         struct hs_transaction_id ids[], struct hs_mempool_room room)
{
    size_t count = 0;
    pool->frontier.count = 0;
    for (uint32_t form = 0; form < HS_OFFER_RANKED_FORMS; form++) {
        race_ready(pool, form, 0);
    }
    while (count < room.count && pool->frontier.count > 0) {
        struct hs_ranked taken = hs_ranked_heap_pop(&pool->frontier);
        const struct hs_mempool_entry *entry = &pool->entries[taken.item];
        size_t payload_bytes = HS_PAYLOAD_ENTRY_BYTES + entry->size;
        if (payload_bytes > room.payload_bytes || entry->summary.gas > room.gas) {
            break;
        }
        room.payload_bytes -= payload_bytes;
        room.gas -= entry->summary.gas;
        transactions[count] = (struct hs_bytes){
            .data = hs_mempool_bytes_of(pool, taken.item),
            .size = entry->size,
        };
        if (ids != NULL) {
            ids[count] = entry->summary.id;
        }
        count++;
        race_successors(pool, taken);
    }
    return count;
}
