/* One HTTP request as the server takes it in: a line "METHOD /path?wait=N", then the body, fed in
 * pieces. Whatever it asks is answered, with a status that says whose fault it was; an answer that
 * calls itself JSON is JSON.
 *
 * The first byte is the size of the pieces, the second what the node says to each question. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "rpc/exchange.h"

#define LINE_BYTES_MAX 256u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

struct line {
    char text[LINE_BYTES_MAX];
    char *path;
    char *wait; /* NULL: the line has none */
};

/* Takes the line off the input. False when there is none that a server would pass on. */
static bool read_line(struct line *line, struct hs_bytes *left)
{
    const uint8_t *end = memchr(left->data, '\n', left->size);
    size_t length = end != NULL ? (size_t)(end - left->data) : left->size;
    if (length >= sizeof line->text || memchr(left->data, '\0', length) != NULL) {
        return false;
    }
    memcpy(line->text, left->data, length);
    line->text[length] = '\0';
    left->data += length + (end != NULL);
    left->size -= length + (end != NULL);
    line->path = strchr(line->text, ' ');
    if (line->path == NULL) {
        return false;
    }
    *line->path++ = '\0';
    line->wait = strstr(line->path, "?wait=");
    if (line->wait != NULL) {
        *line->wait = '\0';
        line->wait += strlen("?wait=");
    }
    return true;
}

static void feed(struct hs_rpc_exchange *exchange, struct hs_bytes body, size_t piece_max)
{
    while (body.size > 0) {
        size_t piece = piece_max < body.size ? piece_max : body.size;
        enum hs_status status = hs_rpc_exchange_feed(exchange, (const char *)body.data, piece);
        HS_ASSERT(status == HS_OK);
        body.data += piece;
        body.size -= piece;
    }
    HS_ASSERT(exchange->body_size <= exchange->body_bytes_max);
}

/* An answer as large as the method's may be, and empty. */
static void make_answer(struct hs_rpc_call *call, enum hs_status outcome)
{
    call->outcome = outcome;
    if (hs_rpc_call_prepare(call) != HS_OK) {
        abort();
    }
}

/* As the loop does it. */
static void answer(struct hs_rpc_exchange *exchange, enum hs_status outcome)
{
    HS_ASSERT(exchange->transaction_count <= HS_TRANSACTIONS_BATCH_MAX);
    for (size_t i = 0; i < exchange->transaction_count; i++) {
        exchange->submitted[i] = outcome;
    }
    for (size_t i = 0; i < exchange->request.count; i++) {
        make_answer(&exchange->request.entries[i].call, outcome);
    }
    make_answer(&exchange->call, outcome);
    bool asks_one =
        exchange->route == HS_ROUTE_CALL || exchange->route == HS_ROUTE_BLOCK_TRANSACTIONS;
    exchange->outcome = asks_one && outcome != HS_DUPLICATE ? outcome : HS_OK;
}

static void check_response(const struct hs_rpc_response *response)
{
    HS_ASSERT(response->http_status >= 200 && response->http_status < 600);
    HS_ASSERT(response->content_type != NULL && response->text != NULL);
    if (strcmp(response->content_type, "application/json") == 0 && response->size > 0) {
        json_t *json = json_loadb(response->text, response->size, JSON_REJECT_DUPLICATES, NULL);
        HS_ASSERT(json != NULL);
        json_decref(json);
    }
    HS_ASSERT(response->size > 0 || response->http_status == 200 || response->http_status == 204);
}

static void run(const struct line *line, struct hs_bytes body, size_t piece_max,
                enum hs_status outcome)
{
    static const struct hs_genesis genesis = {.chain_name = "fuzz", .validators = {.count = 1}};
    static const struct hs_rpc_counters counters;
    struct hs_rpc_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        abort();
    }
    exchange->route = hs_rpc_route_find(&exchange->call, line->text, line->path);
    exchange->body_bytes_max = hs_rpc_body_bytes_max(exchange->route);
    if (line->wait != NULL && !hs_decimal_read(&exchange->wait_ms, line->wait)) {
        exchange->route = HS_ROUTE_BAD_ARGUMENT;
    }
    feed(exchange, body, piece_max);
    if (hs_rpc_exchange_read(exchange)) {
        answer(exchange, outcome);
    }
    struct hs_rpc_response response;
    hs_rpc_exchange_respond(&response, exchange, &genesis, &counters);
    check_response(&response);
    free(response.text);
    hs_rpc_exchange_release(exchange);
    free(exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    static const enum hs_status outcomes[] = {HS_OK,   HS_DUPLICATE, HS_NOT_FOUND,    HS_NOT_READY,
                                              HS_FULL, HS_MALFORMED, HS_NONCE_TOO_LOW};
    if (data_size < 2) {
        return 0;
    }
    struct hs_bytes left = {data + 2, data_size - 2};
    struct line line;
    if (read_line(&line, &left)) {
        run(&line, left, (size_t)data[0] + 1,
            outcomes[data[1] % (sizeof outcomes / sizeof outcomes[0])]);
    }
    return 0;
}
