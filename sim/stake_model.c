/* See stake_model.h. */
#include "sim/stake_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/vrf.h"
#include "wire/statement.h"

#define NO_EPOCH UINT64_MAX

static const struct hs_staking_parameters *parameters_of(const struct hs_stake_model *model)
{
    return &model->cluster->parameters.staking;
}

/* -- randomness (P3) -------------------------------------------------------------------------- */

static void hash_epoch(uint8_t hash[HS_HASH_BYTES], const char *tag, uint64_t epoch,
                       const uint8_t bytes[HS_HASH_BYTES])
{
    uint8_t input[8 + HS_HASH_BYTES];
    struct hs_writer writer = hs_writer_over(input, sizeof(input));
    hs_write_u64(&writer, epoch);
    hs_write_bytes(&writer, bytes, HS_HASH_BYTES);
    hs_hash(hash, tag, input, sizeof(input));
}

static void add_output(struct hs_stake_model *model, const struct hs_block_header *header)
{
    struct hs_vrf_output output = {{0}};
    if (header->vrf_proof_bytes == HS_BLS_SIGNATURE_BYTES) {
        struct hs_vrf_proof proof;
        memcpy(proof.signature.bytes, header->vrf_proof, sizeof(proof.signature.bytes));
        hs_vrf_output_of(&output, &proof);
    }
    uint8_t input[2 * HS_HASH_BYTES];
    memcpy(input, model->mix, HS_HASH_BYTES);
    memcpy(input + HS_HASH_BYTES, output.bytes, HS_HASH_BYTES);
    hs_hash(model->mix, "hotstuff/randomness/add", input, sizeof(input));
}

/* -- sets (P4) ---------------------------------------------------------------------------------- */

static struct hs_stake_set *set_at(struct hs_stake_model *model, uint64_t number)
{
    return &model->sets[number % HS_STAKE_SETS];
}

const struct hs_stake_set *hs_stake_model_set(const struct hs_stake_model *model, uint64_t number)
{
    const struct hs_stake_set *set = &model->sets[number % HS_STAKE_SETS];
    return set->number == number ? set : NULL;
}

static bool may_serve(const struct hs_stake_model *model, uint32_t node)
{
    const struct hs_stake_facts *facts = &model->validators[node];
    bool jailed = facts->jailed_until > 0;
    return facts->registered && !jailed && facts->stake >= parameters_of(model)->stake_min.units;
}

/* How many of those who may serve come before it: by stake, then by registration. */
static uint32_t rank_of(const struct hs_stake_model *model, uint32_t node)
{
    const struct hs_stake_facts *facts = &model->validators[node];
    uint32_t rank = 0;
    for (uint32_t i = 0; i < model->cluster->validators.count; i++) {
        const struct hs_stake_facts *other = &model->validators[i];
        rank +=
            may_serve(model, i) && (other->stake > facts->stake ||
                                    (other->stake == facts->stake && other->order < facts->order))
                ? 1
                : 0;
    }
    return rank;
}

/* The node registered first at `order` or later; HS_VALIDATORS_MAX: there is none. */
static uint32_t next_registered(const struct hs_stake_model *model, uint64_t order)
{
    uint32_t next = HS_VALIDATORS_MAX;
    for (uint32_t i = 0; i < model->cluster->validators.count; i++) {
        const struct hs_stake_facts *facts = &model->validators[i];
        if (facts->registered && facts->order >= order &&
            (next == HS_VALIDATORS_MAX || facts->order < model->validators[next].order)) {
            next = i;
        }
    }
    return next;
}

static void choose_set(struct hs_stake_model *model, struct hs_stake_set *set, uint64_t number)
{
    *set = (struct hs_stake_set){.number = number};
    for (uint32_t node = next_registered(model, 0); node < HS_VALIDATORS_MAX;
         node = next_registered(model, model->validators[node].order + 1)) {
        if (may_serve(model, node) && rank_of(model, node) < parameters_of(model)->validators_max) {
            set->keys[set->count] = model->validators[node].key;
            set->stakes[set->count++] = model->validators[node].stake;
        }
    }
    if (set->count == 0) {
        *set = *set_at(model, number - 1);
        set->number = number;
    }
}

/* -- the end of an epoch ------------------------------------------------------------------------ */

static void pay_out(struct hs_stake_model *model, struct hs_stake_facts *facts)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < facts->unbonding_count; i++) {
        if (facts->unbondings[i].epoch <= model->epoch) {
            facts->balance += facts->unbondings[i].units;
        } else {
            facts->unbondings[kept++] = facts->unbondings[i];
        }
    }
    facts->unbonding_count = kept;
}

/* Keys that no evidence can be about any more, and validators without stake, and with nothing to be paid
 * out: an unbonding of which a punishment left nothing is still one until its epoch is over. */
static void forget(struct hs_stake_model *model)
{
    uint64_t evidence_epochs = parameters_of(model)->evidence_epochs;
    for (uint32_t i = 0; i < model->cluster->validators.count; i++) {
        struct hs_stake_facts *facts = &model->validators[i];
        if (facts->registered && facts->stake == 0 && facts->unbonding_count == 0) {
            facts->registered = false;
            facts->jailed_until = 0;
        }
    }
    for (uint32_t i = 0; i < HS_STAKE_KEYS_MAX; i++) {
        struct hs_stake_key *key = &model->keys[i];
        bool over =
            key->last_epoch != NO_EPOCH && key->last_epoch + evidence_epochs <= model->epoch;
        if (key->used && (over || !model->validators[key->node].registered)) {
            key->used = false;
        }
    }
}

static void end_epoch(struct hs_stake_model *model)
{
    uint64_t epoch = model->epoch;
    for (uint32_t i = 0; i < model->cluster->validators.count; i++) {
        pay_out(model, &model->validators[i]);
    }
    struct hs_stake_set *set = set_at(model, epoch + 2);
    choose_set(model, set, epoch + 2);
    hash_epoch(set->randomness, "hotstuff/randomness/end", epoch + 2, model->mix);
    forget(model);
    model->epoch++;
    hash_epoch(model->mix, "hotstuff/randomness/begin", epoch + 1,
               set_at(model, epoch + 1)->randomness);
}

/* -- operations (P7, P8) -------------------------------------------------------------------------- */

static bool refuse(struct hs_stake_model *model, const char *why)
{
    snprintf(model->fault, sizeof(model->fault), "%s", why);
    return false;
}

static uint32_t operator_of(const struct hs_cluster *cluster,
                            const struct hs_ed25519_public_key *sender)
{
    for (uint32_t i = 0; i < cluster->validators.count; i++) {
        if (memcmp(&cluster->operator_keys[i].public_key, sender, sizeof(*sender)) == 0) {
            return i;
        }
    }
    return HS_VALIDATORS_MAX;
}

static bool announce(struct hs_stake_model *model, uint32_t node,
                     const struct hs_validator_keys *keys)
{
    uint32_t number = hs_cluster_number_of(model->cluster, &keys->bls_public_key);
    if (hs_bls_check_possession(&keys->bls_public_key, &keys->possession) != HS_OK) {
        return refuse(model, "P7: a key without proof of possession was taken");
    }
    if (number >= HS_STAKE_KEYS_MAX || model->keys[number].used) {
        return refuse(model, "P7: a key was taken that is nobody's to announce, or in use");
    }
    model->validators[node].key = number;
    model->keys[number] = (struct hs_stake_key){
        .used = true,
        .node = node,
        .first_epoch = model->epoch + 2,
        .last_epoch = NO_EPOCH,
    };
    return true;
}

static bool rotate(struct hs_stake_model *model, uint32_t node,
                   const struct hs_validator_keys *keys)
{
    struct hs_stake_key *old = &model->keys[model->validators[node].key];
    if (hs_cluster_number_of(model->cluster, &keys->bls_public_key) ==
        model->validators[node].key) {
        return true; /* another address or account for fees */
    }
    if (old->first_epoch > model->epoch + 1) {
        old->used = false; /* in no set, and in none that is fixed */
    } else {
        old->last_epoch = model->epoch + 1;
    }
    return announce(model, node, keys);
}

static bool unstake(struct hs_stake_model *model, struct hs_stake_facts *facts, uint64_t units)
{
    uint64_t epoch = model->epoch + 1 + parameters_of(model)->unbonding_epochs;
    uint32_t last = facts->unbonding_count;
    uint64_t left = facts->stake - units;
    if (units == 0 || units > facts->stake ||
        (left > 0 && left < parameters_of(model)->stake_min.units)) {
        return refuse(model, "P7: stake was taken out that is not there, or leaves too little");
    }
    if (last > 0 && facts->unbondings[last - 1].epoch == epoch) {
        facts->unbondings[last - 1].units += units;
    } else if (last < HS_UNBONDINGS_MAX) {
        facts->unbondings[last].epoch = epoch;
        facts->unbondings[last].units = units;
        facts->unbonding_count++;
    } else {
        return refuse(model, "P7: too much is unbonding");
    }
    facts->stake -= units;
    return true;
}

static bool add_stake(struct hs_stake_model *model, struct hs_stake_facts *facts, uint64_t units)
{
    if (units == 0 || facts->stake + units < parameters_of(model)->stake_min.units ||
        units > facts->balance) {
        return refuse(model, "P7: too little was staked, or more than there is");
    }
    facts->balance -= units;
    facts->stake += units;
    return true;
}

static uint64_t slash(uint64_t *units, uint32_t per_mille)
{
    uint64_t burned = (*units * per_mille + 999) / 1000; /* rounded up */
    *units -= burned;
    return burned;
}

static bool is_signed_by(const struct hs_stake_model *model, const struct hs_double_vote *evidence)
{
    struct hs_bls_point point;
    if (hs_bls_point_of(&point, &evidence->bls_public_key) != HS_OK) {
        return false;
    }
    const struct hs_bls_point *points[] = {&point};
    for (size_t i = 0; i < 2; i++) {
        struct hs_vote vote = {.epoch = evidence->epoch,
                               .view = evidence->view,
                               .block_id = evidence->votes[i].block_id};
        struct hs_statement said = hs_statement_of_vote(&vote);
        struct hs_bls_statement statement;
        hs_statement_encode(&statement, &model->cluster->chain_id, &said);
        if (hs_bls_verify(&evidence->votes[i].signature, &statement, points, 1) != HS_OK) {
            return false;
        }
    }
    return true;
}

bool hs_stake_model_was_punished(const struct hs_stake_model *model, uint32_t node, uint64_t epoch)
{
    for (uint32_t i = 0; i < model->punishment_count; i++) {
        if (model->punishments[i].node == node && model->punishments[i].epoch == epoch) {
            return true;
        }
    }
    return false;
}

static bool punish(struct hs_stake_model *model, const struct hs_double_vote *evidence)
{
    uint32_t number = hs_cluster_number_of(model->cluster, &evidence->bls_public_key);
    const struct hs_stake_key *key = number < HS_STAKE_KEYS_MAX ? &model->keys[number] : NULL;
    if (key == NULL || !key->used || evidence->epoch < key->first_epoch ||
        evidence->epoch > key->last_epoch) {
        return refuse(model, "P8: who was punished had no such key in that epoch");
    }
    if (evidence->epoch > model->epoch ||
        model->epoch - evidence->epoch > parameters_of(model)->evidence_epochs) {
        return refuse(model, "P8: what was punished is too old, or has not been yet");
    }
    if (hs_stake_model_was_punished(model, key->node, evidence->epoch)) {
        return refuse(model, "P8: one was punished twice for one epoch");
    }
    if (!is_signed_by(model, evidence)) {
        return refuse(model, "P8: who was punished has not signed both votes");
    }
    HS_ASSERT(model->punishment_count < HS_STAKE_PUNISHMENTS_MAX);
    model->punishments[model->punishment_count++] =
        (struct hs_stake_punishment){key->node, evidence->epoch};
    struct hs_stake_facts *facts = &model->validators[key->node];
    uint32_t per_mille = parameters_of(model)->slash_per_mille;
    model->slashed += slash(&facts->stake, per_mille);
    for (uint32_t i = 0; i < facts->unbonding_count; i++) {
        model->slashed += slash(&facts->unbondings[i].units, per_mille);
    }
    uint64_t until = model->epoch + parameters_of(model)->jail_epochs;
    facts->jailed_until = until > facts->jailed_until ? until : facts->jailed_until;
    return true;
}

static bool register_validator(struct hs_stake_model *model, uint32_t node,
                               const struct hs_registration *registration)
{
    struct hs_stake_facts *facts = &model->validators[node];
    if (facts->registered) {
        return refuse(model, "P7: one registered twice");
    }
    facts->registered = true;
    facts->order = model->registrations++;
    return announce(model, node, &registration->keys) &&
           add_stake(model, facts, registration->stake.units);
}

static bool run_own(struct hs_stake_model *model, uint32_t node,
                    const struct hs_transaction *transaction)
{
    struct hs_stake_facts *facts = &model->validators[node];
    if (transaction->type == HS_TRANSACTION_REGISTER) {
        return register_validator(model, node, &transaction->registration);
    }
    if (!facts->registered) {
        return refuse(model, "P7: one who is not registered acted as a validator");
    }
    if (transaction->type == HS_TRANSACTION_STAKE) {
        return add_stake(model, facts, transaction->stake.units);
    }
    if (transaction->type == HS_TRANSACTION_UNSTAKE) {
        return unstake(model, facts, transaction->stake.units);
    }
    if (transaction->type == HS_TRANSACTION_LEAVE) {
        return unstake(model, facts, facts->stake);
    }
    if (transaction->type == HS_TRANSACTION_ROTATE) {
        return rotate(model, node, &transaction->rotation);
    }
    if (transaction->type == HS_TRANSACTION_UNJAIL) {
        if (facts->jailed_until == 0 || model->epoch < facts->jailed_until) {
            return refuse(model, "P8: one was let out of jail before its time");
        }
        facts->jailed_until = 0;
        return true;
    }
    return refuse(model, "an operator's account was used for something else");
}

/* F4: what the sender pays, which is as much in this order: the fee, then what is staked. */
static bool pay_fee(struct hs_stake_model *model, struct hs_stake_facts *facts,
                    const struct hs_stake_operation *operation, uint64_t base_fee)
{
    const struct hs_transaction *transaction = &operation->transaction;
    uint64_t burned = operation->gas * base_fee;
    if (transaction->nonce != facts->nonce || transaction->max_fee.units < burned) {
        return refuse(model, "X2: an operator's transaction has the wrong nonce or too low a fee");
    }
    uint64_t tip = transaction->max_fee.units - burned;
    tip = transaction->max_tip.units < tip ? transaction->max_tip.units : tip;
    if (burned + tip > facts->balance) {
        return refuse(model, "X2: an operator paid more than there is");
    }
    facts->balance -= burned + tip;
    facts->nonce++;
    return true;
}

static bool run(struct hs_stake_model *model, const struct hs_stake_operation *operation,
                uint64_t base_fee)
{
    const struct hs_transaction *transaction = &operation->transaction;
    uint32_t node = operator_of(model->cluster, &transaction->sender);
    if (node < HS_VALIDATORS_MAX &&
        !pay_fee(model, &model->validators[node], operation, base_fee)) {
        return false;
    }
    if (transaction->type == HS_TRANSACTION_EVIDENCE) {
        return punish(model, &transaction->evidence);
    }
    if (node == HS_VALIDATORS_MAX) {
        return refuse(model, "P7: an account that operates no node acted as a validator");
    }
    return run_own(model, node, transaction);
}

/* -- blocks ---------------------------------------------------------------------------------------- */

void hs_stake_model_init(struct hs_stake_model *model, const struct hs_cluster *cluster)
{
    memset(model, 0, sizeof(*model));
    model->cluster = cluster;
    for (uint32_t i = 0; i < HS_STAKE_SETS; i++) {
        model->sets[i].number = NO_EPOCH;
    }
    uint32_t genesis_count = cluster->validators.count - cluster->joiner_count;
    for (uint32_t i = 0; i < cluster->validators.count; i++) {
        struct hs_stake_facts *facts = &model->validators[i];
        facts->balance = cluster->accounts[cluster->account_count + i].balance.units;
        if (i < genesis_count) {
            facts->registered = true;
            facts->order = model->registrations++;
            facts->stake = cluster->validators.validators[i].weight;
            facts->key = i;
            model->keys[i] = (struct hs_stake_key){.used = true, .node = i, .last_epoch = NO_EPOCH};
        }
    }
    for (uint64_t number = 0; number < 2; number++) {
        choose_set(model, set_at(model, number), number);
    }
    memcpy(set_at(model, 0)->randomness, cluster->randomness, HS_HASH_BYTES);
    hash_epoch(set_at(model, 1)->randomness, "hotstuff/randomness/genesis", 1, cluster->randomness);
    hash_epoch(model->mix, "hotstuff/randomness/begin", 0, cluster->randomness);
}

bool hs_stake_model_take(struct hs_stake_model *model, const struct hs_block *block,
                         const struct hs_stake_operation operations[], uint32_t count)
{
    const struct hs_block_header *header = &block->header;
    HS_ASSERT(header->height == model->height + 1);
    model->height++;
    if (header->epoch != model->epoch) {
        return refuse(model, "P4: it is of another epoch than its height");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!run(model, &operations[i], header->base_fee.units)) {
            return false;
        }
    }
    add_output(model, header);
    if (model->height % parameters_of(model)->epoch_blocks == 0) {
        end_epoch(model);
    }
    return true;
}
