/* The calls that take in, drop, mark and tell. See mempool_parts.h for the rest. */
#include "base/assert.h"
#include "mempool/mempool_parts.h"

#define NONE HS_MEMPOOL_NONE

static void rank_or_drop(struct hs_mempool *pool, uint32_t sender)
{
    hs_mempool_rank(pool, sender);
    if (pool->senders[sender].first == NONE) {
        hs_mempool_drop_sender(pool, sender);
    }
}

/* -- adding --------------------------------------------------------------------- */

static bool is_a_tenth_more(struct hs_amount amount, struct hs_amount than)
{
    uint64_t tenth = than.units / 10 + (than.units % 10 != 0);
    uint64_t step = tenth > 0 ? tenth : 1;
    return amount.units >= than.units && amount.units - than.units >= step;
}

/* F5: both, or a sender could have the pool carry one replacement after the other and would pay for
 * none of them. */
static enum hs_status replace(struct hs_mempool *pool, uint32_t index,
                              const struct hs_transaction_summary *summary, struct hs_bytes bytes)
{
    const struct hs_mempool_entry *entry = &pool->entries[index];
    if (entry->marks > 0) {
        return HS_NOT_READY;
    }
    if (!is_a_tenth_more(summary->max_fee, entry->summary.max_fee) ||
        !is_a_tenth_more(summary->max_tip, entry->summary.max_tip)) {
        return HS_FEE_TOO_LOW;
    }
    hs_mempool_change_entry(pool, index, summary, bytes);
    hs_mempool_rank(pool, entry->sender);
    return HS_OK;
}

/* What a newcomer's chain would bid up to it. */
static struct hs_price bid_with(const struct hs_mempool *pool, uint32_t sender,
                                const struct hs_transaction_summary *summary, uint64_t next_nonce)
{
    struct hs_offer offer = hs_offer_of(summary);
    bool has_gap = summary->nonce != next_nonce;
    if (sender != NONE) {
        struct hs_mempool_outlook before =
            hs_mempool_look_along(pool, &pool->senders[sender], summary->nonce);
        has_gap = before.has_gap;
        offer = hs_offer_lower(offer, before.lowest);
    }
    return has_gap ? (struct hs_price){0, 0} : hs_offer_bid(offer, pool->base_fee);
}

/* Frees one entry for a newcomer that bids more than its owner. */
static enum hs_status evict_below(struct hs_mempool *pool, struct hs_price bid)
{
    struct hs_ranked victim;
    struct hs_price lowest;
    if (!hs_mempool_lowest(pool, &victim, &lowest) || !hs_price_below(lowest, bid)) {
        return HS_FULL;
    }
    hs_mempool_drop_entry(pool, victim.tag);
    rank_or_drop(pool, victim.item);
    return HS_OK;
}

static enum hs_status insert(struct hs_mempool *pool, const struct hs_transaction_summary *summary,
                             struct hs_bytes bytes, uint64_t next_nonce)
{
    if (hs_mempool_entry_count(pool) == pool->transactions_max) {
        uint32_t sender = hs_mempool_find_sender(pool, &summary->sender);
        enum hs_status status = evict_below(pool, bid_with(pool, sender, summary, next_nonce));
        if (status != HS_OK) {
            return status;
        }
    }
    /* Only now: the evicted one may have been this sender's last. */
    uint32_t sender = hs_mempool_find_sender(pool, &summary->sender);
    if (sender == NONE) {
        sender = hs_mempool_add_sender(pool, &summary->sender, next_nonce);
    }
    hs_mempool_add_entry(pool, sender, summary, bytes);
    hs_mempool_rank(pool, sender);
    return HS_OK;
}

enum hs_status hs_mempool_add(struct hs_mempool *pool, const struct hs_transaction_summary *summary,
                              struct hs_bytes bytes, uint64_t next_nonce)
{
    if (bytes.size == 0 || bytes.size > pool->transaction_bytes_max || summary->gas == 0 ||
        summary->gas > pool->gas_max) {
        return HS_INVALID_ARGUMENT;
    }
    if (hs_mempool_contains(pool, &summary->id)) {
        return HS_DUPLICATE;
    }
    hs_mempool_advance(pool, &summary->sender, next_nonce);
    uint32_t sender = hs_mempool_find_sender(pool, &summary->sender);
    if (sender != NONE) {
        next_nonce = pool->senders[sender].next_nonce;
    }
    if (summary->nonce < next_nonce) {
        return HS_NONCE_TOO_LOW;
    }
    if (summary->nonce - next_nonce >= pool->per_sender_max || summary->nonce == UINT64_MAX) {
        return HS_NONCE_TOO_HIGH;
    }
    if (sender != NONE) {
        uint32_t index = hs_mempool_entry_up_to(pool, &pool->senders[sender], summary->nonce);
        if (index != NONE && pool->entries[index].summary.nonce == summary->nonce) {
            return replace(pool, index, summary, bytes);
        }
    }
    return insert(pool, summary, bytes, next_nonce);
}

/* -- reading --------------------------------------------------------------------- */

enum hs_status hs_mempool_find(const struct hs_mempool *pool, struct hs_bytes *bytes,
                               const struct hs_transaction_id *id)
{
    uint32_t index = hs_mempool_find_entry(pool, id);
    if (index == NONE) {
        return HS_NOT_FOUND;
    }
    *bytes = (struct hs_bytes){
        .data = hs_mempool_bytes_of(pool, index),
        .size = pool->entries[index].size,
    };
    return HS_OK;
}

bool hs_mempool_contains(const struct hs_mempool *pool, const struct hs_transaction_id *id)
{
    return hs_mempool_find_entry(pool, id) != NONE;
}

uint64_t hs_mempool_next_nonce(const struct hs_mempool *pool, const struct hs_address *address,
                               uint64_t committed_next_nonce)
{
    uint64_t nonce = committed_next_nonce;
    uint32_t sender = hs_mempool_find_sender(pool, address);
    for (uint32_t i = sender == NONE ? NONE : pool->senders[sender].first; i != NONE;
         i = pool->entries[i].next) {
        nonce += pool->entries[i].summary.nonce == nonce;
    }
    return nonce;
}

void hs_mempool_counts(const struct hs_mempool *pool, struct hs_mempool_counts *counts)
{
    *counts = (struct hs_mempool_counts){
        .transactions = hs_mempool_entry_count(pool),
        .marked = pool->marked_count,
        .senders = pool->sender_count,
        .ready = pool->ready.count,
        .bytes = pool->bytes,
        .ready_bytes = pool->ready.bytes,
        .ready_gas = pool->ready.gas,
    };
}

/* -- what happens to blocks -------------------------------------------------------- */

void hs_mempool_mark(struct hs_mempool *pool, const struct hs_transaction_id ids[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t index = hs_mempool_find_entry(pool, &ids[i]);
        if (index != NONE) {
            struct hs_mempool_entry *entry = &pool->entries[index];
            pool->marked_count += entry->marks == 0;
            entry->marks++;
            hs_mempool_note_stale(pool, entry->sender);
        }
    }
    hs_mempool_rank_stale(pool);
}

void hs_mempool_unmark(struct hs_mempool *pool, const struct hs_transaction_id ids[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t index = hs_mempool_find_entry(pool, &ids[i]);
        if (index != NONE && pool->entries[index].marks > 0) {
            struct hs_mempool_entry *entry = &pool->entries[index];
            entry->marks--;
            pool->marked_count -= entry->marks == 0;
            hs_mempool_note_stale(pool, entry->sender);
        }
    }
    hs_mempool_rank_stale(pool);
}

void hs_mempool_advance(struct hs_mempool *pool, const struct hs_address *address,
                        uint64_t next_nonce)
{
    uint32_t index = hs_mempool_find_sender(pool, address);
    if (index == NONE || next_nonce <= pool->senders[index].next_nonce) {
        return;
    }
    struct hs_mempool_sender *sender = &pool->senders[index];
    sender->next_nonce = next_nonce;
    while (sender->first != NONE && pool->entries[sender->first].summary.nonce < next_nonce) {
        hs_mempool_drop_entry(pool, sender->first);
    }
    rank_or_drop(pool, index);
}

void hs_mempool_remove(struct hs_mempool *pool, const struct hs_transaction_id *id)
{
    uint32_t index = hs_mempool_find_entry(pool, id);
    if (index != NONE) {
        uint32_t sender = pool->entries[index].sender;
        hs_mempool_drop_entry(pool, index);
        rank_or_drop(pool, sender);
    }
}
