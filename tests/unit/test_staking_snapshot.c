/* Snapshots of a chain with epochs, commitments and stakes: taken at any height, of an epoch's last
 * block too, each goes on as the chain did (P4, M1 .. M4, P7, P8).
 *
 * The blocks are drawn: transactions of all types, some of them not valid. The supply is summed up after
 * each (staking_fixture.h), so it is with deposits, stakes and payments at once.
 */
#define OPERATORS        8u
#define VALIDATORS       4u
#define BATCH_MAX        8u
#define OVERLAY_ACCOUNTS 64u
#define OVERLAY_RECORDS  4096u
#define COMMITS          16u
#define COMMIT_WINDOW    4u
#define UNBONDING_EPOCHS 2u
#define EVIDENCE_EPOCHS  2u
#include "staking_fixture.h"

#define HEIGHTS        48u
#define REPLAYED       9u /* blocks after each snapshot: three epochs */
#define TAPE_BYTES_MAX (1u << 18)
#define TYPES          11u
#define OPENINGS_MAX   256u

struct recorded {
    struct hs_block_context context;
    size_t count;
    size_t sizes[BATCH_MAX];
    uint8_t encoded[BATCH_MAX][HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_state_root root;
};

/* What opens a commitment. */
struct opening {
    uint32_t who;
    struct hs_reveal reveal;
};

struct chain {
    struct staking_world world;
    uint64_t seed;
    uint32_t keys_used;
    uint32_t included_of[TYPES];
    uint32_t opening_count;
    struct opening openings[OPENINGS_MAX];
    struct recorded blocks[HEIGHTS];
};

struct tape {
    uint8_t bytes[TAPE_BYTES_MAX];
    size_t size;
    size_t read;
};

static struct chain chain;

static uint32_t draw(uint32_t below)
{
    chain.seed = chain.seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chain.seed >> 33) % below;
}

/* -- drawing ------------------------------------------------------------------------ */

static void draw_commit(struct hs_transaction *transaction, struct hs_reveal *reveal)
{
    struct hs_transaction shown = *transaction;
    *reveal = (struct hs_reveal){.inner = {operators[draw(OPERATORS)].address, {draw(1000)}}};
    memset(reveal->salt, (int)draw(256), sizeof reveal->salt);
    shown.type = HS_TRANSACTION_REVEAL;
    shown.reveal = *reveal;
    hs_transaction_commitment(&transaction->commitment, &shown, transaction->nonce);
}

static void draw_evidence(struct hs_double_vote *evidence)
{
    *evidence = (struct hs_double_vote){
        .bls_public_key = keys_of(draw(OPERATORS + chain.keys_used)).bls_public_key,
        .epoch = staking_epoch(&chain.world) - (staking_epoch(&chain.world) > 0 ? draw(2) : 0),
        .view = 1 + draw(3),
    };
    for (size_t i = 0; i < 2; i++) {
        evidence->votes[i].block_id.bytes[0] = (uint8_t)(i + 1);
        evidence->votes[i].signature.bytes[0] = 0x80;
        evidence->votes[i].signature.bytes[95] = 1;
    }
}

static void draw_body(struct hs_transaction *transaction, struct hs_reveal *reveal)
{
    switch (transaction->type) {
    case HS_TRANSACTION_TRANSFER:
        transaction->transfer =
            (struct hs_transfer){operators[draw(OPERATORS)].address, {draw(1000)}};
        break;
    case HS_TRANSACTION_COMMIT:
        draw_commit(transaction, reveal);
        break;
    case HS_TRANSACTION_REGISTER:
        transaction->registration.keys = keys_of(OPERATORS + chain.keys_used++);
        transaction->registration.stake.units = STAKE_MIN + draw(500);
        break;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        transaction->stake.units = 1 + draw(200);
        break;
    case HS_TRANSACTION_ROTATE:
        transaction->rotation = keys_of(OPERATORS + chain.keys_used++);
        break;
    case HS_TRANSACTION_EVIDENCE:
        draw_evidence(&transaction->evidence);
        break;
    case HS_TRANSACTION_REVEAL:
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        break;
    }
}

/* One of each sender at most, so that its nonce is right whatever becomes of the others; reveals
 * first, in the order of their commitments (M3). */
static size_t draw_block(struct hs_transaction transactions[], struct opening openings[])
{
    bool sends[OPERATORS] = {false};
    size_t count = 0;
    for (uint32_t i = 0; i < chain.opening_count && count < 3; i++) {
        const struct opening *opening = &chain.openings[i];
        if (!sends[opening->who] && draw(3) == 0) {
            transactions[count] =
                staking_transaction(&chain.world, opening->who, HS_TRANSACTION_REVEAL);
            transactions[count++].reveal = opening->reveal;
            sends[opening->who] = true;
        }
    }
    for (uint32_t who = 0; who < OPERATORS; who++) {
        const enum hs_transaction_type type = (enum hs_transaction_type)(1 + draw(TYPES - 1));
        if (sends[who] || type == HS_TRANSACTION_REVEAL || draw(4) == 0) {
            continue;
        }
        transactions[count] = staking_transaction(&chain.world, who, type);
        openings[count].who = who;
        draw_body(&transactions[count], &openings[count].reveal);
        count++;
    }
    return count;
}

static struct hs_state_root root_of(struct staking_world *world)
{
    struct hs_state_root root;
    (void)world->app.committed(world->ledger, &root);
    return root;
}

static void run_block(void)
{
    static struct hs_transaction transactions[BATCH_MAX];
    static struct opening openings[BATCH_MAX];
    bool included[BATCH_MAX];
    struct recorded *block = &chain.blocks[chain.world.height];
    block->context = staking_context(&chain.world);
    block->count = 0;
    size_t count = draw_block(transactions, openings);
    staking_block(&chain.world, transactions, count, included);
    for (size_t i = 0; i < count; i++) {
        if (!included[i]) {
            continue;
        }
        if (transactions[i].type == HS_TRANSACTION_COMMIT) {
            assert_true(chain.opening_count < OPENINGS_MAX);
            openings[i].reveal.commit_height = block->context.height;
            openings[i].reveal.commit_index = (uint32_t)block->count;
            chain.openings[chain.opening_count++] = openings[i];
        }
        chain.included_of[transactions[i].type]++;
        block->sizes[block->count] = hs_transaction_encode(
            block->encoded[block->count], sizeof block->encoded[0], &transactions[i]);
        block->count++;
    }
    block->root = root_of(&chain.world);
}

/* -- snapshots ---------------------------------------------------------------------- */

static enum hs_status tape_write(void *context, const uint8_t *data, size_t size)
{
    struct tape *tape = context;
    assert_true(size <= TAPE_BYTES_MAX - tape->size);
    memcpy(tape->bytes + tape->size, data, size);
    tape->size += size;
    return HS_OK;
}

static enum hs_status tape_read(void *context, uint8_t *data, size_t size)
{
    struct tape *tape = context;
    if (size > tape->size - tape->read) {
        return HS_CORRUPT;
    }
    memcpy(data, tape->bytes + tape->read, size);
    tape->read += size;
    return HS_OK;
}

static enum hs_status restore(struct staking_world *world, struct tape *tape)
{
    struct hs_source source = {.context = tape, .read = tape_read};
    tape->read = 0;
    return world->app.restore(world->ledger, &source);
}

static void write_tape(struct tape *tape)
{
    struct hs_sink sink = {.context = tape, .write = tape_write};
    tape->size = 0;
    assert_int_equal(chain.world.app.snapshot_write(chain.world.ledger, &sink), HS_OK);
}

static struct staking_world start(void)
{
    return staking_start(VALIDATORS, EPOCH_BLOCKS, HS_LEADER_REPUTATION);
}

/* The block of this height, as a replica runs it. */
static void replay(struct staking_world *world, const struct recorded *block)
{
    struct hs_bytes bytes[BATCH_MAX];
    struct hs_state state;
    struct hs_state_root root;
    for (size_t i = 0; i < block->count; i++) {
        bytes[i] = (struct hs_bytes){block->encoded[i], block->sizes[i]};
    }
    assert_int_equal(world->app.execute(world->ledger, staking_state(world), &block->context, bytes,
                                        block->count, NULL, &state, &root),
                     HS_OK);
    assert_memory_equal(&root, &block->root, sizeof root);
    world->app.commit(world->ledger, state);
    assert_whole_supply(world);
}

/* -- what must hold ------------------------------------------------------------------ */

static void begin(uint64_t seed)
{
    memset(&chain, 0, sizeof chain);
    chain.world = start();
    chain.seed = seed;
}

static void run_to(uint64_t height)
{
    while (chain.world.height < height) {
        run_block();
    }
}

/* The sets that are known are those of the chain, which is at the same height. */
static void assert_same_epochs(struct staking_world *world)
{
    static struct hs_epoch restored, original;
    const uint64_t epoch = staking_epoch(&chain.world);
    for (uint64_t number = 0; number <= epoch + 2; number++) {
        enum hs_status status =
            world->app.epoch(world->ledger, staking_state(world), number, &restored);
        assert_int_equal(status == HS_OK, number + 1 >= epoch && number <= epoch + 1);
        assert_int_equal(chain.world.app.epoch(chain.world.ledger, staking_state(&chain.world),
                                               number, &original),
                         status);
        assert_true(status != HS_OK || memcmp(&restored, &original, sizeof original) == 0);
    }
}

static struct staking_world restored_from(struct tape *tape, uint64_t height)
{
    struct staking_world world = start();
    assert_int_equal(restore(&world, tape), HS_OK);
    struct hs_state_root root = root_of(&world);
    assert_memory_equal(&root, &chain.blocks[height - 1].root, sizeof root);
    return world;
}

/* -- what must hold ------------------------------------------------------------------ */

static void a_chain_goes_on_from_a_snapshot_at_any_height(void **state)
{
    (void)state;
    static struct tape tape;
    for (uint64_t height = 1; height + REPLAYED <= HEIGHTS; height++) {
        begin(1);
        run_to(height);
        chain.world.app.snapshot_pin(chain.world.ledger);
        write_tape(&tape);
        chain.world.app.snapshot_unpin(chain.world.ledger);
        struct staking_world world = restored_from(&tape, height);
        assert_same_epochs(&world);
        run_to(height + REPLAYED);
        for (uint64_t next = height; next < height + REPLAYED; next++) {
            replay(&world, &chain.blocks[next]);
        }
        assert_same_epochs(&world);
        staking_finish(&world);
        staking_finish(&chain.world);
    }
}

/* It is written while blocks go on, and records of what was pinned are taken out. */
static void a_pinned_state_stays_while_sets_change(void **state)
{
    (void)state;
    static struct tape tape;
    for (uint64_t height = 1; height + REPLAYED <= HEIGHTS; height += 4) {
        begin(2);
        run_to(height);
        chain.world.app.snapshot_pin(chain.world.ledger);
        run_to(height + REPLAYED);
        write_tape(&tape);
        chain.world.app.snapshot_unpin(chain.world.ledger);
        struct staking_world world = restored_from(&tape, height);
        staking_finish(&world);
        staking_finish(&chain.world);
    }
}

/* The drawing reaches what it is for. */
static void transactions_of_each_type_were_executed(void **state)
{
    (void)state;
    uint32_t counts[TYPES] = {0};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        begin(seed);
        run_to(HEIGHTS);
        for (uint32_t type = HS_TRANSACTION_TRANSFER; type < TYPES; type++) {
            counts[type] += chain.included_of[type];
        }
        staking_finish(&chain.world);
    }
    for (uint32_t type = HS_TRANSACTION_TRANSFER; type < TYPES; type++) {
        assert_true(counts[type] > 2);
    }
}

/* A byte changed anywhere: refused, or the root is another one; and what was whole is restored after. */
static void a_damaged_registry_is_another_root_or_refused(void **state)
{
    (void)state;
    static struct tape tape, damaged;
    begin(3);
    run_to(8 * EPOCH_BLOCKS + 1);
    chain.world.app.snapshot_pin(chain.world.ledger);
    write_tape(&tape);
    chain.world.app.snapshot_unpin(chain.world.ledger);
    const struct hs_state_root whole = root_of(&chain.world);
    struct staking_world world = start();
    for (size_t at = 24; at < tape.size; at += 3) {
        damaged = tape;
        damaged.bytes[at] ^= (uint8_t)(1u << at % 8);
        if (restore(&world, &damaged) == HS_OK) {
            struct hs_state_root root = root_of(&world);
            assert_memory_not_equal(&root, &whole, sizeof root);
        }
        damaged = tape;
        damaged.size = at;
        assert_int_not_equal(restore(&world, &damaged), HS_OK);
    }
    assert_int_equal(restore(&world, &tape), HS_OK);
    struct hs_state_root root = root_of(&world);
    assert_memory_equal(&root, &whole, sizeof root);
    staking_finish(&world);
    staking_finish(&chain.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_goes_on_from_a_snapshot_at_any_height),
        cmocka_unit_test(a_pinned_state_stays_while_sets_change),
        cmocka_unit_test(transactions_of_each_type_were_executed),
        cmocka_unit_test(a_damaged_registry_is_another_root_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
