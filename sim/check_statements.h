/* hs_check_statements: what a correct validator signs, as its own process says it, across restarts.
 *
 *   - one vote a view; vote views strictly increase; only for a block of that view (S2)
 *   - no vote at v after a view change at v; view changes never go back, nor below a vote (S6)
 *   - the high_qc view that it signs never falls and is not below its lock (S4, S6)
 *   - its proposals extend what S3 allows: the view before by its QC, or beside a TC of the view
 *     before a justify that is not below it; and it votes for no other
 *
 * Twins and validators under attack may say what they like.
 */
#ifndef HS_SIM_CHECK_STATEMENTS_H
#define HS_SIM_CHECK_STATEMENTS_H

#include "sim/check.h"
#include "wire/message.h"

struct hs_check_statements;

struct hs_check_statements *hs_check_statements_new(void);
void hs_check_statements_free(struct hs_check_statements *statements);

/* A correct validator's process says this. `proposed_id` is the id of a proposal's block, which was
 * added to `check` before; else NULL. */
void hs_check_statements_message(struct hs_check_statements *statements, struct hs_check *check,
                                 uint32_t process, const struct hs_message *message,
                                 const struct hs_block_id *proposed_id);

#endif
