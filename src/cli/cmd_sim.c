/* sim: a whole cluster in this process, over virtual time, from one number. */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/show.h"
#include "cli/run_trace.h"
#include "cli/sim_twins.h"
#include "sim/attacks.h"
#include "sim/swarm.h"
#include "sim/twins.h"

#define NODES_DEFAULT         4u
#define BLOCKS_DEFAULT        200u
#define LOAD_DEFAULT          20u
#define PRIVATE_DEFAULT       100u
#define VIEWS_DEFAULT         3u
#define OPERATIONS_PER_MINUTE 30u
#define FRESH_PAGES_BYTES     (1 << 20)

#define FAULT_NAME(name, text)  "," text
#define FAULT_NAMES             HS_FAULT_TABLE(FAULT_NAME)
#define ATTACK_NAME(name, text) "," text
#define ATTACK_NAMES            HS_ATTACK_TABLE(ATTACK_NAME)

struct request {
    uint64_t nodes;
    uint64_t seed;
    uint64_t count;
    uint64_t blocks;
    uint64_t load;
    uint64_t private_per_mille;
    uint64_t epoch_blocks;
    const char *faults;
    const char *attackers;
    uint64_t views;
    uint64_t from;
    bool seed_given;
    bool count_given;
    const char *trace; /* a file's name, or NULL */
    bool swarm;
    bool twins;
    bool json;
};

/* What came of several seeds. */
struct totals {
    uint64_t seeds;
    uint64_t blocks;
    uint64_t views;
    uint64_t faults;
    uint64_t transfers;
    struct hs_check_order_counts order; /* commitments: made, revealed, lost */
    struct hs_sim_staking_counts staking;
    uint64_t virtual_ns;
    uint64_t digest; /* of all trace hashes */
};

/* -- from the command line to a configuration ---------------------------------------------- */

/* "forger,twin": the kinds of the last validators, from the highest index down. */
static bool read_attackers(struct hs_sim_config *config, const char *text)
{
    static const char twin[] = "twin";
    config->byzantine_count = 0;
    if (strcmp(text, "none") == 0) {
        return true;
    }
    for (;;) {
        size_t size = strcspn(text, ",");
        bool is_twin = size == strlen(twin) && memcmp(text, twin, size) == 0;
        const struct hs_attack *attack = is_twin ? NULL : hs_attack_by_name(text, size);
        if ((!is_twin && attack == NULL) || config->byzantine_count == HS_SIM_BYZANTINE_MAX ||
            3 * (config->byzantine_count + 1) >= config->node_count) {
            return false;
        }
        config->byzantine[config->byzantine_count] = (struct hs_sim_byzantine){
            .validator = config->node_count - 1 - config->byzantine_count,
            .twin = is_twin,
            .attack = attack,
        };
        config->byzantine_count++;
        if (text[size] == '\0') {
            return true;
        }
        text += size + 1;
    }
}

/* Not asked for, they are what the swarm has drawn, if anything. */
static void set_epochs(struct hs_sim_config *config, const struct request *request)
{
    if (request->epoch_blocks == 0) {
        return;
    }
    config->epoch_blocks = request->epoch_blocks;
    if (!config->staked) {
        struct hs_ledger_parameters parameters;
        hs_ledger_parameters_default(&parameters);
        config->staked = true;
        config->staking = parameters.staking;
        config->election = HS_LEADER_WEIGHTED; /* P1: stakes change */
        config->operations_per_minute = OPERATIONS_PER_MINUTE;
    }
}

static bool configure(struct hs_sim_config *config, const struct request *request)
{
    *config = (struct hs_sim_config){
        .node_count = (uint32_t)request->nodes,
        .blocks = request->blocks,
        .transfers_per_second = (uint32_t)request->load,
        .private_per_mille = (uint32_t)request->private_per_mille,
    };
    if (!hs_faults_parse(&config->faults, request->faults)) {
        hs_print_error("--faults %s: give none, all, or names with commas between them; "
                       "`hotstuff sim --help` lists them",
                       request->faults);
        return false;
    }
    if (!read_attackers(config, request->attackers)) {
        hs_print_error("--attackers %s: give none, or names with commas between them, for less "
                       "than a third of the %" PRIu64 " nodes; `hotstuff sim --help` lists them",
                       request->attackers, request->nodes);
        return false;
    }
    set_epochs(config, request);
    return true;
}

static void write_replay(char *text, size_t size, const struct request *request, uint64_t seed)
{
    char epochs[64] = "";
    if (request->epoch_blocks > 0) {
        snprintf(epochs, sizeof epochs, " --epoch-blocks %" PRIu64, request->epoch_blocks);
    }
    if (request->swarm) {
        snprintf(text, size, "hotstuff-sim sim --swarm --seed %" PRIu64 "%s", seed, epochs);
        return;
    }
    snprintf(text, size,
             "hotstuff-sim sim --nodes %" PRIu64 " --seed %" PRIu64 " --blocks %" PRIu64
             " --load %" PRIu64 " --private %" PRIu64 "%s --faults %s --attackers %s",
             request->nodes, seed, request->blocks, request->load, request->private_per_mille,
             epochs, request->faults, request->attackers);
}

/* -- printing ---------------------------------------------------------------------------------- */

static bool add_violation(json_t *value, const struct hs_sim_result *result, const char *replay)
{
    return json_object_set_new(value, "checker", json_string(result->checker)) == 0 &&
           json_object_set_new(value, "reason", json_string(result->reason)) == 0 &&
           json_object_set_new(value, "replay", json_string(replay)) == 0;
}

static bool add_order(json_t *value, const struct hs_check_order_counts *order)
{
    return json_object_set_new(value, "commits", json_integer((json_int_t)order->commits)) == 0 &&
           json_object_set_new(value, "reveals", json_integer((json_int_t)order->reveals)) == 0 &&
           json_object_set_new(value, "expired", json_integer((json_int_t)order->expired)) == 0;
}

static bool add_staking(json_t *value, const struct hs_sim_staking_counts *staking)
{
    return json_object_set_new(value, "epochs", json_integer((json_int_t)staking->epochs)) == 0 &&
           json_object_set_new(value, "operations",
                               json_integer((json_int_t)staking->operations)) == 0 &&
           json_object_set_new(value, "punishments",
                               json_integer((json_int_t)staking->punishments)) == 0;
}

static void write_hash(char text[19], uint64_t hash)
{
    snprintf(text, 19, "0x%016" PRIx64, hash);
}

static int print_run_as_json(const struct hs_sim_config *config, const struct hs_sim_result *result,
                             const char *replay)
{
    char hash[19];
    char drawn[HS_SWARM_TEXT_CHARACTERS];
    write_hash(hash, result->trace_hash);
    hs_swarm_describe(drawn, config);
    json_t *value = json_pack("{s:I, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:s}", "seed",
                              (json_int_t)config->seed, "verdict", result->ok ? "ok" : "violation",
                              "committed", (json_int_t)result->committed, "trace_hash", hash,
                              "views", (json_int_t)result->views, "virtual_ms",
                              (json_int_t)(result->virtual_ns / 1000000), "messages",
                              (json_int_t)result->consensus_messages, "faults",
                              (json_int_t)result->strikes, "run", drawn);
    bool complete =
        value != NULL && add_order(value, &result->order) && add_staking(value, &result->staking);
    if (value != NULL && (!complete || (!result->ok && !add_violation(value, result, replay)))) {
        json_decref(value);
        value = NULL;
    }
    return hs_print_json(value);
}

static void print_violation(const struct hs_sim_result *result, const char *replay)
{
    printf("checker     %s\n", result->checker);
    printf("reason      %s\n", result->reason);
    printf("replay      %s\n", replay);
}

static void print_order(const struct hs_check_order_counts *order)
{
    printf("private     %" PRIu64 " commitments, %" PRIu64 " revealed, %" PRIu64 " expired\n",
           order->commits, order->reveals, order->expired);
}

static void print_staking(const struct hs_sim_staking_counts *staking)
{
    printf("epochs      %" PRIu64 " ended, %" PRIu64 " operations of operators, %" PRIu64
           " punishments\n",
           staking->epochs, staking->operations, staking->punishments);
}

static void print_run_as_text(const struct hs_sim_config *config,
                              const struct hs_sim_result *result, const char *replay)
{
    char drawn[HS_SWARM_TEXT_CHARACTERS];
    hs_swarm_describe(drawn, config);
    printf("seed        %" PRIu64 "\n", config->seed);
    printf("run         %s\n", drawn);
    printf("verdict     %s\n", result->ok ? "ok" : "violation");
    printf("committed   %" PRIu64 " blocks in %" PRIu64 " views and %.1f virtual seconds\n",
           result->committed, result->views, (double)result->virtual_ns / 1e9);
    printf("messages    %" PRIu64 " of consensus\n", result->consensus_messages);
    print_order(&result->order);
    print_staking(&result->staking);
    printf("faults      %" PRIu32 " struck\n", result->strikes);
    printf("trace_hash  0x%016" PRIx64 "\n", result->trace_hash);
    if (!result->ok) {
        print_violation(result, replay);
    }
}

static int print_totals_as_json(const struct request *request, const struct totals *totals,
                                const struct hs_sim_result *last, const char *replay)
{
    char digest[19];
    write_hash(digest, totals->digest);
    json_t *value =
        json_pack("{s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "seed",
                  (json_int_t)(last->ok ? request->seed : request->seed + totals->seeds - 1),
                  "seeds", (json_int_t)totals->seeds, "verdict", last->ok ? "ok" : "violation",
                  "committed", (json_int_t)totals->blocks, "views", (json_int_t)totals->views,
                  "transfers", (json_int_t)totals->transfers, "faults", (json_int_t)totals->faults,
                  "virtual_ms", (json_int_t)(totals->virtual_ns / 1000000), "trace_hash", digest);
    bool complete =
        value != NULL && add_order(value, &totals->order) && add_staking(value, &totals->staking);
    if (value != NULL && (!complete || (!last->ok && !add_violation(value, last, replay)))) {
        json_decref(value);
        value = NULL;
    }
    return hs_print_json(value);
}

static void print_totals_as_text(const struct totals *totals, const struct hs_sim_result *last,
                                 const char *replay)
{
    printf("seeds       %" PRIu64 "\n", totals->seeds);
    printf("verdict     %s\n", last->ok ? "ok" : "violation");
    printf("committed   %" PRIu64 " blocks in %" PRIu64 " views and %.1f virtual seconds\n",
           totals->blocks, totals->views, (double)totals->virtual_ns / 1e9);
    print_order(&totals->order);
    print_staking(&totals->staking);
    printf("faults      %" PRIu64 " struck\n", totals->faults);
    printf("trace_hash  0x%016" PRIx64 " over all\n", totals->digest);
    if (!last->ok) {
        print_violation(last, replay);
    }
}

/* -- running ------------------------------------------------------------------------------------- */

static void add_to_totals(struct totals *totals, const struct hs_sim_result *result)
{
    totals->seeds++;
    totals->blocks += result->committed;
    totals->views += result->views;
    totals->faults += result->strikes;
    totals->transfers += result->transfers;
    totals->order.commits += result->order.commits;
    totals->order.reveals += result->order.reveals;
    totals->order.expired += result->order.expired;
    totals->staking.epochs += result->staking.epochs;
    totals->staking.operations += result->staking.operations;
    totals->staking.punishments += result->staking.punishments;
    totals->virtual_ns += result->virtual_ns;
    totals->digest = totals->digest * UINT64_C(0x9e3779b97f4a7c15) + result->trace_hash;
}

/* Seed after seed, to the first violation. */
static int run(const struct request *request, struct hs_sim_config *config,
               struct hs_run_trace *trace)
{
    struct totals totals = {0};
    struct hs_sim_result result = {.ok = true};
    for (uint64_t i = 0; i < request->count && result.ok; i++) {
        config->seed = request->seed + i;
        if (request->swarm) {
            hs_swarm_draw(config, config->seed);
            set_epochs(config, request);
        }
        hs_run_trace_begin(trace, config);
        hs_sim_run(config, &result);
        add_to_totals(&totals, &result);
    }
    char replay[512];
    write_replay(replay, sizeof replay, request, config->seed);
    int exit_code = HS_EXIT_OK;
    if (request->json) {
        exit_code = !request->count_given ? print_run_as_json(config, &result, replay)
                                          : print_totals_as_json(request, &totals, &result, replay);
    } else if (!request->count_given) {
        print_run_as_text(config, &result, replay);
    } else {
        print_totals_as_text(&totals, &result, replay);
    }
    if (!hs_run_trace_write(trace, config, &result, replay)) {
        return HS_EXIT_INTERNAL;
    }
    if (exit_code != HS_EXIT_OK) {
        return exit_code;
    }
    return result.ok ? HS_EXIT_OK : HS_EXIT_VIOLATION;
}

static int run_twins(const struct request *request)
{
    struct hs_sim_twins_request twins = {
        .views = request->views,
        .first = request->seed_given ? request->seed : request->from,
        .count = request->count_given || request->seed_given ? request->count : 0,
        .epoch_blocks = request->epoch_blocks,
        .random = request->seed_given,
        .json = request->json,
    };
    return hs_sim_twins(&twins);
}

/* Each start of a node asks for large, empty memory: fresh pages are empty, the heap's must be made
 * so. */
static void prefer_fresh_pages(void)
{
#ifdef M_MMAP_THRESHOLD
    (void)mallopt(M_MMAP_THRESHOLD, FRESH_PAGES_BYTES);
#endif
}

int hs_cmd_sim(int argc, char **argv)
{
    struct request request = {.nodes = NODES_DEFAULT,
                              .count = 1,
                              .views = VIEWS_DEFAULT,
                              .blocks = BLOCKS_DEFAULT,
                              .load = LOAD_DEFAULT,
                              .private_per_mille = PRIVATE_DEFAULT,
                              .faults = "all",
                              .attackers = "none"};
    const struct hs_option options[] = {
        {.type = HS_OPTION_NUMBER,
         .name = "nodes",
         .argument = "N",
         .help = "how many validators (4)",
         .number = &request.nodes,
         .number_min = 1,
         .number_max = HS_VALIDATORS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "seed",
         .argument = "S",
         .help = "the number from which all chance follows",
         .number = &request.seed,
         .number_max = INT64_MAX,
         .given = &request.seed_given},
        {.type = HS_OPTION_NUMBER,
         .name = "count",
         .argument = "N",
         .help = "run so many from the first on, to the first violation (1; all twins)",
         .number = &request.count,
         .number_min = 1,
         .number_max = 1000000000,
         .given = &request.count_given},
        {.type = HS_OPTION_FLAG,
         .name = "swarm",
         .help = "draw nodes, weights, leaders, faults, attackers and load from the seed",
         .flag = &request.swarm},
        {.type = HS_OPTION_NUMBER,
         .name = "blocks",
         .argument = "B",
         .help = "at this height the faults stop and liveness is tested (200)",
         .number = &request.blocks,
         .number_min = 1,
         .number_max = 1000000},
        {.type = HS_OPTION_NUMBER,
         .name = "load",
         .argument = "TPS",
         .help = "transfers a virtual second (20)",
         .number = &request.load,
         .number_max = 10000},
        {.type = HS_OPTION_NUMBER,
         .name = "private",
         .argument = "P",
         .help = "of a thousand of them, how many are committed to first (100)",
         .number = &request.private_per_mille,
         .number_max = 1000},
        {.type = HS_OPTION_NUMBER,
         .name = "epoch-blocks",
         .argument = "L",
         .help = "epochs of so many blocks, whose sets the stakes make; operators join, leave and "
                 "change their stakes; the pair of twins is punished (0: one epoch for ever)",
         .number = &request.epoch_blocks,
         .number_max = 1000000},
        {.type = HS_OPTION_TEXT,
         .name = "faults",
         .argument = "LIST",
         .help = "some of none,all" FAULT_NAMES " (all)",
         .text = &request.faults},
        {.type = HS_OPTION_TEXT,
         .name = "attackers",
         .argument = "LIST",
         .help = "none, or what the last validators are, of twin" ATTACK_NAMES " (none)",
         .text = &request.attackers},
        {.type = HS_OPTION_FLAG,
         .name = "twins",
         .help =
             "run the scenarios of a Byzantine validator in two places; random ones with --seed",
         .flag = &request.twins},
        {.type = HS_OPTION_NUMBER,
         .name = "views",
         .argument = "N",
         .help = "of the twins: how many views are scripted (3)",
         .number = &request.views,
         .number_min = 1,
         .number_max = HS_TWINS_VIEWS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "from",
         .argument = "I",
         .help = "of the twins: the first scenario (0)",
         .number = &request.from,
         .number_max = INT64_MAX},
        {.type = HS_OPTION_TEXT,
         .name = "trace",
         .argument = "FILE",
         .help = "write the last run as a page for a browser (none)",
         .text = &request.trace},
        HS_OPTION_JSON(&request.json),
    };
    const struct hs_command command = {
        .name = "sim",
        .purpose = "Runs a whole cluster over virtual time, network and disks, and checks it.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    if (request.twins && request.trace != NULL) {
        hs_print_error("sim: --trace shows the run of a seed, not the scenarios of --twins");
        return HS_EXIT_USAGE;
    }
    prefer_fresh_pages();
    if (request.twins) {
        return run_twins(&request);
    }
    if (!request.seed_given) {
        hs_print_error("sim: --seed S is missing; `hotstuff sim --help` shows how it is used");
        return HS_EXIT_USAGE;
    }
    struct hs_sim_config config;
    if (!configure(&config, &request)) {
        return HS_EXIT_USAGE;
    }
    struct hs_run_trace trace;
    return hs_run_trace_open(&trace, request.trace) ? run(&request, &config, &trace)
                                                    : HS_EXIT_INTERNAL;
}
