#include "mempool/mempool.h"

#include <string.h>

#include "base/assert.h"
#include "mempool/ranked_heap.h"
#include "wire/payload.h"

#define NONE      UINT32_MAX
#define ALIGNMENT 16u

/* One transaction. Its bytes lie in the pool's store, at its index. */
struct entry {
    struct hs_transaction_summary summary;
    uint64_t arrival; /* counts all that were ever taken in */
    uint32_t size;
    uint32_t sender;
    uint32_t previous; /* in its sender's chain, by nonce */
    uint32_t next;     /* the same; of a free entry: in the free list */
    uint32_t marks;
};

/* One sender with at least one transaction. What follows from its chain is worked out anew by
 * refresh() whenever the chain changes. */
struct sender {
    struct hs_address address;
    uint64_t next_nonce; /* in the committed state, as far as the pool was told */
    uint32_t first;
    uint32_t last;
    uint32_t next_free;
    uint32_t ready_count;
    uint64_t ready_bytes;
    uint32_t next_stale;
    bool is_stale; /* its chain has changed since it was refreshed */
};

struct hs_mempool {
    uint32_t transactions_max;
    uint32_t transaction_bytes_max;
    uint32_t per_sender_max;
    uint32_t marked_count;
    uint32_t sender_count;
    uint32_t ready_count;
    uint64_t bytes;
    uint64_t ready_bytes;
    uint64_t arrivals;
    uint32_t entry_free_first;
    uint32_t entries_reached; /* those from here on were never used */
    uint32_t sender_free_first;
    uint32_t senders_reached;
    uint32_t stale_first; /* senders to refresh before the call is over */
    struct hs_id_map *entry_of_id;
    struct hs_id_map *sender_of_address;
    struct hs_ranked_heap ready;    /* senders, by their candidates; tag: the candidate */
    struct hs_ranked_heap victims;  /* senders, by their bids; tag: their last transaction */
    struct hs_ranked_heap frontier; /* entries; selection's own */
    struct entry *entries;
    struct sender *senders;
    uint8_t *store;
};

/* What is still to come of a sender's chain, behind the last one in a block. */
struct outlook {
    uint32_t candidate; /* the first that could run, or NONE */
    uint32_t last;      /* the last of all, or NONE */
    uint32_t ready_count;
    uint64_t ready_bytes;
    uint64_t bid;
};

/* -- memory ------------------------------------------------------------------ */

struct layout {
    size_t entry_map;
    size_t sender_map;
    size_t ready;
    size_t ready_positions;
    size_t victims;
    size_t victim_positions;
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

static bool within_limits(const struct hs_mempool_config *config)
{
    return config->transactions_max >= 1 &&
           config->transactions_max <= HS_MEMPOOL_TRANSACTIONS_MAX &&
           config->transaction_bytes_max >= 1 &&
           config->transaction_bytes_max <= HS_TRANSACTION_BYTES_MAX &&
           config->per_sender_max >= 1 && config->per_sender_max <= HS_MEMPOOL_PER_SENDER_MAX &&
           (uint64_t)config->transactions_max * config->transaction_bytes_max <=
               HS_MEMPOOL_BYTES_MAX;
}

static struct layout layout_of(const struct hs_mempool_config *config)
{
    size_t count = config->transactions_max;
    struct layout layout = {.end = sizeof(struct hs_mempool)};
    layout.entry_map = place_part(&layout.end, hs_id_map_footprint(config->transactions_max));
    layout.sender_map = place_part(&layout.end, hs_id_map_footprint(config->transactions_max));
    layout.ready = place_part(&layout.end, count * sizeof(struct hs_ranked));
    layout.ready_positions = place_part(&layout.end, count * sizeof(uint32_t));
    layout.victims = place_part(&layout.end, count * sizeof(struct hs_ranked));
    layout.victim_positions = place_part(&layout.end, count * sizeof(uint32_t));
    layout.frontier = place_part(&layout.end, count * sizeof(struct hs_ranked));
    layout.senders = place_part(&layout.end, count * sizeof(struct sender));
    layout.entries = place_part(&layout.end, count * sizeof(struct entry));
    layout.store = place_part(&layout.end, count * config->transaction_bytes_max);
    return layout;
}

size_t hs_mempool_footprint(const struct hs_mempool_config *config)
{
    return within_limits(config) ? layout_of(config).end : 0;
}

static struct hs_ranked *ranked_at(uint8_t *base, size_t offset)
{
    return (struct hs_ranked *)(void *)(base + offset);
}

static uint32_t *positions_at(uint8_t *base, size_t offset)
{
    return (uint32_t *)(void *)(base + offset);
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
        .entry_of_id = hs_id_map_new(base + layout.entry_map, count, config->map_seed),
        .sender_of_address = hs_id_map_new(base + layout.sender_map, count, config->map_seed),
        .ready = {.ranked = ranked_at(base, layout.ready),
                  .positions = positions_at(base, layout.ready_positions)},
        .victims = {.ranked = ranked_at(base, layout.victims),
                    .positions = positions_at(base, layout.victim_positions)},
        .frontier = {.ranked = ranked_at(base, layout.frontier)},
        .senders = (struct sender *)(void *)(base + layout.senders),
        .entries = (struct entry *)(void *)(base + layout.entries),
        .store = base + layout.store,
    };
    return pool;
}

/* -- a sender's chain ------------------------------------------------------------ */

/* The chain up to, and without, the nonce `end`. What comes before a marked one is in a block
 * too, if under another id. */
static struct outlook look_along(const struct hs_mempool *pool, const struct sender *sender,
                                 uint64_t end)
{
    const struct outlook nothing = {.candidate = NONE, .last = NONE, .bid = UINT64_MAX};
    struct outlook outlook = nothing;
    uint64_t expected = sender->next_nonce;
    for (uint32_t i = sender->first; i != NONE; i = pool->entries[i].next) {
        const struct entry *entry = &pool->entries[i];
        uint64_t nonce = entry->summary.nonce;
        if (nonce >= end) {
            break;
        }
        if (entry->marks > 0) {
            outlook = nothing;
            expected = nonce + 1;
            continue;
        }
        if (nonce == expected) {
            outlook.candidate = outlook.candidate == NONE ? i : outlook.candidate;
            outlook.ready_count++;
            outlook.ready_bytes += HS_PAYLOAD_ENTRY_BYTES + entry->size;
            expected++;
        }
        uint64_t tip = nonce < expected ? entry->summary.tip.units : 0;
        outlook.bid = tip < outlook.bid ? tip : outlook.bid;
        outlook.last = i;
    }
    if (end != UINT64_MAX && expected != end) {
        outlook.bid = 0;
    }
    return outlook;
}

/* Brings what follows from a chain up to date: counts and the sender's places in the heaps. */
static void refresh(struct hs_mempool *pool, uint32_t index)
{
    struct sender *sender = &pool->senders[index];
    struct outlook outlook = look_along(pool, sender, UINT64_MAX);
    pool->ready_count = pool->ready_count - sender->ready_count + outlook.ready_count;
    pool->ready_bytes = pool->ready_bytes - sender->ready_bytes + outlook.ready_bytes;
    sender->ready_count = outlook.ready_count;
    sender->ready_bytes = outlook.ready_bytes;
    if (outlook.candidate == NONE) {
        hs_ranked_heap_remove(&pool->ready, index);
    } else {
        const struct entry *candidate = &pool->entries[outlook.candidate];
        hs_ranked_heap_set(&pool->ready, (struct hs_ranked){
                                             .rank = UINT64_MAX - candidate->summary.tip.units,
                                             .order = candidate->arrival,
                                             .item = index,
                                             .tag = outlook.candidate,
                                         });
    }
    if (outlook.last == NONE) {
        hs_ranked_heap_remove(&pool->victims, index);
    } else {
        hs_ranked_heap_set(&pool->victims,
                           (struct hs_ranked){
                               .rank = outlook.bid,
                               .order = UINT64_MAX - pool->entries[outlook.last].arrival,
                               .item = index,
                               .tag = outlook.last,
                           });
    }
}

static uint32_t find_sender(const struct hs_mempool *pool, const struct hs_address *address)
{
    uint32_t index = NONE;
    enum hs_status status = hs_id_map_find(pool->sender_of_address, &index, address->bytes);
    HS_ASSERT((status == HS_OK) == (index != NONE));
    return index;
}

static uint32_t find_entry(const struct hs_mempool *pool, const struct hs_transaction_id *id)
{
    uint32_t index = NONE;
    enum hs_status status = hs_id_map_find(pool->entry_of_id, &index, id->bytes);
    HS_ASSERT((status == HS_OK) == (index != NONE));
    return index;
}

/* There are as many senders as entries, so one is free whenever an entry is. */
static uint32_t add_sender(struct hs_mempool *pool, const struct hs_address *address,
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
    struct sender *sender = &pool->senders[index];
    pool->sender_count++;
    *sender = (struct sender){
        .address = *address,
        .next_nonce = next_nonce,
        .first = NONE,
        .last = NONE,
    };
    enum hs_status status = hs_id_map_insert(pool->sender_of_address, address->bytes, index);
    HS_ASSERT(status == HS_OK);
    return index;
}

/* Its chain is empty and refreshed: it is in no heap. */
static void drop_sender(struct hs_mempool *pool, uint32_t index)
{
    struct sender *sender = &pool->senders[index];
    uint32_t removed;
    enum hs_status status =
        hs_id_map_remove(pool->sender_of_address, &removed, sender->address.bytes);
    HS_ASSERT(status == HS_OK && removed == index);
    sender->next_free = pool->sender_free_first;
    pool->sender_free_first = index;
    pool->sender_count--;
}

/* The entry of a chain after which one of `nonce` goes, or which has it; NONE: the front. */
static uint32_t entry_up_to(const struct hs_mempool *pool, const struct sender *sender,
                            uint64_t nonce)
{
    uint32_t index = sender->last;
    while (index != NONE && pool->entries[index].summary.nonce > nonce) {
        index = pool->entries[index].previous;
    }
    return index;
}

static void link_after(struct hs_mempool *pool, struct sender *sender, uint32_t previous,
                       uint32_t index)
{
    struct entry *entry = &pool->entries[index];
    entry->previous = previous;
    entry->next = previous == NONE ? sender->first : pool->entries[previous].next;
    *(entry->previous == NONE ? &sender->first : &pool->entries[entry->previous].next) = index;
    *(entry->next == NONE ? &sender->last : &pool->entries[entry->next].previous) = index;
}

static void unlink_entry(struct hs_mempool *pool, struct sender *sender, uint32_t index)
{
    const struct entry *entry = &pool->entries[index];
    *(entry->previous == NONE ? &sender->first : &pool->entries[entry->previous].next) =
        entry->next;
    *(entry->next == NONE ? &sender->last : &pool->entries[entry->next].previous) = entry->previous;
}

/* -- entries ------------------------------------------------------------------ */

static uint8_t *bytes_of(const struct hs_mempool *pool, uint32_t index)
{
    return pool->store + (size_t)index * pool->transaction_bytes_max;
}

static uint32_t entry_count(const struct hs_mempool *pool)
{
    return hs_id_map_count(pool->entry_of_id);
}

/* A free entry, of which there is one. */
static uint32_t take_entry(struct hs_mempool *pool)
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

/* Fills in a new or replaced entry; its links stay. */
static void fill_entry(struct hs_mempool *pool, uint32_t index,
                       const struct hs_transaction_summary *summary, struct hs_bytes bytes)
{
    struct entry *entry = &pool->entries[index];
    entry->summary = *summary;
    entry->arrival = pool->arrivals;
    entry->size = (uint32_t)bytes.size;
    entry->marks = 0;
    memcpy(bytes_of(pool, index), bytes.data, bytes.size);
    pool->arrivals++;
    pool->bytes += bytes.size;
    enum hs_status status = hs_id_map_insert(pool->entry_of_id, summary->id.bytes, index);
    HS_ASSERT(status == HS_OK);
}

/* Undoes fill_entry. */
static void empty_entry(struct hs_mempool *pool, uint32_t index)
{
    const struct entry *entry = &pool->entries[index];
    uint32_t removed;
    enum hs_status status = hs_id_map_remove(pool->entry_of_id, &removed, entry->summary.id.bytes);
    HS_ASSERT(status == HS_OK && removed == index);
    pool->bytes -= entry->size;
    pool->marked_count -= entry->marks > 0;
}

/* Takes the entry out of everything but what refresh() looks after. */
static void drop_entry(struct hs_mempool *pool, uint32_t index)
{
    struct entry *entry = &pool->entries[index];
    unlink_entry(pool, &pool->senders[entry->sender], index);
    empty_entry(pool, index);
    entry->next = pool->entry_free_first;
    pool->entry_free_first = index;
}

static void refresh_or_drop(struct hs_mempool *pool, uint32_t sender)
{
    refresh(pool, sender);
    if (pool->senders[sender].first == NONE) {
        drop_sender(pool, sender);
    }
}

/* -- adding --------------------------------------------------------------------- */

static enum hs_status replace(struct hs_mempool *pool, uint32_t index,
                              const struct hs_transaction_summary *summary, struct hs_bytes bytes)
{
    const struct entry *entry = &pool->entries[index];
    if (entry->marks > 0) {
        return HS_NOT_READY;
    }
    uint64_t old_tip = entry->summary.tip.units;
    uint64_t tenth = old_tip / 10 + (old_tip % 10 != 0);
    if (summary->tip.units <= old_tip || summary->tip.units - old_tip < tenth) {
        return HS_FEE_TOO_LOW;
    }
    empty_entry(pool, index);
    fill_entry(pool, index, summary, bytes);
    refresh(pool, entry->sender);
    return HS_OK;
}

/* What a newcomer's chain would bid up to it. */
static uint64_t bid_of(const struct hs_mempool *pool, uint32_t sender,
                       const struct hs_transaction_summary *summary, uint64_t next_nonce)
{
    uint64_t tip = summary->tip.units;
    if (sender == NONE) {
        return summary->nonce == next_nonce ? tip : 0;
    }
    uint64_t bid = look_along(pool, &pool->senders[sender], summary->nonce).bid;
    return tip < bid ? tip : bid;
}

/* Frees one entry for a newcomer that bids more than its owner. */
static enum hs_status evict_below(struct hs_mempool *pool, uint64_t bid)
{
    if (pool->victims.count == 0 || pool->victims.ranked[0].rank >= bid) {
        return HS_FULL;
    }
    uint32_t sender = pool->victims.ranked[0].item;
    drop_entry(pool, pool->victims.ranked[0].tag);
    refresh_or_drop(pool, sender);
    return HS_OK;
}

static enum hs_status insert(struct hs_mempool *pool, const struct hs_transaction_summary *summary,
                             struct hs_bytes bytes, uint64_t next_nonce)
{
    if (entry_count(pool) == pool->transactions_max) {
        uint32_t sender = find_sender(pool, &summary->sender);
        enum hs_status status = evict_below(pool, bid_of(pool, sender, summary, next_nonce));
        if (status != HS_OK) {
            return status;
        }
    }
    /* Only now: the evicted one may have been this sender's last. */
    uint32_t sender = find_sender(pool, &summary->sender);
    if (sender == NONE) {
        sender = add_sender(pool, &summary->sender, next_nonce);
    }
    uint32_t index = take_entry(pool);
    fill_entry(pool, index, summary, bytes);
    pool->entries[index].sender = sender;
    link_after(pool, &pool->senders[sender],
               entry_up_to(pool, &pool->senders[sender], summary->nonce), index);
    refresh(pool, sender);
    return HS_OK;
}

enum hs_status hs_mempool_add(struct hs_mempool *pool, const struct hs_transaction_summary *summary,
                              struct hs_bytes bytes, uint64_t next_nonce)
{
    if (bytes.size == 0 || bytes.size > pool->transaction_bytes_max) {
        return HS_INVALID_ARGUMENT;
    }
    if (find_entry(pool, &summary->id) != NONE) {
        return HS_DUPLICATE;
    }
    hs_mempool_advance(pool, &summary->sender, next_nonce);
    uint32_t sender = find_sender(pool, &summary->sender);
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
        uint32_t index = entry_up_to(pool, &pool->senders[sender], summary->nonce);
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
    uint32_t index = find_entry(pool, id);
    if (index == NONE) {
        return HS_NOT_FOUND;
    }
    *bytes = (struct hs_bytes){
        .data = bytes_of(pool, index),
        .size = pool->entries[index].size,
    };
    return HS_OK;
}

bool hs_mempool_contains(const struct hs_mempool *pool, const struct hs_transaction_id *id)
{
    return find_entry(pool, id) != NONE;
}

/* Lets an entry into the race. `tag` is its sender's index in the ready heap, NONE for
 * one that follows another of the chain. */
static void race(struct hs_mempool *pool, uint32_t entry, uint32_t tag)
{
    hs_ranked_heap_push(&pool->frontier,
                        (struct hs_ranked){
                            .rank = UINT64_MAX - pool->entries[entry].summary.tip.units,
                            .order = pool->entries[entry].arrival,
                            .item = entry,
                            .tag = tag,
                        });
}

/* Those which may come right after the one that was taken: the next of its chain, and, as the
 * ready heap has each sender before the two below it, those two. */
static void race_successors(struct hs_mempool *pool, struct hs_ranked taken)
{
    const struct entry *entry = &pool->entries[taken.item];
    if (entry->next != NONE &&
        pool->entries[entry->next].summary.nonce == entry->summary.nonce + 1) {
        race(pool, entry->next, NONE);
    }
    for (uint32_t i = 1; taken.tag != NONE && i <= 2; i++) {
        uint32_t child = 2 * taken.tag + i;
        if (child < pool->ready.count) {
            race(pool, pool->ready.ranked[child].tag, child);
        }
    }
}

size_t hs_mempool_select(struct hs_mempool *pool, struct hs_bytes transactions[],
                         struct hs_transaction_id ids[], size_t count_max, size_t payload_bytes_max)
{
    size_t count = 0;
    size_t payload_bytes = 0;
    pool->frontier.count = 0;
    if (pool->ready.count > 0) {
        race(pool, pool->ready.ranked[0].tag, 0);
    }
    while (count < count_max && pool->frontier.count > 0) {
        struct hs_ranked taken = hs_ranked_heap_pop(&pool->frontier);
        const struct entry *entry = &pool->entries[taken.item];
        payload_bytes += HS_PAYLOAD_ENTRY_BYTES + entry->size;
        if (payload_bytes > payload_bytes_max) {
            break;
        }
        transactions[count] = (struct hs_bytes){
            .data = bytes_of(pool, taken.item),
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

uint64_t hs_mempool_next_nonce(const struct hs_mempool *pool, const struct hs_address *address,
                               uint64_t committed_next_nonce)
{
    uint64_t nonce = committed_next_nonce;
    uint32_t sender = find_sender(pool, address);
    for (uint32_t i = sender == NONE ? NONE : pool->senders[sender].first; i != NONE;
         i = pool->entries[i].next) {
        nonce += pool->entries[i].summary.nonce == nonce;
    }
    return nonce;
}

void hs_mempool_counts(const struct hs_mempool *pool, struct hs_mempool_counts *counts)
{
    *counts = (struct hs_mempool_counts){
        .transactions = entry_count(pool),
        .marked = pool->marked_count,
        .senders = pool->sender_count,
        .ready = pool->ready_count,
        .bytes = pool->bytes,
        .ready_bytes = pool->ready_bytes,
    };
}

/* -- what happens to blocks -------------------------------------------------------- */

/* A block has many transactions of one sender: their chain is looked along once. */
static void note_stale(struct hs_mempool *pool, uint32_t index)
{
    struct sender *sender = &pool->senders[index];
    if (!sender->is_stale) {
        sender->is_stale = true;
        sender->next_stale = pool->stale_first;
        pool->stale_first = index;
    }
}

static void refresh_stale(struct hs_mempool *pool)
{
    while (pool->stale_first != NONE) {
        struct sender *sender = &pool->senders[pool->stale_first];
        refresh(pool, pool->stale_first);
        sender->is_stale = false;
        pool->stale_first = sender->next_stale;
    }
}

void hs_mempool_mark(struct hs_mempool *pool, const struct hs_transaction_id ids[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t index = find_entry(pool, &ids[i]);
        if (index != NONE) {
            struct entry *entry = &pool->entries[index];
            pool->marked_count += entry->marks == 0;
            entry->marks++;
            note_stale(pool, entry->sender);
        }
    }
    refresh_stale(pool);
}

void hs_mempool_unmark(struct hs_mempool *pool, const struct hs_transaction_id ids[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t index = find_entry(pool, &ids[i]);
        if (index != NONE && pool->entries[index].marks > 0) {
            struct entry *entry = &pool->entries[index];
            entry->marks--;
            pool->marked_count -= entry->marks == 0;
            note_stale(pool, entry->sender);
        }
    }
    refresh_stale(pool);
}

void hs_mempool_advance(struct hs_mempool *pool, const struct hs_address *address,
                        uint64_t next_nonce)
{
    uint32_t index = find_sender(pool, address);
    if (index == NONE || next_nonce <= pool->senders[index].next_nonce) {
        return;
    }
    struct sender *sender = &pool->senders[index];
    sender->next_nonce = next_nonce;
    while (sender->first != NONE && pool->entries[sender->first].summary.nonce < next_nonce) {
        drop_entry(pool, sender->first);
    }
    refresh_or_drop(pool, index);
}

void hs_mempool_remove(struct hs_mempool *pool, const struct hs_transaction_id *id)
{
    uint32_t index = find_entry(pool, id);
    if (index != NONE) {
        uint32_t sender = pool->entries[index].sender;
        drop_entry(pool, index);
        refresh_or_drop(pool, sender);
    }
}
