/* fees: what gas costs now, and how full the last blocks were. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"

static void print_fees(const json_t *fees)
{
    const json_t *blocks = json_object_get(fees, "blocks");
    size_t i;
    json_t *block;
    printf("base fee   %s units per gas, of the block after height %" PRId64 "\n",
           hs_client_text(fees, "base_fee"), hs_client_number(fees, "height"));
    printf("at least   %s\n", hs_client_text(fees, "base_fee_min"));
    printf("gas limit  %" PRId64 " a block, the target %" PRId64 "\n",
           hs_client_number(fees, "gas_limit"), hs_client_number(fees, "gas_target"));
    printf("\n%-10s  %-10s  %-12s  %s\n", "height", "gas", "transactions", "base fee");
    json_array_foreach(blocks, i, block)
    {
        printf("%-10" PRId64 "  %-10" PRId64 "  %-12" PRId64 "  %s\n",
               hs_client_number(block, "height"), hs_client_number(block, "gas_used"),
               hs_client_number(block, "tx_count"), hs_client_text(block, "base_fee"));
    }
}

static bool fees_path(char path[HS_SHOW_PATH_CHARACTERS], const char *operand)
{
    (void)operand;
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/fees");
    return true;
}

int hs_cmd_fees(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "fees",
        .purpose = "Shows what gas costs, and how full the last blocks were.",
        .path = fees_path,
        .print = print_fees,
    };
    return hs_show(&show, argc, argv);
}
