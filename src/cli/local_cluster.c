#include "cli/local_cluster.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "network/tcp_address.h"
#include "runtime/home_names.h"

#define STOP_WAIT_MS 5000u
#define POLL_MS      10u
#define PORT_STEP    100u
#define PORT_TRIES   50u

/* -- reading homes ----------------------------------------------------------- */

/* A whole file of at most capacity - 1 bytes, with a zero behind; its size, or -1. */
static ssize_t read_file(const char *home, const char *name, char *text, size_t capacity)
{
    char path[HS_HOME_PATH_CHARACTERS + 64];
    snprintf(path, sizeof path, "%s/%s", home, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return -1;
    }
    size_t size = fread(text, 1, capacity, file);
    bool whole = ferror(file) == 0 && size < capacity;
    fclose(file);
    text[whole ? size : 0] = '\0';
    return whole ? (ssize_t)size : -1;
}

static bool read_port(uint16_t *port, const char *listen_address)
{
    struct hs_tcp_address address;
    uint64_t value;
    if (hs_tcp_address_parse(&address, listen_address) != HS_OK ||
        !hs_decimal_read(&value, address.port) || value == 0 || value > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

static bool read_ports(struct hs_local_cluster *cluster,
                       struct hs_local_cluster_validator *validator)
{
    char text[HS_CONFIG_BYTES_MAX + 1];
    struct hs_config *config = malloc(sizeof *config);
    struct hs_config_error error = {"it can't be read"};
    ssize_t size = read_file(validator->home, HS_HOME_CONFIG_NAME, text, sizeof text);
    bool read = config != NULL && size >= 0 &&
                hs_config_parse(config, HS_HOME_CONFIG_NAME, text, (size_t)size, &error) == HS_OK;
    if (!read) {
        snprintf(cluster->error, sizeof cluster->error, "%.400s: %.500s", validator->home,
                 error.text);
    } else if (!read_port(&validator->p2p_port, config->listen) ||
               !read_port(&validator->rpc_port, config->rpc_listen)) {
        read = false;
        snprintf(cluster->error, sizeof cluster->error,
                 "%.400s/" HS_HOME_CONFIG_NAME ": give both listen addresses a fixed port, or "
                 "start over with --fresh",
                 validator->home);
    }
    free(config);
    return read;
}

static bool read_chain_id(struct hs_local_cluster *cluster)
{
    char text[HS_HEX_CHARACTERS(HS_HASH_BYTES) + 8];
    const char *home = cluster->validators[0].home;
    if (read_file(home, HS_HOME_CHAIN_NAME, text, sizeof text) > 0) {
        text[strcspn(text, "\n")] = '\0';
        if (hs_hex_read(cluster->chain_id.bytes, sizeof cluster->chain_id.bytes, text)) {
            return true;
        }
    }
    snprintf(cluster->error, sizeof cluster->error,
             "%.400s/" HS_HOME_CHAIN_NAME " can't be read; start over with --fresh", home);
    return false;
}

bool hs_local_cluster_open(struct hs_local_cluster *cluster, const char *folder)
{
    char resolved[PATH_MAX];
    memset(cluster, 0, sizeof *cluster);
    ssize_t size = readlink("/proc/self/exe", cluster->program, sizeof cluster->program - 1);
    cluster->count = hs_homes_count(folder);
    if (size <= 0 || cluster->count == 0 || realpath(folder, resolved) == NULL) {
        snprintf(cluster->error, sizeof cluster->error, "%.400s holds no homes of validators",
                 folder);
        return false;
    }
    snprintf(cluster->folder, sizeof cluster->folder, "%s", resolved);
    for (uint32_t i = 0; i < cluster->count; i++) {
        struct hs_local_cluster_validator *validator = &cluster->validators[i];
        if (!hs_homes_validator_path(validator->home, cluster->folder, i) ||
            !read_ports(cluster, validator)) {
            return false;
        }
    }
    return read_chain_id(cluster);
}

/* -- ports ------------------------------------------------------------------- */

static bool port_is_free(uint16_t port)
{
    const int on = 1;
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_free = descriptor >= 0 &&
                   setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(descriptor, (const struct sockaddr *)&address, sizeof address) == 0;
    if (descriptor >= 0) {
        close(descriptor);
    }
    return is_free;
}

uint32_t hs_local_cluster_free_ports(uint32_t base_port, uint32_t count)
{
    for (uint32_t attempt = 0; attempt < PORT_TRIES; attempt++, base_port += PORT_STEP) {
        uint32_t free_count = 0;
        while (free_count < 2 * count && base_port + free_count <= UINT16_MAX &&
               port_is_free((uint16_t)(base_port + free_count))) {
            free_count++;
        }
        if (free_count == 2 * count) {
            return base_port;
        }
    }
    return 0;
}

bool hs_local_cluster_ports_are_free(struct hs_local_cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->count; i++) {
        const struct hs_local_cluster_validator *validator = &cluster->validators[i];
        bool p2p_free = port_is_free(validator->p2p_port);
        if (!p2p_free || !port_is_free(validator->rpc_port)) {
            snprintf(cluster->error, sizeof cluster->error,
                     "port %u of validator %" PRIu32 " is taken by another program, maybe another "
                     "devnet; stop it, or start over with --fresh --base-port P",
                     p2p_free ? validator->rpc_port : validator->p2p_port, i);
            return false;
        }
    }
    return true;
}

/* -- processes ----------------------------------------------------------------- */

/* In the child. */
static _Noreturn void become_node(const struct hs_local_cluster *cluster,
                                  const struct hs_local_cluster_validator *validator, int log,
                                  pid_t parent)
{
    char program[HS_HOME_PATH_CHARACTERS];
    char home[HS_HOME_PATH_CHARACTERS];
    char command[] = "node";
    char home_option[] = "--home";
    char parent_option[] = "--parent";
    char parent_pid[24];
    memcpy(program, cluster->program, sizeof program);
    memcpy(home, validator->home, sizeof home);
    snprintf(parent_pid, sizeof parent_pid, "%ld", (long)parent);
    char *const arguments[] = {program,       command,    home_option, home,
                               parent_option, parent_pid, NULL};
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    /* Its own group: a Ctrl-C is for the parent, which stops all in order. */
    if (setpgid(0, 0) != 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) {
        _exit(127);
    }
    execv(program, arguments);
    _exit(127);
}

static bool start_one(struct hs_local_cluster *cluster, uint32_t index)
{
    struct hs_local_cluster_validator *validator = &cluster->validators[index];
    char log_path[HS_HOME_PATH_CHARACTERS + 32];
    snprintf(log_path, sizeof log_path, "%s.log", validator->home);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t parent = getpid();
    pid_t pid = log >= 0 ? fork() : -1;
    if (pid == 0) {
        become_node(cluster, validator, log, parent);
    }
    if (pid < 0) {
        snprintf(cluster->error, sizeof cluster->error, "validator %" PRIu32 ": %s: %s", index,
                 log >= 0 ? "no process can be made" : "its log can't be written", strerror(errno));
    } else {
        validator->pid = pid;
        validator->child = true;
    }
    if (log >= 0) {
        close(log);
    }
    return pid > 0;
}

bool hs_local_cluster_start(struct hs_local_cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->count; i++) {
        if (!start_one(cluster, i)) {
            return false;
        }
    }
    return true;
}

/* One that is no child of ours: gone, or only waiting for its own parent to notice. */
static bool stranger_ended(pid_t pid)
{
    char path[64];
    char text[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return true;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *name_end = strrchr(text, ')');
    return name_end != NULL && strncmp(name_end, ") Z", 3) == 0;
}

bool hs_local_cluster_reap(struct hs_local_cluster *cluster)
{
    bool ended = false;
    for (uint32_t i = 0; i < cluster->count; i++) {
        struct hs_local_cluster_validator *validator = &cluster->validators[i];
        pid_t pid = validator->pid;
        if (pid > 0 &&
            (validator->child ? waitpid(pid, NULL, WNOHANG) == pid : stranger_ended(pid))) {
            validator->pid = 0;
            validator->child = false;
            ended = true;
        }
    }
    return ended;
}

static bool any_runs(struct hs_local_cluster *cluster)
{
    (void)hs_local_cluster_reap(cluster);
    for (uint32_t i = 0; i < cluster->count; i++) {
        if (cluster->validators[i].pid > 0) {
            return true;
        }
    }
    return false;
}

static void signal_all(const struct hs_local_cluster *cluster, int number, bool children_only)
{
    for (uint32_t i = 0; i < cluster->count; i++) {
        const struct hs_local_cluster_validator *validator = &cluster->validators[i];
        if (validator->pid > 0 && (validator->child || !children_only)) {
            (void)kill(validator->pid, number);
        }
    }
}

static void wait_until_ended(struct hs_local_cluster *cluster, uint32_t wait_ms)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    for (uint32_t waited = 0; waited < wait_ms && any_runs(cluster); waited += POLL_MS) {
        nanosleep(&pause, NULL);
    }
}

void hs_local_cluster_stop(struct hs_local_cluster *cluster)
{
    (void)hs_local_cluster_reap(cluster);
    signal_all(cluster, SIGTERM, false);
    signal_all(cluster, SIGCONT, true);
    wait_until_ended(cluster, STOP_WAIT_MS);
    signal_all(cluster, SIGKILL, true);
    wait_until_ended(cluster, STOP_WAIT_MS);
}
