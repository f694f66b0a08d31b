/* An epoch as one string of bytes, and its digest: what a state keeps as proof of a whole set.
 *
 *     number         u64
 *     last_height    u64     of the block that ends it; 2^64 - 1: it never ends
 *     randomness     32
 *     election       u8      0 round-robin, 1 weighted, 2 reputation
 *     count          u32     1 .. HS_VALIDATORS_MAX
 *     each member:
 *         bls_public_key  48
 *         network_key     32
 *         fee_recipient   32
 *         weight          u64, above 0
 *         leader_weight   u64, above 0
 *
 *     digest = H("hotstuff/epoch", all of it)
 *
 * All that a certificate and a block of the epoch are checked with is in it. What is not: where a
 * validator is dialed, and the first height, which is the one after the last of the epoch before.
 * The digest is a leaf of the state (ledger/leaf_kinds.h): who holds a proof of the leaf and these
 * bytes has the set, however large it is.
 */
#ifndef HS_WIRE_EPOCH_CODEC_H
#define HS_WIRE_EPOCH_CODEC_H

#include <hotstuff/application.h>
#include <hotstuff/core.h>

#include "crypto/hash.h"

#define HS_EPOCH_HEAD_BYTES (8u + 8u + HS_HASH_BYTES + 1u + 4u)
#define HS_EPOCH_MEMBER_BYTES                                                                      \
    (HS_BLS_PUBLIC_KEY_BYTES + HS_ED25519_PUBLIC_KEY_BYTES + HS_ADDRESS_BYTES + 8u + 8u)
#define HS_EPOCH_BYTES_MAX (HS_EPOCH_HEAD_BYTES + HS_VALIDATORS_MAX * HS_EPOCH_MEMBER_BYTES)

/* Bytes of the encoding of an epoch with so many members. */
size_t hs_epoch_encoded_size(uint32_t count);

/* Writes hs_epoch_encoded_size bytes; returns how many. The set is one (hs_validator_set_check),
 * leader weights are above 0. */
size_t hs_epoch_encode(uint8_t bytes[HS_EPOCH_BYTES_MAX], const struct hs_epoch *epoch,
                       enum hs_leader_election election);

/* HS_MALFORMED unless the bytes are an encoding: counts and weights within their limits, and the
 * weights of either kind not above HS_WEIGHT_TOTAL_MAX in sum. Keys are bytes here: that they are
 * keys, and differ, is for hs_verifier_init. The first height comes out as 0, addresses empty. */
HS_MUST_CHECK enum hs_status hs_epoch_decode(struct hs_epoch *epoch,
                                             enum hs_leader_election *election,
                                             struct hs_bytes bytes);

/* The hash of the encoding. */
void hs_epoch_digest(struct hs_hash *digest, const struct hs_epoch *epoch,
                     enum hs_leader_election election);

#endif
