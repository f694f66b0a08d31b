#include "ledger/ledger_trees.h"

#include <string.h>

#include "crypto/hash.h"

#define ROOT_TAG "hotstuff/state/root"

struct hs_ledger_version hs_ledger_version_empty(void)
{
    return (struct hs_ledger_version){{hs_state_tree_empty(), hs_state_tree_empty()}};
}

static void join_roots(struct hs_state_root *root, const struct hs_state_root *accounts,
                       const struct hs_state_root *registry)
{
    uint8_t both[2 * HS_HASH_BYTES];
    memcpy(both, accounts->bytes, HS_HASH_BYTES);
    memcpy(both + HS_HASH_BYTES, registry->bytes, HS_HASH_BYTES);
    hs_hash(root->bytes, ROOT_TAG, both, sizeof both);
}

void hs_ledger_root_of(struct hs_state_root *root, const struct hs_ledger_version *version)
{
    join_roots(root, &version->of[HS_TREE_ACCOUNTS].root, &version->of[HS_TREE_REGISTRY].root);
}

void hs_ledger_trees_commit(struct hs_ledger_trees *trees, const struct hs_ledger_version *parent,
                            const struct hs_ledger_version *child)
{
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        hs_state_tree_commit(trees->of[i], &parent->of[i], &child->of[i]);
    }
}

void hs_ledger_trees_drop(struct hs_ledger_trees *trees, const struct hs_ledger_version *parent,
                          const struct hs_ledger_version *child)
{
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        hs_state_tree_drop(trees->of[i], &parent->of[i], &child->of[i]);
    }
}

void hs_ledger_trees_pin(struct hs_ledger_trees *trees, const struct hs_ledger_version *version)
{
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        hs_state_tree_pin(trees->of[i], &version->of[i]);
    }
}

void hs_ledger_trees_unpin(struct hs_ledger_trees *trees)
{
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        hs_state_tree_unpin(trees->of[i]);
    }
}

static enum hs_ledger_tree other_than(enum hs_ledger_tree tree)
{
    return tree == HS_TREE_ACCOUNTS ? HS_TREE_REGISTRY : HS_TREE_ACCOUNTS;
}

void hs_ledger_trees_prove(const struct hs_ledger_trees *trees,
                           const struct hs_ledger_version *version, struct hs_ledger_proof *proof,
                           enum hs_ledger_tree tree, const struct hs_state_path *path)
{
    proof->tree = tree;
    proof->other_root = version->of[other_than(tree)].root;
    hs_state_tree_prove(trees->of[tree], &version->of[tree], &proof->path, path);
}

/* The tree is the asker's, not only the proof's: the same path may stand in both. */
bool hs_ledger_proof_holds(const struct hs_ledger_proof *proof, const struct hs_state_root *root,
                           enum hs_ledger_tree tree, const struct hs_state_path *path,
                           const struct hs_state_value *value)
{
    struct hs_state_root own, joined;
    if (proof->tree != tree || !hs_state_proof_root(&proof->path, &own, path, value)) {
        return false;
    }
    if (tree == HS_TREE_ACCOUNTS) {
        join_roots(&joined, &own, &proof->other_root);
    } else {
        join_roots(&joined, &proof->other_root, &own);
    }
    return memcmp(joined.bytes, root->bytes, HS_HASH_BYTES) == 0;
}
