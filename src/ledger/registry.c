#include "ledger/registry.h"

#include <string.h>

#include "base/assert.h"

/* Up to here one entry after the other is taken out of the map, above it is wiped. */
#define FEW_CHANGES (HS_REGISTRY_CHANGES_MAX / 32u)

void hs_registry_init(struct hs_registry *registry, struct hs_id_map *index_of)
{
    registry->index_of = index_of;
    registry->count = 0;
}

void hs_registry_begin(struct hs_registry *registry, const struct hs_state_tree *tree,
                       const struct hs_state_version *parent)
{
    if (registry->count > FEW_CHANGES) {
        hs_id_map_clear(registry->index_of);
        registry->count = 0;
    }
    while (registry->count > 0) {
        registry->count--;
        uint32_t index;
        enum hs_status status = hs_id_map_remove(
            registry->index_of, &index, registry->changes[registry->count].entry.path.bytes);
        HS_ASSERT(status == HS_OK);
    }
    registry->tree = tree;
    registry->parent = *parent;
}

void hs_registry_get(const struct hs_registry *registry, struct hs_state_value *value,
                     const struct hs_state_path *path)
{
    uint32_t index;
    if (hs_id_map_find(registry->index_of, &index, path->bytes) == HS_OK) {
        *value = registry->changes[index].value;
    } else {
        hs_state_tree_find(registry->tree, &registry->parent, value, path);
    }
}

void hs_records_get(const struct hs_records *records, struct hs_state_value *value,
                    const struct hs_state_path *path)
{
    if (records->registry != NULL) {
        hs_registry_get(records->registry, value, path);
    } else {
        hs_state_tree_find(records->tree, records->version, value, path);
    }
}

bool hs_registry_has_room(const struct hs_registry *registry, uint32_t count)
{
    uint32_t limit = HS_REGISTRY_CHANGES_MAX - HS_REGISTRY_RESERVED;
    return registry->count <= limit && count <= limit - registry->count;
}

void hs_registry_put(struct hs_registry *registry, const struct hs_state_path *path,
                     const struct hs_state_value *value)
{
    uint32_t index;
    if (hs_id_map_find(registry->index_of, &index, path->bytes) != HS_OK) {
        HS_ASSERT(registry->count < HS_REGISTRY_CHANGES_MAX);
        index = registry->count++;
        enum hs_status status = hs_id_map_insert(registry->index_of, path->bytes, index);
        HS_ASSERT(status == HS_OK);
        registry->changes[index].entry.path = *path;
    }
    registry->changes[index].value = *value;
}

enum hs_status hs_registry_write(struct hs_registry *registry, struct hs_state_tree *tree,
                                 struct hs_state_version *child, int64_t *records_added)
{
    for (uint32_t i = 0; i < registry->count; i++) {
        registry->entries[i] = &registry->changes[i].entry;
    }
    hs_state_tree_locate(tree, &registry->parent, registry->entries, registry->count);
    *records_added = 0;
    for (uint32_t i = 0; i < registry->count; i++) {
        struct hs_registry_change *change = &registry->changes[i];
        *records_added += (change->value.size > 0) - (change->entry.value.size > 0);
        change->entry.value = change->value;
    }
    return hs_state_tree_update(tree, child, &registry->parent, registry->entries, registry->count);
}
