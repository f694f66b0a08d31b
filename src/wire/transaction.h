/* Transactions: the struct, its one encoding, its id and what its sender signs.
 *
 * Little-endian, without gaps:
 *
 *     version     u8      1
 *     type        u8      1 = transfer
 *     chain_id    32      of the chain it is for
 *     sender      32      Ed25519 public key
 *     nonce       u64     the sender's transactions count from 0
 *     recipient   32      address
 *     amount      u64     units
 *     max_fee     u64     units: at most this is paid, base fee and tip together
 *     max_tip     u64     units: at most this of it goes to the proposer
 *     signature   64      Ed25519, over the signed bytes
 *
 * Signed bytes: "hotstuff/transaction" || chain_id || epoch (u64, always 0: a transaction
 * belongs to no epoch) || all of the above but the signature. The chain id is said twice
 * so that another chain's transaction can be told from a bad signature.
 * The id is the tagged hash of all bytes, so it commits to the signature too.
 */
#ifndef HS_WIRE_TRANSACTION_H
#define HS_WIRE_TRANSACTION_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#include "crypto/ed25519.h"

#define HS_TRANSACTION_VERSION        1u
#define HS_TRANSACTION_BODY_BYTES     130u
#define HS_TRANSACTION_TRANSFER_BYTES (HS_TRANSACTION_BODY_BYTES + HS_ED25519_SIGNATURE_BYTES)
#define HS_TRANSACTION_MESSAGE_BYTES  (20u + HS_HASH_BYTES + 8u + HS_TRANSACTION_BODY_BYTES)

enum hs_transaction_type {
    HS_TRANSACTION_TRANSFER = 1,
};

struct hs_transaction {
    enum hs_transaction_type type;
    struct hs_chain_id chain_id;
    struct hs_ed25519_public_key sender;
    uint64_t nonce;
    struct hs_address recipient;
    struct hs_amount amount;
    struct hs_amount max_fee;
    struct hs_amount max_tip;
    struct hs_ed25519_signature signature;
};

/* HS_MALFORMED unless `bytes` is exactly what hs_transaction_encode writes for some
 * transaction. Neither the chain nor the signature is checked. */
HS_MUST_CHECK enum hs_status hs_transaction_decode(struct hs_transaction *transaction,
                                                   struct hs_bytes bytes);

void hs_transaction_encode(uint8_t out[HS_TRANSACTION_TRANSFER_BYTES],
                           const struct hs_transaction *transaction);

/* The id of a transaction, given all its bytes. */
void hs_transaction_id_of(struct hs_transaction_id *id, struct hs_bytes bytes);

/* What the signature is over. */
void hs_transaction_message(uint8_t message[HS_TRANSACTION_MESSAGE_BYTES],
                            const struct hs_transaction *transaction);

/* Fills in the sender and the signature; all else stands. */
void hs_transaction_sign(struct hs_transaction *transaction,
                         const struct hs_ed25519_secret_key *secret_key);

#endif
