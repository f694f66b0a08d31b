/* The codec against tests/vectors/wire.json, which code that shares nothing with it has made from
 * docs/wire.md. Signed bytes of transactions and their Ed25519 signatures are among it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/bitmap.h"
#include "consensus/leader_election.h"
#include "consensus/randomness.h"
#include "crypto/keys.h"
#include "crypto/vrf.h"
#include "wire/message.h"
#include "wire/payload.h"
#include "wire/safety_record.h"
#include "wire/statement.h"
#include "wire/transaction.h"

#define VECTORS_FILE      "tests/vectors/wire.json"
#define WIRE_PAGE         "docs/wire.md"
#define VECTOR_BYTES_MAX  65536u
#define TRANSACTION_COUNT 5u

static json_t *vectors;

static int load(void **state)
{
    (void)state;
    json_error_t error;
    vectors = json_load_file(VECTORS_FILE, JSON_REJECT_DUPLICATES, &error);
    if (vectors == NULL) {
        print_error("%s: %s\n", VECTORS_FILE, error.text);
        return -1;
    }
    return hs_crypto_start() == HS_OK ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

/* -- reading the document ---------------------------------------------------------------- */

static const json_t *member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL) {
        fail_msg("a vector has no member %s", key);
    }
    return value;
}

static const json_t *list(const char *key)
{
    const json_t *value = member(vectors, key);
    assert_true(json_is_array(value) && json_array_size(value) > 0);
    return value;
}

static bool is_present(const json_t *object, const char *key)
{
    return !json_is_null(member(object, key));
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(member(object, key));
    assert_non_null(value);
    return value;
}

static uint64_t u64(const json_t *object, const char *key)
{
    return strtoull(text(object, key), NULL, 10);
}

static uint32_t u32(const json_t *object, const char *key)
{
    const json_t *value = member(object, key);
    assert_true(json_is_integer(value));
    return (uint32_t)json_integer_value(value);
}

static uint8_t digit(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *place = strchr(digits, character);
    assert_true(character != '\0' && place != NULL);
    return (uint8_t)(place - digits);
}

static size_t bytes_of_hex(uint8_t *out, size_t capacity, const char *hex)
{
    size_t size = strlen(hex) / 2;
    assert_true(strlen(hex) % 2 == 0 && size <= capacity);
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    }
    return size;
}

static size_t bytes(uint8_t *out, size_t capacity, const json_t *object, const char *key)
{
    return bytes_of_hex(out, capacity, text(object, key));
}

static void exact(void *out, size_t size, const json_t *object, const char *key)
{
    assert_int_equal(bytes(out, size, object, key), size);
}

static struct hs_bitmap signers_of(const json_t *object)
{
    struct hs_bitmap signers = {{0}};
    size_t i;
    json_t *index;
    json_array_foreach(json_object_get(object, "signers"), i, index)
    {
        hs_bitmap_set(&signers, (uint32_t)json_integer_value(index));
    }
    return signers;
}

/* -- values -------------------------------------------------------------------------------- */

static struct hs_qc qc_of(const json_t *object)
{
    struct hs_qc qc = {
        .epoch = u64(object, "epoch"),
        .view = u64(object, "view"),
        .signers = signers_of(object),
    };
    exact(qc.block_id.bytes, sizeof qc.block_id.bytes, object, "block_id");
    exact(qc.aggregate.bytes, sizeof qc.aggregate.bytes, object, "aggregate");
    return qc;
}

/* Of the member "tc"; false when that is null. */
static bool optional_tc_of(struct hs_tc *tc, const json_t *object)
{
    if (!is_present(object, "tc")) {
        return false;
    }
    const json_t *value = member(object, "tc");
    const json_t *groups = member(value, "groups");
    tc->epoch = u64(value, "epoch");
    tc->view = u64(value, "view");
    tc->high_qc = qc_of(member(value, "high_qc"));
    tc->group_count = (uint32_t)json_array_size(groups);
    assert_in_range(tc->group_count, 1, HS_VALIDATORS_MAX);
    for (uint32_t i = 0; i < tc->group_count; i++) {
        const json_t *group = json_array_get(groups, i);
        tc->groups[i].high_qc_view = u64(group, "high_qc_view");
        tc->groups[i].signers = signers_of(group);
        exact(tc->groups[i].aggregate.bytes, HS_BLS_SIGNATURE_BYTES, group, "aggregate");
    }
    return true;
}

static struct hs_block_header header_of(const json_t *object)
{
    struct hs_block_header header = {
        .version = 1,
        .epoch = u64(object, "epoch"),
        .view = u64(object, "view"),
        .height = u64(object, "height"),
        .justify = qc_of(member(object, "justify")),
        .payload_bytes = u32(object, "payload_bytes"),
        .transaction_count = u32(object, "transaction_count"),
        .proposer = u32(object, "proposer"),
        .timestamp_ms = u64(object, "timestamp_ms"),
        .base_fee = {u64(object, "base_fee")},
    };
    exact(header.chain_id.bytes, HS_HASH_BYTES, object, "chain_id");
    exact(header.parent_id.bytes, HS_HASH_BYTES, object, "parent_id");
    exact(header.payload_root.bytes, HS_HASH_BYTES, object, "payload_root");
    exact(header.state_root.bytes, HS_HASH_BYTES, object, "state_root");
    header.vrf_proof_bytes =
        (uint32_t)bytes(header.vrf_proof, sizeof header.vrf_proof, object, "vrf_proof");
    return header;
}

/* What the messages of one vector point into. */
static uint8_t scratch[VECTOR_BYTES_MAX];

static void block_of(struct hs_block_header *header, struct hs_bytes *payload, const json_t *object)
{
    *header = header_of(member(object, "header"));
    *payload = (struct hs_bytes){scratch, bytes(scratch, sizeof scratch, object, "payload")};
}

static void proposal_of(struct hs_message *message, const json_t *object)
{
    block_of(&message->proposal.header, &message->proposal.payload, object);
    exact(message->proposal.leader_vote.bytes, HS_BLS_SIGNATURE_BYTES, object, "leader_vote");
    message->proposal.has_tc = optional_tc_of(&message->proposal.tc, object);
}

static void vote_of(struct hs_message *message, const json_t *object)
{
    const json_t *value = member(object, "vote");
    message->vote.epoch = u64(value, "epoch");
    message->vote.view = u64(value, "view");
    message->vote.voter = u32(value, "voter");
    exact(message->vote.block_id.bytes, HS_HASH_BYTES, value, "block_id");
    exact(message->vote.signature.bytes, HS_BLS_SIGNATURE_BYTES, value, "signature");
}

static void view_change_of(struct hs_message *message, const json_t *object)
{
    struct hs_view_change *view_change = &message->view_change.view_change;
    view_change->epoch = u64(object, "epoch");
    view_change->view = u64(object, "view");
    view_change->high_qc = qc_of(member(object, "high_qc"));
    view_change->author = u32(object, "author");
    exact(view_change->signature.bytes, HS_BLS_SIGNATURE_BYTES, object, "signature");
    view_change->has_last_vote = is_present(object, "last_vote");
    if (view_change->has_last_vote) {
        const json_t *value = member(object, "last_vote");
        struct hs_vote *vote = &view_change->last_vote;
        vote->epoch = view_change->epoch;
        vote->view = u64(value, "view");
        vote->voter = view_change->author;
        exact(vote->block_id.bytes, HS_HASH_BYTES, value, "block_id");
        exact(vote->signature.bytes, HS_BLS_SIGNATURE_BYTES, value, "signature");
    }
    message->view_change.has_tc = optional_tc_of(&message->view_change.tc, object);
}

static void status_of(struct hs_message *message, const json_t *object)
{
    message->status.high_qc = qc_of(member(object, "high_qc"));
    message->status.has_tc = optional_tc_of(&message->status.tc, object);
}

static void block_response_of(struct hs_message *message, const json_t *object)
{
    exact(message->block_response.block_id.bytes, HS_HASH_BYTES, object, "block_id");
    message->block_response.has_block = is_present(object, "block");
    if (message->block_response.has_block) {
        block_of(&message->block_response.header, &message->block_response.payload,
                 member(object, "block"));
    }
}

static void range_response_of(struct hs_message *message, const json_t *object, uint32_t n)
{
    static uint8_t blocks[VECTOR_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(blocks, sizeof blocks);
    size_t i;
    json_t *block;
    json_array_foreach(json_object_get(object, "blocks"), i, block)
    {
        struct hs_block_header header;
        struct hs_bytes payload;
        block_of(&header, &payload, block);
        hs_block_write(&writer, &header, payload, n);
    }
    assert_false(writer.failed);
    message->range_response.block_count = (uint32_t)i;
    message->range_response.blocks = (struct hs_bytes){blocks, writer.offset};
    message->range_response.has_qc = is_present(object, "qc");
    if (message->range_response.has_qc) {
        message->range_response.qc = qc_of(member(object, "qc"));
    }
}

static void transactions_of(struct hs_message *message, const json_t *object)
{
    struct hs_writer writer = hs_writer_over(scratch, sizeof scratch);
    size_t i;
    json_t *transaction;
    json_array_foreach(json_object_get(object, "transactions"), i, transaction)
    {
        uint8_t one[HS_TRANSACTION_BYTES_MAX];
        size_t size = bytes_of_hex(one, sizeof one, json_string_value(transaction));
        hs_message_transaction_write(&writer, (struct hs_bytes){one, size});
    }
    message->transactions.count = (uint32_t)i;
    message->transactions.transactions = (struct hs_bytes){scratch, writer.offset};
}

static const char *const type_names[] = {
    [HS_MESSAGE_PROPOSAL] = "proposal",
    [HS_MESSAGE_VOTE] = "vote",
    [HS_MESSAGE_QC] = "qc",
    [HS_MESSAGE_VIEW_CHANGE] = "view_change",
    [HS_MESSAGE_STATUS] = "status",
    [HS_MESSAGE_BLOCK_REQUEST] = "block_request",
    [HS_MESSAGE_BLOCK_RESPONSE] = "block_response",
    [HS_MESSAGE_RANGE_REQUEST] = "range_request",
    [HS_MESSAGE_RANGE_RESPONSE] = "range_response",
    [HS_MESSAGE_TRANSACTIONS] = "transactions",
};

static enum hs_message_type type_of(const json_t *object)
{
    int type = HS_MESSAGE_PROPOSAL;
    while (type < HS_MESSAGE_TRANSACTIONS && strcmp(text(object, "type"), type_names[type]) != 0) {
        type++;
    }
    assert_string_equal(text(object, "type"), type_names[type]);
    return (enum hs_message_type)type;
}

static void message_of(struct hs_message *message, const json_t *object, uint32_t n)
{
    memset(message, 0, sizeof *message);
    message->type = type_of(object);
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        proposal_of(message, object);
        return;
    case HS_MESSAGE_VOTE:
        vote_of(message, object);
        return;
    case HS_MESSAGE_QC:
        message->qc = qc_of(member(object, "qc"));
        message->has_next_proof = !json_is_null(member(object, "next_proof"));
        if (message->has_next_proof) {
            exact(message->next_proof.bytes, HS_BLS_SIGNATURE_BYTES, object, "next_proof");
        }
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        view_change_of(message, object);
        return;
    case HS_MESSAGE_STATUS:
        status_of(message, object);
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
        exact(message->block_request.bytes, HS_HASH_BYTES, object, "block_id");
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        block_response_of(message, object);
        return;
    case HS_MESSAGE_RANGE_REQUEST:
        message->range_request.epoch = u64(object, "epoch");
        message->range_request.from_height = u64(object, "from_height");
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        range_response_of(message, object, n);
        return;
    case HS_MESSAGE_TRANSACTIONS:
        transactions_of(message, object);
        return;
    }
}

/* -- tests ------------------------------------------------------------------------------------ */

static uint8_t expected[VECTOR_BYTES_MAX];
static uint8_t written[VECTOR_BYTES_MAX];

static void messages_have_the_bytes_of_the_vectors(void **state)
{
    (void)state;
    static struct hs_message message;
    bool seen[HS_MESSAGE_TRANSACTIONS + 1] = {false};
    size_t i;
    json_t *vector;
    json_array_foreach(list("messages"), i, vector)
    {
        uint32_t n = u32(vector, "validator_count");
        size_t size = bytes(expected, sizeof expected, vector, "bytes");
        message_of(&message, vector, n);
        seen[message.type] = true;
        for (int pass = 0; pass < 2; pass++) {
            assert_int_equal(hs_message_encoded_size(&message, n), size);
            struct hs_writer writer = hs_writer_over(written, size);
            hs_message_encode(&writer, &message, n);
            assert_false(writer.failed);
            assert_memory_equal(written, expected, size);
            /* The second pass writes what was read. */
            memset(&message, 0, sizeof message);
            assert_int_equal(hs_message_decode(&message, (struct hs_bytes){expected, size}, n),
                             HS_OK);
        }
    }
    for (int type = HS_MESSAGE_PROPOSAL; type <= HS_MESSAGE_TRANSACTIONS; type++) {
        assert_true(seen[type]);
    }
}

static void headers_have_the_bytes_and_ids_of_the_vectors(void **state)
{
    (void)state;
    size_t i;
    json_t *vector;
    json_array_foreach(list("headers"), i, vector)
    {
        uint32_t n = u32(vector, "validator_count");
        size_t size = bytes(expected, sizeof expected, vector, "bytes");
        struct hs_block_header header = header_of(vector);
        struct hs_writer writer = hs_writer_over(written, sizeof written);
        hs_header_write(&writer, &header, n);
        assert_int_equal(writer.offset, size);
        assert_int_equal(hs_header_encoded_size(&header, n), size);
        assert_memory_equal(written, expected, size);
        struct hs_block_header decoded;
        assert_int_equal(hs_header_decode(&decoded, (struct hs_bytes){expected, size}, n), HS_OK);
        struct hs_block_id expected_id;
        struct hs_block_id id;
        exact(expected_id.bytes, sizeof expected_id.bytes, vector, "id");
        hs_block_id_of(&id, &header, n);
        assert_memory_equal(&id, &expected_id, sizeof id);
        hs_block_id_of(&id, &decoded, n);
        assert_memory_equal(&id, &expected_id, sizeof id);
    }
}

static void safety_records_have_the_bytes_of_the_vectors(void **state)
{
    (void)state;
    size_t i;
    json_t *vector;
    json_array_foreach(list("safety_records"), i, vector)
    {
        static struct hs_safety_record record;
        uint32_t n = u32(vector, "validator_count");
        size_t size = bytes(expected, sizeof expected, vector, "bytes");
        record.sequence = u64(vector, "sequence");
        record.epoch = u64(vector, "epoch");
        record.last_voted_view = u64(vector, "last_voted_view");
        record.locked_view = u64(vector, "locked_view");
        record.vote_view = u64(vector, "vote_view");
        exact(record.vote_block_id.bytes, HS_HASH_BYTES, vector, "vote_block_id");
        record.view_change_view = u64(vector, "view_change_view");
        record.view_change_high_qc_view = u64(vector, "view_change_high_qc_view");
        record.high_qc = qc_of(member(vector, "high_qc"));
        record.has_tc = optional_tc_of(&record.tc, vector);
        for (int pass = 0; pass < 2; pass++) {
            assert_int_equal(hs_safety_record_encoded_size(&record, n), size);
            struct hs_writer writer = hs_writer_over(written, size);
            hs_safety_record_encode(&writer, &record, n);
            assert_false(writer.failed);
            assert_memory_equal(written, expected, size);
            memset(&record, 0, sizeof record);
            assert_int_equal(hs_safety_record_decode(&record, (struct hs_bytes){expected, size}, n),
                             HS_OK);
        }
    }
}

static void statements_sign_the_bytes_of_the_vectors(void **state)
{
    (void)state;
    size_t i;
    json_t *vector;
    json_array_foreach(list("statements"), i, vector)
    {
        struct hs_chain_id chain_id;
        struct hs_bls_statement encoded;
        struct hs_statement statement = {
            .epoch = u64(vector, "epoch"),
            .view = u64(vector, "view"),
        };
        exact(chain_id.bytes, sizeof chain_id.bytes, vector, "chain_id");
        const char *type = text(vector, "type");
        if (strcmp(type, "vrf") == 0) {
            uint8_t randomness[HS_HASH_BYTES];
            exact(randomness, sizeof randomness, vector, "randomness");
            hs_statement_encode_vrf(&encoded, &chain_id, statement.epoch, statement.view,
                                    randomness);
        } else if (strcmp(type, "vote") == 0) {
            statement.type = HS_STATEMENT_VOTE;
            exact(statement.block_id.bytes, HS_HASH_BYTES, vector, "block_id");
            hs_statement_encode(&encoded, &chain_id, &statement);
        } else {
            assert_string_equal(type, "view_change");
            statement.type = HS_STATEMENT_VIEW_CHANGE;
            statement.high_qc_view = u64(vector, "high_qc_view");
            hs_statement_encode(&encoded, &chain_id, &statement);
        }
        assert_int_equal(bytes(expected, sizeof expected, vector, "bytes"), encoded.size);
        assert_memory_equal(encoded.bytes, expected, encoded.size);
    }
}

static void read_transfer(struct hs_transfer *transfer, const json_t *object)
{
    exact(transfer->recipient.bytes, HS_ADDRESS_BYTES, object, "recipient");
    transfer->amount.units = u64(object, "amount");
}

static void read_validator_keys(struct hs_validator_keys *keys, const json_t *object)
{
    exact(keys->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES, object, "bls_public_key");
    exact(keys->possession.bytes, HS_BLS_SIGNATURE_BYTES, object, "possession");
    exact(keys->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES, object, "network_key");
    exact(keys->fee_recipient.bytes, HS_ADDRESS_BYTES, object, "fee_recipient");
    const char *address = text(object, "address");
    assert_in_range(strlen(address), 1, HS_DIAL_ADDRESS_BYTES_MAX);
    memcpy(keys->address.text, address, strlen(address));
}

static void read_double_vote(struct hs_double_vote *evidence, const json_t *object)
{
    exact(evidence->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES, object, "bls_public_key");
    evidence->epoch = u64(object, "epoch");
    evidence->view = u64(object, "view");
    exact(evidence->votes[0].block_id.bytes, HS_HASH_BYTES, object, "block_id");
    exact(evidence->votes[0].signature.bytes, HS_BLS_SIGNATURE_BYTES, object, "vote_signature");
    exact(evidence->votes[1].block_id.bytes, HS_HASH_BYTES, object, "other_block_id");
    exact(evidence->votes[1].signature.bytes, HS_BLS_SIGNATURE_BYTES, object,
          "other_vote_signature");
}

static void read_reveal(struct hs_reveal *reveal, const json_t *object)
{
    reveal->commit_height = u64(object, "commit_height");
    reveal->commit_index = u32(object, "commit_index");
    exact(reveal->salt, sizeof reveal->salt, object, "salt");
    read_transfer(&reveal->inner, object);
}

static enum hs_transaction_type transaction_type_of(const json_t *object)
{
    static const char *const names[] = {"transfer", "commit", "reveal", "register", "stake",
                                        "unstake",  "rotate", "leave",  "unjail",   "evidence"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text(object, "type"), names[i]) == 0) {
            return (enum hs_transaction_type)(HS_TRANSACTION_TRANSFER + i);
        }
    }
    fail_msg("%s is no type of transactions", text(object, "type"));
    return HS_TRANSACTION_TRANSFER;
}

static void read_body(struct hs_transaction *transaction, const json_t *object)
{
    switch (transaction->type) {
    case HS_TRANSACTION_TRANSFER:
        read_transfer(&transaction->transfer, object);
        return;
    case HS_TRANSACTION_COMMIT:
        exact(transaction->commitment.bytes, HS_HASH_BYTES, object, "commitment");
        return;
    case HS_TRANSACTION_REVEAL:
        read_reveal(&transaction->reveal, object);
        return;
    case HS_TRANSACTION_REGISTER:
        read_validator_keys(&transaction->registration.keys, object);
        transaction->registration.stake.units = u64(object, "stake");
        return;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        transaction->stake.units = u64(object, "amount");
        return;
    case HS_TRANSACTION_ROTATE:
        read_validator_keys(&transaction->rotation, object);
        return;
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        return;
    case HS_TRANSACTION_EVIDENCE:
        read_double_vote(&transaction->evidence, object);
        return;
    }
}

static struct hs_transaction transaction_of(const json_t *object)
{
    struct hs_transaction transaction = {
        .type = transaction_type_of(object),
        .nonce = u64(object, "nonce"),
        .max_fee = {u64(object, "max_fee")},
        .max_tip = {u64(object, "max_tip")},
    };
    exact(transaction.chain_id.bytes, HS_HASH_BYTES, object, "chain_id");
    read_body(&transaction, object);
    return transaction;
}

static void transactions_are_signed_and_named_as_in_the_vectors(void **state)
{
    (void)state;
    size_t i;
    json_t *vector;
    json_array_foreach(list("transactions"), i, vector)
    {
        struct hs_ed25519_secret_key secret_key;
        struct hs_transaction transaction = transaction_of(vector);
        exact(secret_key.seed, sizeof secret_key.seed, vector, "seed");
        hs_transaction_sign(&transaction, &secret_key);

        uint8_t encoded[HS_TRANSACTION_ENCODED_BYTES_MAX];
        size_t size = hs_transaction_encode(encoded, sizeof encoded, &transaction);
        assert_int_equal(bytes(expected, sizeof expected, vector, "bytes"), size);
        assert_memory_equal(encoded, expected, size);
        struct hs_transaction decoded;
        assert_int_equal(hs_transaction_decode(&decoded, (struct hs_bytes){encoded, size}), HS_OK);

        uint8_t message[HS_TRANSACTION_MESSAGE_BYTES_MAX];
        struct hs_bytes signed_bytes = hs_transaction_message(message, &transaction);
        assert_int_equal(bytes(expected, sizeof expected, vector, "message"), signed_bytes.size);
        assert_memory_equal(signed_bytes.data, expected, signed_bytes.size);

        struct hs_transaction_id id;
        hs_transaction_id_of(&id, (struct hs_bytes){encoded, size});
        exact(expected, sizeof id.bytes, vector, "id");
        assert_memory_equal(id.bytes, expected, sizeof id.bytes);

        struct hs_address address;
        hs_address_of(&address, &transaction.sender);
        exact(expected, sizeof address.bytes, vector, "sender_address");
        assert_memory_equal(address.bytes, expected, sizeof address.bytes);
    }
}

static void reveals_open_the_commitments_of_the_vectors(void **state)
{
    (void)state;
    size_t i;
    json_t *vector;
    size_t reveal_count = 0;
    json_array_foreach(list("transactions"), i, vector)
    {
        if (transaction_type_of(vector) == HS_TRANSACTION_REVEAL) {
            struct hs_transaction reveal = transaction_of(vector);
            struct hs_commitment commitment;
            exact(reveal.sender.bytes, HS_ED25519_PUBLIC_KEY_BYTES, vector, "sender");
            hs_transaction_commitment(&commitment, &reveal, u64(vector, "commit_nonce"));
            exact(expected, HS_HASH_BYTES, vector, "commitment");
            assert_memory_equal(commitment.bytes, expected, HS_HASH_BYTES);
            reveal_count++;
        }
    }
    assert_int_equal(reveal_count, 1);
}

static void payloads_have_the_bytes_and_roots_of_the_vectors(void **state)
{
    (void)state;
    size_t i;
    json_t *vector;
    json_array_foreach(list("payloads"), i, vector)
    {
        struct hs_bytes split[TRANSACTION_COUNT];
        struct hs_transaction_id ids[TRANSACTION_COUNT];
        size_t count;
        size_t size = bytes(expected, sizeof expected, vector, "bytes");
        assert_int_equal(
            hs_payload_split(split, &count, TRANSACTION_COUNT, (struct hs_bytes){expected, size}),
            HS_OK);
        const json_t *transactions = member(vector, "transactions");
        assert_int_equal(count, json_array_size(transactions));
        for (size_t j = 0; j < count; j++) {
            uint8_t one[HS_TRANSACTION_BYTES_MAX];
            size_t one_size =
                bytes_of_hex(one, sizeof one, json_string_value(json_array_get(transactions, j)));
            assert_int_equal(split[j].size, one_size);
            assert_memory_equal(split[j].data, one, one_size);
            hs_transaction_id_of(&ids[j], split[j]);
        }
        struct hs_payload_root root;
        struct hs_payload_root expected_root;
        hs_payload_root_of(&root, ids, count);
        exact(expected_root.bytes, sizeof expected_root.bytes, vector, "root");
        assert_memory_equal(&root, &expected_root, sizeof root);
    }
}

/* P3 */
static void outputs_and_randomness_are_those_of_the_vectors(void **state)
{
    (void)state;
    size_t i;
    json_t *vector;
    json_array_foreach(list("vrf_outputs"), i, vector)
    {
        struct hs_vrf_proof proof;
        struct hs_vrf_output output;
        exact(proof.signature.bytes, sizeof proof.signature.bytes, vector, "proof");
        hs_vrf_output_of(&output, &proof);
        exact(expected, HS_HASH_BYTES, vector, "output");
        assert_memory_equal(output.bytes, expected, HS_HASH_BYTES);
    }
    json_array_foreach(list("epochs"), i, vector)
    {
        uint8_t randomness[HS_HASH_BYTES];
        struct hs_randomness_mix mix;
        exact(randomness, sizeof randomness, vector, "randomness");
        hs_randomness_begin(&mix, randomness, u64(vector, "epoch"));
        uint8_t second[HS_HASH_BYTES];
        hs_randomness_of_genesis(second, randomness, 1);
        exact(expected, HS_HASH_BYTES, vector, "second");
        assert_memory_equal(second, expected, HS_HASH_BYTES);
        size_t j;
        json_t *hex;
        json_array_foreach(member(vector, "outputs"), j, hex)
        {
            struct hs_vrf_output output;
            assert_int_equal(
                bytes_of_hex(output.bytes, sizeof output.bytes, json_string_value(hex)),
                sizeof output.bytes);
            hs_randomness_add(&mix, &output);
        }
        hs_randomness_end(randomness, &mix, u64(vector, "epoch"));
        exact(expected, HS_HASH_BYTES, vector, "after");
        assert_memory_equal(randomness, expected, HS_HASH_BYTES);
    }
}

/* P2 */
static void leaders_are_those_of_the_vectors(void **state)
{
    (void)state;
    static struct hs_validator_set set;
    size_t i;
    json_t *vector;
    json_array_foreach(list("leaders"), i, vector)
    {
        struct hs_leader_rule rule = {.election = HS_LEADER_WEIGHTED, .validators = &set};
        exact(rule.randomness, sizeof rule.randomness, vector, "randomness");
        set = (struct hs_validator_set){.count = 0};
        size_t j;
        json_t *weight;
        json_array_foreach(member(vector, "weights"), j, weight)
        {
            assert_true(set.count < HS_VALIDATORS_MAX);
            uint64_t stake = strtoull(json_string_value(weight), NULL, 10);
            set.validators[set.count++].weight = stake;
            set.weight_total += stake;
        }
        assert_int_equal(hs_leader_of(&rule, u64(vector, "view")), u32(vector, "leader"));
    }
}

static void assert_page_shows(const char *page, const json_t *vector, const char *key)
{
    if (strstr(page, text(vector, key)) == NULL) {
        fail_msg("%s does not show the %s of its example", WIRE_PAGE, key);
    }
}

static void the_examples_of_the_page_are_vectors(void **state)
{
    (void)state;
    static char page[VECTOR_BYTES_MAX];
    FILE *file = fopen(WIRE_PAGE, "rb");
    assert_non_null(file);
    size_t size = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    page[size] = '\0';
    const json_t *vote = json_array_get(list("statements"), 0);
    assert_page_shows(page, vote, "chain_id");
    assert_page_shows(page, vote, "epoch");
    assert_page_shows(page, vote, "view");
    assert_page_shows(page, vote, "block_id");
    assert_page_shows(page, vote, "bytes");
    const json_t *transaction = json_array_get(list("transactions"), 0);
    assert_page_shows(page, transaction, "bytes");
    assert_page_shows(page, transaction, "seed");
    assert_page_shows(page, transaction, "id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_have_the_bytes_of_the_vectors),
        cmocka_unit_test(headers_have_the_bytes_and_ids_of_the_vectors),
        cmocka_unit_test(safety_records_have_the_bytes_of_the_vectors),
        cmocka_unit_test(statements_sign_the_bytes_of_the_vectors),
        cmocka_unit_test(transactions_are_signed_and_named_as_in_the_vectors),
        cmocka_unit_test(reveals_open_the_commitments_of_the_vectors),
        cmocka_unit_test(payloads_have_the_bytes_and_roots_of_the_vectors),
        cmocka_unit_test(outputs_and_randomness_are_those_of_the_vectors),
        cmocka_unit_test(leaders_are_those_of_the_vectors),
        cmocka_unit_test(the_examples_of_the_page_are_vectors),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
