/* Attackers that say true things at the wrong time.
 *
 *   replayer     says again, to anybody, what was heard or said before: proposals, votes, certificates,
 *                answers, of any view
 *   late-voter   sends its votes, view changes and certificates only after a while, mostly in another
 *                view
 */
#include "sim/attack_memory.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"

#define MILLISECOND_NS UINT64_C(1000000)

/* -- replayer ------------------------------------------------------------------------------- */

static void act_in(struct hs_attacker *attacker, uint64_t least_ms, uint64_t most_ms)
{
    uint64_t wait_ns =
        hs_random_between(&attacker->random, least_ms * MILLISECOND_NS, most_ms * MILLISECOND_NS);
    attacker->next_ns = hs_world_now_ns(attacker->world) + wait_ns;
}

static void start_replaying(struct hs_attacker *attacker)
{
    hs_attack_memory_init(attacker->state, attacker);
    act_in(attacker, 10, 100);
}

static void end_replaying(struct hs_attacker *attacker)
{
    hs_attack_memory_release(attacker->state);
}

static void note_said(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                      const struct hs_message *message)
{
    if (hs_random_per_mille(&attacker->random, 200)) {
        hs_attack_memory_take(attacker->state, attacker, buffer, message);
    }
    hs_attacker_forward(attacker, to, buffer);
}

static bool note_heard(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                       const struct hs_message *message)
{
    (void)from;
    /* By chance, so that the ring goes back far. */
    if (message->type != HS_MESSAGE_TRANSACTIONS && hs_random_per_mille(&attacker->random, 200)) {
        hs_attack_memory_take(attacker->state, attacker, buffer, message);
    }
    return true;
}

static void replay(struct hs_attacker *attacker)
{
    uint64_t count = hs_random_between(&attacker->random, 1, 4);
    for (uint64_t i = 0; i < count; i++) {
        struct hs_buffer *message =
            hs_attack_memory_draw_message(attacker->state, &attacker->random);
        if (message != NULL) {
            hs_attacker_forward(attacker, hs_attack_draw_peer(attacker), message);
        }
    }
    act_in(attacker, 5, 60);
}

const struct hs_attack hs_attack_replayer = {
    .name = "replayer",
    .state_bytes = sizeof(struct hs_attack_memory),
    .start = start_replaying,
    .end = end_replaying,
    .sends = note_said,
    .hears = note_heard,
    .acts = replay,
};

/* -- late-voter ----------------------------------------------------------------------------- */

#define LATE_MAX 64u

struct late_message {
    struct hs_buffer *buffer; /* NULL: free */
    uint32_t to;
    uint64_t due_ns;
};

struct late_voter {
    uint64_t delay_ms_max;
    struct late_message messages[LATE_MAX];
};

static void choose_delay(struct hs_attacker *attacker)
{
    static const uint64_t delays_ms[] = {20, 100, 400, 2000};
    struct late_voter *state = attacker->state;
    state->delay_ms_max = delays_ms[hs_random_below(&attacker->random, 4)];
}

static void end_late(struct hs_attacker *attacker)
{
    const struct late_voter *state = attacker->state;
    for (uint32_t i = 0; i < LATE_MAX; i++) {
        if (state->messages[i].buffer != NULL) {
            hs_buffer_release(state->messages[i].buffer);
        }
    }
}

static void wait_for_next(struct hs_attacker *attacker)
{
    const struct late_voter *state = attacker->state;
    attacker->next_ns = UINT64_MAX;
    for (uint32_t i = 0; i < LATE_MAX; i++) {
        if (state->messages[i].buffer != NULL && state->messages[i].due_ns < attacker->next_ns) {
            attacker->next_ns = state->messages[i].due_ns;
        }
    }
}

/* What finds no room is lost. */
static void send_late(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                      const struct hs_message *message)
{
    struct late_voter *state = attacker->state;
    bool is_late = message->type == HS_MESSAGE_VOTE || message->type == HS_MESSAGE_VIEW_CHANGE ||
                   message->type == HS_MESSAGE_QC || message->type == HS_MESSAGE_STATUS;
    if (!is_late || hs_random_per_mille(&attacker->random, 100)) {
        hs_attacker_forward(attacker, to, buffer);
        return;
    }
    for (uint32_t i = 0; i < LATE_MAX; i++) {
        struct late_message *late = &state->messages[i];
        if (late->buffer == NULL) {
            uint64_t delay_ns = hs_random_between(&attacker->random, MILLISECOND_NS,
                                                  state->delay_ms_max * MILLISECOND_NS);
            *late = (struct late_message){
                .buffer = hs_buffer_retain(buffer),
                .to = to,
                .due_ns = hs_world_now_ns(attacker->world) + delay_ns,
            };
            break;
        }
    }
    wait_for_next(attacker);
}

static void send_due(struct hs_attacker *attacker)
{
    struct late_voter *state = attacker->state;
    for (uint32_t i = 0; i < LATE_MAX; i++) {
        struct late_message *late = &state->messages[i];
        if (late->buffer != NULL && late->due_ns <= hs_world_now_ns(attacker->world)) {
            hs_attacker_forward(attacker, late->to, late->buffer);
            hs_buffer_release(late->buffer);
            late->buffer = NULL;
        }
    }
    wait_for_next(attacker);
}

const struct hs_attack hs_attack_late_voter = {
    .name = "late-voter",
    .state_bytes = sizeof(struct late_voter),
    .start = choose_delay,
    .end = end_late,
    .sends = send_late,
    .acts = send_due,
};
