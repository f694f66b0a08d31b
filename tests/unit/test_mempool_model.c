/* hs_mempool against a model of it: a list in which everything is looked for from the start, and bids
 * are compared by cross multiplication. Random calls go to both, under a base fee that moves, and
 * after each both say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mempool/mempool.h"

#define ITEMS_MAX      48u
#define SENDERS_MAX    24u
#define PER_SENDER_MAX 8u
#define PAYLOAD_HEAD   4u

__extension__ typedef unsigned __int128 wide;

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

/* -- the model ------------------------------------------------------------------------ */

struct item {
    struct hs_transaction_summary summary;
    uint32_t sender;
    uint64_t arrival;
    size_t size;
    uint32_t marks;
};

struct model {
    uint32_t items_max;
    uint32_t senders;
    struct item items[ITEMS_MAX];
    size_t count;
    uint64_t next_nonce[SENDERS_MAX];
    uint64_t base_fee;
    uint64_t arrivals;
};

/* A tip for `gas` units of gas. */
struct bid {
    uint64_t tip;
    uint32_t gas;
};

static const struct bid no_bid = {0, 1};

static bool bids_less(struct bid a, struct bid b)
{
    return (wide)a.tip * b.gas < (wide)b.tip * a.gas;
}

static struct bid lower_bid(struct bid a, struct bid b)
{
    return bids_less(b, a) ? b : a;
}

static bool affordable(const struct model *model, const struct hs_transaction_summary *summary)
{
    return (wide)summary->gas * model->base_fee <= summary->max_fee.units;
}

static struct bid bid_of(const struct model *model, const struct hs_transaction_summary *summary)
{
    if (!affordable(model, summary)) {
        return no_bid;
    }
    uint64_t rest = summary->max_fee.units - summary->gas * model->base_fee;
    uint64_t most = summary->max_tip.units;
    return (struct bid){rest < most ? rest : most, summary->gas};
}

static struct item *item_at(struct model *model, uint32_t sender, uint64_t nonce)
{
    for (size_t i = 0; i < model->count; i++) {
        struct item *item = &model->items[i];
        if (item->sender == sender && item->summary.nonce == nonce) {
            return item;
        }
    }
    return NULL;
}

static struct item *item_of(struct model *model, const struct hs_transaction_id *id)
{
    for (size_t i = 0; i < model->count; i++) {
        if (memcmp(&model->items[i].summary.id, id, sizeof(*id)) == 0) {
            return &model->items[i];
        }
    }
    return NULL;
}

static void take_out(struct model *model, const struct item *item)
{
    size_t index = (size_t)(item - model->items);
    model->count--;
    model->items[index] = model->items[model->count];
}

/* The nonce that may run next: after what is in a block, before `end`. */
static uint64_t first_nonce(struct model *model, uint32_t sender, uint64_t end)
{
    uint64_t first = model->next_nonce[sender];
    for (uint64_t nonce = first; nonce < end; nonce++) {
        const struct item *item = item_at(model, sender, nonce);
        first = item != NULL && item->marks > 0 ? nonce + 1 : first;
    }
    return first;
}

static uint64_t end_of(const struct model *model, uint32_t sender)
{
    return model->next_nonce[sender] + PER_SENDER_MAX;
}

/* The lowest bid from `first` on up to `end`; nothing when a nonce is missing. */
static struct bid chain_bid(struct model *model, uint32_t sender, uint64_t first, uint64_t end)
{
    struct bid bid = {UINT64_MAX, 1};
    for (uint64_t nonce = first; nonce < end; nonce++) {
        const struct item *item = item_at(model, sender, nonce);
        bid = lower_bid(bid, item != NULL ? bid_of(model, &item->summary) : no_bid);
    }
    return bid;
}

static struct item *last_waiting(struct model *model, uint32_t sender)
{
    struct item *last = NULL;
    for (uint64_t nonce = first_nonce(model, sender, end_of(model, sender));
         nonce < end_of(model, sender); nonce++) {
        struct item *item = item_at(model, sender, nonce);
        last = item != NULL ? item : last;
    }
    return last;
}

static struct item *find_victim(struct model *model, struct bid *lowest)
{
    struct item *victim = NULL;
    for (uint32_t sender = 0; sender < model->senders; sender++) {
        struct item *last = last_waiting(model, sender);
        if (last == NULL) {
            continue;
        }
        uint64_t first = first_nonce(model, sender, end_of(model, sender));
        struct bid bid = chain_bid(model, sender, first, last->summary.nonce + 1);
        if (victim == NULL || bids_less(bid, *lowest) ||
            (!bids_less(*lowest, bid) && last->arrival > victim->arrival)) {
            victim = last;
            *lowest = bid;
        }
    }
    return victim;
}

static bool a_tenth_more(uint64_t value, uint64_t than)
{
    return (wide)value * 10 >= (wide)than * 11 && value > than;
}

static enum hs_status model_replace(struct model *model, struct item *item,
                                    const struct hs_transaction_summary *summary, size_t size)
{
    if (item->marks > 0) {
        return HS_NOT_READY;
    }
    if (!a_tenth_more(summary->max_fee.units, item->summary.max_fee.units) ||
        !a_tenth_more(summary->max_tip.units, item->summary.max_tip.units)) {
        return HS_FEE_TOO_LOW;
    }
    item->summary = *summary;
    item->size = size;
    item->arrival = model->arrivals++;
    return HS_OK;
}

static enum hs_status model_add(struct model *model, uint32_t sender,
                                const struct hs_transaction_summary *summary, size_t size)
{
    uint64_t nonce = summary->nonce;
    if (item_of(model, &summary->id) != NULL) {
        return HS_DUPLICATE;
    }
    if (nonce < model->next_nonce[sender]) {
        return HS_NONCE_TOO_LOW;
    }
    if (nonce >= end_of(model, sender)) {
        return HS_NONCE_TOO_HIGH;
    }
    struct item *same = item_at(model, sender, nonce);
    if (same != NULL) {
        return model_replace(model, same, summary, size);
    }
    if (model->count == model->items_max) {
        struct bid lowest = no_bid;
        const struct item *victim = find_victim(model, &lowest);
        struct bid bid = chain_bid(model, sender, first_nonce(model, sender, nonce), nonce);
        if (victim == NULL || !bids_less(lowest, lower_bid(bid, bid_of(model, summary)))) {
            return HS_FULL;
        }
        take_out(model, victim);
    }
    model->items[model->count++] = (struct item){
        .summary = *summary,
        .sender = sender,
        .size = size,
        .arrival = model->arrivals++,
    };
    return HS_OK;
}

static void model_advance(struct model *model, uint32_t sender, uint64_t next_nonce)
{
    model->next_nonce[sender] = next_nonce;
    for (size_t i = model->count; i > 0; i--) {
        if (model->items[i - 1].sender == sender &&
            model->items[i - 1].summary.nonce < next_nonce) {
            take_out(model, &model->items[i - 1]);
        }
    }
}

/* One after the other, the best of those whose turn it is. */
static size_t model_select(struct model *model, const struct item *selected[ITEMS_MAX],
                           struct hs_mempool_room room)
{
    uint64_t turn[SENDERS_MAX];
    for (uint32_t sender = 0; sender < model->senders; sender++) {
        turn[sender] = first_nonce(model, sender, end_of(model, sender));
    }
    size_t count = 0;
    while (count < room.count) {
        const struct item *best = NULL;
        for (uint32_t sender = 0; sender < model->senders; sender++) {
            const struct item *item = item_at(model, sender, turn[sender]);
            if (item == NULL || !affordable(model, &item->summary)) {
                continue;
            }
            struct bid bid = bid_of(model, &item->summary);
            struct bid best_bid = best != NULL ? bid_of(model, &best->summary) : no_bid;
            if (best == NULL || bids_less(best_bid, bid) ||
                (!bids_less(bid, best_bid) && item->arrival < best->arrival)) {
                best = item;
            }
        }
        if (best == NULL || PAYLOAD_HEAD + best->size > room.payload_bytes ||
            best->summary.gas > room.gas) {
            break;
        }
        room.payload_bytes -= PAYLOAD_HEAD + best->size;
        room.gas -= best->summary.gas;
        turn[best->sender]++;
        selected[count++] = best;
    }
    return count;
}

/* -- both ------------------------------------------------------------------------------ */

struct pair {
    struct hs_mempool *pool;
    struct model model;
    uint64_t ids;
    uint32_t accepted;
    uint32_t evictions;
    uint32_t replacements;
    uint64_t selected;
    uint64_t short_of_fee;
};

static struct hs_address address_of(uint32_t sender)
{
    return (struct hs_address){{(uint8_t)(sender + 1)}};
}

static void add_random(struct pair *pair)
{
    uint32_t sender = (uint32_t)random_below(pair->model.senders);
    uint8_t bytes[32] = {0};
    size_t size = 1 + random_below(sizeof(bytes));
    struct hs_transaction_summary summary = {
        .sender = address_of(sender),
        .nonce = pair->model.next_nonce[sender] + random_below(PER_SENDER_MAX + 2),
        .gas = 1 + (uint32_t)random_below(4),
    };
    summary.nonce -= summary.nonce > 0 && random_below(20) == 0;
    uint64_t scale = random_below(3) == 0 ? UINT64_C(1) << 59 : 1;
    summary.max_fee.units = random_below(31) * summary.gas * scale + random_below(3);
    summary.max_tip.units = random_below(20) * summary.gas + random_below(3);
    pair->ids++;
    memcpy(summary.id.bytes, &pair->ids, sizeof(pair->ids));
    size_t count = pair->model.count;
    const struct item *same = item_at(&pair->model, sender, summary.nonce);
    enum hs_status expected = model_add(&pair->model, sender, &summary, size);
    assert_int_equal(hs_mempool_add(pair->pool, &summary, (struct hs_bytes){bytes, size},
                                    pair->model.next_nonce[sender]),
                     expected);
    pair->accepted += expected == HS_OK;
    pair->replacements += expected == HS_OK && same != NULL;
    pair->evictions += expected == HS_OK && same == NULL && count == pair->model.items_max;
}

static void change_base_fee(struct pair *pair)
{
    uint64_t fee = pair->model.base_fee;
    switch (random_below(8)) {
    case 0:
        fee = random_below(40);
        break;
    case 1:
        fee = random_below(8) << 59;
        break;
    default:
        fee = fee + random_below(5) - (fee < 2 ? fee : 2);
        break;
    }
    pair->model.base_fee = fee;
    hs_mempool_set_base_fee(pair->pool, (struct hs_amount){fee});
}

static void change_random_item(struct pair *pair)
{
    if (pair->model.count == 0) {
        return;
    }
    struct item *item = &pair->model.items[random_below(pair->model.count)];
    struct hs_transaction_id id = item->summary.id;
    switch (random_below(6)) {
    case 0:
        take_out(&pair->model, item);
        hs_mempool_remove(pair->pool, &id);
        break;
    case 1:
    case 2:
        item->marks++;
        hs_mempool_mark(pair->pool, &id, 1);
        break;
    default:
        item->marks -= item->marks > 0;
        hs_mempool_unmark(pair->pool, &id, 1);
        break;
    }
}

static void advance_random(struct pair *pair)
{
    uint32_t sender = (uint32_t)random_below(pair->model.senders);
    struct hs_address address = address_of(sender);
    uint64_t next_nonce = pair->model.next_nonce[sender] + random_below(3);
    model_advance(&pair->model, sender, next_nonce);
    hs_mempool_advance(pair->pool, &address, next_nonce);
}

static void assert_same_selection(struct pair *pair)
{
    struct hs_mempool_room room = {ITEMS_MAX, SIZE_MAX, UINT64_MAX};
    if (random_below(4) == 0) {
        room =
            (struct hs_mempool_room){random_below(ITEMS_MAX), random_below(600), random_below(40)};
    }
    const struct item *expected[ITEMS_MAX];
    struct hs_bytes transactions[ITEMS_MAX];
    struct hs_transaction_id ids[ITEMS_MAX];
    size_t count = model_select(&pair->model, expected, room);
    assert_int_equal(hs_mempool_select(pair->pool, transactions, ids, room), count);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(&ids[i], &expected[i]->summary.id, sizeof(ids[i]));
        assert_int_equal(transactions[i].size, expected[i]->size);
    }
    pair->selected += count;
}

static void assert_same_counts(struct pair *pair)
{
    struct hs_mempool_counts counts;
    hs_mempool_counts(pair->pool, &counts);
    const struct item *ready[ITEMS_MAX];
    const struct hs_mempool_room all = {ITEMS_MAX, SIZE_MAX, UINT64_MAX};
    size_t count = model_select(&pair->model, ready, all);
    uint64_t ready_bytes = 0;
    uint64_t ready_gas = 0;
    for (size_t i = 0; i < count; i++) {
        ready_bytes += PAYLOAD_HEAD + ready[i]->size;
        ready_gas += ready[i]->summary.gas;
    }
    uint64_t bytes = 0;
    uint32_t marked = 0;
    for (size_t i = 0; i < pair->model.count; i++) {
        bytes += pair->model.items[i].size;
        marked += pair->model.items[i].marks > 0;
        pair->short_of_fee += !affordable(&pair->model, &pair->model.items[i].summary);
    }
    assert_int_equal(counts.transactions, pair->model.count);
    assert_int_equal(counts.marked, marked);
    assert_int_equal(counts.bytes, bytes);
    assert_int_equal(counts.ready, count);
    assert_int_equal(counts.ready_bytes, ready_bytes);
    assert_int_equal(counts.ready_gas, ready_gas);
}

static void run(uint32_t senders, uint32_t items_max, uint32_t rounds)
{
    const struct hs_mempool_config config = {
        .transactions_max = items_max,
        .transaction_bytes_max = 32,
        .per_sender_max = PER_SENDER_MAX,
        .gas_max = 4,
    };
    struct pair pair = {
        .pool = hs_mempool_new(calloc(1, hs_mempool_footprint(&config)), &config),
        .model = {.senders = senders, .items_max = items_max},
    };
    random_state = 88172645463325252u;
    for (uint32_t round = 0; round < rounds; round++) {
        uint64_t draw = random_below(20);
        if (draw < 12) {
            add_random(&pair);
        } else if (draw < 16) {
            change_random_item(&pair);
        } else if (draw < 19) {
            change_base_fee(&pair);
        } else if (random_below(4) == 0) {
            advance_random(&pair);
        }
        assert_same_selection(&pair);
        assert_same_counts(&pair);
    }
    /* It went where it should. */
    assert_true(pair.evictions > rounds / 200);
    assert_true(pair.replacements > rounds / 200);
    assert_true(pair.selected > rounds);
    assert_true(pair.short_of_fee > rounds);
    free(pair.pool);
}

static void a_pool_does_what_its_model_does_while_the_base_fee_moves(void **state)
{
    (void)state;
    run(6, 20, 200000);
}

/* So many that a base fee which changes the place of a few is told from one that changes most. */
static void a_pool_of_many_senders_does_so_too(void **state)
{
    (void)state;
    run(SENDERS_MAX, ITEMS_MAX, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pool_does_what_its_model_does_while_the_base_fee_moves),
        cmocka_unit_test(a_pool_of_many_senders_does_so_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
