/* Who reports double votes (S8, P8): each once, whoever has found it, again when it was not taken, and
 * nothing that would not be punished. Validator 3 is the liar, and the test speaks for it. */
#include "tests/scenario/scenario.h"

#include "ledger/validator_reads.h"
#include "runtime/reporter.h"
#include "wire/message.h"
#include "wire/statement.h"

enum { NODES = 4, LIAR = 3, EPOCH_BLOCKS = 5000, REPORTERS = 3 };

struct reporting {
    struct hs_world *world;
    struct hs_reporter *reporters[REPORTERS]; /* of nodes 0 .. ; NULL: none */
};

static void begin(struct reporting *reporting, uint64_t seed)
{
    struct hs_world_config config;
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    hs_world_config_default(&config, NODES, seed);
    config.cluster.election = HS_LEADER_WEIGHTED;
    config.cluster.epoch_blocks = EPOCH_BLOCKS;
    config.cluster.staked = true;
    config.cluster.staking = parameters.staking;
    config.cluster.staking.epoch_blocks = EPOCH_BLOCKS;
    *reporting = (struct reporting){.world = hs_world_new(&config)};
    hs_world_make_puppet(reporting->world, LIAR);
    hs_world_start_all(reporting->world);
    run_to_height(reporting->world, 3, 60 * SECOND_NS);
}

static void add_reporter(struct reporting *reporting, uint32_t node,
                         const struct hs_account_key *key)
{
    const struct hs_cluster *cluster = hs_world_cluster(reporting->world);
    reporting->reporters[node] =
        hs_reporter_new(key, &cluster->chain_id, hs_world_ledger(reporting->world, node), NULL);
    assert_non_null(reporting->reporters[node]);
}

static void end(struct reporting *reporting)
{
    hs_world_free(reporting->world);
    for (uint32_t i = 0; i < REPORTERS; i++) {
        hs_reporter_free(reporting->reporters[i]);
    }
}

/* The reporters look as often as their owners' loops turn. */
static void live(struct reporting *reporting, uint64_t duration_ns)
{
    uint64_t until_ns = hs_world_now_ns(reporting->world) + duration_ns;
    while (hs_world_now_ns(reporting->world) < until_ns) {
        run_for(reporting->world, SECOND_NS / 20);
        for (uint32_t i = 0; i < REPORTERS; i++) {
            struct hs_application application;
            if (reporting->reporters[i] != NULL && hs_world_is_up(reporting->world, i)) {
                hs_ledger_application(hs_world_ledger(reporting->world, i), &application);
                hs_reporter_look(reporting->reporters[i], hs_world_node(reporting->world, i),
                                 &application, hs_world_now_ns(reporting->world));
            }
        }
    }
}

static void vote(struct reporting *reporting, uint32_t to, uint64_t view, uint8_t number)
{
    static struct hs_message message;
    const struct hs_cluster *cluster = hs_world_cluster(reporting->world);
    message.type = HS_MESSAGE_VOTE;
    message.vote = (struct hs_vote){.view = view, .block_id = {{number}}, .voter = LIAR};
    struct hs_bls_statement statement;
    struct hs_statement said = hs_statement_of_vote(&message.vote);
    hs_statement_encode(&statement, &cluster->chain_id, &said);
    hs_bls_sign(&message.vote.signature, &cluster->validator_keys[LIAR].bls_secret_key, &statement);
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(&message, NODES));
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, &message, NODES);
    const struct hs_consensus_network *network =
        hs_simulated_network_transport(hs_world_network(reporting->world), LIAR);
    assert_int_equal(network->send(network->context, to, HS_CLASS_CONSENSUS, buffer), HS_OK);
    hs_buffer_release(buffer);
}

/* So that these nodes, by their bits, have evidence. */
static void vote_twice(struct reporting *reporting, uint32_t nodes)
{
    for (uint32_t i = 0; i < LIAR; i++) {
        if ((nodes >> i & 1u) != 0) {
            uint64_t view = status_of(reporting->world, i).core.view;
            vote(reporting, i, view, 1);
            vote(reporting, i, view, 2);
        }
    }
}

static bool is_punished(struct reporting *reporting, uint32_t node)
{
    struct hs_double_vote evidence[HS_NODE_EVIDENCE_MAX];
    assert_int_equal(
        hs_node_evidence(hs_world_node(reporting->world, node), evidence, HS_NODE_EVIDENCE_MAX), 1);
    enum hs_status status =
        hs_ledger_check_evidence(hs_world_ledger(reporting->world, node), &evidence[0]);
    assert_true(status == HS_OK || status == HS_PUNISHED);
    return status == HS_PUNISHED;
}

static uint64_t nonce_of(struct reporting *reporting, const struct hs_account_key *key)
{
    struct hs_account account;
    hs_ledger_account(hs_world_ledger(reporting->world, 0), &account, &key->address);
    return account.nonce;
}

static uint64_t committed(struct reporting *reporting)
{
    return counters_of(reporting->world, 0).transactions_committed;
}

/* -- what must hold ------------------------------------------------------------------------- */

static void a_double_vote_is_reported_once(void **state)
{
    (void)state;
    struct reporting reporting;
    begin(&reporting, 1);
    const struct hs_account_key *key = &hs_world_cluster(reporting.world)->reporter_key;
    add_reporter(&reporting, 1, key);
    live(&reporting, 5 * SECOND_NS);
    assert_int_equal(committed(&reporting), 0);
    vote_twice(&reporting, 2);
    live(&reporting, 10 * SECOND_NS);
    assert_true(is_punished(&reporting, 1));
    assert_int_equal(nonce_of(&reporting, key), 1);
    live(&reporting, 60 * SECOND_NS);
    assert_int_equal(nonce_of(&reporting, key), 1);
    assert_int_equal(committed(&reporting), 1);
    end(&reporting);
}

/* All have found it at once, and one pays. */
static void one_reports_what_all_have_found(void **state)
{
    (void)state;
    struct reporting reporting;
    begin(&reporting, 2);
    const struct hs_cluster *cluster = hs_world_cluster(reporting.world);
    for (uint32_t i = 0; i < REPORTERS; i++) {
        add_reporter(&reporting, i, &cluster->account_keys[i]);
    }
    vote_twice(&reporting, 7);
    live(&reporting, 60 * SECOND_NS);
    assert_true(is_punished(&reporting, 0));
    assert_int_equal(committed(&reporting), 1);
    for (uint32_t i = 0; i < REPORTERS; i++) {
        assert_int_equal(nonce_of(&reporting, &cluster->account_keys[i]), i == 0 ? 1 : 0);
        assert_int_equal(status_of(reporting.world, i).mempool_transactions, 0);
    }
    end(&reporting);
}

static bool lose_transactions(void *context, uint32_t from, uint32_t to,
                              const struct hs_message *message)
{
    (void)context;
    (void)from;
    (void)to;
    return message->type != HS_MESSAGE_TRANSACTIONS &&
           !(message->type == HS_MESSAGE_PROPOSAL && message->proposal.payload.size > 0);
}

/* No proposal with a transaction comes through for longer than it is patient; the later attempt takes
 * the place of the first. */
static void what_is_not_committed_is_tried_again(void **state)
{
    (void)state;
    struct reporting reporting;
    begin(&reporting, 3);
    const struct hs_account_key *key = &hs_world_cluster(reporting.world)->reporter_key;
    add_reporter(&reporting, 1, key);
    hs_world_set_filter(reporting.world, lose_transactions, NULL);
    vote_twice(&reporting, 2);
    live(&reporting, 50 * SECOND_NS);
    assert_false(is_punished(&reporting, 1));
    assert_int_equal(status_of(reporting.world, 1).mempool_transactions, 1);
    hs_world_set_filter(reporting.world, NULL, NULL);
    live(&reporting, 60 * SECOND_NS);
    assert_true(is_punished(&reporting, 1));
    assert_int_equal(nonce_of(&reporting, key), 1);
    assert_int_equal(status_of(reporting.world, 1).mempool_transactions, 0);
    end(&reporting);
}

static void an_account_that_cannot_pay_does_so_once_it_can(void **state)
{
    (void)state;
    struct reporting reporting;
    struct hs_account_key poor;
    const uint8_t seed[32] = {77};
    begin(&reporting, 4);
    const struct hs_cluster *cluster = hs_world_cluster(reporting.world);
    assert_int_equal(hs_account_key_make(&poor, seed), HS_OK);
    add_reporter(&reporting, 0, &poor);
    vote_twice(&reporting, 1);
    live(&reporting, 30 * SECOND_NS);
    assert_false(is_punished(&reporting, 0));
    struct hs_transaction gift = {
        .type = HS_TRANSACTION_TRANSFER,
        .chain_id = cluster->chain_id,
        .sender = cluster->account_keys[0].public_key,
        .transfer = {.recipient = poor.address, .amount = {1000000}},
        .max_fee = {cluster->max_fee.units * 4},
    };
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    hs_transaction_sign(&gift, &cluster->account_keys[0].secret_key);
    size_t size = hs_transaction_encode(bytes, sizeof bytes, &gift);
    assert_int_equal(hs_world_submit_bytes(reporting.world, 0, (struct hs_bytes){bytes, size}),
                     HS_OK);
    live(&reporting, 60 * SECOND_NS);
    assert_true(is_punished(&reporting, 0));
    assert_int_equal(nonce_of(&reporting, &poor), 1);
    end(&reporting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_double_vote_is_reported_once),
        cmocka_unit_test(one_reports_what_all_have_found),
        cmocka_unit_test(what_is_not_committed_is_tried_again),
        cmocka_unit_test(an_account_that_cannot_pay_does_so_once_it_can),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
