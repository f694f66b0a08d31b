#include "cli/private_transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"

/* REVEALs that are signed anew because another transaction took the nonce. */
#define ATTEMPTS_MAX 5u

/* How far it is, for people. */
static void say(const char *what, const struct hs_outcome *outcome)
{
    char id[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    hs_hex_write(id, outcome->id.bytes, sizeof outcome->id.bytes);
    if (outcome->committed) {
        fprintf(stderr, "%s %s committed at height %" PRIu64 "\n", what, id, outcome->height);
    } else {
        fprintf(stderr, "%s %s handed in\n", what, id);
    }
}

static void say_how_to_go_on(const struct hs_private_transfer *transfer, const char *what)
{
    hs_print_error(
        "%s; go on with `hotstuff tx reveal %s --from F`, F being the sender's key file, "
        "before the window is over: then the deposit is lost",
        what, transfer->path);
}

/* Is the transaction in the block at `height`? *index is its place there. */
static int find_in_block(struct hs_client *client, uint64_t height,
                         const struct hs_transaction_id *id, bool *found, uint32_t *index)
{
    char path[64];
    uint8_t *ids = NULL;
    size_t size = 0;
    *found = false;
    snprintf(path, sizeof path, "/v1/blocks/%" PRIu64 "/transactions", height);
    int exit_code = hs_client_get_bytes(client, path, HS_CLIENT_TIMEOUT_MS, &ids, &size);
    for (size_t at = 0; exit_code == HS_EXIT_OK && !*found && at + sizeof *id <= size;
         at += sizeof *id) {
        *found = memcmp(ids + at, id, sizeof *id) == 0;
        *index = (uint32_t)(at / sizeof *id);
    }
    free(ids);
    return exit_code;
}

/* Looks for a transaction in the blocks whose window is open, the latest first: a node knows only the
 * last transactions by their ids. */
static int search(struct hs_client *client, struct hs_outcome *step, uint32_t *index)
{
    json_t *commits = NULL;
    int exit_code = hs_client_get(client, "/v1/commits", HS_CLIENT_TIMEOUT_MS, &commits);
    uint64_t height = (uint64_t)hs_client_number(commits, "height");
    uint64_t window = (uint64_t)hs_client_number(commits, "window_blocks");
    json_decref(commits);
    for (uint64_t back = 0; exit_code == HS_EXIT_OK && back <= window && back < height; back++) {
        bool found;
        exit_code = find_in_block(client, height - back, &step->id, &found, index);
        if (exit_code == HS_EXIT_OK && found) {
            step->committed = true;
            step->status = "committed";
            step->height = height - back;
            break;
        }
    }
    return exit_code;
}

/* Is this why the node refused the last transaction? */
static bool refused_for(const struct hs_client *client, const char *reason)
{
    size_t length = strlen(reason);
    return strncmp(client->error, reason, length) == 0 && client->error[length] == ':';
}

/* -- the commitment ------------------------------------------------------------------- */

/* The node refuses the COMMIT: one that is committed already is refused for its nonce. */
static int take_refusal(const struct hs_private_transfer *transfer,
                        struct hs_private_outcome *outcome, struct hs_client *client)
{
    char reason[sizeof client->error];
    snprintf(reason, sizeof reason, "%s", client->error);
    if (transfer->is_fresh) {
        hs_private_transfer_forget(transfer);
        hs_print_error("the commitment is refused: %s", reason);
        return HS_EXIT_REJECTED;
    }
    int exit_code = search(client, &outcome->commit, &outcome->commit_index);
    if (exit_code != HS_EXIT_OK) {
        say_how_to_go_on(transfer, client->error);
    } else if (!outcome->commit.committed) {
        hs_print_error("the commitment is refused, and no block whose window is open holds it: "
                       "%s. If the transfer is not to be tried again, remove %s",
                       reason, transfer->path);
        exit_code = HS_EXIT_REJECTED;
    }
    return exit_code;
}

/* Waits for the COMMIT and finds its place. */
static int wait_for_commit(const struct hs_private_transfer *transfer,
                           struct hs_private_outcome *outcome, struct hs_client *client,
                           uint64_t timeout_seconds)
{
    struct hs_outcome *step = &outcome->commit;
    bool found = false;
    say("commitment", step);
    int exit_code = hs_submission_wait(client, step, timeout_seconds);
    if (exit_code != HS_EXIT_OK) {
        say_how_to_go_on(transfer, "the commitment is not committed yet");
        return exit_code;
    }
    exit_code = find_in_block(client, step->height, &step->id, &found, &outcome->commit_index);
    if (exit_code == HS_EXIT_OK && !found) {
        snprintf(client->error, sizeof client->error,
                 "%s: block %" PRIu64 " does not hold the commitment that it was said to hold",
                 client->url, step->height);
        exit_code = HS_EXIT_INTERNAL;
    }
    if (exit_code != HS_EXIT_OK) {
        say_how_to_go_on(transfer, client->error);
    }
    return exit_code;
}

/* Has the COMMIT in the chain, handing it in where it is not. */
static int commit(const struct hs_private_transfer *transfer, struct hs_private_outcome *outcome,
                  struct hs_client *client, uint64_t timeout_seconds)
{
    int exit_code = hs_submission_hand_in(client, &outcome->commit, &transfer->commit);
    if (exit_code == HS_EXIT_REJECTED) {
        exit_code = take_refusal(transfer, outcome, client);
    } else if (exit_code == HS_EXIT_OK || exit_code == HS_EXIT_OUTCOME_UNKNOWN) {
        exit_code = wait_for_commit(transfer, outcome, client, timeout_seconds);
    } else {
        say_how_to_go_on(transfer, client->error);
    }
    if (exit_code == HS_EXIT_OK) {
        say("commitment", &outcome->commit);
    }
    return exit_code;
}

/* -- the reveal ------------------------------------------------------------------------ */

struct opening {
    const struct hs_private_transfer *transfer;
    struct hs_client *client;
    const struct hs_account_key *key;
    uint64_t tip;
};

/* The REVEAL that was kept, or a new one for the commitment at its place, which is kept then. */
static int take_reveal(const struct opening *opening, struct hs_transaction *transaction,
                       const struct hs_private_outcome *outcome)
{
    if (hs_private_reveal_load(transaction, opening->transfer)) {
        return HS_EXIT_OK;
    }
    *transaction = (struct hs_transaction){
        .type = HS_TRANSACTION_REVEAL,
        .reveal = opening->transfer->reveal,
    };
    transaction->reveal.commit_height = outcome->commit.height;
    transaction->reveal.commit_index = outcome->commit_index;
    int exit_code = hs_submission_prepare(opening->client, transaction, &opening->key->address,
                                          opening->tip, NULL);
    if (exit_code != HS_EXIT_OK) {
        say_how_to_go_on(opening->transfer, opening->client->error);
        return exit_code;
    }
    hs_transaction_sign(transaction, &opening->key->secret_key);
    return hs_private_reveal_keep(transaction, opening->transfer);
}

/* The node refuses the REVEAL. HS_EXIT_OK: it is committed, or *again: another one is to be signed. */
static int take_refused_reveal(const struct opening *opening, struct hs_outcome *step, bool *again)
{
    char reason[sizeof opening->client->error];
    uint32_t index;
    snprintf(reason, sizeof reason, "%s", opening->client->error);
    bool is_open = !refused_for(opening->client, "no_commitment");
    bool is_taken = refused_for(opening->client, "nonce_too_low") ||
                    refused_for(opening->client, "fee_too_low");
    int exit_code = search(opening->client, step, &index);
    if (exit_code != HS_EXIT_OK || step->committed) {
        return exit_code;
    }
    *again = is_open && is_taken;
    if (*again || !is_open) {
        hs_private_reveal_drop(opening->transfer); /* it is executed never */
    }
    if (*again) {
        return HS_EXIT_OK;
    }
    if (is_open) {
        say_how_to_go_on(opening->transfer, reason);
    } else {
        hs_print_error(
            "the reveal is refused: %s. It was revealed otherwise, or its window is over; "
            "%s is of no use any more then",
            reason, opening->transfer->path);
    }
    return HS_EXIT_REJECTED;
}

/* Hands in a REVEAL until the node takes one, or one is committed. */
static int hand_in_reveal(const struct opening *opening, struct hs_private_outcome *outcome)
{
    int exit_code = HS_EXIT_OK;
    bool again = true;
    for (uint32_t i = 0; again && exit_code == HS_EXIT_OK && i < ATTEMPTS_MAX; i++) {
        struct hs_transaction transaction;
        again = false;
        exit_code = take_reveal(opening, &transaction, outcome);
        if (exit_code != HS_EXIT_OK) {
            return exit_code;
        }
        exit_code = hs_submission_hand_in(opening->client, &outcome->reveal, &transaction);
        if (exit_code == HS_EXIT_REJECTED) {
            exit_code = take_refused_reveal(opening, &outcome->reveal, &again);
        } else if (exit_code != HS_EXIT_OK) {
            say_how_to_go_on(opening->transfer, opening->client->error);
        }
    }
    if (again) {
        say_how_to_go_on(opening->transfer, "other transactions of the sender take the nonces");
        return HS_EXIT_REJECTED;
    }
    return exit_code;
}

/* Opens the commitment at its place. */
static int reveal(const struct opening *opening, struct hs_private_outcome *outcome,
                  uint64_t timeout_seconds)
{
    int exit_code = hand_in_reveal(opening, outcome);
    if (exit_code != HS_EXIT_OK) {
        return exit_code;
    }
    say("reveal", &outcome->reveal);
    if (!outcome->reveal.committed) {
        exit_code = hs_submission_wait(opening->client, &outcome->reveal, timeout_seconds);
        if (exit_code != HS_EXIT_OK) {
            say_how_to_go_on(opening->transfer, "the reveal is not committed yet");
            return exit_code;
        }
        say("reveal", &outcome->reveal);
    }
    return HS_EXIT_OK;
}

/* Is the REVEAL that was kept committed? Then only the files are left. */
static bool was_done(const struct hs_private_transfer *transfer, struct hs_private_outcome *outcome,
                     struct hs_client *client)
{
    struct hs_transaction kept;
    if (!hs_private_reveal_load(&kept, transfer)) {
        return false;
    }
    hs_submission_name(&outcome->commit, &transfer->commit);
    hs_submission_name(&outcome->reveal, &kept);
    return hs_submission_wait(client, &outcome->reveal, 0) == HS_EXIT_OK &&
           hs_submission_wait(client, &outcome->commit, 0) == HS_EXIT_OK;
}

int hs_private_transfer_finish(const struct hs_private_transfer *transfer,
                               struct hs_private_outcome *outcome, struct hs_client *client,
                               const struct hs_account_key *key, uint64_t tip,
                               uint64_t timeout_seconds)
{
    const struct opening opening = {transfer, client, key, tip};
    *outcome = (struct hs_private_outcome){.commit.status = "unknown", .reveal.status = "unknown"};
    if (was_done(transfer, outcome, client)) {
        say("commitment", &outcome->commit);
        say("reveal", &outcome->reveal);
        hs_private_transfer_forget(transfer);
        return HS_EXIT_OK;
    }
    int exit_code = commit(transfer, outcome, client, timeout_seconds);
    if (exit_code == HS_EXIT_OK) {
        exit_code = reveal(&opening, outcome, timeout_seconds);
    }
    if (exit_code == HS_EXIT_OK) {
        hs_private_transfer_forget(transfer);
    }
    return exit_code;
}
