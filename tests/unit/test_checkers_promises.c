/* The checkers of what processes keep on their disks and promise to clients: right runs and wrong
 * ones. */
#include "tests/unit/checked_things.h"

#include "node/signer.h"
#include "sim/check_clients.h"
#include "sim/check_durability.h"
#include "storage/slot_store.h"
#include "wire/safety_record.h"
#include "wire/transaction.h"

/* -- durability ------------------------------------------------------------------------------------------ */

/* What process 0 has made durable: its records, and a log of two blocks of which the first is
 * committed. */
struct disk_state {
    struct hs_check check;
    struct hs_check_durability *durability;
    struct hs_virtual_disk *disk;
    struct hs_disk lazy; /* says that it has synced, and has not */
    struct hs_block blocks[2];
    uint32_t logged;
};

static enum hs_status skip_sync(void *context, struct hs_file file)
{
    (void)context;
    (void)file;
    return HS_OK;
}

static void count_logged(void *context, uint32_t process, struct hs_check_block *block,
                         const struct hs_qc *justify, struct hs_bytes payload)
{
    struct disk_state *state = context;
    (void)process;
    (void)block;
    assert_int_equal(justify->epoch, 0);
    assert_int_equal(payload.size, 0);
    state->logged++;
}

static void write_safety(const struct hs_disk *disk, const struct hs_safety_record *record)
{
    static uint8_t bytes[HS_SAFETY_RECORD_BYTES_MAX];
    static uint8_t before[HS_SAFETY_RECORD_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(bytes, sizeof(bytes));
    hs_safety_record_encode(&writer, record, NODES);
    struct hs_slot_store store;
    uint32_t size;
    assert_int_equal(hs_slot_store_open(&store, disk, HS_SAFETY_SLOTS_NAME, before,
                                        HS_SAFETY_RECORD_BYTES_MAX, &size),
                     HS_OK);
    assert_int_equal(hs_slot_store_write(&store, bytes, (uint32_t)writer.offset), HS_OK);
    hs_slot_store_close(&store);
}

static void sign_durably(const struct hs_disk *disk, const struct hs_statement *statement)
{
    struct hs_signer *signer;
    struct hs_bls_signature signature;
    assert_int_equal(
        hs_signer_open(&signer, disk, &cluster.chain_id, &cluster.validator_keys[0], 1), HS_OK);
    assert_int_equal(hs_signer_sign(signer, &signature, 0, statement), HS_OK);
    hs_signer_close(signer);
}

static enum hs_status visit_nothing(void *context, const struct hs_log_record *record)
{
    (void)context;
    (void)record;
    return HS_OK;
}

static void log_durably(const struct hs_disk *disk, const struct hs_block *block, bool committed)
{
    struct hs_block_log *log;
    struct hs_log_damage damage;
    struct hs_block_log_config config = {
        .disk = disk, .segment_bytes = 4096, .visit = visit_nothing};
    assert_int_equal(hs_block_log_open(&log, &config, &damage), HS_OK);
    uint8_t bytes[HS_HEADER_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(bytes, sizeof(bytes));
    hs_header_write(&writer, &block->header, NODES);
    struct hs_log_block record = {
        .id = block->id,
        .parent_id = block->header.parent_id,
        .view = block->header.view,
        .height = block->header.height,
        .header = {bytes, writer.offset},
    };
    struct hs_log_position position;
    assert_int_equal(hs_block_log_append_block(log, &record, &position), HS_OK);
    if (committed) {
        struct hs_log_commit commit = {.block_id = block->id, .height = block->header.height};
        assert_int_equal(hs_block_log_append_commit(log, &commit), HS_OK);
    }
    struct hs_log_batch *batch = hs_block_log_take_batch(log);
    hs_block_log_batch_done(log, batch, hs_block_log_write_batch(batch));
    hs_block_log_close(log);
}

static struct hs_safety_record record_of_vote(const struct hs_block *block)
{
    return (struct hs_safety_record){
        .last_voted_view = block->header.view,
        .locked_view = block->header.justify.view,
        .vote_view = block->header.view,
        .vote_block_id = block->id,
        .high_qc = block->header.justify,
    };
}

static struct hs_statement vote_of(const struct hs_block *block)
{
    return (struct hs_statement){
        .type = HS_STATEMENT_VOTE, .view = block->header.view, .block_id = block->id};
}

static struct disk_state *new_disk_state(void)
{
    struct disk_state *state = calloc(1, sizeof(*state));
    assert_non_null(state);
    state->check = new_check();
    state->durability = hs_check_durability_new(&state->check, count_logged, state);
    state->disk = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(state->disk);
    state->lazy = *disk;
    state->lazy.sync = skip_sync;
    struct hs_qc qc = first_qc();
    state->blocks[0] = make_block(&cluster.genesis, &qc, 1);
    qc = make_qc(1, &state->blocks[0].id, QUORUM);
    state->blocks[1] = make_block(&state->blocks[0], &qc, 2);
    for (uint32_t i = 0; i < 2; i++) {
        hs_check_add_block(&state->check, &state->blocks[i].id, &state->blocks[i].header);
    }
    static uint8_t bytes[HS_SAFETY_RECORD_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(bytes, sizeof(bytes));
    struct hs_safety_record record = record_of_vote(&state->blocks[0]);
    hs_safety_record_encode(&writer, &record, NODES);
    assert_int_equal(hs_slot_store_create(disk, HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX,
                                          bytes, (uint32_t)writer.offset),
                     HS_OK);
    assert_int_equal(hs_signer_create(disk, &(struct hs_signer_record){0}), HS_OK);
    log_durably(disk, &state->blocks[0], true);
    hs_check_durability_opened(state->durability, 0, state->disk);
    assert_int_equal(state->logged, 1);
    return state;
}

static void free_disk_state(struct disk_state *state)
{
    hs_check_durability_free(state->durability);
    hs_check_release(&state->check);
    hs_virtual_disk_free(state->disk);
    free(state);
}

enum missing { NOTHING, LOG, RECORD, LOCK, SIGNER, LOG_SYNC, RECORD_SYNC, SIGNER_SYNC };

/* Votes for the second block with all of it durable, but for one thing. */
static void vote_without(enum missing missing, const char *rule)
{
    struct disk_state *state = new_disk_state();
    const struct hs_disk *disk = hs_virtual_disk_interface(state->disk);
    const struct hs_block *block = &state->blocks[1];
    struct hs_safety_record record = record_of_vote(block);
    record.locked_view -= missing == LOCK ? 1 : 0;
    struct hs_statement statement = vote_of(block);
    if (missing != LOG) {
        log_durably(missing == LOG_SYNC ? &state->lazy : disk, block, false);
    }
    if (missing != RECORD) {
        write_safety(missing == RECORD_SYNC ? &state->lazy : disk, &record);
    }
    if (missing != SIGNER) {
        sign_durably(missing == SIGNER_SYNC ? &state->lazy : disk, &statement);
    }
    hs_check_durability_vote(state->durability, 0, 0, block->header.view, &block->id);
    if (missing == NOTHING) {
        assert_right(&state->check);
        assert_int_equal(state->logged, 2);
    } else {
        assert_found(&state->check, "durability", rule);
    }
    free_disk_state(state);
}

static void votes_rest_on_what_is_durable(void **state)
{
    (void)state;
    vote_without(NOTHING, "");
    vote_without(LOG, "D2");
    vote_without(LOG_SYNC, "D2");
    vote_without(RECORD, "D1");
    vote_without(RECORD_SYNC, "D1");
    vote_without(LOCK, "D1");
    vote_without(SIGNER, "D6");
    vote_without(SIGNER_SYNC, "D6");
}

static void ancestors_are_durable_with_the_block(void **state)
{
    (void)state;
    struct disk_state *disk_state = new_disk_state();
    const struct hs_disk *disk = hs_virtual_disk_interface(disk_state->disk);
    struct hs_qc qc = make_qc(2, &disk_state->blocks[1].id, QUORUM);
    struct hs_block child = make_block(&disk_state->blocks[1], &qc, 3);
    hs_check_add_block(&disk_state->check, &child.id, &child.header);
    log_durably(disk, &child, false);
    struct hs_safety_record record = record_of_vote(&child);
    struct hs_statement statement = vote_of(&child);
    write_safety(disk, &record);
    sign_durably(disk, &statement);
    hs_check_durability_vote(disk_state->durability, 0, 0, 3, &child.id);
    assert_found(&disk_state->check, "durability", "D2");
    free_disk_state(disk_state);
}

static void view_changes_rest_on_what_is_durable(void **state)
{
    (void)state;
    for (uint32_t missing = 0; missing < 3; missing++) {
        struct disk_state *disk_state = new_disk_state();
        const struct hs_disk *disk = hs_virtual_disk_interface(disk_state->disk);
        struct hs_safety_record record = record_of_vote(&disk_state->blocks[0]);
        record.high_qc = disk_state->blocks[1].header.justify;
        record.last_voted_view = 2;
        record.view_change_view = 2;
        record.view_change_high_qc_view = 1;
        if (missing != 1) {
            write_safety(disk, &record);
        }
        if (missing != 2) {
            sign_durably(disk, &(struct hs_statement){
                                   .type = HS_STATEMENT_VIEW_CHANGE, .view = 2, .high_qc_view = 1});
        }
        hs_check_durability_view_change(disk_state->durability, 0, 0, 2, 1);
        if (missing == 0) {
            assert_right(&disk_state->check);
        } else {
            assert_found(&disk_state->check, "durability", missing == 1 ? "D1" : "D6");
        }
        free_disk_state(disk_state);
    }
}

static void reported_heights_are_durable(void **state)
{
    (void)state;
    struct disk_state *disk_state = new_disk_state();
    log_durably(hs_virtual_disk_interface(disk_state->disk), &disk_state->blocks[1], false);
    hs_check_durability_reported(disk_state->durability, 0, &disk_state->blocks[0]);
    assert_right(&disk_state->check);
    hs_check_durability_log_damaged(disk_state->durability, 0, true);
    hs_check_durability_reported(disk_state->durability, 0, &disk_state->blocks[1]);
    assert_right(&disk_state->check);
    hs_check_durability_log_damaged(disk_state->durability, 0, false);
    hs_check_durability_reported(disk_state->durability, 0, &disk_state->blocks[1]);
    assert_found(&disk_state->check, "durability", "D7");
    free_disk_state(disk_state);
    struct hs_check check = new_check();
    hs_check_durability_not_opened(&check, 1, "of a test");
    assert_found(&check, "durability", "of a test");
}

/* -- clients ------------------------------------------------------------------------------------------------- */

struct told {
    struct hs_check check;
    struct hs_check_clients *clients;
    struct hs_block blocks[2]; /* with one transfer each */
    struct hs_transaction_id ids[2];
};

static struct told *new_told(uint64_t second_nonce)
{
    struct told *told = calloc(1, sizeof(*told));
    assert_non_null(told);
    told->check = new_check();
    told->clients = hs_check_clients_new();
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
        uint8_t payload[HS_PAYLOAD_ENTRY_BYTES + sizeof(bytes)];
        size_t size = 0;
        struct hs_cluster_transfer transfer = {
            .to = 1, .nonce = i == 0 ? 0 : second_nonce, .amount = 5, .tip = 1};
        hs_cluster_transfer_encode(bytes, &cluster, &transfer);
        struct hs_bytes transaction = {bytes, sizeof(bytes)};
        hs_transaction_id_of(&told->ids[i], transaction);
        assert_int_equal(hs_payload_encode(payload, &size, sizeof(payload), &transaction, 1),
                         HS_OK);
        told->blocks[i].header.height = i + 1;
        told->blocks[i].id = id_of((uint8_t)(i + 1));
        hs_payload_root_of(&told->blocks[i].header.payload_root, &told->ids[i], 1);
        struct hs_check_block *block =
            hs_check_add_block(&told->check, &told->blocks[i].id, &told->blocks[i].header);
        hs_check_clients_block(told->clients, &told->check, block, (struct hs_bytes){payload, 3});
        assert_false(block->has_uses);
        hs_check_clients_block(told->clients, &told->check, block,
                               (struct hs_bytes){payload, size});
        assert_true(block->has_uses);
    }
    return told;
}

static void tell(struct told *told, uint32_t process, uint32_t height, uint32_t id_index)
{
    hs_check_clients_reported(told->clients, &told->check, process, &told->blocks[height - 1],
                              &told->ids[id_index], 1);
}

static void free_told(struct told *told)
{
    hs_check_clients_free(told->clients);
    hs_check_release(&told->check);
    free(told);
}

static void transactions_commit_once_in_order(void **state)
{
    (void)state;
    struct told *told = new_told(1);
    tell(told, 0, 1, 0);
    tell(told, 0, 2, 1);
    tell(told, 1, 1, 0);
    assert_right(&told->check);
    tell(told, 1, 2, 0); /* it stands at another height */
    assert_found(&told->check, "clients", "X2");
    free_told(told);

    told = new_told(0); /* the same transfer again */
    tell(told, 0, 1, 0);
    tell(told, 0, 2, 1);
    assert_found(&told->check, "clients", "again");
    free_told(told);

    told = new_told(2); /* a nonce is left out */
    tell(told, 0, 1, 0);
    hs_check_clients_held(told->clients, &told->check, &told->blocks[1]);
    assert_found(&told->check, "clients", "nonce");
    free_told(told);
}

static void nodes_say_what_they_reported(void **state)
{
    (void)state;
    struct told *told = new_told(1);
    assert_null(hs_check_clients_question(told->clients, 0));
    tell(told, 0, 1, 0);
    const struct hs_transaction_id *id = hs_check_clients_question(told->clients, 0);
    assert_memory_equal(id, &told->ids[0], sizeof(*id));
    hs_check_clients_answer(told->clients, &told->check, 0, id, HS_TRANSACTION_COMMITTED, 1);
    assert_right(&told->check);
    hs_check_clients_answer(told->clients, &told->check, 0, id, HS_TRANSACTION_PENDING, 0);
    assert_found(&told->check, "clients", "D7");
    free_told(told);
}

static void what_was_taken_in_is_committed(void **state)
{
    (void)state;
    struct hs_bitmap up = {{0x1}};
    struct hs_bitmap others = {{0xe}};
    struct told *told = new_told(1);
    hs_check_clients_accepted(told->clients, 0, &told->ids[0], 0, 0);
    hs_check_clients_accepted(told->clients, 0, &told->ids[1], 0, 1);
    assert_memory_equal(hs_check_clients_owed(told->clients, &up), &told->ids[0],
                        sizeof(told->ids[0]));
    assert_null(hs_check_clients_owed(told->clients, &others));
    tell(told, 0, 1, 0);
    assert_memory_equal(hs_check_clients_owed(told->clients, &up), &told->ids[1],
                        sizeof(told->ids[1]));
    tell(told, 0, 2, 1);
    assert_null(hs_check_clients_owed(told->clients, &up));
    hs_check_clients_end(told->clients, &told->check, &up);
    assert_right(&told->check);
    free_told(told);

    told = new_told(1);
    hs_check_clients_accepted(told->clients, 0, &told->ids[0], 0, 0);
    hs_check_clients_pool_full(told->clients, 0);
    hs_check_clients_end(told->clients, &told->check, &up);
    hs_check_clients_accepted(told->clients, 0, &told->ids[0], 0, 0);
    hs_check_clients_restarted(told->clients, 0);
    hs_check_clients_end(told->clients, &told->check, &up);
    assert_right(&told->check);
    hs_check_clients_accepted(told->clients, 0, &told->ids[0], 0, 0);
    hs_check_clients_end(told->clients, &told->check, &up);
    assert_found(&told->check, "clients", "not committed");
    free_told(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(votes_rest_on_what_is_durable),
        cmocka_unit_test(ancestors_are_durable_with_the_block),
        cmocka_unit_test(view_changes_rest_on_what_is_durable),
        cmocka_unit_test(reported_heights_are_durable),
        cmocka_unit_test(transactions_commit_once_in_order),
        cmocka_unit_test(nodes_say_what_they_reported),
        cmocka_unit_test(what_was_taken_in_is_committed),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
