/* hs_recent_transactions: at which height the last committed transactions are.
 *
 * A ring of ids with a map over it: the newest recent_transactions_max are known, older ones
 * are forgotten. It follows from the block log and is made anew at each start.
 */
#ifndef HS_NODE_RECENT_TRANSACTIONS_H
#define HS_NODE_RECENT_TRANSACTIONS_H

#include <hotstuff/types.h>

#include "base/id_map.h"

struct hs_recent_transactions;

/* NULL when there is no memory. */
struct hs_recent_transactions *hs_recent_transactions_new(uint32_t capacity,
                                                          const uint8_t seed[HS_ID_MAP_SEED_BYTES]);
void hs_recent_transactions_free(struct hs_recent_transactions *recent);

/* Adds one; an id that is known keeps its height. */
void hs_recent_transactions_add(struct hs_recent_transactions *recent,
                                const struct hs_transaction_id *id, uint64_t height);
bool hs_recent_transactions_find(const struct hs_recent_transactions *recent,
                                 const struct hs_transaction_id *id, uint64_t *height);

#endif
