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
#include <stdio.h>
#include <string.h>

#include <ini.h>

#include "node/config_parts.h"

#define NAME_CHARACTERS_MAX              49u /* of a section or a key, as libinih has room */
#define CPU_THREADS_DEFAULT              1u
#define MEMPOOL_TRANSACTIONS_DEFAULT     65536u
#define ACCOUNTS_MAX_DEFAULT             (1u << 22)
#define SNAPSHOT_INTERVAL_BLOCKS_DEFAULT 5000u

_Static_assert(HS_CONFIG_LINE_CHARACTERS_MAX + 2u <= INI_MAX_LINE, "libinih would cut a line");

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

bool hs_config_fail(struct hs_config_parse *parse, enum hs_status status, const char *format, ...)
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
static bool line_is_sound(struct hs_config_parse *parse, const char *line, size_t size)
{
    if (memchr(line, '\0', size) != NULL) {
        return hs_config_fail(parse, HS_MALFORMED, "holds a zero byte; this is no text file");
    }
    if (size > HS_CONFIG_LINE_CHARACTERS_MAX) {
        return hs_config_fail(parse, HS_MALFORMED, "has more than %u characters; shorten it",
                              HS_CONFIG_LINE_CHARACTERS_MAX);
    }
    size_t blank = 0;
    while (blank < size && isspace((unsigned char)line[blank])) {
        blank++;
    }
    if (blank > 0 && blank < size) {
        return hs_config_fail(parse, HS_MALFORMED, "begins with a blank; begin it at the margin");
    }
    if (size == 0 || blank == size || line[0] == '#' || line[0] == ';') {
        return true;
    }
    size_t name_size = 0;
    while (name_size < size && strchr("=:]", line[name_size]) == NULL) {
        name_size++;
    }
    if (name_size > NAME_CHARACTERS_MAX) {
        return hs_config_fail(
            parse, HS_MALFORMED,
            "has a name of more than %u characters; no section or key has such a name",
            NAME_CHARACTERS_MAX);
    }
    return true;
}

/* libinih's reader: fgets over the text. */
static char *next_line(char *out, int capacity, void *context)
{
    struct hs_config_parse *parse = context;
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

/* hs_config_write puts blanks around the "=". */
static bool can_be_written(struct hs_config_parse *parse, const char *name, const char *value)
{
    if (value[0] == ';') {
        return hs_config_fail(parse, HS_MALFORMED,
                              "the value of %s begins with ';', as a comment does", name);
    }
    if (strlen(name) + strlen(" = ") + strlen(value) > HS_CONFIG_LINE_CHARACTERS_MAX) {
        return hs_config_fail(parse, HS_MALFORMED,
                              "has no room for blanks around the \"=\"; shorten it");
    }
    return true;
}

/* libinih's handler: 1 goes on. */
static int on_key(void *context, const char *section, const char *name, const char *value)
{
    struct hs_config_parse *parse = context;
    if (!can_be_written(parse, name, value)) {
        return 0;
    }
    if (strcmp(section, "network") == 0 && strncmp(name, "peer.", strlen("peer.")) == 0) {
        return hs_config_take_peer(parse, name, value) ? 1 : 0;
    }
    if (strcmp(section, "network") == 0 && strncmp(name, "known.", strlen("known.")) == 0) {
        return hs_config_take_known(parse, name, value) ? 1 : 0;
    }
    for (size_t i = 0; i < HS_CONFIG_KEYS; i++) {
        if (strcmp(section, hs_config_keys[i].section) != 0 ||
            strcmp(name, hs_config_keys[i].name) != 0) {
            continue;
        }
        if (parse->seen[i]) {
            hs_config_fail(parse, HS_MALFORMED, "%s.%s stands twice; remove one", section, name);
            return 0;
        }
        parse->seen[i] = true;
        return hs_config_take(parse, &hs_config_keys[i], value) ? 1 : 0;
    }
    hs_config_fail(parse, HS_MALFORMED,
                   "there is no key \"%s\" in a section [%s]; remove the line, or look "
                   "for a slip of the pen",
                   name, section);
    return 0;
}

static bool check_whole(struct hs_config_parse *parse)
{
    const struct hs_pacemaker_config *pacemaker = &parse->config->pacemaker;
    parse->line = 0;
    if (parse->config->listen[0] == '\0') {
        return hs_config_fail(parse, HS_MALFORMED,
                              "network.listen is missing; add listen = host:port under "
                              "[network]");
    }
    if (pacemaker->max_ns < pacemaker->base_ns) {
        return hs_config_fail(parse, HS_INVALID_ARGUMENT,
                              "pacemaker.max_ms is below base_ms; raise it to at least %" PRIu64,
                              pacemaker->base_ns / HS_MILLISECOND_NS);
    }
    if (pacemaker->idle_interval_ns > pacemaker->base_ns / 2 || /* L8 */
        pacemaker->batch_delay_ns > pacemaker->base_ns / 2) {
        return hs_config_fail(
            parse, HS_INVALID_ARGUMENT,
            "pacemaker.idle_interval_ms and batch_delay_ms may be at most half of base_ms, "
            "or idle views would time out; lower them or raise base_ms");
    }
    return true;
}

enum hs_status hs_config_parse(struct hs_config *config, const char *file_name, const char *text,
                               size_t size, struct hs_config_error *error)
{
    struct hs_config_parse parse = {
        .config = config,
        .file_name = file_name,
        .text = text,
        .size = size,
        .error = error,
    };
    hs_config_default(config);
    if (size > HS_CONFIG_BYTES_MAX) {
        hs_config_fail(&parse, HS_MALFORMED, "has more than %u bytes; this is no configuration",
                       HS_CONFIG_BYTES_MAX);
        return parse.status;
    }
    int bad_line = ini_parse_stream(next_line, &parse, on_key, &parse);
    if (parse.status == HS_OK && bad_line != 0) {
        parse.line = bad_line > 0 ? (unsigned)bad_line : 0;
        hs_config_fail(&parse, HS_MALFORMED,
                       "can't be read; write [section], key = value, or # a comment");
    }
    if (parse.status == HS_OK) {
        check_whole(&parse);
    }
    return parse.status;
}
