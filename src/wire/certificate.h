/* The codec of certificates and votes, and the form they must have.
 *
 *     QC     epoch u64 || view u64 || block_id 32 || signers bitmap || aggregate 96
 *     TC     epoch u64 || view u64 || high_qc QC || group_count u32 || groups
 *     group  high_qc_view u64 || signers bitmap || aggregate 96
 *     vote   epoch u64 || view u64 || block_id 32 || voter u32 || signature 96
 *
 * A bitmap has exactly ceil(n/8) bytes with unused bits zero, n being the count of the
 * epoch's validators, which every call takes. Form is all that is checked here: weight and
 * signatures are for consensus/verify.h.
 *
 * hs_x_read and hs_x_write are parts of larger codecs: they go on a cursor, and a value
 * without the right form fails the reader. After a failure the value is not to be used.
 */
#ifndef HS_WIRE_CERTIFICATE_H
#define HS_WIRE_CERTIFICATE_H

#include <hotstuff/types.h>

#include "base/bytes.h"

#define HS_QC_BYTES_MAX       (8u + 8u + HS_HASH_BYTES + HS_BITMAP_BYTES_MAX + HS_BLS_SIGNATURE_BYTES)
#define HS_TC_GROUP_BYTES_MAX (8u + HS_BITMAP_BYTES_MAX + HS_BLS_SIGNATURE_BYTES)
#define HS_TC_BYTES_MAX       (8u + 8u + HS_QC_BYTES_MAX + 4u + HS_VALIDATORS_MAX * HS_TC_GROUP_BYTES_MAX)
#define HS_VOTE_BYTES         (8u + 8u + HS_HASH_BYTES + 4u + HS_BLS_SIGNATURE_BYTES)

/* The only certificate of view 0 in an epoch: names genesis, or the block that ended the
 * epoch before; no signers, an all-zero aggregate (protocol section 1). */
void hs_qc_of_view_zero(struct hs_qc *qc, uint64_t epoch, const struct hs_block_id *block_id);

bool hs_qc_equal(const struct hs_qc *a, const struct hs_qc *b);

/* View 0: no signers and an all-zero aggregate. Else: signers, all below validator_count,
 * and a canonical aggregate. */
bool hs_qc_is_well_formed(const struct hs_qc *qc, uint32_t validator_count);

/* 1 .. validator_count groups, high_qc_view strictly descending, none empty, no signer in
 * two, aggregates canonical; high_qc well formed, of the TC's epoch, its view the first group's
 * and below the TC's (S7). */
bool hs_tc_is_well_formed(const struct hs_tc *tc, uint32_t validator_count);

void hs_qc_read(struct hs_reader *reader, struct hs_qc *qc, uint32_t validator_count);
void hs_qc_write(struct hs_writer *writer, const struct hs_qc *qc, uint32_t validator_count);
size_t hs_qc_encoded_size(uint32_t validator_count);

/* Reads group_count groups; those behind stay as they were. */
void hs_tc_read(struct hs_reader *reader, struct hs_tc *tc, uint32_t validator_count);
void hs_tc_write(struct hs_writer *writer, const struct hs_tc *tc, uint32_t validator_count);
size_t hs_tc_encoded_size(const struct hs_tc *tc, uint32_t validator_count);

/* View above 0, voter below validator_count, a canonical signature. */
void hs_vote_read(struct hs_reader *reader, struct hs_vote *vote, uint32_t validator_count);
void hs_vote_write(struct hs_writer *writer, const struct hs_vote *vote);

/* A presence byte, 0 or 1. */
bool hs_read_flag(struct hs_reader *reader);
/* A signature in canonical form, else the reader fails. */
void hs_read_signature(struct hs_reader *reader, struct hs_bls_signature *signature);

/* One whole QC, as the block log keeps it beside a commit: HS_OK or HS_MALFORMED. */
HS_MUST_CHECK enum hs_status hs_qc_decode(struct hs_qc *qc, struct hs_bytes bytes,
                                          uint32_t validator_count);

#endif
