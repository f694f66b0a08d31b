/* hs_ledger: snapshots of the committed state, and what a damaged one does. */
#include "ledger_fixture.h"

#define SNAPSHOT_BYTES_MAX 65536u

/* A header, and a record for each leaf: two numbers and the accounts. */
#define HEADER_BYTES         24u
#define NUMBER_RECORD_BYTES  (HS_HASH_BYTES + 1u + HS_LEAF_NUMBER_BYTES)
#define ACCOUNT_RECORD_BYTES (HS_HASH_BYTES + 1u + HS_LEAF_ACCOUNT_BYTES)
#define BYTES_OF(accounts)                                                                         \
    (HEADER_BYTES + 2 * NUMBER_RECORD_BYTES + (accounts)*ACCOUNT_RECORD_BYTES)

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
    for (size_t at = 0; at < BYTES_OF(3); at += 30) {
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
    assert_int_equal(tape.size, BYTES_OF(4));

    struct fixture target = start(3, 10000);
    struct hs_state_root before = committed_root(&target);
    for (size_t size = 0; size < tape.size; size++) {
        damaged = tape;
        damaged.size = size;
        assert_int_equal(restore_tape(&target, &damaged), HS_CORRUPT);
        assert_memory_equal(committed_root(&target).bytes, before.bytes, HS_HASH_BYTES);
    }
    for (size_t i = 0; i < HEADER_BYTES; i++) {
        damaged = tape;
        damaged.bytes[i] ^= 1;
        assert_int_equal(restore_tape(&target, &damaged), HS_CORRUPT);
    }
    for (size_t i = HEADER_BYTES; i < tape.size; i++) {
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

/* Genesis of three accounts, as a tape. */
static void genesis_tape(struct tape *tape, struct fixture *fixture)
{
    *tape = (struct tape){.refuse_at = SNAPSHOT_BYTES_MAX};
    fixture->app.snapshot_pin(fixture->ledger);
    assert_int_equal(write_tape(fixture, tape), HS_OK);
    fixture->app.snapshot_unpin(fixture->ledger);
    assert_int_equal(tape->size, BYTES_OF(3));
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

static size_t record_bytes(const struct tape *tape, size_t at)
{
    return HS_HASH_BYTES + 1u + tape->bytes[at + HS_HASH_BYTES];
}

/* The record of the only leaf of this kind, or of the first account. */
static size_t record_of(const struct tape *tape, enum hs_leaf_kind kind)
{
    size_t at = HEADER_BYTES;
    while (tape->bytes[at + HS_HASH_BYTES + 1] != (uint8_t)kind) {
        at += record_bytes(tape, at);
        assert_true(at < tape->size);
    }
    return at;
}

static void take_out(struct tape *tape, size_t at)
{
    size_t size = record_bytes(tape, at);
    tape->bytes[8]--;
    memmove(tape->bytes + at, tape->bytes + at + size, tape->size - at - size);
    tape->size -= size;
}

static void a_snapshot_has_each_leaf_once_and_in_order(void **state)
{
    (void)state;
    struct fixture fixture = start(3, 10000);
    static struct tape tape, changed;
    genesis_tape(&tape, &fixture);
    /* Two accounts that stand side by side. */
    size_t first = HEADER_BYTES;
    while (record_bytes(&tape, first) != ACCOUNT_RECORD_BYTES ||
           record_bytes(&tape, first + ACCOUNT_RECORD_BYTES) != ACCOUNT_RECORD_BYTES) {
        first += record_bytes(&tape, first);
        assert_true(first + ACCOUNT_RECORD_BYTES < tape.size);
    }
    size_t second = first + ACCOUNT_RECORD_BYTES;
    changed = tape;
    memcpy(changed.bytes + first, tape.bytes + second, ACCOUNT_RECORD_BYTES);
    assert_int_equal(restore_tape(&fixture, &changed), HS_CORRUPT);
    memcpy(changed.bytes + second, tape.bytes + first, ACCOUNT_RECORD_BYTES);
    assert_int_equal(restore_tape(&fixture, &changed), HS_CORRUPT);
    assert_int_equal(restore_tape(&fixture, &tape), HS_OK);
    finish(&fixture);
}

/* F1, F3: the sums of fees rest on a base fee within its limits. */
static void a_snapshot_has_the_burned_total_and_a_base_fee_within_its_limits(void **state)
{
    (void)state;
    struct fixture fixture = start(3, 10000);
    static struct tape tape, changed;
    genesis_tape(&tape, &fixture);
    changed = tape;
    take_out(&changed, record_of(&tape, HS_LEAF_BURNED));
    assert_int_equal(restore_tape(&fixture, &changed), HS_CORRUPT);
    size_t base_fee_at = record_of(&tape, HS_LEAF_BASE_FEE);
    changed = tape;
    take_out(&changed, base_fee_at);
    assert_int_equal(restore_tape(&fixture, &changed), HS_CORRUPT);

    uint8_t *base_fee = changed.bytes + base_fee_at + HS_HASH_BYTES + 2;
    const uint64_t wrong[] = {0, BASE_FEE - 1, HS_BASE_FEE_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        changed = tape;
        memcpy(base_fee, &wrong[i], sizeof wrong[i]);
        assert_int_equal(restore_tape(&fixture, &changed), HS_CORRUPT);
    }
    const uint64_t most = HS_BASE_FEE_MAX;
    memcpy(base_fee, &most, sizeof most);
    assert_int_equal(restore_tape(&fixture, &changed), HS_OK);
    assert_true(hs_ledger_base_fee(fixture.ledger).units == HS_BASE_FEE_MAX);
    finish(&fixture);
}

/* Every record of the registry is of a kind of leaf_kinds.h. */
static void a_snapshot_with_a_record_of_no_kind_is_refused(void **state)
{
    (void)state;
    struct fixture fixture = start(3, 10000);
    static struct tape tape;
    genesis_tape(&tape, &fixture);
    const uint8_t record[HS_HASH_BYTES + 3] = {[HS_HASH_BYTES] = 2, 200, 1};
    tape.bytes[16] = 1;
    memcpy(tape.bytes + tape.size, record, sizeof record);
    tape.size += sizeof record;
    assert_int_equal(restore_tape(&fixture, &tape), HS_CORRUPT);
    finish(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_is_the_pinned_state_while_blocks_commit),
        cmocka_unit_test(a_sink_that_refuses_ends_the_snapshot),
        cmocka_unit_test(a_damaged_snapshot_changes_nothing),
        cmocka_unit_test(a_snapshot_of_another_supply_is_refused),
        cmocka_unit_test(a_snapshot_has_each_leaf_once_and_in_order),
        cmocka_unit_test(a_snapshot_with_a_record_of_no_kind_is_refused),
        cmocka_unit_test(a_snapshot_has_the_burned_total_and_a_base_fee_within_its_limits),
    };
    return make_keys() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
