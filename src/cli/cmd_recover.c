/* recover: lets a validator sign again whose safety record was lost (D5). */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/show.h"
#include "runtime/recover.h"

static int print_recovery(const struct hs_recovery *recovery, const char *home, bool json)
{
    if (json) {
        return hs_print_json(json_pack(
            "{s:s, s:I, s:I, s:I, s:b, s:b}", "home", home, "epoch", (json_int_t)recovery->epoch,
            "last_voted_view", (json_int_t)recovery->last_voted_view, "locked_view",
            (json_int_t)recovery->locked_view, "safety_record_kept", recovery->safety_record_read,
            "signer_record_kept", recovery->signer_record_read));
    }
    printf("%s: the safety records are written.\n"
           "  epoch             %" PRIu64 ": nothing is signed in one before\n"
           "  last voted view   %" PRIu64 ": nothing is signed up to it in that epoch\n"
           "  locked view       %" PRIu64
           ": no view change is signed before a certificate of it or "
           "a higher one is seen\n"
           "  old records       core %s, signer %s\n\n",
           home, recovery->epoch, recovery->last_voted_view, recovery->locked_view,
           recovery->safety_record_read ? "read and kept" : "lost",
           recovery->signer_record_read ? "read and kept" : "lost");
    printf(
        "If this validator voted in a later epoch, or a higher view, it may vote there again,\n"
        "which can fork the chain and is evidence against it: run this again with a higher view\n"
        "before you start it. A view that is too high harms nobody, but the validator stays "
        "silent\n"
        "until the chain has passed it, and a chain that needs its vote stands still till then.\n"
        "Start it with `hotstuff node --home %s`.\n",
        home);
    return HS_EXIT_OK;
}

int hs_cmd_recover(int argc, char **argv)
{
    const char *home = NULL;
    struct hs_recovered_view last_voted = {0};
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "home",
         .argument = "H",
         .help = "the validator's folder",
         .text = &home},
        {.type = HS_OPTION_NUMBER,
         .required = true,
         .name = "last-voted-view",
         .argument = "V",
         .help = "the highest view it may have voted in; what any validator shows, plus 1, will do",
         .number = &last_voted.view,
         .number_max = UINT64_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "epoch",
         .argument = "E",
         .help =
             "the epoch of that view (default: the one that the block log ends in; when the log "
             "is lost or from a backup, give the chain's)",
         .number = &last_voted.epoch,
         .number_max = UINT64_MAX,
         .given = &last_voted.epoch_given},
        HS_OPTION_JSON(&json),
    };
    const struct hs_command command = {
        .name = "recover",
        .purpose = "Writes the safety records of a validator anew after they were lost. The "
                   "validator must not run, here or anywhere else.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    struct hs_recovery recovery;
    struct hs_home_error error;
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    enum hs_status status = hs_home_recover(&recovery, home, &last_voted, &error);
    if (status != HS_OK) {
        hs_print_error("%s", error.text);
        return status == HS_IO ? HS_EXIT_WRITE_FAILED : HS_EXIT_USAGE;
    }
    return print_recovery(&recovery, home, json);
}
