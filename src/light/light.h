/* hs_light: follows a chain without a node, by proofs that anybody may serve.
 *
 * It begins on a checkpoint that its owner trusts: a committed block and the set of its epoch
 * (genesis is one). From there every step is proved, and it only ever moves forward:
 *
 *     a block      hs_light_advance: a commit proof (S5) checked with the set of the epoch
 *     each block   hs_light_follow: the same, without leaving one out
 *     an epoch     hs_light_enter: on the block that ends one (P4), the next one's set, whose
 *                  digest is a leaf of that block's state; hs_light_step does both at once
 *     an account   hs_light_account: a way through the state tree under the block's state root
 *
 *        checkpoint ──► .. ──► B(e) ──enter──► .. ──► B(e+1) ──enter──► .. ──► a block ──► account
 *             epoch e                epoch e + 1             epoch e + 2
 *
 * So from any checkpoint to any later block takes one proof for each epoch and one more. A commit
 * proof needs no link to the block before: a quorum of the epoch's set commits one chain only, as
 * long as less than a third of the weight is Byzantine.
 *
 *     commit proof
 *         QC            over C'
 *         header_count  u32, 2 .. HS_COMMIT_PROOF_HEADERS_MAX
 *         headers       from C' down to B, each the parent of the one above:
 *                       size u32 || header
 *
 * with C'.view = B'.view + 1 for the first two: the certificate then commits B' and all below it. All
 * are of one epoch; C' may be a tail block (P4), B is none.
 *
 *     epoch step: into an epoch, from anywhere in the one before
 *         size u32 || commit proof of the block that ended the one before
 *         size u32 || the epoch (wire/epoch_codec.h)
 *         size u32 || proof of its digest's leaf (ledger/state_proof_codec.h)
 *
 * All bytes are a stranger's. Whatever they are, a call answers with a status and what was wrong,
 * and unless that is HS_OK the client stays where it was. No clock, no heap, no I/O. What proofs
 * can't show is how new they are: a server may keep back the newest blocks.
 */
#ifndef HS_LIGHT_LIGHT_H
#define HS_LIGHT_LIGHT_H

#include <hotstuff/application.h>

#include "consensus/verify.h"
#include "ledger/account.h"
#include "ledger/epoch_records.h"
#include "ledger/state_proof_codec.h"
#include "wire/epoch_codec.h"

struct hs_light_checkpoint {
    struct hs_chain_id chain_id;
    uint64_t height; /* of a committed block */
    struct hs_block_id block_id;
    struct hs_bytes epoch; /* the block's epoch (wire/epoch_codec.h) */
};

/* What is wrong, as a part of a sentence, and where: `header` counts a commit proof's headers,
 * C' being 0. */
struct hs_light_error {
    const char *reason;
    uint32_t header;
};

/* Not to be moved or copied: the verifier points into it. */
struct hs_light {
    struct hs_chain_id chain_id;
    struct hs_epoch epoch;
    enum hs_leader_election election;
    struct hs_bls_point keys[HS_VALIDATORS_MAX];
    struct hs_verifier verifier;
    uint64_t height; /* the newest block that is proved */
    struct hs_block_id block_id;
    bool has_state_root; /* false: the block is the checkpoint, whose header was not seen yet */
    struct hs_state_root state_root;
};

/* HS_MALFORMED for bytes that are no epoch; HS_INVALID_ARGUMENT for a set that is none, or a block
 * above the epoch's last. hs_crypto_start was called. */
HS_MUST_CHECK enum hs_status hs_light_begin(struct hs_light *light,
                                            const struct hs_light_checkpoint *checkpoint,
                                            struct hs_light_error *error);

/* Moves to the block that `proof` proves committed, which may also be the one it is at: that shows
 * its state root. HS_MALFORMED; HS_WRONG_CHAIN; HS_BAD_CERTIFICATE; HS_PROTOCOL_VIOLATION: headers
 * that are no chain, or commit nothing; HS_STALE: of a block or an epoch before; HS_NOT_READY: of an
 * epoch after; HS_DIVERGED: another block is committed at this height, so a third or more of the
 * weight has signed two chains, or the checkpoint is wrong. One pairing. */
HS_MUST_CHECK enum hs_status hs_light_advance(struct hs_light *light, struct hs_bytes proof,
                                              struct hs_light_error *error);

/* The same by a proof whose lowest header is of the block right above the one it is at, which it goes
 * through: no block is left out. blocks[0 .. *count - 1] are those that were passed, ascending, the last
 * of them the one it is at then: of the blocks that the proof commits the lowest `capacity`, 1 or more.
 * HS_DIVERGED: the chain that is committed above is another one's; HS_STALE: the proof begins at it or
 * below; HS_PROTOCOL_VIOLATION: above; else as above. */
HS_MUST_CHECK enum hs_status hs_light_follow(struct hs_light *light, struct hs_block blocks[],
                                             size_t *count, size_t capacity, struct hs_bytes proof,
                                             struct hs_light_error *error);

/* P4: from the block that ends the epoch, whose header was seen, into the next epoch. `epoch` is its
 * encoding, `digest_proof` the proof of its digest's leaf under the block's state root.
 * HS_NOT_READY: it is not at that block; HS_MALFORMED; HS_PROTOCOL_VIOLATION: the state says another
 * epoch; HS_INVALID_ARGUMENT: a set that is none. */
HS_MUST_CHECK enum hs_status hs_light_enter(struct hs_light *light, struct hs_bytes epoch,
                                            struct hs_bytes digest_proof,
                                            struct hs_light_error *error);

/* Into the next epoch by an epoch step: hs_light_advance and hs_light_enter in one, and what they say.
 * When the second one fails it is at the block that ended the epoch, which is proved. */
HS_MUST_CHECK enum hs_status hs_light_step(struct hs_light *light, struct hs_bytes step,
                                           struct hs_light_error *error);

/* The account in the state after the block it is at: zeros where the proof shows that there is none.
 * HS_NOT_READY without a state root; HS_MALFORMED; HS_PROTOCOL_VIOLATION: the proof does not show
 * it; HS_CORRUPT: a leaf that is no account. */
HS_MUST_CHECK enum hs_status hs_light_account(const struct hs_light *light,
                                              struct hs_account *account,
                                              const struct hs_address *address,
                                              struct hs_bytes proof, struct hs_light_error *error);

/* -- for who serves ------------------------------------------------------------------ */

/* The bytes of a commit proof: `headers` from C' down to B, `count` of them. HS_FULL: they do not fit
 * `capacity`. */
HS_MUST_CHECK enum hs_status hs_commit_proof_encode(uint8_t bytes[], size_t *size, size_t capacity,
                                                    const struct hs_qc *qc,
                                                    const struct hs_block_header headers[],
                                                    size_t count, uint32_t validator_count);

/* An epoch step in its parts. */
struct hs_epoch_step {
    struct hs_bytes commit_proof;
    struct hs_bytes epoch;
    struct hs_bytes digest_proof;
};

/* HS_FULL: they do not fit `capacity`. */
HS_MUST_CHECK enum hs_status hs_epoch_step_encode(uint8_t bytes[], size_t *size, size_t capacity,
                                                  const struct hs_epoch_step *step);

/* Its parts, which point into `bytes`; none is looked into. HS_MALFORMED. */
HS_MUST_CHECK enum hs_status hs_epoch_step_split(struct hs_epoch_step *step, struct hs_bytes bytes);

#endif
