/* The whole cluster, from proposal to committed transfer: real nodes over a simulated network, as
 * the project's brief asks for them by name, and the shapes of clusters that must work. */
#include "tests/scenario/scenario.h"

#include "consensus/leader_election.h"
#include "wire/header.h"
#include "wire/payload.h"
#include "wire/statement.h"

/* -- by the brief ------------------------------------------------------------------------- */

static void three_nodes_propose_and_vote(void **state)
{
    (void)state;
    struct hs_world *world = new_world(3, 1);
    hs_world_start_all(world);
    run_to_height(world, 3, 10 * SECOND_NS);
    const struct hs_trace *trace = hs_world_trace(world);
    uint64_t views = hs_world_view(world);
    /* Each leader's proposal goes to both others; n = 3 needs all three votes for a QC. */
    assert_true(trace->messages[HS_MESSAGE_PROPOSAL] >= 2 * (views - 1));
    assert_true(trace->messages[HS_MESSAGE_VOTE] >= 2 * (views - 2));
    assert_true(trace->messages[HS_MESSAGE_QC] >= 2 * (views - 2));
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(counters_of(world, i).votes_signed >= views - 2);
        assert_true(counters_of(world, i).proposals_made >= 1);
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(world, i), 1, &block), HS_OK);
        assert_true(block.has_certificate);
        assert_int_equal(hs_bitmap_count(&block.certificate.signers), 3);
    }
    hs_world_free(world);
}

/* S5: at every moment what is committed is the parent of a certified block of the next view. */
static void rounds_commit_by_two_chain(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 2);
    hs_world_start_all(world);
    while (hs_world_common_height(world) < 30) {
        assert_true(hs_world_step(world));
        assert_holds(world);
        for (uint32_t i = 0; i < 4; i++) {
            struct hs_core_status core = status_of(world, i).core;
            assert_true(core.committed_height == 0 || core.high_qc_view > core.committed_view);
        }
    }
    for (uint64_t height = 1; height < 30; height++) {
        struct hs_node_block block;
        struct hs_node_block child;
        struct hs_node *node = hs_world_node(world, 0);
        assert_int_equal(hs_node_read_block(node, height, &block), HS_OK);
        assert_int_equal(hs_node_read_block(node, height + 1, &child), HS_OK);
        assert_int_equal(child.block.header.view, block.block.header.view + 1);
        assert_int_equal(child.block.header.justify.view, block.block.header.view);
        assert_memory_equal(&child.block.header.justify.block_id, &block.block.id,
                            sizeof(block.block.id));
    }
    assert_same_chain(world);
    hs_world_free(world);
}

static bool lose_proposals(void *context, uint32_t from, uint32_t to,
                           const struct hs_message *message)
{
    (void)from;
    (void)to;
    const bool *stalled = context;
    return !(*stalled && message->type == HS_MESSAGE_PROPOSAL);
}

/* L1, L2: every leader is stalled; each view ends by a timeout certificate, and takes half as long
 * again as the one before, up to the limit. Afterwards the chain goes on. */
static void stalled_leader_changes_view_with_back_off(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 3);
    bool stalled = false;
    hs_world_set_filter(world, lose_proposals, &stalled);
    hs_world_start_all(world);
    run_to_height(world, 5, 10 * SECOND_NS);
    stalled = true;

    run_for(world, 20 * MILLISECOND_NS); /* what was under way */
    uint64_t committed_view = status_of(world, 0).core.committed_view;
    struct hs_pacemaker_config pacemaker;
    hs_pacemaker_config_default(&pacemaker);
    uint64_t entered_ns = 0;
    uint64_t view = status_of(world, 0).core.view;
    uint32_t measured = 0;
    while (measured < 12) {
        assert_true(hs_world_step(world));
        assert_holds(world);
        struct hs_core_status core = status_of(world, 0).core;
        if (core.view == view) {
            continue;
        }
        assert_int_equal(core.view, view + 1);
        assert_int_equal(core.committed_view, committed_view);
        uint64_t timeout_ns = pacemaker.base_ns;
        for (uint64_t k = committed_view + 2; k < view && timeout_ns < pacemaker.max_ns; k++) {
            timeout_ns += timeout_ns / 2;
        }
        timeout_ns = timeout_ns < pacemaker.max_ns ? timeout_ns : pacemaker.max_ns;
        if (entered_ns > 0) {
            uint64_t took_ns = hs_world_now_ns(world) - entered_ns;
            assert_true(took_ns + 20 * MILLISECOND_NS >= timeout_ns);
            assert_true(took_ns <= timeout_ns + 50 * MILLISECOND_NS);
            measured++;
        }
        entered_ns = hs_world_now_ns(world);
        view = core.view;
    }
    stalled = false;
    run_to_height(world, 8, 60 * SECOND_NS);
    assert_same_chain(world);
    hs_world_free(world);
}

/* -- an attacker's own messages -------------------------------------------------------------- */

static void sign_vote(struct hs_world *world, uint32_t signer, struct hs_vote *vote)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    struct hs_bls_statement statement;
    struct hs_statement said = hs_statement_of_vote(vote);
    hs_statement_encode(&statement, &cluster->chain_id, &said);
    hs_bls_sign(&vote->signature, &cluster->validator_keys[signer].bls_secret_key, &statement);
}

static void send_as(struct hs_world *world, uint32_t from, uint32_t to,
                    const struct hs_message *message)
{
    uint32_t count = node_count_of(world);
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(message, count));
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, count);
    assert_false(writer.failed);
    const struct hs_consensus_network *network =
        hs_simulated_network_transport(hs_world_network(world), from);
    assert_int_equal(network->send(network->context, to, HS_CLASS_CONSENSUS, buffer), HS_OK);
    hs_buffer_release(buffer);
}

/* An empty block of view 1 on genesis; `timestamp_ms` makes two of them differ. */
static void make_first_block(const struct hs_cluster *cluster, struct hs_block *block,
                             uint64_t timestamp_ms)
{
    const struct hs_block *genesis = &cluster->genesis;
    *block = (struct hs_block){.header = genesis->header};
    struct hs_block_header *header = &block->header;
    header->view = 1;
    header->height = 1;
    header->parent_id = genesis->id;
    hs_qc_of_view_zero(&header->justify, 0, &genesis->id);
    header->proposer = hs_simple_leader_election(1, cluster->validators.count);
    header->timestamp_ms = genesis->header.timestamp_ms + timestamp_ms;
    hs_block_id_of(&block->id, header, cluster->validators.count);
}

static void propose_as(struct hs_world *world, uint32_t leader, uint32_t to,
                       const struct hs_block *block)
{
    static struct hs_message message;
    struct hs_vote vote = {.view = block->header.view, .block_id = block->id, .voter = leader};
    sign_vote(world, leader, &vote);
    message.type = HS_MESSAGE_PROPOSAL;
    message.proposal.header = block->header;
    message.proposal.payload = (struct hs_bytes){NULL, 0};
    message.proposal.leader_vote = vote.signature;
    message.proposal.has_tc = false;
    send_as(world, leader, to, &message);
}

static void vote_as(struct hs_world *world, uint32_t voter, uint32_t to,
                    const struct hs_block *block)
{
    static struct hs_message message;
    message.type = HS_MESSAGE_VOTE;
    message.vote =
        (struct hs_vote){.view = block->header.view, .block_id = block->id, .voter = voter};
    sign_vote(world, voter, &message.vote);
    send_as(world, voter, to, &message);
}

/* The leader of view 1 shows one block to two validators and another to the third, and votes for
 * both. Whatever becomes of the two, at most one is ever certified, and the honest go on. */
static void conflicting_blocks_never_commit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct hs_world *world = new_world(4, seed);
        uint32_t liar = hs_simple_leader_election(1, 4);
        hs_world_make_puppet(world, liar);
        hs_world_start_all(world);
        struct hs_block blocks[2];
        make_first_block(hs_world_cluster(world), &blocks[0], 1);
        make_first_block(hs_world_cluster(world), &blocks[1], 2);
        for (uint32_t i = 0; i < 4; i++) {
            if (i != liar) {
                propose_as(world, liar, i, &blocks[(i + seed) % 3 == 0 ? 1 : 0]);
                vote_as(world, liar, i, &blocks[0]);
                vote_as(world, liar, i, &blocks[1]);
            }
        }
        run_to_height(world, 10, 120 * SECOND_NS);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* -- shapes of clusters ---------------------------------------------------------------------- */

struct shape {
    uint32_t node_count;
    const uint64_t *weights;
    enum hs_leader_election election;
};

static void commit_transfers(const struct shape *shape)
{
    struct hs_world_config config;
    hs_world_config_default(&config, shape->node_count, 5);
    config.cluster.weights = shape->weights;
    config.cluster.election = shape->election;
    struct hs_world *world = hs_world_new(&config);
    struct hs_load load;
    hs_load_init(&load, 50, 5);
    hs_world_start_all(world);
    hs_load_run_until(&load, world, 10 * SECOND_NS);
    assert_holds(world);
    run_for(world, 2 * SECOND_NS);
    assert_true(load.accepted > 400);
    for (uint32_t i = 0; i < shape->node_count; i++) {
        assert_int_equal(counters_of(world, i).transactions_committed, load.accepted);
        assert_int_equal(status_of(world, i).mempool_transactions, 0);
    }
    assert_same_chain(world);
    hs_world_free(world);
}

static void one_node_commits_transfers(void **state)
{
    (void)state;
    commit_transfers(&(struct shape){.node_count = 1});
}

static void four_nodes_commit_transfers(void **state)
{
    (void)state;
    commit_transfers(&(struct shape){.node_count = 4});
}

static void seven_nodes_commit_transfers(void **state)
{
    (void)state;
    commit_transfers(&(struct shape){.node_count = 7});
}

static void sixteen_nodes_commit_transfers(void **state)
{
    (void)state;
    commit_transfers(&(struct shape){.node_count = 16});
}

static void unequal_weights_commit_transfers(void **state)
{
    (void)state;
    static const uint64_t weights[] = {40, 1, 25, 7, 30, 3, 19};
    commit_transfers(&(struct shape){7, weights, HS_LEADER_WEIGHTED});
}

/* -- messages --------------------------------------------------------------------------------- */

/* L7: a proposal, two votes and a QC each way; what nodes say as they connect is not counted. */
static void a_view_costs_at_most_4n_messages(void **state)
{
    (void)state;
    static const uint32_t node_counts[] = {4, 16, 64};
    for (size_t i = 0; i < sizeof(node_counts) / sizeof(node_counts[0]); i++) {
        uint32_t n = node_counts[i];
        struct hs_world *world = new_world(n, 7);
        hs_world_start_all(world);
        run_to_height(world, 5, 30 * SECOND_NS);
        uint64_t first = hs_world_view(world) + 1;
        run_to_height(world, n > 16 ? 40 : 100, 60 * SECOND_NS);
        uint64_t last = hs_world_view(world) - 2;
        const struct hs_trace *trace = hs_world_trace(world);
        uint64_t sum = 0;
        uint64_t most = 0;
        for (uint64_t view = first; view <= last; view++) {
            sum += trace->of_view[view];
            most = trace->of_view[view] > most ? trace->of_view[view] : most;
        }
        print_message("n = %" PRIu32 ": %" PRIu64 " views, %.1f messages a view, %" PRIu64
                      " at most, 4n = %" PRIu32 "\n",
                      n, last - first + 1, (double)sum / (double)(last - first + 1), most, 4 * n);
        assert_true(last > first);
        assert_true(most <= 4 * n + 4);
        hs_world_free(world);
    }
}

/* -- silent leaders ---------------------------------------------------------------------------- */

struct silence {
    uint64_t first_view;
    uint64_t last_view;
};

static bool silence_leaders(void *context, uint32_t from, uint32_t to,
                            const struct hs_message *message)
{
    (void)from;
    (void)to;
    const struct silence *silence = context;
    return message->type != HS_MESSAGE_PROPOSAL ||
           message->proposal.header.view < silence->first_view ||
           message->proposal.header.view > silence->last_view;
}

static void ten_views_in_a_row_with_silent_leaders_recover(void **state)
{
    (void)state;
    struct hs_world *world = new_world(4, 11);
    struct silence silence = {.first_view = 20, .last_view = 29};
    hs_world_set_filter(world, silence_leaders, &silence);
    hs_world_start_all(world);
    run_to_height(world, 60, 120 * SECOND_NS);
    assert_same_chain(world);
    /* Blocks of the silent views exist nowhere but at their leaders. */
    for (uint64_t height = 1; height <= 60; height++) {
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), height, &block), HS_OK);
        assert_true(block.block.header.view < silence.first_view ||
                    block.block.header.view > silence.last_view);
    }
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_nodes_propose_and_vote),
        cmocka_unit_test(rounds_commit_by_two_chain),
        cmocka_unit_test(stalled_leader_changes_view_with_back_off),
        cmocka_unit_test(conflicting_blocks_never_commit),
        cmocka_unit_test(one_node_commits_transfers),
        cmocka_unit_test(four_nodes_commit_transfers),
        cmocka_unit_test(seven_nodes_commit_transfers),
        cmocka_unit_test(sixteen_nodes_commit_transfers),
        cmocka_unit_test(unequal_weights_commit_transfers),
        cmocka_unit_test(a_view_costs_at_most_4n_messages),
        cmocka_unit_test(ten_views_in_a_row_with_silent_leaders_recover),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
