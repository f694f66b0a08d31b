/* See check_statements.h. */
#include "sim/check_statements.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/assert.h"

#define NAME "statements"

struct signer_facts {
    uint64_t epoch; /* in which views are counted; they begin anew in the next */
    uint64_t vote_view;
    uint64_t lock_view; /* the highest justify of a block it voted for */
    uint64_t change_view;
    uint64_t change_high_qc_view;
};

struct hs_check_statements {
    struct signer_facts signers[HS_VALIDATORS_MAX];
    struct hs_check_views votes; /* struct hs_block_id [nodes]; zeros: none seen */
};

struct hs_check_statements *hs_check_statements_new(void)
{
    struct hs_check_statements *statements = calloc(1, sizeof(*statements));
    HS_ASSERT(statements != NULL);
    return statements;
}

void hs_check_statements_free(struct hs_check_statements *statements)
{
    hs_check_views_release(&statements->votes);
    free(statements);
}

static struct hs_block_id *vote_of(struct hs_check_statements *statements, uint32_t signer_count,
                                   uint64_t epoch, uint64_t view, uint32_t signer)
{
    statements->votes.item_bytes = signer_count * sizeof(struct hs_block_id);
    struct hs_block_id *votes = hs_check_views_at(&statements->votes, epoch, view);
    return &votes[signer];
}

/* P4: from the first statement in an epoch on, nothing is signed in one before. False: it was. */
static bool enter_epoch(struct signer_facts *facts, struct hs_check *check, uint32_t signer,
                        uint64_t epoch)
{
    if (epoch < facts->epoch) {
        hs_check_fail(check, NAME,
                      "P4: validator %" PRIu32 " signed in epoch %" PRIu64 " after epoch %" PRIu64,
                      signer, epoch, facts->epoch);
        return false;
    }
    if (epoch > facts->epoch) {
        *facts = (struct signer_facts){.epoch = epoch};
    }
    return true;
}

static void check_vote(struct hs_check_statements *statements, struct hs_check *check,
                       uint32_t signer, uint64_t epoch, uint64_t view,
                       const struct hs_block_id *block_id)
{
    static const struct hs_block_id none;
    struct signer_facts *facts = &statements->signers[signer];
    struct hs_block_id *seen =
        vote_of(statements, check->cluster->validators.count, epoch, view, signer);
    if (!enter_epoch(facts, check, signer, epoch) || hs_check_same_id(seen, block_id)) {
        return; /* said again (D4, L12) */
    }
    if (!hs_check_same_id(seen, &none)) {
        hs_check_fail(check, NAME,
                      "S2: validator %" PRIu32 " voted for two blocks in view %" PRIu64, signer,
                      view);
    }
    if (view <= facts->vote_view) {
        hs_check_fail(check, NAME,
                      "S2: validator %" PRIu32 " voted in view %" PRIu64 " after %" PRIu64, signer,
                      view, facts->vote_view);
    }
    if (view <= facts->change_view) {
        hs_check_fail(check, NAME,
                      "S6: validator %" PRIu32 " voted in view %" PRIu64
                      " after its view change of %" PRIu64,
                      signer, view, facts->change_view);
    }
    *seen = *block_id;
    facts->vote_view = view;
    const struct hs_check_block *block = hs_check_find_block(check, block_id);
    if (block == NULL) {
        return;
    }
    if (block->view != view || block->epoch != epoch) {
        hs_check_fail(check, NAME,
                      "S2: validator %" PRIu32 " voted in view %" PRIu64
                      " for a block of view %" PRIu64,
                      signer, view, block->view);
    }
    /* An own proposal may have reached nobody, and its TC with it. */
    if (block->justify_view + 1 != view && !block->allowed_by_tc &&
        block->proposer != hs_cluster_member_of(check->cluster, epoch, signer)) {
        hs_check_fail(check, NAME,
                      "S3: validator %" PRIu32 " voted in view %" PRIu64
                      " for a block on a QC of view %" PRIu64 " that no TC allows",
                      signer, view, block->justify_view);
    }
    if (block->justify_view > facts->lock_view) {
        facts->lock_view = block->justify_view; /* S4 */
    }
}

static void check_view_change(struct hs_check_statements *statements, struct hs_check *check,
                              uint32_t signer, const struct hs_view_change *view_change)
{
    struct signer_facts *facts = &statements->signers[signer];
    if (!enter_epoch(facts, check, signer, view_change->epoch)) {
        return;
    }
    uint64_t high_qc_view = view_change->high_qc.view;
    if (view_change->view < facts->change_view) {
        hs_check_fail(check, NAME,
                      "S6: validator %" PRIu32 " gave up view %" PRIu64 " after view %" PRIu64,
                      signer, view_change->view, facts->change_view);
    }
    if (view_change->view < facts->vote_view) {
        hs_check_fail(check, NAME,
                      "S6: validator %" PRIu32 " gave up view %" PRIu64
                      " after its vote in %" PRIu64,
                      signer, view_change->view, facts->vote_view);
    }
    if (high_qc_view >= view_change->view) {
        hs_check_fail(check, NAME,
                      "S6: validator %" PRIu32 " gave up view %" PRIu64
                      " with a high_qc of view %" PRIu64,
                      signer, view_change->view, high_qc_view);
    }
    if (high_qc_view < facts->change_high_qc_view) {
        hs_check_fail(check, NAME,
                      "S6: validator %" PRIu32 " signed high_qc view %" PRIu64 " after %" PRIu64,
                      signer, high_qc_view, facts->change_high_qc_view);
    }
    if (high_qc_view < facts->lock_view) {
        hs_check_fail(check, NAME,
                      "S6: validator %" PRIu32 " signed high_qc view %" PRIu64
                      " below its lock %" PRIu64,
                      signer, high_qc_view, facts->lock_view);
    }
    facts->change_view = view_change->view;
    facts->change_high_qc_view = high_qc_view;
}

static void check_proposal(struct hs_check_statements *statements, struct hs_check *check,
                           uint32_t signer, const struct hs_message *message,
                           const struct hs_block_id *id)
{
    const struct hs_block_header *header = &message->proposal.header;
    const struct hs_tc *tc = &message->proposal.tc;
    bool follows = header->view == header->justify.view + 1;
    bool replaces = message->proposal.has_tc && tc->view + 1 == header->view &&
                    header->justify.view >= tc->high_qc.view;
    if (!follows && !replaces) {
        hs_check_fail(check, NAME,
                      "S3: validator %" PRIu32 " proposed in view %" PRIu64
                      " on a QC of view %" PRIu64 " without a TC that allows it",
                      signer, header->view, header->justify.view);
    }
    check_vote(statements, check, signer, header->epoch, header->view, id);
}

/* Is this member of the epoch the process's own validator? */
static bool is_of(const struct hs_check *check, uint64_t epoch, uint32_t member, uint32_t process)
{
    return member < HS_VALIDATORS_MAX &&
           hs_cluster_member_of(check->cluster, epoch, process) == member;
}

void hs_check_statements_message(struct hs_check_statements *statements, struct hs_check *check,
                                 uint32_t process, const struct hs_message *message,
                                 const struct hs_block_id *proposed_id)
{
    const struct hs_view_change *view_change = &message->view_change.view_change;
    const struct hs_block_header *header = &message->proposal.header;
    const struct hs_vote *vote = &message->vote;
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        if (is_of(check, header->epoch, header->proposer, process)) {
            check_proposal(statements, check, process, message, proposed_id);
        }
        return;
    case HS_MESSAGE_VOTE:
        if (is_of(check, vote->epoch, vote->voter, process)) {
            check_vote(statements, check, process, vote->epoch, vote->view, &vote->block_id);
        }
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        if (!is_of(check, view_change->epoch, view_change->author, process)) {
            return;
        }
        if (view_change->has_last_vote) {
            check_vote(statements, check, process, view_change->epoch, view_change->last_vote.view,
                       &view_change->last_vote.block_id);
        }
        check_view_change(statements, check, process, view_change);
        return;
    case HS_MESSAGE_QC:
    case HS_MESSAGE_STATUS:
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_BLOCK_RESPONSE:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_RANGE_RESPONSE:
    case HS_MESSAGE_TRANSACTIONS:
        return;
    }
}
