#include "cli/devnet_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rpc/json_values.h"
#include "runtime/home_names.h"

json_t *hs_devnet_accounts(const struct hs_local_cluster *cluster)
{
    json_t *accounts = json_array();
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_account_key key;
    struct hs_key_error error;
    for (uint32_t i = 0; hs_homes_account_path(path, cluster->folder, i) &&
                         hs_account_key_load(&key, path, &error) == HS_OK;
         i++) {
        json_array_append_new(
            accounts, json_pack("{s:o, s:s}", "address",
                                hs_rpc_json_hex(key.address.bytes, sizeof key.address.bytes),
                                "key_file", path));
        hs_wipe(&key, sizeof key);
    }
    return accounts;
}

static json_t *devnet_json(const struct hs_local_cluster *cluster, json_t *accounts)
{
    json_t *validators = json_array();
    for (uint32_t i = 0; i < cluster->count; i++) {
        const struct hs_local_cluster_validator *validator = &cluster->validators[i];
        json_array_append_new(
            validators, json_pack("{s:i, s:i, s:s, s:i, s:i}", "index", (int)i, "pid",
                                  (int)validator->pid, "home", validator->home, "p2p_port",
                                  (int)validator->p2p_port, "rpc_port", (int)validator->rpc_port));
    }
    return json_pack("{s:o, s:o, s:O}", "chain_id",
                     hs_rpc_json_hex(cluster->chain_id.bytes, sizeof cluster->chain_id.bytes),
                     "validators", validators, "accounts", accounts);
}

static bool path_of(char path[HS_HOME_PATH_CHARACTERS], const struct hs_local_cluster *cluster,
                    const char *ending)
{
    int size = snprintf(path, HS_HOME_PATH_CHARACTERS, "%s/" HS_HOMES_DEVNET_NAME "%s",
                        cluster->folder, ending);
    return size > 0 && (size_t)size < HS_HOME_PATH_CHARACTERS;
}

bool hs_devnet_file_write(struct hs_local_cluster *cluster, json_t *accounts)
{
    char path[HS_HOME_PATH_CHARACTERS];
    char new_path[HS_HOME_PATH_CHARACTERS];
    json_t *json = devnet_json(cluster, accounts);
    bool written =
        json != NULL && path_of(path, cluster, "") && path_of(new_path, cluster, ".new") &&
        json_dump_file(json, new_path, JSON_INDENT(2)) == 0 && rename(new_path, path) == 0;
    if (!written) {
        snprintf(cluster->error, sizeof cluster->error,
                 "%.400s/" HS_HOMES_DEVNET_NAME " can't be written: %s", cluster->folder,
                 strerror(errno));
    }
    json_decref(json);
    return written;
}

void hs_devnet_file_remove(const struct hs_local_cluster *cluster)
{
    char path[HS_HOME_PATH_CHARACTERS];
    if (path_of(path, cluster, "")) {
        (void)unlink(path);
    }
}
