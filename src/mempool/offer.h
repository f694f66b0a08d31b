/* hs_offer: what a transaction offers for a unit of gas, under any base fee.
 *
 * A transaction of g gas pays max_fee at most, and beside the base fee b for each unit of gas no
 * more than max_tip (F4). So its bid, the tip for a unit of gas, is
 *
 *     bid(b) = min(T, F - b)      T = max_tip / g, F = max_fee / g
 *
 *      T ----------.              form TIP    b <= F - T        all of the tip
 *                   `.            form REST   F - T < b <= F    what the base fee leaves of F
 *      0 -------------`------ b   form SHORT  F < b             it can't be taken: bids 0
 *                     F
 *
 * A moving base fee changes no order among those that bid T, and none among those that bid F - b:
 * only what changes its form has to be ranked anew. The lowest bid in a chain of transactions has
 * this form, too: min(lowest T, lowest F - b).
 *
 * Prices are compared without error. Two fractions whose divisors are below 2^32 differ by more than
 * 2^-64 or not at all, so cutting them off there keeps their order; and a base fee is whole.
 */
#ifndef HS_MEMPOOL_OFFER_H
#define HS_MEMPOOL_OFFER_H

#include <hotstuff/application.h>

/* Units for each unit of gas: whole + fraction / 2^64. */
struct hs_price {
    uint64_t whole;
    uint64_t fraction;
};

#define HS_PRICE_MAX ((struct hs_price){UINT64_MAX, UINT64_MAX})

/* gas >= 1. */
struct hs_price hs_price_of(struct hs_amount units, uint32_t gas);

static inline bool hs_price_below(struct hs_price a, struct hs_price b)
{
    return a.whole != b.whole ? a.whole < b.whole : a.fraction < b.fraction;
}

/* A price that is lower the higher this one is. */
static inline struct hs_price hs_price_reversed(struct hs_price price)
{
    return (struct hs_price){~price.whole, ~price.fraction};
}

struct hs_offer {
    struct hs_price tip; /* T */
    struct hs_price fee; /* F */
};

enum hs_offer_form {
    HS_OFFER_TIP,
    HS_OFFER_REST,
    HS_OFFER_SHORT,
};
#define HS_OFFER_RANKED_FORMS 2u /* those that a bid above nothing can have */

/* Base fees from `first` to `last`, both included. */
struct hs_fee_span {
    uint64_t first;
    uint64_t last;
};

/* summary->gas >= 1. */
struct hs_offer hs_offer_of(const struct hs_transaction_summary *summary);

/* The offer whose bid is the lower of both, under every base fee. */
struct hs_offer hs_offer_lower(struct hs_offer a, struct hs_offer b);

/* The form under `base_fee`. *span loses the base fees under which it is another. */
enum hs_offer_form hs_offer_form(struct hs_offer offer, struct hs_amount base_fee,
                                 struct hs_fee_span *span);

/* 0 when it is SHORT. */
struct hs_price hs_offer_bid(struct hs_offer offer, struct hs_amount base_fee);

/* Does the fee cover the base fee? *span loses the base fees for which the answer is another. */
bool hs_offer_covers(struct hs_offer offer, struct hs_amount base_fee, struct hs_fee_span *span);

#endif
