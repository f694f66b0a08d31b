/* Stakes and keys of a world that change. See world.h.
 *
 * Stakes change by so much only that the correct validators keep a quorum of every set to come.
 * What is under way may be committed or not, and may come again in another form. So each node has a
 * least stake, with all that was ordered to be taken out of it since it was committed last, and a
 * greatest, with all that was ordered to be added. A set is bad when the faulty ones, with the most
 * that they may have, leave the others, with the least that they may have, less than a quorum.
 */
#include "base/assert.h"
#include "base/bitmap.h"
#include "sim/stake_model.h"
#include "sim/world_internal.h"

/* A node's stake in the worst case, as a faulty one and as a correct one. */
static uint64_t most_of(const struct hs_world *world, const struct hs_stake_model *model,
                        uint32_t node)
{
    const struct hs_stake_facts *facts = &model->validators[node];
    return (facts->registered ? facts->stake : 0) + world->stake_changes[node].more;
}

static uint64_t least_of(const struct hs_world *world, const struct hs_stake_model *model,
                         uint32_t node)
{
    const struct hs_stake_facts *facts = &model->validators[node];
    uint64_t less = world->stake_changes[node].less;
    uint64_t stake = facts->registered && facts->stake > less ? facts->stake - less : 0;
    return stake >= world->cluster.parameters.staking.stake_min.units ? stake : 0;
}

/* Nonces that were passed are committed, and so the changes that were ordered with them. */
static void settle(struct hs_world *world, const struct hs_stake_model *model)
{
    for (uint32_t i = 0; i < world->cluster.validators.count; i++) {
        struct hs_world_stake_change *change = &world->stake_changes[i];
        if (change->nonce != model->validators[i].nonce) {
            *change = (struct hs_world_stake_change){.nonce = model->validators[i].nonce};
        }
    }
}

/* The `max` greatest of `count` stakes together, which are spent. */
static uint64_t sum_of_greatest(uint64_t stakes[], uint32_t count, uint32_t max)
{
    uint64_t sum = 0;
    for (uint32_t taken = 0; taken < max && taken < count; taken++) {
        uint32_t greatest = 0;
        for (uint32_t i = 1; i < count; i++) {
            greatest = stakes[i] > stakes[greatest] ? i : greatest;
        }
        sum += stakes[greatest];
        stakes[greatest] = 0;
    }
    return sum;
}

static bool stakes_do_without(const struct hs_world *world, const struct hs_stake_model *model,
                              const struct hs_bitmap *faulty)
{
    uint32_t places = world->cluster.parameters.staking.validators_max;
    uint64_t least[HS_VALIDATORS_MAX];
    uint32_t count = 0;
    uint64_t bad = 0;
    for (uint32_t i = 0; i < world->cluster.validators.count; i++) {
        if (!hs_bitmap_get(faulty, i)) {
            least[count++] = least_of(world, model, i);
        } else if (most_of(world, model, i) > 0) {
            bad += most_of(world, model, i);
            places -= places > 0 ? 1 : 0;
        }
    }
    uint64_t good = sum_of_greatest(least, count, places);
    return good > (good + bad) / 3 * 2 + (good + bad) % 3 * 2 / 3;
}

bool hs_world_does_without(struct hs_world *world, const struct hs_bitmap *nodes)
{
    uint64_t epoch = hs_world_epoch(world);
    const struct hs_stake_model *model = hs_checkers_stakes(world->checkers);
    if (!hs_cluster_does_without(&world->cluster, epoch > 0 ? epoch - 1 : 0, nodes)) {
        return false;
    }
    if (model == NULL) {
        return true;
    }
    settle(world, model);
    return stakes_do_without(world, model, nodes);
}

bool hs_world_may_change_stake(struct hs_world *world, uint32_t node, uint64_t more, uint64_t less,
                               const struct hs_bitmap *unsound)
{
    const struct hs_stake_model *model = hs_checkers_stakes(world->checkers);
    struct hs_world_stake_change *change = &world->stake_changes[node];
    struct hs_bitmap faulty = world->byzantine;
    hs_bitmap_add(&faulty, unsound);
    settle(world, model);
    struct hs_world_stake_change before = *change;
    change->more += more;
    change->less += less;
    if (stakes_do_without(world, model, &faulty)) {
        return true;
    }
    *change = before;
    return false;
}

/* -- keys ------------------------------------------------------------------------------------------ */

/* Whether the first of its two keys is of no use any more: nobody knows it by that one only. Who has not
 * followed since could not find it otherwise. */
static bool is_over(const struct hs_world *world, const struct hs_world_process *process,
                    const struct hs_stake_model *model)
{
    uint32_t number = hs_cluster_number_of(&world->cluster,
                                           &process->keys[process->key_count - 1].bls_public_key);
    const struct hs_stake_key *current = &model->keys[number];
    uint64_t first = current->used ? current->first_epoch : UINT64_MAX;
    for (uint32_t i = 0; i < world->cluster.validators.count; i++) {
        if (model->validators[i].registered && world->processes[i].epoch_max < first) {
            return false;
        }
    }
    return model->epoch >= first;
}

const struct hs_validator_key *hs_world_rotate(struct hs_world *world, uint32_t index)
{
    struct hs_world_process *process = &world->processes[index];
    const struct hs_stake_model *model = hs_checkers_stakes(world->checkers);
    HS_ASSERT(world->attacker_count == 0 && world->config.twin_count == 0);
    if (process->key_count == HS_NODE_KEYS_MAX && !is_over(world, process, model)) {
        return NULL;
    }
    hs_world_observe_note(world, index, "its owner gives it the keys of a rotation");
    hs_world_crash(world, index, false);
    hs_world_name_peers(world);
    return hs_world_give_key(world, index);
}

const struct hs_validator_key *hs_world_key(const struct hs_world *world, uint32_t index)
{
    const struct hs_world_process *process = &world->processes[index];
    return process->key_count > 0 ? &process->keys[process->key_count - 1]
                                  : &world->cluster.validator_keys[process->validator];
}
