/* Writing many homes. See home.h.
 *
 * All keys are made first, since the genesis document names them and its hash is the chain's id; then
 * each home is written (home_write.h).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "runtime/home_files.h"
#include "runtime/home_names.h"
#include "runtime/home_write.h"
#include "runtime/real_clock.h"

#define ACCOUNTS_DEFAULT        4u
#define ACCOUNT_BALANCE_DEFAULT UINT64_C(1000000000000000)
#define SEED_TEXT_BYTES         (HS_HEX_CHARACTERS(32) - 1u)
#define PORT_MAX                65535u

/* Everything that one writing puts together. */
struct writing {
    const struct hs_homes_plan *plan;
    struct hs_home_error *error;
    struct hs_validator_key keys[HS_VALIDATORS_MAX];
    struct hs_account_key operators[HS_VALIDATORS_MAX];
    struct hs_account_key *accounts; /* [plan->account_count] */
    struct hs_account_seed seed;
    struct hs_genesis genesis;
    char *document;
    size_t document_size;
    struct hs_block genesis_block;
};

bool hs_homes_plan_default(struct hs_homes_plan *plan, const char *folder, uint32_t validator_count,
                           uint32_t base_port)
{
    memset(plan, 0, sizeof *plan);
    if (validator_count == 0 || validator_count > HS_VALIDATORS_MAX || base_port == 0 ||
        base_port > PORT_MAX || 2u * validator_count > PORT_MAX + 1u - base_port) {
        return false;
    }
    struct hs_clock clock = hs_real_clock();
    plan->folder = folder;
    plan->validator_count = validator_count;
    for (uint32_t i = 0; i < validator_count; i++) {
        plan->weights[i] = 1;
        plan->p2p_ports[i] = (uint16_t)(base_port + 2 * i);
        plan->rpc_ports[i] = (uint16_t)(base_port + 2 * i + 1);
    }
    plan->account_count = ACCOUNTS_DEFAULT;
    plan->account_balance.units = ACCOUNT_BALANCE_DEFAULT;
    hs_ledger_parameters_default(&plan->parameters);
    plan->timestamp_ms = clock.unix_ms(clock.context);
    hs_config_default(&plan->config);
    return true;
}

/* -- paths ------------------------------------------------------------------------- */

bool hs_homes_validator_path(char *path, const char *folder, uint32_t index)
{
    int size =
        snprintf(path, HS_HOME_PATH_CHARACTERS, "%s/" HS_HOMES_VALIDATOR "%" PRIu32, folder, index);
    return size > 0 && (size_t)size < HS_HOME_PATH_CHARACTERS;
}

bool hs_homes_operator_path(char *path, const char *folder, uint32_t index)
{
    int size =
        snprintf(path, HS_HOME_PATH_CHARACTERS,
                 "%s/" HS_HOMES_VALIDATOR "%" PRIu32 "/" HS_HOME_OPERATOR_NAME, folder, index);
    return size > 0 && (size_t)size < HS_HOME_PATH_CHARACTERS;
}

bool hs_homes_account_path(char *path, const char *folder, uint32_t index)
{
    int size = snprintf(path, HS_HOME_PATH_CHARACTERS,
                        "%s/" HS_HOMES_ACCOUNTS "/account-%" PRIu32 ".key", folder, index);
    return size > 0 && (size_t)size < HS_HOME_PATH_CHARACTERS;
}

/* -- derived accounts ----------------------------------------------------------------- */

enum hs_status hs_derived_account(struct hs_account_key *key, const struct hs_account_seed *seed,
                                  uint32_t index)
{
    uint8_t secret[HS_HASH_BYTES];
    uint8_t place[4];
    struct hs_writer writer = hs_writer_over(place, sizeof place);
    struct hs_hasher hasher;
    hs_write_u32(&writer, index);
    hs_hasher_begin(&hasher, "hotstuff/derived-account");
    hs_hasher_add(&hasher, seed->bytes, sizeof seed->bytes);
    hs_hasher_add(&hasher, place, sizeof place);
    hs_hasher_end(&hasher, secret);
    enum hs_status status = hs_account_key_make(key, secret);
    hs_wipe(secret, sizeof secret);
    hs_wipe(&hasher, sizeof hasher);
    return status;
}

enum hs_status hs_account_seed_load(struct hs_account_seed *seed, const char *folder,
                                    struct hs_home_error *error)
{
    char path[HS_HOME_PATH_CHARACTERS];
    char *text = NULL;
    size_t size = 0;
    enum hs_status status =
        hs_home_join(path, folder, HS_HOMES_ACCOUNTS "/" HS_HOMES_SEED_NAME, error);
    if (status == HS_OK) {
        status = hs_home_read_file(&text, &size, path, SEED_TEXT_BYTES + 1u, error);
    }
    if (status != HS_OK) {
        return status;
    }
    text[strcspn(text, "\n")] = '\0';
    if (!hs_hex_read(seed->bytes, sizeof seed->bytes, text)) {
        status =
            hs_home_fail(error, HS_MALFORMED,
                         "%s must hold \"0x\" and 64 lowercase hex digits; make the homes anew "
                         "with `hotstuff testnet`",
                         path);
    }
    hs_wipe(text, size);
    free(text);
    return status;
}

/* -- what the genesis document says ---------------------------------------------------- */

static enum hs_status make_randomness(void *bytes, size_t size, struct hs_home_error *error)
{
    if (getrandom(bytes, size, 0) != (ssize_t)size) {
        return hs_home_fail(error, HS_IO, "the system gives no randomness; check getrandom(2)");
    }
    return HS_OK;
}

static enum hs_status make_keys(struct writing *writing)
{
    const struct hs_homes_plan *plan = writing->plan;
    enum hs_status status = make_randomness(&writing->seed, sizeof writing->seed, writing->error);
    for (uint32_t i = 0; i < plan->validator_count && status == HS_OK; i++) {
        status = hs_validator_key_make(&writing->keys[i], NULL);
        if (status == HS_OK) {
            status = hs_account_key_make(&writing->operators[i], NULL);
        }
    }
    for (uint32_t i = 0; i < plan->account_count && status == HS_OK; i++) {
        status = hs_account_key_make(&writing->accounts[i], NULL);
    }
    return status;
}

static void describe_validators(struct writing *writing)
{
    const struct hs_homes_plan *plan = writing->plan;
    struct hs_genesis *genesis = &writing->genesis;
    genesis->validators.count = plan->validator_count;
    genesis->election = plan->election;
    for (uint32_t i = 0; i < plan->validator_count; i++) {
        struct hs_validator *validator = &genesis->validators.validators[i];
        const struct hs_validator_key *key = &writing->keys[i];
        validator->bls_public_key = key->bls_public_key;
        validator->network_key = key->network_public_key;
        validator->weight = plan->weights[i];
        validator->fee_recipient = writing->operators[i].address;
        genesis->possessions[i] = key->possession;
        snprintf(genesis->addresses[i].text, sizeof genesis->addresses[i].text, "127.0.0.1:%u",
                 plan->p2p_ports[i]);
    }
}

/* The account at `index` of the document: those with a key file, the derived ones, the operators. */
static enum hs_status address_of_account(struct writing *writing, struct hs_address *address,
                                         size_t index)
{
    const struct hs_homes_plan *plan = writing->plan;
    size_t derived_end = (size_t)plan->account_count + plan->derived_account_count;
    struct hs_account_key key;
    if (index < plan->account_count) {
        *address = writing->accounts[index].address;
        return HS_OK;
    }
    if (index >= derived_end) {
        *address = writing->operators[index - derived_end].address;
        return HS_OK;
    }
    enum hs_status status =
        hs_derived_account(&key, &writing->seed, (uint32_t)(index - plan->account_count));
    *address = key.address;
    hs_wipe(&key, sizeof key);
    return status;
}

static enum hs_status describe_accounts(struct writing *writing)
{
    const struct hs_homes_plan *plan = writing->plan;
    struct hs_genesis *genesis = &writing->genesis;
    genesis->account_count =
        (size_t)plan->account_count + plan->derived_account_count + plan->validator_count;
    genesis->accounts = calloc(genesis->account_count, sizeof genesis->accounts[0]);
    enum hs_status status = genesis->accounts != NULL ? HS_OK : HS_OUT_OF_MEMORY;
    for (size_t i = 0; i < genesis->account_count && status == HS_OK; i++) {
        genesis->accounts[i].balance = plan->account_balance;
        status = address_of_account(writing, &genesis->accounts[i].address, i);
    }
    return status;
}

/* The document, read back as every validator will read it. */
static enum hs_status make_document(struct writing *writing)
{
    struct hs_genesis *genesis = &writing->genesis;
    struct hs_genesis_error error;
    snprintf(genesis->chain_name, sizeof genesis->chain_name, "hotstuff");
    genesis->timestamp_ms = writing->plan->timestamp_ms;
    genesis->parameters = writing->plan->parameters;
    enum hs_status status =
        make_randomness(genesis->randomness, sizeof genesis->randomness, writing->error);
    if (status != HS_OK) {
        return status;
    }
    describe_validators(writing);
    status = describe_accounts(writing);
    writing->document = status == HS_OK ? hs_genesis_write(genesis, &writing->document_size) : NULL;
    if (writing->document == NULL) {
        return hs_home_fail(writing->error, HS_OUT_OF_MEMORY,
                            "out of memory while writing the genesis document");
    }
    hs_genesis_release(genesis);
    status = hs_genesis_parse(
        genesis, (struct hs_bytes){(const uint8_t *)writing->document, writing->document_size},
        &error);
    return status == HS_OK ? HS_OK : hs_home_fail(writing->error, status, "%s", error.text);
}

/* -- homes ------------------------------------------------------------------------------ */

static void address_home(struct hs_config *config, const struct hs_homes_plan *plan, uint32_t index)
{
    config->index = index;
    snprintf(config->key_file, sizeof config->key_file, HS_HOME_KEY_NAME);
    snprintf(config->reporter_file, sizeof config->reporter_file, HS_HOME_OPERATOR_NAME);
    snprintf(config->listen, sizeof config->listen, "127.0.0.1:%u", plan->p2p_ports[index]);
    snprintf(config->rpc_listen, sizeof config->rpc_listen, "127.0.0.1:%u", plan->rpc_ports[index]);
}

static enum hs_status write_home(struct writing *writing, uint32_t index)
{
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_config config = writing->plan->config;
    address_home(&config, writing->plan, index);
    const struct hs_home_contents contents = {
        .config = &config,
        .key = &writing->keys[index],
        .operator_key = &writing->operators[index],
        .document = {(const uint8_t *)writing->document, writing->document_size},
        .chain_id = &writing->genesis.chain_id,
        .genesis_block_id = &writing->genesis_block.id,
        .validator_count = writing->genesis.validators.count,
    };
    if (!hs_homes_validator_path(path, writing->plan->folder, index)) {
        return hs_home_fail(writing->error, HS_INVALID_ARGUMENT,
                            "the path of %s is too long; use a shorter one", writing->plan->folder);
    }
    return hs_home_write(path, &contents, writing->error);
}

static enum hs_status write_account_keys(struct writing *writing, const char *folder)
{
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_key_error error;
    for (uint32_t i = 0; i < writing->plan->account_count; i++) {
        if (!hs_homes_account_path(path, writing->plan->folder, i)) {
            return hs_home_fail(writing->error, HS_INVALID_ARGUMENT,
                                "the path of %s is too long; use a shorter one", folder);
        }
        enum hs_status status = hs_account_key_save(&writing->accounts[i], path, &error);
        if (status != HS_OK) {
            return hs_home_fail(writing->error, status, "%s", error.text);
        }
    }
    return HS_OK;
}

static enum hs_status write_accounts(struct writing *writing)
{
    char folder[HS_HOME_PATH_CHARACTERS];
    char text[HS_HEX_CHARACTERS(32) + 1];
    enum hs_status status =
        hs_home_join(folder, writing->plan->folder, HS_HOMES_ACCOUNTS, writing->error);
    if (status == HS_OK) {
        status = hs_home_make_folder(folder, writing->error);
    }
    if (status == HS_OK) {
        status = write_account_keys(writing, folder);
    }
    if (status != HS_OK || writing->plan->derived_account_count == 0) {
        return status;
    }
    hs_hex_write(text, writing->seed.bytes, sizeof writing->seed.bytes);
    strcat(text, "\n");
    status =
        hs_home_write_file(folder, HS_HOMES_SEED_NAME, text, strlen(text), true, writing->error);
    hs_wipe(text, sizeof text);
    return status;
}

/* -- all of it ------------------------------------------------------------------------------ */

static enum hs_status refuse_name(void *context, const char *name)
{
    struct writing *writing = context;
    return hs_home_fail(writing->error, HS_DUPLICATE,
                        "%s is not empty: \"%.100s\" is in it; give another folder, or empty it",
                        writing->plan->folder, name);
}

static enum hs_status write_everything(struct writing *writing)
{
    const struct hs_homes_plan *plan = writing->plan;
    enum hs_status status = hs_home_list(plan->folder, refuse_name, writing, writing->error);
    if (status == HS_OK || status == HS_NOT_FOUND) {
        status = make_keys(writing);
    }
    if (status == HS_OK) {
        status = make_document(writing);
    }
    if (status == HS_OK) {
        status = hs_home_genesis_block(&writing->genesis_block, &writing->genesis, writing->error);
    }
    if (status == HS_OK) { /* nothing of a chain that can't be is left */
        status = hs_home_make_folder(plan->folder, writing->error);
    }
    if (status == HS_OK) {
        status = hs_home_write_file(plan->folder, HS_HOME_GENESIS_NAME, writing->document,
                                    writing->document_size, false, writing->error);
    }
    if (status == HS_OK) {
        status = write_accounts(writing);
    }
    for (uint32_t i = 0; i < plan->validator_count && status == HS_OK; i++) {
        status = write_home(writing, i);
    }
    return status;
}

enum hs_status hs_homes_write(const struct hs_homes_plan *plan, struct hs_chain_id *chain_id,
                              struct hs_home_error *error)
{
    if (plan->validator_count == 0 || plan->validator_count > HS_VALIDATORS_MAX ||
        plan->account_count > HS_HOME_ACCOUNTS_MAX ||
        plan->derived_account_count > HS_HOME_DERIVED_ACCOUNTS_MAX) {
        return hs_home_fail(error, HS_INVALID_ARGUMENT,
                            "1 to %u validators, up to %u accounts with a key file and %u derived "
                            "ones can be made",
                            HS_VALIDATORS_MAX, HS_HOME_ACCOUNTS_MAX, HS_HOME_DERIVED_ACCOUNTS_MAX);
    }
    struct writing *writing = calloc(1, sizeof *writing);
    size_t accounts_size = (plan->account_count + 1u) * sizeof(struct hs_account_key);
    struct hs_account_key *accounts = calloc(1, accounts_size);
    error->text[0] = '\0';
    enum hs_status status = HS_OUT_OF_MEMORY;
    if (writing != NULL && accounts != NULL) {
        writing->plan = plan;
        writing->error = error;
        writing->accounts = accounts;
        status = write_everything(writing);
        *chain_id = writing->genesis.chain_id;
        hs_genesis_release(&writing->genesis);
        free(writing->document);
        hs_wipe(writing, sizeof *writing);
        hs_wipe(accounts, accounts_size);
    }
    free(writing);
    free(accounts);
    if (status != HS_OK && error->text[0] == '\0') {
        status =
            hs_home_fail(error, status, "the homes could not be made: %s", hs_status_text(status));
    }
    return status;
}
