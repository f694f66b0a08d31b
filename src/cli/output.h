/* What commands print: results to stdout, errors to stderr. */
#ifndef HS_CLI_OUTPUT_H
#define HS_CLI_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* "hotstuff: ..." and a newline on stderr. */
void hs_print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line of JSON on stdout, flushed. Takes over the reference; NULL (no memory) is an error.
 * Returns the exit code. */
int hs_print_json(json_t *value);

/* "0x..." as a new JSON string. */
json_t *hs_json_hex(const uint8_t bytes[], size_t size);
/* A decimal string. */
json_t *hs_json_decimal(uint64_t value);

#endif
