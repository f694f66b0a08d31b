/* Transactions: one encoding, and a signature that covers every field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "crypto/keys.h"
#include "wire/transaction.h"

static const struct hs_ed25519_secret_key key = {.seed = {1, 2, 3}};

static struct hs_transaction sample(void)
{
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_TRANSFER,
        .nonce = UINT64_C(0x0102030405060708),
        .amount = {UINT64_C(0x1112131415161718)},
        .max_fee = {UINT64_C(0x2122232425262728)},
        .max_tip = {UINT64_C(0x3132333435363738)},
    };
    memset(transaction.chain_id.bytes, 0xc1, HS_HASH_BYTES);
    memset(transaction.recipient.bytes, 0x7e, HS_ADDRESS_BYTES);
    hs_transaction_sign(&transaction, &key);
    return transaction;
}

static struct hs_bytes bytes_over(const uint8_t *data, size_t size)
{
    return (struct hs_bytes){.data = data, .size = size};
}

static bool signature_holds(const struct hs_transaction *transaction)
{
    uint8_t message[HS_TRANSACTION_MESSAGE_BYTES];
    hs_transaction_message(message, transaction);
    struct hs_ed25519_item item = {
        .public_key = &transaction->sender,
        .signature = &transaction->signature,
        .message = {.data = message, .size = sizeof message},
    };
    bool ok = false;
    hs_ed25519_verify(&ok, &item, 1);
    return ok;
}

static void fields_are_where_the_format_says(void **state)
{
    (void)state;
    struct hs_transaction transaction = sample();
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    hs_transaction_encode(bytes, &transaction);
    assert_int_equal(sizeof bytes, 194);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(bytes[1], 1);
    assert_memory_equal(bytes + 2, transaction.chain_id.bytes, 32);
    assert_memory_equal(bytes + 34, transaction.sender.bytes, 32);
    assert_memory_equal(bytes + 66, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    assert_memory_equal(bytes + 74, transaction.recipient.bytes, 32);
    assert_memory_equal(bytes + 106, "\x18\x17\x16\x15\x14\x13\x12\x11", 8);
    assert_memory_equal(bytes + 114, "\x28\x27\x26\x25\x24\x23\x22\x21", 8);
    assert_memory_equal(bytes + 122, "\x38\x37\x36\x35\x34\x33\x32\x31", 8);
    assert_memory_equal(bytes + 130, transaction.signature.bytes, 64);
}

static void what_is_encoded_decodes_to_the_same_and_back(void **state)
{
    (void)state;
    struct hs_transaction transaction = sample();
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    uint8_t again[HS_TRANSACTION_TRANSFER_BYTES];
    hs_transaction_encode(bytes, &transaction);
    struct hs_transaction decoded;
    assert_int_equal(hs_transaction_decode(&decoded, bytes_over(bytes, sizeof bytes)), HS_OK);
    assert_true(decoded.nonce == transaction.nonce);
    assert_true(decoded.amount.units == transaction.amount.units);
    assert_true(decoded.max_fee.units == transaction.max_fee.units);
    assert_true(decoded.max_tip.units == transaction.max_tip.units);
    hs_transaction_encode(again, &decoded);
    assert_memory_equal(again, bytes, sizeof bytes);
}

static void every_other_size_is_refused(void **state)
{
    (void)state;
    struct hs_transaction transaction = sample();
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES + 1] = {0};
    hs_transaction_encode(bytes, &transaction);
    struct hs_transaction decoded;
    for (size_t size = 0; size <= sizeof bytes; size++) {
        enum hs_status expected = size == HS_TRANSACTION_TRANSFER_BYTES ? HS_OK : HS_MALFORMED;
        uint8_t *exact = malloc(size + 1);
        memcpy(exact, bytes, size);
        assert_int_equal(hs_transaction_decode(&decoded, bytes_over(exact, size)), expected);
        free(exact);
    }
    assert_int_equal(hs_transaction_decode(&decoded, bytes_over(NULL, 0)), HS_MALFORMED);
}

static void other_versions_and_types_are_refused(void **state)
{
    (void)state;
    struct hs_transaction transaction = sample();
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    hs_transaction_encode(bytes, &transaction);
    struct hs_transaction decoded;
    for (unsigned position = 0; position < 2; position++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t old = bytes[position];
            bytes[position] = (uint8_t)value;
            assert_int_equal(hs_transaction_decode(&decoded, bytes_over(bytes, sizeof bytes)),
                             value == 1 ? HS_OK : HS_MALFORMED);
            bytes[position] = old;
        }
    }
}

static void the_signature_covers_every_byte(void **state)
{
    (void)state;
    struct hs_transaction transaction = sample();
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    hs_transaction_encode(bytes, &transaction);
    assert_true(signature_holds(&transaction));
    for (size_t i = 2; i < sizeof bytes; i++) {
        bytes[i] ^= 1;
        struct hs_transaction changed;
        assert_int_equal(hs_transaction_decode(&changed, bytes_over(bytes, sizeof bytes)), HS_OK);
        assert_false(signature_holds(&changed));
        bytes[i] ^= 1;
    }
}

static void the_signed_bytes_begin_with_tag_chain_and_epoch_zero(void **state)
{
    (void)state;
    struct hs_transaction transaction = sample();
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    uint8_t message[HS_TRANSACTION_MESSAGE_BYTES];
    hs_transaction_encode(bytes, &transaction);
    hs_transaction_message(message, &transaction);
    assert_memory_equal(message, "hotstuff/transaction", 20);
    assert_memory_equal(message + 20, transaction.chain_id.bytes, 32);
    assert_memory_equal(message + 52, "\0\0\0\0\0\0\0\0", 8);
    assert_memory_equal(message + 60, bytes, HS_TRANSACTION_BODY_BYTES);
}

static void the_id_commits_to_the_signature(void **state)
{
    (void)state;
    struct hs_transaction transaction = sample();
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    hs_transaction_encode(bytes, &transaction);
    struct hs_transaction_id id, other;
    hs_transaction_id_of(&id, bytes_over(bytes, sizeof bytes));
    uint8_t expected[HS_HASH_BYTES];
    hs_hash(expected, "hotstuff/transaction-id", bytes, sizeof bytes);
    assert_memory_equal(id.bytes, expected, HS_HASH_BYTES);
    bytes[sizeof bytes - 1] ^= 1;
    hs_transaction_id_of(&other, bytes_over(bytes, sizeof bytes));
    assert_memory_not_equal(id.bytes, other.bytes, HS_HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_where_the_format_says),
        cmocka_unit_test(what_is_encoded_decodes_to_the_same_and_back),
        cmocka_unit_test(every_other_size_is_refused),
        cmocka_unit_test(other_versions_and_types_are_refused),
        cmocka_unit_test(the_signature_covers_every_byte),
        cmocka_unit_test(the_signed_bytes_begin_with_tag_chain_and_epoch_zero),
        cmocka_unit_test(the_id_commits_to_the_signature),
    };
    return hs_crypto_start() == HS_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
