/* Two epochs of a chain with keys, sets and states, made by hand: for the light client's cases.
 *
 * Epoch 4 ends with height 40; its validators are secrets 0 .. 3. Those of epoch 5 are secrets
 * 2 .. 6. The state of every block holds the digest of epoch 5 and one account, in a tree each.
 */
#ifndef TESTS_UNIT_LIGHT_WORLD_H
#define TESTS_UNIT_LIGHT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bitmap.h"
#include "crypto/hash.h"
#include "light/light.h"
#include "wire/header.h"
#include "wire/statement.h"

#define KEYS        7u
#define LAST_HEIGHT 40u

static const struct hs_chain_id chain = {{0xc4, 0x01}};
static const struct hs_block_id block_10 = {{0xb1, 0x10}};
static const struct hs_address rich = {{0xaa}};
static const struct hs_address nobody = {{0xbb}};

struct side {
    uint32_t first_key;
    struct hs_epoch epoch;
    uint8_t bytes[HS_EPOCH_BYTES_MAX];
    size_t size;
};

static struct hs_bls_secret_key secrets[KEYS];
static struct side four;
static struct side five;
static struct hs_ledger_trees trees;
static struct hs_ledger_version state;
static struct hs_state_root state_root;

static void make_side(struct side *side, uint64_t number, uint64_t last_height, uint32_t first_key,
                      uint32_t count)
{
    side->first_key = first_key;
    side->epoch.last_height = last_height;
    side->epoch.validators.epoch = number;
    side->epoch.validators.count = count;
    side->epoch.validators.weight_total = count;
    for (uint32_t i = 0; i < count; i++) {
        struct hs_validator *member = &side->epoch.validators.validators[i];
        if (hs_bls_public_key_of(&member->bls_public_key, &secrets[first_key + i]) != HS_OK) {
            fail();
        }
        member->network_key.bytes[0] = (uint8_t)(first_key + i + 1);
        member->weight = 1;
        side->epoch.leader_weights[i] = 1;
    }
    side->size = hs_epoch_encode(side->bytes, &side->epoch, HS_LEADER_WEIGHTED);
}

static void put(enum hs_ledger_tree tree, const struct hs_state_path *path,
                const struct hs_state_value *value)
{
    struct hs_state_entry entry = {.path = *path, .value = *value};
    struct hs_state_entry *entries[] = {&entry};
    struct hs_state_version child;
    hs_state_tree_place(trees.of[tree], &state.of[tree], entries, 1);
    assert_int_equal(hs_state_tree_update(trees.of[tree], &child, &state.of[tree], entries, 1),
                     HS_OK);
    hs_state_tree_commit(trees.of[tree], &state.of[tree], &child);
    state.of[tree] = child;
}

static void make_state(void)
{
    const struct hs_state_tree_config config = {
        .leaves_max = 64, .branches_max = 64, .value_bytes_max = HS_STATE_VALUE_BYTES_MAX};
    for (size_t i = 0; i < HS_LEDGER_TREES; i++) {
        trees.of[i] = hs_state_tree_new(calloc(1, hs_state_tree_footprint(&config)), &config);
    }
    state = hs_ledger_version_empty();
    struct hs_state_path path;
    struct hs_state_value value;
    for (uint8_t i = 0; i < 20; i++) {
        const struct hs_address address = {{0xaa, i}};
        const struct hs_account account = {.balance = {1000u + i}, .nonce = i};
        hs_account_path(&path, &address);
        hs_account_encode(&value, &account);
        put(HS_TREE_ACCOUNTS, &path, &value);
    }
    struct hs_hash digest;
    hs_epoch_digest(&digest, &five.epoch, HS_LEADER_WEIGHTED);
    hs_epoch_leaf(&path, &value, 5, &digest);
    put(HS_TREE_REGISTRY, &path, &value);
    hs_epoch_digest(&digest, &four.epoch, HS_LEADER_WEIGHTED);
    hs_epoch_leaf(&path, &value, 4, &digest);
    put(HS_TREE_REGISTRY, &path, &value);
    hs_ledger_root_of(&state_root, &state);
}

static int make_world(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < KEYS; i++) {
        const uint8_t seed[32] = {(uint8_t)(i + 1), 0x77};
        if (hs_bls_secret_key_derive(&secrets[i], seed, sizeof seed) != HS_OK) {
            return -1;
        }
    }
    make_side(&four, 4, LAST_HEIGHT, 0, 4);
    make_side(&five, 5, 2 * LAST_HEIGHT, 2, 5);
    make_state();
    return 0;
}

static int free_world(void **unused)
{
    (void)unused;
    free(trees.of[0]);
    free(trees.of[1]);
    return 0;
}

/* -- what a server says ------------------------------------------------------------------- */

struct hs_answer {
    size_t size;
    uint8_t bytes[8192];
};

static struct hs_bytes bytes_of(const struct hs_answer *answer)
{
    return (struct hs_bytes){.data = answer->bytes, .size = answer->size};
}

/* A certificate over a block, by the first `signers` members. */
static struct hs_qc certify(const struct side *side, uint64_t view, const struct hs_block_id *id,
                            uint32_t signers)
{
    struct hs_qc qc = {.epoch = side->epoch.validators.epoch, .view = view, .block_id = *id};
    const struct hs_statement statement = {
        .type = HS_STATEMENT_VOTE, .epoch = qc.epoch, .view = view, .block_id = *id};
    struct hs_bls_signature signatures[KEYS];
    const struct hs_bls_signature *pointers[KEYS];
    struct hs_bls_statement bytes;
    hs_statement_encode(&bytes, &chain, &statement);
    for (uint32_t i = 0; i < signers; i++) {
        hs_bitmap_set(&qc.signers, i);
        hs_bls_sign(&signatures[i], &secrets[side->first_key + i], &bytes);
        pointers[i] = &signatures[i];
    }
    size_t bad_index;
    assert_int_equal(hs_bls_aggregate(&qc.aggregate, &bad_index, pointers, signers), HS_OK);
    return qc;
}

/* A chain as it is to be proved: heights and views of `count` headers, from B up. */
struct plan {
    const struct side *side;
    uint64_t height;
    uint64_t views[5];
    size_t count;
    uint32_t signers;
    uint64_t certified_later;  /* by how many views the certificate is above C' */
    uint8_t fork;              /* another value, other blocks */
    struct hs_block_id parent; /* of B; zeros: any, by `fork` */
    uint64_t parent_view;
    void (*spoil)(struct hs_block_header *header, size_t from_below);
};

static struct hs_answer proof_of(const struct plan *plan, struct hs_block_id *committed)
{
    const uint32_t members = plan->side->epoch.validators.count;
    struct hs_block_header headers[5];
    static const struct hs_block_id any;
    struct hs_block_id parent = {{0x9a, plan->fork}};
    uint64_t parent_view = plan->views[0] - 1;
    if (memcmp(&plan->parent, &any, sizeof any) != 0) {
        parent = plan->parent;
        parent_view = plan->parent_view;
    }
    for (size_t i = 0; i < plan->count; i++) {
        struct hs_block_header *header = &headers[plan->count - 1 - i];
        *header = (struct hs_block_header){
            .version = HS_HEADER_VERSION,
            .chain_id = chain,
            .epoch = plan->side->epoch.validators.epoch,
            .view = plan->views[i],
            .height = plan->height + i,
            .parent_id = parent,
            .justify = certify(plan->side, parent_view, &parent, members),
            .state_root = state_root,
            .timestamp_ms = 1000u + i,
        };
        if (plan->spoil != NULL) {
            plan->spoil(header, i);
        }
        hs_block_id_of(&parent, header, members);
        parent_view = header->view;
        if (i == 0 && committed != NULL) {
            *committed = parent;
        }
    }
    const struct hs_qc qc =
        certify(plan->side, parent_view + plan->certified_later, &parent, plan->signers);
    struct hs_answer answer;
    assert_int_equal(hs_commit_proof_encode(answer.bytes, &answer.size, sizeof answer.bytes, &qc,
                                            headers, plan->count, members),
                     HS_OK);
    return answer;
}

static struct hs_answer state_proof_of(enum hs_ledger_tree tree, const struct hs_state_path *path)
{
    _Static_assert(sizeof(((struct hs_answer *)NULL)->bytes) < HS_STATE_PROOF_BYTES_MAX,
                   "proofs are written into room for the largest");
    static uint8_t room[HS_STATE_PROOF_BYTES_MAX];
    struct hs_ledger_proof proof;
    hs_ledger_trees_prove(&trees, &state, &proof, tree, path);
    struct hs_answer answer;
    answer.size = hs_state_proof_encode(room, &proof);
    assert_true(answer.size <= sizeof answer.bytes);
    memcpy(answer.bytes, room, answer.size);
    return answer;
}

static struct hs_answer account_proof_of(const struct hs_address *address)
{
    struct hs_state_path path;
    hs_account_path(&path, address);
    return state_proof_of(HS_TREE_ACCOUNTS, &path);
}

static struct hs_answer digest_proof_of(uint64_t number)
{
    struct hs_state_path path;
    struct hs_state_value value;
    const struct hs_hash any = {{0}};
    hs_epoch_leaf(&path, &value, number, &any);
    return state_proof_of(HS_TREE_REGISTRY, &path);
}

/* -- the client ------------------------------------------------------------------------------ */

static struct hs_light light;
static struct hs_light_error error;

static void begin(void)
{
    const struct hs_light_checkpoint checkpoint = {
        .chain_id = chain, .height = 10, .block_id = block_10, .epoch = {four.bytes, four.size}};
    assert_int_equal(hs_light_begin(&light, &checkpoint, &error), HS_OK);
}

static enum hs_status advance(const struct plan *plan)
{
    const struct hs_answer answer = proof_of(plan, NULL);
    return hs_light_advance(&light, bytes_of(&answer), &error);
}

#endif
