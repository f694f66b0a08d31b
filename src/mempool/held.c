/* What the pool holds: entries and senders in tables that are filled from the front, free ones in
 * lists; two maps to find them; a chain of entries for each sender, by nonce. */
#include <string.h>

#include "base/assert.h"
#include "mempool/mempool_parts.h"

#define ALIGNMENT 16u
#define NONE      HS_MEMPOOL_NONE

/* -- memory ------------------------------------------------------------------ */

struct heap_layout {
    size_t ranked;
    size_t positions;
};

struct layout {
    size_t entry_map;
    size_t sender_map;
    struct heap_layout ready_by_form[HS_OFFER_RANKED_FORMS];
    struct heap_layout victims_by_form[HS_OFFER_RANKED_FORMS];
    struct heap_layout by_last_fee;
    struct heap_layout by_first_fee;
    size_t frontier;
    size_t senders;
    size_t entries;
    size_t store;
    size_t end;
};

static size_t place_part(size_t *end, size_t size)
{
    size_t offset = (*end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *end = offset + size;
    return offset;
}

static struct heap_layout place_heap(size_t *end, size_t count)
{
    struct heap_layout heap;
    heap.ranked = place_part(end, count * sizeof(struct hs_ranked));
    heap.positions = place_part(end, count * sizeof(uint32_t));
    return heap;
}

static bool within_limits(const struct hs_mempool_config *config)
{
    return config->transactions_max >= 1 &&
           config->transactions_max <= HS_MEMPOOL_TRANSACTIONS_MAX &&
           config->transaction_bytes_max >= 1 &&
           config->transaction_bytes_max <= HS_TRANSACTION_BYTES_MAX &&
           config->per_sender_max >= 1 && config->per_sender_max <= HS_MEMPOOL_PER_SENDER_MAX &&
           config->gas_max >= 1 &&
           (uint64_t)config->transactions_max * config->transaction_bytes_max <=
               HS_MEMPOOL_BYTES_MAX;
}

static struct layout layout_of(const struct hs_mempool_config *config)
{
    size_t count = config->transactions_max;
    struct layout layout = {.end = sizeof(struct hs_mempool)};
    layout.entry_map = place_part(&layout.end, hs_id_map_footprint(config->transactions_max));
    layout.sender_map = place_part(&layout.end, hs_id_map_footprint(config->transactions_max));
    for (size_t form = 0; form < HS_OFFER_RANKED_FORMS; form++) {
        layout.ready_by_form[form] = place_heap(&layout.end, count);
        layout.victims_by_form[form] = place_heap(&layout.end, count);
    }
    layout.by_last_fee = place_heap(&layout.end, count);
    layout.by_first_fee = place_heap(&layout.end, count);
    layout.frontier = place_part(&layout.end, count * sizeof(struct hs_ranked));
    layout.senders = place_part(&layout.end, count * sizeof(struct hs_mempool_sender));
    layout.entries = place_part(&layout.end, count * sizeof(struct hs_mempool_entry));
    layout.store = place_part(&layout.end, count * config->transaction_bytes_max);
    return layout;
}

size_t hs_mempool_footprint(const struct hs_mempool_config *config)
{
    return within_limits(config) ? layout_of(config).end : 0;
}

static struct hs_ranked_heap heap_at(uint8_t *base, struct heap_layout layout)
{
    return (struct hs_ranked_heap){
        .ranked = (struct hs_ranked *)(void *)(base + layout.ranked),
        .positions = (uint32_t *)(void *)(base + layout.positions),
    };
}

struct hs_mempool *hs_mempool_new(void *memory, const struct hs_mempool_config *config)
{
    HS_ASSERT(within_limits(config));
    struct layout layout = layout_of(config);
    uint8_t *base = memory;
    struct hs_mempool *pool = memory;
    uint32_t count = config->transactions_max;
    *pool = (struct hs_mempool){
        .transactions_max = count,
        .entry_free_first = NONE,
        .sender_free_first = NONE,
        .stale_first = NONE,
        .transaction_bytes_max = config->transaction_bytes_max,
        .per_sender_max = config->per_sender_max,
        .gas_max = config->gas_max,
        .entry_of_id = hs_id_map_new(base + layout.entry_map, count, config->map_seed),
        .sender_of_address = hs_id_map_new(base + layout.sender_map, count, config->map_seed),
        .by_last_fee = heap_at(base, layout.by_last_fee),
        .by_first_fee = heap_at(base, layout.by_first_fee),
        .frontier = {.ranked = (struct hs_ranked *)(void *)(base + layout.frontier)},
        .senders = (struct hs_mempool_sender *)(void *)(base + layout.senders),
        .entries = (struct hs_mempool_entry *)(void *)(base + layout.entries),
        .store = base + layout.store,
    };
    for (size_t form = 0; form < HS_OFFER_RANKED_FORMS; form++) {
        pool->ready_by_form[form] = heap_at(base, layout.ready_by_form[form]);
        pool->victims_by_form[form] = heap_at(base, layout.victims_by_form[form]);
    }
    return pool;
}

/* -- finding -------------------------------------------------------------------- */

uint8_t *hs_mempool_bytes_of(const struct hs_mempool *pool, uint32_t index)
{
    return pool->store + (size_t)index * pool->transaction_bytes_max;
}

uint32_t hs_mempool_entry_count(const struct hs_mempool *pool)
{
    return hs_id_map_count(pool->entry_of_id);
}

uint32_t hs_mempool_find_entry(const struct hs_mempool *pool, const struct hs_transaction_id *id)
{
    uint32_t index = NONE;
    enum hs_status status = hs_id_map_find(pool->entry_of_id, &index, id->bytes);
    HS_ASSERT((status == HS_OK) == (index != NONE));
    return index;
}

uint32_t hs_mempool_find_sender(const struct hs_mempool *pool, const struct hs_address *address)
{
    uint32_t index = NONE;
    enum hs_status status = hs_id_map_find(pool->sender_of_address, &index, address->bytes);
    HS_ASSERT((status == HS_OK) == (index != NONE));
    return index;
}

/* -- senders -------------------------------------------------------------------- */

uint32_t hs_mempool_add_sender(struct hs_mempool *pool, const struct hs_address *address,
                               uint64_t next_nonce)
{
    uint32_t index = pool->sender_free_first;
    if (index != NONE) {
        pool->sender_free_first = pool->senders[index].next_free;
    } else {
        index = pool->senders_reached;
        pool->senders_reached++;
    }
    HS_ASSERT(index < pool->transactions_max);
    struct hs_mempool_sender *sender = &pool->senders[index];
    pool->sender_count++;
    *sender = (struct hs_mempool_sender){
        .address = *address,
        .next_nonce = next_nonce,
        .first = NONE,
        .last = NONE,
    };
    enum hs_status status = hs_id_map_insert(pool->sender_of_address, address->bytes, index);
    HS_ASSERT(status == HS_OK);
    return index;
}

void hs_mempool_drop_sender(struct hs_mempool *pool, uint32_t index)
{
    struct hs_mempool_sender *sender = &pool->senders[index];
    uint32_t removed;
    enum hs_status status =
        hs_id_map_remove(pool->sender_of_address, &removed, sender->address.bytes);
    HS_ASSERT(status == HS_OK && removed == index);
    sender->next_free = pool->sender_free_first;
    pool->sender_free_first = index;
    pool->sender_count--;
}

/* -- chains --------------------------------------------------------------------- */

uint32_t hs_mempool_entry_up_to(const struct hs_mempool *pool,
                                const struct hs_mempool_sender *sender, uint64_t nonce)
{
    uint32_t index = sender->last;
    while (index != NONE && pool->entries[index].summary.nonce > nonce) {
        index = pool->entries[index].previous;
    }
    return index;
}

static void link_after(struct hs_mempool *pool, struct hs_mempool_sender *sender, uint32_t previous,
                       uint32_t index)
{
    struct hs_mempool_entry *entry = &pool->entries[index];
    entry->previous = previous;
    entry->next = previous == NONE ? sender->first : pool->entries[previous].next;
    *(entry->previous == NONE ? &sender->first : &pool->entries[entry->previous].next) = index;
    *(entry->next == NONE ? &sender->last : &pool->entries[entry->next].previous) = index;
}

static void unlink_entry(struct hs_mempool *pool, struct hs_mempool_sender *sender, uint32_t index)
{
    const struct hs_mempool_entry *entry = &pool->entries[index];
    *(entry->previous == NONE ? &sender->first : &pool->entries[entry->previous].next) =
        entry->next;
    *(entry->next == NONE ? &sender->last : &pool->entries[entry->next].previous) = entry->previous;
}

/* -- entries ------------------------------------------------------------------ */

static uint32_t take_free(struct hs_mempool *pool)
{
    uint32_t index = pool->entry_free_first;
    if (index != NONE) {
        pool->entry_free_first = pool->entries[index].next;
    } else {
        index = pool->entries_reached;
        pool->entries_reached++;
    }
    HS_ASSERT(index < pool->transactions_max);
    return index;
}

/* Everything but the links. */
static void fill(struct hs_mempool *pool, uint32_t index,
                 const struct hs_transaction_summary *summary, struct hs_bytes bytes)
{
    struct hs_mempool_entry *entry = &pool->entries[index];
    entry->summary = *summary;
    entry->offer = hs_offer_of(summary);
    entry->arrival = pool->arrivals;
    entry->size = (uint32_t)bytes.size;
    entry->marks = 0;
    memcpy(hs_mempool_bytes_of(pool, index), bytes.data, bytes.size);
    pool->arrivals++;
    pool->bytes += bytes.size;
    enum hs_status status = hs_id_map_insert(pool->entry_of_id, summary->id.bytes, index);
    HS_ASSERT(status == HS_OK);
}

/* Undoes fill(). */
static void empty(struct hs_mempool *pool, uint32_t index)
{
    const struct hs_mempool_entry *entry = &pool->entries[index];
    uint32_t removed;
    enum hs_status status = hs_id_map_remove(pool->entry_of_id, &removed, entry->summary.id.bytes);
    HS_ASSERT(status == HS_OK && removed == index);
    pool->bytes -= entry->size;
    pool->marked_count -= entry->marks > 0;
}

void hs_mempool_add_entry(struct hs_mempool *pool, uint32_t sender,
                          const struct hs_transaction_summary *summary, struct hs_bytes bytes)
{
    uint32_t index = take_free(pool);
    fill(pool, index, summary, bytes);
    pool->entries[index].sender = sender;
    link_after(pool, &pool->senders[sender],
               hs_mempool_entry_up_to(pool, &pool->senders[sender], summary->nonce), index);
}

void hs_mempool_change_entry(struct hs_mempool *pool, uint32_t index,
                             const struct hs_transaction_summary *summary, struct hs_bytes bytes)
{
    empty(pool, index);
    fill(pool, index, summary, bytes);
}

void hs_mempool_drop_entry(struct hs_mempool *pool, uint32_t index)
{
    struct hs_mempool_entry *entry = &pool->entries[index];
    unlink_entry(pool, &pool->senders[entry->sender], index);
    empty(pool, index);
    entry->next = pool->entry_free_first;
    pool->entry_free_first = index;
}
