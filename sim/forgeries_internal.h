/* The forgeries by what they forge, and what their makers share. See forgeries.h. */
#ifndef HS_SIM_FORGERIES_INTERNAL_H
#define HS_SIM_FORGERIES_INTERNAL_H

#include "sim/forgeries.h"

/* forgeries.c: of a certificate's aggregate. */
void hs_forge_infinity(struct hs_bls_signature *signature);
/* In the right form, and no point of the curve; a point of it, and of no group that is signed in.
 * False: none was found near. */
bool hs_forge_off_curve(struct hs_bls_signature *signature);
bool hs_forge_off_subgroup(struct hs_bls_signature *signature);
/* Like hs_forger_aggregate, under another chain's id. */
bool hs_forge_for_other_chain(const struct hs_forger *forger, struct hs_bls_signature *aggregate,
                              const struct hs_bitmap *signers,
                              const struct hs_statement *statement);

struct hs_statement hs_forge_vote_statement(const struct hs_qc *qc);
struct hs_statement hs_forge_view_change_statement(const struct hs_tc *tc, uint64_t high_qc_view);
/* The highest index in the set; the set is not empty. */
uint32_t hs_forge_last(const struct hs_bitmap *bitmap);

/* forge_qc.c, forge_tc.c, forge_statement.c: name, how it is taken, maker. */
#define HS_FORGED_QC_TABLE(X)                                                                      \
    X("qc of one signer too few", HS_DROP_PEER, hs_forge_qc_too_few)                               \
    X("qc of no signer", HS_DROP_PEER, hs_forge_qc_of_nobody)                                      \
    X("qc that claims a signer more", HS_DROP_PEER, hs_forge_qc_claims_one_more)                   \
    X("qc that hides a signer", HS_DROP_PEER, hs_forge_qc_hides_one)                               \
    X("qc of a signer beyond the set", HS_DROP_PEER, hs_forge_qc_beyond_set)                       \
    X("qc in which one signed twice", HS_DROP_PEER, hs_forge_qc_twice)                             \
    X("qc of one signature for all", HS_DROP_PEER, hs_forge_qc_one_for_all)                        \
    X("qc by nobody's keys", HS_DROP_PEER, hs_forge_qc_nobodys_keys)                               \
    X("qc of the view above", HS_DROP_PEER, hs_forge_qc_view_above)                                \
    X("qc of a far view", HS_DROP_PEER, hs_forge_qc_far_view)                                      \
    X("qc of the last view", HS_DROP_PEER, hs_forge_qc_last_view)                                  \
    X("qc of another block", HS_DROP_PEER, hs_forge_qc_other_block)                                \
    X("qc with another one's aggregate", HS_DROP_PEER, hs_forge_qc_other_aggregate)                \
    X("qc with another one's block", HS_DROP_PEER, hs_forge_qc_other_qcs_block)                    \
    X("qc of the next epoch", HS_IGNORE, hs_forge_qc_next_epoch)                                   \
    X("qc signed in the next epoch", HS_DROP_PEER, hs_forge_qc_signed_next_epoch)                  \
    X("qc of another chain", HS_DROP_PEER, hs_forge_qc_other_chain)                                \
    X("qc of view changes", HS_DROP_PEER, hs_forge_qc_of_view_changes)                             \
    X("qc at infinity", HS_DROP_PEER, hs_forge_qc_infinity)                                        \
    X("qc of zeros", HS_DROP_PEER, hs_forge_qc_zeros)                                              \
    X("qc in another form", HS_DROP_PEER, hs_forge_qc_not_canonical)                               \
    X("qc negated", HS_DROP_PEER, hs_forge_qc_negated)                                             \
    X("qc off the curve", HS_DROP_PEER, hs_forge_qc_off_curve)                                     \
    X("qc off the subgroup", HS_DROP_PEER, hs_forge_qc_off_subgroup)                               \
    X("view-0 qc of another block", HS_IGNORE, hs_forge_qc_zero_other_block)                       \
    X("view-0 qc with a signer", HS_DROP_PEER, hs_forge_qc_zero_signer)                            \
    X("view-0 qc with an aggregate", HS_DROP_PEER, hs_forge_qc_zero_aggregate)                     \
    X("view-0 qc of the next epoch", HS_IGNORE, hs_forge_qc_zero_next_epoch)                       \
    X("view-0 qc signed by all", HS_DROP_PEER, hs_forge_qc_zero_signed)                            \
    X("view-0 qc that says it is of the view", HS_DROP_PEER, hs_forge_qc_zero_of_view)

#define HS_FORGED_TC_TABLE(X)                                                                      \
    X("tc of one signer too few", HS_DROP_PEER, hs_forge_tc_too_few)                               \
    X("tc of no group", HS_DROP_PEER, hs_forge_tc_no_group)                                        \
    X("tc with an empty group", HS_DROP_PEER, hs_forge_tc_empty_group)                             \
    X("tc with groups in rising order", HS_DROP_PEER, hs_forge_tc_order)                           \
    X("tc with two groups of one view", HS_DROP_PEER, hs_forge_tc_two_of_one_view)                 \
    X("tc with a signer in two groups", HS_DROP_PEER, hs_forge_tc_overlap)                         \
    X("tc of a quorum with one counted twice", HS_DROP_PEER, hs_forge_tc_counted_twice)            \
    X("tc with a group of another view", HS_DROP_PEER, hs_forge_tc_mixed_views)                    \
    X("tc with a group raised", HS_DROP_PEER, hs_forge_tc_raised)                                  \
    X("tc with a group lowered", HS_DROP_PEER, hs_forge_tc_lowered)                                \
    X("tc with its aggregates swapped", HS_DROP_PEER, hs_forge_tc_swapped)                         \
    X("tc whose qc is below its groups", HS_DROP_PEER, hs_forge_tc_low_qc)                         \
    X("tc whose groups are below its qc", HS_DROP_PEER, hs_forge_tc_low_groups)                    \
    X("tc whose qc is of its own view", HS_DROP_PEER, hs_forge_tc_qc_of_own_view)                  \
    X("tc that claims a higher qc", HS_DROP_PEER, hs_forge_tc_claims_higher)                       \
    X("tc of the view above", HS_DROP_PEER, hs_forge_tc_view_above)                                \
    X("tc of a far view", HS_DROP_PEER, hs_forge_tc_far_view)                                      \
    X("tc of the next epoch", HS_DROP_PEER, hs_forge_tc_next_epoch)                                \
    X("tc of another chain", HS_DROP_PEER, hs_forge_tc_other_chain)                                \
    X("tc of votes", HS_DROP_PEER, hs_forge_tc_of_votes)                                           \
    X("tc at infinity", HS_DROP_PEER, hs_forge_tc_infinity)                                        \
    X("tc off the curve", HS_DROP_PEER, hs_forge_tc_off_curve)                                     \
    X("tc off the subgroup", HS_DROP_PEER, hs_forge_tc_off_subgroup)                               \
    X("tc of a signer beyond the set", HS_DROP_PEER, hs_forge_tc_beyond_set)                       \
    X("tc that claims a signer more", HS_DROP_PEER, hs_forge_tc_claims_one_more)

#define HS_FORGED_PROPOSAL_TABLE(X)                                                                \
    X("proposal of another version", HS_DROP_PEER, hs_forge_proposal_version)                      \
    X("proposal of another chain", HS_REFUSE, hs_forge_proposal_chain)                             \
    X("proposal of the next epoch", HS_IGNORE, hs_forge_proposal_epoch)                            \
    X("proposal of the view above", HS_DROP_PEER, hs_forge_proposal_view_above)                    \
    X("proposal of its parent's height", HS_CONTINUE, hs_forge_proposal_height)                    \
    X("proposal two above its parent", HS_CONTINUE, hs_forge_proposal_height_above)                \
    X("proposal at height 0", HS_DROP_PEER, hs_forge_proposal_height_zero)                         \
    X("proposal on another parent", HS_DROP_PEER, hs_forge_proposal_parent)                        \
    X("proposal of no leader", HS_DROP_PEER, hs_forge_proposal_proposer)                           \
    X("proposal beside the set", HS_DROP_PEER, hs_forge_proposal_beyond_set)                       \
    X("proposal in the past", HS_CONTINUE, hs_forge_proposal_past)                                 \
    X("proposal at the end of time", HS_CONTINUE, hs_forge_proposal_end_of_time)                   \
    X("proposal with another payload root", HS_DROP_PEER, hs_forge_proposal_payload_root)          \
    X("proposal that counts a transaction more", HS_DROP_PEER, hs_forge_proposal_count)            \
    X("proposal with a payload that is none", HS_DROP_PEER, hs_forge_proposal_payload)             \
    X("proposal with another state root", HS_CONTINUE, hs_forge_proposal_state_root)               \
    X("proposal with another base fee", HS_CONTINUE, hs_forge_proposal_base_fee)                   \
    X("proposal with half a vrf proof", HS_DROP_PEER, hs_forge_proposal_vrf)                       \
    X("proposal with a vote at infinity", HS_DROP_PEER, hs_forge_proposal_vote_infinity)           \
    X("proposal without the tc it needs", HS_DROP_PEER, hs_forge_proposal_no_tc)                   \
    X("proposal below the tc's qc", HS_DROP_PEER, hs_forge_proposal_low_justify)

#define HS_FORGED_VIEW_CHANGE_TABLE(X)                                                             \
    X("view change of another author", HS_DROP_PEER, hs_forge_view_change_author)                  \
    X("view change beside the set", HS_DROP_PEER, hs_forge_view_change_beyond_set)                 \
    X("view change of the next epoch", HS_DROP_PEER, hs_forge_view_change_epoch)                   \
    X("view change of its qc's view", HS_DROP_PEER, hs_forge_view_change_low_view)                 \
    X("view change of the view above", HS_DROP_PEER, hs_forge_view_change_view_above)              \
    X("view change without the tc it needs", HS_DROP_PEER, hs_forge_view_change_no_tc)             \
    X("view change with a later last vote", HS_DROP_PEER, hs_forge_view_change_later_vote)         \
    X("view change with a vote of view 0", HS_DROP_PEER, hs_forge_view_change_zero_vote)           \
    X("view change with a vote at infinity", HS_DROP_PEER, hs_forge_view_change_vote_infinity)     \
    X("view change at infinity", HS_DROP_PEER, hs_forge_view_change_infinity)

#define HS_FORGED_VOTE_TABLE(X)                                                                    \
    X("vote of another", HS_DROP_PEER, hs_forge_vote_voter)                                        \
    X("vote beside the set", HS_DROP_PEER, hs_forge_vote_beyond_set)                               \
    X("vote of view 0", HS_DROP_PEER, hs_forge_vote_zero)                                          \
    X("vote of the next epoch", HS_IGNORE, hs_forge_vote_epoch)                                    \
    X("vote at infinity", HS_DROP_PEER, hs_forge_vote_infinity)                                    \
    X("vote in another form", HS_DROP_PEER, hs_forge_vote_not_canonical)                           \
    X("vote for another block", HS_CONTINUE, hs_forge_vote_other_block)                            \
    X("vote with a view change's signature", HS_CONTINUE, hs_forge_vote_of_view_change)            \
    X("vote off the curve", HS_CONTINUE, hs_forge_vote_off_curve)

#define HS_FORGE_DECLARE_QC(text, reaction, make)                                                  \
    bool make(const struct hs_forger *forger, struct hs_qc *qc);
#define HS_FORGE_DECLARE_TC(text, reaction, make)                                                  \
    bool make(const struct hs_forger *forger, struct hs_tc *tc);
#define HS_FORGE_DECLARE_MESSAGE(text, reaction, make)                                             \
    bool make(const struct hs_forger *forger, struct hs_message *message);
HS_FORGED_QC_TABLE(HS_FORGE_DECLARE_QC)
HS_FORGED_TC_TABLE(HS_FORGE_DECLARE_TC)
HS_FORGED_PROPOSAL_TABLE(HS_FORGE_DECLARE_MESSAGE)
HS_FORGED_VIEW_CHANGE_TABLE(HS_FORGE_DECLARE_MESSAGE)
HS_FORGED_VOTE_TABLE(HS_FORGE_DECLARE_MESSAGE)
#undef HS_FORGE_DECLARE_QC
#undef HS_FORGE_DECLARE_TC
#undef HS_FORGE_DECLARE_MESSAGE

#endif
