/* What goes along with a validator that moves: its text, and what the records of the home that
 * takes it in forbid from then on (D5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/signer.h"
#include "node/signing_history.h"
#include "sim/virtual_disk.h"
#include "storage/slot_store.h"
#include "wire/certificate.h"
#include "wire/safety_record.h"

#define CHAIN "\"0x0700000000000000000000000000000000000000000000000000000000000000\""
#define HEAD  "{\"format\":\"hotstuff-signing-history\",\"version\":1,\"chain_id\":" CHAIN
#define ZEROS                                                                                      \
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define KEY(n) "\"0x0000" n ZEROS "\""

static enum hs_status parse(struct hs_signing_history *history, const char *text)
{
    struct hs_signing_history_error error = {""};
    struct hs_bytes bytes = {(const uint8_t *)text, strlen(text)};
    enum hs_status status = hs_signing_history_parse(history, bytes, &error);
    assert_int_equal(status == HS_OK, error.text[0] == '\0');
    return status;
}

/* -- the text ------------------------------------------------------------------------- */

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct hs_signing_history history = {.chain_id = {{7}}, .key_count = 2};
    for (uint8_t i = 0; i < 2; i++) {
        history.keys[i].public_key.bytes[2] = i;
        history.keys[i].maxima = (struct hs_signed_maxima){
            .epoch = i, .last_voted_view = HS_RECOVERED_VIEW_MAX, .locked_view = 41u + i};
    }
    char *text = hs_signing_history_write(&history);
    assert_non_null(text);
    struct hs_signing_history again;
    assert_int_equal(parse(&again, text), HS_OK);
    assert_memory_equal(&again.chain_id, &history.chain_id, sizeof again.chain_id);
    assert_int_equal(again.key_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_memory_equal(&again.keys[i].public_key, &history.keys[i].public_key,
                            sizeof again.keys[i].public_key);
        assert_int_equal(again.keys[i].maxima.epoch, i);
        assert_true(again.keys[i].maxima.last_voted_view == HS_RECOVERED_VIEW_MAX);
        assert_int_equal(again.keys[i].maxima.locked_view, 41 + i);
    }
    free(text);
}

static void another_text_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        HEAD "}",
        HEAD ",\"keys\":[]}",
        HEAD ",\"keys\":[{}]}",
        HEAD ",\"keys\":[{\"public_key\":" KEY("01") ",\"epoch\":1,\"last_voted_view\":2}]}",
        HEAD ",\"keys\":[{\"public_key\":" KEY("01") ",\"epoch\":-1,\"last_voted_view\":2,"
                                                     "\"locked_view\":1}]}",
        HEAD ",\"keys\":[{\"public_key\":" KEY("01") ",\"epoch\":\"1\",\"last_voted_view\":2,"
                                                     "\"locked_view\":1}]}",
        HEAD ",\"keys\":[{\"public_key\":" KEY("01") ",\"epoch\":1,\"last_voted_view\":2,"
                                                     "\"locked_view\":1,\"more\":0}]}",
        HEAD ",\"keys\":[{\"public_key\":\"0x01\",\"epoch\":1,\"last_voted_view\":2,"
             "\"locked_view\":1}]}",
        HEAD ",\"keys\":[{\"public_key\":" KEY("01") ",\"epoch\":1,\"last_voted_view\":2,"
                                                     "\"locked_view\":1},{\"public_key\":" KEY(
                                                         "01") ",\"epoch\":1,\"last_voted_view\":2,"
                                                               "\"locked_view\":1}]}",
        HEAD ",\"more\":1,\"keys\":[{\"public_key\":" KEY(
            "01") ",\"epoch\":1,"
                  "\"last_voted_view\":2,\"locked_view\":1}]}",
        "{\"format\":\"hotstuff-signing-history\",\"version\":2,\"chain_id\":" CHAIN
        ",\"keys\":[{\"public_key\":" KEY("01") ",\"epoch\":1,\"last_voted_view\":2,"
                                                "\"locked_view\":1}]}",
    };
    struct hs_signing_history history;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_not_equal(parse(&history, texts[i]), HS_OK);
    }
    assert_int_equal(
        parse(&history, HEAD ",\"keys\":[{\"public_key\":" KEY(
                            "01") ",\"epoch\":1,\"last_voted_view\":2,\"locked_view\":1}]}"),
        HS_OK);
    /* Numbers that leave nothing to vote in, or that no validator comes to. */
    assert_int_equal(parse(&history,
                           HEAD ",\"keys\":[{\"public_key\":" KEY(
                               "01") ",\"epoch\":1,\"last_voted_view\":4611686018427387904,"
                                     "\"locked_view\":1}]}"),
                     HS_INVALID_ARGUMENT);
    assert_int_equal(
        parse(&history, HEAD ",\"keys\":[{\"public_key\":" KEY(
                            "01") ",\"epoch\":1,\"last_voted_view\":2,\"locked_view\":3}]}"),
        HS_INVALID_ARGUMENT);
}

static void a_long_text_is_refused_unread(void **state)
{
    (void)state;
    char *text = malloc(HS_HISTORY_BYTES_MAX + 2);
    assert_non_null(text);
    memset(text, ' ', HS_HISTORY_BYTES_MAX + 1);
    text[HS_HISTORY_BYTES_MAX + 1] = '\0';
    struct hs_signing_history history;
    assert_int_equal(parse(&history, text), HS_MALFORMED);
    free(text);
}

static void the_maxima_of_several_keys_are_taken_together(void **state)
{
    (void)state;
    struct hs_signing_history history = {
        .key_count = 3,
        .keys = {{.public_key = {{1}}, .maxima = {5, 90, 80}},
                 {.public_key = {{2}}, .maxima = {6, 7, 3}},
                 {.public_key = {{3}}, .maxima = {6, 4, 4}}},
    };
    struct hs_signed_maxima maxima;
    const struct hs_bls_public_key keys[] = {{{3}}, {{9}}, {{2}}};
    assert_true(hs_signing_history_of(&maxima, &history, keys, 3));
    assert_int_equal(maxima.epoch, 6);
    assert_int_equal(maxima.last_voted_view, 7);
    assert_int_equal(maxima.locked_view, 4);
    const struct hs_bls_public_key old = {{1}};
    assert_true(hs_signing_history_of(&maxima, &history, &old, 1));
    assert_int_equal(maxima.epoch, 5);
    assert_int_equal(maxima.last_voted_view, 90);
    assert_false(hs_signing_history_of(&maxima, &history, &keys[1], 1));
}

/* -- the records ------------------------------------------------------------------------ */

static struct hs_virtual_disk *disk_with(uint64_t epoch, uint64_t last_voted_view,
                                         uint64_t locked_view, uint64_t signed_view)
{
    static const struct hs_block_id none;
    struct hs_virtual_disk *made = hs_virtual_disk_new(1);
    const struct hs_disk *disk = hs_virtual_disk_interface(made);
    struct hs_safety_record *record = calloc(1, sizeof *record);
    uint8_t *bytes = malloc(HS_SAFETY_RECORD_BYTES_MAX);
    assert_true(record != NULL && bytes != NULL);
    record->epoch = epoch;
    record->last_voted_view = last_voted_view;
    record->locked_view = locked_view;
    hs_qc_of_view_zero(&record->high_qc, epoch, &none);
    struct hs_writer writer = hs_writer_over(bytes, HS_SAFETY_RECORD_BYTES_MAX);
    hs_safety_record_encode(&writer, record, 4);
    assert_int_equal(hs_slot_store_create(disk, HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX,
                                          bytes, (uint32_t)writer.offset),
                     HS_OK);
    const struct hs_signer_record signer = {.epoch = epoch, .vote_view = signed_view};
    assert_int_equal(hs_signer_create(disk, &signer), HS_OK);
    free(bytes);
    free(record);
    return made;
}

static void assert_maxima(struct hs_virtual_disk *disk, uint64_t epoch, uint64_t last_voted_view,
                          uint64_t locked_view)
{
    struct hs_signed_maxima maxima;
    assert_int_equal(hs_records_read(&maxima, hs_virtual_disk_interface(disk)), HS_OK);
    assert_int_equal(maxima.epoch, epoch);
    assert_int_equal(maxima.last_voted_view, last_voted_view);
    assert_int_equal(maxima.locked_view, locked_view);
}

static void raise(struct hs_virtual_disk *disk, uint64_t epoch, uint64_t view, uint64_t lock)
{
    struct hs_recovery recovery;
    const struct hs_recovery_request request = {
        .disk = hs_virtual_disk_interface(disk),
        .epoch = epoch,
        .last_voted_view = view,
        .lock_known = true,
        .locked_view = lock,
    };
    assert_int_equal(hs_records_recover(&recovery, &request), HS_OK);
}

static void records_are_read_as_they_are(void **state)
{
    (void)state;
    struct hs_virtual_disk *disk = disk_with(3, 12, 9, 12);
    assert_maxima(disk, 3, 12, 9);
    hs_virtual_disk_free(disk);
    disk = disk_with(3, 12, 9, 15); /* the signer knows more: a lock that nobody knows is high */
    assert_maxima(disk, 3, 15, 14);
    const struct hs_disk *files = hs_virtual_disk_interface(disk);
    struct hs_signed_maxima maxima;
    assert_int_equal(files->remove(files->context, HS_SIGNER_SLOTS_NAME), HS_OK);
    assert_int_equal(hs_records_read(&maxima, files), HS_NO_SAFETY_RECORD);
    hs_virtual_disk_free(disk);
}

/* A lock that is known stays: the validator need not wait for a higher certificate. */
static void what_another_home_signed_is_taken_in_with_its_lock(void **state)
{
    (void)state;
    struct hs_virtual_disk *disk = disk_with(0, 0, 0, 0);
    raise(disk, 3, 12, 9);
    assert_maxima(disk, 3, 12, 9);
    struct hs_signer *signer;
    struct hs_chain_id chain_id = {{7}};
    struct hs_validator_key key = {.bls_secret_key = {{1}}};
    struct hs_bls_signature signature;
    assert_int_equal(hs_signer_open(&signer, hs_virtual_disk_interface(disk), &chain_id, &key, 1),
                     HS_OK);
    struct hs_statement vote = {
        .type = HS_STATEMENT_VOTE, .epoch = 3, .view = 12, .block_id = {{1}}};
    assert_int_equal(hs_signer_sign(signer, &signature, 0, &vote), HS_UNSAFE);
    vote.epoch = 2;
    vote.view = 100;
    assert_int_equal(hs_signer_sign(signer, &signature, 0, &vote), HS_UNSAFE);
    hs_signer_close(signer);
    hs_virtual_disk_free(disk);
}

static void nothing_is_ever_lowered(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        uint64_t epoch = seed % 3;
        uint64_t view = 10 + seed % 5;
        uint64_t lock = 5 + seed % 4;
        uint64_t other_epoch = seed / 3 % 3;
        uint64_t other_view = 10 + seed / 5 % 5;
        uint64_t other_lock = 5 + seed / 7 % 4;
        struct hs_virtual_disk *disk = disk_with(epoch, view, lock, view);
        raise(disk, other_epoch, other_view, other_lock);
        bool same = epoch == other_epoch;
        bool other_first = other_epoch > epoch;
        assert_maxima(disk, other_first ? other_epoch : epoch,
                      other_first || (same && other_view > view) ? other_view : view,
                      other_first || (same && other_lock > lock) ? other_lock : lock);
        hs_virtual_disk_free(disk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(another_text_is_refused),
        cmocka_unit_test(a_long_text_is_refused_unread),
        cmocka_unit_test(the_maxima_of_several_keys_are_taken_together),
        cmocka_unit_test(records_are_read_as_they_are),
        cmocka_unit_test(what_another_home_signed_is_taken_in_with_its_lock),
        cmocka_unit_test(nothing_is_ever_lowered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
