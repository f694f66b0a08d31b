/* A transfer that is committed to first and revealed later (M), as its sender makes it.
 */
#ifndef HS_SIM_PRIVATE_TRANSFER_H
#define HS_SIM_PRIVATE_TRANSFER_H

#include "sim/checkers.h"
#include "sim/cluster.h"
#include "sim/random.h"
#include "wire/transaction.h"

struct hs_private_transfer {
    uint32_t from;         /* account */
    uint64_t commit_nonce; /* of its COMMIT */
    uint8_t salt[HS_COMMITMENT_SALT_BYTES];
    struct hs_transfer inner;
};

/* One of `amount` units from an account to another; the salt is drawn. */
void hs_private_transfer_draw(struct hs_private_transfer *transfer, struct hs_random *random,
                              const struct hs_cluster *cluster, uint32_t from, uint32_t to,
                              uint64_t amount);

/* The signed COMMIT, and the REVEAL of what waits at `place`. They return their size. */
size_t hs_private_commit_encode(uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX],
                                const struct hs_cluster *cluster,
                                const struct hs_private_transfer *transfer, uint64_t tip);
size_t hs_private_reveal_encode(uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX],
                                const struct hs_cluster *cluster,
                                const struct hs_private_transfer *transfer,
                                const struct hs_commit_place *place, uint64_t nonce, uint64_t tip);

#endif
