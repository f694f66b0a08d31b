/* The bodies of transactions, one for each type.
 *
 *     1  TRANSFER   recipient 32 || amount u64
 *     2  COMMIT     commitment 32
 *     3  REVEAL     commit_height u64 || commit_index u32 || salt 32 ||
 *                   inner_type u8 = 1 (transfer) || recipient 32 || amount u64
 *     4  REGISTER   bls_public_key 48 || possession 96 || network_key 32 || fee_recipient 32 ||
 *                   stake u64 || address_bytes u8 (1 .. 63) || address
 *     5  STAKE      amount u64
 *     6  UNSTAKE    amount u64
 *     7  ROTATE     bls_public_key 48 || possession 96 || network_key 32 || fee_recipient 32 ||
 *                   address_bytes u8 (1 .. 63) || address
 *     8  LEAVE      nothing
 *     9  UNJAIL     nothing
 *     10 EVIDENCE   bls_public_key 48 || epoch u64 || view u64 (above 0) ||
 *                   block_id 32 || signature 96 || other_block_id 32 || other_signature 96
 *
 * The last field of REGISTER and ROTATE is where the validator is dialed: printable ASCII without
 * spaces. BLS signatures have their canonical form. The block ids of an evidence ascend, so that
 * one offence has one encoding.
 */
#ifndef HS_WIRE_TRANSACTION_BODY_H
#define HS_WIRE_TRANSACTION_BODY_H

#include <hotstuff/types.h>

#include "base/bytes.h"

#define HS_TRANSFER_BYTES        (HS_ADDRESS_BYTES + 8u)
#define HS_COMMITMENT_SALT_BYTES 32u
/* Of EVIDENCE. */
#define HS_TRANSACTION_BODY_BYTES_MAX                                                              \
    (HS_BLS_PUBLIC_KEY_BYTES + 2u * 8u + 2u * (HS_HASH_BYTES + HS_BLS_SIGNATURE_BYTES))

enum hs_transaction_type {
    HS_TRANSACTION_TRANSFER = 1,
    HS_TRANSACTION_COMMIT = 2,
    HS_TRANSACTION_REVEAL = 3,
    HS_TRANSACTION_REGISTER = 4,
    HS_TRANSACTION_STAKE = 5,
    HS_TRANSACTION_UNSTAKE = 6,
    HS_TRANSACTION_ROTATE = 7,
    HS_TRANSACTION_LEAVE = 8,
    HS_TRANSACTION_UNJAIL = 9,
    HS_TRANSACTION_EVIDENCE = 10,
};

struct hs_transfer {
    struct hs_address recipient;
    struct hs_amount amount;
};

/* What hides a transfer until it is revealed; see hs_transaction_commitment. */
struct hs_commitment {
    uint8_t bytes[HS_HASH_BYTES];
};

/* Opens the commitment that stands at `commit_index` in the block at `commit_height`. */
struct hs_reveal {
    uint64_t commit_height;
    uint32_t commit_index;
    uint8_t salt[HS_COMMITMENT_SALT_BYTES];
    struct hs_transfer inner;
};

/* What a validator is known by, and where it is found. */
struct hs_validator_keys {
    struct hs_bls_public_key bls_public_key;
    struct hs_bls_signature possession; /* that it holds the key to it */
    struct hs_ed25519_public_key network_key;
    struct hs_address fee_recipient;
    struct hs_dial_address address;
};

struct hs_registration {
    struct hs_validator_keys keys;
    struct hs_amount stake;
};

/* S8: two votes of one key in one view of one epoch, for different blocks. */
struct hs_double_vote {
    struct hs_bls_public_key bls_public_key;
    uint64_t epoch;
    uint64_t view;
    struct {
        struct hs_block_id block_id;
        struct hs_bls_signature signature;
    } votes[2]; /* in ascending order of the block ids, bytewise */
};

/* The bodies that have more than one field, as parts of the codec of transactions; the rules of
 * hs_reader and hs_writer hold. Reading fails where a field is not as the table says; writing needs
 * fields that are. Each transfer of each block passes hs_transfer_read, so it is inline. */
static inline void hs_transfer_read(struct hs_reader *reader, struct hs_transfer *transfer)
{
    hs_read_bytes(reader, transfer->recipient.bytes, HS_ADDRESS_BYTES);
    transfer->amount.units = hs_read_u64(reader);
}
void hs_transfer_write(struct hs_writer *writer, const struct hs_transfer *transfer);
void hs_reveal_read(struct hs_reader *reader, struct hs_reveal *reveal);
void hs_reveal_write(struct hs_writer *writer, const struct hs_reveal *reveal);
void hs_registration_read(struct hs_reader *reader, struct hs_registration *registration);
void hs_registration_write(struct hs_writer *writer, const struct hs_registration *registration);
void hs_validator_keys_read(struct hs_reader *reader, struct hs_validator_keys *keys);
void hs_validator_keys_write(struct hs_writer *writer, const struct hs_validator_keys *keys);
void hs_double_vote_read(struct hs_reader *reader, struct hs_double_vote *evidence);
void hs_double_vote_write(struct hs_writer *writer, const struct hs_double_vote *evidence);

/* How many bytes a set of keys has: all but those of the address are fixed. */
size_t hs_validator_keys_size(const struct hs_validator_keys *keys);

/* What a commitment hides: the inner transaction, with its type. */
void hs_inner_write(struct hs_writer *writer, const struct hs_transfer *inner);

#endif
