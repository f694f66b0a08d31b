/* account: what an address has. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"

static void print_account(const json_t *account)
{
    printf("address     %s\n", hs_client_text(account, "address"));
    printf("balance     %s\n", hs_client_text(account, "balance"));
    printf("nonce       %" PRId64 "\n", hs_client_number(account, "nonce"));
    printf("next nonce  %" PRId64 "\n", hs_client_number(account, "next_nonce"));
    printf("at height   %" PRId64 "\n", hs_client_number(account, "height"));
}

static bool account_path(char path[HS_SHOW_PATH_CHARACTERS], const char *address)
{
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/accounts/%.80s", address);
    return hs_show_check_hash("address", address);
}

int hs_cmd_account(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "account",
        .purpose = "Shows the balance and the nonces of an account.",
        .operand = "ADDRESS",
        .operand_required = true,
        .path = account_path,
        .print = print_account,
    };
    return hs_show(&show, argc, argv);
}
