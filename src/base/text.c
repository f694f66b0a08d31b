#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char DIGITS[] = "0123456789abcdef";

void hs_hex_write(char *text, const uint8_t bytes[], size_t size)
{
    *text++ = '0';
    *text++ = 'x';
    for (size_t i = 0; i < size; i++) {
        *text++ = DIGITS[bytes[i] >> 4];
        *text++ = DIGITS[bytes[i] & 0xf];
    }
    *text = '\0';
}

/* The digit's value, or 16. */
static unsigned digit_of(char character)
{
    if (character >= '0' && character <= '9') {
        return (unsigned)(character - '0');
    }
    if (character >= 'a' && character <= 'f') {
        return (unsigned)(character - 'a') + 10;
    }
    return 16;
}

bool hs_hex_read(uint8_t bytes[], size_t size, const char *text)
{
    if (strncmp(text, "0x", 2) != 0 || strlen(text) != 2 + 2 * size) {
        return false;
    }
    text += 2;
    for (size_t i = 0; i < size; i++) {
        unsigned high = digit_of(text[2 * i]);
        unsigned low = digit_of(text[2 * i + 1]);
        if (high > 15 || low > 15) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool hs_decimal_read(uint64_t *value, const char *text)
{
    uint64_t sum = 0;
    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0')) {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(*at - '0');
        if (sum > (UINT64_MAX - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

bool hs_is_endpoint(const char *text)
{
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~') {
            return false;
        }
    }
    if (colon == NULL || colon == text || !hs_decimal_read(&port, colon + 1) || port > UINT16_MAX) {
        return false;
    }
    return text[0] == '[' ? colon[-1] == ']' : strchr(text, ':') == colon;
}

bool hs_dial_address_read(struct hs_dial_address *address, const char *text)
{
    size_t size = strlen(text);
    if (size >= sizeof address->text || !hs_is_endpoint(text)) {
        return false;
    }
    *address = (struct hs_dial_address){{0}};
    memcpy(address->text, text, size);
    return true;
}

void hs_text_append(char *text, size_t capacity, const char *format, ...)
{
    size_t size = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + size, capacity - size, format, arguments);
    va_end(arguments);
}
