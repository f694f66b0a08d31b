/* What the rest of the house sees of a validator besides <hotstuff/validator.h>: the parts,
 * for queries on the loop thread and before hs_validator_run. All are owned by the validator.
 */
#ifndef HS_RUNTIME_VALIDATOR_H
#define HS_RUNTIME_VALIDATOR_H

#include <hotstuff/validator.h>

#include "ledger/ledger.h"
#include "node/config.h"
#include "node/genesis.h"
#include "node/node.h"

struct hs_node *hs_validator_node(struct hs_running_validator *validator);
/* NULL when the application is an embedder's. */
const struct hs_ledger *hs_validator_ledger(const struct hs_running_validator *validator);
/* Units per gas, of a block on the committed one. On the loop thread. */
struct hs_amount hs_validator_base_fee(const struct hs_running_validator *validator);
/* Sums up what the committed state holds, by a walk over all of it, once for each state. HS_NOT_FOUND:
 * another application than the ledger; HS_FULL: it has more than HS_RPC_SUPPLY_LEAVES_MAX leaves;
 * HS_OVERFLOW, HS_CORRUPT: it holds what it must not. On the loop thread. */
HS_MUST_CHECK enum hs_status hs_validator_supply(struct hs_running_validator *validator,
                                                 struct hs_amount *supply);

/* Fixed from open to close; any thread. */
const struct hs_config *hs_validator_config(const struct hs_running_validator *validator);
const struct hs_genesis *hs_validator_genesis(const struct hs_running_validator *validator);
const struct hs_log *hs_validator_log(const struct hs_running_validator *validator);
/* The port that peers dial. */
uint16_t hs_validator_port(const struct hs_running_validator *validator);

#endif
