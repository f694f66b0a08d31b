/* Whoever watches the simulated network hears of every message once, and of its one end once, with
 * whatever goes wrong meanwhile; and nothing of the run is changed by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <hotstuff/simulated_network.h>

#define MS         UINT64_C(1000000)
#define NODES      4u
#define SENDS      2000u
#define COPIES_MAX (2u * SENDS)

enum fate { NOT_SENT, UNDER_WAY, ARRIVED, LOST };

struct watch {
    enum fate fates[COPIES_MAX];
    uint64_t next_number; /* numbers ascend */
    uint64_t sent;
    uint64_t refused;
    uint64_t arrived;
    uint64_t lost;
    bool passes[NODES][NODES];
    uint64_t changes;
};

static void on_sent(void *context, uint64_t number, uint32_t from, uint32_t to,
                    const struct hs_buffer *message)
{
    struct watch *watch = context;
    assert_true(number >= watch->next_number && number < COPIES_MAX && from != to);
    assert_int_equal(message->data[0], 7);
    watch->next_number = number + 1;
    watch->fates[number] = UNDER_WAY;
    watch->sent++;
}

static void on_refused(void *context, uint32_t from, uint32_t to, const struct hs_buffer *message)
{
    struct watch *watch = context;
    assert_true(from != to);
    assert_int_equal(message->data[0], 7);
    watch->refused++;
}

static void on_arrived(void *context, uint64_t number)
{
    struct watch *watch = context;
    assert_int_equal(watch->fates[number], UNDER_WAY);
    watch->fates[number] = ARRIVED;
    watch->arrived++;
}

static void on_lost(void *context, uint64_t number)
{
    struct watch *watch = context;
    assert_int_equal(watch->fates[number], UNDER_WAY);
    watch->fates[number] = LOST;
    watch->lost++;
}

static void on_link(void *context, uint32_t from, uint32_t to, bool passes)
{
    struct watch *watch = context;
    assert_int_not_equal(watch->passes[from][to], passes);
    watch->passes[from][to] = passes;
    watch->changes++;
}

static void receive_all(struct hs_simulated_network *network)
{
    for (uint32_t i = 0; i < NODES; i++) {
        const struct hs_consensus_network *transport = hs_simulated_network_transport(network, i);
        struct hs_received received;
        while (transport->receive(transport->context, &received) == HS_OK) {
            if (received.type == HS_RECEIVED_MESSAGE) {
                hs_buffer_release(received.message);
            }
        }
    }
}

static void send(struct hs_simulated_network *network, uint32_t from, uint32_t to)
{
    const struct hs_consensus_network *transport = hs_simulated_network_transport(network, from);
    struct hs_buffer *message = hs_buffer_new(1);
    message->data[0] = 7;
    enum hs_status status = transport->send(transport->context, to, HS_CLASS_CONSENSUS, message);
    (void)status; /* unreachable peers are part of it */
    hs_buffer_release(message);
}

/* Each kind of trouble in turn, while messages are under way. */
static void trouble(struct hs_simulated_network *network, uint32_t step)
{
    switch (step % 200) {
    case 20:
        hs_simulated_network_set_link(network, 0, 1, false, false);
        hs_simulated_network_set_link(network, 0, 1, false, true);
        return;
    case 40:
        hs_simulated_network_set_link(network, 0, 1, true, true);
        return;
    case 60:
        hs_simulated_network_stop_node(network, 2);
        return;
    case 80:
        hs_simulated_network_start_node(network, 2);
        return;
    case 100:
        hs_simulated_network_clog_link(network, 3, 0, true);
        return;
    case 140:
        hs_simulated_network_clog_link(network, 3, 0, false);
        return;
    case 160: {
        const struct hs_consensus_network *transport = hs_simulated_network_transport(network, 1);
        transport->drop_peer(transport->context, 3, HS_MALFORMED);
        return;
    }
    default:
        return;
    }
}

static void play(struct hs_simulated_network *network)
{
    uint64_t now_ns = 0;
    for (uint32_t step = 0; step < SENDS; step++) {
        trouble(network, step);
        uint32_t from = step % NODES;
        send(network, from, (from + 1 + step / NODES % (NODES - 1)) % NODES);
        now_ns += MS;
        hs_simulated_network_advance(network, now_ns, NULL);
        receive_all(network);
    }
    hs_simulated_network_advance(network, now_ns + 100000 * MS, NULL);
    receive_all(network);
}

static struct hs_simulated_network *make(void)
{
    struct hs_simulated_network_config config = {
        .node_count = NODES,
        .seed = 5,
        .delay_min_ns = 1 * MS,
        .delay_mean_ns = 9 * MS,
        .loss_per_mille = 50,
        .replay_per_mille = 100,
        .replay_mean_ns = 50 * MS,
        .reorder_per_mille = 100,
        .in_flight_max = 12,
    };
    struct hs_simulated_network *network = hs_create_simulated_network(&config);
    assert_non_null(network);
    return network;
}

static struct hs_simulated_observer observer_of(struct watch *watch)
{
    memset(watch, 0, sizeof *watch);
    memset(watch->passes, 1, sizeof watch->passes);
    return (struct hs_simulated_observer){
        .context = watch,
        .sent = on_sent,
        .refused = on_refused,
        .arrived = on_arrived,
        .lost = on_lost,
        .link = on_link,
    };
}

static void every_copy_ends_once(void **state)
{
    (void)state;
    static struct watch watch;
    struct hs_simulated_observer observer = observer_of(&watch);
    struct hs_simulated_network *network = make();
    hs_simulated_network_set_observer(network, &observer);
    play(network);
    struct hs_simulated_network_counts counts;
    hs_simulated_network_counts(network, &counts);
    assert_true(watch.refused > 0 && watch.lost > 0 && watch.arrived > 0);
    assert_int_equal(watch.arrived, counts.delivered);
    assert_int_equal(watch.refused + watch.lost, counts.lost);
    assert_int_equal(watch.sent, watch.arrived + watch.lost);
    for (size_t i = 0; i < COPIES_MAX; i++) {
        assert_int_not_equal(watch.fates[i], UNDER_WAY);
    }
    /* One link is cut and mended in each turn, one clogged and let go; a connection, both
     * directions of it, is dropped and dialed again after a second, which is five turns. */
    assert_int_equal(watch.changes, SENDS / 200 * 4 + SENDS / 1000 * 4);
    for (uint32_t from = 0; from < NODES; from++) {
        for (uint32_t to = 0; to < NODES; to++) {
            assert_true(watch.passes[from][to]);
        }
    }
    hs_simulated_network_free(network);
}

static void nothing_changes_by_being_watched(void **state)
{
    (void)state;
    static struct watch watch;
    struct hs_simulated_observer observer = observer_of(&watch);
    struct hs_simulated_network_counts counts[2];
    for (size_t i = 0; i < 2; i++) {
        struct hs_simulated_network *network = make();
        hs_simulated_network_set_observer(network, i == 0 ? NULL : &observer);
        play(network);
        hs_simulated_network_counts(network, &counts[i]);
        hs_simulated_network_free(network);
    }
    assert_memory_equal(&counts[0], &counts[1], sizeof counts[0]);
}

static void who_no_longer_watches_hears_nothing(void **state)
{
    (void)state;
    static struct watch watch;
    struct hs_simulated_observer observer = observer_of(&watch);
    struct hs_simulated_network *network = make();
    hs_simulated_network_set_observer(network, &observer);
    hs_simulated_network_set_observer(network, NULL);
    play(network);
    assert_int_equal(watch.sent + watch.refused + watch.changes, 0);
    hs_simulated_network_free(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_copy_ends_once),
        cmocka_unit_test(nothing_changes_by_being_watched),
        cmocka_unit_test(who_no_longer_watches_hears_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
