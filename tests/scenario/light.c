/* A light client beside whole nodes: what they committed can be proved to it from what any of them
 * holds, and it ends where they are. */
#include "tests/scenario/scenario.h"

#include "light/light.h"
#include "node/proof_serving.h"

static uint8_t proof[HS_PROOF_BYTES_MAX];

/* What a node serves of `count` blocks from `height` on. */
static struct hs_bytes prove_blocks(struct hs_world *world, uint32_t node, uint64_t height,
                                    uint32_t count)
{
    size_t size;
    assert_int_equal(
        hs_node_prove_blocks(hs_world_node(world, node), height, count, proof, &size, sizeof proof),
        HS_OK);
    return (struct hs_bytes){proof, size};
}

/* On genesis. */
static void begin(struct hs_light *light, struct hs_world *world)
{
    static struct hs_epoch epoch;
    static uint8_t bytes[HS_EPOCH_BYTES_MAX];
    struct hs_node_block genesis;
    struct hs_light_error error;
    assert_int_equal(hs_node_read_block(hs_world_node(world, 0), 0, &genesis), HS_OK);
    epoch.last_height = UINT64_MAX;
    epoch.validators = hs_world_cluster(world)->validators;
    for (uint32_t i = 0; i < epoch.validators.count; i++) {
        epoch.leader_weights[i] = epoch.validators.validators[i].weight;
    }
    const struct hs_light_checkpoint checkpoint = {
        .chain_id = genesis.block.header.chain_id,
        .block_id = genesis.block.id,
        .epoch = {bytes, hs_epoch_encode(bytes, &epoch, hs_world_cluster(world)->election)},
    };
    assert_int_equal(hs_light_begin(light, &checkpoint, &error), HS_OK);
}

/* S5, with a validator that is down: its turns leave gaps between views. */
static void it_follows_what_nodes_commit(void **state)
{
    (void)state;
    static struct hs_light light;
    struct hs_light_error error;
    struct hs_world *world = new_world(4, 31);
    hs_world_start_all(world);
    run_to_height(world, 3, 20 * SECOND_NS);
    hs_world_crash(world, 3, false);
    run_to_height(world, 40, 120 * SECOND_NS);
    begin(&light, world);
    bool gap = false;
    for (uint64_t height = 1; height <= 30; height++) {
        struct hs_node_block block;
        const enum hs_status status =
            hs_light_advance(&light, prove_blocks(world, 0, height, 1), &error);
        assert_int_equal(status, HS_OK);
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), height, &block), HS_OK);
        assert_int_equal(light.height, height);
        assert_memory_equal(&light.block_id, &block.block.id, sizeof light.block_id);
        gap = gap || block.block.header.view > block.block.header.justify.view + 1;
    }
    assert_true(gap);
    hs_world_free(world);
}

/* Block by block, to the newest one that a node reports (D7), also right after it was restarted. */
static void it_follows_to_the_newest_block_and_leaves_none_out(void **state)
{
    (void)state;
    enum { ASKED = 16 };
    static struct hs_light light;
    static struct hs_block blocks[ASKED];
    struct hs_light_error error;
    struct hs_world *world = new_world(4, 33);
    hs_world_start_all(world);
    run_to_height(world, 50, 120 * SECOND_NS);
    begin(&light, world);
    for (uint32_t round = 0; round < 4; round++) {
        const uint64_t newest = status_of(world, 2).height;
        uint64_t asked = 0;
        while (light.height < newest) {
            size_t count;
            const uint64_t before = light.height;
            assert_int_equal(hs_light_follow(&light, blocks, &count, ASKED,
                                             prove_blocks(world, 2, light.height + 1, ASKED),
                                             &error),
                             HS_OK);
            assert_int_equal(blocks[0].header.height, before + 1);
            assert_int_equal(light.height, before + count);
            asked++;
        }
        assert_int_equal(light.height, newest);
        assert_true(asked <= newest / ASKED + 1);
        size_t size;
        assert_int_equal(hs_node_prove_blocks(hs_world_node(world, 2), newest + 1, 1, proof, &size,
                                              sizeof proof),
                         HS_NOT_FOUND);
        assert_int_equal(
            hs_node_prove_blocks(hs_world_node(world, 2), 0, 1, proof, &size, sizeof proof),
            HS_NOT_FOUND);
        assert_int_equal(
            hs_node_prove_blocks(hs_world_node(world, 2), newest, 1, proof, &size, 100), HS_FULL);
        run_to_height(world, newest + 10, 120 * SECOND_NS);
        hs_world_crash(world, 2, round % 2 == 0);
        assert_int_equal(hs_world_start(world, 2), HS_OK);
    }
    hs_world_free(world);
}

static void an_account_is_as_the_ledger_has_it(void **state)
{
    (void)state;
    static uint8_t account_proof[HS_STATE_PROOF_BYTES_MAX];
    static struct hs_light light;
    struct hs_light_error error;
    struct hs_ledger_proof path;
    struct hs_account held;
    struct hs_account shown;
    struct hs_world *world = new_world(4, 32);
    hs_world_start_all(world);
    run_to_height(world, 12, 20 * SECOND_NS);
    const uint64_t height = status_of(world, 0).core.committed_height;
    const struct hs_ledger *ledger = hs_world_ledger(world, 0);
    const struct hs_address *address = &hs_world_cluster(world)->accounts[0].address;
    hs_ledger_account(ledger, &held, address);
    hs_ledger_prove_account(ledger, &path, address);
    const size_t account_size = hs_state_proof_encode(account_proof, &path);
    run_to_height(world, height + 10, 20 * SECOND_NS);
    begin(&light, world);
    assert_int_equal(hs_light_advance(&light, prove_blocks(world, 0, height, 1), &error), HS_OK);
    assert_int_equal(hs_light_account(&light, &shown, address,
                                      (struct hs_bytes){account_proof, account_size}, &error),
                     HS_OK);
    assert_int_equal(shown.balance.units, held.balance.units);
    assert_int_equal(shown.nonce, held.nonce);
    assert_true(shown.balance.units > 0);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_follows_what_nodes_commit),
        cmocka_unit_test(it_follows_to_the_newest_block_and_leaves_none_out),
        cmocka_unit_test(an_account_is_as_the_ledger_has_it),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
