/* What the verifier must refuse and accept, for real BLS and for the stand-in alike: included by
 * test_verify.c and test_verify_stand_in.c, which say how many random rounds they can afford.
 */
#ifndef TESTS_UNIT_VERIFY_CASES_H
#define TESTS_UNIT_VERIFY_CASES_H

#include "tests/unit/verify_aggregates.h"
#include "tests/unit/verify_certificates.h"
#include "tests/unit/verify_members.h"
#include "tests/unit/verify_proofs.h"

#define VERIFY_TESTS                                                                               \
    cmocka_unit_test(a_verifier_refuses_a_set_that_is_none),                                       \
        cmocka_unit_test(a_quorum_makes_a_certificate),                                            \
        cmocka_unit_test(one_signer_too_few_is_refused),                                           \
        cmocka_unit_test(weights_count_and_not_heads),                                             \
        cmocka_unit_test(a_signer_beyond_the_set_is_refused),                                      \
        cmocka_unit_test(a_claimed_signer_must_have_signed),                                       \
        cmocka_unit_test(a_certificate_holds_for_its_own_view_block_and_epoch),                    \
        cmocka_unit_test(a_certificate_does_not_cross_chains_or_types),                            \
        cmocka_unit_test(no_aggregate_but_a_point_is_accepted),                                    \
        cmocka_unit_test(view_zero_has_one_certificate),                                           \
        cmocka_unit_test(view_zero_is_over_where_the_beginning_is_not_held),                       \
        cmocka_unit_test(a_quorum_of_view_changes_makes_a_tc),                                     \
        cmocka_unit_test(the_first_view_can_be_given_up),                                          \
        cmocka_unit_test(a_tc_short_of_a_quorum_is_refused),                                       \
        cmocka_unit_test(nobody_counts_in_two_groups),                                             \
        cmocka_unit_test(groups_out_of_order_are_refused),                                         \
        cmocka_unit_test(view_changes_of_two_views_make_no_tc),                                    \
        cmocka_unit_test(a_signer_keeps_the_high_qc_view_it_signed),                               \
        cmocka_unit_test(a_tc_needs_its_own_verified_certificate),                                 \
        cmocka_unit_test(a_tc_of_another_epoch_is_not_judged),                                     \
        cmocka_unit_test(a_group_without_a_point_is_refused),                                      \
        cmocka_unit_test(a_proposal_passes_directly_and_relayed),                                  \
        cmocka_unit_test(only_a_relayed_proposal_has_its_vote_checked),                            \
        cmocka_unit_test(a_proposal_stands_on_its_justify),                                        \
        cmocka_unit_test(a_proposal_is_its_leaders),                                               \
        cmocka_unit_test(a_proposal_of_another_chain_epoch_or_version_is_refused),                 \
        cmocka_unit_test(a_certificate_or_a_child_vouches_for_a_block),                            \
        cmocka_unit_test(what_was_recovered_is_what_was_stored),                                   \
        cmocka_unit_test(a_vote_counts_from_its_own_connection),                                   \
        cmocka_unit_test(a_relayed_vote_is_verified_alone),                                        \
        cmocka_unit_test(a_vote_has_a_member_a_view_and_this_epoch),                               \
        cmocka_unit_test(a_view_change_counts_from_its_own_connection),                            \
        cmocka_unit_test(a_view_change_stands_on_an_earlier_verified_certificate),                 \
        cmocka_unit_test(a_last_vote_is_its_authors),                                              \
        cmocka_unit_test(good_votes_make_a_certificate),                                           \
        cmocka_unit_test(good_votes_short_of_a_quorum_make_none),                                  \
        cmocka_unit_test(good_view_changes_make_a_certificate),                                    \
        cmocka_unit_test(one_bad_signature_is_found_alone), cmocka_unit_test(bad_ones_are_found),  \
        cmocka_unit_test(errors_that_cancel_harm_nobody),                                          \
        cmocka_unit_test(two_votes_of_one_view_are_evidence),                                      \
        cmocka_unit_test(nobody_is_accused_by_a_forged_vote),                                      \
        cmocka_unit_test(a_proof_is_its_leaders_for_its_view_and_epoch),                           \
        cmocka_unit_test(a_proof_of_another_epoch_chain_or_randomness_is_refused),                 \
        cmocka_unit_test(no_proof_but_a_point_is_accepted),                                        \
        cmocka_unit_test(a_justify_and_a_proof_are_checked_together),                              \
        cmocka_unit_test(the_first_block_of_an_epoch_proves_its_leader_too),                       \
        cmocka_unit_test(a_proposal_carries_the_proof_that_was_verified),                          \
        cmocka_unit_test(a_proposal_has_a_proof_exactly_when_leaders_are_drawn)

#endif
