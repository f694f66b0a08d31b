/* The model, and the blocks drawn from it. */
#include "tests/support/block_corpus.h"

#include <string.h>

#include "crypto/ed25519.h"

/* -- the model ------------------------------------------------------------------------- */

static uint32_t unmade_among(const struct corpus_model *model, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t count = !model->accounts[a].made;
    count += b != a && !model->accounts[b].made;
    count += c != a && c != b && !model->accounts[c].made;
    return count;
}

static void give(struct corpus_model *model, uint32_t index, uint64_t units)
{
    struct corpus_account *account = &model->accounts[index];
    model->made_count += !account->made;
    account->made = true;
    account->balance += units;
}

bool corpus_model_apply(struct corpus_model *model, const struct corpus_transfer *transfer,
                        uint32_t fee_recipient)
{
    const struct hs_transaction *transaction = &transfer->transaction;
    struct corpus_account *sender = &model->accounts[transfer->sender];
    uint64_t amount = transaction->transfer.amount.units;
    if (transfer->refused || transaction->nonce != sender->nonce ||
        transaction->nonce == UINT64_MAX || transaction->max_fee.units < model->base_fee ||
        model->gas_used == CORPUS_GAS_LIMIT) {
        return false;
    }
    uint64_t base_fee = model->base_fee;
    uint64_t room = transaction->max_fee.units - base_fee;
    uint64_t tip = transaction->max_tip.units < room ? transaction->max_tip.units : room;
    uint64_t left = sender->balance;
    if (left < base_fee || left - base_fee < tip || left - base_fee - tip < amount) {
        return false;
    }
    uint32_t paid = amount > 0 ? transfer->recipient : transfer->sender;
    uint32_t tipped = tip > 0 ? fee_recipient : transfer->sender;
    if (unmade_among(model, transfer->sender, paid, tipped) >
        CORPUS_ACCOUNTS_MAX - model->made_count) {
        return false;
    }
    sender->balance -= amount + tip + base_fee;
    sender->nonce++;
    model->burned += base_fee;
    model->gas_used++;
    give(model, transfer->sender, 0);
    give(model, paid, amount);
    give(model, tipped, tip);
    return true;
}

void corpus_model_end_block(struct corpus_model *model)
{
    uint64_t target = CORPUS_GAS_LIMIT / 2;
    if (model->gas_used > target) {
        model->base_fee += model->base_fee * (model->gas_used - target) / target / 8;
    } else {
        model->base_fee -= model->base_fee * (target - model->gas_used) / target / 8;
    }
    if (model->base_fee < CORPUS_BASE_FEE_MIN) {
        model->base_fee = CORPUS_BASE_FEE_MIN;
    }
    model->gas_used = 0;
}

/* -- drawing ---------------------------------------------------------------------------- */

void corpus_keys_make(struct corpus_keys *keys)
{
    struct hs_random random = hs_random_of(CORPUS_SEED, 1);
    hs_hash(keys->chain_id.bytes, "hotstuff/test/corpus", "", 0);
    for (uint32_t i = 0; i < CORPUS_KEYS; i++) {
        uint8_t *bytes = keys->public_keys[i].bytes;
        for (size_t byte = 0; byte < HS_ED25519_PUBLIC_KEY_BYTES; byte++) {
            bytes[byte] = (uint8_t)hs_random_next(&random);
        }
        if (i < CORPUS_SIGNERS) {
            memcpy(keys->secret_keys[i].seed, bytes, HS_ED25519_SEED_BYTES);
            hs_ed25519_public_key_of(&keys->public_keys[i], &keys->secret_keys[i]);
        }
        hs_address_of(&keys->addresses[i], &keys->public_keys[i]);
    }
}

static uint32_t any_key(struct hs_random *random)
{
    return (uint32_t)hs_random_below(random, CORPUS_KEYS - CORPUS_UNUSED);
}

/* One of those that can pay; the first owns nearly all there is. */
static uint32_t any_payer(const struct corpus_model *model, struct hs_random *random)
{
    for (unsigned tries = 0; tries < 4; tries++) {
        uint32_t index = any_key(random);
        if (model->accounts[index].balance > model->base_fee) {
            return index;
        }
    }
    return (uint32_t)hs_random_below(random, CORPUS_SIGNERS);
}

/* What is left to send after the fee; 0 when the fee itself is too much. */
static uint64_t spendable(const struct corpus_model *model, uint32_t sender, uint64_t fee)
{
    uint64_t balance = model->accounts[sender].balance;
    return balance > fee ? balance - fee : 0;
}

/* Where a transfer leaves what is ordinary. */
enum edge {
    EDGE_SPENDS_ALL,
    EDGE_SPENDS_ONE_TOO_MUCH,
    EDGE_TO_ITSELF,
    EDGE_NOTHING,
    EDGE_LARGEST_AMOUNT,
    EDGE_LARGEST_FEE,
    EDGE_LARGEST_TIP,
    EDGE_FEE_TOO_LOW,
    EDGE_TIP_CUT,
    EDGE_NONCE_LOW,
    EDGE_NONCE_HIGH,
    EDGE_NONCE_LARGEST,
    EDGE_NEVER_MADE_SENDER,
    EDGE_TO_FEE_RECIPIENT,
    EDGE_FROM_FEE_RECIPIENT,
    EDGE_RICHEST_GIVES_NEARLY_ALL,
    EDGE_RICHEST_TIPS,
    EDGE_ANOTHER_CHAIN,
    EDGE_COUNT,
};

static void set_sender(struct corpus_transfer *transfer, const struct corpus_model *model,
                       uint32_t sender)
{
    transfer->sender = sender;
    transfer->transaction.nonce = model->accounts[sender].nonce;
}

static void bend(struct corpus_transfer *transfer, const struct corpus_model *model,
                 uint32_t fee_recipient, enum edge edge)
{
    struct hs_transaction *transaction = &transfer->transaction;
    switch (edge) {
    case EDGE_SPENDS_ALL:
        transaction->transfer.amount.units = spendable(model, transfer->sender, model->base_fee);
        transaction->max_tip.units = 0;
        break;
    case EDGE_SPENDS_ONE_TOO_MUCH:
        transaction->transfer.amount.units =
            spendable(model, transfer->sender, model->base_fee) + 1;
        transaction->max_tip.units = 0;
        break;
    case EDGE_TO_ITSELF:
        transfer->recipient = transfer->sender;
        break;
    case EDGE_NOTHING:
        transaction->transfer.amount.units = 0;
        break;
    case EDGE_LARGEST_AMOUNT:
        transaction->transfer.amount.units = UINT64_MAX;
        break;
    case EDGE_LARGEST_FEE:
        transaction->max_fee.units = UINT64_MAX;
        transaction->max_tip.units = UINT64_MAX;
        break;
    case EDGE_LARGEST_TIP:
        transaction->max_tip.units = UINT64_MAX;
        break;
    case EDGE_FEE_TOO_LOW:
        transaction->max_fee.units = model->base_fee - 1;
        break;
    case EDGE_TIP_CUT:
        transaction->max_fee.units = model->base_fee + 3;
        transaction->max_tip.units = 10;
        break;
    case EDGE_NONCE_LOW:
        transaction->nonce--; /* of a sender's first: the largest there is */
        break;
    case EDGE_NONCE_HIGH:
        transaction->nonce++;
        break;
    case EDGE_NONCE_LARGEST:
        transaction->nonce = UINT64_MAX;
        break;
    case EDGE_NEVER_MADE_SENDER:
        set_sender(transfer, model, CORPUS_KEYS - 1 - transfer->sender % CORPUS_UNUSED);
        break;
    case EDGE_TO_FEE_RECIPIENT:
        transfer->recipient = fee_recipient;
        break;
    case EDGE_FROM_FEE_RECIPIENT:
        set_sender(transfer, model, fee_recipient);
        break;
    case EDGE_RICHEST_GIVES_NEARLY_ALL:
        set_sender(transfer, model, transfer->sender % 2);
        transfer->recipient = 1 - transfer->sender;
        transaction->transfer.amount.units =
            spendable(model, transfer->sender, model->base_fee + 1000000);
        break;
    case EDGE_RICHEST_TIPS:
        set_sender(transfer, model, 0);
        transaction->max_fee.units = UINT64_MAX;
        transaction->max_tip.units = spendable(model, 0, UINT64_C(1) << 63);
        break;
    case EDGE_ANOTHER_CHAIN:
        transaction->chain_id.bytes[HS_HASH_BYTES - 1] ^= 1;
        transfer->refused = true;
        break;
    case EDGE_COUNT:
        break;
    }
}

/* A third is at some edge; accounts are made as ordinary transfers reach keys that have none. */
static void draw_transfer(struct corpus_transfer *transfer, const struct corpus_model *model,
                          const struct corpus_keys *keys, struct hs_random *random,
                          uint32_t fee_recipient)
{
    *transfer = (struct corpus_transfer){.recipient = any_key(random)};
    set_sender(transfer, model, any_payer(model, random));
    transfer->transaction = (struct hs_transaction){
        .type = HS_TRANSACTION_TRANSFER,
        .chain_id = keys->chain_id,
        .nonce = transfer->transaction.nonce,
        .transfer.amount = {hs_random_below(random, 5000)},
        .max_fee = {model->base_fee + hs_random_below(random, 20)},
        .max_tip = {hs_random_below(random, 20)},
    };
    if (hs_random_per_mille(random, 333)) {
        bend(transfer, model, fee_recipient, (enum edge)hs_random_below(random, EDGE_COUNT));
    }
    transfer->transaction.sender = keys->public_keys[transfer->sender];
    transfer->transaction.transfer.recipient = keys->addresses[transfer->recipient];
}

/* Bytes that no transaction has: cut short, of an unknown type, or another version. */
static void spoil(struct corpus_block *block, size_t index, uint64_t how)
{
    block->transfers[index].refused = true;
    if (how % 3 == 0) {
        block->transactions[index].size = (size_t)(how % HS_TRANSACTION_TRANSFER_BYTES);
    } else {
        block->encoded[index][how % 3 - 1] ^= 0x40;
    }
}

void corpus_block_draw(struct corpus_block *block, struct corpus_model *model,
                       const struct corpus_keys *keys, struct hs_random *random, size_t count)
{
    block->fee_recipient =
        hs_random_per_mille(random, 900) ? (uint32_t)hs_random_below(random, 4) : any_key(random);
    block->count = count;
    for (size_t i = 0; i < count; i++) {
        struct corpus_transfer *transfer = &block->transfers[i];
        draw_transfer(transfer, model, keys, random, block->fee_recipient);
        hs_transaction_encode(block->encoded[i], sizeof block->encoded[i], &transfer->transaction);
        block->transactions[i] =
            (struct hs_bytes){block->encoded[i], HS_TRANSACTION_TRANSFER_BYTES};
        if (hs_random_per_mille(random, 10)) {
            spoil(block, i, hs_random_next(random));
        }
        block->expected[i] = corpus_model_apply(model, transfer, block->fee_recipient);
    }
    corpus_model_end_block(model);
}
