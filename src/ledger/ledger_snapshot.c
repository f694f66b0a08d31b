/* Snapshots of the committed state, little-endian:
 *
 *     magic         8     "hsstate2"
 *     leaf_counts   u64   of the accounts tree
 *                   u64   of the registry
 *     for each leaf of the accounts tree, then for each of the registry, in ascending order of paths:
 *         path          32
 *         value_size    u8     1 .. 64
 *         value         value_size
 *
 * A version of a state tree is the set of its leaves, so they are all there is to write.
 * The writer, on a thread of its own, reads nothing but nodes of the pinned version, which do
 * not change, and the ledger's note of which one that is.
 *
 * Restoring builds the new version beside the genesis state, in batches, and puts it in its
 * place at the end: after a failure the ledger is what it was.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "ledger/ledger_parts.h"
#include "ledger/state_census.h"

#define MAGIC            "hsstate2"
#define MAGIC_BYTES      (sizeof MAGIC - 1)
#define HEADER_BYTES     (MAGIC_BYTES + 8 * HS_LEDGER_TREES)
#define RECORD_BYTES_MAX (HS_HASH_BYTES + 1 + HS_STATE_VALUE_BYTES_MAX)

void hs_ledger_snapshot_pin(void *context)
{
    struct hs_ledger *ledger = context;
    HS_ASSERT(!ledger->is_pinned);
    const struct hs_ledger_slot *slot = &ledger->slots[ledger->committed];
    ledger->is_pinned = true;
    ledger->pinned = slot->version;
    ledger->pinned_leaf_counts[HS_TREE_ACCOUNTS] = slot->account_count + HS_LEDGER_NUMBERS;
    ledger->pinned_leaf_counts[HS_TREE_REGISTRY] = slot->record_count;
    hs_ledger_trees_pin(&ledger->trees, &slot->version);
}

void hs_ledger_snapshot_unpin(void *context)
{
    struct hs_ledger *ledger = context;
    HS_ASSERT(ledger->is_pinned);
    ledger->is_pinned = false;
    hs_ledger_trees_unpin(&ledger->trees);
}

static enum hs_status write_leaf(void *context, const struct hs_state_path *path,
                                 const struct hs_state_value *value)
{
    const struct hs_sink *sink = context;
    uint8_t record[RECORD_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(record, sizeof record);
    hs_write_bytes(&writer, path->bytes, HS_HASH_BYTES);
    hs_write_u8(&writer, value->size);
    hs_write_bytes(&writer, value->bytes, value->size);
    return sink->write(sink->context, record, writer.offset);
}

enum hs_status hs_ledger_snapshot_write(const void *context, struct hs_sink *sink)
{
    const struct hs_ledger *ledger = context;
    HS_ASSERT(ledger->is_pinned);
    uint8_t header[HEADER_BYTES];
    struct hs_writer writer = hs_writer_over(header, sizeof header);
    hs_write_bytes(&writer, MAGIC, MAGIC_BYTES);
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        hs_write_u64(&writer, ledger->pinned_leaf_counts[i]);
    }
    enum hs_status status = sink->write(sink->context, header, writer.offset);
    for (size_t i = 0; i < HS_LEDGER_TREES && status == HS_OK; i++) {
        status = hs_state_tree_walk(ledger->trees.of[i], &ledger->pinned.of[i], write_leaf, sink);
    }
    return status;
}

struct restoration {
    struct hs_ledger *ledger;
    struct hs_source *source;
    struct hs_ledger_version version; /* of the leaves so far */
    struct hs_state_path last_path;   /* of the tree that is being read */
    struct hs_state_census census;
};

static enum hs_status read_header(struct hs_source *source, uint64_t leaf_counts[HS_LEDGER_TREES])
{
    uint8_t header[HEADER_BYTES];
    enum hs_status status = source->read(source->context, header, sizeof header);
    if (status != HS_OK) {
        return status;
    }
    struct hs_reader reader = hs_reader_over(header, sizeof header);
    const uint8_t *magic = hs_read_span(&reader, MAGIC_BYTES);
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        leaf_counts[i] = hs_read_u64(&reader);
    }
    return memcmp(magic, MAGIC, MAGIC_BYTES) == 0 ? HS_OK : HS_CORRUPT;
}

/* Is the leaf one that this ledger writes? Counts it. */
static enum hs_status take_in(struct restoration *restoration, const struct hs_state_entry *entry)
{
    struct hs_state_census *census = &restoration->census;
    if (hs_state_census_add(census, &entry->path, &entry->value) != HS_OK) {
        return HS_CORRUPT;
    }
    return census->account_count <= restoration->ledger->accounts_max &&
                   census->record_count <= restoration->ledger->records_max
               ? HS_OK
               : HS_FULL;
}

/* The sums that a state of this chain has, and what the arithmetic of fees rests on. */
static bool makes_sense(const struct hs_ledger *ledger, const struct hs_state_census *census)
{
    return census->has_burned && census->has_base_fee &&
           census->supply.units == ledger->genesis_supply.units &&
           census->base_fee.units >= ledger->parameters.fees.base_fee_min.units &&
           census->base_fee.units <= HS_BASE_FEE_MAX;
}

static enum hs_status read_leaf(struct restoration *restoration, struct hs_state_entry *entry,
                                bool first)
{
    struct hs_source *source = restoration->source;
    uint8_t prefix[HS_HASH_BYTES + 1];
    enum hs_status status = source->read(source->context, prefix, sizeof prefix);
    if (status != HS_OK) {
        return status;
    }
    memcpy(entry->path.bytes, prefix, HS_HASH_BYTES);
    entry->value.size = prefix[HS_HASH_BYTES];
    if (entry->value.size == 0 || entry->value.size > HS_STATE_VALUE_BYTES_MAX) {
        return HS_CORRUPT;
    }
    status = source->read(source->context, entry->value.bytes, entry->value.size);
    if (status != HS_OK) {
        return status;
    }
    if (!first && memcmp(restoration->last_path.bytes, entry->path.bytes, HS_HASH_BYTES) >= 0) {
        return HS_CORRUPT;
    }
    restoration->last_path = entry->path;
    return take_in(restoration, entry);
}

static enum hs_status add_batch(struct restoration *restoration, size_t count)
{
    enum hs_ledger_tree which = restoration->census.tree;
    struct hs_touched_accounts *touched = restoration->ledger->touched;
    struct hs_state_tree *tree = restoration->ledger->trees.of[which];
    struct hs_state_version *version = &restoration->version.of[which];
    hs_state_tree_place(tree, version, touched->entries, count);
    struct hs_state_version larger;
    enum hs_status status = hs_state_tree_update(tree, &larger, version, touched->entries, count);
    if (status == HS_OK) {
        hs_state_tree_commit(tree, version, &larger);
        *version = larger;
    }
    return status;
}

static enum hs_status read_leaves(struct restoration *restoration, uint64_t leaf_count)
{
    struct hs_touched_accounts *touched = restoration->ledger->touched;
    size_t waiting = 0;
    for (uint64_t i = 0; i < leaf_count; i++) {
        touched->entries[waiting] = &touched->accounts[waiting].entry;
        enum hs_status status = read_leaf(restoration, touched->entries[waiting], i == 0);
        waiting++;
        if (status == HS_OK && (waiting == HS_TOUCHED_MAX || i + 1 == leaf_count)) {
            status = add_batch(restoration, waiting);
            waiting = 0;
        }
        if (status != HS_OK) {
            return status;
        }
    }
    return HS_OK;
}

static enum hs_status read_trees(struct restoration *restoration)
{
    uint64_t leaf_counts[HS_LEDGER_TREES];
    enum hs_status status = read_header(restoration->source, leaf_counts);
    for (size_t i = 0; i < HS_LEDGER_TREES && status == HS_OK; i++) {
        restoration->census.tree = (enum hs_ledger_tree)i;
        status = read_leaves(restoration, leaf_counts[i]);
    }
    return status;
}

enum hs_status hs_ledger_restore(void *context, struct hs_source *source)
{
    struct hs_ledger *ledger = context;
    struct hs_ledger_slot *slot = &ledger->slots[ledger->committed];
    HS_ASSERT(!ledger->is_pinned && slot->child_count == 0);
    hs_touched_clear(ledger->touched);
    struct restoration restoration = {
        .ledger = ledger,
        .source = source,
        .version = hs_ledger_version_empty(),
    };
    hs_state_census_begin(&restoration.census);
    enum hs_status status = read_trees(&restoration);
    if (status == HS_OK && !makes_sense(ledger, &restoration.census)) {
        status = HS_CORRUPT;
    }
    if (status != HS_OK) {
        struct hs_ledger_version nothing = hs_ledger_version_empty();
        hs_ledger_trees_drop(&ledger->trees, &nothing, &restoration.version);
        return status;
    }
    hs_ledger_trees_commit(&ledger->trees, &slot->version, &restoration.version);
    slot->version = restoration.version;
    hs_ledger_root_of(&slot->root, &slot->version);
    slot->account_count = restoration.census.account_count;
    slot->record_count = restoration.census.record_count;
    slot->burned = restoration.census.burned;
    slot->base_fee = restoration.census.base_fee;
    return HS_OK;
}
