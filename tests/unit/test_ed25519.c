/* Ed25519 as everybody's: RFC 8032 and Wycheproof. */
#include "tests/unit/vectors.h"

#include "crypto/ed25519.h"

static void decode(uint8_t *out, size_t size, const char *hex)
{
    assert_true(vector_fixed(out, size, hex));
}

static bool verify_one(const struct hs_ed25519_public_key *public_key,
                       const struct hs_ed25519_signature *signature, const void *message,
                       size_t size)
{
    struct hs_ed25519_item item = {public_key, signature, {message, size}};
    bool ok = false;
    hs_ed25519_verify(&ok, &item, 1);
    return ok;
}

/* RFC 8032 section 7.1, tests 1 to 3. */
static const struct {
    const char *seed;
    const char *public_key;
    const char *message;
    const char *signature;
} rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void signs_as_rfc_8032_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc8032 / sizeof rfc8032[0]; i++) {
        struct hs_ed25519_secret_key secret_key;
        struct hs_ed25519_public_key public_key;
        struct hs_ed25519_signature signature;
        uint8_t expected[HS_ED25519_SIGNATURE_BYTES];
        struct vector_bytes message = vector_bytes_of(rfc8032[i].message);
        decode(secret_key.seed, sizeof secret_key.seed, rfc8032[i].seed);

        hs_ed25519_public_key_of(&public_key, &secret_key);
        decode(expected, sizeof public_key.bytes, rfc8032[i].public_key);
        assert_memory_equal(public_key.bytes, expected, sizeof public_key.bytes);

        hs_ed25519_sign(&signature, &secret_key, (struct hs_bytes){message.data, message.size});
        decode(expected, sizeof expected, rfc8032[i].signature);
        assert_memory_equal(signature.bytes, expected, sizeof expected);
        assert_true(verify_one(&public_key, &signature, message.data, message.size));
        free(message.data);
    }
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct hs_ed25519_secret_key secret_key = {{7}};
    struct hs_ed25519_public_key public_key;
    struct hs_ed25519_signature signature;
    uint8_t message[3] = {1, 2, 3};
    hs_ed25519_public_key_of(&public_key, &secret_key);
    hs_ed25519_sign(&signature, &secret_key, (struct hs_bytes){message, sizeof message});
    for (size_t bit = 0; bit < 8 * sizeof signature.bytes; bit++) {
        signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(verify_one(&public_key, &signature, message, sizeof message));
        signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof message; bit++) {
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(verify_one(&public_key, &signature, message, sizeof message));
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(verify_one(&public_key, &signature, message, sizeof message));
    assert_false(verify_one(&public_key, &signature, message, 2));
}

/* S + L satisfies the equation as S does: with it anyone could change a transaction's id. */
static void s_beyond_the_order_is_refused(void **state)
{
    (void)state;
    static const uint8_t order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
    };
    struct hs_ed25519_secret_key secret_key = {{7}};
    struct hs_ed25519_public_key public_key;
    struct hs_ed25519_signature signature;
    hs_ed25519_public_key_of(&public_key, &secret_key);
    hs_ed25519_sign(&signature, &secret_key, (struct hs_bytes){(const uint8_t *)"m", 1});
    assert_true(verify_one(&public_key, &signature, "m", 1));
    unsigned carry = 0;
    for (size_t i = 0; i < sizeof order; i++) {
        carry += (unsigned)signature.bytes[32 + i] + order[i];
        signature.bytes[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_false(verify_one(&public_key, &signature, "m", 1));
}

/* Under the point of order one every message "verifies" with R the same and S = 0. */
static void a_key_of_small_order_is_refused(void **state)
{
    (void)state;
    struct hs_ed25519_public_key identity = {{1}};
    struct hs_ed25519_signature signature = {{1}};
    assert_false(verify_one(&identity, &signature, "m", 1));
}

static void many_are_answered_each_as_if_alone(void **state)
{
    (void)state;
    enum { COUNT = 33 };
    struct hs_ed25519_public_key public_keys[COUNT];
    struct hs_ed25519_signature signatures[COUNT];
    struct hs_ed25519_item items[COUNT];
    uint8_t messages[COUNT];
    bool ok[COUNT + 1];
    for (uint8_t i = 0; i < COUNT; i++) {
        struct hs_ed25519_secret_key secret_key = {{i}};
        messages[i] = i;
        hs_ed25519_public_key_of(&public_keys[i], &secret_key);
        hs_ed25519_sign(&signatures[i], &secret_key, (struct hs_bytes){&messages[i], 1});
        items[i] = (struct hs_ed25519_item){&public_keys[i], &signatures[i], {&messages[i], 1}};
    }
    signatures[0].bytes[0] ^= 1;
    messages[17] ^= 1;
    items[COUNT - 1].public_key = &public_keys[0];
    ok[COUNT] = true;
    hs_ed25519_verify(ok, items, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(ok[i], i != 0 && i != 17 && i != COUNT - 1);
    }
    assert_true(ok[COUNT]);
    ok[0] = true;
    hs_ed25519_verify(ok, items, 0);
    assert_true(ok[0]);
}

static bool check_vector(const char *key_hex, const json_t *test)
{
    struct hs_ed25519_public_key public_key;
    struct hs_ed25519_signature signature;
    if (!vector_fixed(public_key.bytes, sizeof public_key.bytes, key_hex) ||
        !vector_fixed(signature.bytes, sizeof signature.bytes, vector_text(test, "sig"))) {
        return false;
    }
    struct vector_bytes message = vector_bytes_of(vector_text(test, "msg"));
    bool ok = verify_one(&public_key, &signature, message.data, message.size);
    free(message.data);
    return ok;
}

static void wycheproof_agrees(void **state)
{
    (void)state;
    json_t *root = vectors_load("ed25519_test.json");
    size_t group_index;
    json_t *group;
    size_t run_count = 0;
    json_array_foreach(json_object_get(root, "testGroups"), group_index, group)
    {
        const char *key = vector_text(json_object_get(group, "publicKey"), "pk");
        size_t test_index;
        json_t *test;
        json_array_foreach(json_object_get(group, "tests"), test_index, test)
        {
            if (check_vector(key, test) != vector_is_valid(test)) {
                fail_msg("tcId %d: %s", (int)json_integer_value(json_object_get(test, "tcId")),
                         vector_text(test, "comment"));
            }
            run_count++;
        }
    }
    vectors_finish(root, run_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_rfc_8032_says),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(s_beyond_the_order_is_refused),
        cmocka_unit_test(a_key_of_small_order_is_refused),
        cmocka_unit_test(many_are_answered_each_as_if_alone),
        cmocka_unit_test(wycheproof_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
