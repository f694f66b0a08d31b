/* hs_check_light: what a node shows to a client without one, at the end of a run (S5, P4).
 *
 *   - from genesis on, every block up to the last one that it reports is proved, and every epoch's end
 *     where the ledger makes the sets
 *   - no proof of a correct node is refused, and they end at the block that it reports
 *
 * A script's sets are in no state: there the client ends where epoch 0 does.
 */
#ifndef HS_SIM_CHECK_LIGHT_H
#define HS_SIM_CHECK_LIGHT_H

#include "sim/check.h"

/* A node, as a client sees it: node/proof_serving.h. HS_IO: its disk has failed it, and nothing is
 * asked of it. */
struct hs_check_light_server {
    void *context;
    enum hs_status (*prove_blocks)(void *context, uint64_t from, uint32_t count, uint8_t bytes[],
                                   size_t *size, size_t capacity);
    enum hs_status (*prove_epoch)(void *context, uint64_t number, uint8_t bytes[], size_t *size,
                                  size_t capacity);
};

/* `height` and `block_id`: the last block that the node reports. */
void hs_check_light(struct hs_check *check, uint32_t process,
                    const struct hs_check_light_server *server, uint64_t height,
                    const struct hs_block_id *block_id);

#endif
