#include "wire/safety_record.h"

enum hs_status hs_safety_record_decode(struct hs_safety_record *record, struct hs_bytes bytes,
                                       uint32_t validator_count)
{
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    if (hs_read_u16(&reader) != HS_SAFETY_RECORD_VERSION) {
        hs_reader_fail(&reader);
    }
    record->sequence = hs_read_u64(&reader);
    record->epoch = hs_read_u64(&reader);
    record->last_voted_view = hs_read_u64(&reader);
    record->locked_view = hs_read_u64(&reader);
    record->vote_view = hs_read_u64(&reader);
    hs_read_bytes(&reader, record->vote_block_id.bytes, sizeof record->vote_block_id.bytes);
    record->view_change_view = hs_read_u64(&reader);
    record->view_change_high_qc_view = hs_read_u64(&reader);
    hs_qc_read(&reader, &record->high_qc, validator_count);
    record->has_tc = hs_read_flag(&reader);
    if (record->has_tc) {
        hs_tc_read(&reader, &record->tc, validator_count);
    }
    return hs_reader_end(&reader);
}

uint32_t hs_safety_record_validator_bits(struct hs_safety_record *scratch, struct hs_bytes bytes)
{
    for (uint32_t bits = 8; bits <= HS_VALIDATORS_MAX; bits += 8) {
        if (hs_safety_record_decode(scratch, bytes, bits) == HS_OK) {
            return bits;
        }
    }
    return 0;
}

size_t hs_safety_record_encoded_size(const struct hs_safety_record *record,
                                     uint32_t validator_count)
{
    size_t size = HS_SAFETY_RECORD_BYTES_MAX - HS_QC_BYTES_MAX - HS_TC_BYTES_MAX +
                  hs_qc_encoded_size(validator_count);
    return record->has_tc ? size + hs_tc_encoded_size(&record->tc, validator_count) : size;
}

void hs_safety_record_encode(struct hs_writer *writer, const struct hs_safety_record *record,
                             uint32_t validator_count)
{
    hs_write_u16(writer, HS_SAFETY_RECORD_VERSION);
    hs_write_u64(writer, record->sequence);
    hs_write_u64(writer, record->epoch);
    hs_write_u64(writer, record->last_voted_view);
    hs_write_u64(writer, record->locked_view);
    hs_write_u64(writer, record->vote_view);
    hs_write_bytes(writer, record->vote_block_id.bytes, sizeof record->vote_block_id.bytes);
    hs_write_u64(writer, record->view_change_view);
    hs_write_u64(writer, record->view_change_high_qc_view);
    hs_qc_write(writer, &record->high_qc, validator_count);
    hs_write_u8(writer, record->has_tc ? 1 : 0);
    if (record->has_tc) {
        hs_tc_write(writer, &record->tc, validator_count);
    }
}
