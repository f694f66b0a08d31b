/* hs_commits: the commitments that wait for their reveal.
 *
 *     M1  a COMMIT leaves a record under its place, the height and its index there, and locks a
 *         deposit; so many may wait of one sender, and of all
 *     M2  a reveal takes the record out while it waits
 *     M4  what still waits when its window is over goes, and its deposit is burned
 *
 * A window is over for all commitments of one block at once, window_blocks + 1 heights above it. As a
 * block has HS_BLOCK_TRANSACTIONS_MAX transactions at most, so much is what expires with one block: at
 * most as many records as the one that made them wrote, and each was paid for there.
 *
 * Records of a version that was restored and whose root is not held against a certificate yet may
 * contradict one another: then counts are wrong, but nothing else goes wrong here.
 */
#ifndef HS_LEDGER_COMMITS_H
#define HS_LEDGER_COMMITS_H

#include "ledger/commit_records.h"
#include "ledger/parameters.h"
#include "ledger/registry.h"

/* Records that one COMMIT or one reveal changes. */
#define HS_COMMIT_CHANGES_MAX (HS_COMMIT_RECORDS + 3u)

/* How many wait: of one sender, and of all. */
uint32_t hs_commits_of_sender(const struct hs_records *records, const struct hs_address *sender);
uint32_t hs_commits_waiting(const struct hs_records *records);

/* HS_OK and *commit, or HS_NO_COMMITMENT: none waits there. */
HS_MUST_CHECK enum hs_status hs_commits_find(const struct hs_records *records,
                                             struct hs_commit *commit,
                                             const struct hs_commit_place *place);

/* M1: HS_OK, or HS_FULL: as many wait as may, of this sender or of all. */
HS_MUST_CHECK enum hs_status hs_commits_check(const struct hs_records *records,
                                              const struct hs_commit_parameters *parameters,
                                              const struct hs_address *sender);

/* Adds one that may be, at a place where none is, and takes one out that was found. The registry has
 * room for HS_COMMIT_CHANGES_MAX. */
void hs_commits_add(struct hs_registry *registry, const struct hs_commit *commit);
void hs_commits_take(struct hs_registry *registry, const struct hs_commit *commit);

/* M4: takes out what expires as a block of this height begins, when nothing is changed in the
 * registry yet. Returns the deposits that are to be burned. */
struct hs_amount hs_commits_expire(struct hs_registry *registry,
                                   const struct hs_commit_parameters *parameters, uint64_t height);

#endif
