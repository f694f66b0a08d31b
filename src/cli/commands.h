/* The subcommands, one file cmd_<name>.c each. argv[0] is the subcommand's name. */
#ifndef HS_CLI_COMMANDS_H
#define HS_CLI_COMMANDS_H

int hs_cmd_keys(int argc, char **argv);

#endif
