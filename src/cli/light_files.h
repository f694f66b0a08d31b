/* The two files of who follows a chain without a node: what it trusts, and what it is shown.
 *
 *     checkpoint   {"type": "checkpoint", "version": 1, "chain_id": "0x..", "height": 12,
 *                   "block_id": "0x..", "epoch": "0x.."}
 *     proof        {"type": "account_proof", "version": 1, "chain_id": "0x..", "address": "0x..",
 *                   "height": 12, "balance": "100", "nonce": 3,
 *                   "steps": ["0x..", ..], "commit_proof": "0x..", "account_proof": "0x.."}
 *
 * `epoch` is wire/epoch_codec.h, the steps and proofs are light/light.h and ledger/state_proof_codec.h.
 * A step of a proof leads into each epoch up to the one of its height. Who reads a proof has a
 * checkpoint of any of these epochs, or of the one before. Members that are unknown, missing or there
 * twice are refused. A proof comes from anybody.
 */
#ifndef HS_CLI_LIGHT_FILES_H
#define HS_CLI_LIGHT_FILES_H

#include <jansson.h>

#include "light/light.h"

struct hs_checkpoint {
    struct hs_chain_id chain_id;
    uint64_t height;
    struct hs_block_id block_id;
    uint8_t epoch[HS_EPOCH_BYTES_MAX];
    size_t epoch_size;
};

/* HS_MALFORMED: no checkpoint. Only its form is looked at. */
HS_MUST_CHECK enum hs_status hs_checkpoint_read(struct hs_checkpoint *checkpoint,
                                                struct hs_bytes text);
/* Where a client is. A new reference; NULL without memory. */
json_t *hs_checkpoint_json(const struct hs_light *light);
/* HS_MALFORMED, HS_INVALID_ARGUMENT: as of hs_light_begin. */
HS_MUST_CHECK enum hs_status hs_checkpoint_begin(struct hs_light *light,
                                                 const struct hs_checkpoint *checkpoint,
                                                 struct hs_light_error *error);

/* Bytes of its own, for free(). */
struct hs_light_bytes {
    uint8_t *data;
    size_t size;
};

struct hs_account_proof {
    struct hs_chain_id chain_id;
    struct hs_address address;
    uint64_t height; /* as it is claimed, like the next */
    struct hs_account account;
    size_t step_count; /* at most HS_PROOF_STEPS_MAX */
    struct hs_light_bytes *steps;
    struct hs_light_bytes commit_proof;
    struct hs_light_bytes account_proof;
};

/* HS_MALFORMED: no proof; HS_OUT_OF_MEMORY. Only its form is looked at. On failure nothing is owned. */
HS_MUST_CHECK enum hs_status hs_account_proof_read(struct hs_account_proof *proof,
                                                   struct hs_bytes text);
/* A new reference; NULL without memory. */
json_t *hs_account_proof_json(const struct hs_account_proof *proof);
void hs_account_proof_release(struct hs_account_proof *proof);

/* What does not hold, as a sentence without its end. */
#define HS_PROOF_REASON_CHARACTERS 256u

/* Goes from where the client is to the block that the proof is of, and looks whether it shows there what
 * it claims. HS_OK; else why not, in `reason` too: HS_STALE: it is of an older block than the
 * client's; HS_WRONG_CHAIN; HS_NOT_READY: steps are missing; HS_DIVERGED: two chains were committed;
 * HS_PROTOCOL_VIOLATION, HS_BAD_CERTIFICATE, HS_MALFORMED and the rest of light/light.h: it is
 * forged or damaged. */
HS_MUST_CHECK enum hs_status hs_account_proof_verify(struct hs_light *light,
                                                     const struct hs_account_proof *proof,
                                                     char reason[HS_PROOF_REASON_CHARACTERS]);

#endif
