/* Transactions: the struct, its one encoding, its id and what its sender signs.
 *
 * Little-endian, without gaps; the body is what the type says (transaction_body.h):
 *
 *     version     u8      1
 *     type        u8      1 .. 10
 *     chain_id    32      of the chain it is for
 *     sender      32      Ed25519 public key
 *     nonce       u64     the sender's transactions count from 0
 *     body
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
#include "wire/transaction_body.h"

#define HS_TRANSACTION_VERSION 1u
/* Before the body, and behind it. */
#define HS_TRANSACTION_HEAD_BYTES (2u + HS_HASH_BYTES + HS_ED25519_PUBLIC_KEY_BYTES + 8u)
#define HS_TRANSACTION_END_BYTES  (2u * 8u + HS_ED25519_SIGNATURE_BYTES)
#define HS_TRANSACTION_TRANSFER_BYTES                                                              \
    (HS_TRANSACTION_HEAD_BYTES + HS_TRANSFER_BYTES + HS_TRANSACTION_END_BYTES)
/* The longest of any type. */
#define HS_TRANSACTION_ENCODED_BYTES_MAX                                                           \
    (HS_TRANSACTION_HEAD_BYTES + HS_TRANSACTION_BODY_BYTES_MAX + HS_TRANSACTION_END_BYTES)

/* What the signed bytes have instead of the signature: tag, chain id, epoch. */
#define HS_TRANSACTION_DOMAIN_BYTES (20u + HS_HASH_BYTES + 8u)
#define HS_TRANSACTION_TRANSFER_MESSAGE_BYTES                                                      \
    (HS_TRANSACTION_DOMAIN_BYTES + HS_TRANSACTION_TRANSFER_BYTES - HS_ED25519_SIGNATURE_BYTES)
#define HS_TRANSACTION_MESSAGE_BYTES_MAX                                                           \
    (HS_TRANSACTION_DOMAIN_BYTES + HS_TRANSACTION_ENCODED_BYTES_MAX - HS_ED25519_SIGNATURE_BYTES)

struct hs_transaction {
    enum hs_transaction_type type; /* says which member of the body counts */
    struct hs_chain_id chain_id;
    struct hs_ed25519_public_key sender;
    uint64_t nonce;
    union {
        struct hs_transfer transfer;
        struct hs_commitment commitment; /* COMMIT */
        struct hs_reveal reveal;
        struct hs_registration registration; /* REGISTER */
        struct hs_amount stake;              /* STAKE, UNSTAKE: what is added, taken out */
        struct hs_validator_keys rotation;   /* ROTATE */
        struct hs_double_vote evidence;
    };
    struct hs_amount max_fee;
    struct hs_amount max_tip;
    struct hs_ed25519_signature signature;
};

/* HS_MALFORMED unless `bytes` is exactly what hs_transaction_encode writes for some
 * transaction; *transaction is not to be read then. Neither the chain nor a signature is
 * checked, nor that a BLS key is a point. */
HS_MUST_CHECK enum hs_status hs_transaction_decode(struct hs_transaction *transaction,
                                                   struct hs_bytes bytes);

/* The type of a transaction that decodes, without decoding it. */
static inline enum hs_transaction_type hs_transaction_type_of(struct hs_bytes bytes)
{
    return (enum hs_transaction_type)bytes.data[1];
}

/* How many bytes its encoding has, at most HS_TRANSACTION_ENCODED_BYTES_MAX. */
size_t hs_transaction_size(const struct hs_transaction *transaction);

/* Writes the encoding to `out`, which has room for `capacity` bytes, no fewer than
 * hs_transaction_size. Returns the size. */
size_t hs_transaction_encode(uint8_t *out, size_t capacity,
                             const struct hs_transaction *transaction);

/* The id of a transaction, given all its bytes. */
void hs_transaction_id_of(struct hs_transaction_id *id, struct hs_bytes bytes);

/* What the signature is over: written to `message`, which the result points to. */
struct hs_bytes hs_transaction_message(uint8_t message[HS_TRANSACTION_MESSAGE_BYTES_MAX],
                                       const struct hs_transaction *transaction);

/* Fills in the sender and the signature; all else stands. */
void hs_transaction_sign(struct hs_transaction *transaction,
                         const struct hs_ed25519_secret_key *secret_key);

/* The commitment that `reveal`, of type REVEAL, opens if its sender's COMMIT had the nonce
 * `commit_nonce`: the tagged hash "hotstuff/commitment" of
 *
 *     chain_id || sender || commit_nonce u64 || salt || inner_type u8 || recipient || amount u64
 *
 * It holds the sender and the nonce, so that a copy of it is of no use to anybody else. Before it
 * is revealed it hides the transfer as long as the salt is secret and drawn at random. */
void hs_transaction_commitment(struct hs_commitment *commitment,
                               const struct hs_transaction *reveal, uint64_t commit_nonce);

#endif
