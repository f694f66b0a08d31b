/* What happens in a world, handed to the families it concerns. See checkers.h. */
#include "sim/checkers.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "sim/check_certificates.h"
#include "sim/check_chain.h"
#include "sim/check_clients.h"
#include "sim/check_durability.h"
#include "node/proof_serving.h"
#include "sim/check_epochs.h"
#include "sim/check_evidence.h"
#include "sim/check_fees.h"
#include "sim/check_light.h"
#include "sim/check_liveness.h"
#include "sim/check_memory.h"
#include "sim/check_order.h"
#include "sim/check_stakes.h"
#include "sim/check_state.h"
#include "sim/check_statements.h"

/* A node's usage is looked at once in so many of its turns: it takes as long as a short turn. */
#define TURNS_PER_USAGE 16u

/* A node between its turns, as it was last time. */
struct node_facts {
    uint64_t epoch;
    uint64_t high_qc_view;
    uint64_t commit_view; /* of the certificate that made it commit last */
    uint64_t view;
    uint32_t turns;
    uint64_t pool_max;
};

struct hs_checkers {
    struct hs_check check;
    struct hs_check_statements *statements;
    struct hs_check_certificates *certificates;
    struct hs_check_chain *chain;
    struct hs_check_state *state;
    struct hs_check_durability *durability;
    struct hs_check_clients *clients;
    struct hs_check_order *order;
    struct hs_check_stakes *stakes; /* NULL where none are staked */
    struct hs_check_liveness liveness;
    uint64_t proven_height;
    struct hs_bitmap log_damaged;    /* processes */
    struct hs_bitmap record_damaged; /* at any time: it may turn out to be old much later (D5) */
    struct node_facts nodes[HS_VALIDATORS_MAX];
};

static void take_logged(void *context, uint32_t process, struct hs_check_block *block,
                        const struct hs_qc *justify, struct hs_bytes payload);

struct hs_checkers *hs_checkers_new(const struct hs_cluster *cluster, uint32_t process_count)
{
    struct hs_checkers *checkers = calloc(1, sizeof(*checkers));
    if (checkers == NULL) {
        return NULL;
    }
    hs_check_init(&checkers->check, cluster, process_count);
    checkers->statements = hs_check_statements_new();
    checkers->certificates = hs_check_certificates_new(cluster);
    checkers->chain = hs_check_chain_new();
    checkers->state = hs_check_state_new();
    checkers->durability = hs_check_durability_new(&checkers->check, take_logged, checkers);
    checkers->clients = hs_check_clients_new();
    checkers->order = hs_check_order_new(cluster);
    checkers->stakes = hs_check_stakes_new(cluster);
    return checkers;
}

void hs_checkers_free(struct hs_checkers *checkers)
{
    if (checkers != NULL) {
        hs_check_statements_free(checkers->statements);
        hs_check_certificates_free(checkers->certificates);
        hs_check_chain_free(checkers->chain);
        hs_check_state_free(checkers->state);
        hs_check_durability_free(checkers->durability);
        hs_check_clients_free(checkers->clients);
        hs_check_order_free(checkers->order);
        hs_check_stakes_free(checkers->stakes);
        hs_check_release(&checkers->check);
        free(checkers);
    }
}

void hs_checkers_exempt(struct hs_checkers *checkers, uint32_t signer)
{
    hs_bitmap_set(&checkers->check.byzantine, signer);
}

/* What comes after a violation may be a consequence of it. */
static bool is_over(const struct hs_checkers *checkers)
{
    return checkers->check.checker != NULL;
}

/* -- what is said -------------------------------------------------------------------------- */

static void see_qc(struct hs_checkers *checkers, uint32_t process, bool vouched,
                   const struct hs_qc *qc)
{
    if (hs_check_certificates_qc(checkers->certificates, &checkers->check, process, vouched, qc)) {
        hs_check_chain_view_known(checkers->chain, &checkers->check, checkers->certificates,
                                  qc->epoch, qc->view);
    }
}

/* What a block holds, the first time that somebody shows it. */
static void see_payload(struct hs_checkers *checkers, struct hs_check_block *block,
                        struct hs_bytes payload)
{
    bool known = block->has_uses;
    hs_check_clients_block(checkers->clients, &checkers->check, block, payload);
    if (!known && block->has_uses) {
        hs_check_order_block(checkers->order, &block->id, payload);
    }
}

/* A block that is in some durable log: also how the blocks of a chain of one are seen. A correct node
 * keeps none whose justify it has not verified, or it would be led by it (S7). */
static void take_logged(void *context, uint32_t process, struct hs_check_block *block,
                        const struct hs_qc *justify, struct hs_bytes payload)
{
    struct hs_checkers *checkers = context;
    see_payload(checkers, block, payload);
    hs_check_chain_view_known(checkers->chain, &checkers->check, checkers->certificates,
                              block->epoch, block->view);
    see_qc(checkers, process, hs_check_is_correct(&checkers->check, process), justify);
}

static void see_tc(struct hs_checkers *checkers, uint32_t process, bool vouched,
                   const struct hs_tc *tc)
{
    see_qc(checkers, process, vouched, &tc->high_qc);
    hs_check_certificates_tc(checkers->certificates, &checkers->check, process, vouched, tc);
}

static void see_block(struct hs_checkers *checkers, uint32_t process, bool vouched,
                      const struct hs_block_header *header, struct hs_bytes payload,
                      struct hs_block_id *id)
{
    hs_block_id_of(id, header, hs_cluster_member_count(checkers->check.cluster, header->epoch));
    struct hs_check_block *block = hs_check_find_block(&checkers->check, id);
    if (block == NULL) {
        block = hs_check_add_block(&checkers->check, id, header);
        hs_check_chain_view_known(checkers->chain, &checkers->check, checkers->certificates,
                                  header->epoch, header->view);
    }
    see_payload(checkers, block, payload);
    see_qc(checkers, process, vouched, &header->justify);
}

static void see_range(struct hs_checkers *checkers, uint32_t process, bool vouched,
                      const struct hs_message *message)
{
    struct hs_bytes blocks = message->range_response.blocks;
    struct hs_reader reader = hs_reader_over(blocks.data, blocks.size);
    struct hs_block_header header;
    struct hs_bytes payload;
    struct hs_block_id id;
    uint32_t count =
        hs_cluster_member_count(checkers->check.cluster, message->range_response.qc.epoch);
    while (hs_message_block_next(&reader, &header, &payload, count) == HS_OK) {
        see_block(checkers, process, vouched, &header, payload, &id);
    }
    if (message->range_response.has_qc) {
        see_qc(checkers, process, vouched, &message->range_response.qc);
    }
}

/* S3: its groups stand in descending order. */
static void see_allowed(struct hs_checkers *checkers, const struct hs_message *message,
                        const struct hs_block_id *id)
{
    const struct hs_block_header *header = &message->proposal.header;
    const struct hs_tc *tc = &message->proposal.tc;
    struct hs_check_block *block = hs_check_find_block(&checkers->check, id);
    if (block != NULL && tc->view + 1 == header->view &&
        header->justify.view >= tc->groups[0].high_qc_view) {
        block->allowed_by_tc = true;
    }
}

/* Headers and certificates, whoever shows them; `vouched`: a correct node. The id of a proposal's
 * block goes to *id. */
static void see_contents(struct hs_checkers *checkers, uint32_t process, bool vouched,
                         const struct hs_message *message, struct hs_block_id *id)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        see_block(checkers, process, vouched, &message->proposal.header, message->proposal.payload,
                  id);
        if (message->proposal.has_tc) {
            see_tc(checkers, process, vouched, &message->proposal.tc);
            see_allowed(checkers, message, id);
        }
        return;
    case HS_MESSAGE_QC:
        see_qc(checkers, process, vouched, &message->qc);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        see_qc(checkers, process, vouched, &message->view_change.view_change.high_qc);
        if (message->view_change.has_tc) {
            see_tc(checkers, process, vouched, &message->view_change.tc);
        }
        return;
    case HS_MESSAGE_STATUS:
        see_qc(checkers, process, vouched, &message->status.high_qc);
        if (message->status.has_tc) {
            see_tc(checkers, process, vouched, &message->status.tc);
        }
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        if (message->block_response.has_block) {
            see_block(checkers, process, vouched, &message->block_response.header,
                      message->block_response.payload, id);
        }
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        see_range(checkers, process, vouched, message);
        return;
    case HS_MESSAGE_VOTE:
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_TRANSACTIONS:
        return;
    }
}

/* D1, D2, D6: what a correct validator has signed. */
static void check_durable(struct hs_checkers *checkers, uint32_t process,
                          const struct hs_message *message, const struct hs_block_id *id)
{
    struct hs_check_durability *durability = checkers->durability;
    const struct hs_view_change *view_change = &message->view_change.view_change;
    if (message->type == HS_MESSAGE_PROPOSAL) {
        hs_check_durability_vote(durability, process, message->proposal.header.epoch,
                                 message->proposal.header.view, id);
    } else if (message->type == HS_MESSAGE_VOTE) {
        hs_check_durability_vote(durability, process, message->vote.epoch, message->vote.view,
                                 &message->vote.block_id);
    } else if (message->type == HS_MESSAGE_VIEW_CHANGE) {
        if (view_change->has_last_vote) {
            hs_check_durability_vote(durability, process, view_change->epoch,
                                     view_change->last_vote.view, &view_change->last_vote.block_id);
        }
        hs_check_durability_view_change(durability, process, view_change->epoch, view_change->view,
                                        view_change->high_qc.view);
    }
}

void hs_checkers_message(struct hs_checkers *checkers, uint32_t process,
                         const struct hs_message *message)
{
    if (is_over(checkers)) {
        return;
    }
    bool correct = hs_check_is_correct(&checkers->check, process);
    struct hs_block_id id;
    see_contents(checkers, process, correct, message, &id);
    if (correct && !is_over(checkers)) {
        hs_check_statements_message(checkers->statements, &checkers->check, process, message, &id);
        check_durable(checkers, process, message, &id);
    }
}

/* -- what is committed ------------------------------------------------------------------------ */

static uint32_t leader_of(struct hs_checkers *checkers, const struct hs_block *block)
{
    return hs_check_leader(&checkers->check, block->header.epoch, block->header.view);
}

static void take_uses(struct hs_checkers *checkers, const struct hs_block *block)
{
    uint64_t slashed = 0;
    if (checkers->stakes != NULL) {
        hs_check_stakes_block(checkers->stakes, &checkers->check, block);
        slashed = hs_check_stakes_model(checkers->stakes)->slashed;
    }
    hs_check_order_committed(checkers->order, &checkers->check, block, slashed);
}

void hs_checkers_committed(struct hs_checkers *checkers, uint32_t index,
                           const struct hs_block *block, const struct hs_transaction_id ids[],
                           size_t count)
{
    if (is_over(checkers)) {
        return;
    }
    struct hs_check *check = &checkers->check;
    uint64_t height = block->header.height;
    hs_check_durability_reported(checkers->durability, index, block);
    see_qc(checkers, index, true, &block->header.justify);
    hs_check_chain_reported(checkers->chain, check, index, block, leader_of(checkers, block));
    if (height > checkers->proven_height) { /* all have the same one */
        checkers->proven_height = height;
        hs_check_epoch_proof(check, index, block);
    }
    if (!is_over(checkers)) {
        hs_check_state_root(checkers->state, check, index, height, &block->header.state_root);
        hs_check_clients_reported(checkers->clients, check, index, block, ids, count);
        take_uses(checkers, block);
    }
}

static bool is_log_damaged(const struct hs_checkers *checkers, uint32_t index)
{
    return hs_bitmap_get(&checkers->log_damaged, index);
}

static void check_held(struct hs_checkers *checkers, uint32_t index, struct hs_node *node,
                       uint64_t height)
{
    uint64_t reported = hs_check_chain_height_of(checkers->chain, index);
    for (uint64_t h = reported > 0 ? reported : 1; h <= height && !is_over(checkers); h++) {
        struct hs_node_block held;
        enum hs_status status = hs_node_read_block(node, h, &held);
        if (status == HS_IO || (status == HS_CORRUPT && is_log_damaged(checkers, index))) {
            return; /* its disk fails just now, or has failed for good */
        }
        if (status != HS_OK) {
            hs_check_chain_unreadable(&checkers->check, index, h);
            return;
        }
        hs_check_durability_reported(checkers->durability, index, &held.block);
        hs_check_chain_held(checkers->chain, &checkers->check, index, &held.block,
                            leader_of(checkers, &held.block));
        hs_check_state_root(checkers->state, &checkers->check, index, h,
                            &held.block.header.state_root);
        hs_check_clients_held(checkers->clients, &checkers->check, &held.block);
        take_uses(checkers, &held.block);
    }
}

void hs_checkers_restarted(struct hs_checkers *checkers, uint32_t index, struct hs_node *node,
                           const struct hs_virtual_disk *disk)
{
    struct hs_node_status status;
    hs_node_status(node, &status);
    struct hs_node_usage usage[HS_NODE_USAGE_PARTS];
    hs_node_usage(node, usage);
    checkers->nodes[index] = (struct node_facts){
        .epoch = UINT64_MAX, /* it has yet to show one */
        .pool_max = usage[HS_USAGE_POOL].limit,
    };
    hs_check_clients_restarted(checkers->clients, index);
    hs_check_durability_opened(checkers->durability, index, disk);
    if (is_log_damaged(checkers, index)) {
        hs_check_durability_log_damaged(checkers->durability, index, true);
        hs_check_chain_forgotten(checkers->chain, index, status.height);
    }
    check_held(checkers, index, node, status.height);
    hs_check_chain_restarted(checkers->chain, &checkers->check, index, status.height);
}

void hs_checkers_log_damaged(struct hs_checkers *checkers, uint32_t index)
{
    hs_bitmap_set(&checkers->log_damaged, index);
    hs_check_durability_log_damaged(checkers->durability, index, true);
}

void hs_checkers_log_mended(struct hs_checkers *checkers, uint32_t index)
{
    hs_bitmap_clear(&checkers->log_damaged, index);
    hs_check_durability_log_damaged(checkers->durability, index, false);
}

void hs_checkers_record_damaged(struct hs_checkers *checkers, uint32_t index)
{
    hs_bitmap_set(&checkers->record_damaged, index);
    hs_check_durability_record_damaged(checkers->durability, index);
}

void hs_checkers_could_not_start(struct hs_checkers *checkers, uint32_t index, const char *why)
{
    if (!is_log_damaged(checkers, index)) {
        hs_check_durability_not_opened(&checkers->check, index, why);
    }
}

void hs_checkers_executed(struct hs_checkers *checkers, uint32_t index,
                          const struct hs_check_fees_block *block)
{
    if (!is_over(checkers)) {
        hs_check_fees_executed(&checkers->check, index, block);
    }
}

void hs_checkers_diverged(struct hs_checkers *checkers, uint32_t index)
{
    hs_check_state_diverged(&checkers->check, index);
}

void hs_checkers_accepted(struct hs_checkers *checkers, uint32_t index,
                          const struct hs_transaction_id *id, uint32_t sender, uint64_t nonce)
{
    if (hs_check_is_correct(&checkers->check, index)) {
        hs_check_clients_accepted(checkers->clients, index, id, sender, nonce);
    }
}

/* -- a node between its turns -------------------------------------------------------------------- */

/* The certificates that its core goes by, whoever showed it those. */
static void check_believed(struct hs_checkers *checkers, uint32_t index, const struct hs_node *node,
                           const struct hs_core_status *status)
{
    const struct hs_core *core = hs_node_core(node);
    struct node_facts *facts = &checkers->nodes[index];
    if (status->epoch != facts->epoch) { /* views begin anew */
        hs_check_epoch_begun(&checkers->check, index, hs_node_fixed_epoch(node));
        facts->epoch = status->epoch;
        facts->high_qc_view = 0;
        facts->commit_view = 0;
        facts->view = 0;
    }
    if (status->high_qc_view != facts->high_qc_view) {
        facts->high_qc_view = status->high_qc_view;
        see_qc(checkers, index, true, hs_core_high_qc(core));
    }
    const struct hs_qc *certificate = hs_core_commit_certificate(core);
    if (certificate->view > 0 && certificate->view != facts->commit_view) {
        facts->commit_view = certificate->view;
        see_qc(checkers, index, true, certificate);
    }
    if (status->view != facts->view) {
        facts->view = status->view;
        const struct hs_tc *tc = hs_core_entry_tc(core);
        if (tc != NULL) {
            see_tc(checkers, index, true, tc);
        }
    }
}

static void check_ledger(struct hs_checkers *checkers, uint32_t index, uint64_t height,
                         const struct hs_ledger *ledger)
{
    struct hs_application application;
    hs_ledger_application((struct hs_ledger *)(uintptr_t)ledger, &application);
    struct hs_state_root root;
    struct hs_state state = application.committed(application.context, &root);
    hs_check_state_root(checkers->state, &checkers->check, index, height, &root);
    struct hs_amount supply = {0};
    enum hs_status status = hs_ledger_supply(ledger, &supply, state);
    hs_check_state_supply(&checkers->check, index, height,
                          status == HS_OK ? supply : (struct hs_amount){0},
                          hs_ledger_genesis_supply(ledger));
    hs_check_order_ledger(checkers->order, &checkers->check, index, height,
                          hs_ledger_commits_waiting(ledger), hs_ledger_burned(ledger));
    if (checkers->stakes != NULL) {
        hs_check_stakes_ledger(checkers->stakes, &checkers->check, index, height, ledger);
    }
}

static void ask_client_question(struct hs_checkers *checkers, uint32_t index,
                                const struct hs_node *node)
{
    const struct hs_transaction_id *id = hs_check_clients_question(checkers->clients, index);
    if (id != NULL) {
        uint64_t height = 0;
        enum hs_transaction_state state = hs_node_transaction(node, id, &height);
        hs_check_clients_answer(checkers->clients, &checkers->check, index, id, state, height);
    }
}

static void check_usage(struct hs_checkers *checkers, uint32_t index, const struct hs_node *node)
{
    struct hs_node_usage usage[HS_NODE_USAGE_PARTS];
    hs_node_usage(node, usage);
    hs_check_memory_node(&checkers->check, index, usage, HS_NODE_USAGE_PARTS);
    struct hs_bitmap accused;
    hs_check_find_accused(checkers->check.cluster, node, &accused);
    hs_check_accused(&checkers->check, index, &accused);
}

void hs_checkers_turn_over(struct hs_checkers *checkers, uint32_t index, const struct hs_node *node,
                           const struct hs_node_status *status, const struct hs_ledger *ledger)
{
    if (is_over(checkers)) {
        return;
    }
    struct hs_check *check = &checkers->check;
    struct node_facts *facts = &checkers->nodes[index];
    uint64_t height = status->core.committed_height;
    check_believed(checkers, index, node, &status->core);
    if (hs_check_chain_core_at(checkers->chain, check, index, height)) {
        check_ledger(checkers, index, height, ledger);
    }
    ask_client_question(checkers, index, node);
    if (2 * (uint64_t)status->mempool_transactions >= facts->pool_max) {
        hs_check_clients_pool_full(checkers->clients, index); /* within a turn it may have been */
    }
    if (++facts->turns % TURNS_PER_USAGE == 0 && hs_check_is_correct(check, index)) {
        check_usage(checkers, index, node);
    }
}

void hs_checkers_in_flight(struct hs_checkers *checkers, uint64_t in_flight, uint64_t in_flight_max)
{
    hs_check_memory_network(&checkers->check, in_flight, in_flight_max);
}

/* -- after the faults ------------------------------------------------------------------------------ */

void hs_checkers_faults_stopped(struct hs_checkers *checkers, const struct hs_core *core,
                                uint64_t view)
{
    hs_check_liveness_begin(&checkers->liveness, &checkers->check, core, view,
                            hs_check_chain_height(checkers->chain));
}

/* The correct validators' own processes that are up. */
static bool is_up(const struct hs_checkers *checkers, struct hs_node *const nodes[],
                  uint32_t process)
{
    return hs_check_is_correct(&checkers->check, process) && nodes[process] != NULL;
}

/* P5: only a member of the epoch before, this one and the next has connections to those who know; and
 * who is in the one before for the last time loses them while it is on its way. */
static bool hears(const struct hs_checkers *checkers, uint32_t process, uint64_t epoch)
{
    const struct hs_cluster *cluster = checkers->check.cluster;
    for (uint64_t near = epoch; near <= epoch + 1; near++) {
        if (hs_cluster_member_of(cluster, near, process) != HS_VALIDATORS_MAX) {
            return true;
        }
    }
    return false;
}

/* Whether it must come to the target: a correct one that is up, and hears of the epoch of its block. */
static bool must_progress(const struct hs_checkers *checkers, struct hs_node *const nodes[],
                          uint32_t process)
{
    const struct hs_check_liveness *liveness = &checkers->liveness;
    uint64_t of_target = hs_check_chain_epoch_of_height(checkers->chain, liveness->target);
    uint64_t epoch = of_target > liveness->epoch ? of_target : liveness->epoch;
    const struct hs_stake_model *model = hs_checkers_stakes(checkers);
    bool stays = model == NULL || model->validators[process].registered;
    return is_up(checkers, nodes, process) && hears(checkers, process, epoch) && stays;
}

bool hs_checkers_progressed(const struct hs_checkers *checkers, struct hs_node *const nodes[])
{
    for (uint32_t i = 0; i < checkers->check.process_count; i++) {
        if (must_progress(checkers, nodes, i) &&
            hs_check_chain_height_of(checkers->chain, i) < checkers->liveness.target) {
            return false;
        }
    }
    return true;
}

/* Where it is to be a member; one that left may stand still in an epoch that is long over. */
static void check_health(struct hs_checkers *checkers, uint32_t process, const struct hs_node *node,
                         bool hears_now)
{
    struct hs_node_status status;
    hs_node_status(node, &status);
    if (is_log_damaged(checkers, process) || hs_bitmap_get(&checkers->record_damaged, process)) {
        return;
    }
    bool member = status.self != HS_VALIDATORS_MAX && hears_now;
    hs_check_liveness_health(&checkers->check, process, status.health,
                             status.core.signing || !member);
}

void hs_checkers_check_progress(struct hs_checkers *checkers, struct hs_node *const nodes[])
{
    const struct hs_check_liveness *liveness = &checkers->liveness;
    for (uint32_t i = 0; i < checkers->check.cluster->validators.count; i++) {
        if (is_up(checkers, nodes, i)) {
            uint64_t height = hs_check_chain_height_of(checkers->chain, i);
            if (height < liveness->target && must_progress(checkers, nodes, i)) {
                hs_check_liveness_late(liveness, &checkers->check, i, height);
            }
            check_health(checkers, i, nodes[i], must_progress(checkers, nodes, i));
        } else if (hs_check_is_correct(&checkers->check, i) && !is_log_damaged(checkers, i)) {
            hs_check_liveness_down(&checkers->check, i);
        }
    }
    hs_check_liveness_reached(liveness, &checkers->check,
                              hs_check_chain_epoch_of_height(checkers->chain, liveness->target),
                              hs_check_chain_view_of_height(checkers->chain, liveness->target));
}

static void find_signing(const struct hs_checkers *checkers, struct hs_node *const nodes[],
                         struct hs_bitmap *signing)
{
    *signing = (struct hs_bitmap){{0}};
    uint64_t epoch =
        hs_check_chain_epoch_of_height(checkers->chain, hs_check_chain_height(checkers->chain));
    for (uint32_t i = 0; i < checkers->check.cluster->validators.count; i++) {
        if (is_up(checkers, nodes, i)) {
            struct hs_core_status status;
            hs_core_status(hs_node_core(nodes[i]), &status);
            if (status.signing && hears(checkers, i, epoch)) { /* where it is a member */
                hs_bitmap_set(signing, i);
            }
        }
    }
}

bool hs_checkers_owes(const struct hs_checkers *checkers, struct hs_node *const nodes[])
{
    struct hs_bitmap signing;
    find_signing(checkers, nodes, &signing);
    return hs_check_clients_owed(checkers->clients, &signing) != NULL;
}

void hs_checkers_check_owed(struct hs_checkers *checkers, struct hs_node *const nodes[])
{
    struct hs_bitmap signing;
    find_signing(checkers, nodes, &signing);
    hs_check_clients_end(checkers->clients, &checkers->check, &signing);
}

/* Rot in the index of heights is met while it is in use, and mended by the next start: until then the
 * node does not find a block that it has. */
static bool finds_all(struct hs_node *node, uint64_t from, uint32_t count)
{
    struct hs_node_status status;
    struct hs_node_block block;
    hs_node_status(node, &status);
    for (uint64_t height = from; height <= status.height && height - from <= count; height++) {
        if (hs_node_read_block(node, height, &block) == HS_NOT_READY) {
            return false;
        }
    }
    return true;
}

static enum hs_status prove_blocks(void *context, uint64_t from, uint32_t count, uint8_t bytes[],
                                   size_t *size, size_t capacity)
{
    enum hs_status status = hs_node_prove_blocks(context, from, count, bytes, size, capacity);
    return status == HS_NOT_READY && !finds_all(context, from, count) ? HS_IO : status;
}

static enum hs_status prove_epoch(void *context, uint64_t number, uint8_t bytes[], size_t *size,
                                  size_t capacity)
{
    return hs_node_prove_epoch(context, number, bytes, size, capacity);
}

void hs_checkers_check_light(struct hs_checkers *checkers, struct hs_node *const nodes[])
{
    for (uint32_t i = 0; i < checkers->check.cluster->validators.count; i++) {
        if (!is_up(checkers, nodes, i) || is_log_damaged(checkers, i)) {
            continue;
        }
        const struct hs_check_light_server server = {nodes[i], prove_blocks, prove_epoch};
        struct hs_node_status status;
        hs_node_status(nodes[i], &status);
        hs_check_light(&checkers->check, i, &server, status.height, &status.block_id);
    }
}

/* -- reading ---------------------------------------------------------------------------------------- */

const char *hs_checkers_violation(const struct hs_checkers *checkers)
{
    return checkers->check.checker != NULL ? checkers->check.sentence : NULL;
}

const struct hs_stake_model *hs_checkers_stakes(const struct hs_checkers *checkers)
{
    return checkers->stakes != NULL ? hs_check_stakes_model(checkers->stakes) : NULL;
}

const char *hs_checkers_violated(const struct hs_checkers *checkers)
{
    return checkers->check.checker;
}

bool hs_checkers_commit_place(const struct hs_checkers *checkers, struct hs_commit_place *place,
                              uint32_t account, uint64_t nonce)
{
    const struct hs_account_key *key = &checkers->check.cluster->account_keys[account];
    return hs_check_order_place(checkers->order, place, &key->public_key, nonce);
}

struct hs_check_order_counts hs_checkers_order_counts(const struct hs_checkers *checkers)
{
    return hs_check_order_count(checkers->order);
}

uint64_t hs_checkers_height(const struct hs_checkers *checkers)
{
    return hs_check_chain_height(checkers->chain);
}

uint64_t hs_checkers_epoch_of_height(const struct hs_checkers *checkers, uint64_t height)
{
    return hs_check_chain_epoch_of_height(checkers->chain, height);
}

uint64_t hs_checkers_view_of_height(const struct hs_checkers *checkers, uint64_t height)
{
    return hs_check_chain_view_of_height(checkers->chain, height);
}
