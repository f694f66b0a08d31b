/* The core at an epoch's end and beginning (P4), and what it makes of another epoch's messages (P5). */
#include <stdlib.h>

#include "tests/unit/core_script.h"

/* Validator 0 among three puppets, in epochs of `blocks` blocks. */
static struct core_world *one_of_four_in_epochs(uint64_t blocks)
{
    struct core_world *world = core_world_new(&(struct core_world_config){
        .count = 4, .puppets = PUPPETS_OF_FOUR, .epoch_blocks = blocks});
    core_world_start(world, 0);
    return world;
}

/* The certificate of an epoch's beginning, and the block that it names. */
static struct link beginning(uint64_t epoch, const struct hs_block *block)
{
    return (struct link){.block = *block, .qc = {.epoch = epoch, .block_id = block->id}};
}

static void show_link(struct core_world *world, const struct link *link)
{
    (void)propose(world, 0, &link->block, NULL);
    core_world_run(world);
    (void)show_qc(world, 0, 1, &link->qc);
    core_world_run(world);
}

/* Epoch 0 of one block ends: the block in view 1, its tail block in view 2. */
static void end_first_epoch(struct core_world *world, struct link *last, struct link *tail)
{
    struct link root = first_link(world);
    *last = next_link(world, &root, 1);
    *tail = next_link(world, last, 2);
    show_link(world, last);
    assert_false(core_world_status(world, 0).ended);
    show_link(world, tail);
}

/* -- the end ------------------------------------------------------------------------------- */

/* P4, L11 */
static void a_chain_of_one_goes_through_epochs(void **state)
{
    (void)state;
    for (uint64_t blocks = 1; blocks <= 2; blocks++) {
        struct core_world *world =
            core_world_new(&(struct core_world_config){.count = 1, .epoch_blocks = blocks});
        core_world_start_all(world);
        assert_true(core_world_run_to_height(world, 20, 60000 * MS));
        assert_true(core_world_status(world, 0).epoch >= 20 / blocks - 1);
        end_world(world);
    }
}

/* P4: epochs of one block and more, all four validators in each. */
static void four_go_through_epochs(void **state)
{
    (void)state;
    for (uint64_t blocks = 1; blocks <= 5; blocks++) {
        struct core_world *world =
            core_world_new(&(struct core_world_config){.count = 4, .epoch_blocks = blocks});
        core_world_start_all(world);
        assert_true(core_world_run_to_height(world, 30, 60000 * MS));
        for (uint32_t i = 0; i < 4; i++) {
            assert_true(core_world_status(world, i).epoch >= 30 / blocks - 1);
            assert_true(world->nodes[i].signed_epoch >= 30 / blocks - 1);
        }
        end_world(world);
    }
}

/* P4: the set of each epoch decides who votes and who leads; one that joined signs from its first
 * epoch on, and one that left follows without a word. */
static void validators_join_and_leave(void **state)
{
    (void)state;
    const uint32_t sets[] = {0x0f, 0x1b, 0x3a, 0x07};
    const enum hs_leader_election elections[] = {HS_LEADER_ROUND_ROBIN, HS_LEADER_WEIGHTED};
    for (uint32_t i = 0; i < 2; i++) {
        struct core_world *world = core_world_new(&(struct core_world_config){
            .count = 6,
            .election = elections[i],
            .epoch_blocks = 3,
            .sets = sets,
            .sets_count = 4,
        });
        core_world_start_all(world);
        assert_true(core_world_run_to_height(world, 15, 60000 * MS));
        const uint64_t last_signed[] = {4, 4, 4, 2, 2, 2};
        for (uint32_t node = 0; node < 6; node++) {
            assert_true(core_world_status(world, node).epoch >= 4);
            uint64_t epoch = world->nodes[node].signed_epoch;
            assert_true(node < 3 ? epoch >= last_signed[node] : epoch == last_signed[node]);
        }
        end_world(world);
    }
}

/* P4: a tail block is voted for and commits the last block; it is never committed itself. */
static void the_tail_commits_the_last_block_and_nothing_more(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    world->nodes[0].stays = true;
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    assert_int_equal(world->nodes[0].voted.view, 2);
    assert_true(core_world_status(world, 0).ended);
    assert_int_equal(core_world_status(world, 0).committed_height, 1);
    assert_int_equal(core_world_status(world, 0).committed_view, 1);
    assert_int_equal(world->nodes[0].commit_qc.view, 2);
    end_world(world);
}

/* P4, S5: over gaps the tail grows; what commits a tail block commits the last block, and the way
 * down from there is the proof (core_world checks it). */
static void a_tail_grows_until_two_views_follow_each_other(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(2);
    world->nodes[0].stays = true;
    struct link root = first_link(world);
    struct link chain[6];
    const uint64_t views[] = {1, 3, 5, 7, 9, 10};
    for (uint32_t i = 0; i < 6; i++) {
        const struct link *parent = i > 0 ? &chain[i - 1] : &root;
        chain[i] = next_link(world, parent, views[i]);
        struct hs_tc tc;
        bool gap = views[i] > parent->qc.view + 1;
        if (gap) {
            assert_true(core_world_tc(world, &tc, views[i] - 1, PUPPETS_OF_FOUR, &parent->qc));
        }
        (void)propose(world, 0, &chain[i].block, gap ? &tc : NULL);
        core_world_run(world);
        assert_int_equal(world->nodes[0].voted.view, views[i]);
        assert_false(core_world_status(world, 0).ended);
        (void)show_qc(world, 0, 1, &chain[i].qc);
        core_world_run(world);
    }
    assert_true(core_world_status(world, 0).ended);
    assert_int_equal(core_world_status(world, 0).committed_height, 2);
    assert_true(same_block(&world->nodes[0].root.id, &chain[1].block.id));
    assert_int_equal(world->nodes[0].commit_qc.view, 10);
    end_world(world);
}

/* P4, S1: a tail block with transactions, or with a state of its own, gets no vote. */
static void a_tail_block_that_carries_anything_gets_no_vote(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    struct link root = first_link(world);
    struct link last = next_link(world, &root, 1);
    show_link(world, &last);
    for (uint32_t i = 0; i < 3; i++) {
        struct hs_block wrong = core_world_block(world, 2, 2, &last.block, &last.qc);
        wrong.header.transaction_count = i == 0 ? 1 : 0;
        wrong.header.payload_bytes = i == 1 ? 1 : 0;
        wrong.header.state_root.bytes[0] ^= i == 2 ? 1 : 0;
        struct hs_verified_block sealed;
        core_world_recover(world, &sealed, &wrong);
        wrong = *hs_verified_block_get(&sealed);
        core_world_crash(world, 0);
        core_world_start(world, 0);
        core_world_hold_block(world, 0, &wrong);
        assert_int_equal(propose(world, 0, &wrong, NULL), HS_OK);
        core_world_run(world);
        assert_int_equal(world->nodes[0].voted.view, 1);
        assert_false(hs_core_holds(world->nodes[0].core, &wrong.id));
    }
    end_world(world);
}

/* P4: the builder of a tail block is told so; one that puts something into it all the same is not
 * listened to. */
static void a_leader_proposes_empty_tail_blocks(void **state)
{
    (void)state;
    struct core_world *world =
        core_world_new(&(struct core_world_config){.count = 4, .epoch_blocks = 2});
    for (uint32_t i = 0; i < 4; i++) {
        world->nodes[i].transactions_per_block = 3;
    }
    core_world_start_all(world);
    assert_true(core_world_run_to_height(world, 12, 20000 * MS));
    uint32_t tails = 0;
    for (size_t i = 0; i < world->block_count; i++) {
        const struct hs_block_header *header = &world->blocks[i].block.header;
        bool tail = header->height > core_world_epoch(world, header->epoch)->last_height;
        assert_int_equal(header->transaction_count, tail || header->height == 0 ? 0 : 3);
        tails += tail;
    }
    assert_true(tails >= 5);
    end_world(world);
}

/* P4, L8: while the last block is not committed no leader waits, neither for work nor for more of
 * it: an idle chain stands still for the blocks of an epoch, and not for its tail. */
static void the_tail_waits_for_nothing(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(3);
    struct link link = first_link(world);
    for (uint64_t view = 1; view <= 3; view++) {
        link = next_link(world, &link, view);
        show_link(world, &link);
    }
    tell_work(world, 0, 100, false); /* below a full block: a leader would wait for more (L8) */
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 1); /* of view 4, at height 4 */
    assert_int_equal(world->nodes[0].last[HS_OUTBOUND_PROPOSAL].block.header.height, 4);
    end_world(world);

    world = one_of_four_in_epochs(4);
    link = first_link(world);
    for (uint64_t view = 1; view <= 3; view++) {
        link = next_link(world, &link, view);
        show_link(world, &link);
    }
    core_world_run(world);
    assert_int_equal(world->nodes[0].said[HS_OUTBOUND_PROPOSAL], 0); /* no tail yet: it waits */
    end_world(world);
}

/* P4: after the end nothing is signed, asked for, built or waited for, whatever arrives. */
static void an_ended_core_does_nothing_of_its_own(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    world->nodes[0].stays = true;
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    struct hs_core_status before = core_world_status(world, 0);
    uint64_t digest = hs_core_digest(world->nodes[0].core);
    struct link more = next_link(world, &tail, 3);
    struct hs_tc tc;
    assert_true(core_world_tc(world, &tc, 9, PUPPETS_OF_FOUR, &more.qc));

    /* The checks of core_world stop any action but an answer. */
    struct hs_event start = {.type = HS_EVENT_START};
    struct hs_event built = {.type = HS_EVENT_BLOCK_BUILT, .built = {.view = 3}};
    struct hs_event durable = {.type = HS_EVENT_RECORD_DURABLE, .record_sequence = 2};
    struct hs_event failed = {.type = HS_EVENT_DURABLE_WRITE_FAILED};
    struct hs_event *events[] = {&start, &built, &durable, &failed};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(core_world_step(world, 0, events[i]), HS_STALE);
        assert_int_equal(world->nodes[0].step_actions, 0);
    }
    assert_int_equal(hs_core_digest(world->nodes[0].core), digest);
    assert_int_equal(propose(world, 0, &more.block, NULL), HS_STALE);
    assert_int_equal(show_qc(world, 0, 1, &more.qc), HS_STALE);
    (void)show_tc(world, 0, 2, &tc);
    core_world_advance(world, 10000 * MS);
    struct hs_core_status after = core_world_status(world, 0);
    assert_int_equal(after.view, before.view);
    assert_int_equal(after.high_qc_view, before.high_qc_view);
    assert_int_equal(after.committed_height, 1);
    assert_false(hs_core_wants(world->nodes[0].core, &more.block.id));
    end_world(world);
}

/* P4, L13: it shows what ended the epoch, once per peer and timer, to whoever still speaks in it. */
static void an_ended_core_shows_the_end(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    world->nodes[0].stays = true;
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    core_world_advance(world, 1000 * MS);

    assert_int_equal(vote(world, 0, 1, &last.block), HS_STALE);
    assert_int_equal(vote(world, 0, 1, &tail.block), HS_STALE);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_STATUS][1], 1);
    const struct world_message *shown = &world->nodes[0].last[HS_OUTBOUND_STATUS];
    assert_int_equal(shown->qc.view, 2);
    assert_true(same_block(&shown->qc.block_id, &tail.block.id));
    assert_false(shown->has_tc);

    assert_int_equal(change_view(world, 0, 2, 3, &tail.qc, NULL), HS_STALE);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_STATUS][2], 1);
    assert_int_equal(connect_peer(world, 0, 3), HS_STALE);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_STATUS][3], 1);
    core_world_advance(world, 1000 * MS);
    assert_int_equal(show_qc(world, 0, 3, &tail.qc), HS_STALE); /* it shows the end itself */
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_STATUS][3], 1);
    assert_int_equal(show_qc(world, 0, 3, &last.qc), HS_STALE);
    assert_int_equal(world->nodes[0].said_to[HS_OUTBOUND_STATUS][3], 2);
    end_world(world);
}

/* P4: a vote whose record or signature is under way at the end is not sent. */
static void what_is_under_way_at_the_end_is_not_sent(void **state)
{
    (void)state;
    const uint32_t holds[] = {WORLD_BIT(HS_ACTION_PERSIST), WORLD_BIT(HS_ACTION_SIGN)};
    for (uint32_t i = 0; i < 2; i++) {
        struct core_world *world = one_of_four_in_epochs(1);
        world->nodes[0].stays = true;
        struct link root = first_link(world);
        struct link last = next_link(world, &root, 1);
        struct link tail = next_link(world, &last, 2);
        show_link(world, &last);
        world->nodes[0].hold = holds[i];
        show_link(world, &tail);
        assert_true(core_world_status(world, 0).ended);
        world->nodes[0].hold = 0;
        core_world_advance(world, 1000 * MS);
        assert_int_equal(world->nodes[0].last[HS_OUTBOUND_VOTE].vote.view, 1);
        end_world(world);
    }
}

/* -- those who did not see the end ------------------------------------------------------------- */

/* P4, L13: what ends the epoch reaches one validator alone. It signs nothing in that epoch any more and
 * shows the others the end; all go on, although without it they are a bare quorum. */
static void the_end_seen_by_one_alone_reaches_all(void **state)
{
    (void)state;
    for (uint64_t blocks = 1; blocks <= 3; blocks++) {
        struct core_world *world =
            core_world_new(&(struct core_world_config){.count = 4, .epoch_blocks = blocks});
        core_world_start_all(world);
        uint32_t first = 4;
        while (first == 4) {
            if (!core_world_deliver(world)) {
                core_world_wake_next(world);
            }
            for (uint32_t i = 0; i < 4; i++) {
                first = core_world_status(world, i).ended ? i : first;
            }
        }
        core_world_drop_messages(world);
        core_world_run(world);
        for (uint32_t i = 0; i < 4; i++) {
            assert_int_equal(core_world_status(world, i).epoch, i == first ? 1 : 0);
        }
        uint32_t votes = world->nodes[first].said[HS_OUTBOUND_VOTE];
        assert_true(core_world_run_to_height(world, blocks, 5000 * MS));
        assert_int_equal(world->nodes[first].said[HS_OUTBOUND_VOTE], votes);
        assert_true(core_world_run_to_height(world, 4 * blocks, 60000 * MS));
        end_world(world);
    }
}

/* P4, L10: a tail block was certified and shown to others, who ended with it; the rest timed out and
 * certified another. The certificate is below high_qc, and its block never arrived: it is fetched. */
static void a_lower_certificate_that_ends_the_epoch_is_fetched(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    struct link root = first_link(world);
    struct link last = next_link(world, &root, 1);
    struct link unseen = next_link(world, &last, 2);
    struct link later = next_link(world, &last, 3);
    struct hs_tc tc;
    show_link(world, &last);
    assert_true(core_world_tc(world, &tc, 2, PUPPETS_OF_FOUR, &last.qc));
    assert_int_equal(propose(world, 0, &later.block, &tc), HS_OK);
    core_world_run(world);
    assert_int_equal(show_qc(world, 0, 3, &later.qc), HS_OK);
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).high_qc_view, 3);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_FETCH], 0);

    assert_int_equal(show_qc(world, 0, 2, &unseen.qc), HS_OK);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_FETCH], 1);
    assert_true(same_block(&world->nodes[0].fetch_id, &unseen.block.id));
    assert_int_equal(world->nodes[0].fetch_peer, 2);
    assert_true(hs_core_wants(world->nodes[0].core, &unseen.block.id));
    core_world_run(world);

    struct hs_verified_block block;
    core_world_recover(world, &block, &unseen.block);
    core_world_hold_block(world, 0, &unseen.block);
    struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
    assert_int_equal(core_world_step(world, 0, &event), HS_OK);
    assert_true(core_world_status(world, 0).ended);
    assert_true(same_block(&world->nodes[0].root.id, &last.block.id));
    assert_int_equal(world->nodes[0].commit_qc.view, 2);
    end_world(world);
}

/* P4, L3: who signs nothing shows where it stands when its timer runs out, since all who know of the
 * end may have left the set; in an epoch without an end there is always somebody who speaks. */
static void who_signs_nothing_shows_where_it_stands(void **state)
{
    (void)state;
    for (uint64_t blocks = 0; blocks <= 1; blocks++) {
        struct core_world *world = core_world_new(&(struct core_world_config){
            .count = 4, .puppets = PUPPETS_OF_FOUR, .epoch_blocks = blocks});
        world->nodes[0].has_record = false;
        core_world_start(world, 0);
        core_world_advance(world, 1000 * MS);
        assert_int_equal(world->nodes[0].said[HS_OUTBOUND_STATUS], blocks == 0 ? 0 : 4);
        assert_int_equal(world->nodes[0].said[HS_OUTBOUND_VIEW_CHANGE], 0);
        end_world(world);
    }

    /* Node 0 alone knows of the end, and leaves with it. */
    const uint32_t sets[] = {1, 2};
    struct core_world *world = core_world_new(
        &(struct core_world_config){.count = 2, .epoch_blocks = 1, .sets = sets, .sets_count = 2});
    core_world_lose(world, 0, 1, WORLD_ALL_MESSAGES);
    core_world_start_all(world);
    core_world_advance(world, 2000 * MS);
    assert_int_equal(core_world_status(world, 0).epoch, 1);
    assert_int_equal(core_world_status(world, 1).epoch, 0);
    core_world_lose(world, 0, 1, 0);
    assert_true(core_world_run_to_height(world, 4, 20000 * MS));
    end_world(world);
}

/* -- the beginning ------------------------------------------------------------------------- */

/* P4: views begin anew on the certificate of view 0 of the block that ended the epoch before. */
static void an_epoch_begins_in_view_one_on_the_last_block(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    struct hs_core_status status = core_world_status(world, 0);
    assert_int_equal(status.epoch, 1);
    assert_int_equal(status.view, 1);
    assert_int_equal(status.high_qc_view, 0);
    assert_int_equal(status.locked_view, 0);
    assert_int_equal(status.last_voted_view, 0);
    assert_int_equal(status.committed_view, 0);
    assert_int_equal(status.committed_height, 1);

    struct link begins = beginning(1, &last.block);
    struct hs_block first = core_world_block(world, 1, 1, &begins.block, &begins.qc);
    assert_int_equal(first.header.epoch, 1);
    assert_int_equal(propose(world, 0, &first, NULL), HS_OK);
    core_world_run(world);
    assert_int_equal(world->nodes[0].signed_epoch, 1);
    assert_true(same_block(&world->nodes[0].voted.block_id, &first.id));
    assert_int_equal(world->nodes[0].durable.epoch, 1);
    end_world(world);
}

/* P4, S7: neither on the tail, nor on another certificate of view 0. */
static void an_epoch_begins_on_nothing_else(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    struct link on_genesis = beginning(1, &world->genesis);
    struct hs_block first = core_world_block(world, 1, 1, &on_genesis.block, &on_genesis.qc);
    assert_int_equal(propose(world, 0, &first, NULL), HS_BAD_CERTIFICATE);
    struct link on_tail = beginning(1, &tail.block);
    first = core_world_block(world, 1, 1, &on_tail.block, &on_tail.qc);
    assert_int_equal(propose(world, 0, &first, NULL), HS_BAD_CERTIFICATE);

    /* Fetched, its justify was not looked at: its parent is not in the tree. */
    struct hs_verified_block block;
    core_world_recover(world, &block, &first);
    struct hs_event event = {.type = HS_EVENT_BLOCK_FETCHED, .block = &block};
    assert_int_equal(core_world_step(world, 0, &event), HS_UNKNOWN_PARENT);
    end_world(world);
}

/* P4, D1: of a record of the epoch before only the number counts; the first of this one is durable
 * before the first signature. */
static void an_older_record_begins_anew(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    uint64_t sequence = world->nodes[0].durable.sequence;
    assert_int_equal(world->nodes[0].durable.last_voted_view, 2);
    core_world_crash(world, 0);
    core_world_start(world, 0);
    assert_int_equal(core_world_status(world, 0).epoch, 1);
    assert_int_equal(core_world_status(world, 0).last_voted_view, 0);
    assert_true(core_world_status(world, 0).signing);

    world->nodes[0].hold = WORLD_BIT(HS_ACTION_PERSIST);
    struct link begins = beginning(1, &last.block);
    struct hs_block first = core_world_block(world, 1, 1, &begins.block, &begins.qc);
    uint32_t signatures = world->nodes[0].asked[HS_ACTION_SIGN];
    assert_int_equal(propose(world, 0, &first, NULL), HS_OK);
    core_world_advance(world, 2000 * MS);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], signatures);
    assert_int_equal(world->nodes[0].persisted.epoch, 1);
    assert_true(world->nodes[0].persisted.sequence > sequence);
    world->nodes[0].hold = 0;
    core_world_run(world);
    assert_true(world->nodes[0].asked[HS_ACTION_SIGN] > signatures);
    end_world(world);
}

/* D5: with a record of a later epoch this validator has signed there what its chain does not lead to
 * yet: it follows, and signs again once it has come to that epoch. */
static void with_a_later_record_nothing_is_signed_until_that_epoch(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    world->nodes[0].durable.epoch = 1;
    world->nodes[0].durable.last_voted_view = 4;
    world->nodes[0].durable.sequence = 7;
    core_world_crash(world, 0);
    core_world_start(world, 0);
    assert_false(core_world_status(world, 0).signing);
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    core_world_advance(world, 2000 * MS);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_SIGN], 0);
    assert_int_equal(world->nodes[0].asked[HS_ACTION_PERSIST], 0);

    assert_int_equal(core_world_status(world, 0).epoch, 1);
    assert_true(core_world_status(world, 0).signing);
    assert_int_equal(core_world_status(world, 0).last_voted_view, 4);
    end_world(world);
}

/* D5: a certificate of the new epoch with this validator's own signature, which it does not remember. */
static void an_older_record_than_the_own_signature_ends_signing(void **state)
{
    (void)state;
    struct core_world *world = core_world_new(
        &(struct core_world_config){.count = 4, .puppets = PUPPETS_OF_FOUR, .epoch_blocks = 1});
    core_world_start(world, 0);
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    struct link begins = beginning(1, &last.block);
    struct link first = {.block = core_world_block(world, 1, 1, &begins.block, &begins.qc)};
    struct hs_safety_record before = world->nodes[0].durable;
    assert_int_equal(propose(world, 0, &first.block, NULL), HS_OK);
    core_world_run(world);
    assert_true(core_world_qc(world, &first.qc, &first.block, 7));
    core_world_crash(world, 0);
    world->nodes[0].durable = before;
    assert_int_equal(before.epoch, 0);
    core_world_start(world, 0);
    assert_true(core_world_status(world, 0).signing);
    assert_int_equal(show_qc(world, 0, 1, &first.qc), HS_OK);
    assert_false(core_world_status(world, 0).signing);
    end_world(world);
}

/* P2: a core's leaders are drawn by the weights that the epoch gives for it, whatever the votes
 * weigh. */
static void leaders_are_drawn_by_the_epochs_leader_weights(void **state)
{
    (void)state;
    struct core_world *world = core_world_new(&(struct core_world_config){
        .count = 4, .election = HS_LEADER_WEIGHTED, .puppets = PUPPETS_OF_FOUR});
    const uint64_t weights[] = {0, 1, 1, 1};
    uint64_t leader_weights[] = {1, UINT64_C(1) << 40, 1, 1};
    struct hs_core_config config = world->config;
    config.root = world->genesis;
    config.leader_weights = weights;
    assert_int_equal(hs_core_footprint(&config), 0); /* nobody is left out for good */
    config.leader_weights = leader_weights;
    void *memory = malloc(hs_core_footprint(&config));
    assert_non_null(memory);
    const struct hs_core *core = hs_core_new(memory, &config, NULL);
    leader_weights[1] = 1; /* it has a copy */
    for (uint64_t view = 1; view <= 200; view++) {
        assert_int_equal(hs_core_leader(core, view), 1);
    }
    free(memory);
    end_world(world);
}

/* -- messages of another epoch --------------------------------------------------------------- */

/* P5: what comes late moves nothing, not even past the verifier: a worker may have sealed it while
 * the epoch ended. */
static void late_messages_of_the_old_epoch_move_nothing(void **state)
{
    (void)state;
    static struct hs_verified_tc tc;
    struct core_world *world = one_of_four_in_epochs(1);
    struct link last, tail;
    world->nodes[0].stays = true;
    end_first_epoch(world, &last, &tail);
    struct link more = next_link(world, &tail, 3);
    struct hs_tc old_tc;
    assert_true(core_world_tc(world, &old_tc, 8, PUPPETS_OF_FOUR, &more.qc));
    const struct hs_verifier *verifier = &world->nodes[0].verifier;
    struct hs_verified_qc qc, tc_qc;
    struct hs_verified_block block;
    struct hs_admitted_vote leader_vote, late_vote;
    struct hs_admitted_view_change late_change;
    struct hs_vote cast = core_world_vote(world, 2, &more.block);
    struct hs_view_change change = core_world_view_change(world, 2, 4, &more.qc);
    struct world_message proposal = core_world_proposal(world, &more.block, NULL);
    assert_int_equal(hs_verify_qc(verifier, &qc, &tail.qc), HS_OK);
    assert_int_equal(hs_verify_proposal(verifier, &block, &leader_vote, &more.block.header, &qc,
                                        NULL, 3, 3, &proposal.leader_vote),
                     HS_OK);
    assert_int_equal(hs_verify_qc(verifier, &tc_qc, &old_tc.high_qc), HS_OK);
    assert_int_equal(hs_verify_tc(verifier, &tc, &old_tc, &tc_qc), HS_OK);
    assert_int_equal(hs_admit_vote(verifier, &late_vote, &cast, 2), HS_OK);
    assert_int_equal(hs_admit_view_change(verifier, &late_change, &change, 2, &tc_qc), HS_OK);

    world->nodes[0].stays = false;
    core_world_run(world);
    assert_int_equal(core_world_status(world, 0).epoch, 1);
    uint64_t digest = hs_core_digest(world->nodes[0].core);
    struct hs_event events[] = {
        {.type = HS_EVENT_QC, .qc = {&tc_qc, 1}},
        {.type = HS_EVENT_TC, .tc = {&tc, 1}},
        {.type = HS_EVENT_PROPOSAL, .proposal = {&block, &leader_vote, NULL, 3}},
        {.type = HS_EVENT_VOTE, .vote = &late_vote},
        {.type = HS_EVENT_VIEW_CHANGE, .view_change = &late_change},
        {.type = HS_EVENT_BLOCK_FETCHED, .block = &block},
        {.type = HS_EVENT_BLOCK_BUILT, .built = {&more.block, 1}},
    };
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        assert_int_equal(core_world_step(world, 0, &events[i]), HS_STALE);
        assert_int_equal(world->nodes[0].step_actions, 0);
        assert_int_equal(hs_core_digest(world->nodes[0].core), digest);
    }
    end_world(world);
}

/* P5: the verifier of an epoch tells what comes from before and what from after. */
static void messages_of_another_epoch_have_a_status_of_their_own(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    struct link root = first_link(world);
    struct link last = next_link(world, &root, 1);
    struct link tail = next_link(world, &last, 2);
    struct link begins = beginning(1, &last.block);
    struct link first = next_link(world, &begins, 1);
    struct hs_tc tc;
    assert_true(core_world_tc(world, &tc, 1, PUPPETS_OF_FOUR, &begins.qc));
    uint64_t digest = hs_core_digest(world->nodes[0].core);
    assert_int_equal(propose(world, 0, &first.block, NULL), HS_NOT_READY);
    assert_int_equal(show_qc(world, 0, 1, &first.qc), HS_NOT_READY);
    assert_int_equal(vote(world, 0, 1, &first.block), HS_NOT_READY);
    assert_int_equal(change_view(world, 0, 1, 1, &begins.qc, NULL), HS_NOT_READY);
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_NOT_READY);
    assert_int_equal(hs_core_digest(world->nodes[0].core), digest);

    show_link(world, &last);
    show_link(world, &tail);
    assert_int_equal(core_world_status(world, 0).epoch, 1);
    digest = hs_core_digest(world->nodes[0].core);
    assert_true(core_world_tc(world, &tc, 1, PUPPETS_OF_FOUR, &root.qc));
    assert_int_equal(propose(world, 0, &tail.block, NULL), HS_STALE);
    assert_int_equal(show_qc(world, 0, 1, &tail.qc), HS_STALE);
    assert_int_equal(vote(world, 0, 1, &tail.block), HS_STALE);
    assert_int_equal(change_view(world, 0, 1, 1, &root.qc, NULL), HS_STALE);
    assert_int_equal(show_tc(world, 0, 1, &tc), HS_STALE);
    assert_int_equal(hs_core_digest(world->nodes[0].core), digest);
    end_world(world);
}

/* P4: the block on which an epoch begins is of the one before, whose verifier seals it, by the
 * certificate of view 0 or by the first block's parent link. */
static void the_block_that_ended_an_epoch_is_found_from_the_next(void **state)
{
    (void)state;
    struct core_world *world = one_of_four_in_epochs(1);
    struct link last, tail;
    end_first_epoch(world, &last, &tail);
    struct link begins = beginning(1, &last.block);
    struct hs_block first = core_world_block(world, 1, 1, &begins.block, &begins.qc);
    struct hs_verified_block child, out;
    struct hs_verified_qc qc;
    core_world_recover(world, &child, &first);
    assert_int_equal(hs_verify_qc(&world->nodes[0].verifier, &qc, &begins.qc), HS_OK);
    const struct hs_verifier *before = &core_world_epoch(world, 0)->verifier;
    assert_int_equal(hs_verify_block_by_qc(before, &out, &last.block.header, &qc), HS_OK);
    assert_true(same_block(&hs_verified_block_get(&out)->id, &last.block.id));
    assert_int_equal(hs_verify_block_by_child(before, &out, &last.block.header, &child), HS_OK);
    assert_int_equal(hs_verify_block_by_child(before, &out, &tail.block.header, &child),
                     HS_PROTOCOL_VIOLATION);
    end_world(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_of_one_goes_through_epochs),
        cmocka_unit_test(four_go_through_epochs),
        cmocka_unit_test(validators_join_and_leave),
        cmocka_unit_test(the_tail_commits_the_last_block_and_nothing_more),
        cmocka_unit_test(a_tail_grows_until_two_views_follow_each_other),
        cmocka_unit_test(a_tail_block_that_carries_anything_gets_no_vote),
        cmocka_unit_test(a_leader_proposes_empty_tail_blocks),
        cmocka_unit_test(the_tail_waits_for_nothing),
        cmocka_unit_test(an_ended_core_does_nothing_of_its_own),
        cmocka_unit_test(an_ended_core_shows_the_end),
        cmocka_unit_test(what_is_under_way_at_the_end_is_not_sent),
        cmocka_unit_test(the_end_seen_by_one_alone_reaches_all),
        cmocka_unit_test(a_lower_certificate_that_ends_the_epoch_is_fetched),
        cmocka_unit_test(who_signs_nothing_shows_where_it_stands),
        cmocka_unit_test(an_epoch_begins_in_view_one_on_the_last_block),
        cmocka_unit_test(an_epoch_begins_on_nothing_else),
        cmocka_unit_test(an_older_record_begins_anew),
        cmocka_unit_test(with_a_later_record_nothing_is_signed_until_that_epoch),
        cmocka_unit_test(an_older_record_than_the_own_signature_ends_signing),
        cmocka_unit_test(leaders_are_drawn_by_the_epochs_leader_weights),
        cmocka_unit_test(late_messages_of_the_old_epoch_move_nothing),
        cmocka_unit_test(messages_of_another_epoch_have_a_status_of_their_own),
        cmocka_unit_test(the_block_that_ended_an_epoch_is_found_from_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
