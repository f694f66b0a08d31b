#include "cli/light_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

#define CHECKPOINT_TYPE "checkpoint"
#define PROOF_TYPE      "account_proof"
#define FILE_VERSION    1

/* -- members -------------------------------------------------------------------------- */

static json_t *hex_json(const uint8_t bytes[], size_t size)
{
    char *text = malloc(HS_HEX_CHARACTERS(size));
    if (text == NULL) {
        return NULL;
    }
    hs_hex_write(text, bytes, size);
    json_t *value = json_string(text);
    free(text);
    return value;
}

static json_t *decimal_json(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

static bool read_hash(uint8_t bytes[HS_HASH_BYTES], const char *text)
{
    return hs_hex_read(bytes, HS_HASH_BYTES, text);
}

/* How many bytes a text of hex is of; 0: it is none. */
static size_t hex_size(size_t characters)
{
    return characters > 2 && characters % 2 == 0 ? characters / 2 - 1 : 0;
}

static enum hs_status read_bytes(struct hs_light_bytes *bytes, const json_t *value)
{
    const size_t size = hex_size(json_string_length(value));
    if (size == 0) {
        return HS_MALFORMED;
    }
    bytes->data = malloc(size);
    bytes->size = size;
    if (bytes->data == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    return hs_hex_read(bytes->data, size, json_string_value(value)) ? HS_OK : HS_MALFORMED;
}

static json_t *load(struct hs_bytes text)
{
    return json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
}

/* -- checkpoints ------------------------------------------------------------------------ */

static bool read_checkpoint(struct hs_checkpoint *checkpoint, json_t *root)
{
    const char *type;
    const char *chain_id;
    const char *block_id;
    const char *epoch;
    size_t epoch_characters;
    int version;
    json_int_t height;
    if (json_unpack_ex(root, NULL, JSON_STRICT, "{s:s, s:i, s:s, s:I, s:s, s:s%}", "type", &type,
                       "version", &version, "chain_id", &chain_id, "height", &height, "block_id",
                       &block_id, "epoch", &epoch, &epoch_characters) != 0) {
        return false;
    }
    checkpoint->height = (uint64_t)height;
    checkpoint->epoch_size = hex_size(epoch_characters);
    return strcmp(type, CHECKPOINT_TYPE) == 0 && version == FILE_VERSION && height >= 0 &&
           read_hash(checkpoint->chain_id.bytes, chain_id) &&
           read_hash(checkpoint->block_id.bytes, block_id) && checkpoint->epoch_size > 0 &&
           checkpoint->epoch_size <= sizeof checkpoint->epoch &&
           hs_hex_read(checkpoint->epoch, checkpoint->epoch_size, epoch);
}

enum hs_status hs_checkpoint_read(struct hs_checkpoint *checkpoint, struct hs_bytes text)
{
    json_t *root = text.size <= HS_CHECKPOINT_FILE_BYTES_MAX ? load(text) : NULL;
    const bool read = root != NULL && read_checkpoint(checkpoint, root);
    json_decref(root);
    return read ? HS_OK : HS_MALFORMED;
}

json_t *hs_checkpoint_json(const struct hs_light *light)
{
    uint8_t *epoch = malloc(HS_EPOCH_BYTES_MAX);
    if (epoch == NULL) {
        return NULL;
    }
    const size_t size = hs_epoch_encode(epoch, &light->epoch, light->election);
    json_t *json =
        json_pack("{s:s, s:i, s:o, s:I, s:o, s:o}", "type", CHECKPOINT_TYPE, "version",
                  FILE_VERSION, "chain_id", hex_json(light->chain_id.bytes, HS_HASH_BYTES),
                  "height", (json_int_t)light->height, "block_id",
                  hex_json(light->block_id.bytes, HS_HASH_BYTES), "epoch", hex_json(epoch, size));
    free(epoch);
    return json;
}

enum hs_status hs_checkpoint_begin(struct hs_light *light, const struct hs_checkpoint *checkpoint,
                                   struct hs_light_error *error)
{
    const struct hs_light_checkpoint from = {
        .chain_id = checkpoint->chain_id,
        .height = checkpoint->height,
        .block_id = checkpoint->block_id,
        .epoch = {checkpoint->epoch, checkpoint->epoch_size},
    };
    return hs_light_begin(light, &from, error);
}

/* -- proofs ----------------------------------------------------------------------------- */

static enum hs_status read_steps(struct hs_account_proof *proof, const json_t *steps)
{
    const size_t count = json_array_size(steps);
    if (!json_is_array(steps) || count > HS_PROOF_STEPS_MAX) {
        return HS_MALFORMED;
    }
    proof->steps = calloc(count + 1, sizeof proof->steps[0]);
    proof->step_count = proof->steps != NULL ? count : 0;
    enum hs_status status = proof->steps != NULL ? HS_OK : HS_OUT_OF_MEMORY;
    for (size_t i = 0; status == HS_OK && i < count; i++) {
        status = read_bytes(&proof->steps[i], json_array_get(steps, i));
    }
    return status;
}

static enum hs_status read_proof(struct hs_account_proof *proof, json_t *root)
{
    const char *type;
    const char *chain_id;
    const char *address;
    const char *balance;
    int version;
    json_int_t height;
    json_int_t nonce;
    json_t *steps;
    json_t *commit_proof;
    json_t *account_proof;
    if (json_unpack_ex(root, NULL, JSON_STRICT,
                       "{s:s, s:i, s:s, s:s, s:I, s:s, s:I, s:o, s:o, s:o}", "type", &type,
                       "version", &version, "chain_id", &chain_id, "address", &address, "height",
                       &height, "balance", &balance, "nonce", &nonce, "steps", &steps,
                       "commit_proof", &commit_proof, "account_proof", &account_proof) != 0 ||
        strcmp(type, PROOF_TYPE) != 0 || version != FILE_VERSION || height < 0 || nonce < 0 ||
        !read_hash(proof->chain_id.bytes, chain_id) || !read_hash(proof->address.bytes, address) ||
        !hs_decimal_read(&proof->account.balance.units, balance)) {
        return HS_MALFORMED;
    }
    proof->height = (uint64_t)height;
    proof->account.nonce = (uint64_t)nonce;
    enum hs_status status = read_steps(proof, steps);
    if (status == HS_OK) {
        status = read_bytes(&proof->commit_proof, commit_proof);
    }
    return status == HS_OK ? read_bytes(&proof->account_proof, account_proof) : status;
}

enum hs_status hs_account_proof_read(struct hs_account_proof *proof, struct hs_bytes text)
{
    *proof = (struct hs_account_proof){.step_count = 0};
    json_t *root = load(text);
    enum hs_status status = root != NULL ? read_proof(proof, root) : HS_MALFORMED;
    json_decref(root);
    if (status != HS_OK) {
        hs_account_proof_release(proof);
    }
    return status;
}

json_t *hs_account_proof_json(const struct hs_account_proof *proof)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < proof->step_count; i++) {
        json_array_append_new(steps, hex_json(proof->steps[i].data, proof->steps[i].size));
    }
    return json_pack(
        "{s:s, s:i, s:o, s:o, s:I, s:o, s:I, s:o, s:o, s:o}", "type", PROOF_TYPE, "version",
        FILE_VERSION, "chain_id", hex_json(proof->chain_id.bytes, HS_HASH_BYTES), "address",
        hex_json(proof->address.bytes, HS_ADDRESS_BYTES), "height", (json_int_t)proof->height,
        "balance", decimal_json(proof->account.balance.units), "nonce",
        (json_int_t)proof->account.nonce, "steps", steps, "commit_proof",
        hex_json(proof->commit_proof.data, proof->commit_proof.size), "account_proof",
        hex_json(proof->account_proof.data, proof->account_proof.size));
}

void hs_account_proof_release(struct hs_account_proof *proof)
{
    for (size_t i = 0; i < proof->step_count; i++) {
        free(proof->steps[i].data);
    }
    free(proof->steps);
    free(proof->commit_proof.data);
    free(proof->account_proof.data);
    *proof = (struct hs_account_proof){.step_count = 0};
}

/* -- verifying -------------------------------------------------------------------------- */

static struct hs_bytes view_of(const struct hs_light_bytes *bytes)
{
    return (struct hs_bytes){.data = bytes->data, .size = bytes->size};
}

static enum hs_status lacks_step(const struct hs_light *light,
                                 char reason[HS_PROOF_REASON_CHARACTERS])
{
    const uint64_t current = light->epoch.validators.epoch;
    snprintf(reason, HS_PROOF_REASON_CHARACTERS,
             "it has no step from epoch %" PRIu64 ", the checkpoint's or where its steps end, to "
             "%" PRIu64 ": take a newer checkpoint, or a proof that begins earlier",
             current, current + 1);
    return HS_NOT_READY;
}

/* Through the steps into later epochs; those into epochs that are behind the client prove nothing that
 * it needs. */
static enum hs_status take_steps(struct hs_light *light, const struct hs_account_proof *proof,
                                 char reason[HS_PROOF_REASON_CHARACTERS])
{
    for (size_t i = 0; i < proof->step_count; i++) {
        struct hs_epoch_step parts;
        struct hs_light_error error = {.reason = "its bytes are none"};
        const uint64_t current = light->epoch.validators.epoch;
        enum hs_status status = hs_epoch_step_split(&parts, view_of(&proof->steps[i]));
        struct hs_reader reader = hs_reader_over(parts.epoch.data, parts.epoch.size);
        const uint64_t into = hs_read_u64(&reader);
        if (status == HS_OK && !reader.failed && into <= current) {
            continue;
        }
        if (status == HS_OK && !reader.failed && into - 1 > current) {
            return lacks_step(light, reason);
        }
        if (status == HS_OK) {
            status = hs_light_step(light, view_of(&proof->steps[i]), &error);
        }
        if (status != HS_OK) {
            snprintf(reason, HS_PROOF_REASON_CHARACTERS,
                     "its step %zu, from epoch %" PRIu64 " to %" PRIu64 ": %s", i + 1, current,
                     into, error.reason);
            return status;
        }
    }
    return HS_OK;
}

static enum hs_status take_commit(struct hs_light *light, const struct hs_account_proof *proof,
                                  char reason[HS_PROOF_REASON_CHARACTERS])
{
    struct hs_light_error error = {.reason = ""};
    struct hs_reader reader = hs_reader_over(proof->commit_proof.data, proof->commit_proof.size);
    const uint64_t epoch = hs_read_u64(&reader); /* its certificate begins with it */
    const uint64_t current = light->epoch.validators.epoch;
    if (!reader.failed && epoch < current) {
        snprintf(reason, HS_PROOF_REASON_CHARACTERS,
                 "it is of epoch %" PRIu64 ", and the checkpoint of epoch %" PRIu64
                 ": take an older checkpoint or a newer proof",
                 epoch, current);
        return HS_STALE;
    }
    if (!reader.failed && epoch > current) {
        return lacks_step(light, reason);
    }
    const enum hs_status status = hs_light_advance(light, view_of(&proof->commit_proof), &error);
    if (status != HS_OK) {
        snprintf(reason, HS_PROOF_REASON_CHARACTERS,
                 "its commit proof, header %" PRIu32 " from above: %s", error.header, error.reason);
    }
    return status;
}

enum hs_status hs_account_proof_verify(struct hs_light *light, const struct hs_account_proof *proof,
                                       char reason[HS_PROOF_REASON_CHARACTERS])
{
    struct hs_light_error error = {.reason = ""};
    struct hs_account account;
    reason[0] = '\0';
    if (memcmp(&proof->chain_id, &light->chain_id, sizeof proof->chain_id) != 0) {
        snprintf(reason, HS_PROOF_REASON_CHARACTERS, "it is of another chain than the checkpoint");
        return HS_WRONG_CHAIN;
    }
    enum hs_status status = take_steps(light, proof, reason);
    if (status == HS_OK) {
        status = take_commit(light, proof, reason);
    }
    if (status != HS_OK) {
        return status;
    }
    status =
        hs_light_account(light, &account, &proof->address, view_of(&proof->account_proof), &error);
    if (status != HS_OK) {
        snprintf(reason, HS_PROOF_REASON_CHARACTERS, "its way through the state: %s", error.reason);
        return status;
    }
    if (light->height != proof->height || account.balance.units != proof->account.balance.units ||
        account.nonce != proof->account.nonce) {
        snprintf(reason, HS_PROOF_REASON_CHARACTERS,
                 "it claims another height, balance or nonce than it shows: at height %" PRIu64
                 " balance %" PRIu64 " and nonce %" PRIu64,
                 light->height, account.balance.units, account.nonce);
        return HS_PROTOCOL_VIOLATION;
    }
    return HS_OK;
}
