/* Epochs in whole nodes (P4, P5, L13): sets that change by a script (sim/cluster_epochs.c), and
 * everything that may happen to a node while one epoch ends and the next begins. The checkers hold
 * throughout: no statement in an epoch that was left, one beginning of each epoch, each height
 * certified by the set of its own epoch. */
#include "tests/scenario/scenario.h"

#include <stdlib.h>

#include "node/log_epoch.h"
#include "sim/attacker.h"
#include "sim/attacks.h"
#include "crypto/vrf.h"
#include "sim/run.h"
#include "storage/slot_store.h"
#include "wire/statement.h"

#define EPOCH_BLOCKS 5u

/* Four of the nodes, one place on from epoch to epoch: one joins, one leaves. */
static uint64_t four_in_turn(uint64_t epoch, uint32_t node_count)
{
    uint64_t members = 0;
    for (uint32_t i = 0; i < 4; i++) {
        members |= UINT64_C(1) << ((epoch + i) % node_count);
    }
    return members;
}

/* Nobody stays: the even ones, then the odd ones. */
static uint64_t every_other(uint64_t epoch, uint32_t node_count)
{
    uint64_t members = 0;
    for (uint32_t i = (uint32_t)(epoch % 2); i < node_count; i += 2) {
        members |= UINT64_C(1) << i;
    }
    return members;
}

/* Bit i: node i is a member. */
typedef uint64_t members_of(uint64_t epoch, uint32_t node_count);

/* As many epochs as it takes for `members` to come round; NULL: all nodes of all epochs. */
static struct hs_cluster_script script_of(members_of *members, uint32_t node_count)
{
    struct hs_cluster_script script = {.epoch_count = members != NULL ? node_count : 0};
    for (uint32_t epoch = 0; epoch < script.epoch_count; epoch++) {
        for (uint32_t i = 0; i < node_count; i++) {
            script.weights[epoch][i] = members(epoch, node_count) >> i & 1u;
        }
    }
    return script;
}

static void config_of(struct hs_world_config *config, uint32_t node_count, uint64_t epoch_blocks,
                      members_of *members, uint64_t seed)
{
    hs_world_config_default(config, node_count, seed);
    config->cluster.epoch_blocks = epoch_blocks;
    config->cluster.script = script_of(members, node_count);
    config->snapshot_interval_blocks = 7;
    config->segment_bytes = 16384;
}

static struct hs_world *world_of(uint32_t node_count, uint64_t epoch_blocks, members_of *members,
                                 uint64_t seed)
{
    struct hs_world_config config;
    config_of(&config, node_count, epoch_blocks, members, seed);
    return hs_world_new(&config);
}

static uint64_t epoch_of_height(uint64_t height, uint64_t epoch_blocks)
{
    return (height - 1) / epoch_blocks;
}

static void assert_epochs(struct hs_world *world, uint64_t epoch_blocks)
{
    uint64_t height = hs_world_common_height(world);
    for (uint64_t h = 1; h <= height; h++) {
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), h, &block), HS_OK);
        assert_int_equal(block.block.header.epoch, epoch_of_height(h, epoch_blocks));
        if (h < height) {
            assert_true(block.has_certificate);
            assert_memory_equal(&block.certificate.block_id, &block.block.id,
                                sizeof(block.block.id));
            assert_int_equal(block.certificate.epoch, block.block.header.epoch);
        }
    }
}

static bool count_signed(void *context, uint32_t from, uint32_t to,
                         const struct hs_message *message)
{
    uint64_t *signed_by = context;
    (void)to;
    signed_by[from] += message->type == HS_MESSAGE_VOTE || message->type == HS_MESSAGE_VIEW_CHANGE;
    return true;
}

/* P4 */
static void one_set_goes_from_epoch_to_epoch(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct hs_world *world = world_of(4, EPOCH_BLOCKS, NULL, seed);
        struct hs_load load;
        hs_load_init(&load, 50, seed);
        hs_world_start_all(world);
        while (hs_world_common_height(world) < 20 * EPOCH_BLOCKS) {
            assert_true(hs_world_now_ns(world) < 60 * SECOND_NS);
            hs_load_run_until(&load, world, hs_world_now_ns(world) + 100 * MILLISECOND_NS);
            assert_holds(world);
        }
        assert_epochs(world, EPOCH_BLOCKS);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* P4, P5 */
static void sets_change_with_each_epoch(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct hs_world *world = seed % 2 == 0 ? world_of(6, EPOCH_BLOCKS, four_in_turn, seed)
                                               : world_of(8, EPOCH_BLOCKS, every_other, seed);
        struct hs_load load;
        hs_load_init(&load, 50, seed);
        hs_world_start_all(world);
        while (hs_world_common_height(world) < 20 * EPOCH_BLOCKS) {
            assert_true(hs_world_now_ns(world) < 60 * SECOND_NS);
            hs_load_run_until(&load, world, hs_world_now_ns(world) + 100 * MILLISECOND_NS);
            assert_holds(world);
        }
        assert_epochs(world, EPOCH_BLOCKS);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

static void assert_reach(struct hs_world *world, bool reaches_quorum)
{
    for (uint32_t i = 0; i < hs_world_process_count(world); i++) {
        if (hs_world_is_up(world, i)) {
            assert_int_equal(status_of(world, i).reaches_quorum, reaches_quorum);
        }
    }
}

/* Without two of the even ones their epochs stand still, while the odd ones would go on. */
static void a_node_tells_whether_it_reaches_a_quorum_of_its_epoch(void **state)
{
    (void)state;
    struct hs_world *world = world_of(8, EPOCH_BLOCKS, every_other, 1);
    hs_world_start_all(world);
    run_to_height(world, 7 * EPOCH_BLOCKS, 60 * SECOND_NS);
    assert_reach(world, true);
    hs_world_crash(world, 0, false);
    hs_world_crash(world, 2, false);
    run_for(world, 30 * SECOND_NS);
    assert_int_equal(hs_world_common_height(world) % (2 * EPOCH_BLOCKS), 0);
    assert_reach(world, false);
    assert_int_equal(hs_world_start(world, 0), HS_OK);
    uint64_t height = hs_world_common_height(world);
    run_to_height(world, height + 4 * EPOCH_BLOCKS, 120 * SECOND_NS);
    assert_reach(world, true);
    hs_world_free(world);
}

/* P5: who is in no set around this one is connected to nobody, and catches up, epoch after epoch, once
 * it is to be a member again. Its commits stand still until then. */
static void member_of_long_ago_returns(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct hs_world *world = world_of(10, EPOCH_BLOCKS, four_in_turn, seed);
        uint64_t signed_by[HS_VALIDATORS_MAX] = {0};
        hs_world_set_filter(world, count_signed, signed_by);
        hs_world_start_all(world);
        bool stood_still = false;
        while (hs_world_common_height(world) < 24 * EPOCH_BLOCKS) {
            assert_true(hs_world_now_ns(world) < 120 * SECOND_NS);
            hs_world_run_until(world, hs_world_now_ns(world) + 50 * MILLISECOND_NS);
            assert_holds(world);
            uint64_t height = hs_checkers_height(hs_world_checkers(world));
            stood_still = stood_still || hs_world_height(world, 0) + 3 * EPOCH_BLOCKS < height;
        }
        assert_true(stood_still);
        for (uint32_t i = 0; i < 10; i++) {
            assert_true(signed_by[i] > 0);
            assert_int_equal(status_of(world, i).health, HS_NODE_HEALTHY);
        }
        assert_epochs(world, EPOCH_BLOCKS);
        hs_world_free(world);
    }
}

/* P3: each block proves its leader's turn, and costs no view of its own. */
static void blocks_of_drawn_leaders_carry_proofs(void **state)
{
    (void)state;
    struct hs_world_config config;
    config_of(&config, 5, EPOCH_BLOCKS, four_in_turn, 31);
    config.cluster.election = HS_LEADER_WEIGHTED;
    struct hs_world *world = hs_world_new(&config);
    const struct hs_cluster *cluster = hs_world_cluster(world);
    hs_world_start_all(world);
    run_to_height(world, 8 * EPOCH_BLOCKS, 60 * SECOND_NS);
    for (uint64_t height = 1; height <= 8 * EPOCH_BLOCKS; height++) {
        struct hs_node_block block;
        assert_int_equal(hs_node_read_block(hs_world_node(world, 0), height, &block), HS_OK);
        const struct hs_block_header *header = &block.block.header;
        const struct hs_epoch *epoch = hs_cluster_epoch(cluster, header->epoch);
        assert_non_null(epoch);
        struct hs_bls_point key;
        assert_int_equal(
            hs_bls_point_of(&key, &epoch->validators.validators[header->proposer].bls_public_key),
            HS_OK);
        struct hs_bls_statement input;
        hs_statement_encode_vrf(&input, &cluster->chain_id, header->epoch, header->view,
                                epoch->randomness);
        struct hs_vrf_proof proof;
        assert_int_equal(header->vrf_proof_bytes, sizeof(proof.signature.bytes));
        memcpy(proof.signature.bytes, header->vrf_proof, sizeof(proof.signature.bytes));
        assert_int_equal(hs_vrf_verify(&proof, &input, &key), HS_OK);
    }
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(counters_of(world, i).views_by_timeout <= 2);
    }
    hs_world_free(world);
}

static struct hs_world *drawn_world(uint64_t epoch_blocks)
{
    struct hs_world_config config;
    config_of(&config, 4, epoch_blocks, NULL, 32);
    config.cluster.election = HS_LEADER_WEIGHTED;
    return hs_world_new(&config);
}

/* P3: a certificate brings what proves the next turn, and both are verified at once; the block then
 * costs no pairing of its own. */
static void proofs_are_verified_with_certificates(void **state)
{
    (void)state;
    struct hs_world *world = drawn_world(100);
    hs_world_start_all(world);
    run_to_height(world, 99, 60 * SECOND_NS);
    uint64_t views = hs_world_view(world);
    for (uint32_t i = 0; i < 4; i++) {
        uint64_t products = counters_of(world, i).certificates_verified;
        assert_true(products >= views - 2 && products <= views + 4);
    }
    hs_world_free(world);
}

/* Puts the certificate's own signature in the place of what proves the next turn. */
static void forge_proof(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                        const struct hs_message *message)
{
    if (message->type != HS_MESSAGE_QC || !message->has_next_proof) {
        hs_attacker_forward(attacker, to, buffer);
        return;
    }
    struct hs_message *forged = malloc(sizeof(*forged));
    assert_non_null(forged);
    *forged = *message;
    forged->next_proof = message->qc.aggregate;
    hs_attacker_send(attacker, to, forged);
    free(forged);
}

/* P3, L9: it is refused, whoever sent it is blamed, and the chain goes on. */
static void forged_proof_beside_a_certificate_is_refused(void **state)
{
    (void)state;
    static const struct hs_attack attack = {.name = "proof-forger", .sends = forge_proof};
    struct hs_world *world = drawn_world(1000);
    (void)hs_world_attack(world, 3, &attack);
    hs_world_start_all(world);
    run_to_height(world, 40, 60 * SECOND_NS);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(counters_of(world, i).messages_refused > 0);
    }
    assert_null(hs_world_unjust_drop(world));
    hs_world_free(world);
}

/* L11 */
static void one_node_has_epochs_of_one_block(void **state)
{
    (void)state;
    for (uint64_t blocks = 1; blocks <= 3; blocks++) {
        struct hs_world *world = world_of(1, blocks, NULL, 7);
        hs_world_start_all(world);
        run_to_height(world, 50, 60 * SECOND_NS);
        assert_epochs(world, blocks);
        hs_world_crash(world, 0, true);
        assert_int_equal(hs_world_start(world, 0), HS_OK);
        run_to_height(world, 60, 60 * SECOND_NS);
        assert_epochs(world, blocks);
        hs_world_free(world);
    }
}

/* P5: asleep for ten epochs, then back, epoch after epoch. */
static void node_that_slept_for_ten_epochs_comes_back(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 14; seed++) {
        struct hs_world *world =
            world_of(5, EPOCH_BLOCKS, seed % 2 == 0 ? four_in_turn : NULL, seed);
        struct hs_load load;
        hs_load_init(&load, 30, seed);
        hs_world_start_all(world);
        run_to_height(world, 8, 30 * SECOND_NS);
        hs_world_crash(world, 3, seed < 13);
        uint64_t end_ns = hs_world_now_ns(world) + 300 * SECOND_NS;
        while (hs_world_common_height(world) < 8 + 10 * EPOCH_BLOCKS) {
            assert_true(hs_world_now_ns(world) < end_ns);
            hs_load_run_until(&load, world, hs_world_now_ns(world) + 100 * MILLISECOND_NS);
            assert_holds(world);
        }
        uint64_t height = hs_world_height(world, 0);
        assert_int_equal(hs_world_start(world, 3), HS_OK);
        run_to_height(world, height + 2 * EPOCH_BLOCKS, 60 * SECOND_NS);
        assert_int_equal(status_of(world, 3).health, HS_NODE_HEALTHY);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* P5: an answer that takes longer than its first deadline is still an answer. */
static void the_end_of_an_epoch_is_fetched_over_a_slow_network(void **state)
{
    (void)state;
    struct hs_world_config config;
    config_of(&config, 4, EPOCH_BLOCKS, NULL, 17);
    config.network.delay_min_ns = 400 * MILLISECOND_NS;
    config.network.delay_mean_ns = 450 * MILLISECOND_NS;
    struct hs_world *world = hs_world_new(&config);
    hs_world_start_all(world);
    run_to_height(world, 3, 300 * SECOND_NS);
    hs_world_crash(world, 3, false);
    while (hs_world_common_height(world) < 4 * EPOCH_BLOCKS) {
        assert_true(hs_world_now_ns(world) < 900 * SECOND_NS);
        assert_true(hs_world_step(world));
        assert_holds(world);
    }
    uint64_t height = hs_world_height(world, 0);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    run_to_height(world, height, 120 * SECOND_NS);
    assert_same_chain(world);
    hs_world_free(world);
}

/* D2, D7, P4 */
static void cluster_that_loses_power_at_a_switch_goes_on(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct hs_world *world = world_of(4, 2, NULL, seed);
        struct hs_random random = hs_random_of(seed, 2);
        hs_world_start_all(world);
        for (uint32_t round = 0; round < 6; round++) {
            hs_world_run_until(world, hs_world_now_ns(world) +
                                          hs_random_below(&random, 400 * MILLISECOND_NS));
            assert_holds(world);
            for (uint32_t i = 0; i < 4; i++) {
                hs_world_crash(world, i, true);
            }
            hs_world_start_all(world);
            assert_holds(world);
        }
        run_to_height(world, hs_checkers_height(hs_world_checkers(world)) + 5, 60 * SECOND_NS);
        assert_same_chain(world);
        hs_world_free(world);
    }
}

/* Node 0 loses its power within the disk call with number `call`. False: the run ended before. */
static bool crash_at_call(uint32_t node_count, uint64_t call, uint64_t seed)
{
    struct hs_world_config config;
    config_of(&config, node_count, 2, NULL, seed);
    struct hs_world *world = hs_world_new(&config);
    struct hs_virtual_disk *disk = hs_world_disk(world, 0);
    hs_virtual_disk_crash_at(disk, hs_virtual_disk_calls(disk) + call);
    bool struck = false;
    for (uint32_t i = 0; i < node_count; i++) {
        struck = hs_world_start(world, i) != HS_OK || struck;
    }
    while (hs_checkers_height(hs_world_checkers(world)) < 9 && !struck) {
        assert_true(hs_world_step(world));
        assert_holds(world);
        struck = !hs_world_is_up(world, 0);
    }
    hs_virtual_disk_crash_at(disk, 0);
    uint64_t height = hs_checkers_height(hs_world_checkers(world));
    if (struck) {
        uint64_t epoch;
        assert_int_equal(hs_log_epoch(&epoch, hs_virtual_disk_interface(disk)), HS_OK);
        assert_int_equal(hs_world_start(world, 0), HS_OK);
        assert_int_equal(status_of(world, 0).health, HS_NODE_HEALTHY);
        assert_int_equal(status_of(world, 0).core.epoch, epoch); /* what `recover` goes by (D5) */
    }
    run_to_height(world, height + 4, 60 * SECOND_NS);
    assert_same_chain(world);
    hs_world_free(world);
    return struck;
}

/* D1, D7, P4: over four switches. */
static void crash_at_every_disk_call_around_switches(void **state)
{
    (void)state;
    uint64_t calls = 0;
    while (crash_at_call(1, calls + 1, 41)) {
        calls++;
    }
    assert_true(calls > 50);
    uint64_t calls_of_four = 0;
    while (crash_at_call(4, calls_of_four + 1, 42)) {
        calls_of_four++;
    }
    print_message("crashed at each of %" PRIu64 " disk calls of one node, and of %" PRIu64
                  " of one of four\n",
                  calls, calls_of_four);
}

/* -- D5 ------------------------------------------------------------------------------------- */

/* A safety record that is lost is lost for all epochs to come: a switch mends nothing. */
static void node_without_a_record_signs_in_no_later_epoch(void **state)
{
    (void)state;
    struct hs_world *world = world_of(4, EPOCH_BLOCKS, NULL, 21);
    uint64_t signed_by[HS_VALIDATORS_MAX] = {0};
    hs_world_set_filter(world, count_signed, signed_by);
    hs_world_start_all(world);
    run_to_height(world, 12, 30 * SECOND_NS);
    hs_world_crash(world, 3, true);
    const struct hs_disk *disk = hs_virtual_disk_interface(hs_world_disk(world, 3));
    assert_int_equal(disk->remove(disk->context, HS_SAFETY_SLOTS_NAME), HS_OK);
    hs_checkers_record_damaged(hs_world_checkers(world), 3);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    signed_by[3] = 0;
    run_to_height(world, 12 + 4 * EPOCH_BLOCKS, 60 * SECOND_NS);
    assert_int_equal(status_of(world, 3).health, HS_NODE_FOLLOWING);
    assert_int_equal(signed_by[3], 0);
    assert_int_equal(hs_world_recover(world, 3, false), HS_OK);
    assert_int_equal(hs_world_start(world, 3), HS_OK);
    run_to_height(world, 12 + 8 * EPOCH_BLOCKS, 60 * SECOND_NS);
    assert_int_equal(status_of(world, 3).health, HS_NODE_HEALTHY);
    assert_true(signed_by[3] > 0);
    hs_world_free(world);
}

/* D5: a log that was lost is fetched anew, epoch by epoch, and nothing is signed before the record's
 * own epoch is reached. */
static void node_with_a_lost_log_signs_from_its_record_on(void **state)
{
    (void)state;
    struct hs_world *world = world_of(4, EPOCH_BLOCKS, NULL, 22);
    uint64_t signed_by[HS_VALIDATORS_MAX] = {0};
    hs_world_set_filter(world, count_signed, signed_by);
    hs_world_start_all(world);
    run_to_height(world, 6 * EPOCH_BLOCKS + 2, 60 * SECOND_NS);
    hs_world_crash(world, 2, true);
    assert_int_equal(hs_world_recover(world, 2, true), HS_OK);
    signed_by[2] = 0;
    assert_int_equal(hs_world_start(world, 2), HS_OK);
    while (status_of(world, 2).core.epoch < 6) {
        assert_true(hs_world_step(world));
        assert_holds(world);
        assert_int_equal(signed_by[2], 0);
        assert_int_equal(status_of(world, 2).health, HS_NODE_HEALTHY);
    }
    run_to_height(world, 10 * EPOCH_BLOCKS, 60 * SECOND_NS);
    assert_true(signed_by[2] > 0);
    assert_same_chain(world);
    hs_world_free(world);
}

/* -- under faults --------------------------------------------------------------------------- */

static uint32_t seeds_of_environment(void)
{
    const char *text = getenv("HOTSTUFF_EPOCH_SEEDS");
    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : 30;
}

/* P4, P5: all faults of the simulator, epochs of one to five blocks, sets that stay or change. */
static void faults_of_all_kinds_break_nothing(void **state)
{
    (void)state;
    static members_of *const scripts[] = {NULL, four_in_turn, every_other};
    uint32_t seeds = seeds_of_environment();
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct hs_sim_config *config = calloc(1, sizeof(*config));
        assert_non_null(config);
        config->seed = seed;
        members_of *members = scripts[seed % 3];
        config->node_count = members == NULL ? 1 + (uint32_t)(seed / 3 % 5) : 6;
        config->script = script_of(members, config->node_count);
        config->epoch_blocks = 1 + seed / 2 % 5;
        config->election = seed % 5 == 0 ? HS_LEADER_WEIGHTED : HS_LEADER_ROUND_ROBIN;
        config->blocks = 60;
        config->faults = HS_FAULTS_ALL & (uint32_t)(seed * UINT64_C(0x9e3779b97f4a7c15) >> 40);
        config->transfers_per_second = 20;
        struct hs_sim_result result;
        hs_sim_run(config, &result);
        if (!result.ok) {
            fail_msg("seed %" PRIu64 ", faults %x, %s: %s", seed, config->faults, result.checker,
                     result.reason);
        }
        free(config);
    }
}

/* P4, P5: attackers of every kind but the director, who plays within one epoch, and twins, across
 * switches. A server that lies about the end of an epoch is one of them. */
static void nobody_byzantine_breaks_a_switch(void **state)
{
    (void)state;
    uint32_t seeds = seeds_of_environment();
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct hs_sim_config *config = calloc(1, sizeof(*config));
        assert_non_null(config);
        bool twin = seed % 4 == 0;
        config->seed = seed;
        config->node_count = seed % 3 == 0 ? 7 : 4;
        config->epoch_blocks = 1 + seed % 5;
        config->election = seed % 7 < 3 ? HS_LEADER_WEIGHTED : HS_LEADER_ROUND_ROBIN;
        config->blocks = 50;
        config->faults = seed % 2 == 0 ? 0 : HS_FAULT_CRASH | HS_FAULT_LOSS | HS_FAULT_PARTITION;
        config->transfers_per_second = 10;
        config->byzantine_count = config->node_count == 7 ? 2 : 1;
        for (uint32_t i = 0; i < config->byzantine_count; i++) {
            config->byzantine[i] = (struct hs_sim_byzantine){
                .validator = config->node_count - 1 - i,
                .twin = twin,
                .attack = twin ? NULL : hs_attacks[(seed + i) % hs_attack_count],
            };
        }
        struct hs_sim_result result;
        hs_sim_run(config, &result);
        if (!result.ok) {
            fail_msg("seed %" PRIu64 ", %s, %s: %s", seed,
                     twin ? "twin" : config->byzantine[0].attack->name, result.checker,
                     result.reason);
        }
        free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_set_goes_from_epoch_to_epoch),
        cmocka_unit_test(sets_change_with_each_epoch),
        cmocka_unit_test(a_node_tells_whether_it_reaches_a_quorum_of_its_epoch),
        cmocka_unit_test(member_of_long_ago_returns),
        cmocka_unit_test(blocks_of_drawn_leaders_carry_proofs),
        cmocka_unit_test(proofs_are_verified_with_certificates),
        cmocka_unit_test(forged_proof_beside_a_certificate_is_refused),
        cmocka_unit_test(one_node_has_epochs_of_one_block),
        cmocka_unit_test(node_that_slept_for_ten_epochs_comes_back),
        cmocka_unit_test(the_end_of_an_epoch_is_fetched_over_a_slow_network),
        cmocka_unit_test(cluster_that_loses_power_at_a_switch_goes_on),
        cmocka_unit_test(crash_at_every_disk_call_around_switches),
        cmocka_unit_test(node_without_a_record_signs_in_no_later_epoch),
        cmocka_unit_test(node_with_a_lost_log_signs_from_its_record_on),
        cmocka_unit_test(faults_of_all_kinds_break_nothing),
        cmocka_unit_test(nobody_byzantine_breaks_a_switch),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
