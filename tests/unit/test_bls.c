/* BLS over blst: the contract of bls.h, the groups' edges, and outside vectors. */
#include "tests/unit/bls_contract.h"

#define SIGNATURE_TAG "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"

/* The flag of the sign of y. */
static void negate(struct hs_bls_signature *signature)
{
    signature->bytes[0] ^= 0x20;
}

static struct hs_bytes text_bytes(const char *text)
{
    return (struct hs_bytes){(const uint8_t *)text, strlen(text)};
}

/* EIP-2333, test case 0: its master key is KeyGen of the seed. */
static void a_key_is_derived_as_keygen_says(void **state)
{
    (void)state;
    struct vector_bytes seed =
        vector_bytes_of("c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e5349553"
                        "1f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04");
    struct hs_bls_secret_key secret_key;
    uint8_t expected[HS_BLS_SECRET_KEY_BYTES];
    assert_true(vector_fixed(expected, sizeof expected,
                             "0d7359d57963ab8fbbde1852dcf553fedbc31f464d80ee7d40ae683122b45070"));
    assert_int_equal(hs_bls_secret_key_derive(&secret_key, seed.data, seed.size), HS_OK);
    assert_memory_equal(secret_key.bytes, expected, sizeof expected);
    free(seed.data);
}

static void a_public_key_is_the_generator_times_the_secret(void **state)
{
    (void)state;
    struct hs_bls_secret_key one = {{0}};
    struct hs_bls_public_key public_key;
    uint8_t generator[HS_BLS_PUBLIC_KEY_BYTES];
    one.bytes[31] = 1;
    assert_true(vector_fixed(generator, sizeof generator,
                             "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
                             "6c55e83ff97a1aeffb3af00adb22c6bb"));
    assert_int_equal(hs_bls_public_key_of(&public_key, &one), HS_OK);
    assert_memory_equal(public_key.bytes, generator, sizeof generator);
}

static void signatures_are_those_of_the_ciphersuite(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signature = sign(0, &statement);
    struct hs_bytes message = {statement.bytes, statement.size};
    assert_int_equal(
        hs_bls_verify_tagged(&public_keys[0], &signature, message, text_bytes(SIGNATURE_TAG)),
        HS_OK);
    assert_int_equal(
        hs_bls_verify_tagged(&public_keys[0], &signature, message, text_bytes("another tag")),
        HS_BAD_SIGNATURE);
}

static void coordinates_are_below_the_modulus(void **state)
{
    (void)state;
    static const char modulus[] =
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9fe"
        "ffffffffaaab";
    struct hs_bls_signature signature;
    for (size_t at = 0; at <= 48; at += 48) {
        memset(signature.bytes, 0, sizeof signature.bytes);
        assert_true(vector_fixed(signature.bytes + at, 48, modulus));
        signature.bytes[0] |= 0x80;
        assert_false(hs_bls_signature_is_canonical(&signature));
        signature.bytes[at + 47]--;
        assert_true(hs_bls_signature_is_canonical(&signature));
        signature.bytes[0] |= 0x20;
        assert_true(hs_bls_signature_is_canonical(&signature));
    }
}

static void keys_that_cancel_out_sign_nothing(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signature = sign(0, &statement);
    struct hs_bls_public_key minus = public_keys[0];
    struct hs_bls_point minus_point;
    minus.bytes[0] ^= 0x20;
    assert_int_equal(hs_bls_point_of(&minus_point, &minus), HS_OK);
    const struct hs_bls_point *keys[] = {&points[0], &minus_point};
    assert_int_equal(hs_bls_verify(&signature, &statement, keys, 2), HS_BAD_SIGNATURE);
}

static struct hs_bls_signature multiply(const struct hs_bls_signature *point, const char *hex)
{
    struct vector_bytes factor = vector_bytes_of(hex);
    struct hs_bls_signature product = *point; /* the leading one */
    size_t bit = 8 * factor.size;
    do {
        bit--;
    } while ((factor.data[factor.size - 1 - bit / 8] >> bit % 8 & 1) == 0);
    while (bit-- > 0) {
        product = sum_two(&product, &product);
        if ((factor.data[factor.size - 1 - bit / 8] >> bit % 8 & 1) != 0) {
            product = sum_two(&product, point);
        }
    }
    free(factor.data);
    return product;
}

/* A point of an order that divides 169: any point of the curve times the rest of the
 * curve's order, r * h2 / 169. */
static struct hs_bls_signature point_of_small_order(void)
{
    struct hs_bls_signature point = {{0x80}};
    const struct hs_bls_signature *pointer = &point;
    struct hs_bls_signature decoded;
    size_t bad_index;
    do {
        point.bytes[95]++;
    } while (hs_bls_aggregate(&decoded, &bad_index, &pointer, 1) != HS_OK);
    return multiply(&point,
                    "04005449cda731a7136c440a0c65b728ba1c1fa6b6708356f3b9bdc84396cab33907d71557a7d"
                    "33677f5d45f7cedb8cfdac10ff1fc5b48d6461e907737d78e96568f2d18c750b4b3ca5c33c3fd"
                    "8ff8a70629888281914529f4e3380941cfdd");
}

/* A pairing does not see the small part, and 1 in 13 random factors removes it from a sum: only
 * the check of every signature's group keeps two encodings of one vote apart. */
static void a_point_outside_the_group_is_refused(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_statement other = statement_of("other");
    struct hs_bls_signature small = point_of_small_order();
    struct hs_bls_signature right = sign(0, &statement);
    struct hs_bls_signature good = sign(0, &other);
    struct hs_bls_signature wrong = sum_two(&right, &small);
    assert_true(hs_bls_signature_is_canonical(&wrong));
    assert_int_equal(verify_one(&small, &statement, 0), HS_BAD_SIGNATURE);
    assert_int_equal(verify_one(&wrong, &statement, 0), HS_BAD_SIGNATURE);

    const struct hs_bls_point *key = &points[0];
    struct hs_bls_check checks[2] = {
        {.signature = &wrong, .statement = &statement, .keys = &key, .key_count = 1},
        {.signature = &good, .statement = &other, .keys = &key, .key_count = 1},
    };
    for (size_t i = 0; i < 60; i++) {
        assert_int_equal(hs_bls_verify_many(checks, 2), HS_BAD_SIGNATURE);
    }
    struct hs_bls_signature proof;
    hs_bls_prove_possession(&proof, &secret_keys[0], &public_keys[0]);
    proof = sum_two(&proof, &small);
    assert_int_equal(hs_bls_check_possession(&public_keys[0], &proof), HS_BAD_SIGNATURE);
}

/* x = 4 is on the curve, outside the group. */
static void a_key_outside_the_group_is_refused(void **state)
{
    (void)state;
    struct hs_bls_public_key public_key = {{0x80}};
    struct hs_bls_point point;
    public_key.bytes[47] = 4;
    assert_int_equal(hs_bls_point_of(&point, &public_key), HS_MALFORMED);
}

/* -- outside vectors ------------------------------------------------------- */

typedef bool vector_check(const json_t *group, const json_t *test);

static void run_vectors(const char *name, vector_check *passes)
{
    json_t *root = vectors_load(name);
    size_t group_index;
    json_t *group;
    size_t run_count = 0;
    json_array_foreach(json_object_get(root, "testGroups"), group_index, group)
    {
        size_t test_index;
        json_t *test;
        json_array_foreach(json_object_get(group, "tests"), test_index, test)
        {
            if (!passes(group, test)) {
                fail_msg("%s tcId %d: %s", name,
                         (int)json_integer_value(json_object_get(test, "tcId")),
                         vector_text(test, "comment"));
            }
            run_count++;
        }
    }
    vectors_finish(root, run_count);
}

static bool hash_passes(const json_t *group, const json_t *test)
{
    struct vector_bytes message = vector_bytes_of(vector_text(test, "msg"));
    struct hs_bls_signature expected;
    struct hs_bls_signature point;
    assert_true(vector_is_valid(test));
    assert_true(vector_fixed(expected.bytes, sizeof expected.bytes, vector_text(test, "expected")));
    assert_int_equal(hs_bls_hash_to_g2(&point, (struct hs_bytes){message.data, message.size},
                                       text_bytes(vector_text(group, "dst"))),
                     HS_OK);
    free(message.data);
    return memcmp(point.bytes, expected.bytes, sizeof expected.bytes) == 0;
}

/* A field of the wrong size is refused by any decoder before it gets here. */
static bool verify_passes(const json_t *group, const json_t *test)
{
    struct hs_bls_public_key public_key;
    struct hs_bls_signature signature;
    if (!vector_fixed(public_key.bytes, sizeof public_key.bytes,
                      vector_text(json_object_get(group, "publicKey"), "pk")) ||
        !vector_fixed(signature.bytes, sizeof signature.bytes, vector_text(test, "sig"))) {
        return !vector_is_valid(test);
    }
    struct vector_bytes message = vector_bytes_of(vector_text(test, "msg"));
    enum hs_status status =
        hs_bls_verify_tagged(&public_key, &signature, (struct hs_bytes){message.data, message.size},
                             text_bytes(vector_text(group, "ciphersuite")));
    /* The same through the calls of the product, where its tag and size allow. */
    struct hs_bls_point point;
    struct hs_bls_statement statement = {.size = message.size};
    if (strcmp(vector_text(group, "ciphersuite"), SIGNATURE_TAG) == 0 &&
        message.size <= sizeof statement.bytes && hs_bls_point_of(&point, &public_key) == HS_OK) {
        const struct hs_bls_point *key = &point;
        memcpy(statement.bytes, message.data, message.size);
        assert_int_equal(hs_bls_verify(&signature, &statement, &key, 1) == HS_OK,
                         vector_is_valid(test));
    }
    if (status == HS_OK) {
        assert_true(hs_bls_signature_is_canonical(&signature));
    }
    free(message.data);
    return (status == HS_OK) == vector_is_valid(test);
}

#define AGGREGATE_MAX 64u

static bool aggregate_passes(const json_t *group, const json_t *test)
{
    const json_t *key_texts = json_object_get(test, "pubkeys");
    const json_t *message_texts = json_object_get(test, "messages");
    size_t count = json_array_size(key_texts);
    struct hs_bls_signature signature;
    if (count != json_array_size(message_texts) ||
        !vector_fixed(signature.bytes, sizeof signature.bytes, vector_text(test, "sig"))) {
        return !vector_is_valid(test);
    }
    struct hs_bls_public_key keys[AGGREGATE_MAX];
    struct vector_bytes owned[AGGREGATE_MAX];
    struct hs_bytes messages[AGGREGATE_MAX];
    bool fits = true;
    assert_true(count <= AGGREGATE_MAX);
    for (size_t i = 0; i < count; i++) {
        fits = vector_fixed(keys[i].bytes, sizeof keys[i].bytes,
                            json_string_value(json_array_get(key_texts, i))) &&
               fits;
        owned[i] = vector_bytes_of(json_string_value(json_array_get(message_texts, i)));
        messages[i] = (struct hs_bytes){owned[i].data, owned[i].size};
    }
    bool good = fits && hs_bls_verify_aggregate_tagged(
                            &signature, keys, messages, count,
                            text_bytes(vector_text(group, "ciphersuite"))) == HS_OK;
    for (size_t i = 0; i < count; i++) {
        free(owned[i].data);
    }
    return good == vector_is_valid(test);
}

static void wycheproof_hash_to_g2_agrees(void **state)
{
    (void)state;
    run_vectors("bls_hash_to_g2_test.json", hash_passes);
}

static void wycheproof_basic_verify_agrees(void **state)
{
    (void)state;
    run_vectors("bls_sig_g2_basic_verify_test.json", verify_passes);
}

static void wycheproof_possession_scheme_verify_agrees(void **state)
{
    (void)state;
    run_vectors("bls_sig_g2_pop_verify_test.json", verify_passes);
}

static void wycheproof_aggregate_verify_agrees(void **state)
{
    (void)state;
    run_vectors("bls_sig_g2_aggregate_verify_test.json", aggregate_passes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLS_CONTRACT_TESTS,
        cmocka_unit_test(a_key_is_derived_as_keygen_says),
        cmocka_unit_test(a_public_key_is_the_generator_times_the_secret),
        cmocka_unit_test(signatures_are_those_of_the_ciphersuite),
        cmocka_unit_test(coordinates_are_below_the_modulus),
        cmocka_unit_test(keys_that_cancel_out_sign_nothing),
        cmocka_unit_test(a_point_outside_the_group_is_refused),
        cmocka_unit_test(a_key_outside_the_group_is_refused),
        cmocka_unit_test(wycheproof_hash_to_g2_agrees),
        cmocka_unit_test(wycheproof_basic_verify_agrees),
        cmocka_unit_test(wycheproof_possession_scheme_verify_agrees),
        cmocka_unit_test(wycheproof_aggregate_verify_agrees),
    };
    return cmocka_run_group_tests(tests, make_signers, NULL);
}
