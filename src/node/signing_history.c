#include "node/signing_history.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "node/genesis_entry.h"

#define FORMAT  "hotstuff-signing-history"
#define VERSION 1u

/* -- writing ------------------------------------------------------------------------- */

static json_t *hex(const uint8_t bytes[], size_t size)
{
    char text[HS_HEX_CHARACTERS(HS_BLS_PUBLIC_KEY_BYTES)];
    hs_hex_write(text, bytes, size);
    return json_string(text);
}

char *hs_signing_history_write(const struct hs_signing_history *history)
{
    json_t *keys = json_array();
    for (uint32_t i = 0; i < history->key_count; i++) {
        const struct hs_signed_maxima *maxima = &history->keys[i].maxima;
        json_array_append_new(
            keys, json_pack("{s:o, s:I, s:I, s:I}", "public_key",
                            hex(history->keys[i].public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES),
                            "epoch", (json_int_t)maxima->epoch, "last_voted_view",
                            (json_int_t)maxima->last_voted_view, "locked_view",
                            (json_int_t)maxima->locked_view));
    }
    bool whole = json_array_size(keys) == history->key_count;
    json_t *root = json_pack("{s:s, s:i, s:o, s:o}", "format", FORMAT, "version", (int)VERSION,
                             "chain_id", hex(history->chain_id.bytes, HS_HASH_BYTES), "keys", keys);
    char *text = whole && root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    return text;
}

/* -- reading ------------------------------------------------------------------------- */

/* Views and epochs are counted up by one for ever; near the end of the range there would be none
 * left. */
static enum hs_status check_maxima(const struct hs_signed_maxima *maxima,
                                   const struct hs_genesis_entry *entry)
{
    bool in_range =
        maxima->epoch <= HS_RECOVERED_VIEW_MAX && maxima->last_voted_view <= HS_RECOVERED_VIEW_MAX;
    if (!in_range || maxima->locked_view > maxima->last_voted_view) {
        return hs_genesis_fail(entry->error, HS_INVALID_ARGUMENT,
                               "%s: no validator can have come to these numbers, a locked_view "
                               "above its last_voted_view or one beyond 2^62; export it anew",
                               entry->name);
    }
    return HS_OK;
}

static enum hs_status read_key(struct hs_signing_history *history, uint32_t index,
                               const json_t *value, struct hs_genesis_error *error)
{
    struct hs_genesis_entry entry;
    struct hs_bls_public_key *public_key = &history->keys[index].public_key;
    struct hs_signed_maxima *maxima = &history->keys[index].maxima;
    char name[32];
    snprintf(name, sizeof name, "keys[%u]", index);
    enum hs_status status = hs_genesis_entry_begin(&entry, value, name, error);
    if (status == HS_OK) {
        status = hs_genesis_read_bytes(&entry, "public_key", public_key->bytes,
                                       sizeof public_key->bytes);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_integer(&entry, "epoch", &maxima->epoch);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_integer(&entry, "last_voted_view", &maxima->last_voted_view);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_integer(&entry, "locked_view", &maxima->locked_view);
    }
    if (status == HS_OK) {
        status = hs_genesis_entry_end(&entry, "public_key, epoch, last_voted_view, locked_view");
    }
    if (status == HS_OK) {
        status = check_maxima(maxima, &entry);
    }
    for (uint32_t i = 0; i < index && status == HS_OK; i++) {
        if (memcmp(&history->keys[i].public_key, public_key, sizeof *public_key) == 0) {
            status = hs_genesis_fail(error, HS_MALFORMED, "%s: its public_key is that of keys[%u]",
                                     name, i);
        }
    }
    return status;
}

static enum hs_status read_keys(struct hs_signing_history *history, struct hs_genesis_entry *entry)
{
    const json_t *keys;
    enum hs_status status = hs_genesis_read_array(entry, "keys", &keys, 1, HS_HISTORY_KEYS_MAX);
    history->key_count = status == HS_OK ? (uint32_t)json_array_size(keys) : 0;
    for (uint32_t i = 0; i < history->key_count && status == HS_OK; i++) {
        status = read_key(history, i, json_array_get(keys, i), entry->error);
    }
    return status;
}

static enum hs_status read_history(struct hs_signing_history *history, const json_t *root,
                                   struct hs_genesis_error *error)
{
    struct hs_genesis_entry entry;
    const char *format = "";
    uint64_t version = 0;
    enum hs_status status = hs_genesis_entry_begin(&entry, root, "the signing history", error);
    if (status == HS_OK) {
        status = hs_genesis_read_text(&entry, "format", &format, "\"" FORMAT "\"");
    }
    if (status == HS_OK) {
        status = hs_genesis_read_integer(&entry, "version", &version);
    }
    if (status == HS_OK && (strcmp(format, FORMAT) != 0 || version != VERSION)) {
        return hs_genesis_fail(error, HS_MALFORMED,
                               "this is no \"%s\" of version %u; give what `hotstuff keys history "
                               "export` printed",
                               FORMAT, VERSION);
    }
    if (status == HS_OK) {
        status = hs_genesis_read_bytes(&entry, "chain_id", history->chain_id.bytes,
                                       sizeof history->chain_id.bytes);
    }
    if (status == HS_OK) {
        status = read_keys(history, &entry);
    }
    return status == HS_OK ? hs_genesis_entry_end(&entry, "format, version, chain_id, keys")
                           : status;
}

enum hs_status hs_signing_history_parse(struct hs_signing_history *history, struct hs_bytes text,
                                        struct hs_signing_history_error *error)
{
    struct hs_genesis_error entry_error = {.text = ""};
    json_error_t json_error = {.text = ""};
    memset(history, 0, sizeof *history);
    json_t *root =
        text.size <= HS_HISTORY_BYTES_MAX
            ? json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &json_error)
            : NULL;
    enum hs_status status = HS_MALFORMED;
    if (root == NULL) {
        snprintf(error->text, sizeof error->text,
                 "the signing history is no JSON of at most %u bytes (line %d: %.100s); give what "
                 "`hotstuff keys history export` printed",
                 HS_HISTORY_BYTES_MAX, json_error.line, json_error.text);
    } else {
        status = read_history(history, root, &entry_error);
        snprintf(error->text, sizeof error->text, "%.255s", entry_error.text);
    }
    json_decref(root);
    return status;
}

/* -- taken together ------------------------------------------------------------------- */

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void raise(struct hs_signed_maxima *maxima, const struct hs_signed_maxima *other)
{
    if (other->epoch > maxima->epoch) {
        *maxima = *other;
    } else if (other->epoch == maxima->epoch) {
        maxima->last_voted_view = max_u64(maxima->last_voted_view, other->last_voted_view);
        maxima->locked_view = max_u64(maxima->locked_view, other->locked_view);
    }
}

bool hs_signing_history_of(struct hs_signed_maxima *maxima,
                           const struct hs_signing_history *history,
                           const struct hs_bls_public_key keys[], uint32_t key_count)
{
    bool found = false;
    *maxima = (struct hs_signed_maxima){0};
    for (uint32_t i = 0; i < history->key_count; i++) {
        for (uint32_t k = 0; k < key_count; k++) {
            if (memcmp(&history->keys[i].public_key, &keys[k], sizeof keys[k]) == 0) {
                raise(maxima, &history->keys[i].maxima);
                found = true;
            }
        }
    }
    return found;
}
