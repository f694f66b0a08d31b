/* What the commands share that hand in a transaction: their options, and how it is handed in. */
#ifndef HS_CLI_TX_H
#define HS_CLI_TX_H

#include "cli/options.h"
#include "cli/submission.h"
#include "crypto/keys.h"

struct hs_tx {
    const char *from; /* key file of the sender */
    uint64_t tip;
    uint64_t nonce;
    bool nonce_given; /* else the next one that the node knows */
    bool wait;
    uint64_t timeout_seconds;
    const char *url;
    bool json;
};

#define HS_TX_TIMEOUT_SECONDS_MAX 3600u
#define HS_TX_DEFAULT                                                                              \
    {                                                                                              \
        .url = HS_CLIENT_URL_DEFAULT, .timeout_seconds = 30u                                       \
    }

/* Entries of a table of options. */
#define HS_TX_OPTION_FROM(to)                                                                      \
    {                                                                                              \
        .type = HS_OPTION_TEXT, .required = true, .name = "from", .argument = "F",                 \
        .help = "key file of the sender", .text = (to)                                             \
    }
#define HS_TX_OPTION_TIP(to)                                                                       \
    {                                                                                              \
        .type = HS_OPTION_NUMBER, .name = "tip", .argument = "N",                                  \
        .help = "units for the proposer, beside the base fee (0)", .number = (to),                 \
        .number_max = UINT64_MAX                                                                   \
    }
#define HS_TX_OPTION_TIMEOUT(to)                                                                   \
    {                                                                                              \
        .type = HS_OPTION_NUMBER, .name = "timeout", .argument = "S",                              \
        .help = "seconds to wait at most (30)", .number = (to),                                    \
        .number_max = HS_TX_TIMEOUT_SECONDS_MAX                                                    \
    }
#define HS_TX_OPTION_NONCE(to, is_given)                                                           \
    {                                                                                              \
        .type = HS_OPTION_NUMBER, .name = "nonce", .argument = "N",                                \
        .help = "the sender's nonce (the next one the node knows)", .number = (to),                \
        .number_max = UINT64_MAX, .given = (is_given)                                              \
    }
#define HS_TX_OPTION_WAIT(to)                                                                      \
    {                                                                                              \
        .type = HS_OPTION_FLAG, .name = "wait", .help = "until it is committed", .flag = (to)      \
    }

/* The key file of --from. False: it can't be used, which was printed. */
bool hs_tx_load_key(struct hs_account_key *key, const char *path, int *exit_code);

/* Fills in, signs and hands in a transaction whose type and body stand, waits when asked to, and prints
 * what came of it. Returns the exit code. */
int hs_tx_submit(const struct hs_tx *tx, const struct hs_account_key *key,
                 struct hs_transaction *transaction);

/* Prints what came of one. Returns `exit_code`, or that of printing. */
int hs_tx_print(const struct hs_tx *tx, const struct hs_outcome *outcome, int exit_code);

/* The commands of operators (cmd_tx_staking.c); argv[0] is the second word. */
int hs_tx_register(int argc, char **argv);
int hs_tx_stake(int argc, char **argv);
int hs_tx_unstake(int argc, char **argv);
int hs_tx_rotate(int argc, char **argv);
int hs_tx_leave(int argc, char **argv);
int hs_tx_unjail(int argc, char **argv);

/* Whoever saw two votes (cmd_evidence.c). */
int hs_tx_evidence(int argc, char **argv);

#endif
