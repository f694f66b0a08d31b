/* tx transfer, reveal, show: signs a transfer, hands it in, and waits for its commit when asked to; a
 * private one is committed to first (private_transfer.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/private_transfer.h"
#include "cli/show.h"
#include "cli/tx.h"

struct transfer {
    struct hs_tx tx;
    const char *to;
    uint64_t amount;
    bool is_private;
};

/* -- private ones ------------------------------------------------------------------- */

static json_t *step_json(const struct hs_outcome *outcome)
{
    return outcome->committed ? json_integer((json_int_t)outcome->height) : json_null();
}

static int print_private(const struct transfer *transfer, const struct hs_private_outcome *outcome,
                         int exit_code)
{
    const struct hs_outcome *reveal = &outcome->reveal;
    if (!transfer->tx.json) {
        return outcome->commit.committed ? hs_tx_print(&transfer->tx, reveal, exit_code)
                                         : exit_code;
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
    int exit_code = hs_private_transfer_finish(started, &outcome, client, key, transfer->tx.tip,
                                               transfer->tx.timeout_seconds);
    return print_private(transfer, &outcome, exit_code);
}

static int transfer_privately(struct hs_client *client, const struct transfer *transfer,
                              const struct hs_account_key *key, const struct hs_transfer *body)
{
    struct hs_private_transfer started;
    int exit_code =
        hs_private_transfer_make(&started, client, key, transfer->tx.from, body, transfer->tx.tip,
                                 transfer->tx.nonce_given ? &transfer->tx.nonce : NULL);
    if (exit_code == HS_EXIT_OK) {
        exit_code = finish_private(client, transfer, key, &started);
    }
    hs_wipe(&started, sizeof started);
    return exit_code;
}

/* -- tx transfer -------------------------------------------------------------------- */

static int transfer_with(const struct transfer *transfer, const struct hs_account_key *key)
{
    struct hs_transaction transaction = {.type = HS_TRANSACTION_TRANSFER,
                                         .transfer.amount.units = transfer->amount};
    if (!hs_hex_read(transaction.transfer.recipient.bytes, HS_ADDRESS_BYTES, transfer->to)) {
        hs_print_error("\"%s\" is no address; --to takes 0x and 64 lowercase hex digits, as "
                       "`hotstuff keys show F` prints",
                       transfer->to);
        return HS_EXIT_USAGE;
    }
    if (!transfer->is_private) {
        return hs_tx_submit(&transfer->tx, key, &transaction);
    }
    struct hs_client client;
    int exit_code = hs_client_open(&client, transfer->tx.url);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client.error);
    } else {
        exit_code = transfer_privately(&client, transfer, key, &transaction.transfer);
    }
    hs_client_close(&client);
    return exit_code;
}

static int tx_transfer(int argc, char **argv)
{
    struct transfer transfer = {.tx = HS_TX_DEFAULT};
    const struct hs_option options[] = {
        HS_TX_OPTION_FROM(&transfer.tx.from),
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
        HS_TX_OPTION_TIP(&transfer.tx.tip),
        HS_TX_OPTION_NONCE(&transfer.tx.nonce, &transfer.tx.nonce_given),
        {.type = HS_OPTION_FLAG,
         .name = "private",
         .help = "commit to it first, and show it when its place stands; waits for both",
         .flag = &transfer.is_private},
        HS_TX_OPTION_WAIT(&transfer.tx.wait),
        HS_TX_OPTION_TIMEOUT(&transfer.tx.timeout_seconds),
        HS_OPTION_RPC(&transfer.tx.url),
        HS_OPTION_JSON(&transfer.tx.json),
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
        !hs_tx_load_key(&key, transfer.tx.from, &exit_code)) {
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
    struct hs_client client;
    int exit_code = hs_private_transfer_load(&started, key, file);
    if (exit_code == HS_EXIT_OK) {
        exit_code = hs_client_open(&client, transfer->tx.url);
        if (exit_code == HS_EXIT_OK) {
            exit_code = finish_private(&client, transfer, key, &started);
        } else {
            hs_print_error("%s", client.error);
        }
        hs_client_close(&client);
    }
    hs_wipe(&started, sizeof started);
    return exit_code;
}

static int tx_reveal(int argc, char **argv)
{
    struct transfer transfer = {.tx = HS_TX_DEFAULT};
    const char *file = NULL;
    const struct hs_option options[] = {
        HS_TX_OPTION_FROM(&transfer.tx.from),
        HS_TX_OPTION_TIP(&transfer.tx.tip),
        HS_TX_OPTION_TIMEOUT(&transfer.tx.timeout_seconds),
        HS_OPTION_RPC(&transfer.tx.url),
        HS_OPTION_JSON(&transfer.tx.json),
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
        !hs_tx_load_key(&key, transfer.tx.from, &exit_code)) {
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

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *takes;
} COMMANDS[] = {
    {"transfer", tx_transfer, "--from F --to A --amount N [--private] [--wait]"},
    {"reveal", tx_reveal, "FILE --from F"},
    {"show", tx_show, "TX_ID"},
    {"register", hs_tx_register, "--from F --validator-key F --address IP:PORT --stake N"},
    {"stake", hs_tx_stake, "--from F --amount N"},
    {"unstake", hs_tx_unstake, "--from F --amount N"},
    {"rotate", hs_tx_rotate, "--from F --validator-key F --address IP:PORT"},
    {"leave", hs_tx_leave, "--from F"},
    {"unjail", hs_tx_unjail, "--from F"},
    {"evidence", hs_tx_evidence, "FILE --from F"},
};
#define COMMAND_COUNT (sizeof COMMANDS / sizeof COMMANDS[0])

int hs_cmd_tx(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], COMMANDS[i].name) == 0) {
            return COMMANDS[i].run(argc - 1, argv + 1);
        }
    }
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(help ? stdout : stderr, "%s hotstuff tx %s %s\n", i == 0 ? "usage:" : "      ",
                COMMANDS[i].name, COMMANDS[i].takes);
    }
    return help ? HS_EXIT_OK : HS_EXIT_USAGE;
}
