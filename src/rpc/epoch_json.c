#include "rpc/epoch_json.h"

#include "consensus/validator_set.h"

/* Null for the height or epoch that never comes. */
static json_t *end_json(uint64_t value)
{
    return value == UINT64_MAX ? json_null() : hs_rpc_json_number(value);
}

static json_t *address_json(const struct hs_address *address)
{
    return hs_rpc_json_hex(address->bytes, HS_ADDRESS_BYTES);
}

static json_t *dial_json(const struct hs_dial_address *address)
{
    return address->text[0] != '\0' ? json_string(address->text) : json_null();
}

static json_t *bls_key_json(const struct hs_bls_public_key *key)
{
    return hs_rpc_json_hex(key->bytes, sizeof key->bytes);
}

static json_t *network_key_json(const struct hs_ed25519_public_key *key)
{
    return hs_rpc_json_hex(key->bytes, sizeof key->bytes);
}

/* -- the epoch ---------------------------------------------------------------------------- */

static json_t *summary_json(const struct hs_rpc_epoch *epoch)
{
    return json_pack(
        "{s:o, s:o, s:o, s:i, s:o, s:o, s:o}", "epoch", hs_rpc_json_number(epoch->number),
        "first_height", hs_rpc_json_number(epoch->first_height), "last_height",
        end_json(epoch->last_height), "validators", (int)epoch->validator_count, "weight_total",
        hs_rpc_json_decimal(epoch->weight_total), "quorum", hs_rpc_json_decimal(epoch->quorum),
        "randomness", hs_rpc_json_hex(epoch->randomness, sizeof epoch->randomness));
}

static json_t *staking_json(const struct hs_staking_totals *totals,
                            const struct hs_staking_parameters *staking)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "registered",
                     hs_rpc_json_number(totals->registered), "staked",
                     hs_rpc_json_decimal(totals->staked.units), "epoch_blocks",
                     hs_rpc_json_number(staking->epoch_blocks), "stake_min",
                     hs_rpc_json_decimal(staking->stake_min.units), "validators_max",
                     hs_rpc_json_number(staking->validators_max), "unbonding_epochs",
                     hs_rpc_json_number(staking->unbonding_epochs), "slash_per_mille",
                     hs_rpc_json_number(staking->slash_per_mille), "jail_epochs",
                     hs_rpc_json_number(staking->jail_epochs), "evidence_epochs",
                     hs_rpc_json_number(staking->evidence_epochs));
}

json_t *hs_rpc_json_epoch(const struct hs_rpc_call *call, const struct hs_genesis *genesis)
{
    json_t *answer = summary_json(&call->answer.epoch.present);
    if (answer == NULL) {
        return NULL;
    }
    json_object_set_new(answer, "height", hs_rpc_json_number(call->answer.epoch.height));
    json_object_set_new(answer, "leader_election",
                        json_string(hs_genesis_election_name(genesis->election)));
    json_object_set_new(answer, "next",
                        call->answer.epoch.has_next ? summary_json(&call->answer.epoch.next)
                                                    : json_null());
    json_object_set_new(answer, "staking",
                        call->answer.epoch.has_staking
                            ? staking_json(&call->answer.epoch.totals, &genesis->parameters.staking)
                            : json_null());
    return answer;
}

/* -- a set ---------------------------------------------------------------------------------- */

static json_t *member_json(const struct hs_rpc_set *set, uint32_t index)
{
    const struct hs_epoch *epoch = &set->fixed.epoch;
    const struct hs_validator *member = &epoch->validators.validators[index];
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "index", (int)index, "operator",
                     set->has_operators ? address_json(&set->fixed.operators[index]) : json_null(),
                     "bls_public_key", bls_key_json(&member->bls_public_key), "network_key",
                     network_key_json(&member->network_key), "fee_recipient",
                     address_json(&member->fee_recipient), "weight",
                     hs_rpc_json_decimal(member->weight), "leader_weight",
                     hs_rpc_json_decimal(epoch->leader_weights[index]), "address",
                     dial_json(&epoch->addresses[index]));
}

json_t *hs_rpc_json_validators(const struct hs_rpc_call *call)
{
    const struct hs_rpc_set *set = call->answer.set;
    const struct hs_validator_set *validators = &set->fixed.epoch.validators;
    json_t *list = json_array();
    for (uint32_t i = 0; i < validators->count; i++) {
        if (json_array_append_new(list, member_json(set, i)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "epoch", hs_rpc_json_number(validators->epoch),
                     "weight_total", hs_rpc_json_decimal(validators->weight_total), "quorum",
                     hs_rpc_json_decimal(hs_validator_set_quorum(validators)), "height",
                     hs_rpc_json_number(set->height), "validators", list);
}

/* -- registered ones ---------------------------------------------------------------------- */

static const char *standing_text(enum hs_validator_standing standing)
{
    switch (standing) {
    case HS_VALIDATOR_JAILED:
        return "jailed";
    case HS_VALIDATOR_LEAVING:
        return "leaving";
    case HS_VALIDATOR_ACTIVE:
        return "active";
    case HS_VALIDATOR_WAITING:
        return "waiting";
    }
    return "unknown";
}

static json_t *keys_json(const struct hs_registered_validator *validator)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < validator->staker.key_count; i++) {
        const struct hs_staker_keys *keys = &validator->keys[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "bls_public_key",
                                              bls_key_json(&keys->bls_public_key), "network_key",
                                              network_key_json(&keys->network_key), "first_epoch",
                                              hs_rpc_json_number(keys->first_epoch), "last_epoch",
                                              end_json(keys->last_epoch)));
    }
    return list;
}

static json_t *unbondings_json(const struct hs_registered_validator *validator)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < validator->staker.unbonding_count; i++) {
        const struct hs_unbonding *unbonding = &validator->unbondings[i];
        json_array_append_new(list,
                              json_pack("{s:o, s:o}", "epoch", hs_rpc_json_number(unbonding->epoch),
                                        "amount", hs_rpc_json_decimal(unbonding->amount.units)));
    }
    return list;
}

static json_t *registered_json(const struct hs_registered_validator *validator)
{
    const struct hs_staker *staker = &validator->staker;
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "operator",
        address_json(&validator->operator_address), "state", standing_text(validator->standing),
        "index",
        validator->index < HS_VALIDATORS_MAX ? hs_rpc_json_number(validator->index) : json_null(),
        "stake", hs_rpc_json_decimal(staker->stake.units), "jailed_until",
        staker->jailed_until > 0 ? hs_rpc_json_number(staker->jailed_until) : json_null(),
        "fee_recipient", address_json(&validator->fee_recipient), "address",
        dial_json(&validator->address), "keys", keys_json(validator), "unbondings",
        unbondings_json(validator));
}

json_t *hs_rpc_json_operator(const struct hs_rpc_call *call)
{
    const struct hs_rpc_registered *registered = call->answer.registered;
    json_t *answer = registered_json(&registered->validators[0]);
    if (answer != NULL) {
        json_object_set_new(answer, "epoch", hs_rpc_json_number(registered->epoch));
        json_object_set_new(answer, "height", hs_rpc_json_number(registered->height));
    }
    return answer;
}

json_t *hs_rpc_json_registered(const struct hs_rpc_call *call)
{
    const struct hs_rpc_registered *registered = call->answer.registered;
    const uint64_t next = registered->first + registered->count;
    json_t *list = json_array();
    for (size_t i = 0; i < registered->count; i++) {
        if (json_array_append_new(list, registered_json(&registered->validators[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "epoch",
                     hs_rpc_json_number(registered->epoch), "height",
                     hs_rpc_json_number(registered->height), "registered",
                     hs_rpc_json_number(registered->totals.registered), "staked",
                     hs_rpc_json_decimal(registered->totals.staked.units), "next_place",
                     next < registered->totals.registered ? hs_rpc_json_number(next) : json_null(),
                     "validators", list);
}

/* -- evidence ------------------------------------------------------------------------------ */

static json_t *vote_json(const struct hs_double_vote *evidence, size_t which)
{
    return json_pack("{s:o, s:o}", "block_id",
                     hs_rpc_json_hex(evidence->votes[which].block_id.bytes, HS_HASH_BYTES),
                     "signature",
                     hs_rpc_json_hex(evidence->votes[which].signature.bytes,
                                     sizeof evidence->votes[which].signature.bytes));
}

static json_t *double_vote_json(const struct hs_double_vote *evidence, enum hs_status verdict)
{
    char reason[HS_RPC_REASON_CHARACTERS];
    hs_rpc_reason(reason, verdict);
    return json_pack("{s:o, s:o, s:o, s:[o, o], s:b, s:o}", "bls_public_key",
                     bls_key_json(&evidence->bls_public_key), "epoch",
                     hs_rpc_json_number(evidence->epoch), "view",
                     hs_rpc_json_number(evidence->view), "votes", vote_json(evidence, 0),
                     vote_json(evidence, 1), "counts", verdict == HS_OK ? 1 : 0, "reason",
                     verdict == HS_OK ? json_null() : json_string(reason));
}

json_t *hs_rpc_json_evidence(const struct hs_rpc_call *call)
{
    const struct hs_rpc_evidence *evidence = call->answer.evidence;
    json_t *list = json_array();
    for (uint32_t i = 0; i < evidence->count; i++) {
        if (json_array_append_new(
                list, double_vote_json(&evidence->votes[i], evidence->verdicts[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return json_pack("{s:o, s:o}", "height", hs_rpc_json_number(evidence->height), "evidence",
                     list);
}
