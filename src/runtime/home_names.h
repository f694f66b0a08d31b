/* The names of what is in a home, and in a folder of homes. */
#ifndef HS_RUNTIME_HOME_NAMES_H
#define HS_RUNTIME_HOME_NAMES_H

#define HS_HOME_GENESIS_NAME  "genesis.json"
#define HS_HOME_CONFIG_NAME   "hotstuff.conf"
#define HS_HOME_KEY_NAME      "validator.key"
#define HS_HOME_NEXT_KEY_NAME "validator-next.key"
#define HS_HOME_OPERATOR_NAME "operator.key"
#define HS_HOME_CHAIN_NAME    "chain"
#define HS_HOMES_ACCOUNTS     "accounts"
#define HS_HOMES_SEED_NAME    "derived.seed"
#define HS_HOMES_VALIDATOR    "validator-" /* and its index */
#define HS_HOMES_DEVNET_NAME  "devnet.json"

#endif
