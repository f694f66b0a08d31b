/* Who comes and who goes, and whom they find (P5): nodes with homes of their own, which know the
 * validators of genesis or those that their owner named, and stakes that make the sets (P7). */
#include "tests/scenario/scenario.h"

enum { GENESIS = 4, EPOCH_BLOCKS = 40 };

static struct hs_world *staked_world(uint32_t joiners, uint32_t known_count, uint32_t known)
{
    struct hs_world_config config;
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    hs_world_config_default(&config, GENESIS + joiners, 1);
    config.cluster.joiner_count = joiners;
    config.cluster.election = HS_LEADER_WEIGHTED;
    config.cluster.epoch_blocks = EPOCH_BLOCKS;
    config.cluster.staked = true;
    config.cluster.staking = parameters.staking;
    config.cluster.staking.epoch_blocks = EPOCH_BLOCKS;
    config.known_count = known_count;
    config.known[0] = known;
    return hs_world_new(&config);
}

static void start(struct hs_world *world, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        assert_int_equal(hs_world_start(world, i), HS_OK);
    }
}

static void crash(struct hs_world *world, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        hs_world_crash(world, i, false);
    }
}

/* Hands what the operator of a node wants to another node. */
static void order(struct hs_world *world, uint32_t through, uint32_t node,
                  struct hs_transaction *transaction)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_account account;
    hs_ledger_account(hs_world_ledger(world, through), &account,
                      &cluster->operator_keys[node].address);
    transaction->chain_id = cluster->chain_id;
    transaction->nonce = account.nonce;
    transaction->max_fee.units = cluster->max_fee.units * HS_TRANSACTION_GAS_MAX;
    transaction->sender = cluster->operator_keys[node].public_key;
    hs_transaction_sign(transaction, &cluster->operator_keys[node].secret_key);
    size_t size = hs_transaction_encode(bytes, sizeof bytes, transaction);
    assert_int_equal(hs_world_submit_bytes(world, through, (struct hs_bytes){bytes, size}), HS_OK);
}

static void join(struct hs_world *world, uint32_t through, uint32_t node)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    struct hs_transaction transaction = {.type = HS_TRANSACTION_REGISTER};
    hs_cluster_keys(&transaction.registration.keys, cluster, node, &cluster->validator_keys[node]);
    transaction.registration.stake.units = HS_CLUSTER_STAKE_UNITS;
    order(world, through, node, &transaction);
}

static void leave(struct hs_world *world, uint32_t through, uint32_t node)
{
    struct hs_transaction transaction = {.type = HS_TRANSACTION_LEAVE};
    order(world, through, node, &transaction);
}

static uint64_t epoch_of(struct hs_world *world, uint32_t node)
{
    return status_of(world, node).core.epoch;
}

static void run_to_epoch(struct hs_world *world, uint32_t node, uint64_t epoch)
{
    uint64_t end_ns = hs_world_now_ns(world) + 600 * SECOND_NS;
    while (epoch_of(world, node) < epoch) {
        assert_true(hs_world_now_ns(world) < end_ns);
        assert_true(hs_world_step(world));
        assert_holds(world);
    }
}

static bool is_member(struct hs_world *world, uint32_t node)
{
    return status_of(world, node).self != HS_VALIDATORS_MAX;
}

/* A fresh home, eight epochs later: once it is registered the others let it in, and it is there before
 * its own epoch begins. */
static void who_registers_follows_before_its_epoch_and_signs_in_it(void **state)
{
    (void)state;
    struct hs_world *world = staked_world(1, 0, 0);
    start(world, 0, GENESIS);
    run_to_epoch(world, 0, 8);
    start(world, GENESIS, 1);
    run_for(world, 3 * SECOND_NS);
    assert_int_equal(status_of(world, GENESIS).height, 0); /* nobody lets it in */
    uint64_t registered = epoch_of(world, 0);
    join(world, 0, GENESIS);
    run_for(world, 3 * SECOND_NS); /* the tables are made anew every two seconds */
    assert_true(epoch_of(world, 0) < registered + 2);
    assert_true(status_of(world, GENESIS).height + 3 >= status_of(world, 0).height);
    assert_false(is_member(world, GENESIS));
    run_to_epoch(world, GENESIS, registered + 2);
    assert_true(is_member(world, GENESIS));
    run_to_epoch(world, GENESIS, registered + 4);
    struct hs_node_counters counters;
    hs_node_counters(hs_world_node(world, GENESIS), &counters);
    assert_true(counters.votes_signed > EPOCH_BLOCKS / 2);
    assert_int_equal(status_of(world, GENESIS).health, HS_NODE_HEALTHY);
    hs_world_free(world);
}

/* Until its stake is paid out; it has its blocks and gives them to those who come. */
static void who_left_follows_and_serves_until_it_is_paid_out(void **state)
{
    (void)state;
    struct hs_world *world = staked_world(0, 0, 0);
    const uint32_t leaver = 3;
    start(world, 0, GENESIS);
    run_to_epoch(world, 0, 1);
    leave(world, 0, leaver);
    for (uint64_t epoch = 2; epoch < 6; epoch++) {
        run_to_epoch(world, 0, epoch);
        run_for(world, SECOND_NS);
        assert_true(status_of(world, leaver).height + 3 >= status_of(world, 0).height);
    }
    assert_false(is_member(world, leaver));
    /* One that lost its blocks is given them by this one alone. */
    crash(world, 2, 1);
    assert_int_equal(hs_world_recover(world, 2, true), HS_OK);
    hs_world_pause(world, 0);
    hs_world_pause(world, 1);
    uint64_t height = status_of(world, leaver).height;
    start(world, 2, 1);
    run_for(world, 3 * SECOND_NS);
    assert_true(status_of(world, 2).height + 3 >= height);
    hs_world_resume(world, 0);
    hs_world_resume(world, 1);
    /* Six epochs after it left it is paid out, and nobody's peer. */
    run_to_epoch(world, 0, 9);
    height = status_of(world, leaver).height;
    run_for(world, 5 * SECOND_NS);
    assert_int_equal(status_of(world, leaver).height, height);
    assert_int_equal(status_of(world, leaver).peers_connected, 0);
    hs_world_free(world);
}

/* Four others take the place of the validators of genesis, whose machines are switched off. Then
 * one more comes, with the genesis file alone. */
static struct hs_world *world_without_its_founders(uint32_t known_count)
{
    struct hs_world *world = staked_world(5, known_count, 5);
    start(world, 0, GENESIS);
    run_to_epoch(world, 0, 1);
    start(world, GENESIS, 4);
    for (uint32_t i = 0; i < 4; i++) {
        join(world, 0, GENESIS + i);
    }
    run_to_epoch(world, GENESIS, 4);
    for (uint32_t i = 0; i < GENESIS; i++) {
        assert_true(is_member(world, GENESIS + i));
        leave(world, GENESIS, i);
    }
    run_to_epoch(world, GENESIS, 8);
    crash(world, 0, GENESIS);
    run_to_epoch(world, GENESIS, 9);
    join(world, GENESIS, 8);
    run_for(world, 3 * SECOND_NS);
    start(world, 8, 1);
    run_for(world, 10 * SECOND_NS);
    return world;
}

static void who_knows_the_founders_alone_finds_nobody_after_they_went(void **state)
{
    (void)state;
    struct hs_world *world = world_without_its_founders(0);
    assert_int_equal(status_of(world, 8).height, 0);
    assert_int_equal(status_of(world, 8).peers_connected, 0);
    hs_world_free(world);
}

static void one_that_the_owner_named_is_enough_to_find_the_chain(void **state)
{
    (void)state;
    struct hs_world *world = world_without_its_founders(1);
    assert_true(status_of(world, 8).height + 3 >= status_of(world, GENESIS).height);
    run_to_epoch(world, 8, epoch_of(world, GENESIS) + 3);
    assert_true(is_member(world, 8));
    assert_int_equal(status_of(world, 8).health, HS_NODE_HEALTHY);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_registers_follows_before_its_epoch_and_signs_in_it),
        cmocka_unit_test(who_left_follows_and_serves_until_it_is_paid_out),
        cmocka_unit_test(who_knows_the_founders_alone_finds_nobody_after_they_went),
        cmocka_unit_test(one_that_the_owner_named_is_enough_to_find_the_chain),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
