/* The world's life and its steps. See core_world.h. */
#include "tests/support/core_world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "consensus/digest.h"
#include "consensus/leader_election.h"
#include "wire/certificate.h"
#include "wire/header.h"

#define STEPS_AT_ONCE_MAX  100000u
#define TIMERS_AT_ONCE_MAX 50u

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    HS_ASSERT(memory != NULL);
    return memory;
}

void *core_world_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return array;
    }
    size_t new_capacity = *capacity == 0 ? 64 : 2 * *capacity;
    array = realloc(array, new_capacity * size);
    HS_ASSERT(array != NULL);
    memset((uint8_t *)array + *capacity * size, 0, (new_capacity - *capacity) * size);
    *capacity = new_capacity;
    return array;
}

/* -- life -------------------------------------------------------------------- */

static void make_set(struct core_world *world, const struct core_world_config *config)
{
    world->set.count = config->count;
    for (uint32_t i = 0; i < config->count; i++) {
        struct hs_validator *validator = &world->set.validators[i];
        uint8_t seed[32] = {1, (uint8_t)i};
        HS_ASSERT(hs_bls_secret_key_derive(&world->secret_keys[i], seed, sizeof(seed)) == HS_OK);
        HS_ASSERT(hs_bls_public_key_of(&validator->bls_public_key, &world->secret_keys[i]) ==
                  HS_OK);
        validator->network_key.bytes[0] = (uint8_t)(i + 1);
        validator->weight = config->weights != NULL ? config->weights[i] : 1;
        world->set.weight_total += validator->weight;
    }
}

/* Tries randomness until the first views have the leaders wanted. */
static void choose_leaders(struct core_world *world, const struct core_world_config *config)
{
    struct hs_leader_rule rule = {.election = config->election, .validators = &world->set};
    uint32_t agreed = 0;
    for (uint64_t salt = 0; agreed < config->leaders_count; salt++) {
        HS_ASSERT(salt < UINT64_C(1) << 32);
        memcpy(rule.randomness, &salt, sizeof(salt));
        agreed = 0;
        while (agreed < config->leaders_count &&
               hs_leader_of(&rule, agreed + 1) == config->leaders[agreed]) {
            agreed++;
        }
    }
    memcpy(world->config.randomness, rule.randomness, sizeof(rule.randomness));
}

struct core_world *core_world_new(const struct core_world_config *config)
{
    HS_ASSERT(config->count >= 1 && config->count <= WORLD_VALIDATORS_MAX);
    struct core_world *world = allocate(sizeof(*world));
    world->chain_id.bytes[0] = 7;
    world->random = 1;
    make_set(world, config);

    world->genesis.header =
        (struct hs_block_header){.version = HS_HEADER_VERSION, .chain_id = world->chain_id};
    hs_block_id_of(&world->genesis.id, &world->genesis.header, config->count);
    hs_qc_of_view_zero(&world->genesis_qc, world->set.epoch, &world->genesis.id);
    HS_ASSERT(hs_verifier_init(&world->verifier, &world->chain_id, &world->set, &world->genesis.id,
                               world->points) == HS_OK);

    world->config = (struct hs_core_config){
        .chain_id = world->chain_id,
        .validators = &world->set,
        .election = config->election,
        .tree_blocks_max =
            config->tree_blocks_max != 0 ? config->tree_blocks_max : WORLD_TREE_BLOCKS,
    };
    hs_pacemaker_config_default(&world->config.pacemaker);
    if (config->pacemaker != NULL) {
        world->config.pacemaker = *config->pacemaker;
    }
    choose_leaders(world, config);

    world->chain = core_world_grow(NULL, 0, &world->chain_capacity, sizeof(*world->chain));
    world->chain[world->chain_count++] = world->genesis.id;
    for (uint32_t i = 0; i < config->count; i++) {
        struct world_node *node = &world->nodes[i];
        node->puppet = (config->puppets & (1u << i)) != 0;
        node->has_record = true;
        node->durable.high_qc = world->genesis_qc;
        node->root = world->genesis;
        node->wake_ns = UINT64_MAX;
    }
    return world;
}

static void drop_items(struct core_world *world, bool messages, uint32_t answers_of)
{
    struct world_item **link = &world->first;
    world->last = NULL;
    while (*link != NULL) {
        struct world_item *item = *link;
        bool is_message = item->from != item->to;
        if (is_message ? messages : item->to == answers_of) {
            *link = item->next;
            world->item_count--;
            free(item);
        } else {
            world->last = item;
            link = &item->next;
        }
    }
}

void core_world_drop_messages(struct core_world *world)
{
    drop_items(world, true, UINT32_MAX);
}

void core_world_free(struct core_world *world)
{
    for (uint32_t i = 0; i < world->set.count; i++) {
        drop_items(world, true, i);
        free(world->nodes[i].memory);
    }
    free(world->blocks);
    free(world->votes);
    free(world->view_changes);
    free(world->certified);
    free(world->is_certified);
    free(world->chain);
    free(world);
}

void core_world_boot(struct core_world *world, uint32_t index)
{
    struct world_node *node = &world->nodes[index];
    HS_ASSERT(!node->puppet && !node->running);
    struct hs_core_config config = world->config;
    config.self = index;
    config.root = node->root;
    size_t footprint = hs_core_footprint(&config);
    HS_ASSERT(footprint > 0);
    free(node->memory);
    node->memory = allocate(footprint);
    node->core = hs_core_new(node->memory, &config, node->has_record ? &node->durable : NULL);
    HS_ASSERT(node->core != NULL);
    node->running = true;
    node->wake_ns = UINT64_MAX;
    node->timers_at_once = 0;
    node->fetch_waits = false;
}

static void read_log_back(struct core_world *world, uint32_t index)
{
    for (size_t i = 0; i < world->block_count; i++) {
        const struct world_block *stored = &world->blocks[i];
        const struct hs_block_header *root = &world->nodes[index].root.header;
        if ((stored->holders & (1u << index)) == 0 || stored->block.header.height <= root->height) {
            continue;
        }
        struct hs_verified_block block;
        hs_recover_block(&world->verifier, &block, &stored->block.header);
        struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
        (void)core_world_step(world, index, &event);
    }
}

void core_world_start(struct core_world *world, uint32_t index)
{
    struct world_node *node = &world->nodes[index];
    core_world_boot(world, index);
    if (node->has_commit_qc) {
        struct hs_verified_qc qc;
        struct hs_qc committed_by = node->commit_qc;
        hs_recover_qc(&qc, &committed_by);
        struct hs_event event = {.type = HS_EVENT_QC, .qc = {&qc, HS_VALIDATORS_MAX}};
        (void)core_world_step(world, index, &event);
    }
    read_log_back(world, index);
    struct hs_event start = {.type = HS_EVENT_START};
    (void)core_world_step(world, index, &start);
}

void core_world_start_all(struct core_world *world)
{
    for (uint32_t i = 0; i < world->set.count; i++) {
        if (!world->nodes[i].puppet && !world->nodes[i].running) {
            core_world_start(world, i);
        }
    }
}

void core_world_crash(struct core_world *world, uint32_t index)
{
    struct world_node *node = &world->nodes[index];
    node->running = false;
    node->incarnation++;
    node->core = NULL;
    drop_items(world, false, index);
}

void core_world_lose_log(struct core_world *world, uint32_t index)
{
    for (size_t i = 0; i < world->block_count; i++) {
        if (world->blocks[i].block.header.height > world->nodes[index].root.header.height) {
            world->blocks[i].holders &= ~(1u << index);
        }
    }
}

struct world_block *core_world_find(const struct core_world *world, const struct hs_block_id *id)
{
    for (size_t i = world->block_count; i > 0; i--) {
        if (memcmp(&world->blocks[i - 1].block.id, id, sizeof(*id)) == 0) {
            return &world->blocks[i - 1];
        }
    }
    return NULL;
}

void core_world_hold_block(struct core_world *world, uint32_t index, const struct hs_block *block)
{
    if (world->block_count == 0) {
        world->blocks = core_world_grow(NULL, 0, &world->block_capacity, sizeof(*world->blocks));
        world->blocks[world->block_count++] =
            (struct world_block){.holders = UINT32_MAX, .block = world->genesis};
    }
    struct world_block *stored = core_world_find(world, &block->id);
    if (stored == NULL) {
        world->blocks = core_world_grow(world->blocks, world->block_count, &world->block_capacity,
                                        sizeof(*world->blocks));
        stored = &world->blocks[world->block_count++];
        *stored = (struct world_block){.block = *block};
    }
    stored->holders |= 1u << index;
}

struct hs_core_status core_world_status(const struct core_world *world, uint32_t node)
{
    struct hs_core_status status;
    hs_core_status(world->nodes[node].core, &status);
    return status;
}

/* -- the queue ------------------------------------------------------------------ */

static struct world_item *enqueue(struct core_world *world, uint32_t from, uint32_t to)
{
    struct world_item *item = allocate(sizeof(*item));
    item->from = from;
    item->to = to;
    item->incarnation = world->nodes[to].incarnation;
    if (world->last == NULL) {
        world->first = item;
    } else {
        world->last->next = item;
    }
    world->last = item;
    world->item_count++;
    return item;
}

static struct world_item *answer(struct core_world *world, uint32_t node,
                                 enum hs_action_type request)
{
    struct world_item *item = enqueue(world, node, node);
    item->request = request;
    return item;
}

void core_world_post(struct core_world *world, uint32_t from, uint32_t to,
                     const struct world_message *message)
{
    uint32_t bit = WORLD_BIT(message->type);
    if ((world->lost[from][to] & bit) != 0 || world->nodes[to].puppet) {
        return;
    }
    struct world_item *item = enqueue(world, from, to);
    item->message = *message;
    item->held = (world->held[from][to] & bit) != 0;
}

static void set_links(uint32_t links[][WORLD_VALIDATORS_MAX], uint32_t from, uint32_t to,
                      uint32_t types)
{
    links[from][to] = types;
}

void core_world_lose(struct core_world *world, uint32_t from, uint32_t to, uint32_t types)
{
    set_links(world->lost, from, to, types);
}

void core_world_lose_all(struct core_world *world, uint32_t types)
{
    for (uint32_t from = 0; from < world->set.count; from++) {
        for (uint32_t to = 0; to < world->set.count; to++) {
            set_links(world->lost, from, to, types);
        }
    }
}

void core_world_hold(struct core_world *world, uint32_t from, uint32_t to, uint32_t types)
{
    set_links(world->held, from, to, types);
}

void core_world_release(struct core_world *world, uint32_t types)
{
    for (uint32_t from = 0; from < world->set.count; from++) {
        for (uint32_t to = 0; to < world->set.count; to++) {
            world->held[from][to] &= ~types;
        }
    }
    for (struct world_item *item = world->first; item != NULL; item = item->next) {
        if (item->from != item->to && (WORLD_BIT(item->message.type) & types) != 0) {
            item->held = false;
        }
    }
}

static bool waits(const struct core_world *world, const struct world_item *item)
{
    bool is_answer = item->from == item->to;
    return is_answer ? (world->nodes[item->to].hold & WORLD_BIT(item->request)) != 0 : item->held;
}

/* Takes the `skip`-th item that does not wait out of the queue; NULL when there is none. */
static struct world_item *take(struct core_world *world, size_t skip, bool with_held)
{
    struct world_item *before = NULL;
    for (struct world_item *item = world->first; item != NULL; before = item, item = item->next) {
        bool passes = (with_held && item->held) || !waits(world, item);
        if (!passes || skip-- > 0) {
            continue;
        }
        if (before == NULL) {
            world->first = item->next;
        } else {
            before->next = item->next;
        }
        if (world->last == item) {
            world->last = before;
        }
        world->item_count--;
        return item;
    }
    return NULL;
}

/* -- actions ---------------------------------------------------------------------- */

static struct world_message copy_of(const struct hs_outbound *outbound)
{
    struct world_message message = {.type = outbound->type};
    const struct hs_tc *tc = NULL;
    switch (outbound->type) {
    case HS_OUTBOUND_PROPOSAL:
        message.block = *outbound->proposal.block;
        message.leader_vote = *outbound->proposal.leader_vote;
        tc = outbound->proposal.tc;
        break;
    case HS_OUTBOUND_VOTE:
        message.vote = *outbound->vote;
        break;
    case HS_OUTBOUND_QC:
        message.qc = *outbound->qc;
        break;
    case HS_OUTBOUND_VIEW_CHANGE:
        message.view_change = *outbound->view_change.view_change;
        tc = outbound->view_change.tc;
        break;
    case HS_OUTBOUND_STATUS:
        message.qc = *outbound->status.high_qc;
        tc = outbound->status.tc;
        break;
    }
    message.has_tc = tc != NULL;
    if (tc != NULL) {
        message.tc = *tc;
    }
    return message;
}

static void keep_vote(struct core_world *world, const struct hs_vote *vote)
{
    world->votes = core_world_grow(world->votes, world->vote_count, &world->vote_capacity,
                                   sizeof(*world->votes));
    world->votes[world->vote_count++] = *vote;
}

/* What left the process can be in anybody's hands. */
void core_world_keep_said(struct core_world *world, uint32_t index,
                          const struct world_message *message)
{
    struct world_node *node = &world->nodes[index];
    node->said[message->type]++;
    node->last[message->type] = *message;
    if (message->type == HS_OUTBOUND_VOTE) {
        keep_vote(world, &message->vote);
    } else if (message->type == HS_OUTBOUND_PROPOSAL) {
        struct hs_vote vote = {
            .epoch = message->block.header.epoch,
            .view = message->block.header.view,
            .block_id = message->block.id,
            .voter = index,
            .signature = message->leader_vote,
        };
        keep_vote(world, &vote);
    } else if (message->type == HS_OUTBOUND_VIEW_CHANGE) {
        if (message->view_change.has_last_vote) {
            keep_vote(world, &message->view_change.last_vote);
        }
        world->view_changes =
            core_world_grow(world->view_changes, world->view_change_count,
                            &world->view_change_capacity, sizeof(*world->view_changes));
        world->view_changes[world->view_change_count++] = message->view_change;
    }
}

static void act_send(struct core_world *world, uint32_t index, const struct hs_action *action)
{
    struct world_node *node = &world->nodes[index];
    struct world_message message = copy_of(&action->send.message);
    core_world_keep_said(world, index, &message);
    for (uint32_t to = 0; to < world->set.count; to++) {
        bool addressed = action->type == HS_ACTION_BROADCAST || action->send.to == to;
        if (addressed && to != index) {
            node->said_to[message.type][to]++;
            core_world_post(world, index, to, &message);
        }
    }
}

static void act_commit(struct core_world *world, uint32_t index, const struct hs_action *action)
{
    struct world_node *node = &world->nodes[index];
    core_world_check_commit(world, index, action->commit.block);
    node->root = *action->commit.block;
    node->has_commit_qc = true;
    node->commit_qc = *action->commit.certificate;
}

static void act(struct core_world *world, uint32_t index, const struct hs_action *action)
{
    struct world_node *node = &world->nodes[index];
    node->asked[action->type]++;
    switch (action->type) {
    case HS_ACTION_PERSIST:
        node->persisted = *action->persist;
        answer(world, index, action->type)->record = *action->persist;
        break;
    case HS_ACTION_SIGN:
        core_world_check_statement(world, index, &action->sign);
        answer(world, index, action->type)->statement = action->sign;
        break;
    case HS_ACTION_SEND:
    case HS_ACTION_BROADCAST:
        act_send(world, index, action);
        break;
    case HS_ACTION_CHECK_AGGREGATE:
        node->request_count = action->check->count;
        answer(world, index, action->type)->check = *action->check;
        break;
    case HS_ACTION_BUILD: {
        struct hs_block block = core_world_block(world, index, action->build.view,
                                                 action->build.parent, action->build.justify);
        node->build_view = action->build.view;
        answer(world, index, action->type)->block = block;
        break;
    }
    case HS_ACTION_EXECUTE:
        answer(world, index, action->type)->block = *action->execute;
        break;
    case HS_ACTION_COMMIT:
        act_commit(world, index, action);
        break;
    case HS_ACTION_FETCH:
        node->fetch_id = action->fetch.block_id;
        node->fetch_peer = action->fetch.peer;
        node->fetch_signers = action->fetch.signers;
        answer(world, index, action->type)->block_id = action->fetch.block_id;
        break;
    case HS_ACTION_EVIDENCE:
        node->evidence_first = action->evidence.first;
        node->evidence_second = action->evidence.second;
        break;
    case HS_ACTION_BLAME:
        hs_bitmap_add(&node->blamed, &action->blame);
        break;
    case HS_ACTION_DIVERGED:
        break;
    case HS_ACTION_WAKE:
        node->wake_ns = action->wake_ns;
        break;
    }
}

enum hs_status core_world_step(struct core_world *world, uint32_t index, struct hs_event *event)
{
    static struct hs_actions actions;
    struct world_node *node = &world->nodes[index];
    event->now_ns = world->now_ns;
    enum hs_status status = hs_core_step(node->core, event, &actions);
    node->step_actions = actions.count;
    world->steps++;

    struct hs_digest digest = {.state = world->digest};
    hs_digest_u64(&digest, hs_core_digest(node->core));
    world->digest = digest.state;

    for (size_t i = 0; i < actions.count; i++) {
        act(world, index, &actions.list[i]);
    }
    core_world_check_core(world, index);
    return status;
}

/* -- delivery --------------------------------------------------------------------- */

static enum hs_status give_qc(struct core_world *world, uint32_t index, uint32_t from,
                              const struct hs_qc *qc, struct hs_verified_qc *verified)
{
    enum hs_status status = hs_verify_qc(&world->verifier, verified, qc);
    if (status != HS_OK) {
        return status;
    }
    struct hs_event event = {.type = HS_EVENT_QC, .qc = {verified, from}};
    return core_world_step(world, index, &event);
}

static enum hs_status verify_tc(struct core_world *world, const struct hs_tc *tc,
                                struct hs_verified_tc *verified)
{
    struct hs_verified_qc high_qc;
    enum hs_status status = hs_verify_qc(&world->verifier, &high_qc, &tc->high_qc);
    return status == HS_OK ? hs_verify_tc(&world->verifier, verified, tc, &high_qc) : status;
}

static enum hs_status give_tc(struct core_world *world, uint32_t index, uint32_t from,
                              const struct hs_tc *tc)
{
    static struct hs_verified_tc verified;
    enum hs_status status = verify_tc(world, tc, &verified);
    if (status != HS_OK) {
        return status;
    }
    struct hs_event event = {.type = HS_EVENT_TC, .tc = {&verified, from}};
    return core_world_step(world, index, &event);
}

static enum hs_status give_proposal(struct core_world *world, uint32_t index, uint32_t from,
                                    const struct world_message *message)
{
    static struct hs_verified_tc tc;
    const struct hs_block_header *header = &message->block.header;
    struct hs_verified_qc justify;
    struct hs_verified_block block;
    struct hs_admitted_vote leader_vote;
    enum hs_status status = hs_verify_qc(&world->verifier, &justify, &header->justify);
    if (status == HS_OK) {
        status = hs_verify_proposal(&world->verifier, &block, &leader_vote, header, &justify,
                                    hs_core_leader(world->nodes[index].core, header->view), from,
                                    &message->leader_vote);
    }
    if (status == HS_OK && message->has_tc) {
        status = verify_tc(world, &message->tc, &tc);
    }
    if (status != HS_OK) {
        return status;
    }
    struct hs_event event = {
        .type = HS_EVENT_PROPOSAL,
        .proposal = {&block, &leader_vote, message->has_tc ? &tc : NULL, from},
    };
    /* Before the step: what it makes the core ask for may rest on the block. */
    core_world_hold_block(world, index, hs_verified_block_get(&block));
    return core_world_step(world, index, &event);
}

static enum hs_status give_view_change(struct core_world *world, uint32_t index, uint32_t from,
                                       const struct world_message *message)
{
    struct hs_verified_qc high_qc;
    struct hs_admitted_view_change admitted;
    enum hs_status status = hs_verify_qc(&world->verifier, &high_qc, &message->view_change.high_qc);
    if (status == HS_OK) {
        status = hs_admit_view_change(&world->verifier, &admitted, &message->view_change, from,
                                      &high_qc);
    }
    if (status == HS_OK && message->has_tc) {
        status = give_tc(world, index, from, &message->tc);
    }
    if (status != HS_OK) {
        return status;
    }
    struct hs_event event = {.type = HS_EVENT_VIEW_CHANGE, .view_change = &admitted};
    return core_world_step(world, index, &event);
}

static enum hs_status give_status(struct core_world *world, uint32_t index, uint32_t from,
                                  const struct world_message *message)
{
    struct hs_verified_qc verified;
    uint64_t view = message->qc.view + 1;
    enum hs_status status = give_qc(world, index, from, &message->qc, &verified);
    if (status == HS_OK && message->has_tc) {
        status = give_tc(world, index, from, &message->tc);
        view = message->tc.view + 1;
    }
    if (status == HS_OK && view < core_world_status(world, index).view) {
        struct hs_event event = {.type = HS_EVENT_PEER_BEHIND, .peer = from};
        status = core_world_step(world, index, &event);
    }
    return status;
}

enum hs_status core_world_give(struct core_world *world, uint32_t index, uint32_t from,
                               const struct world_message *message)
{
    enum hs_status status = HS_OK;
    switch (message->type) {
    case HS_OUTBOUND_PROPOSAL:
        status = give_proposal(world, index, from, message);
        break;
    case HS_OUTBOUND_VOTE: {
        struct hs_admitted_vote admitted;
        status = hs_admit_vote(&world->verifier, &admitted, &message->vote, from);
        if (status == HS_OK) {
            struct hs_event event = {.type = HS_EVENT_VOTE, .vote = &admitted};
            status = core_world_step(world, index, &event);
        }
        break;
    }
    case HS_OUTBOUND_QC: {
        struct hs_verified_qc verified;
        status = give_qc(world, index, from, &message->qc, &verified);
        break;
    }
    case HS_OUTBOUND_VIEW_CHANGE:
        status = give_view_change(world, index, from, message);
        break;
    case HS_OUTBOUND_STATUS:
        status = give_status(world, index, from, message);
        break;
    }
    if (hs_status_reaction(status) == HS_DROP_PEER) {
        world->nodes[index].refused++;
    }
    return status;
}

static bool served(const struct core_world *world, uint32_t index, const struct world_block *stored)
{
    for (uint32_t i = 0; i < world->set.count; i++) {
        bool serves = world->nodes[i].running || i == index;
        if (serves && (stored->holders & (1u << i)) != 0) {
            return true;
        }
    }
    return false;
}

/* The block wanted, and those between it and what the core holds, lowest first. */
static void give_fetched(struct core_world *world, uint32_t index, const struct hs_block_id *id)
{
    struct world_node *node = &world->nodes[index];
    size_t path[WORLD_TREE_BLOCKS];
    size_t path_count = 0;
    struct hs_block_id wanted = *id;

    node->fetch_waits = false;
    if (!hs_core_wants(node->core, id)) {
        return;
    }
    while (!hs_core_holds(node->core, &wanted)) {
        const struct world_block *stored = core_world_find(world, &wanted);
        if (stored == NULL || path_count == WORLD_TREE_BLOCKS || !served(world, index, stored)) {
            node->fetch_waits = true;
            return;
        }
        path[path_count++] = (size_t)(stored - world->blocks);
        wanted = stored->block.header.parent_id;
    }
    while (path_count > 0) {
        struct hs_block copy = world->blocks[path[--path_count]].block;
        struct hs_verified_block block;
        hs_recover_block(&world->verifier, &block, &copy.header);
        core_world_hold_block(world, index, &copy);
        struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
        (void)core_world_step(world, index, &event);
    }
}

static void give_record(struct core_world *world, uint32_t index,
                        const struct hs_safety_record *record)
{
    struct world_node *node = &world->nodes[index];
    struct hs_event event = {.type = HS_EVENT_DURABLE_WRITE_FAILED};
    if (!node->writes_fail) {
        if (record->sequence > node->durable.sequence) {
            node->durable = *record;
        }
        event =
            (struct hs_event){.type = HS_EVENT_RECORD_DURABLE, .record_sequence = record->sequence};
    }
    (void)core_world_step(world, index, &event);
}

static void give_signature(struct core_world *world, uint32_t index,
                           const struct hs_statement *statement)
{
    struct hs_event event = {.type = HS_EVENT_SIGNATURE_DONE,
                             .signed_statement = {.statement = *statement}};
    struct hs_block block = {.id = statement->block_id,
                             .header = {.epoch = statement->epoch, .view = statement->view}};
    struct hs_qc high_qc = {.view = statement->high_qc_view};
    event.signed_statement.signature =
        statement->type == HS_STATEMENT_VOTE
            ? core_world_vote(world, index, &block).signature
            : core_world_view_change(world, index, statement->view, &high_qc).signature;
    (void)core_world_step(world, index, &event);
}

static void give_checked(struct core_world *world, uint32_t index,
                         const struct hs_aggregate_request *request)
{
    static struct hs_aggregate_result result;
    hs_check_aggregate(&world->verifier, &result, request);
    if (result.has_certificate && request->statement.type == HS_STATEMENT_VOTE) {
        core_world_check_certified(world, hs_verified_qc_get(&result.qc));
    }
    struct hs_event event = {.type = HS_EVENT_AGGREGATE_CHECKED, .aggregate = &result};
    (void)core_world_step(world, index, &event);
}

static void give_answer(struct core_world *world, const struct world_item *item)
{
    uint32_t index = item->to;
    struct world_node *node = &world->nodes[index];
    struct hs_event event = {0};
    switch (item->request) {
    case HS_ACTION_PERSIST:
        give_record(world, index, &item->record);
        return;
    case HS_ACTION_SIGN:
        give_signature(world, index, &item->statement);
        return;
    case HS_ACTION_CHECK_AGGREGATE:
        give_checked(world, index, &item->check);
        return;
    case HS_ACTION_BUILD:
        if (!node->builds_fail) {
            core_world_hold_block(world, index, &item->block);
        }
        event.type = HS_EVENT_BLOCK_BUILT;
        event.built.block = node->builds_fail ? NULL : &item->block;
        event.built.view = item->block.header.view;
        break;
    case HS_ACTION_EXECUTE:
        event.type = HS_EVENT_BLOCK_EXECUTED;
        event.executed.block_id = item->block.id;
        event.executed.valid = !node->executions_bad;
        break;
    case HS_ACTION_FETCH:
        give_fetched(world, index, &item->block_id);
        return;
    case HS_ACTION_SEND:
    case HS_ACTION_BROADCAST:
    case HS_ACTION_COMMIT:
    case HS_ACTION_EVIDENCE:
    case HS_ACTION_BLAME:
    case HS_ACTION_DIVERGED:
    case HS_ACTION_WAKE:
        return;
    }
    (void)core_world_step(world, index, &event);
}

static void give_item(struct core_world *world, struct world_item *item)
{
    const struct world_node *node = &world->nodes[item->to];
    bool is_answer = item->from == item->to;
    if (node->running && (!is_answer || item->incarnation == node->incarnation)) {
        if (is_answer) {
            give_answer(world, item);
        } else {
            (void)core_world_give(world, item->to, item->from, &item->message);
        }
    }
    free(item);
}

bool core_world_deliver(struct core_world *world)
{
    struct world_item *item = take(world, 0, false);
    if (item == NULL) {
        return false;
    }
    give_item(world, item);
    return true;
}

void core_world_run(struct core_world *world)
{
    for (uint32_t steps = 0; core_world_deliver(world); steps++) {
        if (steps == STEPS_AT_ONCE_MAX) {
            core_world_fail(world, "the cores do not come to rest at %" PRIu64, world->now_ns);
            return;
        }
    }
}

uint64_t core_world_random(struct core_world *world, uint64_t bound)
{
    struct hs_digest digest = {.state = world->random};
    hs_digest_u64(&digest, bound);
    world->random = digest.state;
    return digest.state % bound;
}

bool core_world_deliver_random(struct core_world *world, uint32_t loss_percent,
                               uint32_t repeat_percent)
{
    if (world->item_count == 0) {
        return false;
    }
    struct world_item *item =
        take(world, (size_t)core_world_random(world, world->item_count), true);
    if (item == NULL) {
        item = take(world, 0, true);
    }
    if (item == NULL) {
        return false;
    }
    bool is_answer = item->from == item->to;
    if (!is_answer && core_world_random(world, 100) < loss_percent) {
        free(item);
        return true;
    }
    if (!is_answer && core_world_random(world, 100) < repeat_percent) {
        core_world_post(world, item->from, item->to, &item->message);
    }
    give_item(world, item);
    return true;
}

/* -- time ---------------------------------------------------------------------------- */

static void fetch_again(struct core_world *world)
{
    for (uint32_t i = 0; i < world->set.count; i++) {
        struct world_node *node = &world->nodes[i];
        if (node->running && node->fetch_waits && (node->hold & WORLD_BIT(HS_ACTION_FETCH)) == 0) {
            struct hs_block_id id = node->fetch_id;
            give_fetched(world, i, &id);
        }
    }
}

static struct world_node *next_to_wake(struct core_world *world, uint64_t until_ns)
{
    struct world_node *next = NULL;
    for (uint32_t i = 0; i < world->set.count; i++) {
        struct world_node *node = &world->nodes[i];
        if (node->running && node->wake_ns <= until_ns &&
            (next == NULL || node->wake_ns < next->wake_ns)) {
            next = node;
        }
    }
    return next;
}

static void wake(struct core_world *world, struct world_node *node)
{
    if (node->wake_ns > world->now_ns) {
        world->now_ns = node->wake_ns;
    }
    node->wake_ns = UINT64_MAX;
    node->timers_at_once = node->timer_ns == world->now_ns ? node->timers_at_once + 1 : 0;
    node->timer_ns = world->now_ns;
    if (node->timers_at_once > TIMERS_AT_ONCE_MAX) {
        core_world_fail(world, "a core wakes for ever at %" PRIu64, world->now_ns);
        return;
    }
    struct hs_event event = {.type = HS_EVENT_TIMER};
    (void)core_world_step(world, (uint32_t)(node - world->nodes), &event);
}

void core_world_advance(struct core_world *world, uint64_t duration_ns)
{
    uint64_t until_ns = world->now_ns + duration_ns;
    core_world_run(world);
    fetch_again(world);
    core_world_run(world);
    for (struct world_node *node = next_to_wake(world, until_ns); node != NULL;
         node = next_to_wake(world, until_ns)) {
        wake(world, node);
        core_world_run(world);
    }
    world->now_ns = until_ns;
}

bool core_world_run_to_height(struct core_world *world, uint64_t height, uint64_t limit_ns)
{
    uint64_t until_ns = world->now_ns + limit_ns;
    for (;;) {
        bool reached = true;
        for (uint32_t i = 0; i < world->set.count; i++) {
            const struct world_node *node = &world->nodes[i];
            reached = reached && (!node->running || node->root.header.height >= height);
        }
        if (reached || world->now_ns >= until_ns || world->violation[0] != '\0') {
            return reached;
        }
        core_world_advance(world, WORLD_MILLISECOND_NS);
    }
}
