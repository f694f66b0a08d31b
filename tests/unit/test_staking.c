/* Validators: how they come, stake, change keys, are punished and go (P4, P7, P8). */
#include "staking_fixture.h"

#include "crypto/bls.h"
#include "ledger/epoch_records.h"
#include "ledger/state_proof_codec.h"
#include "wire/epoch_codec.h"
#include "wire/statement.h"

static struct hs_transaction registration(struct staking_world *world, uint32_t sender,
                                          uint32_t key_number, uint64_t stake)
{
    struct hs_transaction transaction = staking_transaction(world, sender, HS_TRANSACTION_REGISTER);
    transaction.registration.keys = keys_of(key_number);
    transaction.registration.stake.units = stake;
    return transaction;
}

static struct hs_transaction with_stake(struct staking_world *world, uint32_t sender,
                                        enum hs_transaction_type type, uint64_t units)
{
    struct hs_transaction transaction = staking_transaction(world, sender, type);
    transaction.stake.units = units;
    return transaction;
}

static struct hs_transaction rotation(struct staking_world *world, uint32_t sender,
                                      uint32_t key_number)
{
    struct hs_transaction transaction = staking_transaction(world, sender, HS_TRANSACTION_ROTATE);
    transaction.rotation = keys_of(key_number);
    return transaction;
}

static struct hs_transaction evidence(struct staking_world *world, uint32_t sender,
                                      uint32_t key_number, uint64_t epoch, uint64_t view)
{
    struct hs_transaction transaction = staking_transaction(world, sender, HS_TRANSACTION_EVIDENCE);
    struct hs_validator_keys keys = keys_of(key_number);
    transaction.evidence.bls_public_key = keys.bls_public_key;
    transaction.evidence.epoch = epoch;
    transaction.evidence.view = view;
    for (size_t i = 0; i < 2; i++) {
        transaction.evidence.votes[i].block_id.bytes[0] = (uint8_t)(i + 1);
        transaction.evidence.votes[i].signature.bytes[0] = 0x80;
        transaction.evidence.votes[i].signature.bytes[95] = 1;
    }
    return transaction;
}

static enum hs_status send(struct staking_world *world, struct hs_transaction transaction)
{
    return staking_send(world, &transaction);
}

/* -- coming and going ---------------------------------------------------------------- */

static void who_registers_in_an_epoch_is_in_the_set_after_the_next(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_set(&world, 0, 2, (uint32_t[]){0, 1}, (uint64_t[]){100, 200});
    assert_set(&world, 1, 2, (uint32_t[]){0, 1}, (uint64_t[]){100, 200});
    uint64_t before = balance_of(&world, 5);
    assert_int_equal(send(&world, registration(&world, 5, 50, 700)), HS_OK);
    assert_true(before - balance_of(&world, 5) > 700);
    struct hs_epoch epoch;
    assert_int_equal(world.app.epoch(world.ledger, staking_state(&world), 2, &epoch), HS_NOT_FOUND);
    staking_epochs(&world, 1);
    assert_set(&world, 1, 2, (uint32_t[]){0, 1}, (uint64_t[]){100, 200});
    assert_set(&world, 2, 3, (uint32_t[]){0, 1, 50}, (uint64_t[]){100, 200, 700});
    assert_string_equal(staking_set(&world, 2)->addresses[2].text, "127.0.0.1:1");
    staking_epochs(&world, 1);
    assert_int_equal(world.app.epoch(world.ledger, staking_state(&world), 0, &epoch), HS_NOT_FOUND);
    staking_finish(&world);
}

/* P4: what a client without a state is shown on the last block of an epoch. */
static void the_state_at_an_epochs_end_proves_the_next_set(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, registration(&world, 5, 50, 700)), HS_OK);
    for (uint64_t number = 1; number <= 3; number++) {
        static uint8_t bytes[HS_STATE_PROOF_BYTES_MAX];
        struct hs_state_root root;
        struct hs_state_path path;
        struct hs_state_value value;
        struct hs_ledger_proof proof;
        struct hs_hash digest;
        size_t size;
        staking_epochs(&world, 1);
        const struct hs_state last = world.app.committed(world.ledger, &root);
        hs_epoch_digest(&digest, staking_set(&world, number), HS_LEADER_WEIGHTED);
        hs_epoch_leaf(&path, &value, number, &digest);
        assert_int_equal(world.app.prove_epoch(world.ledger, last, number, bytes, &size, 64),
                         HS_FULL);
        assert_int_equal(
            world.app.prove_epoch(world.ledger, last, number, bytes, &size, sizeof bytes), HS_OK);
        assert_int_equal(hs_state_proof_decode(&proof, (struct hs_bytes){bytes, size}), HS_OK);
        assert_true(hs_ledger_proof_holds(&proof, &root, HS_TREE_REGISTRY, &path, &value));
        assert_int_equal(
            world.app.prove_epoch(world.ledger, last, number + 2, bytes, &size, sizeof bytes),
            HS_NOT_FOUND);
    }
    staking_finish(&world);
}

static void a_registration_needs_a_new_account_new_keys_and_the_least_stake(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, registration(&world, 0, 50, 700)), HS_KEY_IN_USE);
    assert_int_equal(send(&world, registration(&world, 5, 1, 700)), HS_KEY_IN_USE);
    struct hs_transaction network_key_of_another = registration(&world, 5, 50, 700);
    network_key_of_another.registration.keys.network_key = keys_of(1).network_key;
    assert_int_equal(send(&world, network_key_of_another), HS_KEY_IN_USE);
    assert_int_equal(send(&world, registration(&world, 5, 50, STAKE_MIN - 1)), HS_INVALID_ARGUMENT);
    assert_int_equal(send(&world, registration(&world, 5, 50, BALANCE)), HS_INSUFFICIENT_FUNDS);
    assert_int_equal(send(&world, registration(&world, 5, 50, STAKE_MIN)), HS_OK);
    staking_finish(&world);
}

static void only_validators_stake_unstake_rotate_leave_and_are_let_out(void **state)
{
    (void)state;
    static const enum hs_transaction_type types[] = {HS_TRANSACTION_STAKE, HS_TRANSACTION_UNSTAKE,
                                                     HS_TRANSACTION_LEAVE, HS_TRANSACTION_UNJAIL};
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct hs_transaction transaction = staking_transaction(&world, 5, types[i]);
        transaction.stake.units = types[i] <= HS_TRANSACTION_UNSTAKE ? 100 : 0;
        assert_int_equal(send(&world, transaction), HS_NOT_A_VALIDATOR);
    }
    assert_int_equal(send(&world, rotation(&world, 5, 50)), HS_NOT_A_VALIDATOR);
    staking_finish(&world);
}

static void without_epochs_nothing_of_it_is_executed(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, 0, HS_LEADER_ROUND_ROBIN);
    assert_null(world.app.epoch);
    assert_null(world.app.prove_epoch);
    struct hs_transaction transaction = registration(&world, 5, 50, 700);
    uint8_t encoded[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_transaction_encode(encoded, sizeof encoded, &transaction);
    struct hs_transaction_summary summary;
    assert_int_equal(world.app.inspect(world.ledger, (struct hs_bytes){encoded, size}, &summary),
                     HS_UNSUPPORTED);
    assert_int_equal(world.app.admit(world.ledger, (struct hs_bytes){encoded, size}),
                     HS_UNSUPPORTED);
    assert_whole_supply(&world);
    staking_finish(&world);
}

/* P7: two epochs after the last in which it was weight. */
static void what_is_unstaked_is_paid_out_when_nothing_can_be_shown_any_more(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, with_stake(&world, 2, HS_TRANSACTION_UNSTAKE, 301)),
                     HS_INVALID_ARGUMENT);
    assert_int_equal(send(&world, with_stake(&world, 2, HS_TRANSACTION_UNSTAKE, 250)),
                     HS_INVALID_ARGUMENT); /* would leave less than the least */
    assert_int_equal(send(&world, with_stake(&world, 2, HS_TRANSACTION_UNSTAKE, 120)), HS_OK);
    assert_true(world.height == EPOCH_BLOCKS); /* in the last block of epoch 0 */
    assert_set(&world, 1, 3, (uint32_t[]){0, 1, 2}, (uint64_t[]){100, 200, 300});
    assert_set(&world, 2, 3, (uint32_t[]){0, 1, 2}, (uint64_t[]){100, 200, 180});
    uint64_t before = balance_of(&world, 2);
    staking_blocks(&world, 3 * EPOCH_BLOCKS - 1);
    assert_true(balance_of(&world, 2) == before);
    staking_blocks(&world, 1);
    assert_true(staking_epoch(&world) == 4);
    assert_true(balance_of(&world, 2) == before + 120);
    staking_finish(&world);
}

static void who_left_is_forgotten_and_its_keys_are_free(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, staking_transaction(&world, 1, HS_TRANSACTION_LEAVE)), HS_OK);
    assert_int_equal(send(&world, staking_transaction(&world, 1, HS_TRANSACTION_LEAVE)),
                     HS_INVALID_ARGUMENT);
    staking_epochs(&world, 1);
    assert_set(&world, 2, 2, (uint32_t[]){0, 2}, (uint64_t[]){100, 300});
    assert_int_equal(send(&world, registration(&world, 5, 1, 500)), HS_KEY_IN_USE);
    staking_epochs(&world, 3);
    assert_int_equal(send(&world, staking_transaction(&world, 1, HS_TRANSACTION_LEAVE)),
                     HS_NOT_A_VALIDATOR);
    assert_int_equal(send(&world, registration(&world, 5, 1, 500)), HS_OK);
    staking_finish(&world);
}

/* P4: a chain without validators would end. */
static void when_all_leave_the_last_set_stays(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_REPUTATION);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(send(&world, staking_transaction(&world, i, HS_TRANSACTION_LEAVE)), HS_OK);
    }
    for (uint32_t i = 0; i < 6; i++) {
        staking_epochs(&world, 1);
        assert_set(&world, staking_epoch(&world) + 1, 2, (uint32_t[]){0, 1},
                   (uint64_t[]){100, 200});
    }
    assert_int_equal(send(&world, registration(&world, 5, 50, 700)), HS_OK);
    staking_epochs(&world, 1);
    assert_set(&world, staking_epoch(&world) + 1, 1, (uint32_t[]){50}, (uint64_t[]){700});
    staking_finish(&world);
}

static void a_set_has_the_most_stake_and_of_equal_ones_the_first(void **state)
{
    (void)state;
    struct staking_world world = staking_start(4, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, registration(&world, 4, 40, 200)), HS_OK);
    assert_int_equal(send(&world, registration(&world, 5, 50, 400)), HS_OK);
    staking_epochs(&world, 1);
    assert_set(&world, 2, 4, (uint32_t[]){1, 2, 3, 50}, (uint64_t[]){200, 300, 400, 400});
    assert_int_equal(send(&world, with_stake(&world, 4, HS_TRANSACTION_STAKE, 1)), HS_OK);
    staking_epochs(&world, 1);
    assert_set(&world, 3, 4, (uint32_t[]){2, 3, 40, 50}, (uint64_t[]){300, 400, 201, 400});
    staking_finish(&world);
}

/* -- keys ------------------------------------------------------------------------------ */

static void other_keys_count_from_the_epoch_after_the_next(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, rotation(&world, 0, 1)), HS_KEY_IN_USE);
    assert_int_equal(send(&world, rotation(&world, 0, 60)), HS_OK);
    assert_int_equal(send(&world, rotation(&world, 0, 61)), HS_OK); /* 60 was never used */
    assert_set(&world, 1, 2, (uint32_t[]){0, 1}, (uint64_t[]){100, 200});
    assert_set(&world, 2, 2, (uint32_t[]){61, 1}, (uint64_t[]){100, 200});
    assert_int_equal(send(&world, registration(&world, 5, 60, 500)), HS_OK);
    assert_int_equal(send(&world, rotation(&world, 0, 0)), HS_KEY_IN_USE); /* it had that before */
    staking_finish(&world);
}

static void old_and_new_keys_are_answered_for_each_in_its_epochs(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, rotation(&world, 0, 60)), HS_OK);
    assert_int_equal(send(&world, evidence(&world, 5, 60, 0, 1)), HS_NOT_A_VALIDATOR);
    staking_epochs(&world, 2);
    assert_int_equal(send(&world, evidence(&world, 5, 60, 2, 1)), HS_OK);
    assert_int_equal(send(&world, evidence(&world, 5, 0, 2, 1)), HS_NOT_A_VALIDATOR);
    assert_int_equal(send(&world, evidence(&world, 5, 0, 1, 1)), HS_OK);
    staking_finish(&world);
}

/* -- punishment -------------------------------------------------------------------------- */

/* P8: stake and what is unbonding are slashed, the reporter is given nothing. */
static void a_double_vote_burns_stake_and_unbonding_and_jails(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, with_stake(&world, 2, HS_TRANSACTION_UNSTAKE, 199)), HS_OK);
    uint64_t burned = hs_ledger_burned(world.ledger).units;
    uint64_t reporter = balance_of(&world, 5);
    assert_int_equal(send(&world, evidence(&world, 5, 2, 0, 1)), HS_OK);
    uint64_t paid = reporter - balance_of(&world, 5);
    /* 5 % of 101 and of 199, each rounded up */
    assert_true(hs_ledger_burned(world.ledger).units - burned == 6 + 10 + paid);
    staking_epochs(&world, 1);
    assert_set(&world, 1, 3, (uint32_t[]){0, 1, 2}, (uint64_t[]){100, 200, 300});
    assert_set(&world, 2, 2, (uint32_t[]){0, 1}, (uint64_t[]){100, 200});
    uint64_t before = balance_of(&world, 2);
    staking_epochs(&world, 3);
    assert_true(balance_of(&world, 2) == before + 189);
    staking_finish(&world);
}

static void one_epoch_is_punished_once(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, evidence(&world, 5, 2, 0, 1)), HS_OK);
    assert_int_equal(send(&world, evidence(&world, 5, 2, 0, 1)), HS_PUNISHED);
    assert_int_equal(send(&world, evidence(&world, 6, 2, 0, 2)), HS_PUNISHED);
    assert_int_equal(send(&world, evidence(&world, 6, 2, 1, 2)), HS_OK);
    staking_finish(&world);
}

static void evidence_is_of_a_known_key_and_of_an_epoch_that_is_not_over_for_too_long(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, evidence(&world, 5, 77, 0, 1)), HS_NOT_A_VALIDATOR);
    assert_int_equal(send(&world, evidence(&world, 5, 2, 1, 1)), HS_INVALID_ARGUMENT);
    staking_epochs(&world, 2);
    assert_int_equal(send(&world, evidence(&world, 5, 1, 0, 1)), HS_OK);
    staking_epochs(&world, 1);
    assert_int_equal(send(&world, evidence(&world, 5, 2, 0, 1)), HS_STALE);
    staking_finish(&world);
}

static void who_is_jailed_is_let_out_when_its_time_is_over_and_it_asks(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    assert_int_equal(send(&world, staking_transaction(&world, 2, HS_TRANSACTION_UNJAIL)),
                     HS_JAILED); /* it is not jailed */
    assert_int_equal(send(&world, evidence(&world, 5, 2, 0, 1)), HS_OK);
    staking_epochs(&world, 1);
    assert_int_equal(send(&world, staking_transaction(&world, 2, HS_TRANSACTION_UNJAIL)),
                     HS_JAILED);
    staking_epochs(&world, 1);
    assert_set(&world, 3, 2, (uint32_t[]){0, 1}, (uint64_t[]){100, 200});
    assert_int_equal(send(&world, staking_transaction(&world, 2, HS_TRANSACTION_UNJAIL)), HS_OK);
    staking_epochs(&world, 1);
    assert_set(&world, 4, 3, (uint32_t[]){0, 1, 2}, (uint64_t[]){100, 200, 285});
    staking_finish(&world);
}

/* S8: both votes signed by the key, over this chain's statements. */
static void evidence_is_believed_only_with_both_signatures(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_validator_key key;
    const uint8_t seed[32] = {9};
    assert_int_equal(hs_validator_key_make(&key, seed), HS_OK);
    for (uint32_t spoiled = 0; spoiled < 4; spoiled++) {
        struct hs_transaction transaction = evidence(&world, 0, 0, 3, 4);
        transaction.evidence.bls_public_key = key.bls_public_key;
        for (size_t i = 0; i < 2; i++) {
            struct hs_vote vote = {
                .epoch = 3,
                .view = spoiled == 1 && i == 1 ? 5 : 4,
                .block_id = transaction.evidence.votes[i].block_id,
            };
            struct hs_chain_id chain_id = transaction.chain_id;
            chain_id.bytes[0] ^= spoiled == 2 && i == 0;
            struct hs_statement said = hs_statement_of_vote(&vote);
            struct hs_bls_statement statement;
            hs_statement_encode(&statement, &chain_id, &said);
            hs_bls_sign(&transaction.evidence.votes[i].signature, &key.bls_secret_key, &statement);
        }
        if (spoiled == 3) {
            transaction.evidence.votes[0].signature = transaction.evidence.votes[1].signature;
        }
        hs_transaction_sign(&transaction, &operators[0].secret_key);
        uint8_t encoded[HS_TRANSACTION_ENCODED_BYTES_MAX];
        struct hs_bytes bytes = {encoded, 0};
        bytes.size = hs_transaction_encode(encoded, sizeof encoded, &transaction);
        bool ok;
        world.app.verify(world.ledger, &ok, &bytes, 1);
        assert_int_equal(ok, spoiled == 0);
    }
    staking_finish(&world);
}

static void a_key_is_registered_only_with_its_possession(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_validator_key key, other;
    assert_int_equal(hs_validator_key_make(&key, (const uint8_t[32]){9}), HS_OK);
    assert_int_equal(hs_validator_key_make(&other, (const uint8_t[32]){8}), HS_OK);
    for (uint32_t i = 0; i < 4; i++) {
        struct hs_transaction transaction =
            i < 2 ? registration(&world, 5, 50, 500) : rotation(&world, 5, 50);
        struct hs_validator_keys *keys =
            i < 2 ? &transaction.registration.keys : &transaction.rotation;
        keys->bls_public_key = key.bls_public_key;
        keys->possession = i % 2 == 0 ? key.possession : other.possession;
        hs_transaction_sign(&transaction, &operators[5].secret_key);
        uint8_t encoded[HS_TRANSACTION_ENCODED_BYTES_MAX];
        struct hs_bytes bytes = {encoded, 0};
        bytes.size = hs_transaction_encode(encoded, sizeof encoded, &transaction);
        bool ok;
        world.app.verify(world.ledger, &ok, &bytes, 1);
        assert_int_equal(ok, i % 2 == 0);
    }
    staking_finish(&world);
}

/* -- blocks -------------------------------------------------------------------------------- */

static void a_block_of_another_epoch_or_proposer_is_refused(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_state made;
    struct hs_state_root root;
    for (uint32_t i = 0; i < 4; i++) {
        struct hs_block_context block = staking_context(&world);
        block.epoch += i == 0;
        block.height += i == 1 ? EPOCH_BLOCKS : 0;
        block.height = i == 2 ? 0 : block.height;
        block.proposer = i == 3 ? 2 : 0;
        assert_int_equal(world.app.execute(world.ledger, staking_state(&world), &block, NULL, 0,
                                           NULL, &made, &root),
                         HS_BAD_BLOCK);
    }
    staking_finish(&world);
}

/* P6: who missed all its turns leads a sixteenth of its stake two epochs later; its vote keeps its
 * weight. */
static void who_missed_its_turns_leads_less_and_votes_as_before(void **state)
{
    (void)state;
    struct staking_world world = staking_start(1, EPOCH_BLOCKS, HS_LEADER_REPUTATION);
    assert_true(staking_set(&world, 0)->leader_weights[0] == 100);
    bool none[1];
    for (uint32_t i = 0; i < EPOCH_BLOCKS; i++) {
        struct hs_block_context block = staking_context(&world);
        block.parent_view = 10 * i;
        block.view = 10 * (i + 1); /* nine views without a block, and one with */
        struct hs_state made;
        struct hs_state_root root;
        assert_int_equal(world.app.execute(world.ledger, staking_state(&world), &block, NULL, 0,
                                           none, &made, &root),
                         HS_OK);
        world.app.commit(world.ledger, made);
        world.height++;
    }
    assert_true(staking_set(&world, 1)->leader_weights[0] == 100);
    assert_true(staking_set(&world, 2)->leader_weights[0] == 10);
    assert_true(staking_set(&world, 2)->validators.validators[0].weight == 100);
    world.view = 1;
    staking_epochs(&world, 1);
    assert_true(staking_set(&world, 3)->leader_weights[0] == 100);
    staking_finish(&world);
}

/* P3: another output of one block is another randomness two epochs later. */
static void the_outputs_of_an_epoch_are_the_randomness_after_the_next(void **state)
{
    (void)state;
    uint8_t seen[2][HS_HASH_BYTES];
    for (uint32_t i = 0; i < 2; i++) {
        struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
        struct hs_block_context block = staking_context(&world);
        block.vrf_output.bytes[5] = (uint8_t)i;
        struct hs_state made;
        struct hs_state_root root;
        assert_int_equal(world.app.execute(world.ledger, staking_state(&world), &block, NULL, 0,
                                           NULL, &made, &root),
                         HS_OK);
        world.app.commit(world.ledger, made);
        world.height++;
        world.view++;
        staking_epochs(&world, 1);
        memcpy(seen[i], staking_set(&world, 2)->randomness, HS_HASH_BYTES);
        staking_finish(&world);
    }
    assert_memory_not_equal(seen[0], seen[1], HS_HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_registers_in_an_epoch_is_in_the_set_after_the_next),
        cmocka_unit_test(the_state_at_an_epochs_end_proves_the_next_set),
        cmocka_unit_test(a_registration_needs_a_new_account_new_keys_and_the_least_stake),
        cmocka_unit_test(only_validators_stake_unstake_rotate_leave_and_are_let_out),
        cmocka_unit_test(without_epochs_nothing_of_it_is_executed),
        cmocka_unit_test(what_is_unstaked_is_paid_out_when_nothing_can_be_shown_any_more),
        cmocka_unit_test(who_left_is_forgotten_and_its_keys_are_free),
        cmocka_unit_test(when_all_leave_the_last_set_stays),
        cmocka_unit_test(a_set_has_the_most_stake_and_of_equal_ones_the_first),
        cmocka_unit_test(other_keys_count_from_the_epoch_after_the_next),
        cmocka_unit_test(old_and_new_keys_are_answered_for_each_in_its_epochs),
        cmocka_unit_test(a_double_vote_burns_stake_and_unbonding_and_jails),
        cmocka_unit_test(one_epoch_is_punished_once),
        cmocka_unit_test(evidence_is_of_a_known_key_and_of_an_epoch_that_is_not_over_for_too_long),
        cmocka_unit_test(who_is_jailed_is_let_out_when_its_time_is_over_and_it_asks),
        cmocka_unit_test(evidence_is_believed_only_with_both_signatures),
        cmocka_unit_test(a_key_is_registered_only_with_its_possession),
        cmocka_unit_test(a_block_of_another_epoch_or_proposer_is_refused),
        cmocka_unit_test(who_missed_its_turns_leads_less_and_votes_as_before),
        cmocka_unit_test(the_outputs_of_an_epoch_are_the_randomness_after_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
