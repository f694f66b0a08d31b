#include "wire/transaction.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mutants.h"
#include "crypto/hash.h"

#define SIGN_TAG       "hotstuff/transaction"
#define ID_TAG         "hotstuff/transaction-id"
#define COMMITMENT_TAG "hotstuff/commitment"

/* chain_id || sender || commit_nonce || salt || inner_type || inner */
#define COMMITTED_BYTES                                                                            \
    (HS_HASH_BYTES + HS_ED25519_PUBLIC_KEY_BYTES + 8u + HS_COMMITMENT_SALT_BYTES + 1u +            \
     HS_TRANSFER_BYTES)

_Static_assert(HS_TRANSACTION_DOMAIN_BYTES == sizeof SIGN_TAG - 1 + HS_HASH_BYTES + 8,
               "the message begins with tag, chain id and epoch");
_Static_assert(HS_TRANSACTION_ENCODED_BYTES_MAX <= HS_TRANSACTION_BYTES_MAX,
               "every type is within the limit of transactions");

/* -- bodies --------------------------------------------------------------------- */

static void read_body(struct hs_reader *reader, struct hs_transaction *transaction)
{
    switch (transaction->type) {
    case HS_TRANSACTION_TRANSFER:
        hs_transfer_read(reader, &transaction->transfer);
        return;
    case HS_TRANSACTION_COMMIT:
        hs_read_bytes(reader, transaction->commitment.bytes, HS_HASH_BYTES);
        return;
    case HS_TRANSACTION_REVEAL:
        hs_reveal_read(reader, &transaction->reveal);
        return;
    case HS_TRANSACTION_REGISTER:
        hs_registration_read(reader, &transaction->registration);
        return;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        transaction->stake.units = hs_read_u64(reader);
        return;
    case HS_TRANSACTION_ROTATE:
        hs_validator_keys_read(reader, &transaction->rotation);
        return;
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        return;
    case HS_TRANSACTION_EVIDENCE:
        hs_double_vote_read(reader, &transaction->evidence);
        return;
    }
    hs_reader_fail(reader); /* no such type */
}

static void write_body(struct hs_writer *writer, const struct hs_transaction *transaction)
{
    switch (transaction->type) {
    case HS_TRANSACTION_TRANSFER:
        hs_transfer_write(writer, &transaction->transfer);
        return;
    case HS_TRANSACTION_COMMIT:
        hs_write_bytes(writer, transaction->commitment.bytes, HS_HASH_BYTES);
        return;
    case HS_TRANSACTION_REVEAL:
        hs_reveal_write(writer, &transaction->reveal);
        return;
    case HS_TRANSACTION_REGISTER:
        hs_registration_write(writer, &transaction->registration);
        return;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        hs_write_u64(writer, transaction->stake.units);
        return;
    case HS_TRANSACTION_ROTATE:
        hs_validator_keys_write(writer, &transaction->rotation);
        return;
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        return;
    case HS_TRANSACTION_EVIDENCE:
        hs_double_vote_write(writer, &transaction->evidence);
        return;
    }
}

static size_t body_size(const struct hs_transaction *transaction)
{
    switch (transaction->type) {
    case HS_TRANSACTION_TRANSFER:
        return HS_TRANSFER_BYTES;
    case HS_TRANSACTION_COMMIT:
        return HS_HASH_BYTES;
    case HS_TRANSACTION_REVEAL:
        return 8u + 4u + HS_COMMITMENT_SALT_BYTES + 1u + HS_TRANSFER_BYTES;
    case HS_TRANSACTION_REGISTER:
        return hs_validator_keys_size(&transaction->registration.keys) + 8u;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        return 8u;
    case HS_TRANSACTION_ROTATE:
        return hs_validator_keys_size(&transaction->rotation);
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        return 0;
    case HS_TRANSACTION_EVIDENCE:
        return HS_TRANSACTION_BODY_BYTES_MAX;
    }
    return 0;
}

/* -- transactions --------------------------------------------------------------- */

enum hs_status hs_transaction_decode(struct hs_transaction *transaction, struct hs_bytes bytes)
{
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    if (hs_read_u8(&reader) != HS_TRANSACTION_VERSION) {
        hs_reader_fail(&reader);
    }
    transaction->type = (enum hs_transaction_type)hs_read_u8(&reader);
    hs_read_bytes(&reader, transaction->chain_id.bytes, HS_HASH_BYTES);
    hs_read_bytes(&reader, transaction->sender.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    transaction->nonce = hs_read_u64(&reader);
    read_body(&reader, transaction);
    transaction->max_fee.units = hs_read_u64(&reader);
    transaction->max_tip.units = hs_read_u64(&reader);
    hs_read_bytes(&reader, transaction->signature.bytes, HS_ED25519_SIGNATURE_BYTES);
    return hs_reader_end(&reader);
}

/* All but the signature. */
static void write_signed(struct hs_writer *writer, const struct hs_transaction *transaction)
{
    hs_write_u8(writer, HS_TRANSACTION_VERSION);
    hs_write_u8(writer, (uint8_t)transaction->type);
    hs_write_bytes(writer, transaction->chain_id.bytes, HS_HASH_BYTES);
    hs_write_bytes(writer, transaction->sender.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    hs_write_u64(writer, transaction->nonce);
    write_body(writer, transaction);
    hs_write_u64(writer, transaction->max_fee.units);
    hs_write_u64(writer, transaction->max_tip.units);
}

size_t hs_transaction_size(const struct hs_transaction *transaction)
{
    return HS_TRANSACTION_HEAD_BYTES + body_size(transaction) + HS_TRANSACTION_END_BYTES;
}

size_t hs_transaction_encode(uint8_t *out, size_t capacity,
                             const struct hs_transaction *transaction)
{
    struct hs_writer writer = hs_writer_over(out, capacity);
    write_signed(&writer, transaction);
    hs_write_bytes(&writer, transaction->signature.bytes, HS_ED25519_SIGNATURE_BYTES);
    HS_ASSERT(!writer.failed);
    return writer.offset;
}

void hs_transaction_id_of(struct hs_transaction_id *id, struct hs_bytes bytes)
{
    hs_hash(id->bytes, ID_TAG, bytes.data, bytes.size);
}

struct hs_bytes hs_transaction_message(uint8_t message[HS_TRANSACTION_MESSAGE_BYTES_MAX],
                                       const struct hs_transaction *transaction)
{
    struct hs_writer writer = hs_writer_over(message, HS_TRANSACTION_MESSAGE_BYTES_MAX);
    hs_write_bytes(&writer, SIGN_TAG, sizeof SIGN_TAG - 1);
    hs_write_bytes(&writer, transaction->chain_id.bytes, HS_HASH_BYTES);
    hs_write_u64(&writer, 0);
    write_signed(&writer, transaction);
    HS_ASSERT(!writer.failed);
    return (struct hs_bytes){.data = message, .size = writer.offset};
}

void hs_transaction_sign(struct hs_transaction *transaction,
                         const struct hs_ed25519_secret_key *secret_key)
{
    hs_ed25519_public_key_of(&transaction->sender, secret_key);
    uint8_t message[HS_TRANSACTION_MESSAGE_BYTES_MAX];
    hs_ed25519_sign(&transaction->signature, secret_key,
                    hs_transaction_message(message, transaction));
}

void hs_transaction_commitment(struct hs_commitment *commitment,
                               const struct hs_transaction *reveal, uint64_t commit_nonce)
{
    HS_ASSERT(reveal->type == HS_TRANSACTION_REVEAL);
    uint8_t committed[COMMITTED_BYTES];
    struct hs_writer writer = hs_writer_over(committed, sizeof committed);
    hs_write_bytes(&writer, reveal->chain_id.bytes, HS_HASH_BYTES);
    hs_write_bytes(&writer, reveal->sender.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    hs_write_u64(&writer, commit_nonce);
    hs_write_bytes(&writer, reveal->reveal.salt, HS_COMMITMENT_SALT_BYTES);
    hs_inner_write(&writer, &reveal->reveal.inner);
    HS_ASSERT(!writer.failed && writer.offset == sizeof committed);
    if (HS_MUTANT_COMMITMENT_UNBOUND) {
        memset(committed + HS_HASH_BYTES, 0, HS_ED25519_PUBLIC_KEY_BYTES + 8u);
    }
    hs_hash(commitment->bytes, COMMITMENT_TAG, committed, sizeof committed);
}
