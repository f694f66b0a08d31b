/* mutator: changes what its node says, and what it has overheard, before it goes out.
 *
 * Fields: a view one off, another epoch, another's name, an older certificate, what belongs to one
 * message in another; signed anew or as it was. Bytes: bits flipped, the end cut off or something
 * added, the type of another message.
 */
#include <string.h>

#include "sim/attack_memory.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"

struct mutator {
    struct hs_attack_memory memory;
    uint32_t own_per_mille;
    uint32_t heard_per_mille;
};

static void start(struct hs_attacker *attacker)
{
    static const uint32_t shares[] = {20, 200, 800};
    struct mutator *state = attacker->state;
    hs_attack_memory_init(&state->memory, attacker);
    state->own_per_mille = shares[hs_random_below(&attacker->random, 3)];
    state->heard_per_mille = state->own_per_mille / 10;
}

static void end(struct hs_attacker *attacker)
{
    struct mutator *state = attacker->state;
    hs_attack_memory_release(&state->memory);
}

/* -- fields ---------------------------------------------------------------------------------- */

static bool heads(struct hs_attacker *attacker)
{
    return hs_random_per_mille(&attacker->random, 500);
}

static void change_view(struct hs_attacker *attacker, uint64_t *view)
{
    *view = heads(attacker) ? *view + 1 : *view - 1;
}

static void change_qc(struct hs_attacker *attacker, struct hs_qc *qc)
{
    const struct mutator *state = attacker->state;
    const struct hs_attack_block *other =
        hs_attack_memory_draw_block(&state->memory, &attacker->random);
    switch (hs_random_below(&attacker->random, 6)) {
    case 0:
        change_view(attacker, &qc->view);
        return;
    case 1:
        qc->epoch++;
        return;
    case 2:
        qc->block_id = other->id;
        return;
    case 3:
        qc->aggregate = other->qc.aggregate;
        return;
    case 4:
        qc->signers.bytes[0] ^= (uint8_t)(1u << hs_random_below(&attacker->random, 8));
        return;
    default:
        *qc = other->qc;
        return;
    }
}

static void change_tc(struct hs_attacker *attacker, struct hs_tc *tc)
{
    const struct mutator *state = attacker->state;
    struct hs_tc_group *group = &tc->groups[hs_random_below(&attacker->random, tc->group_count)];
    switch (hs_random_below(&attacker->random, 6)) {
    case 0:
        change_view(attacker, &tc->view);
        return;
    case 1:
        change_qc(attacker, &tc->high_qc);
        return;
    case 2:
        change_view(attacker, &group->high_qc_view);
        return;
    case 3:
        group->signers.bytes[0] ^= (uint8_t)(1u << hs_random_below(&attacker->random, 8));
        return;
    case 4:
        tc->group_count--;
        return;
    default:
        if (state->memory.has_tc) {
            *tc = state->memory.tc;
        }
        return;
    }
}

static void change_header(struct hs_attacker *attacker, struct hs_block_header *header)
{
    switch (hs_random_below(&attacker->random, 10)) {
    case 0:
        change_view(attacker, &header->view);
        return;
    case 1:
        change_view(attacker, &header->height);
        return;
    case 2:
        header->epoch++;
        return;
    case 3:
        header->timestamp_ms = 0;
        return;
    case 4:
        header->parent_id.bytes[31] ^= 1;
        return;
    case 5:
        header->payload_root.bytes[0] ^= 1;
        return;
    case 6:
        header->state_root.bytes[0] ^= 1;
        return;
    case 7:
        header->transaction_count++;
        return;
    case 8:
        header->base_fee.units++;
        return;
    default:
        change_qc(attacker, &header->justify);
        return;
    }
}

static void change_proposal(struct hs_attacker *attacker, struct hs_message *message)
{
    const struct mutator *state = attacker->state;
    if (message->proposal.has_tc && heads(attacker)) {
        change_tc(attacker, &message->proposal.tc);
    } else if (heads(attacker)) {
        change_header(attacker, &message->proposal.header);
    } else {
        message->proposal.has_tc = !message->proposal.has_tc && state->memory.has_tc;
        message->proposal.tc = state->memory.tc;
    }
    if (heads(attacker)) {
        hs_attack_sign_proposal(attacker, message);
    }
}

static void change_vote(struct hs_attacker *attacker, struct hs_vote *vote)
{
    const struct mutator *state = attacker->state;
    switch (hs_random_below(&attacker->random, 4)) {
    case 0:
        change_view(attacker, &vote->view);
        break;
    case 1:
        vote->epoch++;
        break;
    case 2:
        vote->block_id = hs_attack_memory_draw_block(&state->memory, &attacker->random)->id;
        break;
    default:
        vote->voter = hs_attack_draw_peer(attacker);
        break;
    }
    if (heads(attacker)) {
        hs_attack_make_vote(attacker, attacker->validator, vote, vote->view, &vote->block_id);
    }
}

static void change_view_change(struct hs_attacker *attacker, struct hs_message *message)
{
    struct hs_view_change *view_change = &message->view_change.view_change;
    switch (hs_random_below(&attacker->random, 6)) {
    case 0:
        change_view(attacker, &view_change->view);
        break;
    case 1:
        change_qc(attacker, &view_change->high_qc);
        break;
    case 2:
        change_view(attacker, &view_change->last_vote.view);
        break;
    case 3:
        view_change->last_vote.block_id.bytes[0] ^= 1;
        break;
    case 4:
        view_change->author = hs_attack_draw_peer(attacker);
        view_change->last_vote.voter = view_change->author;
        break;
    default:
        if (message->view_change.has_tc) {
            change_tc(attacker, &message->view_change.tc);
        }
        break;
    }
    if (heads(attacker)) {
        hs_attack_sign_view_change(attacker, view_change);
    }
}

/* The certificate, or what proves a turn beside it (P3). */
static void change_certificate(struct hs_attacker *attacker, struct hs_message *message)
{
    if (!message->has_next_proof || heads(attacker)) {
        change_qc(attacker, &message->qc);
    } else {
        message->next_proof = message->qc.aggregate;
    }
}

static void change_fields(struct hs_attacker *attacker, struct hs_message *message)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        change_proposal(attacker, message);
        return;
    case HS_MESSAGE_VOTE:
        change_vote(attacker, &message->vote);
        return;
    case HS_MESSAGE_QC:
        change_certificate(attacker, message);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        change_view_change(attacker, message);
        return;
    case HS_MESSAGE_STATUS:
        if (message->status.has_tc && heads(attacker)) {
            change_tc(attacker, &message->status.tc);
        } else {
            change_qc(attacker, &message->status.high_qc);
        }
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
        message->block_request.bytes[0] ^= 1;
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        if (message->block_response.has_block) {
            change_header(attacker, &message->block_response.header);
        }
        return;
    case HS_MESSAGE_RANGE_REQUEST:
        message->range_request.from_height = hs_random_next(&attacker->random);
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        if (message->range_response.has_qc) {
            change_qc(attacker, &message->range_response.qc);
        }
        return;
    case HS_MESSAGE_TRANSACTIONS:
        return;
    }
}

/* -- bytes ----------------------------------------------------------------------------------- */

#define FLIPS_MAX 4u

static void send_with_bits_flipped(struct hs_attacker *attacker, uint32_t to,
                                   const struct hs_buffer *buffer)
{
    struct hs_buffer *changed = hs_buffer_new(buffer->size);
    if (changed == NULL) {
        return;
    }
    memcpy(changed->data, buffer->data, buffer->size);
    uint64_t flips = hs_random_between(&attacker->random, 1, FLIPS_MAX);
    for (uint64_t i = 0; i < flips; i++) {
        uint64_t bit = hs_random_below(&attacker->random, (uint64_t)buffer->size * 8);
        changed->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    hs_attacker_forward(attacker, to, changed);
    hs_buffer_release(changed);
}

static void send_of_other_size(struct hs_attacker *attacker, uint32_t to,
                               const struct hs_buffer *buffer)
{
    uint32_t size = heads(attacker)
                        ? (uint32_t)hs_random_between(&attacker->random, 1, buffer->size)
                        : buffer->size + (uint32_t)hs_random_between(&attacker->random, 1, 64);
    if (size > HS_MESSAGE_BYTES_MAX) {
        return;
    }
    struct hs_buffer *changed = hs_buffer_new(size);
    if (changed == NULL) {
        return;
    }
    memset(changed->data, 0, size);
    memcpy(changed->data, buffer->data, size < buffer->size ? size : buffer->size);
    hs_attacker_forward(attacker, to, changed);
    hs_buffer_release(changed);
}

static void send_of_other_type(struct hs_attacker *attacker, uint32_t to,
                               const struct hs_buffer *buffer)
{
    struct hs_buffer *changed = hs_buffer_new(buffer->size);
    if (changed == NULL) {
        return;
    }
    memcpy(changed->data, buffer->data, buffer->size);
    changed->data[0] = (uint8_t)hs_random_below(&attacker->random, 12);
    hs_attacker_forward(attacker, to, changed);
    hs_buffer_release(changed);
}

/* -- the attacker ------------------------------------------------------------------------------ */

static void send_mutated(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                         const struct hs_message *message)
{
    struct hs_message changed = *message;
    switch (hs_random_below(&attacker->random, 6)) {
    case 0:
        send_with_bits_flipped(attacker, to, buffer);
        return;
    case 1:
        send_of_other_size(attacker, to, buffer);
        return;
    case 2:
        send_of_other_type(attacker, to, buffer);
        return;
    default:
        change_fields(attacker, &changed);
        hs_attacker_send(attacker, to, &changed);
        return;
    }
}

static void sends(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    const struct mutator *state = attacker->state;
    if (hs_random_per_mille(&attacker->random, state->own_per_mille)) {
        send_mutated(attacker, to, buffer, message);
    } else {
        hs_attacker_forward(attacker, to, buffer);
    }
}

static bool hears(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    (void)from;
    struct mutator *state = attacker->state;
    hs_attack_memory_take(&state->memory, attacker, buffer, message);
    if (hs_random_per_mille(&attacker->random, state->heard_per_mille)) {
        send_mutated(attacker, hs_attack_draw_peer(attacker), buffer, message);
    }
    return true;
}

const struct hs_attack hs_attack_mutator = {
    .name = "mutator",
    .state_bytes = sizeof(struct mutator),
    .start = start,
    .end = end,
    .sends = sends,
    .hears = hears,
};
