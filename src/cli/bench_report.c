#include "cli/bench_report.h"

#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/version.h"

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

/* The figures that follow from those measured. */
struct derived {
    double tps;
    double views_per_second;
    double blocks_per_second;
    double cpu_us_per_tx;
    double cpu_ratio; /* cpu_us_per_tx over one signature check by each validator */
    double checks_per_second;
    double pairings_per_view; /* and node, as the next */
    double wake_ups_per_view;
    double cpu_us_per_view;
};

static struct derived derive(const struct hs_bench_report *report)
{
    double nodes = (double)report->settings.validators;
    double views = (double)report->views * nodes;
    double committed = (double)report->committed;
    struct derived derived = {
        .tps = ratio(committed, report->window_seconds),
        .views_per_second = ratio((double)report->views, report->window_seconds),
        .blocks_per_second = ratio((double)report->blocks, report->window_seconds),
        .cpu_us_per_tx = ratio((double)report->cpu_us, committed),
        .checks_per_second = ratio(1e6, report->machine.signature_check_us),
        .pairings_per_view = ratio((double)report->pairings, views),
        .wake_ups_per_view = ratio((double)report->wake_ups, views),
        .cpu_us_per_view = ratio((double)report->cpu_us, views),
    };
    derived.cpu_ratio = ratio(derived.cpu_us_per_tx, nodes * report->machine.signature_check_us);
    return derived;
}

static json_t *settings_json(const struct hs_bench_settings *settings)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "validators", (json_int_t)settings->validators,
        "duration_s", (json_int_t)settings->duration_seconds, "warm_up_s",
        (json_int_t)settings->warm_up_seconds, "rate", (json_int_t)settings->rate, "in_flight",
        (json_int_t)settings->in_flight, "accounts", (json_int_t)settings->accounts, "epoch_blocks",
        (json_int_t)settings->epoch_blocks, "empty", settings->empty ? 1 : 0);
}

static int print_json(const struct hs_bench_report *report)
{
    struct derived derived = derive(report);
    return hs_print_json(json_pack(
        "{s:f, s:I, s:{s:f, s:f}, s:f, s:f, s:f, s:f, s:I, s:I, s:b, s:{s:s, s:i, s:s}, s:s, s:o, "
        "s:{s:f, s:f, s:f, s:f, s:f, s:f}}",
        "tps", derived.tps, "committed", (json_int_t)report->committed, "latency_ms", "p50",
        report->latency_p50_ms, "p99", report->latency_p99_ms, "cpu_us_per_tx",
        derived.cpu_us_per_tx, "views_per_s", derived.views_per_second, "blocks_per_s",
        derived.blocks_per_second, "window_s", report->window_seconds, "rejected",
        (json_int_t)report->load.rejected, "lost", (json_int_t)report->load.lost, "exhausted",
        report->load.exhausted ? 1 : 0, "machine", "cpu", report->machine.cpu, "cores",
        (int)report->machine.cores, "kernel", report->machine.kernel, "commit", HS_COMMIT,
        "settings", settings_json(&report->settings), "bounds", "signature_check_us",
        report->machine.signature_check_us, "signature_checks_per_s", derived.checks_per_second,
        "cpu_ratio", derived.cpu_ratio, "pairings_per_view", derived.pairings_per_view,
        "wake_ups_per_view", derived.wake_ups_per_view, "cpu_us_per_view",
        derived.cpu_us_per_view));
}

static void print_text(const struct hs_bench_report *report)
{
    const struct hs_bench_settings *settings = &report->settings;
    struct derived derived = derive(report);
    printf("machine      %s, %" PRIu32 " cores, %s\n", report->machine.cpu, report->machine.cores,
           report->machine.kernel);
    printf("commit       %s\n", HS_COMMIT);
    printf("settings     %" PRIu64 " validators, %" PRIu64 " s after %" PRIu64 " s of warm-up, ",
           settings->validators, settings->duration_seconds, settings->warm_up_seconds);
    if (settings->epoch_blocks > 0) {
        printf("epochs of %" PRIu64 " blocks, ", settings->epoch_blocks);
    }
    if (settings->empty) {
        printf("no transactions, no idle wait\n");
    } else if (settings->rate > 0) {
        printf("%" PRIu64 " transfers/s offered\n", settings->rate);
    } else {
        printf("as fast as it goes with %" PRIu64 " in flight\n", settings->in_flight);
    }
    printf("\nviews        %.1f /s, %.1f blocks/s\n", derived.views_per_second,
           derived.blocks_per_second);
    if (!settings->empty) {
        printf("throughput   %.0f transfers/s (%" PRIu64 " in %.1f s)\n", derived.tps,
               report->committed, report->window_seconds);
        printf("latency      %.1f ms, p99 %.1f ms\n", report->latency_p50_ms,
               report->latency_p99_ms);
        printf("processor    %.1f us for each transfer, over all nodes\n", derived.cpu_us_per_tx);
    }
    printf("\nwhat bounds it\n");
    printf("  signature check     %.1f us, %.0f /s on one core\n",
           report->machine.signature_check_us, derived.checks_per_second);
    if (!settings->empty) {
        printf("  processor time      %.2f times what the signature checks need\n",
               derived.cpu_ratio);
    }
    printf("  a view on a node    %.1f pairings, %.1f wake-ups, %.0f us\n",
           derived.pairings_per_view, derived.wake_ups_per_view, derived.cpu_us_per_view);
    if (report->load.rejected > 0 || report->load.lost > 0) {
        printf("\n%" PRIu64 " transfers were refused, %" PRIu64 " lost: see the nodes' logs\n",
               report->load.rejected, report->load.lost);
    }
    if (report->load.exhausted) {
        printf("\nthe signed transfers did not last: the throughput is a lower bound\n");
    }
    fflush(stdout);
}

int hs_bench_report_print(const struct hs_bench_report *report, bool json)
{
    if (json) {
        return print_json(report);
    }
    print_text(report);
    return HS_EXIT_OK;
}
