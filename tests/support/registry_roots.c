/* Thousands of blocks of a chain with epochs, with transactions of every type, and the state root
 * of every hundredth: as state_roots does it for transfers, so that commitments, stakes and epochs,
 * too, come to the same in every build (X3). tests/vectors/registry_roots.json is what it prints.
 *
 * usage: registry_roots [map seed, a number]
 *
 * What is valid is the ledger's to say here; test_commit_model and test_staking_model hold it
 * against models. Each block is built, with what is not valid left out, then executed as a replica
 * does, on a rival that is dropped before too; now and then the chain goes on from a snapshot of
 * itself. The supply is summed up after each block.
 */
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/hash.h"
#include "crypto/keys.h"
#include "ledger/ledger.h"
#include "sim/random.h"

#define BLOCK_COUNT    3000u
#define SHOWN_EVERY    300u
#define RESTORED_EVERY 70u
#define SEED           UINT64_C(20240301)

#define ACCOUNTS     48u
#define VALIDATORS   6u /* of genesis */
#define MEMBERS_MAX  9u
#define EPOCH_BLOCKS 10u
#define WINDOW       12u
#define BALANCE      UINT64_C(1000000000)
#define STAKE_MIN    1000u
#define BLOCK_MAX    40u
#define TYPES        11u
#define OPENINGS     64u
#define TAPE_BYTES   (1u << 20)

struct opening {
    uint32_t who;
    struct hs_reveal reveal;
};

struct run {
    struct hs_random random;
    struct hs_chain_id chain_id;
    struct hs_ed25519_public_key public_keys[ACCOUNTS];
    struct hs_address addresses[ACCOUNTS];
    struct hs_ledger_config config;
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_genesis_validator validators[VALIDATORS];
    void *memory;
    struct hs_ledger *ledger;
    struct hs_application application;
    uint64_t height; /* of the last block */
    uint64_t view;   /* of the last block, in its epoch */
    uint32_t keys_used;
    uint32_t opening_count; /* of all; the last ones are kept */
    struct opening openings[OPENINGS];
    /* The block in the making. */
    size_t count;
    struct hs_transaction drawn[BLOCK_MAX];
    uint32_t senders[BLOCK_MAX];
    struct hs_reveal opens[BLOCK_MAX]; /* of commitments */
    uint8_t encoded[BLOCK_MAX][HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_bytes transactions[BLOCK_MAX];
    bool included[BLOCK_MAX];
    uint64_t included_of[TYPES];
    uint64_t refused;
    uint64_t restored;
    struct hs_hasher roots;
    struct hs_hasher outcomes;
    uint8_t tape[TAPE_BYTES];
    size_t tape_size;
    size_t tape_read;
};

static struct run run;

static void fail(const char *what)
{
    fprintf(stderr, "registry roots: height %" PRIu64 ": %s\n", run.height, what);
    exit(EXIT_FAILURE);
}

static uint32_t below(uint32_t bound)
{
    return (uint32_t)hs_random_below(&run.random, bound);
}

/* -- the chain ---------------------------------------------------------------------- */

/* Nobody executes a signature, so keys are told apart by a number. */
static struct hs_validator_keys keys_of(uint32_t number)
{
    struct hs_validator_keys keys = {.address = {.text = "10.0.0.1:27000"}};
    keys.address.text[7] = (char)('0' + number % 10);
    memset(keys.bls_public_key.bytes, 0xb5, sizeof keys.bls_public_key.bytes);
    memset(keys.network_key.bytes, 0x4e, sizeof keys.network_key.bytes);
    for (size_t i = 0; i < sizeof number; i++) {
        keys.bls_public_key.bytes[1 + i] = (uint8_t)(number >> 8 * i);
        keys.network_key.bytes[1 + i] = (uint8_t)(number >> 8 * i);
    }
    keys.possession.bytes[0] = 0x80; /* in form */
    keys.possession.bytes[95] = 1;
    keys.fee_recipient = run.addresses[number % ACCOUNTS];
    return keys;
}

static void make_accounts(void)
{
    hs_hash(run.chain_id.bytes, "hotstuff/test/registry", "", 0);
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        for (size_t byte = 0; byte < sizeof run.public_keys[i].bytes; byte++) {
            run.public_keys[i].bytes[byte] = (uint8_t)hs_random_next(&run.random);
        }
        hs_address_of(&run.addresses[i], &run.public_keys[i]);
        run.accounts[i] = (struct hs_genesis_account){run.addresses[i], {BALANCE}};
    }
    for (uint32_t i = 0; i < VALIDATORS; i++) {
        run.validators[i] = (struct hs_genesis_validator){
            .operator_address = run.addresses[i],
            .keys = keys_of(run.keys_used++),
            .stake = {STAKE_MIN * (i + 1)},
        };
    }
}

static void configure(const uint8_t map_seed[HS_ID_MAP_SEED_BYTES])
{
    run.config = (struct hs_ledger_config){
        .chain_id = run.chain_id,
        .accounts = run.accounts,
        .account_count = ACCOUNTS,
        .validators = run.validators,
        .validator_count = VALIDATORS,
        .election = HS_LEADER_REPUTATION,
        .accounts_max = ACCOUNTS + 8,
        .states_max = 4,
        .overlay_accounts_max = 4096,
        .overlay_records_max = 65536,
    };
    hs_ledger_parameters_default(&run.config.parameters);
    run.config.parameters.fees.gas_limit = 240; /* less than a block may be drawn with */
    run.config.parameters.commits = (struct hs_commit_parameters){
        .deposit = {777},
        .window_blocks = WINDOW,
        .per_sender_max = 3,
        .total_max = 40,
    };
    run.config.parameters.staking = (struct hs_staking_parameters){
        .epoch_blocks = EPOCH_BLOCKS,
        .stake_min = {STAKE_MIN},
        .validators_max = MEMBERS_MAX,
        .unbonding_epochs = 3,
        .slash_per_mille = 37,
        .jail_epochs = 2,
        .evidence_epochs = 3,
    };
    memcpy(run.config.map_seed, map_seed, HS_ID_MAP_SEED_BYTES);
}

static void start_ledger(void)
{
    free(run.memory);
    run.memory = calloc(1, hs_ledger_footprint(&run.config));
    if (run.memory == NULL || hs_ledger_new(&run.ledger, run.memory, &run.config) != HS_OK) {
        fail("no ledger");
    }
    hs_ledger_application(run.ledger, &run.application);
}

static struct hs_state committed(struct hs_state_root *root)
{
    return run.application.committed(run.ledger, root);
}

/* -- drawing ------------------------------------------------------------------------- */

static void draw_evidence(struct hs_double_vote *evidence, uint64_t epoch)
{
    const uint32_t age = below(5);
    *evidence = (struct hs_double_vote){
        .bls_public_key = keys_of(below(run.keys_used + 2)).bls_public_key,
        .epoch = epoch >= age ? epoch - age : 0,
        .view = 1 + below(3),
    };
    for (size_t i = 0; i < 2; i++) {
        evidence->votes[i].block_id.bytes[0] = (uint8_t)(i + 1);
        evidence->votes[i].signature.bytes[0] = 0x80;
        evidence->votes[i].signature.bytes[95] = 1;
    }
}

static void draw_commit(struct hs_transaction *transaction, struct hs_reveal *opens)
{
    struct hs_transaction shown = *transaction;
    shown.type = HS_TRANSACTION_REVEAL;
    shown.reveal.inner = (struct hs_transfer){run.addresses[below(ACCOUNTS)],
                                              {below(5) == 0 ? BALANCE : below(9999)}};
    memset(shown.reveal.salt, (int)below(256), sizeof shown.reveal.salt);
    hs_transaction_commitment(&transaction->commitment, &shown, transaction->nonce);
    *opens = shown.reveal;
}

static void draw_body(struct hs_transaction *transaction, uint32_t opening)
{
    switch (transaction->type) {
    case HS_TRANSACTION_TRANSFER:
        transaction->transfer =
            (struct hs_transfer){run.addresses[below(ACCOUNTS)], {below(100000)}};
        break;
    case HS_TRANSACTION_COMMIT:
        draw_commit(transaction, &run.opens[run.count]);
        break;
    case HS_TRANSACTION_REGISTER:
        transaction->registration.keys =
            keys_of(below(4) > 0 ? run.keys_used++ : below(run.keys_used));
        transaction->registration.stake.units = STAKE_MIN - 1 + below(9000);
        break;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        transaction->stake.units = 1 + below(4000);
        break;
    case HS_TRANSACTION_ROTATE:
        transaction->rotation = keys_of(below(4) > 0 ? run.keys_used++ : below(run.keys_used));
        break;
    case HS_TRANSACTION_EVIDENCE:
        draw_evidence(&transaction->evidence, run.height / EPOCH_BLOCKS);
        break;
    case HS_TRANSACTION_REVEAL:
        transaction->reveal = run.openings[opening].reveal;
        break;
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        break;
    }
}

static void add(uint32_t who, enum hs_transaction_type type, uint32_t opening, uint64_t nonce)
{
    struct hs_transaction *transaction = &run.drawn[run.count];
    memset(transaction, 0, sizeof *transaction);
    transaction->type = type;
    transaction->chain_id = run.chain_id;
    transaction->chain_id.bytes[0] ^= below(200) == 0;
    transaction->sender = run.public_keys[who];
    transaction->nonce = nonce + (below(60) == 0);
    transaction->max_fee.units = below(80) == 0 ? 1 : 2000000;
    transaction->max_tip.units = below(50);
    draw_body(transaction, opening);
    run.senders[run.count] = who;
    size_t size = hs_transaction_encode(run.encoded[run.count], sizeof run.encoded[0], transaction);
    run.transactions[run.count] =
        (struct hs_bytes){run.encoded[run.count], below(150) == 0 ? size - 1 : size};
    run.count++;
}

/* Reveals first, mostly in the order of their commitments (M3), then one of some senders. */
static void draw_block(void)
{
    bool sends[ACCOUNTS] = {false};
    run.count = 0;
    const uint32_t kept = run.opening_count < OPENINGS ? run.opening_count : OPENINGS;
    for (uint32_t i = 0; i < kept; i++) {
        const uint32_t at = (run.opening_count - kept + i) % OPENINGS;
        const uint32_t who = run.openings[at].who;
        if (!sends[who] && below(8) == 0 && run.count < BLOCK_MAX / 2) {
            add(who, HS_TRANSACTION_REVEAL, at,
                run.application.next_nonce(run.ledger, &run.addresses[who]));
            sends[who] = true;
        }
    }
    /* Now and then a block that stands still, where only time passes. */
    const uint32_t wanted = below(6) == 0 ? 0 : below(BLOCK_MAX / 2);
    for (uint32_t i = 0; i < wanted; i++) {
        const uint32_t who = below(ACCOUNTS);
        const enum hs_transaction_type type = (enum hs_transaction_type)(1 + below(TYPES - 1));
        if (!sends[who] && type != HS_TRANSACTION_REVEAL) {
            add(who, type, 0, run.application.next_nonce(run.ledger, &run.addresses[who]));
            sends[who] = true;
        }
    }
}

/* -- running -------------------------------------------------------------------------- */

static struct hs_block_context draw_context(const struct hs_epoch *epoch)
{
    struct hs_state_root root;
    const bool first = run.height % EPOCH_BLOCKS == 0;
    struct hs_block_context block = {
        .epoch = run.height / EPOCH_BLOCKS,
        .height = run.height + 1,
        .parent_view = first ? 0 : run.view,
        .proposer = below(epoch->validators.count),
        .base_fee = run.application.base_fee(run.ledger, committed(&root)),
    };
    block.view = block.parent_view + 1 + (below(4) == 0 ? below(5) : 0);
    block.fee_recipient = epoch->validators.validators[block.proposer].fee_recipient;
    block.vrf_output.bytes[0] = (uint8_t)below(256);
    run.view = block.view;
    return block;
}

/* A commitment's place is its height and its index among what is in the block. */
static void keep_opening(size_t drawn, uint32_t index)
{
    struct opening *opening = &run.openings[run.opening_count++ % OPENINGS];
    *opening = (struct opening){run.senders[drawn], run.opens[drawn]};
    opening->reveal.commit_height = run.height + 1;
    opening->reveal.commit_index = index;
}

static void note_outcome(const struct hs_epoch *epoch)
{
    const uint64_t count = epoch->validators.count;
    hs_hasher_add(&run.outcomes, run.included, run.count * sizeof run.included[0]);
    hs_hasher_add(&run.outcomes, &count, sizeof count);
    hs_hasher_add(&run.outcomes, epoch->leader_weights, count * sizeof epoch->leader_weights[0]);
    uint32_t index = 0;
    for (size_t i = 0; i < run.count; i++) {
        if (run.included[i]) {
            run.included_of[run.drawn[i].type]++;
            if (run.drawn[i].type == HS_TRANSACTION_COMMIT) {
                keep_opening(i, index);
            }
            index++;
        } else {
            run.refused++;
        }
    }
}

static struct hs_state_root run_block(void)
{
    static struct hs_epoch epoch;
    struct hs_bytes valid[BLOCK_MAX];
    size_t valid_count = 0;
    struct hs_state rival, state;
    struct hs_state_root parent_root, rival_root, root;
    struct hs_amount supply;
    const struct hs_state parent = committed(&parent_root);
    if (run.application.epoch(run.ledger, parent, run.height / EPOCH_BLOCKS, &epoch) != HS_OK) {
        fail("the epoch is not known");
    }
    draw_block();
    const struct hs_block_context block = draw_context(&epoch);
    if (run.application.execute(run.ledger, parent, &block, run.transactions, run.count,
                                run.included, &rival, &rival_root) != HS_OK) {
        fail("a block can't be built");
    }
    for (size_t i = 0; i < run.count; i++) {
        if (run.included[i]) {
            valid[valid_count++] = run.transactions[i];
        }
    }
    if (run.application.execute(run.ledger, parent, &block, valid, valid_count, NULL, &state,
                                &root) != HS_OK ||
        memcmp(&root, &rival_root, sizeof root) != 0) {
        fail("builder and replica differ");
    }
    run.application.release(run.ledger, rival);
    run.application.commit(run.ledger, state);
    if (hs_ledger_supply(run.ledger, &supply, state) != HS_OK ||
        supply.units != hs_ledger_genesis_supply(run.ledger).units) {
        fail("the supply is another one");
    }
    note_outcome(&epoch);
    run.height++;
    return root;
}

static enum hs_status write_tape(void *context, const uint8_t *data, size_t size)
{
    (void)context;
    if (size > TAPE_BYTES - run.tape_size) {
        return HS_FULL;
    }
    memcpy(run.tape + run.tape_size, data, size);
    run.tape_size += size;
    return HS_OK;
}

static enum hs_status read_tape(void *context, uint8_t *data, size_t size)
{
    (void)context;
    if (size > run.tape_size - run.tape_read) {
        return HS_CORRUPT;
    }
    memcpy(data, run.tape + run.tape_read, size);
    run.tape_read += size;
    return HS_OK;
}

/* The chain goes on from a snapshot of itself, on another ledger. */
static void restore(void)
{
    struct hs_sink sink = {.write = write_tape};
    struct hs_source source = {.read = read_tape};
    struct hs_state_root before, after;
    (void)committed(&before);
    run.tape_size = 0;
    run.tape_read = 0;
    run.application.snapshot_pin(run.ledger);
    enum hs_status status = run.application.snapshot_write(run.ledger, &sink);
    run.application.snapshot_unpin(run.ledger);
    start_ledger();
    if (status != HS_OK || run.application.restore(run.ledger, &source) != HS_OK) {
        fail("a snapshot can't be restored");
    }
    (void)committed(&after);
    if (memcmp(&before, &after, sizeof after) != 0) {
        fail("a snapshot is another state");
    }
    run.restored++;
}

/* -- printing ----------------------------------------------------------------------------- */

static void print_hex(const uint8_t bytes[], size_t size)
{
    printf("\"0x");
    for (size_t i = 0; i < size; i++) {
        printf("%02x", bytes[i]);
    }
    printf("\"");
}

static void print_digest(const char *name, struct hs_hasher *hasher, const char *end)
{
    uint8_t digest[HS_HASH_BYTES];
    hs_hasher_end(hasher, digest);
    printf("  \"%s\": ", name);
    print_hex(digest, sizeof digest);
    printf("%s\n", end);
}

int main(int argc, char **argv)
{
    uint8_t map_seed[HS_ID_MAP_SEED_BYTES] = {0};
    uint64_t number = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    memcpy(map_seed, &number, sizeof number);
    setlocale(LC_ALL, "");
    tzset();
    if (hs_crypto_start() != HS_OK) {
        return EXIT_FAILURE;
    }
    run.random = hs_random_of(SEED, 1);
    make_accounts();
    configure(map_seed);
    start_ledger();
    hs_hasher_begin(&run.roots, "hotstuff/test/roots");
    hs_hasher_begin(&run.outcomes, "hotstuff/test/outcomes");
    printf("{\n  \"roots\": {\n");
    while (run.height < BLOCK_COUNT) {
        const struct hs_state_root root = run_block();
        hs_hasher_add(&run.roots, root.bytes, sizeof root.bytes);
        if (run.height % SHOWN_EVERY == 0) {
            printf("    \"%" PRIu64 "\": ", run.height);
            print_hex(root.bytes, sizeof root.bytes);
            printf("%s\n", run.height < BLOCK_COUNT ? "," : "");
        }
        if (run.height % RESTORED_EVERY == 0) {
            restore();
        }
    }
    printf("  },\n  \"included_by_type\": {");
    for (uint32_t type = 1; type < TYPES; type++) {
        printf("%s\"%" PRIu32 "\": %" PRIu64, type > 1 ? ", " : "", type, run.included_of[type]);
    }
    printf("},\n  \"transactions_refused\": %" PRIu64 ",\n", run.refused);
    printf("  \"snapshots_restored\": %" PRIu64 ",\n", run.restored);
    print_digest("outcomes_digest", &run.outcomes, ",");
    print_digest("roots_digest", &run.roots, "");
    printf("}\n");
    free(run.memory);
    return EXIT_SUCCESS;
}
