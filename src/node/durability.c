/* Durable writes: batches of the block log and safety records, on the disk lane in one order.
 *
 * A job writes a batch of the log first and a record after it, so the block voted for is on disk
 * before the record of that vote (D2), and the record before the signature, which is a later job
 * of the same lane (D1, D6). While jobs are under way newer records replace the one that waits:
 * the newest covers all before it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mutants.h"
#include "node/node_internal.h"
#include "wire/header.h"

static void pump(struct hs_node *node);

enum hs_status hs_durability_init(struct hs_node *node)
{
    struct hs_durability *durability = &node->durability;
    durability->record = malloc(HS_SAFETY_RECORD_BYTES_MAX);
    bool complete = durability->record != NULL;
    for (uint32_t i = 0; i < HS_WRITE_JOBS; i++) {
        durability->jobs[i].record = malloc(HS_SAFETY_RECORD_BYTES_MAX);
        complete = complete && durability->jobs[i].record != NULL;
    }
    return complete ? HS_OK : HS_OUT_OF_MEMORY;
}

void hs_durability_free(struct hs_node *node)
{
    struct hs_durability *durability = &node->durability;
    if (durability->has_records) {
        hs_slot_store_close(&durability->records);
    }
    if (durability->log != NULL) {
        hs_block_log_close(durability->log);
    }
    for (uint32_t i = 0; i < HS_WRITE_JOBS; i++) {
        free(durability->jobs[i].record);
    }
    free(durability->record);
}

static void run(struct hs_job *job)
{
    struct hs_write_job *write = (struct hs_write_job *)job;
    struct hs_durability *durability = &write->node->durability;
    write->status = durability->lane_failed ? HS_IO : HS_OK; /* D3 */
    if (write->status == HS_OK && write->batch != NULL) {
        write->status = hs_block_log_write_batch(write->batch); /* D2 */
    }
    if (write->status == HS_OK && write->has_record && !HS_MUTANT_RECORD_UNWRITTEN) {
        write->status =
            hs_slot_store_write(&durability->records, write->record, write->record_bytes); /* D1 */
    }
    durability->lane_failed = write->status != HS_OK;
}

static void done(struct hs_job *job)
{
    struct hs_write_job *write = (struct hs_write_job *)job;
    struct hs_node *node = write->node;
    /* What it was, because as soon as it is free it may be another. */
    const struct hs_write_job was = *write;
    hs_node_job_came_back(node);
    write->busy = false;
    if (was.batch != NULL) {
        hs_block_log_batch_done(node->durability.log, was.batch, was.status);
    }
    if (was.status != HS_OK) {
        hs_node_fail_writes(node, was.has_record ? "block log or safety record" : "block log");
        return;
    }
    if (was.has_record) {
        node->counters.records_written++;
    }
    if (was.has_record && was.record_epoch == hs_node_epoch_number(node)) {
        struct hs_event event = {.type = HS_EVENT_RECORD_DURABLE,
                                 .record_sequence = was.record_sequence};
        enum hs_status status;
        hs_node_feed(node, &event, &status);
    }
    if (was.has_commits) {
        hs_chain_commits_durable(node, was.commit_height); /* D7 */
        hs_epoch_advance(node);                            /* P4 */
    }
    hs_chain_log_commits(node);
    hs_chain_retry_execute(node);
    pump(node);
}

static struct hs_write_job *free_job(struct hs_durability *durability)
{
    for (uint32_t i = 0; i < HS_WRITE_JOBS; i++) {
        if (!durability->jobs[i].busy) {
            return &durability->jobs[i];
        }
    }
    return NULL;
}

static bool any_busy(const struct hs_durability *durability)
{
    for (uint32_t i = 0; i < HS_WRITE_JOBS; i++) {
        if (durability->jobs[i].busy) {
            return true;
        }
    }
    return false;
}

/* Starts a job when one is free and something is due. A record is urgent and may follow a job
 * under way; a mere flush waits for it, and takes more along. */
static void pump(struct hs_node *node)
{
    struct hs_durability *durability = &node->durability;
    bool flush = durability->flush_wanted && !any_busy(durability);
    if (durability->failed || (!durability->record_waiting && !flush)) {
        return;
    }
    struct hs_write_job *write = free_job(durability);
    if (write == NULL) {
        return;
    }
    durability->flush_wanted = false;
    uint64_t first;
    uint64_t last;
    hs_block_log_heights(durability->log, &first, &last);
    write->batch = hs_block_log_take_batch(durability->log);
    write->has_record = durability->record_waiting;
    if (write->batch == NULL && !write->has_record) {
        return;
    }
    write->has_commits = last > 0;
    write->commit_height = last;
    if (write->has_record) {
        durability->record_waiting = false;
        write->record_epoch = durability->record_epoch;
        write->record_sequence = durability->record_sequence;
        write->record_bytes = durability->record_bytes;
        memcpy(write->record, durability->record, durability->record_bytes);
    }
    write->job.run = run;
    write->job.done = done;
    write->node = node;
    write->busy = true;
    hs_node_submit_job(node, HS_LANE_DISK, &write->job);
}

void hs_durability_persist(struct hs_node *node, const struct hs_safety_record *record)
{
    struct hs_durability *durability = &node->durability;
    HS_ASSERT(durability->has_records);
    struct hs_writer writer = hs_writer_over(durability->record, HS_SAFETY_RECORD_BYTES_MAX);
    hs_safety_record_encode(&writer, record, node->epoch->fixed.validators.count);
    HS_ASSERT(!writer.failed);
    durability->record_bytes = (uint32_t)writer.offset;
    durability->record_epoch = record->epoch;
    node->record->epoch = record->epoch;
    node->record->sequence = record->sequence;
    durability->record_sequence = record->sequence;
    durability->record_waiting = true;
    pump(node);
}

void hs_durability_flush(struct hs_node *node)
{
    node->durability.flush_wanted = true;
    pump(node);
}

/* HS_FULL: the log has no room until a batch was written; one is on its way then. */
enum hs_status hs_durability_append_block(struct hs_node *node, const struct hs_block *block,
                                          struct hs_bytes payload)
{
    uint8_t header[HS_HEADER_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(header, sizeof(header));
    hs_header_write(&writer, &block->header, node->epoch->fixed.validators.count);
    HS_ASSERT(!writer.failed);
    struct hs_log_block record = {
        .id = block->id,
        .parent_id = block->header.parent_id,
        .epoch = block->header.epoch,
        .view = block->header.view,
        .height = block->header.height,
        .header = {header, writer.offset},
        .payload = payload,
    };
    struct hs_log_position position;
    enum hs_status status = hs_block_log_append_block(node->durability.log, &record, &position);
    if (status == HS_FULL) {
        hs_durability_flush(node);
    }
    return status == HS_DUPLICATE ? HS_OK : status;
}
