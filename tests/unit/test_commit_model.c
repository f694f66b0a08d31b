/* M1 .. M4 at random, against a model that has no trees, no records and no counts: an array of
 * commitments and arrays of balances and nonces, searched from end to end each time. */
#include "commit_fixture.h"

#define BLOCKS      4000u
#define OFFERED_MAX 12u
#define TIP_MAX     7u
#define PROPOSER    (ACCOUNTS - 1u)
#define KEPT_MAX    4096u

static uint64_t random_state = 88172645463325252u;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

/* -- the model --------------------------------------------------------------------------- */

struct model_commit {
    uint64_t height;
    uint32_t index;
    size_t sender;
    uint8_t salt;
    size_t to;
    uint64_t amount;
    bool is_void; /* made with another nonce than it holds: nothing opens it */
    bool waits;
};

struct model {
    uint64_t height;
    uint64_t balances[ACCOUNTS];
    uint64_t nonces[ACCOUNTS];
    uint64_t burned;
    struct model_commit commits[KEPT_MAX];
    size_t commit_count;
    /* Of the block that is being made. */
    uint32_t reveals;
    uint32_t expired;
    uint32_t index;
    bool others_began;
    uint64_t last_height;
    uint32_t last_index;
};

/* A transaction as the test made it. */
struct offer {
    enum hs_transaction_type type;
    size_t from;
    uint64_t nonce;
    size_t to;
    uint64_t amount;
    uint8_t salt;
    bool is_void;
    uint64_t tip;
    bool is_cheap; /* does not offer the base fee */
    struct hs_commit_place place;
};

static size_t waiting_of(const struct model *model, size_t sender)
{
    size_t count = 0;
    for (size_t i = 0; i < model->commit_count; i++) {
        count +=
            model->commits[i].waits && (sender == ACCOUNTS || model->commits[i].sender == sender);
    }
    return count;
}

static void begin_block(struct model *model)
{
    model->height++;
    model->index = 0;
    model->reveals = 0;
    model->expired = 0;
    model->others_began = false;
    model->last_height = 0;
    model->last_index = 0;
    for (size_t i = 0; i < model->commit_count; i++) {
        struct model_commit *commit = &model->commits[i];
        if (commit->waits && model->height > commit->height + WINDOW) {
            commit->waits = false;
            model->burned += DEPOSIT;
            model->expired++;
        }
    }
}

static struct model_commit *opened(struct model *model, const struct offer *offer)
{
    for (size_t i = 0; i < model->commit_count; i++) {
        struct model_commit *commit = &model->commits[i];
        if (commit->waits && commit->height == offer->place.height &&
            commit->index == offer->place.index) {
            bool opens = commit->sender == offer->from && commit->salt == offer->salt &&
                         commit->to == offer->to && commit->amount == offer->amount &&
                         !commit->is_void;
            return opens ? commit : NULL;
        }
    }
    return NULL;
}

static bool comes_later(const struct model *model, const struct model_commit *commit)
{
    return commit->height > model->last_height ||
           (commit->height == model->last_height && commit->index > model->last_index) ||
           model->last_height == 0;
}

static bool pay(struct model *model, const struct offer *offer, uint64_t fee, uint64_t released,
                uint64_t amount, uint64_t locked)
{
    uint64_t has = model->balances[offer->from] + released;
    uint64_t costs = fee + offer->tip + amount + locked;
    if (offer->is_cheap || offer->nonce != model->nonces[offer->from] || has < costs) {
        return false;
    }
    model->balances[offer->from] = has - costs;
    model->balances[offer->to] += amount;
    model->balances[PROPOSER] += offer->tip;
    model->burned += fee;
    model->nonces[offer->from]++;
    return true;
}

static bool run_offer(struct model *model, const struct offer *offer)
{
    if (offer->type == HS_TRANSACTION_TRANSFER) {
        return pay(model, offer, BASE_FEE, 0, offer->amount, 0);
    }
    if (offer->type == HS_TRANSACTION_REVEAL) {
        struct model_commit *commit = opened(model, offer);
        if (commit == NULL || model->others_began || !comes_later(model, commit) ||
            !pay(model, offer, REVEAL_FEE, DEPOSIT, offer->amount, 0)) {
            return false;
        }
        commit->waits = false;
        model->reveals++;
        model->last_height = commit->height;
        model->last_index = commit->index;
        return true;
    }
    if (waiting_of(model, offer->from) == PER_SENDER_MAX ||
        waiting_of(model, ACCOUNTS) == TOTAL_MAX || !pay(model, offer, COMMIT_FEE, 0, 0, DEPOSIT)) {
        return false;
    }
    assert_true(model->commit_count < KEPT_MAX);
    model->commits[model->commit_count++] = (struct model_commit){
        .height = model->height,
        .index = model->index,
        .sender = offer->from,
        .salt = offer->salt,
        .to = offer->to,
        .amount = offer->amount,
        .is_void = offer->is_void,
        .waits = true,
    };
    return true;
}

/* -- what is offered ----------------------------------------------------------------------- */

static struct offer random_reveal(const struct model *model)
{
    struct offer offer = {.type = HS_TRANSACTION_REVEAL, .from = random_below(ACCOUNTS - 1)};
    if (model->commit_count > 0) {
        size_t back = 1 + random_below(model->commit_count < 10 ? model->commit_count : 10);
        const struct model_commit *commit = &model->commits[model->commit_count - back];
        offer.from = commit->sender;
        offer.to = commit->to;
        offer.amount = commit->amount;
        offer.salt = commit->salt;
        offer.place = (struct hs_commit_place){commit->height, commit->index};
    }
    switch (random_below(16)) { /* one thing in four is wrong */
    case 0:
        offer.salt++;
        break;
    case 1:
        offer.place.index++;
        break;
    case 2:
        offer.from = random_below(ACCOUNTS - 1);
        break;
    case 3:
        offer.amount++;
        break;
    default:
        break;
    }
    return offer;
}

static struct offer random_offer(const struct model *model)
{
    struct offer offer = {
        .from = random_below(ACCOUNTS - 1),
        .to = random_below(ACCOUNTS - 1),
        .amount = random_below(random_below(8) == 0 ? 2 * BALANCE : 200),
        .salt = (uint8_t)random_below(4),
    };
    switch (random_below(3)) {
    case 0:
        offer.type = HS_TRANSACTION_TRANSFER;
        break;
    case 1:
        offer.type = HS_TRANSACTION_COMMIT;
        offer.is_void = random_below(8) == 0;
        break;
    default:
        offer = random_reveal(model);
        break;
    }
    offer.tip = random_below(TIP_MAX + 1);
    offer.is_cheap = random_below(32) == 0;
    return offer;
}

static struct hs_transaction without_tip(const struct offer *offer)
{
    if (offer->type == HS_TRANSACTION_TRANSFER) {
        return transfer(offer->from, offer->nonce, offer->to, offer->amount);
    }
    if (offer->type == HS_TRANSACTION_REVEAL) {
        return reveal(offer->from, offer->nonce, offer->place, offer->salt, offer->to,
                      offer->amount);
    }
    struct hs_transaction made =
        commit(offer->from, offer->nonce + offer->is_void, offer->salt, offer->to, offer->amount);
    made.nonce = offer->nonce;
    return made;
}

static struct hs_transaction transaction_of(const struct offer *offer)
{
    struct hs_transaction made = without_tip(offer);
    made.max_fee.units += offer->tip;
    made.max_tip.units = offer->tip;
    if (offer->is_cheap) {
        made.max_fee.units -= offer->tip + 1;
    }
    return made;
}

/* -- blocks ---------------------------------------------------------------------------------- */

static void assert_equals_model(struct fixture *fixture, const struct model *model)
{
    for (size_t i = 0; i < ACCOUNTS; i++) {
        assert_account(fixture, i, model->balances[i], model->nonces[i]);
    }
    assert_true(hs_ledger_burned(fixture->ledger).units == model->burned);
    assert_int_equal(waiting(fixture), waiting_of(model, ACCOUNTS));
    assert_supply_holds(fixture, committed(fixture));
}

/* Nonces in the order in which things are offered: what is left out leaves a gap behind it, or not. */
static size_t offer_block(const struct model *model, struct offer offers[OFFERED_MAX])
{
    size_t count = random_below(OFFERED_MAX + 1);
    uint64_t nonces[ACCOUNTS];
    memcpy(nonces, model->nonces, sizeof nonces);
    for (size_t i = 0; i < count; i++) {
        offers[i] = random_offer(model);
        offers[i].nonce = nonces[offers[i].from] + (random_below(40) == 0);
        nonces[offers[i].from] += random_below(8) != 0;
    }
    return count;
}

/* Some blocks are arranged, as a proposer does it; others stand as they came. */
static void maybe_arrange(struct fixture *fixture, struct offer offers[], size_t count)
{
    uint8_t encoded[OFFERED_MAX][HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_bytes bytes[OFFERED_MAX];
    struct offer before[OFFERED_MAX];
    uint32_t order[OFFERED_MAX];
    for (size_t i = 0; i < count; i++) {
        struct hs_transaction transaction = transaction_of(&offers[i]);
        before[i] = offers[i];
        bytes[i].data = encoded[i];
        bytes[i].size = hs_transaction_encode(encoded[i], sizeof encoded[i], &transaction);
    }
    if (random_below(4) > 0 && fixture->app.arrange(fixture->ledger, order, bytes, count)) {
        for (size_t i = 0; i < count; i++) {
            offers[i] = before[order[i]];
        }
    }
}

/* X2: as a whole a block is valid when each of its transactions is, and to look at one changes
 * nothing. */
static void look_at_whole(struct fixture *replica, const struct hs_transaction block[],
                          size_t count, bool valid)
{
    struct hs_state state;
    struct hs_state_root root;
    enum hs_status status = execute(replica, committed(replica), block, count, NULL, &state, &root);
    assert_int_equal(status, valid ? HS_OK : HS_BAD_BLOCK);
    if (valid) {
        assert_supply_holds(replica, state);
        replica->app.release(replica->ledger, state);
    }
}

static void run_block(struct fixture *leader, struct fixture *replica, struct model *model)
{
    struct offer offers[OFFERED_MAX];
    struct hs_transaction offered[OFFERED_MAX], block[OFFERED_MAX];
    bool included[OFFERED_MAX];
    size_t kept = 0;
    size_t count = offer_block(model, offers);
    maybe_arrange(leader, offers, count);
    for (size_t i = 0; i < count; i++) {
        offered[i] = transaction_of(&offers[i]);
    }
    struct hs_state made;
    struct hs_state_root root;
    assert_int_equal(execute(leader, committed(leader), offered, count, included, &made, &root),
                     HS_OK);
    begin_block(model);
    for (size_t i = 0; i < count; i++) {
        bool valid = run_offer(model, &offers[i]);
        assert_int_equal(included[i], valid);
        if (valid) {
            model->index++;
            model->others_began = model->others_began || offers[i].type != HS_TRANSACTION_REVEAL;
            block[kept++] = offered[i];
        }
    }
    look_at_whole(replica, offered, count, kept == count);
    leader->app.commit(leader->ledger, made);
    leader->height++;
    must_be_valid(replica, block, kept);
    assert_memory_equal(committed_root(replica).bytes, root.bytes, HS_HASH_BYTES);
    assert_equals_model(leader, model);
}

/* -- snapshots ---------------------------------------------------------------------------------- */

struct tape {
    uint8_t bytes[16384];
    size_t size;
    size_t read;
};

static enum hs_status write_tape(void *context, const uint8_t *data, size_t size)
{
    struct tape *tape = context;
    assert_true(tape->size + size <= sizeof tape->bytes);
    memcpy(tape->bytes + tape->size, data, size);
    tape->size += size;
    return HS_OK;
}

static enum hs_status read_tape(void *context, uint8_t *data, size_t size)
{
    struct tape *tape = context;
    if (size > tape->size - tape->read) {
        return HS_CORRUPT;
    }
    memcpy(data, tape->bytes + tape->read, size);
    tape->read += size;
    return HS_OK;
}

/* The replica goes on from a snapshot of the leader's state, commitments in flight included. */
static void restart(struct fixture *replica, struct fixture *leader)
{
    static struct tape tape;
    tape.size = 0;
    tape.read = 0;
    struct hs_sink sink = {.context = &tape, .write = write_tape};
    leader->app.snapshot_pin(leader->ledger);
    assert_int_equal(leader->app.snapshot_write(leader->ledger, &sink), HS_OK);
    leader->app.snapshot_unpin(leader->ledger);
    uint64_t height = replica->height;
    finish(replica);
    *replica = start_commits();
    replica->height = height;
    struct hs_source source = {.context = &tape, .read = read_tape};
    assert_int_equal(replica->app.restore(replica->ledger, &source), HS_OK);
    assert_memory_equal(committed_root(replica).bytes, committed_root(leader).bytes, HS_HASH_BYTES);
}

static void random_blocks_equal_the_model(void **state)
{
    (void)state;
    static struct model model;
    uint64_t reveals = 0, expired = 0;
    struct fixture leader = start_commits();
    struct fixture replica = start_commits();
    for (size_t i = 0; i < ACCOUNTS; i++) {
        model.balances[i] = BALANCE;
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        run_block(&leader, &replica, &model);
        reveals += model.reveals;
        expired += model.expired;
        if (random_below(50) == 0) {
            restart(&replica, &leader);
        }
        if (model.burned > BALANCE * ACCOUNTS / 2 ||
            model.commit_count + OFFERED_MAX > KEPT_MAX) { /* begin anew with full accounts */
            uint64_t height = model.height;
            finish(&leader);
            finish(&replica);
            leader = start_commits();
            replica = start_commits();
            leader.height = replica.height = height;
            memset(&model, 0, sizeof model);
            model.height = height;
            for (size_t j = 0; j < ACCOUNTS; j++) {
                model.balances[j] = BALANCE;
            }
        }
    }
    print_message("%u blocks, %u revealed, %u expired\n", BLOCKS, (unsigned)reveals,
                  (unsigned)expired);
    assert_true(reveals > 500 && expired > 1000);
    finish(&leader);
    finish(&replica);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_blocks_equal_the_model)};
    return make_keys() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
