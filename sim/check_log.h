/* hs_check_log: what the block log of a process would still hold if its power were cut now.
 *
 * Reads the durable image of its virtual disk, by the format of storage/block_log_format.h, on from
 * where the last call stopped: each batch is read once. A batch counts when each of its records is
 * whole.
 */
#ifndef HS_SIM_CHECK_LOG_H
#define HS_SIM_CHECK_LOG_H

#include "sim/virtual_disk.h"
#include "storage/block_log_format.h"

struct hs_check_log {
    const struct hs_virtual_disk *disk; /* not owned */
    bool in_segment;
    uint64_t segment;
    uint64_t mark;
    uint32_t offset; /* of the next batch */
    uint64_t next_record;
    uint8_t *memory;
    size_t memory_bytes;
};

/* From the log's beginning on. `memory` of before is kept. */
void hs_check_log_begin(struct hs_check_log *log, const struct hs_virtual_disk *disk);
void hs_check_log_release(struct hs_check_log *log);

/* Shows what has become durable since; bytes are good during the call. */
typedef void hs_check_log_visit(void *context, const struct hs_log_record *record);
void hs_check_log_read(struct hs_check_log *log, hs_check_log_visit *visit, void *context);

#endif
