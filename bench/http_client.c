#include "bench/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

void hs_http_client_init(struct hs_http_client *client, uint16_t port)
{
    *client = (struct hs_http_client){.state = HS_HTTP_CLOSED, .descriptor = -1, .port = port};
}

static void disconnect(struct hs_http_client *client)
{
    if (client->descriptor >= 0) {
        close(client->descriptor);
    }
    client->descriptor = -1;
    client->state = HS_HTTP_CLOSED;
}

void hs_http_client_close(struct hs_http_client *client)
{
    disconnect(client);
    free(client->answer);
    client->answer = NULL;
}

enum hs_status hs_http_client_connect(struct hs_http_client *client)
{
    if (client->state != HS_HTTP_CLOSED) {
        return HS_OK;
    }
    if (client->answer == NULL) {
        client->answer = malloc(HS_HTTP_ANSWER_BYTES_MAX + 1);
        if (client->answer == NULL) {
            return HS_OUT_OF_MEMORY;
        }
    }
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(client->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->descriptor < 0 ||
        connect(client->descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
        fcntl(client->descriptor, F_SETFL, O_NONBLOCK) != 0 ||
        setsockopt(client->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        disconnect(client);
        return HS_UNREACHABLE;
    }
    client->state = HS_HTTP_IDLE;
    return HS_OK;
}

void hs_http_client_request(struct hs_http_client *client, const char *path, struct hs_bytes body)
{
    int size;
    if (body.size == 0) {
        size = snprintf(client->head, sizeof client->head,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    } else {
        size = snprintf(client->head, sizeof client->head,
                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %zu\r\n\r\n", path,
                        body.size);
    }
    client->head_size = (size_t)size;
    client->body = body;
    client->sent = 0;
    client->answer_size = 0;
    client->answer_head_bytes = 0;
    client->state = HS_HTTP_SENDING;
}

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static enum hs_status step_sending(struct hs_http_client *client)
{
    size_t total = client->head_size + client->body.size;
    while (client->sent < total) {
        struct iovec parts[2];
        int count = 0;
        size_t body_sent = 0;
        if (client->sent < client->head_size) {
            parts[count].iov_base = client->head + client->sent;
            parts[count++].iov_len = client->head_size - client->sent;
        } else {
            body_sent = client->sent - client->head_size;
        }
        if (body_sent < client->body.size) {
            parts[count].iov_base = (void *)(uintptr_t)(client->body.data + body_sent);
            parts[count++].iov_len = client->body.size - body_sent;
        }
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
        ssize_t sent = sendmsg(client->descriptor, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            return would_wait() ? HS_OK : HS_UNREACHABLE;
        }
        client->sent += (size_t)sent;
    }
    client->state = HS_HTTP_RECEIVING;
    return HS_OK;
}

/* Finds the end of the head and what it says of the body. */
static enum hs_status read_head(struct hs_http_client *client)
{
    static const char LENGTH[] = "Content-Length:";
    char *head = (char *)client->answer;
    head[client->answer_size] = '\0';
    char *end = strstr(head, "\r\n\r\n");
    if (end == NULL) {
        return HS_OK;
    }
    if (sscanf(head, "HTTP/1.1 %3u", &client->http_status) != 1) {
        return HS_MALFORMED;
    }
    client->answer_head_bytes = (size_t)(end - head) + 4;
    client->answer_body_bytes = 0;
    for (char *line = strstr(head, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, LENGTH, sizeof LENGTH - 1) == 0) {
            client->answer_body_bytes = strtoull(line + 2 + sizeof LENGTH - 1, NULL, 10);
        }
    }
    return client->answer_body_bytes > HS_HTTP_ANSWER_BYTES_MAX - client->answer_head_bytes
               ? HS_MALFORMED
               : HS_OK;
}

static enum hs_status step_receiving(struct hs_http_client *client)
{
    for (;;) {
        ssize_t received = recv(client->descriptor, client->answer + client->answer_size,
                                HS_HTTP_ANSWER_BYTES_MAX - client->answer_size, 0);
        if (received < 0) {
            return would_wait() ? HS_OK : HS_UNREACHABLE;
        }
        if (received == 0) {
            return HS_UNREACHABLE;
        }
        client->answer_size += (size_t)received;
        if (client->answer_head_bytes == 0 && read_head(client) != HS_OK) {
            return HS_UNREACHABLE;
        }
        if (client->answer_head_bytes > 0 &&
            client->answer_size >= client->answer_head_bytes + client->answer_body_bytes) {
            client->state = HS_HTTP_ANSWERED;
            return HS_OK;
        }
    }
}

enum hs_status hs_http_client_step(struct hs_http_client *client)
{
    enum hs_status status = HS_OK;
    if (client->state == HS_HTTP_SENDING) {
        status = step_sending(client);
    }
    if (status == HS_OK && client->state == HS_HTTP_RECEIVING) {
        status = step_receiving(client);
    }
    if (status != HS_OK) {
        disconnect(client);
    }
    return status;
}

struct hs_bytes hs_http_client_answer(const struct hs_http_client *client)
{
    return (struct hs_bytes){.data = client->answer + client->answer_head_bytes,
                             .size = client->answer_body_bytes};
}

short hs_http_client_events(const struct hs_http_client *client)
{
    switch (client->state) {
    case HS_HTTP_SENDING:
        return POLLOUT;
    case HS_HTTP_RECEIVING:
        return POLLIN;
    case HS_HTTP_CLOSED:
    case HS_HTTP_IDLE:
    case HS_HTTP_ANSWERED:
        break;
    }
    return 0;
}
