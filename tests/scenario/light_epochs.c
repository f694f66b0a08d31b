/* A light client beside nodes whose sets change from epoch to epoch by what operators do (P4, P7): from
 * genesis it comes through every end, block by block and by steps, and knows each set as the chain
 * has it, whoever serves it. */
#include "tests/scenario/scenario.h"

#include "light/light.h"
#include "node/proof_serving.h"

enum { NODES = 6, LEAVER = 4, JOINER = 5, EPOCH_BLOCKS = 12, LAST_EPOCH = 6, ASKED = 5 };

static uint8_t answer[HS_PROOF_BYTES_MAX];
static struct hs_light light;
static struct hs_light_error error;

/* -- what operators do ---------------------------------------------------------------------- */

static void hand_in(struct hs_world *world, uint32_t node, uint64_t nonce,
                    struct hs_transaction *transaction)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    transaction->chain_id = cluster->chain_id;
    transaction->nonce = nonce;
    transaction->max_fee.units = cluster->max_fee.units * HS_TRANSACTION_GAS_MAX;
    transaction->sender = cluster->operator_keys[node].public_key;
    hs_transaction_sign(transaction, &cluster->operator_keys[node].secret_key);
    const size_t size = hs_transaction_encode(bytes, sizeof bytes, transaction);
    assert_int_equal(hs_world_submit_bytes(world, 0, (struct hs_bytes){bytes, size}), HS_OK);
}

static void change_stakes(struct hs_world *world)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    struct hs_transaction registers = {.type = HS_TRANSACTION_REGISTER};
    hs_cluster_keys(&registers.registration.keys, cluster, JOINER,
                    &cluster->validator_keys[JOINER]);
    registers.registration.stake.units = 700;
    hand_in(world, JOINER, 0, &registers);
    struct hs_transaction adds = {.type = HS_TRANSACTION_STAKE, .stake = {500}};
    hand_in(world, 1, 0, &adds);
}

static struct hs_world *staked_world(uint64_t seed)
{
    struct hs_world_config config;
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    hs_world_config_default(&config, NODES, seed);
    config.cluster.joiner_count = NODES - JOINER;
    config.cluster.election = HS_LEADER_WEIGHTED;
    config.cluster.epoch_blocks = EPOCH_BLOCKS;
    config.cluster.staked = true;
    config.cluster.staking = parameters.staking;
    config.cluster.staking.epoch_blocks = EPOCH_BLOCKS;
    config.snapshot_interval_blocks = 20;
    return hs_world_new(&config);
}

/* To the end of LAST_EPOCH - 1: one joins, one adds to its stake, and later one leaves. */
static struct hs_world *lived_world(uint64_t seed)
{
    struct hs_world *world = staked_world(seed);
    hs_world_start_all(world);
    change_stakes(world);
    run_to_height(world, 2 * EPOCH_BLOCKS + 2, 120 * SECOND_NS);
    struct hs_transaction leaves = {.type = HS_TRANSACTION_LEAVE};
    hand_in(world, LEAVER, 0, &leaves);
    /* Who left is nobody's peer any more, and stays where it is. */
    const uint64_t end_ns = hs_world_now_ns(world) + 240 * SECOND_NS;
    for (uint32_t i = 0; i < NODES; i++) {
        while (i != LEAVER && status_of(world, i).height < LAST_EPOCH * EPOCH_BLOCKS + 3) {
            assert_true(hs_world_now_ns(world) < end_ns && hs_world_step(world));
            assert_holds(world);
        }
    }
    return world;
}

/* -- the client --------------------------------------------------------------------------------- */

static void begin(struct hs_world *world)
{
    static uint8_t epoch[HS_EPOCH_BYTES_MAX];
    const struct hs_cluster *cluster = hs_world_cluster(world);
    const struct hs_light_checkpoint genesis = {
        .chain_id = cluster->chain_id,
        .block_id = cluster->genesis.id,
        .epoch = {epoch, hs_epoch_encode(epoch, hs_cluster_epoch(cluster, 0), cluster->election)},
    };
    assert_int_equal(hs_light_begin(&light, &genesis, &error), HS_OK);
}

static struct hs_bytes step_into(struct hs_world *world, uint32_t node, uint64_t epoch)
{
    size_t size;
    assert_int_equal(
        hs_node_prove_epoch(hs_world_node(world, node), epoch, answer, &size, sizeof answer),
        HS_OK);
    return (struct hs_bytes){answer, size};
}

static struct hs_bytes blocks_from(struct hs_world *world, uint32_t node, uint64_t height)
{
    size_t size;
    assert_int_equal(hs_node_prove_blocks(hs_world_node(world, node), height, ASKED, answer, &size,
                                          sizeof answer),
                     HS_OK);
    return (struct hs_bytes){answer, size};
}

/* The set is the chain's. */
static void check_set(struct hs_world *world)
{
    struct hs_hash own;
    struct hs_hash told;
    const struct hs_cluster *cluster = hs_world_cluster(world);
    hs_epoch_digest(&own, &light.epoch, light.election);
    hs_epoch_digest(&told, hs_cluster_epoch(cluster, light.epoch.validators.epoch),
                    cluster->election);
    assert_memory_equal(&own, &told, sizeof own);
}

static void check_block(struct hs_world *world, uint32_t node, const struct hs_block *block)
{
    struct hs_node_block held;
    assert_int_equal(hs_node_read_block(hs_world_node(world, node), block->header.height, &held),
                     HS_OK);
    assert_memory_equal(&held.block.id, &block->id, sizeof block->id);
}

static void follow(struct hs_world *world, uint32_t node, uint64_t until)
{
    static struct hs_block blocks[ASKED];
    while (light.height < until) {
        size_t count;
        if (light.height == light.epoch.last_height) {
            const struct hs_bytes step = step_into(world, node, light.epoch.validators.epoch + 1);
            assert_int_equal(hs_light_step(&light, step, &error), HS_OK);
            check_set(world);
            continue;
        }
        assert_int_equal(hs_light_follow(&light, blocks, &count, ASKED,
                                         blocks_from(world, node, light.height + 1), &error),
                         HS_OK);
        for (size_t i = 0; i < count; i++) {
            check_block(world, node, &blocks[i]);
        }
    }
    assert_true(light.height >= until);
}

/* -- what holds ------------------------------------------------------------------------------------- */

static void it_comes_through_every_end_block_by_block(void **state)
{
    (void)state;
    struct hs_world *world = lived_world(51);
    const uint32_t servers[] = {0, 3, JOINER};
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        begin(world);
        follow(world, servers[i], LAST_EPOCH * EPOCH_BLOCKS + 2);
        assert_int_equal(light.epoch.validators.epoch, LAST_EPOCH);
    }
    hs_world_free(world);
}

/* Two epochs after it was asked for, each (P4). */
static void the_sets_are_those_that_operators_made(void **state)
{
    (void)state;
    static const uint32_t counts[] = {5, 5, 6, 6, 5, 5, 5};
    static const uint64_t totals[] = {5000, 5000, 6200, 6200, 5200, 5200, 5200};
    struct hs_world *world = lived_world(52);
    begin(world);
    for (uint64_t epoch = 0; epoch <= LAST_EPOCH; epoch++) {
        if (epoch > 0) {
            assert_int_equal(hs_light_step(&light, step_into(world, 2, epoch), &error), HS_OK);
        }
        check_set(world);
        assert_int_equal(light.epoch.validators.count, counts[epoch]);
        assert_int_equal(light.epoch.validators.weight_total, totals[epoch]);
    }
    assert_int_equal(light.height, LAST_EPOCH * EPOCH_BLOCKS);
    size_t size;
    assert_int_equal(
        hs_node_prove_epoch(hs_world_node(world, 2), LAST_EPOCH + 1, answer, &size, sizeof answer),
        HS_NOT_FOUND);
    assert_int_equal(hs_node_prove_epoch(hs_world_node(world, 2), 0, answer, &size, sizeof answer),
                     HS_NOT_FOUND);
    hs_world_free(world);
}

/* Ends that are long over are served from the log: by a node that started at a snapshot above them, and
 * by one that was down while they came and fetched them. */
static void a_node_that_came_late_or_again_proves_the_same(void **state)
{
    (void)state;
    struct hs_world *world = staked_world(53);
    hs_world_start_all(world);
    change_stakes(world);
    run_to_height(world, 3, 20 * SECOND_NS);
    hs_world_crash(world, 2, true);
    run_to_height(world, 3 * EPOCH_BLOCKS + 2, 240 * SECOND_NS);
    assert_int_equal(hs_world_start(world, 2), HS_OK);
    run_to_height(world, 4 * EPOCH_BLOCKS + 2, 240 * SECOND_NS);
    hs_world_crash(world, 3, true);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    run_to_height(world, 5 * EPOCH_BLOCKS + 2, 240 * SECOND_NS);
    for (uint32_t node = 2; node <= 3; node++) {
        begin(world);
        follow(world, node, 5 * EPOCH_BLOCKS + 1);
    }
    hs_world_free(world);
}

/* A set as it was, or as it will be, signs nothing that counts (S7). */
static void steps_hold_only_where_they_belong(void **state)
{
    (void)state;
    struct hs_world *world = lived_world(54);
    begin(world);
    assert_int_not_equal(hs_light_step(&light, step_into(world, 0, 2), &error), HS_OK);
    assert_int_equal(light.epoch.validators.epoch, 0);
    assert_int_equal(hs_light_step(&light, step_into(world, 0, 1), &error), HS_OK);
    assert_int_not_equal(hs_light_step(&light, step_into(world, 0, 1), &error), HS_OK);
    const struct hs_bytes later = blocks_from(world, 0, 2 * EPOCH_BLOCKS + 2);
    assert_int_not_equal(hs_light_advance(&light, later, &error), HS_OK);
    assert_int_equal(light.height, EPOCH_BLOCKS);
    assert_int_equal(hs_light_step(&light, step_into(world, 0, 2), &error), HS_OK);
    assert_int_equal(hs_light_advance(&light, blocks_from(world, 0, 2 * EPOCH_BLOCKS + 2), &error),
                     HS_OK);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_through_every_end_block_by_block),
        cmocka_unit_test(the_sets_are_those_that_operators_made),
        cmocka_unit_test(a_node_that_came_late_or_again_proves_the_same),
        cmocka_unit_test(steps_hold_only_where_they_belong),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
