/* The ring of committed transactions. See recent_transactions.h. */
#include "node/recent_transactions.h"

#include <stdlib.h>

#include "base/assert.h"

struct entry {
    struct hs_transaction_id id;
    uint64_t height;
};

struct hs_recent_transactions {
    uint32_t capacity;
    uint32_t count;
    uint32_t next;
    struct entry *entries;
    struct hs_id_map *map;
    void *map_memory;
};

struct hs_recent_transactions *hs_recent_transactions_new(uint32_t capacity,
                                                          const uint8_t seed[HS_ID_MAP_SEED_BYTES])
{
    struct hs_recent_transactions *recent = calloc(1, sizeof(*recent));
    if (recent == NULL) {
        return NULL;
    }
    recent->capacity = capacity;
    recent->entries = calloc(capacity, sizeof(recent->entries[0]));
    recent->map_memory = calloc(1, hs_id_map_footprint(capacity));
    if (recent->entries == NULL || recent->map_memory == NULL) {
        hs_recent_transactions_free(recent);
        return NULL;
    }
    recent->map = hs_id_map_new(recent->map_memory, capacity, seed);
    return recent;
}

void hs_recent_transactions_free(struct hs_recent_transactions *recent)
{
    if (recent != NULL) {
        free(recent->entries);
        free(recent->map_memory);
        free(recent);
    }
}

void hs_recent_transactions_add(struct hs_recent_transactions *recent,
                                const struct hs_transaction_id *id, uint64_t height)
{
    uint32_t slot = recent->next;
    if (hs_id_map_find(recent->map, &slot, id->bytes) == HS_OK) {
        return;
    }
    if (recent->count == recent->capacity) {
        uint32_t removed;
        enum hs_status status =
            hs_id_map_remove(recent->map, &removed, recent->entries[slot].id.bytes);
        HS_ASSERT(status == HS_OK && removed == slot);
        recent->count--;
    }
    enum hs_status status = hs_id_map_insert(recent->map, id->bytes, slot);
    HS_ASSERT(status == HS_OK);
    recent->entries[slot] = (struct entry){.id = *id, .height = height};
    recent->count++;
    recent->next = (slot + 1) % recent->capacity;
}

bool hs_recent_transactions_find(const struct hs_recent_transactions *recent,
                                 const struct hs_transaction_id *id, uint64_t *height)
{
    uint32_t slot;
    if (hs_id_map_find(recent->map, &slot, id->bytes) != HS_OK) {
        return false;
    }
    *height = recent->entries[slot].height;
    return true;
}
