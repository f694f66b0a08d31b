/* The genesis document: what is written reads back, and what is wrong is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/text.h"
#include "crypto/keys.h"
#include "node/genesis.h"

#define ACCOUNTS 3u

/* A valid document of `count` validators and three accounts, as JSON to be spoiled. */
static json_t *valid_document(uint32_t count)
{
    static struct hs_genesis genesis;
    static struct hs_genesis_account accounts[ACCOUNTS];
    memset(&genesis, 0, sizeof genesis);
    snprintf(genesis.chain_name, sizeof genesis.chain_name, "test");
    genesis.timestamp_ms = 1700000000000;
    hs_ledger_parameters_default(&genesis.parameters);
    genesis.parameters.fees.base_fee.units = 11;
    genesis.parameters.staking.jail_epochs = 77;
    genesis.parameters.commits.per_sender_max = 3;
    genesis.randomness[3] = 9;
    genesis.validators.count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct hs_validator *validator = &genesis.validators.validators[i];
        struct hs_validator_key key;
        uint8_t seed[32] = {1, (uint8_t)i};
        assert_int_equal(hs_validator_key_make(&key, seed), HS_OK);
        validator->bls_public_key = key.bls_public_key;
        validator->network_key = key.network_public_key;
        validator->weight = 5;
        validator->fee_recipient.bytes[0] = (uint8_t)i;
        genesis.possessions[i] = key.possession;
        snprintf(genesis.addresses[i].text, sizeof genesis.addresses[i].text,
                 "host-%u.example:27000", i);
    }
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        accounts[i].address.bytes[31] = (uint8_t)(i + 1);
        accounts[i].balance.units = 100 + i;
    }
    genesis.accounts = accounts;
    genesis.account_count = ACCOUNTS;
    size_t size = 0;
    char *text = hs_genesis_write(&genesis, &size);
    assert_non_null(text);
    json_t *root = json_loadb(text, size, 0, NULL);
    assert_non_null(root);
    free(text);
    return root;
}

static enum hs_status parse_text(struct hs_genesis *genesis, const char *text, size_t size,
                                 struct hs_genesis_error *error)
{
    error->text[0] = '\0';
    return hs_genesis_parse(genesis, (struct hs_bytes){(const uint8_t *)text, size}, error);
}

/* Parses and drops the document; a refusal must name `named`. */
static void expect(json_t *root, enum hs_status expected, const char *named)
{
    static struct hs_genesis genesis;
    struct hs_genesis_error error;
    char *text = json_dumps(root, JSON_INDENT(1));
    enum hs_status status = parse_text(&genesis, text, strlen(text), &error);
    if (status != expected || (expected != HS_OK && strstr(error.text, named) == NULL)) {
        print_error("%s, \"%s\"; expected %s naming \"%s\"\n", hs_status_name(status), error.text,
                    hs_status_name(expected), named);
    }
    assert_int_equal(status, expected);
    if (expected != HS_OK) {
        assert_non_null(strstr(error.text, named));
        assert_null(genesis.accounts);
    }
    hs_genesis_release(&genesis);
    free(text);
    json_decref(root);
}

static json_t *entry(json_t *root, const char *array, size_t index)
{
    json_t *value = json_array_get(json_object_get(root, array), index);
    assert_non_null(value);
    return value;
}

static void put(json_t *object, const char *member, const char *text)
{
    assert_int_equal(json_object_set_new(object, member, json_string(text)), 0);
}

static void copy_member(json_t *to, const char *member, json_t *from)
{
    assert_int_equal(json_object_set(to, member, json_object_get(from, member)), 0);
}

/* -- what holds ------------------------------------------------------------------ */

static void reads_back_what_was_written(void **state)
{
    (void)state;
    static struct hs_genesis genesis;
    struct hs_genesis_error error;
    json_t *root = valid_document(4);
    char *text = json_dumps(root, 0);
    assert_int_equal(parse_text(&genesis, text, strlen(text), &error), HS_OK);
    assert_string_equal(genesis.chain_name, "test");
    assert_int_equal(genesis.timestamp_ms, 1700000000000);
    assert_int_equal(genesis.parameters.fees.base_fee.units, 11);
    assert_int_equal(genesis.parameters.staking.jail_epochs, 77);
    assert_int_equal(genesis.parameters.commits.per_sender_max, 3);
    assert_int_equal(genesis.randomness[3], 9);
    assert_int_equal(genesis.election, HS_LEADER_ROUND_ROBIN);
    assert_int_equal(genesis.validators.epoch, 0);
    assert_int_equal(genesis.validators.count, 4);
    assert_int_equal(genesis.validators.weight_total, 20);
    assert_int_equal(genesis.validators.validators[3].fee_recipient.bytes[0], 3);
    assert_string_equal(genesis.addresses[3].text, "host-3.example:27000");
    assert_int_equal(genesis.account_count, ACCOUNTS);
    assert_int_equal(genesis.accounts[2].address.bytes[31], 3);
    assert_int_equal(genesis.accounts[2].balance.units, 102);
    hs_genesis_release(&genesis);
    free(text);
    json_decref(root);
}

/* FIPS 180-2, appendix B.1. */
static void chain_id_is_the_sha256_of_the_bytes(void **state)
{
    (void)state;
    static const char ABC[] = "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct hs_chain_id chain_id;
    char text[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    hs_genesis_chain_id(&chain_id, (struct hs_bytes){(const uint8_t *)"abc", 3});
    hs_hex_write(text, chain_id.bytes, sizeof chain_id.bytes);
    assert_string_equal(text, ABC);
}

static void one_blank_makes_another_chain(void **state)
{
    (void)state;
    static struct hs_genesis genesis;
    struct hs_genesis_error error;
    json_t *root = valid_document(1);
    char *text = json_dumps(root, 0);
    size_t size = strlen(text);
    char *longer = malloc(size + 1);
    assert_non_null(longer);
    memcpy(longer, text, size);
    longer[size] = '\n';
    assert_int_equal(parse_text(&genesis, text, size, &error), HS_OK);
    struct hs_chain_id chain_id = genesis.chain_id;
    hs_genesis_release(&genesis);
    assert_int_equal(parse_text(&genesis, longer, size + 1, &error), HS_OK);
    assert_memory_not_equal(&chain_id, &genesis.chain_id, sizeof chain_id);
    hs_genesis_release(&genesis);
    free(longer);
    free(text);
    json_decref(root);
}

static void genesis_block_follows_from_document_and_state(void **state)
{
    (void)state;
    static struct hs_genesis genesis;
    struct hs_genesis_error error;
    struct hs_state_root root = {{1}};
    struct hs_block first, again, other;
    json_t *json = valid_document(4);
    char *text = json_dumps(json, 0);
    assert_int_equal(parse_text(&genesis, text, strlen(text), &error), HS_OK);
    hs_genesis_block(&first, &genesis, &root);
    hs_genesis_block(&again, &genesis, &root);
    root.bytes[0] = 2;
    hs_genesis_block(&other, &genesis, &root);
    assert_memory_equal(&first, &again, sizeof first);
    assert_memory_not_equal(&first.id, &other.id, sizeof first.id);
    assert_int_equal(first.header.height, 0);
    assert_int_equal(first.header.base_fee.units, 11);
    assert_memory_equal(&first.header.chain_id, &genesis.chain_id, sizeof genesis.chain_id);
    hs_genesis_release(&genesis);
    free(text);
    json_decref(json);
}

static void one_and_the_most_validators_are_accepted(void **state)
{
    (void)state;
    expect(valid_document(1), HS_OK, "");
    expect(valid_document(HS_VALIDATORS_MAX), HS_OK, "");
}

/* -- form -------------------------------------------------------------------------- */

static void refuses_what_is_no_json_object(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"", "{", "[]", "12", "{} {}"};
    static struct hs_genesis genesis;
    struct hs_genesis_error error;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        assert_int_equal(parse_text(&genesis, TEXTS[i], strlen(TEXTS[i]), &error), HS_MALFORMED);
        assert_string_not_equal(error.text, "");
    }
}

static void refuses_a_member_twice(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"version\": 1, \"version\": 1}";
    static struct hs_genesis genesis;
    struct hs_genesis_error error;
    assert_int_equal(parse_text(&genesis, TEXT, sizeof TEXT - 1, &error), HS_MALFORMED);
    assert_non_null(strstr(error.text, "duplicate"));
}

static void refuses_every_missing_member(void **state)
{
    (void)state;
    static const char *const ROOT[] = {"version",         "chain_name", "timestamp_ms", "base_fee",
                                       "leader_election", "randomness", "validators",   "accounts"};
    static const char *const VALIDATOR[] = {"bls_public_key", "possession", "network_key", "weight",
                                            "fee_recipient"};
    static const char *const ACCOUNT[] = {"address", "balance"};
    for (size_t i = 0; i < sizeof ROOT / sizeof ROOT[0]; i++) {
        json_t *root = valid_document(1);
        json_object_del(root, ROOT[i]);
        expect(root, HS_MALFORMED, ROOT[i]);
    }
    for (size_t i = 0; i < sizeof VALIDATOR / sizeof VALIDATOR[0]; i++) {
        json_t *root = valid_document(2);
        json_object_del(entry(root, "validators", 1), VALIDATOR[i]);
        expect(root, HS_MALFORMED, "validators[1]");
    }
    for (size_t i = 0; i < sizeof ACCOUNT / sizeof ACCOUNT[0]; i++) {
        json_t *root = valid_document(1);
        json_object_del(entry(root, "accounts", 2), ACCOUNT[i]);
        expect(root, HS_MALFORMED, "accounts[2]");
    }
}

static void refuses_unknown_members(void **state)
{
    (void)state;
    json_t *root = valid_document(1);
    put(root, "comment", "hello");
    expect(root, HS_MALFORMED, "unknown member");
    root = valid_document(2);
    put(entry(root, "validators", 1), "stake", "1");
    expect(root, HS_MALFORMED, "validators[1]");
    root = valid_document(1);
    put(entry(root, "accounts", 0), "nonce", "1");
    expect(root, HS_MALFORMED, "accounts[0]");
}

static void a_validator_may_have_a_name(void **state)
{
    (void)state;
    json_t *root = valid_document(1);
    json_object_del(entry(root, "validators", 0), "name");
    expect(root, HS_OK, "");
    root = valid_document(1);
    json_object_set_new(entry(root, "validators", 0), "name", json_integer(3));
    expect(root, HS_MALFORMED, "name");
}

static void a_validator_may_say_where_it_is_dialed(void **state)
{
    (void)state;
    static const char *const RIGHT[] = {"127.0.0.1:27000", "[::1]:65535", "a:0"};
    static const char *const WRONG[] = {
        "",           "host",
        "host:",      "host:65536",
        "host:01",    ":1",
        "::1:1",      "[::1:1",
        "a b:1",      "a\tb:1",
        "\xc3\xa4:1", "h-----------------------------------------------------------:1234",
    };
    for (size_t i = 0; i < sizeof RIGHT / sizeof RIGHT[0]; i++) {
        json_t *root = valid_document(2);
        put(entry(root, "validators", 1), "address", RIGHT[i]);
        expect(root, HS_OK, "");
    }
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        json_t *root = valid_document(2);
        put(entry(root, "validators", 1), "address", WRONG[i]);
        expect(root, HS_INVALID_ARGUMENT, "validators[1]: \"address\"");
    }
    json_t *root = valid_document(2);
    json_object_del(entry(root, "validators", 1), "address");
    expect(root, HS_OK, "");
    root = valid_document(2);
    json_object_set_new(entry(root, "validators", 1), "address", json_integer(27000));
    expect(root, HS_MALFORMED, "validators[1]: \"address\"");
}

/* P7: who registers a validator of genesis, and where it is found. */
static void the_ledger_hears_of_operators_and_addresses(void **state)
{
    (void)state;
    static struct hs_genesis genesis;
    static struct hs_genesis_validator validators[HS_VALIDATORS_MAX];
    struct hs_genesis_error error;
    json_t *root = valid_document(2);
    json_object_del(entry(root, "validators", 1), "address");
    char *text = json_dumps(root, 0);
    assert_int_equal(parse_text(&genesis, text, strlen(text), &error), HS_OK);
    hs_genesis_stakes(&genesis, validators);
    assert_int_equal(validators[1].operator_address.bytes[0], 1);
    assert_int_equal(validators[1].stake.units, 5);
    assert_string_equal(validators[0].keys.address.text, "host-0.example:27000");
    assert_string_equal(validators[1].keys.address.text, "");
    hs_genesis_release(&genesis);
    free(text);
    json_decref(root);
}

static void refuses_numbers_that_are_not_in_form(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"",    "-1",   "01", "1.5",
                                        "1e3", "0x10", " 1", "18446744073709551616"};
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        json_t *root = valid_document(1);
        put(entry(root, "accounts", 1), "balance", WRONG[i]);
        expect(root, HS_MALFORMED, "accounts[1]");
    }
    json_t *root = valid_document(1);
    json_object_set_new(root, "base_fee", json_integer(1));
    expect(root, HS_MALFORMED, "base_fee");
    root = valid_document(1);
    json_object_set_new(root, "timestamp_ms", json_integer(-1));
    expect(root, HS_MALFORMED, "timestamp_ms");
}

static void assert_parameters(const struct hs_ledger_parameters *a,
                              const struct hs_ledger_parameters *b)
{
    assert_true(a->fees.base_fee.units == b->fees.base_fee.units);
    assert_true(a->fees.base_fee_min.units == b->fees.base_fee_min.units);
    assert_true(a->fees.gas_limit == b->fees.gas_limit);
    assert_true(a->commits.deposit.units == b->commits.deposit.units);
    assert_int_equal(a->commits.window_blocks, b->commits.window_blocks);
    assert_int_equal(a->commits.per_sender_max, b->commits.per_sender_max);
    assert_int_equal(a->commits.total_max, b->commits.total_max);
    assert_true(a->staking.epoch_blocks == b->staking.epoch_blocks);
    assert_true(a->staking.stake_min.units == b->staking.stake_min.units);
    assert_int_equal(a->staking.validators_max, b->staking.validators_max);
    assert_int_equal(a->staking.unbonding_epochs, b->staking.unbonding_epochs);
    assert_int_equal(a->staking.slash_per_mille, b->staking.slash_per_mille);
    assert_int_equal(a->staking.jail_epochs, b->staking.jail_epochs);
    assert_int_equal(a->staking.evidence_epochs, b->staking.evidence_epochs);
}

/* What a document says wins over what the program takes for a default. */
static void parameters_may_be_left_out_all_or_each(void **state)
{
    (void)state;
    static struct hs_genesis genesis;
    struct hs_genesis_error error;
    struct hs_ledger_parameters defaults;
    hs_ledger_parameters_default(&defaults);
    defaults.fees.base_fee.units = 11;
    json_t *root = valid_document(1);
    json_object_del(root, "parameters");
    char *text = json_dumps(root, 0);
    assert_int_equal(parse_text(&genesis, text, strlen(text), &error), HS_OK);
    assert_parameters(&genesis.parameters, &defaults);
    hs_genesis_release(&genesis);
    free(text);
    json_object_set_new(root, "parameters", json_pack("{s:{s:i}}", "fees", "gas_limit", 100));
    text = json_dumps(root, 0);
    assert_int_equal(parse_text(&genesis, text, strlen(text), &error), HS_OK);
    defaults.fees.gas_limit = 100;
    assert_parameters(&genesis.parameters, &defaults);
    hs_genesis_release(&genesis);
    free(text);
    json_decref(root);
}

static json_t *with_parameter(const char *object, const char *name, json_t *value)
{
    json_t *root = valid_document(1);
    json_t *parameters = json_object_get(root, "parameters");
    assert_int_equal(json_object_set_new(json_object_get(parameters, object), name, value), 0);
    return root;
}

static void refuses_parameters_that_are_unknown_or_out_of_their_limits(void **state)
{
    (void)state;
    expect(with_parameter("fees", "gas_limits", json_integer(100)), HS_MALFORMED,
           "parameters.fees: has an unknown member; those known are base_fee_min, gas_limit");
    expect(with_parameter("fees", "base_fee", json_string("9")), HS_MALFORMED, "parameters.fees");
    expect(with_parameter("fees", "gas_limit", json_integer(7)), HS_INVALID_ARGUMENT,
           "fees.gas_limit is 7; it must be 66 .. 1048576, and even");
    expect(with_parameter("fees", "gas_limit", json_string("100")), HS_MALFORMED, "gas_limit");
    expect(with_parameter("fees", "base_fee_min", json_string("12")), HS_INVALID_ARGUMENT,
           "fees.base_fee is 11; it must be 12 .. ");
    expect(with_parameter("commits", "window_blocks", json_integer(INT64_C(1) << 32)),
           HS_INVALID_ARGUMENT, "window_blocks");
    expect(with_parameter("staking", "slash_per_mille", json_integer(1001)), HS_INVALID_ARGUMENT,
           "staking.slash_per_mille is 1001; it must be 1 .. 1000");
    json_t *root = valid_document(1);
    json_object_set_new(json_object_get(root, "parameters"), "gas", json_object());
    expect(root, HS_MALFORMED, "parameters: has an unknown member");
    root = valid_document(1);
    json_object_set_new(root, "parameters", json_array());
    expect(root, HS_MALFORMED, "parameters: must be an object");
}

static void refuses_another_version(void **state)
{
    (void)state;
    json_t *root = valid_document(1);
    json_object_set_new(root, "version", json_integer(2));
    expect(root, HS_INVALID_ARGUMENT, "version 2");
}

static void refuses_a_long_chain_name(void **state)
{
    (void)state;
    char name[HS_GENESIS_NAME_CHARACTERS + 1];
    memset(name, 'x', sizeof name);
    name[HS_GENESIS_NAME_CHARACTERS - 1] = '\0';
    json_t *root = valid_document(1);
    put(root, "chain_name", name);
    expect(root, HS_OK, "");
    name[HS_GENESIS_NAME_CHARACTERS - 1] = 'x';
    name[HS_GENESIS_NAME_CHARACTERS] = '\0';
    root = valid_document(1);
    put(root, "chain_name", name);
    expect(root, HS_INVALID_ARGUMENT, "chain_name");
}

static void refuses_hex_of_another_form(void **state)
{
    (void)state;
    static const char SHORT[] = "0x00";
    static const char UPPER[] =
        "0xAA00000000000000000000000000000000000000000000000000000000000000";
    static const char BARE[] = "0000000000000000000000000000000000000000000000000000000000000000aa";
    const char *const wrong[] = {SHORT, UPPER, BARE};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *root = valid_document(1);
        put(root, "randomness", wrong[i]);
        expect(root, HS_MALFORMED, "randomness");
    }
}

/* -- validators ---------------------------------------------------------------------- */

static void refuses_no_and_too_many_validators(void **state)
{
    (void)state;
    json_t *root = valid_document(1);
    json_array_clear(json_object_get(root, "validators"));
    expect(root, HS_INVALID_ARGUMENT, "validators");
    root = valid_document(1);
    json_t *array = json_object_get(root, "validators");
    while (json_array_size(array) <= HS_VALIDATORS_MAX) {
        json_array_append(array, json_array_get(array, 0));
    }
    expect(root, HS_INVALID_ARGUMENT, "validators");
}

static void refuses_a_possession_of_another_key(void **state)
{
    (void)state;
    json_t *root = valid_document(3);
    copy_member(entry(root, "validators", 2), "possession", entry(root, "validators", 0));
    expect(root, HS_BAD_SIGNATURE, "validators[2]");
}

static void refuses_infinity_as_a_key(void **state)
{
    (void)state;
    uint8_t infinity[HS_BLS_PUBLIC_KEY_BYTES] = {0xc0};
    char text[HS_HEX_CHARACTERS(sizeof infinity)];
    hs_hex_write(text, infinity, sizeof infinity);
    json_t *root = valid_document(2);
    put(entry(root, "validators", 1), "bls_public_key", text);
    expect(root, HS_MALFORMED, "validators[1]");
}

/* x = 4 is on the curve (4^3 + 4 = 68 has a root) but, as nearly every such point, outside the
 * group of prime order. */
static void refuses_a_key_outside_the_subgroup(void **state)
{
    (void)state;
    uint8_t point[HS_BLS_PUBLIC_KEY_BYTES] = {0x80};
    char text[HS_HEX_CHARACTERS(sizeof point)];
    point[sizeof point - 1] = 4;
    hs_hex_write(text, point, sizeof point);
    json_t *root = valid_document(2);
    put(entry(root, "validators", 1), "bls_public_key", text);
    expect(root, HS_MALFORMED, "validators[1]");
}

static void refuses_shared_keys(void **state)
{
    (void)state;
    json_t *root = valid_document(3);
    copy_member(entry(root, "validators", 2), "network_key", entry(root, "validators", 1));
    expect(root, HS_DUPLICATE, "validators[2]");
    root = valid_document(3);
    copy_member(entry(root, "validators", 2), "bls_public_key", entry(root, "validators", 0));
    copy_member(entry(root, "validators", 2), "possession", entry(root, "validators", 0));
    expect(root, HS_DUPLICATE, "validators[2]");
}

static void refuses_a_weight_of_zero(void **state)
{
    (void)state;
    json_t *root = valid_document(2);
    put(entry(root, "validators", 1), "weight", "0");
    expect(root, HS_INVALID_ARGUMENT, "validators[1]");
}

static void weights_sum_up_to_the_limit_and_no_further(void **state)
{
    (void)state;
    json_t *root = valid_document(2);
    put(root, "leader_election", "weighted");
    put(entry(root, "validators", 0), "weight", "4611686018427387902"); /* 2^62 - 2 */
    put(entry(root, "validators", 1), "weight", "1");
    expect(root, HS_OK, "");
    root = valid_document(2);
    put(root, "leader_election", "weighted");
    put(entry(root, "validators", 0), "weight", "4611686018427387902");
    put(entry(root, "validators", 1), "weight", "2");
    expect(root, HS_OVERFLOW, "validators[1]");
}

/* P1 */
static void round_robin_needs_equal_weights(void **state)
{
    (void)state;
    json_t *root = valid_document(3);
    put(entry(root, "validators", 2), "weight", "6");
    expect(root, HS_INVALID_ARGUMENT, "validators[2]");
    root = valid_document(3);
    put(entry(root, "validators", 2), "weight", "6");
    put(root, "leader_election", "weighted");
    expect(root, HS_OK, "");
    root = valid_document(3);
    put(entry(root, "validators", 2), "weight", "6");
    put(root, "leader_election", "reputation");
    expect(root, HS_OK, "");
    root = valid_document(3);
    put(root, "leader_election", "random");
    expect(root, HS_INVALID_ARGUMENT, "leader_election");
}

/* P7: with epochs the weights of genesis are stakes, which change. */
static void with_epochs_validators_stake_and_have_operators(void **state)
{
    (void)state;
    static const struct {
        const char *election, *other_fee_recipient;
        int stake_min, validators_max;
        enum hs_status status;
        const char *named;
    } cases[] = {
        {"weighted", NULL, 5, 3, HS_OK, ""},
        {"reputation", NULL, 5, 3, HS_OK, ""},
        {"round-robin", NULL, 5, 3, HS_INVALID_ARGUMENT, "leader_election"},
        {"weighted", NULL, 6, 3, HS_INVALID_ARGUMENT, "validators[0]"},
        {"weighted", NULL, 5, 2, HS_INVALID_ARGUMENT, "staking.validators_max"},
        {"weighted", "fee_recipient", 5, 3, HS_DUPLICATE, "validators[2]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char stake_min[4];
        snprintf(stake_min, sizeof stake_min, "%d", cases[i].stake_min);
        json_t *root = valid_document(3);
        put(root, "leader_election", cases[i].election);
        json_object_set_new(root, "parameters",
                            json_pack("{s:{s:i, s:s, s:i}}", "staking", "epoch_blocks", 7,
                                      "stake_min", stake_min, "validators_max",
                                      cases[i].validators_max));
        if (cases[i].other_fee_recipient != NULL) {
            copy_member(entry(root, "validators", 2), cases[i].other_fee_recipient,
                        entry(root, "validators", 1));
        }
        expect(root, cases[i].status, cases[i].named);
    }
}

static void every_way_to_choose_leaders_is_written_and_read_again(void **state)
{
    (void)state;
    static const enum hs_leader_election all[] = {HS_LEADER_ROUND_ROBIN, HS_LEADER_WEIGHTED,
                                                  HS_LEADER_REPUTATION};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        static struct hs_genesis genesis;
        static struct hs_genesis again;
        struct hs_genesis_error error;
        json_t *root = valid_document(3);
        char *text = json_dumps(root, 0);
        assert_int_equal(parse_text(&genesis, text, strlen(text), &error), HS_OK);
        free(text);
        genesis.election = all[i];
        size_t size;
        text = hs_genesis_write(&genesis, &size);
        assert_int_equal(parse_text(&again, text, size, &error), HS_OK);
        assert_int_equal(again.election, all[i]);
        hs_genesis_release(&genesis);
        hs_genesis_release(&again);
        free(text);
        json_decref(root);
    }
}

/* -- accounts -------------------------------------------------------------------------- */

static void refuses_an_address_twice(void **state)
{
    (void)state;
    json_t *root = valid_document(1);
    copy_member(entry(root, "accounts", 2), "address", entry(root, "accounts", 0));
    expect(root, HS_DUPLICATE, "accounts[2] has the address of accounts[0]");
}

/* The ledger makes no account of nothing: it would say so at the start, and not which one. */
static void refuses_an_account_that_holds_nothing(void **state)
{
    (void)state;
    json_t *root = valid_document(1);
    put(entry(root, "accounts", 1), "balance", "0");
    expect(root, HS_INVALID_ARGUMENT, "accounts[1]: \"balance\" is 0");
}

static void supply_fits_64_bits_and_no_more(void **state)
{
    (void)state;
    json_t *root = valid_document(1);
    put(entry(root, "accounts", 0), "balance", "18446744073709551412"); /* 2^64 - 204 */
    put(entry(root, "accounts", 1), "balance", "101");
    put(entry(root, "accounts", 2), "balance", "102");
    expect(root, HS_OK, "");
    root = valid_document(1);
    put(entry(root, "accounts", 0), "balance", "18446744073709551412");
    put(entry(root, "accounts", 1), "balance", "102");
    put(entry(root, "accounts", 2), "balance", "102");
    expect(root, HS_OVERFLOW, "accounts[2]");
}

static void no_accounts_are_fine(void **state)
{
    (void)state;
    json_t *root = valid_document(1);
    json_array_clear(json_object_get(root, "accounts"));
    expect(root, HS_OK, "");
}

static int start(void **state)
{
    (void)state;
    return hs_crypto_start() == HS_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_was_written),
        cmocka_unit_test(chain_id_is_the_sha256_of_the_bytes),
        cmocka_unit_test(one_blank_makes_another_chain),
        cmocka_unit_test(genesis_block_follows_from_document_and_state),
        cmocka_unit_test(one_and_the_most_validators_are_accepted),
        cmocka_unit_test(refuses_what_is_no_json_object),
        cmocka_unit_test(refuses_a_member_twice),
        cmocka_unit_test(refuses_every_missing_member),
        cmocka_unit_test(refuses_unknown_members),
        cmocka_unit_test(a_validator_may_have_a_name),
        cmocka_unit_test(a_validator_may_say_where_it_is_dialed),
        cmocka_unit_test(the_ledger_hears_of_operators_and_addresses),
        cmocka_unit_test(refuses_numbers_that_are_not_in_form),
        cmocka_unit_test(parameters_may_be_left_out_all_or_each),
        cmocka_unit_test(refuses_parameters_that_are_unknown_or_out_of_their_limits),
        cmocka_unit_test(refuses_another_version),
        cmocka_unit_test(refuses_a_long_chain_name),
        cmocka_unit_test(refuses_hex_of_another_form),
        cmocka_unit_test(refuses_no_and_too_many_validators),
        cmocka_unit_test(refuses_a_possession_of_another_key),
        cmocka_unit_test(refuses_infinity_as_a_key),
        cmocka_unit_test(refuses_a_key_outside_the_subgroup),
        cmocka_unit_test(refuses_shared_keys),
        cmocka_unit_test(refuses_a_weight_of_zero),
        cmocka_unit_test(weights_sum_up_to_the_limit_and_no_further),
        cmocka_unit_test(round_robin_needs_equal_weights),
        cmocka_unit_test(with_epochs_validators_stake_and_have_operators),
        cmocka_unit_test(every_way_to_choose_leaders_is_written_and_read_again),
        cmocka_unit_test(refuses_an_address_twice),
        cmocka_unit_test(refuses_an_account_that_holds_nothing),
        cmocka_unit_test(supply_fits_64_bits_and_no_more),
        cmocka_unit_test(no_accounts_are_fine),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
