/* Writing safety records anew. See record_recovery.h.
 *
 * The epoch is the highest of the one asked for and of those of the old records; what any of them says
 * about an earlier one is over and counts no more (P4). With V the higher of the view asked for and of
 * all that the old records say, in that epoch:
 *
 *     last_voted_view = V             no vote up to V (S2), no view change below V (S6)
 *     locked_view                     as the old record has it when that already said V. Else
 *                                     V - 1: a block voted for in V may have had a justify of
 *                                     V - 1, and a lock must not fall (S4, S6). Until it sees
 *                                     such a certificate the validator signs no view change.
 *                                     Where the asker knows the lock of V, that one instead.
 *                                     Not below the signer's last view change either.
 *     high_qc, TC                     as the old record has them, or none
 *     last statements                 none: what the old record says was signed last may be
 *                                     older than what was, and the signer would refuse it
 *
 * The signer's record gets V as the view of its last vote; its last view change stays.
 */
#include "node/record_recovery.h"

#include <stdlib.h>
#include <string.h>

#include "node/signer.h"
#include "storage/slot_store.h"
#include "wire/certificate.h"
#include "wire/safety_record.h"

struct records {
    uint32_t validator_bits; /* of the bitmaps in the old record; 0: there is none */
    struct hs_safety_record safety;
    struct hs_signer_record signer;
    uint8_t bytes[HS_SAFETY_RECORD_BYTES_MAX];
};

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* -- what the old records say -------------------------------------------------------- */

static enum hs_status read_safety_record(struct records *records, const struct hs_disk *disk)
{
    struct hs_slot_store store;
    uint32_t size = 0;
    enum hs_status status = hs_slot_store_open(&store, disk, HS_SAFETY_SLOTS_NAME, records->bytes,
                                               HS_SAFETY_RECORD_BYTES_MAX, &size);
    if (status != HS_OK) {
        return status;
    }
    hs_slot_store_close(&store);
    struct hs_bytes bytes = {records->bytes, size};
    records->validator_bits = hs_safety_record_validator_bits(&records->safety, bytes);
    if (records->validator_bits == 0) {
        memset(&records->safety, 0, sizeof records->safety);
    }
    return records->validator_bits > 0 ? HS_OK : HS_MALFORMED;
}

/* -- what the new ones say --------------------------------------------------------------- */

/* Drops what a record says about an epoch before `epoch`. */
static void leave_epochs_before(struct records *records, uint64_t epoch)
{
    static const struct hs_block_id none;
    struct hs_safety_record *safety = &records->safety;
    if (safety->epoch < epoch || records->validator_bits == 0) {
        *safety = (struct hs_safety_record){.sequence = safety->sequence, .epoch = epoch};
        hs_qc_of_view_zero(&safety->high_qc, epoch, &none);
    }
    if (records->signer.epoch < epoch) {
        records->signer = (struct hs_signer_record){.epoch = epoch};
    }
}

static void raise_records(struct records *records, struct hs_recovery *recovery,
                          const struct hs_recovery_request *request)
{
    struct hs_safety_record *safety = &records->safety;
    struct hs_signer_record *signer = &records->signer;
    uint64_t epoch = max_u64(request->epoch, max_u64(safety->epoch, signer->epoch));
    leave_epochs_before(records, epoch);
    bool asked = request->epoch == epoch;
    uint64_t known_view = max_u64(safety->last_voted_view,
                                  asked && request->lock_known ? request->last_voted_view : 0);
    uint64_t view = max_u64(known_view, asked ? request->last_voted_view : 0);
    view = max_u64(view, max_u64(signer->vote_view, signer->view_change_view));
    if (asked && request->lock_known) {
        safety->locked_view = max_u64(safety->locked_view, request->locked_view);
    }
    if (view > known_view) {
        safety->locked_view = max_u64(safety->locked_view, view - 1);
    }
    safety->locked_view = max_u64(safety->locked_view, signer->view_change_high_qc_view);
    safety->sequence++;
    safety->last_voted_view = view;
    safety->vote_view = 0;
    memset(&safety->vote_block_id, 0, sizeof safety->vote_block_id);
    safety->view_change_view = 0;
    safety->view_change_high_qc_view = 0;
    if (view > signer->vote_view) {
        signer->vote_view = view;
        memset(&signer->vote_block_id, 0, sizeof signer->vote_block_id);
    }
    recovery->epoch = epoch;
    recovery->last_voted_view = view;
    recovery->locked_view = safety->locked_view;
}

/* The signer's record first: should the other fail, the core's older record is noticed (D5). */
static enum hs_status write_records(struct records *records, const struct hs_disk *disk)
{
    /* Without certificates any size of their bitmaps will do. */
    uint32_t validator_bits = records->validator_bits > 0 ? records->validator_bits : 8;
    struct hs_writer writer = hs_writer_over(records->bytes, sizeof records->bytes);
    hs_safety_record_encode(&writer, &records->safety, validator_bits);
    enum hs_status status = hs_signer_replace(disk, &records->signer);
    return status == HS_OK
               ? hs_slot_store_replace(disk, HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX,
                                       records->bytes, (uint32_t)writer.offset)
               : status;
}

enum hs_status hs_records_recover(struct hs_recovery *recovery,
                                  const struct hs_recovery_request *request)
{
    *recovery = (struct hs_recovery){0};
    struct records *records = calloc(1, sizeof *records);
    if (records == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    recovery->safety_record_read = read_safety_record(records, request->disk) == HS_OK;
    recovery->signer_record_read = hs_signer_read(&records->signer, request->disk) == HS_OK;
    raise_records(records, recovery, request);
    enum hs_status status = write_records(records, request->disk);
    free(records);
    return status;
}

enum hs_status hs_records_read(struct hs_signed_maxima *maxima, const struct hs_disk *disk)
{
    struct records *records = calloc(1, sizeof *records);
    if (records == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    enum hs_status status = read_safety_record(records, disk);
    if (status == HS_OK) {
        status = hs_signer_read(&records->signer, disk);
    }
    if (status == HS_OK) {
        struct hs_recovery recovery;
        raise_records(records, &recovery, &(struct hs_recovery_request){.disk = disk});
        *maxima = (struct hs_signed_maxima){
            .epoch = recovery.epoch,
            .last_voted_view = recovery.last_voted_view,
            .locked_view = recovery.locked_view,
        };
    }
    free(records);
    return status;
}
