/* validators: who votes, and with which weight. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"

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

static bool validators_path(char path[HS_SHOW_PATH_CHARACTERS], const char *operand)
{
    (void)operand;
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/validators");
    return true;
}

int hs_cmd_validators(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "validators",
        .purpose = "Shows the validators of the epoch.",
        .path = validators_path,
        .print = print_validators,
    };
    return hs_show(&show, argc, argv);
}
