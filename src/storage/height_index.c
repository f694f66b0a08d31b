#include "storage/height_index.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "storage/crc32c.h"

#define ENTRY_BYTES   16u
#define CHECKED_BYTES 12u
#define CHUNK_ENTRIES 256u
#define MAGIC         0x58494853u /* "SHIX" as bytes */

static uint32_t entry_crc(const uint8_t entry[ENTRY_BYTES], uint64_t height)
{
    uint8_t height_bytes[sizeof height];
    struct hs_writer writer = hs_writer_over(height_bytes, sizeof height_bytes);
    hs_write_u64(&writer, height);
    return hs_crc32c(hs_crc32c(0, entry, CHECKED_BYTES), height_bytes, sizeof height_bytes);
}

static void entry_encode(uint8_t entry[ENTRY_BYTES], uint64_t first_word, uint32_t second_word,
                         uint64_t height)
{
    struct hs_writer writer = hs_writer_over(entry, ENTRY_BYTES);
    hs_write_u64(&writer, first_word);
    hs_write_u32(&writer, second_word);
    hs_write_u32(&writer, entry_crc(entry, height));
}

static bool entry_decode(const uint8_t entry[ENTRY_BYTES], uint64_t *first_word,
                         uint32_t *second_word, uint64_t height)
{
    struct hs_reader reader = hs_reader_over(entry, ENTRY_BYTES);
    *first_word = hs_read_u64(&reader);
    *second_word = hs_read_u32(&reader);
    return hs_read_u32(&reader) == entry_crc(entry, height);
}

static uint64_t entry_offset(uint64_t first_height, uint64_t height)
{
    return (height - first_height + 1) * ENTRY_BYTES;
}

enum hs_status hs_height_index_open(struct hs_height_index *index, const struct hs_disk *disk)
{
    index->disk = disk;
    return disk->open(disk->context, HS_HEIGHT_INDEX_NAME, HS_OPEN_OR_CREATE, &index->file);
}

void hs_height_index_close(struct hs_height_index *index)
{
    index->disk->close(index->disk->context, index->file);
}

static enum hs_status read_entries(const struct hs_height_index *index, uint64_t offset,
                                   uint8_t *entries, size_t count)
{
    size_t read_bytes = 0;
    enum hs_status status = index->disk->read(index->disk->context, index->file, offset, entries,
                                              count * ENTRY_BYTES, &read_bytes);
    if (status != HS_OK) {
        return status;
    }
    return read_bytes == count * ENTRY_BYTES ? HS_OK : HS_NOT_FOUND;
}

enum hs_status hs_height_index_first(const struct hs_height_index *index, uint64_t *first_height)
{
    uint8_t entry[ENTRY_BYTES];
    enum hs_status status = read_entries(index, 0, entry, 1);
    if (status != HS_OK) {
        return status;
    }
    uint32_t magic;
    bool whole = entry_decode(entry, first_height, &magic, 0);
    return whole && magic == MAGIC && *first_height > 0 ? HS_OK : HS_NOT_FOUND;
}

enum hs_status hs_height_index_clear(const struct hs_height_index *index)
{
    return index->disk->truncate(index->disk->context, index->file, 0);
}

enum hs_status hs_height_index_begin(const struct hs_height_index *index, uint64_t first_height)
{
    uint8_t entry[ENTRY_BYTES];
    entry_encode(entry, first_height, MAGIC, 0);
    return index->disk->write(index->disk->context, index->file, 0, entry, sizeof entry);
}

enum hs_status hs_height_index_write(const struct hs_height_index *index, uint64_t first_height,
                                     uint64_t height, const struct hs_log_position positions[],
                                     size_t count)
{
    HS_ASSERT(first_height > 0 && height >= first_height);
    uint8_t entries[CHUNK_ENTRIES * ENTRY_BYTES];
    for (size_t done = 0; done < count;) {
        size_t chunk = count - done < CHUNK_ENTRIES ? count - done : CHUNK_ENTRIES;
        for (size_t i = 0; i < chunk; i++) {
            const struct hs_log_position *position = &positions[done + i];
            entry_encode(entries + i * ENTRY_BYTES, position->segment, position->offset,
                         height + done + i);
        }
        enum hs_status status = index->disk->write(index->disk->context, index->file,
                                                   entry_offset(first_height, height + done),
                                                   entries, chunk * ENTRY_BYTES);
        if (status != HS_OK) {
            return status;
        }
        done += chunk;
    }
    return HS_OK;
}

enum hs_status hs_height_index_read(const struct hs_height_index *index, uint64_t first_height,
                                    uint64_t height, struct hs_log_position *position)
{
    if (height < first_height) {
        return HS_NOT_FOUND;
    }
    uint8_t entry[ENTRY_BYTES];
    enum hs_status status = read_entries(index, entry_offset(first_height, height), entry, 1);
    if (status != HS_OK) {
        return status;
    }
    bool whole = entry_decode(entry, &position->segment, &position->offset, height);
    return whole ? HS_OK : HS_NOT_FOUND;
}

enum hs_status hs_height_index_check(const struct hs_height_index *index, uint64_t first_height,
                                     uint64_t end_height)
{
    uint8_t entries[CHUNK_ENTRIES * ENTRY_BYTES];
    for (uint64_t height = first_height; height < end_height;) {
        uint64_t left = end_height - height;
        size_t chunk = left < CHUNK_ENTRIES ? (size_t)left : CHUNK_ENTRIES;
        enum hs_status status =
            read_entries(index, entry_offset(first_height, height), entries, chunk);
        if (status != HS_OK) {
            return status;
        }
        for (size_t i = 0; i < chunk; i++) {
            struct hs_log_position position;
            if (!entry_decode(entries + i * ENTRY_BYTES, &position.segment, &position.offset,
                              height + i)) {
                return HS_NOT_FOUND;
            }
        }
        height += chunk;
    }
    return HS_OK;
}

enum hs_status hs_height_index_end(const struct hs_height_index *index, uint64_t first_height,
                                   uint64_t end_height)
{
    enum hs_status status = index->disk->truncate(index->disk->context, index->file,
                                                  entry_offset(first_height, end_height));
    return status == HS_OK ? hs_height_index_sync(index) : status;
}

enum hs_status hs_height_index_sync(const struct hs_height_index *index)
{
    return index->disk->sync(index->disk->context, index->file);
}
