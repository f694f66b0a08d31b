/* The light client: moves by what is proved and by nothing else. */
#include "light_world.h"

static const struct plan height_20 = {
    .side = &four, .height = 20, .views = {30, 31}, .count = 2, .signers = 3};
static const struct plan last_of_four = {
    .side = &four, .height = LAST_HEIGHT, .views = {50, 51}, .count = 2, .signers = 3};

/* S5 */
static void a_certified_child_of_the_next_view_moves_it(void **unused)
{
    (void)unused;
    begin();
    struct hs_block_id committed;
    const struct hs_answer answer = proof_of(&height_20, &committed);
    assert_int_equal(hs_light_advance(&light, bytes_of(&answer), &error), HS_OK);
    assert_int_equal(light.height, 20);
    assert_memory_equal(&light.block_id, &committed, sizeof committed);
    assert_true(light.has_state_root);
    assert_memory_equal(&light.state_root, &state_root, sizeof state_root);
}

/* S5 */
static void ancestors_commit_over_any_gap_of_views(void **unused)
{
    (void)unused;
    begin();
    const struct plan plan = {
        .side = &four, .height = 12, .views = {15, 19, 22, 23}, .count = 4, .signers = 4};
    assert_int_equal(advance(&plan), HS_OK);
    assert_int_equal(light.height, 12);
}

/* S5 */
static void views_with_a_gap_above_commit_nothing(void **unused)
{
    (void)unused;
    begin();
    const struct plan plan = {
        .side = &four, .height = 12, .views = {15, 16, 18}, .count = 3, .signers = 4};
    assert_int_equal(advance(&plan), HS_PROTOCOL_VIOLATION);
    assert_int_equal(error.header, 1);
    assert_string_equal(error.reason, "the views are not consecutive");
    assert_int_equal(light.height, 10);
}

static void one_header_commits_nothing(void **unused)
{
    (void)unused;
    begin();
    struct hs_answer answer = proof_of(&height_20, NULL);
    answer.bytes[hs_qc_encoded_size(4)] = 1;
    assert_int_equal(hs_light_advance(&light, bytes_of(&answer), &error), HS_MALFORMED);
}

/* S7 */
static void a_certificate_below_the_quorum_is_refused(void **unused)
{
    (void)unused;
    begin();
    struct plan plan = height_20;
    plan.signers = 2;
    assert_int_equal(advance(&plan), HS_BAD_CERTIFICATE);
    assert_int_equal(light.height, 10);
}

/* S7 */
static void a_certificate_of_another_view_than_its_block_is_refused(void **unused)
{
    (void)unused;
    begin();
    struct plan plan = height_20;
    plan.certified_later = 1;
    assert_int_equal(advance(&plan), HS_PROTOCOL_VIOLATION);
    assert_int_equal(light.height, 10);
}

/* S7: epoch 5's validators sign nothing that counts in epoch 4, nor the other way round. */
static void another_epochs_certificate_is_refused(void **unused)
{
    (void)unused;
    begin();
    const struct plan plan = {
        .side = &five, .height = 20, .views = {30, 31}, .count = 2, .signers = 5};
    assert_int_not_equal(advance(&plan), HS_OK);
    assert_int_equal(light.height, 10);
}

static void every_flipped_bit_is_noticed(void **unused)
{
    (void)unused;
    struct hs_answer answer = proof_of(&height_20, NULL);
    for (size_t i = 0; i < answer.size; i++) {
        begin();
        answer.bytes[i] ^= 1u;
        assert_int_not_equal(hs_light_advance(&light, bytes_of(&answer), &error), HS_OK);
        assert_non_null(error.reason);
        assert_int_equal(light.height, 10);
        answer.bytes[i] ^= 1u;
    }
}

static void cut_and_longer_proofs_are_refused(void **unused)
{
    (void)unused;
    begin();
    struct hs_answer answer = proof_of(&height_20, NULL);
    const size_t whole = answer.size;
    for (answer.size = 0; answer.size < whole; answer.size++) {
        assert_int_equal(hs_light_advance(&light, bytes_of(&answer), &error), HS_MALFORMED);
    }
    answer.size = whole + 1;
    assert_int_equal(hs_light_advance(&light, bytes_of(&answer), &error), HS_MALFORMED);
    assert_int_equal(light.height, 10);
}

static void a_chain_without_end_is_refused_by_its_count(void **unused)
{
    (void)unused;
    begin();
    struct hs_answer answer = proof_of(&height_20, NULL);
    memset(&answer.bytes[hs_qc_encoded_size(4)], 0xff, 4);
    assert_int_equal(hs_light_advance(&light, bytes_of(&answer), &error), HS_MALFORMED);
}

static void of_another_chain(struct hs_block_header *header, size_t from_below)
{
    header->chain_id.bytes[5] = (uint8_t)(from_below == 0);
}
static void a_height_too_high(struct hs_block_header *header, size_t from_below)
{
    header->height += 2u * (from_below == 0);
}
static void a_height_too_low(struct hs_block_header *header, size_t from_below)
{
    header->height -= (from_below == 0);
}
static void a_parents_epoch_that_is_not_its_own(struct hs_block_header *header, size_t from_below)
{
    header->justify.epoch += (from_below == 1);
}
static void all_of_the_next_epoch(struct hs_block_header *header, size_t from_below)
{
    (void)from_below;
    header->epoch++;
    header->justify.epoch++;
}
static void a_parents_view_that_is_not_its_own(struct hs_block_header *header, size_t from_below)
{
    header->justify.view += (from_below == 1);
}
static void of_the_next_epoch(struct hs_block_header *header, size_t from_below)
{
    header->epoch += (from_below == 1);
}

/* S1: certified by a quorum that was wrong, and still no chain. */
static void headers_that_are_no_chain_are_refused(void **unused)
{
    (void)unused;
    const struct {
        void (*spoil)(struct hs_block_header *header, size_t from_below);
        enum hs_status status;
    } cases[] = {
        {of_another_chain, HS_WRONG_CHAIN},
        {a_height_too_high, HS_PROTOCOL_VIOLATION},
        {a_height_too_low, HS_PROTOCOL_VIOLATION},
        {a_parents_view_that_is_not_its_own, HS_PROTOCOL_VIOLATION},
        {a_parents_epoch_that_is_not_its_own, HS_PROTOCOL_VIOLATION},
        {of_the_next_epoch, HS_PROTOCOL_VIOLATION},
        {all_of_the_next_epoch, HS_PROTOCOL_VIOLATION},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        struct plan plan = height_20;
        plan.spoil = cases[i].spoil;
        assert_int_equal(advance(&plan), cases[i].status);
        assert_int_equal(light.height, 10);
    }
}

static void old_answers_do_not_move_it_back(void **unused)
{
    (void)unused;
    begin();
    assert_int_equal(advance(&last_of_four), HS_OK);
    assert_int_equal(advance(&height_20), HS_STALE);
    assert_int_equal(light.height, LAST_HEIGHT);
    assert_int_equal(advance(&last_of_four), HS_OK);
}

static void two_committed_blocks_of_one_height_are_told(void **unused)
{
    (void)unused;
    begin();
    assert_int_equal(advance(&height_20), HS_OK);
    const struct hs_block_id held = light.block_id;
    struct plan fork = height_20;
    fork.fork = 1;
    assert_int_equal(advance(&fork), HS_DIVERGED);
    assert_memory_equal(&light.block_id, &held, sizeof held);
}

/* P4 */
static void a_tail_block_commits_the_epochs_last_and_never_itself(void **unused)
{
    (void)unused;
    begin();
    const struct plan tail = {
        .side = &four, .height = LAST_HEIGHT + 1, .views = {60, 61}, .count = 2, .signers = 3};
    assert_int_equal(advance(&tail), HS_PROTOCOL_VIOLATION);
    const struct plan below = {
        .side = &four, .height = LAST_HEIGHT, .views = {55, 60, 61}, .count = 3, .signers = 3};
    assert_int_equal(advance(&below), HS_OK);
    assert_int_equal(light.height, LAST_HEIGHT);
}

static enum hs_status enter(const struct side *side, uint64_t digest_of)
{
    const struct hs_answer proof = digest_proof_of(digest_of);
    return hs_light_enter(&light, (struct hs_bytes){side->bytes, side->size}, bytes_of(&proof),
                          &error);
}

/* P4 */
static void an_epoch_is_entered_on_the_block_that_ends_the_one_before(void **unused)
{
    (void)unused;
    begin();
    assert_int_equal(enter(&five, 5), HS_NOT_READY);
    assert_int_equal(advance(&height_20), HS_OK);
    assert_int_equal(enter(&five, 5), HS_NOT_READY);
    assert_int_equal(advance(&last_of_four), HS_OK);
    assert_int_equal(enter(&five, 5), HS_OK);
    const struct plan later = {
        .side = &five, .height = 60, .views = {7, 8}, .count = 2, .signers = 4};
    assert_int_equal(advance(&later), HS_OK);
    assert_int_equal(light.height, 60);
    assert_int_equal(light.verifier.set->epoch, 5);
    assert_int_not_equal(advance(&last_of_four), HS_OK);
    assert_int_equal(light.height, 60);
}

/* P4 */
static void a_set_that_the_state_does_not_hold_is_refused(void **unused)
{
    (void)unused;
    begin();
    assert_int_equal(advance(&last_of_four), HS_OK);
    static struct side other;
    other = five;
    other.epoch.validators.validators[0].weight = 2;
    other.epoch.validators.weight_total++;
    other.size = hs_epoch_encode(other.bytes, &other.epoch, HS_LEADER_WEIGHTED);
    assert_int_equal(enter(&other, 5), HS_PROTOCOL_VIOLATION);
    assert_int_equal(enter(&five, 4), HS_PROTOCOL_VIOLATION); /* the leaf of another epoch */
    assert_int_equal(enter(&four, 4), HS_PROTOCOL_VIOLATION); /* the epoch it is in */
    assert_int_equal(light.verifier.set->epoch, 4);
    assert_int_equal(enter(&five, 5), HS_OK);
}

/* -- block by block -------------------------------------------------------------------------- */

static struct hs_block passed[8];
static size_t passed_count;

static enum hs_status follow(const struct plan *plan, size_t capacity)
{
    const struct hs_answer answer = proof_of(plan, NULL);
    return hs_light_follow(&light, passed, &passed_count, capacity, bytes_of(&answer), &error);
}

/* A client at height 12, and the plan that goes on from there. */
static struct plan begin_at_12(size_t count)
{
    begin();
    const struct plan to_12 = {
        .side = &four, .height = 12, .views = {15, 16}, .count = 2, .signers = 3};
    struct plan plan = {
        .side = &four, .height = 13, .views = {19, 22, 23, 24, 25}, .count = count, .signers = 4};
    assert_int_equal(advance(&to_12), HS_OK);
    plan.parent = light.block_id;
    plan.parent_view = 15;
    return plan;
}

/* S5 */
static void it_follows_without_leaving_a_block_out(void **unused)
{
    (void)unused;
    const struct plan plan = begin_at_12(5);
    const struct hs_block_id parent = light.block_id;
    assert_int_equal(follow(&plan, 4), HS_OK);
    assert_int_equal(passed_count, 4);
    assert_memory_equal(&passed[0].header.parent_id, &parent, sizeof parent);
    for (size_t i = 0; i < passed_count; i++) {
        assert_int_equal(passed[i].header.height, 13 + i);
        assert_int_equal(passed[i].header.view, plan.views[i]);
    }
    assert_int_equal(light.height, 16);
    assert_memory_equal(&light.block_id, &passed[3].id, sizeof light.block_id);
}

static void it_takes_the_lowest_of_more_than_it_asked_for(void **unused)
{
    (void)unused;
    const struct plan plan = begin_at_12(5);
    assert_int_equal(follow(&plan, 2), HS_OK);
    assert_int_equal(passed_count, 2);
    assert_int_equal(passed[0].header.height, 13);
    assert_int_equal(passed[1].header.height, 14);
    assert_int_equal(light.height, 14);
    assert_memory_equal(&light.block_id, &passed[1].id, sizeof light.block_id);
}

static void what_does_not_follow_is_refused(void **unused)
{
    (void)unused;
    struct plan plan = begin_at_12(4);
    plan.height = 14;
    assert_int_equal(follow(&plan, 8), HS_PROTOCOL_VIOLATION);
    assert_string_equal(error.reason, "it leaves out blocks");
    plan.height = 12;
    assert_int_equal(follow(&plan, 8), HS_DIVERGED);
    plan.height = 11;
    assert_int_equal(follow(&plan, 8), HS_STALE);
    plan.height = 13;
    plan.parent.bytes[3] ^= 1u;
    assert_int_equal(follow(&plan, 8), HS_DIVERGED);
    assert_int_equal(light.height, 12);
    plan.parent.bytes[3] ^= 1u;
    assert_int_equal(follow(&plan, 8), HS_OK);
    assert_int_equal(follow(&plan, 8), HS_STALE);
    assert_int_equal(light.height, 15);
}

/* P4 */
static void it_does_not_follow_into_the_tail(void **unused)
{
    (void)unused;
    begin();
    const struct plan before = {
        .side = &four, .height = LAST_HEIGHT - 1, .views = {55, 56}, .count = 2, .signers = 3};
    assert_int_equal(advance(&before), HS_OK);
    const struct plan end = {.side = &four,
                             .height = LAST_HEIGHT,
                             .views = {58, 60, 61},
                             .count = 3,
                             .signers = 3,
                             .parent = light.block_id,
                             .parent_view = 55};
    assert_int_equal(follow(&end, 8), HS_OK);
    assert_int_equal(passed_count, 1);
    assert_int_equal(light.height, LAST_HEIGHT);
}

static struct hs_answer step_into(const struct side *side, uint64_t number, const struct plan *last)
{
    const struct hs_answer commit = proof_of(last, NULL);
    const struct hs_answer digest = digest_proof_of(number);
    struct hs_answer answer;
    const struct hs_epoch_step step = {.commit_proof = bytes_of(&commit),
                                       .epoch = {side->bytes, side->size},
                                       .digest_proof = bytes_of(&digest)};
    assert_int_equal(hs_epoch_step_encode(answer.bytes, &answer.size, sizeof answer.bytes, &step),
                     HS_OK);
    return answer;
}

/* P4 */
static void one_step_goes_from_anywhere_in_an_epoch_into_the_next(void **unused)
{
    (void)unused;
    begin();
    struct hs_answer step = step_into(&five, 5, &last_of_four);
    const size_t whole = step.size;
    for (step.size = 0; step.size < whole; step.size++) {
        assert_int_equal(hs_light_step(&light, bytes_of(&step), &error), HS_MALFORMED);
    }
    assert_int_equal(light.height, 10);
    assert_int_equal(hs_light_step(&light, bytes_of(&step), &error), HS_OK);
    assert_int_equal(light.epoch.validators.epoch, 5);
    assert_int_equal(light.height, LAST_HEIGHT);
    assert_int_not_equal(hs_light_step(&light, bytes_of(&step), &error), HS_OK);
    begin();
    const struct hs_answer other = step_into(&four, 4, &last_of_four);
    assert_int_equal(hs_light_step(&light, bytes_of(&other), &error), HS_PROTOCOL_VIOLATION);
    assert_int_equal(light.epoch.validators.epoch, 4);
    const struct hs_answer early = step_into(&five, 5, &height_20);
    begin();
    assert_int_equal(hs_light_step(&light, bytes_of(&early), &error), HS_NOT_READY);
}

static void an_account_is_what_the_proved_state_holds(void **unused)
{
    (void)unused;
    begin();
    struct hs_account account;
    const struct hs_answer there = account_proof_of(&rich);
    const struct hs_answer absent = account_proof_of(&nobody);
    assert_int_equal(hs_light_account(&light, &account, &rich, bytes_of(&there), &error),
                     HS_NOT_READY);
    assert_int_equal(advance(&height_20), HS_OK);
    assert_int_equal(hs_light_account(&light, &account, &rich, bytes_of(&there), &error), HS_OK);
    assert_int_equal(account.balance.units, 1000);
    assert_int_equal(account.nonce, 0);
    assert_int_equal(hs_light_account(&light, &account, &nobody, bytes_of(&absent), &error), HS_OK);
    assert_int_equal(account.balance.units, 0);
}

static void a_forged_account_is_refused(void **unused)
{
    (void)unused;
    begin();
    assert_int_equal(advance(&height_20), HS_OK);
    struct hs_account account;
    struct hs_answer proof = account_proof_of(&rich);
    for (size_t i = 0; i < proof.size; i++) {
        proof.bytes[i] ^= 1u;
        assert_int_not_equal(hs_light_account(&light, &account, &rich, bytes_of(&proof), &error),
                             HS_OK);
        proof.bytes[i] ^= 1u;
    }
    const size_t whole = proof.size;
    for (proof.size = 0; proof.size < whole; proof.size++) {
        assert_int_equal(hs_light_account(&light, &account, &rich, bytes_of(&proof), &error),
                         HS_MALFORMED);
    }
}

static void a_checkpoint_needs_a_set_and_a_block_of_its_epoch(void **unused)
{
    (void)unused;
    struct hs_light_checkpoint checkpoint = {
        .chain_id = chain, .height = LAST_HEIGHT + 1, .epoch = {four.bytes, four.size}};
    assert_int_equal(hs_light_begin(&light, &checkpoint, &error), HS_INVALID_ARGUMENT);
    checkpoint.height = LAST_HEIGHT;
    checkpoint.epoch.size--;
    assert_int_equal(hs_light_begin(&light, &checkpoint, &error), HS_MALFORMED);
    static struct side twice;
    twice = four;
    twice.epoch.validators.validators[1] = twice.epoch.validators.validators[0];
    twice.size = hs_epoch_encode(twice.bytes, &twice.epoch, HS_LEADER_WEIGHTED);
    checkpoint.epoch = (struct hs_bytes){twice.bytes, twice.size};
    assert_int_equal(hs_light_begin(&light, &checkpoint, &error), HS_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certified_child_of_the_next_view_moves_it),
        cmocka_unit_test(ancestors_commit_over_any_gap_of_views),
        cmocka_unit_test(views_with_a_gap_above_commit_nothing),
        cmocka_unit_test(one_header_commits_nothing),
        cmocka_unit_test(a_certificate_below_the_quorum_is_refused),
        cmocka_unit_test(a_certificate_of_another_view_than_its_block_is_refused),
        cmocka_unit_test(another_epochs_certificate_is_refused),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(cut_and_longer_proofs_are_refused),
        cmocka_unit_test(a_chain_without_end_is_refused_by_its_count),
        cmocka_unit_test(headers_that_are_no_chain_are_refused),
        cmocka_unit_test(old_answers_do_not_move_it_back),
        cmocka_unit_test(two_committed_blocks_of_one_height_are_told),
        cmocka_unit_test(a_tail_block_commits_the_epochs_last_and_never_itself),
        cmocka_unit_test(an_epoch_is_entered_on_the_block_that_ends_the_one_before),
        cmocka_unit_test(a_set_that_the_state_does_not_hold_is_refused),
        cmocka_unit_test(it_follows_without_leaving_a_block_out),
        cmocka_unit_test(it_takes_the_lowest_of_more_than_it_asked_for),
        cmocka_unit_test(what_does_not_follow_is_refused),
        cmocka_unit_test(it_does_not_follow_into_the_tail),
        cmocka_unit_test(one_step_goes_from_anywhere_in_an_epoch_into_the_next),
        cmocka_unit_test(an_account_is_what_the_proved_state_holds),
        cmocka_unit_test(a_forged_account_is_refused),
        cmocka_unit_test(a_checkpoint_needs_a_set_and_a_block_of_its_epoch),
    };
    return cmocka_run_group_tests(tests, make_world, free_world);
}
