/* A ledger with epochs, its validators, and a chain of blocks on it, for the tests of staking.
 *
 * Each block is built first, with what is not valid left out, and then executed once more as a replica
 * does: both come to one root. The supply is summed up after each.
 */
#ifndef HS_TESTS_STAKING_FIXTURE_H
#define HS_TESTS_STAKING_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consensus/validator_set.h"
#include "crypto/keys.h"
#include "ledger/ledger.h"

/* A test may set these before. */
#ifndef OPERATORS
#define OPERATORS        8u
#define VALIDATORS       4u /* of a set, at most */
#define BATCH_MAX        8u /* transactions of a block */
#define OVERLAY_ACCOUNTS 64u
#define OVERLAY_RECORDS  4096u
#define COMMITS          16u
#define COMMIT_WINDOW    100u
#define UNBONDING_EPOCHS 2u
#define EVIDENCE_EPOCHS  2u
#endif
#define EPOCH_BLOCKS 3u
#define STAKE_MIN    100u
#define BALANCE      1000000u
#define FEE          1000u

static struct hs_account_key operators[OPERATORS];

struct staking_world {
    void *memory;
    struct hs_ledger *ledger;
    struct hs_application app;
    uint64_t height; /* of the last block */
    uint64_t view;   /* of the next one, in its epoch; its parent's is one less */
    uint32_t proposer;
};

/* Keys are told apart by a number; nobody executes a signature. */
static inline struct hs_validator_keys keys_of(uint32_t number)
{
    struct hs_validator_keys keys = {.address = {.text = "127.0.0.1:1"}};
    memset(keys.bls_public_key.bytes, 0xb5, sizeof keys.bls_public_key.bytes);
    memset(keys.network_key.bytes, 0x4e, sizeof keys.network_key.bytes);
    memcpy(keys.bls_public_key.bytes, &number, sizeof number);
    memcpy(keys.network_key.bytes, &number, sizeof number);
    keys.possession.bytes[0] = 0x80; /* in form */
    keys.possession.bytes[95] = 1;
    memset(keys.fee_recipient.bytes, 0xfe, sizeof keys.fee_recipient.bytes);
    return keys;
}

static inline void make_operators(void)
{
    assert_int_equal(hs_crypto_start(), HS_OK);
    for (uint32_t i = 0; i < OPERATORS; i++) {
        const uint8_t seed[32] = {7, (uint8_t)i, (uint8_t)(i >> 8)};
        assert_int_equal(hs_account_key_make(&operators[i], seed), HS_OK);
    }
}

/* The first `validator_count` operators are the validators of genesis: operator i has keys i and stakes
 * 100 * (i + 1). */
static inline struct staking_world staking_start(uint32_t validator_count, uint64_t epoch_blocks,
                                                 enum hs_leader_election election)
{
    static struct hs_genesis_account accounts[OPERATORS];
    static struct hs_genesis_validator validators[OPERATORS];
    make_operators();
    for (uint32_t i = 0; i < OPERATORS; i++) {
        accounts[i] = (struct hs_genesis_account){operators[i].address, {BALANCE}};
        validators[i] =
            (struct hs_genesis_validator){operators[i].address, keys_of(i), {STAKE_MIN * (i + 1)}};
    }
    struct hs_ledger_config config = {
        .accounts = accounts,
        .account_count = OPERATORS,
        .validators = validators,
        .validator_count = validator_count,
        .election = election,
        .accounts_max = OPERATORS + 2,
        .states_max = 4,
        .overlay_accounts_max = OVERLAY_ACCOUNTS,
        .overlay_records_max = OVERLAY_RECORDS,
    };
    memset(config.chain_id.bytes, 0xcc, HS_HASH_BYTES);
    hs_ledger_parameters_default(&config.parameters);
    config.parameters.fees.gas_limit = HS_BLOCK_GAS_MAX;
    config.parameters.commits.total_max = COMMITS;
    config.parameters.commits.window_blocks = COMMIT_WINDOW;
    config.parameters.staking = (struct hs_staking_parameters){
        .epoch_blocks = epoch_blocks,
        .stake_min = {STAKE_MIN},
        .validators_max = VALIDATORS,
        .unbonding_epochs = UNBONDING_EPOCHS,
        .slash_per_mille = 50,
        .jail_epochs = 2,
        .evidence_epochs = EVIDENCE_EPOCHS,
    };
    struct staking_world world = {.view = 1};
    world.memory = calloc(1, hs_ledger_footprint(&config));
    assert_non_null(world.memory);
    assert_int_equal(hs_ledger_new(&world.ledger, world.memory, &config), HS_OK);
    hs_ledger_application(world.ledger, &world.app);
    return world;
}

static inline void staking_finish(struct staking_world *world)
{
    free(world->memory);
}

static inline struct hs_state staking_state(struct staking_world *world)
{
    struct hs_state_root root;
    return world->app.committed(world->ledger, &root);
}

static inline uint64_t staking_epoch(const struct staking_world *world)
{
    return world->height / EPOCH_BLOCKS;
}

static inline void assert_whole_supply(struct staking_world *world)
{
    struct hs_amount supply;
    assert_int_equal(hs_ledger_supply(world->ledger, &supply, staking_state(world)), HS_OK);
    assert_true(supply.units == hs_ledger_genesis_supply(world->ledger).units);
}

static inline struct hs_transaction staking_transaction(struct staking_world *world,
                                                        uint32_t sender,
                                                        enum hs_transaction_type type)
{
    struct hs_account account;
    hs_ledger_account(world->ledger, &account, &operators[sender].address);
    struct hs_transaction transaction = {
        .type = type,
        .sender = operators[sender].public_key,
        .nonce = account.nonce,
        .max_fee = {FEE},
    };
    memset(transaction.chain_id.bytes, 0xcc, HS_HASH_BYTES);
    return transaction;
}

static inline struct hs_block_context staking_context(struct staking_world *world)
{
    struct hs_block_context block = {
        .epoch = staking_epoch(world),
        .height = world->height + 1,
        .view = world->view,
        .parent_view = world->height % EPOCH_BLOCKS == 0 ? 0 : world->view - 1,
        .proposer = world->proposer,
        .base_fee = world->app.base_fee(world->ledger, staking_state(world)),
    };
    block.vrf_output.bytes[0] = (uint8_t)world->height;
    return block;
}

/* Builds, replicates and commits a block; the candidates that are valid are in it. */
static inline void staking_block(struct staking_world *world,
                                 const struct hs_transaction transactions[], size_t count,
                                 bool included[])
{
    static uint8_t encoded[BATCH_MAX][HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_bytes bytes[BATCH_MAX], valid[BATCH_MAX];
    struct hs_state state, replica, parent = staking_state(world);
    struct hs_state_root root, same;
    size_t valid_count = 0;
    assert_true(count <= BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        bytes[i].data = encoded[i];
        bytes[i].size = hs_transaction_encode(encoded[i], sizeof encoded[i], &transactions[i]);
    }
    struct hs_block_context block = staking_context(world);
    assert_int_equal(
        world->app.execute(world->ledger, parent, &block, bytes, count, included, &state, &root),
        HS_OK);
    for (size_t i = 0; i < count; i++) {
        if (included[i]) {
            valid[valid_count++] = bytes[i];
        }
    }
    assert_int_equal(world->app.execute(world->ledger, parent, &block, valid, valid_count, NULL,
                                        &replica, &same),
                     HS_OK);
    assert_memory_equal(root.bytes, same.bytes, HS_HASH_BYTES);
    world->app.release(world->ledger, replica);
    world->app.commit(world->ledger, state);
    world->height++;
    world->view = world->height % EPOCH_BLOCKS == 0 ? 1 : world->view + 1;
    assert_whole_supply(world);
}

static inline void staking_blocks(struct staking_world *world, uint32_t count)
{
    bool none[1];
    for (uint32_t i = 0; i < count; i++) {
        staking_block(world, NULL, 0, none);
    }
}

static inline void staking_epochs(struct staking_world *world, uint32_t count)
{
    staking_blocks(world, count * EPOCH_BLOCKS - (uint32_t)(world->height % EPOCH_BLOCKS));
}

/* Valid when admission says so, and a block has it or not accordingly. Returns what admission said. */
static inline enum hs_status staking_send(struct staking_world *world,
                                          const struct hs_transaction *transaction)
{
    uint8_t encoded[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_transaction_encode(encoded, sizeof encoded, transaction);
    enum hs_status status = world->app.admit(world->ledger, (struct hs_bytes){encoded, size});
    bool included[1];
    staking_block(world, transaction, 1, included);
    assert_int_equal(included[0], status == HS_OK);
    return status;
}

static inline const struct hs_epoch *staking_set(struct staking_world *world, uint64_t number)
{
    static struct hs_epoch epoch;
    assert_int_equal(world->app.epoch(world->ledger, staking_state(world), number, &epoch), HS_OK);
    assert_int_equal(hs_validator_set_check(&epoch.validators), HS_OK);
    assert_true(epoch.validators.epoch == number);
    assert_true(epoch.last_height == (number + 1) * EPOCH_BLOCKS);
    assert_true(epoch.first_height == number * EPOCH_BLOCKS + 1);
    return &epoch;
}

/* Has the set exactly these keys with these weights, in this order? */
static inline void assert_set(struct staking_world *world, uint64_t number, size_t count,
                              const uint32_t key_numbers[], const uint64_t weights[])
{
    const struct hs_epoch *epoch = staking_set(world, number);
    assert_int_equal(epoch->validators.count, count);
    for (size_t i = 0; i < count; i++) {
        struct hs_validator_keys keys = keys_of(key_numbers[i]);
        assert_memory_equal(&epoch->validators.validators[i].bls_public_key, &keys.bls_public_key,
                            sizeof keys.bls_public_key);
        assert_memory_equal(&epoch->validators.validators[i].network_key, &keys.network_key,
                            sizeof keys.network_key);
        assert_true(epoch->validators.validators[i].weight == weights[i]);
    }
}

static inline uint64_t balance_of(struct staking_world *world, uint32_t number)
{
    struct hs_account account;
    hs_ledger_account(world->ledger, &account, &operators[number].address);
    return account.balance.units;
}

#endif
