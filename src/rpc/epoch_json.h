/* Answers about epochs and validators as JSON (see json_values.h). */
#ifndef HS_RPC_EPOCH_JSON_H
#define HS_RPC_EPOCH_JSON_H

#include "rpc/json_values.h"

json_t *hs_rpc_json_epoch(const struct hs_rpc_call *call, const struct hs_genesis *genesis);
json_t *hs_rpc_json_validators(const struct hs_rpc_call *call);
json_t *hs_rpc_json_operator(const struct hs_rpc_call *call);
json_t *hs_rpc_json_registered(const struct hs_rpc_call *call);
json_t *hs_rpc_json_evidence(const struct hs_rpc_call *call);

#endif
