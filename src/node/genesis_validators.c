#include "node/genesis_validators.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/bls.h"

static enum hs_status read_address(struct hs_dial_address *address, struct hs_genesis_entry *entry)
{
    const char *text;
    enum hs_status status = hs_genesis_read_text(entry, "address", &text, "host:port in quotes");
    if (status == HS_OK && !hs_dial_address_read(address, text)) {
        return hs_genesis_fail(
            entry->error, HS_INVALID_ARGUMENT,
            "%s: \"address\" must be host:port, as in 127.0.0.1:27000, of at most "
            "%u characters",
            entry->name, HS_DIAL_ADDRESS_BYTES_MAX);
    }
    return status;
}

static enum hs_status read_validator(struct hs_genesis *genesis, const json_t *value,
                                     uint32_t index, struct hs_genesis_error *error)
{
    struct hs_validator *validator = &genesis->validators.validators[index];
    struct hs_bls_signature *possession = &genesis->possessions[index];
    struct hs_genesis_entry entry;
    char name[48];
    snprintf(name, sizeof name, "validators[%" PRIu32 "]", index);
    enum hs_status status = hs_genesis_entry_begin(&entry, value, name, error);
    if (status != HS_OK) {
        return status;
    }
    if (json_object_get(value, "name") != NULL) {
        const char *unused;
        status = hs_genesis_read_text(&entry, "name", &unused, "a string");
    }
    if (status == HS_OK) {
        status = hs_genesis_read_bytes(&entry, "bls_public_key", validator->bls_public_key.bytes,
                                       sizeof validator->bls_public_key.bytes);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_bytes(&entry, "possession", possession->bytes,
                                       sizeof possession->bytes);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_bytes(&entry, "network_key", validator->network_key.bytes,
                                       sizeof validator->network_key.bytes);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_decimal(&entry, "weight", &validator->weight);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_bytes(&entry, "fee_recipient", validator->fee_recipient.bytes,
                                       sizeof validator->fee_recipient.bytes);
    }
    if (status == HS_OK && json_object_get(value, "address") != NULL) {
        status = read_address(&genesis->addresses[index], &entry);
    }
    return status != HS_OK
               ? status
               : hs_genesis_entry_end(&entry, "name, bls_public_key, possession, network_key, "
                                              "weight, fee_recipient, address");
}

static enum hs_status check_weight(struct hs_validator_set *set, uint32_t index,
                                   struct hs_genesis_error *error)
{
    uint64_t weight = set->validators[index].weight;
    if (weight == 0) {
        return hs_genesis_fail(error, HS_INVALID_ARGUMENT,
                               "validators[%" PRIu32
                               "]: \"weight\" is 0; give at least 1, or leave the "
                               "validator out",
                               index);
    }
    if (weight > HS_WEIGHT_TOTAL_MAX - set->weight_total) {
        return hs_genesis_fail(error, HS_OVERFLOW,
                               "validators[%" PRIu32
                               "]: the weights up to here sum to more than 2^62 - 1; "
                               "divide all of them by the same number",
                               index);
    }
    set->weight_total += weight;
    return HS_OK;
}

/* No two validators may share a key: one of them could vote for both. */
static enum hs_status check_keys_differ(const struct hs_validator_set *set, uint32_t index,
                                        struct hs_genesis_error *error)
{
    const struct hs_validator *validator = &set->validators[index];
    for (uint32_t i = 0; i < index; i++) {
        const struct hs_validator *other = &set->validators[i];
        bool bls = memcmp(&other->bls_public_key, &validator->bls_public_key,
                          sizeof other->bls_public_key) == 0;
        if (bls ||
            memcmp(&other->network_key, &validator->network_key, sizeof other->network_key) == 0) {
            return hs_genesis_fail(error, HS_DUPLICATE,
                                   "validators[%" PRIu32 "] has the \"%s\" of validators[%" PRIu32
                                   "]; each validator needs keys of its own",
                                   index, bls ? "bls_public_key" : "network_key", i);
        }
    }
    return HS_OK;
}

static enum hs_status check_possession(const struct hs_genesis *genesis, uint32_t index,
                                       struct hs_genesis_error *error)
{
    const struct hs_bls_public_key *key = &genesis->validators.validators[index].bls_public_key;
    struct hs_bls_point point;
    if (hs_bls_point_of(&point, key) != HS_OK) {
        return hs_genesis_fail(error, HS_MALFORMED,
                               "validators[%" PRIu32
                               "]: \"bls_public_key\" is no key of BLS12-381; copy it "
                               "anew from `hotstuff keys show`",
                               index);
    }
    if (hs_bls_check_possession(key, &genesis->possessions[index]) != HS_OK) {
        return hs_genesis_fail(error, HS_BAD_SIGNATURE,
                               "validators[%" PRIu32
                               "]: \"possession\" does not prove its key; copy both anew "
                               "from `hotstuff keys show`",
                               index);
    }
    return HS_OK;
}

/* P1 */
static enum hs_status check_election(const struct hs_genesis *genesis,
                                     struct hs_genesis_error *error)
{
    const struct hs_validator_set *set = &genesis->validators;
    if (genesis->election == HS_LEADER_ROUND_ROBIN &&
        genesis->parameters.staking.epoch_blocks > 0) {
        return hs_genesis_fail(
            error, HS_INVALID_ARGUMENT,
            "\"leader_election\" is round-robin, which is for equal weights, but "
            "stakes change where staking.epoch_blocks is above 0; write "
            "\"weighted\" or \"reputation\"");
    }
    for (uint32_t i = 1; genesis->election == HS_LEADER_ROUND_ROBIN && i < set->count; i++) {
        if (set->validators[i].weight != set->validators[0].weight) {
            return hs_genesis_fail(error, HS_INVALID_ARGUMENT,
                                   "validators[%" PRIu32
                                   "]: its weight differs from that of validators[0]; "
                                   "round-robin is for equal weights, write \"leader_election\": "
                                   "\"weighted\" or \"reputation\"",
                                   i);
        }
    }
    return HS_OK;
}

/* P7: where there are epochs, the validators of genesis stake like others. */
static enum hs_status check_stakes(const struct hs_genesis *genesis, struct hs_genesis_error *error)
{
    const struct hs_validator_set *set = &genesis->validators;
    const struct hs_staking_parameters *staking = &genesis->parameters.staking;
    if (staking->epoch_blocks == 0) {
        return HS_OK;
    }
    if (set->count > staking->validators_max) {
        return hs_genesis_fail(error, HS_INVALID_ARGUMENT,
                               "there are %" PRIu32 " validators, and staking.validators_max is "
                               "%" PRIu32 "; raise it or leave some out",
                               set->count, staking->validators_max);
    }
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->validators[i].weight < staking->stake_min.units) {
            return hs_genesis_fail(error, HS_INVALID_ARGUMENT,
                                   "validators[%" PRIu32 "]: its \"weight\" is its stake, and is "
                                   "below staking.stake_min, which is %" PRIu64,
                                   i, staking->stake_min.units);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (memcmp(&set->validators[i].fee_recipient, &set->validators[j].fee_recipient,
                       HS_ADDRESS_BYTES) == 0) {
                return hs_genesis_fail(
                    error, HS_DUPLICATE,
                    "validators[%" PRIu32 "]: its \"fee_recipient\" is that of validators[%" PRIu32
                    "]; the account operates the validator, so give each its own",
                    i, j);
            }
        }
    }
    return HS_OK;
}

enum hs_status hs_genesis_read_validators(struct hs_genesis *genesis, const json_t *array,
                                          struct hs_genesis_error *error)
{
    struct hs_validator_set *set = &genesis->validators;
    set->count = (uint32_t)json_array_size(array);
    for (uint32_t i = 0; i < set->count; i++) {
        enum hs_status status = read_validator(genesis, json_array_get(array, i), i, error);
        if (status == HS_OK) {
            status = check_weight(set, i, error);
        }
        if (status == HS_OK) {
            status = check_keys_differ(set, i, error);
        }
        if (status == HS_OK) {
            status = check_possession(genesis, i, error);
        }
        if (status != HS_OK) {
            return status;
        }
    }
    enum hs_status status = check_election(genesis, error);
    return status == HS_OK ? check_stakes(genesis, error) : status;
}
