/* hs_ledger: snapshots of the committed state, and what a damaged one does. */
#include "ledger_fixture.h"

#define SNAPSHOT_BYTES_MAX 65536u

struct tape {
    uint8_t bytes[SNAPSHOT_BYTES_MAX];
    size_t size;
    size_t read;
    size_t refuse_at;
};

static enum hs_status tape_write(void *context, const uint8_t *data, size_t size)
{
    struct tape *tape = context;
    if (tape->size + size > tape->refuse_at) {
        return HS_IO;
    }
    memcpy(tape->bytes + tape->size, data, size);
    tape->size += size;
    return HS_OK;
}

static enum hs_status tape_read(void *context, uint8_t *data, size_t size)
{
    struct tape *tape = context;
    if (tape->read + size > tape->size) {
        return HS_CORRUPT;
    }
    memcpy(data, tape->bytes + tape->read, size);
    tape->read += size;
    return HS_OK;
}

static enum hs_status write_tape(struct fixture *fixture, struct tape *tape)
{
    struct hs_sink sink = {.context = tape, .write = tape_write};
    return fixture->app.snapshot_write(fixture->ledger, &sink);
}

static enum hs_status restore_tape(struct fixture *fixture, struct tape *tape)
{
    struct hs_source source = {.context = tape, .read = tape_read};
    tape->read = 0;
    return fixture->app.restore(fixture->ledger, &source);
}

static void a_snapshot_is_the_pinned_state_while_blocks_commit(void **state)
{
    (void)state;
    struct fixture fixture = start(3, 10000);
    static struct tape tape, later;
    tape = (struct tape){.refuse_at = SNAPSHOT_BYTES_MAX};
    struct hs_transaction transaction = transfer(0, 0, 3, 77);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    struct hs_state_root pinned_root = committed_root(&fixture);
    fixture.app.snapshot_pin(fixture.ledger);
    for (uint64_t nonce = 1; nonce < 20; nonce++) {
        transaction = transfer(0, nonce, 1 + nonce % 4, 1);
        assert_int_equal(run(&fixture, &transaction), HS_OK);
    }
    assert_int_equal(write_tape(&fixture, &tape), HS_OK);
    fixture.app.snapshot_unpin(fixture.ledger);

    struct fixture restored = start(3, 10000);
    assert_int_equal(restore_tape(&restored, &tape), HS_OK);
    assert_memory_equal(committed_root(&restored).bytes, pinned_root.bytes, HS_HASH_BYTES);
    assert_account(&restored, 3, 77, 0);
    assert_true(hs_ledger_burned(restored.ledger).units == BASE_FEE);
    assert_int_equal(hs_ledger_account_count(restored.ledger), 4);
    for (uint64_t nonce = 1; nonce < 20; nonce++) {
        transaction = transfer(0, nonce, 1 + nonce % 4, 1);
        assert_int_equal(run(&restored, &transaction), HS_OK);
    }
    assert_memory_equal(committed_root(&restored).bytes, committed_root(&fixture).bytes,
                        HS_HASH_BYTES);
    later = (struct tape){.refuse_at = SNAPSHOT_BYTES_MAX};
    restored.app.snapshot_pin(restored.ledger);
    assert_int_equal(write_tape(&restored, &later), HS_OK);
    restored.app.snapshot_unpin(restored.ledger);
    assert_memory_not_equal(later.bytes, tape.bytes, tape.size);
    finish(&restored);
    finish(&fixture);
}

static void a_sink_that_refuses_ends_the_snapshot(void **state)
{
    (void)state;
    struct fixture fixture = start(3, 10000);
    static struct tape tape;
    for (size_t at = 0; at < 16 + 3 * 50; at += 30) {
        tape = (struct tape){.refuse_at = at};
        fixture.app.snapshot_pin(fixture.ledger);
        assert_int_equal(write_tape(&fixture, &tape), HS_IO);
        fixture.app.snapshot_unpin(fixture.ledger);
    }
    finish(&fixture);
}

/* Cut anywhere, or one byte changed in what the ledger can check: refused, and as before. */
static void a_damaged_snapshot_changes_nothing(void **state)
{
    (void)state;
    struct fixture fixture = start(3, 10000);
    static struct tape tape, damaged;
    tape = (struct tape){.refuse_at = SNAPSHOT_BYTES_MAX};
    struct hs_transaction transaction = transfer(0, 0, 3, 77);
    assert_int_equal(run(&fixture, &transaction), HS_OK);
    fixture.app.snapshot_pin(fixture.ledger);
    assert_int_equal(write_tape(&fixture, &tape), HS_OK);
    fixture.app.snapshot_unpin(fixture.ledger);
    assert_int_equal(tape.size, 16 + 4 * 50 + 42);

    struct fixture target = start(3, 10000);
    struct hs_state_root before = committed_root(&target);
    for (size_t size = 0; size < tape.size; size++) {
        damaged = tape;
        damaged.size = size;
        assert_int_equal(restore_tape(&target, &damaged), HS_CORRUPT);
        assert_memory_equal(committed_root(&target).bytes, before.bytes, HS_HASH_BYTES);
    }
    for (size_t i = 0; i < 16; i++) {
        damaged = tape;
        damaged.bytes[i] ^= 1;
        assert_int_equal(restore_tape(&target, &damaged), HS_CORRUPT);
    }
    for (size_t i = 16; i < tape.size; i++) {
        damaged = tape;
        damaged.bytes[i] ^= 0x80;
        if (restore_tape(&target, &damaged) == HS_OK) {
            /* Only the root tells: a path that keeps its order, or a nonce. */
            assert_memory_not_equal(committed_root(&target).bytes, committed_root(&fixture).bytes,
                                    HS_HASH_BYTES);
            free(target.memory);
            target = start(3, 10000);
        }
        assert_memory_equal(committed_root(&target).bytes, before.bytes, HS_HASH_BYTES);
    }
    assert_int_equal(restore_tape(&target, &tape), HS_OK);
    assert_memory_equal(committed_root(&target).bytes, committed_root(&fixture).bytes,
                        HS_HASH_BYTES);
    finish(&target);
    finish(&fixture);
}

/* Genesis of three accounts, as a tape: a header of 16 bytes, a record of 42 for the burned
 * total and three of 50. */
static void genesis_tape(struct tape *tape, struct fixture *fixture)
{
    *tape = (struct tape){.refuse_at = SNAPSHOT_BYTES_MAX};
    fixture->app.snapshot_pin(fixture->ledger);
    assert_int_equal(write_tape(fixture, tape), HS_OK);
    fixture->app.snapshot_unpin(fixture->ledger);
    assert_int_equal(tape->size, 16 + 42 + 3 * 50);
}

/* However often: what was built of it is given back. */
static void a_snapshot_of_another_supply_is_refused(void **state)
{
    (void)state;
    struct fixture fixture = start(3, 10000);
    struct fixture richer = start(3, 10001);
    static struct tape tape, richer_tape;
    genesis_tape(&tape, &fixture);
    genesis_tape(&richer_tape, &richer);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(restore_tape(&richer, &tape), HS_CORRUPT);
    }
    assert_int_equal(restore_tape(&richer, &richer_tape), HS_OK);
    finish(&richer);
    finish(&fixture);
}

static void a_snapshot_has_each_leaf_once_in_order_and_the_burned_total(void **state)
{
    (void)state;
    struct fixture fixture = start(3, 10000);
    static struct tape tape, changed;
    genesis_tape(&tape, &fixture);
    const size_t size_at = HS_HASH_BYTES;
    size_t burned_at = 16;
    while (tape.bytes[burned_at + size_at] != HS_BURNED_VALUE_BYTES) {
        burned_at += 50;
    }
    changed = tape;
    changed.bytes[8]--;
    memmove(changed.bytes + burned_at, changed.bytes + burned_at + 42, tape.size - burned_at - 42);
    changed.size -= 42;
    assert_int_equal(restore_tape(&fixture, &changed), HS_CORRUPT);

    size_t pair_at = burned_at == 16 + 50 ? burned_at + 42 : burned_at == 16 ? 16 + 42 : 16;
    changed = tape;
    memcpy(changed.bytes + pair_at, tape.bytes + pair_at + 50, 50);
    assert_int_equal(restore_tape(&fixture, &changed), HS_CORRUPT);
    memcpy(changed.bytes + pair_at + 50, tape.bytes + pair_at, 50);
    assert_int_equal(restore_tape(&fixture, &changed), HS_CORRUPT);
    assert_int_equal(restore_tape(&fixture, &tape), HS_OK);
    finish(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_is_the_pinned_state_while_blocks_commit),
        cmocka_unit_test(a_sink_that_refuses_ends_the_snapshot),
        cmocka_unit_test(a_damaged_snapshot_changes_nothing),
        cmocka_unit_test(a_snapshot_of_another_supply_is_refused),
        cmocka_unit_test(a_snapshot_has_each_leaf_once_in_order_and_the_burned_total),
    };
    return make_keys() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
