/* See director_knowledge.h. */
#include "sim/director_knowledge.h"

#include <string.h>

#include "base/bitmap.h"
#include "consensus/validator_set.h"
#include "sim/attack_tools.h"
#include "wire/certificate.h"
#include "wire/header.h"
#include "wire/statement.h"

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* -- reading ------------------------------------------------------------------------- */

size_t hs_director_held_blocks(const struct hs_director_knowledge *knowledge)
{
    return least(knowledge->block_count, HS_DIRECTOR_BLOCKS);
}

size_t hs_director_held_qcs(const struct hs_director_knowledge *knowledge)
{
    return least(knowledge->qc_count, HS_DIRECTOR_QCS);
}

const struct hs_block *hs_director_block(const struct hs_director_knowledge *knowledge, size_t i)
{
    return &knowledge->blocks[(knowledge->block_count - 1 - i) % HS_DIRECTOR_BLOCKS];
}

const struct hs_qc *hs_director_qc(const struct hs_director_knowledge *knowledge, size_t i)
{
    return &knowledge->qcs[(knowledge->qc_count - 1 - i) % HS_DIRECTOR_QCS];
}

const struct hs_block *hs_director_find_block(const struct hs_director_knowledge *knowledge,
                                              const struct hs_block_id *id)
{
    for (size_t i = 0; i < hs_director_held_blocks(knowledge); i++) {
        const struct hs_block *block = hs_director_block(knowledge, i);
        if (same_id(&block->id, id)) {
            return block;
        }
    }
    return NULL;
}

const struct hs_qc *hs_director_find_qc(const struct hs_director_knowledge *knowledge,
                                        const struct hs_block_id *id)
{
    for (size_t i = 0; i < hs_director_held_qcs(knowledge); i++) {
        const struct hs_qc *qc = hs_director_qc(knowledge, i);
        if (same_id(&qc->block_id, id)) {
            return qc;
        }
    }
    return NULL;
}

/* -- what is seen ------------------------------------------------------------------------- */

void hs_director_know_block(struct hs_director_knowledge *knowledge, const struct hs_block *block)
{
    if (hs_director_find_block(knowledge, &block->id) == NULL) {
        knowledge->blocks[knowledge->block_count++ % HS_DIRECTOR_BLOCKS] = *block;
    }
}

void hs_director_know_qc(struct hs_director_knowledge *knowledge, const struct hs_qc *qc)
{
    const struct hs_qc *known = hs_director_find_qc(knowledge, &qc->block_id);
    if (known == NULL || known->epoch < qc->epoch) {
        knowledge->qcs[knowledge->qc_count++ % HS_DIRECTOR_QCS] = *qc;
    }
}

void hs_director_know_genesis(struct hs_director_knowledge *knowledge,
                              const struct hs_cluster *cluster)
{
    struct hs_qc qc;
    hs_qc_of_view_zero(&qc, 0, &cluster->genesis.id);
    hs_director_know_block(knowledge, &cluster->genesis);
    hs_director_know_qc(knowledge, &qc);
}

static void know_vote(struct hs_director_knowledge *knowledge, const struct hs_vote *vote)
{
    for (size_t i = 0; i < least(knowledge->vote_count, HS_DIRECTOR_VOTES); i++) {
        const struct hs_vote *known = &knowledge->votes[i];
        if (known->voter == vote->voter && same_id(&known->block_id, &vote->block_id)) {
            return;
        }
    }
    knowledge->votes[knowledge->vote_count++ % HS_DIRECTOR_VOTES] = *vote;
}

static void know_view_change(struct hs_director_knowledge *knowledge,
                             const struct hs_view_change *view_change)
{
    hs_director_know_qc(knowledge, &view_change->high_qc);
    if (view_change->has_last_vote) {
        know_vote(knowledge, &view_change->last_vote);
    }
    for (size_t i = 0; i < least(knowledge->view_change_count, HS_DIRECTOR_VIEW_CHANGES); i++) {
        const struct hs_view_change *known = &knowledge->view_changes[i];
        if (known->author == view_change->author && known->epoch == view_change->epoch &&
            known->view == view_change->view && known->high_qc.view == view_change->high_qc.view) {
            return;
        }
    }
    knowledge->view_changes[knowledge->view_change_count++ % HS_DIRECTOR_VIEW_CHANGES] =
        *view_change;
}

static void know_proposal(struct hs_director_knowledge *knowledge, const struct hs_cluster *cluster,
                          const struct hs_message *message)
{
    struct hs_block block = {.header = message->proposal.header};
    hs_block_id_of(&block.id, &block.header, hs_cluster_member_count(cluster, block.header.epoch));
    hs_director_know_block(knowledge, &block);
    hs_director_know_qc(knowledge, &block.header.justify);
    struct hs_vote vote = {
        .epoch = block.header.epoch,
        .view = block.header.view,
        .block_id = block.id,
        .voter = block.header.proposer,
        .signature = message->proposal.leader_vote,
    };
    know_vote(knowledge, &vote);
}

void hs_director_know_message(struct hs_director_knowledge *knowledge,
                              const struct hs_cluster *cluster, const struct hs_message *message)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        know_proposal(knowledge, cluster, message);
        return;
    case HS_MESSAGE_VOTE:
        know_vote(knowledge, &message->vote);
        return;
    case HS_MESSAGE_QC:
        hs_director_know_qc(knowledge, &message->qc);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        know_view_change(knowledge, &message->view_change.view_change);
        return;
    case HS_MESSAGE_STATUS:
        hs_director_know_qc(knowledge, &message->status.high_qc);
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_BLOCK_RESPONSE:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_RANGE_RESPONSE:
    case HS_MESSAGE_TRANSACTIONS:
        return;
    }
}

/* -- certificates ------------------------------------------------------------------------- */

/* Signatures of one statement, a validator each. */
struct gathered {
    struct hs_bitmap signers;
    size_t count;
    struct hs_bls_signature signatures[HS_VALIDATORS_MAX];
};

static void gather(struct gathered *gathered, uint32_t signer,
                   const struct hs_bls_signature *signature)
{
    if (!hs_bitmap_get(&gathered->signers, signer)) {
        hs_bitmap_set(&gathered->signers, signer);
        gathered->signatures[gathered->count++] = *signature;
    }
}

static bool add_up(const struct gathered *gathered, struct hs_bls_signature *aggregate)
{
    const struct hs_bls_signature *signatures[HS_VALIDATORS_MAX];
    for (size_t i = 0; i < gathered->count; i++) {
        signatures[i] = &gathered->signatures[i];
    }
    size_t bad_index;
    return gathered->count > 0 &&
           hs_bls_aggregate(aggregate, &bad_index, signatures, gathered->count) == HS_OK;
}

static void gather_own(struct gathered *gathered, const struct hs_attacker *attacker,
                       const struct hs_statement *statement)
{
    for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
        if (hs_attack_is_byzantine(attacker, i)) {
            struct hs_bls_signature signature;
            hs_attacker_sign(attacker, i, &signature, statement);
            gather(gathered, i, &signature);
        }
    }
}

bool hs_director_make_qc(const struct hs_director_knowledge *knowledge,
                         const struct hs_attacker *attacker, const struct hs_block *block,
                         struct hs_qc *qc)
{
    const struct hs_validator_set *set = hs_attack_set(attacker);
    struct gathered gathered = {.count = 0};
    for (size_t i = 0; i < least(knowledge->vote_count, HS_DIRECTOR_VOTES); i++) {
        const struct hs_vote *vote = &knowledge->votes[i];
        if (vote->view == block->header.view && same_id(&vote->block_id, &block->id) &&
            !hs_attack_is_byzantine(attacker, vote->voter)) {
            gather(&gathered, vote->voter, &vote->signature);
        }
    }
    struct hs_bitmap all = gathered.signers;
    for (uint32_t i = 0; i < set->count; i++) {
        if (hs_attack_is_byzantine(attacker, i)) {
            hs_bitmap_set(&all, i);
        }
    }
    if (hs_validator_set_weight_of(set, &all) < hs_attack_quorum(attacker)) {
        return false;
    }
    struct hs_statement statement = {
        .type = HS_STATEMENT_VOTE,
        .epoch = block->header.epoch,
        .view = block->header.view,
        .block_id = block->id,
    };
    gather_own(&gathered, attacker, &statement);
    *qc = (struct hs_qc){
        .epoch = block->header.epoch,
        .view = block->header.view,
        .block_id = block->id,
        .signers = gathered.signers,
    };
    return add_up(&gathered, &qc->aggregate);
}

/* One view change of each correct validator, by its index; NULL: none was seen, or it was left
 * out. Of several the one that names the lowest certificate: the attacker may show an old one. */
static void choose_view_changes(const struct hs_director_knowledge *knowledge,
                                const struct hs_attacker *attacker,
                                const struct hs_director_tc_choice *choice,
                                const struct hs_view_change *chosen[HS_VALIDATORS_MAX])
{
    for (size_t i = 0; i < least(knowledge->view_change_count, HS_DIRECTOR_VIEW_CHANGES); i++) {
        const struct hs_view_change *known = &knowledge->view_changes[i];
        const struct hs_view_change **place = &chosen[known->author];
        if (known->epoch == choice->epoch && known->view == choice->view &&
            !hs_attack_is_byzantine(attacker, known->author) &&
            (*place == NULL || known->high_qc.view < (*place)->high_qc.view)) {
            *place = known;
        }
    }
}

/* Leaves out the one that names the highest certificate, as long as a quorum stays. */
static bool leave_out_highest(const struct hs_attacker *attacker,
                              const struct hs_view_change *chosen[HS_VALIDATORS_MAX],
                              uint64_t high_qc_view_max, uint64_t *weight)
{
    const struct hs_validator_set *set = hs_attack_set(attacker);
    uint32_t highest = HS_VALIDATORS_MAX;
    for (uint32_t i = 0; i < set->count; i++) {
        if (chosen[i] != NULL && chosen[i]->high_qc.view > high_qc_view_max &&
            *weight - set->validators[i].weight >= hs_attack_quorum(attacker) &&
            (highest == HS_VALIDATORS_MAX ||
             chosen[i]->high_qc.view > chosen[highest]->high_qc.view)) {
            highest = i;
        }
    }
    if (highest == HS_VALIDATORS_MAX) {
        return false;
    }
    *weight -= set->validators[highest].weight;
    chosen[highest] = NULL;
    return true;
}

/* The group of all chosen that name `high_qc`. */
static bool make_group(const struct hs_attacker *attacker,
                       const struct hs_view_change *const chosen[HS_VALIDATORS_MAX],
                       const struct hs_director_tc_choice *choice, const struct hs_qc *high_qc,
                       struct hs_tc_group *group)
{
    struct gathered gathered = {.count = 0};
    for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
        if (chosen[i] != NULL && chosen[i]->high_qc.view == high_qc->view) {
            gather(&gathered, i, &chosen[i]->signature);
        }
    }
    if (choice->own_qc->view == high_qc->view ||
        (choice->second_qc != NULL && choice->second_qc->view == high_qc->view)) {
        struct hs_statement statement = {
            .type = HS_STATEMENT_VIEW_CHANGE,
            .epoch = choice->epoch,
            .view = choice->view,
            .high_qc_view = high_qc->view,
        };
        gather_own(&gathered, attacker, &statement);
    }
    group->high_qc_view = high_qc->view;
    group->signers = gathered.signers;
    return add_up(&gathered, &group->aggregate);
}

/* The highest certificate named that is below `below`; NULL: none is. */
static const struct hs_qc *next_named(const struct hs_view_change *const chosen[HS_VALIDATORS_MAX],
                                      const struct hs_director_tc_choice *choice, uint64_t below)
{
    const struct hs_qc *next = choice->own_qc->view < below ? choice->own_qc : NULL;
    if (choice->second_qc != NULL && choice->second_qc->view < below &&
        (next == NULL || choice->second_qc->view > next->view)) {
        next = choice->second_qc;
    }
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        if (chosen[i] != NULL && chosen[i]->high_qc.view < below &&
            (next == NULL || chosen[i]->high_qc.view > next->view)) {
            next = &chosen[i]->high_qc;
        }
    }
    return next;
}

bool hs_director_make_tc(const struct hs_director_knowledge *knowledge,
                         struct hs_attacker *attacker, const struct hs_director_tc_choice *choice,
                         struct hs_tc *tc)
{
    const struct hs_validator_set *set = hs_attack_set(attacker);
    const struct hs_view_change *chosen[HS_VALIDATORS_MAX] = {NULL};
    choose_view_changes(knowledge, attacker, choice, chosen);
    uint64_t weight = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        bool own = hs_attack_is_byzantine(attacker, i);
        uint32_t times = own && choice->second_qc != NULL ? 2 : 1;
        weight += chosen[i] != NULL || own ? times * set->validators[i].weight : 0;
    }
    if (weight < hs_attack_quorum(attacker)) {
        return false;
    }
    while (leave_out_highest(attacker, chosen, choice->high_qc_view_max, &weight)) {
    }
    tc->epoch = choice->epoch;
    tc->view = choice->view;
    tc->group_count = 0;
    for (const struct hs_qc *named = next_named(chosen, choice, choice->view); named != NULL;
         named = next_named(chosen, choice, named->view)) {
        if (tc->group_count == 0) {
            tc->high_qc = *named;
        }
        if (!make_group(attacker, chosen, choice, named, &tc->groups[tc->group_count++])) {
            return false;
        }
    }
    return tc->group_count > 0;
}
