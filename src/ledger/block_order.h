/* hs_block_order: in what order the transactions of a block stand.
 *
 *     M3  reveals come first, in the order of their commitments: by height, then by index there
 *
 *     ┌─────────────────────────────── a block ───────────────────────────────┐
 *     reveal of (7, 0)   reveal of (7, 3)   reveal of (9, 1)   all else, as its proposer likes
 *
 * Who proposes sees what is revealed before it acts, and can't use it: nothing of its own comes before
 * a reveal in the block but a reveal whose commitment is older, made when that was still hidden.
 */
#ifndef HS_LEDGER_BLOCK_ORDER_H
#define HS_LEDGER_BLOCK_ORDER_H

#include "ledger/commit_records.h"

/* What a block has had so far; all zero at its beginning. */
struct hs_block_order {
    bool reveals_begun;
    bool reveals_over;
    struct hs_commit_place last_reveal;
};

/* M3: may a reveal of this commitment come next? */
bool hs_block_order_allows(const struct hs_block_order *order, const struct hs_commit_place *place);

/* The next one of the block is a reveal of this commitment, which may come; or something else. */
void hs_block_order_reveal(struct hs_block_order *order, const struct hs_commit_place *place);
void hs_block_order_other(struct hs_block_order *order);

/* Where a reveal is to go to. */
struct hs_reveal_position {
    struct hs_commit_place place;
    uint32_t candidate;
};

/* M3: how candidates for a block, each of which decodes, are to stand. True: the one that order[i] is
 * the index of comes i-th; both arrays have room for `count`. False: they stand well as they are, and
 * *order is not written. */
bool hs_block_order_arrange(uint32_t order[], struct hs_reveal_position positions[],
                            const struct hs_bytes transactions[], size_t count);

#endif
