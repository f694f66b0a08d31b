/* hs_genesis_origin: what a chain begins with, worked out from its genesis document alone: block 0 over
 * the built-in ledger's first state, and epoch 0. It is what a home's first safety record names, and
 * the checkpoint of a client without a node (light/light.h).
 */
#ifndef HS_RUNTIME_GENESIS_ORIGIN_H
#define HS_RUNTIME_GENESIS_ORIGIN_H

#include "node/genesis.h"

struct hs_genesis_origin {
    struct hs_block block;
    struct hs_epoch epoch;
};

/* HS_OUT_OF_MEMORY, or what hs_ledger_new says of the genesis. */
HS_MUST_CHECK enum hs_status hs_genesis_origin_make(struct hs_genesis_origin *origin,
                                                    const struct hs_genesis *genesis);

#endif
