/* tx transfer, reveal, show: signs a transfer, hands it in, and waits for its commit when asked to; a
 * private one is committed to first (private_transfer.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/private_transfer.h"
#include "cli/show.h"
#include "crypto/keys.h"

#define TIMEOUT_SECONDS     30u
#define TIMEOUT_SECONDS_MAX 3600u

/* Entries of the tables of options below. */
#define OPTION_FROM(to)                                                                            \
    {                                                                                              \
        .type = HS_OPTION_TEXT, .required = true, .name = "from", .argument = "F",                 \
        .help = "key file of the sender", .text = (to)                                             \
    }
#define OPTION_TIP(to)                                                                             \
    {                                                                                              \
        .type = HS_OPTION_NUMBER, .name = "tip", .argument = "N",                                  \
        .help = "units for the proposer, beside the base fee (0)", .number = (to),                 \
        .number_max = UINT64_MAX                                                                   \
    }
#define OPTION_TIMEOUT(to)                                                                         \
    {                                                                                              \
        .type = HS_OPTION_NUMBER, .name = "timeout", .argument = "S",                              \
        .help = "seconds to wait at most (30)", .number = (to), .number_max = TIMEOUT_SECONDS_MAX  \
    }

struct transfer {
    const char *from;
    const char *to;
    uint64_t amount;
    uint64_t tip;
    uint64_t nonce;
    bool nonce_given;
    bool wait;
    bool is_private;
    uint64_t timeout_seconds;
    const char *url;
    bool json;
};

static bool load_key(struct hs_account_key *key, const char *path, int *exit_code)
{
    struct hs_key_error error;
    if (hs_account_key_load(key, path, &error) == HS_OK) {
        return true;
    }
    hs_print_error("%s", error.text);
    *exit_code = HS_EXIT_USAGE;
    return false;
}

static int print_outcome(const struct transfer *transfer, const struct hs_outcome *outcome,
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

static int hand_in(struct hs_client *client, const struct transfer *transfer,
                   const struct hs_transaction *transaction)
{
    struct hs_outcome outcome;
    int exit_code = hs_submission_hand_in(client, &outcome, transaction);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client->error);
        bool decided = exit_code == HS_EXIT_REJECTED || exit_code == HS_EXIT_OUTCOME_UNKNOWN;
        return decided ? print_outcome(transfer, &outcome, exit_code) : exit_code;
    }
    if (transfer->wait) {
        exit_code = hs_submission_wait(client, &outcome, transfer->timeout_seconds);
    }
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("not committed within %" PRIu64 " s; it may still be: ask again with "
                       "`hotstuff tx show`",
                       transfer->timeout_seconds);
    }
    return print_outcome(transfer, &outcome, exit_code);
}

static int transfer_openly(struct hs_client *client, const struct transfer *transfer,
                           const struct hs_account_key *key, const struct hs_transfer *body)
{
    struct hs_transaction transaction = {.type = HS_TRANSACTION_TRANSFER, .transfer = *body};
    int exit_code = hs_submission_prepare(client, &transaction, &key->address, transfer->tip,
                                          transfer->nonce_given ? &transfer->nonce : NULL);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client->error);
        return exit_code;
    }
    hs_transaction_sign(&transaction, &key->secret_key);
    return hand_in(client, transfer, &transaction);
}

/* -- private ones ------------------------------------------------------------------- */

static json_t *step_json(const struct hs_outcome *outcome)
{
    return outcome->committed ? json_integer((json_int_t)outcome->height) : json_null();
}

static int print_private(const struct transfer *transfer, const struct hs_private_outcome *outcome,
                         int exit_code)
{
    const struct hs_outcome *reveal = &outcome->reveal;
    if (!transfer->json) {
        return outcome->commit.committed ? print_outcome(transfer, reveal, exit_code) : exit_code;
    }
    int printed = hs_print_json(
        json_pack("{s:o, s:s, s:o, s:{s:o, s:s, s:o}}", "tx_id",
                  hs_json_hex(reveal->id.bytes, sizeof reveal->id.bytes), "status", reveal->status,
                  "height", step_json(reveal), "commit", "tx_id",
                  hs_json_hex(outcome->commit.id.bytes, sizeof outcome->commit.id.bytes), "status",
                  outcome->commit.status, "height", step_json(&outcome->commit)));
    return printed == HS_EXIT_OK ? exit_code : printed;
}

static int finish_private(struct hs_client *client, const struct transfer *transfer,
                          const struct hs_account_key *key,
                          const struct hs_private_transfer *started)
{
    struct hs_private_outcome outcome;
    int exit_code = hs_private_transfer_finish(started, &outcome, client, key, transfer->tip,
                                               transfer->timeout_seconds);
    return print_private(transfer, &outcome, exit_code);
}

static int transfer_privately(struct hs_client *client, const struct transfer *transfer,
                              const struct hs_account_key *key, const struct hs_transfer *body)
{
    struct hs_private_transfer started;
    int exit_code =
        hs_private_transfer_make(&started, client, key, transfer->from, body, transfer->tip,
                                 transfer->nonce_given ? &transfer->nonce : NULL);
    return exit_code == HS_EXIT_OK ? finish_private(client, transfer, key, &started) : exit_code;
}

/* -- tx transfer -------------------------------------------------------------------- */

static int transfer_with(const struct transfer *transfer, const struct hs_account_key *key)
{
    struct hs_transfer body = {.amount.units = transfer->amount};
    if (!hs_hex_read(body.recipient.bytes, sizeof body.recipient.bytes, transfer->to)) {
        hs_print_error("\"%s\" is no address; --to takes 0x and 64 lowercase hex digits, as "
                       "`hotstuff keys show F` prints",
                       transfer->to);
        return HS_EXIT_USAGE;
    }
    struct hs_client client;
    int exit_code = hs_client_open(&client, transfer->url);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client.error);
    } else if (transfer->is_private) {
        exit_code = transfer_privately(&client, transfer, key, &body);
    } else {
        exit_code = transfer_openly(&client, transfer, key, &body);
    }
    hs_client_close(&client);
    return exit_code;
}

static int tx_transfer(int argc, char **argv)
{
    struct transfer transfer = {.url = HS_CLIENT_URL_DEFAULT, .timeout_seconds = TIMEOUT_SECONDS};
    const struct hs_option options[] = {
        OPTION_FROM(&transfer.from),
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
        OPTION_TIP(&transfer.tip),
        {.type = HS_OPTION_NUMBER,
         .name = "nonce",
         .argument = "N",
         .help = "the sender's nonce (the next one the node knows)",
         .number = &transfer.nonce,
         .number_max = UINT64_MAX,
         .given = &transfer.nonce_given},
        {.type = HS_OPTION_FLAG,
         .name = "private",
         .help = "commit to it first, and show it when its place stands; waits for both",
         .flag = &transfer.is_private},
        {.type = HS_OPTION_FLAG,
         .name = "wait",
         .help = "until it is committed",
         .flag = &transfer.wait},
        OPTION_TIMEOUT(&transfer.timeout_seconds),
        HS_OPTION_RPC(&transfer.url),
        HS_OPTION_JSON(&transfer.json),
    };
    const struct hs_command command = {
        .name = "tx transfer",
        .purpose = "Signs a transfer and hands it to a node.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    struct hs_account_key key;
    if (!hs_options_read(&command, argc, argv, &exit_code) ||
        !load_key(&key, transfer.from, &exit_code)) {
        return exit_code;
    }
    exit_code = transfer_with(&transfer, &key);
    hs_wipe(&key, sizeof key);
    return exit_code;
}

/* -- tx reveal ---------------------------------------------------------------------- */

static int reveal_with(const struct transfer *transfer, const struct hs_account_key *key,
                       const char *file)
{
    struct hs_private_transfer started;
    int exit_code = hs_private_transfer_load(&started, key, file);
    if (exit_code != HS_EXIT_OK) {
        return exit_code;
    }
    struct hs_client client;
    exit_code = hs_client_open(&client, transfer->url);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client.error);
    } else {
        exit_code = finish_private(&client, transfer, key, &started);
    }
    hs_client_close(&client);
    return exit_code;
}

static int tx_reveal(int argc, char **argv)
{
    struct transfer transfer = {.url = HS_CLIENT_URL_DEFAULT, .timeout_seconds = TIMEOUT_SECONDS};
    const char *file = NULL;
    const struct hs_option options[] = {
        OPTION_FROM(&transfer.from),
        OPTION_TIP(&transfer.tip),
        OPTION_TIMEOUT(&transfer.timeout_seconds),
        HS_OPTION_RPC(&transfer.url),
        HS_OPTION_JSON(&transfer.json),
    };
    const struct hs_operand operands[] = {{"FILE", &file, true}};
    const struct hs_command command = {
        .name = "tx reveal",
        .purpose = "Finishes a private transfer that was interrupted, from its file.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    int exit_code;
    struct hs_account_key key;
    if (!hs_options_read(&command, argc, argv, &exit_code) ||
        !load_key(&key, transfer.from, &exit_code)) {
        return exit_code;
    }
    exit_code = reveal_with(&transfer, &key, file);
    hs_wipe(&key, sizeof key);
    return exit_code;
}

/* -- tx show ------------------------------------------------------------------------ */

static void print_transaction(const json_t *transaction)
{
    printf("transaction  %s\n", hs_client_text(transaction, "tx_id"));
    printf("status       %s\n", hs_client_text(transaction, "status"));
    if (json_is_integer(json_object_get(transaction, "height"))) {
        printf("height       %" PRId64 "\n", hs_client_number(transaction, "height"));
    }
}

static bool transaction_path(char path[HS_SHOW_PATH_CHARACTERS], const char *id)
{
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/transactions/%.80s", id);
    return hs_show_check_hash("transaction id", id);
}

static int tx_show(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "tx show",
        .purpose = "Shows what became of a transaction.",
        .operand = "TX_ID",
        .operand_required = true,
        .path = transaction_path,
        .print = print_transaction,
    };
    return hs_show(&show, argc, argv);
}

int hs_cmd_tx(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "transfer") == 0) {
        return tx_transfer(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "reveal") == 0) {
        return tx_reveal(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "show") == 0) {
        return tx_show(argc - 1, argv + 1);
    }
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    fprintf(help ? stdout : stderr,
            "usage: hotstuff tx transfer --from F --to A --amount N [--private] [--wait] [--json]\n"
            "       hotstuff tx reveal FILE --from F [--json]\n"
            "       hotstuff tx show TX_ID [--json]\n");
    return help ? HS_EXIT_OK : HS_EXIT_USAGE;
}
