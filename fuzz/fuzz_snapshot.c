/* A snapshot file of any bytes: it is refused, or all of it can be read. */
#include <stdlib.h>

#include "base/assert.h"
#include "sim/virtual_disk.h"
#include "storage/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    if (virtual_disk == NULL) {
        abort();
    }
    enum hs_status status =
        hs_virtual_disk_put(virtual_disk, "snapshot-0000000000000005", data, data_size);
    HS_ASSERT(status == HS_OK);
    struct hs_snapshot_reader *reader;
    struct hs_snapshot_info info;
    status = hs_snapshot_open(&reader, hs_virtual_disk_interface(virtual_disk), &info);
    HS_ASSERT(status == HS_OK || status == HS_CORRUPT);
    if (status == HS_OK) {
        HS_ASSERT(info.height == 5 && hs_snapshot_left(reader) < data_size);
        struct hs_source source = hs_snapshot_source(reader);
        while (hs_snapshot_left(reader) > 0) {
            uint8_t bytes[777];
            uint64_t left = hs_snapshot_left(reader);
            status = source.read(source.context, bytes,
                                 left < sizeof bytes ? (size_t)left : sizeof bytes);
            HS_ASSERT(status == HS_OK);
        }
        hs_snapshot_close(reader);
    }
    hs_virtual_disk_free(virtual_disk);
    return 0;
}
