/* account: what an address has. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"

static void print_account(const json_t *account)
{
    printf("address     %s\n", hs_client_text(account, "address"));
    printf("balance     %s\n", hs_client_text(account, "balance"));
    printf("nonce       %" PRId64 "\n", hs_client_number(account, "nonce"));
    printf("next nonce  %" PRId64 "\n", hs_client_number(account, "next_nonce"));
    printf("at height   %" PRId64 "\n", hs_client_number(account, "height"));
}

int hs_cmd_account(int argc, char **argv)
{
    const char *url = HS_CLIENT_URL_DEFAULT;
    const char *address = NULL;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .name = "rpc",
         .argument = "URL",
         .help = "the node to ask (" HS_CLIENT_URL_DEFAULT ")",
         .text = &url},
        {.type = HS_OPTION_FLAG, .name = "json", .help = "print JSON", .flag = &json},
    };
    const struct hs_operand operands[] = {{"ADDRESS", &address, true}};
    const struct hs_command command = {
        .name = "account",
        .purpose = "Shows the balance and the nonces of an account.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    struct hs_address checked;
    if (!hs_hex_read(checked.bytes, sizeof checked.bytes, address)) {
        hs_print_error("\"%s\" is no address; it is 0x and 64 lowercase hex digits, as "
                       "`hotstuff keys show F` prints",
                       address);
        return HS_EXIT_USAGE;
    }
    char path[128];
    snprintf(path, sizeof path, "/v1/accounts/%s", address);
    return hs_client_show(url, path, json, print_account);
}
