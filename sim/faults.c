/* See faults.h. */
#include "sim/faults.h"

#include <inttypes.h>
#include <string.h>

#define MILLISECOND_NS UINT64_C(1000000)
#define NEVER_NS       UINT64_MAX
#define RANDOM_CONFIG  32u
#define RANDOM_STRIKES 33u
#define STARTS_MAX     16u
/* The kinds that strike at a moment; the others last. */
#define STRIKING                                                                                   \
    ((uint32_t)(HS_FAULT_PARTITION | HS_FAULT_ONE_WAY | HS_FAULT_CRASH | HS_FAULT_POWER_CUT |      \
                HS_FAULT_DISK))

/* -- names --------------------------------------------------------------------------- */

static uint32_t bit_of_name(const char *name, size_t size)
{
    static const char *const names[] = {
#define FAULT_NAME(name, text) text,
        HS_FAULT_TABLE(FAULT_NAME)
#undef FAULT_NAME
    };
    for (uint32_t i = 0; i < HS_FAULT_COUNT; i++) {
        if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0) {
            return 1u << i;
        }
    }
    return 0;
}

bool hs_faults_parse(uint32_t *mask, const char *text)
{
    *mask = 0;
    if (strcmp(text, "none") == 0) {
        return true;
    }
    if (strcmp(text, "all") == 0) {
        *mask = HS_FAULTS_ALL;
        return true;
    }
    for (;;) {
        size_t size = strcspn(text, ",");
        uint32_t bit = bit_of_name(text, size);
        if (bit == 0) {
            return false;
        }
        *mask |= bit;
        if (text[size] == '\0') {
            return true;
        }
        text += size + 1;
    }
}

/* -- what lasts --------------------------------------------------------------------------- */

void hs_faults_configure(struct hs_world_config *config, uint32_t mask, uint64_t seed)
{
    struct hs_random random = hs_random_of(seed, RANDOM_CONFIG);
    struct hs_simulated_network_config *network = &config->network;
    if ((mask & HS_FAULT_DELAY) != 0) {
        network->delay_min_ns = hs_random_between(&random, 1, 10) * MILLISECOND_NS;
        network->delay_mean_ns =
            network->delay_min_ns + hs_random_between(&random, 1, 40) * MILLISECOND_NS;
    }
    if ((mask & HS_FAULT_LOSS) != 0) {
        network->loss_per_mille = (uint32_t)hs_random_between(&random, 1, 80);
    }
    if ((mask & HS_FAULT_DUPLICATION) != 0) {
        network->replay_per_mille = (uint32_t)hs_random_between(&random, 1, 80);
    }
    if ((mask & HS_FAULT_REORDER) != 0) {
        network->reorder_per_mille = (uint32_t)hs_random_between(&random, 1, 200);
    }
    if ((mask & HS_FAULT_SKEW) != 0) {
        config->clock_drift_per_mille = (uint32_t)hs_random_between(&random, 1, 100);
    }
}

/* -- what strikes ---------------------------------------------------------------------------- */

static uint64_t after(struct hs_faults *faults, const struct hs_world *world, uint64_t least_ms,
                      uint64_t most_ms)
{
    return hs_world_now_ns(world) +
           hs_random_between(&faults->random, least_ms, most_ms) * MILLISECOND_NS;
}

static void set_next(struct hs_faults *faults)
{
    faults->next_ns = faults->strike_ns;
    if (faults->mend_links_ns < faults->next_ns) {
        faults->next_ns = faults->mend_links_ns;
    }
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        if (faults->mend_node_ns[i] < faults->next_ns) {
            faults->next_ns = faults->mend_node_ns[i];
        }
    }
}

void hs_faults_init(struct hs_faults *faults, uint32_t mask, uint64_t seed)
{
    faults->mask = mask;
    faults->random = hs_random_of(seed, RANDOM_STRIKES);
    faults->mend_links_ns = NEVER_NS;
    faults->strikes = 0;
    faults->strike_ns = (mask & STRIKING) != 0 ? 200 * MILLISECOND_NS : NEVER_NS;
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        faults->mend_node_ns[i] = NEVER_NS;
    }
    set_next(faults);
}

static uint32_t node_count(const struct hs_world *world)
{
    return hs_world_cluster(world)->validators.count;
}

static uint32_t any_node(struct hs_faults *faults, const struct hs_world *world)
{
    return (uint32_t)hs_random_below(&faults->random, node_count(world));
}

static void mend_links(struct hs_faults *faults, struct hs_world *world)
{
    struct hs_simulated_network *network = hs_world_network(world);
    for (uint32_t a = 0; a < node_count(world); a++) {
        for (uint32_t b = 0; b < node_count(world); b++) {
            if (a != b) {
                hs_simulated_network_set_link(network, a, b, true, true);
            }
        }
    }
    if (faults->mend_links_ns != NEVER_NS) {
        hs_world_say_fault(world, "links mended");
    }
    faults->mend_links_ns = NEVER_NS;
}

/* Two groups. Half of the time the nodes hear their connections go down, as with a reset; else they
 * only find that nobody answers. */
static void partition(struct hs_faults *faults, struct hs_world *world)
{
    struct hs_simulated_network *network = hs_world_network(world);
    uint64_t side = hs_random_next(&faults->random);
    uint64_t second_side = hs_random_next(&faults->random);
    bool announce = hs_random_per_mille(&faults->random, 500);
    for (uint32_t a = 0; a < node_count(world); a++) {
        for (uint32_t b = 0; b < node_count(world); b++) {
            uint64_t a_bit = (a < 64 ? side >> a : second_side >> (a - 64)) & 1u;
            uint64_t b_bit = (b < 64 ? side >> b : second_side >> (b - 64)) & 1u;
            if (a_bit != b_bit) {
                hs_simulated_network_set_link(network, a, b, false, announce);
            }
        }
    }
    hs_world_say_fault(world, "partition, %s",
                       announce ? "connections go down" : "nobody is told");
    faults->mend_links_ns = after(faults, world, 100, 5000);
}

static void cut_one_way(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t from = any_node(faults, world);
    uint32_t to = any_node(faults, world);
    if (from != to) {
        hs_simulated_network_set_link(hs_world_network(world), from, to, false, false);
        hs_world_say_fault(world, "one-way cut: %" PRIu32 " to %" PRIu32, from, to);
        faults->mend_links_ns = after(faults, world, 100, 5000);
    }
}

static void crash(struct hs_faults *faults, struct hs_world *world, uint32_t index, bool power_cut)
{
    hs_world_crash(world, index, power_cut);
    faults->mend_node_ns[index] = after(faults, world, 1, 3000);
}

/* One node, or now and then all of them at once. */
static void cut_power(struct hs_faults *faults, struct hs_world *world)
{
    if (!hs_random_per_mille(&faults->random, 200)) {
        crash(faults, world, any_node(faults, world), true);
        return;
    }
    for (uint32_t i = 0; i < node_count(world); i++) {
        crash(faults, world, i, true);
    }
}

/* A call of the disk soon to come fails, or is the last before the power goes. */
static void spoil_disk(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t index = any_node(faults, world);
    struct hs_virtual_disk *disk = hs_world_disk(world, index);
    uint64_t call = hs_virtual_disk_calls(disk) + hs_random_between(&faults->random, 1, 40);
    if (hs_random_per_mille(&faults->random, 500)) {
        hs_virtual_disk_fail_at(disk, call);
        hs_world_say_fault(world, "disk of %" PRIu32 ": a call soon to come fails", index);
    } else {
        hs_virtual_disk_crash_at(disk, call);
        hs_world_say_fault(world, "disk of %" PRIu32 ": the power goes in a call soon to come",
                           index);
    }
    if (faults->mend_node_ns[index] == NEVER_NS) {
        faults->mend_node_ns[index] = after(faults, world, 500, 4000);
    }
}

static void strike(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t kind = 0;
    while ((faults->mask & STRIKING & kind) == 0) {
        kind = 1u << hs_random_below(&faults->random, HS_FAULT_COUNT);
    }
    faults->strike_ns = after(faults, world, 50, 2500);
    faults->strikes++;
    if (kind == HS_FAULT_PARTITION) {
        partition(faults, world);
    } else if (kind == HS_FAULT_ONE_WAY) {
        cut_one_way(faults, world);
    } else if (kind == HS_FAULT_DISK) {
        spoil_disk(faults, world);
    } else if (kind == HS_FAULT_POWER_CUT) {
        cut_power(faults, world);
    } else {
        crash(faults, world, any_node(faults, world), false);
    }
}

/* A node that is up goes on; one that a strike has ended starts on what its disk holds. */
static void mend_node(struct hs_faults *faults, struct hs_world *world, uint32_t index)
{
    faults->mend_node_ns[index] = NEVER_NS;
    if (!hs_world_is_up(world, index) && hs_world_start(world, index) != HS_OK) {
        faults->mend_node_ns[index] = after(faults, world, 1, 500);
    }
}

void hs_faults_act(struct hs_faults *faults, struct hs_world *world)
{
    uint64_t now_ns = hs_world_now_ns(world);
    if (faults->mend_links_ns <= now_ns) {
        mend_links(faults, world);
    }
    for (uint32_t i = 0; i < node_count(world); i++) {
        if (faults->mend_node_ns[i] <= now_ns) {
            mend_node(faults, world, i);
        }
    }
    if (faults->strike_ns <= now_ns) {
        strike(faults, world);
    }
    set_next(faults);
}

void hs_faults_stop(struct hs_faults *faults, struct hs_world *world)
{
    struct hs_world_config good;
    hs_world_config_default(&good, node_count(world), 0);
    hs_simulated_network_set_faults(hs_world_network(world), &good.network);
    mend_links(faults, world);
    for (uint32_t i = 0; i < node_count(world); i++) {
        hs_virtual_disk_fail_at(hs_world_disk(world, i), 0);
        hs_virtual_disk_crash_at(hs_world_disk(world, i), 0);
        for (uint32_t start = 0; start < STARTS_MAX && !hs_world_is_up(world, i); start++) {
            enum hs_status status = hs_world_start(world, i);
            (void)status; /* one that can't start is a violation, which the checkers know of */
        }
    }
    faults->strike_ns = NEVER_NS;
    faults->next_ns = NEVER_NS;
}
