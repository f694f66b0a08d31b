/* Which proposals, blocks, votes and view changes the verifier accepts, and as evidence of what. */
#ifndef TESTS_UNIT_VERIFY_MEMBERS_H
#define TESTS_UNIT_VERIFY_MEMBERS_H

#include "tests/unit/verify_world.h"

/* -- proposals ------------------------------------------------------------------------------------ */

#define LEADER 5u

static struct hs_block_header header;
static struct hs_verified_qc justify;
static struct hs_bls_signature leader_vote;

/* Of view 8 on block_b of view 7. */
static void make_proposal(void)
{
    memset(&header, 0, sizeof header);
    struct hs_qc qc = make_qc(7, range_of(0, 11));
    justify = verified(&qc);
    header.version = 1;
    header.chain_id = chain;
    header.epoch = EPOCH;
    header.view = 8;
    header.height = 4;
    header.parent_id = block_b;
    header.justify = qc;
    header.proposer = LEADER;
}

static void sign_proposal(uint32_t signer)
{
    struct hs_block_id id;
    hs_block_id_of(&id, &header, MEMBERS);
    struct hs_statement statement = vote_statement(header.view, &id);
    leader_vote = sign(signer, &statement);
}

static enum hs_status proposal_status(uint32_t peer)
{
    struct hs_verified_block block;
    struct hs_admitted_vote vote;
    enum hs_status status = hs_verify_proposal(&verifier, &block, &vote, &header, &justify, NULL,
                                               LEADER, peer, &leader_vote);
    if (status == HS_OK) {
        const struct hs_vote *admitted = hs_admitted_vote_get(&vote);
        struct hs_block_id id;
        hs_block_id_of(&id, &header, MEMBERS);
        assert_memory_equal(&hs_verified_block_get(&block)->id, &id, sizeof id);
        assert_memory_equal(&hs_verified_block_get(&block)->header, &header, sizeof header);
        assert_memory_equal(&admitted->block_id, &id, sizeof id);
        assert_int_equal(admitted->voter, LEADER);
        assert_true(admitted->view == header.view && admitted->epoch == EPOCH);
        assert_memory_equal(&admitted->signature, &leader_vote, sizeof leader_vote);
    }
    return status;
}

/* L9 */
static void a_proposal_passes_directly_and_relayed(void **state)
{
    (void)state;
    make_proposal();
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_OK);
    assert_int_equal(proposal_status(2), HS_OK);
}

/* L9 */
static void only_a_relayed_proposal_has_its_vote_checked(void **state)
{
    (void)state;
    make_proposal();
    sign_proposal(6);
    assert_int_equal(proposal_status(LEADER), HS_OK);
    assert_int_equal(proposal_status(2), HS_BAD_SIGNATURE);
    sign_proposal(LEADER);
    header.timestamp_ms++;
    assert_int_equal(proposal_status(2), HS_BAD_SIGNATURE);
    leader_vote = off_curve(&leader_vote);
    assert_int_equal(proposal_status(2), HS_BAD_SIGNATURE);
}

/* S1 */
static void a_proposal_stands_on_its_justify(void **state)
{
    (void)state;
    make_proposal();
    header.parent_id.bytes[0] ^= 1;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    make_proposal();
    header.view = 7;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    make_proposal();
    header.height = 0;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    make_proposal();
    struct hs_qc other = make_qc(7, range_of(0, 12));
    justify = verified(&other);
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    /* A certificate that holds in the next epoch. */
    make_proposal();
    static struct hs_validator_set next_members;
    next_members = members;
    next_members.epoch = EPOCH + 1;
    struct hs_verifier next = verifier;
    next.set = &next_members;
    struct hs_statement statement = vote_statement(7, &block_b);
    statement.epoch = header.justify.epoch = EPOCH + 1;
    header.justify.aggregate = aggregate(&header.justify.signers, &statement);
    assert_int_equal(hs_verify_qc(&next, &justify, &header.justify), HS_OK);
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
}

/* S1 */
static void a_proposal_is_its_leaders(void **state)
{
    (void)state;
    make_proposal();
    header.proposer = LEADER + 1;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
    sign_proposal(LEADER + 1);
    assert_int_equal(proposal_status(LEADER + 1), HS_PROTOCOL_VIOLATION);
}

static void a_proposal_of_another_chain_epoch_or_version_is_refused(void **state)
{
    (void)state;
    make_proposal();
    header.chain_id.bytes[5] ^= 1;
    sign_proposal(LEADER);
    assert_int_equal(proposal_status(LEADER), HS_WRONG_CHAIN);
    make_proposal();
    header.epoch = EPOCH - 1;
    assert_int_equal(proposal_status(LEADER), HS_STALE);
    header.epoch = EPOCH + 1;
    assert_int_equal(proposal_status(LEADER), HS_NOT_READY);
    make_proposal();
    header.version = 2;
    assert_int_equal(proposal_status(LEADER), HS_PROTOCOL_VIOLATION);
}

static void a_certificate_or_a_child_vouches_for_a_block(void **state)
{
    (void)state;
    make_proposal();
    sign_proposal(LEADER);
    struct hs_verified_block child;
    struct hs_admitted_vote vote;
    assert_int_equal(hs_verify_proposal(&verifier, &child, &vote, &header, &justify, NULL, LEADER,
                                        LEADER, &leader_vote),
                     HS_OK);

    struct hs_block_header parent = header;
    parent.view = 6;
    struct hs_verified_block block;
    assert_int_equal(hs_verify_block_by_child(&verifier, &block, &parent, &child),
                     HS_PROTOCOL_VIOLATION);
    assert_int_equal(hs_verify_block_by_qc(&verifier, &block, &parent, &justify),
                     HS_PROTOCOL_VIOLATION);

    /* A header that the child's parent link and a certificate do name. */
    hs_block_id_of(&header.parent_id, &parent, MEMBERS);
    header.justify.view = parent.view;
    header.justify.block_id = header.parent_id;
    struct hs_statement statement = vote_statement(parent.view, &header.parent_id);
    header.justify.aggregate = aggregate(&header.justify.signers, &statement);
    justify = verified(&header.justify);
    sign_proposal(LEADER);
    assert_int_equal(hs_verify_proposal(&verifier, &child, &vote, &header, &justify, NULL, LEADER,
                                        2, &leader_vote),
                     HS_OK);
    assert_int_equal(hs_verify_block_by_child(&verifier, &block, &parent, &child), HS_OK);
    assert_memory_equal(&hs_verified_block_get(&block)->id, &header.parent_id,
                        sizeof header.parent_id);
    assert_memory_equal(&hs_verified_block_get(&block)->header, &parent, sizeof parent);
    assert_int_equal(hs_verify_block_by_qc(&verifier, &block, &parent, &justify), HS_OK);
    parent.base_fee.units++;
    assert_int_equal(hs_verify_block_by_child(&verifier, &block, &parent, &child),
                     HS_PROTOCOL_VIOLATION);
    assert_int_equal(hs_verify_block_by_qc(&verifier, &block, &parent, &justify),
                     HS_PROTOCOL_VIOLATION);
}

static void what_was_recovered_is_what_was_stored(void **state)
{
    (void)state;
    make_proposal();
    struct hs_verified_block block;
    hs_recover_block(&verifier, &block, &header);
    struct hs_block_id id;
    hs_block_id_of(&id, &header, MEMBERS);
    assert_memory_equal(&hs_verified_block_get(&block)->id, &id, sizeof id);
    assert_memory_equal(&hs_verified_block_get(&block)->header, &header, sizeof header);
    struct hs_verified_qc qc;
    hs_recover_qc(&qc, &header.justify);
    assert_true(hs_qc_equal(hs_verified_qc_get(&qc), &header.justify));
}

/* -- votes and view changes ------------------------------------------------------------------------ */

/* L9 */
static void a_vote_counts_from_its_own_connection(void **state)
{
    (void)state;
    struct hs_admitted_vote out;
    struct hs_vote vote = make_vote(3, 5, &block_b);
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_OK);
    assert_memory_equal(hs_admitted_vote_get(&out), &vote, sizeof vote);
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 4), HS_PROTOCOL_VIOLATION);
    vote.signature = sign(4, &(struct hs_statement){.type = HS_STATEMENT_VOTE});
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_OK);
}

/* L9 */
static void a_relayed_vote_is_verified_alone(void **state)
{
    (void)state;
    struct hs_admitted_vote out;
    const struct hs_vote right = make_vote(3, 5, &block_b);
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &right), HS_OK);
    struct hs_vote vote = right;
    vote.voter = 4;
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_BAD_SIGNATURE);
    vote = right;
    vote.view = 6;
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_BAD_SIGNATURE);
    vote = right;
    vote.block_id = genesis_id;
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_BAD_SIGNATURE);
    vote = right;
    vote.signature = infinity();
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_BAD_SIGNATURE);
}

static void a_vote_has_a_member_a_view_and_this_epoch(void **state)
{
    (void)state;
    struct hs_admitted_vote out;
    const struct hs_vote right = make_vote(3, 5, &block_b);
    struct hs_vote vote = right;
    vote.voter = MEMBERS;
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, MEMBERS), HS_PROTOCOL_VIOLATION);
    assert_int_equal(hs_admit_vote_relayed(&verifier, &out, &vote), HS_PROTOCOL_VIOLATION);
    vote = right;
    vote.view = 0;
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_PROTOCOL_VIOLATION);
    vote = right;
    vote.epoch = EPOCH - 1;
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_STALE);
    vote.epoch = EPOCH + 1;
    assert_int_equal(hs_admit_vote(&verifier, &out, &vote, 3), HS_NOT_READY);
}

static struct hs_view_change view_change;
static struct hs_verified_qc high_qc;

/* Of view 8 by member 3, on a high_qc of view 7. */
static void make_view_change(void)
{
    struct hs_statement statement = view_change_statement(8, 7);
    memset(&view_change, 0, sizeof view_change);
    view_change.epoch = EPOCH;
    view_change.view = 8;
    view_change.high_qc = make_qc(7, range_of(0, 11));
    high_qc = verified(&view_change.high_qc);
    view_change.author = 3;
    view_change.signature = sign(3, &statement);
    view_change.has_last_vote = true;
    view_change.last_vote = make_vote(3, 8, &block_b);
}

static enum hs_status view_change_status(uint32_t peer)
{
    struct hs_admitted_view_change out;
    enum hs_status status = hs_admit_view_change(&verifier, &out, &view_change, peer, &high_qc);
    if (status == HS_OK) {
        assert_memory_equal(hs_admitted_view_change_get(&out), &view_change, sizeof view_change);
    }
    return status;
}

static void a_view_change_counts_from_its_own_connection(void **state)
{
    (void)state;
    make_view_change();
    assert_int_equal(view_change_status(3), HS_OK);
    assert_int_equal(view_change_status(4), HS_PROTOCOL_VIOLATION);
    view_change.has_last_vote = false;
    memset(&view_change.last_vote, 0, sizeof view_change.last_vote);
    assert_int_equal(view_change_status(3), HS_OK);
    view_change.author = MEMBERS;
    assert_int_equal(view_change_status(MEMBERS), HS_PROTOCOL_VIOLATION);
}

static void a_view_change_stands_on_an_earlier_verified_certificate(void **state)
{
    (void)state;
    make_view_change();
    view_change.view = 7;
    view_change.last_vote = make_vote(3, 7, &block_b);
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.high_qc = make_qc(7, range_of(0, 12));
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.epoch = EPOCH + 1;
    assert_int_equal(view_change_status(3), HS_NOT_READY);
    view_change.epoch = EPOCH - 1;
    assert_int_equal(view_change_status(3), HS_STALE);
}

static void a_last_vote_is_its_authors(void **state)
{
    (void)state;
    make_view_change();
    view_change.last_vote = make_vote(4, 8, &block_b);
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.last_vote.epoch = EPOCH - 1;
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.last_vote.view = 0;
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
    make_view_change();
    view_change.last_vote = make_vote(3, 9, &block_b);
    assert_int_equal(view_change_status(3), HS_PROTOCOL_VIOLATION);
}

/* -- evidence ----------------------------------------------------------------------------------------- */

/* S8 */
static void two_votes_of_one_view_are_evidence(void **state)
{
    (void)state;
    struct hs_vote first = make_vote(3, 5, &block_b);
    struct hs_vote second = make_vote(3, 5, &genesis_id);
    assert_int_equal(hs_check_evidence(&verifier, &first, &second), HS_OK);
    assert_int_equal(hs_check_evidence(&verifier, &second, &first), HS_OK);
    assert_int_equal(hs_check_evidence(&verifier, &first, &first), HS_PROTOCOL_VIOLATION);
    struct hs_vote other = make_vote(3, 6, &genesis_id);
    assert_int_equal(hs_check_evidence(&verifier, &first, &other), HS_PROTOCOL_VIOLATION);
    other = make_vote(4, 5, &genesis_id);
    assert_int_equal(hs_check_evidence(&verifier, &first, &other), HS_PROTOCOL_VIOLATION);
    other = second;
    other.epoch = EPOCH + 1;
    assert_int_equal(hs_check_evidence(&verifier, &first, &other), HS_PROTOCOL_VIOLATION);
    first.epoch = EPOCH + 1;
    assert_int_equal(hs_check_evidence(&verifier, &first, &other), HS_NOT_READY);
}

/* S8 */
static void nobody_is_accused_by_a_forged_vote(void **state)
{
    (void)state;
    struct hs_vote first = make_vote(3, 5, &block_b);
    struct hs_vote second = make_vote(4, 5, &genesis_id);
    second.voter = 3;
    assert_int_equal(hs_check_evidence(&verifier, &first, &second), HS_BAD_SIGNATURE);
    assert_int_equal(hs_check_evidence(&verifier, &second, &first), HS_BAD_SIGNATURE);
    first.voter = second.voter = MEMBERS;
    assert_int_equal(hs_check_evidence(&verifier, &first, &second), HS_PROTOCOL_VIOLATION);
}

#endif
