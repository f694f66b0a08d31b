/* Every line of sim/forgeries.h, shown to a correct node in every message that it fits, with real
 * BLS and with the stand-in. It is refused, and nothing moves; the message that it was made of is
 * taken.
 *
 * Validator 0 of four is the node; the test is the other three, who are a quorum without it. The chain
 * so far, by their proposals and certificates (leaders are view mod 4):
 *
 *     view    1     2     3     4      5     6     7
 *     block   b1 <- b2 <- b3   (TC) <- b5 <- b6   (leader 3 is next)
 *
 * The node is in view 6, has voted for b6 and knows the certificate of view 5.
 */
#ifndef TESTS_SCENARIO_FORGERY_CASES_H
#define TESTS_SCENARIO_FORGERY_CASES_H

#include "tests/scenario/scenario.h"

#include "sim/forgeries.h"
#include "wire/payload.h"

#define NODE 0u
/* Long enough for an answer, too short for a connection to come up again (a second). */
#define SETTLE_NS (50 * MILLISECOND_NS)

struct chain_block {
    struct hs_block_id id;
    struct hs_block_header header;
};

static struct bench {
    struct hs_world *world;
    const struct hs_cluster *cluster;
    struct hs_forger forger;
    struct chain_block blocks[24]; /* by view; 0: genesis */
    bool asked;                    /* the node's last question: for a range, of this peer */
    uint32_t asked_peer;
    struct hs_message question;
} bench;

/* -- a true chain ------------------------------------------------------------------------------ */

static struct hs_bitmap signers_of(uint32_t from, uint32_t to)
{
    struct hs_bitmap bitmap = {{0}};
    for (uint32_t i = from; i < to; i++) {
        hs_bitmap_set(&bitmap, i);
    }
    return bitmap;
}

static struct hs_qc qc_of(uint64_t view)
{
    struct hs_qc qc = {.view = view, .block_id = bench.blocks[view].id};
    if (view > 0) {
        struct hs_statement statement = {
            .type = HS_STATEMENT_VOTE, .view = view, .block_id = qc.block_id};
        qc.signers = signers_of(1, 4);
        assert_true(hs_forger_aggregate(&bench.forger, &qc.aggregate, &qc.signers, &statement));
    }
    return qc;
}

static struct hs_tc_group group_of(uint64_t view, uint64_t high_qc_view, struct hs_bitmap signers)
{
    struct hs_tc_group group = {.high_qc_view = high_qc_view, .signers = signers};
    struct hs_statement statement = {
        .type = HS_STATEMENT_VIEW_CHANGE, .view = view, .high_qc_view = high_qc_view};
    assert_true(hs_forger_aggregate(&bench.forger, &group.aggregate, &signers, &statement));
    return group;
}

/* Two are on the certificate of view 3, one on that of view 1. */
static void make_tc(struct hs_tc *tc, uint64_t view)
{
    memset(tc, 0, sizeof(*tc));
    tc->view = view;
    tc->high_qc = qc_of(3);
    tc->group_count = 2;
    tc->groups[0] = group_of(view, 3, signers_of(1, 3));
    tc->groups[1] = group_of(view, 1, signers_of(3, 4));
}

/* Without transactions, so that the state stays what it was at genesis. */
static void make_block(uint64_t view, uint64_t parent_view)
{
    const struct chain_block *parent = &bench.blocks[parent_view];
    struct chain_block *block = &bench.blocks[view];
    block->header = parent->header;
    block->header.view = view;
    block->header.height = parent->header.height + 1;
    block->header.parent_id = parent->id;
    block->header.justify = qc_of(parent_view);
    block->header.proposer = (uint32_t)(view % 4);
    block->header.timestamp_ms = parent->header.timestamp_ms + 1;
    block->header.payload_bytes = 0;
    block->header.transaction_count = 0;
    hs_payload_root_of(&block->header.payload_root, NULL, 0);
    hs_block_id_of(&block->id, &block->header, 4);
}

static void make_proposal(struct hs_message *message, uint64_t view, bool has_tc)
{
    memset(message, 0, sizeof(*message));
    message->type = HS_MESSAGE_PROPOSAL;
    message->proposal.header = bench.blocks[view].header;
    message->proposal.has_tc = has_tc;
    if (has_tc) {
        make_tc(&message->proposal.tc, view - 1);
    }
    assert_true(hs_forger_sign(&bench.forger, message));
}

/* -- the node ---------------------------------------------------------------------------------- */

static enum hs_status try_to_say(uint32_t from, const struct hs_message *message)
{
    const struct hs_consensus_network *network =
        hs_simulated_network_transport(hs_world_network(bench.world), from);
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(message, 4));
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, message, 4);
    assert_false(writer.failed);
    enum hs_status status = network->send(network->context, NODE, HS_CLASS_CONSENSUS, buffer);
    hs_buffer_release(buffer);
    return status;
}

static void say(uint32_t from, const struct hs_message *message)
{
    assert_int_equal(try_to_say(from, message), HS_OK);
}

/* By a question that changes nothing. */
static bool is_connected(uint32_t from)
{
    static const struct hs_message question = {.type = HS_MESSAGE_BLOCK_REQUEST};
    return try_to_say(from, &question) == HS_OK;
}

static bool note_question(void *context, uint32_t from, uint32_t to,
                          const struct hs_message *message)
{
    (void)context;
    if (from == NODE &&
        (message->type == HS_MESSAGE_BLOCK_REQUEST || message->type == HS_MESSAGE_RANGE_REQUEST)) {
        bench.asked = true;
        bench.asked_peer = to;
        bench.question = *message;
    }
    return true;
}

static struct hs_core_status core_of(void)
{
    return status_of(bench.world, NODE).core;
}

static void propose(uint64_t view, uint64_t parent_view, bool has_tc)
{
    struct hs_message message;
    make_block(view, parent_view);
    make_proposal(&message, view, has_tc);
    say((uint32_t)(view % 4), &message);
    run_for(bench.world, SETTLE_NS);
}

static void start_bench(void)
{
    struct hs_world_config config;
    hs_world_config_default(&config, 4, 31);
    config.pacemaker.base_ns = 3600 * SECOND_NS; /* no view ends by itself */
    config.pacemaker.max_ns = 3600 * SECOND_NS;
    memset(&bench, 0, sizeof(bench));
    bench.world = hs_world_new(&config);
    bench.cluster = hs_world_cluster(bench.world);
    bench.forger.cluster = bench.cluster;
    bench.forger.set = &hs_cluster_epoch(bench.cluster, 0)->validators;
    bench.forger.keys = signers_of(1, 4);
    bench.blocks[0].id = bench.cluster->genesis.id;
    bench.blocks[0].header = bench.cluster->genesis.header;
    for (uint32_t i = 1; i < 4; i++) {
        hs_world_make_puppet(bench.world, i);
    }
    hs_world_set_filter(bench.world, note_question, NULL);
    hs_world_start_all(bench.world);
    propose(1, 0, false);
    propose(2, 1, false);
    propose(3, 2, false);
    propose(5, 3, true);
    propose(6, 5, false);
    make_block(7, 6);
    bench.forger.other_qc = qc_of(2);
    bench.forger.other_height = 2;
    struct hs_core_status core = core_of();
    assert_int_equal(core.view, 6);
    assert_int_equal(core.high_qc_view, 5);
    assert_int_equal(core.last_voted_view, 6);
    assert_int_equal(core.locked_view, 5);
}

static void end_bench(void)
{
    hs_world_free(bench.world);
}

/* -- right messages ---------------------------------------------------------------------------- */

struct right {
    const char *name;
    uint32_t from;
    bool brings_vote; /* the node votes for it */
    void (*make)(struct hs_message *message);
};

static void right_qc(struct hs_message *message)
{
    message->type = HS_MESSAGE_QC;
    message->qc = qc_of(6);
    message->has_next_proof = false;
}

static void right_status(struct hs_message *message)
{
    message->type = HS_MESSAGE_STATUS;
    message->status.high_qc = qc_of(6);
}

static void right_status_by_tc(struct hs_message *message)
{
    message->type = HS_MESSAGE_STATUS;
    message->status.high_qc = qc_of(5);
    message->status.has_tc = true;
    make_tc(&message->status.tc, 6);
}

static void right_view_change(struct hs_message *message)
{
    message->type = HS_MESSAGE_VIEW_CHANGE;
    message->view_change.view_change =
        (struct hs_view_change){.view = 7, .high_qc = qc_of(6), .author = 1};
    assert_true(hs_forger_sign(&bench.forger, message));
}

static void right_view_change_by_tc(struct hs_message *message)
{
    message->type = HS_MESSAGE_VIEW_CHANGE;
    message->view_change.view_change =
        (struct hs_view_change){.view = 7, .high_qc = qc_of(5), .author = 1};
    message->view_change.has_tc = true;
    make_tc(&message->view_change.tc, 6);
    assert_true(hs_forger_sign(&bench.forger, message));
}

static void right_proposal(struct hs_message *message)
{
    make_proposal(message, 7, false);
}

/* Beside b5 and b6: the TC shows that nobody can have committed them. */
static void right_proposal_by_tc(struct hs_message *message)
{
    struct chain_block block = bench.blocks[7];
    make_block(7, 3);
    make_proposal(message, 7, true);
    bench.blocks[7] = block;
}

static void right_vote(struct hs_message *message)
{
    message->type = HS_MESSAGE_VOTE;
    message->vote = (struct hs_vote){.view = 6, .block_id = bench.blocks[6].id, .voter = 1};
    assert_true(hs_forger_sign(&bench.forger, message));
}

static const struct right rights[] = {
    {"qc", 1, false, right_qc},
    {"status", 1, false, right_status},
    {"status by tc", 1, false, right_status_by_tc},
    {"view change", 1, false, right_view_change},
    {"view change by tc", 1, false, right_view_change_by_tc},
    {"proposal", 3, true, right_proposal},
    {"proposal by tc", 3, true, right_proposal_by_tc},
};
#define RIGHTS (sizeof(rights) / sizeof(rights[0]))

/* So that what is refused below is refused for what is wrong in it. */
static void right_messages_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < RIGHTS; i++) {
        start_bench();
        static struct hs_message message;
        memset(&message, 0, sizeof(message));
        rights[i].make(&message);
        struct hs_node_counters before = counters_of(bench.world, NODE);
        say(rights[i].from, &message);
        run_for(bench.world, SETTLE_NS);
        struct hs_node_counters after = counters_of(bench.world, NODE);
        if (core_of().view != 7) {
            fail_msg("a right %s was not taken", rights[i].name);
        }
        assert_int_equal(after.votes_signed, before.votes_signed + (rights[i].brings_vote ? 1 : 0));
        assert_int_equal(after.messages_refused, before.messages_refused);
        assert_int_equal(after.messages_ignored, before.messages_ignored);
        end_bench();
    }
}

/* -- wrong messages ---------------------------------------------------------------------------- */

struct seen {
    struct hs_core_status core;
    struct hs_node_counters counters;
};

static struct seen look(void)
{
    return (struct seen){.core = core_of(), .counters = counters_of(bench.world, NODE)};
}

static void assert_refused(const struct hs_forgery *forgery, const struct right *right,
                           const struct seen *before)
{
    struct seen after = look();
    /* Of several proposals whose leader signed them well, two are evidence, whatever else is wrong. */
    bool accuses_nobody = after.counters.evidence_found == before->counters.evidence_found;
    bool holds = after.core.locked_view == before->core.locked_view &&
                 after.core.last_voted_view == before->core.last_voted_view &&
                 after.counters.votes_signed == before->counters.votes_signed &&
                 after.core.signing && (right->brings_vote || accuses_nobody);
    bool stays = after.core.view == before->core.view &&
                 after.core.high_qc_view == before->core.high_qc_view;
    bool dropped = after.counters.messages_refused == before->counters.messages_refused + 1 &&
                   !is_connected(right->from);
    bool ignored = after.counters.messages_ignored > before->counters.messages_ignored;
    bool must_drop = forgery->reaction == HS_DROP_PEER;
    if (!holds || (forgery->forged <= HS_FORGED_TC && !stays)) {
        fail_msg("'%s' in a %s: view %" PRIu64 ", high_qc %" PRIu64 ", lock %" PRIu64
                 ", votes %" PRIu64,
                 forgery->name, right->name, after.core.view, after.core.high_qc_view,
                 after.core.locked_view, after.counters.votes_signed);
    }
    if (!dropped && (must_drop || (forgery->reaction != HS_CONTINUE && !ignored))) {
        fail_msg("'%s' in a %s: not refused: %" PRIu64 " refused, %" PRIu64 " ignored",
                 forgery->name, right->name,
                 after.counters.messages_refused - before->counters.messages_refused,
                 after.counters.messages_ignored - before->counters.messages_ignored);
    }
}

static void reconnect(uint32_t from)
{
    uint64_t end_ns = hs_world_now_ns(bench.world) + 10 * SECOND_NS;
    while (!is_connected(from)) {
        assert_true(hs_world_now_ns(bench.world) < end_ns);
        run_for(bench.world, SETTLE_NS);
    }
}

/* True when the line fits the message. Proposals and view changes may bring true certificates, so
 * each of theirs has a node of its own. */
static bool show(const struct hs_forgery *forgery, const struct right *right, bool in_tc)
{
    static struct hs_message message;
    memset(&message, 0, sizeof(message));
    right->make(&message);
    if (!hs_forge(&bench.forger, forgery, &message, in_tc)) {
        return false;
    }
    struct seen before = look();
    say(right->from, &message);
    run_for(bench.world, SETTLE_NS);
    assert_refused(forgery, right, &before);
    if (forgery->forged > HS_FORGED_TC) {
        end_bench();
        start_bench();
    } else {
        reconnect(right->from);
    }
    return true;
}

static void every_forgery_is_refused(void **state)
{
    (void)state;
    static const struct right vote = {"vote", 1, false, right_vote};
    uint32_t shown = 0;
    start_bench();
    for (size_t i = 0; i < hs_forgery_count; i++) {
        uint32_t fits = show(&hs_forgeries[i], &vote, false) ? 1 : 0;
        for (size_t k = 0; k < RIGHTS; k++) {
            fits += show(&hs_forgeries[i], &rights[k], false) ? 1 : 0;
            fits += show(&hs_forgeries[i], &rights[k], true) ? 1 : 0;
        }
        if (fits == 0) {
            fail_msg("'%s' was made of no message", hs_forgeries[i].name);
        }
        shown += fits;
    }
    print_message("%zu forgeries, shown %u times\n", hs_forgery_count, shown);
    /* After all of them the node is what it was. */
    static struct hs_message message;
    right_proposal(&message);
    say(3, &message);
    run_for(bench.world, SETTLE_NS);
    assert_int_equal(core_of().last_voted_view, 7);
    end_bench();
}

/* -- ranges ------------------------------------------------------------------------------------ */

#define LAST_VIEW 22u

/* b7, b9 and so on up to the last, without the views that the node leads. */
static void grow_chain(void)
{
    uint64_t parent_view = 6;
    for (uint64_t view = 7; view <= LAST_VIEW; view++) {
        if (view % 4 != NODE) {
            make_block(view, parent_view);
            parent_view = view;
        }
    }
}

static void wait_for_question(enum hs_message_type type)
{
    uint64_t end_ns = hs_world_now_ns(bench.world) + 20 * SECOND_NS;
    while (!bench.asked || bench.question.type != type) {
        assert_true(hs_world_now_ns(bench.world) < end_ns);
        assert_true(hs_world_step(bench.world));
        assert_holds(bench.world);
    }
    bench.asked = false;
}

/* Above height 2, which the node has committed, in one answer; the last one is answered by itself. */
static void make_range(struct hs_message *message, uint8_t *area, size_t capacity)
{
    struct hs_writer writer = hs_writer_over(area, capacity);
    uint64_t from_height = bench.question.range_request.from_height;
    memset(message, 0, sizeof(*message));
    message->type = HS_MESSAGE_RANGE_RESPONSE;
    for (uint64_t view = 1; view < LAST_VIEW; view++) {
        const struct chain_block *block = &bench.blocks[view];
        if (block->header.height >= from_height && block->header.view == view) {
            hs_block_write(&writer, &block->header, (struct hs_bytes){NULL, 0}, 4);
            message->range_response.block_count++;
            message->range_response.qc = qc_of(view);
        }
    }
    assert_false(writer.failed);
    message->range_response.blocks = (struct hs_bytes){area, writer.offset};
    message->range_response.has_qc = true;
}

/* The node is shown the certificate of a block far above, and asks for what lies between. */
static void ask_for_range(void)
{
    static struct hs_message message;
    grow_chain();
    memset(&message, 0, sizeof(message));
    message.type = HS_MESSAGE_QC;
    message.qc = qc_of(LAST_VIEW);
    say(1, &message);
    wait_for_question(HS_MESSAGE_BLOCK_REQUEST);
    memset(&message, 0, sizeof(message));
    message.type = HS_MESSAGE_BLOCK_RESPONSE;
    message.block_response.block_id = bench.blocks[LAST_VIEW].id;
    message.block_response.has_block = true;
    message.block_response.header = bench.blocks[LAST_VIEW].header;
    say(bench.asked_peer, &message);
    wait_for_question(HS_MESSAGE_RANGE_REQUEST);
}

static void a_range_under_a_forgery_is_refused(void **state)
{
    (void)state;
    static uint8_t area[64 * HS_HEADER_BYTES_MAX];
    static struct hs_message message;
    start_bench();
    ask_for_range();
    uint64_t height = core_of().committed_height;
    for (size_t i = 0; i < hs_forgery_count; i++) {
        make_range(&message, area, sizeof(area));
        if (hs_forgeries[i].forged != HS_FORGED_QC ||
            !hs_forge(&bench.forger, &hs_forgeries[i], &message, false)) {
            continue;
        }
        struct hs_node_counters before = counters_of(bench.world, NODE);
        say(bench.asked_peer, &message);
        wait_for_question(HS_MESSAGE_RANGE_REQUEST);
        struct hs_node_counters after = counters_of(bench.world, NODE);
        if (core_of().committed_height != height ||
            after.messages_refused + after.messages_ignored <=
                before.messages_refused + before.messages_ignored) {
            fail_msg("a range under '%s' was not refused", hs_forgeries[i].name);
        }
    }
    make_range(&message, area, sizeof(area));
    say(bench.asked_peer, &message);
    run_for(bench.world, SETTLE_NS);
    assert_true(core_of().committed_height > height + 5);
    assert_int_equal(core_of().high_qc_view, LAST_VIEW);
    end_bench();
}

#define FORGERY_TESTS                                                                              \
    cmocka_unit_test(right_messages_are_taken), cmocka_unit_test(every_forgery_is_refused),        \
        cmocka_unit_test(a_range_under_a_forgery_is_refused)

#endif
