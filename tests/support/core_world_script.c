/* What a script makes: blocks, votes, view changes and certificates. */
#include "tests/support/core_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "wire/header.h"
#include "wire/statement.h"

struct hs_block core_world_block(struct core_world *world, uint32_t proposer, uint64_t view,
                                 const struct hs_block *parent, const struct hs_qc *justify)
{
    const struct world_epoch *epoch = core_world_epoch(world, justify->epoch);
    bool is_tail = parent->header.height >= epoch->last_height;
    struct hs_block block = {
        .header =
            {
                .version = HS_HEADER_VERSION,
                .chain_id = world->chain_id,
                .epoch = justify->epoch,
                .view = view,
                .height = parent->header.height + 1,
                .parent_id = parent->id,
                .justify = *justify,
                .proposer = core_world_index(world, justify->epoch, proposer),
                .timestamp_ms = parent->header.timestamp_ms + 1,
                .state_root = parent->header.state_root,
            },
    };
    world->salt++;
    memcpy(block.header.payload_root.bytes, &world->salt, sizeof(world->salt));
    if (!is_tail) {
        block.header.transaction_count = world->nodes[proposer].transactions_per_block;
        memcpy(block.header.state_root.bytes, &world->salt, sizeof(world->salt));
    }
    hs_block_id_of(&block.id, &block.header, epoch->set.count);
    return block;
}

static struct hs_bls_signature sign(const struct core_world *world, uint32_t signer,
                                    const struct hs_statement *statement)
{
    struct hs_bls_statement bytes;
    hs_statement_encode(&bytes, &world->chain_id, statement);
    struct hs_bls_signature signature;
    hs_bls_sign(&signature, &world->secret_keys[signer], &bytes);
    return signature;
}

struct hs_vote core_world_vote(const struct core_world *world, uint32_t voter,
                               const struct hs_block *block)
{
    struct hs_vote vote = {
        .epoch = block->header.epoch,
        .view = block->header.view,
        .block_id = block->id,
        .voter = core_world_index(world, block->header.epoch, voter),
    };
    struct hs_statement statement = hs_statement_of_vote(&vote);
    vote.signature = sign(world, voter, &statement);
    return vote;
}

struct hs_view_change core_world_view_change(const struct core_world *world, uint32_t author,
                                             uint64_t view, const struct hs_qc *high_qc)
{
    struct hs_view_change view_change = {
        .epoch = high_qc->epoch,
        .view = view,
        .high_qc = *high_qc,
        .author = core_world_index(world, high_qc->epoch, author),
    };
    struct hs_statement statement = hs_statement_of_view_change(&view_change);
    view_change.signature = sign(world, author, &statement);
    return view_change;
}

/* The vote that a driven validator sent, or a puppet's own. */
static bool vote_of(const struct core_world *world, struct hs_vote *vote, uint32_t voter,
                    const struct hs_block *block)
{
    if (world->nodes[voter].puppet) {
        *vote = core_world_vote(world, voter, block);
        return true;
    }
    uint32_t index = core_world_index(world, block->header.epoch, voter);
    for (size_t i = world->vote_count; i > 0; i--) {
        *vote = world->votes[i - 1];
        if (vote->voter == index && memcmp(&vote->block_id, &block->id, sizeof(block->id)) == 0) {
            return true;
        }
    }
    return false;
}

static bool view_change_of(const struct core_world *world, struct hs_view_change *view_change,
                           uint32_t author, uint64_t epoch, uint64_t view,
                           const struct hs_qc *high_qc)
{
    if (world->nodes[author].puppet) {
        *view_change = core_world_view_change(world, author, view, high_qc);
        return true;
    }
    uint32_t index = core_world_index(world, epoch, author);
    for (size_t i = world->view_change_count; i > 0; i--) {
        *view_change = world->view_changes[i - 1];
        if (view_change->author == index && view_change->epoch == epoch &&
            view_change->view == view) {
            return true;
        }
    }
    return false;
}

static struct hs_aggregate_result *aggregate(struct core_world *world,
                                             const struct hs_aggregate_request *request)
{
    struct hs_aggregate_result *result = malloc(sizeof(*result));
    HS_ASSERT(result != NULL);
    hs_check_aggregate(&core_world_epoch(world, request->statement.epoch)->verifier, result,
                       request, NULL);
    return result;
}

bool core_world_qc(struct core_world *world, struct hs_qc *qc, const struct hs_block *block,
                   uint32_t signers)
{
    struct hs_aggregate_request request = {
        .statement = {.type = HS_STATEMENT_VOTE,
                      .epoch = block->header.epoch,
                      .view = block->header.view,
                      .block_id = block->id},
    };
    for (uint32_t i = 0; i < world->count; i++) {
        struct hs_vote vote;
        if ((signers & (1u << i)) == 0) {
            continue;
        }
        if (!vote_of(world, &vote, i, block)) {
            return false;
        }
        request.items[request.count++] =
            (struct hs_aggregate_item){.signer = vote.voter, .signature = vote.signature};
    }
    struct hs_aggregate_result *result = aggregate(world, &request);
    bool made = result->good && result->has_certificate;
    if (made) {
        *qc = *hs_verified_qc_get(&result->qc);
        core_world_check_certified(world, qc);
    }
    free(result);
    return made;
}

bool core_world_tc(struct core_world *world, struct hs_tc *tc, uint64_t view, uint32_t signers,
                   const struct hs_qc *high_qc)
{
    uint64_t epoch = high_qc != NULL ? high_qc->epoch : 0;
    struct hs_aggregate_request request = {
        .statement = {.type = HS_STATEMENT_VIEW_CHANGE, .epoch = epoch, .view = view},
    };
    for (uint32_t i = 0; i < world->count; i++) {
        struct hs_view_change view_change;
        if ((signers & (1u << i)) == 0) {
            continue;
        }
        if (!view_change_of(world, &view_change, i, epoch, view, high_qc)) {
            return false;
        }
        if (request.count == 0 || view_change.high_qc.view > request.high_qc.view) {
            request.high_qc = view_change.high_qc;
        }
        request.items[request.count++] =
            (struct hs_aggregate_item){.signer = view_change.author,
                                       .high_qc_view = view_change.high_qc.view,
                                       .signature = view_change.signature};
    }
    struct hs_aggregate_result *result = aggregate(world, &request);
    bool made = result->good && result->has_certificate;
    if (made) {
        *tc = *hs_verified_tc_get(&result->tc);
    }
    free(result);
    return made;
}

struct world_message core_world_proposal(const struct core_world *world,
                                         const struct hs_block *block, const struct hs_tc *tc)
{
    struct world_message message = {
        .type = HS_OUTBOUND_PROPOSAL,
        .block = *block,
        .has_tc = tc != NULL,
    };
    uint32_t proposer = world->epochs[block->header.epoch]->members[block->header.proposer];
    message.leader_vote = core_world_vote(world, proposer, block).signature;
    if (tc != NULL) {
        message.tc = *tc;
    }
    return message;
}

struct world_message core_world_vote_message(const struct hs_vote *vote)
{
    return (struct world_message){.type = HS_OUTBOUND_VOTE, .vote = *vote};
}

struct world_message core_world_qc_message(const struct hs_qc *qc)
{
    return (struct world_message){.type = HS_OUTBOUND_QC, .qc = *qc};
}

struct world_message core_world_view_change_message(const struct hs_view_change *view_change,
                                                    const struct hs_tc *tc)
{
    struct world_message message = {
        .type = HS_OUTBOUND_VIEW_CHANGE,
        .view_change = *view_change,
        .has_tc = tc != NULL,
    };
    if (tc != NULL) {
        message.tc = *tc;
    }
    return message;
}
