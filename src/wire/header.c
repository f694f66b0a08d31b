#include "wire/header.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/hash.h"

/* No proof, or a signature in canonical form. The field is zero behind the proof, so that
 * equal headers are equal in memory. */
static void read_vrf_proof(struct hs_reader *reader, struct hs_block_header *header)
{
    struct hs_bls_signature proof = {{0}};
    header->vrf_proof_bytes = hs_read_u32(reader);
    if (header->vrf_proof_bytes == HS_BLS_SIGNATURE_BYTES) {
        hs_read_signature(reader, &proof);
    } else if (header->vrf_proof_bytes != 0) {
        hs_reader_fail(reader);
    }
    memcpy(header->vrf_proof, proof.bytes, sizeof header->vrf_proof);
}

static bool is_within_limits(const struct hs_block_header *header, uint32_t validator_count)
{
    return header->version == HS_HEADER_VERSION && header->payload_bytes <= HS_PAYLOAD_BYTES_MAX &&
           header->transaction_count <= HS_BLOCK_TRANSACTIONS_MAX &&
           header->proposer < validator_count;
}

void hs_header_read(struct hs_reader *reader, struct hs_block_header *header,
                    uint32_t validator_count)
{
    header->version = hs_read_u16(reader);
    hs_read_bytes(reader, header->chain_id.bytes, sizeof header->chain_id.bytes);
    header->epoch = hs_read_u64(reader);
    header->view = hs_read_u64(reader);
    header->height = hs_read_u64(reader);
    hs_read_bytes(reader, header->parent_id.bytes, sizeof header->parent_id.bytes);
    hs_qc_read(reader, &header->justify, validator_count);
    hs_read_bytes(reader, header->payload_root.bytes, sizeof header->payload_root.bytes);
    header->payload_bytes = hs_read_u32(reader);
    header->transaction_count = hs_read_u32(reader);
    hs_read_bytes(reader, header->state_root.bytes, sizeof header->state_root.bytes);
    header->proposer = hs_read_u32(reader);
    read_vrf_proof(reader, header);
    header->timestamp_ms = hs_read_u64(reader);
    header->base_fee.units = hs_read_u64(reader);
    if (!is_within_limits(header, validator_count)) {
        hs_reader_fail(reader);
    }
}

void hs_header_write(struct hs_writer *writer, const struct hs_block_header *header,
                     uint32_t validator_count)
{
    HS_ASSERT(header->vrf_proof_bytes <= HS_VRF_PROOF_BYTES_MAX);
    hs_write_u16(writer, header->version);
    hs_write_bytes(writer, header->chain_id.bytes, sizeof header->chain_id.bytes);
    hs_write_u64(writer, header->epoch);
    hs_write_u64(writer, header->view);
    hs_write_u64(writer, header->height);
    hs_write_bytes(writer, header->parent_id.bytes, sizeof header->parent_id.bytes);
    hs_qc_write(writer, &header->justify, validator_count);
    hs_write_bytes(writer, header->payload_root.bytes, sizeof header->payload_root.bytes);
    hs_write_u32(writer, header->payload_bytes);
    hs_write_u32(writer, header->transaction_count);
    hs_write_bytes(writer, header->state_root.bytes, sizeof header->state_root.bytes);
    hs_write_u32(writer, header->proposer);
    hs_write_u32(writer, header->vrf_proof_bytes);
    hs_write_bytes(writer, header->vrf_proof, header->vrf_proof_bytes);
    hs_write_u64(writer, header->timestamp_ms);
    hs_write_u64(writer, header->base_fee.units);
}

size_t hs_header_encoded_size(const struct hs_block_header *header, uint32_t validator_count)
{
    return HS_HEADER_BYTES_MAX - HS_QC_BYTES_MAX - HS_VRF_PROOF_BYTES_MAX +
           hs_qc_encoded_size(validator_count) + header->vrf_proof_bytes;
}

enum hs_status hs_header_decode(struct hs_block_header *header, struct hs_bytes bytes,
                                uint32_t validator_count)
{
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    hs_header_read(&reader, header, validator_count);
    return hs_reader_end(&reader);
}

uint32_t hs_header_validator_bits(struct hs_bytes bytes)
{
    const size_t fixed = HS_HEADER_BYTES_MAX - HS_BITMAP_BYTES_MAX - HS_VRF_PROOF_BYTES_MAX;
    size_t size = bytes.size;
    if (size > fixed + HS_VRF_PROOF_BYTES_MAX) {
        size -= HS_VRF_PROOF_BYTES_MAX;
    }
    if (size <= fixed || size > fixed + HS_BITMAP_BYTES_MAX) {
        return 0;
    }
    return 8u * (uint32_t)(size - fixed);
}

void hs_block_id_of(struct hs_block_id *block_id, const struct hs_block_header *header,
                    uint32_t validator_count)
{
    uint8_t bytes[HS_HEADER_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_header_write(&writer, header, validator_count);
    HS_ASSERT(!writer.failed);
    hs_hash(block_id->bytes, "hotstuff/block", bytes, writer.offset);
}

void hs_block_read(struct hs_reader *reader, struct hs_block_header *header,
                   struct hs_bytes *payload, uint32_t validator_count)
{
    hs_header_read(reader, header, validator_count);
    payload->data = hs_read_span(reader, header->payload_bytes);
    payload->size = header->payload_bytes;
}

void hs_block_write(struct hs_writer *writer, const struct hs_block_header *header,
                    struct hs_bytes payload, uint32_t validator_count)
{
    HS_ASSERT(payload.size == header->payload_bytes);
    hs_header_write(writer, header, validator_count);
    hs_write_bytes(writer, payload.data, payload.size);
}

size_t hs_block_encoded_size(const struct hs_block_header *header, uint32_t validator_count)
{
    return hs_header_encoded_size(header, validator_count) + header->payload_bytes;
}
