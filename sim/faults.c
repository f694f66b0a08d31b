/* See faults.h. */
#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "sim/faults_internal.h"

#define NEVER_NS            UINT64_MAX
#define RANDOM_CONFIG       32u
#define RANDOM_STRIKES      33u
#define FIRST_STRIKE_MS_MAX 1000u
#define STRIKE_INTERVAL_MS  50u
#define DOWN_UNSEEN_MS_MAX  3000u
/* The kinds that strike at a moment; the others only last. */
#define STRIKING                                                                                   \
    (HS_FAULTS_ALL &                                                                               \
     ~(uint32_t)(HS_FAULT_DELAY | HS_FAULT_REPLAY | HS_FAULT_REORDER | HS_FAULT_DRIFT))

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

static void configure_network(struct hs_simulated_network_config *network, uint32_t mask,
                              struct hs_random *random)
{
    uint64_t delay_min_ns = hs_random_between(random, 0, 30) * HS_FAULT_MILLISECOND_NS;
    uint64_t delay_mean_ns = hs_random_between(random, 30, 100) * HS_FAULT_MILLISECOND_NS;
    uint32_t loss_per_mille = (uint32_t)hs_random_between(random, 0, 300);
    uint32_t replay_per_mille = (uint32_t)hs_random_between(random, 0, 500);
    uint64_t replay_mean_ns = hs_random_between(random, 0, 5000) * HS_FAULT_MILLISECOND_NS;
    uint32_t reorder_per_mille = (uint32_t)hs_random_between(random, 1, 500);
    if ((mask & HS_FAULT_DELAY) != 0) {
        network->delay_min_ns = delay_min_ns;
        network->delay_mean_ns = delay_mean_ns;
    }
    if ((mask & HS_FAULT_LOSS) != 0) {
        network->loss_per_mille = loss_per_mille;
    }
    if ((mask & HS_FAULT_REPLAY) != 0) {
        network->replay_per_mille = replay_per_mille;
        network->replay_mean_ns = replay_mean_ns;
    }
    if ((mask & HS_FAULT_REORDER) != 0) {
        network->reorder_per_mille = reorder_per_mille;
    }
}

/* Every strength is drawn, so that none depends on which kinds there are. */
void hs_faults_configure(struct hs_world_config *config, uint32_t mask, uint64_t seed)
{
    struct hs_random random = hs_random_of(seed, RANDOM_CONFIG);
    configure_network(&config->network, mask, &random);
    if ((mask & HS_FAULT_DRIFT) != 0) {
        config->clock_drift_per_mille = (uint32_t)hs_random_between(&random, 1, 200);
    }
}

/* -- what is to come ------------------------------------------------------------------------- */

static uint64_t draw_time(struct hs_faults *faults, const struct hs_world *world, uint64_t least_ms,
                          uint64_t most_ms)
{
    return hs_world_now_ns(world) +
           hs_random_between(&faults->random, least_ms, most_ms) * HS_FAULT_MILLISECOND_NS;
}

static void set_next(struct hs_faults *faults)
{
    faults->next_ns = faults->strike_ns;
    for (uint32_t i = 0; i < faults->mending_count; i++) {
        if (faults->mendings[i].due_ns < faults->next_ns) {
            faults->next_ns = faults->mendings[i].due_ns;
        }
    }
}

static void add(struct hs_faults *faults, const struct hs_fault_mending *mending)
{
    HS_ASSERT(faults->mending_count < HS_FAULT_MENDINGS_MAX);
    faults->mendings[faults->mending_count++] = *mending;
    set_next(faults);
}

void hs_faults_later(struct hs_faults *faults, const struct hs_world *world,
                     enum hs_fault_sequel sequel, uint32_t index, uint64_t least_ms,
                     uint64_t most_ms)
{
    add(faults, &(struct hs_fault_mending){.due_ns = draw_time(faults, world, least_ms, most_ms),
                                           .sequel = sequel,
                                           .index = index});
}

void hs_faults_later_again(struct hs_faults *faults, const struct hs_world *world,
                           enum hs_fault_sequel sequel, uint32_t index, uint32_t count,
                           uint64_t most_ms)
{
    add(faults, &(struct hs_fault_mending){.due_ns = draw_time(faults, world, 1, most_ms),
                                           .sequel = sequel,
                                           .index = index,
                                           .count = count});
}

bool hs_faults_waits(const struct hs_faults *faults, enum hs_fault_sequel sequel, uint32_t index)
{
    for (uint32_t i = 0; i < faults->mending_count; i++) {
        if (faults->mendings[i].sequel == sequel && faults->mendings[i].index == index) {
            return true;
        }
    }
    return false;
}

void hs_faults_init(struct hs_faults *faults, uint32_t mask, uint64_t seed)
{
    static const uint64_t interval_ms_max[] = {300, 1000, 2500, 6000};
    *faults = (struct hs_faults){.mask = mask, .random = hs_random_of(seed, RANDOM_STRIKES)};
    faults->strike_interval_ms_max = interval_ms_max[hs_random_below(&faults->random, 4)];
    uint64_t first_ms = hs_random_between(&faults->random, 1, FIRST_STRIKE_MS_MAX);
    faults->strike_ns = (mask & STRIKING) != 0 ? first_ms * HS_FAULT_MILLISECOND_NS : NEVER_NS;
    set_next(faults);
}

uint32_t hs_faults_any_process(struct hs_faults *faults, const struct hs_world *world)
{
    return (uint32_t)hs_random_below(&faults->random, hs_world_process_count(world));
}

/* -- striking and mending ---------------------------------------------------------------------- */

static enum hs_fault_index draw_kind(struct hs_faults *faults)
{
    for (;;) {
        uint64_t index = hs_random_below(&faults->random, HS_FAULT_COUNT);
        if ((faults->mask & STRIKING & (1u << index)) != 0) {
            return (enum hs_fault_index)index;
        }
    }
}

static void strike(struct hs_faults *faults, struct hs_world *world)
{
    static void (*const strikes[HS_FAULT_COUNT])(struct hs_faults *, struct hs_world *) = {
        [HS_FAULT_LOSS_INDEX] = hs_faults_lose_type,
        [HS_FAULT_CLOG_INDEX] = hs_faults_clog,
        [HS_FAULT_PARTITION_INDEX] = hs_faults_partition,
        [HS_FAULT_ONE_WAY_INDEX] = hs_faults_cut_one_way,
        [HS_FAULT_CRASH_INDEX] = hs_faults_crash,
        [HS_FAULT_PAUSE_INDEX] = hs_faults_pause,
        [HS_FAULT_POWER_CUT_INDEX] = hs_faults_cut_power,
        [HS_FAULT_DISK_SLOW_INDEX] = hs_faults_slow_disk,
        [HS_FAULT_DISK_FAIL_INDEX] = hs_faults_fail_disk,
        [HS_FAULT_TORN_INDEX] = hs_faults_tear,
        [HS_FAULT_BIT_ROT_INDEX] = hs_faults_rot,
        [HS_FAULT_DISK_FULL_INDEX] = hs_faults_fill_disk,
        [HS_FAULT_CLOCK_JUMP_INDEX] = hs_faults_jump_clock,
    };
    faults->strike_ns =
        draw_time(faults, world, STRIKE_INTERVAL_MS, faults->strike_interval_ms_max);
    if (faults->mending_count < HS_FAULT_MENDINGS_MAX / 4) {
        faults->strikes++;
        strikes[draw_kind(faults)](faults, world);
    }
}

static void mend(struct hs_faults *faults, struct hs_world *world,
                 const struct hs_fault_mending *mending)
{
    uint32_t index = mending->index;
    switch (mending->sequel) {
    case HS_SEQUEL_LINKS:
        hs_faults_mend_links(faults, world, index);
        return;
    case HS_SEQUEL_LOSS:
        hs_simulated_network_lose_type(hs_world_network(world), (uint8_t)index, 0);
        hs_world_say_fault(world, "messages of type %" PRIu32 " pass again", index);
        return;
    case HS_SEQUEL_START:
        hs_faults_start(faults, world, index, mending->count);
        return;
    case HS_SEQUEL_CRASH:
        hs_faults_crash_again(faults, world, index, mending->count);
        return;
    case HS_SEQUEL_RESUME:
        hs_world_resume(world, index);
        return;
    case HS_SEQUEL_DISK_SPEED:
        hs_world_slow_disk(world, index, (struct hs_virtual_latency){0, 0});
        return;
    case HS_SEQUEL_DISK_ROOM:
        hs_virtual_disk_set_capacity(hs_world_disk(world, index), UINT64_MAX);
        return;
    case HS_SEQUEL_OWNER:
        hs_faults_send_owner(faults, world, index);
        return;
    }
}

/* Takes the first that is due. */
static bool take_due(struct hs_faults *faults, uint64_t now_ns, struct hs_fault_mending *mending)
{
    uint32_t first = 0;
    for (uint32_t i = 1; i < faults->mending_count; i++) {
        if (faults->mendings[i].due_ns < faults->mendings[first].due_ns) {
            first = i;
        }
    }
    if (faults->mending_count == 0 || faults->mendings[first].due_ns > now_ns) {
        return false;
    }
    *mending = faults->mendings[first];
    faults->mendings[first] = faults->mendings[--faults->mending_count];
    return true;
}

/* A process that ended by itself is started again by its owner, as after any crash. */
static void notice_ended(struct hs_faults *faults, struct hs_world *world)
{
    for (uint32_t i = 0; i < hs_world_process_count(world); i++) {
        if (!hs_world_is_up(world, i) && !hs_faults_waits(faults, HS_SEQUEL_START, i) &&
            !hs_faults_waits(faults, HS_SEQUEL_OWNER, i)) {
            hs_faults_later(faults, world, HS_SEQUEL_START, i, 1, DOWN_UNSEEN_MS_MAX);
        }
    }
}

void hs_faults_act(struct hs_faults *faults, struct hs_world *world)
{
    uint64_t now_ns = hs_world_now_ns(world);
    struct hs_fault_mending mending;
    while (take_due(faults, now_ns, &mending)) {
        mend(faults, world, &mending);
    }
    if (faults->strike_ns <= now_ns) {
        strike(faults, world);
    }
    notice_ended(faults, world);
    hs_faults_watch_rotten(faults, world);
    set_next(faults);
}

void hs_faults_stop(struct hs_faults *faults, struct hs_world *world)
{
    struct hs_world_config good;
    hs_world_config_default(&good, hs_world_cluster(world)->validators.count, 0);
    hs_simulated_network_set_faults(hs_world_network(world), &good.network);
    hs_faults_mend_all_links(faults, world);
    for (uint32_t i = 0; i < hs_world_process_count(world); i++) {
        hs_faults_mend_disk(world, i);
        hs_world_resume(world, i);
        if (hs_virtual_disk_is_down(hs_world_disk(world, i))) {
            hs_world_crash(world, i,
                           false); /* its power went in a call that was not its own turn's */
        }
    }
    hs_faults_settle(faults, world);
    faults->mending_count = 0;
    faults->strike_ns = NEVER_NS;
    faults->next_ns = NEVER_NS;
}
