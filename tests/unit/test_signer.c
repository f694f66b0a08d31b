/* The signer by itself: what its own record lets it sign (D6), whatever a core asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/signer.h"
#include "sim/virtual_disk.h"
#include "wire/statement.h"

struct fixture {
    struct hs_virtual_disk *disk;
    struct hs_chain_id chain_id;
    struct hs_validator_key keys[2];
    struct hs_signer *signer;
};

static void open_signer(struct fixture *fixture)
{
    assert_int_equal(hs_signer_open(&fixture->signer, hs_virtual_disk_interface(fixture->disk),
                                    &fixture->chain_id, fixture->keys, 2),
                     HS_OK);
}

static struct fixture setup(void)
{
    struct fixture fixture = {.disk = hs_virtual_disk_new(1)};
    assert_non_null(fixture.disk);
    for (uint8_t i = 0; i < 2; i++) {
        uint8_t seed[32] = {7, i};
        assert_int_equal(hs_validator_key_make(&fixture.keys[i], seed), HS_OK);
    }
    struct hs_signer_record first = {0};
    assert_int_equal(hs_signer_create(hs_virtual_disk_interface(fixture.disk), &first), HS_OK);
    open_signer(&fixture);
    return fixture;
}

static void end(struct fixture *fixture)
{
    hs_signer_close(fixture->signer);
    hs_virtual_disk_free(fixture->disk);
}

static enum hs_status vote(struct fixture *fixture, uint64_t view, uint8_t block)
{
    struct hs_statement statement = {.type = HS_STATEMENT_VOTE, .view = view};
    memset(statement.block_id.bytes, block, sizeof(statement.block_id.bytes));
    struct hs_bls_signature signature;
    return hs_signer_sign(fixture->signer, &signature, 0, &statement);
}

static enum hs_status change_view(struct fixture *fixture, uint64_t view, uint64_t high_qc_view)
{
    struct hs_statement statement = {
        .type = HS_STATEMENT_VIEW_CHANGE, .view = view, .high_qc_view = high_qc_view};
    struct hs_bls_signature signature;
    return hs_signer_sign(fixture->signer, &signature, 0, &statement);
}

/* S2, D6 */
static void one_block_gets_the_vote_of_a_view(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    assert_int_equal(vote(&fixture, 0, 1), HS_UNSAFE);
    assert_int_equal(vote(&fixture, 5, 1), HS_OK);
    assert_int_equal(vote(&fixture, 5, 2), HS_UNSAFE);
    assert_int_equal(vote(&fixture, 4, 1), HS_UNSAFE);
    assert_int_equal(vote(&fixture, 5, 1), HS_OK); /* D4: the same again */
    assert_int_equal(vote(&fixture, 6, 2), HS_OK);
    assert_int_equal(vote(&fixture, 5, 1), HS_UNSAFE);
    end(&fixture);
}

/* S6, D6 */
static void no_vote_follows_a_view_change_of_its_view(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    assert_int_equal(change_view(&fixture, 5, 3), HS_OK);
    assert_int_equal(vote(&fixture, 5, 1), HS_UNSAFE);
    assert_int_equal(vote(&fixture, 6, 1), HS_OK);
    end(&fixture);
}

/* S6, D6 */
static void a_view_change_may_follow_the_vote_of_its_view(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    assert_int_equal(vote(&fixture, 5, 1), HS_OK);
    assert_int_equal(change_view(&fixture, 4, 3), HS_UNSAFE);
    assert_int_equal(change_view(&fixture, 5, 4), HS_OK);
    assert_int_equal(vote(&fixture, 5, 1), HS_OK); /* D4: it was signed before */
    end(&fixture);
}

/* S6, D6 */
static void the_high_qc_named_in_a_view_never_falls(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    assert_int_equal(change_view(&fixture, 5, 5), HS_UNSAFE); /* not below the view */
    assert_int_equal(change_view(&fixture, 5, 3), HS_OK);
    assert_int_equal(change_view(&fixture, 5, 2), HS_UNSAFE);
    assert_int_equal(change_view(&fixture, 5, 3), HS_OK);
    assert_int_equal(change_view(&fixture, 5, 4), HS_OK);
    assert_int_equal(change_view(&fixture, 4, 3), HS_UNSAFE);
    end(&fixture);
}

/* P4, D6: in a later epoch views begin anew, and nothing of an earlier one is signed after it. */
static void views_begin_anew_in_a_later_epoch_and_no_earlier_one_is_signed(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    assert_int_equal(vote(&fixture, 5, 1), HS_OK);
    assert_int_equal(change_view(&fixture, 6, 5), HS_OK);
    struct hs_statement later = {.type = HS_STATEMENT_VOTE, .epoch = 1, .view = 1};
    struct hs_bls_signature signature;
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 0, &later), HS_OK);
    assert_int_equal(vote(&fixture, 7, 2), HS_UNSAFE);
    assert_int_equal(change_view(&fixture, 7, 6), HS_UNSAFE);
    later.block_id.bytes[0] = 9;
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 0, &later), HS_UNSAFE);
    later.view = 2;
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 0, &later), HS_OK);
    end(&fixture);
}

/* D6, D4 */
static void the_record_outlives_a_power_cut(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    assert_int_equal(vote(&fixture, 5, 1), HS_OK);
    assert_int_equal(change_view(&fixture, 6, 5), HS_OK);
    hs_signer_close(fixture.signer);
    hs_virtual_disk_power_cut(fixture.disk);
    hs_virtual_disk_restart(fixture.disk);
    open_signer(&fixture);
    assert_int_equal(hs_signer_last(fixture.signer)->vote_view, 5);
    assert_int_equal(hs_signer_last(fixture.signer)->view_change_view, 6);
    assert_int_equal(vote(&fixture, 5, 2), HS_UNSAFE);
    assert_int_equal(vote(&fixture, 6, 2), HS_UNSAFE);
    assert_int_equal(vote(&fixture, 7, 2), HS_OK);
    end(&fixture);
}

/* D3 */
static void after_a_failed_write_nothing_is_signed_any_more(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    assert_int_equal(vote(&fixture, 5, 1), HS_OK);
    hs_virtual_disk_fail_at(fixture.disk, hs_virtual_disk_calls(fixture.disk) + 1);
    assert_int_equal(vote(&fixture, 6, 1), HS_IO);
    assert_int_equal(vote(&fixture, 7, 1), HS_IO);
    assert_int_equal(hs_signer_last(fixture.signer)->vote_view, 5);
    end(&fixture);
}

/* D4: a signature is made of its statement alone. */
static void the_same_statement_gives_the_same_bytes(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    struct hs_statement statement = {.type = HS_STATEMENT_VOTE, .view = 9};
    struct hs_bls_signature first;
    struct hs_bls_signature again;
    assert_int_equal(hs_signer_sign(fixture.signer, &first, 0, &statement), HS_OK);
    assert_int_equal(hs_signer_sign(fixture.signer, &again, 0, &statement), HS_OK);
    assert_memory_equal(&first, &again, sizeof(first));
    struct hs_bls_statement message;
    hs_statement_encode(&message, &fixture.chain_id, &statement);
    struct hs_bls_point point;
    assert_int_equal(hs_bls_point_of(&point, &fixture.keys[0].bls_public_key), HS_OK);
    const struct hs_bls_point *keys[] = {&point};
    assert_int_equal(hs_bls_verify(&first, &message, keys, 1), HS_OK);
    end(&fixture);
}

/* -- several keys --------------------------------------------------------------------------------- */

static bool is_signed_by(const struct fixture *fixture, uint32_t key,
                         const struct hs_statement *statement,
                         const struct hs_bls_signature *signature)
{
    struct hs_bls_statement message;
    struct hs_bls_point point;
    hs_statement_encode(&message, &fixture->chain_id, statement);
    assert_int_equal(hs_bls_point_of(&point, &fixture->keys[key].bls_public_key), HS_OK);
    const struct hs_bls_point *keys[] = {&point};
    return hs_bls_verify(signature, &message, keys, 1) == HS_OK;
}

static void each_key_signs_what_it_is_asked_for(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    for (uint32_t key = 0; key < 2; key++) {
        struct hs_statement statement = {.type = HS_STATEMENT_VOTE, .epoch = key, .view = 3};
        struct hs_bls_signature signature;
        assert_int_equal(hs_signer_sign(fixture.signer, &signature, key, &statement), HS_OK);
        assert_true(is_signed_by(&fixture, key, &statement, &signature));
        assert_false(is_signed_by(&fixture, 1 - key, &statement, &signature));
    }
    end(&fixture);
}

/* P4, D6: the record is one for all, over a restart too. */
static void once_the_new_key_signs_the_old_one_signs_in_no_earlier_epoch(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    struct hs_statement old = {.type = HS_STATEMENT_VOTE, .epoch = 4, .view = 9};
    struct hs_statement new = {.type = HS_STATEMENT_VOTE, .epoch = 5, .view = 1};
    struct hs_bls_signature signature;
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 0, &old), HS_OK);
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 1, &new), HS_OK);
    old.view = 10;
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 0, &old), HS_UNSAFE);
    hs_signer_close(fixture.signer);
    open_signer(&fixture);
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 0, &old), HS_UNSAFE);
    new.block_id.bytes[0] = 1;
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 0, &new), HS_UNSAFE);
    assert_int_equal(hs_signer_sign(fixture.signer, &signature, 1, &new), HS_UNSAFE);
    end(&fixture);
}

static void the_record_is_read_without_a_key(void **state)
{
    (void)state;
    struct fixture fixture = setup();
    struct hs_signer_record record;
    assert_int_equal(vote(&fixture, 7, 1), HS_OK);
    hs_signer_close(fixture.signer);
    assert_int_equal(hs_signer_read(&record, hs_virtual_disk_interface(fixture.disk)), HS_OK);
    assert_int_equal(record.vote_view, 7);
    struct hs_virtual_disk *empty = hs_virtual_disk_new(2);
    assert_int_equal(hs_signer_read(&record, hs_virtual_disk_interface(empty)),
                     HS_NO_SAFETY_RECORD);
    hs_virtual_disk_free(empty);
    open_signer(&fixture);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_block_gets_the_vote_of_a_view),
        cmocka_unit_test(no_vote_follows_a_view_change_of_its_view),
        cmocka_unit_test(a_view_change_may_follow_the_vote_of_its_view),
        cmocka_unit_test(the_high_qc_named_in_a_view_never_falls),
        cmocka_unit_test(views_begin_anew_in_a_later_epoch_and_no_earlier_one_is_signed),
        cmocka_unit_test(the_record_outlives_a_power_cut),
        cmocka_unit_test(after_a_failed_write_nothing_is_signed_any_more),
        cmocka_unit_test(the_same_statement_gives_the_same_bytes),
        cmocka_unit_test(each_key_signs_what_it_is_asked_for),
        cmocka_unit_test(once_the_new_key_signs_the_old_one_signs_in_no_earlier_epoch),
        cmocka_unit_test(the_record_is_read_without_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
