#include "wire/certificate.h"

#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "base/mutants.h"
#include "crypto/bls.h"

void hs_qc_of_view_zero(struct hs_qc *qc, uint64_t epoch, const struct hs_block_id *block_id)
{
    *qc = (struct hs_qc){.epoch = epoch, .block_id = *block_id};
}

static bool signatures_equal(const struct hs_bls_signature *a, const struct hs_bls_signature *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool hs_qc_equal(const struct hs_qc *a, const struct hs_qc *b)
{
    return a->epoch == b->epoch && a->view == b->view &&
           memcmp(a->block_id.bytes, b->block_id.bytes, sizeof a->block_id.bytes) == 0 &&
           hs_bitmap_equal(&a->signers, &b->signers) &&
           signatures_equal(&a->aggregate, &b->aggregate);
}

/* Signers of the set, and at least one; an aggregate in canonical form. */
static bool is_signed(const struct hs_bitmap *signers, const struct hs_bls_signature *aggregate,
                      uint32_t validator_count)
{
    return !hs_bitmap_is_empty(signers) && hs_bitmap_fits(signers, validator_count) &&
           hs_bls_signature_is_canonical(aggregate);
}

bool hs_qc_is_well_formed(const struct hs_qc *qc, uint32_t validator_count)
{
    static const struct hs_bls_signature no_signature;
    if (qc->view == 0) {
        return hs_bitmap_is_empty(&qc->signers) && signatures_equal(&qc->aggregate, &no_signature);
    }
    return is_signed(&qc->signers, &qc->aggregate, validator_count);
}

static bool groups_are_well_formed(const struct hs_tc *tc, uint32_t validator_count)
{
    struct hs_bitmap seen = {{0}};
    for (uint32_t i = 0; i < tc->group_count; i++) {
        const struct hs_tc_group *group = &tc->groups[i];
        if (i > 0 && group->high_qc_view >= tc->groups[i - 1].high_qc_view) {
            return false;
        }
        if ((hs_bitmap_overlap(&seen, &group->signers) && !HS_MUTANT_SIGNER_TWICE) ||
            !is_signed(&group->signers, &group->aggregate, validator_count)) {
            return false;
        }
        hs_bitmap_add(&seen, &group->signers);
    }
    return true;
}

bool hs_tc_is_well_formed(const struct hs_tc *tc, uint32_t validator_count)
{
    return tc->group_count >= 1 && tc->group_count <= validator_count &&
           tc->group_count <= HS_VALIDATORS_MAX && tc->high_qc.epoch == tc->epoch &&
           tc->high_qc.view < tc->view &&
           (tc->high_qc.view == tc->groups[0].high_qc_view || HS_MUTANT_TC_LOW_QC) && /* S7 */
           hs_qc_is_well_formed(&tc->high_qc, validator_count) &&
           groups_are_well_formed(tc, validator_count);
}

static void read_bitmap(struct hs_reader *reader, struct hs_bitmap *bitmap,
                        uint32_t validator_count)
{
    HS_ASSERT(validator_count >= 1 && validator_count <= HS_VALIDATORS_MAX);
    *bitmap = (struct hs_bitmap){{0}};
    hs_read_bytes(reader, bitmap->bytes, hs_bitmap_bytes(validator_count));
}

static void write_bitmap(struct hs_writer *writer, const struct hs_bitmap *bitmap,
                         uint32_t validator_count)
{
    HS_ASSERT(validator_count >= 1 && validator_count <= HS_VALIDATORS_MAX);
    hs_write_bytes(writer, bitmap->bytes, hs_bitmap_bytes(validator_count));
}

static void read_qc_fields(struct hs_reader *reader, struct hs_qc *qc, uint32_t validator_count)
{
    qc->epoch = hs_read_u64(reader);
    qc->view = hs_read_u64(reader);
    hs_read_bytes(reader, qc->block_id.bytes, sizeof qc->block_id.bytes);
    read_bitmap(reader, &qc->signers, validator_count);
    hs_read_bytes(reader, qc->aggregate.bytes, sizeof qc->aggregate.bytes);
}

void hs_qc_read(struct hs_reader *reader, struct hs_qc *qc, uint32_t validator_count)
{
    read_qc_fields(reader, qc, validator_count);
    if (!reader->failed && !hs_qc_is_well_formed(qc, validator_count)) {
        hs_reader_fail(reader);
    }
}

void hs_qc_write(struct hs_writer *writer, const struct hs_qc *qc, uint32_t validator_count)
{
    hs_write_u64(writer, qc->epoch);
    hs_write_u64(writer, qc->view);
    hs_write_bytes(writer, qc->block_id.bytes, sizeof qc->block_id.bytes);
    write_bitmap(writer, &qc->signers, validator_count);
    hs_write_bytes(writer, qc->aggregate.bytes, sizeof qc->aggregate.bytes);
}

size_t hs_qc_encoded_size(uint32_t validator_count)
{
    return 2u * 8u + HS_HASH_BYTES + hs_bitmap_bytes(validator_count) + HS_BLS_SIGNATURE_BYTES;
}

void hs_tc_read(struct hs_reader *reader, struct hs_tc *tc, uint32_t validator_count)
{
    tc->epoch = hs_read_u64(reader);
    tc->view = hs_read_u64(reader);
    read_qc_fields(reader, &tc->high_qc, validator_count);
    tc->group_count = hs_read_u32(reader);
    if (tc->group_count > validator_count) {
        hs_reader_fail(reader);
    }
    for (uint32_t i = 0; i < tc->group_count && !reader->failed; i++) {
        struct hs_tc_group *group = &tc->groups[i];
        group->high_qc_view = hs_read_u64(reader);
        read_bitmap(reader, &group->signers, validator_count);
        hs_read_bytes(reader, group->aggregate.bytes, sizeof group->aggregate.bytes);
    }
    if (!reader->failed && !hs_tc_is_well_formed(tc, validator_count)) {
        hs_reader_fail(reader);
    }
}

void hs_tc_write(struct hs_writer *writer, const struct hs_tc *tc, uint32_t validator_count)
{
    HS_ASSERT(tc->group_count <= HS_VALIDATORS_MAX);
    hs_write_u64(writer, tc->epoch);
    hs_write_u64(writer, tc->view);
    hs_qc_write(writer, &tc->high_qc, validator_count);
    hs_write_u32(writer, tc->group_count);
    for (uint32_t i = 0; i < tc->group_count; i++) {
        const struct hs_tc_group *group = &tc->groups[i];
        hs_write_u64(writer, group->high_qc_view);
        write_bitmap(writer, &group->signers, validator_count);
        hs_write_bytes(writer, group->aggregate.bytes, sizeof group->aggregate.bytes);
    }
}

size_t hs_tc_encoded_size(const struct hs_tc *tc, uint32_t validator_count)
{
    size_t group_size = 8u + hs_bitmap_bytes(validator_count) + HS_BLS_SIGNATURE_BYTES;
    return 2u * 8u + hs_qc_encoded_size(validator_count) + 4u + tc->group_count * group_size;
}

void hs_vote_read(struct hs_reader *reader, struct hs_vote *vote, uint32_t validator_count)
{
    vote->epoch = hs_read_u64(reader);
    vote->view = hs_read_u64(reader);
    hs_read_bytes(reader, vote->block_id.bytes, sizeof vote->block_id.bytes);
    vote->voter = hs_read_u32(reader);
    hs_read_signature(reader, &vote->signature);
    if (vote->view == 0 || vote->voter >= validator_count) {
        hs_reader_fail(reader);
    }
}

void hs_vote_write(struct hs_writer *writer, const struct hs_vote *vote)
{
    hs_write_u64(writer, vote->epoch);
    hs_write_u64(writer, vote->view);
    hs_write_bytes(writer, vote->block_id.bytes, sizeof vote->block_id.bytes);
    hs_write_u32(writer, vote->voter);
    hs_write_bytes(writer, vote->signature.bytes, sizeof vote->signature.bytes);
}

bool hs_read_flag(struct hs_reader *reader)
{
    uint8_t flag = hs_read_u8(reader);
    if (flag > 1) {
        hs_reader_fail(reader);
    }
    return flag == 1;
}

void hs_read_signature(struct hs_reader *reader, struct hs_bls_signature *signature)
{
    hs_read_bytes(reader, signature->bytes, sizeof signature->bytes);
    if (!reader->failed && !hs_bls_signature_is_canonical(signature)) {
        hs_reader_fail(reader);
    }
}

enum hs_status hs_qc_decode(struct hs_qc *qc, struct hs_bytes bytes, uint32_t validator_count)
{
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    hs_qc_read(&reader, qc, validator_count);
    return hs_reader_end(&reader);
}
