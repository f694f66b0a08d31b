/* See sim_twins.h. */
#include "cli/sim_twins.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>

#include "cli/exit_codes.h"
#include "cli/output.h"
#include "sim/twins.h"

struct totals {
    uint64_t scenarios;
    uint64_t committing; /* scenarios in which something committed while the network was parted */
    uint64_t blocks;
    uint64_t epochs; /* that ended meanwhile */
    uint64_t punishments;
    uint64_t digest;
};

static void write_replay(char *text, size_t size, const struct hs_sim_twins_request *request,
                         uint64_t number)
{
    char epochs[64] = "";
    if (request->epoch_blocks > 0) {
        snprintf(epochs, sizeof epochs, " --epoch-blocks %" PRIu64, request->epoch_blocks);
    }
    snprintf(text, size,
             "hotstuff-sim sim --twins --views %" PRIu64 "%s --%s %" PRIu64 " --count 1",
             request->views, epochs, request->random ? "seed" : "from", number);
}

static int print_as_json(const struct totals *totals, const struct hs_twins_result *last,
                         const char *scenario, const char *replay)
{
    char digest[19];
    snprintf(digest, sizeof digest, "0x%016" PRIx64, totals->digest);
    json_t *value = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "scenarios", (json_int_t)totals->scenarios,
        "committing", (json_int_t)totals->committing, "committed", (json_int_t)totals->blocks,
        "epochs", (json_int_t)totals->epochs, "punishments", (json_int_t)totals->punishments,
        "verdict", last->ok ? "ok" : "violation", "trace_hash", digest);
    if (value != NULL && !last->ok) {
        bool complete = json_object_set_new(value, "checker", json_string(last->checker)) == 0 &&
                        json_object_set_new(value, "reason", json_string(last->reason)) == 0 &&
                        json_object_set_new(value, "scenario", json_string(scenario)) == 0 &&
                        json_object_set_new(value, "replay", json_string(replay)) == 0;
        if (!complete) {
            json_decref(value);
            value = NULL;
        }
    }
    return hs_print_json(value);
}

static void print_as_text(const struct totals *totals, const struct hs_twins_result *last,
                          const char *scenario, const char *replay)
{
    printf("scenarios   %" PRIu64 "\n", totals->scenarios);
    printf("verdict     %s\n", last->ok ? "ok" : "violation");
    printf("committed   in %" PRIu64 " scenarios while the network was parted, %" PRIu64
           " blocks\n",
           totals->committing, totals->blocks);
    if (last->in_epochs) {
        printf("epochs      %" PRIu64 " ended meanwhile, %" PRIu64 " punishments\n", totals->epochs,
               totals->punishments);
    }
    printf("trace_hash  0x%016" PRIx64 " over all\n", totals->digest);
    if (totals->scenarios == 1 || !last->ok) {
        printf("scenario    %s\n", scenario);
    }
    if (!last->ok) {
        printf("checker     %s\n", last->checker);
        printf("reason      %s\n", last->reason);
        printf("replay      %s\n", replay);
    }
}

static bool in_limits(const struct hs_sim_twins_request *request)
{
    uint64_t views_max = request->random ? HS_TWINS_VIEWS_MAX : HS_TWINS_VIEWS_ALL_MAX;
    if (request->views < 1 || request->views > views_max) {
        hs_print_error("--views %" PRIu64 ": %s twins have 1 to %" PRIu64 " views", request->views,
                       request->random ? "random" : "numbered", views_max);
        return false;
    }
    return true;
}

/* Worlds come and go a thousand times a second: what one gives back the next one takes, without
 * asking the system in between. Not with epochs: a node then has room for as many peers as there
 * may ever be, and to empty all of that takes longer than to be given the few pages of it that are
 * used. */
static void keep_freed_memory(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
    (void)mallopt(M_TOP_PAD, 64 << 20);
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

int hs_sim_twins(const struct hs_sim_twins_request *request)
{
    if (!in_limits(request)) {
        return HS_EXIT_USAGE;
    }
    if (request->epoch_blocks == 0) {
        keep_freed_memory();
    }
    struct hs_twins *twins =
        hs_twins_new(request->random ? 1 : (uint32_t)request->views, request->epoch_blocks);
    uint64_t end = request->first + request->count;
    if (!request->random) {
        uint64_t all = hs_twins_scenario_count(twins);
        end = request->count == 0 || end > all ? all : end;
    }
    struct totals totals = {0};
    struct hs_twins_result result = {.ok = true};
    struct hs_twins_scenario scenario = {0};
    uint64_t number = request->first;
    for (; number < end && result.ok; number++) {
        if (request->random) {
            hs_twins_scenario_random(twins, &scenario, (uint32_t)request->views, number);
        } else {
            hs_twins_scenario_at(twins, &scenario, number);
        }
        hs_twins_run(twins, &scenario, &result);
        totals.scenarios++;
        totals.committing += result.committed > 0 ? 1 : 0;
        totals.blocks += result.committed;
        totals.epochs += result.epochs;
        totals.punishments += result.punishments;
        totals.digest = totals.digest * UINT64_C(0x9e3779b97f4a7c15) + result.trace_hash;
    }
    hs_twins_free(twins);
    char replay[256];
    char text[HS_TWINS_TEXT_CHARACTERS];
    write_replay(replay, sizeof replay, request, number - 1);
    hs_twins_describe(text, &scenario, &result);
    if (!request->json) {
        print_as_text(&totals, &result, text, replay);
    } else {
        int exit_code = print_as_json(&totals, &result, text, replay);
        if (exit_code != HS_EXIT_OK) {
            return exit_code;
        }
    }
    return result.ok ? HS_EXIT_OK : HS_EXIT_VIOLATION;
}
