/* Bytes and numbers as people and scripts write them.
 *
 * Bytes are "0x" and lowercase hex, amounts and stakes are decimal strings without sign or
 * leading zeros: one text for each value, so texts can be compared as well as read. Where something
 * listens is host and port, and is found out about when it is dialed.
 */
#ifndef HS_BASE_TEXT_H
#define HS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hotstuff/types.h>

/* Characters of `size` bytes as text, the closing zero included. */
#define HS_HEX_CHARACTERS(size) (2u + 2u * (size) + 1u)

/* Writes HS_HEX_CHARACTERS(size) characters. */
void hs_hex_write(char *text, const uint8_t bytes[], size_t size);
/* Reads exactly `size` bytes. False, and `bytes` undefined, for any other text. */
bool hs_hex_read(uint8_t bytes[], size_t size, const char *text);

/* Reads a decimal of at most 64 bits; false, and *value untouched, for any other text. */
bool hs_decimal_read(uint64_t *value, const char *text);

/* "host:port" or "[v6]:port", printable, the port a decimal of 16 bits. */
bool hs_is_endpoint(const char *text);
/* The same, as far as it fits an address to dial. False, and *address untouched, for any other. */
bool hs_dial_address_read(struct hs_dial_address *address, const char *text);

/* Adds to a text what `format` makes; what exceeds `capacity` characters is cut off. */
void hs_text_append(char *text, size_t capacity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
