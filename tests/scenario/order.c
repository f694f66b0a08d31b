/* Who would be before others, and can not: sandwiches, copied commitments and spam, by a Byzantine
 * leader with a whole node, against whole nodes (M1 .. M5). */
#include "tests/scenario/scenario.h"

#include "sim/attack_commits.h"
#include "sim/attack_order.h"
#include "sim/private_transfer.h"

#define ATTACKER 3u /* of four validators */
#define CLIENTS  4u
#define SPARE    8u
#define AMOUNT   5u

struct attacked {
    struct hs_world *world;
    struct hs_attacker *attacker;
    struct hs_random random;
};

static struct attacked start(const struct hs_attack *attack, uint64_t seed,
                             const struct hs_cluster_commits *commits)
{
    struct hs_world_config config;
    hs_world_config_default(&config, 4, seed);
    config.cluster.account_count = CLIENTS;
    config.cluster.spare_count = SPARE;
    config.cluster.commits = *commits;
    struct attacked attacked = {.world = hs_world_new(&config), .random = hs_random_of(seed, 99)};
    attacked.attacker = hs_world_attack(attacked.world, ATTACKER, attack);
    hs_world_start_all(attacked.world);
    return attacked;
}

static struct hs_check_order_counts counts_of(struct attacked *attacked)
{
    return hs_checkers_order_counts(hs_world_checkers(attacked->world));
}

static void step(struct attacked *attacked)
{
    assert_true(hs_world_step(attacked->world));
    assert_holds(attacked->world);
}

static uint64_t next_nonce(struct attacked *attacked, uint32_t from)
{
    return hs_node_next_nonce(hs_world_node(attacked->world, 0),
                              &hs_world_cluster(attacked->world)->accounts[from].address);
}

/* A client's commitment, handed to a correct node. */
static struct hs_private_transfer commit(struct attacked *attacked, uint32_t from)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacked->world);
    struct hs_private_transfer transfer;
    hs_private_transfer_draw(&transfer, &attacked->random, cluster, from, (from + 1) % CLIENTS,
                             AMOUNT);
    transfer.commit_nonce = next_nonce(attacked, from);
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_private_commit_encode(bytes, cluster, &transfer, 1);
    assert_int_equal(hs_world_submit_bytes(attacked->world, 0, (struct hs_bytes){bytes, size}),
                     HS_OK);
    return transfer;
}

static bool waits(struct attacked *attacked, const struct hs_private_transfer *transfer,
                  struct hs_commit_place *place)
{
    return hs_checkers_commit_place(hs_world_checkers(attacked->world), place, transfer->from,
                                    transfer->commit_nonce);
}

static struct hs_commit_place wait_for_place(struct attacked *attacked,
                                             const struct hs_private_transfer *transfer)
{
    struct hs_commit_place place;
    uint64_t end_ns = hs_world_now_ns(attacked->world) + 20 * SECOND_NS;
    /* Node 0 is to take the reveal in. */
    while (!waits(attacked, transfer, &place) ||
           hs_world_height(attacked->world, 0) < place.height) {
        assert_true(hs_world_now_ns(attacked->world) < end_ns);
        step(attacked);
    }
    return place;
}

/* By node 0, which passes it on to all. */
static void reveal(struct attacked *attacked, const struct hs_private_transfer *transfer,
                   const struct hs_commit_place *place)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    uint64_t nonce = next_nonce(attacked, transfer->from);
    size_t size = hs_private_reveal_encode(bytes, hs_world_cluster(attacked->world), transfer,
                                           place, nonce, 1);
    assert_int_equal(hs_world_submit_bytes(attacked->world, 0, (struct hs_bytes){bytes, size}),
                     HS_OK);
}

static void wait_for_reveal(struct attacked *attacked, const struct hs_private_transfer *transfer)
{
    struct hs_commit_place place;
    uint64_t end_ns = hs_world_now_ns(attacked->world) + 20 * SECOND_NS;
    while (waits(attacked, transfer, &place)) {
        assert_true(hs_world_now_ns(attacked->world) < end_ns);
        step(attacked);
    }
}

/* A client commits, and reveals after a drawn while. */
static void send_privately(struct attacked *attacked, uint32_t from)
{
    struct hs_private_transfer transfer = commit(attacked, from);
    struct hs_commit_place place = wait_for_place(attacked, &transfer);
    run_for(attacked->world, hs_random_below(&attacked->random, 200 * MILLISECOND_NS));
    reveal(attacked, &transfer, &place);
    wait_for_reveal(attacked, &transfer);
}

/* Two clients commit, one after the other; both reveal at once, the later one first. */
static void send_pair(struct attacked *attacked, uint32_t from)
{
    struct hs_private_transfer first = commit(attacked, from);
    struct hs_commit_place first_place = wait_for_place(attacked, &first);
    struct hs_private_transfer second = commit(attacked, from + 1);
    struct hs_commit_place second_place = wait_for_place(attacked, &second);
    run_for(attacked->world, hs_random_below(&attacked->random, 500 * MILLISECOND_NS));
    reveal(attacked, &second, &second_place);
    reveal(attacked, &first, &first_place);
    wait_for_reveal(attacked, &first);
    wait_for_reveal(attacked, &second);
}

static uint64_t balance_of(struct attacked *attacked, uint32_t account)
{
    struct hs_account held;
    hs_ledger_account(hs_world_ledger(attacked->world, 0), &held,
                      &hs_world_cluster(attacked->world)->accounts[account].address);
    return held.balance.units;
}

/* -- sandwiches ---------------------------------------------------------------------------------- */

/* M3: in each way there is, ten times. Every committed block has its reveals first, in the order of
 * their commitments, and nothing before them: the checkers hold each against it (check_order.h). */
static void ten_sandwiches_of_each_kind_end_in_the_order_of_the_commitments(void **state)
{
    (void)state;
    static const enum hs_sandwich ways[] = {HS_SANDWICH_FRONT, HS_SANDWICH_OWN_REVEAL,
                                            HS_SANDWICH_REVERSED, HS_SANDWICH_BEHIND};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct attacked attacked =
            start(&hs_attack_sandwicher, 10 + i, &(struct hs_cluster_commits){0});
        const struct hs_sandwich_counts *counts = hs_attack_sandwiches(attacked.attacker);
        hs_attack_sandwich_always(attacked.attacker, ways[i]);
        uint64_t revealed = 0;
        for (; counts->tried[ways[i]] < 10; revealed += 2) {
            assert_true(revealed < 2000);
            send_pair(&attacked, (uint32_t)(revealed % CLIENTS));
        }
        run_for(attacked.world, SECOND_NS);
        assert_int_equal(counts->taken[ways[i]], 0);
        assert_int_equal(counts_of(&attacked).reveals, revealed);
        assert_same_chain(attacked.world);
        print_message("way %zu: %" PRIu64 " tried, none in the chain; %" PRIu64 " revealed\n", i,
                      counts->tried[ways[i]], revealed);
        hs_world_free(attacked.world);
    }
}

/* M5: the one thing that works is a turn of its own, which it has to have when the reveal comes. */
static void a_reveal_is_left_out_in_the_turns_of_one_leader_at_most(void **state)
{
    (void)state;
    const uint64_t reveals = 200;
    struct attacked attacked = start(&hs_attack_sandwicher, 5, &(struct hs_cluster_commits){0});
    const struct hs_sandwich_counts *counts = hs_attack_sandwiches(attacked.attacker);
    hs_attack_sandwich_always(attacked.attacker, HS_SANDWICH_LEFT_OUT);
    uint64_t left_out = 0, at_most = 0;
    for (uint64_t i = 0; i < reveals; i++) {
        uint64_t before = counts->tried[HS_SANDWICH_LEFT_OUT];
        send_privately(&attacked, (uint32_t)(i % CLIENTS));
        uint64_t times = counts->tried[HS_SANDWICH_LEFT_OUT] - before;
        left_out += times > 0 ? 1 : 0;
        at_most = times > at_most ? times : at_most;
    }
    print_message("%" PRIu64 " of %" PRIu64 " reveals were left out, of each %" PRIu64
                  " times at most; a leader has 1 of 4 turns\n",
                  left_out, reveals, at_most);
    assert_int_equal(counts->taken[HS_SANDWICH_LEFT_OUT], counts->tried[HS_SANDWICH_LEFT_OUT]);
    assert_int_equal(counts_of(&attacked).reveals, reveals);
    assert_int_equal(at_most, 1);
    assert_true(left_out > reveals / 10 && left_out < 2 * reveals / 5);
    hs_world_free(attacked.world);
}

/* -- copies -------------------------------------------------------------------------------------- */

/* M2 */
static void a_copied_commitment_opens_for_nobody(void **state)
{
    (void)state;
    struct attacked attacked =
        start(&hs_attack_commit_copier, 20, &(struct hs_cluster_commits){.window_blocks = 50});
    const struct hs_commit_copier_counts *counts = hs_attack_copies(attacked.attacker);
    uint32_t account = CLIENTS + ATTACKER;
    uint64_t balance = balance_of(&attacked, account);
    uint64_t revealed = 0;
    for (; counts->tried_copy < 10 || counts->tried_other < 10; revealed++) {
        assert_true(revealed < 2000);
        send_privately(&attacked, (uint32_t)(revealed % CLIENTS));
    }
    run_for(attacked.world, 5 * SECOND_NS);
    struct hs_check_order_counts order = counts_of(&attacked);
    print_message("%" PRIu64 " copied, %" PRIu64 " opened with what others revealed, %" PRIu64
                  " of others: none taken; %" PRIu64 " revealed, %" PRIu64 " expired\n",
                  counts->copied, counts->tried_copy, counts->tried_other, order.reveals,
                  order.expired);
    assert_int_equal(counts->taken, 0);
    assert_int_equal(order.reveals, revealed);
    assert_true(counts->copied >= 10 && order.expired > 0);
    const struct hs_commit_parameters *parameters =
        &hs_world_cluster(attacked.world)->parameters.commits;
    assert_true(balance_of(&attacked, account) <=
                balance - order.expired * parameters->deposit.units);
    hs_world_free(attacked.world);
}

/* -- spam ---------------------------------------------------------------------------------------- */

#define SPAM_TOTAL (4u * SPARE)

static uint32_t waiting(struct attacked *attacked)
{
    return hs_ledger_commits_waiting(hs_world_ledger(attacked->world, 0));
}

static void run_until_full(struct attacked *attacked)
{
    uint64_t end_ns = hs_world_now_ns(attacked->world) + 60 * SECOND_NS;
    while (waiting(attacked) < SPAM_TOTAL) {
        assert_true(hs_world_now_ns(attacked->world) < end_ns);
        step(attacked);
    }
}

/* M1, M4 */
static void spam_fills_what_may_wait_and_no_more(void **state)
{
    (void)state;
    const struct hs_cluster_commits commits = {30, 4, SPAM_TOTAL};
    struct attacked attacked = start(&hs_attack_commit_spammer, 30, &commits);
    const struct hs_commit_spammer_counts *counts = hs_attack_spam(attacked.attacker);
    struct hs_commit_place place;
    run_until_full(&attacked);
    struct hs_private_transfer refused = commit(&attacked, 0);
    uint32_t most = 0;
    while (counts->tried < 10 || counts_of(&attacked).expired < 2 * SPAM_TOTAL) {
        step(&attacked);
        most = waiting(&attacked) > most ? waiting(&attacked) : most;
        assert_true(hs_world_now_ns(attacked.world) < 300 * SECOND_NS);
    }
    assert_int_equal(most, SPAM_TOTAL);
    assert_int_equal(counts->taken, 0);
    assert_true(counts->submitted > 2 * SPAM_TOTAL);
    assert_false(waits(&attacked, &refused, &place)); /* there was no room when it came */

    attacked.attacker->next_ns = UINT64_MAX; /* it gives up, or is out of money */
    uint64_t expired = counts_of(&attacked).expired;
    uint64_t height = hs_world_height(attacked.world, 0);
    run_to_height(attacked.world, height + commits.window_blocks + 2, 60 * SECOND_NS);
    assert_int_equal(waiting(&attacked), 0);
    print_message("%" PRIu64 " submitted, %" PRIu64 " blocks with too many, %" PRIu32
                  " at most, %" PRIu64 " deposits lost\n",
                  counts->submitted, counts->tried, most, counts_of(&attacked).expired);
    assert_true(counts_of(&attacked).expired >= expired);
    uint64_t reveals = counts_of(&attacked).reveals;
    send_privately(&attacked, 1);
    assert_int_equal(counts_of(&attacked).reveals, reveals + 1);
    hs_world_free(attacked.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_sandwiches_of_each_kind_end_in_the_order_of_the_commitments),
        cmocka_unit_test(a_reveal_is_left_out_in_the_turns_of_one_leader_at_most),
        cmocka_unit_test(a_copied_commitment_opens_for_nobody),
        cmocka_unit_test(spam_fills_what_may_wait_and_no_more),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
