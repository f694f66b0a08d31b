/* The checker of ordering: right chains, and chains that are wrong in one thing each. */
#include "tests/unit/checked_things.h"

#include "sim/check_order.h"
#include "sim/private_transfer.h"

#define WINDOW     3u
#define OF_SENDER  2u
#define TOTAL      4u
#define BASE_FEE   10u
#define DEPOSIT    1000u
#define COMMIT_GAS 2u
#define REVEAL_GAS 3u
#define SLASHED    5u

/* A chain as it grows, with what its checker says. */
struct chain {
    struct hs_check check;
    struct hs_check_order *order;
    struct hs_block last;
    uint64_t slashed; /* by punishments, up to the next block */
    uint8_t payload[8192];
    struct hs_writer writer; /* of the block that is being made */
};

static int begin_small(void **state)
{
    (void)state;
    if (hs_crypto_start() != HS_OK) {
        return -1;
    }
    hs_cluster_make(&cluster, &(struct hs_cluster_config){
                                  .node_count = NODES,
                                  .account_count = 4,
                                  .commits = {WINDOW, OF_SENDER, TOTAL},
                              });
    return 0;
}

static struct chain *new_chain(void)
{
    struct chain *chain = calloc(1, sizeof(*chain));
    assert_non_null(chain);
    chain->check = new_check();
    chain->order = hs_check_order_new(&cluster);
    chain->last = cluster.genesis;
    chain->writer = hs_writer_over(chain->payload, sizeof(chain->payload));
    return chain;
}

static void free_chain(struct chain *chain)
{
    hs_check_order_free(chain->order);
    hs_check_release(&chain->check);
    free(chain);
}

static void add(struct chain *chain, const uint8_t *bytes, size_t size)
{
    hs_write_u32(&chain->writer, (uint32_t)size);
    hs_write_bytes(&chain->writer, bytes, size);
    assert_false(chain->writer.failed);
}

static void add_transfer(struct chain *chain)
{
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    struct hs_cluster_transfer transfer = {.from = 0, .to = 1, .amount = 1};
    hs_cluster_transfer_encode(bytes, &cluster, &transfer);
    add(chain, bytes, sizeof(bytes));
}

/* Of an account, number `nonce`: all of them are of the same salt. */
static struct hs_private_transfer transfer_of(uint32_t from, uint64_t nonce)
{
    struct hs_private_transfer transfer = {
        .from = from,
        .commit_nonce = nonce,
        .inner = {.recipient = cluster.accounts[3].address, .amount = {7}},
    };
    return transfer;
}

static void add_commit(struct chain *chain, uint32_t from, uint64_t nonce)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_private_transfer transfer = transfer_of(from, nonce);
    add(chain, bytes, hs_private_commit_encode(bytes, &cluster, &transfer, 0));
}

static void add_reveal_of(struct chain *chain, const struct hs_private_transfer *transfer,
                          uint64_t height, uint32_t index)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    const struct hs_commit_place place = {height, index};
    add(chain, bytes, hs_private_reveal_encode(bytes, &cluster, transfer, &place, 99, 0));
}

static void add_reveal(struct chain *chain, uint32_t from, uint64_t nonce, uint64_t height,
                       uint32_t index)
{
    struct hs_private_transfer transfer = transfer_of(from, nonce);
    add_reveal_of(chain, &transfer, height, index);
}

/* The block of all that was added, committed. */
static void commit_at(struct chain *chain, uint64_t base_fee)
{
    struct hs_qc qc = {.block_id = chain->last.id};
    struct hs_block block = make_block(&chain->last, &qc, chain->last.header.view + 1);
    block.header.base_fee.units = base_fee;
    hs_block_id_of(&block.id, &block.header, NODES);
    hs_check_order_block(chain->order, &block.id,
                         (struct hs_bytes){chain->payload, chain->writer.offset});
    hs_check_order_committed(chain->order, &chain->check, &block, chain->slashed);
    hs_check_order_committed(chain->order, &chain->check, &block,
                             chain->slashed); /* by another node */
    chain->last = block;
    chain->writer = hs_writer_over(chain->payload, sizeof(chain->payload));
}

static void commit(struct chain *chain)
{
    commit_at(chain, BASE_FEE);
}

static void finish(struct chain *chain, const char *wrong)
{
    if (wrong == NULL) {
        assert_right(&chain->check);
    } else {
        assert_found(&chain->check, "order", wrong);
    }
    free_chain(chain);
}

/* Two commitments of two accounts at (1, 0) and (1, 1), and one at (2, 1). */
static struct chain *chain_of_three(void)
{
    struct chain *chain = new_chain();
    add_commit(chain, 0, 0);
    add_commit(chain, 1, 0);
    commit(chain);
    add_transfer(chain);
    add_commit(chain, 2, 5);
    commit(chain);
    return chain;
}

/* M2, M3 */
static void reveals_that_stand_well_are_right(void **state)
{
    (void)state;
    struct chain *chain = chain_of_three();
    add_reveal(chain, 0, 0, 1, 0);
    add_reveal(chain, 1, 0, 1, 1);
    add_reveal(chain, 2, 5, 2, 1);
    add_transfer(chain);
    add_commit(chain, 0, 8);
    commit(chain);
    add_reveal(chain, 0, 8, 3, 4);
    commit(chain);
    struct hs_check_order_counts counts = hs_check_order_count(chain->order);
    assert_true(counts.commits == 4 && counts.reveals == 4 && counts.expired == 0);
    finish(chain, NULL);
}

/* M3 */
static void a_reveal_behind_a_later_one_is_found(void **state)
{
    (void)state;
    struct chain *chain = chain_of_three();
    add_reveal(chain, 1, 0, 1, 1);
    add_reveal(chain, 0, 0, 1, 0);
    commit(chain);
    finish(chain, "M3");
    chain = chain_of_three();
    add_reveal(chain, 2, 5, 2, 1);
    add_reveal(chain, 1, 0, 1, 1);
    commit(chain);
    finish(chain, "M3");
}

/* M3 */
static void a_reveal_behind_something_else_is_found(void **state)
{
    (void)state;
    struct chain *chain = chain_of_three();
    add_transfer(chain);
    add_reveal(chain, 0, 0, 1, 0);
    commit(chain);
    finish(chain, "M3");
    chain = chain_of_three();
    add_commit(chain, 0, 8);
    add_reveal(chain, 0, 0, 1, 0);
    commit(chain);
    finish(chain, "M3");
}

/* M2 */
static void a_reveal_of_something_else_is_found(void **state)
{
    (void)state;
    struct hs_private_transfer wrong[4];
    for (size_t i = 0; i < 4; i++) {
        wrong[i] = transfer_of(0, 0);
    }
    wrong[0].from = 1;
    wrong[1].salt[31] = 1;
    wrong[2].inner.amount.units++;
    wrong[3].inner.recipient = cluster.accounts[2].address;
    for (size_t i = 0; i < 4; i++) {
        struct chain *chain = chain_of_three();
        add_reveal_of(chain, &wrong[i], 1, 0);
        commit(chain);
        finish(chain, "M2");
    }
}

/* M2 */
static void a_reveal_of_what_does_not_wait_is_found(void **state)
{
    (void)state;
    struct chain *chain = chain_of_three();
    add_reveal(chain, 0, 0, 2, 0);
    commit(chain);
    finish(chain, "M2");
    chain = chain_of_three();
    add_reveal(chain, 0, 0, 1, 0);
    commit(chain);
    add_reveal(chain, 0, 0, 1, 0); /* again */
    commit(chain);
    finish(chain, "M2");
    chain = new_chain();
    add_commit(chain, 0, 0);
    add_reveal(chain, 0, 0, 1, 0); /* in its own block */
    commit(chain);
    finish(chain, "M");
}

/* M2, M4 */
static void a_window_has_a_first_and_a_last_block(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        struct chain *chain = new_chain();
        add_commit(chain, 0, 0);
        commit(chain);
        for (unsigned i = 1; i < WINDOW + late; i++) {
            commit(chain);
        }
        add_reveal(chain, 0, 0, 1, 0);
        commit(chain);
        finish(chain, late > 0 ? "M2" : NULL);
    }
}

/* M1 */
static void more_commitments_than_may_wait_are_found(void **state)
{
    (void)state;
    for (uint32_t accounts = 1; accounts <= 3; accounts += 2) {
        uint64_t most = accounts == 1 ? OF_SENDER : TOTAL;
        for (uint64_t count = most; count <= most + 1; count++) {
            struct chain *chain = new_chain();
            for (uint64_t i = 0; i < count; i++) {
                add_commit(chain, (uint32_t)(i % accounts), i);
            }
            commit(chain);
            finish(chain, count > most ? "M1" : NULL);
        }
    }
}

/* M4, F4, P8: whichever of the two gets there first. */
static void ledgers_are_held_against_the_chain(void **state)
{
    (void)state;
    const uint64_t paid = 2 * COMMIT_GAS * BASE_FEE + REVEAL_GAS * BASE_FEE;
    const struct {
        uint32_t waiting;
        uint64_t burned;
        uint64_t slashed;
        const char *wrong;
    } cases[] = {
        {0, paid + DEPOSIT, 0, NULL},
        {1, paid + DEPOSIT, 0, "M4"},
        {0, paid, 0, "F4"},
        {0, paid + DEPOSIT + 1, 0, "F4"},
        {0, paid + 2 * DEPOSIT, 0, "F4"},
        {0, paid + DEPOSIT + SLASHED, SLASHED, NULL},
        {0, paid + DEPOSIT, SLASHED, "F4"},
        {0, paid + DEPOSIT + SLASHED + 1, SLASHED, "F4"},
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        bool ledger_first = i % 2 == 0;
        struct hs_amount burned = {cases[i / 2].burned};
        uint32_t waiting = cases[i / 2].waiting;
        struct chain *chain = new_chain();
        chain->slashed = cases[i / 2].slashed;
        add_commit(chain, 0, 0);
        add_commit(chain, 1, 0);
        commit(chain);
        add_reveal(chain, 0, 0, 1, 0);
        commit(chain);
        for (uint64_t height = 3; height <= WINDOW + 1; height++) {
            commit(chain);
        }
        if (ledger_first) {
            hs_check_order_ledger(chain->order, &chain->check, 2, WINDOW + 2, waiting, burned);
        }
        commit(chain);
        if (!ledger_first) {
            hs_check_order_ledger(chain->order, &chain->check, 2, WINDOW + 2, waiting, burned);
        }
        finish(chain, cases[i / 2].wrong);
    }
}

/* F3 */
static void another_base_fee_is_found(void **state)
{
    (void)state;
    struct chain *chain = new_chain();
    commit(chain);
    commit_at(chain, BASE_FEE + 1);
    finish(chain, "F3");
    chain = new_chain();
    commit_at(chain, BASE_FEE - 1);
    finish(chain, "F3");
}

/* F4 */
static void a_transaction_that_offers_too_little_is_found(void **state)
{
    (void)state;
    for (uint64_t short_of = 0; short_of < 2; short_of++) {
        struct chain *chain = new_chain();
        cluster.max_fee.units -= short_of;
        add_commit(chain, 0, 0);
        cluster.max_fee.units += short_of;
        commit(chain);
        finish(chain, short_of > 0 ? "F4" : NULL);
    }
}

static void commitments_are_found_by_sender_and_nonce(void **state)
{
    (void)state;
    struct chain *chain = chain_of_three();
    struct hs_commit_place place;
    const struct hs_ed25519_public_key *sender = &cluster.account_keys[2].public_key;
    assert_false(hs_check_order_place(chain->order, &place, sender, 0));
    assert_true(hs_check_order_place(chain->order, &place, sender, 5));
    assert_true(place.height == 2 && place.index == 1);
    add_reveal(chain, 2, 5, 2, 1);
    commit(chain);
    assert_false(hs_check_order_place(chain->order, &place, sender, 5));
    finish(chain, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reveals_that_stand_well_are_right),
        cmocka_unit_test(a_reveal_behind_a_later_one_is_found),
        cmocka_unit_test(a_reveal_behind_something_else_is_found),
        cmocka_unit_test(a_reveal_of_something_else_is_found),
        cmocka_unit_test(a_reveal_of_what_does_not_wait_is_found),
        cmocka_unit_test(a_window_has_a_first_and_a_last_block),
        cmocka_unit_test(more_commitments_than_may_wait_are_found),
        cmocka_unit_test(ledgers_are_held_against_the_chain),
        cmocka_unit_test(another_base_fee_is_found),
        cmocka_unit_test(a_transaction_that_offers_too_little_is_found),
        cmocka_unit_test(commitments_are_found_by_sender_and_nonce),
    };
    return cmocka_run_group_tests(tests, begin_small, NULL);
}
