/* The home of a validator that joins a chain. See home.h.
 *
 * The chain knows neither its keys nor its operator's account: both are made here, and registered by a
 * transaction once the account has something (P7). The first safety records are those of epoch 0: the
 * validator has signed nothing (D5).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/home_files.h"
#include "runtime/home_names.h"
#include "runtime/home_write.h"

struct making {
    const struct hs_home_plan *plan;
    struct hs_home_error *error;
    struct hs_genesis genesis;
    char *document; /* owned */
    size_t document_size;
    struct hs_block genesis_block;
    struct hs_validator_key key;
    struct hs_account_key operator_key;
};

static enum hs_status refuse_name(void *context, const char *name)
{
    struct making *making = context;
    return hs_home_fail(making->error, HS_DUPLICATE,
                        "%s is not empty: \"%.100s\" is in it; give another folder, or empty it",
                        making->plan->folder, name);
}

static enum hs_status read_genesis(struct making *making)
{
    struct hs_genesis_error genesis_error;
    enum hs_status status =
        hs_home_read_file(&making->document, &making->document_size, making->plan->genesis_file,
                          HS_GENESIS_BYTES_MAX, making->error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_genesis_parse(
        &making->genesis,
        (struct hs_bytes){(const uint8_t *)making->document, making->document_size},
        &genesis_error);
    return status == HS_OK ? HS_OK
                           : hs_home_fail(making->error, status, "%s: %.400s",
                                          making->plan->genesis_file, genesis_error.text);
}

static enum hs_status make_keys(struct making *making)
{
    enum hs_status status = hs_validator_key_make(&making->key, NULL);
    if (status == HS_OK) {
        status = hs_account_key_make(&making->operator_key, NULL);
    }
    return status == HS_OK ? HS_OK
                           : hs_home_fail(making->error, status,
                                          "the system gives no randomness; check getrandom(2)");
}

static enum hs_status write_all(struct making *making)
{
    struct hs_config config = making->plan->config;
    snprintf(config.key_file, sizeof config.key_file, HS_HOME_KEY_NAME);
    const struct hs_home_contents contents = {
        .config = &config,
        .key = &making->key,
        .operator_key = &making->operator_key,
        .document = {(const uint8_t *)making->document, making->document_size},
        .chain_id = &making->genesis.chain_id,
        .genesis_block_id = &making->genesis_block.id,
        .validator_count = making->genesis.validators.count,
    };
    return hs_home_write(making->plan->folder, &contents, making->error);
}

static enum hs_status make(struct making *making, struct hs_new_home *made)
{
    enum hs_status status = hs_home_list(making->plan->folder, refuse_name, making, making->error);
    if (status == HS_OK || status == HS_NOT_FOUND) {
        status = read_genesis(making);
    }
    if (status == HS_OK) {
        status = hs_home_genesis_block(&making->genesis_block, &making->genesis, making->error);
    }
    if (status == HS_OK) {
        status = make_keys(making);
    }
    if (status == HS_OK) {
        status = write_all(making);
    }
    if (status == HS_OK) {
        *made = (struct hs_new_home){
            .chain_id = making->genesis.chain_id,
            .has_epochs = making->genesis.parameters.staking.epoch_blocks > 0,
            .stake_min = making->genesis.parameters.staking.stake_min,
            .bls_public_key = making->key.bls_public_key,
            .network_key = making->key.network_public_key,
            .operator_address = making->operator_key.address,
        };
    }
    return status;
}

enum hs_status hs_home_new(const struct hs_home_plan *plan, struct hs_new_home *made,
                           struct hs_home_error *error)
{
    struct making *making = calloc(1, sizeof *making);
    if (making == NULL) {
        return hs_home_fail(error, HS_OUT_OF_MEMORY, "out of memory");
    }
    making->plan = plan;
    making->error = error;
    enum hs_status status = make(making, made);
    hs_genesis_release(&making->genesis);
    free(making->document);
    hs_wipe(making, sizeof *making);
    free(making);
    return status;
}
