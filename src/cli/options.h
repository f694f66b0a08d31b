/* Command lines: one table for what a command takes, from which follow parsing and help.
 *
 *     hotstuff testnet --validators 4 --dir=net --json
 *
 * An option is --name value or --name=value; -- ends them. What is not an option is an operand.
 */
#ifndef HS_CLI_OPTIONS_H
#define HS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hs_option_type {
    HS_OPTION_FLAG,
    HS_OPTION_TEXT,
    HS_OPTION_NUMBER,
};

/* Where the value goes is one of flag, text and number, as the type says; what was there before
 * is the default. Texts point into argv. */
struct hs_option {
    enum hs_option_type type;
    bool required;
    const char *name;     /* without dashes */
    const char *argument; /* what its value is called in the help; NULL for flags */
    const char *help;     /* one line, the default in it */
    bool *flag;
    const char **text;
    uint64_t *number;
    uint64_t number_min;
    uint64_t number_max;
    bool *given; /* may be NULL */
};

struct hs_operand {
    const char *name;
    const char **text; /* stays as it was when the operand is not given */
    bool required;
};

struct hs_command {
    const char *name;    /* "testnet", "keys new" */
    const char *purpose; /* a sentence */
    const struct hs_option *options;
    size_t option_count;
    const struct hs_operand *operands;
    size_t operand_count;
};

/* Reads argv[1 .. argc - 1]. True when all is well. False when the program is to exit with
 * *exit_code: after --help (0) or an error, which was printed with what to do (1). */
bool hs_options_read(const struct hs_command *command, int argc, char **argv, int *exit_code);

#endif
