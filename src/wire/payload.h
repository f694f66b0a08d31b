/* Payloads: the transactions of a block as one string of bytes.
 *
 * For each transaction, in order: its size (u32, little-endian, never 0) and its bytes.
 * A block without transactions has a payload of no bytes. The payload root in the header
 * is the Merkle root over the transactions' ids.
 */
#ifndef HS_WIRE_PAYLOAD_H
#define HS_WIRE_PAYLOAD_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

/* What a transaction takes in a payload beside its own bytes. */
#define HS_PAYLOAD_ENTRY_BYTES 4u

/* Finds the transactions of a payload: views into it, *count of them, in their order.
 * HS_MALFORMED when a size is 0, above HS_TRANSACTION_BYTES_MAX or beyond the end, when
 * the payload is above HS_PAYLOAD_BYTES_MAX, or when there are more than `capacity`. What
 * stands in *transactions and *count is then of no use. Room for
 * HS_BLOCK_TRANSACTIONS_MAX is enough for any block. */
HS_MUST_CHECK enum hs_status hs_payload_split(struct hs_bytes transactions[], size_t *count,
                                              size_t capacity, struct hs_bytes payload);

/* Bytes of the payload that holds these transactions. */
size_t hs_payload_size(const struct hs_bytes transactions[], size_t count);

/* Writes that payload; its bytes in *size. HS_FULL when it does not fit `capacity` or a
 * limit that hs_payload_split keeps to; HS_INVALID_ARGUMENT for a transaction of no bytes. */
HS_MUST_CHECK enum hs_status hs_payload_encode(uint8_t payload[], size_t *size, size_t capacity,
                                               const struct hs_bytes transactions[], size_t count);

void hs_payload_root_of(struct hs_payload_root *root, const struct hs_transaction_id ids[],
                        size_t count);

#endif
