/* A light client given any bytes for an answer never fails an assertion. A proof of a state that
 * decodes is the encoding of what it decodes to. The first byte says what the others are. */
#include <stdlib.h>
#include <string.h>

#include "light/light.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_state_proof(struct hs_bytes bytes)
{
    static struct hs_ledger_proof proof;
    static uint8_t again[HS_STATE_PROOF_BYTES_MAX];
    if (hs_state_proof_decode(&proof, bytes) == HS_OK &&
        (hs_state_proof_encode(again, &proof) != bytes.size ||
         memcmp(again, bytes.data, bytes.size) != 0)) {
        abort();
    }
}

static void check_step(struct hs_bytes bytes)
{
    struct hs_epoch_step step;
    static uint8_t again[65536];
    size_t size;
    if (hs_epoch_step_split(&step, bytes) == HS_OK &&
        hs_epoch_step_encode(again, &size, sizeof again, &step) == HS_OK &&
        (size != bytes.size || memcmp(again, bytes.data, size) != 0)) {
        abort();
    }
}

/* A client of an epoch with one member, at height 1. */
static bool begin(struct hs_light *light)
{
    static struct hs_epoch epoch;
    static uint8_t bytes[HS_EPOCH_BYTES_MAX];
    static const uint8_t seed[32] = {7};
    struct hs_bls_secret_key secret;
    struct hs_light_error error;
    struct hs_validator *member = &epoch.validators.validators[0];
    epoch.last_height = UINT64_MAX;
    epoch.validators.count = 1;
    epoch.validators.weight_total = 1;
    member->weight = 1;
    epoch.leader_weights[0] = 1;
    if (hs_bls_secret_key_derive(&secret, seed, sizeof seed) != HS_OK ||
        hs_bls_public_key_of(&member->bls_public_key, &secret) != HS_OK) {
        return false;
    }
    const struct hs_light_checkpoint checkpoint = {
        .height = 1,
        .epoch = {bytes, hs_epoch_encode(bytes, &epoch, HS_LEADER_WEIGHTED)},
    };
    return hs_light_begin(light, &checkpoint, &error) == HS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hs_light light;
    struct hs_light_error error;
    if (size == 0 || !begin(&light)) {
        return 0;
    }
    const struct hs_bytes bytes = {.data = data + 1, .size = size - 1};
    if (data[0] == 0) {
        check_state_proof(bytes);
    } else if (data[0] == 1) {
        if (hs_light_advance(&light, bytes, &error) != HS_OK && error.reason == NULL) {
            abort();
        }
    } else if (data[0] == 3) {
        check_step(bytes);
        if (hs_light_step(&light, bytes, &error) != HS_OK && error.reason == NULL) {
            abort();
        }
    } else if (data[0] == 4) {
        static struct hs_block blocks[2];
        size_t count;
        const enum hs_status status = hs_light_follow(&light, blocks, &count, 2, bytes, &error);
        if (status != HS_OK && (error.reason == NULL || count > 0 || light.height != 1)) {
            abort();
        }
    } else {
        static struct hs_account account;
        static const struct hs_address address = {{1}};
        light.has_state_root = true;
        light.height = UINT64_MAX;
        if (hs_light_account(&light, &account, &address, bytes, &error) == HS_OK ||
            hs_light_enter(&light, bytes, bytes, &error) == HS_OK) {
            abort(); /* no state has a root of zeros */
        }
    }
    return 0;
}
