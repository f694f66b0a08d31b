/* A chain whose validators come and go (P4, P7, P8): by transactions of their operators through the
 * pools of whole nodes, under load. The checkers hold throughout: a model that is fed the committed
 * blocks has the same stakes, payments, sets and randomness as every node at every height, the
 * supply is conserved to the unit, all have one chain without a gap, and nobody correct is
 * punished. */
#include "tests/scenario/scenario.h"

#include <stdlib.h>

#include "sim/operators.h"
#include "sim/stake_model.h"
#include "wire/message.h"
#include "wire/statement.h"

enum { NODES = 5, ROTATES = 1, LEAVES = 2, LIAR = 3, JOINS = 4 };

struct chain {
    struct hs_world *world;
    struct hs_load load;
    struct hs_operators operators;
    struct hs_bitmap unsound; /* nobody is */
};

static struct hs_world *world_of(uint32_t node_count, uint32_t joiner_count, uint64_t epoch_blocks,
                                 uint64_t seed)
{
    struct hs_world_config config;
    struct hs_ledger_parameters parameters;
    hs_world_config_default(&config, node_count, seed);
    hs_ledger_parameters_default(&parameters);
    config.cluster.joiner_count = joiner_count;
    config.cluster.election = HS_LEADER_WEIGHTED;
    config.cluster.epoch_blocks = epoch_blocks;
    config.cluster.staked = true;
    config.cluster.staking = parameters.staking;
    config.cluster.staking.unbonding_epochs = 1;
    config.cluster.staking.evidence_epochs = 1;
    config.cluster.staking.jail_epochs = 1;
    config.segment_bytes = 1u << 16;
    config.snapshot_interval_blocks = 50;
    return hs_world_new(&config);
}

static const struct hs_stake_model *model_of(struct hs_world *world)
{
    return hs_checkers_stakes(hs_world_checkers(world));
}

static bool is_member(struct hs_world *world, uint32_t node)
{
    return hs_cluster_member_of(hs_world_cluster(world), model_of(world)->epoch, node) !=
           HS_VALIDATORS_MAX;
}

static void begin(struct chain *chain, struct hs_world *world, uint32_t load, uint64_t seed)
{
    *chain = (struct chain){.world = world};
    hs_load_init(&chain->load, load, seed);
    hs_operators_init(&chain->operators, 1, false, seed);
    chain->operators.draw_ns = UINT64_MAX; /* the test says who acts */
    chain->operators.reports = true;
    hs_world_start_all(world);
}

static void run_chain(struct chain *chain, uint64_t duration_ns)
{
    uint64_t end_ns = hs_world_now_ns(chain->world) + duration_ns;
    while (hs_world_now_ns(chain->world) < end_ns) {
        uint64_t next_ns = chain->operators.next_ns < end_ns ? chain->operators.next_ns : end_ns;
        hs_load_run_until(&chain->load, chain->world, next_ns);
        assert_holds(chain->world);
        hs_operators_act(&chain->operators, chain->world, &chain->unsound);
    }
}

/* Until the operator's transaction is committed. */
static void do_operation(struct chain *chain, uint32_t node, struct hs_transaction *transaction)
{
    uint64_t end_ns = hs_world_now_ns(chain->world) + 60 * SECOND_NS;
    assert_true(hs_operators_order(&chain->operators, chain->world, node, transaction));
    uint64_t nonce = model_of(chain->world)->validators[node].nonce;
    while (model_of(chain->world)->validators[node].nonce == nonce) {
        assert_true(hs_world_now_ns(chain->world) < end_ns);
        run_chain(chain, SECOND_NS / 10);
    }
}

static void run_until_member(struct chain *chain, uint32_t node, bool member)
{
    uint64_t end_ns = hs_world_now_ns(chain->world) + 120 * SECOND_NS;
    while (is_member(chain->world, node) != member) {
        assert_true(hs_world_now_ns(chain->world) < end_ns);
        run_chain(chain, SECOND_NS / 10);
    }
}

/* -- who rotated and fell behind ----------------------------------------------------------------- */

static void rotate(struct chain *chain, uint32_t node)
{
    const struct hs_validator_key *key = hs_world_rotate(chain->world, node);
    assert_non_null(key);
    assert_int_equal(hs_world_start(chain->world, node), HS_OK);
    struct hs_transaction transaction = {.type = HS_TRANSACTION_ROTATE};
    hs_cluster_keys(&transaction.rotation, hs_world_cluster(chain->world), node, key);
    do_operation(chain, node, &transaction);
}

/* P7: its node was down from before the epoch of its new keys on, and nobody knows its old ones any
 * more, by which it was a member where it stands still. */
static void who_rotated_and_fell_behind_comes_back(void **state)
{
    (void)state;
    struct chain chain;
    begin(&chain, world_of(4, 0, 5, 1), 5, 1);
    run_chain(&chain, SECOND_NS);
    rotate(&chain, ROTATES);
    hs_world_crash(chain.world, ROTATES, true);
    uint64_t epoch = model_of(chain.world)->epoch;
    while (model_of(chain.world)->epoch < epoch + 8) {
        run_chain(&chain, SECOND_NS);
    }
    assert_int_equal(hs_world_start(chain.world, ROTATES), HS_OK);
    assert_true(status_of(chain.world, ROTATES).core.epoch <= epoch + 1);
    uint64_t height = hs_checkers_height(hs_world_checkers(chain.world));
    run_to_height(chain.world, height + 5, 60 * SECOND_NS);
    assert_true(status_of(chain.world, ROTATES).core.signing);
    hs_world_free(chain.world);
}

/* All at once, where without them there is no quorum: those ahead wait for those behind, who show keys
 * that are forgotten. */
static void a_quorum_that_rotated_comes_together_again(void **state)
{
    (void)state;
    struct chain chain;
    begin(&chain, world_of(4, 0, 5, 2), 5, 2);
    run_chain(&chain, SECOND_NS);
    for (uint32_t i = 1; i < 4; i++) {
        rotate(&chain, i);
    }
    hs_world_crash(chain.world, 1, false);
    uint64_t epoch = model_of(chain.world)->epoch;
    while (model_of(chain.world)->epoch < epoch + 8) {
        run_chain(&chain, SECOND_NS);
    }
    hs_world_crash(chain.world, 2, false);
    assert_int_equal(hs_world_start(chain.world, 1), HS_OK);
    uint64_t height = hs_checkers_height(hs_world_checkers(chain.world));
    run_to_height(chain.world, height + 5, 60 * SECOND_NS);
    assert_int_equal(hs_world_start(chain.world, 2), HS_OK);
    run_to_height(chain.world, height + 20, 60 * SECOND_NS);
    hs_world_free(chain.world);
}

/* -- an hour ------------------------------------------------------------------------------------------ */

/* A vote of the liar for a block that there is none of. */
static struct hs_message vote_for(struct hs_world *world, uint64_t epoch, uint64_t view,
                                  uint8_t number)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    struct hs_message message = {.type = HS_MESSAGE_VOTE};
    message.vote = (struct hs_vote){
        .epoch = epoch,
        .view = view,
        .block_id = {{number}},
        .voter = hs_cluster_member_of(cluster, epoch, LIAR),
    };
    struct hs_statement said = hs_statement_of_vote(&message.vote);
    struct hs_bls_statement bytes;
    hs_statement_encode(&bytes, &cluster->chain_id, &said);
    hs_bls_sign(&message.vote.signature, hs_cluster_secret_of(cluster, epoch, message.vote.voter),
                &bytes);
    return message;
}

static void send_to_all(struct hs_world *world, const struct hs_message *message, uint32_t count)
{
    const struct hs_consensus_network *network =
        hs_simulated_network_transport(hs_world_network(world), LIAR);
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(message, count));
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, count);
    for (uint32_t to = 0; to < NODES; to++) {
        if (to != LIAR) {
            enum hs_status status = network->send(network->context, to, HS_CLASS_CONSENSUS, buffer);
            (void)status; /* some hear of it */
        }
    }
    hs_buffer_release(buffer);
}

/* The liar's process is the test's from here on: it votes for two blocks of one view, until
 * somebody has it punished. */
static void be_punished(struct chain *chain)
{
    struct hs_world *world = chain->world;
    uint64_t end_ns = hs_world_now_ns(world) + 120 * SECOND_NS;
    hs_world_make_puppet(world, LIAR);
    while (model_of(world)->punishment_count == 0) {
        assert_true(hs_world_now_ns(world) < end_ns);
        uint64_t epoch = status_of(world, 0).core.epoch;
        uint32_t count = hs_cluster_member_count(hs_world_cluster(world), epoch);
        struct hs_message first = vote_for(world, epoch, status_of(world, 0).core.view, 1);
        struct hs_message second = vote_for(world, epoch, status_of(world, 0).core.view, 2);
        send_to_all(world, &first, count);
        send_to_all(world, &second, count);
        run_chain(chain, SECOND_NS / 2);
    }
}

static uint64_t seconds_of_environment(void)
{
    const char *text = getenv("HOTSTUFF_STAKING_SECONDS");
    return text != NULL ? strtoull(text, NULL, 10) : 60;
}

/* Somebody joins, one rotates, one is punished for two votes, one leaves and comes back, at equal times;
 * then all but the liar are there. */
static void an_hour_of_validators_that_come_and_go(void **state)
{
    (void)state;
    struct chain chain;
    uint64_t seconds = seconds_of_environment();
    uint64_t part_ns = seconds * SECOND_NS / 6;
    struct hs_world *world = world_of(NODES, 1, 10, 3);
    begin(&chain, world, 20, 3);
    struct hs_transaction transaction = {.type = HS_TRANSACTION_REGISTER};
    run_chain(&chain, part_ns);
    hs_cluster_keys(&transaction.registration.keys, hs_world_cluster(world), JOINS,
                    hs_world_key(world, JOINS));
    transaction.registration.stake.units = HS_CLUSTER_STAKE_UNITS;
    do_operation(&chain, JOINS, &transaction);
    run_until_member(&chain, JOINS, true);
    run_chain(&chain, part_ns);
    rotate(&chain, ROTATES);
    run_chain(&chain, part_ns);
    be_punished(&chain);
    assert_int_equal(model_of(world)->slashed, HS_CLUSTER_STAKE_UNITS / 20); /* 50 of 1000 */
    run_until_member(&chain, LIAR, false);
    run_chain(&chain, part_ns);
    transaction = (struct hs_transaction){.type = HS_TRANSACTION_LEAVE};
    do_operation(&chain, LEAVES, &transaction);
    run_until_member(&chain, LEAVES, false);
    run_chain(&chain, part_ns);
    transaction = (struct hs_transaction){.type = HS_TRANSACTION_REGISTER};
    hs_cluster_keys(&transaction.registration.keys, hs_world_cluster(world), LEAVES,
                    hs_world_key(world, LEAVES));
    transaction.registration.stake.units = 2 * HS_CLUSTER_STAKE_UNITS;
    assert_false(model_of(world)->validators[LEAVES].registered); /* paid out */
    do_operation(&chain, LEAVES, &transaction);
    run_until_member(&chain, LEAVES, true);
    run_chain(&chain, part_ns);

    uint64_t height = hs_checkers_height(hs_world_checkers(world));
    run_to_height(world, height, 10 * SECOND_NS);
    for (uint32_t i = 0; i < NODES; i++) {
        if (i != LIAR) {
            assert_int_equal(status_of(world, i).health, HS_NODE_HEALTHY);
            assert_true(status_of(world, i).core.signing);
        }
    }
    assert_same_chain(world);
    assert_int_equal(model_of(world)->punishment_count, 1);
    print_message("%" PRIu64 " virtual seconds: %" PRIu64 " blocks, %" PRIu64 " epochs, %" PRIu64
                  " transfers, %" PRIu32 " operations, %" PRIu64 " units burned by punishment\n",
                  hs_world_now_ns(world) / SECOND_NS, height, model_of(world)->epoch,
                  chain.load.accepted, chain.operators.committed, model_of(world)->slashed);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_rotated_and_fell_behind_comes_back),
        cmocka_unit_test(a_quorum_that_rotated_comes_together_again),
        cmocka_unit_test(an_hour_of_validators_that_come_and_go),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
