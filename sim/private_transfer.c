/* See private_transfer.h. */
#include "sim/private_transfer.h"

#include <string.h>

void hs_private_transfer_draw(struct hs_private_transfer *transfer, struct hs_random *random,
                              const struct hs_cluster *cluster, uint32_t from, uint32_t to,
                              uint64_t amount)
{
    *transfer = (struct hs_private_transfer){
        .from = from,
        .inner = {.recipient = cluster->accounts[to].address, .amount = {amount}},
    };
    for (size_t i = 0; i < sizeof(transfer->salt); i++) {
        transfer->salt[i] = (uint8_t)hs_random_next(random);
    }
}

static struct hs_transaction reveal_of(const struct hs_cluster *cluster,
                                       const struct hs_private_transfer *transfer)
{
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_REVEAL,
        .chain_id = cluster->chain_id,
        .sender = cluster->account_keys[transfer->from].public_key,
        .reveal = {.inner = transfer->inner},
    };
    memcpy(transaction.reveal.salt, transfer->salt, sizeof(transfer->salt));
    return transaction;
}

size_t hs_private_commit_encode(uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX],
                                const struct hs_cluster *cluster,
                                const struct hs_private_transfer *transfer, uint64_t tip)
{
    struct hs_transaction transaction = reveal_of(cluster, transfer);
    struct hs_commitment commitment;
    hs_transaction_commitment(&commitment, &transaction, transfer->commit_nonce);
    transaction.type = HS_TRANSACTION_COMMIT;
    transaction.nonce = transfer->commit_nonce;
    transaction.commitment = commitment;
    transaction.max_tip.units = tip;
    return hs_cluster_encode(bytes, cluster, &transaction, &cluster->account_keys[transfer->from]);
}

size_t hs_private_reveal_encode(uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX],
                                const struct hs_cluster *cluster,
                                const struct hs_private_transfer *transfer,
                                const struct hs_commit_place *place, uint64_t nonce, uint64_t tip)
{
    struct hs_transaction transaction = reveal_of(cluster, transfer);
    transaction.nonce = nonce;
    transaction.reveal.commit_height = place->height;
    transaction.reveal.commit_index = place->index;
    transaction.max_tip.units = tip;
    return hs_cluster_encode(bytes, cluster, &transaction, &cluster->account_keys[transfer->from]);
}
