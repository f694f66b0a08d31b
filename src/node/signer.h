/* hs_signer: holds the validator's keys, apart from the core, and a record of its own (D6).
 *
 * The core decides what to sign by S2 and S6; the signer refuses whatever those two forbid,
 * from what it itself made durable, and knows nothing else. So a fault in the core, or a
 * second core with the same home, can't make one key sign twice. Signing the same statement
 * again gives the same bytes (D4).
 *
 * Where a validator rotates its keys it has two, and signs with one in each epoch. There is one
 * record for all: what any of them signed binds each. So no key has a record that could be lost or
 * be younger than another's, and after the first statement in a later epoch the old key signs
 * nothing in an earlier one.
 *
 * hs_signer_sign writes, syncs and signs; it runs on the disk lane, one call at a time.
 */
#ifndef HS_NODE_SIGNER_H
#define HS_NODE_SIGNER_H

#include <hotstuff/core.h>

#include "crypto/keys.h"
#include "crypto/vrf.h"
#include "storage/disk.h"

/* What was signed last, in this epoch. */
struct hs_signer_record {
    uint64_t epoch;
    uint64_t vote_view;
    struct hs_block_id vote_block_id;
    uint64_t view_change_view;
    uint64_t view_change_high_qc_view;
};

struct hs_signer;

/* Writes the first record; HS_DUPLICATE when there is one. For testnet and devnet only (D5). */
HS_MUST_CHECK enum hs_status hs_signer_create(const struct hs_disk *disk,
                                              const struct hs_signer_record *record);
/* Writes a record over a lost one. For `recover` only (D5). */
HS_MUST_CHECK enum hs_status hs_signer_replace(const struct hs_disk *disk,
                                               const struct hs_signer_record *record);

/* The record alone. HS_NO_SAFETY_RECORD, HS_CORRUPT, HS_IO. */
HS_MUST_CHECK enum hs_status hs_signer_read(struct hs_signer_record *record,
                                            const struct hs_disk *disk);

/* Opens the signer with copies of the BLS secrets of `key_count` keys, 1 to HS_NODE_KEYS_MAX.
 * HS_NO_SAFETY_RECORD without a record. */
HS_MUST_CHECK enum hs_status hs_signer_open(struct hs_signer **signer, const struct hs_disk *disk,
                                            const struct hs_chain_id *chain_id,
                                            const struct hs_validator_key keys[],
                                            uint32_t key_count);
/* Wipes the keys. */
void hs_signer_close(struct hs_signer *signer);

const struct hs_signer_record *hs_signer_last(const struct hs_signer *signer);
/* Of the statement that was signed last; it lasts until the next one. On the disk lane. */
const struct hs_bls_hash *hs_signer_last_hash(const struct hs_signer *signer);

/* A VRF proof (P3) with the key of that place. It is of a kind of its own and binds to nothing, so
 * there is no record of it. Any thread. */
void hs_signer_prove(const struct hs_signer *signer, struct hs_vrf_proof *proof, uint32_t key,
                     const struct hs_bls_statement *input);

/* Signs with the key of that place. HS_UNSAFE when the record forbids it (S2, S6); HS_IO when the
 * record could not be made durable: no signature then, now or later (D3). */
HS_MUST_CHECK enum hs_status hs_signer_sign(struct hs_signer *signer,
                                            struct hs_bls_signature *signature, uint32_t key,
                                            const struct hs_statement *statement);

#endif
