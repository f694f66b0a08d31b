/* The committed state, written out every so many blocks.
 *
 * The application pins the state; a worker writes it, beside the disk lane, so that votes go on;
 * and the snapshot gets its name only after the commit of its block is durable. A snapshot that
 * fails is dropped and said: the log alone rebuilds the state.
 */
#include <inttypes.h>

#include "base/mutants.h"
#include "node/node_internal.h"

static void run_write(struct hs_job *job)
{
    struct hs_state_snapshot *snapshot = (struct hs_state_snapshot *)job;
    const struct hs_node_config *config = &snapshot->node->config;
    snapshot->status = hs_snapshot_begin(&snapshot->writer, config->disk, &snapshot->info);
    if (snapshot->status == HS_OK) {
        struct hs_sink sink = hs_snapshot_sink(snapshot->writer);
        snapshot->status = config->application.snapshot_write(config->application.context, &sink);
    }
}

static void run_finish(struct hs_job *job)
{
    struct hs_state_snapshot *snapshot = (struct hs_state_snapshot *)job;
    snapshot->status = hs_snapshot_finish(snapshot->writer);
    snapshot->writer = NULL;
}

static void end(struct hs_state_snapshot *snapshot)
{
    if (snapshot->writer != NULL) {
        hs_snapshot_abandon(snapshot->writer);
        snapshot->writer = NULL;
    }
    hs_log_event(snapshot->node->config.log, snapshot->status == HS_OK ? HS_LOG_INFO : HS_LOG_WARN,
                 HS_LOG_STORAGE, snapshot->status == HS_OK ? "snapshot_written" : "snapshot_failed",
                 "height=%" PRIu64 " status=%s", snapshot->info.height,
                 hs_status_name(snapshot->status));
    snapshot->stage = HS_SNAPSHOT_IDLE;
}

static void done_finish(struct hs_job *job)
{
    struct hs_state_snapshot *snapshot = (struct hs_state_snapshot *)job;
    hs_node_job_came_back(snapshot->node);
    end(snapshot);
}

static void done_write(struct hs_job *job)
{
    struct hs_state_snapshot *snapshot = (struct hs_state_snapshot *)job;
    struct hs_node *node = snapshot->node;
    hs_node_job_came_back(node);
    node->application.snapshot_unpin(node->application.context);
    snapshot->stage = HS_SNAPSHOT_WRITTEN;
    if (snapshot->status != HS_OK) {
        end(snapshot);
    }
    hs_state_snapshot_advance(node);
}

static void submit(struct hs_node *node, enum hs_snapshot_stage stage, void (*run)(struct hs_job *),
                   void (*done)(struct hs_job *))
{
    struct hs_state_snapshot *snapshot = &node->snapshot;
    snapshot->node = node;
    snapshot->stage = stage;
    snapshot->job.run = run;
    snapshot->job.done = done;
    hs_node_submit_job(node, HS_LANE_BULK, &snapshot->job);
}

/* After a commit: the state of this very block, when its height is due. */
void hs_state_snapshot_maybe_begin(struct hs_node *node)
{
    struct hs_state_snapshot *snapshot = &node->snapshot;
    const struct hs_block *committed = &node->chain.committed;
    uint64_t interval = node->config.snapshot_interval_blocks;
    if (interval == 0 || snapshot->stage != HS_SNAPSHOT_IDLE ||
        committed->header.height < snapshot->info.height + interval) {
        return;
    }
    struct hs_log_position position;
    if (hs_block_log_find_block(node->durability.log, &committed->id, &position) != HS_OK) {
        return;
    }
    snapshot->info = (struct hs_snapshot_info){
        .block_id = committed->id,
        .height = committed->header.height,
        .state_root = committed->header.state_root,
        .log_position = position,
    };
    node->application.snapshot_pin(node->application.context);
    submit(node, HS_SNAPSHOT_WRITING, run_write, done_write);
}

void hs_state_snapshot_advance(struct hs_node *node)
{
    struct hs_state_snapshot *snapshot = &node->snapshot;
    if (snapshot->stage == HS_SNAPSHOT_WRITTEN &&
        (node->chain.durable.header.height >= snapshot->info.height || HS_MUTANT_EARLY_SNAPSHOT)) {
        submit(node, HS_SNAPSHOT_FINISHING, run_finish, done_finish);
    }
}
