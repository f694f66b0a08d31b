/* hs_http_client: one keep-alive HTTP connection over loopback that never waits.
 *
 * As little as the load generator needs, which shares the processors with the nodes it measures:
 * a request is a head and a body that already lies in memory, an answer is read into a buffer
 * that is kept. One request at a time.
 */
#ifndef HS_BENCH_HTTP_CLIENT_H
#define HS_BENCH_HTTP_CLIENT_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#define HS_HTTP_HEAD_BYTES_MAX   256u
#define HS_HTTP_ANSWER_BYTES_MAX (1024u * 1024u)

enum hs_http_state {
    HS_HTTP_CLOSED,
    HS_HTTP_IDLE,
    HS_HTTP_SENDING,
    HS_HTTP_RECEIVING,
    HS_HTTP_ANSWERED, /* until the next request */
};

struct hs_http_client {
    enum hs_http_state state;
    int descriptor;
    uint16_t port;
    char head[HS_HTTP_HEAD_BYTES_MAX];
    size_t head_size;
    struct hs_bytes body; /* of the request; the caller's */
    size_t sent;          /* of head and body */
    uint8_t *answer;      /* owned: head and body */
    size_t answer_size;
    size_t answer_head_bytes; /* 0: not yet complete */
    size_t answer_body_bytes;
    unsigned http_status;
};

void hs_http_client_init(struct hs_http_client *client, uint16_t port);
void hs_http_client_close(struct hs_http_client *client);

/* Connects to 127.0.0.1 when closed. HS_UNREACHABLE when nobody listens. */
HS_MUST_CHECK enum hs_status hs_http_client_connect(struct hs_http_client *client);

/* Begins a request on an idle connection: GET `path` when body.size is 0, else POST. The body
 * stays where it is until the answer is there. */
void hs_http_client_request(struct hs_http_client *client, const char *path, struct hs_bytes body);

/* Goes on as far as it can. HS_OK: look at the state; HS_UNREACHABLE: the connection broke and
 * is closed. */
HS_MUST_CHECK enum hs_status hs_http_client_step(struct hs_http_client *client);

/* The answer's body, in state HS_HTTP_ANSWERED. */
struct hs_bytes hs_http_client_answer(const struct hs_http_client *client);

/* What poll(2) should wait for. */
short hs_http_client_events(const struct hs_http_client *client);

#endif
