/* The world's life and its steps. See core_world.h. */
#include "tests/support/core_world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/digest.h"
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

static void make_validators(struct core_world *world, const struct core_world_config *config)
{
    for (uint32_t i = 0; i < config->count; i++) {
        struct hs_validator *validator = &world->validators[i];
        uint8_t seed[32] = {1, (uint8_t)i};
        HS_ASSERT(hs_bls_secret_key_derive(&world->secret_keys[i], seed, sizeof(seed)) == HS_OK);
        HS_ASSERT(hs_bls_public_key_of(&validator->bls_public_key, &world->secret_keys[i]) ==
                  HS_OK);
        validator->network_key.bytes[0] = (uint8_t)(i + 1);
        validator->weight = config->weights != NULL ? config->weights[i] : 1;
    }
}

struct core_world *core_world_new(const struct core_world_config *config)
{
    HS_ASSERT(config->count >= 1 && config->count <= WORLD_VALIDATORS_MAX);
    struct core_world *world = allocate(sizeof(*world));
    world->chain_id.bytes[0] = 7;
    world->random = 1;
    world->count = config->count;
    world->plan = *config;
    make_validators(world, config);
    const struct world_epoch *first = core_world_epoch(world, 0);

    world->genesis.header =
        (struct hs_block_header){.version = HS_HEADER_VERSION, .chain_id = world->chain_id};
    hs_block_id_of(&world->genesis.id, &world->genesis.header, first->set.count);
    hs_qc_of_view_zero(&world->genesis_qc, 0, &world->genesis.id);

    world->config = (struct hs_core_config){
        .chain_id = world->chain_id,
        .validators = &first->set,
        .election = config->election,
        .tree_blocks_max =
            config->tree_blocks_max != 0 ? config->tree_blocks_max : WORLD_TREE_BLOCKS,
        .last_height = first->last_height,
    };
    memcpy(world->config.randomness, first->randomness, sizeof(first->randomness));
    hs_pacemaker_config_default(&world->config.pacemaker);
    if (config->pacemaker != NULL) {
        world->config.pacemaker = *config->pacemaker;
    }

    world->chain = core_world_grow(NULL, 0, &world->chain_capacity, sizeof(*world->chain));
    world->chain[world->chain_count++] = world->genesis.id;
    for (uint32_t i = 0; i < config->count; i++) {
        struct world_node *node = &world->nodes[i];
        node->puppet = (config->puppets & (1u << i)) != 0;
        node->has_record = true;
        node->durable.high_qc = world->genesis_qc;
        node->root = node->disk_root = world->genesis;
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
    for (uint32_t i = 0; i < world->count; i++) {
        drop_items(world, true, i);
        free(world->nodes[i].memory);
    }
    free(world->blocks);
    free(world->votes);
    free(world->view_changes);
    core_world_free_epochs(world);
    free(world->chain);
    free(world);
}

static void boot(struct core_world *world, uint32_t index, const struct hs_safety_record *record)
{
    struct world_node *node = &world->nodes[index];
    HS_ASSERT(!node->puppet && !node->running);
    struct hs_core_config config;
    core_world_place(world, index, &config);
    size_t footprint = hs_core_footprint(&config);
    HS_ASSERT(footprint > 0);
    free(node->memory);
    node->memory = allocate(footprint);
    node->core = hs_core_new(node->memory, &config, node->has_record ? record : NULL);
    HS_ASSERT(node->core != NULL);
    node->running = true;
    node->wake_ns = UINT64_MAX;
    node->timers_at_once = 0;
    node->fetch_waits = false;
}

void core_world_boot(struct core_world *world, uint32_t index)
{
    world->nodes[index].persisted = world->nodes[index].durable;
    boot(world, index, &world->nodes[index].durable);
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
        core_world_recover(world, &block, &stored->block);
        struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
        (void)core_world_step(world, index, &event);
    }
}

/* What is on disk, then START. */
static void start(struct core_world *world, uint32_t index)
{
    const struct world_node *node = &world->nodes[index];
    if (node->commit_qc.view > 0) {
        struct hs_verified_qc qc;
        struct hs_qc committed_by = node->commit_qc;
        hs_recover_qc(&qc, &committed_by);
        struct hs_event event = {.type = HS_EVENT_QC, .qc = {&qc, HS_VALIDATORS_MAX}};
        (void)core_world_step(world, index, &event);
    }
    read_log_back(world, index);
    struct hs_event event = {.type = HS_EVENT_START};
    (void)core_world_step(world, index, &event);
}

void core_world_start(struct core_world *world, uint32_t index)
{
    core_world_boot(world, index);
    start(world, index);
}

void core_world_start_all(struct core_world *world)
{
    for (uint32_t i = 0; i < world->count; i++) {
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
    node->root = node->disk_root;
    node->commit_qc = node->disk_commit_qc;
    drop_items(world, false, index);
}

void core_world_enter_next_epoch(struct core_world *world, uint32_t index)
{
    struct world_node *node = &world->nodes[index];
    node->running = false;
    node->incarnation++;
    drop_items(world, false, index);
    /* The ended core's last record may still be on its way to the disk. */
    bool under_way = node->persisted.sequence > node->durable.sequence;
    struct hs_safety_record newest = under_way ? node->persisted : node->durable;
    boot(world, index, &newest);
    start(world, index);
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

struct world_item *core_world_enqueue(struct core_world *world, uint32_t from, uint32_t to)
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

void core_world_post(struct core_world *world, uint32_t from, uint32_t to,
                     const struct world_message *message)
{
    uint32_t bit = WORLD_BIT(message->type);
    if ((world->lost[from][to] & bit) != 0 || world->nodes[to].puppet) {
        return;
    }
    struct world_item *item = core_world_enqueue(world, from, to);
    item->message = *message;
    item->held = (world->held[from][to] & bit) != 0;
}

void core_world_lose(struct core_world *world, uint32_t from, uint32_t to, uint32_t types)
{
    world->lost[from][to] = types;
}

void core_world_lose_all(struct core_world *world, uint32_t types)
{
    for (uint32_t from = 0; from < world->count; from++) {
        for (uint32_t to = 0; to < world->count; to++) {
            world->lost[from][to] = types;
        }
    }
}

void core_world_hold(struct core_world *world, uint32_t from, uint32_t to, uint32_t types)
{
    world->held[from][to] = types;
}

void core_world_release(struct core_world *world, uint32_t types)
{
    for (uint32_t from = 0; from < world->count; from++) {
        for (uint32_t to = 0; to < world->count; to++) {
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
    if (item->from != item->to) {
        return item->held;
    }
    const struct world_node *node = &world->nodes[item->to];
    return item->next_epoch ? node->stays : (node->hold & WORLD_BIT(item->request)) != 0;
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

bool core_world_deliver(struct core_world *world)
{
    struct world_item *item = take(world, 0, false);
    if (item == NULL) {
        return false;
    }
    core_world_give_item(world, item);
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
    core_world_give_item(world, item);
    return true;
}

/* -- time ---------------------------------------------------------------------------- */

static void fetch_again(struct core_world *world)
{
    for (uint32_t i = 0; i < world->count; i++) {
        struct world_node *node = &world->nodes[i];
        if (node->running && node->fetch_waits && (node->hold & WORLD_BIT(HS_ACTION_FETCH)) == 0) {
            struct hs_block_id id = node->fetch_id;
            core_world_give_fetched(world, i, &id);
        }
    }
}

static struct world_node *next_to_wake(struct core_world *world, uint64_t until_ns)
{
    struct world_node *next = NULL;
    for (uint32_t i = 0; i < world->count; i++) {
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

void core_world_wake_next(struct core_world *world)
{
    struct world_node *node = next_to_wake(world, UINT64_MAX - 1);
    if (node != NULL) {
        wake(world, node);
    }
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
        for (uint32_t i = 0; i < world->count; i++) {
            const struct world_node *node = &world->nodes[i];
            reached = reached && (!node->running || node->root.header.height >= height);
        }
        if (reached || world->now_ns >= until_ns || world->violation[0] != '\0') {
            return reached;
        }
        core_world_advance(world, WORLD_MILLISECOND_NS);
    }
}
