/* The front door: finds the subcommand and calls it. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/version.h"
#include "crypto/keys.h"

struct entry {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; /* one line */
};

/* In the order in which the help shows them. */
static const struct entry COMMANDS[] = {
    {"devnet", hs_cmd_devnet, "run a chain of several validators on this machine"},
    {"node", hs_cmd_node, "run one validator from its home"},
    {"testnet", hs_cmd_testnet, "write the homes of a new chain"},
    {"home", hs_cmd_home, "write the home of a validator that joins a chain"},
    {"recover", hs_cmd_recover, "let a validator sign again whose safety record was lost"},
    {"keys", hs_cmd_keys, "make keys, show what is public of a key file, move what was signed"},
    {"tx", hs_cmd_tx, "move units between accounts, or show what became of a transaction"},
    {"account", hs_cmd_account, "show an account"},
    {"block", hs_cmd_block, "show a committed block"},
    {"fees", hs_cmd_fees, "show what gas costs, and how full the last blocks were"},
    {"supply", hs_cmd_supply, "sum up what the state holds of what genesis gave out"},
    {"commits", hs_cmd_commits, "show how many commitments wait for their reveal"},
    {"status", hs_cmd_status, "show how a node sees the chain and itself"},
    {"epoch", hs_cmd_epoch, "show the epoch, the next one, and what holds of stakes"},
    {"validators", hs_cmd_validators, "show who votes, with which weight, and who is registered"},
    {"evidence", hs_cmd_evidence, "show who voted twice, as far as a node has seen it"},
    {"light", hs_cmd_light, "follow a chain without a node, by what a server proves"},
    {"proof", hs_cmd_proof, "prove to others what an account has, or verify such a proof"},
    {"sim", hs_cmd_sim, "run a simulated cluster, with faults, from a seed"},
    {"bench", hs_cmd_bench, "measure throughput and latency of real processes"},
};
#define COMMAND_COUNT (sizeof COMMANDS / sizeof COMMANDS[0])

static void print_help(FILE *stream)
{
    fprintf(stream, "usage: hotstuff COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(stream, "  %-12s %s\n", COMMANDS[i].name, COMMANDS[i].help);
    }
    fprintf(stream, "\n`hotstuff COMMAND --help` shows a command's options, `hotstuff --version` "
                    "which commit this is of.\n");
}

static int run_command(int argc, char **argv)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[0], COMMANDS[i].name) == 0) {
            return COMMANDS[i].run(argc, argv);
        }
    }
    hs_print_error("there is no command \"%s\"; `hotstuff --help` lists them", argv[0]);
    return HS_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return HS_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return HS_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("hotstuff %s\n", HS_COMMIT);
        return HS_EXIT_OK;
    }
    if (hs_crypto_start() != HS_OK) {
        hs_print_error("the system gives no randomness, which keys need; check getrandom(2)");
        return HS_EXIT_INTERNAL;
    }
    return run_command(argc - 1, argv + 1);
}
