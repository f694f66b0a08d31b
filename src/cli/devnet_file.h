/* D/devnet.json: what a script must know of a running devnet.
 *
 *     { "chain_id": "0x..",
 *       "validators": [ {"index", "pid", "home", "p2p_port", "rpc_port"} ],
 *       "accounts": [ {"address", "key_file"} ] }
 *
 * It appears by rename once every pid and port is known, and again when a pid changes.
 */
#ifndef HS_CLI_DEVNET_FILE_H
#define HS_CLI_DEVNET_FILE_H

#include <jansson.h>

#include "cli/local_cluster.h"

/* The accounts with key files, in order; a new reference. */
json_t *hs_devnet_accounts(const struct hs_local_cluster *cluster);

/* False, and cluster->error, when it can't be written. */
bool hs_devnet_file_write(struct hs_local_cluster *cluster, json_t *accounts);
/* A devnet that does not run has none. */
void hs_devnet_file_remove(const struct hs_local_cluster *cluster);

#endif
