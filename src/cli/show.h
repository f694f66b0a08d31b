/* Commands that ask a node one thing and show its answer: account, block, fees, ...
 *
 *     hotstuff account 0x2f1d... --rpc http://127.0.0.1:27003 --json
 *
 * They take the same options and differ in the path that they ask for and in what they print of the
 * answer. The options that every command takes that asks a node are here too.
 */
#ifndef HS_CLI_SHOW_H
#define HS_CLI_SHOW_H

#include <jansson.h>

#include "cli/client.h"
#include "cli/options.h"

/* Entries of a table of options: where the node is, a `const char *` that begins as
 * HS_CLIENT_URL_DEFAULT, and whether JSON is printed. */
#define HS_OPTION_RPC(to)                                                                          \
    {                                                                                              \
        .type = HS_OPTION_TEXT, .name = "rpc", .argument = "URL",                                  \
        .help = "the node to ask (" HS_CLIENT_URL_DEFAULT ")", .text = (to)                        \
    }
#define HS_OPTION_JSON(to)                                                                         \
    {                                                                                              \
        .type = HS_OPTION_FLAG, .name = "json", .help = "print JSON", .flag = (to)                 \
    }

#define HS_SHOW_PATH_CHARACTERS 128u

struct hs_show {
    const char *name;    /* of the command */
    const char *purpose; /* a sentence */
    const char *operand; /* what the help calls it; NULL: it takes none */
    bool operand_required;
    /* Writes the path to ask for. `operand` is NULL where it was not given. False: it is none, which
     * was printed. */
    bool (*path)(char path[HS_SHOW_PATH_CHARACTERS], const char *operand);
    void (*print)(const json_t *answer); /* to stdout, without --json */
};

/* Reads the command line, asks, prints. Returns the exit code. */
int hs_show(const struct hs_show *show, int argc, char **argv);

/* Asks the node at `url` for `path` and prints the answer, with `print` or as JSON. Returns the
 * exit code. */
int hs_show_answer(const char *url, const char *path, void (*print)(const json_t *answer),
                   bool json);

/* 0x and 64 lowercase hex digits? When not, says that `text` is no such `thing`. */
bool hs_show_check_hash(const char *thing, const char *text);

#endif
