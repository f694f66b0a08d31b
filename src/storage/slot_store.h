/* hs_slot_store: one small record that is rewritten for ever and never lost.
 *
 * Two slots in one preallocated file, written in turn (D1): whatever a power cut does
 * to the slot being written, the other one holds the record before it, and nothing was
 * signed yet on the strength of the new one. The record is opaque bytes; the core's
 * safety record and the signer's own record each have a store.
 *
 * All calls block and come from one thread at a time: before the node starts, then the
 * disk lane.
 */
#ifndef HS_STORAGE_SLOT_STORE_H
#define HS_STORAGE_SLOT_STORE_H

#include "storage/disk.h"

#define HS_SAFETY_SLOTS_NAME "safety.slots"
#define HS_SIGNER_SLOTS_NAME "signer.slots"

struct hs_slot_store {
    const struct hs_disk *disk; /* not owned */
    struct hs_file file;
    uint64_t sequence;   /* of the current record */
    uint32_t slot_index; /* where the current record is: 0 or 1 */
    uint32_t record_bytes_max;
    bool failed;
    uint8_t *slot; /* a slot being put together; owned */
};

/* Makes a store whose first record is `record`, for records of up to record_bytes_max
 * (at most HS_SLOT_RECORD_BYTES_MAX). HS_DUPLICATE when a file of that name is there: a
 * safety record is never written over. For `testnet` and `devnet` only: a running node
 * never creates one (D5). */
HS_MUST_CHECK enum hs_status hs_slot_store_create(const struct hs_disk *disk, const char *name,
                                                  uint32_t record_bytes_max, const uint8_t *record,
                                                  uint32_t record_bytes);

/* As create, in place of whatever is there. For `recover` only. */
HS_MUST_CHECK enum hs_status hs_slot_store_replace(const struct hs_disk *disk, const char *name,
                                                   uint32_t record_bytes_max, const uint8_t *record,
                                                   uint32_t record_bytes);

/* Opens the store and copies its current record to `record`, which has room for
 * record_bytes_max bytes, the same number it was created with. The record is made durable
 * once more before the call returns.
 * HS_NO_SAFETY_RECORD when there is no file; HS_CORRUPT when no slot is whole, or
 * the file was made for another record_bytes_max. */
HS_MUST_CHECK enum hs_status hs_slot_store_open(struct hs_slot_store *store,
                                                const struct hs_disk *disk, const char *name,
                                                uint8_t *record, uint32_t record_bytes_max,
                                                uint32_t *record_bytes);

/* Makes `record` the current one: durable when HS_OK comes back. After one failure every
 * later call fails too (D3). HS_INVALID_ARGUMENT, and no failure, when it is too long. */
HS_MUST_CHECK enum hs_status hs_slot_store_write(struct hs_slot_store *store, const uint8_t *record,
                                                 uint32_t record_bytes);

/* Closes the file and frees what open took. */
void hs_slot_store_close(struct hs_slot_store *store);

#endif
