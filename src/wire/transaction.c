#include "wire/transaction.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"

#define SIGN_TAG "hotstuff/transaction"
#define ID_TAG   "hotstuff/transaction-id"

_Static_assert(HS_TRANSACTION_MESSAGE_BYTES ==
                   sizeof SIGN_TAG - 1 + HS_HASH_BYTES + 8 + HS_TRANSACTION_BODY_BYTES,
               "the message is tag, chain id, epoch and body");
_Static_assert(HS_TRANSACTION_TRANSFER_BYTES <= HS_TRANSACTION_BYTES_MAX,
               "a transfer is within the limit of transactions");

enum hs_status hs_transaction_decode(struct hs_transaction *transaction, struct hs_bytes bytes)
{
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    if (hs_read_u8(&reader) != HS_TRANSACTION_VERSION) {
        hs_reader_fail(&reader);
    }
    if (hs_read_u8(&reader) != HS_TRANSACTION_TRANSFER) {
        hs_reader_fail(&reader);
    }
    transaction->type = HS_TRANSACTION_TRANSFER;
    hs_read_bytes(&reader, transaction->chain_id.bytes, HS_HASH_BYTES);
    hs_read_bytes(&reader, transaction->sender.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    transaction->nonce = hs_read_u64(&reader);
    hs_read_bytes(&reader, transaction->recipient.bytes, HS_ADDRESS_BYTES);
    transaction->amount.units = hs_read_u64(&reader);
    transaction->max_fee.units = hs_read_u64(&reader);
    transaction->max_tip.units = hs_read_u64(&reader);
    hs_read_bytes(&reader, transaction->signature.bytes, HS_ED25519_SIGNATURE_BYTES);
    return hs_reader_end(&reader);
}

static void write_body(struct hs_writer *writer, const struct hs_transaction *transaction)
{
    hs_write_u8(writer, HS_TRANSACTION_VERSION);
    hs_write_u8(writer, (uint8_t)transaction->type);
    hs_write_bytes(writer, transaction->chain_id.bytes, HS_HASH_BYTES);
    hs_write_bytes(writer, transaction->sender.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    hs_write_u64(writer, transaction->nonce);
    hs_write_bytes(writer, transaction->recipient.bytes, HS_ADDRESS_BYTES);
    hs_write_u64(writer, transaction->amount.units);
    hs_write_u64(writer, transaction->max_fee.units);
    hs_write_u64(writer, transaction->max_tip.units);
}

void hs_transaction_encode(uint8_t out[HS_TRANSACTION_TRANSFER_BYTES],
                           const struct hs_transaction *transaction)
{
    struct hs_writer writer = hs_writer_over(out, HS_TRANSACTION_TRANSFER_BYTES);
    write_body(&writer, transaction);
    hs_write_bytes(&writer, transaction->signature.bytes, HS_ED25519_SIGNATURE_BYTES);
    HS_ASSERT(!writer.failed && writer.offset == HS_TRANSACTION_TRANSFER_BYTES);
}

void hs_transaction_id_of(struct hs_transaction_id *id, struct hs_bytes bytes)
{
    hs_hash(id->bytes, ID_TAG, bytes.data, bytes.size);
}

void hs_transaction_message(uint8_t message[HS_TRANSACTION_MESSAGE_BYTES],
                            const struct hs_transaction *transaction)
{
    struct hs_writer writer = hs_writer_over(message, HS_TRANSACTION_MESSAGE_BYTES);
    hs_write_bytes(&writer, SIGN_TAG, sizeof SIGN_TAG - 1);
    hs_write_bytes(&writer, transaction->chain_id.bytes, HS_HASH_BYTES);
    hs_write_u64(&writer, 0);
    write_body(&writer, transaction);
    HS_ASSERT(!writer.failed && writer.offset == HS_TRANSACTION_MESSAGE_BYTES);
}

void hs_transaction_sign(struct hs_transaction *transaction,
                         const struct hs_ed25519_secret_key *secret_key)
{
    hs_ed25519_public_key_of(&transaction->sender, secret_key);
    uint8_t message[HS_TRANSACTION_MESSAGE_BYTES];
    hs_transaction_message(message, transaction);
    hs_ed25519_sign(&transaction->signature, secret_key,
                    (struct hs_bytes){.data = message, .size = sizeof message});
}
