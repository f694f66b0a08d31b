/* Tagged SHA-256 and Merkle roots, against values made by another implementation:
 * hashlib.sha256(bytes([len(tag)]) + tag + data) of Python.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"

static void assert_hash(const uint8_t hash[HS_HASH_BYTES], const char *expected)
{
    char text[2 * HS_HASH_BYTES + 1];
    for (size_t i = 0; i < HS_HASH_BYTES; i++) {
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    }
    assert_string_equal(text, expected);
}

static void fill(uint8_t data[], size_t size)
{
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(i * 7 + size);
    }
}

static const struct {
    size_t size;
    const char *hash;
} cases[] = {
    {0, "0d7c454808fd65e9e5fd872a9f1eeb9153b0214cb9eab0c0a26fe7a7982a082d"},
    {1, "e397d7e47a26bb213a8fc67a6454fa9bfd1cf54a3b50934b0399864880943e73"},
    {55, "342006788634e3df31eb742b043e7180e4fa5d6afdf923bd4d4e852c741ef0ac"},
    {56, "fe2d994f04c0e77a5dcf462172a763436a3141e2906b1932746a3107da3c8622"},
    {63, "2b89dce2d3d74385cbcf1d064613d6e28e843ded3ab9ac336922b792c68ad650"},
    {64, "a2ed5cb764853930122491ce38beed3d39c5c9442bebd872ff28f03cdffe2b8a"},
    {65, "51af3baceabeb2f7b371000506dfbe41911632f286a2d4d413a1c58ff60d7968"},
    {200, "0cf9005583a8be11cdc023b3bc49ebef95d91c924b2d83ee773f515075024ea6"},
    {1000, "08162fd27471296caf41cfe3b47ccdff168d4823f782e9941b54accc1ab32720"},
};
#define CASE_COUNT (sizeof cases / sizeof cases[0])

static void a_hash_is_sha256_of_size_tag_and_data(void **state)
{
    (void)state;
    uint8_t hash[HS_HASH_BYTES];
    uint8_t data[1000];
    for (size_t i = 0; i < CASE_COUNT; i++) {
        fill(data, cases[i].size);
        hs_hash(hash, "hotstuff/test", data, cases[i].size);
        assert_hash(hash, cases[i].hash);
    }
    hs_hash(hash, "", NULL, 0);
    assert_hash(hash, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

static void the_longest_tag_is_hashed_whole(void **state)
{
    (void)state;
    char tag[256];
    memset(tag, 't', 255);
    tag[255] = '\0';
    uint8_t hash[HS_HASH_BYTES];
    hs_hash(hash, tag, "x", 1);
    assert_hash(hash, "b604f2235adeb8c3844b894636672c05ea2b7e6a58262a53a8e0150199c2566d");
}

static void streaming_in_any_pieces_gives_the_same(void **state)
{
    (void)state;
    uint8_t hash[HS_HASH_BYTES];
    uint8_t data[1000];
    fill(data, sizeof data);
    for (size_t piece = 1; piece <= 130; piece++) {
        struct hs_hasher hasher;
        hs_hasher_begin(&hasher, "hotstuff/test");
        for (size_t at = 0; at < sizeof data; at += piece) {
            size_t left = sizeof data - at;
            hs_hasher_add(&hasher, data + at, left < piece ? left : piece);
            hs_hasher_add(&hasher, NULL, 0);
        }
        hs_hasher_end(&hasher, hash);
        assert_hash(hash, cases[CASE_COUNT - 1].hash);
    }
}

static void a_copied_hasher_goes_its_own_way(void **state)
{
    (void)state;
    uint8_t hash[HS_HASH_BYTES];
    uint8_t data[200];
    fill(data, sizeof data);
    struct hs_hasher hasher;
    hs_hasher_begin(&hasher, "hotstuff/test");
    hs_hasher_add(&hasher, data, 100);
    struct hs_hasher copy = hasher;
    hs_hasher_add(&hasher, "other", 5);
    hs_hasher_add(&copy, data + 100, 100);
    hs_hasher_end(&copy, hash);
    assert_hash(hash, "0cf9005583a8be11cdc023b3bc49ebef95d91c924b2d83ee773f515075024ea6");
}

static void tag_and_data_do_not_run_together(void **state)
{
    (void)state;
    uint8_t one[HS_HASH_BYTES];
    uint8_t other[HS_HASH_BYTES];
    hs_hash(one, "ab", "c", 1);
    hs_hash(other, "a", "bc", 2);
    assert_memory_not_equal(one, other, HS_HASH_BYTES);
}

static void make_leaves(struct hs_hash leaves[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        leaves[i] = (struct hs_hash){{(uint8_t)i, (uint8_t)(i >> 8), 0x42}};
    }
}

static const struct {
    size_t count;
    const char *root;
} roots[] = {
    {0, "f00edead33fc1be86450bc5069bbd4cb8379db6cf803f4c214235fe728fea449"},
    {1, "80d4d9482c7b21de4766cfef54c4484772685563786ea3bcec4426490105dac0"},
    {2, "1405ba2fb2766a5444b7005f73f356e88d84507903cfb7f87160eb0cf0528a46"},
    {3, "f310d7a9e26af777f809a4fdc35b5d60804c75624dee5fb827f2ee048918a55b"},
    {4, "f587626cafbfe4321314c1c165d8f00955a3a03a0cb1be8a73a1434ac32efa6d"},
    {5, "6a0ecdb797a2dd8498cba3343a111626ca8798f2c94c0e6efa75dca3b465a864"},
    {7, "ed1fc0017a89302f9320d56f7ef77228dd4a42e3bc1dbfc4cb33b64c80382aab"},
    {8, "b4d5e9d0cd453a8ba493dbabd67b3b479cee9c9871c3f89f39784af3b5f61f17"},
    {9, "5f45cd7d25911be7db957d03eb1f34e9ea58428fcdb1333e191b26ba472b8aea"},
    {100, "d2ad8a79d47f97c9143be0127bbb618ebbe5b27c160b052181cb48bcf453972a"},
    {1000, "c30eb72b3a3f94c800d8bd7320f142baeaf5ab08f7b55eb0794edc8d63dca547"},
};

static void merkle_roots_split_at_the_largest_power_of_two(void **state)
{
    (void)state;
    struct hs_hash leaves[1000];
    uint8_t root[HS_HASH_BYTES];
    make_leaves(leaves, sizeof leaves / sizeof leaves[0]);
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        hs_merkle_root(root, leaves, roots[i].count);
        assert_hash(root, roots[i].root);
    }
}

static void every_leaf_and_its_place_count(void **state)
{
    (void)state;
    struct hs_hash leaves[13];
    uint8_t before[HS_HASH_BYTES];
    uint8_t after[HS_HASH_BYTES];
    make_leaves(leaves, 13);
    hs_merkle_root(before, leaves, 13);
    for (size_t i = 0; i < 13; i++) {
        leaves[i].bytes[31] ^= 1;
        hs_merkle_root(after, leaves, 13);
        assert_memory_not_equal(before, after, HS_HASH_BYTES);
        leaves[i].bytes[31] ^= 1;
    }
    struct hs_hash first = leaves[0];
    leaves[0] = leaves[1];
    leaves[1] = first;
    hs_merkle_root(after, leaves, 13);
    assert_memory_not_equal(before, after, HS_HASH_BYTES);
}

/* With one tag for both, two leaves could be passed off as the one node above them; and
 * padding by repeats would make lists of different length alike. */
static void no_list_has_the_root_of_another(void **state)
{
    (void)state;
    struct hs_hash leaves[4];
    uint8_t two[HS_HASH_BYTES];
    uint8_t other[HS_HASH_BYTES];
    make_leaves(leaves, 2);
    hs_merkle_root(two, leaves, 2);
    struct hs_hash node;
    memcpy(node.bytes, two, sizeof two);
    hs_merkle_root(other, &node, 1);
    assert_memory_not_equal(two, other, HS_HASH_BYTES);

    make_leaves(leaves, 3);
    leaves[3] = leaves[2];
    hs_merkle_root(two, leaves, 3);
    hs_merkle_root(other, leaves, 4);
    assert_memory_not_equal(two, other, HS_HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_sha256_of_size_tag_and_data),
        cmocka_unit_test(the_longest_tag_is_hashed_whole),
        cmocka_unit_test(streaming_in_any_pieces_gives_the_same),
        cmocka_unit_test(a_copied_hasher_goes_its_own_way),
        cmocka_unit_test(tag_and_data_do_not_run_together),
        cmocka_unit_test(merkle_roots_split_at_the_largest_power_of_two),
        cmocka_unit_test(every_leaf_and_its_place_count),
        cmocka_unit_test(no_list_has_the_root_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
