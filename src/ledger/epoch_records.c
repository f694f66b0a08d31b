#include "ledger/epoch_records.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/record.h"
#include "wire/epoch_codec.h"

enum hs_status hs_epoch_heights(struct hs_epoch *epoch, uint64_t number, uint64_t epoch_blocks)
{
    HS_ASSERT(epoch_blocks > 0);
    if (number >= UINT64_MAX / epoch_blocks - 1) {
        return HS_OVERFLOW;
    }
    epoch->first_height = number * epoch_blocks + 1;
    epoch->last_height = (number + 1) * epoch_blocks;
    return HS_OK;
}

/* -- one member --------------------------------------------------------------------- */

static void get_member(const struct hs_registry *registry, struct hs_fixed_epoch *fixed,
                       uint64_t number, uint32_t index)
{
    struct hs_validator *member = &fixed->epoch.validators.validators[index];
    struct hs_record record;
    struct hs_record_key key = hs_record_key_of_member(HS_LEAF_MEMBER, number, index);
    bool found = hs_record_get(registry, &record, &key);
    HS_ASSERT(found);
    hs_read_bytes(&record.reader, fixed->operators[index].bytes, HS_ADDRESS_BYTES);
    member->weight = hs_read_u64(&record.reader);
    fixed->epoch.leader_weights[index] = hs_read_u64(&record.reader);
    hs_record_end(&record);
    const struct {
        enum hs_leaf_kind kind;
        uint8_t *bytes;
        size_t size;
    } fields[] = {
        {HS_LEAF_MEMBER_BLS, member->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES},
        {HS_LEAF_MEMBER_NETWORK, member->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES},
        {HS_LEAF_MEMBER_FEES, member->fee_recipient.bytes, HS_ADDRESS_BYTES},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        key = hs_record_key_of_member(fields[i].kind, number, index);
        found = hs_bytes_record_get(registry, fields[i].bytes, fields[i].size, &key);
        HS_ASSERT(found);
    }
    key = hs_record_key_of_member(HS_LEAF_MEMBER_DIAL, number, index);
    hs_dial_record_get(registry, &fixed->epoch.addresses[index], &key);
}

static void put_member(struct hs_registry *registry, const struct hs_fixed_epoch *fixed,
                       uint64_t number, uint32_t index)
{
    const struct hs_validator *member = &fixed->epoch.validators.validators[index];
    struct hs_record record;
    struct hs_record_key key = hs_record_key_of_member(HS_LEAF_MEMBER, number, index);
    hs_record_begin(&record, &key);
    hs_write_bytes(&record.writer, fixed->operators[index].bytes, HS_ADDRESS_BYTES);
    hs_write_u64(&record.writer, member->weight);
    hs_write_u64(&record.writer, fixed->epoch.leader_weights[index]);
    hs_record_put(registry, &record, &key);
    const struct {
        enum hs_leaf_kind kind;
        const uint8_t *bytes;
        size_t size;
    } fields[] = {
        {HS_LEAF_MEMBER_BLS, member->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES},
        {HS_LEAF_MEMBER_NETWORK, member->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES},
        {HS_LEAF_MEMBER_FEES, member->fee_recipient.bytes, HS_ADDRESS_BYTES},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        key = hs_record_key_of_member(fields[i].kind, number, index);
        hs_bytes_record_put(registry, fields[i].bytes, fields[i].size, &key);
    }
    if (fixed->epoch.addresses[index].text[0] != 0) {
        key = hs_record_key_of_member(HS_LEAF_MEMBER_DIAL, number, index);
        hs_dial_record_put(registry, &fixed->epoch.addresses[index], &key);
    }
}

/* -- a whole epoch ------------------------------------------------------------------- */

static uint32_t get_head(const struct hs_registry *registry, uint8_t randomness[HS_HASH_BYTES],
                         uint64_t number)
{
    struct hs_record record;
    struct hs_record_key key = hs_record_key_of_number(HS_LEAF_EPOCH, number);
    if (!hs_record_get(registry, &record, &key)) {
        return 0;
    }
    uint32_t count = hs_read_u32(&record.reader);
    hs_read_bytes(&record.reader, randomness, HS_HASH_BYTES);
    hs_record_end(&record);
    HS_ASSERT(count <= HS_VALIDATORS_MAX);
    return count;
}

uint32_t hs_epoch_count_get(const struct hs_registry *registry, uint64_t number)
{
    uint8_t randomness[HS_HASH_BYTES];
    return get_head(registry, randomness, number);
}

bool hs_member_operator_get(const struct hs_registry *registry, struct hs_address *operator_address,
                            uint64_t number, uint32_t index)
{
    struct hs_record record;
    struct hs_record_key key = hs_record_key_of_member(HS_LEAF_MEMBER, number, index);
    if (!hs_record_get(registry, &record, &key)) {
        return false;
    }
    hs_read_bytes(&record.reader, operator_address->bytes, HS_ADDRESS_BYTES);
    return true;
}

enum hs_status hs_fixed_epoch_get(const struct hs_registry *registry, struct hs_fixed_epoch *fixed,
                                  uint64_t number, uint64_t epoch_blocks)
{
    struct hs_epoch *epoch = &fixed->epoch;
    struct hs_validator_set *set = &epoch->validators;
    memset(fixed, 0, sizeof *fixed);
    set->epoch = number;
    set->count = get_head(registry, epoch->randomness, number);
    if (set->count == 0 || hs_epoch_heights(epoch, number, epoch_blocks) != HS_OK) {
        return HS_NOT_FOUND;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        get_member(registry, fixed, number, i);
        set->weight_total += set->validators[i].weight;
    }
    return HS_OK;
}

void hs_epoch_leaf(struct hs_state_path *path, struct hs_state_value *value, uint64_t number,
                   const struct hs_hash *digest)
{
    struct hs_record record = {.value = {.size = 0}};
    const struct hs_record_key key = hs_record_key_of_number(HS_LEAF_EPOCH_DIGEST, number);
    hs_record_begin(&record, &key);
    hs_write_bytes(&record.writer, digest->bytes, HS_HASH_BYTES);
    HS_ASSERT(!record.writer.failed);
    hs_state_path_of(path, (uint8_t)key.kind, key.bytes, key.size);
    *value = record.value;
    value->size = (uint8_t)record.writer.offset;
}

void hs_fixed_epoch_put(struct hs_registry *registry, const struct hs_fixed_epoch *fixed,
                        enum hs_leader_election election)
{
    const struct hs_epoch *epoch = &fixed->epoch;
    uint64_t number = epoch->validators.epoch;
    struct hs_hash digest;
    struct hs_state_path path;
    struct hs_state_value value;
    struct hs_record record;
    struct hs_record_key key = hs_record_key_of_number(HS_LEAF_EPOCH, number);
    hs_record_begin(&record, &key);
    hs_write_u32(&record.writer, epoch->validators.count);
    hs_write_bytes(&record.writer, epoch->randomness, HS_HASH_BYTES);
    hs_record_put(registry, &record, &key);
    hs_epoch_digest(&digest, epoch, election);
    hs_epoch_leaf(&path, &value, number, &digest);
    hs_registry_put(registry, &path, &value);
    for (uint32_t i = 0; i < epoch->validators.count; i++) {
        put_member(registry, fixed, number, i);
    }
}

void hs_fixed_epoch_remove(struct hs_registry *registry, uint64_t number)
{
    static const enum hs_leaf_kind kinds[] = {
        HS_LEAF_MEMBER,      HS_LEAF_MEMBER_BLS,  HS_LEAF_MEMBER_NETWORK,
        HS_LEAF_MEMBER_FEES, HS_LEAF_MEMBER_DIAL, HS_LEAF_TURNS,
    };
    uint32_t count = hs_epoch_count_get(registry, number);
    if (count == 0) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        for (size_t j = 0; j < sizeof kinds / sizeof kinds[0]; j++) {
            struct hs_record_key key = hs_record_key_of_member(kinds[j], number, i);
            hs_record_remove(registry, &key);
        }
    }
    struct hs_record_key key = hs_record_key_of_number(HS_LEAF_EPOCH, number);
    hs_record_remove(registry, &key);
    key = hs_record_key_of_number(HS_LEAF_EPOCH_DIGEST, number);
    hs_record_remove(registry, &key);
}

/* -- what its blocks leave -------------------------------------------------------------- */

void hs_mix_get(const struct hs_registry *registry, struct hs_randomness_mix *mix, uint64_t *epoch)
{
    struct hs_record record;
    struct hs_record_key key = hs_record_key(HS_LEAF_MIX, NULL, 0);
    bool found = hs_record_get(registry, &record, &key);
    HS_ASSERT(found);
    *epoch = hs_read_u64(&record.reader);
    hs_read_bytes(&record.reader, mix->bytes, sizeof mix->bytes);
    hs_record_end(&record);
}

void hs_mix_put(struct hs_registry *registry, const struct hs_randomness_mix *mix, uint64_t epoch)
{
    struct hs_record record;
    struct hs_record_key key = hs_record_key(HS_LEAF_MIX, NULL, 0);
    hs_record_begin(&record, &key);
    hs_write_u64(&record.writer, epoch);
    hs_write_bytes(&record.writer, mix->bytes, sizeof mix->bytes);
    hs_record_put(registry, &record, &key);
}

void hs_member_turns_get(const struct hs_registry *registry, struct hs_turns *turns, uint64_t epoch,
                         uint32_t index)
{
    struct hs_record record;
    struct hs_record_key key = hs_record_key_of_member(HS_LEAF_TURNS, epoch, index);
    *turns = (struct hs_turns){.made = 0};
    if (hs_record_get(registry, &record, &key)) {
        turns->made = hs_read_u32(&record.reader);
        turns->missed = hs_read_u32(&record.reader);
        hs_record_end(&record);
    }
}

void hs_member_turns_put(struct hs_registry *registry, const struct hs_turns *turns, uint64_t epoch,
                         uint32_t index)
{
    struct hs_record record;
    struct hs_record_key key = hs_record_key_of_member(HS_LEAF_TURNS, epoch, index);
    hs_record_begin(&record, &key);
    hs_write_u32(&record.writer, turns->made);
    hs_write_u32(&record.writer, turns->missed);
    hs_record_put(registry, &record, &key);
}
