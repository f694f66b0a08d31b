/* The "parameters" of the genesis document (ledger/parameters.h). */
#ifndef HS_NODE_GENESIS_PARAMETERS_H
#define HS_NODE_GENESIS_PARAMETERS_H

#include "node/genesis_entry.h"

/* Reads the member of the document, each of whose own members may be left out, and checks the
 * parameters, `base_fee` among them, which was read before.
 * HS_MALFORMED; HS_INVALID_ARGUMENT: one is out of its limits. */
HS_MUST_CHECK enum hs_status hs_genesis_read_parameters(struct hs_genesis *genesis,
                                                        struct hs_genesis_entry *document);

/* All of them, for the caller to give back; NULL without memory. A document says what this program
 * takes for a default: another one may take another. */
json_t *hs_genesis_parameters_json(const struct hs_ledger_parameters *parameters);

#endif
