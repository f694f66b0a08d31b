/* Validators that keep back what the others wait for. The chain pays a timeout or the backup's
 * delay for them, and nothing else.
 *
 *   vote-withholder    votes never, or not always
 *   qc-withholder      makes certificates, and shows them to nobody, or to one
 *   silent-leader      proposes nothing
 *   selective-sender   proposes, and shows its certificates, to as many as make a quorum with it, or
 *                      to some of them
 */
#include "base/bitmap.h"
#include "consensus/validator_set.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"

/* -- vote-withholder ------------------------------------------------------------------------ */

struct vote_withholder {
    uint32_t lost_per_mille;
};

static void choose_votes(struct hs_attacker *attacker)
{
    static const uint32_t shares[] = {1000, 500, 200};
    struct vote_withholder *state = attacker->state;
    state->lost_per_mille = shares[hs_random_below(&attacker->random, 3)];
}

/* The last vote that a view change carries counts as one (L5). */
static void send_without_vote(struct hs_attacker *attacker, uint32_t to,
                              const struct hs_message *message)
{
    struct hs_message changed = *message;
    changed.view_change.view_change.has_last_vote = false;
    hs_attacker_send(attacker, to, &changed);
}

static void withhold_votes(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                           const struct hs_message *message)
{
    const struct vote_withholder *state = attacker->state;
    bool has_vote =
        message->type == HS_MESSAGE_VOTE ||
        (message->type == HS_MESSAGE_VIEW_CHANGE && message->view_change.view_change.has_last_vote);
    if (!has_vote || !hs_random_per_mille(&attacker->random, state->lost_per_mille)) {
        hs_attacker_forward(attacker, to, buffer);
    } else if (message->type == HS_MESSAGE_VIEW_CHANGE) {
        send_without_vote(attacker, to, message);
    }
}

const struct hs_attack hs_attack_vote_withholder = {
    .name = "vote-withholder",
    .state_bytes = sizeof(struct vote_withholder),
    .start = choose_votes,
    .sends = withhold_votes,
};

/* -- qc-withholder -------------------------------------------------------------------------- */

static bool shows_certificate(const struct hs_message *message)
{
    return message->type == HS_MESSAGE_QC || message->type == HS_MESSAGE_PROPOSAL ||
           message->type == HS_MESSAGE_STATUS;
}

struct qc_withholder {
    bool shows_to_one;
    uint64_t view; /* for which `confidant` was drawn */
    uint32_t confidant;
};

static void choose_certificates(struct hs_attacker *attacker)
{
    struct qc_withholder *state = attacker->state;
    state->shows_to_one = hs_random_per_mille(&attacker->random, 500);
}

static void withhold_certificates(struct hs_attacker *attacker, uint32_t to,
                                  struct hs_buffer *buffer, const struct hs_message *message)
{
    struct qc_withholder *state = attacker->state;
    uint64_t view = hs_attack_view(attacker);
    if (state->view != view) {
        state->view = view;
        state->confidant = hs_attack_draw_peer(attacker);
    }
    if (!shows_certificate(message) || (state->shows_to_one && to == state->confidant)) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

const struct hs_attack hs_attack_qc_withholder = {
    .name = "qc-withholder",
    .state_bytes = sizeof(struct qc_withholder),
    .start = choose_certificates,
    .sends = withhold_certificates,
};

/* -- silent-leader -------------------------------------------------------------------------- */

static void withhold_proposals(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                               const struct hs_message *message)
{
    if (message->type != HS_MESSAGE_PROPOSAL) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

const struct hs_attack hs_attack_silent_leader = {
    .name = "silent-leader",
    .sends = withhold_proposals,
};

/* -- selective-sender ------------------------------------------------------------------------ */

struct selective_sender {
    bool to_quorum; /* else to any subset */
    uint64_t view;  /* for which `chosen` was drawn */
    struct hs_bitmap chosen;
};

static void choose_sending(struct hs_attacker *attacker)
{
    struct selective_sender *state = attacker->state;
    state->to_quorum = hs_random_per_mille(&attacker->random, 500);
}

static void draw_chosen(struct hs_attacker *attacker, struct selective_sender *state)
{
    const struct hs_validator_set *set = hs_attack_set(attacker);
    state->chosen = (struct hs_bitmap){{0}};
    hs_bitmap_set(&state->chosen, attacker->validator);
    uint32_t first = (uint32_t)hs_random_below(&attacker->random, set->count);
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t validator = (first + i) % set->count;
        bool enough = hs_validator_set_weight_of(set, &state->chosen) >= hs_attack_quorum(attacker);
        if (state->to_quorum ? !enough : hs_random_per_mille(&attacker->random, 500)) {
            hs_bitmap_set(&state->chosen, validator);
        }
    }
}

static void send_to_chosen(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                           const struct hs_message *message)
{
    struct selective_sender *state = attacker->state;
    uint64_t view = hs_attack_view(attacker);
    if (state->view != view) {
        state->view = view;
        draw_chosen(attacker, state);
    }
    if (!shows_certificate(message) || hs_bitmap_get(&state->chosen, to)) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

const struct hs_attack hs_attack_selective_sender = {
    .name = "selective-sender",
    .state_bytes = sizeof(struct selective_sender),
    .start = choose_sending,
    .sends = send_to_chosen,
};
