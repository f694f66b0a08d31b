#include "cli/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "rpc/json_values.h"

#define CONNECT_TIMEOUT_MS  2000L
#define ANSWER_BYTES_MAX    (4u * 1024u * 1024u)
#define RPC_PATH_CHARACTERS 512u

/* What a request gets back, with a zero behind. */
struct answer {
    char *text;
    size_t size;
    size_t capacity;
};

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    size_t added = size * count;
    if (added > ANSWER_BYTES_MAX - answer->size) {
        return 0;
    }
    if (answer->size + added + 1 > answer->capacity) {
        size_t capacity = 2 * (answer->size + added) + 1;
        char *text = realloc(answer->text, capacity);
        if (text == NULL) {
            return 0;
        }
        answer->text = text;
        answer->capacity = capacity;
    }
    memcpy(answer->text + answer->size, data, added);
    answer->size += added;
    answer->text[answer->size] = '\0';
    return added;
}

int hs_client_open(struct hs_client *client, const char *url)
{
    *client = (struct hs_client){0};
    bool has_scheme = strstr(url, "://") != NULL;
    int length =
        snprintf(client->url, sizeof client->url, "%s%s", has_scheme ? "" : "http://", url);
    if (length < 0 || (size_t)length >= sizeof client->url) {
        snprintf(client->error, sizeof client->error, "the URL is too long");
        return HS_EXIT_USAGE;
    }
    while (length > 0 && client->url[length - 1] == '/') {
        client->url[--length] = '\0';
    }
    client->curl = curl_easy_init();
    if (client->curl == NULL) {
        snprintf(client->error, sizeof client->error, "out of memory");
        return HS_EXIT_INTERNAL;
    }
    return HS_EXIT_OK;
}

void hs_client_close(struct hs_client *client)
{
    curl_easy_cleanup(client->curl);
    client->curl = NULL;
}

static bool never_arrived(CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
           code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_URL_MALFORMAT ||
           code == CURLE_UNSUPPORTED_PROTOCOL;
}

static void set_unreachable(struct hs_client *client, CURLcode code)
{
    snprintf(client->error, sizeof client->error,
             "no answer from %s: %s\n  Is the node running? `hotstuff devnet` starts four; "
             "--rpc URL names another one.",
             client->url, curl_easy_strerror(code));
}

/* One request; `body` NULL: GET. */
static int request(struct hs_client *client, const char *path, const char *body,
                   uint64_t timeout_ms, struct answer *answer, long *http_status)
{
    char url[sizeof client->url + RPC_PATH_CHARACTERS];
    snprintf(url, sizeof url, "%s%s", client->url, path);
    struct curl_slist *headers =
        body != NULL ? curl_slist_append(NULL, "Content-Type: application/json") : NULL;
    curl_easy_reset(client->curl);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    curl_easy_setopt(client->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, answer);
    if (body != NULL) {
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    }
    CURLcode code = curl_easy_perform(client->curl);
    curl_slist_free_all(headers);
    client->maybe_received = code != CURLE_OK && !never_arrived(code);
    client->http_status = 0;
    if (code == CURLE_WRITE_ERROR) {
        snprintf(client->error, sizeof client->error,
                 "%s: the answer is longer than %u bytes, which no node's is", client->url,
                 ANSWER_BYTES_MAX);
        return HS_EXIT_INTERNAL;
    }
    if (code != CURLE_OK) {
        set_unreachable(client, code);
        return HS_EXIT_UNREACHABLE;
    }
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, http_status);
    client->http_status = *http_status;
    return HS_EXIT_OK;
}

static int refuse_answer(struct hs_client *client, const json_t *answer, long http_status)
{
    const json_t *message = json_object_get(json_object_get(answer, "error"), "message");
    snprintf(client->error, sizeof client->error, "%s: %s (HTTP %ld)", client->url,
             json_is_string(message) ? json_string_value(message)
                                     : "not the answer of a hotstuff node",
             http_status);
    return http_status == 400 || http_status == 404 ? HS_EXIT_USAGE : HS_EXIT_INTERNAL;
}

/* One request whose answer is JSON. */
static int ask(struct hs_client *client, const char *path, const char *body, uint64_t timeout_ms,
               json_t **answer)
{
    struct answer text = {0};
    long http_status = 0;
    *answer = NULL;
    int exit_code = request(client, path, body, timeout_ms, &text, &http_status);
    if (exit_code != HS_EXIT_OK) {
        free(text.text);
        return exit_code;
    }
    json_t *json =
        json_loadb(text.text != NULL ? text.text : "", text.size, JSON_REJECT_DUPLICATES, NULL);
    free(text.text);
    if (http_status != 200 || json == NULL) {
        exit_code = refuse_answer(client, json, http_status);
        json_decref(json);
        return exit_code;
    }
    *answer = json;
    return HS_EXIT_OK;
}

int hs_client_get(struct hs_client *client, const char *path, uint64_t timeout_ms, json_t **answer)
{
    return ask(client, path, NULL, timeout_ms, answer);
}

int hs_client_get_bytes(struct hs_client *client, const char *path, uint64_t timeout_ms,
                        uint8_t **bytes, size_t *size)
{
    struct answer answer = {0};
    long http_status = 0;
    *bytes = NULL;
    *size = 0;
    int exit_code = request(client, path, NULL, timeout_ms, &answer, &http_status);
    if (exit_code == HS_EXIT_OK && http_status != 200) {
        exit_code = refuse_answer(client, NULL, http_status);
    }
    if (exit_code != HS_EXIT_OK) {
        free(answer.text);
        return exit_code;
    }
    *bytes = (uint8_t *)answer.text;
    *size = answer.size;
    return HS_EXIT_OK;
}

int hs_client_post(struct hs_client *client, const char *body, uint64_t timeout_ms, json_t **answer)
{
    return ask(client, "/", body, timeout_ms, answer);
}

/* What the answer to submit_transaction says. */
static int read_submitted(struct hs_client *client, const json_t *answer)
{
    if (json_is_object(json_object_get(answer, "result"))) {
        return HS_EXIT_OK;
    }
    const json_t *error = json_object_get(answer, "error");
    const json_t *reason = json_object_get(json_object_get(error, "data"), "reason");
    snprintf(client->error, sizeof client->error, "%s: %s",
             json_is_string(reason) ? json_string_value(reason) : "no_reason",
             hs_client_text(error, "message"));
    return json_is_object(error) ? HS_EXIT_REJECTED : HS_EXIT_OUTCOME_UNKNOWN;
}

int hs_client_submit(struct hs_client *client, struct hs_bytes transaction)
{
    json_t *call = json_pack("{s:s, s:i, s:s, s:{s:o}}", "jsonrpc", "2.0", "id", 1, "method",
                             "submit_transaction", "params", "transaction",
                             hs_rpc_json_hex(transaction.data, transaction.size));
    char *body = call != NULL ? json_dumps(call, JSON_COMPACT) : NULL;
    json_decref(call);
    if (body == NULL) {
        snprintf(client->error, sizeof client->error, "out of memory");
        return HS_EXIT_INTERNAL;
    }
    json_t *answer = NULL;
    int exit_code = hs_client_post(client, body, HS_CLIENT_TIMEOUT_MS, &answer);
    free(body);
    if (exit_code == HS_EXIT_OK) {
        exit_code = read_submitted(client, answer);
    } else if (client->maybe_received) {
        exit_code = HS_EXIT_OUTCOME_UNKNOWN;
    }
    json_decref(answer);
    return exit_code;
}

const char *hs_client_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "-";
}

int64_t hs_client_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}
