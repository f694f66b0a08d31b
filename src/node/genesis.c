/* The genesis document. See genesis.h.
 *
 * Everything about a chain hangs on this file, and people write it: so each complaint names
 * the entry and what to do. A member is looked up by name and counted; when all that must be
 * there was found and the object holds no more members than that, none is unknown.
 */
#include "node/genesis.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "consensus/validator_set.h"
#include "crypto/bls.h"
#include "crypto/hash.h"
#include "wire/header.h"
#include "wire/payload.h"

/* A JSON object that is being read, and how people call it ("validators[3]"). */
struct entry {
    const json_t *object;
    char name[48];
    size_t members_read;
    struct hs_genesis_error *error;
};

static enum hs_status fail(struct hs_genesis_error *error, enum hs_status status,
                           const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum hs_status fail(struct hs_genesis_error *error, enum hs_status status,
                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

static enum hs_status entry_begin(struct entry *entry, const json_t *value, const char *name,
                                  struct hs_genesis_error *error)
{
    *entry = (struct entry){.object = value, .error = error};
    snprintf(entry->name, sizeof entry->name, "%s", name);
    if (!json_is_object(value)) {
        return fail(error, HS_MALFORMED, "%s: must be an object in braces", name);
    }
    return HS_OK;
}

/* After all members were read. */
static enum hs_status entry_end(const struct entry *entry, const char *members)
{
    if (json_object_size(entry->object) == entry->members_read) {
        return HS_OK;
    }
    return fail(entry->error, HS_MALFORMED, "%s: has an unknown member; those known are %s",
                entry->name, members);
}

/* -- members ------------------------------------------------------------------- */

static enum hs_status read_text(struct entry *entry, const char *member, const char **text,
                                const char *form)
{
    const json_t *value = json_object_get(entry->object, member);
    if (!json_is_string(value)) {
        return fail(entry->error, HS_MALFORMED, "%s: \"%s\" is %s; write %s", entry->name, member,
                    value == NULL ? "missing" : "no string", form);
    }
    *text = json_string_value(value);
    entry->members_read++;
    return HS_OK;
}

static enum hs_status read_bytes(struct entry *entry, const char *member, uint8_t bytes[],
                                 size_t size)
{
    char form[64];
    const char *text;
    snprintf(form, sizeof form, "\"0x\" and %zu lowercase hex digits", 2 * size);
    enum hs_status status = read_text(entry, member, &text, form);
    if (status == HS_OK && !hs_hex_read(bytes, size, text)) {
        return fail(entry->error, HS_MALFORMED, "%s: \"%s\" must be %s", entry->name, member, form);
    }
    return status;
}

static enum hs_status read_decimal(struct entry *entry, const char *member, uint64_t *value)
{
    const char *text;
    enum hs_status status = read_text(entry, member, &text, "a decimal number in quotes");
    if (status == HS_OK && !hs_decimal_read(value, text)) {
        return fail(entry->error, HS_MALFORMED,
                    "%s: \"%s\" must be a decimal number in quotes, below 2^64, without leading "
                    "zeros",
                    entry->name, member);
    }
    return status;
}

static enum hs_status read_integer(struct entry *entry, const char *member, uint64_t *value)
{
    const json_t *number = json_object_get(entry->object, member);
    if (!json_is_integer(number) || json_integer_value(number) < 0) {
        return fail(entry->error, HS_MALFORMED, "%s: \"%s\" must be a whole number, 0 or more",
                    entry->name, member);
    }
    *value = (uint64_t)json_integer_value(number);
    entry->members_read++;
    return HS_OK;
}

static enum hs_status read_array(struct entry *entry, const char *member, const json_t **array,
                                 size_t count_min, size_t count_max)
{
    *array = json_object_get(entry->object, member);
    if (!json_is_array(*array)) {
        return fail(entry->error, HS_MALFORMED, "%s: \"%s\" must be an array in brackets",
                    entry->name, member);
    }
    size_t count = json_array_size(*array);
    if (count < count_min || count > count_max) {
        return fail(entry->error, HS_INVALID_ARGUMENT,
                    "%s: \"%s\" has %zu entries; give %zu to %zu", entry->name, member, count,
                    count_min, count_max);
    }
    entry->members_read++;
    return HS_OK;
}

/* -- validators ---------------------------------------------------------------- */

static enum hs_status read_validator(struct hs_genesis *genesis, const json_t *value,
                                     uint32_t index, struct hs_genesis_error *error)
{
    struct hs_validator *validator = &genesis->validators.validators[index];
    struct hs_bls_signature *possession = &genesis->possessions[index];
    struct entry entry;
    char name[48];
    snprintf(name, sizeof name, "validators[%" PRIu32 "]", index);
    enum hs_status status = entry_begin(&entry, value, name, error);
    if (status != HS_OK) {
        return status;
    }
    if (json_object_get(value, "name") != NULL) {
        const char *unused;
        status = read_text(&entry, "name", &unused, "a string");
    }
    if (status == HS_OK) {
        status = read_bytes(&entry, "bls_public_key", validator->bls_public_key.bytes,
                            sizeof validator->bls_public_key.bytes);
    }
    if (status == HS_OK) {
        status = read_bytes(&entry, "possession", possession->bytes, sizeof possession->bytes);
    }
    if (status == HS_OK) {
        status = read_bytes(&entry, "network_key", validator->network_key.bytes,
                            sizeof validator->network_key.bytes);
    }
    if (status == HS_OK) {
        status = read_decimal(&entry, "weight", &validator->weight);
    }
    if (status == HS_OK) {
        status = read_bytes(&entry, "fee_recipient", validator->fee_recipient.bytes,
                            sizeof validator->fee_recipient.bytes);
    }
    return status != HS_OK ? status
                           : entry_end(&entry, "name, bls_public_key, possession, network_key, "
                                               "weight, fee_recipient");
}

static enum hs_status check_weight(struct hs_validator_set *set, uint32_t index,
                                   struct hs_genesis_error *error)
{
    uint64_t weight = set->validators[index].weight;
    if (weight == 0) {
        return fail(error, HS_INVALID_ARGUMENT,
                    "validators[%" PRIu32 "]: \"weight\" is 0; give at least 1, or leave the "
                    "validator out",
                    index);
    }
    if (weight > HS_WEIGHT_TOTAL_MAX - set->weight_total) {
        return fail(error, HS_OVERFLOW,
                    "validators[%" PRIu32 "]: the weights up to here sum to more than 2^62 - 1; "
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
            return fail(error, HS_DUPLICATE,
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
        return fail(error, HS_MALFORMED,
                    "validators[%" PRIu32 "]: \"bls_public_key\" is no key of BLS12-381; copy it "
                    "anew from `hotstuff keys show`",
                    index);
    }
    if (hs_bls_check_possession(key, &genesis->possessions[index]) != HS_OK) {
        return fail(error, HS_BAD_SIGNATURE,
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
    for (uint32_t i = 1; genesis->election == HS_LEADER_ROUND_ROBIN && i < set->count; i++) {
        if (set->validators[i].weight != set->validators[0].weight) {
            return fail(error, HS_INVALID_ARGUMENT,
                        "validators[%" PRIu32 "]: its weight differs from that of validators[0]; "
                        "round-robin is for equal weights, write \"leader_election\": "
                        "\"weighted\" or \"reputation\"",
                        i);
        }
    }
    return HS_OK;
}

static enum hs_status read_validators(struct hs_genesis *genesis, const json_t *array,
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
    return check_election(genesis, error);
}

/* -- accounts ------------------------------------------------------------------- */

static enum hs_status read_account(struct hs_genesis_account *account, const json_t *value,
                                   size_t index, struct hs_genesis_error *error)
{
    struct entry entry;
    char name[48];
    snprintf(name, sizeof name, "accounts[%zu]", index);
    enum hs_status status = entry_begin(&entry, value, name, error);
    if (status == HS_OK) {
        status =
            read_bytes(&entry, "address", account->address.bytes, sizeof account->address.bytes);
    }
    if (status == HS_OK) {
        status = read_decimal(&entry, "balance", &account->balance.units);
    }
    return status != HS_OK ? status : entry_end(&entry, "address, balance");
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
        return fail(error, HS_OUT_OF_MEMORY, "out of memory while reading the genesis accounts");
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
            status = fail(error, HS_DUPLICATE,
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
        return fail(error, HS_OUT_OF_MEMORY, "out of memory while reading the genesis accounts");
    }
    genesis->account_count = count;
    for (size_t i = 0; i < count; i++) {
        struct hs_genesis_account *account = &genesis->accounts[i];
        enum hs_status status = read_account(account, json_array_get(array, i), i, error);
        if (status != HS_OK) {
            return status;
        }
        if (account->balance.units > UINT64_MAX - supply) {
            return fail(error, HS_OVERFLOW,
                        "accounts[%zu]: the balances up to here sum to more than 2^64 - 1; the "
                        "whole supply must fit 64 bits",
                        i);
        }
        supply += account->balance.units;
    }
    return check_addresses_differ(genesis, error);
}

/* -- the document ---------------------------------------------------------------- */

static enum hs_status read_version(struct entry *entry)
{
    uint64_t version = 0;
    enum hs_status status = read_integer(entry, "version", &version);
    if (status == HS_OK && version != HS_GENESIS_VERSION) {
        return fail(entry->error, HS_INVALID_ARGUMENT,
                    "version %" PRIu64 " of the genesis document is not known; this program reads "
                    "version %u",
                    version, HS_GENESIS_VERSION);
    }
    return status;
}

static enum hs_status read_chain_name(struct hs_genesis *genesis, struct entry *entry)
{
    const char *text;
    enum hs_status status = read_text(entry, "chain_name", &text, "a short name in quotes");
    if (status != HS_OK) {
        return status;
    }
    if (strlen(text) >= sizeof genesis->chain_name) {
        return fail(entry->error, HS_INVALID_ARGUMENT,
                    "%s: \"chain_name\" has more than %u bytes; shorten it", entry->name,
                    HS_GENESIS_NAME_CHARACTERS - 1);
    }
    snprintf(genesis->chain_name, sizeof genesis->chain_name, "%s", text);
    return HS_OK;
}

#define ELECTIONS "\"round-robin\", \"weighted\" or \"reputation\""

static enum hs_status read_election(struct hs_genesis *genesis, struct entry *entry)
{
    const char *text;
    enum hs_status status = read_text(entry, "leader_election", &text, ELECTIONS);
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
    return fail(entry->error, HS_INVALID_ARGUMENT, "%s: \"leader_election\" must be %s",
                entry->name, ELECTIONS);
}

static enum hs_status read_plain_members(struct hs_genesis *genesis, struct entry *entry)
{
    enum hs_status status = read_version(entry);
    if (status == HS_OK) {
        status = read_chain_name(genesis, entry);
    }
    if (status == HS_OK) {
        status = read_integer(entry, "timestamp_ms", &genesis->timestamp_ms);
    }
    if (status == HS_OK) {
        status = read_decimal(entry, "base_fee", &genesis->base_fee.units);
    }
    if (status == HS_OK) {
        status = read_election(genesis, entry);
    }
    if (status == HS_OK) {
        status = read_bytes(entry, "randomness", genesis->randomness, sizeof genesis->randomness);
    }
    return status;
}

static enum hs_status read_document(struct hs_genesis *genesis, const json_t *root,
                                    struct hs_genesis_error *error)
{
    struct entry entry;
    const json_t *validators = NULL;
    const json_t *accounts = NULL;
    enum hs_status status = entry_begin(&entry, root, "the genesis document", error);
    if (status == HS_OK) {
        status = read_plain_members(genesis, &entry);
    }
    if (status == HS_OK) {
        status = read_array(&entry, "validators", &validators, 1, HS_VALIDATORS_MAX);
    }
    if (status == HS_OK) {
        status = read_array(&entry, "accounts", &accounts, 0, HS_LEDGER_ACCOUNTS_MAX);
    }
    if (status == HS_OK) {
        status = entry_end(&entry, "version, chain_name, timestamp_ms, base_fee, leader_election, "
                                   "randomness, validators, accounts");
    }
    if (status == HS_OK) {
        status = read_validators(genesis, validators, error);
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
        return fail(error, HS_INVALID_ARGUMENT,
                    "the genesis document has more than %u bytes; leave accounts out",
                    HS_GENESIS_BYTES_MAX);
    }
    json_error_t json_error;
    json_t *root =
        json_loadb((const char *)document.data, document.size, JSON_REJECT_DUPLICATES, &json_error);
    if (root == NULL) {
        return fail(error, HS_MALFORMED,
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
    header->base_fee = genesis->base_fee;
    hs_block_id_of(&block->id, header, genesis->validators.count);
}
