#include "wire/epoch_codec.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

size_t hs_epoch_encoded_size(uint32_t count)
{
    return HS_EPOCH_HEAD_BYTES + (size_t)count * HS_EPOCH_MEMBER_BYTES;
}

size_t hs_epoch_encode(uint8_t bytes[HS_EPOCH_BYTES_MAX], const struct hs_epoch *epoch,
                       enum hs_leader_election election)
{
    const struct hs_validator_set *set = &epoch->validators;
    HS_ASSERT(set->count >= 1 && set->count <= HS_VALIDATORS_MAX);
    struct hs_writer writer = hs_writer_over(bytes, HS_EPOCH_BYTES_MAX);
    hs_write_u64(&writer, set->epoch);
    hs_write_u64(&writer, epoch->last_height);
    hs_write_bytes(&writer, epoch->randomness, sizeof epoch->randomness);
    hs_write_u8(&writer, (uint8_t)election);
    hs_write_u32(&writer, set->count);
    for (uint32_t i = 0; i < set->count; i++) {
        const struct hs_validator *member = &set->validators[i];
        hs_write_bytes(&writer, member->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES);
        hs_write_bytes(&writer, member->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
        hs_write_bytes(&writer, member->fee_recipient.bytes, HS_ADDRESS_BYTES);
        hs_write_u64(&writer, member->weight);
        hs_write_u64(&writer, epoch->leader_weights[i]);
    }
    HS_ASSERT(!writer.failed && writer.offset == hs_epoch_encoded_size(set->count));
    return writer.offset;
}

/* Adds a weight to a total that stays within its limit; else the reader fails. */
static void add_weight(struct hs_reader *reader, uint64_t *total, uint64_t weight)
{
    if (weight == 0 || weight > HS_WEIGHT_TOTAL_MAX - *total) {
        hs_reader_fail(reader);
        return;
    }
    *total += weight;
}

static void read_members(struct hs_reader *reader, struct hs_epoch *epoch)
{
    struct hs_validator_set *set = &epoch->validators;
    uint64_t leader_weight_total = 0;
    for (uint32_t i = 0; i < set->count && !reader->failed; i++) {
        struct hs_validator *member = &set->validators[i];
        hs_read_bytes(reader, member->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES);
        hs_read_bytes(reader, member->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
        hs_read_bytes(reader, member->fee_recipient.bytes, HS_ADDRESS_BYTES);
        member->weight = hs_read_u64(reader);
        epoch->leader_weights[i] = hs_read_u64(reader);
        add_weight(reader, &set->weight_total, member->weight);
        add_weight(reader, &leader_weight_total, epoch->leader_weights[i]);
    }
}

enum hs_status hs_epoch_decode(struct hs_epoch *epoch, enum hs_leader_election *election,
                               struct hs_bytes bytes)
{
    memset(epoch, 0, sizeof *epoch);
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    epoch->validators.epoch = hs_read_u64(&reader);
    epoch->last_height = hs_read_u64(&reader);
    hs_read_bytes(&reader, epoch->randomness, sizeof epoch->randomness);
    const uint8_t kind = hs_read_u8(&reader);
    epoch->validators.count = hs_read_u32(&reader);
    if (kind > HS_LEADER_REPUTATION || epoch->validators.count == 0 ||
        epoch->validators.count > HS_VALIDATORS_MAX) {
        return HS_MALFORMED;
    }
    *election = (enum hs_leader_election)kind;
    read_members(&reader, epoch);
    return hs_reader_end(&reader);
}

void hs_epoch_digest(struct hs_hash *digest, const struct hs_epoch *epoch,
                     enum hs_leader_election election)
{
    uint8_t bytes[HS_EPOCH_BYTES_MAX];
    const size_t size = hs_epoch_encode(bytes, epoch, election);
    hs_hash(digest->bytes, "hotstuff/epoch", bytes, size);
}
