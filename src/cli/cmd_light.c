/* light: follows a chain without a node, by headers and certificates of a server that is not trusted.
 *
 *     hotstuff light checkpoint > trusted.json          what to begin on, from a node that is
 *     hotstuff light --trust trusted.json --rpc URL     every header from there, each proved
 *
 * It asks for ranges of headers, and at an epoch's end for the step into the next. What a server
 * can't forge is in light/light.h; that it keeps back what is new shows in time only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/light_source.h"
#include "cli/output.h"
#include "cli/show.h"
#include "runtime/real_clock.h"

#define NS_IN_MS          UINT64_C(1000000)
#define TIMEOUT_S_DEFAULT 60u
#define WAIT_MS           10000u
#define ASK_AGAIN_NS      200000000

struct follower {
    struct hs_client client;
    struct hs_light *light;
    struct hs_block *blocks; /* [HS_PROVED_BLOCKS_MAX] */
    struct hs_clock clock;
    uint64_t until;
    uint64_t timeout_ms;
    uint64_t progress_ns; /* when it was shown something new last */
    bool json;
};

/* -- what was accepted ------------------------------------------------------------------- */

static int show_block(const struct follower *follower, const struct hs_block *block)
{
    const struct hs_block_header *header = &block->header;
    if (follower->json) {
        return hs_print_json(json_pack(
            "{s:I, s:I, s:I, s:o, s:o, s:o, s:i, s:I}", "height", (json_int_t)header->height,
            "epoch", (json_int_t)header->epoch, "view", (json_int_t)header->view, "id",
            hs_json_hex(block->id.bytes, HS_HASH_BYTES), "parent",
            hs_json_hex(header->parent_id.bytes, HS_HASH_BYTES), "state_root",
            hs_json_hex(header->state_root.bytes, HS_HASH_BYTES), "tx_count",
            (int)header->transaction_count, "timestamp_ms", (json_int_t)header->timestamp_ms));
    }
    printf("height %" PRIu64 "  epoch %" PRIu64 "  view %" PRIu64 "  block 0x", header->height,
           header->epoch, header->view);
    for (size_t i = 0; i < HS_HASH_BYTES; i++) {
        printf("%02x", block->id.bytes[i]);
    }
    printf("\n");
    return fflush(stdout) == 0 ? HS_EXIT_OK : HS_EXIT_INTERNAL;
}

static int show_epoch(const struct follower *follower)
{
    const struct hs_validator_set *set = &follower->light->epoch.validators;
    if (follower->json) {
        return hs_print_json(json_pack("{s:I, s:I, s:i, s:o}", "epoch", (json_int_t)set->epoch,
                                       "after_height", (json_int_t)follower->light->height,
                                       "validators", (int)set->count, "weight_total",
                                       hs_json_decimal(set->weight_total)));
    }
    printf("epoch %" PRIu64 " after height %" PRIu64 ": %" PRIu32
           " validators with a weight of %" PRIu64 "\n",
           set->epoch, follower->light->height, set->count, set->weight_total);
    return fflush(stdout) == 0 ? HS_EXIT_OK : HS_EXIT_INTERNAL;
}

/* -- following ------------------------------------------------------------------------------ */

/* Nothing new yet. The server may be behind, or keep it back: that is told after a while. */
static int wait_on(const struct follower *follower)
{
    const uint64_t now_ns = follower->clock.now_ns(follower->clock.context);
    if ((now_ns - follower->progress_ns) / NS_IN_MS < follower->timeout_ms) {
        const struct timespec pause = {.tv_nsec = ASK_AGAIN_NS};
        nanosleep(&pause, NULL);
        return HS_EXIT_OK;
    }
    hs_print_error("%s: nothing above height %" PRIu64 " for %" PRIu64
                   " seconds.\n  The chain stands still, or the server keeps back what is new; "
                   "--rpc names another one.",
                   follower->client.url, follower->light->height, follower->timeout_ms / 1000);
    return HS_EXIT_OUTCOME_UNKNOWN;
}

static int no_answer(const struct follower *follower, int exit_code)
{
    const long http_status = follower->client.http_status;
    return http_status == 404 || http_status == 503
               ? wait_on(follower)
               : hs_light_no_answer(&follower->client, exit_code);
}

static int progressed(struct follower *follower)
{
    follower->progress_ns = follower->clock.now_ns(follower->clock.context);
    return HS_EXIT_OK;
}

static int take_headers(struct follower *follower)
{
    struct hs_light *light = follower->light;
    const uint64_t left = follower->until - light->height;
    const uint64_t count = left < HS_PROVED_BLOCKS_MAX ? left : HS_PROVED_BLOCKS_MAX;
    const uint64_t wait_ms = follower->timeout_ms < WAIT_MS ? follower->timeout_ms : WAIT_MS;
    struct hs_light_bytes bytes = {.size = 0};
    int exit_code =
        hs_light_ask_headers(&follower->client, light->height + 1, count, wait_ms, &bytes);
    if (exit_code != HS_EXIT_OK) {
        return no_answer(follower, exit_code);
    }
    char what[96];
    snprintf(what, sizeof what, "its proof of the headers above height %" PRIu64, light->height);
    struct hs_light_error error;
    size_t passed = 0;
    const enum hs_status status =
        hs_light_follow(light, follower->blocks, &passed, count,
                        (struct hs_bytes){.data = bytes.data, .size = bytes.size}, &error);
    free(bytes.data);
    if (status != HS_OK) {
        return hs_light_refuse(&follower->client, what, status, &error);
    }
    for (size_t i = 0; exit_code == HS_EXIT_OK && i < passed; i++) {
        exit_code = show_block(follower, &follower->blocks[i]);
    }
    return exit_code == HS_EXIT_OK ? progressed(follower) : exit_code;
}

/* A step begins with a commit proof of where the client is: of a checkpoint it shows the state root. */
static int take_epoch(struct follower *follower)
{
    struct hs_light *light = follower->light;
    struct hs_light_bytes bytes = {.size = 0};
    const uint64_t next = light->epoch.validators.epoch + 1;
    const int exit_code = hs_light_ask_step(&follower->client, next, &bytes);
    if (exit_code != HS_EXIT_OK) {
        return no_answer(follower, exit_code);
    }
    char what[96];
    snprintf(what, sizeof what, "its step into epoch %" PRIu64, next);
    struct hs_light_error error;
    const enum hs_status status =
        hs_light_step(light, (struct hs_bytes){.data = bytes.data, .size = bytes.size}, &error);
    free(bytes.data);
    if (status != HS_OK) {
        return hs_light_refuse(&follower->client, what, status, &error);
    }
    const int shown = show_epoch(follower);
    return shown == HS_EXIT_OK ? progressed(follower) : shown;
}

static int follow(struct follower *follower)
{
    int exit_code = progressed(follower);
    while (exit_code == HS_EXIT_OK && follower->light->height < follower->until) {
        exit_code = follower->light->height == follower->light->epoch.last_height
                        ? take_epoch(follower)
                        : take_headers(follower);
    }
    return exit_code;
}

static int light_follow(int argc, char **argv)
{
    const char *trust = NULL;
    const char *url = HS_CLIENT_URL_DEFAULT;
    uint64_t timeout_s = TIMEOUT_S_DEFAULT;
    struct follower follower = {.until = UINT64_MAX, .clock = hs_real_clock()};
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "trust",
         .argument = "FILE",
         .help = "a checkpoint, or the chain's genesis.json",
         .text = &trust},
        HS_OPTION_RPC(&url),
        {.type = HS_OPTION_NUMBER,
         .name = "until",
         .argument = "HEIGHT",
         .help = "end when this height is proved (never)",
         .number = &follower.until,
         .number_max = INT64_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "timeout",
         .argument = "S",
         .help = "end when nothing new was shown for so many seconds (60)",
         .number = &timeout_s,
         .number_min = 1,
         .number_max = 86400},
        HS_OPTION_JSON(&follower.json),
    };
    const struct hs_command command = {
        .name = "light",
        .purpose = "Follows a chain without a node: prints each header that a server proves, and "
                   "ends where it does not.\n`hotstuff light checkpoint` prints what to begin on.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    follower.timeout_ms = timeout_s * 1000;
    follower.light = malloc(sizeof *follower.light);
    follower.blocks = calloc(HS_PROVED_BLOCKS_MAX, sizeof follower.blocks[0]);
    if (follower.light == NULL || follower.blocks == NULL) {
        hs_print_error("out of memory");
        exit_code = HS_EXIT_INTERNAL;
    } else {
        exit_code = hs_light_trust(follower.light, trust);
    }
    if (exit_code == HS_EXIT_OK) {
        exit_code = hs_client_open(&follower.client, url);
        if (exit_code == HS_EXIT_OK) {
            exit_code = follow(&follower);
            hs_client_close(&follower.client);
        } else {
            hs_print_error("%s", follower.client.error);
        }
    }
    free(follower.light);
    free(follower.blocks);
    return exit_code;
}

/* -- checkpoints ---------------------------------------------------------------------------- */

/* The set of the epoch that the newest block is of, on the server's word: that this set certified the
 * block is all that is checked. */
static int begin_untrusted(struct hs_light *light, struct hs_client *client,
                           const struct hs_chain_id *chain_id, uint64_t height, uint64_t epoch)
{
    struct hs_light_bytes bytes = {.size = 0};
    const int exit_code = hs_light_ask_step(client, epoch, &bytes);
    if (exit_code != HS_EXIT_OK) {
        return hs_light_no_answer(client, exit_code);
    }
    struct hs_epoch_step parts;
    struct hs_light_error error = {.reason = "its bytes are none"};
    enum hs_status status =
        hs_epoch_step_split(&parts, (struct hs_bytes){.data = bytes.data, .size = bytes.size});
    if (status == HS_OK) {
        const struct hs_light_checkpoint below = {
            .chain_id = *chain_id, .height = height - 1, .epoch = parts.epoch};
        status = hs_light_begin(light, &below, &error);
    }
    free(bytes.data);
    return status == HS_OK ? HS_EXIT_OK : hs_light_refuse(client, "its epoch", status, &error);
}

static int step_to(struct hs_light *light, struct hs_client *client, uint64_t epoch)
{
    while (light->epoch.validators.epoch < epoch) {
        struct hs_light_bytes bytes = {.size = 0};
        char what[96];
        const uint64_t next = light->epoch.validators.epoch + 1;
        const int exit_code = hs_light_ask_step(client, next, &bytes);
        if (exit_code != HS_EXIT_OK) {
            return hs_light_no_answer(client, exit_code);
        }
        struct hs_light_error error;
        const enum hs_status status =
            hs_light_step(light, (struct hs_bytes){.data = bytes.data, .size = bytes.size}, &error);
        free(bytes.data);
        snprintf(what, sizeof what, "its step into epoch %" PRIu64, next);
        if (status != HS_OK) {
            return hs_light_refuse(client, what, status, &error);
        }
    }
    return HS_EXIT_OK;
}

static int make_checkpoint(struct hs_light *light, struct hs_client *client, bool trusted)
{
    struct hs_chain_id chain_id;
    uint64_t height;
    uint64_t epoch;
    struct hs_light_bytes commit = {.size = 0};
    int exit_code = hs_light_ask_chain(client, &chain_id, &height);
    if (exit_code == HS_EXIT_OK && height == 0) {
        hs_print_error("%s: nothing is committed yet; genesis.json is a checkpoint, too",
                       client->url);
        return HS_EXIT_USAGE;
    }
    if (exit_code == HS_EXIT_OK) {
        exit_code = hs_light_ask_commit(client, height, &commit, &epoch);
    }
    if (exit_code == HS_EXIT_OK) {
        exit_code = trusted ? step_to(light, client, epoch)
                            : begin_untrusted(light, client, &chain_id, height, epoch);
    }
    if (exit_code == HS_EXIT_OK) {
        struct hs_light_error error;
        const enum hs_status status = hs_light_advance(
            light, (struct hs_bytes){.data = commit.data, .size = commit.size}, &error);
        exit_code = status == HS_OK ? hs_print_json(hs_checkpoint_json(light))
                                    : hs_light_refuse(client, "its newest block", status, &error);
    }
    free(commit.data);
    return exit_code;
}

static int light_checkpoint(int argc, char **argv)
{
    const char *trust = NULL;
    const char *url = HS_CLIENT_URL_DEFAULT;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .name = "trust",
         .argument = "FILE",
         .help = "an older checkpoint, or genesis.json: prove the new one (believe the node)",
         .text = &trust},
        HS_OPTION_RPC(&url),
        HS_OPTION_JSON(&json),
    };
    const struct hs_command command = {
        .name = "light checkpoint",
        .purpose = "Prints the newest block and its epoch as a checkpoint, which is always JSON. "
                   "Without --trust it is as good as the node.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    struct hs_client client;
    struct hs_light *light = malloc(sizeof *light);
    if (light == NULL) {
        hs_print_error("out of memory");
        return HS_EXIT_INTERNAL;
    }
    exit_code = trust != NULL ? hs_light_trust(light, trust) : HS_EXIT_OK;
    if (exit_code == HS_EXIT_OK) {
        exit_code = hs_client_open(&client, url);
        if (exit_code == HS_EXIT_OK) {
            exit_code = make_checkpoint(light, &client, trust != NULL);
            hs_client_close(&client);
        } else {
            hs_print_error("%s", client.error);
        }
    }
    free(light);
    return exit_code;
}

int hs_cmd_light(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "checkpoint") == 0) {
        return light_checkpoint(argc - 1, argv + 1);
    }
    return light_follow(argc, argv);
}
