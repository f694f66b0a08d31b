/* Writing the genesis document. See genesis.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "node/genesis.h"
#include "node/genesis_parameters.h"

#define FIELD_BYTES_MAX HS_BLS_SIGNATURE_BYTES

static json_t *hex(const uint8_t bytes[], size_t size)
{
    char text[HS_HEX_CHARACTERS(FIELD_BYTES_MAX)];
    hs_hex_write(text, bytes, size);
    return json_string(text);
}

static json_t *decimal(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

static json_t *validator_json(const struct hs_genesis *genesis, uint32_t index)
{
    const struct hs_validator *validator = &genesis->validators.validators[index];
    char name[32];
    snprintf(name, sizeof name, "validator-%" PRIu32, index);
    const char *address = genesis->addresses[index].text;
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:s*}", "name", name, "bls_public_key",
        hex(validator->bls_public_key.bytes, sizeof validator->bls_public_key.bytes), "possession",
        hex(genesis->possessions[index].bytes, sizeof genesis->possessions[index].bytes),
        "network_key", hex(validator->network_key.bytes, sizeof validator->network_key.bytes),
        "weight", decimal(validator->weight), "fee_recipient",
        hex(validator->fee_recipient.bytes, sizeof validator->fee_recipient.bytes), "address",
        address[0] != '\0' ? address : NULL);
}

static json_t *validators_json(const struct hs_genesis *genesis)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < genesis->validators.count; i++) {
        if (json_array_append_new(array, validator_json(genesis, i)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *accounts_json(const struct hs_genesis *genesis)
{
    json_t *array = json_array();
    for (size_t i = 0; i < genesis->account_count; i++) {
        const struct hs_genesis_account *account = &genesis->accounts[i];
        json_t *entry = json_pack("{s:o, s:o}", "address",
                                  hex(account->address.bytes, sizeof account->address.bytes),
                                  "balance", decimal(account->balance.units));
        if (json_array_append_new(array, entry) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

const char *hs_genesis_election_name(enum hs_leader_election election)
{
    switch (election) {
    case HS_LEADER_ROUND_ROBIN:
        return "round-robin";
    case HS_LEADER_WEIGHTED:
        return "weighted";
    case HS_LEADER_REPUTATION:
        return "reputation";
    }
    return "";
}

char *hs_genesis_write(const struct hs_genesis *genesis, size_t *size)
{
    json_t *root = json_pack("{s:i, s:s, s:I, s:o, s:s, s:o, s:o, s:o, s:o}", "version",
                             (int)HS_GENESIS_VERSION, "chain_name", genesis->chain_name,
                             "timestamp_ms", (json_int_t)genesis->timestamp_ms, "base_fee",
                             decimal(genesis->parameters.fees.base_fee.units), "leader_election",
                             hs_genesis_election_name(genesis->election), "randomness",
                             hex(genesis->randomness, sizeof genesis->randomness), "parameters",
                             hs_genesis_parameters_json(&genesis->parameters), "validators",
                             validators_json(genesis), "accounts", accounts_json(genesis));
    char *text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (text != NULL) {
        *size = strlen(text);
    }
    return text;
}
