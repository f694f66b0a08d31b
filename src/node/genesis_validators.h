/* The "validators" of the genesis document: who they are, and whether they can be the first set of the
 * chain that the document describes.
 */
#ifndef HS_NODE_GENESIS_VALIDATORS_H
#define HS_NODE_GENESIS_VALIDATORS_H

#include "node/genesis_entry.h"

/* Reads them, and checks them against each other and against the election and the parameters, which
 * were read before. As hs_genesis_parse. */
HS_MUST_CHECK enum hs_status hs_genesis_read_validators(struct hs_genesis *genesis,
                                                        const json_t *array,
                                                        struct hs_genesis_error *error);

#endif
