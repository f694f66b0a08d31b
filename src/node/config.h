/* hotstuff.conf: how one validator runs on its machine. Nothing in it can make two validators
 * disagree; what must be the same everywhere is in the genesis document.
 *
 *     [node]       index = 0 (the key is that validator's of genesis.json; may be left out),
 *                  key = validator.key (beside the file, or an absolute path), threads = 1
 *                  reporter = off (or the key file of an account that reports double votes, as above)
 *     [network]    listen = 127.0.0.1:27000
 *                  peer.1 = 127.0.0.1:27002, ...: where validators of genesis.json are dialed, if not
 *                  where that says
 *                  known.1 = 0x(network key, 64 digits)@127.0.0.1:27004, ...: peers beside them
 *     [rpc]        listen = 127.0.0.1:27001 (or off)
 *     [log]        levels = info,network=debug, format = text | json
 *     [pacemaker]  strategy = exponential | linear | fixed, base_ms, max_ms, backup_delay_ms,
 *                  idle_interval_ms, batch_delay_ms, batch_low
 *     [mempool]    transactions
 *     [ledger]     accounts_max
 *     [storage]    snapshot_interval_blocks (0: none)
 *
 * Only network.listen must be there. A key that is unknown or stands twice is
 * refused, and so is a line that libinih would cut or join.
 */
#ifndef HS_NODE_CONFIG_H
#define HS_NODE_CONFIG_H

#include <hotstuff/application.h>
#include <hotstuff/core.h>

#include "base/log.h"

/* "host:port" or "[v6]:port", the closing zero included. */
#define HS_ENDPOINT_CHARACTERS      128u
#define HS_CONFIG_PATH_CHARACTERS   512u
#define HS_CONFIG_LEVELS_CHARACTERS 256u

struct hs_config {
    uint32_t index; /* HS_VALIDATORS_MAX: not given */
    uint32_t cpu_threads;
    char key_file[HS_CONFIG_PATH_CHARACTERS];
    char reporter_file[HS_CONFIG_PATH_CHARACTERS]; /* "": none */
    char listen[HS_ENDPOINT_CHARACTERS];
    char peers[HS_VALIDATORS_MAX][HS_ENDPOINT_CHARACTERS]; /* "": not known */
    struct hs_contact known[HS_KNOWN_PEERS_MAX];           /* without an address: not given */
    char rpc_listen[HS_ENDPOINT_CHARACTERS];               /* "": no RPC server */
    char log_levels[HS_CONFIG_LEVELS_CHARACTERS];
    bool log_json;
    struct hs_pacemaker_config pacemaker;
    uint32_t mempool_transactions;
    uint32_t accounts_max;
    uint64_t snapshot_interval_blocks;
};

/* What happened, in which file and line, what to do. */
struct hs_config_error {
    char text[512];
};

/* Every key's default; no index, no addresses. */
void hs_config_default(struct hs_config *config);

/* Reads `text` (`size` bytes) over the defaults. `file_name` is for the error.
 * HS_MALFORMED for a file that is none, HS_INVALID_ARGUMENT for a value out of its range. */
HS_MUST_CHECK enum hs_status hs_config_parse(struct hs_config *config, const char *file_name,
                                             const char *text, size_t size,
                                             struct hs_config_error *error);

/* Reads "0x(network key)@host:port". False, and `contact` undefined, for any other text. */
bool hs_contact_read(struct hs_contact *contact, const char *text);

/* Writes the file's text with a closing zero; what parse reads back is the same config. Returns
 * the number of characters, or 0 when `capacity` is too small (HS_CONFIG_BYTES_MAX is enough). */
size_t hs_config_write(char *text, size_t capacity, const struct hs_config *config);

#endif
