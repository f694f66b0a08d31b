/* What every scenario begins with: a world, a load on it, and what must hold at its end. */
#ifndef TESTS_SCENARIO_SCENARIO_H
#define TESTS_SCENARIO_SCENARIO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bitmap.h"
#include "sim/load.h"
#include "sim/world.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define SECOND_NS      UINT64_C(1000000000)

static inline int start_crypto(void **state)
{
    (void)state;
    return hs_crypto_start() == HS_OK ? 0 : -1;
}

static inline struct hs_world *new_world(uint32_t node_count, uint64_t seed)
{
    struct hs_world_config config;
    hs_world_config_default(&config, node_count, seed);
    return hs_world_new(&config);
}

/* Nothing that must hold was broken. */
static inline void assert_holds(struct hs_world *world)
{
    const char *violation = hs_checkers_violation(hs_world_checkers(world));
    if (violation != NULL) {
        fail_msg("%s", violation);
    }
}

static inline void run_for(struct hs_world *world, uint64_t duration_ns)
{
    hs_world_run_until(world, hs_world_now_ns(world) + duration_ns);
    assert_holds(world);
}

/* Until every node that is up has reported `height`; fails when it takes longer than `limit_ns` of
 * virtual time. */
static inline void run_to_height(struct hs_world *world, uint64_t height, uint64_t limit_ns)
{
    uint64_t end_ns = hs_world_now_ns(world) + limit_ns;
    while (hs_world_common_height(world) < height) {
        assert_true(hs_world_now_ns(world) < end_ns);
        assert_true(hs_world_step(world));
        assert_holds(world);
    }
}

static inline struct hs_node_status status_of(struct hs_world *world, uint32_t index)
{
    struct hs_node_status status;
    hs_node_status(hs_world_node(world, index), &status);
    return status;
}

static inline struct hs_node_counters counters_of(struct hs_world *world, uint32_t index)
{
    struct hs_node_counters counters;
    hs_node_counters(hs_world_node(world, index), &counters);
    return counters;
}

static inline uint32_t node_count_of(const struct hs_world *world)
{
    return hs_world_cluster(world)->validators.count;
}

/* All nodes that are up have the same block, and so the same state root, at each height that all
 * have reached. The checkers said so while it happened; this asks the nodes themselves. */
static inline void assert_same_chain(struct hs_world *world)
{
    uint64_t height = hs_world_common_height(world);
    for (uint64_t h = height > 20 ? height - 20 : 1; h <= height; h++) {
        struct hs_node_block first;
        bool has_first = false;
        for (uint32_t i = 0; i < node_count_of(world); i++) {
            struct hs_node_block block;
            if (!hs_world_is_up(world, i)) {
                continue;
            }
            assert_int_equal(hs_node_read_block(hs_world_node(world, i), h, &block), HS_OK);
            if (!has_first) {
                first = block;
                has_first = true;
            }
            assert_memory_equal(&block.block.id, &first.block.id, sizeof(first.block.id));
            assert_memory_equal(&block.block.header.state_root, &first.block.header.state_root,
                                sizeof(first.block.header.state_root));
        }
    }
}

#endif
