#include "wire/transaction_body.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/bls.h"

#define INNER_TRANSFER 1u

_Static_assert(INNER_TRANSFER == HS_TRANSACTION_TRANSFER, "an inner type is a type");

static void fail_unless(struct hs_reader *reader, bool holds)
{
    if (!holds) {
        hs_reader_fail(reader);
    }
}

/* -- TRANSFER, REVEAL ----------------------------------------------------------- */

void hs_transfer_write(struct hs_writer *writer, const struct hs_transfer *transfer)
{
    hs_write_bytes(writer, transfer->recipient.bytes, HS_ADDRESS_BYTES);
    hs_write_u64(writer, transfer->amount.units);
}

void hs_inner_write(struct hs_writer *writer, const struct hs_transfer *inner)
{
    hs_write_u8(writer, INNER_TRANSFER);
    hs_transfer_write(writer, inner);
}

void hs_reveal_read(struct hs_reader *reader, struct hs_reveal *reveal)
{
    reveal->commit_height = hs_read_u64(reader);
    reveal->commit_index = hs_read_u32(reader);
    hs_read_bytes(reader, reveal->salt, HS_COMMITMENT_SALT_BYTES);
    fail_unless(reader, hs_read_u8(reader) == INNER_TRANSFER);
    hs_transfer_read(reader, &reveal->inner);
}

void hs_reveal_write(struct hs_writer *writer, const struct hs_reveal *reveal)
{
    hs_write_u64(writer, reveal->commit_height);
    hs_write_u32(writer, reveal->commit_index);
    hs_write_bytes(writer, reveal->salt, HS_COMMITMENT_SALT_BYTES);
    hs_inner_write(writer, &reveal->inner);
}

/* -- REGISTER, ROTATE ----------------------------------------------------------- */

static void read_signature(struct hs_reader *reader, struct hs_bls_signature *signature)
{
    hs_read_bytes(reader, signature->bytes, HS_BLS_SIGNATURE_BYTES);
    fail_unless(reader, hs_bls_signature_is_canonical(signature));
}

/* All but the address to dial, which comes last in both types. */
static void read_keys(struct hs_reader *reader, struct hs_validator_keys *keys)
{
    hs_read_bytes(reader, keys->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES);
    read_signature(reader, &keys->possession);
    hs_read_bytes(reader, keys->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    hs_read_bytes(reader, keys->fee_recipient.bytes, HS_ADDRESS_BYTES);
}

static void write_keys(struct hs_writer *writer, const struct hs_validator_keys *keys)
{
    hs_write_bytes(writer, keys->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES);
    hs_write_bytes(writer, keys->possession.bytes, HS_BLS_SIGNATURE_BYTES);
    hs_write_bytes(writer, keys->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    hs_write_bytes(writer, keys->fee_recipient.bytes, HS_ADDRESS_BYTES);
}

static bool is_visible(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return true;
}

static void read_address(struct hs_reader *reader, struct hs_dial_address *address)
{
    *address = (struct hs_dial_address){{0}};
    size_t size = hs_read_u8(reader);
    if (size == 0 || size > HS_DIAL_ADDRESS_BYTES_MAX) {
        hs_reader_fail(reader);
        return;
    }
    hs_read_bytes(reader, address->text, size);
    fail_unless(reader, is_visible(address->text, size));
}

static size_t address_size(const struct hs_dial_address *address)
{
    const char *end = memchr(address->text, '\0', sizeof address->text);
    HS_ASSERT(end != NULL && end != address->text);
    return (size_t)(end - address->text);
}

static void write_address(struct hs_writer *writer, const struct hs_dial_address *address)
{
    size_t size = address_size(address);
    hs_write_u8(writer, (uint8_t)size);
    hs_write_bytes(writer, address->text, size);
}

void hs_validator_keys_read(struct hs_reader *reader, struct hs_validator_keys *keys)
{
    read_keys(reader, keys);
    read_address(reader, &keys->address);
}

void hs_validator_keys_write(struct hs_writer *writer, const struct hs_validator_keys *keys)
{
    write_keys(writer, keys);
    write_address(writer, &keys->address);
}

size_t hs_validator_keys_size(const struct hs_validator_keys *keys)
{
    return HS_BLS_PUBLIC_KEY_BYTES + HS_BLS_SIGNATURE_BYTES + HS_ED25519_PUBLIC_KEY_BYTES +
           HS_ADDRESS_BYTES + 1u + address_size(&keys->address);
}

void hs_registration_read(struct hs_reader *reader, struct hs_registration *registration)
{
    read_keys(reader, &registration->keys);
    registration->stake.units = hs_read_u64(reader);
    read_address(reader, &registration->keys.address);
}

void hs_registration_write(struct hs_writer *writer, const struct hs_registration *registration)
{
    write_keys(writer, &registration->keys);
    hs_write_u64(writer, registration->stake.units);
    write_address(writer, &registration->keys.address);
}

/* -- EVIDENCE ------------------------------------------------------------------- */

void hs_double_vote_read(struct hs_reader *reader, struct hs_double_vote *evidence)
{
    hs_read_bytes(reader, evidence->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES);
    evidence->epoch = hs_read_u64(reader);
    evidence->view = hs_read_u64(reader);
    fail_unless(reader, evidence->view > 0); /* nobody votes in view 0 */
    for (size_t i = 0; i < 2; i++) {
        hs_read_bytes(reader, evidence->votes[i].block_id.bytes, HS_HASH_BYTES);
        read_signature(reader, &evidence->votes[i].signature);
    }
    fail_unless(reader, memcmp(evidence->votes[0].block_id.bytes, evidence->votes[1].block_id.bytes,
                               HS_HASH_BYTES) < 0);
}

void hs_double_vote_write(struct hs_writer *writer, const struct hs_double_vote *evidence)
{
    hs_write_bytes(writer, evidence->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES);
    hs_write_u64(writer, evidence->epoch);
    hs_write_u64(writer, evidence->view);
    for (size_t i = 0; i < 2; i++) {
        hs_write_bytes(writer, evidence->votes[i].block_id.bytes, HS_HASH_BYTES);
        hs_write_bytes(writer, evidence->votes[i].signature.bytes, HS_BLS_SIGNATURE_BYTES);
    }
}
