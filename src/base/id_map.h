/* hs_id_map: from 32-byte ids (hashes, addresses) to the index of what they name.
 *
 * Open addressing with linear probing over memory the owner gives; a removal shifts
 * back what follows it, so there are no tombstones and a map that runs for a year is as
 * fast as a new one. The ids come from peers, who can choose them: their place follows from
 * a keyed hash, and without the secret seed nobody can make them collide. Nothing here
 * depends on order, so two maps with different seeds behave alike.
 */
#ifndef HS_BASE_ID_MAP_H
#define HS_BASE_ID_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <hotstuff/status.h>

#define HS_ID_BYTES          32u
#define HS_ID_MAP_SEED_BYTES 16u

struct hs_id_map;

/* Bytes of memory for `capacity` entries, 1 .. HS_ID_MAP_ENTRIES_MAX. */
size_t hs_id_map_footprint(uint32_t capacity);

/* An empty map in zeroed `memory` (footprint bytes, aligned for any type), whose owner keeps and
 * frees it. Pages are touched only as entries come, so the memory may be a reservation. */
struct hs_id_map *hs_id_map_new(void *memory, uint32_t capacity,
                                const uint8_t seed[HS_ID_MAP_SEED_BYTES]);

/* HS_OK; HS_DUPLICATE when the id is in (its index stays); HS_FULL at capacity. */
HS_MUST_CHECK enum hs_status hs_id_map_insert(struct hs_id_map *map, const uint8_t id[HS_ID_BYTES],
                                              uint32_t index);
/* HS_OK and the index, or HS_NOT_FOUND and *index untouched. */
HS_MUST_CHECK enum hs_status hs_id_map_find(const struct hs_id_map *map, uint32_t *index,
                                            const uint8_t id[HS_ID_BYTES]);
/* As find, and the entry is gone. */
HS_MUST_CHECK enum hs_status hs_id_map_remove(struct hs_id_map *map, uint32_t *index,
                                              const uint8_t id[HS_ID_BYTES]);
uint32_t hs_id_map_count(const struct hs_id_map *map);
void hs_id_map_clear(struct hs_id_map *map);

#endif
