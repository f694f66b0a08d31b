/* A store is a file of two slots of equal size, a multiple of 4096 bytes, so that no block of
 * a disk belongs to both. A slot, integers little-endian:
 *
 *      0  magic "HSSL" | 4  version u32 | 8  sequence u64 | 16  record_bytes_max u32
 *     20  record bytes u32 | 24  crc u32 | 28  record | unused
 *
 * The crc is CRC-32C over bytes 0 .. 23 and the record. The slot with the higher sequence is
 * current; a write goes to the other one, with the sequence after it. Recovery: the slot whose
 * crc holds, of two the one with the higher sequence. When the newer slot is torn its sync had
 * not returned, so nothing was signed on the strength of it, and the older one is the truth. A
 * newer slot that has rotten looks the same; that the record is then older than it was shows
 * in the other store and in certificates (D5).
 *
 * Opening writes the record once more, into the other slot. After a process that ended because
 * a sync failed, what is read may be the kernel's cache and not the disk: a record is taken
 * for durable only after a sync of this process.
 *
 * A store is created under another name and renamed, so it is there whole or not at all.
 */
#include "storage/slot_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mutants.h"
#include "storage/crc32c.h"

#define SLOT_ALIGNMENT_BYTES 4096u
#define SLOT_HEADER_BYTES    28u
#define SLOT_CRC_OFFSET      24u
#define SLOT_VERSION         1u
#define CREATED_SUFFIX       ".new"

static const uint8_t slot_magic[4] = {'H', 'S', 'S', 'L'};

static uint32_t slot_bytes(uint32_t record_bytes_max)
{
    uint32_t used = SLOT_HEADER_BYTES + record_bytes_max;
    return (used + SLOT_ALIGNMENT_BYTES - 1) / SLOT_ALIGNMENT_BYTES * SLOT_ALIGNMENT_BYTES;
}

static uint32_t slot_crc(const uint8_t *slot, uint32_t record_bytes)
{
    return hs_crc32c(hs_crc32c(0, slot, SLOT_CRC_OFFSET), slot + SLOT_HEADER_BYTES, record_bytes);
}

static uint32_t slot_encode(uint8_t *slot, uint64_t sequence, uint32_t record_bytes_max,
                            const uint8_t *record, uint32_t record_bytes)
{
    struct hs_writer writer = hs_writer_over(slot, SLOT_HEADER_BYTES);
    hs_write_bytes(&writer, slot_magic, sizeof slot_magic);
    hs_write_u32(&writer, SLOT_VERSION);
    hs_write_u64(&writer, sequence);
    hs_write_u32(&writer, record_bytes_max);
    hs_write_u32(&writer, record_bytes);
    if (record_bytes > 0) {
        memcpy(slot + SLOT_HEADER_BYTES, record, record_bytes);
    }
    hs_write_u32(&writer, slot_crc(slot, record_bytes));
    return SLOT_HEADER_BYTES + record_bytes;
}

struct slot_content {
    uint64_t sequence;
    uint32_t record_bytes_max;
    uint32_t record_bytes;
};

/* False when the slot, of which `size` bytes are there, is not whole. */
static bool slot_decode(struct slot_content *content, const uint8_t *slot, size_t size)
{
    struct hs_reader reader = hs_reader_over(slot, size);
    uint8_t magic[sizeof slot_magic];
    hs_read_bytes(&reader, magic, sizeof magic);
    uint32_t version = hs_read_u32(&reader);
    content->sequence = hs_read_u64(&reader);
    content->record_bytes_max = hs_read_u32(&reader);
    content->record_bytes = hs_read_u32(&reader);
    uint32_t crc = hs_read_u32(&reader);
    (void)hs_read_span(&reader, content->record_bytes);
    return !reader.failed && memcmp(magic, slot_magic, sizeof magic) == 0 &&
           version == SLOT_VERSION && crc == slot_crc(slot, content->record_bytes);
}

/* -- creation -------------------------------------------------------------------------- */

static enum hs_status fill_new_file(const struct hs_disk *disk, struct hs_file file,
                                    uint32_t record_bytes_max, const uint8_t *record,
                                    uint32_t record_bytes)
{
    uint8_t *slot = malloc(slot_bytes(record_bytes_max));
    if (slot == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    uint32_t used = slot_encode(slot, 1, record_bytes_max, record, record_bytes);
    enum hs_status status = disk->truncate(disk->context, file, 0);
    if (status == HS_OK) {
        status = disk->reserve(disk->context, file, 2 * (uint64_t)slot_bytes(record_bytes_max));
    }
    if (status == HS_OK) {
        status = disk->write(disk->context, file, 0, slot, used);
    }
    free(slot);
    return status == HS_OK ? disk->sync(disk->context, file) : status;
}

enum hs_status hs_slot_store_replace(const struct hs_disk *disk, const char *name,
                                     uint32_t record_bytes_max, const uint8_t *record,
                                     uint32_t record_bytes)
{
    char new_name[HS_FILE_NAME_BYTES_MAX];
    int length = snprintf(new_name, sizeof new_name, "%s" CREATED_SUFFIX, name);
    if (length < 0 || (size_t)length >= sizeof new_name ||
        record_bytes_max > HS_SLOT_RECORD_BYTES_MAX || record_bytes > record_bytes_max) {
        return HS_INVALID_ARGUMENT;
    }
    struct hs_file file;
    enum hs_status status = disk->open(disk->context, new_name, HS_OPEN_OR_CREATE, &file);
    if (status != HS_OK) {
        return status;
    }
    status = fill_new_file(disk, file, record_bytes_max, record, record_bytes);
    disk->close(disk->context, file);
    if (status == HS_OK) {
        status = disk->rename(disk->context, new_name, name);
    }
    return status == HS_OK ? disk->sync_names(disk->context) : status;
}

enum hs_status hs_slot_store_create(const struct hs_disk *disk, const char *name,
                                    uint32_t record_bytes_max, const uint8_t *record,
                                    uint32_t record_bytes)
{
    struct hs_file file;
    enum hs_status status = disk->open(disk->context, name, HS_OPEN_EXISTING, &file);
    if (status == HS_OK) {
        disk->close(disk->context, file);
        return HS_DUPLICATE;
    }
    if (status != HS_NOT_FOUND) {
        return status;
    }
    return hs_slot_store_replace(disk, name, record_bytes_max, record, record_bytes);
}

/* -- reading and writing ----------------------------------------------------------------- */

/* Reads a slot into store->slot. */
static enum hs_status read_slot(const struct hs_slot_store *store, uint32_t slot_index,
                                struct slot_content *content)
{
    uint32_t size = slot_bytes(store->record_bytes_max);
    size_t read_bytes = 0;
    enum hs_status status =
        store->disk->read(store->disk->context, store->file, (uint64_t)slot_index * size,
                          store->slot, size, &read_bytes);
    if (status != HS_OK) {
        return status;
    }
    bool whole = slot_decode(content, store->slot, read_bytes) &&
                 content->record_bytes_max == store->record_bytes_max &&
                 content->record_bytes <= store->record_bytes_max;
    return whole ? HS_OK : HS_CORRUPT;
}

/* Finds the current slot and copies its record. */
static enum hs_status read_current(struct hs_slot_store *store, uint8_t *record,
                                   uint32_t *record_bytes)
{
    bool found = false;
    for (uint32_t i = 0; i < 2; i++) {
        struct slot_content content;
        enum hs_status status = read_slot(store, i, &content);
        if (status == HS_CORRUPT) {
            continue;
        }
        if (status != HS_OK) {
            return status;
        }
        if (!found || content.sequence > store->sequence) {
            found = true;
            store->sequence = content.sequence;
            store->slot_index = i;
            *record_bytes = content.record_bytes;
            memcpy(record, store->slot + SLOT_HEADER_BYTES, content.record_bytes);
        }
    }
    return found ? HS_OK : HS_CORRUPT;
}

enum hs_status hs_slot_store_write(struct hs_slot_store *store, const uint8_t *record,
                                   uint32_t record_bytes)
{
    if (record_bytes > store->record_bytes_max) {
        return HS_INVALID_ARGUMENT;
    }
    if (store->failed) {
        return HS_IO; /* D3 */
    }
    const struct hs_disk *disk = store->disk;
    uint32_t other_index = HS_MUTANT_ONE_SLOT ? store->slot_index : 1 - store->slot_index;
    uint32_t used = slot_encode(store->slot, store->sequence + 1, store->record_bytes_max, record,
                                record_bytes);
    enum hs_status status =
        disk->write(disk->context, store->file,
                    (uint64_t)other_index * slot_bytes(store->record_bytes_max), store->slot, used);
    if (status == HS_OK && !HS_MUTANT_RECORDS_UNSYNCED) {
        status = disk->sync(disk->context, store->file);
    }
    if (status != HS_OK) {
        store->failed = true; /* D3 */
        return status;
    }
    store->sequence++;
    store->slot_index = other_index;
    return HS_OK;
}

enum hs_status hs_slot_store_open(struct hs_slot_store *store, const struct hs_disk *disk,
                                  const char *name, uint8_t *record, uint32_t record_bytes_max,
                                  uint32_t *record_bytes)
{
    if (record_bytes_max > HS_SLOT_RECORD_BYTES_MAX) {
        return HS_INVALID_ARGUMENT;
    }
    *store = (struct hs_slot_store){.disk = disk, .record_bytes_max = record_bytes_max};
    enum hs_status status = disk->open(disk->context, name, HS_OPEN_EXISTING, &store->file);
    if (status != HS_OK) {
        return status == HS_NOT_FOUND ? HS_NO_SAFETY_RECORD : status; /* D5 */
    }
    store->slot = malloc(slot_bytes(record_bytes_max));
    status = store->slot != NULL ? read_current(store, record, record_bytes) : HS_OUT_OF_MEMORY;
    if (status == HS_OK) {
        status = hs_slot_store_write(store, record, *record_bytes);
    }
    if (status != HS_OK) {
        hs_slot_store_close(store);
    }
    return status;
}

void hs_slot_store_close(struct hs_slot_store *store)
{
    store->disk->close(store->disk->context, store->file);
    free(store->slot);
    store->slot = NULL;
}
