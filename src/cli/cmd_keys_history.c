/* keys history export, import: what a validator signed, for the home that it moves to (D5). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/show.h"
#include "runtime/history.h"

/* Of what can't be done in a home. */
static int exit_code_of(enum hs_status status)
{
    return status == HS_IO ? HS_EXIT_WRITE_FAILED : HS_EXIT_USAGE;
}

static int export_history(const char *home)
{
    struct hs_signing_history history;
    struct hs_home_error error;
    enum hs_status status = hs_home_history_export(&history, home, &error);
    if (status != HS_OK) {
        hs_print_error("%s", error.text);
        return exit_code_of(status);
    }
    char *text = hs_signing_history_write(&history);
    if (text == NULL) {
        hs_print_error("out of memory");
        return HS_EXIT_INTERNAL;
    }
    bool printed = puts(text) >= 0 && fflush(stdout) == 0;
    free(text);
    if (!printed) {
        hs_print_error("the signing history could not be written to standard output");
    }
    return printed ? HS_EXIT_OK : HS_EXIT_WRITE_FAILED;
}

/* One byte beyond the limit, if there is so much, so that it is refused and not cut. */
static bool read_input(struct hs_signing_history *history)
{
    static char text[HS_HISTORY_BYTES_MAX + 1];
    struct hs_signing_history_error error;
    size_t size = fread(text, 1, sizeof text, stdin);
    if (ferror(stdin)) {
        hs_print_error("standard input could not be read; give the history with < FILE");
        return false;
    }
    struct hs_bytes bytes = {(const uint8_t *)text, size};
    if (hs_signing_history_parse(history, bytes, &error) != HS_OK) {
        hs_print_error("%s", error.text);
        return false;
    }
    return true;
}

static int import_history(const char *home, bool json)
{
    struct hs_signing_history history;
    struct hs_signed_maxima maxima;
    struct hs_home_error error;
    bool raised;
    if (!read_input(&history)) {
        return HS_EXIT_USAGE;
    }
    enum hs_status status = hs_home_history_import(&maxima, &raised, home, &history, &error);
    if (status != HS_OK) {
        hs_print_error("%s", error.text);
        return exit_code_of(status);
    }
    if (json) {
        return hs_print_json(json_pack("{s:s, s:I, s:I, s:I, s:b}", "home", home, "epoch",
                                       (json_int_t)maxima.epoch, "last_voted_view",
                                       (json_int_t)maxima.last_voted_view, "locked_view",
                                       (json_int_t)maxima.locked_view, "raised", (int)raised));
    }
    printf("home             %s\nepoch            %" PRIu64 "\nlast voted view  %" PRIu64
           "\nlocked view      %" PRIu64 "\n%s\n",
           home, maxima.epoch, maxima.last_voted_view, maxima.locked_view,
           raised ? "Nothing will be signed again up to there."
                  : "The home knew all of it: nothing was changed.");
    return HS_EXIT_OK;
}

static int run(int argc, char **argv, bool is_import)
{
    const char *home = NULL;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "home",
         .argument = "H",
         .help = "the validator's folder; the validator must not run",
         .text = &home},
        HS_OPTION_JSON(&json),
    };
    const struct hs_command command = {
        .name = is_import ? "keys history import" : "keys history export",
        .purpose =
            is_import
                ? "Takes in what a validator signed in another home, from standard input. What "
                  "the home knows\nalready is never lowered."
                : "Prints what a validator has signed, as JSON: the highest epoch and view, for "
                  "each of its keys.\nAfter that it must not run here any more.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    return is_import ? import_history(home, json) : export_history(home);
}

int hs_cmd_keys_history(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "export") == 0) {
        return run(argc - 1, argv + 1, false);
    }
    if (argc > 1 && strcmp(argv[1], "import") == 0) {
        return run(argc - 1, argv + 1, true);
    }
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    fprintf(help ? stdout : stderr,
            "usage: hotstuff keys history export --home H > FILE\n"
            "       hotstuff keys history import --home H [--json] < FILE\n");
    return help ? HS_EXIT_OK : HS_EXIT_USAGE;
}
