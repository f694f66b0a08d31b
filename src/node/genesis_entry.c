#include "node/genesis_entry.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

enum hs_status hs_genesis_fail(struct hs_genesis_error *error, enum hs_status status,
                               const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

enum hs_status hs_genesis_entry_begin(struct hs_genesis_entry *entry, const json_t *value,
                                      const char *name, struct hs_genesis_error *error)
{
    *entry = (struct hs_genesis_entry){.object = value, .error = error};
    snprintf(entry->name, sizeof entry->name, "%s", name);
    if (!json_is_object(value)) {
        return hs_genesis_fail(error, HS_MALFORMED, "%s: must be an object in braces", name);
    }
    return HS_OK;
}

enum hs_status hs_genesis_entry_end(const struct hs_genesis_entry *entry, const char *members)
{
    if (json_object_size(entry->object) == entry->members_read) {
        return HS_OK;
    }
    return hs_genesis_fail(entry->error, HS_MALFORMED,
                           "%s: has an unknown member; those known are %s", entry->name, members);
}

enum hs_status hs_genesis_read_text(struct hs_genesis_entry *entry, const char *member,
                                    const char **text, const char *form)
{
    const json_t *value = json_object_get(entry->object, member);
    if (!json_is_string(value)) {
        return hs_genesis_fail(entry->error, HS_MALFORMED, "%s: \"%s\" is %s; write %s",
                               entry->name, member, value == NULL ? "missing" : "no string", form);
    }
    *text = json_string_value(value);
    entry->members_read++;
    return HS_OK;
}

enum hs_status hs_genesis_read_bytes(struct hs_genesis_entry *entry, const char *member,
                                     uint8_t bytes[], size_t size)
{
    char form[64];
    const char *text;
    snprintf(form, sizeof form, "\"0x\" and %zu lowercase hex digits", 2 * size);
    enum hs_status status = hs_genesis_read_text(entry, member, &text, form);
    if (status == HS_OK && !hs_hex_read(bytes, size, text)) {
        return hs_genesis_fail(entry->error, HS_MALFORMED, "%s: \"%s\" must be %s", entry->name,
                               member, form);
    }
    return status;
}

enum hs_status hs_genesis_read_decimal(struct hs_genesis_entry *entry, const char *member,
                                       uint64_t *value)
{
    const char *text;
    enum hs_status status =
        hs_genesis_read_text(entry, member, &text, "a decimal number in quotes");
    if (status == HS_OK && !hs_decimal_read(value, text)) {
        return hs_genesis_fail(
            entry->error, HS_MALFORMED,
            "%s: \"%s\" must be a decimal number in quotes, below 2^64, without leading "
            "zeros",
            entry->name, member);
    }
    return status;
}

enum hs_status hs_genesis_read_integer(struct hs_genesis_entry *entry, const char *member,
                                       uint64_t *value)
{
    const json_t *number = json_object_get(entry->object, member);
    if (!json_is_integer(number) || json_integer_value(number) < 0) {
        return hs_genesis_fail(entry->error, HS_MALFORMED,
                               "%s: \"%s\" must be a whole number, 0 or more", entry->name, member);
    }
    *value = (uint64_t)json_integer_value(number);
    entry->members_read++;
    return HS_OK;
}

enum hs_status hs_genesis_read_array(struct hs_genesis_entry *entry, const char *member,
                                     const json_t **array, size_t count_min, size_t count_max)
{
    *array = json_object_get(entry->object, member);
    if (!json_is_array(*array)) {
        return hs_genesis_fail(entry->error, HS_MALFORMED,
                               "%s: \"%s\" must be an array in brackets", entry->name, member);
    }
    size_t count = json_array_size(*array);
    if (count < count_min || count > count_max) {
        return hs_genesis_fail(entry->error, HS_INVALID_ARGUMENT,
                               "%s: \"%s\" has %zu entries; give %zu to %zu", entry->name, member,
                               count, count_min, count_max);
    }
    entry->members_read++;
    return HS_OK;
}
