/* The signer. See signer.h.
 *
 * Its record, as the slot store keeps it: version u16 = 1 || epoch u64 || vote_view u64 ||
 * vote_block_id 32 || view_change_view u64 || view_change_high_qc_view u64.
 */
#include "node/signer.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mutants.h"
#include "crypto/keys.h"
#include "storage/slot_store.h"
#include "wire/statement.h"

#define SIGNER_RECORD_VERSION 1u
#define SIGNER_RECORD_BYTES   (2u + 4u * 8u + HS_HASH_BYTES)

struct hs_signer {
    struct hs_chain_id chain_id;
    struct hs_bls_secret_key secret_keys[HS_NODE_KEYS_MAX];
    uint32_t key_count;
    struct hs_slot_store store;
    struct hs_signer_record record;
    struct hs_bls_hash last_hash;
};

static void encode(uint8_t bytes[SIGNER_RECORD_BYTES], const struct hs_signer_record *record)
{
    struct hs_writer writer = hs_writer_over(bytes, SIGNER_RECORD_BYTES);
    hs_write_u16(&writer, SIGNER_RECORD_VERSION);
    hs_write_u64(&writer, record->epoch);
    hs_write_u64(&writer, record->vote_view);
    hs_write_bytes(&writer, record->vote_block_id.bytes, sizeof(record->vote_block_id.bytes));
    hs_write_u64(&writer, record->view_change_view);
    hs_write_u64(&writer, record->view_change_high_qc_view);
    HS_ASSERT(!writer.failed && writer.offset == SIGNER_RECORD_BYTES);
}

static enum hs_status decode(struct hs_signer_record *record, const uint8_t *bytes, size_t size)
{
    struct hs_reader reader = hs_reader_over(bytes, size);
    if (hs_read_u16(&reader) != SIGNER_RECORD_VERSION) {
        return HS_CORRUPT;
    }
    record->epoch = hs_read_u64(&reader);
    record->vote_view = hs_read_u64(&reader);
    hs_read_bytes(&reader, record->vote_block_id.bytes, sizeof(record->vote_block_id.bytes));
    record->view_change_view = hs_read_u64(&reader);
    record->view_change_high_qc_view = hs_read_u64(&reader);
    return hs_reader_end(&reader) == HS_OK ? HS_OK : HS_CORRUPT;
}

enum hs_status hs_signer_create(const struct hs_disk *disk, const struct hs_signer_record *record)
{
    uint8_t bytes[SIGNER_RECORD_BYTES];
    encode(bytes, record);
    return hs_slot_store_create(disk, HS_SIGNER_SLOTS_NAME, SIGNER_RECORD_BYTES, bytes,
                                SIGNER_RECORD_BYTES);
}

enum hs_status hs_signer_replace(const struct hs_disk *disk, const struct hs_signer_record *record)
{
    uint8_t bytes[SIGNER_RECORD_BYTES];
    encode(bytes, record);
    return hs_slot_store_replace(disk, HS_SIGNER_SLOTS_NAME, SIGNER_RECORD_BYTES, bytes,
                                 SIGNER_RECORD_BYTES);
}

static enum hs_status open_store(struct hs_slot_store *store, struct hs_signer_record *record,
                                 const struct hs_disk *disk)
{
    uint8_t bytes[SIGNER_RECORD_BYTES];
    uint32_t size = 0;
    enum hs_status status =
        hs_slot_store_open(store, disk, HS_SIGNER_SLOTS_NAME, bytes, SIGNER_RECORD_BYTES, &size);
    if (status != HS_OK) {
        return status;
    }
    status = decode(record, bytes, size);
    if (status != HS_OK) {
        hs_slot_store_close(store);
    }
    return status;
}

enum hs_status hs_signer_read(struct hs_signer_record *record, const struct hs_disk *disk)
{
    struct hs_slot_store store;
    enum hs_status status = open_store(&store, record, disk);
    if (status == HS_OK) {
        hs_slot_store_close(&store);
    }
    return status;
}

enum hs_status hs_signer_open(struct hs_signer **signer, const struct hs_disk *disk,
                              const struct hs_chain_id *chain_id,
                              const struct hs_validator_key keys[], uint32_t key_count)
{
    HS_ASSERT(key_count > 0 && key_count <= HS_NODE_KEYS_MAX);
    *signer = NULL;
    struct hs_signer *opened = calloc(1, sizeof(*opened));
    if (opened == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    enum hs_status status = open_store(&opened->store, &opened->record, disk);
    if (status != HS_OK) {
        free(opened);
        return status;
    }
    opened->chain_id = *chain_id;
    opened->key_count = key_count;
    for (uint32_t i = 0; i < key_count; i++) {
        opened->secret_keys[i] = keys[i].bls_secret_key;
    }
    *signer = opened;
    return HS_OK;
}

void hs_signer_close(struct hs_signer *signer)
{
    if (signer != NULL) {
        hs_slot_store_close(&signer->store);
        hs_wipe(signer->secret_keys, sizeof(signer->secret_keys));
        free(signer);
    }
}

const struct hs_signer_record *hs_signer_last(const struct hs_signer *signer)
{
    return &signer->record;
}

const struct hs_bls_hash *hs_signer_last_hash(const struct hs_signer *signer)
{
    return &signer->last_hash;
}

/* S2, S6: one vote a view, never back; none in or below a view that was given up. */
static bool vote_allowed(const struct hs_signer_record *record, const struct hs_statement *vote)
{
    bool again = vote->view == record->vote_view &&
                 memcmp(&vote->block_id, &record->vote_block_id, sizeof(vote->block_id)) == 0;
    return again || (vote->view > record->vote_view && vote->view > record->view_change_view);
}

/* S6: never back, and within a view the high_qc named never falls. */
static bool view_change_allowed(const struct hs_signer_record *record,
                                const struct hs_statement *view_change)
{
    bool not_back = view_change->view >= record->vote_view;
    bool higher = view_change->view > record->view_change_view;
    bool again = view_change->view == record->view_change_view &&
                 view_change->high_qc_view >= record->view_change_high_qc_view;
    return not_back && view_change->high_qc_view < view_change->view && (higher || again);
}

static bool take(struct hs_signer_record *record, const struct hs_statement *statement)
{
    if (statement->view == 0 || statement->epoch < record->epoch) {
        return false; /* P4: nothing in an epoch once the key has signed in a later one */
    }
    if (statement->epoch > record->epoch) {
        *record = (struct hs_signer_record){.epoch = statement->epoch}; /* views begin anew */
    }
    switch (statement->type) {
    case HS_STATEMENT_VOTE:
        if (!vote_allowed(record, statement)) {
            return false;
        }
        record->vote_view = statement->view;
        record->vote_block_id = statement->block_id;
        return true;
    case HS_STATEMENT_VIEW_CHANGE:
        if (!view_change_allowed(record, statement)) {
            return false;
        }
        record->view_change_view = statement->view;
        record->view_change_high_qc_view = statement->high_qc_view;
        return true;
    }
    return false;
}

enum hs_status hs_signer_sign(struct hs_signer *signer, struct hs_bls_signature *signature,
                              uint32_t key, const struct hs_statement *statement)
{
    HS_ASSERT(key < signer->key_count);
    struct hs_signer_record next = signer->record;
    if (!take(&next, statement) && !HS_MUTANT_BLIND_SIGNER) {
        return HS_UNSAFE; /* D6 */
    }
    uint8_t bytes[SIGNER_RECORD_BYTES];
    encode(bytes, &next);
    enum hs_status status = hs_slot_store_write(&signer->store, bytes, SIGNER_RECORD_BYTES);
    if (status != HS_OK) {
        return status; /* D3 */
    }
    signer->record = next;

    struct hs_bls_statement message;
    hs_statement_encode(&message, &signer->chain_id, statement);
    hs_bls_hash_of(&signer->last_hash, &message);
    hs_bls_sign_hash(signature, &signer->secret_keys[key], &signer->last_hash);
    return HS_OK;
}

void hs_signer_prove(const struct hs_signer *signer, struct hs_vrf_proof *proof, uint32_t key,
                     const struct hs_bls_statement *input)
{
    HS_ASSERT(key < signer->key_count);
    hs_vrf_prove(proof, &signer->secret_keys[key], input);
}
