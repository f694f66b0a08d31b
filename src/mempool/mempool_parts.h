/* What the files of the pool share. See mempool.h for what it does.
 *
 *     held.c       memory; entries, senders and the chains that they form
 *     ranking.c    what follows from a chain and the base fee: counts, and places in the heaps
 *     selection.c  the best ones for a block
 *     mempool.c    the other calls
 *
 * Whoever changes a chain has it ranked anew before the call is over.
 */
#ifndef HS_MEMPOOL_MEMPOOL_PARTS_H
#define HS_MEMPOOL_MEMPOOL_PARTS_H

#include "mempool/mempool.h"
#include "mempool/offer.h"
#include "mempool/ranked_heap.h"

#define HS_MEMPOOL_NONE UINT32_MAX

/* One transaction. Its bytes lie in the pool's store, at its index. */
struct hs_mempool_entry {
    struct hs_transaction_summary summary;
    struct hs_offer offer;
    uint64_t arrival; /* counts all that were ever taken in */
    uint32_t size;
    uint32_t sender;
    uint32_t previous; /* in its sender's chain, by nonce */
    uint32_t next;     /* the same; of a free entry: in the free list */
    uint32_t marks;
};

/* How many there are of some transactions, and what they would take of a block. */
struct hs_mempool_sum {
    uint32_t count;
    uint64_t bytes; /* of payload */
    uint64_t gas;
};

/* One sender with at least one transaction. */
struct hs_mempool_sender {
    struct hs_address address;
    uint64_t next_nonce; /* in the committed state, as far as the pool was told */
    uint32_t first;
    uint32_t last;
    uint32_t next_free;
    uint32_t next_stale;
    bool is_stale;               /* to be ranked anew */
    struct hs_mempool_sum ready; /* what of its chain could be selected now */
};

struct hs_mempool {
    uint32_t transactions_max;
    uint32_t transaction_bytes_max;
    uint32_t per_sender_max;
    uint64_t gas_max;
    uint32_t marked_count;
    uint32_t sender_count;
    uint64_t bytes;
    uint64_t arrivals;
    struct hs_amount base_fee;
    struct hs_mempool_sum ready;
    uint32_t entry_free_first;
    uint32_t entries_reached; /* those from here on were never used */
    uint32_t sender_free_first;
    uint32_t senders_reached;
    uint32_t stale_first; /* senders to rank before the call is over */
    struct hs_id_map *entry_of_id;
    struct hs_id_map *sender_of_address;
    /* Senders by what their candidate offers, highest first, those of one form together; tag: the
     * candidate. */
    struct hs_ranked_heap ready_by_form[HS_OFFER_RANKED_FORMS];
    /* Senders by the lowest offer of what they still wait for, lowest first; tag: the last of it. */
    struct hs_ranked_heap victims_by_form[HS_OFFER_RANKED_FORMS];
    /* Senders by the last base fee, and by the first one, under which they stand where they do. */
    struct hs_ranked_heap by_last_fee;
    struct hs_ranked_heap by_first_fee;
    struct hs_ranked_heap frontier; /* entries; selection's own */
    struct hs_mempool_entry *entries;
    struct hs_mempool_sender *senders;
    uint8_t *store;
};

/* -- held.c -------------------------------------------------------------------- */

uint8_t *hs_mempool_bytes_of(const struct hs_mempool *pool, uint32_t index);
uint32_t hs_mempool_entry_count(const struct hs_mempool *pool);
/* HS_MEMPOOL_NONE when there is none. */
uint32_t hs_mempool_find_entry(const struct hs_mempool *pool, const struct hs_transaction_id *id);
uint32_t hs_mempool_find_sender(const struct hs_mempool *pool, const struct hs_address *address);

/* As many senders as entries have room, so one is free whenever an entry is. */
uint32_t hs_mempool_add_sender(struct hs_mempool *pool, const struct hs_address *address,
                               uint64_t next_nonce);
/* Its chain is empty and ranked: it is in no heap. */
void hs_mempool_drop_sender(struct hs_mempool *pool, uint32_t index);

/* The entry of a chain after which one of `nonce` goes, or which has it; NONE: the front. */
uint32_t hs_mempool_entry_up_to(const struct hs_mempool *pool,
                                const struct hs_mempool_sender *sender, uint64_t nonce);
/* Puts a transaction into a free entry, of which there is one, and into its sender's chain. */
void hs_mempool_add_entry(struct hs_mempool *pool, uint32_t sender,
                          const struct hs_transaction_summary *summary, struct hs_bytes bytes);
/* Puts another transaction into an entry, whose place in the chain stays. */
void hs_mempool_change_entry(struct hs_mempool *pool, uint32_t index,
                             const struct hs_transaction_summary *summary, struct hs_bytes bytes);
void hs_mempool_drop_entry(struct hs_mempool *pool, uint32_t index);

/* -- ranking.c ------------------------------------------------------------------ */

/* What is still to come of a sender's chain, behind the last one in a block. */
struct hs_mempool_outlook {
    uint32_t candidate;          /* the first that could run, or NONE */
    uint32_t last;               /* the last of all, or NONE */
    struct hs_mempool_sum ready; /* the candidate and what can follow it */
    bool has_gap;                /* a nonce is missing: what comes behind can't be taken */
    struct hs_offer lowest;
    struct hs_fee_span span; /* the base fees under which candidate and ready are these */
};

/* The chain up to, and without, the nonce `end`. */
struct hs_mempool_outlook hs_mempool_look_along(const struct hs_mempool *pool,
                                                const struct hs_mempool_sender *sender,
                                                uint64_t end);

/* Brings what follows from a sender's chain up to date. */
void hs_mempool_rank(struct hs_mempool *pool, uint32_t sender);
/* The same, in two steps: what has many changes is ranked once. */
void hs_mempool_note_stale(struct hs_mempool *pool, uint32_t sender);
void hs_mempool_rank_stale(struct hs_mempool *pool);

/* The sender whose chain bids the lowest; false: nobody has anything to lose. */
bool hs_mempool_lowest(const struct hs_mempool *pool, struct hs_ranked *victim,
                       struct hs_price *bid);

#endif
