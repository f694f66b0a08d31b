/* The signer on a record of any bytes, asked to sign any statements (D6). The record is refused, or
 * from it on no two votes are signed in one view, no view goes back, nothing is voted for in or
 * below a view that was given up; and what was signed last is known after each reopening (D4).
 *
 * The input: the size of the record (u8), the record, then statements of four bytes each. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "node/signer.h"
#include "sim/virtual_disk.h"
#include "storage/slot_store.h"

#define RECORD_BYTES_MAX    74u /* as the signer's store has room for */
#define STATEMENT_BYTES     4u
#define STATEMENTS_MAX      32u
#define REOPENS             0x80u
#define NAMES_ANOTHER_EPOCH 0x40u
#define IS_VIEW_CHANGE      0x20u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static const struct hs_chain_id chain_id = {{7}};
static const struct hs_validator_key key = {.bls_secret_key = {{1}}};

static enum hs_status open_signer(struct hs_signer **signer, const struct hs_disk *disk)
{
    return hs_signer_open(signer, disk, &chain_id, &key, 1);
}

static void reopen(struct hs_signer **signer, const struct hs_disk *disk)
{
    struct hs_signer_record before = *hs_signer_last(*signer);
    hs_signer_close(*signer);
    enum hs_status status = open_signer(signer, disk);
    HS_ASSERT(status == HS_OK);
    const struct hs_signer_record *after = hs_signer_last(*signer);
    HS_ASSERT(before.epoch == after->epoch && before.vote_view == after->vote_view &&
              memcmp(&before.vote_block_id, &after->vote_block_id, sizeof before.vote_block_id) ==
                  0 &&
              before.view_change_view == after->view_change_view &&
              before.view_change_high_qc_view == after->view_change_high_qc_view);
}

/* Views near those of the record, so that a few bytes come close to what is forbidden. */
static struct hs_statement statement_of(const uint8_t bytes[STATEMENT_BYTES],
                                        const struct hs_signer_record *last)
{
    uint64_t base = bytes[1] % 2 == 0 ? last->vote_view : last->view_change_view;
    struct hs_statement statement = {
        .type = (bytes[0] & IS_VIEW_CHANGE) != 0 ? HS_STATEMENT_VIEW_CHANGE : HS_STATEMENT_VOTE,
        .epoch = last->epoch + ((bytes[0] & NAMES_ANOTHER_EPOCH) != 0 ? 1 : 0),
        .view = base + bytes[2] % 5 - 2,
        .block_id = last->vote_block_id,
    };
    if (statement.type == HS_STATEMENT_VOTE) {
        statement.block_id.bytes[0] ^= bytes[3] % 2;
    } else {
        statement.high_qc_view = last->view_change_high_qc_view + bytes[3] % 5 - 2;
    }
    return statement;
}

/* S2, S6: told here once more, from the record alone. */
static bool is_allowed(const struct hs_signer_record *last, const struct hs_statement *statement)
{
    if (statement->view == 0 || statement->epoch != last->epoch) {
        return false;
    }
    if (statement->type == HS_STATEMENT_VOTE) {
        bool same = memcmp(&statement->block_id, &last->vote_block_id, HS_HASH_BYTES) == 0;
        return (statement->view == last->vote_view && same) ||
               (statement->view > last->vote_view && statement->view > last->view_change_view);
    }
    bool falls = statement->view == last->view_change_view &&
                 statement->high_qc_view < last->view_change_high_qc_view;
    return statement->view >= last->vote_view && statement->view >= last->view_change_view &&
           !falls && statement->high_qc_view < statement->view;
}

static void sign_one(struct hs_signer *signer, const struct hs_statement *statement)
{
    struct hs_signer_record before = *hs_signer_last(signer);
    struct hs_bls_signature signature;
    enum hs_status status = hs_signer_sign(signer, &signature, 0, statement);
    HS_ASSERT(status == (is_allowed(&before, statement) ? HS_OK : HS_UNSAFE));
    if (status == HS_OK) {
        struct hs_bls_signature again;
        status = hs_signer_sign(signer, &again, 0, statement);
        HS_ASSERT(status == HS_OK && memcmp(&signature, &again, sizeof signature) == 0); /* D4 */
    }
}

static void sign_all(struct hs_signer **signer, const struct hs_disk *disk, struct hs_bytes left)
{
    for (uint32_t i = 0; i < STATEMENTS_MAX && left.size >= STATEMENT_BYTES; i++) {
        struct hs_statement statement = statement_of(left.data, hs_signer_last(*signer));
        sign_one(*signer, &statement);
        if ((left.data[0] & REOPENS) != 0) {
            reopen(signer, disk);
        }
        left.data += STATEMENT_BYTES;
        left.size -= STATEMENT_BYTES;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    if (data_size == 0 || data[0] > RECORD_BYTES_MAX || data[0] > data_size - 1) {
        return 0;
    }
    struct hs_virtual_disk *virtual_disk = hs_virtual_disk_new(1);
    if (virtual_disk == NULL) {
        abort();
    }
    const struct hs_disk *disk = hs_virtual_disk_interface(virtual_disk);
    enum hs_status status =
        hs_slot_store_create(disk, HS_SIGNER_SLOTS_NAME, RECORD_BYTES_MAX, data + 1, data[0]);
    HS_ASSERT(status == HS_OK);
    struct hs_signer *signer;
    status = open_signer(&signer, disk);
    HS_ASSERT(status == HS_OK || (status == HS_CORRUPT && signer == NULL));
    if (status == HS_OK) {
        sign_all(&signer, disk, (struct hs_bytes){data + 1 + data[0], data_size - 1 - data[0]});
        hs_signer_close(signer);
    }
    hs_virtual_disk_free(virtual_disk);
    return 0;
}
