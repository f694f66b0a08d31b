/* See load.h. */
#include "sim/load.h"

#define SECOND_NS UINT64_C(1000000000)
#define UNITS_MAX 1000u

void hs_load_init(struct hs_load *load, uint32_t transfers_per_second, uint64_t seed)
{
    load->interval_ns = transfers_per_second > 0 ? SECOND_NS / transfers_per_second : UINT64_MAX;
    load->next_ns = load->interval_ns;
    load->random = hs_random_of(seed, 16);
    load->accepted = 0;
}

void hs_load_act(struct hs_load *load, struct hs_world *world)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    uint32_t node = (uint32_t)hs_random_below(&load->random, cluster->validators.count);
    uint32_t from = (uint32_t)hs_random_below(&load->random, cluster->account_count);
    uint32_t to = (uint32_t)hs_random_below(&load->random, cluster->account_count);
    uint64_t amount = hs_random_between(&load->random, 1, UNITS_MAX);
    if (hs_world_submit(world, node, from, to, amount) == HS_OK) {
        load->accepted++;
    }
    load->next_ns += load->interval_ns;
}

void hs_load_run_until(struct hs_load *load, struct hs_world *world, uint64_t until_ns)
{
    while (hs_checkers_violation(hs_world_checkers(world)) == NULL && load->next_ns < until_ns) {
        hs_world_run_until(world, load->next_ns);
        hs_load_act(load, world);
    }
    hs_world_run_until(world, until_ns);
}
