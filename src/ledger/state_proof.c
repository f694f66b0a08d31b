/* The hashes of the state tree, and proofs made of them.
 *
 * Why an absence proof with somebody else's leaf is enough: the bit of each branch is
 * hashed into it, so a verifier that folds the leaf up to the root, taking at each branch
 * the side that the asked path has, repeats the one descent which that path can make in
 * the tree of that root. It ends at one leaf; the path is in the tree only if that is its own.
 */
#include <string.h>

#include "crypto/hash.h"
#include "ledger/state_nodes.h"

#define KEY_TAG    "hotstuff/state/key"
#define LEAF_TAG   "hotstuff/state/leaf"
#define BRANCH_TAG "hotstuff/state/branch"

void hs_state_path_of(struct hs_state_path *path, uint8_t kind, const void *key, size_t key_bytes)
{
    struct hs_hasher hasher;
    hs_hasher_begin(&hasher, KEY_TAG);
    hs_hasher_add(&hasher, &kind, sizeof kind);
    hs_hasher_add(&hasher, key, key_bytes);
    hs_hasher_end(&hasher, path->bytes);
}

void hs_state_hash_leaf(uint8_t hash[HS_HASH_BYTES], const struct hs_state_path *path,
                        const void *value, size_t value_bytes)
{
    struct hs_hasher hasher;
    hs_hasher_begin(&hasher, LEAF_TAG);
    hs_hasher_add(&hasher, path->bytes, HS_HASH_BYTES);
    hs_hasher_add(&hasher, value, value_bytes);
    hs_hasher_end(&hasher, hash);
}

void hs_state_hash_branch(uint8_t hash[HS_HASH_BYTES], uint32_t bit,
                          const uint8_t left[HS_HASH_BYTES], const uint8_t right[HS_HASH_BYTES])
{
    uint8_t data[1 + 2 * HS_HASH_BYTES];
    data[0] = (uint8_t)bit;
    memcpy(data + 1, left, HS_HASH_BYTES);
    memcpy(data + 1 + HS_HASH_BYTES, right, HS_HASH_BYTES);
    hs_hash(hash, BRANCH_TAG, data, sizeof data);
}

void hs_state_tree_prove(const struct hs_state_tree *tree, const struct hs_state_version *version,
                         struct hs_state_proof *proof, const struct hs_state_path *path)
{
    memset(proof, 0, sizeof *proof);
    uint32_t node = version->node;
    while (hs_state_is_branch(node)) {
        const struct hs_state_branch *branch = hs_state_branch_at(tree, node);
        unsigned side = hs_state_bit_of(path, branch->bit);
        proof->branches[proof->branch_count].bit = (uint8_t)branch->bit;
        memcpy(proof->branches[proof->branch_count].sibling, branch->hashes[1 - side],
               HS_HASH_BYTES);
        proof->branch_count++;
        node = branch->children[side];
    }
    if (node != HS_STATE_NO_NODE) {
        const struct hs_state_leaf *leaf = hs_state_leaf_at(tree, node);
        proof->has_leaf = true;
        proof->leaf_path = leaf->path;
        hs_state_value_of_leaf(&proof->leaf_value, leaf);
    }
}

/* The root that the proof's leaf and siblings make along `path`. */
static void fold(uint8_t hash[HS_HASH_BYTES], const struct hs_state_proof *proof,
                 const struct hs_state_path *path)
{
    hs_state_hash_leaf(hash, &proof->leaf_path, proof->leaf_value.bytes, proof->leaf_value.size);
    for (uint32_t i = proof->branch_count; i > 0; i--) {
        uint32_t bit = proof->branches[i - 1].bit;
        const uint8_t *sibling = proof->branches[i - 1].sibling;
        if (hs_state_bit_of(path, bit) == 0) {
            hs_state_hash_branch(hash, bit, hash, sibling);
        } else {
            hs_state_hash_branch(hash, bit, sibling, hash);
        }
    }
}

static bool values_equal(const struct hs_state_value *a, const struct hs_state_value *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

bool hs_state_proof_root(const struct hs_state_proof *proof, struct hs_state_root *root,
                         const struct hs_state_path *path, const struct hs_state_value *value)
{
    if (proof->branch_count > HS_STATE_PATH_BITS ||
        proof->leaf_value.size > HS_STATE_VALUE_BYTES_MAX ||
        value->size > HS_STATE_VALUE_BYTES_MAX) {
        return false;
    }
    memset(root->bytes, 0, HS_HASH_BYTES);
    if (proof->has_leaf) {
        fold(root->bytes, proof, path);
    }
    bool present =
        proof->has_leaf && memcmp(proof->leaf_path.bytes, path->bytes, HS_HASH_BYTES) == 0;
    return present ? values_equal(&proof->leaf_value, value) : value->size == 0;
}

bool hs_state_proof_holds(const struct hs_state_proof *proof, const struct hs_state_root *root,
                          const struct hs_state_path *path, const struct hs_state_value *value)
{
    struct hs_state_root shown;
    return hs_state_proof_root(proof, &shown, path, value) &&
           memcmp(shown.bytes, root->bytes, HS_HASH_BYTES) == 0;
}
