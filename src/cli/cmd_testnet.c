/* testnet: writes the homes of a chain, starts nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/show.h"
#include "runtime/home.h"

#define PATHS_SHOWN_MAX 4u

/* As options give it; without padding. */
struct staking {
    uint64_t epoch_blocks;
    uint64_t stake_min;
    uint64_t validators_max;
    uint64_t unbonding_epochs;
    uint64_t slash_per_mille;
    uint64_t jail_epochs;
    uint64_t evidence_epochs;
};

struct request {
    uint64_t validators;
    const char *folder;
    uint64_t accounts;
    uint64_t derived;
    uint64_t base_port;
    uint64_t base_fee;
    uint64_t gas_limit;
    struct staking staking;
    const char *weights;
    const char *election; /* NULL: as the weights and epochs ask for */
    bool json;
};

/* "3,1,1": one for each validator. */
static bool take_weights(struct hs_homes_plan *plan, const char *text)
{
    char number[24];
    for (uint32_t i = 0; i < plan->validator_count; i++) {
        size_t size = strcspn(text, ",");
        bool last = i + 1 == plan->validator_count;
        if (size >= sizeof number || (text[size] == '\0') != last) {
            return false;
        }
        memcpy(number, text, size);
        number[size] = '\0';
        if (!hs_decimal_read(&plan->weights[i], number) || plan->weights[i] == 0) {
            return false;
        }
        text += last ? size : size + 1;
    }
    return true;
}

static bool weights_differ(const struct hs_homes_plan *plan)
{
    for (uint32_t i = 1; i < plan->validator_count; i++) {
        if (plan->weights[i] != plan->weights[0]) {
            return true;
        }
    }
    return false;
}

/* P1: leaders take turns as long as weights are equal and stay so. */
static bool take_election(struct hs_homes_plan *plan, const char *text)
{
    static const enum hs_leader_election all[] = {HS_LEADER_ROUND_ROBIN, HS_LEADER_WEIGHTED,
                                                  HS_LEADER_REPUTATION};
    const bool in_turn = plan->parameters.staking.epoch_blocks == 0 && !weights_differ(plan);
    if (text == NULL) {
        plan->election = in_turn ? HS_LEADER_ROUND_ROBIN : HS_LEADER_WEIGHTED;
        return true;
    }
    size_t i = 0;
    while (i < sizeof all / sizeof all[0] && strcmp(text, hs_genesis_election_name(all[i])) != 0) {
        i++;
    }
    if (i == sizeof all / sizeof all[0]) {
        hs_print_error("--leader-election %s: give round-robin, weighted or reputation", text);
        return false;
    }
    if (all[i] == HS_LEADER_ROUND_ROBIN && !in_turn) {
        hs_print_error(
            "--leader-election round-robin is for weights that are equal and stay so; give "
            "weighted or reputation with --weights or --epoch-blocks");
        return false;
    }
    plan->election = all[i];
    return true;
}

static struct staking staking_by_default(void)
{
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    return (struct staking){
        .epoch_blocks = parameters.staking.epoch_blocks,
        .stake_min = parameters.staking.stake_min.units,
        .validators_max = parameters.staking.validators_max,
        .unbonding_epochs = parameters.staking.unbonding_epochs,
        .slash_per_mille = parameters.staking.slash_per_mille,
        .jail_epochs = parameters.staking.jail_epochs,
        .evidence_epochs = parameters.staking.evidence_epochs,
    };
}

/* Nobody stakes without epochs: whoever says how meant to have some. */
static bool take_staking(struct hs_staking_parameters *staking, const struct staking *request)
{
    struct staking defaults = staking_by_default();
    if (request->epoch_blocks == 0 && memcmp(request, &defaults, sizeof defaults) != 0) {
        hs_print_error("--stake-min, --validators-max, --unbonding-epochs, --slash-per-mille, "
                       "--jail-epochs and --evidence-epochs are for a chain with epochs; give "
                       "--epoch-blocks too");
        return false;
    }
    *staking = (struct hs_staking_parameters){
        .epoch_blocks = request->epoch_blocks,
        .stake_min = {request->stake_min},
        .validators_max = (uint32_t)request->validators_max,
        .unbonding_epochs = (uint32_t)request->unbonding_epochs,
        .slash_per_mille = (uint32_t)request->slash_per_mille,
        .jail_epochs = (uint32_t)request->jail_epochs,
        .evidence_epochs = (uint32_t)request->evidence_epochs,
    };
    return true;
}

static int make_plan(struct hs_homes_plan *plan, const struct request *request)
{
    if (!hs_homes_plan_default(plan, request->folder, (uint32_t)request->validators,
                               (uint32_t)request->base_port)) {
        hs_print_error("--base-port %" PRIu64 ": %" PRIu64
                       " validators need two ports each from there on; give a lower one",
                       request->base_port, request->validators);
        return HS_EXIT_USAGE;
    }
    plan->account_count = (uint32_t)request->accounts;
    plan->derived_account_count = (uint32_t)request->derived;
    plan->parameters.fees.base_fee.units = request->base_fee;
    plan->parameters.fees.gas_limit = request->gas_limit;
    if (!take_staking(&plan->parameters.staking, &request->staking)) {
        return HS_EXIT_USAGE;
    }
    if (request->weights != NULL && !take_weights(plan, request->weights)) {
        hs_print_error("--weights %s: give %" PRIu64
                       " numbers above 0 with commas between them, as in 3,1,1,1",
                       request->weights, request->validators);
        return HS_EXIT_USAGE;
    }
    return take_election(plan, request->election) ? HS_EXIT_OK : HS_EXIT_USAGE;
}

static json_t *validators_json(const struct hs_homes_plan *plan)
{
    char path[HS_HOME_PATH_CHARACTERS];
    char operator_key[HS_HOME_PATH_CHARACTERS];
    json_t *array = json_array();
    for (uint32_t i = 0; i < plan->validator_count; i++) {
        if (hs_homes_validator_path(path, plan->folder, i) &&
            hs_homes_operator_path(operator_key, plan->folder, i)) {
            json_array_append_new(array, json_pack("{s:i, s:s, s:s, s:i, s:i}", "index", (int)i,
                                                   "home", path, "operator_key", operator_key,
                                                   "p2p_port", (int)plan->p2p_ports[i], "rpc_port",
                                                   (int)plan->rpc_ports[i]));
        }
    }
    return array;
}

static json_t *accounts_json(const struct hs_homes_plan *plan)
{
    char path[HS_HOME_PATH_CHARACTERS];
    json_t *array = json_array();
    for (uint32_t i = 0; i < plan->account_count; i++) {
        if (hs_homes_account_path(path, plan->folder, i)) {
            json_array_append_new(array, json_string(path));
        }
    }
    return array;
}

static void print_table(const struct hs_homes_plan *plan, const char *chain_id)
{
    printf("%" PRIu32 " homes are in %s, chain %s\n\n", plan->validator_count, plan->folder,
           chain_id);
    printf("Start each with\n");
    for (uint32_t i = 0; i < plan->validator_count && i < PATHS_SHOWN_MAX; i++) {
        printf("    hotstuff node --home %s/validator-%" PRIu32 "\n", plan->folder, i);
    }
    if (plan->validator_count > PATHS_SHOWN_MAX) {
        printf("    ... up to validator-%" PRIu32 "\n", plan->validator_count - 1);
    }
    printf("The account of a validator's operator is the operator.key beside its hotstuff.conf\n");
    if (plan->account_count > 0) {
        printf("Rich accounts are %s/accounts/account-0.key to account-%" PRIu32 ".key\n",
               plan->folder, plan->account_count - 1);
    }
}

static int write_homes(const struct hs_homes_plan *plan, bool json)
{
    struct hs_chain_id chain_id;
    struct hs_home_error error;
    char text[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    enum hs_status status = hs_homes_write(plan, &chain_id, &error);
    if (status != HS_OK) {
        hs_print_error("%s", error.text);
        return status == HS_IO ? HS_EXIT_WRITE_FAILED : HS_EXIT_USAGE;
    }
    hs_hex_write(text, chain_id.bytes, sizeof chain_id.bytes);
    if (json) {
        return hs_print_json(json_pack("{s:s, s:s, s:o, s:o}", "chain_id", text, "dir",
                                       plan->folder, "validators", validators_json(plan),
                                       "accounts", accounts_json(plan)));
    }
    print_table(plan, text);
    return HS_EXIT_OK;
}

int hs_cmd_testnet(int argc, char **argv)
{
    struct request request = {.accounts = 4,
                              .base_port = HS_BASE_PORT_DEFAULT,
                              .base_fee = 10,
                              .gas_limit = HS_BLOCK_GAS_DEFAULT,
                              .staking = staking_by_default()};
    const struct hs_option options[] = {
        {.type = HS_OPTION_NUMBER,
         .required = true,
         .name = "validators",
         .argument = "N",
         .help = "how many",
         .number = &request.validators,
         .number_min = 1,
         .number_max = HS_VALIDATORS_MAX},
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "dir",
         .argument = "D",
         .help = "the folder to make, or an empty one",
         .text = &request.folder},
        {.type = HS_OPTION_NUMBER,
         .name = "accounts",
         .argument = "K",
         .help = "rich accounts with a key file each (4)",
         .number = &request.accounts,
         .number_max = HS_HOME_ACCOUNTS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "derived-accounts",
         .argument = "K",
         .help = "rich accounts that follow from one seed file (0)",
         .number = &request.derived,
         .number_max = HS_HOME_DERIVED_ACCOUNTS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "base-port",
         .argument = "P",
         .help = "validator i listens on P + 2i, for RPC on P + 2i + 1 (27000)",
         .number = &request.base_port,
         .number_min = 1,
         .number_max = UINT16_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "base-fee",
         .argument = "U",
         .help = "what a transfer burns in the first block (10)",
         .number = &request.base_fee,
         .number_min = HS_BASE_FEE_MIN,
         .number_max = HS_BASE_FEE_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "gas-limit",
         .argument = "G",
         .help = "of a block; a transfer is 1; even: half of it is the target (10000)",
         .number = &request.gas_limit,
         .number_min = HS_TRANSACTION_GAS_MAX,
         .number_max = HS_BLOCK_GAS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "epoch-blocks",
         .argument = "L",
         .help = "blocks of an epoch; 0: one epoch for ever, with these validators (0)",
         .number = &request.staking.epoch_blocks,
         .number_max = HS_EPOCH_BLOCKS_MAX},
        {.type = HS_OPTION_TEXT,
         .name = "leader-election",
         .argument = "M",
         .help =
             "round-robin, weighted or reputation (round-robin; weighted with epochs or weights)",
         .text = &request.election},
        {.type = HS_OPTION_NUMBER,
         .name = "stake-min",
         .argument = "U",
         .help = "units that a validator stakes at least (1)",
         .number = &request.staking.stake_min,
         .number_min = 1,
         .number_max = HS_WEIGHT_TOTAL_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "validators-max",
         .argument = "N",
         .help = "members of a set at most (128)",
         .number = &request.staking.validators_max,
         .number_min = 1,
         .number_max = HS_VALIDATORS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "unbonding-epochs",
         .argument = "N",
         .help = "until stake that was taken out is paid (4)",
         .number = &request.staking.unbonding_epochs,
         .number_min = 1,
         .number_max = HS_UNBONDING_EPOCHS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "slash-per-mille",
         .argument = "N",
         .help = "of its stake a double vote burns (50)",
         .number = &request.staking.slash_per_mille,
         .number_min = 1,
         .number_max = 1000},
        {.type = HS_OPTION_NUMBER,
         .name = "jail-epochs",
         .argument = "N",
         .help = "that one who voted twice is out of the set at least (4)",
         .number = &request.staking.jail_epochs,
         .number_min = 1,
         .number_max = HS_JAIL_EPOCHS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "evidence-epochs",
         .argument = "N",
         .help = "until a double vote is too old to be punished (2)",
         .number = &request.staking.evidence_epochs,
         .number_min = 1,
         .number_max = HS_EVIDENCE_EPOCHS_MAX},
        {.type = HS_OPTION_TEXT,
         .name = "weights",
         .argument = "A,B,...",
         .help = "stake of each validator (1 each)",
         .text = &request.weights},
        HS_OPTION_JSON(&request.json),
    };
    const struct hs_command command = {
        .name = "testnet",
        .purpose = "Writes the homes of a new chain: keys, genesis, configuration, first safety "
                   "records.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    struct hs_homes_plan plan;
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    exit_code = make_plan(&plan, &request);
    return exit_code == HS_EXIT_OK ? write_homes(&plan, request.json) : exit_code;
}
