/* See log_epoch.h. The log is read from the newest snapshot on, as a start of the node does. */
#include "node/log_epoch.h"

#include "node/tail.h"
#include "storage/snapshot.h"
#include "wire/header.h"

static enum hs_status pass_by(void *context, const struct hs_log_record *record)
{
    (void)context;
    (void)record;
    return HS_OK;
}

static void begin_at_snapshot(struct hs_block_log_config *config)
{
    struct hs_snapshot_reader *reader;
    struct hs_snapshot_info info;
    if (hs_snapshot_open(&reader, config->disk, &info) == HS_OK) {
        config->start = info.log_position;
        config->start_height = info.height;
        hs_snapshot_close(reader);
    }
}

static enum hs_status epoch_after(struct hs_block_log *log, uint64_t height, uint64_t *epoch)
{
    struct hs_log_commit commit;
    struct hs_log_block record;
    struct hs_block_header header;
    struct hs_commit_mark mark = {.ends_epoch = false};
    enum hs_status status = hs_block_log_read_commit(log, height, &commit);
    struct hs_log_position position = commit.block_position;
    if (status == HS_OK) {
        status = hs_block_log_read_block(log, position, &record);
    }
    if (status != HS_OK) {
        return status;
    }
    uint32_t validator_bits = hs_header_validator_bits(record.header);
    if (validator_bits == 0 || hs_header_decode(&header, record.header, validator_bits) != HS_OK) {
        return HS_CORRUPT;
    }
    status = hs_block_log_read_commit(log, height, &commit); /* its bytes were the block's since */
    if (status == HS_OK && commit.certificate.size > 0) {
        status = hs_commit_mark_read(&mark, commit.certificate, validator_bits);
    }
    *epoch = header.epoch + (mark.ends_epoch ? 1 : 0);
    return status;
}

enum hs_status hs_log_epoch(uint64_t *epoch, const struct hs_disk *disk)
{
    struct hs_block_log_config config = {
        .disk = disk, .segment_bytes = HS_LOG_SEGMENT_BYTES, .visit = pass_by};
    begin_at_snapshot(&config);
    struct hs_block_log *log;
    struct hs_log_damage damage;
    *epoch = 0;
    enum hs_status status = hs_block_log_open(&log, &config, &damage);
    if (status != HS_OK) {
        return status;
    }
    uint64_t first;
    uint64_t last;
    hs_block_log_heights(log, &first, &last);
    status = last > 0 ? epoch_after(log, last, epoch) : HS_OK;
    hs_block_log_close(log);
    return status;
}
