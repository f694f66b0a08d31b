#include "mempool/offer.h"

struct hs_price hs_price_of(struct hs_amount units, uint32_t gas)
{
    if (gas == 1) {
        return (struct hs_price){units.units, 0};
    }
    /* Long division by two digits of 32 bits: a remainder is below gas, so it fits when shifted. */
    uint64_t first = (units.units % gas) << 32;
    uint64_t second = (first % gas) << 32;
    return (struct hs_price){
        .whole = units.units / gas,
        .fraction = (first / gas) << 32 | second / gas,
    };
}

struct hs_offer hs_offer_of(const struct hs_transaction_summary *summary)
{
    return (struct hs_offer){
        .tip = hs_price_of(summary->max_tip, summary->gas),
        .fee = hs_price_of(summary->max_fee, summary->gas),
    };
}

struct hs_offer hs_offer_lower(struct hs_offer a, struct hs_offer b)
{
    return (struct hs_offer){
        .tip = hs_price_below(b.tip, a.tip) ? b.tip : a.tip,
        .fee = hs_price_below(b.fee, a.fee) ? b.fee : a.fee,
    };
}

static void narrow(struct hs_fee_span *span, uint64_t first, uint64_t last)
{
    span->first = first > span->first ? first : span->first;
    span->last = last < span->last ? last : span->last;
}

bool hs_offer_covers(struct hs_offer offer, struct hs_amount base_fee, struct hs_fee_span *span)
{
    bool covers = offer.fee.whole >= base_fee.units;
    if (covers) {
        narrow(span, 0, offer.fee.whole);
    } else {
        narrow(span, offer.fee.whole + 1, UINT64_MAX);
    }
    return covers;
}

/* Is there a base fee that leaves all of the tip, and up to which one? */
static bool leaves_tip(uint64_t *last, struct hs_offer offer)
{
    if (hs_price_below(offer.fee, offer.tip)) {
        return false;
    }
    *last = offer.fee.whole - offer.tip.whole - (offer.fee.fraction < offer.tip.fraction);
    return true;
}

enum hs_offer_form hs_offer_form(struct hs_offer offer, struct hs_amount base_fee,
                                 struct hs_fee_span *span)
{
    if (!hs_offer_covers(offer, base_fee, span)) {
        return HS_OFFER_SHORT;
    }
    uint64_t last = 0;
    bool ever = leaves_tip(&last, offer);
    if (ever && base_fee.units <= last) {
        narrow(span, 0, last);
        return HS_OFFER_TIP;
    }
    narrow(span, ever ? last + 1 : 0, UINT64_MAX);
    return HS_OFFER_REST;
}

struct hs_price hs_offer_bid(struct hs_offer offer, struct hs_amount base_fee)
{
    if (offer.fee.whole < base_fee.units) {
        return (struct hs_price){0, 0};
    }
    struct hs_price rest = {offer.fee.whole - base_fee.units, offer.fee.fraction};
    return hs_price_below(rest, offer.tip) ? rest : offer.tip;
}
