/* See proof_serving.h. A proof is gathered from below: the blocks that it is to commit, then those
 * above until two of consecutive views are met with a certificate over the upper one (S5). It is found
 *
 *     among committed blocks    in the justify of the block above
 *     on the newest one         in its commit mark, over a child that is not committed yet
 *     on an epoch's last        in its commit mark, over its tail (P4)
 *
 * Headers are copied as they stand in the log.
 */
#include "node/proof_serving.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "light/light.h"
#include "node/node_internal.h"
#include "node/tail.h"
#include "wire/epoch_codec.h"

/* Headers of one proof: those asked for, and as many above them as a tail has at most. */
#define HEADERS_MAX (HS_PROVED_BLOCKS_MAX + HS_TAIL_BLOCKS_MAX + 1u)

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* -- headers, from below ------------------------------------------------------------------ */

struct gathered {
    struct hs_block_id id;
    uint64_t view;
    uint64_t height;
    struct hs_block_id parent_id;
    size_t offset; /* of its bytes in `area` */
    size_t size;
};

struct gathering {
    struct gathered headers[HEADERS_MAX];
    uint32_t count;
    uint64_t epoch;
    uint32_t validator_bits; /* hs_header_validator_bits */
    struct hs_qc certificate;
    struct hs_commit_mark mark;
    struct hs_writer area;
    uint8_t area_bytes[HS_PROOF_BYTES_MAX];
};

/* The header of a committed block, without its payload, under its own id. */
static enum hs_status read_committed(struct hs_node *node, struct hs_log_block *record,
                                     struct hs_log_position position, const struct hs_block_id *id)
{
    enum hs_status status = hs_block_log_read_header(node->durability.log, position, record);
    struct hs_block_header header;
    struct hs_block_id found;
    const uint32_t validator_bits = status == HS_OK ? hs_header_validator_bits(record->header) : 0;
    if (status != HS_OK) {
        return status;
    }
    if (validator_bits == 0 || hs_header_decode(&header, record->header, validator_bits) != HS_OK) {
        return HS_CORRUPT;
    }
    hs_block_id_of(&found, &header, validator_bits);
    const bool same = same_id(&found, id) && header.view == record->view &&
                      header.epoch == record->epoch && header.height == record->height;
    record->id = found;
    record->parent_id = header.parent_id;
    return same ? HS_OK : HS_CORRUPT;
}

/* HS_NOT_FOUND: it is of another epoch than those below, or there is no room. `id`: NULL where the block
 * is not committed, and its record is read as a whole. */
static enum hs_status add(struct hs_node *node, struct gathering *gathering,
                          struct hs_log_position position, const struct hs_block_id *id)
{
    struct hs_log_block record;
    enum hs_status status = id != NULL
                                ? read_committed(node, &record, position, id)
                                : hs_block_log_read_block(node->durability.log, position, &record);
    if (status != HS_OK) {
        return status;
    }
    if (gathering->count == 0) {
        gathering->epoch = record.epoch;
        gathering->validator_bits = hs_header_validator_bits(record.header);
    }
    const size_t offset = gathering->area.offset;
    if (record.epoch != gathering->epoch || gathering->count == HEADERS_MAX ||
        record.header.size > gathering->area.capacity - offset) {
        return HS_NOT_FOUND;
    }
    hs_write_bytes(&gathering->area, record.header.data, record.header.size);
    gathering->headers[gathering->count++] = (struct gathered){
        .id = record.id,
        .view = record.view,
        .height = record.height,
        .parent_id = record.parent_id,
        .offset = offset,
        .size = record.header.size,
    };
    return gathering->validator_bits > 0 ? HS_OK : HS_CORRUPT;
}

static enum hs_status add_height(struct hs_node *node, struct gathering *gathering, uint64_t height)
{
    struct hs_log_commit commit;
    if (height == 0 || height > node->chain.durable.header.height) {
        return HS_NOT_FOUND;
    }
    enum hs_status status = hs_block_log_read_commit(node->durability.log, height, &commit);
    const struct hs_block_id id = commit.block_id;
    return status == HS_OK ? add(node, gathering, commit.block_position, &id) : status;
}

/* S5: does a certificate over this one commit the one below? */
static bool commits_below(const struct gathering *gathering, uint32_t index)
{
    return index > 0 && gathering->headers[index].view == gathering->headers[index - 1].view + 1;
}

/* -- what commits them ---------------------------------------------------------------------- */

/* Ends the proof with the highest header that a certificate is found over, at `least` or above. */
static bool end_among_committed(struct hs_node *node, struct gathering *gathering, uint32_t least)
{
    for (uint32_t i = gathering->count; i-- > least;) {
        const struct gathered *top = &gathering->headers[i];
        if (commits_below(gathering, i) &&
            hs_sync_certificate_of(node, top->height, &top->id, &gathering->certificate)) {
            gathering->count = i + 1;
            return true;
        }
    }
    return false;
}

static enum hs_status add_tail(struct hs_node *node, struct gathering *gathering,
                               struct hs_bytes tail)
{
    struct hs_log_position positions[HS_TAIL_BLOCKS_MAX];
    const uint32_t count = hs_tail_count(tail);
    enum hs_status status = HS_OK;
    for (uint32_t i = 0; i < count; i++) {
        positions[i] = hs_tail_position(tail, i);
    }
    for (uint32_t i = 0; status == HS_OK && i < count; i++) {
        status = add(node, gathering, positions[i], NULL);
    }
    return status;
}

/* The one that the newest certificate here is over: nothing above it is committed. */
static enum hs_status add_child(struct hs_node *node, struct gathering *gathering)
{
    const struct gathered *top = &gathering->headers[gathering->count - 1];
    struct hs_log_position position;
    enum hs_status status =
        hs_block_log_find_block(node->durability.log, &gathering->certificate.block_id, &position);
    const struct hs_block_id top_id = top->id;
    if (status == HS_OK) {
        status = add(node, gathering, position, NULL);
    }
    const struct gathered *child = &gathering->headers[gathering->count - 1];
    return status == HS_OK && !same_id(&child->parent_id, &top_id) ? HS_NOT_FOUND : status;
}

/* Ends the proof above the last committed block that was gathered, by its commit mark. */
static bool end_above(struct hs_node *node, struct gathering *gathering)
{
    const uint32_t count = gathering->count;
    const size_t size = gathering->area.offset;
    struct hs_log_commit commit;
    if (hs_block_log_read_commit(node->durability.log, gathering->headers[count - 1].height,
                                 &commit) != HS_OK ||
        commit.certificate.size == 0 ||
        hs_commit_mark_read(&gathering->mark, commit.certificate, gathering->validator_bits) !=
            HS_OK) {
        return false;
    }
    const struct hs_bytes tail = gathering->mark.tail;
    gathering->certificate = gathering->mark.certificate;
    const enum hs_status status =
        hs_tail_count(tail) > 0 ? add_tail(node, gathering, tail) : add_child(node, gathering);
    const uint32_t top = gathering->count - 1;
    if (status == HS_OK && commits_below(gathering, top) &&
        same_id(&gathering->headers[top].id, &gathering->certificate.block_id)) {
        return true;
    }
    gathering->count = count;
    gathering->area.offset = size;
    return false;
}

static enum hs_status gather(struct hs_node *node, struct gathering *gathering, uint64_t from,
                             uint32_t count)
{
    uint64_t height = from;
    enum hs_status status = add_height(node, gathering, height);
    if (status != HS_OK) {
        return status;
    }
    while (status == HS_OK) {
        status = add_height(node, gathering, ++height);
        if (status == HS_OK && gathering->count > count &&
            end_among_committed(node, gathering, gathering->count - 1)) {
            return HS_OK;
        }
    }
    if (status != HS_NOT_FOUND) {
        return status;
    }
    return end_above(node, gathering) || end_among_committed(node, gathering, 1) ? HS_OK
                                                                                 : HS_NOT_READY;
}

static enum hs_status write_proof(const struct gathering *gathering, uint8_t bytes[], size_t *size,
                                  size_t capacity)
{
    struct hs_writer writer = hs_writer_over(bytes, capacity);
    hs_qc_write(&writer, &gathering->certificate, gathering->validator_bits);
    hs_write_u32(&writer, gathering->count);
    for (uint32_t i = gathering->count; i-- > 0;) {
        const struct gathered *header = &gathering->headers[i];
        hs_write_u32(&writer, (uint32_t)header->size);
        hs_write_bytes(&writer, gathering->area_bytes + header->offset, header->size);
    }
    *size = writer.offset;
    return writer.failed ? HS_FULL : HS_OK;
}

enum hs_status hs_node_prove_blocks(struct hs_node *node, uint64_t from, uint32_t count,
                                    uint8_t bytes[], size_t *size, size_t capacity)
{
    HS_ASSERT(count >= 1 && count <= HS_PROVED_BLOCKS_MAX);
    *size = 0;
    struct gathering *gathering = malloc(sizeof(*gathering));
    if (gathering == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    gathering->count = 0;
    gathering->area = hs_writer_over(gathering->area_bytes, sizeof(gathering->area_bytes));
    enum hs_status status = gather(node, gathering, from, count);
    if (status == HS_OK) {
        status = write_proof(gathering, bytes, size, capacity);
    }
    free(gathering);
    return status;
}

/* -- epochs ------------------------------------------------------------------------------------ */

struct step {
    size_t epoch_size;
    size_t proof_size;
    size_t commit_size;
    uint8_t epoch[HS_EPOCH_BYTES_MAX];
    uint8_t proof[HS_LOG_EPOCH_PROOF_BYTES_MAX];
    uint8_t commit[HS_PROOF_BYTES_MAX];
};

static bool copy(uint8_t to[], size_t *size, size_t capacity, struct hs_bytes from)
{
    if (from.size == 0 || from.size > capacity) {
        return false;
    }
    memcpy(to, from.data, from.size);
    *size = from.size;
    return true;
}

/* What the mark of the epoch's end before says. False: it holds no proof of epoch `number`. */
static bool read_step(struct hs_node *node, struct step *step, uint64_t number, uint64_t height)
{
    struct hs_log_commit commit;
    struct hs_log_block record;
    struct hs_commit_mark mark;
    if (height == 0 || hs_block_log_read_commit(node->durability.log, height, &commit) != HS_OK ||
        hs_block_log_read_block(node->durability.log, commit.block_position, &record) != HS_OK) {
        return false;
    }
    const uint32_t validator_bits = hs_header_validator_bits(record.header);
    /* Its bytes were the block's since. */
    if (validator_bits == 0 ||
        hs_block_log_read_commit(node->durability.log, height, &commit) != HS_OK ||
        commit.certificate.size == 0 ||
        hs_commit_mark_read(&mark, commit.certificate, validator_bits) != HS_OK) {
        return false;
    }
    struct hs_reader reader = hs_reader_over(mark.next_epoch.data, mark.next_epoch.size);
    return hs_read_u64(&reader) == number &&
           copy(step->epoch, &step->epoch_size, sizeof(step->epoch), mark.next_epoch) &&
           copy(step->proof, &step->proof_size, sizeof(step->proof), mark.next_epoch_proof);
}

static enum hs_status find_step(struct hs_node *node, struct step *step, uint64_t number)
{
    const struct hs_epoch *own = &node->epoch->fixed;
    const uint64_t current = own->validators.epoch;
    if (number > current || (number == 0 && current > 0)) {
        return HS_NOT_FOUND;
    }
    const uint64_t height =
        number == current ? own->first_height - 1 : hs_sync_last_height_of(node, number - 1);
    if (read_step(node, step, number, height)) {
        return hs_node_prove_blocks(node, height, 1, step->commit, &step->commit_size,
                                    sizeof(step->commit));
    }
    if (number < current) {
        return HS_NOT_FOUND;
    }
    step->proof_size = 0;
    step->epoch_size = hs_epoch_encode(step->epoch, own, node->config.election);
    return HS_OK;
}

enum hs_status hs_node_prove_epoch(struct hs_node *node, uint64_t number, uint8_t bytes[],
                                   size_t *size, size_t capacity)
{
    *size = 0;
    struct step *step = malloc(sizeof(*step));
    if (step == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    step->commit_size = 0;
    enum hs_status status = find_step(node, step, number);
    if (status == HS_OK) {
        const struct hs_epoch_step parts = {
            .commit_proof = {step->commit, step->commit_size},
            .epoch = {step->epoch, step->epoch_size},
            .digest_proof = {step->proof, step->proof_size},
        };
        status = hs_epoch_step_encode(bytes, size, capacity, &parts);
    }
    free(step);
    return status;
}
