/* hs_state_tree: the authenticated map from paths to values, in many versions.
 *
 * A path is the tagged hash of a key: 256 bits, even and unchosen. The tree is a binary
 * trie over the bits of paths in which a node stands only where two paths part:
 *
 *     leaf                H("hotstuff/state/leaf", path || value)
 *     branch at bit b     H("hotstuff/state/branch", b (1 byte) || left || right)
 *     nothing             32 zero bytes
 *
 * A subtree of one leaf is that leaf, one of n leaves has exactly n - 1 branches: whoever
 * grinds keys for long common prefixes can make it deeper but not larger, so a pool of a
 * fixed size holds a known number of leaves. The root follows from the set of (path,
 * value) alone, in whatever order and batches it came to be.
 *
 * Nodes never change once made. An update copies the branches above what it changes and
 * shares the rest, each shared branch of a batch hashed once; so a version is nothing but
 * its root, and versions with one parent live side by side:
 *
 *         v1 ──► o          v2 = update(v1, ..)      commit(v1, v2) frees what only v1 has
 *               / \   ┌──── o ◄── v2                 drop(v1, v2)   frees what only v2 has
 *              a   b ─┘    / \
 *                         b'  (b's other half is shared)
 *
 * One version can be pinned: then no node of it is reused until it is unpinned, and another
 * thread may walk it meanwhile. All else comes from one thread. Nothing is allocated: the
 * tree lives in zeroed memory it was given, hands nodes out from the low end and touches a
 * page only when it needs it.
 */
#ifndef HS_LEDGER_STATE_TREE_H
#define HS_LEDGER_STATE_TREE_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#define HS_STATE_PATH_BITS 256u

struct hs_state_path {
    uint8_t bytes[HS_HASH_BYTES];
};

/* 1 .. HS_STATE_VALUE_BYTES_MAX bytes; size 0: no value, the path is not in the tree. */
struct hs_state_value {
    uint8_t size;
    uint8_t bytes[HS_STATE_VALUE_BYTES_MAX];
};

/* A version. `node` is the tree's own; two versions with one hash are equal as maps. */
struct hs_state_version {
    uint32_t node;
    struct hs_state_root root;
};

/* One path that a batch reads or changes. */
struct hs_state_entry {
    struct hs_state_path path;
    struct hs_state_value value;
    uint16_t split_bit; /* where it belongs: for the tree alone */
};

struct hs_state_tree_config {
    uint32_t leaves_max;      /* over all versions, the pinned one included */
    uint32_t branches_max;    /* the same */
    uint32_t value_bytes_max; /* at most HS_STATE_VALUE_BYTES_MAX */
};

struct hs_state_tree;

/* Bytes of memory; 0 when the configuration is out of its limits. */
size_t hs_state_tree_footprint(const struct hs_state_tree_config *config);

/* A tree without nodes, in zeroed memory (footprint bytes, aligned as malloc aligns) whose
 * owner keeps and frees it. */
struct hs_state_tree *hs_state_tree_new(void *memory, const struct hs_state_tree_config *config);

/* The version without leaves: its root is all zero. */
struct hs_state_version hs_state_tree_empty(void);

/* The path of a key of some kind: H("hotstuff/state/key", kind || key). */
void hs_state_path_of(struct hs_state_path *path, uint8_t kind, const void *key, size_t key_bytes);

/* Reads one value; size 0 when the version does not hold the path. */
void hs_state_tree_find(const struct hs_state_tree *tree, const struct hs_state_version *version,
                        struct hs_state_value *value, const struct hs_state_path *path);

/* Notes where each of many paths belongs in a version, as hs_state_tree_update asks for;
 * several times faster than as many calls to hs_state_tree_find. */
void hs_state_tree_place(const struct hs_state_tree *tree, const struct hs_state_version *version,
                         struct hs_state_entry *const entries[], size_t count);

/* The same, and reads their values. */
void hs_state_tree_locate(const struct hs_state_tree *tree, const struct hs_state_version *version,
                          struct hs_state_entry *const entries[], size_t count);

/* Makes `child`: `parent` with the values of `entries`, which were placed in `parent` and
 * have distinct paths. An entry of size 0 takes its path out. `entries` is reordered.
 * HS_FULL when the nodes do not suffice: no version is made and nothing is lost. */
HS_MUST_CHECK enum hs_status hs_state_tree_update(struct hs_state_tree *tree,
                                                  struct hs_state_version *child,
                                                  const struct hs_state_version *parent,
                                                  struct hs_state_entry *entries[], size_t count);

/* `child` takes the place of its parent: frees every node that only the parent has. The
 * parent's other children are dropped before. */
void hs_state_tree_commit(struct hs_state_tree *tree, const struct hs_state_version *parent,
                          const struct hs_state_version *child);

/* Forgets a child without children: frees every node that its parent does not have. */
void hs_state_tree_drop(struct hs_state_tree *tree, const struct hs_state_version *parent,
                        const struct hs_state_version *child);

/* Pins a committed version; one at a time. */
void hs_state_tree_pin(struct hs_state_tree *tree, const struct hs_state_version *version);
void hs_state_tree_unpin(struct hs_state_tree *tree);

/* Gives every leaf to `visit`, in ascending order of paths, until one call is not HS_OK:
 * that is the result. For a pinned version also on another thread. */
HS_MUST_CHECK enum hs_status hs_state_tree_walk(
    const struct hs_state_tree *tree, const struct hs_state_version *version,
    enum hs_status (*visit)(void *context, const struct hs_state_path *path,
                            const struct hs_state_value *value),
    void *context);

/* Nodes in use, over all versions. */
uint32_t hs_state_tree_leaf_count(const struct hs_state_tree *tree);
uint32_t hs_state_tree_branch_count(const struct hs_state_tree *tree);

/* -- proofs ------------------------------------------------------------------ */

/* Why a version holds a value under a path, or nothing: the way from the root down to the
 * one leaf where the path can be. That leaf is the path's own, or another's, or there is
 * none in an empty tree. */
struct hs_state_proof {
    uint32_t branch_count; /* 0 .. HS_STATE_PATH_BITS */
    struct {
        uint8_t bit;
        uint8_t sibling[HS_HASH_BYTES];
    } branches[HS_STATE_PATH_BITS]; /* from the root down */
    bool has_leaf;
    struct hs_state_path leaf_path;
    struct hs_state_value leaf_value;
};

void hs_state_tree_prove(const struct hs_state_tree *tree, const struct hs_state_version *version,
                         struct hs_state_proof *proof, const struct hs_state_path *path);

/* Does `proof` show that the state with this root holds exactly `value` under `path` (size
 * 0: holds nothing)? Needs no tree. The proof may come from anybody. */
bool hs_state_proof_holds(const struct hs_state_proof *proof, const struct hs_state_root *root,
                          const struct hs_state_path *path, const struct hs_state_value *value);

/* The root of the state of which `proof` shows this; false when it shows it of none. */
bool hs_state_proof_root(const struct hs_state_proof *proof, struct hs_state_root *root,
                         const struct hs_state_path *path, const struct hs_state_value *value);

#endif
