/* A signing history of any bytes: it is refused with a reason, or what it says is within its limits and
 * the same when it is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "node/signing_history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static void check(const struct hs_signing_history *history)
{
    HS_ASSERT(history->key_count >= 1 && history->key_count <= HS_HISTORY_KEYS_MAX);
    for (uint32_t i = 0; i < history->key_count; i++) {
        const struct hs_signed_maxima *maxima = &history->keys[i].maxima;
        HS_ASSERT(maxima->locked_view <= maxima->last_voted_view);
        HS_ASSERT(maxima->last_voted_view <= HS_RECOVERED_VIEW_MAX);
        HS_ASSERT(maxima->epoch <= HS_RECOVERED_VIEW_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    static struct hs_signing_history history;
    static struct hs_signing_history again;
    struct hs_signing_history_error error = {""};
    if (hs_signing_history_parse(&history, (struct hs_bytes){data, data_size}, &error) != HS_OK) {
        HS_ASSERT(error.text[0] != '\0');
        return 0;
    }
    check(&history);
    char *text = hs_signing_history_write(&history);
    HS_ASSERT(text != NULL);
    struct hs_bytes bytes = {(const uint8_t *)text, strlen(text)};
    enum hs_status status = hs_signing_history_parse(&again, bytes, &error);
    HS_ASSERT(status == HS_OK && memcmp(&history, &again, sizeof history) == 0);
    free(text);
    return 0;
}
