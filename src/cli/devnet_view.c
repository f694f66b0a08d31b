#include "cli/devnet_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/exit_codes.h"

#define POLL_TIMEOUT_MS 400u
#define NS_IN_SECOND    1e9
#define FOLLOWED_MAX    64u

bool hs_devnet_view_open(struct hs_devnet_view *view, struct hs_local_cluster *cluster)
{
    *view = (struct hs_devnet_view){.cluster = cluster, .terminal = isatty(STDOUT_FILENO) == 1};
    bool opened = true;
    for (uint32_t i = 0; i < cluster->count; i++) {
        char url[64];
        snprintf(url, sizeof url, "http://127.0.0.1:%u", cluster->validators[i].rpc_port);
        opened = hs_client_open(&view->clients[i], url) == HS_EXIT_OK && opened;
    }
    return opened;
}

void hs_devnet_view_close(struct hs_devnet_view *view)
{
    for (uint32_t i = 0; i < view->cluster->count; i++) {
        hs_client_close(&view->clients[i]);
    }
}

/* -- asking ------------------------------------------------------------------ */

static bool is_of_this_chain(const struct hs_local_cluster *cluster, const json_t *status)
{
    char chain_id[HS_HEX_CHARACTERS(HS_HASH_BYTES)];
    hs_hex_write(chain_id, cluster->chain_id.bytes, sizeof cluster->chain_id.bytes);
    return strcmp(hs_client_text(status, "chain_id"), chain_id) == 0;
}

/* Takes over what one validator says. Returns the transactions it committed meanwhile. */
static uint64_t take_status(struct hs_devnet_seen *seen, const json_t *status)
{
    uint64_t transactions = (uint64_t)hs_client_number(status, "transactions");
    uint64_t before = seen->transactions;
    bool comparable = seen->answered_before && transactions >= before;
    seen->state = HS_DEVNET_UP;
    seen->answered_before = true;
    seen->signing = json_is_true(json_object_get(status, "signing"));
    seen->member = json_is_integer(json_object_get(status, "index"));
    seen->height = (uint64_t)hs_client_number(status, "height");
    seen->epoch = (uint64_t)hs_client_number(status, "epoch");
    seen->view = (uint64_t)hs_client_number(status, "view");
    seen->peers = (uint64_t)hs_client_number(status, "peers");
    seen->mempool = (uint64_t)hs_client_number(status, "mempool");
    seen->latency_ms = (uint64_t)hs_client_number(status, "latency_ms");
    seen->transactions = transactions;
    return comparable ? transactions - before : 0;
}

/* One that does not answer. */
static void take_silence(struct hs_devnet_seen *seen,
                         const struct hs_local_cluster_validator *validator)
{
    if (validator->pid == 0) {
        *seen = (struct hs_devnet_seen){.state = HS_DEVNET_DOWN};
    } else {
        seen->state = seen->answered_before ? HS_DEVNET_SILENT : HS_DEVNET_STARTING;
    }
}

static uint64_t poll_one(struct hs_devnet_view *view, uint32_t index, bool *pid_changed)
{
    struct hs_local_cluster_validator *validator = &view->cluster->validators[index];
    struct hs_devnet_seen *seen = &view->seen[index];
    json_t *status = NULL;
    uint64_t transactions = 0;
    if (hs_client_get(&view->clients[index], "/v1/status", POLL_TIMEOUT_MS, &status) ==
            HS_EXIT_OK &&
        is_of_this_chain(view->cluster, status)) {
        transactions = take_status(seen, status);
        pid_t pid = (pid_t)hs_client_number(status, "pid");
        if (pid > 0 && pid != validator->pid && !validator->child) {
            validator->pid = pid;
            *pid_changed = true;
        }
    } else {
        take_silence(seen, validator);
    }
    json_decref(status);
    return transactions;
}

/* Views begin again with each epoch. */
static void take_view(struct hs_devnet_view *view, const struct hs_devnet_seen *seen)
{
    if (seen->epoch > view->epoch) {
        view->epoch = seen->epoch;
        view->view = seen->view;
    } else if (seen->epoch == view->epoch && seen->view > view->view) {
        view->view = seen->view;
    }
}

bool hs_devnet_view_poll(struct hs_devnet_view *view, uint64_t now_ns)
{
    bool pid_changed = hs_local_cluster_reap(view->cluster);
    double seconds = (double)(now_ns - view->polled_ns) / NS_IN_SECOND;
    uint64_t height_before = view->height;
    uint64_t transactions = 0;
    view->up_count = 0;
    for (uint32_t i = 0; i < view->cluster->count; i++) {
        uint64_t committed = poll_one(view, i, &pid_changed);
        struct hs_devnet_seen *seen = &view->seen[i];
        seen->transactions_per_second = seconds > 0 ? (double)committed / seconds : 0;
        transactions = committed > transactions ? committed : transactions;
        view->height = seen->height > view->height ? seen->height : view->height;
        take_view(view, seen);
        view->up_count += seen->state == HS_DEVNET_UP ? 1u : 0u;
    }
    if (view->polled_ns != 0 && seconds > 0) {
        view->blocks_per_second = (double)(view->height - height_before) / seconds;
        view->transactions_per_second = (double)transactions / seconds;
    }
    view->polled_ns = now_ns;
    return pid_changed;
}

void hs_devnet_view_take_latencies(struct hs_devnet_view *view, struct hs_latencies *latencies)
{
    view->latency_p50_ms = hs_latencies_percentile_ms(latencies, 50);
    view->latency_p99_ms = hs_latencies_percentile_ms(latencies, 99);
    latencies->count = 0;
}

/* -- showing ----------------------------------------------------------------- */

static const char *state_text(enum hs_devnet_state state)
{
    switch (state) {
    case HS_DEVNET_STARTING:
        return "starting";
    case HS_DEVNET_UP:
        return "up";
    case HS_DEVNET_SILENT:
        return "silent";
    case HS_DEVNET_DOWN:
        return "down";
    }
    return "-";
}

static void restart_command(const struct hs_devnet_view *view, uint32_t index, char *command,
                            size_t command_size)
{
    snprintf(command, command_size, "%s node --home %s", view->cluster->program,
             view->cluster->validators[index].home);
}

static json_t *validator_json(const struct hs_devnet_view *view, uint32_t index)
{
    const struct hs_devnet_seen *seen = &view->seen[index];
    const struct hs_local_cluster_validator *validator = &view->cluster->validators[index];
    json_t *json =
        json_pack("{s:i, s:s, s:i, s:i, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:b, s:b}", "index",
                  (int)index, "state", state_text(seen->state), "pid", (int)validator->pid,
                  "rpc_port", (int)validator->rpc_port, "height", (json_int_t)seen->height, "epoch",
                  (json_int_t)seen->epoch, "view", (json_int_t)seen->view, "tps",
                  seen->transactions_per_second, "latency_ms", (json_int_t)seen->latency_ms,
                  "peers", (json_int_t)seen->peers, "mempool", (json_int_t)seen->mempool, "member",
                  seen->member ? 1 : 0, "signing", seen->signing ? 1 : 0);
    if (seen->state == HS_DEVNET_DOWN) {
        char command[2 * HS_HOME_PATH_CHARACTERS + 32];
        restart_command(view, index, command, sizeof command);
        json_object_set_new(json, "restart", json_string(command));
    }
    return json;
}

static void print_json(const struct hs_devnet_view *view, uint64_t seconds)
{
    json_t *validators = json_array();
    for (uint32_t i = 0; i < view->cluster->count; i++) {
        json_array_append_new(validators, validator_json(view, i));
    }
    json_t *latency =
        view->latency_p99_ms > 0
            ? json_pack("{s:f, s:f}", "p50", view->latency_p50_ms, "p99", view->latency_p99_ms)
            : json_null();
    json_t *line =
        json_pack("{s:I, s:I, s:I, s:I, s:f, s:f, s:o, s:o}", "seconds", (json_int_t)seconds,
                  "height", (json_int_t)view->height, "epoch", (json_int_t)view->epoch, "view",
                  (json_int_t)view->view, "tps", view->transactions_per_second, "blocks_per_second",
                  view->blocks_per_second, "latency_ms", latency, "validators", validators);
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    if (text != NULL) {
        puts(text);
    }
    free(text);
    json_decref(line);
}

/* Returns its characters, the newline included. */
static int print_figures(const struct hs_devnet_view *view, uint64_t seconds)
{
    int characters = printf("%5" PRIu64 " s  height %" PRIu64 "  ", seconds, view->height);
    if (view->epoch > 0) {
        characters += printf("epoch %" PRIu64 "  ", view->epoch);
    }
    characters += printf("view %" PRIu64 "  %.1f blocks/s  %.1f tx/s", view->view,
                         view->blocks_per_second, view->transactions_per_second);
    if (view->latency_p99_ms > 0) {
        characters +=
            printf("  latency %.1f ms, p99 %.1f ms", view->latency_p50_ms, view->latency_p99_ms);
    }
    characters += printf("  %" PRIu32 " of %" PRIu32 " up\n", view->up_count, view->cluster->count);
    return characters;
}

/* Says once of each validator that went down how to start it, and that it came back. */
static void print_changes(struct hs_devnet_view *view)
{
    for (uint32_t i = 0; i < view->cluster->count && i < FOLLOWED_MAX; i++) {
        uint64_t bit = UINT64_C(1) << i;
        enum hs_devnet_state state = view->seen[i].state;
        if (state == HS_DEVNET_DOWN && (view->down_shown & bit) == 0) {
            char command[2 * HS_HOME_PATH_CHARACTERS + 32];
            restart_command(view, i, command, sizeof command);
            printf("validator %" PRIu32 " is down; its log is %s.log; start it again with\n"
                   "  %s\n",
                   i, view->cluster->validators[i].home, command);
            view->down_shown |= bit;
        } else if (state == HS_DEVNET_UP && (view->down_shown & bit) != 0) {
            printf("validator %" PRIu32 " is up again\n", i);
            view->down_shown &= ~bit;
        }
    }
}

/* How many rows of the terminal a line takes: a long path goes on in the next. */
static uint32_t rows_of(int characters)
{
    struct winsize size;
    uint32_t columns = 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        columns = size.ws_col;
    }
    return columns == 0 || characters <= 0 ? 1u : ((uint32_t)characters - 1) / columns + 1;
}

/* What is to be said of one that does not sign. */
static const char *signing_text(const struct hs_devnet_seen *seen)
{
    if (seen->state != HS_DEVNET_UP || seen->signing) {
        return "";
    }
    return seen->member ? "  not signing" : "  not in the set";
}

static void print_table(struct hs_devnet_view *view, uint64_t seconds)
{
    if (view->lines_drawn > 0) {
        printf("\033[%" PRIu32 "A\033[J", view->lines_drawn);
    }
    view->lines_drawn = rows_of(print_figures(view, seconds) - 1) + 2;
    printf("\n  validator  state     height    view      tx/s    latency   peers  mempool  rpc\n");
    for (uint32_t i = 0; i < view->cluster->count; i++) {
        const struct hs_devnet_seen *seen = &view->seen[i];
        printf("  %-9" PRIu32 "  %-8s  %-8" PRIu64 "  %-8" PRIu64 "  %-6.0f  %4" PRIu64
               " ms   %-5" PRIu64 "  %-7" PRIu64 "  http://127.0.0.1:%u%s\n",
               i, state_text(seen->state), seen->height, seen->view, seen->transactions_per_second,
               seen->latency_ms, seen->peers, seen->mempool, view->cluster->validators[i].rpc_port,
               signing_text(seen));
        view->lines_drawn++;
        if (seen->state == HS_DEVNET_DOWN) {
            char command[2 * HS_HOME_PATH_CHARACTERS + 32];
            restart_command(view, i, command, sizeof command);
            int characters = printf("             start it again: %s\n", command);
            view->lines_drawn += rows_of(characters - 1);
        }
    }
}

bool hs_devnet_view_print(struct hs_devnet_view *view, uint64_t seconds, bool json)
{
    if (json) {
        print_json(view, seconds);
    } else if (view->terminal) {
        print_table(view, seconds);
    } else {
        print_changes(view);
        (void)print_figures(view, seconds);
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0;
}
