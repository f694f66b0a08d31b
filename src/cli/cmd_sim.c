/* sim: a whole cluster in this process, over virtual time, from one number. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "sim/run.h"

#define NODES_DEFAULT  4u
#define BLOCKS_DEFAULT 200u
#define LOAD_DEFAULT   20u

struct request {
    uint64_t nodes;
    uint64_t seed;
    uint64_t blocks;
    uint64_t load;
    const char *faults;
    bool json;
};

static void write_replay(char *text, size_t size, const struct request *request)
{
    snprintf(text, size,
             "hotstuff-sim sim --nodes %" PRIu64 " --seed %" PRIu64 " --blocks %" PRIu64
             " --load %" PRIu64 " --faults %s",
             request->nodes, request->seed, request->blocks, request->load, request->faults);
}

static int print_as_json(const struct request *request, const struct hs_sim_result *result,
                         const char *replay)
{
    char hash[19];
    snprintf(hash, sizeof hash, "0x%016" PRIx64, result->trace_hash);
    json_t *value = json_pack(
        "{s:I, s:s, s:I, s:s, s:I, s:I, s:I, s:I}", "seed", (json_int_t)request->seed, "verdict",
        result->ok ? "ok" : "violation", "committed", (json_int_t)result->committed, "trace_hash",
        hash, "views", (json_int_t)result->views, "virtual_ms",
        (json_int_t)(result->virtual_ns / 1000000), "messages",
        (json_int_t)result->consensus_messages, "faults", (json_int_t)result->strikes);
    if (value != NULL && !result->ok) {
        bool complete = json_object_set_new(value, "reason", json_string(result->reason)) == 0 &&
                        json_object_set_new(value, "replay", json_string(replay)) == 0;
        if (!complete) {
            json_decref(value);
            value = NULL;
        }
    }
    return hs_print_json(value);
}

static void print_as_text(const struct request *request, const struct hs_sim_result *result,
                          const char *replay)
{
    printf("seed        %" PRIu64 "\n", request->seed);
    printf("verdict     %s\n", result->ok ? "ok" : "violation");
    if (!result->ok) {
        printf("reason      %s\n", result->reason);
    }
    printf("committed   %" PRIu64 " blocks in %" PRIu64 " views and %.1f virtual seconds\n",
           result->committed, result->views, (double)result->virtual_ns / 1e9);
    printf("messages    %" PRIu64 " of consensus\n", result->consensus_messages);
    printf("faults      %" PRIu32 " struck\n", result->strikes);
    printf("trace_hash  0x%016" PRIx64 "\n", result->trace_hash);
    if (!result->ok) {
        printf("replay      %s\n", replay);
    }
}

static int run(const struct request *request, uint32_t faults)
{
    struct hs_sim_config config = {
        .node_count = (uint32_t)request->nodes,
        .seed = request->seed,
        .blocks = request->blocks,
        .faults = faults,
        .transfers_per_second = (uint32_t)request->load,
    };
    struct hs_sim_result result;
    hs_sim_run(&config, &result);
    char replay[512];
    write_replay(replay, sizeof replay, request);
    if (request->json) {
        int exit_code = print_as_json(request, &result, replay);
        if (exit_code != HS_EXIT_OK) {
            return exit_code;
        }
    } else {
        print_as_text(request, &result, replay);
    }
    return result.ok ? HS_EXIT_OK : HS_EXIT_VIOLATION;
}

int hs_cmd_sim(int argc, char **argv)
{
    struct request request = {
        .nodes = NODES_DEFAULT, .blocks = BLOCKS_DEFAULT, .load = LOAD_DEFAULT, .faults = "all"};
    const struct hs_option options[] = {
        {.type = HS_OPTION_NUMBER,
         .name = "nodes",
         .argument = "N",
         .help = "how many validators (4)",
         .number = &request.nodes,
         .number_min = 1,
         .number_max = HS_VALIDATORS_MAX},
        {.type = HS_OPTION_NUMBER,
         .required = true,
         .name = "seed",
         .argument = "S",
         .help = "the number from which all chance follows",
         .number = &request.seed,
         .number_max = INT64_MAX},
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
        {.type = HS_OPTION_TEXT,
         .name = "faults",
         .argument = "LIST",
         .help = "none, all, or some of delay,loss,duplication,reorder,partition,one-way,"
                 "crash,power-cut,disk,skew (all)",
         .text = &request.faults},
        {.type = HS_OPTION_FLAG, .name = "json", .help = "print JSON", .flag = &request.json},
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
    uint32_t faults;
    if (!hs_faults_parse(&faults, request.faults)) {
        hs_print_error("--faults %s: give none, all, or names with commas between them; "
                       "`hotstuff sim --help` lists them",
                       request.faults);
        return HS_EXIT_USAGE;
    }
    return run(&request, faults);
}
