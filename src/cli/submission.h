/* Handing in transactions: what a node is asked before, and what becomes of them.
 *
 * A transaction is filled in with the chain's id, the sender's next nonce and a fee that leaves room
 * for a rising base fee; it is handed in once, and waited for. An outcome is told from one that is not
 * known: an answer that was lost says nothing about the transaction.
 */
#ifndef HS_CLI_SUBMISSION_H
#define HS_CLI_SUBMISSION_H

#include "cli/client.h"
#include "wire/transaction.h"

struct hs_outcome {
    struct hs_transaction_id id;
    const char *status; /* "pending", "committed", "rejected", "unknown" */
    bool committed;
    uint64_t height; /* when committed */
};

/* Fills in chain, nonce and fee of a transaction whose type and body stand. `nonce` NULL: the next
 * one that the node knows. HS_EXIT_OK, or the exit code, and what happened in client->error. */
int hs_submission_prepare(struct hs_client *client, struct hs_transaction *transaction,
                          const struct hs_address *sender, uint64_t tip, const uint64_t *nonce);

/* The id of a signed one, of which nothing else is known yet. */
void hs_submission_name(struct hs_outcome *outcome, const struct hs_transaction *transaction);

/* Hands in a signed one. HS_EXIT_OK: it is pending; HS_EXIT_REJECTED or HS_EXIT_OUTCOME_UNKNOWN, as
 * the outcome says too; or another exit code. All but the first with client->error. */
int hs_submission_hand_in(struct hs_client *client, struct hs_outcome *outcome,
                          const struct hs_transaction *transaction);

/* Asks what became of outcome->id until it is committed or time is up; at least once. An unanswered
 * question is asked again: the node may be restarting. HS_EXIT_OK when it is committed, else
 * HS_EXIT_OUTCOME_UNKNOWN. */
int hs_submission_wait(struct hs_client *client, struct hs_outcome *outcome,
                       uint64_t timeout_seconds);

#endif
