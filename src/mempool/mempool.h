/* hs_mempool: the transactions that wait for a block.
 *
 * A sender's transactions run in the order of their nonces, without gaps. So the pool keeps
 * a chain for each sender and two heaps over the senders:
 *
 *     sender A, next nonce 4:   [4 marked] [5] [6]   [8]
 *                                           ^         held: nonce 7 is missing
 *                                  candidate: 5
 *     ready heap: senders by the bid of their candidate, highest first, earlier arrival first
 *     victim heap: senders by the lowest bid of what they still wait for, lowest first
 *
 * A bid is the tip for a unit of gas under the base fee of the next block: min(max_tip, max_fee -
 * gas * base fee) / gas, compared without error (offer.h). One whose max_fee is less than the base
 * fee asks bids nothing and is not ready, nor is what comes behind it: they wait until the base
 * fee falls.
 *
 * Selection reads the ready heap from the top without changing it, and a sender's next
 * transaction enters the race when the one before it was taken.
 *
 * What stands in a block that is not committed yet is marked, by the number of such blocks,
 * and passed over; the sender's later ones follow it. When the block is dropped, unmark brings
 * it back. When it commits, hs_mempool_advance drops what the sender's new nonce has passed.
 *
 * When the pool is full a newcomer takes a place only from a lower bidder: the bid of a chain
 * is its lowest one (zero when a nonce is missing before its end: it can't be taken yet),
 * and its last transaction goes, so that an eviction makes no gap.
 *
 * Bytes are copied in. Nothing is allocated; same calls, same answers (the secret seed of
 * the maps changes none).
 */
#ifndef HS_MEMPOOL_MEMPOOL_H
#define HS_MEMPOOL_MEMPOOL_H

#include <hotstuff/application.h>

#include "base/id_map.h"

struct hs_mempool_config {
    uint32_t transactions_max;              /* 1 .. HS_MEMPOOL_TRANSACTIONS_MAX */
    uint32_t transaction_bytes_max;         /* 1 .. HS_TRANSACTION_BYTES_MAX */
    uint32_t per_sender_max;                /* 1 .. HS_MEMPOOL_PER_SENDER_MAX */
    uint64_t gas_max;                       /* of one transaction, >= 1: what a block takes (F2) */
    uint8_t map_seed[HS_ID_MAP_SEED_BYTES]; /* secret, any */
};

struct hs_mempool;

/* Bytes of memory; 0 when the configuration is out of its limits, of which
 * transactions_max * transaction_bytes_max <= HS_MEMPOOL_BYTES_MAX is one. */
size_t hs_mempool_footprint(const struct hs_mempool_config *config);

/* An empty pool in zeroed memory (footprint bytes, aligned as malloc aligns), whose owner keeps
 * and frees it. The base fee is 0 until it is set. */
struct hs_mempool *hs_mempool_new(void *memory, const struct hs_mempool_config *config);

/* Takes in a transaction that is admitted and whose signature is good. `next_nonce` is its
 * sender's in the committed state.
 * HS_OK; HS_DUPLICATE: held already; HS_INVALID_ARGUMENT: no bytes or no gas, or too much of them;
 * HS_NONCE_TOO_LOW: below next_nonce; HS_NONCE_TOO_HIGH: per_sender_max or more ahead of it;
 * HS_FEE_TOO_LOW: the sender has another with this nonce, and max_fee and max_tip are not both
 * higher than that one's by a tenth and by at least one unit (F5); HS_NOT_READY: that other is in
 * a block; HS_FULL: the pool is full and the bid not above the lowest. */
HS_MUST_CHECK enum hs_status hs_mempool_add(struct hs_mempool *pool,
                                            const struct hs_transaction_summary *summary,
                                            struct hs_bytes bytes, uint64_t next_nonce);

/* The bytes of a held transaction, good until the pool changes; HS_NOT_FOUND. */
HS_MUST_CHECK enum hs_status hs_mempool_find(const struct hs_mempool *pool, struct hs_bytes *bytes,
                                             const struct hs_transaction_id *id);
bool hs_mempool_contains(const struct hs_mempool *pool, const struct hs_transaction_id *id);

/* What is left to fill of a block. */
struct hs_mempool_room {
    size_t count;         /* of transactions */
    size_t payload_bytes; /* wire/payload.h */
    uint64_t gas;
};

/* The best transactions for a block, in the order in which they run, up to the first that there is
 * no room for. Returns how many. `transactions` has room for room.count, `ids` too unless it is
 * NULL. Marked ones are passed over. The bytes are good until the pool changes. */
size_t hs_mempool_select(struct hs_mempool *pool, struct hs_bytes transactions[],
                         struct hs_transaction_id ids[], struct hs_mempool_room room);

/* The base fee of the next block. Costs as much as there are senders whose place it changes: those for
 * which it now covers, or no longer covers, the whole tip or the fee at all. Each costs O(log n) and a
 * walk along its chain, and when they are many the heaps are put in order once, in O(n). However many
 * wait beside them costs nothing. With 100,000 senders (bench/mempool_fees.c): 0.4 us when none
 * changes, 0.6 ms when 600 do, 25 ms when all do at once. */
void hs_mempool_set_base_fee(struct hs_mempool *pool, struct hs_amount base_fee);

/* These transactions are in one more block that is not committed, or in one less. Unknown ids
 * are passed over. A mark without its unmark is no harm: it ends with the transaction. */
void hs_mempool_mark(struct hs_mempool *pool, const struct hs_transaction_id ids[], size_t count);
void hs_mempool_unmark(struct hs_mempool *pool, const struct hs_transaction_id ids[], size_t count);

/* A block was committed after which `next_nonce` is the sender's: drops what is below. */
void hs_mempool_advance(struct hs_mempool *pool, const struct hs_address *sender,
                        uint64_t next_nonce);

/* Drops one transaction, for whatever reason: one that a block builder found invalid, say.
 * Unknown ids are passed over. */
void hs_mempool_remove(struct hs_mempool *pool, const struct hs_transaction_id *id);

/* The nonce that the sender's next transaction should have: after those it has waiting without
 * a gap from `committed_next_nonce`. */
uint64_t hs_mempool_next_nonce(const struct hs_mempool *pool, const struct hs_address *sender,
                               uint64_t committed_next_nonce);

struct hs_mempool_counts {
    uint32_t transactions;
    uint32_t marked;
    uint32_t senders;
    uint32_t ready;       /* could be selected now, under this base fee */
    uint64_t bytes;       /* of all transactions held */
    uint64_t ready_bytes; /* of payload, of the ready ones */
    uint64_t ready_gas;
};
void hs_mempool_counts(const struct hs_mempool *pool, struct hs_mempool_counts *counts);

#endif
