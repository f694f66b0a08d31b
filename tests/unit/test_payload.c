/* Payloads: split and encode are each other's inverse, within the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "wire/payload.h"

static struct hs_bytes bytes_over(const uint8_t *data, size_t size)
{
    return (struct hs_bytes){.data = data, .size = size};
}

static void a_block_without_transactions_has_no_bytes(void **state)
{
    (void)state;
    struct hs_bytes transactions[1];
    size_t count = 7;
    assert_int_equal(hs_payload_split(transactions, &count, 1, bytes_over(NULL, 0)), HS_OK);
    assert_int_equal(count, 0);
    assert_int_equal(hs_payload_size(transactions, 0), 0);
    size_t size = 7;
    uint8_t nothing[1];
    assert_int_equal(hs_payload_encode(nothing, &size, 0, transactions, 0), HS_OK);
    assert_int_equal(size, 0);
}

static void what_is_encoded_splits_into_the_same(void **state)
{
    (void)state;
    static uint8_t longest[HS_TRANSACTION_BYTES_MAX];
    memset(longest, 0xab, sizeof longest);
    const struct hs_bytes given[3] = {
        bytes_over((const uint8_t *)"a", 1),
        bytes_over(longest, sizeof longest),
        bytes_over((const uint8_t *)"xyz", 3),
    };
    uint8_t payload[4 * 3 + 1 + HS_TRANSACTION_BYTES_MAX + 3];
    size_t size;
    assert_int_equal(hs_payload_size(given, 3), sizeof payload);
    assert_int_equal(hs_payload_encode(payload, &size, sizeof payload, given, 3), HS_OK);
    assert_int_equal(size, sizeof payload);
    assert_memory_equal(payload, "\x01\0\0\0a", 5);
    struct hs_bytes found[3];
    size_t count;
    assert_int_equal(hs_payload_split(found, &count, 3, bytes_over(payload, size)), HS_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(found[i].size, given[i].size);
        assert_memory_equal(found[i].data, given[i].data, given[i].size);
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    const uint8_t payload[] = {2, 0, 0, 0, 'a', 'b', 1, 0, 0, 0, 'c'};
    struct hs_bytes found[2];
    size_t count;
    for (size_t size = 1; size < sizeof payload; size++) {
        uint8_t *exact = malloc(size);
        memcpy(exact, payload, size);
        enum hs_status expected = size == 6 ? HS_OK : HS_MALFORMED;
        assert_int_equal(hs_payload_split(found, &count, 2, bytes_over(exact, size)), expected);
        free(exact);
    }
}

static void a_transaction_of_no_bytes_is_refused(void **state)
{
    (void)state;
    const uint8_t payload[] = {0, 0, 0, 0};
    struct hs_bytes found[1] = {{NULL, 0}};
    size_t count, size;
    uint8_t out[8];
    assert_int_equal(hs_payload_split(found, &count, 1, bytes_over(payload, 4)), HS_MALFORMED);
    assert_int_equal(hs_payload_encode(out, &size, sizeof out, found, 1), HS_INVALID_ARGUMENT);
}

static void a_transaction_above_the_limit_is_refused(void **state)
{
    (void)state;
    static uint8_t payload[HS_PAYLOAD_ENTRY_BYTES + HS_TRANSACTION_BYTES_MAX + 1];
    struct hs_bytes found[1];
    size_t count, size;
    payload[0] = (uint8_t)(HS_TRANSACTION_BYTES_MAX & 0xff);
    payload[1] = (uint8_t)(HS_TRANSACTION_BYTES_MAX >> 8);
    assert_int_equal(hs_payload_split(found, &count, 1, bytes_over(payload, sizeof payload - 1)),
                     HS_OK);
    payload[0]++;
    assert_int_equal(hs_payload_split(found, &count, 1, bytes_over(payload, sizeof payload)),
                     HS_MALFORMED);
    found[0] = bytes_over(payload, HS_TRANSACTION_BYTES_MAX + 1);
    static uint8_t out[2 * sizeof payload];
    assert_int_equal(hs_payload_encode(out, &size, sizeof out, found, 1), HS_FULL);
}

static void a_size_near_the_end_of_its_range_is_refused(void **state)
{
    (void)state;
    const uint8_t payload[] = {0xff, 0xff, 0xff, 0xff, 'a'};
    struct hs_bytes found[1];
    size_t count;
    assert_int_equal(hs_payload_split(found, &count, 1, bytes_over(payload, sizeof payload)),
                     HS_MALFORMED);
}

static void one_transaction_more_than_asked_for_is_refused(void **state)
{
    (void)state;
    const size_t most = HS_BLOCK_TRANSACTIONS_MAX;
    uint8_t *payload = calloc(most + 1, 5);
    struct hs_bytes *found = calloc(most + 1, sizeof *found);
    for (size_t i = 0; i <= most; i++) {
        payload[5 * i] = 1;
    }
    size_t count, size;
    assert_int_equal(hs_payload_split(found, &count, most, bytes_over(payload, 5 * most)), HS_OK);
    assert_int_equal(count, most);
    assert_int_equal(hs_payload_split(found, &count, most, bytes_over(payload, 5 * most + 5)),
                     HS_MALFORMED);
    uint8_t *out = calloc(most + 1, 5);
    assert_int_equal(hs_payload_encode(out, &size, 5 * most, found, most), HS_OK);
    assert_int_equal(hs_payload_encode(out, &size, 5 * most - 1, found, most), HS_FULL);
    found[most] = found[0];
    assert_int_equal(hs_payload_encode(out, &size, 5 * most + 5, found, most + 1), HS_FULL);
    free(out);
    free(found);
    free(payload);
}

static void a_payload_above_the_limit_is_refused(void **state)
{
    (void)state;
    const size_t entry = HS_PAYLOAD_ENTRY_BYTES + HS_TRANSACTION_BYTES_MAX;
    const size_t full_count = HS_PAYLOAD_BYTES_MAX / entry;
    const size_t rest = HS_PAYLOAD_BYTES_MAX % entry;
    assert_true(rest > HS_PAYLOAD_ENTRY_BYTES);
    uint8_t *payload = calloc(1, HS_PAYLOAD_BYTES_MAX + 1);
    struct hs_bytes *found = calloc(full_count + 1, sizeof *found);
    uint8_t *at = payload;
    for (size_t i = 0; i < full_count; i++, at += entry) {
        at[1] = HS_TRANSACTION_BYTES_MAX >> 8;
    }
    size_t last = rest - HS_PAYLOAD_ENTRY_BYTES;
    at[0] = (uint8_t)last;
    at[1] = (uint8_t)(last >> 8);
    size_t count, size;
    assert_int_equal(
        hs_payload_split(found, &count, full_count + 1, bytes_over(payload, HS_PAYLOAD_BYTES_MAX)),
        HS_OK);
    assert_int_equal(count, full_count + 1);
    uint8_t *out = malloc(HS_PAYLOAD_BYTES_MAX + 1);
    assert_int_equal(hs_payload_encode(out, &size, HS_PAYLOAD_BYTES_MAX + 1, found, count), HS_OK);
    assert_memory_equal(out, payload, HS_PAYLOAD_BYTES_MAX);
    found[full_count].size++;
    assert_int_equal(hs_payload_encode(out, &size, HS_PAYLOAD_BYTES_MAX + 1, found, count),
                     HS_FULL);
    last++;
    at[0] = (uint8_t)last;
    at[1] = (uint8_t)(last >> 8);
    assert_int_equal(hs_payload_split(found, &count, full_count + 1,
                                      bytes_over(payload, HS_PAYLOAD_BYTES_MAX + 1)),
                     HS_MALFORMED);
    free(out);
    free(found);
    free(payload);
}

static void the_root_is_the_merkle_root_over_the_ids(void **state)
{
    (void)state;
    struct hs_transaction_id ids[3];
    struct hs_hash hashes[3];
    for (size_t i = 0; i < 3; i++) {
        memset(ids[i].bytes, (int)i + 1, HS_HASH_BYTES);
        memset(hashes[i].bytes, (int)i + 1, HS_HASH_BYTES);
    }
    struct hs_payload_root root;
    uint8_t expected[HS_HASH_BYTES];
    for (size_t count = 0; count <= 3; count++) {
        hs_payload_root_of(&root, ids, count);
        hs_merkle_root(expected, hashes, count);
        assert_memory_equal(root.bytes, expected, HS_HASH_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_without_transactions_has_no_bytes),
        cmocka_unit_test(what_is_encoded_splits_into_the_same),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_transaction_of_no_bytes_is_refused),
        cmocka_unit_test(a_transaction_above_the_limit_is_refused),
        cmocka_unit_test(a_size_near_the_end_of_its_range_is_refused),
        cmocka_unit_test(one_transaction_more_than_asked_for_is_refused),
        cmocka_unit_test(a_payload_above_the_limit_is_refused),
        cmocka_unit_test(the_root_is_the_merkle_root_over_the_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
