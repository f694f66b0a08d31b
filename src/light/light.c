#include "light/light.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "consensus/leader_election.h"
#include "wire/header.h"

static enum hs_status fail(struct hs_light_error *error, enum hs_status status, const char *reason,
                           size_t header)
{
    *error = (struct hs_light_error){.reason = reason, .header = (uint32_t)header};
    return status;
}

static bool ids_equal(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* -- epochs ------------------------------------------------------------------------------- */

/* Takes `bytes` as the client's epoch. Writes into `light` only what an epoch is, and only when all
 * is well. */
static enum hs_status use_epoch(struct hs_light *light, const struct hs_epoch *epoch,
                                enum hs_leader_election election, struct hs_light_error *error)
{
    const struct hs_leader_rule rule = {
        .election = election,
        .validators = &epoch->validators,
        .leader_weights = epoch->leader_weights,
    };
    struct hs_verifier verifier;
    struct hs_bls_point keys[HS_VALIDATORS_MAX];
    const enum hs_status status =
        hs_verifier_init(&verifier, &light->chain_id, &epoch->validators, NULL, keys);
    if (status != HS_OK) {
        return fail(error, HS_INVALID_ARGUMENT, "the members are no validator set", 0);
    }
    if (hs_leader_rule_check(&rule) != HS_OK) {
        return fail(error, HS_INVALID_ARGUMENT, "leaders can't be drawn from the members", 0);
    }
    light->epoch = *epoch;
    light->election = election;
    memcpy(light->keys, keys, sizeof keys);
    light->verifier = verifier;
    light->verifier.set = &light->epoch.validators;
    light->verifier.keys = light->keys;
    return HS_OK;
}

enum hs_status hs_light_begin(struct hs_light *light, const struct hs_light_checkpoint *checkpoint,
                              struct hs_light_error *error)
{
    memset(light, 0, sizeof *light);
    struct hs_epoch epoch;
    enum hs_leader_election election;
    if (hs_epoch_decode(&epoch, &election, checkpoint->epoch) != HS_OK) {
        return fail(error, HS_MALFORMED, "the checkpoint's epoch is not one", 0);
    }
    if (checkpoint->height > epoch.last_height) {
        return fail(error, HS_INVALID_ARGUMENT, "the block is above its epoch's last", 0);
    }
    light->chain_id = checkpoint->chain_id;
    light->height = checkpoint->height;
    light->block_id = checkpoint->block_id;
    return use_epoch(light, &epoch, election, error);
}

enum hs_status hs_light_enter(struct hs_light *light, struct hs_bytes epoch_bytes,
                              struct hs_bytes digest_proof, struct hs_light_error *error)
{
    if (light->height != light->epoch.last_height || !light->has_state_root) {
        return fail(error, HS_NOT_READY, "the block that ends the epoch is not proved yet", 0);
    }
    struct hs_epoch epoch;
    enum hs_leader_election election;
    if (hs_epoch_decode(&epoch, &election, epoch_bytes) != HS_OK) {
        return fail(error, HS_MALFORMED, "the epoch's bytes are not one", 0);
    }
    struct hs_ledger_proof proof;
    if (hs_state_proof_decode(&proof, digest_proof) != HS_OK) {
        return fail(error, HS_MALFORMED, "the proof of the digest is not one", 0);
    }
    if (epoch.validators.epoch == 0 || epoch.validators.epoch - 1 != light->verifier.set->epoch ||
        epoch.last_height <= light->height) { /* P4 */
        return fail(error, HS_PROTOCOL_VIOLATION, "the epoch is not the next one", 0);
    }
    struct hs_hash digest;
    struct hs_state_path path;
    struct hs_state_value value;
    hs_epoch_digest(&digest, &epoch, election);
    hs_epoch_leaf(&path, &value, epoch.validators.epoch, &digest);
    if (!hs_ledger_proof_holds(&proof, &light->state_root, HS_TREE_REGISTRY, &path, &value)) {
        return fail(error, HS_PROTOCOL_VIOLATION, "the state does not hold the epoch's digest", 0);
    }
    return use_epoch(light, &epoch, election, error);
}

/* -- commit proofs -------------------------------------------------------------------------- */

static void read_header(struct hs_reader *reader, struct hs_block_header *header,
                        uint32_t validator_count)
{
    const size_t size = hs_read_u32(reader);
    const struct hs_bytes bytes = {.data = hs_read_span(reader, size), .size = size};
    if (bytes.data == NULL || hs_header_decode(header, bytes, validator_count) != HS_OK) {
        hs_reader_fail(reader);
    }
}

/* What the voters of `child` have seen of it (S1), checked again as far as two headers of one epoch
 * show it. */
static bool is_parent(const struct hs_block *parent, const struct hs_block_header *child)
{
    return child->view > parent->header.view && child->height > parent->header.height &&
           child->height - 1 == parent->header.height &&
           ids_equal(&child->justify.block_id, &parent->id) &&
           child->justify.view == parent->header.view &&
           child->justify.epoch == parent->header.epoch;
}

/* The next header down. `child` is the one above it, NULL for the first, which `qc` names. */
static enum hs_status read_block(const struct hs_light *light, struct hs_reader *reader,
                                 struct hs_verified_block *block, const struct hs_verified_qc *qc,
                                 const struct hs_verified_block *child, const char **reason)
{
    struct hs_block_header header;
    read_header(reader, &header, light->verifier.set->count);
    if (reader->failed) {
        *reason = "its bytes are no header of this epoch";
        return HS_MALFORMED;
    }
    const enum hs_status status =
        child == NULL ? hs_verify_block_by_qc(&light->verifier, block, &header, qc)
                      : hs_verify_block_by_child(&light->verifier, block, &header, child);
    if (status != HS_OK) {
        *reason = child == NULL ? "the certificate names another block"
                                : "the header above it names another parent";
        return status;
    }
    if (memcmp(header.chain_id.bytes, light->chain_id.bytes, HS_HASH_BYTES) != 0) {
        *reason = "it is of another chain";
        return HS_WRONG_CHAIN;
    }
    return HS_OK;
}

/* What a proof commits: its lowest block, and in `blocks`, where there are any, as many from there up as
 * have room. */
struct committed {
    struct hs_block lowest;
    struct hs_block *blocks;
    size_t count;
    size_t capacity;
};

/* The first header of a proof is certified only; a tail block (P4) is never committed. `place`: how many
 * headers are below it. They come from above. */
static void take_committed(const struct hs_light *light, struct committed *committed,
                           const struct hs_block *block, bool is_first, size_t place)
{
    committed->lowest = *block;
    if (is_first || block->header.height > light->epoch.last_height ||
        place >= committed->capacity) {
        return;
    }
    committed->blocks[place] = *block;
    committed->count = place + 1 > committed->count ? place + 1 : committed->count;
}

/* Reads all headers. */
static enum hs_status read_chain(const struct hs_light *light, struct hs_reader *reader,
                                 struct committed *committed, const struct hs_verified_qc *qc,
                                 struct hs_light_error *error)
{
    const uint32_t count = hs_read_u32(reader);
    if (count < 2 || count > HS_COMMIT_PROOF_HEADERS_MAX) {
        return fail(error, HS_MALFORMED, "a commit proof has two headers or more", 0);
    }
    struct hs_verified_block above;
    for (uint32_t i = 0; i < count; i++) {
        struct hs_verified_block block;
        const char *reason = NULL;
        const enum hs_status status =
            read_block(light, reader, &block, qc, i == 0 ? NULL : &above, &reason);
        if (status != HS_OK) {
            return fail(error, status, reason, i);
        }
        const struct hs_block *own = hs_verified_block_get(&block);
        const struct hs_block_header *child =
            i == 0 ? NULL : &hs_verified_block_get(&above)->header;
        if (own->header.epoch != light->verifier.set->epoch) {
            return fail(error, HS_PROTOCOL_VIOLATION, "it is of another epoch", i);
        }
        if (child == NULL ? own->header.view != hs_verified_qc_get(qc)->view
                          : !is_parent(own, child)) {
            return fail(error, HS_PROTOCOL_VIOLATION, "it is not linked as a chain's blocks are",
                        i);
        }
        if (i == 1 && child->view - 1 != own->header.view) { /* S5 */
            return fail(error, HS_PROTOCOL_VIOLATION, "the views are not consecutive", i);
        }
        take_committed(light, committed, own, i == 0, count - 1 - i);
        above = block;
    }
    return HS_OK;
}

static enum hs_status read_proof(const struct hs_light *light, struct committed *committed,
                                 struct hs_bytes proof, struct hs_light_error *error)
{
    struct hs_reader reader = hs_reader_over(proof.data, proof.size);
    struct hs_qc claimed;
    hs_qc_read(&reader, &claimed, light->verifier.set->count);
    if (reader.failed) {
        return fail(error, HS_MALFORMED, "the certificate has not the form of this epoch's", 0);
    }
    struct hs_verified_qc qc;
    enum hs_status status = hs_verify_qc(&light->verifier, &qc, &claimed); /* S7 */
    if (status != HS_OK) {
        return fail(error, status, "the certificate does not verify in this epoch", 0);
    }
    status = read_chain(light, &reader, committed, &qc, error);
    if (status == HS_OK && hs_reader_end(&reader) != HS_OK) {
        return fail(error, HS_MALFORMED, "bytes are left over", 0);
    }
    return status;
}

static void move_to(struct hs_light *light, const struct hs_block *block)
{
    light->height = block->header.height;
    light->block_id = block->id;
    light->state_root = block->header.state_root;
    light->has_state_root = true;
}

/* A committed block below it, or beside it: nothing to go on from. */
static enum hs_status check_lowest(const struct hs_light *light, const struct hs_block *lowest,
                                   struct hs_light_error *error)
{
    if (lowest->header.height > light->epoch.last_height) { /* P4 */
        return fail(error, HS_PROTOCOL_VIOLATION,
                    "a block above its epoch's last is never committed", 0);
    }
    if (lowest->header.height < light->height) {
        return fail(error, HS_STALE, "it proves an older block", 0);
    }
    if (lowest->header.height == light->height && !ids_equal(&lowest->id, &light->block_id)) {
        return fail(error, HS_DIVERGED, "another block is committed at the same height", 0);
    }
    return HS_OK;
}

enum hs_status hs_light_advance(struct hs_light *light, struct hs_bytes proof,
                                struct hs_light_error *error)
{
    struct committed committed = {.blocks = NULL};
    enum hs_status status = read_proof(light, &committed, proof, error);
    if (status == HS_OK) {
        status = check_lowest(light, &committed.lowest, error);
    }
    if (status == HS_OK) {
        move_to(light, &committed.lowest);
    }
    return status;
}

static enum hs_status check_next(const struct hs_light *light, const struct hs_block *lowest,
                                 struct hs_light_error *error)
{
    enum hs_status status = check_lowest(light, lowest, error);
    if (status != HS_OK) {
        return status;
    }
    if (lowest->header.height == light->height) {
        return fail(error, HS_STALE, "it proves the block that is known", 0);
    }
    if (lowest->header.height - 1 != light->height) {
        return fail(error, HS_PROTOCOL_VIOLATION, "it leaves out blocks", 0);
    }
    if (!ids_equal(&lowest->header.parent_id, &light->block_id)) {
        return fail(error, HS_DIVERGED, "it is committed on another block than the known one", 0);
    }
    return HS_OK;
}

enum hs_status hs_light_follow(struct hs_light *light, struct hs_block blocks[], size_t *count,
                               size_t capacity, struct hs_bytes proof, struct hs_light_error *error)
{
    struct committed committed = {.blocks = blocks, .capacity = capacity};
    *count = 0;
    enum hs_status status = read_proof(light, &committed, proof, error);
    if (status == HS_OK) {
        status = check_next(light, &committed.lowest, error);
    }
    if (status != HS_OK) {
        return status;
    }
    HS_ASSERT(committed.count > 0); /* the lowest is not above the epoch's last */
    *count = committed.count;
    move_to(light, &blocks[committed.count - 1]);
    return HS_OK;
}

enum hs_status hs_commit_proof_encode(uint8_t bytes[], size_t *size, size_t capacity,
                                      const struct hs_qc *qc,
                                      const struct hs_block_header headers[], size_t count,
                                      uint32_t validator_count)
{
    HS_ASSERT(count >= 2 && count <= HS_COMMIT_PROOF_HEADERS_MAX);
    struct hs_writer writer = hs_writer_over(bytes, capacity);
    hs_qc_write(&writer, qc, validator_count);
    hs_write_u32(&writer, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        hs_write_u32(&writer, (uint32_t)hs_header_encoded_size(&headers[i], validator_count));
        hs_header_write(&writer, &headers[i], validator_count);
    }
    *size = writer.offset;
    return writer.failed ? HS_FULL : HS_OK;
}

/* -- epoch steps ---------------------------------------------------------------------------- */

static void write_part(struct hs_writer *writer, struct hs_bytes part)
{
    hs_write_u32(writer, (uint32_t)part.size);
    if (part.size > 0) {
        hs_write_bytes(writer, part.data, part.size);
    }
}

static struct hs_bytes read_part(struct hs_reader *reader)
{
    const size_t size = hs_read_u32(reader);
    const uint8_t *data = hs_read_span(reader, size);
    return (struct hs_bytes){.data = data, .size = data != NULL ? size : 0};
}

enum hs_status hs_epoch_step_encode(uint8_t bytes[], size_t *size, size_t capacity,
                                    const struct hs_epoch_step *step)
{
    struct hs_writer writer = hs_writer_over(bytes, capacity);
    write_part(&writer, step->commit_proof);
    write_part(&writer, step->epoch);
    write_part(&writer, step->digest_proof);
    *size = writer.offset;
    return writer.failed ? HS_FULL : HS_OK;
}

enum hs_status hs_epoch_step_split(struct hs_epoch_step *step, struct hs_bytes bytes)
{
    struct hs_reader reader = hs_reader_over(bytes.data, bytes.size);
    step->commit_proof = read_part(&reader);
    step->epoch = read_part(&reader);
    step->digest_proof = read_part(&reader);
    return hs_reader_end(&reader);
}

enum hs_status hs_light_step(struct hs_light *light, struct hs_bytes bytes,
                             struct hs_light_error *error)
{
    struct hs_epoch_step step;
    if (hs_epoch_step_split(&step, bytes) != HS_OK) {
        return fail(error, HS_MALFORMED, "the step's bytes are not one", 0);
    }
    const enum hs_status status = hs_light_advance(light, step.commit_proof, error);
    return status == HS_OK ? hs_light_enter(light, step.epoch, step.digest_proof, error) : status;
}

/* -- accounts ------------------------------------------------------------------------------- */

enum hs_status hs_light_account(const struct hs_light *light, struct hs_account *account,
                                const struct hs_address *address, struct hs_bytes bytes,
                                struct hs_light_error *error)
{
    if (!light->has_state_root) {
        return fail(error, HS_NOT_READY, "the block's header was not seen yet", 0);
    }
    struct hs_ledger_proof proof;
    if (hs_state_proof_decode(&proof, bytes) != HS_OK) {
        return fail(error, HS_MALFORMED, "the account's proof is not one", 0);
    }
    struct hs_state_path path;
    struct hs_state_value value = {0};
    hs_account_path(&path, address);
    if (proof.path.has_leaf &&
        memcmp(proof.path.leaf_path.bytes, path.bytes, sizeof path.bytes) == 0) {
        value = proof.path.leaf_value;
    }
    if (!hs_ledger_proof_holds(&proof, &light->state_root, HS_TREE_ACCOUNTS, &path, &value)) {
        return fail(error, HS_PROTOCOL_VIOLATION, "the proof is not of the block's state", 0);
    }
    if (hs_account_decode(account, &value) != HS_OK) {
        return fail(error, HS_CORRUPT, "the leaf is no account", 0);
    }
    return HS_OK;
}
