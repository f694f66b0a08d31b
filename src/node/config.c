/* hotstuff.conf. See config.h.
 *
 * libinih finds sections, names and values; one table says what each key is and what it may
 * hold, for reading and for writing. libinih cuts lines, names and sections that are longer
 * than its buffers and takes indented lines as more values of the key before: the reader,
 * which sees each line first, refuses both, so that nobody runs with half of what was written.
 */
#include "node/config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

#include "base/text.h"

#define NAME_CHARACTERS_MAX              49u /* of a section or a key, as libinih has room */
#define MILLISECOND_NS                   UINT64_C(1000000)
#define MILLISECONDS_MAX                 (UINT64_C(24) * 3600 * 1000)
#define CPU_THREADS_DEFAULT              1u
#define MEMPOOL_TRANSACTIONS_DEFAULT     65536u
#define ACCOUNTS_MAX_DEFAULT             (1u << 22)
#define SNAPSHOT_INTERVAL_BLOCKS_DEFAULT 5000u

_Static_assert(HS_CONFIG_LINE_CHARACTERS_MAX + 2u <= INI_MAX_LINE, "libinih would cut a line");

enum key_type {
    KEY_INDEX, /* HS_VALIDATORS_MAX: not written */
    KEY_U32,
    KEY_U64,
    KEY_MILLISECONDS, /* kept in ns */
    KEY_TEXT,
    KEY_TEXT_OR_OFF,
    KEY_ENDPOINT,
    KEY_ENDPOINT_OR_OFF,
    KEY_LEVELS,
    KEY_FORMAT,
    KEY_STRATEGY,
};

struct key {
    const char *section;
    const char *name;
    enum key_type type;
    size_t offset; /* in struct hs_config */
    uint64_t min;  /* of numbers, in the unit of the file; for text, min is 0 */
    uint64_t max;  /* for text, the characters there is room for */
};

#define NUMBER(section, name, type, member, min, max)                                              \
    {                                                                                              \
        section, name, type, offsetof(struct hs_config, member), min, max                          \
    }
#define TEXT(section, name, type, member)                                                          \
    {                                                                                              \
        section, name, type, offsetof(struct hs_config, member), 0,                                \
            sizeof((struct hs_config *)0)->member                                                  \
    }

static const struct key KEYS[] = {
    NUMBER("node", "index", KEY_INDEX, index, 0, HS_VALIDATORS_MAX - 1),
    TEXT("node", "key", KEY_TEXT, key_file),
    TEXT("node", "reporter", KEY_TEXT_OR_OFF, reporter_file),
    NUMBER("node", "threads", KEY_U32, cpu_threads, 1, HS_CPU_THREADS_MAX),
    TEXT("network", "listen", KEY_ENDPOINT, listen),
    TEXT("rpc", "listen", KEY_ENDPOINT_OR_OFF, rpc_listen),
    TEXT("log", "levels", KEY_LEVELS, log_levels),
    NUMBER("log", "format", KEY_FORMAT, log_json, 0, 1),
    NUMBER("pacemaker", "strategy", KEY_STRATEGY, pacemaker.strategy, 0, 0),
    NUMBER("pacemaker", "base_ms", KEY_MILLISECONDS, pacemaker.base_ns, 1, MILLISECONDS_MAX),
    NUMBER("pacemaker", "max_ms", KEY_MILLISECONDS, pacemaker.max_ns, 1, MILLISECONDS_MAX),
    NUMBER("pacemaker", "backup_delay_ms", KEY_MILLISECONDS, pacemaker.backup_delay_ns, 0,
           MILLISECONDS_MAX),
    NUMBER("pacemaker", "idle_interval_ms", KEY_MILLISECONDS, pacemaker.idle_interval_ns, 0,
           MILLISECONDS_MAX),
    NUMBER("pacemaker", "batch_delay_ms", KEY_MILLISECONDS, pacemaker.batch_delay_ns, 0,
           MILLISECONDS_MAX),
    NUMBER("pacemaker", "batch_low", KEY_U32, pacemaker.batch_low, 0, HS_BLOCK_TRANSACTIONS_MAX),
    NUMBER("mempool", "transactions", KEY_U32, mempool_transactions, 1,
           HS_MEMPOOL_TRANSACTIONS_MAX),
    NUMBER("ledger", "accounts_max", KEY_U32, accounts_max, 1, HS_LEDGER_ACCOUNTS_MAX),
    NUMBER("storage", "snapshot_interval_blocks", KEY_U64, snapshot_interval_blocks, 0, UINT64_MAX),
};
#define KEY_COUNT (sizeof KEYS / sizeof KEYS[0])

static const char *const STRATEGIES[] = {
    [HS_TIMEOUT_EXPONENTIAL] = "exponential",
    [HS_TIMEOUT_LINEAR] = "linear",
    [HS_TIMEOUT_FIXED] = "fixed",
};
#define STRATEGY_COUNT (sizeof STRATEGIES / sizeof STRATEGIES[0])

void hs_config_default(struct hs_config *config)
{
    memset(config, 0, sizeof *config);
    config->index = HS_VALIDATORS_MAX;
    config->cpu_threads = CPU_THREADS_DEFAULT;
    snprintf(config->key_file, sizeof config->key_file, "validator.key");
    snprintf(config->log_levels, sizeof config->log_levels, "info");
    hs_pacemaker_config_default(&config->pacemaker);
    config->mempool_transactions = MEMPOOL_TRANSACTIONS_DEFAULT;
    config->accounts_max = ACCOUNTS_MAX_DEFAULT;
    config->snapshot_interval_blocks = SNAPSHOT_INTERVAL_BLOCKS_DEFAULT;
}

/* -- reading ----------------------------------------------------------------------- */

/* One reading of a file: where it stands, and the first thing that was wrong. */
struct parse {
    struct hs_config *config;
    const char *file_name;
    const char *text;
    size_t size;
    size_t offset;
    unsigned line;
    bool seen[KEY_COUNT];
    struct hs_config_error *error;
    enum hs_status status;
};

/* Keeps the first complaint. False, for the callers' sake. */
static bool fail(struct parse *parse, enum hs_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail(struct parse *parse, enum hs_status status, const char *format, ...)
{
    va_list arguments;
    if (parse->status != HS_OK) {
        return false;
    }
    parse->status = status;
    int size = snprintf(parse->error->text, sizeof parse->error->text, "%s", parse->file_name);
    if (parse->line > 0 && size >= 0 && (size_t)size < sizeof parse->error->text) {
        size += snprintf(parse->error->text + size, sizeof parse->error->text - (size_t)size,
                         ", line %u", parse->line);
    }
    if (size >= 0 && (size_t)size + 2 < sizeof parse->error->text) {
        memcpy(parse->error->text + size, ": ", 3);
        va_start(arguments, format);
        vsnprintf(parse->error->text + size + 2, sizeof parse->error->text - (size_t)size - 2,
                  format, arguments);
        va_end(arguments);
    }
    return false;
}

/* What of a line libinih would cut off or take for something else. */
static bool line_is_sound(struct parse *parse, const char *line, size_t size)
{
    if (memchr(line, '\0', size) != NULL) {
        return fail(parse, HS_MALFORMED, "holds a zero byte; this is no text file");
    }
    if (size > HS_CONFIG_LINE_CHARACTERS_MAX) {
        return fail(parse, HS_MALFORMED, "has more than %u characters; shorten it",
                    HS_CONFIG_LINE_CHARACTERS_MAX);
    }
    size_t blank = 0;
    while (blank < size && isspace((unsigned char)line[blank])) {
        blank++;
    }
    if (blank > 0 && blank < size) {
        return fail(parse, HS_MALFORMED, "begins with a blank; begin it at the margin");
    }
    if (size == 0 || blank == size || line[0] == '#' || line[0] == ';') {
        return true;
    }
    size_t name_size = 0;
    while (name_size < size && strchr("=:]", line[name_size]) == NULL) {
        name_size++;
    }
    if (name_size > NAME_CHARACTERS_MAX) {
        return fail(parse, HS_MALFORMED,
                    "has a name of more than %u characters; no section or key has such a name",
                    NAME_CHARACTERS_MAX);
    }
    return true;
}

/* libinih's reader: fgets over the text. */
static char *next_line(char *out, int capacity, void *context)
{
    struct parse *parse = context;
    if (parse->status != HS_OK || parse->offset == parse->size) {
        return NULL;
    }
    const char *line = parse->text + parse->offset;
    size_t left = parse->size - parse->offset;
    const char *newline = memchr(line, '\n', left);
    size_t size = newline != NULL ? (size_t)(newline - line) : left;
    parse->offset += newline != NULL ? size + 1 : size;
    parse->line++;
    if (!line_is_sound(parse, line, size) || size + 1 > (size_t)capacity) {
        return NULL;
    }
    memcpy(out, line, size);
    out[size] = '\0';
    return out;
}

static bool take_number(struct parse *parse, const struct key *key, const char *value)
{
    char *at = (char *)parse->config + key->offset;
    uint64_t number = 0;
    if (!hs_decimal_read(&number, value) || number < key->min || number > key->max) {
        return fail(parse, HS_INVALID_ARGUMENT,
                    "%s.%s = %s: give a number from %" PRIu64 " to %" PRIu64, key->section,
                    key->name, value, key->min, key->max);
    }
    if (key->type == KEY_U32 || key->type == KEY_INDEX) {
        *(uint32_t *)(void *)at = (uint32_t)number;
    } else {
        *(uint64_t *)(void *)at = key->type == KEY_MILLISECONDS ? number * MILLISECOND_NS : number;
    }
    return true;
}

static bool take_text(struct parse *parse, const struct key *key, const char *value)
{
    char *at = (char *)parse->config + key->offset;
    if (value[0] == '\0' || strlen(value) >= key->max) {
        return fail(parse, HS_INVALID_ARGUMENT, "%s.%s: give 1 to %" PRIu64 " characters",
                    key->section, key->name, key->max - 1);
    }
    memcpy(at, value, strlen(value) + 1);
    return true;
}

static bool take_off(struct parse *parse, const struct key *key)
{
    *((char *)parse->config + key->offset) = '\0';
    return true;
}

static bool take_endpoint(struct parse *parse, const struct key *key, const char *value)
{
    if (key->type == KEY_ENDPOINT_OR_OFF && strcmp(value, "off") == 0) {
        return take_off(parse, key);
    }
    if (!hs_is_endpoint(value)) {
        return fail(parse, HS_INVALID_ARGUMENT, "%s.%s = %s: give host:port, as in 127.0.0.1:27000",
                    key->section, key->name, value);
    }
    return take_text(parse, key, value);
}

static bool take_levels(struct parse *parse, const struct key *key, const char *value)
{
    struct hs_log scratch = {.descriptor = -1};
    if (!hs_log_parse_levels(&scratch, value)) {
        return fail(parse, HS_INVALID_ARGUMENT,
                    "log.levels = %s: give error, warn, info or debug, and rooms that differ after "
                    "it, as in info,network=debug",
                    value);
    }
    return take_text(parse, key, value);
}

static bool take_format(struct parse *parse, const char *value)
{
    parse->config->log_json = strcmp(value, "json") == 0;
    if (!parse->config->log_json && strcmp(value, "text") != 0) {
        return fail(parse, HS_INVALID_ARGUMENT, "log.format = %s: give text or json", value);
    }
    return true;
}

static bool take_strategy(struct parse *parse, const char *value)
{
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        if (strcmp(value, STRATEGIES[i]) == 0) {
            parse->config->pacemaker.strategy = (enum hs_timeout_strategy)i;
            return true;
        }
    }
    return fail(parse, HS_INVALID_ARGUMENT,
                "pacemaker.strategy = %s: give exponential, linear or fixed", value);
}

static bool take_value(struct parse *parse, const struct key *key, const char *value)
{
    switch (key->type) {
    case KEY_INDEX:
    case KEY_U32:
    case KEY_U64:
    case KEY_MILLISECONDS:
        return take_number(parse, key, value);
    case KEY_TEXT:
        return take_text(parse, key, value);
    case KEY_TEXT_OR_OFF:
        return strcmp(value, "off") == 0 ? take_off(parse, key) : take_text(parse, key, value);
    case KEY_ENDPOINT:
    case KEY_ENDPOINT_OR_OFF:
        return take_endpoint(parse, key, value);
    case KEY_LEVELS:
        return take_levels(parse, key, value);
    case KEY_FORMAT:
        return take_format(parse, value);
    case KEY_STRATEGY:
        return take_strategy(parse, value);
    }
    return false;
}

static bool take_peer(struct parse *parse, const char *name, const char *value)
{
    uint64_t index = 0;
    if (!hs_decimal_read(&index, name + strlen("peer.")) || index >= HS_VALIDATORS_MAX) {
        return fail(parse, HS_INVALID_ARGUMENT, "network.%s: write peer.0 to peer.%u", name,
                    HS_VALIDATORS_MAX - 1);
    }
    char *peer = parse->config->peers[index];
    if (peer[0] != '\0') {
        return fail(parse, HS_MALFORMED, "network.%s stands twice; remove one", name);
    }
    if (!hs_is_endpoint(value) || strlen(value) >= HS_ENDPOINT_CHARACTERS) {
        return fail(parse, HS_INVALID_ARGUMENT,
                    "network.%s = %s: give host:port, as in 127.0.0.1:27000", name, value);
    }
    memcpy(peer, value, strlen(value) + 1);
    return true;
}

bool hs_contact_read(struct hs_contact *contact, const char *text)
{
    char key[HS_HEX_CHARACTERS(HS_ED25519_PUBLIC_KEY_BYTES)];
    const char *at = strchr(text, '@');
    if (at == NULL || (size_t)(at - text) != sizeof key - 1) {
        return false;
    }
    memcpy(key, text, sizeof key - 1);
    key[sizeof key - 1] = '\0';
    return hs_hex_read(contact->key.bytes, sizeof contact->key.bytes, key) &&
           hs_dial_address_read(&contact->address, at + 1);
}

static bool take_known(struct parse *parse, const char *name, const char *value)
{
    uint64_t index = 0;
    if (!hs_decimal_read(&index, name + strlen("known.")) || index >= HS_KNOWN_PEERS_MAX) {
        return fail(parse, HS_INVALID_ARGUMENT, "network.%s: write known.0 to known.%u", name,
                    HS_KNOWN_PEERS_MAX - 1);
    }
    struct hs_contact *known = &parse->config->known[index];
    if (known->address.text[0] != '\0') {
        return fail(parse, HS_MALFORMED, "network.%s stands twice; remove one", name);
    }
    if (!hs_contact_read(known, value)) {
        return fail(
            parse, HS_INVALID_ARGUMENT,
            "network.%s = %s: give KEY@host:port, the network key as \"0x\" and 64 lowercase "
            "hex digits, the address of at most %u characters",
            name, value, HS_DIAL_ADDRESS_BYTES_MAX);
    }
    for (uint32_t i = 0; i < HS_KNOWN_PEERS_MAX; i++) {
        const struct hs_contact *other = &parse->config->known[i];
        if (other != known && other->address.text[0] != '\0' &&
            memcmp(&other->key, &known->key, sizeof known->key) == 0) {
            return fail(parse, HS_MALFORMED,
                        "network.%s has the key of known.%" PRIu32 "; remove one", name, i);
        }
    }
    return true;
}

/* hs_config_write puts blanks around the "=". */
static bool can_be_written(struct parse *parse, const char *name, const char *value)
{
    if (value[0] == ';') {
        return fail(parse, HS_MALFORMED, "the value of %s begins with ';', as a comment does",
                    name);
    }
    if (strlen(name) + strlen(" = ") + strlen(value) > HS_CONFIG_LINE_CHARACTERS_MAX) {
        return fail(parse, HS_MALFORMED, "has no room for blanks around the \"=\"; shorten it");
    }
    return true;
}

/* libinih's handler: 1 goes on. */
static int on_key(void *context, const char *section, const char *name, const char *value)
{
    struct parse *parse = context;
    if (!can_be_written(parse, name, value)) {
        return 0;
    }
    if (strcmp(section, "network") == 0 && strncmp(name, "peer.", strlen("peer.")) == 0) {
        return take_peer(parse, name, value) ? 1 : 0;
    }
    if (strcmp(section, "network") == 0 && strncmp(name, "known.", strlen("known.")) == 0) {
        return take_known(parse, name, value) ? 1 : 0;
    }
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(section, KEYS[i].section) != 0 || strcmp(name, KEYS[i].name) != 0) {
            continue;
        }
        if (parse->seen[i]) {
            fail(parse, HS_MALFORMED, "%s.%s stands twice; remove one", section, name);
            return 0;
        }
        parse->seen[i] = true;
        return take_value(parse, &KEYS[i], value) ? 1 : 0;
    }
    fail(parse, HS_MALFORMED,
         "there is no key \"%s\" in a section [%s]; remove the line, or look "
         "for a slip of the pen",
         name, section);
    return 0;
}

static bool check_whole(struct parse *parse)
{
    const struct hs_pacemaker_config *pacemaker = &parse->config->pacemaker;
    parse->line = 0;
    if (parse->config->listen[0] == '\0') {
        return fail(parse, HS_MALFORMED,
                    "network.listen is missing; add listen = host:port under "
                    "[network]");
    }
    if (pacemaker->max_ns < pacemaker->base_ns) {
        return fail(parse, HS_INVALID_ARGUMENT,
                    "pacemaker.max_ms is below base_ms; raise it to at least %" PRIu64,
                    pacemaker->base_ns / MILLISECOND_NS);
    }
    if (pacemaker->idle_interval_ns > pacemaker->base_ns / 2 || /* L8 */
        pacemaker->batch_delay_ns > pacemaker->base_ns / 2) {
        return fail(parse, HS_INVALID_ARGUMENT,
                    "pacemaker.idle_interval_ms and batch_delay_ms may be at most half of base_ms, "
                    "or idle views would time out; lower them or raise base_ms");
    }
    return true;
}

enum hs_status hs_config_parse(struct hs_config *config, const char *file_name, const char *text,
                               size_t size, struct hs_config_error *error)
{
    struct parse parse = {
        .config = config,
        .file_name = file_name,
        .text = text,
        .size = size,
        .error = error,
    };
    hs_config_default(config);
    if (size > HS_CONFIG_BYTES_MAX) {
        fail(&parse, HS_MALFORMED, "has more than %u bytes; this is no configuration",
             HS_CONFIG_BYTES_MAX);
        return parse.status;
    }
    int bad_line = ini_parse_stream(next_line, &parse, on_key, &parse);
    if (parse.status == HS_OK && bad_line != 0) {
        parse.line = bad_line > 0 ? (unsigned)bad_line : 0;
        fail(&parse, HS_MALFORMED, "can't be read; write [section], key = value, or # a comment");
    }
    if (parse.status == HS_OK) {
        check_whole(&parse);
    }
    return parse.status;
}

/* -- writing ----------------------------------------------------------------------- */

struct text_writer {
    char *text;
    size_t capacity;
    size_t size;
    bool failed;
};

static void add(struct text_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct text_writer *writer, const char *format, ...)
{
    va_list arguments;
    size_t left = writer->capacity - writer->size;
    va_start(arguments, format);
    int size = vsnprintf(writer->text + writer->size, left, format, arguments);
    va_end(arguments);
    if (writer->failed || size < 0 || (size_t)size >= left) {
        writer->failed = true;
        return;
    }
    writer->size += (size_t)size;
}

static void add_key(struct text_writer *writer, const struct hs_config *config,
                    const struct key *key)
{
    const char *at = (const char *)config + key->offset;
    if (key->type == KEY_INDEX && config->index == HS_VALIDATORS_MAX) {
        return;
    }
    add(writer, "%s = ", key->name);
    switch (key->type) {
    case KEY_INDEX:
    case KEY_U32:
        add(writer, "%" PRIu32, *(const uint32_t *)(const void *)at);
        break;
    case KEY_U64:
        add(writer, "%" PRIu64, *(const uint64_t *)(const void *)at);
        break;
    case KEY_MILLISECONDS:
        add(writer, "%" PRIu64, *(const uint64_t *)(const void *)at / MILLISECOND_NS);
        break;
    case KEY_TEXT:
    case KEY_ENDPOINT:
    case KEY_LEVELS:
        add(writer, "%s", at);
        break;
    case KEY_TEXT_OR_OFF:
    case KEY_ENDPOINT_OR_OFF:
        add(writer, "%s", at[0] != '\0' ? at : "off");
        break;
    case KEY_FORMAT:
        add(writer, "%s", config->log_json ? "json" : "text");
        break;
    case KEY_STRATEGY:
        add(writer, "%s", STRATEGIES[config->pacemaker.strategy]);
        break;
    }
    add(writer, "\n");
}

static void add_peers(struct text_writer *writer, const struct hs_config *config)
{
    for (uint32_t i = 0; i < HS_VALIDATORS_MAX; i++) {
        if (config->peers[i][0] != '\0') {
            add(writer, "peer.%" PRIu32 " = %s\n", i, config->peers[i]);
        }
    }
    for (uint32_t i = 0; i < HS_KNOWN_PEERS_MAX; i++) {
        const struct hs_contact *known = &config->known[i];
        char key[HS_HEX_CHARACTERS(HS_ED25519_PUBLIC_KEY_BYTES)];
        if (known->address.text[0] != '\0') {
            hs_hex_write(key, known->key.bytes, sizeof known->key.bytes);
            add(writer, "known.%" PRIu32 " = %s@%s\n", i, key, known->address.text);
        }
    }
}

size_t hs_config_write(char *text, size_t capacity, const struct hs_config *config)
{
    struct text_writer writer = {.text = text, .capacity = capacity};
    const char *section = "";
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(KEYS[i].section, section) != 0) {
            add(&writer, "%s[%s]\n", i > 0 ? "\n" : "", KEYS[i].section);
            section = KEYS[i].section;
        }
        add_key(&writer, config, &KEYS[i]);
        if (strcmp(section, "network") == 0) {
            add_peers(&writer, config);
        }
    }
    return writer.failed ? 0 : writer.size;
}
