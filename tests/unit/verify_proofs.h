/* Which VRF proofs the verifier accepts, alone, with a justify, and in a proposal. */
#ifndef TESTS_UNIT_VERIFY_PROOFS_H
#define TESTS_UNIT_VERIFY_PROOFS_H

#include "tests/unit/verify_members.h"

#include "crypto/vrf.h"

static struct hs_leader_proof make_proof(uint32_t leader, uint64_t view)
{
    struct hs_bls_statement input;
    struct hs_vrf_proof proof;
    hs_statement_encode_vrf(&input, &chain, EPOCH, view, randomness);
    hs_vrf_prove(&proof, &secrets[leader], &input);
    return (struct hs_leader_proof){
        .epoch = EPOCH, .view = view, .leader = leader, .signature = proof.signature};
}

static bool same_proof(const struct hs_leader_proof *a, const struct hs_leader_proof *b)
{
    return a->epoch == b->epoch && a->view == b->view && a->leader == b->leader &&
           memcmp(&a->signature, &b->signature, sizeof a->signature) == 0;
}

static enum hs_status proof_status(const struct hs_leader_proof *proof)
{
    struct hs_verified_proof out;
    enum hs_status status = hs_verify_proof(&proving, &out, proof);
    if (status == HS_OK) {
        assert_true(same_proof(hs_verified_proof_get(&out), proof));
    }
    return status;
}

/* Both orders of asking must agree on what is good. */
static enum hs_status pair_status(const struct hs_qc *qc, const struct hs_leader_proof *proof)
{
    struct hs_verified_qc qc_out;
    struct hs_verified_proof proof_out;
    struct hs_verified_qc alone;
    enum hs_status status = hs_verify_qc_and_proof(&proving, &qc_out, &proof_out, qc, proof, NULL);
    struct hs_bls_hash hash;
    struct hs_bls_statement statement;
    const struct hs_vote vote = {.epoch = qc->epoch, .view = qc->view, .block_id = qc->block_id};
    const struct hs_statement said = hs_statement_of_vote(&vote);
    hs_statement_encode(&statement, &chain, &said);
    hs_bls_hash_of(&hash, &statement);
    assert_int_equal(hs_verify_qc_and_proof(&proving, &qc_out, &proof_out, qc, proof, &hash),
                     status);
    enum hs_status each = hs_verify_qc(&proving, &alone, qc);
    assert_int_equal(hs_verify_qc_hashed(&proving, &alone, qc, &hash), each);
    each = each == HS_OK ? proof_status(proof) : each;
    assert_int_equal(status, each);
    if (status == HS_OK) {
        assert_true(hs_qc_equal(hs_verified_qc_get(&qc_out), qc));
        assert_true(same_proof(hs_verified_proof_get(&proof_out), proof));
    }
    return status;
}

/* P3 */
static void a_proof_is_its_leaders_for_its_view_and_epoch(void **state)
{
    (void)state;
    const struct hs_leader_proof right = make_proof(LEADER, 8);
    assert_int_equal(proof_status(&right), HS_OK);
    struct hs_leader_proof proof = right;
    proof.leader = LEADER + 1; /* another validator's */
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
    proof = right;
    proof.view = 9; /* another view's */
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
    proof = right;
    proof.epoch = EPOCH - 1;
    assert_int_equal(proof_status(&proof), HS_STALE);
    proof.epoch = EPOCH + 1;
    assert_int_equal(proof_status(&proof), HS_NOT_READY);
    proof = right;
    proof.leader = MEMBERS;
    assert_int_equal(proof_status(&proof), HS_PROTOCOL_VIOLATION);
    proof = right;
    proof.view = 0;
    assert_int_equal(proof_status(&proof), HS_PROTOCOL_VIOLATION);
    struct hs_verified_proof out;
    assert_int_equal(hs_verify_proof(&verifier, &out, &right), HS_PROTOCOL_VIOLATION);
}

/* P3 */
static void a_proof_of_another_epoch_chain_or_randomness_is_refused(void **state)
{
    (void)state;
    struct hs_leader_proof proof = make_proof(LEADER, 8);
    struct hs_bls_statement input;
    struct hs_vrf_proof foreign;
    hs_statement_encode_vrf(&input, &chain, EPOCH - 1, 8, randomness);
    hs_vrf_prove(&foreign, &secrets[LEADER], &input);
    proof.signature = foreign.signature;
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
    const struct hs_chain_id other_chain = {{0xc5}};
    hs_statement_encode_vrf(&input, &other_chain, EPOCH, 8, randomness);
    hs_vrf_prove(&foreign, &secrets[LEADER], &input);
    proof.signature = foreign.signature;
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
    const uint8_t other_randomness[HS_HASH_BYTES] = {0x5a, 0x05};
    hs_statement_encode_vrf(&input, &chain, EPOCH, 8, other_randomness);
    hs_vrf_prove(&foreign, &secrets[LEADER], &input);
    proof.signature = foreign.signature;
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
    /* What the leader signs anyway, its vote, is no proof. */
    proof.signature = make_vote(LEADER, 8, &block_b).signature;
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
}

/* P3 */
static void no_proof_but_a_point_is_accepted(void **state)
{
    (void)state;
    const struct hs_leader_proof right = make_proof(LEADER, 8);
    struct hs_leader_proof proof = right;
    proof.signature = off_curve(&right.signature);
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
    proof.signature = off_subgroup(&right.signature);
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
    proof.signature = infinity();
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
    memset(&proof.signature, 0, sizeof proof.signature);
    assert_int_equal(proof_status(&proof), HS_BAD_SIGNATURE);
}

/* P3, S7 */
static void a_justify_and_a_proof_are_checked_together(void **state)
{
    (void)state;
    const struct hs_qc right_qc = make_qc(7, range_of(0, 11));
    const struct hs_leader_proof right_proof = make_proof(LEADER, 8);
    assert_int_equal(pair_status(&right_qc, &right_proof), HS_OK);

    struct hs_leader_proof proof = make_proof(LEADER + 1, 8);
    proof.leader = LEADER;
    assert_int_equal(pair_status(&right_qc, &proof), HS_BAD_SIGNATURE);
    proof = right_proof;
    proof.leader = MEMBERS;
    assert_int_equal(pair_status(&right_qc, &proof), HS_PROTOCOL_VIOLATION);
    proof = right_proof;
    proof.epoch = EPOCH + 1;
    assert_int_equal(pair_status(&right_qc, &proof), HS_NOT_READY);
    proof = right_proof;
    proof.signature = off_subgroup(&right_proof.signature);
    assert_int_equal(pair_status(&right_qc, &proof), HS_BAD_SIGNATURE);

    struct hs_qc qc = right_qc;
    qc.view = 6;
    assert_int_equal(pair_status(&qc, &right_proof), HS_BAD_CERTIFICATE);
    qc = make_qc(7, range_of(0, 10)); /* one short of a quorum */
    assert_int_equal(pair_status(&qc, &right_proof), HS_BAD_CERTIFICATE);
    qc = right_qc;
    qc.epoch = EPOCH - 1;
    assert_int_equal(pair_status(&qc, &right_proof), HS_STALE);
    qc = right_qc;
    qc.aggregate = off_curve(&right_qc.aggregate);
    assert_int_equal(pair_status(&qc, &right_proof), HS_BAD_CERTIFICATE);

    /* Each in the other's place: their sum is right. */
    struct hs_leader_proof voter = make_proof(3, 8);
    struct hs_bitmap one = range_of(3, 4);
    qc = make_qc(7, one);
    struct hs_bls_signature vote = qc.aggregate;
    qc = right_qc;
    const struct hs_bls_signature *parts[] = {&right_qc.aggregate, &voter.signature};
    size_t bad_index;
    assert_int_equal(hs_bls_aggregate(&qc.aggregate, &bad_index, parts, 2), HS_OK);
    proof = voter;
    proof.signature = vote;
    assert_int_equal(pair_status(&qc, &proof), HS_BAD_CERTIFICATE);
}

/* P3, S7: on the epoch's first certificate, which is compared and not paired. */
static void the_first_block_of_an_epoch_proves_its_leader_too(void **state)
{
    (void)state;
    struct hs_leader_proof proof = make_proof(LEADER, 1);
    assert_int_equal(pair_status(&proving.view_zero, &proof), HS_OK);
    struct hs_qc qc = proving.view_zero;
    qc.block_id = block_b;
    assert_int_equal(pair_status(&qc, &proof), HS_BAD_CERTIFICATE);
    proof = make_proof(LEADER, 2);
    proof.view = 1;
    assert_int_equal(pair_status(&proving.view_zero, &proof), HS_BAD_SIGNATURE);
}

/* -- in proposals --------------------------------------------------------------------------- */

static void put_proof(const struct hs_leader_proof *proof)
{
    header.vrf_proof_bytes = sizeof proof->signature.bytes;
    memcpy(header.vrf_proof, proof->signature.bytes, sizeof proof->signature.bytes);
    sign_proposal(LEADER);
}

static enum hs_status proving_status(const struct hs_verifier *judge,
                                     const struct hs_verified_proof *proof)
{
    struct hs_verified_block block;
    struct hs_admitted_vote vote;
    return hs_verify_proposal(judge, &block, &vote, &header, &justify, proof, LEADER, LEADER,
                              &leader_vote);
}

/* P3 */
static void a_proposal_carries_the_proof_that_was_verified(void **state)
{
    (void)state;
    make_proposal();
    struct hs_leader_proof own;
    assert_false(hs_leader_proof_of(&own, &header));
    const struct hs_leader_proof right = make_proof(LEADER, 8);
    put_proof(&right);
    assert_true(hs_leader_proof_of(&own, &header));
    assert_true(same_proof(&own, &right));
    struct hs_verified_proof verified;
    assert_int_equal(hs_verify_proof(&proving, &verified, &own), HS_OK);
    assert_int_equal(proving_status(&proving, &verified), HS_OK);

    /* Verified, but not this block's: another view's, another leader's. */
    struct hs_verified_proof other;
    struct hs_leader_proof foreign = make_proof(LEADER, 9);
    assert_int_equal(hs_verify_proof(&proving, &other, &foreign), HS_OK);
    assert_int_equal(proving_status(&proving, &other), HS_PROTOCOL_VIOLATION);
    put_proof(&foreign);
    assert_int_equal(proving_status(&proving, &verified), HS_PROTOCOL_VIOLATION);
    assert_int_equal(proving_status(&proving, &other), HS_PROTOCOL_VIOLATION);
    foreign = make_proof(LEADER + 1, 8);
    assert_int_equal(hs_verify_proof(&proving, &other, &foreign), HS_OK);
    put_proof(&foreign);
    assert_int_equal(proving_status(&proving, &other), HS_PROTOCOL_VIOLATION);

    put_proof(&right);
    header.vrf_proof_bytes = sizeof right.signature.bytes / 2; /* cut short */
    assert_false(hs_leader_proof_of(&own, &header));
}

/* P3: no proof where one is due; and one where none is, which would give a block two forms. */
static void a_proposal_has_a_proof_exactly_when_leaders_are_drawn(void **state)
{
    (void)state;
    const struct hs_leader_proof right = make_proof(LEADER, 8);
    struct hs_verified_proof verified;
    assert_int_equal(hs_verify_proof(&proving, &verified, &right), HS_OK);
    make_proposal();
    sign_proposal(LEADER);
    assert_int_equal(proving_status(&proving, NULL), HS_PROTOCOL_VIOLATION);
    assert_int_equal(proving_status(&proving, &verified), HS_PROTOCOL_VIOLATION);
    assert_int_equal(proving_status(&verifier, NULL), HS_OK);
    assert_int_equal(proving_status(&verifier, &verified), HS_PROTOCOL_VIOLATION);
    put_proof(&right);
    assert_int_equal(proving_status(&proving, &verified), HS_OK);
    assert_int_equal(proving_status(&proving, NULL), HS_PROTOCOL_VIOLATION);
    assert_int_equal(proving_status(&verifier, NULL), HS_PROTOCOL_VIOLATION);
}

#endif
