/* The signer's jobs: on the disk lane, behind the record that allows them (D1, D6). */
#include <inttypes.h>

#include "node/node_internal.h"

static void start_next(struct hs_node *node);

static void run(struct hs_job *job)
{
    struct hs_sign_job *sign = (struct hs_sign_job *)job;
    struct hs_signer *signer = sign->node->signing.signer;
    sign->status = hs_signer_sign(signer, &sign->signature, sign->key, &sign->statement);
    if (sign->status == HS_OK) {
        sign->hash = *hs_signer_last_hash(signer);
    }
}

static bool view_is_over(const struct hs_node *node, const struct hs_statement *statement)
{
    if (statement->epoch != hs_node_epoch_number(node)) {
        return true; /* P4: nothing of an epoch that is over leaves this process */
    }
    struct hs_core_status core;
    hs_core_status(node->epoch->core, &core);
    return statement->view < core.view;
}

static void done(struct hs_job *job)
{
    struct hs_sign_job *sign = (struct hs_sign_job *)job;
    struct hs_node *node = sign->node;
    hs_node_job_came_back(node);
    sign->busy = false;
    struct hs_event event;
    enum hs_status status;
    if (sign->status == HS_OK && sign->statement.epoch != hs_node_epoch_number(node)) {
        node->counters.signatures_given_up++; /* P4 */
    } else if (sign->status == HS_OK) {
        if (sign->statement.type == HS_STATEMENT_VOTE) {
            node->counters.votes_signed++;
            node->signing.vote_hash = sign->hash;
        }
        event = (struct hs_event){.type = HS_EVENT_SIGNATURE_DONE};
        event.signed_statement.statement = sign->statement;
        event.signed_statement.signature = sign->signature;
        hs_node_feed(node, &event, &status);
    } else if (sign->status == HS_UNSAFE && view_is_over(node, &sign->statement)) {
        /* The core has given it up; something later was signed before it. */
        node->counters.signatures_given_up++;
    } else if (sign->status == HS_UNSAFE) {
        /* D5: the core's record is older than what this key has signed. */
        hs_log_event(node->config.log, HS_LOG_ERROR, HS_LOG_NODE, "signer_refused",
                     "view=%" PRIu64 " action=\"run hotstuff recover\"", sign->statement.view);
        node->health = HS_NODE_FOLLOWING;
        event = (struct hs_event){.type = HS_EVENT_DURABLE_WRITE_FAILED};
        hs_node_feed(node, &event, &status);
    } else {
        hs_node_fail_writes(node, "signer record");
    }
    start_next(node);
}

static struct hs_sign_job *free_job(struct hs_node *node)
{
    for (uint32_t i = 0; i < HS_SIGN_JOBS; i++) {
        if (!node->signing.jobs[i].busy) {
            return &node->signing.jobs[i];
        }
    }
    return NULL;
}

static void start(struct hs_node *node, struct hs_sign_job *sign,
                  const struct hs_statement *statement)
{
    sign->job.run = run;
    sign->job.done = done;
    sign->node = node;
    sign->busy = true;
    sign->key = node->epoch->key;
    sign->statement = *statement;
    hs_node_submit_job(node, HS_LANE_DISK, &sign->job);
}

static void start_next(struct hs_node *node)
{
    for (uint32_t type = 0; type < 2; type++) {
        struct hs_sign_job *sign = free_job(node);
        if (sign != NULL && node->signing.waiting[type]) {
            node->signing.waiting[type] = false;
            start(node, sign, &node->signing.waiting_statements[type]);
        }
    }
}

void hs_signing_forget(struct hs_node *node)
{
    for (uint32_t type = 0; type < 2; type++) {
        node->signing.waiting[type] = false;
        node->signing.waiting_statements[type] = (struct hs_statement){0};
    }
}

/* A newer statement of a type replaces one that waits: the core has given that up. */
void hs_signing_ask(struct hs_node *node, const struct hs_statement *statement)
{
    if (node->signing.signer == NULL || node->health != HS_NODE_HEALTHY) {
        return;
    }
    for (uint32_t type = 0; type < 2; type++) {
        if (node->signing.waiting_statements[type].view < statement->view) {
            node->signing.waiting[type] = false;
        }
    }
    node->signing.waiting[statement->type] = true;
    node->signing.waiting_statements[statement->type] = *statement;
    start_next(node);
}
