/* The kinds of leaves in the state: each with its key and its value, all of them here.
 *
 * A state key begins with a byte that says what kind of thing it names, so that kinds can
 * be added and never meet. A value begins with the same byte: whoever walks the tree, which
 * keeps only hashes of keys, can tell what a leaf is. Each kind is of one of the two trees
 * (ledger_trees.h).
 *
 *     accounts tree
 *     account   key: 1 || address (32)    value: 1 || balance (u64) || nonce (u64)
 *     burned    key: 2                    value: 2 || units burned so far (u64)
 *     base fee  key: 3                    value: 3 || units per gas of the next block (u64)
 *
 *
 *     registry (a value repeats its key, so that a walk can check its path)
 *     commit       key: 16 || height (u64) || index (u32)
 *                  value: 16 || height || index || commitment (32) || nonce (u64) || deposit (u64)
 *     committer    key: 17 || height || index      value: 17 || height || index || sender (32)
 *     commits of   key: 18 || sender (32)          value: 18 || sender || waiting (u32)
 *     commits at   key: 19 || height               value: 19 || height || waiting (u32) ||
 *                                                         first index (u32) || last index (u32)
 *     commits      key: 20                         value: 20 || waiting (u32)
 *
 * Little-endian. Of burned and base fee there is one leaf each, in every state. What counts nothing
 * has no leaf.
 */
#ifndef HS_LEDGER_LEAF_KINDS_H
#define HS_LEDGER_LEAF_KINDS_H

#include <hotstuff/status.h>

#include "ledger/state_tree.h"

enum hs_leaf_kind {
    HS_LEAF_ACCOUNT = 1,
    HS_LEAF_BURNED = 2,
    HS_LEAF_BASE_FEE = 3,
    HS_LEAF_COMMIT = 16,
    HS_LEAF_COMMITTER = 17,
    HS_LEAF_COMMITS_OF = 18,
    HS_LEAF_COMMITS_AT = 19,
    HS_LEAF_COMMITS = 20,
};

#define HS_LEAF_ACCOUNT_BYTES 17u
#define HS_LEAF_NUMBER_BYTES  9u

/* A leaf that is one number: its kind is HS_LEAF_BURNED or HS_LEAF_BASE_FEE. HS_CORRUPT for bytes
 * that the encoder does not write. */
void hs_leaf_number_path(struct hs_state_path *path, enum hs_leaf_kind kind);
void hs_leaf_number_encode(struct hs_state_value *value, enum hs_leaf_kind kind, uint64_t number);
HS_MUST_CHECK enum hs_status hs_leaf_number_decode(uint64_t *number, enum hs_leaf_kind kind,
                                                   const struct hs_state_value *value);

#endif
