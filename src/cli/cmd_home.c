/* home: writes the home of a validator that joins a chain, starts nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/show.h"
#include "runtime/home.h"

#define CONTACT_CHARACTERS (HS_HEX_CHARACTERS(HS_ED25519_PUBLIC_KEY_BYTES) + HS_ENDPOINT_CHARACTERS)

struct request {
    const char *genesis;
    const char *folder;
    const char *listen;
    const char *rpc_listen; /* NULL: no RPC */
    const char *peers;      /* NULL: none but those of genesis */
    bool json;
};

static bool take_endpoint(char to[HS_ENDPOINT_CHARACTERS], const char *option, const char *text)
{
    if (!hs_is_endpoint(text) || strlen(text) >= HS_ENDPOINT_CHARACTERS) {
        hs_print_error("--%s %s: give host:port, as in 127.0.0.1:27000", option, text);
        return false;
    }
    memcpy(to, text, strlen(text) + 1);
    return true;
}

/* "KEY@host:port,..." */
static bool take_peers(struct hs_config *config, const char *text)
{
    for (uint32_t i = 0;; i++) {
        char one[CONTACT_CHARACTERS];
        size_t size = strcspn(text, ",");
        snprintf(one, sizeof one, "%.*s", (int)size, text);
        if (i == HS_KNOWN_PEERS_MAX || size >= sizeof one ||
            !hs_contact_read(&config->known[i], one)) {
            hs_print_error(
                "--peers %s: give up to %u of KEY@host:port with commas between them, each "
                "KEY a network key as `hotstuff keys show` prints it",
                text, HS_KNOWN_PEERS_MAX);
            return false;
        }
        if (text[size] == '\0') {
            return true;
        }
        text += size + 1;
    }
}

static bool make_config(struct hs_config *config, const struct request *request)
{
    hs_config_default(config);
    return take_endpoint(config->listen, "listen", request->listen) &&
           (request->rpc_listen == NULL ||
            take_endpoint(config->rpc_listen, "rpc-listen", request->rpc_listen)) &&
           (request->peers == NULL || take_peers(config, request->peers));
}

static void print_steps(const struct request *request, const struct hs_new_home *made,
                        const char *chain_id, const char *operator_address)
{
    const char *folder = request->folder;
    printf("The home is in %s, chain %s\n\n", folder, chain_id);
    if (!made->has_epochs) {
        printf("The validators of this chain never change: this one can only follow, where others "
               "name\n"
               "its network key in their hotstuff.conf (known.N).\n");
        return;
    }
    printf("Give the operator's account its stake (%" PRIu64
           " units at least) and what fees come to:\n"
           "    hotstuff tx transfer --from RICH.key --to %s --amount N --wait\n"
           "Register the validator, with the address that others dial:\n"
           "    hotstuff tx register --from %s/operator.key --validator-key %s/validator.key "
           "--address %s --stake N --wait\n"
           "Start it; it signs from the epoch after the next on:\n"
           "    hotstuff node --home %s\n",
           made->stake_min.units, operator_address, folder, folder, request->listen, folder);
}

static int print_home(const struct request *request, const struct hs_new_home *made)
{
    char chain_id[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    char operator_address[HS_HEX_CHARACTERS(HS_ADDRESS_BYTES)];
    char bls_public_key[HS_HEX_CHARACTERS(HS_BLS_PUBLIC_KEY_BYTES)];
    char network_key[HS_HEX_CHARACTERS(HS_ED25519_PUBLIC_KEY_BYTES)];
    hs_hex_write(chain_id, made->chain_id.bytes, sizeof made->chain_id.bytes);
    hs_hex_write(operator_address, made->operator_address.bytes,
                 sizeof made->operator_address.bytes);
    hs_hex_write(bls_public_key, made->bls_public_key.bytes, sizeof made->bls_public_key.bytes);
    hs_hex_write(network_key, made->network_key.bytes, sizeof made->network_key.bytes);
    if (!request->json) {
        print_steps(request, made, chain_id, operator_address);
        return HS_EXIT_OK;
    }
    return hs_print_json(json_pack("{s:s, s:s, s:s, s:s, s:s}", "chain_id", chain_id, "home",
                                   request->folder, "operator", operator_address, "bls_public_key",
                                   bls_public_key, "network_key", network_key));
}

static int write_home(const struct request *request)
{
    struct hs_home_plan *plan = calloc(1, sizeof *plan);
    struct hs_new_home made;
    struct hs_home_error error = {.text = "out of memory"};
    if (plan != NULL && !make_config(&plan->config, request)) {
        free(plan);
        return HS_EXIT_USAGE;
    }
    enum hs_status status = HS_OUT_OF_MEMORY;
    if (plan != NULL) {
        plan->folder = request->folder;
        plan->genesis_file = request->genesis;
        status = hs_home_new(plan, &made, &error);
    }
    free(plan);
    if (status == HS_OK) {
        return print_home(request, &made);
    }
    hs_print_error("%s", error.text);
    return status == HS_IO ? HS_EXIT_WRITE_FAILED : HS_EXIT_USAGE;
}

int hs_cmd_home(int argc, char **argv)
{
    struct request request = {0};
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "genesis",
         .argument = "F",
         .help = "the chain's genesis.json",
         .text = &request.genesis},
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "dir",
         .argument = "D",
         .help = "the folder to make, or an empty one",
         .text = &request.folder},
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "listen",
         .argument = "HOST:PORT",
         .help = "where it listens for other validators",
         .text = &request.listen},
        {.type = HS_OPTION_TEXT,
         .name = "rpc-listen",
         .argument = "HOST:PORT",
         .help = "where it answers clients (nowhere)",
         .text = &request.rpc_listen},
        {.type = HS_OPTION_TEXT,
         .name = "peers",
         .argument = "KEY@HOST:PORT,...",
         .help = "whom to dial beside the validators of genesis",
         .text = &request.peers},
        HS_OPTION_JSON(&request.json),
    };
    const struct hs_command command = {
        .name = "home",
        .purpose =
            "Writes the home of a validator that joins a chain: new keys, an account for its "
            "operator, configuration, first safety records.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    return write_home(&request);
}
