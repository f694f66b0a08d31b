/* hs_log_epoch: in which epoch a block log leaves its node, read without a state machine.
 *
 * For `recover` (D5), which asks for a view: it is one of this epoch.
 */
#ifndef HS_NODE_LOG_EPOCH_H
#define HS_NODE_LOG_EPOCH_H

#include "storage/disk.h"

/* The epoch of the last committed block, or the next one when that block ended it (P4); 0 for an empty
 * log. Blocks; nobody else has the log open. HS_CORRUPT, HS_IO or HS_OUT_OF_MEMORY when the log can't
 * tell. */
HS_MUST_CHECK enum hs_status hs_log_epoch(uint64_t *epoch, const struct hs_disk *disk);

#endif
