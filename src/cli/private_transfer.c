#include "cli/private_transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"

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

/* Looks for the COMMIT in the blocks whose window is open, the latest first: a node knows only the
 * last transactions by their ids. */
static int search(struct hs_client *client, struct hs_private_outcome *outcome)
{
    json_t *commits = NULL;
    int exit_code = hs_client_get(client, "/v1/commits", HS_CLIENT_TIMEOUT_MS, &commits);
    uint64_t height = (uint64_t)hs_client_number(commits, "height");
    uint64_t window = (uint64_t)hs_client_number(commits, "window_blocks");
    json_decref(commits);
    for (uint64_t back = 0; exit_code == HS_EXIT_OK && back <= window && back < height; back++) {
        bool found;
        exit_code = find_in_block(client, height - back, &outcome->commit.id, &found,
                                  &outcome->commit_index);
        if (exit_code == HS_EXIT_OK && found) {
            outcome->commit.committed = true;
            outcome->commit.status = "committed";
            outcome->commit.height = height - back;
            break;
        }
    }
    return exit_code;
}

/* Has the COMMIT in the chain, handing it in where it is not. */
static int commit(const struct hs_private_transfer *transfer, struct hs_private_outcome *outcome,
                  struct hs_client *client, uint64_t timeout_seconds)
{
    struct hs_outcome *step = &outcome->commit;
    int exit_code = hs_submission_hand_in(client, step, &transfer->commit);
    if (exit_code == HS_EXIT_REJECTED) {
        /* One that is committed already is refused for its nonce. */
        char reason[sizeof client->error];
        snprintf(reason, sizeof reason, "%s", client->error);
        exit_code = search(client, outcome);
        if (exit_code == HS_EXIT_OK && !step->committed) {
            hs_print_error("the commitment is refused, and no block whose window is open holds it: "
                           "%s. If the transfer is not to be tried again, remove %s",
                           reason, transfer->path);
            return HS_EXIT_REJECTED;
        }
    } else if (exit_code == HS_EXIT_OK || exit_code == HS_EXIT_OUTCOME_UNKNOWN) {
        say("commitment", step);
        exit_code = hs_submission_wait(client, step, timeout_seconds);
        if (exit_code == HS_EXIT_OUTCOME_UNKNOWN) {
            say_how_to_go_on(transfer, "the commitment is not committed yet");
            return exit_code;
        }
        bool found = false;
        if (exit_code == HS_EXIT_OK) {
            exit_code =
                find_in_block(client, step->height, &step->id, &found, &outcome->commit_index);
        }
        if (exit_code == HS_EXIT_OK && !found) {
            snprintf(client->error, sizeof client->error,
                     "%s: block %" PRIu64 " does not hold the commitment that it was said to hold",
                     client->url, step->height);
            exit_code = HS_EXIT_INTERNAL;
        }
    }
    if (exit_code != HS_EXIT_OK) {
        say_how_to_go_on(transfer, client->error);
        return exit_code;
    }
    say("commitment", step);
    return HS_EXIT_OK;
}

/* Opens the commitment at its place. */
static int reveal(const struct hs_private_transfer *transfer, struct hs_private_outcome *outcome,
                  struct hs_client *client, const struct hs_account_key *key, uint64_t tip,
                  uint64_t timeout_seconds)
{
    struct hs_transaction transaction = {.type = HS_TRANSACTION_REVEAL, .reveal = transfer->reveal};
    transaction.reveal.commit_height = outcome->commit.height;
    transaction.reveal.commit_index = outcome->commit_index;
    int exit_code = hs_submission_prepare(client, &transaction, &key->address, tip, NULL);
    if (exit_code == HS_EXIT_OK) {
        hs_transaction_sign(&transaction, &key->secret_key);
        exit_code = hs_submission_hand_in(client, &outcome->reveal, &transaction);
    }
    if (exit_code == HS_EXIT_REJECTED) {
        hs_print_error("the reveal is refused: %s. Where no commitment waits, it was revealed "
                       "already or its window is over; %s is of no use any more then",
                       client->error, transfer->path);
        return exit_code;
    }
    if (exit_code != HS_EXIT_OK) {
        say_how_to_go_on(transfer, client->error);
        return exit_code;
    }
    say("reveal", &outcome->reveal);
    exit_code = hs_submission_wait(client, &outcome->reveal, timeout_seconds);
    if (exit_code != HS_EXIT_OK) {
        say_how_to_go_on(transfer, "the reveal is not committed yet");
        return exit_code;
    }
    say("reveal", &outcome->reveal);
    return HS_EXIT_OK;
}

int hs_private_transfer_finish(const struct hs_private_transfer *transfer,
                               struct hs_private_outcome *outcome, struct hs_client *client,
                               const struct hs_account_key *key, uint64_t tip,
                               uint64_t timeout_seconds)
{
    *outcome = (struct hs_private_outcome){.commit.status = "unknown", .reveal.status = "unknown"};
    int exit_code = commit(transfer, outcome, client, timeout_seconds);
    if (exit_code == HS_EXIT_OK) {
        exit_code = reveal(transfer, outcome, client, key, tip, timeout_seconds);
    }
    if (exit_code == HS_EXIT_OK && unlink(transfer->path) != 0) {
        hs_print_error("%s is of no use any more, but can't be removed", transfer->path);
    }
    return exit_code;
}
