#include "cli/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"

#define OPTIONS_MAX 32u

/* How far the reading of one command line has come. */
struct cursor {
    const struct hs_command *command;
    int argc;
    char **argv;
    int at;
    size_t operands;
    bool given[OPTIONS_MAX];
};

static void print_usage(FILE *stream, const struct hs_command *command)
{
    fprintf(stream, "usage: hotstuff %s", command->name);
    for (size_t i = 0; i < command->operand_count; i++) {
        const struct hs_operand *operand = &command->operands[i];
        fprintf(stream, operand->required ? " %s" : " [%s]", operand->name);
    }
    for (size_t i = 0; i < command->option_count; i++) {
        const struct hs_option *option = &command->options[i];
        fprintf(stream, option->required ? " --%s%s%s" : " [--%s%s%s]", option->name,
                option->argument != NULL ? " " : "",
                option->argument != NULL ? option->argument : "");
    }
    fprintf(stream, "\n");
}

static void print_help(const struct hs_command *command)
{
    char left[64];
    print_usage(stdout, command);
    printf("\n%s\n\n", command->purpose);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct hs_option *option = &command->options[i];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument != NULL ? " " : "",
                 option->argument != NULL ? option->argument : "");
        printf("  %-26s %s\n", left, option->help);
    }
    printf("  %-26s %s\n", "--help", "this");
}

/* Ends every complaint about a command line with the way to write it. */
static bool refuse(const struct hs_command *command)
{
    print_usage(stderr, command);
    fprintf(stderr, "`hotstuff %s --help` says what each option is.\n", command->name);
    return false;
}

static bool take_number(const struct cursor *cursor, const struct hs_option *option,
                        const char *text)
{
    uint64_t number = 0;
    if (!hs_decimal_read(&number, text) || number < option->number_min ||
        number > option->number_max) {
        hs_print_error("--%s %s: give a number from %" PRIu64 " to %" PRIu64, option->name, text,
                       option->number_min, option->number_max);
        return refuse(cursor->command);
    }
    *option->number = number;
    return true;
}

static bool take_value(const struct cursor *cursor, const struct hs_option *option,
                       const char *text)
{
    switch (option->type) {
    case HS_OPTION_FLAG:
        *option->flag = true;
        return true;
    case HS_OPTION_TEXT:
        *option->text = text;
        return true;
    case HS_OPTION_NUMBER:
        return take_number(cursor, option, text);
    }
    return false;
}

/* The option of this name, as long as `size` says; the count when there is none. */
static size_t find_option(const struct hs_command *command, const char *name, size_t size)
{
    size_t i = 0;
    while (i < command->option_count && (strlen(command->options[i].name) != size ||
                                         strncmp(command->options[i].name, name, size) != 0)) {
        i++;
    }
    return i;
}

static bool take_option(struct cursor *cursor)
{
    const struct hs_command *command = cursor->command;
    const char *word = cursor->argv[cursor->at];
    const char *equals = strchr(word, '=');
    size_t size = equals != NULL ? (size_t)(equals - word) : strlen(word);
    size_t index = find_option(command, word + 2, size - 2);
    if (index == command->option_count) {
        hs_print_error("%s: unknown option %.*s", command->name, (int)size, word);
        return refuse(command);
    }
    const struct hs_option *option = &command->options[index];
    if (cursor->given[index]) {
        hs_print_error("--%s is given twice; give it once", option->name);
        return refuse(command);
    }
    cursor->given[index] = true;
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (option->type == HS_OPTION_FLAG && value != NULL) {
        hs_print_error("--%s takes no value", option->name);
        return refuse(command);
    }
    if (option->type != HS_OPTION_FLAG && value == NULL) {
        if (cursor->at + 1 == cursor->argc) {
            hs_print_error("--%s needs a value: --%s %s", option->name, option->name,
                           option->argument);
            return refuse(command);
        }
        value = cursor->argv[++cursor->at];
    }
    return take_value(cursor, option, value);
}

static bool take_operand(struct cursor *cursor)
{
    const struct hs_command *command = cursor->command;
    if (cursor->operands == command->operand_count) {
        hs_print_error("%s: \"%s\" is one word too many", command->name, cursor->argv[cursor->at]);
        return refuse(command);
    }
    *command->operands[cursor->operands++].text = cursor->argv[cursor->at];
    return true;
}

static bool check_required(const struct cursor *cursor)
{
    const struct hs_command *command = cursor->command;
    if (cursor->operands < command->operand_count && command->operands[cursor->operands].required) {
        hs_print_error("%s: %s is missing", command->name,
                       command->operands[cursor->operands].name);
        return refuse(command);
    }
    for (size_t i = 0; i < command->option_count; i++) {
        const struct hs_option *option = &command->options[i];
        if (option->required && !cursor->given[i]) {
            hs_print_error("%s: --%s %s is missing", command->name, option->name,
                           option->argument != NULL ? option->argument : "");
            return refuse(command);
        }
        if (option->given != NULL) {
            *option->given = cursor->given[i];
        }
    }
    return true;
}

bool hs_options_read(const struct hs_command *command, int argc, char **argv, int *exit_code)
{
    struct cursor cursor = {.command = command, .argc = argc, .argv = argv, .at = 1};
    bool options_end = false;
    *exit_code = HS_EXIT_USAGE;
    if (command->option_count > OPTIONS_MAX) {
        return false;
    }
    for (; cursor.at < argc; cursor.at++) {
        const char *word = argv[cursor.at];
        if (!options_end && strcmp(word, "--help") == 0) {
            print_help(command);
            *exit_code = HS_EXIT_OK;
            return false;
        }
        if (!options_end && strcmp(word, "--") == 0) {
            options_end = true;
        } else if (!options_end && word[0] == '-' && word[1] != '\0') {
            if (word[1] != '-') {
                hs_print_error("%s: unknown option %s; options begin with two dashes",
                               command->name, word);
                return refuse(command);
            }
            if (!take_option(&cursor)) {
                return false;
            }
        } else if (!take_operand(&cursor)) {
            return false;
        }
    }
    return check_required(&cursor);
}
