/* What both implementations of bls.h must do alike, so that what the simulator finds
 * out with the stand-in holds for the real thing. The includer says how a signature is
 * negated, which differs.
 */
#ifndef TESTS_UNIT_BLS_CONTRACT_H
#define TESTS_UNIT_BLS_CONTRACT_H

#include "tests/unit/vectors.h"

#include "crypto/bls.h"

#define SIGNERS 17u

static void negate(struct hs_bls_signature *signature);

static struct hs_bls_secret_key secret_keys[SIGNERS];
static struct hs_bls_public_key public_keys[SIGNERS];
static struct hs_bls_point points[SIGNERS];

static int make_signers(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNERS; i++) {
        uint8_t seed[32] = {(uint8_t)(i + 1)};
        if (hs_bls_secret_key_derive(&secret_keys[i], seed, sizeof seed) != HS_OK ||
            hs_bls_public_key_of(&public_keys[i], &secret_keys[i]) != HS_OK ||
            hs_bls_point_of(&points[i], &public_keys[i]) != HS_OK) {
            return -1;
        }
    }
    return 0;
}

static struct hs_bls_statement statement_of(const char *text)
{
    struct hs_bls_statement statement = {.size = strlen(text)};
    memcpy(statement.bytes, text, statement.size);
    return statement;
}

static struct hs_bls_signature sign(size_t signer, const struct hs_bls_statement *statement)
{
    struct hs_bls_signature signature;
    hs_bls_sign(&signature, &secret_keys[signer], statement);
    return signature;
}

static enum hs_status verify_one(const struct hs_bls_signature *signature,
                                 const struct hs_bls_statement *statement, size_t signer)
{
    const struct hs_bls_point *key = &points[signer];
    return hs_bls_verify(signature, statement, &key, 1);
}

static struct hs_bls_signature sum_two(const struct hs_bls_signature *one,
                                       const struct hs_bls_signature *other)
{
    const struct hs_bls_signature *both[] = {one, other};
    struct hs_bls_signature sum;
    size_t bad_index;
    assert_int_equal(hs_bls_aggregate(&sum, &bad_index, both, 2), HS_OK);
    return sum;
}

static void a_signature_verifies_for_its_key_and_statement_only(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote 1");
    struct hs_bls_statement other = statement_of("vote 2");
    struct hs_bls_statement longer = statement;
    longer.size++;
    struct hs_bls_signature signature = sign(0, &statement);
    assert_true(hs_bls_signature_is_canonical(&signature));
    assert_int_equal(verify_one(&signature, &statement, 0), HS_OK);
    assert_int_equal(verify_one(&signature, &statement, 1), HS_BAD_SIGNATURE);
    assert_int_equal(verify_one(&signature, &other, 0), HS_BAD_SIGNATURE);
    assert_int_equal(verify_one(&signature, &longer, 0), HS_BAD_SIGNATURE);
}

static void statements_go_from_empty_to_full(void **state)
{
    (void)state;
    struct hs_bls_statement statement = {.size = 0};
    struct hs_bls_signature empty = sign(0, &statement);
    assert_int_equal(verify_one(&empty, &statement, 0), HS_OK);
    statement.size = sizeof statement.bytes;
    struct hs_bls_signature full = sign(0, &statement);
    assert_int_equal(verify_one(&full, &statement, 0), HS_OK);
    statement.bytes[sizeof statement.bytes - 1] = 1;
    assert_int_equal(verify_one(&full, &statement, 0), HS_BAD_SIGNATURE);
}

static void signing_again_gives_the_same_bytes(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature one = sign(3, &statement);
    struct hs_bls_signature again = sign(3, &statement);
    assert_memory_equal(one.bytes, again.bytes, sizeof one.bytes);
}

static void every_flipped_bit_of_a_signature_is_refused(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signature = sign(0, &statement);
    for (size_t bit = 0; bit < 8 * sizeof signature.bytes; bit++) {
        signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(verify_one(&signature, &statement, 0), HS_BAD_SIGNATURE);
        signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(verify_one(&signature, &statement, 0), HS_OK);
}

static void every_flipped_bit_of_a_statement_is_refused(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote of 16 bytes");
    struct hs_bls_signature signature = sign(0, &statement);
    for (size_t bit = 0; bit < 8 * statement.size; bit++) {
        statement.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(verify_one(&signature, &statement, 0), HS_BAD_SIGNATURE);
        statement.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void an_aggregate_verifies_under_exactly_its_signers(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signatures[SIGNERS];
    const struct hs_bls_signature *pointers[SIGNERS];
    const struct hs_bls_point *keys[SIGNERS];
    for (size_t i = 0; i < SIGNERS; i++) {
        signatures[i] = sign(i, &statement);
        pointers[i] = &signatures[i];
        keys[i] = &points[i];
    }
    for (size_t count = 1; count < SIGNERS; count++) {
        struct hs_bls_signature aggregate;
        size_t bad_index;
        assert_int_equal(hs_bls_aggregate(&aggregate, &bad_index, pointers, count), HS_OK);
        assert_true(hs_bls_signature_is_canonical(&aggregate));
        assert_int_equal(hs_bls_verify(&aggregate, &statement, keys, count), HS_OK);
        assert_int_equal(hs_bls_verify(&aggregate, &statement, keys, count - 1), HS_BAD_SIGNATURE);
        assert_int_equal(hs_bls_verify(&aggregate, &statement, keys, count + 1), HS_BAD_SIGNATURE);
        assert_int_equal(hs_bls_verify(&aggregate, &statement, keys + 1, count), HS_BAD_SIGNATURE);
    }
}

static void an_aggregate_of_one_is_the_signature(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signature = sign(0, &statement);
    const struct hs_bls_signature *pointer = &signature;
    struct hs_bls_signature aggregate;
    size_t bad_index;
    assert_int_equal(hs_bls_aggregate(&aggregate, &bad_index, &pointer, 1), HS_OK);
    assert_memory_equal(aggregate.bytes, signature.bytes, sizeof signature.bytes);
}

static void the_order_of_a_sum_is_free(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature one = sign(0, &statement);
    struct hs_bls_signature two = sign(1, &statement);
    struct hs_bls_signature three = sign(2, &statement);
    struct hs_bls_signature left = sum_two(&one, &two);
    struct hs_bls_signature right = sum_two(&three, &two);
    left = sum_two(&left, &three);
    right = sum_two(&right, &one);
    assert_memory_equal(left.bytes, right.bytes, sizeof left.bytes);
}

static void repeats_are_counted(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature one = sign(0, &statement);
    struct hs_bls_signature twice = sum_two(&one, &one);
    const struct hs_bls_point *keys[] = {&points[0], &points[0]};
    assert_int_equal(hs_bls_verify(&twice, &statement, keys, 2), HS_OK);
    assert_int_equal(hs_bls_verify(&twice, &statement, keys, 1), HS_BAD_SIGNATURE);
}

static void one_bad_signature_spoils_an_aggregate(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_statement other = statement_of("other");
    struct hs_bls_signature good = sign(0, &statement);
    struct hs_bls_signature bad = sign(1, &other);
    struct hs_bls_signature sum = sum_two(&good, &bad);
    const struct hs_bls_point *keys[] = {&points[0], &points[1]};
    assert_int_equal(hs_bls_verify(&sum, &statement, keys, 2), HS_BAD_SIGNATURE);
}

/* Canonical in form, yet no point of the curve: about every second such string. */
static struct hs_bls_signature make_no_point(void)
{
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signature = sign(0, &statement);
    const struct hs_bls_signature *pointer = &signature;
    struct hs_bls_signature aggregate;
    size_t bad_index;
    do {
        signature.bytes[20]++;
        assert_true(hs_bls_signature_is_canonical(&signature));
    } while (hs_bls_aggregate(&aggregate, &bad_index, &pointer, 1) == HS_OK);
    return signature;
}

static void an_aggregate_names_the_one_that_is_no_point(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature no_point = make_no_point();
    struct hs_bls_signature good = sign(1, &statement);
    assert_int_equal(verify_one(&no_point, &statement, 0), HS_BAD_SIGNATURE);
    for (size_t bad = 0; bad < 3; bad++) {
        const struct hs_bls_signature *pointers[3] = {&good, &good, &good};
        struct hs_bls_signature aggregate;
        size_t bad_index = 99;
        pointers[bad] = &no_point;
        assert_int_equal(hs_bls_aggregate(&aggregate, &bad_index, pointers, 3), HS_MALFORMED);
        assert_int_equal(bad_index, bad);
    }
}

static void a_sum_that_is_infinity_is_refused(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature one = sign(0, &statement);
    struct hs_bls_signature minus_one = one;
    negate(&minus_one);
    const struct hs_bls_signature *pointers[] = {&one, &minus_one};
    struct hs_bls_signature aggregate;
    size_t bad_index = 99;
    assert_int_equal(hs_bls_aggregate(&aggregate, &bad_index, pointers, 2), HS_MALFORMED);
    assert_int_equal(bad_index, 2);
    bad_index = 99;
    assert_int_equal(hs_bls_aggregate(&aggregate, &bad_index, pointers, 0), HS_MALFORMED);
    assert_int_equal(bad_index, 0);
}

static void nothing_verifies_without_a_signer(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signature = sign(0, &statement);
    struct hs_bls_signature infinity = {{0xc0}};
    struct hs_bls_signature zeros = {{0}};
    assert_int_equal(hs_bls_verify(&signature, &statement, NULL, 0), HS_BAD_SIGNATURE);
    assert_int_equal(hs_bls_verify(&infinity, &statement, NULL, 0), HS_BAD_SIGNATURE);
    assert_int_equal(verify_one(&infinity, &statement, 0), HS_BAD_SIGNATURE);
    assert_int_equal(verify_one(&zeros, &statement, 0), HS_BAD_SIGNATURE);
    assert_false(hs_bls_signature_is_canonical(&infinity));
    assert_false(hs_bls_signature_is_canonical(&zeros));
    assert_int_equal(hs_bls_verify_many(NULL, 0), HS_BAD_SIGNATURE);
}

static void canonical_means_compressed_and_not_infinity(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signature = sign(0, &statement);
    signature.bytes[0] ^= 0x80;
    assert_false(hs_bls_signature_is_canonical(&signature));
    signature.bytes[0] ^= 0x80 | 0x40;
    assert_false(hs_bls_signature_is_canonical(&signature));
}

/* Several statements, each by two signers; more of them than enter one Miller loop. */
struct check_set {
    struct hs_bls_statement statements[SIGNERS];
    struct hs_bls_signature signatures[SIGNERS];
    const struct hs_bls_point *keys[SIGNERS][2];
    struct hs_bls_check checks[SIGNERS];
};

static void make_checks(struct check_set *set)
{
    for (size_t i = 0; i < SIGNERS; i++) {
        size_t other = (i + 1) % SIGNERS;
        set->statements[i] = (struct hs_bls_statement){.bytes = {(uint8_t)i}, .size = 1};
        struct hs_bls_signature one = sign(i, &set->statements[i]);
        struct hs_bls_signature two = sign(other, &set->statements[i]);
        set->signatures[i] = sum_two(&one, &two);
        set->keys[i][0] = &points[i];
        set->keys[i][1] = &points[other];
        set->checks[i] = (struct hs_bls_check){
            .signature = &set->signatures[i],
            .statement = &set->statements[i],
            .keys = set->keys[i],
            .key_count = 2,
        };
    }
}

static void many_verify_when_each_does(void **state)
{
    (void)state;
    struct check_set set;
    make_checks(&set);
    const size_t counts[] = {1, 2, 3, 14, 15, 16, 17};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        assert_int_equal(hs_bls_verify_many(set.checks, counts[i]), HS_OK);
    }
}

static void many_fail_when_one_does(void **state)
{
    (void)state;
    struct check_set set;
    make_checks(&set);
    for (size_t bad = 0; bad < SIGNERS; bad++) {
        struct hs_bls_signature right = set.signatures[bad];
        set.signatures[bad] = sign(bad, &set.statements[bad]);
        assert_int_equal(hs_bls_verify_many(set.checks, SIGNERS), HS_BAD_SIGNATURE);
        assert_int_equal(hs_bls_verify_many(&set.checks[bad], 1), HS_BAD_SIGNATURE);
        set.signatures[bad] = right;
    }
    set.checks[4].key_count = 0;
    assert_int_equal(hs_bls_verify_many(set.checks, SIGNERS), HS_BAD_SIGNATURE);
}

/* One signer's two signatures swapped: their sum is right, neither of them is. */
static void errors_that_cancel_out_are_refused(void **state)
{
    (void)state;
    struct hs_bls_statement statements[2] = {statement_of("one"), statement_of("two")};
    struct hs_bls_signature first = sign(0, &statements[0]);
    struct hs_bls_signature second = sign(0, &statements[1]);
    const struct hs_bls_point *key = &points[0];
    struct hs_bls_check swapped[2] = {
        {.signature = &second, .statement = &statements[0], .keys = &key, .key_count = 1},
        {.signature = &first, .statement = &statements[1], .keys = &key, .key_count = 1},
    };
    assert_int_equal(hs_bls_verify_many(swapped, 2), HS_BAD_SIGNATURE);
}

/* A statement's hash is found once, and stands for no other statement. */
static void a_known_hash_changes_no_answer(void **state)
{
    (void)state;
    struct check_set set;
    struct hs_bls_hash hashes[SIGNERS];
    make_checks(&set);
    for (size_t i = 0; i < SIGNERS; i++) {
        hs_bls_hash_of(&hashes[i], &set.statements[i]);
        struct hs_bls_signature signature;
        hs_bls_sign_hash(&signature, &secret_keys[i], &hashes[i]);
        struct hs_bls_signature same = sign(i, &set.statements[i]);
        assert_memory_equal(&signature, &same, sizeof same);
        set.checks[i].hash = &hashes[i];
        assert_int_equal(hs_bls_verify_many(&set.checks[i], 1), HS_OK);
    }
    assert_int_equal(hs_bls_verify_many(set.checks, SIGNERS), HS_OK);
    for (size_t i = 0; i < SIGNERS; i++) {
        set.checks[i].hash = &hashes[(i + 1) % SIGNERS];
        assert_int_equal(hs_bls_verify_many(&set.checks[i], 1), HS_OK);
    }
    assert_int_equal(hs_bls_verify_many(set.checks, SIGNERS), HS_OK);
    set.checks[3].statement = &set.statements[4];
    set.checks[3].hash = &hashes[3]; /* what was signed, but not what is claimed */
    assert_int_equal(hs_bls_verify_many(&set.checks[3], 1), HS_BAD_SIGNATURE);
    assert_int_equal(hs_bls_verify_many(set.checks, SIGNERS), HS_BAD_SIGNATURE);
}

/* The order of the group, big-endian. */
static const struct hs_bls_secret_key group_order = {{
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
}};

static void a_secret_key_is_above_zero_and_below_the_order(void **state)
{
    (void)state;
    struct hs_bls_public_key public_key;
    struct hs_bls_secret_key secret_key = {{0}};
    assert_int_equal(hs_bls_public_key_of(&public_key, &secret_key), HS_INVALID_ARGUMENT);
    secret_key.bytes[31] = 1;
    assert_int_equal(hs_bls_public_key_of(&public_key, &secret_key), HS_OK);
    secret_key = group_order;
    assert_int_equal(hs_bls_public_key_of(&public_key, &secret_key), HS_INVALID_ARGUMENT);
    secret_key.bytes[31]--;
    assert_int_equal(hs_bls_public_key_of(&public_key, &secret_key), HS_OK);
    memset(secret_key.bytes, 0xff, sizeof secret_key.bytes);
    assert_int_equal(hs_bls_public_key_of(&public_key, &secret_key), HS_INVALID_ARGUMENT);
}

static void deriving_needs_32_bytes_and_uses_them_all(void **state)
{
    (void)state;
    uint8_t seed[33] = {0};
    struct hs_bls_secret_key one;
    struct hs_bls_secret_key other;
    assert_int_equal(hs_bls_secret_key_derive(&one, seed, 31), HS_INVALID_ARGUMENT);
    assert_int_equal(hs_bls_secret_key_derive(&one, seed, 32), HS_OK);
    assert_int_equal(hs_bls_secret_key_derive(&other, seed, 32), HS_OK);
    assert_memory_equal(one.bytes, other.bytes, sizeof one.bytes);
    assert_int_equal(hs_bls_secret_key_derive(&other, seed, 33), HS_OK);
    assert_memory_not_equal(one.bytes, other.bytes, sizeof one.bytes);
    seed[31] = 1;
    assert_int_equal(hs_bls_secret_key_derive(&other, seed, 32), HS_OK);
    assert_memory_not_equal(one.bytes, other.bytes, sizeof one.bytes);
}

static void possession_is_proved_by_the_owner_only(void **state)
{
    (void)state;
    struct hs_bls_signature proof;
    hs_bls_prove_possession(&proof, &secret_keys[0], &public_keys[0]);
    assert_true(hs_bls_signature_is_canonical(&proof));
    assert_int_equal(hs_bls_check_possession(&public_keys[0], &proof), HS_OK);
    assert_int_equal(hs_bls_check_possession(&public_keys[1], &proof), HS_BAD_SIGNATURE);
    hs_bls_prove_possession(&proof, &secret_keys[1], &public_keys[0]);
    assert_int_equal(hs_bls_check_possession(&public_keys[0], &proof), HS_BAD_SIGNATURE);
    hs_bls_prove_possession(&proof, &secret_keys[0], &public_keys[0]);
    proof.bytes[95] ^= 1;
    assert_int_equal(hs_bls_check_possession(&public_keys[0], &proof), HS_BAD_SIGNATURE);
}

/* Else someone could be made to sign a "vote" that is a proof, or the other way round. */
static void a_signature_over_a_key_is_no_proof(void **state)
{
    (void)state;
    struct hs_bls_statement statement = {.size = sizeof public_keys[0].bytes};
    memcpy(statement.bytes, public_keys[0].bytes, statement.size);
    struct hs_bls_signature signature = sign(0, &statement);
    struct hs_bls_signature proof;
    hs_bls_prove_possession(&proof, &secret_keys[0], &public_keys[0]);
    assert_int_equal(hs_bls_check_possession(&public_keys[0], &signature), HS_BAD_SIGNATURE);
    assert_int_equal(verify_one(&proof, &statement, 0), HS_BAD_SIGNATURE);
}

static void malformed_keys_are_refused(void **state)
{
    (void)state;
    struct hs_bls_point point;
    struct hs_bls_signature proof;
    struct hs_bls_public_key zeros = {{0}};
    struct hs_bls_public_key infinity = {{0xc0}};
    struct hs_bls_public_key uncompressed = public_keys[0];
    uncompressed.bytes[0] ^= 0x80;
    hs_bls_prove_possession(&proof, &secret_keys[0], &public_keys[0]);
    const struct hs_bls_public_key *bad[] = {&zeros, &infinity, &uncompressed};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hs_bls_point_of(&point, bad[i]), HS_MALFORMED);
        assert_int_equal(hs_bls_check_possession(bad[i], &proof), HS_MALFORMED);
    }
}

#define BLS_CONTRACT_TESTS                                                                         \
    cmocka_unit_test(a_signature_verifies_for_its_key_and_statement_only),                         \
        cmocka_unit_test(statements_go_from_empty_to_full),                                        \
        cmocka_unit_test(signing_again_gives_the_same_bytes),                                      \
        cmocka_unit_test(every_flipped_bit_of_a_signature_is_refused),                             \
        cmocka_unit_test(every_flipped_bit_of_a_statement_is_refused),                             \
        cmocka_unit_test(an_aggregate_verifies_under_exactly_its_signers),                         \
        cmocka_unit_test(an_aggregate_of_one_is_the_signature),                                    \
        cmocka_unit_test(the_order_of_a_sum_is_free), cmocka_unit_test(repeats_are_counted),       \
        cmocka_unit_test(one_bad_signature_spoils_an_aggregate),                                   \
        cmocka_unit_test(an_aggregate_names_the_one_that_is_no_point),                             \
        cmocka_unit_test(a_sum_that_is_infinity_is_refused),                                       \
        cmocka_unit_test(nothing_verifies_without_a_signer),                                       \
        cmocka_unit_test(canonical_means_compressed_and_not_infinity),                             \
        cmocka_unit_test(many_verify_when_each_does), cmocka_unit_test(many_fail_when_one_does),   \
        cmocka_unit_test(a_known_hash_changes_no_answer),                                          \
        cmocka_unit_test(errors_that_cancel_out_are_refused),                                      \
        cmocka_unit_test(a_secret_key_is_above_zero_and_below_the_order),                          \
        cmocka_unit_test(deriving_needs_32_bytes_and_uses_them_all),                               \
        cmocka_unit_test(possession_is_proved_by_the_owner_only),                                  \
        cmocka_unit_test(a_signature_over_a_key_is_no_proof),                                      \
        cmocka_unit_test(malformed_keys_are_refused)

#endif
