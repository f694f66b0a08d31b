/* hs_offer against fractions that are compared by cross multiplication in 128 bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mempool/offer.h"

__extension__ typedef unsigned __int128 wide;

static uint64_t random_state = 88172645463325252u;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Small, large and at the edge, so that equal ones and neighbours come up often. */
static uint64_t random_units(void)
{
    switch (random_u64() % 4) {
    case 0:
        return random_u64() % 20;
    case 1:
        return UINT64_MAX - random_u64() % 20;
    case 2:
        return random_u64() >> (random_u64() % 64);
    default:
        return (UINT64_C(1) << (random_u64() % 64)) + random_u64() % 3 - 1;
    }
}

static uint32_t random_gas(void)
{
    switch (random_u64() % 3) {
    case 0:
        return 1 + (uint32_t)(random_u64() % 8);
    case 1:
        return UINT32_MAX - (uint32_t)(random_u64() % 8);
    default:
        return 1 + (uint32_t)((random_u64() >> 33) >> (random_u64() % 31));
    }
}

static struct hs_transaction_summary random_summary(void)
{
    return (struct hs_transaction_summary){
        .gas = random_gas(),
        .max_fee = {random_units()},
        .max_tip = {random_units()},
    };
}

/* The tip in all, or -1: it can't be taken. */
static bool tip_under(uint64_t *tip, const struct hs_transaction_summary *summary,
                      uint64_t base_fee)
{
    wide burned = (wide)summary->gas * base_fee;
    if (burned > summary->max_fee.units) {
        return false;
    }
    uint64_t rest = summary->max_fee.units - (uint64_t)burned;
    *tip = rest < summary->max_tip.units ? rest : summary->max_tip.units;
    return true;
}

static enum hs_offer_form form_under(const struct hs_transaction_summary *summary,
                                     uint64_t base_fee)
{
    uint64_t tip;
    if (!tip_under(&tip, summary, base_fee)) {
        return HS_OFFER_SHORT;
    }
    return tip == summary->max_tip.units ? HS_OFFER_TIP : HS_OFFER_REST;
}

static int order_of(wide a, wide b)
{
    return a < b ? -1 : a > b;
}

static int order_of_prices(struct hs_price a, struct hs_price b)
{
    return hs_price_below(a, b) ? -1 : hs_price_below(b, a);
}

/* A base fee near one at which something changes. */
static uint64_t random_base_fee(const struct hs_transaction_summary *summary)
{
    uint64_t near = random_u64() % 2 == 0 ? summary->max_fee.units
                                          : summary->max_fee.units - summary->max_tip.units;
    return random_u64() % 4 == 0 ? random_units() : near / summary->gas + random_u64() % 5 - 2;
}

static void prices_are_ordered_as_the_fractions_are(void **state)
{
    (void)state;
    unsigned equal = 0;
    for (unsigned round = 0; round < 300000; round++) {
        uint64_t a = random_units();
        uint64_t b = random_units();
        uint32_t gas_of_a = random_gas();
        uint32_t gas_of_b = random_gas();
        struct hs_price price_of_a = hs_price_of((struct hs_amount){a}, gas_of_a);
        struct hs_price price_of_b = hs_price_of((struct hs_amount){b}, gas_of_b);
        int order = order_of((wide)a * gas_of_b, (wide)b * gas_of_a);
        assert_int_equal(order_of_prices(price_of_a, price_of_b), order);
        assert_int_equal(
            order_of_prices(hs_price_reversed(price_of_b), hs_price_reversed(price_of_a)), order);
        equal += order == 0;
    }
    assert_true(equal > 100);
}

/* The closest two fractions that there are. */
static void neighbours_are_told_apart(void **state)
{
    (void)state;
    const struct hs_amount one_less = {UINT32_MAX - 1};
    const struct hs_amount two_less = {UINT32_MAX - 2};
    struct hs_price high = hs_price_of(one_less, UINT32_MAX);
    struct hs_price low = hs_price_of(two_less, UINT32_MAX - 1);
    assert_true(hs_price_below(low, high));
    assert_false(hs_price_below(high, low));
}

static void bids_are_ordered_as_the_tips_for_a_unit_of_gas(void **state)
{
    (void)state;
    unsigned both_covered = 0;
    for (unsigned round = 0; round < 300000; round++) {
        struct hs_transaction_summary a = random_summary();
        struct hs_transaction_summary b = random_summary();
        uint64_t base_fee = random_base_fee(&a);
        struct hs_price bid_of_a = hs_offer_bid(hs_offer_of(&a), (struct hs_amount){base_fee});
        struct hs_price bid_of_b = hs_offer_bid(hs_offer_of(&b), (struct hs_amount){base_fee});
        uint64_t tip_of_a = 0;
        uint64_t tip_of_b = 0;
        bool covered = tip_under(&tip_of_a, &a, base_fee);
        both_covered += tip_under(&tip_of_b, &b, base_fee) && covered;
        assert_int_equal(order_of_prices(bid_of_a, bid_of_b),
                         order_of((wide)tip_of_a * b.gas, (wide)tip_of_b * a.gas));
    }
    assert_true(both_covered > 10000);
}

static void assert_form_ends_with_its_span(const struct hs_transaction_summary *summary,
                                           uint64_t base_fee)
{
    struct hs_fee_span span = {0, UINT64_MAX};
    struct hs_offer offer = hs_offer_of(summary);
    enum hs_offer_form form = hs_offer_form(offer, (struct hs_amount){base_fee}, &span);
    assert_int_equal(form, form_under(summary, base_fee));
    assert_true(span.first <= base_fee && base_fee <= span.last);
    assert_int_equal(form_under(summary, span.first), form);
    assert_int_equal(form_under(summary, span.last), form);
    assert_true(span.first == 0 || form_under(summary, span.first - 1) != form);
    assert_true(span.last == UINT64_MAX || form_under(summary, span.last + 1) != form);

    struct hs_fee_span covering = {0, UINT64_MAX};
    bool covers = hs_offer_covers(offer, (struct hs_amount){base_fee}, &covering);
    assert_int_equal(covers, form != HS_OFFER_SHORT);
    assert_true(covering.first == 0 ||
                (form_under(summary, covering.first - 1) != HS_OFFER_SHORT) != covers);
    assert_true(covering.last == UINT64_MAX ||
                (form_under(summary, covering.last + 1) != HS_OFFER_SHORT) != covers);
}

static void a_form_holds_over_its_span_and_not_beyond(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300000; round++) {
        struct hs_transaction_summary summary = random_summary();
        assert_form_ends_with_its_span(&summary, random_base_fee(&summary));
    }
}

static void the_lower_offer_bids_what_the_lower_bidder_bids(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300000; round++) {
        struct hs_transaction_summary a = random_summary();
        struct hs_transaction_summary b = random_summary();
        struct hs_amount base_fee = {random_base_fee(&a)};
        struct hs_offer lower = hs_offer_lower(hs_offer_of(&a), hs_offer_of(&b));
        struct hs_price bid_of_a = hs_offer_bid(hs_offer_of(&a), base_fee);
        struct hs_price bid_of_b = hs_offer_bid(hs_offer_of(&b), base_fee);
        struct hs_price expected = hs_price_below(bid_of_b, bid_of_a) ? bid_of_b : bid_of_a;
        assert_int_equal(order_of_prices(hs_offer_bid(lower, base_fee), expected), 0);

        struct hs_fee_span span = {0, UINT64_MAX};
        enum hs_offer_form form = hs_offer_form(lower, base_fee, &span);
        struct hs_fee_span whole = {0, UINT64_MAX};
        assert_int_equal(hs_offer_form(lower, (struct hs_amount){span.first}, &whole), form);
        assert_int_equal(hs_offer_form(lower, (struct hs_amount){span.last}, &whole), form);
        assert_int_equal(whole.first, span.first);
        assert_int_equal(whole.last, span.last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_are_ordered_as_the_fractions_are),
        cmocka_unit_test(neighbours_are_told_apart),
        cmocka_unit_test(bids_are_ordered_as_the_tips_for_a_unit_of_gas),
        cmocka_unit_test(a_form_holds_over_its_span_and_not_beyond),
        cmocka_unit_test(the_lower_offer_bids_what_the_lower_bidder_bids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
