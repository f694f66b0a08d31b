/* hs_ledger_trees: the two trees of a ledger, under one root.
 *
 *     state root = H("hotstuff/state/root", root of accounts || root of registry)
 *
 * The accounts tree holds what every transfer touches, in values of a few bytes; the registry holds
 * what is rare (commitments, validators, epochs, punishments), in values of up to
 * HS_STATE_VALUE_BYTES_MAX. In one tree each leaf of an account would have to be as large as the
 * largest record. A block without rare transactions does not touch the registry: its version is the
 * parent's.
 *
 * A state is a version of each tree. Both trees know the same states: one is committed, dropped or
 * pinned in both at once.
 */
#ifndef HS_LEDGER_LEDGER_TREES_H
#define HS_LEDGER_LEDGER_TREES_H

#include "ledger/state_tree.h"

enum hs_ledger_tree {
    HS_TREE_ACCOUNTS,
    HS_TREE_REGISTRY,
};
#define HS_LEDGER_TREES 2u

struct hs_ledger_version {
    struct hs_state_version of[HS_LEDGER_TREES]; /* by enum hs_ledger_tree */
};

struct hs_ledger_trees {
    struct hs_state_tree *of[HS_LEDGER_TREES];
};

/* The version without leaves. */
struct hs_ledger_version hs_ledger_version_empty(void);

void hs_ledger_root_of(struct hs_state_root *root, const struct hs_ledger_version *version);

/* As of one tree (state_tree.h). */
void hs_ledger_trees_commit(struct hs_ledger_trees *trees, const struct hs_ledger_version *parent,
                            const struct hs_ledger_version *child);
void hs_ledger_trees_drop(struct hs_ledger_trees *trees, const struct hs_ledger_version *parent,
                          const struct hs_ledger_version *child);
void hs_ledger_trees_pin(struct hs_ledger_trees *trees, const struct hs_ledger_version *version);
void hs_ledger_trees_unpin(struct hs_ledger_trees *trees);

/* -- proofs --------------------------------------------------------------------- */

/* Why a state holds a value, or none: the way through its tree, and the root of the other one. */
struct hs_ledger_proof {
    enum hs_ledger_tree tree;
    struct hs_state_proof path;
    struct hs_state_root other_root;
};

void hs_ledger_trees_prove(const struct hs_ledger_trees *trees,
                           const struct hs_ledger_version *version, struct hs_ledger_proof *proof,
                           enum hs_ledger_tree tree, const struct hs_state_path *path);

/* Does `proof` show that the state with this root holds exactly `value` under `path` of `tree`
 * (size 0: holds nothing)? Needs no tree. The proof may come from anybody. */
bool hs_ledger_proof_holds(const struct hs_ledger_proof *proof, const struct hs_state_root *root,
                           enum hs_ledger_tree tree, const struct hs_state_path *path,
                           const struct hs_state_value *value);

#endif
