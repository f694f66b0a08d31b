/* The genesis document. See genesis.h.
 *
 * Everything about a chain hangs on this file, and people write it: so each complaint names
 * the entry and what to do.
 */
#include "node/genesis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "crypto/hash.h"
#include "node/genesis_entry.h"
#include "node/genesis_parameters.h"
#include "node/genesis_validators.h"
#include "wire/header.h"
#include "wire/payload.h"

/* -- accounts ------------------------------------------------------------------- */

static enum hs_status read_account(struct hs_genesis_account *account, const json_t *value,
                                   size_t index, struct hs_genesis_error *error)
{
    struct hs_genesis_entry entry;
    char name[48];
    snprintf(name, sizeof name, "accounts[%zu]", index);
    enum hs_status status = hs_genesis_entry_begin(&entry, value, name, error);
    if (status == HS_OK) {
        status = hs_genesis_read_bytes(&entry, "address", account->address.bytes,
                                       sizeof account->address.bytes);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_decimal(&entry, "balance", &account->balance.units);
    }
    return status != HS_OK ? status : hs_genesis_entry_end(&entry, "address, balance");
}

struct place {
    const struct hs_genesis_account *account;
    size_t index;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    int order = memcmp(&a->account->address, &b->account->address, sizeof a->account->address);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static enum hs_status check_addresses_differ(const struct hs_genesis *genesis,
                                             struct hs_genesis_error *error)
{
    size_t count = genesis->account_count;
    struct place *places = count > 0 ? calloc(count, sizeof *places) : NULL;
    if (count > 0 && places == NULL) {
        return hs_genesis_fail(error, HS_OUT_OF_MEMORY,
                               "out of memory while reading the genesis accounts");
    }
    for (size_t i = 0; i < count; i++) {
        places[i] = (struct place){&genesis->accounts[i], i};
    }
    if (count > 1) {
        qsort(places, count, sizeof *places, compare_places);
    }
    enum hs_status status = HS_OK;
    for (size_t i = 1; i < count && status == HS_OK; i++) {
        if (memcmp(&places[i - 1].account->address, &places[i].account->address,
                   sizeof places[i].account->address) == 0) {
            status = hs_genesis_fail(
                error, HS_DUPLICATE,
                "accounts[%zu] has the address of accounts[%zu]; put both balances in "
                "one entry",
                places[i].index, places[i - 1].index);
        }
    }
    free(places);
    return status;
}

static enum hs_status read_accounts(struct hs_genesis *genesis, const json_t *array,
                                    struct hs_genesis_error *error)
{
    size_t count = json_array_size(array);
    uint64_t supply = 0;
    genesis->accounts = calloc(count > 0 ? count : 1, sizeof *genesis->accounts);
    if (genesis->accounts == NULL) {
        return hs_genesis_fail(error, HS_OUT_OF_MEMORY,
                               "out of memory while reading the genesis accounts");
    }
    genesis->account_count = count;
    for (size_t i = 0; i < count; i++) {
        struct hs_genesis_account *account = &genesis->accounts[i];
        enum hs_status status = read_account(account, json_array_get(array, i), i, error);
        if (status != HS_OK) {
            return status;
        }
        if (account->balance.units == 0) {
            return hs_genesis_fail(error, HS_INVALID_ARGUMENT,
                                   "accounts[%zu]: \"balance\" is 0; give at least 1, or leave the "
                                   "account out: it is made when it is first paid",
                                   i);
        }
        if (account->balance.units > UINT64_MAX - supply) {
            return hs_genesis_fail(
                error, HS_OVERFLOW,
                "accounts[%zu]: the balances up to here sum to more than 2^64 - 1; the "
                "whole supply must fit 64 bits",
                i);
        }
        supply += account->balance.units;
    }
    return check_addresses_differ(genesis, error);
}

/* -- the document ---------------------------------------------------------------- */

static enum hs_status read_version(struct hs_genesis_entry *entry)
{
    uint64_t version = 0;
    enum hs_status status = hs_genesis_read_integer(entry, "version", &version);
    if (status == HS_OK && version != HS_GENESIS_VERSION) {
        return hs_genesis_fail(entry->error, HS_INVALID_ARGUMENT,
                               "version %" PRIu64
                               " of the genesis document is not known; this program reads "
                               "version %u",
                               version, HS_GENESIS_VERSION);
    }
    return status;
}

static enum hs_status read_chain_name(struct hs_genesis *genesis, struct hs_genesis_entry *entry)
{
    const char *text;
    enum hs_status status =
        hs_genesis_read_text(entry, "chain_name", &text, "a short name in quotes");
    if (status != HS_OK) {
        return status;
    }
    if (strlen(text) >= sizeof genesis->chain_name) {
        return hs_genesis_fail(entry->error, HS_INVALID_ARGUMENT,
                               "%s: \"chain_name\" has more than %u bytes; shorten it", entry->name,
                               HS_GENESIS_NAME_CHARACTERS - 1);
    }
    snprintf(genesis->chain_name, sizeof genesis->chain_name, "%s", text);
    return HS_OK;
}

#define ELECTIONS "\"round-robin\", \"weighted\" or \"reputation\""

static enum hs_status read_election(struct hs_genesis *genesis, struct hs_genesis_entry *entry)
{
    const char *text;
    enum hs_status status = hs_genesis_read_text(entry, "leader_election", &text, ELECTIONS);
    if (status != HS_OK) {
        return status;
    }
    static const enum hs_leader_election all[] = {HS_LEADER_ROUND_ROBIN, HS_LEADER_WEIGHTED,
                                                  HS_LEADER_REPUTATION};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(text, hs_genesis_election_name(all[i])) == 0) {
            genesis->election = all[i];
            return HS_OK;
        }
    }
    return hs_genesis_fail(entry->error, HS_INVALID_ARGUMENT, "%s: \"leader_election\" must be %s",
                           entry->name, ELECTIONS);
}

static enum hs_status read_plain_members(struct hs_genesis *genesis, struct hs_genesis_entry *entry)
{
    hs_ledger_parameters_default(&genesis->parameters);
    enum hs_status status = read_version(entry);
    if (status == HS_OK) {
        status = read_chain_name(genesis, entry);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_integer(entry, "timestamp_ms", &genesis->timestamp_ms);
    }
    if (status == HS_OK) {
        status =
            hs_genesis_read_decimal(entry, "base_fee", &genesis->parameters.fees.base_fee.units);
    }
    if (status == HS_OK) {
        status = read_election(genesis, entry);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_bytes(entry, "randomness", genesis->randomness,
                                       sizeof genesis->randomness);
    }
    return status;
}

static enum hs_status read_document(struct hs_genesis *genesis, const json_t *root,
                                    struct hs_genesis_error *error)
{
    struct hs_genesis_entry entry;
    const json_t *validators = NULL;
    const json_t *accounts = NULL;
    enum hs_status status = hs_genesis_entry_begin(&entry, root, "the genesis document", error);
    if (status == HS_OK) {
        status = read_plain_members(genesis, &entry);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_array(&entry, "validators", &validators, 1, HS_VALIDATORS_MAX);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_array(&entry, "accounts", &accounts, 0, HS_LEDGER_ACCOUNTS_MAX);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_parameters(genesis, &entry);
    }
    if (status == HS_OK) {
        status = hs_genesis_entry_end(
            &entry, "version, chain_name, timestamp_ms, base_fee, leader_election, "
                    "randomness, parameters, validators, accounts");
    }
    if (status == HS_OK) {
        status = hs_genesis_read_validators(genesis, validators, error);
    }
    return status == HS_OK ? read_accounts(genesis, accounts, error) : status;
}

void hs_genesis_chain_id(struct hs_chain_id *chain_id, struct hs_bytes document)
{
    hs_sha256(chain_id->bytes, document.data, document.size);
}

enum hs_status hs_genesis_parse(struct hs_genesis *genesis, struct hs_bytes document,
                                struct hs_genesis_error *error)
{
    memset(genesis, 0, sizeof *genesis);
    if (document.size > HS_GENESIS_BYTES_MAX) {
        return hs_genesis_fail(error, HS_INVALID_ARGUMENT,
                               "the genesis document has more than %u bytes; leave accounts out",
                               HS_GENESIS_BYTES_MAX);
    }
    json_error_t json_error;
    json_t *root =
        json_loadb((const char *)document.data, document.size, JSON_REJECT_DUPLICATES, &json_error);
    if (root == NULL) {
        return hs_genesis_fail(
            error, HS_MALFORMED,
            "the genesis document is no JSON (line %d, column %d: %s); put it right or "
            "copy it anew from another validator",
            json_error.line, json_error.column, json_error.text);
    }
    enum hs_status status = read_document(genesis, root, error);
    json_decref(root);
    if (status != HS_OK) {
        hs_genesis_release(genesis);
        return status;
    }
    hs_genesis_chain_id(&genesis->chain_id, document);
    return HS_OK;
}

void hs_genesis_release(struct hs_genesis *genesis)
{
    free(genesis->accounts);
    genesis->accounts = NULL;
    genesis->account_count = 0;
}

void hs_genesis_stakes(const struct hs_genesis *genesis,
                       struct hs_genesis_validator validators[HS_VALIDATORS_MAX])
{
    for (uint32_t i = 0; i < genesis->validators.count; i++) {
        const struct hs_validator *validator = &genesis->validators.validators[i];
        validators[i] = (struct hs_genesis_validator){
            .operator_address = validator->fee_recipient,
            .keys = {.bls_public_key = validator->bls_public_key,
                     .possession = genesis->possessions[i],
                     .network_key = validator->network_key,
                     .fee_recipient = validator->fee_recipient,
                     .address = genesis->addresses[i]},
            .stake = {validator->weight},
        };
    }
}

void hs_genesis_ledger_config(struct hs_ledger_config *config,
                              struct hs_genesis_validator validators[HS_VALIDATORS_MAX],
                              const struct hs_genesis *genesis)
{
    hs_genesis_stakes(genesis, validators);
    *config = (struct hs_ledger_config){
        .chain_id = genesis->chain_id,
        .parameters = genesis->parameters,
        .accounts = genesis->accounts,
        .account_count = genesis->account_count,
        .validators = validators,
        .validator_count = genesis->validators.count,
        .election = genesis->election,
    };
    memcpy(config->randomness, genesis->randomness, sizeof config->randomness);
}

void hs_genesis_block(struct hs_block *block, const struct hs_genesis *genesis,
                      const struct hs_state_root *state_root)
{
    memset(block, 0, sizeof *block);
    struct hs_block_header *header = &block->header;
    header->version = HS_HEADER_VERSION;
    header->chain_id = genesis->chain_id;
    hs_payload_root_of(&header->payload_root, NULL, 0);
    header->state_root = *state_root;
    header->timestamp_ms = genesis->timestamp_ms;
    header->base_fee = genesis->parameters.fees.base_fee;
    hs_block_id_of(&block->id, header, genesis->validators.count);
}
