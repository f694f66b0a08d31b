/* A node that was behind at the end of an epoch waited for the answer to its last question for up
 * to eight seconds, after many that were lost, while peers past the epoch spoke to it all the time;
 * so did one whose question had gone to a peer that died. Views went by without it. Who speaks is
 * there: it is asked, too, and what was asked of a peer whose connection is gone is asked of the
 * next one at once (P5). */
#include "tests/scenario/scenario.h"

#include <stdlib.h>

#define NODES        4u
#define LATE         3u
#define EPOCH_BLOCKS 5u

struct questions {
    bool are_lost;
    uint32_t count;
    uint32_t asked; /* the last one */
};

static bool watch(void *context, uint32_t from, uint32_t to, const struct hs_message *message)
{
    struct questions *questions = context;
    if (message->type != HS_MESSAGE_RANGE_REQUEST || from != LATE) {
        return true;
    }
    questions->count++;
    questions->asked = to;
    return !questions->are_lost;
}

/* The others are epochs ahead, and what the late one asks them was lost so often that it waits for
 * long. */
static struct hs_world *world_with_a_late_node(struct questions *questions)
{
    struct hs_world_config config;
    hs_world_config_default(&config, NODES, 5);
    config.cluster.epoch_blocks = EPOCH_BLOCKS;
    struct hs_world *world = hs_world_new(&config);
    *questions = (struct questions){.are_lost = true};
    hs_world_set_filter(world, watch, questions);
    hs_world_start_all(world);
    run_to_height(world, 2, 60 * SECOND_NS);
    hs_world_crash(world, LATE, false);
    while (hs_world_common_height(world) < 4 * EPOCH_BLOCKS) {
        assert_true(hs_world_now_ns(world) < 60 * SECOND_NS);
        assert_true(hs_world_step(world));
    }
    assert_int_equal(hs_world_start(world, LATE), HS_OK);
    hs_world_run_until(world, hs_world_now_ns(world) + 60 * SECOND_NS);
    assert_true(hs_world_height(world, LATE) < EPOCH_BLOCKS);
    assert_true(questions->count > 5);
    return world;
}

static void who_speaks_is_asked_while_another_is_waited_for(void **state)
{
    (void)state;
    struct questions questions;
    struct hs_world *world = world_with_a_late_node(&questions);
    questions.are_lost = false;
    assert_int_equal(hs_world_submit(world, 0, 0, 1, 10), HS_OK); /* a block is proposed */
    hs_world_run_until(world, hs_world_now_ns(world) + 500 * MILLISECOND_NS);
    assert_true(hs_world_height(world, LATE) >= 4 * EPOCH_BLOCKS);
    assert_holds(world);
    hs_world_free(world);
}

static void nobody_waits_for_a_peer_that_died(void **state)
{
    (void)state;
    struct questions questions;
    struct hs_world *world = world_with_a_late_node(&questions);
    uint32_t count = questions.count;
    while (questions.count == count) {
        assert_true(hs_world_step(world));
    }
    uint32_t asked = questions.asked;
    hs_world_crash(world, asked, false);
    hs_world_run_until(world, hs_world_now_ns(world) + 100 * MILLISECOND_NS);
    assert_true(questions.count > count + 1);
    assert_int_not_equal(questions.asked, asked);
    hs_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_speaks_is_asked_while_another_is_waited_for),
        cmocka_unit_test(nobody_waits_for_a_peer_that_died),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
