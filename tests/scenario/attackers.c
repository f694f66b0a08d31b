/* Clusters with attackers of every kind: nothing that must hold breaks, the chain goes on, and no
 * correct validator pays for it. */
#include "tests/scenario/scenario.h"

#include "sim/attacks.h"
#include "sim/faults.h"

#define BLOCKS         40u
#define SAFETY_NS      (120 * SECOND_NS)
#define LIVENESS_NS    (180 * SECOND_NS)
#define LOAD           10u
#define PRIVATE        400u /* of 1000 */
#define SPARE_ACCOUNTS 8u

struct cluster_run {
    uint32_t node_count;
    uint64_t seed;
    uint32_t faults;
    uint32_t attack_count;
    const struct hs_attack *attacks[HS_WORLD_ATTACKERS_MAX]; /* of the last validators */
};

static struct hs_world *make_world(const struct cluster_run *run)
{
    struct hs_world_config config;
    hs_world_config_default(&config, run->node_count, run->seed);
    hs_faults_configure(&config, run->faults, run->seed);
    config.cluster.spare_count = SPARE_ACCOUNTS;
    struct hs_world *world = hs_world_new(&config);
    for (uint32_t i = 0; i < run->attack_count; i++) {
        hs_world_attack(world, run->node_count - 1 - i, run->attacks[i]);
    }
    return world;
}

static void describe(const struct cluster_run *run, const char *what)
{
    char names[512] = "";
    for (uint32_t i = 0; i < run->attack_count; i++) {
        size_t size = strlen(names);
        snprintf(names + size, sizeof(names) - size, "%s%s", i > 0 ? "," : "",
                 run->attacks[i]->name);
    }
    fail_msg("%" PRIu32 " nodes, seed %" PRIu64 ", faults %#x, %s: %s", run->node_count, run->seed,
             run->faults, names, what);
}

static void check(const struct cluster_run *run, struct hs_world *world)
{
    const char *violation = hs_checkers_violation(hs_world_checkers(world));
    if (violation != NULL) {
        describe(run, violation);
    }
    const struct hs_world_drop *drop = hs_world_unjust_drop(world);
    if (drop != NULL) {
        char text[160];
        snprintf(text, sizeof(text),
                 "node %" PRIu32 " dropped validator %" PRIu32 ", both correct: %s", drop->by,
                 drop->peer, hs_status_text(drop->why));
        describe(run, text);
    }
}

static void advance(struct hs_world *world, struct hs_load *load, struct hs_faults *faults)
{
    uint64_t until_ns = hs_world_now_ns(world) + 10 * MILLISECOND_NS;
    hs_load_run_until(load, world, until_ns);
    if (faults->next_ns <= until_ns) {
        hs_faults_act(faults, world);
    }
}

/* What correct nodes refused and ignored: 0 says that an attacker was not even noticed. */
static uint64_t noticed(struct hs_world *world)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < node_count_of(world); i++) {
        if (hs_world_is_up(world, i) && !hs_world_is_byzantine(world, i)) {
            struct hs_node_counters counters = counters_of(world, i);
            sum += counters.messages_refused + counters.messages_ignored + counters.evidence_found +
                   counters.views_by_timeout;
        }
    }
    return sum;
}

/* Load and faults up to a height or a time, then without faults until all have a new block. */
static uint64_t run_cluster(const struct cluster_run *run)
{
    struct hs_world *world = make_world(run);
    struct hs_load load;
    struct hs_faults faults;
    hs_load_init(&load, LOAD, run->seed);
    load.private_per_mille = PRIVATE;
    hs_faults_init(&faults, run->faults, run->seed);
    hs_world_start_all(world);
    while (hs_checkers_height(hs_world_checkers(world)) < BLOCKS &&
           hs_world_now_ns(world) < SAFETY_NS) {
        advance(world, &load, &faults);
        check(run, world);
    }
    hs_faults_stop(&faults, world);
    hs_world_stop_faults(world);
    uint64_t target = hs_checkers_height(hs_world_checkers(world)) + 3;
    uint64_t end_ns = hs_world_now_ns(world) + LIVENESS_NS;
    while (hs_world_common_height(world) < target) {
        if (hs_world_now_ns(world) >= end_ns) {
            describe(run, "no new block on every correct node since the faults stopped");
        }
        advance(world, &load, &faults);
        check(run, world);
    }
    uint64_t sum = noticed(world);
    hs_world_free(world);
    return sum;
}

/* -- which -------------------------------------------------------------------------------------- */

/* Faults that correct nodes recover from by themselves; what an owner must mend is another test's. */
#define FAULTS                                                                                     \
    (uint32_t)(HS_FAULT_DELAY | HS_FAULT_LOSS | HS_FAULT_REORDER | HS_FAULT_PARTITION |            \
               HS_FAULT_CRASH | HS_FAULT_POWER_CUT)

static void one_of_four_of_every_kind(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < hs_attack_count; kind++) {
        uint64_t sum = 0;
        for (uint64_t seed = 1; seed <= 4; seed++) {
            struct cluster_run run = {.node_count = 4,
                                      .seed = seed + 100 * kind,
                                      .faults = seed % 2 == 0 ? FAULTS : 0,
                                      .attack_count = 1,
                                      .attacks = {hs_attacks[kind]}};
            sum += run_cluster(&run);
        }
        if (sum == 0) {
            fail_msg("nobody noticed anything of %s", hs_attacks[kind]->name);
        }
    }
}

/* Each kind beside each other one, once. */
static void two_of_seven_mixed(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < hs_attack_count; kind++) {
        for (size_t step = 1; step <= 2; step++) {
            struct cluster_run run = {
                .node_count = 7,
                .seed = 7000 + 10 * kind + step,
                .faults = step == 1 ? FAULTS : 0,
                .attack_count = 2,
                .attacks = {hs_attacks[kind], hs_attacks[(kind + step * 3) % hs_attack_count]}};
            run_cluster(&run);
        }
    }
}

static void as_many_as_can_be_mixed(void **state)
{
    (void)state;
    static const uint32_t node_counts[] = {10, 16};
    for (size_t i = 0; i < 2; i++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            struct cluster_run run = {.node_count = node_counts[i],
                                      .seed = 9000 + 10 * i + seed,
                                      .faults = seed % 2 == 0 ? FAULTS : 0,
                                      .attack_count = (node_counts[i] - 1) / 3};
            struct hs_random random = hs_random_of(run.seed, 77);
            for (uint32_t k = 0; k < run.attack_count; k++) {
                run.attacks[k] = hs_attacks[hs_random_below(&random, hs_attack_count)];
            }
            run_cluster(&run);
        }
    }
}

/* S8: two votes of one view reach one who counts them, sooner or later. */
static void an_equivocator_is_found_out(void **state)
{
    (void)state;
    struct cluster_run run = {
        .node_count = 4, .seed = 3, .attack_count = 1, .attacks = {&hs_attack_equivocator}};
    struct hs_world *world = make_world(&run);
    hs_world_start_all(world);
    run_for(world, 20 * SECOND_NS);
    uint64_t evidence = 0;
    for (uint32_t i = 0; i < 3; i++) {
        evidence += counters_of(world, i).evidence_found;
    }
    assert_true(evidence > 0);
    hs_world_free(world);
}

static void the_same_seed_is_the_same_attack(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < hs_attack_count; kind++) {
        uint64_t hashes[2];
        for (size_t i = 0; i < 2; i++) {
            struct cluster_run run = {.node_count = 4,
                                      .seed = 50 + kind,
                                      .attack_count = 1,
                                      .attacks = {hs_attacks[kind]}};
            struct hs_world *world = make_world(&run);
            hs_world_start_all(world);
            run_for(world, 3 * SECOND_NS);
            hashes[i] = hs_world_trace(world)->hash;
            hs_world_free(world);
        }
        assert_true(hashes[0] == hashes[1]);
    }
}

static void kinds_are_found_by_name(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < hs_attack_count; kind++) {
        const char *name = hs_attacks[kind]->name;
        assert_ptr_equal(hs_attack_by_name(name, strlen(name)), hs_attacks[kind]);
        assert_null(hs_attack_by_name(name, strlen(name) - 1));
    }
    assert_null(hs_attack_by_name("", 0));
    assert_null(hs_attack_by_name("nobody", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_found_by_name),
        cmocka_unit_test(one_of_four_of_every_kind),
        cmocka_unit_test(two_of_seven_mixed),
        cmocka_unit_test(as_many_as_can_be_mixed),
        cmocka_unit_test(an_equivocator_is_found_out),
        cmocka_unit_test(the_same_seed_is_the_same_attack),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
