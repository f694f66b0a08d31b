/* node: runs one validator until it is told to stop. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/show.h"
#include "rpc/server.h"
#include "runtime/validator.h"

/* What SIGINT and SIGTERM stop. */
static struct hs_running_validator *running;

static void on_signal(int signal)
{
    (void)signal;
    hs_validator_stop(running);
}

static void catch_signals(struct hs_running_validator *validator)
{
    struct sigaction stop = {.sa_handler = on_signal};
    running = validator;
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGHUP, &stop, NULL);
}

/* The validator ends before its memory does. */
static void ignore_signals(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGTERM, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
}

/* False when the parent is gone already. */
static bool die_with(uint64_t parent)
{
    if (parent == 0) {
        return true;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    return (uint64_t)getppid() == parent;
}

static int exit_code_of(enum hs_status status)
{
    if (status == HS_OK) {
        return HS_EXIT_OK;
    }
    if (status == HS_IO) {
        return HS_EXIT_WRITE_FAILED; /* D3 */
    }
    return hs_status_reaction(status) == HS_STOP ? HS_EXIT_INTERNAL : HS_EXIT_USAGE;
}

static int print_ready(struct hs_running_validator *validator, const struct hs_rpc_server *rpc,
                       bool json)
{
    const struct hs_genesis *genesis = hs_validator_genesis(validator);
    const struct hs_config *config = hs_validator_config(validator);
    unsigned p2p_port = hs_validator_port(validator);
    unsigned rpc_port = rpc != NULL ? hs_rpc_server_port(rpc) : 0;
    const char *advice = hs_validator_advice(validator);
    struct hs_node_status status;
    hs_node_status(hs_validator_node(validator), &status);
    const bool member = status.self < status.validator_count;
    char chain_id[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    hs_hex_write(chain_id, genesis->chain_id.bytes, sizeof genesis->chain_id.bytes);
    if (json) {
        return hs_print_json(
            json_pack("{s:s, s:o, s:i, s:i, s:i, s:b, s:s}", "chain_id", chain_id, "index",
                      member ? json_integer((json_int_t)status.self) : json_null(), "pid",
                      (int)getpid(), "p2p_port", (int)p2p_port, "rpc_port", (int)rpc_port,
                      "signing", advice[0] == '\0', "advice", advice));
    }
    if (member) {
        printf("validator %" PRIu32 " of %" PRIu32, status.self, status.validator_count);
    } else {
        printf("not one of the %" PRIu32 " validators that this home knows of yet",
               status.validator_count);
    }
    printf(" on chain %s\npeers on port %u", chain_id, p2p_port);
    if (rpc_port != 0) {
        printf(", RPC at http://%s", config->rpc_listen);
    }
    printf("; Ctrl-C stops it\n");
    if (advice[0] != '\0') {
        printf("NOT SIGNING: %s\n", advice);
    }
    fflush(stdout);
    return HS_EXIT_OK;
}

static int run(struct hs_running_validator *validator, bool json)
{
    struct hs_rpc_server *rpc = NULL;
    struct hs_rpc_error rpc_error;
    struct hs_validator_error error;
    enum hs_status status = hs_rpc_server_start(&rpc, validator, &rpc_error);
    if (status != HS_OK) {
        hs_print_error("%s", rpc_error.text);
        return exit_code_of(status);
    }
    int exit_code = print_ready(validator, rpc, json);
    if (exit_code == HS_EXIT_OK) {
        status = hs_validator_run(validator, &error);
        exit_code = exit_code_of(status);
    }
    hs_rpc_server_stop(rpc);
    if (status != HS_OK) {
        hs_print_error("%s", error.text);
    }
    return exit_code;
}

int hs_cmd_node(int argc, char **argv)
{
    const char *home = NULL;
    uint64_t parent = 0;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "home",
         .argument = "H",
         .help = "the validator's folder, as `hotstuff testnet` makes them",
         .text = &home},
        {.type = HS_OPTION_NUMBER,
         .name = "parent",
         .argument = "PID",
         .help = "stop when this process, which started it, is gone",
         .number = &parent,
         .number_min = 1,
         .number_max = INT32_MAX},
        HS_OPTION_JSON(&json),
    };
    const struct hs_command command = {
        .name = "node",
        .purpose = "Runs one validator in the foreground; its log goes to stderr.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    if (!die_with(parent)) {
        hs_print_error("process %" PRIu64 " did not start this one, or is gone; leave --parent out",
                       parent);
        return HS_EXIT_USAGE;
    }
    const struct hs_validator_options validator_options = {.home = home};
    struct hs_running_validator *validator;
    struct hs_validator_error error;
    enum hs_status status = hs_validator_open(&validator, &validator_options, &error);
    if (status != HS_OK) {
        hs_print_error("%s", error.text);
        return exit_code_of(status);
    }
    catch_signals(validator);
    exit_code = run(validator, json);
    ignore_signals();
    hs_validator_close(validator);
    return exit_code;
}
