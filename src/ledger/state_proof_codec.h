/* The bytes of a proof that a state holds a value under a path, or holds nothing there.
 *
 *     tree          u8     0 accounts, 1 registry
 *     other_root    32     of the other tree
 *     branch_count  u16    0 .. HS_STATE_PATH_BITS
 *     each branch, from the root down:
 *         bit       u8     above that of the branch before
 *         sibling   32
 *     has_leaf      u8     0 or 1; 0 only without branches
 *     where there is one:
 *         path      32
 *         size      u8     1 .. HS_STATE_VALUE_BYTES_MAX
 *         value     as many bytes
 *
 * Form is all that is checked here; hs_ledger_proof_holds says what the proof shows.
 */
#ifndef HS_LEDGER_STATE_PROOF_CODEC_H
#define HS_LEDGER_STATE_PROOF_CODEC_H

#include "ledger/ledger_trees.h"

#define HS_STATE_PROOF_BYTES_MAX                                                                   \
    (1u + HS_HASH_BYTES + 2u + HS_STATE_PATH_BITS * (1u + HS_HASH_BYTES) + 1u + HS_HASH_BYTES +    \
     1u + HS_STATE_VALUE_BYTES_MAX)

/* Returns how many bytes were written. The proof is one that hs_ledger_trees_prove made. */
size_t hs_state_proof_encode(uint8_t bytes[HS_STATE_PROOF_BYTES_MAX],
                             const struct hs_ledger_proof *proof);

/* HS_MALFORMED for bytes that the encoder does not write. */
HS_MUST_CHECK enum hs_status hs_state_proof_decode(struct hs_ledger_proof *proof,
                                                   struct hs_bytes bytes);

#endif
