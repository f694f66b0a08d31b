/* The schedules of docs/protocol.md in which a looser rule forks or stalls, and the right one
 * does not.
 *
 * This file is built once against the core as it is, where every schedule must hold, and once
 * for each rule with that rule loosened (base/mutants.h), where its schedule must break: a rule
 * whose absence nobody notices is not tested. A, B and C are honest; D is a puppet, leads the
 * first views, and the network between the honest does what D needs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/mutants.h"
#include "tests/support/core_world.h"

enum { A, B, C, D, X };
#define ONLY(node) (1u << (node))
#define ABC        (ONLY(A) | ONLY(B) | ONLY(C))
#define ABD        (ONLY(A) | ONLY(B) | ONLY(D))
#define BCD        (ONLY(B) | ONLY(C) | ONLY(D))
#define ALL        (ABC | ONLY(D))
#define MS         WORLD_MILLISECOND_NS
#define QUIET_NS   (300000 * MS)

/* A block and the certificate over it. */
struct link {
    struct hs_block block;
    struct hs_qc qc;
};

static struct core_world *four(const uint32_t *leaders, uint32_t leaders_count)
{
    struct core_world *world = core_world_new(&(struct core_world_config){
        .count = 4,
        .election = HS_LEADER_WEIGHTED,
        .leaders = leaders,
        .leaders_count = leaders_count,
        .puppets = ONLY(D),
    });
    core_world_start_all(world);
    return world;
}

/* D leads the first five views, and the honest hear nobody but D. */
static struct core_world *four_led_by_d(void)
{
    const uint32_t leaders[] = {D, D, D, D, D};
    struct core_world *world = four(leaders, 5);
    core_world_lose_all(world, WORLD_ALL_MESSAGES);
    return world;
}

static struct link first_link(const struct core_world *world)
{
    return (struct link){.block = world->genesis, .qc = world->genesis_qc};
}

static void show(struct core_world *world, uint32_t audience, const struct world_message *message)
{
    for (uint32_t node = 0; node < world->count; node++) {
        if ((audience & ONLY(node)) != 0 && node != D) {
            (void)core_world_give(world, node, D, message);
        }
    }
    core_world_run(world);
}

static void show_qc(struct core_world *world, uint32_t audience, const struct hs_qc *qc)
{
    struct world_message message = core_world_qc_message(qc);
    show(world, audience, &message);
}

static void show_tc(struct core_world *world, uint32_t audience, const struct hs_tc *tc)
{
    struct world_message message = {
        .type = HS_OUTBOUND_STATUS, .qc = tc->high_qc, .has_tc = true, .tc = *tc};
    show(world, audience, &message);
}

/* D proposes a child of `parent` to `audience`, and tries for its certificate with the votes of
 * `signers`. */
static bool extend(struct core_world *world, struct link *link, uint64_t view,
                   const struct link *parent, const struct hs_tc *tc, uint32_t audience,
                   uint32_t signers)
{
    link->block = core_world_block(world, D, view, &parent->block, &parent->qc);
    struct world_message message = core_world_proposal(world, &link->block, tc);
    show(world, audience, &message);
    return core_world_qc(world, &link->qc, &link->block, signers);
}

/* Every honest validator's timer runs out. */
static void time_out(struct core_world *world)
{
    core_world_advance(world, 2000 * MS);
}

static uint64_t height_of(const struct core_world *world, uint32_t node)
{
    return world->nodes[node].root.header.height;
}

/* The faults end, D stays silent: under the right rules all go on, on one chain. */
static void goes_on(struct core_world *world)
{
    core_world_lose_all(world, 0);
    uint64_t height = 0;
    for (uint32_t node = A; node <= C; node++) {
        height = height_of(world, node) > height ? height_of(world, node) : height;
    }
    assert_true(core_world_run_to_height(world, height + 3, QUIET_NS));
}

static void end_forked(struct core_world *world, bool loose)
{
    if (loose) {
        assert_true(world->conflict);
    } else {
        assert_false(world->conflict);
        goes_on(world);
        assert_string_equal(world->violation, "");
    }
    core_world_free(world);
}

/* -- forks ------------------------------------------------------------------------- */

/* S5 without consecutive views. */
static void gap_commit(void **state)
{
    (void)state;
    struct core_world *world = four_led_by_d();
    struct link root = first_link(world);
    struct link b, c, e, f, h;
    struct hs_tc tc;

    assert_true(extend(world, &b, 1, &root, NULL, ABC, ALL)); /* its QC is withheld */
    time_out(world);
    assert_true(core_world_tc(world, &tc, 1, ABC, NULL));
    assert_true(extend(world, &c, 2, &root, &tc, ABC, ALL)); /* its QC is withheld */
    time_out(world);
    assert_true(core_world_tc(world, &tc, 2, ABD, &b.qc));
    assert_true(extend(world, &e, 3, &b, &tc, ABC, ALL));
    show_qc(world, ONLY(A), &e.qc); /* over a gap: views 1 and 3 */
    time_out(world);
    assert_true(core_world_tc(world, &tc, 3, BCD, &c.qc));
    assert_true(extend(world, &f, 4, &c, &tc, ONLY(B) | ONLY(C), BCD));
    show_qc(world, ONLY(B) | ONLY(C), &f.qc); /* over a gap: views 2 and 4 */
    assert_true(extend(world, &h, 5, &f, NULL, ONLY(B) | ONLY(C), BCD));
    show_qc(world, ONLY(B) | ONLY(C), &h.qc);

    assert_int_equal(height_of(world, A), HS_MUTANT_GAP_COMMIT ? 1 : 0);
    assert_int_equal(height_of(world, B), 2);
    end_forked(world, HS_MUTANT_GAP_COMMIT);
}

/* B1 and B2 are certified, the second QC shown to A only, which commits B1. */
static void commit_for_a_alone(struct core_world *world, struct link *one, struct link *two)
{
    struct link root = first_link(world);
    assert_true(extend(world, one, 1, &root, NULL, ABC, ALL));
    assert_true(extend(world, two, 2, one, NULL, ABC, ALL));
    show_qc(world, ONLY(A), &two->qc);
    assert_int_equal(height_of(world, A), 1);
}

/* D proposes X on genesis in view 3 under this TC, and Y on X; were they certified, B commits X. */
static bool commit_a_rival(struct core_world *world, const struct hs_tc *tc)
{
    struct link root = first_link(world);
    struct link x, y;
    if (!extend(world, &x, 3, &root, tc, ONLY(B) | ONLY(C), BCD)) {
        return false;
    }
    assert_true(extend(world, &y, 4, &x, NULL, ONLY(B) | ONLY(C), BCD));
    show_qc(world, ONLY(B), &y.qc);
    return true;
}

/* S3 without the maximum over the TC. */
static void low_justify(void **state)
{
    (void)state;
    struct core_world *world = four_led_by_d();
    struct link one, two;
    struct hs_tc tc;
    commit_for_a_alone(world, &one, &two);
    time_out(world);
    assert_true(core_world_tc(world, &tc, 2, BCD, &world->genesis_qc));
    assert_int_equal(tc.high_qc.view, 1);

    assert_int_equal(commit_a_rival(world, &tc), HS_MUTANT_LOW_JUSTIFY);
    end_forked(world, HS_MUTANT_LOW_JUSTIFY);
}

/* D1 without lock and high_qc. */
static void lost_lock(void **state)
{
    (void)state;
    struct core_world *world = four_led_by_d();
    struct link root = first_link(world);
    struct link one, two;
    struct hs_tc first, second;

    assert_true(extend(world, &one, 1, &root, NULL, ABC, ALL));
    time_out(world);
    assert_true(core_world_tc(world, &first, 1, ABC, NULL));
    assert_true(extend(world, &two, 2, &one, NULL, ABC, ALL)); /* B and C lock on view 1 */
    show_qc(world, ONLY(A), &two.qc);
    assert_int_equal(height_of(world, A), 1);
    for (uint32_t node = B; node <= C; node++) {
        core_world_crash(world, node);
        core_world_lose_log(world, node);
        core_world_start(world, node);
    }
    show_tc(world, ONLY(B) | ONLY(C), &first);
    time_out(world);
    assert_true(core_world_tc(world, &second, 2, BCD, &world->genesis_qc));
    assert_int_equal(second.high_qc.view, HS_MUTANT_LOST_LOCK ? 0 : 1);

    assert_int_equal(commit_a_rival(world, &second), HS_MUTANT_LOST_LOCK);
    end_forked(world, HS_MUTANT_LOST_LOCK);
}

/* S6 without "no vote in v follows a view change in v". */
static void vote_after_timeout(void **state)
{
    (void)state;
    struct core_world *world = four_led_by_d();
    struct link root = first_link(world);
    struct link one, two;
    struct hs_tc tc;

    assert_true(extend(world, &one, 1, &root, NULL, ABC, ALL)); /* its QC is withheld */
    time_out(world);
    assert_true(core_world_tc(world, &tc, 1, ABC, NULL));
    show_tc(world, ABC, &tc);
    time_out(world);
    assert_true(core_world_tc(world, &tc, 2, ABC, NULL));
    assert_int_equal(tc.high_qc.view, 0);
    bool late_votes = extend(world, &two, 2, &one, NULL, ABC, ALL);
    assert_int_equal(late_votes, HS_MUTANT_VOTE_AFTER_TIMEOUT);
    if (late_votes) {
        show_qc(world, ONLY(A), &two.qc);
        assert_int_equal(height_of(world, A), 1);
    }

    assert_true(commit_a_rival(world, &tc)); /* with the right rule nothing rivals it */
    end_forked(world, HS_MUTANT_VOTE_AFTER_TIMEOUT);
}

/* P4 with an end at the last block's certificate: A and X go on from it, D keeps it from B and C. They
 * time out twice, and with D certify another last block. */
static void epoch_overlap(void **state)
{
    (void)state;
    const uint32_t leaders[] = {D, D, D, D, D};
    const uint32_t sets[] = {ALL, ABD | ONLY(X)};
    const uint32_t new_quorum = ONLY(A) | ONLY(X) | ONLY(D);
    struct core_world *world = core_world_new(&(struct core_world_config){
        .count = 5,
        .election = HS_LEADER_WEIGHTED,
        .leaders = leaders,
        .leaders_count = 5,
        .puppets = ONLY(D),
        .epoch_blocks = 1,
        .sets = sets,
        .sets_count = 2,
    });
    core_world_start_all(world);
    core_world_lose_all(world, WORLD_ALL_MESSAGES);
    struct link root = first_link(world);
    struct link last, first, rival;
    struct hs_tc tc;

    assert_true(extend(world, &last, 1, &root, NULL, ABC | ONLY(X), ALL));
    show_qc(world, ONLY(A) | ONLY(X), &last.qc);
    struct link begins = {.block = last.block, .qc = {.epoch = 1, .block_id = last.block.id}};
    bool went_on = extend(world, &first, 1, &begins, NULL, ONLY(A) | ONLY(X), new_quorum);
    assert_int_equal(went_on, HS_MUTANT_EPOCH_OVERLAP);

    for (uint64_t view = 1; view <= 2; view++) {
        time_out(world);
        assert_true(core_world_tc(world, &tc, view, BCD, &root.qc));
        show_tc(world, ONLY(B) | ONLY(C), &tc);
    }
    assert_true(extend(world, &rival, 3, &root, &tc, ONLY(B) | ONLY(C), BCD));
    show_qc(world, ONLY(B) | ONLY(C), &rival.qc);
    end_forked(world, HS_MUTANT_EPOCH_OVERLAP);
}

/* -- stalls --------------------------------------------------------------------------- */

static void end_stalled(struct core_world *world, uint64_t height, bool loose)
{
    if (loose) {
        assert_int_equal(height, 0);
    } else {
        assert_true(height >= 1);
        assert_string_equal(world->violation, "");
    }
    core_world_free(world);
}

/* D's view change of the view in which this validator stands, with nothing to show. */
static void help_to_time_out(struct core_world *world, uint32_t node)
{
    const struct hs_tc *entry = hs_core_entry_tc(world->nodes[node].core);
    uint64_t view = core_world_status(world, node).view;
    if (entry == NULL) {
        return;
    }
    struct hs_tc tc = *entry;
    struct hs_view_change view_change = core_world_view_change(world, D, view, &world->genesis_qc);
    struct world_message message = core_world_view_change_message(&view_change, &tc);
    show(world, ONLY(node), &message);
}

/* S3 replaced by a comparison with the own lock: A is locked on a QC that nobody else saw, since
 * of what A says only votes arrive; D helps to time out and is silent else. */
static void hidden_lock(void **state)
{
    (void)state;
    const uint32_t leaders[] = {D, D, B, C, B, C, B, C, B, C};
    struct core_world *world = four(leaders, 10);
    struct link root = first_link(world);
    struct link one, two;
    struct hs_tc tc;
    core_world_lose_all(world, WORLD_ALL_MESSAGES);
    assert_true(extend(world, &one, 1, &root, NULL, ABC, ALL));
    assert_false(extend(world, &two, 2, &one, NULL, ONLY(A), ALL)); /* locks A on view 1 */
    assert_int_equal(core_world_status(world, A).locked_view, 1);
    time_out(world);
    assert_true(core_world_tc(world, &tc, 1, BCD, &world->genesis_qc));
    show_tc(world, ONLY(B) | ONLY(C), &tc);
    time_out(world);
    assert_true(core_world_tc(world, &tc, 2, BCD, &world->genesis_qc));

    core_world_lose_all(world, 0);
    for (uint32_t to = B; to <= C; to++) {
        core_world_lose(world, A, to, WORLD_ALL_MESSAGES & ~WORLD_BIT(HS_OUTBOUND_VOTE));
    }
    show_tc(world, ABC, &tc);
    while (core_world_status(world, B).view <= 10 && height_of(world, B) == 0) {
        uint64_t view = core_world_status(world, B).view;
        core_world_advance(world, 8000 * MS);
        if (core_world_status(world, B).view == view) {
            help_to_time_out(world, B);
            help_to_time_out(world, C);
        }
    }
    end_stalled(world, height_of(world, B), HS_MUTANT_HIDDEN_LOCK);
}

/* L10 turned round: high_qc moves only when its block is held. */
static void unheld_qc(void **state)
{
    (void)state;
    const uint32_t leaders[] = {D, D};
    struct core_world *world = four(leaders, 2);
    struct link root = first_link(world);
    struct link one;
    assert_true(extend(world, &one, 1, &root, NULL, ONLY(A) | ONLY(B), ABD));
    show_qc(world, ONLY(C), &one.qc);
    assert_int_equal(core_world_status(world, C).view, 2);

    (void)core_world_run_to_height(world, 1, QUIET_NS);
    if (HS_MUTANT_UNHELD_QC) {
        assert_int_equal(world->nodes[C].said[HS_OUTBOUND_VIEW_CHANGE], 0);
        assert_int_equal(core_world_status(world, A).view, 1);
    }
    end_stalled(world, height_of(world, C), HS_MUTANT_UNHELD_QC);
}

/* P1 with unequal weights, the two light ones silent: without the rule no two adjacent views have
 * live leaders; with it P2 takes its place. */
static void light_turns(void **state)
{
    (void)state;
    const uint64_t weights[] = {5, 1, 5, 1};
    struct core_world_config config = {
        .count = 4,
        .weights = weights,
        .election = HS_LEADER_ROUND_ROBIN,
        .puppets = ONLY(1) | ONLY(3),
    };
    struct core_world *world = core_world_new(&config);
    world->config.root = world->genesis;
    bool refused = hs_core_footprint(&world->config) == 0;
    assert_int_equal(refused, !HS_MUTANT_LIGHT_TURNS);
    if (refused) {
        core_world_free(world);
        config.election = HS_LEADER_WEIGHTED;
        world = core_world_new(&config);
    }
    core_world_start_all(world);
    (void)core_world_run_to_height(world, 1, QUIET_NS);
    assert_true(core_world_status(world, 0).view > (refused ? 2 : 50));
    end_stalled(world, height_of(world, 0), HS_MUTANT_LIGHT_TURNS);
}

/* P4 with one tail block only: D leads every second view of a while and is silent, so that the last
 * block of the epoch and what follows it never stand in two views running. */
static void epoch_gap(void **state)
{
    (void)state;
    const uint32_t leaders[] = {A, D, B, D, C, D, A, D};
    struct core_world *world = core_world_new(&(struct core_world_config){
        .count = 4,
        .election = HS_LEADER_WEIGHTED,
        .leaders = leaders,
        .leaders_count = 8,
        .puppets = ONLY(D),
        .epoch_blocks = 1,
    });
    core_world_start_all(world);
    if (core_world_run_to_height(world, 1, 60000 * MS)) {
        assert_true(core_world_epoch(world, 0)->ends[A].view > 8);
    }
    assert_true(core_world_status(world, A).epoch > 0 || core_world_status(world, A).view > 8);
    end_stalled(world, height_of(world, A), HS_MUTANT_EPOCH_GAP);
}

/* The schedule of the rule that this build loosens; NULL: none is, and all must hold. */
static const char *schedule_of_this_build(void)
{
    const struct {
        bool loose;
        const char *schedule;
    } rules[] = {
        {HS_MUTANT_GAP_COMMIT, "gap_commit"},
        {HS_MUTANT_LOW_JUSTIFY, "low_justify"},
        {HS_MUTANT_LOST_LOCK, "lost_lock"},
        {HS_MUTANT_VOTE_AFTER_TIMEOUT, "vote_after_timeout"},
        {HS_MUTANT_HIDDEN_LOCK, "hidden_lock"},
        {HS_MUTANT_UNHELD_QC, "unheld_qc"},
        {HS_MUTANT_LIGHT_TURNS, "light_turns"},
        {HS_MUTANT_EPOCH_OVERLAP, "epoch_overlap"},
        {HS_MUTANT_EPOCH_GAP, "epoch_gap"},
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].loose) {
            return rules[i].schedule;
        }
    }
    return NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gap_commit),  cmocka_unit_test(low_justify),
        cmocka_unit_test(lost_lock),   cmocka_unit_test(vote_after_timeout),
        cmocka_unit_test(hidden_lock), cmocka_unit_test(unheld_qc),
        cmocka_unit_test(light_turns), cmocka_unit_test(epoch_overlap),
        cmocka_unit_test(epoch_gap),
    };
    cmocka_set_test_filter(schedule_of_this_build());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
