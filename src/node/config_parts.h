/* What the parts of hotstuff.conf share: the table of keys, and one reading of a file.
 *
 *     config.c          lines, sections and names; what must be there; the defaults
 *     config_keys.c     the table, and what each key may hold
 *     config_peers.c    peer.N and known.N, of which there are as many as the owner likes
 *     config_write.c    the same table, the other way round
 */
#ifndef HS_NODE_CONFIG_PARTS_H
#define HS_NODE_CONFIG_PARTS_H

#include "node/config.h"

#define HS_CONFIG_KEYS       18u
#define HS_CONFIG_STRATEGIES 3u
#define HS_MILLISECOND_NS    UINT64_C(1000000)

enum hs_config_key_type {
    HS_KEY_INDEX, /* HS_VALIDATORS_MAX: not written */
    HS_KEY_U32,
    HS_KEY_U64,
    HS_KEY_MILLISECONDS, /* kept in ns */
    HS_KEY_TEXT,
    HS_KEY_TEXT_OR_OFF,
    HS_KEY_ENDPOINT,
    HS_KEY_ENDPOINT_OR_OFF,
    HS_KEY_LEVELS,
    HS_KEY_FORMAT,
    HS_KEY_STRATEGY,
};

struct hs_config_key {
    const char *section;
    const char *name;
    enum hs_config_key_type type;
    size_t offset; /* in struct hs_config */
    uint64_t min;  /* of numbers, in the unit of the file; for text, min is 0 */
    uint64_t max;  /* for text, the characters there is room for */
};

extern const struct hs_config_key hs_config_keys[HS_CONFIG_KEYS];
extern const char
    *const hs_config_strategies[HS_CONFIG_STRATEGIES]; /* by enum hs_timeout_strategy */

/* One reading of a file: where it stands, and the first thing that was wrong. */
struct hs_config_parse {
    struct hs_config *config;
    const char *file_name;
    const char *text;
    size_t size;
    size_t offset;
    unsigned line;
    bool seen[HS_CONFIG_KEYS];
    struct hs_config_error *error;
    enum hs_status status;
};

/* Keeps the first complaint. False, for the callers' sake. */
bool hs_config_fail(struct hs_config_parse *parse, enum hs_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Each takes a value into the configuration; false when it can't be one, which was said. */
bool hs_config_take(struct hs_config_parse *parse, const struct hs_config_key *key,
                    const char *value);
bool hs_config_take_peer(struct hs_config_parse *parse, const char *name, const char *value);
bool hs_config_take_known(struct hs_config_parse *parse, const char *name, const char *value);

#endif
