/* Three cores and a fourth validator, D, that does what the bytes say.
 *
 * The first byte chooses how many blocks an epoch has (P4), or that there is one epoch only, and
 * whether a crash may take the last commits along. The rest choose what is delivered, lost,
 * repeated or held back, who crashes, and what D proposes, votes for, certifies and shows to whom.
 * All that D says goes through the constructors of verify.h, as in the node. D is one of four, so
 * no invariant may ever break; and when the first byte is odd, the other three must go on once the
 * bytes are used up.
 */
#include <string.h>

#include "base/assert.h"
#include "tests/support/core_world.h"

#define VALIDATORS 4u
#define D          3u
#define BLOCKS_MAX 24u
#define STEPS_MAX  400u
#define QUIET_NS   (UINT64_C(120000) * WORLD_MILLISECOND_NS)
#define HOLDABLE                                                                                   \
    (WORLD_BIT(HS_ACTION_PERSIST) | WORLD_BIT(HS_ACTION_SIGN) | WORLD_BIT(HS_ACTION_EXECUTE) |     \
     WORLD_BIT(HS_ACTION_BUILD) | WORLD_BIT(HS_ACTION_CHECK_AGGREGATE) |                           \
     WORLD_BIT(HS_ACTION_FETCH))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

/* What D knows: blocks, and certificates over some of them. The block that an epoch begins on is known
 * twice, once with the certificate of view 0. */
struct known {
    struct hs_block block;
    bool certified;
    struct hs_qc qc;
};

struct script {
    const uint8_t *data;
    size_t size;
    size_t offset;
    struct core_world *world;
    struct known known[BLOCKS_MAX];
    uint32_t known_count;
    bool has_tc;
    struct hs_tc tc; /* the last that D made or saw */
};

static uint32_t next(struct script *script)
{
    return script->offset < script->size ? script->data[script->offset++] : 0;
}

static struct known *any_known(struct script *script)
{
    return &script->known[next(script) % script->known_count];
}

static void learn(struct script *script, const struct known *known)
{
    bool begins = known->certified && known->qc.view == 0;
    for (uint32_t i = 0; i < script->known_count; i++) {
        const struct known *other = &script->known[i];
        if (memcmp(&other->block.id, &known->block.id, sizeof(known->block.id)) == 0 &&
            begins == (other->certified && other->qc.view == 0)) {
            return;
        }
    }
    uint32_t slot = script->known_count;
    if (slot < BLOCKS_MAX) {
        script->known_count++;
    } else {
        slot = 1 + next(script) % (BLOCKS_MAX - 1); /* genesis stays */
    }
    script->known[slot] = *known;
}

/* D hears of every block that an honest leader proposed, and of every epoch that one is in. */
static void listen(struct script *script)
{
    for (uint32_t i = 0; i < VALIDATORS; i++) {
        const struct world_node *node = &script->world->nodes[i];
        if (node->said[HS_OUTBOUND_PROPOSAL] > 0) {
            learn(script, &(struct known){.block = node->last[HS_OUTBOUND_PROPOSAL].block});
        }
        if (node->epoch > node->root.header.epoch) {
            learn(script, &(struct known){.block = node->root,
                                          .certified = true,
                                          .qc = {.epoch = node->epoch, .block_id = node->root.id}});
        }
    }
}

static void show(struct script *script, const struct world_message *message)
{
    uint32_t audience = next(script);
    for (uint32_t node = 0; node < D; node++) {
        if ((audience & (1u << node)) != 0 && script->world->nodes[node].running) {
            (void)core_world_give(script->world, node, D, message);
        }
    }
}

/* A view near the one in which some validator stands. */
static uint64_t any_view(struct script *script)
{
    uint32_t choice = next(script);
    uint32_t node = choice % D;
    uint64_t view = 1;
    if (script->world->nodes[node].running) {
        view = core_world_status(script->world, node).view;
    }
    uint64_t up = (choice / D) % 4;
    return view + up > 1 ? view + up - 1 : 1;
}

static const struct hs_tc *tc_for(struct script *script)
{
    return script->has_tc && next(script) % 4 != 0 ? &script->tc : NULL;
}

static void d_proposes(struct script *script)
{
    struct known *parent = any_known(script);
    uint64_t view = any_view(script);
    uint32_t odd = next(script);
    if (!parent->certified) {
        return;
    }
    view += (D + VALIDATORS - view % VALIDATORS) % VALIDATORS; /* one that D leads */
    struct hs_block block = core_world_block(script->world, D, view, &parent->block, &parent->qc);
    struct world_message message = core_world_proposal(script->world, &block, tc_for(script));
    if (odd % 16 == 1) {
        message.leader_vote.bytes[90] ^= 1;
    }
    learn(script, &(struct known){.block = block});
    show(script, &message);
}

static void d_votes(struct script *script)
{
    struct hs_vote vote = core_world_vote(script->world, D, &any_known(script)->block);
    if (next(script) % 8 == 1) {
        vote.signature.bytes[90] ^= 1;
    }
    struct world_message message = core_world_vote_message(&vote);
    show(script, &message);
}

static void d_changes_view(struct script *script)
{
    const struct known *high = any_known(script);
    if (!high->certified) {
        return;
    }
    struct hs_view_change view_change =
        core_world_view_change(script->world, D, any_view(script), &high->qc);
    uint32_t odd = next(script);
    if (odd % 8 == 1) {
        view_change.signature.bytes[90] ^= 1;
    }
    if (odd % 3 == 0) {
        view_change.has_last_vote = true;
        view_change.last_vote = core_world_vote(script->world, D, &any_known(script)->block);
    }
    struct world_message message = core_world_view_change_message(&view_change, tc_for(script));
    show(script, &message);
}

static void d_certifies(struct script *script)
{
    struct known *known = any_known(script);
    for (uint32_t left_out = 0; left_out <= VALIDATORS && !known->certified; left_out++) {
        uint32_t signers = 15u & ~(left_out == 0 ? 0u : 1u << (left_out - 1));
        known->certified = core_world_qc(script->world, &known->qc, &known->block, signers);
    }
    if (known->certified) {
        struct world_message message = core_world_qc_message(&known->qc);
        show(script, &message);
    }
}

static void d_makes_a_tc(struct script *script)
{
    const struct known *high = any_known(script);
    uint64_t view = any_view(script);
    struct hs_qc high_qc = high->certified && high->qc.view < view ? high->qc : script->known[0].qc;
    uint32_t left_out = next(script) % VALIDATORS;
    if (!core_world_tc(script->world, &script->tc, view, 15u & ~(1u << left_out), &high_qc)) {
        return;
    }
    script->has_tc = true;
    struct world_message message = {
        .type = HS_OUTBOUND_STATUS, .qc = script->tc.high_qc, .has_tc = true, .tc = script->tc};
    show(script, &message);
}

static void crash_or_start(struct script *script, uint32_t node)
{
    if (script->world->nodes[node].running) {
        core_world_crash(script->world, node);
    } else {
        core_world_start(script->world, node);
    }
}

/* What a driver may say at any time. */
static void odd_event(struct script *script, uint32_t index)
{
    static const enum hs_event_type types[] = {
        HS_EVENT_PEER_CONNECTED, HS_EVENT_PEER_BEHIND, HS_EVENT_TIMER,
        HS_EVENT_START,          HS_EVENT_BLOCK_BUILT, HS_EVENT_RECORD_DURABLE,
    };
    struct world_node *node = &script->world->nodes[index];
    struct hs_event event = {.type = types[next(script) % 6]};
    if (!node->running) {
        return;
    }
    if (event.type == HS_EVENT_RECORD_DURABLE) {
        event.record_sequence = node->durable.sequence;
    } else if (event.type == HS_EVENT_BLOCK_BUILT) {
        event.built.view = any_view(script) + 100;
    } else if (event.type == HS_EVENT_PEER_CONNECTED || event.type == HS_EVENT_PEER_BEHIND) {
        event.peer = next(script);
    }
    (void)core_world_step(script->world, index, &event);
}

static void give_fetched(struct script *script, uint32_t index)
{
    const struct known *known = any_known(script);
    struct hs_verified_block block;
    if (!known->certified || !script->world->nodes[index].running) {
        return;
    }
    struct hs_block copy = known->block;
    core_world_recover(script->world, &block, &copy);
    core_world_hold_block(script->world, index, &copy);
    struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
    (void)core_world_step(script->world, index, &event);
}

static void tell_work(struct script *script, uint32_t index)
{
    struct hs_event event = {.type = HS_EVENT_WORK_AVAILABLE};
    event.work.transactions = next(script);
    event.work.full_block = event.work.transactions % 2 == 1;
    if (script->world->nodes[index].running) {
        (void)core_world_step(script->world, index, &event);
    }
}

static void one_step(struct script *script)
{
    struct core_world *world = script->world;
    uint32_t choice = next(script);
    uint32_t node = (choice / 16) % D;
    switch (choice % 16) {
    case 0:
        (void)core_world_deliver(world);
        break;
    case 1:
        for (uint32_t i = 0; i < 20 && core_world_deliver(world); i++) {
        }
        break;
    case 2:
        world->random = next(script);
        (void)core_world_deliver_random(world, 40, 40);
        break;
    case 3:
        world->random = next(script);
        for (uint32_t i = 0; i < 10 && core_world_deliver_random(world, 20, 5); i++) {
        }
        break;
    case 4:
    case 5:
        core_world_wake_next(world);
        break;
    case 6:
        crash_or_start(script, node);
        break;
    case 7:
        d_proposes(script);
        break;
    case 8:
        d_votes(script);
        break;
    case 9:
        d_changes_view(script);
        break;
    case 10:
        d_certifies(script);
        break;
    case 11:
        d_makes_a_tc(script);
        break;
    case 12:
        world->nodes[node].hold = (uint32_t)WORLD_BIT(next(script) % WORLD_ACTION_TYPES) & HOLDABLE;
        world->nodes[node].stays = next(script) % 4 == 1;
        break;
    case 13:
        odd_event(script, node);
        break;
    case 14:
        give_fetched(script, node);
        break;
    case 15:
        tell_work(script, node);
        break;
    default:
        break;
    }
}

/* The faults end and D is silent. */
static void goes_on(struct core_world *world)
{
    uint64_t height = 0;
    for (uint32_t i = 0; i < D; i++) {
        struct world_node *node = &world->nodes[i];
        node->hold = 0;
        node->stays = false;
        if (!node->running) {
            core_world_start(world, i);
        }
        struct hs_event idle = {.type = HS_EVENT_WORK_AVAILABLE};
        (void)core_world_step(world, i, &idle);
        height = node->root.header.height > height ? node->root.header.height : height;
    }
    HS_ASSERT(core_world_run_to_height(world, height + 1, QUIET_NS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    static struct script script;
    script = (struct script){.data = data, .size = data_size};
    uint32_t kind = next(&script);
    bool must_go_on = kind % 2 == 1;
    script.world = core_world_new(&(struct core_world_config){
        .count = VALIDATORS, .puppets = 1u << D, .epoch_blocks = kind / 2 % 4});
    for (uint32_t i = 0; i < VALIDATORS; i++) {
        script.world->nodes[i].commits_lag = kind / 8 % 2 == 1;
    }
    script.known[0] = (struct known){
        .block = script.world->genesis, .certified = true, .qc = script.world->genesis_qc};
    script.known_count = 1;
    core_world_start_all(script.world);

    for (uint32_t steps = 0; steps < STEPS_MAX && script.offset < script.size; steps++) {
        one_step(&script);
        listen(&script);
        HS_ASSERT(script.world->violation[0] == '\0');
    }
    if (must_go_on) {
        goes_on(script.world);
    }
    HS_ASSERT(script.world->violation[0] == '\0');
    core_world_free(script.world);
    return 0;
}
