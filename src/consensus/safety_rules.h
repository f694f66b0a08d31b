/* The safety rules S1 to S6, one function a rule.
 *
 * What this validator has signed and is locked on lives in its hs_safety_record. The
 * `may_` functions only read it; the `sign_` functions change it, and whoever calls
 * one must have the record durable before the signature is made (D1). Nothing else in the
 * house changes last_voted_view or locked_view. To read why these rules are safe, read
 * docs/protocol.md beside this file.
 */
#ifndef HS_CONSENSUS_SAFETY_RULES_H
#define HS_CONSENSUS_SAFETY_RULES_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

/* What of a timeout certificate the vote rule reads. */
struct hs_entry_proof {
    bool has_tc;
    uint64_t tc_view;
    uint64_t tc_high_qc_view; /* the maximum over its groups */
};

struct hs_entry_proof hs_entry_proof_of(const struct hs_tc *tc_or_null);

/* S1: the block follows from its parent and comes from `leader`. HS_PROTOCOL_VIOLATION
 * otherwise. The justify was verified before: by that a parent of the epoch before is the block
 * which ended it (P4). `last_height` is that of the block's epoch: above it blocks are empty. */
HS_MUST_CHECK enum hs_status hs_safety_well_formed(const struct hs_block *block,
                                                   const struct hs_block *parent, uint32_t leader,
                                                   uint64_t last_height);

/* S3: the block extends the highest certificate that can matter, and its entry to the view is
 * proved. HS_PROTOCOL_VIOLATION otherwise. */
HS_MUST_CHECK enum hs_status hs_safety_extends(const struct hs_safety_record *record,
                                               const struct hs_block *block,
                                               const struct hs_entry_proof *proof);

/* S2: one vote a view, in the current view only, never back. HS_UNSAFE otherwise. */
HS_MUST_CHECK enum hs_status hs_safety_may_vote(const struct hs_safety_record *record,
                                                uint64_t current_view, uint64_t block_view);

/* S4: takes the lock and the vote into the record. The caller has checked S1, S2, S3. */
void hs_safety_sign_vote(struct hs_safety_record *record, const struct hs_block *block);

/* S5: does a certificate for `child` commit `parent`? */
bool hs_safety_commits(const struct hs_block *parent, const struct hs_block *child);

/* S6: may a view change of the current view be signed, naming high_qc_view? `tc_view` is the view
 * of the TC held, 0 without one. HS_UNSAFE otherwise. */
HS_MUST_CHECK enum hs_status hs_safety_may_change_view(const struct hs_safety_record *record,
                                                       uint64_t current_view, uint64_t high_qc_view,
                                                       uint64_t tc_view);
void hs_safety_sign_view_change(struct hs_safety_record *record, uint64_t view,
                                uint64_t high_qc_view);

#endif
