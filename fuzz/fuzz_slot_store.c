/* A slot store of any bytes: it opens or is refused; what opens keeps its record, and takes
 * the next one. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/virtual_disk.h"
#include "storage/slot_store.h"

#define RECORD_MAX 300u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static enum hs_status open_store(struct hs_slot_store *store, const struct hs_disk *disk,
                                 uint8_t record[RECORD_MAX], uint32_t *size)
{
    enum hs_status status =
        hs_slot_store_open(store, disk, HS_SAFETY_SLOTS_NAME, record, RECORD_MAX, size);
    HS_ASSERT(status == HS_OK || status == HS_CORRUPT);
    HS_ASSERT(status != HS_OK || *size <= RECORD_MAX);
    return status;
}

static void go_on(struct hs_slot_store *store, const struct hs_disk *disk,
                  const uint8_t record[RECORD_MAX], uint32_t size)
{
    uint8_t again[RECORD_MAX];
    uint32_t again_size;
    hs_slot_store_close(store);
    enum hs_status status = open_store(store, disk, again, &again_size);
    HS_ASSERT(status == HS_OK && again_size == size && memcmp(again, record, size) == 0);
    memset(again, 0x77, sizeof again);
    status = hs_slot_store_write(store, again, RECORD_MAX);
    HS_ASSERT(status == HS_OK);
    hs_slot_store_close(store);
    status = open_store(store, disk, again, &again_size);
    HS_ASSERT(status == HS_OK && again_size == RECORD_MAX && again[0] == 0x77);
    hs_slot_store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    if (virtual_disk == NULL) {
        abort();
    }
    enum hs_status status =
        hs_virtual_disk_put(virtual_disk, HS_SAFETY_SLOTS_NAME, data, data_size);
    HS_ASSERT(status == HS_OK);
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    struct hs_slot_store store;
    uint8_t record[RECORD_MAX];
    uint32_t size;
    if (open_store(&store, disk, record, &size) == HS_OK) {
        go_on(&store, disk, record, size);
    }
    hs_virtual_disk_free(virtual_disk);
    return 0;
}
