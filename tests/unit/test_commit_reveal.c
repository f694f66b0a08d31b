/* COMMIT and REVEAL: what they do, what makes them invalid, in what order they stand in a block, and
 * what becomes of commitments that are not revealed. */
#include "commit_fixture.h"

#define PLACE(height, index) ((struct hs_commit_place){height, index})

/* -- M1 ------------------------------------------------------------------------------- */

/* M1 */
static void a_commit_pays_its_fee_and_locks_the_deposit(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made[2] = {transfer(1, 0, 2, 1), commit(0, 0, 7, 1, 100)};
    made[1].max_fee.units += 3;
    made[1].max_tip.units = 3;
    must_be_valid(&fixture, made, 2);
    assert_account(&fixture, 0, BALANCE - COMMIT_FEE - 3 - DEPOSIT, 1);
    assert_account(&fixture, ACCOUNTS - 1, BALANCE + 3, 0);
    assert_true(hs_ledger_burned(fixture.ledger).units == COMMIT_FEE + BASE_FEE);
    assert_int_equal(waiting(&fixture), 1);
    struct hs_commit found;
    assert_int_equal(hs_ledger_find_commit(fixture.ledger, &found, &PLACE(1, 1)), HS_OK);
    assert_memory_equal(found.sender.bytes, keys[0].address.bytes, HS_ADDRESS_BYTES);
    assert_memory_equal(found.commitment.bytes, made[1].commitment.bytes, HS_HASH_BYTES);
    assert_true(found.nonce == 0 && found.deposit.units == DEPOSIT);
    assert_int_equal(hs_ledger_find_commit(fixture.ledger, &found, &PLACE(1, 0)), HS_NO_COMMITMENT);
    finish(&fixture);
}

/* M1 */
static void a_commit_needs_its_fee_and_the_deposit(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction spend =
        transfer(0, 0, 1, BALANCE - 2 * BASE_FEE - COMMIT_FEE - DEPOSIT + 1);
    must_be_valid(&fixture, &spend, 1);
    struct hs_transaction made = commit(0, 1, 7, 1, 100);
    struct hs_transaction one_more = transfer(0, 1, 1, 0);
    assert_int_equal(admitted(&fixture, &made), HS_OK);
    must_be_valid(&fixture, &one_more, 1);
    made = commit(0, 2, 7, 1, 100);
    assert_invalid(&fixture, &made, HS_INSUFFICIENT_FUNDS);
    struct hs_transaction help = transfer(1, 0, 0, 1);
    must_be_valid(&fixture, &help, 1);
    must_be_valid(&fixture, &made, 1);
    assert_account(&fixture, 0, 2 - 2, 3);
    finish(&fixture);
}

/* M1 */
static void so_many_commitments_may_wait_of_one_sender(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made[PER_SENDER_MAX + 1];
    for (uint8_t i = 0; i <= PER_SENDER_MAX; i++) {
        made[i] = commit(0, i, i, 1, 100);
    }
    assert_int_equal(next_block(&fixture, made, PER_SENDER_MAX + 1), HS_BAD_BLOCK);
    must_be_valid(&fixture, made, PER_SENDER_MAX);
    assert_invalid(&fixture, &made[PER_SENDER_MAX], HS_FULL);
    struct hs_transaction shown = reveal(0, PER_SENDER_MAX, PLACE(1, 1), 1, 1, 100);
    must_be_valid(&fixture, &shown, 1);
    made[0] = commit(0, PER_SENDER_MAX + 1, 9, 1, 100);
    must_be_valid(&fixture, made, 1);
    made[0] = commit(0, PER_SENDER_MAX + 2, 9, 1, 100);
    assert_invalid(&fixture, made, HS_FULL);
    finish(&fixture);
}

/* M1 */
static void so_many_commitments_may_wait_of_all(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made[TOTAL_MAX];
    for (uint8_t i = 0; i < TOTAL_MAX; i++) {
        made[i] = commit(i / PER_SENDER_MAX, i % PER_SENDER_MAX, i, 1, 100);
    }
    must_be_valid(&fixture, made, TOTAL_MAX);
    assert_int_equal(waiting(&fixture), TOTAL_MAX);
    struct hs_transaction one_more = commit(4, 0, 1, 1, 1);
    assert_invalid(&fixture, &one_more, HS_FULL);
    empty_blocks(&fixture, WINDOW);
    assert_int_equal(waiting(&fixture), TOTAL_MAX);
    must_be_valid(&fixture, &one_more, 1); /* M4: in the block that the others expire with */
    assert_int_equal(waiting(&fixture), 1);
    finish(&fixture);
}

/* -- M2 ------------------------------------------------------------------------------- */

/* M2 */
static void a_reveal_gives_the_deposit_back_and_pays(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made = commit(0, 0, 7, 1, 100);
    must_be_valid(&fixture, &made, 1);
    struct hs_transaction shown = reveal(0, 1, PLACE(1, 0), 7, 1, 100);
    shown.max_fee.units += 2;
    shown.max_tip.units = 2;
    assert_int_equal(admitted(&fixture, &shown), HS_OK);
    must_be_valid(&fixture, &shown, 1);
    assert_account(&fixture, 0, BALANCE - COMMIT_FEE - REVEAL_FEE - 2 - 100, 2);
    assert_account(&fixture, 1, BALANCE + 100, 0);
    assert_account(&fixture, ACCOUNTS - 1, BALANCE + 2, 0);
    assert_int_equal(waiting(&fixture), 0);
    empty_blocks(&fixture, WINDOW + 2);
    assert_true(hs_ledger_burned(fixture.ledger).units == COMMIT_FEE + REVEAL_FEE);
    finish(&fixture);
}

/* M2 */
static void a_reveal_can_be_paid_from_its_deposit(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction both[2] = {
        commit(0, 0, 7, 1, DEPOSIT - REVEAL_FEE),
        transfer(0, 1, 1, BALANCE - COMMIT_FEE - DEPOSIT - BASE_FEE),
    };
    must_be_valid(&fixture, both, 2);
    assert_account(&fixture, 0, 0, 2);
    struct hs_transaction shown = reveal(0, 2, PLACE(1, 0), 7, 1, DEPOSIT - REVEAL_FEE);
    must_be_valid(&fixture, &shown, 1);
    assert_account(&fixture, 0, 0, 3);
    finish(&fixture);
}

/* M2 */
static void a_reveal_whose_transfer_overdraws_is_invalid_until_it_is_covered(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    uint64_t amount = BALANCE - COMMIT_FEE - REVEAL_FEE + 1;
    struct hs_transaction made = commit(0, 0, 7, 1, amount);
    must_be_valid(&fixture, &made, 1);
    struct hs_transaction shown = reveal(0, 1, PLACE(1, 0), 7, 1, amount);
    assert_invalid(&fixture, &shown, HS_INSUFFICIENT_FUNDS);
    assert_int_equal(waiting(&fixture), 1);
    struct hs_transaction help = transfer(2, 0, 0, 1);
    must_be_valid(&fixture, &help, 1);
    must_be_valid(&fixture, &shown, 1);
    assert_account(&fixture, 0, 0, 2);
    finish(&fixture);
}

/* M2: every field counts. */
static void only_what_was_committed_to_is_revealed(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made[2] = {commit(0, 0, 7, 1, 100), commit(2, 0, 7, 1, 100)};
    must_be_valid(&fixture, made, 2);
    const struct hs_transaction wrong[] = {
        reveal(0, 1, PLACE(1, 0), 8, 1, 100),
        reveal(0, 1, PLACE(1, 0), 7, 2, 100),
        reveal(0, 1, PLACE(1, 0), 7, 1, 101),
        reveal(0, 1, PLACE(1, 1), 7, 1, 100),
        reveal(0, 1, PLACE(0, 0), 7, 1, 100),
        reveal(0, 1, PLACE(2, 0), 7, 1, 100),
        reveal(2, 1, PLACE(1, 0), 7, 1, 100),
        reveal(3, 0, PLACE(1, 0), 7, 1, 100),
        reveal(0, 1, PLACE(1, 2), 7, 1, 100),
        reveal(0, 1, PLACE(UINT64_MAX, 0), 7, 1, 100),
        reveal(0, 1, PLACE(1, UINT32_MAX), 7, 1, 100),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_invalid(&fixture, &wrong[i], HS_NO_COMMITMENT);
    }
    struct hs_transaction shown = reveal(0, 1, PLACE(1, 0), 7, 1, 100);
    must_be_valid(&fixture, &shown, 1);
    finish(&fixture);
}

/* M2 */
static void a_commitment_is_revealed_once(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made = commit(0, 0, 7, 1, 100);
    must_be_valid(&fixture, &made, 1);
    struct hs_transaction twice[2] = {reveal(0, 1, PLACE(1, 0), 7, 1, 100),
                                      reveal(0, 2, PLACE(1, 0), 7, 1, 100)};
    assert_int_equal(next_block(&fixture, twice, 2), HS_BAD_BLOCK);
    must_be_valid(&fixture, twice, 1);
    assert_invalid(&fixture, &twice[0], HS_NONCE_TOO_LOW);
    assert_invalid(&fixture, &twice[1], HS_NO_COMMITMENT);
    finish(&fixture);
}

/* M2: not in its own block, in whatever order. */
static void a_commitment_is_revealed_in_a_later_block(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    const struct hs_transaction blocks[2][2] = {
        {commit(0, 0, 7, 1, 100), reveal(0, 1, PLACE(1, 0), 7, 1, 100)},
        {reveal(0, 0, PLACE(1, 1), 7, 1, 100), commit(0, 1, 7, 1, 100)},
    };
    assert_int_equal(next_block(&fixture, blocks[0], 2), HS_BAD_BLOCK);
    assert_int_equal(next_block(&fixture, blocks[1], 2), HS_BAD_BLOCK);
    must_be_valid(&fixture, blocks[0], 1);
    must_be_valid(&fixture, &blocks[0][1], 1);
    finish(&fixture);
}

/* M2: whoever copies a commitment locks a deposit that he never sees again. */
static void a_copied_commitment_is_useless(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made = commit(0, 0, 7, 1, 100);
    struct hs_transaction copied = made;
    copied.sender = keys[3].public_key;
    const struct hs_transaction block[2] = {copied, made}; /* even in front of the first */
    must_be_valid(&fixture, block, 2);
    struct hs_transaction shown = reveal(0, 1, PLACE(1, 1), 7, 1, 100);
    must_be_valid(&fixture, &shown, 1);
    const struct hs_transaction stolen[] = {
        reveal(3, 1, PLACE(1, 0), 7, 1, 100),
        reveal(3, 1, PLACE(1, 0), 7, 3, 100),
        reveal(0, 2, PLACE(1, 0), 7, 1, 100),
    };
    for (size_t i = 0; i < sizeof stolen / sizeof stolen[0]; i++) {
        assert_invalid(&fixture, &stolen[i], HS_NO_COMMITMENT);
    }
    empty_blocks(&fixture, WINDOW);
    assert_account(&fixture, 3, BALANCE - COMMIT_FEE - DEPOSIT, 1);
    assert_int_equal(waiting(&fixture), 0);
    finish(&fixture);
}

/* M2: a commitment holds the nonce it was made with, so the same bytes open once. */
static void of_two_equal_commitments_the_one_with_the_nonce_opens(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made[3] = {commit(0, 0, 7, 1, 100), commit(0, 0, 7, 1, 100),
                                     commit(0, 2, 7, 1, 100)};
    made[1].nonce = 1;
    must_be_valid(&fixture, made, 3);
    struct hs_transaction second = reveal(0, 3, PLACE(1, 1), 7, 1, 100);
    assert_invalid(&fixture, &second, HS_NO_COMMITMENT);
    const struct hs_transaction shown[2] = {reveal(0, 3, PLACE(1, 0), 7, 1, 100),
                                            reveal(0, 4, PLACE(1, 2), 7, 1, 100)};
    must_be_valid(&fixture, shown, 2); /* the third has a commitment of its own to the same */
    assert_account(&fixture, 1, BALANCE + 200, 0);
    finish(&fixture);
}

/* -- M3 ------------------------------------------------------------------------------- */

/* Commitments at (1, 0), (1, 1), (2, 0), by the senders 0, 1, 2. */
static void make_three_commits(struct fixture *fixture)
{
    const struct hs_transaction made[3] = {commit(0, 0, 7, 4, 1), commit(1, 0, 7, 4, 2),
                                           commit(2, 0, 7, 4, 3)};
    must_be_valid(fixture, made, 2);
    must_be_valid(fixture, &made[2], 1);
}

static void reveal_three(struct hs_transaction shown[3])
{
    shown[0] = reveal(0, 1, PLACE(1, 0), 7, 4, 1);
    shown[1] = reveal(1, 1, PLACE(1, 1), 7, 4, 2);
    shown[2] = reveal(2, 1, PLACE(2, 0), 7, 4, 3);
}

/* M3 */
static void reveals_stand_in_the_order_of_their_commitments(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    make_three_commits(&fixture);
    struct hs_transaction shown[3];
    reveal_three(shown);
    const uint8_t orders[6][3] = {{2, 1, 0}, {2, 0, 1}, {1, 2, 0}, {1, 0, 2}, {0, 2, 1}, {0, 1, 2}};
    for (size_t i = 0; i < 6; i++) {
        const struct hs_transaction block[3] = {shown[orders[i][0]], shown[orders[i][1]],
                                                shown[orders[i][2]]};
        assert_int_equal(next_block(&fixture, block, 3), i < 5 ? HS_BAD_BLOCK : HS_OK);
    }
    assert_account(&fixture, 4, BALANCE + 6, 0);
    finish(&fixture);
}

/* M3: nothing else comes before a reveal. */
static void reveals_come_first_in_a_block(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    make_three_commits(&fixture);
    struct hs_transaction shown[3];
    reveal_three(shown);
    const struct hs_transaction others[] = {transfer(5, 0, 3, 1), commit(5, 0, 1, 3, 1)};
    for (size_t i = 0; i < 2; i++) {
        const struct hs_transaction before[3] = {others[i], shown[0], shown[1]};
        const struct hs_transaction between[3] = {shown[0], others[i], shown[1]};
        assert_int_equal(next_block(&fixture, before, 3), HS_BAD_BLOCK);
        assert_int_equal(next_block(&fixture, between, 3), HS_BAD_BLOCK);
    }
    const struct hs_transaction behind[4] = {shown[0], shown[1], others[0], transfer(0, 2, 1, 5)};
    must_be_valid(&fixture, behind, 4);
    const struct hs_transaction later[2] = {shown[2], transfer(1, 2, 1, 5)};
    must_be_valid(&fixture, later, 2); /* the one of the higher height may come later */
    finish(&fixture);
}

/* What a proposer makes of what its pool gave it: arranged, what is invalid left out. Returns how many
 * are in; as a block of their own they must give the same root. */
static size_t build(struct fixture *fixture, const struct hs_transaction offered[], size_t count,
                    struct hs_transaction built[])
{
    uint8_t encoded[BLOCK_MAX][HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_bytes bytes[BLOCK_MAX] = {{NULL, 0}};
    uint32_t order[BLOCK_MAX];
    for (size_t i = 0; i < count; i++) {
        bytes[i].data = encoded[i];
        bytes[i].size = hs_transaction_encode(encoded[i], sizeof encoded[i], &offered[i]);
    }
    struct hs_transaction arranged[BLOCK_MAX];
    bool moved = fixture->app.arrange(fixture->ledger, order, bytes, count);
    for (size_t i = 0; i < count; i++) {
        arranged[i] = offered[moved ? order[i] : i];
    }
    bool included[BLOCK_MAX];
    struct hs_state leaders, replicas;
    struct hs_state_root root, replayed;
    struct hs_state parent = committed(fixture);
    assert_int_equal(execute(fixture, parent, arranged, count, included, &leaders, &root), HS_OK);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (included[i]) {
            built[kept++] = arranged[i];
        }
    }
    assert_int_equal(execute(fixture, parent, built, kept, NULL, &replicas, &replayed), HS_OK);
    assert_memory_equal(root.bytes, replayed.bytes, HS_HASH_BYTES);
    fixture->app.release(fixture->ledger, leaders);
    fixture->app.commit(fixture->ledger, replicas);
    fixture->height++;
    return kept;
}

/* M3 */
static void a_builder_arranges_what_its_pool_gives(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    make_three_commits(&fixture);
    struct hs_transaction shown[3], built[8];
    reveal_three(shown);
    const struct hs_transaction offered[6] = {transfer(5, 0, 3, 1),  shown[2],
                                              transfer(0, 2, 3, 1),  shown[1],
                                              commit(5, 1, 9, 3, 1), shown[0]};
    assert_int_equal(build(&fixture, offered, 6, built), 6);
    const struct hs_transaction expected[6] = {shown[0],   shown[1],   shown[2],
                                               offered[0], offered[2], offered[4]};
    for (size_t i = 0; i < 6; i++) {
        assert_memory_equal(&built[i].sender, &expected[i].sender, sizeof built[i].sender);
        assert_true(built[i].nonce == expected[i].nonce);
    }
    struct hs_commit found; /* at its place in the block, not among what was offered */
    assert_int_equal(hs_ledger_find_commit(fixture.ledger, &found, &PLACE(3, 5)), HS_OK);
    finish(&fixture);
}

/* M3: of two reveals of one sender, and of one behind a transfer, nonces may run against the order:
 * each block takes what it can. */
static void reveals_against_the_order_of_their_nonces_take_a_block_each(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    const struct hs_transaction made[2] = {commit(0, 0, 7, 4, 1), commit(0, 1, 8, 4, 2)};
    must_be_valid(&fixture, made, 2);
    const struct hs_transaction offered[3] = {transfer(0, 2, 4, 4),
                                              reveal(0, 3, PLACE(1, 1), 8, 4, 2),
                                              reveal(0, 4, PLACE(1, 0), 7, 4, 1)};
    struct hs_transaction built[8];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(build(&fixture, offered, 3, built), 1);
        assert_true(built[0].nonce == 2 + i);
    }
    assert_account(&fixture, 4, BALANCE + 7, 0);
    finish(&fixture);
}

static void without_reveals_nothing_is_arranged(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    uint8_t encoded[2][HS_TRANSACTION_ENCODED_BYTES_MAX];
    const struct hs_transaction offered[2] = {commit(0, 0, 7, 4, 1), transfer(1, 0, 2, 2)};
    struct hs_bytes bytes[2];
    for (size_t i = 0; i < 2; i++) {
        bytes[i].data = encoded[i];
        bytes[i].size = hs_transaction_encode(encoded[i], sizeof encoded[i], &offered[i]);
    }
    uint32_t order[2];
    assert_false(fixture.app.arrange(fixture.ledger, order, bytes, 2));
    assert_false(fixture.app.arrange(fixture.ledger, order, bytes, 0));
    finish(&fixture);
}

/* -- a proposer that sees a reveal ------------------------------------------------------ */

/* The victim's commitment is the second of block 1, the proposer's first one is before it, its others
 * come after. The reveal is in its pool as block 4 is proposed. */
#define VICTIM   0u
#define PROPOSER 5u
#define PROFIT   3u /* an account of the proposer's */

struct sandwich {
    const char *what;
    size_t count;
    struct hs_transaction block[4];
    enum hs_status expected;
};

static void ten_sandwiches_fail_or_end_in_the_order_of_the_commitments(void **state)
{
    (void)state;
    const struct hs_transaction shown = reveal(VICTIM, 1, PLACE(1, 1), 7, 4, 100);
    const struct hs_transaction front = transfer(PROPOSER, 3, PROFIT, 50);
    const struct hs_transaction back = transfer(PROPOSER, 4, PROFIT, 60);
    /* Made blindly, before and behind the victim's commitment. */
    const struct hs_transaction older = reveal(PROPOSER, 3, PLACE(1, 0), 1, PROFIT, 50);
    const struct hs_transaction younger = reveal(PROPOSER, 3, PLACE(2, 0), 2, PROFIT, 60);
    struct hs_transaction copied = reveal(PROPOSER, 3, PLACE(1, 1), 7, 4, 100);
    struct hs_transaction fresh = commit(PROPOSER, 3, 9, PROFIT, 50);
    struct hs_transaction same_block = reveal(PROPOSER, 4, PLACE(4, 0), 9, PROFIT, 50);
    struct hs_transaction other_inner = reveal(PROPOSER, 3, PLACE(1, 0), 1, PROFIT, 5000);
    struct hs_transaction victims_other = reveal(VICTIM, 1, PLACE(1, 0), 7, 4, 100);
    struct hs_transaction younger_next = younger;
    younger_next.nonce = 4;
    const struct sandwich attempts[10] = {
        {"a transfer in front", 2, {front, shown}, HS_BAD_BLOCK},
        {"a transfer on each side", 3, {front, shown, back}, HS_BAD_BLOCK},
        {"a commitment in front", 2, {fresh, shown}, HS_BAD_BLOCK},
        {"a commitment in front and its reveal behind",
         3,
         {fresh, shown, same_block},
         HS_BAD_BLOCK},
        {"a younger reveal in front", 2, {younger, shown}, HS_BAD_BLOCK},
        {"the victim's content as its own", 2, {copied, shown}, HS_BAD_BLOCK},
        {"an older commitment opened to something else", 2, {other_inner, shown}, HS_BAD_BLOCK},
        {"the victim at another place", 2, {victims_other, front}, HS_BAD_BLOCK},
        {"the victim between an older and a younger one",
         3,
         {older, younger_next, shown},
         HS_BAD_BLOCK},
        /* What was committed first, blindly, comes first; what comes behind could come anyhow. */
        {"an older reveal in front", 3, {older, shown, back}, HS_OK},
    };
    for (size_t i = 0; i < 10; i++) {
        struct fixture fixture = start_commits();
        const struct hs_transaction first[2] = {commit(PROPOSER, 0, 1, PROFIT, 50),
                                                commit(VICTIM, 0, 7, 4, 100)};
        const struct hs_transaction second = commit(PROPOSER, 1, 2, PROFIT, 60);
        const struct hs_transaction third = transfer(PROPOSER, 2, PROFIT, 0);
        must_be_valid(&fixture, first, 2);
        must_be_valid(&fixture, &second, 1);
        must_be_valid(&fixture, &third, 1);
        const struct sandwich *attempt = &attempts[i];
        print_message("%s\n", attempt->what);
        assert_int_equal(next_block(&fixture, attempt->block, attempt->count), attempt->expected);
        /* Whatever it offers to its own builder, the victim's stands where its commitment puts it. */
        if (attempt->expected != HS_OK) {
            struct hs_transaction offered[5], built[5];
            memcpy(offered, attempt->block, sizeof attempt->block);
            offered[attempt->count] = shown;
            size_t count = build(&fixture, offered, attempt->count + 1, built);
            size_t at = 0;
            while (at < count && built[at].reveal.commit_index != 1) {
                assert_int_equal(built[at].type, HS_TRANSACTION_REVEAL);
                assert_int_equal(built[at].reveal.commit_height, 1);
                at++;
            }
            assert_in_range(at, 0, 1); /* only the older commitment may come before it */
            assert_account(&fixture, 4, BALANCE + 100, 0);
        }
        finish(&fixture);
    }
}

/* -- M4 ------------------------------------------------------------------------------- */

/* M2, M4: the window's last block, and the one after it. */
static void a_commitment_waits_to_the_last_block_of_its_window(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        struct fixture fixture = start_commits();
        struct hs_transaction made = commit(0, 0, 7, 1, 100);
        must_be_valid(&fixture, &made, 1);
        empty_blocks(&fixture, WINDOW - 1 + late);
        assert_int_equal(waiting(&fixture), 1);
        struct hs_transaction shown = reveal(0, 1, PLACE(1, 0), 7, 1, 100);
        assert_int_equal(next_block(&fixture, &shown, 1), late ? HS_BAD_BLOCK : HS_OK);
        empty_blocks(&fixture, 2);
        assert_int_equal(waiting(&fixture), 0);
        assert_int_equal(admitted(&fixture, &shown), late ? HS_NO_COMMITMENT : HS_NONCE_TOO_LOW);
        uint64_t lost = late ? DEPOSIT : REVEAL_FEE;
        assert_true(hs_ledger_burned(fixture.ledger).units == COMMIT_FEE + lost);
        finish(&fixture);
    }
}

/* M4, M5: of one height what was revealed is safe, what was not goes; other heights wait. */
static void what_is_not_revealed_expires_by_height_and_its_deposit_is_burned(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    const struct hs_transaction first[5] = {commit(0, 0, 1, 4, 1), transfer(3, 0, 4, 1),
                                            commit(1, 0, 2, 4, 1), commit(0, 1, 3, 4, 1),
                                            commit(2, 0, 4, 4, 1)};
    const struct hs_transaction second = commit(0, 2, 5, 4, 1);
    must_be_valid(&fixture, first, 5);
    const struct hs_transaction shown[2] = {reveal(1, 1, PLACE(1, 2), 2, 4, 1),
                                            reveal(2, 1, PLACE(1, 4), 4, 4, 1)};
    must_be_valid(&fixture, shown, 2);
    must_be_valid(&fixture, &second, 1);
    empty_blocks(&fixture, WINDOW - 2);
    assert_int_equal(waiting(&fixture), 3);
    uint64_t burned = hs_ledger_burned(fixture.ledger).units;
    must_be_valid(&fixture, NULL, 0);
    assert_int_equal(waiting(&fixture), 1);
    assert_true(hs_ledger_burned(fixture.ledger).units == burned + 2 * DEPOSIT);
    struct hs_commit found;
    assert_int_equal(hs_ledger_find_commit(fixture.ledger, &found, &PLACE(3, 0)), HS_OK);
    struct hs_transaction last = reveal(0, 3, PLACE(3, 0), 5, 4, 1);
    must_be_valid(&fixture, &last, 1);
    assert_int_equal(waiting(&fixture), 0);
    finish(&fixture);
}

/* M4, X4: on one branch it is revealed in time, on the other it expires. */
static void branches_expire_each_on_its_own(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction made = commit(0, 0, 7, 1, 100);
    must_be_valid(&fixture, &made, 1);
    empty_blocks(&fixture, WINDOW - 1);
    struct hs_transaction shown = reveal(0, 1, PLACE(1, 0), 7, 1, 100);
    struct hs_state parent = committed(&fixture);
    struct hs_state with, without, expired, after;
    struct hs_state_root root;
    assert_int_equal(execute(&fixture, parent, &shown, 1, NULL, &with, &root), HS_OK);
    assert_int_equal(execute(&fixture, parent, NULL, 0, NULL, &without, &root), HS_OK);
    fixture.height++;
    assert_int_equal(execute(&fixture, without, NULL, 0, NULL, &expired, &root), HS_OK);
    assert_supply_holds(&fixture, with);
    assert_supply_holds(&fixture, expired);
    fixture.app.release(fixture.ledger, expired);
    fixture.app.release(fixture.ledger, without);
    fixture.app.commit(fixture.ledger, with);
    assert_int_equal(execute(&fixture, with, NULL, 0, NULL, &after, &root), HS_OK);
    fixture.app.commit(fixture.ledger, after);
    assert_true(hs_ledger_burned(fixture.ledger).units == COMMIT_FEE + REVEAL_FEE);
    finish(&fixture);
}

/* M4: the registry is what it was before the first commitment. */
static void nothing_is_left_of_commitments_that_are_over(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct fixture untouched = start_commits();
    const struct hs_transaction made[2] = {commit(0, 0, 7, 1, 100), commit(1, 0, 8, 2, 100)};
    must_be_valid(&fixture, made, 2);
    struct hs_transaction shown = reveal(0, 1, PLACE(1, 0), 7, 1, 100);
    must_be_valid(&fixture, &shown, 1);
    empty_blocks(&fixture, WINDOW);
    assert_int_equal(waiting(&fixture), 0);
    struct hs_ledger_proof proof, empty;
    hs_ledger_prove_account(fixture.ledger, &proof, &keys[0].address);
    hs_ledger_prove_account(untouched.ledger, &empty, &keys[0].address);
    assert_memory_equal(proof.other_root.bytes, empty.other_root.bytes, HS_HASH_BYTES);
    finish(&fixture);
    finish(&untouched);
}

/* M4: as many as one block can make, of senders of their own as far as there are any, and in the same
 * block as many new ones. */
static void a_full_block_of_commitments_expires_at_once(void **state)
{
    (void)state;
    struct hs_genesis_account accounts[ACCOUNTS];
    struct hs_ledger_config config = commit_config(accounts);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        accounts[i].balance.units = UINT64_C(1) << 40;
    }
    config.parameters.fees.gas_limit = 4 * HS_BLOCK_TRANSACTIONS_MAX; /* half full: it stays */
    config.parameters.commits.per_sender_max = HS_COMMITS_MAX;
    config.parameters.commits.total_max = HS_COMMITS_MAX;
    config.parameters.commits.window_blocks = 1;
    struct fixture fixture = start_with(&config);
    struct hs_bytes *block = calloc(HS_BLOCK_TRANSACTIONS_MAX, sizeof *block);
    uint8_t *encoded = malloc(HS_BLOCK_TRANSACTIONS_MAX * HS_TRANSACTION_ENCODED_BYTES_MAX);
    assert_true(block != NULL && encoded != NULL);
    for (uint64_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < HS_BLOCK_TRANSACTIONS_MAX; i++) {
            uint64_t sent = HS_BLOCK_TRANSACTIONS_MAX / 5 * round;
            struct hs_transaction made = commit(i % 5, sent + i / 5, (uint8_t)i, 1, i);
            uint8_t *bytes = encoded + i * HS_TRANSACTION_ENCODED_BYTES_MAX;
            block[i].data = bytes;
            block[i].size = hs_transaction_encode(bytes, HS_TRANSACTION_ENCODED_BYTES_MAX, &made);
        }
        const struct hs_block_context context = {
            .height = 1 + round,
            .fee_recipient = keys[ACCOUNTS - 1].address,
            .base_fee = {BASE_FEE},
        };
        struct hs_state made;
        struct hs_state_root root;
        assert_int_equal(fixture.app.execute(fixture.ledger, committed(&fixture), &context, block,
                                             HS_BLOCK_TRANSACTIONS_MAX, NULL, &made, &root),
                         HS_OK);
        fixture.app.commit(fixture.ledger, made);
        assert_supply_holds(&fixture, made);
        uint32_t blocks = round < 2 ? (uint32_t)round + 1 : 2;
        assert_int_equal(waiting(&fixture), blocks * HS_BLOCK_TRANSACTIONS_MAX);
    }
    assert_true(hs_ledger_burned(fixture.ledger).units ==
                HS_BLOCK_TRANSACTIONS_MAX * (3ull * COMMIT_FEE + DEPOSIT));
    fixture.height = 3;
    empty_blocks(&fixture, 2);
    assert_int_equal(waiting(&fixture), 0);
    finish(&fixture);
    free(encoded);
    free(block);
}

/* -- the rest ----------------------------------------------------------------------------- */

static void commits_and_reveals_are_signed_and_weighed_as_all_are(void **state)
{
    (void)state;
    struct fixture fixture = start_commits();
    struct hs_transaction transactions[4] = {
        commit(0, 5, 7, 1, 100),
        reveal(0, 6, PLACE(1, 0), 7, 1, 100),
        commit(0, 7, 7, 1, 100),
        reveal(0, 8, PLACE(1, 0), 7, 1, 100),
    };
    uint8_t encoded[4][HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_bytes bytes[4];
    bool ok[4];
    for (size_t i = 0; i < 4; i++) {
        hs_transaction_sign(&transactions[i], &keys[0].secret_key);
        transactions[i].signature.bytes[5] ^= i >= 2;
        bytes[i].data = encoded[i];
        bytes[i].size = hs_transaction_encode(encoded[i], sizeof encoded[i], &transactions[i]);
        struct hs_transaction_summary summary;
        assert_int_equal(fixture.app.inspect(fixture.ledger, bytes[i], &summary), HS_OK);
        assert_int_equal(summary.gas, i % 2 == 0 ? 2 : 3);
        assert_true(summary.nonce == 5 + i);
    }
    fixture.app.verify(fixture.ledger, ok, bytes, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ok[i], i < 2);
    }
    finish(&fixture);
}

/* A leaf of each kind of record. */
static size_t some_leaves(struct hs_state_path paths[5], struct hs_state_value values[5])
{
    struct hs_commit one = {.place = {7, 9}, .nonce = 3, .deposit = {DEPOSIT}};
    const struct hs_commits_at at = {.height = 7, .waiting = 3, .first_index = 2, .last_index = 4};
    one.sender = keys[0].address;
    hs_commit_paths(paths, &one.place);
    hs_commit_encode(values, &one);
    hs_commits_of_path(&paths[2], &one.sender);
    hs_commits_of_encode(&values[2], &one.sender, 4);
    hs_commits_at_path(&paths[3], at.height);
    hs_commits_at_encode(&values[3], &at);
    hs_commits_path(&paths[4]);
    hs_commits_encode(&values[4], 5);
    return 5;
}

static void a_record_is_read_only_as_it_was_written_and_under_its_path(void **state)
{
    (void)state;
    struct hs_state_path paths[5];
    struct hs_state_value values[5];
    struct hs_amount held;
    size_t count = some_leaves(paths, values);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(hs_commit_leaf_check(&held, &paths[i], &values[i]), HS_OK);
        assert_true(held.units == (i == 0 ? DEPOSIT : 0));
        assert_int_equal(hs_commit_leaf_check(&held, &paths[(i + 1) % count], &values[i]),
                         HS_CORRUPT);
        struct hs_state_value changed = values[i];
        for (changed.size = 0; changed.size <= HS_STATE_VALUE_BYTES_MAX; changed.size++) {
            assert_int_equal(hs_commit_leaf_check(&held, &paths[i], &changed),
                             changed.size == values[i].size ? HS_OK : HS_CORRUPT);
        }
        changed = values[i];
        changed.bytes[0] ^= 64;
        assert_int_equal(hs_commit_leaf_check(&held, &paths[i], &changed), HS_CORRUPT);
    }
}

/* What no ledger writes: no deposit, an index beyond any block, counts of nothing or of too much. */
static void a_record_that_makes_no_sense_is_corrupt(void **state)
{
    (void)state;
    struct hs_state_path paths[5];
    struct hs_state_value values[5];
    struct hs_amount held;
    const struct {
        size_t leaf;
        size_t at;
        uint32_t number;
    } wrong[] = {
        {0, 1 + 8 + 4 + 32 + 8, 0},                    /* deposit */
        {0, 1 + 8, HS_BLOCK_TRANSACTIONS_MAX},         /* index */
        {1, 1 + 8, HS_BLOCK_TRANSACTIONS_MAX},         /* index */
        {2, 1 + 32, 0},                                /* waiting */
        {3, 1 + 8, 0},                                 /* waiting */
        {3, 1 + 8, 4},                                 /* more than between 2 and 4 */
        {3, 1 + 8 + 4, 5},                             /* first above last */
        {3, 1 + 8 + 4 + 4, HS_BLOCK_TRANSACTIONS_MAX}, /* last */
        {4, 1, 0},                                     /* waiting */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        some_leaves(paths, values);
        struct hs_state_value *value = &values[wrong[i].leaf];
        for (size_t byte = 0; byte < sizeof wrong[i].number; byte++) {
            value->bytes[wrong[i].at + byte] = (uint8_t)(wrong[i].number >> 8 * byte);
        }
        struct hs_commit_place place = {7, wrong[i].number};
        if (wrong[i].leaf < 2 && wrong[i].number > 0) {
            hs_commit_paths(paths, &place);
        }
        assert_int_equal(hs_commit_leaf_check(&held, &paths[wrong[i].leaf], value), HS_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_pays_its_fee_and_locks_the_deposit),
        cmocka_unit_test(a_commit_needs_its_fee_and_the_deposit),
        cmocka_unit_test(so_many_commitments_may_wait_of_one_sender),
        cmocka_unit_test(so_many_commitments_may_wait_of_all),
        cmocka_unit_test(a_reveal_gives_the_deposit_back_and_pays),
        cmocka_unit_test(a_reveal_can_be_paid_from_its_deposit),
        cmocka_unit_test(a_reveal_whose_transfer_overdraws_is_invalid_until_it_is_covered),
        cmocka_unit_test(only_what_was_committed_to_is_revealed),
        cmocka_unit_test(a_commitment_is_revealed_once),
        cmocka_unit_test(a_commitment_is_revealed_in_a_later_block),
        cmocka_unit_test(a_copied_commitment_is_useless),
        cmocka_unit_test(of_two_equal_commitments_the_one_with_the_nonce_opens),
        cmocka_unit_test(reveals_stand_in_the_order_of_their_commitments),
        cmocka_unit_test(reveals_come_first_in_a_block),
        cmocka_unit_test(a_builder_arranges_what_its_pool_gives),
        cmocka_unit_test(reveals_against_the_order_of_their_nonces_take_a_block_each),
        cmocka_unit_test(without_reveals_nothing_is_arranged),
        cmocka_unit_test(ten_sandwiches_fail_or_end_in_the_order_of_the_commitments),
        cmocka_unit_test(a_commitment_waits_to_the_last_block_of_its_window),
        cmocka_unit_test(what_is_not_revealed_expires_by_height_and_its_deposit_is_burned),
        cmocka_unit_test(branches_expire_each_on_its_own),
        cmocka_unit_test(nothing_is_left_of_commitments_that_are_over),
        cmocka_unit_test(a_full_block_of_commitments_expires_at_once),
        cmocka_unit_test(commits_and_reveals_are_signed_and_weighed_as_all_are),
        cmocka_unit_test(a_record_is_read_only_as_it_was_written_and_under_its_path),
        cmocka_unit_test(a_record_that_makes_no_sense_is_corrupt),
    };
    return make_keys() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
