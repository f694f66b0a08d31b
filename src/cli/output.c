#include "cli/output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/exit_codes.h"

void hs_print_error(const char *format, ...)
{
    va_list arguments;
    fflush(stdout);
    fputs("hotstuff: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int hs_print_json(json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    if (text == NULL) {
        hs_print_error("out of memory while printing");
        return HS_EXIT_INTERNAL;
    }
    puts(text);
    fflush(stdout);
    free(text);
    return HS_EXIT_OK;
}

json_t *hs_json_hex(const uint8_t bytes[], size_t size)
{
    char *text = malloc(HS_HEX_CHARACTERS(size));
    if (text == NULL) {
        return NULL;
    }
    hs_hex_write(text, bytes, size);
    json_t *value = json_string(text);
    free(text);
    return value;
}

json_t *hs_json_decimal(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}
