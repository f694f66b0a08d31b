/* tx transfer: signs a transfer, hands it in, and waits for its commit when asked to. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "crypto/keys.h"
#include "wire/transaction.h"

#define WAIT_STEP_MS        5000u
#define RETRY_MS            200u
#define TIMEOUT_SECONDS     30u
#define TIMEOUT_SECONDS_MAX 3600u
/* What a transfer pays at most, as a multiple of the base fee now: it may rise by an eighth a block
 * until the transfer is in one. What is not needed is not paid. */
#define FEE_HEADROOM 2u

struct transfer {
    const char *from;
    const char *to;
    uint64_t amount;
    uint64_t tip;
    uint64_t nonce;
    bool nonce_given;
    bool wait;
    uint64_t timeout_seconds;
    const char *url;
    bool json;
};

/* What came of it. */
struct outcome {
    struct hs_transaction_id id;
    const char *status;
    bool committed;
    uint64_t height;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static int print_outcome(const struct transfer *transfer, const struct outcome *outcome,
                         int exit_code)
{
    char id[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    hs_hex_write(id, outcome->id.bytes, sizeof outcome->id.bytes);
    if (transfer->json) {
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

/* The chain and the fee, and the nonce when none was given. */
static int ask_node(struct hs_client *client, const struct transfer *transfer,
                    const struct hs_address *sender, struct hs_transaction *transaction)
{
    json_t *status = NULL;
    int exit_code = hs_client_get(client, "/v1/status", HS_CLIENT_TIMEOUT_MS, &status);
    if (exit_code != HS_EXIT_OK) {
        return exit_code;
    }
    uint64_t base_fee;
    bool read = hs_hex_read(transaction->chain_id.bytes, sizeof transaction->chain_id.bytes,
                            hs_client_text(status, "chain_id")) &&
                hs_decimal_read(&base_fee, hs_client_text(status, "base_fee"));
    json_decref(status);
    if (!read || base_fee > (UINT64_MAX - transfer->tip) / FEE_HEADROOM) {
        snprintf(client->error, sizeof client->error, "%s: not the status of a hotstuff node",
                 client->url);
        return HS_EXIT_INTERNAL;
    }
    transaction->max_tip.units = transfer->tip;
    transaction->max_fee.units = FEE_HEADROOM * base_fee + transfer->tip;
    transaction->nonce = transfer->nonce;
    if (transfer->nonce_given) {
        return HS_EXIT_OK;
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

/* Asks until it is committed or time is up. An unanswered question is asked again: the node
 * may be restarting. */
static int wait_for_commit(struct hs_client *client, const struct transfer *transfer,
                           struct outcome *outcome)
{
    uint64_t deadline_ms = now_ms() + transfer->timeout_seconds * 1000u;
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
            hs_print_error("not committed within %" PRIu64 " s; it may still be: ask again with "
                           "`hotstuff tx show`",
                           transfer->timeout_seconds);
            return HS_EXIT_OUTCOME_UNKNOWN;
        }
        if (exit_code != HS_EXIT_OK) {
            const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
            nanosleep(&pause, NULL);
        }
    }
}

static int hand_in(struct hs_client *client, const struct transfer *transfer,
                   const struct hs_transaction *transaction)
{
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
    const struct hs_bytes encoded = {.data = bytes, .size = sizeof bytes};
    struct outcome outcome = {.status = "pending"};
    hs_transaction_encode(bytes, sizeof bytes, transaction);
    hs_transaction_id_of(&outcome.id, encoded);
    int exit_code = hs_client_submit(client, encoded);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client->error);
        if (exit_code == HS_EXIT_REJECTED || exit_code == HS_EXIT_OUTCOME_UNKNOWN) {
            outcome.status = exit_code == HS_EXIT_REJECTED ? "rejected" : "unknown";
            return print_outcome(transfer, &outcome, exit_code);
        }
        return exit_code;
    }
    if (transfer->wait) {
        exit_code = wait_for_commit(client, transfer, &outcome);
    }
    return print_outcome(transfer, &outcome, exit_code);
}

static int transfer_with(const struct transfer *transfer, const struct hs_account_key *key)
{
    struct hs_transaction transaction = {.type = HS_TRANSACTION_TRANSFER,
                                         .transfer.amount.units = transfer->amount};
    if (!hs_hex_read(transaction.transfer.recipient.bytes,
                     sizeof transaction.transfer.recipient.bytes, transfer->to)) {
        hs_print_error("\"%s\" is no address; --to takes 0x and 64 lowercase hex digits, as "
                       "`hotstuff keys show F` prints",
                       transfer->to);
        return HS_EXIT_USAGE;
    }
    struct hs_client client;
    int exit_code = hs_client_open(&client, transfer->url);
    if (exit_code == HS_EXIT_OK) {
        exit_code = ask_node(&client, transfer, &key->address, &transaction);
    }
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client.error);
    } else {
        hs_transaction_sign(&transaction, &key->secret_key);
        exit_code = hand_in(&client, transfer, &transaction);
    }
    hs_client_close(&client);
    return exit_code;
}

static int tx_transfer(int argc, char **argv)
{
    struct transfer transfer = {.url = HS_CLIENT_URL_DEFAULT, .timeout_seconds = TIMEOUT_SECONDS};
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "from",
         .argument = "F",
         .help = "key file of the sender",
         .text = &transfer.from},
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "to",
         .argument = "A",
         .help = "address of the recipient",
         .text = &transfer.to},
        {.type = HS_OPTION_NUMBER,
         .required = true,
         .name = "amount",
         .argument = "N",
         .help = "units to move",
         .number = &transfer.amount,
         .number_max = UINT64_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "tip",
         .argument = "N",
         .help = "units for the proposer, beside the base fee (0)",
         .number = &transfer.tip,
         .number_max = UINT64_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "nonce",
         .argument = "N",
         .help = "the sender's nonce (the next one the node knows)",
         .number = &transfer.nonce,
         .number_max = UINT64_MAX,
         .given = &transfer.nonce_given},
        {.type = HS_OPTION_FLAG,
         .name = "wait",
         .help = "until it is committed",
         .flag = &transfer.wait},
        {.type = HS_OPTION_NUMBER,
         .name = "timeout",
         .argument = "S",
         .help = "seconds to wait at most (30)",
         .number = &transfer.timeout_seconds,
         .number_max = TIMEOUT_SECONDS_MAX},
        {.type = HS_OPTION_TEXT,
         .name = "rpc",
         .argument = "URL",
         .help = "the node to ask (" HS_CLIENT_URL_DEFAULT ")",
         .text = &transfer.url},
        {.type = HS_OPTION_FLAG, .name = "json", .help = "print JSON", .flag = &transfer.json},
    };
    const struct hs_command command = {
        .name = "tx transfer",
        .purpose = "Signs a transfer and hands it to a node.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    struct hs_account_key key;
    struct hs_key_error error;
    if (hs_account_key_load(&key, transfer.from, &error) != HS_OK) {
        hs_print_error("%s", error.text);
        return HS_EXIT_USAGE;
    }
    exit_code = transfer_with(&transfer, &key);
    hs_wipe(&key, sizeof key);
    return exit_code;
}

static void print_transaction(const json_t *transaction)
{
    printf("transaction  %s\n", hs_client_text(transaction, "tx_id"));
    printf("status       %s\n", hs_client_text(transaction, "status"));
    if (json_is_integer(json_object_get(transaction, "height"))) {
        printf("height       %" PRId64 "\n", hs_client_number(transaction, "height"));
    }
}

static int tx_show(int argc, char **argv)
{
    const char *url = HS_CLIENT_URL_DEFAULT;
    const char *id = NULL;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .name = "rpc",
         .argument = "URL",
         .help = "the node to ask (" HS_CLIENT_URL_DEFAULT ")",
         .text = &url},
        {.type = HS_OPTION_FLAG, .name = "json", .help = "print JSON", .flag = &json},
    };
    const struct hs_operand operands[] = {{"TX_ID", &id, true}};
    const struct hs_command command = {
        .name = "tx show",
        .purpose = "Shows what became of a transaction.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    struct hs_transaction_id checked;
    if (!hs_hex_read(checked.bytes, sizeof checked.bytes, id)) {
        hs_print_error("\"%s\" is no transaction id; it is 0x and 64 lowercase hex digits", id);
        return HS_EXIT_USAGE;
    }
    char path[128];
    snprintf(path, sizeof path, "/v1/transactions/%s", id);
    return hs_client_show(url, path, json, print_transaction);
}

int hs_cmd_tx(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "transfer") == 0) {
        return tx_transfer(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "show") == 0) {
        return tx_show(argc - 1, argv + 1);
    }
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    fprintf(help ? stdout : stderr,
            "usage: hotstuff tx transfer --from F --to A --amount N [--wait] [--json]\n"
            "       hotstuff tx show TX_ID [--json]\n");
    return help ? HS_EXIT_OK : HS_EXIT_USAGE;
}
