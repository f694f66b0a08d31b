/* What the program's exit tells scripts. */
#ifndef HS_CLI_EXIT_CODES_H
#define HS_CLI_EXIT_CODES_H

enum hs_exit_code {
    HS_EXIT_OK = 0,
    HS_EXIT_USAGE = 1, /* what was asked for, or what it was asked of, must be put right */
    HS_EXIT_UNREACHABLE = 2,
    HS_EXIT_WRITE_FAILED = 3, /* D3 */
    HS_EXIT_REJECTED = 4,
    HS_EXIT_INTERNAL = 5,
    HS_EXIT_OUTCOME_UNKNOWN = 6,
    HS_EXIT_VIOLATION = 7,
};

#endif
