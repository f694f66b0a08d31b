/* hs_client: asks a node over its RPC.
 *
 * Each call waits for its answer, at most as long as it is given. What went wrong is in `error`, as
 * a person reads it; what is returned is the exit code that fits.
 */
#ifndef HS_CLI_CLIENT_H
#define HS_CLI_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>
#include <jansson.h>

#include <hotstuff/types.h>

/* Where `hotstuff devnet` has its first validator. */
#define HS_CLIENT_URL_DEFAULT "http://127.0.0.1:27001"
#define HS_CLIENT_TIMEOUT_MS  5000u

struct hs_client {
    CURL *curl;
    char url[256];
    char error[512];
    bool maybe_received; /* the failed request may have reached the node */
    long http_status;    /* of the last answer; 0: there was none */
};

/* HS_EXIT_OK, or HS_EXIT_USAGE for a URL that is none. No other thread is there the first time. */
int hs_client_open(struct hs_client *client, const char *url);
void hs_client_close(struct hs_client *client);

/* GET `path`, "/v1/...". HS_EXIT_OK and a new reference; HS_EXIT_UNREACHABLE;
 * HS_EXIT_USAGE when the node has no such thing (404) or refuses the question (400);
 * HS_EXIT_INTERNAL for any other answer, and one that does not end. */
int hs_client_get(struct hs_client *client, const char *path, uint64_t timeout_ms, json_t **answer);

/* GET of an answer that is bytes: *bytes, for free(), and how many; or as above. */
int hs_client_get_bytes(struct hs_client *client, const char *path, uint64_t timeout_ms,
                        uint8_t **bytes, size_t *size);

/* POST / with a JSON-RPC body. HS_EXIT_OK and a new reference to the response; or as above. */
int hs_client_post(struct hs_client *client, const char *body, uint64_t timeout_ms,
                   json_t **answer);

/* Hands in one transaction. HS_EXIT_OK; HS_EXIT_REJECTED, with the node's reason in `error`;
 * HS_EXIT_OUTCOME_UNKNOWN when the answer was lost; or as above. */
int hs_client_submit(struct hs_client *client, struct hs_bytes transaction);

/* -- reading answers ---------------------------------------------------------------- */

/* A member as text; "-" when it is missing. */
const char *hs_client_text(const json_t *object, const char *name);
int64_t hs_client_number(const json_t *object, const char *name);

#endif
