#include "cli/tx.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"

bool hs_tx_load_key(struct hs_account_key *key, const char *path, int *exit_code)
{
    struct hs_key_error error;
    if (hs_account_key_load(key, path, &error) == HS_OK) {
        return true;
    }
    hs_print_error("%s", error.text);
    *exit_code = HS_EXIT_USAGE;
    return false;
}

int hs_tx_print(const struct hs_tx *tx, const struct hs_outcome *outcome, int exit_code)
{
    char id[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    hs_hex_write(id, outcome->id.bytes, sizeof outcome->id.bytes);
    if (tx->json) {
        int printed = hs_print_json(json_pack(
            "{s:s, s:s, s:o}", "tx_id", id, "status", outcome->status, "height",
            outcome->committed ? json_integer((json_int_t)outcome->height) : json_null()));
        return printed == HS_EXIT_OK ? exit_code : printed;
    }
    printf("transaction  %s\nstatus       %s\n", id, outcome->status);
    if (outcome->committed) {
        printf("height       %" PRIu64 "\n", outcome->height);
    }
    fflush(stdout);
    return exit_code;
}

static int hand_in(struct hs_client *client, const struct hs_tx *tx,
                   const struct hs_transaction *transaction)
{
    struct hs_outcome outcome;
    int exit_code = hs_submission_hand_in(client, &outcome, transaction);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client->error);
        bool decided = exit_code == HS_EXIT_REJECTED || exit_code == HS_EXIT_OUTCOME_UNKNOWN;
        return decided ? hs_tx_print(tx, &outcome, exit_code) : exit_code;
    }
    if (tx->wait) {
        exit_code = hs_submission_wait(client, &outcome, tx->timeout_seconds);
    }
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("not committed within %" PRIu64 " s; it may still be: ask again with "
                       "`hotstuff tx show`",
                       tx->timeout_seconds);
    }
    return hs_tx_print(tx, &outcome, exit_code);
}

int hs_tx_submit(const struct hs_tx *tx, const struct hs_account_key *key,
                 struct hs_transaction *transaction)
{
    struct hs_client client;
    int exit_code = hs_client_open(&client, tx->url);
    if (exit_code == HS_EXIT_OK) {
        exit_code = hs_submission_prepare(&client, transaction, &key->address, tx->tip,
                                          tx->nonce_given ? &tx->nonce : NULL);
    }
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client.error);
    } else {
        hs_transaction_sign(transaction, &key->secret_key);
        exit_code = hand_in(&client, tx, transaction);
    }
    hs_client_close(&client);
    return exit_code;
}
