/* A validator changes both its keys while it runs (P7): its node has the old ones and the new ones,
 * signs with the member's in each epoch and shows its peers that one's network key. Nothing stalls,
 * the old key signs nothing from the new epoch on, and a restart anywhere on the way changes
 * nothing of that. The checkers hold throughout, and with them that a correct validator is never
 * accused. */
#include "tests/scenario/scenario.h"

#include "wire/message.h"
#include "wire/statement.h"
#include "wire/transaction.h"

enum { NODES = 4, ROTATES = 1, EPOCH_BLOCKS = 5 };

struct rotation {
    struct hs_world *world;
    struct hs_validator_key old;
    struct hs_validator_key new;
    uint64_t first_epoch; /* of the new keys; UINT64_MAX: not known yet */
    uint64_t signed_by_old;
    uint64_t signed_by_new;
};

static bool is_signed(const struct rotation *rotation, const struct hs_validator_key *key,
                      const struct hs_statement *statement,
                      const struct hs_bls_signature *signature)
{
    struct hs_bls_statement bytes;
    struct hs_bls_point point;
    hs_statement_encode(&bytes, &hs_world_cluster(rotation->world)->chain_id, statement);
    assert_int_equal(hs_bls_point_of(&point, &key->bls_public_key), HS_OK);
    const struct hs_bls_point *keys[] = {&point};
    return hs_bls_verify(signature, &bytes, keys, 1) == HS_OK;
}

static void note(struct rotation *rotation, const struct hs_statement *statement,
                 const struct hs_bls_signature *signature)
{
    bool by_new = statement->epoch >= rotation->first_epoch;
    assert_true(
        is_signed(rotation, by_new ? &rotation->new : &rotation->old, statement, signature));
    rotation->signed_by_new += by_new ? 1 : 0;
    rotation->signed_by_old += by_new ? 0 : 1;
}

/* What the node signs is signed with the key of the statement's epoch. */
static bool look_at_signatures(void *context, uint32_t from, uint32_t to,
                               const struct hs_message *message)
{
    struct rotation *rotation = context;
    (void)to;
    if (from == ROTATES && message->type == HS_MESSAGE_VOTE) {
        struct hs_statement said = hs_statement_of_vote(&message->vote);
        note(rotation, &said, &message->vote.signature);
    } else if (from == ROTATES && message->type == HS_MESSAGE_VIEW_CHANGE) {
        const struct hs_view_change *view_change = &message->view_change.view_change;
        struct hs_statement said = hs_statement_of_view_change(view_change);
        note(rotation, &said, &view_change->signature);
    }
    return true;
}

/* -- on the way ------------------------------------------------------------------------- */

static void begin(struct rotation *rotation, uint64_t seed)
{
    struct hs_world_config config;
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    hs_world_config_default(&config, NODES, seed);
    config.cluster.election = seed % 2 == 0 ? HS_LEADER_WEIGHTED : HS_LEADER_REPUTATION;
    config.cluster.epoch_blocks = EPOCH_BLOCKS;
    config.cluster.staked = true;
    config.cluster.staking = parameters.staking;
    config.cluster.staking.epoch_blocks = EPOCH_BLOCKS;
    config.snapshot_interval_blocks = 7;
    rotation->world = hs_world_new(&config);
    const struct hs_cluster *cluster = hs_world_cluster(rotation->world);
    rotation->old = cluster->validator_keys[ROTATES];
    rotation->first_epoch = UINT64_MAX;
    rotation->signed_by_old = 0;
    rotation->signed_by_new = 0;
    hs_world_set_filter(rotation->world, look_at_signatures, rotation);
}

static void give_key(struct rotation *rotation)
{
    const struct hs_validator_key *key = hs_world_give_key(rotation->world, ROTATES);
    assert_non_null(key);
    rotation->new = *key;
}

static void order_rotation(struct rotation *rotation)
{
    const struct hs_cluster *cluster = hs_world_cluster(rotation->world);
    struct hs_transaction rotates = {.type = HS_TRANSACTION_ROTATE};
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    hs_cluster_keys(&rotates.rotation, cluster, ROTATES, &rotation->new);
    rotates.chain_id = cluster->chain_id;
    rotates.max_fee.units = cluster->max_fee.units * HS_TRANSACTION_GAS_MAX;
    rotates.sender = cluster->operator_keys[ROTATES].public_key;
    hs_transaction_sign(&rotates, &cluster->operator_keys[ROTATES].secret_key);
    size_t size = hs_transaction_encode(bytes, sizeof bytes, &rotates);
    assert_int_equal(hs_world_submit_bytes(rotation->world, 0, (struct hs_bytes){bytes, size}),
                     HS_OK);
}

static bool has_key(const struct hs_epoch *epoch, const struct hs_validator_key *key)
{
    for (uint32_t i = 0; i < epoch->validators.count; i++) {
        if (memcmp(&epoch->validators.validators[i].bls_public_key, &key->bls_public_key,
                   sizeof key->bls_public_key) == 0) {
            return true;
        }
    }
    return false;
}

/* The first epoch with the new keys, once the chain has fixed it. */
static void look_for_first_epoch(struct rotation *rotation)
{
    const struct hs_cluster *cluster = hs_world_cluster(rotation->world);
    for (uint64_t e = 0; e < hs_cluster_epochs_known(cluster); e++) {
        if (rotation->first_epoch == UINT64_MAX &&
            has_key(hs_cluster_epoch(cluster, e), &rotation->new)) {
            rotation->first_epoch = e;
            assert_false(has_key(hs_cluster_epoch(cluster, e), &rotation->old));
        }
    }
}

static void step(struct rotation *rotation, uint64_t end_ns)
{
    assert_true(hs_world_now_ns(rotation->world) < end_ns && hs_world_step(rotation->world));
    assert_holds(rotation->world);
    look_for_first_epoch(rotation);
}

/* Until all that are up have come to that height. */
static void live_to(struct rotation *rotation, uint64_t height, uint64_t limit_ns)
{
    uint64_t end_ns = hs_world_now_ns(rotation->world) + limit_ns;
    while (hs_world_common_height(rotation->world) < height) {
        step(rotation, end_ns);
    }
}

/* Whether one of these blocks is certified by it, too: a quorum does without it, mostly. */
static bool is_among_signers(struct rotation *rotation, uint64_t from, uint64_t to)
{
    for (uint64_t height = from; height <= to; height++) {
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(rotation->world, 0), height, &block),
                         HS_OK);
        uint32_t member = hs_cluster_member_of(hs_world_cluster(rotation->world),
                                               block.block.header.epoch, ROTATES);
        if (block.certificate.epoch == block.block.header.epoch &&
            hs_bitmap_get(&block.certificate.signers, member)) {
            return true;
        }
    }
    return false;
}

static void assert_rotated(struct rotation *rotation)
{
    uint64_t height = hs_checkers_height(hs_world_checkers(rotation->world));
    uint64_t signed_by_new = rotation->signed_by_new;
    live_to(rotation, height + 2 * EPOCH_BLOCKS, 60 * SECOND_NS);
    assert_true(rotation->first_epoch != UINT64_MAX && rotation->signed_by_old > 0);
    assert_true(rotation->signed_by_new > signed_by_new);
    assert_int_equal(status_of(rotation->world, ROTATES).health, HS_NODE_HEALTHY);
    uint64_t last = height + 2 * EPOCH_BLOCKS;
    while (!is_among_signers(rotation, height, last)) {
        assert_true(last < height + 60 * EPOCH_BLOCKS);
        last += EPOCH_BLOCKS;
        live_to(rotation, last, 60 * SECOND_NS);
    }
    assert_same_chain(rotation->world);
}

/* -- what must hold ---------------------------------------------------------------------------- */

static void keys_are_rotated_while_the_validator_runs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct rotation rotation;
        begin(&rotation, seed);
        give_key(&rotation);
        hs_world_start_all(rotation.world);
        live_to(&rotation, 3, 60 * SECOND_NS);
        order_rotation(&rotation);
        while (rotation.first_epoch == UINT64_MAX) {
            step(&rotation, 60 * SECOND_NS);
        }
        uint64_t by_timeout = counters_of(rotation.world, 0).views_by_timeout;
        live_to(&rotation, (rotation.first_epoch + 3) * EPOCH_BLOCKS, 60 * SECOND_NS);
        /* To be connected again takes no turn of the others. */
        assert_true(counters_of(rotation.world, 0).views_by_timeout <= by_timeout + 1);
        assert_rotated(&rotation);
        hs_world_free(rotation.world);
    }
}

/* Its node is restarted for the keys, as an operator does, and twice in a row: the older ones go. */
static void keys_are_rotated_again_and_again(void **state)
{
    (void)state;
    struct rotation rotation;
    begin(&rotation, 20);
    hs_world_start_all(rotation.world);
    live_to(&rotation, 3, 60 * SECOND_NS);
    const struct hs_cluster *cluster = hs_world_cluster(rotation.world);
    for (uint64_t nonce = 0; nonce < 3; nonce++) {
        hs_world_crash(rotation.world, ROTATES, nonce % 2 == 0);
        if (nonce > 0) {
            rotation.old = rotation.new;
            rotation.first_epoch = UINT64_MAX;
            rotation.signed_by_new = 0;
        }
        give_key(&rotation);
        assert_int_equal(hs_world_start(rotation.world, ROTATES), HS_OK);
        struct hs_transaction rotates = {.type = HS_TRANSACTION_ROTATE, .nonce = nonce};
        uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
        hs_cluster_keys(&rotates.rotation, cluster, ROTATES, &rotation.new);
        rotates.chain_id = cluster->chain_id;
        rotates.max_fee.units = cluster->max_fee.units * HS_TRANSACTION_GAS_MAX;
        rotates.sender = cluster->operator_keys[ROTATES].public_key;
        hs_transaction_sign(&rotates, &cluster->operator_keys[ROTATES].secret_key);
        size_t size = hs_transaction_encode(bytes, sizeof bytes, &rotates);
        assert_int_equal(hs_world_submit_bytes(rotation.world, 0, (struct hs_bytes){bytes, size}),
                         HS_OK);
        uint64_t end_ns = hs_world_now_ns(rotation.world) + 120 * SECOND_NS;
        while (rotation.first_epoch == UINT64_MAX) {
            step(&rotation, end_ns);
        }
        live_to(&rotation, (rotation.first_epoch + 1) * EPOCH_BLOCKS, 60 * SECOND_NS);
        assert_rotated(&rotation);
    }
    hs_world_free(rotation.world);
}

/* Power is cut at a point between the ROTATE and the second epoch with the new keys, and comes back some
 * time later. */
static void a_restart_anywhere_on_the_way_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct rotation rotation;
        struct hs_random random = hs_random_of(seed, 7);
        begin(&rotation, 100 + seed);
        give_key(&rotation);
        hs_world_start_all(rotation.world);
        live_to(&rotation, 3, 60 * SECOND_NS);
        order_rotation(&rotation);
        uint64_t end_ns = hs_world_now_ns(rotation.world) + 120 * SECOND_NS;
        uint64_t steps = hs_random_below(&random, 4000);
        for (uint64_t i = 0; i < steps && hs_world_common_height(rotation.world) < 25; i++) {
            step(&rotation, end_ns);
        }
        hs_world_crash(rotation.world, ROTATES, seed % 3 != 0);
        uint64_t down_ns = hs_random_below(&random, 4 * SECOND_NS);
        uint64_t up_ns = hs_world_now_ns(rotation.world) + down_ns;
        while (hs_world_now_ns(rotation.world) < up_ns) {
            step(&rotation, end_ns);
        }
        assert_int_equal(hs_world_start(rotation.world, ROTATES), HS_OK);
        while (rotation.first_epoch == UINT64_MAX ||
               hs_world_common_height(rotation.world) < (rotation.first_epoch + 1) * EPOCH_BLOCKS) {
            step(&rotation, end_ns);
        }
        assert_rotated(&rotation);
        hs_world_free(rotation.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_rotated_while_the_validator_runs),
        cmocka_unit_test(keys_are_rotated_again_and_again),
        cmocka_unit_test(a_restart_anywhere_on_the_way_changes_nothing),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
