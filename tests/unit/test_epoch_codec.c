/* The bytes of an epoch: one encoding for each, and a digest that all of it is in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/epoch_codec.h"

/* An epoch of `count` members, no two fields alike. */
static void make_epoch(struct hs_epoch *epoch, uint32_t count)
{
    memset(epoch, 0, sizeof *epoch);
    epoch->validators.epoch = 7;
    epoch->last_height = 800;
    memset(epoch->randomness, 0xa7, sizeof epoch->randomness);
    epoch->validators.count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct hs_validator *member = &epoch->validators.validators[i];
        memset(member->bls_public_key.bytes, (int)(i + 1), HS_BLS_PUBLIC_KEY_BYTES);
        memset(member->network_key.bytes, (int)(i + 2), HS_ED25519_PUBLIC_KEY_BYTES);
        memset(member->fee_recipient.bytes, (int)(i + 3), HS_ADDRESS_BYTES);
        member->weight = 100u + i;
        epoch->validators.weight_total += member->weight;
        epoch->leader_weights[i] = 50u + i;
    }
}

static struct hs_bytes encoding_of(uint8_t bytes[HS_EPOCH_BYTES_MAX], const struct hs_epoch *epoch)
{
    const size_t size = hs_epoch_encode(bytes, epoch, HS_LEADER_WEIGHTED);
    assert_int_equal(size, hs_epoch_encoded_size(epoch->validators.count));
    return (struct hs_bytes){.data = bytes, .size = size};
}

static void what_is_encoded_decodes_to_the_same(void **state)
{
    (void)state;
    const uint32_t counts[] = {1, 4, HS_VALIDATORS_MAX};
    for (size_t i = 0; i < 3; i++) {
        static struct hs_epoch epoch;
        static struct hs_epoch again;
        static uint8_t bytes[HS_EPOCH_BYTES_MAX];
        enum hs_leader_election election = HS_LEADER_ROUND_ROBIN;
        make_epoch(&epoch, counts[i]);
        assert_int_equal(hs_epoch_decode(&again, &election, encoding_of(bytes, &epoch)), HS_OK);
        assert_int_equal(election, HS_LEADER_WEIGHTED);
        assert_memory_equal(&again, &epoch, sizeof epoch);
    }
}

static void bytes_cut_or_added_are_refused(void **state)
{
    (void)state;
    static struct hs_epoch epoch;
    static uint8_t bytes[HS_EPOCH_BYTES_MAX];
    enum hs_leader_election election;
    make_epoch(&epoch, 3);
    const struct hs_bytes whole = encoding_of(bytes, &epoch);
    for (size_t size = 0; size < whole.size; size++) {
        const struct hs_bytes cut = {.data = bytes, .size = size};
        assert_int_equal(hs_epoch_decode(&epoch, &election, cut), HS_MALFORMED);
    }
    const struct hs_bytes longer = {.data = bytes, .size = whole.size + 1};
    assert_int_equal(hs_epoch_decode(&epoch, &election, longer), HS_MALFORMED);
}

/* The epoch with one field changed, which is then no epoch. */
static void assert_refused(void change(uint8_t bytes[HS_EPOCH_BYTES_MAX]))
{
    static struct hs_epoch epoch;
    static uint8_t bytes[HS_EPOCH_BYTES_MAX];
    enum hs_leader_election election;
    make_epoch(&epoch, 2);
    const struct hs_bytes whole = encoding_of(bytes, &epoch);
    change(bytes);
    assert_int_equal(hs_epoch_decode(&epoch, &election, whole), HS_MALFORMED);
}

#define ELECTION_AT (8u + 8u + HS_HASH_BYTES)
#define COUNT_AT    (ELECTION_AT + 1u)
#define WEIGHT_AT   (HS_EPOCH_HEAD_BYTES + HS_EPOCH_MEMBER_BYTES - 16u)
#define LEADER_AT   (WEIGHT_AT + 8u)

static void an_unknown_election(uint8_t bytes[HS_EPOCH_BYTES_MAX])
{
    bytes[ELECTION_AT] = 3;
}
static void no_members(uint8_t bytes[HS_EPOCH_BYTES_MAX])
{
    bytes[COUNT_AT] = 0;
}
static void more_members_than_are_there(uint8_t bytes[HS_EPOCH_BYTES_MAX])
{
    bytes[COUNT_AT] = 3;
}
static void countless_members(uint8_t bytes[HS_EPOCH_BYTES_MAX])
{
    memset(&bytes[COUNT_AT], 0xff, 4);
}
static void no_weight(uint8_t bytes[HS_EPOCH_BYTES_MAX])
{
    memset(&bytes[WEIGHT_AT], 0, 8);
}
static void too_much_weight(uint8_t bytes[HS_EPOCH_BYTES_MAX])
{
    memset(&bytes[WEIGHT_AT], 0xff, 8);
}
static void no_leader_weight(uint8_t bytes[HS_EPOCH_BYTES_MAX])
{
    memset(&bytes[LEADER_AT], 0, 8);
}
static void too_much_leader_weight(uint8_t bytes[HS_EPOCH_BYTES_MAX])
{
    memset(&bytes[LEADER_AT], 0xff, 7);
    bytes[LEADER_AT + 7u] = 0x3f; /* the most there is, and the other member's beside it */
}

static void what_no_epoch_can_be_is_refused(void **state)
{
    (void)state;
    assert_refused(an_unknown_election);
    assert_refused(no_members);
    assert_refused(more_members_than_are_there);
    assert_refused(countless_members);
    assert_refused(no_weight);
    assert_refused(too_much_weight);
    assert_refused(no_leader_weight);
    assert_refused(too_much_leader_weight);
}

static void every_byte_is_in_the_digest(void **state)
{
    (void)state;
    static struct hs_epoch epoch;
    static struct hs_epoch other;
    static uint8_t bytes[HS_EPOCH_BYTES_MAX];
    enum hs_leader_election election;
    struct hs_hash digest;
    make_epoch(&epoch, 2);
    hs_epoch_digest(&digest, &epoch, HS_LEADER_WEIGHTED);
    const struct hs_bytes whole = encoding_of(bytes, &epoch);
    size_t compared = 0;
    for (size_t i = 0; i < whole.size; i++) {
        bytes[i] ^= 1u;
        if (hs_epoch_decode(&other, &election, whole) == HS_OK) {
            struct hs_hash changed;
            hs_epoch_digest(&changed, &other, election);
            assert_memory_not_equal(&changed, &digest, sizeof digest);
            compared++;
        }
        bytes[i] ^= 1u;
    }
    /* All but the count, which no other fits, and no weight becomes 0 or too much. */
    assert_int_equal(compared, whole.size - 4u);
}

/* What dialing needs is no part of what is proved. */
static void addresses_and_the_first_height_are_not_in_the_digest(void **state)
{
    (void)state;
    static struct hs_epoch epoch;
    struct hs_hash digest;
    struct hs_hash again;
    make_epoch(&epoch, 2);
    hs_epoch_digest(&digest, &epoch, HS_LEADER_WEIGHTED);
    strcpy(epoch.addresses[1].text, "example.org:7000");
    epoch.first_height = 701;
    hs_epoch_digest(&again, &epoch, HS_LEADER_WEIGHTED);
    assert_memory_equal(&again, &digest, sizeof digest);
}

/* Computed by hand: sha256(0x0e || "hotstuff/epoch" || the bytes of the page). */
static void the_digest_is_that_of_the_documented_bytes(void **state)
{
    (void)state;
    static struct hs_epoch epoch;
    struct hs_hash digest;
    const uint8_t expected[HS_HASH_BYTES] = {0x3c, 0x79, 0x5e, 0x18, 0xea, 0x21, 0x39, 0xd4,
                                             0x35, 0xfc, 0xd3, 0x93, 0x1f, 0x00, 0x6e, 0xde,
                                             0x58, 0x30, 0xf7, 0xe2, 0x37, 0xfa, 0x94, 0xd7,
                                             0x51, 0x9a, 0xa9, 0xd1, 0xeb, 0x2c, 0xca, 0x7d};
    make_epoch(&epoch, 2);
    hs_epoch_digest(&digest, &epoch, HS_LEADER_WEIGHTED);
    assert_memory_equal(digest.bytes, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_decodes_to_the_same),
        cmocka_unit_test(bytes_cut_or_added_are_refused),
        cmocka_unit_test(what_no_epoch_can_be_is_refused),
        cmocka_unit_test(every_byte_is_in_the_digest),
        cmocka_unit_test(addresses_and_the_first_height_are_not_in_the_digest),
        cmocka_unit_test(the_digest_is_that_of_the_documented_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
