/* commits: commitments that wait for their reveal, and what limits them. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"

static void print_commits(const json_t *commits)
{
    printf("waiting     %" PRId64 " of %" PRId64 " at most, at height %" PRId64 "\n",
           hs_client_number(commits, "waiting"), hs_client_number(commits, "total_max"),
           hs_client_number(commits, "height"));
    if (json_object_get(commits, "waiting_of_sender") != NULL) {
        printf("of sender   %" PRId64 " of %" PRId64 " at most\n",
               hs_client_number(commits, "waiting_of_sender"),
               hs_client_number(commits, "per_sender_max"));
    }
    printf("deposit     %s units each, burned without a reveal\n",
           hs_client_text(commits, "deposit"));
    printf("window      %" PRId64 " blocks from the commitment to its reveal\n",
           hs_client_number(commits, "window_blocks"));
}

static bool commits_path(char path[HS_SHOW_PATH_CHARACTERS], const char *sender)
{
    if (sender == NULL) {
        snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/commits");
        return true;
    }
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/commits/%.80s", sender);
    return hs_show_check_hash("address", sender);
}

int hs_cmd_commits(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "commits",
        .purpose = "Shows how many commitments wait for their reveal: of all, and of a sender.",
        .operand = "ADDRESS",
        .path = commits_path,
        .print = print_commits,
    };
    return hs_show(&show, argc, argv);
}
