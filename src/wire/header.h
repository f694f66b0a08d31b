/* The codec of block headers and of whole blocks.
 *
 *     header  version u16 = 1 || chain_id 32 || epoch u64 || view u64 || height u64 ||
 *             parent_id 32 || justify QC || payload_root 32 || payload_bytes u32 ||
 *             transaction_count u32 || state_root 32 || proposer u32 ||
 *             vrf_proof_bytes u32 (0 or 96) || vrf_proof || timestamp_ms u64 || base_fee u64
 *     block   header || payload, as many bytes as the header says
 *
 * The id of a block is the tagged hash of its header's bytes, so a header with two
 * encodings would have two ids: there is only one.
 */
#ifndef HS_WIRE_HEADER_H
#define HS_WIRE_HEADER_H

#include "wire/certificate.h"

#define HS_HEADER_VERSION 1u
#define HS_HEADER_BYTES_MAX                                                                        \
    (2u + HS_HASH_BYTES + 3u * 8u + HS_HASH_BYTES + HS_QC_BYTES_MAX + HS_HASH_BYTES + 2u * 4u +    \
     HS_HASH_BYTES + 2u * 4u + HS_VRF_PROOF_BYTES_MAX + 2u * 8u)

/* The rules of certificate.h hold for these too. Besides: version 1, payload_bytes at most
 * HS_PAYLOAD_BYTES_MAX, transaction_count at most HS_BLOCK_TRANSACTIONS_MAX, proposer below
 * validator_count, a VRF proof is a canonical signature. */
void hs_header_read(struct hs_reader *reader, struct hs_block_header *header,
                    uint32_t validator_count);
void hs_header_write(struct hs_writer *writer, const struct hs_block_header *header,
                     uint32_t validator_count);
size_t hs_header_encoded_size(const struct hs_block_header *header, uint32_t validator_count);

/* One whole header: HS_OK or HS_MALFORMED. */
HS_MUST_CHECK enum hs_status hs_header_decode(struct hs_block_header *header, struct hs_bytes bytes,
                                              uint32_t validator_count);

/* How many validators at least the set had in whose epoch these bytes of a header were written, by
 * their size: as many bits as its bitmaps have. A header decodes to the same with it. 0: it is none.
 * For what was checked before and stands in the log, where the sets of old epochs are not known. */
uint32_t hs_header_validator_bits(struct hs_bytes bytes);

/* The hash of the header's bytes under the tag "hotstuff/block". */
void hs_block_id_of(struct hs_block_id *block_id, const struct hs_block_header *header,
                    uint32_t validator_count);

/* A block. The payload stays where it was read from. Writing needs
 * payload.size == header->payload_bytes. */
void hs_block_read(struct hs_reader *reader, struct hs_block_header *header,
                   struct hs_bytes *payload, uint32_t validator_count);
void hs_block_write(struct hs_writer *writer, const struct hs_block_header *header,
                    struct hs_bytes payload, uint32_t validator_count);
size_t hs_block_encoded_size(const struct hs_block_header *header, uint32_t validator_count);

#endif
