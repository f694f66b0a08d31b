/* equivocator: says two things where it may say one.
 *
 * When it leads it makes a second block beside its node's own, as good as the first, and signs both:
 * some validators get one, some the other, a few both. It votes for every block that it hears of,
 * and of two votes in one view it sends one to who aggregates and the other to who keeps it. All
 * of it is signed as it should be, so that only S2, S7 and S8 stand in its way; equivocators
 * vote for each other's blocks.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"

struct equivocator {
    uint64_t view; /* of the two blocks; 0: none yet */
    struct hs_block_id first_id;
    struct hs_block_id second_id;
    struct hs_message second;
    uint8_t *payload; /* of both */
    struct hs_bitmap gets_second;
    struct hs_bitmap gets_both;
};

static void end(struct hs_attacker *attacker)
{
    struct equivocator *state = attacker->state;
    free(state->payload);
}

/* Another block on the same parent, with the same payload: only the timestamp differs, and nothing
 * reads it. */
static void make_second(struct hs_attacker *attacker, const struct hs_message *first)
{
    struct equivocator *state = attacker->state;
    uint32_t count = hs_attack_count_of(attacker, first->proposal.header.epoch);
    state->view = first->proposal.header.view;
    state->second = *first;
    size_t size = first->proposal.payload.size;
    free(state->payload);
    state->payload = malloc(size > 0 ? size : 1);
    HS_ASSERT(state->payload != NULL);
    if (size > 0) {
        memcpy(state->payload, first->proposal.payload.data, size);
    }
    state->second.proposal.payload.data = state->payload;
    state->second.proposal.header.timestamp_ms += hs_random_between(&attacker->random, 1, 1000);
    hs_attack_sign_proposal(attacker, &state->second);
    hs_block_id_of(&state->first_id, &first->proposal.header, count);
    hs_block_id_of(&state->second_id, &state->second.proposal.header, count);
    state->gets_second = (struct hs_bitmap){{0}};
    state->gets_both = (struct hs_bitmap){{0}};
    for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
        if (hs_random_per_mille(&attacker->random, 500)) {
            hs_bitmap_set(&state->gets_second, i);
        }
        if (hs_random_per_mille(&attacker->random, 100)) {
            hs_bitmap_set(&state->gets_both, i);
        }
    }
}

/* One vote to each of the two who collect them, and the other way round by chance. */
static void vote_for_both(struct hs_attacker *attacker)
{
    const struct equivocator *state = attacker->state;
    bool swapped = hs_random_per_mille(&attacker->random, 500);
    const struct hs_block_id *to_next = swapped ? &state->second_id : &state->first_id;
    const struct hs_block_id *to_anybody = swapped ? &state->first_id : &state->second_id;
    uint32_t next_leader = hs_attack_leader(attacker, state->view + 1);
    uint32_t peer = hs_attack_draw_peer(attacker);
    if (next_leader != attacker->validator) {
        hs_attack_send_vote(attacker, next_leader, state->view, to_next);
    }
    if (peer != attacker->validator) {
        hs_attack_send_vote(attacker, peer, state->view, to_anybody);
    }
}

static void propose(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                    const struct hs_message *message)
{
    struct equivocator *state = attacker->state;
    if (state->view != message->proposal.header.view) {
        make_second(attacker, message);
        vote_for_both(attacker);
    }
    bool second = hs_bitmap_get(&state->gets_second, to);
    bool both = hs_bitmap_get(&state->gets_both, to);
    if (!second || both) {
        hs_attacker_forward(attacker, to, buffer);
    }
    if (second || both) {
        hs_attacker_send(attacker, to, &state->second);
    }
}

/* Its node's vote goes to the next leader; the view's leader gets one for a block that nobody has
 * seen, or for the parent again. */
static void vote(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                 const struct hs_message *message)
{
    const struct hs_vote *own = &message->vote;
    bool lies = to == hs_attack_leader(attacker, own->view) &&
                to != hs_attack_leader(attacker, own->view + 1) &&
                hs_random_per_mille(&attacker->random, 500);
    if (!lies) {
        hs_attacker_forward(attacker, to, buffer);
        return;
    }
    struct hs_block_id other = own->block_id;
    other.bytes[0] ^= 1;
    hs_attack_send_vote(attacker, to, own->view, &other);
}

/* Two view changes of one view are no evidence (S6); two last votes in them are (S8). */
static void change_view(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                        const struct hs_message *message)
{
    const struct equivocator *state = attacker->state;
    const struct hs_view_change *own = &message->view_change.view_change;
    hs_attacker_forward(attacker, to, buffer);
    if (!own->has_last_vote || own->last_vote.view != state->view ||
        hs_random_per_mille(&attacker->random, 500)) {
        return;
    }
    struct hs_message other = *message;
    hs_attack_make_vote(attacker, attacker->validator, &other.view_change.view_change.last_vote,
                        state->view, &state->second_id);
    hs_attacker_send(attacker, to, &other);
}

static void sends(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    bool own_proposal = message->type == HS_MESSAGE_PROPOSAL &&
                        message->proposal.header.proposer == attacker->validator;
    if (own_proposal) {
        propose(attacker, to, buffer, message);
    } else if (message->type == HS_MESSAGE_VOTE) {
        vote(attacker, to, buffer, message);
    } else if (message->type == HS_MESSAGE_VIEW_CHANGE) {
        change_view(attacker, to, buffer, message);
    } else {
        hs_attacker_forward(attacker, to, buffer);
    }
}

/* Its own node takes the first block it hears of; the attacker votes for each. */
static bool hears(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    (void)buffer;
    if (message->type == HS_MESSAGE_PROPOSAL &&
        hs_attack_is_byzantine(attacker, message->proposal.header.proposer) &&
        message->proposal.header.proposer == from) {
        struct hs_block_id id;
        hs_block_id_of(&id, &message->proposal.header,
                       hs_attack_count_of(attacker, message->proposal.header.epoch));
        hs_attack_cast_vote(attacker, message->proposal.header.view, &id);
    }
    return true;
}

const struct hs_attack hs_attack_equivocator = {
    .name = "equivocator",
    .state_bytes = sizeof(struct equivocator),
    .end = end,
    .sends = sends,
    .hears = hears,
};
