/* A snapshot file `snapshot-<16 hex digits of the height>`, integers little-endian:
 *
 *      0   magic "HSSNAPSH" | 8  version u32 | 12  crc u32
 *     16   chunks: state bytes u32, 1 .. HS_SNAPSHOT_CHUNK_BYTES | crc u32 | state bytes
 *    ...   footer, 108 bytes: zero u32 | crc u32 of the rest | state bytes in all u64
 *          chunk count u64 | block id (32) | height u64 | state root (32)
 *          log segment u64 | log offset u32
 *
 * The crc of a chunk, CRC-32C, goes on from that of the chunk before (the header's, for the
 * first), and the footer's goes on from the last chunk's: a chunk that is missing, repeated
 * or of another snapshot breaks the chain.
 *
 * It is written as `snapshot.new`, synced and then renamed. A crash leaves the old snapshots
 * and perhaps an unfinished file, which the next snapshot writes over. Opening reads the whole
 * of a file before it hands out a byte of it, for a state half restored is of no use.
 */
#include "storage/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "storage/crc32c.h"

#define HEADER_BYTES         16u
#define HEADER_CHECKED_BYTES 12u
#define CHUNK_HEADER_BYTES   8u
#define FOOTER_BYTES         108u
#define VERSION              1u
#define NAME_PREFIX          "snapshot-"
#define NAME_DIGITS          16u
#define UNFINISHED_NAME      "snapshot.new"

_Static_assert(FOOTER_BYTES <= HS_SNAPSHOT_CHUNK_BYTES, "a chunk's memory holds a footer");

static const uint8_t magic[8] = {'H', 'S', 'S', 'N', 'A', 'P', 'S', 'H'};

struct hs_snapshot_writer {
    const struct hs_disk *disk;
    struct hs_snapshot_info info;
    struct hs_file file;
    uint64_t file_bytes;
    uint64_t state_bytes;
    uint64_t chunk_count;
    uint32_t crc;
    enum hs_status status; /* of the first call that failed */
    uint32_t chunk_bytes;
    uint8_t chunk[CHUNK_HEADER_BYTES + HS_SNAPSHOT_CHUNK_BYTES];
};

struct hs_snapshot_reader {
    const struct hs_disk *disk;
    struct hs_file file;
    uint64_t offset; /* of the next chunk */
    uint64_t chunk_count;
    uint64_t state_bytes; /* read from the file; by the footer: all of it */
    uint64_t handed_out_bytes;
    uint64_t state_bytes_total;
    uint32_t crc;
    uint32_t chunk_bytes;
    uint32_t chunk_offset;
    uint8_t chunk[CHUNK_HEADER_BYTES + HS_SNAPSHOT_CHUNK_BYTES];
};

static void snapshot_name(char name[HS_FILE_NAME_BYTES_MAX], uint64_t height)
{
    (void)snprintf(name, HS_FILE_NAME_BYTES_MAX, NAME_PREFIX "%016" PRIx64, height);
}

static bool is_snapshot_name(const char *name)
{
    const size_t prefix_size = sizeof NAME_PREFIX - 1;
    return strncmp(name, NAME_PREFIX, prefix_size) == 0 &&
           strspn(name + prefix_size, "0123456789abcdef") == NAME_DIGITS &&
           name[prefix_size + NAME_DIGITS] == '\0';
}

static uint32_t header_encode(uint8_t header[HEADER_BYTES])
{
    struct hs_writer writer = hs_writer_over(header, HEADER_BYTES);
    hs_write_bytes(&writer, magic, sizeof magic);
    hs_write_u32(&writer, VERSION);
    uint32_t crc = hs_crc32c(0, header, HEADER_CHECKED_BYTES);
    hs_write_u32(&writer, crc);
    return crc;
}

/* -- writing ---------------------------------------------------------------------------- */

static enum hs_status append(struct hs_snapshot_writer *writer, const uint8_t *data, size_t size)
{
    if (writer->status == HS_OK) {
        writer->status = writer->disk->write(writer->disk->context, writer->file,
                                             writer->file_bytes, data, size);
        writer->file_bytes += size;
    }
    return writer->status;
}

static enum hs_status flush_chunk(struct hs_snapshot_writer *writer)
{
    if (writer->chunk_bytes == 0) {
        return writer->status;
    }
    writer->crc = hs_crc32c(writer->crc, writer->chunk + CHUNK_HEADER_BYTES, writer->chunk_bytes);
    struct hs_writer header = hs_writer_over(writer->chunk, CHUNK_HEADER_BYTES);
    hs_write_u32(&header, writer->chunk_bytes);
    hs_write_u32(&header, writer->crc);
    size_t size = CHUNK_HEADER_BYTES + writer->chunk_bytes;
    writer->state_bytes += writer->chunk_bytes;
    writer->chunk_count++;
    writer->chunk_bytes = 0;
    return append(writer, writer->chunk, size);
}

static enum hs_status sink_write(void *context, const uint8_t *data, size_t size)
{
    struct hs_snapshot_writer *writer = context;
    while (size > 0 && writer->status == HS_OK) {
        size_t room = HS_SNAPSHOT_CHUNK_BYTES - writer->chunk_bytes;
        size_t part = size < room ? size : room;
        memcpy(writer->chunk + CHUNK_HEADER_BYTES + writer->chunk_bytes, data, part);
        writer->chunk_bytes += (uint32_t)part;
        data += part;
        size -= part;
        if (writer->chunk_bytes == HS_SNAPSHOT_CHUNK_BYTES) {
            (void)flush_chunk(writer);
        }
    }
    return writer->status;
}

enum hs_status hs_snapshot_begin(struct hs_snapshot_writer **writer, const struct hs_disk *disk,
                                 const struct hs_snapshot_info *info)
{
    *writer = NULL;
    struct hs_snapshot_writer *begun = calloc(1, sizeof *begun);
    if (begun == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    begun->disk = disk;
    begun->info = *info;
    enum hs_status status =
        disk->open(disk->context, UNFINISHED_NAME, HS_OPEN_OR_CREATE, &begun->file);
    if (status != HS_OK) {
        free(begun);
        return status;
    }
    begun->status = disk->truncate(disk->context, begun->file, 0);
    uint8_t header[HEADER_BYTES];
    begun->crc = header_encode(header);
    status = append(begun, header, sizeof header);
    if (status != HS_OK) {
        hs_snapshot_abandon(begun);
        return status;
    }
    *writer = begun;
    return HS_OK;
}

struct hs_sink hs_snapshot_sink(struct hs_snapshot_writer *writer)
{
    return (struct hs_sink){.context = writer, .write = sink_write};
}

static enum hs_status append_footer(struct hs_snapshot_writer *writer)
{
    uint8_t footer[FOOTER_BYTES];
    struct hs_writer fields =
        hs_writer_over(footer + CHUNK_HEADER_BYTES, FOOTER_BYTES - CHUNK_HEADER_BYTES);
    const struct hs_snapshot_info *info = &writer->info;
    hs_write_u64(&fields, writer->state_bytes);
    hs_write_u64(&fields, writer->chunk_count);
    hs_write_bytes(&fields, info->block_id.bytes, sizeof info->block_id.bytes);
    hs_write_u64(&fields, info->height);
    hs_write_bytes(&fields, info->state_root.bytes, sizeof info->state_root.bytes);
    hs_write_u64(&fields, info->log_position.segment);
    hs_write_u32(&fields, info->log_position.offset);
    struct hs_writer header = hs_writer_over(footer, CHUNK_HEADER_BYTES);
    hs_write_u32(&header, 0);
    hs_write_u32(&header, hs_crc32c(writer->crc, footer + CHUNK_HEADER_BYTES, fields.offset));
    return append(writer, footer, sizeof footer);
}

/* Removes all but the newest snapshots. Names are sorted, so the newest are last. */
static enum hs_status prune(const struct hs_disk *disk)
{
    char names[HS_SNAPSHOTS_KEPT + 1][HS_FILE_NAME_BYTES_MAX];
    for (;;) {
        size_t found_count = 0;
        enum hs_status status = HS_OK;
        for (size_t i = 0; status == HS_OK && found_count <= HS_SNAPSHOTS_KEPT; i++) {
            status = disk->list(disk->context, i, names[found_count]);
            if (status == HS_OK && is_snapshot_name(names[found_count])) {
                found_count++;
            }
        }
        if (status != HS_OK) {
            return status == HS_NOT_FOUND ? HS_OK : status;
        }
        status = disk->remove(disk->context, names[0]);
        if (status != HS_OK) {
            return status;
        }
    }
}

static enum hs_status finish(struct hs_snapshot_writer *writer)
{
    const struct hs_disk *disk = writer->disk;
    enum hs_status status = flush_chunk(writer);
    if (status == HS_OK) {
        status = append_footer(writer);
    }
    if (status == HS_OK) {
        status = disk->sync(disk->context, writer->file);
    }
    char name[HS_FILE_NAME_BYTES_MAX];
    snapshot_name(name, writer->info.height);
    if (status == HS_OK) {
        status = disk->rename(disk->context, UNFINISHED_NAME, name);
    }
    if (status == HS_OK) {
        status = disk->sync_names(disk->context);
    }
    return status == HS_OK ? prune(disk) : status;
}

enum hs_status hs_snapshot_finish(struct hs_snapshot_writer *writer)
{
    enum hs_status status = finish(writer);
    hs_snapshot_abandon(writer);
    return status;
}

void hs_snapshot_abandon(struct hs_snapshot_writer *writer)
{
    writer->disk->close(writer->disk->context, writer->file);
    free(writer);
}

/* -- reading ----------------------------------------------------------------------------- */

/* HS_CORRUPT when the file ends before. */
static enum hs_status read_exactly(struct hs_snapshot_reader *reader, uint8_t *data, size_t size)
{
    size_t read_bytes = 0;
    enum hs_status status = reader->disk->read(reader->disk->context, reader->file, reader->offset,
                                               data, size, &read_bytes);
    reader->offset += read_bytes;
    if (status != HS_OK) {
        return status;
    }
    return read_bytes == size ? HS_OK : HS_CORRUPT;
}

static enum hs_status rewind_to_start(struct hs_snapshot_reader *reader)
{
    reader->offset = 0;
    reader->chunk_count = 0;
    reader->state_bytes = 0;
    reader->handed_out_bytes = 0;
    reader->chunk_bytes = 0;
    reader->chunk_offset = 0;
    uint8_t expected[HEADER_BYTES];
    uint8_t header[HEADER_BYTES];
    reader->crc = header_encode(expected);
    enum hs_status status = read_exactly(reader, header, sizeof header);
    if (status != HS_OK) {
        return status;
    }
    return memcmp(header, expected, sizeof header) == 0 ? HS_OK : HS_CORRUPT;
}

/* Reads the next chunk; HS_NOT_FOUND when the footer is next instead, and the crc it must
 * have is in *footer_crc. */
static enum hs_status next_chunk(struct hs_snapshot_reader *reader, uint32_t *footer_crc)
{
    enum hs_status status = read_exactly(reader, reader->chunk, CHUNK_HEADER_BYTES);
    if (status != HS_OK) {
        return status;
    }
    struct hs_reader header = hs_reader_over(reader->chunk, CHUNK_HEADER_BYTES);
    uint32_t chunk_bytes = hs_read_u32(&header);
    uint32_t crc = hs_read_u32(&header);
    if (chunk_bytes == 0) {
        *footer_crc = crc;
        return HS_NOT_FOUND;
    }
    if (chunk_bytes > HS_SNAPSHOT_CHUNK_BYTES) {
        return HS_CORRUPT;
    }
    uint8_t *state = reader->chunk + CHUNK_HEADER_BYTES;
    status = read_exactly(reader, state, chunk_bytes);
    if (status != HS_OK) {
        return status;
    }
    reader->crc = hs_crc32c(reader->crc, state, chunk_bytes);
    reader->chunk_bytes = chunk_bytes;
    reader->chunk_offset = 0;
    reader->state_bytes += chunk_bytes;
    reader->chunk_count++;
    return crc == reader->crc ? HS_OK : HS_CORRUPT;
}

static enum hs_status read_footer(struct hs_snapshot_reader *reader, uint32_t footer_crc,
                                  struct hs_snapshot_info *info)
{
    uint8_t footer[FOOTER_BYTES - CHUNK_HEADER_BYTES];
    enum hs_status status = read_exactly(reader, footer, sizeof footer);
    if (status != HS_OK) {
        return status;
    }
    struct hs_reader fields = hs_reader_over(footer, sizeof footer);
    reader->state_bytes_total = hs_read_u64(&fields);
    uint64_t chunk_count = hs_read_u64(&fields);
    hs_read_bytes(&fields, info->block_id.bytes, sizeof info->block_id.bytes);
    info->height = hs_read_u64(&fields);
    hs_read_bytes(&fields, info->state_root.bytes, sizeof info->state_root.bytes);
    info->log_position.segment = hs_read_u64(&fields);
    info->log_position.offset = hs_read_u32(&fields);
    bool whole = footer_crc == hs_crc32c(reader->crc, footer, sizeof footer) &&
                 reader->state_bytes_total == reader->state_bytes &&
                 chunk_count == reader->chunk_count;
    return whole ? HS_OK : HS_CORRUPT;
}

/* Reads the whole file, and is at its beginning again after HS_OK. */
static enum hs_status check(struct hs_snapshot_reader *reader, struct hs_snapshot_info *info)
{
    enum hs_status status = rewind_to_start(reader);
    uint32_t footer_crc = 0;
    while (status == HS_OK) {
        status = next_chunk(reader, &footer_crc);
    }
    if (status != HS_NOT_FOUND) {
        return status;
    }
    status = read_footer(reader, footer_crc, info);
    return status == HS_OK ? rewind_to_start(reader) : status;
}

/* The name of the newest snapshot below `bound`, or of all when bound is empty. */
static enum hs_status newest_below(const struct hs_disk *disk, const char *bound,
                                   char newest[HS_FILE_NAME_BYTES_MAX])
{
    char name[HS_FILE_NAME_BYTES_MAX];
    bool found = false;
    for (size_t i = 0;; i++) {
        enum hs_status status = disk->list(disk->context, i, name);
        if (status == HS_NOT_FOUND) {
            return found ? HS_OK : HS_NOT_FOUND;
        }
        if (status != HS_OK) {
            return status;
        }
        if (is_snapshot_name(name) && (bound[0] == '\0' || strcmp(name, bound) < 0)) {
            found = true;
            memcpy(newest, name, sizeof name);
        }
    }
}

static enum hs_status open_named(struct hs_snapshot_reader *reader, const char *name,
                                 struct hs_snapshot_info *info)
{
    const struct hs_disk *disk = reader->disk;
    enum hs_status status = disk->open(disk->context, name, HS_OPEN_EXISTING, &reader->file);
    if (status != HS_OK) {
        return status;
    }
    status = check(reader, info);
    if (status == HS_OK) {
        char expected[HS_FILE_NAME_BYTES_MAX];
        snapshot_name(expected, info->height);
        status = strcmp(name, expected) == 0 ? HS_OK : HS_CORRUPT;
    }
    if (status != HS_OK) {
        disk->close(disk->context, reader->file);
    }
    return status;
}

enum hs_status hs_snapshot_open(struct hs_snapshot_reader **reader, const struct hs_disk *disk,
                                struct hs_snapshot_info *info)
{
    *reader = NULL;
    struct hs_snapshot_reader *opened = calloc(1, sizeof *opened);
    if (opened == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    opened->disk = disk;
    char bound[HS_FILE_NAME_BYTES_MAX] = "";
    char name[HS_FILE_NAME_BYTES_MAX];
    enum hs_status status = newest_below(disk, bound, name);
    while (status == HS_OK) {
        status = open_named(opened, name, info);
        if (status != HS_CORRUPT) {
            break;
        }
        memcpy(bound, name, sizeof bound);
        status = newest_below(disk, bound, name);
        if (status == HS_NOT_FOUND) {
            status = HS_CORRUPT;
            break;
        }
    }
    if (status != HS_OK) {
        free(opened);
        return status;
    }
    *reader = opened;
    return HS_OK;
}

static enum hs_status source_read(void *context, uint8_t *data, size_t size)
{
    struct hs_snapshot_reader *reader = context;
    if (size > hs_snapshot_left(reader)) {
        return HS_CORRUPT;
    }
    while (size > 0) {
        if (reader->chunk_offset == reader->chunk_bytes) {
            uint32_t footer_crc;
            enum hs_status status = next_chunk(reader, &footer_crc);
            if (status != HS_OK) {
                return status == HS_NOT_FOUND ? HS_CORRUPT : status;
            }
        }
        size_t there = reader->chunk_bytes - reader->chunk_offset;
        size_t part = size < there ? size : there;
        memcpy(data, reader->chunk + CHUNK_HEADER_BYTES + reader->chunk_offset, part);
        reader->chunk_offset += (uint32_t)part;
        reader->handed_out_bytes += part;
        data += part;
        size -= part;
    }
    return HS_OK;
}

struct hs_source hs_snapshot_source(struct hs_snapshot_reader *reader)
{
    return (struct hs_source){.context = reader, .read = source_read};
}

uint64_t hs_snapshot_left(const struct hs_snapshot_reader *reader)
{
    return reader->state_bytes_total - reader->handed_out_bytes;
}

void hs_snapshot_close(struct hs_snapshot_reader *reader)
{
    reader->disk->close(reader->disk->context, reader->file);
    free(reader);
}
