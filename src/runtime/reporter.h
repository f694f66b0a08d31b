/* hs_reporter: hands in the double votes that the node has found (S8), so that they are punished (P8).
 *
 * Evidence is worth something only in a block. A reporter has an account and makes an EVIDENCE
 * transaction of each double vote that would be punished now: one at a time, again when it was lost
 * or the base fee rose above what it offered, and not at all once somebody else's was committed. So
 * that not every validator pays for the same one, each waits before it begins, the longer the
 * higher its index; a fee of one transaction is all that a reporter spends, and it is given nothing
 * for it.
 *
 * A forged evidence would be refused by everybody, and nobody else's account is used: whoever has the
 * reporter's key can spend what that account holds, and no more.
 */
#ifndef HS_RUNTIME_REPORTER_H
#define HS_RUNTIME_REPORTER_H

#include "base/log.h"
#include "crypto/keys.h"
#include "ledger/ledger.h"
#include "node/node.h"

struct hs_reporter;

/* Takes a copy of the key. The ledger, which has stakes, and the log outlive it. NULL when there is no
 * memory. */
struct hs_reporter *hs_reporter_new(const struct hs_account_key *key,
                                    const struct hs_chain_id *chain_id,
                                    const struct hs_ledger *ledger, const struct hs_log *log);
/* Wipes the key. The node has decided all that was submitted to it. NULL is nothing. */
void hs_reporter_free(struct hs_reporter *reporter);

/* Looks whether there is something to be done, every second at most; costs nothing in between.
 * `application` is the ledger's. On the loop thread, between two steps of the node. */
void hs_reporter_look(struct hs_reporter *reporter, struct hs_node *node,
                      const struct hs_application *application, uint64_t now_ns);

#endif
