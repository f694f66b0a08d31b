/* devnet: a cluster of real processes in the foreground. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/load.h"
#include "cli/commands.h"
#include "cli/devnet_file.h"
#include "cli/devnet_view.h"
#include "cli/exit_codes.h"
#include "cli/load_accounts.h"
#include "cli/options.h"
#include "cli/output.h"

#define VALIDATORS_DEFAULT 4u
#define LOAD_ACCOUNTS      256u
#define LOAD_TPS_MAX       1000000u
#define LOAD_IN_FLIGHT_MAX 20000u
#define LATENCIES_MAX      (1u << 18)
#define NS_IN_SECOND       UINT64_C(1000000000)
#define SLICE_NS           UINT64_C(50000000)
/* What the load's transfers pay at most, as a multiple of the base fee at its start. */
#define FEE_HEADROOM 10u

struct devnet {
    const char *folder;
    uint64_t validator_count;
    bool validators_given;
    uint64_t base_port;
    bool base_port_given;
    uint64_t epoch_blocks;
    bool epoch_blocks_given;
    uint64_t load_tps;
    uint64_t duration_seconds; /* 0: until a signal */
    bool fresh;
    bool json;
    struct hs_local_cluster *cluster;
    json_t *accounts;
    struct hs_devnet_view *view;
    struct hs_load_accounts load_accounts;
    struct hs_bench_load *load;
    struct hs_latencies latencies;
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

/* -- homes ------------------------------------------------------------------- */

static bool write_homes(const struct devnet *devnet)
{
    struct hs_homes_plan *plan = malloc(sizeof *plan);
    struct hs_chain_id chain_id;
    struct hs_home_error error = {"out of memory"};
    uint32_t count = (uint32_t)devnet->validator_count;
    uint32_t base_port = (uint32_t)devnet->base_port;
    if (!devnet->base_port_given) {
        base_port = hs_local_cluster_free_ports(base_port, count);
    }
    bool written = plan != NULL;
    if (written && !hs_homes_plan_default(plan, devnet->folder, count, base_port)) {
        snprintf(error.text, sizeof error.text,
                 "there is no room for %" PRIu32 " validators' ports; give a lower --base-port",
                 2 * count);
        written = false;
    }
    if (written) {
        plan->derived_account_count = LOAD_ACCOUNTS;
        plan->parameters.staking.epoch_blocks = devnet->epoch_blocks;
        plan->election = devnet->epoch_blocks > 0 ? HS_LEADER_WEIGHTED : HS_LEADER_ROUND_ROBIN;
        written = hs_homes_write(plan, &chain_id, &error) == HS_OK;
    }
    if (!written) {
        hs_print_error("%s", error.text);
    }
    free(plan);
    return written;
}

/* An empty or missing folder is made, a full one goes on. */
static bool prepare_homes(const struct devnet *devnet)
{
    struct hs_home_error error;
    if (devnet->fresh && hs_homes_remove(devnet->folder, &error) != HS_OK) {
        hs_print_error("%s", error.text);
        return false;
    }
    uint32_t count = hs_homes_count(devnet->folder);
    if (count == 0) {
        return write_homes(devnet);
    }
    if (devnet->validators_given && devnet->validator_count != count) {
        hs_print_error("%s has %" PRIu32 " validators; go on without --validators, or start over "
                       "with --fresh",
                       devnet->folder, count);
        return false;
    }
    if (devnet->epoch_blocks_given) {
        hs_print_error("the epochs of %s are fixed already; go on without --epoch-blocks, or start "
                       "over with --fresh",
                       devnet->folder);
        return false;
    }
    if (devnet->base_port_given) {
        hs_print_error("the ports of %s are fixed already; go on without --base-port, or start "
                       "over with --fresh",
                       devnet->folder);
        return false;
    }
    return true;
}

/* -- load ---------------------------------------------------------------------- */

static void load_committed(void *context, uint64_t now_ns, uint64_t latency_ns)
{
    struct devnet *devnet = context;
    (void)now_ns;
    hs_latencies_add(&devnet->latencies, latency_ns);
}

/* Once somebody answers: the nonces and the height from which the load begins. */
static void start_load(struct devnet *devnet)
{
    const struct hs_local_cluster *cluster = devnet->cluster;
    struct hs_client *client = NULL;
    for (uint32_t i = 0; i < cluster->count && client == NULL; i++) {
        if (devnet->view->seen[i].state == HS_DEVNET_UP) {
            client = &devnet->view->clients[i];
        }
    }
    json_t *status = NULL;
    uint64_t base_fee = 0;
    if (client == NULL ||
        hs_load_accounts_ask_nonces(&devnet->load_accounts, client, 0, 1,
                                    devnet->load_accounts.nonces) != HS_EXIT_OK ||
        hs_client_get(client, "/v1/status", HS_CLIENT_TIMEOUT_MS, &status) != HS_EXIT_OK) {
        return;
    }
    base_fee = strtoull(hs_client_text(status, "base_fee"), NULL, 10);
    struct hs_bench_load_config config = {
        .node_count = cluster->count,
        .chain_id = cluster->chain_id,
        .fee_units = FEE_HEADROOM * base_fee,
        .height = (uint64_t)hs_client_number(status, "height"),
        .accounts = devnet->load_accounts.keys,
        .nonces = devnet->load_accounts.nonces,
        .account_count = devnet->load_accounts.count,
        .transfers_per_second = devnet->load_tps,
        .in_flight_max = LOAD_IN_FLIGHT_MAX,
        .stream_capacity = LOAD_IN_FLIGHT_MAX / cluster->count + 1024u,
        .committed = load_committed,
        .context = devnet,
    };
    for (uint32_t i = 0; i < cluster->count; i++) {
        config.rpc_ports[i] = cluster->validators[i].rpc_port;
    }
    json_decref(status);
    devnet->load = hs_bench_load_new(&config);
}

/* A node that went away took its pending transfers with it. */
static void mend_load(struct devnet *devnet)
{
    const struct hs_load_accounts *accounts = &devnet->load_accounts;
    for (uint32_t i = 0; i < devnet->cluster->count; i++) {
        if (devnet->view->seen[i].state == HS_DEVNET_UP &&
            hs_bench_load_needs_nonces(devnet->load, i) &&
            hs_load_accounts_ask_nonces(accounts, &devnet->view->clients[i], i,
                                        devnet->cluster->count, accounts->nonces) == HS_EXIT_OK) {
            hs_bench_load_set_nonces(devnet->load, i, accounts->nonces);
        }
    }
}

static void run_until(struct devnet *devnet, uint64_t until_ns)
{
    for (uint64_t now_ns = hs_bench_load_now_ns(); now_ns < until_ns && stop_wanted == 0;
         now_ns = hs_bench_load_now_ns()) {
        uint64_t left_ns = until_ns - now_ns;
        uint64_t slice_ns = left_ns < SLICE_NS ? left_ns : SLICE_NS;
        if (devnet->load != NULL) {
            hs_bench_load_run_until(devnet->load, now_ns + slice_ns);
        } else {
            const struct timespec slice = {.tv_nsec = (long)slice_ns};
            nanosleep(&slice, NULL);
        }
    }
}

/* -- running ------------------------------------------------------------------- */

static void print_heading(const struct devnet *devnet)
{
    const struct hs_local_cluster *cluster = devnet->cluster;
    const json_t *from = json_array_get(devnet->accounts, 0);
    const json_t *to = json_array_get(devnet->accounts, 1);
    if (devnet->json) {
        return;
    }
    printf("%" PRIu32 " validators in %s; Ctrl-C stops them\n", cluster->count, cluster->folder);
    if (to != NULL) {
        printf("In another terminal:\n"
               "  %s tx transfer --from %s --to %s --amount 100 --wait --rpc http://127.0.0.1:%u\n",
               cluster->program, hs_client_text(from, "key_file"), hs_client_text(to, "address"),
               cluster->validators[0].rpc_port);
    }
    printf("\n");
    fflush(stdout);
}

/* One second at a time, until a signal, the end of the duration, or nobody reads. */
static int show(struct devnet *devnet)
{
    struct hs_devnet_view *view = devnet->view;
    uint64_t start_ns = hs_bench_load_now_ns();
    for (uint64_t seconds = 1; stop_wanted == 0; seconds++) {
        run_until(devnet, start_ns + seconds * NS_IN_SECOND);
        if (stop_wanted != 0) {
            break;
        }
        bool pid_changed = hs_devnet_view_poll(view, hs_bench_load_now_ns());
        if (pid_changed && !hs_devnet_file_write(devnet->cluster, devnet->accounts)) {
            hs_print_error("%s", devnet->cluster->error);
            return HS_EXIT_WRITE_FAILED;
        }
        if (devnet->load_tps > 0 && devnet->load == NULL) {
            start_load(devnet);
        } else if (devnet->load != NULL) {
            mend_load(devnet);
            hs_devnet_view_take_latencies(view, &devnet->latencies);
        }
        if (!hs_devnet_view_print(view, seconds, devnet->json) ||
            (devnet->duration_seconds != 0 && seconds >= devnet->duration_seconds)) {
            break;
        }
    }
    return HS_EXIT_OK;
}

static int run_cluster(struct devnet *devnet)
{
    struct hs_local_cluster *cluster = devnet->cluster;
    if (!hs_local_cluster_open(cluster, devnet->folder) ||
        !hs_local_cluster_ports_are_free(cluster)) {
        hs_print_error("%s", cluster->error);
        return HS_EXIT_USAGE;
    }
    if (devnet->load_tps > 0 &&
        (!hs_load_accounts_open(&devnet->load_accounts, cluster->folder, LOAD_ACCOUNTS,
                                cluster->error, sizeof cluster->error) ||
         !hs_latencies_open(&devnet->latencies, LATENCIES_MAX))) {
        hs_print_error("--load: %s", cluster->error);
        return HS_EXIT_USAGE;
    }
    devnet->accounts = hs_devnet_accounts(cluster);
    catch_signals();
    int exit_code = HS_EXIT_INTERNAL;
    if (hs_devnet_view_open(devnet->view, cluster) && hs_local_cluster_start(cluster) &&
        hs_devnet_file_write(cluster, devnet->accounts)) {
        print_heading(devnet);
        exit_code = show(devnet);
    } else {
        hs_print_error("%s", cluster->error);
    }
    hs_local_cluster_stop(cluster);
    hs_devnet_file_remove(cluster);
    hs_devnet_view_close(devnet->view);
    return exit_code;
}

static int run(struct devnet *devnet)
{
    if (!prepare_homes(devnet)) {
        return HS_EXIT_USAGE;
    }
    devnet->cluster = calloc(1, sizeof *devnet->cluster);
    devnet->view = calloc(1, sizeof *devnet->view);
    int exit_code = HS_EXIT_INTERNAL;
    if (devnet->cluster != NULL && devnet->view != NULL) {
        exit_code = run_cluster(devnet);
    }
    hs_bench_load_free(devnet->load);
    hs_load_accounts_close(&devnet->load_accounts);
    hs_latencies_close(&devnet->latencies);
    json_decref(devnet->accounts);
    free(devnet->view);
    free(devnet->cluster);
    return exit_code;
}

int hs_cmd_devnet(int argc, char **argv)
{
    struct devnet devnet = {.folder = "devnet",
                            .validator_count = VALIDATORS_DEFAULT,
                            .base_port = HS_BASE_PORT_DEFAULT};
    const struct hs_option options[] = {
        {.type = HS_OPTION_NUMBER,
         .name = "validators",
         .argument = "N",
         .help = "how many, in a new folder (4)",
         .number = &devnet.validator_count,
         .number_min = 1,
         .number_max = HS_VALIDATORS_MAX,
         .given = &devnet.validators_given},
        {.type = HS_OPTION_TEXT,
         .name = "dir",
         .argument = "D",
         .help = "where they live; one that is there goes on (./devnet)",
         .text = &devnet.folder},
        {.type = HS_OPTION_NUMBER,
         .name = "base-port",
         .argument = "P",
         .help = "the first of two ports each, in a new folder (27000, or free ones above)",
         .number = &devnet.base_port,
         .number_min = 1,
         .number_max = UINT16_MAX,
         .given = &devnet.base_port_given},
        {.type = HS_OPTION_NUMBER,
         .name = "epoch-blocks",
         .argument = "L",
         .help = "blocks of an epoch, in a new folder; 0: these validators for ever (0)",
         .number = &devnet.epoch_blocks,
         .number_max = HS_EPOCH_BLOCKS_MAX,
         .given = &devnet.epoch_blocks_given},
        {.type = HS_OPTION_NUMBER,
         .name = "load",
         .argument = "TPS",
         .help = "transfers to hand in every second (none)",
         .number = &devnet.load_tps,
         .number_max = LOAD_TPS_MAX},
        {.type = HS_OPTION_NUMBER,
         .name = "duration",
         .argument = "S",
         .help = "seconds to run (until Ctrl-C)",
         .number = &devnet.duration_seconds,
         .number_max = UINT32_MAX},
        {.type = HS_OPTION_FLAG,
         .name = "fresh",
         .help = "wipe the folder and start over",
         .flag = &devnet.fresh},
        {.type = HS_OPTION_FLAG,
         .name = "json",
         .help = "print JSON, one line a second",
         .flag = &devnet.json},
    };
    const struct hs_command command = {
        .name = "devnet",
        .purpose = "Runs a chain of several validators on this machine, in the foreground.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    return run(&devnet);
}
