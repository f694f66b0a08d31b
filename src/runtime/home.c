/* Opening a home: its files, checked against each other. See home.h. */
#include "runtime/home.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "runtime/home_files.h"
#include "runtime/home_names.h"

#define CHAIN_BYTES_MAX 256u

static enum hs_status load_config(struct hs_home *home, const char *path,
                                  struct hs_home_error *error)
{
    char file[HS_HOME_PATH_CHARACTERS];
    struct hs_config_error config_error;
    char *text = NULL;
    size_t size = 0;
    enum hs_status status = hs_home_join(file, path, HS_HOME_CONFIG_NAME, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_home_read_file(&text, &size, file, HS_CONFIG_BYTES_MAX, error);
    if (status == HS_NOT_FOUND) {
        return hs_home_fail(error, status,
                            "%s is no home of a validator: it has no %s; give the path of one, or "
                            "make some with `hotstuff testnet --validators N --dir D`",
                            path, HS_HOME_CONFIG_NAME);
    }
    if (status != HS_OK) {
        return status;
    }
    status = hs_config_parse(&home->config, file, text, size, &config_error);
    free(text);
    return status == HS_OK ? HS_OK : hs_home_fail(error, status, "%s", config_error.text);
}

/* The document must be the one that the home was made for, byte for byte: another chain id means
 * another chain, on which nothing that is in this home means anything. */
static enum hs_status check_chain(const char *path, const struct hs_chain_id *chain_id,
                                  struct hs_home_error *error)
{
    char file[HS_HOME_PATH_CHARACTERS];
    char expected[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    char *text = NULL;
    size_t size = 0;
    enum hs_status status = hs_home_join(file, path, HS_HOME_CHAIN_NAME, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_home_read_file(&text, &size, file, CHAIN_BYTES_MAX, error);
    if (status == HS_NOT_FOUND) {
        return hs_home_fail(error, status,
                            "%s is missing: the home was not written to its end; make it anew with "
                            "`hotstuff testnet`",
                            file);
    }
    if (status != HS_OK) {
        return status;
    }
    hs_hex_write(expected, chain_id->bytes, sizeof chain_id->bytes);
    text[strcspn(text, "\n")] = '\0';
    if (strcmp(text, expected) != 0) {
        status = hs_home_fail(error, HS_WRONG_CHAIN,
                              "%s/%s is not the document this home was made for: its chain id is "
                              "%s, the home's is %.80s; put the original file back, its bytes "
                              "unchanged",
                              path, HS_HOME_GENESIS_NAME, expected, text);
    }
    free(text);
    return status;
}

static enum hs_status load_genesis(struct hs_home *home, const char *path,
                                   struct hs_home_error *error)
{
    char file[HS_HOME_PATH_CHARACTERS];
    struct hs_genesis_error genesis_error;
    char *text = NULL;
    size_t size = 0;
    enum hs_status status = hs_home_join(file, path, HS_HOME_GENESIS_NAME, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_home_read_file(&text, &size, file, HS_GENESIS_BYTES_MAX, error);
    if (status != HS_OK) {
        return status;
    }
    struct hs_chain_id chain_id;
    hs_genesis_chain_id(&chain_id, (struct hs_bytes){(const uint8_t *)text, size});
    status = check_chain(path, &chain_id, error);
    if (status == HS_OK) {
        status = hs_genesis_parse(&home->genesis, (struct hs_bytes){(const uint8_t *)text, size},
                                  &genesis_error);
        if (status != HS_OK) {
            status = hs_home_fail(error, status, "%s: %.400s", file, genesis_error.text);
        }
    }
    free(text);
    return status;
}

static uint32_t index_of_key(const struct hs_home *home)
{
    const struct hs_validator_set *set = &home->genesis.validators;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct hs_validator *validator = &set->validators[i];
        if (memcmp(&validator->bls_public_key, &home->keys[0].bls_public_key,
                   sizeof validator->bls_public_key) == 0 &&
            memcmp(&validator->network_key, &home->keys[0].network_public_key,
                   sizeof validator->network_key) == 0) {
            return i;
        }
    }
    return HS_VALIDATORS_MAX;
}

/* Where the configuration says whose key this is, it must be. */
static enum hs_status check_key(const struct hs_home *home, const char *file,
                                struct hs_home_error *error)
{
    uint32_t index = home->config.index;
    uint32_t count = home->genesis.validators.count;
    if (index == HS_VALIDATORS_MAX || index == home->index) {
        return HS_OK;
    }
    if (index >= count) {
        return hs_home_fail(error, HS_NOT_A_VALIDATOR,
                            "node.index is %" PRIu32 ", but genesis.json names %" PRIu32
                            " validators, 0 to %" PRIu32 "; put the right index in hotstuff.conf",
                            index, count, count - 1);
    }
    return hs_home_fail(error, HS_NOT_A_VALIDATOR,
                        "%s is not the key of validators[%" PRIu32 "] in genesis.json; put the "
                        "right key file there, or the right node.index in hotstuff.conf, or remove "
                        "node.index: the keys of one that joined, or were rotated, are none of "
                        "genesis.json's",
                        file, index);
}

/* Beside the configuration, or anywhere. */
static enum hs_status find_file(char *file, const char *path, const char *name,
                                struct hs_home_error *error)
{
    if (name[0] != '/') {
        return hs_home_join(file, path, name, error);
    }
    snprintf(file, HS_HOME_PATH_CHARACTERS, "%s", name);
    return HS_OK;
}

static enum hs_status load_key(struct hs_home *home, const char *path, struct hs_home_error *error)
{
    char file[HS_HOME_PATH_CHARACTERS];
    struct hs_key_error key_error;
    enum hs_status status = find_file(file, path, home->config.key_file, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_validator_key_load(&home->keys[0], file, &key_error);
    if (status != HS_OK) {
        return hs_home_fail(error, status, "%s", key_error.text);
    }
    home->key_count = 1;
    home->index = index_of_key(home);
    return check_key(home, file, error);
}

static enum hs_status load_reporter(struct hs_home *home, const char *path,
                                    struct hs_home_error *error)
{
    char file[HS_HOME_PATH_CHARACTERS];
    struct hs_key_error key_error;
    if (home->config.reporter_file[0] == '\0') {
        return HS_OK;
    }
    enum hs_status status = find_file(file, path, home->config.reporter_file, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_account_key_load(&home->reporter, file, &key_error);
    if (status != HS_OK) {
        return hs_home_fail(error, status,
                            "%.300s; it is node.reporter of hotstuff.conf, the account that "
                            "reports double votes: put it there, or write \"reporter = off\"",
                            key_error.text);
    }
    home->has_reporter = true;
    return HS_OK;
}

static bool are_alike(const struct hs_validator_key *a, const struct hs_validator_key *b)
{
    return memcmp(&a->bls_public_key, &b->bls_public_key, sizeof a->bls_public_key) == 0 ||
           memcmp(&a->network_public_key, &b->network_public_key, sizeof a->network_public_key) ==
               0;
}

static enum hs_status load_next_key(struct hs_home *home, const char *path,
                                    struct hs_home_error *error)
{
    char file[HS_HOME_PATH_CHARACTERS];
    struct hs_key_error key_error;
    enum hs_status status = hs_home_join(file, path, HS_HOME_NEXT_KEY_NAME, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_validator_key_load(&home->keys[1], file, &key_error);
    if (status == HS_NOT_FOUND) {
        return HS_OK;
    }
    if (status != HS_OK) {
        return hs_home_fail(error, status, "%s", key_error.text);
    }
    if (are_alike(&home->keys[0], &home->keys[1])) {
        return hs_home_fail(
            error, HS_DUPLICATE,
            "%s holds the same keys as the validator's own file; remove it, or make "
            "new ones with `hotstuff keys validator --out F`",
            file);
    }
    home->key_count = 2;
    return HS_OK;
}

enum hs_status hs_home_load(struct hs_home *home, const char *path, struct hs_home_error *error)
{
    memset(home, 0, sizeof *home);
    enum hs_status status = load_config(home, path, error);
    if (status == HS_OK) {
        status = load_genesis(home, path, error);
    }
    if (status == HS_OK) {
        status = load_key(home, path, error);
    }
    if (status == HS_OK) {
        status = load_next_key(home, path, error);
    }
    if (status == HS_OK) {
        status = load_reporter(home, path, error);
    }
    if (status != HS_OK) {
        hs_home_release(home);
    }
    return status;
}

void hs_home_release(struct hs_home *home)
{
    hs_genesis_release(&home->genesis);
    hs_wipe(home->keys, sizeof home->keys);
    hs_wipe(&home->reporter, sizeof home->reporter);
}
