/* What a VRF must give, over real BLS and over the stand-in alike: included by test_vrf.c and
 * test_vrf_stand_in.c, which say how many outputs they can afford to look at.
 */
#ifndef TESTS_UNIT_VRF_CASES_H
#define TESTS_UNIT_VRF_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/vrf.h"
#include "wire/statement.h"

#define PROVERS 4u

static const struct hs_chain_id chain = {{0xc4}};
static const struct hs_chain_id other_chain = {{0xc5}};
static const uint8_t randomness[HS_HASH_BYTES] = {0x7a};

static struct hs_bls_secret_key secrets[PROVERS];
static struct hs_bls_point points[PROVERS];

static int make_provers(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVERS; i++) {
        uint8_t seed[32] = {(uint8_t)(i + 1), 0x33};
        struct hs_bls_public_key public_key;
        if (hs_bls_secret_key_derive(&secrets[i], seed, sizeof seed) != HS_OK ||
            hs_bls_public_key_of(&public_key, &secrets[i]) != HS_OK ||
            hs_bls_point_of(&points[i], &public_key) != HS_OK) {
            return -1;
        }
    }
    return 0;
}

static struct hs_bls_statement input_of(uint64_t epoch, uint64_t view)
{
    struct hs_bls_statement input;
    hs_statement_encode_vrf(&input, &chain, epoch, view, randomness);
    return input;
}

static struct hs_vrf_proof prove(size_t prover, const struct hs_bls_statement *input)
{
    struct hs_vrf_proof proof;
    hs_vrf_prove(&proof, &secrets[prover], input);
    return proof;
}

/* P3 */
static void a_proof_holds_for_its_key_chain_epoch_view_and_randomness_only(void **state)
{
    (void)state;
    struct hs_bls_statement input = input_of(5, 9);
    struct hs_vrf_proof proof = prove(0, &input);
    assert_true(hs_bls_signature_is_canonical(&proof.signature));
    assert_int_equal(hs_vrf_verify(&proof, &input, &points[0]), HS_OK);
    assert_int_equal(hs_vrf_verify(&proof, &input, &points[1]), HS_BAD_SIGNATURE);
    struct hs_bls_statement other = input_of(5, 10);
    assert_int_equal(hs_vrf_verify(&proof, &other, &points[0]), HS_BAD_SIGNATURE);
    other = input_of(6, 9);
    assert_int_equal(hs_vrf_verify(&proof, &other, &points[0]), HS_BAD_SIGNATURE);
    hs_statement_encode_vrf(&other, &other_chain, 5, 9, randomness);
    assert_int_equal(hs_vrf_verify(&proof, &other, &points[0]), HS_BAD_SIGNATURE);
    const uint8_t other_randomness[HS_HASH_BYTES] = {0x7b};
    hs_statement_encode_vrf(&other, &chain, 5, 9, other_randomness);
    assert_int_equal(hs_vrf_verify(&proof, &other, &points[0]), HS_BAD_SIGNATURE);
}

/* P3: with two proofs for one input, who makes them could choose. */
static void one_key_and_input_have_one_proof(void **state)
{
    (void)state;
    struct hs_bls_statement input = input_of(5, 9);
    struct hs_vrf_proof proof = prove(2, &input);
    struct hs_vrf_proof again = prove(2, &input);
    assert_memory_equal(&proof, &again, sizeof proof);
    for (size_t bit = 0; bit < 8 * sizeof proof.signature.bytes; bit++) {
        proof.signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(hs_vrf_verify(&proof, &input, &points[2]), HS_BAD_SIGNATURE);
        proof.signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memset(&proof, 0, sizeof proof);
    assert_int_equal(hs_vrf_verify(&proof, &input, &points[2]), HS_BAD_SIGNATURE);
    proof.signature.bytes[0] = 0xc0; /* infinity */
    assert_int_equal(hs_vrf_verify(&proof, &input, &points[2]), HS_BAD_SIGNATURE);
}

/* P3: what is signed for one purpose is good for no other. */
static void a_vote_is_no_proof_and_a_proof_no_vote(void **state)
{
    (void)state;
    /* A block whose id is the randomness: even the fields are the same bytes. */
    struct hs_statement vote = {.type = HS_STATEMENT_VOTE, .epoch = 5, .view = 9};
    memcpy(vote.block_id.bytes, randomness, sizeof randomness);
    struct hs_bls_statement voted;
    hs_statement_encode(&voted, &chain, &vote);
    struct hs_bls_statement input = input_of(5, 9);
    struct hs_vrf_proof of_vote = prove(0, &voted);
    struct hs_vrf_proof proof = prove(0, &input);
    const struct hs_bls_point *key = &points[0];
    assert_int_equal(hs_vrf_verify(&of_vote, &input, key), HS_BAD_SIGNATURE);
    assert_int_equal(hs_bls_verify(&proof.signature, &voted, &key, 1), HS_BAD_SIGNATURE);
}

/* P3: every bit of the output is one in half of the outputs, within five standard deviations, and
 * no two outputs are the same. */
static void outputs_are_spread(uint32_t count, uint32_t deviation)
{
    uint32_t ones[8 * HS_HASH_BYTES] = {0};
    struct hs_vrf_output before = {{0}};
    for (uint32_t view = 1; view <= count; view++) {
        struct hs_bls_statement input = input_of(0, view);
        struct hs_vrf_proof proof = prove(view % PROVERS, &input);
        struct hs_vrf_output output;
        hs_vrf_output_of(&output, &proof);
        assert_memory_not_equal(&output, &before, sizeof output);
        assert_memory_not_equal(&output, &proof, sizeof output);
        before = output;
        for (uint32_t bit = 0; bit < 8 * HS_HASH_BYTES; bit++) {
            ones[bit] += (uint32_t)output.bytes[bit / 8] >> bit % 8 & 1;
        }
    }
    for (uint32_t bit = 0; bit < 8 * HS_HASH_BYTES; bit++) {
        assert_in_range(ones[bit], count / 2 - deviation, count / 2 + deviation);
    }
}

/* -- together with a certificate ------------------------------------------------------------- */

struct pair {
    struct hs_bls_statement voted;
    struct hs_bls_statement input;
    struct hs_bls_signature aggregate;
    struct hs_vrf_proof proof;
    const struct hs_bls_point *voters[3];
    const struct hs_bls_point *leader;
};

static void make_pair(struct pair *pair)
{
    struct hs_statement vote = {.type = HS_STATEMENT_VOTE, .epoch = 5, .view = 8};
    hs_statement_encode(&pair->voted, &chain, &vote);
    pair->input = input_of(5, 9);
    struct hs_bls_signature votes[3];
    const struct hs_bls_signature *pointers[3];
    for (size_t i = 0; i < 3; i++) {
        hs_bls_sign(&votes[i], &secrets[i], &pair->voted);
        pointers[i] = &votes[i];
        pair->voters[i] = &points[i];
    }
    size_t bad_index;
    assert_int_equal(hs_bls_aggregate(&pair->aggregate, &bad_index, pointers, 3), HS_OK);
    pair->leader = &points[3];
    pair->proof = prove(3, &pair->input);
}

static enum hs_status verify_pair(const struct pair *pair)
{
    const struct hs_bls_check checks[2] = {
        {.signature = &pair->aggregate,
         .statement = &pair->voted,
         .keys = pair->voters,
         .key_count = 3},
        hs_vrf_check(&pair->proof, &pair->input, &pair->leader),
    };
    return hs_bls_verify_many(checks, 2);
}

/* P3: one check tells what two would. */
static void a_certificate_and_a_proof_verify_together(void **state)
{
    (void)state;
    struct pair pair;
    make_pair(&pair);
    assert_int_equal(verify_pair(&pair), HS_OK);
    pair.proof = prove(2, &pair.input);
    assert_int_equal(verify_pair(&pair), HS_BAD_SIGNATURE);
    make_pair(&pair);
    pair.input = input_of(5, 8);
    assert_int_equal(verify_pair(&pair), HS_BAD_SIGNATURE);
    make_pair(&pair);
    pair.voters[0] = &points[3];
    assert_int_equal(verify_pair(&pair), HS_BAD_SIGNATURE);
    make_pair(&pair);
    hs_bls_sign(&pair.aggregate, &secrets[0], &pair.voted);
    assert_int_equal(verify_pair(&pair), HS_BAD_SIGNATURE);
}

/* P3: the leader's vote and its proof in each other's place. Their sum is right, and neither is:
 * only the random factor tells. */
static void errors_that_cancel_out_are_refused(void **state)
{
    (void)state;
    struct pair pair;
    make_pair(&pair);
    struct hs_bls_signature vote;
    hs_bls_sign(&vote, &secrets[3], &pair.voted);
    const struct hs_bls_check swapped[2] = {
        {.signature = &pair.proof.signature,
         .statement = &pair.voted,
         .keys = &pair.leader,
         .key_count = 1},
        {.signature = &vote, .statement = &pair.input, .keys = &pair.leader, .key_count = 1},
    };
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(hs_bls_verify_many(swapped, 2), HS_BAD_SIGNATURE);
    }
}

#define VRF_TESTS                                                                                  \
    cmocka_unit_test(a_proof_holds_for_its_key_chain_epoch_view_and_randomness_only),              \
        cmocka_unit_test(one_key_and_input_have_one_proof),                                        \
        cmocka_unit_test(a_vote_is_no_proof_and_a_proof_no_vote),                                  \
        cmocka_unit_test(outputs_look_random),                                                     \
        cmocka_unit_test(a_certificate_and_a_proof_verify_together),                               \
        cmocka_unit_test(errors_that_cancel_out_are_refused)

#endif
