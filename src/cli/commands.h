/* The subcommands, one file cmd_<name>.c each. argv[0] is the subcommand's name. */
#ifndef HS_CLI_COMMANDS_H
#define HS_CLI_COMMANDS_H

int hs_cmd_account(int argc, char **argv);
int hs_cmd_bench(int argc, char **argv);
int hs_cmd_block(int argc, char **argv);
int hs_cmd_commits(int argc, char **argv);
int hs_cmd_devnet(int argc, char **argv);
int hs_cmd_epoch(int argc, char **argv);
int hs_cmd_evidence(int argc, char **argv);
int hs_cmd_fees(int argc, char **argv);
int hs_cmd_home(int argc, char **argv);
int hs_cmd_keys(int argc, char **argv);
int hs_cmd_light(int argc, char **argv);
int hs_cmd_keys_history(int argc, char **argv); /* of keys */
int hs_cmd_node(int argc, char **argv);
int hs_cmd_proof(int argc, char **argv);
int hs_cmd_recover(int argc, char **argv);
int hs_cmd_sim(int argc, char **argv);
int hs_cmd_testnet(int argc, char **argv);
int hs_cmd_status(int argc, char **argv);
int hs_cmd_supply(int argc, char **argv);
int hs_cmd_tx(int argc, char **argv);
int hs_cmd_validators(int argc, char **argv);

#endif
