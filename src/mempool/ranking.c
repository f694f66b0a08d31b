/* Where each sender stands, from its chain and the base fee.
 *
 * A sender is ranked by what does not move with the base fee: the tip or the fee that its candidate
 * offers (offer.h), in a heap for each of the two forms, so that whoever reads them compares no more
 * than two tops. With its rank goes the span of base fees under which it is right. The base
 * fee moves, and only those whose span it leaves are ranked anew: two heaps, by the last and the
 * first base fee of the span, have them on top.
 */
#include "base/assert.h"
#include "mempool/mempool_parts.h"
#include "wire/payload.h"

#define NONE HS_MEMPOOL_NONE

/* What comes before a marked one is in a block too, if under another id. */
struct hs_mempool_outlook hs_mempool_look_along(const struct hs_mempool *pool,
                                                const struct hs_mempool_sender *sender,
                                                uint64_t end)
{
    const struct hs_mempool_outlook nothing = {
        .candidate = NONE,
        .last = NONE,
        .lowest = {.tip = HS_PRICE_MAX, .fee = HS_PRICE_MAX},
        .span = {0, UINT64_MAX},
    };
    struct hs_mempool_outlook outlook = nothing;
    uint64_t expected = sender->next_nonce;
    bool can_follow = true;
    for (uint32_t i = sender->first; i != NONE; i = pool->entries[i].next) {
        const struct hs_mempool_entry *entry = &pool->entries[i];
        uint64_t nonce = entry->summary.nonce;
        if (nonce >= end) {
            break;
        }
        if (entry->marks > 0) {
            outlook = nothing;
            expected = nonce + 1;
            can_follow = true;
            continue;
        }
        outlook.has_gap = outlook.has_gap || nonce != expected;
        can_follow = can_follow && !outlook.has_gap &&
                     hs_offer_covers(entry->offer, pool->base_fee, &outlook.span);
        if (can_follow) {
            outlook.candidate = outlook.candidate == NONE ? i : outlook.candidate;
            outlook.ready.count++;
            outlook.ready.bytes += HS_PAYLOAD_ENTRY_BYTES + entry->size;
            outlook.ready.gas += entry->summary.gas;
        }
        expected = nonce + 1;
        outlook.lowest = hs_offer_lower(outlook.lowest, entry->offer);
        outlook.last = i;
    }
    outlook.has_gap = outlook.has_gap || (end != UINT64_MAX && expected != end);
    return outlook;
}

/* Puts a sender into the heap of its form, and takes it out of the other; SHORT: out of both. */
static void place(struct hs_ranked_heap heaps[HS_OFFER_RANKED_FORMS], enum hs_offer_form form,
                  struct hs_ranked ranked)
{
    for (enum hs_offer_form other = 0; other < HS_OFFER_RANKED_FORMS; other++) {
        if (other != form) {
            hs_ranked_heap_remove(&heaps[other], ranked.item);
        }
    }
    if (form != HS_OFFER_SHORT) {
        hs_ranked_heap_set(&heaps[form], ranked);
    }
}

static struct hs_price price_by_form(struct hs_offer offer, enum hs_offer_form form)
{
    return form == HS_OFFER_TIP ? offer.tip : offer.fee;
}

static void place_ready(struct hs_mempool *pool, uint32_t index, struct hs_mempool_outlook *outlook)
{
    struct hs_ranked ranked = {.item = index, .tag = outlook->candidate};
    enum hs_offer_form form = HS_OFFER_SHORT;
    if (outlook->candidate != NONE) {
        const struct hs_mempool_entry *candidate = &pool->entries[outlook->candidate];
        form = hs_offer_form(candidate->offer, pool->base_fee, &outlook->span);
        ranked.rank = hs_price_reversed(price_by_form(candidate->offer, form));
        ranked.order = candidate->arrival;
    }
    place(pool->ready_by_form, form, ranked);
}

/* What can't be taken, or comes behind such a one, bids nothing: as if it offered no tip. */
static void place_victim(struct hs_mempool *pool, uint32_t index,
                         struct hs_mempool_outlook *outlook)
{
    struct hs_ranked ranked = {.item = index, .tag = outlook->last};
    enum hs_offer_form form = HS_OFFER_SHORT;
    if (outlook->last != NONE) {
        struct hs_offer lowest = outlook->lowest;
        form = HS_OFFER_TIP;
        if (!outlook->has_gap) {
            form = hs_offer_form(lowest, pool->base_fee, &outlook->span);
            ranked.rank = price_by_form(lowest, form);
        }
        if (form == HS_OFFER_SHORT) {
            form = HS_OFFER_TIP;
            ranked.rank = (struct hs_price){0, 0};
        }
        ranked.order = UINT64_MAX - pool->entries[outlook->last].arrival;
    }
    place(pool->victims_by_form, form, ranked);
}

static void place_span(struct hs_mempool *pool, uint32_t index, struct hs_fee_span span)
{
    struct hs_ranked ranked = {.order = index, .item = index};
    ranked.rank.whole = span.last;
    if (span.last < UINT64_MAX) {
        hs_ranked_heap_set(&pool->by_last_fee, ranked);
    } else {
        hs_ranked_heap_remove(&pool->by_last_fee, index);
    }
    ranked.rank.whole = UINT64_MAX - span.first;
    if (span.first > 0) {
        hs_ranked_heap_set(&pool->by_first_fee, ranked);
    } else {
        hs_ranked_heap_remove(&pool->by_first_fee, index);
    }
}

void hs_mempool_rank(struct hs_mempool *pool, uint32_t index)
{
    struct hs_mempool_sender *sender = &pool->senders[index];
    struct hs_mempool_outlook outlook = hs_mempool_look_along(pool, sender, UINT64_MAX);
    pool->ready.count += outlook.ready.count - sender->ready.count;
    pool->ready.bytes += outlook.ready.bytes - sender->ready.bytes;
    pool->ready.gas += outlook.ready.gas - sender->ready.gas;
    sender->ready = outlook.ready;
    place_ready(pool, index, &outlook);
    place_victim(pool, index, &outlook);
    place_span(pool, index, outlook.span);
}

void hs_mempool_note_stale(struct hs_mempool *pool, uint32_t index)
{
    struct hs_mempool_sender *sender = &pool->senders[index];
    if (!sender->is_stale) {
        sender->is_stale = true;
        sender->next_stale = pool->stale_first;
        pool->stale_first = index;
    }
}

void hs_mempool_rank_stale(struct hs_mempool *pool)
{
    while (pool->stale_first != NONE) {
        struct hs_mempool_sender *sender = &pool->senders[pool->stale_first];
        hs_mempool_rank(pool, pool->stale_first);
        sender->is_stale = false;
        pool->stale_first = sender->next_stale;
    }
}

/* -- under another base fee ----------------------------------------------------------- */

/* Where one of so many senders is ranked anew, the heaps are put in order once for all. */
#define FEW_OF 8u

/* Those whose rank is below `limit` are on top: from there on down, as far as they go. */
static uint32_t note_below(struct hs_mempool *pool, const struct hs_ranked_heap *heap,
                           uint32_t index, uint64_t limit)
{
    if (index >= heap->count || heap->ranked[index].rank.whole >= limit) {
        return 0;
    }
    hs_mempool_note_stale(pool, heap->ranked[index].item);
    return 1 + note_below(pool, heap, 2 * index + 1, limit) +
           note_below(pool, heap, 2 * index + 2, limit);
}

static void for_each_heap(struct hs_mempool *pool, void (*call)(struct hs_ranked_heap *heap))
{
    for (enum hs_offer_form form = 0; form < HS_OFFER_RANKED_FORMS; form++) {
        call(&pool->ready_by_form[form]);
        call(&pool->victims_by_form[form]);
    }
    call(&pool->by_last_fee);
    call(&pool->by_first_fee);
}

void hs_mempool_set_base_fee(struct hs_mempool *pool, struct hs_amount base_fee)
{
    pool->base_fee = base_fee;
    uint32_t count = note_below(pool, &pool->by_last_fee, 0, base_fee.units);
    count += note_below(pool, &pool->by_first_fee, 0, UINT64_MAX - base_fee.units);
    if (count <= pool->sender_count / FEW_OF) {
        hs_mempool_rank_stale(pool);
        return;
    }
    for_each_heap(pool, hs_ranked_heap_loosen);
    for (uint32_t i = 0; i < pool->senders_reached; i++) {
        if (pool->senders[i].is_stale) {
            pool->senders[i].is_stale = false;
            hs_mempool_rank(pool, i);
        }
    }
    pool->stale_first = NONE;
    for_each_heap(pool, hs_ranked_heap_order);
}

/* -- what goes first ------------------------------------------------------------------- */

/* Of the tops of both heaps the lower one. */
bool hs_mempool_lowest(const struct hs_mempool *pool, struct hs_ranked *victim,
                       struct hs_price *bid)
{
    bool found = false;
    for (enum hs_offer_form form = 0; form < HS_OFFER_RANKED_FORMS; form++) {
        const struct hs_ranked_heap *heap = &pool->victims_by_form[form];
        if (heap->count == 0) {
            continue;
        }
        struct hs_price top = heap->ranked[0].rank;
        top.whole -= form == HS_OFFER_REST ? pool->base_fee.units : 0; /* it covers the base fee */
        bool lower = !found || hs_price_below(top, *bid) ||
                     (!hs_price_below(*bid, top) && heap->ranked[0].order < victim->order);
        if (lower) {
            *victim = heap->ranked[0];
            *bid = top;
            found = true;
        }
    }
    return found;
}
