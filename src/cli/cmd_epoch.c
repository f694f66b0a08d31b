/* epoch: where the chain stands between two changes of its set, and what holds of stakes. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"

static void print_heights(const json_t *epoch)
{
    printf("heights     %" PRId64, hs_client_number(epoch, "first_height"));
    if (json_is_integer(json_object_get(epoch, "last_height"))) {
        printf(" to %" PRId64, hs_client_number(epoch, "last_height"));
    } else {
        printf(" on, without an end");
    }
}

static void print_set(const json_t *epoch)
{
    printf("validators  %" PRId64 ", total weight %s, quorum %s\n",
           hs_client_number(epoch, "validators"), hs_client_text(epoch, "weight_total"),
           hs_client_text(epoch, "quorum"));
}

static void print_staking(const json_t *staking)
{
    printf("\nregistered  %" PRId64 ", with %s units of stake\n",
           hs_client_number(staking, "registered"), hs_client_text(staking, "staked"));
    printf("in a set    the %" PRId64 " with the most stake, %s units at least\n",
           hs_client_number(staking, "validators_max"), hs_client_text(staking, "stake_min"));
    printf("unbonding   %" PRId64 " epochs\n", hs_client_number(staking, "unbonding_epochs"));
    printf("evidence    counts for %" PRId64 " epochs; it burns %" PRId64
           " of 1000 and jails for %" PRId64 " epochs\n",
           hs_client_number(staking, "evidence_epochs"),
           hs_client_number(staking, "slash_per_mille"), hs_client_number(staking, "jail_epochs"));
}

static void print_epoch(const json_t *epoch)
{
    const json_t *next = json_object_get(epoch, "next");
    const json_t *staking = json_object_get(epoch, "staking");
    printf("epoch       %" PRId64 ", leader election %s\n", hs_client_number(epoch, "epoch"),
           hs_client_text(epoch, "leader_election"));
    print_heights(epoch);
    printf(", now at %" PRId64 "\n", hs_client_number(epoch, "height"));
    print_set(epoch);
    if (json_is_object(next)) {
        printf("\nnext        %" PRId64 "\n", hs_client_number(next, "epoch"));
        print_heights(next);
        printf("\n");
        print_set(next);
    }
    if (json_is_object(staking)) {
        print_staking(staking);
    }
}

static bool epoch_path(char path[HS_SHOW_PATH_CHARACTERS], const char *operand)
{
    (void)operand;
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/epoch");
    return true;
}

int hs_cmd_epoch(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "epoch",
        .purpose = "Shows the epoch, the next one, and what holds of stakes.",
        .path = epoch_path,
        .print = print_epoch,
    };
    return hs_show(&show, argc, argv);
}
