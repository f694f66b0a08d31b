/* Members with keys, a verifier of their epoch, and what they sign: for the verifier's cases. */
#ifndef TESTS_UNIT_VERIFY_WORLD_H
#define TESTS_UNIT_VERIFY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bitmap.h"
#include "consensus/validator_set.h"
#include "consensus/verify.h"
#include "wire/header.h"
#include "wire/statement.h"

#define MEMBERS 16u
#define EPOCH   3u

static const struct hs_chain_id chain = {{0xc4, 0x01}};
static const struct hs_block_id genesis_id = {{0x6e, 0x02}};
static const struct hs_block_id block_b = {{0xb1, 0x03}};

static struct hs_bls_secret_key secrets[MEMBERS];
static struct hs_validator_set members;      /* all of them, equal weights */
static struct hs_validator_set four_members; /* the first four, weights 5, 1, 1, 1 */
static struct hs_bls_point points[MEMBERS];
static struct hs_bls_point four_points[4];
static struct hs_verifier verifier;
static struct hs_verifier four;
static struct hs_verifier proving; /* all members, in an epoch whose leaders are drawn */
static const uint8_t randomness[HS_HASH_BYTES] = {0x5a, 0x04};

static int make_verifiers(void **state)
{
    (void)state;
    members.epoch = EPOCH;
    members.count = MEMBERS;
    members.weight_total = MEMBERS;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        uint8_t seed[32] = {(uint8_t)(i + 1), 0x77};
        struct hs_validator *validator = &members.validators[i];
        if (hs_bls_secret_key_derive(&secrets[i], seed, sizeof seed) != HS_OK ||
            hs_bls_public_key_of(&validator->bls_public_key, &secrets[i]) != HS_OK) {
            return -1;
        }
        validator->network_key.bytes[0] = (uint8_t)(i + 1);
        validator->weight = 1;
    }
    four_members = members;
    four_members.count = 4;
    four_members.validators[0].weight = 5;
    four_members.weight_total = 8;
    if (hs_verifier_init(&verifier, &chain, &members, &genesis_id, points) != HS_OK ||
        hs_verifier_init(&four, &chain, &four_members, &genesis_id, four_points) != HS_OK) {
        return -1;
    }
    proving = verifier;
    hs_verifier_expect_proofs(&proving, randomness);
    return 0;
}

/* -- making what is right ----------------------------------------------------------------- */

static struct hs_bls_signature sign(uint32_t signer, const struct hs_statement *statement)
{
    struct hs_bls_statement bytes;
    struct hs_bls_signature signature;
    hs_statement_encode(&bytes, &chain, statement);
    hs_bls_sign(&signature, &secrets[signer], &bytes);
    return signature;
}

static struct hs_statement vote_statement(uint64_t view, const struct hs_block_id *block_id)
{
    return (struct hs_statement){
        .type = HS_STATEMENT_VOTE, .epoch = EPOCH, .view = view, .block_id = *block_id};
}

static struct hs_statement view_change_statement(uint64_t view, uint64_t high_qc_view)
{
    return (struct hs_statement){.type = HS_STATEMENT_VIEW_CHANGE,
                                 .epoch = EPOCH,
                                 .view = view,
                                 .high_qc_view = high_qc_view};
}

/* The sum of what the members of `signers` sign. */
static struct hs_bls_signature aggregate(const struct hs_bitmap *signers,
                                         const struct hs_statement *statement)
{
    struct hs_bls_signature signatures[MEMBERS];
    const struct hs_bls_signature *pointers[MEMBERS];
    size_t count = 0;
    for (uint32_t i = hs_bitmap_next(signers, 0); i < MEMBERS; i = hs_bitmap_next(signers, i + 1)) {
        signatures[count] = sign(i, statement);
        pointers[count] = &signatures[count];
        count++;
    }
    struct hs_bls_signature sum;
    size_t bad_index;
    assert_int_equal(hs_bls_aggregate(&sum, &bad_index, pointers, count), HS_OK);
    return sum;
}

static struct hs_bitmap range_of(uint32_t from, uint32_t to)
{
    struct hs_bitmap bitmap = {{0}};
    for (uint32_t i = from; i < to; i++) {
        hs_bitmap_set(&bitmap, i);
    }
    return bitmap;
}

/* A certificate over block_b signed by `signers`. */
static struct hs_qc make_qc(uint64_t view, struct hs_bitmap signers)
{
    struct hs_statement statement = vote_statement(view, &block_b);
    return (struct hs_qc){
        .epoch = EPOCH,
        .view = view,
        .block_id = block_b,
        .signers = signers,
        .aggregate = aggregate(&signers, &statement),
    };
}

static struct hs_verified_qc verified(const struct hs_qc *qc)
{
    struct hs_verified_qc out;
    assert_int_equal(hs_verify_qc(&verifier, &out, qc), HS_OK);
    return out;
}

static struct hs_vote make_vote(uint32_t voter, uint64_t view, const struct hs_block_id *block_id)
{
    struct hs_statement statement = vote_statement(view, block_id);
    return (struct hs_vote){
        .epoch = EPOCH,
        .view = view,
        .block_id = *block_id,
        .voter = voter,
        .signature = sign(voter, &statement),
    };
}

/* In the right form, and no point of the curve. */
static struct hs_bls_signature off_curve(const struct hs_bls_signature *from)
{
    struct hs_bls_signature signature = *from;
    for (uint32_t i = 0; i < 256; i++) {
        signature.bytes[40] = (uint8_t)i;
        size_t bad_index;
        struct hs_bls_signature sum;
        const struct hs_bls_signature *pointer = &signature;
        if (hs_bls_signature_is_canonical(&signature) &&
            hs_bls_aggregate(&sum, &bad_index, &pointer, 1) != HS_OK) {
            return signature;
        }
    }
    fail_msg("every coordinate tried is on the curve");
    return signature;
}

/* A point of the curve, but (in BLS) of no subgroup that signatures are in. */
static struct hs_bls_signature off_subgroup(const struct hs_bls_signature *from)
{
    struct hs_bls_signature signature = *from;
    for (uint32_t i = 0; i < 256; i++) {
        signature.bytes[90] = (uint8_t)(from->bytes[90] + i);
        size_t bad_index;
        struct hs_bls_signature sum;
        const struct hs_bls_signature *pointer = &signature;
        if (i > 0 && hs_bls_aggregate(&sum, &bad_index, &pointer, 1) == HS_OK) {
            return signature;
        }
    }
    fail_msg("no coordinate tried is on the curve");
    return signature;
}

static struct hs_bls_signature infinity(void)
{
    struct hs_bls_signature signature = {{0xc0}};
    return signature;
}

#endif
