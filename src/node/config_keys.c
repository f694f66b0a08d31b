/* The keys of hotstuff.conf: for each what it is and what it may hold. See config_parts.h. */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "node/config_parts.h"

#define MILLISECONDS_MAX (UINT64_C(24) * 3600 * 1000)

#define NUMBER(section, name, type, member, min, max)                                              \
    {                                                                                              \
        section, name, type, offsetof(struct hs_config, member), min, max                          \
    }
#define TEXT(section, name, type, member)                                                          \
    {                                                                                              \
        section, name, type, offsetof(struct hs_config, member), 0,                                \
            sizeof((struct hs_config *)0)->member                                                  \
    }

const struct hs_config_key hs_config_keys[HS_CONFIG_KEYS] = {
    NUMBER("node", "index", HS_KEY_INDEX, index, 0, HS_VALIDATORS_MAX - 1),
    TEXT("node", "key", HS_KEY_TEXT, key_file),
    TEXT("node", "reporter", HS_KEY_TEXT_OR_OFF, reporter_file),
    NUMBER("node", "threads", HS_KEY_U32, cpu_threads, 1, HS_CPU_THREADS_MAX),
    TEXT("network", "listen", HS_KEY_ENDPOINT, listen),
    TEXT("rpc", "listen", HS_KEY_ENDPOINT_OR_OFF, rpc_listen),
    TEXT("log", "levels", HS_KEY_LEVELS, log_levels),
    NUMBER("log", "format", HS_KEY_FORMAT, log_json, 0, 1),
    NUMBER("pacemaker", "strategy", HS_KEY_STRATEGY, pacemaker.strategy, 0, 0),
    NUMBER("pacemaker", "base_ms", HS_KEY_MILLISECONDS, pacemaker.base_ns, 1, MILLISECONDS_MAX),
    NUMBER("pacemaker", "max_ms", HS_KEY_MILLISECONDS, pacemaker.max_ns, 1, MILLISECONDS_MAX),
    NUMBER("pacemaker", "backup_delay_ms", HS_KEY_MILLISECONDS, pacemaker.backup_delay_ns, 0,
           MILLISECONDS_MAX),
    NUMBER("pacemaker", "idle_interval_ms", HS_KEY_MILLISECONDS, pacemaker.idle_interval_ns, 0,
           MILLISECONDS_MAX),
    NUMBER("pacemaker", "batch_delay_ms", HS_KEY_MILLISECONDS, pacemaker.batch_delay_ns, 0,
           MILLISECONDS_MAX),
    NUMBER("pacemaker", "batch_low", HS_KEY_U32, pacemaker.batch_low, 0, HS_BLOCK_TRANSACTIONS_MAX),
    NUMBER("mempool", "transactions", HS_KEY_U32, mempool_transactions, 1,
           HS_MEMPOOL_TRANSACTIONS_MAX),
    NUMBER("ledger", "accounts_max", HS_KEY_U32, accounts_max, 1, HS_LEDGER_ACCOUNTS_MAX),
    NUMBER("storage", "snapshot_interval_blocks", HS_KEY_U64, snapshot_interval_blocks, 0,
           UINT64_MAX),
};

const char *const hs_config_strategies[HS_CONFIG_STRATEGIES] = {
    [HS_TIMEOUT_EXPONENTIAL] = "exponential",
    [HS_TIMEOUT_LINEAR] = "linear",
    [HS_TIMEOUT_FIXED] = "fixed",
};

static bool take_number(struct hs_config_parse *parse, const struct hs_config_key *key,
                        const char *value)
{
    char *at = (char *)parse->config + key->offset;
    uint64_t number = 0;
    if (!hs_decimal_read(&number, value) || number < key->min || number > key->max) {
        return hs_config_fail(parse, HS_INVALID_ARGUMENT,
                              "%s.%s = %s: give a number from %" PRIu64 " to %" PRIu64,
                              key->section, key->name, value, key->min, key->max);
    }
    if (key->type == HS_KEY_U32 || key->type == HS_KEY_INDEX) {
        *(uint32_t *)(void *)at = (uint32_t)number;
    } else {
        *(uint64_t *)(void *)at =
            key->type == HS_KEY_MILLISECONDS ? number * HS_MILLISECOND_NS : number;
    }
    return true;
}

static bool take_text(struct hs_config_parse *parse, const struct hs_config_key *key,
                      const char *value)
{
    char *at = (char *)parse->config + key->offset;
    if (value[0] == '\0' || strlen(value) >= key->max) {
        return hs_config_fail(parse, HS_INVALID_ARGUMENT, "%s.%s: give 1 to %" PRIu64 " characters",
                              key->section, key->name, key->max - 1);
    }
    memcpy(at, value, strlen(value) + 1);
    return true;
}

static bool take_off(struct hs_config_parse *parse, const struct hs_config_key *key)
{
    *((char *)parse->config + key->offset) = '\0';
    return true;
}

static bool take_endpoint(struct hs_config_parse *parse, const struct hs_config_key *key,
                          const char *value)
{
    if (key->type == HS_KEY_ENDPOINT_OR_OFF && strcmp(value, "off") == 0) {
        return take_off(parse, key);
    }
    if (!hs_is_endpoint(value)) {
        return hs_config_fail(parse, HS_INVALID_ARGUMENT,
                              "%s.%s = %s: give host:port, as in 127.0.0.1:27000", key->section,
                              key->name, value);
    }
    return take_text(parse, key, value);
}

static bool take_levels(struct hs_config_parse *parse, const struct hs_config_key *key,
                        const char *value)
{
    struct hs_log scratch = {.descriptor = -1};
    if (!hs_log_parse_levels(&scratch, value)) {
        return hs_config_fail(
            parse, HS_INVALID_ARGUMENT,
            "log.levels = %s: give error, warn, info or debug, and rooms that differ after "
            "it, as in info,network=debug",
            value);
    }
    return take_text(parse, key, value);
}

static bool take_format(struct hs_config_parse *parse, const char *value)
{
    parse->config->log_json = strcmp(value, "json") == 0;
    if (!parse->config->log_json && strcmp(value, "text") != 0) {
        return hs_config_fail(parse, HS_INVALID_ARGUMENT, "log.format = %s: give text or json",
                              value);
    }
    return true;
}

static bool take_strategy(struct hs_config_parse *parse, const char *value)
{
    for (size_t i = 0; i < HS_CONFIG_STRATEGIES; i++) {
        if (strcmp(value, hs_config_strategies[i]) == 0) {
            parse->config->pacemaker.strategy = (enum hs_timeout_strategy)i;
            return true;
        }
    }
    return hs_config_fail(parse, HS_INVALID_ARGUMENT,
                          "pacemaker.strategy = %s: give exponential, linear or fixed", value);
}

bool hs_config_take(struct hs_config_parse *parse, const struct hs_config_key *key,
                    const char *value)
{
    switch (key->type) {
    case HS_KEY_INDEX:
    case HS_KEY_U32:
    case HS_KEY_U64:
    case HS_KEY_MILLISECONDS:
        return take_number(parse, key, value);
    case HS_KEY_TEXT:
        return take_text(parse, key, value);
    case HS_KEY_TEXT_OR_OFF:
        return strcmp(value, "off") == 0 ? take_off(parse, key) : take_text(parse, key, value);
    case HS_KEY_ENDPOINT:
    case HS_KEY_ENDPOINT_OR_OFF:
        return take_endpoint(parse, key, value);
    case HS_KEY_LEVELS:
        return take_levels(parse, key, value);
    case HS_KEY_FORMAT:
        return take_format(parse, value);
    case HS_KEY_STRATEGY:
        return take_strategy(parse, value);
    }
    return false;
}
