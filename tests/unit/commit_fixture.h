/* Commitments and reveals on a ledger of a few accounts, block after block.
 */
#ifndef HS_TESTS_COMMIT_FIXTURE_H
#define HS_TESTS_COMMIT_FIXTURE_H

#include "ledger/commits.h"
#include "ledger_fixture.h"

#define BALANCE        10000u
#define DEPOSIT        500u
#define WINDOW         4u
#define PER_SENDER_MAX 3u
#define TOTAL_MAX      7u
#define COMMIT_FEE     (2u * BASE_FEE)
#define REVEAL_FEE     (3u * BASE_FEE)

static inline struct hs_ledger_config commit_config(struct hs_genesis_account accounts[ACCOUNTS])
{
    struct hs_ledger_config config = config_of(accounts, ACCOUNTS, BALANCE);
    config.parameters.commits = (struct hs_commit_parameters){
        .deposit = {DEPOSIT},
        .window_blocks = WINDOW,
        .per_sender_max = PER_SENDER_MAX,
        .total_max = TOTAL_MAX,
    };
    return config;
}

static inline struct fixture start_commits(void)
{
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_ledger_config config = commit_config(accounts);
    return start_with(&config);
}

/* A reveal of a transfer; pays the base fee and no tip. */
static inline struct hs_transaction reveal(size_t from, uint64_t nonce,
                                           struct hs_commit_place place, uint8_t salt, size_t to,
                                           uint64_t amount)
{
    struct hs_transaction transaction = transfer(from, nonce, to, 0);
    transaction.type = HS_TRANSACTION_REVEAL;
    transaction.reveal = (struct hs_reveal){
        .commit_height = place.height,
        .commit_index = place.index,
        .inner = {.recipient = keys[to].address, .amount = {amount}},
    };
    memset(transaction.reveal.salt, salt, sizeof transaction.reveal.salt);
    transaction.max_fee.units = REVEAL_FEE;
    return transaction;
}

/* What commits its sender to what `shown` reveals; the same. */
static inline struct hs_transaction commit_to(const struct hs_transaction *shown, uint64_t nonce)
{
    struct hs_transaction transaction = *shown;
    transaction.type = HS_TRANSACTION_COMMIT;
    transaction.nonce = nonce;
    hs_transaction_commitment(&transaction.commitment, shown, nonce);
    transaction.max_fee.units = COMMIT_FEE;
    return transaction;
}

/* A commitment of `from` to a transfer that `reveal` with these arguments opens. */
static inline struct hs_transaction commit(size_t from, uint64_t nonce, uint8_t salt, size_t to,
                                           uint64_t amount)
{
    struct hs_transaction shown = reveal(from, 0, (struct hs_commit_place){0, 0}, salt, to, amount);
    return commit_to(&shown, nonce);
}

/* The next block. HS_OK: it is committed, and the supply holds. */
static inline enum hs_status next_block(struct fixture *fixture,
                                        const struct hs_transaction transactions[], size_t count)
{
    struct hs_state state;
    struct hs_state_root root;
    enum hs_status status =
        execute(fixture, committed(fixture), transactions, count, NULL, &state, &root);
    if (status == HS_OK) {
        assert_supply_holds(fixture, state);
        fixture->app.commit(fixture->ledger, state);
        fixture->height++;
    }
    return status;
}

static inline void must_be_valid(struct fixture *fixture,
                                 const struct hs_transaction transactions[], size_t count)
{
    assert_int_equal(next_block(fixture, transactions, count), HS_OK);
}

static inline void empty_blocks(struct fixture *fixture, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        must_be_valid(fixture, NULL, 0);
    }
}

static inline enum hs_status admitted(const struct fixture *fixture,
                                      const struct hs_transaction *transaction)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_transaction_encode(bytes, sizeof bytes, transaction);
    return fixture->app.admit(fixture->ledger, (struct hs_bytes){bytes, size});
}

/* Not admitted, and a block with it changes nothing. */
static inline void assert_invalid(struct fixture *fixture, const struct hs_transaction *transaction,
                                  enum hs_status why)
{
    struct hs_state_root before = committed_root(fixture);
    assert_int_equal(admitted(fixture, transaction), why);
    assert_int_equal(next_block(fixture, transaction, 1), HS_BAD_BLOCK);
    assert_memory_equal(committed_root(fixture).bytes, before.bytes, HS_HASH_BYTES);
}

static inline uint32_t waiting(const struct fixture *fixture)
{
    return hs_ledger_commits_waiting(fixture->ledger);
}

#endif
