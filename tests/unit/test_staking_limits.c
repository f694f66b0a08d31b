/* The limits on what validators make a state hold: how many of them, keys and payments of each (P7). */
#define OPERATORS        1026u
#define VALIDATORS       128u
#define BATCH_MAX        1024u
#define OVERLAY_ACCOUNTS 16384u
#define OVERLAY_RECORDS  (1u << 18)
#define COMMITS          16u
#define COMMIT_WINDOW    100u
#define UNBONDING_EPOCHS 16u /* the first payment is due after the last is begun */
#define EVIDENCE_EPOCHS  16u
#include "staking_fixture.h"

#include "ledger/validator_reads.h"

#define GENESIS   4u
#define STAKE     1000u
#define KEY_COUNT 2000u /* of one round of keys */

_Static_assert(OPERATORS > HS_REGISTERED_VALIDATORS_MAX, "one more than there are places");

static struct hs_transaction batch[BATCH_MAX];
static bool included[BATCH_MAX];

static struct hs_transaction registration(struct staking_world *world, uint32_t who)
{
    struct hs_transaction transaction = staking_transaction(world, who, HS_TRANSACTION_REGISTER);
    transaction.registration.keys = keys_of(who);
    transaction.registration.stake.units = STAKE;
    return transaction;
}

static struct hs_transaction rotation(struct staking_world *world, uint32_t who, uint32_t round)
{
    struct hs_transaction transaction = staking_transaction(world, who, HS_TRANSACTION_ROTATE);
    transaction.rotation = keys_of(who + round * KEY_COUNT);
    return transaction;
}

static struct hs_transaction unstaking(struct staking_world *world, uint32_t who)
{
    struct hs_transaction transaction = staking_transaction(world, who, HS_TRANSACTION_UNSTAKE);
    transaction.stake.units = 1;
    return transaction;
}

static enum hs_status admitted(struct staking_world *world, struct hs_transaction transaction)
{
    uint8_t encoded[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_transaction_encode(encoded, sizeof encoded, &transaction);
    return world->app.admit(world->ledger, (struct hs_bytes){encoded, size});
}

static void all_valid(struct staking_world *world, size_t count)
{
    staking_block(world, batch, count, included);
    for (size_t i = 0; i < count; i++) {
        assert_true(included[i]);
    }
}

static uint32_t registered(const struct staking_world *world)
{
    struct hs_staking_totals totals;
    hs_ledger_staking_totals(world->ledger, &totals);
    return totals.registered;
}

/* All places taken; those of genesis stake less. */
static struct staking_world start_full(void)
{
    struct staking_world world = staking_start(GENESIS, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    for (uint32_t who = GENESIS; who < HS_REGISTERED_VALIDATORS_MAX; who++) {
        batch[who - GENESIS] = registration(&world, who);
    }
    all_valid(&world, HS_REGISTERED_VALIDATORS_MAX - GENESIS);
    assert_int_equal(registered(&world), HS_REGISTERED_VALIDATORS_MAX);
    return world;
}

static void the_places_are_bounded_and_one_that_is_left_is_free(void **state)
{
    (void)state;
    struct staking_world world = start_full();
    const uint32_t next = HS_REGISTERED_VALIDATORS_MAX;
    assert_int_equal(admitted(&world, registration(&world, next)), HS_FULL);
    batch[0] = staking_transaction(&world, 7, HS_TRANSACTION_LEAVE);
    all_valid(&world, 1);
    staking_epochs(&world, 1);
    /* The set has the first of equal stake, but for the one that leaves. */
    const struct hs_epoch *epoch = staking_set(&world, 2);
    assert_int_equal(epoch->validators.count, VALIDATORS);
    const struct hs_validator_keys last = keys_of(GENESIS + VALIDATORS);
    assert_memory_equal(&epoch->validators.validators[VALIDATORS - 1].network_key,
                        &last.network_key, sizeof last.network_key);
    staking_epochs(&world, UNBONDING_EPOCHS);
    assert_int_equal(admitted(&world, registration(&world, next)), HS_FULL);
    staking_epochs(&world, 1);
    assert_int_equal(registered(&world), HS_REGISTERED_VALIDATORS_MAX - 1);
    batch[0] = registration(&world, next);
    all_valid(&world, 1);
    assert_int_equal(admitted(&world, registration(&world, next + 1)), HS_FULL);
    staking_finish(&world);
}

/* A round of rotations and one of payments in each epoch, of all validators but those of genesis, whose
 * stakes differ. */
static void take_round(struct staking_world *world, uint32_t round)
{
    const uint32_t count = HS_REGISTERED_VALIDATORS_MAX - GENESIS;
    if (round + 1 < HS_VALIDATOR_KEYS_MAX) {
        for (uint32_t i = 0; i < count; i++) {
            batch[i] = rotation(world, GENESIS + i, round + 1);
        }
        all_valid(world, count);
    } else {
        staking_blocks(world, 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        batch[i] = unstaking(world, GENESIS + i);
    }
    all_valid(world, count);
}

/* The largest registry there can be, and the work of epochs that end on it. */
static void all_have_as_many_keys_and_payments_as_there_may_be_and_go(void **state)
{
    (void)state;
    struct staking_world world = start_full();
    staking_epochs(&world, 1);
    const uint64_t first = staking_epoch(&world);
    for (uint32_t round = 0; round < HS_UNBONDINGS_MAX; round++) {
        take_round(&world, round);
        if (round + 1 < HS_UNBONDINGS_MAX) {
            staking_epochs(&world, 1);
        }
    }
    struct hs_registered_validator validator;
    assert_int_equal(hs_ledger_validator(world.ledger, &validator, &operators[GENESIS].address),
                     HS_OK);
    assert_int_equal(validator.staker.key_count, HS_VALIDATOR_KEYS_MAX);
    assert_int_equal(validator.staker.unbonding_count, HS_UNBONDINGS_MAX);
    assert_int_equal(admitted(&world, rotation(&world, GENESIS, 9)), HS_FULL);
    assert_int_equal(admitted(&world, unstaking(&world, GENESIS)), HS_OK); /* with the last one */
    const uint32_t count = HS_REGISTERED_VALIDATORS_MAX - GENESIS;
    for (uint32_t i = 0; i + 1 < count; i++) {
        batch[i] = staking_transaction(&world, GENESIS + 1 + i, HS_TRANSACTION_LEAVE);
    }
    all_valid(&world, count - 1);
    assert_int_equal(admitted(&world, unstaking(&world, GENESIS)), HS_FULL); /* another epoch */

    const uint64_t last = first + HS_UNBONDINGS_MAX - 1 + 1 + UNBONDING_EPOCHS;
    while (staking_epoch(&world) < last) {
        staking_epochs(&world, 1);
        assert_int_equal(registered(&world), HS_REGISTERED_VALIDATORS_MAX);
    }
    uint64_t before = balance_of(&world, GENESIS + 1);
    staking_epochs(&world, 1);
    assert_int_equal(registered(&world), GENESIS + 1);
    assert_true(balance_of(&world, GENESIS + 1) == before + STAKE - HS_UNBONDINGS_MAX + 1);
    assert_int_equal(admitted(&world, registration(&world, GENESIS + 1)), HS_OK);
    staking_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_places_are_bounded_and_one_that_is_left_is_free),
        cmocka_unit_test(all_have_as_many_keys_and_payments_as_there_may_be_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
