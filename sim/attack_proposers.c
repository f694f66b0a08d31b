/* Leaders that propose what they should not, or what nobody thought of. Their own node's proposals
 * are replaced, for all or for some.
 *
 *   stale-proposer   extends an old certificate instead of the highest: with the TC by which the view
 *                    was entered, with an older one, or with none (S3)
 *   edge-proposer    a block that breaks no rule and goes to its edge: the last timestamp, a VRF proof
 *                    that proves nothing, a payload that is left out
 */
#include <string.h>

#include "base/bitmap.h"
#include "sim/attack_memory.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"
#include "wire/payload.h"

struct proposer {
    struct hs_attack_memory memory;
    uint64_t view; /* of `other`; 0: none yet */
    struct hs_message other;
    struct hs_bitmap gets_other;
    struct hs_bitmap gets_own;
};

static void start(struct hs_attacker *attacker)
{
    struct proposer *state = attacker->state;
    hs_attack_memory_init(&state->memory, attacker);
}

static void end(struct hs_attacker *attacker)
{
    struct proposer *state = attacker->state;
    hs_attack_memory_release(&state->memory);
}

static bool hears(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    (void)from;
    struct proposer *state = attacker->state;
    hs_attack_memory_take(&state->memory, attacker, buffer, message);
    return true;
}

/* To everybody instead of the own one; to each one of the two; or the other first and then the own. */
static void draw_receivers(struct hs_attacker *attacker, struct proposer *state)
{
    uint64_t way = hs_random_below(&attacker->random, 3);
    state->gets_other = (struct hs_bitmap){{0}};
    state->gets_own = (struct hs_bitmap){{0}};
    for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
        bool heads = hs_random_per_mille(&attacker->random, 500);
        if (way != 1 || heads) {
            hs_bitmap_set(&state->gets_other, i);
        }
        if (way == 2 || (way == 1 && !heads)) {
            hs_bitmap_set(&state->gets_own, i);
        }
    }
}

static void replace_proposal(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer)
{
    const struct proposer *state = attacker->state;
    if (hs_bitmap_get(&state->gets_other, to)) {
        hs_attacker_send(attacker, to, &state->other);
    }
    if (hs_bitmap_get(&state->gets_own, to)) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

/* Without transactions, so that the state is the parent's. */
static void leave_payload_out(struct hs_message *proposal, const struct hs_state_root *parent_root)
{
    struct hs_block_header *header = &proposal->proposal.header;
    proposal->proposal.payload = (struct hs_bytes){NULL, 0};
    header->payload_bytes = 0;
    header->transaction_count = 0;
    header->state_root = *parent_root;
    hs_payload_root_of(&header->payload_root, NULL, 0);
}

/* -- stale-proposer ------------------------------------------------------------------------- */

static void choose_tc(struct hs_attacker *attacker, struct hs_message *proposal)
{
    const struct proposer *state = attacker->state;
    switch (hs_random_below(&attacker->random, 3)) {
    case 0:
        proposal->proposal.has_tc = false;
        return;
    case 1:
        if (state->memory.has_tc) {
            proposal->proposal.has_tc = true;
            proposal->proposal.tc = state->memory.tc;
        }
        return;
    default:
        return; /* the one that belongs to the view */
    }
}

static void make_stale(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct proposer *state = attacker->state;
    const struct hs_attack_block *parent =
        hs_random_per_mille(&attacker->random, 500)
            ? hs_attack_memory_draw_block(&state->memory, &attacker->random)
            : hs_attack_memory_last_block(&state->memory, own->proposal.header.justify.view);
    state->view = own->proposal.header.view;
    state->other = *own;
    struct hs_block_header *header = &state->other.proposal.header;
    header->height = parent->header.height + 1;
    header->parent_id = parent->id;
    header->justify = parent->qc;
    leave_payload_out(&state->other, &parent->header.state_root);
    choose_tc(attacker, &state->other);
    hs_attack_sign_proposal(attacker, &state->other);
    draw_receivers(attacker, state);
}

/* Sends what `make` made of the first proposal of a view in the place of each. */
static void propose(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                    const struct hs_message *message,
                    void (*make)(struct hs_attacker *attacker, const struct hs_message *own))
{
    struct proposer *state = attacker->state;
    if (message->type != HS_MESSAGE_PROPOSAL) {
        hs_attacker_forward(attacker, to, buffer);
        return;
    }
    if (state->view != message->proposal.header.view) {
        hs_attack_memory_take(&state->memory, attacker, buffer, message);
        make(attacker, message);
    }
    replace_proposal(attacker, to, buffer);
}

static void propose_stale(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                          const struct hs_message *message)
{
    propose(attacker, to, buffer, message, make_stale);
}

const struct hs_attack hs_attack_stale_proposer = {
    .name = "stale-proposer",
    .state_bytes = sizeof(struct proposer),
    .start = start,
    .end = end,
    .sends = propose_stale,
    .hears = hears,
};

/* -- edge-proposer --------------------------------------------------------------------------- */

static void go_to_edge(struct hs_attacker *attacker, struct hs_message *proposal)
{
    struct hs_block_header *header = &proposal->proposal.header;
    static const uint64_t timestamps_ms[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63};
    switch (hs_random_below(&attacker->random, 4)) {
    case 0:
        header->timestamp_ms = timestamps_ms[hs_random_below(&attacker->random, 3)];
        return;
    case 1:
        header->timestamp_ms += UINT64_C(86400000) * hs_random_below(&attacker->random, 3);
        return;
    case 2:
        header->vrf_proof_bytes = HS_VRF_PROOF_BYTES_MAX;
        memcpy(header->vrf_proof, proposal->proposal.leader_vote.bytes, HS_VRF_PROOF_BYTES_MAX);
        return;
    default:
        return; /* as it is, without its payload */
    }
}

static void make_edge(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct proposer *state = attacker->state;
    const struct hs_attack_block *parent =
        hs_attack_memory_find_block(&state->memory, &own->proposal.header.parent_id);
    state->view = own->proposal.header.view;
    state->other = *own;
    /* The payload is another's memory; without it the block is as good. */
    leave_payload_out(&state->other, parent != NULL ? &parent->header.state_root
                                                    : &own->proposal.header.state_root);
    hs_attack_sign_proposal(attacker, &state->other);
    go_to_edge(attacker, &state->other);
    hs_attack_seal_proposal(attacker, &state->other);
    draw_receivers(attacker, state);
}

static void propose_edge(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                         const struct hs_message *message)
{
    propose(attacker, to, buffer, message, make_edge);
}

const struct hs_attack hs_attack_edge_proposer = {
    .name = "edge-proposer",
    .state_bytes = sizeof(struct proposer),
    .start = start,
    .end = end,
    .sends = propose_edge,
    .hears = hears,
};
