/* What the log keeps of an epoch's end beside the commit of its last block. See tail.c. */
#ifndef HS_NODE_TAIL_H
#define HS_NODE_TAIL_H

#include "base/bytes.h"
#include "storage/block_log.h"
#include "wire/certificate.h"

struct hs_node;

/* Writes the places of the blocks from the child of `last` up to the one that `certificate` is over:
 * all are held and in the log. Nothing when they are more than HS_TAIL_BLOCKS_MAX. */
void hs_tail_write(struct hs_node *node, struct hs_writer *writer, const struct hs_qc *certificate,
                   const struct hs_block_id *last);

/* Splits what a commit mark holds: its certificate, and the places, which point into `bytes`.
 * `validator_count`: of the commit's epoch. HS_CORRUPT. */
HS_MUST_CHECK enum hs_status hs_tail_read(struct hs_qc *certificate, struct hs_bytes *tail,
                                          struct hs_bytes bytes, uint32_t validator_count);
uint32_t hs_tail_count(struct hs_bytes tail);
struct hs_log_position hs_tail_position(struct hs_bytes tail, uint32_t index);

#endif
