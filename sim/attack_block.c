/* See attack_block.h. */
#include "sim/attack_block.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "wire/payload.h"

/* So many of an account may stand in blocks above the committed one. */
#define NONCES_AHEAD 64u

void hs_attack_maker_release(struct hs_attack_block_maker *maker)
{
    free(maker->payload);
}

/* -- what is in a block -------------------------------------------------------------------- */

bool hs_attack_is_reveal(struct hs_bytes transaction)
{
    return hs_transaction_type_of(transaction) == HS_TRANSACTION_REVEAL;
}

size_t hs_attack_own_reveals(const struct hs_attack_block_maker *maker)
{
    size_t count = 0;
    for (size_t i = 0; i < maker->own_count; i++) {
        count += hs_attack_is_reveal(maker->own[i]) ? 1 : 0;
    }
    return count;
}

void hs_attack_add(struct hs_attack_block_maker *maker, struct hs_bytes transaction)
{
    if (maker->made_count < HS_BLOCK_TRANSACTIONS_MAX) {
        maker->made[maker->made_count++] = transaction;
    }
}

void hs_attack_add_copy(struct hs_attack_block_maker *maker, const uint8_t *bytes, size_t size)
{
    if (size > HS_ATTACK_AREA_BYTES - maker->area_used) {
        return;
    }
    uint8_t *copy = maker->area + maker->area_used;
    memcpy(copy, bytes, size);
    maker->area_used += size;
    hs_attack_add(maker, (struct hs_bytes){copy, size});
}

void hs_attack_add_own(struct hs_attack_block_maker *maker, bool reveals)
{
    for (size_t i = 0; i < maker->own_count; i++) {
        if (hs_attack_is_reveal(maker->own[i]) == reveals) {
            hs_attack_add(maker, maker->own[i]);
        }
    }
}

/* -- the block ------------------------------------------------------------------------------- */

static void begin(struct hs_attack_block_maker *maker, const struct hs_message *own)
{
    maker->epoch = own->proposal.header.epoch;
    maker->view = own->proposal.header.view;
    maker->replaces = false;
    maker->made_count = 0;
    maker->area_used = 0;
    enum hs_status status = hs_payload_split(maker->own, &maker->own_count,
                                             HS_BLOCK_TRANSACTIONS_MAX, own->proposal.payload);
    HS_ASSERT(status == HS_OK);
}

static void encode_payload(struct hs_attack_block_maker *maker, struct hs_message *proposal)
{
    struct hs_block_header *header = &proposal->proposal.header;
    size_t size = hs_payload_size(maker->made, maker->made_count);
    struct hs_transaction_id *ids = calloc(maker->made_count + 1, sizeof(*ids));
    uint8_t *payload = malloc(size + 1);
    HS_ASSERT(ids != NULL && payload != NULL);
    enum hs_status status = hs_payload_encode(payload, &size, size, maker->made, maker->made_count);
    HS_ASSERT(status == HS_OK);
    for (size_t i = 0; i < maker->made_count; i++) {
        hs_transaction_id_of(&ids[i], maker->made[i]);
    }
    hs_payload_root_of(&header->payload_root, ids, maker->made_count);
    header->payload_bytes = (uint32_t)size;
    header->transaction_count = (uint32_t)maker->made_count;
    proposal->proposal.payload = (struct hs_bytes){payload, size};
    free(ids);
    free(maker->payload);
    maker->payload = payload;
}

/* What its own ledger says to the header and to what was added. */
static bool fill_in_root(struct hs_attacker *attacker, struct hs_attack_block_maker *maker)
{
    struct hs_state_root root;
    struct hs_block_header *header = &maker->message.proposal.header;
    bool taken = hs_world_execute(attacker->world, attacker->process, header, maker->made,
                                  maker->made_count, &root) == HS_OK;
    header->state_root = taken ? root : header->state_root;
    maker->replaces = true;
    return taken;
}

bool hs_attack_finish(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                      const struct hs_message *own, struct hs_amount base_fee)
{
    maker->message = *own;
    maker->message.proposal.header.base_fee = base_fee;
    encode_payload(maker, &maker->message);
    bool taken = fill_in_root(attacker, maker);
    hs_attack_sign_proposal(attacker, &maker->message);
    return taken;
}

bool hs_attack_finish_with_proof(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                                 const struct hs_message *own, const struct hs_vrf_proof *proof)
{
    struct hs_block_header *header = &maker->message.proposal.header;
    maker->message = *own;
    header->vrf_proof_bytes = sizeof(proof->signature.bytes);
    memcpy(header->vrf_proof, proof->signature.bytes, sizeof(proof->signature.bytes));
    encode_payload(maker, &maker->message);
    bool taken = fill_in_root(attacker, maker);
    hs_attack_seal_proposal(attacker, &maker->message);
    return taken;
}

void hs_attack_make_blocks(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                           uint32_t to, struct hs_buffer *buffer, const struct hs_message *message,
                           void (*make)(struct hs_attacker *attacker, const struct hs_message *own))
{
    const struct hs_block_header *header = &message->proposal.header;
    if (message->type != HS_MESSAGE_PROPOSAL || header->proposer != attacker->validator ||
        header->epoch != attacker->epoch) {
        hs_attacker_forward(attacker, to, buffer);
        return;
    }
    if (maker->view != header->view || maker->epoch != header->epoch) {
        begin(maker, message);
        make(attacker, message);
    }
    if (maker->replaces) {
        hs_attacker_send(attacker, to, &maker->message);
    } else {
        hs_attacker_forward(attacker, to, buffer);
    }
}

/* -- the attacker's money ---------------------------------------------------------------------- */

bool hs_attack_account(const struct hs_attacker *attacker, uint32_t *account)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    uint32_t spare_count = cluster->account_count - cluster->client_count;
    if (spare_count == 0) {
        return false;
    }
    *account = cluster->client_count + attacker->process % spare_count;
    return true;
}

static size_t encode_transfer(uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX],
                              const struct hs_attacker *attacker, uint32_t account, uint64_t nonce,
                              struct hs_amount max_fee)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_TRANSFER,
        .chain_id = cluster->chain_id,
        .nonce = nonce,
        .transfer = {.recipient = cluster->accounts[account].address, .amount = {1}},
        .max_fee = max_fee,
    };
    hs_transaction_sign(&transaction, &cluster->account_keys[account].secret_key);
    return hs_transaction_encode(bytes, HS_TRANSACTION_ENCODED_BYTES_MAX, &transaction);
}

bool hs_attack_nonce_below(struct hs_attacker *attacker, const struct hs_message *own,
                           uint32_t account, uint64_t *nonce)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    struct hs_account committed;
    hs_ledger_account(hs_world_ledger(attacker->world, attacker->process), &committed,
                      &cluster->accounts[account].address);
    for (uint64_t ahead = 0; ahead < NONCES_AHEAD; ahead++) {
        uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
        struct hs_state_root root;
        const struct hs_block_header *header = &own->proposal.header;
        struct hs_bytes transfer = {
            bytes,
            encode_transfer(bytes, attacker, account, committed.nonce + ahead, header->base_fee)};
        enum hs_status status =
            hs_world_execute(attacker->world, attacker->process, header, &transfer, 1, &root);
        if (status != HS_BAD_BLOCK) {
            *nonce = committed.nonce + ahead;
            return status == HS_OK;
        }
    }
    return false;
}

bool hs_attack_add_transfers(struct hs_attacker *attacker, struct hs_attack_block_maker *maker,
                             const struct hs_message *own, uint32_t count, struct hs_amount max_fee)
{
    uint32_t account;
    uint64_t nonce;
    if (!hs_attack_account(attacker, &account) ||
        !hs_attack_nonce_below(attacker, own, account, &nonce)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
        size_t size = encode_transfer(bytes, attacker, account, nonce + i, max_fee);
        hs_attack_add_copy(maker, bytes, size);
    }
    return true;
}
