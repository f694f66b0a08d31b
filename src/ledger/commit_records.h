/* The records of commitments: their bytes (leaf_kinds.h).
 *
 * A commitment that waits has two records, for one value has no room for it: what it holds, and whose
 * it is. Counts of what waits stand beside them, of one sender, of one height and of all, so that
 * limits are checked and heights expire without a search.
 *
 * No bytes read as a count of nothing. HS_CORRUPT for bytes that the encoder does not write.
 */
#ifndef HS_LEDGER_COMMIT_RECORDS_H
#define HS_LEDGER_COMMIT_RECORDS_H

#include "ledger/leaf_kinds.h"
#include "wire/transaction.h"

/* Where a COMMIT stands in the chain. */
struct hs_commit_place {
    uint64_t height;
    uint32_t index; /* in its block: below HS_BLOCK_TRANSACTIONS_MAX */
};

/* One that waits for its reveal. */
struct hs_commit {
    struct hs_commit_place place;
    struct hs_address sender;
    uint64_t nonce; /* of the COMMIT */
    struct hs_commitment commitment;
    struct hs_amount deposit; /* above 0 */
};

/* What waits of one height; all of it between two indexes, both included. */
struct hs_commits_at {
    uint64_t height;
    uint32_t waiting;
    uint32_t first_index;
    uint32_t last_index;
};

enum hs_commit_record {
    HS_COMMIT_RECORD_CONTENT,
    HS_COMMIT_RECORD_SENDER,
};
#define HS_COMMIT_RECORDS 2u

void hs_commit_paths(struct hs_state_path paths[HS_COMMIT_RECORDS],
                     const struct hs_commit_place *place);
void hs_commit_encode(struct hs_state_value values[HS_COMMIT_RECORDS],
                      const struct hs_commit *commit);
/* Each on its own: fills in what its record holds, the place from either. */
HS_MUST_CHECK enum hs_status hs_commit_decode_content(struct hs_commit *commit,
                                                      const struct hs_state_value *value);
HS_MUST_CHECK enum hs_status hs_commit_decode_sender(struct hs_commit *commit,
                                                     const struct hs_state_value *value);

void hs_commits_of_path(struct hs_state_path *path, const struct hs_address *sender);
void hs_commits_of_encode(struct hs_state_value *value, const struct hs_address *sender,
                          uint32_t waiting);
HS_MUST_CHECK enum hs_status hs_commits_of_decode(struct hs_address *sender, uint32_t *waiting,
                                                  const struct hs_state_value *value);

void hs_commits_at_path(struct hs_state_path *path, uint64_t height);
void hs_commits_at_encode(struct hs_state_value *value, const struct hs_commits_at *at);
HS_MUST_CHECK enum hs_status hs_commits_at_decode(struct hs_commits_at *at,
                                                  const struct hs_state_value *value);

void hs_commits_path(struct hs_state_path *path);
void hs_commits_encode(struct hs_state_value *value, uint32_t waiting);
HS_MUST_CHECK enum hs_status hs_commits_decode(uint32_t *waiting,
                                               const struct hs_state_value *value);

/* Is this a leaf of one of the kinds above, under the path that is its own? Says then what it holds
 * of the supply. HS_CORRUPT when not. */
HS_MUST_CHECK enum hs_status hs_commit_leaf_check(struct hs_amount *held,
                                                  const struct hs_state_path *path,
                                                  const struct hs_state_value *value);

#endif
