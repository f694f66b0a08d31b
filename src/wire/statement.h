/* The bytes of everything that is signed with BLS (protocol section 2).
 *
 *     tag_size u8 || tag || chain_id 32 || epoch u64 || fields
 *
 *     "hotstuff/vote"         view u64 || block_id 32
 *     "hotstuff/view-change"  view u64 || high_qc_view u64
 *     "hotstuff/vrf"          view u64 || randomness 32
 *
 * The size before the tag makes no statement the beginning of another; chain_id keeps
 * signatures from replaying across chains.
 */
#ifndef HS_WIRE_STATEMENT_H
#define HS_WIRE_STATEMENT_H

#include <hotstuff/core.h>
#include <hotstuff/types.h>

#include "crypto/bls.h"

void hs_statement_encode(struct hs_bls_statement *out, const struct hs_chain_id *chain_id,
                         const struct hs_statement *statement);

/* What the leader of a view signs for its VRF proof (P3). */
void hs_statement_encode_vrf(struct hs_bls_statement *out, const struct hs_chain_id *chain_id,
                             uint64_t epoch, uint64_t view,
                             const uint8_t randomness[HS_HASH_BYTES]);

/* What a vote signs; what a view change signs. Fields of the other type are zero. */
struct hs_statement hs_statement_of_vote(const struct hs_vote *vote);
struct hs_statement hs_statement_of_view_change(const struct hs_view_change *view_change);
bool hs_statement_equal(const struct hs_statement *a, const struct hs_statement *b);

#endif
