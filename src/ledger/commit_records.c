#include "ledger/commit_records.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

#define PLACE_BYTES 12u

/* -- writing ------------------------------------------------------------------------ */

static struct hs_writer begin(struct hs_state_value *value, enum hs_leaf_kind kind)
{
    struct hs_writer writer = hs_writer_over(value->bytes, sizeof value->bytes);
    hs_write_u8(&writer, (uint8_t)kind);
    return writer;
}

static void end(struct hs_state_value *value, const struct hs_writer *writer)
{
    HS_ASSERT(!writer->failed);
    value->size = (uint8_t)writer->offset;
}

static void write_place(struct hs_writer *writer, const struct hs_commit_place *place)
{
    hs_write_u64(writer, place->height);
    hs_write_u32(writer, place->index);
}

void hs_commit_encode(struct hs_state_value values[HS_COMMIT_RECORDS],
                      const struct hs_commit *commit)
{
    struct hs_state_value *content = &values[HS_COMMIT_RECORD_CONTENT];
    struct hs_writer writer = begin(content, HS_LEAF_COMMIT);
    write_place(&writer, &commit->place);
    hs_write_bytes(&writer, commit->commitment.bytes, HS_HASH_BYTES);
    hs_write_u64(&writer, commit->nonce);
    hs_write_u64(&writer, commit->deposit.units);
    end(content, &writer);

    struct hs_state_value *sender = &values[HS_COMMIT_RECORD_SENDER];
    writer = begin(sender, HS_LEAF_COMMITTER);
    write_place(&writer, &commit->place);
    hs_write_bytes(&writer, commit->sender.bytes, HS_ADDRESS_BYTES);
    end(sender, &writer);
}

void hs_commits_of_encode(struct hs_state_value *value, const struct hs_address *sender,
                          uint32_t waiting)
{
    struct hs_writer writer = begin(value, HS_LEAF_COMMITS_OF);
    hs_write_bytes(&writer, sender->bytes, HS_ADDRESS_BYTES);
    hs_write_u32(&writer, waiting);
    end(value, &writer);
    value->size = waiting > 0 ? value->size : 0;
}

void hs_commits_at_encode(struct hs_state_value *value, const struct hs_commits_at *at)
{
    struct hs_writer writer = begin(value, HS_LEAF_COMMITS_AT);
    hs_write_u64(&writer, at->height);
    hs_write_u32(&writer, at->waiting);
    hs_write_u32(&writer, at->first_index);
    hs_write_u32(&writer, at->last_index);
    end(value, &writer);
    value->size = at->waiting > 0 ? value->size : 0;
}

void hs_commits_encode(struct hs_state_value *value, uint32_t waiting)
{
    struct hs_writer writer = begin(value, HS_LEAF_COMMITS);
    hs_write_u32(&writer, waiting);
    end(value, &writer);
    value->size = waiting > 0 ? value->size : 0;
}

/* -- paths -------------------------------------------------------------------------- */

void hs_commit_paths(struct hs_state_path paths[HS_COMMIT_RECORDS],
                     const struct hs_commit_place *place)
{
    uint8_t key[PLACE_BYTES];
    struct hs_writer writer = hs_writer_over(key, sizeof key);
    write_place(&writer, place);
    hs_state_path_of(&paths[HS_COMMIT_RECORD_CONTENT], HS_LEAF_COMMIT, key, sizeof key);
    hs_state_path_of(&paths[HS_COMMIT_RECORD_SENDER], HS_LEAF_COMMITTER, key, sizeof key);
}

void hs_commits_of_path(struct hs_state_path *path, const struct hs_address *sender)
{
    hs_state_path_of(path, HS_LEAF_COMMITS_OF, sender->bytes, HS_ADDRESS_BYTES);
}

void hs_commits_at_path(struct hs_state_path *path, uint64_t height)
{
    uint8_t key[8];
    struct hs_writer writer = hs_writer_over(key, sizeof key);
    hs_write_u64(&writer, height);
    hs_state_path_of(path, HS_LEAF_COMMITS_AT, key, sizeof key);
}

void hs_commits_path(struct hs_state_path *path)
{
    hs_state_path_of(path, HS_LEAF_COMMITS, NULL, 0);
}

/* -- reading ------------------------------------------------------------------------ */

/* A reader behind the kind; failed when the kind is another. */
static struct hs_reader reader_of(const struct hs_state_value *value, enum hs_leaf_kind kind)
{
    struct hs_reader reader = hs_reader_over(value->bytes, value->size);
    if (hs_read_u8(&reader) != (uint8_t)kind) {
        hs_reader_fail(&reader);
    }
    return reader;
}

static enum hs_status ended(const struct hs_reader *reader, bool holds)
{
    return hs_reader_end(reader) == HS_OK && holds ? HS_OK : HS_CORRUPT;
}

static bool read_place(struct hs_reader *reader, struct hs_commit_place *place)
{
    place->height = hs_read_u64(reader);
    place->index = hs_read_u32(reader);
    return place->index < HS_BLOCK_TRANSACTIONS_MAX;
}

enum hs_status hs_commit_decode_content(struct hs_commit *commit,
                                        const struct hs_state_value *value)
{
    struct hs_reader reader = reader_of(value, HS_LEAF_COMMIT);
    bool within = read_place(&reader, &commit->place);
    hs_read_bytes(&reader, commit->commitment.bytes, HS_HASH_BYTES);
    commit->nonce = hs_read_u64(&reader);
    commit->deposit.units = hs_read_u64(&reader);
    return ended(&reader, within && commit->deposit.units > 0);
}

enum hs_status hs_commit_decode_sender(struct hs_commit *commit, const struct hs_state_value *value)
{
    struct hs_reader reader = reader_of(value, HS_LEAF_COMMITTER);
    bool within = read_place(&reader, &commit->place);
    hs_read_bytes(&reader, commit->sender.bytes, HS_ADDRESS_BYTES);
    return ended(&reader, within);
}

enum hs_status hs_commits_of_decode(struct hs_address *sender, uint32_t *waiting,
                                    const struct hs_state_value *value)
{
    *waiting = 0;
    if (value->size == 0) {
        return HS_OK;
    }
    struct hs_reader reader = reader_of(value, HS_LEAF_COMMITS_OF);
    hs_read_bytes(&reader, sender->bytes, HS_ADDRESS_BYTES);
    *waiting = hs_read_u32(&reader);
    return ended(&reader, *waiting > 0);
}

enum hs_status hs_commits_at_decode(struct hs_commits_at *at, const struct hs_state_value *value)
{
    *at = (struct hs_commits_at){.waiting = 0};
    if (value->size == 0) {
        return HS_OK;
    }
    struct hs_reader reader = reader_of(value, HS_LEAF_COMMITS_AT);
    at->height = hs_read_u64(&reader);
    at->waiting = hs_read_u32(&reader);
    at->first_index = hs_read_u32(&reader);
    at->last_index = hs_read_u32(&reader);
    bool holds = at->waiting > 0 && at->first_index <= at->last_index &&
                 at->last_index < HS_BLOCK_TRANSACTIONS_MAX &&
                 at->waiting - 1 <= at->last_index - at->first_index;
    return ended(&reader, holds);
}

enum hs_status hs_commits_decode(uint32_t *waiting, const struct hs_state_value *value)
{
    *waiting = 0;
    if (value->size == 0) {
        return HS_OK;
    }
    struct hs_reader reader = reader_of(value, HS_LEAF_COMMITS);
    *waiting = hs_read_u32(&reader);
    return ended(&reader, *waiting > 0);
}

/* -- leaves that come from anywhere --------------------------------------------------- */

/* Decodes a leaf, and says under which path it belongs. */
static enum hs_status read_leaf(struct hs_amount *held, struct hs_state_path *own_path,
                                const struct hs_state_value *value)
{
    struct hs_commit commit = {.deposit = {0}};
    struct hs_commits_at at;
    struct hs_address sender;
    struct hs_state_path paths[HS_COMMIT_RECORDS];
    uint32_t waiting;
    enum hs_status status;
    held->units = 0;
    switch (value->size > 0 ? value->bytes[0] : 0) {
    case HS_LEAF_COMMIT:
        status = hs_commit_decode_content(&commit, value);
        hs_commit_paths(paths, &commit.place);
        *own_path = paths[HS_COMMIT_RECORD_CONTENT];
        held->units = commit.deposit.units;
        return status;
    case HS_LEAF_COMMITTER:
        status = hs_commit_decode_sender(&commit, value);
        hs_commit_paths(paths, &commit.place);
        *own_path = paths[HS_COMMIT_RECORD_SENDER];
        return status;
    case HS_LEAF_COMMITS_OF:
        status = hs_commits_of_decode(&sender, &waiting, value);
        hs_commits_of_path(own_path, &sender);
        return status;
    case HS_LEAF_COMMITS_AT:
        status = hs_commits_at_decode(&at, value);
        hs_commits_at_path(own_path, at.height);
        return status;
    case HS_LEAF_COMMITS:
        status = hs_commits_decode(&waiting, value);
        hs_commits_path(own_path);
        return status;
    default:
        return HS_CORRUPT;
    }
}

enum hs_status hs_commit_leaf_check(struct hs_amount *held, const struct hs_state_path *path,
                                    const struct hs_state_value *value)
{
    struct hs_state_path own_path;
    enum hs_status status = read_leaf(held, &own_path, value);
    if (status != HS_OK) {
        return status;
    }
    return memcmp(own_path.bytes, path->bytes, HS_HASH_BYTES) == 0 ? HS_OK : HS_CORRUPT;
}
