/* The safety rules, edge by edge: each condition alone turns a yes into a no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "consensus/safety_rules.h"

static struct hs_block_id id_of(uint8_t number)
{
    return (struct hs_block_id){.bytes = {number}};
}

/* A parent of view 3 at height 2, and a child of view 4 on it by leader 1. */
static struct hs_block parent_block(void)
{
    return (struct hs_block){
        .id = id_of(1),
        .header = {.epoch = 2, .view = 3, .height = 2, .timestamp_ms = 50},
    };
}

static struct hs_block child_block(void)
{
    return (struct hs_block){
        .id = id_of(2),
        .header =
            {
                .epoch = 2,
                .view = 4,
                .height = 3,
                .parent_id = id_of(1),
                .justify = {.epoch = 2, .view = 3, .block_id = id_of(1)},
                .proposer = 1,
                .timestamp_ms = 51,
            },
    };
}

static enum hs_status well_formed(const struct hs_block *child)
{
    struct hs_block parent = parent_block();
    return hs_safety_well_formed(child, &parent, 1, UINT64_MAX);
}

/* S1, S7 */
static void a_block_follows_from_its_parent_in_every_field(void **state)
{
    (void)state;
    struct hs_block right = child_block();
    assert_int_equal(well_formed(&right), HS_OK);
    right.header.view = 9; /* a gap is for S3 to judge */
    assert_int_equal(well_formed(&right), HS_OK);

    right = child_block();
    right.header.timestamp_ms = 50 + HS_BLOCK_TIME_STEP_MAX_MS;
    assert_int_equal(well_formed(&right), HS_OK);

    struct hs_block wrong[14];
    for (size_t i = 0; i < 14; i++) {
        wrong[i] = child_block();
    }
    wrong[0].header.proposer = 2;
    wrong[1].header.parent_id = id_of(7);
    wrong[2].header.justify.block_id = id_of(7);
    wrong[3].header.justify.view = 2;
    wrong[4].header.justify.epoch = 1;
    wrong[5].header.epoch = 3;
    wrong[6].header.height = 2;
    wrong[7].header.height = 4;
    wrong[8].header.view = 3;
    wrong[9].header.view = 2;
    wrong[10].header.timestamp_ms = 50;
    wrong[11].header.timestamp_ms = 0;
    wrong[12].header.timestamp_ms = 50 + HS_BLOCK_TIME_STEP_MAX_MS + 1;
    wrong[13].header.timestamp_ms = UINT64_MAX;
    for (size_t i = 0; i < 14; i++) {
        assert_int_equal(well_formed(&wrong[i]), HS_PROTOCOL_VIOLATION);
    }
}

/* S1: the view-0 certificate is genesis' own. */
static void a_first_block_rests_on_the_certificate_of_view_zero(void **state)
{
    (void)state;
    struct hs_block genesis = {.id = id_of(9)};
    struct hs_block first = {
        .id = id_of(10),
        .header = {.view = 1,
                   .height = 1,
                   .parent_id = id_of(9),
                   .justify = {.block_id = id_of(9)},
                   .timestamp_ms = 1},
    };
    assert_int_equal(hs_safety_well_formed(&first, &genesis, 0, UINT64_MAX), HS_OK);
    first.header.view = 0;
    assert_int_equal(hs_safety_well_formed(&first, &genesis, 0, UINT64_MAX), HS_PROTOCOL_VIOLATION);
}

/* S1, P4: the parent is the block that ended the epoch before, whatever its view was; the epoch is
 * one more, views begin anew, and the justify is the new epoch's certificate of view 0. */
static void an_epochs_first_block_follows_the_end_of_the_one_before(void **state)
{
    (void)state;
    struct hs_block right = child_block();
    right.header.epoch = 3;
    right.header.view = 1;
    right.header.justify = (struct hs_qc){.epoch = 3, .view = 0, .block_id = id_of(1)};
    assert_int_equal(well_formed(&right), HS_OK);
    right.header.view = 7; /* a gap is for S3 to judge */
    assert_int_equal(well_formed(&right), HS_OK);

    struct hs_block wrong[8];
    for (size_t i = 0; i < 8; i++) {
        wrong[i] = right;
    }
    wrong[0].header.justify.view = 3; /* the parent's own certificate */
    wrong[1].header.justify.epoch = 2;
    wrong[2].header.justify.block_id = id_of(7);
    wrong[3].header.height = 2;
    wrong[4].header.view = 0;
    wrong[5].header.epoch = 4;
    wrong[6].header.epoch = 1;
    wrong[7].header.epoch = 0;
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(well_formed(&wrong[i]), HS_PROTOCOL_VIOLATION);
    }
}

/* S1, P4: above the epoch's last height blocks carry nothing and change nothing. */
static void a_tail_block_is_empty(void **state)
{
    (void)state;
    struct hs_block parent = parent_block();
    struct hs_block full = child_block();
    parent.header.state_root.bytes[0] = 5;
    full.header.transaction_count = 3;
    full.header.payload_bytes = 300;
    full.header.state_root.bytes[0] = 6;
    assert_int_equal(hs_safety_well_formed(&full, &parent, 1, 3), HS_OK); /* the last one */
    assert_int_equal(hs_safety_well_formed(&full, &parent, 1, 2), HS_PROTOCOL_VIOLATION);

    struct hs_block tail = child_block();
    tail.header.state_root.bytes[0] = 5;
    assert_int_equal(hs_safety_well_formed(&tail, &parent, 1, 2), HS_OK);
    assert_int_equal(hs_safety_well_formed(&tail, &parent, 1, 1), HS_OK); /* on a tail block */
    tail.header.transaction_count = 1;
    assert_int_equal(hs_safety_well_formed(&tail, &parent, 1, 2), HS_PROTOCOL_VIOLATION);
    tail.header.transaction_count = 0;
    tail.header.payload_bytes = 1;
    assert_int_equal(hs_safety_well_formed(&tail, &parent, 1, 2), HS_PROTOCOL_VIOLATION);
    tail.header.payload_bytes = 0;
    tail.header.state_root.bytes[31] = 1;
    assert_int_equal(hs_safety_well_formed(&tail, &parent, 1, 2), HS_PROTOCOL_VIOLATION);
}

/* S2 */
static void a_vote_is_for_the_current_view_and_above_the_last(void **state)
{
    (void)state;
    struct hs_safety_record record = {.last_voted_view = 6};
    assert_int_equal(hs_safety_may_vote(&record, 7, 7), HS_OK);
    assert_int_equal(hs_safety_may_vote(&record, 8, 7), HS_UNSAFE);
    assert_int_equal(hs_safety_may_vote(&record, 7, 8), HS_UNSAFE);
    record.last_voted_view = 7;
    assert_int_equal(hs_safety_may_vote(&record, 7, 7), HS_UNSAFE);
    record.last_voted_view = 8;
    assert_int_equal(hs_safety_may_vote(&record, 7, 7), HS_UNSAFE);
    record.last_voted_view = 0;
    assert_int_equal(hs_safety_may_vote(&record, 1, 1), HS_OK);
    record.last_voted_view = UINT64_MAX; /* a record that forbids everything */
    assert_int_equal(hs_safety_may_vote(&record, UINT64_MAX, UINT64_MAX), HS_UNSAFE);
}

static enum hs_status extends(uint64_t view, uint64_t justify_view, bool has_tc, uint64_t tc_view,
                              uint64_t tc_high_qc_view)
{
    struct hs_block block = {.header = {.view = view, .justify = {.view = justify_view}}};
    struct hs_entry_proof proof = {has_tc, tc_view, tc_high_qc_view};
    /* The own lock plays no part: one that nobody else saw would stop the chain. */
    struct hs_safety_record locked = {.locked_view = 1000};
    return hs_safety_extends(&locked, &block, &proof);
}

/* S3 */
static void without_a_tc_only_the_next_view_extends(void **state)
{
    (void)state;
    assert_int_equal(extends(5, 4, false, 0, 0), HS_OK);
    assert_int_equal(extends(6, 4, false, 0, 0), HS_PROTOCOL_VIOLATION);
    assert_int_equal(extends(4, 4, false, 0, 0), HS_PROTOCOL_VIOLATION);
    assert_int_equal(extends(6, 4, false, 5, 0), HS_PROTOCOL_VIOLATION);
}

/* S3 */
static void with_a_tc_the_justify_covers_it(void **state)
{
    (void)state;
    assert_int_equal(extends(9, 4, true, 8, 4), HS_OK);
    assert_int_equal(extends(9, 5, true, 8, 4), HS_OK);
    assert_int_equal(extends(9, 3, true, 8, 4), HS_PROTOCOL_VIOLATION);
    assert_int_equal(extends(9, 4, true, 7, 4), HS_PROTOCOL_VIOLATION);
    assert_int_equal(extends(9, 4, true, 9, 4), HS_PROTOCOL_VIOLATION);
    assert_int_equal(extends(9, 0, true, 8, 0), HS_OK);
    /* A TC that is attached counts, also where a QC alone would do. */
    assert_int_equal(extends(9, 8, true, 7, 4), HS_PROTOCOL_VIOLATION);
}

/* S7: of the TC the embedded QC's view is read, the maximum over its groups. */
static void the_proof_of_entry_reads_the_embedded_qc(void **state)
{
    (void)state;
    static struct hs_tc tc = {.view = 8, .high_qc = {.view = 4}};
    struct hs_entry_proof proof = hs_entry_proof_of(&tc);
    assert_true(proof.has_tc);
    assert_int_equal(proof.tc_view, 8);
    assert_int_equal(proof.tc_high_qc_view, 4);
    assert_false(hs_entry_proof_of(NULL).has_tc);
}

/* S4 */
static void a_vote_locks_its_justify_and_never_unlocks(void **state)
{
    (void)state;
    struct hs_safety_record record = {0};
    struct hs_block block = child_block();
    hs_safety_sign_vote(&record, &block);
    assert_int_equal(record.last_voted_view, 4);
    assert_int_equal(record.locked_view, 3);
    assert_int_equal(record.vote_view, 4);
    assert_memory_equal(&record.vote_block_id, &block.id, sizeof(block.id));

    block.header.view = 9;
    block.header.justify.view = 1; /* under a TC */
    hs_safety_sign_vote(&record, &block);
    assert_int_equal(record.last_voted_view, 9);
    assert_int_equal(record.locked_view, 3);
}

/* S5 */
static void a_child_of_the_next_view_commits(void **state)
{
    (void)state;
    struct hs_block parent = parent_block();
    struct hs_block child = child_block();
    assert_true(hs_safety_commits(&parent, &child));
    child.header.view = 5;
    assert_false(hs_safety_commits(&parent, &child));
    child.header.view = 3;
    assert_false(hs_safety_commits(&parent, &child));
    child = child_block();
    child.header.parent_id = id_of(8);
    assert_false(hs_safety_commits(&parent, &child));
    child = child_block();
    child.header.epoch = 3;
    assert_false(hs_safety_commits(&parent, &child));
}

/* S6 */
static void a_view_change_needs_proof_of_entry_and_covers_the_lock(void **state)
{
    (void)state;
    struct hs_safety_record record = {.locked_view = 4, .last_voted_view = 7};
    /* Entered by the QC of the view before, or by its TC. */
    assert_int_equal(hs_safety_may_change_view(&record, 7, 6, 0), HS_OK);
    assert_int_equal(hs_safety_may_change_view(&record, 7, 4, 6), HS_OK);
    assert_int_equal(hs_safety_may_change_view(&record, 7, 5, 5), HS_UNSAFE);
    assert_int_equal(hs_safety_may_change_view(&record, 7, 5, 0), HS_UNSAFE);
    /* high_qc is below the view and not below the lock. */
    assert_int_equal(hs_safety_may_change_view(&record, 7, 7, 6), HS_UNSAFE);
    assert_int_equal(hs_safety_may_change_view(&record, 7, 3, 6), HS_UNSAFE);
    /* Not back behind a vote; in the view of one it may. */
    assert_int_equal(hs_safety_may_change_view(&record, 6, 5, 0), HS_UNSAFE);
    assert_int_equal(hs_safety_may_change_view(&record, 8, 7, 0), HS_OK);
    /* Without any TC, view 1 is not entered by "TC of view 0". */
    struct hs_safety_record fresh = {0};
    assert_int_equal(hs_safety_may_change_view(&fresh, 1, 0, 0), HS_OK);
    assert_int_equal(hs_safety_may_change_view(&fresh, 2, 0, 0), HS_UNSAFE);
}

/* S6, S2 */
static void no_vote_in_a_view_follows_its_view_change(void **state)
{
    (void)state;
    struct hs_safety_record record = {.last_voted_view = 5, .locked_view = 4};
    hs_safety_sign_view_change(&record, 7, 6);
    assert_int_equal(record.last_voted_view, 7);
    assert_int_equal(record.view_change_view, 7);
    assert_int_equal(record.view_change_high_qc_view, 6);
    assert_int_equal(record.locked_view, 4);
    assert_int_equal(hs_safety_may_vote(&record, 7, 7), HS_UNSAFE);
    assert_int_equal(hs_safety_may_vote(&record, 8, 8), HS_OK);

    record.last_voted_view = 9; /* the lock survives any number of them */
    hs_safety_sign_view_change(&record, 9, 8);
    assert_int_equal(record.last_voted_view, 9);
    assert_int_equal(record.locked_view, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_follows_from_its_parent_in_every_field),
        cmocka_unit_test(a_first_block_rests_on_the_certificate_of_view_zero),
        cmocka_unit_test(an_epochs_first_block_follows_the_end_of_the_one_before),
        cmocka_unit_test(a_tail_block_is_empty),
        cmocka_unit_test(a_vote_is_for_the_current_view_and_above_the_last),
        cmocka_unit_test(without_a_tc_only_the_next_view_extends),
        cmocka_unit_test(with_a_tc_the_justify_covers_it),
        cmocka_unit_test(the_proof_of_entry_reads_the_embedded_qc),
        cmocka_unit_test(a_vote_locks_its_justify_and_never_unlocks),
        cmocka_unit_test(a_child_of_the_next_view_commits),
        cmocka_unit_test(a_view_change_needs_proof_of_entry_and_covers_the_lock),
        cmocka_unit_test(no_vote_in_a_view_follows_its_view_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
