/* hs_verifier: from bytes with the right form to what the core may believe.
 *
 * The checked types of core.h (hs_verified_*, hs_admitted_*) are made here and nowhere
 * else. A verifier holds one epoch: its set, the set's keys as points (decompressed once)
 * and its view-0 certificate. It is never written to after hs_verifier_init and
 * hs_verifier_expect_proofs, so any number of worker threads use one at the same time.
 *
 * What each call costs is said in pairings: one pairing check is about 1.3 ms, all else is
 * microseconds.
 *
 * Statuses that several calls share:
 *   HS_STALE                 of an epoch before the verifier's (P5: answered by L13)
 *   HS_NOT_READY             of an epoch after it (P5: this node is behind)
 *   HS_PROTOCOL_VIOLATION    what no correct validator sends, signatures aside
 *   HS_BAD_CERTIFICATE       form, weight or signature of a certificate
 *   HS_BAD_SIGNATURE         a single signature
 * Unless HS_OK comes back, what `out` parameters hold is not to be used.
 */
#ifndef HS_CONSENSUS_VERIFY_H
#define HS_CONSENSUS_VERIFY_H

#include <hotstuff/core.h>

#include "crypto/bls.h"

struct hs_verifier {
    struct hs_chain_id chain_id;
    const struct hs_validator_set *set; /* not owned; outlives the verifier */
    const struct hs_bls_point *keys;    /* set->count, not owned */
    uint64_t quorum;
    bool knows_beginning;
    struct hs_qc view_zero; /* the epoch's only certificate of view 0, where that is known */
    bool has_proofs;        /* P3: its blocks carry VRF proofs over `randomness` */
    uint8_t randomness[HS_HASH_BYTES];
};

/* Checks the set and decompresses its keys into `keys` (room for set->count), which the
 * verifier goes on using. `view_zero_block_id`: genesis, or the block that ended the epoch
 * before; NULL within an epoch that began below what this node holds: certificates of view 0 are
 * HS_STALE then. HS_INVALID_ARGUMENT when the set is not one, HS_MALFORMED when a key is no key. */
HS_MUST_CHECK enum hs_status hs_verifier_init(struct hs_verifier *verifier,
                                              const struct hs_chain_id *chain_id,
                                              const struct hs_validator_set *set,
                                              const struct hs_block_id *view_zero_block_id,
                                              struct hs_bls_point keys[]);

/* P3: the blocks of this epoch carry a VRF proof over its randomness. Right after init, for every
 * way of drawing leaders; not for round-robin, which needs no randomness, and whose blocks carry
 * none. */
void hs_verifier_expect_proofs(struct hs_verifier *verifier,
                               const uint8_t randomness[HS_HASH_BYTES]);

/* -- certificates ------------------------------------------------------------ */

/* One pairing check; none for view 0, which is compared byte for byte (S7). */
HS_MUST_CHECK enum hs_status hs_verify_qc(const struct hs_verifier *verifier,
                                          struct hs_verified_qc *out, const struct hs_qc *qc);
/* The same, a sixth cheaper where `hash` is that of the vote for the certificate's block, as who
 * voted for it has it. NULL, or of another statement: it is not used. */
HS_MUST_CHECK enum hs_status hs_verify_qc_hashed(const struct hs_verifier *verifier,
                                                 struct hs_verified_qc *out, const struct hs_qc *qc,
                                                 const struct hs_bls_hash *hash);

/* One pairing for each group. `high_qc` is the TC's own, verified before: it must equal
 * tc->high_qc byte for byte (S7). */
HS_MUST_CHECK enum hs_status hs_verify_tc(const struct hs_verifier *verifier,
                                          struct hs_verified_tc *out, const struct hs_tc *tc,
                                          const struct hs_verified_qc *high_qc);

/* -- VRF proofs ----------------------------------------------------------------- */

/* The proof in a header, as a claim of its proposer; false when there is none. */
bool hs_leader_proof_of(struct hs_leader_proof *proof, const struct hs_block_header *header);

/* Did `leader` make it for this view and the epoch's randomness? That it leads the view is not
 * asked here. One pairing check. HS_PROTOCOL_VIOLATION for view 0, a leader beyond the set, or
 * in an epoch without proofs; HS_BAD_SIGNATURE. */
HS_MUST_CHECK enum hs_status hs_verify_proof(const struct hs_verifier *verifier,
                                             struct hs_verified_proof *out,
                                             const struct hs_leader_proof *proof);

/* A justify and the proof of the block on it, both verified in one pairing check with a third
 * pair: half as much again as a certificate alone costs, and not twice. When it fails the
 * certificate is tried once more alone, to say which of the two it was. `hash` as above. The
 * statuses of both. */
HS_MUST_CHECK enum hs_status hs_verify_qc_and_proof(const struct hs_verifier *verifier,
                                                    struct hs_verified_qc *qc_out,
                                                    struct hs_verified_proof *proof_out,
                                                    const struct hs_qc *qc,
                                                    const struct hs_leader_proof *proof,
                                                    const struct hs_bls_hash *hash);

/* -- blocks ------------------------------------------------------------------- */

/* A proposal: what S1 asks that needs no block tree. `justify` is the header's own, and so is
 * `proof`, both verified before; NULL where the epoch has no proofs (P3), and then the header must
 * not carry one. `leader` is who leads the header's view; `peer` whose connection it came by. Over
 * the leader's own connection nothing is paired: its vote joins those to be aggregated. Relayed,
 * the leader's vote is verified first (L9): one pairing check. Computes the block's id.
 * HS_WRONG_CHAIN for another chain's header. */
HS_MUST_CHECK enum hs_status hs_verify_proposal(
    const struct hs_verifier *verifier, struct hs_verified_block *block_out,
    struct hs_admitted_vote *leader_vote_out, const struct hs_block_header *header,
    const struct hs_verified_qc *justify, const struct hs_verified_proof *proof, uint32_t leader,
    uint32_t peer, const struct hs_bls_signature *leader_vote);

/* A block that a verified certificate names: a quorum has checked all of it. No pairing. `verifier`
 * is that of the block's epoch; the certificate may be the next epoch's of view 0 (P4).
 * HS_PROTOCOL_VIOLATION when it is another block. */
HS_MUST_CHECK enum hs_status hs_verify_block_by_qc(const struct hs_verifier *verifier,
                                                   struct hs_verified_block *out,
                                                   const struct hs_block_header *header,
                                                   const struct hs_verified_qc *qc);

/* A block that the parent link of a verified block names, maybe the first one of the next epoch. As
 * above. */
HS_MUST_CHECK enum hs_status hs_verify_block_by_child(const struct hs_verifier *verifier,
                                                      struct hs_verified_block *out,
                                                      const struct hs_block_header *header,
                                                      const struct hs_verified_block *child);

/* What this node itself made durable after verifying it. A block enters the log, and a
 * certificate the log or the safety record, only as a checked type; checksums stand for
 * the bytes since. Whoever can forge the log can forge the key file beside it, so pairing
 * them again at start would cost minutes and prove nothing. Not for bytes of a peer. */
void hs_recover_block(const struct hs_verifier *verifier, struct hs_verified_block *out,
                      const struct hs_block_header *header);
void hs_recover_qc(struct hs_verified_qc *out, const struct hs_qc *qc);

/* -- votes and view changes ---------------------------------------------------- */

/* A vote over its voter's own connection; its signature is not looked at (L9). */
HS_MUST_CHECK enum hs_status hs_admit_vote(const struct hs_verifier *verifier,
                                           struct hs_admitted_vote *out, const struct hs_vote *vote,
                                           uint32_t peer);
/* A vote that came by another way: its signature is verified alone. One pairing check. */
HS_MUST_CHECK enum hs_status hs_admit_vote_relayed(const struct hs_verifier *verifier,
                                                   struct hs_admitted_vote *out,
                                                   const struct hs_vote *vote);

/* A view change over its author's own connection; neither its signature nor that of its
 * last_vote is looked at. `high_qc` is its own, verified before. Its TC, where it has one
 * (L6), goes to the core by itself. */
HS_MUST_CHECK enum hs_status hs_admit_view_change(const struct hs_verifier *verifier,
                                                  struct hs_admitted_view_change *out,
                                                  const struct hs_view_change *view_change,
                                                  uint32_t peer,
                                                  const struct hs_verified_qc *high_qc);

/* -- aggregates and evidence ---------------------------------------------------- */

/* Answers a CHECK_AGGREGATE of the core. All good costs one pairing check for votes, one
 * for each high_qc_view for view changes; b bad ones cost about 2 b log2(count) more. When
 * not all is good, at least one signer is named bad, and the others verify together. A
 * signature that is no point of the curve is bad like any other. `hash` is that of the votes'
 * statement, or NULL, as for a certificate. */
void hs_check_aggregate(const struct hs_verifier *verifier, struct hs_aggregate_result *out,
                        const struct hs_aggregate_request *request, const struct hs_bls_hash *hash);

/* Two votes of one validator for two blocks in one (epoch, view), both signed by it (S8)?
 * HS_OK; HS_PROTOCOL_VIOLATION when they accuse nobody; HS_BAD_SIGNATURE. Two pairings. */
HS_MUST_CHECK enum hs_status hs_check_evidence(const struct hs_verifier *verifier,
                                               const struct hs_vote *first,
                                               const struct hs_vote *second);

#endif
