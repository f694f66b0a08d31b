/* validators: who votes, and with which weight. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/options.h"

static void print_validators(const json_t *answer)
{
    const json_t *list = json_object_get(answer, "validators");
    size_t i;
    json_t *validator;
    printf("epoch %" PRId64 ", total weight %s, quorum %s\n\n", hs_client_number(answer, "epoch"),
           hs_client_text(answer, "weight_total"), hs_client_text(answer, "quorum"));
    printf("index  %-12s  BLS public key\n", "weight");
    json_array_foreach(list, i, validator)
    {
        printf("%5" PRId64 "  %-12s  %s\n", hs_client_number(validator, "index"),
               hs_client_text(validator, "weight"), hs_client_text(validator, "bls_public_key"));
    }
}

int hs_cmd_validators(int argc, char **argv)
{
    const char *url = HS_CLIENT_URL_DEFAULT;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .name = "rpc",
         .argument = "URL",
         .help = "the node to ask (" HS_CLIENT_URL_DEFAULT ")",
         .text = &url},
        {.type = HS_OPTION_FLAG, .name = "json", .help = "print JSON", .flag = &json},
    };
    const struct hs_command command = {
        .name = "validators",
        .purpose = "Shows the validators of the epoch.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    return hs_client_show(url, "/v1/validators", json, print_validators);
}
