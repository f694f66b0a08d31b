/* See attack_proofs.h. */
#include "sim/attack_proofs.h"

#include <string.h>

#include "wire/statement.h"

/* A member's proof of a view; `number`: of the epoch whose randomness is in it. */
static void prove(struct hs_vrf_proof *proof, const struct hs_attacker *attacker, uint32_t member,
                  uint64_t view, uint64_t number)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    const struct hs_epoch *epoch = hs_cluster_epoch(cluster, number);
    struct hs_bls_statement input;
    if (epoch == NULL) {
        return; /* nobody knows its randomness yet */
    }
    hs_statement_encode_vrf(&input, &cluster->chain_id, attacker->epoch, view, epoch->randomness);
    hs_vrf_prove(proof, hs_cluster_secret_of(cluster, attacker->epoch, member), &input);
}

/* Another attacker of its epoch, or itself. */
static uint32_t find_fellow(const struct hs_attacker *attacker)
{
    uint32_t count = hs_attack_validator_count(attacker);
    for (uint32_t i = 1; i < count; i++) {
        uint32_t member = (attacker->validator + i) % count;
        if (hs_world_is_byzantine(attacker->world, hs_attacker_node_of(attacker, member))) {
            return member;
        }
    }
    return attacker->validator;
}

/* As `proof` holds it already, when there is nothing to lie with. */
static void draw_proof(struct hs_attacker *attacker, struct hs_vrf_proof *proof,
                       const struct hs_message *own)
{
    uint64_t view = own->proposal.header.view;
    uint64_t epoch = own->proposal.header.epoch;
    switch (hs_random_below(&attacker->random, 5)) {
    case 0: /* of another view */
        prove(proof, attacker, attacker->validator, view + 1, epoch);
        return;
    case 1: /* of another epoch's randomness */
        prove(proof, attacker, attacker->validator, view, epoch + 1);
        return;
    case 2: /* another member's */
        prove(proof, attacker, find_fellow(attacker), view, epoch);
        return;
    case 3: /* of something else */
        proof->signature = own->proposal.leader_vote;
        return;
    default: /* with a bit changed */
        proof->signature.bytes[hs_random_below(&attacker->random, HS_BLS_SIGNATURE_BYTES)] ^=
            (uint8_t)(1u << hs_random_below(&attacker->random, 8));
        return;
    }
}

void hs_attack_prove_falsely(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                             const struct hs_message *own)
{
    const struct hs_block_header *header = &own->proposal.header;
    struct hs_vrf_proof proof;
    if (header->vrf_proof_bytes != sizeof(proof.signature.bytes)) {
        return;
    }
    memcpy(proof.signature.bytes, header->vrf_proof, sizeof(proof.signature.bytes));
    draw_proof(attacker, &proof, own);
    hs_attack_add_own(maker, true);
    hs_attack_add_own(maker, false);
    hs_attack_finish_with_proof(attacker, maker, own, &proof);
}
