/* supply: what all accounts, stakes and deposits hold, against what genesis gave out. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"

static void print_supply(const json_t *supply)
{
    printf("supply   %s units, summed up over the state at height %" PRId64 "\n",
           hs_client_text(supply, "supply"), hs_client_number(supply, "height"));
    printf("burned   %s of them\n", hs_client_text(supply, "burned"));
    printf("genesis  %s units were given out\n", hs_client_text(supply, "genesis"));
}

static bool supply_path(char path[HS_SHOW_PATH_CHARACTERS], const char *operand)
{
    (void)operand;
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/supply");
    return true;
}

int hs_cmd_supply(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "supply",
        .purpose = "Sums up what accounts, stakes and deposits hold, and what was burned.",
        .path = supply_path,
        .print = print_supply,
    };
    return hs_show(&show, argc, argv);
}
