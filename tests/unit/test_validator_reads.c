/* What is read of registered validators and of epochs: as the records are, at each moment (P4, P7,
 * P8). */
#include "staking_fixture.h"

#include "ledger/validator_reads.h"

static struct hs_transaction registration(struct staking_world *world, uint32_t sender,
                                          uint32_t key_number, uint64_t stake)
{
    struct hs_transaction transaction = staking_transaction(world, sender, HS_TRANSACTION_REGISTER);
    transaction.registration.keys = keys_of(key_number);
    transaction.registration.stake.units = stake;
    return transaction;
}

static struct hs_transaction evidence_against(struct staking_world *world, uint32_t sender,
                                              uint32_t key_number)
{
    struct hs_transaction transaction = staking_transaction(world, sender, HS_TRANSACTION_EVIDENCE);
    transaction.evidence.bls_public_key = keys_of(key_number).bls_public_key;
    transaction.evidence.epoch = staking_epoch(world);
    transaction.evidence.view = 1;
    for (size_t i = 0; i < 2; i++) {
        transaction.evidence.votes[i].block_id.bytes[0] = (uint8_t)(i + 1);
        transaction.evidence.votes[i].signature.bytes[0] = 0x80;
        transaction.evidence.votes[i].signature.bytes[95] = 1;
    }
    return transaction;
}

static struct hs_registered_validator read_one(struct staking_world *world, uint32_t number)
{
    struct hs_registered_validator validator;
    assert_int_equal(hs_ledger_validator(world->ledger, &validator, &operators[number].address),
                     HS_OK);
    assert_memory_equal(&validator.operator_address, &operators[number].address, HS_ADDRESS_BYTES);
    return validator;
}

static void assert_stands(struct staking_world *world, uint32_t number,
                          enum hs_validator_standing standing, uint32_t index)
{
    struct hs_registered_validator validator = read_one(world, number);
    assert_int_equal(validator.standing, standing);
    assert_int_equal(validator.index, index);
}

static void a_member_is_active_with_its_place_stake_and_keys(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_registered_validator validator = read_one(&world, 1);
    const struct hs_validator_keys keys = keys_of(1);
    assert_stands(&world, 0, HS_VALIDATOR_ACTIVE, 0);
    assert_stands(&world, 1, HS_VALIDATOR_ACTIVE, 1);
    assert_true(validator.staker.stake.units == 2 * STAKE_MIN);
    assert_string_equal(validator.address.text, keys.address.text);
    assert_memory_equal(&validator.fee_recipient, &keys.fee_recipient, HS_ADDRESS_BYTES);
    assert_int_equal(validator.staker.key_count, 1);
    assert_memory_equal(&validator.keys[0].bls_public_key, &keys.bls_public_key,
                        sizeof keys.bls_public_key);
    assert_true(validator.keys[0].first_epoch == 0 && validator.keys[0].last_epoch == UINT64_MAX);
    assert_int_equal(hs_ledger_validator(world.ledger, &validator, &operators[5].address),
                     HS_NOT_FOUND);
    staking_finish(&world);
}

static void who_registered_waits_until_its_epoch(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_transaction transaction = registration(&world, 5, 50, 700);
    assert_int_equal(staking_send(&world, &transaction), HS_OK);
    assert_stands(&world, 5, HS_VALIDATOR_WAITING, HS_VALIDATORS_MAX);
    staking_epochs(&world, 1);
    assert_stands(&world, 5, HS_VALIDATOR_WAITING, HS_VALIDATORS_MAX);
    staking_epochs(&world, 1);
    assert_stands(&world, 5, HS_VALIDATOR_ACTIVE, 2);
    assert_true(read_one(&world, 5).keys[0].first_epoch == 2);
    staking_finish(&world);
}

static void who_leaves_keeps_its_place_as_long_as_the_sets_stand(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_transaction leave = staking_transaction(&world, 1, HS_TRANSACTION_LEAVE);
    assert_int_equal(staking_send(&world, &leave), HS_OK);
    assert_stands(&world, 1, HS_VALIDATOR_LEAVING, 1);
    struct hs_registered_validator validator = read_one(&world, 1);
    assert_int_equal(validator.staker.unbonding_count, 1);
    assert_true(validator.unbondings[0].amount.units == 2 * STAKE_MIN);
    assert_true(validator.unbondings[0].epoch == 3);
    staking_epochs(&world, 2);
    assert_stands(&world, 1, HS_VALIDATOR_LEAVING, HS_VALIDATORS_MAX);
    staking_epochs(&world, 2);
    assert_int_equal(hs_ledger_validator(world.ledger, &validator, &operators[1].address),
                     HS_NOT_FOUND);
    staking_finish(&world);
}

static void who_was_punished_is_jailed_and_still_has_its_place(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_transaction transaction = evidence_against(&world, 0, 2);
    struct hs_transaction nobody = evidence_against(&world, 0, 50);
    assert_int_equal(hs_ledger_check_evidence(world.ledger, &nobody.evidence), HS_NOT_A_VALIDATOR);
    assert_int_equal(hs_ledger_check_evidence(world.ledger, &transaction.evidence), HS_OK);
    assert_int_equal(staking_send(&world, &transaction), HS_OK);
    assert_int_equal(hs_ledger_check_evidence(world.ledger, &transaction.evidence), HS_PUNISHED);
    assert_stands(&world, 2, HS_VALIDATOR_JAILED, 2);
    assert_true(read_one(&world, 2).staker.jailed_until == 2);
    assert_true(read_one(&world, 2).staker.stake.units == 285);
    staking_epochs(&world, 2);
    assert_stands(&world, 2, HS_VALIDATOR_JAILED, HS_VALIDATORS_MAX);
    staking_finish(&world);
}

static void both_keys_of_a_rotation_are_read_with_their_epochs(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_transaction rotate = staking_transaction(&world, 0, HS_TRANSACTION_ROTATE);
    rotate.rotation = keys_of(60);
    assert_int_equal(staking_send(&world, &rotate), HS_OK);
    struct hs_registered_validator validator = read_one(&world, 0);
    const struct hs_validator_keys next = keys_of(60);
    assert_int_equal(validator.staker.key_count, 2);
    assert_true(validator.keys[0].last_epoch == 1 && validator.keys[1].first_epoch == 2);
    assert_memory_equal(&validator.keys[1].network_key, &next.network_key, sizeof next.network_key);
    staking_finish(&world);
}

static void the_roster_is_read_in_parts(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_transaction transaction = registration(&world, 7, 50, 700);
    assert_int_equal(staking_send(&world, &transaction), HS_OK);
    static const uint32_t order[] = {0, 1, 2, 7};
    struct hs_registered_validator part[3];
    struct hs_staking_totals totals;
    hs_ledger_staking_totals(world.ledger, &totals);
    assert_int_equal(totals.registered, 4);
    assert_true(totals.staked.units == 6 * STAKE_MIN + 700);
    uint32_t at = 0;
    for (uint32_t first = 0; first < 4; first += 3) {
        size_t count = hs_ledger_validators(world.ledger, part, 3, first);
        assert_int_equal(count, first == 0 ? 3 : 1);
        for (size_t i = 0; i < count; i++, at++) {
            assert_memory_equal(&part[i].operator_address, &operators[order[at]].address,
                                HS_ADDRESS_BYTES);
        }
    }
    assert_int_equal(hs_ledger_validators(world.ledger, part, 3, 4), 0);
    assert_int_equal(hs_ledger_validators(world.ledger, part, 3, UINT32_MAX), 0);
    assert_int_equal(hs_ledger_validators(world.ledger, part, 0, 0), 0);
    staking_finish(&world);
}

static void the_epoch_is_the_next_blocks(void **state)
{
    (void)state;
    static struct hs_fixed_epoch fixed;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    for (uint64_t height = 0; height < 3 * EPOCH_BLOCKS; height++) {
        assert_true(hs_ledger_epoch_number(world.ledger) == height / EPOCH_BLOCKS);
        uint64_t epoch = height / EPOCH_BLOCKS;
        for (uint64_t number = epoch; number <= epoch + 1; number++) {
            assert_int_equal(hs_ledger_fixed_epoch(world.ledger, &fixed, number), HS_OK);
            assert_true(fixed.epoch.validators.epoch == number);
            assert_memory_equal(&fixed.operators[1], &operators[1].address, HS_ADDRESS_BYTES);
            struct hs_address member;
            assert_true(hs_ledger_member_operator(world.ledger, &member, number, 1));
            assert_memory_equal(&member, &operators[1].address, HS_ADDRESS_BYTES);
            assert_false(hs_ledger_member_operator(world.ledger, &member, number, 2));
        }
        assert_int_equal(hs_ledger_fixed_epoch(world.ledger, &fixed, epoch + 2), HS_NOT_FOUND);
        struct hs_address nobody;
        assert_false(hs_ledger_member_operator(world.ledger, &nobody, epoch + 2, 0));
        staking_blocks(&world, 1);
    }
    staking_finish(&world);
}

/* What a block in the making has changed is not the committed state. */
static void an_uncommitted_block_is_not_read(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_transaction leave = staking_transaction(&world, 1, HS_TRANSACTION_LEAVE);
    uint8_t encoded[HS_TRANSACTION_ENCODED_BYTES_MAX];
    const struct hs_bytes bytes = {encoded, hs_transaction_encode(encoded, sizeof encoded, &leave)};
    struct hs_block_context block = staking_context(&world);
    struct hs_state child;
    struct hs_state_root root;
    bool included[1];
    assert_int_equal(world.app.execute(world.ledger, staking_state(&world), &block, &bytes, 1,
                                       included, &child, &root),
                     HS_OK);
    assert_true(included[0]);
    assert_stands(&world, 1, HS_VALIDATOR_ACTIVE, 1);
    world.app.commit(world.ledger, child);
    assert_stands(&world, 1, HS_VALIDATOR_LEAVING, 1);
    staking_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_active_with_its_place_stake_and_keys),
        cmocka_unit_test(who_registered_waits_until_its_epoch),
        cmocka_unit_test(who_leaves_keeps_its_place_as_long_as_the_sets_stand),
        cmocka_unit_test(who_was_punished_is_jailed_and_still_has_its_place),
        cmocka_unit_test(both_keys_of_a_rotation_are_read_with_their_epochs),
        cmocka_unit_test(the_roster_is_read_in_parts),
        cmocka_unit_test(the_epoch_is_the_next_blocks),
        cmocka_unit_test(an_uncommitted_block_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
