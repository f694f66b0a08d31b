/* Writing hotstuff.conf: what reading it again gives is the same. See config_parts.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "node/config_parts.h"

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
                    const struct hs_config_key *key)
{
    const char *at = (const char *)config + key->offset;
    if (key->type == HS_KEY_INDEX && config->index == HS_VALIDATORS_MAX) {
        return;
    }
    add(writer, "%s = ", key->name);
    switch (key->type) {
    case HS_KEY_INDEX:
    case HS_KEY_U32:
        add(writer, "%" PRIu32, *(const uint32_t *)(const void *)at);
        break;
    case HS_KEY_U64:
        add(writer, "%" PRIu64, *(const uint64_t *)(const void *)at);
        break;
    case HS_KEY_MILLISECONDS:
        add(writer, "%" PRIu64, *(const uint64_t *)(const void *)at / HS_MILLISECOND_NS);
        break;
    case HS_KEY_TEXT:
    case HS_KEY_ENDPOINT:
    case HS_KEY_LEVELS:
        add(writer, "%s", at);
        break;
    case HS_KEY_TEXT_OR_OFF:
    case HS_KEY_ENDPOINT_OR_OFF:
        add(writer, "%s", at[0] != '\0' ? at : "off");
        break;
    case HS_KEY_FORMAT:
        add(writer, "%s", config->log_json ? "json" : "text");
        break;
    case HS_KEY_STRATEGY:
        add(writer, "%s", hs_config_strategies[config->pacemaker.strategy]);
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
    for (size_t i = 0; i < HS_CONFIG_KEYS; i++) {
        if (strcmp(hs_config_keys[i].section, section) != 0) {
            add(&writer, "%s[%s]\n", i > 0 ? "\n" : "", hs_config_keys[i].section);
            section = hs_config_keys[i].section;
        }
        add_key(&writer, config, &hs_config_keys[i]);
        if (strcmp(section, "network") == 0) {
            add_peers(&writer, config);
        }
    }
    return writer.failed ? 0 : writer.size;
}
