/* far-future: speaks of views that are far ahead of all others.
 *
 * Votes, view changes, certificates and proposals of views from two ahead to the last that there is,
 * signed as well as it can: with its own key, or with a true signature of another view. No entry to
 * such a view can be proved (L6), so nobody may follow. Its own node's certificates go out late
 * or not at all, so that the others are sometimes behind what it could prove.
 */
#include <string.h>

#include "base/bitmap.h"
#include "sim/attack_memory.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"

#define MILLISECOND_NS UINT64_C(1000000)

static void act_later(struct hs_attacker *attacker)
{
    hs_attack_act_between(attacker, 10 * MILLISECOND_NS, 80 * MILLISECOND_NS);
}

static void start(struct hs_attacker *attacker)
{
    hs_attack_memory_init(attacker->state, attacker);
    act_later(attacker);
}

static uint64_t draw_view(struct hs_attacker *attacker)
{
    static const uint64_t steps[] = {2, 3, 10, 1000, UINT64_C(1) << 32, UINT64_C(1) << 62};
    uint64_t way = hs_random_below(&attacker->random, 8);
    if (way >= 6) {
        return UINT64_MAX - (way - 6);
    }
    return hs_attack_view(attacker) + steps[way];
}

/* A certificate of a far view by the one signature it has; or a true one, that says it is. */
static void forge_qc(struct hs_attacker *attacker, struct hs_qc *qc, uint64_t view)
{
    const struct hs_attack_memory *memory = attacker->state;
    *qc = hs_attack_memory_last_block(memory, UINT64_MAX)->qc;
    uint64_t true_view = qc->view;
    qc->view = view;
    if (true_view == 0 || hs_random_per_mille(&attacker->random, 500)) {
        struct hs_vote vote;
        hs_attack_make_vote(attacker, attacker->validator, &vote, view, &qc->block_id);
        qc->signers = (struct hs_bitmap){{0}};
        for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
            hs_bitmap_set(&qc->signers, i);
        }
        qc->aggregate = vote.signature;
    }
}

/* Of one group: itself, or everybody by its word alone. */
static void forge_tc(struct hs_attacker *attacker, struct hs_tc *tc, uint64_t view)
{
    const struct hs_attack_memory *memory = attacker->state;
    struct hs_view_change signed_one = {
        .epoch = attacker->epoch,
        .view = view,
        .high_qc = hs_attack_memory_last_block(memory, UINT64_MAX)->qc,
    };
    hs_attack_sign_view_change(attacker, &signed_one);
    memset(tc, 0, sizeof(*tc));
    tc->epoch = signed_one.epoch;
    tc->view = view;
    tc->high_qc = signed_one.high_qc;
    tc->group_count = 1;
    tc->groups[0].high_qc_view = tc->high_qc.view;
    tc->groups[0].aggregate = signed_one.signature;
    hs_bitmap_set(&tc->groups[0].signers, attacker->validator);
    bool by_all = hs_random_per_mille(&attacker->random, 500);
    for (uint32_t i = 0; by_all && i < hs_attack_validator_count(attacker); i++) {
        hs_bitmap_set(&tc->groups[0].signers, i);
    }
}

static void make_view_change(struct hs_attacker *attacker, struct hs_message *message,
                             uint64_t view)
{
    const struct hs_attack_memory *memory = attacker->state;
    struct hs_view_change *view_change = &message->view_change.view_change;
    message->type = HS_MESSAGE_VIEW_CHANGE;
    view_change->epoch = attacker->epoch;
    view_change->view = view;
    if (hs_random_per_mille(&attacker->random, 500)) {
        forge_qc(attacker, &view_change->high_qc, view - 1);
    } else {
        view_change->high_qc = hs_attack_memory_last_block(memory, UINT64_MAX)->qc;
        message->view_change.has_tc = view_change->high_qc.view + 1 < view; /* L6 */
        forge_tc(attacker, &message->view_change.tc, view - 1);
    }
    hs_attack_sign_view_change(attacker, view_change);
}

static void make_status(struct hs_attacker *attacker, struct hs_message *message, uint64_t view)
{
    const struct hs_attack_memory *memory = attacker->state;
    message->type = HS_MESSAGE_STATUS;
    message->status.high_qc = hs_attack_memory_last_block(memory, UINT64_MAX)->qc;
    message->status.has_tc = hs_random_per_mille(&attacker->random, 500);
    if (message->status.has_tc) {
        forge_tc(attacker, &message->status.tc, view);
    } else {
        forge_qc(attacker, &message->status.high_qc, view);
    }
}

static void make_proposal(struct hs_attacker *attacker, struct hs_message *message, uint64_t view)
{
    const struct hs_attack_memory *memory = attacker->state;
    const struct hs_attack_block *parent = hs_attack_memory_last_block(memory, UINT64_MAX);
    struct hs_block_header *header = &message->proposal.header;
    message->type = HS_MESSAGE_PROPOSAL;
    *header = parent->header;
    header->view = view;
    header->height = parent->header.height + 1;
    header->parent_id = parent->id;
    header->justify = parent->qc;
    header->payload_bytes = 0;
    header->transaction_count = 0;
    header->timestamp_ms++;
    message->proposal.has_tc = hs_random_per_mille(&attacker->random, 500);
    if (message->proposal.has_tc) {
        forge_tc(attacker, &message->proposal.tc, view - 1);
    }
    hs_attack_sign_proposal(attacker, message);
}

static void act(struct hs_attacker *attacker)
{
    struct hs_message message = {.type = HS_MESSAGE_QC};
    uint64_t view = draw_view(attacker);
    const struct hs_attack_memory *memory = attacker->state;
    switch (hs_random_below(&attacker->random, 6)) {
    case 0:
        forge_qc(attacker, &message.qc, view);
        break;
    case 1:
        make_view_change(attacker, &message, view);
        break;
    case 2:
        make_status(attacker, &message, view);
        break;
    case 3:
        make_proposal(attacker, &message, view);
        break;
    default:
        message.type = HS_MESSAGE_VOTE;
        hs_attack_make_vote(attacker, attacker->validator, &message.vote, view,
                            &hs_attack_memory_last_block(memory, UINT64_MAX)->id);
        break;
    }
    if (hs_random_per_mille(&attacker->random, 500)) {
        hs_attacker_send(attacker, hs_attack_draw_peer(attacker), &message);
    } else {
        hs_attack_send_to_all(attacker, &message);
    }
    act_later(attacker);
}

static void sends(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    hs_attack_memory_take(attacker->state, attacker, buffer, message);
    if (message->type != HS_MESSAGE_QC || hs_random_per_mille(&attacker->random, 500)) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

const struct hs_attack hs_attack_far_future = {
    .name = "far-future",
    .state_bytes = sizeof(struct hs_attack_memory),
    .start = start,
    .end = hs_attack_memory_end,
    .sends = sends,
    .hears = hs_attack_memory_hears,
    .acts = act,
};
