#include "ledger/record.h"

#include <string.h>

#include "base/assert.h"

struct hs_record_key hs_record_key(enum hs_leaf_kind kind, const void *bytes, size_t size)
{
    struct hs_record_key key = {.kind = kind, .size = (uint8_t)size};
    HS_ASSERT(size <= sizeof key.bytes);
    if (size > 0) {
        memcpy(key.bytes, bytes, size);
    }
    return key;
}

struct hs_record_key hs_record_key_of_number(enum hs_leaf_kind kind, uint64_t number)
{
    uint8_t bytes[8];
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_write_u64(&writer, number);
    return hs_record_key(kind, bytes, sizeof bytes);
}

struct hs_record_key hs_record_key_of_place(enum hs_leaf_kind kind, const void *bytes, size_t size,
                                            uint32_t place)
{
    uint8_t all[HS_RECORD_KEY_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(all, sizeof all);
    hs_write_bytes(&writer, bytes, size);
    hs_write_u32(&writer, place);
    HS_ASSERT(!writer.failed);
    return hs_record_key(kind, all, writer.offset);
}

struct hs_record_key hs_record_key_of_member(enum hs_leaf_kind kind, uint64_t epoch, uint32_t index)
{
    uint8_t bytes[8];
    struct hs_writer writer = hs_writer_over(bytes, sizeof bytes);
    hs_write_u64(&writer, epoch);
    return hs_record_key_of_place(kind, bytes, sizeof bytes, index);
}

static void find_path(struct hs_state_path *path, const struct hs_record_key *key)
{
    hs_state_path_of(path, (uint8_t)key->kind, key->bytes, key->size);
}

bool hs_record_get(const struct hs_registry *registry, struct hs_record *record,
                   const struct hs_record_key *key)
{
    struct hs_state_path path;
    find_path(&path, key);
    hs_registry_get(registry, &record->value, &path);
    if (record->value.size == 0) {
        return false;
    }
    record->reader = hs_reader_over(record->value.bytes, record->value.size);
    uint8_t kind = hs_read_u8(&record->reader);
    HS_ASSERT(kind == (uint8_t)key->kind);
    return true;
}

void hs_record_end(const struct hs_record *record)
{
    HS_ASSERT(hs_reader_end(&record->reader) == HS_OK);
}

void hs_record_begin(struct hs_record *record, const struct hs_record_key *key)
{
    record->writer = hs_writer_over(record->value.bytes, sizeof record->value.bytes);
    hs_write_u8(&record->writer, (uint8_t)key->kind);
}

void hs_record_put(struct hs_registry *registry, struct hs_record *record,
                   const struct hs_record_key *key)
{
    HS_ASSERT(!record->writer.failed);
    record->value.size = (uint8_t)record->writer.offset;
    struct hs_state_path path;
    find_path(&path, key);
    hs_registry_put(registry, &path, &record->value);
}

void hs_record_remove(struct hs_registry *registry, const struct hs_record_key *key)
{
    struct hs_state_path path;
    const struct hs_state_value nothing = {.size = 0};
    find_path(&path, key);
    hs_registry_put(registry, &path, &nothing);
}

bool hs_bytes_record_get(const struct hs_registry *registry, uint8_t bytes[], size_t size,
                         const struct hs_record_key *key)
{
    struct hs_record record;
    if (!hs_record_get(registry, &record, key)) {
        return false;
    }
    hs_read_bytes(&record.reader, bytes, size);
    hs_record_end(&record);
    return true;
}

void hs_bytes_record_put(struct hs_registry *registry, const uint8_t bytes[], size_t size,
                         const struct hs_record_key *key)
{
    struct hs_record record;
    hs_record_begin(&record, key);
    hs_write_bytes(&record.writer, bytes, size);
    hs_record_put(registry, &record, key);
}

void hs_dial_record_get(const struct hs_registry *registry, struct hs_dial_address *address,
                        const struct hs_record_key *key)
{
    struct hs_record record;
    memset(address, 0, sizeof *address);
    if (hs_record_get(registry, &record, key)) {
        size_t size = hs_reader_left(&record.reader);
        HS_ASSERT(size < sizeof address->text);
        hs_read_bytes(&record.reader, address->text, size);
    }
}

void hs_dial_record_put(struct hs_registry *registry, const struct hs_dial_address *address,
                        const struct hs_record_key *key)
{
    size_t size = 0;
    while (size < HS_DIAL_ADDRESS_BYTES_MAX && address->text[size] != 0) {
        size++;
    }
    if (size == 0) {
        hs_record_remove(registry, key);
        return;
    }
    struct hs_record record;
    hs_record_begin(&record, key);
    hs_write_bytes(&record.writer, address->text, size);
    hs_record_put(registry, &record, key);
}

/* The bytes that a value of this kind has, its kind included; 0: it is none of these kinds. An address
 * has as many as it has. */
static size_t size_of(uint8_t kind, size_t size)
{
    switch ((enum hs_leaf_kind)kind) {
    case HS_LEAF_STAKING:
        return 1 + 4 + 8;
    case HS_LEAF_STAKER:
        return 1 + 8 + 8 + 1 + 1;
    case HS_LEAF_STAKER_BLS:
    case HS_LEAF_MEMBER_BLS:
        return 1 + HS_BLS_PUBLIC_KEY_BYTES;
    case HS_LEAF_STAKER_NETWORK:
        return 1 + HS_ED25519_PUBLIC_KEY_BYTES + 8 + 8;
    case HS_LEAF_ROSTER:
    case HS_LEAF_STAKER_FEES:
    case HS_LEAF_BLS_OWNER:
    case HS_LEAF_NETWORK_OWNER:
    case HS_LEAF_EPOCH_DIGEST:
    case HS_LEAF_MEMBER_NETWORK:
    case HS_LEAF_MEMBER_FEES:
        return 1 + 32;
    case HS_LEAF_MIX:
        return 1 + 8 + 32;
    case HS_LEAF_STAKER_DIAL:
    case HS_LEAF_MEMBER_DIAL:
        return size > 1 ? size : 0;
    case HS_LEAF_UNBONDING:
        return 1 + 8 + 8;
    case HS_LEAF_PUNISHMENTS:
        return 1 + 8 + 32;
    case HS_LEAF_EPOCH:
        return 1 + 4 + 32;
    case HS_LEAF_MEMBER:
        return 1 + HS_ADDRESS_BYTES + 8 + 8;
    case HS_LEAF_TURNS:
        return 1 + 4 + 4;
    case HS_LEAF_COMMIT:
    case HS_LEAF_COMMITTER:
    case HS_LEAF_COMMITS_OF:
    case HS_LEAF_COMMITS_AT:
    case HS_LEAF_COMMITS:
    case HS_LEAF_ACCOUNT:
    case HS_LEAF_BURNED:
    case HS_LEAF_BASE_FEE:
        break;
    }
    return 0;
}

enum hs_status hs_staking_record_units(uint64_t *units, const struct hs_state_value *value)
{
    struct hs_reader reader = hs_reader_over(value->bytes, value->size);
    uint8_t kind = hs_read_u8(&reader);
    *units = 0;
    if (value->size == 0 || size_of(kind, value->size) != value->size) {
        return HS_CORRUPT;
    }
    if (kind == HS_LEAF_STAKER) {
        *units = hs_read_u64(&reader);
    } else if (kind == HS_LEAF_UNBONDING) {
        (void)hs_read_u64(&reader);
        *units = hs_read_u64(&reader);
    }
    return HS_OK;
}
