/* See attack_tools.h. */
#include "sim/attack_tools.h"

#include <string.h>

#include "base/assert.h"
#include "consensus/leader_election.h"
#include "consensus/validator_set.h"
#include "crypto/vrf.h"
#include "wire/statement.h"

uint32_t hs_attack_validator_count(const struct hs_attacker *attacker)
{
    return hs_attack_set(attacker)->count;
}

static const struct hs_epoch *fixed_epoch(const struct hs_attacker *attacker)
{
    const struct hs_epoch *fixed =
        hs_cluster_epoch(hs_world_cluster(attacker->world), attacker->epoch);
    HS_ASSERT(fixed != NULL);
    return fixed;
}

bool hs_attack_is_byzantine(const struct hs_attacker *attacker, uint32_t validator)
{
    uint32_t node = hs_attacker_node_of(attacker, validator);
    return node != HS_VALIDATORS_MAX && hs_world_is_byzantine(attacker->world, node);
}

uint32_t hs_attack_count_of(const struct hs_attacker *attacker, uint64_t epoch)
{
    return hs_cluster_member_count(hs_world_cluster(attacker->world), epoch);
}

const struct hs_validator_set *hs_attack_set(const struct hs_attacker *attacker)
{
    return &fixed_epoch(attacker)->validators;
}

uint64_t hs_attack_quorum(const struct hs_attacker *attacker)
{
    return hs_validator_set_quorum(hs_attack_set(attacker));
}

uint32_t hs_attack_leader(const struct hs_attacker *attacker, uint64_t view)
{
    const struct hs_epoch *fixed = fixed_epoch(attacker);
    struct hs_leader_rule rule = {.election = hs_world_cluster(attacker->world)->election,
                                  .validators = &fixed->validators,
                                  .leader_weights = fixed->leader_weights};
    memcpy(rule.randomness, fixed->randomness, sizeof(rule.randomness));
    return hs_leader_of(&rule, view);
}

bool hs_attack_leads(const struct hs_attacker *attacker, uint64_t view)
{
    return hs_attack_leader(attacker, view) == attacker->validator;
}

const struct hs_core *hs_attack_core(const struct hs_attacker *attacker)
{
    const struct hs_node *node = hs_world_node(attacker->world, attacker->process);
    return node != NULL ? hs_node_core(node) : NULL;
}

uint64_t hs_attack_view(const struct hs_attacker *attacker)
{
    const struct hs_core *core = hs_attack_core(attacker);
    if (core == NULL) {
        return 0;
    }
    struct hs_core_status status;
    hs_core_status(core, &status);
    return status.view;
}

uint32_t hs_attack_draw_peer(struct hs_attacker *attacker)
{
    uint32_t count = hs_attack_validator_count(attacker);
    if (count < 2) {
        return attacker->validator;
    }
    uint32_t step = (uint32_t)hs_random_between(&attacker->random, 1, count - 1);
    return (attacker->validator + step) % count;
}

void hs_attack_make_vote(const struct hs_attacker *attacker, uint32_t validator,
                         struct hs_vote *vote, uint64_t view, const struct hs_block_id *block_id)
{
    *vote = (struct hs_vote){
        .epoch = attacker->epoch,
        .view = view,
        .block_id = *block_id,
        .voter = validator,
    };
    struct hs_statement statement = hs_statement_of_vote(vote);
    hs_attacker_sign(attacker, validator, &vote->signature, &statement);
}

void hs_attack_send_vote(struct hs_attacker *attacker, uint32_t to, uint64_t view,
                         const struct hs_block_id *block_id)
{
    struct hs_message message = {.type = HS_MESSAGE_VOTE};
    hs_attack_make_vote(attacker, attacker->validator, &message.vote, view, block_id);
    hs_attacker_send(attacker, to, &message);
}

void hs_attack_cast_vote(struct hs_attacker *attacker, uint64_t view,
                         const struct hs_block_id *block_id)
{
    uint32_t next_leader = hs_attack_leader(attacker, view + 1);
    uint32_t leader = hs_attack_leader(attacker, view);
    if (next_leader != attacker->validator) {
        hs_attack_send_vote(attacker, next_leader, view, block_id);
    }
    if (leader != attacker->validator && leader != next_leader) {
        hs_attack_send_vote(attacker, leader, view, block_id);
    }
}

/* P3: as its own node would. */
static void prove_turn(const struct hs_attacker *attacker, struct hs_block_header *header)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    const struct hs_epoch *epoch = hs_cluster_epoch(cluster, header->epoch);
    if (header->vrf_proof_bytes == 0 || epoch == NULL) {
        return;
    }
    struct hs_bls_statement input;
    struct hs_vrf_proof proof;
    hs_statement_encode_vrf(&input, &cluster->chain_id, header->epoch, header->view,
                            epoch->randomness);
    hs_vrf_prove(&proof, hs_cluster_secret_of(cluster, attacker->epoch, attacker->validator),
                 &input);
    memcpy(header->vrf_proof, proof.signature.bytes, sizeof(header->vrf_proof));
}

void hs_attack_sign_proposal(const struct hs_attacker *attacker, struct hs_message *proposal)
{
    struct hs_block_header *header = &proposal->proposal.header;
    header->proposer = attacker->validator;
    prove_turn(attacker, header);
    hs_attack_seal_proposal(attacker, proposal);
}

void hs_attack_seal_proposal(const struct hs_attacker *attacker, struct hs_message *proposal)
{
    const struct hs_block_header *header = &proposal->proposal.header;
    struct hs_block_id id;
    hs_block_id_of(&id, header, hs_attack_count_of(attacker, header->epoch));
    struct hs_vote vote;
    hs_attack_make_vote(attacker, attacker->validator, &vote, header->view, &id);
    proposal->proposal.leader_vote = vote.signature;
}

void hs_attack_sign_view_change(const struct hs_attacker *attacker,
                                struct hs_view_change *view_change)
{
    view_change->author = attacker->validator;
    view_change->last_vote.voter = attacker->validator;
    view_change->last_vote.epoch = view_change->epoch;
    struct hs_statement statement = hs_statement_of_view_change(view_change);
    hs_attacker_sign(attacker, attacker->validator, &view_change->signature, &statement);
}

void hs_attack_send_to_all(struct hs_attacker *attacker, const struct hs_message *message)
{
    uint32_t count = hs_attack_validator_count(attacker);
    for (uint32_t to = 0; to < count; to++) {
        if (to != attacker->validator) {
            hs_attacker_send(attacker, to, message);
        }
    }
}

void hs_attack_act_between(struct hs_attacker *attacker, uint64_t least_ns, uint64_t most_ns)
{
    uint64_t wait_ns = hs_random_between(&attacker->random, least_ns, most_ns);
    attacker->next_ns = hs_world_now_ns(attacker->world) + wait_ns;
}
