#include "ledger/block_order.h"

#include "base/mutants.h"

static int compare_places(const struct hs_commit_place *a, const struct hs_commit_place *b)
{
    if (a->height != b->height) {
        return a->height < b->height ? -1 : 1;
    }
    return (a->index > b->index) - (a->index < b->index);
}

bool hs_block_order_allows(const struct hs_block_order *order, const struct hs_commit_place *place)
{
    if (HS_MUTANT_ORDER_UNCHECKED) {
        return true;
    }
    if (order->reveals_over) { /* M3 */
        return false;
    }
    return HS_MUTANT_REVEALS_UNORDERED || !order->reveals_begun ||
           compare_places(&order->last_reveal, place) < 0;
}

void hs_block_order_reveal(struct hs_block_order *order, const struct hs_commit_place *place)
{
    order->reveals_begun = true;
    order->last_reveal = *place;
}

void hs_block_order_other(struct hs_block_order *order)
{
    order->reveals_over = true;
}

/* -- candidates ------------------------------------------------------------------------- */

/* Two reveals of one commitment, of which one is valid at most, keep their order. */
static bool comes_before(const struct hs_reveal_position *a, const struct hs_reveal_position *b)
{
    int compared = compare_places(&a->place, &b->place);
    return compared != 0 ? compared < 0 : a->candidate < b->candidate;
}

/* Lets the position at `root` sink to where none below it in the heap comes later. */
static void sink(struct hs_reveal_position positions[], size_t root, size_t count)
{
    struct hs_reveal_position sinking = positions[root];
    size_t child;
    while ((child = 2 * root + 1) < count) {
        if (child + 1 < count && comes_before(&positions[child], &positions[child + 1])) {
            child++;
        }
        if (!comes_before(&sinking, &positions[child])) {
            break;
        }
        positions[root] = positions[child];
        root = child;
    }
    positions[root] = sinking;
}

/* Heapsort: in place, and no order of reveals makes it slow. */
static void sort(struct hs_reveal_position positions[], size_t count)
{
    for (size_t i = count / 2; i > 0; i--) {
        sink(positions, i - 1, count);
    }
    for (size_t end = count; end > 1; end--) {
        struct hs_reveal_position latest = positions[0];
        positions[0] = positions[end - 1];
        positions[end - 1] = latest;
        sink(positions, 0, end - 1);
    }
}

static size_t find_reveals(struct hs_reveal_position positions[],
                           const struct hs_bytes transactions[], size_t count)
{
    size_t reveals = 0;
    for (size_t i = 0; i < count; i++) {
        struct hs_transaction transaction;
        if (hs_transaction_type_of(transactions[i]) == HS_TRANSACTION_REVEAL &&
            hs_transaction_decode(&transaction, transactions[i]) == HS_OK) {
            positions[reveals++] = (struct hs_reveal_position){
                .place = {transaction.reveal.commit_height, transaction.reveal.commit_index},
                .candidate = (uint32_t)i,
            };
        }
    }
    return reveals;
}

bool hs_block_order_arrange(uint32_t order[], struct hs_reveal_position positions[],
                            const struct hs_bytes transactions[], size_t count)
{
    size_t reveals = find_reveals(positions, transactions, count);
    if (reveals == 0) {
        return false;
    }
    /* `positions` is in the order of candidates: what is not in it follows, as it stands. */
    size_t next_reveal = 0, next_other = reveals;
    for (size_t i = 0; i < count; i++) {
        if (next_reveal < reveals && positions[next_reveal].candidate == i) {
            next_reveal++;
        } else {
            order[next_other++] = (uint32_t)i;
        }
    }
    sort(positions, reveals);
    for (size_t i = 0; i < reveals; i++) {
        order[i] = positions[i].candidate;
    }
    return true;
}
