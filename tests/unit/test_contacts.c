/* Who is registered, as the network is told of it (P5). */
#include "staking_fixture.h"

static struct hs_transaction transaction_of(struct staking_world *world, uint32_t sender,
                                            enum hs_transaction_type type,
                                            const struct hs_validator_keys *keys)
{
    struct hs_transaction transaction = staking_transaction(world, sender, type);
    if (type == HS_TRANSACTION_REGISTER) {
        transaction.registration.keys = *keys;
        transaction.registration.stake.units = 300;
    } else if (type == HS_TRANSACTION_ROTATE) {
        transaction.rotation = *keys;
    }
    return transaction;
}

static void send(struct staking_world *world, uint32_t sender, enum hs_transaction_type type,
                 const struct hs_validator_keys *keys)
{
    const struct hs_transaction transaction = transaction_of(world, sender, type, keys);
    assert_int_equal(staking_send(world, &transaction), HS_OK);
}

static struct hs_validator_keys keys_at(uint32_t number, const char *address)
{
    struct hs_validator_keys keys = keys_of(number);
    memset(&keys.address, 0, sizeof keys.address);
    (void)strncpy(keys.address.text, address, HS_DIAL_ADDRESS_BYTES_MAX);
    return keys;
}

/* The keys with these numbers, in this order. */
static void assert_registered(struct staking_world *world, size_t count, const uint32_t numbers[])
{
    struct hs_contact contacts[16];
    assert_int_equal(world->app.registered(world->ledger, contacts, 16), count);
    for (size_t i = 0; i < count; i++) {
        struct hs_validator_keys keys = keys_of(numbers[i]);
        assert_memory_equal(&contacts[i].key, &keys.network_key, sizeof keys.network_key);
    }
}

static void all_that_are_registered_are_listed_in_their_order(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_contact contacts[3];
    struct hs_validator_keys keys = keys_at(50, "192.0.2.5:7000");
    assert_registered(&world, 2, (uint32_t[]){0, 1});
    send(&world, 5, HS_TRANSACTION_REGISTER, &keys);
    keys = keys_at(40, "[2001:db8::4]:7000");
    send(&world, 4, HS_TRANSACTION_REGISTER, &keys);
    assert_registered(&world, 4, (uint32_t[]){0, 1, 50, 40});
    assert_int_equal(world.app.registered(world.ledger, contacts, 3), 3);
    assert_string_equal(contacts[1].address.text, "127.0.0.1:1");
    assert_string_equal(contacts[2].address.text, "192.0.2.5:7000");
    assert_int_equal(world.app.registered(world.ledger, contacts, 0), 0);
    staking_finish(&world);
}

/* The old keys last as long as a set may hold them, the new ones are known at once. */
static void keys_in_use_and_keys_announced_are_listed(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_contact contacts[16];
    struct hs_validator_keys keys = keys_at(60, "192.0.2.6:7000");
    send(&world, 0, HS_TRANSACTION_ROTATE, &keys);
    assert_registered(&world, 3, (uint32_t[]){60, 0, 1});
    assert_int_equal(world.app.registered(world.ledger, contacts, 16), 3);
    assert_string_equal(contacts[0].address.text, "192.0.2.6:7000");
    staking_epochs(&world, 1);
    assert_registered(&world, 3, (uint32_t[]){60, 0, 1});
    staking_epochs(&world, 1);
    assert_registered(&world, 2, (uint32_t[]){60, 1});
    staking_finish(&world);
}

/* A rotation may change the other key alone, or only where the validator is. */
static void a_network_key_that_stays_is_listed_once(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    struct hs_contact contacts[16];
    struct hs_validator_keys keys = keys_at(60, "192.0.2.6:7000");
    keys.network_key = keys_of(0).network_key;
    send(&world, 0, HS_TRANSACTION_ROTATE, &keys);
    assert_registered(&world, 2, (uint32_t[]){0, 1});
    assert_int_equal(world.app.registered(world.ledger, contacts, 16), 2);
    assert_string_equal(contacts[0].address.text, "192.0.2.6:7000");
    staking_finish(&world);
}

static void who_left_is_listed_until_it_is_paid_out(void **state)
{
    (void)state;
    struct staking_world world = staking_start(3, EPOCH_BLOCKS, HS_LEADER_WEIGHTED);
    send(&world, 1, HS_TRANSACTION_LEAVE, NULL);
    staking_epochs(&world, 3);
    assert_registered(&world, 3, (uint32_t[]){0, 1, 2});
    staking_epochs(&world, 1);
    assert_registered(&world, 2, (uint32_t[]){0, 2});
    staking_finish(&world);
}

static void without_epochs_there_is_nobody_to_ask_for(void **state)
{
    (void)state;
    struct staking_world world = staking_start(2, 0, HS_LEADER_WEIGHTED);
    assert_null(world.app.registered);
    staking_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_are_registered_are_listed_in_their_order),
        cmocka_unit_test(keys_in_use_and_keys_announced_are_listed),
        cmocka_unit_test(a_network_key_that_stays_is_listed_once),
        cmocka_unit_test(who_left_is_listed_until_it_is_paid_out),
        cmocka_unit_test(without_epochs_there_is_nobody_to_ask_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
