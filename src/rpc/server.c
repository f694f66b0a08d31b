/* The HTTP thread. libmicrohttpd reads and writes the sockets, in epoll, on a thread that is
 * ours, so that it can also look after requests that have waited long enough. Driven so from
 * outside the library does not wake up when a connection is resumed: an eventfd does that. */
#include "rpc/server.h"

#include <errno.h>
#include <poll.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/text.h"
#include "network/tcp_address.h"
#include "rpc/answer.h"
#include "runtime/real_clock.h"
#include "runtime/validator.h"

#define TURN_MS     250u
#define NS_IN_MS    UINT64_C(1000000)
#define FLUSH_TURNS 20u
#define FLUSH_MS    5u

struct hs_rpc_server {
    struct hs_running_validator *validator;
    struct hs_clock clock;
    struct MHD_Daemon *daemon;
    int epoll_descriptor; /* the daemon's */
    int wake_descriptor;  /* an eventfd */
    uint16_t port;
    pthread_t thread;
    _Atomic(bool) stopping;

    /* The HTTP thread's. */
    struct hs_rpc_exchange *exchanges; /* all of them */
    uint32_t asked;                    /* of them, those that the loop has */
    size_t body_bytes;
    struct hs_rpc_counters counters;

    /* The loop's. */
    struct hs_rpc_desk desk;
    struct hs_query expire;
    _Atomic(bool) expire_posted;
};

/* -- from the loop thread ---------------------------------------------------- */

static void wake(struct hs_rpc_server *server)
{
    const uint64_t one = 1;
    /* It fails only when the counter is full, and then the thread is about to wake up. */
    ssize_t written = write(server->wake_descriptor, &one, sizeof one);
    (void)written;
}

static void exchange_answered(struct hs_rpc_exchange *exchange)
{
    struct hs_rpc_server *server = exchange->server;
    struct MHD_Connection *connection = exchange->connection;
    atomic_store(&exchange->stage, HS_RPC_ANSWERED);
    MHD_resume_connection(connection);
    wake(server);
}

static struct hs_rpc_exchange *exchange_of(struct hs_query *query)
{
    return (struct hs_rpc_exchange *)((char *)query - offsetof(struct hs_rpc_exchange, query));
}

static void run_exchange(struct hs_query *query, struct hs_running_validator *validator)
{
    struct hs_rpc_exchange *exchange = exchange_of(query);
    (void)validator;
    hs_rpc_desk_take(exchange->desk, exchange);
}

static void run_expire(struct hs_query *query, struct hs_running_validator *validator)
{
    struct hs_rpc_server *server =
        (struct hs_rpc_server *)((char *)query - offsetof(struct hs_rpc_server, expire));
    (void)validator;
    atomic_store(&server->expire_posted, false);
    hs_rpc_desk_expire(&server->desk, false);
}

static void block_committed(void *context, const struct hs_block *block,
                            const struct hs_transaction_id ids[], size_t count)
{
    struct hs_rpc_server *server = context;
    hs_rpc_desk_committed(&server->desk, block, ids, count);
}

/* -- exchanges ----------------------------------------------------------------- */

static struct hs_rpc_exchange *open_exchange(struct hs_rpc_server *server,
                                             struct MHD_Connection *connection, const char *method,
                                             const char *path)
{
    struct hs_rpc_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->server = server;
    exchange->desk = &server->desk;
    exchange->connection = connection;
    exchange->query.run = run_exchange;
    exchange->route = hs_rpc_route_find(&exchange->call, method, path);
    exchange->body_bytes_max = hs_rpc_body_bytes_max(exchange->route);
    exchange->next = server->exchanges;
    if (server->exchanges != NULL) {
        server->exchanges->previous = exchange;
    }
    server->exchanges = exchange;
    server->counters.requests++;
    return exchange;
}

static void take_back(struct hs_rpc_exchange *exchange)
{
    exchange->server->asked -= exchange->asked ? 1u : 0u;
    exchange->asked = false;
}

static void close_exchange(struct hs_rpc_exchange *exchange)
{
    struct hs_rpc_server *server = exchange->server;
    take_back(exchange);
    if (exchange->previous != NULL) {
        exchange->previous->next = exchange->next;
    } else {
        server->exchanges = exchange->next;
    }
    if (exchange->next != NULL) {
        exchange->next->previous = exchange->previous;
    }
    server->body_bytes -= exchange->body_capacity;
    hs_rpc_exchange_release(exchange);
    free(exchange);
}

static uint64_t header_number(struct MHD_Connection *connection, const char *name)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    uint64_t value = 0;
    return text != NULL && hs_decimal_read(&value, text) ? value : 0;
}

static void read_wait(struct hs_rpc_exchange *exchange, struct MHD_Connection *connection)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "wait");
    if (text == NULL ||
        (exchange->route != HS_ROUTE_CALL && exchange->route != HS_ROUTE_BLOCK_TRANSACTIONS &&
         exchange->route != HS_ROUTE_PROOF)) {
        return;
    }
    if (!hs_decimal_read(&exchange->wait_ms, text) || exchange->wait_ms > HS_RPC_WAIT_MS_MAX) {
        exchange->route = HS_ROUTE_BAD_ARGUMENT;
        exchange->wait_ms = 0;
    }
}

static enum MHD_Result read_parameter(void *context, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    struct hs_rpc_exchange *exchange = context;
    (void)kind;
    if (!hs_rpc_proof_parameter(&exchange->call.argument.proof, name, value != NULL ? value : "")) {
        exchange->route = HS_ROUTE_BAD_ARGUMENT;
        return MHD_NO;
    }
    return MHD_YES;
}

/* -- responses ----------------------------------------------------------------- */

static enum MHD_Result respond(struct hs_rpc_exchange *exchange, struct MHD_Connection *connection)
{
    struct hs_rpc_server *server = exchange->server;
    struct hs_rpc_response response;
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    server->counters.connections = info != NULL ? info->num_connections : 0;
    hs_rpc_exchange_respond(&response, exchange, hs_validator_genesis(server->validator),
                            &server->counters);
    if (response.http_status >= 400) {
        server->counters.refused++;
    }
    if (response.text == NULL) {
        return MHD_NO;
    }
    struct MHD_Response *reply =
        MHD_create_response_from_buffer(response.size, response.text, MHD_RESPMEM_MUST_FREE);
    if (reply == NULL) {
        free(response.text);
        return MHD_NO;
    }
    enum MHD_Result queued =
        MHD_add_response_header(reply, MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type);
    if (queued == MHD_YES) {
        queued = MHD_queue_response(connection, response.http_status, reply);
    }
    MHD_destroy_response(reply);
    return queued;
}

static enum MHD_Result respond_now(struct hs_rpc_exchange *exchange,
                                   struct MHD_Connection *connection)
{
    atomic_store(&exchange->stage, HS_RPC_ANSWERED);
    return respond(exchange, connection);
}

/* -- requests ------------------------------------------------------------------ */

/* The headers are read. A client that asks before it sends a large body is answered before;
 * another one only reads the answer when it has sent all. */
static enum MHD_Result begin(struct hs_rpc_exchange *exchange, struct MHD_Connection *connection)
{
    if (exchange->route == HS_ROUTE_PROOF) {
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, read_parameter, exchange);
    }
    read_wait(exchange, connection);
    uint64_t body_bytes = header_number(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    bool asks =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT) != NULL;
    if (body_bytes > exchange->body_bytes_max) {
        exchange->body_too_large = true;
        if (asks || body_bytes > HS_RPC_DROPPED_BYTES_MAX) {
            return respond_now(exchange, connection);
        }
    }
    return MHD_YES;
}

static enum MHD_Result feed(struct hs_rpc_exchange *exchange, const char *data, size_t *size)
{
    struct hs_rpc_server *server = exchange->server;
    size_t capacity_before = exchange->body_capacity;
    if (!exchange->body_too_large &&
        server->body_bytes + *size + exchange->body_size > HS_RPC_BODIES_BYTES_MAX) {
        return MHD_NO;
    }
    enum hs_status status = hs_rpc_exchange_feed(exchange, data, *size);
    server->body_bytes += exchange->body_capacity - capacity_before;
    *size = 0;
    return status == HS_OK ? MHD_YES : MHD_NO;
}

static enum MHD_Result ask(struct hs_rpc_exchange *exchange, struct MHD_Connection *connection)
{
    struct hs_rpc_server *server = exchange->server;
    if (server->asked >= HS_RPC_QUERIES_MAX) {
        exchange->outcome = HS_FULL;
        return respond_now(exchange, connection);
    }
    exchange->asked = true;
    server->asked++;
    exchange->deadline_ns =
        server->clock.now_ns(server->clock.context) + exchange->wait_ms * NS_IN_MS;
    atomic_store(&exchange->stage, HS_RPC_ASKED);
    MHD_suspend_connection(connection);
    enum hs_status status = hs_validator_post(server->validator, &exchange->query);
    if (status != HS_OK) {
        exchange->outcome = status;
        exchange_answered(exchange);
    }
    return MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_data_size, void **connection_context)
{
    struct hs_rpc_server *server = context;
    struct hs_rpc_exchange *exchange = *connection_context;
    (void)version;
    if (exchange == NULL) {
        exchange = open_exchange(server, connection, method, url);
        *connection_context = exchange;
        return exchange != NULL ? begin(exchange, connection) : MHD_NO;
    }
    if (*upload_data_size > 0) {
        return feed(exchange, upload_data, upload_data_size);
    }
    if (atomic_load(&exchange->stage) == HS_RPC_ANSWERED) {
        take_back(exchange);
        return respond(exchange, connection);
    }
    if (hs_rpc_exchange_read(exchange)) {
        return ask(exchange, connection);
    }
    return respond_now(exchange, connection);
}

static void completed(void *context, struct MHD_Connection *connection, void **connection_context,
                      enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    if (*connection_context != NULL) {
        close_exchange(*connection_context);
        *connection_context = NULL;
    }
}

/* -- the thread ------------------------------------------------------------------ */

/* Marks the requests that have waited long enough and has the loop answer them. Returns how long
 * the next one may wait. */
static uint64_t look_after_waits(struct hs_rpc_server *server)
{
    uint64_t now_ns = server->clock.now_ns(server->clock.context);
    uint64_t turn_ns = TURN_MS * NS_IN_MS;
    bool expired = false;
    for (struct hs_rpc_exchange *exchange = server->exchanges; exchange != NULL;
         exchange = exchange->next) {
        if (exchange->wait_ms == 0 || atomic_load(&exchange->stage) != HS_RPC_ASKED) {
            continue;
        }
        if (now_ns >= exchange->deadline_ns) {
            atomic_store(&exchange->expired, true);
            expired = true;
        } else if (exchange->deadline_ns - now_ns < turn_ns) {
            turn_ns = exchange->deadline_ns - now_ns;
        }
    }
    if (expired && !atomic_exchange(&server->expire_posted, true) &&
        hs_validator_post(server->validator, &server->expire) != HS_OK) {
        atomic_store(&server->expire_posted, false);
    }
    return turn_ns / NS_IN_MS + 1;
}

static void turn(struct hs_rpc_server *server, uint64_t wait_ms)
{
    struct pollfd descriptors[] = {{.fd = server->epoll_descriptor, .events = POLLIN},
                                   {.fd = server->wake_descriptor, .events = POLLIN}};
    unsigned MHD_LONG_LONG timeout_ms;
    uint64_t count;
    if (MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES && timeout_ms < wait_ms) {
        wait_ms = timeout_ms;
    }
    (void)poll(descriptors, 2, (int)wait_ms);
    ssize_t size = read(server->wake_descriptor, &count, sizeof count);
    (void)size;
    (void)MHD_run(server->daemon);
}

static void *serve(void *context)
{
    struct hs_rpc_server *server = context;
    while (!atomic_load(&server->stopping)) {
        turn(server, look_after_waits(server));
    }
    return NULL;
}

/* -- starting and stopping --------------------------------------------------------- */

static void set_error(struct hs_rpc_error *error, const char *listen, const char *what)
{
    snprintf(error->text, sizeof error->text, "rpc: %s: %s", listen, what);
}

static enum hs_status open_listener(int *listener, const char *listen_address,
                                    struct hs_rpc_error *error)
{
    static const char HOW[] = "write listen = 127.0.0.1:PORT below [rpc] in hotstuff.conf";
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct hs_tcp_address address;
    struct addrinfo *info = NULL;
    if (hs_tcp_address_parse(&address, listen_address) != HS_OK ||
        getaddrinfo(address.host, address.port, &hints, &info) != 0) {
        set_error(error, listen_address, HOW);
        return HS_INVALID_ARGUMENT;
    }
    const int on = 1;
    int descriptor = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool listens = descriptor >= 0 &&
                   setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(descriptor, info->ai_addr, info->ai_addrlen) == 0 &&
                   listen(descriptor, SOMAXCONN) == 0;
    bool taken = errno == EADDRINUSE;
    freeaddrinfo(info);
    if (!listens) {
        if (descriptor >= 0) {
            close(descriptor);
        }
        set_error(error, listen_address,
                  taken ? "another program listens there; stop it, or change listen below [rpc] "
                          "in hotstuff.conf"
                        : HOW);
        return taken ? HS_IN_USE : HS_INVALID_ARGUMENT;
    }
    *listener = descriptor;
    return HS_OK;
}

static uint16_t port_of(int listener)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port)
                                         : ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static bool start_daemon(struct hs_rpc_server *server, int listener)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, server,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, completed, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HS_RPC_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HS_RPC_CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HS_RPC_IDLE_SECONDS, MHD_OPTION_END);
    if (server->daemon == NULL) {
        close(listener);
        return false;
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->wake_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (info == NULL || server->wake_descriptor < 0) {
        MHD_stop_daemon(server->daemon);
        return false;
    }
    server->epoll_descriptor = info->epoll_fd;
    if (pthread_create(&server->thread, NULL, serve, server) != 0) {
        MHD_stop_daemon(server->daemon);
        close(server->wake_descriptor);
        return false;
    }
    return true;
}

enum hs_status hs_rpc_server_start(struct hs_rpc_server **server,
                                   struct hs_running_validator *validator,
                                   struct hs_rpc_error *error)
{
    const char *listen_address = hs_validator_config(validator)->rpc_listen;
    *server = NULL;
    if (listen_address[0] == '\0') {
        return HS_OK;
    }
    int listener = -1;
    enum hs_status status = open_listener(&listener, listen_address, error);
    if (status != HS_OK) {
        return status;
    }
    struct hs_rpc_server *made = calloc(1, sizeof *made);
    if (made == NULL) {
        close(listener);
        set_error(error, listen_address, hs_status_text(HS_OUT_OF_MEMORY));
        return HS_OUT_OF_MEMORY;
    }
    made->validator = validator;
    made->clock = hs_real_clock();
    made->port = port_of(listener);
    made->desk.validator = validator;
    made->desk.answered = exchange_answered;
    made->expire.run = run_expire;
    if (!start_daemon(made, listener)) {
        free(made);
        set_error(error, listen_address, "the HTTP server could not be started");
        return HS_OUT_OF_MEMORY;
    }
    hs_validator_on_committed(validator, block_committed, made);
    *server = made;
    return HS_OK;
}

uint16_t hs_rpc_server_port(const struct hs_rpc_server *server)
{
    return server->port;
}

/* The loop has ended: what it still had is answered from here. */
static void answer_the_rest(struct hs_rpc_server *server)
{
    hs_rpc_desk_expire(&server->desk, true);
    for (struct hs_rpc_exchange *exchange = server->exchanges; exchange != NULL;
         exchange = exchange->next) {
        if (atomic_load(&exchange->stage) == HS_RPC_ASKED) {
            exchange->outcome = HS_NOT_READY;
            exchange_answered(exchange);
        }
    }
    for (unsigned i = 0; i < FLUSH_TURNS; i++) {
        turn(server, FLUSH_MS);
    }
}

void hs_rpc_server_stop(struct hs_rpc_server *server)
{
    if (server == NULL) {
        return;
    }
    hs_validator_on_committed(server->validator, NULL, NULL);
    atomic_store(&server->stopping, true);
    wake(server);
    pthread_join(server->thread, NULL);
    answer_the_rest(server);
    MHD_stop_daemon(server->daemon);
    close(server->wake_descriptor);
    free(server);
}
