/* The corpus, executed through the application interface as a node does it: as leader, which
 * leaves out what is not valid, and as replica, which refuses the whole block. */
#include "tests/support/block_corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define STATES_MAX        12u
#define LAG_MAX           2u /* uncommitted blocks of the chain itself */
#define RIVALS_MAX        3u
#define SNAPSHOT_CAPACITY (64u * (CORPUS_ACCOUNTS_MAX + 2u))
#define FULL_BLOCK_HEIGHT 5000u
#define VERIFIED_MAX      40u

/* One block of the chain that is not committed yet. */
struct link {
    struct hs_state state;
    struct corpus_model model;
    struct hs_state rivals[RIVALS_MAX]; /* a branch on the same parent, from its first block on */
    uint32_t rival_count;
};

struct snapshot {
    size_t size;
    size_t offset;
    struct hs_state_root root;
    uint8_t bytes[SNAPSHOT_CAPACITY];
};

struct run {
    struct corpus_keys keys;
    struct corpus_block block;
    const uint8_t *map_seed;
    struct hs_random random;
    uint64_t height;
    bool failed;
    void *memory;
    struct hs_ledger *ledger;
    struct hs_application application;
    struct hs_genesis_account genesis[CORPUS_GENESIS_ACCOUNTS];
    struct link links[LAG_MAX + 1]; /* links[0] is the child of the committed one */
    uint32_t link_count;
    struct corpus_model committed_model;
    struct corpus_model draft;
    struct snapshot snapshot;
    bool included[HS_BLOCK_TRANSACTIONS_MAX];
    struct hs_bytes valid[HS_BLOCK_TRANSACTIONS_MAX];
    struct hs_hasher roots;
    struct hs_hasher outcomes;
    struct corpus_report *report;
};

static void expect(struct run *run, bool holds, const char *what)
{
    if (!holds && !run->failed) {
        run->failed = true;
        fprintf(stderr, "block corpus: height %" PRIu64 ": %s\n", run->height, what);
    }
}

static bool roots_equal(const struct hs_state_root *a, const struct hs_state_root *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void note(struct run *run, const void *data, size_t size)
{
    hs_hasher_add(&run->outcomes, data, size);
}

/* By name: the numbers behind the names may change. */
static void note_status(struct run *run, enum hs_status status)
{
    const char *name = hs_status_name(status);
    note(run, name, strlen(name) + 1);
}

static void note_u64(struct run *run, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    note(run, bytes, sizeof bytes);
}

/* -- the ledger ------------------------------------------------------------------------ */

/* The first account owns what the others leave of the largest supply there is. */
static void make_genesis(struct run *run)
{
    uint64_t left = CORPUS_SUPPLY;
    for (uint32_t i = CORPUS_GENESIS_ACCOUNTS; i-- > 0;) {
        uint64_t units = i == 0 ? left : 1 + hs_random_below(&run->random, 100000);
        left -= units;
        run->genesis[i] = (struct hs_genesis_account){run->keys.addresses[i], {units}};
        run->committed_model.accounts[i] = (struct corpus_account){.balance = units, .made = true};
    }
    run->committed_model.made_count = CORPUS_GENESIS_ACCOUNTS;
    run->committed_model.base_fee = CORPUS_BASE_FEE;
}

static void *start_ledger(const struct run *run, struct hs_ledger **ledger)
{
    struct hs_ledger_config config = {
        .chain_id = run->keys.chain_id,
        .accounts = run->genesis,
        .account_count = CORPUS_GENESIS_ACCOUNTS,
        .accounts_max = CORPUS_ACCOUNTS_MAX,
        .states_max = STATES_MAX,
        .overlay_accounts_max = STATES_MAX * CORPUS_KEYS,
        .overlay_records_max = 1,
    };
    memcpy(config.map_seed, run->map_seed, sizeof config.map_seed);
    hs_ledger_parameters_default(&config.parameters);
    config.parameters.fees = (struct hs_fee_parameters){
        .base_fee = {CORPUS_BASE_FEE},
        .base_fee_min = {CORPUS_BASE_FEE_MIN},
        .gas_limit = CORPUS_GAS_LIMIT,
    };
    void *memory = calloc(1, hs_ledger_footprint(&config));
    if (memory == NULL) {
        abort();
    }
    enum hs_status status = hs_ledger_new(ledger, memory, &config);
    HS_ASSERT(status == HS_OK);
    return memory;
}

static void check_committed(struct run *run)
{
    struct hs_amount supply;
    struct hs_state_root root;
    const struct corpus_model *model = &run->committed_model;
    struct hs_state state = run->application.committed(run->ledger, &root);
    expect(run,
           hs_ledger_supply(run->ledger, &supply, state) == HS_OK && supply.units == CORPUS_SUPPLY,
           "the supply is not conserved");
    expect(run, hs_ledger_account_count(run->ledger) == model->made_count,
           "another number of accounts than in the model");
    expect(run, hs_ledger_burned(run->ledger).units == model->burned,
           "another burned total than in the model");
    expect(run, hs_ledger_base_fee(run->ledger).units == model->base_fee,
           "another base fee than in the model");
    for (uint32_t i = 0; i < CORPUS_KEYS; i++) {
        struct hs_account account;
        hs_ledger_account(run->ledger, &account, &run->keys.addresses[i]);
        expect(run,
               account.balance.units == model->accounts[i].balance &&
                   account.nonce == model->accounts[i].nonce,
               "an account is not as in the model");
    }
}

/* -- blocks ------------------------------------------------------------------------------ */

static struct hs_state tip(const struct run *run)
{
    struct hs_state_root root;
    return run->link_count > 0 ? run->links[run->link_count - 1].state
                               : run->application.committed(run->ledger, &root);
}

static const struct corpus_model *tip_model(const struct run *run)
{
    return run->link_count > 0 ? &run->links[run->link_count - 1].model : &run->committed_model;
}

static size_t draw_size(struct run *run)
{
    uint64_t draw = hs_random_below(&run->random, 1000);
    if (run->height == FULL_BLOCK_HEIGHT) {
        return HS_BLOCK_TRANSACTIONS_MAX;
    }
    if (draw < 150) {
        return 0;
    }
    if (draw < 985) {
        return (size_t)hs_random_between(&run->random, 1, 10);
    }
    return (size_t)(draw < 997 ? hs_random_between(&run->random, 50, 150)
                               : hs_random_between(&run->random, 300, 500));
}

static struct hs_block_context context_of(const struct run *run, struct hs_state parent)
{
    return (struct hs_block_context){
        .height = run->height,
        .proposer = run->block.fee_recipient % 4,
        .fee_recipient = run->keys.addresses[run->block.fee_recipient],
        .base_fee = run->application.base_fee(run->ledger, parent),
    };
}

/* X2: as replicas do, with all that a block must not have. */
static void check_strictly(struct run *run, struct hs_state parent,
                           const struct hs_block_context *context, size_t valid_count,
                           const struct hs_state_root *expected_root)
{
    const struct hs_application *application = &run->application;
    struct hs_state state;
    struct hs_state_root root;
    enum hs_status status = application->execute(run->ledger, parent, context, run->valid,
                                                 valid_count, NULL, &state, &root);
    expect(run, status == HS_OK && roots_equal(&root, expected_root),
           "the replica's root is not the leader's");
    if (status == HS_OK) {
        application->release(run->ledger, state);
    }
    if (valid_count < run->block.count) {
        status = application->execute(run->ledger, parent, context, run->block.transactions,
                                      run->block.count, NULL, &state, &root);
        expect(run, status == HS_BAD_BLOCK, "a block with an invalid transaction is not refused");
    }
    struct hs_block_context dearer = *context;
    dearer.base_fee.units++;
    status = application->execute(run->ledger, parent, &dearer, run->valid, valid_count, NULL,
                                  &state, &root);
    expect(run, status == HS_BAD_BLOCK, "a block with another base fee is not refused");
}

static size_t take_valid(struct run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->block.count; i++) {
        expect(run, run->included[i] == run->block.expected[i],
               "a transaction's outcome is not the model's");
        if (run->included[i]) {
            run->valid[count++] = run->block.transactions[i];
        }
    }
    run->report->transactions_included += count;
    run->report->transactions_refused += run->block.count - count;
    return count;
}

/* What the mempool and admission ask. */
static void note_answers(struct run *run)
{
    const struct hs_application *application = &run->application;
    for (size_t i = 0; i < run->block.count; i++) {
        struct hs_transaction_summary summary;
        enum hs_status status =
            application->inspect(run->ledger, run->block.transactions[i], &summary);
        note_status(run, status);
        if (status == HS_OK) {
            note(run, summary.id.bytes, sizeof summary.id.bytes);
            note_u64(run, summary.gas);
            note_u64(run, summary.max_fee.units);
            note_u64(run, summary.max_tip.units);
            note_u64(run, application->next_nonce(run->ledger, &summary.sender));
        }
        note_status(run, application->admit(run->ledger, run->block.transactions[i]));
    }
}

/* Signs what real keys sent, one in three wrongly, and has all of it checked. */
static void check_signatures(struct run *run)
{
    bool ok[VERIFIED_MAX];
    bool expected[VERIFIED_MAX];
    size_t count = run->block.count < VERIFIED_MAX ? run->block.count : VERIFIED_MAX;
    for (size_t i = 0; i < count; i++) {
        struct corpus_transfer *transfer = &run->block.transfers[i];
        expected[i] = false;
        if (!transfer->refused && transfer->sender < CORPUS_SIGNERS) {
            hs_transaction_sign(&transfer->transaction, &run->keys.secret_keys[transfer->sender]);
            transfer->transaction.signature.bytes[i % 64] ^= i % 3 == 0 ? 1 : 0;
            hs_transaction_encode(run->block.encoded[i], sizeof run->block.encoded[i],
                                  &transfer->transaction);
            expected[i] = i % 3 != 0;
        }
    }
    run->application.verify(run->ledger, ok, run->block.transactions, count);
    for (size_t i = 0; i < count; i++) {
        expect(run, ok[i] == expected[i], "a signature is not judged as it was made");
    }
}

/* Draws a block on `parent`, whose model becomes the block's own. */
static bool make_block(struct run *run, struct hs_state parent, struct corpus_model *model,
                       struct hs_state *state, struct hs_state_root *root)
{
    struct corpus_block *block = &run->block;
    corpus_block_draw(block, model, &run->keys, &run->random, draw_size(run));
    struct hs_block_context context = context_of(run, parent);
    enum hs_status status =
        run->application.execute(run->ledger, parent, &context, block->transactions, block->count,
                                 run->included, state, root);
    expect(run, status == HS_OK, "a leader's block is not executed");
    if (status != HS_OK) {
        return false;
    }
    size_t valid_count = take_valid(run);
    uint64_t draw = hs_random_below(&run->random, 64);
    if (draw % 4 == 0) {
        check_strictly(run, parent, &context, valid_count, root);
    }
    if (draw % 16 == 1) {
        note_answers(run);
    }
    if (draw == 2) {
        check_signatures(run);
    }
    return true;
}

/* -- the chain -------------------------------------------------------------------------- */

static void drop_rivals(struct run *run, struct link *link)
{
    while (link->rival_count > 0) {
        run->application.release(run->ledger, link->rivals[--link->rival_count]);
    }
}

/* X4: a branch beside the block that `link` will be, dropped at once or when that commits. */
static void make_rivals(struct run *run, struct link *link)
{
    uint64_t count = hs_random_between(&run->random, 1, RIVALS_MAX);
    struct hs_state parent = tip(run);
    run->draft = *tip_model(run);
    while (link->rival_count < count) {
        struct hs_state_root root;
        struct hs_state *state = &link->rivals[link->rival_count];
        if (!make_block(run, parent, &run->draft, state, &root)) {
            return;
        }
        note(run, root.bytes, sizeof root.bytes);
        parent = *state;
        link->rival_count++;
    }
    run->report->branches_dropped++;
    if (hs_random_per_mille(&run->random, 500)) {
        drop_rivals(run, link);
    }
}

static void commit_first(struct run *run)
{
    struct link *first = &run->links[0];
    drop_rivals(run, first);
    run->application.commit(run->ledger, first->state);
    run->committed_model = first->model;
    run->link_count--;
    memmove(&run->links[0], &run->links[1], run->link_count * sizeof run->links[0]);
}

static void commit_all(struct run *run)
{
    while (run->link_count > 0) {
        commit_first(run);
    }
}

static void extend(struct run *run, struct hs_state_root *root)
{
    struct link *link = &run->links[run->link_count];
    link->rival_count = 0;
    if (hs_random_per_mille(&run->random, 60)) {
        make_rivals(run, link);
    }
    struct hs_state parent = tip(run);
    link->model = *tip_model(run);
    if (!run->failed && make_block(run, parent, &link->model, &link->state, root)) {
        run->link_count++;
    }
}

/* States that hold nothing, until there is no room for another. */
static void fill_states(struct run *run)
{
    struct hs_state states[STATES_MAX];
    struct hs_state_root root;
    uint32_t count = 0;
    struct hs_state parent = tip(run);
    struct hs_block_context context = context_of(run, parent);
    while (count < STATES_MAX && run->application.execute(run->ledger, parent, &context, NULL, 0,
                                                          NULL, &states[count], &root) == HS_OK) {
        parent = states[count++];
    }
    expect(run, count > 0 && count < STATES_MAX, "the number of states has no limit");
    while (count > 0) {
        run->application.release(run->ledger, states[--count]);
    }
}

/* -- snapshots --------------------------------------------------------------------------- */

static enum hs_status write_bytes(void *context, const uint8_t *data, size_t size)
{
    struct snapshot *snapshot = context;
    if (size > sizeof snapshot->bytes - snapshot->size) {
        return HS_FULL;
    }
    memcpy(snapshot->bytes + snapshot->size, data, size);
    snapshot->size += size;
    return HS_OK;
}

static enum hs_status read_bytes(void *context, uint8_t *data, size_t size)
{
    struct snapshot *snapshot = context;
    if (size > snapshot->size - snapshot->offset) {
        return HS_CORRUPT;
    }
    memcpy(data, snapshot->bytes + snapshot->offset, size);
    snapshot->offset += size;
    return HS_OK;
}

static void pin(struct run *run)
{
    run->application.committed(run->ledger, &run->snapshot.root);
    run->application.snapshot_pin(run->ledger);
}

static void write_pinned(struct run *run)
{
    struct snapshot *snapshot = &run->snapshot;
    struct hs_sink sink = {.context = snapshot, .write = write_bytes};
    snapshot->size = 0;
    snapshot->offset = 0;
    enum hs_status status = run->application.snapshot_write(run->ledger, &sink);
    run->application.snapshot_unpin(run->ledger);
    expect(run, status == HS_OK, "a snapshot can't be written");
    note(run, snapshot->bytes, snapshot->size);
}

/* Restores what was written into a ledger of its own. */
static void *restore(struct run *run, struct hs_ledger **ledger, struct hs_application *application)
{
    void *memory = start_ledger(run, ledger);
    hs_ledger_application(*ledger, application);
    struct hs_source source = {.context = &run->snapshot, .read = read_bytes};
    struct hs_state_root root;
    enum hs_status status = application->restore(*ledger, &source);
    application->committed(*ledger, &root);
    expect(run, status == HS_OK && roots_equal(&root, &run->snapshot.root),
           "what was restored has another root");
    run->report->snapshots_restored++;
    return memory;
}

static void go_on_from_snapshot(struct run *run)
{
    commit_all(run);
    pin(run);
    write_pinned(run);
    void *old = run->memory;
    run->memory = restore(run, &run->ledger, &run->application);
    free(old);
}

static void check_snapshot_of_the_past(struct run *run)
{
    struct hs_ledger *ledger;
    struct hs_application application;
    write_pinned(run);
    free(restore(run, &ledger, &application));
}

/* -- all of it --------------------------------------------------------------------------- */

static void between_blocks(struct run *run)
{
    switch (run->height % 1000) {
    case 0:
        check_committed(run);
        go_on_from_snapshot(run);
        break;
    case 400:
        fill_states(run);
        break;
    case 500:
        pin(run);
        break;
    case 507:
        check_snapshot_of_the_past(run);
        break;
    default:
        break;
    }
}

static void run_block(struct run *run, corpus_root_seen *seen, void *context)
{
    struct hs_state_root root;
    extend(run, &root);
    if (run->failed) {
        return;
    }
    hs_hasher_add(&run->roots, root.bytes, sizeof root.bytes);
    seen(context, run->height, &root);
    if (run->link_count > LAG_MAX) {
        commit_first(run);
    } else if (hs_random_per_mille(&run->random, 100)) {
        commit_all(run);
    }
    between_blocks(run);
}

bool corpus_run(struct corpus_report *report, uint64_t block_count,
                const uint8_t map_seed[HS_ID_MAP_SEED_BYTES], corpus_root_seen *seen, void *context)
{
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        abort();
    }
    *report = (struct corpus_report){.transactions_included = 0};
    run->report = report;
    run->map_seed = map_seed;
    run->random = hs_random_of(CORPUS_SEED, 0);
    hs_hasher_begin(&run->roots, "hotstuff/test/roots");
    hs_hasher_begin(&run->outcomes, "hotstuff/test/outcomes");
    corpus_keys_make(&run->keys);
    make_genesis(run);
    run->memory = start_ledger(run, &run->ledger);
    hs_ledger_application(run->ledger, &run->application);
    for (run->height = 1; run->height <= block_count && !run->failed; run->height++) {
        run_block(run, seen, context);
    }
    if (!run->failed) {
        commit_all(run);
        check_committed(run);
    }
    hs_hasher_end(&run->roots, report->roots_digest);
    hs_hasher_end(&run->outcomes, report->outcomes_digest);
    bool failed = run->failed;
    free(run->memory);
    free(run);
    return !failed;
}
