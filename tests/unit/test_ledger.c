/* hs_ledger: what a transfer does, what makes it invalid, and how states live and die. */
#include "ledger_fixture.h"

/* admit says why; a block that holds it is refused without a trace. */
static void assert_refused(struct fixture *fixture, const struct hs_transaction *transaction,
                           enum hs_status why)
{
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    hs_transaction_encode(bytes, sizeof bytes, transaction);
    struct hs_state_root before = committed_root(fixture);
    assert_int_equal(fixture->app.admit(fixture->ledger, (struct hs_bytes){bytes, sizeof bytes}),
                     why);
    assert_int_equal(run(fixture, transaction), HS_BAD_BLOCK);
    assert_memory_equal(committed_root(fixture).bytes, before.bytes, HS_HASH_BYTES);
}

/* -- transfers -------------------------------------------------------------------- */

static void a_transfer_moves_burns_and_tips(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 300);
    transaction.max_fee.units = BASE_FEE + 7;
    transaction.max_tip.units = 5;
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_account(&fixture, 0, 1000 - 300 - BASE_FEE - 5, 1);
    assert_account(&fixture, 1, 1300, 0);
    assert_account(&fixture, ACCOUNTS - 1, 5, 0);
    assert_true(hs_ledger_burned(fixture.ledger).units == BASE_FEE);
    assert_int_equal(hs_ledger_account_count(fixture.ledger), 3);
    finish(&fixture);
}

static void the_tip_is_what_max_fee_leaves_of_max_tip(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 0);
    transaction.max_fee.units = BASE_FEE + 3;
    transaction.max_tip.units = 5;
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_account(&fixture, 0, 1000 - BASE_FEE - 3, 1);
    assert_account(&fixture, ACCOUNTS - 1, 3, 0);
    finish(&fixture);
}

static void a_recipient_is_made_when_it_is_given_something(void **state)
{
    (void)state;
    struct fixture fixture = start(1, 1000);
    struct hs_transaction transaction = transfer(0, 0, 2, 0);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_int_equal(hs_ledger_account_count(fixture.ledger), 1);
    transaction = transfer(0, 1, 2, 1);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_int_equal(hs_ledger_account_count(fixture.ledger), 2);
    assert_account(&fixture, 2, 1, 0);
    finish(&fixture);
}

static void who_pays_himself_pays_the_fee(void **state)
{
    (void)state;
    struct fixture fixture = start(1, 1000);
    struct hs_transaction transaction = transfer(0, 0, 0, 1000 - BASE_FEE);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_account(&fixture, 0, 1000 - BASE_FEE, 1);
    finish(&fixture);
}

static void a_proposer_that_pays_itself_keeps_its_tip(void **state)
{
    (void)state;
    struct fixture fixture = start(ACCOUNTS, 1000);
    struct hs_transaction transaction = transfer(ACCOUNTS - 1, 0, ACCOUNTS - 1, 100);
    transaction.max_fee.units = BASE_FEE + 50;
    transaction.max_tip.units = 50;
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_account(&fixture, ACCOUNTS - 1, 1000 - BASE_FEE, 1);
    finish(&fixture);
}

static void a_balance_of_exactly_amount_and_fee_is_enough(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 1000 - BASE_FEE - 4);
    transaction.max_fee.units = BASE_FEE + 4;
    transaction.max_tip.units = 5;
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_account(&fixture, 0, 0, 1);
    transaction = transfer(1, 0, 0, account(&fixture, 1).balance.units - BASE_FEE + 1);
    assert_refused(&fixture, &transaction, HS_INSUFFICIENT_FUNDS);
    finish(&fixture);
}

static void an_emptied_account_keeps_its_nonce(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 1000 - BASE_FEE);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_account(&fixture, 0, 0, 1);
    assert_int_equal(hs_ledger_account_count(fixture.ledger), 2);
    assert_true(fixture.app.next_nonce(fixture.ledger, &keys[0].address) == 1);
    finish(&fixture);
}

static void a_nonce_must_be_the_next_one(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 1);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_refused(&fixture, &transaction, HS_NONCE_TOO_LOW);
    transaction.nonce = 2;
    assert_refused(&fixture, &transaction, HS_OK);
    transaction.nonce = UINT64_MAX;
    assert_refused(&fixture, &transaction, HS_NONCE_TOO_HIGH);
    finish(&fixture);
}

static void a_fee_below_the_base_fee_is_refused(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 1);
    transaction.max_fee.units = BASE_FEE - 1;
    assert_refused(&fixture, &transaction, HS_FEE_TOO_LOW);
    finish(&fixture);
}

static void sums_beyond_64_bits_are_refused(void **state)
{
    (void)state;
    struct fixture fixture = start(1, UINT64_MAX);
    struct hs_transaction transaction = transfer(0, 0, 1, UINT64_MAX);
    assert_refused(&fixture, &transaction, HS_INSUFFICIENT_FUNDS);
    transaction = transfer(0, 0, 1, UINT64_MAX - BASE_FEE + 1);
    assert_refused(&fixture, &transaction, HS_INSUFFICIENT_FUNDS);
    transaction = transfer(0, 0, 1, 1);
    transaction.max_fee.units = UINT64_MAX;
    transaction.max_tip.units = UINT64_MAX;
    assert_refused(&fixture, &transaction, HS_INSUFFICIENT_FUNDS);
    transaction = transfer(0, 0, 1, UINT64_MAX - BASE_FEE);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_account(&fixture, 1, UINT64_MAX - BASE_FEE, 0);
    finish(&fixture);
}

static void another_chains_transaction_is_refused(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 1);
    transaction.chain_id.bytes[31] ^= 1;
    assert_refused(&fixture, &transaction, HS_WRONG_CHAIN);
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    hs_transaction_encode(bytes, sizeof bytes, &transaction);
    struct hs_transaction_summary summary;
    assert_int_equal(
        fixture.app.inspect(fixture.ledger, (struct hs_bytes){bytes, sizeof bytes}, &summary),
        HS_WRONG_CHAIN);
    finish(&fixture);
}

/* By each call of the application, in a block of its own and in one that is built. */
static void assert_never_executed(struct fixture *fixture, struct hs_bytes transaction,
                                  enum hs_status expected)
{
    struct hs_transaction_summary summary;
    assert_int_equal(fixture->app.inspect(fixture->ledger, transaction, &summary), expected);
    assert_int_equal(fixture->app.admit(fixture->ledger, transaction), expected);
    bool ok = true;
    fixture->app.verify(fixture->ledger, &ok, &transaction, 1);
    assert_false(ok);
    struct hs_block_context block = {.base_fee = {BASE_FEE}};
    struct hs_state made;
    struct hs_state_root root;
    assert_int_equal(fixture->app.execute(fixture->ledger, committed(fixture), &block, &transaction,
                                          1, NULL, &made, &root),
                     HS_BAD_BLOCK);
    bool included = true;
    assert_int_equal(fixture->app.execute(fixture->ledger, committed(fixture), &block, &transaction,
                                          1, &included, &made, &root),
                     HS_OK);
    assert_false(included);
}

static void malformed_bytes_are_refused(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    const uint8_t bytes[3] = {1, 1, 0};
    assert_never_executed(&fixture, (struct hs_bytes){bytes, sizeof bytes}, HS_MALFORMED);
    finish(&fixture);
}

static void a_type_that_is_not_executed_is_refused_as_such(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 1);
    transaction.type = HS_TRANSACTION_LEAVE;
    hs_transaction_sign(&transaction, &keys[0].secret_key);
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_transaction_encode(bytes, sizeof bytes, &transaction);
    assert_never_executed(&fixture, (struct hs_bytes){bytes, size}, HS_UNSUPPORTED);
    finish(&fixture);
}

static void a_block_with_another_base_fee_is_refused(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_block_context block = {.base_fee = {BASE_FEE + 1}};
    struct hs_state made;
    struct hs_state_root root;
    assert_int_equal(fixture.app.execute(fixture.ledger, committed(&fixture), &block, NULL, 0, NULL,
                                         &made, &root),
                     HS_BAD_BLOCK);
    finish(&fixture);
}

static void a_full_ledger_makes_no_account_and_goes_on(void **state)
{
    (void)state;
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_ledger_config config = config_of(accounts, 2, 1000);
    config.accounts_max = 3;
    struct fixture fixture = start_with(&config);
    struct hs_transaction transaction = transfer(0, 0, 2, 1);
    transaction.max_fee.units = BASE_FEE + 1;
    transaction.max_tip.units = 1;
    assert_refused(&fixture, &transaction, HS_OK); /* two new ones: recipient and tip */
    transaction.transfer.recipient = keys[ACCOUNTS - 1].address; /* who gets the tip as well */
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    transaction = transfer(0, 1, 3, 1);
    assert_refused(&fixture, &transaction, HS_OK);
    transaction = transfer(0, 1, ACCOUNTS - 1, 100);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    assert_int_equal(hs_ledger_account_count(fixture.ledger), 3);
    finish(&fixture);
}

/* -- the fee market ------------------------------------------------------------------ */

/* A chain whose blocks hold 66 transfers, at 33 the base fee stays. */
static struct fixture start_small(uint64_t base_fee, uint64_t balance)
{
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_ledger_config config = config_of(accounts, 2, balance);
    config.overlay_accounts_max = 1000;
    config.parameters.fees.base_fee.units = base_fee;
    config.parameters.fees.gas_limit = HS_TRANSACTION_GAS_MAX;
    return start_with(&config);
}

/* A block of so many transfers of account 0 on the committed state, each with this max_fee. */
static enum hs_status run_transfers(struct fixture *fixture, size_t count, uint64_t max_fee)
{
    static uint8_t encoded[HS_TRANSACTION_GAS_MAX + 1][HS_TRANSACTION_TRANSFER_BYTES];
    struct hs_bytes bytes[HS_TRANSACTION_GAS_MAX + 1];
    uint64_t nonce = account(fixture, 0).nonce;
    assert_true(count <= HS_TRANSACTION_GAS_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        struct hs_transaction transaction = transfer(0, nonce + i, 1, 1);
        transaction.max_fee.units = max_fee;
        hs_transaction_encode(encoded[i], sizeof encoded[i], &transaction);
        bytes[i] = (struct hs_bytes){encoded[i], sizeof encoded[i]};
    }
    struct hs_block_context block = {.base_fee = hs_ledger_base_fee(fixture->ledger)};
    struct hs_state made;
    struct hs_state_root root;
    enum hs_status status = fixture->app.execute(fixture->ledger, committed(fixture), &block, bytes,
                                                 count, NULL, &made, &root);
    if (status == HS_OK) {
        fixture->app.commit(fixture->ledger, made);
    }
    return status;
}

/* F1 */
static void the_base_fee_follows_what_blocks_use(void **state)
{
    (void)state;
    struct fixture fixture = start_small(80, 1000000);
    assert_int_equal(run_transfers(&fixture, 66, 80), HS_OK);
    assert_true(hs_ledger_base_fee(fixture.ledger).units == 90);
    assert_true(hs_ledger_burned(fixture.ledger).units == 66 * 80);
    assert_int_equal(run_transfers(&fixture, 33, 90), HS_OK);
    assert_true(hs_ledger_base_fee(fixture.ledger).units == 90);
    assert_true(hs_ledger_burned(fixture.ledger).units == 66 * 80 + 33 * 90);
    assert_int_equal(run_transfers(&fixture, 0, 0), HS_OK);
    assert_true(hs_ledger_base_fee(fixture.ledger).units == 79);
    finish(&fixture);
}

/* F1: the root is another while the base fee falls, and the same once it has. */
static void on_an_idle_chain_the_base_fee_falls_to_its_least(void **state)
{
    (void)state;
    struct fixture fixture = start_small(80, 1000000);
    for (uint64_t base_fee = 80; base_fee > BASE_FEE;) {
        struct hs_state_root before = committed_root(&fixture);
        assert_int_equal(run_transfers(&fixture, 0, 0), HS_OK);
        uint64_t lower = base_fee - base_fee / 8;
        base_fee = lower > BASE_FEE ? lower : BASE_FEE;
        assert_true(hs_ledger_base_fee(fixture.ledger).units == base_fee);
        assert_memory_not_equal(committed_root(&fixture).bytes, before.bytes, HS_HASH_BYTES);
    }
    struct hs_state_root before = committed_root(&fixture);
    assert_int_equal(run_transfers(&fixture, 0, 0), HS_OK);
    assert_memory_equal(committed_root(&fixture).bytes, before.bytes, HS_HASH_BYTES);
    finish(&fixture);
}

/* F2 */
static void a_block_above_the_gas_limit_is_refused_and_a_builder_stops_there(void **state)
{
    (void)state;
    struct fixture fixture = start_small(80, 1000000);
    assert_int_equal(run_transfers(&fixture, 67, 80), HS_BAD_BLOCK);
    assert_account(&fixture, 0, 1000000, 0);
    static uint8_t encoded[67][HS_TRANSACTION_TRANSFER_BYTES];
    struct hs_bytes bytes[67];
    bool included[67];
    for (size_t i = 0; i < 67; i++) {
        struct hs_transaction transaction = transfer(0, i, 1, 1);
        transaction.max_fee.units = 80;
        hs_transaction_encode(encoded[i], sizeof encoded[i], &transaction);
        bytes[i] = (struct hs_bytes){encoded[i], sizeof encoded[i]};
    }
    struct hs_block_context block = {.base_fee = {80}};
    struct hs_state made;
    struct hs_state_root root;
    assert_int_equal(fixture.app.execute(fixture.ledger, committed(&fixture), &block, bytes, 67,
                                         included, &made, &root),
                     HS_OK);
    for (size_t i = 0; i < 67; i++) {
        assert_int_equal(included[i], i < 66);
    }
    finish(&fixture);
}

/* F3: on every branch the one that its own parent fixed. */
static void a_blocks_base_fee_is_the_one_its_parent_fixed(void **state)
{
    (void)state;
    struct fixture fixture = start_small(80, 1000000);
    struct hs_state genesis = committed(&fixture);
    struct hs_block_context block = {.base_fee = {80}};
    struct hs_state empty, other;
    struct hs_state_root root;
    assert_int_equal(
        fixture.app.execute(fixture.ledger, genesis, &block, NULL, 0, NULL, &empty, &root), HS_OK);
    assert_true(fixture.app.base_fee(fixture.ledger, empty).units == 70);
    assert_true(fixture.app.base_fee(fixture.ledger, genesis).units == 80);
    assert_int_equal(
        fixture.app.execute(fixture.ledger, empty, &block, NULL, 0, NULL, &other, &root),
        HS_BAD_BLOCK);
    block.base_fee.units = 70;
    assert_int_equal(
        fixture.app.execute(fixture.ledger, genesis, &block, NULL, 0, NULL, &other, &root),
        HS_BAD_BLOCK);
    assert_int_equal(
        fixture.app.execute(fixture.ledger, empty, &block, NULL, 0, NULL, &other, &root), HS_OK);
    finish(&fixture);
}

/* One whose max_fee is too low for now may wait for the base fee to fall; one that is below the
 * least there is can't. */
static void a_low_max_fee_is_admitted_when_the_base_fee_may_fall_to_it(void **state)
{
    (void)state;
    struct fixture fixture = start_small(80, 1000);
    const struct {
        uint64_t max_fee;
        uint64_t amount;
        enum hs_status expected;
    } cases[] = {
        {80, 1000 - 80, HS_OK},
        {80, 1000 - 79, HS_INSUFFICIENT_FUNDS},
        {79, 1, HS_OK},
        {BASE_FEE, 1000 - BASE_FEE, HS_OK},
        {BASE_FEE - 1, 1, HS_FEE_TOO_LOW},
        {BASE_FEE, 1000, HS_INSUFFICIENT_FUNDS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hs_transaction transaction = transfer(0, 0, 1, cases[i].amount);
        transaction.max_fee.units = cases[i].max_fee;
        uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
        hs_transaction_encode(bytes, sizeof bytes, &transaction);
        assert_int_equal(fixture.app.admit(fixture.ledger, (struct hs_bytes){bytes, sizeof bytes}),
                         cases[i].expected);
    }
    assert_int_equal(run_transfers(&fixture, 1, 79), HS_BAD_BLOCK);
    finish(&fixture);
}

/* F1, F4: the highest base fee there is, and a supply of all 64 bits. */
static void fees_at_the_edge_of_the_integers_conserve_the_supply(void **state)
{
    (void)state;
    struct fixture fixture = start_small(HS_BASE_FEE_MAX, UINT64_MAX / 2);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(run_transfers(&fixture, 66, UINT64_MAX), HS_OK);
        assert_true(hs_ledger_base_fee(fixture.ledger).units == HS_BASE_FEE_MAX);
        assert_supply_holds(&fixture, committed(&fixture));
    }
    assert_true(hs_ledger_burned(fixture.ledger).units == 3 * 66 * HS_BASE_FEE_MAX);
    finish(&fixture);
}

/* -- blocks ------------------------------------------------------------------------ */

static void transfers_of_a_block_run_in_order(void **state)
{
    (void)state;
    struct fixture fixture = start(1, 1000);
    const struct hs_transaction block[3] = {
        transfer(0, 0, 1, 500),
        transfer(1, 0, 2, 500 - BASE_FEE),
        transfer(0, 1, 2, 100),
    };
    struct hs_state made;
    struct hs_state_root root;
    assert_int_equal(execute(&fixture, committed(&fixture), block, 3, NULL, &made, &root), HS_OK);
    fixture.app.commit(fixture.ledger, made);
    assert_account(&fixture, 0, 400 - 2 * BASE_FEE, 2);
    assert_account(&fixture, 1, 0, 1);
    assert_account(&fixture, 2, 600 - BASE_FEE, 0);
    finish(&fixture);
}

/* X2 */
static void one_invalid_transfer_refuses_the_whole_block(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    const struct hs_transaction block[3] = {
        transfer(0, 0, 1, 1),
        transfer(0, 0, 1, 1),
        transfer(1, 0, 0, 1),
    };
    struct hs_state made;
    struct hs_state_root root;
    assert_int_equal(execute(&fixture, committed(&fixture), block, 3, NULL, &made, &root),
                     HS_BAD_BLOCK);
    assert_account(&fixture, 0, 1000, 0);
    finish(&fixture);
}

static void a_builder_leaves_out_what_is_invalid(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    const struct hs_transaction offered[5] = {
        transfer(0, 0, 1, 1), transfer(0, 0, 1, 2),    transfer(0, 2, 1, 3),
        transfer(0, 1, 1, 4), transfer(1, 0, 0, 5000),
    };
    const bool expected[5] = {true, false, false, true, false};
    bool included[5];
    struct hs_state built, replayed;
    struct hs_state_root built_root, replayed_root;
    struct hs_state parent = committed(&fixture);
    assert_int_equal(execute(&fixture, parent, offered, 5, included, &built, &built_root), HS_OK);
    assert_memory_equal(included, expected, sizeof expected);
    const struct hs_transaction block[2] = {offered[0], offered[3]};
    assert_int_equal(execute(&fixture, parent, block, 2, NULL, &replayed, &replayed_root), HS_OK);
    assert_memory_equal(built_root.bytes, replayed_root.bytes, HS_HASH_BYTES);
    finish(&fixture);
}

static void an_empty_block_keeps_the_root(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_state made;
    struct hs_state_root root;
    assert_int_equal(execute(&fixture, committed(&fixture), NULL, 0, NULL, &made, &root), HS_OK);
    assert_memory_equal(root.bytes, committed_root(&fixture).bytes, HS_HASH_BYTES);
    fixture.app.commit(fixture.ledger, made);
    assert_memory_equal(root.bytes, committed_root(&fixture).bytes, HS_HASH_BYTES);
    finish(&fixture);
}

/* X4 */
static void two_children_of_one_parent_do_not_meet(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction left = transfer(0, 0, 1, 100);
    struct hs_transaction right = transfer(0, 0, 1, 200);
    struct hs_transaction above = transfer(0, 1, 1, 1);
    struct hs_state genesis = committed(&fixture);
    struct hs_state left_state, right_state, above_state;
    struct hs_state_root left_root, right_root, above_root;
    assert_int_equal(execute(&fixture, genesis, &left, 1, NULL, &left_state, &left_root), HS_OK);
    assert_int_equal(execute(&fixture, genesis, &right, 1, NULL, &right_state, &right_root), HS_OK);
    assert_memory_not_equal(left_root.bytes, right_root.bytes, HS_HASH_BYTES);
    assert_int_equal(execute(&fixture, right_state, &above, 1, NULL, &above_state, &above_root),
                     HS_OK);
    assert_supply_holds(&fixture, left_state);
    assert_supply_holds(&fixture, above_state);
    assert_account(&fixture, 0, 1000, 0);
    fixture.app.release(fixture.ledger, left_state);
    fixture.app.commit(fixture.ledger, right_state);
    assert_account(&fixture, 1, 1200, 0);
    fixture.app.commit(fixture.ledger, above_state);
    assert_account(&fixture, 1, 1201, 0);
    assert_memory_equal(committed_root(&fixture).bytes, above_root.bytes, HS_HASH_BYTES);
    finish(&fixture);
}

static void when_all_states_are_taken_no_block_executes_until_one_is_free(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_state states[5];
    struct hs_state_root root;
    states[0] = committed(&fixture);
    for (uint64_t i = 0; i < 4; i++) {
        struct hs_transaction transaction = transfer(0, i, 1, 1);
        assert_int_equal(execute(&fixture, states[i], &transaction, 1, NULL, &states[i + 1], &root),
                         HS_OK);
    }
    struct hs_state none;
    assert_int_equal(execute(&fixture, states[4], NULL, 0, NULL, &none, &root), HS_FULL);
    fixture.app.release(fixture.ledger, states[4]);
    assert_int_equal(execute(&fixture, states[3], NULL, 0, NULL, &states[4], &root), HS_OK);
    for (uint64_t i = 1; i <= 4; i++) {
        fixture.app.commit(fixture.ledger, states[i]);
    }
    assert_account(&fixture, 0, 1000 - 3 - 3 * BASE_FEE, 3);
    finish(&fixture);
}

static void when_overlays_use_up_the_nodes_a_block_is_refused_and_nothing_lost(void **state)
{
    (void)state;
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_ledger_config config = config_of(accounts, ACCOUNTS, 100000);
    config.overlay_accounts_max = 1;
    config.states_max = 64;
    struct fixture fixture = start_with(&config);
    struct hs_state states[64];
    struct hs_state_root root;
    states[0] = committed(&fixture);
    uint32_t depth = 0;
    enum hs_status status = HS_OK;
    while (status == HS_OK) {
        struct hs_transaction transactions[5];
        for (size_t i = 0; i < 5; i++) {
            transactions[i] = transfer(i, depth, (i + 1) % 5, 1);
        }
        status = execute(&fixture, states[depth], transactions, 5, NULL, &states[depth + 1], &root);
        depth += status == HS_OK;
    }
    assert_int_equal(status, HS_FULL);
    assert_in_range(depth, 1, 62);
    for (uint32_t i = 1; i <= depth; i++) {
        assert_supply_holds(&fixture, states[i]);
        fixture.app.commit(fixture.ledger, states[i]);
    }
    struct hs_transaction transaction = transfer(0, depth, 1, 1);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    finish(&fixture);
}

/* -- the rest of the application ------------------------------------------------------ */

static void inspect_tells_what_the_mempool_needs(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(1, 42, 0, 1);
    transaction.max_fee.units = BASE_FEE + 3;
    transaction.max_tip.units = 9;
    uint8_t data[HS_TRANSACTION_TRANSFER_BYTES];
    hs_transaction_encode(data, sizeof data, &transaction);
    const struct hs_bytes bytes = {data, sizeof data};
    struct hs_transaction_summary summary;
    assert_int_equal(fixture.app.inspect(fixture.ledger, bytes, &summary), HS_OK);
    struct hs_transaction_id id;
    hs_transaction_id_of(&id, bytes);
    assert_memory_equal(summary.id.bytes, id.bytes, HS_HASH_BYTES);
    assert_memory_equal(summary.sender.bytes, keys[1].address.bytes, HS_ADDRESS_BYTES);
    assert_true(summary.nonce == 42);
    assert_int_equal(summary.gas, 1);
    assert_true(summary.max_fee.units == BASE_FEE + 3);
    assert_true(summary.max_tip.units == 9);
    finish(&fixture);
}

static void verify_tells_good_signatures_from_bad_ones(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    enum { COUNT = 70 };
    static uint8_t data[COUNT][HS_TRANSACTION_TRANSFER_BYTES];
    struct hs_bytes bytes[COUNT];
    bool ok[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        struct hs_transaction transaction = transfer(0, i, 1, 1);
        transaction.chain_id.bytes[0] ^= i % 5 == 2;
        hs_transaction_sign(&transaction, &keys[0].secret_key);
        transaction.signature.bytes[i % 64] ^= i % 5 == 3;
        hs_transaction_encode(data[i], sizeof data[i], &transaction);
        bytes[i] = (struct hs_bytes){data[i], sizeof data[i] - (i % 5 == 4)};
    }
    fixture.app.verify(fixture.ledger, ok, bytes, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(ok[i], i % 5 < 2);
    }
    finish(&fixture);
}

static void accounts_can_be_proved(void **state)
{
    (void)state;
    struct fixture fixture = start(2, 1000);
    struct hs_transaction transaction = transfer(0, 0, 1, 5);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    struct hs_state_root root = committed_root(&fixture);
    for (size_t i = 0; i < 3; i++) {
        struct hs_account held = account(&fixture, i);
        struct hs_state_path path;
        struct hs_state_value value;
        struct hs_ledger_proof proof;
        hs_account_path(&path, &keys[i].address);
        hs_account_encode(&value, &held);
        assert_int_equal(value.size > 0, i < 2);
        hs_ledger_prove_account(fixture.ledger, &proof, &keys[i].address);
        assert_true(hs_ledger_proof_holds(&proof, &root, HS_TREE_ACCOUNTS, &path, &value));
        held.balance.units++;
        hs_account_encode(&value, &held);
        assert_false(hs_ledger_proof_holds(&proof, &root, HS_TREE_ACCOUNTS, &path, &value));
    }
    finish(&fixture);
}

/* -- genesis ------------------------------------------------------------------------- */

static enum hs_status genesis_status(const struct hs_ledger_config *config)
{
    void *memory = calloc(1, hs_ledger_footprint(config));
    struct hs_ledger *ledger;
    enum hs_status status = hs_ledger_new(&ledger, memory, config);
    free(memory);
    return status;
}

static void genesis_without_accounts_is_a_state(void **state)
{
    (void)state;
    struct fixture fixture = start(0, 0);
    struct hs_state_root zero = {{0}};
    assert_memory_not_equal(committed_root(&fixture).bytes, zero.bytes, HS_HASH_BYTES);
    assert_true(hs_ledger_genesis_supply(fixture.ledger).units == 0);
    struct hs_transaction transaction = transfer(0, 0, 1, 0);
    assert_refused(&fixture, &transaction, HS_INSUFFICIENT_FUNDS);
    finish(&fixture);
}

static void genesis_does_not_depend_on_the_order_of_accounts(void **state)
{
    (void)state;
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_ledger_config config = config_of(accounts, 3, 1000);
    struct fixture fixture = start_with(&config);
    struct hs_genesis_account first = accounts[0];
    accounts[0] = accounts[2];
    accounts[2] = first;
    memset(config.map_seed, 7, sizeof config.map_seed);
    struct fixture other = start_with(&config);
    assert_memory_equal(committed_root(&fixture).bytes, committed_root(&other).bytes,
                        HS_HASH_BYTES);
    finish(&fixture);
    finish(&other);
}

static void a_genesis_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_ledger_config config = config_of(accounts, 3, UINT64_MAX / 3);
    assert_int_equal(genesis_status(&config), HS_OK);
    accounts[0].balance.units++;
    assert_int_equal(genesis_status(&config), HS_OVERFLOW);
    accounts[0].balance.units = 0;
    assert_int_equal(genesis_status(&config), HS_INVALID_ARGUMENT);
    accounts[0] = accounts[2];
    assert_int_equal(genesis_status(&config), HS_DUPLICATE);
    config = config_of(accounts, 3, 5);
    config.accounts_max = 2;
    assert_int_equal(genesis_status(&config), HS_FULL);
    config.accounts_max = HS_LEDGER_ACCOUNTS_MAX + 1;
    assert_int_equal(hs_ledger_footprint(&config), 0);
    config = config_of(accounts, 3, 5);
    config.states_max = 1;
    assert_int_equal(hs_ledger_footprint(&config), 0);
}

/* More accounts than one batch holds, and one that stands in two batches. */
static void a_large_genesis_is_the_sum_of_its_batches(void **state)
{
    (void)state;
    const uint32_t count = 2 * HS_BLOCK_TRANSACTIONS_MAX + 100;
    struct hs_genesis_account *accounts = calloc(count, sizeof *accounts);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(accounts[i].address.bytes, &i, sizeof i);
        accounts[i].balance.units = i + 1;
    }
    struct hs_ledger_config config = {
        .accounts = accounts,
        .account_count = count,
        .accounts_max = count,
        .states_max = 2,
        .overlay_accounts_max = 1,
        .overlay_records_max = 1,
    };
    hs_ledger_parameters_default(&config.parameters);
    struct fixture fixture = start_with(&config);
    struct hs_account last;
    hs_ledger_account(fixture.ledger, &last, &accounts[count - 1].address);
    assert_true(last.balance.units == count);
    finish(&fixture);
    accounts[count - 1].address = accounts[0].address;
    assert_int_equal(genesis_status(&config), HS_DUPLICATE);
    free(accounts);
}

/* -- at random -------------------------------------------------------------------------- */

static uint64_t random_state = 88172645463325252u;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

/* X3: whatever is offered, the supply holds, and a ledger that replays what a builder included
 * comes to its root. */
static void builder_and_replica_agree_and_supply_is_conserved(void **state)
{
    (void)state;
    struct fixture builder = start(4, 3000);
    struct fixture replica = start(4, 3000);
    for (unsigned round = 0; round < 400; round++) {
        struct hs_transaction offered[8], block[8];
        bool included[8];
        for (size_t i = 0; i < 8; i++) {
            size_t from = random_below(ACCOUNTS);
            offered[i] = transfer(from, account(&builder, from).nonce + random_below(3),
                                  random_below(ACCOUNTS), random_below(400));
            offered[i].max_fee.units = random_below(4) + BASE_FEE - 1;
            offered[i].max_tip.units = random_below(4);
        }
        struct hs_state built, replayed;
        struct hs_state_root built_root, replayed_root;
        assert_int_equal(
            execute(&builder, committed(&builder), offered, 8, included, &built, &built_root),
            HS_OK);
        size_t count = 0;
        for (size_t i = 0; i < 8; i++) {
            if (included[i]) {
                block[count++] = offered[i];
            }
        }
        assert_int_equal(
            execute(&replica, committed(&replica), block, count, NULL, &replayed, &replayed_root),
            HS_OK);
        assert_memory_equal(built_root.bytes, replayed_root.bytes, HS_HASH_BYTES);
        assert_supply_holds(&builder, built);
        builder.app.commit(builder.ledger, built);
        replica.app.commit(replica.ledger, replayed);
    }
    assert_true(hs_ledger_burned(builder.ledger).units > 100 * BASE_FEE);
    finish(&builder);
    finish(&replica);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transfer_moves_burns_and_tips),
        cmocka_unit_test(the_tip_is_what_max_fee_leaves_of_max_tip),
        cmocka_unit_test(a_recipient_is_made_when_it_is_given_something),
        cmocka_unit_test(who_pays_himself_pays_the_fee),
        cmocka_unit_test(a_proposer_that_pays_itself_keeps_its_tip),
        cmocka_unit_test(a_balance_of_exactly_amount_and_fee_is_enough),
        cmocka_unit_test(an_emptied_account_keeps_its_nonce),
        cmocka_unit_test(a_nonce_must_be_the_next_one),
        cmocka_unit_test(a_fee_below_the_base_fee_is_refused),
        cmocka_unit_test(sums_beyond_64_bits_are_refused),
        cmocka_unit_test(another_chains_transaction_is_refused),
        cmocka_unit_test(malformed_bytes_are_refused),
        cmocka_unit_test(a_type_that_is_not_executed_is_refused_as_such),
        cmocka_unit_test(a_block_with_another_base_fee_is_refused),
        cmocka_unit_test(a_full_ledger_makes_no_account_and_goes_on),
        cmocka_unit_test(the_base_fee_follows_what_blocks_use),
        cmocka_unit_test(on_an_idle_chain_the_base_fee_falls_to_its_least),
        cmocka_unit_test(a_block_above_the_gas_limit_is_refused_and_a_builder_stops_there),
        cmocka_unit_test(a_blocks_base_fee_is_the_one_its_parent_fixed),
        cmocka_unit_test(a_low_max_fee_is_admitted_when_the_base_fee_may_fall_to_it),
        cmocka_unit_test(fees_at_the_edge_of_the_integers_conserve_the_supply),
        cmocka_unit_test(transfers_of_a_block_run_in_order),
        cmocka_unit_test(one_invalid_transfer_refuses_the_whole_block),
        cmocka_unit_test(a_builder_leaves_out_what_is_invalid),
        cmocka_unit_test(an_empty_block_keeps_the_root),
        cmocka_unit_test(two_children_of_one_parent_do_not_meet),
        cmocka_unit_test(when_all_states_are_taken_no_block_executes_until_one_is_free),
        cmocka_unit_test(when_overlays_use_up_the_nodes_a_block_is_refused_and_nothing_lost),
        cmocka_unit_test(inspect_tells_what_the_mempool_needs),
        cmocka_unit_test(verify_tells_good_signatures_from_bad_ones),
        cmocka_unit_test(accounts_can_be_proved),
        cmocka_unit_test(genesis_without_accounts_is_a_state),
        cmocka_unit_test(genesis_does_not_depend_on_the_order_of_accounts),
        cmocka_unit_test(a_genesis_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_large_genesis_is_the_sum_of_its_batches),
        cmocka_unit_test(builder_and_replica_agree_and_supply_is_conserved),
    };
    return make_keys() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
