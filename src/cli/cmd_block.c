/* block: one committed block and who certified it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/show.h"

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
    printf("proposer      %" PRId64, hs_client_number(block, "proposer"));
    if (json_is_string(json_object_get(block, "proposer_operator"))) {
        printf(", of operator %s", hs_client_text(block, "proposer_operator"));
    }
    printf("\n");
    printf("transactions  %" PRId64 "\n", hs_client_number(block, "tx_count"));
    printf("state root    %s\n", hs_client_text(block, "state_root"));
    printf("signers      ");
    json_array_foreach(signers, i, signer)
    {
        printf(" %" PRId64, (int64_t)json_integer_value(signer));
    }
    printf(json_array_size(signers) > 0 ? "\n" : " none\n");
}

static bool block_path(char path[HS_SHOW_PATH_CHARACTERS], const char *which)
{
    uint64_t height;
    if (which != NULL && strcmp(which, "latest") != 0 && !hs_decimal_read(&height, which)) {
        hs_print_error("\"%s\" is no height; write a number or latest", which);
        return false;
    }
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/blocks/%.80s", which != NULL ? which : "latest");
    return true;
}

int hs_cmd_block(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "block",
        .purpose = "Shows a committed block: the latest one, or the one at a height.",
        .operand = "HEIGHT|latest",
        .path = block_path,
        .print = print_block,
    };
    return hs_show(&show, argc, argv);
}
