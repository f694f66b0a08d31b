/* hs_check_durability: what would survive a power cut at this very moment, against what leaves a
 * process at this moment.
 *
 *   - before a vote of a correct validator leaves, the safety record and the signer's record cover it
 *     and the lock, high_qc and entry to its view that it rests on (D1, D6); the block, and all
 *     blocks between it and the last durable commit, are in the log (D2)
 *   - before a view change leaves, both records cover it (D1, D6)
 *   - before any node reports a height, its COMMIT is in the log (D7)
 *   - a node can be opened on what its disk holds, unless a fault was met meanwhile
 *
 * The records are decoded here, by the format that storage/slot_store.c describes. One statement is
 * checked once; sent again, it rests on records that never go back.
 */
#ifndef HS_SIM_CHECK_DURABILITY_H
#define HS_SIM_CHECK_DURABILITY_H

#include "sim/check.h"
#include "sim/check_log.h"

struct hs_check_durability;

/* Is shown each block that some durable log holds, once, after it was added to `check`. */
typedef void hs_check_logged(void *context, uint32_t process, struct hs_check_block *block,
                             const struct hs_qc *justify, struct hs_bytes payload);

struct hs_check_durability *hs_check_durability_new(struct hs_check *check, hs_check_logged *logged,
                                                    void *context);
void hs_check_durability_free(struct hs_check_durability *durability);

/* The process stands on this disk, from its beginning or anew. Without a disk nothing is checked. */
void hs_check_durability_opened(struct hs_check_durability *durability, uint32_t process,
                                const struct hs_virtual_disk *disk);

/* Bits of its log, or of one of its records, have rotted: that is not asked for, until it is mended
 * or, for a record, until the process is opened again. */
void hs_check_durability_log_damaged(struct hs_check_durability *durability, uint32_t process,
                                     bool damaged);
void hs_check_durability_record_damaged(struct hs_check_durability *durability, uint32_t process);

void hs_check_durability_vote(struct hs_check_durability *durability, uint32_t process,
                              uint64_t epoch, uint64_t view, const struct hs_block_id *block_id);
void hs_check_durability_view_change(struct hs_check_durability *durability, uint32_t process,
                                     uint64_t epoch, uint64_t view, uint64_t high_qc_view);
void hs_check_durability_reported(struct hs_check_durability *durability, uint32_t process,
                                  const struct hs_block *block);
void hs_check_durability_not_opened(struct hs_check *check, uint32_t process, const char *why);

#endif
