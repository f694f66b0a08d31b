/* bench: a fresh cluster of real processes over loopback, and what it does under load. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/process_cost.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/load_accounts.h"
#include "cli/local_cluster.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/show.h"

#define NS_IN_SECOND      UINT64_C(1000000000)
#define WARM_UP_SECONDS   3u
#define START_SECONDS_MAX 20u
#define ACCOUNTS          4096u
#define IN_FLIGHT_DEFAULT 6000u
#define IN_FLIGHT_MAX     500000u
#define TRANSFERS_MAX     4000000u
#define BASE_PORT         28000u
#define LATENCIES_MAX     TRANSFERS_MAX
#define SLICE_NS          UINT64_C(100000000)
#define BALANCE_UNITS     UINT64_C(1000000000000)

/* What stands still to be compared: at the window's begin and its end. */
struct snapshot {
    uint64_t at_ns;
    uint64_t epoch; /* the highest, and the highest view of it */
    uint64_t view;
    uint64_t height;
    uint64_t pairings;
    struct hs_process_cost cost;
};

struct bench {
    struct hs_bench_report report;
    bool json;
    char folder[256];
    struct hs_local_cluster *cluster;
    struct hs_client clients[HS_VALIDATORS_MAX];
    struct hs_load_accounts accounts;
    struct hs_bench_load *load; /* NULL with --empty */
    struct hs_latencies latencies;
    struct hs_amount base_fee;
    bool in_window;
};

static volatile sig_atomic_t stop_wanted;

static void on_signal(int number)
{
    (void)number;
    stop_wanted = 1;
}

static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGHUP, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static void say(const struct bench *bench, const char *text)
{
    if (!bench->json) {
        fprintf(stderr, "%s\n", text);
    }
}

/* -- the cluster --------------------------------------------------------------- */

static bool write_homes(struct bench *bench)
{
    const struct hs_bench_settings *settings = &bench->report.settings;
    uint32_t count = (uint32_t)settings->validators;
    struct hs_homes_plan *plan = malloc(sizeof *plan);
    struct hs_chain_id chain_id;
    struct hs_home_error error = {"out of memory, or no free ports"};
    bool written =
        plan != NULL && hs_homes_plan_default(plan, bench->folder, count,
                                              hs_local_cluster_free_ports(BASE_PORT, count));
    if (written) {
        plan->account_count = 0;
        plan->derived_account_count = (uint32_t)settings->accounts;
        plan->account_balance.units = BALANCE_UNITS;
        /* At its target a block is full: the base fee does not climb under full load. */
        plan->parameters.fees.gas_limit = 2 * HS_BLOCK_TRANSACTIONS_MAX;
        plan->parameters.staking.epoch_blocks = settings->epoch_blocks;
        plan->election = settings->epoch_blocks > 0 ? HS_LEADER_WEIGHTED : HS_LEADER_ROUND_ROBIN;
        bench->base_fee = plan->parameters.fees.base_fee;
        if (settings->empty) {
            plan->config.pacemaker.idle_interval_ns = 0;
        }
        written = hs_homes_write(plan, &chain_id, &error) == HS_OK;
    }
    if (!written) {
        hs_print_error("%s", error.text);
    }
    free(plan);
    return written;
}

/* The answer of a node, or NULL. */
static json_t *ask(struct bench *bench, uint32_t node, const char *path)
{
    json_t *answer = NULL;
    (void)hs_client_get(&bench->clients[node], path, HS_CLIENT_TIMEOUT_MS, &answer);
    return answer;
}

static uint64_t status_number(struct bench *bench, uint32_t node, const char *name)
{
    json_t *status = ask(bench, node, "/v1/status");
    uint64_t number = (uint64_t)hs_client_number(status, name);
    json_decref(status);
    return number;
}

/* Until every node has a block. */
static bool wait_for_start(struct bench *bench)
{
    const struct timespec pause = {.tv_nsec = 50000000L};
    uint64_t deadline_ns = hs_bench_load_now_ns() + START_SECONDS_MAX * NS_IN_SECOND;
    uint32_t started = 0;
    while (started < bench->cluster->count && stop_wanted == 0) {
        if (status_number(bench, started, "height") > 0) {
            started++;
        } else if (hs_bench_load_now_ns() > deadline_ns) {
            hs_print_error("validator %" PRIu32 " made no block within %u s", started,
                           START_SECONDS_MAX);
            return false;
        } else {
            nanosleep(&pause, NULL);
        }
    }
    return stop_wanted == 0;
}

/* -- the load -------------------------------------------------------------------- */

static void transfer_committed(void *context, uint64_t now_ns, uint64_t latency_ns)
{
    struct bench *bench = context;
    (void)now_ns;
    if (bench->in_window) {
        hs_latencies_add(&bench->latencies, latency_ns);
    }
}

static void block_seen(void *context, uint64_t now_ns, uint64_t height, uint32_t transactions)
{
    struct bench *bench = context;
    (void)now_ns;
    (void)height;
    if (bench->in_window) {
        bench->report.committed += transactions;
    }
}

/* Transfers that are surely enough: every one is checked by every validator on some core. */
static uint64_t transfers_needed(const struct hs_bench_report *report)
{
    const struct hs_bench_settings *settings = &report->settings;
    double seconds = (double)(settings->duration_seconds + settings->warm_up_seconds + 2);
    double rate = (double)settings->rate;
    if (settings->rate == 0) {
        rate = (double)report->machine.cores * 1e6 /
               (report->machine.signature_check_us * (double)settings->validators);
    }
    double count = rate * seconds + (double)settings->in_flight;
    return count < (double)TRANSFERS_MAX ? (uint64_t)count : TRANSFERS_MAX;
}

static bool sign_transfers(struct bench *bench)
{
    const struct hs_bench_settings *settings = &bench->report.settings;
    const struct hs_local_cluster *cluster = bench->cluster;
    struct hs_bench_load_config config = {
        .node_count = cluster->count,
        .chain_id = cluster->chain_id,
        .fee_units = bench->base_fee.units,
        .accounts = bench->accounts.keys,
        .nonces = bench->accounts.nonces,
        .account_count = bench->accounts.count,
        .transfers_per_second = settings->rate,
        .in_flight_max = (uint32_t)settings->in_flight,
        .stream_capacity = (uint32_t)(transfers_needed(&bench->report) / cluster->count) + 1024u,
        .sign_ahead = true,
        .threads = bench->report.machine.cores,
        .committed = transfer_committed,
        .block = block_seen,
        .context = bench,
    };
    for (uint32_t i = 0; i < cluster->count; i++) {
        config.rpc_ports[i] = cluster->validators[i].rpc_port;
    }
    say(bench, "signing transfers ...");
    bench->load = hs_bench_load_new(&config);
    return bench->load != NULL;
}

static bool prepare_load(struct bench *bench)
{
    if (!hs_load_accounts_open(&bench->accounts, bench->folder,
                               (uint32_t)bench->report.settings.accounts, bench->cluster->error,
                               sizeof bench->cluster->error)) {
        hs_print_error("%s", bench->cluster->error);
        return false;
    }
    if (!hs_latencies_open(&bench->latencies, LATENCIES_MAX) || !sign_transfers(bench)) {
        hs_print_error("out of memory");
        return false;
    }
    return true;
}

/* -- measuring ------------------------------------------------------------------- */

/* Views begin again with each epoch. */
static void take_view(struct snapshot *snapshot, uint64_t epoch, uint64_t view)
{
    if (epoch > snapshot->epoch) {
        snapshot->epoch = epoch;
        snapshot->view = view;
    } else if (epoch == snapshot->epoch && view > snapshot->view) {
        snapshot->view = view;
    }
}

static void take_snapshot(struct bench *bench, struct snapshot *snapshot)
{
    *snapshot = (struct snapshot){.at_ns = hs_bench_load_now_ns()};
    for (uint32_t i = 0; i < bench->cluster->count; i++) {
        json_t *status = ask(bench, i, "/v1/status");
        uint64_t height = (uint64_t)hs_client_number(status, "height");
        take_view(snapshot, (uint64_t)hs_client_number(status, "epoch"),
                  (uint64_t)hs_client_number(status, "view"));
        snapshot->height = height > snapshot->height ? height : snapshot->height;
        snapshot->pairings += (uint64_t)hs_client_number(status, "certificates_verified");
        json_decref(status);
        (void)hs_process_cost_add(&snapshot->cost, bench->cluster->validators[i].pid);
    }
}

/* The view of the last block of an epoch; those of its tail (P4) are left out. */
static uint64_t last_view_of(struct bench *bench, uint64_t epoch)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/blocks/%" PRIu64,
             (epoch + 1) * bench->report.settings.epoch_blocks);
    json_t *block = ask(bench, 0, path);
    uint64_t view = (uint64_t)hs_client_number(block, "view");
    json_decref(block);
    return view;
}

static uint64_t views_between(struct bench *bench, const struct snapshot *begin,
                              const struct snapshot *end)
{
    uint64_t views = end->view;
    for (uint64_t epoch = begin->epoch; epoch < end->epoch; epoch++) {
        views += last_view_of(bench, epoch);
    }
    return views > begin->view ? views - begin->view : 0;
}

static void run_for(struct bench *bench, uint64_t seconds)
{
    uint64_t until_ns = hs_bench_load_now_ns() + seconds * NS_IN_SECOND;
    for (uint64_t now_ns = hs_bench_load_now_ns(); now_ns < until_ns && stop_wanted == 0;
         now_ns = hs_bench_load_now_ns()) {
        uint64_t slice_ns = until_ns - now_ns < SLICE_NS ? until_ns - now_ns : SLICE_NS;
        if (bench->load != NULL) {
            hs_bench_load_run_until(bench->load, now_ns + slice_ns);
        } else {
            const struct timespec slice = {.tv_nsec = (long)slice_ns};
            nanosleep(&slice, NULL);
        }
    }
}

static int measure(struct bench *bench)
{
    struct hs_bench_report *report = &bench->report;
    struct snapshot begin;
    struct snapshot end;
    say(bench, "warming up ...");
    run_for(bench, report->settings.warm_up_seconds);
    take_snapshot(bench, &begin);
    bench->in_window = true;
    say(bench, "measuring ...");
    run_for(bench, report->settings.duration_seconds);
    bench->in_window = false;
    take_snapshot(bench, &end);
    if (stop_wanted != 0) {
        hs_print_error("stopped before the end");
        return HS_EXIT_INTERNAL;
    }
    report->window_seconds = (double)(end.at_ns - begin.at_ns) / (double)NS_IN_SECOND;
    report->views = views_between(bench, &begin, &end);
    report->blocks = end.height - begin.height;
    report->pairings = end.pairings - begin.pairings;
    report->cpu_us = end.cost.cpu_us - begin.cost.cpu_us;
    report->wake_ups = end.cost.wake_ups - begin.cost.wake_ups;
    if (bench->load != NULL) {
        report->latency_p50_ms = hs_latencies_percentile_ms(&bench->latencies, 50);
        report->latency_p99_ms = hs_latencies_percentile_ms(&bench->latencies, 99);
        hs_bench_load_figures(bench->load, &report->load);
    }
    return HS_EXIT_OK;
}

/* -- all --------------------------------------------------------------------------- */

static bool open_clients(struct bench *bench)
{
    bool opened = true;
    for (uint32_t i = 0; i < bench->cluster->count; i++) {
        char url[64];
        snprintf(url, sizeof url, "http://127.0.0.1:%u", bench->cluster->validators[i].rpc_port);
        opened = hs_client_open(&bench->clients[i], url) == HS_EXIT_OK && opened;
    }
    return opened;
}

static int run_in_folder(struct bench *bench)
{
    if (!write_homes(bench)) {
        return HS_EXIT_USAGE;
    }
    if (!hs_local_cluster_open(bench->cluster, bench->folder)) {
        hs_print_error("%s", bench->cluster->error);
        return HS_EXIT_INTERNAL;
    }
    if (!bench->report.settings.empty && !prepare_load(bench)) {
        return HS_EXIT_INTERNAL;
    }
    int exit_code = HS_EXIT_INTERNAL;
    if (open_clients(bench) && hs_local_cluster_start(bench->cluster) && wait_for_start(bench)) {
        exit_code = measure(bench);
    }
    hs_local_cluster_stop(bench->cluster);
    for (uint32_t i = 0; i < bench->cluster->count; i++) {
        hs_client_close(&bench->clients[i]);
    }
    return exit_code;
}

static int run(struct bench *bench)
{
    const char *parent = getenv("TMPDIR");
    snprintf(bench->folder, sizeof bench->folder, "%s/hotstuff-bench-XXXXXX",
             parent != NULL ? parent : "/tmp");
    bench->cluster = calloc(1, sizeof *bench->cluster);
    if (bench->cluster == NULL || mkdtemp(bench->folder) == NULL) {
        hs_print_error("no folder can be made in %s; set TMPDIR to one where it can",
                       parent != NULL ? parent : "/tmp");
        free(bench->cluster);
        return HS_EXIT_USAGE;
    }
    catch_signals();
    hs_machine_measure(&bench->report.machine);
    int exit_code = run_in_folder(bench);
    hs_bench_load_free(bench->load);
    hs_load_accounts_close(&bench->accounts);
    hs_latencies_close(&bench->latencies);
    free(bench->cluster);
    struct hs_home_error error;
    if (hs_homes_remove(bench->folder, &error) != HS_OK) {
        hs_print_error("%s", error.text);
    }
    (void)rmdir(bench->folder);
    return exit_code == HS_EXIT_OK ? hs_bench_report_print(&bench->report, bench->json) : exit_code;
}

int hs_cmd_bench(int argc, char **argv)
{
    static struct bench bench;
    struct hs_bench_settings *settings = &bench.report.settings;
    *settings = (struct hs_bench_settings){.validators = 4,
                                           .duration_seconds = 30,
                                           .warm_up_seconds = WARM_UP_SECONDS,
                                           .in_flight = IN_FLIGHT_DEFAULT,
                                           .accounts = ACCOUNTS};
    const struct hs_option options[] = {
        {.type = HS_OPTION_NUMBER,
         .name = "validators",
         .argument = "N",
         .help = "processes (4)",
         .number = &settings->validators,
         .number_min = 1,
         .number_max = HS_VALIDATORS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "duration",
         .argument = "S",
         .help = "seconds to measure, after 3 of warm-up (30)",
         .number = &settings->duration_seconds,
         .number_min = 1,
         .number_max = 3600},
        {.type = HS_OPTION_NUMBER,
         .name = "rate",
         .argument = "TPS",
         .help = "transfers to offer every second (as many as it takes)",
         .number = &settings->rate,
         .number_min = 1,
         .number_max = 1000000},
        {.type = HS_OPTION_NUMBER,
         .name = "in-flight",
         .argument = "N",
         .help = "transfers not yet committed, at most (6000)",
         .number = &settings->in_flight,
         .number_min = 1,
         .number_max = IN_FLIGHT_MAX},
        {.type = HS_OPTION_FLAG,
         .name = "empty",
         .help = "measure views without transactions and without the idle wait",
         .flag = &settings->empty},
        {.type = HS_OPTION_NUMBER,
         .name = "epoch-blocks",
         .argument = "L",
         .help = "blocks of an epoch, leaders drawn and each block with its proof; 0: one epoch "
                 "for ever, leaders in turn (0)",
         .number = &settings->epoch_blocks,
         .number_max = HS_EPOCH_BLOCKS_MAX},
        HS_OPTION_JSON(&bench.json),
    };
    const struct hs_command command = {
        .name = "bench",
        .purpose = "Measures throughput and latency of a fresh cluster of real processes.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    return run(&bench);
}
