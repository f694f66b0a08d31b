/* tx register, stake, unstake, rotate, leave, unjail: what the operator of a validator does (P7, P8).
 *
 * The operator is an account; the validator's keys are a file of their own, of which the transaction
 * holds what is public and the proof that the secret is there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/show.h"
#include "cli/tx.h"
#include "network/tcp_address.h"

struct request {
    struct hs_tx tx;
    uint64_t amount;
    const char *validator_key;
    const char *dial;
    const char *fee_recipient; /* NULL: the operator */
};

/* What others pass over: it is registered all the same, for whoever names the validator to its node. */
static void warn_of_place(const char *dial)
{
    struct hs_tcp_address address;
    if (hs_tcp_address_parse(&address, dial) != HS_OK ||
        !hs_tcp_address_may_be_claimed(&address, true)) {
        hs_print_error("--address %s: others dial only an IP address of another machine, and a "
                       "port; without that each needs a `known` line for this validator",
                       dial);
    }
}

/* What is public of the validator's key file, and where it is dialed. */
static bool take_keys(struct hs_validator_keys *keys, const struct request *request,
                      const struct hs_account_key *operator_key)
{
    struct hs_validator_key key;
    struct hs_key_error error;
    if (!hs_dial_address_read(&keys->address, request->dial)) {
        hs_print_error(
            "--address %s: give host:port, as in 203.0.113.7:27000, of printable ASCII and at "
            "most %u characters",
            request->dial, HS_DIAL_ADDRESS_BYTES_MAX);
        return false;
    }
    warn_of_place(request->dial);
    keys->fee_recipient = operator_key->address;
    if (request->fee_recipient != NULL &&
        !hs_hex_read(keys->fee_recipient.bytes, HS_ADDRESS_BYTES, request->fee_recipient)) {
        return hs_show_check_hash("address", request->fee_recipient);
    }
    if (hs_validator_key_load(&key, request->validator_key, &error) != HS_OK) {
        hs_print_error("%s", error.text);
        return false;
    }
    keys->bls_public_key = key.bls_public_key;
    keys->possession = key.possession;
    keys->network_key = key.network_public_key;
    hs_wipe(&key, sizeof key);
    return true;
}

static bool fill_in(struct hs_transaction *transaction, const struct request *request,
                    const struct hs_account_key *key)
{
    switch (transaction->type) {
    case HS_TRANSACTION_REGISTER:
        transaction->registration.stake.units = request->amount;
        return take_keys(&transaction->registration.keys, request, key);
    case HS_TRANSACTION_ROTATE:
        return take_keys(&transaction->rotation, request, key);
    case HS_TRANSACTION_STAKE:
    case HS_TRANSACTION_UNSTAKE:
        transaction->stake.units = request->amount;
        return true;
    case HS_TRANSACTION_LEAVE:
    case HS_TRANSACTION_UNJAIL:
    case HS_TRANSACTION_TRANSFER:
    case HS_TRANSACTION_COMMIT:
    case HS_TRANSACTION_REVEAL:
    case HS_TRANSACTION_EVIDENCE:
        return true;
    }
    return false;
}

static int run(struct request *request, const struct hs_command *command, int argc, char **argv,
               enum hs_transaction_type type)
{
    struct hs_transaction transaction = {.type = type};
    struct hs_account_key key;
    int exit_code;
    if (!hs_options_read(command, argc, argv, &exit_code) ||
        !hs_tx_load_key(&key, request->tx.from, &exit_code)) {
        return exit_code;
    }
    exit_code = fill_in(&transaction, request, &key)
                    ? hs_tx_submit(&request->tx, &key, &transaction)
                    : HS_EXIT_USAGE;
    hs_wipe(&key, sizeof key);
    return exit_code;
}

/* What each of these takes. */
#define COMMON_OPTIONS(request)                                                                    \
    HS_TX_OPTION_FROM(&(request).tx.from), HS_TX_OPTION_TIP(&(request).tx.tip),                    \
        HS_TX_OPTION_NONCE(&(request).tx.nonce, &(request).tx.nonce_given),                        \
        HS_TX_OPTION_WAIT(&(request).tx.wait),                                                     \
        HS_TX_OPTION_TIMEOUT(&(request).tx.timeout_seconds), HS_OPTION_RPC(&(request).tx.url),     \
        HS_OPTION_JSON(&(request).tx.json)

/* Without anything, or with an amount. */
static int plain(int argc, char **argv, enum hs_transaction_type type, const char *name,
                 const char *purpose, bool has_amount)
{
    struct request request = {.tx = HS_TX_DEFAULT};
    const struct hs_option options[] = {
        COMMON_OPTIONS(request),
        {.type = HS_OPTION_NUMBER,
         .required = true,
         .name = "amount",
         .argument = "N",
         .help = "units of stake",
         .number = &request.amount,
         .number_min = 1,
         .number_max = UINT64_MAX},
    };
    const size_t count = sizeof options / sizeof options[0];
    const struct hs_command command = {
        .name = name,
        .purpose = purpose,
        .options = options,
        .option_count = has_amount ? count : count - 1,
    };
    return run(&request, &command, argc, argv, type);
}

/* With the validator's keys, and maybe a stake. */
static int keyed(int argc, char **argv, enum hs_transaction_type type, const char *name,
                 const char *purpose, bool has_stake)
{
    struct request request = {.tx = HS_TX_DEFAULT};
    const struct hs_option options[] = {
        COMMON_OPTIONS(request),
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "validator-key",
         .argument = "F",
         .help = "key file of the validator; its secrets stay here",
         .text = &request.validator_key},
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "address",
         .argument = "IP:PORT",
         .help = "where other validators dial it",
         .text = &request.dial},
        {.type = HS_OPTION_TEXT,
         .name = "fee-recipient",
         .argument = "A",
         .help = "address that its tips go to (the sender's)",
         .text = &request.fee_recipient},
        {.type = HS_OPTION_NUMBER,
         .required = true,
         .name = "stake",
         .argument = "N",
         .help = "units of stake",
         .number = &request.amount,
         .number_min = 1,
         .number_max = UINT64_MAX},
    };
    const size_t count = sizeof options / sizeof options[0];
    const struct hs_command command = {
        .name = name,
        .purpose = purpose,
        .options = options,
        .option_count = has_stake ? count : count - 1,
    };
    return run(&request, &command, argc, argv, type);
}

int hs_tx_register(int argc, char **argv)
{
    return keyed(argc, argv, HS_TRANSACTION_REGISTER, "tx register",
                 "Makes the sender the operator of a validator, from the epoch after the next on.",
                 true);
}

int hs_tx_rotate(int argc, char **argv)
{
    return keyed(argc, argv, HS_TRANSACTION_ROTATE, "tx rotate",
                 "Gives the sender's validator other keys, from the epoch after the next on.",
                 false);
}

int hs_tx_stake(int argc, char **argv)
{
    return plain(argc, argv, HS_TRANSACTION_STAKE, "tx stake",
                 "Adds to the stake of the sender's validator.", true);
}

int hs_tx_unstake(int argc, char **argv)
{
    return plain(argc, argv, HS_TRANSACTION_UNSTAKE, "tx unstake",
                 "Takes stake out; it is paid out when its unbonding is over.", true);
}

int hs_tx_leave(int argc, char **argv)
{
    return plain(argc, argv, HS_TRANSACTION_LEAVE, "tx leave",
                 "Takes all stake of the sender's validator out.", false);
}

int hs_tx_unjail(int argc, char **argv)
{
    return plain(argc, argv, HS_TRANSACTION_UNJAIL, "tx unjail",
                 "Ends the jail of the sender's validator, once its time is over.", false);
}
