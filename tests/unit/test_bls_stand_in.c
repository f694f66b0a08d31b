/* The stand-in for BLS: the contract of bls.h, and what is its own. */
#include "tests/unit/bls_contract.h"

#define LANES_AT 64u

/* The lanes are four little-endian numbers modulo 2^64. */
static void negate(struct hs_bls_signature *signature)
{
    for (size_t lane = 0; lane < 4; lane++) {
        unsigned carry = 1;
        for (size_t i = 0; i < 8; i++) {
            uint8_t *byte = &signature->bytes[LANES_AT + 8 * lane + i];
            carry += (uint8_t) ~*byte;
            *byte = (uint8_t)carry;
            carry >>= 8;
        }
    }
}

static void lanes_that_are_zero_are_infinity(void **state)
{
    (void)state;
    struct hs_bls_statement statement = statement_of("vote");
    struct hs_bls_signature signature = sign(0, &statement);
    memset(signature.bytes + LANES_AT, 0, sizeof signature.bytes - LANES_AT);
    assert_false(hs_bls_signature_is_canonical(&signature));
    signature.bytes[95] = 1;
    assert_true(hs_bls_signature_is_canonical(&signature));
}

static void it_owns_up_to_not_being_bls(void **state)
{
    (void)state;
    struct hs_bytes nothing = {NULL, 0};
    struct hs_bls_signature signature = {{0}};
    assert_int_equal(hs_bls_hash_to_g2(&signature, nothing, nothing), HS_NOT_FOUND);
    assert_int_equal(hs_bls_verify_tagged(&public_keys[0], &signature, nothing, nothing),
                     HS_NOT_FOUND);
    assert_int_equal(hs_bls_verify_aggregate_tagged(&signature, public_keys, &nothing, 1, nothing),
                     HS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLS_CONTRACT_TESTS,
        cmocka_unit_test(lanes_that_are_zero_are_infinity),
        cmocka_unit_test(it_owns_up_to_not_being_bls),
    };
    return cmocka_run_group_tests(tests, make_signers, NULL);
}
