/* status: how one node sees the chain and itself. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"

static void print_status(const json_t *status)
{
    bool signing = json_is_true(json_object_get(status, "signing"));
    printf("chain       %s (%s)\n", hs_client_text(status, "chain_id"),
           hs_client_text(status, "chain_name"));
    printf("height      %" PRId64 "\n", hs_client_number(status, "height"));
    printf("block       %s\n", hs_client_text(status, "block_id"));
    printf("state root  %s\n", hs_client_text(status, "state_root"));
    printf("view        %" PRId64 " of epoch %" PRId64 ", led by validator %" PRId64 "\n",
           hs_client_number(status, "view"), hs_client_number(status, "epoch"),
           hs_client_number(status, "leader"));
    printf("high QC     view %" PRId64 "\n", hs_client_number(status, "high_qc_view"));
    printf("locked on   view %" PRId64 "\n", hs_client_number(status, "locked_view"));
    if (json_is_integer(json_object_get(status, "index"))) {
        printf("validator   %" PRId64 " of %" PRId64, hs_client_number(status, "index"),
               hs_client_number(status, "validators"));
    } else {
        printf("validator   none of the %" PRId64 " of this epoch",
               hs_client_number(status, "validators"));
    }
    printf(", %s, %s\n", hs_client_text(status, "health"), signing ? "signing" : "not signing");
    printf("peers       %" PRId64 "\n", hs_client_number(status, "peers"));
    printf("mempool     %" PRId64 " transactions\n", hs_client_number(status, "mempool"));
    if (hs_client_text(status, "advice")[0] != '\0') {
        printf("\n%s\n", hs_client_text(status, "advice"));
    }
}

static bool status_path(char path[HS_SHOW_PATH_CHARACTERS], const char *operand)
{
    (void)operand;
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/status");
    return true;
}

int hs_cmd_status(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "status",
        .purpose = "Shows how a node sees the chain and itself.",
        .path = status_path,
        .print = print_status,
    };
    return hs_show(&show, argc, argv);
}
