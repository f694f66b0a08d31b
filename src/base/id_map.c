#include "base/id_map.h"

#include <stdbool.h>
#include <string.h>

#include <hotstuff/limits.h>

#include "base/assert.h"
#include "base/bytes.h"

struct slot {
    uint8_t id[HS_ID_BYTES];
    uint32_t index;
    uint32_t used;
};

/* At most three quarters of the slots are used, so every probe ends at a free one. */
struct hs_id_map {
    uint64_t key[2];
    uint32_t capacity;
    uint32_t count;
    uint32_t mask; /* slots - 1; slots are a power of two */
    struct slot slots[];
};

static uint32_t slot_count(uint32_t capacity)
{
    HS_ASSERT(capacity > 0 && capacity <= HS_ID_MAP_ENTRIES_MAX);
    uint32_t slots = 4;
    while (slots / 4 * 3 < capacity) {
        slots *= 2;
    }
    return slots;
}

size_t hs_id_map_footprint(uint32_t capacity)
{
    return sizeof(struct hs_id_map) + slot_count(capacity) * sizeof(struct slot);
}

struct hs_id_map *hs_id_map_new(void *memory, uint32_t capacity,
                                const uint8_t seed[HS_ID_MAP_SEED_BYTES])
{
    struct hs_reader reader = hs_reader_over(seed, HS_ID_MAP_SEED_BYTES);
    struct hs_id_map *map = memory;
    map->key[0] = hs_read_u64(&reader);
    map->key[1] = hs_read_u64(&reader);
    map->capacity = capacity;
    map->mask = slot_count(capacity) - 1;
    HS_ASSERT(map->count == 0);
    return map;
}

uint32_t hs_id_map_count(const struct hs_id_map *map)
{
    return map->count;
}

void hs_id_map_clear(struct hs_id_map *map)
{
    map->count = 0;
    memset(map->slots, 0, ((size_t)map->mask + 1) * sizeof map->slots[0]);
}

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 (Aumasson, Bernstein 2012) of exactly 32 bytes. */
static uint64_t keyed_hash(const uint64_t key[2], const uint8_t id[HS_ID_BYTES])
{
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    struct hs_reader reader = hs_reader_over(id, HS_ID_BYTES);
    for (unsigned i = 0; i < 5; i++) {
        uint64_t word = i < 4 ? hs_read_u64(&reader) : (uint64_t)HS_ID_BYTES << 56;
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (unsigned i = 0; i < 4; i++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint32_t home_of(const struct hs_id_map *map, const uint8_t id[HS_ID_BYTES])
{
    return (uint32_t)keyed_hash(map->key, id) & map->mask;
}

/* The slot that holds the id, or the free one where it would go. */
static uint32_t probe(const struct hs_id_map *map, const uint8_t id[HS_ID_BYTES])
{
    uint32_t at = home_of(map, id);
    while (map->slots[at].used && memcmp(map->slots[at].id, id, HS_ID_BYTES) != 0) {
        at = (at + 1) & map->mask;
    }
    return at;
}

enum hs_status hs_id_map_insert(struct hs_id_map *map, const uint8_t id[HS_ID_BYTES],
                                uint32_t index)
{
    struct slot *slot = &map->slots[probe(map, id)];
    if (slot->used) {
        return HS_DUPLICATE;
    }
    if (map->count == map->capacity) {
        return HS_FULL;
    }
    memcpy(slot->id, id, HS_ID_BYTES);
    slot->index = index;
    slot->used = 1;
    map->count++;
    return HS_OK;
}

enum hs_status hs_id_map_find(const struct hs_id_map *map, uint32_t *index,
                              const uint8_t id[HS_ID_BYTES])
{
    const struct slot *slot = &map->slots[probe(map, id)];
    if (!slot->used) {
        return HS_NOT_FOUND;
    }
    *index = slot->index;
    return HS_OK;
}

/* Closes the gap at `hole`: each later entry of the run moves into it unless its home lies
 * after the hole, where a probe would no longer meet it. */
static void shift_back(struct hs_id_map *map, uint32_t hole)
{
    uint32_t at = (hole + 1) & map->mask;
    while (map->slots[at].used) {
        uint32_t from_home = (at - home_of(map, map->slots[at].id)) & map->mask;
        uint32_t from_hole = (at - hole) & map->mask;
        if (from_home >= from_hole) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
        at = (at + 1) & map->mask;
    }
    map->slots[hole].used = 0;
}

enum hs_status hs_id_map_remove(struct hs_id_map *map, uint32_t *index,
                                const uint8_t id[HS_ID_BYTES])
{
    uint32_t at = probe(map, id);
    if (!map->slots[at].used) {
        return HS_NOT_FOUND;
    }
    *index = map->slots[at].index;
    shift_back(map, at);
    map->count--;
    return HS_OK;
}
