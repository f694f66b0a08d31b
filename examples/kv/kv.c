/* See kv.h. A state is a list of named values; a block's state is a copy of its parent's with the
 * block's writes in it. The root is the hash of the list, which holds text only and grows in the
 * order of the writes, so it is the same on every machine. A sender's nonce is a value as well. */
#include "kv.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 256

struct entry {
    char kind;                     /* 'k': the value of a key; 'n': the nonce of a sender */
    char name[KV_WORD_CHARACTERS]; /* zeros behind the text, as in the value */
    char value[KV_WORD_CHARACTERS];
};

struct state {
    bool used;
    uint32_t count;
    struct entry entries[ENTRIES_MAX]; /* zeros behind `count` */
};

struct kv_store {
    uint32_t state_count;
    uint32_t committed;
    struct hs_amount base_fee;
    struct state pinned; /* what a snapshot is written from */
    struct state states[];
};

struct line {
    struct hs_address sender; /* its name, zeros behind the text */
    char key[KV_WORD_CHARACTERS];
    char value[KV_WORD_CHARACTERS];
    uint64_t nonce;
};

/* -- entries ------------------------------------------------------------------------- */

/* The place of an entry; `count` when there is none. */
static uint32_t place_of(const struct state *state, char kind, const char *name)
{
    uint32_t i = 0;
    while (i < state->count &&
           (state->entries[i].kind != kind || strcmp(state->entries[i].name, name) != 0)) {
        i++;
    }
    return i;
}

static const char *find(const struct state *state, char kind, const char *name)
{
    uint32_t i = place_of(state, kind, name);
    return i < state->count ? state->entries[i].value : NULL;
}

static void put(struct state *state, char kind, const char *name, const char *value)
{
    uint32_t i = place_of(state, kind, name);
    state->count += i == state->count ? 1 : 0;
    state->entries[i] = (struct entry){.kind = kind};
    strcpy(state->entries[i].name, name);
    strcpy(state->entries[i].value, value);
}

static uint64_t nonce_in(const struct state *state, const struct hs_address *sender)
{
    const char *value = find(state, 'n', (const char *)sender->bytes);
    return value != NULL ? strtoull(value, NULL, 10) : 0;
}

/* -- transactions ---------------------------------------------------------------------- */

static bool read_line(struct line *line, struct hs_bytes transaction)
{
    char text[KV_LINE_CHARACTERS] = {0};
    int end = 0;
    *line = (struct line){0};
    if (transaction.size >= sizeof text) {
        return false;
    }
    memcpy(text, transaction.data, transaction.size);
    return sscanf(text, "%31s %19" SCNu64 " set %31s %31s%n", (char *)line->sender.bytes,
                  &line->nonce, line->key, line->value, &end) == 4 &&
           (size_t)end == transaction.size;
}

static enum hs_status apply(struct state *state, struct hs_bytes transaction)
{
    struct line line;
    char nonce[KV_WORD_CHARACTERS];
    if (!read_line(&line, transaction)) {
        return HS_MALFORMED;
    }
    if (line.nonce != nonce_in(state, &line.sender)) {
        return line.nonce < nonce_in(state, &line.sender) ? HS_NONCE_TOO_LOW : HS_NONCE_TOO_HIGH;
    }
    if (state->count + 2 > ENTRIES_MAX) {
        return HS_FULL;
    }
    put(state, 'k', line.key, line.value);
    snprintf(nonce, sizeof nonce, "%" PRIu64, line.nonce + 1);
    put(state, 'n', (const char *)line.sender.bytes, nonce);
    return HS_OK;
}

/* -- the application ---------------------------------------------------------------------- */

static enum hs_status inspect(const void *context, struct hs_bytes transaction,
                              struct hs_transaction_summary *summary)
{
    struct line line;
    (void)context;
    if (!read_line(&line, transaction)) {
        return HS_MALFORMED;
    }
    crypto_hash_sha256(summary->id.bytes, transaction.data, transaction.size);
    summary->sender = line.sender;
    summary->nonce = line.nonce;
    summary->gas = 1;
    summary->max_fee.units = UINT64_MAX; /* nobody pays: any base fee will do */
    summary->max_tip.units = 0;
    return HS_OK;
}

static void verify(const void *context, bool ok[], const struct hs_bytes transactions[],
                   size_t count)
{
    (void)context;
    (void)transactions;
    memset(ok, true, count * sizeof ok[0]);
}

static uint64_t next_nonce(const void *context, const struct hs_address *sender)
{
    const struct kv_store *store = context;
    return nonce_in(&store->states[store->committed], sender);
}

static enum hs_status admit(const void *context, struct hs_bytes transaction)
{
    struct line line;
    if (!read_line(&line, transaction)) {
        return HS_MALFORMED;
    }
    return line.nonce < next_nonce(context, &line.sender) ? HS_NONCE_TOO_LOW : HS_OK;
}

static void root_of(struct hs_state_root *root, const struct state *state)
{
    crypto_hash_sha256(root->bytes, (const uint8_t *)state->entries,
                       state->count * sizeof state->entries[0]);
}

static struct hs_state committed(const void *context, struct hs_state_root *root)
{
    const struct kv_store *store = context;
    root_of(root, &store->states[store->committed]);
    return (struct hs_state){store->committed};
}

static struct hs_amount base_fee(const void *context, struct hs_state parent)
{
    const struct kv_store *store = context;
    (void)parent;
    return store->base_fee;
}

static enum hs_status execute(void *context, struct hs_state parent,
                              const struct hs_block_context *block,
                              const struct hs_bytes transactions[], size_t count, bool included[],
                              struct hs_state *state, struct hs_state_root *root)
{
    struct kv_store *store = context;
    uint32_t slot = 0;
    (void)block;
    while (slot < store->state_count && store->states[slot].used) {
        slot++;
    }
    if (slot == store->state_count) {
        return HS_FULL;
    }
    struct state *made = &store->states[slot];
    *made = store->states[parent.slot];
    for (size_t i = 0; i < count; i++) {
        bool valid = apply(made, transactions[i]) == HS_OK;
        if (!valid && included == NULL) {
            made->used = false;
            return HS_BAD_BLOCK; /* X2 */
        }
        if (included != NULL) {
            included[i] = valid;
        }
    }
    state->slot = slot;
    root_of(root, made);
    return HS_OK;
}

static void commit(void *context, struct hs_state state)
{
    struct kv_store *store = context;
    store->states[store->committed].used = false;
    store->committed = state.slot;
}

static void release(void *context, struct hs_state state)
{
    struct kv_store *store = context;
    store->states[state.slot].used = false;
}

/* -- snapshots -------------------------------------------------------------------------------- */

static void snapshot_pin(void *context)
{
    struct kv_store *store = context;
    store->pinned = store->states[store->committed];
}

static void snapshot_unpin(void *context)
{
    (void)context;
}

static enum hs_status snapshot_write(const void *context, struct hs_sink *sink)
{
    const struct kv_store *store = context;
    const struct entry *entries = store->pinned.entries;
    return sink->write(sink->context, (const uint8_t *)entries, sizeof store->pinned.entries);
}

static enum hs_status restore(void *context, struct hs_source *source)
{
    struct kv_store *store = context;
    struct state *state = &store->states[store->committed];
    enum hs_status status =
        source->read(source->context, (uint8_t *)state->entries, sizeof state->entries);
    state->count = 0;
    while (status == HS_OK && state->count < ENTRIES_MAX &&
           state->entries[state->count].kind != '\0') {
        state->count++;
    }
    return status;
}

/* -- the store -- */

enum hs_status kv_make(void *context, struct hs_application *application,
                       const struct hs_application_setup *setup)
{
    struct kv_store *store = calloc(1, sizeof *store + setup->states_max * sizeof store->states[0]);
    if (store == NULL || sodium_init() < 0) {
        free(store);
        return HS_OUT_OF_MEMORY;
    }
    store->state_count = setup->states_max;
    store->base_fee = setup->base_fee;
    store->states[0].used = true;
    *application = (struct hs_application){
        .context = store,
        .gas_limit = UINT64_MAX,
        .inspect = inspect,
        .verify = verify,
        .admit = admit,
        .next_nonce = next_nonce,
        .committed = committed,
        .base_fee = base_fee,
        .execute = execute,
        .commit = commit,
        .release = release,
        .snapshot_pin = snapshot_pin,
        .snapshot_write = snapshot_write,
        .snapshot_unpin = snapshot_unpin,
        .restore = restore,
    };
    *(struct kv_store **)context = store;
    return HS_OK;
}

void kv_free(struct kv_store *store)
{
    free(store);
}

const char *kv_get(const struct kv_store *store, const char *key)
{
    return find(&store->states[store->committed], 'k', key);
}

uint64_t kv_next_nonce(const struct kv_store *store, const char *sender)
{
    const char *nonce = find(&store->states[store->committed], 'n', sender);
    return nonce != NULL ? strtoull(nonce, NULL, 10) : 0;
}
