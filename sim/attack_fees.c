/* fee-cheat: a leader whose blocks pay or use what they may not: another base fee than the one that
 * the state below fixes (F3), more gas than the limit (F2), a transfer that does not offer the base
 * fee (F4), or another proof than the turn's (P3).
 */
#include "sim/attack_block.h"
#include "sim/attack_proofs.h"
#include "sim/attacks.h"

/* More transfers than this are not made for one block. */
#define GAS_MOST 100u

struct fee_cheat {
    struct hs_attack_block_maker maker;
};

static void end(struct hs_attacker *attacker)
{
    struct fee_cheat *state = attacker->state;
    hs_attack_maker_release(&state->maker);
}

static struct hs_amount draw_base_fee(struct hs_attacker *attacker, struct hs_amount right)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    switch (hs_random_below(&attacker->random, 5)) {
    case 0:
        return (struct hs_amount){0};
    case 1:
        return cluster->parameters.fees.base_fee_min;
    case 2:
        return (struct hs_amount){HS_BASE_FEE_MAX};
    case 3:
        return (struct hs_amount){right.units - 1};
    default:
        return (struct hs_amount){right.units < HS_BASE_FEE_MAX ? right.units + 1 : right.units};
    }
}

/* With what is in it already, or alone. */
static void change_base_fee(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct fee_cheat *state = attacker->state;
    struct hs_amount right = own->proposal.header.base_fee;
    struct hs_amount other = draw_base_fee(attacker, right);
    if (hs_random_per_mille(&attacker->random, 500)) {
        hs_attack_add_own(&state->maker, true);
        hs_attack_add_own(&state->maker, false);
    }
    if (other.units != right.units) {
        hs_attack_finish(attacker, &state->maker, own, other);
    }
}

static void use_too_much(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct fee_cheat *state = attacker->state;
    uint64_t limit = hs_world_cluster(attacker->world)->parameters.fees.gas_limit;
    struct hs_amount base_fee = own->proposal.header.base_fee;
    if (limit < GAS_MOST &&
        hs_attack_add_transfers(attacker, &state->maker, own, (uint32_t)limit + 1, base_fee)) {
        hs_attack_finish(attacker, &state->maker, own, base_fee);
    }
}

static void offer_too_little(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct fee_cheat *state = attacker->state;
    struct hs_amount base_fee = own->proposal.header.base_fee;
    struct hs_amount less = {base_fee.units - 1};
    if (hs_attack_add_transfers(attacker, &state->maker, own, 1, less)) {
        hs_attack_finish(attacker, &state->maker, own, base_fee);
    }
}

static void make(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct fee_cheat *state = attacker->state;
    switch (hs_random_below(&attacker->random, 5)) {
    case 0:
        change_base_fee(attacker, own);
        return;
    case 1:
        use_too_much(attacker, own);
        return;
    case 2:
        offer_too_little(attacker, own);
        return;
    case 3:
        hs_attack_prove_falsely(attacker, &state->maker, own);
        return;
    default:
        return; /* as its node would have it */
    }
}

static void sends(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    struct fee_cheat *state = attacker->state;
    hs_attack_make_blocks(attacker, &state->maker, to, buffer, message, make);
}

const struct hs_attack hs_attack_fee_cheat = {
    .name = "fee-cheat",
    .state_bytes = sizeof(struct fee_cheat),
    .end = end,
    .sends = sends,
};
