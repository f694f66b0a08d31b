/* Transactions: one encoding for each of any type, and a signature that covers every field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "crypto/keys.h"
#include "tests/unit/random_transactions.h"
#include "wire/transaction.h"

#define ROUNDS 2000u

static const struct hs_ed25519_secret_key key = {.seed = {1, 2, 3}};

/* A transaction and its bytes. */
struct encoded {
    struct hs_transaction transaction;
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX + 1];
    size_t size;
};

static void encode(struct encoded *encoded)
{
    encoded->size =
        hs_transaction_encode(encoded->bytes, sizeof encoded->bytes, &encoded->transaction);
}

static struct encoded sample(enum hs_transaction_type type)
{
    struct encoded encoded = {.size = 0};
    random_transaction(&encoded.transaction, type);
    hs_transaction_sign(&encoded.transaction, &key);
    encode(&encoded);
    return encoded;
}

/* Decodes a copy that ends where memory ends. */
static enum hs_status decode(struct hs_transaction *transaction, const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, bytes, size);
    enum hs_status status =
        hs_transaction_decode(transaction, (struct hs_bytes){.data = exact, .size = size});
    free(exact);
    return status;
}

static enum hs_status status_of(const struct encoded *encoded)
{
    struct hs_transaction transaction;
    return decode(&transaction, encoded->bytes, encoded->size);
}

static bool signature_holds(const struct hs_transaction *transaction)
{
    uint8_t message[HS_TRANSACTION_MESSAGE_BYTES_MAX];
    struct hs_ed25519_item item = {
        .public_key = &transaction->sender,
        .signature = &transaction->signature,
        .message = hs_transaction_message(message, transaction),
    };
    bool ok = false;
    hs_ed25519_verify(&ok, &item, 1);
    return ok;
}

/* -- where the fields are --------------------------------------------------------------- */

#define HEAD 74u

static void assert_bytes_at(const struct encoded *encoded, size_t *at, const void *bytes,
                            size_t size)
{
    assert_true(*at + size <= encoded->size);
    assert_memory_equal(encoded->bytes + *at, bytes, size);
    *at += size;
}

static void assert_number_at(const struct encoded *encoded, size_t *at, uint64_t number,
                             size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(number >> 8 * i);
    }
    assert_bytes_at(encoded, at, bytes, size);
}

/* Head and end; the body is what lies between. */
static void assert_body_ends(const struct encoded *encoded, size_t at)
{
    const struct hs_transaction *transaction = &encoded->transaction;
    size_t head = 0;
    assert_number_at(encoded, &head, 1, 1);
    assert_number_at(encoded, &head, transaction->type, 1);
    assert_bytes_at(encoded, &head, transaction->chain_id.bytes, 32);
    assert_bytes_at(encoded, &head, transaction->sender.bytes, 32);
    assert_number_at(encoded, &head, transaction->nonce, 8);
    assert_int_equal(head, HEAD);
    assert_number_at(encoded, &at, transaction->max_fee.units, 8);
    assert_number_at(encoded, &at, transaction->max_tip.units, 8);
    assert_bytes_at(encoded, &at, transaction->signature.bytes, 64);
    assert_int_equal(at, encoded->size);
    assert_int_equal(at, hs_transaction_size(transaction));
}

static void assert_transfer_at(const struct encoded *encoded, size_t *at,
                               const struct hs_transfer *transfer)
{
    assert_bytes_at(encoded, at, transfer->recipient.bytes, 32);
    assert_number_at(encoded, at, transfer->amount.units, 8);
}

static void a_transfer_has_the_fields_that_the_format_says(void **state)
{
    (void)state;
    struct encoded encoded = sample(HS_TRANSACTION_TRANSFER);
    size_t at = HEAD;
    assert_transfer_at(&encoded, &at, &encoded.transaction.transfer);
    assert_body_ends(&encoded, at);
    assert_int_equal(encoded.size, 194);
    assert_int_equal(encoded.size, HS_TRANSACTION_TRANSFER_BYTES);
}

static void a_commit_and_a_reveal_have_the_fields_that_the_format_says(void **state)
{
    (void)state;
    struct encoded commit = sample(HS_TRANSACTION_COMMIT);
    size_t at = HEAD;
    assert_bytes_at(&commit, &at, commit.transaction.commitment.bytes, 32);
    assert_body_ends(&commit, at);

    struct encoded encoded = sample(HS_TRANSACTION_REVEAL);
    const struct hs_reveal *reveal = &encoded.transaction.reveal;
    at = HEAD;
    assert_number_at(&encoded, &at, reveal->commit_height, 8);
    assert_number_at(&encoded, &at, reveal->commit_index, 4);
    assert_bytes_at(&encoded, &at, reveal->salt, 32);
    assert_number_at(&encoded, &at, 1, 1);
    assert_transfer_at(&encoded, &at, &reveal->inner);
    assert_body_ends(&encoded, at);
}

static void assert_keys_at(const struct encoded *encoded, size_t *at,
                           const struct hs_validator_keys *keys)
{
    assert_bytes_at(encoded, at, keys->bls_public_key.bytes, 48);
    assert_bytes_at(encoded, at, keys->possession.bytes, 96);
    assert_bytes_at(encoded, at, keys->network_key.bytes, 32);
    assert_bytes_at(encoded, at, keys->fee_recipient.bytes, 32);
}

static void assert_address_at(const struct encoded *encoded, size_t *at,
                              const struct hs_dial_address *address)
{
    assert_number_at(encoded, at, strlen(address->text), 1);
    assert_bytes_at(encoded, at, address->text, strlen(address->text));
}

static void what_a_validator_says_has_the_fields_that_the_format_says(void **state)
{
    (void)state;
    struct encoded encoded = sample(HS_TRANSACTION_REGISTER);
    const struct hs_registration *registration = &encoded.transaction.registration;
    size_t at = HEAD;
    assert_keys_at(&encoded, &at, &registration->keys);
    assert_number_at(&encoded, &at, registration->stake.units, 8);
    assert_address_at(&encoded, &at, &registration->keys.address);
    assert_body_ends(&encoded, at);

    encoded = sample(HS_TRANSACTION_ROTATE);
    at = HEAD;
    assert_keys_at(&encoded, &at, &encoded.transaction.rotation);
    assert_address_at(&encoded, &at, &encoded.transaction.rotation.address);
    assert_body_ends(&encoded, at);

    const enum hs_transaction_type amounts[] = {HS_TRANSACTION_STAKE, HS_TRANSACTION_UNSTAKE};
    for (size_t i = 0; i < 2; i++) {
        encoded = sample(amounts[i]);
        at = HEAD;
        assert_number_at(&encoded, &at, encoded.transaction.stake.units, 8);
        assert_body_ends(&encoded, at);
    }
    const enum hs_transaction_type empty[] = {HS_TRANSACTION_LEAVE, HS_TRANSACTION_UNJAIL};
    for (size_t i = 0; i < 2; i++) {
        encoded = sample(empty[i]);
        assert_body_ends(&encoded, HEAD);
    }
}

static void evidence_has_the_fields_that_the_format_says(void **state)
{
    (void)state;
    struct encoded encoded = sample(HS_TRANSACTION_EVIDENCE);
    const struct hs_double_vote *evidence = &encoded.transaction.evidence;
    size_t at = HEAD;
    assert_bytes_at(&encoded, &at, evidence->bls_public_key.bytes, 48);
    assert_number_at(&encoded, &at, evidence->epoch, 8);
    assert_number_at(&encoded, &at, evidence->view, 8);
    for (size_t i = 0; i < 2; i++) {
        assert_bytes_at(&encoded, &at, evidence->votes[i].block_id.bytes, 32);
        assert_bytes_at(&encoded, &at, evidence->votes[i].signature.bytes, 96);
    }
    assert_body_ends(&encoded, at);
    assert_int_equal(encoded.size, HS_TRANSACTION_ENCODED_BYTES_MAX);
}

/* -- one encoding ------------------------------------------------------------------------- */

static void what_is_encoded_decodes_to_the_same_and_back(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct encoded encoded;
        random_transaction(&encoded.transaction, random_type());
        encode(&encoded);
        struct encoded again;
        assert_int_equal(decode(&again.transaction, encoded.bytes, encoded.size), HS_OK);
        assert_true(transactions_equal(&again.transaction, &encoded.transaction));
        encode(&again);
        assert_int_equal(again.size, encoded.size);
        assert_memory_equal(again.bytes, encoded.bytes, encoded.size);
    }
}

static void every_other_size_is_refused(void **state)
{
    (void)state;
    struct hs_transaction decoded;
    for (unsigned type = FIRST_TYPE; type <= LAST_TYPE; type++) {
        struct encoded encoded = sample((enum hs_transaction_type)type);
        encoded.bytes[encoded.size] = 0;
        for (size_t size = 0; size <= encoded.size + 1; size++) {
            assert_int_equal(decode(&decoded, encoded.bytes, size),
                             size == encoded.size ? HS_OK : HS_MALFORMED);
        }
    }
    assert_int_equal(hs_transaction_decode(&decoded, (struct hs_bytes){.data = NULL, .size = 0}),
                     HS_MALFORMED);
}

static void other_versions_and_types_are_refused(void **state)
{
    (void)state;
    for (unsigned type = FIRST_TYPE; type <= LAST_TYPE; type++) {
        struct encoded encoded = sample((enum hs_transaction_type)type);
        for (unsigned value = 0; value < 256; value++) {
            encoded.bytes[0] = (uint8_t)value;
            assert_int_equal(status_of(&encoded), value == 1 ? HS_OK : HS_MALFORMED);
        }
        encoded.bytes[0] = 1;
        for (unsigned value = 0; value < 256; value++) {
            encoded.bytes[1] = (uint8_t)value;
            if (value == type) {
                assert_int_equal(status_of(&encoded), HS_OK);
            } else if (value < FIRST_TYPE || value > LAST_TYPE) {
                assert_int_equal(status_of(&encoded), HS_MALFORMED);
            }
        }
    }
}

/* Any byte string that decodes is the encoding of what it decoded to, whatever was changed. */
static void what_is_changed_is_refused_or_another_transaction(void **state)
{
    (void)state;
    uint32_t decoded_count = 0;
    for (uint32_t round = 0; round < 20 * ROUNDS; round++) {
        struct encoded encoded;
        random_transaction(&encoded.transaction, random_type());
        encode(&encoded);
        size_t at = random_below(2) == 0 ? random_below((uint32_t)encoded.size) : 1;
        encoded.bytes[at] = (uint8_t)(at == 1 ? random_type() : random_below(256));
        struct encoded again;
        if (decode(&again.transaction, encoded.bytes, encoded.size) == HS_OK) {
            encode(&again);
            assert_int_equal(again.size, encoded.size);
            assert_memory_equal(again.bytes, encoded.bytes, encoded.size);
            decoded_count++;
        }
    }
    assert_in_range(decoded_count, ROUNDS, 20 * ROUNDS - 1);
}

static void an_inner_transaction_is_a_transfer(void **state)
{
    (void)state;
    struct encoded encoded = sample(HS_TRANSACTION_REVEAL);
    for (unsigned value = 0; value < 256; value++) {
        encoded.bytes[HEAD + 8 + 4 + 32] = (uint8_t)value;
        assert_int_equal(status_of(&encoded), value == 1 ? HS_OK : HS_MALFORMED);
    }
}

static void an_address_is_printable_and_has_1_to_63_characters(void **state)
{
    (void)state;
    const enum hs_transaction_type types[] = {HS_TRANSACTION_REGISTER, HS_TRANSACTION_ROTATE};
    for (size_t i = 0; i < 2; i++) {
        struct encoded encoded = {.size = 0};
        random_transaction(&encoded.transaction, types[i]);
        struct hs_dial_address *address = i == 0 ? &encoded.transaction.registration.keys.address
                                                 : &encoded.transaction.rotation.address;
        const size_t size_at = HEAD + 48 + 96 + 32 + 32 + (i == 0 ? 8 : 0);
        for (size_t size = 1; size <= 63; size++) {
            memset(address->text, 0, sizeof address->text);
            memset(address->text, '~', size);
            encode(&encoded);
            assert_int_equal(encoded.bytes[size_at], size);
            assert_int_equal(status_of(&encoded), HS_OK);
            for (unsigned value = 0; value < 256; value++) {
                encoded.bytes[size_at + 1 + (value + size) % size] = (uint8_t)value;
                assert_int_equal(status_of(&encoded),
                                 value > ' ' && value < 0x7f ? HS_OK : HS_MALFORMED);
                encoded.bytes[size_at + 1 + (value + size) % size] = '~';
            }
        }
        /* 64 characters, the size said and the bytes there; then none. */
        memmove(encoded.bytes + size_at + 2, encoded.bytes + size_at + 1,
                encoded.size - size_at - 1);
        encoded.bytes[size_at + 1] = '~';
        encoded.bytes[size_at] = 64;
        encoded.size++;
        assert_int_equal(status_of(&encoded), HS_MALFORMED);
        memmove(encoded.bytes + size_at + 1, encoded.bytes + size_at + 65,
                encoded.size - size_at - 65);
        encoded.bytes[size_at] = 0;
        encoded.size -= 64;
        assert_int_equal(status_of(&encoded), HS_MALFORMED);
    }
}

static void block_ids_of_evidence_ascend(void **state)
{
    (void)state;
    struct encoded encoded = sample(HS_TRANSACTION_EVIDENCE);
    struct hs_block_id *ids[2] = {&encoded.transaction.evidence.votes[0].block_id,
                                  &encoded.transaction.evidence.votes[1].block_id};
    *ids[0] = *ids[1];
    encode(&encoded);
    assert_int_equal(status_of(&encoded), HS_MALFORMED);
    ids[0]->bytes[31] = 0x7f;
    ids[1]->bytes[31] = 0x80; /* as unsigned bytes */
    encode(&encoded);
    assert_int_equal(status_of(&encoded), HS_OK);
    ids[0]->bytes[31] = 0x81;
    encode(&encoded);
    assert_int_equal(status_of(&encoded), HS_MALFORMED);
}

static void evidence_of_view_zero_is_refused(void **state)
{
    (void)state;
    struct encoded encoded = sample(HS_TRANSACTION_EVIDENCE);
    encoded.transaction.evidence.view = 0;
    encode(&encoded);
    assert_int_equal(status_of(&encoded), HS_MALFORMED);
    encoded.transaction.evidence.view = UINT64_C(1) << 63;
    encode(&encoded);
    assert_int_equal(status_of(&encoded), HS_OK);
}

static void bls_signatures_have_the_canonical_form(void **state)
{
    (void)state;
    const struct {
        enum hs_transaction_type type;
        size_t at;
    } signatures[] = {
        {HS_TRANSACTION_REGISTER, HEAD + 48},
        {HS_TRANSACTION_ROTATE, HEAD + 48},
        {HS_TRANSACTION_EVIDENCE, HEAD + 48 + 16 + 32},
        {HS_TRANSACTION_EVIDENCE, HEAD + 48 + 16 + 32 + 96 + 32},
    };
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        struct encoded encoded = sample(signatures[i].type);
        uint8_t *flags = &encoded.bytes[signatures[i].at];
        const uint8_t good = *flags;
        assert_int_equal(status_of(&encoded), HS_OK);
        *flags = 0; /* not compressed */
        assert_int_equal(status_of(&encoded), HS_MALFORMED);
        *flags = good | 0x40; /* infinity */
        assert_int_equal(status_of(&encoded), HS_MALFORMED);
    }
}

/* -- signature, id, commitment ------------------------------------------------------------- */

static void the_signature_covers_every_byte(void **state)
{
    (void)state;
    for (unsigned type = FIRST_TYPE; type <= LAST_TYPE; type++) {
        struct encoded encoded = sample((enum hs_transaction_type)type);
        uint32_t decoded_count = 0;
        assert_true(signature_holds(&encoded.transaction));
        for (size_t i = 2; i < encoded.size; i++) {
            encoded.bytes[i] ^= 2;
            struct hs_transaction changed;
            if (decode(&changed, encoded.bytes, encoded.size) == HS_OK) {
                assert_false(signature_holds(&changed));
                decoded_count++;
            }
            encoded.bytes[i] ^= 2;
        }
        assert_true(decoded_count >= HEAD - 2 + 80);
    }
}

static void the_signed_bytes_begin_with_tag_chain_and_epoch_zero(void **state)
{
    (void)state;
    for (unsigned type = FIRST_TYPE; type <= LAST_TYPE; type++) {
        struct encoded encoded = sample((enum hs_transaction_type)type);
        uint8_t bytes[HS_TRANSACTION_MESSAGE_BYTES_MAX];
        struct hs_bytes message = hs_transaction_message(bytes, &encoded.transaction);
        assert_ptr_equal(message.data, bytes);
        assert_int_equal(message.size, 60 + encoded.size - 64);
        assert_memory_equal(bytes, "hotstuff/transaction", 20);
        assert_memory_equal(bytes + 20, encoded.transaction.chain_id.bytes, 32);
        assert_memory_equal(bytes + 52, "\0\0\0\0\0\0\0\0", 8);
        assert_memory_equal(bytes + 60, encoded.bytes, encoded.size - 64);
    }
}

static void the_id_commits_to_the_signature(void **state)
{
    (void)state;
    struct encoded encoded = sample(HS_TRANSACTION_TRANSFER);
    const struct hs_bytes bytes = {.data = encoded.bytes, .size = encoded.size};
    struct hs_transaction_id id, other;
    hs_transaction_id_of(&id, bytes);
    uint8_t expected[HS_HASH_BYTES];
    hs_hash(expected, "hotstuff/transaction-id", encoded.bytes, encoded.size);
    assert_memory_equal(id.bytes, expected, HS_HASH_BYTES);
    encoded.bytes[encoded.size - 1] ^= 1;
    hs_transaction_id_of(&other, bytes);
    assert_memory_not_equal(id.bytes, other.bytes, HS_HASH_BYTES);
}

static struct hs_commitment commitment_of(const struct hs_transaction *reveal, uint64_t nonce)
{
    struct hs_commitment commitment;
    hs_transaction_commitment(&commitment, reveal, nonce);
    return commitment;
}

/* Another's copy of it commits that other to nothing it could reveal. */
static void a_commitment_binds_chain_sender_nonce_salt_and_transfer(void **state)
{
    (void)state;
    const struct encoded encoded = sample(HS_TRANSACTION_REVEAL);
    const struct hs_transaction *reveal = &encoded.transaction;
    const struct hs_commitment commitment = commitment_of(reveal, 7);

    uint8_t committed[32 + 32 + 8 + 32 + 1 + 32 + 8];
    memcpy(committed, reveal->chain_id.bytes, 32);
    memcpy(committed + 32, reveal->sender.bytes, 32);
    memcpy(committed + 64, "\x07\0\0\0\0\0\0\0", 8);
    memcpy(committed + 72, reveal->reveal.salt, 32);
    /* inner_type, recipient and amount as the reveal has them */
    memcpy(committed + 104, encoded.bytes + HEAD + 8 + 4 + 32, 41);
    uint8_t expected[HS_HASH_BYTES];
    hs_hash(expected, "hotstuff/commitment", committed, sizeof committed);
    assert_memory_equal(commitment.bytes, expected, HS_HASH_BYTES);

    struct hs_transaction others[5] = {*reveal, *reveal, *reveal, *reveal, *reveal};
    others[0].chain_id.bytes[31] ^= 1;
    others[1].sender.bytes[31] ^= 1;
    others[2].reveal.salt[31] ^= 1;
    others[3].reveal.inner.recipient.bytes[31] ^= 1;
    others[4].reveal.inner.amount.units ^= 1;
    for (size_t i = 0; i < 5; i++) {
        const struct hs_commitment other = commitment_of(&others[i], 7);
        assert_memory_not_equal(other.bytes, commitment.bytes, HS_HASH_BYTES);
    }
    const struct hs_commitment another_nonce = commitment_of(reveal, 8);
    assert_memory_not_equal(another_nonce.bytes, commitment.bytes, HS_HASH_BYTES);

    /* Where it was committed, and what the reveal pays, was not known when it was made. */
    struct hs_transaction same = *reveal;
    same.nonce++;
    same.reveal.commit_height++;
    same.reveal.commit_index++;
    same.max_fee.units++;
    const struct hs_commitment again = commitment_of(&same, 7);
    assert_memory_equal(again.bytes, commitment.bytes, HS_HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transfer_has_the_fields_that_the_format_says),
        cmocka_unit_test(a_commit_and_a_reveal_have_the_fields_that_the_format_says),
        cmocka_unit_test(what_a_validator_says_has_the_fields_that_the_format_says),
        cmocka_unit_test(evidence_has_the_fields_that_the_format_says),
        cmocka_unit_test(what_is_encoded_decodes_to_the_same_and_back),
        cmocka_unit_test(every_other_size_is_refused),
        cmocka_unit_test(other_versions_and_types_are_refused),
        cmocka_unit_test(what_is_changed_is_refused_or_another_transaction),
        cmocka_unit_test(an_inner_transaction_is_a_transfer),
        cmocka_unit_test(an_address_is_printable_and_has_1_to_63_characters),
        cmocka_unit_test(block_ids_of_evidence_ascend),
        cmocka_unit_test(evidence_of_view_zero_is_refused),
        cmocka_unit_test(bls_signatures_have_the_canonical_form),
        cmocka_unit_test(the_signature_covers_every_byte),
        cmocka_unit_test(the_signed_bytes_begin_with_tag_chain_and_epoch_zero),
        cmocka_unit_test(the_id_commits_to_the_signature),
        cmocka_unit_test(a_commitment_binds_chain_sender_nonce_salt_and_transfer),
    };
    return hs_crypto_start() == HS_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
