#include "cli/light_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "runtime/genesis_origin.h"
#include "runtime/home_files.h"

#define PATH_CHARACTERS 160u
/* How often, and how long apart, what is not ready is asked for again. */
#define ASK_AGAIN_TIMES 25u
#define ASK_AGAIN_NS    200000000

/* -- what is trusted --------------------------------------------------------------------- */

static int begin_on_genesis(struct hs_light *light, const char *path, struct hs_bytes text)
{
    struct hs_genesis genesis;
    struct hs_genesis_error genesis_error;
    struct hs_light_error error = {.reason = "out of memory"};
    if (hs_genesis_parse(&genesis, text, &genesis_error) != HS_OK) {
        hs_print_error("%s: neither a checkpoint nor a genesis document (%s); `hotstuff light "
                       "checkpoint` makes a checkpoint",
                       path, genesis_error.text);
        return HS_EXIT_USAGE;
    }
    struct hs_genesis_origin *origin = malloc(sizeof *origin);
    struct hs_checkpoint *checkpoint = malloc(sizeof *checkpoint);
    enum hs_status status = HS_OUT_OF_MEMORY;
    if (origin != NULL && checkpoint != NULL) {
        status = hs_genesis_origin_make(origin, &genesis);
        error.reason = hs_status_text(status);
    }
    if (status == HS_OK) {
        checkpoint->chain_id = genesis.chain_id;
        checkpoint->height = 0;
        checkpoint->block_id = origin->block.id;
        checkpoint->epoch_size =
            hs_epoch_encode(checkpoint->epoch, &origin->epoch, genesis.election);
        status = hs_checkpoint_begin(light, checkpoint, &error);
    }
    free(origin);
    free(checkpoint);
    hs_genesis_release(&genesis);
    if (status != HS_OK) {
        hs_print_error("%s: no chain begins with it: %s", path, error.reason);
        return HS_EXIT_USAGE;
    }
    return HS_EXIT_OK;
}

static int begin_on(struct hs_light *light, const char *path, struct hs_bytes text)
{
    struct hs_checkpoint *checkpoint = malloc(sizeof *checkpoint);
    if (checkpoint == NULL) {
        hs_print_error("out of memory");
        return HS_EXIT_INTERNAL;
    }
    struct hs_light_error error;
    const enum hs_status read = hs_checkpoint_read(checkpoint, text);
    const enum hs_status begun =
        read == HS_OK ? hs_checkpoint_begin(light, checkpoint, &error) : HS_OK;
    free(checkpoint);
    if (read != HS_OK) {
        return begin_on_genesis(light, path, text);
    }
    if (begun != HS_OK) {
        hs_print_error("%s: %s; take the checkpoint from where it is published once more", path,
                       error.reason);
        return HS_EXIT_USAGE;
    }
    return HS_EXIT_OK;
}

int hs_light_trust(struct hs_light *light, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    struct hs_home_error error;
    if (hs_home_read_file(&text, &size, path, HS_GENESIS_BYTES_MAX, &error) != HS_OK) {
        hs_print_error("%s", error.text);
        return HS_EXIT_USAGE;
    }
    const int exit_code =
        begin_on(light, path, (struct hs_bytes){.data = (const uint8_t *)text, .size = size});
    free(text);
    return exit_code;
}

/* -- what is refused ------------------------------------------------------------------------ */

int hs_light_refuse(const struct hs_client *client, const char *what, enum hs_status status,
                    const struct hs_light_error *error)
{
    if (status == HS_DIVERGED) {
        hs_print_error("%s: %s: %s.\n  Two chains were committed, or what you trust is of another "
                       "one: rely on neither until others whom you trust say which is right.",
                       client->url, what, error->reason);
        return HS_EXIT_VIOLATION;
    }
    hs_print_error("%s: %s is refused: %s.\n  The server is wrong, or it lies; --rpc names another "
                   "one.",
                   client->url, what, error->reason);
    return HS_EXIT_REJECTED;
}

int hs_light_no_answer(const struct hs_client *client, int exit_code)
{
    hs_print_error("%s", client->error);
    return exit_code == HS_EXIT_INTERNAL ? HS_EXIT_REJECTED : exit_code;
}

/* -- what is asked ---------------------------------------------------------------------------- */

int hs_light_ask_headers(struct hs_client *client, uint64_t from, uint64_t count, uint64_t wait_ms,
                         struct hs_light_bytes *bytes)
{
    char path[PATH_CHARACTERS];
    snprintf(path, sizeof path, "/v1/headers?from=%" PRIu64 "&count=%" PRIu64 "&wait=%" PRIu64,
             from, count, wait_ms);
    return hs_client_get_bytes(client, path, HS_CLIENT_TIMEOUT_MS + wait_ms, &bytes->data,
                               &bytes->size);
}

int hs_light_ask_step(struct hs_client *client, uint64_t epoch, struct hs_light_bytes *bytes)
{
    char path[PATH_CHARACTERS];
    snprintf(path, sizeof path, "/v1/proofs/epochs/%" PRIu64, epoch);
    return hs_client_get_bytes(client, path, HS_CLIENT_TIMEOUT_MS, &bytes->data, &bytes->size);
}

int hs_light_ask_commit(struct hs_client *client, uint64_t height, struct hs_light_bytes *bytes,
                        uint64_t *epoch)
{
    int exit_code = HS_EXIT_OK;
    for (uint32_t i = 0; i < ASK_AGAIN_TIMES; i++) {
        exit_code = hs_light_ask_headers(client, height, 1, 0, bytes);
        if (exit_code == HS_EXIT_OK || client->http_status != 503) {
            break;
        }
        const struct timespec pause = {.tv_nsec = ASK_AGAIN_NS};
        nanosleep(&pause, NULL);
    }
    if (exit_code != HS_EXIT_OK) {
        return hs_light_no_answer(client, exit_code);
    }
    struct hs_reader reader = hs_reader_over(bytes->data, bytes->size);
    *epoch = hs_read_u64(&reader); /* its certificate begins with it */
    return HS_EXIT_OK;
}

int hs_light_ask_chain(struct hs_client *client, struct hs_chain_id *chain_id, uint64_t *height)
{
    json_t *status = NULL;
    const int exit_code = hs_client_get(client, "/v1/status", HS_CLIENT_TIMEOUT_MS, &status);
    if (exit_code != HS_EXIT_OK) {
        return hs_light_no_answer(client, exit_code);
    }
    const int64_t claimed = hs_client_number(status, "height");
    *height = claimed > 0 ? (uint64_t)claimed : 0;
    const bool read =
        hs_hex_read(chain_id->bytes, HS_HASH_BYTES, hs_client_text(status, "chain_id"));
    json_decref(status);
    if (!read) {
        hs_print_error("%s: not the answer of a hotstuff node", client->url);
        return HS_EXIT_REJECTED;
    }
    return HS_EXIT_OK;
}
