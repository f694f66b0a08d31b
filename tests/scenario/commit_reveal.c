/* Commitments and reveals in whole nodes: pools hold them, leaders put them in order, and all agree. */
#include "tests/scenario/scenario.h"
#include "wire/payload.h"

#define SENDERS  6u
#define AMOUNT   5u
#define COMMITS  0u /* nonces of a sender */
#define REVEALS  1u
#define OTHERS   2u
#define OFFERED  (2u * SENDERS)
#define GAS_MOST 3u

struct watch {
    bool lose_proposals;
    bool reveals_stood_first; /* in a block with all of them, and with others */
};

static bool comes_before(const struct hs_commit_place *a, const struct hs_commit_place *b)
{
    return a->height < b->height || (a->height == b->height && a->index < b->index);
}

/* M3: every block that any leader proposes. */
static void watch_order(struct watch *watch, struct hs_bytes payload)
{
    static struct hs_bytes split[HS_BLOCK_TRANSACTIONS_MAX];
    size_t count = 0;
    size_t reveals = 0;
    bool others = false;
    struct hs_commit_place last = {0, 0};
    assert_int_equal(hs_payload_split(split, &count, HS_BLOCK_TRANSACTIONS_MAX, payload), HS_OK);
    for (size_t i = 0; i < count; i++) {
        struct hs_transaction transaction;
        assert_int_equal(hs_transaction_decode(&transaction, split[i]), HS_OK);
        if (transaction.type != HS_TRANSACTION_REVEAL) {
            others = true;
            continue;
        }
        const struct hs_commit_place place = {transaction.reveal.commit_height,
                                              transaction.reveal.commit_index};
        assert_false(others);
        assert_true(reveals == 0 || comes_before(&last, &place));
        last = place;
        reveals++;
    }
    watch->reveals_stood_first = watch->reveals_stood_first || (reveals == SENDERS && others);
}

static bool filter(void *context, uint32_t from, uint32_t to, const struct hs_message *message)
{
    struct watch *watch = context;
    (void)from;
    (void)to;
    if (message->type != HS_MESSAGE_PROPOSAL) {
        return true;
    }
    if (!watch->lose_proposals) {
        watch_order(watch, message->proposal.payload);
    }
    return !watch->lose_proposals;
}

/* To every node: all pools hold it. */
static void submit(struct hs_world *world, struct hs_transaction *transaction, uint32_t from,
                   uint64_t tip)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    transaction->chain_id = cluster->chain_id;
    transaction->max_fee.units = GAS_MOST * cluster->max_fee.units + tip;
    transaction->max_tip.units = tip;
    hs_transaction_sign(transaction, &cluster->account_keys[from].secret_key);
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_transaction_encode(bytes, sizeof bytes, transaction);
    assert_int_equal(hs_world_submit_bytes(world, 0, (struct hs_bytes){bytes, size}), HS_OK);
}

static struct hs_transaction reveal_of(const struct hs_world *world, uint32_t from)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_REVEAL,
        .chain_id = cluster->chain_id,
        .sender = cluster->account_keys[from].public_key,
        .nonce = REVEALS,
        .reveal.inner = {.recipient = cluster->accounts[SENDERS].address, .amount = {AMOUNT}},
    };
    memset(transaction.reveal.salt, (int)from + 1, sizeof transaction.reveal.salt);
    return transaction;
}

static void submit_commit(struct hs_world *world, uint32_t from)
{
    struct hs_transaction transaction = reveal_of(world, from);
    struct hs_commitment commitment;
    hs_transaction_commitment(&commitment, &transaction, COMMITS);
    transaction.type = HS_TRANSACTION_COMMIT;
    transaction.nonce = COMMITS;
    transaction.commitment = commitment;
    submit(world, &transaction, from, 1);
}

/* Where the only commitment of a sender waits. */
static struct hs_commit_place place_of(struct hs_world *world, uint32_t from)
{
    const struct hs_address *sender = &hs_world_cluster(world)->accounts[from].address;
    struct hs_commit_place place;
    for (place.height = 1; place.height <= hs_world_height(world, 0); place.height++) {
        for (place.index = 0; place.index < SENDERS; place.index++) {
            struct hs_commit commit;
            if (hs_ledger_find_commit(hs_world_ledger(world, 0), &commit, &place) == HS_OK &&
                memcmp(commit.sender.bytes, sender->bytes, HS_ADDRESS_BYTES) == 0) {
                return place;
            }
        }
    }
    fail_msg("the commitment of %" PRIu32 " does not wait", from);
    return place;
}

static void run_to_transactions(struct hs_world *world, uint64_t count)
{
    uint64_t end_ns = hs_world_now_ns(world) + 60 * SECOND_NS;
    for (uint32_t i = 0; i < 4; i++) {
        while (counters_of(world, i).transactions_committed < count) {
            assert_true(hs_world_now_ns(world) < end_ns);
            assert_true(hs_world_step(world));
            assert_holds(world);
        }
    }
}

/* The later a commitment was made, the more its reveal offers, and what is no reveal offers most. */
static void submit_against_the_order(struct hs_world *world)
{
    for (uint32_t from = 0; from < SENDERS; from++) {
        struct hs_transaction shown = reveal_of(world, from);
        struct hs_commit_place place = place_of(world, from);
        shown.reveal.commit_height = place.height;
        shown.reveal.commit_index = place.index;
        submit(world, &shown, from, 1000 * place.height + 10 * place.index);
        struct hs_transaction other = {
            .type = HS_TRANSACTION_TRANSFER,
            .nonce = OTHERS,
            .transfer = shown.reveal.inner,
        };
        submit(world, &other, from, 100000);
    }
}

/* M1, M2, M3 */
static void leaders_put_reveals_first_whatever_others_offer(void **state)
{
    (void)state;
    struct hs_world_config config;
    hs_world_config_default(&config, 4, 1);
    config.cluster.account_count = SENDERS + 1;
    struct hs_world *world = hs_world_new(&config);
    struct watch watch = {.lose_proposals = false};
    hs_world_set_filter(world, filter, &watch);
    hs_world_start_all(world);
    for (uint32_t from = 0; from < SENDERS; from++) {
        submit_commit(world, from);
    }
    run_to_transactions(world, SENDERS);
    assert_int_equal(hs_ledger_commits_waiting(hs_world_ledger(world, 0)), SENDERS);

    watch.lose_proposals = true;
    submit_against_the_order(world);
    run_for(world, 200 * MILLISECOND_NS);
    watch.lose_proposals = false;
    run_to_transactions(world, SENDERS + OFFERED);
    assert_true(watch.reveals_stood_first);
    for (uint32_t i = 0; i < 4; i++) {
        struct hs_account account;
        struct hs_ledger *ledger = hs_world_ledger(world, i);
        const struct hs_genesis_account *paid = &hs_world_cluster(world)->accounts[SENDERS];
        hs_ledger_account(ledger, &account, &paid->address);
        assert_true(account.balance.units == paid->balance.units + OFFERED * AMOUNT);
        assert_int_equal(hs_ledger_commits_waiting(ledger), 0);
    }
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaders_put_reveals_first_whatever_others_offer),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
