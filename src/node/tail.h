/* What the log keeps of an epoch's end, in the commit mark of its last block. See tail.c. */
#ifndef HS_NODE_TAIL_H
#define HS_NODE_TAIL_H

#include "base/bytes.h"
#include "storage/block_log.h"
#include "wire/certificate.h"

struct hs_node;

/* What a commit mark holds. The bytes point into the mark. */
struct hs_commit_mark {
    struct hs_qc certificate;
    bool ends_epoch; /* the rest is there */
    struct hs_bytes tail;
    struct hs_bytes next_epoch;       /* its encoding (wire/epoch_codec.h); empty: not kept */
    struct hs_bytes next_epoch_proof; /* as the application gave it, under this block's state */
};

/* Writes, behind `certificate`, what is kept of the end of the epoch that `last` ended: the places
 * of the blocks from its child up to the one that the certificate is over, all of them held and in
 * the log (none when they are more than HS_TAIL_BLOCKS_MAX), and the next epoch. The state of
 * `last` is the committed one. */
void hs_tail_write(struct hs_node *node, struct hs_writer *writer, const struct hs_qc *certificate,
                   const struct hs_block_id *last);

/* `validator_count`: of the commit's epoch. HS_CORRUPT. */
HS_MUST_CHECK enum hs_status hs_commit_mark_read(struct hs_commit_mark *mark, struct hs_bytes bytes,
                                                 uint32_t validator_count);
uint32_t hs_tail_count(struct hs_bytes tail);
struct hs_log_position hs_tail_position(struct hs_bytes tail, uint32_t index);

#endif
