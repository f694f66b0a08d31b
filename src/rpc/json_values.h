/* Answers as JSON: field names and formats that scripts rely on.
 *
 * Bytes are "0x" and lowercase hex, amounts and weights decimal strings, heights, views, nonces,
 * indexes and counts numbers. Every function returns a new reference, or NULL without memory.
 */
#ifndef HS_RPC_JSON_VALUES_H
#define HS_RPC_JSON_VALUES_H

#include <jansson.h>

#include "node/genesis.h"
#include "rpc/call.h"

json_t *hs_rpc_json_hex(const uint8_t bytes[], size_t size);
json_t *hs_rpc_json_decimal(uint64_t value);
/* JSON has no room for more than 63 bits in jansson; what is above saturates. */
json_t *hs_rpc_json_number(uint64_t value);

/* The answer of a call whose outcome is HS_OK or HS_DUPLICATE. */
json_t *hs_rpc_json_answer(const struct hs_rpc_call *call, const struct hs_genesis *genesis);

#endif
