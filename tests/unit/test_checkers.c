/* Each family of the simulator's checkers is shown a right run and wrong ones: a checker that can't
 * fail proves nothing. What processes keep and promise is in test_checkers_promises.c. */
#include "tests/unit/checked_things.h"

#include "base/bitmap.h"
#include "sim/check_certificates.h"
#include "sim/check_chain.h"
#include "sim/check_epochs.h"
#include "sim/check_light.h"
#include "sim/check_evidence.h"
#include "sim/check_liveness.h"
#include "sim/check_memory.h"
#include "sim/check_fees.h"
#include "sim/check_state.h"
#include "sim/check_statements.h"
#include "sim/world.h"

/* -- statements --------------------------------------------------------------------------------- */

struct said {
    struct hs_check check;
    struct hs_check_statements *statements;
    struct hs_message message;
};

static struct said *new_said(void)
{
    struct said *said = calloc(1, sizeof(*said));
    assert_non_null(said);
    said->check = new_check();
    said->statements = hs_check_statements_new();
    return said;
}

static void free_said(struct said *said)
{
    hs_check_statements_free(said->statements);
    hs_check_release(&said->check);
    free(said);
}

static void say_vote(struct said *said, uint64_t view, const struct hs_block_id *id)
{
    said->message.type = HS_MESSAGE_VOTE;
    said->message.vote = (struct hs_vote){.view = view, .block_id = *id, .voter = 1};
    hs_check_statements_message(said->statements, &said->check, 1, &said->message, NULL);
}

static void say_view_change(struct said *said, uint64_t view, uint64_t high_qc_view)
{
    said->message.type = HS_MESSAGE_VIEW_CHANGE;
    said->message.view_change.has_tc = false;
    said->message.view_change.view_change = (struct hs_view_change){
        .view = view,
        .author = 1,
        .high_qc = {.view = high_qc_view},
    };
    hs_check_statements_message(said->statements, &said->check, 1, &said->message, NULL);
}

static void say_proposal(struct said *said, const struct hs_block *block)
{
    said->message.type = HS_MESSAGE_PROPOSAL;
    said->message.proposal.header = block->header;
    hs_check_add_block(&said->check, &block->id, &block->header);
    hs_check_statements_message(said->statements, &said->check, block->header.proposer,
                                &said->message, &block->id);
}

/* Votes in view 1 for a block, said again, gives up views 3 and 3 once more. */
static struct said *new_honest_said(void)
{
    struct said *said = new_said();
    struct hs_block_id id = id_of(1);
    say_vote(said, 1, &id);
    say_vote(said, 1, &id);
    say_view_change(said, 3, 1);
    say_view_change(said, 3, 2);
    assert_right(&said->check);
    return said;
}

static void votes_go_forward_and_are_single(void **state)
{
    (void)state;
    struct hs_block_id other = id_of(2);
    struct said *said = new_honest_said();
    say_vote(said, 4, &other);
    assert_right(&said->check);
    struct hs_block_id third = id_of(3);
    say_vote(said, 4, &third);
    assert_found(&said->check, "statements", "S2");
    free_said(said);
    said = new_honest_said();
    say_vote(said, 1, &other);
    assert_found(&said->check, "statements", "S2");
    free_said(said);
    said = new_honest_said();
    say_vote(said, 5, &other);
    say_vote(said, 4, &third);
    assert_found(&said->check, "statements", "S2");
    free_said(said);
}

static void no_vote_follows_a_view_change(void **state)
{
    (void)state;
    struct hs_block_id id = id_of(2);
    struct said *said = new_honest_said();
    say_vote(said, 3, &id);
    assert_found(&said->check, "statements", "S6");
    free_said(said);
}

static void view_changes_never_go_back(void **state)
{
    (void)state;
    struct hs_block_id id = id_of(2);
    struct said *said = new_honest_said();
    say_view_change(said, 2, 1);
    assert_found(&said->check, "statements", "S6");
    free_said(said);
    said = new_honest_said();
    say_view_change(said, 4, 1); /* high_qc falls */
    assert_found(&said->check, "statements", "S6");
    free_said(said);
    said = new_honest_said();
    say_vote(said, 5, &id);
    say_view_change(said, 4, 3);
    assert_found(&said->check, "statements", "S6");
    free_said(said);
}

static void the_lock_holds(void **state)
{
    (void)state;
    struct said *said = new_said();
    struct hs_qc first = first_qc();
    struct hs_block block = make_block(&cluster.genesis, &first, 1);
    struct hs_qc qc = make_qc(1, &block.id, QUORUM);
    struct hs_block child = make_block(&block, &qc, 2);
    say_proposal(said, &block);
    say_proposal(said, &child);
    say_vote(said, 2, &child.id);
    assert_right(&said->check);
    say_view_change(said, 3, 0);
    assert_found(&said->check, "statements", "S6");
    free_said(said);
}

static void proposals_need_what_allows_them(void **state)
{
    (void)state;
    struct said *said = new_said();
    struct hs_qc first = first_qc();
    struct hs_block block = make_block(&cluster.genesis, &first, 3);
    say_proposal(said, &block);
    assert_found(&said->check, "statements", "S3");
    free_said(said);

    said = new_said();
    say_view_change(said, 2, 0);
    said->message.type = HS_MESSAGE_PROPOSAL;
    said->message.proposal.has_tc = true;
    said->message.proposal.tc = (struct hs_tc){.view = 2, .high_qc = {.view = 1}};
    say_proposal(said, &block);
    assert_found(&said->check, "statements", "S3");
    free_said(said);
}

/* Of an own proposal that reached nobody only the vote is seen. */
static void votes_need_what_allows_them(void **state)
{
    (void)state;
    struct hs_qc first = first_qc();
    for (uint64_t view = 1; view <= 6; view++) {
        for (uint32_t allowed = 0; allowed < 2; allowed++) {
            struct said *said = new_said();
            struct hs_block block = make_block(&cluster.genesis, &first, view);
            hs_check_add_block(&said->check, &block.id, &block.header)->allowed_by_tc =
                allowed == 1;
            say_vote(said, view, &block.id);
            if (view == 1 || block.header.proposer == 1 || allowed == 1) {
                assert_right(&said->check);
            } else {
                assert_found(&said->check, "statements", "S3");
            }
            free_said(said);
        }
    }
}

/* -- certificates ----------------------------------------------------------------------------------- */

struct shown {
    struct hs_check check;
    struct hs_check_certificates *certificates;
};

static struct shown new_shown(void)
{
    return (struct shown){new_check(), hs_check_certificates_new(&cluster)};
}

static void free_shown(struct shown *shown)
{
    hs_check_certificates_free(shown->certificates);
    hs_check_release(&shown->check);
}

static void refuse_qc(const struct hs_qc *qc)
{
    struct shown shown = new_shown();
    assert_false(hs_check_certificates_qc(shown.certificates, &shown.check, BYZANTINE, false, qc));
    assert_right(&shown.check); /* it proves nothing of who need not be believed */
    assert_false(hs_check_certificates_qc(shown.certificates, &shown.check, 0, true, qc));
    assert_found(&shown.check, "certificates", "S7");
    free_shown(&shown);
}

static void qcs_that_do_not_hold_are_found(void **state)
{
    (void)state;
    struct hs_block_id id = id_of(1);
    struct hs_qc good = make_qc(1, &id, QUORUM);
    struct shown shown = new_shown();
    assert_true(hs_check_certificates_qc(shown.certificates, &shown.check, 0, true, &good));
    assert_false(hs_check_certificates_qc(shown.certificates, &shown.check, 0, true, &good));
    struct hs_qc first = first_qc();
    assert_false(hs_check_certificates_qc(shown.certificates, &shown.check, 0, true, &first));
    assert_right(&shown.check);
    assert_memory_equal(hs_check_certificates_of_view(shown.certificates, 0, 1), &id, sizeof(id));
    assert_null(hs_check_certificates_of_view(shown.certificates, 0, 2));
    free_shown(&shown);

    struct hs_qc bad = make_qc(1, &id, 0x3);
    refuse_qc(&bad); /* no quorum */
    bad = good;
    bad.signers.bytes[0] |= 1u << 3;
    refuse_qc(&bad); /* one who did not sign */
    bad = good;
    bad.signers.bytes[0] |= 1u << 4;
    refuse_qc(&bad); /* no validator */
    bad = good;
    bad.view = 2;
    refuse_qc(&bad);
    bad = good;
    bad.epoch = 1;
    refuse_qc(&bad);
    bad = good;
    bad.block_id = id_of(2);
    refuse_qc(&bad);
    bad = first;
    bad.block_id = id_of(2);
    refuse_qc(&bad);
    bad = first;
    bad.signers.bytes[0] = QUORUM;
    refuse_qc(&bad);
}

static void two_certified_blocks_of_a_view_are_found(void **state)
{
    (void)state;
    struct hs_block_id ids[2] = {id_of(1), id_of(2)};
    struct shown shown = new_shown();
    for (uint32_t i = 0; i < 2; i++) {
        struct hs_qc qc = make_qc(5, &ids[i], i == 0 ? QUORUM : 0xe);
        (void)hs_check_certificates_qc(shown.certificates, &shown.check, BYZANTINE, false, &qc);
    }
    assert_found(&shown.check, "certificates", "two certified blocks");
    free_shown(&shown);
}

static void judge_tc(const struct hs_tc *tc, bool holds)
{
    struct shown shown = new_shown();
    hs_check_certificates_tc(shown.certificates, &shown.check, BYZANTINE, false, tc);
    assert_right(&shown.check);
    hs_check_certificates_tc(shown.certificates, &shown.check, 0, true, tc);
    if (holds) {
        assert_right(&shown.check);
    } else {
        assert_found(&shown.check, "certificates", "S7");
    }
    free_shown(&shown);
}

static void tcs_that_do_not_hold_are_found(void **state)
{
    (void)state;
    struct hs_block_id id = id_of(1);
    static struct hs_tc tc;
    static struct hs_tc good;
    good = (struct hs_tc){.view = 5, .high_qc = make_qc(2, &id, QUORUM)};
    tc = good;
    add_group(&good, 2, 0x1);
    add_group(&good, 1, 0x6);
    judge_tc(&good, true);

    add_group(&tc, 2, 0x1);
    add_group(&tc, 1, 0x2);
    judge_tc(&tc, false); /* no quorum */
    add_group(&tc, 0, 0x2);
    judge_tc(&tc, false); /* one signs twice */
    tc.group_count = 0;
    add_group(&tc, 1, 0x6);
    add_group(&tc, 2, 0x1);
    judge_tc(&tc, false); /* not descending */
    tc.group_count = 0;
    add_group(&tc, 1, 0x7);
    judge_tc(&tc, false); /* high_qc is none of its groups' */
    tc.group_count = 0;
    add_group(&tc, 5, 0x7);
    tc.high_qc = make_qc(5, &id, QUORUM);
    judge_tc(&tc, false); /* not below its view */
    tc = good;
    tc.high_qc.signers.bytes[0] = 0x3;
    judge_tc(&tc, false);
    tc = good;
    tc.groups[1].signers.bytes[0] = 0xc;
    judge_tc(&tc, false);
    tc = good;
    tc.view = 6;
    judge_tc(&tc, false);
}

/* -- the chain ------------------------------------------------------------------------------------------ */

#define CHAIN 4u

/* Blocks of the given views, each on the one before, all of them certified. */
struct reported {
    struct shown shown;
    struct hs_check_chain *chain;
    struct hs_block blocks[CHAIN];
};

static void see(struct reported *reported, const struct hs_block *block, const struct hs_qc *qc)
{
    struct hs_check *check = &reported->shown.check;
    hs_check_add_block(check, &block->id, &block->header);
    hs_check_chain_view_known(reported->chain, check, reported->shown.certificates,
                              block->header.epoch, block->header.view);
    if (qc != NULL && hs_check_certificates_qc(reported->shown.certificates, check, 0, true, qc)) {
        hs_check_chain_view_known(reported->chain, check, reported->shown.certificates, qc->epoch,
                                  qc->view);
    }
}

static struct reported *new_reported(const uint64_t views[CHAIN])
{
    struct reported *reported = calloc(1, sizeof(*reported));
    assert_non_null(reported);
    reported->shown = new_shown();
    reported->chain = hs_check_chain_new();
    struct hs_qc justify = first_qc();
    const struct hs_block *parent = &cluster.genesis;
    for (uint32_t i = 0; i < CHAIN; i++) {
        reported->blocks[i] = make_block(parent, &justify, views[i]);
        parent = &reported->blocks[i];
        justify = make_qc(views[i], &parent->id, QUORUM);
        see(reported, parent, &justify);
    }
    return reported;
}

static void report(struct reported *reported, uint32_t process, const struct hs_block *block)
{
    hs_check_chain_reported(reported->chain, &reported->shown.check, process, block,
                            (uint32_t)(block->header.view % NODES));
}

static void free_reported(struct reported *reported)
{
    hs_check_chain_free(reported->chain);
    free_shown(&reported->shown);
    free(reported);
}

static void commits_need_two_consecutive_views(void **state)
{
    (void)state;
    struct reported *reported = new_reported((uint64_t[]){1, 2, 3, 4});
    for (uint32_t i = 0; i < CHAIN - 1; i++) {
        report(reported, 0, &reported->blocks[i]);
        report(reported, 1, &reported->blocks[i]);
    }
    assert_right(&reported->shown.check);
    assert_int_equal(hs_check_chain_height(reported->chain), CHAIN - 1);
    assert_int_equal(hs_check_chain_view_of_height(reported->chain, 2), 2);
    report(reported, 0, &reported->blocks[CHAIN - 1]); /* certified, without a certified child */
    assert_found(&reported->shown.check, "chain", "S5");
    free_reported(reported);

    reported = new_reported((uint64_t[]){1, 3, 5, 6}); /* the third commits, and those below it */
    report(reported, 0, &reported->blocks[0]);
    report(reported, 0, &reported->blocks[1]);
    report(reported, 0, &reported->blocks[2]);
    assert_right(&reported->shown.check);
    free_reported(reported);

    reported = new_reported((uint64_t[]){1, 3, 5, 7});
    report(reported, 0, &reported->blocks[0]);
    assert_found(&reported->shown.check, "chain", "S5");
    free_reported(reported);
}

static void chains_are_prefixes_in_order(void **state)
{
    (void)state;
    static const uint64_t views[] = {1, 2, 3, 4};
    struct reported *reported = new_reported(views);
    report(reported, 0, &reported->blocks[1]);
    assert_found(&reported->shown.check, "chain", "S5");
    free_reported(reported);

    reported = new_reported(views);
    report(reported, 0, &reported->blocks[0]);
    report(reported, 0, &reported->blocks[0]);
    assert_found(&reported->shown.check, "chain", "S5");
    free_reported(reported);

    reported = new_reported(views);
    report(reported, 0, &reported->blocks[0]);
    struct hs_qc first = first_qc();
    struct hs_block other = make_block(&cluster.genesis, &first, 6);
    report(reported, 1, &other);
    assert_found(&reported->shown.check, "chain", "S5");
    free_reported(reported);

    reported = new_reported(views);
    assert_true(hs_check_chain_core_at(reported->chain, &reported->shown.check, 0, 2));
    assert_false(hs_check_chain_core_at(reported->chain, &reported->shown.check, 0, 2));
    assert_right(&reported->shown.check);
    assert_true(hs_check_chain_core_at(reported->chain, &reported->shown.check, 0, 1));
    assert_found(&reported->shown.check, "chain", "S5");
    free_reported(reported);
}

static void what_was_reported_stays(void **state)
{
    (void)state;
    struct reported *reported = new_reported((uint64_t[]){1, 2, 3, 4});
    report(reported, 0, &reported->blocks[0]);
    report(reported, 0, &reported->blocks[1]);
    hs_check_chain_restarted(reported->chain, &reported->shown.check, 0, 2);
    assert_right(&reported->shown.check);
    hs_check_chain_restarted(reported->chain, &reported->shown.check, 0, 1);
    assert_found(&reported->shown.check, "chain", "D7");
    free_reported(reported);

    reported = new_reported((uint64_t[]){1, 2, 3, 4});
    report(reported, 0, &reported->blocks[0]);
    hs_check_chain_forgotten(reported->chain, 0, 0);
    hs_check_chain_restarted(reported->chain, &reported->shown.check, 0, 0);
    assert_right(&reported->shown.check);
    hs_check_chain_unreadable(&reported->shown.check, 0, 1);
    assert_found(&reported->shown.check, "chain", "D7");
    free_reported(reported);
}

static void committed_blocks_are_well_formed(void **state)
{
    (void)state;
    for (uint32_t wrong = 0; wrong < 5; wrong++) {
        struct reported *reported = new_reported((uint64_t[]){1, 2, 3, 4});
        struct hs_block block = reported->blocks[1];
        struct hs_qc other = make_qc(1, &block.id, QUORUM);
        report(reported, 0, &reported->blocks[0]);
        block.header.parent_id = wrong == 0 ? block.id : block.header.parent_id;
        block.header.justify = wrong == 1 ? other : block.header.justify;
        block.header.view = wrong == 2 ? 1 : block.header.view;
        block.header.proposer = wrong == 3 ? 0 : block.header.proposer;
        block.header.timestamp_ms -= wrong == 4 ? 1 : 0;
        report(reported, 0, &block);
        assert_found(&reported->shown.check, "chain", "S1");
        free_reported(reported);
    }
}

/* -- state, memory, evidence ------------------------------------------------------------------------------ */

static void roots_and_supply_are_compared(void **state)
{
    (void)state;
    struct hs_state_root roots[2] = {{{1}}, {{2}}};
    struct hs_check check = new_check();
    struct hs_check_state *facts = hs_check_state_new();
    hs_check_state_root(facts, &check, 0, 1, &roots[0]);
    hs_check_state_root(facts, &check, 1, 1, &roots[0]);
    hs_check_state_root(facts, &check, 1, 2, &roots[1]);
    hs_check_state_supply(&check, 1, 2, (struct hs_amount){7}, (struct hs_amount){7});
    assert_right(&check);
    hs_check_state_root(facts, &check, 0, 2, &roots[0]);
    assert_found(&check, "state", "X1");
    check = new_check();
    hs_check_state_supply(&check, 1, 2, (struct hs_amount){6}, (struct hs_amount){7});
    assert_found(&check, "state", "supply");
    check = new_check();
    hs_check_state_diverged(&check, 2);
    assert_found(&check, "state", "X1");
    hs_check_state_free(facts);
}

static enum hs_status no_blocks(void *context, uint64_t from, uint32_t count, uint8_t bytes[],
                                size_t *size, size_t capacity)
{
    (void)from;
    (void)count;
    memset(bytes, 0x11, capacity);
    *size = capacity;
    return *(const enum hs_status *)context;
}

static enum hs_status no_epoch(void *context, uint64_t number, uint8_t bytes[], size_t *size,
                               size_t capacity)
{
    return no_blocks(context, number, 0, bytes, size, capacity);
}

static void a_node_proves_its_blocks_to_clients(void **state)
{
    (void)state;
    enum hs_status says = HS_NOT_FOUND;
    const struct hs_check_light_server server = {&says, no_blocks, no_epoch};
    struct hs_check check = new_check();
    hs_check_light(&check, 1, &server, 0, &check.cluster->genesis.id);
    assert_right(&check);
    hs_check_light(&check, 1, &server, 5, &check.cluster->genesis.id);
    assert_found(&check, "light", "no answer");
    check = new_check();
    says = HS_OK;
    hs_check_light(&check, 1, &server, 5, &check.cluster->genesis.id);
    assert_found(&check, "light", "refused");
    check = new_check();
    hs_check_light(&check, 1, &server, 0, &(struct hs_block_id){{7}});
    assert_found(&check, "light", "another block");
}

/* What is found of an executed block of `count` equal transactions of this type and size. */
static struct hs_check check_of_executed(uint8_t type, size_t size, size_t count, uint64_t base_fee,
                                         uint64_t next_base_fee)
{
    static uint8_t bytes[HS_TRANSACTION_BYTES_MAX];
    static struct hs_bytes transactions[HS_BLOCK_TRANSACTIONS_MAX];
    bytes[1] = type;
    for (size_t i = 0; i < count; i++) {
        transactions[i] = (struct hs_bytes){bytes, size};
    }
    const struct hs_check_fees_block block = {
        .height = 3,
        .base_fee = {base_fee},
        .transactions = transactions,
        .count = count,
        .next_base_fee = {next_base_fee},
    };
    struct hs_check check = new_check();
    hs_check_fees_executed(&check, 1, &block);
    return check;
}

/* F1, F2: of 10,000 gas at most, from 10 units per gas on. */
static void base_fees_follow_the_gas(void **state)
{
    (void)state;
    const struct {
        uint8_t type;
        size_t size;
        size_t count;
        uint64_t base_fee;
        uint64_t next_base_fee;
        const char *wrong; /* NULL: it is right */
    } cases[] = {
        {1, 194, 0, 80, 70, NULL},
        {1, 194, 5000, 80, 80, NULL},
        {1, 194, 10000, 80, 90, NULL},
        {1, 201, 5000, 80, 90, NULL},
        {1, 194, 0, 10, 10, NULL},
        {10, 450, 158, 80, 89, NULL},
        {1, 194, 0, 80, 80, "F1"},
        {1, 194, 10000, 80, 91, "F1"},
        {1, 194, 0, 10, 9, "F1"},
        {10, 450, 159, 80, 90, "F2"},
        {1, 194, 10000, HS_BASE_FEE_MAX, HS_BASE_FEE_MAX, NULL},
        {1, 194, 10000, HS_BASE_FEE_MAX, HS_BASE_FEE_MAX + HS_BASE_FEE_MAX / 8, "F1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hs_check check = check_of_executed(cases[i].type, cases[i].size, cases[i].count,
                                                  cases[i].base_fee, cases[i].next_base_fee);
        if (cases[i].wrong == NULL) {
            assert_right(&check);
        } else {
            assert_found(&check, "fees", cases[i].wrong);
        }
    }
}

/* What a builder leaves out uses no gas. */
static void what_is_not_in_a_block_uses_no_gas(void **state)
{
    (void)state;
    static const uint8_t bytes[194] = {1, 1};
    const struct hs_bytes transaction = {bytes, sizeof bytes};
    const bool included = false;
    const struct hs_check_fees_block block = {
        .base_fee = {80},
        .transactions = &transaction,
        .count = 1,
        .included = &included,
        .next_base_fee = {70},
    };
    struct hs_check check = new_check();
    hs_check_fees_executed(&check, 0, &block);
    assert_right(&check);
}

static void limits_are_kept(void **state)
{
    (void)state;
    struct hs_node_usage usage[] = {{"blocks", 0, 4}, {"votes", 4, 4}};
    struct hs_check check = new_check();
    hs_check_memory_node(&check, 0, usage, 2);
    hs_check_memory_network(&check, 9, 9);
    assert_right(&check);
    usage[1].used = 5;
    hs_check_memory_node(&check, 0, usage, 2);
    assert_found(&check, "memory", "5 votes");
    check = new_check();
    hs_check_memory_network(&check, 10, 9);
    assert_found(&check, "memory", "10 messages");
}

/* -- epochs and evidence ------------------------------------------------------------------------ */

static struct hs_epoch *new_epoch(void)
{
    struct hs_epoch *epoch = calloc(1, sizeof(*epoch));
    assert_non_null(epoch);
    *epoch = *hs_cluster_epoch(&cluster, 0);
    return epoch;
}

static void an_epoch_is_the_same_for_all(void **state)
{
    (void)state;
    struct hs_check check = new_check();
    struct hs_epoch *epoch = new_epoch();
    hs_check_epoch_begun(&check, 0, epoch);
    assert_right(&check);
    epoch->last_height = 7;
    hs_check_epoch_begun(&check, 1, epoch);
    assert_found(&check, "epochs", "up to height 7");
    hs_check_release(&check);

    check = new_check();
    epoch->last_height = UINT64_MAX;
    epoch->validators.validators[2].weight++;
    hs_check_epoch_begun(&check, 1, epoch);
    assert_found(&check, "epochs", "another set");
    hs_check_release(&check);

    check = new_check();
    epoch->validators.validators[2].weight--;
    epoch->randomness[0] ^= 1u;
    hs_check_epoch_begun(&check, 1, epoch);
    assert_found(&check, "epochs", "P2");
    hs_check_release(&check);
    free(epoch);
}

static void nobody_correct_is_accused(void **state)
{
    (void)state;
    struct hs_bitmap accused = {{0}};
    struct hs_check check = new_check();
    hs_bitmap_set(&check.byzantine, BYZANTINE);
    hs_check_accused(&check, 0, &accused);
    hs_bitmap_set(&accused, BYZANTINE);
    hs_check_accused(&check, 0, &accused);
    assert_right(&check);
    hs_bitmap_set(&accused, 1);
    hs_check_accused(&check, 0, &accused);
    assert_found(&check, "evidence", "S8");
}

static void send_vote(struct hs_world *world, uint32_t voter, uint32_t to,
                      const struct hs_block_id *id)
{
    static struct hs_message message;
    message.type = HS_MESSAGE_VOTE;
    message.vote = (struct hs_vote){.view = 1, .block_id = *id, .voter = voter};
    sign(&message.vote.signature,
         &(struct hs_statement){.type = HS_STATEMENT_VOTE, .view = 1, .block_id = *id},
         1u << voter);
    struct hs_buffer *buffer = hs_buffer_new(hs_message_encoded_size(&message, NODES));
    assert_non_null(buffer);
    struct hs_writer writer = hs_writer_over(buffer->data, buffer->size);
    hs_message_encode(&writer, &message, NODES);
    const struct hs_consensus_network *network =
        hs_simulated_network_transport(hs_world_network(world), voter);
    assert_int_equal(network->send(network->context, to, HS_CLASS_CONSENSUS, buffer), HS_OK);
    hs_buffer_release(buffer);
}

static void two_votes_towards_one_node_are_found(void **state)
{
    (void)state;
    struct hs_world_config config;
    hs_world_config_default(&config, NODES, 1);
    struct hs_world *world = hs_world_new(&config);
    hs_world_make_puppet(world, BYZANTINE);
    hs_world_start_all(world);
    struct hs_block_id ids[2] = {id_of(1), id_of(2)};
    send_vote(world, BYZANTINE, 0, &ids[0]);
    send_vote(world, BYZANTINE, 0, &ids[1]);
    send_vote(world, BYZANTINE, 2, &ids[1]);
    hs_world_run_until(world, UINT64_C(1000000000));
    assert_null(hs_checkers_violation(hs_world_checkers(world)));
    for (uint32_t i = 0; i < BYZANTINE; i++) {
        struct hs_bitmap accused;
        hs_check_find_accused(hs_world_cluster(world), hs_world_node(world, i), &accused);
        assert_int_equal(hs_bitmap_get(&accused, BYZANTINE), i == 0);
        assert_int_equal(hs_bitmap_count(&accused), i == 0 ? 1 : 0);
        struct hs_node_usage usage[HS_NODE_USAGE_PARTS];
        hs_node_usage(hs_world_node(world, i), usage);
        for (uint32_t part = 0; part < HS_NODE_USAGE_PARTS; part++) {
            assert_non_null(usage[part].name);
            assert_true(usage[part].limit > 0);
        }
    }
    hs_world_free(world);
}

/* -- liveness --------------------------------------------------------------------------------------------------- */

static void new_blocks_come_in_time(void **state)
{
    (void)state;
    struct hs_world_config config;
    hs_world_config_default(&config, NODES, 1);
    struct hs_world *world = hs_world_new(&config);
    hs_world_start_all(world);
    const struct hs_core *core = hs_node_core(hs_world_node(world, 0));
    struct hs_check_liveness liveness;
    struct hs_check check = new_check();
    hs_check_liveness_begin(&liveness, &check, core, 8, 5);
    assert_int_equal(liveness.target, 6);
    assert_int_equal(liveness.deadline_view, 10); /* 9 and 10 are the two */
    hs_bitmap_set(&check.byzantine, BYZANTINE);
    hs_check_liveness_begin(&liveness, &check, core, 8, 5);
    assert_int_equal(liveness.deadline_view, 10); /* led by 1 and 2 */
    hs_check_liveness_begin(&liveness, &check, core, 9, 5);
    assert_int_equal(liveness.deadline_view, 13); /* 11 is not correct: 12 and 13 */
    hs_check_liveness_reached(&liveness, &check, 0, 13);
    hs_check_liveness_health(&check, 0, HS_NODE_HEALTHY, true);
    assert_right(&check);
    hs_check_liveness_reached(&liveness, &check, 0, 14);
    assert_found(&check, "liveness", "too many views");
    hs_check_release(&check);
    check = new_check();
    hs_check_liveness_late(&liveness, &check, 2, 5);
    assert_found(&check, "liveness", "node 2");
    check = new_check();
    hs_check_liveness_health(&check, 1, HS_NODE_FOLLOWING, false);
    assert_found(&check, "liveness", "D5");
    check = new_check();
    hs_check_liveness_health(&check, 1, HS_NODE_HEALTHY, false);
    assert_found(&check, "liveness", "D5");
    check = new_check();
    hs_check_liveness_down(&check, 1);
    assert_found(&check, "liveness", "down");
    hs_world_free(world);
}

/* -- all together ------------------------------------------------------------------------------------------------ */

/* What a Byzantine validator says is asked of nobody; a correct one's is, and the first violation
 * stands. */
static void only_correct_validators_are_held_to_their_word(void **state)
{
    (void)state;
    struct hs_checkers *checkers = hs_checkers_new(&cluster, NODES + 1);
    hs_checkers_exempt(checkers, BYZANTINE);
    static struct hs_message message;
    message.type = HS_MESSAGE_QC;
    struct hs_block_id id = id_of(1);
    message.qc = make_qc(1, &id, QUORUM);
    message.qc.view = 2;
    hs_checkers_message(checkers, BYZANTINE, &message);
    hs_checkers_message(checkers, NODES, &message); /* a twin */
    assert_null(hs_checkers_violation(checkers));
    assert_null(hs_checkers_violated(checkers));
    hs_checkers_message(checkers, 0, &message);
    assert_non_null(hs_checkers_violation(checkers));
    assert_string_equal(hs_checkers_violated(checkers), "certificates");
    hs_checkers_diverged(checkers, 0);
    assert_string_equal(hs_checkers_violated(checkers), "certificates");
    hs_checkers_free(checkers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(votes_go_forward_and_are_single),
        cmocka_unit_test(no_vote_follows_a_view_change),
        cmocka_unit_test(view_changes_never_go_back),
        cmocka_unit_test(the_lock_holds),
        cmocka_unit_test(proposals_need_what_allows_them),
        cmocka_unit_test(votes_need_what_allows_them),
        cmocka_unit_test(qcs_that_do_not_hold_are_found),
        cmocka_unit_test(two_certified_blocks_of_a_view_are_found),
        cmocka_unit_test(tcs_that_do_not_hold_are_found),
        cmocka_unit_test(commits_need_two_consecutive_views),
        cmocka_unit_test(chains_are_prefixes_in_order),
        cmocka_unit_test(what_was_reported_stays),
        cmocka_unit_test(committed_blocks_are_well_formed),
        cmocka_unit_test(roots_and_supply_are_compared),
        cmocka_unit_test(a_node_proves_its_blocks_to_clients),
        cmocka_unit_test(base_fees_follow_the_gas),
        cmocka_unit_test(what_is_not_in_a_block_uses_no_gas),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(an_epoch_is_the_same_for_all),
        cmocka_unit_test(nobody_correct_is_accused),
        cmocka_unit_test(two_votes_towards_one_node_are_found),
        cmocka_unit_test(new_blocks_come_in_time),
        cmocka_unit_test(only_correct_validators_are_held_to_their_word),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
