/* Transactions of any type with random contents and the right form, for the codec's tests. What
 * is not of the type is zero. Nothing is signed; BLS signatures have the canonical form.
 */
#ifndef TESTS_UNIT_RANDOM_TRANSACTIONS_H
#define TESTS_UNIT_RANDOM_TRANSACTIONS_H

#include <string.h>

#include "sim/random.h"
#include "wire/transaction.h"

#define FIRST_TYPE HS_TRANSACTION_TRANSFER
#define LAST_TYPE  HS_TRANSACTION_EVIDENCE

static struct hs_random transactions_random = {.state = 1};

static uint64_t random_u64(void)
{
    return hs_random_next(&transactions_random);
}

static uint32_t random_below(uint32_t bound)
{
    return (uint32_t)hs_random_below(&transactions_random, bound);
}

static void random_bytes(void *out, size_t size)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)random_u64();
    }
}

/* Of the canonical form, of BLS and of the stand-in. */
static void random_signature(struct hs_bls_signature *signature)
{
    random_bytes(signature->bytes, sizeof signature->bytes);
    signature->bytes[0] = 0x80;
    signature->bytes[48] = 0;
    signature->bytes[HS_BLS_SIGNATURE_BYTES - 1] |= 1;
}

static enum hs_transaction_type random_type(void)
{
    return (enum hs_transaction_type)(FIRST_TYPE + random_below(LAST_TYPE - FIRST_TYPE + 1));
}

static void random_transfer(struct hs_transfer *transfer)
{
    random_bytes(transfer->recipient.bytes, HS_ADDRESS_BYTES);
    transfer->amount.units = random_u64();
}

static void random_reveal(struct hs_reveal *reveal)
{
    reveal->commit_height = random_u64();
    reveal->commit_index = (uint32_t)random_u64();
    random_bytes(reveal->salt, sizeof reveal->salt);
    random_transfer(&reveal->inner);
}

static void random_validator_keys(struct hs_validator_keys *keys)
{
    random_bytes(keys->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES);
    random_signature(&keys->possession);
    random_bytes(keys->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    random_bytes(keys->fee_recipient.bytes, HS_ADDRESS_BYTES);
    uint32_t size = 1 + random_below(HS_DIAL_ADDRESS_BYTES_MAX);
    for (uint32_t i = 0; i < size; i++) {
        keys->address.text[i] = (char)('!' + random_below('~' - '!' + 1));
    }
}

static void random_double_vote(struct hs_double_vote *evidence)
{
    random_bytes(evidence->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES);
    evidence->epoch = random_u64();
    evidence->view = random_u64() | 1;
    for (size_t i = 0; i < 2; i++) {
        random_bytes(evidence->votes[i].block_id.bytes, HS_HASH_BYTES);
        random_signature(&evidence->votes[i].signature);
    }
    evidence->votes[0].block_id.bytes[0] &= 0x7f;
    evidence->votes[1].block_id.bytes[0] |= 0x80;
}

static void random_body(struct hs_transaction *transaction)
{
    switch (transaction->type) {
    case HS_TRANSACTION_TRANSFER:
        random_transfer(&transaction->transfer);
        return;
    case HS_TRANSACTION_COMMIT:
        random_bytes(transaction->commitment.bytes, HS_HASH_BYTES);
        return;
    case HS_TRANSACTION_REVEAL:
        random_reveal(&transaction->reveal);
        return;
    case HS_TRANSACTION_REGISTER:
        random_validator_keys(&transaction->registration.keys);
        transaction->registration.stake.units = random_u64();
        return;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        transaction->stake.units = random_u64();
        return;
    case HS_TRANSACTION_ROTATE:
        random_validator_keys(&transaction->rotation);
        return;
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        return;
    case HS_TRANSACTION_EVIDENCE:
        random_double_vote(&transaction->evidence);
        return;
    }
}

static void random_transaction(struct hs_transaction *transaction, enum hs_transaction_type type)
{
    memset(transaction, 0, sizeof *transaction);
    transaction->type = type;
    random_bytes(transaction->chain_id.bytes, HS_HASH_BYTES);
    random_bytes(transaction->sender.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    transaction->nonce = random_u64();
    random_body(transaction);
    transaction->max_fee.units = random_u64();
    transaction->max_tip.units = random_u64();
    random_bytes(transaction->signature.bytes, HS_ED25519_SIGNATURE_BYTES);
}

static bool double_votes_equal(const struct hs_double_vote *a, const struct hs_double_vote *b)
{
    return memcmp(a->bls_public_key.bytes, b->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES) == 0 &&
           a->epoch == b->epoch && a->view == b->view &&
           memcmp(a->votes, b->votes, sizeof a->votes) == 0; /* bytes only: no padding */
}

static bool validator_keys_equal(const struct hs_validator_keys *a,
                                 const struct hs_validator_keys *b)
{
    return memcmp(a, b, sizeof *a) == 0; /* bytes only: no padding */
}

static bool transfers_equal(const struct hs_transfer *a, const struct hs_transfer *b)
{
    return memcmp(a->recipient.bytes, b->recipient.bytes, HS_ADDRESS_BYTES) == 0 &&
           a->amount.units == b->amount.units;
}

static bool bodies_equal(const struct hs_transaction *a, const struct hs_transaction *b)
{
    switch (a->type) {
    case HS_TRANSACTION_TRANSFER:
        return transfers_equal(&a->transfer, &b->transfer);
    case HS_TRANSACTION_COMMIT:
        return memcmp(a->commitment.bytes, b->commitment.bytes, HS_HASH_BYTES) == 0;
    case HS_TRANSACTION_REVEAL:
        return a->reveal.commit_height == b->reveal.commit_height &&
               a->reveal.commit_index == b->reveal.commit_index &&
               memcmp(a->reveal.salt, b->reveal.salt, sizeof a->reveal.salt) == 0 &&
               transfers_equal(&a->reveal.inner, &b->reveal.inner);
    case HS_TRANSACTION_REGISTER:
        return validator_keys_equal(&a->registration.keys, &b->registration.keys) &&
               a->registration.stake.units == b->registration.stake.units;
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        return a->stake.units == b->stake.units;
    case HS_TRANSACTION_ROTATE:
        return validator_keys_equal(&a->rotation, &b->rotation);
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
        return true;
    case HS_TRANSACTION_EVIDENCE:
        return double_votes_equal(&a->evidence, &b->evidence);
    }
    return false;
}

static bool transactions_equal(const struct hs_transaction *a, const struct hs_transaction *b)
{
    return a->type == b->type && memcmp(a->chain_id.bytes, b->chain_id.bytes, HS_HASH_BYTES) == 0 &&
           memcmp(a->sender.bytes, b->sender.bytes, HS_ED25519_PUBLIC_KEY_BYTES) == 0 &&
           a->nonce == b->nonce && bodies_equal(a, b) && a->max_fee.units == b->max_fee.units &&
           a->max_tip.units == b->max_tip.units &&
           memcmp(a->signature.bytes, b->signature.bytes, HS_ED25519_SIGNATURE_BYTES) == 0;
}

#endif
