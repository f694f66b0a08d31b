/* Tables of what was seen, by view and by height, and what each new thing is held against. See
 * checkers.h. */
#include "sim/checkers.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"

/* What was seen of one view. */
struct view_facts {
    bool certified;
    struct hs_block_id certified_id;
    bool proposed;
    struct hs_block_id proposed_id;
    uint64_t proposed_justify_view;
};

/* A height as the first node that got there has it. */
struct height_facts {
    bool has_root;
    struct hs_state_root root;
    bool reported;
    struct hs_block_id id;
    uint64_t view;
};

struct signer_facts {
    bool exempt;
    uint64_t vote_view;
    uint64_t lock_view; /* the highest justify of a block it voted for */
    uint64_t change_view;
    uint64_t change_high_qc_view;
};

struct node_facts {
    uint64_t reported_height;
    uint64_t committed_height; /* of its core, when last looked at */
    bool log_damaged;
};

struct hs_checkers {
    const struct hs_cluster *cluster;
    uint32_t process_count;
    char violation[640];
    struct view_facts *views;
    size_t view_capacity;
    struct hs_block_id *votes; /* [view * validators.count + signer]; zeros: none seen */
    struct height_facts *heights;
    size_t height_capacity;
    uint64_t height;
    struct signer_facts signers[HS_VALIDATORS_MAX];
    struct node_facts nodes[HS_VALIDATORS_MAX];
};

static bool same_id(const struct hs_block_id *a, const struct hs_block_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void violated(struct hs_checkers *checkers, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void violated(struct hs_checkers *checkers, const char *format, ...)
{
    if (checkers->violation[0] != '\0') {
        return; /* the first is the one to look at */
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(checkers->violation, sizeof(checkers->violation), format, arguments);
    va_end(arguments);
}

/* -- tables ------------------------------------------------------------------------- */

static void *grown(void *memory, size_t old_count, size_t new_count, size_t item_bytes)
{
    uint8_t *larger = realloc(memory, new_count * item_bytes);
    HS_ASSERT(larger != NULL);
    memset(larger + old_count * item_bytes, 0, (new_count - old_count) * item_bytes);
    return larger;
}

static struct view_facts *facts_of_view(struct hs_checkers *checkers, uint64_t view)
{
    if (view >= checkers->view_capacity) {
        size_t capacity = 2 * (size_t)view + 256;
        size_t signers = checkers->cluster->validators.count;
        checkers->views =
            grown(checkers->views, checkers->view_capacity, capacity, sizeof(checkers->views[0]));
        checkers->votes = grown(checkers->votes, checkers->view_capacity * signers,
                                capacity * signers, sizeof(checkers->votes[0]));
        checkers->view_capacity = capacity;
    }
    return &checkers->views[view];
}

static struct height_facts *facts_of_height(struct hs_checkers *checkers, uint64_t height)
{
    if (height >= checkers->height_capacity) {
        size_t capacity = 2 * (size_t)height + 256;
        checkers->heights = grown(checkers->heights, checkers->height_capacity, capacity,
                                  sizeof(checkers->heights[0]));
        checkers->height_capacity = capacity;
    }
    return &checkers->heights[height];
}

struct hs_checkers *hs_checkers_new(const struct hs_cluster *cluster, uint32_t process_count)
{
    struct hs_checkers *checkers = calloc(1, sizeof(*checkers));
    if (checkers != NULL) {
        checkers->cluster = cluster;
        checkers->process_count = process_count;
    }
    return checkers;
}

void hs_checkers_free(struct hs_checkers *checkers)
{
    if (checkers != NULL) {
        free(checkers->views);
        free(checkers->votes);
        free(checkers->heights);
        free(checkers);
    }
}

void hs_checkers_exempt(struct hs_checkers *checkers, uint32_t signer)
{
    checkers->signers[signer].exempt = true;
}

const char *hs_checkers_violation(const struct hs_checkers *checkers)
{
    return checkers->violation[0] != '\0' ? checkers->violation : NULL;
}

uint64_t hs_checkers_height(const struct hs_checkers *checkers)
{
    return checkers->height;
}

uint64_t hs_checkers_view_of_height(const struct hs_checkers *checkers, uint64_t height)
{
    return height < checkers->height_capacity ? checkers->heights[height].view : 0;
}

/* -- what is signed --------------------------------------------------------------------- */

static void check_vote(struct hs_checkers *checkers, uint32_t signer, uint64_t view,
                       const struct hs_block_id *block_id)
{
    static const struct hs_block_id none;
    struct signer_facts *facts = &checkers->signers[signer];
    if (facts->exempt) {
        return;
    }
    const struct view_facts *view_facts = facts_of_view(checkers, view);
    struct hs_block_id *seen =
        &checkers->votes[view * checkers->cluster->validators.count + signer];
    if (same_id(seen, block_id)) {
        return; /* said again (D4, L12) */
    }
    if (!same_id(seen, &none)) {
        violated(checkers, "S2: validator %" PRIu32 " voted for two blocks in view %" PRIu64,
                 signer, view);
    }
    if (view <= facts->vote_view) {
        violated(checkers, "S2: validator %" PRIu32 " voted in view %" PRIu64 " after %" PRIu64,
                 signer, view, facts->vote_view);
    }
    if (view <= facts->change_view) {
        violated(checkers,
                 "S6: validator %" PRIu32 " voted in view %" PRIu64
                 " after its view change of %" PRIu64,
                 signer, view, facts->change_view);
    }
    *seen = *block_id;
    facts->vote_view = view;
    if (view_facts->proposed && same_id(&view_facts->proposed_id, block_id) &&
        view_facts->proposed_justify_view > facts->lock_view) {
        facts->lock_view = view_facts->proposed_justify_view; /* S4 */
    }
}

static void check_view_change(struct hs_checkers *checkers,
                              const struct hs_view_change *view_change)
{
    struct signer_facts *facts = &checkers->signers[view_change->author];
    if (facts->exempt) {
        return;
    }
    uint64_t high_qc_view = view_change->high_qc.view;
    if (view_change->view < facts->change_view) {
        violated(checkers, "S6: validator %" PRIu32 " gave up view %" PRIu64 " after view %" PRIu64,
                 view_change->author, view_change->view, facts->change_view);
    }
    if (view_change->view < facts->vote_view) {
        violated(checkers,
                 "S6: validator %" PRIu32 " gave up view %" PRIu64 " after its vote in %" PRIu64,
                 view_change->author, view_change->view, facts->vote_view);
    }
    if (high_qc_view < facts->change_high_qc_view) {
        violated(checkers,
                 "S6: validator %" PRIu32 " signed high_qc view %" PRIu64 " after %" PRIu64,
                 view_change->author, high_qc_view, facts->change_high_qc_view);
    }
    if (high_qc_view < facts->lock_view) {
        violated(checkers,
                 "S6: validator %" PRIu32 " signed high_qc view %" PRIu64
                 " below its lock %" PRIu64,
                 view_change->author, high_qc_view, facts->lock_view);
    }
    facts->change_view = view_change->view;
    facts->change_high_qc_view = high_qc_view;
}

/* S7: two certified blocks of one view are a fork in the making. */
static void check_qc(struct hs_checkers *checkers, const struct hs_qc *qc)
{
    if (qc->view == 0) {
        return;
    }
    struct view_facts *facts = facts_of_view(checkers, qc->view);
    if (facts->certified && !same_id(&facts->certified_id, &qc->block_id)) {
        violated(checkers, "two certified blocks in view %" PRIu64, qc->view);
    }
    facts->certified = true;
    facts->certified_id = qc->block_id;
}

static void check_tc(struct hs_checkers *checkers, bool has_tc, const struct hs_tc *tc)
{
    if (has_tc) {
        check_qc(checkers, &tc->high_qc);
    }
}

static void check_proposal(struct hs_checkers *checkers, const struct hs_message *message)
{
    const struct hs_block_header *header = &message->proposal.header;
    struct hs_block_id id;
    hs_block_id_of(&id, header, checkers->cluster->validators.count);
    struct view_facts *facts = facts_of_view(checkers, header->view);
    if (!facts->proposed) {
        facts->proposed = true;
        facts->proposed_id = id;
        facts->proposed_justify_view = header->justify.view;
    }
    check_qc(checkers, &header->justify);
    check_tc(checkers, message->proposal.has_tc, &message->proposal.tc);
    check_vote(checkers, header->proposer, header->view, &id);
}

/* What a Byzantine validator says proves nothing: not even what it relays. */
static bool is_believed(const struct hs_checkers *checkers, uint32_t process)
{
    return process < checkers->cluster->validators.count && !checkers->signers[process].exempt;
}

void hs_checkers_message(struct hs_checkers *checkers, uint32_t process,
                         const struct hs_message *message)
{
    if (!is_believed(checkers, process)) {
        return;
    }
    const struct hs_view_change *view_change = &message->view_change.view_change;
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        check_proposal(checkers, message);
        return;
    case HS_MESSAGE_VOTE:
        check_vote(checkers, message->vote.voter, message->vote.view, &message->vote.block_id);
        return;
    case HS_MESSAGE_QC:
        check_qc(checkers, &message->qc);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        check_qc(checkers, &view_change->high_qc);
        check_tc(checkers, message->view_change.has_tc, &message->view_change.tc);
        if (view_change->has_last_vote) {
            check_vote(checkers, view_change->author, view_change->last_vote.view,
                       &view_change->last_vote.block_id);
        }
        check_view_change(checkers, view_change);
        return;
    case HS_MESSAGE_STATUS:
        check_qc(checkers, &message->status.high_qc);
        check_tc(checkers, message->status.has_tc, &message->status.tc);
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        if (message->block_response.has_block) {
            check_qc(checkers, &message->block_response.header.justify);
        }
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        if (message->range_response.has_qc) {
            check_qc(checkers, &message->range_response.qc);
        }
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_TRANSACTIONS:
        return;
    }
}

/* -- what is committed -------------------------------------------------------------------- */

static void check_root(struct hs_checkers *checkers, uint32_t index, uint64_t height,
                       const struct hs_state_root *root)
{
    struct height_facts *facts = facts_of_height(checkers, height);
    if (facts->has_root && memcmp(&facts->root, root, sizeof(*root)) != 0) {
        violated(checkers, "X1: node %" PRIu32 " has another state root at height %" PRIu64, index,
                 height);
    }
    facts->has_root = true;
    facts->root = *root;
}

static void check_block(struct hs_checkers *checkers, uint32_t index, const struct hs_block *block)
{
    uint64_t height = block->header.height;
    struct height_facts *facts = facts_of_height(checkers, height);
    if (facts->reported && !same_id(&facts->id, &block->id)) {
        violated(checkers, "S5: node %" PRIu32 " has another block at height %" PRIu64, index,
                 height);
    }
    facts->reported = true;
    facts->id = block->id;
    facts->view = block->header.view;
    check_root(checkers, index, height, &block->header.state_root);
    if (height > checkers->height) {
        checkers->height = height;
    }
}

void hs_checkers_committed(struct hs_checkers *checkers, uint32_t index,
                           const struct hs_block *block)
{
    struct node_facts *facts = &checkers->nodes[index];
    if (block->header.height != facts->reported_height + 1) {
        violated(checkers, "S5: node %" PRIu32 " reported height %" PRIu64 " after height %" PRIu64,
                 index, block->header.height, facts->reported_height);
    }
    facts->reported_height = block->header.height;
    check_block(checkers, index, block);
}

void hs_checkers_restarted(struct hs_checkers *checkers, uint32_t index, struct hs_node *node)
{
    struct node_facts *facts = &checkers->nodes[index];
    struct hs_node_status status;
    hs_node_status(node, &status);
    if (facts->log_damaged && status.height < facts->reported_height) {
        facts->reported_height = status.height;
    }
    if (status.height < facts->reported_height) {
        violated(checkers,
                 "D7: node %" PRIu32 " came back at height %" PRIu64 ", it had reported %" PRIu64,
                 index, status.height, facts->reported_height);
    }
    uint64_t first = facts->reported_height > 0 ? facts->reported_height : 1;
    for (uint64_t height = first; height <= status.height; height++) {
        struct hs_node_block held;
        enum hs_status read = hs_node_read_block(node, height, &held);
        if (read == HS_IO || (read == HS_CORRUPT && facts->log_damaged)) {
            break; /* its disk fails just now, or has failed for good */
        }
        if (read != HS_OK) {
            violated(checkers, "D7: node %" PRIu32 " can't read height %" PRIu64, index, height);
            return;
        }
        check_block(checkers, index, &held.block);
    }
    facts->reported_height = status.height;
    facts->committed_height = 0;
}

void hs_checkers_log_damaged(struct hs_checkers *checkers, uint32_t index)
{
    checkers->nodes[index].log_damaged = true;
}

void hs_checkers_log_mended(struct hs_checkers *checkers, uint32_t index)
{
    checkers->nodes[index].log_damaged = false;
}

void hs_checkers_could_not_start(struct hs_checkers *checkers, uint32_t index, const char *why)
{
    if (checkers->nodes[index].log_damaged) {
        return;
    }
    violated(checkers, "node %" PRIu32 " could not be started: %s", index, why);
}

void hs_checkers_diverged(struct hs_checkers *checkers, uint32_t index)
{
    violated(checkers, "X1: node %" PRIu32 " has diverged", index);
}

void hs_checkers_turn_over(struct hs_checkers *checkers, uint32_t index, const struct hs_node *node,
                           const struct hs_ledger *ledger)
{
    struct node_facts *facts = &checkers->nodes[index];
    struct hs_core_status status;
    hs_core_status(hs_node_core(node), &status);
    if (status.committed_height == facts->committed_height) {
        return;
    }
    if (status.committed_height < facts->committed_height) {
        violated(checkers, "S5: node %" PRIu32 " went back to height %" PRIu64, index,
                 status.committed_height);
    }
    facts->committed_height = status.committed_height;
    struct hs_application application;
    hs_ledger_application((struct hs_ledger *)(uintptr_t)ledger, &application);
    struct hs_state_root root;
    struct hs_state state = application.committed(application.context, &root);
    check_root(checkers, index, status.committed_height, &root);
    struct hs_amount supply = {0};
    if (hs_ledger_supply(ledger, &supply, state) != HS_OK ||
        supply.units != hs_ledger_genesis_supply(ledger).units) {
        violated(checkers, "the supply is not conserved on node %" PRIu32 " at height %" PRIu64,
                 index, status.committed_height);
    }
}
