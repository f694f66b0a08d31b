/* block: one committed block and who certified it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"

static void print_block(const json_t *block)
{
    const json_t *signers = json_object_get(block, "signers");
    size_t i;
    json_t *signer;
    printf("height        %" PRId64 "\n", hs_client_number(block, "height"));
    printf("view          %" PRId64 " of epoch %" PRId64 "\n", hs_client_number(block, "view"),
           hs_client_number(block, "epoch"));
    printf("id            %s\n", hs_client_text(block, "id"));
    printf("parent        %s\n", hs_client_text(block, "parent"));
    printf("proposer      %" PRId64 "\n", hs_client_number(block, "proposer"));
    printf("transactions  %" PRId64 "\n", hs_client_number(block, "tx_count"));
    printf("state root    %s\n", hs_client_text(block, "state_root"));
    printf("signers      ");
    json_array_foreach(signers, i, signer)
    {
        printf(" %" PRId64, (int64_t)json_integer_value(signer));
    }
    printf(json_array_size(signers) > 0 ? "\n" : " none\n");
}

int hs_cmd_block(int argc, char **argv)
{
    const char *url = HS_CLIENT_URL_DEFAULT;
    const char *which = "latest";
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .name = "rpc",
         .argument = "URL",
         .help = "the node to ask (" HS_CLIENT_URL_DEFAULT ")",
         .text = &url},
        {.type = HS_OPTION_FLAG, .name = "json", .help = "print JSON", .flag = &json},
    };
    const struct hs_operand operands[] = {{"HEIGHT|latest", &which, false}};
    const struct hs_command command = {
        .name = "block",
        .purpose = "Shows a committed block: the latest one, or the one at a height.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    uint64_t height;
    if (strcmp(which, "latest") != 0 && !hs_decimal_read(&height, which)) {
        hs_print_error("\"%s\" is no height; write a number or latest", which);
        return HS_EXIT_USAGE;
    }
    char path[64];
    snprintf(path, sizeof path, "/v1/blocks/%s", which);
    return hs_client_show(url, path, json, print_block);
}
