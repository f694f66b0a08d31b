#include "cli/submission.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "ledger/fees.h"

#define WAIT_STEP_MS 5000u
#define RETRY_MS     200u
/* What a transaction pays at most, as a multiple of what the base fee comes to now: it may rise by an
 * eighth a block until the transaction is in one. What is not needed is not paid. */
#define FEE_HEADROOM 2u
/* Of what opens a commitment: when that comes too late, the deposit is lost (M4). */
#define FEE_HEADROOM_OF_REVEAL 8u

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* The chain and the fee. */
static int ask_chain(struct hs_client *client, struct hs_transaction *transaction, uint64_t tip)
{
    json_t *status = NULL;
    int exit_code = hs_client_get(client, "/v1/status", HS_CLIENT_TIMEOUT_MS, &status);
    if (exit_code != HS_EXIT_OK) {
        return exit_code;
    }
    const uint64_t gas = hs_fees_gas(transaction->type, hs_transaction_size(transaction));
    const uint64_t headroom =
        transaction->type == HS_TRANSACTION_REVEAL ? FEE_HEADROOM_OF_REVEAL : FEE_HEADROOM;
    uint64_t base_fee;
    bool read = hs_hex_read(transaction->chain_id.bytes, sizeof transaction->chain_id.bytes,
                            hs_client_text(status, "chain_id")) &&
                hs_decimal_read(&base_fee, hs_client_text(status, "base_fee"));
    json_decref(status);
    if (!read || base_fee > (UINT64_MAX - tip) / (headroom * gas)) {
        snprintf(client->error, sizeof client->error, "%s: not the status of a hotstuff node",
                 client->url);
        return HS_EXIT_INTERNAL;
    }
    transaction->max_tip.units = tip;
    transaction->max_fee.units = headroom * gas * base_fee + tip;
    return HS_EXIT_OK;
}

int hs_submission_prepare(struct hs_client *client, struct hs_transaction *transaction,
                          const struct hs_address *sender, uint64_t tip, const uint64_t *nonce)
{
    int exit_code = ask_chain(client, transaction, tip);
    if (exit_code != HS_EXIT_OK || nonce != NULL) {
        transaction->nonce = nonce != NULL ? *nonce : 0;
        return exit_code;
    }
    char path[128] = "/v1/accounts/";
    hs_hex_write(path + strlen(path), sender->bytes, sizeof sender->bytes);
    json_t *account = NULL;
    exit_code = hs_client_get(client, path, HS_CLIENT_TIMEOUT_MS, &account);
    if (exit_code == HS_EXIT_OK) {
        transaction->nonce = (uint64_t)hs_client_number(account, "next_nonce");
    }
    json_decref(account);
    return exit_code;
}

void hs_submission_name(struct hs_outcome *outcome, const struct hs_transaction *transaction)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    const struct hs_bytes encoded = {
        .data = bytes, .size = hs_transaction_encode(bytes, sizeof bytes, transaction)};
    *outcome = (struct hs_outcome){.status = "unknown"};
    hs_transaction_id_of(&outcome->id, encoded);
}

int hs_submission_hand_in(struct hs_client *client, struct hs_outcome *outcome,
                          const struct hs_transaction *transaction)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    const struct hs_bytes encoded = {
        .data = bytes, .size = hs_transaction_encode(bytes, sizeof bytes, transaction)};
    *outcome = (struct hs_outcome){.status = "pending"};
    hs_transaction_id_of(&outcome->id, encoded);
    int exit_code = hs_client_submit(client, encoded);
    if (exit_code == HS_EXIT_REJECTED) {
        outcome->status = "rejected";
    } else if (exit_code != HS_EXIT_OK) {
        outcome->status = "unknown";
    }
    return exit_code;
}

int hs_submission_wait(struct hs_client *client, struct hs_outcome *outcome,
                       uint64_t timeout_seconds)
{
    uint64_t deadline_ms = now_ms() + timeout_seconds * 1000u;
    for (;;) {
        uint64_t now = now_ms();
        uint64_t left_ms = deadline_ms > now ? deadline_ms - now : 0;
        uint64_t step_ms = left_ms < WAIT_STEP_MS ? left_ms : WAIT_STEP_MS;
        char path[160] = "/v1/transactions/";
        hs_hex_write(path + strlen(path), outcome->id.bytes, sizeof outcome->id.bytes);
        size_t length = strlen(path);
        snprintf(path + length, sizeof path - length, "?wait=%" PRIu64, step_ms);
        json_t *answer = NULL;
        int exit_code = hs_client_get(client, path, step_ms + HS_CLIENT_TIMEOUT_MS, &answer);
        const char *status = hs_client_text(answer, "status");
        outcome->committed = strcmp(status, "committed") == 0;
        outcome->height = (uint64_t)hs_client_number(answer, "height");
        outcome->status = outcome->committed               ? "committed"
                          : strcmp(status, "pending") == 0 ? "pending"
                                                           : "unknown";
        json_decref(answer);
        if (outcome->committed) {
            return HS_EXIT_OK;
        }
        if (now_ms() >= deadline_ms) {
            return HS_EXIT_OUTCOME_UNKNOWN;
        }
        if (exit_code != HS_EXIT_OK) {
            const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
            nanosleep(&pause, NULL);
        }
    }
}
