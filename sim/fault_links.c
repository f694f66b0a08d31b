/* What is wrong with links: several things at once, overlapping; a direction passes when none of
 * them is in its way. See faults.h. */
#include <inttypes.h>
#include <stdio.h>

#include "base/bitmap.h"
#include "consensus/validator_set.h"
#include "sim/faults_internal.h"
#include "wire/message.h"

#define PROCESSES_CHARACTERS 96u /* of their list in the trace; what is longer is cut off */
#define WHILE_MS_MIN         100u
#define WHILE_MS_MAX         5000u

static bool is_in(const struct hs_fault_links *links, uint32_t from, uint32_t to)
{
    return (hs_bitmap_get(&links->from, from) && hs_bitmap_get(&links->to, to)) ||
           (links->both && hs_bitmap_get(&links->to, from) && hs_bitmap_get(&links->from, to));
}

/* Whether something else of the same kind is in the way from one process to another. */
static bool is_in_another(const struct hs_faults *faults, const struct hs_fault_links *but,
                          uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < HS_FAULT_LINKS_MAX; i++) {
        const struct hs_fault_links *links = &faults->links[i];
        if (links != but && links->used && links->clogged == but->clogged &&
            is_in(links, from, to)) {
            return true;
        }
    }
    return false;
}

static void set(struct hs_world *world, const struct hs_fault_links *links, uint32_t from,
                uint32_t to, bool good)
{
    struct hs_simulated_network *network = hs_world_network(world);
    if (links->clogged) {
        hs_simulated_network_clog_link(network, from, to, !good);
    } else {
        hs_simulated_network_set_link(network, from, to, good, links->announce);
    }
}

static void set_all(struct hs_faults *faults, struct hs_world *world,
                    const struct hs_fault_links *links, bool good)
{
    uint32_t count = hs_world_process_count(world);
    for (uint32_t from = 0; from < count; from++) {
        for (uint32_t to = 0; to < count; to++) {
            if (from != to && is_in(links, from, to) &&
                !(good && is_in_another(faults, links, from, to))) {
                set(world, links, from, to, good);
            }
        }
    }
}

/* "0 2 3" */
static void write_processes(char text[PROCESSES_CHARACTERS], const struct hs_bitmap *processes)
{
    size_t size = 0;
    text[0] = '\0';
    for (uint32_t i = hs_bitmap_next(processes, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(processes, i + 1)) {
        int written = snprintf(text + size, PROCESSES_CHARACTERS - size, "%s%" PRIu32,
                               size > 0 ? " " : "", i);
        if (written < 0 || (size_t)written >= PROCESSES_CHARACTERS - size) {
            return;
        }
        size += (size_t)written;
    }
}

static void say(struct hs_world *world, const struct hs_fault_links *links)
{
    char from[PROCESSES_CHARACTERS];
    char to[PROCESSES_CHARACTERS];
    write_processes(from, &links->from);
    write_processes(to, &links->to);
    const char *what = links->clogged ? "clogged" : links->both ? "partition" : "one-way cut";
    hs_world_say_fault(world, "%s: %s %s %s%s", what, from, links->both ? "|" : "to", to,
                       links->announce ? ", connections go down" : "");
}

static void strike(struct hs_faults *faults, struct hs_world *world,
                   const struct hs_fault_links *links)
{
    for (uint32_t i = 0; i < HS_FAULT_LINKS_MAX; i++) {
        if (!faults->links[i].used) {
            faults->links[i] = *links;
            faults->links[i].used = true;
            say(world, links);
            set_all(faults, world, &faults->links[i], false);
            hs_faults_later(faults, world, HS_SEQUEL_LINKS, i, WHILE_MS_MIN, WHILE_MS_MAX);
            return;
        }
    }
}

void hs_faults_mend_links(struct hs_faults *faults, struct hs_world *world, uint32_t index)
{
    struct hs_fault_links *links = &faults->links[index];
    if (links->used) {
        hs_world_say_fault(world, "links mended");
        set_all(faults, world, links, true);
        links->used = false;
    }
}

void hs_faults_mend_all_links(struct hs_faults *faults, struct hs_world *world)
{
    for (uint32_t i = 0; i < HS_FAULT_LINKS_MAX; i++) {
        hs_faults_mend_links(faults, world, i);
    }
    for (uint32_t type = 0; type < 256; type++) {
        hs_simulated_network_lose_type(hs_world_network(world), (uint8_t)type, 0);
    }
}

/* -- whom it strikes ----------------------------------------------------------------------- */

static void add_others(struct hs_bitmap *others, const struct hs_bitmap *some, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!hs_bitmap_get(some, i)) {
            hs_bitmap_set(others, i);
        }
    }
}

static void add_half(struct hs_faults *faults, struct hs_bitmap *some, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (hs_random_per_mille(&faults->random, 500)) {
            hs_bitmap_set(some, i);
        }
    }
}

/* Just enough for a quorum: any one that falters on that side stops the chain. */
static void add_quorum(struct hs_faults *faults, struct hs_bitmap *some,
                       const struct hs_validator_set *validators)
{
    uint64_t weight = 0;
    uint32_t first = (uint32_t)hs_random_below(&faults->random, validators->count);
    for (uint32_t i = 0; weight < hs_validator_set_quorum(validators); i++) {
        uint32_t validator = (first + i) % validators->count;
        hs_bitmap_set(some, validator);
        weight += validators->validators[validator].weight;
    }
}

void hs_faults_partition(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t count = hs_world_process_count(world);
    struct hs_fault_links links = {.both = true,
                                   .announce = hs_random_per_mille(&faults->random, 500)};
    switch (hs_random_below(&faults->random, 3)) {
    case 0:
        hs_bitmap_set(&links.from, hs_faults_any_process(faults, world));
        break;
    case 1:
        add_quorum(faults, &links.from, &hs_world_cluster(world)->validators);
        break;
    default:
        add_half(faults, &links.from, count);
        break;
    }
    add_others(&links.to, &links.from, count);
    strike(faults, world, &links);
}

/* One direction of a link, or of all links of one process. */
static void add_directions(struct hs_faults *faults, const struct hs_world *world,
                           struct hs_fault_links *links)
{
    uint32_t count = hs_world_process_count(world);
    hs_bitmap_set(&links->from, hs_faults_any_process(faults, world));
    if (hs_random_per_mille(&faults->random, 500)) {
        hs_bitmap_set(&links->to, hs_faults_any_process(faults, world));
    } else {
        add_others(&links->to, &links->from, count);
    }
    if (hs_random_per_mille(&faults->random, 500)) {
        struct hs_bitmap to = links->to;
        links->to = links->from;
        links->from = to;
    }
}

void hs_faults_cut_one_way(struct hs_faults *faults, struct hs_world *world)
{
    struct hs_fault_links links = {0};
    add_directions(faults, world, &links);
    strike(faults, world, &links);
}

void hs_faults_clog(struct hs_faults *faults, struct hs_world *world)
{
    struct hs_fault_links links = {.clogged = true,
                                   .both = hs_random_per_mille(&faults->random, 300)};
    add_directions(faults, world, &links);
    strike(faults, world, &links);
}

/* Messages of one type, all or most of them. */
void hs_faults_lose_type(struct hs_faults *faults, struct hs_world *world)
{
    uint32_t type = (uint32_t)hs_random_between(&faults->random, 0, HS_TRACE_TYPES - 1);
    uint32_t per_mille = hs_random_per_mille(&faults->random, 500)
                             ? 1000
                             : (uint32_t)hs_random_between(&faults->random, 500, 1000);
    hs_simulated_network_lose_type(hs_world_network(world), (uint8_t)type, per_mille);
    hs_world_say_fault(world, "messages of type %" PRIu32 ": %" PRIu32 " in 1000 are lost", type,
                       per_mille);
    hs_faults_later(faults, world, HS_SEQUEL_LOSS, type, WHILE_MS_MIN, WHILE_MS_MAX / 2);
}
