/* forger: shows certificates and statements that are wrong in one thing (sim/forgeries.h).
 *
 * It takes a message that it heard, or its node said, makes a forgery of it, with the keys of all
 * Byzantine validators and the votes it heard, and sends it to some or to all. Its node goes on as
 * if nothing was.
 */
#include <string.h>

#include "base/bitmap.h"
#include "sim/attack_memory.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"
#include "sim/forgeries.h"

#define MILLISECOND_NS UINT64_C(1000000)
/* Lines that are tried for one message, until one can be made. */
#define TRIALS 16u

static void act_later(struct hs_attacker *attacker)
{
    hs_attack_act_between(attacker, 5 * MILLISECOND_NS, 60 * MILLISECOND_NS);
}

static void start(struct hs_attacker *attacker)
{
    hs_attack_memory_init(attacker->state, attacker);
    act_later(attacker);
}

static void make_forger(struct hs_attacker *attacker, struct hs_forger *forger)
{
    const struct hs_attack_memory *memory = attacker->state;
    *forger = (struct hs_forger){
        .cluster = hs_world_cluster(attacker->world),
        .set = hs_attack_set(attacker),
        .vote_epoch = memory->vote_epoch,
        .vote_view = memory->vote_view,
        .vote_block_id = memory->vote_block_id,
        .voters = memory->voters,
        .votes = memory->votes,
    };
    for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
        if (hs_attack_is_byzantine(attacker, i)) {
            hs_bitmap_set(&forger->keys, i);
        }
    }
    const struct hs_attack_block *other = hs_attack_memory_draw_block(memory, &attacker->random);
    forger->other_qc = other->qc;
    forger->other_height = other->header.height;
}

/* Its own name where it stands another's: L9 would refuse the message before it is looked at. */
static void put_own_name(struct hs_attacker *attacker, struct hs_message *message)
{
    if (message->type == HS_MESSAGE_VIEW_CHANGE) {
        message->view_change.view_change.has_last_vote = false;
        hs_attack_sign_view_change(attacker, &message->view_change.view_change);
    } else if (message->type == HS_MESSAGE_VOTE) {
        hs_attack_make_vote(attacker, attacker->validator, &message->vote, message->vote.view,
                            &message->vote.block_id);
    }
}

/* The votes that were heard of the last view, summed: less than a certificate, or a true one. */
static bool sum_votes(const struct hs_forger *forger, struct hs_message *message)
{
    message->type = HS_MESSAGE_QC;
    message->qc = (struct hs_qc){.epoch = forger->vote_epoch,
                                 .view = forger->vote_view,
                                 .block_id = forger->vote_block_id,
                                 .signers = forger->voters};
    message->has_next_proof = false;
    struct hs_statement statement = {.type = HS_STATEMENT_VOTE,
                                     .epoch = message->qc.epoch,
                                     .view = message->qc.view,
                                     .block_id = message->qc.block_id};
    return hs_forger_aggregate(forger, &message->qc.aggregate, &message->qc.signers, &statement);
}

static bool draw_right(struct hs_attacker *attacker, const struct hs_forger *forger,
                       struct hs_message *message)
{
    if (hs_random_per_mille(&attacker->random, 200)) {
        return sum_votes(forger, message);
    }
    const struct hs_buffer *buffer =
        hs_attack_memory_draw_message(attacker->state, &attacker->random);
    if (buffer == NULL) {
        return false;
    }
    struct hs_bytes bytes = {buffer->data, buffer->size};
    uint64_t epoch = attacker->epoch;
    (void)hs_message_epoch(bytes, &epoch);
    return epoch == attacker->epoch &&
           hs_message_decode(message, bytes, hs_attack_validator_count(attacker)) == HS_OK;
}

static void act(struct hs_attacker *attacker)
{
    struct hs_forger forger;
    struct hs_message right;
    struct hs_message wrong;
    make_forger(attacker, &forger);
    act_later(attacker);
    if (!draw_right(attacker, &forger, &right)) {
        return;
    }
    put_own_name(attacker, &right);
    for (uint32_t i = 0; i < TRIALS; i++) {
        const struct hs_forgery *forgery =
            &hs_forgeries[hs_random_below(&attacker->random, hs_forgery_count)];
        wrong = right;
        if (!hs_forge(&forger, forgery, &wrong, hs_random_per_mille(&attacker->random, 300))) {
            continue;
        }
        if (hs_random_per_mille(&attacker->random, 500)) {
            hs_attack_send_to_all(attacker, &wrong);
        } else {
            hs_attacker_send(attacker, hs_attack_draw_peer(attacker), &wrong);
        }
        return;
    }
}

static void sends(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    hs_attack_memory_take(attacker->state, attacker, buffer, message);
    hs_attacker_forward(attacker, to, buffer);
}

const struct hs_attack hs_attack_forger = {
    .name = "forger",
    .state_bytes = sizeof(struct hs_attack_memory),
    .start = start,
    .end = hs_attack_memory_end,
    .sends = sends,
    .hears = hs_attack_memory_hears,
    .acts = act,
};
