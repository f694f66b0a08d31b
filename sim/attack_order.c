/* sandwicher: sees what is revealed before anybody acts on it, because it waits in its pool, and
 * would have its own transfer before it in the block that it proposes (M3).
 *
 * It puts its own transfer in front, or a reveal of its own whose commitment is younger; turns the
 * order of reveals round, or puts them last. None of that is a block that anybody takes. What it
 * may do is leave the reveals out, and so be before them by a block; the next correct leader ends
 * that (M5).
 */
#include "sim/attack_order.h"

#include "sim/attack_block.h"
#include "sim/private_transfer.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define SECOND_NS      UINT64_C(1000000000)
#define TIP            5u
#define WAY_DRAWN      HS_SANDWICHES

struct sandwicher {
    struct hs_attack_block_maker maker;
    struct hs_sandwich_counts counts;
    uint32_t way; /* WAY_DRAWN: another one each time */
    /* Its own commitments, to have a reveal at hand: the last one, and the last that waits. */
    struct hs_private_transfer last;
    struct hs_private_transfer own;
    struct hs_commit_place place; /* of `own` */
    bool commits;                 /* there is a last one */
    bool waits;                   /* there is one that waits */
};

const struct hs_sandwich_counts *hs_attack_sandwiches(const struct hs_attacker *attacker)
{
    const struct sandwicher *state = attacker->state;
    return &state->counts;
}

void hs_attack_sandwich_always(struct hs_attacker *attacker, enum hs_sandwich way)
{
    struct sandwicher *state = attacker->state;
    state->way = way;
}

static void start(struct hs_attacker *attacker)
{
    struct sandwicher *state = attacker->state;
    state->way = WAY_DRAWN;
    hs_attack_act_between(attacker, MILLISECOND_NS, SECOND_NS);
}

static void end(struct hs_attacker *attacker)
{
    struct sandwicher *state = attacker->state;
    hs_attack_maker_release(&state->maker);
}

/* -- its own commitments ---------------------------------------------------------------------- */

static bool find(const struct hs_attacker *attacker, const struct hs_private_transfer *transfer,
                 struct hs_commit_place *place)
{
    return hs_checkers_commit_place(hs_world_checkers(attacker->world), place, transfer->from,
                                    transfer->commit_nonce);
}

static void look_for_own(struct hs_attacker *attacker)
{
    struct sandwicher *state = attacker->state;
    struct hs_commit_place place;
    if (state->commits && find(attacker, &state->last, &place)) {
        state->own = state->last;
        state->waits = true;
    }
    state->waits = state->waits && find(attacker, &state->own, &state->place);
}

/* Again and again: one that is younger than what is revealed next. */
static void act(struct hs_attacker *attacker)
{
    struct sandwicher *state = attacker->state;
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    const struct hs_node *node = hs_world_node(attacker->world, attacker->process);
    uint32_t account;
    hs_attack_act_between(attacker, 50 * MILLISECOND_NS, 400 * MILLISECOND_NS);
    if (node == NULL || !hs_attack_account(attacker, &account)) {
        return;
    }
    look_for_own(attacker);
    hs_private_transfer_draw(&state->last, &attacker->random, cluster, account, account, 1);
    state->last.commit_nonce = hs_node_next_nonce(node, &cluster->accounts[account].address);
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_private_commit_encode(bytes, cluster, &state->last, TIP);
    state->commits = hs_world_submit_bytes(attacker->world, attacker->process,
                                           (struct hs_bytes){bytes, size}) == HS_OK;
}

/* -- its blocks ------------------------------------------------------------------------------- */

static bool add_transfer(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct sandwicher *state = attacker->state;
    struct hs_amount max_fee = own->proposal.header.base_fee;
    return hs_attack_add_transfers(attacker, &state->maker, own, 1, max_fee);
}

/* Whether some reveal of the block is of an older commitment: else its own might stand there. */
static bool is_younger(const struct sandwicher *state)
{
    bool younger = false;
    for (size_t i = 0; i < state->maker.own_count; i++) {
        struct hs_transaction other;
        if (hs_attack_is_reveal(state->maker.own[i]) &&
            hs_transaction_decode(&other, state->maker.own[i]) == HS_OK) {
            younger = younger || other.reveal.commit_height < state->place.height;
        }
    }
    return younger;
}

static bool add_own_reveal(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct sandwicher *state = attacker->state;
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    uint64_t nonce;
    look_for_own(attacker);
    if (!state->waits || !is_younger(state) ||
        !hs_attack_nonce_below(attacker, own, state->own.from, &nonce)) {
        return false;
    }
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_private_reveal_encode(bytes, cluster, &state->own, &state->place, nonce, 0);
    hs_attack_add_copy(&state->maker, bytes, size);
    return true;
}

static void add_reveals_reversed(struct hs_attack_block_maker *maker)
{
    for (size_t i = maker->own_count; i > 0; i--) {
        if (hs_attack_is_reveal(maker->own[i - 1])) {
            hs_attack_add(maker, maker->own[i - 1]);
        }
    }
}

/* False: it can't be tried with what there is. */
static bool arrange(struct hs_attacker *attacker, enum hs_sandwich way,
                    const struct hs_message *own)
{
    struct sandwicher *state = attacker->state;
    struct hs_attack_block_maker *maker = &state->maker;
    bool possible = true;
    switch (way) {
    case HS_SANDWICH_FRONT:
        possible = add_transfer(attacker, own);
        hs_attack_add_own(maker, true);
        break;
    case HS_SANDWICH_OWN_REVEAL:
        possible = add_own_reveal(attacker, own);
        hs_attack_add_own(maker, true);
        break;
    case HS_SANDWICH_REVERSED:
        possible = hs_attack_own_reveals(maker) >= 2;
        add_reveals_reversed(maker);
        break;
    case HS_SANDWICH_BEHIND:
        possible = add_transfer(attacker, own);
        hs_attack_add_own(maker, false);
        hs_attack_add_own(maker, true);
        return possible;
    case HS_SANDWICH_LEFT_OUT:
        possible = add_transfer(attacker, own);
        return possible; /* what others sent may have nonces behind those of reveals */
    }
    hs_attack_add_own(maker, false);
    return possible;
}

static void make(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct sandwicher *state = attacker->state;
    bool drawn = state->way == WAY_DRAWN;
    if (hs_attack_own_reveals(&state->maker) == 0 ||
        (drawn && hs_random_per_mille(&attacker->random, 300))) {
        return;
    }
    uint32_t way = drawn ? (uint32_t)hs_random_below(&attacker->random, HS_SANDWICHES) : state->way;
    if (arrange(attacker, (enum hs_sandwich)way, own)) {
        bool taken = hs_attack_finish(attacker, &state->maker, own, own->proposal.header.base_fee);
        state->counts.tried[way]++;
        state->counts.taken[way] += taken ? 1 : 0;
    }
}

static void sends(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    struct sandwicher *state = attacker->state;
    hs_attack_make_blocks(attacker, &state->maker, to, buffer, message, make);
}

const struct hs_attack hs_attack_sandwicher = {
    .name = "sandwicher",
    .state_bytes = sizeof(struct sandwicher),
    .start = start,
    .end = end,
    .sends = sends,
    .acts = act,
};
