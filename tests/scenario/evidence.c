/* Double votes (S8): found whatever way and however late the second one comes, kept as what the
 * ledger takes for evidence, and never made of what a liar alone could make up. The liar is
 * validator 3, and the test speaks for it. */
#include "tests/scenario/scenario.h"

#include "ledger/evidence.h"
#include "wire/header.h"
#include "wire/message.h"
#include "wire/statement.h"

#define NODES 4u
#define LIAR  3u

static struct hs_world *world_of(uint64_t epoch_blocks, uint64_t seed)
{
    struct hs_world_config config;
    hs_world_config_default(&config, NODES, seed);
    config.cluster.epoch_blocks = epoch_blocks;
    struct hs_world *world = hs_world_new(&config);
    hs_world_make_puppet(world, LIAR);
    hs_world_start_all(world);
    return world;
}

/* Until its connection is made again, if it was closed. */
static void send(struct hs_world *world, uint32_t to, const struct hs_message *message)
{
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(message, NODES));
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, NODES);
    assert_false(writer.failed);
    const struct hs_consensus_network *network =
        hs_simulated_network_transport(hs_world_network(world), LIAR);
    uint64_t end_ns = hs_world_now_ns(world) + SECOND_NS;
    while (network->send(network->context, to, HS_CLASS_CONSENSUS, buffer) != HS_OK) {
        assert_true(hs_world_now_ns(world) < end_ns);
        run_for(world, SECOND_NS / 100);
    }
    hs_buffer_release(buffer);
}

static struct hs_block_id block(uint8_t number)
{
    return (struct hs_block_id){{number}};
}

static struct hs_vote vote_for(struct hs_world *world, uint64_t epoch, uint64_t view,
                               struct hs_block_id id)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    struct hs_vote vote = {.epoch = epoch, .view = view, .block_id = id, .voter = LIAR};
    struct hs_bls_statement statement;
    struct hs_statement said = hs_statement_of_vote(&vote);
    hs_statement_encode(&statement, &cluster->chain_id, &said);
    hs_bls_sign(&vote.signature, &cluster->validator_keys[LIAR].bls_secret_key, &statement);
    return vote;
}

static void send_vote(struct hs_world *world, uint32_t to, const struct hs_vote *vote)
{
    static struct hs_message message;
    message.type = HS_MESSAGE_VOTE;
    message.vote = *vote;
    send(world, to, &message);
}

static uint64_t view_of(struct hs_world *world, uint32_t index)
{
    return status_of(world, index).core.view;
}

static uint32_t evidence_of(struct hs_world *world, uint32_t index, struct hs_double_vote *evidence)
{
    return hs_node_evidence(hs_world_node(world, index), evidence, HS_NODE_EVIDENCE_MAX);
}

static uint32_t count_of(struct hs_world *world, uint32_t index)
{
    struct hs_double_vote evidence[HS_NODE_EVIDENCE_MAX];
    return evidence_of(world, index, evidence);
}

/* The node has this one evidence against the liar, which the ledger takes. */
static void assert_found(struct hs_world *world, uint32_t index, uint64_t epoch, uint64_t view)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    struct hs_double_vote evidence[HS_NODE_EVIDENCE_MAX];
    assert_int_equal(evidence_of(world, index, evidence), 1);
    assert_memory_equal(&evidence[0].bls_public_key,
                        &cluster->validators.validators[LIAR].bls_public_key,
                        sizeof(evidence[0].bls_public_key));
    assert_int_equal(evidence[0].epoch, epoch);
    assert_int_equal(evidence[0].view, view);
    assert_true(memcmp(&evidence[0].votes[0].block_id, &evidence[0].votes[1].block_id,
                       sizeof(evidence[0].votes[0].block_id)) < 0);
    assert_true(hs_evidence_verify(&evidence[0], &cluster->chain_id));
}

/* -- when it comes ----------------------------------------------------------------------------- */

static void a_second_vote_is_found_when_its_view_is_over(void **state)
{
    (void)state;
    struct hs_world *world = world_of(0, 1);
    run_to_height(world, 5, 60 * SECOND_NS);
    uint64_t view = view_of(world, 0);
    struct hs_vote first = vote_for(world, 0, view, block(2));
    struct hs_vote second = vote_for(world, 0, view, block(1));
    send_vote(world, 0, &first);
    while (view_of(world, 0) < view + 5) {
        run_for(world, SECOND_NS / 10);
    }
    assert_int_equal(count_of(world, 0), 0);
    send_vote(world, 0, &second);
    run_for(world, SECOND_NS);
    assert_found(world, 0, 0, view);
    assert_int_equal(count_of(world, 1), 0);
    assert_int_equal(counters_of(world, 0).evidence_found, 1);
    hs_world_free(world);
}

/* One more of a later view takes the place of the one that is too old. */
static void votes_of_long_ago_are_not_remembered(void **state)
{
    (void)state;
    struct hs_world *world = world_of(0, 2);
    run_to_height(world, 5, 60 * SECOND_NS);
    uint64_t view = view_of(world, 0);
    struct hs_vote first = vote_for(world, 0, view, block(2));
    struct hs_vote second = vote_for(world, 0, view, block(1));
    send_vote(world, 0, &first);
    while (view_of(world, 0) < view + HS_WATCHED_VIEWS) {
        run_for(world, SECOND_NS / 100);
    }
    struct hs_vote later = vote_for(world, 0, view + HS_WATCHED_VIEWS, block(3));
    send_vote(world, 0, &later);
    run_for(world, SECOND_NS / 100);
    send_vote(world, 0, &second);
    run_for(world, SECOND_NS);
    assert_int_equal(count_of(world, 0), 0);
    hs_world_free(world);
}

/* A liar that speaks of a view far ahead would have its node forget the one that it lied in. */
static void a_vote_of_a_far_view_displaces_none(void **state)
{
    (void)state;
    struct hs_world *world = world_of(0, 3);
    run_to_height(world, 5, 60 * SECOND_NS);
    uint64_t view = view_of(world, 0);
    struct hs_vote votes[] = {
        vote_for(world, 0, view, block(2)),
        vote_for(world, 0, view + HS_WATCHED_VIEWS, block(3)),
        vote_for(world, 0, view, block(1)),
    };
    send_vote(world, 0, &votes[0]);
    run_for(world, SECOND_NS / 10);
    send_vote(world, 0, &votes[1]);
    run_for(world, SECOND_NS / 10);
    send_vote(world, 0, &votes[2]);
    run_for(world, SECOND_NS / 10);
    assert_found(world, 0, 0, view);
    hs_world_free(world);
}

/* -- how it comes -------------------------------------------------------------------------------- */

/* What a node proposed is changed in its timestamp, so that it is another block, and sealed by the liar,
 * whoever leads that view: its signature is what counts. */
static bool take_proposal(void *context, uint32_t from, uint32_t to,
                          const struct hs_message *message)
{
    (void)from;
    (void)to;
    struct hs_message *taken = context;
    if (message->type == HS_MESSAGE_PROPOSAL && message->proposal.payload.size == 0) {
        *taken = *message;
    }
    return true;
}

static void a_proposal_beside_a_vote_is_found(void **state)
{
    (void)state;
    static struct hs_message proposal;
    struct hs_world *world = world_of(0, 4);
    proposal.type = HS_MESSAGE_VOTE;
    hs_world_set_filter(world, take_proposal, &proposal);
    run_to_height(world, 5, 60 * SECOND_NS);
    hs_world_set_filter(world, NULL, NULL);
    assert_int_equal(proposal.type, HS_MESSAGE_PROPOSAL);
    struct hs_message changed = proposal;
    struct hs_block_id id;
    changed.proposal.header.timestamp_ms++;
    changed.proposal.header.proposer = LIAR;
    changed.proposal.has_tc = false;
    hs_block_id_of(&id, &changed.proposal.header, NODES);
    uint64_t view = changed.proposal.header.view;
    changed.proposal.leader_vote = vote_for(world, 0, view, id).signature;
    struct hs_vote vote = vote_for(world, 0, view, block(1));
    send_vote(world, 0, &vote);
    send(world, 0, &changed);
    run_for(world, SECOND_NS);
    assert_found(world, 0, 0, view);
    hs_world_free(world);
}

static bool take_view_change(void *context, uint32_t from, uint32_t to,
                             const struct hs_message *message)
{
    (void)from;
    (void)to;
    struct hs_message *taken = context;
    if (message->type == HS_MESSAGE_VIEW_CHANGE) {
        *taken = *message;
    }
    return true;
}

/* Its view is over, and so is the view of the vote in it: neither moves anything any more. */
static void the_last_vote_of_a_late_view_change_is_found(void **state)
{
    (void)state;
    static struct hs_message late;
    struct hs_world *world = world_of(0, 5);
    late.type = HS_MESSAGE_VOTE;
    hs_world_set_filter(world, take_view_change, &late);
    run_to_height(world, 5, 60 * SECOND_NS); /* each fourth view is the liar's, who is silent */
    hs_world_set_filter(world, NULL, NULL);
    assert_int_equal(late.type, HS_MESSAGE_VIEW_CHANGE);
    uint64_t view = late.view_change.view_change.view;
    struct hs_vote vote = vote_for(world, 0, view, block(1));
    late.view_change.view_change.author = LIAR;
    late.view_change.view_change.has_last_vote = true;
    late.view_change.view_change.last_vote = vote_for(world, 0, view, block(2));
    send_vote(world, 1, &vote);
    while (view_of(world, 1) < view + 3) {
        run_for(world, SECOND_NS / 10);
    }
    assert_int_equal(count_of(world, 1), 0);
    send(world, 1, &late);
    run_for(world, SECOND_NS);
    assert_found(world, 1, 0, view);
    hs_world_free(world);
}

/* -- what is kept -------------------------------------------------------------------------------- */

static void a_vote_that_is_none_hides_nothing(void **state)
{
    (void)state;
    struct hs_world *world = world_of(0, 6);
    run_to_height(world, 5, 60 * SECOND_NS);
    uint64_t view = view_of(world, 0);
    struct hs_vote votes[] = {
        vote_for(world, 0, view, block(9)),
        vote_for(world, 0, view, block(2)),
        vote_for(world, 0, view, block(1)),
    };
    votes[0].signature = votes[1].signature; /* of another statement */
    uint64_t refused = counters_of(world, 0).messages_refused;
    send_vote(world, 0, &votes[0]);
    send_vote(world, 0, &votes[1]);
    while (counters_of(world, 0).messages_refused == refused) {
        run_for(world, SECOND_NS / 100);
    }
    assert_int_equal(count_of(world, 0), 0);
    send_vote(world, 0, &votes[2]);
    run_for(world, SECOND_NS);
    assert_found(world, 0, 0, view);
    hs_world_free(world);
}

static void one_is_kept_for_each_key_and_epoch(void **state)
{
    (void)state;
    struct hs_world *world = world_of(5, 7);
    struct hs_double_vote evidence[HS_NODE_EVIDENCE_MAX];
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        while (status_of(world, 0).core.epoch < epoch) {
            run_for(world, SECOND_NS / 100);
        }
        for (uint32_t i = 0; i < 4; i++) {
            uint64_t view = view_of(world, 0);
            struct hs_vote first = vote_for(world, epoch, view, block(2));
            struct hs_vote second = vote_for(world, epoch, view, block(1));
            send_vote(world, 0, &first);
            send_vote(world, 0, &second);
            run_for(world, SECOND_NS / 20);
        }
        assert_int_equal(evidence_of(world, 0, evidence), epoch + 1);
        assert_int_equal(evidence[epoch].epoch, epoch);
    }
    assert_int_equal(hs_node_evidence(hs_world_node(world, 0), evidence, 2), 2);
    assert_int_equal(evidence[0].epoch, 1); /* the latest ones */
    assert_int_equal(evidence[1].epoch, 2);
    assert_int_equal(counters_of(world, 0).evidence_found, 3);
    hs_world_free(world);
}

/* The first one came in time, and the second when the next epoch was begun, but not the one after. */
static void a_second_vote_is_found_when_its_epoch_is_over(void **state)
{
    (void)state;
    for (uint64_t late = 1; late <= 2; late++) {
        struct hs_world *world = world_of(30, 8);
        run_to_height(world, 26, 60 * SECOND_NS);
        assert_int_equal(status_of(world, 0).core.epoch, 0);
        uint64_t view = view_of(world, 0);
        struct hs_vote first = vote_for(world, 0, view, block(2));
        struct hs_vote second = vote_for(world, 0, view, block(1));
        struct hs_vote forged = vote_for(world, 0, view, block(3));
        forged.signature = second.signature;
        send_vote(world, 0, &first);
        while (status_of(world, 0).core.epoch < late) {
            run_for(world, SECOND_NS / 100);
        }
        uint64_t refused = counters_of(world, 0).messages_refused;
        send_vote(world, 0, &forged);
        run_for(world, SECOND_NS / 10);
        assert_int_equal(count_of(world, 0), 0);
        assert_int_equal(counters_of(world, 0).messages_refused, refused + (late == 1 ? 1 : 0));
        send_vote(world, 0, &second);
        run_for(world, SECOND_NS / 10);
        if (late == 1) {
            assert_found(world, 0, 0, view);
        } else {
            assert_int_equal(count_of(world, 0), 0);
        }
        assert_true(status_of(world, 0).core.epoch == late);
        hs_world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_vote_is_found_when_its_view_is_over),
        cmocka_unit_test(votes_of_long_ago_are_not_remembered),
        cmocka_unit_test(a_vote_of_a_far_view_displaces_none),
        cmocka_unit_test(a_proposal_beside_a_vote_is_found),
        cmocka_unit_test(the_last_vote_of_a_late_view_change_is_found),
        cmocka_unit_test(a_vote_that_is_none_hides_nothing),
        cmocka_unit_test(one_is_kept_for_each_key_and_epoch),
        cmocka_unit_test(a_second_vote_is_found_when_its_epoch_is_over),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
