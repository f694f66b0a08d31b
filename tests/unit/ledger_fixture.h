/* A ledger of a few accounts, and blocks on it, for the tests of hs_ledger.
 */
#ifndef HS_TESTS_LEDGER_FIXTURE_H
#define HS_TESTS_LEDGER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keys.h"
#include "ledger/ledger.h"

#define ACCOUNTS  6u
#define BASE_FEE  10u
#define BLOCK_MAX 32u /* transactions of a block here */

static struct hs_account_key keys[ACCOUNTS];

struct fixture {
    void *memory;
    struct hs_ledger *ledger;
    struct hs_application app;
    uint64_t height; /* of the block that the next one stands on */
};

/* The first `count` accounts own `balance` each; there is room for all keys and two more. The base
 * fee begins at its least, so that it stays there unless a block is more than half full. */
static inline struct hs_ledger_config config_of(struct hs_genesis_account accounts[ACCOUNTS],
                                                size_t count, uint64_t balance)
{
    for (size_t i = 0; i < count; i++) {
        accounts[i] = (struct hs_genesis_account){keys[i].address, {balance}};
    }
    struct hs_ledger_config config = {
        .accounts = accounts,
        .account_count = count,
        .accounts_max = ACCOUNTS + 2,
        .states_max = 5,
        .overlay_accounts_max = 64,
        .overlay_records_max = 64,
    };
    memset(config.chain_id.bytes, 0xcc, HS_HASH_BYTES);
    hs_ledger_parameters_default(&config.parameters);
    config.parameters.fees.base_fee.units = BASE_FEE;
    config.parameters.fees.base_fee_min.units = BASE_FEE;
    return config;
}

static inline struct fixture start_with(const struct hs_ledger_config *config)
{
    struct fixture fixture = {.height = 0};
    fixture.memory = calloc(1, hs_ledger_footprint(config));
    assert_non_null(fixture.memory);
    assert_int_equal(hs_ledger_new(&fixture.ledger, fixture.memory, config), HS_OK);
    hs_ledger_application(fixture.ledger, &fixture.app);
    return fixture;
}

static inline struct fixture start(size_t count, uint64_t balance)
{
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_ledger_config config = config_of(accounts, count, balance);
    return start_with(&config);
}

/* Pays the base fee and no tip unless the caller changes it. Unsigned. */
static inline struct hs_transaction transfer(size_t from, uint64_t nonce, size_t to,
                                             uint64_t amount)
{
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_TRANSFER,
        .sender = keys[from].public_key,
        .nonce = nonce,
        .transfer = {.recipient = keys[to].address, .amount = {amount}},
        .max_fee = {BASE_FEE},
    };
    memset(transaction.chain_id.bytes, 0xcc, HS_HASH_BYTES);
    return transaction;
}

/* Executes a block; its fee recipient is the last key's account. */
static inline enum hs_status execute(struct fixture *fixture, struct hs_state parent,
                                     const struct hs_transaction transactions[], size_t count,
                                     bool included[], struct hs_state *state,
                                     struct hs_state_root *root)
{
    static uint8_t encoded[BLOCK_MAX][HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_bytes bytes[BLOCK_MAX];
    assert_true(count <= BLOCK_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t size = hs_transaction_encode(encoded[i], sizeof encoded[i], &transactions[i]);
        bytes[i] = (struct hs_bytes){encoded[i], size};
    }
    struct hs_block_context block = {
        .height = fixture->height + 1,
        .fee_recipient = keys[ACCOUNTS - 1].address,
        .base_fee = fixture->app.base_fee(fixture->ledger, parent),
    };
    return fixture->app.execute(fixture->ledger, parent, &block, bytes, count, included, state,
                                root);
}

static inline struct hs_state committed(struct fixture *fixture)
{
    struct hs_state_root root;
    return fixture->app.committed(fixture->ledger, &root);
}

static inline struct hs_state_root committed_root(struct fixture *fixture)
{
    struct hs_state_root root;
    fixture->app.committed(fixture->ledger, &root);
    return root;
}

/* A block of one transfer on the committed state. */
static inline enum hs_status run(struct fixture *fixture, const struct hs_transaction *transaction)
{
    struct hs_state state;
    struct hs_state_root root;
    enum hs_status status =
        execute(fixture, committed(fixture), transaction, 1, NULL, &state, &root);
    if (status == HS_OK) {
        fixture->app.commit(fixture->ledger, state);
        assert_memory_equal(committed_root(fixture).bytes, root.bytes, HS_HASH_BYTES);
    }
    return status;
}

static inline struct hs_account account(struct fixture *fixture, size_t index)
{
    struct hs_account account;
    hs_ledger_account(fixture->ledger, &account, &keys[index].address);
    return account;
}

static inline void assert_account(struct fixture *fixture, size_t index, uint64_t balance,
                                  uint64_t nonce)
{
    struct hs_account found = account(fixture, index);
    assert_true(found.balance.units == balance);
    assert_true(found.nonce == nonce);
}

static inline void assert_supply_holds(struct fixture *fixture, struct hs_state state)
{
    struct hs_amount supply;
    assert_int_equal(hs_ledger_supply(fixture->ledger, &supply, state), HS_OK);
    assert_true(supply.units == hs_ledger_genesis_supply(fixture->ledger).units);
}

static inline void finish(struct fixture *fixture)
{
    assert_supply_holds(fixture, committed(fixture));
    free(fixture->memory);
}

/* The keys are the same in every run. */
static inline bool make_keys(void)
{
    bool made = hs_crypto_start() == HS_OK;
    for (uint8_t i = 0; i < ACCOUNTS; i++) {
        const uint8_t seed[32] = {(uint8_t)(i + 1)};
        made = made && hs_account_key_make(&keys[i], seed) == HS_OK;
    }
    return made;
}

#endif
