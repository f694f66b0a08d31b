/* See check_durability.h. */
#include "sim/check_durability.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "base/bytes.h"
#include "storage/crc32c.h"
#include "storage/slot_store.h"
#include "wire/header.h"
#include "wire/safety_record.h"

#define NAME "durability"
/* A slot: magic 4 || version u32 || sequence u64 || record_bytes_max u32 || record bytes u32 ||
 * crc u32 of all before it and the record || record; two of them, each in whole blocks of 4096. */
#define SLOT_HEADER_BYTES  28u
#define SLOT_CHECKED_BYTES 24u
#define SLOT_BLOCK_BYTES   4096u
/* version u16 || epoch u64 || vote view u64 || vote block 32 || view change u64 || high_qc u64 */
#define SIGNER_RECORD_BYTES (2u + 4u * 8u + HS_HASH_BYTES)

struct slot_header {
    uint64_t sequence;
    uint32_t record_bytes;
    uint32_t crc;
};

/* What a record says, of the core or of the signer. */
struct record {
    bool present;
    uint64_t epoch; /* in which its views are counted */
    uint64_t last_voted_view;
    uint64_t vote_view;
    struct hs_block_id vote_block_id;
    uint64_t view_change_view;
    uint64_t view_change_high_qc_view;
    uint64_t locked_view;
    uint64_t high_qc_view;
    uint64_t tc_view; /* 0: none */
};

struct kept_record {
    struct slot_header header; /* that `record` was decoded from */
    struct record record;
};

struct process_facts {
    struct hs_check_log log;
    bool log_damaged;
    bool record_damaged;
    struct kept_record safety;
    struct kept_record signer;
    uint64_t commit_height; /* the last in the durable log */
    struct hs_block_id commit_id;
    uint64_t vote_epoch; /* the last statements that were checked */
    uint64_t vote_view;
    struct hs_block_id vote_block_id;
    uint64_t view_change_epoch;
    uint64_t view_change_view;
    uint64_t view_change_high_qc_view;
};

struct hs_check_durability {
    struct hs_check *check;
    hs_check_logged *logged;
    void *logged_context;
    struct hs_safety_record decoded;
    uint8_t slot[SLOT_HEADER_BYTES + HS_SAFETY_RECORD_BYTES_MAX];
    struct process_facts processes[HS_VALIDATORS_MAX];
};

struct hs_check_durability *hs_check_durability_new(struct hs_check *check, hs_check_logged *logged,
                                                    void *context)
{
    struct hs_check_durability *durability = calloc(1, sizeof(*durability));
    HS_ASSERT(durability != NULL);
    durability->check = check;
    durability->logged = logged;
    durability->logged_context = context;
    return durability;
}

void hs_check_durability_free(struct hs_check_durability *durability)
{
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        hs_check_log_release(&durability->processes[i].log);
    }
    free(durability);
}

void hs_check_durability_log_damaged(struct hs_check_durability *durability, uint32_t process,
                                     bool damaged)
{
    durability->processes[process].log_damaged = damaged;
}

void hs_check_durability_record_damaged(struct hs_check_durability *durability, uint32_t process)
{
    durability->processes[process].record_damaged = true;
}

void hs_check_durability_not_opened(struct hs_check *check, uint32_t process, const char *why)
{
    hs_check_fail(check, NAME, "node %" PRIu32 " could not be started: %s", process, why);
}

/* -- the log ----------------------------------------------------------------------------- */

struct reading {
    struct hs_check_durability *durability;
    uint32_t process;
};

static void take_block(const struct reading *reading, const struct hs_log_block *logged)
{
    struct hs_check_durability *durability = reading->durability;
    struct hs_check *check = durability->check;
    struct hs_check_block *block = hs_check_find_block(check, &logged->id);
    bool known = block != NULL && !hs_bitmap_is_empty(&block->durable);
    struct hs_block_header header;
    uint32_t count = hs_header_validator_bits(logged->header);
    if (!known && count == 0) {
        return;
    }
    if (!known && hs_header_decode(&header, logged->header, count) != HS_OK) {
        return;
    }
    if (block == NULL) {
        struct hs_block_id id;
        hs_block_id_of(&id, &header, count);
        if (!hs_check_same_id(&id, &logged->id)) {
            return;
        }
        block = hs_check_add_block(check, &id, &header);
    }
    hs_bitmap_set(&block->durable, reading->process);
    if (!known) {
        durability->logged(durability->logged_context, reading->process, block, &header.justify,
                           logged->payload);
    }
}

static void visit(void *context, const struct hs_log_record *record)
{
    const struct reading *reading = context;
    struct process_facts *facts = &reading->durability->processes[reading->process];
    if (record->type == HS_LOG_BLOCK) {
        take_block(reading, &record->block);
    } else {
        facts->commit_height = record->commit.height;
        facts->commit_id = record->commit.block_id;
    }
}

static struct process_facts *read_log(struct hs_check_durability *durability, uint32_t process)
{
    struct process_facts *facts = &durability->processes[process];
    struct reading reading = {durability, process};
    if (facts->log.disk != NULL) {
        hs_check_log_read(&facts->log, visit, &reading);
    }
    return facts;
}

void hs_check_durability_opened(struct hs_check_durability *durability, uint32_t process,
                                const struct hs_virtual_disk *disk)
{
    struct process_facts *facts = &durability->processes[process];
    struct hs_check_log log = facts->log;
    hs_check_log_begin(&log, disk);
    *facts = (struct process_facts){.log = log};
    for (uint32_t i = 0; i < durability->check->block_count; i++) {
        hs_bitmap_clear(&durability->check->blocks[i].durable, process);
    }
    read_log(durability, process);
}

/* D2: the block and its ancestors above the last durable commit. */
static void check_logged(struct hs_check_durability *durability, uint32_t process, uint64_t view,
                         const struct hs_block_id *block_id)
{
    struct hs_check *check = durability->check;
    const struct process_facts *facts = read_log(durability, process);
    const struct hs_check_block *block = hs_check_find_block(check, block_id);
    if (facts->log_damaged) {
        return;
    }
    while (block != NULL && hs_bitmap_get(&block->durable, process) &&
           block->height > facts->commit_height + 1) {
        block = hs_check_find_block(check, &block->parent_id);
    }
    if (block == NULL || !hs_bitmap_get(&block->durable, process)) {
        hs_check_fail(check, NAME,
                      "D2: node %" PRIu32 " voted in view %" PRIu64
                      " for a block that is not durable in its log with its ancestors",
                      process, view);
    }
}

/* -- the records ------------------------------------------------------------------------------- */

static uint32_t slot_bytes(uint32_t record_bytes_max)
{
    return (SLOT_HEADER_BYTES + record_bytes_max + SLOT_BLOCK_BYTES - 1) / SLOT_BLOCK_BYTES *
           SLOT_BLOCK_BYTES;
}

static bool read_slot_header(struct slot_header *header, const struct hs_virtual_disk *disk,
                             const char *name, uint64_t offset, uint32_t record_bytes_max)
{
    uint8_t bytes[SLOT_HEADER_BYTES];
    if (hs_virtual_disk_read_durable(disk, name, offset, bytes, sizeof(bytes)) != sizeof(bytes)) {
        return false;
    }
    struct hs_reader reader = hs_reader_over(bytes + 8, sizeof(bytes) - 8);
    header->sequence = hs_read_u64(&reader);
    uint32_t bytes_max = hs_read_u32(&reader);
    header->record_bytes = hs_read_u32(&reader);
    header->crc = hs_read_u32(&reader);
    return memcmp(bytes, "HSSL", 4) == 0 && bytes_max == record_bytes_max &&
           header->record_bytes <= record_bytes_max;
}

/* The whole slot to durability->slot; false when its record is torn. */
static bool read_slot(struct hs_check_durability *durability, const struct slot_header *header,
                      const struct hs_virtual_disk *disk, const char *name, uint64_t offset)
{
    uint8_t *slot = durability->slot;
    size_t size = SLOT_HEADER_BYTES + header->record_bytes;
    if (hs_virtual_disk_read_durable(disk, name, offset, slot, size) != size) {
        return false;
    }
    uint32_t crc = hs_crc32c(0, slot, SLOT_CHECKED_BYTES);
    return hs_crc32c(crc, slot + SLOT_HEADER_BYTES, header->record_bytes) == header->crc;
}

static void decode_safety(struct hs_check_durability *durability, struct record *record,
                          uint32_t record_bytes)
{
    struct hs_safety_record *decoded = &durability->decoded;
    struct hs_bytes bytes = {durability->slot + SLOT_HEADER_BYTES, record_bytes};
    if (hs_safety_record_validator_bits(decoded, bytes) == 0) {
        return;
    }
    *record = (struct record){
        .present = true,
        .epoch = decoded->epoch,
        .last_voted_view = decoded->last_voted_view,
        .vote_view = decoded->vote_view,
        .vote_block_id = decoded->vote_block_id,
        .view_change_view = decoded->view_change_view,
        .view_change_high_qc_view = decoded->view_change_high_qc_view,
        .locked_view = decoded->locked_view,
        .high_qc_view = decoded->high_qc.view,
        .tc_view = decoded->has_tc ? decoded->tc.view : 0,
    };
}

static void decode_signer(struct hs_check_durability *durability, struct record *record,
                          uint32_t record_bytes)
{
    struct hs_reader reader = hs_reader_over(durability->slot + SLOT_HEADER_BYTES, record_bytes);
    bool version = hs_read_u16(&reader) == 1;
    struct record read = {.present = version, .epoch = hs_read_u64(&reader)};
    read.vote_view = hs_read_u64(&reader);
    hs_read_bytes(&reader, read.vote_block_id.bytes, sizeof(read.vote_block_id.bytes));
    read.view_change_view = hs_read_u64(&reader);
    read.view_change_high_qc_view = hs_read_u64(&reader);
    if (hs_reader_end(&reader) == HS_OK) {
        *record = read;
    }
}

typedef void decode_record(struct hs_check_durability *durability, struct record *record,
                           uint32_t record_bytes);

/* The current record of a store: of the whole slots the one with the higher sequence. Decoded when it
 * is another than last time. */
static const struct record *read_record(struct hs_check_durability *durability, uint32_t process,
                                        struct kept_record *kept, const char *name,
                                        uint32_t record_bytes_max, decode_record *decode)
{
    const struct hs_virtual_disk *disk = durability->processes[process].log.disk;
    struct slot_header headers[2];
    bool there[2];
    for (uint32_t i = 0; i < 2; i++) {
        there[i] = read_slot_header(&headers[i], disk, name,
                                    (uint64_t)i * slot_bytes(record_bytes_max), record_bytes_max);
    }
    uint32_t newer = there[1] && (!there[0] || headers[1].sequence > headers[0].sequence) ? 1 : 0;
    for (uint32_t turn = 0; turn < 2; turn++) {
        uint32_t i = turn == 0 ? newer : 1 - newer;
        if (!there[i]) {
            continue;
        }
        if (kept->record.present && kept->header.sequence == headers[i].sequence &&
            kept->header.crc == headers[i].crc) {
            return &kept->record;
        }
        if (read_slot(durability, &headers[i], disk, name,
                      (uint64_t)i * slot_bytes(record_bytes_max))) {
            *kept = (struct kept_record){.header = headers[i]};
            decode(durability, &kept->record, headers[i].record_bytes);
            return &kept->record;
        }
    }
    *kept = (struct kept_record){0};
    return &kept->record;
}

static const struct record *read_safety(struct hs_check_durability *durability, uint32_t process)
{
    return read_record(durability, process, &durability->processes[process].safety,
                       HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX, decode_safety);
}

static const struct record *read_signer(struct hs_check_durability *durability, uint32_t process)
{
    return read_record(durability, process, &durability->processes[process].signer,
                       HS_SIGNER_SLOTS_NAME, SIGNER_RECORD_BYTES, decode_signer);
}

/* A record of a later epoch covers all of this one: nothing is signed in it any more (P4). */
static bool covers_vote(const struct record *record, uint64_t epoch, uint64_t view,
                        const struct hs_block_id *block_id)
{
    if (!record->present || record->epoch != epoch) {
        return record->present && record->epoch > epoch;
    }
    return record->vote_view > view ||
           (record->vote_view == view && hs_check_same_id(&record->vote_block_id, block_id));
}

static bool covers_view_change(const struct record *record, uint64_t epoch, uint64_t view,
                               uint64_t high_qc_view)
{
    if (!record->present || record->epoch != epoch) {
        return record->present && record->epoch > epoch;
    }
    return record->view_change_view > view ||
           (record->view_change_view == view && record->view_change_high_qc_view >= high_qc_view);
}

/* What proves entry to the view, and the lock that the vote took. */
static bool covers_ground(const struct record *record, uint64_t epoch, uint64_t view,
                          uint64_t justify_view)
{
    if (record->epoch != epoch) {
        return record->epoch > epoch;
    }
    uint64_t entry =
        record->tc_view > record->high_qc_view ? record->tc_view : record->high_qc_view;
    return record->last_voted_view >= view && entry + 1 >= view &&
           record->high_qc_view >= justify_view;
}

/* -- statements and commits ------------------------------------------------------------------------ */

static bool is_checked(const struct hs_check_durability *durability, uint32_t process)
{
    const struct process_facts *facts = &durability->processes[process];
    return facts->log.disk != NULL && !facts->record_damaged &&
           hs_check_is_correct(durability->check, process);
}

void hs_check_durability_vote(struct hs_check_durability *durability, uint32_t process,
                              uint64_t epoch, uint64_t view, const struct hs_block_id *block_id)
{
    struct process_facts *facts = &durability->processes[process];
    struct hs_check *check = durability->check;
    if (!is_checked(durability, process) ||
        (facts->vote_epoch == epoch && facts->vote_view == view &&
         hs_check_same_id(&facts->vote_block_id, block_id))) {
        return;
    }
    facts->vote_epoch = epoch;
    facts->vote_view = view;
    facts->vote_block_id = *block_id;
    check_logged(durability, process, view, block_id);
    const struct hs_check_block *block = hs_check_find_block(check, block_id);
    uint64_t justify_view = block != NULL ? block->justify_view : 0;
    const struct record *record = read_safety(durability, process);
    bool locked = record->epoch > epoch || record->locked_view >= justify_view;
    if (!covers_vote(record, epoch, view, block_id) ||
        !covers_ground(record, epoch, view, justify_view) || !locked) {
        hs_check_fail(check, NAME,
                      "D1: node %" PRIu32 " voted in view %" PRIu64
                      ", its durable safety record is of a vote in view %" PRIu64,
                      process, view, record->vote_view);
    }
    record = read_signer(durability, process);
    if (!covers_vote(record, epoch, view, block_id)) {
        hs_check_fail(check, NAME,
                      "D6: node %" PRIu32 " voted in view %" PRIu64
                      ", its signer's durable record is of a vote in view %" PRIu64,
                      process, view, record->vote_view);
    }
}

void hs_check_durability_view_change(struct hs_check_durability *durability, uint32_t process,
                                     uint64_t epoch, uint64_t view, uint64_t high_qc_view)
{
    struct process_facts *facts = &durability->processes[process];
    if (!is_checked(durability, process) ||
        (facts->view_change_epoch == epoch && facts->view_change_view == view &&
         facts->view_change_high_qc_view == high_qc_view)) {
        return;
    }
    facts->view_change_epoch = epoch;
    facts->view_change_view = view;
    facts->view_change_high_qc_view = high_qc_view;
    const struct record *record = read_safety(durability, process);
    if (!covers_view_change(record, epoch, view, high_qc_view) ||
        !covers_ground(record, epoch, view, high_qc_view)) {
        hs_check_fail(durability->check, NAME,
                      "D1: node %" PRIu32 " gave up view %" PRIu64
                      ", its durable safety record is of a view change in %" PRIu64,
                      process, view, record->view_change_view);
    }
    record = read_signer(durability, process);
    if (!covers_view_change(record, epoch, view, high_qc_view)) {
        hs_check_fail(durability->check, NAME,
                      "D6: node %" PRIu32 " gave up view %" PRIu64
                      ", its signer's durable record is of a view change in %" PRIu64,
                      process, view, record->view_change_view);
    }
}

void hs_check_durability_reported(struct hs_check_durability *durability, uint32_t process,
                                  const struct hs_block *block)
{
    if (durability->processes[process].log.disk == NULL) {
        return;
    }
    const struct process_facts *facts = read_log(durability, process);
    if (facts->log_damaged) {
        return;
    }
    bool at_height = facts->commit_height == block->header.height;
    if (facts->commit_height < block->header.height ||
        (at_height && !hs_check_same_id(&facts->commit_id, &block->id))) {
        hs_check_fail(durability->check, NAME,
                      "D7: node %" PRIu32 " reported height %" PRIu64
                      " as committed, its durable log ends at height %" PRIu64,
                      process, block->header.height, facts->commit_height);
    }
}
