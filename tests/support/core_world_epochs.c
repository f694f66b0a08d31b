/* Epochs: who validates in each, where a core begins, and what nodes of two epochs say to each other.
 * See core_world.h. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/digest.h"
#include "consensus/leader_election.h"
#include "tests/support/core_world.h"
#include "wire/certificate.h"

/* How long a node waits before it tells another again which epoch it is in. */
#define ANSWER_INTERVAL_NS (100 * WORLD_MILLISECOND_NS)

static void make_set(struct core_world *world, struct world_epoch *epoch, uint64_t number)
{
    const struct core_world_config *plan = &world->plan;
    uint32_t nodes = UINT32_MAX;
    if (plan->sets != NULL) {
        uint64_t last = plan->sets_count - 1;
        nodes = plan->sets[number < last ? number : last];
    }
    epoch->set.epoch = number;
    for (uint32_t i = 0; i < world->count; i++) {
        if ((nodes & (1u << i)) != 0) {
            epoch->members[epoch->set.count] = i;
            epoch->set.validators[epoch->set.count++] = world->validators[i];
            epoch->set.weight_total += world->validators[i].weight;
        }
    }
}

/* Tries randomness until the first views have the leaders wanted. */
static void choose_leaders(const struct core_world *world, struct world_epoch *epoch)
{
    const struct core_world_config *plan = &world->plan;
    struct hs_leader_rule rule = {.election = plan->election, .validators = &epoch->set};
    uint64_t salt = epoch->set.epoch << 40;
    uint32_t agreed;
    do {
        HS_ASSERT((salt & UINT32_MAX) < UINT32_MAX);
        memcpy(rule.randomness, &salt, sizeof(salt));
        agreed = 0;
        while (agreed < plan->leaders_count &&
               epoch->members[hs_leader_of(&rule, agreed + 1)] == plan->leaders[agreed]) {
            agreed++;
        }
        salt++;
    } while (agreed < plan->leaders_count);
    memcpy(epoch->randomness, rule.randomness, sizeof(rule.randomness));
}

static struct world_epoch *make_epoch(struct core_world *world, uint64_t number)
{
    struct world_epoch *epoch = calloc(1, sizeof(*epoch));
    HS_ASSERT(epoch != NULL);
    uint64_t blocks = world->plan.epoch_blocks;
    epoch->last_height = blocks > 0 ? (number + 1) * blocks : UINT64_MAX;
    make_set(world, epoch, number);
    choose_leaders(world, epoch);
    HS_ASSERT(hs_verifier_init(&epoch->verifier, &world->chain_id, &epoch->set, &world->genesis.id,
                               epoch->points) == HS_OK);
    return epoch;
}

struct world_epoch *core_world_epoch(struct core_world *world, uint64_t number)
{
    while (number >= world->epoch_count) {
        world->epochs = core_world_grow(world->epochs, world->epoch_count, &world->epoch_capacity,
                                        sizeof(struct world_epoch *));
        world->epochs[world->epoch_count] = make_epoch(world, world->epoch_count);
        world->epoch_count++;
    }
    return world->epochs[number];
}

void core_world_free_epochs(struct core_world *world)
{
    for (size_t i = 0; i < world->epoch_count; i++) {
        free(world->epochs[i]->certified);
        free(world->epochs[i]->is_certified);
        free(world->epochs[i]);
    }
    free(world->epochs);
}

uint32_t core_world_index(const struct core_world *world, uint64_t number, uint32_t node)
{
    HS_ASSERT(number < world->epoch_count);
    const struct world_epoch *epoch = world->epochs[number];
    for (uint32_t i = 0; i < epoch->set.count; i++) {
        if (epoch->members[i] == node) {
            return i;
        }
    }
    return HS_VALIDATORS_MAX;
}

void core_world_recover(struct core_world *world, struct hs_verified_block *out,
                        const struct hs_block *block)
{
    hs_recover_block(&core_world_epoch(world, block->header.epoch)->verifier, out, &block->header);
}

/* -- where a core begins -------------------------------------------------------------- */

/* The block that the epoch of `block` began on. */
static struct hs_block_id beginning_of(const struct core_world *world, const struct hs_block *block)
{
    uint64_t epoch = block->header.epoch;
    while (block->header.height > 0 && block->header.epoch == epoch) {
        const struct world_block *parent = core_world_find(world, &block->header.parent_id);
        HS_ASSERT(parent != NULL);
        block = &parent->block;
    }
    return block->id;
}

void core_world_place(struct core_world *world, uint32_t index, struct hs_core_config *config)
{
    struct world_node *node = &world->nodes[index];
    const struct hs_block *root = &node->root;
    struct hs_block_id beginning = root->id;
    node->epoch = root->header.epoch;
    if (root->header.height == core_world_epoch(world, node->epoch)->last_height) {
        node->epoch++; /* P4 */
    } else {
        beginning = beginning_of(world, root);
    }
    const struct world_epoch *epoch = core_world_epoch(world, node->epoch);
    node->verifier = epoch->verifier;
    hs_qc_of_view_zero(&node->verifier.view_zero, node->epoch, &beginning);

    *config = world->config;
    config->validators = &epoch->set;
    config->self = core_world_index(world, node->epoch, index);
    config->last_height = epoch->last_height;
    config->root = *root;
    memcpy(config->randomness, epoch->randomness, sizeof(epoch->randomness));
}

/* -- between two epochs ---------------------------------------------------------------- */

uint64_t core_world_epoch_of(const struct world_message *message)
{
    switch (message->type) {
    case HS_OUTBOUND_PROPOSAL:
        return message->block.header.epoch;
    case HS_OUTBOUND_VOTE:
        return message->vote.epoch;
    case HS_OUTBOUND_QC:
    case HS_OUTBOUND_STATUS:
        return message->qc.epoch;
    case HS_OUTBOUND_VIEW_CHANGE:
        return message->view_change.epoch;
    }
    return 0;
}

static void answer(struct core_world *world, uint32_t index, uint32_t to,
                   const struct world_message *message)
{
    struct world_node *node = &world->nodes[index];
    if (!world->nodes[to].puppet && world->now_ns >= node->answer_ns[to]) {
        node->answer_ns[to] = world->now_ns + ANSWER_INTERVAL_NS;
        core_world_post(world, index, to, message);
    }
}

void core_world_answer_epoch(struct core_world *world, uint32_t index, uint32_t from,
                             const struct world_message *message)
{
    const struct world_node *node = &world->nodes[index];
    uint64_t number = core_world_epoch_of(message);
    if (number < node->epoch) {
        answer(world, index, from,
               &(struct world_message){.type = HS_OUTBOUND_STATUS,
                                       .qc = world->epochs[number]->ends[index]});
    } else {
        core_world_answer_follower(world, index, from);
    }
}

void core_world_answer_follower(struct core_world *world, uint32_t index, uint32_t to)
{
    const struct hs_core *core = world->nodes[index].core;
    const struct hs_tc *tc = hs_core_entry_tc(core);
    struct world_message standing = {
        .type = HS_OUTBOUND_STATUS, .qc = *hs_core_high_qc(core), .has_tc = tc != NULL};
    if (tc != NULL) {
        standing.tc = *tc;
    }
    answer(world, index, to, &standing);
}
