/* The bytes of the safety record (D1), as the slot store keeps them.
 *
 *     version u16 = 1 || sequence u64 || epoch u64 || last_voted_view u64 ||
 *     locked_view u64 || vote_view u64 || vote_block_id 32 || view_change_view u64 ||
 *     view_change_high_qc_view u64 || high_qc QC || has_tc u8 || tc
 *
 * Only the form is checked, and what the views say to each other is not: the slot's checksum
 * stands for the bytes, and a record that `recover` wrote has no last vote.
 */
#ifndef HS_WIRE_SAFETY_RECORD_H
#define HS_WIRE_SAFETY_RECORD_H

#include "wire/certificate.h"

#define HS_SAFETY_RECORD_VERSION 1u
#define HS_SAFETY_RECORD_BYTES_MAX                                                                 \
    (2u + 7u * 8u + HS_HASH_BYTES + HS_QC_BYTES_MAX + 1u + HS_TC_BYTES_MAX)

/* HS_OK or HS_MALFORMED. */
HS_MUST_CHECK enum hs_status hs_safety_record_decode(struct hs_safety_record *record,
                                                     struct hs_bytes bytes,
                                                     uint32_t validator_count);
/* How many validators at least the set had in whose epoch these bytes were written, by their size: as
 * many bits as the bitmaps have. A record decodes to the same with it. 0: they are no record. For
 * whoever does not know the sets. */
uint32_t hs_safety_record_validator_bits(struct hs_safety_record *scratch, struct hs_bytes bytes);
size_t hs_safety_record_encoded_size(const struct hs_safety_record *record,
                                     uint32_t validator_count);
void hs_safety_record_encode(struct hs_writer *writer, const struct hs_safety_record *record,
                             uint32_t validator_count);

#endif
