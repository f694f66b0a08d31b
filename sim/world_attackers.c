/* The attackers of a world: which validators they have, when they act. See attacker.h. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "sim/world_internal.h"

/* After so long an attacker looks again whether its node is a member. */
#define NO_MEMBER_NS UINT64_C(100000000)

void hs_world_make_byzantine(struct hs_world *world, uint32_t validator)
{
    hs_bitmap_set(&world->byzantine, validator);
    hs_checkers_exempt(world->checkers, validator);
}

bool hs_world_is_byzantine(const struct hs_world *world, uint32_t validator)
{
    return hs_bitmap_get(&world->byzantine, validator);
}

struct hs_attacker *hs_world_attack(struct hs_world *world, uint32_t validator,
                                    const struct hs_attack *attack)
{
    HS_ASSERT(world->attacker_count < HS_WORLD_ATTACKERS_MAX &&
              validator < world->cluster.validators.count &&
              world->processes[validator].endpoint.attacker == NULL);
    struct hs_attacker *attacker = calloc(1, sizeof(*attacker));
    HS_ASSERT(attacker != NULL);
    *attacker = (struct hs_attacker){
        .attack = attack,
        .world = world,
        .process = validator,
        .random = hs_random_of(world->config.seed, PART_ATTACKERS + validator),
        .next_ns = UINT64_MAX,
        .state = calloc(1, attack->state_bytes > 0 ? attack->state_bytes : 1),
    };
    HS_ASSERT(attacker->state != NULL);
    world->attackers[world->attacker_count++] = attacker;
    world->processes[validator].endpoint.attacker = attacker;
    hs_world_make_byzantine(world, validator);
    bool member = hs_attacker_begin(attacker);
    HS_ASSERT(member);
    if (attack->start != NULL) {
        attack->start(attacker);
    }
    return attacker;
}

static void free_attacker(struct hs_attacker *attacker)
{
    if (attacker->attack->end != NULL) {
        attacker->attack->end(attacker);
    }
    free(attacker->state);
    free(attacker);
}

void hs_world_free_attackers(struct hs_world *world)
{
    for (uint32_t i = 0; i < world->attacker_count; i++) {
        free_attacker(world->attackers[i]);
    }
}

const struct hs_world_drop *hs_world_unjust_drop(const struct hs_world *world)
{
    return world->dropped_unjustly ? &world->unjust_drop : NULL;
}

void hs_world_stop_faults(struct hs_world *world)
{
    world->faults_stopped = true;
    hs_world_say_fault(world, "the faults stop: from here a new block must commit");
}

/* The attacker whose time comes first; NULL: none has one. */
static struct hs_attacker *next_to_act(const struct hs_world *world)
{
    struct hs_attacker *next = NULL;
    for (uint32_t i = 0; i < world->attacker_count; i++) {
        struct hs_attacker *attacker = world->attackers[i];
        if (attacker->next_ns < UINT64_MAX && (next == NULL || attacker->next_ns < next->next_ns)) {
            next = attacker;
        }
    }
    return next;
}

bool hs_world_act_attacker(struct hs_world *world)
{
    struct hs_attacker *attacker = next_to_act(world);
    if (attacker == NULL || attacker->next_ns > world->now_ns) {
        return false;
    }
    attacker->next_ns = UINT64_MAX;
    if (hs_attacker_begin(attacker)) {
        attacker->attack->acts(attacker);
    } else {
        attacker->next_ns = world->now_ns + NO_MEMBER_NS;
    }
    return true;
}

uint64_t hs_world_next_attack_ns(const struct hs_world *world)
{
    const struct hs_attacker *attacker = next_to_act(world);
    return attacker != NULL ? attacker->next_ns : UINT64_MAX;
}

bool hs_world_attackers_let_pass(struct hs_world *world, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < world->attacker_count && !world->faults_stopped; i++) {
        struct hs_attacker *attacker = world->attackers[i];
        if (attacker->attack->lets_pass != NULL && hs_attacker_begin(attacker) &&
            !attacker->attack->lets_pass(attacker, from, to, &world->message)) {
            return false;
        }
    }
    return true;
}
