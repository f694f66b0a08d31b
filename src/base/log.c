/* A line is put together in one buffer on the stack and leaves with one write, so lines of
 * several threads never mix. It is ASCII: a byte that a terminal or a JSON reader could
 * trip over becomes '?', so nothing that a peer or a path contributes can forge a line.
 * One that is too long is cut at HS_LOG_LINE_BYTES_MAX.
 */
#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <hotstuff/limits.h>

static const char *const level_names[] = {"error", "warn", "info", "debug"};
#define LEVEL_COUNT (sizeof level_names / sizeof level_names[0])

static const char *const room_names[HS_LOG_ROOMS] = {
    "consensus", "ledger", "mempool", "storage", "network", "node", "runtime", "rpc",
};

/* JSON at most makes four characters of one: `" ` becomes `,"\"":""`. */
struct line {
    char text[4 * HS_LOG_LINE_BYTES_MAX + 256];
    size_t size;
};

static void append(struct line *line, const char *text, size_t size)
{
    size_t room = sizeof line->text - line->size;
    size_t taken = size < room ? size : room;
    memcpy(line->text + line->size, text, taken);
    line->size += taken;
}

static void append_text(struct line *line, const char *text)
{
    append(line, text, strlen(text));
}

/* ISO 8601, UTC, to the millisecond. */
static void append_time(struct line *line, uint64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL) {
        append_text(line, "0000-00-00T00:00:00.000Z");
        return;
    }
    char day[40];
    size_t size = strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    append(line, day, size);
    char fraction[8];
    snprintf(fraction, sizeof fraction, ".%03uZ", (unsigned)(unix_ms % 1000));
    append_text(line, fraction);
}

static void make_ascii(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < 0x20 || *text > 0x7e) {
            *text = '?';
        }
    }
}

static bool is_number(const char *text, size_t size)
{
    size_t digits = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        digits++;
    }
    return digits > 0 && (digits == 1 || text[0] != '0');
}

static void append_json_string(struct line *line, const char *text, size_t size)
{
    append_text(line, "\"");
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            append_text(line, "\\");
        }
        append(line, text + i, 1);
    }
    append_text(line, "\"");
}

/* The pairs of `key=value key="two words"` as members of a JSON object. */
static void append_json_pairs(struct line *line, const char *pairs)
{
    while (*(pairs += strspn(pairs, " ")) != '\0') {
        size_t key_size = strcspn(pairs, "= ");
        append_text(line, ",");
        append_json_string(line, pairs, key_size);
        append_text(line, ":");
        pairs += key_size;
        if (*pairs == '=') {
            pairs++;
        }
        bool quoted = *pairs == '"';
        if (quoted) {
            pairs++;
        }
        size_t value_size = strcspn(pairs, quoted ? "\"" : " ");
        if (!quoted && is_number(pairs, value_size)) {
            append(line, pairs, value_size);
        } else {
            append_json_string(line, pairs, value_size);
        }
        pairs += value_size;
        if (quoted && *pairs == '"') {
            pairs++;
        }
    }
}

static void append_json(struct line *line, uint64_t unix_ms, const char *level, const char *room,
                        const char *event, const char *pairs)
{
    append_text(line, "{\"time\":\"");
    append_time(line, unix_ms);
    append_text(line, "\",\"level\":\"");
    append_text(line, level);
    append_text(line, "\",\"room\":\"");
    append_text(line, room);
    append_text(line, "\",\"event\":");
    append_json_string(line, event, strlen(event));
    append_json_pairs(line, pairs);
    append_text(line, "}\n");
}

static void append_plain(struct line *line, uint64_t unix_ms, const char *level, const char *room,
                         const char *event, const char *pairs)
{
    append_time(line, unix_ms);
    const char *words[] = {level, room, event, pairs};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i][0] != '\0') {
            append_text(line, " ");
            append_text(line, words[i]);
        }
    }
    append_text(line, "\n");
}

void hs_log_event(const struct hs_log *log, enum hs_log_level level, enum hs_log_room room,
                  const char *event, const char *format, ...)
{
    if (log == NULL || level > log->levels[room]) {
        return;
    }
    char pairs[HS_LOG_LINE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(pairs, sizeof pairs, format, arguments);
    va_end(arguments);
    if (size < 0) {
        pairs[0] = '\0';
    }
    make_ascii(pairs);

    struct line line;
    line.size = 0;
    uint64_t unix_ms = log->clock.unix_ms(log->clock.context);
    if (log->json) {
        append_json(&line, unix_ms, level_names[level], room_names[room], event, pairs);
    } else {
        append_plain(&line, unix_ms, level_names[level], room_names[room], event, pairs);
    }
    if (write(log->descriptor, line.text, line.size) < 0) {
        return; /* there is nobody left to tell */
    }
}

static bool find_word(unsigned *index, const char *const names[], size_t count, const char *word,
                      size_t word_size)
{
    for (unsigned i = 0; i < count; i++) {
        if (strlen(names[i]) == word_size && memcmp(names[i], word, word_size) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* One of "level" (every room's) or "room=level". */
static bool parse_item(enum hs_log_level levels[HS_LOG_ROOMS], const char *item, size_t item_size)
{
    const char *equals = memchr(item, '=', item_size);
    const char *level_word = equals != NULL ? equals + 1 : item;
    unsigned level;
    if (!find_word(&level, level_names, LEVEL_COUNT, level_word,
                   item_size - (size_t)(level_word - item))) {
        return false;
    }
    unsigned first = 0;
    unsigned last = HS_LOG_ROOMS - 1;
    if (equals != NULL) {
        if (!find_word(&first, room_names, HS_LOG_ROOMS, item, (size_t)(equals - item))) {
            return false;
        }
        last = first;
    }
    for (unsigned room = first; room <= last; room++) {
        levels[room] = (enum hs_log_level)level;
    }
    return true;
}

bool hs_log_parse_levels(struct hs_log *log, const char *text)
{
    enum hs_log_level levels[HS_LOG_ROOMS];
    memcpy(levels, log->levels, sizeof levels);
    for (;;) {
        size_t item_size = strcspn(text, ",");
        if (!parse_item(levels, text, item_size)) {
            return false;
        }
        if (text[item_size] == '\0') {
            break;
        }
        text += item_size + 1;
    }
    memcpy(log->levels, levels, sizeof levels);
    return true;
}
