/* hs_registry: the records that one block reads and changes in the registry tree.
 *
 * A record is a leaf of at most HS_STATE_VALUE_BYTES_MAX bytes (leaf_kinds.h). What a block has
 * changed is here, what it has not is read from the parent's version, so a transaction sees what
 * those before it did:
 *
 *     get ──► changed here? ──yes──► this value
 *                   └─────no──► the parent's version
 *     put ──► here                        write ──► a child version, in one batch
 *
 * Nothing is undone: whoever changes records first checks all that could refuse it, the room for
 * the changes included. A block that changes nothing costs nothing.
 */
#ifndef HS_LEDGER_REGISTRY_H
#define HS_LEDGER_REGISTRY_H

#include "base/id_map.h"
#include "ledger/state_tree.h"

struct hs_registry_change {
    struct hs_state_entry entry; /* its value: what the parent has, at the writing */
    struct hs_state_value value; /* what it is now */
};

struct hs_registry {
    const struct hs_state_tree *tree;
    struct hs_state_version parent;
    struct hs_id_map *index_of;
    uint32_t count;
    struct hs_state_entry *entries[HS_REGISTRY_CHANGES_MAX];
    struct hs_registry_change changes[HS_REGISTRY_CHANGES_MAX];
};

/* Records to be read: as a block has changed them, or, without a registry, as a version has them. */
struct hs_records {
    const struct hs_registry *registry; /* may be NULL */
    const struct hs_state_tree *tree;   /* without a registry */
    const struct hs_state_version *version;
};

/* `index_of` is a map of HS_REGISTRY_CHANGES_MAX entries. */
void hs_registry_init(struct hs_registry *registry, struct hs_id_map *index_of);

/* Forgets all; from here on records are read from `parent`. */
void hs_registry_begin(struct hs_registry *registry, const struct hs_state_tree *tree,
                       const struct hs_state_version *parent);

/* The record as it is now; size 0 when there is none. */
void hs_registry_get(const struct hs_registry *registry, struct hs_state_value *value,
                     const struct hs_state_path *path);

/* The same of either. */
void hs_records_get(const struct hs_records *records, struct hs_state_value *value,
                    const struct hs_state_path *path);

/* Is there room for a transaction to change so many records that were not changed yet? What the end of
 * an epoch changes (HS_REGISTRY_RESERVED) always has room. */
bool hs_registry_has_room(const struct hs_registry *registry, uint32_t count);

/* Changes a record, or takes it out when `value` has size 0. There is room. */
void hs_registry_put(struct hs_registry *registry, const struct hs_state_path *path,
                     const struct hs_state_value *value);

/* Makes `child`: the parent with what was changed, and says how many records there are more than
 * in the parent (less, when negative). HS_FULL as of the tree; nothing is made then. */
HS_MUST_CHECK enum hs_status hs_registry_write(struct hs_registry *registry,
                                               struct hs_state_tree *tree,
                                               struct hs_state_version *child,
                                               int64_t *records_added);

#endif
