/* A light client beside whole nodes: what they committed can be proved to it from what any of them
 * holds, and it ends where they are. */
#include "tests/scenario/scenario.h"

#include "light/light.h"
#include "wire/header.h"

/* What a server would send: the commit proof of `height`, out of a node's committed blocks. */
static size_t prove_height(struct hs_world *world, uint64_t height, uint8_t bytes[],
                           size_t capacity)
{
    enum { MOST = 64 };
    static struct hs_block_header ascending[MOST];
    static struct hs_block_header descending[MOST];
    struct hs_node_block block;
    size_t count = 0;
    bool commits = false;
    while (!commits) {
        assert_true(count < MOST);
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), height + count, &block),
                         HS_OK);
        ascending[count] = block.block.header;
        commits = count > 0 && ascending[count].view == ascending[count - 1].view + 1; /* S5 */
        count++;
    }
    assert_true(block.has_certificate);
    for (size_t i = 0; i < count; i++) {
        descending[i] = ascending[count - 1 - i];
    }
    size_t size;
    assert_int_equal(hs_commit_proof_encode(bytes, &size, capacity, &block.certificate, descending,
                                            count, node_count_of(world)),
                     HS_OK);
    return size;
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
    static uint8_t proof[65536];
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
        const size_t size = prove_height(world, height, proof, sizeof proof);
        const enum hs_status status =
            hs_light_advance(&light, (struct hs_bytes){proof, size}, &error);
        assert_int_equal(status, HS_OK);
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), height, &block), HS_OK);
        assert_int_equal(light.height, height);
        assert_memory_equal(&light.block_id, &block.block.id, sizeof light.block_id);
        gap = gap || block.block.header.view > block.block.header.justify.view + 1;
    }
    assert_true(gap);
    hs_world_free(world);
}

static void an_account_is_as_the_ledger_has_it(void **state)
{
    (void)state;
    static uint8_t proof[65536];
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
    const size_t size = prove_height(world, height, proof, sizeof proof);
    assert_int_equal(hs_light_advance(&light, (struct hs_bytes){proof, size}, &error), HS_OK);
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
        cmocka_unit_test(an_account_is_as_the_ledger_has_it),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
