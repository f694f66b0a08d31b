/* The files of who follows a chain without a node: any bytes for a checkpoint or a proof of an account
 * are read or refused, verified or refused, and fail no assertion. What is read is written so that it
 * reads the same. No proof holds here: the client's one validator has signed nothing. */
#include <stdlib.h>
#include <string.h>

#include "cli/light_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hs_light light;

/* At height 1 of an epoch with one member, or of the checkpoint's. */
static bool begin(struct hs_checkpoint *checkpoint)
{
    static struct hs_epoch epoch;
    static const uint8_t seed[32] = {7};
    struct hs_bls_secret_key secret;
    struct hs_light_error error;
    struct hs_validator *member = &epoch.validators.validators[0];
    epoch.last_height = 40;
    epoch.validators.count = 1;
    epoch.validators.weight_total = 1;
    member->weight = 1;
    epoch.leader_weights[0] = 1;
    if (hs_bls_secret_key_derive(&secret, seed, sizeof seed) != HS_OK ||
        hs_bls_public_key_of(&member->bls_public_key, &secret) != HS_OK) {
        return false;
    }
    *checkpoint = (struct hs_checkpoint){.height = 1};
    checkpoint->epoch_size = hs_epoch_encode(checkpoint->epoch, &epoch, HS_LEADER_WEIGHTED);
    return hs_checkpoint_begin(&light, checkpoint, &error) == HS_OK;
}

static struct hs_bytes text_of(json_t *json, char **text)
{
    *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (*text == NULL) {
        abort();
    }
    return (struct hs_bytes){.data = (const uint8_t *)*text, .size = strlen(*text)};
}

static void check_checkpoint(struct hs_bytes bytes)
{
    static struct hs_checkpoint checkpoint;
    static struct hs_checkpoint again;
    struct hs_light_error error;
    if (hs_checkpoint_read(&checkpoint, bytes) != HS_OK ||
        hs_checkpoint_begin(&light, &checkpoint, &error) != HS_OK) {
        return;
    }
    char *text;
    const struct hs_bytes written = text_of(hs_checkpoint_json(&light), &text);
    if (hs_checkpoint_read(&again, written) != HS_OK || again.epoch_size != checkpoint.epoch_size ||
        again.height != checkpoint.height ||
        memcmp(again.epoch, checkpoint.epoch, again.epoch_size) != 0) {
        abort();
    }
    free(text);
}

static void check_proof(struct hs_bytes bytes)
{
    static struct hs_checkpoint checkpoint;
    struct hs_account_proof proof;
    struct hs_account_proof again;
    char reason[HS_PROOF_REASON_CHARACTERS];
    if (hs_account_proof_read(&proof, bytes) != HS_OK) {
        return;
    }
    char *text;
    const struct hs_bytes written = text_of(hs_account_proof_json(&proof), &text);
    if (hs_account_proof_read(&again, written) != HS_OK || again.height != proof.height ||
        again.step_count != proof.step_count ||
        again.commit_proof.size != proof.commit_proof.size) {
        abort();
    }
    free(text);
    if (!begin(&checkpoint) || hs_account_proof_verify(&light, &proof, reason) == HS_OK ||
        reason[0] == '\0') {
        abort();
    }
    hs_account_proof_release(&proof);
    hs_account_proof_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct hs_bytes bytes = {.data = data, .size = size};
    check_checkpoint(bytes);
    check_proof(bytes);
    return 0;
}
